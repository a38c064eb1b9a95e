//! What the calls cost.

use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, *};

use crate::{Call, Config, Lock, Pallet, Periods, TrackPeriods};

const PERIODS: Periods = Periods { prepare: 1, decision: 2, confirm: 3, enactment: 4 };

#[benchmarks]
mod benchmarks {
    use super::*;

    /// Over periods that are there.
    #[benchmark]
    fn set_periods() {
        TrackPeriods::<T>::insert(0, Periods { prepare: 9, ..PERIODS });

        #[extrinsic_call]
        _(RawOrigin::Root, 0, Some(PERIODS));

        assert_eq!(TrackPeriods::<T>::get(0), Some(PERIODS));
    }

    #[benchmark]
    fn set_lock() {
        #[extrinsic_call]
        _(RawOrigin::Root, 7);

        assert_eq!(Lock::<T>::get(), 7);
    }
}
