//! AMD's certificates of the chip that made a report, and its revocation list.

use adyton_attestation::{
    Policy,
    snp::{SnpCheck, SnpEndorsements, SnpKey, SnpPolicy, SnpProduct, SnpRefusal, verify_snp},
};
use adyton_attestation_platform::fetch::{AmdEndorsements, AmdProduct, AmdRequest, Fetcher};
use anyhow::Result;

use super::{Found, came};
use crate::{attest::pem, output::misuse};

/// The endorsements of the chip that made `report`, checked against the policy's roots.
pub async fn find(
    fetcher: &Fetcher,
    report: &[u8],
    product: Option<AmdProduct>,
    policy: &Policy,
    now: u64,
) -> Result<Found> {
    let request = AmdRequest::of_report(report, product).map_err(|error| {
        let error = error.to_string();
        let hint = if error.ends_with("name it") { " with --product" } else { "" };
        misuse(format!("{error}{hint}"))
    })?;
    let accept = |endorsements: &AmdEndorsements| match &endorsements.vcek {
        Some(vcek) => require_chain(report, vcek, endorsements, policy, now),
        None => require_above(request.product, endorsements, policy, now),
    };
    let fetched = fetcher.amd(&request, now, accept).await?;
    let AmdEndorsements { vcek, authority, root, revocation_list } = &fetched.value;
    let certificates = vcek.iter().chain([authority, root]).map(|der| pem::encode("CERTIFICATE", der));
    let content = certificates.collect::<String>() + &pem::encode("X509 CRL", revocation_list);
    let what = format!("AMD's certificates and revocation list of {}", request.product.name());
    Ok(Found { content, option: "--endorsements", came: vec![came(&what, &fetched)] })
}

/// Requires that the certificates of a chip's key lead to a root, that the key signed the report, and that the list is
/// that root's. What the report says beyond that is not judged here.
fn require_chain(
    report: &[u8],
    vek: &[u8],
    endorsements: &AmdEndorsements,
    policy: &Policy,
    now: u64,
) -> Result<(), String> {
    let AmdEndorsements { vcek: _, authority, root, revocation_list } = endorsements;
    let endorsements =
        SnpEndorsements { vek, authority: Some(authority), root: Some(root), revocation_list: Some(revocation_list) };
    match verify_snp(report, &endorsements, &policy.roots.snp(), &SnpPolicy::tiered(), now) {
        Ok(_) => Ok(()),
        Err(refusal) if is_beyond_the_chain(&refusal) => Ok(()),
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// Requires that authority, root and list are those of one of the policy's roots. The certificate of a cloud's key comes
/// with the evidence, so that nothing else can be checked here.
fn require_above(product: AmdProduct, endorsements: &AmdEndorsements, policy: &Policy, now: u64) -> Result<(), String> {
    let product = match product {
        AmdProduct::Milan => SnpProduct::Milan,
        AmdProduct::Genoa => SnpProduct::Genoa,
        AmdProduct::Turin => SnpProduct::Turin,
    };
    let AmdEndorsements { vcek: _, authority, root, revocation_list } = endorsements;
    let mut refusals = Vec::new();
    for known in policy.roots.snp().iter().filter(|known| known.product() == product) {
        match known.check_above(SnpKey::Vlek, authority, root, revocation_list, now) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusals.push(refusal),
        }
    }
    // That another root of the line is not the one says less than what the one refuses.
    let telling = refusals.iter().find(|refusal| !matches!(refusal, SnpRefusal::UntrustedRoot(_))).or(refusals.first());
    Err(telling.map_or_else(|| format!("the policy has no root of {product}"), ToString::to_string))
}

fn is_beyond_the_chain(refusal: &SnpRefusal) -> bool {
    refusal.check() > SnpCheck::Revocation
}
