//! In which order packages use each other's types, in a world with packages of WASI or of databases.
//!
//! The decoder follows packages that use each other in a circle for ever. WASI's own are layers: each uses types of those
//! below and of itself. Those of databases lie on the ground. A world in which every use goes that way has no circle,
//! whatever else it says.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentType, ComponentTypeDeclaration,
    ComponentTypeRef, InstanceTypeDeclaration,
};

use crate::{ComponentError, offered::DATABASES};

/// WASI's packages, and how far each is from the ground.
const LAYERS: [(&str, u8); 7] =
    [("io", 0), ("clocks", 1), ("random", 1), ("filesystem", 2), ("sockets", 2), ("cli", 3), ("http", 4)];
/// Nothing is below.
const GROUND: u8 = 0;
/// The contract's own package.
const CONTRACT: u8 = 5;
/// What has no package: the world's own.
const WORLD: u8 = 6;

/// Whether a name is that of an interface of WASI 0.2.
pub(crate) fn is_wasi(name: &str) -> bool {
    let Some((interface, version)) = name.strip_prefix("wasi:").and_then(|rest| rest.split_once('@')) else {
        return false;
    };
    let patch = version.strip_prefix("0.2.").unwrap_or_default();
    let digits = !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit());
    digits && interface.split_once('/').is_some_and(|(package, _)| LAYERS.iter().any(|(name, _)| *name == package))
}

/// Whether a name is that of an interface of a database.
pub(crate) fn is_database(name: &str) -> bool {
    DATABASES.iter().any(|(interface, _)| *interface == name)
}

/// A package, by its name and version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Package {
    name: String,
    layer: u8,
}

impl Package {
    /// Of an interface whose name was checked.
    fn of(interface: &str) -> Self {
        let (path, version) = interface.split_once('@').unwrap_or((interface, ""));
        let package = path.split_once('/').map_or("", |(package, _)| package);
        let layer = match package.strip_prefix("wasi:") {
            Some(short) => LAYERS.iter().find(|(name, _)| *name == short).map_or(WORLD, |(_, layer)| *layer),
            None if is_database(interface) => GROUND,
            None if package.contains(':') => CONTRACT,
            None => WORLD,
        };
        Self { name: format!("{package}@{version}"), layer }
    }

    fn may_use(&self, other: &Self) -> bool {
        self == other || other.layer < self.layer
    }
}

/// What stands behind an index of the world's types.
#[derive(Debug)]
enum Defined {
    /// A type of the instance with this index.
    Of(usize),
    /// A type of an instance, which uses the types with these indices.
    Instance(Vec<u32>),
    /// Anything else.
    Other,
}

/// Refuses a world in which a package uses types of one that is not below it.
pub(crate) fn check(world: &[ComponentTypeDeclaration<'_>]) -> Result<(), ComponentError> {
    let (mut types, mut instances) = (Vec::new(), Vec::new());
    for declaration in world {
        let (name, ty) = match declaration {
            ComponentTypeDeclaration::CoreType(_) => continue,
            ComponentTypeDeclaration::Type(ty) => {
                types.push(defined(ty)?);
                continue;
            }
            ComponentTypeDeclaration::Alias(alias) => {
                match alias {
                    ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, instance_index, .. } => {
                        types.push(Defined::Of(*instance_index as usize));
                    }
                    ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => types.push(Defined::Other),
                    _other => return strange(),
                }
                continue;
            }
            ComponentTypeDeclaration::Import(import) => (import.name.name, &import.ty),
            ComponentTypeDeclaration::Export { name, ty } => (name.name, ty),
        };
        match ty {
            ComponentTypeRef::Instance(ty) => {
                let package = Package::of(name);
                check_uses(&package, *ty, &types, &instances)?;
                instances.push(package);
            }
            ComponentTypeRef::Type(_) => types.push(Defined::Other),
            ComponentTypeRef::Func(_) | ComponentTypeRef::Value(_) => {}
            ComponentTypeRef::Module(_) | ComponentTypeRef::Component(_) => return strange(),
        }
    }
    Ok(())
}

fn check_uses(package: &Package, ty: u32, types: &[Defined], instances: &[Package]) -> Result<(), ComponentError> {
    let Some(Defined::Instance(uses)) = types.get(ty as usize) else { return strange() };
    for used in uses {
        let Some(Defined::Of(instance)) = types.get(*used as usize) else { return strange() };
        let Some(below) = instances.get(*instance) else { return strange() };
        if !package.may_use(below) {
            let (name, below) = (package.name.escape_default(), below.name.escape_default());
            return Err(ComponentError::Encoding(format!("{name} uses types of {below}, which is not below it")));
        }
    }
    Ok(())
}

fn defined(ty: &ComponentType<'_>) -> Result<Defined, ComponentError> {
    let declarations = match ty {
        ComponentType::Instance(declarations) => declarations,
        ComponentType::Component(_) => return strange(),
        ComponentType::Defined(_) | ComponentType::Func(_) | ComponentType::Resource { .. } => {
            return Ok(Defined::Other);
        }
    };
    let mut uses = Vec::new();
    for declaration in declarations.iter() {
        match declaration {
            InstanceTypeDeclaration::Alias(ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::Type,
                count: 1,
                index,
            }) => uses.push(*index),
            InstanceTypeDeclaration::Alias(_)
            | InstanceTypeDeclaration::Type(ComponentType::Instance(_) | ComponentType::Component(_)) => {
                return strange();
            }
            InstanceTypeDeclaration::CoreType(_)
            | InstanceTypeDeclaration::Type(_)
            | InstanceTypeDeclaration::Export { .. } => {}
        }
    }
    Ok(Defined::Instance(uses))
}

fn strange<T>() -> Result<T, ComponentError> {
    Err(ComponentError::Encoding("its types are of a form that no compiler writes".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_interfaces_of_the_second_preview_are_wasis() {
        assert!(is_wasi("wasi:io/poll@0.2.0") && is_wasi("wasi:http/types@0.2.12"));
        for name in ["wasi:io/poll", "wasi:io/poll@0.3.0", "wasi:io/poll@0.2.x", "wasi:nn/graph@0.2.0", "a:io/x@0.2.0"]
        {
            assert!(!is_wasi(name), "{name}");
        }
    }

    #[test]
    fn a_package_uses_itself_and_what_is_below() {
        let package = Package::of;
        let (io, http) = (package("wasi:io/poll@0.2.0"), package("wasi:http/types@0.2.0"));
        assert!(http.may_use(&io) && io.may_use(&package("wasi:io/streams@0.2.0")));
        assert!(!io.may_use(&http) && !io.may_use(&package("wasi:io/poll@0.2.1")));
        assert!(package("phat:contract/kv@0.1.0").may_use(&http) && !http.may_use(&package("phat:contract/kv@0.1.0")));
        assert!(package("mine").may_use(&http) && !http.may_use(&package("mine")));
        let (mysql, types) = (package("fermyon:spin/mysql@2.0.0"), package("fermyon:spin/rdbms-types@2.0.0"));
        assert!(mysql.may_use(&types) && !mysql.may_use(&io) && !io.may_use(&mysql));
        assert!(
            !mysql.may_use(&package("spin:postgres/postgres@3.0.0"))
                && !mysql.may_use(&package("phat:contract/kv@0.1.0"))
        );
    }
}
