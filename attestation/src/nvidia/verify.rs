//! The whole verification of a report, step by step.

use alloc::vec::Vec;
use codec::Encode;

use super::{
    Chain, CheckedManifest, NvidiaCertificate, NvidiaFacts, NvidiaFloors, NvidiaPolicy, NvidiaRefusal, NvidiaRoots,
    NvidiaVerdict, OcspResponse,
    chain::{VerifiedChain, read_pem},
    compare::{Comparison, compare},
    device::Device,
    ocsp::{self, Outcome},
    opaque::Description,
    spdm::Report,
};
use crate::{
    domain,
    signature::{self, PublicKey, Scheme, SignatureVerifier},
    x509::Window,
};

/// The evidence of one device.
#[derive(Clone, Copy, Debug)]
pub struct NvidiaEvidence<'a> {
    /// The report: request, response, signature.
    pub report: &'a [u8],
    /// The device's certificates as PEM, leaf first, root last.
    pub certificate_chain: &'a [u8],
}

/// What endorses it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NvidiaEndorsements<'a> {
    /// The manifests of the device's driver and firmware, already checked.
    pub manifests: &'a [CheckedManifest],
    /// Responses about the certificates of the device's chain.
    pub responses: &'a [OcspResponse<'a>],
}

/// Verifies one device's evidence. At most five signature verifications for a chain of five, two more for each
/// response.
///
/// `now` is in Unix seconds. What the evidence *answers* remains to be checked, [`NvidiaVerdict::bind`]; so does,
/// for several pieces, that they are of as many devices: [`super::require_distinct`].
///
/// # Errors
/// The first [`NvidiaRefusal`] met, in the order of [`super::NvidiaCheck`].
pub fn verify_nvidia(
    evidence: &NvidiaEvidence<'_>,
    endorsements: &NvidiaEndorsements<'_>,
    roots: &NvidiaRoots,
    policy: &NvidiaPolicy,
    now: u64,
) -> Result<NvidiaVerdict, NvidiaRefusal> {
    verify_nvidia_with(&signature::Fastest::default(), evidence, endorsements, roots, policy, now)
}

/// [`verify_nvidia`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_nvidia`].
pub fn verify_nvidia_with(
    verifier: &impl SignatureVerifier,
    evidence: &NvidiaEvidence<'_>,
    endorsements: &NvidiaEndorsements<'_>,
    roots: &NvidiaRoots,
    policy: &NvidiaPolicy,
    now: u64,
) -> Result<NvidiaVerdict, NvidiaRefusal> {
    if policy.accepts_nothing() {
        return Err(NvidiaRefusal::PolicyAcceptsNothing);
    }
    for manifest in endorsements.manifests {
        manifest.require_usable(roots, policy, now)?;
    }
    let report = Report::parse(evidence.report)?;
    let encodings = read_pem(evidence.certificate_chain)?;
    let chain = VerifiedChain::verify(&encodings, &roots.device, Chain::Device, verifier, now)?;
    let device = Device::of(&chain)?;
    let floors = policy.floors(device.architecture).ok_or(NvidiaRefusal::Architecture(device.architecture))?;
    require_signature(&report, &chain, verifier)?;
    let description = report.opaque.read(device.architecture)?;
    require_firmware(&device, &description)?;
    let outcome = require_not_revoked(&chain, endorsements.responses, policy, verifier, now)?;
    device.firmware.require_secure()?;
    require_versions(&description, &floors)?;
    let comparison = compare(&report, &device, &description, endorsements.manifests, policy)?;
    if !policy.allows(description.mode, device.architecture) {
        return Err(NvidiaRefusal::PassthroughMode(description.mode));
    }
    let window = outcome.window.map_or(chain.window, |window| window.and(chain.window));
    Ok(verdict(&report, device, description, comparison, outcome, window, roots))
}

/// Requires that the report is by the firmware of the certificate.
fn require_firmware(device: &Device, description: &Description) -> Result<(), NvidiaRefusal> {
    // Where the report does not state it, the certificate alone ties key and firmware: the key is derived from it.
    match description.firmware_id {
        Some(stated) if stated != device.firmware.id => Err(NvidiaRefusal::FirmwareId),
        Some(_) | None => Ok(()),
    }
}

fn require_signature(
    report: &Report<'_>,
    chain: &VerifiedChain<'_>,
    verifier: &impl SignatureVerifier,
) -> Result<(), NvidiaRefusal> {
    let key = chain.certificates.first().map(|leaf| leaf.public_key);
    match key {
        Some(key @ PublicKey::P384(_))
            if verifier.verify(Scheme::EcdsaP384Sha384, key, report.signed, report.signature) =>
        {
            Ok(())
        }
        Some(_) | None => Err(NvidiaRefusal::ReportSignature),
    }
}

/// The responder does not speak about leaves, which a device makes itself; its own key is the first that counts.
fn require_not_revoked(
    chain: &VerifiedChain<'_>,
    responses: &[OcspResponse<'_>],
    policy: &NvidiaPolicy,
    verifier: &impl SignatureVerifier,
    now: u64,
) -> Result<Outcome, NvidiaRefusal> {
    let name = |place| NvidiaCertificate::at(Chain::Device, place);
    ocsp::require_not_revoked(chain, 1, name, responses, &policy.revocation, verifier, now)
}

fn require_versions(description: &Description, floors: &NvidiaFloors) -> Result<(), NvidiaRefusal> {
    if let Some(found) = description.driver
        && found < floors.driver
    {
        return Err(NvidiaRefusal::Driver { found, floor: floors.driver });
    }
    if description.firmware < floors.firmware {
        return Err(NvidiaRefusal::Firmware { found: description.firmware, floor: floors.firmware });
    }
    Ok(())
}

fn verdict(
    report: &Report<'_>,
    device: Device,
    description: Description,
    comparison: Comparison,
    outcome: Outcome,
    window: Window,
    roots: &NvidiaRoots,
) -> NvidiaVerdict {
    let measurements: Vec<[u8; 48]> = report.measurements.iter().map(|measurement| **measurement).collect();
    let window = comparison.window.map_or(window, |manifests| manifests.and(window));
    NvidiaVerdict::new(NvidiaFacts {
        measurement_id: domain::hash(
            domain::NVIDIA_MEASUREMENT,
            &[
                device.chip.as_bytes(),
                &description.driver.encode(),
                &description.firmware.encode(),
                measurements.as_flattened(),
            ],
        ),
        evidence_id: domain::hash(domain::EVIDENCE, &[b"nvidia", report.signed, &device.certificate]),
        architecture: device.architecture,
        chip: device.chip,
        model: device.model,
        root: roots.device.id(),
        device: device.certificate,
        ueid: device.ueid,
        serial: device.serial,
        driver: description.driver,
        firmware: description.firmware,
        board: description.board,
        firmware_id: device.firmware.id,
        report_states_firmware_id: description.firmware_id.is_some(),
        mode: description.mode,
        identifier: description.identifier,
        peers: description.peers,
        measurements,
        driver_manifest: comparison.driver,
        firmware_manifest: comparison.firmware,
        revocation: outcome.revocation.max(comparison.revocation),
        nonce: *report.nonce,
        valid_from: window.not_before,
        valid_until: window.not_after,
    })
}
