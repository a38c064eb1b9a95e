//! A component that passed every check, together with what its manifest allows it.

use std::sync::Arc;

use adyton_protocol::{
    ids::CodeHash,
    manifest::{Capability, Limits, Manifest},
};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, Linker};

use crate::{
    bindings::ContractPre,
    call::CallState,
    capability,
    components::Loaded,
    egress::Policy,
    error::CompileError,
    inspect::{Shape, inspect},
    signature,
};

/// A contract ready to be called: compiled and linked to what its manifest grants, and nothing else.
#[derive(Clone)]
pub struct Module {
    pub(crate) pre: ContractPre<CallState>,
    pub(crate) contract: Arc<Contract>,
    loaded: Arc<Loaded>,
}

/// What a manifest says, in the form in which calls use it.
pub(crate) struct Contract {
    pub(crate) limits: Limits,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) egress: Policy,
}

/// A component that passed every check that needs no compiler; [`crate::Engine::inspect`] makes it.
pub struct Inspected {
    bytes: Bytes,
    code: CodeHash,
}

impl Inspected {
    pub(crate) fn new(bytes: Bytes, manifest: &Manifest, max_bytes: usize) -> Result<Self, CompileError> {
        check_outside(&inspect(&bytes, max_bytes)?, &manifest.grants)?;
        Policy::new(manifest.egress.clone(), &manifest.extra_roots)?;
        let code = CodeHash(Sha256::digest(&bytes).into());
        Ok(Self { bytes, code })
    }

    /// The SHA-256 of the component.
    pub fn code(&self) -> CodeHash {
        self.code
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Module {
    /// Links a component to what `manifest` grants. Everything that decides is checked here, whoever compiled it.
    pub(crate) fn link(
        engine: &wasmtime::Engine,
        loaded: Arc<Loaded>,
        manifest: &Manifest,
    ) -> Result<Self, CompileError> {
        let component = &loaded.component;
        check_outside(&outside(engine, component), &manifest.grants)?;
        let egress = Policy::new(manifest.egress.clone(), &manifest.extra_roots)?;
        signature::check(engine, component, &capability::interface("service")).map_err(CompileError::Invalid)?;
        let mut linker = Linker::new(engine);
        capability::link(&mut linker, &manifest.grants).map_err(invalid)?;
        let pre = linker.instantiate_pre(component).and_then(ContractPre::new).map_err(invalid)?;
        let contract = Contract { limits: manifest.limits.clone(), settings: manifest.settings.clone(), egress };
        Ok(Self { pre, contract: Arc::new(contract), loaded })
    }

    /// The SHA-256 of the component.
    pub fn code(&self) -> CodeHash {
        self.loaded.code
    }

    /// The component that it shares with others of the same code.
    pub(crate) fn component(&self) -> &Component {
        &self.loaded.component
    }

    /// What one call may use.
    pub fn limits(&self) -> &Limits {
        &self.contract.limits
    }
}

/// Names of the interfaces that a compiled component imports and exports.
fn outside(engine: &wasmtime::Engine, component: &Component) -> Shape {
    let ty = component.component_type();
    Shape {
        imports: ty.imports(engine).map(|(name, _)| name.to_owned()).collect(),
        exports: ty.exports(engine).map(|(name, _)| name.to_owned()).collect(),
    }
}

fn check_outside(shape: &Shape, grants: &[Capability]) -> Result<(), CompileError> {
    check_imports(shape, grants)?;
    check_exports(shape)
}

pub(crate) fn invalid(error: wasmtime::Error) -> CompileError {
    CompileError::Invalid(format!("{error:#}"))
}

/// Every import has to be an interface of ours; and granted, but for `env` and `types`, which is only types.
fn check_imports(shape: &Shape, grants: &[Capability]) -> Result<(), CompileError> {
    let (mut unknown, mut ungranted) = (Vec::new(), Vec::new());
    let free = [capability::interface("env"), capability::interface("types")];
    for import in &shape.imports {
        match Capability::ALL.iter().find(|capability| capability::interface(capability.name()) == *import) {
            Some(capability) if grants.contains(capability) => {}
            Some(capability) => ungranted.push(capability.name().to_owned()),
            None if free.contains(import) => {}
            None => unknown.push(import.clone()),
        }
    }
    if !unknown.is_empty() {
        return Err(CompileError::UnknownImports(unknown));
    }
    if ungranted.is_empty() { Ok(()) } else { Err(CompileError::Ungranted(ungranted)) }
}

fn check_exports(shape: &Shape) -> Result<(), CompileError> {
    let service = capability::interface("service");
    if shape.exports.contains(&service) { Ok(()) } else { Err(CompileError::NoService(service)) }
}
