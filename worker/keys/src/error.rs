//! What goes wrong on the way to a contract's keys.

use adyton_protocol::ids::WorkerId;
use adyton_threshold::ThresholdError;
use thiserror::Error;

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum KeysError {
    /// An answer, a partial or their combination was refused.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
    /// An answer has other purposes than were asked for.
    #[error("the answer is not for the secrets asked for")]
    OtherPurposes,
    /// Too few keyholders answered rightly; what each of the others said.
    #[error("{have} of the {need} keyholders needed answered{}", list(.failures))]
    TooFew {
        /// How many answers passed.
        have: usize,
        /// How many it takes.
        need: usize,
        /// Which keyholder failed, and how.
        failures: Vec<(WorkerId, AskError)>,
    },
    /// A name that names no key.
    #[error("a key's name has 1 to 64 bytes")]
    KeyName,
    /// More bytes than HKDF-SHA256 gives.
    #[error("at most 8160 bytes can be derived at once")]
    Length,
}

/// Why one keyholder gave nothing.
#[derive(Debug, Error)]
pub enum AskError {
    /// It could not be reached, or its answer broke off.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// It refused.
    #[error("refused: {message} ({code})")]
    Refused {
        /// Its short name for the reason.
        code: String,
        /// Its reason for people.
        message: String,
        /// Whether asking again a little later may help.
        passing: bool,
    },
    /// Its answer is longer than any right one.
    #[error("its answer is too long")]
    TooLong,
    /// Its answer did not pass the checks.
    #[error("wrong answer: {0}")]
    Wrong(String),
}

impl KeysError {
    /// Whether asking again a little later may help: every failing keyholder was out of reach or said so.
    pub fn passing(&self) -> bool {
        match self {
            Self::TooFew { failures, .. } => failures.iter().all(|(_, failure)| match failure {
                AskError::Unreachable(_) => true,
                AskError::Refused { passing, .. } => *passing,
                AskError::TooLong | AskError::Wrong(_) => false,
            }),
            Self::Threshold(_) | Self::OtherPurposes | Self::KeyName | Self::Length => false,
        }
    }
}

fn list(failures: &[(WorkerId, AskError)]) -> String {
    failures.iter().map(|(who, failure)| format!("; {who}: {failure}")).collect()
}
