//! Recorded evidence, from the folder that `ADYTON_EVIDENCE` names.

use adyton_attestation::Collateral;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of Intel's evidence; says so and is `None` where there is none.
pub fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("ADYTON_EVIDENCE").map(PathBuf::from);
    // The crates that read it are at different depths of the checkout, beside which it is.
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/evidence"));
    let folder = named.into_iter().chain(beside).map(|folder| folder.join("intel")).find(|folder| is_there(folder));
    if folder.is_none() {
        println!("skipped: no recorded evidence beside the checkout, and none that ADYTON_EVIDENCE names");
    }
    folder
}

fn is_there(folder: &Path) -> bool {
    folder.join("cases.json").exists()
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

    pub fn texts(&self, field: &str) -> Vec<&str> {
        self.fields[field].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
    }

    pub fn is_sgx(&self) -> bool {
        self.text("quote").starts_with("sgx_")
    }

    pub fn has_flag(&self, flag: &str) -> bool {
        self.fields["flags"].as_array().unwrap().iter().any(|one| one.as_str().unwrap().contains(flag))
    }
}

/// The cases whose quote's name begins with `prefix`.
pub fn cases(prefix: &str) -> Vec<Case> {
    let Some(folder) = folder() else { return Vec::new() };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let read = |kind: &str, case: &serde_json::Value, field: &str| {
        fs::read(folder.join(kind).join(case[field].as_str().unwrap())).unwrap()
    };
    cases
        .into_iter()
        .filter(|case| case["quote"].as_str().unwrap().starts_with(prefix))
        .map(|case| Case {
            name: format!("{} with {}", case["quote"], case["collateral"]),
            quote: read("quotes", &case, "quote"),
            collateral: Collateral::from_json(&read("collateral", &case, "collateral")).unwrap(),
            fields: case,
        })
        .collect()
}

/// Every quote that is there, and what is known of it.
pub fn quotes() -> Vec<(serde_json::Value, Vec<u8>)> {
    let Some(folder) = folder() else { return Vec::new() };
    let all: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(folder.join("quotes.json")).unwrap()).unwrap();
    let read = |known: &serde_json::Value| {
        fs::read(folder.join("quotes").join(format!("{}.bin", known["name"].as_str().unwrap()))).ok()
    };
    all.into_iter().filter_map(|known| read(&known).map(|quote| (known, quote))).collect()
}
