//! The collaterals to judge by: files, or what Intel's service has now.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use adyton_attestation::{Collateral, EvidenceKind, Policy, intel::Contents};
use adyton_attestation_platform::fetch::{IntelRequest, Update};
use anyhow::{Error, Result, bail};
use serde::Deserialize;

use crate::{
    attest::{Remembering, Sources, checked_collateral, intel_request, read_collateral, read_file},
    connection::Connection,
    output::misuse,
};

/// Collateral with what to call it, and what its TCB information says about itself. Whether that is authentic shows
/// when a quote is judged by it.
#[derive(Debug, Clone)]
pub struct Named {
    /// A file, or "early" or "standard".
    pub name: String,
    /// Raw.
    pub collateral: Collateral,
    /// What it says about itself.
    pub says: Says,
}

/// The head of TCB information (Intel PCS API v4).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Says {
    id: String,
    fmspc: String,
    /// Which of Intel's evaluations.
    #[serde(rename = "tcbEvaluationDataNumber")]
    pub evaluation: u32,
    /// When it was issued, as it is written.
    pub issue_date: String,
    /// When the next one is due, as it is written.
    pub next_update: String,
}

impl Named {
    /// Under a name; bad use if its TCB information cannot be read.
    pub fn new(name: String, collateral: Collateral) -> Result<Self> {
        let says = serde_json::from_slice(&collateral.tcb_info);
        let says = says.map_err(|error| misuse(format!("{name}: the tcb information cannot be read: {error}")))?;
        Ok(Self { name, collateral, says })
    }

    /// Whether it is about the platform that made a quote.
    pub fn is_for(&self, contents: &Contents) -> bool {
        let id = if contents.kind == EvidenceKind::IntelSgx { "SGX" } else { "TDX" };
        self.says.id == id && self.says.fmspc.eq_ignore_ascii_case(&hex::encode(contents.fmspc))
    }
}

/// The files.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Named>> {
    let named = |path: &PathBuf| {
        let file = read_file(path)?;
        let collateral = read_collateral(&file)?.map_err(|refusal| misuse(format!("{}: {refusal}", file.name())))?;
        Named::new(file.name(), collateral)
    };
    paths.iter().map(named).collect()
}

/// Which collateral no source had, and why: of many machines of one family, only the first waits for sources that are down.
#[derive(Debug, Default)]
pub struct Missing(Mutex<Vec<(IntelRequest, String)>>);

impl Missing {
    fn why(&self, request: &IntelRequest) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(missing, _)| missing == request).map(|(_, why)| why.clone())
    }

    /// Remembers it, and gives the error on.
    fn note(&self, request: IntelRequest, error: Error) -> Error {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((request, format!("{error:#}")));
        error
    }
}

/// Intel's early and standard collateral for the platform that made a quote, from the first source that has it.
pub async fn fetch(
    contents: &Contents,
    sources: &[String],
    policy: &Policy,
    now: u64,
    (signatures, missing): (&Remembering, &Missing),
    connection: &Connection<'_>,
) -> Result<Vec<Named>> {
    let fetcher = Sources { vendor: sources, status: &[] }.fetcher(Some(connection.places.endorsements()))?;
    let mut found = Vec::new();
    for (name, update) in [("standard", Update::Standard), ("early", Update::Early)] {
        let request = intel_request(contents, update)?;
        if let Some(why) = missing.why(&request) {
            bail!("{why}");
        }
        connection.output.progress(format!("Asking for the {name} collateral of {}", hex::encode(contents.fmspc)));
        let accept = |collateral: &Collateral| {
            checked_collateral(signatures, collateral, policy, now).map(|_| ()).map_err(|refusal| refusal.to_string())
        };
        let fetched = fetcher.intel(&request, now, accept).await;
        let fetched = fetched.map_err(|error| missing.note(request, error.into()))?;
        found.push(Named::new(name.into(), fetched.value.collateral)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use adyton_attestation_platform::fetch::{IntelAuthority, IntelTee};

    use super::*;

    #[test]
    fn of_one_family_sources_that_have_nothing_are_waited_for_once() {
        let of = |family, update| IntelRequest {
            tee: IntelTee::Tdx,
            fmspc: [family; 6],
            authority: IntelAuthority::Platform,
            update,
        };
        let missing = Missing::default();
        assert_eq!(missing.why(&of(1, Update::Early)), None);
        let error = missing.note(of(1, Update::Early), Error::msg("it is down").context("nobody has it"));
        assert_eq!(error.to_string(), "nobody has it");
        assert_eq!(missing.why(&of(1, Update::Early)).as_deref(), Some("nobody has it: it is down"));
        assert_eq!((missing.why(&of(2, Update::Early)), missing.why(&of(1, Update::Standard))), (None, None));
    }
}
