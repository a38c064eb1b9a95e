//! Remote attestation: evidence, endorsements, a policy and the time go in; a typed [`Verdict`] comes out.
//!
//! **Where it stands.** The chain's runtime admits a worker with it, a keyholder checks the same evidence
//! again before it releases a key, clients check it once more. All of them call this crate, which is `no_std`
//! and pure: no clock, no network, no randomness.
//!
//! **What must always hold.** A [`Verdict`] exists only if every check passed, in this order: parse within
//! bounds, authenticate to a pinned root, revocation, trusted computing base (TCB), platform policy, accepted
//! measurement and machine. The last step, binding, is [`Verdict::bind`]: only a [`BoundVerdict`] speaks about the
//! caller's own statement. Which checks were made, and what each found, is a [`Report`]; [`ear`] is the form in which
//! a result is passed on.
//!
//! **What it refuses.** Everything it does not know: unknown versions, kinds, statuses, set reserved bits,
//! other encodings of the same evidence, revocation lists that are missing or out of their time, debug in any
//! form, and any policy that accepts nothing. There is no development branch: development evidence is real
//! format under another root.
//!
//! One function verifies evidence of every kind:
//!
//! ```
//! use adyton_attestation::{BoundVerdict, Evidence, Policy, Refusal, snp::SnpEndorsements, verify};
//!
//! fn admit(
//!     report: &[u8],
//!     vek: &[u8],
//!     list: &[u8],
//!     statement: &[u8; 64],
//!     policy: &Policy,
//!     now: u64,
//! ) -> Result<BoundVerdict, Refusal> {
//!     let endorsements = SnpEndorsements { vek, revocation_list: Some(list), ..SnpEndorsements::default() };
//!     let verdict = verify(&Evidence::Snp { report, endorsements }, policy, now)?;
//!     verdict.bind(statement) // it speaks about *this* statement
//! }
//! ```
//!
//! Each kind is a module that can be used alone, with facts and refusals of its own: [`tdx`] and [`sgx`] over the
//! same [`intel`] endorsements, [`snp`], [`nitro`], [`azure`] over either of the first two and a [`tpm`], [`nvidia`]
//! beside the evidence of a host, and [`cca`], which was tried on emulated evidence only. [`eventlog`] replays what
//! was extended into registers.
//!
//! Intel's endorsements are verified in two stages, so that a chain stores them once:
//!
//! ```
//! use adyton_attestation::{Collateral, Evidence, Policy, Refusal, IntelRoot, Verdict, verify, verify_collateral};
//!
//! fn admit(quote: &[u8], collateral: &Collateral, policy: &Policy, now: u64) -> Result<Verdict, Refusal> {
//!     let collateral = &verify_collateral(collateral, &IntelRoot::intel(), now)?; // once per family and month
//!     verify(&Evidence::Tdx { quote, collateral }, policy, now) // per registration
//! }
//! ```
//!
//! What stays the same between two pieces of evidence of one machine is verified once with a
//! [`signature::RememberingVerifier`], which every function that takes a backend takes too.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod advisory;
pub mod azure;
mod cbor;
pub mod cca;
mod cose;
mod domain;
pub mod ear;
pub mod eventlog;
mod evidence;
mod excerpt;
mod identity;
pub mod intel;
pub mod nitro;
pub mod nvidia;
mod pem;
mod policy;
mod refusal;
mod report;
pub mod sgx;
pub mod signature;
pub mod snp;
mod tcb_status;
pub mod tdx;
pub mod tpm;
mod verdict;
mod verify;
pub mod x509;

pub use advisory::Advisory;
pub use cbor::CborFault;
pub use cose::CoseFault;
pub use evidence::{Evidence, EvidenceKind};
pub use excerpt::Excerpt;
pub use identity::{CertificateHash, Cloud, InstanceName, MachineId, RootId};
pub use intel::{
    authority::{AuthorityId, authority_of},
    check::IntelCheck,
    checked::{CheckedCollateral, MAX_REVOKED_PLATFORMS},
    collateral::{Collateral, verify_collateral, verify_collateral_with},
    measurement::{IntelMeasurement, ServiceDomains, SgxMeasurement, TdxMeasurement},
    policy::{AcceptedAdvisories, AdvisoryNames, IntelPolicy, ServiceDomainHash, Tier, TierNumber},
    refusal::{Document, IntelRefusal, Part},
    revocations::{ListFloors, MAX_AUTHORITIES, Revocations},
    root::IntelRoot,
    verdict::{BoundIntelVerdict, IntelFacts, IntelVerdict},
};
pub use policy::{AcceptedMeasurements, MachinePolicy, NamedMeasurement, Policy, Roots};
pub use refusal::Refusal;
pub use report::{Check, CommonCheck, Outcome, Report};
pub use sgx::{verify_sgx, verify_sgx_with};
pub use tcb_status::{TcbStatus, TcbStatusSet};
pub use tdx::{verify_tdx, verify_tdx_with};
pub use verdict::{BoundVerdict, Claims, Details, Verdict};
pub use verify::{verify, verify_with};
