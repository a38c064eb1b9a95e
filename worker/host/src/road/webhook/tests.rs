use std::sync::Arc;

use adyton_protocol::{
    ids::RequestId,
    manifest::Manifest,
    receipt::{Caller, SignedReceipt},
};
use adyton_state::StoredAnswer;
use codec::Encode;
use ed25519_dalek::{Signer, SigningKey};

use super::*;
use crate::{
    code::tests::manifest,
    contract::tests::open,
    idle::Held,
    road::{
        answer::{Origin, answer},
        request::tests::fields,
    },
    schedule::tests::answering,
    stop::tests::holding,
};

const NOW: u64 = 1_614_265_330;

fn sent(all: &[(&str, &str)]) -> Fields {
    all.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}

fn github_fields(signature: &str) -> Fields {
    sent(&[("x-hub-signature-256", signature)])
}

/// GitHub's own example.
const GITHUB: (&[u8], &[u8]) = (b"It's a Secret to Everybody", b"Hello, World!");
const GITHUB_SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

#[test]
fn githubs_own_example_holds_and_nothing_else_does() {
    let (key, content) = GITHUB;
    let checked = |key: &[u8], signature: &str, content: &[u8]| {
        check(Scheme::Github, key, &github_fields(signature), content, NOW).map(drop)
    };
    assert_eq!(checked(key, GITHUB_SIGNATURE, content), Ok(()));
    assert_eq!(checked(b"another", GITHUB_SIGNATURE, content), Err(WRONG));
    assert_eq!(checked(key, GITHUB_SIGNATURE, b"Hello, World"), Err(WRONG));
    assert_eq!(checked(key, &GITHUB_SIGNATURE[..GITHUB_SIGNATURE.len() - 2], content), Err(WRONG), "cut");
    assert_eq!(checked(key, "sha256=", content), Err(WRONG));
    assert_eq!(checked(key, &GITHUB_SIGNATURE.replace("sha256", "sha1"), content), Err(MALFORMED));
    assert_eq!(checked(key, "sha256=zz", content), Err(MALFORMED));
    assert_eq!(checked(b"", GITHUB_SIGNATURE, content), Err(Refusal::WebhookKey));
}

#[test]
fn a_field_of_a_signature_that_is_missing_or_stands_twice_is_refused() {
    let (key, content) = GITHUB;
    let twice = sent(&[("x-hub-signature-256", GITHUB_SIGNATURE), ("x-hub-signature-256", GITHUB_SIGNATURE)]);
    for fields in [sent(&[]), sent(&[("x-hub-signature", GITHUB_SIGNATURE)]), twice] {
        assert_eq!(check(Scheme::Github, key, &fields, content, NOW), Err(MISSING));
    }
    for scheme in [Scheme::Stripe, Scheme::Standard, Scheme::Discord] {
        assert_eq!(check(scheme, key, &github_fields(GITHUB_SIGNATURE), content, NOW), Err(MISSING), "{scheme:?}");
    }
}

/// Of `{"paid":true}`, at [`NOW`], under `whsec_test_secret`.
const STRIPE_SIGNATURE: &str = "2d1ac33290baa60e00361a0cc6cc32f34c350eeedfbd006b17763c06116543d2";

fn stripe_checked(signature: &str, content: &str, now: u64) -> Result<Vec<u8>, Refusal> {
    let fields = sent(&[("stripe-signature", signature)]);
    check(Scheme::Stripe, b"whsec_test_secret", &fields, content.as_bytes(), now)
}

#[test]
fn one_good_signature_of_stripes_is_enough_and_its_time_is_the_deliverys_name() {
    let content = "{\"paid\":true}";
    let other = "00".repeat(32);
    for signatures in [
        format!("t={NOW},v1={STRIPE_SIGNATURE}"),
        format!("t={NOW},v1={other},v1={STRIPE_SIGNATURE},v0={other}"),
        format!("v1={STRIPE_SIGNATURE}, t={NOW}"),
    ] {
        assert_eq!(stripe_checked(&signatures, content, NOW), Ok(NOW.to_string().into_bytes()), "{signatures}");
    }
    assert_eq!(stripe_checked(&format!("t={NOW},v1={other}"), content, NOW), Err(WRONG));
    assert_eq!(stripe_checked(&format!("t={NOW},v0={STRIPE_SIGNATURE}"), content, NOW), Err(WRONG), "another scheme");
    assert_eq!(stripe_checked(&format!("t={},v1={STRIPE_SIGNATURE}", NOW + 1), content, NOW), Err(WRONG));
    assert_eq!(stripe_checked(&format!("t={NOW},v1={STRIPE_SIGNATURE}"), "{\"paid\":false}", NOW), Err(WRONG));
    let many = format!("t={NOW}{}", format!(",v1={other}").repeat(MAX_SIGNATURES + 1));
    for malformed in ["", "t", &format!("v1={STRIPE_SIGNATURE}"), &format!("t={NOW},t={NOW}"), "t=1,v1=x", &many] {
        assert_eq!(stripe_checked(malformed, content, NOW), Err(MALFORMED), "{malformed}");
    }
}

#[test]
fn a_signed_time_too_far_from_the_workers_is_refused_on_either_side() {
    let (signature, content) = (format!("t={NOW},v1={STRIPE_SIGNATURE}"), "{\"paid\":true}");
    for now in [NOW - TOLERANCE, NOW, NOW + TOLERANCE] {
        assert!(stripe_checked(&signature, content, now).is_ok(), "{now}");
    }
    for now in [0, NOW - TOLERANCE - 1, NOW + TOLERANCE + 1] {
        assert_eq!(stripe_checked(&signature, content, now), Err(Refusal::WebhookTime(TOLERANCE)), "{now}");
    }
    for time in ["", "-1", "+1614265330", "1e9", "99999999999999999999"] {
        assert_eq!(near(time, NOW), Err(MALFORMED), "{time}");
    }
}

/// The example of Standard Webhooks' libraries.
const STANDARD_KEY: &[u8] = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const STANDARD_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const STANDARD_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const STANDARD_CONTENT: &[u8] = b"{\"test\": 2432232314}";

fn standard_fields(id: &str, time: &str, signature: &str) -> Fields {
    sent(&[("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)])
}

#[test]
fn the_example_of_standard_webhooks_holds_with_and_without_its_keys_prefix_and_is_named_by_its_id() {
    let checked = |key: &[u8], id: &str, time: &str, signature: &str| {
        check(Scheme::Standard, key, &standard_fields(id, time, signature), STANDARD_CONTENT, NOW)
    };
    let now = NOW.to_string();
    let (key, id, time) = (STANDARD_KEY, STANDARD_ID, now.as_str());
    let name = Ok(id.as_bytes().to_vec());
    assert_eq!(checked(key, id, time, STANDARD_SIGNATURE), name);
    assert_eq!(checked(&key[KEY_PREFIX.len()..], id, time, STANDARD_SIGNATURE), name);
    let several = format!("v1a,bm90aGluZw== v1,bm90aGluZw== {STANDARD_SIGNATURE}");
    assert_eq!(checked(key, id, time, &several), name);
    assert_eq!(checked(key, "msg_other", time, STANDARD_SIGNATURE), Err(WRONG));
    assert_eq!(checked(key, id, "1614265331", STANDARD_SIGNATURE), Err(WRONG));
    assert_eq!(checked(b"whsec_!", id, time, STANDARD_SIGNATURE), Err(Refusal::WebhookKey));
    assert_eq!(checked(b"whsec_", id, time, STANDARD_SIGNATURE), Err(Refusal::WebhookKey));
    let many = vec!["v1,bm90aGluZw=="; MAX_SIGNATURES + 1].join(" ");
    let long = "m".repeat(MAX_ID + 1);
    for (id, time, signature) in [
        ("", time, STANDARD_SIGNATURE),
        ("msg.1", time, STANDARD_SIGNATURE),
        (long.as_str(), time, STANDARD_SIGNATURE),
        (id, "1614265330.5", STANDARD_SIGNATURE),
        (id, time, "v1"),
        (id, time, "v1,?"),
        (id, time, many.as_str()),
    ] {
        assert_eq!(checked(key, id, time, signature), Err(MALFORMED), "{id} {time} {signature}");
    }
}

#[test]
fn discords_signatures_hold_under_a_public_key_over_time_and_content() {
    let pair = SigningKey::from_bytes(&[3; 32]);
    let (public, content) = (hex::encode(pair.verifying_key().to_bytes()), b"{\"type\":1}");
    let signed = |time: u64| hex::encode(pair.sign(&[time.to_string().as_bytes(), content].concat()).to_bytes());
    let checked = |key: &str, signature: &str, time: u64| {
        let time = time.to_string();
        let fields = sent(&[("x-signature-ed25519", signature), ("x-signature-timestamp", &time)]);
        check(Scheme::Discord, key.as_bytes(), &fields, content, NOW).map(drop)
    };
    assert_eq!(checked(&public, &signed(NOW), NOW), Ok(()));
    assert_eq!(checked(&public, &signed(NOW), NOW + 1), Err(WRONG));
    assert_eq!(checked(&public, &signed(NOW - 301), NOW - 301), Err(Refusal::WebhookTime(TOLERANCE)));
    assert_eq!(checked(&public, "00", NOW), Err(MALFORMED));
    let other = hex::encode(SigningKey::from_bytes(&[4; 32]).verifying_key().to_bytes());
    assert_eq!(checked(&other, &signed(NOW), NOW), Err(WRONG));
    assert_eq!(checked("00", &signed(NOW), NOW), Err(Refusal::WebhookKey));
}

fn call(method: &str, path: &str, headers: Fields, content: &[u8]) -> Call {
    Call::own(fields(), method.into(), path.into(), headers, content.to_vec())
}

/// A contract with a webhook of GitHub's, and its key.
async fn hooked(key: Option<&[u8]>) -> (Worker, Contract) {
    let (worker, _chain) = holding(true, 1).await;
    let hook = Webhook { path: "/hook".into(), scheme: Scheme::Github, secret: "key".into() };
    let contract = open(&worker.engine, Manifest { webhooks: vec![hook], ..manifest() }).await;
    if let Some(key) = key {
        let mut transaction = contract.store.begin().await.expect("begins");
        secrets::set(&mut transaction, "key", 1, Zeroizing::new(key.to_vec())).await.expect("sets");
        let prepared = contract.store.prepare(transaction).await.expect("prepares");
        contract.store.commit(prepared, None).await.expect("commits");
    }
    (worker, contract)
}

async fn delivered(worker: &Worker, contract: &Contract, call: Call) -> Result<Delivery, Refusal> {
    let view = worker.view().expect("a view");
    delivery(worker, contract, &view, (0, &contract.manifest.webhooks[0]), call).await
}

#[tokio::test]
async fn a_delivery_is_the_same_one_whatever_is_not_signed_and_its_mark_is_the_workers() {
    let (worker, contract) = hooked(Some(GITHUB.0)).await;
    let one = call("POST", "/hook", github_fields(GITHUB_SIGNATURE), GITHUB.1);
    let mut fields = github_fields(GITHUB_SIGNATURE);
    fields.push((b"x-github-delivery".to_vec(), b"2".to_vec()));
    let two = Call::own(
        CallFields { request_id: RequestId([9; 16]), ..one.fields.clone() },
        "POST".into(),
        "/hook".into(),
        fields,
        GITHUB.1.to_vec(),
    );
    let (one, two) = (delivered(&worker, &contract, one).await, delivered(&worker, &contract, two).await);
    let (Ok(one), Ok(two)) = (one, two) else { panic!("both hold") };
    assert_eq!(one.call.fields.request_id, two.call.fields.request_id);
    assert_ne!(one.call.digest, two.call.digest);
    assert_eq!(one.call.headers[0], (b"adyton-webhook".to_vec(), b"/hook".to_vec()));
    let digest = webhook::delivery_digest(&worker.network, &contract.id, "/hook", b"", GITHUB.1);
    let foreseen = webhook::request_id(&worker.network, &contract.id, &digest.0);
    assert_ne!(one.call.fields.request_id, foreseen, "it takes the contract's secret");
}

#[tokio::test]
async fn the_receipt_of_an_answered_delivery_names_the_webhook_and_no_caller() {
    let (worker, contract) = hooked(Some(GITHUB.0)).await;
    let module = worker.engine.compile(&answering(), &contract.manifest).expect("it compiles");
    let (code, module) = (module.code(), Held::new(module, adyton_admission::counter()));
    let (worker, contract) = (Arc::new(worker), Arc::new(Contract { code, module, ..contract }));
    let one = call("POST", "/hook", github_fields(GITHUB_SIGNATURE), GITHUB.1);
    let Ok(Delivery { position, mut call }) = delivered(&worker, &contract, one).await else { panic!("it holds") };
    call.fields.not_after = 5000;
    let answered = answer(&worker, &contract, &call, Origin::of_delivery(position), None).await.expect("answers");
    assert_eq!((answered.status, answered.content.len()), (200, 8), "its service gets the answer");
    let receipt = SignedReceipt::from_bytes(&answered.receipt).expect("reads");
    let said = receipt.verify(&worker.network, &|_, _, _| true).expect("is whole");
    assert_eq!((said.webhook, said.caller, said.request), (Some(0), Caller::Anonymous, call.digest));
}

#[tokio::test]
async fn a_delivery_that_comes_again_gets_the_answer_that_it_got_though_nobody_named_the_call_it_comes_in() {
    let (worker, contract) = hooked(Some(GITHUB.0)).await;
    let module = worker.engine.compile(&answering(), &contract.manifest).expect("it compiles");
    let (code, module) = (module.code(), Held::new(module, adyton_admission::counter()));
    let (worker, contract) = (Arc::new(worker), Arc::new(Contract { code, module, ..contract }));
    // The worker draws such a call's name, under which nobody can have had an answer. A delivery's is another.
    let unnamed = Call { fresh: true, ..call("POST", "/hook", github_fields(GITHUB_SIGNATURE), GITHUB.1) };
    let Ok(Delivery { position, mut call }) = delivered(&worker, &contract, unnamed).await else { panic!("it holds") };
    assert!(!call.fresh);
    call.fields.not_after = 5000;
    let origin = Origin::of_delivery(position);
    let first = answer(&worker, &contract, &call, origin, None).await.expect("answers");
    // As it is for who writes something.
    let prepared = contract.store.prepare(contract.store.begin().await.expect("begins")).await.expect("prepares");
    let kept = StoredAnswer { request: call.fields.request_id, bytes: first.encode().into(), expires_unix: 5000 };
    contract.store.commit(prepared, Some(kept)).await.expect("commits");
    // With its receipt, whose salts are drawn anew for each run.
    assert_eq!(answer(&worker, &contract, &call, origin, None).await, Ok(first.clone()));
    call.fresh = true;
    let anew = answer(&worker, &contract, &call, origin, None).await.expect("answers");
    assert_ne!(anew, first, "it was not looked for");
}

#[tokio::test]
async fn a_delivery_is_refused_where_there_is_no_key_or_where_it_was_removed() {
    let (worker, contract) = hooked(None).await;
    let delivery = || call("POST", "/hook", github_fields(GITHUB_SIGNATURE), GITHUB.1);
    let missing = Some(Refusal::WebhookSecret("key".into()));
    assert_eq!(delivered(&worker, &contract, delivery()).await.err(), missing);
    let (worker, contract) = hooked(Some(GITHUB.0)).await;
    assert!(delivered(&worker, &contract, delivery()).await.is_ok());
    let mut transaction = contract.store.begin().await.expect("begins");
    secrets::remove(&mut transaction, "key", 2).await.expect("removes");
    let prepared = contract.store.prepare(transaction).await.expect("prepares");
    contract.store.commit(prepared, None).await.expect("commits");
    assert_eq!(delivered(&worker, &contract, delivery()).await.err(), missing);
}

#[tokio::test]
async fn what_is_no_post_to_the_exact_path_is_no_delivery_however_it_is_signed() {
    let (worker, contract) = hooked(Some(GITHUB.0)).await;
    for (method, path) in [("GET", "/hook"), ("PUT", "/hook"), ("POST", "/hook?x=1"), ("POST", "/hook#x")] {
        let call = call(method, path, github_fields(GITHUB_SIGNATURE), GITHUB.1);
        let refused = delivered(&worker, &contract, call).await.err();
        assert_eq!(refused, Some(Refusal::WebhookOnly), "{method} {path}");
    }
}
