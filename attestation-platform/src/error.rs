//! Why a platform gives no evidence.

use std::io;

use crate::fetch::FetchError;

/// Why a platform gives no evidence.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The configuration asks for no attestation.
    #[error("attestation cannot be turned off: configure `configfs-tsm`, `gramine`, `nitro`, `azure-vtpm` or `socket`")]
    AttestationOff,
    /// The platform is there, and attests to nothing: its attestation is off, or it is in a debug mode.
    #[error("{platform} does not attest: found {found}, wanted {wanted}")]
    NotAttesting {
        /// Which platform.
        platform: &'static str,
        /// What it says of itself.
        found: String,
        /// What it has to say.
        wanted: &'static str,
    },
    /// The kernel offers evidence of another kind.
    #[error("the kernel's provider is {found:?}, and {wanted} is configured")]
    Provider {
        /// What the kernel says.
        found: String,
        /// What the configuration says.
        wanted: &'static str,
    },
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
    /// Two parts of the evidence do not belong together.
    #[error("{0}")]
    Mismatch(&'static str),
    /// The evidence is not of its form.
    #[error("the platform's answer is not {0}")]
    Malformed(&'static str),
    /// An answer or request is beyond its bound.
    #[error("a message to or from the device is larger than allowed")]
    TooLarge,
    /// The device's answer does not fit the question, or cannot be decoded.
    #[error("the device does not speak this protocol")]
    Protocol,
    /// The device refused, with its reason.
    #[error("the device refused: {0}")]
    Refused(String),
    /// A TPM refused a command.
    #[error("the TPM refused {command} with response code {code:#x}")]
    Tpm {
        /// The command's name.
        command: &'static str,
        /// The response code (TPM 2.0 library, part 2, section 6.6).
        code: u32,
    },
    /// The cloud's metadata service did not give what belongs to the evidence.
    #[error("the metadata service does not answer: {0}")]
    Metadata(String),
    /// A setting makes no sense.
    #[error("{field}: {problem}")]
    Setting {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Nobody gives the certificate without which an SNP report says nothing.
    #[error(
        "the host gives no certificate of the key that signed the report, and no service does: {0}\nhave the host's operator put AMD's certificates into the host's certificate table, or name a service that can be reached under `local.evidence.kds`"
    )]
    NoCertificate(#[source] FetchError),
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
