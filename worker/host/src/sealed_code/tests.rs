use std::{collections::BTreeMap, time::Duration};

use adyton_client::{ContentKey, gateway::code_hash, seal_code, seal_code_key};
use adyton_engine::{Compiler, compiled_name};
use adyton_protocol::{
    ids::{AccountId, ContractId, NetworkId},
    manifest::Manifest,
    receipt::Caller,
    secret::SecretRecipient,
};
use axum::{Router, extract::Path, http::StatusCode, routing::get};
use serde_json::json;
use tokio::time::timeout;

use super::*;
use crate::{
    code::tests::{component, manifest},
    contract::tests::{OWNER, open as open_contract},
    idle::Held,
    lifecycle::{
        Life,
        tests::{NO, YES, called, guest},
    },
    road::{
        request::{Call, tests::plain},
        reserved,
    },
    stop::tests::holding,
    view::tests::CONTRACT,
    worker::Slot,
};

/// A contract whose code is sealed, as its worker has just opened it, without a key.
struct World {
    worker: Arc<Worker>,
    contract: Arc<Contract>,
    key: ContentKey,
    /// The hash of the sealed code, which the worker's source has.
    stored: CodeHash,
}

/// A source of code that has these bytes.
async fn source(all: Vec<Vec<u8>>) -> String {
    let all: Arc<BTreeMap<CodeHash, Vec<u8>>> = Arc::new(all.into_iter().map(|one| (code_hash(&one), one)).collect());
    let answer = move |Path(hash): Path<CodeHash>| {
        let found = all.get(&hash).cloned().ok_or(StatusCode::NOT_FOUND);
        async move { found }
    };
    let router = Router::new().route("/v1/code/{hash}", get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let url = format!("http://{}", listener.local_addr().expect("is bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// With this component, and a source that has other sealed code, too.
async fn world(component: &[u8]) -> World {
    let (mut worker, _chain) = holding(true, 1).await;
    let key = ContentKey::new([7; 32]);
    let sealed = seal_code(&worker.network, component, &key);
    let other = seal_code(&worker.network, b"other code", &key);
    let stored = code_hash(&sealed);
    worker.compiler = Compiler::here(Default::default());
    worker.config.local.code_sources = vec![source(vec![sealed, other]).await];
    let open = open_contract(&worker.engine, Manifest { sealed_code: true, ..manifest() }).await;
    let (module, life) = (Held::empty(counter()), Life::at(OPENING));
    let contract = Arc::new(Contract { code: code_hash(component), module, life, ..open });
    let worker = Arc::new(worker);
    worker.set_slot(CONTRACT, Some(Slot::Ready(contract.clone())));
    World { worker, contract, key, stored }
}

impl World {
    fn recipient(&self) -> SecretRecipient {
        self.contract.secrets.secret_recipient()
    }

    async fn ask(&self, method: &str, path: &str, content: Vec<u8>, caller: Caller) -> Result<Vec<u8>, Refusal> {
        let call = Call::read(&plain()).expect("reads");
        let call = Call { method: method.into(), path: path.into(), content, ..call };
        reserved::answer(&self.worker, &self.contract, &call, caller).await
    }

    /// The owner gives `key`, sealed to this recipient, for the code and its sealed bytes.
    async fn give(
        &self,
        to: &SecretRecipient,
        (code, stored): (&CodeHash, &CodeHash),
        key: &ContentKey,
    ) -> Result<Vec<u8>, Refusal> {
        let sealed = seal_code_key(to, code, stored, key).expect("seals");
        self.ask("PUT", "/.adyton/code-key", sealed.to_bytes(), Caller::Account(OWNER)).await
    }

    /// The right key.
    async fn give_own(&self) -> Result<Vec<u8>, Refusal> {
        self.give(&self.recipient(), (&self.contract.code, &self.stored), &self.key).await
    }

    /// Of which code there is a key, as the owner is told.
    async fn keys(&self) -> serde_json::Value {
        let answer = self.ask("GET", "/.adyton/code-keys", Vec::new(), Caller::Account(OWNER)).await;
        serde_json::from_slice(&answer.expect("answers")).expect("JSON")
    }

    /// Waits until the contract stands so.
    async fn until(&self, wanted: Result<(), Refusal>) {
        let stands = async {
            while self.contract.life.check() != wanted {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(30), stands).await.unwrap_or_else(|_| {
            panic!("it stands at {:?}, not at {wanted:?}", self.contract.life.check());
        });
    }
}

#[tokio::test]
async fn a_contract_answers_when_it_has_the_key_of_its_sealed_code_and_its_init_has_run() {
    let world = world(&guest(YES, NO)).await;
    assert_eq!(called(&world.worker, &world.contract).await, Err(Refusal::NotReady("opening its sealed code")));
    lifecycle::start(&world.worker, &world.contract);
    world.until(Err(Refusal::CodeKeyMissing)).await;
    assert_eq!(called(&world.worker, &world.contract).await, Err(Refusal::CodeKeyMissing));
    assert_eq!(world.keys().await, json!({ "keys": {} }));
    world.give_own().await.expect("is kept");
    assert_ne!(world.contract.life.check(), Err(Refusal::CodeKeyMissing), "it waits for the key no more");
    assert_eq!(world.keys().await, json!({ "keys": { world.contract.code.to_string(): world.stored } }));
    world.until(Ok(())).await;
    assert_eq!(called(&world.worker, &world.contract).await, Ok(200));
    // The key and the init; the call wrote nothing.
    assert_eq!(world.contract.store.head().await.expect("reads").sequence, 2);
}

#[tokio::test]
async fn code_that_was_dropped_while_nobody_called_is_opened_again_with_the_key_that_is_kept() {
    let world = world(&component()).await;
    world.give_own().await.expect("is kept");
    assert_eq!(unlock(&world.worker, &world.contract).await, Stage::Settled);
    let later = counter() + Duration::from_secs(3600);
    assert!(world.contract.module.drop_idle(later, Duration::from_secs(60)));
    let module = code::of(&world.worker, &world.contract).await.expect("is made again");
    assert_eq!(module.code(), world.contract.code);
}

#[tokio::test]
async fn nobody_but_the_owner_gives_a_key_or_is_told_of_which_code_there_is_one() {
    let world = world(&component()).await;
    let sealed = seal_code_key(&world.recipient(), &world.contract.code, &world.stored, &world.key).expect("seals");
    for other in [Caller::Anonymous, Caller::Account(AccountId([5; 32])), Caller::Account(AccountId(CONTRACT.0))] {
        let given = world.ask("PUT", "/.adyton/code-key", sealed.to_bytes(), other).await;
        assert_eq!(given, Err(Refusal::OwnerOnly), "{other:?}");
        let told = world.ask("GET", "/.adyton/code-keys", Vec::new(), other).await;
        assert_eq!(told, Err(Refusal::OwnerOnly), "{other:?}");
    }
    assert_eq!(unlock(&world.worker, &world.contract).await, Stage::Locked(Lock::NoKey));
}

#[tokio::test]
async fn a_key_that_does_not_open_the_code_is_not_kept_and_takes_the_place_of_none_that_does() {
    let world = world(&component()).await;
    let (to, own, stored) = (world.recipient(), world.contract.code, world.stored);
    let other = code_hash(&seal_code(&world.worker.network, b"other code", &world.key));
    for round in ["before", "after"] {
        let wrong = world.give(&to, (&own, &stored), &ContentKey::new([8; 32])).await;
        assert_eq!(wrong, Err(Refusal::CodeKey(CodeError::Content)), "another key, {round}");
        let swapped = world.give(&to, (&own, &other), &world.key).await;
        assert_eq!(swapped, Err(Refusal::CodeKey(CodeError::Content)), "other sealed code, {round}");
        let missing = world.give(&to, (&own, &CodeHash([9; 32])), &world.key).await;
        assert_eq!(missing, Err(Refusal::NoSealedCode(CodeHash([9; 32]).to_string())), "{round}");
        let others = SecretRecipient { contract: ContractId([9; 32]), ..to.clone() };
        let moved = world.give(&others, (&own, &stored), &world.key).await;
        assert_eq!(moved, Err(Refusal::CodeKey(CodeError::Key)), "for another contract, {round}");
        let elsewhere = SecretRecipient { network: NetworkId([9; 32]), ..to.clone() };
        let moved = world.give(&elsewhere, (&own, &stored), &world.key).await;
        assert_eq!(moved, Err(Refusal::CodeKey(CodeError::Key)), "for another network, {round}");
        let garbage = world.ask("PUT", "/.adyton/code-key", vec![1; 181], Caller::Account(OWNER)).await;
        assert_eq!(garbage, Err(Refusal::CodeKey(CodeError::Key)), "{round}");
        let cut = world.ask("PUT", "/.adyton/code-key", vec![1; 180], Caller::Account(OWNER)).await;
        assert_eq!(cut, Err(Refusal::CodeKey(CodeError::Encoding)), "{round}");
        if round == "before" {
            assert_eq!(world.keys().await, json!({ "keys": {} }));
            world.give_own().await.expect("is kept");
        }
    }
    assert_eq!(world.keys().await, json!({ "keys": { own.to_string(): stored } }));
    assert_eq!(unlock(&world.worker, &world.contract).await, Stage::Settled);
}

#[tokio::test]
async fn one_key_of_a_contract_is_tried_at_a_time() {
    let world = world(&component()).await;
    let trying = world.contract.life.trying.lock().await;
    assert_eq!(world.give_own().await, Err(Refusal::Busy));
    drop(trying);
    world.give_own().await.expect("is kept");
}

#[tokio::test]
async fn a_key_is_tried_when_the_worker_has_room_for_the_code() {
    let world = world(&component()).await;
    let all = world.worker.trying.acquire().await.expect("is open");
    let mut giving = std::pin::pin!(world.give_own());
    assert!(timeout(Duration::from_millis(300), &mut giving).await.is_err(), "it waits");
    drop(all);
    giving.await.expect("is kept");
}

#[tokio::test]
async fn the_key_of_code_that_is_not_in_force_yet_can_be_given_before() {
    let world = world(&component()).await;
    let code = code_hash(b"other code");
    let stored = code_hash(&seal_code(&world.worker.network, b"other code", &world.key));
    world.give(&world.recipient(), (&code, &stored), &world.key).await.expect("is kept");
    assert_eq!(world.keys().await, json!({ "keys": { code.to_string(): stored } }));
    assert_eq!(unlock(&world.worker, &world.contract).await, Stage::Locked(Lock::NoKey), "that is another key");
}

#[tokio::test]
async fn what_is_compiled_of_sealed_code_is_given_to_no_contract_that_only_names_its_hash() {
    let world = world(&component()).await;
    world.give_own().await.expect("is kept");
    assert_eq!(unlock(&world.worker, &world.contract).await, Stage::Settled);
    let manifest = manifest();
    // A record may have the name of another contract's compiled code in the place of its own code's hash.
    let name = compiled_name(&world.contract.code, Some(&world.contract.id));
    for hash in [&world.contract.code, &name] {
        assert!(world.worker.engine.shared(hash, &manifest).is_none());
        let code = Code { hash, manifest: &manifest, sealed: None };
        for attempt in [
            code::module(&world.worker, code, None).await.map(drop),
            code::component(&world.worker, code).await.map(drop),
        ] {
            let Err(refused) = attempt else { panic!("nobody has the component in the clear") };
            assert!(format!("{refused:#}").contains("404"), "{refused:#}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_sealed_code_is_told_its_owner_alone() {
    let world = world(b"no component").await;
    world.give_own().await.expect("it is what the owner sealed");
    assert_eq!(unlock(&world.worker, &world.contract).await, Stage::Locked(Lock::Refused));
    let lines = world.contract.logs.lock().expect("no test panics with the lock").from(0, 100);
    assert!(lines.iter().any(|line| line.message.contains("cannot be run: ")), "{} lines", lines.len());
    lifecycle::start(&world.worker, &world.contract);
    world.until(Err(Refusal::SealedCodeRefused)).await;
}

#[tokio::test]
async fn a_contract_whose_code_is_not_sealed_takes_no_key() {
    let world = world(&component()).await;
    let open = open_contract(&world.worker.engine, manifest()).await;
    let plain = World { contract: Arc::new(open), ..world };
    assert_eq!(plain.give_own().await, Err(Refusal::CodeNotSealed));
}
