//! Every version stands once, in its workspace's manifest: members only say `workspace = true`.

use anyhow::{Context, Result};

use crate::Finding;
use crate::graph::Graph;

/// The crates with unsafe code, for one thing each: the workspace's lints forbid that, and they state their own.
const OWN_LINTS: [&str; 4] = ["adyton-judgement-web", "adyton-nsm", "adyton-precompiled", "adyton-sqlite"];

const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub fn check(graph: &Graph) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in graph.members.iter().filter_map(|id| graph.packages.get(id)) {
        let file = &package.manifest_path;
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        findings.extend(check_manifest(&package.name, &text)?);
    }
    Ok(findings)
}

fn check_manifest(name: &str, text: &str) -> Result<Vec<Finding>> {
    let manifest: toml::Table = toml::from_str(text)?;
    let mut findings = Vec::new();
    for table in TABLES.iter().filter_map(|table| manifest.get(*table)?.as_table()) {
        for (dependency, value) in table {
            let field = |key: &str| value.as_table().is_some_and(|fields| fields.contains_key(key));
            if !field("workspace") && !field("path") {
                findings.push(format!(
                    "`{name}` gives `{dependency}` a version of its own: put it into the workspace's manifest"
                ));
            }
        }
    }
    let inherited = manifest.get("lints").and_then(|table| table.get("workspace")?.as_bool()) == Some(true);
    if !inherited && !OWN_LINTS.contains(&name) {
        findings.push(format!("`{name}` does not inherit the workspace's lints: add [lints] workspace = true"));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_inherits_everything_passes() {
        let text = "[lints]\nworkspace = true\n[dependencies]\na.workspace = true\nb = { path = \"../b\" }";
        assert!(check_manifest("m", text).expect("well formed").is_empty());
    }

    #[test]
    fn a_version_in_a_member_is_refused() {
        for line in ["a = \"1\"", "a = { version = \"1\" }", "a = { git = \"https://example.org\" }"] {
            let text = format!("[lints]\nworkspace = true\n[dev-dependencies]\n{line}");
            assert_eq!(check_manifest("m", &text).expect("well formed").len(), 1, "{line}");
        }
    }

    #[test]
    fn a_member_without_the_lints_is_refused() {
        assert_eq!(check_manifest("m", "[dependencies]").expect("well formed").len(), 1);
    }

    #[test]
    fn a_crate_with_an_unsafe_function_states_its_own_lints() {
        for name in OWN_LINTS {
            assert!(check_manifest(name, "[lints.rust]\nunsafe_code = \"deny\"").expect("well formed").is_empty());
        }
    }
}
