//! A whole network in one process: a small chain with real proofs, a worker with real keys, seals and receipts,
//! and a gateway in between that misbehaves on request. What verifies is never faked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use adyton_chain_client::fixture::{FixtureChain, FixtureSource, GENESIS_MS};
use adyton_client::{Client, ContractId, NetworkFile, Request};
use adyton_protocol::{
    call::{
        CALL_FIELD, CHUNKED_ANSWER, CHUNKED_REQUEST, CallFields, ERROR_CONTENT_FIELD, ERROR_FIELD, Fields, OHTTP_KEY,
        OPEN_MESSAGE, RECEIPT_FIELD, RESERVED_PREFIX, request_digest, response_digest,
    },
    contract_call::Callees,
    device::{Architecture, DeviceId, DeviceRecord, DeviceRoot, Firmware, Mode as DeviceMode, WorkerDevices},
    ids::{AccountId, BlockRef, CodeHash, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    manifest::{Callers, Capability, Durability, Limits, Manifest},
    policy::{ContractPolicy, DeviceDemand},
    receipt::{Caller, ReceiptFields, SALT, SignedReceipt},
    record::{
        ContractRecord, EvidenceKind, HeadRecord, Heartbeat, LeaseRecord, MachineId, MeasurementRecord, NetworkRecord,
        RootRecord, StateHead, VerdictFacts, WorkerRecord,
    },
    scheduled::Scheduled,
    statement::Role,
    storage, streamed,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bhttp::{ControlData, Message, Mode};
use bounded_collections::BoundedVec;
use codec::Encode;
use ed25519_dalek::Signer as _;
use futures::{AsyncReadExt, AsyncWriteExt, FutureExt};
use ohttp::{
    KeyConfig, Server, SymmetricSuite,
    hpke::{Aead, Kdf, Kem},
};

pub const NETWORK: NetworkId = NetworkId([1; 32]);
pub const CONTRACT: ContractId = ContractId([2; 32]);
pub const WORKER: WorkerId = WorkerId([3; 32]);
pub const ROOT: Digest = Digest([4; 32]);
pub const MEASUREMENT: Digest = Digest([5; 32]);
pub const OPERATOR: AccountId = AccountId([6; 32]);
pub const MACHINE: MachineId = MachineId::IntelPpid([7; 16]);
pub const CODE: CodeHash = CodeHash([8; 32]);
/// Bytes of a last chunk that is empty: its length, and its tag.
const LAST_CHUNK: usize = 1 + 16;

pub type Source = Arc<FixtureSource>;

/// What the worker lies about, after it made an honest receipt's fields.
pub type Lie = fn(&mut ReceiptFields);

/// One boot of a worker.
pub struct Boot {
    server: Server,
    pub encryption: EncryptionKey,
    pub signing: ed25519_dalek::SigningKey,
}

/// What the worker does instead of its duty.
#[derive(Clone, Default)]
pub struct Manners {
    /// Alters the receipt's fields before they are signed.
    pub lie: Option<Lie>,
    /// Signs with another key than the one in the record.
    pub other_key: bool,
    /// Leaves the receipt out.
    pub no_receipt: bool,
    /// Changes the content behind the receipt's back.
    pub other_content: bool,
    /// Refuses inside the seal, with this code.
    pub refuse: Option<&'static str>,
    /// Answers like the worker's own paths, whatever the path.
    pub own_word: bool,
    /// Where the answer goes out in chunks: breaks off behind the first half of the content, with this code.
    pub break_off: Option<&'static str>,
}

/// What the gateway does instead of its duty.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Mischief {
    #[default]
    None,
    /// Flips a bit of the answer's last byte.
    Alter,
    /// Cuts the answer's last byte off.
    Cut,
    /// Cuts off the last chunk of an answer in chunks.
    CutChunk,
    /// Gives the answer of the previous call again.
    Repeat,
    /// Seals the same question to the worker itself and gives that answer.
    Swap,
    /// Answers with an HTTP error in its own words.
    Error,
    /// Answers without end.
    Endless,
    /// Answers with plain text.
    Plain,
}

pub struct World {
    pub source: Source,
    pub shared: Arc<Shared>,
    pub client: Client<Source>,
    pub network: NetworkFile,
    clock: Arc<Mutex<u64>>,
}

pub struct Shared {
    pub boot: Mutex<Boot>,
    pub manners: Mutex<Manners>,
    pub mischief: Mutex<Mischief>,
    pub previous: Mutex<Option<Vec<u8>>>,
    /// What arrived, opened.
    pub calls: Mutex<Vec<CallFields>>,
    pub acted_on: Mutex<BlockRef>,
    pub state: Mutex<(StateHead, StateHead)>,
    pub incarnation: Mutex<u64>,
    /// What the worker says about the anchor of a receipt: status and body, each once, the last one for ever.
    pub anchors: Mutex<Vec<(StatusCode, serde_json::Value)>>,
    /// For which receipt and how many anchors it was asked.
    pub asked: Mutex<Vec<(String, u32)>>,
    /// What is shown as the worker's registered evidence, and how often it was asked for.
    pub evidence: Mutex<(serde_json::Value, usize)>,
}

pub fn boot(seed: u8) -> Boot {
    let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::ChaCha20Poly1305);
    let config = KeyConfig::derive(OHTTP_KEY, Kem::X25519Sha256, vec![suite], &[seed; 32]).unwrap();
    let encryption = EncryptionKey(config.encode().unwrap()[3..35].try_into().unwrap());
    Boot {
        server: Server::new(config).unwrap(),
        encryption,
        signing: ed25519_dalek::SigningKey::from_bytes(&[seed; 32]),
    }
}

pub fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "sample".into(),
        grants: vec![Capability::Kv],
        limits: Limits { request: 100_000, ..Limits::default() },
        egress: vec![],
        extra_roots: vec![],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    }
}

pub fn contract_record() -> ContractRecord {
    ContractRecord {
        owner: AccountId([9; 32]),
        code: CODE,
        version: 1,
        manifest: manifest().encode(),
        policy: ContractPolicy::open(10),
        deployed_at: 1,
        pending: None,
        deposit: 0,
    }
}

pub fn worker_record(boot: &Boot) -> WorkerRecord {
    WorkerRecord {
        operator: OPERATOR,
        role: Role::Worker,
        signing_key: SigningKey(boot.signing.verifying_key().to_bytes()),
        encryption_key: boot.encryption,
        statement: Digest([10; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: ROOT,
            measurement: MEASUREMENT,
            profile: Digest([9; 32]),
            machine: MACHINE,
            provider: None,
            tier: 0,
            evaluation: 17,
            judged_at: 1,
            valid_until: GENESIS_MS / 1000 + 3600,
            evidence: Digest([11; 32]),
        },
        endpoint: BoundedVec::truncate_from(b"http://worker.example".to_vec()),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 50,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    }
}

pub fn lease(number: u64) -> LeaseRecord {
    LeaseRecord { number, holder: WORKER, since: 1, released: false }
}

pub fn head(sequence: u64) -> StateHead {
    StateHead { sequence, hash: Digest([sequence as u8; 32]) }
}

pub fn head_record(incarnation: u64, opening: u64, latest: u64) -> HeadRecord {
    HeadRecord { incarnation, lease: 1, boot: 1, opening: head(opening), latest: head(latest) }
}

pub fn root_record() -> RootRecord {
    RootRecord { kind: EvidenceKind::IntelTdx, certificate: BoundedVec::new(), development: true }
}

/// A contract that asks for a Hopper, and the one that its worker has shown, under a root that stands for hardware or not.
pub fn set_hopper(chain: &mut FixtureChain, development: bool) -> DeviceId {
    let device = DeviceId { root: Digest([12; 32]), serial: [13; 20] };
    let record = DeviceRecord {
        id: device,
        architecture: Architecture::Hopper,
        driver: None,
        firmware: Firmware([0; 5]),
        measurement: Digest([14; 32]),
        driver_manifest: None,
        firmware_manifest: None,
        mode: DeviceMode::SingleGpu,
        asked_at: 1,
        judged_at: 2,
        valid_until: GENESIS_MS / 1000 + 3600,
        evidence: Digest([15; 32]),
    };
    let shown = WorkerDevices { boot: 1, devices: BoundedVec::truncate_from(vec![record]) };
    let certificate = Digest([16; 32]);
    let root = DeviceRoot { device_certificate: certificate, manifest_certificate: certificate, development };
    let devices = Some(DeviceDemand { architectures: vec![Architecture::Hopper], minimum: 1 });
    let policy = ContractPolicy { devices, ..ContractPolicy::open(10) };
    chain.set(storage::contracts(&CONTRACT), ContractRecord { policy, ..contract_record() }.encode());
    chain.set(storage::devices(&WORKER), shown.encode());
    chain.set(storage::device_roots(&device.root), Scheduled::holding(root).encode());
    device
}

/// A network with one worker that holds one contract, three blocks old.
pub async fn world() -> World {
    let boot = boot(21);
    let mut chain = FixtureChain::new(4);
    let name = BoundedVec::truncate_from(b"local-development-insecure".to_vec());
    let network = NetworkRecord { id: NETWORK, name, lease_blocks: 60, staleness_blocks: 10 };
    chain.set(storage::network(), network.encode());
    chain.set(storage::contracts(&CONTRACT), contract_record().encode());
    chain.set(storage::leases(&CONTRACT), lease(1).encode());
    chain.set(storage::heads(&CONTRACT), head_record(1, 0, 5).encode());
    chain.set(storage::workers(&WORKER), worker_record(&boot).encode());
    chain.set(storage::roots(EvidenceKind::IntelTdx, &ROOT), Scheduled::holding(root_record()).encode());
    let measurement = MeasurementRecord { role: Role::Worker, profile: Digest([9; 32]), release: BoundedVec::new() };
    chain.set(storage::measurements(&MEASUREMENT), Scheduled::holding(measurement).encode());
    let checkpoint = chain.checkpoint();
    for _ in 0..3 {
        chain.seal(&[], &[]);
    }
    let acted_on = chain.head().at;
    let shared = Arc::new(Shared {
        boot: Mutex::new(boot),
        manners: Mutex::default(),
        mischief: Mutex::default(),
        previous: Mutex::default(),
        calls: Mutex::default(),
        acted_on: Mutex::new(acted_on),
        state: Mutex::new((head(6), head(7))),
        incarnation: Mutex::new(1),
        anchors: Mutex::default(),
        asked: Mutex::default(),
        evidence: Mutex::default(),
    });
    let network = NetworkFile {
        name: "local".into(),
        network_id: NETWORK,
        checkpoint,
        rpc: "http://127.0.0.1:1".into(),
        gateway: format!("http://{}", serve(shared.clone()).await),
        development: true,
        trust: "made by this test".into(),
        clock_tolerance_seconds: 60,
    };
    let source = Arc::new(FixtureSource::new(chain));
    let clock = Arc::new(Mutex::new(GENESIS_MS + 1_500));
    let client = client(&network, &source, &clock);
    World { source, shared, client, network, clock }
}

fn client(network: &NetworkFile, source: &Source, clock: &Arc<Mutex<u64>>) -> Client<Source> {
    let clock = clock.clone();
    Client::over(network.clone(), source.clone(), Box::new(move || *clock.lock().unwrap())).unwrap()
}

impl World {
    /// Changes the next block's state and makes that block.
    pub fn change(&self, change: impl FnOnce(&mut FixtureChain)) -> BlockRef {
        let mut chain = self.source.chain();
        change(&mut chain);
        chain.seal(&[], &[])
    }

    /// Moves this machine's clock.
    pub fn set_clock(&self, unix_ms: u64) {
        *self.clock.lock().unwrap() = unix_ms;
    }

    /// A client that knows nothing yet, of a network file that `change` changed.
    pub fn new_client(&self, change: impl FnOnce(&mut NetworkFile)) -> Client<Source> {
        let mut network = self.network.clone();
        change(&mut network);
        client(&network, &self.source, &self.clock)
    }

    pub fn manners(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.shared.manners.lock().unwrap());
    }

    pub fn mischief(&self, mischief: Mischief) {
        *self.shared.mischief.lock().unwrap() = mischief;
    }

    /// The worker starts again: new keys, in the record of the next block.
    pub fn restart_worker(&self, seed: u8) {
        let boot = boot(seed);
        let record = WorkerRecord { boot: 2, ..worker_record(&boot) };
        *self.shared.boot.lock().unwrap() = boot;
        let at = self.change(|chain| chain.set(storage::workers(&WORKER), record.encode()));
        *self.shared.acted_on.lock().unwrap() = at;
    }

    pub async fn call(&self) -> Result<adyton_client::VerifiedAnswer, adyton_client::Error> {
        self.client.call(&CONTRACT, &request(), None).await
    }

    /// How many calls reached the worker.
    pub fn arrived(&self) -> usize {
        self.shared.calls.lock().unwrap().len()
    }
}

pub fn request() -> Request {
    Request::post("/add?by=2", "content").unwrap().field("x-kind", "test").unwrap()
}

async fn serve(shared: Arc<Shared>) -> SocketAddr {
    let router = Router::new()
        .route("/v1/contracts/{id}/call", post(gateway))
        .route("/v1/contracts/{id}/anchors/{receipt}/{count}", get(anchor))
        .route("/v1/workers/{id}/evidence", get(evidence))
        .with_state(shared);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn anchor(
    State(shared): State<Arc<Shared>>,
    Path((_, receipt, count)): Path<(String, String, u32)>,
) -> axum::response::Response {
    shared.asked.lock().unwrap().push((receipt, count));
    let mut answers = shared.anchors.lock().unwrap();
    let (status, body) = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    (status, Json(body)).into_response()
}

async fn evidence(State(shared): State<Arc<Shared>>, Path(id): Path<WorkerId>) -> axum::response::Response {
    assert_eq!(id, WORKER);
    let mut evidence = shared.evidence.lock().unwrap();
    evidence.1 += 1;
    Json(evidence.0.clone()).into_response()
}

async fn gateway(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> axum::response::Response {
    let in_chunks = headers["content-type"] == CHUNKED_REQUEST;
    let in_the_open = headers["content-type"] == OPEN_MESSAGE;
    let kind = match (in_chunks, in_the_open) {
        (true, _) => CHUNKED_ANSWER,
        (false, true) => OPEN_MESSAGE,
        (false, false) => "message/ohttp-res",
    };
    let sealed = |bytes: Vec<u8>| ([("content-type", kind)], bytes).into_response();
    let mischief = *shared.mischief.lock().unwrap();
    let mut answer = match mischief {
        Mischief::Error => {
            return (StatusCode::SERVICE_UNAVAILABLE, "{\"code\":\"busy\",\"message\":\"come\\u0007 again\"}")
                .into_response();
        }
        Mischief::Plain => return "the answer is 42".into_response(),
        Mischief::Endless => return sealed(vec![0; adyton_protocol::call::MAX_SEALED + 1]),
        Mischief::Swap => swapped(&shared, &body),
        Mischief::None | Mischief::Alter | Mischief::Cut | Mischief::CutChunk | Mischief::Repeat if in_chunks => {
            shared.answer_in_chunks(&body)
        }
        Mischief::None | Mischief::Alter | Mischief::Cut | Mischief::CutChunk | Mischief::Repeat if in_the_open => {
            Some(shared.answer_in_the_open(&body))
        }
        Mischief::None | Mischief::Alter | Mischief::Cut | Mischief::CutChunk | Mischief::Repeat => {
            shared.answer(&body)
        }
    };
    let honest = answer.clone();
    match mischief {
        Mischief::Alter => *answer.as_mut().unwrap().last_mut().unwrap() ^= 1,
        Mischief::Cut => drop(answer.as_mut().unwrap().pop()),
        Mischief::CutChunk => {
            let answer = answer.as_mut().unwrap();
            answer.truncate(answer.len() - LAST_CHUNK);
        }
        Mischief::Repeat => answer = shared.previous.lock().unwrap().clone(),
        Mischief::None | Mischief::Swap | Mischief::Error | Mischief::Endless | Mischief::Plain => {}
    }
    *shared.previous.lock().unwrap() = honest;
    match answer {
        Some(answer) => sealed(answer),
        None => (StatusCode::BAD_REQUEST, "{\"code\":\"sealed\",\"message\":\"does not open\"}").into_response(),
    }
}

/// The gateway asks a question of its own and gives that answer to somebody else.
fn swapped(shared: &Shared, body: &[u8]) -> Option<Vec<u8>> {
    let boot = shared.boot.lock().unwrap();
    let (plain, _) = boot.server.decapsulate(body).ok()?;
    let config = boot.server.config().encode().unwrap();
    drop(boot);
    // It cannot know the plaintext; that it does here makes the test harder to pass.
    let (sealed, _) = ohttp::ClientRequest::from_encoded_config(&config).unwrap().encapsulate(&plain).unwrap();
    shared.answer(&sealed)
}

impl Shared {
    /// What a worker does with a sealed call; none if it does not open.
    pub fn answer(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let boot = self.boot.lock().unwrap();
        let manners = self.manners.lock().unwrap().clone();
        let (plain, response) = boot.server.decapsulate(sealed).ok()?;
        let message = self.message(&boot, &manners, &plain);
        let mut bytes = Vec::new();
        message.write_bhttp(Mode::KnownLength, &mut bytes).unwrap();
        Some(response.encapsulate(&bytes).unwrap())
    }

    /// The same with one that is not sealed.
    fn answer_in_the_open(&self, plain: &[u8]) -> Vec<u8> {
        let boot = self.boot.lock().unwrap();
        let manners = self.manners.lock().unwrap().clone();
        let mut bytes = Vec::new();
        self.message(&boot, &manners, plain).write_bhttp(Mode::KnownLength, &mut bytes).unwrap();
        bytes
    }

    /// The same with one that is sealed in chunks.
    fn answer_in_chunks(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let boot = self.boot.lock().unwrap();
        let manners = self.manners.lock().unwrap().clone();
        let (mut plain, mut answer) = (Vec::new(), Vec::new());
        let mut request = boot.server.clone().decapsulate_stream(sealed);
        request.read_to_end(&mut plain).now_or_never()?.ok()?;
        let message = self.message(&boot, &manners, &plain);
        let mut writer = request.response(&mut answer).unwrap();
        for piece in pieces(&message, manners.break_off) {
            writer.write_all(&piece).now_or_never().unwrap().unwrap();
        }
        writer.close().now_or_never().unwrap().unwrap();
        drop(writer);
        Some(answer)
    }

    fn message(&self, boot: &Boot, manners: &Manners, plain: &[u8]) -> Message {
        let question = Message::read_bhttp(&mut std::io::Cursor::new(plain)).unwrap();
        let call = CallFields::from_bytes(&hex::decode(question.header().get(CALL_FIELD.as_bytes()).unwrap()).unwrap())
            .unwrap();
        self.calls.lock().unwrap().push(call.clone());
        match manners.refuse {
            Some(code) => refusal(code),
            None if manners.own_word => response_message(&Fields::new(), b"own word"),
            None => self.contract_answer(boot, manners, &question, &call),
        }
    }

    fn contract_answer(&self, boot: &Boot, manners: &Manners, question: &Message, call: &CallFields) -> Message {
        let fields: Fields = vec![(b"content-type".to_vec(), b"text/plain".to_vec())];
        let content = [b"echo: ", question.content()].concat();
        let receipt = self.receipt(boot, manners, question, call, &fields, &content);
        let content = if manners.other_content { b"echo: another".to_vec() } else { content };
        let mut message = response_message(&fields, &content);
        if !manners.no_receipt {
            message.put_trailer(RECEIPT_FIELD, URL_SAFE_NO_PAD.encode(receipt.to_bytes()));
        }
        message
    }

    fn receipt(
        &self,
        boot: &Boot,
        manners: &Manners,
        question: &Message,
        call: &CallFields,
        fields: &Fields,
        content: &[u8],
    ) -> SignedReceipt {
        let ControlData::Request { method, path, .. } = question.control() else { panic!("a request") };
        let visible = |name: &[u8]| !name.starts_with(RESERVED_PREFIX.as_bytes());
        let asked: Fields = question
            .header()
            .fields()
            .iter()
            .filter(|field| visible(field.name()))
            .map(|field| (field.name().to_vec(), field.value().to_vec()))
            .collect();
        let request =
            request_digest(&call.network, &call.contract, &call.request_id, method, path, &asked, question.content());
        let (before, after) = *self.state.lock().unwrap();
        let other = ed25519_dalek::SigningKey::from_bytes(&[99; 32]);
        let key = if manners.other_key { &other } else { &boot.signing };
        let mut receipt = ReceiptFields {
            network: call.network,
            contract: call.contract,
            code: CODE,
            version: 1,
            manifest: manifest().digest(),
            lease: call.lease,
            incarnation: *self.incarnation.lock().unwrap(),
            worker: SigningKey(key.verifying_key().to_bytes()),
            block: *self.acted_on.lock().unwrap(),
            request_id: call.request_id,
            request,
            response: response_digest(&call.network, &request, 200, fields, content),
            before,
            after,
            fuel: 1,
            cost_table: Digest([12; 32]),
            bytes_in: question.content().len() as u64,
            bytes_out: content.len() as u64,
            egress: vec![],
            caller: call.caller.as_ref().map_or(Caller::Anonymous, |caller| Caller::Account(caller.account)),
            durability: Durability::Durable,
            report: None,
            earlier: None,
            schedule: None,
            transition: None,
            webhook: None,
            message: None,
        };
        if let Some(lie) = manners.lie {
            lie(&mut receipt);
        }
        SignedReceipt::sign(&receipt, || [1; SALT], |message| key.sign(message).to_bytes())
    }
}

/// A message in pieces: its head, the halves of its content, and its end, which may have a code in the receipt's place.
fn pieces(message: &Message, break_off: Option<&str>) -> Vec<Vec<u8>> {
    let ControlData::Response(status) = message.control() else { panic!("a response") };
    let fields =
        message.header().fields().iter().map(|field| (field.name().to_vec(), field.value().to_vec())).collect();
    let (first, second) = message.content().split_at(message.content().len() / 2);
    let mut pieces = vec![streamed::head(status.code(), &fields), streamed::content(first)];
    match break_off {
        Some(code) => {
            let content = URL_SAFE_NO_PAD.encode(words(code));
            let trailer = [(ERROR_FIELD, code.as_bytes()), (ERROR_CONTENT_FIELD, content.as_bytes())];
            pieces.push(streamed::end(&trailer));
        }
        None => {
            let receipt = message.trailer().get(RECEIPT_FIELD.as_bytes());
            let trailer: Vec<_> = receipt.map(|receipt| (RECEIPT_FIELD, receipt)).into_iter().collect();
            pieces.extend([streamed::content(second), streamed::end(&trailer)]);
        }
    }
    pieces
}

fn response_message(fields: &Fields, content: &[u8]) -> Message {
    let mut message = Message::response(bhttp::StatusCode::OK);
    for (name, value) in fields {
        message.put_header(name.clone(), value.clone());
    }
    message.write_content(content);
    message
}

fn refusal(code: &str) -> Message {
    let mut message = Message::response(bhttp::StatusCode::try_from(421u16).unwrap());
    message.put_header(ERROR_FIELD, code);
    message.write_content(words(code));
    message
}

fn words(code: &str) -> String {
    format!("{{\"code\":\"{code}\",\"message\":\"because\"}}")
}
