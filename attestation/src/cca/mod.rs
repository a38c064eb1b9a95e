//! Arm CCA attestation tokens. **Tested on emulated evidence only:** no silicon has published a token yet, so the
//! signatures, encodings and profiles here are those of Arm's reference software.
//!
//! A token is a collection of two signed claim sets. The platform's is signed by the platform's attestation key
//! (CPAK), which no certificate vouches for: the caller gives it as an endorsement ([`CcaPlatformKey`]). The
//! realm's is signed by a key of the realm manager (RAK) that the platform's challenge is the hash of. Each is read by
//! its own profile; a realm's may be newer than the platform's, not older.
//!
//! Nothing in a token tells a time or a security level (TCB). How new it is only the challenge says
//! ([`CcaVerdict::bind`]); whether the platform's firmware is good, the caller's reference values say
//! ([`CcaReferenceValues`]); how long a verdict is true, the policy says.
//!
//! Source: Arm, "CCA Reference Attestation Token" (draft-ffm-rats-cca-token, revisions 00 to 03) for the profiles of
//! 2023; RMM specification §A.7 for the forms before it; RFC 9052 (COSE); draft-ietf-rats-msg-wrap (collections).

pub(crate) mod check;
mod claims;
mod endorsement;
mod measurement;
mod platform;
mod policy;
mod realm;
mod reference;
mod refusal;
mod token;
mod verdict;
mod verify;

pub use check::CcaCheck;
pub use endorsement::{CcaEndorsements, CcaKey, CcaPlatformKey, MAX_KEY_FILE_BYTES};
pub use measurement::{CcaDigest, CcaHash, CcaMeasurement};
pub use platform::{CcaComponent, CcaPlatform, CcaProfile};
pub use policy::CcaPolicy;
pub use reference::{CcaPlatformReference, CcaRealmReference, CcaReferenceValues, MAX_REFERENCE_FILE_BYTES};
pub use refusal::{CcaClaim, CcaRefusal, CcaToken};
pub use token::MAX_TOKEN_BYTES;
pub use verdict::{CcaBound, CcaFacts, CcaVerdict};
pub use verify::{verify_cca, verify_cca_with};
