//! A machine over TDX for which there is no collateral of Intel's: everything that depends neither on the platform's
//! level nor on who is revoked. A domain in debug mode, one that others see into, and a machine that the policy denies
//! are refused here as they are with collateral. No verdict comes of it.

use super::{
    binding::{AzureBinding, AzureEndorsements, AzureEvidence, check_azure_binding_with},
    hcl::HardwareKind,
    refusal::AzureRefusal,
    td_report,
    verify::{require_configuration, require_kind},
};
use crate::{
    Document, EvidenceKind, IntelMeasurement, IntelPolicy, IntelRefusal, IntelRoot, MachineId, Policy, Refusal,
    intel::{
        certificate::{Certificate, Issuer, Role},
        pck::Platform,
        quote::{Environment, Quote},
        verify::{Body, require_platform_configuration, require_signatures},
    },
    pem,
    signature::{self, SignatureVerifier},
    tdx::TdReport,
    tpm::require_expected,
    verdict::{AZURE, azure_instance, azure_measurement},
};

/// Of an enclave's flags (Intel SDM volume 3D, "Layout of ATTRIBUTES"): it can be debugged.
const ENCLAVE_DEBUG: u64 = 0b10;

/// What a machine over TDX shows without Intel's collateral. Nobody knows whether its quoting enclave is Intel's, at
/// which level its platform is and whether that is revoked: it is no verdict, and nothing may be given for it.
#[must_use = "this is a part of a verification, not a verdict"]
pub struct UnjudgedAzureTdx<'a> {
    binding: AzureBinding<'a>,
    takes_exceptions: bool,
}

impl<'a> UnjudgedAzureTdx<'a> {
    /// The machine's own evidence, which the quote is about.
    pub const fn binding(&self) -> &AzureBinding<'a> {
        &self.binding
    }

    /// Whether the host can raise exceptions in the domain by taking memory away (`SEPT_VE_DISABLE` is off): there is
    /// never a verdict on such a domain.
    pub const fn takes_exceptions(&self) -> bool {
        self.takes_exceptions
    }
}

/// Checks of a machine over TDX all that can be checked without Intel's collateral. `now` is in Unix seconds.
///
/// # Errors
/// The first [`Refusal`] met.
pub fn check_azure_tdx<'a>(
    evidence: &'a AzureEvidence,
    endorsements: &AzureEndorsements,
    quote: &[u8],
    policy: &Policy,
    now: u64,
) -> Result<UnjudgedAzureTdx<'a>, Refusal> {
    check_azure_tdx_with(&signature::Fastest::default(), evidence, endorsements, quote, policy, now)
}

/// [`check_azure_tdx`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`check_azure_tdx`].
pub fn check_azure_tdx_with<'a>(
    verifier: &impl SignatureVerifier,
    evidence: &'a AzureEvidence,
    endorsements: &AzureEndorsements,
    quote: &[u8],
    policy: &Policy,
    now: u64,
) -> Result<UnjudgedAzureTdx<'a>, Refusal> {
    policy.require_kind(EvidenceKind::AzureTdx)?;
    let binding = check_azure_binding_with(verifier, evidence, endorsements, &policy.azure, now)?;
    require_kind(&binding, HardwareKind::Tdx)?;
    let quoted = quoted(verifier, quote, policy, now)?;
    if let Some(report) = binding.hardware_report() {
        td_report::require_quoted(report, &quoted.measurement, &quoted.report_data)?;
    }
    if quoted.report_data != binding.expected_report_data() {
        return Err(AzureRefusal::HardwareReportData.into());
    }
    require_configuration(&binding.runtime_data.configuration, &policy.azure)?;
    require_expected(binding.pcrs, &policy.azure.pcrs).map_err(AzureRefusal::Quote)?;
    require_allowed(&binding, &quoted, policy)?;
    Ok(UnjudgedAzureTdx { takes_exceptions: quoted.takes_exceptions, binding })
}

/// What was measured and the machine, as the policy wants them.
fn require_allowed(binding: &AzureBinding<'_>, quoted: &Quoted, policy: &Policy) -> Result<(), Refusal> {
    policy.measurements.require(&azure_measurement(&quoted.measurement.id(), &binding.quote.measurement_id))?;
    let own = azure_instance(&binding.runtime_data.configuration);
    let machine = quoted.machine.or(own.filter(|_| binding.is_certified()));
    policy.machines.require(machine.as_ref(), binding.is_certified().then_some(AZURE))?;
    policy.machines.require_not_denied(own.as_ref(), Some(AZURE))
}

/// A quote that has the signatures of a root's platform.
struct Quoted {
    measurement: IntelMeasurement,
    report_data: [u8; 64],
    machine: Option<MachineId>,
    takes_exceptions: bool,
}

/// The quote under the first root that its signatures lead to; else why the last refused.
fn quoted(verifier: &impl SignatureVerifier, quote: &[u8], policy: &Policy, now: u64) -> Result<Quoted, Refusal> {
    let mut refusal = Refusal::NoRoot(EvidenceKind::AzureTdx);
    for root in policy.roots.intel() {
        match Quoted::verify(verifier, quote, &root, &policy.intel, now) {
            Ok(quoted) => return Ok(quoted),
            Err(other) => refusal = AzureRefusal::Tdx(other).into(),
        }
    }
    Err(refusal)
}

impl Quoted {
    fn verify(
        verifier: &impl SignatureVerifier,
        quote: &[u8],
        root: &IntelRoot,
        policy: &IntelPolicy,
        now: u64,
    ) -> Result<Self, IntelRefusal> {
        if policy.accepts_nothing() {
            return Err(IntelRefusal::PolicyAcceptsNothing);
        }
        let quote = Quote::parse(quote, Environment::Tdx)?;
        let body = TdReport::parse(quote.kind, quote.body)?;
        let [leaf, authority, root_certificate] =
            pem::three_certificates(quote.chain).ok_or(IntelRefusal::ChainEncoding)?;
        root.require_certificate(&root_certificate, verifier)?;
        Certificate::parse(&root_certificate, Document::Root)?.require_valid(now)?;
        let authority = Certificate::parse(&authority, Document::PckCa)?;
        authority.require_role(Role::PckCa)?;
        authority.require_issuer(Issuer::Root, root.public_key(), verifier)?;
        authority.require_valid(now)?;
        let pck = Certificate::parse(&leaf, Document::PckCertificate)?;
        pck.require_role(Role::Pck)?;
        pck.require_issuer(Issuer::Name(authority.subject), &authority.public_key, verifier)?;
        pck.require_valid(now)?;
        let platform = Platform::of(&pck)?;
        require_signatures(&quote, &pck.public_key, verifier)?;
        if quote.qe_report.flags() & ENCLAVE_DEBUG != 0 {
            return Err(IntelRefusal::QeDebug);
        }
        let takes_exceptions = body.require_allowed_but_for_exceptions(policy)?;
        require_platform_configuration(platform.configuration, policy)?;
        Ok(Self {
            measurement: body.measurement(),
            report_data: *body.report_data(),
            machine: MachineId::from_ppid(platform.ppid),
            takes_exceptions,
        })
    }
}
