//! What is told of the tests, to people and to programs.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::{
    bench::{Called, Refused},
    check::log_line,
    difference::plain,
    scenario::{Step, Trigger},
};

/// The most log lines of a step that are shown.
const MAX_LOGS: usize = 50;

/// What became of all scenarios.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Them, in the order in which they were given.
    pub scenarios: Vec<Played>,
    /// How many were as expected.
    pub passed: usize,
    /// How many were not.
    pub failed: usize,
}

/// What became of a scenario.
#[derive(Debug, Serialize)]
pub struct Played {
    /// Its file.
    pub file: String,
    /// Whether all of it was as expected.
    pub passed: bool,
    /// The steps that were made.
    pub steps: Vec<PlayedStep>,
    /// How many were not, because one before them was not as expected.
    pub not_made: usize,
    /// What was wrong besides the steps.
    pub problems: Vec<String>,
    /// How many exchanges were written into its file; none where nothing is recorded.
    pub recorded: Option<usize>,
}

/// What became of a step.
#[derive(Debug, Serialize)]
pub struct PlayedStep {
    /// Method and path, or `upgrade`.
    pub request: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there is no answer: the code that the caller gets.
    pub refusal: Option<&'static str>,
    /// The contract's own case, or the limit that ended the call.
    pub case: Option<&'static str>,
    /// The refusal's words.
    pub message: Option<String>,
    /// Units of fuel.
    pub gas: u64,
    /// Wall time.
    pub milliseconds: u64,
    /// How it differed from what was expected.
    pub differences: Vec<String>,
    /// The contract's log.
    pub logs: Vec<String>,
}

impl Report {
    /// Over these.
    pub fn of(scenarios: Vec<Played>) -> Self {
        let passed = scenarios.iter().filter(|scenario| scenario.passed).count();
        Self { passed, failed: scenarios.len() - passed, scenarios }
    }
}

impl Played {
    /// A scenario of this many steps, none of them made yet.
    pub fn of(steps: usize) -> Self {
        let (file, problems) = (String::new(), Vec::new());
        Self { file, passed: false, steps: Vec::new(), not_made: steps, problems, recorded: None }
    }

    /// The same, when everything that there is to say of it is in it.
    pub fn ended(mut self, file: String) -> Self {
        self.not_made = self.not_made.saturating_sub(self.steps.len());
        self.passed = self.not_made == 0 && self.problems.is_empty() && self.steps.iter().all(PlayedStep::passed);
        Self { file, ..self }
    }
}

impl PlayedStep {
    /// Of a step's call.
    pub fn of(step: &Step, called: Called, differences: Vec<String>) -> Self {
        let (status, refused) = match called.said {
            Ok((response, _)) => (Some(response.status), None),
            Err(refused) => (None, Some(refused)),
        };
        let milliseconds = u64::try_from(called.usage.wall.as_millis()).unwrap_or(u64::MAX);
        Self {
            request: match step.trigger {
                Trigger::Upgrade => "upgrade".into(),
                Trigger::Call | Trigger::Webhook | Trigger::Message | Trigger::Watch => {
                    format!("{} {}", step.request.method, step.request.path)
                }
            },
            status,
            refusal: refused.as_ref().map(|Refused { code, .. }| code.name()),
            case: refused.as_ref().and_then(|refused| refused.case).map(|case| case.name()),
            message: refused.map(|refused| plain(&refused.message)),
            gas: called.usage.fuel,
            milliseconds,
            differences,
            logs: called.logs.iter().map(log_line).collect(),
        }
    }

    /// Whether it was as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for scenario in &self.scenarios {
            writeln!(f, "{scenario}")?;
        }
        let total = self.scenarios.len();
        write!(f, "{total} scenario{}: {} passed, {} failed", plural(total), self.passed, self.failed)
    }
}

impl Display for Played {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.file)?;
        for step in &self.steps {
            write!(f, "{step}")?;
        }
        if self.not_made > 0 {
            writeln!(f, "  {} step{} not made", self.not_made, plural(self.not_made))?;
        }
        for problem in &self.problems {
            writeln!(f, "  FAIL  {problem}")?;
        }
        match self.recorded {
            Some(count) => writeln!(f, "  {count} exchange{} recorded", plural(count)),
            None => Ok(()),
        }
    }
}

impl Display for PlayedStep {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed() { "ok  " } else { "FAIL" };
        let outcome = match (self.status, self.case.or(self.refusal)) {
            (Some(status), _) => status.to_string(),
            (None, word) => word.unwrap_or_default().to_owned(),
        };
        writeln!(
            f,
            "  {verdict}  {:<32} {outcome:<15} {:>13} gas {:>6} ms",
            self.request, self.gas, self.milliseconds
        )?;
        for difference in &self.differences {
            writeln!(f, "          {difference}")?;
        }
        if self.passed() {
            return Ok(());
        }
        for line in self.logs.iter().take(MAX_LOGS) {
            writeln!(f, "          log: {line}")?;
        }
        match self.logs.len().checked_sub(MAX_LOGS) {
            Some(more @ 1..) => writeln!(f, "          log: {more} more line{}", plural(more)),
            Some(0) | None => Ok(()),
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(differences: &[&str]) -> PlayedStep {
        PlayedStep {
            request: "GET /count".into(),
            status: Some(200),
            refusal: None,
            case: None,
            message: None,
            gas: 12,
            milliseconds: 3,
            differences: differences.iter().map(|text| (*text).into()).collect(),
            logs: vec!["info counted".into()],
        }
    }

    fn played(steps: Vec<PlayedStep>, of: usize) -> Played {
        Played { steps, ..Played::of(of) }.ended("tests/a.toml".into())
    }

    #[test]
    fn a_scenario_passes_when_every_step_was_made_and_was_as_expected() {
        assert!(played(vec![step(&[])], 1).passed);
        assert!(!played(vec![step(&["status"])], 1).passed);
        assert!(!played(vec![step(&[])], 2).passed);
        let problem = Played { problems: vec!["x".into()], ..played(vec![step(&[])], 1) };
        assert!(!Played { not_made: 1, ..problem }.ended(String::new()).passed);
    }

    #[test]
    fn what_failed_is_shown_with_its_log_and_what_passed_is_one_line() {
        let text = Report::of(vec![played(vec![step(&[])], 1), played(vec![step(&["status: x"])], 3)]).to_string();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(lines[0], "tests/a.toml");
        assert!(lines[1].starts_with("  ok    GET /count") && lines[1].ends_with("12 gas      3 ms"), "{}", lines[1]);
        assert!(lines[4].starts_with("  FAIL  GET /count"), "{}", lines[4]);
        assert_eq!(lines[5..8], ["          status: x", "          log: info counted", "  2 steps not made"]);
        assert_eq!(lines.last(), Some(&"2 scenarios: 1 passed, 1 failed"));
    }
}
