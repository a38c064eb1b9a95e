//! JavaScript and TypeScript: bundled by esbuild, put into a component together with the interpreter QuickJS by
//! componentize-qjs. Both are packages that the project's `package-lock.json` pins by hash; nothing of a package runs
//! while it is installed.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    Language,
    build::{self, BuildError, COMPONENT, Options, Place},
    process::{self, Done, Purpose, tool},
};

/// The oldest Node.js that the tools run on.
const NODE: u32 = 20;
const NODE_NEEDED: &str = "20 or newer, with npm,";
const NODE_GET: &str = "install it from nodejs.org, or on Debian 13 or newer: apt-get install nodejs npm";
/// What is installed.
const PACKAGES: &str = "package.json";
const LOCK: &str = "package-lock.json";
/// Remembers, among the installed packages, which they are. Every installation begins by removing it.
const INSTALLED: &str = "node_modules/.adyton-lock";
/// The longest of a project's package files, and of the bundler's report, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// What the program imports the grants from.
const GRANTED: &str = "granted.js";
/// Where the bundle begins.
const ENTRY: &str = "node_modules/adyton/entry.js";
/// The bundle, without the ending that the bundler adds.
const BUNDLE: &str = "bundle";
/// What the program alone comes to: the bundler reports what a file exports only of one that it makes. It comes first,
/// as the bundle is told what was found.
const PROGRAM: &str = "program";
const REPORT: &str = "bundle.json";

/// A tool among the project's packages.
struct Package {
    name: &'static str,
    program: &'static str,
    /// The version that this program was tried with.
    version: &'static str,
    get: &'static str,
}

const ESBUILD: Package = Package {
    name: "esbuild",
    program: "esbuild",
    version: "0.28.2",
    get: "run: npm install --save-dev --save-exact --ignore-scripts esbuild@0.28.2",
};
const COMPONENTIZE: Package = Package {
    name: "componentize-qjs",
    program: "componentize-qjs",
    version: "0.4.3",
    get: "run: npm install --save-dev --save-exact --ignore-scripts componentize-qjs@0.4.3",
};
const TYPESCRIPT: Package = Package {
    name: "typescript",
    program: "tsc",
    version: "7.0.2",
    get: "run: npm install --save-dev --save-exact --ignore-scripts typescript@7.0.2",
};

/// Leaves the component in the build's folder.
pub(crate) fn build(place: &Place, language: Language, options: &Options) -> Result<(), BuildError> {
    let (packages, lock) = (place.require(PACKAGES)?, place.require(LOCK)?);
    enough_node(version(place, "node"))?;
    install(place, &packages, &lock, options)?;
    if language == Language::TypeScript {
        check_types(place)?;
    }
    place.write(GRANTED, &place.world.module())?;
    // The SDK's own entry comes first: it puts things in order before the first line of the program runs.
    place.require(ENTRY)?;
    let program = format!("./{}", language.program());
    let lifecycle = has_lifecycle(&bundle(place, language, PROGRAM, &program, &[])?)?;
    let define = format!("--define:ADYTON_LIFECYCLE={lifecycle}");
    let report = bundle(place, language, BUNDLE, ENTRY, &[define])?;
    refuse_ungranted(place, &report)?;
    place.describe(lifecycle)?;
    componentize(place)
}

/// Refuses a machine without Node.js, and one with too old a version.
fn enough_node(found: Option<String>) -> Result<(), BuildError> {
    if found.as_deref().and_then(major).is_some_and(|major| major >= NODE) {
        return Ok(());
    }
    Err(BuildError::Tool { tool: "Node.js", needed: NODE_NEEDED, found, get: NODE_GET })
}

/// The version that a program says it is; none where there is no such program.
fn version(place: &Place, program: &str) -> Option<String> {
    let mut asked = tool(program, &place.project, Purpose::Build);
    asked.arg("--version");
    let done = process::run(asked).ok().filter(|done| done.success)?;
    Some(done.out.trim().chars().filter(|character| !character.is_control()).take(32).collect())
}

/// As in `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// Installs what the lock file pins, if something else or nothing is installed.
fn install(place: &Place, packages: &Path, lock: &Path, options: &Options) -> Result<(), BuildError> {
    let (asked, pinned) = (build::read(packages, MAX_FILE)?, build::read(lock, MAX_FILE)?);
    if let Some(package) = unpinned(&pinned) {
        return Err(BuildError::Unpinned { file: lock.to_owned(), package });
    }
    let wanted = fingerprint(&asked, &pinned);
    let remembered = place.project.join(INSTALLED);
    if build::read(&remembered, MAX_FILE).is_ok_and(|found| found == wanted.as_bytes()) {
        return Ok(());
    }
    if version(place, "npm").is_none() {
        return Err(BuildError::Tool { tool: "npm", needed: "of Node.js 20 or newer", found: None, get: NODE_GET });
    }
    // What is half installed must not be taken for whole.
    build::remove_file(&remembered)?;
    let mut npm = tool("npm", &place.project, Purpose::Install);
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]);
    if options.offline {
        npm.arg("--offline");
    }
    let done = process::run(npm)?;
    if !done.success {
        let (file, said) = (lock.to_owned(), to_the_point(&done.said()).to_owned());
        return Err(match options.offline {
            true => BuildError::Offline { file, said },
            false => BuildError::Install { file, said },
        });
    }
    build::write(&remembered, &wanted)
}

/// A package that is to be installed without a hash that says what it is. What is linked lies in a folder beside.
fn unpinned(lock: &[u8]) -> Option<String> {
    let lock: Value = serde_json::from_slice(lock).unwrap_or_default();
    let Some(packages) = lock.get("packages").and_then(Value::as_object) else {
        return Some("all of them".into());
    };
    let is = |package: &Value, word: &str| package.get(word).and_then(Value::as_bool).unwrap_or(false);
    let mut installed = packages.iter().filter(|(path, _)| path.split('/').any(|folder| folder == "node_modules"));
    let open = installed.find(|(_, package)| {
        let hash = package.get("integrity").and_then(Value::as_str).unwrap_or_default();
        !hash.starts_with("sha512-") && !is(package, "link") && !is(package, "inBundle")
    });
    open.map(|(path, _)| path.escape_default().collect())
}

/// Stands for what two files ask for.
fn fingerprint(packages: &[u8], lock: &[u8]) -> String {
    let digest = Sha256::new().chain_update((packages.len() as u64).to_be_bytes()).chain_update(packages);
    digest.chain_update(lock).finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_types(place: &Place) -> Result<(), BuildError> {
    run(place, &TYPESCRIPT, &["--noEmit", "--pretty", "false"])
}

/// Makes one file of the entry and what it imports. What the bundler reports of it.
fn bundle(
    place: &Place,
    language: Language,
    name: &str,
    entry: &str,
    defined: &[String],
) -> Result<Vec<u8>, BuildError> {
    let arguments = [
        format!("{name}={entry}"),
        "--bundle".into(),
        "--format=esm".into(),
        "--target=es2023".into(),
        "--platform=neutral".into(),
        "--main-fields=module,main".into(),
        // A call runs to its end at once. The SDK brings promises that do, and functions are rewritten to use them.
        "--supported:async-await=false".into(),
        "--supported:async-generator=false".into(),
        "--supported:for-await=false".into(),
        "--supported:top-level-await=false".into(),
        "--external:phat:*".into(),
        // Databases outside.
        "--external:spin:*".into(),
        "--external:fermyon:*".into(),
        format!("--alias:adyton:program=./{}", language.program()),
        format!("--alias:adyton:granted=./{}", Place::inside(GRANTED)),
        format!("--metafile={}", Place::inside(REPORT)),
        format!("--outdir={}", Place::inside("")),
        "--log-level=warning".into(),
        // The SDK's entry asks for exports that a program may have.
        "--log-override:import-is-undefined=silent".into(),
        "--color=false".into(),
    ];
    run(place, &ESBUILD, &[&arguments[..], defined].concat())?;
    place.read(REPORT, MAX_FILE)
}

/// Refuses a program that imports an interface without its grant, which the next tool would only call a missing module.
fn refuse_ungranted(place: &Place, report: &[u8]) -> Result<(), BuildError> {
    let imports = imports(report).ok_or_else(unreadable)?;
    imports.iter().find_map(|path| place.world.refuse(path)).map_or(Ok(()), Err)
}

/// Whether the program exports a function of the interface `lifecycle`. What comes from a CommonJS module is not in the
/// report: the SDK's entry is told what was found, and refuses a program that exports otherwise.
fn has_lifecycle(report: &[u8]) -> Result<bool, BuildError> {
    let exports = exports(report).ok_or_else(unreadable)?;
    Ok(exports.iter().any(|name| build::LIFECYCLE.contains(&name.as_str())))
}

fn unreadable() -> BuildError {
    let said = "(a report of its own form, which this program cannot read)".into();
    BuildError::Program { tool: ESBUILD.name, said }
}

/// What the bundle imports from outside, as the bundler reports.
fn imports(report: &[u8]) -> Option<Vec<String>> {
    let output = output(report, BUNDLE)?;
    let paths = output.get("imports")?.as_array()?.iter().map(|import| import.get("path")?.as_str().map(str::to_owned));
    paths.collect()
}

/// What the program exports, as the bundler reports.
fn exports(report: &[u8]) -> Option<Vec<String>> {
    let output = output(report, PROGRAM)?;
    output.get("exports")?.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

/// What the bundler reports of the file that it made under this name.
fn output(report: &[u8], name: &str) -> Option<Value> {
    let mut report: Value = serde_json::from_slice(report).ok()?;
    report.get_mut("outputs")?.get_mut(Place::inside(&format!("{name}.js"))).map(Value::take)
}

fn componentize(place: &Place) -> Result<(), BuildError> {
    let (world, component) = (Place::inside("wit"), Place::inside(COMPONENT));
    let bundle = Place::inside(&format!("{BUNDLE}.js"));
    let options = ["--sync", "--opt-size", "--stub-wasi"];
    let files = ["--wit", &world, "--js", &bundle, "-n", "contract", "-o", &component];
    run(place, &COMPONENTIZE, &[&options[..], &files[..]].concat())
}

/// Runs a tool among the project's packages, which has to succeed.
fn run(place: &Place, package: &Package, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Result<(), BuildError> {
    let path = place.project.join("node_modules/.bin").join(package.program);
    if !path.exists() {
        return Err(BuildError::Tool { tool: package.name, needed: package.version, found: None, get: package.get });
    }
    let mut command = tool(path, &place.project, Purpose::Build);
    command.args(arguments);
    let done: Done = process::run(command)?;
    if done.success {
        return Ok(());
    }
    Err(BuildError::Program { tool: package.name, said: to_the_point(&done.said()).to_owned() })
}

/// What a tool said, without what follows on a mistake of its user: npm's list of options, and the trace of the script
/// around a tool that is a program of its own.
fn to_the_point(said: &str) -> &str {
    let ends = ["\nnpm error Clean install a project", "\nnode:child_process:"].into_iter();
    let end = ends.filter_map(|words| said.find(words)).min();
    end.and_then(|end| said.get(..end)).unwrap_or(said).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_a_version_is_read() {
        assert_eq!((major("v20.20.2"), major("18"), major("v6.1"), major("node")), (Some(20), Some(18), Some(6), None));
    }

    #[test]
    fn without_node_and_with_an_old_one_nothing_is_built() {
        assert!(enough_node(Some("v20.0.0".into())).is_ok() && enough_node(Some("v24.1.0".into())).is_ok());
        for found in [None, Some("v18.20.4".to_owned()), Some("what?".to_owned())] {
            let refused = enough_node(found.clone());
            assert!(matches!(refused, Err(BuildError::Tool { tool: "Node.js", found: said, .. }) if said == found));
        }
    }

    #[test]
    fn what_the_bundle_imports_and_the_program_exports_is_what_the_bundler_reports() {
        let report = br#"{ "inputs": {}, "outputs": { "build/bundle.js": { "imports": [
            { "path": "phat:contract/env@0.1.0", "kind": "import-statement", "external": true },
            { "path": "phat:contract/kv@0.1.0", "kind": "import-statement", "external": true }
        ], "exports": ["lifecycle", "service"] }, "build/program.js": { "imports": [
            { "path": "phat:contract/log@0.1.0", "kind": "import-statement", "external": true }
        ], "exports": ["default", "init", "migrate"] } } }"#;
        let expected = ["phat:contract/env@0.1.0", "phat:contract/kv@0.1.0"].map(str::to_owned);
        assert_eq!(imports(report), Some(expected.to_vec()));
        assert!(has_lifecycle(report).expect("readable"));
        let none = String::from_utf8_lossy(report).replace(", \"init\", \"migrate\"", "");
        assert!(!has_lifecycle(none.as_bytes()).expect("readable"));
    }

    #[test]
    fn a_report_of_another_form_is_refused() {
        for output in ["", "{}", r#"{"imports": [{"kind": "x"}], "exports": [1]}"#] {
            for name in ["bundle", "program", "other"] {
                let report = format!(r#"{{"outputs": {{"build/{name}.js": {output}}}}}"#);
                assert_eq!(imports(report.as_bytes()), None, "{report}");
                assert!(has_lifecycle(report.as_bytes()).is_err(), "{report}");
            }
        }
        assert_eq!(imports(b"{}"), None);
    }

    #[test]
    fn what_a_tool_adds_to_every_mistake_is_left_out() {
        let npm = "npm error code EUSAGE\nnpm error\nnpm error Clean install a project\nnpm error Usage:";
        assert_eq!(to_the_point(npm), "npm error code EUSAGE\nnpm error");
        let esbuild = "X [ERROR] Unexpected\n\n    src/main.js:3:34:\n\nnode:child_process:930\n    throw err;";
        assert_eq!(to_the_point(esbuild), "X [ERROR] Unexpected\n\n    src/main.js:3:34:");
        assert_eq!(to_the_point("src/main.ts(3,7): error\n"), "src/main.ts(3,7): error");
    }

    #[test]
    fn every_package_is_pinned_by_a_hash_or_lies_in_a_folder_beside() {
        let lock = br#"{ "lockfileVersion": 3, "packages": {
            "": { "name": "x" }, "sdk": { "name": "adyton" }, "node_modules/adyton": { "resolved": "sdk", "link": true },
            "node_modules/esbuild": { "version": "1.0.0", "integrity": "sha512-AAAA" }
        } }"#;
        assert_eq!(unpinned(lock), None);
    }

    #[test]
    fn a_package_without_a_hash_is_named() {
        for package in [r#"{}"#, r#"{ "integrity": "sha1-AAAA" }"#, r#"{ "resolved": "https://example.org/a.tgz" }"#] {
            let lock = format!(r#"{{ "packages": {{ "node_modules/a/node_modules/b": {package} }} }}"#);
            assert_eq!(unpinned(lock.as_bytes()).as_deref(), Some("node_modules/a/node_modules/b"));
        }
        for lock in ["", "[]", r#"{ "dependencies": { "a": {} } }"#] {
            assert_eq!(unpinned(lock.as_bytes()).as_deref(), Some("all of them"));
        }
    }

    #[test]
    fn two_files_stand_for_something_else_when_a_byte_moves_from_one_to_the_other() {
        assert_ne!(fingerprint(b"ab", b"c"), fingerprint(b"a", b"bc"));
        assert_eq!(fingerprint(b"ab", b"c").len(), 64);
    }
}
