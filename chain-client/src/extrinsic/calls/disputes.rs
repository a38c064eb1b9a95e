//! Calls about disputed results.

use adyton_protocol::{
    dispute::{Answer, Parameters, SALT},
    ids::Digest,
};
use codec::{Decode, Encode};

/// Of `adyton-pallet-disputes`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Disputes {
    /// Disputes the result that a receipt claims, against a bond.
    #[codec(index = 0)]
    Dispute {
        /// The receipt, with [`adyton_protocol::dispute::LEAVES`] open.
        receipt: Vec<u8>,
        /// The manifest that it names.
        manifest: Vec<u8>,
        /// Where the history is; empty: only with the workers.
        source: Vec<u8>,
    },
    /// A drawn worker takes a juror's seat; feeless.
    #[codec(index = 1)]
    Commit {
        /// The dispute.
        dispute: u64,
        /// The draw.
        draw: u8,
        /// [`adyton_protocol::dispute::commitment`] to its answer.
        commitment: Digest,
    },
    /// A juror shows its answer; feeless.
    #[codec(index = 2)]
    Reveal {
        /// The dispute.
        dispute: u64,
        /// The draw.
        draw: u8,
        /// The answer.
        answer: Answer,
        /// What has hidden it.
        salt: [u8; SALT],
    },
    /// Shares what was issued for a decided offence.
    #[codec(index = 3)]
    Share(u64),
    /// Sets the rules. The economy's origin does.
    #[codec(index = 4)]
    SetParameters(Parameters),
}
