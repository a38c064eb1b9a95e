//! Amounts of the two assets that are traded for each other. No sum and no product here goes past [`MAX_AMOUNT`].

use adyton_sdk::Error;
use serde::{Deserialize, Serialize};

/// The largest amount, price and quantity, and the most of an asset that all accounts have together: 2^53 - 1, up to
/// which every reader of JSON has whole numbers exactly.
pub const MAX_AMOUNT: u64 = (1 << 53) - 1;

/// What is traded, and what it is paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asset {
    Base,
    Quote,
}

/// Some of both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assets {
    pub base: u64,
    pub quote: u64,
}

impl Assets {
    pub fn of(asset: Asset, amount: u64) -> Self {
        match asset {
            Asset::Base => Self { base: amount, quote: 0 },
            Asset::Quote => Self { base: 0, quote: amount },
        }
    }

    /// `Error::Limit` past [`MAX_AMOUNT`].
    pub fn plus(self, more: Self) -> Result<Self, Error> {
        let sum = |one: u64, other: u64| one.checked_add(other).filter(|sum| *sum <= MAX_AMOUNT).ok_or_else(too_much);
        Ok(Self { base: sum(self.base, more.base)?, quote: sum(self.quote, more.quote)? })
    }

    /// None if there is not enough of one of them.
    pub fn minus(self, less: Self) -> Option<Self> {
        Some(Self { base: self.base.checked_sub(less.base)?, quote: self.quote.checked_sub(less.quote)? })
    }
}

/// What `quantity` costs at `price`. `Error::Limit` past [`MAX_AMOUNT`].
pub fn cost(price: u64, quantity: u64) -> Result<u64, Error> {
    price.checked_mul(quantity).filter(|cost| *cost <= MAX_AMOUNT).ok_or_else(too_much)
}

/// The number, if it is one of 1 to [`MAX_AMOUNT`]; `what` names it.
pub fn check(number: u64, what: &str) -> Result<(), Error> {
    if number == 0 || number > MAX_AMOUNT {
        return Err(Error::Invalid(format!("the {what} is a whole number from 1 to {MAX_AMOUNT}")));
    }
    Ok(())
}

fn too_much() -> Error {
    Error::Limit(format!("no amount is more than {MAX_AMOUNT}"))
}
