//! One path per capability; answers say what the host said.

use std::io::{BufRead as _, BufReader, Write as _};

use adyton_sdk::{
    Error, Field, Request, Response, Service,
    bindings::phat::contract::{contracts as raw, http as raw_http, reply as raw_reply},
    chain, contracts,
    crypto::{self, Scheme},
    env, export, http,
    kv::{self, EndingEntry, Entry, Operation, Page, Replacement},
    log, objects, random, reply, schedule, secrets,
    serde_json::{self, Value, json},
    sql,
};

struct Probe;

impl Service for Probe {
    fn handle(request: Request) -> Result<Response, Error> {
        let key = request.query("key").unwrap_or_default().as_bytes();
        match request.route() {
            "/echo" => Ok(echo(request)),
            "/context" => Response::json(&context()),
            "/get" => Response::json(&kv::get(key)?.map(text)),
            "/set" => kv::set(key, &request.body).map(done),
            "/get-many" => get_many(&request),
            "/set-until" => kv::set_until(key, &request.body, number(&request, "until").unwrap_or(0)).map(done),
            "/delete" => kv::delete(key).map(done),
            "/swap" => {
                let expected = request.query("expected").map(str::as_bytes);
                kv::swap(key, expected, &request.body).map(done)
            }
            "/set-and-fail" => {
                kv::set(key, &request.body)?;
                Err(Error::Other("on purpose".into()))
            }
            "/write" => kv::write(&operations(&request)?).map(done),
            "/write-and-go-on" => {
                kv::set(key, b"kept")?;
                Response::json(&format!("{:?}", kv::write(&operations(&request)?)))
            }
            "/scan" => {
                let after = request.query("after").map(str::as_bytes);
                page(kv::scan(prefix(&request), after, limit(&request))?)
            }
            "/scan-back" => {
                let before = request.query("before").map(str::as_bytes);
                page(kv::scan_back(prefix(&request), before, limit(&request))?)
            }
            "/fetch" => Response::json(&fetch(&request)),
            "/fetch-with-secret" => {
                let url = text(request.body);
                let request = http::Request::get(&url).secret_header("authorization", "Bearer ", "token");
                Response::json(&[said(request.send())])
            }
            "/stream" => Response::json(&streamed(&request)),
            "/streams" => Response::json(&streams(&request)),
            "/reply" => replied(&request),
            "/relay" => relayed(&request),
            "/secret" => secrets::text(request.query("name").unwrap_or_default()).map(Response::text),
            "/secret-version" => Response::json(&secrets::version(request.query("name").unwrap_or_default())?),
            "/random" => Response::json(&random::array::<4>()?),
            "/seeded" => Response::json(&random::seeded(&request.body, length(&request))?),
            "/sign" => sign(&request),
            "/encryption-key" => Response::json(&crypto::encryption_key(name(&request))?),
            "/decrypt" => {
                let aad = request.query("aad").unwrap_or_default().as_bytes();
                let info = request.query("info").unwrap_or_default().as_bytes();
                crypto::decrypt(name(&request), info, aad, &request.body).map(text).map(Response::text)
            }
            "/derive" => Response::json(&crypto::derive(name(&request), &request.body, length(&request))?),
            "/at" => {
                let asked = schedule::post(request.query("path").unwrap_or("/ran"), &request.body);
                schedule::at(name(&request), number(&request, "due").unwrap_or(0), asked).map(done)
            }
            "/at-many" => {
                for each in 0..number(&request, "count").unwrap_or(0) {
                    schedule::at(&format!("n{each}"), each, schedule::post("/ran", b""))?;
                }
                Response::json(&schedule::entries().len())
            }
            "/at-and-fail" => {
                schedule::at("never", 0, schedule::post("/ran", b""))?;
                Err(Error::Other("on purpose".into()))
            }
            "/cron" => {
                let expression = String::from_utf8_lossy(&request.body);
                Response::json(&schedule::cron(name(&request), &expression, schedule::post("/ran", b""))?)
            }
            "/call" => Response::json(&called(&request)),
            "/call-short" => {
                let (method, path) = ("GET".into(), "/".into());
                let asked = raw::Request { method, path, headers: Vec::new(), body: Vec::new() };
                Response::json(&format!("{:?}", raw::call(&[1, 2, 3], &asked, None)))
            }
            "/call-many" => {
                for _ in 0..number(&request, "count").unwrap_or(0) {
                    contracts::Request::get("/").call(&other(&request))?;
                }
                Ok(done(()))
            }
            "/cancel" => schedule::cancel(name(&request)).map(done),
            "/entries" => Response::json(&entries()),
            "/ran" => {
                let run = schedule::run(&request).ok_or_else(|| Error::Denied("only the schedule may".into()))?;
                kv::set(run.name.as_bytes(), &request.body)?;
                log::info(&format!("{} was due at {}, for {:?}", run.name, run.due_ms, env::caller()));
                Ok(done(()))
            }
            "/block" => {
                let block = chain::block();
                Response::json(&json!({"number": block.number, "hash": block.hash, "time": block.time_ms}))
            }
            "/storage" => storage(&request),
            "/storage-twice" => {
                let first = chain::storage(&[key, b"other"])?;
                let again = chain::storage(&[key, key])?;
                Response::json(&(first == [again[0].clone(), None] && again[0] == again[1]))
            }
            "/report" => {
                chain::report(&request.body)?;
                Response::json(&format!("{:?}", chain::report(b"again")))
            }
            "/query" => Response::json(&queried(&request)?),
            "/batch" => {
                let done = sql::batch(&statements(&request)?)?;
                Response::json(&done.iter().map(|done| done.changes).collect::<Vec<_>>())
            }
            "/batch-and-go-on" => {
                kv::set(key, b"kept")?;
                Response::json(&format!("{:?}", sql::batch(&statements(&request)?)))
            }
            "/batch-and-set" => {
                sql::batch(&statements(&request)?)?;
                kv::set(key, b"set")?;
                match request.query("then") {
                    Some("fail") => Err(Error::Other("on purpose".into())),
                    Some("panic") => panic!("the guest's own bug"),
                    _ => Ok(done(())),
                }
            }
            "/objects" => {
                kv::set(b"objects", b"tried")?;
                let said: Vec<Value> =
                    steps(&request)?.iter().map(|step| object(step).unwrap_or_else(failed)).collect();
                match request.query("then") {
                    Some("fail") => Err(Error::Other("on purpose".into())),
                    _ => Response::json(&said),
                }
            }
            "/panic" => {
                log::panics();
                panic!("the guest's own bug");
            }
            _ => Ok(Response::not_found()),
        }
    }
}

fn echo(request: Request) -> Response {
    let mut response = Response::status(201);
    response.headers = request.headers;
    response.body = request.body;
    response
}

fn context() -> Value {
    let context = env::context();
    json!({
        "network": context.network[0], "contract": context.contract[0], "code": context.code[0],
        "lease": context.lease.map(|lease| [lease.number, lease.incarnation]),
        "request": context.request_id[0], "caller": format!("{:?}", context.caller), "time": context.now_ms,
        "block": context.block, "greeting": env::setting("greeting"), "missing": env::setting("missing"),
        "fuel": env::gas_left(),
    })
}

fn entries() -> Vec<Value> {
    let all = schedule::entries().into_iter();
    all.map(|entry| json!({"name": entry.name, "due": entry.due_ms, "cron": entry.cron})).collect()
}

/// What comes of calling the contract whose identifier's bytes are all `id`.
fn called(request: &Request) -> String {
    let asked = contracts::Request::post(request.query("path").unwrap_or("/"), &request.body[..]);
    let asked = match number(request, "fuel") {
        Some(fuel) => asked.fuel_limit(fuel),
        None => asked,
    };
    match asked.call(&other(request)) {
        Ok(response) => {
            let fields: Vec<_> =
                response.headers.iter().map(|field| format!("{}={}", field.name, field.value)).collect();
            format!("{} {} {}", response.status, fields.join(" "), text(response.body))
        }
        Err(refusal) => format!("{refusal:?}"),
    }
}

fn other(request: &Request) -> [u8; 32] {
    [number(request, "id").unwrap_or(0) as u8; 32]
}

fn number(request: &Request, name: &str) -> Option<u64> {
    request.query(name).and_then(|text| text.parse().ok())
}

fn prefix(request: &Request) -> &[u8] {
    request.query("prefix").unwrap_or_default().as_bytes()
}

fn limit(request: &Request) -> u32 {
    number(request, "limit").and_then(|limit| limit.try_into().ok()).unwrap_or(10)
}

/// A list of keys.
fn get_many(request: &Request) -> Result<Response, Error> {
    let keys: Vec<String> = serde_json::from_slice(&request.body)?;
    let values: Vec<_> = kv::get_many(&keys)?.into_iter().map(|value| value.map(text)).collect();
    match request.query("only") {
        Some(_) => Response::json(&values.len()),
        None => Response::json(&values),
    }
}

/// Lengths of the values, or the values, of a list of keys of the chain's state.
fn storage(request: &Request) -> Result<Response, Error> {
    let keys: Vec<String> = serde_json::from_slice(&request.body)?;
    let values = chain::storage(&keys)?.into_iter();
    match request.query("only") {
        Some(_) => Response::json(&values.map(|value| value.map(|value| value.len())).collect::<Vec<_>>()),
        None => Response::json(&values.map(|value| value.map(text)).collect::<Vec<_>>()),
    }
}

/// A list of objects, each with the key under the name of the operation.
fn operations(request: &Request) -> Result<Vec<Operation>, Error> {
    let all: Vec<Value> = serde_json::from_slice(&request.body)?;
    let bytes = |one: &Value, name: &str| one[name].as_str().map(|text| text.as_bytes().to_vec());
    let operation = |one: &Value| {
        let value = bytes(one, "value").unwrap_or_default();
        if let Some(key) = bytes(one, "delete") {
            Operation::Delete(key)
        } else if let Some(key) = bytes(one, "swap") {
            Operation::Swap(Replacement { key, expected: bytes(one, "expected"), value })
        } else {
            let key = bytes(one, "set").unwrap_or_default();
            match one["until"].as_u64() {
                Some(ends_ms) => Operation::SetUntil(EndingEntry { key, value, ends_ms }),
                None => Operation::Set(Entry { key, value }),
            }
        }
    };
    Ok(all.iter().map(operation).collect())
}

/// A list of statements, each a list of its text and its parameters.
fn statements(request: &Request) -> Result<Vec<sql::Statement>, Error> {
    let all: Vec<Vec<Value>> = serde_json::from_slice(&request.body)?;
    let parameter = |value: &Value| match value {
        Value::Null => sql::Value::Null,
        Value::Number(number) => number.as_i64().map_or_else(|| number.as_f64().into(), sql::Value::Integer),
        Value::String(text) => sql::Value::Text(text.clone()),
        other => sql::Value::Blob(other.to_string().into_bytes()),
    };
    let statement = |one: &Vec<Value>| {
        let text = one.first().and_then(Value::as_str).unwrap_or_default();
        sql::Statement::new(text, one.iter().skip(1).map(parameter).collect::<Vec<_>>())
    };
    Ok(all.iter().map(statement).collect())
}

/// Columns and rows of the first of the statements.
fn queried(request: &Request) -> Result<Value, Error> {
    let statements = statements(request)?;
    let Some(sql::Statement { text, parameters }) = statements.first() else { return Ok(Value::Null) };
    let rows = sql::query(text, parameters)?;
    let value = |value: &sql::Value| match value {
        sql::Value::Null => Value::Null,
        sql::Value::Integer(number) => json!(number),
        sql::Value::Real(number) => json!(number),
        sql::Value::Text(text) => json!(text),
        sql::Value::Blob(bytes) => json!(bytes),
    };
    let values: Vec<Vec<Value>> = rows.rows.iter().map(|row| row.iter().map(value).collect()).collect();
    Ok(json!({"columns": rows.columns, "rows": values}))
}

/// A list of steps, each a list of a function's name and its arguments.
fn steps(request: &Request) -> Result<Vec<Vec<Value>>, Error> {
    Ok(serde_json::from_slice(&request.body)?)
}

/// One of them. A content is a letter and how often it comes; of what is read, the length and the first letter are told.
fn object(step: &[Value]) -> Result<Value, Error> {
    let text = |at: usize| step.get(at).and_then(Value::as_str).unwrap_or_default();
    let number = |at: usize| step.get(at).and_then(Value::as_u64).unwrap_or(0);
    let some = |at: usize| step.get(at).and_then(Value::as_str);
    let info = |info: objects::Info| json!([info.handle, info.name, info.content_type, info.size, info.at_ms]);
    match text(0) {
        "create" => Ok(json!(objects::create(text(1), some(2))?)),
        "append" => Ok(json!(objects::append(number(1), text(2).repeat(number(3) as usize).as_bytes())?)),
        "finish" => Ok(json!(objects::finish(number(1))?)),
        "put" => Ok(json!(objects::write(text(1), None, text(2).repeat(number(3) as usize).as_bytes())?)),
        "discard" => Ok(json!(objects::discard(number(1))?)),
        "remove" => Ok(json!(objects::remove(text(1))?)),
        "stat" => Ok(json!(objects::stat(text(1))?.map(info))),
        "read" => {
            let content = objects::read(text(1), number(2), number(3) as u32)?;
            Ok(json!([content.len(), content.first().map(|byte| char::from(*byte))]))
        }
        "whole" => {
            let mut reader = objects::open(text(1))?;
            let mut lengths = Vec::new();
            while let Some(piece) = reader.next_piece()? {
                lengths.push(piece.len());
            }
            Ok(json!(lengths))
        }
        "finished" => {
            let found = objects::finished(text(1), some(2), number(3) as u32)?;
            Ok(found.into_iter().map(info).collect())
        }
        _ => {
            let after = step.get(1).and_then(Value::as_u64);
            Ok(objects::unfinished(after, number(2) as u32)?.into_iter().map(info).collect())
        }
    }
}

fn failed(error: Error) -> Value {
    json!(format!("{error:?}"))
}

fn page(page: Page) -> Result<Response, Error> {
    let entries: Vec<_> = page.entries.into_iter().map(|entry| (text(entry.key), text(entry.value))).collect();
    Response::json(&json!({"entries": entries, "next": page.next.map(text)}))
}

/// One URL per line of the request.
fn fetch(request: &Request) -> Vec<Value> {
    let urls = text(request.body.clone());
    let mut requests: Vec<_> = urls.lines().map(http::Request::get).collect();
    if let Some(timeout) = request.query("timeout").and_then(|text| text.parse().ok()) {
        requests = requests.into_iter().map(|request| request.timeout_ms(timeout)).collect();
    }
    match requests.as_slice() {
        [one] => vec![said(one.send())],
        several => http::send_all(several).into_iter().map(said).collect(),
    }
}

/// An answer that is read as it comes: `reads` pieces of it at most, each of at most `max` bytes.
fn streamed(request: &Request) -> Value {
    let reads = number(request, "reads").unwrap_or(u64::MAX) as usize;
    let most = number(request, "max").unwrap_or(1000) as u32;
    let mut asked = http::Request::get(&text(request.body.clone()));
    if let Some(timeout) = number(request, "timeout") {
        asked = asked.timeout_ms(timeout as u32);
    }
    let mut stream = match asked.open() {
        Ok(stream) => stream,
        Err(error) => return failed(error),
    };
    let (mut pieces, mut end) = (Vec::new(), json!("more"));
    while pieces.len() < reads {
        match stream.read_some(most) {
            Ok(Some(piece)) => pieces.push(text(piece)),
            Ok(None) => {
                end = Value::Null;
                break;
            }
            Err(error) => {
                end = failed(error);
                break;
            }
        }
    }
    if request.query("then") == Some("spin") {
        loop {
            std::hint::black_box(0);
        }
    }
    let kind = stream.header("content-type").map(str::to_owned);
    json!({"status": stream.status, "kind": kind, "peer": stream.tls_peer_sha256, "pieces": pieces, "end": end})
}

/// What each of the steps comes to: `open` of the URL, `read` of a handle up to so many bytes, `close` of a handle.
fn streams(request: &Request) -> Vec<Value> {
    let steps = steps(request).unwrap_or_default();
    let number = |step: &[Value], at: usize| step.get(at).and_then(Value::as_u64).unwrap_or(0) as u32;
    let done = |step: &Vec<Value>| match step.first().and_then(Value::as_str).unwrap_or_default() {
        "open" => {
            let url = step.get(1).and_then(Value::as_str).unwrap_or_default();
            raw_http::open(&http::Request::get(url)).map_or_else(failed, |head| json!(head.handle))
        }
        "read" => {
            let read = raw_http::read(number(step, 1), number(step, 2));
            read.map_or_else(failed, |piece| json!(piece.map(text)))
        }
        _ => json!(raw_http::close(number(step, 1))),
    };
    steps.iter().map(done).collect()
}

/// Begins and writes as the steps say, and ends with what they came to, under the status of the query.
fn replied(request: &Request) -> Result<Response, Error> {
    let mut said = Vec::new();
    for step in steps(request)? {
        let texts = |at: usize| step.get(at).and_then(Value::as_str).unwrap_or_default();
        let done = match texts(0) {
            "begin" => {
                let status = step.get(1).and_then(Value::as_u64).unwrap_or(0);
                let names: Vec<String> = step.iter().skip(2).filter_map(Value::as_str).map(str::to_owned).collect();
                let field = |name: &String| Field { name: name.clone(), value: "x".into() };
                raw_reply::begin(status as u16, &names.iter().map(field).collect::<Vec<_>>())
            }
            "set" => kv::set(b"reply", texts(1).as_bytes()),
            _ => raw_reply::write(texts(1).as_bytes()),
        };
        said.push(done.map_or_else(|error| format!("{error:?}"), |()| "ok".into()));
    }
    match request.query("then") {
        Some("fail") => return Err(Error::Other("on purpose".into())),
        Some("panic") => panic!("the guest's own bug"),
        Some("spin") => loop {
            std::hint::black_box(0);
        },
        _ => {}
    }
    let mut response = Response::status(number(request, "status").unwrap_or(200) as u16);
    if request.query("header").is_some() {
        response = response.with_header("x-late", "x");
    }
    response.body = said.join("; ").into_bytes();
    Ok(response)
}

/// Gives on what comes, line by line, as it comes.
fn relayed(request: &Request) -> Result<Response, Error> {
    let lines = BufReader::new(http::Request::get(&text(request.body.clone())).open()?.success()?);
    let mut reply = reply::begin(Response::text("begun\n"))?;
    for line in lines.lines() {
        let line = line.map_err(|error| Error::Other(error.to_string()))?;
        reply.write(format!("> {line}\n"))?;
    }
    reply.write_all(b"ended").map_err(|error| Error::Other(error.to_string()))?;
    Ok(reply.end())
}

fn said(answer: Result<http::Response, Error>) -> Value {
    match answer {
        Ok(answer) => {
            let headers: Vec<_> =
                answer.headers.iter().map(|field| format!("{}: {}", field.name, field.value)).collect();
            json!({"status": answer.status, "body": text(answer.body), "headers": headers, "peer": answer.tls_peer_sha256})
        }
        Err(error) => json!({"error": format!("{error:?}")}),
    }
}

fn sign(request: &Request) -> Result<Response, Error> {
    let scheme = match request.query("scheme") {
        Some("secp256k1") => Scheme::Secp256k1,
        Some("p256") => Scheme::P256,
        Some("sr25519") => Scheme::Sr25519,
        _ => Scheme::Ed25519,
    };
    let name = name(request);
    let (public, signature) = (crypto::public_key(scheme, name)?, crypto::sign(scheme, name, &request.body)?);
    let verified = crypto::verify(scheme, &public, &request.body, &signature);
    Response::json(&json!({"public": public, "signature": signature, "verified": verified}))
}

fn name(request: &Request) -> &str {
    request.query("name").unwrap_or_default()
}

fn length(request: &Request) -> u32 {
    request.query("length").and_then(|text| text.parse().ok()).unwrap_or(8)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn done(_: ()) -> Response {
    Response::status(204)
}

export!(Probe);
