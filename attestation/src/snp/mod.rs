//! AMD SEV-SNP: attestation reports of versions 2, 3 and 5, signed by a chip's key (VCEK) or a provider's (VLEK).
//! Sources: AMD 56860, SEV-SNP Firmware ABI Specification; AMD 57230, VCEK Certificate and KDS Interface.
//!
//! AMD's chain is short and fixed: the root key (ARK) of a product line signs its chip authority (ASK) and its
//! provider authority (ASVK), which sign the versioned keys (VEK) that sign reports. A versioned key belongs to one
//! set of firmware versions, which its certificate names, so that a report can only claim what its certificate says.
//!
//! ```
//! use adyton_attestation::snp::{SnpEndorsements, SnpExpected, SnpPolicy, SnpRefusal, SnpRoot, verify_snp};
//!
//! fn admit(report: &[u8], vek: &[u8], list: &[u8], statement: [u8; 64], now: u64) -> Result<[u8; 48], SnpRefusal> {
//!     let endorsements = SnpEndorsements { vek, revocation_list: Some(list), ..SnpEndorsements::default() };
//!     let verdict = verify_snp(report, &endorsements, &SnpRoot::all_amd(), &SnpPolicy::strict(), now)?;
//!     let verdict = verdict.bind(&SnpExpected::of(statement))?; // it speaks about *this* statement
//!     Ok(verdict.measurement.measurement)
//! }
//! ```

mod advisories;
pub mod certificate_table;
pub(crate) mod check;
mod flags;
mod floors;
mod policy;
mod product;
mod refusal;
mod report;
mod root;
mod tcb;
mod tightening;
mod vek;
mod verdict;
mod verify;

pub use advisories::{SnpAdvisories, SnpGrace};
pub use check::SnpCheck;
pub use flags::{GuestPolicy, PlatformInfo};
pub use floors::{MAX_FLOORS, SnpFloor};
pub use policy::{SnpPolicy, SnpProductPolicy};
pub use product::{SnpCpu, SnpProduct};
pub use refusal::{SnpDocument, SnpExtension, SnpRefusal, SnpRelation};
pub use report::{MAX_SNP_REPORT_BYTES, SnpKey};
pub use root::SnpRoot;
pub use tcb::{SnpTcb, SnpTcbName, SnpTcbPart};
pub use verdict::{BoundSnpVerdict, SnpExpected, SnpFacts, SnpMeasurement, SnpTcbs, SnpVerdict};
pub use verify::{SnpEndorsements, evidence_id, verify_snp, verify_snp_with};

/// The longest certificate that is read; AMD's have 1.3 to 1.7 KiB.
pub const MAX_SNP_CERTIFICATE_BYTES: usize = 4096;
/// The longest revocation list that is read; AMD's have about 1 KiB.
pub const MAX_SNP_CRL_BYTES: usize = 64 * 1024;
