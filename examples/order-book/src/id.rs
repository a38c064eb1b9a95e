//! Names of accounts and orders: bytes, which JSON and paths have as hexadecimal digits after `0x`.

use std::{fmt, str::FromStr};

use adyton_sdk::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An account: its public key.
pub type AccountId = Id<32>;
/// An order, among those of its account: the identifier of the request that placed it.
pub type OrderId = Id<16>;

/// `N` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id<const N: usize>([u8; N]);

impl<const N: usize> Id<N> {
    pub fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> FromStr for Id<N> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Invalid(format!("an identifier is 0x and {} hexadecimal digits", 2 * N));
        let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 2 * N).ok_or_else(malformed)?;
        let mut bytes = [0; N];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let mut value = 0;
            for digit in pair {
                value = value << 4 | char::from(*digit).to_digit(16).ok_or_else(malformed)?;
            }
            *byte = u8::try_from(value).map_err(|_| malformed())?;
        }
        Ok(Self(bytes))
    }
}

impl<const N: usize> fmt::Display for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> Serialize for Id<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Id<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("expected 0x and {} hexadecimal digits", 2 * N)))
    }
}
