//! `specs/vectors/receipt-bundle.json`: a bundle that was saved once, with all that has to be said of it, and what each
//! change in it leads to. It has keys and an identifier that are random, so `ADYTON_WRITE_VECTORS=1` makes another.

use std::time::Duration;

use crate::world::*;
use adyton_client::{
    Bundle, NetworkFile,
    bundle::{Trust, Verification},
    check::Outcome,
};
use adyton_protocol::{
    anchor::{self, AnchorProof, ReceiptAnchors},
    ids::SigningKey,
    merkle,
    receipt::SignedReceipt,
    storage,
};
use axum::http::StatusCode;
use codec::Encode;
use serde_json::{Value, json};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/vectors/receipt-bundle.json");

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().strip_prefix("0x").unwrap()).unwrap()
}

/// The bytes with a bit of the last one changed.
fn altered(value: &Value) -> Value {
    let mut bytes = bytes(value);
    *bytes.last_mut().unwrap() ^= 1;
    json!(format!("0x{}", hex::encode(bytes)))
}

/// A call's bundle, with an anchor of this and one other receipt.
async fn bundle(world: &World) -> Value {
    let mut bundle = world.call().await.unwrap().bundle(&world.network, true).unwrap();
    let file: Value = serde_json::from_str(&bundle.to_json()).unwrap();
    let receipts = [[1; 32], SignedReceipt::from_bytes(&bytes(&file["receipt"])).unwrap().anchor_leaf()];
    let key = SigningKey(world.shared.boot.lock().unwrap().signing.verifying_key().to_bytes());
    let leaf = anchor::leaf(&NETWORK, &WORKER, &key, 4, &merkle::root(&receipts));
    let mut record = ReceiptAnchors::default();
    record.append(4, leaf).unwrap();
    world.change(|chain| chain.set(storage::receipt_anchors(&WORKER), record.encode()));
    let climb = anchor::climb(&ReceiptAnchors::default(), &[leaf], 0, 1).unwrap();
    let path = merkle::path(&receipts, 1).unwrap();
    let proof = AnchorProof { block: 4, anchor: 0, climb, place: 1, receipts: 2, path };
    let proof = json!({ "proof": format!("0x{}", hex::encode(proof.to_bytes())) });
    *world.shared.anchors.lock().unwrap() = vec![(StatusCode::OK, proof)];
    world.client.anchor(&mut bundle, Duration::from_secs(60)).await.unwrap();
    serde_json::from_str(&bundle.to_json()).unwrap()
}

/// What is changed, into what, and which checks then fail.
fn changes(bundle: &Value) -> Vec<Value> {
    let change = |at: &str, value: Value, failed: &[&str]| json!({ "at": at, "value": value, "failed": failed });
    let bit = |at: &str, failed: &str| change(at, altered(bundle.pointer(at).unwrap()), &[failed]);
    let mut nodes = bundle["proof"].clone();
    nodes.as_array_mut().unwrap().pop();
    vec![
        bit("/network_id", "network"),
        bit("/header", "finality"),
        bit("/justification", "finality"),
        change("/proof", nodes, &["chain state"]),
        bit("/contract", "record"),
        bit("/receipt", "receipt"),
        change("/exchange/path", json!("/add?by=3"), &["request", "response"]),
        change("/exchange/status", json!(404), &["response"]),
        bit("/anchor/justification", "anchored"),
        bit("/anchor/inclusion", "anchored"),
    ]
}

fn verify(bundle: &Value, network: &NetworkFile) -> Verification {
    Bundle::from_json(bundle.to_string().as_bytes()).unwrap().verify(Trust::Network(network))
}

async fn write() {
    let world = world().await;
    let bundle = bundle(&world).await;
    let network = NetworkFile { gateway: "http://127.0.0.1:1".into(), ..world.network.clone() };
    let verification = verify(&bundle, &network);
    let checks: Vec<_> = verification.checks.iter().map(|check| json!([check.name, check.outcome])).collect();
    let built = json!({
        "network": serde_json::from_str::<Value>(&network.to_json()).unwrap(),
        "bundle": bundle,
        "as_of": verification.as_of,
        "anchored": verification.anchored,
        "checks": checks,
        "changes": changes(&bundle),
    });
    std::fs::write(PATH, serde_json::to_string_pretty(&built).unwrap() + "\n").unwrap();
}

#[tokio::test]
async fn the_published_bundle_holds_as_it_did_when_it_was_saved_and_no_change_in_it_does() {
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        write().await;
    }
    let vector: Value = serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap();
    let network = NetworkFile::from_json(vector["network"].to_string().as_bytes()).unwrap();
    let verification = verify(&vector["bundle"], &network);
    assert!(verification.holds(), "{:?}", verification.checks);
    assert_eq!((json!(verification.as_of), json!(verification.anchored)), (json!(3), json!(4)));
    let checks: Vec<_> = verification.checks.iter().map(|check| json!([check.name, check.outcome])).collect();
    assert_eq!(json!(checks), vector["checks"]);

    let changes = vector["changes"].as_array().unwrap();
    assert!(changes.len() >= 10);
    for change in changes {
        let mut bundle = vector["bundle"].clone();
        *bundle.pointer_mut(change["at"].as_str().unwrap()).unwrap() = change["value"].clone();
        let verification = verify(&bundle, &network);
        let failed = verification.checks.iter().filter(|check| check.outcome == Outcome::Failed);
        let failed: Vec<_> = failed.map(|check| check.name).collect();
        assert!(!verification.holds());
        assert_eq!(json!(failed), change["failed"], "{}", change["at"]);
    }
}
