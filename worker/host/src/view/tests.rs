use adyton_chain_client::{
    fixture::{FixtureChain, FixtureSource},
    rpc::{Reader, Source},
    verifier::Freshness,
};
use adyton_protocol::{
    device::{
        Architecture, DeviceFacts, DeviceId, DeviceRecord, DeviceRoot, Firmware, Mode, ValidDevices, WorkerDevices,
    },
    ids::{AccountId, CodeHash, Digest, EncryptionKey, NetworkId, SigningKey},
    policy::{ContractPolicy, DeviceDemand, Measurements, Operators, Upgrade},
    record::{EvidenceKind, Heartbeat, MachineId, VerdictFacts},
    statement::Role,
    storage,
};
use codec::Encode;

use super::*;

pub const WORKER: WorkerId = WorkerId([1; 32]);
pub const CONTRACT: ContractId = ContractId([2; 32]);
const NONCE: [u8; 32] = [3; 32];
const LONG: Duration = Duration::from_secs(60);

pub fn own() -> WorkerRecord {
    WorkerRecord {
        operator: AccountId([4; 32]),
        role: Role::Worker,
        signing_key: SigningKey([5; 32]),
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
        heartbeat: Heartbeat { nonce: NONCE, block: 1 },
    }
}

fn record() -> ContractRecord {
    ContractRecord {
        owner: AccountId([4; 32]),
        code: CodeHash([5; 32]),
        version: 1,
        manifest: Vec::new(),
        policy: ContractPolicy {
            kinds: vec![EvidenceKind::IntelTdx],
            measurements: Measurements::Accepted,
            operators: Operators::OptedIn,
            devices: None,
            upgrade: Upgrade::Immutable,
        },
        deployed_at: 1,
        pending: None,
        deposit: 0,
    }
}

/// A head that stays fresh for `window`, proven as the follower proves it.
async fn head(window: Duration) -> FreshHeader {
    head_after(1, window).await
}

/// The same after so many blocks.
async fn head_after(blocks: u32, window: Duration) -> FreshHeader {
    let mut chain = FixtureChain::new(3);
    chain.set(storage::workers(&WORKER), own().encode());
    for _ in 0..blocks {
        chain.seal(&[], &[]);
    }
    let checkpoint = chain.checkpoint();
    fresh(&Reader::new(FixtureSource::new(chain), checkpoint), window).await
}

/// The newest head of the chain that `reader` asks, in which [`WORKER`] has the nonce of [`own`].
pub async fn fresh<S: Source>(reader: &Reader<S>, window: Duration) -> FreshHeader {
    let mut freshness = Freshness::new(WORKER, window);
    freshness.challenge(NONCE, counter()).expect("a nonce");
    let tip = reader.read(&[freshness.key()]).await.expect("reads");
    assert!(freshness.observe(&tip.values, counter()).expect("observes"));
    freshness.accept(tip.head, counter()).expect("is fresh")
}

/// A view in which [`WORKER`] holds [`CONTRACT`] under lease 7.
pub async fn view(window: Duration) -> View {
    let lease = LeaseRecord { number: 7, holder: WORKER, since: 1, released: false };
    let facts =
        ContractFacts { record: record(), lease: Some(lease), head: None, reported: 0, messages: None, gas: None };
    View {
        head: head(window).await,
        chain_ms: 1_000_000,
        read_at: counter(),
        network: NetworkRecord {
            id: NetworkId([1; 32]),
            name: Default::default(),
            lease_blocks: 50,
            staleness_blocks: 5,
        },
        own: own(),
        devices: ValidDevices::default(),
        invalid: None,
        work: Work {
            newest_round: 0,
            session: None,
            capacity: None,
            machine: Digest([6; 32]),
            measurements: Machine::default(),
        },
        prices: Prices::default(),
        contracts: HashMap::from([(CONTRACT, facts)]),
    }
}

/// [`view`] after so many blocks, of six seconds each.
pub async fn view_after(blocks: u32) -> View {
    View { head: head_after(blocks, LONG).await, chain_ms: 1_000_000 + u64::from(blocks) * 6000, ..view(LONG).await }
}

pub fn right(views: &watch::Sender<Option<Arc<View>>>) -> Right<'_> {
    Right { views, worker: WORKER, contract: CONTRACT, lease: 7 }
}

/// What the right is worth after the view was changed so.
async fn after(change: impl FnOnce(&mut View)) -> Result<(), Refusal> {
    let views = watch::Sender::new(Some(Arc::new(view(LONG).await)));
    let right = right(&views);
    right.check().expect("the right is held at first");
    let mut newer = view(LONG).await;
    change(&mut newer);
    views.send_replace(Some(Arc::new(newer)));
    right.check()
}

fn facts(view: &mut View) -> &mut ContractFacts {
    view.contracts.get_mut(&CONTRACT).expect("the contract is in the view")
}

fn lease(view: &mut View) -> &mut LeaseRecord {
    facts(view).lease.as_mut().expect("a lease")
}

#[tokio::test]
async fn the_right_stays_while_nothing_that_it_rests_on_changes() {
    assert_eq!(after(|_| ()).await, Ok(()));
}

#[tokio::test]
async fn the_right_ends_when_the_lease_is_released() {
    assert!(matches!(after(|view| lease(view).released = true).await, Err(Refusal::NotHeld(_))));
}

#[tokio::test]
async fn the_right_ends_when_another_worker_holds_the_lease() {
    assert!(matches!(after(|view| lease(view).holder = WorkerId([9; 32])).await, Err(Refusal::NotHeld(_))));
}

#[tokio::test]
async fn the_right_ends_when_the_workers_blocks_are_over() {
    assert!(matches!(after(|view| view.own.active_until = 0).await, Err(Refusal::NotHeld(_))));
}

#[tokio::test]
async fn the_right_under_one_lease_is_none_under_a_later_one_of_the_same_worker() {
    assert!(matches!(after(|view| lease(view).number = 8).await, Err(Refusal::NotReady(_))));
}

#[tokio::test]
async fn the_right_ends_when_the_workers_evidence_no_longer_holds() {
    let refused = after(|view| view.invalid = Some("its verdict has ended".into())).await;
    assert!(matches!(refused, Err(Refusal::NotAdmitted(_))));
}

#[tokio::test]
async fn the_right_ends_when_the_contracts_policy_no_longer_accepts_the_worker() {
    let refused = after(|view| facts(view).record.policy.kinds.clear()).await;
    assert!(matches!(refused, Err(Refusal::NotAdmitted(_))));
}

/// A Hopper of [`own`], which counts while it is not denied.
fn hopper(denied: bool) -> ValidDevices {
    let record = DeviceRecord {
        id: DeviceId { root: Digest([1; 32]), serial: [2; 20] },
        architecture: Architecture::Hopper,
        driver: None,
        firmware: Firmware([0; 5]),
        measurement: Digest([3; 32]),
        driver_manifest: None,
        firmware_manifest: None,
        mode: Mode::Unstated,
        asked_at: 1,
        judged_at: 2,
        valid_until: 1000,
        evidence: Digest([4; 32]),
    };
    let certificate = Digest([5; 32]);
    let root = DeviceRoot { device_certificate: certificate, manifest_certificate: certificate, development: false };
    let facts = DeviceFacts { now: 3, root: Some(root), judged_since: 0, denied };
    let shown = WorkerDevices { boot: 1, devices: vec![record].try_into().expect("fits") };
    shown.counting(&own(), |_| Ok::<_, std::convert::Infallible>(facts.clone())).expect("cannot fail")
}

#[tokio::test]
async fn the_right_ends_when_a_device_that_the_contracts_policy_asks_for_counts_no_longer() {
    let asking = |denied| {
        after(move |view| {
            let demand = DeviceDemand { architectures: vec![Architecture::Hopper], minimum: 1 };
            facts(view).record.policy.devices = Some(demand);
            view.devices = hopper(denied);
        })
    };
    assert_eq!(asking(false).await, Ok(()));
    assert!(matches!(asking(true).await, Err(Refusal::NotAdmitted(_))));
}

#[tokio::test]
async fn a_worker_whose_operator_opts_out_keeps_the_leases_that_it_has() {
    assert_eq!(after(|view| view.own.opted_in = false).await, Ok(()));
}

#[tokio::test]
async fn the_right_ends_when_the_view_has_grown_old_although_nothing_else_changed() {
    let views = watch::Sender::new(Some(Arc::new(view(Duration::from_millis(200)).await)));
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(matches!(right(&views).check(), Err(Refusal::NotFresh(_))));
}

#[tokio::test]
async fn the_right_ends_when_this_boot_is_no_longer_the_registered_one() {
    let views = watch::Sender::new(Some(Arc::new(view(LONG).await)));
    views.send_replace(None);
    assert!(matches!(right(&views).check(), Err(Refusal::NotFresh(_))));
}
