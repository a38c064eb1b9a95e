//! Why the verifier says no.

use adyton_protocol::ids::{BlockHash, BlockNumber};

/// Why something is not proven. Each check has its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The checkpoint itself cannot be verified against.
    #[error("the checkpoint cannot be used: {0}")]
    UnusableCheckpoint(&'static str),
    /// Larger, or more of them, than accepted. Found before decoding.
    #[error("{what}: {found} is more than the {limit} that are accepted")]
    TooLarge {
        /// What was measured, with its unit.
        what: &'static str,
        /// What was found.
        found: usize,
        /// The most that is accepted.
        limit: usize,
    },
    /// Bytes that are not what they should be.
    #[error("{0} is malformed or cut short")]
    Malformed(&'static str),
    /// Bytes after the end.
    #[error("{0} has bytes after its end")]
    TrailingBytes(&'static str),

    /// The header is older than the checkpoint.
    #[error("block {found} is older than the checkpoint at block {checkpoint}")]
    OlderThanCheckpoint {
        /// The header's number.
        found: BlockNumber,
        /// The checkpoint's.
        checkpoint: BlockNumber,
    },
    /// A header at the checkpoint's own number that is another block.
    #[error("block {number} is not the checkpoint's block")]
    NotTheCheckpoint {
        /// The number of both.
        number: BlockNumber,
    },
    /// The justification is for another block than the header.
    #[error("the justification is for block {claimed}, not for this header")]
    JustifiesAnotherBlock {
        /// What it claims to finalize.
        claimed: BlockNumber,
    },
    /// A vote by somebody who is not an authority of the checkpoint's set.
    #[error("a vote is signed by a key that is no authority of this set")]
    UnknownSigner,
    /// The same vote twice, or more than two votes by one signer.
    #[error("a signer's vote is repeated")]
    RepeatedSigner,
    /// A signature that does not hold for this vote, round and set.
    #[error("a vote's signature does not hold for its round and authority set")]
    BadSignature,
    /// Two thirds of the weight or less.
    #[error("votes of weight {weight} are not enough: {threshold} is needed")]
    TooFewSigners {
        /// The weight of the distinct signers.
        weight: u64,
        /// What is needed.
        threshold: u64,
    },
    /// A vote for a block that is not shown to descend from the claimed one.
    #[error("a vote is for a block that is not shown to descend from the finalized one")]
    MissingAncestry,
    /// Headers that no vote needs, or that come twice.
    #[error("the justification carries headers that no vote needs")]
    UnusedAncestry,
    /// GRANDPA's own rule finds that the votes finalize another block.
    #[error("the votes do not have the claimed block as their highest common one")]
    NotTheCommonBlock,
    /// A message to GRANDPA that is no change of its authorities as this chain makes them.
    #[error(
        "block {number} says something about the authorities that this version does not follow: update it, with a new \
         checkpoint"
    )]
    AuthorityChange {
        /// The block whose header says so.
        number: BlockNumber,
    },
    /// Authorities that those before them did not decide on.
    #[error(
        "block {number} forces other authorities on the chain: nothing proves them; take a new checkpoint if they are right"
    )]
    ForcedChange {
        /// The block whose header says so.
        number: BlockNumber,
    },
    /// A change of the authorities that does not hold with its block.
    #[error("block {number} changes the authorities later, which this chain never does")]
    DelayedChange {
        /// The block whose header says so.
        number: BlockNumber,
    },
    /// A block that another set finalized than the one that follows.
    #[error("the block was finalized by authority set {found}, but set {expected} comes next: none is left out")]
    OtherSet {
        /// The checkpoint's set.
        expected: u64,
        /// The block's.
        found: u64,
    },
    /// A block whose own state names other authorities than those by whom it was proven.
    #[error(
        "the state of block {number} names other authorities than those that signed it as final: the keys of earlier \
         ones are being used, or the node shows no way to the present ones; ask another node"
    )]
    OtherAuthorities {
        /// The block.
        number: BlockNumber,
    },
    /// A block that was to be the last of its set.
    #[error("block {number} does not name the next authorities")]
    NotAHandover {
        /// The block.
        number: BlockNumber,
    },
    /// A checkpoint from before the time for which its authorities answer with what they have bonded.
    #[error(
        "the checkpoint is {days} days old: who voted then may have nothing to lose any more. Take a newer one from \
         somebody you trust"
    )]
    OldCheckpoint {
        /// Its age.
        days: u64,
    },
    /// A header that is not the parent that was asked for.
    #[error("the header is not that of the parent {expected}")]
    NotTheParent {
        /// The hash of the parent.
        expected: BlockHash,
    },

    /// A header that is not that of the block that was asked for.
    #[error("the header is not that of block {expected}")]
    NotTheBlock {
        /// The hash of the block.
        expected: BlockHash,
    },
    /// Extrinsics that are not the body of the block that was asked for.
    #[error("the extrinsics are not the body of the block")]
    OtherBody,
    /// The proof does not reach a key: it is cut short, altered, or for another state.
    #[error("the storage proof is incomplete, altered or for another state")]
    BadProof,
    /// A value was read that was not asked for.
    #[error("a storage value was read that was not asked for")]
    NotAsked,
    /// Values of two blocks were put together.
    #[error("the values are of two different blocks")]
    OtherBlock,
    /// A proven value that this version cannot read.
    #[error("the chain's value of {0} is not laid out as this version knows it")]
    UnreadableValue(&'static str),

    /// A head below one that was seen before.
    #[error("the head went back from block {seen} to block {found}")]
    HeadWentBack {
        /// The highest seen.
        seen: BlockNumber,
        /// What was offered.
        found: BlockNumber,
    },
    /// Two finalized blocks with one number: a third of the authorities signed both.
    #[error("there are two finalized blocks with number {number}: the chain's authorities broke their promise")]
    TwoHeads {
        /// The number of both.
        number: BlockNumber,
    },
    /// No nonce of this process is proven to be on the chain yet.
    #[error("no nonce of this process is proven to be on the chain")]
    NonceNotProven,
    /// The head is from before the block of the proven nonce.
    #[error("block {found} is from before block {nonce}, which carries the proven nonce")]
    BeforeNonce {
        /// The head's number.
        found: BlockNumber,
        /// The nonce's block.
        nonce: BlockNumber,
    },
    /// The window since the proven nonce was drawn has passed.
    #[error("the last proven nonce is {age_ms} ms old, and {window_ms} ms are accepted: post a new one")]
    Stale {
        /// Milliseconds since the nonce was drawn.
        age_ms: u64,
        /// Milliseconds that are accepted.
        window_ms: u64,
    },
    /// The process's own counter went backwards.
    #[error("this process's own clock went backwards")]
    ClockWentBack,
    /// A nonce of zeros, which the chain shows where none was posted.
    #[error("a nonce of zeros proves nothing")]
    ZeroNonce,
    /// The chain's proven time is too far behind the reader's clock.
    #[error(
        "the chain's time is {by_ms} ms behind this clock: the chain stands still, the answer is old, or the clock is ahead"
    )]
    ChainBehindClock {
        /// By how much.
        by_ms: u64,
    },
    /// The chain's proven time is too far ahead of the reader's clock.
    #[error("the chain's time is {by_ms} ms ahead of this clock: set the clock")]
    ChainAheadOfClock {
        /// By how much.
        by_ms: u64,
    },
}

/// Refuses what is more than `limit`.
pub(crate) fn bounded(what: &'static str, found: usize, limit: usize) -> Result<(), Refusal> {
    if found > limit { Err(Refusal::TooLarge { what, found, limit }) } else { Ok(()) }
}

impl Refusal {
    /// Whether what was refused may be right under a later set of authorities.
    pub(crate) fn may_be_of_another_set(&self) -> bool {
        matches!(self, Self::UnknownSigner | Self::BadSignature | Self::TooFewSigners { .. } | Self::TooLarge { .. })
    }
}
