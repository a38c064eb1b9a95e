//! From the runtime data to the quote: everything that binds a machine's quote to its hardware report, but the
//! verification of that report.

use alloc::{boxed::Box, vec::Vec};

use super::{
    hcl::{HARDWARE_REPORT_BYTES, HardwareKind, HclEvidence, HclReport},
    policy::AzurePolicy,
    refusal::AzureRefusal,
    runtime_data::RuntimeData,
    td_report,
};
use crate::{
    domain::sha256,
    signature::{self, SignatureVerifier},
    tpm::{
        AttestationKey, CheckedChain, CheckedQuote, KeyId, PcrValue, QuoteSignature, TpmRefusal, check_quote,
        verify_chain,
    },
};

/// Where AMD's report has the 64 bytes that the paravisor had put into it (SEV-SNP ABI, table 23).
const SNP_REPORT_DATA: usize = 0x50;

/// A machine's evidence, without the hardware's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureEvidence {
    /// The paravisor's report.
    pub hcl: HclEvidence,
    /// The virtual TPM's quote (`TPMS_ATTEST`), as it was signed.
    pub quote: Vec<u8>,
    /// Its signature.
    pub signature: QuoteSignature,
    /// The values of the quoted registers; all of them, or none if only their digest is known.
    pub pcrs: Vec<PcrValue>,
    /// DER-encoded certificates of the attestation key, its own first; none if the machine did not send them.
    pub certificates: Vec<Vec<u8>>,
}

/// What Microsoft says about the certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AzureEndorsements {
    /// DER-encoded revocation lists of the authorities in the attestation key's chain.
    pub revocation_lists: Vec<Vec<u8>>,
}

/// A quote that is bound to a hardware report which nobody has verified yet. It proves nothing alone: whoever can
/// write bytes can write all of it.
#[must_use = "this is a part of a verification, not a verdict"]
pub struct AzureBinding<'a> {
    pub(super) kind: HardwareKind,
    pub(super) hardware_report: Option<Box<[u8; HARDWARE_REPORT_BYTES]>>,
    pub(super) runtime_data: RuntimeData,
    pub(super) runtime_data_hash: [u8; 32],
    pub(super) quote: CheckedQuote<'a>,
    pub(super) pcrs: &'a [PcrValue],
    /// The chain that certifies the key.
    pub(super) certified: Option<CheckedChain>,
    /// Whether the policy takes the danger of a chain without its revocation lists.
    pub(super) danger_takes_missing_lists: bool,
}

impl AzureBinding<'_> {
    /// Which hardware the machine says it runs on.
    pub const fn kind(&self) -> HardwareKind {
        self.kind
    }

    /// The report that the hardware has to vouch for; `None` if the evidence has only runtime data.
    pub fn hardware_report(&self) -> Option<&[u8; HARDWARE_REPORT_BYTES]> {
        self.hardware_report.as_deref()
    }

    /// The root that certifies the attestation key; `None` if no chain does.
    pub fn certificate_root(&self) -> Option<KeyId> {
        self.certified.as_ref().map(|chain| chain.root)
    }

    /// Whether there was a revocation list of every issuer in that chain.
    pub fn is_revocation_checked(&self) -> bool {
        self.certified.as_ref().is_some_and(|chain| chain.revocation_checked)
    }

    /// Whether that root's word counts, so that the machine is Azure's: no revocation list that the chain points at is
    /// missing, or the policy takes that danger.
    pub fn is_certified(&self) -> bool {
        self.certified.as_ref().is_some_and(|chain| !chain.lacks_lists || self.danger_takes_missing_lists)
    }

    /// The challenge that the quote carries.
    pub const fn nonce(&self) -> &[u8] {
        self.quote.attest.extra_data
    }

    /// The report data that the hardware's evidence has to carry.
    pub(super) fn expected_report_data(&self) -> [u8; 64] {
        report_data_of(&self.runtime_data_hash)
    }
}

/// Checks everything but the hardware's own evidence. `now` is in Unix seconds.
///
/// # Errors
/// The first [`AzureRefusal`] met, in the order of [`super::AzureCheck`].
pub fn check_azure_binding<'a>(
    evidence: &'a AzureEvidence,
    endorsements: &AzureEndorsements,
    policy: &AzurePolicy,
    now: u64,
) -> Result<AzureBinding<'a>, AzureRefusal> {
    check_azure_binding_with(&signature::Fastest::default(), evidence, endorsements, policy, now)
}

/// [`check_azure_binding`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`check_azure_binding`].
pub fn check_azure_binding_with<'a>(
    verifier: &impl SignatureVerifier,
    evidence: &'a AzureEvidence,
    endorsements: &AzureEndorsements,
    policy: &AzurePolicy,
    now: u64,
) -> Result<AzureBinding<'a>, AzureRefusal> {
    if policy.pcrs.banks.is_empty() {
        return Err(TpmRefusal::PolicyAcceptsNothing.into());
    }
    let HclReport { kind, hardware_report, runtime_data: json } = evidence.hcl.parse()?;
    let report_data = match (kind, &hardware_report) {
        (HardwareKind::Snp, Some(report)) => Some(snp_report_data(report)),
        (HardwareKind::Tdx, Some(report)) => Some(td_report::report_data(report)?),
        (HardwareKind::Snp | HardwareKind::Tdx, None) => None,
    };
    let runtime_data = RuntimeData::parse(json)?;
    let runtime_data_hash = sha256(json);
    if report_data.is_some_and(|found| found != report_data_of(&runtime_data_hash)) {
        return Err(AzureRefusal::RuntimeDataHash);
    }
    let key = || Ok(runtime_data.key.clone());
    let quote = check_quote(verifier, &evidence.quote, &evidence.signature, &evidence.pcrs, key, &policy.pcrs)?;
    let certified = certified(verifier, &runtime_data.key, evidence, endorsements, policy, now)?;
    Ok(AzureBinding {
        kind,
        hardware_report,
        runtime_data,
        runtime_data_hash,
        quote,
        pcrs: &evidence.pcrs,
        certified,
        danger_takes_missing_lists: policy.danger_allow_missing_revocation_lists,
    })
}

/// The paravisor has the hash of its runtime data reported, and nothing else.
fn report_data_of(hash: &[u8; 32]) -> [u8; 64] {
    let mut report_data = [0; 64];
    report_data[..32].copy_from_slice(hash);
    report_data
}

fn snp_report_data(report: &[u8; HARDWARE_REPORT_BYTES]) -> [u8; 64] {
    let mut report_data = [0; 64];
    report_data.copy_from_slice(&report[SNP_REPORT_DATA..SNP_REPORT_DATA + 64]);
    report_data
}

/// The root that certifies the attestation key, if one does. A key's own certificate alone, whose issuer the
/// machine did not send, is compared with the key; it proves nothing and is not counted.
fn certified(
    verifier: &impl SignatureVerifier,
    key: &AttestationKey,
    evidence: &AzureEvidence,
    endorsements: &AzureEndorsements,
    policy: &AzurePolicy,
    now: u64,
) -> Result<Option<CheckedChain>, AzureRefusal> {
    let certificates = &evidence.certificates;
    let Some(own) = certificates.first() else {
        return if policy.require_certificate { Err(AzureRefusal::CertificateMissing) } else { Ok(None) };
    };
    if AttestationKey::from_certificate(own)? != *key {
        return Err(TpmRefusal::CertificateKey.into());
    }
    if certificates.len() == 1 && !policy.require_certificate {
        return Ok(None);
    }
    let lists = &endorsements.revocation_lists;
    // Where no certificate is required, one without its lists refuses nothing: it does not count either.
    let allow_missing = policy.danger_allow_missing_revocation_lists || !policy.require_certificate;
    Ok(Some(verify_chain(verifier, certificates, lists, &policy.roots, allow_missing, now)?))
}
