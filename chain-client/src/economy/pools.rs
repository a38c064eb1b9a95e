//! Stake pools and vaults: who has put how much behind which workers, and what leaves when. The records stand in
//! [`adyton_protocol::pools`].

use adyton_protocol::{
    ids::{AccountId, WorkerId},
    pools::{Assigned, Chunk, Holder, Parameters, Pool, PoolId, Position},
};

use super::keys::{allowed_in, assignment, chunk, pool, pool_count, pool_description, pool_parameters, position};
use crate::{facts::Facts, verifier::Refusal};

impl Facts {
    /// By which rules pools work; none on a network without them ([`pool_parameters`]).
    pub fn pool_parameters(&self) -> Result<Option<Parameters>, Refusal> {
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
