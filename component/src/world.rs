//! The world of one contract: exactly the interfaces that its manifest grants.
//!
//! The tools for JavaScript and Python make components that import every interface of their world, used or not, and a
//! worker refuses a component that imports what was not granted. So each project gets a world of its own. Databases
//! outside are of Spin's packages, which come along where one of them is granted.

use std::collections::BTreeSet;

use crate::{build::BuildError, offered, template::SDK};

/// The file that has the world and the package's name.
const WORLD: &str = "wit/world.wit";
/// The interface that needs no grant.
const FREE: &str = "env";
/// Files of interfaces that are no capabilities: what a contract exports, and what others use.
const NOT_GRANTED: [&str; 4] = ["lifecycle", "service", "types", "world"];
/// Spin's packages: their files in a world's folder, and their texts.
const DATABASES: [(&str, &str); 5] = [
    ("deps/fermyon-spin/mysql.wit", include_str!("../../wit/deps/fermyon-spin/mysql.wit")),
    ("deps/fermyon-spin/package.wit", include_str!("../../wit/deps/fermyon-spin/package.wit")),
    ("deps/fermyon-spin/rdbms-types.wit", include_str!("../../wit/deps/fermyon-spin/rdbms-types.wit")),
    ("deps/fermyon-spin/redis.wit", include_str!("../../wit/deps/fermyon-spin/redis.wit")),
    ("deps/spin-postgres/postgres.wit", include_str!("../../wit/deps/spin-postgres/postgres.wit")),
];

/// A contract's world.
#[derive(Debug)]
pub(crate) struct World {
    /// The name and version of the package, as in `phat:contract@0.1.0`.
    package: String,
    /// The interfaces that there are, and whether the contract may import them.
    interfaces: Vec<(&'static str, bool)>,
    /// The whole names of databases' interfaces, the grants that they need, and whether the contract has them.
    databases: Vec<(&'static str, &'static str, bool)>,
}

impl World {
    /// The world with what `grants` name, and with what needs no grant.
    pub(crate) fn of(grants: &[&str]) -> Result<Self, BuildError> {
        let wanted: BTreeSet<&str> = grants.iter().copied().collect();
        let interfaces = all().map(|name| (name, name == FREE || wanted.contains(name))).collect();
        let needs = offered::DATABASES.iter().filter_map(|(path, grant)| Some((*path, (*grant)?)));
        let databases = needs.map(|(path, grant)| (path, grant, wanted.contains(grant))).collect();
        let world = Self { package: package().ok_or(BuildError::NoPackage)?, interfaces, databases };
        match wanted.into_iter().find(|grant| !world.has(grant)) {
            Some(unknown) => Err(BuildError::UnknownGrant(unknown.escape_default().collect())),
            None => Ok(world),
        }
    }

    /// Whether there is an interface of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.interfaces.iter().any(|(interface, _)| *interface == name)
            || self.databases.iter().any(|(_, grant, _)| *grant == name)
    }

    /// The names of the files that describe it to the tools, and their texts; with `lifecycle`, the contract exports the
    /// interface of this name too.
    pub(crate) fn files(&self, lifecycle: bool) -> Vec<(&'static str, String)> {
        let others = wit().filter(|(path, _)| *path != WORLD);
        let mut files: Vec<_> = others.map(|(path, text)| (name_in_folder(path), text.to_owned())).collect();
        let granted = self.interfaces.iter().filter(|(_, granted)| *granted);
        let mut imports: String = granted.map(|(name, _)| format!("    import {name};\n")).collect();
        let outside = self.databases.iter().filter(|(_, _, granted)| *granted);
        imports.extend(outside.map(|(path, _, _)| format!("    import {path};\n")));
        if self.databases.iter().any(|(_, _, granted)| *granted) {
            files.extend(DATABASES.map(|(path, text)| (path, text.to_owned())));
        }
        let exports = if lifecycle { "    export service;\n    export lifecycle;\n" } else { "    export service;\n" };
        let world = format!("package {};\n\nworld contract {{\n{imports}{exports}}}\n", self.package);
        files.push((name_in_folder(WORLD), world));
        files
    }

    /// A module of JavaScript with one export per interface: the interface, or `undefined` where it is not granted.
    pub(crate) fn module(&self) -> String {
        let line = |(name, granted): &(&str, bool)| match granted {
            true => format!("export * as {name} from '{}';\n", self.path(name)),
            false => format!("export const {name} = undefined;\n"),
        };
        self.interfaces.iter().map(line).collect()
    }

    /// What is wrong with importing `path`, which a program does; none if nothing is.
    pub(crate) fn refuse(&self, path: &str) -> Option<BuildError> {
        let own = self.interfaces.iter().find(|(name, _)| self.path(name) == path).copied();
        let outside = || self.databases.iter().find(|(whole, _, _)| *whole == path);
        match own.or_else(|| outside().map(|(_, grant, granted)| (*grant, *granted))) {
            Some((_, true)) => None,
            Some((name, false)) => Some(BuildError::NotGranted(name.to_owned())),
            None => Some(BuildError::UnknownImport(path.escape_default().collect())),
        }
    }

    /// An interface's whole name, as in `phat:contract/kv@0.1.0`.
    fn path(&self, interface: &str) -> String {
        match self.package.split_once('@') {
            Some((package, version)) => format!("{package}/{interface}@{version}"),
            None => format!("{}/{interface}", self.package),
        }
    }
}

/// The interface descriptions that the SDK carries.
fn wit() -> impl Iterator<Item = (&'static str, &'static str)> {
    SDK.iter().copied().filter(|(path, _)| path.ends_with(".wit"))
}

/// The names of the interfaces that a contract can import: each has a file of its name.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let names = wit().filter_map(|(path, _)| name_in_folder(path).strip_suffix(".wit"));
    names.filter(|name| !NOT_GRANTED.contains(name))
}

fn name_in_folder(path: &'static str) -> &'static str {
    path.strip_prefix("wit/").unwrap_or(path)
}

/// The name and version of the package.
pub(crate) fn package() -> Option<String> {
    let (_, text) = wit().find(|(path, _)| *path == WORLD)?;
    let line = text.lines().find_map(|line| line.strip_prefix("package "))?;
    Some(line.trim_end().trim_end_matches(';').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wit_parser::{Resolve, SourceMap};

    /// What a tool reads out of a world's files: the interfaces that are imported and exported.
    fn read(world: &World, lifecycle: bool) -> (Vec<String>, Vec<String>) {
        let files = world.files(lifecycle);
        let folder = |folder: &str| {
            let mut sources = SourceMap::default();
            for (name, text) in
                files.iter().filter(|(name, _)| name.rsplit_once('/').map_or("", |(at, _)| at) == folder)
            {
                sources.push_str(name, text.clone());
            }
            sources.parse().map_err(|(_, error)| error.to_string()).expect("it can be read")
        };
        let deps = ["deps/fermyon-spin", "deps/spin-postgres"].into_iter();
        let deps = deps.filter(|_| files.iter().any(|(name, _)| name.contains('/'))).map(folder).collect();
        let mut types = Resolve::default();
        let package = types.push_groups(folder(""), deps).expect("it fits together");
        let id = types.select_world(&[package], Some("contract")).expect("it is there");
        let names = |keys: Vec<&wit_parser::WorldKey>| {
            let mut names: Vec<_> = keys.into_iter().map(|key| types.name_world_key(key)).collect();
            names.sort();
            names
        };
        let world = &types.worlds[id];
        (names(world.imports.keys().collect()), names(world.exports.keys().collect()))
    }

    #[test]
    fn a_world_imports_what_is_granted_and_nothing_else() {
        let (imports, exports) = read(&World::of(&["kv", "log", "kv"]).expect("a world"), false);
        let expected = ["env", "kv", "log", "types"].map(|name| format!("phat:contract/{name}@0.1.0"));
        assert_eq!(imports, expected);
        assert_eq!(exports, ["phat:contract/service@0.1.0"]);
    }

    #[test]
    fn a_contract_with_a_lifecycle_exports_it_beside_its_service() {
        let (imports, exports) = read(&World::of(&[]).expect("a world"), true);
        assert_eq!(imports, ["phat:contract/env@0.1.0", "phat:contract/types@0.1.0"]);
        assert_eq!(exports, ["phat:contract/lifecycle@0.1.0", "phat:contract/service@0.1.0"]);
    }

    #[test]
    fn without_grants_only_the_free_interface_is_left() {
        let (imports, _) = read(&World::of(&[]).expect("a world"), false);
        assert_eq!(imports, ["phat:contract/env@0.1.0", "phat:contract/types@0.1.0"]);
    }

    #[test]
    fn grants_of_databases_import_spins_interfaces_and_the_types_that_they_use() {
        let free = ["phat:contract/env@0.1.0", "phat:contract/types@0.1.0"];
        for (grant, needed) in [
            ("postgres", &["spin:postgres/postgres@3.0.0"][..]),
            ("mysql", &["fermyon:spin/mysql@2.0.0", "fermyon:spin/rdbms-types@2.0.0"][..]),
            ("redis", &["fermyon:spin/redis@2.0.0"][..]),
        ] {
            let (imports, _) = read(&World::of(&[grant]).expect("a world"), false);
            let mut expected = [&free[..], needed].concat();
            expected.sort_unstable();
            assert_eq!(imports, expected);
        }
    }

    #[test]
    fn the_files_of_databases_are_those_that_there_are() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/deps");
        let there = ["fermyon-spin", "spin-postgres"].into_iter().flat_map(|package| {
            let entries = std::fs::read_dir(folder.join(package)).expect("the folder is there");
            entries
                .map(move |entry| format!("deps/{package}/{}", entry.expect("readable").file_name().to_string_lossy()))
        });
        let mut there: Vec<String> = there.filter(|path| path.ends_with(".wit")).collect();
        there.sort();
        assert_eq!(there, DATABASES.map(|(path, _)| path));
    }

    #[test]
    fn all_grants_together_make_the_world_of_the_sdk() {
        let names: Vec<_> = all().collect();
        let (imports, _) = read(&World::of(&names).expect("a world"), false);
        let (types, world) = crate::contract_world().expect("a world");
        let mut whole: Vec<_> = types.worlds[world].imports.keys().map(|key| types.name_world_key(key)).collect();
        whole.sort();
        assert_eq!(imports, whole);
    }

    #[test]
    fn a_grant_that_names_no_interface_is_refused() {
        for name in ["disk", "lifecycle", "service", "types", "world", "kv; export log"] {
            assert!(matches!(World::of(&["kv", name]), Err(BuildError::UnknownGrant(_))), "{name}");
        }
    }

    #[test]
    fn the_module_of_grants_has_every_interface_and_only_what_is_granted_is_imported() {
        let module = World::of(&["kv"]).expect("a world").module();
        assert!(module.contains("export * as kv from 'phat:contract/kv@0.1.0';\n"), "{module}");
        assert!(module.contains("export * as env from 'phat:contract/env@0.1.0';\n"), "{module}");
        assert!(module.contains("export const log = undefined;\n"), "{module}");
        assert_eq!(module.lines().count(), all().count());
        let module = World::of(&["redis"]).expect("a world").module();
        assert!(!module.contains("redis"), "nothing of the SDK asks whether there is one: {module}");
    }

    #[test]
    fn an_import_is_refused_with_its_reason() {
        let world = World::of(&["kv"]).expect("a world");
        assert!(world.refuse("phat:contract/kv@0.1.0").is_none() && world.refuse("phat:contract/env@0.1.0").is_none());
        assert!(matches!(world.refuse("phat:contract/log@0.1.0"), Some(BuildError::NotGranted(name)) if name == "log"));
        for path in ["phat:contract/kv@0.2.0", "phat:contract/kv", "phat:contract/disk@0.1.0", "phat:other/kv@0.1.0"] {
            assert!(matches!(world.refuse(path), Some(BuildError::UnknownImport(_))), "{path}");
        }
        let (redis, mysql) = ("fermyon:spin/redis@2.0.0", "fermyon:spin/mysql@2.0.0");
        let world = World::of(&["redis"]).expect("a world");
        assert!(world.refuse(redis).is_none());
        assert!(matches!(world.refuse(mysql), Some(BuildError::NotGranted(name)) if name == "mysql"));
    }
}
