//! Azure's confidential machines: in the JSON and YAML that tools write, or in separate files; over SEV-SNP or TDX.

use adyton_attestation::{
    Check, CommonCheck, Evidence, EvidenceKind, IntelCheck, Outcome, Refusal,
    azure::{
        AzureCheck, AzureEndorsements, AzureEvidence, AzureRefusal, HclEvidence, UnjudgedAzureTdx,
        check_azure_tdx_with,
        files::{AzureFile, HardwareFile},
    },
    tpm::KeyId,
    verify_with,
};
use serde_json::json;

use crate::{
    endorsement::Endorsements,
    error::{Lacking, Misuse, Result, misuse},
    file::File,
    input::Input,
    intel::{checked, collateral, say_level},
    judgement::Judgement,
    kind::Kind,
    machine_part::MachinePart,
    snp::Certificates,
};

/// Where the paravisor's report has the hardware's, and how long that is.
const HARDWARE_REPORT: std::ops::Range<usize> = 32..32 + 1184;
/// Why what rests on the hardware is not known.
const NO_HARDWARE: &str = "no collateral was given, so that intel's part is not judged";

/// How the paravisor's report begins.
const HCL: &[u8] = b"HCLA";

/// A machine's evidence, or why it cannot be read.
fn read(input: &mut Input) -> Result<Result<AzureFile, String>> {
    if input.evidence.bytes.starts_with(HCL) {
        let reason =
            "it is the paravisor's report alone, and a machine's evidence has its TPM's quote too, in JSON or YAML";
        return Ok(Err(reason.into()));
    }
    match (input.kind, MachinePart::of(&input.evidence.bytes)) {
        (Kind::AzureTdx, Some(part)) => part.join(&input.evidence, &mut input.endorsements),
        _ => Ok(AzureFile::read(&input.evidence.bytes).map_err(|error| error.to_string())),
    }
}

/// A machine's evidence in JSON or YAML.
fn of_text(evidence: &File) -> Result<AzureFile> {
    AzureFile::read(&evidence.bytes).map_err(|error| misuse(format!("{}: {error}", evidence.name())))
}

/// The quote of a machine over TDX.
pub fn quote_of(evidence: &File) -> Result<Vec<u8>> {
    if MachinePart::of(&evidence.bytes) == Some(MachinePart::TdxQuote) {
        return Ok(evidence.bytes.clone());
    }
    match of_text(evidence)?.hardware {
        HardwareFile::Tdx { quote } => Ok(quote),
        HardwareFile::Snp { .. } => Err(misuse("the machine runs on SEV-SNP: its kind is azure-snp")),
    }
}

/// The hardware's report of a machine over SEV-SNP.
pub fn report_of(evidence: &File) -> Result<Vec<u8>> {
    let file = of_text(evidence)?;
    match (&file.hardware, &file.evidence.hcl) {
        (HardwareFile::Snp { .. }, HclEvidence::Report(report)) => {
            let report = report.get(HARDWARE_REPORT).ok_or_else(|| misuse("the paravisor's report is truncated"))?;
            Ok(report.to_vec())
        }
        _ => Err(misuse("the machine runs on TDX: its kind is azure-tdx")),
    }
}

/// Judges a machine.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let AzureFile { mut evidence, hardware } = match read(input)? {
        Ok(file) => file,
        Err(reason) => return Ok(Judgement::malformed(AzureCheck::HclReport.name(), reason)),
    };
    match (input.kind, hardware) {
        (Kind::AzureSnp, HardwareFile::Snp { vcek }) => on_snp(input, &mut evidence, vcek),
        (Kind::AzureTdx, HardwareFile::Tdx { quote }) => on_tdx(input, &mut evidence, &quote),
        (_, HardwareFile::Snp { .. }) => Ok(other_hardware("sev-snp", "tdx")),
        (_, HardwareFile::Tdx { .. }) => Ok(other_hardware("tdx", "sev-snp")),
    }
}

fn other_hardware(found: &str, wanted: &str) -> Judgement {
    Judgement::malformed(
        AzureCheck::HardwareBinding.name(),
        format!("the machine runs on {found}, and its kind says {wanted}"),
    )
}

/// What Microsoft says about the attestation key: authorities that the machine did not send, and revocation lists.
fn of_microsoft(endorsements: &mut Endorsements, evidence: &mut AzureEvidence) -> AzureEndorsements {
    evidence.certificates.extend(endorsements.certificates());
    let chain: Vec<&[u8]> = evidence.certificates.iter().map(Vec::as_slice).collect();
    AzureEndorsements { revocation_lists: endorsements.lists_of_issuers_in(&chain) }
}

fn on_snp(input: &mut Input, evidence: &mut AzureEvidence, vcek: Option<Vec<u8>>) -> Result<Judgement> {
    let is_microsofts = |name: &str| !name.is_empty() && !name.starts_with("SEV-");
    let mut certificates = Certificates::take(&mut input.endorsements, is_microsofts)?;
    certificates.vek = certificates.vek.or(vcek);
    certificates.take_unknown(&mut input.endorsements)?;
    let endorsements = of_microsoft(&mut input.endorsements, evidence);
    let hardware = certificates.endorsements();
    let evidence = Evidence::AzureSnp { machine: evidence, endorsements: &endorsements, hardware };
    let result = verify_with(&input.signatures, &evidence, &input.policy, input.now);
    if certificates.are_missed_by(&result) {
        return Err(Misuse::Lacks {
            what: Lacking::Certificate,
            said: "the file has no certificate of the chip's key",
        });
    }
    Ok(Judgement::of(EvidenceKind::AzureSnp, result, input.expected.as_deref(), input.now))
}

fn on_tdx(input: &mut Input, evidence: &mut AzureEvidence, quote: &[u8]) -> Result<Judgement> {
    let endorsements = of_microsoft(&mut input.endorsements, evidence);
    let Some(file) = &input.collateral else {
        return without_collateral(input, evidence, &endorsements, quote);
    };
    let collateral = match collateral(file)? {
        Ok(collateral) => collateral,
        Err(refusal) => {
            let refusal = AzureRefusal::Tdx(refusal).into();
            return Ok(Judgement::of(EvidenceKind::AzureTdx, Err(refusal), None, input.now));
        }
    };
    let Input { signatures, policy, now, .. } = &*input;
    let result = checked(signatures, &collateral, policy, *now).map_err(of_hardware).and_then(|collateral| {
        let (machine, endorsements, collateral) = (&*evidence, &endorsements, &collateral);
        verify_with(signatures, &Evidence::AzureTdx { machine, endorsements, quote, collateral }, policy, *now)
    });
    let mut judgement = Judgement::of(EvidenceKind::AzureTdx, result, input.expected.as_deref(), input.now);
    say_level(&mut judgement, EvidenceKind::IntelTdx, quote, &collateral, input);
    Ok(judgement)
}

/// What is wrong with collateral is wrong with a machine's hardware.
fn of_hardware(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Intel(refusal) => AzureRefusal::Tdx(refusal).into(),
        other => other,
    }
}

/// What the machine's evidence shows where Intel's part cannot be judged: everything from the quote to the runtime data
/// that the hardware's quote is over, that Intel's signatures are on that quote, in their time, and that the domain is
/// one that the policy allows. Neither the platform's level nor revocation is known, so that no policy of the caller's
/// own is satisfied by it.
fn without_collateral(
    input: &Input,
    evidence: &AzureEvidence,
    endorsements: &AzureEndorsements,
    quote: &[u8],
) -> Result<Judgement> {
    let Input { signatures, policy, now, .. } = input;
    let bound = match check_azure_tdx_with(signatures, evidence, endorsements, quote, policy, *now) {
        Ok(unjudged) => Bound::of(&unjudged, evidence),
        Err(refusal) => return Ok(refused(refusal, *now)),
    };
    if !input.is_built_in {
        return Err(Misuse::Lacks {
            what: Lacking::Collateral,
            said: "a policy wants the hardware judged, which needs Intel's collateral",
        });
    }
    let mut judgement = Judgement::of_checks(bound.lines(input.expected.as_deref()));
    judgement.measurements = json!({ "pcrs": evidence.pcrs });
    judgement.report_data = Some(hex::encode(&bound.nonce));
    if judgement.accepted {
        judgement.reason = format!(
            "only the machine's binding to its hardware report holds: Intel's part was NOT judged, because no collateral was given; {}",
            judgement.reason
        );
    }
    Ok(judgement)
}

/// A refusal, with a line of its own where the domain can be debugged.
fn refused(refusal: Refusal, now: u64) -> Judgement {
    let mut judgement = Judgement::of(EvidenceKind::AzureTdx, Err(refusal), None, now);
    if let Refusal::Azure(AzureRefusal::Tdx(refusal)) = refusal
        && refusal.check() == IntelCheck::DebugOff
    {
        judgement.checks.push(Check {
            name: IntelCheck::DebugOff.name(),
            outcome: Outcome::Failed,
            reason: refusal.to_string(),
        });
    }
    judgement
}

/// What a machine's own evidence shows, bound to a hardware report that nobody judged.
struct Bound {
    nonce: Vec<u8>,
    certificate_root: Option<KeyId>,
    is_certified: bool,
    is_revocation_checked: bool,
    has_registers: bool,
    takes_exceptions: bool,
}

impl Bound {
    fn of(unjudged: &UnjudgedAzureTdx<'_>, evidence: &AzureEvidence) -> Self {
        let binding = unjudged.binding();
        Self {
            nonce: binding.nonce().to_vec(),
            certificate_root: binding.certificate_root(),
            is_certified: binding.is_certified(),
            is_revocation_checked: binding.is_revocation_checked(),
            has_registers: !evidence.pcrs.is_empty(),
            takes_exceptions: unjudged.takes_exceptions(),
        }
    }

    /// Its checks; `expected` is what the quote has to answer.
    fn lines(&self, expected: Option<&[u8]>) -> Vec<Check> {
        let mut lines = vec![passed(CommonCheck::Kind.name(), &CommonCheck::Kind.meaning())];
        lines.extend(AzureCheck::ALL.into_iter().filter_map(|check| self.line(check)));
        lines.extend(self.domain());
        lines.push(unchecked(CommonCheck::Measurement.name(), NO_HARDWARE));
        lines.push(unchecked(CommonCheck::Machine.name(), NO_HARDWARE));
        lines.push(self.answer(expected));
        lines
    }

    /// What is known of the domain itself.
    fn domain(&self) -> [Check; 2] {
        let attributes = IntelCheck::Attributes.name();
        let attributes = if self.takes_exceptions {
            unchecked(attributes, "the host can raise exceptions in the domain: with collateral that is refused")
        } else {
            passed(attributes, &IntelCheck::Attributes.meaning())
        };
        [passed(IntelCheck::DebugOff.name(), &IntelCheck::DebugOff.meaning()), attributes]
    }

    fn line(&self, check: AzureCheck) -> Option<Check> {
        let name = check.name();
        Some(match check {
            AzureCheck::PcrDigest if !self.has_registers => {
                unchecked(name, "the register values were not given, only their digest")
            }
            AzureCheck::Policy
            | AzureCheck::HclReport
            | AzureCheck::RuntimeData
            | AzureCheck::RuntimeDataHash
            | AzureCheck::QuoteFormat
            | AzureCheck::QuoteSignature
            | AzureCheck::PcrSelection
            | AzureCheck::PcrDigest => passed(name, &check.meaning()),
            AzureCheck::CertificateChain => match self.certificate_root {
                Some(root) => passed(name, &format!("root {}", hex::encode(root.0))),
                None => unchecked(name, "no chain of certificates leads from the key to a root"),
            },
            AzureCheck::Revocation if self.is_revocation_checked => passed(name, &check.meaning()),
            AzureCheck::Revocation if self.certificate_root.is_some() && !self.is_certified => {
                unchecked(name, "a revocation list is missing: the chain does not show that azure made it")
            }
            AzureCheck::Revocation => unchecked(name, "there is no revocation list of every issuer"),
            AzureCheck::Hardware => unchecked(name, NO_HARDWARE),
            AzureCheck::HardwareBinding => {
                passed(name, "the quote has intel's signatures and is over the runtime data")
            }
            AzureCheck::Configuration => {
                unchecked(name, "it is as true as the hardware's evidence, which is not judged")
            }
            AzureCheck::PcrValues => unchecked(name, "the policy names no values"),
            AzureCheck::Nonce => return None,
        })
    }

    /// Whether the quote answers the challenge.
    fn answer(&self, expected: Option<&[u8]>) -> Check {
        let name = CommonCheck::ReportData.name();
        let failed = |reason: String| Check { name, outcome: Outcome::Failed, reason };
        match expected {
            None => unchecked(name, "no expected statement was given"),
            Some(expected) if expected.iter().all(|byte| *byte == 0) => {
                failed("a challenge of zeros is none: anybody can answer it beforehand".into())
            }
            Some(expected) if expected == self.nonce => passed(name, "the quote answers the challenge"),
            Some(expected) => {
                let (found, wanted) = (hex::encode(&self.nonce), hex::encode(expected));
                failed(format!("the quote answers the challenge {found}, and {wanted} is wanted"))
            }
        }
    }
}

fn passed(name: &'static str, reason: &str) -> Check {
    Check { name, outcome: Outcome::Passed, reason: reason.into() }
}

fn unchecked(name: &'static str, reason: &str) -> Check {
    Check { name, outcome: Outcome::Unchecked, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use adyton_attestation::IntelRefusal;

    use super::*;

    fn outcome_of(bound: &Bound, name: &str) -> Outcome {
        bound.lines(None).into_iter().find(|line| line.name == name).unwrap().outcome
    }

    fn outcome(bound: &Bound, check: AzureCheck) -> Outcome {
        outcome_of(bound, check.name())
    }

    fn bound(nonce: &[u8]) -> Bound {
        Bound {
            nonce: nonce.into(),
            certificate_root: None,
            is_certified: false,
            is_revocation_checked: false,
            has_registers: true,
            takes_exceptions: false,
        }
    }

    #[test]
    fn a_domain_that_can_be_debugged_has_a_failed_line_of_its_own_and_is_refused() {
        let judgement = refused(AzureRefusal::Tdx(IntelRefusal::Debug).into(), 1);
        let failed: Vec<&str> =
            judgement.checks.iter().filter(|line| line.outcome == Outcome::Failed).map(|line| line.name).collect();
        assert_eq!(failed, ["hardware", "debug-off"]);
        assert!(!judgement.accepted && judgement.reason.contains("debug"), "{}", judgement.reason);
        let other = refused(AzureRefusal::Tdx(IntelRefusal::ServiceDomain).into(), 1);
        assert!(!other.accepted && other.checks.iter().all(|line| line.name != "debug-off"));
    }

    #[test]
    fn a_domain_in_which_the_host_can_raise_exceptions_is_not_said_to_be_good() {
        assert_eq!(outcome_of(&bound(&[7]), "debug-off"), Outcome::Passed);
        assert_eq!(outcome_of(&bound(&[7]), "attributes"), Outcome::Passed);
        let lax = Bound { takes_exceptions: true, ..bound(&[7]) };
        assert_eq!(outcome_of(&lax, "attributes"), Outcome::Unchecked);
    }

    #[test]
    fn a_key_is_certified_only_by_a_chain_and_not_revoked_only_by_every_list() {
        let none = Bound { has_registers: false, ..bound(&[7]) };
        for check in [AzureCheck::CertificateChain, AzureCheck::Revocation, AzureCheck::PcrDigest] {
            assert_eq!(outcome(&none, check), Outcome::Unchecked);
        }
        let chain = Bound { certificate_root: Some(KeyId([1; 32])), has_registers: true, ..none };
        assert_eq!(outcome(&chain, AzureCheck::CertificateChain), Outcome::Passed);
        assert_eq!(outcome(&chain, AzureCheck::Revocation), Outcome::Unchecked);
        assert_eq!(outcome(&chain, AzureCheck::PcrDigest), Outcome::Passed);
        let all = Bound { is_revocation_checked: true, ..chain };
        assert_eq!(outcome(&all, AzureCheck::Revocation), Outcome::Passed);
    }

    #[test]
    fn a_quote_answers_one_challenge_and_never_zeros() {
        assert_eq!(bound(&[7]).answer(Some(&[7])).outcome, Outcome::Passed);
        assert_eq!(bound(&[7]).answer(Some(&[8])).outcome, Outcome::Failed);
        assert_eq!(bound(&[0]).answer(Some(&[0])).outcome, Outcome::Failed);
    }
}
