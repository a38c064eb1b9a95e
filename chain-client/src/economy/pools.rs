//! Stake pools and vaults: who has put how much behind which workers, and what leaves when.

use adyton_protocol::ids::{AccountId, BlockNumber, WorkerId};
use codec::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    keys::{allowed_in, assignment, chunk, pool, pool_count, pool_description, pool_parameters, position},
    shares::{Books, Side, Stake},
};
use crate::{facts::Facts, governance::Share, verifier::Refusal};

/// A pool's or vault's number, from 1.
pub type PoolId = u32;

/// What governance decided about pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolParameters {
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

/// Who has a stake in a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Holder {
    /// An account, in which the stake is held.
    #[codec(index = 0)]
    Account(AccountId),
    /// A vault, in the accounts of whose members it is held.
    #[codec(index = 1)]
    Vault(PoolId),
}

/// What a pool's owner takes of its rewards, and a vault's of its gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Commission {
    /// Until what is announced holds.
    pub rate: Share,
    /// The most that there ever is.
    pub maximum: Share,
    /// A higher one, and from which block on it holds.
    pub announced: Option<(Share, BlockNumber)>,
}

impl Commission {
    /// What holds at block `now`.
    pub fn at(&self, now: BlockNumber) -> Share {
        match self.announced {
            Some((rate, from)) if now >= from => rate,
            Some(_) | None => self.rate,
        }
    }
}

/// What is a vault's and not a pool's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Vault {
    /// Where its stake goes, ascending by pool.
    pub targets: Vec<Target>,
    /// What it has lost and not earned since: of that much no fee is taken.
    pub losses: u128,
}

/// One of the pools that a vault is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Target {
    /// The pool.
    pub pool: PoolId,
    /// Its part of the stake, beside the other targets' weights; zero: it is left.
    pub weight: u32,
}

/// A pool of stake, or a vault.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pool {
    /// Who made it and decides about it.
    pub owner: AccountId,
    /// A vault's own; none of a pool.
    pub vault: Option<Vault>,
    /// The owner's part of rewards.
    pub commission: Commission,
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

impl Pool {
    /// Whether it holds other pools' shares instead of running workers.
    pub fn is_vault(&self) -> bool {
        self.vault.is_some()
    }

    /// Whether the stake of `holder` is slashed before all others': the owner's, in a pool that runs workers.
    pub fn is_own(&self, holder: &Holder) -> bool {
        match holder {
            Holder::Account(account) => !self.is_vault() && *account == self.owner,
            Holder::Vault(_) => false,
        }
    }

    /// What `holder` is on the books with.
    pub fn side(&self, holder: &Holder) -> &Side {
        if self.is_own(holder) { &self.books.own } else { &self.books.shared }
    }

    /// The stake that nothing binds.
    pub fn free(&self) -> u128 {
        self.books.total().saturating_sub(self.bound)
    }

    /// What all but the owner lose when everything is taken that is frozen. As long as that is anything nobody joins, and
    /// who is due waits.
    pub fn exposed(&self) -> u128 {
        let uncovered = self.frozen.saturating_sub(self.books.own.total()).saturating_sub(self.given);
        uncovered.min(self.books.shared.total())
    }

    /// How much more it takes; none: any amount.
    pub fn room(&self) -> Option<u128> {
        self.cap.map(|cap| cap.saturating_sub(self.books.active()))
    }
}

/// What one holder has in a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
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

/// What a position in a pool comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

impl Position {
    /// What it is worth in `pool`, where `holder` has it.
    pub fn worth(&self, pool: &Pool, holder: &Holder) -> Worth {
        let side = pool.side(holder);
        let (active, leaving) = (side.active.worth_of(&self.active), side.leaving.worth_of(&self.leaving));
        let held = self.active.held.saturating_add(self.leaving.held);
        Worth {
            active,
            leaving,
            reward: self.reward.saturating_add(side.earned(self.active.shares, self.index)),
            lost: held.saturating_sub(active.saturating_add(leaving)),
        }
    }
}

/// A part of a stake that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Chunk {
    /// The pool.
    pub pool: PoolId,
    /// Who leaves.
    pub holder: Holder,
    /// Shares of what leaves the pool.
    pub shares: u128,
    /// From this block on it is paid out.
    pub due: BlockNumber,
}

/// What a pool has put behind a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Assigned {
    /// The pool.
    pub pool: PoolId,
    /// How much. It stands for less where slashes have left the pool less than it has put behind its workers.
    pub stake: u128,
    /// What the worker does.
    pub state: State,
}

/// What a worker does for its stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
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

impl Facts {
    /// By which rules pools work; none on a network without them ([`pool_parameters`]).
    pub fn pool_parameters(&self) -> Result<Option<PoolParameters>, Refusal> {
        self.item(&pool_parameters(), "the rules of pools")
    }

    /// How many pools and vaults were created so far; their numbers go from 1 up to this ([`pool_count`]).
    pub fn pool_count(&self) -> Result<PoolId, Refusal> {
        Ok(self.item(&pool_count(), "the number of pools")?.unwrap_or(0))
    }

    /// A pool or vault ([`pool`]).
    pub fn pool(&self, number: PoolId) -> Result<Option<Pool>, Refusal> {
        self.item(&pool(number), "a pool")
    }

    /// What a pool says about itself, which nobody checks ([`pool_description`]).
    pub fn pool_description(&self, pool: PoolId) -> Result<Vec<u8>, Refusal> {
        Ok(self.item(&pool_description(pool), "a pool's description")?.unwrap_or_default())
    }

    /// Whether an account is on the list of those who may join a pool ([`allowed_in`]).
    pub fn allowed_in(&self, pool: PoolId, account: &AccountId) -> Result<bool, Refusal> {
        Ok(self.item::<()>(&allowed_in(pool, account), "who may join a pool")?.is_some())
    }

    /// What a holder has in a pool; none, if nothing ([`position`]).
    pub fn position(&self, pool: PoolId, holder: &Holder) -> Result<Option<Position>, Refusal> {
        self.item(&position(pool, holder), "a position in a pool")
    }

    /// A part of a stake that leaves ([`chunk`]).
    pub fn chunk(&self, number: u64) -> Result<Option<Chunk>, Refusal> {
        self.item(&chunk(number), "a part of a stake that leaves")
    }

    /// What stands behind a worker ([`assignment`]).
    pub fn assignment(&self, worker: &WorkerId) -> Result<Option<Assigned>, Refusal> {
        self.item(&assignment(worker), "a worker's stake")
    }
}
