//! `adyton build`: from a project to the component that is deployed.

use std::path::PathBuf;

use adyton_client::protocol::manifest::{Capability, Manifest};
use adyton_component::{
    build::{self, Options},
    offered,
};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::{
    output::{Output, misuse},
    places::Places,
    project::Project,
    whole_file::write_whole,
};

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
    })?;
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

/// Refuses a component that no worker would run, or not with what its manifest grants.
pub fn check(component: &[u8], manifest: &Manifest) -> Result<()> {
    let granted = |name: &str| manifest.grants.iter().any(|capability| capability.name() == name);
    let needed = offered::grants(component)?;
    let missing: Vec<_> = needed.iter().filter(|name| !granted(name)).map(|name| format!("\"{name}\"")).collect();
    if !missing.is_empty() {
        bail!(
            "the program uses {0}, which its manifest does not grant; add {0} to grants in adyton.toml",
            missing.join(", ")
        );
    }
    let refused = if manifest.deterministic { offered::nondeterministic(component)? } else { Vec::new() };
    if !refused.is_empty() {
        bail!(
            "the program uses {}, which no deterministic contract may: a call that is run again would find something else",
            refused.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_client::protocol::{
        contract_call::Callees,
        manifest::{Callers, Durability, Limits},
    };

    fn manifest(grants: Vec<Capability>) -> Manifest {
        Manifest {
            version: 1,
            name: "x".into(),
            grants,
            limits: Limits::default(),
            egress: vec![],
            extra_roots: vec![],
            contracts: Callees::NONE,
            durability: Durability::Durable,
            callers: Callers::Anyone,
            public_calls: false,
            settings: vec![],
            webhooks: vec![],
            messages: false,
            watches: vec![],
            deterministic: false,
            disputable: false,
            sealed_code: false,
            reuse: false,
        }
    }

    const SERVICE: &str = "phat:contract/service@0.1.0";
    const HANDLER: &str = "wasi:http/incoming-handler@0.2.3";

    /// A component that imports one empty instance under this name, and exports it under those.
    fn component(import: &str, exports: &[&str]) -> Vec<u8> {
        let named = |name: &str, of: &[u8]| [&[0, u8::try_from(name.len()).unwrap()][..], name.as_bytes(), of].concat();
        // Component header; type section with an empty instance type; import section; export section.
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.extend([7, 3, 1, 0x42, 0]);
        let exports: Vec<_> = exports.iter().map(|name| named(name, &[5, 0, 0])).collect();
        for (section, items) in [(10, vec![named(import, &[5, 0])]), (11, exports)] {
            let content = [&[u8::try_from(items.len()).unwrap()][..], &items.concat()].concat();
            bytes.extend([section, u8::try_from(content.len()).ok().filter(|length| *length < 128).unwrap()]);
            bytes.extend(content);
        }
        bytes
    }

    fn refused(import: &str, exports: &[&str]) -> String {
        let error = check(&component(import, exports), &manifest(Capability::ALL.to_vec())).unwrap_err();
        error.to_string()
    }

    #[test]
    fn an_import_that_is_granted_or_free_is_accepted() {
        check(&component("phat:contract/kv@0.1.0", &[SERVICE]), &manifest(vec![Capability::Kv])).unwrap();
        check(&component("phat:contract/env@0.1.0", &[SERVICE]), &manifest(vec![])).unwrap();
        check(&component("wasi:io/streams@0.2.0", &[HANDLER]), &manifest(vec![])).unwrap();
    }

    #[test]
    fn an_import_that_is_not_granted_is_refused_with_what_to_add() {
        for (import, export, grant) in [
            ("phat:contract/kv@0.1.0", SERVICE, "kv"),
            ("phat:contract/kv@0.1.0", HANDLER, "kv"),
            ("wasi:http/outgoing-handler@0.2.0", HANDLER, "http"),
            ("wasi:random/insecure@0.2.0", HANDLER, "random"),
        ] {
            let error = check(&component(import, &[export]), &manifest(vec![Capability::Log])).unwrap_err();
            assert!(error.to_string().contains(&format!("add \"{grant}\" to grants")), "{error}");
        }
    }

    #[test]
    fn an_import_that_differs_between_runs_is_refused_for_a_deterministic_contract_alone() {
        let bytes = component("wasi:random/insecure@0.2.0", &[HANDLER]);
        let usual = manifest(vec![Capability::Random]);
        check(&bytes, &usual).unwrap();
        let error = check(&bytes, &Manifest { deterministic: true, ..usual }).unwrap_err();
        assert!(error.to_string().contains("wasi:random/insecure@0.2.0"), "{error}");
        let allowed = component("wasi:random/insecure-seed@0.2.0", &[HANDLER]);
        check(&allowed, &Manifest { deterministic: true, ..manifest(vec![]) }).unwrap();
    }

    #[test]
    fn an_import_that_no_worker_offers_is_refused() {
        for (import, export) in [
            ("wasi:io/streams@0.2.0", SERVICE),
            ("phat:contract/disk@0.1.0", SERVICE),
            ("wasi:http/incoming-handler@0.2.0", HANDLER),
            ("wasi:io/poll@0.2.0-rc-2023-11-10", HANDLER),
            ("wasi:io/anything@0.2.0", HANDLER),
        ] {
            let error = refused(import, &[export]);
            assert!(error.contains(import) && error.contains("no worker offers"), "{error}");
        }
    }

    #[test]
    fn a_component_that_answers_by_no_interface_or_by_two_is_refused() {
        let import = "phat:contract/env@0.1.0";
        for exports in [&[][..], &["wasi:http/incoming-handler@0.2.0-rc-2023-11-10"]] {
            assert!(refused(import, exports).contains("neither phat:contract/service"), "{exports:?}");
        }
        assert!(refused(import, &[SERVICE, HANDLER]).contains("more than one interface"));
    }

    #[test]
    fn all_that_a_component_can_need_is_something_that_a_manifest_can_grant() {
        let known: Vec<_> = Capability::ALL.iter().map(Capability::name).collect();
        for (interface, grant) in offered::WASI.into_iter().chain(offered::DATABASES) {
            assert!(grant.is_none_or(|grant| known.contains(&grant)), "{interface}");
        }
        for name in known {
            let database = offered::DATABASES.iter().find(|(_, grant)| *grant == Some(name));
            let import =
                database.map_or_else(|| format!("phat:contract/{name}@0.1.0"), |(import, _)| (*import).to_owned());
            assert!(check(&component(&import, &[SERVICE]), &manifest(Capability::ALL.to_vec())).is_ok(), "{import}");
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
        let bytes = component("phat:contract/env@0.1.0", &[SERVICE]);
        std::fs::write(folder.path().join("out/made.wasm"), &bytes).unwrap();
        assert_eq!(build(&project, &options).unwrap().bytes, bytes);
        let other = component("phat:contract/kv@0.1.0", &[SERVICE]);
        std::fs::write(folder.path().join("out/made.wasm"), other).unwrap();
        assert!(build(&project, &options).err().unwrap().to_string().contains("add \"kv\" to grants"));
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(check(b"\0asm\x01\0\0\0", &manifest(vec![])).is_err());
    }
}
