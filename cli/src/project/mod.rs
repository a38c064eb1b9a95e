//! A contract's project: the folder with `adyton.toml`.

pub mod aliases;
pub mod manifest;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::output::misuse;

pub use manifest::Declared;

/// The file that makes a folder a project.
pub const FILE: &str = "adyton.toml";
/// The longest `adyton.toml`, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// What its `adyton.toml` says.
    pub declared: Declared,
}

impl Project {
    /// The project in `folder`.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let text = read(&path)?;
        let root =
            |file: &str| std::fs::read(folder.join(file)).map_err(|error| format!("cannot read {file}: {error}"));
        let declared = Declared::parse(&text, root).map_err(|error| misuse(format!("{}: {error}", path.display())))?;
        Ok(Self { folder: folder.to_owned(), declared })
    }

    /// The contract's name.
    pub fn name(&self) -> &str {
        &self.declared.manifest.name
    }

    /// Where its component is put, or where other tools have put it.
    pub fn component(&self) -> PathBuf {
        match &self.declared.component {
            Some(file) => self.folder.join(file),
            None => self.folder.join(format!("{}.wasm", self.name())),
        }
    }

    /// What is done before anything else is done with it.
    pub fn preparation(&self) -> String {
        match &self.declared.component {
            Some(file) => format!("Checking {}, from {file}", self.name()),
            None => format!("Building {}, in {}", self.name(), self.declared.language),
        }
    }
}

fn read(path: &Path) -> Result<String> {
    let length = std::fs::metadata(path).map_err(|error| {
        misuse(format!(
            "cannot read {}: {error}; a project is a folder with an {FILE}, see `adyton new`",
            path.display()
        ))
    })?;
    if length.len() > MAX_FILE {
        return Err(misuse(format!("{} has more than {MAX_FILE} bytes", path.display())));
    }
    std::fs::read_to_string(path).map_err(|error| misuse(format!("cannot read {}: {error}", path.display())))
}
