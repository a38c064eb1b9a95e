//! A small network for two weeks.

use crate::{Error, Plan, Report, simulate};

fn small(seed: u64) -> Plan {
    Plan { seed, days: 14, workers: 90, pools: 12, delegators: 400, round_hours: 4 }
}

fn run(plan: Plan) -> (Report, u32) {
    let mut days = 0;
    // It has checked that PHA is conserved on each day, and the pallets' invariants at the end.
    let report = simulate(plan, |day| days = day).expect("everything holds");
    (report, days)
}

#[test]
fn two_weeks_of_a_small_network_conserve_pha_and_the_same_seed_gives_the_same_report() {
    let (report, days) = run(small(7));
    let (again, _) = run(small(7));
    assert_eq!((days, report.digest()), (14, again.digest()));
    assert_ne!(report.digest(), run(small(8)).0.digest(), "another seed, other people");

    let (name, page) = &report.files[0];
    assert_eq!(name, "report.md");
    let kinds = ["operator, 1 to 4", "delegator, early", "delegator, late", "delegator, churning"];
    let more =
        ["delegator, compounding", "reporters", "treasury", "An attacker with a third of the stake", "**Votes.**"];
    for text in kinds.into_iter().chain(more) {
        assert!(page.contains(text), "{text}");
    }
    for (name, _) in &report.files[1..] {
        assert!(name.ends_with(".svg"));
    }
    assert!(!page.contains("NaN") && !page.contains("inf "), "numbers are numbers");
    assert_things_happened(page);
}

/// The sentences with the counts of what has happened, each of which has to be more than none.
fn assert_things_happened(page: &str) {
    let none = [
        " 0 calls were done",
        "were started 0 times",
        "and stopped 0 times",
        "Of 0 challenges",
        "challenges 0 were answered",
        ", and 0 times a worker",
        "; 0 measurements",
        "; 0 absences were shown",
        "; 0 offences were reported",
        "reported, 0 of them keys",
        "| issued to reporters | 0.000 |",
        "| burnt by slashes | 0.000 |",
        "and for 0 of these a stop",
    ];
    for sentence in none {
        assert!(!page.contains(sentence), "{sentence}");
    }
}

#[test]
fn a_plan_that_is_too_small_or_whose_rounds_do_not_divide_a_day_is_refused() {
    let refused = [
        Plan { days: 0, ..small(1) },
        Plan { pools: 3, ..small(1) },
        Plan { workers: 35, ..small(1) },
        Plan { round_hours: 5, ..small(1) },
        Plan { round_hours: 0, ..small(1) },
    ];
    for plan in refused {
        assert!(matches!(simulate(plan, |_| {}), Err(Error::Plan)));
    }
}
