//! A chain with time and this pallet, workers that the tests say are there, and devices under issuers of NVIDIA's shape.

use adyton_attestation::{
    nvidia::{NvidiaPolicy, nonce_for_host},
    signature::{Fastest, PublicKey, Scheme, SignatureVerifier},
};
use adyton_pallet_traits::{Attestation, CollateralRef, Judged, LeaseTimes, Workers};
use adyton_protocol::{
    device::{self, DeviceEvidence, DeviceId},
    ids::{AccountId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::{EvidenceKind, Heartbeat, MachineId, ValidityFacts, VerdictFacts, WorkerRecord},
    statement::{AttestedStatement, Role, report_data},
};
use core::cell::RefCell;
use frame_support::{BoundedVec, derive_impl, traits::ConstU64};
use polkadot_sdk::{
    sp_core::{Bytes, Pair, ed25519},
    sp_io,
    sp_runtime::{AccountId32, BuildStorage, DispatchError, DispatchResult, traits::IdentityLookup},
    *,
};
use std::collections::BTreeMap;

use crate::{self as pallet_devices, GenesisRoot, MAX_FRESH, Responses};

/// The verifier's own issuers of NVIDIA's shape.
#[path = "../../../../attestation/tests/support/nvidia.rs"]
pub mod nvidia;

pub use nvidia::NOW;

/// How many seconds pass before what is added in tests holds.
pub const DELAY: u64 = 1000;
/// The longest life of a verdict in tests, in seconds.
pub const LIFE: u64 = 20 * 24 * 60 * 60;
/// The network of tests.
pub const NETWORK: NetworkId = NetworkId([7; 32]);

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Devices = pallet_devices;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

impl pallet_devices::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<AccountId32>;
    type Attestation = Known;
    type Workers = Known;
    type MaxVerdictLife = ConstU64<LIFE>;
    type WeightInfo = ();
}

thread_local! {
    /// Workers, and whether their evidence holds.
    pub static WORKERS: RefCell<BTreeMap<WorkerId, (WorkerRecord, bool)>> = const { RefCell::new(BTreeMap::new()) };
    /// Whether registrations are frozen, and whether the network has an identity.
    pub static NETWORK_STATE: RefCell<(bool, bool)> = const { RefCell::new((false, true)) };
}

/// What the tests say about workers and the network.
pub struct Known;

impl Attestation for Known {
    fn network() -> Option<NetworkId> {
        NETWORK_STATE.with_borrow(|(_, has_identity)| has_identity.then_some(NETWORK))
    }

    fn lease_times() -> LeaseTimes {
        LeaseTimes { lease: 40, staleness: 10 }
    }

    fn is_frozen() -> bool {
        NETWORK_STATE.with_borrow(|(is_frozen, _)| *is_frozen)
    }

    fn change_delay() -> u64 {
        DELAY
    }

    fn judge(_: &[u8], _: &CollateralRef, _: &AttestedStatement) -> Result<Judged, DispatchError> {
        Err(DispatchError::Unavailable)
    }

    fn facts(_: &WorkerRecord) -> ValidityFacts {
        unreachable!("nobody here asks for facts")
    }

    fn capacity(_: &MachineId) -> u32 {
        0
    }
}

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        WORKERS.with_borrow(|workers| {
            let mut all = workers.iter();
            let found = all.find(|(_, (record, valid))| *valid && record.signing_key.0 == account.0);
            found.map(|(worker, (record, _))| (*worker, record.clone()))
        })
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        WORKERS.with_borrow(|workers| workers.get(worker).map(|(record, _)| record.clone()))
    }
}

/// The operator of every worker of the tests.
pub fn operator() -> AccountId32 {
    AccountId32::new([3; 32])
}

/// The key of worker `number`.
pub fn key(number: u8) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[number; 32])
}

/// Worker `number`, which is there from then on: valid, in its first boot, judged now.
pub fn worker(number: u8) -> WorkerId {
    let id = WorkerId([number; 32]);
    let record = WorkerRecord {
        operator: AccountId([3; 32]),
        role: Role::Worker,
        signing_key: SigningKey(key(number).public().0),
        encryption_key: EncryptionKey([number; 32]),
        statement: Digest([number; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: Digest([5; 32]),
            measurement: Digest([6; 32]),
            profile: Digest([9; 32]),
            machine: MachineId::IntelPpid([number; 16]),
            provider: None,
            tier: 0,
            evaluation: 17,
            judged_at: NOW,
            valid_until: NOW + LIFE,
            evidence: Digest([8; 32]),
        },
        endpoint: BoundedVec::new(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 100,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    };
    WORKERS.with_borrow_mut(|workers| workers.insert(id, (record, true)));
    id
}

/// Changes what is known of a worker: its record, and whether its evidence holds.
pub fn change(worker: &WorkerId, how: impl FnOnce(&mut (WorkerRecord, bool))) {
    WORKERS.with_borrow_mut(|workers| how(workers.get_mut(worker).expect("the worker is there")));
}

/// The identity of the issuers' roots.
pub fn root() -> Digest {
    Digest(nvidia::roots().device.id())
}

/// The identity of the good device.
pub fn device_id() -> DeviceId {
    let mut serial = [0; 20];
    serial[11..].copy_from_slice(&[0x14; 9]);
    DeviceId { root: root(), serial }
}

/// The good device's manifests, which the genesis has none of.
pub fn manifests() -> [nvidia::Manifest; 2] {
    [nvidia::Manifest::driver(), nvidia::Manifest::firmware()]
}

/// The identities of these.
pub fn manifest_ids() -> [Digest; 2] {
    manifests().map(|manifest| Digest(manifest.check().expect("it is good").id()))
}

/// Responses as a call takes them.
pub fn bounded(responses: Vec<Vec<u8>>) -> Responses {
    let each = responses.into_iter().map(|der| BoundedVec::try_from(der).expect("a response is short"));
    BoundedVec::try_from(each.collect::<Vec<_>>()).expect("there are few")
}

/// One device's evidence in the making; tests change a part of it.
#[derive(Clone)]
pub struct Showing {
    /// Who signs the extrinsic.
    pub origin: AccountId32,
    /// For which worker.
    pub worker: WorkerId,
    /// The device, whose nonce answers the worker's statement.
    pub device: nvidia::Device,
    /// Under which root.
    pub root: Digest,
    /// By which manifests.
    pub manifests: Vec<Digest>,
    /// Responses about its certificates.
    pub responses: Vec<Vec<u8>>,
    /// Evidence instead of the device's.
    pub evidence: Option<Vec<u8>>,
    /// Whose signature.
    pub key: ed25519::Pair,
    /// How many signatures may be fresh.
    pub fresh: u8,
}

impl Showing {
    /// The good GPU, shown by worker `number`.
    pub fn of(number: u8) -> Self {
        let worker = WorkerId([number; 32]);
        let statement = Known::worker(&worker).expect("the worker is there").statement;
        let mut device = nvidia::Device::hopper();
        device.nonce = nonce_for_host(&report_data(&statement));
        Self {
            origin: operator(),
            worker,
            root: root(),
            manifests: manifest_ids().to_vec(),
            responses: device.responses(),
            device,
            evidence: None,
            key: key(number),
            fresh: MAX_FRESH,
        }
    }

    /// The evidence as it travels.
    pub fn evidence(&self) -> Vec<u8> {
        let (report, certificates) = (self.device.report(), self.device.pem());
        let own = || DeviceEvidence { report: &report, certificates: &certificates }.to_bytes();
        self.evidence.clone().unwrap_or_else(own)
    }

    /// Sends it.
    pub fn send(&self) -> DispatchResult {
        let statement = Known::worker(&self.worker).map_or(Digest([0; 32]), |worker| worker.statement);
        let evidence = self.evidence();
        Devices::show(
            RuntimeOrigin::signed(self.origin.clone()),
            self.worker,
            self.root,
            BoundedVec::truncate_from(evidence.clone()),
            BoundedVec::truncate_from(self.manifests.clone()),
            bounded(self.responses.clone()),
            self.key.sign(&device::message(&NETWORK, &statement, &evidence)).0,
            self.fresh,
        )
    }
}

/// A signature as it is checked beforehand: key, message, signature.
pub type Signed = ([u8; 96], Vec<u8>, [u8; 96]);

/// The signatures that verified, in their order: as an operator's own tools collect them.
#[derive(Default)]
pub struct Collected(pub RefCell<Vec<Signed>>);

impl SignatureVerifier for Collected {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        let is_good = Fastest::default().verify(scheme, public_key, message, signature);
        if let (true, PublicKey::P384(key)) = (is_good, public_key) {
            let signature = signature.try_into().expect("r and s of P-384");
            self.0.borrow_mut().push((*key, message.to_vec(), signature));
        }
        is_good
    }
}

/// Has each of `signatures` checked by a call of its own.
pub fn check(signatures: impl IntoIterator<Item = Signed>) {
    for (key, message, signature) in signatures {
        let origin = RuntimeOrigin::signed(operator());
        Devices::check_signature(origin, key, BoundedVec::truncate_from(message), signature).expect("it is good");
    }
}

/// The genesis of tests.
pub fn genesis() -> pallet_devices::GenesisConfig<Test> {
    pallet_devices::GenesisConfig {
        roots: vec![GenesisRoot {
            device: Bytes(nvidia::Device::hopper().chain[4].der()),
            manifest: Bytes(nvidia::Manifest::driver().chain[3].der()),
            development: true,
        }],
        policy: Some(policy()),
        ..Default::default()
    }
}

/// What the genesis of tests accepts.
pub fn policy() -> NvidiaPolicy {
    nvidia::strict()
}

/// Goes `seconds` on.
pub fn wait(seconds: u64) {
    pallet_timestamp::Now::<Test>::mutate(|now| *now += seconds * 1000);
}

/// Runs a test and checks the pallet's invariants at its end. No worker, no manifest and no signature is known before it.
pub fn run(test: impl FnOnce()) {
    WORKERS.with_borrow_mut(BTreeMap::clear);
    NETWORK_STATE.set((false, true));
    let mut chain: sp_io::TestExternalities = genesis().build_storage().expect("the genesis builds").into();
    chain.execute_with(|| {
        System::set_block_number(1);
        pallet_timestamp::Now::<Test>::put(NOW * 1000);
        test();
        Devices::do_try_state().expect("the invariants hold");
    });
}
