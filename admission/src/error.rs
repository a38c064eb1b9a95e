//! Why a program is not admitted.

use adyton_attestation_platform::PlatformError;
use adyton_protocol::ids::NetworkId;

/// Why a step towards admission did not come about.
#[derive(Debug, thiserror::Error)]
pub enum AdmissionError {
    /// The node cannot be reached, or what it shows is not proven.
    #[error("proving the chain: {0}")]
    Chain(#[from] adyton_chain_client::Error),
    /// A proven value does not read as what it should be.
    #[error("reading the chain: {0}")]
    Unreadable(#[from] adyton_chain_client::verifier::Refusal),
    /// The chain names no network: it is not one of ours.
    #[error("the chain names no network")]
    NoNetwork,
    /// The chain is another network's.
    #[error("the chain is network {found}, the configuration says {expected}")]
    OtherNetwork {
        /// What the chain says.
        found: NetworkId,
        /// What the configuration says.
        expected: NetworkId,
    },
    /// The platform gives no evidence.
    #[error("asking for evidence: {0}")]
    Platform(#[from] PlatformError),
    /// The chain registers no such evidence.
    #[error("evidence of kind {0} cannot be registered")]
    Kind(&'static str),
    /// An SEV-SNP report says nothing without it.
    #[error(
        "the host gives no certificate of the key that signed the report (VCEK or VLEK), and no service is asked for one; \
         have its operator put AMD's certificates into the host's certificate table, or name AMD's service under \
         `local.evidence.kds`"
    )]
    NoCertificate,
    /// The system gives no random bytes.
    #[error("drawing a nonce: {0}")]
    Randomness(#[from] rand_core::Error),
}
