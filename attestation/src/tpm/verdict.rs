//! What the verification of a TPM quote returns.

use alloc::vec::Vec;
use codec::Encode;
use core::ops::Deref;
use scale_info::TypeInfo;
use serde::Serialize;

use super::{attest::ClockInfo, key::KeyId, pcr::PcrValue, refusal::TpmRefusal};

/// The facts of a verdict. On its own it proves nothing: only a [`TpmVerdict`] says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct TpmFacts {
    /// The attestation key.
    pub key: KeyId,
    /// The root that certifies it, if that is why it is trusted: SHA-256 of the root's public key.
    pub root: Option<KeyId>,
    /// Whether there was a revocation list of every issuer in the key's chain.
    pub revocation_checked: bool,
    /// The identity of what was measured: which registers were quoted, and the digest over them.
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// The register values. Empty if only their digest is known.
    pub pcrs: Vec<PcrValue>,
    /// The digest over the selected registers that was signed.
    #[serde(with = "hex::serde")]
    pub pcr_digest: Vec<u8>,
    /// What the quote carries for its asker.
    #[serde(with = "hex::serde")]
    pub nonce: Vec<u8>,
    /// The name of the key and of its parents, as the TPM states it.
    #[serde(with = "hex::serde")]
    pub qualified_signer: Vec<u8>,
    /// When it was signed, by the TPM's own counters.
    pub clock: ClockInfo,
    /// The TPM's firmware version, as its maker counts.
    pub firmware_version: u64,
    /// When the youngest document that this rests on began to be valid (Unix seconds).
    pub valid_from: u64,
    /// The last second at which everything that this rests on is valid.
    pub valid_until: u64,
    /// A hash of what was signed and of the key, not of the signature.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
}

/// A quote passed every check but the last, which is the caller's: its challenge ([`TpmVerdict::bind`]).
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmVerdict(TpmFacts);

impl TpmVerdict {
    pub(super) const fn new(facts: TpmFacts) -> Self {
        Self(facts)
    }

    /// The facts, without their proof.
    pub(crate) fn into_facts(self) -> TpmFacts {
        self.0
    }

    /// Requires that the quote answers `challenge`.
    ///
    /// # Errors
    /// [`TpmRefusal::NoChallenge`] if `challenge` is empty or all zero, [`TpmRefusal::Nonce`] if the quote carries
    /// another one.
    pub fn bind(self, challenge: &[u8]) -> Result<BoundTpmVerdict, TpmRefusal> {
        require_nonce(&self.0.nonce, challenge)?;
        Ok(BoundTpmVerdict(self))
    }
}

/// Requires that `nonce` is `challenge`, and that `challenge` can be one.
pub(crate) fn require_nonce(nonce: &[u8], challenge: &[u8]) -> Result<(), TpmRefusal> {
    if challenge.iter().all(|byte| *byte == 0) {
        return Err(TpmRefusal::NoChallenge);
    }
    if nonce == challenge { Ok(()) } else { Err(TpmRefusal::Nonce) }
}

impl Deref for TpmVerdict {
    type Target = TpmFacts;

    fn deref(&self) -> &TpmFacts {
        &self.0
    }
}

/// A [`TpmVerdict`] that answers the caller's own challenge.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundTpmVerdict(TpmVerdict);

impl BoundTpmVerdict {
    /// The facts, to be kept.
    pub fn into_facts(self) -> TpmFacts {
        self.0.0
    }
}

impl Deref for BoundTpmVerdict {
    type Target = TpmFacts;

    fn deref(&self) -> &TpmFacts {
        &self.0.0
    }
}
