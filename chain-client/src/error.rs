//! What goes wrong outside the verifier.

use std::time::Duration;

use adyton_protocol::ids::BlockNumber;

use crate::{extrinsic::DispatchFailure, verifier::Refusal};

/// Why a read or a call did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the node showed is not proven.
    #[error("the node's answer is refused: {0}")]
    Refused(#[from] Refusal),
    /// The address is none that this client can use.
    #[error("{0:?} is not an address of a node: it has to begin with http:// or https://")]
    BadAddress(String),
    /// The node cannot be reached, or broke off.
    #[error("no answer from the node at {url}: {reason}")]
    Unreachable {
        /// The node.
        url: String,
        /// What the transport says.
        reason: String,
    },
    /// The node refuses the request.
    #[error("the node refuses {method}: {message} (code {code})")]
    Node {
        /// The method.
        method: &'static str,
        /// JSON-RPC's error code.
        code: i64,
        /// The node's words, cut and without control characters.
        message: String,
    },
    /// The answer is larger than accepted.
    #[error("the node's answer to {method} is larger than {limit} bytes")]
    AnswerTooLarge {
        /// The method.
        method: &'static str,
        /// The most that is accepted.
        limit: usize,
    },
    /// The answer is not what the method answers with.
    #[error("the node's answer to {0} is not understood")]
    BadAnswer(&'static str),
    /// The node does not have the block, or no proof of its finality.
    #[error("the node has no {0}")]
    Missing(&'static str),
    /// Something did not happen in time.
    #[error("{what} within {:.1} s", .waited.as_secs_f64())]
    TimedOut {
        /// What did not happen.
        what: &'static str,
        /// How long was waited.
        waited: Duration,
    },

    /// The chain runs code that this version does not know; nothing was signed.
    #[error(
        "the chain runs version {found} of its code, this program knows {known}: nothing was signed, update the program"
    )]
    OtherRuntime {
        /// What the chain runs, specification and transaction version.
        found: String,
        /// What this program knows.
        known: String,
    },
    /// The chain's code was or is being replaced: what is signed for the version before is not taken any more.
    #[error("the chain's code changes from version {from} to {to}, and what was signed for {from} is void: try again")]
    Upgraded {
        /// The version that was signed for, or would have been.
        from: u32,
        /// The other one.
        to: u32,
    },
    /// Many extrinsics of this account wait already, or the node says so.
    #[error("the node says that {waiting} extrinsics of this account wait: wait until they are finalized")]
    TooManyWaiting {
        /// How many.
        waiting: u32,
    },
    /// The extrinsic was finalized, and what it asked for was refused.
    #[error("the chain refused it in block {block}: {failure}")]
    Failed {
        /// The block that carries it.
        block: BlockNumber,
        /// Why.
        failure: DispatchFailure,
    },
    /// The extrinsic's life ended before a block took it.
    #[error("the extrinsic was not taken into a block before block {until}, and cannot be any more")]
    Expired {
        /// The last block that could have taken it.
        until: BlockNumber,
    },
    /// The account's next extrinsic was another one.
    #[error("another extrinsic of the same account took its place in block {block}")]
    Replaced {
        /// The block.
        block: BlockNumber,
    },
}
