//! A contract with a lifecycle, which does in it what its state tells it to; and an answer that depends on everything that
//! could be different when a call is run again.

use std::{collections::HashMap, hint::black_box};

use adyton_sdk::{
    Error, Lifecycle, Request, Response, Service, crypto, env, export, export_lifecycle, kv, random, reply,
    serde_json::{Value, json},
};

struct Guest;

impl Service for Guest {
    fn handle(request: Request) -> Result<Response, Error> {
        match request.path.as_str() {
            "/again" => again(&request.body),
            "/reply" => {
                let mut reply = reply::begin(Response::text("begun, "))?;
                reply.write(&request.body)?;
                Ok(reply.end())
            }
            "/mode" => {
                kv::set(b"mode", &request.body)?;
                Ok(Response::status(204))
            }
            _other => Ok(Response::status(204)),
        }
    }
}

impl Lifecycle for Guest {
    fn init() -> Result<(), Error> {
        made("init", &json!(true))
    }

    fn migrate(from_version: u32, from_code: Vec<u8>) -> Result<(), Error> {
        made("migrate", &json!({ "version": from_version, "code": from_code }))
    }
}

/// What could be another time: NaNs, the order of a hash map, what a scan finds, where memory is and how much, the time,
/// the lease, seeds, a signature with a nonce, the fuel that is left.
fn again(content: &[u8]) -> Result<Response, Error> {
    let (zero, signalling) = (black_box(0.0_f64), black_box(f64::from_bits(0x7ff4_0000_0000_1234)));
    let numbers = content.iter().map(|byte| f64::from(*byte));
    let nans: Vec<u64> = numbers
        .flat_map(|number| {
            [zero / zero, -(zero / zero), (number + 1.0) / zero * zero, signalling + number, (-number - 1.0).sqrt()]
        })
        .map(f64::to_bits)
        .collect();
    let single = (black_box(0.0_f32) / black_box(0.0_f32)).to_bits();
    let numbered: HashMap<_, _> = content.iter().enumerate().map(|(at, byte)| (format!("{at}-{byte}"), at)).collect();
    let order: Vec<usize> = numbered.into_values().collect();
    let page = kv::scan(b"entry/", None, 50)?;
    let found: Vec<_> = page.entries.iter().map(|entry| (entry.key.clone(), entry.value.len())).collect();
    let large = black_box(vec![7_u8; 5 << 20]);
    let memory = (core::arch::wasm32::memory_size::<0>(), large.as_ptr() as usize);
    kv::set(b"made", &order.len().to_le_bytes())?;
    let signature = crypto::sign(crypto::Scheme::Sr25519, "again", content)?;
    let context = env::context();
    Response::json(&json!({
        "nans": nans, "single": single, "order": order, "found": found, "memory": memory, "signature": signature,
        "seeded": random::seeded(content, 32)?, "now_ms": context.now_ms, "block": context.block,
        "lease": context.lease.map(|lease| lease.number), "left": env::gas_left(),
    }))
}

/// Writes what was made, and then fails if it was told to.
fn made(what: &str, of: &Value) -> Result<(), Error> {
    kv::set_json(what.as_bytes(), of)?;
    match kv::get(b"mode")?.as_deref() {
        Some(b"no") => Err(Error::Other("not with this state".into())),
        Some(b"trap") => panic!("as it was told"),
        Some(b"reply") => reply::begin(Response::status(200)).map(drop),
        Some(b"spin") => loop {
            std::hint::black_box(0);
        },
        _ => Ok(()),
    }
}

export!(Guest);
export_lifecycle!(Guest);
