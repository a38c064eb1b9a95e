//! What the calls cost. Reckoned and not measured: they have no benchmarks yet.
//!
//! The signature is measured, in the pallet `attestation`: `add_root_nitro`, which checks one P-384 signature in the
//! runtime's WebAssembly and reads one certificate, takes 25.5 ms on the machine that its weights are from. The rest is
//! reading: of a device, its certificates (5 KiB of Base64), its report, responses and two stored manifests, all hashed
//! once or twice; of a manifest, its XML, which is parsed, written in canonical form and hashed. Both are reckoned at a
//! fifth of a millisecond for each KiB, which is a guess on the high side.

use frame_support::{
    traits::Get,
    weights::{Weight, constants::WEIGHT_REF_TIME_PER_MILLIS},
};
use polkadot_sdk::{frame_support, frame_system};

use crate::{Config, signatures::MAX_FRESH};

/// Of one P-384 signature.
const SIGNATURE: Weight = Weight::from_parts(26 * WEIGHT_REF_TIME_PER_MILLIS, 0);
/// Of reading a device's evidence with 16 KiB of responses and 48 KiB of manifests.
const DEVICE: Weight = Weight::from_parts(16 * WEIGHT_REF_TIME_PER_MILLIS, 0);
/// Of reading a manifest of 48 KiB with 16 KiB of responses.
const MANIFEST: Weight = Weight::from_parts(16 * WEIGHT_REF_TIME_PER_MILLIS, 0);
/// Of anything that verifies nothing.
const NOTHING: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_MILLIS, 0);

/// Of `check_signature`.
pub fn check_signature<T: Config>() -> Weight {
    SIGNATURE.saturating_add(state::<T>(3, 4))
}

/// Of `submit_manifest`.
pub fn submit_manifest<T: Config>(fresh: u8) -> Weight {
    MANIFEST.saturating_add(signatures(fresh)).saturating_add(state::<T>(60, 2))
}

/// Of `show`. The worker's own signature is checked by the node, in microseconds.
pub fn show<T: Config>(fresh: u8) -> Weight {
    DEVICE.saturating_add(signatures(fresh)).saturating_add(state::<T>(80, 40))
}

/// Of `add_root`.
pub fn add_root<T: Config>() -> Weight {
    SIGNATURE.saturating_mul(2).saturating_add(state::<T>(12, 3))
}

/// Of the calls that verify nothing.
pub fn administration<T: Config>() -> Weight {
    NOTHING.saturating_add(state::<T>(4, 4))
}

/// Of so many signatures. More than a call may have are refused before any is checked.
fn signatures(fresh: u8) -> Weight {
    SIGNATURE.saturating_mul(u64::from(fresh.min(MAX_FRESH)))
}

fn state<T: Config>(reads: u64, writes: u64) -> Weight {
    <T as frame_system::Config>::DbWeight::get().reads_writes(reads, writes)
}
