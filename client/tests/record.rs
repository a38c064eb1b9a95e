//! What the chain proves, and what a node may try to make of it. Nothing is sealed or sent in any of these.

use std::time::Duration;

use crate::world::*;
use adyton_chain_client::{fixture::GENESIS_MS, verifier::Refusal};
use adyton_client::{Account, AccountScheme, ContentKey, Deployment, Error, RecordRefusal};
use adyton_protocol::{
    ids::{AccountId, Digest, NetworkId},
    manifest::{InvalidManifest, Manifest},
    policy::{ContractPolicy, Operators, PolicyRefusal},
    record::{
        ContractRecord, EvidenceKind, Invalidity, LeaseRecord, NetworkRecord, RetiredRecord, RootRecord, WorkerRecord,
    },
    scheduled::Scheduled,
    statement::Role,
    storage,
};
use codec::Encode;

/// Refused by a rule about the record, and nothing reached the worker.
async fn refused(world: &World) -> RecordRefusal {
    let error = world.call().await.expect_err("must be refused");
    assert_eq!(world.arrived(), 0);
    match error {
        Error::Record(refusal) => refusal,
        other => panic!("refused for another reason: {other}"),
    }
}

async fn not_proven(world: &World) -> Refusal {
    let error = world.call().await.expect_err("must be refused");
    assert_eq!(world.arrived(), 0);
    match error {
        Error::Chain(adyton_chain_client::Error::Refused(refusal)) => refusal,
        other => panic!("refused for another reason: {other}"),
    }
}

async fn with_worker(change: impl FnOnce(&mut WorkerRecord)) -> RecordRefusal {
    let world = world().await;
    let mut record = worker_record(&boot(21));
    change(&mut record);
    world.change(|chain| chain.set(storage::workers(&WORKER), record.encode()));
    refused(&world).await
}

fn invalid(why: Invalidity) -> RecordRefusal {
    RecordRefusal::Worker { block: 4, why }
}

#[tokio::test]
async fn a_contract_that_is_not_there_is_said_so() {
    let world = world().await;
    world.change(|chain| chain.remove(&storage::contracts(&CONTRACT)));
    assert_eq!(refused(&world).await, RecordRefusal::NoContract(CONTRACT));
}

#[tokio::test]
async fn code_is_uploaded_in_the_clear_only_where_the_manifest_does_not_say_that_it_is_sealed() {
    let owner = Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap();
    let key = ContentKey::random();
    for (sealed_code, key) in [(true, None), (false, Some(&key))] {
        let world = world().await;
        let manifest = Manifest { sealed_code, ..manifest() };
        let record = ContractRecord { manifest: manifest.encode(), ..contract_record() };
        world.change(|chain| chain.set(storage::contracts(&CONTRACT), record.encode()));
        let refused = |error: Error| match error {
            Error::BadRequest(why) => assert_eq!(why, "the code is sealed exactly where the manifest says so"),
            other => panic!("refused for another reason: {other}"),
        };
        refused(
            world.client.announce_upgrade(&owner, &CONTRACT, b"component", key).await.expect_err("must be refused"),
        );
        let policy = ContractPolicy::open(10);
        let what = Deployment {
            component: b"component",
            manifest: &manifest,
            policy: &policy,
            salt: [1; 32],
            content_key: key,
        };
        refused(world.client.deploy(&owner, &what).await.expect_err("must be refused"));
    }
}

#[tokio::test]
async fn a_contract_that_its_owner_retired_is_said_to_be_so_to_callers_and_to_whoever_looks() {
    let world = world().await;
    let left = RetiredRecord { owner: AccountId([1; 32]), block: 3, deposit: 7 };
    world.change(|chain| {
        chain.remove(&storage::contracts(&CONTRACT));
        chain.remove(&storage::leases(&CONTRACT));
        chain.set(storage::retired(&CONTRACT), left.encode());
    });
    let expected = RecordRefusal::Retired { contract: CONTRACT, block: 3 };
    assert_eq!(refused(&world).await, expected);
    match world.client.listing(&CONTRACT).await {
        Err(Error::Record(refusal)) => assert_eq!(refusal, expected),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_contract_that_nobody_leases_is_not_called() {
    let world = world().await;
    world.change(|chain| chain.remove(&storage::leases(&CONTRACT)));
    assert_eq!(refused(&world).await, RecordRefusal::NotLeased);
}

#[tokio::test]
async fn a_lease_that_ended_or_was_given_back_is_not_used() {
    assert_eq!(with_worker(|worker| worker.active_until = 3).await, RecordRefusal::LeaseEnded { lease: 1 });
    let world = world().await;
    world.change(|chain| chain.set(storage::leases(&CONTRACT), LeaseRecord { released: true, ..lease(1) }.encode()));
    assert_eq!(refused(&world).await, RecordRefusal::LeaseEnded { lease: 1 });
}

#[tokio::test]
async fn a_holder_that_is_not_registered_is_not_sealed_to() {
    let world = world().await;
    world.change(|chain| chain.remove(&storage::workers(&WORKER)));
    assert_eq!(refused(&world).await, RecordRefusal::NoHolder);
}

#[tokio::test]
async fn a_keyholder_is_not_taken_for_a_worker() {
    assert_eq!(with_worker(|worker| worker.role = Role::Keyholder).await, RecordRefusal::NotAWorker);
}

#[tokio::test]
async fn a_worker_whose_verdict_ended_is_not_sealed_to() {
    let refusal = with_worker(|worker| worker.verdict.valid_until = GENESIS_MS / 1000 + 2).await;
    assert_eq!(refusal, invalid(Invalidity::Expired));
}

#[tokio::test]
async fn a_worker_on_a_root_or_measurement_that_was_taken_back_is_not_sealed_to() {
    assert_eq!(with_worker(|worker| worker.verdict.root = Digest([0; 32])).await, invalid(Invalidity::Root));
    assert_eq!(
        with_worker(|worker| worker.verdict.measurement = Digest([0; 32])).await,
        invalid(Invalidity::Measurement)
    );
}

#[tokio::test]
async fn a_denied_machine_or_operator_is_not_sealed_to() {
    for (key, why) in [
        (storage::denied_machines(&MACHINE), Invalidity::Machine),
        (storage::denied_operators(&OPERATOR), Invalidity::Operator),
    ] {
        let world = world().await;
        world.change(|chain| chain.set(key, Scheduled::holding(true).encode()));
        assert_eq!(refused(&world).await, invalid(why));
    }
}

#[tokio::test]
async fn a_worker_judged_by_collateral_below_the_floor_is_not_sealed_to() {
    let world = world().await;
    world.change(|chain| chain.set(storage::evaluation_floors(EvidenceKind::IntelTdx, &ROOT), 18u32.encode()));
    assert_eq!(refused(&world).await, invalid(Invalidity::Collateral));
}

#[tokio::test]
async fn a_worker_that_the_contracts_policy_does_not_accept_is_not_sealed_to() {
    let world = world().await;
    let policy = ContractPolicy { operators: Operators::Only(vec![AccountId([0; 32])]), ..ContractPolicy::open(10) };
    world.change(|chain| {
        chain.set(storage::contracts(&CONTRACT), ContractRecord { policy, ..contract_record() }.encode())
    });
    assert_eq!(refused(&world).await, RecordRefusal::Policy(PolicyRefusal::Operator));
}

#[tokio::test]
async fn a_worker_with_the_device_that_the_contracts_policy_asks_for_is_called() {
    let world = world().await;
    world.change(|chain| {
        set_hopper(chain, true);
    });
    world.call().await.unwrap();
}

#[tokio::test]
async fn a_worker_without_the_device_that_the_contracts_policy_asks_for_is_not_sealed_to() {
    let world = world().await;
    world.change(|chain| {
        set_hopper(chain, true);
        chain.remove(&storage::devices(&WORKER));
    });
    assert_eq!(refused(&world).await, RecordRefusal::Policy(PolicyRefusal::Devices));
}

#[tokio::test]
async fn a_device_that_is_denied_meets_no_policy() {
    let world = world().await;
    world.change(|chain| {
        let device = set_hopper(chain, true);
        chain.set(storage::denied_devices(&device), Scheduled::holding(true).encode());
    });
    assert_eq!(refused(&world).await, RecordRefusal::Policy(PolicyRefusal::Devices));
}

#[tokio::test]
async fn a_device_under_a_development_root_meets_no_policy_on_a_network_of_hardware() {
    let called = async |development| {
        let world = world().await;
        let name = bounded_collections::BoundedVec::truncate_from(b"main".to_vec());
        let network = NetworkRecord { id: NETWORK, name, lease_blocks: 60, staleness_blocks: 10 };
        world.change(|chain| {
            let root = Scheduled::holding(RootRecord { development: false, ..root_record() });
            chain.set(storage::roots(EvidenceKind::IntelTdx, &ROOT), root.encode());
            chain.set(storage::network(), network.encode());
            set_hopper(chain, development);
        });
        let client = world.new_client(|file| file.development = false);
        client.call(&CONTRACT, &request(), None).await.map(drop)
    };
    called(false).await.unwrap();
    let refused = called(true).await.unwrap_err();
    assert!(matches!(refused, Error::Record(RecordRefusal::Policy(PolicyRefusal::Devices))), "{refused}");
}

#[tokio::test]
async fn a_manifest_that_this_version_does_not_know_is_refused() {
    let world = world().await;
    let manifest = Manifest { version: 2, ..manifest() }.encode();
    world.change(|chain| {
        chain.set(storage::contracts(&CONTRACT), ContractRecord { manifest, ..contract_record() }.encode())
    });
    assert_eq!(refused(&world).await, RecordRefusal::Manifest(InvalidManifest::Version(2)));
}

#[tokio::test]
async fn the_chain_of_another_network_is_refused() {
    let world = world().await;
    let client = world.new_client(|network| network.network_id = NetworkId([9; 32]));
    let error = client.call(&CONTRACT, &request(), None).await.unwrap_err();
    let expected = RecordRefusal::OtherNetwork { found: NETWORK, expected: NetworkId([9; 32]) };
    assert!(matches!(error, Error::Record(refusal) if refusal == expected));
}

#[tokio::test]
async fn a_development_network_whose_file_does_not_say_so_is_refused() {
    let world = world().await;
    let client = world.new_client(|network| network.development = false);
    let error = client.call(&CONTRACT, &request(), None).await.unwrap_err();
    assert!(matches!(error, Error::Record(RecordRefusal::Development)));
}

#[tokio::test]
async fn a_development_root_on_a_network_with_an_honest_name_is_refused_too() {
    let world = world().await;
    world.change(|chain| {
        let name = bounded_collections::BoundedVec::truncate_from(b"main".to_vec());
        let record =
            adyton_protocol::record::NetworkRecord { id: NETWORK, name, lease_blocks: 60, staleness_blocks: 10 };
        chain.set(storage::network(), record.encode());
    });
    let client = world.new_client(|network| network.development = false);
    let error = client.call(&CONTRACT, &request(), None).await.unwrap_err();
    assert!(matches!(error, Error::Record(RecordRefusal::Development)));
    // With a vendor's root it is a network like any other.
    let root = Scheduled::holding(RootRecord { development: false, ..root_record() });
    world.change(|chain| chain.set(storage::roots(EvidenceKind::IntelTdx, &ROOT), root.encode()));
    let client = world.new_client(|network| network.development = false);
    assert!(!client.call(&CONTRACT, &request(), None).await.unwrap().contract().is_development());
}

#[tokio::test]
async fn a_chain_that_stands_still_is_refused() {
    let world = world().await;
    world.set_clock(GENESIS_MS + 1_500 + 60_001);
    assert_eq!(not_proven(&world).await, Refusal::ChainBehindClock { by_ms: 60_001 });
}

#[tokio::test]
async fn a_proven_record_is_not_used_when_this_clock_says_that_it_is_old() {
    let world = world().await;
    world.call().await.unwrap();
    world.set_clock(GENESIS_MS + 1_500 + 60_001);
    assert!(matches!(world.call().await, Err(Error::Chain(_))));
    assert_eq!(world.arrived(), 1);
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_noticed() {
    let world = world().await;
    world.set_clock(GENESIS_MS + 1_500 - 60_001);
    assert_eq!(not_proven(&world).await, Refusal::ChainAheadOfClock { by_ms: 60_001 });
}

#[tokio::test]
async fn an_older_head_than_one_seen_before_is_refused() {
    let world = world().await;
    world.client.facts(&[]).await.unwrap();
    world.source.forge().head = Some(2);
    assert!(world.client.facts(&[]).await.is_err());
}

#[tokio::test]
async fn a_forged_justification_is_refused() {
    let world = world().await;
    let other = world.source.chain().block(2).justification.clone();
    world.source.forge().justification = other;
    assert_eq!(not_proven(&world).await, Refusal::JustifiesAnotherBlock { claimed: 2 });
}

#[tokio::test]
async fn a_forged_or_truncated_state_proof_is_refused() {
    let cut: fn(&mut Vec<Vec<u8>>) = |proof| drop(proof.pop());
    let altered: fn(&mut Vec<Vec<u8>>) = |proof| proof[0][5] ^= 1;
    let empty: fn(&mut Vec<Vec<u8>>) = Vec::clear;
    for forge in [cut, altered, empty] {
        let world = world().await;
        world.source.forge().proof = Some(forge);
        assert_eq!(not_proven(&world).await, Refusal::BadProof);
    }
}

#[tokio::test]
async fn facts_are_of_this_network_and_of_this_moment() {
    let world = world().await;
    let facts = world.client.facts(&[storage::committee()]).await.unwrap();
    assert_eq!(facts.committee().unwrap(), None);
    world.set_clock(GENESIS_MS + Duration::from_secs(3600).as_millis() as u64);
    assert!(world.client.facts(&[]).await.is_err());
}
