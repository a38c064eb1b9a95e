//! Where the tests of a crate are one program, each of their files is in it: what nobody names is not compiled, and
//! its tests never run.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{Finding, paths};

/// The root of such a program.
const ROOT: &str = "tests/main.rs";

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let files = paths::tracked(root)?;
    let mut findings = Vec::new();
    for program in files.iter().filter(|file| file.ends_with(&format!("/{ROOT}"))) {
        let text = std::fs::read_to_string(root.join(program)).with_context(|| program.clone())?;
        let folder = program.strip_suffix("main.rs").context("a root ends with its file's name")?;
        let there = files.iter().filter(|file| root.join(file).is_file());
        let missing = there.filter_map(|file| module(file, folder)).filter(|module| !names(&text, module));
        findings.extend(missing.map(|module| format!("{program} does not name `mod {module};`: its tests never run")));
    }
    Ok(findings)
}

/// The module that a file in `folder`, or the first file of a folder in it, is.
fn module<'a>(file: &'a str, folder: &str) -> Option<&'a str> {
    let name = file.strip_prefix(folder)?.strip_suffix(".rs")?;
    let name = name.strip_suffix("/mod").unwrap_or(name);
    (name != "main" && !name.contains('/')).then_some(name)
}

fn names(text: &str, module: &str) -> bool {
    text.lines().any(|line| line.trim_start_matches("pub ") == format!("mod {module};"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_and_folder_beside_the_root_is_a_module() {
        let module = |file| module(file, "client/tests/");
        assert_eq!(module("client/tests/calls.rs"), Some("calls"));
        assert_eq!(module("client/tests/world/mod.rs"), Some("world"));
        for other in
            ["client/tests/main.rs", "client/tests/world/node.rs", "client/tests/one.json", "cli/tests/calls.rs"]
        {
            assert_eq!(module(other), None, "{other}");
        }
    }

    #[test]
    fn a_module_that_is_not_named_whole_is_missing() {
        let text = "mod calls;\npub mod world;\n// mod record;\n";
        assert!(names(text, "calls") && names(text, "world"));
        assert!(!names(text, "call") && !names(text, "record"));
    }
}
