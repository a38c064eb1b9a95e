//! What the calls cost.

use adyton_pallet_traits::Retirement;
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, ContractId, SigningKey, WorkerId},
    record::{CommitteeRecord, ReleaseRecord},
    statement::Role,
};
use frame_support::BoundedVec;
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_runtime::AccountId32, *};

use crate::{Call, Committee, Config, DangerCommitteeOfOne, Ended, FIRST_EPOCH, MOST_AT_ONCE, Pallet, Releases};

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

/// A contract for whose keys `count` workers asked.
fn asked<T: Config>(count: u32) -> ContractId {
    let contract = ContractId([7; 32]);
    for number in 0..count {
        let mut worker = [0; 32];
        worker[..4].copy_from_slice(&number.to_le_bytes());
        let release = ReleaseRecord { lease: 1, boot: 1, epoch: FIRST_EPOCH, requested_at: 1, ordinal: 1 };
        Releases::<T>::insert(contract, WorkerId(worker), release);
    }
    contract
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

        assert!(Releases::<T>::contains_key(contract, worker));
    }

    #[benchmark]
    fn retired() {
        let contract = asked::<T>(2);

        #[block]
        {
            Pallet::<T>::retired(&contract, &ProtocolAccount([1; 32])).expect("nothing is refused");
        }

        assert!(Ended::<T>::contains_key(contract));
    }

    /// All of them and the look for one more, by which the contract goes too.
    #[benchmark]
    fn sweep(n: Linear<0, MOST_AT_ONCE>) {
        let contract = asked::<T>(n);
        Ended::<T>::insert(contract, ());

        #[block]
        {
            Pallet::<T>::sweep(n.saturating_add(1));
        }

        assert!(!Ended::<T>::contains_key(contract));
    }
}
