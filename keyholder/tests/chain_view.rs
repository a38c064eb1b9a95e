//! The keyholder's view of the chain over a node that lies: a small real chain, the real light verifier.

use std::{sync::Arc, time::Duration};

use adyton_admission::ChainReader;
use adyton_attestation::{AuthorityId, ListFloors};
use adyton_chain_client::{
    Error,
    extrinsic::{Ed25519, SPECIFICATION_NAME, SPECIFICATION_VERSION, Signer as _, TRANSACTION_VERSION},
    facts::runtime_code_key,
    fixture::{FixtureChain, FixtureSource, justification, vote},
    rpc::{Reader, RuntimeVersion},
    verifier::{Checkpoint, Refusal},
};
use adyton_keyholder::{
    api::ChainView,
    chain::LightView,
    checkpoint::{CheckpointStore, Keeper, KeeperError},
};
use adyton_protocol::{
    device::{Architecture, DeviceId, DeviceRecord, DeviceRoot, Firmware, Mode, WorkerDevices},
    ids::{AccountId, ContractId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::{
        EvidenceKind, Heartbeat, LeaseRecord, MachineId, MeasurementRecord, NetworkRecord, ReleaseRecord, VerdictFacts,
        WorkerRecord,
    },
    scheduled::Scheduled,
    statement::Role,
    storage,
};
use adyton_threshold::{GroupPublic, deal_insecure_single};
use codec::{Compact, Encode};
use rand_core::OsRng;
use zeroize::Zeroizing;

const KEYHOLDER: WorkerId = WorkerId([1; 32]);
const WORKER: WorkerId = WorkerId([2; 32]);
const CONTRACT: ContractId = ContractId([3; 32]);
const LONG: Duration = Duration::from_secs(60);

fn signer() -> Ed25519 {
    Ed25519::new(&Zeroizing::new([7; 32]))
}

fn record(role: Role, heartbeat: Heartbeat) -> WorkerRecord {
    WorkerRecord {
        operator: AccountId([4; 32]),
        role,
        signing_key: SigningKey(signer().account().0),
        encryption_key: EncryptionKey([5; 32]),
        statement: Digest([6; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: Digest([7; 32]),
            measurement: Digest([8; 32]),
            profile: Digest([9; 32]),
            machine: MachineId::None,
            provider: None,
            tier: 0,
            evaluation: 1,
            judged_at: 1,
            valid_until: u64::MAX,
            evidence: Digest([9; 32]),
        },
        endpoint: Default::default(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 1000,
        heartbeat,
    }
}

/// A chain with a network, a keyholder and a worker, and no request for keys.
fn chain() -> FixtureChain {
    let mut chain = FixtureChain::new(4);
    let network = NetworkRecord {
        id: NetworkId([1; 32]),
        name: b"test-insecure".to_vec().try_into().unwrap(),
        lease_blocks: 50,
        staleness_blocks: 5,
    };
    let silent = Heartbeat { nonce: [0; 32], block: 0 };
    chain.set(storage::network(), network.encode());
    chain.set(storage::workers(&KEYHOLDER), record(Role::Keyholder, silent).encode());
    chain.set(storage::workers(&WORKER), record(Role::Worker, silent).encode());
    chain
        .set(storage::leases(&CONTRACT), LeaseRecord { number: 1, holder: WORKER, since: 1, released: false }.encode());
    let measurement = MeasurementRecord { role: Role::Worker, profile: Digest([9; 32]), release: Default::default() };
    chain.set(storage::measurements(&Digest([8; 32])), Scheduled::holding(measurement).encode());
    chain.set(runtime_code_key(), (Compact(SPECIFICATION_VERSION), SPECIFICATION_NAME).encode());
    chain.seal(&[], &[]);
    chain
}

fn view(chain: FixtureChain, window: Duration) -> (Arc<FixtureSource>, LightView) {
    let checkpoint = chain.checkpoint();
    let source = Arc::new(FixtureSource::new(chain));
    let reader: ChainReader = Reader::new(source.clone(), checkpoint);
    (source, LightView::new(Arc::new(reader), KEYHOLDER, window))
}

/// Takes heartbeats out of the pool into blocks, as a chain does, until stopped.
async fn produce(source: Arc<FixtureSource>) {
    loop {
        let taken: Vec<_> = source.pool().drain(..).collect();
        for extrinsic in taken {
            let mut nonce = [0; 32];
            nonce.copy_from_slice(&extrinsic[extrinsic.len() - 32..]);
            let mut chain = source.chain();
            let block = chain.head().at.number + 1;
            let record = record(Role::Keyholder, Heartbeat { nonce, block });
            chain.set(storage::workers(&KEYHOLDER), record.encode());
            chain.seal(&[], &[extrinsic]);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn beat(source: &Arc<FixtureSource>, view: &LightView) {
    let signer = signer();
    tokio::select! {
        done = view.beat(&signer) => done.unwrap(),
        () = produce(source.clone()) => unreachable!("blocks are made for ever"),
    }
}

#[tokio::test]
async fn the_view_is_fresh_only_once_a_nonce_of_its_own_is_proven() {
    let (source, view) = view(chain(), LONG);
    assert!(!view.facts(&WORKER, &CONTRACT).await.unwrap().fresh);
    beat(&source, &view).await;
    assert!(view.facts(&WORKER, &CONTRACT).await.unwrap().fresh);
}

#[tokio::test]
async fn the_view_goes_stale_when_its_nonce_has_grown_old_although_new_blocks_come() {
    let (source, view) = view(chain(), Duration::from_millis(700));
    beat(&source, &view).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    source.chain().seal(&[], &[]);
    assert!(!view.facts(&WORKER, &CONTRACT).await.unwrap().fresh);
}

#[tokio::test]
async fn a_heartbeat_that_the_node_swallows_ends_in_time() {
    let (_source, view) = view(chain(), Duration::from_millis(300));
    assert!(view.beat(&signer()).await.is_err());
}

#[tokio::test]
async fn a_heartbeat_that_an_upgrade_of_the_chain_overtakes_is_signed_again() {
    let (source, view) = view(chain(), LONG);
    let (signer, next) = (signer(), SPECIFICATION_VERSION + 1);
    let overtaken = async {
        while source.pool().pop().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        source.forge().runtime = Some(RuntimeVersion { specification: next, transaction: TRANSACTION_VERSION });
        source.chain().set(runtime_code_key(), (Compact(next), SPECIFICATION_NAME).encode());
        source.chain().seal(&[], &[]);
        produce(source.clone()).await;
    };
    tokio::select! {
        done = view.beat(&signer) => done.unwrap(),
        () = overtaken => unreachable!("blocks are made for ever"),
    }
    assert!(view.facts(&WORKER, &CONTRACT).await.unwrap().fresh);
}

#[tokio::test]
async fn an_older_head_than_one_seen_is_not_gone_back_to() {
    let (source, view) = view(chain(), LONG);
    beat(&source, &view).await;
    source.forge().head = Some(1);
    assert!(view.facts(&WORKER, &CONTRACT).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_reads_at_the_same_time_none_is_stale_because_another_saw_a_newer_head() {
    let (source, view) = view(chain(), LONG);
    beat(&source, &view).await;
    let view = Arc::new(view);
    for _ in 0..50 {
        let reads: Vec<_> = (0..8)
            .map(|_| {
                let (source, view) = (source.clone(), view.clone());
                tokio::spawn(async move {
                    source.chain().seal(&[], &[]);
                    view.facts(&WORKER, &CONTRACT).await.unwrap().fresh
                })
            })
            .collect();
        for read in reads {
            assert!(read.await.unwrap());
        }
    }
}

/// The file of a keyholder with one share, and the share's public side.
fn checkpoints(folder: &tempfile::TempDir, genesis: &Checkpoint) -> (CheckpointStore, GroupPublic) {
    let path = folder.path().join("checkpoint");
    let mut store = CheckpointStore::new(path, Digest([1; 32]), genesis.genesis_hash, &[1; 32]);
    let (share, _) = deal_insecure_single(&mut OsRng);
    store.admit(&share, genesis).unwrap();
    (store, share)
}

/// What a keyholder would start from now.
fn sealed(folder: &tempfile::TempDir, genesis: &Checkpoint, share: &GroupPublic) -> Checkpoint {
    let path = folder.path().join("checkpoint");
    let mut store = CheckpointStore::new(path, Digest([1; 32]), genesis.genesis_hash, &[1; 32]);
    store.open(&[share]).unwrap().unwrap()
}

#[tokio::test]
async fn a_newer_checkpoint_is_sealed_only_from_a_fresh_head() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain();
    let genesis = chain.checkpoint();
    let (source, view) = view(chain, Duration::from_millis(700));
    let (store, share) = checkpoints(&folder, &genesis);
    let mut keeper = Keeper::new(store);
    let refused = keeper.step(&view).await.unwrap_err();
    assert!(matches!(refused, KeeperError::Chain(Error::Refused(Refusal::NonceNotProven))));
    assert_eq!(sealed(&folder, &genesis, &share), genesis);
    beat(&source, &view).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    source.chain().seal(&[], &[]);
    let refused = keeper.step(&view).await.unwrap_err();
    assert!(matches!(refused, KeeperError::Chain(Error::Refused(Refusal::Stale { .. }))));
    assert_eq!(sealed(&folder, &genesis, &share), genesis);
}

#[tokio::test]
async fn a_newer_checkpoint_is_sealed_once_and_again_when_the_authorities_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let chain = chain();
    let genesis = chain.checkpoint();
    let (source, view) = view(chain, LONG);
    let (store, share) = checkpoints(&folder, &genesis);
    let mut keeper = Keeper::new(store);
    beat(&source, &view).await;
    assert!(keeper.step(&view).await.unwrap());
    let first = sealed(&folder, &genesis, &share);
    assert_eq!((first.number, first.set_id), (source.chain().head().at.number, genesis.set_id));
    assert!(first.time_ms.is_some());
    source.chain().seal(&[], &[]);
    assert!(!keeper.step(&view).await.unwrap(), "the authorities are the same, and no hour has passed");
    assert_eq!(sealed(&folder, &genesis, &share), first);
    let next = FixtureChain::new(9).keys.split_off(5);
    source.chain().hand_over(next);
    source.chain().seal(&[], &[]);
    // What is read for other reasons shows the change.
    view.facts(&WORKER, &CONTRACT).await.unwrap();
    assert!(keeper.step(&view).await.unwrap());
    let second = sealed(&folder, &genesis, &share);
    assert_eq!((second.number, second.set_id), (source.chain().head().at.number, genesis.set_id + 1));
    assert_eq!(second.authorities, source.chain().authorities());
}

#[tokio::test]
async fn no_checkpoint_is_sealed_of_a_real_block_that_authorities_of_long_ago_signed() {
    let (source, view) = view(chain(), LONG);
    beat(&source, &view).await;
    let old = source.chain().keys.clone();
    let first = source.chain().set_id;
    let next = FixtureChain::new(9).keys.split_off(5);
    source.chain().hand_over(next);
    let at = source.chain().seal(&[], &[]);
    let votes: Vec<_> = old.iter().map(|key| vote(key, at, 1, first)).collect();
    source.forge().justification = Some(justification(1, at, &votes, &[]));
    let refused = view.checkpoint().await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::OtherAuthorities { .. })), "{refused}");
}

#[tokio::test]
async fn a_forged_proof_gives_no_facts() {
    let (source, view) = view(chain(), LONG);
    source.forge().proof = Some(|nodes| nodes.truncate(1));
    assert!(view.facts(&WORKER, &CONTRACT).await.is_err());
}

#[tokio::test]
async fn a_request_counts_only_from_the_finalized_block_that_carries_it() {
    let (source, view) = view(chain(), LONG);
    let asked = ReleaseRecord { lease: 1, boot: 1, epoch: 0, requested_at: 2, ordinal: 1 };
    source.chain().set(storage::releases(&CONTRACT, &WORKER), asked.encode());
    assert_eq!(view.facts(&WORKER, &CONTRACT).await.unwrap().release, None);
    source.chain().seal(&[], &[]);
    assert_eq!(view.facts(&WORKER, &CONTRACT).await.unwrap().release, Some(asked));
}

#[tokio::test]
async fn the_facts_hold_what_the_validity_of_the_worker_depends_on() {
    let (source, view) = view(chain(), LONG);
    let facts = view.facts(&WORKER, &CONTRACT).await.unwrap();
    let (_, validity) = facts.worker.unwrap();
    assert!(validity.measurement.is_some() && validity.root.is_none() && !validity.operator_denied);
    source.chain().set(storage::denied_operators(&AccountId([4; 32])), Scheduled::holding(true).encode());
    source.chain().set(storage::evaluation_floors(EvidenceKind::IntelTdx, &Digest([7; 32])), 9u32.encode());
    source.chain().set(storage::frozen(), Scheduled::holding(true).encode());
    let mut lists = ListFloors { root: 1, ..ListFloors::default() };
    lists.authorities.try_insert(AuthorityId([2; 32]), 3).unwrap();
    source.chain().set(storage::revocation_floors(&Digest([7; 32])), lists.encode());
    source.chain().seal(&[], &[]);
    assert_eq!(facts.lists, ListFloors::default());
    let facts = view.facts(&WORKER, &CONTRACT).await.unwrap();
    let (_, validity) = facts.worker.unwrap();
    assert!(validity.operator_denied && validity.evaluation_floor == 9 && facts.frozen);
    assert_eq!(facts.lists, lists);
}

/// Shows a GPU of the worker, under a root that stands for no hardware, on a chain whose network is called `name`.
fn show(chain: &mut FixtureChain, name: &[u8]) -> DeviceId {
    let device = DeviceId { root: Digest([1; 32]), serial: [2; 20] };
    let record = DeviceRecord {
        id: device,
        architecture: Architecture::Hopper,
        driver: None,
        firmware: Firmware([0; 5]),
        measurement: Digest([3; 32]),
        driver_manifest: None,
        firmware_manifest: None,
        mode: Mode::SingleGpu,
        asked_at: 1,
        judged_at: 2,
        valid_until: u64::MAX,
        evidence: Digest([4; 32]),
    };
    let shown = WorkerDevices { boot: 1, devices: vec![record].try_into().unwrap() };
    let certificate = Digest([5; 32]);
    let root = DeviceRoot { device_certificate: certificate, manifest_certificate: certificate, development: true };
    let name = name.to_vec().try_into().unwrap();
    let network = NetworkRecord { id: NetworkId([1; 32]), name, lease_blocks: 50, staleness_blocks: 5 };
    chain.set(storage::network(), network.encode());
    chain.set(storage::devices(&WORKER), shown.encode());
    chain.set(storage::device_roots(&device.root), Scheduled::holding(root).encode());
    chain.seal(&[], &[]);
    device
}

async fn hoppers(view: &LightView) -> usize {
    view.facts(&WORKER, &CONTRACT).await.unwrap().devices.count(&[Architecture::Hopper])
}

#[tokio::test]
async fn the_facts_hold_the_workers_devices_that_count() {
    let (source, view) = view(chain(), LONG);
    assert_eq!(hoppers(&view).await, 0);
    let device = show(&mut source.chain(), b"test-insecure");
    assert_eq!(hoppers(&view).await, 1);
    source.chain().set(storage::denied_devices(&device), Scheduled::holding(true).encode());
    source.chain().seal(&[], &[]);
    assert_eq!(hoppers(&view).await, 0);
}

#[tokio::test]
async fn a_device_under_a_development_root_counts_only_where_the_network_is_called_insecure() {
    let (source, view) = view(chain(), LONG);
    show(&mut source.chain(), b"test");
    assert_eq!(hoppers(&view).await, 0);
}

#[tokio::test]
async fn a_worker_or_contract_that_is_proven_absent_is_absent() {
    let (_source, view) = view(chain(), LONG);
    let facts = view.facts(&WorkerId([99; 32]), &ContractId([99; 32])).await.unwrap();
    assert!(facts.worker.is_none() && facts.contract.is_none() && facts.lease.is_none());
}
