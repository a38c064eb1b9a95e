//! A chain with this pallet, whose contracts, leases and workers are whatever a test says.

use std::cell::RefCell;

use adyton_pallet_traits::{Deployments, Leases, Workers, fixture};
use adyton_protocol::{
    ids::{AccountId, ContractId, SigningKey, WorkerId},
    manifest::Limits,
    record::{LeaseRecord, WorkerRecord},
};
use frame_support::{
    derive_impl,
    traits::{ConstU32, ConstU128},
};
use polkadot_sdk::{
    sp_runtime::{AccountId32, BuildStorage, traits::IdentityLookup},
    *,
};

use crate as pallet_messages;

/// A contract that takes messages.
pub const CONTRACT: ContractId = ContractId([9; 32]);
/// One that takes none.
pub const DEAF: ContractId = ContractId([10; 32]);
/// What is held for a message, and for each of its bytes.
pub const DEPOSIT: (u128, u128) = (100, 2);
/// For how many blocks a message waits.
pub const EXPIRY: u32 = 20;
/// What accounts 1 and 2 have.
pub const MONEY: u128 = 1_000_000;

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
    pub type Messages = pallet_messages;
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

impl pallet_messages::Config for Test {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Deposit = ConstU128<{ DEPOSIT.0 }>;
    type ByteDeposit = ConstU128<{ DEPOSIT.1 }>;
    type Expiry = ConstU32<EXPIRY>;
    type Deployments = Known;
    type Leases = Known;
    type Workers = Known;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

thread_local! {
    static GONE: RefCell<bool> = const { RefCell::new(false) };
    static HOLDER: RefCell<Option<WorkerId>> = const { RefCell::new(None) };
}

/// What the tests say about contracts, leases and workers.
pub struct Known;

impl Deployments for Known {
    fn takes_messages(contract: &ContractId) -> Option<bool> {
        let gone = GONE.with_borrow(|gone| *gone);
        [CONTRACT, DEAF].contains(contract).then_some(*contract == CONTRACT).filter(|_| !gone)
    }

    fn owner(contract: &ContractId) -> Option<AccountId> {
        Self::takes_messages(contract).map(|_| AccountId([1; 32]))
    }

    fn limits(contract: &ContractId) -> Option<Limits> {
        Self::takes_messages(contract).map(|_| Limits::default())
    }
}

impl Leases for Known {
    const DEVICE_READS: u64 = 0;

    fn living_lease(contract: &ContractId) -> Option<LeaseRecord> {
        let holder = HOLDER.with_borrow(|holder| *holder).filter(|_| *contract == CONTRACT)?;
        Some(LeaseRecord { number: 1, holder, since: 1, released: false })
    }
}

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        // The workers of tests are 5 and 6; what they have shown is of no matter here.
        let worker = WorkerId(account.0);
        Self::worker(&worker).map(|record| (worker, record))
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        [[5; 32], [6; 32]].contains(&worker.0).then(|| fixture::worker(AccountId([1; 32]), SigningKey(worker.0)))
    }
}

/// Account or worker `number`.
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// Account `number`.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// Worker `number` holds [`CONTRACT`].
pub fn lease(number: u8) {
    HOLDER.with_borrow_mut(|holder| *holder = Some(WorkerId([number; 32])));
}

/// The contracts' owner ends them.
pub fn end_contracts() {
    GONE.with_borrow_mut(|gone| *gone = true);
}

/// Runs a test from block 10, where accounts 1 and 2 have [`MONEY`] and 3 has little, and checks the pallet's
/// invariants at its end.
pub fn run(test: impl FnOnce()) {
    GONE.with_borrow_mut(|gone| *gone = false);
    HOLDER.with_borrow_mut(|holder| *holder = None);
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("the genesis builds");
    let balances = vec![(account(1), MONEY), (account(2), MONEY), (account(3), 10)];
    let money = pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() };
    money.assimilate_storage(&mut storage).expect("the accounts are different ones");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(10);
        test();
        Messages::do_try_state().expect("the invariants hold");
    });
}
