//! `secrets`: what the contract's owner sealed to it.

use wasmtime::component::Linker;

use super::interface;
use crate::{
    bindings::phat::contract::types::Error,
    call::{CallState, charge, charge_bytes},
    costs,
};

/// The longest name of a secret or key, in bytes.
pub(super) const MAX_NAME: usize = 64;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut secrets = linker.instance(&interface("secrets"))?;
    secrets.func_wrap_async("get", |mut store, (name,): (String,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::SECRETS_GET, name.len()).await?;
            if let Err(error) = check_name(&name) {
                return Ok((Err(error),));
            }
            let Some(secret) = store.data_mut().host.secret(&name).await? else {
                return Ok((Err(Error::NotFound),));
            };
            charge(&mut store, costs::SECRETS_GET.bytes(secret.value.len())).await?;
            Ok((Ok(secret.value.to_vec()),))
        })
    })?;
    secrets.func_wrap_async("version", |mut store, (name,): (String,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::SECRETS_VERSION, name.len()).await?;
            if let Err(error) = check_name(&name) {
                return Ok((Err(error),));
            }
            let secret = store.data_mut().host.secret(&name).await?;
            Ok((Ok(secret.map(|secret| secret.version)),))
        })
    })
}

/// Whether `name` can be the name of a secret or key.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    match name.len() {
        1..=MAX_NAME => Ok(()),
        length => Err(Error::Invalid(format!("a name of {length} bytes; it must have 1 to {MAX_NAME}"))),
    }
}
