//! Certificates of any vendor's profile, as roots and as keys.

use adyton_attestation::{
    IntelRoot,
    nitro::NitroRoot,
    nvidia::{Chain, NvidiaRoot},
    snp::{SnpKey, SnpProduct, SnpRoot},
    tpm::{AttestationKey, TpmRoot},
};

use super::nvidia::PRODUCTION;
use crate::{nitro, nvidia, recorded, snp, support, tpm};

/// A certificate in the place of every vendor's root.
pub fn certificate(data: &[u8]) {
    if let Ok(root) = IntelRoot::from_certificate(data) {
        assert!(!root.is_intel() || data.len() > 500, "nobody else's is intel's");
    }
    let _ = NitroRoot::from_certificate(data);
    let _ = TpmRoot::from_certificate(data);
    let _ = AttestationKey::from_certificate(data);
    for chain in [Chain::Device, Chain::Manifest] {
        let _ = NvidiaRoot::from_certificate(data, chain);
    }
    for product in SnpProduct::ALL {
        let _ = SnpRoot::from_certificates(product, data, data, data);
    }
}

/// Seeds of [`certificate`].
pub fn certificates() -> Vec<Vec<u8>> {
    let issued = support::plan().issue();
    let mut seeds = vec![issued.root_certificate, issued.pck_certificate, issued.collateral.pck_ca.into_inner()];
    seeds.extend(nitro::plan().chain());
    seeds.extend(nvidia::Device::blackwell(PRODUCTION).chain.iter().map(nvidia::Certificate::der));
    seeds.extend(
        SnpProduct::ALL
            .into_iter()
            .flat_map(|product| [snp::ark(product).encode(), snp::authority(product, SnpKey::Vlek).encode()]),
    );
    seeds.push(tpm::authority().root.certificate.der().to_vec());
    seeds.extend(recorded::files("snp", &[".der"]));
    seeds.extend(recorded::files("azure", &["VtpmAkCert.bin"]));
    seeds
}
