//! Why there is no connection or no result. Of an address our own texts have the host alone.

use std::io;

use crate::egress::{EgressError, InvalidUrl};

/// See the module.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The address is none.
    #[error("not an address of a database: {0}")]
    Address(String),
    /// The manifest does not allow it.
    #[error("{0}")]
    Denied(String),
    /// As many connections are open as may be.
    #[error("this call has its most connections open")]
    TooMany,
    /// A limit of the call.
    #[error("{0}")]
    Limit(String),
    /// The server sent more than may be taken, or would have to be sent more.
    #[error("more than {0} bytes")]
    TooLarge(u64),
    /// No connection, or it broke.
    #[error("{0}")]
    Unavailable(String),
    /// It took too long.
    #[error("no complete answer in time")]
    Timeout,
    /// An earlier failure has ended the connection.
    #[error("the connection is closed; open another one")]
    Closed,
    /// The server does not keep to the protocol.
    #[error("the server's answer makes no sense: {0}")]
    Nonsense(&'static str),
    /// The server's own error.
    #[error("{0}")]
    Server(String),
    /// A parameter, or the statement itself, cannot be sent.
    #[error("{0}")]
    Parameter(String),
    /// A value of the result cannot be given to the contract.
    #[error("{0}")]
    Value(String),
}

impl Failure {
    /// Whether it leaves the connection in the middle of something.
    pub(super) fn breaks(&self) -> bool {
        match self {
            Self::Server(_) | Self::Parameter(_) | Self::Value(_) => false,
            Self::Address(_)
            | Self::Denied(_)
            | Self::TooMany
            | Self::Limit(_)
            | Self::TooLarge(_)
            | Self::Unavailable(_)
            | Self::Timeout
            | Self::Closed
            | Self::Nonsense(_) => true,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(match error.kind() {
            io::ErrorKind::UnexpectedEof => "the server closed the connection".into(),
            _other => format!("the connection broke: {error}"),
        })
    }
}

impl From<EgressError> for Failure {
    fn from(error: EgressError) -> Self {
        let text = error.to_string();
        match error {
            EgressError::Address { .. } => Self::Denied(text),
            EgressError::TooLarge { limit, .. } => Self::TooLarge(limit),
            EgressError::Timeout => Self::Timeout,
            EgressError::Resolution { .. } | EgressError::Unavailable { .. } | EgressError::Certificate { .. } => {
                Self::Unavailable(text)
            }
        }
    }
}

impl From<InvalidUrl> for Failure {
    fn from(invalid: InvalidUrl) -> Self {
        Self::Address(invalid.to_string())
    }
}
