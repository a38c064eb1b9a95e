//! The way to the chain: a light verifier, an untrusted transport, and typed reads and calls.
//!
//! It stands between every process that must not be fooled (worker, keyholder, client) and the nodes, which
//! nobody has to believe. [`rpc`] fetches bytes from any node; [`verifier`] turns them into proven facts or
//! refuses them; [`facts`] and [`governance`] read the chain's records from these; [`extrinsic`] builds what an account
//! signs, and follows it until its effect is finalized.
//!
//! What must always hold: nothing that a node says is acted upon before the verifier proved it, except to
//! choose what to ask next; nothing is signed for another chain, or for a runtime that this version does not
//! know. It refuses what [`verifier::Refusal`] lists, and answers that are late or too large.
//!
//! ```
//! use adyton_chain_client::verifier::{Checkpoint, Refusal, verify_finality};
//!
//! fn newest(checkpoint: &Checkpoint, header: &[u8], justification: &[u8]) -> Result<u32, Refusal> {
//!     let head = verify_finality(checkpoint, header, justification)?;
//!     Ok(head.number())
//! }
//! ```
#![forbid(unsafe_code)]

pub mod address;
pub mod economy;
mod error;
pub mod extrinsic;
pub mod facts;
pub mod governance;
pub mod multisig;
pub mod rpc;
pub mod verifier;

pub use error::Error;

#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
