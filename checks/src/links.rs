//! A link from one page to a file of this repository leads somewhere: pages name files, and files move.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{Finding, paths};

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for page in paths::tracked(root)?.into_iter().filter(|name| name.ends_with(".md")) {
        let file = root.join(&page);
        if !file.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&file).with_context(|| page.clone())?;
        let folder = file.parent().context("a file is in a folder")?;
        let broken = targets(&text).filter(|target| !folder.join(target).exists());
        findings.extend(broken.map(|target| format!("{page} links to {target}, which is not there")));
    }
    Ok(findings)
}

/// The files that a page links to, without addresses elsewhere and places within the page.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let links = text.match_indices("](").filter_map(|(at, opening)| {
        let rest = &text[at + opening.len()..];
        rest.find(')').map(|end| &rest[..end])
    });
    let files = links.filter_map(|link| link.split('#').next());
    files.filter(|link| !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_files_are_followed() {
        let text = "[a](one.md), [b](https://example.org/x), [c](#here), [d](two/three.rs#L4), `[e](f`";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["one.md", "two/three.rs"]);
    }
}
