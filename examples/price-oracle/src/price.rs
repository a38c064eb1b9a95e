//! A price, its signature, and what the chain gets of it.

use adyton_sdk::{
    Error,
    crypto::{self, Scheme},
    env,
    number::{format_decimal, median},
};
use serde::{Deserialize, Serialize};

/// Decimals of a price.
pub const DECIMALS: u32 = 6;
/// The name of the key that signs prices.
const KEY: &str = "price";
/// What a signature is over.
const CONTEXT: &str = "price-oracle/v1";

/// A price that several sources agree on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Price {
    /// What is priced in what.
    pub pair: String,
    /// The median, a decimal number.
    pub value: String,
    /// How many sources answered.
    pub sources: usize,
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
}

/// A price with its Ed25519 signature over [`Price::message`], in hexadecimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedPrice {
    /// The price.
    #[serde(flatten)]
    pub price: Price,
    /// The oracle's public key.
    pub public_key: String,
    /// The signature.
    pub signature: String,
}

impl Price {
    /// The median of `quotes`, in units of 10^-6.
    pub fn median(pair: String, quotes: Vec<u64>, time_ms: u64) -> Result<Self, Error> {
        let value = median(&quotes).ok_or_else(|| Error::Unavailable("no source answered".into()))?;
        Ok(Self { pair, value: format_decimal(value, DECIMALS), sources: quotes.len(), time_ms })
    }

    /// Signs it with the contract's key.
    pub fn sign(self) -> Result<SignedPrice, Error> {
        let signature = crypto::sign(Scheme::Ed25519, KEY, &self.message()?)?;
        let public_key = crypto::public_key(Scheme::Ed25519, KEY)?;
        Ok(SignedPrice { price: self, public_key: hex(&public_key), signature: hex(&signature) })
    }

    /// The signed bytes: a context, then contract, pair, value and time, each with its length in front.
    fn message(&self) -> Result<Vec<u8>, Error> {
        let contract = env::context().contract;
        let time = self.time_ms.to_le_bytes();
        crypto::message(CONTEXT, &[&contract, self.pair.as_bytes(), self.value.as_bytes(), &time])
    }
}

impl SignedPrice {
    /// What the chain gets: `pair value time`, as text.
    pub fn report(&self) -> Vec<u8> {
        format!("{} {} {}", self.price.pair, self.price.value, self.price.time_ms).into_bytes()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
