//! Runs cargo for a guest.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{ComponentError, code_hash, from_core_module};

/// The target that guests are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Bytes of a guest's stack for what has an address, where Rust itself would take four times as many. A worker writes the
/// whole of it anew for each call.
const STACK: usize = 256 << 10;

/// The rustup toolchain that the repository's setup links where rustup itself cannot add the target.
pub const FALLBACK_TOOLCHAIN: &str = "adyton-wasm";

/// Why a guest was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No toolchain can compile for the target.
    #[error("no Rust toolchain here compiles for {TARGET}; run: rustup target add {TARGET}")]
    NoToolchain,
    /// Cargo could not be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// What was to be run.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// Cargo said no; it has told the user why.
    #[error("cargo could not build {}", .0.display())]
    Cargo(PathBuf),
    /// The project does not make exactly one `cdylib`.
    #[error("{} makes {count} WebAssembly modules; a contract is one library with crate-type = [\"cdylib\"]", .project.display())]
    Modules {
        /// The project.
        project: PathBuf,
        /// How many modules it makes.
        count: usize,
    },
    /// The module cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The module.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The module is no contract.
    #[error(transparent)]
    Component(#[from] ComponentError),
}

/// A component, built.
#[derive(Debug, Clone)]
pub struct Built {
    /// The component's bytes.
    pub component: Vec<u8>,
    /// Its SHA-256, by which the network knows it.
    pub hash: [u8; 32],
}

/// Where and how a guest is built.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder for cargo's outputs; cargo's own choice if none.
    pub target_dir: Option<PathBuf>,
    /// Keep cargo silent unless it fails.
    pub quiet: bool,
    /// Refuse to change the project's `Cargo.lock`.
    pub locked: bool,
    /// Fetch nothing.
    pub offline: bool,
}

/// Compiles the project in `project` in release mode and makes a component of it. Cargo's messages go to
/// this program's standard error.
pub fn build(project: &Path, options: &Options) -> Result<Built, BuildError> {
    let path = compile(project, options, toolchain()?)?;
    let module = std::fs::read(&path).map_err(|source| BuildError::Read { path, source })?;
    let component = from_core_module(&module)?;
    let hash = code_hash(&component);
    Ok(Built { component, hash })
}

/// How cargo is called so that it compiles for the target: the current toolchain where it can, otherwise
/// [`FALLBACK_TOOLCHAIN`].
pub fn toolchain() -> Result<Vec<OsString>, BuildError> {
    for candidate in [vec![], vec![OsString::from(format!("+{FALLBACK_TOOLCHAIN}"))]] {
        if compiles_for_target(&candidate) {
            return Ok(candidate);
        }
    }
    Err(BuildError::NoToolchain)
}

fn compiles_for_target(toolchain: &[OsString]) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(toolchain).args(["--print", "target-libdir", "--target", TARGET]);
    let Ok(output) = without_callers_toolchain(&mut rustc).output() else { return false };
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let Ok(mut entries) = std::fs::read_dir(folder) else { return false };
    output.status.success()
        && entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
}

fn compile(project: &Path, options: &Options, toolchain: Vec<OsString>) -> Result<PathBuf, BuildError> {
    let mut cargo = Command::new("cargo");
    cargo.args(&toolchain).args([
        "build",
        "--release",
        "--target",
        TARGET,
        "--message-format",
        "json-render-diagnostics",
    ]);
    cargo.current_dir(project).stderr(std::process::Stdio::inherit());
    if options.quiet {
        cargo.arg("--quiet");
    }
    if options.locked {
        cargo.arg("--locked");
    }
    if options.offline {
        cargo.arg("--offline");
    }
    if let Some(folder) = &options.target_dir {
        cargo.arg("--target-dir").arg(folder);
    }
    let flags = flags(project, &toolchain, options.offline)?;
    without_callers_toolchain(&mut cargo).env("CARGO_ENCODED_RUSTFLAGS", flags);
    let output = cargo.output();
    let output = output.map_err(|source| BuildError::Run { program: "cargo".into(), source })?;
    if !output.status.success() {
        return Err(BuildError::Cargo(project.to_owned()));
    }
    let modules = modules(&String::from_utf8_lossy(&output.stdout));
    match <[PathBuf; 1]>::try_from(modules) {
        Ok([module]) => Ok(module),
        Err(modules) => Err(BuildError::Modules { project: project.to_owned(), count: modules.len() }),
    }
}

/// The compiler's flags: the size of the stack, and those that keep this machine's folders out of the component. A
/// panic's message names its source file, and a contract's hash must not depend on where, or in whose home, it was
/// built. What lies in the project's own folder is named from there anyway.
fn flags(project: &Path, toolchain: &[OsString], offline: bool) -> Result<OsString, BuildError> {
    let mut flags = OsString::from(format!("--remap-path-prefix={}=/cargo", cargo_home().display()));
    flags.push(format!("\u{1f}-Clink-arg=-zstack-size={STACK}"));
    for (folder, name) in packages_elsewhere(project, toolchain, offline)? {
        flags.push(format!("\u{1f}--remap-path-prefix={}=/{name}", folder.display()));
    }
    Ok(flags)
}

/// Folders and names of the packages that are neither in the project's folder nor a registry's.
fn packages_elsewhere(
    project: &Path,
    toolchain: &[OsString],
    offline: bool,
) -> Result<Vec<(PathBuf, String)>, BuildError> {
    let mut cargo = Command::new("cargo");
    cargo.args(toolchain).args(["metadata", "--format-version", "1", "--quiet"]).current_dir(project);
    if offline {
        cargo.arg("--offline");
    }
    let output = without_callers_toolchain(&mut cargo).stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|source| BuildError::Run { program: "cargo".into(), source })?;
    let metadata = serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap_or_default();
    let (Some(packages), Some(root)) = (metadata["packages"].as_array(), metadata["workspace_root"].as_str()) else {
        return Err(BuildError::Cargo(project.to_owned()));
    };
    let local = packages.iter().filter(|package| package["source"].is_null());
    let named = local.filter_map(|package| {
        let folder = Path::new(package["manifest_path"].as_str()?).parent()?;
        Some((folder.to_owned(), package["name"].as_str()?.to_owned()))
    });
    Ok(named.filter(|(folder, _)| !folder.starts_with(root)).collect())
}

fn cargo_home() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).unwrap_or_else(|| PathBuf::from("/nonexistent"))
}

/// Inside a cargo or rustup process its own choices must not reach the guest's build.
fn without_callers_toolchain(command: &mut Command) -> &mut Command {
    for name in [
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
    ] {
        command.env_remove(name);
    }
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO")
}

/// The modules that cargo's messages, one JSON object a line, name as made.
fn modules(messages: &str) -> Vec<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let artifacts = messages.filter(|message| message["reason"] == "compiler-artifact");
    let names = artifacts.flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    let paths = names.filter_map(|name| name.as_str().map(PathBuf::from));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "wasm")).collect();
    paths.sort();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_artifact_that_cargo_names() {
        let messages = concat!(
            "{\"reason\":\"compiler-artifact\",\"filenames\":[\"/x/libserde.rlib\"]}\n",
            "{\"reason\":\"compiler-artifact\",\"filenames\":[\"/x/counter.wasm\"],\"executable\":null}\n",
            "{\"reason\":\"build-finished\",\"success\":true}\n",
        );
        assert_eq!(modules(messages), [PathBuf::from("/x/counter.wasm")]);
    }

    #[test]
    fn a_folder_without_a_project_is_refused() {
        let folder = std::env::temp_dir();
        let error = compile(&folder.join("adyton-no-such-project"), &Options::default(), Vec::new());
        assert!(matches!(error, Err(BuildError::Run { .. } | BuildError::Cargo(_))));
    }
}
