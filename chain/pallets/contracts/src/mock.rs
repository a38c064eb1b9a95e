//! A chain with money and this pallet, whose workers are whatever a test says.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use adyton_pallet_traits::{Attestation, CollateralRef, Devices, Judged, LeaseTimes, Retirement, Workers, fixture};
use adyton_protocol::{
    call::report_digest,
    contract_call::Callees,
    device::{
        Architecture, DeviceFacts, DeviceId, DeviceRecord, DeviceRoot, Firmware, Mode, ValidDevices, WorkerDevices,
    },
    ids::*,
    manifest::{Callers, Capability, Durability, Limits, Manifest},
    policy::ContractPolicy,
    receipt::{Caller, Label, ReceiptFields, Report, SignedReceipt},
    record::*,
    statement::AttestedStatement,
};
use codec::Encode;
use frame_support::{
    BoundedVec, derive_impl, parameter_types,
    traits::{ConstU32, ConstU128, Contains},
    weights::Weight,
};
use polkadot_sdk::{
    sp_core::{Pair, ed25519},
    sp_io,
    sp_runtime::{AccountId32, BuildStorage, DispatchError, DispatchResult, traits::IdentityLookup},
    *,
};

use crate as pallet_contracts;

/// The network of tests.
pub const NETWORK: NetworkId = NetworkId([7; 32]);
/// The staleness limit in blocks.
pub const STALENESS: u32 = 10;
/// The last block of a worker's leases before it beats again.
pub const ACTIVE: u32 = 50;
/// The code of tests.
pub const CODE: CodeHash = CodeHash([3; 32]);
/// What is held for an entry of the state; for each of its bytes, 1.
pub const ENTRY_DEPOSIT: u128 = 100;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeHoldReason,
        RuntimeFreezeReason,
        RuntimeTask
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Contracts = pallet_contracts;
    #[runtime::pallet_index(2)]
    pub type Balances = pallet_balances;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<1>;
}

parameter_types! {
    pub const MaxReportWeight: Weight = Weight::from_parts(1_000_000_000_000, u64::MAX);
}

/// Remarks and nothing else.
pub struct Remarks;

impl Contains<RuntimeCall> for Remarks {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(
            call,
            RuntimeCall::System(frame_system::Call::remark_with_event { .. } | frame_system::Call::kill_prefix { .. })
        )
    }
}

impl pallet_contracts::Config for Test {
    type ReportedCall = RuntimeCall;
    type ReportFilter = Remarks;
    type MaxReportWeight = MaxReportWeight;
    type ReportPeriod = ConstU32<2>;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type EntryDeposit = ConstU128<ENTRY_DEPOSIT>;
    type ByteDeposit = ConstU128<1>;
    type Attestation = Known;
    type Workers = Known;
    type Devices = Known;
    type Retirement = Known;
    type WeightInfo = ();
}

thread_local! {
    static WORKERS: RefCell<BTreeMap<WorkerId, (WorkerRecord, bool)>> = const { RefCell::new(BTreeMap::new()) };
    static DEVICES: RefCell<BTreeMap<WorkerId, ValidDevices>> = const { RefCell::new(BTreeMap::new()) };
    static RETIRED: RefCell<Vec<ContractId>> = const { RefCell::new(Vec::new()) };
    static NAMED: Cell<bool> = const { Cell::new(true) };
}

/// The most that goes with a contract elsewhere takes.
pub const MESSAGES: Weight = Weight::from_parts(10, 4);

/// What the tests say about workers and the network.
pub struct Known;

impl Attestation for Known {
    fn network() -> Option<NetworkId> {
        NAMED.get().then_some(NETWORK)
    }

    fn lease_times() -> LeaseTimes {
        LeaseTimes { lease: 40, staleness: STALENESS }
    }

    fn is_frozen() -> bool {
        false
    }

    fn change_delay() -> u64 {
        0
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

impl Devices for Known {
    const READS: u64 = 0;

    fn valid_devices(worker: &WorkerId, _: &WorkerRecord) -> ValidDevices {
        DEVICES.with_borrow(|devices| devices.get(worker).cloned().unwrap_or_default())
    }

    fn has_shown(worker: &WorkerId) -> bool {
        DEVICES.with_borrow(|devices| devices.contains_key(worker))
    }
}

impl Retirement for Known {
    fn most() -> Weight {
        MESSAGES
    }

    fn retired(contract: &ContractId, _owner: &AccountId) -> Result<Weight, DispatchError> {
        RETIRED.with_borrow_mut(|retired| retired.push(*contract));
        Ok(MESSAGES.saturating_div(2))
    }
}

/// What was said to be retired since the last time.
pub fn told_to_be_retired() -> Vec<ContractId> {
    RETIRED.take()
}

/// A worker of the tests.
#[derive(Clone)]
pub struct TestWorker {
    /// Its key.
    pub key: ed25519::Pair,
    /// Its identity.
    pub id: WorkerId,
}

impl TestWorker {
    /// The worker `number`: valid, opted in, active until [`ACTIVE`].
    pub fn new(number: u8) -> Self {
        let key = ed25519::Pair::from_seed(&[number; 32]);
        let mut record = fixture::worker(AccountId([number; 32]), SigningKey(key.public().0));
        record.verdict.measurement = Digest([number; 32]);
        record.active_until = ACTIVE;
        let worker = Self { key, id: WorkerId([number; 32]) };
        WORKERS.with_borrow_mut(|workers| workers.insert(worker.id, (record, true)));
        worker
    }

    /// Changes the worker's record.
    pub fn change(&self, change: impl FnOnce(&mut WorkerRecord)) {
        WORKERS.with_borrow_mut(|workers| change(&mut workers.get_mut(&self.id).expect("a worker of this test").0));
    }

    /// Says whether its evidence holds.
    pub fn set_valid(&self, valid: bool) {
        WORKERS.with_borrow_mut(|workers| workers.get_mut(&self.id).expect("a worker of this test").1 = valid);
    }

    /// Says that so many Hoppers of it count.
    pub fn set_hoppers(&self, count: u8) {
        let one = |number| DeviceRecord {
            id: DeviceId { root: Digest([0; 32]), serial: [number; 20] },
            architecture: Architecture::Hopper,
            driver: None,
            firmware: Firmware([0; 5]),
            measurement: Digest([0; 32]),
            driver_manifest: None,
            firmware_manifest: None,
            mode: Mode::Unstated,
            asked_at: 1,
            judged_at: 1,
            valid_until: 2,
            evidence: Digest([0; 32]),
        };
        let none = Digest([0; 32]);
        let root = DeviceRoot { device_certificate: none, manifest_certificate: none, development: false };
        let facts = DeviceFacts { now: 1, root: Some(root), judged_since: 0, denied: false };
        let record = Known::worker(&self.id).expect("a worker of this test");
        let shown =
            WorkerDevices { boot: record.boot, devices: BoundedVec::truncate_from((0..count).map(one).collect()) };
        let valid = shown.counting(&record, |_| Ok::<_, ()>(facts.clone())).expect("cannot fail");
        DEVICES.with_borrow_mut(|devices| devices.insert(self.id, valid));
    }

    /// Removes it.
    pub fn remove(&self) {
        WORKERS.with_borrow_mut(|workers| workers.remove(&self.id));
    }

    /// Its origin.
    pub fn origin(&self) -> RuntimeOrigin {
        RuntimeOrigin::signed(AccountId32::new(self.key.public().0))
    }

    /// Claims the lease of `contract`.
    pub fn claim(&self, contract: ContractId) -> DispatchResult {
        Contracts::claim_lease(self.origin(), contract)
    }

    /// Says that it opened the store of `contract` at `head` under lease `lease`.
    pub fn open(&self, contract: ContractId, lease: u64, head: StateHead) -> DispatchResult {
        Contracts::open(self.origin(), BoundedVec::truncate_from(vec![Opening { contract, lease, head }]))
    }

    /// Anchors the head of `contract`.
    pub fn anchor(&self, contract: ContractId, lease: u64, incarnation: u64, head: StateHead) -> DispatchResult {
        let anchors = BoundedVec::truncate_from(vec![Anchor { contract, lease, incarnation, head }]);
        Contracts::anchor(self.origin(), anchors, Digest([1; 32])).map(drop).map_err(|failed| failed.error)
    }

    /// A receipt of this worker with the given facts and report of `call`.
    pub fn receipt(&self, contract: ContractId, lease: u64, incarnation: u64, number: u64, call: &[u8]) -> Vec<u8> {
        let fields = ReceiptFields {
            network: NETWORK,
            contract,
            code: CODE,
            version: 1,
            manifest: Digest([0; 32]),
            lease,
            incarnation,
            worker: SigningKey(self.key.public().0),
            block: BlockRef { number: 1, hash: BlockHash([0; 32]) },
            request_id: RequestId([0; 16]),
            request: Digest([0; 32]),
            response: Digest([0; 32]),
            before: head(0),
            after: head(1),
            fuel: 1,
            cost_table: Digest([0; 32]),
            bytes_in: 1,
            bytes_out: 1,
            egress: vec![],
            caller: Caller::Anonymous,
            durability: Durability::Durable,
            report: Some(Report { number, call: report_digest(&NETWORK, &contract, number, call) }),
            earlier: None,
            schedule: None,
            transition: None,
            webhook: None,
            message: None,
        };
        let receipt = SignedReceipt::sign(&fields, || [5; 16], |message| self.key.sign(message).0);
        receipt.open(&[Label::Contract, Label::Lease, Label::Incarnation, Label::Report]).to_bytes()
    }

    /// Sends a report.
    pub fn report(&self, receipt: Vec<u8>, call: &[u8]) -> DispatchResult {
        let call = BoundedVec::truncate_from(call.to_vec());
        Contracts::report(self.origin(), BoundedVec::truncate_from(receipt), call)
    }
}

/// The head after `sequence` commits of the one history that tests know.
pub fn head(sequence: u64) -> StateHead {
    StateHead { sequence, hash: Digest([sequence as u8; 32]) }
}

/// A call that contracts may report.
pub fn remark(text: &str) -> Vec<u8> {
    RuntimeCall::System(frame_system::Call::remark_with_event { remark: text.into() }).encode()
}

/// An account.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// A manifest.
pub fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "test".into(),
        grants: vec![Capability::Kv],
        limits: Limits::default(),
        egress: vec![],
        extra_roots: vec![],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: Vec::new(),
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    }
}

/// The genesis named no network.
pub fn unnamed() {
    NAMED.set(false);
}

/// Deploys a contract of account 1 under `policy`.
pub fn deploy(policy: ContractPolicy, salt: u8) -> ContractId {
    let manifest = BoundedVec::truncate_from(manifest().encode());
    Contracts::deploy(RuntimeOrigin::signed(account(1)), CODE, manifest, policy, [salt; 32]).expect("deploys");
    ContractId::derive(&NETWORK, &AccountId([1; 32]), &[salt; 32])
}

/// Runs a test from block 10 with [`CODE`] announced, where accounts 1 and 2 have enough money and 3 has little, and
/// checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    WORKERS.with_borrow_mut(BTreeMap::clear);
    DEVICES.with_borrow_mut(BTreeMap::clear);
    RETIRED.with_borrow_mut(Vec::clear);
    NAMED.set(true);
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis builds");
    let balances = vec![(account(1), 1_000_000), (account(2), 1_000_000), (account(3), 10)];
    let money = pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() };
    money.assimilate_storage(&mut storage).expect("the accounts are different ones");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(10);
        Contracts::upload_code(RuntimeOrigin::signed(account(1)), CODE, 1000).expect("is announced");
        test();
        Contracts::do_try_state().expect("the invariants hold");
    });
}
