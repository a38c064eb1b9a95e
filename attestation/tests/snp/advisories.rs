//! Advisories that apply to a platform: which are told, which are accepted, and for how long.

use super::*;
use crate::support::azure::{self as azure_support, Machine};
use adyton_attestation::{
    AcceptedAdvisories, AcceptedMeasurements, Advisory, AdvisoryNames, Evidence, EvidenceKind, MachinePolicy, Policy,
    Refusal, Roots, Verdict,
    azure::{AzureEndorsements, AzureRefusal, HardwareKind},
    snp::{SnpAdvisories, SnpGrace},
    verify,
};

const MICROCODE: &str = "AMD-SB-7033";
const ALIASES: &str = "AMD-SB-3015";
const MILAN: &str = "arXiv:2605.12990";

fn named(name: &str) -> Advisory {
    Advisory::new(name).unwrap()
}

fn names(names: &[&str]) -> AdvisoryNames {
    names.iter().copied().map(named).collect::<Vec<_>>().try_into().unwrap()
}

fn only(listed: &[&str]) -> SnpAdvisories {
    SnpAdvisories { accepted: AcceptedAdvisories::Only(names(listed)), ..SnpAdvisories::default() }
}

/// A grace for each, which is over so many days after [`NOW`]; each advisory is ten days old.
fn with_grace(graces: &[(&str, u16)]) -> SnpAdvisories {
    let grace =
        |(name, left): &(&str, u16)| SnpGrace { advisory: named(name), published: NOW - 10 * DAY, days: 10 + left };
    SnpAdvisories { grace: graces.iter().map(grace).collect(), ..SnpAdvisories::any() }
}

fn judge_at(plan: &Plan, advisories: SnpAdvisories, now: u64) -> Result<Verdict, Refusal> {
    let policy = Policy {
        kinds: vec![EvidenceKind::AmdSnp],
        roots: Roots { snp: roots().to_vec(), ..Roots::default() },
        measurements: AcceptedMeasurements::Any,
        snp: SnpPolicy::tiered(),
        snp_advisories: advisories,
        ..Policy::default()
    };
    let evidence = plan.evidence();
    verify(&Evidence::Snp { report: &evidence.report, endorsements: evidence.endorsements() }, &policy, now)
}

fn judge(plan: &Plan, advisories: SnpAdvisories) -> Result<Verdict, Refusal> {
    judge_at(plan, advisories, NOW)
}

fn refusal(plan: &Plan, advisories: SnpAdvisories) -> Refusal {
    judge(plan, advisories).unwrap_err()
}

fn refused(name: &str) -> Refusal {
    Refusal::Snp(SnpRefusal::Advisory(named(name)))
}

/// A platform with microcode below the fix.
fn old() -> Plan {
    genoa().of_versions([10, 0, 0, 0, 0, 0, 0x17, 0x53])
}

/// The same, whose memory was not checked for aliases either.
fn older() -> Plan {
    old().with(at::PLATFORM_INFO, &[0x05])
}

#[test]
fn a_policy_that_names_no_advisory_accepts_no_platform_that_is_out_of_date() {
    assert!(judge(&genoa(), SnpAdvisories::default()).is_ok());
    assert_eq!(refusal(&old(), SnpAdvisories::default()), refused(MICROCODE));
    assert!(judge(&old(), SnpAdvisories::any()).is_ok());
}

#[test]
fn only_listed_advisories_may_apply_to_a_platform_that_is_out_of_date() {
    assert!(judge(&older(), only(&[ALIASES, MICROCODE])).is_ok());
    assert_eq!(refusal(&older(), only(&[ALIASES])), refused(MICROCODE));
    assert_eq!(refusal(&older(), only(&[MICROCODE])), refused(ALIASES));
}

#[test]
fn advisories_of_an_up_to_date_platform_are_information_unless_they_are_refused_by_name() {
    assert!(judge(&milan(), SnpAdvisories::default()).is_ok());
    let without = |name| SnpAdvisories { refused: names(&[name]), ..SnpAdvisories::any() };
    assert_eq!(refusal(&milan(), without(MILAN)), refused(MILAN));
    assert_eq!(refusal(&old(), without(MICROCODE)), refused(MICROCODE));
    assert!(judge(&old(), without(ALIASES)).is_ok());
}

#[test]
fn an_advisory_is_accepted_to_the_last_second_of_its_grace_and_the_verdict_ends_there() {
    let ended = NOW + 2 * DAY;
    let grace = || with_grace(&[(MICROCODE, 2)]);
    assert_eq!(judge(&old(), grace()).unwrap().valid_until, ended);
    assert_eq!(judge_at(&old(), grace(), ended).unwrap().valid_until, ended);
    let over = SnpRefusal::GraceOver { advisory: named(MICROCODE), ended, days: 12 };
    assert_eq!(judge_at(&old(), grace(), ended + 1).unwrap_err(), Refusal::Snp(over));
    // An up-to-date platform has no use for it.
    let plain = judge(&genoa(), SnpAdvisories::any()).unwrap().valid_until;
    assert_eq!(judge(&genoa(), grace()).unwrap().valid_until, plain);
}

#[test]
fn the_first_grace_that_ends_counts() {
    let both = || with_grace(&[(MICROCODE, 5), (ALIASES, 3)]);
    assert_eq!(judge(&older(), both()).unwrap().valid_until, NOW + 3 * DAY);
    assert_eq!(judge(&old(), both()).unwrap().valid_until, NOW + 5 * DAY);
    let over = judge_at(&older(), both(), NOW + 3 * DAY + 1).unwrap_err();
    let aliases = SnpRefusal::GraceOver { advisory: named(ALIASES), ended: NOW + 3 * DAY, days: 13 };
    assert_eq!(over, Refusal::Snp(aliases));
}

#[test]
fn a_grace_accepts_nothing_that_is_not_accepted_without_it() {
    let grace = with_grace(&[(MICROCODE, 2)]).grace;
    assert_eq!(refusal(&old(), SnpAdvisories { grace, ..SnpAdvisories::default() }), refused(MICROCODE));
}

#[test]
fn a_grace_that_is_longer_than_time_never_ends() {
    let grace = vec![SnpGrace { advisory: named(MICROCODE), published: u64::MAX - 1, days: u16::MAX }];
    assert!(judge(&old(), SnpAdvisories { grace, ..SnpAdvisories::any() }).is_ok());
}

#[test]
fn the_advisories_of_amds_own_floors_are_told_whatever_floors_the_policy_has() {
    let mut policy = SnpPolicy::tiered();
    policy.genoa.as_mut().unwrap().floors = Default::default();
    let verdict = old().verify(&policy).unwrap();
    assert_eq!((verdict.tcb_status, verdict.tier), (TcbStatus::UpToDate, 0));
    assert_eq!(verdict.advisories, [named(MICROCODE)]);
    assert!(genoa().verify(&policy).unwrap().advisories.is_empty());
    // A guest that was launched below the fix is told too.
    let launched = genoa().with(at::LAUNCH, &[10, 0, 0, 0, 0, 0, 0x17, 0x53]);
    assert_eq!(launched.verify(&policy).unwrap().advisories, [named(MICROCODE)]);
}

#[test]
fn the_hardware_under_an_azure_machine_is_judged_alike() {
    let now = crate::support::NOW;
    let made = Machine::good(HardwareKind::Snp).make();
    let hardware = made.snp.as_ref().unwrap().endorsements();
    let mut snp = SnpPolicy::strict();
    snp.genoa.as_mut().unwrap().standing_advisories = vec![named(MICROCODE)].try_into().unwrap();
    let judge = |advisories| {
        let policy = Policy {
            kinds: vec![EvidenceKind::AzureSnp],
            roots: Roots { snp: roots().to_vec(), ..Roots::default() },
            measurements: AcceptedMeasurements::Any,
            machines: MachinePolicy { accept_unidentified: true, ..MachinePolicy::default() },
            snp: snp.clone(),
            snp_advisories: advisories,
            azure: azure_support::policy(),
            ..Policy::default()
        };
        let endorsements = &AzureEndorsements::default();
        verify(&Evidence::AzureSnp { machine: &made.evidence, endorsements, hardware }, &policy, now)
    };
    let plain = judge(SnpAdvisories::default()).unwrap();
    let without = SnpAdvisories { refused: names(&[MICROCODE]), ..SnpAdvisories::any() };
    let refusal = Refusal::Azure(AzureRefusal::Snp(SnpRefusal::Advisory(named(MICROCODE))));
    assert_eq!(judge(without).unwrap_err(), refusal);
    let grace = |published| SnpAdvisories {
        grace: vec![SnpGrace { advisory: named(MICROCODE), published, days: 1 }],
        ..SnpAdvisories::any()
    };
    assert!(now + DAY < plain.valid_until);
    assert_eq!(judge(grace(now)).unwrap().valid_until, now + DAY);
    let over = SnpRefusal::GraceOver { advisory: named(MICROCODE), ended: now - 1, days: 1 };
    assert_eq!(judge(grace(now - DAY - 1)).unwrap_err(), Refusal::Azure(AzureRefusal::Snp(over)));
}

#[test]
fn the_refusals_have_frozen_codes_and_say_what_applies() {
    let advisory = named(MICROCODE);
    let over = SnpRefusal::GraceOver { advisory, ended: 5, days: 1 };
    assert_eq!((SnpRefusal::Advisory(advisory).code(), over.code()), (93, 94));
    for refusal in [SnpRefusal::Advisory(advisory), over] {
        assert_eq!(refusal.check(), SnpCheck::TcbStatus);
        assert!(refusal.to_string().starts_with("AMD-SB-7033 applies to the platform; "), "{refusal}");
    }
}

#[test]
fn the_file_form_survives_and_an_unknown_field_is_refused() {
    let advisories = SnpAdvisories { refused: names(&[ALIASES]), ..with_grace(&[(MICROCODE, 2)]) };
    let text = serde_json::to_string(&advisories).unwrap();
    assert!(text.starts_with(r#"{"accepted":"any","refused":["AMD-SB-3015"],"grace":[{"advisory":"AMD-SB-7033","#));
    assert_eq!(serde_json::from_str::<SnpAdvisories>(&text).unwrap(), advisories);
    assert!(serde_json::from_str::<SnpAdvisories>(&text.replacen("refused", "denied", 1)).is_err());
    assert!(serde_json::from_str::<SnpAdvisories>(&text.replacen("days", "hours", 1)).is_err());
}
