//! A component that passed every check, together with what its manifest allows it.

use std::sync::Arc;

use adyton_protocol::{
    contract_call::Callees,
    ids::{CodeHash, ContractId},
    manifest::{Capability, Limits, Manifest},
};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, InstancePre, Linker, types::ComponentItem};

use crate::{
    bindings::ContractPre,
    call::CallState,
    capability::{self, databases},
    components::{Loaded, compiled_name},
    determinism::{self, Mode},
    egress::Policy,
    error::CompileError,
    inspect::{Shape, inspect},
    lifecycle::Lifecycle,
    signature, wasi,
};

/// A contract ready to be called: compiled and linked to what its manifest grants, and nothing else.
#[derive(Clone)]
pub struct Module {
    pub(crate) pre: Pre,
    pub(crate) lifecycle: Option<Lifecycle>,
    pub(crate) contract: Arc<Contract>,
    loaded: Arc<Loaded>,
}

/// A component before it has an instance, by what it exports.
#[derive(Clone)]
pub(crate) enum Pre {
    /// `phat:contract/service`.
    Service(ContractPre<CallState>),
    /// `wasi:http/incoming-handler`.
    Handler(wasi::ProxyPre<CallState>),
}

impl Pre {
    /// What makes an instance, whatever is called on it.
    pub(crate) fn instance(&self) -> &InstancePre<CallState> {
        match self {
            Self::Service(component) => component.instance_pre(),
            Self::Handler(component) => component.instance_pre(),
        }
    }
}

/// What a manifest says, in the form in which calls use it.
pub(crate) struct Contract {
    pub(crate) limits: Limits,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) egress: Policy,
    pub(crate) callees: Callees,
    pub(crate) mode: Mode,
    /// Whether callers may see what there is of an answer before its call is committed.
    pub(crate) provisional: bool,
    /// Whether an instance may answer one call after another.
    pub(crate) reuse: bool,
}

/// A component that passed every check that needs no compiler; [`crate::Engine::inspect`] makes it.
pub struct Inspected {
    bytes: Bytes,
    code: CodeHash,
    name: CodeHash,
}

impl Inspected {
    pub(crate) fn new(bytes: Bytes, manifest: &Manifest, max_bytes: usize) -> Result<Self, CompileError> {
        check_outside(&inspect(&bytes, max_bytes)?, manifest)?;
        Policy::new(manifest.egress.clone(), &manifest.extra_roots)?;
        let code = CodeHash(Sha256::digest(&bytes).into());
        Ok(Self { bytes, code, name: compiled_name(&code, None) })
    }

    /// Whose bytes are for this contract alone: no other contract gets what is compiled of them.
    pub fn only_for(self, contract: &ContractId) -> Self {
        Self { name: compiled_name(&self.code, Some(contract)), ..self }
    }

    /// Under which name its compiled code is known.
    pub(crate) fn name(&self) -> CodeHash {
        self.name
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
    pub(crate) fn link(loaded: Arc<Loaded>, manifest: &Manifest) -> Result<Self, CompileError> {
        let component = &loaded.component;
        let engine = component.engine();
        let exported = check_outside(&outside(engine, component), manifest)?;
        let mode = Mode::of(manifest);
        if mode.is_deterministic() {
            check_functions(engine, component)?;
        }
        let egress = Policy::new(manifest.egress.clone(), &manifest.extra_roots)?;
        let lifecycle = Lifecycle::of(engine, component).map_err(CompileError::Invalid)?;
        let mut linker = Linker::new(engine);
        capability::link(&mut linker, &manifest.grants).map_err(invalid)?;
        let pre = match exported {
            Exported::Service => {
                let handle = ("handle", signature::HANDLE);
                signature::check(engine, component, &capability::interface("service"), handle)
                    .map_err(CompileError::Invalid)?;
                linker.instantiate_pre(component).and_then(ContractPre::new).map(Pre::Service)
            }
            Exported::Handler if manifest.reuse => return Err(CompileError::Reuse),
            Exported::Handler => {
                wasi::link(&mut linker, engine, component, &manifest.grants).map_err(invalid)?;
                wasi::check_export(&linker, engine, component).map_err(CompileError::Invalid)?;
                linker.instantiate_pre(component).and_then(wasi::ProxyPre::new).map(Pre::Handler)
            }
        };
        let pre = pre.map_err(invalid)?;
        let (limits, settings) = (manifest.limits.clone(), manifest.settings.clone());
        let callees = manifest.contracts.clone();
        let provisional = manifest.grants.contains(&Capability::Reply);
        let reuse = manifest.reuse;
        let contract = Contract { limits, settings, egress, callees, mode, provisional, reuse };
        Ok(Self { pre, lifecycle, contract: Arc::new(contract), loaded })
    }

    /// The SHA-256 of the component.
    pub fn code(&self) -> CodeHash {
        self.loaded.code
    }

    /// Under which name its compiled code is known.
    pub(crate) fn name(&self) -> CodeHash {
        self.loaded.name
    }

    /// Whether its contract is deterministic.
    pub fn is_deterministic(&self) -> bool {
        self.contract.mode.is_deterministic()
    }

    /// Whether it exports `phat:contract/lifecycle`.
    pub fn has_lifecycle(&self) -> bool {
        self.lifecycle.is_some()
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

/// Refuses functions of granted interfaces that a deterministic contract may not import.
fn check_functions(engine: &wasmtime::Engine, component: &Component) -> Result<(), CompileError> {
    let ty = component.component_type();
    let interfaces = ty.imports(engine).filter_map(|(name, item)| match item.ty {
        ComponentItem::ComponentInstance(interface) => Some((name.to_owned(), interface)),
        _other => None,
    });
    for (name, interface) in interfaces {
        determinism::check_functions(interface.exports(engine).map(|(function, _)| (name.as_str(), function)))?;
    }
    Ok(())
}

/// Which of the two a component answers requests with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exported {
    Service,
    Handler,
}

fn check_outside(shape: &Shape, manifest: &Manifest) -> Result<Exported, CompileError> {
    // What is wrong with the imports is said first: it is what most authors have to change.
    let exported = check_exports(shape);
    check_imports(shape, &manifest.grants, matches!(exported, Ok(Exported::Handler)))?;
    if manifest.deterministic {
        determinism::check_imports(&shape.imports, manifest)?;
    }
    exported
}

pub(crate) fn invalid(error: wasmtime::Error) -> CompileError {
    CompileError::Invalid(format!("{error:#}"))
}

/// Every import has to be an interface of ours or of a database; and granted, but for `env`, `types` and the databases'
/// types, which are only types. With a handler of WASI it may be one of WASI's as well.
fn check_imports(shape: &Shape, grants: &[Capability], handler: bool) -> Result<(), CompileError> {
    let (mut unknown, mut ungranted) = (Vec::new(), Vec::new());
    let free = [capability::interface("env"), capability::interface("types"), databases::TYPES.to_owned()];
    for import in &shape.imports {
        let needed = Capability::ALL.into_iter().find(|capability| capability::import_of(*capability) == *import);
        let needed = needed.map(wasi::Needs::Grant).or_else(|| wasi::needs(import).filter(|_| handler));
        match needed {
            Some(wasi::Needs::Grant(capability)) if !grants.contains(&capability) => {
                ungranted.push(capability.name().to_owned());
            }
            Some(wasi::Needs::Grant(_) | wasi::Needs::Nothing) => {}
            None if free.contains(import) => {}
            None => unknown.push(import.clone()),
        }
    }
    if !unknown.is_empty() {
        return Err(CompileError::UnknownImports(unknown));
    }
    ungranted.sort();
    ungranted.dedup();
    if ungranted.is_empty() { Ok(()) } else { Err(CompileError::Ungranted(ungranted)) }
}

fn check_exports(shape: &Shape) -> Result<Exported, CompileError> {
    let service = capability::interface("service");
    let handlers = shape.exports.iter().filter(|export| wasi::is_handler(export)).count();
    match (shape.exports.contains(&service), handlers) {
        (true, 0) => Ok(Exported::Service),
        (false, 1) => Ok(Exported::Handler),
        (false, 0) => Err(CompileError::NoService(service)),
        (_, _) => Err(CompileError::Invalid("it exports more than one interface that answers requests".into())),
    }
}
