//! Asking the sources.

use adyton_sdk::{
    Error,
    http::{self, Request, Response},
    log,
    number::parse_decimal,
};
use serde::Deserialize;

use crate::price::DECIMALS;

/// What a source answers.
#[derive(Deserialize)]
struct Quote {
    price: String,
}

/// The prices of at least `quorum` of the sources, asked at once. A source that fails is left out.
pub fn ask(urls: &str, quorum: usize) -> Result<Vec<u64>, Error> {
    let urls: Vec<&str> = urls.split_whitespace().collect();
    let requests: Vec<Request> = urls.iter().map(|url| Request::get(url).timeout_ms(3_000)).collect();
    let mut quotes = Vec::new();
    for (url, answer) in urls.iter().zip(http::send_all(&requests)) {
        match answer.and_then(read) {
            Ok(price) => quotes.push(price),
            Err(error) => log::warn(&format!("{url}: {error}")),
        }
    }
    if quotes.len() < quorum.max(1) {
        return Err(Error::Unavailable(format!(
            "{} of {} sources answered; {quorum} are needed",
            quotes.len(),
            urls.len()
        )));
    }
    Ok(quotes)
}

fn read(answer: Response) -> Result<u64, Error> {
    let quote: Quote = answer.success()?.json()?;
    match parse_decimal(&quote.price, DECIMALS)? {
        0 => Err(Error::Invalid("a price of zero".into())),
        price => Ok(price),
    }
}
