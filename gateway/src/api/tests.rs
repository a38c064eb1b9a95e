//! The gateway between a fake node and a fake worker, over real connections.

use std::{
    net::SocketAddr,
    sync::{Mutex, atomic::AtomicU64},
};

use adyton_protocol::{
    call::MAX_SEALED,
    ids::{AccountId, BlockNumber, Digest, EncryptionKey, SigningKey, WorkerId},
    record::{EvidenceKind, Heartbeat, LeaseRecord, MachineId, VerdictFacts, WorkerRecord},
    statement::Role,
    storage,
};
use axum::http::HeaderMap;
use bounded_collections::BoundedVec;
use codec::Encode;
use http_body_util::BodyExt;

use super::*;
use crate::{boot, config::Config};

const CONTRACT: ContractId = ContractId([7; 32]);

/// A node that knows one value for each key, and how often it was asked.
#[derive(Default)]
struct FakeNode {
    values: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
    asked: AtomicU64,
}

impl FakeNode {
    fn set(&self, key: Vec<u8>, value: Vec<u8>) {
        self.values.lock().unwrap().push((key, value));
    }

    fn lease_to(&self, endpoint: &str) {
        self.values.lock().unwrap().clear();
        let lease = LeaseRecord { number: 1, holder: WorkerId([1; 32]), since: 1, released: false };
        self.set(storage::leases(&CONTRACT), lease.encode());
        self.set(storage::workers(&WorkerId([1; 32])), worker(endpoint, 100).encode());
    }
}

fn worker(endpoint: &str, active_until: BlockNumber) -> WorkerRecord {
    WorkerRecord {
        operator: AccountId([1; 32]),
        role: Role::Worker,
        signing_key: SigningKey([2; 32]),
        encryption_key: EncryptionKey([3; 32]),
        statement: Digest([4; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: Digest([5; 32]),
            measurement: Digest([6; 32]),
            profile: Digest([9; 32]),
            machine: MachineId::None,
            provider: None,
            tier: 0,
            evaluation: 1,
            judged_at: 1,
            valid_until: 1000,
            evidence: Digest([8; 32]),
        },
        endpoint: BoundedVec::truncate_from(endpoint.as_bytes().to_vec()),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn node(node: Arc<FakeNode>) -> SocketAddr {
    let answer = async |State(node): State<Arc<FakeNode>>, Json(request): Json<serde_json::Value>| {
        node.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(request["method"], "state_getStorage");
        let key = hex::decode(request["params"][0].as_str().unwrap().trim_start_matches("0x")).unwrap();
        let values = node.values.lock().unwrap();
        let found =
            values.iter().find(|(known, _)| *known == key).map(|(_, value)| format!("0x{}", hex::encode(value)));
        Json(json!({ "jsonrpc": "2.0", "id": 1, "result": found }))
    };
    serve(Router::new().fallback(answer).with_state(node)).await
}

/// A worker that says back what it got: method, path, a field, and the body's length; under `/deny` it refuses.
async fn echo() -> SocketAddr {
    let answer = async |request: Request| {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let mark = parts.headers.get("x-mark").map(|value| value.to_str().unwrap().to_owned());
        let said = json!({ "method": parts.method.as_str(), "path": parts.uri.to_string(), "mark": mark, "length": body.len() });
        let status = if parts.uri.path().contains("/deny") { StatusCode::NOT_FOUND } else { StatusCode::OK };
        (status, [("adyton-receipt", "receipt"), ("content-type", "message/ohttp-res")], said.to_string())
    };
    serve(Router::new().fallback(answer)).await
}

struct World {
    node: Arc<FakeNode>,
    base: String,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

async fn world(change: impl FnOnce(&mut Config)) -> World {
    let fake = Arc::new(FakeNode::default());
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        rpc: format!("http://{}", node(fake.clone()).await),
        data: folder.path().into(),
        danger_allow_private_endpoints: true,
        ..Config::default()
    };
    change(&mut config);
    let gateway = serve(boot::prepare(&config).unwrap()).await;
    World { node: fake, base: format!("http://{gateway}"), http: boot::client(true).unwrap(), _folder: folder }
}

impl World {
    async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> (u16, HeaderMap, serde_json::Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.base)).header("x-mark", "1").body(body);
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.unwrap();
        (status, headers, serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body))))
    }

    async fn call(&self, body: Vec<u8>) -> (u16, serde_json::Value) {
        let (status, _, said) = self.send("POST", &format!("/v1/contracts/{CONTRACT}/call"), body).await;
        (status, said)
    }
}

#[tokio::test]
async fn a_sealed_call_reaches_the_holder_of_the_lease_and_its_answer_comes_back() {
    let world = world(|_| {}).await;
    world.node.lease_to(&format!("http://{}", echo().await));
    let (status, headers, said) = world.send("POST", &format!("/v1/contracts/{CONTRACT}/call"), vec![1; 1000]).await;
    assert_eq!((status, &headers["content-type"]), (200, &"message/ohttp-res".parse().unwrap()));
    assert_eq!(said, json!({ "method": "POST", "path": format!("/v1/call/{CONTRACT}"), "mark": "1", "length": 1000 }));
}

#[tokio::test]
async fn a_public_call_keeps_its_method_path_query_and_receipt() {
    let world = world(|_| {}).await;
    world.node.lease_to(&format!("http://{}", echo().await));
    let path = format!("/v1/contracts/{CONTRACT}/public/a%20b/c?x=%2F&y");
    let (status, headers, said) = world.send("DELETE", &path, vec![]).await;
    assert_eq!((status, &headers["adyton-receipt"]), (200, &"receipt".parse().unwrap()));
    assert_eq!(said["path"], format!("/v1/public/{CONTRACT}/a%20b/c?x=%2F&y"));
    assert_eq!(said["method"], "DELETE");
}

#[tokio::test]
async fn the_anchor_of_a_receipt_is_asked_of_the_holder_of_the_lease() {
    let world = world(|_| {}).await;
    world.node.lease_to(&format!("http://{}", echo().await));
    let receipt = format!("0x{}", "1f".repeat(32));
    let path = |receipt: &str, count: &str| format!("/v1/contracts/{CONTRACT}/anchors/{receipt}/{count}");
    let (status, _, said) = world.send("GET", &path(&receipt, "7"), vec![]).await;
    assert_eq!((status, &said["path"]), (200, &json!(format!("/v1/anchors/{receipt}/7"))));
    assert_eq!(world.send("GET", &path("0x12", "7"), vec![]).await.2["code"], "not-a-hash");
    assert_eq!(world.send("GET", &path(&receipt, "-1"), vec![]).await.2["code"], "no-such-path");
}

#[tokio::test]
async fn the_address_is_remembered_and_forgotten_when_the_worker_refuses() {
    let world = world(|config| config.limits.directory_seconds = 600).await;
    world.node.lease_to(&format!("http://{}", echo().await));
    world.call(vec![]).await;
    world.call(vec![]).await;
    assert_eq!(world.node.asked.load(std::sync::atomic::Ordering::Relaxed), 2, "lease and worker, once");
    let path = format!("/v1/contracts/{CONTRACT}/public/deny");
    assert_eq!(world.send("GET", &path, vec![]).await.0, 404);
    world.call(vec![]).await;
    assert_eq!(world.node.asked.load(std::sync::atomic::Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_worker_that_cannot_be_reached_is_asked_for_again() {
    let world = world(|config| config.limits.directory_seconds = 600).await;
    world.node.lease_to("http://127.0.0.1:1");
    assert_eq!(world.call(vec![]).await.1["code"], "worker-unreachable");
    world.node.lease_to(&format!("http://{}", echo().await));
    assert_eq!(world.call(vec![]).await.0, 200);
}

#[tokio::test]
async fn a_contract_that_nobody_holds_or_that_is_not_there_is_said_so() {
    let world = world(|config| config.limits.directory_seconds = 0).await;
    assert_eq!(
        world.call(vec![]).await,
        (404, json!({ "code": "no-contract", "message": Refusal::NoContract.to_string() }))
    );
    world.node.set(storage::contracts(&CONTRACT), vec![0]);
    let (status, said) = world.call(vec![]).await;
    assert_eq!((status, &said["code"]), (503, &json!("not-leased")));
    let (status, _, said) = world.send("GET", &format!("/v1/contracts/{CONTRACT}"), vec![]).await;
    assert_eq!((status, &said["status"]), (200, &json!("pending")));
}

#[tokio::test]
async fn a_text_that_is_no_contract_is_refused() {
    let world = world(|_| {}).await;
    assert_eq!(world.send("POST", "/v1/contracts/0x12/call", vec![]).await.2["code"], "not-a-contract");
    assert_eq!(world.send("GET", "/nowhere", vec![]).await.2["code"], "no-such-path");
}

#[tokio::test]
async fn a_worker_at_a_private_address_is_not_relayed_to_unless_allowed() {
    let world = world(|config| config.danger_allow_private_endpoints = false).await;
    // The node itself is the operator's own choice.
    for endpoint in [format!("http://{}", echo().await), "http://localhost:1".into()] {
        world.node.lease_to(&endpoint);
        let (status, said) = world.call(vec![]).await;
        assert!(status == 502 && (said["code"] == "bad-endpoint" || said["code"] == "worker-unreachable"), "{said}");
    }
}

#[tokio::test]
async fn an_oversized_call_is_refused() {
    let world = world(|_| {}).await;
    world.node.lease_to(&format!("http://{}", echo().await));
    assert_eq!(world.call(vec![0; MAX_SEALED]).await.0, 200);
    assert_eq!(world.call(vec![0; MAX_SEALED + 1]).await.1["code"], "too-large");
}

#[tokio::test]
async fn more_calls_at_one_time_than_configured_are_told_to_come_again() {
    let world = world(|config| config.limits.calls = 1).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.node.lease_to(&format!("http://{}", silent.local_addr().unwrap()));
    let waiting = world.http.post(format!("{}/v1/contracts/{CONTRACT}/call", world.base)).body(vec![1]).send();
    let waiting = tokio::spawn(waiting);
    let _connection = silent.accept().await.unwrap();
    assert_eq!(world.call(vec![]).await.1["code"], "busy");
    waiting.abort();
}

#[tokio::test]
async fn a_worker_that_never_answers_is_given_up() {
    let world = world(|config| config.limits.call_seconds = 1).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.node.lease_to(&format!("http://{}", silent.local_addr().unwrap()));
    let (status, said) = world.call(vec![1]).await;
    assert_eq!((status, &said["code"]), (504, &json!("timeout")));
}

#[tokio::test]
async fn a_redirect_by_the_worker_is_not_followed() {
    let world = world(|_| {}).await;
    let redirect = Router::new().fallback(async || (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")]));
    world.node.lease_to(&format!("http://{}", serve(redirect).await));
    assert_eq!(world.call(vec![]).await.0, 302);
}

#[tokio::test]
async fn without_its_node_the_gateway_says_so() {
    let world = world(|config| config.rpc = "http://127.0.0.1:1".into()).await;
    assert_eq!(world.call(vec![]).await.1["code"], "no-chain");
}

#[tokio::test]
async fn a_component_is_stored_and_served_by_its_hash() {
    let world = world(|_| {}).await;
    let component = b"\0asm\x0d\0\x01\0rest".to_vec();
    let (status, _, said) = world.send("PUT", "/v1/code", component.clone()).await;
    assert_eq!(status, 201);
    let hash = said["code"].as_str().unwrap();
    let answer = world.http.get(format!("{}/v1/code/{hash}", world.base)).send().await.unwrap();
    assert_eq!(answer.content_length(), Some(component.len() as u64));
    assert_eq!(answer.bytes().await.unwrap(), component);
    assert_eq!(world.send("GET", &format!("/v1/code/0x{}", "00".repeat(32)), vec![]).await.2["code"], "no-code");
    assert_eq!(world.send("GET", "/v1/code/zz", vec![]).await.2["code"], "not-a-hash");
    assert_eq!(world.send("PUT", "/v1/code", b"text".to_vec()).await.2["code"], "not-a-component");
}

#[tokio::test]
async fn health_and_metrics_answer() {
    let world = world(|_| {}).await;
    assert_eq!(world.send("GET", "/health", vec![]).await.2["status"], "ok");
    world.send("GET", "/v1/code/zz", vec![]).await;
    let text = world.send("GET", "/metrics", vec![]).await.2;
    assert!(text.as_str().unwrap().contains("adyton_gateway_answers_total{route=\"get_code\",class=\"4xx\"} 1"));
}
