//! What a person or a program sees: results on standard output, everything else on standard error.

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Context, Result};
use serde::Serialize;

/// How results are written.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

/// A mistake of the person who typed: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misuse(pub String);

/// Nobody reads standard output any more, as in `adyton logs -f | head -1`: the end, without a complaint.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub struct Closed;

impl Output {
    /// JSON instead of text where `json` is set.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line about what is going on, on standard error.
    pub fn progress(&self, line: impl Display) {
        eprintln!("{line}");
    }

    /// A line that nobody should overlook, on standard error.
    pub fn warn(&self, line: impl Display) {
        eprintln!("warning: {line}");
    }

    /// The command's result, once, on standard output: one JSON value, or the text that `human` makes.
    ///
    /// # Errors
    ///
    /// Where standard output cannot be written: what was done is done, and a program that waits for the result must
    /// not take silence for success. A closed pipe is no such case, for its reader wanted no more.
    pub fn result(&self, value: &impl Serialize, human: impl FnOnce() -> String) -> Result<()> {
        let written = if self.json {
            line(serde_json::to_string_pretty(value).expect("results are plain data with text keys"))
        } else {
            line(human().trim_end())
        };
        match written {
            Err(error) if error.is::<Closed>() => Ok(()),
            written => written,
        }
    }

    /// Why the command did not do what it was asked, on standard error, and the exit code for it.
    pub fn failure(&self, error: &anyhow::Error) -> ExitCode {
        if error.is::<Closed>() {
            return ExitCode::SUCCESS;
        }
        if self.json {
            let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
            let mut said = serde_json::json!({ "error": error.to_string(), "causes": causes });
            // What programs tell apart, where gateway, worker or contract said it.
            let refused = error.downcast_ref::<adyton_client::Error>();
            if let Some(code) = refused.and_then(adyton_client::Error::code) {
                said["code"] = code.into();
            }
            if let Some(case) = refused.and_then(adyton_client::Error::case) {
                said["case"] = case.into();
            }
            eprintln!("{said}");
        } else {
            eprintln!("error: {}", sentence(error));
        }
        // The verifier of files has bad use of its own.
        let is_misuse =
            |cause: &(dyn std::error::Error + 'static)| cause.is::<Misuse>() || cause.is::<adyton_judgement::Misuse>();
        if error.chain().any(is_misuse) { ExitCode::from(2) } else { ExitCode::FAILURE }
    }
}

/// A line on standard output, now.
///
/// # Errors
///
/// [`Closed`] where its reader has gone; what the system says otherwise.
pub fn line(text: impl Display) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        written => written.context("cannot write to standard output"),
    }
}

/// An error for exit code 2: bad use, or a file that cannot be read.
pub fn misuse(text: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Misuse(text.into()))
}

/// The error and its causes in one line; a cause that its parent already spelled out is left out.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_cause_is_said_once() {
        let error = Err::<(), _>(anyhow::anyhow!("no such file")).context("cannot read x: no such file");
        assert_eq!(sentence(&error.unwrap_err()), "cannot read x: no such file");
        let error = Err::<(), _>(anyhow::anyhow!("no such file")).context("cannot read x");
        assert_eq!(sentence(&error.unwrap_err()), "cannot read x: no such file");
    }
}
