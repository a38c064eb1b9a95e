//! The contract that is measured: it does one thing again and again, and says how much fuel that took. A new project with
//! another program, as a developer begins.

use std::{fs, path::Path};

use adyton_client::ContractId;
use adyton_e2e::Network;
use anyhow::{Context, Result};

use crate::network;

const PROGRAM: &str = r##"//! Does one thing again and again, and says how much fuel that took.

use std::hint::black_box;

use adyton_sdk::{
    Error, Request, Response, Service,
    chain,
    crypto::{self, Scheme},
    env, export, http, kv, log, objects, random, reply, schedule, sql,
};

/// Where the chain keeps the block's time: the hashes of `Timestamp` and `Now`.
const TIME: [u8; 32] = [
    0xf0, 0xc3, 0x65, 0xc3, 0xcf, 0x59, 0xd6, 0x71, 0xeb, 0x72, 0xda, 0x0e, 0x7a, 0x41, 0x13, 0xc4, 0x9f, 0x1f, 0x05,
    0x15, 0xf4, 0x62, 0xcd, 0xcf, 0x84, 0xe0, 0xf1, 0xd6, 0x04, 0x5d, 0xfc, 0xbb,
];

struct Prices;

type Work = Box<dyn FnMut(u64) -> Result<(), Error>>;

impl Service for Prices {
    fn handle(request: Request) -> Result<Response, Error> {
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let (times, bytes) = (number("times"), number("bytes"));
        match request.route() {
            "/prepare" => return prepare(bytes),
            "/stream" => return stream(times),
            _ => {}
        }
        let mut work = work(request.route(), bytes, number("port"))?;
        let before = env::gas_left();
        for each in 0..times {
            work(each)?;
        }
        Response::json(&before.saturating_sub(env::gas_left()))
    }
}

fn work(route: &str, bytes: u64, port: u64) -> Result<Work, Error> {
    let content = vec![7_u8; bytes as usize];
    let text = "x".repeat(bytes as usize);
    let work: Work = match route {
        "/plain" => Box::new(|each: u64| {
            black_box(compute(each));
            Ok(())
        }),
        "/kv-get" => Box::new(|_: u64| kv::get(b"key").map(|value| drop(black_box(value)))),
        "/kv-get-many" => {
            let keys: Vec<[u8; 9]> = (0..64).map(page).collect();
            Box::new(move |_: u64| kv::get_many(&keys).map(|values| drop(black_box(values))))
        }
        "/kv-scan" => Box::new(|_: u64| kv::scan(b"p", None, 64).map(|page| drop(black_box(page)))),
        "/kv-delete" => Box::new(|each: u64| kv::delete(&page(each % 64))),
        "/kv-swap" => Box::new(move |_: u64| kv::swap(b"key", Some(&content), &content)),
        "/kv-set" => Box::new(move |each: u64| kv::set(&(each % 64).to_le_bytes(), &content)),
        "/sql-query" => Box::new(|each: u64| {
            let rows = sql::query("select v from t where k = ?1", &[sql::Value::Integer((each % 64) as i64)]);
            rows.map(|rows| drop(black_box(rows))).map_err(failed)
        }),
        "/sql-execute" => Box::new(move |each: u64| {
            let values = [sql::Value::Integer((each % 64) as i64), sql::Value::Blob(content.clone())];
            sql::execute("insert or replace into t (k, v) values (?1, ?2)", &values).map(drop).map_err(failed)
        }),
        "/public-key" => Box::new(|_: u64| crypto::public_key(Scheme::Ed25519, "key").map(drop)),
        "/sign" => Box::new(move |_: u64| crypto::sign(Scheme::Ed25519, "key", &content).map(drop)),
        "/verify" => {
            let key = crypto::public_key(Scheme::Ed25519, "key")?;
            let signature = crypto::sign(Scheme::Ed25519, "key", &content)?;
            Box::new(move |_: u64| match crypto::verify(Scheme::Ed25519, &key, &content, &signature) {
                true => Ok(()),
                false => Err(Error::Other("the signature is not good".into())),
            })
        }
        "/encryption-key" => Box::new(|_: u64| crypto::encryption_key("key").map(drop)),
        "/context" => Box::new(|_: u64| {
            black_box(env::context());
            Ok(())
        }),
        "/chain" => Box::new(|_: u64| chain::value(&TIME).map(drop)),
        "/schedule" => Box::new(|each: u64| {
            schedule::at(&format!("entry-{}", each % 16), env::now_ms() + 3_600_000, schedule::post("/run", b""))
        }),
        "/object-write" => Box::new(move |_: u64| objects::write("object", None, &content)),
        "/object-read" => Box::new(move |_: u64| objects::read("object", 0, bytes as u32).map(drop)),
        "/object-stat" => Box::new(|_: u64| objects::stat("object").map(drop)),
        "/derive" => Box::new(|each: u64| crypto::derive("key", &each.to_le_bytes(), 32).map(drop)),
        "/seeded" => Box::new(move |each: u64| random::seeded(&each.to_le_bytes(), bytes as u32).map(drop)),
        "/random" => Box::new(move |_: u64| random::bytes(bytes as u32).map(drop)),
        "/log" => Box::new(move |_: u64| {
            log::info(&text);
            Ok(())
        }),
        "/http" => {
            let request = http::Request::get(&format!("http://127.0.0.1:{port}/"));
            Box::new(move |_: u64| request.open().map(drop))
        }
        _ => return Err(Error::Invalid("nothing of this name".into())),
    };
    Ok(work)
}

/// What the others read.
fn prepare(bytes: u64) -> Result<Response, Error> {
    kv::set(b"key", &vec![7_u8; bytes as usize])?;
    objects::write("object", None, &vec![7_u8; bytes as usize])?;
    for each in 0..64 {
        kv::set(&page(each), &[7; 16])?;
    }
    sql::execute("create table if not exists t (k integer primary key, v blob)", &[]).map_err(failed)?;
    for each in 0..64 {
        let values = [sql::Value::Integer(each), sql::Value::Blob(vec![7_u8; 16])];
        sql::execute("insert or replace into t (k, v) values (?1, ?2)", &values).map_err(failed)?;
    }
    Ok(Response::text("done"))
}

/// The key of one of those that are read together.
fn page(each: u64) -> [u8; 9] {
    let mut key = [b'p'; 9];
    key[1..].copy_from_slice(&each.to_be_bytes());
    key
}

/// A piece of an answer, work, and the answer's end.
fn stream(times: u64) -> Result<Response, Error> {
    let mut reply = reply::begin(Response::status(200))?;
    reply.write("the beginning")?;
    for each in 0..times {
        black_box(compute(each));
    }
    reply.write("and the end")?;
    Ok(reply.end())
}

/// About two thousand instructions.
fn compute(seed: u64) -> u64 {
    let mut x = black_box(seed) | 1;
    for _ in 0..200 {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    x
}

fn failed(failure: sql::Failure) -> Error {
    Error::Other(format!("{failure:?}"))
}

export!(Prices);
"##;

/// May do what is measured, and ask the server on this machine's own `port`.
fn manifest(port: u16) -> String {
    format!(
        r#"name = "prices"
grants = ["kv", "sql", "crypto", "random", "log", "http", "reply", "objects", "schedule", "chain"]
durability = "durable"
callers = "anyone"
public_calls = true

[limits]
fuel = 100_000_000_000
wall_ms = 60_000
log = 1_048_576
writes = 16_777_216
egress_requests = 256

[[egress]]
host = "127.0.0.1"
port = {port}
insecure_http = true
danger_allow_private = true
"#
    )
}

/// Builds and deploys it, below `folder`; it may ask a server on `port`.
pub fn deploy(network: &Network, folder: &Path, port: u16) -> Result<ContractId> {
    let parent = folder.join("projects");
    fs::create_dir_all(&parent).context("the projects' folder")?;
    network.json(&["new", "prices", "--lang", "rust", "--dir", &parent.to_string_lossy(), "--json"])?;
    let project = parent.join("prices");
    fs::write(project.join("src/lib.rs"), PROGRAM).context("the program")?;
    fs::write(project.join("adyton.toml"), manifest(port)).context("the manifest")?;
    network::deploy_project(network, &project)
}
