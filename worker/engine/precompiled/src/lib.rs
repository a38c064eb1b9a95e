//! Compiled code that runs without being compiled again.
//!
//! **Where it stands.** Below the engine, which compiles components in a process of its own and keeps what comes of it,
//! sealed, on a disk that nobody trusts. This crate exists because wasmtime cannot check machine code that it is given,
//! so that loading it is unsafe: it is one of the workspace's three crates with unsafe blocks.
//!
//! **What must always hold.** A [`Compiled`] is what wasmtime of this program made. There are two ways to get one: to
//! have a component compiled, and to open what was sealed under a secret that only this program knows. Machine code
//! from anywhere else never becomes one.
//!
//! **What it refuses.** Sealed code that was altered or cut, was sealed under another secret, or for another binding.
//!
//! ```
//! # use adyton_precompiled::{Compiled, Secret};
//! let engine = wasmtime::Engine::default();
//! let secret = Secret::fresh();
//! let sealed = Compiled::compile(&engine, &wat::parse_str("(component)")?)?.seal(&secret.sealer(), b"which code");
//! Compiled::open(sealed.clone(), &secret, b"which code")?.load(&engine)?;
//! assert!(Compiled::open(sealed, &secret, b"other code").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use ring::{
    aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce},
    hkdf,
    rand::{SecureRandom, SystemRandom},
};
use wasmtime::{Engine, component::Component};
use zeroize::Zeroizing;

/// Bytes of the salt at the end of sealed code.
const SALT: usize = 32;
/// Bytes of an authentication tag.
const TAG: usize = 16;

/// A secret under which sealed code opens. It is always a fresh one: nobody chooses it, and it is read nowhere.
pub struct Secret(Zeroizing<[u8; 32]>);

/// The half of a secret with which code is sealed, and nothing is opened. This is what a process that compiles for
/// another one is told; to use its bytes for anything but [`Compiled::seal`] would break the crate's contract.
pub struct Sealer(Zeroizing<[u8; 32]>);

/// Sealed code does not open: it was altered or cut, or sealed under another secret or for another binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the compiled code was altered, or sealed by another process or for other code")]
pub struct NotOurs;

impl Secret {
    /// A secret from the operating system's randomness.
    pub fn fresh() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// Seals what opens with this secret.
    pub fn sealer(&self) -> Sealer {
        Sealer(self.0.clone())
    }
}

impl Sealer {
    /// As another process of this program sent it.
    pub fn received(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// For another process of this program, and nobody else.
    pub fn to_send(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A component's machine code, made by wasmtime of this program.
pub struct Compiled(Vec<u8>);

impl Compiled {
    /// Compiles a component for engines that are set up as `engine` is.
    pub fn compile(engine: &Engine, component: &[u8]) -> wasmtime::Result<Self> {
        engine.precompile_component(component).map(Self)
    }

    /// The code of a component that is loaded.
    pub fn of(component: &Component) -> wasmtime::Result<Self> {
        component.serialize().map(Self)
    }

    /// The code sealed by `sealer`; it opens only with the same `binding`, which says what it is.
    ///
    /// `AES-256-GCM(code) ‖ tag ‖ salt`; the key is HKDF-SHA256 (RFC 5869) of the secret with the salt, which is random,
    /// and the binding, so that no key seals twice. The binding is the associated data too.
    pub fn seal(&self, sealer: &Sealer, binding: &[u8]) -> Vec<u8> {
        let salt: [u8; SALT] = random();
        let mut out = Vec::with_capacity(self.0.len() + TAG + SALT);
        out.extend_from_slice(&self.0);
        let tag = key(&sealer.0, &salt, binding)
            .seal_in_place_separate_tag(first_nonce(), Aad::from(binding), &mut out)
            .expect("code is far below AES-GCM's limit of 64 GiB");
        out.extend_from_slice(tag.as_ref());
        out.extend_from_slice(&salt);
        out
    }

    /// Opens sealed code in its place.
    pub fn open(mut sealed: Vec<u8>, secret: &Secret, binding: &[u8]) -> Result<Self, NotOurs> {
        let salt: [u8; SALT] = *sealed.last_chunk().ok_or(NotOurs)?;
        sealed.truncate(sealed.len() - SALT);
        let opened = key(&secret.0, &salt, binding).open_in_place(first_nonce(), Aad::from(binding), &mut sealed);
        let length = opened.map_err(|_| NotOurs)?.len();
        sealed.truncate(length);
        Ok(Self(sealed))
    }

    /// The component, ready for `engine`; an error if the code was made for an engine that is set up otherwise.
    #[expect(unsafe_code, reason = "wasmtime cannot check machine code; see the contract in it")]
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: the bytes have to be what `Engine::precompile_component` or `Component::serialize` gave, unchanged.
        // They are: `self.0` is private and never written to after one of the three constructors made it. Two of them
        // call these functions. The third opens with a tag what `seal` made of such bytes: whoever seals other bytes
        // under the same derived key has the secret and breaks this contract on purpose. That they were made by this
        // version of wasmtime, for this processor and these settings, wasmtime checks itself.
        unsafe { Component::deserialize(engine, &self.0) }
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Compiled({} bytes)", self.0.len())
    }
}

/// The key of one sealing. Nothing else is sealed with it, so that its first nonce is its only one.
fn key(secret: &[u8; 32], salt: &[u8; SALT], binding: &[u8]) -> LessSafeKey {
    let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let info = [binding];
    let output = pseudorandom.expand(&info, &aead::AES_256_GCM).expect("32 bytes are within HKDF's limit of 255 * 32");
    LessSafeKey::new(aead::UnboundKey::from(output))
}

fn first_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDING: &[u8] = b"binding";

    fn sealed(secret: &Secret) -> Vec<u8> {
        let component = wat::parse_str("(component (core module (func (export \"f\"))))").expect("a component");
        Compiled::compile(&Engine::default(), &component).expect("compiles").seal(&secret.sealer(), BINDING)
    }

    #[test]
    fn sealed_code_opens_and_loads_again() {
        let secret = Secret::fresh();
        let compiled = Compiled::open(sealed(&secret), &secret, BINDING).expect("opens");
        let component = compiled.load(&Engine::default()).expect("loads");
        let again = Compiled::of(&component).expect("is code").seal(&secret.sealer(), BINDING);
        Compiled::open(again, &secret, BINDING).expect("opens").load(&Engine::default()).expect("loads");
    }

    #[test]
    fn code_sealed_under_another_secret_or_binding_is_refused() {
        let secret = Secret::fresh();
        let sealed = sealed(&secret);
        assert_eq!(Compiled::open(sealed.clone(), &Secret::fresh(), BINDING).err(), Some(NotOurs));
        assert_eq!(Compiled::open(sealed, &secret, b"another").err(), Some(NotOurs));
    }

    #[test]
    fn one_flipped_bit_anywhere_is_refused() {
        let secret = Secret::fresh();
        let sealed = sealed(&secret);
        for at in [0, sealed.len() / 2, sealed.len() - SALT - 1, sealed.len() - 1] {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(Compiled::open(altered, &secret, BINDING).err(), Some(NotOurs), "{at}");
        }
    }

    #[test]
    fn code_that_is_cut_is_refused() {
        let secret = Secret::fresh();
        let sealed = sealed(&secret);
        for length in [0, SALT - 1, SALT, SALT + TAG - 1, sealed.len() - 1] {
            assert_eq!(Compiled::open(sealed[..length].to_vec(), &secret, BINDING).err(), Some(NotOurs), "{length}");
        }
    }

    #[test]
    fn code_made_for_an_engine_that_is_set_up_otherwise_is_not_loaded() {
        let mut other = wasmtime::Config::new();
        other.consume_fuel(true);
        let other = Engine::new(&other).expect("an engine");
        let secret = Secret::fresh();
        assert!(Compiled::open(sealed(&secret), &secret, BINDING).expect("opens").load(&other).is_err());
    }

    #[test]
    fn no_two_seals_of_the_same_code_are_alike() {
        let secret = Secret::fresh();
        assert_ne!(sealed(&secret), sealed(&secret));
    }
}
