//! AMD's certificates of the chip that made a report, and its revocation list.

use adyton_attestation::{
    Policy,
    snp::{SnpCheck, SnpEndorsements, SnpPolicy, SnpRefusal, verify_snp},
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
    let accept = |endorsements: &AmdEndorsements| require_chain(report, endorsements, policy, now);
    let fetched = fetcher.amd(&request, now, accept).await?;
    let AmdEndorsements { vcek, authority, root, revocation_list } = &fetched.value;
    let certificates = vcek.iter().chain([authority, root]).map(|der| pem::encode("CERTIFICATE", der));
    let content = certificates.collect::<String>() + &pem::encode("X509 CRL", revocation_list);
    let what = format!("AMD's certificates and revocation list of {}", request.product.name());
    Ok(Found { content, option: "--endorsements", came: vec![came(&what, &fetched)] })
}

/// Requires that the certificates lead to a root and the list is that root's. What the report says beyond that is
/// not judged here. A cloud's key has its certificate with the evidence, so that nothing can be checked without it.
fn require_chain(report: &[u8], endorsements: &AmdEndorsements, policy: &Policy, now: u64) -> Result<(), String> {
    let AmdEndorsements { vcek, authority, root, revocation_list } = endorsements;
    let Some(vek) = vcek else { return Ok(()) };
    let endorsements =
        SnpEndorsements { vek, authority: Some(authority), root: Some(root), revocation_list: Some(revocation_list) };
    match verify_snp(report, &endorsements, &policy.roots.snp(), &SnpPolicy::tiered(), now) {
        Ok(_) => Ok(()),
        Err(refusal) if is_beyond_the_chain(&refusal) => Ok(()),
        Err(refusal) => Err(refusal.to_string()),
    }
}

fn is_beyond_the_chain(refusal: &SnpRefusal) -> bool {
    refusal.check() > SnpCheck::Revocation
}
