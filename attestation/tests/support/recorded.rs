//! Recorded evidence, from the folder that `ADYTON_EVIDENCE` names.

use adyton_attestation::Collateral;
use std::{fs, path::PathBuf};

/// The folder of Intel's evidence; says so and is `None` where there is none.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
        .join("intel");
    if folder.join("cases.json").exists() {
        return Some(folder);
    }
    println!("skipped: no recorded evidence at {}", folder.display());
    None
}

/// One quote with collateral, a time, and what Intel's rules say.
pub struct Case {
    pub name: String,
    pub quote: Vec<u8>,
    pub collateral: Collateral,
    pub fields: serde_json::Value,
}

impl Case {
    pub fn number(&self, field: &str) -> u64 {
        self.fields[field].as_u64().unwrap()
    }

    pub fn text(&self, field: &str) -> &str {
        self.fields[field].as_str().unwrap_or("")
    }

    pub fn has_flag(&self, flag: &str) -> bool {
        self.fields["flags"].as_array().unwrap().iter().any(|one| one.as_str().unwrap().contains(flag))
    }
}

/// The TDX cases whose quote's name begins with `prefix`.
pub fn cases(prefix: &str) -> Vec<Case> {
    let Some(folder) = folder() else { return Vec::new() };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let read = |kind: &str, case: &serde_json::Value, field: &str| {
        fs::read(folder.join(kind).join(case[field].as_str().unwrap())).unwrap()
    };
    cases
        .into_iter()
        .filter(|case| case["quote"].as_str().unwrap().starts_with(prefix))
        .filter(|case| case["collateral"].as_str().unwrap().starts_with("tdx_"))
        .map(|case| Case {
            name: format!("{} with {}", case["quote"], case["collateral"]),
            quote: read("quotes", &case, "quote"),
            collateral: Collateral::from_json(&read("collateral", &case, "collateral")).unwrap(),
            fields: case,
        })
        .collect()
}
