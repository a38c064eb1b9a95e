//! A contract's own `init` and `migrate`, where it exports them: `wit/lifecycle.wit`.

use adyton_protocol::receipt::Transition;
use wasmtime::{
    Store,
    component::{Component, ComponentExportIndex},
};

use crate::{bindings::phat::contract::types::Error, call::CallState, capability, module::Module, signature};

/// `lifecycle.init`, as [`signature::check`] writes types.
const INIT: &str = "()->result<_,variant{denied(string),limit(string),timeout,invalid(string),conflict,not-found,\
    unavailable(string),other(string)}>";
/// `lifecycle.migrate`.
const MIGRATE: &str = "(u32,list<u8>)->result<_,variant{denied(string),limit(string),timeout,invalid(string),conflict,\
    not-found,unavailable(string),other(string)}>";

/// Where the two functions are in a component.
#[derive(Clone)]
pub(crate) struct Lifecycle {
    init: ComponentExportIndex,
    migrate: ComponentExportIndex,
}

impl Lifecycle {
    /// What `component` exports of it, checked; none if it does not export the interface.
    pub(crate) fn of(engine: &wasmtime::Engine, component: &Component) -> Result<Option<Self>, String> {
        let name = capability::interface("lifecycle");
        let Some(interface) = component.get_export_index(None, name.as_str()) else { return Ok(None) };
        let function = |function: &str, expected: &str| {
            signature::check(engine, component, &name, (function, expected))?;
            let index = component.get_export_index(Some(&interface), function);
            index.ok_or_else(|| format!("{name} has no function {function}"))
        };
        Ok(Some(Self { init: function("init", INIT)?, migrate: function("migrate", MIGRATE)? }))
    }
}

/// Lets a fresh instance make its transition.
pub(crate) async fn run(
    store: &mut Store<CallState>,
    module: &Module,
    transition: Transition,
) -> wasmtime::Result<Result<(), Error>> {
    type Returned = (Result<(), Error>,);
    let Some(lifecycle) = &module.lifecycle else {
        return Err(wasmtime::Error::msg("the component does not export phat:contract/lifecycle"));
    };
    let instance = module.pre.instance().instantiate_async(&mut *store).await?;
    let (returned,) = match transition {
        Transition::Init => {
            let init = instance.get_typed_func::<(), Returned>(&mut *store, &lifecycle.init)?;
            init.call_async(&mut *store, ()).await?
        }
        Transition::Migrate { version, code } => {
            let migrate = instance.get_typed_func::<(u32, Vec<u8>), Returned>(&mut *store, &lifecycle.migrate)?;
            migrate.call_async(&mut *store, (version, code.0.to_vec())).await?
        }
    };
    Ok(returned)
}
