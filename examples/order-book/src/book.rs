//! The book: orders by price and then by time, and how a new one meets them.
//!
//! Keys: `market` has counters; `order/buy/RANK` and `order/sell/RANK` the orders, the best first; `own/ACCOUNT/ID` the
//! key of an account's order; `trade/RANK` the last trades, the newest first. Numbers in keys are big-endian.

mod matching;
#[cfg(test)]
mod tests;

use adyton_sdk::Error;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::Account,
    amounts::{self, Assets, cost},
    id::{AccountId, OrderId},
    store::{Store, decode},
};
pub use matching::place;

/// The most orders of a side of the book, and of an account.
pub const MAX_SIDE: u32 = 1000;
pub const MAX_OWN: u32 = 50;
/// The most orders that a new one meets. What is left of it then, and would meet more, goes back to its account.
pub const MAX_MET: usize = 100;
/// How many trades are kept.
pub const KEPT_TRADES: u64 = 100;

const MARKET: &[u8] = b"market";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Buy,
    Sell,
}

/// An order as its account asks for it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    pub side: Side,
    /// The most that is paid, or the least that is taken, for one unit.
    pub price: u64,
    pub quantity: u64,
}

/// An order in the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub account: AccountId,
    pub side: Side,
    pub price: u64,
    /// What is left of it.
    pub quantity: u64,
    pub time_ms: u64,
}

/// What came of a new order.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// Its name, as long as it is in the book.
    pub order: Option<OrderId>,
    pub fills: Vec<Fill>,
    /// What of it is in the book now.
    pub resting: u64,
    /// What went back because the order met too many others.
    pub returned: u64,
    /// The account's own orders that it met. They are cancelled: nobody trades with oneself.
    pub cancelled: Vec<OrderId>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Fill {
    pub price: u64,
    pub quantity: u64,
}

/// What everyone sees of a trade.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    pub price: u64,
    pub quantity: u64,
    pub time_ms: u64,
}

/// The best price of each side, and nothing else of the book.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Best {
    pub buy: Option<u64>,
    pub sell: Option<u64>,
}

/// What is counted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Market {
    /// Of each asset, what was deposited and not paid out.
    pub supply: Assets,
    orders: u64,
    trades: u64,
    buying: u32,
    selling: u32,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Buy => b"order/buy/",
            Self::Sell => b"order/sell/",
        }
    }

    /// The `number`th of all orders behind those of a better price, and behind the earlier ones of the same.
    fn key(self, price: u64, number: u64) -> Vec<u8> {
        let rank = match self {
            Self::Buy => u64::MAX - price,
            Self::Sell => price,
        };
        [self.prefix(), &rank.to_be_bytes(), &number.to_be_bytes()].concat()
    }

    fn held(self, price: u64, quantity: u64) -> Result<Assets, Error> {
        Ok(match self {
            Self::Buy => Assets { base: 0, quote: cost(price, quantity)? },
            Self::Sell => Assets { base: quantity, quote: 0 },
        })
    }
}

impl Wanted {
    fn check(self) -> Result<(), Error> {
        amounts::check(self.price, "price")?;
        amounts::check(self.quantity, "quantity")?;
        cost(self.price, self.quantity).map(drop)
    }

    /// Whether it trades with an order of the other side at this price.
    fn meets(self, price: u64) -> bool {
        match self.side {
            Side::Buy => price <= self.price,
            Side::Sell => price >= self.price,
        }
    }
}

impl Order {
    /// What its account cannot use meanwhile.
    pub fn held(&self) -> Result<Assets, Error> {
        self.side.held(self.price, self.quantity)
    }
}

impl Market {
    pub fn load(store: &impl Store) -> Result<Self, Error> {
        Ok(store.read(MARKET)?.unwrap_or_default())
    }

    pub fn save(&self, store: &mut impl Store) -> Result<(), Error> {
        store.write(MARKET, self)
    }

    fn side(&mut self, side: Side) -> &mut u32 {
        match side {
            Side::Buy => &mut self.buying,
            Side::Sell => &mut self.selling,
        }
    }

    fn next_order(&mut self) -> Result<u64, Error> {
        self.orders = self.orders.checked_add(1).ok_or_else(|| Error::Limit("no more orders".into()))?;
        Ok(self.orders)
    }

    fn record(&mut self, store: &mut impl Store, trade: &Trade) -> Result<(), Error> {
        self.trades = self.trades.checked_add(1).ok_or_else(|| Error::Limit("no more trades".into()))?;
        if let Some(old) = self.trades.checked_sub(KEPT_TRADES) {
            store.delete(&trade_key(old))?;
        }
        store.write(&trade_key(self.trades), trade)
    }
}

/// Takes an order out of the book, and frees what it holds. `Error::NotFound` if the account has none of this name,
/// whoever else has.
pub fn cancel(store: &mut impl Store, account: &AccountId, id: &OrderId) -> Result<Order, Error> {
    let key = store.get(&own_key(account, id))?.ok_or(Error::NotFound)?;
    let order: Order = store.read(&key)?.ok_or_else(lost)?;
    let mut market = Market::load(store)?;
    let mut owner = Account::load(store, account)?;
    owner.free = owner.free.plus(order.held()?)?;
    remove(store, &mut market, &mut owner, &key, &order)?;
    owner.save(store, account)?;
    market.save(store)?;
    Ok(order)
}

/// The account's orders, by their names.
pub fn own_orders(store: &impl Store, account: &AccountId) -> Result<Vec<Order>, Error> {
    let keys = store.scan(&own_prefix(account), None, MAX_OWN)?;
    keys.iter().map(|(_, key)| store.read(key)?.ok_or_else(lost)).collect()
}

/// The last trades, newest first.
pub fn last_trades(store: &impl Store) -> Result<Vec<Trade>, Error> {
    store.scan(b"trade/", None, KEPT_TRADES as u32)?.iter().map(|(_, value)| decode(value)).collect()
}

pub fn best(store: &impl Store) -> Result<Best, Error> {
    let price = |side: Side| match store.scan(side.prefix(), None, 1)?.first() {
        Some((_, value)) => decode::<Order>(value).map(|order| Some(order.price)),
        None => Ok(None),
    };
    Ok(Best { buy: price(Side::Buy)?, sell: price(Side::Sell)? })
}

/// Forgets an order; what it holds is the caller's to give to somebody.
fn remove(
    store: &mut impl Store,
    market: &mut Market,
    owner: &mut Account,
    key: &[u8],
    order: &Order,
) -> Result<(), Error> {
    store.delete(key)?;
    store.delete(&own_key(&order.account, &order.id))?;
    let count = market.side(order.side);
    *count = count.checked_sub(1).ok_or_else(lost)?;
    owner.orders = owner.orders.checked_sub(1).ok_or_else(lost)?;
    Ok(())
}

fn lost() -> Error {
    Error::Other("the book contradicts itself".into())
}

fn own_prefix(account: &AccountId) -> Vec<u8> {
    [b"own/", account.bytes().as_slice()].concat()
}

fn own_key(account: &AccountId, id: &OrderId) -> Vec<u8> {
    [b"own/", account.bytes().as_slice(), id.bytes()].concat()
}

fn trade_key(number: u64) -> Vec<u8> {
    [b"trade/", (u64::MAX - number).to_be_bytes().as_slice()].concat()
}
