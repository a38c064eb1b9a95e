//! What is kept of validators. What others read of it stands in [`adyton_protocol::validators`]; the rest is the pallet's own.

use adyton_protocol::validators;
use codec::{Decode, Encode, MaxEncodedLen};
use polkadot_sdk::{
    sp_consensus_aura::sr25519::AuthorityId as AuraId,
    sp_consensus_slots::EquivocationProof,
    sp_core::{crypto::KeyTypeId, crypto::key_types},
    sp_runtime::{AccountId32, Perbill},
    sp_staking::SessionIndex,
};
use scale_info::TypeInfo;

pub use adyton_protocol::validators::{
    Bond, Leaving, MAX_APPEAL, MAX_LEAVING, MAX_SESSION, MAX_UNBONDING, MAX_VALIDATORS, MIN_UNBONDING, Parameters,
    Queue,
};

/// The most candidates.
pub const MAX_CANDIDATES: u32 = 256;

/// One who wants to serve, and what is bonded for it.
pub type Candidate = validators::Candidate<AccountId32>;
/// A slash that is not decided yet.
pub type Slash = validators::Slash<AccountId32>;

/// One who serves, with the keys that it serves with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Authority {
    /// The account.
    pub who: AccountId32,
    /// With which it makes blocks (sr25519).
    pub aura: [u8; 32],
    /// With which it finalizes them (Ed25519).
    pub grandpa: [u8; 32],
}

impl Authority {
    /// Whether `key` is its key of that type.
    pub fn has_key(&self, kind: KeyTypeId, key: &[u8]) -> bool {
        (kind == key_types::AURA && self.aura.as_slice() == key)
            || (kind == key_types::GRANDPA && self.grandpa.as_slice() == key)
    }
}

/// A session for which offences can be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Session {
    /// The first session with the same authorities and keys, without a break.
    pub term: SessionIndex,
    /// The slot of the block that began it.
    pub from: u64,
}

/// One who broke the rules in a term, and how much of its bond that costs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Offender {
    /// The account.
    pub who: AccountId32,
    /// The fraction for which there are slashes, together; one where a slash was cancelled, so that none is added.
    pub fraction: Perbill,
}

/// Two blocks of one slot, sealed with one key. The headers have their seals.
pub type BlockEquivocation<Header> = EquivocationProof<Header, AuraId>;
