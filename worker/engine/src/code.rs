//! Where a contract's module comes from: a component that is in memory already, code that was compiled before and kept
//! sealed, or the compiler. Each way ends in the same checks, [`Module::link`].

use std::sync::Arc;

use adyton_precompiled::Compiled;
use adyton_protocol::{
    ids::{CodeHash, ContractId},
    manifest::Manifest,
};
use bytes::Bytes;
use wasmtime::component::Component;

use crate::{
    Engine,
    compile::{Compiler, Failure},
    components::{Loaded, compiled_name},
    determinism::Mode,
    error::{CompileError, EngineError, SealedCodeError},
    module::{Inspected, Module, invalid},
    settings,
};

impl Engine {
    /// Looks at a component, without compiling it: its size and parts, and whether `manifest` grants what it imports.
    /// It reads all of it: nothing for a thread that answers calls.
    pub fn inspect(&self, component: impl Into<Bytes>, manifest: &Manifest) -> Result<Inspected, CompileError> {
        Inspected::new(component.into(), manifest, self.config.max_component_bytes)
    }

    /// Checks and compiles a component for what `manifest` grants, in this process. Takes 0.1 to 40 seconds of
    /// processor time, depending on its size: for programs that do nothing else meanwhile.
    pub fn compile(&self, component: &[u8], manifest: &Manifest) -> Result<Module, CompileError> {
        let component = self.inspect(Bytes::copy_from_slice(component), manifest)?;
        let key = (component.name(), Mode::of(manifest));
        let loaded = match self.components.find(&key) {
            Some(loaded) => loaded,
            None => {
                let wasmtime = self.wasmtime(Mode::of(manifest))?;
                let compiled = Component::from_binary(wasmtime, component.bytes()).map_err(invalid)?;
                self.components.keep(key, component.code(), compiled)
            }
        };
        Module::link(loaded, manifest)
    }

    /// Has a component compiled in a process of its own, unless another contract's is the same, and links it to what
    /// `manifest` grants.
    ///
    /// # Errors
    /// [`CompileError::Process`] where it was not the component's fault: it may be tried again. What else is wrong with
    /// a component is remembered, and it is not compiled again.
    pub async fn compile_apart(
        &self,
        compiler: &Compiler,
        component: &Inspected,
        manifest: &Manifest,
    ) -> Result<Module, CompileError> {
        let (size, limit) = (component.bytes().len(), compiler.limits().component);
        if size > limit {
            return Err(CompileError::TooLarge { size, limit });
        }
        let loaded = self.loaded_apart(compiler, component, Mode::of(manifest)).await?;
        Module::link(loaded, manifest)
    }

    async fn loaded_apart(
        &self,
        compiler: &Compiler,
        component: &Inspected,
        mode: Mode,
    ) -> Result<Arc<Loaded>, CompileError> {
        let key = (component.name(), mode);
        let settled = || self.components.settled(&key);
        if let Some(settled) = settled() {
            return settled.map_err(CompileError::from);
        }
        let turn = compiler.turn().await?;
        // Whoever was first may have had the same component.
        if let Some(settled) = settled() {
            return settled.map_err(CompileError::from);
        }
        let wasmtime = self.wasmtime(mode)?;
        match compiler.compile(&turn, (wasmtime, mode), (component.code(), component.bytes())).await {
            Ok(compiled) => {
                let loaded = load(wasmtime, compiled).await?;
                Ok(self.components.keep(key, component.code(), loaded))
            }
            Err(failure) => {
                if let Failure::Unfit(unfit) = &failure {
                    self.components.refuse(key, unfit.clone());
                }
                Err(failure.into())
            }
        }
    }

    /// The module of `code` for what `manifest` grants, if some contract has its component in memory. Deterministic
    /// contracts share with each other, and with no others; one whose bytes are for one contract alone is not shared.
    pub fn shared(&self, code: &CodeHash, manifest: &Manifest) -> Option<Result<Module, CompileError>> {
        let loaded = self.components.find(&(compiled_name(code, None), Mode::of(manifest)))?;
        Some(Module::link(loaded, manifest))
    }

    /// A module's code, sealed, for a disk that nobody trusts.
    ///
    /// It opens only with this engine and its clones: the secret is made when the engine starts, is never written
    /// anywhere and ends with the process. A key that outlives it, such as the contract's own, would not do: whoever
    /// breaks one machine that has it could hand machine code of his own to every other machine.
    pub fn seal(&self, module: &Module) -> Result<Vec<u8>, EngineError> {
        let compiled = Compiled::of(module.component()).map_err(|error| EngineError(format!("{error:#}")))?;
        Ok(compiled.seal(&self.secret.sealer(), &settings::binding(module.component().engine(), &module.name())))
    }

    /// The module of `code` from what [`Engine::seal`] made, of a contract that is as deterministic as this one. It
    /// copies and checks all of it: nothing for a thread that answers calls.
    pub fn open(&self, sealed: Vec<u8>, code: &CodeHash, manifest: &Manifest) -> Result<Module, SealedCodeError> {
        self.open_for(None, sealed, code, manifest)
    }

    /// [`Engine::open`], where the component's bytes are for the contract `reader` alone.
    pub fn open_for(
        &self,
        reader: Option<&ContractId>,
        sealed: Vec<u8>,
        code: &CodeHash,
        manifest: &Manifest,
    ) -> Result<Module, SealedCodeError> {
        let name = compiled_name(code, reader);
        let mode = Mode::of(manifest);
        let wasmtime = self.wasmtime(mode).map_err(|error| SealedCodeError::Unloadable(error.to_string()))?;
        let compiled = Compiled::open(sealed, &self.secret, &settings::binding(wasmtime, &name))?;
        let component = compiled.load(wasmtime);
        let component = component.map_err(|error| SealedCodeError::Unloadable(format!("{error:#}")))?;
        let loaded = self.components.keep((name, mode), *code, component);
        Module::link(loaded, manifest).map_err(SealedCodeError::Refused)
    }
}

/// Copying megabytes of code is nothing for a thread that answers calls.
async fn load(wasmtime: &wasmtime::Engine, compiled: Compiled) -> Result<Component, CompileError> {
    let engine = wasmtime.clone();
    let loaded = tokio::task::spawn_blocking(move || compiled.load(&engine)).await;
    let loaded = loaded.map_err(|error| CompileError::Process(error.to_string()))?;
    loaded.map_err(|error| CompileError::Process(format!("{error:#}")))
}
