//! What the calls cost.

use adyton_protocol::{
    ids::{ContractId, SigningKey, WorkerId},
    record::CommitteeRecord,
    statement::Role,
};
use frame_support::BoundedVec;
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_runtime::AccountId32, *};

use crate::{Call, Committee, Config, DangerCommitteeOfOne, FIRST_EPOCH, Pallet, Releases};

const KEY: SigningKey = SigningKey([5; 32]);

/// Prepares the state in which workers and keyholders are valid.
pub trait Helper {
    /// Registers a valid program with `key`, and answers who it is.
    fn program(key: SigningKey, role: Role) -> WorkerId;
    /// A contract whose living lease `worker` holds.
    fn leased(worker: WorkerId) -> ContractId;
}

fn committee(keyholder: WorkerId) -> CommitteeRecord {
    CommitteeRecord {
        epoch: FIRST_EPOCH,
        threshold: 1,
        keyholders: BoundedVec::truncate_from([keyholder].to_vec()),
        group: BoundedVec::truncate_from([1; 4096].to_vec()),
    }
}

fn origin() -> RawOrigin<AccountId32> {
    RawOrigin::Signed(AccountId32::new(KEY.0))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn publish_committee() {
        DangerCommitteeOfOne::<T>::put(true);
        let keyholder = T::BenchmarkHelper::program(KEY, Role::Keyholder);

        #[extrinsic_call]
        _(origin(), committee(keyholder));

        assert!(Committee::<T>::exists());
    }

    #[benchmark]
    fn request_release() {
        let worker = T::BenchmarkHelper::program(KEY, Role::Worker);
        Committee::<T>::put(committee(worker));
        let contract = T::BenchmarkHelper::leased(worker);

        #[extrinsic_call]
        _(origin(), contract);

        assert!(Releases::<T>::contains_key((contract, worker)));
    }
}
