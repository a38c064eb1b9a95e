//! `adyton build`: from a project to the component that is deployed.

use std::path::PathBuf;

use adyton_client::protocol::manifest::{Capability, Manifest};
use adyton_component::build::{self, Options};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use crate::{
    output::{Output, misuse},
    places::Places,
    project::Project,
    whole_file::write_whole,
};

/// The package whose interfaces are capabilities.
const PACKAGE: &str = "phat:contract/";
/// Interfaces that need no grant.
const FREE: [&str; 2] = ["env", "types"];
/// What the name of an interface begins with that answers requests as `wasi:http/proxy` does.
const HANDLER: &str = "wasi:http/incoming-handler@0.2.";
/// The packages of WASI that a component with such an interface may import from, in any version of 0.2.
const WASI: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// What to build.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  adyton build\n  adyton build --dir hello --offline")]
pub struct BuildArgs {
    /// The project's folder; by default the current one.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Refuse to change the project's Cargo.lock. The lock files of other languages never change here.
    #[arg(long)]
    locked: bool,
    /// Fetch nothing: build with the tools and packages that are on this machine.
    #[arg(long)]
    offline: bool,
}

/// A built component.
pub struct Component {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its hash, `0x` and hexadecimal digits.
    pub hash: String,
}

/// Builds the project and says what came out.
pub fn run(args: &BuildArgs, output: Output, places: &Places) -> Result<()> {
    let project = Project::open(&args.dir)?;
    output.progress(project.preparation());
    let options =
        Options { cache: places.cache.clone(), offline: args.offline, locked: args.locked, quiet: output.is_json() };
    let component = build(&project, &options)?;
    let path = project.component();
    let size = component.bytes.len();
    output.result(&json!({ "name": project.name(), "file": path, "hash": component.hash, "size": size }), || {
        format!("{}\n  hash  {}\n  size  {size} bytes", path.display(), component.hash)
    });
    Ok(())
}

/// Builds, checks the component against the project's manifest, and writes it beside `adyton.toml`. Where other tools
/// make the component, it is only checked.
pub fn build(project: &Project, options: &Options) -> Result<Component> {
    let declared = &project.declared;
    if declared.component.is_some() {
        return existing(project);
    }
    let grants: Vec<_> = declared.manifest.grants.iter().map(Capability::name).collect();
    let built = build::build(&project.folder, declared.language, &grants, options)?;
    check(&built.component, &declared.manifest)?;
    write_whole(&project.component(), &built.component)?;
    Ok(Component { bytes: built.component, hash: format!("0x{}", hex::encode(built.hash)) })
}

/// The component that was built before.
pub fn existing(project: &Project) -> Result<Component> {
    let path = project.component();
    let bytes = std::fs::read(&path).map_err(|error| {
        let first = if project.declared.component.is_some() { "" } else { "; build it first with `adyton build`" };
        misuse(format!("cannot read {}: {error}{first}", path.display()))
    })?;
    check(&bytes, &project.declared.manifest)?;
    let hash = format!("0x{}", hex::encode(adyton_component::code_hash(&bytes)));
    Ok(Component { bytes, hash })
}

/// Refuses a component that imports what its manifest does not grant: no worker would run it.
pub fn check(component: &[u8], manifest: &Manifest) -> Result<()> {
    let imports = adyton_component::imports(component).context("the component cannot be read")?;
    let exports = adyton_component::exports(component).context("the component cannot be read")?;
    let handler = exports.iter().any(|export| export.starts_with(HANDLER));
    let mut missing = Vec::new();
    for import in &imports {
        match needs(import, handler) {
            Needs::Nothing => {}
            Needs::Grant(name) => match Capability::ALL.iter().find(|capability| capability.name() == name) {
                Some(capability) if manifest.grants(*capability) => {}
                Some(_) => missing.push(format!("\"{name}\"")),
                None => bail!("the component imports {import}, which no worker offers"),
            },
            Needs::Other => bail!("the component imports {import}, which no worker offers"),
        }
    }
    missing.sort();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "the program uses {0}, which its manifest does not grant; add {0} to grants in adyton.toml",
        missing.join(", ")
    )
}

/// What importing an interface needs.
enum Needs<'a> {
    Nothing,
    Grant(&'a str),
    /// It is not there, whatever is granted.
    Other,
}

fn needs(import: &str, handler: bool) -> Needs<'_> {
    if let Some(rest) = import.strip_prefix(PACKAGE) {
        let name = rest.split('@').next().unwrap_or(rest);
        return if FREE.contains(&name) { Needs::Nothing } else { Needs::Grant(name) };
    }
    let wasi = import.strip_prefix("wasi:").and_then(|rest| rest.split_once('@'));
    let Some((interface, _)) = wasi.filter(|(_, version)| handler && version.starts_with("0.2.")) else {
        return Needs::Other;
    };
    match interface {
        "http/outgoing-handler" => Needs::Grant("http"),
        "random/random" | "random/insecure" => Needs::Grant("random"),
        _ if interface.split_once('/').is_some_and(|(package, _)| WASI.contains(&package)) => Needs::Nothing,
        _ => Needs::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_client::protocol::manifest::{Callers, Durability, Limits};

    fn manifest(grants: Vec<Capability>) -> Manifest {
        Manifest {
            version: 1,
            name: "x".into(),
            grants,
            limits: Limits::default(),
            egress: vec![],
            extra_roots: vec![],
            durability: Durability::Durable,
            callers: Callers::Anyone,
            public_calls: false,
            settings: vec![],
        }
    }

    /// A component that imports one empty instance under this name.
    fn importing(name: &str) -> Vec<u8> {
        // Component header; type section with an empty instance type; import section.
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.extend([7, 3, 1, 0x42, 0]);
        let import = [&[1, 0, u8::try_from(name.len()).unwrap()][..], name.as_bytes(), &[5, 0]].concat();
        bytes.extend([10, u8::try_from(import.len()).unwrap()]);
        bytes.extend(import);
        bytes
    }

    #[test]
    fn an_import_that_is_granted_or_free_is_accepted() {
        check(&importing("phat:contract/kv@0.1.0"), &manifest(vec![Capability::Kv])).unwrap();
        check(&importing("phat:contract/env@0.1.0"), &manifest(vec![])).unwrap();
    }

    #[test]
    fn an_import_that_is_not_granted_is_refused_with_what_to_add() {
        let error = check(&importing("phat:contract/kv@0.1.0"), &manifest(vec![Capability::Log])).unwrap_err();
        assert!(error.to_string().contains("add \"kv\" to grants"), "{error}");
    }

    #[test]
    fn an_import_that_no_worker_offers_is_refused() {
        for name in ["wasi:io/streams@0.2.0", "phat:contract/disk@0.1.0", "phat:other/kv@0.1.0"] {
            let error = check(&importing(name), &manifest(Capability::ALL.to_vec())).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    /// The same with an export of this name: the imported instance.
    fn passing_on(import: &str, export: &str) -> Vec<u8> {
        let mut bytes = importing(import);
        let export = [&[1, 0, u8::try_from(export.len()).unwrap()][..], export.as_bytes(), &[5, 0, 0]].concat();
        bytes.extend([11, u8::try_from(export.len()).unwrap()]);
        bytes.extend(export);
        bytes
    }

    #[test]
    fn a_handler_of_wasi_may_import_wasi_and_needs_the_same_grants() {
        let handler = "wasi:http/incoming-handler@0.2.3";
        for import in ["wasi:io/streams@0.2.0", "wasi:filesystem/types@0.2.12", "phat:contract/env@0.1.0"] {
            check(&passing_on(import, handler), &manifest(vec![])).unwrap();
        }
        for (import, grant) in [
            ("wasi:http/outgoing-handler@0.2.0", Capability::Http),
            ("wasi:random/random@0.2.0", Capability::Random),
            ("wasi:random/insecure@0.2.0", Capability::Random),
            ("phat:contract/kv@0.1.0", Capability::Kv),
        ] {
            check(&passing_on(import, handler), &manifest(vec![grant])).unwrap();
            let error = check(&passing_on(import, handler), &manifest(vec![])).unwrap_err();
            assert!(error.to_string().contains(&format!("add \"{}\" to grants", grant.name())), "{error}");
        }
        for import in ["wasi:keyvalue/store@0.2.0", "wasi:io/streams@0.3.0", "wasi:io/streams"] {
            let error = check(&passing_on(import, handler), &manifest(vec![])).unwrap_err();
            assert!(error.to_string().contains("no worker offers"), "{error}");
        }
    }

    #[test]
    fn a_component_that_is_there_already_is_checked_and_not_built() {
        let folder = tempfile::tempdir().unwrap();
        let text = "name = \"made-elsewhere\"\ncomponent = \"out/made.wasm\"\n";
        std::fs::write(folder.path().join("adyton.toml"), text).unwrap();
        let options = Options { cache: folder.path().into(), offline: true, locked: true, quiet: true };
        let project = Project::open(folder.path()).unwrap();
        let error = build(&project, &options).err().unwrap().to_string();
        assert!(error.contains("made.wasm") && !error.contains("adyton build"), "{error}");
        std::fs::create_dir(folder.path().join("out")).unwrap();
        let bytes = importing("phat:contract/env@0.1.0");
        std::fs::write(folder.path().join("out/made.wasm"), &bytes).unwrap();
        assert_eq!(build(&project, &options).unwrap().bytes, bytes);
        std::fs::write(folder.path().join("out/made.wasm"), importing("phat:contract/kv@0.1.0")).unwrap();
        assert!(build(&project, &options).err().unwrap().to_string().contains("add \"kv\" to grants"));
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(check(b"\0asm\x01\0\0\0", &manifest(vec![])).is_err());
    }
}
