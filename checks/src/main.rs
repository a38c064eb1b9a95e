//! The rules of the house that no compiler checks.
//!
//! `make lint` runs it over both Cargo workspaces. It reads `layers.toml` (which of our crates may use which),
//! each workspace's `deny.toml` (licences and banned crates, in cargo-deny's format) and git's list of files, and
//! prints one line per broken rule.
//!
//! What must hold: a rule that cannot be read or a crate that no rule names is a failure, never a pass.

#![forbid(unsafe_code)]

mod graph;
mod layers;
mod licences;
mod links;
mod named_tests;
mod paths;
mod settings;
mod test_programs;
mod versions;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use graph::Graph;

/// The two Cargo workspaces, relative to the repository's root.
const WORKSPACES: [&str; 2] = [".", "chain"];

/// One broken rule, ready to be shown.
type Finding = String;

fn main() -> ExitCode {
    match run() {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            for finding in &findings {
                eprintln!("error: {finding}");
            }
            eprintln!("{} rules of the house are broken", findings.len());
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("error: the checks could not run: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<Vec<Finding>> {
    let root = repository_root()?;
    let rules = layers::Rules::read(&root.join("layers.toml"))?;
    let (mut findings, mut graphs) = (Vec::new(), Vec::new());
    for workspace in WORKSPACES {
        let folder = root.join(workspace);
        let graph = Graph::load(&folder)?;
        let policy = licences::Policy::read(&folder.join("deny.toml"))?;
        report(&mut findings, workspace, "layers", rules.check(&graph));
        report(&mut findings, workspace, "licences and banned crates", policy.check(&graph));
        report(&mut findings, workspace, "versions stand once", versions::check(&graph)?);
        graphs.push(graph);
    }
    report(&mut findings, ".", "layers that nobody uses", rules.unused(&graphs));
    report(&mut findings, ".", "paths of this machine", paths::check(&root)?);
    report(&mut findings, ".", "links between pages and files", links::check(&root)?);
    report(&mut findings, ".", "tests that are in no program", test_programs::check(&root)?);
    report(&mut findings, ".", "tests that a page names", named_tests::check(&root)?);
    report(&mut findings, ".", "which setting is measured", settings::check(&root)?);
    Ok(findings)
}

fn report(all: &mut Vec<Finding>, workspace: &str, rule: &str, found: Vec<Finding>) {
    let outcome = if found.is_empty() { "ok" } else { "BROKEN" };
    println!("{outcome:6} {rule} ({workspace})");
    all.extend(found);
}

fn repository_root() -> Result<PathBuf> {
    let root = std::env::current_dir().context("the current folder")?;
    anyhow::ensure!(Path::new("layers.toml").is_file(), "run this in the repository's root: layers.toml is not here");
    Ok(root)
}
