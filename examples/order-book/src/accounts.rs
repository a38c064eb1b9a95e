//! Balances: what an account has free, what its orders hold, and what it has asked back.
//!
//! Keys: `account/ACCOUNT` has what is free, `owed/ACCOUNT` what is asked back and not paid out yet.

use adyton_sdk::Error;
use serde::{Deserialize, Serialize};

use crate::{
    amounts::{self, Asset, Assets},
    book::{self, Market},
    id::AccountId,
    store::{Store, decode},
};

const OWED: &[u8] = b"owed/";
/// The most accounts of one page.
const PAGE: u32 = 100;

/// What is kept of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it may put into orders or ask back.
    pub free: Assets,
    /// How many orders it has in the book.
    pub orders: u32,
}

/// An amount that comes or goes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    pub asset: Asset,
    pub amount: u64,
}

/// An account as it sees itself.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    pub free: Assets,
    /// By its orders.
    pub held: Assets,
    /// Asked back, and not paid out yet.
    pub owed: Assets,
}

/// What the market's owner has to pay out.
#[derive(Debug, Serialize)]
pub struct AskedBack {
    account: AccountId,
    #[serde(flatten)]
    owed: Assets,
}

impl Account {
    pub fn load(store: &impl Store, id: &AccountId) -> Result<Self, Error> {
        Ok(store.read(&account_key(id))?.unwrap_or_default())
    }

    pub fn save(&self, store: &mut impl Store, id: &AccountId) -> Result<(), Error> {
        store.write(&account_key(id), self)
    }
}

impl Movement {
    fn assets(self) -> Result<Assets, Error> {
        amounts::check(self.amount, "amount")?;
        Ok(Assets::of(self.asset, self.amount))
    }
}

/// Credits an account with what it has brought to the market's owner.
pub fn deposit(store: &mut impl Store, id: &AccountId, movement: Movement) -> Result<(), Error> {
    let more = movement.assets()?;
    let mut market = Market::load(store)?;
    let mut account = Account::load(store, id)?;
    market.supply = market.supply.plus(more)?;
    account.free = account.free.plus(more)?;
    account.save(store, id)?;
    market.save(store)
}

/// Asks back what is free. It is `owed` until the market's owner pays it out.
pub fn withdraw(store: &mut impl Store, id: &AccountId, movement: Movement) -> Result<(), Error> {
    let back = movement.assets()?;
    let mut account = Account::load(store, id)?;
    account.free = account.free.minus(back).ok_or_else(not_enough)?;
    let owed = owed(store, id)?.plus(back)?;
    account.save(store, id)?;
    store.write(&owed_key(id), &owed)
}

/// Books that an account got what it had asked back.
pub fn pay_out(store: &mut impl Store, id: &AccountId, movement: Movement) -> Result<(), Error> {
    let paid = movement.assets()?;
    let more_than_owed = || Error::Denied("this account has not asked for as much".into());
    let mut market = Market::load(store)?;
    let owed = owed(store, id)?.minus(paid).ok_or_else(more_than_owed)?;
    market.supply = market.supply.minus(paid).ok_or_else(more_than_owed)?;
    match owed == Assets::default() {
        true => store.delete(&owed_key(id))?,
        false => store.write(&owed_key(id), &owed)?,
    }
    market.save(store)
}

/// Up to 100 accounts to pay out, behind `after`.
pub fn asked_back(store: &impl Store, after: Option<&AccountId>) -> Result<Vec<AskedBack>, Error> {
    let page = store.scan(OWED, after.map(owed_key).as_deref(), PAGE)?;
    let read = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let account = key.get(OWED.len()..).and_then(|id| id.try_into().ok());
        let account = account.ok_or_else(|| Error::Other("a stored key cannot be read".into()))?;
        Ok(AskedBack { account: AccountId::new(account), owed: decode(value)? })
    };
    page.iter().map(read).collect()
}

pub fn shown(store: &impl Store, id: &AccountId) -> Result<Shown, Error> {
    let mut held = Assets::default();
    for order in book::own_orders(store, id)? {
        held = held.plus(order.held()?)?;
    }
    Ok(Shown { free: Account::load(store, id)?.free, held, owed: owed(store, id)? })
}

pub fn not_enough() -> Error {
    Error::Denied("the account has not as much free".into())
}

fn owed(store: &impl Store, id: &AccountId) -> Result<Assets, Error> {
    Ok(store.read(&owed_key(id))?.unwrap_or_default())
}

fn account_key(id: &AccountId) -> Vec<u8> {
    [b"account/", id.bytes().as_slice()].concat()
}

fn owed_key(id: &AccountId) -> Vec<u8> {
    [OWED, id.bytes()].concat()
}
