//! `env`: who and where the contract is, and who calls.

use wasmtime::component::Linker;

use super::interface;
use crate::{
    bindings::phat::contract::{env::Context, types::Field},
    call::{CallState, charge, charge_bytes},
    costs,
};

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut env = linker.instance(&interface("env"))?;
    env.func_wrap_async("get", |mut store, ()| {
        Box::new(async move {
            charge_bytes(&mut store, costs::ENV_GET, 0).await?;
            Ok((context(store.data()),))
        })
    })?;
    env.func_wrap_async("settings", |mut store, ()| {
        Box::new(async move {
            let settings = settings(store.data());
            let bytes = settings.iter().map(|field| field.name.len() + field.value.len()).sum();
            charge_bytes(&mut store, costs::ENV_SETTINGS, bytes).await?;
            Ok((settings,))
        })
    })?;
    env.func_wrap_async("gas-left", |mut store, ()| {
        Box::new(async move {
            charge(&mut store, costs::ENV_GAS_LEFT.base).await?;
            let left = store.get_fuel()?;
            Ok((store.data().fuel_shown(left),))
        })
    })
}

fn context(call: &CallState) -> Context {
    let context = &call.context;
    Context {
        network: context.network.0.to_vec(),
        contract: context.contract.0.to_vec(),
        code: context.code.0.to_vec(),
        lease: context.lease,
        request_id: context.request_id.0.to_vec(),
        caller: context.caller.clone(),
        now_ms: context.now_ms,
        block: context.block,
    }
}

fn settings(call: &CallState) -> Vec<Field> {
    let field = |(name, value): &(String, String)| Field { name: name.clone(), value: value.clone() };
    call.contract.settings.iter().map(field).collect()
}
