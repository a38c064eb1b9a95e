//! Quotes of version 5: the trust domain's report in its three versions, service domains, updates of the module.

use crate::support::{self, NOW, any_status, checked, plan, policy, root};
use adyton_attestation::{
    IntelMeasurement, IntelPolicy, IntelRefusal, IntelVerdict, ServiceDomainHash, ServiceDomains, TcbStatus,
    TcbStatusSet, verify_collateral, verify_tdx,
};
use adyton_development_root::{Form, Issued, Plan};
use serde_json::json;

const FORMS: [Form; 3] = [Form::Domain10, Form::Domain15, Form::Domain15Extended];
const HASH: [u8; 48] = [0x5D; 48];
const SERVTD_EXT: u8 = 1 << 1; // bit 17: the third byte's second

fn changed(form: Form, change: impl FnOnce(&mut Plan)) -> Issued {
    let mut plan = plan().in_version_5(form);
    change(&mut plan);
    plan.issue()
}

fn verify(issued: &Issued, policy: &IntelPolicy) -> Result<IntelVerdict, IntelRefusal> {
    let checked = verify_collateral(&issued.collateral, &root(), NOW)?;
    verify_tdx(&issued.quote, &checked, &root(), policy, NOW)
}

fn refusal(form: Form, change: impl FnOnce(&mut Plan)) -> IntelRefusal {
    verify(&changed(form, change), &policy()).unwrap_err()
}

#[test]
fn every_version_of_the_report_is_accepted_and_measures_the_same() {
    let version_4 = support::verify(&plan().issue(), &policy()).unwrap();
    for form in FORMS {
        let verdict = verify(&changed(form, |_| ()), &policy()).unwrap();
        assert_eq!(verdict.measurement, version_4.measurement, "{form:?}");
        assert_eq!(verdict.measurement_id, version_4.measurement_id, "{form:?}");
        assert_ne!(verdict.evidence_id, version_4.evidence_id, "{form:?}");
        assert_eq!(verdict.instance.is_some(), form == Form::Domain15Extended, "{form:?}");
    }
}

/// Cases 1 to 5.
#[test]
fn a_quote_cut_anywhere_is_refused() {
    let quote = changed(Form::Domain15Extended, |_| ()).quote;
    for length in 0..quote.len() {
        let result = verify_tdx(&quote[..length], &checked(), &root(), &policy(), NOW);
        assert_eq!(result.unwrap_err(), IntelRefusal::QuoteLengths, "{length}");
    }
}

/// Case 14.
#[test]
fn other_types_of_body_are_refused() {
    for body_type in [0, 1, 5, 6, u16::MAX] {
        let refusal = refusal(Form::Domain15, |plan| plan.quote.body_type = Some(body_type));
        assert_eq!(refusal, IntelRefusal::QuoteBodyType(body_type));
    }
}

/// Case 15.
#[test]
fn a_length_of_the_body_that_is_not_its_types_is_refused() {
    for (form, wanted) in FORMS.into_iter().zip([584, 648, 885]) {
        for found in [0, wanted - 1, wanted + 1, u32::MAX] {
            let refusal = refusal(form, |plan| plan.quote.body_length = Some(found));
            assert_eq!(refusal, IntelRefusal::QuoteBodyLength { found, wanted });
        }
    }
    let refusal = refusal(Form::Domain15, |plan| plan.quote.body_type = Some(2));
    assert_eq!(refusal, IntelRefusal::QuoteBodyLength { found: 648, wanted: 584 });
}

/// Case 13.
#[test]
fn a_quote_of_one_version_is_no_quote_of_the_other() {
    let mut quote = changed(Form::Domain15, |_| ()).quote;
    quote[0] = 4;
    assert_eq!(verify_tdx(&quote, &checked(), &root(), &policy(), NOW).unwrap_err(), IntelRefusal::QuoteLengths);
    let mut quote = plan().issue().quote;
    quote[0] = 5;
    let refusal = verify_tdx(&quote, &checked(), &root(), &policy(), NOW).unwrap_err();
    assert!(matches!(refusal, IntelRefusal::QuoteBodyType(_) | IntelRefusal::QuoteBodyLength { .. }), "{refusal}");
}

fn status(launch: u8, current: u8, status_of_newest: &str) -> Result<TcbStatus, IntelRefusal> {
    let issued = changed(Form::Domain15, |plan| {
        plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!(status_of_newest);
        plan.quote.body.tee_tcb_svn[0] = launch;
        plan.quote.current.tee_tcb_svn[0] = current;
    });
    verify(&issued, &any_status()).map(|verdict| verdict.tcb_status)
}

/// Case 79.
#[test]
fn a_domain_launched_before_an_update_that_brought_the_platform_up_to_date_is_advised_to_relaunch() {
    assert_eq!(status(11, 11, "UpToDate"), Ok(TcbStatus::UpToDate));
    assert_eq!(status(9, 9, "UpToDate"), Ok(TcbStatus::OutOfDate));
    assert_eq!(status(9, 11, "UpToDate"), Ok(TcbStatus::TdRelaunchAdvised));
    assert_eq!(status(9, 11, "SWHardeningNeeded"), Ok(TcbStatus::TdRelaunchAdvised));
    assert_eq!(status(9, 11, "ConfigurationNeeded"), Ok(TcbStatus::TdRelaunchAdvisedConfigurationNeeded));
    let issued = changed(Form::Domain15Extended, |plan| plan.quote.body.tee_tcb_svn[0] = 9);
    let refusal = IntelRefusal::TcbStatus { found: TcbStatus::TdRelaunchAdvised, wanted: TcbStatusSet::UP_TO_DATE };
    assert_eq!(verify(&issued, &policy()).unwrap_err(), refusal);
}

#[test]
fn a_module_that_is_older_now_than_at_the_launch_counts() {
    assert_eq!(status(11, 9, "UpToDate"), Ok(TcbStatus::OutOfDate));
}

#[test]
fn a_present_of_an_unknown_or_revoked_level_is_refused() {
    use adyton_attestation::Part;
    assert_eq!(status(11, 1, "UpToDate"), Err(IntelRefusal::NoMatchingLevel(Part::TdxModule)));
    let unknown = refusal(Form::Domain15, |plan| plan.quote.current.tee_tcb_svn[1] = 3);
    assert_eq!(unknown, IntelRefusal::UnknownTdxModule(3));
    let below = refusal(Form::Domain15, |plan| plan.quote.current.tee_tcb_svn[2] = 0);
    assert_eq!(below, IntelRefusal::NoMatchingLevel(Part::Platform));
    let revoked = changed(Form::Domain15, |plan| {
        plan.tcb_info.value["tdxModuleIdentities"][0]["tcbLevels"][1]["tcbStatus"] = json!("Revoked");
        plan.quote.current.tee_tcb_svn[0] = 9;
    });
    assert_eq!(verify(&revoked, &any_status()).unwrap_err(), IntelRefusal::TcbRevoked(Part::TdxModule));
}

fn serving(hash: [u8; 48]) -> IntelPolicy {
    let accepted_service_domains = vec![ServiceDomainHash(hash)].try_into().unwrap();
    IntelPolicy { accepted_service_domains, ..policy() }
}

/// Case 89.
#[test]
fn a_domain_bound_to_a_service_domain_is_refused_unless_the_policy_accepts_that_one() {
    for form in [Form::Domain15, Form::Domain15Extended] {
        let issued = changed(form, |plan| plan.quote.current.mr_service_td = HASH);
        assert_eq!(verify(&issued, &policy()).unwrap_err(), IntelRefusal::ServiceDomain);
        assert_eq!(verify(&issued, &serving([1; 48])).unwrap_err(), IntelRefusal::ServiceDomain);
        let verdict = verify(&issued, &serving(HASH)).unwrap();
        let services = ServiceDomains { launched: HASH, current: HASH, current_attributes: [0; 8] };
        let IntelMeasurement::Tdx(measurement) = &verdict.measurement else { panic!("not a trust domain") };
        assert_eq!(measurement.services, Some(services));
        let alone = support::verify(&plan().issue(), &policy()).unwrap();
        assert_ne!(verdict.measurement_id, alone.measurement_id);
    }
}

#[test]
fn service_domains_that_were_bound_after_the_launch_must_be_accepted_too() {
    let issued = |current: [u8; 48]| {
        changed(Form::Domain15Extended, |plan| {
            plan.quote.body.measurement.attributes[2] |= SERVTD_EXT;
            plan.quote.current.mr_service_td = HASH;
            plan.quote.extended.initial_services = HASH;
            plan.quote.extended.current_services = current;
            plan.quote.extended.current_attributes = [7; 8];
        })
    };
    assert_eq!(verify(&issued([1; 48]), &serving(HASH)).unwrap_err(), IntelRefusal::ServiceDomain);
    assert_eq!(verify(&issued(HASH), &policy()).unwrap_err(), IntelRefusal::Attributes(1 << 17));
    let verdict = verify(&issued(HASH), &serving(HASH)).unwrap();
    let IntelMeasurement::Tdx(measurement) = &verdict.measurement else { panic!("not a trust domain") };
    assert_eq!(measurement.services.unwrap().current_attributes, [7; 8]);
}

#[test]
fn the_attribute_of_service_domains_is_refused_in_a_report_without_their_fields() {
    for form in [Form::Domain10, Form::Domain15] {
        let issued = changed(form, |plan| plan.quote.body.measurement.attributes[2] |= SERVTD_EXT);
        assert_eq!(verify(&issued, &serving(HASH)).unwrap_err(), IntelRefusal::Attributes(1 << 17));
    }
}

#[test]
fn fields_of_service_domains_that_contradict_the_attributes_or_each_other_are_refused() {
    let set: [fn(&mut Plan); 4] = [
        |plan| plan.quote.extended.initial_services = HASH,
        |plan| plan.quote.extended.initial[51] = 1,
        |plan| plan.quote.extended.current_services = HASH,
        |plan| plan.quote.extended.current_attributes[0] = 1,
    ];
    for set in set {
        let issued = changed(Form::Domain15Extended, set);
        assert_eq!(verify(&issued, &serving(HASH)).unwrap_err(), IntelRefusal::ServiceFields);
    }
    let other_launch = changed(Form::Domain15Extended, |plan| {
        plan.quote.body.measurement.attributes[2] |= SERVTD_EXT;
        plan.quote.extended.initial_services = HASH;
    });
    assert_eq!(verify(&other_launch, &serving(HASH)).unwrap_err(), IntelRefusal::ServiceFields);
}

#[test]
fn a_report_about_a_virtual_machine_inside_the_domain_is_refused() {
    let refusal = refusal(Form::Domain15Extended, |plan| plan.quote.extended.virtual_machine = 1);
    assert_eq!(refusal, IntelRefusal::VirtualMachine(1));
}

#[test]
fn a_domain_that_trusts_devices_is_refused() {
    let refusal = refusal(Form::Domain15Extended, |plan| plan.quote.extended.devices[47] = 1);
    assert_eq!(refusal, IntelRefusal::Devices);
}

/// Cases 87 and 90.
#[test]
fn debug_is_refused_in_every_version_of_the_report() {
    for form in FORMS {
        let refusal = refusal(form, |plan| plan.quote.body.measurement.attributes[0] = 1);
        assert_eq!(refusal, IntelRefusal::Debug);
    }
}
