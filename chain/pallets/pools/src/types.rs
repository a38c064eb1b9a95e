//! What the pallet stores. What others read of it stands in [`adyton_protocol::pools`]; the rest is the pallet's own.

use adyton_protocol::{
    ids::{BlockNumber, WorkerId},
    pools,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{BoundedVec, traits::ConstU32};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, Perbill},
};
use scale_info::TypeInfo;

pub use adyton_protocol::{
    figures::PoolTotals as Totals,
    pools::{Assigned, MAX_BLOCKS, MAX_TARGETS, Parameters, Position, State, Target, Targets, Vault},
};

/// The most bytes of a pool's description.
pub const MAX_DESCRIPTION: u32 = 1024;
/// The most chunks that one holder has leaving one pool at a time.
pub const MAX_CHUNKS: u32 = 32;

/// What a pool says about itself.
pub type Description = BoundedVec<u8, ConstU32<MAX_DESCRIPTION>>;
/// Who has a stake in a pool.
pub type Holder = pools::Holder<AccountId32>;
/// What a pool's owner takes of its rewards, and a vault's of its gain.
pub type Commission = pools::Commission<Perbill>;
/// A pool of stake, or a vault.
pub type Pool = pools::Pool<AccountId32, Perbill>;
/// A part of a stake that leaves.
pub type Chunk = pools::Chunk<AccountId32>;

/// A chunk that was due and could not be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Waiter {
    /// The chunk's number.
    pub chunk: u64,
    /// Since which block.
    pub since: BlockNumber,
}

/// What of a queue is in use: numbers from the first up to the one before the next.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Span {
    /// The number of the queue's head.
    pub first: u64,
    /// The number that comes after its end.
    pub next: u64,
}

impl Span {
    /// The number of a new end.
    pub fn push(&mut self) -> u64 {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        number
    }

    /// The head is over.
    pub fn pop(&mut self) {
        self.first = self.first.saturating_add(1).min(self.next);
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.next.saturating_sub(self.first)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The end of a worker's cooling down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Cooled {
    /// The worker.
    pub worker: WorkerId,
    /// Holds if the worker still cools down up to this block.
    pub at: BlockNumber,
}
