//! What several endpoints say, and whether enough of them say the same.

use std::fmt::{self, Write as _};

use super::Hash;
use crate::Error;

/// The longest text of one endpoint in an error, in characters.
const MAX_TEXT: usize = 160;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Fewer endpoints than needed said the same.
    Disagreement(Disagreement),
    /// No endpoint took the transaction.
    Refused {
        /// Its hash. It may be on the chain nevertheless: the receipt says.
        transaction: Hash,
        /// What each one answered.
        said: Vec<Said>,
    },
    /// What was asked cannot be asked.
    Invalid(String),
}

/// Who said what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The method that was asked.
    pub method: String,
    /// How many had to say the same.
    pub needed: usize,
    /// What each one said, in the order of the endpoints.
    pub said: Vec<Said>,
}

/// What one endpoint said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its host; the rest of its URL may be a secret.
    pub endpoint: String,
    /// The answer's beginning, or why there is none: 160 characters at most. Both are the endpoint's own words.
    pub answer: Result<String, String>,
}

/// What one endpoint said, decoded.
pub(super) struct Answer<T> {
    pub(super) endpoint: String,
    pub(super) said: Result<T, String>,
}

/// What at least `needed` of them say, which has to be a majority of them.
pub(super) fn agree<T: PartialEq + fmt::Debug>(
    method: &str,
    needed: usize,
    mut answers: Vec<Answer<T>>,
) -> Result<T, Failure> {
    let votes = |value: &T| answers.iter().filter(|other| other.said.as_ref() == Ok(value)).count();
    let agreed = answers.iter().position(|one| one.said.as_ref().is_ok_and(|value| votes(value) >= needed));
    match agreed.map(|position| answers.swap_remove(position).said) {
        Some(Ok(value)) => Ok(value),
        _ => Err(disagreement(method, needed, &answers)),
    }
}

/// The error that says who said what.
pub(super) fn disagreement<T: fmt::Debug>(method: &str, needed: usize, answers: &[Answer<T>]) -> Failure {
    let said = answers.iter().map(|one| {
        let answer = match &one.said {
            Ok(value) => Ok(cut(format_args!("{value:?}"))),
            Err(reason) => Err(cut(format_args!("{reason}"))),
        };
        Said { endpoint: one.endpoint.clone(), answer }
    });
    Failure::Disagreement(Disagreement { method: method.to_owned(), needed, said: said.collect() })
}

/// The text's beginning, in one line. What is behind it is not put into words.
pub(super) fn cut(text: fmt::Arguments<'_>) -> String {
    let mut beginning = Beginning { text: String::new(), left: MAX_TEXT };
    // It fails where it is full.
    let _ = beginning.write_fmt(text);
    beginning.text
}

struct Beginning {
    text: String,
    left: usize,
}

impl fmt::Write for Beginning {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for character in part.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            self.text.push(if character.is_control() { ' ' } else { character });
        }
        Ok(())
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Ok(answer) => write!(f, "{}: {answer}", self.endpoint),
            Err(reason) => write!(f, "{} failed: {reason}", self.endpoint),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self {
            Self::Invalid(reason) => return f.write_str(reason),
            Self::Disagreement(Disagreement { method, needed, said }) => {
                write!(f, "fewer than {needed} endpoints agree on {method}")?;
                said
            }
            Self::Refused { transaction, said } => {
                write!(f, "no endpoint took the transaction {transaction}")?;
                said
            }
        };
        said.iter().try_for_each(|one| write!(f, "; {one}"))
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        match failure {
            Failure::Disagreement(_) | Failure::Refused { .. } => Self::Unavailable(text),
            Failure::Invalid(_) => Self::Invalid(text),
        }
    }
}
