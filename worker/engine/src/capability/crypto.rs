//! `crypto`: what the contract's named keys sign and open, verification, and secrets for the contract's own use.
//!
//! The worker gives 32 secret bytes for a use and a name; the key lives for one host function and is erased.

mod opening;
mod signing;

use wasmtime::component::{Linker, LinkerInstance};

use super::{interface, secrets::check_name};
use crate::{
    bindings::phat::contract::types::Error,
    call::{CallState, charge_bytes},
    costs,
    determinism::Mode,
};
use opening::EncryptionKey;
use signing::{NamedKey, check_message, verify};

pub use crate::bindings::phat::contract::crypto::Scheme;

/// The longest context of a derived secret, in bytes.
const MAX_CONTEXT: usize = 1024;
/// The longest derived secret, in bytes.
const MAX_DERIVED: usize = 64;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut crypto = linker.instance(&interface("crypto"))?;
    link_signing(&mut crypto)?;
    link_opening(&mut crypto)?;
    crypto.func_wrap_async("derive", |mut store, (name, context, length): (String, Vec<u8>, u32)| {
        Box::new(async move {
            let length = length as usize;
            charge_bytes(&mut store, costs::CRYPTO_DERIVE, context.len() + length.min(MAX_DERIVED)).await?;
            if let Err(error) = check_name(&name).and_then(|()| check_derived(&context, length)) {
                return Ok((Err(error),));
            }
            let secret = store.data_mut().host.derived_secret(&name, &context, length).await?;
            Ok((Ok(secret.to_vec()),))
        })
    })
}

fn link_signing(crypto: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    crypto.func_wrap_async("public-key", |mut store, (scheme, name): (Scheme, String)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CRYPTO_PUBLIC_KEY, 0).await?;
            if let Err(error) = check_name(&name) {
                return Ok((Err(error),));
            }
            let key = NamedKey::new(scheme, store.data_mut().host.named_key(scheme, &name).await?)?;
            Ok((Ok(key.public()),))
        })
    })?;
    crypto.func_wrap_async("sign", |mut store, (scheme, name, message): (Scheme, String, Vec<u8>)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CRYPTO_SIGN, message.len()).await?;
            if let Err(error) = check_name(&name).and_then(|()| check_message(scheme, &message)) {
                return Ok((Err(error),));
            }
            let call = store.data_mut();
            let (host, mode) = (&mut call.host, call.contract.mode);
            let key = NamedKey::new(scheme, host.named_key(scheme, &name).await?)?;
            let signature = key.sign(&message, |drawn| match mode {
                Mode::Usual => host.random(drawn),
                // The same signature of the same message, as the other schemes make it anyway.
                Mode::Deterministic => {
                    drawn.fill(0);
                    Ok(())
                }
            });
            Ok((Ok(signature?),))
        })
    })?;
    type Verify = (Scheme, Vec<u8>, Vec<u8>, Vec<u8>);
    crypto.func_wrap_async("verify", |mut store, (scheme, public, message, signature): Verify| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CRYPTO_VERIFY, message.len()).await?;
            Ok((verify(scheme, &public, &message, &signature),))
        })
    })
}

fn link_opening(crypto: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    crypto.func_wrap_async("encryption-key", |mut store, (name,): (String,)| {
        Box::new(async move {
            charge_bytes(&mut store, costs::CRYPTO_ENCRYPTION_KEY, 0).await?;
            if let Err(error) = check_name(&name) {
                return Ok((Err(error),));
            }
            let secret = store.data_mut().host.encryption_key(&name).await?;
            Ok((Ok(EncryptionKey::derive(&secret).public()),))
        })
    })?;
    type Decrypt = (String, Vec<u8>, Vec<u8>, Vec<u8>);
    crypto.func_wrap_async("decrypt", |mut store, (name, info, associated_data, sealed): Decrypt| {
        Box::new(async move {
            let bytes = info.len() + associated_data.len() + sealed.len();
            charge_bytes(&mut store, costs::CRYPTO_DECRYPT, bytes).await?;
            if let Err(error) = check_name(&name) {
                return Ok((Err(error),));
            }
            let secret = store.data_mut().host.encryption_key(&name).await?;
            let key = EncryptionKey::derive(&secret);
            // One text for every cause: which part was wrong helps only whoever tries.
            let refused = || Error::Invalid("this does not open with this key, info and associated data".into());
            Ok((key.open(&info, &associated_data, &sealed).ok_or_else(refused),))
        })
    })
}

fn check_derived(context: &[u8], length: usize) -> Result<(), Error> {
    match (context.len(), length) {
        (0..=MAX_CONTEXT, 1..=MAX_DERIVED) => Ok(()),
        (0..=MAX_CONTEXT, _) => {
            Err(Error::Invalid(format!("a derived secret of {length} bytes; it must have 1 to {MAX_DERIVED}")))
        }
        (long, _) => Err(Error::Invalid(format!("a context of {long} bytes; at most {MAX_CONTEXT}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_secret_has_1_to_64_bytes() {
        assert!(check_derived(&[], 1).is_ok() && check_derived(&[], MAX_DERIVED).is_ok());
        for length in [0, MAX_DERIVED + 1, u32::MAX as usize] {
            assert!(matches!(check_derived(&[], length), Err(Error::Invalid(said)) if said.contains("secret")));
        }
    }

    #[test]
    fn a_context_has_at_most_1024_bytes() {
        assert!(check_derived(&[0; MAX_CONTEXT], 32).is_ok());
        let refused = check_derived(&[0; MAX_CONTEXT + 1], 32);
        assert!(matches!(refused, Err(Error::Invalid(said)) if said.contains("context")));
    }
}
