//! Whose failure it is that SQLite tells: the contract's, which it handles, or the worker's, which ends the call.

use rusqlite::{Error, ffi};

use super::pages::NO_PAGES_LEFT;
use crate::bindings::phat::contract::sql::Failure;

/// The most characters of a text about a failure: it may repeat what the statement says.
const MAX_TEXT: usize = 500;

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Fail {
    /// The contract is told.
    Guest(Failure),
    /// The worker failed: what is stored cannot be read, or SQLite does not work.
    Worker(String),
}

impl Fail {
    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self::Guest(Failure::Invalid(reason.into()))
    }

    pub(super) fn limit(reason: impl Into<String>) -> Self {
        Self::Guest(Failure::Limit(reason.into()))
    }

    /// Of what SQLite said; `refused` is what its files refused, if they did.
    pub(super) fn of(error: Error, refused: Option<&'static str>) -> Self {
        match error {
            Error::SqliteFailure(error, text) => {
                let text = text.unwrap_or_else(|| error.to_string());
                by_code(error.extended_code, &text, refused)
            }
            Error::SqlInputError { error, msg, .. } => by_code(error.extended_code, &msg, refused),
            Error::MultipleStatement => Self::invalid("more than one statement; pass them to `batch`"),
            // Some of the others name columns.
            _ => Self::Worker("what SQLite said cannot be read".into()),
        }
    }

    /// The same, of one statement of several.
    pub(super) fn of_statement(self, number: usize) -> Self {
        let told = |text: String| format!("statement {number}: {text}");
        match self {
            Self::Guest(failure) => Self::Guest(match failure {
                Failure::Invalid(text) => Failure::Invalid(told(text)),
                Failure::Constraint(text) => Failure::Constraint(told(text)),
                Failure::Denied(text) => Failure::Denied(told(text)),
                Failure::Limit(text) => Failure::Limit(told(text)),
            }),
            Self::Worker(reason) => Self::Worker(reason),
        }
    }
}

/// By SQLite's result code (<https://www.sqlite.org/rescode.html>). What no statement can bring about is the worker's.
fn by_code(code: i32, text: &str, refused: Option<&'static str>) -> Fail {
    let text = cut(text);
    match code & 0xff {
        ffi::SQLITE_ERROR | ffi::SQLITE_MISMATCH | ffi::SQLITE_RANGE => Fail::Guest(Failure::Invalid(text)),
        ffi::SQLITE_CONSTRAINT => Fail::Guest(Failure::Constraint(text)),
        ffi::SQLITE_AUTH => Fail::Guest(Failure::Denied(text)),
        ffi::SQLITE_TOOBIG => Fail::Guest(Failure::Limit(text)),
        ffi::SQLITE_FULL => Fail::limit(refused.unwrap_or(NO_PAGES_LEFT)),
        ffi::SQLITE_NOMEM => Fail::limit("the statement's program has too many steps"),
        // Without SQLite's text: it may repeat what the contract named or wrote, and this one goes to the worker's log.
        _ => Fail::Worker(ffi::Error::new(code).to_string()),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_to_the_workers_log_has_no_text_of_the_contract() {
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_IOERR, ffi::SQLITE_INTERRUPT, ffi::SQLITE_INTERNAL] {
            let text = Some("malformed database schema (names)".to_owned());
            let fail = Fail::of(Error::SqliteFailure(ffi::Error::new(code), text), None);
            let Fail::Worker(reason) = fail else { panic!("{fail:?}") };
            assert_eq!(reason, ffi::Error::new(code).to_string());
            assert!(!reason.contains("names"), "{reason}");
        }
    }
}
