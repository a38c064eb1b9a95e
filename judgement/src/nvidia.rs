//! NVIDIA's GPUs and switches: one report with its certificates, or a bundle of several.

use adyton_attestation::{
    Check, Details, Evidence, EvidenceKind, Outcome, Refusal,
    nvidia::{
        CheckedManifest, NvidiaCheck, NvidiaEndorsements, NvidiaEvidence, NvidiaFacts, NvidiaRefusal, OcspResponse,
        bundle::{BundledEvidence, read_bundle, read_report},
        require_distinct, verify_manifest_with,
    },
    verify_with,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    endorsement::{Endorsements, Part},
    error::{Result, misuse},
    file::File,
    input::Input,
    judgement::Judgement,
    pem,
};

/// One device's evidence.
#[derive(Debug, Clone)]
pub struct Device {
    report: Vec<u8>,
    /// PEM, leaf first.
    pub certificate_chain: Vec<u8>,
}

impl Device {
    /// With its certificates as PEM, leaf first.
    pub const fn new(report: Vec<u8>, certificate_chain: Vec<u8>) -> Self {
        Self { report, certificate_chain }
    }

    /// As the verifier takes it.
    pub fn evidence(&self) -> NvidiaEvidence<'_> {
        NvidiaEvidence { report: &self.report, certificate_chain: &self.certificate_chain }
    }
}

/// What `adyton attest fetch` writes: everything that NVIDIA says about some devices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetched {
    /// XML.
    pub manifests: Vec<String>,
    /// Base64.
    ocsp_responses: Vec<String>,
}

impl Fetched {
    /// The responses (DER).
    pub fn responses(&self) -> Result<Vec<Vec<u8>>> {
        let decode = |text: &String| {
            STANDARD.decode(text).map_err(|_| {
                misuse("an OCSP response in what `adyton attest fetch` wrote is not Base64; fetch it again")
            })
        };
        self.ocsp_responses.iter().map(decode).collect()
    }

    /// Adds a response (DER).
    pub fn push_response(&mut self, der: &[u8]) {
        let response = STANDARD.encode(der);
        if !self.ocsp_responses.contains(&response) {
            self.ocsp_responses.push(response);
        }
    }
}

/// Every device's evidence of a file; a report alone needs `certificates` (DER, leaf first).
pub fn of_file(file: &File, certificates: &[Vec<u8>]) -> Result<Vec<Device>> {
    read(file, certificates).map_err(|malformed| misuse(format!("{}: {malformed}", file.name())))
}

fn read(file: &File, certificates: &[Vec<u8>]) -> Result<Vec<Device>, String> {
    if file.starts_with(b"[{") {
        let entries = read_bundle(&file.bytes).map_err(|error| error.to_string())?;
        let device =
            |entry: BundledEvidence| Device { report: entry.report, certificate_chain: entry.certificate_chain };
        return Ok(entries.into_iter().map(device).collect());
    }
    let report = read_report(&file.bytes).map_err(|error| error.to_string())?;
    let certificate_chain: String = certificates.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
    Ok(vec![Device { report, certificate_chain: certificate_chain.into_bytes() }])
}

/// Judges the devices of a file, or the one that was named.
pub fn judge(input: &mut Input) -> Result<Judgement> {
    let is_bundle = input.evidence.starts_with(b"[{");
    let certificates = if is_bundle { Vec::new() } else { input.endorsements.certificates() };
    let mut devices = match read(&input.evidence, &certificates) {
        Ok(devices) => devices,
        Err(reason) => return Ok(Judgement::malformed(NvidiaCheck::ReportFormat.name(), reason)),
    };
    if let ([device], false) = (devices.as_slice(), is_bundle)
        && certificates.is_empty()
    {
        return without_certificates(device, input);
    }
    if let Some(place) = input.entry {
        let count = devices.len();
        let named = devices.into_iter().nth(place);
        devices = vec![named.ok_or_else(|| {
            misuse(format!("{} has {count} entries, counted from 0: [{place}] is none of them", input.evidence.name()))
        })?];
    }
    let Said { manifests, responses } = said(&mut input.endorsements, &devices)?;
    Ok(judge_all(&devices, &manifests, &responses, input))
}

/// What can be said of a report alone: that it is malformed, or not accepted in any case.
fn without_certificates(device: &Device, input: &Input) -> Result<Judgement> {
    let evidence = Evidence::Nvidia { device: device.evidence(), endorsements: NvidiaEndorsements::default() };
    match verify_with(&input.signatures, &evidence, &input.policy, input.now) {
        Err(Refusal::Nvidia(refusal)) if refusal.check() >= NvidiaCheck::CertificateChain => Err(misuse(
            "a report is judged with the device's certificates: give them as endorsements, as PEM, leaf first",
        )),
        result => Ok(Judgement::of(EvidenceKind::NvidiaGpu, result, None, input.now)),
    }
}

/// What was given of NVIDIA's words.
struct Said {
    /// XML.
    manifests: Vec<Vec<u8>>,
    /// DER, about certificates of the devices' chains or the manifests'.
    responses: Vec<Vec<u8>>,
}

fn said(endorsements: &mut Endorsements, devices: &[Device]) -> Result<Said> {
    let of_json = |part: &Part| serde_json::from_slice::<Fetched>(part.json()?).ok();
    let fetched = endorsements.only("JSON object that `adyton attest fetch` wrote", of_json)?;
    let mut manifests = endorsements.manifests();
    let mut responses = Vec::new();
    if let Some(fetched) = fetched {
        responses.extend(fetched.responses()?);
        manifests.extend(fetched.manifests.into_iter().map(String::into_bytes));
    }
    let mut certificates: Vec<Vec<u8>> =
        devices.iter().filter_map(|device| pem::certificates(&device.certificate_chain)).flatten().collect();
    for manifest in &manifests {
        certificates.extend(pem::of_signed_xml(&String::from_utf8_lossy(manifest)));
    }
    responses.extend(endorsements.responses_about(&certificates));
    Ok(Said { manifests, responses })
}

fn judge_all(devices: &[Device], manifests: &[Vec<u8>], responses: &[Vec<u8>], input: &Input) -> Judgement {
    let responses: Vec<OcspResponse<'_>> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
    let checked = match check_manifests(manifests, &responses, input) {
        Ok(checked) => checked,
        Err(refusal) => return Judgement::of(EvidenceKind::NvidiaGpu, Err(refusal), None, input.now),
    };
    let mut judgements = Vec::new();
    let mut facts = Vec::new();
    for device in devices {
        let endorsements = NvidiaEndorsements { manifests: &checked, responses: &responses };
        let evidence = Evidence::Nvidia { device: device.evidence(), endorsements };
        let result = verify_with(&input.signatures, &evidence, &input.policy, input.now);
        if let Ok(Details::Nvidia(of_device)) = result.as_ref().map(|verdict| verdict.details()) {
            facts.push(of_device.clone());
        }
        judgements.push(Judgement::of(EvidenceKind::NvidiaGpu, result, input.expected.as_deref(), input.now));
    }
    match <[Judgement; 1]>::try_from(judgements) {
        Ok([only]) => only,
        Err(several) => join(several, &facts),
    }
}

/// Under the first of the policy's roots that accepts all of them; else why the last refused.
fn check_manifests(
    manifests: &[Vec<u8>],
    responses: &[OcspResponse<'_>],
    input: &Input,
) -> Result<Vec<CheckedManifest>, Refusal> {
    let mut result = Err(Refusal::NoRoot(EvidenceKind::NvidiaGpu));
    for roots in input.policy.roots.nvidia() {
        let check = |xml: &Vec<u8>| {
            let revocation = &input.policy.nvidia.revocation;
            verify_manifest_with(&input.signatures, xml, responses, &roots, revocation, input.now)
                .map_err(Refusal::Nvidia)
        };
        result = manifests.iter().map(check).collect();
        if result.is_ok() {
            break;
        }
    }
    result
}

/// One word on several devices: they are accepted together or not at all, and each counts once.
fn join(judgements: Vec<Judgement>, facts: &[NvidiaFacts]) -> Judgement {
    let count = judgements.len();
    if let Some((place, refused)) = judgements.iter().enumerate().find(|(_, judgement)| !judgement.accepted) {
        return Judgement { reason: format!("entry {place} of {count}: {}", refused.reason), ..refused.clone() };
    }
    let list = |value: fn(&Judgement) -> Value| Value::Array(judgements.iter().map(value).collect());
    let (machine, measurements) = (list(|one| one.machine.clone()), list(|one| one.measurements.clone()));
    let (details, ear) = (list(|one| one.details.clone()), list(|one| one.ear.clone()));
    let not_after = judgements.iter().filter_map(|judgement| judgement.not_after).min();
    let nonce = judgements.first().and_then(|first| first.report_data.clone());
    let report_data = nonce.filter(|nonce| judgements.iter().all(|one| one.report_data.as_ref() == Some(nonce)));
    // The lines are the same for all of them but for what was found, and for the machine.
    let first = judgements.into_iter().next().expect("there are several");
    let mut joined = Judgement { machine, measurements, details, ear, not_after, report_data, ..first };
    joined.checks.retain(|check| check.name != NvidiaCheck::Distinct.name());
    joined.also(distinct(require_distinct(facts.iter()), count));
    joined
}

fn distinct(result: Result<(), NvidiaRefusal>, count: usize) -> Check {
    let name = NvidiaCheck::Distinct.name();
    match result {
        Ok(()) => Check { name, outcome: Outcome::Passed, reason: format!("{count} different devices") },
        Err(refusal) => Check { name, outcome: Outcome::Failed, reason: format!("{count} entries: {refusal}") },
    }
}
