//! What the calls of `devices` cost: measured from here, as that pallet takes its weights from nowhere else yet.
//!
//! `evidence.bin` is a Hopper GPU's evidence in NVIDIA's format with two manifests, each as long as it may be, and the
//! longest responses, by issuers whose keys are a byte repeated, as the verifier's tests make them.

use adyton_pallet_devices::{
    Accepted, Call, Denied, JudgedSince, MAX_FRESH, MAX_MESSAGE, MAX_ROOTS, Manifests, NextPlace, Places, Policy,
    Responses, RootKeys, Roots, Shown, ShownBy, Signatures,
};
use adyton_protocol::{
    device::{
        Architecture, DeviceId, DeviceRecord, DeviceRoot, Driver, Firmware, MAX_DEVICES, Mode, WorkerDevices, message,
    },
    ids::{Digest, SigningKey, WorkerId},
    scheduled::Scheduled,
    statement::Role,
};
use alloc::{vec, vec::Vec};
use codec::Decode;
use core::marker::PhantomData;
use frame_support::{BoundedVec, traits::EnsureOrigin};
use frame_system::RawOrigin;
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    sp_core::crypto::KeyTypeId,
    sp_io::crypto::{ed25519_generate, ed25519_sign},
    *,
};

use crate::{AccountId, Runtime};

/// What is measured.
pub struct Pallet<T>(PhantomData<T>);

/// Where it is.
pub trait Config: adyton_pallet_devices::Config {}

impl Config for Runtime {}

/// The time of the evidence, in Unix seconds.
const NOW: u64 = 1_790_000_000;
const MOST_FRESH: u32 = MAX_FRESH as u32;
const KEYS: KeyTypeId = KeyTypeId(*b"adyt");
/// Where an encoded policy for one architecture says whether revocation may stay unknown.
const UNCHECKED: usize = 17;

/// What is in `evidence.bin`. The signatures are named as the pallet names those that it remembers.
#[derive(Decode)]
struct Issued {
    device_root: Vec<u8>,
    manifest_root: Vec<u8>,
    policy: Vec<u8>,
    evidence: Vec<u8>,
    responses: Vec<Vec<u8>>,
    signatures: Vec<Digest>,
    driver: Vec<u8>,
    firmware: Vec<u8>,
    manifest_responses: Vec<Vec<u8>>,
    driver_signatures: Vec<Digest>,
    firmware_signatures: Vec<Digest>,
    /// x ‖ y, and r ‖ s over the longest message.
    key: [u8; 96],
    signature: [u8; 96],
}

impl Issued {
    fn read() -> Self {
        Self::decode(&mut &include_bytes!("devices/evidence.bin")[..]).expect("it is encoded like this")
    }

    /// Announces the roots at this moment. Answers their identity.
    fn announce<T: Config>(&self, now: u64) -> Result<Digest, BenchmarkError> {
        adyton_pallet_attestation::ChangeDelay::<Runtime>::put(1000);
        pallet_timestamp::Now::<T>::put(now * 1000);
        let [device, manifest] = [&self.device_root, &self.manifest_root].map(|der| bounded(der));
        adyton_pallet_devices::Pallet::<T>::add_root(admin::<T>()?, device, manifest, true)?;
        Roots::<T>::iter_keys().next().ok_or(BenchmarkError::Stop("the root is not there"))
    }

    /// Accepts the roots and the policy, and remembers all signatures.
    fn accept<T: Config>(&self) -> Result<Digest, BenchmarkError> {
        let root = self.announce::<T>(1)?;
        pallet_timestamp::Now::<T>::put(NOW * 1000);
        self.adopt::<T>(false);
        let all = [&self.signatures, &self.driver_signatures, &self.firmware_signatures];
        for (digest, place) in all.into_iter().flatten().zip(0..) {
            Signatures::<T>::insert(digest, place);
        }
        Ok(root)
    }

    /// The policy holds, with or without a demand for responses.
    fn adopt<T: Config>(&self, unchecked: bool) {
        let mut policy = self.policy.clone();
        policy[UNCHECKED] = unchecked.into();
        let policy = Decode::decode(&mut &policy[..]).expect("it is one");
        Policy::<T>::set(Some(Scheduled::holding(policy)));
    }

    fn submit<T: Config>(root: Digest, manifest: &[u8], responses: Responses) {
        let origin = RawOrigin::Signed(AccountId::new([1; 32]));
        adyton_pallet_devices::Pallet::<T>::submit_manifest(origin.into(), root, bounded(manifest), responses, 0)
            .expect("it is good");
    }
}

fn bounded<S: frame_support::traits::Get<u32>>(bytes: &[u8]) -> BoundedVec<u8, S> {
    BoundedVec::try_from(bytes.to_vec()).expect("there is room")
}

fn all(responses: &[Vec<u8>]) -> Responses {
    BoundedVec::truncate_from(responses.iter().map(|der| bounded(der)).collect())
}

fn admin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
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

#[benchmarks]
mod benchmarks {
    use super::*;

    /// The longest message, in the place of the oldest signature.
    #[benchmark]
    fn check_signature() {
        let Issued { key, signature, .. } = Issued::read();
        let message = BoundedVec::truncate_from(vec![b'm'; MAX_MESSAGE as usize]);
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
        let issued = Issued::read();
        let root = issued.accept::<T>()?;
        issued.adopt::<T>(true);
        Issued::submit::<T>(root, &issued.driver, Responses::default());
        issued.adopt::<T>(false);
        issued.driver_signatures.iter().take(n as usize).for_each(Signatures::<T>::remove);
        let before = Manifests::<T>::iter_values().next();
        let (manifest, responses) = (bounded(&issued.driver), all(&issued.manifest_responses));

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
        let worker = crate::benchmarks::program(SigningKey(key.0), Role::Worker);
        let issued = Issued::read();
        let root = issued.accept::<T>()?;
        Issued::submit::<T>(root, &issued.driver, all(&issued.manifest_responses));
        Issued::submit::<T>(root, &issued.firmware, all(&issued.manifest_responses));
        let manifests = Manifests::<T>::iter_keys().map(|(_, id)| id).collect::<Vec<_>>();
        issued.signatures.iter().take(n as usize).for_each(Signatures::<T>::remove);

        let mut record = adyton_pallet_workers::Workers::<Runtime>::get(worker).expect("is registered");
        record.verdict.judged_at = NOW;
        let network = adyton_pallet_attestation::fixture::NETWORK;
        let message = message(&network, &record.statement, &issued.evidence);
        let signature = ed25519_sign(KEYS, &key, &message).expect("the key is in the keystore").0;
        let (operator, boot) = (AccountId::new(record.operator.0), record.boot);
        adyton_pallet_workers::Workers::<Runtime>::insert(worker, record);

        let mut serial = [0x14; 20];
        serial[..11].fill(0);
        let device = DeviceId { root, serial };
        let others =
            |from: u8| (from..from + MAX_DEVICES as u8).map(move |number| DeviceId { root, serial: [number; 20] });
        has_shown::<T>(worker, boot - 1, others(100));
        has_shown::<T>(WorkerId([9; 32]), 1, others(200).skip(1).chain([device]));
        let (evidence, responses) = (bounded(&issued.evidence), all(&issued.responses));

        #[extrinsic_call]
        _(
            RawOrigin::Signed(operator),
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
        let issued = Issued::read();
        let [device, manifest] = [&issued.device_root, &issued.manifest_root].map(|der| bounded(der));
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
        let root = Issued::read().announce::<T>(NOW)?;
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, root);

        assert!(!RootKeys::<T>::contains_key(root));
        Ok(())
    }

    /// Over a policy that accepts less.
    #[benchmark]
    fn set_policy() -> Result<(), BenchmarkError> {
        adyton_pallet_attestation::ChangeDelay::<Runtime>::put(1000);
        pallet_timestamp::Now::<T>::put(NOW * 1000);
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

    #[benchmark]
    fn cancel() -> Result<(), BenchmarkError> {
        let root = Issued::read().announce::<T>(NOW)?;
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Accepted::Root(root));

        assert!(!RootKeys::<T>::contains_key(root));
        Ok(())
    }

    #[benchmark]
    fn set_denied() -> Result<(), BenchmarkError> {
        adyton_pallet_attestation::ChangeDelay::<Runtime>::put(1000);
        pallet_timestamp::Now::<T>::put(NOW * 1000);
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
        let root = Issued::read().announce::<T>(NOW)?;
        let origin = admin::<T>()?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, root);

        assert_eq!(JudgedSince::<T>::get(root), NOW);
        Ok(())
    }
}
