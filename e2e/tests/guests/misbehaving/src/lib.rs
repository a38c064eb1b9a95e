//! `GET /count`, `POST /increment` and `POST /ask` behave. Every other path first writes a count that is wrong, and
//! then misbehaves: whatever comes of it, that count must never be seen.

use adyton_sdk::{Error, Request, Response, Service, export, http, kv};

const COUNT: &[u8] = b"count";

struct Misbehaving;

impl Service for Misbehaving {
    fn handle(request: Request) -> Result<Response, Error> {
        let count = kv::get_json::<u64>(COUNT)?.unwrap_or(0);
        match request.route() {
            "/count" => return Response::json(&count),
            "/increment" => {
                kv::set_json(COUNT, &(count + 1))?;
                return Response::json(&(count + 1));
            }
            "/ask" => return ask(&text(request)),
            _ => kv::set_json(COUNT, &1_000_000)?,
        }
        match request.route() {
            "/loop" => loop {
                std::hint::black_box(count);
            },
            "/allocate" => allocate(),
            "/trap" => panic!("on purpose"),
            "/write" => write(),
            "/ask-after-writing" => ask(&text(request)),
            "/follow" => follow(&text(request)),
            _ => Ok(Response::not_found()),
        }
    }
}

fn text(request: Request) -> String {
    String::from_utf8_lossy(&request.body).into_owned()
}

fn allocate() -> Result<Response, Error> {
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 1 << 20]);
        std::hint::black_box(&all);
    }
}

fn write() -> Result<Response, Error> {
    for number in 0_u32.. {
        kv::set(&number.to_be_bytes(), &[1; 1024])?;
    }
    Ok(Response::status(204))
}

/// Asks, and answers with what came back.
fn ask(url: &str) -> Result<Response, Error> {
    let answer = http::Request::get(url).send()?;
    Ok(Response::text(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))))
}

/// Asks, and asks again where a redirect leads.
fn follow(url: &str) -> Result<Response, Error> {
    let answer = http::Request::get(url).send()?;
    let next = answer.header("location").ok_or_else(|| Error::Invalid("no redirect".into()))?;
    ask(next)
}

export!(Misbehaving);
