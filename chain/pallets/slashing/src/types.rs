//! What is kept of offences. What others read of it stands in [`adyton_protocol::slashing`]; the rest is the pallet's own.

use adyton_protocol::{
    ids::{BlockNumber, ContractId, SigningKey},
    record::StateHead,
    slashing,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::sp_runtime::Perbill;
use scale_info::TypeInfo;

pub use adyton_protocol::slashing::{Commitment, Kind, UNDECIDED};

/// The most bytes of a receipt that is evidence, with the seven leaves that two histories need.
pub const MAX_RECEIPT: u32 = 4 * 1024;
/// How many moments of the past are remembered ([`crate::Samples`]).
pub const SAMPLES: u32 = 4096;
/// The most offences that one block looks at by itself.
pub const MAX_PER_BLOCK: u32 = 4;

/// What governance decides about offences.
pub type Parameters = slashing::Parameters<Perbill>;
/// An offence that was reported, and neither applied nor cancelled yet.
pub type Offence = slashing::Offence<Perbill>;

/// What a worker was charged with lately, so that it is never more than all that stood behind it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Charged {
    /// The most stake that stood behind it at one of these reports.
    pub most: u128,
    /// The sum of all amounts, without those that were cancelled.
    pub amount: u128,
    /// How many of them are neither applied nor cancelled.
    pub pending: u32,
    /// The block of the last one.
    pub last: BlockNumber,
}

/// The absence of a worker that was reported last, and how much of it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Charge {
    /// The absence's first block.
    pub since: BlockNumber,
    /// How many steps of it were charged.
    pub steps: u32,
}

/// The chain's own note that a worker's evidence did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Lapse {
    /// The block of the note.
    pub block: BlockNumber,
    /// Its time, Unix seconds.
    pub at: u64,
}

/// Where a receipt says that its call stood; its signature was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The key that signed.
    pub key: SigningKey,
    /// The contract.
    pub contract: ContractId,
    /// The lease under which the call ran.
    pub lease: u64,
    /// The incarnation in which it ran.
    pub incarnation: u64,
    /// The block acted on.
    pub block: BlockNumber,
    /// The state before.
    pub before: StateHead,
    /// The state after.
    pub after: StateHead,
}
