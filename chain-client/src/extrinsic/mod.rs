//! What an account signs and sends, and what became of it.
//!
//! [`Call`](calls::Call) says what is asked of the chain; [`sign`] binds it to this chain's genesis, to the
//! version of its runtime, to the account's next nonce and to the blocks in which it may stand;
//! [`wait`] follows it until a finalized block carries it and reports, proven, what became of it.
//!
//! Nothing is signed for a runtime of another transaction version than this version knows: the same bytes could mean
//! something else there. An upgrade that keeps it voids what was signed before and is not taken yet; [`carried`] and
//! [`call()`] sign it again.

pub mod calls;
mod encoding;
mod errors;
mod outcome;
mod refusals;
mod send;
mod signer;

pub use calls::Call;
pub use encoding::{
    Era, SPECIFICATION_NAME, SPECIFICATION_VERSION, TRANSACTION_VERSION, Terms, signed, signed_payload,
};
pub use outcome::{DispatchFailure, Outcome};
pub use refusals::refusal;
pub use send::{Inclusion, Options, Signed, call, carried, fee, sign, submit, wait};
pub use signer::{Ed25519, Signature, Signer, Sr25519};

#[cfg(test)]
mod tests;
