//! No tracked file names a folder of the machine it was written on.
//!
//! The patterns are the home folder and the checkout's own folder of whoever runs the check, so that the list of
//! forbidden words is not itself a file that holds them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Finding;

/// Larger files are data, not text that somebody wrote.
const LONGEST: u64 = 4 << 20;

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let forbidden = forbidden(root, std::env::var("HOME").ok().as_deref());
    let mut findings = Vec::new();
    for file in tracked(root)? {
        let path = root.join(&file);
        // A file that is listed but deleted in the work tree has nothing to say.
        let Ok(metadata) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        if !metadata.is_file() || metadata.len() > LONGEST {
            continue;
        }
        let Ok(text) = String::from_utf8(std::fs::read(&path).with_context(|| file.clone())?) else {
            continue;
        };
        findings.extend(lines(&text, &forbidden).map(|line| format!("{file}:{line} names a folder of this machine")));
    }
    Ok(findings)
}

/// A folder directly under the root (`/src`) is too common a word to look for, unless it is somebody's home.
fn forbidden(root: &Path, home: Option<&str>) -> Vec<String> {
    let own = root.to_str().filter(|path| path.matches('/').count() >= 2);
    let home = home.map(|path| path.trim_end_matches('/')).filter(|path| !path.is_empty());
    own.into_iter().chain(home).map(str::to_owned).collect()
}

/// The names of all files that git tracks, or would with `git add --all`.
pub fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git ls-files")?;
    ensure!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    let names = String::from_utf8(output.stdout).context("a tracked file's name is not UTF-8")?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// The numbers of the lines that name one of the folders.
fn lines<'a>(text: &'a str, forbidden: &'a [String]) -> impl Iterator<Item = usize> + 'a {
    let named = |line: &str| forbidden.iter().any(|folder| names(line, folder));
    text.lines().enumerate().filter(move |(_, line)| named(line)).map(|(index, _)| index + 1)
}

/// `folder` as a whole path, not as the end of a longer word (`granada/ada/..`) nor as the start of one.
fn names(line: &str, folder: &str) -> bool {
    let part_of_word = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b"._-~}".contains(&b));
    line.match_indices(folder).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|index| line.as_bytes().get(index).copied());
        let after = line.as_bytes().get(at + folder.len()).copied();
        !part_of_word(before) && after == Some(b'/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_folder_in_a_file_is_found_with_its_line() {
        let forbidden = forbidden(Path::new("/src"), Some("/home/ada"));
        let text = "fine\npath = \"/home/ada/project\"\n/home/adalbert/x";
        assert_eq!(lines(text, &forbidden).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_checkout_is_found_and_a_folder_under_the_root_is_not_looked_for() {
        assert_eq!(forbidden(Path::new("/build/adyton"), None), ["/build/adyton"]);
        assert!(forbidden(Path::new("/src"), Some("/")).is_empty());
    }

    #[test]
    fn the_end_of_a_longer_path_is_not_a_home_folder() {
        assert!(!names("granada/ada/key", "/ada"));
        assert!(names("cd /ada/key", "/ada"));
    }
}
