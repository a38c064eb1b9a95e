use adyton_pallet_traits::Leases as _;
use adyton_protocol::{
    device::{Architecture, MAX_DEVICES},
    ids::*,
    policy::*,
    record::*,
    statement::Role,
    storage,
};
use codec::Encode;
use frame_support::{BoundedVec, assert_err, assert_noop, assert_ok, dispatch::CheckIfFeeless};
use polkadot_sdk::{sp_runtime::DispatchError, *};

use crate::{
    mock::{Contracts, *},
    pallet, *,
};

fn open_policy() -> ContractPolicy {
    ContractPolicy::open(5)
}

fn owner() -> RuntimeOrigin {
    RuntimeOrigin::signed(account(1))
}

fn free(worker: &TestWorker, call: Call<Test>) -> bool {
    RuntimeCall::Contracts(call).is_feeless(&worker.origin())
}

fn batch<E>(entries: Vec<E>) -> BoundedVec<E, frame_support::traits::ConstU32<MAX_BATCH>> {
    BoundedVec::truncate_from(entries)
}

/// A contract leased and opened by worker 1.
fn opened() -> (TestWorker, ContractId) {
    let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
    worker.claim(contract).expect("is leased");
    worker.open(contract, 1, StateHead::genesis(&contract)).expect("is opened");
    (worker, contract)
}

mod deployment;
mod deposits;
mod halt;
mod heads;
mod lease;
mod report;

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    let (contract, worker) = (ContractId([1; 32]), WorkerId([2; 32]));
    assert_eq!(Codes::<Test>::hashed_key_for(CODE), storage::codes(&CODE));
    assert_eq!(pallet::Contracts::<Test>::hashed_key_for(contract), storage::contracts(&contract));
    assert_eq!(Retired::<Test>::hashed_key_for(contract), storage::retired(&contract));
    assert_eq!(Leases::<Test>::hashed_key_for(contract), storage::leases(&contract));
    assert_eq!(Heads::<Test>::hashed_key_for(contract), storage::heads(&contract));
    assert_eq!(Reports::<Test>::hashed_key_for(contract), storage::reports(&contract));
    assert_eq!(ReceiptAnchors::<Test>::hashed_key_for(worker), storage::receipt_anchors(&worker));
}
