//! One keyholder and its workers in one process, over real HTTP: real-format evidence under a development root,
//! the real judge, decision, share file and worker's side. Only the chain is a test's: facts as a light verifier
//! would give them.

use adyton_attestation::{
    AcceptedMeasurements, EvidenceKind as VerifiersKind, IntelPolicy, ListFloors, MachineId as Machine, Policy, Roots,
    authority_of, verify_collateral, verify_tdx,
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Role as DeviceRole};
use adyton_keyholder::{
    api::{ChainUnavailable, ChainView, Phase, Releaser, Shared, router},
    decision::{Facts, Keyholder, Limits},
    judge::Judge,
    remembered::Remembered,
    share_store::{HeldShare, ShareStore},
};
use adyton_keys::{ContractSecrets, KeysError, Scheme, client, error::AskError};
use adyton_protocol::{
    configuration,
    ids::{AccountId, BlockHash, BlockRef, CodeHash, ContractId, Digest, NetworkId, SigningKey, WorkerId},
    key_label::{KeyEpoch, Purpose},
    policy::ContractPolicy,
    record::{
        CommitteeRecord, ContractRecord, EvidenceKind, Heartbeat, LeaseRecord, MachineId, MeasurementRecord,
        NetworkRecord, ReleaseRecord, RootRecord, ValidityFacts, VerdictFacts, WorkerRecord,
    },
    statement::{AttestedStatement, Role},
};
use adyton_threshold::{
    deal_insecure_single,
    release::{MAX_REQUEST, RecipientSecret, ReleaseRequest},
};
use async_trait::async_trait;
use codec::Encode;
use rand_core::OsRng;
use std::sync::{Arc, Mutex};

const NETWORK: NetworkId = NetworkId([1; 32]);
const KEYHOLDER: WorkerId = WorkerId([2; 32]);
const NOW: u64 = 1_800_000_000;
const EPOCH: KeyEpoch = 4;

/// What a test can change about the chain.
#[derive(Clone)]
struct Chain {
    worker: WorkerRecord,
    holder: WorkerId,
    epoch_in_force: KeyEpoch,
    epoch_asked: KeyEpoch,
    ordinal: u32,
    group: Vec<u8>,
    fresh: bool,
    lists: ListFloors,
}

/// The chain as the keyholder sees it.
struct Seen(Mutex<Chain>);

#[async_trait]
impl ChainView for Seen {
    async fn facts(&self, _: &WorkerId, _: &ContractId) -> Result<Facts, ChainUnavailable> {
        let chain = self.0.lock().unwrap().clone();
        let own = WorkerRecord { role: Role::Keyholder, signing_key: SigningKey([20; 32]), ..chain.worker.clone() };
        Ok(Facts {
            fresh: chain.fresh,
            block: 100,
            network: NetworkRecord {
                id: NETWORK,
                name: b"test-insecure".to_vec().try_into().unwrap(),
                lease_blocks: 50,
                staleness_blocks: 5,
            },
            frozen: false,
            keyholder: Some((own, validity(Role::Keyholder))),
            committee: Some(CommitteeRecord {
                epoch: chain.epoch_in_force,
                threshold: 1,
                keyholders: vec![KEYHOLDER].try_into().unwrap(),
                group: chain.group.try_into().unwrap(),
            }),
            worker: Some((chain.worker, validity(Role::Worker))),
            devices: Default::default(),
            lists: chain.lists,
            contract: Some(ContractRecord {
                owner: AccountId([3; 32]),
                code: CodeHash([3; 32]),
                version: 1,
                manifest: Vec::new(),
                policy: ContractPolicy::open(10),
                deployed_at: 1,
                pending: None,
                deposit: 0,
            }),
            lease: Some(LeaseRecord { number: 7, holder: chain.holder, since: 90, released: false }),
            release: Some(ReleaseRecord {
                lease: 7,
                boot: 1,
                epoch: chain.epoch_asked,
                requested_at: 95,
                ordinal: chain.ordinal,
            }),
        })
    }
}

fn validity(role: Role) -> ValidityFacts {
    ValidityFacts {
        now: NOW,
        root: Some(RootRecord { kind: EvidenceKind::IntelTdx, certificate: Default::default(), development: true }),
        measurement: Some(MeasurementRecord { role, profile: Digest([9; 32]), release: Default::default() }),
        judged_since: NOW - 11,
        evaluation_floor: EVALUATION_NUMBER,
        unidentified_allowed: false,
        machine_denied: false,
        provider_denied: false,
        operator_denied: false,
    }
}

/// A worker's boot: keys, statement, evidence, and what the chain's own verification made of them.
struct Worker {
    secret: RecipientSecret,
    statement: AttestedStatement,
    evidence: Vec<u8>,
    collateral: Vec<u8>,
    record: WorkerRecord,
}

impl Worker {
    fn boot(root: &DevelopmentRoot, seed: u8) -> Self {
        let secret = RecipientSecret::derive(&[seed; 32]);
        let statement = AttestedStatement {
            network: NETWORK,
            worker: WorkerId([seed; 32]),
            operator: AccountId([3; 32]),
            role: Role::Worker,
            signing_key: SigningKey([seed; 32]),
            encryption_key: secret.public(),
            config: configuration::digest(&NETWORK, &BlockHash([4; 32]), &Digest([9; 32])),
            recent: BlockRef { number: 80, hash: BlockHash([8; 32]) },
        };
        let evidence = root.device(DeviceRole::new("worker").unwrap()).quote(statement.report_data());
        let collateral = root.collateral(NOW - 60);
        let record = record(root, &statement, &evidence, &collateral);
        Self { secret, statement, evidence, collateral: collateral.encode(), record }
    }

    fn request(&self, contract: u8, epoch: KeyEpoch) -> ReleaseRequest {
        ReleaseRequest {
            contract: ContractId([contract; 32]),
            epoch,
            purposes: Purpose::ALL.to_vec(),
            requested_at: 95,
            statement: self.statement.clone(),
            evidence: self.evidence.clone(),
            collateral: self.collateral.clone(),
        }
    }
}

/// What the chain's runtime would have recorded.
fn record(
    root: &DevelopmentRoot,
    statement: &AttestedStatement,
    evidence: &[u8],
    collateral: &adyton_attestation::Collateral,
) -> WorkerRecord {
    let checked = verify_collateral(collateral, &root.root(), NOW).unwrap();
    let verdict = verify_tdx(evidence, &checked, &root.root(), &IntelPolicy::strict(EVALUATION_NUMBER), NOW).unwrap();
    let facts = verdict.bind(&statement.report_data()).unwrap().into_facts();
    let machine = match facts.machine {
        Some(Machine::IntelPpid(ppid)) => MachineId::IntelPpid(ppid),
        _ => MachineId::None,
    };
    WorkerRecord {
        operator: statement.operator,
        role: Role::Worker,
        signing_key: statement.signing_key,
        encryption_key: statement.encryption_key,
        statement: statement.digest(),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: Digest(facts.root.0),
            measurement: Digest(facts.measurement_id),
            profile: Digest([9; 32]),
            machine,
            provider: None,
            tier: 0,
            evaluation: facts.evaluation_number,
            judged_at: NOW - 10,
            valid_until: facts.valid_until,
            evidence: Digest(facts.evidence_id),
        },
        endpoint: Default::default(),
        boot: 1,
        registered_at: 85,
        opted_in: true,
        active_until: 120,
        heartbeat: Heartbeat { nonce: [9; 32], block: 90 },
    }
}

/// Judges TDX evidence under the root that is trusted.
fn judge(trusted: &DevelopmentRoot) -> Judge {
    Judge {
        policy: Policy {
            kinds: vec![VerifiersKind::IntelTdx],
            roots: Roots { intel: vec![trusted.root()], ..Roots::default() },
            measurements: AcceptedMeasurements::Any,
            intel: IntelPolicy::strict(EVALUATION_NUMBER),
            ..Policy::default()
        },
    }
}

/// A keyholder that listens, and the chain it sees.
struct Running {
    url: String,
    chain: Arc<Seen>,
    group: adyton_threshold::GroupPublic,
    _folder: Arc<tempfile::TempDir>,
}

fn store(folder: &tempfile::TempDir) -> ShareStore {
    ShareStore::new(folder.path().join("share"), Digest([5; 32]), &[5; 32])
}

async fn listen(shared: Shared) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(shared)).await.unwrap() });
    url
}

/// Starts a keyholder with the share that is sealed in `folder`.
async fn start(folder: Arc<tempfile::TempDir>, trusted: &DevelopmentRoot, worker: &Worker) -> Running {
    let held = store(&folder).open().unwrap().expect("a share is sealed in the folder");
    let group = held.group().clone();
    let chain = Arc::new(Seen(Mutex::new(Chain {
        worker: worker.record.clone(),
        holder: worker.statement.worker,
        epoch_in_force: EPOCH,
        epoch_asked: EPOCH,
        ordinal: 1,
        group: group.to_bytes(),
        fresh: true,
        lists: ListFloors::default(),
    })));
    let shared = Shared::new();
    shared.serve(Releaser {
        keyholder: Keyholder {
            genesis: BlockHash([4; 32]),
            network: NETWORK,
            id: KEYHOLDER,
            signing_key: SigningKey([20; 32]),
            group: group.clone(),
            member: 0,
        },
        held,
        judge: judge(trusted),
        remembered: Remembered::default(),
        limits: Limits { older_epochs: 1, contracts_per_worker: 3 },
        chain: chain.clone(),
    });
    Running { url: listen(shared).await, chain, group, _folder: folder }
}

fn folder_with_share() -> Arc<tempfile::TempDir> {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let (group, share) = deal_insecure_single(&mut OsRng);
    store(&folder).create(&HeldShare::new(group, share).unwrap()).unwrap();
    folder
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

impl Running {
    async fn obtain(&self, worker: &Worker, request: &ReleaseRequest) -> Result<ContractSecrets, KeysError> {
        let committee = [client::Endpoint { keyholder: KEYHOLDER, url: self.url.clone() }];
        client::obtain(&http(), &committee, self.group.clone(), request, &worker.secret).await
    }

    /// The code of the refusal that `request` meets.
    async fn refusal(&self, worker: &Worker, request: &ReleaseRequest) -> String {
        match self.obtain(worker, request).await.unwrap_err() {
            KeysError::TooFew { mut failures, .. } => match failures.remove(0).1 {
                AskError::Refused { code, .. } => code,
                other => panic!("not refused: {other}"),
            },
            other => panic!("not refused: {other}"),
        }
    }
}

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([1; 32])
}

#[tokio::test]
async fn a_worker_gets_its_contracts_keys_and_gets_the_same_after_both_sides_restarted() {
    let (root, folder) = (root(), folder_with_share());
    let first_boot = Worker::boot(&root, 30);
    let keyholder = start(folder.clone(), &root, &first_boot).await;
    let first = keyholder.obtain(&first_boot, &first_boot.request(50, EPOCH)).await.unwrap();

    let second_boot = Worker::boot(&root, 31);
    let restarted = start(folder, &root, &second_boot).await;
    let second = restarted.obtain(&second_boot, &second_boot.request(50, EPOCH)).await.unwrap();
    assert_eq!(first.state_key(), second.state_key());
    assert_eq!(first.secret_recipient(), second.secret_recipient());
    assert_eq!(
        first.named_secret(Scheme::Secp256k1, "key").unwrap(),
        second.named_secret(Scheme::Secp256k1, "key").unwrap()
    );
}

#[tokio::test]
async fn a_worker_that_is_known_is_answered_the_same_and_refused_for_a_changed_byte_as_before() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let first = keyholder.obtain(&worker, &worker.request(50, EPOCH)).await.unwrap();
    let request = worker.request(50, EPOCH);
    for index in (0..request.evidence.len()).step_by(97) {
        let mut changed = request.clone();
        changed.evidence[index] ^= 1;
        assert_eq!(keyholder.refusal(&worker, &changed).await, "evidence", "byte {index}");
    }
    let (a, b) = tokio::join!(keyholder.obtain(&worker, &request), keyholder.obtain(&worker, &request));
    assert_eq!(first.state_key(), a.unwrap().state_key());
    assert_eq!(first.state_key(), b.unwrap().state_key());
}

#[tokio::test]
async fn another_contract_and_another_epoch_get_other_keys() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let base = keyholder.obtain(&worker, &worker.request(50, EPOCH)).await.unwrap();
    let other_contract = keyholder.obtain(&worker, &worker.request(51, EPOCH)).await.unwrap();
    keyholder.chain.0.lock().unwrap().epoch_asked = EPOCH - 1;
    let other_epoch = keyholder.obtain(&worker, &worker.request(50, EPOCH - 1)).await.unwrap();
    assert_ne!(base.state_key(), other_contract.state_key());
    assert_ne!(base.state_key(), other_epoch.state_key());
    assert_ne!(other_contract.state_key(), other_epoch.state_key());
}

#[tokio::test]
async fn an_answer_sealed_for_worker_a_is_of_no_use_to_worker_b() {
    let root = root();
    let (a, b) = (Worker::boot(&root, 30), Worker::boot(&root, 31));
    let keyholder = start(folder_with_share(), &root, &a).await;
    // B replays A's whole request, and gets A's answer.
    let stolen = Worker { secret: RecipientSecret::derive(&[31; 32]), ..Worker::boot(&root, 30) };
    let refused = keyholder.obtain(&stolen, &a.request(50, EPOCH)).await.unwrap_err();
    assert!(matches!(refused, KeysError::TooFew { have: 0, .. }));
    // B asks in its own name, without the lease.
    keyholder.chain.0.lock().unwrap().worker = b.record.clone();
    assert_eq!(keyholder.refusal(&b, &b.request(50, EPOCH)).await, "not-lease-holder");
}

#[tokio::test]
async fn evidence_under_a_root_that_the_keyholder_does_not_trust_is_refused_whatever_the_chain_says() {
    let stranger = DevelopmentRoot::insecure_from_seed([2; 32]);
    let worker = Worker::boot(&stranger, 30);
    let keyholder = start(folder_with_share(), &root(), &worker).await;
    assert_eq!(keyholder.refusal(&worker, &worker.request(50, EPOCH)).await, "evidence");
}

#[tokio::test]
async fn evidence_for_another_statement_is_refused() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let other = root.device(DeviceRole::new("worker").unwrap()).quote([9; 64]);
    let request = ReleaseRequest { evidence: other, ..worker.request(50, EPOCH) };
    assert_eq!(keyholder.refusal(&worker, &request).await, "evidence");
}

#[tokio::test]
async fn evidence_of_another_measurement_than_the_registered_one_is_refused() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let other = root.device(DeviceRole::new("other").unwrap()).quote(worker.statement.report_data());
    let request = ReleaseRequest { evidence: other, ..worker.request(50, EPOCH) };
    assert_eq!(keyholder.refusal(&worker, &request).await, "evidence-differs");
}

#[tokio::test]
async fn collateral_that_is_cut_or_out_of_its_time_is_refused() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let cut = ReleaseRequest { collateral: worker.collateral[..100].to_vec(), ..worker.request(50, EPOCH) };
    assert_eq!(keyholder.refusal(&worker, &cut).await, "evidence");
    let old = root.collateral(NOW - 365 * 24 * 60 * 60).encode();
    let old = ReleaseRequest { collateral: old, ..worker.request(50, EPOCH) };
    assert_eq!(keyholder.refusal(&worker, &old).await, "evidence");
}

#[tokio::test]
async fn collateral_with_a_revocation_list_of_before_the_chain_learned_of_more_is_refused() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    // The evaluation number is the same in both.
    let newer = ReleaseRequest { collateral: root.collateral(NOW - 50).encode(), ..worker.request(50, EPOCH) };
    let older = worker.request(50, EPOCH);
    let authority = authority_of(&older.evidence).unwrap();
    keyholder.chain.0.lock().unwrap().lists.authorities.try_insert(authority, NOW - 50).unwrap();
    assert_eq!(keyholder.refusal(&worker, &older).await, "collateral-older");
    keyholder.obtain(&worker, &newer).await.unwrap();
}

#[tokio::test]
async fn a_view_that_is_not_fresh_is_refused_and_says_that_waiting_may_help() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    keyholder.chain.0.lock().unwrap().fresh = false;
    let error = keyholder.obtain(&worker, &worker.request(50, EPOCH)).await.unwrap_err();
    assert!(error.passing() && error.to_string().contains("not-fresh"));
}

#[tokio::test]
async fn the_cap_on_contracts_holds_over_http_and_after_a_restart() {
    let (root, folder) = (root(), folder_with_share());
    let worker = Worker::boot(&root, 30);
    let asks = async |ordinal| {
        let keyholder = start(folder.clone(), &root, &worker).await;
        keyholder.chain.0.lock().unwrap().ordinal = ordinal;
        keyholder
    };
    asks(3).await.obtain(&worker, &worker.request(50, EPOCH)).await.unwrap();
    for _start in 0..2 {
        assert_eq!(asks(4).await.refusal(&worker, &worker.request(51, EPOCH)).await, "cap-exceeded");
    }
}

#[tokio::test]
async fn a_request_that_is_malformed_or_too_large_is_refused() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let post =
        async |body: Vec<u8>| http().post(format!("{}/v1/release", keyholder.url)).body(body).send().await.unwrap();
    let malformed = post(b"not a request".to_vec()).await;
    assert_eq!(malformed.status(), 400);
    assert!(malformed.text().await.unwrap().contains("\"malformed\""));
    let cut = worker.request(50, EPOCH).to_bytes();
    assert_eq!(post(cut[..cut.len() - 1].to_vec()).await.status(), 400);
    assert_eq!(post(vec![1; MAX_REQUEST + 1]).await.status(), 413);
}

#[tokio::test]
async fn before_it_serves_the_keyholder_says_what_it_waits_for_and_releases_nothing() {
    let shared = Shared::new();
    shared.enter(Phase::AwaitingRegistration);
    let url = listen(shared).await;
    let health = http().get(format!("{url}/health")).send().await.unwrap().text().await.unwrap();
    assert_eq!(health, r#"{"role":"keyholder","phase":"awaiting-registration"}"#);
    assert_eq!(http().get(format!("{url}/v1/registration")).send().await.unwrap().status(), 503);
    let release = http().post(format!("{url}/v1/release")).body("x").send().await.unwrap();
    assert_eq!(release.status(), 503);
    assert!(release.text().await.unwrap().contains("\"not-ready\""));
}

#[tokio::test]
async fn a_committee_of_one_says_so_in_its_health() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let health = http().get(format!("{}/health", keyholder.url)).send().await.unwrap().text().await.unwrap();
    assert_eq!(health, r#"{"role":"keyholder","phase":"serving","insecure_single":true}"#);
}

#[tokio::test]
async fn a_keyholder_that_answers_with_another_groups_partials_is_found_out() {
    let root = root();
    let worker = Worker::boot(&root, 30);
    let keyholder = start(folder_with_share(), &root, &worker).await;
    let (stranger, _) = deal_insecure_single(&mut OsRng);
    let lied_to = Running { group: stranger, ..keyholder };
    let error = lied_to.obtain(&worker, &worker.request(50, EPOCH)).await.unwrap_err();
    assert!(matches!(&error, KeysError::TooFew { failures, .. } if matches!(failures[0].1, AskError::Wrong(_))));
    assert!(!error.passing());
}
