//! Signatures that were checked beforehand, and the verifier that asks for no more checks than a call pays for.
//!
//! That a key signed a message stays true and depends on no root, no policy and no time: a remembered signature spares its
//! check and nothing else.

use adyton_attestation::{
    nvidia::NvidiaRefusal,
    signature::{Fastest, PublicKey, Scheme, SignatureVerifier},
};
use adyton_protocol::{device::checked_signature, ids::Digest};
use alloc::vec::Vec;
use core::{
    cell::{Cell, RefCell},
    marker::PhantomData,
};
use frame_support::ensure;
use polkadot_sdk::frame_support;

use crate::{Config, Error, NextPlace, Pallet, Places, Signatures};

/// The most signatures that one call checks itself: what a block's extrinsics have room for.
pub const MAX_FRESH: u8 = 4;
/// How many signatures are remembered.
pub const REMEMBERED: u32 = 4096;
/// The longest message, in bytes: a device's report, or a response about revocation.
pub const MAX_MESSAGE: u32 = 8192;

/// The most signatures that one call asks about: the longest evidence has less than half as many, and each is hashed.
pub(crate) const MAX_ASKED: u8 = 48;

impl<T: Config> Pallet<T> {
    /// Checks a signature and remembers it.
    pub(crate) fn remember(key: &[u8; 96], message: &[u8], signature: &[u8; 96]) -> Result<(), Error<T>> {
        let digest = checked_signature(key, message, signature);
        if Signatures::<T>::contains_key(digest) {
            return Ok(());
        }
        let verifier = Fastest::default();
        let is_good = verifier.verify(Scheme::EcdsaP384Sha384, PublicKey::P384(key), message, signature);
        ensure!(is_good, Error::<T>::BadSignature);
        let place = NextPlace::<T>::mutate(|next| {
            let place = *next;
            // Within the bound: places are below it.
            *next = place.saturating_add(1) % REMEMBERED;
            place
        });
        if let Some(oldest) = Places::<T>::get(place) {
            Signatures::<T>::remove(oldest);
        }
        Places::<T>::insert(place, digest);
        Signatures::<T>::insert(digest, place);
        Ok(())
    }
}

/// Knows the remembered signatures, and checks as many others as it was made for, each once.
pub(crate) struct Paid<T> {
    left: Cell<u8>,
    asked: Cell<u8>,
    exhausted: Cell<bool>,
    /// Those that it checked itself: several responses may bring one responder's certificate.
    checked: RefCell<Vec<Digest>>,
    config: PhantomData<T>,
}

impl<T: Config> Paid<T> {
    /// For `fresh` signatures that are not remembered.
    pub(crate) fn for_fresh(fresh: u8) -> Result<Self, Error<T>> {
        ensure!(fresh <= MAX_FRESH, Error::<T>::TooManySignatures);
        let (left, asked, exhausted) = (Cell::new(fresh), Cell::new(0), Cell::new(false));
        Ok(Self { left, asked, exhausted, checked: RefCell::new(Vec::new()), config: PhantomData })
    }

    /// What the verifier found that asked it. A refusal after one check too many says nothing about the evidence.
    pub(crate) fn settle<V>(&self, found: Result<V, NvidiaRefusal>) -> Result<V, Error<T>> {
        found.map_err(|refusal| if self.exhausted.get() { Error::MoreSignatures } else { refusal.into() })
    }
}

impl<T: Config> SignatureVerifier for Paid<T> {
    /// Every other scheme than NVIDIA's is as a signature that does not verify.
    fn verify(&self, scheme: Scheme, public_key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        let (Scheme::EcdsaP384Sha384, PublicKey::P384(key)) = (scheme, public_key) else { return false };
        let asked = self.asked.get().saturating_add(1);
        self.asked.set(asked);
        if asked > MAX_ASKED {
            self.exhausted.set(true);
            return false;
        }
        let digest = checked_signature(key, message, signature);
        if self.checked.borrow().contains(&digest) || Signatures::<T>::contains_key(digest) {
            return true;
        }
        let Some(left) = self.left.get().checked_sub(1) else {
            self.exhausted.set(true);
            return false;
        };
        self.left.set(left);
        let is_good = Fastest::default().verify(scheme, public_key, message, signature);
        if is_good {
            self.checked.borrow_mut().push(digest);
        }
        is_good
    }
}
