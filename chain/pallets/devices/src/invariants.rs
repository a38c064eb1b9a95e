//! What always holds of the pallet's state.

use adyton_attestation::nvidia::CheckedManifest;
use adyton_protocol::ids::Digest;
use alloc::collections::BTreeSet;
use codec::DecodeAll;
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_runtime::TryRuntimeError};

use crate::{
    Config, JudgedSince, MAX_ROOTS, Manifests, NextPlace, Pallet, Places, REMEMBERED, RootKeys, Roots, Shown, ShownBy,
    Signatures,
};

impl<T: Config> Pallet<T> {
    /// The invariants: roots and their keys belong together, manifests are readable and stand under their own identity,
    /// each remembered signature has one place within the bound, and each device is in the list of the one worker that is
    /// said to have shown it.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        ensure!(Roots::<T>::iter_keys().count() <= MAX_ROOTS as usize, "there are more roots than there may be");
        for (root, keys) in RootKeys::<T>::iter() {
            ensure!(Roots::<T>::contains_key(root), "a root's key has no record");
            ensure!(Digest(keys.device.id()) == root, "a root's key stands under another identity");
        }
        ensure!(Roots::<T>::iter_keys().all(RootKeys::<T>::contains_key), "a root has no key");
        for ((_, id), stored) in Manifests::<T>::iter() {
            let manifest = CheckedManifest::decode_all(&mut &stored[..]).map_err(|_| "a manifest cannot be read")?;
            ensure!(manifest.id() == id.0, "a manifest stands under another identity");
        }
        let now = Self::now();
        ensure!(JudgedSince::<T>::iter_values().all(|since| since <= now), "verdicts of the future are ended");
        Self::try_signatures()?;
        Self::try_shown()
    }

    fn try_signatures() -> Result<(), TryRuntimeError> {
        ensure!(NextPlace::<T>::get() < REMEMBERED, "the next place is out of bounds");
        for (place, digest) in Places::<T>::iter() {
            ensure!(place < REMEMBERED, "a place is out of bounds");
            ensure!(Signatures::<T>::get(digest) == Some(place), "a signature does not know its place");
        }
        ensure!(Signatures::<T>::iter().count() == Places::<T>::iter().count(), "a signature has no place");
        Ok(())
    }

    fn try_shown() -> Result<(), TryRuntimeError> {
        let mut all = BTreeSet::new();
        for (worker, shown) in Shown::<T>::iter() {
            ensure!(!shown.devices.is_empty(), "a worker has an empty list of devices");
            for device in shown.devices {
                ensure!(all.insert(device.id), "a device is shown twice");
                ensure!(ShownBy::<T>::get(device.id) == Some(worker), "a device is said to be another worker's");
                ensure!(device.judged_at < device.valid_until, "a verdict ends before it begins");
            }
        }
        ensure!(ShownBy::<T>::iter_keys().all(|device| all.contains(&device)), "a device is in no list");
        Ok(())
    }
}
