//! Verification with signatures that were met before: what it costs, and that it judges as without them.

use crate::support::{ISSUED_AT, NOW, at, checked, development, plan, policy, recorded, root, snp, worker};
use adyton_attestation::{
    CheckedCollateral, IntelPolicy, IntelRefusal, IntelRoot, IntelVerdict, TcbStatus, TcbStatusSet,
    signature::{CheckedSignatures, Fastest, Portable, PublicKey, RememberingVerifier, Scheme, SignatureVerifier},
    snp::{SnpEndorsements, SnpPolicy, SnpProduct, SnpRefusal, SnpVerdict, verify_snp_with},
    verify_collateral, verify_sgx_with, verify_tdx_with,
};
use adyton_development_root::{DevelopmentRoot, Issued};
use std::cell::Cell;

/// Counts what is left to it.
#[derive(Default)]
struct Counting(Cell<usize>);

impl SignatureVerifier for Counting {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        self.0.set(self.0.get() + 1);
        Portable.verify(scheme, public_key, message, signature)
    }
}

/// Refuses every signature, so that only those pass that are known.
struct Refusing;

impl SignatureVerifier for Refusing {
    fn verify(&self, _: Scheme, _: PublicKey<'_>, _: &[u8], _: &[u8]) -> bool {
        false
    }
}

/// What `verify` returns with `known` signatures, those that it met, and how many it checked.
fn with<T>(
    known: &CheckedSignatures,
    verify: impl FnOnce(&RememberingVerifier<'_, Counting>) -> T,
) -> (T, CheckedSignatures, usize) {
    let backend = Counting::default();
    let verifier = RememberingVerifier::new(&backend, known);
    let result = verify(&verifier);
    let met = verifier.into_checked();
    (result, met, backend.0.get())
}

fn verify(
    verifier: &impl SignatureVerifier,
    quote: &[u8],
    collateral: &CheckedCollateral,
    root: &IntelRoot,
    now: u64,
) -> Result<IntelVerdict, IntelRefusal> {
    verify_tdx_with(verifier, quote, collateral, root, &policy(), now)
}

/// A quote of the same machine about something else.
fn other_quote() -> Vec<u8> {
    development().plan(&worker(), [0xA5; 64], ISSUED_AT).issue().quote
}

/// What is met under the good quote.
fn of_good_quote() -> CheckedSignatures {
    let quote = plan().issue().quote;
    let (result, met, count) =
        with(CheckedSignatures::NONE, |verifier| verify(verifier, &quote, &checked(), &root(), NOW));
    assert!(result.is_ok());
    assert_eq!((met.len(), count), (3, 3));
    met
}

#[test]
fn a_second_quote_of_a_machine_costs_one_signature_check_instead_of_three() {
    let (quote, collateral) = (other_quote(), checked());
    let plain = verify(&Portable, &quote, &collateral, &root(), NOW).unwrap();
    let (result, met, count) = with(&of_good_quote(), |verifier| verify(verifier, &quote, &collateral, &root(), NOW));
    assert_eq!((result.unwrap(), count), (plain, 1));
    // What was met now knows this quote, and no longer the one before.
    assert_eq!(met.len(), 3);
    assert_eq!(with(&met, |verifier| verify(verifier, &quote, &collateral, &root(), NOW).is_ok()).2, 0);
    let first = plan().issue().quote;
    assert_eq!(with(&met, |verifier| verify(verifier, &first, &collateral, &root(), NOW).is_ok()).2, 1);
}

#[test]
fn no_changed_byte_of_a_quote_passes_for_one_that_was_checked() {
    let (quote, collateral, known) = (plan().issue().quote, checked(), of_good_quote());
    let judge = |quote: &[u8]| {
        let verifier = RememberingVerifier::new(&Refusing, &known);
        verify(&verifier, quote, &collateral, &root(), NOW)
    };
    assert!(judge(&quote).is_ok());
    for index in 0..quote.len() {
        for flip in [1, 0x80] {
            let mut changed = quote.clone();
            changed[index] ^= flip;
            assert!(judge(&changed).is_err(), "byte {index}");
        }
    }
    for (place, refusal) in [
        (at::REPORT_DATA, IntelRefusal::Signature(adyton_attestation::Document::Quote)),
        (at::QE_SIGNATURE, IntelRefusal::Signature(adyton_attestation::Document::QeReport)),
        (at::ATTESTATION_KEY, IntelRefusal::AttestationKey),
    ] {
        let mut changed = quote.clone();
        changed[place] ^= 1;
        assert_eq!(judge(&changed).unwrap_err(), refusal, "byte {place}");
    }
}

#[test]
fn windows_are_judged_again() {
    let (quote, collateral, known) = (other_quote(), checked(), of_good_quote());
    let verdict = verify(&Portable, &quote, &collateral, &root(), NOW).unwrap();
    for now in [0, verdict.valid_from - 1, verdict.valid_until + 1, u64::MAX] {
        let plain = verify(&Portable, &quote, &collateral, &root(), now).unwrap_err();
        assert!(matches!(plain, IntelRefusal::NotYetValid { .. } | IntelRefusal::Expired { .. }), "{plain}");
        let again = with(&known, |verifier| verify(verifier, &quote, &collateral, &root(), now)).0;
        assert_eq!(again.unwrap_err(), plain);
    }
}

#[test]
fn a_platforms_own_window_is_judged_again() {
    let mut plan = plan();
    plan.pck.not_after = NOW + 10;
    let Issued { quote, .. } = plan.issue();
    let collateral = checked();
    let judge =
        |known: &CheckedSignatures, now| with(known, |verifier| verify(verifier, &quote, &collateral, &root(), now));
    let (result, known, _) = judge(CheckedSignatures::NONE, NOW + 10);
    assert!(result.is_ok());
    let (result, ..) = judge(&known, NOW + 11);
    assert!(matches!(
        result.unwrap_err(),
        IntelRefusal::Expired { document: adyton_attestation::Document::PckCertificate, .. }
    ));
}

#[test]
fn revocation_is_judged_again() {
    let mut plan = plan();
    plan.pck_crl.revoked = vec![plan.pck.serial];
    let collateral = verify_collateral(&plan.issue().collateral, &root(), NOW).unwrap();
    let quote = other_quote();
    let (result, ..) = with(&of_good_quote(), |verifier| verify(verifier, &quote, &collateral, &root(), NOW));
    assert_eq!(result.unwrap_err(), IntelRefusal::Revoked(adyton_attestation::Document::PckCertificate));
}

#[test]
fn the_policy_is_judged_again() {
    let (quote, collateral) = (other_quote(), checked());
    let floor = adyton_attestation::IntelPolicy { minimum_evaluation_number: u32::MAX, ..policy() };
    let (result, ..) =
        with(&of_good_quote(), |verifier| verify_tdx_with(verifier, &quote, &collateral, &root(), &floor, NOW));
    assert!(matches!(result.unwrap_err(), IntelRefusal::EvaluationNumber { .. }));
}

#[test]
fn other_collateral_is_what_a_known_machine_is_judged_by() {
    let mut plan = plan();
    plan.pck_crl.revoked = vec![[9; 20]];
    let collateral = verify_collateral(&plan.issue().collateral, &root(), NOW).unwrap();
    let quote = other_quote();
    let plain = verify(&Portable, &quote, &collateral, &root(), NOW).unwrap();
    let (result, _, count) = with(&of_good_quote(), |verifier| verify(verifier, &quote, &collateral, &root(), NOW));
    let verdict = result.unwrap();
    assert_eq!((verdict.collateral, count), (collateral.digest(), 1));
    assert_ne!(verdict.collateral, checked().digest());
    assert_eq!(verdict, plain);
}

#[test]
fn under_another_root_nothing_is_known() {
    let other = DevelopmentRoot::insecure_from_seed([0x22; 32]);
    let issued = other.plan(&worker(), [0xA5; 64], ISSUED_AT).issue();
    let collateral = verify_collateral(&issued.collateral, &other.root(), NOW).unwrap();
    let known = of_good_quote();
    // Its own evidence: everything is checked.
    let (result, _, count) = with(&known, |verifier| verify(verifier, &issued.quote, &collateral, &other.root(), NOW));
    assert_eq!((result.is_ok(), count), (true, 3));
    // The known machine's: it does not lead there, whatever is known of it.
    let quote = plan().issue().quote;
    let verifier = RememberingVerifier::new(&Refusing, &known);
    assert!(verify(&verifier, &quote, &collateral, &other.root(), NOW).is_err());
    let refusal = verify(&verifier, &quote, &checked(), &other.root(), NOW).unwrap_err();
    assert_eq!(refusal, IntelRefusal::CollateralRoot(checked().root()));
}

/// As it is, at every end of its time, and with a byte changed.
#[test]
fn every_recorded_quote_is_judged_alike_with_and_without_what_was_met_before() {
    let (root, backend) = (IntelRoot::intel(), Fastest::default());
    let policy = IntelPolicy::strict(0).with_statuses(TcbStatusSet::from_iter(TcbStatus::ALL));
    for case in recorded::cases("") {
        let at = case.number("verify_at");
        let Ok(collateral) = verify_collateral(&case.collateral, &root, at) else { continue };
        let judge = |known: &CheckedSignatures, quote: &[u8], now| {
            let verifier = RememberingVerifier::new(&backend, known);
            let result = if case.is_sgx() {
                verify_sgx_with(&verifier, quote, &collateral, &root, &policy, now)
            } else {
                verify_tdx_with(&verifier, quote, &collateral, &root, &policy, now)
            };
            (result, verifier.into_checked())
        };
        let (first, met) = judge(CheckedSignatures::NONE, &case.quote, at);
        // The authority over the platform's certificate, that over the quoting enclave's report, the attestation key over
        // the quote. What stands above the authority was checked with the collateral.
        assert!(if first.is_ok() { met.len() == 3 } else { met.len() <= 3 }, "{}", case.name);
        let require_alike = |quote: &[u8], now| {
            let (plain, known) = (judge(CheckedSignatures::NONE, quote, now).0, judge(&met, quote, now).0);
            assert_eq!(plain, known, "{} at {now}", case.name);
        };
        for now in [at, collateral.valid_from() - 1, collateral.valid_until() + 1, 0, u64::MAX] {
            require_alike(&case.quote, now);
        }
        for index in (0..case.quote.len()).step_by(61) {
            let mut changed = case.quote.clone();
            changed[index] ^= 1;
            require_alike(&changed, at);
        }
    }
}

fn verify_snp(verifier: &impl SignatureVerifier, evidence: &snp::Evidence, now: u64) -> Result<SnpVerdict, SnpRefusal> {
    let endorsements = SnpEndorsements { vek: &evidence.vek, ..SnpEndorsements::default() };
    let policy = SnpPolicy { require_revocation_list: false, ..SnpPolicy::strict() };
    verify_snp_with(verifier, &evidence.report, &endorsements, snp::roots(), &policy, now)
}

#[test]
fn a_second_report_of_a_chip_costs_one_signature_check_instead_of_two() {
    let first = snp::good(SnpProduct::Genoa).evidence();
    let second = snp::good(SnpProduct::Genoa).with(snp::at::REPORT_DATA, &[0xA5; 64]).evidence();
    let (result, known, count) = with(CheckedSignatures::NONE, |verifier| verify_snp(verifier, &first, snp::NOW));
    assert_eq!((result.is_ok(), known.len(), count), (true, 2, 2));
    let plain = verify_snp(&Portable, &second, snp::NOW).unwrap();
    let (result, _, count) = with(&known, |verifier| verify_snp(verifier, &second, snp::NOW));
    assert_eq!((result.unwrap(), count), (plain.clone(), 1));
    let (result, ..) = with(&known, |verifier| verify_snp(verifier, &second, plain.valid_until + 1));
    assert_eq!(result.unwrap_err(), verify_snp(&Portable, &second, plain.valid_until + 1).unwrap_err());
}

#[test]
fn no_changed_byte_of_a_report_or_its_certificate_passes_for_one_that_was_checked() {
    let good = snp::good(SnpProduct::Genoa).evidence();
    let known = with(CheckedSignatures::NONE, |verifier| verify_snp(verifier, &good, snp::NOW)).1;
    let judge = |report: &[u8], vek: &[u8]| {
        let evidence = snp::Evidence { report: report.to_vec(), vek: vek.to_vec(), ..good.clone() };
        verify_snp(&RememberingVerifier::new(&Refusing, &known), &evidence, snp::NOW)
    };
    assert!(judge(&good.report, &good.vek).is_ok());
    for (is_report, bytes) in [(true, &good.report), (false, &good.vek)] {
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            let result = if is_report { judge(&changed, &good.vek) } else { judge(&good.report, &changed) };
            assert!(result.is_err(), "report: {is_report}, byte {index}");
        }
    }
}

/// A backend that believes everything, to see what is asked of it.
#[derive(Default)]
struct Believing(Cell<usize>);

impl SignatureVerifier for Believing {
    fn verify(&self, _: Scheme, _: PublicKey<'_>, _: &[u8], _: &[u8]) -> bool {
        self.0.set(self.0.get() + 1);
        true
    }
}

#[test]
fn scheme_key_message_and_signature_all_tell_signatures_apart() {
    let first = RememberingVerifier::new(&Portable, CheckedSignatures::NONE);
    assert!(!first.verify(Scheme::EcdsaP256Sha256, PublicKey::P256(&[1; 64]), b"message", &[2; 64]));
    assert!(first.into_checked().is_empty(), "what does not verify is not remembered");

    let believing = Believing::default();
    let first = RememberingVerifier::new(&believing, CheckedSignatures::NONE);
    let ask = |verifier: &RememberingVerifier<'_, Believing>, scheme, key, message: &[u8], signature: &[u8]| {
        let before = believing.0.get();
        verifier.verify(scheme, PublicKey::P256(key), message, signature);
        believing.0.get() - before
    };
    let (scheme, key) = (Scheme::EcdsaP256Sha256, &[1; 64]);
    assert_eq!(ask(&first, scheme, key, b"ab", b"c"), 1);
    assert_eq!(ask(&first, scheme, key, b"ab", b"c"), 0, "it was met a moment ago");
    let known = first.into_checked();
    let second = || RememberingVerifier::new(&believing, &known);
    assert_eq!(ask(&second(), scheme, key, b"ab", b"c"), 0);
    assert_eq!(ask(&second(), scheme, key, b"a", b"bc"), 1);
    assert_eq!(ask(&second(), scheme, key, b"abc", b""), 1);
    assert_eq!(ask(&second(), scheme, &[2; 64], b"ab", b"c"), 1);
    assert_eq!(ask(&second(), Scheme::EcdsaP384Sha384, key, b"ab", b"c"), 1);
}

#[test]
fn no_more_than_a_bound_is_remembered() {
    let believing = Believing::default();
    let verifier = RememberingVerifier::new(&believing, CheckedSignatures::NONE);
    for message in 0..100u8 {
        assert!(verifier.verify(Scheme::EcdsaP256Sha256, PublicKey::P256(&[1; 64]), &[message], &[]));
    }
    assert_eq!((verifier.into_checked().len(), believing.0.get()), (64, 100));
}
