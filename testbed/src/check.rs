//! What was expected of a call, and what came.

use adyton_engine::{Level, LogLine, Response};

use crate::{
    bench::{Called, Refused, Runs},
    difference::{line, plain, text},
    host::Store,
    scenario::{
        Expect, Step,
        content::{Content, Stored},
    },
};

/// How the call differs from what was expected, each difference in words.
pub fn differences(step: &Step, called: &Called, store: &Store) -> Vec<String> {
    let expect = &step.expect;
    let mut found = match (&called.said, expect.refusal) {
        (Ok((response, report)), None) => answer(expect, response, report.as_deref()),
        (Err(refused), Some(_)) => refusal(expect, refused),
        (Ok((response, _)), Some(expected)) => {
            let said = format!("answered: HTTP {} {}", response.status, text(&response.body));
            vec![line("refusal", expected.name(), &said)]
        }
        (Err(refused), None) => {
            let expected = expect.status.map_or("an answer".into(), |status| format!("HTTP {status}"));
            vec![line("answer", &expected, &in_words(refused))]
        }
    };
    found.extend(pieces(expect, &called.pieces.all()));
    found.extend(gas(expect, called));
    found.extend(logs(&expect.logs, &called.logs));
    let value = |key: &[u8]| store.value(key, step.now_ms);
    found.extend(expect.stored().flat_map(|(name, key, expected)| state(name, expected, value(&key))));
    found
}

/// How the runs of the schedule before the step differ from what was expected.
pub fn runs(step: &Step, runs: &Runs) -> Vec<String> {
    match &step.expect.runs {
        Some(expected) if *expected == runs.names => Vec::new(),
        Some(expected) => {
            let mut found = vec![line("runs", &format!("{expected:?}"), &format!("{:?}", runs.names))];
            found.extend(runs.refusals.iter().cloned());
            found
        }
        None => runs.refusals.clone(),
    }
}

fn answer(expect: &Expect, response: &Response, report: Option<&[u8]>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(status) = expect.status.filter(|status| *status != response.status) {
        found.push(line("status", &status.to_string(), &response.status.to_string()));
    }
    for (name, value) in &expect.headers {
        found.extend(header(name, value, response));
    }
    if let Some(body) = &expect.body {
        found.extend(body.differences("body", &response.body));
    }
    match (&expect.report, report) {
        (Some(expected), Some(report)) => found.extend(expected.differences("report", report)),
        (Some(expected), None) => found.push(line("report", &text(&expected.bytes()), "not there")),
        (None, _) => {}
    }
    // What a wrong answer says is more use than its length.
    if !found.is_empty() && expect.body.is_none() {
        found.push(format!("body: {}", text(&response.body)));
    }
    found
}

/// What was given before the end, as often and cut as expected.
fn pieces(expect: &Expect, given: &[Vec<u8>]) -> Vec<String> {
    let Some(expected) = &expect.pieces else { return Vec::new() };
    if expected.len() != given.len() {
        let given: Vec<String> = given.iter().map(|piece| text(piece)).collect();
        return vec![line("pieces", &expected.len().to_string(), &format!("{}: {}", given.len(), given.join(", ")))];
    }
    let each = (1..).zip(expected.iter().zip(given));
    each.flat_map(|(number, (expected, given))| expected.differences(&format!("piece {number}"), given)).collect()
}

fn header(name: &str, value: &str, response: &Response) -> Option<String> {
    let named = response.fields.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()));
    let values: Vec<&[u8]> = named.map(|(_, value)| value.as_slice()).collect();
    if values.contains(&value.as_bytes()) {
        return None;
    }
    let shown: Vec<String> = values.into_iter().map(text).collect();
    let shown = if shown.is_empty() { "not there".into() } else { shown.join(", ") };
    Some(line(&format!("header {}", plain(name)), &text(value.as_bytes()), &shown))
}

fn refusal(expect: &Expect, refused: &Refused) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(expected) = expect.refusal.filter(|word| *word != refused.code && Some(*word) != refused.case) {
        found.push(line("refusal", expected.name(), &in_words(refused)));
    }
    if let Some(part) = expect.message.as_ref().filter(|part| !refused.message.contains(*part)) {
        found.push(line("message", &format!("something with {}", text(part.as_bytes())), &plain(&refused.message)));
    }
    found
}

/// A refusal in one line: its word, and its message.
pub fn in_words(refused: &Refused) -> String {
    format!("refused as {}: {}", refused.case.unwrap_or(refused.code).name(), plain(&refused.message))
}

fn gas(expect: &Expect, called: &Called) -> Option<String> {
    let most = expect.gas_at_most.filter(|most| called.usage.fuel > *most)?;
    Some(line("gas", &format!("at most {most}"), &called.usage.fuel.to_string()))
}

/// Each expected part has to be in a line behind the one that had the part before it.
fn logs(expected: &[String], lines: &[LogLine]) -> Option<String> {
    let mut lines = lines.iter().map(log_line);
    let missing = expected.iter().find(|part| !lines.any(|line| line.contains(*part)))?;
    Some(format!("logs: no line, or none in this order, with {}", text(missing.as_bytes())))
}

/// A line as people read it: its level, and what it says.
pub fn log_line(line: &LogLine) -> String {
    let level = match line.level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    format!("{level} {}", line.message)
}

fn state(name: &str, expected: &Stored, found: Option<&[u8]>) -> Vec<String> {
    let what = format!("state {}", plain(name));
    let shown = |content: &Content| text(&content.bytes());
    match (expected, found) {
        (Stored::Nothing, None) => Vec::new(),
        (Stored::Nothing, Some(found)) => vec![line(&what, "nothing", &text(found))],
        (Stored::Value(expected), Some(found)) => expected.differences(&what, found),
        (Stored::Value(expected), None) => vec![line(&what, &shown(expected), "not there")],
    }
}

#[cfg(test)]
mod tests {
    use adyton_engine::Usage;

    use super::*;
    use crate::{
        host::Pieces,
        scenario::{RefusalWord, Scenario},
    };

    fn step(text: &str) -> Step {
        let scenario = Scenario::parse(&format!("[[step]]\nrequest = \"GET /\"\n[step.expect]\n{text}"));
        scenario.expect("a scenario").steps.remove(0)
    }

    fn answered(body: &str) -> Called {
        let fields = vec![(b"content-type".to_vec(), b"text/plain".to_vec())];
        let response = Response { status: 200, fields, body: body.into() };
        let log = |level, message: &str| LogLine { level, message: message.into() };
        Called {
            said: Ok((response, Some(vec![1, 2]))),
            pieces: Pieces::of([b"one".to_vec(), b"two".to_vec()]),
            usage: Usage { fuel: 100, ..Usage::default() },
            logs: vec![log(Level::Info, "one"), log(Level::Warn, "two")],
        }
    }

    fn refused() -> Called {
        let refused = Refused {
            code: RefusalWord::ContractError,
            case: Some(RefusalWord::NotFound),
            message: "there is nothing".into(),
        };
        Called { said: Err(refused), ..answered("") }
    }

    fn store() -> Store {
        Store::of([(b"a".to_vec(), b"1".to_vec())].into())
    }

    fn found(text: &str, called: &Called) -> String {
        differences(&step(text), called, &store()).join("; ")
    }

    #[test]
    fn what_is_as_expected_makes_no_difference() {
        for text in [
            "",
            "status = 200",
            "headers = { Content-Type = \"text/plain\" }",
            "body = \"{}\"",
            "body.json = {}",
            "gas_at_most = 100",
            "logs = [\"info one\", \"two\"]",
            "state = { a = \"1\", b = false }",
            "report.hex = \"0102\"",
            "pieces = [\"one\", { hex = \"74776f\" }]",
        ] {
            assert_eq!(found(text, &answered("{}")), "", "{text}");
        }
        for text in ["refusal = \"contract-error\"", "refusal = \"not-found\"\nmessage = \"nothing\""] {
            assert_eq!(found(text, &refused()), "", "{text}");
        }
    }

    #[test]
    fn each_difference_says_what_was_expected_and_what_there_is() {
        for (text, said) in [
            ("status = 404", "status: expected 404, but it is 200; body: \"{}\""),
            ("headers = { vary = \"x\" }", "header vary: expected \"x\", but it is not there; body: \"{}\""),
            ("headers = { content-type = \"x\" }", "header content-type: expected \"x\", but it is \"text/plain\""),
            ("body = \"x\"", "body: expected \"x\", but it is \"{}\""),
            ("body.json = { a = 1 }", "body.a: expected 1, but it is not there"),
            ("gas_at_most = 99", "gas: expected at most 99, but it is 100"),
            ("logs = [\"two\", \"one\"]", "logs: no line, or none in this order, with \"one\""),
            ("logs = [\"error one\"]", "logs: no line"),
            ("state = { a = false }", "state a: expected nothing, but it is \"1\""),
            ("state = { a = \"2\" }", "state a: expected \"2\", but it is \"1\""),
            ("state = { b = \"2\" }", "state b: expected \"2\", but it is not there"),
            ("report.hex = \"01\"", "report: expected"),
            ("pieces = []", "pieces: expected 0, but it is 2: \"one\", \"two\""),
            ("pieces = [\"one\", \"x\"]", "piece 2: expected \"x\", but it is \"two\""),
            ("refusal = \"fuel\"", "refusal: expected fuel, but it is answered: HTTP 200 \"{}\""),
        ] {
            let found = found(text, &answered("{}"));
            assert!(found.starts_with(said), "{text}: {found}");
        }
    }

    #[test]
    fn runs_are_those_that_were_expected_and_none_is_refused_unseen() {
        let ran = |names: &[&str], refusals: &[&str]| Runs {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            refusals: refusals.iter().map(|text| (*text).to_owned()).collect(),
            ..Runs::default()
        };
        let refused = ran(&["a", "b fuel"], &["the run of b: why"]);
        assert!(runs(&step(""), &ran(&["a"], &[])).is_empty());
        assert!(runs(&step("runs = [\"a\", \"b fuel\"]"), &refused).is_empty());
        assert_eq!(runs(&step(""), &refused), ["the run of b: why"]);
        assert_eq!(runs(&step("runs = []"), &ran(&["a"], &[])), ["runs: expected [], but it is [\"a\"]"]);
    }

    #[test]
    fn a_refusal_that_nobody_expected_is_a_difference() {
        let said = "but it is refused as not-found: there is nothing";
        assert_eq!(found("", &refused()), format!("answer: expected an answer, {said}"));
        assert_eq!(found("status = 200", &refused()), format!("answer: expected HTTP 200, {said}"));
        assert_eq!(found("refusal = \"denied\"", &refused()), format!("refusal: expected denied, {said}"));
        let message = found("refusal = \"not-found\"\nmessage = \"else\"", &refused());
        assert_eq!(message, "message: expected something with \"else\", but it is there is nothing");
    }
}
