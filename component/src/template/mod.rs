//! What `adyton new` brings along: the SDK of a language as it is, and a first contract in it.
//!
//! Both are compiled into the program, so that it works away from this repository. A new project carries the
//! SDK in its own folder `sdk`: nothing of it is fetched, and its author sees all of what they run.

mod javascript;
mod python;
mod rust;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Language;

pub use rust::SDK;

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
pub fn new_project(parent: &Path, name: &str, language: Language) -> Result<PathBuf, NewProjectError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || name.len() > 64 || !name.bytes().all(plain) {
        return Err(NewProjectError::Name(name.to_owned()));
    }
    let folder = parent.join(name);
    if folder.exists() {
        return Err(NewProjectError::Exists(folder));
    }
    let files = match language {
        Language::Rust => rust::files(name),
        Language::JavaScript => javascript::files(name, &javascript::JS),
        Language::TypeScript => javascript::files(name, &javascript::TS),
        Language::Python => python::files(name),
    };
    files.iter().try_for_each(|(path, text)| write(&folder.join(path), text))?;
    Ok(folder)
}

fn write(path: &Path, text: &str) -> Result<(), NewProjectError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| NewProjectError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
