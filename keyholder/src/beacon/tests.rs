use std::sync::Arc;

use adyton_chain_client::{extrinsic::Ed25519, fixture::FixtureSource};
use adyton_protocol::ids::{AccountId, Digest, WorkerId};
use adyton_threshold::{PARTIAL_BYTES, beacon::RoundPartial};
use codec::{Decode, Encode};
use zeroize::Zeroizing;

use super::*;
use crate::{
    boot::tests::{chain, reader},
    decision::tests::network,
    share_store::ShareStore,
};

const NETWORK: NetworkId = NetworkId([1; 32]);

fn made() -> Beacon {
    let (group, share) = deal_insecure_single(&mut OsRng);
    Beacon::new(HeldShare::new(group, share).unwrap())
}

fn store() -> (tempfile::TempDir, ShareStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = ShareStore::of_beacon(folder.path().join("beacon-share"), Digest([1; 32]), &[1; 32]);
    (folder, store)
}

fn seal(store: &ShareStore) -> impl FnOnce(&HeldShare) -> anyhow::Result<()> {
    move |held| Ok(store.create(held)?)
}

fn seen(beacon: &Beacon, latest: Option<u64>, block: BlockNumber) -> Seen {
    Seen { key: Some(beacon.published().unwrap()), schedule: RoundSchedule::new(10), latest, block }
}

#[test]
fn the_first_keyholder_of_an_insecure_network_makes_the_beacons_key_and_finds_it_again() {
    let (_folder, store) = store();
    let made = choose(None, None, &network("a-insecure"), true, seal(&store)).unwrap();
    let published = made.published().unwrap();
    let held = store.open().unwrap();
    let again = choose(held, Some(&published), &network("a-insecure"), false, seal(&store)).unwrap();
    assert_eq!(again.group, made.group);
}

#[test]
fn a_key_is_not_made_alone_where_configuration_or_network_do_not_allow_it() {
    let (_folder, store) = store();
    assert!(choose(None, None, &network("a-insecure"), false, seal(&store)).is_err());
    assert!(choose(None, None, &network("adyton"), true, seal(&store)).is_err());
    assert!(store.open().unwrap().is_none());
}

#[test]
fn a_key_is_not_made_anew_when_the_chain_has_one() {
    let (_folder, store) = store();
    let published = made().published().unwrap();
    assert!(choose(None, Some(&published), &network("a-insecure"), true, seal(&store)).is_err());
    assert!(store.open().unwrap().is_none());
}

#[test]
fn the_newest_round_that_is_due_is_brought_if_it_has_not_come() {
    let beacon = made();
    for (latest, block, task) in [
        (None, 10, Task::Bring(1)),
        (None, 19, Task::Bring(1)),
        (Some(1), 20, Task::Bring(2)),
        (Some(1), 75, Task::Bring(7)),
    ] {
        assert_eq!(beacon.task(&seen(&beacon, latest, block)).unwrap(), task);
    }
}

#[test]
fn a_round_that_is_not_due_is_not_signed_nor_one_that_has_come() {
    let beacon = made();
    for (latest, block) in [(None, 0), (None, 9), (Some(1), 10), (Some(1), 19), (Some(9), 20)] {
        assert_eq!(beacon.task(&seen(&beacon, latest, block)).unwrap(), Task::Wait);
    }
    let unscheduled = Seen { schedule: None, ..seen(&beacon, None, 1000) };
    assert_eq!(beacon.task(&unscheduled).unwrap(), Task::Wait);
}

#[test]
fn without_a_key_on_the_chain_it_is_published_and_under_another_one_nothing_is_signed() {
    let beacon = made();
    let keyless = Seen { key: None, ..seen(&beacon, None, 10) };
    assert_eq!(beacon.task(&keyless).unwrap(), Task::Publish);
    let foreign = Seen { key: Some(made().published().unwrap()), ..seen(&beacon, None, 10) };
    assert_eq!(beacon.task(&foreign).unwrap(), Task::OtherKey);
}

/// Takes the key, then rounds into blocks, until one is there that is due after the first.
async fn author(source: Arc<FixtureSource>, account: AccountId, beacon: &Beacon) {
    let mut nonce = 0u32;
    let mut rounds = Vec::new();
    while rounds.len() < 2 {
        let taken: Vec<_> = source.pool().drain(..).collect();
        for extrinsic in taken {
            let mut chain = source.chain();
            let key = beacon.published().unwrap().encode();
            if extrinsic.ends_with(&key) {
                assert_eq!(extrinsic[extrinsic.len() - key.len() - 2..][..2], [30, 0]);
                chain.set(storage::beacon_key(), key);
            } else {
                let mut call = &extrinsic[extrinsic.len() - 58..];
                assert_eq!(<[u8; 2]>::decode(&mut call).unwrap(), [30, 1]);
                let (number, signature) = <(u64, RoundSignature)>::decode(&mut call).unwrap();
                assert!(number <= u64::from(chain.head().at.number), "it was not due");
                let mut partial = [0; PARTIAL_BYTES];
                partial[0] = 1;
                partial[5..].copy_from_slice(&signature.0);
                let partial = RoundPartial::from_bytes(&partial).unwrap();
                beacon.group.check_partial(&NETWORK, number, partial).unwrap();
                chain.set(storage::beacon_latest(), number.encode());
                rounds.push(number);
            }
            nonce += 1;
            let info = ((nonce, 0u32, 0u32, 1u32), (0u128, 0u128, 0u128, 0u128));
            chain.set(storage::account(&account), info.encode());
            chain.seal(&[], &[extrinsic]);
            source.forge().next_nonce = Some(nonce);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(rounds[0] < rounds[1], "a round was brought twice");
}

#[tokio::test]
async fn the_key_is_published_and_then_each_due_round_is_brought_once() {
    let source = Arc::new(FixtureSource::new(chain()));
    // A round with every block.
    source.chain().set(storage::beacon_schedule(), RoundSchedule::new(1).unwrap().encode());
    source.chain().seal(&[], &[]);
    let view = LightView::new(reader(&source), WorkerId([1; 32]), Duration::from_secs(60));
    let (signer, beacon) = (Ed25519::new(&Zeroizing::new([5; 32])), made());
    tokio::select! {
        () = beacon.follow(&view, &signer, &NETWORK) => unreachable!("it follows for ever"),
        () = author(source.clone(), signer.account(), &beacon) => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("stuck"),
    }
}
