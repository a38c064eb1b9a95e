//! The light verifier: justifications and storage proofs in, proven facts out.
//!
//! It is pure: synchronous, without I/O, clock or randomness, and treats every byte as hostile. Whoever
//! fetched the bytes need not be believed. It rests on two things: a [`Checkpoint`], that is a block and the
//! GRANDPA authorities that vote after it, and that fewer than a third of their weight lies.
//!
//! What must always hold: a [`FinalizedHeader`] exists only where [`verify_finality`] (or its ancestry, by
//! hash) made it; [`ProvenValues`] exist only where [`verify_storage`] checked them against such a header's
//! state root; what counts as fresh counts so from the moment its own nonce was drawn.
//!
//! It refuses: justifications for another block than the header's, signers that are unknown or repeat
//! themselves, signatures of another round or set, two thirds of the weight or less, headers that no vote
//! needs, changes of the authorities that are forced on the chain, hold later or leave a set out, incomplete proofs,
//! heads that go backwards, and whatever is larger than it needs to be.

mod authorities;
mod checkpoint;
mod finality;
mod freshness;
mod header;
mod justification;
mod refusal;
mod storage;
mod time;

pub use checkpoint::{Authority, AuthorityKey, CHECKPOINT_LIFE, Checkpoint, Handover, MAX_AUTHORITIES};
pub use finality::verify_finality;
pub use freshness::{Challenge, FreshHeader, Freshness, Heads, check_clock};
pub use header::{DigestItem, FinalizedHeader, MAX_HEADER_BYTES};
pub use justification::{MAX_ANCESTRY, MAX_JUSTIFICATION_BYTES};
pub use refusal::Refusal;
pub use storage::{
    MAX_KEY_BYTES, MAX_KEYS, MAX_PROOF_BYTES, MAX_PROOF_NODES, ProvenValues, extrinsics_root_matches, verify_storage,
};
pub use time::block_time;

pub(crate) use header::Header;

#[cfg(test)]
mod tests;
