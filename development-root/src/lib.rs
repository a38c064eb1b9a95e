//! The development root: an Intel-shaped key infrastructure from a 32-byte seed, and a TDX device that is none.
//!
//! **Where it stands.** The local network has this root in its genesis and in its keyholder's image, in the
//! place of Intel's. Verifier and worker have no branch for it: it issues quotes and collateral in the real
//! format, which the one verifier checks like Intel's.
//!
//! **What must always hold.** Nothing that trusts a vendor's root accepts anything from here; every certificate's
//! organisation says [`ORGANISATION`]; the same seed and dates give the same bytes.
//!
//! **What it does not do.** It measures nothing. Whoever has the seed, or can reach the device's socket, makes
//! evidence for any role. It exists so that a network runs on a machine without a trusted execution
//! environment, and so that tests can make evidence that no hardware would sign.
//!
//! ```
//! use adyton_attestation::{verify_collateral, verify_tdx};
//! use adyton_development_root::{DevelopmentRoot, Role};
//!
//! let now = 1_800_000_000;
//! let development = DevelopmentRoot::insecure_from_seed([7; 32]);
//! let root = development.root();
//! let collateral = verify_collateral(&development.collateral(now), &root, now)?;
//! let quote = development.device(Role::new("worker").expect("a short name")).quote([1; 64]);
//! let verdict = verify_tdx(&quote, &collateral, &root, &development.policy(), now)?;
//! assert_eq!(verdict.report_data, [1; 64]);
//! # Ok::<(), adyton_attestation::Refusal>(())
//! ```

#![forbid(unsafe_code)]

mod asn1;
mod certificate;
mod crl;
mod documents;
mod enclave;
mod issuer;
mod keys;
mod plan;
mod quote;
#[cfg(feature = "server")]
pub mod server;

pub use certificate::{CertificatePlan, Extension, Name, SgxPlan};
pub use crl::CrlPlan;
pub use documents::SignedJson;
pub use enclave::EnclavePlan;
pub use issuer::{DevelopmentRoot, Device, Role, RoleError};
pub use keys::Key;
pub use plan::{Issued, Plan};
pub use quote::{CurrentPlan, EnclaveReportPlan, ExtendedPlan, Form, QuotePlan, TdReportPlan};

/// The organisation in every certificate's name.
pub const ORGANISATION: &str = "ADYTON DEVELOPMENT ROOT - NOT HARDWARE";
/// How long collateral is valid after its date, in seconds: 30 days.
pub const COLLATERAL_LIFETIME: u64 = 30 * 24 * 60 * 60;
/// The evaluation number of all collateral.
pub const EVALUATION_NUMBER: u32 = 20;
/// The family of the development platform.
pub const FMSPC: [u8; 6] = [0xAD, 0x70, 0x0D, 0x00, 0x00, 0x00];
