//! The book against its invariant, and against a simpler book that does the same.

use std::collections::BTreeMap;

use super::*;
use crate::{
    accounts::{self, Movement, Shown},
    amounts::{Asset, MAX_AMOUNT},
    store::Entry,
};

#[derive(Default, Clone, PartialEq, Debug)]
struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(key).cloned())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.0.insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), Error> {
        self.0.remove(key);
        Ok(())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: u32) -> Result<Vec<Entry>, Error> {
        let behind = |key: &Vec<u8>| after.is_none_or(|after| key.as_slice() > after);
        let under = self.0.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        let under = under.filter(|(key, _)| behind(key));
        Ok(under.take(limit as usize).map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

/// A market whose calls change nothing if they fail, as the worker has it.
#[derive(Default)]
struct World {
    store: Memory,
    calls: u128,
}

impl World {
    /// One with accounts 1 to `accounts`, and as much of each asset for each of them.
    fn rich(accounts: u8, each: u64) -> Self {
        let mut world = Self::default();
        for number in 1..=accounts {
            for asset in [Asset::Base, Asset::Quote] {
                world
                    .call(|store, _| accounts::deposit(store, &account(number), Movement { asset, amount: each }))
                    .unwrap();
            }
        }
        world
    }

    fn call<T>(&mut self, act: impl FnOnce(&mut Memory, OrderId) -> Result<T, Error>) -> Result<T, Error> {
        let before = self.store.clone();
        self.calls += 1;
        let done = act(&mut self.store, OrderId::new(self.calls.to_be_bytes()));
        if done.is_err() {
            self.store = before;
        }
        done
    }

    fn place(&mut self, number: u8, side: Side, price: u64, quantity: u64) -> Result<Placed, Error> {
        self.call(|store, id| place(store, &account(number), id, Wanted { side, price, quantity }, 7))
    }

    fn of(&self, number: u8) -> Shown {
        accounts::shown(&self.store, &account(number)).unwrap()
    }

    /// No order and no balance has appeared or vanished.
    fn check(&self) {
        let market = Market::load(&self.store).unwrap();
        let (mut sum, mut orders) = (Assets::default(), BTreeMap::new());
        for side in [Side::Buy, Side::Sell] {
            let found = self.store.scan(side.prefix(), None, u32::MAX).unwrap();
            assert_eq!(found.len(), if side == Side::Buy { market.buying } else { market.selling } as usize);
            for (key, value) in found {
                let order: Order = decode(&value).unwrap();
                assert!(order.quantity > 0 && order.side == side);
                assert_eq!(self.store.get(&own_key(&order.account, &order.id)).unwrap(), Some(key));
                sum = sum.plus(order.held().unwrap()).unwrap();
                *orders.entry(order.account).or_insert(0) += 1;
            }
        }
        assert_eq!(self.store.scan(b"own/", None, u32::MAX).unwrap().len() as u32, orders.values().sum::<u32>());
        for (key, value) in self.store.scan(b"account/", None, u32::MAX).unwrap() {
            let id = AccountId::new(key["account/".len()..].try_into().unwrap());
            let known: Account = decode(&value).unwrap();
            assert_eq!(known.orders, orders.remove(&id).unwrap_or(0));
            sum = sum.plus(known.free).unwrap();
        }
        assert!(orders.is_empty());
        for (_, value) in self.store.scan(b"owed/", None, u32::MAX).unwrap() {
            sum = sum.plus(decode(&value).unwrap()).unwrap();
        }
        assert_eq!(sum, market.supply);
        let Best { buy, sell } = best(&self.store).unwrap();
        assert!(buy.zip(sell).is_none_or(|(buy, sell)| buy < sell), "orders that meet rest in the book");
    }
}

fn account(number: u8) -> AccountId {
    AccountId::new([number; 32])
}

/// A sequence of numbers that looks random (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        for (left, shift) in [(true, 13), (false, 7), (true, 17)] {
            self.0 ^= if left { self.0 << shift } else { self.0 >> shift };
        }
        self.0 % end
    }
}

/// The same book as a list: each new order looks through all of it.
#[derive(Default)]
struct Plain(Vec<(OrderId, u8, Wanted)>);

impl Plain {
    fn place(&mut self, id: OrderId, number: u8, mut wanted: Wanted) -> Vec<Fill> {
        let mut fills = Vec::new();
        loop {
            let others =
                self.0.iter().enumerate().filter(|(_, (_, _, o))| o.side != wanted.side && wanted.meets(o.price));
            // The first of those with the best price, which is the earliest.
            let worse = |price: u64| if wanted.side == Side::Buy { price } else { u64::MAX - price };
            let Some(at) = others.min_by_key(|(_, (_, _, o))| worse(o.price)).map(|(at, _)| at) else { break };
            if wanted.quantity == 0 {
                return fills;
            }
            if self.0[at].1 == number {
                self.0.remove(at);
                continue;
            }
            let quantity = wanted.quantity.min(self.0[at].2.quantity);
            fills.push(Fill { price: self.0[at].2.price, quantity });
            wanted.quantity -= quantity;
            self.0[at].2.quantity -= quantity;
            if self.0[at].2.quantity == 0 {
                self.0.remove(at);
            }
        }
        if wanted.quantity > 0 {
            self.0.push((id, number, wanted));
        }
        fills
    }
}

#[test]
fn whatever_is_called_nothing_appears_or_vanishes_and_orders_meet_by_price_and_time() {
    for seed in 1..=4 {
        let (mut numbers, mut plain) = (Numbers(0x9e37_79b9_7f4a_7c15 ^ seed), Plain::default());
        let mut world = World::rich(5, 2_000);
        let mut refused = 0;
        for _ in 0..300 {
            let number = numbers.below(6) as u8 + 1;
            let movement = Movement {
                asset: if numbers.below(2) == 0 { Asset::Base } else { Asset::Quote },
                amount: numbers.below(300),
            };
            let done = match numbers.below(10) {
                0 => world.call(|store, _| accounts::withdraw(store, &account(number), movement)),
                1 => world.call(|store, _| accounts::pay_out(store, &account(number), movement)),
                2 if !plain.0.is_empty() => {
                    let (id, owner, _) = plain.0[numbers.below(plain.0.len() as u64) as usize];
                    let done = world.call(|store, _| cancel(store, &account(number), &id)).map(drop);
                    assert_eq!(done.is_ok(), owner == number);
                    plain.0.retain(|(other, ..)| owner != number || *other != id);
                    done
                }
                _ => {
                    let side = if numbers.below(2) == 0 { Side::Buy } else { Side::Sell };
                    let wanted = Wanted { side, price: numbers.below(20), quantity: numbers.below(30) };
                    let placed = world.place(number, side, wanted.price, wanted.quantity);
                    placed.map(|placed| {
                        let id = OrderId::new(world.calls.to_be_bytes());
                        assert_eq!(placed.fills, plain.place(id, number, wanted));
                    })
                }
            };
            refused += u32::from(done.is_err());
            world.check();
            let resting: u64 = plain.0.iter().map(|(_, _, wanted)| wanted.quantity).sum();
            let held = (1..=6).flat_map(|number| own_orders(&world.store, &account(number)).unwrap());
            assert_eq!(held.map(|order| order.quantity).sum::<u64>(), resting);
        }
        assert!(refused > 10 && !last_trades(&world.store).unwrap().is_empty(), "both outcomes have to occur");
    }
}

#[test]
fn a_trade_has_the_price_of_the_order_that_was_there_and_the_rest_goes_on() {
    let mut world = World::rich(2, 1_000);
    world.place(1, Side::Sell, 10, 5).unwrap();
    let placed = world.place(2, Side::Buy, 12, 8).unwrap();
    assert_eq!((placed.fills, placed.resting), (vec![Fill { price: 10, quantity: 5 }], 3));
    assert_eq!(world.of(1).free, Assets { base: 995, quote: 1_050 });
    assert_eq!(world.of(2).free, Assets { base: 1_005, quote: 1_000 - 50 - 36 });
    assert_eq!(world.of(2).held, Assets { base: 0, quote: 36 });
    assert_eq!(last_trades(&world.store).unwrap(), [Trade { price: 10, quantity: 5, time_ms: 7 }]);
    world.check();
}

#[test]
fn nobody_trades_with_oneself() {
    let mut world = World::rich(1, 1_000);
    let own = world.place(1, Side::Sell, 10, 5).unwrap().order.unwrap();
    let placed = world.place(1, Side::Buy, 10, 5).unwrap();
    assert_eq!((placed.fills, placed.cancelled, placed.resting), (vec![], vec![own], 5));
    assert!(last_trades(&world.store).unwrap().is_empty());
    world.check();
}

#[test]
fn an_order_is_cancelled_by_its_own_account_alone_and_once() {
    let mut world = World::rich(2, 1_000);
    let id = world.place(1, Side::Buy, 10, 5).unwrap().order.unwrap();
    let mut cancelled =
        |number| world.call(|store, _| cancel(store, &account(number), &id)).map(|order| order.quantity);
    assert_eq!(cancelled(2), Err(Error::NotFound));
    assert_eq!(cancelled(1), Ok(5));
    assert_eq!(cancelled(1), Err(Error::NotFound));
    assert_eq!(world.of(1).free, Assets { base: 1_000, quote: 1_000 });
    world.check();
}

#[test]
fn an_account_has_one_order_of_a_name_and_others_may_have_the_same() {
    let mut world = World::rich(2, 1_000);
    let (id, wanted) = (OrderId::new([9; 16]), Wanted { side: Side::Buy, price: 1, quantity: 1 });
    let mut placed = |number| world.call(|store, _| place(store, &account(number), id, wanted, 0)).map(drop);
    assert_eq!(placed(1), Ok(()));
    assert_eq!(placed(1), Err(Error::Conflict));
    assert_eq!(placed(2), Ok(()));
}

#[test]
fn an_order_that_the_account_cannot_pay_is_refused() {
    let mut world = World::rich(1, 100);
    assert!(matches!(world.place(1, Side::Buy, 101, 1), Err(Error::Denied(_))));
    assert!(matches!(world.place(1, Side::Sell, 1, 101), Err(Error::Denied(_))));
    world.place(1, Side::Buy, 60, 1).unwrap();
    assert!(matches!(world.place(1, Side::Buy, 41, 1), Err(Error::Denied(_))));
    assert!(matches!(world.place(2, Side::Buy, 1, 1), Err(Error::Denied(_))));
}

#[test]
fn amounts_that_are_no_amounts_are_refused() {
    let mut world = World::rich(1, MAX_AMOUNT);
    for (price, quantity) in [(0, 1), (1, 0), (MAX_AMOUNT + 1, 1), (1, u64::MAX)] {
        assert!(matches!(world.place(1, Side::Sell, price, quantity), Err(Error::Invalid(_))), "{price} {quantity}");
    }
    for (price, quantity) in [(MAX_AMOUNT, 2), (1 << 40, 1 << 40)] {
        assert!(matches!(world.place(1, Side::Sell, price, quantity), Err(Error::Limit(_))), "{price} {quantity}");
    }
    for (amount, refused) in [(0, true), (MAX_AMOUNT + 1, true)] {
        let movement = Movement { asset: Asset::Base, amount };
        let done = world.call(|store, _| accounts::withdraw(store, &account(1), movement));
        assert_eq!(matches!(done, Err(Error::Invalid(_))), refused, "{amount}");
    }
}

#[test]
fn all_deposits_together_stay_below_the_largest_amount() {
    let mut world = World::rich(1, MAX_AMOUNT);
    let one = Movement { asset: Asset::Base, amount: 1 };
    assert!(matches!(world.call(|store, _| accounts::deposit(store, &account(2), one)), Err(Error::Limit(_))));
    world.check();
}

#[test]
fn what_is_asked_back_leaves_the_market_when_it_is_paid_out_and_not_twice() {
    let mut world = World::rich(1, 100);
    let movement = |amount| Movement { asset: Asset::Quote, amount };
    let mut book = |act: fn(&mut Memory, &AccountId, Movement) -> Result<(), Error>, amount| {
        world.call(|store, _| act(store, &account(1), movement(amount)))
    };
    assert!(matches!(book(accounts::pay_out, 1), Err(Error::Denied(_))));
    assert_eq!(book(accounts::withdraw, 60), Ok(()));
    assert!(matches!(book(accounts::withdraw, 41), Err(Error::Denied(_))));
    assert_eq!(book(accounts::pay_out, 60), Ok(()));
    assert!(matches!(book(accounts::pay_out, 60), Err(Error::Denied(_))));
    assert_eq!(world.of(1), Shown { free: Assets { base: 100, quote: 40 }, ..Shown::default() });
    world.check();
}

#[test]
fn an_account_and_a_side_have_room_for_so_many_orders_and_no_more() {
    let mut world = World::rich(21, 10_000);
    for number in 1..=20 {
        for order in 0..MAX_OWN {
            let (id, wanted) = (OrderId::new([order as u8; 16]), Wanted { side: Side::Sell, price: 10, quantity: 1 });
            place(&mut world.store, &account(number), id, wanted, 7).unwrap();
        }
        assert!(matches!(world.place(number, Side::Buy, 1, 1), Err(Error::Limit(_))));
    }
    assert!(matches!(world.place(21, Side::Sell, 10, 1), Err(Error::Limit(_))));
    // The other side has room, and an order that rests no more needs none.
    world.place(21, Side::Buy, 1, 1).unwrap();
    assert_eq!(world.place(21, Side::Buy, 10, 1).unwrap().fills.len(), 1);
    world.check();
}

#[test]
fn an_order_meets_so_many_others_and_the_rest_of_it_goes_back() {
    let mut world = World::rich(4, 10_000);
    for number in [1, 2, 3] {
        for _ in 0..40 {
            world.place(number, Side::Sell, 10, 1).unwrap();
        }
    }
    let placed = world.place(4, Side::Buy, 11, 110).unwrap();
    assert_eq!((placed.fills.len(), placed.resting, placed.returned), (MAX_MET, 0, 10));
    assert_eq!(world.of(4).free, Assets { base: 10_100, quote: 9_000 });
    assert_eq!(last_trades(&world.store).unwrap().len(), KEPT_TRADES as usize);
    world.check();
    assert_eq!(world.place(4, Side::Buy, 10, 1).unwrap().fills.len(), 1);
    assert_eq!(last_trades(&world.store).unwrap().len(), KEPT_TRADES as usize);
}
