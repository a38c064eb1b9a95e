//! A contract with a lifecycle, which does in it what its state tells it to.

use adyton_sdk::{
    Error, Lifecycle, Request, Response, Service, export, export_lifecycle, kv,
    serde_json::{Value, json},
};

struct Guest;

impl Service for Guest {
    fn handle(_request: Request) -> Result<Response, Error> {
        Ok(Response::status(204))
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

/// Writes what was made, and then fails if it was told to.
fn made(what: &str, of: &Value) -> Result<(), Error> {
    kv::set_json(what.as_bytes(), of)?;
    match kv::get(b"mode")?.as_deref() {
        Some(b"no") => Err(Error::Other("not with this state".into())),
        Some(b"trap") => panic!("as it was told"),
        Some(b"spin") => loop {
            std::hint::black_box(0);
        },
        _ => Ok(()),
    }
}

export!(Guest);
export_lifecycle!(Guest);
