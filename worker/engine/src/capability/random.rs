//! `random`: bytes that nobody can foresee.

use wasmtime::component::Linker;

use super::{Reply, interface};
use crate::{
    bindings::phat::contract::types::Error,
    call::{CallState, charge_bytes},
    costs,
};

/// The most bytes at once.
const MAX_BYTES: usize = 65_536;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    linker.instance(&interface("random"))?.func_wrap_async("bytes", |mut store, (length,): (u32,)| {
        Box::new(async move {
            let length = length as usize;
            if length > MAX_BYTES {
                charge_bytes(&mut store, costs::RANDOM_BYTES, 0).await?;
                return refuse(length);
            }
            charge_bytes(&mut store, costs::RANDOM_BYTES, length).await?;
            let mut bytes = vec![0; length];
            store.data_mut().host.random(&mut bytes)?;
            Ok((Ok(bytes),))
        })
    })
}

fn refuse(length: usize) -> Reply<Vec<u8>> {
    Ok((Err(Error::Invalid(format!("{length} random bytes at once; at most {MAX_BYTES}"))),))
}
