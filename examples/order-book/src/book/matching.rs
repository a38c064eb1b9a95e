//! A new order meets those of the other side: the best price first, at the price of the order that was there, and of
//! equal prices the earlier order. What is left of it rests in the book.

use adyton_sdk::Error;

use super::{Fill, MAX_MET, MAX_OWN, MAX_SIDE, Market, Order, Placed, Side, Trade, Wanted, lost, own_key, remove};
use crate::{
    accounts::{Account, not_enough},
    amounts::{Assets, cost},
    id::{AccountId, OrderId},
    store::{Store, decode},
};

/// A new order on its way through the book.
struct Taker<'a, S> {
    store: &'a mut S,
    market: Market,
    id: &'a AccountId,
    account: Account,
    wanted: Wanted,
    left: u64,
    now_ms: u64,
    placed: Placed,
}

/// Places an order. `Error::Denied` if the account has not as much free as the order may cost, `Error::Conflict` if it
/// has an order of this name in the book, and `Error::Limit` if the book or the account has room for no more.
pub fn place(
    store: &mut impl Store,
    id: &AccountId,
    order: OrderId,
    wanted: Wanted,
    now_ms: u64,
) -> Result<Placed, Error> {
    wanted.check()?;
    if store.get(&own_key(id, &order))?.is_some() {
        return Err(Error::Conflict);
    }
    let mut account = Account::load(store, id)?;
    account.free = account.free.minus(wanted.side.held(wanted.price, wanted.quantity)?).ok_or_else(not_enough)?;
    let (market, placed) = (Market::load(store)?, Placed::default());
    let mut taker = Taker { store, market, id, account, wanted, left: wanted.quantity, now_ms, placed };
    taker.meet()?;
    if taker.left > 0 {
        taker.rest(order)?;
    }
    taker.account.save(taker.store, id)?;
    taker.market.save(taker.store)?;
    Ok(taker.placed)
}

impl<S: Store> Taker<'_, S> {
    fn meet(&mut self) -> Result<(), Error> {
        let others = self.store.scan(self.wanted.side.other().prefix(), None, MAX_MET as u32 + 1)?;
        for (met, (key, value)) in others.iter().enumerate() {
            let maker: Order = decode(value)?;
            if self.left == 0 || !self.wanted.meets(maker.price) {
                break;
            }
            if met == MAX_MET {
                self.give_back()?;
            } else if maker.account == *self.id {
                self.cancel(key, &maker)?;
            } else {
                self.trade(key, maker)?;
            }
        }
        Ok(())
    }

    fn trade(&mut self, key: &[u8], mut maker: Order) -> Result<(), Error> {
        let (price, quantity) = (maker.price, self.left.min(maker.quantity));
        let paid = cost(price, quantity)?;
        // The order held what it would have cost at its own price.
        let (taken, given) = match self.wanted.side {
            Side::Buy => {
                let saved = cost(self.wanted.price, quantity)?.checked_sub(paid).ok_or_else(lost)?;
                (Assets { base: quantity, quote: saved }, Assets { base: 0, quote: paid })
            }
            Side::Sell => (Assets { base: 0, quote: paid }, Assets { base: quantity, quote: 0 }),
        };
        let mut owner = Account::load(self.store, &maker.account)?;
        self.account.free = self.account.free.plus(taken)?;
        owner.free = owner.free.plus(given)?;
        self.left = self.left.checked_sub(quantity).ok_or_else(lost)?;
        maker.quantity = maker.quantity.checked_sub(quantity).ok_or_else(lost)?;
        if maker.quantity == 0 {
            remove(self.store, &mut self.market, &mut owner, key, &maker)?;
        } else {
            self.store.write(key, &maker)?;
        }
        owner.save(self.store, &maker.account)?;
        self.placed.fills.push(Fill { price, quantity });
        self.market.record(self.store, &Trade { price, quantity, time_ms: self.now_ms })
    }

    /// Cancels an order of the same account.
    fn cancel(&mut self, key: &[u8], own: &Order) -> Result<(), Error> {
        self.account.free = self.account.free.plus(own.held()?)?;
        self.placed.cancelled.push(own.id);
        remove(self.store, &mut self.market, &mut self.account, key, own)
    }

    fn give_back(&mut self) -> Result<(), Error> {
        self.account.free = self.account.free.plus(self.wanted.side.held(self.wanted.price, self.left)?)?;
        self.placed.returned = std::mem::take(&mut self.left);
        Ok(())
    }

    fn rest(&mut self, id: OrderId) -> Result<(), Error> {
        let Wanted { side, price, .. } = self.wanted;
        let in_book = self.market.side(side);
        if *in_book >= MAX_SIDE {
            return Err(Error::Limit(format!("a side of the book has at most {MAX_SIDE} orders")));
        }
        if self.account.orders >= MAX_OWN {
            return Err(Error::Limit(format!("an account has at most {MAX_OWN} orders")));
        }
        *in_book += 1;
        self.account.orders += 1;
        let key = side.key(price, self.market.next_order()?);
        let order = Order { id, account: *self.id, side, price, quantity: self.left, time_ms: self.now_ms };
        self.store.write(&key, &order)?;
        self.store.set(&own_key(self.id, &id), &key)?;
        self.placed.order = Some(id);
        self.placed.resting = self.left;
        Ok(())
    }
}
