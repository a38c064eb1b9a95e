//! What `adyton new` brings along: the SDK as it is, and a first contract.
//!
//! Both are compiled into the program, so that it works away from this repository. A new project carries the
//! SDK in its own folder `sdk`: nothing of it is fetched, and its author sees all of what they run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The SDK for Rust: paths within its folder, and texts. A test holds it complete.
pub const SDK: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../sdk/rust/Cargo.toml")),
    ("src/chain.rs", include_str!("../../sdk/rust/src/chain.rs")),
    ("src/crypto.rs", include_str!("../../sdk/rust/src/crypto.rs")),
    ("src/env.rs", include_str!("../../sdk/rust/src/env.rs")),
    ("src/http.rs", include_str!("../../sdk/rust/src/http.rs")),
    ("src/kv.rs", include_str!("../../sdk/rust/src/kv.rs")),
    ("src/lib.rs", include_str!("../../sdk/rust/src/lib.rs")),
    ("src/log.rs", include_str!("../../sdk/rust/src/log.rs")),
    ("src/message.rs", include_str!("../../sdk/rust/src/message.rs")),
    ("src/number.rs", include_str!("../../sdk/rust/src/number.rs")),
    ("src/random.rs", include_str!("../../sdk/rust/src/random.rs")),
    ("src/secrets.rs", include_str!("../../sdk/rust/src/secrets.rs")),
    ("wit/chain.wit", include_str!("../../sdk/rust/wit/chain.wit")),
    ("wit/crypto.wit", include_str!("../../sdk/rust/wit/crypto.wit")),
    ("wit/env.wit", include_str!("../../sdk/rust/wit/env.wit")),
    ("wit/http.wit", include_str!("../../sdk/rust/wit/http.wit")),
    ("wit/kv.wit", include_str!("../../sdk/rust/wit/kv.wit")),
    ("wit/log.wit", include_str!("../../sdk/rust/wit/log.wit")),
    ("wit/random.wit", include_str!("../../sdk/rust/wit/random.wit")),
    ("wit/secrets.wit", include_str!("../../sdk/rust/wit/secrets.wit")),
    ("wit/service.wit", include_str!("../../sdk/rust/wit/service.wit")),
    ("wit/types.wit", include_str!("../../sdk/rust/wit/types.wit")),
    ("wit/world.wit", include_str!("../../sdk/rust/wit/world.wit")),
];

/// The first contract: `examples/counter`.
const MANIFEST: &str = include_str!("../../examples/counter/adyton.toml");
const PROJECT: &str = include_str!("../../examples/counter/Cargo.toml");
const PROGRAM: &str = include_str!("../../examples/counter/src/lib.rs");
const LOCK: &str = include_str!("../../examples/counter/Cargo.lock");
/// How the example finds the SDK, and how a new project does.
const SDK_IN_REPOSITORY: &str = "../../sdk/rust";
const SDK_IN_PROJECT: &str = "sdk";

/// Why no project was made.
#[derive(Debug, thiserror::Error)]
pub enum NewProjectError {
    /// The name cannot be that of a contract.
    #[error("'{0}' is not a name: 1 to 64 of a-z, 0-9 and -, beginning with a letter")]
    Name(String),
    /// There is something already.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Makes the folder `name` in `parent`, with a contract of that name that builds as it is. Returns its path.
pub fn new_rust_project(parent: &Path, name: &str) -> Result<PathBuf, NewProjectError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || name.len() > 64 || !name.bytes().all(plain) {
        return Err(NewProjectError::Name(name.to_owned()));
    }
    let folder = parent.join(name);
    if folder.exists() {
        return Err(NewProjectError::Exists(folder));
    }
    let renamed = |text: &str| text.replace("name = \"counter\"", &format!("name = \"{name}\""));
    write(&folder.join("Cargo.toml"), &renamed(PROJECT).replace(SDK_IN_REPOSITORY, SDK_IN_PROJECT))?;
    write(&folder.join("Cargo.lock"), &renamed(LOCK))?;
    write(&folder.join("adyton.toml"), &renamed(MANIFEST))?;
    write(&folder.join("src/lib.rs"), PROGRAM)?;
    write(&folder.join(".gitignore"), "/target\n/*.wasm\n")?;
    write_sdk(&folder.join(SDK_IN_PROJECT))?;
    Ok(folder)
}

/// Writes the SDK into `folder`: also the way to bring a project's copy up to date.
pub fn write_sdk(folder: &Path) -> Result<(), NewProjectError> {
    SDK.iter().try_for_each(|(path, text)| write(&folder.join(path), text))
}

fn write(path: &Path, text: &str) -> Result<(), NewProjectError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| NewProjectError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder is there");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn every_file_of_the_sdk_is_brought_along() {
        for folder in ["src", "wit"] {
            let there = files(&repository().join("sdk/rust").join(folder));
            let brought: Vec<String> =
                SDK.iter().filter_map(|(path, _)| path.strip_prefix(&format!("{folder}/"))).map(Into::into).collect();
            assert_eq!(there, brought);
        }
    }

    #[test]
    fn the_sdk_has_the_same_interfaces_as_the_worker() {
        for name in files(&repository().join("wit")) {
            let worker = fs::read_to_string(repository().join("wit").join(&name)).expect("a text");
            let sdk = SDK.iter().find(|(path, _)| *path == format!("wit/{name}")).map(|(_, text)| *text);
            assert_eq!(sdk, Some(worker.as_str()), "copy wit/{name} to sdk/rust/wit/");
        }
    }

    #[test]
    fn a_new_project_has_its_own_name_and_its_own_sdk() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = new_rust_project(parent.path(), "my-first").expect("a project");
        let text = |path: &str| fs::read_to_string(folder.join(path)).expect("written");
        assert!(text("adyton.toml").contains("name = \"my-first\""));
        assert!(text("Cargo.toml").contains("name = \"my-first\"") && text("Cargo.toml").contains("path = \"sdk\""));
        assert!(
            text("Cargo.lock").contains("name = \"my-first\"") && !text("Cargo.lock").contains("name = \"counter\"")
        );
        assert_eq!(text("sdk/wit/kv.wit"), include_str!("../../wit/kv.wit"));
    }

    #[test]
    fn a_name_that_no_contract_can_have_is_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        for name in ["", "My", "a/b", "..", "-a", "1a", "a\"b", &"a".repeat(65)] {
            assert!(matches!(new_rust_project(parent.path(), name), Err(NewProjectError::Name(_))), "{name}");
        }
    }

    #[test]
    fn a_folder_that_exists_is_left_alone() {
        let parent = tempfile::tempdir().expect("a folder");
        fs::create_dir(parent.path().join("mine")).expect("a folder");
        assert!(matches!(new_rust_project(parent.path(), "mine"), Err(NewProjectError::Exists(_))));
        assert!(files(&parent.path().join("mine")).is_empty());
    }
}
