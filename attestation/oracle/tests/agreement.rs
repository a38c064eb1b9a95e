//! An independent verifier of Intel's evidence beside ours: whatever ours accepts, it accepts with the same status,
//! advisories and machine. What ours refuses alone, it refuses by a listed rule.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

#[path = "../../tests/support/mod.rs"]
mod support;

use adyton_attestation::{IntelPolicy, IntelRefusal, IntelVerdict, ServiceDomainHash};
use adyton_attestation_oracle::{compare, judge, translated};
use adyton_development_root::{CrlPlan, Form, Issued, Plan};
use dcap_qvl::verify::{QuoteVerifier, VerifiedReport};
use serde_json::json;
use support::{ISSUED_AT, NOW, changed, plan, policy, root};

const SERVICE: [u8; 48] = [0x5D; 48];

fn ours(issued: &Issued) -> Result<IntelVerdict, IntelRefusal> {
    let accepted_service_domains = vec![ServiceDomainHash(SERVICE)].try_into().unwrap();
    let policy = IntelPolicy { accepted_service_domains, ..policy() };
    judge(&issued.quote, &issued.collateral, &root(), policy, NOW)
}

fn theirs(issued: &Issued) -> Result<VerifiedReport, String> {
    let collateral = translated(&issued.collateral, &issued.root_certificate);
    let verifier = QuoteVerifier::new(issued.root_certificate.clone()).allow_service_td(true);
    verifier.verify(&issued.quote, &collateral, NOW).map_err(|error| format!("{error:#}"))
}

/// Whether ours accepts. If so, the other one agrees in everything.
fn both(name: &str, issued: &Issued) -> bool {
    compare(name, ours(issued), theirs(issued)).unwrap_or_else(|disagreement| panic!("{disagreement}"))
}

fn enclave(change: impl FnOnce(&mut Plan)) -> Issued {
    let mut plan = plan().for_enclave(ISSUED_AT);
    change(&mut plan);
    plan.issue()
}

fn in_version_5(form: Form, change: impl FnOnce(&mut Plan)) -> Issued {
    let mut plan = plan().in_version_5(form);
    change(&mut plan);
    plan.issue()
}

#[test]
fn good_development_evidence_is_accepted_by_both() {
    assert!(both("good", &plan().issue()));
    assert!(both("enclave", &enclave(|_| ())));
    for form in [Form::Domain10, Form::Domain15, Form::Domain15Extended] {
        assert!(both(&format!("{form:?}"), &in_version_5(form, |_| ())));
    }
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
fn what_ours_accepts_of_changed_enclaves_the_other_accepts_too() {
    let accepted: [(&str, fn(&mut Plan)); 6] = [
        ("old components", |plan| plan.pck.sgx.as_mut().unwrap().components[0] -= 1),
        ("old quoting enclave", |plan| plan.qe_identity.value["tcbLevels"][0]["tcb"]["isvsvn"] = json!(9)),
        ("padding", |plan| plan.quote.trailing = vec![0; 70]),
        ("provisioning key", |plan| plan.quote.measured.flags |= 1 << 4),
        ("key separation", |plan| {
            plan.quote.measured.flags |= 1 << 7;
            plan.quote.measured.config_id = [3; 64];
        }),
        ("page faults", |plan| plan.quote.measured.misc_select = 1),
    ];
    for (name, change) in accepted {
        assert!(both(name, &enclave(change)), "{name}: ours refuses");
    }
}

#[test]
fn what_ours_accepts_of_changed_quotes_of_version_5_the_other_accepts_too() {
    let accepted: [(&str, fn(&mut Plan)); 4] = [
        ("old at the launch", |plan| plan.quote.body.tee_tcb_svn[0] = 9),
        ("old at the launch and now", |plan| {
            plan.quote.body.tee_tcb_svn[0] = 9;
            plan.quote.current.tee_tcb_svn[0] = 9;
        }),
        ("old at the launch, and configuration", |plan| {
            plan.quote.body.tee_tcb_svn[0] = 9;
            plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!("ConfigurationNeeded");
        }),
        ("service domain", |plan| plan.quote.current.mr_service_td = SERVICE),
    ];
    for (name, change) in accepted {
        for form in [Form::Domain15, Form::Domain15Extended] {
            assert!(both(name, &in_version_5(form, change)), "{name}: ours refuses");
        }
    }
}

/// Where the present is worse than the launch, the other verifier tells the launch's status; ours tells the present's.
#[test]
fn a_present_that_is_worse_than_the_launch_is_told_by_ours_alone() {
    let issued = in_version_5(Form::Domain15, |plan| plan.quote.current.tee_tcb_svn[0] = 9);
    assert_eq!(theirs(&issued).unwrap().status, "UpToDate");
    assert_eq!(ours(&issued).unwrap().tcb_status.name(), "OutOfDate");
}

/// The rules that only ours has, each with evidence that the other verifier accepts.
#[test]
fn what_only_ours_refuses_it_refuses_by_a_listed_rule() {
    fn future(list: &mut CrlPlan) {
        list.this_update = NOW + 1;
    }
    let refused: [(&str, fn(&mut Plan)); 11] = [
        ("bytes after the end", |plan| plan.quote.trailing = vec![1; 10]),
        ("zeros inside the lengths", |plan| plan.quote.padding_inside = vec![0; 10]),
        ("outer certification data of another type", |plan| plan.quote.certification_type = 7),
        ("documents of two evaluations", |plan| plan.qe_identity.value["tcbEvaluationDataNumber"] = json!(19)),
        ("another provisioning enclave", |plan| plan.pck.sgx.as_mut().unwrap().pce_id = vec![1, 0]),
        ("a platform's certificate of another name", |plan| plan.pck.subject.common_name = "Intel SGX PCK".into()),
        ("a signer of another name", |plan| plan.tcb_info_signer.subject.common_name = "Intel SGX TCB".into()),
        ("a signer that may not sign", |plan| plan.tcb_info_signer.key_usage = None),
        ("a root's list from the future", |plan| future(&mut plan.root_crl)),
        ("an authority's list from the future", |plan| future(&mut plan.pck_crl)),
        ("reserved bytes of the header", |plan| plan.quote.reserved[0] = 1),
    ];
    let mut alone = 0;
    for (name, change) in refused {
        let issued = changed(change).issue();
        assert!(!both(name, &issued), "{name}: ours accepts");
        let is_alone = theirs(&issued).is_ok();
        alone += usize::from(is_alone);
        println!("{name}: {}", if is_alone { "ours alone" } else { "both" });
    }
    assert!(alone >= 6, "the other verifier has become as strict: the list can be shortened");
}
