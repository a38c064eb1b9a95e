//! Azure's confidential machines: in the JSON and YAML that tools write, or in separate files; over SEV-SNP or TDX.

use adyton_attestation::{
    Check, CommonCheck, Evidence, EvidenceKind, IntelRefusal, IntelRoot, Outcome, Refusal,
    azure::{
        AzureBinding, AzureCheck, AzureEndorsements, AzureEvidence, AzureRefusal, HardwareKind, HclEvidence,
        check_azure_binding,
        files::{AzureFile, HardwareFile},
    },
    intel, verify,
};
use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    endorsement::{Endorsements, only},
    file::File,
    intel::{checked, collateral},
    judgement::Judgement,
    kind::Kind,
    snp::Certificates,
    verify::Input,
};
use crate::output::misuse;

/// Where the paravisor's report has the hardware's, and how long that is.
const HARDWARE_REPORT: std::ops::Range<usize> = 32..32 + 1184;
/// Where Intel's report of a trust domain has the data that was put into it (`REPORTMACSTRUCT`).
const TD_REPORT_DATA: std::ops::Range<usize> = 128..192;
/// The header before the paravisor's runtime data.
const RUNTIME_DATA_HEADER: usize = 20;

/// A machine's evidence, or why it cannot be read.
fn read(evidence: &File, endorsements: &mut Endorsements) -> Result<Result<AzureFile, String>> {
    if evidence.bytes.is_ascii() {
        return Ok(AzureFile::read(&evidence.bytes).map_err(|error| error.to_string()));
    }
    of_parts(evidence, endorsements)
}

/// A machine over TDX in separate files, of which any is the evidence and the others endorsements.
fn of_parts(evidence: &File, endorsements: &mut Endorsements) -> Result<Result<AzureFile, String>> {
    let mut one = |what: &str, is: fn(&[u8]) -> bool| -> Result<Vec<u8>> {
        let mut found = endorsements.bytes(|bytes| is(bytes).then(|| bytes.to_vec()));
        if is(&evidence.bytes) {
            found.push(evidence.bytes.clone());
        }
        only(found, what)?.ok_or_else(|| {
            misuse(format!(
                "a machine in separate files needs {what}: give the other files with --endorsements (TDX quote, TPM quote, its signature, the attestation key's certificate, the runtime data)"
            ))
        })
    };
    let td_quote = one("a TDX quote", |bytes| matches!(bytes, [4 | 5, 0, _, 0, 0x81, 0, 0, 0, ..]))?;
    let quote = one("a TPM quote", |bytes| bytes.starts_with(b"\xffTCG"))?;
    let signature = one("a TPM signature", |bytes| matches!(bytes, [0, 0x14 | 0x16 | 0x18, 0, ..]))?;
    let runtime_data =
        one("runtime data", |bytes| bytes.get(RUNTIME_DATA_HEADER) == Some(&b'{') && !bytes.starts_with(b"HCLA"))?;
    let certificate = only(endorsements.certificates(), "certificates of attestation keys")?.ok_or_else(|| {
        misuse("a machine in separate files needs its attestation key's certificate (--endorsements)")
    })?;
    let file = AzureFile::of_tdx_parts(&td_quote, &quote, &signature, &certificate, &runtime_data);
    Ok(file.map_err(|error| error.to_string()))
}

/// A machine's evidence in JSON or YAML.
fn of_text(evidence: &File) -> Result<AzureFile> {
    AzureFile::read(&evidence.bytes).map_err(|error| misuse(format!("{}: {error}", evidence.name())))
}

/// The quote of a machine over TDX.
pub fn quote_of(evidence: &File) -> Result<Vec<u8>> {
    if !evidence.bytes.is_ascii() {
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
    let AzureFile { mut evidence, hardware } = match read(&input.evidence, &mut input.endorsements)? {
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
    if certificates.vek.is_none() {
        return Err(misuse(format!(
            "the file has no certificate of the chip's key: give it with --endorsements, or get it with\n  adyton attest fetch --kind azure-snp --evidence {} --output chip.pem",
            input.evidence.name()
        )));
    }
    let endorsements = of_microsoft(&mut input.endorsements, evidence);
    let hardware = certificates.endorsements();
    let evidence = Evidence::AzureSnp { machine: evidence, endorsements: &endorsements, hardware };
    let result = verify(&evidence, &input.policy, input.now);
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
    let result = checked(&collateral, &input.policy, input.now).map_err(of_hardware).and_then(|collateral| {
        let (machine, endorsements, collateral) = (&*evidence, &endorsements, &collateral);
        verify(&Evidence::AzureTdx { machine, endorsements, quote, collateral }, &input.policy, input.now)
    });
    let mut judgement = Judgement::of(EvidenceKind::AzureTdx, result, input.expected.as_deref(), input.now);
    super::intel::say_level(&mut judgement, EvidenceKind::IntelTdx, quote, &collateral, input);
    Ok(judgement)
}

/// What is wrong with collateral is wrong with a machine's hardware.
fn of_hardware(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Intel(refusal) => AzureRefusal::Tdx(refusal).into(),
        other => other,
    }
}

/// What the machine's own evidence shows where Intel's part cannot be judged: everything from the quote to the runtime
/// data that the hardware's quote is over, and that Intel's signatures are on that quote. Neither the platform's
/// level nor revocation nor time is known, so that no policy of the caller's own is satisfied by it.
fn without_collateral(
    input: &Input,
    evidence: &AzureEvidence,
    endorsements: &AzureEndorsements,
    quote: &[u8],
) -> Result<Judgement> {
    if !input.is_built_in {
        return Err(misuse(format!(
            "a policy wants the hardware judged, which needs Intel's collateral: give it with --collateral, or get it with\n  adyton attest fetch --kind azure-tdx --evidence {} --output collateral.json",
            input.evidence.name()
        )));
    }
    let result = check_azure_binding(evidence, endorsements, &input.policy.azure, input.now);
    let result = result.and_then(|binding| {
        if binding.kind() != HardwareKind::Tdx {
            return Err(AzureRefusal::Hardware { found: binding.kind(), wanted: HardwareKind::Tdx });
        }
        require_quoted(evidence, &binding, quote)?;
        Ok(hex::encode(binding.nonce()))
    });
    let nonce = match result {
        Ok(nonce) => nonce,
        Err(refusal) => return Ok(Judgement::of(EvidenceKind::AzureTdx, Err(refusal.into()), None, input.now)),
    };
    let mut judgement = Judgement::of_checks(lines(input, &nonce, !evidence.certificates.is_empty()));
    judgement.measurements = json!({ "pcrs": evidence.pcrs });
    judgement.report_data = Some(nonce);
    if judgement.accepted {
        judgement.reason = format!(
            "only the machine's binding to its hardware report holds: Intel's part was NOT judged, because no collateral was given (--collateral); {}",
            judgement.reason
        );
    }
    Ok(judgement)
}

/// Requires that Intel's signatures are on the quote, and that it is over this machine's runtime data.
fn require_quoted(evidence: &AzureEvidence, binding: &AzureBinding<'_>, quote: &[u8]) -> Result<(), AzureRefusal> {
    let contents = intel::inspect(quote, &IntelRoot::intel()).map_err(AzureRefusal::Tdx)?;
    if let Some(refusal) = contents.signatures {
        return Err(AzureRefusal::Tdx(refusal));
    }
    let found = match (&evidence.hcl, binding.hardware_report()) {
        (HclEvidence::Report(_), Some(report)) => report.get(TD_REPORT_DATA).map(<[u8]>::to_vec),
        (HclEvidence::RuntimeData(data), _) => {
            // Its header was checked: the last of its fields is the length.
            let length = data.get(RUNTIME_DATA_HEADER - 4..).and_then(|rest| rest.first_chunk());
            let end = length.map(|length| RUNTIME_DATA_HEADER + u32::from_le_bytes(*length) as usize);
            let json = end.and_then(|end| data.get(RUNTIME_DATA_HEADER..end));
            json.map(|json| [&Sha256::digest(json)[..], &[0; 32]].concat())
        }
        (HclEvidence::Report(_), None) => None,
    };
    match contents.kind {
        EvidenceKind::IntelTdx if found.as_deref() == Some(&contents.report_data[..]) => Ok(()),
        EvidenceKind::IntelTdx => Err(AzureRefusal::TdReport),
        _ => Err(AzureRefusal::Tdx(IntelRefusal::TeeType(0))),
    }
}

/// The checks of a machine whose hardware was not judged.
fn lines(input: &Input, nonce: &str, has_certificate: bool) -> Vec<Check> {
    let passed = |name, reason: &str| Check { name, outcome: Outcome::Passed, reason: reason.into() };
    let unchecked = |name, reason: &str| Check { name, outcome: Outcome::Unchecked, reason: reason.into() };
    let no_hardware = "no collateral was given, so that intel's part is not judged";
    let mut lines = vec![passed(CommonCheck::Kind.name(), "")];
    lines.extend(AzureCheck::ALL.into_iter().filter_map(|check| {
        let name = check.name();
        Some(match check {
            AzureCheck::Policy
            | AzureCheck::HclReport
            | AzureCheck::RuntimeData
            | AzureCheck::RuntimeDataHash
            | AzureCheck::QuoteFormat
            | AzureCheck::QuoteSignature
            | AzureCheck::PcrSelection
            | AzureCheck::PcrDigest => passed(name, ""),
            AzureCheck::CertificateChain if has_certificate => passed(name, "the certificate is the key's"),
            AzureCheck::CertificateChain => unchecked(name, "the machine sent no certificate of its key"),
            AzureCheck::Revocation => unchecked(name, "no revocation list was given"),
            AzureCheck::Hardware => unchecked(name, no_hardware),
            AzureCheck::HardwareBinding => {
                passed(name, "the quote has intel's signatures and is over the runtime data")
            }
            AzureCheck::Configuration => {
                unchecked(name, "it is as true as the hardware's evidence, which is not judged")
            }
            AzureCheck::PcrValues => unchecked(name, "the policy names no values"),
            AzureCheck::Nonce => return None,
        })
    }));
    lines.push(unchecked(CommonCheck::Measurement.name(), no_hardware));
    lines.push(unchecked(CommonCheck::Machine.name(), no_hardware));
    let name = CommonCheck::ReportData.name();
    lines.push(match &input.expected {
        None => unchecked(name, "no expected statement was given"),
        Some(expected) if expected.iter().all(|byte| *byte == 0) => Check {
            name,
            outcome: Outcome::Failed,
            reason: "a challenge of zeros is none: anybody can answer it beforehand".into(),
        },
        Some(expected) if hex::encode(expected) == nonce => passed(name, "the quote answers the challenge"),
        Some(expected) => Check {
            name,
            outcome: Outcome::Failed,
            reason: format!("the quote answers the challenge {nonce}, and {} is wanted", hex::encode(expected)),
        },
    });
    lines
}
