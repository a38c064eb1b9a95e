//! The records, in polkadot-sdk's layout.

use adyton_protocol::ids::AccountId;
use codec::{Decode, Encode};

use super::{
    AccountVote, Enactment, Periods, Proposal, Track, class_locks, enactment_of, inactive_issuance, preimage,
    referendum, referendum_count, slot_duration, total_issuance, track_periods, tracks, vote_lock, voting,
};
use crate::{facts::Facts, verifier::Refusal};

/// What an account has put down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Deposit {
    /// Who.
    pub who: AccountId,
    /// How much.
    pub amount: u128,
}

/// A decision under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Deciding {
    /// Since which block.
    pub since: u32,
    /// In which block it is approved, unless it falls below what is needed before.
    pub confirming: Option<u32>,
}

/// The votes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Tally {
    /// In favour, with their convictions.
    pub ayes: u128,
    /// Against, with their convictions.
    pub nays: u128,
    /// The PHA in favour.
    pub support: u128,
}

/// A referendum that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Status {
    /// The number of its track.
    pub track: u16,
    /// With which origin it is done.
    pub origin: Track,
    /// What is proposed.
    pub proposal: Proposal,
    /// When it is done.
    pub enactment: Enactment,
    /// In which block it was proposed.
    pub submitted: u32,
    /// The proposer's deposit.
    pub submission_deposit: Deposit,
    /// The deposit without which it is not decided.
    pub decision_deposit: Option<Deposit>,
    /// The decision; none before it begins.
    pub deciding: Option<Deciding>,
    /// The votes.
    pub tally: Tally,
    /// Whether it waits for others of its track to be decided.
    pub in_queue: bool,
    /// When the chain looks at it next, and where that stands in the schedule.
    pub alarm: Option<(u32, (u32, u32))>,
}

/// A referendum that is over: since which block, and the deposits that were not given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Ended {
    /// The block.
    pub block: u32,
    /// The proposer's.
    pub submission_deposit: Option<Deposit>,
    /// The decision's.
    pub decision_deposit: Option<Deposit>,
}

/// A referendum.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Referendum {
    /// Not over.
    #[codec(index = 0)]
    Ongoing(Box<Status>),
    /// Approved.
    #[codec(index = 1)]
    Approved(Ended),
    /// Rejected.
    #[codec(index = 2)]
    Rejected(Ended),
    /// Cancelled by root.
    #[codec(index = 3)]
    Cancelled(Ended),
    /// Never decided.
    #[codec(index = 4)]
    TimedOut(Ended),
    /// Ended by root, with its deposits lost, in a block.
    #[codec(index = 5)]
    Killed(u32),
}

/// When an approved referendum is done: its block, and its place among those of that block.
pub type Scheduled = (u32, u32);

/// What an account does on a track.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Voting {
    /// It votes.
    #[codec(index = 0)]
    Casting(Casting),
    /// It lets another one vote for it: how much, who, with which conviction; what was delegated to it, and what it had
    /// locked before (until which block, how much).
    #[codec(index = 1)]
    Delegating(u128, AccountId, u8, (u128, u128), (u32, u128)),
}

/// An account's own votes on a track.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Casting {
    /// By referendum, ascending.
    pub votes: Vec<(u32, AccountVote)>,
    /// What others delegated to it: votes, and the PHA behind them.
    pub delegations: (u128, u128),
    /// What it has locked for votes that were taken back: until which block, and how much.
    pub prior: (u32, u128),
}

impl Facts {
    /// How many referenda there have been ([`referendum_count`]).
    pub fn referendum_count(&self) -> Result<u32, Refusal> {
        Ok(self.item(&referendum_count(), "the number of referenda")?.unwrap_or(0))
    }

    /// A referendum ([`referendum`]).
    pub fn referendum(&self, index: u32) -> Result<Option<Referendum>, Refusal> {
        self.item(&referendum(index), "a referendum")
    }

    /// The bytes that `proposal` names ([`preimage`]), where they are there.
    pub fn preimage(&self, hash: &[u8; 32], length: u32) -> Result<Option<Vec<u8>>, Refusal> {
        self.item(&preimage(hash, length), "a proposal's bytes")
    }

    /// When an approved referendum is done; none, when it was ([`enactment_of`]).
    pub fn enactment_of(&self, referendum: u32) -> Result<Option<Scheduled>, Refusal> {
        self.item(&enactment_of(referendum), "an enactment's place")
    }

    /// What an account does on a track ([`voting`]).
    pub fn voting(&self, account: &AccountId, track: Track) -> Result<Voting, Refusal> {
        let found = self.item(&voting(account, track.number()), "an account's votes")?;
        Ok(found.unwrap_or_else(|| Voting::Casting(Casting::default())))
    }

    /// What an account's votes lock, by the number of their track ([`class_locks`]).
    pub fn class_locks(&self, account: &AccountId) -> Result<Vec<(u16, u128)>, Refusal> {
        Ok(self.item(&class_locks(account), "what votes lock")?.unwrap_or_default())
    }

    /// How long a track's decisions take ([`track_periods`]).
    pub fn periods(&self, track: Track) -> Result<Periods, Refusal> {
        let found = self.item(&track_periods(track.number()), "a track's periods")?;
        Ok(found.unwrap_or(track.info().periods))
    }

    /// For how many blocks a vote of conviction 1 locks ([`vote_lock`]).
    pub fn vote_lock(&self) -> Result<u32, Refusal> {
        Ok(self.item(&vote_lock(), "how long votes lock")?.unwrap_or(tracks::VOTE_LOCK))
    }

    /// All PHA that counts for support ([`total_issuance`], [`inactive_issuance`]).
    pub fn active_issuance(&self) -> Result<u128, Refusal> {
        let total: u128 = self.item(&total_issuance(), "all PHA")?.unwrap_or(0);
        let inactive: u128 = self.item(&inactive_issuance(), "the PHA that counts for nothing")?.unwrap_or(0);
        Ok(total.saturating_sub(inactive))
    }

    /// Milliseconds of a slot ([`slot_duration`]).
    pub fn slot_ms(&self) -> Result<u64, Refusal> {
        Ok(self.item(&slot_duration(), "a slot's length")?.unwrap_or(tracks::SLOT_MS))
    }
}
