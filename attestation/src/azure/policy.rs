//! What a relying party accepts of an Azure confidential machine, beside what it accepts of the hardware.

use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::tpm::{PcrPolicy, PcrSet, TpmRoot};

/// What a relying party accepts of an Azure confidential machine. The default accepts nothing.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct AzurePolicy {
    /// What is accepted of the virtual TPM's registers.
    pub pcrs: PcrPolicy,
    /// Whether the machine must have started with secure boot.
    pub require_secure_boot: bool,
    /// Whether the paravisor may say that the host's operator can reach a console of the machine: what the machine
    /// shows and takes there passes through the host. All machines recorded until the end of 2026 say so.
    #[serde(default)]
    pub allow_console: bool,
    /// Whether the attestation key must have a certificate too. The hardware report vouches for the key without
    /// one; the certificate adds that Azure itself made the machine.
    pub require_certificate: bool,
    /// Roots under which attestation keys are certified.
    pub roots: Vec<TpmRoot>,
    /// Lets a certificate count for whose issuer there is no revocation list. Without it, such a one is refused where a
    /// certificate is required; elsewhere it names neither Azure nor the machine.
    pub danger_allow_missing_revocation_lists: bool,
}

impl AzurePolicy {
    /// Secure boot, no console, strong banks with all of `required`; certificates under Microsoft's roots where there are
    /// any.
    pub fn strict(required: PcrSet) -> Self {
        Self {
            pcrs: PcrPolicy::strict(required),
            require_secure_boot: true,
            allow_console: false,
            require_certificate: false,
            roots: vec![TpmRoot::azure_virtual_tpm_2023(), TpmRoot::microsoft_rsa_devices_2021()],
            danger_allow_missing_revocation_lists: false,
        }
    }
}
