//! Makes a project's component, in whatever language it is written.
//!
//! Rust is compiled by [`crate::cargo`]. The other languages bring tools of their own, each of an exact version that
//! the project's lock file pins by hash. They run here for a limited time and without the secrets in the user's
//! environment, but as the user, whose files they can read. What they make is checked like everybody else's: a worker
//! believes neither.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{ComponentError, Language, cargo, cargo::Built, code_hash, javascript, python, world::World};

/// The folder within a project for what its build leaves behind.
const FOLDER: &str = "build";
/// What the tools write into it.
pub(crate) const COMPONENT: &str = "component.wasm";
/// The largest component, in bytes. No worker takes a larger one.
const MAX_COMPONENT: u64 = 64 << 20;

/// Why a project was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The project in Rust was not built.
    #[error(transparent)]
    Rust(#[from] cargo::BuildError),
    /// A tool that the build needs is not there, or is too old.
    #[error("{tool} {needed} is needed, and {}; {get}", here(.found.as_deref()))]
    Tool {
        /// Which.
        tool: &'static str,
        /// The versions that will do.
        needed: &'static str,
        /// The version that is here.
        found: Option<String>,
        /// How to get it: a sentence with the command.
        get: &'static str,
    },
    /// A tool could not be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// Which.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// A tool did not end.
    #[error("{program} did not end within {seconds} s, and was stopped")]
    Timeout {
        /// Which.
        program: String,
        /// How long it may take.
        seconds: u64,
    },
    /// A package would be installed whatever it has become since.
    #[error("{} pins {package} by no hash; run: npm install --ignore-scripts", .file.display())]
    Unpinned {
        /// The lock file.
        file: PathBuf,
        /// Which.
        package: String,
    },
    /// A line of the list of packages asks for something else than a package of one version.
    #[error("{}:{line}: {what}; a line is name==version, then --hash=sha256:… for each of its files", .file.display())]
    Requirement {
        /// The list.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// What the lock file pins could not be installed: it cannot be fetched, or its hash is another one.
    #[error("{} could not be installed:\n{said}", .file.display())]
    Install {
        /// The lock file.
        file: PathBuf,
        /// The installer's own words.
        said: String,
    },
    /// The same, because nothing may be fetched.
    #[error("what {} pins is not all on this machine, and --offline forbids to fetch it; build once without:\n{said}", .file.display())]
    Offline {
        /// The lock file.
        file: PathBuf,
        /// The installer's own words.
        said: String,
    },
    /// A file that every project in its language has.
    #[error("{} is missing; `adyton new` writes one", .0.display())]
    Missing(PathBuf),
    /// The program is wrong, says a tool.
    #[error("{tool} says:\n{said}")]
    Program {
        /// Which.
        tool: &'static str,
        /// Its own words, with file and line.
        said: String,
    },
    /// The program imports within a function.
    #[error(
        "a call has no files to import from: move these imports out of their functions, to the top of the file:\n{0}"
    )]
    LateImport(String),
    /// The program uses an interface that its manifest does not grant.
    #[error("the program uses \"{0}\", which its manifest does not grant; add \"{0}\" to grants in adyton.toml")]
    NotGranted(String),
    /// The manifest grants what is no interface.
    #[error("there is no interface \"{0}\" to grant")]
    UnknownGrant(String),
    /// The program imports what is no interface of contracts.
    #[error("the program imports {0}, which no worker offers")]
    UnknownImport(String),
    /// This program was made from interfaces that do not say which package they are.
    #[error("the interfaces that this program brings along name no package")]
    NoPackage,
    /// A file could not be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is larger than one of its kind is.
    #[error("{} has more than {limit} bytes", .path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The most bytes.
        limit: u64,
    },
    /// What the tools made is no component.
    #[error(transparent)]
    Component(#[from] ComponentError),
}

fn here(found: Option<&str>) -> String {
    found.map_or_else(|| "there is none here".into(), |version| format!("here is {version}"))
}

/// How a project is built.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder for what builds of several projects share; it may be removed at any time.
    pub cache: PathBuf,
    /// Fetch nothing.
    pub offline: bool,
    /// Refuse to change the lock file. Only Rust's tools ever would.
    pub locked: bool,
    /// Keep cargo silent unless it fails. The other tools always are.
    pub quiet: bool,
}

/// Makes the component of the project in the folder `project`, whose manifest grants the interfaces `grants`.
pub fn build(project: &Path, language: Language, grants: &[&str], options: &Options) -> Result<Built, BuildError> {
    match language {
        Language::Rust => rust(project, options),
        Language::JavaScript | Language::TypeScript => {
            let place = Place::prepare(project, language, grants)?;
            javascript::build(&place, language, options)?;
            place.built()
        }
        Language::Python => {
            let place = Place::prepare(project, language, grants)?;
            python::build(&place, options)?;
            place.built()
        }
    }
}

fn rust(project: &Path, options: &Options) -> Result<Built, BuildError> {
    let Options { quiet, locked, offline, .. } = *options;
    let options = cargo::Options { quiet, locked, offline, ..cargo::Options::default() };
    Ok(cargo::build(project, &options)?)
}

/// The functions of the interface `lifecycle`. A program that has one of them is to have both, which the SDK sees to.
pub(crate) const LIFECYCLE: [&str; 2] = ["init", "migrate"];

/// A project that is being built. Nobody else builds it at the same time.
#[derive(Debug)]
pub(crate) struct Place {
    /// The project's folder, absolute.
    pub(crate) project: PathBuf,
    /// What its program may import.
    pub(crate) world: World,
    _lock: File,
}

impl Place {
    /// Waits until no other build of the project runs, and removes what an earlier one left.
    fn prepare(project: &Path, language: Language, grants: &[&str]) -> Result<Self, BuildError> {
        let world = World::of(grants)?;
        let unreadable = |source| BuildError::Read { path: project.to_owned(), source };
        let project = project.canonicalize().map_err(unreadable)?;
        required(&project, language.program())?;
        let lock = lock(&project.join(FOLDER).join("lock"))?;
        let place = Self { project, world, _lock: lock };
        // What an earlier build left is never taken for this one's.
        remove_folder(&place.project.join(FOLDER).join("wit"))?;
        remove_file(&place.project.join(FOLDER).join(COMPONENT))?;
        Ok(place)
    }

    /// Writes down the contract's world, for the tool that makes the component. `lifecycle`: whether its program has
    /// functions `init` and `migrate`.
    pub(crate) fn describe(&self, lifecycle: bool) -> Result<(), BuildError> {
        let mut files = self.world.files(lifecycle).into_iter();
        files.try_for_each(|(name, text)| self.write(&format!("wit/{name}"), &text))
    }

    /// Where the build puts a file of this name, relative to the project.
    pub(crate) fn inside(name: &str) -> String {
        format!("{FOLDER}/{name}")
    }

    /// Refuses a project without a file.
    pub(crate) fn require(&self, file: &str) -> Result<PathBuf, BuildError> {
        required(&self.project, file)
    }

    /// Writes a file into the build's folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), BuildError> {
        write(&self.project.join(FOLDER).join(name), text)
    }

    /// Reads a file in the build's folder that a tool has written.
    pub(crate) fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, BuildError> {
        read(&self.project.join(FOLDER).join(name), limit)
    }

    /// What the tools made.
    fn built(&self) -> Result<Built, BuildError> {
        let component = self.read(COMPONENT, MAX_COMPONENT)?;
        // Whether what it imports is granted is not for this crate to say; that it can be read is.
        crate::imports(&component)?;
        let hash = code_hash(&component);
        Ok(Built { component, hash })
    }
}

fn required(project: &Path, file: &str) -> Result<PathBuf, BuildError> {
    let path = project.join(file);
    if path.exists() { Ok(path) } else { Err(BuildError::Missing(path)) }
}

/// Waits until nobody else holds the lock on `path`, and holds it until the value is dropped.
pub(crate) fn lock(path: &Path) -> Result<File, BuildError> {
    let failed = |source| BuildError::Write { path: path.to_owned(), source };
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let file = File::create(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Removes a folder with everything in it, if there is one.
pub(crate) fn remove_folder(path: &Path) -> Result<(), BuildError> {
    removed(path, fs::remove_dir_all(path))
}

/// Removes a file, if there is one.
pub(crate) fn remove_file(path: &Path) -> Result<(), BuildError> {
    removed(path, fs::remove_file(path))
}

fn removed(path: &Path, outcome: io::Result<()>) -> Result<(), BuildError> {
    match outcome {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(BuildError::Write { path: path.to_owned(), source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a file, and its folder if there is none.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| BuildError::Write { path: path.to_owned(), source })
}

/// Reads a file that is not larger than `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, BuildError> {
    let failed = |source| BuildError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(BuildError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options { cache: std::env::temp_dir(), offline: true, locked: true, quiet: true }
    }

    #[test]
    fn a_project_without_its_program_is_refused_before_any_tool_runs() {
        for language in [Language::JavaScript, Language::TypeScript, Language::Python] {
            let folder = tempfile::tempdir().expect("a folder");
            let refused = build(folder.path(), language, &["kv"], &options());
            assert!(matches!(refused, Err(BuildError::Missing(path)) if path.ends_with(language.program())));
        }
    }

    #[test]
    fn a_grant_that_names_no_interface_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = build(folder.path(), Language::JavaScript, &["disk"], &options());
        assert!(matches!(refused, Err(BuildError::UnknownGrant(name)) if name == "disk"));
    }

    #[test]
    fn a_folder_that_is_not_there_is_refused() {
        let folder = std::env::temp_dir().join("adyton-no-such-project");
        assert!(matches!(build(&folder, Language::Python, &[], &options()), Err(BuildError::Read { .. })));
    }

    #[test]
    fn a_file_above_its_limit_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "four").expect("written");
        assert_eq!(read(&path, 4).expect("small enough"), b"four");
        assert!(matches!(read(&path, 3), Err(BuildError::TooLarge { limit: 3, .. })));
    }

    #[test]
    fn a_tool_that_is_missing_is_named_with_the_version_and_the_command() {
        let (tool, needed, get) = ("Node.js", "18 or newer", "install it");
        let none = BuildError::Tool { tool, needed, found: None, get }.to_string();
        assert_eq!(none, "Node.js 18 or newer is needed, and there is none here; install it");
        let old = BuildError::Tool { tool, needed, found: Some("16.1.0".into()), get }.to_string();
        assert_eq!(old, "Node.js 18 or newer is needed, and here is 16.1.0; install it");
    }
}
