//! What the gateway itself answers when it cannot relay.

use axum::{
    http::{HeaderValue, StatusCode, header},
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
    /// The path names no worker.
    #[error("'{0}' is not a worker's id: 64 hexadecimal digits, with or without 0x in front")]
    NotAWorker(String),
    /// The chain knows no such worker.
    #[error("there is no such worker on this network")]
    NoWorker,
    /// The chain knows no such contract.
    #[error("there is no such contract on this network")]
    NoContract,
    /// Nobody holds it now.
    #[error("no worker holds this contract now; try again shortly")]
    NotLeased,
    /// Its worker's address is none that this gateway relays to.
    #[error("the worker is at an address that this gateway does not relay to")]
    BadEndpoint,
    /// The worker cannot be reached.
    #[error("the worker cannot be reached; try again shortly")]
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
    #[error("the gateway carries as many calls and components as it can; try again shortly")]
    Busy,
    /// Too much of one address at one time.
    #[error("the gateway carries as many calls of this address as it does of any; try again when one has ended")]
    TooManyCalls,
    /// A path that is not there.
    #[error("there is nothing here; the README lists the gateway's paths")]
    NoSuchPath,

    /// The text is no hash.
    #[error("'{0}' is not a hash: 64 hexadecimal digits, with or without 0x in front")]
    NotAHash(String),
    /// No such component.
    #[error("this gateway does not have this component")]
    NoCode,
    /// The bytes are no component, and no sealed one.
    #[error("the body is neither a WebAssembly component nor sealed code")]
    NotAComponent,
    /// The store has reached its limit, or the disk is full.
    #[error("the gateway has no room for more components")]
    Full,
    /// The upload gave way to others'.
    #[error("the upload gave way to those of addresses that hold less; try again shortly")]
    Displaced,
    /// The body broke off.
    #[error("the body broke off")]
    BrokenBody,
    /// The body does not come.
    #[error("the body comes too slowly")]
    SlowBody,
    /// The gateway failed.
    #[error("the gateway failed; its operator finds the reason in its log")]
    Failed,
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAContract(_) => "not-a-contract",
            Self::NotAWorker(_) => "not-a-worker",
            Self::NoWorker => "no-worker",
            Self::NoContract => "no-contract",
            Self::NotLeased => "not-leased",
            Self::BadEndpoint => "bad-endpoint",
            Self::WorkerUnreachable => "worker-unreachable",
            Self::Timeout => "timeout",
            Self::NoChain => "no-chain",
            Self::TooLarge(_) => "too-large",
            Self::Busy => "busy",
            Self::TooManyCalls => "too-many-calls",
            Self::NoSuchPath => "no-such-path",
            Self::NotAHash(_) => "not-a-hash",
            Self::NoCode => "no-code",
            Self::NotAComponent => "not-a-component",
            Self::Full => "full",
            Self::Displaced => "displaced",
            Self::BrokenBody => "broken-body",
            Self::SlowBody => "slow-body",
            Self::Failed => "failed",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotAContract(_)
            | Self::NotAWorker(_)
            | Self::NotAHash(_)
            | Self::NotAComponent
            | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::NoContract | Self::NoWorker | Self::NoSuchPath | Self::NoCode => StatusCode::NOT_FOUND,
            Self::NotLeased | Self::Busy | Self::NoChain | Self::Displaced => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyCalls => StatusCode::TOO_MANY_REQUESTS,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
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
        let mut response = (self.status(), [("content-type", "application/json")], body).into_response();
        if matches!(self, Self::Busy | Self::TooManyCalls) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
