use std::{sync::Arc, time::Duration};

use adyton_protocol::{ids::*, storage};
use codec::{Compact, Encode};
use serde_json::json;
use zeroize::Zeroizing;

use self::every_call::every_call;
use super::{calls::*, errors::ERRORS, outcome::of_events, *};
use crate::{
    Error,
    facts::runtime_code_key,
    fixture::{FixtureChain, FixtureSource},
    governance::{self, Periods, Track, tracks},
    rpc::{Reader, RuntimeVersion},
};

mod every_call;

/// A version of the runtime after the one that this code was written for.
const NEXT: u32 = SPECIFICATION_VERSION + 1;

fn signer() -> Ed25519 {
    Ed25519::new(&Zeroizing::new([5; 32]))
}

fn transfer() -> Call {
    let to = Address::Id(AccountId([9; 32]));
    Call::Balances(Balances::TransferKeepAlive { to, amount: 1_000_000_000_000 })
}

fn terms(era: Era) -> Terms {
    Terms { genesis_hash: BlockHash([1; 32]), specification: SPECIFICATION_VERSION, nonce: 70, era, tip: 0 }
}

fn born(number: u32) -> BlockRef {
    BlockRef { number, hash: BlockHash([2; 32]) }
}

#[test]
fn a_transfer_is_written_as_the_runtime_reads_it() {
    let expected = [&[5, 3, 0][..], &[9; 32], &Compact(1_000_000_000_000u128).encode()].concat();
    assert_eq!(transfer().encoded(), expected);
}

#[test]
fn an_extrinsic_has_its_parts_in_their_order() {
    let bytes = signed(&[0xca, 0x11], &terms(Era::Immortal), &signer());
    // Length; version 4, signed; address; Ed25519 signature; era; nonce 70; tip; call.
    assert_eq!(bytes[..2], Compact(1 + 33 + 65 + 1 + 2 + 1 + 2u32).encode());
    assert_eq!(bytes[2..4], [0x84, 0]);
    assert_eq!(bytes[4..36], signer().account().0);
    assert_eq!(bytes[36], 0);
    assert_eq!(bytes[101..], [0, 0x19, 0x01, 0, 0xca, 0x11]);

    let payload = [&[0xca, 0x11, 0, 0x19, 0x01, 0][..], &[1, 0, 0, 0, 1, 0, 0, 0], &[1; 32], &[1; 32]].concat();
    assert_eq!(signed_payload(&[0xca, 0x11], &terms(Era::Immortal)), payload);
    let key = ed25519_zebra::VerificationKey::try_from(signer().account().0).unwrap();
    let signature = ed25519_zebra::Signature::from(<[u8; 64]>::try_from(&bytes[37..101]).unwrap());
    assert!(key.verify(&signature, &payload).is_ok());
}

#[test]
fn an_sr25519_account_signs_in_the_ecosystems_context() {
    // The ecosystem's development account Alice.
    let mini = "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
    let mut secret = [0; 32];
    hex::decode_to_slice(mini, &mut secret).unwrap();
    let alice = Sr25519::new(&Zeroizing::new(secret));
    assert_eq!(alice.account().to_string(), "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");
    let Signature::Sr25519(bytes) = alice.sign(b"payload") else { panic!("sr25519") };
    let key = schnorrkel::PublicKey::from_bytes(&alice.account().0).unwrap();
    let signature = schnorrkel::Signature::from_bytes(&bytes).unwrap();
    assert!(key.verify_simple(b"substrate", b"payload", &signature).is_ok());
    assert_eq!(alice.sign(b"payload").encode()[0], 1);
}

#[test]
fn a_long_payload_is_signed_as_its_hash() {
    let long = signed_payload(&[7; 300], &terms(Era::Immortal));
    assert_eq!(long.len(), 32);
    assert!(signed_payload(&[7; 100], &terms(Era::Immortal)).len() > 100);
}

#[test]
fn a_mortal_extrinsic_is_bound_to_its_first_block() {
    let era = Era::mortal(born(42), 64);
    assert_eq!(era.until(), Some(105));
    let bytes = signed(&[], &terms(era), &signer());
    assert_eq!(bytes[101..103], [5 + 42 % 16 * 16, 42 / 16]);
    let payload = signed_payload(&[], &terms(era));
    assert_eq!(payload[payload.len() - 32..], [2; 32]);
}

#[test]
fn an_extrinsics_life_is_a_power_of_two_within_bounds() {
    for (asked, given) in [(0, 4), (5, 8), (128, 128), (4000, 4096), (u32::MAX, 4096)] {
        assert_eq!(Era::mortal(born(1), asked), Era::Mortal { born: born(1), period: given });
    }
}

/// A reader over a chain whose account `signer()` has sent `nonce` extrinsics.
fn chain(nonce: u32) -> (Arc<FixtureSource>, Reader<Arc<FixtureSource>>) {
    let mut chain = FixtureChain::new(3);
    set_code(&mut chain, SPECIFICATION_NAME, SPECIFICATION_VERSION);
    set_nonce(&mut chain, nonce);
    chain.seal(&[], &[]);
    let checkpoint = chain.checkpoint();
    let source = Arc::new(FixtureSource::new(chain));
    (source.clone(), Reader::new(source, checkpoint))
}

fn set_code(chain: &mut FixtureChain, name: &str, specification: u32) {
    chain.set(runtime_code_key(), (Compact(specification), name).encode());
}

/// The chain has other code from its next block on, and the node says so.
fn upgrade(source: &FixtureSource) {
    set_code(&mut source.chain(), SPECIFICATION_NAME, NEXT);
    source.forge().runtime = Some(RuntimeVersion { specification: NEXT, transaction: TRANSACTION_VERSION });
}

fn set_nonce(chain: &mut FixtureChain, nonce: u32) {
    let info = ((nonce, 0u32, 1u32, 0u32), (10u128, 0u128, 0u128, 0u128));
    chain.set(storage::account(&signer().account()), info.encode());
}

fn event(index: u32, rest: &[u8]) -> Vec<u8> {
    [&[0][..], &index.encode(), rest].concat()
}

/// System.ExtrinsicSuccess with a weight, of class Normal, paid, without topics.
fn success(index: u32) -> Vec<u8> {
    event(index, &[&[0, 0][..], &(Compact(1_000_000u64), Compact(77u64)).encode(), &[0, 0, 0]].concat())
}

/// System.ExtrinsicFailed by error 9 of the pallet `workers`.
fn failure(index: u32) -> Vec<u8> {
    let weight = (Compact(5u64), Compact(0u64)).encode();
    event(index, &[&[0, 1, 3, 11, 9, 0, 0, 0][..], &weight, &[0, 0, 0]].concat())
}

fn block(source: &FixtureSource, nonce: u32, body: &[Vec<u8>], events: &[Vec<u8>]) {
    let mut chain = source.chain();
    set_nonce(&mut chain, nonce);
    let list = [Compact(events.len() as u32).encode(), events.concat()].concat();
    chain.set(storage::events(), list);
    chain.seal(&[], body);
}

fn quickly() -> Options {
    Options { poll: Duration::from_millis(1), limit: Duration::from_millis(300), period: 8, ..Options::default() }
}

#[tokio::test]
async fn an_extrinsic_is_followed_until_its_success_is_proven() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    assert_eq!((signed.nonce, signed.born, signed.until), (4, 1, Some(8)));
    submit(&reader, &signed).await.unwrap();
    assert_eq!(source.pool().as_slice(), std::slice::from_ref(&signed.bytes));
    block(&source, 4, &[b"inherent".to_vec()], &[success(0)]);
    block(&source, 5, &[b"inherent".to_vec(), signed.bytes.clone()], &[success(0), success(1)]);
    block(&source, 5, &[b"inherent".to_vec()], &[success(0)]);
    let inclusion = wait(&reader, &signed, &quickly()).await.unwrap();
    assert_eq!((inclusion.block.number(), inclusion.index), (3, 1));
    assert_eq!(inclusion.outcome, Outcome::Succeeded);
}

#[tokio::test]
async fn what_the_chain_refuses_is_reported_with_its_reason() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    block(&source, 5, &[b"inherent".to_vec(), signed.bytes.clone()], &[success(0), failure(1)]);
    let expected = DispatchFailure::Module { pallet: 11, error: [9, 0, 0, 0] };
    let inclusion = wait(&reader, &signed, &quickly()).await.unwrap();
    assert_eq!(inclusion.outcome, Outcome::Failed(expected));
    assert_eq!(expected.to_string(), "workers: the machine has as many workers as it may have");
}

#[tokio::test]
async fn a_call_that_the_chain_refuses_is_an_error() {
    let (source, reader) = chain(4);
    let task = async {
        loop {
            let submitted = source.pool().pop();
            if let Some(bytes) = submitted {
                return block(&source, 5, &[b"inherent".to_vec(), bytes], &[success(0), failure(1)]);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let (signer, transfer, options) = (signer(), transfer(), quickly());
    let (result, ()) = tokio::join!(call(&reader, &signer, &transfer, &options), task);
    match result {
        Err(Error::Failed { block: 2, failure: DispatchFailure::Module { pallet: 11, .. } }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_that_could_be_read_in_two_ways_say_nothing() {
    assert_eq!(of_events(&[success(0), success(1)].concat(), 1), Outcome::Succeeded);
    assert_eq!(of_events(&[success(0), failure(2)].concat(), 1), Outcome::Unknown);
    assert_eq!(of_events(&[], 0), Outcome::Unknown);
    // Data of another event that looks like a success of the extrinsic that failed.
    let remark = event(1, &[&[20, 0][..], &success(1)].concat());
    assert_eq!(of_events(&[remark, failure(1)].concat(), 1), Outcome::Unknown);
}

#[tokio::test]
async fn another_extrinsic_with_the_same_nonce_is_noticed() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    block(&source, 5, &[b"inherent".to_vec(), b"other".to_vec()], &[success(0), success(1)]);
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::Replaced { block: 2 })));
}

#[tokio::test]
async fn an_extrinsic_whose_life_has_ended_is_given_up() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    (0..8).for_each(|_| block(&source, 4, &[], &[]));
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::Expired { until: 8 })));
}

#[tokio::test]
async fn an_extrinsic_that_no_block_takes_makes_waiting_end() {
    let (_, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::TimedOut { .. })));
}

#[tokio::test]
async fn a_body_that_is_not_the_blocks_is_refused() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    block(&source, 5, &[b"inherent".to_vec(), signed.bytes.clone()], &[success(0), success(1)]);
    source.forge().body = Some(|body| drop(body.pop()));
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::BadAnswer("chain_getBlock"))));
}

#[tokio::test]
async fn nothing_is_signed_for_a_runtime_that_is_not_known() {
    let (source, reader) = chain(4);
    source.forge().runtime = Some(RuntimeVersion { specification: SPECIFICATION_VERSION, transaction: 2 });
    let refused = sign(&reader, &signer(), &transfer(), &quickly()).await;
    assert!(matches!(refused, Err(Error::OtherRuntime { .. })));

    // The node claims the known version, the proven state says otherwise.
    source.forge().runtime = None;
    for (name, specification) in [("another", SPECIFICATION_VERSION), (SPECIFICATION_NAME, SPECIFICATION_VERSION - 1)] {
        set_code(&mut source.chain(), name, specification);
        source.chain().seal(&[], &[]);
        let refused = sign(&reader, &signer(), &transfer(), &quickly()).await;
        assert!(matches!(refused, Err(Error::OtherRuntime { .. })), "{name} {specification}");
    }
}

#[tokio::test]
async fn a_later_runtime_that_takes_the_same_calls_is_signed_for_under_its_own_version() {
    let (source, reader) = chain(4);
    upgrade(&source);
    let born = source.chain().seal(&[], &[]);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    let terms = Terms {
        genesis_hash: source.chain().block(0).at.hash,
        specification: NEXT,
        nonce: 4,
        era: Era::mortal(born, quickly().period),
        tip: 0,
    };
    assert_eq!(signed.specification, NEXT);
    assert_eq!(signed.bytes, super::signed(&transfer().encoded(), &terms, &signer()));
    let before = Terms { specification: SPECIFICATION_VERSION, ..terms };
    assert_ne!(signed.bytes, super::signed(&transfer().encoded(), &before, &signer()));
}

#[tokio::test]
async fn nothing_is_signed_while_an_upgrade_is_not_final() {
    let (source, reader) = chain(4);
    source.forge().runtime = Some(RuntimeVersion { specification: NEXT, transaction: TRANSACTION_VERSION });
    let refused = sign(&reader, &signer(), &transfer(), &quickly()).await;
    assert!(matches!(refused, Err(Error::Upgraded { from: SPECIFICATION_VERSION, to: NEXT })));
}

#[tokio::test]
async fn an_extrinsic_that_an_upgrade_has_overtaken_is_not_waited_for() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    upgrade(&source);
    block(&source, 4, &[b"inherent".to_vec()], &[success(0)]);
    let ended = wait(&reader, &signed, &quickly()).await;
    assert!(matches!(ended, Err(Error::Upgraded { from: SPECIFICATION_VERSION, to: NEXT })), "{ended:?}");
}

#[tokio::test]
async fn an_extrinsic_that_stands_in_the_last_block_before_an_upgrade_counts() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    block(&source, 5, &[b"inherent".to_vec(), signed.bytes.clone()], &[success(0), success(1)]);
    upgrade(&source);
    block(&source, 5, &[b"inherent".to_vec()], &[success(0)]);
    assert_eq!(wait(&reader, &signed, &quickly()).await.unwrap().block.number(), 2);
}

#[tokio::test]
async fn a_node_that_refuses_what_an_upgrade_has_overtaken_does_not_have_the_last_word() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    source.forge().refuses = true;
    assert!(matches!(submit(&reader, &signed).await, Err(Error::Node { code: 1010, .. })));
    upgrade(&source);
    let refused = submit(&reader, &signed).await;
    assert!(matches!(refused, Err(Error::Upgraded { from: SPECIFICATION_VERSION, to: NEXT })), "{refused:?}");
}

#[tokio::test]
async fn what_an_upgrade_voids_is_signed_again_under_the_same_nonce_and_done_once() {
    let (source, reader) = chain(4);
    let task = async {
        let void = submitted(&source).await;
        upgrade(&source);
        block(&source, 4, &[b"inherent".to_vec()], &[success(0)]);
        // The node counts what it has not yet seen to be void.
        source.forge().next_nonce = Some(5);
        let again = submitted(&source).await;
        assert_ne!(again, void);
        block(&source, 5, &[b"inherent".to_vec(), again], &[success(0), success(1)]);
    };
    let (signer, transfer) = (signer(), transfer());
    let options = Options { limit: Duration::from_secs(5), ..quickly() };
    let (result, ()) = tokio::join!(call(&reader, &signer, &transfer, &options), task);
    assert_eq!(result.unwrap().block.number(), 3);
    assert!(source.pool().is_empty(), "it was submitted once more, and no more");
}

#[tokio::test]
async fn a_node_that_feigns_an_upgrade_gets_nothing_signed_a_second_time() {
    let (source, reader) = chain(4);
    source.forge().feigns = Some(RuntimeVersion { specification: NEXT, transaction: TRANSACTION_VERSION });
    let task = async {
        let first = submitted(&source).await;
        source.forge().runtime = None;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(source.pool().is_empty(), "it would be done twice");
        block(&source, 5, &[b"inherent".to_vec(), first], &[success(0), success(1)]);
    };
    let (signer, transfer) = (signer(), transfer());
    let options = Options { limit: Duration::from_secs(5), ..quickly() };
    let (result, ()) = tokio::join!(call(&reader, &signer, &transfer, &options), task);
    assert_eq!(result.unwrap().block.number(), 2);
    assert!(source.pool().is_empty());
}

/// What is submitted next.
async fn submitted(source: &FixtureSource) -> Vec<u8> {
    loop {
        let taken = source.pool().pop();
        match taken {
            Some(bytes) => return bytes,
            None => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
}

#[tokio::test]
async fn a_node_that_lies_about_the_next_nonce_is_noticed() {
    let (source, reader) = chain(4);
    source.forge().next_nonce = Some(6);
    assert_eq!(sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap().nonce, 6);
    source.forge().next_nonce = Some(1);
    assert_eq!(sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap().nonce, 4);
    source.forge().next_nonce = Some(1000);
    let refused = sign(&reader, &signer(), &transfer(), &quickly()).await;
    assert!(matches!(refused, Err(Error::TooManyWaiting { waiting: 996 })));
}

#[test]
fn a_call_is_read_as_it_is_written() {
    for (name, call) in every_call() {
        assert_eq!(Call::read(&call.encoded()), Some(call), "{name}");
    }
}

#[test]
fn bytes_that_are_no_call_are_not_read_as_one() {
    let frozen = Call::Attestation(Attestation::SetFrozen(true)).encoded();
    assert_eq!(Call::read(&[&frozen[..], &[0]].concat()), None, "a byte behind it");
    assert_eq!(Call::read(&frozen[..2]), None);
    assert_eq!(Call::read(&[10, 8, 2]), None, "no boolean");
    assert_eq!(Call::read(&[0, 2, 0]), None, "a call that this version does not know");
    // The amount in four bytes where two are enough.
    assert_eq!(Call::read(&[&[5, 3, 0][..], &[9; 32], &[0b11, 1, 0, 0, 0]].concat()), None);
    let nested = (0..20).fold(Call::all(vec![]), |call, _| Call::all(vec![call]));
    assert_eq!(Call::read(&nested.encoded()), None, "too deep");
}

fn track_json(track: Track) -> serde_json::Value {
    let info = track.info();
    let Periods { prepare, decision, confirm, enactment } = info.periods;
    json!({
        "track": track.number(),
        "name": info.name,
        "deciding": info.deciding,
        "deposit": info.deposit.to_string(),
        "periods": [prepare, decision, confirm, enactment],
        "approval": [info.approval.0, info.approval.1],
        "support": [info.support.0, info.support.1],
    })
}

/// The vectors that a test of the runtime decodes and encodes again; `ADYTON_WRITE_VECTORS=1` writes them.
#[test]
fn the_published_call_vectors_are_what_this_code_makes() {
    let calls: Vec<_> = every_call()
        .iter()
        .map(|(name, call)| json!({ "call": name, "encoding": hex::encode(call.encoded()) }))
        .collect();
    let errors: Vec<_> = ERRORS
        .iter()
        .map(|(index, name, errors)| {
            let names: Vec<_> = errors.iter().map(|(name, _)| name).collect();
            json!({ "pallet": name, "index": index, "errors": names })
        })
        .collect();
    let terms = terms(Era::mortal(born(42), 64));
    let each_track: Vec<_> = Track::ALL.into_iter().map(track_json).collect();
    let built = json!({
        "specification": { "name": SPECIFICATION_NAME, "version": SPECIFICATION_VERSION, "transaction": TRANSACTION_VERSION },
        "calls": calls,
        "errors": errors,
        "tracks": each_track,
        "decisions": {
            "submission_deposit": tracks::SUBMISSION_DEPOSIT.to_string(),
            "undecided_timeout": tracks::UNDECIDED_TIMEOUT,
            "vote_lock": tracks::VOTE_LOCK,
            "slot_ms": tracks::SLOT_MS,
            "spenders": [tracks::SMALL_SPEND.to_string(), tracks::BIG_SPEND.to_string()],
            "preimage_deposit": [tracks::PREIMAGE_DEPOSIT.0.to_string(), tracks::PREIMAGE_DEPOSIT.1.to_string()],
            "enactment_key_of_7": hex::encode(governance::enactment_of(7)),
        },
        "extrinsic": {
            "secret": hex::encode([5; 32]),
            "genesis_hash": hex::encode(terms.genesis_hash.0),
            "nonce": terms.nonce,
            "era": { "block": 42, "hash": hex::encode([2; 32]), "period": 64 },
            "tip": "0",
            "call": hex::encode(transfer().encoded()),
            "payload": hex::encode(signed_payload(&transfer().encoded(), &terms)),
            "extrinsic": hex::encode(signed(&transfer().encoded(), &terms, &signer())),
        },
    });
    let path = format!("{}/../specs/vectors/calls.json", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(&built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert_eq!(published, text, "specs/vectors/calls.json differs from what the code makes");
}
