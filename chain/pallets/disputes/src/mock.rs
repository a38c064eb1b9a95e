//! A chain with money and this pallet, whose beacon, workers, contracts and offences are whatever a test says.

use std::{cell::RefCell, collections::BTreeMap};

use adyton_pallet_traits::{
    Beacon, BootKey, BootKeys, Charging, Deployments, Histories, Holder, Leases, Running, Verdict, Vouched, Workers,
    fixture,
};
use adyton_protocol::{
    contract_call::Callees,
    dispute::{Answer, LEAVES, ManifestBytes, Outcome, Parameters, SALT, Source, commitment},
    ids::*,
    manifest::{Callers, Capability, Durability, Limits, MAX_DISPUTABLE_STORAGE, Manifest},
    receipt::{Caller, Label, OpenedFields, OpenedReceipt, ReceiptFields, SignedReceipt},
    record::*,
    rewards::BILLION,
};
use codec::Encode;
use frame_support::{
    BoundedVec, derive_impl,
    traits::{ConstU64, ConstU128, Get, Hooks, fungible::Mutate},
    weights::Weight,
};
use polkadot_sdk::{
    sp_core::{Pair, ed25519},
    sp_io,
    sp_runtime::{AccountId32, BuildStorage, DispatchError, DispatchResult, Perbill, traits::IdentityLookup},
    *,
};

use crate::{self as pallet_disputes, LastDispute, Receipt};

/// The network of tests.
pub const NETWORK: NetworkId = NetworkId([7; 32]);
/// The contract of tests.
pub const CONTRACT: ContractId = ContractId([9; 32]);
/// What accounts 1 to 3, the treasury's and each juror's operator's have.
pub const MONEY: u128 = 1_000_000;
/// How many blocks a round of the beacon takes.
pub const ROUND: u32 = 10;
/// The stake behind each worker of tests.
pub const STAKE: u128 = 100_000;
/// Who disputes.
pub const CHALLENGER: u8 = 1;
/// Who operates worker [`ACCUSED`].
pub const OPERATOR: u8 = 2;
/// The worker whose results are disputed.
pub const ACCUSED: u8 = 5;
/// The treasury's account.
pub const TREASURY: u8 = 4;
/// What tests decide.
pub const PARAMETERS: Parameters = Parameters {
    window: 50,
    jurors: 3,
    wait: 30,
    commit: 5,
    reveal: 5,
    bond: 1_000,
    fee: 100,
    wrong_result: BILLION / 10,
    withheld: BILLION / 100,
    wrong_verdict: BILLION / 50,
};

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
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(2)]
    pub type Disputes = pallet_disputes;
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
    type ExistentialDeposit = ConstU128<10>;
}

impl pallet_disputes::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = frame_system::EnsureRoot<AccountId32>;
    type Treasury = Known;
    type Network = Known;
    type SlotDuration = ConstU64<6_000>;
    type Beacon = Known;
    type Workers = Known;
    type BootKeys = Known;
    type Running = Known;
    type Deployments = Known;
    type Leases = Known;
    type Histories = Known;
    type Charging = Known;
    type WeightInfo = ();
}

/// A worker of the tests.
#[derive(Clone)]
pub struct TestWorker {
    /// Its key.
    pub key: SigningKey,
    /// Who operates it.
    pub operator: AccountId,
    /// The kind of its evidence.
    pub kind: EvidenceKind,
    /// Since which block it runs for rewards, if it does.
    pub runs: Option<u32>,
    /// Whether its evidence holds.
    pub valid: bool,
    /// Whether its key is still its present one.
    pub present: bool,
    /// What stands behind it.
    pub stake: u128,
}

/// An offence that somebody is accused of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOffence {
    /// Whose.
    pub worker: WorkerId,
    /// What it costs.
    pub amount: u128,
    /// Who is issued a share.
    pub reporter: AccountId,
    /// What the jurors have decided.
    pub verdict: Option<Verdict>,
}

/// Everything that the tests say.
#[derive(Default)]
pub struct Facts {
    /// Whether the genesis names no network.
    pub nameless: bool,
    /// Whether no round is ever due.
    pub dark: bool,
    /// The newest round, and its block.
    pub latest: Option<(u64, u32)>,
    /// The workers.
    pub workers: BTreeMap<WorkerId, TestWorker>,
    /// Whether the contract is gone.
    pub gone: bool,
    /// Who holds the contract, under lease 2.
    pub holder: Option<WorkerId>,
    /// Under which lease the contract's state was opened last, and at which sequence.
    pub opened: Option<(u64, u64)>,
    /// For how many blocks an offence can be reported.
    pub evidence_window: u32,
    /// The offences that are neither applied nor cancelled.
    pub offences: BTreeMap<u64, TestOffence>,
    /// How many there were.
    pub offence_count: u64,
    /// The jurors who were charged, and what that cost.
    pub charged: Vec<(WorkerId, u128)>,
    /// Who was charged because they hold the contract, and what that cost.
    pub holders: Vec<(WorkerId, u128)>,
    /// What was issued.
    pub issued: u128,
}

thread_local! {
    static FACTS: RefCell<Facts> = RefCell::new(Facts::first());
}

impl Facts {
    /// Nobody and nothing is there, and offences can be reported as long as the rules of production ask for.
    fn first() -> Self {
        Self { evidence_window: pallet_disputes::production().window, ..Self::default() }
    }
}

/// Changes what the tests say, or reads it.
pub fn facts<R>(change: impl FnOnce(&mut Facts) -> R) -> R {
    FACTS.with_borrow_mut(change)
}

/// What the tests say.
pub struct Known;

impl Get<Option<NetworkId>> for Known {
    fn get() -> Option<NetworkId> {
        facts(|facts| (!facts.nameless).then_some(NETWORK))
    }
}

impl Get<AccountId32> for Known {
    fn get() -> AccountId32 {
        account(TREASURY)
    }
}

impl Beacon for Known {
    fn latest() -> Option<(u64, u32)> {
        facts(|facts| facts.latest)
    }

    fn due() -> Option<u64> {
        let due = u64::from(System::block_number() / ROUND);
        (due > 0 && !facts(|facts| facts.dark)).then_some(due)
    }

    fn value(round: u64) -> Option<([u8; 32], u32)> {
        let latest = Self::latest().filter(|(latest, _)| *latest == round)?;
        Some(([round as u8; 32], latest.1))
    }
}

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        let is_it = |worker: &TestWorker| worker.key.0 == account.0 && worker.valid && worker.present;
        let found = facts(|facts| {
            let found = facts.workers.iter().find(|(_, worker)| is_it(worker));
            found.map(|(id, worker)| (*id, worker.clone()))
        });
        found.map(|(id, worker)| (id, record(&worker)))
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        facts(|facts| facts.workers.get(worker).map(record))
    }
}

fn record(worker: &TestWorker) -> WorkerRecord {
    let mut record = fixture::worker(worker.operator, worker.key);
    record.verdict.kind = worker.kind;
    record.active_until = 1000;
    record
}

impl BootKeys for Known {
    fn boot_key(key: &SigningKey) -> Option<BootKey> {
        let found = facts(|facts| {
            let found = facts.workers.iter().find(|(_, worker)| worker.key == *key);
            found.map(|(id, worker)| (*id, worker.clone()))
        });
        found.map(|(worker, known)| BootKey {
            worker,
            operator: known.operator,
            machine: MachineId::None,
            present: Vouched { from: 1, until: u64::MAX },
            before: None,
            renewed: 1,
            ended: (!known.present).then_some(1),
        })
    }
}

impl Running for Known {
    fn started(worker: &WorkerId) -> Option<u32> {
        facts(|facts| facts.workers.get(worker).and_then(|worker| worker.runs))
    }

    fn running() -> u32 {
        facts(|facts| facts.workers.values().filter(|worker| worker.runs.is_some()).count() as u32)
    }

    fn capacity(_: &WorkerId) -> u64 {
        1
    }

    fn stop(_: &WorkerId) -> Result<(), DispatchError> {
        unreachable!("nobody here stops workers")
    }

    fn stop_weight() -> Weight {
        Weight::zero()
    }
}

impl Deployments for Known {
    fn takes_messages(contract: &ContractId) -> Option<bool> {
        Self::owner(contract).map(|_| false)
    }

    fn owner(contract: &ContractId) -> Option<AccountId> {
        (*contract == CONTRACT && !facts(|facts| facts.gone)).then_some(AccountId([3; 32]))
    }

    fn limits(contract: &ContractId) -> Option<Limits> {
        Self::owner(contract).map(|_| Limits::default())
    }
}

impl Leases for Known {
    const DEVICE_READS: u64 = 0;

    fn living_lease(_: &ContractId) -> Option<LeaseRecord> {
        let holder = facts(|facts| facts.holder)?;
        Some(LeaseRecord { number: 2, holder, since: 1, released: false })
    }
}

impl Histories for Known {
    fn opening(_: &ContractId) -> Option<(HeadRecord, Option<WorkerId>)> {
        let (lease, sequence) = facts(|facts| facts.opened)?;
        let head = StateHead { sequence, hash: Digest([5; 32]) };
        Some((HeadRecord { incarnation: 2, lease, boot: 1, opening: head, latest: head }, None))
    }

    fn lease_holder(_: &ContractId, _: u64) -> Option<WorkerId> {
        unreachable!("nobody here asks for earlier leases")
    }

    fn halt(_: &ContractId) -> bool {
        unreachable!("nobody here halts contracts")
    }
}

impl Charging for Known {
    fn evidence_window() -> u32 {
        facts(|facts| facts.evidence_window)
    }

    fn read(receipt: &[u8]) -> Result<OpenedFields, DispatchError> {
        let opened = OpenedReceipt::from_bytes(receipt).map_err(|_| DispatchError::Other("no receipt"))?;
        opened.verify(&NETWORK, &verifies).map_err(|_| DispatchError::Other("another's receipt"))
    }

    fn accuse(worker: &WorkerId, fraction: Perbill, _: u32, reporter: AccountId) -> Result<u64, DispatchError> {
        facts(|facts| {
            let stake = facts.workers.get(worker).map_or(0, |worker| worker.stake);
            let amount = fraction.mul_floor(stake);
            if amount == 0 {
                return Err(DispatchError::Other("no stake"));
            }
            facts.offence_count += 1;
            let offence = TestOffence { worker: *worker, amount, reporter, verdict: None };
            facts.offences.insert(facts.offence_count, offence);
            Ok(facts.offence_count)
        })
    }

    fn decide(offence: u64, verdict: Verdict) -> bool {
        facts(|facts| {
            let there = facts.offences.contains_key(&offence);
            if verdict == Verdict::Right {
                facts.offences.remove(&offence);
            } else if let Some(offence) = facts.offences.get_mut(&offence) {
                offence.verdict = Some(verdict);
            }
            there
        })
    }

    fn charge_holder(offence: u64, holder: &Holder, fraction: Perbill, reporter: AccountId) -> bool {
        assert_eq!((holder.contract, holder.lease, reporter), (CONTRACT, 2, AccountId([TREASURY; 32])));
        facts(|facts| {
            let stake = |worker: &WorkerId| facts.workers.get(worker).map_or(0, |worker| worker.stake);
            let least = facts.offences.get(&offence).map_or(u128::MAX, |offence| stake(&offence.worker));
            let enough = stake(&holder.worker) >= least;
            if enough {
                facts.holders.push((holder.worker, fraction.mul_floor(stake(&holder.worker))));
            }
            enough
        })
    }

    fn charge_juror(juror: &WorkerId, fraction: Perbill, reporter: AccountId) -> bool {
        assert_eq!(reporter, AccountId([CHALLENGER; 32]));
        facts(|facts| {
            let amount = fraction.mul_floor(facts.workers.get(juror).map_or(0, |worker| worker.stake));
            if amount > 0 {
                facts.charged.push((*juror, amount));
            }
            amount > 0
        })
    }

    fn is_open(offence: u64) -> bool {
        facts(|facts| facts.offences.contains_key(&offence))
    }
}

fn verifies(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    ed25519::Pair::verify(&ed25519::Signature::from_raw(*signature), message, &ed25519::Public::from_raw(key.0))
}

/// The offence is applied: so much is issued for it.
pub fn apply(offence: u64, share: u128) {
    let ended = facts(|facts| facts.offences.remove(&offence)).expect("it is open");
    let reporter = AccountId32::new(ended.reporter.0);
    <Balances as Mutate<_>>::mint_into(&reporter, share).expect("the share is enough for an account");
    facts(|facts| facts.issued += share);
}

/// A worker with this number, and its operator's, is there, and runs with a stake.
pub fn worker(number: u8, operator: u8, kind: EvidenceKind) -> WorkerId {
    let id = WorkerId([number; 32]);
    let key = SigningKey(secret(number).public().0);
    let operator = AccountId([operator; 32]);
    let worker = TestWorker { key, operator, kind, runs: Some(1), valid: true, present: true, stake: STAKE };
    facts(|facts| facts.workers.insert(id, worker));
    id
}

/// So many jurors are there, each of an operator of its own, with numbers from 11 on.
pub fn jurors(count: u8) -> Vec<u8> {
    jurors_from(11, count)
}

/// The same with numbers from `first` on.
pub fn jurors_from(first: u8, count: u8) -> Vec<u8> {
    (first..first + count)
        .inspect(|number| {
            worker(*number, number + 100, EvidenceKind::IntelTdx);
            let operator = account(number + 100);
            <Balances as Mutate<_>>::mint_into(&operator, MONEY).expect("it is enough for an account");
            facts(|facts| facts.issued += MONEY);
        })
        .collect()
}

/// Changes a worker.
pub fn change(number: u8, change: impl FnOnce(&mut TestWorker)) {
    facts(|facts| change(facts.workers.get_mut(&WorkerId([number; 32])).expect("a worker of this test")));
}

fn secret(number: u8) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[number; 32])
}

/// The account of worker `number`'s key.
pub fn key(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(AccountId32::new(secret(number).public().0))
}

/// Account `number`.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// Account `number`.
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// What account `number` has free.
pub fn free(number: u8) -> u128 {
    Balances::free_balance(account(number))
}

/// A manifest that can be disputed under.
pub fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "test".into(),
        grants: vec![Capability::Kv],
        limits: Limits { storage: MAX_DISPUTABLE_STORAGE, ..Limits::default() },
        egress: vec![],
        extra_roots: vec![],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: true,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: true,
        disputable: true,
        sealed_code: false,
        reuse: false,
    }
}

/// Its bytes.
pub fn manifest_bytes(manifest: &Manifest) -> ManifestBytes {
    BoundedVec::truncate_from(manifest.encode())
}

/// What the accused's receipt says: at block 15 it answered a request so.
pub fn said() -> ReceiptFields {
    ReceiptFields {
        network: NETWORK,
        contract: CONTRACT,
        code: CodeHash([3; 32]),
        version: 1,
        manifest: manifest().digest(),
        lease: 1,
        incarnation: 1,
        worker: SigningKey(secret(ACCUSED).public().0),
        block: BlockRef { number: 15, hash: BlockHash([0; 32]) },
        request_id: RequestId([0; 16]),
        request: Digest([1; 32]),
        response: Digest([2; 32]),
        before: StateHead { sequence: 4, hash: Digest([4; 32]) },
        after: StateHead { sequence: 5, hash: Digest([5; 32]) },
        fuel: 1_000,
        cost_table: Digest([6; 32]),
        bytes_in: 1,
        bytes_out: 1,
        egress: vec![],
        caller: Caller::Anonymous,
        durability: Durability::Durable,
        report: None,
        earlier: None,
        schedule: None,
        transition: None,
        webhook: None,
        message: None,
    }
}

/// A receipt of the accused, with these leaves open.
pub fn opened(fields: &ReceiptFields, leaves: &[Label]) -> Receipt {
    opened_of(ACCUSED, fields, leaves)
}

/// The same of worker `number`.
fn opened_of(number: u8, fields: &ReceiptFields, leaves: &[Label]) -> Receipt {
    let key = secret(number);
    let fields = ReceiptFields { worker: SigningKey(key.public().0), ..fields.clone() };
    let receipt = SignedReceipt::sign(&fields, || [5; 16], |message| key.sign(message).0);
    BoundedVec::try_from(receipt.open(leaves).to_bytes()).expect("it is short enough")
}

/// [`CHALLENGER`] disputes what the fields say.
pub fn dispute(fields: &ReceiptFields) -> DispatchResult {
    dispute_of(ACCUSED, fields)
}

/// The same of worker `number`.
pub fn dispute_of(number: u8, fields: &ReceiptFields) -> DispatchResult {
    let (receipt, manifest) = (opened_of(number, fields, &LEAVES), manifest_bytes(&manifest()));
    Disputes::dispute(signed(CHALLENGER), receipt, manifest, Source::default())
}

/// [`CHALLENGER`] disputes [`said`]: the dispute's number.
pub fn disputed() -> u64 {
    dispute(&said()).expect("it can be disputed");
    LastDispute::<Test>::get()
}

/// The answer of who gets what the accused claims.
pub fn claimed() -> Answer {
    let ReceiptFields { response, after, fuel, .. } = said();
    Answer::Outcome(Outcome { response, after, fuel }.digest())
}

/// Another answer.
pub fn other(number: u8) -> Answer {
    Answer::Outcome(Digest([number; 32]))
}

/// A juror commits to an answer.
pub fn commit(juror: u8, dispute: u64, draw: u8, answer: Answer) -> DispatchResult {
    let commitment = commitment(&NETWORK, dispute, draw, &WorkerId([juror; 32]), &answer, &[juror; SALT]);
    Disputes::commit(key(juror), dispute, draw, commitment)
}

/// A juror shows an answer.
pub fn reveal(juror: u8, dispute: u64, draw: u8, answer: Answer) -> DispatchResult {
    Disputes::reveal(key(juror), dispute, draw, answer, [juror; SALT])
}

/// Goes to block `number`, through the hooks of each block.
pub fn go_to(number: u32) {
    for block in System::block_number() + 1..=number {
        System::set_block_number(block);
        Disputes::on_initialize(block);
    }
}

/// The next round of the beacon comes, and a block later jurors are drawn.
pub fn next_round() {
    let block = (System::block_number() / ROUND + 1) * ROUND;
    go_to(block);
    facts(|facts| facts.latest = Some((u64::from(block / ROUND), block)));
    go_to(block + 1);
}

/// The jurors commit to these answers and show them, and the draw is closed.
pub fn deliberate(dispute: u64, draw: u8, answers: &[(u8, Answer)]) {
    for (juror, answer) in answers {
        commit(*juror, dispute, draw, *answer).expect("the juror has a seat");
    }
    go_to(System::block_number() + PARAMETERS.commit + 1);
    for (juror, answer) in answers {
        reveal(*juror, dispute, draw, *answer).expect("the juror has committed");
    }
    go_to(System::block_number() + PARAMETERS.reveal + 1);
}

/// A genesis with these parameters.
pub fn chain(parameters: Parameters) -> sp_io::TestExternalities {
    facts(|facts| *facts = Facts::first());
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis builds");
    let balances = [CHALLENGER, OPERATOR, 3, TREASURY].map(|number| (account(number), MONEY)).to_vec();
    let money = pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() };
    money.assimilate_storage(&mut storage).expect("the accounts are different ones");
    let disputes = pallet_disputes::GenesisConfig::<Test> { parameters, ..Default::default() };
    disputes.assimilate_storage(&mut storage).expect("the parameters are possible");
    storage.into()
}

/// Runs a test from block 20, where the accused is there, and checks the pallet's invariants at its end: no PHA has come
/// from anywhere, and none has gone.
pub fn run(test: impl FnOnce()) {
    chain(PARAMETERS).execute_with(|| {
        worker(ACCUSED, OPERATOR, EvidenceKind::IntelTdx);
        facts(|facts| facts.holder = Some(WorkerId([ACCUSED; 32])));
        go_to(20);
        test();
        Disputes::do_try_state().expect("the invariants hold");
        assert_eq!(Balances::total_issuance(), 4 * MONEY + facts(|facts| facts.issued));
    });
}
