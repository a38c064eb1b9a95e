//! Signatures and certificates: everything must lead to the pinned root, in its role and its time.

use crate::support::{
    ISSUED_AT, NOW, ORDER, REPORT_DATA, at, changed, checked, collateral_refusal, order_minus, patched, plan, policy,
    quote_bytes_refusal, quote_refusal, refusal, root, verify, worker,
};
use adyton_attestation::{
    Document, IntelPolicy, IntelRefusal, IntelRoot, TcbStatus, TcbStatusSet, verify_collateral, verify_tdx,
};
use adyton_development_root::{DevelopmentRoot, Extension, Issued, Key, Plan};
use sha2::{Digest, Sha256};

fn flipped(offset: usize) -> Vec<u8> {
    let byte = plan().issue().quote[offset];
    patched(offset, &[byte ^ 1])
}

/// Case 27.
#[test]
fn a_changed_report_data_bit_breaks_the_quotes_signature() {
    assert_eq!(quote_bytes_refusal(&flipped(at::REPORT_DATA)), IntelRefusal::Signature(Document::Quote));
}

/// Case 28.
#[test]
fn a_changed_measurement_bit_breaks_the_quotes_signature() {
    assert_eq!(quote_bytes_refusal(&flipped(at::MR_TD)), IntelRefusal::Signature(Document::Quote));
}

/// Case 26.
#[test]
fn a_changed_signature_bit_is_refused() {
    assert_eq!(quote_bytes_refusal(&flipped(at::SIGNATURE + 40)), IntelRefusal::Signature(Document::Quote));
}

/// Cases 29 and 30.
#[test]
fn signature_values_of_zero_or_not_below_the_order_are_refused() {
    for half in [at::SIGNATURE, at::SIGNATURE + 32, at::QE_SIGNATURE, at::QE_SIGNATURE + 32] {
        for value in [[0; 32], ORDER, [0xFF; 32]] {
            let document = if half < at::QE_SIGNATURE { Document::Quote } else { Document::QeReport };
            assert_eq!(quote_bytes_refusal(&patched(half, &value)), IntelRefusal::Signature(document));
        }
    }
    assert_eq!(quote_bytes_refusal(&patched(at::SIGNATURE, &[0; 64])), IntelRefusal::Signature(Document::Quote));
}

/// Case 31.
#[test]
fn the_other_form_of_a_signature_is_the_same_evidence() {
    let quote = plan().issue().quote;
    let other = patched(at::SIGNATURE + 32, &order_minus(&quote[at::SIGNATURE + 32..at::SIGNATURE + 64]));
    assert_ne!(quote, other);
    let identity = |quote: &[u8]| verify_tdx(quote, &checked(), &root(), &policy(), NOW).unwrap().evidence_id;
    assert_eq!(identity(&quote), identity(&other));
}

/// A quote whose attestation key is replaced, with a quoting enclave that vouches for the new one.
fn with_attestation_key(key: [u8; 64]) -> Vec<u8> {
    let issued = changed(|plan| {
        let mut vouched = [0; 64];
        let hash = Sha256::new().chain_update(key).chain_update(&plan.quote.authentication).finalize();
        vouched[..32].copy_from_slice(&hash);
        plan.quote.enclave.report_data = Some(vouched);
    })
    .issue();
    let mut quote = issued.quote;
    quote[at::ATTESTATION_KEY..at::ATTESTATION_KEY + 64].copy_from_slice(&key);
    quote
}

/// Case 32.
#[test]
fn an_attestation_key_that_is_no_point_of_the_curve_is_refused() {
    let mut off_curve = [1; 64];
    off_curve[63] = 2;
    for key in [[0; 64], off_curve, [0xFF; 64]] {
        assert_eq!(quote_bytes_refusal(&with_attestation_key(key)), IntelRefusal::Signature(Document::Quote));
    }
}

/// Case 33.
#[test]
fn an_attestation_key_that_the_quoting_enclave_does_not_vouch_for_is_refused() {
    assert_eq!(quote_bytes_refusal(&flipped(at::ATTESTATION_KEY)), IntelRefusal::AttestationKey);
    let refusal = quote_refusal(|plan| plan.quote.enclave.report_data = Some([9; 64]));
    assert_eq!(refusal, IntelRefusal::AttestationKey);
}

/// Case 33.
#[test]
fn a_quoting_enclave_that_vouches_for_more_than_the_key_is_refused() {
    let report = plan().issue().quote[at::QE_REPORT + 320..at::QE_REPORT + 384].to_vec();
    let mut vouched: [u8; 64] = report.try_into().unwrap();
    vouched[63] = 1;
    assert_eq!(quote_refusal(|plan| plan.quote.enclave.report_data = Some(vouched)), IntelRefusal::AttestationKey);
}

/// Case 34.
#[test]
fn a_quoting_enclave_report_that_the_platform_did_not_sign_is_refused() {
    assert_eq!(quote_bytes_refusal(&flipped(at::QE_REPORT)), IntelRefusal::Signature(Document::QeReport));
    assert_eq!(quote_bytes_refusal(&flipped(at::QE_SIGNATURE + 10)), IntelRefusal::Signature(Document::QeReport));
}

/// Case 35.
#[test]
fn the_certificate_of_another_platform_is_refused() {
    let refusal = quote_refusal(|plan| plan.quote.platform_key = Key("platform 1".into()));
    assert_eq!(refusal, IntelRefusal::Signature(Document::QeReport));
}

/// Case 36.
#[test]
fn a_look_alike_root_with_the_same_names_is_refused() {
    let other = DevelopmentRoot::insecure_from_seed([0x22; 32]).plan(&worker(), REPORT_DATA, ISSUED_AT).issue();
    let found = DevelopmentRoot::insecure_from_seed([0x22; 32]).root().id();
    let refusal = quote_bytes_refusal(&other.quote);
    assert_eq!(refusal, IntelRefusal::UntrustedRoot(found));
    assert!(refusal.to_string().contains(&hex::encode(found.0)), "{refusal}");
    let result = verify_collateral(&other.collateral, &root(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::Signature(Document::TcbInfoSigner));
}

#[test]
fn development_evidence_is_refused_under_intels_root() {
    let issued = plan().issue();
    let result = verify_collateral(&issued.collateral, &IntelRoot::intel(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::Signature(Document::TcbInfoSigner));
    let result = verify_tdx(&issued.quote, &checked(), &IntelRoot::intel(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::CollateralRoot(root().id()));
}

#[test]
fn intels_root_is_known_by_its_key_and_certificate() {
    assert!(IntelRoot::intel().is_intel());
    assert!(!root().is_intel());
    assert_ne!(root().id(), IntelRoot::intel().id());
}

#[test]
fn a_root_is_taken_only_from_a_self_signed_certificate_of_its_role() {
    let issue = |change: fn(&mut Plan)| IntelRoot::from_certificate(&changed(change).issue().root_certificate);
    assert_eq!(issue(|_| ()), Ok(root()));
    assert_eq!(issue(|plan| plan.root.signer = Key("other".into())), Err(IntelRefusal::Signature(Document::Root)));
    assert_eq!(issue(|plan| plan.root.is_authority = None), Err(IntelRefusal::CertificateUsage(Document::Root)));
    assert_eq!(issue(|plan| plan.root.path_length = Some(0)), Err(IntelRefusal::CertificateUsage(Document::Root)));
    assert_eq!(
        issue(|plan| plan.root.subject.common_name = "My Root".into()),
        Err(IntelRefusal::CertificateName(Document::Root))
    );
    assert_eq!(
        issue(|plan| plan.root.issuer.organisation = "somebody".into()),
        Err(IntelRefusal::Issuer(Document::Root))
    );
    assert_eq!(IntelRoot::from_certificate(b"-----BEGIN"), Err(IntelRefusal::Malformed(Document::Root)));
}

#[test]
fn another_certificate_of_the_pinned_roots_key_is_accepted_and_a_forged_one_is_not() {
    let result = |change: fn(&mut Plan)| {
        verify_tdx(&changed(change).issue().quote, &checked(), &root(), &policy(), NOW).map(|_| ())
    };
    assert_eq!(result(|plan| plan.root.not_after -= 1), Ok(()));
    let forged = result(|plan| {
        plan.root.not_after -= 1;
        plan.root.signer = Key("other".into());
    });
    assert_eq!(forged, Err(IntelRefusal::Signature(Document::Root)));
}

/// Case 37.
#[test]
fn a_chain_in_another_order_is_refused() {
    let refusal = quote_refusal(|plan| {
        plan.quote.chain = Some(plan.chain(&[&plan.pck_ca, &plan.pck, &plan.root]));
    });
    assert_eq!(refusal, IntelRefusal::CertificateName(Document::PckCa));
    let refusal = quote_refusal(|plan| {
        plan.quote.chain = Some(plan.chain(&[&plan.root, &plan.pck_ca, &plan.pck]));
    });
    assert!(matches!(refusal, IntelRefusal::UntrustedRoot(_)), "{refusal}");
}

/// Case 40.
#[test]
fn a_platform_certificate_issued_by_the_tcb_signer_is_refused() {
    let named = quote_refusal(|plan| {
        plan.pck.issuer = plan.tcb_info_signer.subject.clone();
        plan.pck.signer = plan.tcb_info_signer.key.clone();
    });
    assert_eq!(named, IntelRefusal::Issuer(Document::PckCertificate));
    let unnamed = quote_refusal(|plan| plan.pck.signer = plan.tcb_info_signer.key.clone());
    assert_eq!(unnamed, IntelRefusal::Signature(Document::PckCertificate));
}

#[test]
fn a_platform_certificate_directly_under_the_root_is_refused() {
    let refusal = quote_refusal(|plan| {
        plan.pck.issuer = plan.root.subject.clone();
        plan.pck.signer = plan.root.key.clone();
    });
    assert_eq!(refusal, IntelRefusal::Issuer(Document::PckCertificate));
}

/// Case 41.
#[test]
fn a_certificate_in_another_role_than_its_name_is_refused() {
    let name = |plan: &mut Plan| plan.pck.subject.common_name = "Intel SGX TCB Signing".into();
    assert_eq!(quote_refusal(name), IntelRefusal::CertificateName(Document::PckCertificate));
    let refusal = collateral_refusal(|plan| {
        plan.tcb_info_signer = plan.pck.clone();
        plan.tcb_info.signer = plan.pck.key.clone();
    });
    assert_eq!(refusal, IntelRefusal::CertificateName(Document::TcbInfoSigner));
}

#[test]
fn a_signer_of_tcb_information_that_is_not_directly_under_the_root_is_refused() {
    let refusal = collateral_refusal(|plan| {
        plan.tcb_info_signer.issuer = plan.pck_ca.subject.clone();
        plan.tcb_info_signer.signer = plan.pck_ca.key.clone();
    });
    assert_eq!(refusal, IntelRefusal::Issuer(Document::TcbInfoSigner));
}

const WRONG_AUTHORITIES: [fn(&mut Plan); 5] = [
    |plan| plan.pck_ca.is_authority = Some(false),
    |plan| plan.pck_ca.is_authority = None,
    |plan| plan.pck_ca.path_length = None,
    |plan| plan.pck_ca.key_usage = Some(0x04),
    |plan| plan.pck_ca.key_usage = None,
];

/// Case 42.
#[test]
fn an_authority_without_the_right_to_issue_is_refused() {
    for wrong in WRONG_AUTHORITIES {
        assert_eq!(collateral_refusal(wrong), IntelRefusal::CertificateUsage(Document::PckCa));
        assert_eq!(quote_refusal(wrong), IntelRefusal::CertificateUsage(Document::PckCa));
    }
}

/// Case 42.
#[test]
fn a_platform_certificate_that_may_issue_others_is_refused() {
    let wrong: [fn(&mut Plan); 4] = [
        |plan| plan.pck.is_authority = Some(true),
        |plan| plan.pck.is_authority = None,
        |plan| plan.pck.key_usage = Some(0x84),
        |plan| plan.pck.key_usage = None,
    ];
    for wrong in wrong {
        assert_eq!(quote_refusal(wrong), IntelRefusal::CertificateUsage(Document::PckCertificate));
    }
}

#[test]
fn another_authority_than_the_one_behind_the_revocation_list_is_refused() {
    let refusal = quote_refusal(|plan| {
        plan.pck_ca.key = Key("second authority".into());
        plan.pck.signer = plan.pck_ca.key.clone();
    });
    assert_eq!(refusal, IntelRefusal::PckCaMismatch);
}

#[test]
fn a_renewed_certificate_of_the_same_authority_is_accepted_and_shortens_the_verdict() {
    let issued = changed(|plan| plan.pck_ca.not_after = NOW + 5).issue();
    let verdict = verify_tdx(&issued.quote, &checked(), &root(), &policy(), NOW).unwrap();
    assert_eq!(verdict.valid_until, NOW + 5);
}

#[test]
fn a_forged_certificate_of_the_same_authority_is_refused() {
    let refusal = quote_refusal(|plan| {
        plan.pck_ca.not_after += 1;
        plan.pck_ca.signer = Key("other".into());
    });
    assert_eq!(refusal, IntelRefusal::Signature(Document::PckCa));
}

/// Case 43.
#[test]
fn a_certificate_outside_its_time_is_refused() {
    let late = |certificate: &mut u64| *certificate = NOW - 1;
    let expired = |document| IntelRefusal::Expired { document, not_after: NOW - 1, now: NOW };
    assert_eq!(quote_refusal(|plan| late(&mut plan.pck.not_after)), expired(Document::PckCertificate));
    assert_eq!(quote_refusal(|plan| late(&mut plan.pck_ca.not_after)), expired(Document::PckCa));
    let early = |certificate: &mut u64| *certificate = NOW + 1;
    let too_young = |document| IntelRefusal::NotYetValid { document, not_before: NOW + 1, now: NOW };
    assert_eq!(quote_refusal(|plan| early(&mut plan.pck.not_before)), too_young(Document::PckCertificate));
    assert_eq!(quote_refusal(|plan| early(&mut plan.pck_ca.not_before)), too_young(Document::PckCa));
}

/// Case 101.
#[test]
fn a_certificate_is_valid_in_its_first_and_last_second() {
    let issued = changed(|plan| {
        plan.pck.not_before = NOW;
        plan.pck.not_after = NOW;
    })
    .issue();
    let verdict = verify(&issued, &policy()).unwrap();
    assert_eq!((verdict.valid_from, verdict.valid_until), (NOW, NOW));
}

/// Case 44.
#[test]
fn a_platform_certificate_without_intels_extension_is_refused() {
    let refusal = quote_refusal(|plan| plan.pck.sgx = None);
    assert_eq!(refusal, IntelRefusal::Malformed(Document::PckCertificate));
}

/// Case 44.
#[test]
fn wrong_values_in_intels_extension_are_refused() {
    let wrong: [fn(&mut Plan); 10] = [
        |plan| plan.pck.sgx.as_mut().unwrap().fmspc.truncate(5),
        |plan| plan.pck.sgx.as_mut().unwrap().ppid.push(0),
        |plan| plan.pck.sgx.as_mut().unwrap().pce_id = vec![0; 3],
        |plan| plan.pck.sgx.as_mut().unwrap().components[3] = 256,
        |plan| plan.pck.sgx.as_mut().unwrap().components.truncate(15),
        |plan| plan.pck.sgx.as_mut().unwrap().components.push(1),
        |plan| plan.pck.sgx.as_mut().unwrap().sgx_type = 3,
        |plan| plan.pck.sgx.as_mut().unwrap().platform_instance = Some(vec![0; 15]),
        |plan| plan.pck.sgx.as_mut().unwrap().repeated = vec![4],
        |plan| plan.pck.sgx.as_mut().unwrap().repeated = vec![2],
    ];
    for wrong in wrong {
        assert_eq!(quote_refusal(wrong), IntelRefusal::Malformed(Document::PckCertificate));
    }
}

fn extension(oid: &str, critical: bool) -> Extension {
    Extension { oid: oid.into(), critical, value: vec![5, 0] }
}

/// Case 46.
#[test]
fn repeated_and_unknown_critical_extensions_are_refused() {
    for (oid, critical) in [("1.2.840.113741.1.13.1", false), ("2.5.29.15", true), ("1.2.3.4", true)] {
        let refusal = quote_refusal(|plan| plan.pck.extensions.push(extension(oid, critical)));
        assert_eq!(refusal, IntelRefusal::Extension(Document::PckCertificate), "{oid}");
        let refusal = collateral_refusal(|plan| {
            plan.tcb_info_signer.extensions = vec![extension(oid, critical), extension(oid, critical)];
        });
        assert_eq!(refusal, IntelRefusal::Extension(Document::TcbInfoSigner), "{oid}");
    }
}

#[test]
fn unknown_extensions_that_are_not_critical_are_ignored() {
    let issued = changed(|plan| plan.pck.extensions.push(extension("1.2.3.4", false))).issue();
    assert!(verify(&issued, &policy()).is_ok());
}

/// Case 45.
#[test]
fn a_platform_that_cannot_run_tdx_is_refused() {
    let processor = |plan: &mut Plan| {
        for name in [&mut plan.pck_ca.subject, &mut plan.pck.issuer, &mut plan.pck_crl.issuer] {
            name.common_name = "Intel SGX PCK Processor CA".into();
        }
    };
    assert_eq!(refusal(processor), IntelRefusal::NotTdxPlatform);
    assert_eq!(refusal(|plan| plan.pck.sgx.as_mut().unwrap().sgx_type = 0), IntelRefusal::NotTdxPlatform);
    assert_eq!(refusal(|plan| plan.pck.sgx.as_mut().unwrap().configuration = None), IntelRefusal::NotTdxPlatform);
}

#[test]
fn a_certificate_beyond_the_bound_is_refused() {
    let large = Extension { oid: "1.2.3.4".into(), critical: false, value: vec![0; 5000] };
    let refusal = quote_refusal(|plan| plan.pck.extensions.push(large));
    assert_eq!(refusal, IntelRefusal::ChainEncoding);
}

#[test]
fn a_policy_that_accepts_nothing_refuses_good_evidence() {
    let Issued { quote, .. } = plan().issue();
    let result = verify_tdx(&quote, &checked(), &root(), &IntelPolicy::default(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::PolicyAcceptsNothing);
}

#[test]
fn refusals_say_what_was_found_and_what_was_wanted() {
    let wanted = TcbStatusSet::UP_TO_DATE.with(TcbStatus::SwHardeningNeeded);
    let said: [(IntelRefusal, &[&str]); 9] = [
        (
            IntelRefusal::Expired { document: Document::PckCertificate, not_after: 5, now: 6 },
            &["platform certificate", "until 5", "time is 6"],
        ),
        (
            IntelRefusal::NotYetValid { document: Document::RootCrl, not_before: 8, now: 7 },
            &["root revocation list", "from 8", "time is 7"],
        ),
        (IntelRefusal::CertificateName(Document::TcbInfoSigner), &["signer", "Intel SGX TCB Signing"]),
        (IntelRefusal::CertificateName(Document::PckCa), &["Platform CA", "Processor CA"]),
        (IntelRefusal::TooLarge(Document::Quote), &["quote", "16384"]),
        (IntelRefusal::QeVendor([0x1a; 16]), &["1a1a1a1a", "intel"]),
        (IntelRefusal::UntrustedAttributes(2), &["0x02", "0 is wanted"]),
        (IntelRefusal::Xfam { found: 7, allowed: 3 }, &["0x7", "0x3"]),
        (
            IntelRefusal::TcbStatus { found: TcbStatus::OutOfDate, wanted },
            &["OutOfDate", "accepts UpToDate, SWHardeningNeeded"],
        ),
    ];
    for (refusal, parts) in said {
        let text = refusal.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}
