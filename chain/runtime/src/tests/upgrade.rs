//! What becomes of storage when the runtime is replaced: `specs/upgrades.md`.

use adyton_pallet_governance::TrackPeriods;
use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade as _, PalletInfoAccess, StorageVersion};
use sp_core::storage::StateVersion;

use super::*;
use crate::{
    Attestation, Beacon, Devices, Disputes, Governance, Keys, Messages, Pools, Rewards, Slashing, Slots, Usage,
    Validators, configs::RuntimeBlockWeights, governance::Tracks, next,
};

/// A pallet's name, and its storage's form as the code has it and as storage says.
fn version<P>() -> (&'static str, StorageVersion, StorageVersion)
where
    P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess,
{
    (P::name(), P::in_code_storage_version(), P::on_chain_storage_version())
}

#[test]
fn each_of_our_pallets_says_which_form_its_storage_has_from_the_genesis_on() {
    run(|| {
        let all = [
            version::<Slots>(),
            version::<Attestation>(),
            version::<Workers>(),
            version::<Contracts>(),
            version::<Keys>(),
            version::<Devices>(),
            version::<Messages>(),
            version::<Governance>(),
            version::<Beacon>(),
            version::<Pools>(),
            version::<Rewards>(),
            version::<Slashing>(),
            version::<Usage>(),
            version::<Disputes>(),
            version::<Validators>(),
        ];
        for (name, in_code, on_chain) in all {
            assert_eq!(in_code, on_chain, "{name}");
            assert!(in_code >= StorageVersion::new(1), "{name}");
        }
    });
}

#[test]
fn an_upgrade_to_the_same_storage_changes_none_of_it() {
    run(|| {
        let root = || sp_io::storage::root(StateVersion::V1);
        let before = root();
        Executive::execute_on_runtime_upgrade();
        assert_eq!(root(), before);
    });
}

#[test]
fn the_migration_that_tests_use_writes_down_what_holds_and_changes_nothing_else() {
    run(|| {
        TrackPeriods::<Runtime>::remove(4);
        let before: Vec<_> = Tracks::periods().collect();
        let weight = next::Migrations::on_runtime_upgrade();
        assert!(weight.all_lt(RuntimeBlockWeights::get().max_block), "it fits into a block");
        assert_eq!(Tracks::periods().collect::<Vec<_>>(), before);
        for (track, periods) in before {
            assert_eq!(TrackPeriods::<Runtime>::get(track), Some(periods), "{track}");
        }
        assert_eq!(Governance::on_chain_storage_version(), StorageVersion::new(2));
        Governance::do_try_state().expect("the invariants hold");
    });
}

#[test]
fn a_migration_is_not_done_a_second_time() {
    run(|| {
        next::Migrations::on_runtime_upgrade();
        TrackPeriods::<Runtime>::remove(4);
        next::Migrations::on_runtime_upgrade();
        assert_eq!(TrackPeriods::<Runtime>::get(4), None);
    });
}
