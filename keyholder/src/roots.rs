//! The roots of trust that a measured configuration names, and what follows from them.

use adyton_attestation::{
    IntelRoot, Roots,
    nitro::NitroRoot,
    snp::{SnpPolicy, SnpProduct, SnpProductPolicy, SnpRoot},
};
use adyton_protocol::{evidence, record::EvidenceKind};

/// Reads roots: `intel`, `amd-milan`, `amd-genoa`, `amd-turin` and `aws` are the vendors' own; others are given by their
/// self-signed certificates (DER) in hexadecimal, which are of the shape of one of the vendors'. Of AMD's shape they are
/// three, of root, chip authority and provider authority, each with its length (`u32`, little-endian) before it.
pub fn read(texts: &[String]) -> Result<Roots, String> {
    let mut roots = Roots::default();
    for text in texts {
        match &text[..] {
            "intel" => roots.intel.push(IntelRoot::intel()),
            "amd-milan" => roots.snp.push(SnpRoot::amd(SnpProduct::Milan)),
            "amd-genoa" => roots.snp.push(SnpRoot::amd(SnpProduct::Genoa)),
            "amd-turin" => roots.snp.push(SnpRoot::amd(SnpProduct::Turin)),
            "aws" => roots.nitro.push(NitroRoot::aws()),
            other => add(&mut roots, other)?,
        }
    }
    Ok(roots)
}

fn add(roots: &mut Roots, text: &str) -> Result<(), String> {
    let Ok(bytes) = hex::decode(text.strip_prefix("0x").unwrap_or(text)) else {
        return Err(format!("{text:?} is neither the name of a root nor certificates in hexadecimal"));
    };
    let intel = match IntelRoot::from_certificate(&bytes) {
        Ok(root) => {
            roots.intel.push(root);
            return Ok(());
        }
        Err(refusal) => refusal,
    };
    if let Ok(root) = NitroRoot::from_certificate(&bytes) {
        roots.nitro.push(root);
        return Ok(());
    }
    let of_amds_shape = |[ark, ask, asvk]: [&[u8]; 3]| {
        SnpProduct::ALL.into_iter().find_map(|product| SnpRoot::from_certificates(product, ark, ask, asvk).ok())
    };
    match evidence::parts(&bytes).and_then(of_amds_shape) {
        Some(root) => {
            roots.snp.push(root);
            Ok(())
        }
        None => Err(format!("certificates of no root: {intel}")),
    }
}

/// Whether evidence of `kind` has a root to lead to.
pub fn has_one(roots: &Roots, kind: EvidenceKind) -> bool {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => roots.intel().next().is_some(),
        EvidenceKind::AmdSnp => !roots.snp().is_empty(),
        EvidenceKind::AwsNitro => roots.nitro().next().is_some(),
    }
}

/// What is accepted of AMD's platforms: up to date and nothing else, of the product lines whose roots are named.
pub fn snp_policy(roots: &Roots) -> SnpPolicy {
    let named = roots.snp();
    let of = |product| named.iter().any(|root| root.product() == product).then(|| SnpProductPolicy::strict(product));
    SnpPolicy {
        milan: of(SnpProduct::Milan),
        genoa: of(SnpProduct::Genoa),
        turin: of(SnpProduct::Turin),
        ..SnpPolicy::strict()
    }
}
