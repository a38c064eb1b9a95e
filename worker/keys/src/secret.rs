//! Secrets that an owner seals to a contract: to the contract's key, not to a worker's, so that they move with it.
//!
//! HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The info names the
//! network, the contract, the key epoch, the secret's name and its version: a sealed secret opens under no other
//! name, and a host that hands back an older version is noticed by whoever knows the newest.

use adyton_protocol::{
    domain,
    ids::{ContractId, EncryptionKey, NetworkId},
    key_label::KeyEpoch,
};
use codec::{Decode, DecodeAll, Encode};
use hpke::{Deserializable, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256};
use thiserror::Error;

/// The longest name of a secret, in bytes.
pub const MAX_NAME: usize = 64;
/// The longest secret, in bytes.
pub const MAX_VALUE: usize = 3840;
/// The longest encoding of a [`SealedSecret`], in bytes: what a worker takes of one.
pub const MAX_SEALED: usize = 4096;

const VERSION: u8 = 1;

/// To whom an owner seals: a contract's key of one key epoch.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SecretRecipient {
    /// The network.
    pub network: NetworkId,
    /// The contract.
    pub contract: ContractId,
    /// The key epoch that the key belongs to.
    pub epoch: KeyEpoch,
    /// The contract's X25519 key for secrets.
    pub key: EncryptionKey,
}

/// A secret as it is stored and sent: only the contract's worker opens it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SealedSecret {
    /// The contract.
    pub contract: ContractId,
    /// The key epoch of the key it is sealed to.
    pub epoch: KeyEpoch,
    /// The name the contract asks for.
    pub name: String,
    /// Grows each time the owner sets the secret.
    pub version: u64,
    /// The encapsulated key (32 bytes), then the ciphertext.
    pub sealed: Vec<u8>,
}

/// Why a secret was not sealed, read or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The name.
    #[error("a secret's name has 1 to 64 bytes of a-z, 0-9, '-', '_' and '.'")]
    Name,
    /// The value's length.
    #[error("a secret has at most {} bytes", MAX_VALUE)]
    TooLong,
    /// The contract's key.
    #[error("the contract's key for secrets is not one that can be sealed to")]
    Key,
    /// The encoding.
    #[error("not the encoding of a sealed secret")]
    Encoding,
    /// Sealed for another network, contract, key epoch, name or version, or changed since.
    #[error("the sealed secret does not open for this contract, name and version")]
    Sealed,
    /// Older than the newest that its contract has seen.
    #[error("version {version} of the secret is older than the newest seen, {newest}")]
    RolledBack {
        /// The version at hand.
        version: u64,
        /// The newest version seen.
        newest: u64,
    },
}

/// Seals version `version` of the secret called `name` to a contract.
pub fn seal_secret(to: &SecretRecipient, name: &str, version: u64, value: &[u8]) -> Result<SealedSecret, SecretError> {
    check_name(name)?;
    if value.len() > MAX_VALUE {
        return Err(SecretError::TooLong);
    }
    let key = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&to.key.0).map_err(|_| SecretError::Key)?;
    let info = info(&to.network, &to.contract, to.epoch, name, version);
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        &info,
        value,
        &[],
    )
    .map_err(|_| SecretError::Key)?;
    let mut sealed = encapsulated.to_bytes().to_vec();
    sealed.extend_from_slice(&ciphertext);
    Ok(SealedSecret { contract: to.contract, epoch: to.epoch, name: name.to_owned(), version, sealed })
}

/// Whether `name` may name a secret.
pub fn check_name(name: &str) -> Result<(), SecretError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed) { Ok(()) } else { Err(SecretError::Name) }
}

impl SealedSecret {
    /// `0x01`, then the SCALE encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.encode_to(&mut out);
        out
    }

    /// Reads [`SealedSecret::to_bytes`]'s encoding and nothing else, within the bounds above.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if bytes.len() > MAX_SEALED || bytes.first() != Some(&VERSION) {
            return Err(SecretError::Encoding);
        }
        let read = Self::decode_all(&mut &bytes[1..]).map_err(|_| SecretError::Encoding)?;
        check_name(&read.name)?;
        if read.to_bytes() == bytes { Ok(read) } else { Err(SecretError::Encoding) }
    }
}

pub(crate) fn info(network: &NetworkId, contract: &ContractId, epoch: KeyEpoch, name: &str, version: u64) -> Vec<u8> {
    domain::encode_bound(
        domain::OWNER_SECRET,
        network,
        &[&contract.0, &epoch.to_le_bytes(), name.as_bytes(), &version.to_le_bytes()],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient() -> SecretRecipient {
        let (_, key) = <X25519HkdfSha256 as hpke::Kem>::derive_keypair(&[1; 32]);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&key.to_bytes());
        SecretRecipient {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            epoch: 3,
            key: EncryptionKey(bytes),
        }
    }

    #[test]
    fn a_sealed_secret_reads_back_what_it_wrote() {
        let sealed = seal_secret(&recipient(), "api-key", 4, &[5; MAX_VALUE]).unwrap();
        let bytes = sealed.to_bytes();
        assert!(bytes.len() <= MAX_SEALED - MAX_NAME);
        assert_eq!(SealedSecret::from_bytes(&bytes), Ok(sealed));
    }

    #[test]
    fn a_sealed_secret_that_is_cut_extended_too_long_or_of_another_version_is_refused() {
        let bytes = seal_secret(&recipient(), "api-key", 4, b"value").unwrap().to_bytes();
        assert_eq!(SealedSecret::from_bytes(&bytes[..bytes.len() - 1]), Err(SecretError::Encoding));
        assert_eq!(SealedSecret::from_bytes(&[bytes.clone(), vec![0]].concat()), Err(SecretError::Encoding));
        assert_eq!(SealedSecret::from_bytes(&[vec![2], bytes[1..].to_vec()].concat()), Err(SecretError::Encoding));
        assert_eq!(SealedSecret::from_bytes(&vec![1; MAX_SEALED + 1]), Err(SecretError::Encoding));
    }

    #[test]
    fn a_name_that_is_empty_too_long_or_of_other_letters_is_refused() {
        for name in ["", &"a".repeat(MAX_NAME + 1), "Upper", "a/b", "ä"] {
            assert_eq!(seal_secret(&recipient(), name, 1, b"").unwrap_err(), SecretError::Name);
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_refused() {
        assert_eq!(seal_secret(&recipient(), "a", 1, &[0; MAX_VALUE + 1]).unwrap_err(), SecretError::TooLong);
    }

    #[test]
    fn a_key_of_small_order_is_not_sealed_to() {
        let weak = SecretRecipient { key: EncryptionKey([0; 32]), ..recipient() };
        assert_eq!(seal_secret(&weak, "a", 1, b"").unwrap_err(), SecretError::Key);
    }
}
