//! Receipt bundles: verified offline, by somebody who was not there.

use crate::world::*;
use adyton_client::{
    Account, AccountScheme, Bundle,
    bundle::{BadBundle, Trigger, Trust, Verification},
    check::Outcome,
};
use adyton_protocol::{
    ids::{Digest, NetworkId},
    receipt::ScheduleRun,
    record::{EvidenceKind, RootRecord},
    scheduled::Scheduled,
    storage,
};
use codec::Encode;
use serde_json::{Value, json};

async fn bundle(world: &World, content: bool) -> Bundle {
    let account = Account::from_secret("//Alice", AccountScheme::Ed25519).unwrap();
    let answer = world.client.call(&CONTRACT, &request(), Some(&account)).await.unwrap();
    answer.bundle(&world.network, content).unwrap()
}

fn names(verification: &Verification, outcome: Outcome) -> Vec<&'static str> {
    verification.checks.iter().filter(|check| check.outcome == outcome).map(|check| check.name).collect()
}

/// The bundle, changed as a file.
fn changed(bundle: &Bundle, change: impl FnOnce(&mut Value)) -> Bundle {
    let mut value: Value = serde_json::from_str(&bundle.to_json()).unwrap();
    change(&mut value);
    Bundle::from_json(value.to_string().as_bytes()).unwrap()
}

fn failed(world: &World, bundle: &Bundle) -> Vec<&'static str> {
    let verification = bundle.verify(Trust::Network(&world.network));
    assert!(!verification.holds());
    names(&verification, Outcome::Failed)
}

#[tokio::test]
async fn a_bundle_verifies_offline_as_of_its_block() {
    let world = world().await;
    let bundle = Bundle::from_json(bundle(&world, true).await.to_json().as_bytes()).unwrap();
    let verification = bundle.verify(Trust::Network(&world.network));
    assert!(verification.holds());
    assert_eq!((verification.as_of, verification.development), (Some(3), Some(true)));
    assert_eq!(names(&verification, Outcome::Unchecked), ["caller", "anchored"]);
}

#[tokio::test]
async fn a_bundle_of_a_contract_that_asks_for_devices_proves_those_of_its_worker() {
    let world = world().await;
    world.change(|chain| {
        set_hopper(chain, true);
    });
    assert!(bundle(&world, true).await.verify(Trust::Network(&world.network)).holds());
}

#[tokio::test]
async fn a_receipt_of_a_run_of_the_schedule_says_of_which() {
    const RUN: ScheduleRun = ScheduleRun { name: Digest([7; 32]), due_ms: 5 };
    let world = world().await;
    assert_eq!(bundle(&world, true).await.verify(Trust::Network(&world.network)).schedule, None);
    world.manners(|manners| manners.lie = Some(|fields| fields.schedule = Some(RUN)));
    let verification = bundle(&world, true).await.verify(Trust::Network(&world.network));
    assert_eq!(verification.schedule, Some(Trigger { name_digest: RUN.name, due_ms: RUN.due_ms }));
}

#[tokio::test]
async fn without_the_content_request_and_response_stay_unchecked() {
    let world = world().await;
    let bundle = bundle(&world, false).await;
    assert!(!bundle.to_json().contains(&hex::encode("content")));
    let verification = bundle.verify(Trust::Network(&world.network));
    assert!(verification.holds());
    assert_eq!(names(&verification, Outcome::Unchecked), ["request", "response", "bytes", "caller", "anchored"]);
}

#[tokio::test]
async fn a_bundle_that_vouches_for_its_own_network_does_not_hold() {
    let world = world().await;
    let verification = bundle(&world, true).await.verify(Trust::BundleItself);
    assert!(!verification.holds() && verification.is_consistent());
    assert_eq!(names(&verification, Outcome::Unchecked)[..2], ["network", "finality"]);
}

#[tokio::test]
async fn a_bundle_of_another_network_fails() {
    let world = world().await;
    let bundle = bundle(&world, true).await;
    let mut other = world.network.clone();
    other.network_id = NetworkId([9; 32]);
    let verification = bundle.verify(Trust::Network(&other));
    assert!(!verification.holds() && verification.as_of.is_none());
    assert_eq!(names(&verification, Outcome::Failed), ["network"]);
}

#[tokio::test]
async fn a_bundle_that_forged_finality_fails_under_the_trusted_checkpoint() {
    let world = world().await;
    let bundle = bundle(&world, true).await;
    // A chain of the forger's own, under authorities that nobody trusts.
    let mut trusted = world.network.clone();
    trusted.checkpoint.authorities.truncate(1);
    trusted.checkpoint.authorities[0].key = adyton_chain_client::verifier::AuthorityKey([7; 32]);
    assert_eq!(names(&bundle.verify(Trust::Network(&trusted)), Outcome::Failed), ["finality"]);
}

#[tokio::test]
async fn an_altered_header_justification_proof_or_receipt_fails_by_name() {
    let world = world().await;
    let good = bundle(&world, true).await;
    let flip = |key: &'static str| {
        move |value: &mut Value| {
            let text = value[key].as_str().unwrap().to_owned();
            let last = if text.ends_with('0') { '1' } else { '0' };
            value[key] = json!(format!("{}{last}", &text[..text.len() - 1]));
        }
    };
    assert_eq!(failed(&world, &changed(&good, flip("header"))), ["finality"]);
    assert_eq!(failed(&world, &changed(&good, flip("justification"))), ["finality"]);
    assert_eq!(failed(&world, &changed(&good, flip("receipt"))), ["receipt"]);
    let short = changed(&good, |value| drop(value["proof"].as_array_mut().unwrap().pop()));
    assert_eq!(failed(&world, &short), ["chain state"]);
}

#[tokio::test]
async fn another_request_or_response_than_the_receipts_fails() {
    let world = world().await;
    let good = bundle(&world, true).await;
    let request = changed(&good, |value| value["exchange"]["path"] = json!("/other"));
    assert_eq!(failed(&world, &request), ["request", "response"]);
    let response = changed(&good, |value| value["exchange"]["status"] = json!(404));
    assert_eq!(failed(&world, &response), ["response"]);
}

#[tokio::test]
async fn a_receipt_of_another_worker_fails() {
    let world = world().await;
    let good = bundle(&world, true).await;
    world.restart_worker(22);
    let other = world.new_client(|_| {}).call(&CONTRACT, &request(), None).await.unwrap();
    let other = other.bundle(&world.network, true).unwrap();
    let other: Value = serde_json::from_str(&other.to_json()).unwrap();
    let mixed = changed(&good, |value| {
        value["receipt"] = other["receipt"].clone();
        value["exchange"] = other["exchange"].clone();
    });
    assert_eq!(failed(&world, &mixed), ["worker"]);
}

#[tokio::test]
async fn a_bundle_of_a_network_on_a_vendors_root_says_so() {
    let world = world().await;
    world.change(|chain| {
        let root = Scheduled::holding(RootRecord { development: false, ..root_record() });
        chain.set(storage::roots(EvidenceKind::IntelTdx, &ROOT), root.encode());
    });
    let verification = bundle(&world, true).await.verify(Trust::Network(&world.network));
    assert_eq!(verification.development, Some(false));
}

#[tokio::test]
async fn a_file_that_is_no_bundle_is_refused() {
    let world = world().await;
    let good = bundle(&world, true).await.to_json();
    let newer = good.replace("adyton-receipt-bundle/1", "adyton-receipt-bundle/2");
    for text in ["", "{}", "[]", newer.as_str(), &good.replacen('{', "{\"more\":1,", 1)] {
        assert!(matches!(Bundle::from_json(text.as_bytes()), Err(BadBundle::Form(_))));
    }
}
