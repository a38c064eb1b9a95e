//! The evidence of the machine's GPUs as it is offered: over the statement of the offer, and signed by the boot's key,
//! which says that this program asked them through its own driver.

use adyton_attestation::nvidia::nonce_for_host;
use adyton_attestation_platform::{GpuEvidence, Gpus, PlatformError};
use adyton_protocol::{
    device::{self, DeviceEvidence},
    statement::AttestedStatement,
};
use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;

use crate::registration::prefixed;

/// One GPU's evidence, in hexadecimal with `0x`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfferedDevice {
    /// [`DeviceEvidence`] as it travels.
    pub evidence: String,
    /// Ed25519 by the statement's signing key over [`device::message`].
    pub signature: String,
}

/// Asks every GPU about `statement`.
pub(crate) async fn offered(
    gpus: &Gpus,
    statement: &AttestedStatement,
    key: &SigningKey,
) -> Result<Vec<OfferedDevice>, PlatformError> {
    let all = gpus.evidence(nonce_for_host(&statement.report_data())).await?;
    let offer = |GpuEvidence { report, certificates, .. }: &GpuEvidence| {
        let evidence = DeviceEvidence { report, certificates }.to_bytes();
        let message = device::message(&statement.network, &statement.digest(), &evidence);
        OfferedDevice { evidence: prefixed(&evidence), signature: prefixed(&key.sign(&message).to_bytes()) }
    };
    Ok(all.iter().map(offer).collect())
}
