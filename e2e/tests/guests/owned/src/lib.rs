//! `GET /count` and `POST /increment` keep a count and write a line for each step. `GET /secret` shows the secret called
//! `word` to whoever asks, as no contract with something to keep would. `POST /later?ms=N` schedules `/tick`, which nobody
//! else may ask for, N milliseconds from now; `GET /ticks` shows how often it ran. `GET /on-chain?keys=K,K` shows what stands
//! on the chain under storage keys, in hexadecimal digits, and as of which block. `POST /hook` is a webhook; `GET
//! /deliveries` shows how many there were, `GET /messages` what accounts sent on the chain, and who, and `GET /paid` what
//! became of the contract's account. `POST /tell`
//! counts too, and answers with the words it got, each on a line as soon as it has it; with `?fail` it fails after the last.

use adyton_sdk::{
    Error, Request, Response, Service, chain, env, export, kv, log, reply, schedule, secrets, serde_json::json,
};

const COUNT: &[u8] = b"count";
const TICKS: &[u8] = b"ticks";
const DELIVERIES: &[u8] = b"deliveries";
const MESSAGES: &[u8] = b"messages";
const PAID: &[u8] = b"paid";

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
            ("POST", "/tell") => tell(&request),
            ("GET", "/secret") => Ok(Response::text(secrets::text("word")?)),
            ("POST", "/later") => {
                let later = request.query("ms").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
                schedule::at("tick", env::now_ms() + later, schedule::post("/tick", b""))?;
                Response::json(&schedule::entries().len())
            }
            ("POST", "/tick") => {
                let run = schedule::run(&request).ok_or_else(|| Error::Denied("only the schedule may".into()))?;
                let ticks = ticks()? + 1;
                kv::set_json(TICKS, &ticks)?;
                log::info(&format!("tick {ticks} was due at {}", run.due_ms));
                Response::json(&ticks)
            }
            ("GET", "/ticks") => Response::json(&ticks()?),
            ("POST", "/hook") => {
                let hook = request.webhook().ok_or_else(|| Error::Denied("only a webhook may".into()))?;
                let next = kv::get_json::<u64>(DELIVERIES)?.unwrap_or(0) + 1;
                kv::set_json(DELIVERIES, &next)?;
                Response::json(&json!({ "hook": hook, "number": next }))
            }
            ("GET", "/deliveries") => Response::json(&kv::get_json::<u64>(DELIVERIES)?.unwrap_or(0)),
            ("POST", "/.adyton/message") => took(&request),
            ("GET", "/messages") => Response::json(&messages()?),
            ("PUT" | "DELETE", "/.adyton/watch") => changed(&request),
            ("GET", "/paid") => Response::json(&paid()?),
            ("GET", "/on-chain") => on_chain(request.query("keys").unwrap_or_default()),
            _ => Ok(Response::not_found()),
        }
    }
}

fn count() -> Result<u64, Error> {
    Ok(kv::get_json(COUNT)?.unwrap_or(0))
}

fn tell(request: &Request) -> Result<Response, Error> {
    let mut told = reply::begin(Response::text("told:\n"))?;
    kv::set_json(COUNT, &(count()? + 1))?;
    for word in String::from_utf8_lossy(&request.body).split_whitespace() {
        told.write(format!("{word}\n"))?;
    }
    if request.query("fail").is_some() { Err(Error::Invalid("as it was asked to".into())) } else { Ok(told.end()) }
}

fn messages() -> Result<Vec<String>, Error> {
    Ok(kv::get_json(MESSAGES)?.unwrap_or_default())
}

fn took(message: &Request) -> Result<Response, Error> {
    let number = message.chain_message().ok_or_else(|| Error::Denied("only the chain may".into()))?;
    let env::Principal::Account(sender) = env::caller() else { return Err(Error::Invalid("nobody sent it".into())) };
    let text = String::from_utf8_lossy(&message.body);
    let mut all = messages()?;
    all.push(format!("{number} {} {text}", digits(&sender)));
    kv::set_json(MESSAGES, &all)?;
    Ok(Response::status(204))
}

fn paid() -> Result<Vec<String>, Error> {
    Ok(kv::get_json(PAID)?.unwrap_or_default())
}

fn changed(change: &Request) -> Result<Response, Error> {
    let name = change.watch().ok_or_else(|| Error::Denied("only the chain may".into()))?;
    let block = change.header("adyton-watch-block").unwrap_or_default();
    if block != chain::block().number.to_string() {
        return Err(Error::Invalid("it acts on another block".into()));
    }
    let mut all = paid()?;
    all.push(format!("{name} {block} {}", digits(&change.body)));
    kv::set_json(PAID, &all)?;
    Ok(Response::status(204))
}

fn ticks() -> Result<u64, Error> {
    Ok(kv::get_json(TICKS)?.unwrap_or(0))
}

fn on_chain(keys: &str) -> Result<Response, Error> {
    let keys = keys.split(',').map(bytes).collect::<Result<Vec<_>, _>>()?;
    let (block, values) = (chain::block(), chain::storage(&keys)?);
    let values: Vec<_> = values.into_iter().map(|value| value.map(|value| digits(&value))).collect();
    let (number, hash, time) = (block.number, digits(&block.hash), block.time_ms);
    Response::json(&json!({ "number": number, "hash": hash, "time": time, "values": values }))
}

fn bytes(digits: &str) -> Result<Vec<u8>, Error> {
    let byte = |at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes.ok_or_else(|| Error::Invalid("not hexadecimal".into()))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

export!(Owned);
