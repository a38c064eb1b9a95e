//! Makes components: from a cargo project to the bytes that are deployed.
//!
//! It stands at the beginning of a contract's life, in `adyton new` and `adyton build`, and in tests. A guest in Rust
//! is compiled for `wasm32-unknown-unknown`, which has no system interface at all, and the core module that
//! comes out is wrapped into a component by the types that the SDK left in it, or the bindings of WASI's interfaces.
//! What must always hold: the same core module gives the same component, byte for byte, because a contract is known by
//! its hash.
//! JavaScript, TypeScript and Python have tools of their own ([`build`](mod@build)), whose components are other bytes at
//! every build: there the hash says what was uploaded, not what it was made of.
//!
//! It refuses what is not a core module, a module without the contract's types inside, and types of anything else;
//! and packages that are not pinned by a hash. What a worker would refuse of any component, [`offered`] says before.
//!
//! ```
//! let refused = adyton_component::from_core_module(b"not WebAssembly");
//! assert!(refused.is_err());
//! ```

pub mod build;
pub mod cargo;
mod javascript;
mod language;
pub mod offered;
mod packages;
mod process;
mod python;
pub mod template;
mod types;
mod world;

use std::panic::catch_unwind;

pub use language::{Language, UnknownLanguage};

use sha2::{Digest, Sha256};
use wasmparser::{Parser, Payload, Validator};
use wit_parser::{Resolve, SourceMap, WorldId};

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// The input is no core module.
    #[error("not a core WebAssembly module")]
    NotAModule,
    /// The module carries no types.
    #[error("the module does not say which types it has: it was not compiled with the SDK for contracts")]
    NoTypes,
    /// The module's types name an interface that is not one of a contract's.
    #[error("the module's types name the interface {0}, which contracts do not have")]
    ForeignTypes(String),
    /// The module does not fit the types that it carries.
    #[error("the module cannot be made a component: {0}")]
    Encoding(String),
    /// The component cannot be read.
    #[error("not a WebAssembly component")]
    NotAComponent,
}

/// Turns a core module, compiled with the SDK or with WASI's interfaces, into a component.
pub fn from_core_module(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    check_module(module)?;
    types::check(module, &contract_package().map_err(ComponentError::Encoding)?)?;
    let encode = || wit_component::ComponentEncoder::default().validate(true).module(module)?.encode();
    // The types are taken for a compiler's work: on some that no compiler writes, the decoder panics.
    match catch_unwind(encode) {
        Ok(encoded) => encoded.map_err(|error| ComponentError::Encoding(format!("{error:#}"))),
        Err(_) => Err(ComponentError::Encoding("its types are of a form that no compiler writes".into())),
    }
}

/// Leaves the contract's types in a core module that was made without the SDK, for [`from_core_module`] to
/// find: by hand, or by a language whose tools know nothing of components. The module's imports and exports
/// have to follow the canonical ABI, with strings in UTF-8.
pub fn embed_types(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    check_module(module)?;
    let worlds: &[&str] = if exports_lifecycle(module)? { &["contract", "with-lifecycle"] } else { &["contract"] };
    let mut module = module.to_vec();
    for name in worlds {
        let (types, world) = world_named(name).map_err(ComponentError::Encoding)?;
        let encoding = wit_component::StringEncoding::UTF8;
        wit_component::embed_component_metadata(&mut module, &types, world, encoding)
            .map_err(|error| ComponentError::Encoding(format!("{error:#}")))?;
    }
    Ok(module)
}

/// Whether a core module exports functions of the interface `lifecycle`, which not every contract does.
fn exports_lifecycle(module: &[u8]) -> Result<bool, ComponentError> {
    for payload in Parser::new(0).parse_all(module) {
        let unreadable = |error: wasmparser::BinaryReaderError| ComponentError::Encoding(error.to_string());
        let Payload::ExportSection(exports) = payload.map_err(unreadable)? else { continue };
        for export in exports {
            if export.map_err(unreadable)?.name.starts_with("phat:contract/lifecycle@") {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Refuses what is no valid core module: the encoder below takes validity for granted, and panics on less.
fn check_module(module: &[u8]) -> Result<(), ComponentError> {
    if !Parser::is_core_wasm(module) {
        return Err(ComponentError::NotAModule);
    }
    let checked = Validator::new().validate_all(module);
    checked.map(drop).map_err(|error| ComponentError::Encoding(error.to_string()))
}

/// The world `contract`, from the texts that the SDK carries.
fn contract_world() -> Result<(Resolve, WorldId), String> {
    world_named("contract")
}

/// A world from the texts that the SDK carries.
fn world_named(name: &str) -> Result<(Resolve, WorldId), String> {
    let mut sources = SourceMap::default();
    for (path, text) in template::SDK.iter().filter(|(path, _)| path.ends_with(".wit")) {
        sources.push_str(path, *text);
    }
    let mut types = Resolve::default();
    let package = sources.parse().map_err(|(_, error)| error.to_string())?;
    let package = types.push_group(package).map_err(|error| error.to_string())?;
    let world = types.select_world(&[package], Some(name)).map_err(|error| error.to_string())?;
    Ok((types, world))
}

fn contract_package() -> Result<types::Package, String> {
    let (types, world) = contract_world()?;
    let package = types.worlds[world].package.ok_or("the contract's world is of no package")?;
    let name = &types.packages[package].name;
    let version = name.version.as_ref().map(|version| format!("@{version}"));
    Ok(types::Package {
        prefix: format!("{}:{}/", name.namespace, name.name),
        version: version.ok_or("the contract's package has no version")?,
    })
}

/// The hash by which a component is known.
pub fn code_hash(component: &[u8]) -> [u8; 32] {
    Sha256::digest(component).into()
}

/// Names of the interfaces that a component imports, such as `phat:contract/kv@0.1.0`.
pub fn imports(component: &[u8]) -> Result<Vec<String>, ComponentError> {
    Ok(outside(component)?.0)
}

/// Names of the interfaces that a component exports, such as `phat:contract/service@0.1.0`.
pub fn exports(component: &[u8]) -> Result<Vec<String>, ComponentError> {
    Ok(outside(component)?.1)
}

/// Names of what a component imports, and of what it exports.
fn outside(component: &[u8]) -> Result<(Vec<String>, Vec<String>), ComponentError> {
    if !Parser::is_component(component) {
        return Err(ComponentError::NotAComponent);
    }
    let (mut depth, mut imports, mut exports) = (0_u32, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|_| ComponentError::NotAComponent)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import.map_err(|_| ComponentError::NotAComponent)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export.map_err(|_| ComponentError::NotAComponent)?.name.name.to_owned());
                }
            }
            _other => {}
        }
    }
    Ok((imports, exports))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_not_a_core_module() {
        assert!(matches!(from_core_module(b"\0asm\x0d\0\x01\0"), Err(ComponentError::NotAModule)));
    }

    #[test]
    fn a_module_that_is_cut_within_a_section_is_refused_and_does_not_panic() {
        let cut = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x0a\x04\x01\x02\0";
        assert!(matches!(from_core_module(cut), Err(ComponentError::Encoding(_))));
        assert!(matches!(embed_types(cut), Err(ComponentError::Encoding(_))));
    }

    #[test]
    fn a_module_without_types_is_refused_even_where_it_needs_none() {
        let importing = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x07\x01\x01a\x01b\0\0";
        for module in [&b"\0asm\x01\0\0\0"[..], importing] {
            assert!(matches!(from_core_module(module), Err(ComponentError::NoTypes)));
        }
    }

    #[test]
    fn a_module_with_the_types_but_without_the_service_is_refused() {
        let empty = embed_types(b"\0asm\x01\0\0\0").expect("types can be added to any module");
        assert!(matches!(from_core_module(&empty), Err(ComponentError::Encoding(_))));
    }

    #[test]
    fn imports_of_something_else_than_a_component_are_refused() {
        assert!(matches!(imports(b"\0asm\x01\0\0\0"), Err(ComponentError::NotAComponent)));
    }
}
