//! How a device is shown: who may, the verdict about it, and whose it is from then on.

use adyton_attestation::nvidia::{
    self, NvidiaEndorsements, NvidiaEvidence, NvidiaFacts, nonce_for_host, verify_nvidia_with,
};
use adyton_pallet_traits::{Attestation, Devices, Workers};
use adyton_protocol::{
    device::{
        self, Architecture, DeviceEvidence, DeviceFacts, DeviceId, DeviceRecord, Driver, Firmware, MAX_DEVICES, Mode,
        ValidDevices, WorkerDevices,
    },
    ids::{AccountId, Digest, WorkerId},
    record::{EvidenceKind, WorkerRecord},
    statement::{Role, report_data},
};
use core::convert::Infallible;
use frame_support::{BoundedVec, ensure, traits::Get};
use polkadot_sdk::{frame_support, sp_core::ed25519, sp_io, sp_runtime::AccountId32};

use crate::{
    Config, Error, Event, JudgedSince, Pallet, Responses, Roots, SHOWN_WITHIN, Shown, ShownBy, manifests::borrowed,
    signatures::Paid,
};

/// A worker that asked a device; only [`Pallet::asker`] makes one.
pub(crate) struct Asker {
    id: WorkerId,
    record: WorkerRecord,
}

impl<T: Config> Pallet<T> {
    /// The operator's valid worker, if its key signed that it asked the device behind `evidence` about its statement.
    pub(crate) fn asker(
        operator: &AccountId32,
        id: WorkerId,
        evidence: &[u8],
        signature: &[u8; 64],
    ) -> Result<Asker, Error<T>> {
        ensure!(!T::Attestation::is_frozen(), Error::<T>::Frozen);
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let known = T::Workers::worker(&id).ok_or(Error::<T>::NotYourWorker)?;
        ensure!(known.operator.0 == *AsRef::<[u8; 32]>::as_ref(operator), Error::<T>::NotYourWorker);
        let key = AccountId(known.signing_key.0);
        let (found, record) = T::Workers::valid_worker(&key).ok_or(Error::<T>::NotValid)?;
        ensure!(found == id && record.role == Role::Worker, Error::<T>::NotValid);
        match record.verdict.kind {
            EvidenceKind::IntelTdx | EvidenceKind::AmdSnp => {}
            EvidenceKind::IntelSgx | EvidenceKind::AwsNitro => return Err(Error::NoDriver),
        }
        let last = record.verdict.judged_at.saturating_add(SHOWN_WITHIN);
        ensure!(Self::now() <= last, Error::<T>::StatementOutdated);
        let signed = sp_io::crypto::ed25519_verify(
            &ed25519::Signature::from_raw(*signature),
            &device::message(&network, &record.statement, evidence),
            &ed25519::Public::from_raw(record.signing_key.0),
        );
        ensure!(signed, Error::<T>::Countersignature);
        Ok(Asker { id, record })
    }

    /// Judges the evidence of a device that answers the asker's statement.
    pub(crate) fn judge(
        asker: &Asker,
        root: Digest,
        evidence: &[u8],
        manifests: &[Digest],
        responses: &Responses,
        fresh: u8,
    ) -> Result<DeviceRecord, Error<T>> {
        let (verifier, now) = (Paid::<T>::for_fresh(fresh)?, Self::now());
        let (roots, policy) = (Self::accepted_root(root)?, Self::policy()?);
        ensure!(now > JudgedSince::<T>::get(root), Error::<T>::VerdictsJustEnded);
        let DeviceEvidence { report, certificates } =
            DeviceEvidence::from_bytes(evidence).ok_or(Error::<T>::NotEvidence)?;
        let manifests = manifests.iter().map(|id| Self::manifest(root, id).ok_or(Error::<T>::UnknownManifest));
        let (manifests, responses) = (manifests.collect::<Result<alloc::vec::Vec<_>, _>>()?, borrowed(responses));
        let evidence = NvidiaEvidence { report, certificate_chain: certificates };
        let endorsements = NvidiaEndorsements { manifests: &manifests, responses: &responses };
        let verdict = verify_nvidia_with(&verifier, &evidence, &endorsements, &roots, &policy, now);
        let nonce = nonce_for_host(&report_data(&asker.record.statement));
        let facts = verifier.settle(verdict)?.bind(&nonce)?.into_facts();
        Ok(Self::record(&facts, root, asker.record.verdict.judged_at, now))
    }

    fn record(facts: &NvidiaFacts, root: Digest, asked_at: u64, now: u64) -> DeviceRecord {
        // The verifier names the last good second, the record the first bad one.
        let valid_until = facts.valid_until.saturating_add(1).min(now.saturating_add(T::MaxVerdictLife::get()));
        let nvidia::FirmwareVersion(firmware) = facts.firmware;
        DeviceRecord {
            id: DeviceId { root, serial: facts.device },
            architecture: match facts.architecture {
                nvidia::Architecture::Hopper => Architecture::Hopper,
                nvidia::Architecture::Blackwell => Architecture::Blackwell,
                nvidia::Architecture::NvSwitch => Architecture::NvSwitch,
            },
            driver: facts.driver.map(|nvidia::DriverVersion { branch, release, patch }| Driver {
                branch,
                release,
                patch,
            }),
            firmware: Firmware(firmware),
            measurement: Digest(facts.measurement_id),
            driver_manifest: facts.driver_manifest.map(Digest),
            firmware_manifest: facts.firmware_manifest.map(Digest),
            mode: match facts.mode {
                nvidia::PassthroughMode::Unstated => Mode::Unstated,
                nvidia::PassthroughMode::SingleGpu => Mode::SingleGpu,
                nvidia::PassthroughMode::MultiGpu => Mode::MultiGpu,
                nvidia::PassthroughMode::ProtectedPcie => Mode::ProtectedPcie,
            },
            asked_at,
            judged_at: now,
            valid_until,
            evidence: Digest(facts.evidence_id),
        }
    }

    /// Writes the device into the state: it is the asker's now, and nobody else's.
    pub(crate) fn enter(asker: Asker, device: DeviceRecord) -> Result<(), Error<T>> {
        let Asker { id: worker, record } = asker;
        let (id, valid_until) = (device.id, device.valid_until);
        ensure!(!Self::is_denied(&id), Error::<T>::DeviceDenied);
        let holder = ShownBy::<T>::get(id).filter(|holder| *holder != worker);
        if let Some(holder) = &holder {
            ensure!(Self::asked_at(holder, &id) < device.asked_at, Error::<T>::ShownElsewhere);
        }
        let (mut shown, ended) = match Shown::<T>::get(worker) {
            Some(shown) if shown.boot == record.boot => (shown, None),
            ended => (WorkerDevices { boot: record.boot, devices: BoundedVec::new() }, ended),
        };
        match shown.devices.iter_mut().find(|known| known.id == id) {
            Some(known) => *known = device,
            None => shown.devices.try_push(device).map_err(|_| Error::<T>::TooManyDevices)?,
        }
        // Every check has passed.
        ended.into_iter().flat_map(|ended| ended.devices).for_each(|device| ShownBy::<T>::remove(device.id));
        if let Some(holder) = holder {
            Self::take(holder, &id);
        }
        Shown::<T>::insert(worker, shown);
        ShownBy::<T>::insert(id, worker);
        Self::deposit_event(Event::DeviceShown { worker, device: id, valid_until });
        Ok(())
    }

    /// When the statement was judged that the device answered for `holder`.
    fn asked_at(holder: &WorkerId, device: &DeviceId) -> u64 {
        let shown = Shown::<T>::get(holder).map(|shown| shown.devices).unwrap_or_default();
        shown.iter().find(|known| known.id == *device).map_or(0, |known| known.asked_at)
    }

    /// Takes a device from the worker that has shown it.
    fn take(worker: WorkerId, device: &DeviceId) {
        Shown::<T>::mutate_exists(worker, |stored| {
            if let Some(shown) = stored {
                shown.devices.retain(|known| known.id != *device);
            }
            if stored.as_ref().is_some_and(|shown| shown.devices.is_empty()) {
                *stored = None;
            }
        });
        Self::deposit_event(Event::DeviceTaken { worker, device: *device });
    }
}

impl<T: Config> Devices for Pallet<T> {
    // What was shown, the time, and of each device the denial and two items of its root.
    const READS: u64 = 2 + 3 * MAX_DEVICES as u64;

    fn valid_devices(worker: &WorkerId, record: &WorkerRecord) -> ValidDevices {
        let Some(shown) = Shown::<T>::get(worker) else { return ValidDevices::default() };
        let Ok(valid) = shown.counting(record, |device| Ok::<_, Infallible>(Self::facts(device)));
        valid
    }

    fn has_shown(worker: &WorkerId) -> bool {
        Shown::<T>::contains_key(worker)
    }
}

impl<T: Config> Pallet<T> {
    /// What decides now whether a device counts.
    fn facts(device: &DeviceId) -> DeviceFacts {
        let now = Self::now();
        DeviceFacts {
            now,
            root: Roots::<T>::get(device.root).and_then(|root| root.into_at(now)),
            judged_since: JudgedSince::<T>::get(device.root),
            denied: Self::is_denied(device),
        }
    }
}
