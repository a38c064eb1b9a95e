//! Calls over a gateway that may do anything to them.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::world::*;
use adyton_client::{Account, AccountScheme, Client, Error, Request, chain::extrinsic::Signer};
use adyton_protocol::{
    call::MAX_SEALED,
    ids::{BlockHash, CodeHash, ContractId, Digest, RequestId},
    manifest::Durability,
    receipt::{Caller, ReceiptError},
    storage,
};
use codec::Encode;

fn account() -> Account {
    Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap()
}

/// Makes a call that must be refused by this check of the receipt.
async fn refused_by(world: &World) -> &'static str {
    match world.call().await {
        Err(Error::Check { check, .. }) => check,
        other => panic!("not refused by a check: {other:?}"),
    }
}

async fn lie(lie: Lie) -> &'static str {
    let world = world().await;
    world.manners(|manners| manners.lie = Some(lie));
    refused_by(&world).await
}

#[tokio::test]
async fn an_honest_answer_is_given_out_with_every_check_passed() {
    let world = world().await;
    let answer = world.call().await.unwrap();
    assert_eq!(answer.response().text(), "echo: content");
    assert_eq!(answer.response().field("content-type"), Some(&b"text/plain"[..]));
    assert_eq!(answer.contract().block().number, 3);
    assert!(answer.contract().is_development());
    let names: Vec<_> = answer.checks().iter().map(|check| check.name).collect();
    assert_eq!(
        names,
        [
            "receipt",
            "worker",
            "contract",
            "code",
            "manifest",
            "lease",
            "block",
            "durability",
            "request",
            "response",
            "bytes",
            "caller",
            "state",
            "freshness of the state",
        ]
    );
}

#[tokio::test]
async fn a_signed_call_carries_the_callers_authorization() {
    let world = world().await;
    let answer = world.client.call(&CONTRACT, &request(), Some(&account())).await.unwrap();
    assert_eq!(answer.fields().caller, Caller::Account(account().account()));
    let call = world.shared.calls.lock().unwrap()[0].clone();
    let digest = request().digest(&NETWORK, &CONTRACT, &call.request_id);
    let message = adyton_protocol::call::caller_message(&NETWORK, &CONTRACT, &digest, call.not_after);
    let signed = call.caller.unwrap();
    let key = schnorrkel::PublicKey::from_bytes(&signed.account.0).unwrap();
    let signature = schnorrkel::Signature::from_bytes(&signed.signature).unwrap();
    assert!(key.verify_simple(b"substrate", &message, &signature).is_ok());
}

#[tokio::test]
async fn inside_the_seal_stand_network_contract_code_lease_and_a_bounded_time() {
    let world = world().await;
    world.call().await.unwrap();
    let call = world.shared.calls.lock().unwrap()[0].clone();
    assert_eq!((call.network, call.contract, call.code, call.lease), (NETWORK, CONTRACT, CODE, 1));
    let now = adyton_chain_client::fixture::GENESIS_MS / 1000 + 1;
    assert_eq!(call.not_after, now + 120);
}

#[tokio::test]
async fn two_calls_have_two_request_ids_and_the_record_is_proven_once() {
    let world = world().await;
    world.call().await.unwrap();
    let asked = world.source.requests();
    world.call().await.unwrap();
    assert_eq!(world.source.requests(), asked);
    let calls = world.shared.calls.lock().unwrap();
    assert_ne!(calls[0].request_id, calls[1].request_id);
}

#[tokio::test]
async fn an_altered_answer_is_refused() {
    let world = world().await;
    world.mischief(Mischief::Alter);
    assert!(matches!(world.call().await, Err(Error::NotOurs)));
}

#[tokio::test]
async fn an_answer_cut_short_is_refused() {
    let world = world().await;
    world.mischief(Mischief::Cut);
    assert!(matches!(world.call().await, Err(Error::NotOurs)));
}

#[tokio::test]
async fn an_answer_to_an_earlier_call_is_refused() {
    let world = world().await;
    world.call().await.unwrap();
    world.mischief(Mischief::Repeat);
    assert!(matches!(world.call().await, Err(Error::NotOurs)));
}

#[tokio::test]
async fn an_answer_to_somebody_elses_call_is_refused() {
    let world = world().await;
    world.mischief(Mischief::Swap);
    assert!(matches!(world.call().await, Err(Error::NotOurs)));
}

#[tokio::test]
async fn an_answer_in_plain_is_not_taken_for_one() {
    let world = world().await;
    world.mischief(Mischief::Plain);
    assert!(matches!(world.call().await, Err(Error::Gateway { .. })));
}

#[tokio::test]
async fn a_gateways_refusal_is_said_to_be_its_own_words_without_control_characters() {
    let world = world().await;
    world.mischief(Mischief::Error);
    let error = world.call().await.unwrap_err();
    assert_eq!(error.code(), Some("busy"));
    assert_eq!(error.to_string(), "the gateway says: come again (busy, HTTP status 503)");
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let world = world().await;
    world.mischief(Mischief::Endless);
    assert!(matches!(world.call().await, Err(Error::AnswerTooLarge(MAX_SEALED))));
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_named() {
    let world = world().await;
    let client = world.new_client(|network| network.gateway = "http://127.0.0.1:1".into());
    let error = client.call(&CONTRACT, &request(), None).await.unwrap_err();
    assert!(error.to_string().starts_with("no answer from http://127.0.0.1:1"), "{error}");
}

#[tokio::test]
async fn an_answer_without_a_receipt_is_refused() {
    let world = world().await;
    world.manners(|manners| manners.no_receipt = true);
    assert!(matches!(world.call().await, Err(Error::NoReceipt)));
}

#[tokio::test]
async fn the_workers_own_word_is_not_taken_for_the_contracts() {
    let world = world().await;
    world.manners(|manners| manners.own_word = true);
    assert!(matches!(world.call().await, Err(Error::NoReceipt)));
}

#[tokio::test]
async fn a_receipt_by_another_key_is_refused() {
    let world = world().await;
    world.manners(|manners| manners.other_key = true);
    assert_eq!(refused_by(&world).await, "worker");
}

#[tokio::test]
async fn a_receipt_that_names_a_key_that_did_not_sign_is_refused() {
    let world = world().await;
    world.manners(|manners| manners.lie = Some(|fields| fields.worker.0[0] ^= 1));
    assert!(matches!(world.call().await, Err(Error::Receipt(ReceiptError::Signature))));
}

#[tokio::test]
async fn a_receipt_for_another_network_is_refused() {
    let world = world().await;
    world.manners(|manners| manners.lie = Some(|fields| fields.network.0[0] ^= 1));
    assert!(matches!(world.call().await, Err(Error::Receipt(ReceiptError::Signature))));
}

#[tokio::test]
async fn a_receipt_for_another_contract_is_refused() {
    assert_eq!(lie(|fields| fields.contract = ContractId([0; 32])).await, "contract");
}

#[tokio::test]
async fn a_receipt_for_other_code_or_another_version_is_refused() {
    assert_eq!(lie(|fields| fields.code = CodeHash([0; 32])).await, "code");
    assert_eq!(lie(|fields| fields.version = 2).await, "code");
}

#[tokio::test]
async fn a_receipt_under_another_manifest_is_refused() {
    assert_eq!(lie(|fields| fields.manifest = Digest([0; 32])).await, "manifest");
}

#[tokio::test]
async fn a_receipt_under_another_lease_is_refused() {
    assert_eq!(lie(|fields| fields.lease = 2).await, "lease");
}

#[tokio::test]
async fn a_receipt_for_another_request_is_refused() {
    assert_eq!(lie(|fields| fields.request = Digest([0; 32])).await, "request");
    assert_eq!(lie(|fields| fields.request_id = RequestId([0; 16])).await, "request");
}

#[tokio::test]
async fn a_receipt_for_another_response_is_refused() {
    assert_eq!(lie(|fields| fields.response = Digest([0; 32])).await, "response");
    let world = world().await;
    world.manners(|manners| manners.other_content = true);
    assert_eq!(refused_by(&world).await, "response");
}

#[tokio::test]
async fn a_receipt_that_counts_other_bytes_is_refused() {
    assert_eq!(lie(|fields| fields.bytes_in += 1).await, "bytes");
}

#[tokio::test]
async fn a_receipt_that_names_another_caller_is_refused() {
    assert_eq!(lie(|fields| fields.caller = Caller::Account(OPERATOR)).await, "caller");
}

#[tokio::test]
async fn a_receipt_that_waited_for_less_than_the_manifest_says_is_refused() {
    assert_eq!(lie(|fields| fields.durability = Durability::Anchored).await, "durability");
}

#[tokio::test]
async fn a_receipt_on_a_block_outside_the_leases_life_is_refused() {
    assert_eq!(lie(|fields| fields.block.number = 0).await, "block");
    assert_eq!(lie(|fields| fields.block.number = 51).await, "block");
}

#[tokio::test]
async fn a_receipt_on_another_block_of_the_same_number_is_refused() {
    assert_eq!(lie(|fields| fields.block.hash = BlockHash([0; 32])).await, "block");
}

#[tokio::test]
async fn a_worker_ahead_of_the_proven_record_is_believed_only_after_a_newer_proof() {
    let world = world().await;
    world.call().await.unwrap();
    world.manners(|manners| manners.lie = Some(|fields| fields.block.number = 55));
    assert_eq!(refused_by(&world).await, "block");
    let record = adyton_protocol::record::WorkerRecord { active_until: 60, ..worker_record(&boot(21)) };
    world.change(|chain| chain.set(storage::workers(&WORKER), record.encode()));
    let answer = world.call().await.unwrap();
    assert_eq!((answer.fields().block.number, answer.contract().block().number), (55, 4));
}

#[tokio::test]
async fn an_answer_on_an_older_state_than_what_was_anchored_is_refused() {
    let world = world().await;
    *world.shared.state.lock().unwrap() = (head(3), head(4));
    assert_eq!(refused_by(&world).await, "freshness of the state");
}

#[tokio::test]
async fn an_answer_of_an_earlier_incarnation_is_refused() {
    let world = world().await;
    world.change(|chain| chain.set(storage::heads(&CONTRACT), head_record(2, 5, 5).encode()));
    // Beyond the opening of the later one: the state was rolled back.
    assert_eq!(refused_by(&world).await, "state");
    *world.shared.state.lock().unwrap() = (head(4), head(5));
    assert_eq!(refused_by(&world).await, "freshness of the state");
}

#[tokio::test]
async fn an_answer_on_a_fork_of_the_anchored_state_is_refused() {
    let world = world().await;
    let mut forked = head(5);
    forked.hash = Digest([0; 32]);
    *world.shared.state.lock().unwrap() = (forked, head(6));
    assert_eq!(refused_by(&world).await, "state");
}

#[tokio::test]
async fn after_a_restart_of_the_worker_the_call_is_sealed_again_under_the_same_request_id() {
    let world = world().await;
    world.call().await.unwrap();
    world.restart_worker(22);
    let answer = world.call().await.unwrap();
    assert_eq!(answer.contract().worker().boot, 2);
    assert_eq!(world.arrived(), 2);
}

#[tokio::test]
async fn a_changed_lease_is_followed_once() {
    let world = world().await;
    world.call().await.unwrap();
    world.change(|chain| chain.set(storage::leases(&CONTRACT), lease(2).encode()));
    world.manners(|manners| manners.refuse = Some("wrong-lease"));
    assert_eq!(world.call().await.unwrap_err().code(), Some("wrong-lease"));
    let calls = world.shared.calls.lock().unwrap();
    assert_eq!((calls.len(), calls[1].lease, calls[2].lease), (3, 1, 2));
    assert_eq!(calls[1].request_id, calls[2].request_id);
}

#[tokio::test]
async fn the_second_attempt_ends_when_the_first_one_does() {
    let world = world().await;
    // A clock that moves on with each look at it.
    let now_ms = AtomicU64::new(adyton_chain_client::fixture::GENESIS_MS + 1_500);
    let clock = Box::new(move || now_ms.fetch_add(1_000, Ordering::Relaxed));
    let client = Client::over(world.network.clone(), world.source.clone(), clock).unwrap();
    client.call(&CONTRACT, &request(), None).await.unwrap();
    world.change(|chain| chain.set(storage::leases(&CONTRACT), lease(2).encode()));
    world.manners(|manners| manners.refuse = Some("wrong-lease"));
    let error = client.call(&CONTRACT, &request(), None).await.unwrap_err();
    assert_eq!(error.code(), Some("wrong-lease"));
    let calls = world.shared.calls.lock().unwrap();
    assert_eq!((calls.len(), calls[1].lease, calls[2].lease), (3, 1, 2));
    assert_ne!(calls[0].not_after, calls[1].not_after);
    assert_eq!(calls[1].not_after, calls[2].not_after);
}

#[tokio::test]
async fn a_refusal_of_the_worker_comes_with_its_code_and_is_not_repeated() {
    let world = world().await;
    world.manners(|manners| manners.refuse = Some("limit-exceeded"));
    let error = world.call().await.unwrap_err();
    assert_eq!(error.to_string(), "the worker refuses: because (limit-exceeded)");
    assert_eq!(world.arrived(), 1);
}

#[tokio::test]
async fn a_retry_under_the_same_request_id_may_get_the_stored_answer_of_an_older_state() {
    let world = world().await;
    *world.shared.state.lock().unwrap() = (head(3), head(4));
    let id = RequestId([9; 16]);
    let answer = world.client.call_as(&CONTRACT, &request(), None, id).await.unwrap();
    assert_eq!((answer.request_id(), answer.fields().after.sequence), (id, 4));
}

#[tokio::test]
async fn a_content_over_the_manifests_limit_is_not_sent() {
    let world = world().await;
    let request = Request::post("/", vec![0; 100_001]).unwrap();
    let error = world.client.call(&CONTRACT, &request, None).await.unwrap_err();
    assert!(matches!(error, Error::ContentTooLarge { found: 100_001, limit: 100_000 }));
    assert_eq!(world.arrived(), 0);
}

#[tokio::test]
async fn the_workers_own_paths_are_not_called_as_a_contract_and_the_other_way_round() {
    let world = world().await;
    let own = Request::get("/.adyton/logs").unwrap();
    assert!(matches!(world.client.call(&CONTRACT, &own, None).await, Err(Error::BadRequest(_))));
    assert!(matches!(world.client.ask_worker(&CONTRACT, &request(), &account()).await, Err(Error::BadRequest(_))));
    world.manners(|manners| manners.own_word = true);
    let response = world.client.ask_worker(&CONTRACT, &own, &account()).await.unwrap();
    assert_eq!(response.text(), "own word");
    assert_eq!(world.shared.calls.lock().unwrap()[0].caller.as_ref().unwrap().account, account().account());
}
