//! The threshold interface: one narrow door to the BLS12-381 library, so that nothing else of ours sees it.
//!
//! A committee of keyholders has a [`GroupPublic`] (commitments to a polynomial, public, stored on the chain)
//! and each member one [`Share`]. For a key's label a member gives a [`PartialEvaluation`]; whoever asked checks
//! each with [`GroupPublic::check_partial`] and joins enough of them with [`GroupPublic::combine`] into the one
//! [`Evaluation`] that every sufficient subset gives (a unique BLS signature, minimal-signature variant:
//! signatures in G1, keys in G2). A contract's secret is HKDF-SHA256 (RFC 5869) of it.
//!
//! In the flow: keyholders evaluate, the worker's `adyton-keys` checks, combines and derives. [`beacon`] is the same over
//! another key, whose signatures are public: those of the random beacon's rounds.
//!
//! What must always hold: nobody holds the master secret; an evaluation is only ever made from partials that
//! were each checked against the commitments for the same label; a secret (share, partial, evaluation) is wiped
//! when dropped and has no `Debug` that prints it. **A partial is secret too**: in a committee of one it *is* the
//! evaluation, so it travels only sealed to who may have it.
//!
//! Refused: a committee above [`MAX_MEMBERS`]; any encoding that is not the canonical one; points outside the
//! groups and the point at infinity; a partial that does not match its member's commitment; fewer partials than
//! the threshold; two partials of one member; partials of another label or group.
//!
//! ```
//! use adyton_protocol::{ids::{ContractId, NetworkId}, key_label::{KeyLabel, Purpose}};
//! use adyton_threshold::deal_insecure_single;
//!
//! let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
//! let label = KeyLabel { network: NetworkId([1; 32]), epoch: 0, contract: ContractId([2; 32]), purpose: Purpose::State };
//! let partial = group.check_partial(&label, share.evaluate(&label))?;
//! let secret = group.combine(&label, &[partial])?.contract_secret();
//! assert_eq!(secret.expose().len(), 32);
//! # Ok::<(), adyton_threshold::ThresholdError>(())
//! ```
#![forbid(unsafe_code)]

pub mod beacon;
mod evaluation;
mod group;
pub mod release;
mod share;
mod single;

pub use evaluation::{ContractSecret, Evaluation};
pub use group::{CheckedPartial, GroupPublic};
pub use share::{PartialEvaluation, Share};
pub use single::deal_insecure_single;

/// The largest committee. It bounds what is decoded before anything is computed.
pub const MAX_MEMBERS: u32 = 32;

/// The longest canonical encoding of a [`GroupPublic`], in bytes: a record on the chain needs no more.
pub const MAX_GROUP_BYTES: usize = 1 + 1 + 4 + 1 + 96 * MAX_MEMBERS as usize;

/// The length of a [`Share`]'s canonical encoding, in bytes.
pub const SHARE_BYTES: usize = 1 + 4 + 32;

/// The length of a [`PartialEvaluation`]'s canonical encoding, in bytes.
pub const PARTIAL_BYTES: usize = 1 + 4 + 48;

/// What our encodings begin with. A changed format gets another number.
const VERSION: u8 = 1;

/// The variant of the scheme: public keys in G2 (96 bytes), evaluations in G1 (48 bytes).
type Variant = commonware_cryptography::bls12381::primitives::variant::MinSig;

/// The library prefixes a message with a namespace of its own; the label's message is separated already.
const NAMESPACE: &[u8] = b"";

/// Why something of the committee's was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// The bytes are not the canonical encoding of what they should be.
    #[error("not the canonical encoding of a {0}")]
    Encoding(&'static str),
    /// The share is not the one that the commitments hold for its member.
    #[error("the share does not belong to this group")]
    ForeignShare,
    /// The partial does not match the commitment of the member that it names.
    #[error("the partial evaluation of member {member} is wrong")]
    WrongPartial {
        /// The member's number, from 0.
        member: u32,
    },
    /// Two partials of one member.
    #[error("member {member} gave two partial evaluations")]
    RepeatedMember {
        /// The member's number, from 0.
        member: u32,
    },
    /// A partial that was checked for another label or another group.
    #[error("a partial evaluation was checked for another label or group")]
    ForeignPartial,
    /// Fewer partials than the threshold.
    #[error("{have} partial evaluations of the {need} needed")]
    TooFew {
        /// How many there are.
        have: usize,
        /// How many it takes.
        need: usize,
    },
    /// The checked partials did not combine to an evaluation of the group's key. Not reachable unless the library
    /// fails; refused all the same.
    #[error("the combined evaluation does not verify")]
    WrongEvaluation,
}

#[cfg(test)]
mod tests;
