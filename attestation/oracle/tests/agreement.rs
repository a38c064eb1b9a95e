//! An independent verifier beside ours: whatever ours accepts, it accepts with the same status, advisories and
//! machine. The reverse does not hold, on purpose: ours is stricter, and its own tests say where.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

#[path = "../../tests/support/mod.rs"]
mod support;

use adyton_attestation::{Collateral, MachineId, Policy, Refusal, Root, Verdict, verify_collateral, verify_tdx};
use adyton_development_root::{Issued, Plan};
use dcap_qvl::{QuoteCollateralV3, verify::QuoteVerifier};
use serde_json::{Value, json};
use support::{NOW, any_status, changed, plan, root};

fn ours(quote: &[u8], collateral: &Collateral, root: &Root, now: u64) -> Result<Verdict, Refusal> {
    let policy = Policy { minimum_evaluation_number: 0, allow_key_locker: true, ..any_status() };
    verify_tdx(quote, &verify_collateral(collateral, root, now)?, root, &policy, now)
}

/// The same collateral in the other verifier's type.
fn translated(collateral: &Collateral, root_certificate: &[u8]) -> QuoteCollateralV3 {
    translated_file(&serde_json::from_str(&collateral.to_json(root_certificate).unwrap()).unwrap())
}

fn translated_file(file: &Value) -> QuoteCollateralV3 {
    let text = |field: &str| file[field].as_str().unwrap().to_owned();
    let bytes = |field: &str| hex::decode(text(field)).unwrap();
    QuoteCollateralV3 {
        pck_crl_issuer_chain: text("pck_crl_issuer_chain"),
        root_ca_crl: bytes("root_ca_crl"),
        pck_crl: bytes("pck_crl"),
        tcb_info_issuer_chain: text("tcb_info_issuer_chain"),
        tcb_info: text("tcb_info"),
        tcb_info_signature: bytes("tcb_info_signature"),
        qe_identity_issuer_chain: text("qe_identity_issuer_chain"),
        qe_identity: text("qe_identity"),
        qe_identity_signature: bytes("qe_identity_signature"),
        pck_certificate_chain: None,
    }
}

/// Recorded collateral in the other verifier's type, chains and all.
fn recorded(name: &str) -> QuoteCollateralV3 {
    let path = support::recorded::folder().unwrap().join("collateral").join(name);
    translated_file(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

/// Whether ours accepts. If so, the other one agrees in everything.
fn both(name: &str, issued: &Issued) -> bool {
    let verifier = QuoteVerifier::new(issued.root_certificate.clone());
    let theirs = verifier.verify(&issued.quote, &translated(&issued.collateral, &issued.root_certificate), NOW);
    match ours(&issued.quote, &issued.collateral, &root(), NOW) {
        Ok(verdict) => {
            let theirs = theirs.unwrap_or_else(|error| panic!("{name}: only ours accepts: {error:#}"));
            assert_agreement(name, &verdict, &theirs);
            true
        }
        Err(_) => false,
    }
}

fn assert_agreement(name: &str, verdict: &Verdict, theirs: &dcap_qvl::verify::VerifiedReport) {
    assert_eq!(verdict.tcb_status.name(), theirs.status, "{name}");
    let mut advisories = theirs.advisory_ids.clone();
    advisories.sort();
    advisories.dedup();
    assert_eq!(verdict.advisories, advisories, "{name}");
    let Some(MachineId::IntelPpid(ppid)) = verdict.machine else { panic!("{name}: no machine") };
    assert_eq!(ppid.as_slice(), theirs.ppid, "{name}");
    let report = theirs.report.as_td10().unwrap();
    assert_eq!(verdict.report_data, report.report_data, "{name}");
    let adyton_attestation::Measurement::Tdx(measurement) = &verdict.measurement;
    assert_eq!(measurement.mr_td, report.mr_td, "{name}");
    assert_eq!(measurement.rtmr, [report.rt_mr0, report.rt_mr1, report.rt_mr2, report.rt_mr3], "{name}");
}

#[test]
fn good_development_evidence_is_accepted_by_both() {
    assert!(both("good", &plan().issue()));
}

#[test]
fn every_status_of_every_part_is_judged_alike_by_both() {
    let statuses = ["UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded"];
    let statuses = statuses.into_iter().chain(["OutOfDate", "OutOfDateConfigurationNeeded", "Revoked"]);
    for platform in statuses {
        for part in ["UpToDate", "OutOfDate", "Revoked"] {
            for module in [false, true] {
                let issued = changed(|plan| {
                    plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!(platform);
                    let levels = if module {
                        &mut plan.tcb_info.value["tdxModuleIdentities"][0]["tcbLevels"]
                    } else {
                        &mut plan.qe_identity.value["tcbLevels"]
                    };
                    levels[0]["tcbStatus"] = json!(part);
                })
                .issue();
                let accepted = both(&format!("{platform} {part} {module}"), &issued);
                assert_eq!(accepted, platform != "Revoked" && part != "Revoked", "{platform} {part} {module}");
            }
        }
    }
}

#[test]
fn what_ours_accepts_of_changed_evidence_the_other_accepts_too() {
    let accepted: [(&str, fn(&mut Plan)); 9] = [
        ("old microcode", |plan| plan.quote.body.tee_tcb_svn[2] -= 1),
        ("old module", |plan| plan.quote.body.tee_tcb_svn[0] = 9),
        ("old components", |plan| plan.pck.sgx.as_mut().unwrap().components[0] -= 1),
        ("padding", |plan| plan.quote.trailing = vec![0; 70]),
        ("other machines revoked", |plan| plan.pck_crl.revoked = vec![[7; 20], [9; 20]]),
        ("masked attributes", |plan| plan.quote.enclave.attributes[8] = 0xE7),
        ("unversioned module", |plan| plan.quote.body.tee_tcb_svn[1] = 0),
        ("protection keys", |plan| plan.quote.body.measurement.attributes[3] |= 0x40),
        ("ends now", |plan| plan.pck.not_after = NOW),
    ];
    for (name, change) in accepted {
        assert!(both(name, &changed(change).issue()), "{name}: ours refuses");
    }
}

#[test]
fn recorded_quotes_are_judged_alike_by_both() {
    for case in support::recorded::cases("tdx_v4") {
        let now = case.number("verify_at");
        let Ok(verdict) = ours(&case.quote, &case.collateral, &Root::intel(), now) else { continue };
        let theirs = QuoteVerifier::new_prod().verify(&case.quote, &recorded(case.text("collateral")), now);
        let theirs = theirs.unwrap_or_else(|error| panic!("{}: only ours accepts: {error:#}", case.name));
        assert_agreement(&case.name, &verdict, &theirs);
    }
}
