//! The runtime after this one, as tests have it: a higher version, and one migration.
//!
//! The feature `next` makes it. Nothing has it on but `adyton-next-runtime`, whose WebAssembly a test brings to a chain
//! that runs. It is as a release would be whose tracks take other times than this one's: what holds must not change
//! unseen, so the migration writes down what until then stands in the code alone.

use adyton_pallet_governance::TrackPeriods;
#[cfg(feature = "try-runtime")]
use alloc::vec::Vec;
use frame_support::{migrations::VersionedMigration, traits::UncheckedOnRuntimeUpgrade, weights::Weight};
use polkadot_sdk::*;

use crate::{Governance, Runtime, governance::Tracks};

type DbWeight = <Runtime as frame_system::Config>::DbWeight;

/// All that this runtime changes.
pub type Migrations = (VersionedMigration<1, 2, WritePeriods, Governance, DbWeight>,);

/// Gives every track an entry of its own with the periods that it has.
pub struct WritePeriods;

impl UncheckedOnRuntimeUpgrade for WritePeriods {
    fn on_runtime_upgrade() -> Weight {
        let mut tracks = 0u64;
        for (track, periods) in Tracks::periods() {
            TrackPeriods::<Runtime>::insert(track, periods);
            tracks = tracks.saturating_add(1);
        }
        DbWeight::get().reads_writes(tracks, tracks)
    }

    #[cfg(feature = "try-runtime")]
    fn pre_upgrade() -> Result<Vec<u8>, sp_runtime::TryRuntimeError> {
        Ok(codec::Encode::encode(&Tracks::periods().collect::<Vec<_>>()))
    }

    #[cfg(feature = "try-runtime")]
    fn post_upgrade(before: Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
        let written: Vec<_> =
            Tracks::numbers().filter_map(|track| Some((track, TrackPeriods::<Runtime>::get(track)?))).collect();
        frame_support::ensure!(codec::Encode::encode(&written) == before, "a track has other periods, or no entry");
        Ok(())
    }
}
