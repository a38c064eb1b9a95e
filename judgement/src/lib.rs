//! Evidence in the files that people have, judged: what `adyton attest verify` says, and the verifier of browsers.
//!
//! **Where it stands.** `adyton-attestation` judges evidence of one vendor in one form. Here files are recognized by
//! their content (bytes, digits, Base64, PEM, JSON, YAML, bundles), each is put in the place that it is for, and the
//! verdict becomes the JSON that programs read. The command line reads the files from disk; a page in a browser has
//! them at hand ([`request`]).
//!
//! **What must always hold.** Nothing that was given is silently left out, and nothing that was not checked is silently
//! passed over: it is reported as unchecked. There is no clock, disk or network here: time and files are arguments.
//!
//! **What it refuses.** Evidence, with a [`Judgement`] that names the failed check; bad use, with a [`Misuse`]: a file
//! that is too long, that cannot be read, or that is of no use for evidence that is otherwise accepted.
//!
//! ```
//! use adyton_judgement::{Endorsements, File, Input, Kind, Policy, judge, remembering};
//!
//! let mut input = Input {
//!     kind: Kind::Nitro,
//!     evidence: File { path: "document.cbor".into(), bytes: b"no document".to_vec() },
//!     entry: None,
//!     collateral: None,
//!     endorsements: Endorsements::default(),
//!     policy: Policy::command(),
//!     is_built_in: true,
//!     expected: None,
//!     now: 1_800_000_000,
//!     signatures: remembering(),
//! };
//! assert_eq!(judge(&mut input)?.as_json()["verdict"], "reject");
//! # Ok::<(), adyton_judgement::Misuse>(())
//! ```
#![forbid(unsafe_code)]

pub mod azure;
mod cca;
pub mod der;
pub mod endorsement;
mod error;
pub mod file;
mod input;
pub mod intel;
pub mod judgement;
pub mod kind;
mod machine_part;
mod nitro;
pub mod nvidia;
pub mod pem;
pub mod policy;
pub mod request;
pub mod signatures;
pub mod snp;
mod snp_json;
mod tpm;
mod tpms;

pub use adyton_attestation::Policy;

pub use self::{
    endorsement::{Endorsements, Part},
    error::{Lacking, Misuse, Result, misuse},
    file::File,
    input::{Input, judge, statement},
    judgement::Judgement,
    kind::Kind,
    signatures::{Remembering, remembering},
    tpms::tpms_attest,
};
