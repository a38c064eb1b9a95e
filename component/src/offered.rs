//! What a component has to be for a worker to run it: what it may import, with which grants, and what it exports.
//!
//! It is the same on every worker, so that a tool can say it before anybody pays for a contract. The worker's engine
//! decides for itself; a test of the engine holds its lists to the one here.

use std::collections::BTreeSet;

use wasmparser::{Validator, component_types::ComponentEntityType};

use crate::{ComponentError, outside, world};

/// The interface that answers requests, of a contract's own.
const SERVICE: &str = "service";
/// The one that answers them as `wasi:http/proxy` does.
const HANDLER: &str = "http/incoming-handler";
/// Interfaces of a contract that need no grant.
const FREE: [&str; 2] = ["env", "types"];

/// The interfaces of WASI that a component with a handler may import, in any version 0.2 that is no candidate for one,
/// and the grant that each needs.
pub const WASI: [(&str, Option<&str>); 29] = [
    ("cli/environment", None),
    ("cli/exit", None),
    ("cli/stderr", None),
    ("cli/stdin", None),
    ("cli/stdout", None),
    ("cli/terminal-input", None),
    ("cli/terminal-output", None),
    ("cli/terminal-stderr", None),
    ("cli/terminal-stdin", None),
    ("cli/terminal-stdout", None),
    ("clocks/monotonic-clock", None),
    ("clocks/wall-clock", None),
    ("filesystem/preopens", None),
    ("filesystem/types", None),
    ("http/outgoing-handler", Some("http")),
    ("http/types", None),
    ("io/error", None),
    ("io/poll", None),
    ("io/streams", None),
    ("random/insecure", Some("random")),
    ("random/insecure-seed", None),
    ("random/random", Some("random")),
    ("sockets/instance-network", None),
    ("sockets/ip-name-lookup", None),
    ("sockets/network", None),
    ("sockets/tcp", None),
    ("sockets/tcp-create-socket", None),
    ("sockets/udp", None),
    ("sockets/udp-create-socket", None),
];

/// The interfaces of databases outside, which are Spin's, and the grant that each needs.
pub const DATABASES: [(&str, Option<&str>); 4] = [
    ("fermyon:spin/mysql@2.0.0", Some("mysql")),
    ("fermyon:spin/rdbms-types@2.0.0", None),
    ("fermyon:spin/redis@2.0.0", Some("redis")),
    ("spin:postgres/postgres@3.0.0", Some("postgres")),
];

/// What a deterministic contract may not import, though its manifest can grant it: an interface, in any version, or a
/// function of one.
pub const NONDETERMINISTIC: [(&str, Option<&str>); 3] =
    [("phat:contract/random", Some("bytes")), ("wasi:random/insecure", None), ("wasi:random/random", None)];

/// Why no worker runs a component, whatever its manifest grants.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It cannot be read.
    #[error("the component cannot be read")]
    Unreadable(#[from] ComponentError),
    /// It imports something else.
    #[error("the component imports {0}, which no worker offers")]
    Import(String),
    /// Nothing in it answers requests.
    #[error("the component exports neither phat:contract/service nor wasi:http/incoming-handler of WASI 0.2")]
    AnswersNothing,
    /// More than one interface answers requests.
    #[error("the component exports more than one interface that answers requests")]
    AnswersTwice,
}

/// The grants that a component needs.
pub fn grants(component: &[u8]) -> Result<BTreeSet<&'static str>, Unfit> {
    let (imports, exports) = outside(component)?;
    let services = exports.iter().filter(|export| own(export) == Some(SERVICE)).count();
    let handlers = exports.iter().filter_map(|export| wasi(export)).filter(|interface| *interface == HANDLER).count();
    let mut grants = BTreeSet::new();
    // What is wrong with the imports is said first: it is what most authors have to change.
    for import in &imports {
        grants.extend(needs(import, (services, handlers) == (0, 1)).ok_or_else(|| Unfit::Import(import.clone()))?);
    }
    match (services, handlers) {
        (1, 0) | (0, 1) => Ok(grants),
        (0, 0) => Err(Unfit::AnswersNothing),
        (_, _) => Err(Unfit::AnswersTwice),
    }
}

/// What a component imports of [`NONDETERMINISTIC`].
pub fn nondeterministic(component: &[u8]) -> Result<Vec<String>, Unfit> {
    let (imports, _) = outside(component)?;
    let types = Validator::new().validate_all(component).map_err(|_| ComponentError::NotAComponent)?;
    let mut found = Vec::new();
    for import in imports {
        let interface = import.split_once('@').map_or(import.as_str(), |(interface, _version)| interface);
        for (_, function) in NONDETERMINISTIC.iter().filter(|(name, _)| *name == interface) {
            let Some(function) = function else {
                found.push(import.clone());
                continue;
            };
            let item = types.as_ref().component_item_for_import(&import);
            if let Some(ComponentEntityType::Instance(instance)) = item.map(|item| item.ty)
                && types[instance].exports.contains_key(*function)
            {
                found.push(format!("{function} of {import}"));
            }
        }
    }
    Ok(found)
}

/// The grant that importing an interface needs, if any; the outer none: it is not there.
fn needs(import: &str, handler: bool) -> Option<Option<&'static str>> {
    if let Some(name) = own(import) {
        return (name != SERVICE).then(|| Some(name).filter(|name| !FREE.contains(name)));
    }
    if let Some((_, grant)) = DATABASES.iter().find(|(name, _)| *name == import) {
        return Some(*grant);
    }
    let interface = wasi(import).filter(|_| handler)?;
    WASI.iter().find(|(name, _)| *name == interface).map(|(_, grant)| *grant)
}

/// The interface's name in `phat:contract/kv@0.1.0`, if there is one of that name and version.
fn own(name: &str) -> Option<&'static str> {
    let whole = world::package()?;
    let (package, version) = whole.split_once('@')?;
    let interface = name.strip_prefix(package)?.strip_prefix('/')?.strip_suffix(version)?.strip_suffix('@')?;
    world::all().chain([SERVICE, "types"]).find(|known| *known == interface)
}

/// The interface in `wasi:http/types@0.2.3`, if it is one of 0.2.
fn wasi(name: &str) -> Option<&str> {
    let (interface, version) = name.strip_prefix("wasi:")?.split_once('@')?;
    let patch = version.strip_prefix("0.2.")?;
    (!patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit())).then_some(interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "phat:contract/service@0.1.0";
    const WASIS: &str = "wasi:http/incoming-handler@0.2.3";

    /// A component that imports one empty instance, and exports it under these names.
    fn component(import: &str, exports: &[&str]) -> Vec<u8> {
        let exports: String = exports.iter().map(|name| format!("(export \"{name}\" (instance $it))")).collect();
        wat::parse_str(format!("(component (import \"{import}\" (instance $it)) {exports})")).expect("a component")
    }

    fn needed(import: &str, export: &str) -> Result<Vec<&'static str>, Unfit> {
        grants(&component(import, &[export])).map(|grants| grants.into_iter().collect())
    }

    #[test]
    fn interfaces_of_contracts_need_the_grant_of_their_name_or_none() {
        for export in [OWN, WASIS] {
            assert_eq!(needed("phat:contract/kv@0.1.0", export).expect("offered"), ["kv"]);
            assert!(needed("phat:contract/env@0.1.0", export).expect("offered").is_empty());
            assert!(needed("phat:contract/types@0.1.0", export).expect("offered").is_empty());
        }
    }

    #[test]
    fn interfaces_of_contracts_that_do_not_exist_are_refused() {
        for import in [
            "phat:contract/disk@0.1.0",
            "phat:contract/service@0.1.0",
            "phat:contract/lifecycle@0.1.0",
            "phat:contract/world@0.1.0",
            "phat:contract/kv@0.2.0",
            "phat:contract/kv",
            "phat:other/kv@0.1.0",
        ] {
            assert!(matches!(needed(import, OWN), Err(Unfit::Import(name)) if name == import), "{import}");
        }
    }

    #[test]
    fn databases_are_there_whatever_answers_requests_and_in_one_version_each() {
        for export in [OWN, WASIS] {
            assert_eq!(needed("spin:postgres/postgres@3.0.0", export).expect("offered"), ["postgres"]);
            assert_eq!(needed("fermyon:spin/mysql@2.0.0", export).expect("offered"), ["mysql"]);
            assert_eq!(needed("fermyon:spin/redis@2.0.0", export).expect("offered"), ["redis"]);
            assert!(needed("fermyon:spin/rdbms-types@2.0.0", export).expect("offered").is_empty());
        }
        for import in ["spin:postgres/postgres@4.2.0", "fermyon:spin/sqlite@2.0.0", "phat:contract/postgres@0.1.0"] {
            assert!(matches!(needed(import, OWN), Err(Unfit::Import(name)) if name == import), "{import}");
        }
    }

    #[test]
    fn wasi_is_there_beside_a_handler_alone() {
        assert!(needed("wasi:io/streams@0.2.12", WASIS).expect("offered").is_empty());
        assert_eq!(needed("wasi:http/outgoing-handler@0.2.0", WASIS).expect("offered"), ["http"]);
        assert!(matches!(needed("wasi:io/streams@0.2.12", OWN), Err(Unfit::Import(_))));
    }

    #[test]
    fn other_interfaces_and_versions_of_wasi_are_refused() {
        for import in [
            "wasi:http/incoming-handler@0.2.0",
            "wasi:io/poll@0.2.0-rc-2023-11-10",
            "wasi:io/anything@0.2.0",
            "wasi:io/poll@0.3.0",
            "wasi:io/poll",
            "wasi:keyvalue/store@0.2.0",
        ] {
            assert!(matches!(needed(import, WASIS), Err(Unfit::Import(name)) if name == import), "{import}");
        }
    }

    #[test]
    fn a_component_answers_by_exactly_one_interface() {
        let import = "phat:contract/env@0.1.0";
        for exports in [&[][..], &["wasi:http/incoming-handler@0.2.0-rc-2023-11-10"], &["phat:contract/service@0.2.0"]]
        {
            assert!(matches!(grants(&component(import, exports)), Err(Unfit::AnswersNothing)), "{exports:?}");
        }
        for exports in [&[OWN, WASIS][..], &[WASIS, "wasi:http/incoming-handler@0.2.4"]] {
            assert!(matches!(grants(&component(import, exports)), Err(Unfit::AnswersTwice)), "{exports:?}");
        }
    }

    #[test]
    fn what_a_deterministic_contract_may_not_import_is_found_by_interface_and_by_function() {
        let random = |functions: &[&str]| {
            let functions: String =
                functions.iter().map(|name| format!("(export \"{name}\" (func (result u32)))")).collect();
            let text = format!("(component (import \"phat:contract/random@0.1.0\" (instance {functions})))");
            nondeterministic(&wat::parse_str(text).expect("a component")).expect("it is read")
        };
        assert!(random(&["seeded"]).is_empty());
        assert_eq!(random(&["bytes", "seeded"]), ["bytes of phat:contract/random@0.1.0"]);
        for (import, refused) in [
            ("wasi:random/random@0.2.3", true),
            ("wasi:random/insecure@0.2.0", true),
            ("wasi:random/insecure-seed@0.2.0", false),
            ("phat:contract/kv@0.1.0", false),
        ] {
            let found = nondeterministic(&component(import, &[WASIS])).expect("it is read");
            assert_eq!(found, if refused { vec![import] } else { vec![] });
        }
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(matches!(grants(b"\0asm\x01\0\0\0"), Err(Unfit::Unreadable(_))));
    }
}
