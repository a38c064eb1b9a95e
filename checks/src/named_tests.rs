//! A page that names a test for each kind of bad input names tests that there are, and that run.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::Finding;

/// The page; its paths are from the repository's root.
const PAGE: &str = "e2e/README.md";
/// How many lines above a function its attributes stand.
const ABOVE: usize = 6;

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let read = |name: &str| std::fs::read_to_string(root.join(name));
    let page = read(PAGE).context(PAGE)?;
    ensure!(named(&page).next().is_some(), "{PAGE} names no test");
    let missing = named(&page).filter(|(file, test)| {
        let is_there = read(file).is_ok_and(|text| is_test(&text, test));
        !is_there && !is_scenario(file, test, |name| read(name).unwrap_or_default())
    });
    Ok(missing.map(|(file, test)| format!("{PAGE} names {file}::{test}, which is no test")).collect())
}

/// What stands as `FILE.rs::NAME` on a page.
fn named(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split('`').filter_map(|quoted| quoted.split_once("::")).filter(|(file, _)| file.ends_with(".rs"))
}

fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let function = |line: &str| line.trim_start_matches("async ").starts_with(&format!("fn {name}("));
    let Some(place) = lines.iter().position(|line| function(line)) else { return false };
    lines[place.saturating_sub(ABOVE)..place].iter().any(|line| line.starts_with("#[") && line.ends_with("test]"))
}

/// Whether a scenario of that file is played on the network of its folder.
fn is_scenario(file: &str, name: &str, read: impl Fn(&str) -> String) -> bool {
    let Some((folder, file_name)) = file.rsplit_once('/') else { return false };
    let step = format!("{}::{name},", file_name.trim_end_matches(".rs"));
    let is_there = read(file).lines().any(|line| line.starts_with(&format!("pub fn {name}(")));
    is_there && read(&format!("{folder}/mod.rs")).lines().any(|line| line.trim() == step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_named_by_file_and_function() {
        let page = "| a | `b` | `c/d.rs::e_f`, `g/h.rs::i` | `std::fs` |";
        assert_eq!(named(page).collect::<Vec<_>>(), [("c/d.rs", "e_f"), ("g/h.rs", "i")]);
    }

    #[test]
    fn a_function_without_the_attribute_or_of_another_name_is_no_test() {
        let text = "#[tokio::test]\nasync fn a_b() {}\n\n\n\n\n\n\n\nfn c() {}\n";
        assert!(is_test(text, "a_b"));
        assert!(!is_test(text, "a") && !is_test(text, "c"));
    }

    #[test]
    fn a_scenario_that_nobody_plays_is_none() {
        let read = |name: &str| match name {
            "e/f/g.rs" => "pub fn played() {}\npub fn forgotten() {}\n".to_owned(),
            "e/f/mod.rs" => "scenarios![\n    g::played,\n    g::gone,\n]\n".to_owned(),
            _ => String::new(),
        };
        assert!(is_scenario("e/f/g.rs", "played", read));
        assert!(!is_scenario("e/f/g.rs", "forgotten", read) && !is_scenario("e/f/g.rs", "gone", read));
    }
}
