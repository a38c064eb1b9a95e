//! The gateway between a fake node and a fake worker, over real connections.

use std::{net::SocketAddr, time::Duration};

use adyton_listener::Proxies;
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
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::*;
use crate::{boot, config::Config, fake_node::FakeNode};

const CONTRACT: ContractId = ContractId([7; 32]);

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

/// Serves a gateway as its program does.
async fn serve_gateway(gateway: Arc<Gateway>) -> SocketAddr {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let router = router(gateway.clone());
    tokio::spawn(async move { gateway.listener.serve(socket, router, std::future::pending()).await });
    address
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

/// What comes on `stream` until it is closed; a reset is an end, too.
async fn said(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _reset = tokio::time::timeout(Duration::from_secs(10), read).await.expect("the connection ends");
    String::from_utf8_lossy(&answer).into_owned()
}

/// What comes on `stream` up to `end`.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let read = async {
        let mut all = Vec::new();
        while !all.ends_with(end.as_bytes()) {
            all.push(stream.read_u8().await.unwrap());
        }
        String::from_utf8(all).unwrap()
    };
    tokio::time::timeout(Duration::from_secs(10), read).await.expect("it comes")
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
        rpc: format!("http://{}", fake.clone().serve().await),
        data: folder.path().into(),
        danger_allow_private_endpoints: true,
        ..Config::default()
    };
    change(&mut config);
    let gateway = serve_gateway(boot::prepare(&config).unwrap()).await;
    World { node: fake, base: format!("http://{gateway}"), http: boot::client(true).unwrap(), _folder: folder }
}

impl World {
    /// Lets the worker at `endpoint` hold the contract.
    fn lease_to(&self, endpoint: &str) {
        self.node.clear();
        let lease = LeaseRecord { number: 1, holder: WorkerId([1; 32]), since: 1, released: false };
        self.node.set(storage::leases(&CONTRACT), lease.encode());
        self.node.set(storage::workers(&WorkerId([1; 32])), worker(endpoint, 100).encode());
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.base.strip_prefix("http://").unwrap()).await.unwrap()
    }

    /// Sends the head of a request, after which `length` bytes are to come.
    async fn begin(&self, path: &str, length: usize) -> TcpStream {
        let mut stream = self.connect().await;
        let head = format!("{path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// Sends the head of a call from `address`, which says that it is for others, and of which `length` bytes are to come.
    async fn begin_for(&self, address: &str, others: &str, length: usize) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
        let gateway = self.base.strip_prefix("http://").unwrap().parse().unwrap();
        let mut stream = socket.connect(gateway).await.unwrap();
        let fields = format!("host: x\r\nx-forwarded-for: {others}\r\ncontent-length: {length}\r\nconnection: close");
        let head = format!("POST /v1/contracts/{CONTRACT}/call HTTP/1.1\r\n{fields}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// Waits until as many calls as that have a place.
    async fn await_in_flight(&self, count: usize) {
        let line = format!("adyton_gateway_in_flight {count}\n");
        let settled = async {
            while !self.send("GET", "/metrics", vec![]).await.2.as_str().unwrap().contains(&line) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), settled).await.expect("as many have a place in the end");
    }

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
    world.lease_to(&format!("http://{}", echo().await));
    let (status, headers, said) = world.send("POST", &format!("/v1/contracts/{CONTRACT}/call"), vec![1; 1000]).await;
    assert_eq!((status, &headers["content-type"]), (200, &"message/ohttp-res".parse().unwrap()));
    assert_eq!(said, json!({ "method": "POST", "path": format!("/v1/call/{CONTRACT}"), "mark": "1", "length": 1000 }));
}

#[tokio::test]
async fn a_public_call_keeps_its_method_path_query_and_receipt() {
    let world = world(|_| {}).await;
    world.lease_to(&format!("http://{}", echo().await));
    let path = format!("/v1/contracts/{CONTRACT}/public/a%20b/c?x=%2F&y");
    let (status, headers, said) = world.send("DELETE", &path, vec![]).await;
    assert_eq!((status, &headers["adyton-receipt"]), (200, &"receipt".parse().unwrap()));
    assert_eq!(said["path"], format!("/v1/public/{CONTRACT}/a%20b/c?x=%2F&y"));
    assert_eq!(said["method"], "DELETE");
}

#[tokio::test]
async fn an_answer_goes_on_as_it_comes_with_its_trailer_and_one_that_breaks_off_breaks_off() {
    let world = world(|_| {}).await;
    let worker = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.lease_to(&format!("http://{}", worker.local_addr().unwrap()));
    for whole in [true, false] {
        let mut caller = world.connect().await;
        let fields = "host: x\r\nte: trailers\r\nconnection: close";
        let head = format!("GET /v1/contracts/{CONTRACT}/public/x HTTP/1.1\r\n{fields}\r\n\r\n");
        caller.write_all(head.as_bytes()).await.unwrap();
        let (mut answer, _) = worker.accept().await.unwrap();
        let asked = until(&mut answer, "\r\n\r\n").await;
        assert!(asked.contains("te: trailers"), "{asked}");
        let fields = "transfer-encoding: chunked\r\ntrailer: adyton-receipt\r\nconnection: close";
        let begun = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n3\r\none\r\n");
        answer.write_all(begun.as_bytes()).await.unwrap();
        until(&mut caller, "3\r\none\r\n").await;
        if whole {
            answer.write_all(b"3\r\ntwo\r\n0\r\nadyton-receipt: abc\r\n\r\n").await.unwrap();
        }
        drop(answer);
        let rest = said(&mut caller).await;
        assert_eq!(rest, if whole { "3\r\ntwo\r\n0\r\nadyton-receipt: abc\r\n\r\n" } else { "" });
    }
}

#[tokio::test]
async fn the_anchor_of_a_receipt_is_asked_of_the_holder_of_the_lease() {
    let world = world(|_| {}).await;
    world.lease_to(&format!("http://{}", echo().await));
    let receipt = format!("0x{}", "1f".repeat(32));
    let path = |receipt: &str, count: &str| format!("/v1/contracts/{CONTRACT}/anchors/{receipt}/{count}");
    let (status, _, said) = world.send("GET", &path(&receipt, "7"), vec![]).await;
    assert_eq!((status, &said["path"]), (200, &json!(format!("/v1/anchors/{receipt}/7"))));
    assert_eq!(world.send("GET", &path("0x12", "7"), vec![]).await.2["code"], "not-a-hash");
    assert_eq!(world.send("GET", &path(&receipt, "-1"), vec![]).await.2["code"], "no-such-path");
}

#[tokio::test]
async fn a_disputable_contracts_history_is_asked_of_the_holder_of_the_lease() {
    let world = world(|_| {}).await;
    world.lease_to(&format!("http://{}", echo().await));
    let asked = async |path: &str| world.send("GET", &format!("/v1/contracts/{CONTRACT}/{path}"), vec![]).await;
    let (status, _, said) = asked("history?from=7").await;
    assert_eq!((status, &said["path"]), (200, &json!(format!("/v1/contracts/{CONTRACT}/history?from=7"))));
    let digest = format!("0x{}", "1f".repeat(32));
    let (status, _, said) = asked(&format!("requests/{digest}")).await;
    assert_eq!((status, &said["path"]), (200, &json!(format!("/v1/contracts/{CONTRACT}/requests/{digest}"))));
    for path in ["history", "history?from=-1", "history?from=1&x=2"] {
        assert_eq!(asked(path).await.2["code"], "no-such-path", "{path}");
    }
    assert_eq!(asked("requests/0x12").await.2["code"], "not-a-hash");
}

#[tokio::test]
async fn a_workers_evidence_is_asked_of_that_worker_whether_or_not_it_holds_a_contract() {
    let world = world(|_| {}).await;
    let id = WorkerId([5; 32]);
    let endpoint = format!("http://{}", echo().await);
    world.node.set(storage::workers(&id), worker(&endpoint, 100).encode());
    let path = |id: &str| format!("/v1/workers/{id}/evidence");
    let (status, _, said) = world.send("GET", &path(&id.to_string()), vec![]).await;
    assert_eq!((status, &said["method"], &said["path"]), (200, &json!("GET"), &json!("/v1/evidence")));
    let unknown = WorkerId([6; 32]).to_string();
    let (status, _, said) = world.send("GET", &path(&unknown), vec![]).await;
    assert_eq!((status, &said["code"]), (404, &json!("no-worker")));
    let (status, _, said) = world.send("GET", &path("0x12"), vec![]).await;
    assert_eq!((status, &said["code"]), (400, &json!("not-a-worker")));
}

#[tokio::test]
async fn the_networks_figures_are_there_for_whoever_asks() {
    let world = world(|_| {}).await;
    world.node.set(storage::pool_totals(), (5u128, 0u128, 0u128).encode());
    let (status, _, said) = world.send("GET", "/v1/network", vec![]).await;
    assert_eq!((status, &said["stake"], &said["proven"]), (200, &json!("5"), &json!(false)));
    let counted = world.send("GET", "/metrics", vec![]).await.2;
    assert!(counted.as_str().unwrap().contains("answers_total{route=\"network\",class=\"2xx\"} 1"));
}

#[tokio::test]
async fn the_address_is_remembered_and_forgotten_when_the_worker_refuses() {
    let world = world(|config| config.limits.directory_seconds = 600).await;
    world.lease_to(&format!("http://{}", echo().await));
    world.call(vec![]).await;
    world.call(vec![]).await;
    assert_eq!(world.node.asked(), 2, "lease and worker, once");
    let path = format!("/v1/contracts/{CONTRACT}/public/deny");
    assert_eq!(world.send("GET", &path, vec![]).await.0, 404);
    world.call(vec![]).await;
    assert_eq!(world.node.asked(), 4);
}

#[tokio::test]
async fn a_worker_that_cannot_be_reached_is_asked_for_again() {
    let world = world(|config| config.limits.directory_seconds = 600).await;
    world.lease_to("http://127.0.0.1:1");
    assert_eq!(world.call(vec![]).await.1["code"], "worker-unreachable");
    world.lease_to(&format!("http://{}", echo().await));
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
        world.lease_to(&endpoint);
        let (status, said) = world.call(vec![]).await;
        assert!(status == 502 && (said["code"] == "bad-endpoint" || said["code"] == "worker-unreachable"), "{said}");
    }
}

#[tokio::test]
async fn an_oversized_call_is_refused() {
    let world = world(|_| {}).await;
    world.lease_to(&format!("http://{}", echo().await));
    assert_eq!(world.call(vec![0; MAX_SEALED]).await.0, 200);
    assert_eq!(world.call(vec![0; MAX_SEALED + 1]).await.1["code"], "too-large");
}

#[tokio::test]
async fn more_calls_at_one_time_than_configured_are_told_to_come_again() {
    let world = world(|config| config.limits.calls = 1).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.lease_to(&format!("http://{}", silent.local_addr().unwrap()));
    let waiting = world.http.post(format!("{}/v1/contracts/{CONTRACT}/call", world.base)).body(vec![1]).send();
    let waiting = tokio::spawn(waiting);
    let _connection = silent.accept().await.unwrap();
    assert_eq!(world.call(vec![]).await.1["code"], "busy");
    waiting.abort();
}

#[tokio::test]
async fn more_calls_of_one_address_than_configured_are_told_to_come_again() {
    let world = world(|config| config.limits.calls_per_address = 1).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.lease_to(&format!("http://{}", silent.local_addr().unwrap()));
    let _waiting = world.begin(&format!("POST /v1/contracts/{CONTRACT}/call"), 0).await;
    let _connection = silent.accept().await.unwrap();
    let (status, said) = world.call(vec![]).await;
    assert_eq!((status, &said["code"]), (429, &json!("too-many-calls")));
}

#[tokio::test]
async fn a_call_or_upload_has_its_place_before_its_content_is_there() {
    let world = world(|config| config.limits.calls = 2).await;
    world.lease_to(&format!("http://{}", echo().await));
    let mut call = world.begin(&format!("POST /v1/contracts/{CONTRACT}/call"), 1).await;
    let upload = world.begin("PUT /v1/code", 1).await;
    world.await_in_flight(2).await;
    assert_eq!(world.call(vec![1]).await.1["code"], "busy");
    call.write_all(b"x").await.unwrap();
    drop(upload);
    world.await_in_flight(0).await;
    assert_eq!(world.call(vec![1]).await.0, 200);
}

#[tokio::test]
async fn a_call_has_its_place_until_its_answer_is_taken() {
    let world = world(|_| {}).await;
    // More than sockets hold by themselves.
    let large = async || vec![0_u8; MAX_SEALED];
    world.lease_to(&format!("http://{}", serve(Router::new().fallback(large)).await));
    let mut call = world.begin(&format!("POST /v1/contracts/{CONTRACT}/call"), 0).await;
    let mut start = [0; 12];
    call.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    world.await_in_flight(1).await;
    drop(call);
    world.await_in_flight(0).await;
}

#[tokio::test]
async fn a_component_that_is_fetched_has_its_place_until_it_is_taken() {
    let world = world(|config| config.limits.calls_per_address = 1).await;
    // More than sockets hold by themselves.
    let component = [&b"\0asm\x0d\0\x01\0"[..], &vec![0; 31 << 20]].concat();
    let (_, _, said) = world.send("PUT", "/v1/code", component).await;
    let path = format!("/v1/code/{}", said["code"].as_str().unwrap());
    let mut slow = world.begin(&format!("GET {path}"), 0).await;
    slow.read_exact(&mut [0; 12]).await.unwrap();
    world.await_in_flight(1).await;
    let (status, headers, said) = world.send("GET", &path, vec![]).await;
    assert_eq!(
        (status, &said["code"], &headers["retry-after"]),
        (429, &json!("too-many-calls"), &"1".parse().unwrap())
    );
    drop(slow);
    world.await_in_flight(0).await;
    assert_eq!(world.send("GET", &path, vec![]).await.0, 200);
}

#[tokio::test]
async fn callers_behind_a_trusted_proxy_have_shares_of_their_own_and_cannot_take_anothers() {
    let world = world(|config| {
        config.limits.calls_per_address = 1;
        config.trusted_proxies = Proxies::parse(["127.0.0.2"]).unwrap();
    })
    .await;
    world.lease_to(&format!("http://{}", echo().await));
    let _one = world.begin_for("127.0.0.2", "192.0.2.1", 1).await;
    let _other = world.begin_for("127.0.0.2", "192.0.2.1, 192.0.2.2", 1).await;
    world.await_in_flight(2).await;
    let again = said(&mut world.begin_for("127.0.0.2", "192.0.2.3, 192.0.2.1", 0).await).await;
    assert!(again.starts_with("HTTP/1.1 429"), "{again}");
    let broken = said(&mut world.begin_for("127.0.0.2", "192.0.2.3, nobody", 0).await).await;
    assert!(broken.starts_with("HTTP/1.1 400") && broken.contains("bad-forwarded"), "{broken}");
    let third = said(&mut world.begin_for("127.0.0.2", "192.0.2.3", 0).await).await;
    assert!(third.starts_with("HTTP/1.1 200"), "{third}");
}

#[tokio::test]
async fn whoever_is_no_trusted_proxy_has_one_share_whatever_they_say() {
    let world = world(|config| {
        config.limits.calls_per_address = 1;
        config.trusted_proxies = Proxies::parse(["127.0.0.2"]).unwrap();
    })
    .await;
    world.lease_to(&format!("http://{}", echo().await));
    let _one = world.begin_for("127.0.0.3", "192.0.2.1", 1).await;
    world.await_in_flight(1).await;
    let again = said(&mut world.begin_for("127.0.0.3", "192.0.2.2", 0).await).await;
    assert!(again.starts_with("HTTP/1.1 429"), "{again}");
    let proxied = said(&mut world.begin_for("127.0.0.2", "127.0.0.3", 0).await).await;
    assert!(proxied.starts_with("HTTP/1.1 429"), "the same caller, by the proxy: {proxied}");
}

#[tokio::test]
async fn a_content_that_comes_too_slowly_is_refused_and_not_blamed_on_the_worker() {
    let world = world(|config| {
        config.limits.stall_seconds = 1;
        config.limits.directory_seconds = 600;
    })
    .await;
    world.lease_to(&format!("http://{}", echo().await));
    for path in [format!("POST /v1/contracts/{CONTRACT}/call"), "PUT /v1/code".into()] {
        let answer = said(&mut world.begin(&path, 10).await).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("slow-body"), "{path}: {answer}");
    }
    world.call(vec![]).await;
    assert_eq!(world.node.asked(), 2, "the worker's address is still remembered");
}

#[tokio::test]
async fn more_connections_of_one_address_than_configured_are_closed_and_counted() {
    let world = world(|config| config.limits.connections_per_address = 2).await;
    let held = (world.connect().await, world.connect().await);
    assert_eq!(said(&mut world.connect().await).await, "");
    drop(held);
    let served = async {
        loop {
            // Until the gateway has seen the others end, this one is refused too.
            if let Ok(answer) = world.http.get(format!("{}/metrics", world.base)).send().await {
                return answer.text().await.unwrap();
            }
        }
    };
    let text = tokio::time::timeout(Duration::from_secs(10), served).await.expect("an answer");
    assert!(text.contains("adyton_gateway_connections_refused_total "), "{text}");
    assert!(!text.contains("adyton_gateway_connections_refused_total 0\n"), "{text}");
}

#[tokio::test]
async fn a_worker_that_never_answers_is_given_up() {
    let world = world(|config| config.limits.call_seconds = 1).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.lease_to(&format!("http://{}", silent.local_addr().unwrap()));
    let (status, said) = world.call(vec![1]).await;
    assert_eq!((status, &said["code"]), (504, &json!("timeout")));
}

#[tokio::test]
async fn a_redirect_by_the_worker_is_not_followed() {
    let world = world(|_| {}).await;
    let redirect = Router::new().fallback(async || (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")]));
    world.lease_to(&format!("http://{}", serve(redirect).await));
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
