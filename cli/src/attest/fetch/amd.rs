//! AMD's certificates of the chip that made a report, and its revocation list.

use adyton_attestation::{
    Policy,
    snp::{SnpCheck, SnpEndorsements, SnpPolicy, SnpProduct, SnpRefusal, verify_snp},
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
        None => require_list(request.product, &endorsements.revocation_list, policy, now),
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

/// Requires that the list is a root's. A cloud's key has its certificate with the evidence, so that nothing else can
/// be checked without it.
fn require_list(product: AmdProduct, list: &[u8], policy: &Policy, now: u64) -> Result<(), String> {
    let product = match product {
        AmdProduct::Milan => SnpProduct::Milan,
        AmdProduct::Genoa => SnpProduct::Genoa,
        AmdProduct::Turin => SnpProduct::Turin,
    };
    let mut result = Err(format!("the policy has no root of {product}"));
    for root in policy.roots.snp().iter().filter(|root| root.product() == product) {
        result = root.check_revocation_list(list, now).map(|_| ()).map_err(|refusal| refusal.to_string());
        if result.is_ok() {
            break;
        }
    }
    result
}

fn is_beyond_the_chain(refusal: &SnpRefusal) -> bool {
    refusal.check() > SnpCheck::Revocation
}
