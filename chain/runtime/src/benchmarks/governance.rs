//! What the calls of `governance` cost: measured from here, as that pallet takes its weights from nowhere else yet.

use adyton_pallet_governance::{Call, Lock, Periods, TrackPeriods};
use core::marker::PhantomData;
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, *};

/// What is measured.
pub struct Pallet<T>(PhantomData<T>);

/// Where it is.
pub trait Config: adyton_pallet_governance::Config {}

impl Config for crate::Runtime {}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_periods() {
        let periods = Periods { prepare: 1, decision: 2, confirm: 3, enactment: 4 };

        #[extrinsic_call]
        _(RawOrigin::Root, 0, Some(periods));

        assert_eq!(TrackPeriods::<T>::get(0), Some(periods));
    }

    #[benchmark]
    fn set_lock() {
        #[extrinsic_call]
        _(RawOrigin::Root, 7);

        assert_eq!(Lock::<T>::get(), 7);
    }
}
