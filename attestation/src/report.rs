//! The checks of a verification and what became of each, in a form for people and for JSON.

use alloc::{format, string::String, vec::Vec};
use serde::Serialize;

use crate::{
    BoundVerdict, Details, EvidenceKind, IntelCheck, Refusal, TcbStatus, Verdict,
    azure::{self, AzureCheck},
    cca::{self, CcaCheck},
    intel,
    nitro::{self, NitroCheck},
    nvidia::{self, NvidiaCheck},
    snp::{self, SnpCheck},
    tpm::{self, TpmCheck},
};

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was made and holds.
    Passed,
    /// It was made and does not hold.
    Failed,
    /// It was not made.
    Unchecked,
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which check: a name of the kind's own checks or of [`CommonCheck`].
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// The value that was found or what holds; or why it failed or was not made.
    pub reason: String,
}

/// All checks with their outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the evidence is accepted.
    pub accepted: bool,
    /// One line for each check, in the order in which they are made: whatever stands before a failed one has
    /// passed, or, where it is shown as unchecked, may have been left out.
    pub checks: Vec<Check>,
}

/// The named checks of one kind of evidence, in the order in which they are made.
pub(crate) trait KindCheck: Copy + 'static {
    /// Every check, in order.
    const ORDER: &'static [Self];
    /// Its name.
    fn label(self) -> &'static str;
    /// What holds when it has passed, as its documentation says it.
    fn documentation(self) -> &'static str;
    /// The check of all kinds that it is a form of, if it is one.
    fn common(self) -> Option<CommonCheck>;
    /// Whether evidence can be accepted without it.
    fn can_be_left_out(self) -> bool;
}

/// What a check that did not fail has found.
pub(crate) enum Found {
    /// The value; or nothing, where what holds says it all.
    Passed(String),
    /// Why it was not made.
    Unchecked(&'static str),
}

impl Found {
    /// No value.
    pub(crate) const fn nothing() -> Self {
        Self::Passed(String::new())
    }

    /// `value` if there is one; else `why` it was not checked.
    pub(crate) fn or(value: Option<String>, why: &'static str) -> Self {
        value.map_or(Self::Unchecked(why), Self::Passed)
    }

    fn line(self, check: Named) -> Check {
        let name = check.name;
        match self {
            Self::Passed(value) if value.is_empty() => {
                Check { name, outcome: Outcome::Passed, reason: sentence(check.documentation) }
            }
            Self::Passed(reason) => Check { name, outcome: Outcome::Passed, reason },
            Self::Unchecked(why) => Check { name, outcome: Outcome::Unchecked, reason: String::from(why) },
        }
    }
}

/// Documentation as a reason: without its capital letter and its full stop.
pub(crate) fn sentence(documentation: &str) -> String {
    let words = documentation.trim().trim_end_matches('.');
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_lowercase(), letters.as_str()))
}

/// The lines of a kind's own checks, which were all made; `found` is `None` for one that does not apply.
fn passed<C: KindCheck>(found: impl Fn(C) -> Option<Found>) -> impl Iterator<Item = Check> {
    let own = C::ORDER.iter().filter(|check| check.common().is_none());
    own.filter_map(move |check| found(*check).map(|found| found.line(Named::of(*check))))
}

/// A check by its name, of which a refusal tells no more than how far verification came.
#[derive(Clone, Copy)]
struct Named {
    name: &'static str,
    documentation: &'static str,
    can_be_left_out: bool,
}

impl Named {
    fn of<C: KindCheck>(check: C) -> Self {
        let (name, documentation) = (check.label(), check.documentation());
        Self { name, documentation, can_be_left_out: check.can_be_left_out() }
    }

    /// The line of a check that stands before the one that failed.
    fn reached(self) -> Check {
        let found = match self.can_be_left_out {
            true => Found::Unchecked("it passed or was left out: a refusal does not tell which"),
            false => Found::nothing(),
        };
        found.line(self)
    }
}

/// A kind's own checks.
fn named<C: KindCheck>(applies: impl Fn(C) -> bool) -> Vec<Named> {
    let own = C::ORDER.iter().filter(|check| check.common().is_none() && applies(**check));
    own.map(|check| Named::of(*check)).collect()
}

/// Declares the checks of one kind of evidence: their order, and their names in reports; `is` makes one a form of
/// a [`CommonCheck`], `or unchecked` says that evidence can be accepted without it.
macro_rules! checks {
    (@common) => {
        None
    };
    (@common $common:ident) => {
        Some($crate::CommonCheck::$common)
    };
    (@left_out) => {
        false
    };
    (@left_out unchecked) => {
        true
    };
    (
        $(#[$about:meta])*
        pub enum $checks:ident { $($(#[doc = $doc:literal])+ $check:ident = $name:literal $(is $common:ident)? $(or $left_out:ident)?,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $checks {
            $($(#[doc = $doc])+ $check,)*
        }

        impl $checks {
            /// Every check, in order.
            pub const ALL: [$checks; [$($checks::$check),*].len()] = [$($checks::$check),*];

            /// Its name in reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $($checks::$check => $name,)*
                }
            }

            /// What holds when it has passed, in words.
            pub fn meaning(self) -> alloc::string::String {
                $crate::report::sentence($crate::report::KindCheck::documentation(self))
            }
        }

        impl $crate::report::KindCheck for $checks {
            const ORDER: &'static [Self] = &Self::ALL;

            fn label(self) -> &'static str {
                self.name()
            }

            fn documentation(self) -> &'static str {
                match self {
                    $($checks::$check => concat!($($doc),+),)*
                }
            }

            fn common(self) -> Option<$crate::CommonCheck> {
                match self {
                    $($checks::$check => $crate::report::checks!(@common $($common)?),)*
                }
            }

            fn can_be_left_out(self) -> bool {
                match self {
                    $($checks::$check => $crate::report::checks!(@left_out $($left_out)?),)*
                }
            }
        }

        impl serde::Serialize for $checks {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use checks;

checks! {
    /// The checks that evidence of all kinds has, around those of its own kind: [`CommonCheck::Kind`] comes before
    /// them, the others after them.
    pub enum CommonCheck {
        /// The policy accepts this kind of evidence, and has a root for it.
        Kind = "kind",
        /// What was measured is one of the accepted measurements.
        Measurement = "measurement" or unchecked,
        /// The machine, and whoever provides it, is one that the policy allows.
        Machine = "machine" or unchecked,
        /// The evidence is about the caller's statement, or answers the caller's challenge.
        ReportData = "report-data",
    }
}

impl Report {
    /// The report on a verdict that nobody has bound to a statement: its report data is unchecked.
    pub fn of_verdict(verdict: &Verdict) -> Self {
        Self::accepted(verdict, Found::Unchecked("no expected statement was given"))
    }

    /// The report on a verdict that is about the caller's statement.
    pub fn of_bound(verdict: &BoundVerdict) -> Self {
        Self::accepted(verdict.verdict(), Found::nothing())
    }

    /// The report on evidence of `kind` that was refused.
    pub fn of_refusal(kind: EvidenceKind, refusal: &Refusal) -> Self {
        let own = own_checks(kind);
        let common = [CommonCheck::Measurement, CommonCheck::Machine, CommonCheck::ReportData];
        let all = [Named::of(CommonCheck::Kind)].into_iter().chain(own).chain(common.map(Named::of));
        let mut all: Vec<Named> = all.collect();
        // A check of something else comes first: nothing of this evidence was looked at.
        if !all.iter().any(|check| check.name == refusal.check()) {
            all.insert(0, Named { name: refusal.check(), documentation: "", can_be_left_out: false });
        }
        let mut is_reached = true;
        let line = |check: Named| {
            if check.name == refusal.check() {
                is_reached = false;
                Check { name: check.name, outcome: Outcome::Failed, reason: format!("{refusal}") }
            } else if is_reached {
                check.reached()
            } else {
                Found::Unchecked("an earlier check failed").line(check)
            }
        };
        Self { accepted: false, checks: all.into_iter().map(line).collect() }
    }

    fn accepted(verdict: &Verdict, report_data: Found) -> Self {
        let release = verdict.release.as_ref().map(|release| format!("release {release}"));
        let machine = verdict.machine.as_ref().map(|machine| format!("{machine}"));
        let common = |found: Found, check: CommonCheck| found.line(Named::of(check));
        let mut checks = Vec::from([common(Found::nothing(), CommonCheck::Kind)]);
        lines(verdict.details(), &mut checks);
        checks.extend([
            common(Found::or(release, "the policy accepts any"), CommonCheck::Measurement),
            common(Found::or(machine, "the evidence names no machine"), CommonCheck::Machine),
            common(report_data, CommonCheck::ReportData),
        ]);
        Self { accepted: true, checks }
    }
}

/// The lines of the kind's own checks.
fn lines(details: &Details, checks: &mut Vec<Check>) {
    match details {
        Details::Intel(facts) => checks.extend(passed(|check| intel::check::found(check, facts))),
        Details::Snp(facts) => checks.extend(passed(|check| snp::check::found(check, facts))),
        Details::Azure { machine, hardware } => {
            let status = hardware.claims().tcb_status.map_or("", TcbStatus::name);
            checks.extend(passed(|check| azure::check::found(check, machine, status)));
        }
        Details::Nitro(facts) => checks.extend(passed(|check| nitro::check::found(check, facts))),
        Details::Nvidia(facts) => checks.extend(passed(|check| nvidia::check::found(check, facts))),
        Details::Tpm(facts) => checks.extend(passed(|check| tpm::check::found(check, facts))),
        Details::Cca(facts) => checks.extend(passed(|check| cca::check::found(check, facts))),
    }
}

/// The kind's own checks, in order.
fn own_checks(kind: EvidenceKind) -> Vec<Named> {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => named(|check: IntelCheck| check.applies_to(kind)),
        EvidenceKind::AmdSnp => named(|_: SnpCheck| true),
        EvidenceKind::AzureTdx | EvidenceKind::AzureSnp => named(|_: AzureCheck| true),
        EvidenceKind::AwsNitro => named(|_: NitroCheck| true),
        EvidenceKind::NvidiaGpu => named(|_: NvidiaCheck| true),
        EvidenceKind::Tpm => named(|_: TpmCheck| true),
        EvidenceKind::ArmCca => named(|_: CcaCheck| true),
    }
}
