//! What the gateway itself answers when it cannot relay.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why something was not relayed or stored. Each has a stable code, a status, and a sentence that says what
/// to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The path names no contract.
    #[error("'{0}' is not a contract's id: 64 hexadecimal digits, with or without 0x in front")]
    NotAContract(String),
    /// The chain knows no such contract.
    #[error("there is no such contract on this network")]
    NoContract,
    /// Nobody holds it now.
    #[error("no worker holds this contract now; try again shortly")]
    NotLeased,
    /// Its worker's address is none that this gateway relays to.
    #[error("the worker that holds this contract is at an address that this gateway does not relay to")]
    BadEndpoint,
    /// The worker cannot be reached.
    #[error("the worker that holds this contract cannot be reached; try again shortly")]
    WorkerUnreachable,
    /// The worker took too long.
    #[error("the worker did not answer in time")]
    Timeout,
    /// The node cannot be reached, or says nothing that is understood.
    #[error("the gateway's chain node does not answer; try again shortly")]
    NoChain,
    /// The body is too long.
    #[error("the body has more than {0} bytes")]
    TooLarge(u64),
    /// Too much at one time.
    #[error("the gateway carries as many calls as it can; try again shortly")]
    Busy,
    /// A path that is not there.
    #[error("there is nothing here; the README lists the gateway's paths")]
    NoSuchPath,

    /// The text is no hash.
    #[error("'{0}' is not a hash: 64 hexadecimal digits, with or without 0x in front")]
    NotAHash(String),
    /// No such component.
    #[error("this gateway does not have this component")]
    NoCode,
    /// The bytes are no component.
    #[error("the body is not a WebAssembly component")]
    NotAComponent,
    /// The store has reached its limit, or the disk is full.
    #[error("the gateway has no room for more components")]
    Full,
    /// The body broke off.
    #[error("the body broke off")]
    BrokenBody,
    /// The gateway failed.
    #[error("the gateway failed; its operator finds the reason in its log")]
    Failed,
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAContract(_) => "not-a-contract",
            Self::NoContract => "no-contract",
            Self::NotLeased => "not-leased",
            Self::BadEndpoint => "bad-endpoint",
            Self::WorkerUnreachable => "worker-unreachable",
            Self::Timeout => "timeout",
            Self::NoChain => "no-chain",
            Self::TooLarge(_) => "too-large",
            Self::Busy => "busy",
            Self::NoSuchPath => "no-such-path",
            Self::NotAHash(_) => "not-a-hash",
            Self::NoCode => "no-code",
            Self::NotAComponent => "not-a-component",
            Self::Full => "full",
            Self::BrokenBody => "broken-body",
            Self::Failed => "failed",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotAContract(_) | Self::NotAHash(_) | Self::NotAComponent | Self::BrokenBody => {
                StatusCode::BAD_REQUEST
            }
            Self::NoContract | Self::NoSuchPath | Self::NoCode => StatusCode::NOT_FOUND,
            Self::NotLeased | Self::Busy | Self::NoChain => StatusCode::SERVICE_UNAVAILABLE,
            Self::BadEndpoint | Self::WorkerUnreachable => StatusCode::BAD_GATEWAY,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.code(), "message": self.to_string() }).to_string();
        (self.status(), [("content-type", "application/json")], body).into_response()
    }
}
