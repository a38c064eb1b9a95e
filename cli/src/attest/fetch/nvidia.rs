//! NVIDIA's word on the certificates of devices, and the manifests of their drivers and firmware.

use std::collections::BTreeSet;

use adyton_attestation::{
    Policy,
    nvidia::{
        Architecture, NvidiaCheck, NvidiaEndorsements, NvidiaFacts, NvidiaPolicy, NvidiaRefusal, NvidiaRoots,
        OcspResponse, verify_manifest, verify_nvidia,
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
    },
    output::misuse,
};

/// Everything that NVIDIA says about the devices of `devices`.
pub async fn find(fetcher: &Fetcher, devices: &[Device], policy: &Policy, now: u64) -> Result<Found> {
    let roots = policy.roots.nvidia().next().ok_or_else(|| misuse("the policy has no root for NVIDIA's evidence"))?;
    let mut found = Fetched::default();
    let mut lines = Vec::new();
    let mut manifests = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for device in devices {
        statuses(fetcher, device, &roots, now, &mut asked, &mut found, &mut lines).await?;
        manifests.extend(manifest_ids(&facts(device, &roots, now)?));
    }
    for id in &manifests {
        let lenient = NvidiaPolicy::insecure_without_endorsements().revocation;
        let accept = |xml: &[u8]| {
            let checked = verify_manifest(xml, &[], &roots, &lenient, now);
            checked.map(|_| ()).map_err(|refusal| refusal.to_string())
        };
        let manifest = fetcher.nvidia_rim(id, now, accept).await?;
        lines.push(came(id, &manifest));
        let xml = String::from_utf8(manifest.value.clone()).context("a manifest is not text")?;
        for (certificate, issuer) in pairs(&pem::of_signed_xml(&xml)) {
            let status = fetcher.nvidia_status(certificate, issuer, None, now, |_| Ok(())).await?;
            lines.push(came("the status of a manifest's certificate", &status));
            found.push_response(&status.value);
        }
        found.manifests.push(xml);
    }
    let content = serde_json::to_string_pretty(&found).context("cannot write what was fetched")?;
    Ok(Found { content, option: "--endorsements", came: lines })
}

/// What the device says about itself, once its signature holds.
fn facts(device: &Device, roots: &NvidiaRoots, now: u64) -> Result<NvidiaFacts> {
    let lenient = NvidiaPolicy::insecure_without_endorsements();
    let nothing = NvidiaEndorsements::default();
    let verdict = verify_nvidia(&device.evidence(), &nothing, roots, &lenient, now)?;
    Ok((*verdict).clone())
}

/// The status of each certificate between the leaf, which the device made itself, and the root.
async fn statuses(
    fetcher: &Fetcher,
    device: &Device,
    roots: &NvidiaRoots,
    now: u64,
    asked: &mut BTreeSet<Vec<u8>>,
    found: &mut Fetched,
    lines: &mut Vec<Value>,
) -> Result<()> {
    let certificates = pem::certificates(&device.certificate_chain)
        .ok_or_else(|| misuse("the device's certificates are not PEM, leaf first"))?;
    for (certificate, issuer) in pairs(certificates.get(1..).unwrap_or_default()) {
        if !asked.insert(certificate.to_vec()) {
            continue;
        }
        let accept = |der: &[u8]| {
            let responses = [OcspResponse { der, nonce: None }];
            let endorsements = NvidiaEndorsements { responses: &responses, ..NvidiaEndorsements::default() };
            let lenient = NvidiaPolicy::insecure_without_endorsements();
            match verify_nvidia(&device.evidence(), &endorsements, roots, &lenient, now) {
                // A certificate that is revoked is an answer: the verdict will be no.
                Err(refusal) if refusal.check() == NvidiaCheck::Revocation && !is_answer(&refusal) => {
                    Err(refusal.to_string())
                }
                Ok(_) | Err(_) => Ok(()),
            }
        };
        let status = fetcher.nvidia_status(certificate, issuer, None, now, accept).await?;
        lines.push(came("the status of a device's certificate", &status));
        found.push_response(&status.value);
    }
    Ok(())
}

fn is_answer(refusal: &NvidiaRefusal) -> bool {
    matches!(refusal, NvidiaRefusal::Revoked { .. } | NvidiaRefusal::OnHold(_) | NvidiaRefusal::UnknownToResponder(_))
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
