//! Bugs that other verifiers of such evidence had, each with a test that ours has it not. Where a numbered negative
//! case is the same thing, the case's test is the bug's too: `CASES.md` says which.

use crate::support::{
    ISSUED_AT, NOW, any_status, at, changed, checked, collateral_refusal, development, plan, policy, quote_refusal,
    root, snp, verify, worker,
};
use adyton_attestation::{
    Document, IntelMeasurement, IntelPolicy, IntelRefusal, IntelVerdict, Part, SgxMeasurement,
    signature::Portable,
    snp::{GuestPolicy, SnpPolicy, SnpProduct, SnpRefusal, verify_snp_with},
    verify_collateral, verify_sgx, verify_tdx, verify_tdx_with,
};
use adyton_development_root::{Extension, Issued, Plan};
use bounded_collections::BoundedVec;
use serde_json::{Value, json};

fn enclave() -> Plan {
    plan().for_enclave(ISSUED_AT)
}

fn verify_enclave(change: impl FnOnce(&mut Plan), policy: &IntelPolicy) -> Result<IntelVerdict, IntelRefusal> {
    let mut plan = enclave();
    change(&mut plan);
    let issued = plan.issue();
    let checked = verify_collateral(&issued.collateral, &root(), NOW)?;
    verify_sgx(&issued.quote, &checked, &root(), policy, NOW)
}

/// CVE-2026-22696 and GHSA-796p-j2gh-9m2q (dcap-qvl before 0.3.9), the same in project-oak and MigTD (663, and in the list
/// of 997): any enclave on a genuine platform could vouch for an attestation key. Case 81.
#[test]
fn an_enclave_that_is_not_intels_quoting_enclave_vouches_for_no_key() {
    let somebodys = |plan: &mut Plan| {
        plan.quote.enclave.mr_signer = [0x66; 32];
        plan.quote.enclave.product = 7;
        plan.quote.enclave.svn = 900;
    };
    assert_eq!(quote_refusal(somebodys), IntelRefusal::QeSigner);
    let of_intel_but_another = quote_refusal(|plan| plan.quote.enclave.product = 7);
    assert_eq!(of_intel_but_another, IntelRefusal::QeProduct { found: 7, wanted: 2 });
}

fn components<'a>(plan: &'a mut Plan, list: &str) -> &'a mut Vec<Value> {
    plan.tcb_info.value["tcbLevels"][0]["tcb"][list].as_array_mut().unwrap()
}

/// GHSA-6q6c-vvf9-fj3w (dcap-qvl): a level's shorter list was compared only as far as it went.
#[test]
fn lists_of_components_of_another_length_are_refused() {
    for list in ["sgxtcbcomponents", "tdxtcbcomponents"] {
        for length in [0, 1, 15, 17, 32] {
            let refusal = collateral_refusal(|plan| components(plan, list).resize_with(length, || json!({ "svn": 0 })));
            assert_eq!(refusal, IntelRefusal::Malformed(Document::TcbInfo), "{list} {length}");
        }
    }
}

/// SEQUENCEs in each other.
fn nested_sequences(depth: usize) -> Vec<u8> {
    let headers = (0..depth).scan(0usize, |length, _| {
        let header = match *length {
            0..=0x7f => vec![0x30, *length as u8],
            0x80..=0xff => vec![0x30, 0x81, *length as u8],
            _ => vec![0x30, 0x82, (*length >> 8) as u8, *length as u8],
        };
        *length += header.len();
        Some(header)
    });
    headers.collect::<Vec<_>>().into_iter().rev().flatten().collect()
}

/// dcap-qvl #164 (DER) and the same of JSON: nesting cost stack.
#[test]
fn deep_nesting_is_refused_or_ignored_and_never_followed() {
    let (certificate, list) = (nested_sequences(1000), nested_sequences(16_000));
    assert!(certificate.len() < 4096 && (32_000..65_536).contains(&list.len()));
    let mut collateral = plan().issue().collateral;
    collateral.tcb_info_signer = BoundedVec::try_from(certificate).unwrap();
    let refusal = verify_collateral(&collateral, &root(), NOW).unwrap_err();
    assert_eq!(refusal, IntelRefusal::Malformed(Document::TcbInfoSigner));
    let mut collateral = plan().issue().collateral;
    collateral.root_crl = BoundedVec::try_from(list).unwrap();
    let refusal = verify_collateral(&collateral, &root(), NOW).unwrap_err();
    assert_eq!(refusal, IntelRefusal::Malformed(Document::RootCrl));

    let nested = nested_sequences(700);
    let refusal = quote_refusal(|plan| {
        plan.pck.sgx = None;
        let oid = "1.2.840.113741.1.13.1".into();
        plan.pck.extensions.push(Extension { oid, critical: false, value: nested });
    });
    assert_eq!(refusal, IntelRefusal::Malformed(Document::PckCertificate));

    let in_known_field = |text: String| text.replacen("\"version\":", &format!("\"version\":{}", "[".repeat(9000)), 1);
    let refusal = collateral_refusal(|plan| plan.tcb_info.edit = Some(in_known_field));
    assert_eq!(refusal, IntelRefusal::Malformed(Document::TcbInfo));
    let in_unknown_field =
        |text: String| text.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(9000), "]".repeat(9000)), 1);
    let issued = changed(|plan| plan.tcb_info.edit = Some(in_unknown_field)).issue();
    let refusal = verify_collateral(&issued.collateral, &root(), NOW).err();
    assert!(refusal.is_none_or(|refusal| refusal == IntelRefusal::Malformed(Document::TcbInfo)));
}

fn revoke_quoting_enclave(plan: &mut Plan) {
    plan.qe_identity.value["tcbLevels"][0]["tcbStatus"] = json!("Revoked");
}

/// automata-dcap-attestation #144: a revoked quoting enclave ended the verification early, and with success. Case 77.
#[test]
fn a_revoked_quoting_enclave_is_refused_and_saves_no_check() {
    let issued = changed(revoke_quoting_enclave).issue();
    let refusal = |offset: usize| {
        let mut forged = issued.clone();
        forged.quote[offset] ^= 1;
        verify(&forged, &any_status()).unwrap_err()
    };
    let revoked = IntelRefusal::TcbRevoked(Part::QuotingEnclave);
    assert_eq!(verify(&issued, &any_status()).unwrap_err(), revoked);
    assert_eq!(refusal(at::SIGNATURE), IntelRefusal::Signature(Document::Quote));
    assert_eq!(refusal(at::QE_SIGNATURE), IntelRefusal::Signature(Document::QeReport));
    assert_eq!(refusal(at::ATTESTATION_KEY), IntelRefusal::AttestationKey);
}

/// automata-dcap-attestation #132 and #155: what was revoked was accepted, of enclaves too. Case 77.
#[test]
fn an_enclave_on_a_platform_of_which_any_part_is_revoked_is_refused_under_every_policy() {
    let of_quoting_enclave = verify_enclave(revoke_quoting_enclave, &any_status()).unwrap_err();
    assert_eq!(of_quoting_enclave, IntelRefusal::TcbRevoked(Part::QuotingEnclave));
    let of_platform =
        verify_enclave(|plan| plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!("Revoked"), &any_status());
    assert_eq!(of_platform.unwrap_err(), IntelRefusal::TcbRevoked(Part::Platform));
}

/// Taiko, June 2026 (taiko-mono #21824 and #21827): a leaked signing key made enclaves in debug mode that were trusted
/// for their signer, with collateral that nobody had signed. Cases 71, 86 and 92.
#[test]
fn a_leaked_signing_key_makes_no_trusted_enclave() {
    let good = verify_enclave(|_| (), &policy()).unwrap();
    let in_debug_mode = |plan: &mut Plan| plan.quote.measured.flags |= 0b10;
    assert_eq!(verify_enclave(in_debug_mode, &any_status()).unwrap_err(), IntelRefusal::EnclaveDebug);
    let of_the_same_signer = verify_enclave(|plan| plan.quote.measured.mr_enclave = [0x66; 32], &policy()).unwrap();
    assert_ne!(of_the_same_signer.measurement_id, good.measurement_id);
    let unsigned = collateral_refusal(|plan| {
        plan.tcb_info.value["tcbLevels"][0]["tcb"]["pcesvn"] = json!(0);
        plan.tcb_info.signer = adyton_development_root::Key("operator".into());
    });
    assert_eq!(unsigned, IntelRefusal::Signature(Document::TcbInfo));
}

/// tinfoil-python #122: a mask over the attributes let debug mode through. Case 87.
#[test]
fn no_policy_has_anything_that_hides_debug_mode() {
    let text = serde_json::to_string(&any_status()).unwrap();
    for field in ["attributes_mask", "allowed_attributes", "allow_debug"] {
        let with_field = text.replacen('{', &format!("{{\"{field}\":0,"), 1);
        assert!(serde_json::from_str::<IntelPolicy>(&with_field).is_err(), "{field}");
    }
    let most = IntelPolicy {
        allow_protection_keys: true,
        allow_key_locker: true,
        allow_lass: true,
        allow_single_step_defence: true,
        allowed_xfam: u64::MAX,
        ..any_status()
    };
    let issued = changed(|plan| plan.quote.body.measurement.attributes[0] |= 1).issue();
    assert_eq!(verify(&issued, &most).unwrap_err(), IntelRefusal::Debug);
}

/// dstack #1242: keys were derived without the attributes, so that a domain in debug mode got the same ones.
#[test]
fn a_measurement_in_debug_mode_has_another_identity() {
    let domain = development().measurement(&worker());
    let mut in_debug_mode = domain.clone();
    in_debug_mode.attributes[0] |= 1;
    assert_ne!(in_debug_mode.id(), domain.id());

    let verdict = verify_enclave(|_| (), &policy()).unwrap();
    let IntelMeasurement::Sgx(enclave) = verdict.measurement.clone() else { panic!("not an enclave") };
    let in_debug_mode = SgxMeasurement { attributes: [7, 0, 0, 0, 0, 0, 0, 0, 0xE7, 0, 0, 0, 0, 0, 0, 0], ..enclave };
    assert_ne!(in_debug_mode.id(), verdict.measurement_id);
}

/// attestation-rs #67: one build of the verifier left out the checks of debug mode and privilege level.
#[test]
fn every_signature_backend_makes_the_same_checks() {
    let domains: [fn(&mut Plan); 4] = [
        |plan| plan.quote.body.measurement.attributes[0] |= 1,
        |plan| plan.quote.body.measurement.attributes[3] = 0,
        |plan| plan.quote.body.tee_tcb_svn[2] -= 1,
        |plan| plan.quote.enclave.product = 1,
    ];
    for change in domains {
        let Issued { quote, .. } = changed(change).issue();
        let portable = verify_tdx_with(&Portable, &quote, &checked(), &root(), &policy(), NOW).unwrap_err();
        assert_eq!(verify_tdx(&quote, &checked(), &root(), &policy(), NOW).unwrap_err(), portable);
    }
    let debug = (GuestPolicy::SMT.with(GuestPolicy::DEBUG).0 | 1 << 17).to_le_bytes();
    let guests: [(usize, &[u8], SnpRefusal); 2] =
        [(snp::at::POLICY, &debug, SnpRefusal::Debug), (snp::at::VMPL, &[1], SnpRefusal::Vmpl { found: 1, most: 0 })];
    for (offset, bytes, expected) in guests {
        let evidence = snp::good(SnpProduct::Genoa).with(offset, bytes).evidence();
        let policy = SnpPolicy::tiered();
        let (report, endorsements) = (&evidence.report, evidence.endorsements());
        let portable = verify_snp_with(&Portable, report, &endorsements, snp::roots(), &policy, snp::NOW);
        assert_eq!(portable, Err(expected));
        assert_eq!(evidence.verify(&policy, snp::NOW), Err(expected));
    }
}

/// go-tdx-guest #37 and #38: security versions were compared at the wrong places. Case 85.
#[test]
fn each_security_version_is_compared_with_the_one_at_its_own_place() {
    for place in 2..16 {
        let above = |plan: &mut Plan| {
            let found = plan.quote.body.tee_tcb_svn[place];
            plan.tcb_info.value["tcbLevels"][0]["tcb"]["tdxtcbcomponents"][place]["svn"] = json!(found + 1);
        };
        let verdict = verify(&changed(above).issue(), &any_status()).unwrap();
        assert_eq!(verdict.tcb_status.name(), "OutOfDate", "{place}");
        // As new as every other component may be, that one decides.
        let elsewhere = changed(|plan| {
            above(plan);
            for other in (2..16).filter(|other| *other != place) {
                plan.quote.body.tee_tcb_svn[other] = 200;
            }
        });
        assert_eq!(verify(&elsewhere.issue(), &any_status()).unwrap().tcb_status.name(), "OutOfDate", "{place}");
    }
}
