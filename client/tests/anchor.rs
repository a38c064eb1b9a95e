//! The anchor of a saved receipt: what outlives a worker's revocation, and what does not.

use std::time::Duration;

use crate::world::*;
use adyton_client::{
    Bundle, Error,
    bundle::{BadBundle, Trust},
    check::Outcome,
};
use adyton_protocol::{
    anchor::{self, AnchorProof, ReceiptAnchors},
    ids::{BlockHash, BlockRef, SigningKey, WorkerId},
    merkle,
    receipt::SignedReceipt,
    storage,
};
use axum::http::StatusCode;
use codec::Encode;
use serde_json::{Value, json};

/// As long as a test waits for what comes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn bundle(world: &World) -> Bundle {
    world.call().await.unwrap().bundle(&world.network, true).unwrap()
}

fn file(bundle: &Bundle) -> Value {
    serde_json::from_str(&bundle.to_json()).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().strip_prefix("0x").unwrap()).unwrap()
}

/// The hash that stands for the bundle's receipt in an anchor.
fn leaf(bundle: &Bundle) -> merkle::Hash {
    SignedReceipt::from_bytes(&bytes(&file(bundle)["receipt"])).unwrap().anchor_leaf()
}

fn key(world: &World) -> SigningKey {
    SigningKey(world.shared.boot.lock().unwrap().signing.verifying_key().to_bytes())
}

/// The chain takes an anchor of `worker` with this receipt and two others, after five anchors and before one more;
/// the next block shows it. The answer is the worker's honest proof.
fn anchored_by(world: &World, worker: WorkerId, receipt: merkle::Hash) -> AnchorProof {
    let receipts = [[1; 32], receipt, [2; 32]];
    let (block, key) = (world.source.chain().head().at.number + 1, key(world));
    let mut leaves = vec![[7; 32]; 5];
    leaves.push(anchor::leaf(&NETWORK, &worker, &key, block, &merkle::root(&receipts)));
    leaves.push([8; 32]);
    let mut record = ReceiptAnchors::default();
    for leaf in &leaves {
        record.append(block, *leaf).unwrap();
    }
    world.change(|chain| chain.set(storage::receipt_anchors(&WORKER), record.encode()));
    AnchorProof {
        block,
        anchor: 5,
        climb: anchor::climb(&ReceiptAnchors::default(), &leaves, 5, 7).unwrap(),
        place: 1,
        receipts: 3,
        path: merkle::path(&receipts, 1).unwrap(),
    }
}

fn anchored(world: &World, bundle: &Bundle) -> AnchorProof {
    anchored_by(world, WORKER, leaf(bundle))
}

fn proven(proof: &AnchorProof) -> (StatusCode, Value) {
    (StatusCode::OK, json!({ "proof": format!("0x{}", hex::encode(proof.to_bytes())) }))
}

fn missing(code: &str) -> (StatusCode, Value) {
    (StatusCode::NOT_FOUND, json!({ "code": code, "message": "because" }))
}

fn says(world: &World, answers: Vec<(StatusCode, Value)>) {
    *world.shared.anchors.lock().unwrap() = answers;
}

/// A bundle with its anchor, in block 4.
async fn with_anchor(world: &World) -> Bundle {
    let mut bundle = bundle(world).await;
    says(world, vec![proven(&anchored(world, &bundle))]);
    assert_eq!(world.client.anchor(&mut bundle, PATIENCE).await.unwrap(), 4);
    bundle
}

/// What the check of the anchor says of the bundle, after its file was changed.
fn refusal(world: &World, good: &Bundle, change: impl FnOnce(&mut Value)) -> String {
    let mut value = file(good);
    change(&mut value);
    let verification = Bundle::from_json(value.to_string().as_bytes()).unwrap().verify(Trust::Network(&world.network));
    assert!(!verification.holds() && verification.anchored.is_none());
    let failed: Vec<_> = verification.checks.iter().filter(|check| check.outcome == Outcome::Failed).collect();
    assert!(matches!(failed[..], [only] if only.name == "anchored"), "{failed:?}");
    failed[0].reason.clone()
}

/// The same, after its proof of inclusion was changed.
fn inclusion(world: &World, good: &Bundle, change: impl FnOnce(&mut Vec<u8>)) -> String {
    refusal(world, good, |value| {
        let mut proof = bytes(&value["anchor"]["inclusion"]);
        change(&mut proof);
        value["anchor"]["inclusion"] = json!(format!("0x{}", hex::encode(proof)));
    })
}

#[tokio::test]
async fn a_receipt_under_an_anchor_outlives_the_revocation_of_its_worker() {
    let world = world().await;
    let mut bundle = bundle(&world).await;
    says(&world, vec![proven(&anchored(&world, &bundle))]);
    world.change(|chain| chain.remove(&storage::measurements(&MEASUREMENT)));
    assert!(matches!(world.new_client(|_| {}).call(&CONTRACT, &request(), None).await, Err(Error::Record(_))));
    assert_eq!(world.client.anchor(&mut bundle, PATIENCE).await.unwrap(), 4);
    let read = Bundle::from_json(bundle.to_json().as_bytes()).unwrap();
    let verification = read.verify(Trust::Network(&world.network));
    assert!(verification.holds(), "{:?}", verification.checks);
    assert_eq!((verification.as_of, verification.anchored), (Some(3), Some(4)));
    let open = verification.checks.iter().filter(|check| check.outcome == Outcome::Unchecked);
    assert_eq!(open.map(|check| check.name).collect::<Vec<_>>(), ["caller"]);
}

#[tokio::test]
async fn without_an_anchor_a_bundle_says_that_a_revocation_would_count() {
    let world = world().await;
    let verification = bundle(&world).await.verify(Trust::Network(&world.network));
    assert!(verification.holds() && verification.anchored.is_none());
    let check = verification.checks.iter().find(|check| check.name == "anchored").unwrap();
    assert_eq!(check.outcome, Outcome::Unchecked);
    assert!(check.reason.contains("a later revocation of the worker would count"), "{}", check.reason);
}

#[tokio::test]
async fn the_anchor_is_waited_for_and_asked_for_at_a_proven_count() {
    let world = world().await;
    let mut bundle = bundle(&world).await;
    let proof = anchored(&world, &bundle);
    says(&world, vec![missing("anchor-pending"), proven(&proof)]);
    assert_eq!(world.client.anchor(&mut bundle, PATIENCE).await.unwrap(), 4);
    let question = (format!("0x{}", hex::encode(leaf(&bundle))), 7);
    assert_eq!(*world.shared.asked.lock().unwrap(), [question.clone(), question]);
    // One that has its anchor is not asked for again.
    assert_eq!(world.client.anchor(&mut bundle, PATIENCE).await.unwrap(), 4);
    assert_eq!(world.shared.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_worker_that_never_anchored_is_given_up_in_time() {
    let world = world().await;
    let mut bundle = bundle(&world).await;
    let given_up = world.client.anchor(&mut bundle, Duration::ZERO).await;
    assert!(matches!(given_up, Err(Error::TimedOut { .. })), "{given_up:?}");
    assert!(world.shared.asked.lock().unwrap().is_empty(), "there is nothing to ask for");
}

#[tokio::test]
async fn a_receipt_that_the_worker_does_not_know_gets_no_anchor() {
    let world = world().await;
    let mut bundle = bundle(&world).await;
    anchored(&world, &bundle);
    says(&world, vec![missing("anchor-unknown")]);
    let refused = world.client.anchor(&mut bundle, PATIENCE).await.unwrap_err();
    assert_eq!(refused.code(), Some("anchor-unknown"));
}

#[tokio::test]
async fn a_proof_that_leads_elsewhere_is_not_taken_from_the_gateway() {
    let world = world().await;
    let mut bundle = bundle(&world).await;
    let good = anchored(&world, &bundle);
    let before = bundle.clone();
    let other_block = AnchorProof { block: 3, ..good.clone() };
    let other_place = AnchorProof { place: 0, ..good };
    for proof in [other_block, other_place] {
        says(&world, vec![proven(&proof)]);
        let refused = world.client.anchor(&mut bundle, PATIENCE).await;
        assert!(matches!(refused, Err(Error::Check { check: "anchored", .. })), "{refused:?}");
    }
    for nonsense in [json!({}), json!({ "proof": "00" }), json!({ "proof": "0x0" })] {
        says(&world, vec![(StatusCode::OK, nonsense)]);
        let refused = world.client.anchor(&mut bundle, PATIENCE).await;
        assert!(matches!(refused, Err(Error::Malformed(_))), "{refused:?}");
    }
    assert_eq!(bundle, before);
}

#[tokio::test]
async fn a_bundle_that_does_not_hold_gets_no_anchor() {
    let world = world().await;
    let mut value = file(&bundle(&world).await);
    value["exchange"]["status"] = json!(404);
    let mut changed = Bundle::from_json(value.to_string().as_bytes()).unwrap();
    let refused = world.client.anchor(&mut changed, PATIENCE).await;
    assert!(matches!(refused, Err(Error::Bundle(BadBundle::DoesNotHold { check: "response", .. }))), "{refused:?}");
}

#[tokio::test]
async fn an_anchor_of_another_receipt_is_refused() {
    let world = world().await;
    let good = with_anchor(&world).await;
    let other = file(&bundle(&world).await);
    let said = refusal(&world, &good, |value| {
        value["receipt"] = other["receipt"].clone();
        value["exchange"] = other["exchange"].clone();
    });
    assert!(said.contains("leads to no anchor"), "{said}");
}

#[tokio::test]
async fn an_anchor_of_another_worker_is_refused() {
    let world = world().await;
    let mut bundle = bundle(&world).await;
    says(&world, vec![proven(&anchored_by(&world, WorkerId([9; 32]), leaf(&bundle)))]);
    let refused = world.client.anchor(&mut bundle, PATIENCE).await;
    assert!(matches!(refused, Err(Error::Check { check: "anchored", .. })), "{refused:?}");
}

#[tokio::test]
async fn an_anchor_that_names_another_block_or_place_is_refused() {
    let world = world().await;
    let good = with_anchor(&world).await;
    for at in [2, 3] {
        inclusion(&world, &good, |proof| proof[at] ^= 1);
    }
}

#[tokio::test]
async fn a_truncated_oversized_or_otherwise_encoded_inclusion_is_refused() {
    let world = world().await;
    let good = with_anchor(&world).await;
    let encoding = "not the deterministic encoding";
    assert!(inclusion(&world, &good, |proof| proof.truncate(proof.len() - 1)).contains(encoding));
    assert!(inclusion(&world, &good, |proof| proof.push(0)).contains(encoding));
    // The block, 4, in two bytes where one is enough.
    assert!(inclusion(&world, &good, |proof| drop(proof.splice(2..3, [0x18, 4]))).contains(encoding));
    assert!(inclusion(&world, &good, |proof| proof.resize(anchor::MAX_PROOF + 1, 0)).contains("too long"));
}

#[tokio::test]
async fn an_altered_header_justification_or_proof_of_the_anchor_is_refused() {
    let world = world().await;
    let good = with_anchor(&world).await;
    for key in ["header", "justification"] {
        refusal(&world, &good, |value| {
            let mut bytes = bytes(&value["anchor"][key]);
            *bytes.last_mut().unwrap() ^= 1;
            value["anchor"][key] = json!(format!("0x{}", hex::encode(bytes)));
        });
    }
    refusal(&world, &good, |value| drop(value["anchor"]["proof"].as_array_mut().unwrap().pop()));
}

#[tokio::test]
async fn a_block_from_before_the_anchor_proves_none() {
    let world = world().await;
    let good = with_anchor(&world).await;
    let nodes = world.source.chain().proof(3, &[storage::receipt_anchors(&WORKER)]);
    let said = refusal(&world, &good, |value| {
        value["anchor"]["header"] = value["header"].clone();
        value["anchor"]["justification"] = value["justification"].clone();
        value["anchor"]["proof"] = nodes.iter().map(|node| format!("0x{}", hex::encode(node))).collect();
    });
    assert!(said.contains("no such anchor"), "{said}");
}

#[tokio::test]
async fn a_receipt_that_claims_a_later_block_than_its_anchor_is_refused() {
    let world = world().await;
    *world.shared.acted_on.lock().unwrap() = BlockRef { number: 30, hash: BlockHash([1; 32]) };
    let mut bundle = bundle(&world).await;
    says(&world, vec![proven(&anchored(&world, &bundle))]);
    let refused = world.client.anchor(&mut bundle, PATIENCE).await.unwrap_err().to_string();
    assert!(refused.contains("acted on block 30"), "{refused}");
}
