//! Responses of the revocation service.

use super::*;
use adyton_attestation::{
    nvidia::verify_nvidia_with,
    signature::{Fastest, PublicKey, Scheme, SignatureVerifier},
};
use core::cell::Cell;

/// Verifies the good GPU with good responses, of which `change` alters that about the device's own key.
fn with_response(
    change: impl FnOnce(Ocsp) -> Ocsp,
    nonce: Option<&[u8]>,
    policy: &NvidiaPolicy,
) -> Result<Revocation, NvidiaRefusal> {
    let device = Device::hopper();
    let mut responses = device.responses();
    responses[0] = change(Ocsp::about(&device.chain, 1)).der();
    let responses: Vec<_> = responses
        .iter()
        .enumerate()
        .map(|(place, der)| OcspResponse { der, nonce: nonce.filter(|_| place == 0) })
        .collect();
    let endorsements = NvidiaEndorsements { manifests: &[], responses: &responses };
    device.verify(&endorsements, policy).map(|verdict| verdict.revocation)
}

fn with_responses() -> NvidiaPolicy {
    NvidiaPolicy { insecure_allow_missing_manifests: true, ..strict() }
}

fn response_refusal(change: impl FnOnce(&mut Ocsp)) -> NvidiaRefusal {
    with_response(|response| response.changed(change), None, &with_responses()).unwrap_err()
}

const OWN_KEY: NvidiaCertificate = NvidiaCertificate::Authority(Chain::Device, 1);

#[test]
fn a_certified_responder_may_answer_for_the_issuer() {
    let device = Device::hopper();
    let delegated = |_| Ocsp::delegated(&device.chain, 1);
    assert_eq!(with_response(delegated, None, &with_responses()), Ok(Revocation::Good));
}

/// Counts the checks, and those that fail.
#[derive(Default)]
struct Counting {
    all: Cell<usize>,
    failed: Cell<usize>,
}

impl SignatureVerifier for Counting {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        let is_good = Fastest::default().verify(scheme, public_key, message, signature);
        self.all.set(self.all.get() + 1);
        self.failed.set(self.failed.get() + usize::from(!is_good));
        is_good
    }
}

/// The chain remembers signatures that verify: one that does not would be checked each time.
#[test]
fn good_evidence_costs_no_check_that_fails_whoever_signed_its_responses() {
    let device = Device::hopper();
    let (report, pem) = (device.report(), device.pem());
    let evidence = NvidiaEvidence { report: &report, certificate_chain: &pem };
    let delegated: Vec<_> = (1..4).map(|place| Ocsp::delegated(&device.chain, place).der()).collect();
    for (responses, checks) in [(device.responses(), 5 + 3), (delegated, 5 + 2 * 3)] {
        let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
        let endorsements = NvidiaEndorsements { manifests: &[], responses: &responses };
        let counting = Counting::default();
        let verdict = verify_nvidia_with(&counting, &evidence, &endorsements, &roots(), &with_responses(), NOW);
        assert_eq!(verdict.map(|verdict| verdict.revocation), Ok(Revocation::Good));
        assert_eq!((counting.all.get(), counting.failed.get()), (checks, 0));
    }
}

#[test]
fn a_missing_response_is_refused_unless_the_policy_says_so() {
    let other = |response: Ocsp| response.changed(|response| response.serial = vec![1]);
    assert_eq!(with_response(other, None, &with_responses()), Err(NvidiaRefusal::MissingRevocation(OWN_KEY)));
    assert_eq!(with_response(other, None, &evidence_only()), Ok(Revocation::Unchecked));
    let refusal = Device::hopper().verify(&NvidiaEndorsements::default(), &with_responses()).unwrap_err();
    assert_eq!(refusal, NvidiaRefusal::MissingRevocation(OWN_KEY));
    let missing = verify_manifest(Manifest::driver().xml().as_bytes(), &[], &roots(), &strict().revocation, NOW);
    assert_eq!(missing, Err(NvidiaRefusal::MissingRevocation(NvidiaCertificate::Leaf(Chain::Manifest))));
}

/// Case 181.
#[test]
fn a_revoked_certificate_is_refused_under_every_policy() {
    for policy in [with_responses(), evidence_only()] {
        let revoked = |response: Ocsp| response.changed(|response| response.statuses = vec![support::revoked(1)]);
        let expected = NvidiaRefusal::Revoked { certificate: OWN_KEY, reason: 1 };
        assert_eq!(with_response(revoked, None, &policy), Err(expected));
    }
}

/// Case 181.
#[test]
fn a_certificate_on_hold_is_refused_unless_the_policy_allows_it() {
    let held = |response: Ocsp| response.changed(|response| response.statuses = vec![support::revoked(6)]);
    assert_eq!(with_response(held, None, &with_responses()), Err(NvidiaRefusal::OnHold(OWN_KEY)));
    let mut policy = with_responses();
    policy.revocation.insecure_allow_hold = true;
    assert_eq!(with_response(held, None, &policy), Ok(Revocation::OnHold));
}

/// Case 181.
#[test]
fn a_manifest_on_hold_is_refused_unless_the_policy_allows_it() {
    let manifest = Manifest::firmware();
    let mut responses = manifest.responses();
    responses[0] =
        Ocsp::about(&manifest.chain, 0).changed(|response| response.statuses = vec![support::revoked(6)]).der();
    let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
    let xml = manifest.xml();
    let check = |policy: &NvidiaPolicy| verify_manifest(xml.as_bytes(), &responses, &roots(), &policy.revocation, NOW);
    let expected = NvidiaRefusal::OnHold(NvidiaCertificate::Leaf(Chain::Manifest));
    assert_eq!(check(&strict()).unwrap_err(), expected);
    assert_eq!(expected.check(), NvidiaCheck::ManifestRevocation);
    let mut policy = evidence_only();
    policy.revocation.insecure_allow_hold = true;
    let held = [check(&policy).unwrap()];
    let endorsements = NvidiaEndorsements { manifests: &held, responses: &[] };
    let refusal = Device::hopper().verify(&endorsements, &evidence_only()).unwrap_err();
    assert_eq!(refusal, NvidiaRefusal::ManifestRevocation(ManifestSubject::Firmware));
}

/// Case 181.
#[test]
fn a_bad_response_about_a_manifest_does_not_blame_the_device() {
    let manifest = Manifest::firmware();
    let xml = manifest.xml();
    let refusal = |response: &[u8], now| {
        let mut responses = manifest.responses();
        responses[0] = response.to_vec();
        let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
        verify_manifest(xml.as_bytes(), &responses, &roots(), &strict().revocation, now).unwrap_err()
    };
    let about = || Ocsp::about(&manifest.chain, 0);
    let expired = about().changed(|response| response.next_update = Some("20260921141319Z".into())).der();
    for (response, fault) in [
        (vec![0; 8193], OcspFault::TooLarge),
        (vec![0x30, 0], OcspFault::Malformed),
        (about().changed(|response| response.signer = key::STRANGER).der(), OcspFault::Signature),
        (expired, OcspFault::Expired { not_after: NOW - 1, now: NOW }),
    ] {
        let refusal = refusal(&response, NOW);
        assert_eq!(refusal, NvidiaRefusal::ManifestResponse(fault));
        assert_eq!((refusal.check(), refusal.code()), (NvidiaCheck::ManifestRevocation, 65));
    }
}

/// Case 181.
#[test]
fn a_certificate_that_the_responder_does_not_know_is_refused() {
    let refusal = response_refusal(|response| response.statuses = vec![support::UNKNOWN.to_vec()]);
    assert_eq!(refusal, NvidiaRefusal::UnknownToResponder(OWN_KEY));
}

#[test]
fn a_good_answer_does_not_outweigh_a_bad_one_beside_it() {
    let statuses = vec![support::GOOD.to_vec(), support::revoked(4)];
    let expected = NvidiaRefusal::Revoked { certificate: OWN_KEY, reason: 4 };
    assert_eq!(response_refusal(|response| response.statuses = statuses), expected);
}

#[test]
fn a_good_response_does_not_outweigh_a_bad_one() {
    let device = Device::hopper();
    let mut responses = device.responses();
    responses
        .push(Ocsp::about(&device.chain, 1).changed(|response| response.statuses = vec![support::revoked(0)]).der());
    let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
    let endorsements = NvidiaEndorsements { manifests: &[], responses: &responses };
    let expected = NvidiaRefusal::Revoked { certificate: OWN_KEY, reason: 0 };
    assert_eq!(device.verify(&endorsements, &with_responses()).unwrap_err(), expected);
}

/// Case 181.
#[test]
fn a_response_without_the_wanted_nonce_is_refused() {
    let silent = |response: Ocsp| response;
    let answering = |response: Ocsp| response.changed(|response| response.nonce = Some(b"nonce".to_vec()));
    let check =
        |change: fn(Ocsp) -> Ocsp, nonce: &str| with_response(change, Some(nonce.as_bytes()), &with_responses());
    assert_eq!(check(answering, "nonce"), Ok(Revocation::Good));
    assert_eq!(check(silent, "nonce"), Err(NvidiaRefusal::OcspNonceMissing));
    assert_eq!(check(answering, "other"), Err(NvidiaRefusal::OcspNonce));
    let mut policy = with_responses();
    policy.revocation.require_nonce = true;
    assert_eq!(with_response(answering, None, &policy), Err(NvidiaRefusal::OcspNonceMissing));
}

#[test]
fn a_response_out_of_its_time_is_refused() {
    let early = response_refusal(|response| response.this_update = "20260921150000Z".into());
    assert_eq!(early, NvidiaRefusal::OcspNotYetValid { this_update: 1_790_002_800, now: NOW });
    let late = response_refusal(|response| response.next_update = Some("20260921141319Z".into()));
    assert_eq!(late, NvidiaRefusal::OcspExpired { not_after: NOW - 1, now: NOW });
    let last = |response: Ocsp| response.changed(|response| response.next_update = Some("20260921141320Z".into()));
    assert_eq!(with_response(last, None, &with_responses()), Ok(Revocation::Good));
    // Without an end of its own it counts as long as the policy says.
    let endless = |response: Ocsp| response.changed(|response| response.next_update = None);
    assert_eq!(with_response(endless, None, &with_responses()), Ok(Revocation::Good));
    let mut policy = with_responses();
    policy.revocation.maximum_age = 799;
    let expected = NvidiaRefusal::OcspExpired { not_after: NOW - 1, now: NOW };
    assert_eq!(with_response(endless, None, &policy), Err(expected));
    policy.revocation.maximum_age = 0;
    assert!(with_response(endless, None, &policy).is_err());
}

#[test]
fn a_response_that_nobody_entitled_signed_is_refused() {
    assert_eq!(response_refusal(|response| response.signer = key::STRANGER), NvidiaRefusal::OcspSignature);
    // By the device's own root, which did not issue this certificate.
    assert_eq!(response_refusal(|response| response.signer = key::DEVICE_ROOT), NvidiaRefusal::OcspSignature);
    let device = Device::hopper();
    let delegated = |change: fn(&mut Certificate)| {
        let respond = |_| Ocsp::delegated(&device.chain, 1).changed(|response| change(&mut response.certificates[0]));
        with_response(respond, None, &with_responses()).unwrap_err()
    };
    assert_eq!(delegated(|responder| responder.extensions.clear()), NvidiaRefusal::OcspSignature);
    assert_eq!(delegated(|responder| responder.issuer_key = key::STRANGER), NvidiaRefusal::OcspSignature);
    assert_eq!(delegated(|responder| responder.is_authority = Some(true)), NvidiaRefusal::OcspSignature);
    let expired = delegated(|responder| responder.validity.1 = "20260101000000Z".into());
    assert!(matches!(expired, NvidiaRefusal::Certificate(NvidiaCertificate::Responder, Fault::Expired { .. })));
    // Any other certificate of the issuer: the firmware's key is one, and no responder.
    let leaf = |_| Ocsp {
        signer: key::FIRMWARE,
        certificates: vec![device.chain[0].clone()],
        ..Ocsp::about(&device.chain, 1)
    };
    assert_eq!(with_response(leaf, None, &with_responses()).unwrap_err(), NvidiaRefusal::OcspSignature);
}

#[test]
fn a_response_about_a_certificate_of_another_issuer_is_about_another_certificate() {
    let missing = NvidiaRefusal::MissingRevocation(OWN_KEY);
    assert_eq!(response_refusal(|response| response.issuer_name = support::name("somebody")), missing);
    assert_eq!(response_refusal(|response| response.issuer_point = Key::new(key::STRANGER).point()), missing);
}

#[test]
fn responses_of_any_other_form_are_refused() {
    let refusal = response_refusal(|response| response.response_status = 6);
    assert_eq!(refusal, NvidiaRefusal::OcspStatus(6));
    assert_eq!(response_refusal(|response| response.hash = "1.3.14.3.2.26".into()), NvidiaRefusal::OcspHash);
    let critical = response_refusal(|response| response.extension = Some(("1.2.3.4".into(), true)));
    assert_eq!(critical, NvidiaRefusal::OcspMalformed);
    let ignored = |response: Ocsp| response.changed(|response| response.extension = Some(("1.2.3.4".into(), false)));
    assert_eq!(with_response(ignored, None, &with_responses()), Ok(Revocation::Good));
    assert_eq!(response_refusal(|response| response.statuses = vec![vec![0x83, 0]]), NvidiaRefusal::OcspMalformed);
    assert_eq!(response_refusal(|response| response.statuses = vec![vec![0x80, 1, 0]]), NvidiaRefusal::OcspMalformed);
    assert_eq!(response_refusal(|response| response.this_update = "20260921".into()), NvidiaRefusal::OcspMalformed);

    let device = Device::hopper();
    let many = [OcspResponse { der: &[], nonce: None }; 33];
    let endorsements = NvidiaEndorsements { manifests: &[], responses: &many };
    assert_eq!(device.verify(&endorsements, &evidence_only()).unwrap_err(), NvidiaRefusal::OcspCount(33));
    for (der, expected) in [
        (vec![0x30; 9000], NvidiaRefusal::OcspTooLarge),
        (Vec::new(), NvidiaRefusal::OcspMalformed),
        ([Ocsp::about(&device.chain, 1).der(), vec![0]].concat(), NvidiaRefusal::OcspMalformed),
    ] {
        let responses = [OcspResponse { der: &der, nonce: None }];
        let endorsements = NvidiaEndorsements { manifests: &[], responses: &responses };
        assert_eq!(device.verify(&endorsements, &evidence_only()).unwrap_err(), expected);
    }
}
