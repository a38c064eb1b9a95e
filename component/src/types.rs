//! A look at the types that a core module carries in its custom sections, before anything decodes them.
//!
//! The decoder (wit-parser 0.254) takes them for a compiler's work, and follows them as deep as they go: packages that
//! use each other in a circle, or types nested by the thousand, overflow its stack, which ends the process. Nothing
//! of a contract needs either. Its interfaces are of one package, which leaves no circle, or of WASI's and databases',
//! which lie in layers ([`packages`]); and its types take a few kilobytes.

use wasmparser::{ComponentType, ComponentTypeDeclaration, InstanceTypeDeclaration, Parser, Payload};

use crate::{
    ComponentError,
    packages::{self, is_database, is_wasi},
};

/// How the names of the sections begin.
const SECTION: &str = "component-type";
/// The most bytes of types in one section.
const MAX_TYPES: usize = 64 * 1024;
/// The most types that one section defines. None is nested deeper in others than there are.
const MAX_DEFINITIONS: usize = 1920;
/// The first byte of the type of a component and of an instance, which have types of their own inside.
const SCOPES: [u8; 2] = [0x41, 0x42];
/// The most such bytes in one section, whatever they stand for: the reader of types goes as deep as they are nested.
const MAX_SCOPES: usize = 1024;

/// The package that a contract's interfaces are of.
pub struct Package {
    /// As in `phat:contract/`.
    pub prefix: String,
    /// As in `@0.1.0`.
    pub version: String,
}

/// Refuses a module without types of a contract, and types that name interfaces of any other package than `package`.
pub fn check(module: &[u8], package: &Package) -> Result<(), ComponentError> {
    let mut found = false;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CustomSection(section) = payload.map_err(unreadable)?
            && section.name().starts_with(SECTION)
        {
            found = true;
            package.check_section(section.data())?;
        }
    }
    if found { Ok(()) } else { Err(ComponentError::NoTypes) }
}

impl Package {
    fn check_section(&self, types: &[u8]) -> Result<(), ComponentError> {
        if types.len() > MAX_TYPES {
            return Err(ComponentError::Encoding(format!("types of a contract have at most {MAX_TYPES} bytes")));
        }
        if !Parser::is_component(types) {
            return Err(ComponentError::Encoding("the types in the module have a form of old compilers".into()));
        }
        let (mut scopes, mut definitions) = (0, 0);
        for payload in Parser::new(0).parse_all(types) {
            if let Payload::ComponentTypeSection(section) = payload.map_err(unreadable)? {
                // Counted before any of them is read.
                scopes += types.get(section.range()).unwrap_or_default().iter().filter(|b| SCOPES.contains(b)).count();
                bounded(scopes, MAX_SCOPES, "types that have types inside")?;
                for world in section {
                    let world = world.map_err(unreadable)?;
                    definitions += defined(&world);
                    bounded(definitions, MAX_DEFINITIONS, "types")?;
                    self.check_outermost(&world)?;
                }
            }
        }
        Ok(())
    }

    /// The outermost type has the world inside, under a name that its author may choose.
    fn check_outermost(&self, outermost: &ComponentType<'_>) -> Result<(), ComponentError> {
        let ComponentType::Component(declarations) = outermost else { return Ok(()) };
        declarations.iter().try_for_each(|declaration| match declaration {
            ComponentTypeDeclaration::Type(world) => self.check_world(world),
            _other => Ok(()),
        })
    }

    fn check_world(&self, world: &ComponentType<'_>) -> Result<(), ComponentError> {
        let ComponentType::Component(declarations) = world else { return Ok(()) };
        let mut named = declarations.iter().filter_map(|declaration| match declaration {
            ComponentTypeDeclaration::Import(import) => Some(import.name.name),
            ComponentTypeDeclaration::Export { name, .. } => Some(name.name),
            _other => None,
        });
        if named.any(|name| is_wasi(name) || is_database(name)) {
            packages::check(declarations)?;
        }
        declarations.iter().try_for_each(|declaration| match declaration {
            ComponentTypeDeclaration::Import(import) => self.check_name(import.name.name),
            ComponentTypeDeclaration::Export { name, .. } => self.check_name(name.name),
            ComponentTypeDeclaration::Type(inner) => self.check_world(inner),
            ComponentTypeDeclaration::CoreType(_) | ComponentTypeDeclaration::Alias(_) => Ok(()),
        })
    }

    /// Only names of interfaces have a colon.
    fn check_name(&self, name: &str) -> Result<(), ComponentError> {
        let ours = name.starts_with(&self.prefix) && name.ends_with(&self.version);
        if ours || is_wasi(name) || is_database(name) || !name.contains(':') {
            Ok(())
        } else {
            Err(ComponentError::ForeignTypes(name.escape_default().collect()))
        }
    }
}

/// How many types there are in one, itself included.
fn defined(outermost: &ComponentType<'_>) -> usize {
    let inside: usize = match outermost {
        ComponentType::Component(declarations) => declarations
            .iter()
            .map(|declaration| match declaration {
                ComponentTypeDeclaration::Type(inner) => defined(inner),
                _other => 0,
            })
            .sum(),
        ComponentType::Instance(declarations) => declarations
            .iter()
            .map(|declaration| match declaration {
                InstanceTypeDeclaration::Type(inner) => defined(inner),
                _other => 0,
            })
            .sum(),
        ComponentType::Defined(_) | ComponentType::Func(_) | ComponentType::Resource { .. } => 0,
    };
    inside + 1
}

fn bounded(count: usize, most: usize, what: &str) -> Result<(), ComponentError> {
    if count <= most {
        return Ok(());
    }
    Err(ComponentError::Encoding(format!("a contract has at most {most} {what}, and the module has more")))
}

fn unreadable(error: wasmparser::BinaryReaderError) -> ComponentError {
    ComponentError::Encoding(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{embed_types, from_core_module};

    /// A world that imports interface `x`, interface `y`, which uses a type of `x`, and `z`, which uses one of `y`.
    fn world(x: &str, y: &str, z: &str) -> String {
        format!(
            r#"(component
                (type (component
                    (type $world (component
                        (type $x (instance (type (record (field "f" u8))) (export "t" (type (eq 0)))))
                        (import "{x}" (instance $ix (type $x)))
                        (alias export $ix "t" (type $t))
                        (type $y (instance (alias outer 1 $t (type)) (export "t" (type (eq 0)))))
                        (import "{y}" (instance $iy (type $y)))
                        (alias export $iy "t" (type $u))
                        (type $z (instance (alias outer 1 $u (type)) (export "t" (type (eq 0)))))
                        (import "{z}" (instance (type $z)))))
                    (export "my:own/world" (component (type $world)))))
                (export "world" (type 0)))"#
        )
    }

    /// An empty module that carries these types, as a compiler leaves them.
    fn module(types: &str) -> Vec<u8> {
        let mut types = wat::parse_str(types).expect("the text is a component");
        custom(&mut types, "wit-component-encoding", &[4, 0]);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        custom(&mut module, "component-type:test", &types);
        module
    }

    fn custom(out: &mut Vec<u8>, name: &str, data: &[u8]) {
        let content = [&[name.len() as u8], name.as_bytes(), data].concat();
        out.push(0);
        let mut rest = content.len();
        while rest >= 0x80 {
            out.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
        out.extend_from_slice(&content);
    }

    #[test]
    fn interfaces_of_the_contracts_package_under_a_world_of_ones_own_are_decoded() {
        let types = world("phat:contract/a@0.1.0", "phat:contract/b@0.1.0", "phat:contract/c@0.1.0");
        assert!(from_core_module(&module(&types)).is_ok());
    }

    #[test]
    fn packages_that_use_each_other_in_a_circle_are_refused_and_overflow_no_stack() {
        let refused = from_core_module(&module(&world("a:a/x", "b:b/y", "a:a/z")));
        assert!(matches!(refused, Err(ComponentError::ForeignTypes(name)) if name == "a:a/x"));
    }

    #[test]
    fn two_versions_of_the_contracts_package_in_a_circle_are_refused() {
        let types = world("phat:contract/a@0.1.0", "phat:contract/b@0.2.0", "phat:contract/c@0.1.0");
        let refused = from_core_module(&module(&types));
        assert!(matches!(refused, Err(ComponentError::ForeignTypes(name)) if name == "phat:contract/b@0.2.0"));
    }

    #[test]
    fn packages_of_wasi_that_use_those_below_are_decoded() {
        let types = world("wasi:io/a@0.2.0", "wasi:clocks/b@0.2.0", "wasi:http/c@0.2.0");
        assert!(from_core_module(&module(&types)).is_ok());
        let types = world("wasi:io/a@0.2.0", "wasi:io/b@0.2.0", "phat:contract/c@0.1.0");
        assert!(from_core_module(&module(&types)).is_ok());
        let types = world("fermyon:spin/rdbms-types@2.0.0", "fermyon:spin/mysql@2.0.0", "phat:contract/c@0.1.0");
        assert!(from_core_module(&module(&types)).is_ok());
    }

    #[test]
    fn packages_of_wasi_and_of_databases_in_a_circle_are_refused() {
        for (first, second) in [
            ("wasi:io/a@0.2.0", "wasi:http/b@0.2.0"),
            ("wasi:io/a@0.2.0", "wasi:io/b@0.2.1"),
            ("wasi:http/a@0.2.0", "phat:contract/b@0.1.0"),
            ("wasi:clocks/a@0.2.0", "wasi:random/b@0.2.0"),
            ("spin:postgres/postgres@3.0.0", "fermyon:spin/redis@2.0.0"),
            ("wasi:io/a@0.2.0", "spin:postgres/postgres@3.0.0"),
            ("phat:contract/a@0.1.0", "fermyon:spin/mysql@2.0.0"),
        ] {
            let third = first.replace("/a@", "/c@");
            let refused = from_core_module(&module(&world(first, second, &third)));
            let Err(ComponentError::Encoding(reason)) = refused else { panic!("{first} and {second}") };
            assert!(reason.contains("not below it"), "{reason}");
        }
    }

    #[test]
    fn types_nested_as_deep_as_the_bound_allows_overflow_no_stack() {
        // Each list takes four bytes.
        let lists: String = (0..1900).map(|inner| format!("(type (list {inner}))")).collect();
        let types = world("phat:contract/a@0.1.0", "phat:contract/b@0.1.0", "phat:contract/c@0.1.0")
            .replacen(r#"(field "f" u8)))"#, &format!(r#"(field "f" u8))) {lists}"#), 1)
            .replacen("(eq 0)", "(eq 1900)", 1);
        // What the decoder says of them does not matter here; that they are not too long for it does.
        let said = from_core_module(&module(&types)).err().map(|error| error.to_string());
        assert!(said.is_none_or(|said| !said.contains("at most")));
    }

    #[test]
    fn types_nested_deeper_than_any_contract_needs_are_refused() {
        let lists: String = (0..=MAX_DEFINITIONS).map(|inner| format!("(type (list {inner}))")).collect();
        let types = world("phat:contract/a@0.1.0", "phat:contract/b@0.1.0", "phat:contract/c@0.1.0").replacen(
            r#"(field "f" u8)))"#,
            &format!(r#"(field "f" u8))) {lists}"#),
            1,
        );
        let refused = from_core_module(&module(&types));
        assert!(matches!(refused, Err(ComponentError::Encoding(reason)) if reason.contains("at most 1920 types,")));
    }

    #[test]
    fn components_nested_by_the_thousand_are_refused_before_they_are_read() {
        // A section of one type: the type of a component, of one declaration, a type: the type of a component, …
        let mut nested = vec![1];
        (0..=MAX_SCOPES).for_each(|_| nested.extend([0x41, 1, 1]));
        nested.push(0x73);
        let mut types = b"\0asm\x0d\0\x01\0\x07".to_vec();
        types.extend([(nested.len() & 0x7f) as u8 | 0x80, (nested.len() >> 7) as u8]);
        types.extend(nested);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        custom(&mut module, "component-type:test", &types);
        let refused = from_core_module(&module);
        assert!(matches!(refused, Err(ComponentError::Encoding(reason)) if reason.contains("types that have")));
    }

    #[test]
    fn more_bytes_of_types_than_a_contract_needs_are_refused() {
        let long = format!("(component {})", "(type u8)".repeat(MAX_TYPES));
        assert!(matches!(from_core_module(&module(&long)), Err(ComponentError::Encoding(_))));
    }

    #[test]
    fn types_in_the_form_of_old_compilers_are_refused() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        custom(&mut module, "component-type:test", &[3, 0, 1, b'w']);
        assert!(matches!(from_core_module(&module), Err(ComponentError::Encoding(_))));
    }

    #[test]
    fn the_types_that_are_embedded_here_pass() {
        let embedded = embed_types(b"\0asm\x01\0\0\0").expect("types can be added to any module");
        assert!(
            matches!(from_core_module(&embedded), Err(ComponentError::Encoding(reason)) if reason.contains("handle"))
        );
    }

    #[test]
    fn altered_types_are_refused_or_make_a_component_but_never_end_the_process() {
        let text = world("phat:contract/a@0.1.0", "phat:contract/b@0.1.0", "phat:contract/c@0.1.0");
        let whole = module(&text);
        assert!(from_core_module(&whole).is_ok());
        let mut caught = 0;
        for at in 8..whole.len() {
            for bit in 0..8 {
                let mut altered = whole.clone();
                altered[at] ^= 1 << bit;
                match from_core_module(&altered) {
                    Ok(component) => assert!(crate::imports(&component).is_ok(), "byte {at}, bit {bit}"),
                    Err(ComponentError::Encoding(reason)) if reason.contains("no compiler writes") => caught += 1,
                    Err(_) => {}
                }
            }
        }
        assert!(caught > 0, "the decoder does not panic any more: nothing needs to be caught");
    }
}
