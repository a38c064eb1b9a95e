//! What the chain keeps of stake pools and vaults: rules, what is in them, and what leaves. `specs/staking.md` has the rules,
//! the pallet `pools` keeps them. Amounts are in units of 10^-12 PHA.
//!
//! The pallet has accounts and shares of types that polkadot-sdk reckons with; whoever else reads a record has those of this
//! crate. They are laid out alike.

pub mod books;

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, BlockNumber},
    ratio::ratio_up,
    share::Share,
};
use books::{Books, Side, Stake};

/// A pool's or vault's number, from 1.
pub type PoolId = u32;

/// The most pools that a vault is in.
pub const MAX_TARGETS: u32 = 16;

/// The pools that a vault is in.
pub type Targets = BoundedVec<Target, ConstU32<MAX_TARGETS>>;

/// One PHA.
const PHA: u128 = 1_000_000_000_000;
/// Blocks of a day, at 6 seconds each.
const DAY: BlockNumber = 14_400;

/// The longest time that may be decided: a year. What is due is paid in order, so that something that is never due would
/// keep all that comes after it.
pub const MAX_BLOCKS: BlockNumber = 365 * DAY;

/// What governance decides about pools.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// The least that is joined with, leaves in one chunk unless it is everything, and stays of what does not leave.
    pub minimum: u128,
    /// What is held for a pool until it is closed.
    pub deposit: u128,
    /// For how many blocks what leaves can still be slashed.
    pub unbonding: BlockNumber,
    /// For how many blocks the stake of a worker that has stopped stays bound.
    pub cooling: BlockNumber,
    /// How many blocks pass before a raised commission holds.
    pub notice: BlockNumber,
    /// For how many blocks somebody who is due waits before the pool's workers are stopped.
    pub patience: BlockNumber,
}

impl Parameters {
    /// Whether a pool can work by them.
    pub fn are_possible(&self) -> bool {
        let times = [self.unbonding, self.cooling, self.notice, self.patience];
        self.minimum > 0 && times.iter().all(|blocks| (1..=MAX_BLOCKS).contains(blocks))
    }
}

/// For a network of 6 s slots.
impl Default for Parameters {
    fn default() -> Self {
        Self {
            minimum: PHA,
            deposit: 10 * PHA,
            unbonding: 14 * DAY,
            cooling: 7 * DAY,
            notice: 7 * DAY,
            patience: 7 * DAY,
        }
    }
}

/// Who has a stake in a pool.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Holder<Account = AccountId> {
    /// An account, in which the stake is held.
    #[codec(index = 0)]
    Account(Account),
    /// A vault, in the accounts of whose members it is held.
    #[codec(index = 1)]
    Vault(PoolId),
}

/// What a pool's owner takes of its rewards, and a vault's of its gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Commission<Part = Share> {
    /// Until what is announced holds.
    pub rate: Part,
    /// The most that there ever is.
    pub maximum: Part,
    /// A higher one, and from which block on it holds.
    pub announced: Option<(Part, BlockNumber)>,
}

impl<Part: Copy + PartialOrd> Commission<Part> {
    /// What holds at block `now`.
    pub fn at(&self, now: BlockNumber) -> Part {
        match self.announced {
            Some((rate, from)) if now >= from => rate,
            Some(_) | None => self.rate,
        }
    }

    /// The commission becomes `rate`: at once if that is no more than now, and `notice` blocks after `now` if it is.
    /// None where that is more than there may be.
    pub fn changed(&self, rate: Part, now: BlockNumber, notice: BlockNumber) -> Option<Self> {
        let present = self.at(now);
        if rate > self.maximum {
            return None;
        }
        let changed = Self { rate: present, announced: None, ..*self };
        if rate <= present {
            return Some(Self { rate, ..changed });
        }
        Some(Self { announced: Some((rate, now.saturating_add(notice))), ..changed })
    }
}

/// What is a vault's and not a pool's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Vault {
    /// Where its stake goes, ascending by pool. It is in no pool that is not here.
    pub targets: Targets,
    /// What it has lost and not earned since: of that much no fee is taken.
    pub losses: u128,
}

/// One of the pools that a vault is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Target {
    /// The pool.
    pub pool: PoolId,
    /// Its part of the stake, beside the other targets' weights; zero: everything leaves it.
    pub weight: u32,
}

/// A pool of stake, or a vault.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Pool<Account = AccountId, Part = Share> {
    /// Who made it and decides about it.
    pub owner: Account,
    /// A vault's own; none of a pool.
    pub vault: Option<Vault>,
    /// The owner's part of rewards.
    pub commission: Commission<Part>,
    /// The most stake that earns; none: any.
    pub cap: Option<u128>,
    /// Whether only those whom the owner allows may join.
    pub restricted: bool,
    /// What everybody has in it.
    pub books: Books,
    /// The stake that is not free: a pool's behind its workers, a vault's in pools.
    pub bound: u128,
    /// How much of [`Pool::bound`] is behind workers that cool down.
    pub cooling: u128,
    /// What a pool loses if all offences of its workers that are open are applied; none of a vault.
    pub frozen: u128,
    /// What those who left meanwhile have lost already for what is frozen, in the pool or in those that the vault is in.
    pub given: u128,
    /// The owner's commission that was not claimed.
    pub fees: u128,
    /// What is held of the owner until the pool is closed.
    pub deposit: u128,
}

impl<Account: PartialEq, Part> Pool<Account, Part> {
    /// Whether it holds other pools' shares instead of running workers.
    pub fn is_vault(&self) -> bool {
        self.vault.is_some()
    }

    /// Whether the stake of `holder` is slashed before all others': the owner's, in a pool that runs workers.
    pub fn is_own(&self, holder: &Holder<Account>) -> bool {
        match holder {
            Holder::Account(account) => !self.is_vault() && *account == self.owner,
            Holder::Vault(_) => false,
        }
    }

    /// What `holder` is on the books with.
    pub fn side(&self, holder: &Holder<Account>) -> &Side {
        self.books.side(self.is_own(holder))
    }

    /// See [`Pool::side`].
    pub fn side_mut(&mut self, holder: &Holder<Account>) -> &mut Side {
        let own = self.is_own(holder);
        self.books.side_mut(own)
    }

    /// The stake that nothing binds.
    pub fn free(&self) -> u128 {
        self.books.total().saturating_sub(self.bound)
    }

    /// How much more it takes; none: any amount.
    pub fn room(&self) -> Option<u128> {
        self.cap.map(|cap| cap.saturating_sub(self.books.active()))
    }

    /// The stake that is not frozen.
    pub fn unfrozen(&self) -> u128 {
        self.books.total().saturating_add(self.given).saturating_sub(self.frozen)
    }

    /// What all but the owner lose when everything is taken that is `frozen`: in a pool, [`Pool::frozen`]. As long as that is
    /// anything nobody joins, and who is due waits.
    pub fn exposed(&self, frozen: u128) -> u128 {
        let uncovered = frozen.saturating_sub(self.books.own.total()).saturating_sub(self.given);
        uncovered.min(self.books.shared.total())
    }

    /// What of `amount` on one side is held back by what is `frozen`: of the owner's, what it would then cover no more;
    /// of everybody else's, their part of what they lose by it, rounded up.
    pub fn held_back(&self, frozen: u128, own: bool, amount: u128) -> u128 {
        if own {
            return amount.saturating_sub(self.books.own.total().saturating_sub(frozen));
        }
        let all = self.books.shared.total();
        ratio_up(amount, self.exposed(frozen), all).unwrap_or_default().min(amount)
    }

    /// So much less is frozen. What was given for more than that is not taken into account again.
    pub fn thaw(&mut self, amount: u128) {
        self.frozen = self.frozen.saturating_sub(amount);
        // What is frozen of a vault stands in its pools.
        if !self.is_vault() {
            self.given = self.given.min(self.frozen);
        }
    }

    /// Takes up to `amount`, which is frozen no longer: the owner's, then what was given for it, then everybody else's.
    /// Returns what was taken from the owner, from the others, and what was given.
    pub fn slash(&mut self, amount: u128) -> (u128, u128, u128) {
        let given = amount.saturating_sub(self.books.own.total()).min(self.given);
        let (own, shared) = self.books.slash(amount.saturating_sub(given));
        self.given = self.given.saturating_sub(given);
        self.thaw(amount);
        (own, shared, given)
    }
}

/// What one holder has in a pool.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Position {
    /// What earns.
    pub active: Stake,
    /// What leaves, in all chunks.
    pub leaving: Stake,
    /// In how many chunks it leaves.
    pub chunks: u32,
    /// The index of rewards up to which [`Position::reward`] is reckoned.
    pub index: u128,
    /// What it has earned and was not claimed.
    pub reward: u128,
    /// Whether anybody may join with its rewards for it.
    pub compounding: bool,
}

impl Position {
    /// Whether there is nothing in it.
    pub fn is_over(&self) -> bool {
        self.active.shares == 0 && self.leaving.shares == 0 && self.chunks == 0 && self.reward == 0
    }

    /// All that is held for it.
    pub fn held(&self) -> u128 {
        self.active.held.saturating_add(self.leaving.held)
    }

    /// What it is worth in `pool`, where `holder` has it.
    pub fn worth<Account: PartialEq, Part>(&self, pool: &Pool<Account, Part>, holder: &Holder<Account>) -> Worth {
        let side = pool.side(holder);
        let (active, leaving) = (side.active.worth_of(&self.active), side.leaving.worth_of(&self.leaving));
        Worth {
            active,
            leaving,
            reward: self.reward.saturating_add(side.earned(self.active.shares, self.index)),
            lost: self.held().saturating_sub(active.saturating_add(leaving)),
        }
    }
}

/// What a position in a pool comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// What earns.
    pub active: u128,
    /// What leaves.
    pub leaving: u128,
    /// What was earned and can be claimed.
    pub reward: u128,
    /// What slashes have taken and the account is still held for.
    pub lost: u128,
}

/// A part of a stake that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Chunk<Account = AccountId> {
    /// The pool.
    pub pool: PoolId,
    /// Who leaves.
    pub holder: Holder<Account>,
    /// Shares of what leaves the pool.
    pub shares: u128,
    /// From this block on it is paid out.
    pub due: BlockNumber,
}

/// What a pool has put behind a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Assigned {
    /// The pool.
    pub pool: PoolId,
    /// How much. It stands for less where slashes have left the pool less than it has put behind its workers.
    pub stake: u128,
    /// What the worker does.
    pub state: State,
}

/// What a worker does for its stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum State {
    /// It was not started.
    #[codec(index = 0)]
    Idle,
    /// It runs.
    #[codec(index = 1)]
    Running,
    /// It has stopped; at this block the stake is free.
    #[codec(index = 2)]
    Cooling(BlockNumber),
}
