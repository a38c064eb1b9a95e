//! NVIDIA GPUs and switches: reports, certificate chains, manifests, revocation responses, files with all of them.

use std::sync::LazyLock;

use adyton_attestation::nvidia::{
    CheckedManifest, NvidiaEndorsements, NvidiaEvidence, NvidiaPolicy, NvidiaRefusal, NvidiaRoots, NvidiaVerdict,
    OcspResponse,
    bundle::{read_bundle, read_report},
    verify_manifest, verify_manifest_with, verify_nvidia, verify_nvidia_with,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::InsecureAnySignature;
use crate::{
    nvidia::{self, Device, Manifest, NONCE, NOW, Ocsp},
    parts, recorded,
};

/// The flags of a Blackwell GPU that nobody can debug.
pub const PRODUCTION: [u8; 4] = [0x80, 0, 0, 1];

struct Good {
    report: Vec<u8>,
    chain: Vec<u8>,
    evidence_id: [u8; 32],
}

static ROOTS: LazyLock<NvidiaRoots> = LazyLock::new(nvidia::roots);

/// Evidence alone decides: whatever endorses it would only refuse more.
static POLICY: LazyLock<NvidiaPolicy> = LazyLock::new(nvidia::evidence_only);

static DEVICES: LazyLock<Vec<Good>> = LazyLock::new(|| {
    let good = |device: Device| {
        let (report, chain) = (device.report(), device.pem());
        let verdict = nvidia::verify_report(&report, &chain, &NvidiaEndorsements::default(), &POLICY);
        Good { evidence_id: verdict.expect("the good device is accepted").evidence_id, report, chain }
    };
    vec![good(Device::hopper()), good(Device::blackwell(PRODUCTION)), good(Device::switch())]
});

static MANIFESTS: LazyLock<Vec<CheckedManifest>> = LazyLock::new(|| {
    [Manifest::driver(), Manifest::firmware()].map(|manifest| manifest.check().expect("a good manifest")).into()
});

fn require_bounded(result: Result<NvidiaVerdict, NvidiaRefusal>) {
    match result {
        Ok(verdict) => assert!(verdict.valid_from <= NOW && NOW <= verdict.valid_until, "it is true now"),
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

fn check(good: &Good, report: &[u8], certificate_chain: &[u8]) {
    let evidence = NvidiaEvidence { report, certificate_chain };
    if let Ok(verdict) = verify_nvidia(&evidence, &NvidiaEndorsements::default(), &ROOTS, &POLICY, NOW) {
        assert_eq!(verdict.evidence_id, good.evidence_id, "nobody issued this");
    }
    let endorsements = NvidiaEndorsements { manifests: &MANIFESTS, responses: &[] };
    require_bounded(verify_nvidia_with(&InsecureAnySignature, &evidence, &endorsements, &ROOTS, &POLICY, NOW));
}

/// A report; the first byte chooses the device.
pub fn nvidia_report(data: &[u8]) {
    let Some((good, report)) = parts::choose(&DEVICES, data) else { return };
    check(good, report, &good.chain);
}

/// Seeds of [`nvidia_report`].
pub fn nvidia_reports() -> Vec<Vec<u8>> {
    let recorded = recorded::files("nvidia", &["Report.txt"]);
    let recorded = recorded.iter().filter_map(|file| read_report(file).ok()).map(|bytes| parts::with_choice(0, &bytes));
    parts::chosen(DEVICES.iter().map(|good| good.report.clone())).chain(recorded).collect()
}

/// A device's certificates as PEM; the first byte chooses the report.
pub fn nvidia_chain(data: &[u8]) {
    let Some((good, chain)) = parts::choose(&DEVICES, data) else { return };
    check(good, &good.report, chain);
    // Base64 hides most changes from the reader of certificates: so the leaf's DER alone, too.
    let Some((_, issuers)) = end_of_first(&good.chain) else { return };
    check(good, &good.report, &[nvidia::pem(&[chain.to_vec()]), issuers.to_vec()].concat());
}

/// A chain behind its first certificate.
fn end_of_first(chain: &[u8]) -> Option<(&[u8], &[u8])> {
    const END: &[u8] = b"-----END CERTIFICATE-----\n";
    let place = chain.windows(END.len()).position(|window| window == END)?;
    chain.split_at_checked(place + END.len())
}

/// Seeds of [`nvidia_chain`].
pub fn nvidia_chains() -> Vec<Vec<u8>> {
    let leaf = |device: Device| device.chain[0].der();
    let leaves =
        parts::chosen([Device::hopper(), Device::blackwell(PRODUCTION), Device::switch()].into_iter().map(leaf));
    let chains = parts::chosen(DEVICES.iter().map(|good| good.chain.clone()));
    let recorded = recorded::files("nvidia", &["CertChain.txt"]).into_iter();
    leaves.chain(chains).chain(recorded.map(|chain| parts::with_choice(0, &chain))).collect()
}

/// A reference integrity manifest: none is checked but those that were issued.
pub fn nvidia_manifest(data: &[u8]) {
    let revocation = &POLICY.revocation;
    if let Ok(manifest) = verify_manifest(data, &[], &ROOTS, revocation, NOW) {
        assert!(MANIFESTS.iter().any(|issued| issued.id() == manifest.id()), "nobody issued this");
    }
    if let Ok(manifest) = verify_manifest_with(&InsecureAnySignature, data, &[], &ROOTS, revocation, NOW) {
        let good = &DEVICES[0];
        let evidence = NvidiaEvidence { report: &good.report, certificate_chain: &good.chain };
        let endorsements = NvidiaEndorsements { manifests: &[manifest], responses: &[] };
        require_bounded(verify_nvidia(&evidence, &endorsements, &ROOTS, &POLICY, NOW));
    }
}

/// Seeds of [`nvidia_manifest`].
pub fn nvidia_manifests() -> Vec<Vec<u8>> {
    let issued = [Manifest::driver(), Manifest::firmware()].map(|manifest| manifest.xml().into_bytes());
    let recorded = recorded::files("nvidia/rims", &[".swidtag", ".xml"]);
    issued.into_iter().chain(recorded).collect()
}

/// A response of the revocation service, beside good ones about the other certificates.
pub fn nvidia_response(data: &[u8]) {
    static ISSUED: LazyLock<(String, Vec<Vec<u8>>)> =
        LazyLock::new(|| (Manifest::driver().xml(), Manifest::driver().responses()));
    let (xml, responses) = &*ISSUED;
    let response = |der| OcspResponse { der, nonce: None };
    let others: Vec<_> = responses.iter().skip(1).map(|der| response(der)).collect();
    let all = [others.as_slice(), &[response(data)]].concat();
    let strict = nvidia::strict().revocation;
    if verify_manifest(xml.as_bytes(), &all, &ROOTS, &strict, NOW).is_ok() {
        assert!(nvidia_responses().iter().any(|issued| issued == data), "nobody answered this");
    }
    let _ = verify_manifest_with(&InsecureAnySignature, xml.as_bytes(), &all, &ROOTS, &strict, NOW);
}

/// Seeds of [`nvidia_response`]; their signatures are the same in every run.
pub fn nvidia_responses() -> Vec<Vec<u8>> {
    let chain = Manifest::driver().chain;
    vec![Ocsp::about(&chain, 0).der(), Ocsp::delegated(&chain, 0).der()]
}

/// A file of several devices' evidence, or of one report.
pub fn nvidia_bundle(data: &[u8]) {
    let _ = read_report(data).map(|report| assert!(report.len() <= data.len(), "it is bounded"));
    for entry in read_bundle(data).unwrap_or_default().iter().take(4) {
        let result = verify_nvidia(&entry.evidence(), &NvidiaEndorsements::default(), &ROOTS, &POLICY, NOW);
        let is_issued = |verdict: &NvidiaVerdict| DEVICES.iter().any(|good| good.evidence_id == verdict.evidence_id);
        assert!(result.is_err() || result.is_ok_and(|verdict| is_issued(&verdict)), "nobody issued this");
    }
}

/// Seeds of [`nvidia_bundle`].
pub fn nvidia_bundles() -> Vec<Vec<u8>> {
    let entry = |good: &Good, architecture: &str| {
        serde_json::json!({
            "arch": architecture, "nonce": hex::encode(NONCE),
            "certificate": STANDARD.encode(&good.chain), "evidence": STANDARD.encode(&good.report),
        })
    };
    let entries: Vec<_> =
        DEVICES.iter().zip(["HOPPER", "BLACKWELL", "LS10"]).map(|(good, name)| entry(good, name)).collect();
    let mut seeds = vec![serde_json::Value::from(entries).to_string().into_bytes()];
    seeds.push(hex::encode(&DEVICES[0].report).into_bytes());
    seeds.extend(recorded::files("nvidia", &["_evidence.json"]));
    seeds
}
