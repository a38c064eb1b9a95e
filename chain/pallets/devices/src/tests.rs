use adyton_attestation::nvidia::{
    DriverVersion, ManifestSubject, NvidiaCertificate, NvidiaEndorsements, NvidiaEvidence, NvidiaFloors, NvidiaPolicy,
    NvidiaRefusal, OcspResponse, verify_manifest_with, verify_nvidia_with,
};
use adyton_pallet_traits::{Devices as _, Workers as _};
use adyton_protocol::{
    device::{
        Architecture, DeviceFacts, DeviceId, DeviceInvalidity, DeviceRecord, Driver, Firmware, MAX_DEVICES, Mode,
        WorkerDevices,
    },
    ids::{Digest, WorkerId},
    record::EvidenceKind,
    scheduled::Scheduled,
    statement::Role,
};
use frame_support::{BoundedVec, assert_noop, assert_ok};
use polkadot_sdk::{sp_runtime::DispatchError, *};

use crate::{
    accepted::Accepted,
    mock::{nvidia::Manifest, *},
    *,
};

mod counting;
mod fixtures;
mod issuers;

fn signed() -> RuntimeOrigin {
    RuntimeOrigin::signed(operator())
}

fn refused(refusal: NvidiaRefusal) -> DispatchError {
    Error::<Test>::from(refusal).into()
}

fn borrowed(responses: &[Vec<u8>]) -> Vec<OcspResponse<'_>> {
    responses.iter().map(|der| OcspResponse { der, nonce: None }).collect()
}

/// The signatures under a manifest and the responses about it.
fn signatures_of_manifest(manifest: &Manifest) -> Vec<Signed> {
    let (collected, responses) = (Collected::default(), manifest.responses());
    let (xml, policy) = (manifest.xml(), policy().revocation);
    verify_manifest_with(&collected, xml.as_bytes(), &borrowed(&responses), &nvidia::roots(), &policy, NOW)
        .expect("it is good");
    collected.0.into_inner()
}

fn submit(manifest: &Manifest, fresh: u8) -> Result<(), DispatchError> {
    let xml = BoundedVec::truncate_from(manifest.xml().into_bytes());
    Devices::submit_manifest(signed(), root(), xml, bounded(manifest.responses()), fresh)
}

fn store_manifests() {
    for manifest in manifests() {
        check(signatures_of_manifest(&manifest));
        assert_ok!(submit(&manifest, 0));
    }
}

/// The signatures under a device's evidence: those of its certificates, root side first; the report's; the responses'.
fn signatures_of(showing: &Showing) -> Vec<Signed> {
    let (collected, device) = (Collected::default(), &showing.device);
    let manifests = manifests().map(|manifest| manifest.check().expect("it is good"));
    let endorsements = NvidiaEndorsements { manifests: &manifests, responses: &borrowed(&showing.responses) };
    let (report, pem) = (device.report(), device.pem());
    let evidence = NvidiaEvidence { report: &report, certificate_chain: &pem };
    let verdict = verify_nvidia_with(&collected, &evidence, &endorsements, &nvidia::roots(), &policy(), NOW);
    let _ = verdict.expect("it is good");
    collected.0.into_inner()
}

/// The place of the report's among them.
const REPORT: usize = 4;

/// A good device shown by worker `number`, of whose signatures all but the report's are remembered.
fn ready(number: u8) -> Showing {
    worker(number);
    if Manifests::<Test>::iter().next().is_none() {
        store_manifests();
    }
    let showing = Showing::of(number);
    let mut signatures = signatures_of(&showing);
    signatures.remove(REPORT);
    check(signatures);
    Showing { fresh: 1, ..showing }
}

/// The one device that a worker has shown.
fn shown(worker: &WorkerId) -> Option<DeviceRecord> {
    Shown::<Test>::get(worker).and_then(|shown| shown.devices.first().cloned())
}

/// Refuses the good device with one `change`, as `error`.
fn refuses(error: impl Into<DispatchError>, change: impl FnOnce(&mut Showing)) {
    run(|| {
        let mut showing = ready(1);
        change(&mut showing);
        let result = showing.send();
        assert_eq!(result, Err(error.into()));
        assert_eq!(Shown::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_gpu_is_shown_and_its_record_says_what_it_is() {
    run(|| {
        let showing = ready(1);
        assert_ok!(showing.send());
        let record = shown(&showing.worker).expect("it is shown");
        let [driver_manifest, firmware_manifest] = manifest_ids().map(Some);
        let expected = DeviceRecord {
            id: device_id(),
            architecture: Architecture::Hopper,
            driver: Some(Driver { branch: 570, release: 86, patch: Some(10) }),
            firmware: Firmware([0x96, 0, 0xaf, 0, 1]),
            mode: Mode::SingleGpu,
            driver_manifest,
            firmware_manifest,
            asked_at: NOW,
            judged_at: NOW,
            // The responses bound it: of 14:00 that day, for a day.
            valid_until: 1_790_085_601,
            ..record.clone()
        };
        assert_eq!(record, expected);
        assert_eq!(ShownBy::<Test>::get(device_id()), Some(showing.worker));
        let (worker, device, valid_until) = (showing.worker, device_id(), record.valid_until);
        System::assert_last_event(Event::DeviceShown { worker, device, valid_until }.into());
    });
}

#[test]
fn a_verdict_lives_no_longer_than_the_network_allows() {
    run(|| {
        let showing = ready(1);
        let policy = NvidiaPolicy {
            insecure_allow_missing_manifests: true,
            revocation: nvidia::evidence_only().revocation,
            ..policy()
        };
        Policy::<Test>::put(Scheduled::holding(policy));
        assert_ok!(Showing { manifests: vec![], responses: vec![], ..showing.clone() }.send());
        assert_eq!(shown(&showing.worker).map(|device| device.valid_until), Some(NOW + LIFE));
    });
}

#[test]
fn more_signatures_than_a_call_pays_for_have_to_be_checked_beforehand() {
    run(|| {
        worker(1);
        store_manifests();
        let showing = Showing::of(1);
        assert_noop!(showing.send(), Error::<Test>::MoreSignatures);
        let mut signatures = signatures_of(&showing);
        let report = signatures.remove(REPORT);
        check(signatures.split_off(MAX_FRESH as usize - 1));
        // Three certificates and the report.
        assert_noop!(Showing { fresh: MAX_FRESH - 1, ..showing.clone() }.send(), Error::<Test>::MoreSignatures);
        assert_ok!(showing.send());
        check(signatures.into_iter().chain([report]));
        assert_ok!(Showing { fresh: 0, ..showing }.send());
    });
}

#[test]
fn a_signature_that_one_call_meets_twice_is_checked_and_paid_for_once() {
    run(|| {
        let showing = ready(1);
        // The responder's certificate, which comes with both, and two responses.
        let delegated = || nvidia::Ocsp::delegated(&showing.device.chain, 1);
        let later = delegated().changed(|response| response.this_update = "20260921140001Z".into());
        let mut responses = vec![delegated().der(), later.der()];
        responses.extend(showing.responses.iter().skip(1).cloned());
        let showing = Showing { responses, ..showing };
        assert_noop!(Showing { fresh: 3, ..showing.clone() }.send(), Error::<Test>::MoreSignatures);
        assert_ok!(Showing { fresh: 4, ..showing }.send());
    });
}

#[test]
fn evidence_that_asks_about_signatures_without_end_is_refused() {
    run(|| {
        let showing = ready(1);
        // Each of the sixteen answers of a response asks about its signature.
        let repeated = |response: &mut nvidia::Ocsp| response.statuses = vec![nvidia::GOOD.to_vec(); 16];
        let response = nvidia::Ocsp::about(&showing.device.chain, 1).changed(repeated).der();
        let showing = Showing { responses: vec![response; 3], fresh: MAX_FRESH, ..showing };
        assert_noop!(showing.send(), Error::<Test>::MoreSignatures);
    });
}

#[test]
fn one_call_checks_no_more_signatures_than_it_may() {
    refuses(Error::<Test>::TooManySignatures, |showing| showing.fresh = MAX_FRESH + 1);
}

#[test]
fn a_signature_that_does_not_verify_is_not_remembered() {
    run(|| {
        worker(1);
        let [(key, message, signature), ..] = &signatures_of(&Showing::of(1))[..] else { panic!("there are some") };
        let changed = BoundedVec::truncate_from([&message[..], &[0]].concat());
        assert_noop!(Devices::check_signature(signed(), *key, changed, *signature), Error::<Test>::BadSignature);
    });
}

#[test]
fn a_new_signature_takes_the_place_of_the_oldest() {
    run(|| {
        worker(1);
        let mut signatures = signatures_of(&Showing::of(1)).into_iter();
        let mut one = || check(signatures.next());
        one();
        let oldest = Places::<Test>::get(0).expect("the first place is taken");
        NextPlace::<Test>::put(REMEMBERED - 1);
        one();
        assert!(Signatures::<Test>::contains_key(oldest));
        one();
        assert!(!Signatures::<Test>::contains_key(oldest));
        assert_eq!((Signatures::<Test>::iter().count(), NextPlace::<Test>::get()), (2, 1));
    });
}

#[test]
fn a_signature_that_is_remembered_already_takes_no_other_place() {
    run(|| {
        worker(1);
        let first = signatures_of(&Showing::of(1)).into_iter().next();
        check(first.clone());
        check(first);
        assert_eq!((Signatures::<Test>::iter().count(), NextPlace::<Test>::get()), (1, 1));
    });
}

#[test]
fn nothing_is_shown_while_registrations_are_frozen_or_without_a_network() {
    refuses(Error::<Test>::Frozen, |_| NETWORK_STATE.set((true, true)));
    refuses(Error::<Test>::NoNetwork, |_| NETWORK_STATE.set((false, false)));
}

#[test]
fn a_device_of_somebody_elses_worker_or_of_nobody_is_refused() {
    refuses(Error::<Test>::NotYourWorker, |showing| {
        showing.origin = polkadot_sdk::sp_runtime::AccountId32::new([9; 32])
    });
    refuses(Error::<Test>::NotYourWorker, |showing| showing.worker = WorkerId([9; 32]));
}

#[test]
fn a_worker_whose_evidence_does_not_hold_and_a_keyholder_show_nothing() {
    refuses(Error::<Test>::NotValid, |showing| change(&showing.worker, |(_, valid)| *valid = false));
    refuses(Error::<Test>::NotValid, |showing| change(&showing.worker, |(record, _)| record.role = Role::Keyholder));
}

#[test]
fn an_enclave_which_has_no_driver_of_its_own_shows_nothing() {
    for kind in [EvidenceKind::IntelSgx, EvidenceKind::AwsNitro] {
        refuses(Error::<Test>::NoDriver, |showing| change(&showing.worker, |(record, _)| record.verdict.kind = kind));
    }
    run(|| {
        let showing = ready(1);
        change(&showing.worker, |(record, _)| record.verdict.kind = EvidenceKind::AmdSnp);
        assert_ok!(showing.send());
    });
}

#[test]
fn a_device_is_shown_within_the_hour_of_the_registration_or_renewal() {
    refuses(Error::<Test>::StatementOutdated, |_| wait(SHOWN_WITHIN + 1));
    run(|| {
        let showing = ready(1);
        wait(SHOWN_WITHIN);
        assert_ok!(showing.send());
    });
}

#[test]
fn evidence_that_the_workers_key_did_not_sign_is_refused() {
    refuses(Error::<Test>::Countersignature, |showing| showing.key = key(2));
}

#[test]
fn a_device_that_answers_another_workers_statement_is_refused() {
    refuses(refused(NvidiaRefusal::Nonce), |showing| {
        worker(2);
        showing.device = Showing::of(2).device;
    });
}

#[test]
fn a_device_that_answers_the_statement_before_a_renewal_is_refused() {
    refuses(refused(NvidiaRefusal::Nonce), |showing| {
        change(&showing.worker, |(record, _)| record.statement = Digest([99; 32]));
    });
}

#[test]
fn a_root_that_is_not_accepted_is_refused() {
    refuses(Error::<Test>::UnknownRoot, |showing| showing.root = Digest([9; 32]));
}

#[test]
fn without_a_policy_no_device_is_accepted() {
    refuses(Error::<Test>::NoPolicy, |_| {
        assert_ok!(Devices::remove_policy(RuntimeOrigin::root()));
    });
}

#[test]
fn bytes_that_are_no_evidence_are_refused() {
    refuses(Error::<Test>::NotEvidence, |showing| showing.evidence = Some(vec![0; 7]));
}

#[test]
fn a_manifest_that_is_not_stored_or_not_named_is_refused() {
    refuses(Error::<Test>::UnknownManifest, |showing| showing.manifests[0] = Digest([9; 32]));
    let missing = NvidiaRefusal::MissingManifest(ManifestSubject::Firmware);
    refuses(refused(missing), |showing| showing.manifests.truncate(1));
}

#[test]
fn a_device_about_whose_revocation_nothing_is_known_is_refused() {
    refuses(refused(NvidiaRefusal::MissingRevocation(NvidiaCertificate::Responder)), |showing| {
        showing.responses.clear()
    });
}

#[test]
fn a_report_whose_signature_does_not_verify_is_refused_by_name() {
    refuses(refused(NvidiaRefusal::ReportSignature), |showing| showing.device.key = nvidia::key::STRANGER);
}

#[test]
fn a_driver_below_the_floor_is_refused() {
    let newer = DriverVersion { branch: 580, release: 0, patch: None };
    let error = NvidiaRefusal::Driver { found: newer, floor: newer };
    refuses(refused(error), |_| {
        let hopper = Some(NvidiaFloors { driver: newer, ..nvidia::floors() });
        Policy::<Test>::put(Scheduled::holding(NvidiaPolicy { hopper, ..policy() }));
    });
}

#[test]
fn a_denied_device_is_refused_and_a_denial_is_lifted_after_the_delay() {
    refuses(Error::<Test>::DeviceDenied, |_| {
        assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), true));
        assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), false));
        wait(DELAY - 1);
    });
    run(|| {
        let showing = ready(1);
        assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), true));
        assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), false));
        wait(DELAY);
        assert_ok!(showing.send());
    });
}

#[test]
fn to_deny_again_cancels_what_would_have_lifted_the_denial() {
    run(|| {
        let set = |denied| {
            assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), denied));
        };
        set(true);
        set(false);
        set(true);
        assert_eq!(Denied::<Test>::get(device_id()), Some(Scheduled::holding(true)));
        wait(DELAY);
        assert!(Devices::is_denied(&device_id()));
    });
}

#[test]
fn a_device_that_nobody_denied_stays_so_and_is_not_kept() {
    run(|| {
        assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), false));
        assert_eq!(Denied::<Test>::get(device_id()), None);
    });
}

#[test]
fn a_device_is_the_workers_whose_statement_is_the_newest() {
    run(|| {
        let (first, second) = (ready(1), ready(2));
        assert_ok!(first.send());
        // As old as the first one's.
        assert_noop!(second.send(), Error::<Test>::ShownElsewhere);
        change(&second.worker, |(record, _)| record.verdict.judged_at = NOW + 1);
        wait(2);
        assert_ok!(second.send());
        assert_eq!((shown(&first.worker), ShownBy::<Test>::get(device_id())), (None, Some(second.worker)));
        let taken = Event::DeviceTaken { worker: first.worker, device: device_id() };
        System::assert_has_event(taken.into());
        assert_noop!(first.send(), Error::<Test>::ShownElsewhere);
    });
}

/// Puts `count` devices into the list of a boot of `worker`.
fn fill(worker: WorkerId, boot: u32, count: u32) {
    let template = shown(&worker).expect("it has shown one");
    let mut devices = BoundedVec::new();
    for number in 0..count {
        let id = DeviceId { root: root(), serial: [number as u8; 20] };
        devices.try_push(DeviceRecord { id, ..template.clone() }).expect("within the bound");
        ShownBy::<Test>::insert(id, worker);
    }
    ShownBy::<Test>::remove(template.id);
    Shown::<Test>::insert(worker, WorkerDevices { boot, devices });
}

#[test]
fn a_worker_has_no_more_devices_than_it_may() {
    run(|| {
        let showing = ready(1);
        assert_ok!(showing.send());
        fill(showing.worker, 1, MAX_DEVICES);
        assert_noop!(showing.send(), Error::<Test>::TooManyDevices);
    });
}

#[test]
fn the_next_boot_begins_without_devices() {
    run(|| {
        let showing = ready(1);
        assert_ok!(showing.send());
        fill(showing.worker, 1, MAX_DEVICES);
        change(&showing.worker, |(record, _)| record.boot = 2);
        assert_ok!(showing.send());
        let shown = Shown::<Test>::get(showing.worker).expect("it has shown one");
        assert_eq!((shown.boot, shown.devices.len(), ShownBy::<Test>::iter().count()), (2, 1, 1));
    });
}

#[test]
fn a_device_that_is_shown_again_is_prolonged_and_stays_one() {
    run(|| {
        let showing = ready(1);
        assert_ok!(showing.send());
        wait(60);
        assert_ok!(showing.send());
        let devices = Shown::<Test>::get(showing.worker).expect("it has shown one").devices;
        assert_eq!(devices.iter().map(|device| device.judged_at).collect::<Vec<_>>(), [NOW + 60]);
    });
}

#[test]
fn ended_verdicts_and_a_removed_root_end_devices_for_good() {
    run(|| {
        let showing = ready(1);
        assert_ok!(showing.send());
        assert_ok!(Devices::end_verdicts(RuntimeOrigin::root(), root()));
        let holds = |worker| {
            let (shown, record) = (Shown::<Test>::get(worker)?, mock::Known::worker(&worker)?);
            let facts = DeviceFacts {
                now: Devices::now(),
                root: Roots::<Test>::get(root()).and_then(|root| root.into_at(Devices::now())),
                judged_since: JudgedSince::<Test>::get(root()),
                denied: false,
            };
            Some(shown.valid(shown.devices.first()?, &record, &facts))
        };
        assert_eq!(holds(showing.worker), Some(Err(DeviceInvalidity::Outdated)));
        assert_noop!(showing.send(), Error::<Test>::VerdictsJustEnded);
        wait(1);
        assert_ok!(showing.send());
        assert_eq!(holds(showing.worker), Some(Ok(())));
        assert_ok!(Devices::remove_root(RuntimeOrigin::root(), root()));
        assert_eq!(holds(showing.worker), Some(Err(DeviceInvalidity::Root)));
        assert_ok!(add_root());
        wait(DELAY);
        assert_eq!(holds(showing.worker), Some(Err(DeviceInvalidity::Outdated)));
        assert_noop!(Devices::end_verdicts(RuntimeOrigin::root(), Digest([9; 32])), Error::<Test>::UnknownRoot);
    });
}

#[test]
fn a_manifest_is_kept_and_only_what_counts_longer_takes_its_place() {
    run(|| {
        let driver = Manifest::driver();
        assert_noop!(submit(&driver, MAX_FRESH), Error::<Test>::MoreSignatures);
        check(signatures_of_manifest(&driver));
        assert_ok!(submit(&driver, 0));
        assert_noop!(submit(&driver, 0), Error::<Test>::NotNewer);
        let [id, _] = manifest_ids();
        let stored = Devices::manifest(root(), &id).expect("it is stored");
        assert_eq!(stored, driver.check().expect("it is good"));
        // Two hours later NVIDIA's responder says the same again.
        wait(2 * 60 * 60);
        let responses = (0..3).map(|place| {
            let later = |response: &mut nvidia::Ocsp| {
                response.this_update = "20260921150000Z".into();
                response.next_update = Some("20260922150000Z".into());
            };
            nvidia::Ocsp::about(&driver.chain, place).changed(later).der()
        });
        let xml = BoundedVec::truncate_from(driver.xml().into_bytes());
        assert_ok!(Devices::submit_manifest(signed(), root(), xml, bounded(responses.collect()), 3));
        let prolonged = Devices::manifest(root(), &id).expect("it is stored");
        assert_eq!(prolonged.window().not_after, stored.window().not_after + 60 * 60);
    });
}

#[test]
fn a_manifest_that_counts_under_the_policy_takes_the_place_of_one_that_does_not_and_never_a_worse_one_a_better() {
    run(|| {
        let driver = Manifest::driver();
        check(signatures_of_manifest(&driver));
        let submit_unchecked = || {
            let xml = BoundedVec::truncate_from(driver.xml().into_bytes());
            Devices::submit_manifest(signed(), root(), xml, bounded(vec![]), 0)
        };
        let hold = |policy: NvidiaPolicy| Policy::<Test>::put(Scheduled::holding(policy));
        let permissive = NvidiaPolicy { revocation: nvidia::evidence_only().revocation, ..policy() };
        hold(permissive);
        assert_ok!(submit_unchecked());
        // Without responses it counts as long as its certificates, which is longer than any response.
        hold(policy());
        assert_ok!(submit(&driver, 0));
        let [id, _] = manifest_ids();
        let stored = Devices::manifest(root(), &id).expect("it is stored");
        assert_eq!(stored, driver.check().expect("it is good"));
        hold(permissive);
        assert_noop!(submit_unchecked(), Error::<Test>::NotNewer);
        // But what counts no more is worth less than what does.
        wait(stored.window().not_after - NOW);
        assert_noop!(submit_unchecked(), Error::<Test>::NotNewer);
        wait(1);
        assert_ok!(submit_unchecked());
    });
}

#[test]
fn a_manifest_that_the_verifier_refuses_is_not_kept() {
    run(|| {
        let driver = Manifest::driver();
        check(signatures_of_manifest(&driver));
        let xml = driver.xml().replacen(r#"tagId="1""#, r#"tagId="2""#, 1);
        let submit = |responses, fresh| {
            let xml = BoundedVec::truncate_from(xml.clone().into_bytes());
            Devices::submit_manifest(signed(), root(), xml, bounded(responses), fresh)
        };
        assert_noop!(submit(driver.responses(), 1), refused(NvidiaRefusal::ManifestDigest));
        assert_noop!(submit(vec![], 1), refused(NvidiaRefusal::MissingRevocation(NvidiaCertificate::Responder)));
        assert_noop!(submit(driver.responses(), MAX_FRESH + 1), Error::<Test>::TooManySignatures);
    });
}

#[test]
fn a_manifest_under_another_root_or_without_a_policy_is_refused() {
    run(|| {
        let send = |root| Devices::submit_manifest(signed(), root, BoundedVec::new(), bounded(vec![]), 0);
        assert_noop!(send(Digest([9; 32])), Error::<Test>::UnknownRoot);
        assert_ok!(Devices::remove_policy(RuntimeOrigin::root()));
        assert_noop!(send(root()), Error::<Test>::NoPolicy);
        assert_noop!(Devices::remove_policy(RuntimeOrigin::root()), Error::<Test>::NoPolicy);
    });
}

/// Adds the genesis' pair of roots.
fn add_root() -> Result<(), DispatchError> {
    let [pair] = &genesis().roots[..] else { panic!("there is one") };
    let [device, manifest] = [&pair.device, &pair.manifest].map(|der| BoundedVec::truncate_from(der.to_vec()));
    Devices::add_root(RuntimeOrigin::root(), device, manifest, true)
}

#[test]
fn a_root_is_accepted_after_the_delay_and_can_be_cancelled_until_then() {
    run(|| {
        assert_noop!(add_root(), Error::<Test>::AlreadyAccepted);
        assert_noop!(Devices::cancel(RuntimeOrigin::root(), Accepted::Root(root())), Error::<Test>::NothingPending);
        assert_ok!(Devices::remove_root(RuntimeOrigin::root(), root()));
        assert_ok!(add_root());
        wait(DELAY - 1);
        assert!(matches!(Devices::accepted_root(root()), Err(Error::UnknownRoot)));
        wait(1);
        assert!(Devices::accepted_root(root()).is_ok());

        assert_ok!(Devices::remove_root(RuntimeOrigin::root(), root()));
        assert_ok!(add_root());
        assert_ok!(Devices::cancel(RuntimeOrigin::root(), Accepted::Root(root())));
        wait(DELAY);
        assert_eq!((Roots::<Test>::get(root()), RootKeys::<Test>::get(root())), (None, None));
        assert_noop!(Devices::remove_root(RuntimeOrigin::root(), root()), Error::<Test>::UnknownRoot);
    });
}

#[test]
fn a_certificate_that_is_none_of_a_root_is_refused() {
    run(|| {
        let leaf = BoundedVec::truncate_from(nvidia::Device::hopper().chain[0].der());
        let result = Devices::add_root(RuntimeOrigin::root(), leaf.clone(), leaf, true);
        assert_eq!(result, Err(Error::<Test>::NotARoot.into()));
    });
}

#[test]
fn there_are_no_more_roots_than_there_may_be() {
    run(|| {
        let record = Roots::<Test>::get(root()).expect("there is one");
        let key = RootKeys::<Test>::take(root()).expect("there is one");
        Roots::<Test>::remove(root());
        let others = || (0..MAX_ROOTS).map(|number| Digest([number as u8; 32]));
        others().for_each(|other| Roots::<Test>::insert(other, record.clone()));
        assert_noop!(add_root(), Error::<Test>::TooManyRoots);
        others().for_each(Roots::<Test>::remove);
        Roots::<Test>::insert(root(), record);
        RootKeys::<Test>::insert(root(), key);
    });
}

#[test]
fn a_policy_holds_after_the_delay_and_can_be_cancelled_until_then() {
    run(|| {
        let newer = NvidiaPolicy { allow_multi_gpu: true, ..policy() };
        assert_ok!(Devices::set_policy(RuntimeOrigin::root(), newer));
        wait(DELAY - 1);
        assert_eq!(Devices::policy().ok(), Some(policy()));
        assert_ok!(Devices::cancel(RuntimeOrigin::root(), Accepted::Policy));
        wait(1);
        assert_eq!(Devices::policy().ok(), Some(policy()));
        assert_noop!(Devices::cancel(RuntimeOrigin::root(), Accepted::Policy), Error::<Test>::NothingPending);
        assert_ok!(Devices::set_policy(RuntimeOrigin::root(), newer));
        wait(DELAY);
        assert_eq!(Devices::policy().ok(), Some(newer));
    });
}

#[test]
fn a_policy_that_only_tightens_holds_at_once_and_ends_what_was_announced() {
    run(|| {
        let looser = NvidiaPolicy { allow_multi_gpu: true, ..policy() };
        let tighter = NvidiaPolicy { hopper: None, ..policy() };
        assert_ok!(Devices::set_policy(RuntimeOrigin::root(), looser));
        assert_ok!(Devices::set_policy(RuntimeOrigin::root(), tighter));
        assert_eq!(Devices::policy().ok(), Some(tighter));
        wait(DELAY);
        assert_eq!(Devices::policy().ok(), Some(tighter));
        // The way back lets more in.
        assert_ok!(Devices::set_policy(RuntimeOrigin::root(), policy()));
        assert_eq!(Devices::policy().ok(), Some(tighter));
        wait(DELAY);
        assert_eq!(Devices::policy().ok(), Some(policy()));
    });
}

#[test]
fn nobody_but_governance_changes_what_is_accepted() {
    run(|| {
        let calls = [
            Call::<Test>::add_root { device: BoundedVec::new(), manifest: BoundedVec::new(), development: true },
            Call::remove_root { root: root() },
            Call::set_policy { policy: policy() },
            Call::remove_policy {},
            Call::cancel { what: Accepted::Policy },
            Call::set_denied { device: device_id(), denied: true },
            Call::end_verdicts { root: root() },
        ];
        for call in calls {
            let result = frame_support::traits::UnfilteredDispatchable::dispatch_bypass_filter(call, signed());
            assert_eq!(result.map_err(|failed| failed.error).err(), Some(DispatchError::BadOrigin));
        }
    });
}
