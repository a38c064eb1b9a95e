//! What tests of other languages than Rust share.
#![allow(dead_code)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use adyton_component::{
    Language,
    build::{self, BuildError, Options},
    cargo::Built,
    template,
};

/// A new project, which goes when it is dropped.
pub struct Project {
    language: Language,
    parent: tempfile::TempDir,
}

impl Project {
    pub fn new(language: Language) -> Self {
        let parent = tempfile::tempdir().expect("a folder");
        template::new_project(parent.path(), "first", language).expect("a project");
        Self { language, parent }
    }

    pub fn folder(&self) -> PathBuf {
        self.parent.path().join("first")
    }

    /// Puts a program in the place of the one that it came with.
    pub fn program(&self, text: &str) {
        fs::write(self.folder().join(self.language.program()), text).expect("written");
    }

    /// Builds it with these grants and the tools that this user's builds share.
    pub fn build(&self, grants: &[&str]) -> Result<Built, BuildError> {
        self.build_with(grants, &cache(), false)
    }

    pub fn build_with(&self, grants: &[&str], cache: &Path, offline: bool) -> Result<Built, BuildError> {
        let options = Options { cache: cache.to_owned(), offline, locked: true, quiet: true };
        build::build(&self.folder(), self.language, grants, &options)
    }
}

/// Why it was not built. None, with a line that says why, on a machine without the tools for it.
pub fn there(refused: Result<Built, BuildError>) -> Option<BuildError> {
    match refused {
        Ok(_) => panic!("it was built"),
        Err(error) if lacks_interpreter(&error) && std::env::var_os("CI").is_none() => {
            println!("skipped: {error}");
            None
        }
        Err(error) => Some(error),
    }
}

/// Whether the machine itself lacks something, and not the project.
fn lacks_interpreter(error: &BuildError) -> bool {
    let machine = ["Node.js", "npm", "Python", "Python's module venv"];
    matches!(error, BuildError::Tool { tool, .. } if machine.contains(tool))
}

fn cache() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    cache.or_else(home).unwrap_or_else(std::env::temp_dir).join("adyton")
}
