//! What the calls cost, measured on evidence in real format under roots of our own.

use adyton_protocol::{
    device::{
        Architecture, DeviceId, DeviceRecord, DeviceRoot, Driver, Firmware, MAX_DEVICES, Mode, WorkerDevices, message,
    },
    ids::{Digest, NetworkId, SigningKey, WorkerId},
    record::WorkerRecord,
    scheduled::Scheduled,
};
use alloc::vec::Vec;
use codec::Decode;
use frame_support::{BoundedVec, traits::EnsureOrigin};
use frame_system::RawOrigin;
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    sp_core::crypto::KeyTypeId,
    sp_io::crypto::{ed25519_generate, ed25519_sign},
    sp_runtime::AccountId32,
    *,
};

use crate::{
    Accepted, Call, Config, Denied, JudgedSince, MAX_FRESH, MAX_ROOTS, Manifests, NextPlace, Pallet, Places, Policy,
    Responses, RootKeys, Roots, Shown, ShownBy, Signatures,
    fixture::{self, Fixture, NOW, STATEMENT, all, bounded},
};

const MOST_FRESH: u32 = MAX_FRESH as u32;
const KEYS: KeyTypeId = KeyTypeId(*b"adyt");

/// Prepares the state in which a worker shows a device.
pub trait Helper {
    /// From now on, what lets more in holds after some time.
    fn delay();
    /// Registers a valid worker, a virtual machine with `key`, which was judged at `judged_at` (Unix seconds) about the
    /// [`STATEMENT`]. Answers who it is, its record, and of which network.
    fn worker(key: SigningKey, judged_at: u64) -> (WorkerId, WorkerRecord, NetworkId);
}

fn admin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

fn is_now<T: Config>(now: u64) {
    pallet_timestamp::Now::<T>::put(now * 1000);
}

/// Announces the fixture's roots at this moment. Answers their identity.
fn announce<T: Config>(fixture: &Fixture, now: u64) -> Result<Digest, BenchmarkError> {
    T::BenchmarkHelper::delay();
    is_now::<T>(now);
    let [device, manifest] = [&fixture.device_root, &fixture.manifest_root].map(|der| bounded(der));
    Pallet::<T>::add_root(admin::<T>()?, device, manifest, true)?;
    Roots::<T>::iter_keys().next().ok_or(BenchmarkError::Stop("the root is not there"))
}

/// Accepts the fixture's roots and its policy, and remembers all its signatures. Answers the roots' identity.
fn accept<T: Config>(fixture: &Fixture) -> Result<Digest, BenchmarkError> {
    let root = announce::<T>(fixture, 1)?;
    is_now::<T>(NOW);
    adopt::<T>(false);
    fixture.remember::<T>();
    Ok(root)
}

/// The policy holds, with or without a demand for responses.
fn adopt<T: Config>(unchecked: bool) {
    let mut policy = fixture::policy();
    policy.revocation.insecure_allow_unchecked = unchecked;
    Policy::<T>::set(Some(Scheduled::holding(policy)));
}

/// Has a manifest stored by signatures that are remembered.
fn store<T: Config>(root: Digest, manifest: &[u8], responses: Responses) {
    let origin = RawOrigin::Signed(AccountId32::new([1; 32]));
    Pallet::<T>::submit_manifest(origin.into(), root, bounded(manifest), responses, 0).expect("it is good");
}

/// A policy with every byte of this value: with ones it has everything that it may have, with zeros nothing.
fn policy<P: Decode>(byte: u8) -> P {
    P::decode(&mut &[byte; 1024][..]).expect("every field has such a value")
}

/// A device that a worker has shown long ago.
fn shown(id: DeviceId) -> DeviceRecord {
    let zero = Digest([0; 32]);
    DeviceRecord {
        id,
        architecture: Architecture::Hopper,
        driver: Some(Driver { branch: 1, release: 1, patch: Some(1) }),
        firmware: Firmware([0; 5]),
        measurement: zero,
        driver_manifest: Some(zero),
        firmware_manifest: Some(zero),
        mode: Mode::SingleGpu,
        asked_at: 1,
        judged_at: 1,
        valid_until: u64::MAX,
        evidence: zero,
    }
}

/// `worker` has shown these devices in that boot.
fn has_shown<T: Config>(worker: WorkerId, boot: u32, devices: impl Iterator<Item = DeviceId>) {
    let devices: Vec<_> = devices.map(shown).collect();
    devices.iter().for_each(|device| ShownBy::<T>::insert(device.id, worker));
    Shown::<T>::insert(worker, WorkerDevices { boot, devices: BoundedVec::truncate_from(devices) });
}

/// As many devices as a worker may have, with serial numbers from `first` on.
fn devices(root: Digest, first: u8) -> impl Iterator<Item = DeviceId> {
    (first..).take(MAX_DEVICES as usize).map(move |number| DeviceId { root, serial: [number; 20] })
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// The longest message, in the place of the oldest signature.
    #[benchmark]
    fn check_signature() {
        let Fixture { key, signature, .. } = Fixture::read();
        let message = bounded(&fixture::longest_message());
        let oldest = Digest([1; 32]);
        Places::<T>::insert(0, oldest);
        Signatures::<T>::insert(oldest, 0);
        NextPlace::<T>::put(0);

        #[extrinsic_call]
        _(RawOrigin::Signed(whitelisted_caller()), key, message, signature);

        assert!(NextPlace::<T>::get() == 1 && !Signatures::<T>::contains_key(oldest));
    }

    /// Of a manifest that was stored without knowledge about its revocation; of the signatures, `n` are not remembered.
    #[benchmark]
    fn submit_manifest(n: Linear<0, MOST_FRESH>) -> Result<(), BenchmarkError> {
        let fixture = Fixture::read();
        let root = accept::<T>(&fixture)?;
        adopt::<T>(true);
        store::<T>(root, &fixture.driver, Responses::default());
        adopt::<T>(false);
        fixture.driver_signatures.iter().take(n as usize).for_each(Signatures::<T>::remove);
        let before = Manifests::<T>::iter_values().next();
        let (manifest, responses) = (bounded(&fixture.driver), all(&fixture.manifest_responses));

        #[extrinsic_call]
        _(RawOrigin::Signed(whitelisted_caller()), root, manifest, responses, n as u8);

        assert!(Manifests::<T>::iter_values().next() != before);
        Ok(())
    }

    /// A device that another worker had, by a worker whose last boot has shown as many as may be; of the signatures, `n`
    /// are not remembered.
    #[benchmark]
    fn show(n: Linear<0, MOST_FRESH>) -> Result<(), BenchmarkError> {
        let key = ed25519_generate(KEYS, None);
        let (worker, record, network) = T::BenchmarkHelper::worker(SigningKey(key.0), NOW);
        assert_eq!(record.statement, STATEMENT);
        let fixture = Fixture::read();
        let root = accept::<T>(&fixture)?;
        store::<T>(root, &fixture.driver, all(&fixture.manifest_responses));
        store::<T>(root, &fixture.firmware, all(&fixture.manifest_responses));
        let manifests = Manifests::<T>::iter_keys().map(|(_, id)| id).collect::<Vec<_>>();
        fixture.signatures.iter().take(n as usize).for_each(Signatures::<T>::remove);
        let message = message(&network, &record.statement, &fixture.evidence);
        let signature = ed25519_sign(KEYS, &key, &message).expect("the key is in the keystore").0;
        let device = fixture::device(root);
        has_shown::<T>(worker, record.boot.wrapping_sub(1), devices(root, 100));
        has_shown::<T>(WorkerId([9; 32]), 1, devices(root, 200).skip(1).chain([device]));
        let (evidence, responses) = (bounded(&fixture.evidence), all(&fixture.responses));

        #[extrinsic_call]
        _(
            RawOrigin::Signed(AccountId32::new(record.operator.0)),
            worker,
            root,
            evidence,
            BoundedVec::truncate_from(manifests),
            responses,
            signature,
            n as u8,
        );

        assert_eq!(ShownBy::<T>::get(device), Some(worker));
        Ok(())
    }

    #[benchmark]
    fn add_root() -> Result<(), BenchmarkError> {
        let fixture = Fixture::read();
        let [device, manifest] = [&fixture.device_root, &fixture.manifest_root].map(|der| bounded(der));
        for number in 0..MAX_ROOTS - 1 {
            let zero = Digest([0; 32]);
            let record = DeviceRoot { device_certificate: zero, manifest_certificate: zero, development: true };
            Roots::<T>::insert(Digest([number as u8; 32]), Scheduled::holding(record));
        }
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, device, manifest, true);

        assert_eq!(Roots::<T>::iter_keys().count() as u32, MAX_ROOTS);
        Ok(())
    }

    #[benchmark]
    fn remove_root() -> Result<(), BenchmarkError> {
        let root = announce::<T>(&Fixture::read(), NOW)?;
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, root);

        assert!(!RootKeys::<T>::contains_key(root));
        Ok(())
    }

    /// Over a policy that accepts less.
    #[benchmark]
    fn set_policy() -> Result<(), BenchmarkError> {
        T::BenchmarkHelper::delay();
        is_now::<T>(NOW);
        Policy::<T>::set(Some(Scheduled::holding(policy(0))));
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, policy(1));

        assert!(Policy::<T>::get().is_some_and(|policy| policy.pending(NOW).is_some()));
        Ok(())
    }

    #[benchmark]
    fn remove_policy() -> Result<(), BenchmarkError> {
        Policy::<T>::set(Some(Scheduled::holding(policy(1))));
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin);

        assert!(!Policy::<T>::exists());
        Ok(())
    }

    /// Of a root, which has two records.
    #[benchmark]
    fn cancel() -> Result<(), BenchmarkError> {
        let root = announce::<T>(&Fixture::read(), NOW)?;
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Accepted::Root(root));

        assert!(!RootKeys::<T>::contains_key(root));
        Ok(())
    }

    /// To allow a device again costs more than to deny it: the delay is read too.
    #[benchmark]
    fn set_denied() -> Result<(), BenchmarkError> {
        T::BenchmarkHelper::delay();
        is_now::<T>(NOW);
        let device = DeviceId { root: Digest([1; 32]), serial: [2; 20] };
        Denied::<T>::insert(device, Scheduled::holding(true));
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, device, false);

        assert!(Denied::<T>::get(device).is_some_and(|denied| denied.pending(NOW).is_some()));
        Ok(())
    }

    #[benchmark]
    fn end_verdicts() -> Result<(), BenchmarkError> {
        let root = announce::<T>(&Fixture::read(), NOW)?;
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, root);

        assert_eq!(JudgedSince::<T>::get(root), NOW);
        Ok(())
    }
}
