//! Why a platform gives no evidence.

use std::io;

/// Why a platform gives no evidence.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The configuration asks for no attestation.
    #[error("attestation cannot be turned off: configure `configfs-tsm` or `socket`")]
    AttestationOff,
    /// The kernel offers evidence of another kind.
    #[error("the kernel's provider is {0:?}, and only tdx_guest is supported")]
    Provider(String),
    /// Reading or writing failed.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Somebody else kept writing to the same report.
    #[error("another program keeps changing the report")]
    Conflict,
    /// The evidence is about something else than was asked.
    #[error("the platform answered another request than ours")]
    ReportData,
    /// The evidence is too short to be any.
    #[error("the platform's answer is not a quote")]
    Malformed,
    /// An answer or request is beyond its bound.
    #[error("a message to or from the device is larger than allowed")]
    TooLarge,
    /// The device's answer does not fit the question, or cannot be decoded.
    #[error("the device does not speak this protocol")]
    Protocol,
    /// The device refused, with its reason.
    #[error("the device refused: {0}")]
    Refused(String),
    /// The platform did not answer in time.
    #[error("the platform did not answer in time")]
    Timeout,
}

impl PlatformError {
    /// For `map_err`.
    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
