use crate::{self as pallet_slots, *};
use polkadot_sdk::{
    frame_support::{derive_impl, traits::Get},
    sp_io,
    sp_runtime::BuildStorage,
    *,
};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Slots = pallet_slots;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

impl pallet_slots::Config for Test {}

fn genesis(duration: u64) -> sp_io::TestExternalities {
    let config = pallet_slots::GenesisConfig::<Test> { duration, ..Default::default() };
    config.build_storage().expect("genesis builds").into()
}

#[test]
fn genesis_sets_the_slot_and_half_of_it() {
    genesis(500).execute_with(|| {
        assert_eq!(WholeSlot::<Test>::get(), 500);
        assert_eq!(HalfSlot::<Test>::get(), 250);
    });
}

#[test]
fn without_genesis_a_slot_has_the_default_length() {
    sp_io::TestExternalities::default().execute_with(|| assert_eq!(WholeSlot::<Test>::get(), DEFAULT_DURATION));
}

#[test]
#[should_panic(expected = "at least 2 milliseconds")]
fn a_slot_of_zero_is_refused() {
    genesis(0);
}

#[test]
fn the_invariant_fails_where_a_slot_cannot_be_halved() {
    genesis(500).execute_with(|| {
        Slots::do_try_state().expect("500 milliseconds are enough");
        Duration::<Test>::put(1);
        assert!(Slots::do_try_state().is_err());
    });
}
