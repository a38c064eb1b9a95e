//! A chain with this pallet, whose workers and leases are whatever a test says.

use std::{cell::RefCell, collections::BTreeMap};

use adyton_pallet_traits::{Leases, Workers, fixture};
use adyton_protocol::{
    ids::{AccountId, ContractId, SigningKey, WorkerId},
    record::{CommitteeRecord, LeaseRecord, WorkerRecord},
    statement::Role,
};
use frame_support::{BoundedVec, derive_impl};
use polkadot_sdk::{
    sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup},
    *,
};

use crate as pallet_keys;

/// The contract of tests.
pub const CONTRACT: ContractId = ContractId([9; 32]);
/// Another contract with the same lease.
pub const OTHER: ContractId = ContractId([10; 32]);

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Keys = pallet_keys;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

impl pallet_keys::Config for Test {
    type Workers = Known;
    type Leases = Known;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

thread_local! {
    static WORKERS: RefCell<BTreeMap<WorkerId, WorkerRecord>> = const { RefCell::new(BTreeMap::new()) };
    static LEASE: RefCell<Option<LeaseRecord>> = const { RefCell::new(None) };
}

/// What the tests say about workers and leases.
pub struct Known;

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        WORKERS.with_borrow(|workers| {
            let found = workers.iter().find(|(_, record)| record.signing_key.0 == account.0);
            found.map(|(worker, record)| (*worker, record.clone()))
        })
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        WORKERS.with_borrow(|workers| workers.get(worker).cloned())
    }
}

impl Leases for Known {
    const DEVICE_READS: u64 = 0;

    fn living_lease(contract: &ContractId) -> Option<LeaseRecord> {
        LEASE.with_borrow(Clone::clone).filter(|_| [CONTRACT, OTHER].contains(contract))
    }
}

/// Adds worker or keyholder `number` in boot `boot`.
pub fn add(number: u8, role: Role, boot: u32) -> RuntimeOrigin {
    let record = WorkerRecord { role, boot, ..fixture::worker(AccountId([number; 32]), SigningKey([number; 32])) };
    WORKERS.with_borrow_mut(|workers| workers.insert(WorkerId([number; 32]), record));
    RuntimeOrigin::signed(AccountId32::new([number; 32]))
}

/// Gives lease `number` of [`CONTRACT`] and [`OTHER`] to worker `holder`.
pub fn lease(number: u64, holder: u8) {
    let lease = LeaseRecord { number, holder: WorkerId([holder; 32]), since: 1, released: false };
    LEASE.with_borrow_mut(|place| *place = Some(lease));
}

/// Nobody holds anything any more.
pub fn end_leases() {
    LEASE.with_borrow_mut(|place| *place = None);
}

/// A committee of the given keyholders.
pub fn committee(threshold: u32, keyholders: &[u8]) -> CommitteeRecord {
    CommitteeRecord {
        epoch: crate::FIRST_EPOCH,
        threshold,
        keyholders: BoundedVec::truncate_from(keyholders.iter().map(|number| WorkerId([*number; 32])).collect()),
        group: BoundedVec::truncate_from(vec![1; 96]),
    }
}

/// Runs a test and checks the pallet's invariants at its end.
pub fn run(danger_committee_of_one: bool, test: impl FnOnce()) {
    WORKERS.with_borrow_mut(BTreeMap::clear);
    LEASE.with_borrow_mut(|place| *place = None);
    let genesis = pallet_keys::GenesisConfig::<Test> { danger_committee_of_one, ..Default::default() };
    sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis builds")).execute_with(|| {
        System::set_block_number(5);
        test();
        Keys::do_try_state().expect("the invariants hold");
    });
}
