//! Python: put into a component together with the interpreter CPython by componentize-py. That tool, and what the
//! program uses, are packages that the project's `requirements.txt` pins by hash. They are installed as they are,
//! without running anything of theirs, into an environment in the cache that projects with the same list share.

mod requirements;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{
    Language,
    build::{self, BuildError, COMPONENT, Options, Place},
    process::{self, Done, Purpose, tool},
};

/// The oldest Python that the tools run on.
const PYTHON: (u32, u32) = (3, 10);
const PYTHON_NEEDED: &str = "3.10 or newer";
const PYTHON_GET: &str = "install it from python.org, or on Debian: apt-get install python3";
/// The tool that makes components, and the version that this program was tried with.
const TOOL: &str = "componentize-py";
const TOOL_VERSION: &str = "0.25.1";
const TOOL_GET: &str = "write it into requirements.txt with its hashes, as `adyton new --lang python` does";
/// What is installed.
const REQUIREMENTS: &str = "requirements.txt";
/// The longest of a project's files that is read here, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// The most late imports that are shown.
const MAX_SHOWN: usize = 20;
/// Is in an environment in which everything is installed.
const COMPLETE: &str = "complete";

/// Prints the version and where the interpreter lies.
const WHICH: &str = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
/// Fails where an environment cannot be made.
const CAN_MAKE: &str = "import ensurepip, venv";
/// Runs the tool: it has no module that could be run by its name.
const RUN: &str = "import sys, componentize_py; sys.exit(componentize_py.script())";
const LATE_IMPORTS: &str = include_str!("python/late_imports.py");
const LIFECYCLE: &str = include_str!("python/lifecycle.py");

/// The module of the SDK that a component begins with.
const ENTRY: &str = "adyton.entry";
/// Where the SDK lies: in a project's own folder, or in this repository.
const SDK: [&str; 2] = ["sdk", "../../sdk/python"];

/// The user's Python.
#[derive(Debug, PartialEq, Eq)]
struct Python {
    version: String,
    path: PathBuf,
}

/// Leaves the component in the build's folder.
pub(crate) fn build(place: &Place, options: &Options) -> Result<(), BuildError> {
    let file = place.require(REQUIREMENTS)?;
    let requirements = requirements::read(&file, &build::read(&file, MAX_FILE)?)?;
    let sdk = SDK.iter().find(|folder| place.project.join(folder).join("adyton/entry.py").exists());
    let sdk = sdk.ok_or_else(|| BuildError::Missing(place.project.join("sdk/adyton/entry.py")))?;
    let python = find_python(place)?;
    refuse_late_imports(place, &python)?;
    place.describe(has_lifecycle(place, &python)?)?;
    let environment = environment(place, &python, &file, &requirements, options)?;
    componentize(place, &environment, sdk)
}

fn find_python(place: &Place) -> Result<Python, BuildError> {
    let mut asked = tool("python3", &place.project, Purpose::Build);
    asked.args(["-I", "-c", WHICH]);
    let done = process::run(asked).ok().filter(|done| done.success);
    enough_python(done.and_then(|done| which(&done.out)))
}

/// Refuses a machine without Python, and one with too old a version.
fn enough_python(found: Option<Python>) -> Result<Python, BuildError> {
    match found {
        Some(python) if number(&python.version).is_some_and(|version| version >= PYTHON) => Ok(python),
        other => {
            let found = other.map(|python| python.version);
            Err(BuildError::Tool { tool: "Python", needed: PYTHON_NEEDED, found, get: PYTHON_GET })
        }
    }
}

fn which(said: &str) -> Option<Python> {
    let mut lines = said.lines();
    let (version, path) = (lines.next()?.to_owned(), PathBuf::from(lines.next()?));
    (version.len() <= 32 && path.is_absolute()).then_some(Python { version, path })
}

fn number(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

fn refuse_late_imports(place: &Place, python: &Python) -> Result<(), BuildError> {
    let mut look = tool(&python.path, &place.project, Purpose::Build);
    look.args(["-I", "-c", LATE_IMPORTS, "src"]);
    let done = process::run(look)?;
    if !done.success {
        return Err(BuildError::Program { tool: "Python", said: done.said() });
    }
    let found: Vec<&str> = done.out.lines().take(MAX_SHOWN).collect();
    if found.is_empty() { Ok(()) } else { Err(BuildError::LateImport(found.join("\n"))) }
}

/// Whether the program has a function of the interface `lifecycle`.
fn has_lifecycle(place: &Place, python: &Python) -> Result<bool, BuildError> {
    let mut look = tool(&python.path, &place.project, Purpose::Build);
    look.args(["-I", "-c", LIFECYCLE, Language::Python.program()]);
    let done = process::run(look)?;
    if !done.success {
        return Err(BuildError::Program { tool: "Python", said: done.said() });
    }
    Ok(done.out.lines().any(|name| build::LIFECYCLE.contains(&name)))
}

/// The environment with what the list in `file` pins; made if there is none yet.
fn environment(
    place: &Place,
    python: &Python,
    file: &Path,
    requirements: &str,
    options: &Options,
) -> Result<PathBuf, BuildError> {
    let name = name(python, requirements.as_bytes());
    let unusable = |source| BuildError::Write { path: options.cache.clone(), source };
    // The tools run in the project's folder, from where a relative path would lead elsewhere.
    let folder = std::path::absolute(&options.cache).map_err(unusable)?.join("python").join(&name);
    // Another project with the same list may be at it.
    let _lock = build::lock(&folder.with_extension("lock"))?;
    let complete = folder.join(COMPLETE);
    if complete.exists() {
        return Ok(folder);
    }
    build::remove_folder(&folder)?;
    make(place, python, &folder)?;
    place.write(REQUIREMENTS, requirements)?;
    install(place, &folder, file, options)?;
    build::write(&complete, &name)?;
    Ok(folder)
}

/// An environment's name: the same for the same list and interpreter.
fn name(python: &Python, requirements: &[u8]) -> String {
    let mut digest = Sha256::new();
    for part in [python.version.as_bytes(), python.path.as_os_str().as_encoded_bytes(), requirements] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn make(place: &Place, python: &Python, folder: &Path) -> Result<(), BuildError> {
    let mut can = tool(&python.path, &place.project, Purpose::Build);
    can.args(["-I", "-c", CAN_MAKE]);
    if !process::run(can)?.success {
        return Err(BuildError::Tool {
            tool: "Python's module venv",
            needed: "with ensurepip",
            found: None,
            get: "on Debian: apt-get install python3-venv",
        });
    }
    let mut venv = tool(&python.path, &place.project, Purpose::Build);
    venv.args(["-I", "-m", "venv"]).arg(folder);
    let done = process::run(venv)?;
    if done.success { Ok(()) } else { Err(BuildError::Program { tool: "Python's module venv", said: done.said() }) }
}

/// Installs what was read of the list in `file`, which the installer itself never sees: it would take options from it.
fn install(place: &Place, folder: &Path, file: &Path, options: &Options) -> Result<(), BuildError> {
    let mut pip = tool(interpreter(folder), &place.project, Purpose::Install);
    pip.args(["-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]);
    // No package's own code runs: ready-made ones only, and only those that the list names with a hash.
    pip.args(["--require-hashes", "--only-binary", ":all:", "--no-deps"]);
    if options.offline {
        pip.arg("--no-index");
    }
    pip.args(["-r", &Place::inside(REQUIREMENTS)]);
    let done = process::run(pip)?;
    if done.success {
        return Ok(());
    }
    let (file, said) = (file.to_owned(), done.said());
    Err(match options.offline {
        true => BuildError::Offline { file, said },
        false => BuildError::Install { file, said },
    })
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join("bin/python")
}

fn componentize(place: &Place, environment: &Path, sdk: &str) -> Result<(), BuildError> {
    let (world, component) = (Place::inside("wit"), Place::inside(COMPONENT));
    let mut command = tool(interpreter(environment), &place.project, Purpose::Build);
    // Without this the tool would look for packages wherever the user's own Python has some.
    command.env("VIRTUAL_ENV", environment);
    command.args(["-I", "-c", RUN, "-d", &world, "-w", "contract", "componentize", "--stub-wasi"]);
    command.args(["-p", "src", "-p", sdk, ENTRY, "-o", &component]);
    let done = process::run(command)?;
    if done.success { Ok(()) } else { Err(reason(place, &done)) }
}

/// Why the tool made nothing.
fn reason(place: &Place, done: &Done) -> BuildError {
    let said = done.said();
    if said.contains("No module named 'componentize_py'") {
        return BuildError::Tool { tool: TOOL, needed: TOOL_VERSION, found: None, get: TOOL_GET };
    }
    match ungranted(&said).filter(|name| place.world.has(name)) {
        Some(name) => BuildError::NotGranted(name.to_owned()),
        None => BuildError::Program { tool: TOOL, said: last_line_first(&said) },
    }
}

/// A traceback with what went wrong before the places that led to it.
fn last_line_first(said: &str) -> String {
    let said = said.trim_end();
    said.rsplit_once('\n').map_or_else(|| said.to_owned(), |(places, last)| format!("{}\n\n{places}", last.trim()))
}

/// The interface that a traceback ends with: in the SDK's words, or in Python's own.
fn ungranted(said: &str) -> Option<&str> {
    let sdk = said.rsplit_once("NotGranted: the program uses \"").and_then(|(_, rest)| rest.split('"').next());
    let own = || {
        let (before, _) = said.rsplit_once("' from 'wit_world.imports'")?;
        before.rsplit_once("cannot import name '").map(|(_, name)| name)
    };
    sdk.or_else(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_is_what_it_says_it_is() {
        let python = Python { version: "3.11.7".into(), path: "/usr/bin/python3".into() };
        assert_eq!(which("3.11.7\n/usr/bin/python3\n"), Some(python));
        for said in ["", "3.11.7", "3.11.7\n\n", "3.11.7\npython3\n"] {
            assert_eq!(which(said), None, "{said:?}");
        }
        assert_eq!((number("3.9.2"), number("3.14.0"), number("3")), (Some((3, 9)), Some((3, 14)), None));
    }

    #[test]
    fn without_python_and_with_an_old_one_nothing_is_built() {
        let python = |version: &str| Some(Python { version: version.into(), path: "/usr/bin/python3".into() });
        assert!(enough_python(python("3.10.0")).is_ok() && enough_python(python("3.14.1")).is_ok());
        for (found, said) in [(None, None), (python("3.9.2"), Some("3.9.2")), (python("2.7.18"), Some("2.7.18"))] {
            let refused = enough_python(found);
            assert!(
                matches!(&refused, Err(BuildError::Tool { tool: "Python", found, .. }) if found.as_deref() == said)
            );
        }
    }

    #[test]
    fn other_lists_and_other_interpreters_have_environments_of_their_own() {
        let python = |version: &str| Python { version: version.into(), path: "/usr/bin/python3".into() };
        let names = [name(&python("3.11.7"), b"a"), name(&python("3.11.7"), b"b"), name(&python("3.12.1"), b"a")];
        assert!(names[0] != names[1] && names[0] != names[2] && names[0] == name(&python("3.11.7"), b"a"));
    }

    #[test]
    fn what_went_wrong_comes_before_its_places() {
        assert_eq!(last_line_first("Traceback:\n  main.py\n    KeyError: 1\n"), "KeyError: 1\n\nTraceback:\n  main.py");
        assert_eq!(last_line_first("KeyError: 1"), "KeyError: 1");
    }

    #[test]
    fn the_interface_without_a_grant_is_found_in_a_traceback() {
        let sdk = "  File \"/1/adyton/kv.py\"\nadyton.errors.NotGranted: the program uses \"kv\", which its manifest …";
        assert_eq!(ungranted(sdk), Some("kv"));
        let own =
            "ImportError: cannot import name 'log' from 'wit_world.imports' (/world/wit_world/imports/__init__.py)";
        assert_eq!(ungranted(own), Some("log"));
        for other in ["", "ImportError: cannot import name 'x' from 'y'", "NameError: name 'kv' is not defined"] {
            assert_eq!(ungranted(other), None);
        }
    }
}
