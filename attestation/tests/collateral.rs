//! Collateral: signed, complete, of one kind and evaluation, in its time, and only forwards.

use crate::support::{
    self, ISSUED_AT, NOW, changed, checked, collateral_refusal, development, plan, policy, quote_refusal, refusal, root,
};
use adyton_attestation::{CheckedCollateral, Collateral, Document, IntelRefusal, verify_collateral, verify_tdx};
use adyton_development_root::{Extension, FMSPC, Key, Plan};
use bounded_collections::BoundedVec;
use serde_json::json;

fn issued() -> Collateral {
    plan().issue().collateral
}

/// Why collateral is refused whose bytes are changed after it was signed.
fn tampered(change: impl FnOnce(&mut Collateral)) -> IntelRefusal {
    let mut collateral = issued();
    change(&mut collateral);
    verify_collateral(&collateral, &root(), NOW).unwrap_err()
}

#[test]
fn good_collateral_is_accepted_and_says_what_it_is_for() {
    let checked = checked();
    assert_eq!(checked.root(), root().id());
    assert_eq!(checked.fmspc(), FMSPC);
    assert_eq!(checked.pce_id(), [0, 0]);
    assert_eq!(checked.evaluation_number(), adyton_development_root::EVALUATION_NUMBER);
    assert_eq!(checked.issued_at(), ISSUED_AT);
    assert_eq!(checked.valid_until(), ISSUED_AT + adyton_development_root::COLLATERAL_LIFETIME);
    assert_eq!(checked.digest(), issued().digest());
}

/// Case 47.
#[test]
fn a_changed_character_of_tcb_information_breaks_its_signature() {
    assert_eq!(tampered(|all| all.tcb_info[10] ^= 1), IntelRefusal::Signature(Document::TcbInfo));
}

/// Case 48.
#[test]
fn a_space_after_tcb_information_breaks_its_signature() {
    assert_eq!(tampered(|all| all.tcb_info.try_push(b' ').unwrap()), IntelRefusal::Signature(Document::TcbInfo));
}

/// Case 49.
#[test]
fn reserialised_tcb_information_breaks_its_signature() {
    let refusal = tampered(|all| {
        let value: serde_json::Value = serde_json::from_slice(&all.tcb_info).unwrap();
        all.tcb_info = BoundedVec::try_from(serde_json::to_vec_pretty(&value).unwrap()).unwrap();
    });
    assert_eq!(refusal, IntelRefusal::Signature(Document::TcbInfo));
}

/// Case 51.
#[test]
fn a_changed_identity_of_the_quoting_enclave_breaks_its_signature() {
    assert_eq!(tampered(|all| all.qe_identity[10] ^= 1), IntelRefusal::Signature(Document::QeIdentity));
}

/// Case 71.
#[test]
fn collateral_signed_by_whom_the_attester_chose_is_refused() {
    let refusal = collateral_refusal(|plan| {
        plan.tcb_info.signer = Key("attester".into());
    });
    assert_eq!(refusal, IntelRefusal::Signature(Document::TcbInfo));
    let refusal = collateral_refusal(|plan| {
        for signer in [&mut plan.tcb_info_signer, &mut plan.qe_identity_signer] {
            signer.key = Key("attester".into());
            signer.signer = Key("attester".into());
        }
    });
    assert_eq!(refusal, IntelRefusal::Signature(Document::TcbInfoSigner));
}

#[test]
fn two_different_signers_are_accepted_if_both_are_the_roots() {
    let issued = changed(|plan| {
        plan.qe_identity_signer.key = Key("second signer".into());
        plan.qe_identity_signer.serial[19] ^= 1;
        plan.qe_identity.signer = Key("second signer".into());
    })
    .issue();
    verify_collateral(&issued.collateral, &root(), NOW).unwrap();
    let refusal = collateral_refusal(|plan| {
        plan.qe_identity_signer.key = Key("second signer".into());
        plan.qe_identity_signer.signer = Key("attester".into());
    });
    assert_eq!(refusal, IntelRefusal::Signature(Document::QeIdentitySigner));
}

/// Case 50.
#[test]
fn repeated_keys_in_a_signed_document_are_refused() {
    let twice = |text: String| text.replacen('{', r#"{"tcbLevels":[],"#, 1);
    assert_eq!(collateral_refusal(|plan| plan.tcb_info.edit = Some(twice)), IntelRefusal::Malformed(Document::TcbInfo));
    let refusal = collateral_refusal(|plan| plan.qe_identity.edit = Some(twice));
    assert_eq!(refusal, IntelRefusal::Malformed(Document::QeIdentity));
}

#[test]
fn text_after_a_signed_document_is_refused() {
    let refusal = collateral_refusal(|plan| plan.tcb_info.edit = Some(|text| text + "{}"));
    assert_eq!(refusal, IntelRefusal::Malformed(Document::TcbInfo));
}

/// Cases 52, 53 and 57.
#[test]
fn documents_of_another_kind_are_refused() {
    let tcb_info = |change: fn(&mut serde_json::Value)| collateral_refusal(|plan| change(&mut plan.tcb_info.value));
    // The fields of one kind under the name of the other.
    assert_eq!(tcb_info(|value| value["id"] = json!("SGX")), IntelRefusal::Malformed(Document::TcbInfo));
    assert_eq!(tcb_info(|value| value["id"] = json!("TPM")), IntelRefusal::WrongKind(Document::TcbInfo));
    assert_eq!(tcb_info(|value| value["version"] = json!(2)), IntelRefusal::WrongKind(Document::TcbInfo));
    assert_eq!(tcb_info(|value| value["tcbType"] = json!(1)), IntelRefusal::WrongKind(Document::TcbInfo));
    let identity = |change: fn(&mut serde_json::Value)| collateral_refusal(|plan| change(&mut plan.qe_identity.value));
    assert_eq!(identity(|value| value["id"] = json!("QE")), IntelRefusal::WrongKind(Document::QeIdentity));
    assert_eq!(identity(|value| value["id"] = json!("QVE")), IntelRefusal::WrongKind(Document::QeIdentity));
    assert_eq!(identity(|value| value["version"] = json!(1)), IntelRefusal::WrongKind(Document::QeIdentity));
}

/// Case 70.
#[test]
fn tcb_information_with_values_outside_their_form_is_refused() {
    let wrong: [fn(&mut serde_json::Value); 12] = [
        |value| value["tcbLevels"][0]["tcbStatus"] = json!("Fine"),
        |value| value["tcbLevels"][0]["tcbStatus"] = json!("uptodate"),
        |value| value["tcbLevels"][0]["tcbDate"] = json!("yesterday"),
        |value| value["tcbLevels"][0]["tcb"]["pcesvn"] = json!(65536),
        |value| value["tcbLevels"][0]["tcb"]["sgxtcbcomponents"][0]["svn"] = json!(256),
        |value| drop(value["tcbLevels"][0]["tcb"]["tdxtcbcomponents"].as_array_mut().unwrap().pop()),
        |value| value["tcbLevels"] = json!([]),
        |value| value["issueDate"] = json!("2026-01-01"),
        |value| value["fmspc"] = json!("AD700D0000"),
        |value| value["tdxModuleIdentities"][0]["id"] = json!("TDX_1"),
        |value| value["tdxModuleIdentities"][0]["tcbLevels"] = json!([]),
        |value| {
            value["tdxModuleIdentities"] = json!([value["tdxModuleIdentities"][0], value["tdxModuleIdentities"][0]])
        },
    ];
    for wrong in wrong {
        assert_eq!(
            collateral_refusal(|plan| wrong(&mut plan.tcb_info.value)),
            IntelRefusal::Malformed(Document::TcbInfo)
        );
    }
}

/// Case 69.
#[test]
fn levels_out_of_order_are_refused() {
    let swap = |value: &mut serde_json::Value| value.as_array_mut().unwrap().reverse();
    let refusal = collateral_refusal(|plan| swap(&mut plan.tcb_info.value["tcbLevels"]));
    assert_eq!(refusal, IntelRefusal::Malformed(Document::TcbInfo));
    let refusal = collateral_refusal(|plan| swap(&mut plan.tcb_info.value["tdxModuleIdentities"][0]["tcbLevels"]));
    assert_eq!(refusal, IntelRefusal::Malformed(Document::TcbInfo));
    let refusal = collateral_refusal(|plan| swap(&mut plan.qe_identity.value["tcbLevels"]));
    assert_eq!(refusal, IntelRefusal::Malformed(Document::QeIdentity));
}

#[test]
fn more_levels_than_the_bound_are_refused() {
    let refusal = collateral_refusal(|plan| {
        let level = plan.tcb_info.value["tcbLevels"][0].clone();
        let levels: Vec<_> = (0..65)
            .rev()
            .map(|svn| {
                let mut level = level.clone();
                level["tcb"]["pcesvn"] = json!(svn);
                level["tcb"]["sgxtcbcomponents"] = json!(vec![json!({"svn":0}); 16]);
                level["tcb"]["tdxtcbcomponents"] = json!(vec![json!({"svn":0}); 16]);
                level
            })
            .collect();
        plan.tcb_info.value["tcbLevels"] = json!(levels);
    });
    assert_eq!(refusal, IntelRefusal::TooLarge(Document::TcbInfo));
}

/// Case 61.
#[test]
fn tcb_information_and_identity_of_different_evaluations_are_refused() {
    let refusal = collateral_refusal(|plan| plan.qe_identity.value["tcbEvaluationDataNumber"] = json!(19));
    assert_eq!(refusal, IntelRefusal::EvaluationNumbersDiffer { tcb_info: 20, qe_identity: 19 });
}

type Knob = (Document, fn(&mut Plan, u64), fn(&mut Plan, u64));

/// For each document, how its first and last second are set.
fn knobs() -> [Knob; 7] {
    [
        (
            Document::TcbInfo,
            |plan, at| plan.tcb_info.value["issueDate"] = iso(at),
            |plan, at| {
                plan.tcb_info.value["nextUpdate"] = iso(at);
            },
        ),
        (
            Document::QeIdentity,
            |plan, at| plan.qe_identity.value["issueDate"] = iso(at),
            |plan, at| {
                plan.qe_identity.value["nextUpdate"] = iso(at);
            },
        ),
        (
            Document::RootCrl,
            |plan, at| plan.root_crl.this_update = at,
            |plan, at| {
                plan.root_crl.next_update = Some(at);
            },
        ),
        (
            Document::PckCrl,
            |plan, at| plan.pck_crl.this_update = at,
            |plan, at| {
                plan.pck_crl.next_update = Some(at);
            },
        ),
        (Document::PckCa, |plan, at| plan.pck_ca.not_before = at, |plan, at| plan.pck_ca.not_after = at),
        (
            Document::TcbInfoSigner,
            |plan, at| plan.tcb_info_signer.not_before = at,
            |plan, at| {
                plan.tcb_info_signer.not_after = at;
            },
        ),
        (
            Document::QeIdentitySigner,
            |plan, at| plan.qe_identity_signer.not_before = at,
            |plan, at| {
                plan.qe_identity_signer.not_after = at;
            },
        ),
    ]
}

fn iso(unix_seconds: u64) -> serde_json::Value {
    let mut plan = development().plan(&support::worker(), [0; 64], unix_seconds);
    plan.tcb_info.value["issueDate"].take()
}

/// Case 59.
#[test]
fn each_document_alone_is_refused_before_its_first_second() {
    for (document, first, _) in knobs() {
        let refusal = collateral_refusal(|plan| first(plan, NOW + 1));
        assert_eq!(refusal, IntelRefusal::NotYetValid { document, not_before: NOW + 1, now: NOW });
        let issued = changed(|plan| first(plan, NOW)).issue();
        assert_eq!(verify_collateral(&issued.collateral, &root(), NOW).unwrap().valid_from(), NOW);
    }
}

/// Case 58.
#[test]
fn each_document_alone_is_refused_after_its_last_second() {
    for (document, _, last) in knobs() {
        let refusal = collateral_refusal(|plan| last(plan, NOW - 1));
        assert_eq!(refusal, IntelRefusal::Expired { document, not_after: NOW - 1, now: NOW });
        let issued = changed(|plan| last(plan, NOW)).issue();
        assert_eq!(verify_collateral(&issued.collateral, &root(), NOW).unwrap().valid_until(), NOW);
    }
}

/// Case 101.
#[test]
fn checked_collateral_is_refused_when_its_time_is_over() {
    let issued = plan().issue();
    let checked = checked();
    let last = checked.valid_until();
    let at = |now| verify_tdx(&issued.quote, &checked, &root(), &policy(), now).map(|verdict| verdict.valid_until);
    assert_eq!(at(last), Ok(last));
    assert!(matches!(at(last + 1), Err(IntelRefusal::Expired { .. })));
    assert!(matches!(at(1 << 40), Err(IntelRefusal::Expired { .. })));
    assert!(matches!(at(ISSUED_AT - 1), Err(IntelRefusal::NotYetValid { .. })));
    assert!(matches!(at(0), Err(IntelRefusal::NotYetValid { .. })));
}

#[test]
fn a_revocation_list_without_an_end_is_refused() {
    let refusal = collateral_refusal(|plan| plan.pck_crl.next_update = None);
    assert_eq!(refusal, IntelRefusal::Malformed(Document::PckCrl));
}

/// Case 63.
#[test]
fn a_missing_revocation_list_is_refused() {
    assert_eq!(tampered(|all| all.root_crl.clear()), IntelRefusal::Malformed(Document::RootCrl));
    assert_eq!(tampered(|all| all.pck_crl.clear()), IntelRefusal::Malformed(Document::PckCrl));
}

/// Case 62.
#[test]
fn one_revocation_list_in_the_place_of_the_other_is_refused() {
    assert_eq!(tampered(|all| all.root_crl = all.pck_crl.clone()), IntelRefusal::Issuer(Document::RootCrl));
    assert_eq!(tampered(|all| all.pck_crl = all.root_crl.clone()), IntelRefusal::Issuer(Document::PckCrl));
}

/// Case 64.
#[test]
fn the_revocation_list_of_the_other_authority_is_refused() {
    let refusal = collateral_refusal(|plan| {
        plan.pck_crl.issuer.common_name = "Intel SGX PCK Processor CA".into();
        plan.pck_crl.signer = Key("processor-ca".into());
    });
    assert_eq!(refusal, IntelRefusal::Issuer(Document::PckCrl));
}

/// Case 68.
#[test]
fn a_revocation_list_that_its_issuer_did_not_sign_is_refused() {
    let other = || Key("other".into());
    assert_eq!(collateral_refusal(|plan| plan.root_crl.signer = other()), IntelRefusal::Signature(Document::RootCrl));
    assert_eq!(collateral_refusal(|plan| plan.pck_crl.signer = other()), IntelRefusal::Signature(Document::PckCrl));
}

/// Case 68.
#[test]
fn a_revocation_list_that_is_not_complete_is_refused() {
    // Delta list, list for some certificates only, and anything else that is critical.
    for oid in ["2.5.29.27", "2.5.29.28", "1.2.3.4"] {
        let refusal = collateral_refusal(|plan| {
            plan.pck_crl.extensions.push(Extension { oid: oid.into(), critical: true, value: vec![2, 1, 0] });
        });
        assert_eq!(refusal, IntelRefusal::Extension(Document::PckCrl), "{oid}");
    }
}

/// Case 65.
#[test]
fn a_revoked_platform_is_refused() {
    assert_eq!(
        refusal(|plan| plan.pck_crl.revoked = vec![plan.pck.serial]),
        IntelRefusal::Revoked(Document::PckCertificate)
    );
    let refusal = refusal(|plan| plan.pck_crl.revoked = vec![[0x7F; 20], plan.pck.serial, [1; 20]]);
    assert_eq!(refusal, IntelRefusal::Revoked(Document::PckCertificate));
}

#[test]
fn a_platform_beside_revoked_ones_is_accepted() {
    let issued = changed(|plan| plan.pck_crl.revoked = (1..=200).map(|byte| [byte; 20]).collect()).issue();
    assert!(support::verify(&issued, &policy()).is_ok());
}

#[test]
fn more_revoked_platforms_than_the_bound_are_refused_and_not_forgotten() {
    let refusal = collateral_refusal(|plan| {
        plan.pck_crl.revoked = (0..1025u32)
            .map(|number| {
                let mut serial = [1; 20];
                serial[16..].copy_from_slice(&number.to_be_bytes());
                serial
            })
            .collect();
    });
    assert_eq!(refusal, IntelRefusal::TooLarge(Document::PckCrl));
}

/// Case 66.
#[test]
fn a_revoked_authority_is_refused() {
    let refusal = collateral_refusal(|plan| plan.root_crl.revoked = vec![plan.pck_ca.serial]);
    assert_eq!(refusal, IntelRefusal::Revoked(Document::PckCa));
}

#[test]
fn a_revoked_older_certificate_of_the_same_authority_is_refused_in_a_quote() {
    let mut old_serial = plan().pck_ca.serial;
    old_serial[19] ^= 1;
    let collateral = changed(|plan| plan.root_crl.revoked = vec![old_serial]).issue().collateral;
    let checked = verify_collateral(&collateral, &root(), NOW).unwrap();
    let quote = changed(|plan| plan.pck_ca.serial = old_serial).issue().quote;
    let result = verify_tdx(&quote, &checked, &root(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::Revoked(Document::PckCa));
}

/// Case 67.
#[test]
fn a_revoked_signer_of_tcb_information_is_refused() {
    let refusal = collateral_refusal(|plan| plan.root_crl.revoked = vec![plan.tcb_info_signer.serial]);
    assert_eq!(refusal, IntelRefusal::Revoked(Document::TcbInfoSigner));
}

/// Case 55.
#[test]
fn a_platform_of_another_family_is_refused() {
    let refusal = quote_refusal(|plan| plan.pck.sgx.as_mut().unwrap().fmspc[0] ^= 1);
    let [first, rest @ ..] = FMSPC;
    let mut found = [first ^ 1; 6];
    found[1..].copy_from_slice(&rest);
    assert_eq!(refusal, IntelRefusal::Fmspc { found, wanted: FMSPC });
}

/// Case 56.
#[test]
fn a_platform_with_another_provisioning_enclave_is_refused() {
    let refusal = quote_refusal(|plan| plan.pck.sgx.as_mut().unwrap().pce_id = vec![0, 1]);
    assert_eq!(refusal, IntelRefusal::PceId { found: [0, 1], wanted: [0, 0] });
}

/// Case 60.
#[test]
fn collateral_below_the_policys_floor_is_refused() {
    let issued = changed(|plan| {
        plan.tcb_info.value["tcbEvaluationDataNumber"] = json!(19);
        plan.qe_identity.value["tcbEvaluationDataNumber"] = json!(19);
    })
    .issue();
    let refusal = support::verify(&issued, &policy()).unwrap_err();
    assert_eq!(refusal, IntelRefusal::EvaluationNumber { found: 19, floor: 20 });
}

fn checked_with(change: impl FnOnce(&mut Plan)) -> CheckedCollateral {
    verify_collateral(&changed(change).issue().collateral, &root(), NOW).unwrap()
}

/// Case 60.
#[test]
fn collateral_is_replaced_only_by_newer_collateral() {
    let newer: [fn(&mut Plan); 5] = [
        |plan| plan.tcb_info.value["issueDate"] = iso(ISSUED_AT + 1),
        |plan| plan.qe_identity.value["issueDate"] = iso(ISSUED_AT + 1),
        |plan| plan.root_crl.this_update += 1,
        |plan| plan.pck_crl.this_update += 1,
        |plan| {
            plan.tcb_info.value["tcbEvaluationDataNumber"] = json!(21);
            plan.qe_identity.value["tcbEvaluationDataNumber"] = json!(21);
        },
    ];
    let stored = checked();
    assert_eq!(stored.require_supersedes(&stored), Err(IntelRefusal::CollateralRollback));
    for newer in newer {
        let newer = checked_with(newer);
        assert_eq!(newer.require_supersedes(&stored), Ok(()));
        assert_eq!(stored.require_supersedes(&newer), Err(IntelRefusal::CollateralRollback));
    }
}

#[test]
fn newer_tcb_information_cannot_bring_an_older_revocation_list_along() {
    let stored = checked();
    let mixed = checked_with(|plan| {
        plan.tcb_info.value["issueDate"] = iso(ISSUED_AT + 1);
        plan.pck_crl.this_update -= 1;
    });
    assert_eq!(mixed.require_supersedes(&stored), Err(IntelRefusal::CollateralRollback));
}

#[test]
fn collateral_of_another_family_or_root_replaces_nothing() {
    let stored = checked();
    let other = checked_with(|plan| plan.tcb_info.value["fmspc"] = json!("AD700D000001"));
    assert_eq!(other.require_supersedes(&stored), Err(IntelRefusal::CollateralSubject));
    let foreign = adyton_development_root::DevelopmentRoot::insecure_from_seed([9; 32]);
    let foreign = verify_collateral(&foreign.collateral(ISSUED_AT + 9), &foreign.root(), NOW).unwrap();
    assert_eq!(foreign.require_supersedes(&stored), Err(IntelRefusal::CollateralSubject));
}

#[test]
fn collateral_of_another_authority_replaces_nothing() {
    let other_key = checked_with(|plan| {
        plan.pck_ca.key = Key("another-pck-ca".into());
        plan.pck_crl.signer = plan.pck_ca.key.clone();
        plan.pck_crl.this_update += 1;
    });
    let other_name = checked_with(|plan| {
        for name in [&mut plan.pck_ca.subject, &mut plan.pck_crl.issuer] {
            name.common_name = "Intel SGX PCK Processor CA".into();
        }
        plan.pck_crl.this_update += 1;
    });
    for other in [other_key, other_name] {
        assert_eq!(other.require_supersedes(&checked()), Err(IntelRefusal::CollateralSubject));
    }
}

#[test]
fn collateral_checked_against_another_root_is_refused() {
    let foreign = adyton_development_root::DevelopmentRoot::insecure_from_seed([9; 32]);
    let checked = verify_collateral(&foreign.collateral(ISSUED_AT), &foreign.root(), NOW).unwrap();
    let result = verify_tdx(&plan().issue().quote, &checked, &root(), &policy(), NOW);
    assert_eq!(result.unwrap_err(), IntelRefusal::CollateralRoot(foreign.root().id()));
}
