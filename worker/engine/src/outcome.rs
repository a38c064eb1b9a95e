//! What came of a call.

use std::{collections::BTreeMap, time::Duration};

use adyton_protocol::receipt::EgressRecord;

use crate::{
    host::{DatabaseChange, Scheduled, ScheduledRequest, Value},
    message::Response,
    object::ObjectsChange,
    warm::Kept,
};

pub use crate::bindings::phat::contract::{log::Level, types::Error as GuestError};

/// What came of a call: how it ended, and what it left behind in any case.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What it used.
    pub usage: Usage,
    /// Its log lines.
    pub logs: Vec<LogLine>,
    /// How many lines were dropped because the limit was reached.
    pub dropped_log_lines: u32,
    /// Each request that left the worker, in the order in which they were sent.
    pub egress: Vec<EgressRecord>,
    /// The instance, where the manifest says `reuse` and the call has answered. Whoever has committed what the call wrote
    /// says [`Kept::keep`], and the contract's next calls may have it.
    pub kept: Option<Kept>,
}

/// How a call ended. Only [`Ending::Answered`] carries anything to commit.
#[derive(Debug)]
pub enum Ending {
    /// The contract answered.
    Answered(Answer),
    /// The contract returned an error, on purpose.
    GuestError(GuestError),
    /// A limit of the manifest ended the call.
    Exceeded(Limit),
    /// The contract did something that WebAssembly does not allow, or returned something that is no
    /// response; what, in English.
    Trapped(String),
    /// The worker failed: not the contract's fault. Details are for the operator, not for the caller.
    HostFailed(String),
    /// A bug in the worker: it is in the log.
    HostBug,
}

/// What a contract's own error says, in words for people; its type's form in code is not for them.
pub fn in_words(error: &GuestError) -> String {
    match error {
        GuestError::Denied(text) => format!("denied: {text}"),
        GuestError::Limit(text) => format!("a limit is reached: {text}"),
        GuestError::Timeout => "it took too long".into(),
        GuestError::Invalid(text) => format!("invalid: {text}"),
        GuestError::Conflict => "the value is not the expected one".into(),
        GuestError::NotFound => "there is nothing under this name".into(),
        GuestError::Unavailable(text) => format!("unavailable: {text}"),
        GuestError::Other(text) => text.clone(),
    }
}

/// The name of a contract's own error's case, as `wit/types.wit` has it.
pub fn case(error: &GuestError) -> &'static str {
    match error {
        GuestError::Denied(_) => "denied",
        GuestError::Limit(_) => "limit",
        GuestError::Timeout => "timeout",
        GuestError::Invalid(_) => "invalid",
        GuestError::Conflict => "conflict",
        GuestError::NotFound => "not-found",
        GuestError::Unavailable(_) => "unavailable",
        GuestError::Other(_) => "other",
    }
}

/// A contract's answer with everything that takes effect by it.
#[derive(Debug)]
pub struct Answer {
    /// The response.
    pub response: Response,
    /// The last write to each key; none: removed. To be committed atomically before the response leaves.
    pub writes: BTreeMap<Vec<u8>, Option<Value>>,
    /// The last change of each entry of the schedule; none: removed. To be committed with the writes.
    pub schedule: BTreeMap<String, Option<(Scheduled, ScheduledRequest)>>,
    /// What changed of the database. To be committed with the writes.
    pub database: Option<DatabaseChange>,
    /// What changed of the objects. To be committed with the writes.
    pub objects: Option<Box<ObjectsChange>>,
    /// The SCALE-encoded call that the contract reports to the chain.
    pub report: Option<Vec<u8>>,
}

/// A limit that ends a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Fuel.
    Fuel,
    /// Linear memory or table elements.
    Memory,
    /// Wall time.
    WallTime,
    /// The size of the response.
    Response,
}

impl Limit {
    /// The limit's name in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::WallTime => "wall time",
            Self::Response => "response bytes",
        }
    }
}

/// What a call used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Units of fuel.
    pub fuel: u64,
    /// How many of them were for what other contracts did that it called.
    pub called_fuel: u64,
    /// The most bytes of linear memory at one time.
    pub memory: u64,
    /// Bytes of keys and values written.
    pub writes: u64,
    /// Outgoing requests.
    pub egress_requests: u32,
    /// Bytes of content of outgoing requests and their answers.
    pub egress_bytes: u64,
    /// Time from start to end.
    pub wall: Duration,
}

/// A log line of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How important it is.
    pub level: Level,
    /// The text, without control characters but tab.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contracts_error_is_told_as_people_read_it() {
        assert_eq!(in_words(&GuestError::Denied("no rule covers it".into())), "denied: no rule covers it");
        assert_eq!(in_words(&GuestError::Timeout), "it took too long");
        assert_eq!(in_words(&GuestError::Other("my own words".into())), "my own words");
    }
}
