//! The collaterals to judge by: files, or what Intel's service has now.

use std::path::PathBuf;

use adyton_attestation::{Collateral, EvidenceKind, Policy, intel::Contents};
use adyton_attestation_platform::fetch::Update;
use anyhow::Result;
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

/// Intel's early and standard collateral for the platform that made a quote, from the first source that has it.
pub async fn fetch(
    contents: &Contents,
    sources: &[String],
    policy: &Policy,
    now: u64,
    signatures: &Remembering,
    connection: &Connection<'_>,
) -> Result<Vec<Named>> {
    let fetcher = Sources { vendor: sources, status: &[] }.fetcher(Some(connection.places.endorsements()))?;
    let mut found = Vec::new();
    for (name, update) in [("standard", Update::Standard), ("early", Update::Early)] {
        connection.output.progress(format!("Asking for the {name} collateral of {}", hex::encode(contents.fmspc)));
        let request = intel_request(contents, update)?;
        let accept = |collateral: &Collateral| {
            checked_collateral(signatures, collateral, policy, now).map(|_| ()).map_err(|refusal| refusal.to_string())
        };
        let fetched = fetcher.intel(&request, now, accept).await?;
        found.push(Named::new(name.into(), fetched.value.collateral)?);
    }
    Ok(found)
}
