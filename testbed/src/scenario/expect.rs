//! What a step expects. What it does not mention may be anything; but a call that is refused is expected to be.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Content, Stored, key};

/// What is expected of a call.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// The status of the answer.
    pub status: Option<u16>,
    /// Header fields of the answer, among others.
    pub headers: BTreeMap<String, String>,
    /// The content of the answer.
    pub body: Option<Content>,
    /// What the call gave of an answer's content before its end, piece by piece, also where there is none in the end.
    pub pieces: Option<Vec<Content>>,
    /// That there is no answer, and why not.
    pub refusal: Option<RefusalWord>,
    /// A part of what the refusal says.
    pub message: Option<String>,
    /// The most fuel that the call may use.
    pub gas_at_most: Option<u64>,
    /// The runs of the contract's schedule between the step before and this one: the entry's name each, and, behind a
    /// space, why a run was refused. Without it, none of them may be refused.
    pub runs: Option<Vec<String>>,
    /// Parts of log lines, of those runs and of the call, `level text` each, in this order, with any lines between.
    pub logs: Vec<String>,
    /// What the store holds afterwards, among other entries.
    pub state: BTreeMap<String, Stored>,
    /// The call that the contract reports to the chain.
    pub report: Option<Content>,
}

/// Why a call is not answered: the code that its caller gets, or, more exactly, the case of the contract's own error or
/// the limit that ended the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalWord {
    /// The contract returned an error.
    ContractError,
    /// Its case `denied`.
    Denied,
    /// Its case `limit`.
    Limit,
    /// Its case `timeout`.
    Timeout,
    /// Its case `invalid`.
    Invalid,
    /// Its case `conflict`.
    Conflict,
    /// Its case `not-found`.
    NotFound,
    /// Its case `unavailable`.
    Unavailable,
    /// Its case `other`.
    Other,
    /// A limit of the manifest ended the call.
    LimitExceeded,
    /// That of fuel.
    Fuel,
    /// That of memory.
    Memory,
    /// That of wall time.
    WallTime,
    /// That of the response.
    Response,
    /// That of the state as a whole.
    Storage,
    /// The contract's code failed.
    ContractFailed,
    /// The request is larger than the manifest allows.
    TooLarge,
    /// The manifest wants the caller to be an account.
    CallerRequired,
    /// The manifest wants the caller to be a contract.
    ContractsOnly,
    /// The path takes a webhook's deliveries only.
    WebhookOnly,
    /// The contract's `init` failed, and has to succeed before a call.
    InitFailed,
    /// So did its `migrate`.
    MigrateFailed,
}

impl RefusalWord {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::ContractError => "contract-error",
            Self::Denied => "denied",
            Self::Limit => "limit",
            Self::Timeout => "timeout",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::NotFound => "not-found",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
            Self::LimitExceeded => "limit-exceeded",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::WallTime => "wall-time",
            Self::Response => "response",
            Self::Storage => "storage",
            Self::ContractFailed => "contract-failed",
            Self::TooLarge => "too-large",
            Self::CallerRequired => "caller-required",
            Self::ContractsOnly => "contracts-only",
            Self::WebhookOnly => "webhook-only",
            Self::InitFailed => "init-failed",
            Self::MigrateFailed => "migrate-failed",
        }
    }
}

impl Expect {
    /// Refuses what can never be.
    pub(super) fn check(&self) -> Result<(), String> {
        let answered =
            self.status.is_some() || !self.headers.is_empty() || self.body.is_some() || self.report.is_some();
        if self.refusal.is_some() && answered {
            return Err("expect: a refusal has no status, headers, body or report".into());
        }
        if self.message.is_some() && self.refusal.is_none() {
            return Err("expect: message is a refusal's; say which with refusal".into());
        }
        self.state.keys().try_for_each(|name| key(name).map(drop))
    }

    /// What is expected of the store, by its keys.
    pub fn stored(&self) -> impl Iterator<Item = (&str, Vec<u8>, &Stored)> {
        // Each key was read before.
        self.state.iter().filter_map(|(name, value)| Some((name.as_str(), key(name).ok()?, value)))
    }
}
