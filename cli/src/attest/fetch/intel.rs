//! Intel's collateral of the platform that made a quote.

use adyton_attestation::{
    EvidenceKind, Policy,
    intel::{Contents, inspect},
};
use adyton_attestation_platform::fetch::{Fetcher, IntelAuthority, IntelRequest, IntelTee, Update};
use anyhow::Result;

use super::{Found, came};
use crate::{
    attest::{intel::checked, kind::Kind, signatures::remembering},
    output::misuse,
};

/// The collateral of the platform that made `quote`, checked against one of the policy's roots.
pub async fn find(
    fetcher: &Fetcher,
    kind: Kind,
    quote: &[u8],
    policy: &Policy,
    update: Update,
    now: u64,
) -> Result<Found> {
    let request = request(kind, quote, policy, update)?;
    let signatures = remembering();
    let accept = |collateral: &_| {
        checked(&signatures, collateral, policy, now).map(|_| ()).map_err(|refusal| refusal.to_string())
    };
    let fetched = fetcher.intel(&request, now, accept).await?;
    let what = match update {
        Update::Early => "Intel's early collateral",
        Update::Standard => "Intel's standard collateral",
    };
    Ok(Found { came: vec![came(what, &fetched)], content: fetched.value.file, option: "--collateral" })
}

/// What is asked for the platform that made a quote of `kind`.
fn request(kind: Kind, quote: &[u8], policy: &Policy, update: Update) -> Result<IntelRequest> {
    let root = policy.roots.intel().next().ok_or_else(|| misuse("the policy has no root for Intel's evidence"))?;
    let contents = inspect(quote, &root).map_err(|refusal| misuse(format!("the quote cannot be read: {refusal}")))?;
    match (contents.kind, kind) {
        (EvidenceKind::IntelSgx, Kind::Sgx) | (EvidenceKind::IntelTdx, Kind::Tdx) => request_of(&contents, update),
        (found, _) => Err(misuse(format!("the quote is of kind {}, not {}", found.name(), kind.name()))),
    }
}

/// The same for a quote that was read: what its certificate says about its platform.
pub fn request_of(contents: &Contents, update: Update) -> Result<IntelRequest> {
    let tee = if contents.kind == EvidenceKind::IntelSgx { IntelTee::Sgx } else { IntelTee::Tdx };
    let authority = authority_named(&contents.authority)
        .ok_or_else(|| misuse("the quote's platform certificate is of an authority that Intel does not have"))?;
    Ok(IntelRequest { tee, fmspc: contents.fmspc, authority, update })
}

/// The authority of that common name.
pub fn authority_named(name: &str) -> Option<IntelAuthority> {
    match name {
        "Intel SGX PCK Platform CA" => Some(IntelAuthority::Platform),
        "Intel SGX PCK Processor CA" => Some(IntelAuthority::Processor),
        _ => None,
    }
}
