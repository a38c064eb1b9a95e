//! One path per capability; answers say what the host said.

use adyton_sdk::{
    Error, Request, Response, Service, chain,
    crypto::{self, Scheme},
    env, export, http, kv, log, random, secrets,
    serde_json::{Value, json},
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
            "/delete" => kv::delete(key).map(done),
            "/swap" => {
                let expected = request.query("expected").map(str::as_bytes);
                kv::swap(key, expected, &request.body).map(done)
            }
            "/set-and-fail" => {
                kv::set(key, &request.body)?;
                Err(Error::Other("on purpose".into()))
            }
            "/scan" => scan(&request),
            "/fetch" => Response::json(&fetch(&request)),
            "/fetch-with-secret" => {
                let url = text(request.body);
                let request = http::Request::get(&url).secret_header("authorization", "Bearer ", "token");
                Response::json(&[said(request.send())])
            }
            "/secret" => secrets::text(request.query("name").unwrap_or_default()).map(Response::text),
            "/random" => Response::json(&random::array::<4>()?),
            "/sign" => sign(&request),
            "/report" => {
                chain::report(&request.body)?;
                Response::json(&format!("{:?}", chain::report(b"again")))
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

fn scan(request: &Request) -> Result<Response, Error> {
    let number = |name| request.query(name).and_then(|text| text.parse().ok());
    let after = request.query("after").map(str::as_bytes);
    let page = kv::scan(request.query("prefix").unwrap_or_default().as_bytes(), after, number("limit").unwrap_or(10))?;
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
    let scheme = if request.query("scheme") == Some("secp256k1") { Scheme::Secp256k1 } else { Scheme::Ed25519 };
    let name = request.query("name").unwrap_or_default();
    let (public, signature) = (crypto::public_key(scheme, name)?, crypto::sign(scheme, name, &request.body)?);
    let verified = crypto::verify(scheme, &public, &request.body, &signature);
    Response::json(&json!({"public": public, "signature": signature, "verified": verified}))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn done(_: ()) -> Response {
    Response::status(204)
}

export!(Probe);
