//! Where the records of stake and validators stand. Unlike those of `adyton_protocol::storage` these keys are not frozen.

use adyton_protocol::{
    ids::{AccountId, WorkerId},
    pools::{Holder, PoolId},
};
use codec::Encode;
use sp_crypto_hashing::{blake2_128, twox_64, twox_128};

fn value(pallet: &str, item: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// `blake2_128(key) ‖ key` behind `key`.
fn hashed(mut key: Vec<u8>, map_key: &impl Encode) -> Vec<u8> {
    map_key.using_encoded(|encoded| {
        key.extend_from_slice(&blake2_128(encoded));
        key.extend_from_slice(encoded);
    });
    key
}

/// `twox64(key) ‖ key` behind `key`.
fn twox(mut key: Vec<u8>, map_key: &impl Encode) -> Vec<u8> {
    map_key.using_encoded(|encoded| {
        key.extend_from_slice(&twox_64(encoded));
        key.extend_from_slice(encoded);
    });
    key
}

/// [`PoolParameters`](super::PoolParameters).
pub fn pool_parameters() -> Vec<u8> {
    value("Pools", "PoolParameters")
}

/// How many pools were created so far: `u32`.
pub fn pool_count() -> Vec<u8> {
    value("Pools", "PoolCount")
}

/// [`Pool`](super::Pool).
pub fn pool(pool: PoolId) -> Vec<u8> {
    hashed(value("Pools", "Pools"), &pool)
}

/// What a pool says about itself: `Vec<u8>`.
pub fn pool_description(pool: PoolId) -> Vec<u8> {
    hashed(value("Pools", "Descriptions"), &pool)
}

/// Present where an account may join a pool that not everybody may join.
pub fn allowed_in(pool: PoolId, account: &AccountId) -> Vec<u8> {
    hashed(hashed(value("Pools", "Allowed"), &pool), account)
}

/// [`Position`](super::Position).
pub fn position(pool: PoolId, holder: &Holder) -> Vec<u8> {
    hashed(hashed(value("Pools", "Positions"), &pool), holder)
}

/// [`Chunk`](super::Chunk), by its number.
pub fn chunk(number: u64) -> Vec<u8> {
    hashed(chunks_prefix(), &number)
}

/// The prefix of all chunks' keys; the last 8 bytes of each are its number.
pub fn chunks_prefix() -> Vec<u8> {
    value("Pools", "Chunks")
}

/// [`Assigned`](super::Assigned), by the worker.
pub fn assignment(worker: &WorkerId) -> Vec<u8> {
    hashed(value("Pools", "Assignments"), worker)
}

/// The prefix of the keys of a pool's workers that do not cool down; the worker's id is the last 32 bytes of each.
pub fn backed_prefix(pool: PoolId) -> Vec<u8> {
    hashed(value("Pools", "Backed"), &pool)
}

/// [`Settings`](super::Settings) of validators.
pub fn validator_settings() -> Vec<u8> {
    value("Validators", "Settings")
}

/// [`Bond`](super::Bond).
pub fn bond(account: &AccountId) -> Vec<u8> {
    hashed(value("Validators", "Bonds"), account)
}

/// `Vec<`[`Candidate`](super::Candidate)`>`, by descending bond.
pub fn candidates() -> Vec<u8> {
    value("Validators", "Candidates")
}

/// The block in which the present session began: `u32`.
pub fn session_began() -> Vec<u8> {
    value("Validators", "Began")
}

/// [`BondSlash`](super::BondSlash), by its number.
pub fn bond_slash(number: u32) -> Vec<u8> {
    twox(value("Validators", "Pending"), &number)
}

/// [`Queue`](super::Queue): the numbers of the slashes of bonds.
pub fn bond_slashes() -> Vec<u8> {
    value("Validators", "Slashes")
}

/// The number of the present session: `u32`.
pub fn current_session() -> Vec<u8> {
    value("Session", "CurrentIndex")
}

/// Who serves in it: `Vec<AccountId>`.
pub fn serving() -> Vec<u8> {
    value("Session", "Validators")
}

/// [`SessionKeys`](super::SessionKeys) that an account has set.
pub fn next_keys(account: &AccountId) -> Vec<u8> {
    twox(value("Session", "NextKeys"), account)
}

/// [`SlashingParameters`](super::SlashingParameters).
pub fn slashing_parameters() -> Vec<u8> {
    value("Slashing", "SlashingParameters")
}

/// [`Offence`](super::Offence), by its number.
pub fn offence(number: u64) -> Vec<u8> {
    hashed(value("Slashing", "Offences"), &number)
}

/// How many offences were reported so far: `u64`.
pub fn last_offence() -> Vec<u8> {
    value("Slashing", "LastOffence")
}

/// All offences up to this number are over: `u64`.
pub fn offences_over() -> Vec<u8> {
    value("Slashing", "Over")
}

/// [`adyton_protocol::dispute::Parameters`].
pub fn dispute_parameters() -> Vec<u8> {
    value("Disputes", "Parameters")
}

/// How many disputes there were so far: `u64`.
pub fn last_dispute() -> Vec<u8> {
    value("Disputes", "LastDispute")
}

/// The number of the offence of which a dispute accuses its worker: `u64`.
pub fn dispute_accusation(dispute: u64) -> Vec<u8> {
    hashed(value("Disputes", "Accusations"), &dispute)
}

/// [`adyton_protocol::dispute::Ending`] of a dispute.
pub fn dispute_ending(dispute: u64) -> Vec<u8> {
    hashed(value("Disputes", "Endings"), &dispute)
}

/// [`adyton_protocol::dispute::Reward`] of a dispute.
pub fn dispute_reward(dispute: u64) -> Vec<u8> {
    hashed(value("Disputes", "Rewards"), &dispute)
}

/// [`Commitment`](super::Commitment) of an account.
pub fn commitment(reporter: &AccountId) -> Vec<u8> {
    hashed(value("Slashing", "Commitments"), reporter)
}
