//! Remote attestation: evidence, endorsements, a policy and the time go in; a typed [`Verdict`] comes out.
//!
//! **Where it stands.** The chain's runtime admits a worker with it, a keyholder checks the same evidence
//! again before it releases a key, clients check it once more. All of them call this crate, which is `no_std`
//! and pure: no clock, no network, no randomness.
//!
//! **What must always hold.** A [`Verdict`] exists only if every check passed, in this order: parse within
//! bounds, authenticate to a pinned [`Root`], revocation, trusted computing base (TCB), platform policy. The
//! last step, binding, is [`Verdict::bind`]: only a [`BoundVerdict`] speaks about the caller's own statement.
//!
//! **What it refuses.** Everything it does not know: unknown versions, kinds, statuses, set reserved bits,
//! other encodings of the same evidence, revocation lists that are missing or out of their time, debug in any
//! form, and any policy that accepts nothing. There is no development branch: development evidence is real
//! format under another [`Root`].
//!
//! Verification has two stages, so that a chain stores endorsements once:
//!
//! ```
//! use adyton_attestation::{verify_collateral, verify_tdx, Collateral, Policy, Refusal, Root};
//!
//! fn admit(quote: &[u8], collateral: &Collateral, statement: &[u8; 64], now: u64) -> Result<[u8; 32], Refusal> {
//!     let root = Root::intel();
//!     let checked = verify_collateral(collateral, &root, now)?; // once per platform family and month
//!     let verdict = verify_tdx(quote, &checked, &root, &Policy::strict(17), now)?; // per registration
//!     let verdict = verdict.bind(statement)?; // it speaks about *this* statement
//!     Ok(verdict.measurement_id)
//! }
//! ```
//!
//! Kinds of evidence, each a module: [`tdx`] is here. SGX will stand beside it over the same [`intel`]
//! endorsements; `snp`, `nitro`, `nvidia` and `cca` get modules of their own. Until then [`verify`] refuses
//! their [`EvidenceKind`].

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod check;
mod domain;
pub mod intel;
mod kind;
mod policy;
mod refusal;
mod root;
pub mod signature;
pub mod tdx;
mod verdict;

pub use check::{Check, CheckName, Outcome, Report};
pub use intel::{
    checked::CheckedCollateral,
    collateral::{Collateral, verify_collateral, verify_collateral_with},
};
pub use kind::{Endorsements, EvidenceKind, verify};
pub use policy::{Policy, TcbStatus, TcbStatusSet};
pub use refusal::{Document, Part, Refusal};
pub use root::{Root, RootId};
pub use tdx::{verify_tdx, verify_tdx_with};
pub use verdict::{BoundVerdict, Facts, MachineId, Measurement, TdxMeasurement, Verdict};
