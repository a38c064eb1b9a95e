//! The policy's file on disk; the files of certificates that it names stand beside it.

use std::path::Path;

use adyton_judgement::{Policy, Result, misuse, policy::parse};

use super::file;

pub use adyton_judgement::policy::BUILT_IN;

/// The policy in the file, or the built-in one.
///
/// # Errors
/// It, or a file that it names, cannot be read, or is none.
pub fn read(path: Option<&Path>) -> Result<Policy> {
    let Some(path) = path else { return Ok(Policy::command()) };
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&file::read(path)?.bytes, &|name: &Path| file::read(&folder.join(name)))
        .map_err(|error| misuse(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use adyton_development_root::DevelopmentRoot;

    use super::*;

    #[test]
    fn without_a_file_it_is_the_built_in_one() {
        assert_eq!(read(None).unwrap(), Policy::command());
    }

    #[test]
    fn other_roots_come_from_files_beside_the_policy_and_what_is_wrong_names_both() {
        let folder = tempfile::tempdir().unwrap();
        let root = DevelopmentRoot::insecure_from_seed([1; 32]);
        std::fs::write(folder.path().join("root.der"), root.root_certificate()).unwrap();
        let path = folder.path().join("policy.toml");
        let read_with = |named: &str| {
            std::fs::write(&path, format!("[roots]\ndanger_intel = [\"{named}\"]")).unwrap();
            read(Some(&path))
        };
        assert_eq!(read_with("root.der").unwrap().roots.intel, [root.root()]);
        let error = read_with("none.der").unwrap_err().to_string();
        assert!(error.contains("policy.toml: ") && error.contains("none.der"), "{error}");
    }
}
