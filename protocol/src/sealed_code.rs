//! The form of sealed code, and of the key that a contract's owner gives to the contract (`specs/sealed-code.md`).
//!
//! Sealed code lies where everybody's lies, under the hash of its sealed bytes. The chain's record has the hash of the
//! component itself. Only the contract's worker learns which sealed bytes are those of the component, and how they open:
//! from the owner, sealed to the contract's own key as a secret is. Clients seal, workers open; neither is done here.

use alloc::{vec, vec::Vec};
use core::fmt;

use codec::{Decode, DecodeAll, Encode};

use crate::{
    domain,
    ids::{CodeHash, ContractId, NetworkId},
    key_label::KeyEpoch,
    secret::SecretRecipient,
};

/// What sealed code begins with.
pub const MAGIC: [u8; 8] = *b"ADYCODE\x01";
/// Bytes of ChaCha20-Poly1305's tag, which ends it.
pub const TAG: usize = 16;
/// How many bytes more than the component it has.
pub const OVERHEAD: usize = MAGIC.len() + TAG;
/// Bytes of a content key.
pub const CONTENT_KEY: usize = 32;
/// Bytes of [`SealedCodeKey::sealed`]: the encapsulated key, the content key and a tag.
pub const SEALED_KEY: usize = 32 + CONTENT_KEY + 16;
/// Bytes of a [`SealedCodeKey`]'s encoding.
pub const ENCODED: usize = 1 + 32 + 4 + 32 + 32 + SEALED_KEY;

const VERSION: u8 = 1;

/// A content key as it is sent: only the contract's worker opens it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedCodeKey {
    /// The contract.
    pub contract: ContractId,
    /// The key epoch of the key it is sealed to.
    pub epoch: KeyEpoch,
    /// The component's hash, as the chain's record has it.
    pub code: CodeHash,
    /// The hash of the sealed bytes, under which they are fetched.
    pub stored: CodeHash,
    /// The encapsulated key (32 bytes), then the ciphertext.
    pub sealed: [u8; SEALED_KEY],
}

/// Why code or its key was not sealed, read or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeError {
    /// The contract's key for secrets.
    Recipient,
    /// The encoding of a sealed key.
    Encoding,
    /// A key that is sealed for another network, contract, key epoch or code, or was changed since.
    Key,
    /// Bytes that are no sealed code.
    Form,
    /// Sealed code that does not open: of another network or component, under another key, cut or changed.
    Content,
    /// What opened has another hash than the contract's code.
    Hash,
}

/// HKDF's info of the key under which the component `code` is sealed, out of its content key.
pub fn info(network: &NetworkId, code: &CodeHash) -> Vec<u8> {
    domain::encode_bound(domain::SEALED_CODE, network, &[&code.0])
}

/// HKDF's info of an account's content key of the component `code`, out of the account's secret key.
pub fn content_key_info(network: &NetworkId, code: &CodeHash) -> Vec<u8> {
    domain::encode_bound(domain::CONTENT_KEY, network, &[&code.0])
}

/// HPKE's info of the key of `code`, whose sealed bytes are `stored`.
pub fn key_info(to: &SecretRecipient, code: &CodeHash, stored: &CodeHash) -> Vec<u8> {
    let epoch = to.epoch.to_le_bytes();
    domain::encode_bound(domain::CODE_KEY, &to.network, &[&to.contract.0, &epoch, &code.0, &stored.0])
}

/// What of sealed code is ChaCha20-Poly1305's: the ciphertext and its tag.
pub fn ciphertext(sealed: &[u8]) -> Result<&[u8], CodeError> {
    let ciphertext = sealed.strip_prefix(&MAGIC).ok_or(CodeError::Form)?;
    if ciphertext.len() < TAG { Err(CodeError::Form) } else { Ok(ciphertext) }
}

impl SealedCodeKey {
    /// `0x01`, then the SCALE encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.encode_to(&mut out);
        out
    }

    /// Reads [`SealedCodeKey::to_bytes`]'s encoding and nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodeError> {
        match bytes.split_first() {
            Some((&VERSION, mut rest)) if bytes.len() == ENCODED => {
                Self::decode_all(&mut rest).map_err(|_| CodeError::Encoding)
            }
            Some(_) | None => Err(CodeError::Encoding),
        }
    }
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Recipient => "the contract's key for secrets is not one that can be sealed to",
            Self::Encoding => "not the encoding of a sealed key of code",
            Self::Key => "the sealed key does not open for this contract and code",
            Self::Form => "not sealed code",
            Self::Content => "the sealed code does not open: it is other code, under another key, or altered",
            Self::Hash => "what opened is not the contract's code: it has another hash",
        })
    }
}

impl core::error::Error for CodeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EncryptionKey;

    fn sealed() -> SealedCodeKey {
        SealedCodeKey {
            contract: ContractId([2; 32]),
            epoch: 3,
            code: CodeHash([4; 32]),
            stored: CodeHash([5; 32]),
            sealed: [6; SEALED_KEY],
        }
    }

    #[test]
    fn a_sealed_key_reads_back() {
        let bytes = sealed().to_bytes();
        assert_eq!((bytes.len(), SealedCodeKey::from_bytes(&bytes)), (ENCODED, Ok(sealed())));
    }

    #[test]
    fn a_sealed_key_that_is_cut_extended_or_of_another_version_is_refused() {
        let bytes = sealed().to_bytes();
        let mut extended = bytes.clone();
        extended.push(0);
        let mut other = bytes.clone();
        other[0] = 2;
        for bytes in [&[][..], &bytes[..ENCODED - 1], &extended, &other] {
            assert_eq!(SealedCodeKey::from_bytes(bytes), Err(CodeError::Encoding), "{} bytes", bytes.len());
        }
    }

    #[test]
    fn what_does_not_begin_as_sealed_code_or_has_no_room_for_a_tag_is_none() {
        let whole = [&MAGIC[..], &[7; TAG]].concat();
        assert_eq!(ciphertext(&whole), Ok(&[7; TAG][..]));
        assert_eq!(ciphertext(&whole[..whole.len() - 1]), Err(CodeError::Form));
        assert_eq!(ciphertext(b"\0asm\x0d\0\x01\0 and what follows it"), Err(CodeError::Form));
        assert_eq!(ciphertext(&[]), Err(CodeError::Form));
    }

    #[test]
    fn each_part_of_what_a_key_is_for_is_in_the_info() {
        let to = SecretRecipient {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            epoch: 3,
            key: EncryptionKey([9; 32]),
        };
        let (code, stored) = (CodeHash([4; 32]), CodeHash([5; 32]));
        let base = key_info(&to, &code, &stored);
        assert_ne!(key_info(&SecretRecipient { network: NetworkId([8; 32]), ..to.clone() }, &code, &stored), base);
        assert_ne!(key_info(&SecretRecipient { contract: ContractId([8; 32]), ..to.clone() }, &code, &stored), base);
        assert_ne!(key_info(&SecretRecipient { epoch: 8, ..to.clone() }, &code, &stored), base);
        assert_ne!(key_info(&to, &CodeHash([8; 32]), &stored), base);
        assert_ne!(key_info(&to, &code, &CodeHash([8; 32])), base);
        assert_ne!(key_info(&to, &stored, &code), base);
    }
}
