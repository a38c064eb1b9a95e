//! Tiers of platforms: which statuses, advisories and ages each accepts.

use crate::support::{NOW, changed, plan, policy, root, verify};
use adyton_attestation::{
    AcceptedAdvisories, Advisory, AdvisoryNames, IntelPolicy, IntelRefusal, IntelVerdict, TcbStatus, TcbStatusSet,
    Tier, verify_collateral, verify_tdx,
};
use adyton_development_root::{Issued, Plan};
use serde_json::json;

/// The date of every level that the development root issues: 2025-08-13.
const LEVEL_DATE: u64 = 1_755_043_200;
const DAY: u64 = 24 * 60 * 60;

fn names(names: &[&str]) -> AdvisoryNames {
    names.iter().map(|name| Advisory::new(name).unwrap()).collect::<Vec<_>>().try_into().unwrap()
}

fn tiers(tiers: Vec<Tier>) -> IntelPolicy {
    IntelPolicy { tiers: tiers.try_into().unwrap(), ..policy() }
}

/// A platform with old microcode, to which INTEL-SA-01079 applies.
fn old() -> Issued {
    changed(|plan: &mut Plan| plan.quote.body.tee_tcb_svn[2] -= 1).issue()
}

fn out_of_date() -> TcbStatusSet {
    TcbStatusSet::NONE.with(TcbStatus::OutOfDate)
}

#[test]
fn a_verdict_names_the_best_tier_that_its_platform_is_in() {
    let policy = tiers(vec![Tier::up_to_date(), Tier::of(out_of_date()), Tier::of(out_of_date())]);
    assert_eq!(verify(&plan().issue(), &policy).unwrap().tier, 0);
    assert_eq!(verify(&old(), &policy).unwrap().tier, 1);
    let hardening = changed(|plan| plan.tcb_info.value["tcbLevels"][0]["tcbStatus"] = json!("SWHardeningNeeded"));
    let refusal = verify(&hardening.issue(), &policy).unwrap_err();
    let wanted = out_of_date().with(TcbStatus::UpToDate);
    assert_eq!(refusal, IntelRefusal::TcbStatus { found: TcbStatus::SwHardeningNeeded, wanted });
}

#[test]
fn a_policy_without_tiers_or_with_empty_ones_accepts_nothing() {
    for policy in [IntelPolicy::default(), tiers(Vec::new()), tiers(vec![Tier::default(), Tier::default()])] {
        assert_eq!(verify(&plan().issue(), &policy).unwrap_err(), IntelRefusal::PolicyAcceptsNothing);
    }
}

#[test]
fn only_listed_advisories_may_apply_to_a_platform_that_is_not_up_to_date() {
    let only = |listed: &[&str]| {
        tiers(vec![Tier { accepted_advisories: AcceptedAdvisories::Only(names(listed)), ..Tier::of(out_of_date()) }])
    };
    assert!(verify(&old(), &only(&["INTEL-SA-01079"])).is_ok());
    let applies = Advisory::new("INTEL-SA-01079").unwrap();
    assert_eq!(verify(&old(), &only(&["INTEL-SA-01078"])).unwrap_err(), IntelRefusal::Advisory(applies));
    assert_eq!(verify(&old(), &only(&[])).unwrap_err(), IntelRefusal::Advisory(applies));
    assert!(IntelRefusal::Advisory(applies).to_string().starts_with("INTEL-SA-01079 applies"));
}

#[test]
fn advisories_of_an_up_to_date_platform_are_information_unless_they_are_refused_by_name() {
    let issued = changed(|plan| plan.tcb_info.value["tcbLevels"][0]["advisoryIDs"] = json!(["INTEL-SA-09999"])).issue();
    let only = Tier { accepted_advisories: AcceptedAdvisories::default(), ..Tier::up_to_date() };
    assert!(verify(&issued, &tiers(vec![only.clone()])).is_ok());
    let without = Tier { refused_advisories: names(&["INTEL-SA-09999"]), ..only };
    let refusal = verify(&issued, &tiers(vec![without])).unwrap_err();
    assert_eq!(refusal, IntelRefusal::Advisory(Advisory::new("INTEL-SA-09999").unwrap()));
}

/// Verifies with collateral that is valid at `now`.
fn verify_at(issued: &Issued, policy: &IntelPolicy, now: u64) -> Result<IntelVerdict, IntelRefusal> {
    verify_tdx(&issued.quote, &verify_collateral(&issued.collateral, &root(), now)?, &root(), policy, now)
}

#[test]
fn an_out_of_date_platform_is_accepted_to_the_last_second_of_its_grace_and_not_beyond() {
    let days = ((NOW - LEVEL_DATE) / DAY + 1) as u16;
    let ended = LEVEL_DATE + u64::from(days) * DAY;
    let with_grace = |grace_days| tiers(vec![Tier { grace_days, ..Tier::of(out_of_date()) }]);
    let verdict = verify_at(&old(), &with_grace(days), ended).unwrap();
    assert_eq!(verdict.valid_until, ended);
    assert_eq!(verify_at(&old(), &with_grace(days), NOW).unwrap().valid_until, ended);
    let over = verify_at(&old(), &with_grace(days), ended + 1).unwrap_err();
    assert_eq!(over, IntelRefusal::GraceOver { ended, days });
    let none = verify_at(&old(), &with_grace(0), NOW).unwrap_err();
    assert_eq!(none, IntelRefusal::GraceOver { ended: LEVEL_DATE, days: 0 });
}

#[test]
fn grace_runs_from_the_oldest_part_that_is_out_of_date() {
    let issued = changed(|plan| {
        plan.quote.body.tee_tcb_svn[2] -= 1;
        plan.quote.body.tee_tcb_svn[0] = 9;
        plan.tcb_info.value["tdxModuleIdentities"][0]["tcbLevels"][1]["tcbDate"] = json!("2020-01-01T00:00:00Z");
    })
    .issue();
    let grace = tiers(vec![Tier { grace_days: 1000, ..Tier::of(out_of_date()) }]);
    let ended = 1_577_836_800 + 1000 * DAY;
    assert_eq!(verify(&issued, &grace).unwrap_err(), IntelRefusal::GraceOver { ended, days: 1000 });
}

#[test]
fn a_tiers_rule_beyond_the_status_is_the_refusal_that_is_told() {
    let policy = tiers(vec![Tier::up_to_date(), Tier { grace_days: 0, ..Tier::of(out_of_date()) }]);
    assert!(matches!(verify(&old(), &policy), Err(IntelRefusal::GraceOver { .. })));
}

#[test]
fn a_policy_of_several_tiers_survives_json_and_scale_and_too_many_are_refused() {
    use codec::{Decode, Encode};
    let tier = Tier {
        accepted_advisories: AcceptedAdvisories::Only(names(&["INTEL-SA-00615"])),
        refused_advisories: names(&["INTEL-SA-00001"]),
        grace_days: 30,
        ..Tier::of(out_of_date())
    };
    let policy = tiers(vec![Tier::up_to_date(), tier]);
    let text = serde_json::to_string(&policy).unwrap();
    assert!(text.contains(r#""accepted_advisories":{"only":["INTEL-SA-00615"]}"#), "{text}");
    assert_eq!(serde_json::from_str::<IntelPolicy>(&text).unwrap(), policy);
    assert_eq!(IntelPolicy::decode(&mut policy.encode().as_slice()), Ok(policy.clone()));
    let mut value = serde_json::to_value(&policy).unwrap();
    let one = value["tiers"][0].clone();
    value["tiers"] = json!(vec![one; 5]);
    assert!(serde_json::from_value::<IntelPolicy>(value).is_err());
}
