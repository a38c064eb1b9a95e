use adyton_protocol::ids::{AccountId, WorkerId};
use codec::{DecodeAll, Encode};
use serde_json::json;

use super::{rewards::budget, *};
use crate::governance::Share;

const OWNER: AccountId = AccountId([1; 32]);
const MEMBER: AccountId = AccountId([2; 32]);
const WORKER: WorkerId = WorkerId([0xaa; 32]);

fn class(shares: u128, value: u128) -> Class {
    Class { shares, value, unsettled: 0 }
}

/// The owner's shares are worth 5 for 4, the others' 9 for 10, what leaves half.
fn a_pool() -> Pool {
    let own = Side { active: class(4, 5), leaving: class(0, 0), index: 7 << 64, rest: 3 };
    let shared = Side { active: class(1_000, 900), leaving: class(100, 50), index: 3 << 64, rest: 0 };
    Pool {
        owner: OWNER,
        vault: None,
        commission: Commission {
            rate: Share(50_000_000),
            maximum: Share(100_000_000),
            announced: Some((Share(60_000_000), 900)),
        },
        cap: Some(1_000),
        restricted: true,
        books: Books { own, shared },
        bound: 600,
        cooling: 10,
        frozen: 11,
        given: 1,
        fees: 8,
        deposit: 9,
    }
}

fn a_position() -> Position {
    let stake = |shares, held| Stake { shares, held };
    Position {
        active: stake(100, 100),
        leaving: stake(10, 10),
        chunks: 2,
        index: 1 << 64,
        reward: 5,
        compounding: true,
    }
}

#[test]
fn a_position_is_worth_its_shares_and_slashes_show_as_lost() {
    let worth = a_position().worth(&a_pool(), &Holder::Account(MEMBER));
    // 100 of 1000 shares of 900; 10 of 100 of 50; two of the index for each share, and what was reckoned before.
    assert_eq!(worth, Worth { active: 90, leaving: 5, reward: 205, lost: 15 });
}

#[test]
fn an_owner_stands_on_its_own_side_but_for_a_vaults() {
    let (pool, owner) = (a_pool(), Holder::Account(OWNER));
    assert_eq!(pool.side(&owner), &pool.books.own);
    assert_eq!(pool.side(&Holder::Vault(7)), &pool.books.shared);
    let vault = Pool { vault: Some(Vault::default()), ..pool };
    assert_eq!(vault.side(&owner), &vault.books.shared);
}

#[test]
fn what_is_free_is_what_nothing_binds_and_room_counts_what_earns() {
    assert_eq!((a_pool().books.total(), a_pool().free()), (955, 355));
    assert_eq!(a_pool().room(), Some(95));
    assert_eq!(Pool { cap: None, ..a_pool() }.room(), None);
    assert_eq!(Pool { bound: 2_000, ..a_pool() }.free(), 0, "a slash has left less than is bound");
}

#[test]
fn members_are_exposed_by_what_neither_the_owner_nor_who_left_covers() {
    assert_eq!(a_pool().exposed(11), 5);
    assert_eq!(a_pool().exposed(6), 0);
    assert_eq!(a_pool().exposed(2_000), 950, "no more than they have");
}

#[test]
fn an_announced_commission_holds_from_its_block_on() {
    let commission = a_pool().commission;
    assert_eq!((commission.at(899), commission.at(900)), (Share(50_000_000), Share(60_000_000)));
}

#[test]
fn a_class_that_lost_everything_is_bankrupt_and_one_without_shares_is_not() {
    assert!(class(1, 0).is_bankrupt() && !class(0, 0).is_bankrupt() && !class(1, 1).is_bankrupt());
    assert_eq!(class(0, 0).worth(5), 0);
}

#[test]
fn a_budget_falls_at_the_end_of_each_period() {
    let parameters = adyton_protocol::rewards::Parameters {
        budget: 1_000,
        decay: 250_000_000,
        decay_blocks: 100,
        treasury: 0,
        tiers: [0; adyton_protocol::rewards::MAX_TIERS],
        stake_cap: 1,
        least_stake: 1,
        rounds_per_challenge: 1,
        answers_per_round: 1,
        answer_blocks: 1,
        rounds_per_measurement: 1,
        measure_blocks: 1,
        measure_distance: 1,
        missed_measurements: 1,
        capacity_scale: 1,
    };
    let totals = adyton_protocol::rewards::Totals { budget_since: 50, ..Default::default() };
    let at = |block| budget(&parameters, &totals, block);
    assert_eq!([0, 50, 149, 150, 250].map(at), [1_000, 1_000, 1_000, 750, 562]);
    assert_eq!(at(u32::MAX), 0);
}

#[test]
fn only_what_has_left_of_a_bond_is_free() {
    let part = |amount, free_in| Leaving { amount, free_in };
    let bond =
        Bond { active: 9, leaving: vec![part(1, 3), part(2, 4), part(4, 5)].try_into().unwrap(), ..Bond::default() };
    assert_eq!([2, 3, 4, 9].map(|session| bond.free_in(session)), [0, 1, 3, 7]);
}

/// A record of each kind, by its name, and a key of each.
fn vectors() -> serde_json::Value {
    let targets = vec![Target { pool: 3, weight: 60 }, Target { pool: 5, weight: 0 }];
    let vault = Vault { targets: targets.try_into().unwrap(), losses: 7 };
    let assigned = |state| Assigned { pool: 3, stake: 500, state };
    let offence = Offence {
        worker: WORKER,
        pool: 3,
        kind: OffenceKind::KeyExtracted,
        fraction: Share(1_000_000_000),
        amount: 250,
        block: 900,
        reporter: MEMBER,
        apply_at: 1600,
    };
    let rules = PoolParameters { minimum: 1, deposit: 2, unbonding: 3, cooling: 4, notice: 5, patience: 6 };
    let settings = Settings { session: 1, validators: 2, unbonding: 3, minimum: 4, appeal: 5 };
    let leaving = vec![Leaving { amount: 1, free_in: 3 }].try_into().unwrap();
    let bond = Bond { active: 9, leaving, slashes: 2, absences: 1 };
    let slash = BondSlash { who: OWNER, amount: 3, session: 4, due: 5, absence: true };
    let records = [
        ("pool", a_pool().encode()),
        ("vault", Pool { vault: Some(vault), cap: None, ..a_pool() }.encode()),
        ("pool_parameters", rules.encode()),
        ("position", a_position().encode()),
        ("chunk_of_an_account", Chunk { pool: 3, holder: Holder::Account(MEMBER), shares: 4, due: 5 }.encode()),
        ("chunk_of_a_vault", Chunk { pool: 3, holder: Holder::Vault(7), shares: 4, due: 5 }.encode()),
        ("assigned_idle", assigned(State::Idle).encode()),
        ("assigned_running", assigned(State::Running).encode()),
        ("assigned_cooling", assigned(State::Cooling(9)).encode()),
        ("slashing_parameters", SlashingParameters::default().encode()),
        ("offence", offence.encode()),
        ("commitment", Commitment { hash: [7; 32], block: 8, deposit: 9 }.encode()),
        ("validator_settings", settings.encode()),
        ("bond", bond.encode()),
        ("candidates", vec![Candidate { who: OWNER, bond: 9 }].encode()),
        ("bond_slash", slash.encode()),
        ("bond_slashes", Queue { first: 2, next: 3 }.encode()),
        ("session_keys", SessionKeys { aura: [3; 32], grandpa: [4; 32] }.encode()),
    ];
    let keys = [
        ("pool_parameters", pool_parameters()),
        ("pool_count", pool_count()),
        ("pool", pool(3)),
        ("pool_description", pool_description(3)),
        ("allowed_in", allowed_in(3, &MEMBER)),
        ("position_of_an_account", position(3, &Holder::Account(MEMBER))),
        ("position_of_a_vault", position(3, &Holder::Vault(7))),
        ("chunk", chunk(9)),
        ("assignment", assignment(&WORKER)),
        ("backed_prefix", backed_prefix(3)),
        ("slashing_parameters", slashing_parameters()),
        ("offence", offence_key(7)),
        ("last_offence", last_offence()),
        ("offences_over", offences_over()),
        ("commitment", commitment(&MEMBER)),
        ("dispute_parameters", dispute_parameters()),
        ("last_dispute", last_dispute()),
        ("dispute_accusation", dispute_accusation(7)),
        ("dispute_ending", dispute_ending(7)),
        ("dispute_reward", dispute_reward(7)),
        ("validator_settings", validator_settings()),
        ("bond", super::bond(&OWNER)),
        ("candidates", candidates()),
        ("session_began", session_began()),
        ("bond_slash", bond_slash(2)),
        ("bond_slashes", bond_slashes()),
        ("current_session", current_session()),
        ("serving", serving()),
        ("next_keys", next_keys(&OWNER)),
    ];
    let object = |entries: &[(&str, Vec<u8>)]| {
        let entries = entries.iter().map(|(name, bytes)| ((*name).to_owned(), json!(hex::encode(bytes))));
        serde_json::Value::Object(entries.collect())
    };
    json!({ "records": object(&records), "keys": object(&keys) })
}

fn offence_key(number: u64) -> Vec<u8> {
    offence(number)
}

/// What a test of the runtime reads and holds against its own; `ADYTON_WRITE_VECTORS=1` writes it.
#[test]
fn the_published_vectors_of_the_economy_are_what_this_code_makes() {
    let path = format!("{}/../specs/vectors/economy.json", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(&vectors()).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert_eq!(published, text, "specs/vectors/economy.json differs from what the code makes");
}

#[test]
fn a_record_laid_out_otherwise_is_refused() {
    let whole = a_pool().encode();
    assert_eq!(Pool::decode_all(&mut &whole[..]).unwrap(), a_pool());
    assert!(Pool::decode_all(&mut &whole[..whole.len() - 1]).is_err());
    assert!(Pool::decode_all(&mut &[&whole[..], &[0]].concat()[..]).is_err());
    assert!(State::decode_all(&mut &[3][..]).is_err() && OffenceKind::decode_all(&mut &[8][..]).is_err());
    assert!(Holder::decode_all(&mut &[2, 0, 0, 0, 0][..]).is_err());
}
