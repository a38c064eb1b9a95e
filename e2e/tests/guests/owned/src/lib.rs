//! `GET /count` and `POST /increment` keep a count and write a line for each step. `GET /secret` shows the secret called
//! `word` to whoever asks, as no contract with something to keep would.

use adyton_sdk::{Error, Request, Response, Service, export, kv, log, secrets};

const COUNT: &[u8] = b"count";

struct Owned;

impl Service for Owned {
    fn handle(request: Request) -> Result<Response, Error> {
        match (request.method.as_str(), request.route()) {
            ("GET", "/count") => Response::json(&count()?),
            ("POST", "/increment") => {
                let next = count()? + 1;
                kv::set_json(COUNT, &next)?;
                log::info(&format!("the count is {next}"));
                Response::json(&next)
            }
            ("GET", "/secret") => Ok(Response::text(secrets::text("word")?)),
            _ => Ok(Response::not_found()),
        }
    }
}

fn count() -> Result<u64, Error> {
    Ok(kv::get_json(COUNT)?.unwrap_or(0))
}

export!(Owned);
