//! What the chain has to be sent so that it takes a worker's GPUs, and in which order: each manifest and each device with
//! the responses that are about its certificates, and the signatures that its check rests on.
//!
//! Everything is verified here as the chain will do it, so that what it would refuse is refused before it costs anything.
//! Roots are those that the evidence itself names: whether they are accepted is the chain's to say.

use std::cell::RefCell;

use adyton_attestation::{
    nvidia::{
        Chain, CheckedManifest, NvidiaEndorsements, NvidiaEvidence, NvidiaPolicy, NvidiaRefusal, NvidiaRoot,
        NvidiaRoots, OcspResponse, nonce_for_host, verify_manifest_with, verify_nvidia_with,
    },
    signature::{Fastest, PublicKey, Scheme, SignatureVerifier},
};
use adyton_client::{
    chain::extrinsic::calls::CheckedSignature,
    protocol::{
        device::{DeviceEvidence, DeviceId},
        ids::Digest,
        statement::AttestedStatement,
    },
};
use anyhow::{Context, Result, anyhow, ensure};

use crate::{attest::pem, registration::OfferedDevice};

/// The most responses with one device or manifest on the chain.
const MOST_RESPONSES: usize = 4;

/// What is sent, manifests first.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order in which they were given.
    pub manifests: Vec<Manifest>,
    /// In the order in which they were offered.
    pub devices: Vec<Device>,
}

/// A manifest to be stored.
#[derive(Debug)]
pub struct Manifest {
    /// Its identity.
    pub id: Digest,
    /// The root of the devices that it is for.
    pub root: Digest,
    /// What the chain will keep of it, under a policy as lenient as the one here.
    pub checked: CheckedManifest,
    /// XML.
    pub xml: Vec<u8>,
    /// About its certificates, DER.
    pub responses: Vec<Vec<u8>>,
    /// What its check rests on.
    pub signatures: Vec<CheckedSignature>,
}

/// A device to be shown.
#[derive(Debug)]
pub struct Device {
    /// Which one it is.
    pub id: DeviceId,
    /// As it travels.
    pub evidence: Vec<u8>,
    /// The worker's.
    pub signature: [u8; 64],
    /// The manifests that speak about it.
    pub manifests: Vec<Digest>,
    /// About its certificates, DER.
    pub responses: Vec<Vec<u8>>,
    /// What its check rests on.
    pub signatures: Vec<CheckedSignature>,
}

/// Plans for the devices that a program offered with `statement`, with what NVIDIA says about them: manifests (XML) and
/// responses (DER). `now` is in Unix seconds.
pub fn plan(
    offered: &[OfferedDevice],
    statement: &AttestedStatement,
    manifests: &[Vec<u8>],
    responses: &[Vec<u8>],
    now: u64,
) -> Result<Plan> {
    let manifests: Vec<Known> = manifests.iter().map(|xml| Known::read(xml, responses, now)).collect::<Result<_>>()?;
    let nonce = nonce_for_host(&statement.report_data());
    let mut plan = Plan::default();
    for (place, offered) in offered.iter().enumerate() {
        let device = device(offered, &nonce, &manifests, responses, now);
        let (device, used) = device.with_context(|| format!("the worker's GPU number {}", place + 1))?;
        ensure!(plan.devices.iter().all(|known| known.id != device.id), "the worker offers the same GPU twice");
        for known in used {
            if plan.manifests.iter().all(|manifest| (manifest.id, manifest.root) != (known.id(), device.id.root)) {
                plan.manifests.push(known.step(device.id.root));
            }
        }
        plan.devices.push(device);
    }
    Ok(plan)
}

/// A manifest that was verified here.
struct Known {
    xml: Vec<u8>,
    root: NvidiaRoot,
    checked: CheckedManifest,
    responses: Vec<Vec<u8>>,
    signatures: Vec<CheckedSignature>,
}

impl Known {
    fn read(xml: &[u8], responses: &[Vec<u8>], now: u64) -> Result<Self> {
        let certificates = pem::of_signed_xml(&String::from_utf8_lossy(xml));
        let root = certificates.last().context("a manifest has no certificates")?;
        let root = NvidiaRoot::from_certificate(root, Chain::Manifest).context("the root of a manifest")?;
        let roots = NvidiaRoots { device: NvidiaRoot::device(), manifest: root };
        let policy = lenient().revocation;
        let verify = |verifier: &Collecting, responses: &[OcspResponse<'_>]| {
            verify_manifest_with(verifier, xml, responses, &roots, &policy, now)
        };
        let (checked, responses, signatures) = verified(verify, responses).context("a manifest")?;
        Ok(Self { xml: xml.to_vec(), root, checked, responses, signatures })
    }

    fn id(&self) -> Digest {
        Digest(self.checked.id())
    }

    fn step(&self, root: Digest) -> Manifest {
        Manifest {
            id: self.id(),
            root,
            checked: self.checked.clone(),
            xml: self.xml.clone(),
            responses: self.responses.clone(),
            signatures: self.signatures.clone(),
        }
    }
}

/// A device, and the manifests that speak about it.
fn device<'a>(
    offered: &OfferedDevice,
    nonce: &[u8; 32],
    manifests: &'a [Known],
    responses: &[Vec<u8>],
    now: u64,
) -> Result<(Device, Vec<&'a Known>)> {
    let parts = DeviceEvidence::from_bytes(&offered.evidence).context("its evidence is malformed or too long")?;
    let certificates = pem::certificates(parts.certificates).context("its certificates are not PEM")?;
    let root = certificates.last().context("it has no certificates")?;
    let root = NvidiaRoot::from_certificate(root, Chain::Device).context("its root")?;
    let evidence = NvidiaEvidence { report: parts.report, certificate_chain: parts.certificates };
    // All manifests on the chain under one root of devices lead to one root.
    let manifest = manifests.first().map_or(NvidiaRoot::manifest(), |known| known.root);
    let roots = NvidiaRoots { device: root, manifest };
    let verify = |verifier: &Collecting, manifests: &[CheckedManifest], responses: &[OcspResponse<'_>]| {
        let endorsements = NvidiaEndorsements { manifests, responses };
        verify_nvidia_with(verifier, &evidence, &endorsements, &roots, &lenient(), now)
    };
    let mut used = Vec::new();
    for known in manifests {
        match verify(&Collecting::default(), std::slice::from_ref(&known.checked), &[]) {
            Ok(_) => used.push(known),
            Err(
                NvidiaRefusal::ManifestChip(_)
                | NvidiaRefusal::ManifestDriver { .. }
                | NvidiaRefusal::ManifestFirmware { .. },
            ) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    let checked: Vec<CheckedManifest> = used.iter().map(|known| known.checked.clone()).collect();
    let verify = |verifier: &Collecting, responses: &[OcspResponse<'_>]| verify(verifier, &checked, responses);
    let (verdict, responses, signatures) = verified(verify, responses)?;
    let verdict = verdict.bind(nonce)?;
    let device = Device {
        id: DeviceId { root: Digest(verdict.root), serial: verdict.device },
        evidence: offered.evidence.clone(),
        signature: offered.signature,
        manifests: used.iter().map(|known| known.id()).collect(),
        responses,
        signatures,
    };
    Ok((device, used))
}

/// What `verify` finds with those of `responses` that it needs, these, and the signatures that it met.
fn verified<V>(
    verify: impl Fn(&Collecting, &[OcspResponse<'_>]) -> Result<V, NvidiaRefusal>,
    responses: &[Vec<u8>],
) -> Result<(V, Vec<Vec<u8>>, Vec<CheckedSignature>)> {
    let with = |responses: &[&Vec<u8>]| {
        let responses: Vec<_> = responses.iter().map(|der| OcspResponse { der, nonce: None }).collect();
        let verifier = Collecting::default();
        verify(&verifier, &responses).map(|found| (found, verifier.0.into_inner()))
    };
    let alone = with(&[])?.1.len();
    let mut needed = Vec::new();
    for response in responses {
        // One about another certificate is read, and its signature not checked.
        if !needed.contains(&response) && with(&[response])?.1.len() > alone {
            needed.push(response);
        }
    }
    ensure!(needed.len() <= MOST_RESPONSES, "{} responses are about it, and the chain takes 4", needed.len());
    let (found, signatures) = with(&needed)?;
    Ok((found, needed.into_iter().cloned().collect(), signatures))
}

/// The chain's policy is the chain's to apply.
const fn lenient() -> NvidiaPolicy {
    NvidiaPolicy::insecure_without_endorsements()
}

/// Notes the signatures that verify, each once.
#[derive(Default)]
struct Collecting(RefCell<Vec<CheckedSignature>>);

impl SignatureVerifier for Collecting {
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        let is_good = Fastest::default().verify(scheme, public_key, message, signature);
        if let (true, PublicKey::P384(key), Ok(signature)) = (is_good, public_key, signature.try_into()) {
            let one = CheckedSignature { key: *key, message: message.to_vec(), signature };
            let mut known = self.0.borrow_mut();
            if !known.contains(&one) {
                known.push(one);
            }
        }
        is_good
    }
}

/// Reads what NVIDIA says from what `adyton attest fetch` wrote.
pub fn endorsements(file: &[u8]) -> Result<crate::attest::NvidiaFetched> {
    serde_json::from_slice(file).map_err(|error| anyhow!("it is not what `adyton attest fetch` writes: {error}"))
}

#[cfg(test)]
mod tests;
