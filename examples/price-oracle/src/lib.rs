//! A price oracle: asks several sources, takes the median, keeps a history, signs the result and reports it
//! to the chain.
//!
//! - `POST /update` asks the sources now and answers with the new price
//! - `GET /price` answers with the newest price
//! - `GET /price/evm` answers with the same one, signed for contracts on EVM chains
//! - `GET /history?limit=N` answers with the newest N prices (at most 100), newest first

mod evm;
mod price;
mod sources;

use adyton_sdk::{Error, Request, Response, Service, chain, env, export, kv, log};
use price::{Price, SignedPrice};

/// Prices under this prefix, the newest first.
const HISTORY: &[u8] = b"history/";
/// The most prices of one answer.
const MAX_HISTORY: u32 = 100;

struct PriceOracle;

impl Service for PriceOracle {
    fn handle(request: Request) -> Result<Response, Error> {
        log::panics();
        match (request.method.as_str(), request.route()) {
            ("POST", "/update") => Response::json(&update()?),
            ("GET", "/price") => match history(1)?.first() {
                Some(newest) => Response::json(newest),
                None => Ok(no_price()),
            },
            ("GET", "/price/evm") => match history(1)?.pop() {
                Some(newest) => Response::json(&evm::sign(newest.price)?),
                None => Ok(no_price()),
            },
            ("GET", "/history") => {
                let limit = request.query("limit").map_or(Ok(10), str::parse);
                let limit = limit.map_err(|_| Error::Invalid("limit is not a number".into()))?;
                Response::json(&history(limit)?)
            }
            _ => Ok(Response::not_found()),
        }
    }
}

/// Asks, signs, remembers, reports. If one of them fails, none has happened.
fn update() -> Result<SignedPrice, Error> {
    let pair = setting("pair")?;
    let quotes = sources::ask(&setting("sources")?, quorum()?)?;
    let signed = Price::median(pair, quotes, env::now_ms())?.sign()?;
    kv::set_json(&key(signed.price.time_ms), &signed)?;
    chain::remark(&signed.report())?;
    log::info(&format!("{} is {} by {} sources", signed.price.pair, signed.price.value, signed.price.sources));
    Ok(signed)
}

fn no_price() -> Response {
    Response::text("there is no price yet: POST /update\n").with_status(404)
}

fn history(limit: u32) -> Result<Vec<SignedPrice>, Error> {
    let page = kv::scan(HISTORY, None, limit.clamp(1, MAX_HISTORY))?;
    page.entries.iter().map(|entry| Ok(adyton_sdk::serde_json::from_slice(&entry.value)?)).collect()
}

/// Keys count down from the end of time, so that a scan meets the newest first.
fn key(time_ms: u64) -> Vec<u8> {
    [HISTORY, &(u64::MAX - time_ms).to_be_bytes()].concat()
}

fn quorum() -> Result<usize, Error> {
    setting("quorum")?.parse().map_err(|_| Error::Invalid("the setting quorum is not a number".into()))
}

fn setting(name: &str) -> Result<String, Error> {
    env::setting(name).ok_or_else(|| Error::Invalid(format!("the manifest has no setting {name}")))
}

export!(PriceOracle);
