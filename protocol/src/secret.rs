//! The form of a secret that an owner seals to a contract: to the contract's key, not to a worker's, so that it moves
//! with the contract.
//!
//! HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The info names the
//! network, the contract, the key epoch, the secret's name and its version: a sealed secret opens under no other
//! name, and a host that hands back an older version is noticed by whoever knows the newest. Clients seal, workers
//! open; neither is done here.

use alloc::{string::String, vec, vec::Vec};
use core::fmt;

use codec::{Decode, DecodeAll, Encode};

use crate::{
    domain,
    ids::{ContractId, EncryptionKey, NetworkId},
    key_label::KeyEpoch,
};

/// The longest name of a secret, in bytes.
pub const MAX_NAME: usize = 64;
/// The longest secret, in bytes.
pub const MAX_VALUE: usize = 3840;
/// The longest encoding of a [`SealedSecret`], in bytes: what a worker takes of one.
pub const MAX_SEALED: usize = 4096;

const VERSION: u8 = 1;

/// To whom an owner seals: a contract's key of one key epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretError {
    /// The name.
    Name,
    /// The value's length.
    TooLong,
    /// The contract's key.
    Key,
    /// The encoding.
    Encoding,
    /// Sealed for another network, contract, key epoch, name or version, or changed since.
    Sealed,
    /// Older than the newest that its contract has seen.
    RolledBack {
        /// The version at hand.
        version: u64,
        /// The newest version seen.
        newest: u64,
    },
}

/// Whether `name` may name a secret.
pub fn check_name(name: &str) -> Result<(), SecretError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed) { Ok(()) } else { Err(SecretError::Name) }
}

impl SecretRecipient {
    /// HPKE's info for version `version` of the secret called `name`.
    pub fn info(&self, name: &str, version: u64) -> Vec<u8> {
        domain::encode_bound(
            domain::OWNER_SECRET,
            &self.network,
            &[&self.contract.0, &self.epoch.to_le_bytes(), name.as_bytes(), &version.to_le_bytes()],
        )
    }
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

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(f, "a secret's name has 1 to {MAX_NAME} bytes of a-z, 0-9, '-', '_' and '.'"),
            Self::TooLong => write!(f, "a secret has at most {MAX_VALUE} bytes"),
            Self::Key => f.write_str("the contract's key for secrets is not one that can be sealed to"),
            Self::Encoding => f.write_str("not the encoding of a sealed secret"),
            Self::Sealed => f.write_str("the sealed secret does not open for this contract, name and version"),
            Self::RolledBack { version, newest } => {
                write!(f, "version {version} of the secret is older than the newest seen, {newest}")
            }
        }
    }
}

impl core::error::Error for SecretError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest there is: name, value, encapsulated key and tag.
    fn longest() -> SealedSecret {
        SealedSecret {
            contract: ContractId([2; 32]),
            epoch: 3,
            name: "a".repeat(MAX_NAME),
            version: 4,
            sealed: vec![5; 32 + MAX_VALUE + 16],
        }
    }

    #[test]
    fn the_longest_sealed_secret_reads_back() {
        let bytes = longest().to_bytes();
        assert!(bytes.len() <= MAX_SEALED);
        assert_eq!(SealedSecret::from_bytes(&bytes), Ok(longest()));
    }

    #[test]
    fn a_sealed_secret_that_is_cut_is_refused() {
        let bytes = longest().to_bytes();
        assert_eq!(SealedSecret::from_bytes(&bytes[..bytes.len() - 1]), Err(SecretError::Encoding));
        assert_eq!(SealedSecret::from_bytes(&[]), Err(SecretError::Encoding));
    }

    #[test]
    fn a_sealed_secret_that_is_extended_is_refused() {
        let mut bytes = longest().to_bytes();
        bytes.push(0);
        assert_eq!(SealedSecret::from_bytes(&bytes), Err(SecretError::Encoding));
    }

    #[test]
    fn a_sealed_secret_of_another_version_of_the_format_is_refused() {
        let mut bytes = longest().to_bytes();
        bytes[0] = 2;
        assert_eq!(SealedSecret::from_bytes(&bytes), Err(SecretError::Encoding));
    }

    #[test]
    fn a_sealed_secret_that_is_too_long_is_refused() {
        let long = SealedSecret { sealed: vec![5; MAX_SEALED], ..longest() };
        assert_eq!(SealedSecret::from_bytes(&long.to_bytes()), Err(SecretError::Encoding));
    }

    #[test]
    fn a_name_that_is_empty_too_long_or_of_other_letters_is_refused() {
        for name in ["", &"a".repeat(MAX_NAME + 1), "Upper", "a/b", "ä"] {
            assert_eq!(check_name(name), Err(SecretError::Name));
            let sealed = SealedSecret { name: name.into(), ..longest() };
            assert!(SealedSecret::from_bytes(&sealed.to_bytes()).is_err());
        }
    }
}
