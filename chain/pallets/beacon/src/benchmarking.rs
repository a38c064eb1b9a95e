//! What the calls cost.

use adyton_protocol::{beacon, beacon::RoundSchedule, ids::SigningKey};
use frame_support::traits::{EnsureOrigin, Get};
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_runtime::AccountId32, *};

use crate::{Call, Config, Key, Latest, Pallet, Removed, Schedule, bls::signer};

const KEY: SigningKey = SigningKey([5; 32]);
const SECRET: u64 = 7;
const LENGTH: u32 = 600;

/// Prepares the state in which rounds are awaited.
pub trait Helper {
    /// A network whose committee is one valid keyholder with `key`.
    fn committee(key: SigningKey);
}

fn origin() -> RawOrigin<AccountId32> {
    RawOrigin::Signed(AccountId32::new(KEY.0))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn publish_key() {
        T::BenchmarkHelper::committee(KEY);

        #[extrinsic_call]
        _(origin(), signer::commitments(SECRET));

        assert!(Key::<T>::exists());
    }

    #[benchmark]
    fn submit() {
        T::BenchmarkHelper::committee(KEY);
        Key::<T>::put(signer::commitments(SECRET));
        let now = Pallet::<T>::block_number();
        // Due since this block.
        Schedule::<T>::put(RoundSchedule { first: 8, block: now, length: LENGTH });
        Latest::<T>::put(7);
        let network = T::Network::get().expect("the helper makes a network");
        let signature = signer::sign(SECRET, &beacon::message(&network, 8));

        #[extrinsic_call]
        _(origin(), 8, signature);

        assert_eq!(Latest::<T>::get(), Some(8));
    }

    #[benchmark]
    fn set_round_length() -> Result<(), BenchmarkError> {
        let admin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(admin as T::RuntimeOrigin, LENGTH);

        assert_eq!(Schedule::<T>::get().map(|schedule| schedule.length), Some(LENGTH));
        Ok(())
    }

    #[benchmark]
    fn remove_key() -> Result<(), BenchmarkError> {
        let admin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        Key::<T>::put(signer::commitments(SECRET));

        #[extrinsic_call]
        _(admin as T::RuntimeOrigin);

        assert!(!Key::<T>::exists() && Removed::<T>::contains_key(signer::commitments(SECRET)));
        Ok(())
    }
}
