//! `wasi:random`: the worker's randomness, where the manifest grants it; and without a grant a seed for hash tables,
//! which is the call's name and therefore known to its caller. Nothing lasts longer than a call, so that colliding keys
//! cost none but the caller's own call.

use adyton_protocol::ids::RequestId;
use wasmtime::component::Linker;

use super::interface::{Interface, Reply, reply, trap};
use crate::{call::CallState, costs::RANDOM_BYTES};

/// The most bytes at once.
const MAX_BYTES: usize = 65_536;

pub(super) fn link_seed(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut seed = Interface::of(linker, "random/insecure-seed")?;
    seed.func("insecure-seed", |call, ()| reply(halves(call.context.request_id)))
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    for (interface, kind) in [("random/random", ""), ("random/insecure", "insecure-")] {
        let mut random = Interface::of(linker, interface)?;
        random.func(&format!("get-{kind}random-bytes"), |call, (length,): (u64,)| {
            let length = usize::try_from(length).ok().filter(|length| *length <= MAX_BYTES);
            let Some(length) = length else { return trap(format!("at most {MAX_BYTES} random bytes at once")) };
            let mut bytes = vec![0; length];
            call.host.random(&mut bytes)?;
            costing(bytes, length)
        })?;
        random.func(&format!("get-{kind}random-u64"), |call, ()| {
            let mut bytes = [0; 8];
            call.host.random(&mut bytes)?;
            costing(u64::from_le_bytes(bytes), bytes.len())
        })?;
    }
    Ok(())
}

fn costing<T>(value: T, bytes: usize) -> Reply<(T,)> {
    Ok(((value,), RANDOM_BYTES.of(bytes, 0)))
}

fn halves(RequestId(name): RequestId) -> (u64, u64) {
    let name = u128::from_le_bytes(name);
    (name as u64, (name >> 64) as u64)
}
