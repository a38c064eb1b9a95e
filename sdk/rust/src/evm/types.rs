//! Numbers, addresses and hashes of EVM chains, and their texts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::keccak256;
use crate::Error;

/// A number of 256 bits without a sign. Its text is `0x` and hexadecimal digits without leading zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct U256([u8; 32]);

/// The address of an account. Its text has the checksum of EIP-55.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address(pub [u8; 20]);

/// A hash of 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl U256 {
    /// Zero.
    pub const ZERO: Self = Self([0; 32]);

    /// The number of 32 bytes, the most significant first.
    pub const fn from_be_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, the most significant first.
    pub const fn to_be_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The bytes from the first one that is not zero.
    pub(super) fn significant(&self) -> &[u8] {
        let zeros = self.0.iter().take_while(|byte| **byte == 0).count();
        &self.0[zeros..]
    }
}

impl From<u128> for U256 {
    fn from(number: u128) -> Self {
        let mut bytes = [0; 32];
        bytes[16..].copy_from_slice(&number.to_be_bytes());
        Self(bytes)
    }
}

impl From<u64> for U256 {
    fn from(number: u64) -> Self {
        u128::from(number).into()
    }
}

impl TryFrom<U256> for u128 {
    type Error = Error;

    fn try_from(number: U256) -> Result<Self, Error> {
        let (high, low) = number.0.split_at(16);
        if high.iter().any(|byte| *byte != 0) {
            return Err(Error::Invalid(format!("{number} has more than 128 bits")));
        }
        Ok(low.iter().fold(0_u128, |sum, byte| sum << 8 | Self::from(*byte)))
    }
}

impl TryFrom<U256> for u64 {
    type Error = Error;

    fn try_from(number: U256) -> Result<Self, Error> {
        let wide = u128::try_from(number)?;
        wide.try_into().map_err(|_| Error::Invalid(format!("{number} has more than 64 bits")))
    }
}

impl fmt::Display for U256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = digits(&self.0);
        let significant = digits.trim_start_matches('0');
        write!(f, "0x{}", if significant.is_empty() { "0" } else { significant })
    }
}

impl FromStr for U256 {
    type Err = Error;

    /// `0x` and 1 to 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Invalid("a number is 0x and 1 to 64 hexadecimal digits".into());
        let digits = text.strip_prefix("0x").filter(|digits| (1..=64).contains(&digits.len())).ok_or_else(invalid)?;
        let bytes = from_digits(&format!("{digits:0>64}")).ok_or_else(invalid)?;
        Ok(Self(bytes.try_into().map_err(|_| invalid())?))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = digits(&self.0);
        let hash = keccak256(digits.as_bytes());
        f.write_str("0x")?;
        for (position, digit) in digits.chars().enumerate() {
            let nibble = hash.0[position / 2] >> (4 * (1 - position % 2)) & 0xf;
            write!(f, "{}", if nibble >= 8 { digit.to_ascii_uppercase() } else { digit })?;
        }
        Ok(())
    }
}

impl FromStr for Address {
    type Err = Error;

    /// `0x` and 40 hexadecimal digits. With letters of both cases, they have to be the checksum of EIP-55.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = from_hex(text)?.try_into();
        let address = Self(bytes.map_err(|_| Error::Invalid("an address has 20 bytes".into()))?);
        let mixed =
            text[2..].contains(|c: char| c.is_ascii_lowercase()) && text.contains(|c: char| c.is_ascii_uppercase());
        if mixed && address.to_string() != text {
            return Err(Error::Invalid(format!("the address {text} has a wrong checksum")));
        }
        Ok(address)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for Hash {
    type Err = Error;

    /// `0x` and 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = from_hex(text)?.try_into();
        Ok(Self(bytes.map_err(|_| Error::Invalid("a hash has 32 bytes".into()))?))
    }
}

/// Their texts stand for them in messages and in JSON.
macro_rules! as_text {
    ($($name:ident),*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )* };
}

as_text!(U256, Address, Hash);

/// Bytes as `0x` and two hexadecimal digits each.
pub fn hex(bytes: &[u8]) -> String {
    format!("0x{}", digits(bytes))
}

/// The bytes of such a text, with letters of either case. `Error::Invalid` for another one.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Error> {
    let bytes = text.strip_prefix("0x").and_then(from_digits);
    bytes.ok_or_else(|| Error::Invalid("bytes are 0x and two hexadecimal digits each".into()))
}

fn digits(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let pairs = bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]);
    pairs.map(char::from).collect()
}

fn from_digits(text: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    if text.len() % 2 == 1 {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| u8::try_from(value(pair[0])? << 4 | value(pair[1])?).ok()).collect()
}
