//! The whole verification: the binding, the hardware's own evidence, and that they belong together.

use super::{
    binding::{AzureBinding, AzureEndorsements, AzureEvidence, check_azure_binding_with},
    hcl::HardwareKind,
    policy::AzurePolicy,
    refusal::AzureRefusal,
    runtime_data::VmConfiguration,
    td_report,
    verdict::{AzureFacts, AzureVerdict},
};
use crate::{
    CheckedCollateral, IntelPolicy, IntelRoot, IntelVerdict, domain,
    signature::{self, SignatureVerifier},
    snp::{SnpEndorsements, SnpPolicy, SnpRoot, SnpVerdict, verify_snp_with},
    tpm::require_expected,
    verify_tdx_with,
    x509::Window,
};

/// Intel's part: what [`crate::verify_tdx`] takes.
#[derive(Clone, Copy, Debug)]
pub struct AzureTdx<'a> {
    /// The quote that was made of the report inside the paravisor's.
    pub quote: &'a [u8],
    /// Checked collateral.
    pub collateral: &'a CheckedCollateral,
    /// The pinned root.
    pub root: &'a IntelRoot,
    /// What is accepted of the platform and of the paravisor's domain.
    pub policy: &'a IntelPolicy,
}

/// AMD's part: what [`crate::snp::verify_snp`] takes. The report is inside the paravisor's.
#[derive(Clone, Copy, Debug)]
pub struct AzureSnp<'a> {
    /// Certificates and revocation list.
    pub endorsements: SnpEndorsements<'a>,
    /// The pinned roots.
    pub roots: &'a [SnpRoot],
    /// What is accepted of the platform and of the paravisor's guest.
    pub policy: &'a SnpPolicy,
}

/// Verifies a machine over Intel TDX. `now` is in Unix seconds. What the evidence is *about* remains to be checked:
/// [`AzureVerdict::bind`].
///
/// # Errors
/// The first [`AzureRefusal`] met, in the order of [`super::AzureCheck`].
pub fn verify_azure_tdx(
    evidence: &AzureEvidence,
    endorsements: &AzureEndorsements,
    hardware: &AzureTdx<'_>,
    policy: &AzurePolicy,
    now: u64,
) -> Result<AzureVerdict<IntelVerdict>, AzureRefusal> {
    verify_azure_tdx_with(&signature::Fastest::default(), evidence, endorsements, hardware, policy, now)
}

/// [`verify_azure_tdx`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_azure_tdx`].
pub fn verify_azure_tdx_with(
    verifier: &impl SignatureVerifier,
    evidence: &AzureEvidence,
    endorsements: &AzureEndorsements,
    hardware: &AzureTdx<'_>,
    policy: &AzurePolicy,
    now: u64,
) -> Result<AzureVerdict<IntelVerdict>, AzureRefusal> {
    let binding = check_azure_binding_with(verifier, evidence, endorsements, policy, now)?;
    require_kind(&binding, HardwareKind::Tdx)?;
    let AzureTdx { quote, collateral, root, policy: tdx_policy } = *hardware;
    let verdict = verify_tdx_with(verifier, quote, collateral, root, tdx_policy, now).map_err(AzureRefusal::Tdx)?;
    if let Some(report) = binding.hardware_report() {
        td_report::require_quoted(report, &verdict.measurement, &verdict.report_data)?;
    }
    let hardware = Hardware {
        report_data: verdict.report_data,
        window: Window { not_before: verdict.valid_from, not_after: verdict.valid_until },
        evidence_id: verdict.evidence_id,
    };
    Ok(AzureVerdict::new(join(binding, &hardware, policy)?, verdict))
}

/// Verifies a machine over AMD SEV-SNP. `now` is in Unix seconds. What the evidence is *about* remains to be
/// checked: [`AzureVerdict::bind`].
///
/// # Errors
/// The first [`AzureRefusal`] met, in the order of [`super::AzureCheck`].
pub fn verify_azure_snp(
    evidence: &AzureEvidence,
    endorsements: &AzureEndorsements,
    hardware: &AzureSnp<'_>,
    policy: &AzurePolicy,
    now: u64,
) -> Result<AzureVerdict<SnpVerdict>, AzureRefusal> {
    verify_azure_snp_with(&signature::Fastest::default(), evidence, endorsements, hardware, policy, now)
}

/// [`verify_azure_snp`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_azure_snp`].
pub fn verify_azure_snp_with(
    verifier: &impl SignatureVerifier,
    evidence: &AzureEvidence,
    endorsements: &AzureEndorsements,
    hardware: &AzureSnp<'_>,
    policy: &AzurePolicy,
    now: u64,
) -> Result<AzureVerdict<SnpVerdict>, AzureRefusal> {
    let binding = check_azure_binding_with(verifier, evidence, endorsements, policy, now)?;
    require_kind(&binding, HardwareKind::Snp)?;
    let report = binding.hardware_report().ok_or(AzureRefusal::NoHardwareReport)?;
    let AzureSnp { endorsements, roots, policy: snp_policy } = *hardware;
    let verdict =
        verify_snp_with(verifier, report, &endorsements, roots, snp_policy, now).map_err(AzureRefusal::Snp)?;
    let hardware = Hardware {
        report_data: verdict.report_data,
        window: Window { not_before: verdict.valid_from, not_after: verdict.valid_until },
        evidence_id: verdict.evidence_id,
    };
    Ok(AzureVerdict::new(join(binding, &hardware, policy)?, verdict))
}

/// What joins a verdict on the hardware's evidence to the rest.
struct Hardware {
    report_data: [u8; 64],
    window: Window,
    evidence_id: [u8; 32],
}

pub(super) fn require_kind(binding: &AzureBinding<'_>, wanted: HardwareKind) -> Result<(), AzureRefusal> {
    let found = binding.kind();
    if found == wanted { Ok(()) } else { Err(AzureRefusal::Hardware { found, wanted }) }
}

/// Requires that the machine is set up as the policy wants it.
pub(super) fn require_configuration(configuration: &VmConfiguration, policy: &AzurePolicy) -> Result<(), AzureRefusal> {
    if policy.require_secure_boot && !configuration.secure_boot {
        return Err(AzureRefusal::SecureBoot);
    }
    if configuration.console_enabled && !policy.allow_console {
        return Err(AzureRefusal::Console);
    }
    if configuration.tpm_enabled { Ok(()) } else { Err(AzureRefusal::NoTpm) }
}

/// The facts, once the hardware's evidence is verified and about this runtime data.
fn join(binding: AzureBinding<'_>, hardware: &Hardware, policy: &AzurePolicy) -> Result<AzureFacts, AzureRefusal> {
    if hardware.report_data != binding.expected_report_data() {
        return Err(AzureRefusal::HardwareReportData);
    }
    let is_certified = binding.is_certified();
    let AzureBinding { kind, runtime_data, runtime_data_hash, quote, pcrs, certified, .. } = binding;
    require_configuration(&runtime_data.configuration, policy)?;
    require_expected(pcrs, &policy.pcrs)?;
    let window = certified.as_ref().map_or(hardware.window, |chain| chain.window.and(hardware.window));
    Ok(AzureFacts {
        hardware: kind,
        configuration: runtime_data.configuration,
        user_data: runtime_data.user_data,
        runtime_data: runtime_data_hash,
        attestation_key: quote.key.id(),
        revocation_checked: certified.as_ref().is_some_and(|chain| chain.revocation_checked),
        certified: is_certified,
        certificate_root: certified.map(|chain| chain.root),
        pcrs_id: quote.measurement_id,
        pcrs: pcrs.to_vec(),
        pcr_digest: quote.attest.pcr_digest.to_vec(),
        nonce: quote.attest.extra_data.to_vec(),
        clock: quote.attest.clock,
        firmware_version: quote.attest.firmware_version,
        valid_from: window.not_before,
        valid_until: window.not_after,
        evidence_id: domain::hash(domain::EVIDENCE, &[b"azure", &hardware.evidence_id, &quote.evidence_id]),
    })
}
