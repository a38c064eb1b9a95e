//! The key of a contract's sealed code: the owner gives it, sealed to the contract, and it opens one component.

use std::fmt;

use adyton_protocol::{
    ids::{CodeHash, NetworkId},
    sealed_code::{self, CONTENT_KEY, CodeError, SealedCodeKey},
};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce, aead::Aead};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::ContractSecrets;

/// Where a component's sealed bytes lie, and how they open. Wiped when dropped.
#[derive(Clone)]
pub struct CodeKey {
    stored: CodeHash,
    key: Zeroizing<[u8; CONTENT_KEY]>,
}

impl CodeKey {
    /// The content key of the component whose sealed bytes have the hash `stored`.
    pub fn new(stored: CodeHash, key: Zeroizing<[u8; CONTENT_KEY]>) -> Self {
        Self { stored, key }
    }

    /// The hash of the sealed bytes, under which they are fetched.
    pub fn stored(&self) -> &CodeHash {
        &self.stored
    }

    /// The content key, for the contract's sealed state.
    pub fn expose(&self) -> &[u8; CONTENT_KEY] {
        &self.key
    }

    /// The component `code` out of its sealed bytes. What opens is that component and no other, whoever sealed it.
    pub fn open(&self, network: &NetworkId, code: &CodeHash, sealed: &[u8]) -> Result<Vec<u8>, CodeError> {
        let ciphertext = sealed_code::ciphertext(sealed)?;
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &self.key[..])
            .expand(&sealed_code::info(network, code), &mut key[..])
            .expect("32 bytes are below HKDF's limit of 8160");
        // A key of one component alone, which is sealed once: there is no second nonce.
        let cipher = ChaCha20Poly1305::new(Key::from_slice(&key[..]));
        let component = cipher.decrypt(&Nonce::default(), ciphertext).map_err(|_| CodeError::Content)?;
        if Sha256::digest(&component)[..] == code.0 { Ok(component) } else { Err(CodeError::Hash) }
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeKey({})", self.stored)
    }
}

impl ContractSecrets {
    /// Opens the key of sealed code that the owner gave.
    pub fn open_code_key(&self, sealed: &SealedCodeKey) -> Result<CodeKey, CodeError> {
        if sealed.contract != self.contract || sealed.epoch != self.epoch {
            return Err(CodeError::Key);
        }
        let info = sealed_code::key_info(&self.secret_recipient(), &sealed.code, &sealed.stored);
        let opened = self.unseal(&sealed.sealed, &info).ok_or(CodeError::Key)?;
        let mut key = Zeroizing::new([0; CONTENT_KEY]);
        if opened.len() != key.len() {
            return Err(CodeError::Key);
        }
        key.copy_from_slice(&opened);
        Ok(CodeKey::new(sealed.stored, key))
    }
}
