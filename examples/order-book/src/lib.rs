//! A private order book: accounts trade one asset (`base`) for another (`quote`) by limit orders that nobody else sees.
//!
//! - `POST /deposits`, `GET /payouts` and `POST /payouts` are the market owner's
//! - `GET /account` and `POST /withdrawals` are about the caller's own balance
//! - `POST /orders`, `GET /orders` and `DELETE /orders/ID` are about the caller's own orders
//! - `GET /trades` answers everyone with the last trades, and `GET /best` with the best prices if the manifest says so
//!
//! What must always hold: what all accounts have free, held by orders and asked back together is what was deposited
//! and not paid out. It refuses whoever asks about, or cancels, another account's orders as if there were none.

mod accounts;
mod amounts;
mod book;
mod id;
mod store;

use accounts::Movement;
use adyton_sdk::{
    Error, Request, Response, Service,
    env::{self, Principal},
    export,
};
use book::Wanted;
use id::{AccountId, OrderId};
use store::ContractStore;

struct OrderBook;

impl Service for OrderBook {
    fn handle(request: Request) -> Result<Response, Error> {
        let store = &mut ContractStore;
        match (request.method.as_str(), request.route()) {
            ("POST", "/deposits") => {
                let (account, movement) = owners(&request)?;
                accounts::deposit(store, &account, movement)?;
                Ok(Response::status(204))
            }
            ("POST", "/payouts") => {
                let (account, movement) = owners(&request)?;
                accounts::pay_out(store, &account, movement)?;
                Ok(Response::status(204))
            }
            ("GET", "/payouts") => {
                owner_only()?;
                let after = request.query("after").map(str::parse::<AccountId>).transpose()?;
                Response::json(&accounts::asked_back(store, after.as_ref())?)
            }
            ("GET", "/account") => Response::json(&accounts::shown(store, &caller()?)?),
            ("POST", "/withdrawals") => {
                let account = caller()?;
                accounts::withdraw(store, &account, request.json()?)?;
                Response::json(&accounts::shown(store, &account)?)
            }
            ("POST", "/orders") => place(store, &request),
            ("GET", "/orders") => Response::json(&book::own_orders(store, &caller()?)?),
            ("DELETE", path) => match path.strip_prefix("/orders/") {
                Some(id) => Response::json(&book::cancel(store, &caller()?, &id.parse()?)?),
                None => Ok(Response::not_found()),
            },
            ("GET", "/trades") => Response::json(&book::last_trades(store)?),
            ("GET", "/best") if setting("best_prices")? == "yes" => Response::json(&book::best(store)?),
            _ => Ok(Response::not_found()),
        }
    }
}

/// Places the order in the body. Its name is the request's identifier: the worker answers a repetition of the request
/// from memory, and the book has no two orders of one account with one name.
fn place(store: &mut ContractStore, request: &Request) -> Result<Response, Error> {
    let wanted: Wanted = request.json()?;
    let context = env::context();
    let id: Result<[u8; 16], _> = context.request_id.try_into();
    let id = OrderId::new(id.map_err(|_| Error::Other("a request identifier of another length".into()))?);
    let placed = book::place(store, &caller()?, id, wanted, context.now_ms)?;
    Ok(Response::json(&placed)?.with_status(201))
}

/// The account that signed the call.
fn caller() -> Result<AccountId, Error> {
    let Principal::Account(account) = env::caller() else {
        return Err(Error::Denied("sign the call with an account: adyton call --from".into()));
    };
    let account: Result<[u8; 32], _> = account.try_into();
    Ok(AccountId::new(account.map_err(|_| Error::Other("an account of another length".into()))?))
}

fn owner_only() -> Result<(), Error> {
    if caller()? != setting("market_owner")?.parse()? {
        return Err(Error::Denied("only the market's owner may do this".into()));
    }
    Ok(())
}

/// What the market's owner books, and for whom.
fn owners(request: &Request) -> Result<(AccountId, Movement), Error> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Booking {
        account: AccountId,
        asset: amounts::Asset,
        amount: u64,
    }
    owner_only()?;
    let Booking { account, asset, amount } = request.json()?;
    Ok((account, Movement { asset, amount }))
}

fn setting(name: &str) -> Result<String, Error> {
    env::setting(name).ok_or_else(|| Error::Invalid(format!("the manifest has no setting {name}")))
}

export!(OrderBook);
