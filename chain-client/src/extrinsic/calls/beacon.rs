//! Calls about the random beacon.

use adyton_protocol::{
    beacon::{Commitments, RoundSignature},
    ids::BlockNumber,
};
use codec::{Decode, Encode};

/// Of `adyton-pallet-beacon`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Beacon {
    /// A keyholder publishes the public side of the beacon's key; feeless.
    #[codec(index = 0)]
    PublishKey(Commitments),
    /// A keyholder brings the committee's signature of the newest round that is due; feeless.
    #[codec(index = 1)]
    Submit {
        /// The round's number.
        number: u64,
        /// The signature.
        signature: RoundSignature,
    },
    /// Gives the rounds after those that are due another length.
    #[codec(index = 2)]
    SetRoundLength(BlockNumber),
    /// Removes the key, so that the committee may publish another.
    #[codec(index = 3)]
    RemoveKey,
}
