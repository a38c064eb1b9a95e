//! A chain with money and this pallet, whose workers, contracts and pools are whatever a test says.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use adyton_pallet_traits::{
    Absence, Admission, Assignment, Attestation, BootKey, BootKeys, CollateralRef, Histories, Judged, LeaseTimes,
    PoolId, Pools, Presence, Slashed, Vouched, Workers, fixture,
};
use adyton_protocol::{
    ids::*,
    manifest::Durability,
    receipt::{Caller, Earlier, Label, ReceiptFields, SignedReceipt},
    record::*,
    statement::AttestedStatement,
};
use frame_support::{
    BoundedVec, derive_impl,
    traits::{ConstU32, ConstU128, Hooks, UnixTime},
};
use polkadot_sdk::{
    sp_core::{Pair, ed25519},
    sp_io,
    sp_runtime::{AccountId32, BuildStorage, DispatchError, DispatchResult, Perbill, traits::IdentityLookup},
    *,
};

use crate::{self as pallet_slashing, Parameters, Receipt};

/// The network of tests.
pub const NETWORK: NetworkId = NetworkId([7; 32]);
/// The time of block 0, Unix seconds.
pub const NOW: u64 = 1_800_000_000;
/// How many blocks what leaves a pool takes, where a test says nothing else.
pub const UNBONDING: u32 = 100;
/// For how many blocks stake stands behind a worker that has stopped, where a test says nothing else.
pub const COOLING: u32 = 61;
/// The contract of tests.
pub const CONTRACT: ContractId = ContractId([9; 32]);
/// What accounts 1 to 9 have.
pub const MONEY: u128 = 1_000_000;
/// After how many blocks a moment is kept.
pub const INTERVAL: u32 = 4;
/// For how many blocks results can be disputed.
pub const WINDOW: u32 = 5;
/// The last second of the first verdict of tests.
pub const UNTIL: u64 = NOW + 6 * 40;
/// What tests decide.
pub const PARAMETERS: Parameters = Parameters {
    evidence_window: 60,
    appeal: 20,
    offline_grace: 10,
    offline_period: 5,
    offline_step: Perbill::from_percent(1),
    offline_limit: Perbill::from_percent(10),
    expired_grace: 12,
    revoked_grace: 3,
    invalid: Perbill::from_percent(1),
    two_histories: Perbill::from_percent(10),
    key_extracted: Perbill::from_percent(100),
    reporter_share: Perbill::from_percent(10),
    reveal_after: 3,
    commitment_deposit: 50,
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
    pub type Slashing = pallet_slashing;
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

impl pallet_slashing::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = frame_system::EnsureRoot<AccountId32>;
    type CancelOrigin = frame_system::EnsureRoot<AccountId32>;
    type Time = Known;
    type SampleInterval = ConstU32<INTERVAL>;
    type LeastWindow = ConstU32<WINDOW>;
    type Attestation = Known;
    type Admission = Known;
    type Workers = Known;
    type BootKeys = Known;
    type Histories = Known;
    type Pools = Known;
    type Presence = Known;
    type WeightInfo = ();
}

/// A pool of the tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestPool {
    /// Who owns it.
    pub owner: AccountId,
    /// What the owner has in it.
    pub own: u128,
    /// What all others have.
    pub shared: u128,
    /// What leaves it, and when that is due.
    pub leaving: Vec<(u32, u128)>,
    /// What has left.
    pub paid: u128,
    /// What of it is frozen.
    pub frozen: u128,
    /// What slashes took.
    pub taken: u128,
}

impl TestPool {
    /// All that is there.
    fn total(&self) -> u128 {
        self.own + self.shared + self.leaving.iter().map(|(_, value)| value).sum::<u128>()
    }
}

/// Everything that the tests say.
#[derive(Default)]
pub struct Facts {
    /// The chain's time.
    pub time: u64,
    /// Whether the genesis names no network.
    pub nameless: bool,
    /// How many blocks what leaves a pool takes.
    pub unbonding: u32,
    /// For how many blocks stake stands behind a worker that has stopped.
    pub cooling: u32,
    /// The registered workers.
    pub workers: BTreeMap<WorkerId, WorkerRecord>,
    /// All keys ever.
    pub keys: BTreeMap<SigningKey, BootKey>,
    /// Which keys are of machines that are denied.
    pub revoked: Vec<SigningKey>,
    /// The last admission.
    pub admitted: u64,
    /// What was denied by the pallet.
    pub denied: Vec<(MachineId, AccountId)>,
    /// The last absences.
    pub absences: BTreeMap<WorkerId, Absence>,
    /// The pools.
    pub pools: BTreeMap<PoolId, TestPool>,
    /// What stands behind workers.
    pub assignments: BTreeMap<WorkerId, Assignment>,
    /// The newest openings.
    pub openings: BTreeMap<ContractId, (HeadRecord, Option<WorkerId>)>,
    /// Who had which lease of the contract.
    pub leases: BTreeMap<u64, WorkerId>,
    /// Which contracts are halted.
    pub halted: Vec<ContractId>,
}

thread_local! {
    static FACTS: RefCell<Facts> = RefCell::new(Facts::default());
}

/// Changes what the tests say, or reads it.
pub fn facts<R>(change: impl FnOnce(&mut Facts) -> R) -> R {
    FACTS.with_borrow_mut(change)
}

/// What the tests say.
pub struct Known;

impl UnixTime for Known {
    fn now() -> Duration {
        Duration::from_secs(facts(|facts| facts.time))
    }
}

impl Attestation for Known {
    fn network() -> Option<NetworkId> {
        facts(|facts| (!facts.nameless).then_some(NETWORK))
    }

    fn lease_times() -> LeaseTimes {
        LeaseTimes { lease: 40, staleness: 10 }
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

    fn facts(worker: &WorkerRecord) -> ValidityFacts {
        facts(|facts| ValidityFacts {
            now: facts.time,
            root: Some(RootRecord { kind: worker.verdict.kind, certificate: BoundedVec::new(), development: false }),
            measurement: Some(MeasurementRecord {
                role: worker.role,
                profile: worker.verdict.profile,
                release: BoundedVec::new(),
            }),
            judged_since: 0,
            evaluation_floor: 0,
            unidentified_allowed: true,
            machine_denied: facts.revoked.contains(&worker.signing_key),
            provider_denied: false,
            operator_denied: false,
        })
    }

    fn capacity(_: &MachineId) -> u32 {
        0
    }
}

impl Admission for Known {
    fn last_admission() -> u64 {
        facts(|facts| facts.admitted)
    }

    fn deny(machine: &MachineId, operator: &AccountId) {
        facts(|facts| facts.denied.push((*machine, *operator)));
    }
}

impl Workers for Known {
    fn valid_worker(_: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        unreachable!("nobody here acts as a worker")
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        facts(|facts| facts.workers.get(worker).cloned())
    }
}

impl BootKeys for Known {
    fn boot_key(key: &SigningKey) -> Option<BootKey> {
        facts(|facts| facts.keys.get(key).cloned())
    }
}

impl Histories for Known {
    fn opening(contract: &ContractId) -> Option<(HeadRecord, Option<WorkerId>)> {
        facts(|facts| facts.openings.get(contract).copied())
    }

    fn lease_holder(contract: &ContractId, lease: u64) -> Option<WorkerId> {
        facts(|facts| facts.leases.get(&lease).copied().filter(|_| *contract == CONTRACT))
    }

    fn halt(contract: &ContractId) -> bool {
        facts(|facts| {
            let new = *contract == CONTRACT && !facts.halted.contains(contract);
            if new {
                facts.halted.push(*contract);
            }
            new
        })
    }
}

impl Pools for Known {
    fn assignment(worker: &WorkerId) -> Option<Assignment> {
        facts(|facts| facts.assignments.get(worker).copied())
    }

    fn owner(pool: PoolId) -> Option<AccountId> {
        facts(|facts| facts.pools.get(&pool).map(|pool| pool.owner))
    }

    fn bind(_: &WorkerId) -> DispatchResult {
        unreachable!("nobody here binds stake")
    }

    fn cool(_: &WorkerId) {
        unreachable!("nobody here stops workers")
    }

    fn issue_reward(_: &WorkerId, _: u128) -> u128 {
        unreachable!("nobody here earns")
    }

    fn pay_reward(_: &WorkerId, _: &AccountId, _: u128) -> DispatchResult {
        unreachable!("nobody here pays")
    }

    fn unfrozen(pool: PoolId) -> u128 {
        facts(|facts| facts.pools.get(&pool).map_or(0, |pool| pool.total() - pool.frozen))
    }

    fn frozen(pool: PoolId) -> u128 {
        facts(|facts| facts.pools.get(&pool).map_or(0, |pool| pool.frozen))
    }

    fn freeze(pool: PoolId, amount: u128) -> DispatchResult {
        facts(|facts| {
            let pool = facts.pools.get_mut(&pool).ok_or(DispatchError::CannotLookup)?;
            if amount > pool.total() - pool.frozen {
                return Err(DispatchError::Exhausted);
            }
            pool.frozen += amount;
            Ok(())
        })
    }

    fn thaw(pool: PoolId, amount: u128) {
        facts(|facts| facts.pools.get_mut(&pool).expect("a pool of this test").frozen -= amount);
    }

    fn unbonding() -> u32 {
        facts(|facts| facts.unbonding)
    }

    fn cooling() -> u32 {
        facts(|facts| facts.cooling)
    }

    fn slash(pool: PoolId, amount: u128) -> Slashed {
        facts(|facts| {
            let pool = facts.pools.get_mut(&pool).expect("a pool of this test");
            pool.frozen -= amount;
            let own = pool.own.min(amount);
            pool.own -= own;
            let mut left = amount - own;
            let leaving = pool.leaving.iter_mut().map(|(_, value)| value);
            for part in [&mut pool.shared].into_iter().chain(leaving) {
                let taken = left.min(*part);
                *part -= taken;
                left -= taken;
            }
            let taken = Slashed { own, shared: amount - own - left };
            pool.taken += taken.total();
            taken
        })
    }
}

impl Presence for Known {
    fn absence(worker: &WorkerId) -> Option<Absence> {
        facts(|facts| facts.absences.get(worker).copied())
    }
}

/// Of what others have in a pool, `amount` leaves from now on.
pub fn leave(pool: PoolId, amount: u128) {
    let due = System::block_number() + UNBONDING;
    facts(|facts| {
        let pool = facts.pools.get_mut(&pool).expect("a pool of this test");
        pool.shared -= amount;
        pool.leaving.push((due, amount));
    });
}

/// The pool with this number.
pub fn pool(number: PoolId) -> TestPool {
    facts(|facts| facts.pools.get(&number).cloned()).expect("a pool of this test")
}

/// A worker of the tests.
#[derive(Clone)]
pub struct TestWorker {
    /// Its key.
    pub key: ed25519::Pair,
    /// Its identity.
    pub id: WorkerId,
    /// Whose it is.
    pub operator: AccountId,
}

impl TestWorker {
    /// Worker `number` of operator `operator`, on a machine of its own, whose verdict holds from block 1 until [`UNTIL`].
    /// Nothing stands behind it.
    pub fn new(number: u8, operator: u8) -> Self {
        let key = ed25519::Pair::from_seed(&[number; 32]);
        let (id, operator, machine) =
            (WorkerId([number; 32]), AccountId([operator; 32]), MachineId::IntelPpid([number; 16]));
        let signing_key = SigningKey(key.public().0);
        let mut record = fixture::worker(operator, signing_key);
        record.verdict = VerdictFacts { machine, judged_at: NOW, valid_until: UNTIL, ..record.verdict };
        record.active_until = 1000;
        let present = Vouched { from: 1, until: UNTIL };
        let known = BootKey { worker: id, operator, machine, present, before: None, renewed: 1, ended: None };
        facts(|facts| {
            facts.workers.insert(id, record);
            facts.keys.insert(signing_key, known);
        });
        Self { key, id, operator }
    }

    /// The same with `stake` of `pool` behind it; the pool is made if it is not there, with a fifth of its own.
    pub fn staked(number: u8, operator: u8, pool: PoolId, stake: u128) -> Self {
        let worker = Self::new(number, operator);
        facts(|facts| {
            let new = || TestPool {
                owner: worker.operator,
                own: 0,
                shared: 0,
                leaving: Vec::new(),
                paid: 0,
                frozen: 0,
                taken: 0,
            };
            let behind = facts.pools.entry(pool).or_insert_with(new);
            behind.own += stake / 5;
            behind.shared += stake - stake / 5;
            facts.assignments.insert(worker.id, Assignment { pool, stake, running: true });
        });
        worker
    }

    /// Its key.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey(self.key.public().0)
    }

    /// Changes what is remembered of its key.
    pub fn change_key(&self, change: impl FnOnce(BootKey) -> BootKey) {
        facts(|facts| {
            let known = facts.keys.remove(&self.signing_key()).expect("a worker of this test");
            facts.keys.insert(self.signing_key(), change(known));
        });
    }

    /// Says that what its evidence rests on is revoked.
    pub fn revoke(&self) {
        facts(|facts| facts.revoked.push(self.signing_key()));
    }

    /// It is gone, and its key with it; what stands behind it stays.
    pub fn retire(&self) {
        self.change_key(|known| BootKey { ended: Some(System::block_number()), ..known });
        facts(|facts| facts.workers.remove(&self.id));
    }

    /// Says that it was absent.
    pub fn absent(&self, since: u32, until: Option<u32>) {
        self.absent_but_for(since, until, 0);
    }

    /// As [`Self::absent`], but that it was stopped for `paused` of these blocks.
    pub fn absent_but_for(&self, since: u32, until: Option<u32>, paused: u32) {
        facts(|facts| facts.absences.insert(self.id, Absence { since, until, paused }));
    }

    /// What it signed about a call.
    pub fn signed(&self, said: &Said) -> SignedReceipt {
        SignedReceipt::sign(&said.fields(self.signing_key()), || [5; 16], |message| self.key.sign(message).0)
    }

    /// The same as evidence, with the leaves open that two histories need.
    pub fn receipt(&self, said: &Said) -> Receipt {
        opened(&self.signed(said), &LABELS)
    }
}

/// The leaves that two histories need.
pub const LABELS: [Label; 7] =
    [Label::Contract, Label::Lease, Label::Incarnation, Label::Block, Label::Before, Label::After, Label::Extensions];

/// A receipt as evidence.
pub fn opened(receipt: &SignedReceipt, labels: &[Label]) -> Receipt {
    BoundedVec::try_from(receipt.open(labels).to_bytes()).expect("it is short enough")
}

/// What a receipt of the tests says.
#[derive(Clone, Copy)]
pub struct Said {
    /// The network.
    pub network: NetworkId,
    /// The contract.
    pub contract: ContractId,
    /// The lease.
    pub lease: u64,
    /// The incarnation.
    pub incarnation: u64,
    /// The block acted on.
    pub block: u32,
    /// The state before.
    pub before: StateHead,
    /// The state after.
    pub after: StateHead,
    /// Which boot signed first.
    pub earlier: Option<Earlier>,
}

/// One commit of [`CONTRACT`] at block 10 in its first incarnation, from head 4 to head 5.
pub const SAID: Said = Said {
    network: NETWORK,
    contract: CONTRACT,
    lease: 1,
    incarnation: 1,
    block: 10,
    before: head(4),
    after: head(5),
    earlier: None,
};

impl Said {
    fn fields(&self, worker: SigningKey) -> ReceiptFields {
        ReceiptFields {
            network: self.network,
            contract: self.contract,
            code: CodeHash([3; 32]),
            version: 1,
            manifest: Digest([0; 32]),
            lease: self.lease,
            incarnation: self.incarnation,
            worker,
            block: BlockRef { number: self.block, hash: BlockHash([0; 32]) },
            request_id: RequestId([0; 16]),
            request: Digest([0; 32]),
            response: Digest([0; 32]),
            before: self.before,
            after: self.after,
            fuel: 1,
            cost_table: Digest([0; 32]),
            bytes_in: 1,
            bytes_out: 1,
            egress: vec![],
            caller: Caller::Anonymous,
            durability: Durability::Durable,
            report: None,
            earlier: self.earlier,
            schedule: None,
            transition: None,
            webhook: None,
            message: None,
        }
    }
}

/// The head after `sequence` commits of the first history of the tests.
pub const fn head(sequence: u64) -> StateHead {
    StateHead { sequence, hash: Digest([sequence as u8; 32]) }
}

/// The same of another history.
pub const fn other_head(sequence: u64) -> StateHead {
    StateHead { sequence, hash: Digest([sequence as u8 + 100; 32]) }
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

/// Goes to block `number`, through the hooks of each block: pools pay what is due, unless they are frozen.
pub fn go_to(number: u32) {
    for block in System::block_number() + 1..=number {
        System::set_block_number(block);
        Slashing::on_initialize(block);
        facts(|facts| {
            facts.time = NOW + 6 * u64::from(block);
            for pool in facts.pools.values_mut().filter(|pool| pool.frozen == 0) {
                let is_due = |(due, _): &(u32, u128)| *due <= block;
                let (due, left): (Vec<_>, Vec<_>) = pool.leaving.iter().copied().partition(is_due);
                pool.leaving = left;
                pool.paid += due.iter().map(|(_, value)| value).sum::<u128>();
            }
        });
    }
}

/// A genesis with these parameters.
pub fn chain(parameters: Parameters) -> sp_io::TestExternalities {
    facts(|facts| *facts = Facts { time: NOW, unbonding: UNBONDING, cooling: COOLING, ..Facts::default() });
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis builds");
    let balances = (1..10).map(|number| (account(number), MONEY)).collect();
    let money = pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() };
    money.assimilate_storage(&mut storage).expect("the accounts are different ones");
    let slashing = pallet_slashing::GenesisConfig::<Test> { parameters: Some(parameters), ..Default::default() };
    slashing.assimilate_storage(&mut storage).expect("the parameters are possible");
    storage.into()
}

/// Runs a test from block 20 and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    chain(PARAMETERS).execute_with(|| {
        go_to(20);
        test();
        Slashing::do_try_state().expect("the invariants hold");
    });
}
