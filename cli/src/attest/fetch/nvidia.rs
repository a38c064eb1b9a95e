//! NVIDIA's word on the certificates of devices, and the manifests of their drivers and firmware.

use std::collections::BTreeMap;

use adyton_attestation::{
    Policy,
    nvidia::{
        Architecture, Chain, NvidiaCertificate, NvidiaEndorsements, NvidiaFacts, NvidiaPolicy, NvidiaRefusal,
        NvidiaRoots, OcspResponse, RevocationPolicy, verify_manifest_with, verify_nvidia_with,
    },
};
use adyton_attestation_platform::fetch::{Fetcher, driver_rim_id, vbios_rim_id};
use anyhow::{Context, Result};
use serde_json::Value;

use super::{Found, came};
use crate::{
    attest::{
        nvidia::{Device, Fetched},
        pem,
        signatures::{Remembering, remembering},
    },
    output::misuse,
};

/// Everything that NVIDIA says about the devices of `devices`, to be written.
pub async fn find(fetcher: &Fetcher, devices: &[Device], policy: &Policy, now: u64) -> Result<Found> {
    let (found, came) = fetched(fetcher, devices, policy, now).await?;
    let content = serde_json::to_string_pretty(&found).context("cannot write what was fetched")?;
    Ok(Found { content, option: "--endorsements", came })
}

/// Everything that NVIDIA says about the devices of `devices`, and how each of it came.
pub async fn fetched(
    fetcher: &Fetcher,
    devices: &[Device],
    policy: &Policy,
    now: u64,
) -> Result<(Fetched, Vec<Value>)> {
    let signatures = &remembering();
    let mut statuses = Statuses { fetcher, signatures, now, known: BTreeMap::new(), lines: Vec::new() };
    let mut manifests = BTreeMap::new();
    for device in devices {
        let (roots, facts) = facts(signatures, device, policy, now)?;
        statuses.of_device(device, &roots).await?;
        manifests.extend(manifest_ids(&facts).into_iter().map(|id| (id, roots)));
    }
    let mut found = Fetched::default();
    for (id, roots) in &manifests {
        let accept = |xml: &[u8]| {
            let revocation = &without_endorsements().revocation;
            let checked = verify_manifest_with(signatures, xml, &[], roots, revocation, now);
            checked.map(|_| ()).map_err(|refusal| refusal.to_string())
        };
        let manifest = fetcher.nvidia_rim(id, now, accept).await?;
        statuses.lines.push(came(id, &manifest));
        statuses.of_manifest(&manifest.value, roots).await?;
        found.manifests.push(String::from_utf8(manifest.value).context("a manifest is not text")?);
    }
    statuses.known.values().for_each(|response| found.push_response(response));
    Ok((found, statuses.lines))
}

/// What the device says about itself, once its signature holds, and the roots of the policy's that it leads to.
fn facts(signatures: &Remembering, device: &Device, policy: &Policy, now: u64) -> Result<(NvidiaRoots, NvidiaFacts)> {
    let mut result = Err(misuse("the policy has no root for NVIDIA's evidence"));
    for roots in policy.roots.nvidia() {
        let nothing = NvidiaEndorsements::default();
        match verify_nvidia_with(signatures, &device.evidence(), &nothing, &roots, &without_endorsements(), now) {
            Ok(verdict) => return Ok((roots, (*verdict).clone())),
            Err(refusal) => result = Err(refusal.into()),
        }
    }
    result
}

/// The evidence's own signatures, and nothing of what is still to be fetched.
const fn without_endorsements() -> NvidiaPolicy {
    NvidiaPolicy::insecure_without_endorsements()
}

/// Every certificate has to be answered for. One that is on hold is an answer, and the next one counts too.
const fn with_statuses() -> NvidiaPolicy {
    let policy = without_endorsements();
    let revocation =
        RevocationPolicy { insecure_allow_unchecked: false, insecure_allow_hold: true, ..policy.revocation };
    NvidiaPolicy { revocation, ..policy }
}

/// What NVIDIA's responder says about certificates.
struct Statuses<'a> {
    fetcher: &'a Fetcher,
    /// The responses of a chain are judged together, as often as one comes.
    signatures: &'a Remembering,
    now: u64,
    /// Responses (DER) by the certificate (DER) that they are about.
    known: BTreeMap<Vec<u8>, Vec<u8>>,
    lines: Vec<Value>,
}

impl Statuses<'_> {
    /// Of each certificate between the leaf, which the device made itself, and the root.
    async fn of_device(&mut self, device: &Device, roots: &NvidiaRoots) -> Result<()> {
        let certificates = pem::certificates(&device.certificate_chain)
            .ok_or_else(|| misuse("the device's certificates are not PEM, leaf first"))?;
        let (signatures, now) = (self.signatures, self.now);
        let check = |responses: &[OcspResponse<'_>]| {
            let endorsements = NvidiaEndorsements { responses, ..NvidiaEndorsements::default() };
            verify_nvidia_with(signatures, &device.evidence(), &endorsements, roots, &with_statuses(), now).map(|_| ())
        };
        self.of_chain(Chain::Device, &certificates, 1, check).await
    }

    /// Of each certificate below the root in a manifest's signature.
    async fn of_manifest(&mut self, xml: &[u8], roots: &NvidiaRoots) -> Result<()> {
        let certificates = pem::of_signed_xml(&String::from_utf8_lossy(xml));
        let (signatures, now) = (self.signatures, self.now);
        let check = |responses: &[OcspResponse<'_>]| {
            verify_manifest_with(signatures, xml, responses, roots, &with_statuses().revocation, now).map(|_| ())
        };
        self.of_chain(Chain::Manifest, &certificates, 0, check).await
    }

    /// Of the certificates of a chain from place `first` on, which `check` judges with the responses about them.
    async fn of_chain(
        &mut self,
        chain: Chain,
        certificates: &[Vec<u8>],
        first: u8,
        check: impl Fn(&[OcspResponse<'_>]) -> Result<(), NvidiaRefusal>,
    ) -> Result<()> {
        let check = |responses: &[Vec<u8>]| {
            let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
            check(&responses)
        };
        let mut before: Vec<Vec<u8>> = Vec::new();
        for (place, (certificate, issuer)) in (0..).zip(pairs(certificates)).skip(usize::from(first)) {
            // The verdict will be no, whatever is said of the others.
            if is_no(&check(&before)) {
                break;
            }
            let response = match self.known.get(certificate) {
                Some(response) => response.clone(),
                None => {
                    let accept = |der: &[u8]| {
                        require_answer(check(&[before.as_slice(), &[der.to_vec()]].concat()), chain, place)
                    };
                    let status = self.fetcher.nvidia_status(certificate, issuer, None, self.now, accept).await?;
                    self.lines.push(came(&format!("the status of a {chain}'s certificate"), &status));
                    self.known.insert(certificate.to_vec(), status.value.clone());
                    status.value
                }
            };
            before.push(response);
        }
        Ok(())
    }
}

/// Whether some certificate is said not to be good.
const fn is_no(result: &Result<(), NvidiaRefusal>) -> bool {
    matches!(result, Err(NvidiaRefusal::Revoked { .. } | NvidiaRefusal::UnknownToResponder(_)))
}

/// Requires that the responses answer for the certificates of a chain up to `place`; a no is an answer.
fn require_answer(result: Result<(), NvidiaRefusal>, chain: Chain, place: u8) -> Result<(), String> {
    let asked = match place {
        0 => NvidiaCertificate::Leaf(chain),
        place => NvidiaCertificate::Authority(chain, place),
    };
    match result {
        Err(NvidiaRefusal::MissingRevocation(missing)) if missing == asked => {
            Err("its response is not about the certificate that was asked for".into())
        }
        // Those above are asked for next.
        Ok(()) | Err(NvidiaRefusal::MissingRevocation(_)) => Ok(()),
        result if is_no(&result) => Ok(()),
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// Each certificate with its issuer; the last one has none here.
fn pairs(certificates: &[Vec<u8>]) -> impl Iterator<Item = (&[u8], &[u8])> {
    certificates.windows(2).filter_map(|pair| match pair {
        [certificate, issuer] => Some((certificate.as_slice(), issuer.as_slice())),
        _ => None,
    })
}

/// The names of the manifests that speak about a device. A switch does not say which board its firmware is for.
fn manifest_ids(facts: &NvidiaFacts) -> Vec<String> {
    let chip = facts.chip.replace('_', "");
    let driver = facts.driver.map(|version| driver_rim_id(&chip, &version.to_string()));
    let board: Vec<&str> = facts.board.as_deref().unwrap_or_default().split('_').collect();
    let firmware = match (facts.architecture, board.as_slice()) {
        (Architecture::Hopper | Architecture::Blackwell, [project, sku, chip_sku]) => {
            Some(vbios_rim_id(project, sku, chip_sku, &facts.firmware.to_string()))
        }
        (Architecture::Hopper | Architecture::Blackwell | Architecture::NvSwitch, _) => None,
    };
    driver.into_iter().chain(firmware).collect()
}
