//! What is published of the economy's records under `specs/vectors/economy.json`, held against this runtime: people's
//! tools read them.

use adyton_pallet_disputes as disputes;
use adyton_pallet_pools::{self as pool, types as pools};
use adyton_pallet_slashing::{self as slash, types as slashing};
use adyton_pallet_validators as validators;
use adyton_protocol::{ids::WorkerId, record::EvidenceKind, storage};

use super::*;

fn vectors() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/economy.json");
    serde_json::from_slice(&std::fs::read(path).expect("the vectors are there")).expect("the vectors are JSON")
}

fn unhexed(value: &serde_json::Value) -> Vec<u8> {
    let text = value.as_str().expect("a text of hexadecimal digits");
    sp_core::bytes::from_hex(&format!("0x{text}")).expect("hexadecimal digits")
}

/// The record is read, and written again as it is.
fn same<T: Encode + codec::DecodeAll>(vectors: &serde_json::Value, name: &str) -> T {
    let bytes = unhexed(&vectors["records"][name]);
    let record = T::decode_all(&mut &bytes[..]).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(record.encode(), bytes, "{name}");
    record
}

#[test]
fn the_published_records_of_the_economy_are_this_runtimes_records() {
    let vectors = vectors();
    let pool: pools::Pool = same(&vectors, "pool");
    assert_eq!((pool.bound, pool.fees, pool.deposit, pool.is_vault()), (600, 8, 9, false));
    let vault: pools::Pool = same(&vectors, "vault");
    assert_eq!(vault.vault.map(|vault| (vault.targets.len(), vault.losses)), Some((2, 7)));
    let parameters: pools::Parameters = same(&vectors, "pool_parameters");
    assert_eq!((parameters.minimum, parameters.patience), (1, 6));
    let position: pools::Position = same(&vectors, "position");
    assert!(position.compounding && position.chunks == 2);
    same::<pools::Chunk>(&vectors, "chunk_of_an_account");
    same::<pools::Chunk>(&vectors, "chunk_of_a_vault");
    for (name, state) in [
        ("assigned_idle", pools::State::Idle),
        ("assigned_running", pools::State::Running),
        ("assigned_cooling", pools::State::Cooling(9)),
    ] {
        assert_eq!(same::<pools::Assigned>(&vectors, name).state, state);
    }
    let rules: slashing::Parameters = same(&vectors, "slashing_parameters");
    assert_eq!(rules, slashing::Parameters::default(), "what holds where storage says nothing");
    let offence: slashing::Offence = same(&vectors, "offence");
    assert_eq!((offence.kind, offence.apply_at), (slashing::Kind::KeyExtracted, 1600));
    same::<slashing::Commitment>(&vectors, "commitment");
    let settings: validators::Parameters = same(&vectors, "validator_settings");
    assert_eq!((settings.unbonding, settings.appeal), (3, 5));
    let bond: validators::Bond = same(&vectors, "bond");
    assert_eq!((bond.slashes, bond.absences), (2, 1));
    same::<Vec<validators::Candidate>>(&vectors, "candidates");
    let slash: validators::Slash = same(&vectors, "bond_slash");
    assert_eq!((slash.due, slash.absence), (5, true));
    assert_eq!(same::<validators::Queue>(&vectors, "bond_slashes").next, 3);
    same::<crate::SessionKeys>(&vectors, "session_keys");
}

#[test]
fn the_published_keys_of_the_economy_are_this_runtimes_keys() {
    let keys = vectors()["keys"].clone();
    let [owner, member] = [[1; 32], [2; 32]].map(AccountId::new);
    let worker = WorkerId([0xaa; 32]);
    let holders = [pools::Holder::Account(member.clone()), pools::Holder::Vault(7)];
    let backed = pool::Backed::<Runtime>::hashed_key_for(3u32, worker);
    let expected = [
        ("pool_parameters", pool::PoolParameters::<Runtime>::hashed_key().to_vec()),
        ("pool_count", pool::PoolCount::<Runtime>::hashed_key().to_vec()),
        ("pool", pool::Pools::<Runtime>::hashed_key_for(3u32)),
        ("pool_description", pool::Descriptions::<Runtime>::hashed_key_for(3u32)),
        ("allowed_in", pool::Allowed::<Runtime>::hashed_key_for(3u32, &member)),
        ("position_of_an_account", pool::Positions::<Runtime>::hashed_key_for(3u32, &holders[0])),
        ("position_of_a_vault", pool::Positions::<Runtime>::hashed_key_for(3u32, &holders[1])),
        ("chunk", pool::Chunks::<Runtime>::hashed_key_for(9u64)),
        ("assignment", pool::Assignments::<Runtime>::hashed_key_for(worker)),
        // Behind it stand the hash of the worker's id, and that id.
        ("backed_prefix", backed[..backed.len() - 16 - 32].to_vec()),
        ("slashing_parameters", slash::SlashingParameters::<Runtime>::hashed_key().to_vec()),
        ("offence", slash::Offences::<Runtime>::hashed_key_for(7u64)),
        ("last_offence", slash::LastOffence::<Runtime>::hashed_key().to_vec()),
        ("offences_over", slash::Over::<Runtime>::hashed_key().to_vec()),
        ("commitment", slash::Commitments::<Runtime>::hashed_key_for(&member)),
        ("dispute_parameters", disputes::Parameters::<Runtime>::hashed_key().to_vec()),
        ("last_dispute", disputes::LastDispute::<Runtime>::hashed_key().to_vec()),
        ("dispute_accusation", disputes::Accusations::<Runtime>::hashed_key_for(7)),
        ("dispute_ending", disputes::Endings::<Runtime>::hashed_key_for(7)),
        ("dispute_reward", disputes::Rewards::<Runtime>::hashed_key_for(7)),
        ("validator_settings", validators::Settings::<Runtime>::hashed_key().to_vec()),
        ("bond", validators::Bonds::<Runtime>::hashed_key_for(&owner)),
        ("candidates", validators::Candidates::<Runtime>::hashed_key().to_vec()),
        ("session_began", validators::Began::<Runtime>::hashed_key().to_vec()),
        ("bond_slash", validators::Pending::<Runtime>::hashed_key_for(2u32)),
        ("bond_slashes", validators::Slashes::<Runtime>::hashed_key().to_vec()),
        ("current_session", pallet_session::CurrentIndex::<Runtime>::hashed_key().to_vec()),
        ("serving", pallet_session::Validators::<Runtime>::hashed_key().to_vec()),
        ("next_keys", pallet_session::NextKeys::<Runtime>::hashed_key_for(&owner)),
    ];
    assert_eq!(keys.as_object().map(serde_json::Map::len), Some(expected.len()));
    for (name, key) in expected {
        assert_eq!(unhexed(&keys[name]), key, "{name}");
    }
}

#[test]
fn the_figures_that_gateways_read_are_this_runtimes() {
    let prefix = |pallet: &[u8], item: &[u8]| frame_support::storage::storage_prefix(pallet, item).to_vec();
    let kind = EvidenceKind::AmdSnp;
    assert_eq!(adyton_pallet_workers::Census::<Runtime>::hashed_key_for(kind), storage::census(kind));
    assert_eq!(adyton_pallet_pools::PoolTotals::<Runtime>::hashed_key().to_vec(), storage::pool_totals());
    assert_eq!(prefix(b"Contracts", b"CounterForContracts"), storage::contract_count());
    assert_eq!(prefix(b"Contracts", b"CounterForVacant"), storage::vacant_count());
    assert_eq!(prefix(b"Contracts", b"CounterForHalted"), storage::halted_count());
    let contract = ContractId([5; 32]);
    assert_eq!(adyton_pallet_contracts::Halted::<Runtime>::hashed_key_for(contract), storage::halted(&contract));
}
