//! Periods and origins, alone.

use polkadot_sdk::{
    frame_support::{
        assert_noop, assert_ok, derive_impl,
        traits::{ConstU32, Contains, EnsureOrigin},
    },
    frame_system::{self, RawOrigin},
    sp_io,
    sp_runtime::{BuildStorage, DispatchError, traits::IdentityLookup},
};

use crate::{self as adyton_pallet_governance, *};

type Block = frame_system::mocking::MockBlock<Test>;

/// Tracks 0 and 3.
pub struct Two;

impl Contains<u16> for Two {
    fn contains(track: &u16) -> bool {
        [0, 3].contains(track)
    }
}

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Governance = adyton_pallet_governance;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = u64;
    type Lookup = IdentityLookup<u64>;
}

impl Config for Test {
    type Tracks = Two;
    type DefaultLock = ConstU32<100>;
    type WeightInfo = ();
}

const PERIODS: Periods = Periods { prepare: 0, decision: 10, confirm: 2, enactment: 1 };

fn genesis(periods: Vec<(u16, Periods)>, lock: Option<u32>) -> sp_io::TestExternalities {
    let governance = adyton_pallet_governance::GenesisConfig { periods, lock, ..Default::default() };
    RuntimeGenesisConfig { governance, ..Default::default() }.build_storage().expect("the genesis builds").into()
}

fn run(test: impl FnOnce()) {
    genesis(vec![(3, PERIODS)], None).execute_with(|| {
        System::set_block_number(1);
        test();
        Governance::do_try_state().expect("the invariants hold");
    });
}

#[test]
fn genesis_sets_periods_and_the_lock() {
    run(|| {
        assert_eq!(TrackPeriods::<Test>::get(3), Some(PERIODS));
        assert_eq!(TrackPeriods::<Test>::get(0), None);
        assert_eq!(Lock::<Test>::get(), 100);
    });
    genesis(Vec::new(), Some(7)).execute_with(|| assert_eq!(Lock::<Test>::get(), 7));
}

#[test]
#[should_panic(expected = "there is no track 1")]
fn genesis_knows_no_other_tracks() {
    genesis(vec![(1, PERIODS)], None);
}

#[test]
#[should_panic(expected = "a decision takes at least a block")]
fn genesis_has_no_decision_without_time() {
    genesis(vec![(0, Periods { confirm: 0, ..PERIODS })], None);
}

#[test]
#[should_panic(expected = "a vote locks for at least a block")]
fn genesis_has_no_vote_that_locks_nothing() {
    genesis(Vec::new(), Some(0));
}

#[test]
fn root_sets_periods_and_takes_them_back() {
    run(|| {
        assert_ok!(Governance::set_periods(RawOrigin::Root.into(), 0, Some(PERIODS)));
        assert_eq!(TrackPeriods::<Test>::get(0), Some(PERIODS));
        System::assert_last_event(Event::PeriodsSet { track: 0, periods: Some(PERIODS) }.into());
        assert_ok!(Governance::set_periods(RawOrigin::Root.into(), 0, None));
        assert_eq!(TrackPeriods::<Test>::get(0), None);
        assert_ok!(Governance::set_lock(RawOrigin::Root.into(), 5));
        assert_eq!(Lock::<Test>::get(), 5);
        System::assert_last_event(Event::LockSet { blocks: 5 }.into());
    });
}

#[test]
fn nobody_else_sets_them() {
    run(|| {
        for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::none(), Origin::TeePolicy.into()] {
            let refused = DispatchError::BadOrigin;
            assert_noop!(Governance::set_periods(origin.clone(), 0, None), refused);
            assert_noop!(Governance::set_lock(origin, 5), refused);
        }
    });
}

#[test]
fn a_track_that_is_not_there_has_no_periods() {
    run(|| {
        assert_noop!(Governance::set_periods(RawOrigin::Root.into(), 1, Some(PERIODS)), Error::<Test>::UnknownTrack);
    });
}

#[test]
fn nothing_that_is_waited_for_takes_no_time() {
    run(|| {
        for periods in
            [Periods { decision: 0, ..PERIODS }, Periods { confirm: 0, ..PERIODS }, Periods { enactment: 0, ..PERIODS }]
        {
            assert_noop!(Governance::set_periods(RawOrigin::Root.into(), 0, Some(periods)), Error::<Test>::TooShort);
        }
        assert_noop!(Governance::set_lock(RawOrigin::Root.into(), 0), Error::<Test>::TooShort);
    });
}

#[test]
fn each_type_takes_its_origin_and_no_other() {
    let taken = |origin: RuntimeOrigin| {
        [
            TeePolicy::try_origin(origin.clone()).is_ok(),
            Emergency::try_origin(origin.clone()).is_ok(),
            SmallSpender::try_origin(origin.clone()).is_ok(),
            BigSpender::try_origin(origin.clone()).is_ok(),
            Economy::try_origin(origin).is_ok(),
        ]
    };
    let origins = [Origin::TeePolicy, Origin::Emergency, Origin::SmallSpender, Origin::BigSpender, Origin::Economy];
    for (index, origin) in origins.into_iter().enumerate() {
        let mut one = [false; 5];
        one[index] = true;
        assert_eq!(taken(origin.into()), one);
    }
    for origin in [RuntimeOrigin::root(), RuntimeOrigin::signed(1), RuntimeOrigin::none()] {
        assert_eq!(taken(origin), [false; 5]);
    }
}
