//! The whole verification of a TPM quote, step by step.

use alloc::vec::Vec;

use super::{
    attest::Attest,
    chain::{self, CheckedChain},
    key::{AttestationKey, KeyEvidence},
    pcr::{self, PcrValue},
    policy::{PcrPolicy, TpmPolicy},
    refusal::TpmRefusal,
    signature::QuoteSignature,
    verdict::{TpmFacts, TpmVerdict},
};
use crate::{
    domain,
    signature::{self, SignatureVerifier},
    x509::Window,
};

/// A quote with what is needed to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmEvidence {
    /// `TPMS_ATTEST`, as it was signed.
    pub message: Vec<u8>,
    /// Its signature.
    pub signature: QuoteSignature,
    /// The values of the selected registers; all of them, or none if only their digest is known.
    pub pcrs: Vec<PcrValue>,
    /// The key that is said to have signed it.
    pub key: KeyEvidence,
}

/// What a TPM's maker or host says about its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TpmEndorsements {
    /// DER-encoded revocation lists of the authorities in the key's chain.
    pub revocation_lists: Vec<Vec<u8>>,
}

/// Verifies a TPM quote. `now` is in Unix seconds. What it is *about* remains to be checked: [`TpmVerdict::bind`].
///
/// # Errors
/// The first [`TpmRefusal`] met, in the order of [`super::TpmCheck`].
pub fn verify_tpm(
    evidence: &TpmEvidence,
    endorsements: &TpmEndorsements,
    policy: &TpmPolicy,
    now: u64,
) -> Result<TpmVerdict, TpmRefusal> {
    verify_tpm_with(&signature::Fastest::default(), evidence, endorsements, policy, now)
}

/// [`verify_tpm`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_tpm`].
pub fn verify_tpm_with(
    verifier: &impl SignatureVerifier,
    evidence: &TpmEvidence,
    endorsements: &TpmEndorsements,
    policy: &TpmPolicy,
    now: u64,
) -> Result<TpmVerdict, TpmRefusal> {
    let key = || AttestationKey::from_evidence(&evidence.key);
    let quote = check_quote(verifier, &evidence.message, &evidence.signature, &evidence.pcrs, key, &policy.pcrs)?;
    let Trust { root, window, revocation_checked } =
        require_trust(verifier, &quote.key, &evidence.key, endorsements, policy, now)?;
    pcr::require_expected(&evidence.pcrs, &policy.pcrs)?;
    require_state(&quote.attest, policy)?;
    Ok(TpmVerdict::new(TpmFacts {
        key: quote.key.id(),
        root,
        revocation_checked,
        pcrs: evidence.pcrs.clone(),
        pcr_digest: quote.attest.pcr_digest.to_vec(),
        measurement_id: quote.measurement_id,
        nonce: quote.attest.extra_data.to_vec(),
        qualified_signer: quote.attest.qualified_signer.to_vec(),
        clock: quote.attest.clock,
        firmware_version: quote.attest.firmware_version,
        valid_from: window.not_before,
        valid_until: window.not_after,
        evidence_id: quote.evidence_id,
    }))
}

/// A quote that its key signed, with registers that fit the policy's selection. Why the key is to be believed is
/// another question.
pub(crate) struct CheckedQuote<'a> {
    pub(crate) attest: Attest<'a>,
    pub(crate) key: AttestationKey,
    pub(crate) evidence_id: [u8; 32],
    pub(crate) measurement_id: [u8; 32],
}

/// Checks form, signature, selection and digest of a quote.
pub(crate) fn check_quote<'a>(
    verifier: &impl SignatureVerifier,
    message: &'a [u8],
    signature: &QuoteSignature,
    pcrs: &[PcrValue],
    key: impl FnOnce() -> Result<AttestationKey, TpmRefusal>,
    policy: &PcrPolicy,
) -> Result<CheckedQuote<'a>, TpmRefusal> {
    if policy.banks.is_empty() {
        return Err(TpmRefusal::PolicyAcceptsNothing);
    }
    let attest = Attest::parse(message)?;
    let signature = signature.parse()?;
    let key = key()?;
    signature.require(&key, message, verifier)?;
    pcr::require_banks(&attest.selections, policy)?;
    pcr::require_digest(&attest.selections, pcrs, attest.pcr_digest, signature.hash)?;
    let evidence_id = domain::hash(domain::EVIDENCE, &[b"tpm", message, &key.id().0]);
    let measurement_id = pcr::measurement_id(&attest.selections, attest.pcr_digest);
    Ok(CheckedQuote { attest, key, evidence_id, measurement_id })
}

/// Why the key is believed: under which root, for how long.
struct Trust {
    root: Option<super::KeyId>,
    window: Window,
    revocation_checked: bool,
}

/// The reason to believe in the key: the relying party knows it, or a pinned root leads to it.
fn require_trust(
    verifier: &impl SignatureVerifier,
    key: &AttestationKey,
    evidence: &KeyEvidence,
    endorsements: &TpmEndorsements,
    policy: &TpmPolicy,
    now: u64,
) -> Result<Trust, TpmRefusal> {
    if policy.keys.contains(&key.id()) {
        let window = Window { not_before: 0, not_after: u64::MAX };
        return Ok(Trust { root: None, window, revocation_checked: false });
    }
    let Some(leaf) = evidence.certificates.first() else {
        return Err(TpmRefusal::KeyNotTrusted);
    };
    if AttestationKey::from_certificate(leaf)? != *key {
        return Err(TpmRefusal::CertificateKey);
    }
    let CheckedChain { root, window, revocation_checked, .. } = chain::verify_chain(
        verifier,
        &evidence.certificates,
        &endorsements.revocation_lists,
        &policy.roots,
        policy.danger_allow_missing_revocation_lists,
        now,
    )?;
    Ok(Trust { root: Some(root), window, revocation_checked })
}

fn require_state(attest: &Attest<'_>, policy: &TpmPolicy) -> Result<(), TpmRefusal> {
    let (found, floor) = (attest.firmware_version, policy.minimum_firmware_version);
    if found < floor {
        return Err(TpmRefusal::FirmwareVersion { found, floor });
    }
    let (found, floor) = (attest.clock.reset_count, policy.minimum_reset_count);
    if found < floor {
        return Err(TpmRefusal::ResetCount { found, floor });
    }
    if policy.require_safe_clock && !attest.clock.safe {
        return Err(TpmRefusal::UnsafeClock);
    }
    Ok(())
}
