//! What the verification of an Azure confidential machine's evidence returns.

use alloc::vec::Vec;
use codec::Encode;
use core::ops::Deref;
use scale_info::TypeInfo;
use serde::Serialize;

use super::{hcl::HardwareKind, refusal::AzureRefusal, runtime_data::VmConfiguration};
use crate::tpm::{ClockInfo, KeyId, PcrValue, require_nonce};

/// The facts of a verdict, beside those of the hardware. On its own it proves nothing: only an [`AzureVerdict`]
/// says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct AzureFacts {
    /// The hardware.
    pub hardware: HardwareKind,
    /// What the paravisor says about the machine.
    pub configuration: VmConfiguration,
    /// What a program in the machine had put into the runtime data.
    #[serde(with = "hex::serde")]
    pub user_data: [u8; 64],
    /// SHA-256 of the runtime data.
    #[serde(with = "hex::serde")]
    pub runtime_data: [u8; 32],
    /// The virtual TPM's attestation key.
    pub attestation_key: KeyId,
    /// The root that certifies that key; `None` if no chain was given.
    pub certificate_root: Option<KeyId>,
    /// Whether there was a revocation list of every issuer in that key's chain.
    pub revocation_checked: bool,
    /// Whether that root's word counts, so that the machine is Azure's: no revocation list that the chain points at is
    /// missing, or the policy takes that danger.
    pub certified: bool,
    /// The identity of what was measured into the registers: which were quoted, and the digest over them.
    #[serde(with = "hex::serde")]
    pub pcrs_id: [u8; 32],
    /// The register values. Empty if only their digest is known.
    pub pcrs: Vec<PcrValue>,
    /// The digest over the quoted registers that was signed.
    #[serde(with = "hex::serde")]
    pub pcr_digest: Vec<u8>,
    /// What the quote carries for its asker.
    #[serde(with = "hex::serde")]
    pub nonce: Vec<u8>,
    /// When the quote was signed, by the virtual TPM's own counters.
    pub clock: ClockInfo,
    /// The virtual TPM's firmware version.
    pub firmware_version: u64,
    /// When the youngest document that this rests on began to be valid (Unix seconds).
    pub valid_from: u64,
    /// The last second at which everything that this rests on is valid.
    pub valid_until: u64,
    /// A hash of the hardware evidence's identity and the quote's, not of their encodings or signatures.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
}

/// Evidence passed every check but the last, which is the caller's: its challenge ([`AzureVerdict::bind`]). `H` is
/// the verdict on the hardware's own evidence.
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureVerdict<H> {
    facts: AzureFacts,
    hardware: H,
}

impl<H> AzureVerdict<H> {
    pub(super) const fn new(facts: AzureFacts, hardware: H) -> Self {
        Self { facts, hardware }
    }

    /// The facts and the hardware's verdict, without their proof.
    pub(crate) fn into_parts(self) -> (AzureFacts, H) {
        (self.facts, self.hardware)
    }

    /// The verdict on the hardware's own evidence.
    pub const fn hardware(&self) -> &H {
        &self.hardware
    }

    /// Requires that the quote answers `challenge`.
    ///
    /// # Errors
    /// [`AzureRefusal::Quote`] if `challenge` is empty or all zero, or the quote carries another one.
    pub fn bind(self, challenge: &[u8]) -> Result<BoundAzureVerdict<H>, AzureRefusal> {
        require_nonce(&self.facts.nonce, challenge)?;
        Ok(BoundAzureVerdict(self))
    }

    /// Requires that the runtime data is about `statement` (its user data). It says nothing about when: a quote
    /// answers a challenge ([`AzureVerdict::bind`]), runtime data does not.
    ///
    /// # Errors
    /// [`AzureRefusal::UserData`] if it is about anything else.
    pub fn require_user_data(&self, statement: &[u8; 64]) -> Result<(), AzureRefusal> {
        if self.facts.user_data == *statement { Ok(()) } else { Err(AzureRefusal::UserData) }
    }
}

impl<H> Deref for AzureVerdict<H> {
    type Target = AzureFacts;

    fn deref(&self) -> &AzureFacts {
        &self.facts
    }
}

/// An [`AzureVerdict`] that answers the caller's own challenge.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundAzureVerdict<H>(AzureVerdict<H>);

impl<H> BoundAzureVerdict<H> {
    /// The facts and the hardware's verdict, to be kept.
    pub fn into_parts(self) -> (AzureFacts, H) {
        (self.0.facts, self.0.hardware)
    }
}

impl<H> Deref for BoundAzureVerdict<H> {
    type Target = AzureFacts;

    fn deref(&self) -> &AzureFacts {
        &self.0.facts
    }
}
