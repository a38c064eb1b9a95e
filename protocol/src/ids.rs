//! Identifiers: newtypes, so that one is never taken for another.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::domain;

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidIdentifier {
    /// How many bytes it has to have; written as twice as many hexadecimal digits, with or without `0x`.
    pub bytes: usize,
}

impl fmt::Display for InvalidIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} hexadecimal digits, with or without 0x in front", self.bytes * 2)
    }
}

impl core::error::Error for InvalidIdentifier {}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
        pub struct $name(pub [u8; $length]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "0x{}", hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let digits = text.strip_prefix("0x").unwrap_or(text);
                let mut bytes = [0; $length];
                hex::decode_to_slice(digits, &mut bytes).map_err(|_| InvalidIdentifier { bytes: $length })?;
                Ok(Self(bytes))
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidIdentifier;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self).map_err(|_| InvalidIdentifier { bytes: $length })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = alloc::string::String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

identifier!(
    /// The network: a constant of its genesis that outlives a change of chain.
    NetworkId, 32
);
identifier!(
    /// An account on the chain: the public key that Substrate calls `AccountId32`.
    AccountId, 32
);
identifier!(
    /// A worker or keyholder, stable over restarts and changes of key; see [`WorkerId::derive`].
    WorkerId, 32
);
identifier!(
    /// A deployed contract; see [`ContractId::derive`].
    ContractId, 32
);
identifier!(
    /// SHA-256 of a component's bytes.
    CodeHash, 32
);
identifier!(
    /// A worker's Ed25519 public key of one boot (RFC 8032). It is also the worker's account on the chain.
    SigningKey, 32
);
identifier!(
    /// A worker's X25519 public key of one boot (RFC 7748): calls and key releases are sealed to it.
    EncryptionKey, 32
);
identifier!(
    /// A block's hash (BLAKE2b-256 of its header).
    BlockHash, 32
);
identifier!(
    /// A SHA-256 digest made through [`crate::domain`].
    Digest, 32
);
identifier!(
    /// Chosen by the client for each call; a retry with the same one gets the stored answer.
    RequestId, 16
);

impl WorkerId {
    /// The identity of the worker that `operator` calls `name`.
    pub fn derive(network: &NetworkId, operator: &AccountId, name: &str) -> Self {
        Self(domain::bound(domain::WORKER_ID, network, &[&operator.0, name.as_bytes()]))
    }
}

impl ContractId {
    /// The identity of a contract that `owner` deploys with `salt`; code and manifest may change later.
    pub fn derive(network: &NetworkId, owner: &AccountId, salt: &[u8; 32]) -> Self {
        Self(domain::bound(domain::CONTRACT_ID, network, &[&owner.0, salt]))
    }

    /// The account under which the chain dispatches what this contract reports. Nobody has a key for it.
    pub fn account(&self, network: &NetworkId) -> AccountId {
        AccountId(domain::bound(domain::CONTRACT_ACCOUNT, network, &[&self.0]))
    }
}

/// A block's number.
pub type BlockNumber = u32;

/// A finalized block that something acted on.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct BlockRef {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: BlockHash,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_identifier_reads_back_what_it_prints_with_and_without_the_prefix() {
        let id = ContractId([0xab; 32]);
        let text = id.to_string();
        assert_eq!(text.parse::<ContractId>(), Ok(id));
        assert_eq!(text[2..].parse::<ContractId>(), Ok(id));
    }

    #[test]
    fn a_text_of_another_length_or_alphabet_is_refused() {
        assert!("0x00".parse::<ContractId>().is_err());
        assert!("zz".repeat(32).parse::<ContractId>().is_err());
        assert!("00".repeat(33).parse::<ContractId>().is_err());
    }

    #[test]
    fn the_same_name_under_two_operators_or_networks_is_two_workers() {
        let (network, operator) = (NetworkId([1; 32]), AccountId([2; 32]));
        let one = WorkerId::derive(&network, &operator, "w");
        assert_ne!(one, WorkerId::derive(&network, &AccountId([3; 32]), "w"));
        assert_ne!(one, WorkerId::derive(&NetworkId([4; 32]), &operator, "w"));
    }
}
