//! A counter that remembers: `GET /count` and `POST /increment`.

use adyton_sdk::{Error, Request, Response, Service, export, kv};

const COUNT: &[u8] = b"count";

struct Counter;

impl Service for Counter {
    fn handle(request: Request) -> Result<Response, Error> {
        match (request.method.as_str(), request.route()) {
            ("GET", "/count") => Response::json(&count()?),
            ("POST", "/increment") => {
                // Read and write are one transaction: the call's writes are committed together, or not at all.
                let next = count()? + 1;
                kv::set_json(COUNT, &next)?;
                Response::json(&next)
            }
            _ => Ok(Response::not_found()),
        }
    }
}

fn count() -> Result<u64, Error> {
    Ok(kv::get_json(COUNT)?.unwrap_or(0))
}

export!(Counter);
