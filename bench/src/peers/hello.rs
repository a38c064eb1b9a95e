//! The contract that does what the peers do: it answers always the same, and keeps nothing. A new project with another
//! program, so that nothing but the program differs from what a developer begins with.

use std::{fs, path::Path};

use adyton_client::ContractId;
use adyton_e2e::Network;
use anyhow::{Context, Result};

use crate::network;

/// What everybody's answer is.
pub const ANSWER: &str = "0";

const RUST: &str = r#"//! Answers always the same.

use adyton_sdk::{Error, Request, Response, Service, export};

struct Hello;

impl Service for Hello {
    fn handle(_: Request) -> Result<Response, Error> {
        Ok(Response::text("0"))
    }
}

export!(Hello);
"#;

const JAVASCRIPT: &str = r#"// Answers always the same.

import { Response } from "adyton";

export default () => new Response("0");
"#;

/// Builds and deploys the one in Rust, below `folder`.
pub fn rust(network: &Network, folder: &Path) -> Result<ContractId> {
    deploy(network, folder, ("hello-rust", "rust"), ("src/lib.rs", RUST), "")
}

/// Builds and deploys the one in JavaScript. That needs Node.js, and the packages' registry the first time.
pub fn javascript(network: &Network, folder: &Path) -> Result<ContractId> {
    deploy(network, folder, ("hello-js", "js"), ("src/main.js", JAVASCRIPT), "")
}

/// The same one, whose instances answer one call after another.
pub fn reusing_javascript(network: &Network, folder: &Path) -> Result<ContractId> {
    deploy(network, folder, ("hello-js-reuse", "js"), ("src/main.js", JAVASCRIPT), "reuse = true\n")
}

/// A new project with `program` in its file, and `more` before what its manifest says.
fn deploy(
    network: &Network,
    folder: &Path,
    (name, language): (&str, &str),
    (file, program): (&str, &str),
    more: &str,
) -> Result<ContractId> {
    let parent = folder.join("projects");
    fs::create_dir_all(&parent).context("the projects' folder")?;
    network.json(&["new", name, "--lang", language, "--dir", &parent.to_string_lossy(), "--json"])?;
    let project = parent.join(name);
    fs::write(project.join(file), program).context("the program")?;
    let manifest = project.join("adyton.toml");
    let text = fs::read_to_string(&manifest).context("the manifest")?;
    fs::write(&manifest, format!("{more}{}", without_grants(&text))).context("the manifest")?;
    network::deploy_project(network, &project)
}

/// The manifest of a contract that may do nothing but answer.
fn without_grants(manifest: &str) -> String {
    let line = |line: &str| if line.starts_with("grants = ") { "grants = []\n".into() } else { format!("{line}\n") };
    manifest.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_answer_what_the_peers_do() {
        for program in [RUST, JAVASCRIPT] {
            assert!(program.contains(&format!("(\"{ANSWER}\")")));
        }
    }

    #[test]
    fn a_manifest_loses_its_grants_and_nothing_else() {
        let manifest = "name = \"x\"\ngrants = [\"kv\", \"log\"]\npublic_calls = true\n";
        assert_eq!(without_grants(manifest), "name = \"x\"\ngrants = []\npublic_calls = true\n");
    }
}
