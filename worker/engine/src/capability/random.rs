//! `random`: bytes that nobody can foresee, and bytes that only the contract can repeat.

use wasmtime::component::Linker;

use super::{Reply, interface};
use crate::{
    bindings::phat::contract::types::Error,
    call::{CallState, charge_bytes},
    costs,
};

/// The most bytes at once.
const MAX_BYTES: usize = 65_536;
/// The most bytes of one seed: what HKDF-SHA256 gives (RFC 5869 §2.3).
const MAX_SEEDED: usize = 8160;
/// The longest seed, in bytes.
const MAX_SEED: usize = 1024;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut random = linker.instance(&interface("random"))?;
    random.func_wrap_async("bytes", |mut store, (length,): (u32,)| {
        Box::new(async move {
            let length = length as usize;
            if length > MAX_BYTES {
                charge_bytes(&mut store, costs::RANDOM_BYTES, 0).await?;
                return refuse(length, MAX_BYTES);
            }
            charge_bytes(&mut store, costs::RANDOM_BYTES, length).await?;
            let mut bytes = vec![0; length];
            store.data_mut().host.random(&mut bytes)?;
            Ok((Ok(bytes),))
        })
    })?;
    random.func_wrap_async("seeded", |mut store, (seed, length): (Vec<u8>, u32)| {
        Box::new(async move {
            let length = length as usize;
            if length > MAX_SEEDED || seed.len() > MAX_SEED {
                charge_bytes(&mut store, costs::RANDOM_SEEDED, seed.len()).await?;
                return if length > MAX_SEEDED { refuse(length, MAX_SEEDED) } else { refuse_seed(seed.len()) };
            }
            charge_bytes(&mut store, costs::RANDOM_SEEDED, seed.len() + length).await?;
            let bytes = store.data_mut().host.seeded_random(&seed, length).await?;
            Ok((Ok(bytes.to_vec()),))
        })
    })
}

fn refuse(length: usize, most: usize) -> Reply<Vec<u8>> {
    Ok((Err(Error::Invalid(format!("{length} random bytes at once; at most {most}"))),))
}

fn refuse_seed(length: usize) -> Reply<Vec<u8>> {
    Ok((Err(Error::Invalid(format!("a seed of {length} bytes; at most {MAX_SEED}"))),))
}
