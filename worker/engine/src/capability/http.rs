//! `http`: outgoing requests under the manifest's rules.
//!
//! Each request is checked and counted here, one after the other, before any of them leaves; sending is
//! [`crate::egress`]'s, and reading an answer as it comes that of `streams.rs`. What left is in the call's [`Ledger`] even
//! if the call is cut off while it waits.

mod streams;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderName, HeaderValue, Method};
use wasmtime::{StoreContextMut, component::Linker};

pub(crate) use self::streams::{OpenAnswer, Streams};
use super::{interface, secrets::check_name};
use crate::{
    bindings::phat::contract::{
        http::{Request, Response},
        types::{Error, Field},
    },
    call::{CallState, charge, charge_bytes},
    costs,
    egress::{
        Answer, Bounds, Destination, Egress, EgressError, EgressRecord, Permit, Prepared, Recording, SecretField,
    },
    module::Contract,
};

/// The most requests of one `send-all`.
const MAX_AT_ONCE: usize = 16;
/// The most header fields of a request.
const MAX_FIELDS: usize = 64;
/// The most bytes of a request's header fields.
const MAX_FIELD_BYTES: usize = 16 * 1024;

type Sent = Result<Response, Error>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut http = linker.instance(&interface("http"))?;
    http.func_wrap_async("send", |mut store, (request,): (Request,)| {
        Box::new(async move {
            let mut sent = send(&mut store, vec![request]).await?;
            Ok((sent.pop().expect("one answer for one request"),))
        })
    })?;
    http.func_wrap_async("send-all", |mut store, (requests,): (Vec<Request>,)| {
        Box::new(async move {
            if requests.len() > MAX_AT_ONCE {
                charge_bytes(&mut store, costs::HTTP_SEND, 0).await?;
                let refusal = Error::Invalid(format!("{} requests at once; at most {MAX_AT_ONCE}", requests.len()));
                return Ok((vec![Err::<Response, Error>(refusal); requests.len()],));
            }
            Ok((send(&mut store, requests).await?,))
        })
    })?;
    streams::link(&mut http)
}

/// What a call has sent so far. Shared with requests under way, so that they are recorded whatever happens.
#[derive(Default, Clone)]
pub(crate) struct Ledger {
    entries: Arc<Mutex<Vec<Entry>>>,
}

#[derive(Default)]
struct Entry {
    record: Option<EgressRecord>,
    bytes: u64,
}

impl Ledger {
    /// How many requests were let through.
    pub(crate) fn requests(&self) -> u32 {
        self.lock().len() as u32
    }

    /// Bytes of content, both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.lock().iter().map(|entry| entry.bytes).sum()
    }

    /// The records, in the order of the requests.
    pub(crate) fn records(&self) -> Vec<EgressRecord> {
        self.lock().iter().filter_map(|entry| entry.record.clone()).collect()
    }

    /// Makes room for a request that is about to leave.
    pub(crate) fn open(&self, bytes: usize) -> Slot {
        let mut entries = self.lock();
        entries.push(Entry { record: None, bytes: bytes as u64 });
        Slot { ledger: self.clone(), index: entries.len() - 1 }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        // Nothing panics while it holds the lock; and a ledger that is missing an entry is worse than a poisoned one.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's place in the ledger.
#[derive(Clone)]
pub(crate) struct Slot {
    ledger: Ledger,
    index: usize,
}

impl Slot {
    pub(super) fn record(&self, record: EgressRecord) {
        self.ledger.lock()[self.index].record = Some(record);
    }

    /// What records in this place.
    fn recording(&self) -> Recording {
        let slot = self.clone();
        Box::new(move |record| slot.record(record))
    }

    /// Counts content of the request or its answer.
    pub(crate) fn count(&self, bytes: usize) {
        self.ledger.lock()[self.index].bytes += bytes as u64;
    }

    /// The bytes that were counted.
    pub(super) fn bytes(&self) -> usize {
        self.ledger.lock()[self.index].bytes as usize
    }
}

async fn send(store: &mut StoreContextMut<'_, CallState>, requests: Vec<Request>) -> wasmtime::Result<Vec<Sent>> {
    let mut prepared = Vec::with_capacity(requests.len());
    for request in requests {
        charge_bytes(store, costs::HTTP_SEND, size(&request)).await?;
        prepared.push(prepare(store.data_mut(), request).await?);
    }
    let call = store.data();
    let (contract, egress, now_ms) = (call.contract.clone(), call.egress.clone(), call.context.now_ms);
    let exchanges = prepared.into_iter().map(|ready| run(&contract, &egress, now_ms, ready));
    let answers = futures::future::join_all(exchanges).await;
    let received = answers.iter().flatten().map(answer_size).sum();
    charge(store, costs::HTTP_SEND.bytes(received)).await?;
    Ok(answers)
}

async fn run(contract: &Contract, egress: &Egress, now_ms: u64, ready: Result<Ready, Error>) -> Sent {
    exchange(contract, egress, now_ms, ready?).await.map(response).map_err(guest_error)
}

/// Carries out a request that was checked and is in the ledger.
async fn exchange(contract: &Contract, egress: &Egress, now_ms: u64, ready: Ready) -> Result<Answer, EgressError> {
    let (bounds, Ready { request, slot, .. }) = (ready.bounds(contract, now_ms), ready);
    let answer = egress.send(&contract.egress, request, bounds, slot.recording()).await?;
    slot.count(answer.body.len());
    Ok(answer)
}

/// A request that may leave, and its place in the ledger.
pub(crate) struct Ready {
    pub(crate) request: Prepared,
    /// For the whole exchange.
    pub(crate) time: Duration,
    pub(crate) slot: Slot,
}

impl Ready {
    fn bounds(&self, contract: &Contract, now_ms: u64) -> Bounds {
        Bounds { answer_bytes: contract.limits.egress_bytes.into(), time: self.time, now_ms }
    }
}

/// Checks a request and takes it into the ledger. The outer error ends the call.
async fn prepare(call: &mut CallState, request: Request) -> wasmtime::Result<Result<Ready, Error>> {
    let checked = match check(&call.contract, &call.ledger, &request) {
        Ok(checked) => checked,
        Err(error) => return Ok(Err(error)),
    };
    let mut secret_fields = Vec::with_capacity(request.secret_headers.len());
    for (name, field) in checked.secret_names.into_iter().zip(request.secret_headers) {
        let Some(secret) = call.host.secret(&field.secret).await? else {
            return Ok(Err(Error::NotFound));
        };
        let Some(field) = SecretField::new(name, field.prefix, field.secret, &secret.value) else {
            return Ok(Err(Error::Invalid("a secret has bytes that no header field may have".into())));
        };
        secret_fields.push(field);
    }
    let longest = call.limits().egress_ms;
    let time = Duration::from_millis(request.timeout_ms.map_or(longest, |wanted| wanted.min(longest)).into());
    let slot = call.ledger.open(request.body.len());
    let Checked { permit, method, fields, .. } = checked;
    Ok(Ok(Ready { request: Prepared { permit, method, fields, secret_fields, body: request.body }, time, slot }))
}

/// What is found out about a request before its secrets are read.
pub(crate) struct Checked {
    pub(crate) permit: Permit,
    pub(crate) method: Method,
    pub(crate) fields: Vec<(HeaderName, HeaderValue)>,
    secret_names: Vec<HeaderName>,
}

/// Whether a request may leave, as far as the manifest and its own form decide.
pub(crate) fn check(contract: &Contract, ledger: &Ledger, request: &Request) -> Result<Checked, Error> {
    let limits = &contract.limits;
    if ledger.requests() >= limits.egress_requests {
        return Err(Error::Limit(format!("this call may send {} requests", limits.egress_requests)));
    }
    if request.body.len() > limits.egress_bytes as usize {
        return Err(Error::Limit(format!("a request may have {} bytes of content", limits.egress_bytes)));
    }
    let method = method(&request.method)?;
    let destination = Destination::parse(&request.url).map_err(|error| Error::Invalid(error.to_string()))?;
    let name = destination.name();
    let encrypted = destination.encrypted();
    let permit = contract.egress.permit(destination);
    let permit = permit.ok_or_else(|| Error::Denied(format!("no egress rule of the manifest covers {name}")))?;
    check_field_sizes(request)?;
    if !encrypted && !request.secret_headers.is_empty() {
        return Err(Error::Denied("secret header fields go over HTTPS only".into()));
    }
    let fields = request.headers.iter().map(field).collect::<Result<_, _>>()?;
    let secret_name = |field: &crate::bindings::phat::contract::http::SecretField| {
        check_name(&field.secret)?;
        field_name(&field.name)
    };
    let secret_names = request.secret_headers.iter().map(secret_name).collect::<Result<_, _>>()?;
    Ok(Checked { permit, method, fields, secret_names })
}

fn check_field_sizes(request: &Request) -> Result<(), Error> {
    let count = request.headers.len() + request.secret_headers.len();
    if count > MAX_FIELDS || field_bytes(request) > MAX_FIELD_BYTES {
        return Err(Error::Invalid(format!("more than {MAX_FIELDS} header fields or {MAX_FIELD_BYTES} bytes of them")));
    }
    Ok(())
}

fn method(text: &str) -> Result<Method, Error> {
    match text {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => {
            Method::from_bytes(text.as_bytes()).map_err(|_| Error::Invalid("not a method".into()))
        }
        _other => Err(Error::Invalid("the method is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS".into())),
    }
}

fn field(field: &Field) -> Result<(HeaderName, HeaderValue), Error> {
    let name = field_name(&field.name)?;
    let value = latin1(&field.value).and_then(|bytes| HeaderValue::from_bytes(&bytes).ok());
    value
        .map(|value| (name.clone(), value))
        .ok_or_else(|| Error::Invalid(format!("the value of the field {name} is malformed")))
}

/// Fields that frame a message or belong to one connection (RFC 9110 §7.6.1, §6.6.2) are the worker's alone.
fn field_name(text: &str) -> Result<HeaderName, Error> {
    let name = HeaderName::from_bytes(text.as_bytes())
        .map_err(|_| Error::Invalid("the name of a field is malformed".into()))?;
    if is_connection_field(name.as_str()) || matches!(name.as_str(), "host" | "content-length" | "expect") {
        return Err(Error::Invalid(format!("the field {name} is the worker's")));
    }
    Ok(name)
}

/// Whether a field belongs to one connection and not to the message.
pub(crate) fn is_connection_field(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Text whose characters are bytes.
pub(crate) fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

fn response(answer: Answer) -> Response {
    let text = |value: Vec<u8>| value.into_iter().map(char::from).collect();
    Response {
        status: answer.status,
        headers: answer.fields.into_iter().map(|(name, value)| Field { name, value: text(value) }).collect(),
        body: answer.body,
        tls_peer_sha256: answer.certificate.map(|digest| digest.to_vec()),
    }
}

/// How the contract sees a failed exchange.
fn guest_error(error: EgressError) -> Error {
    let text = error.to_string();
    match error {
        EgressError::Address { .. } => Error::Denied(text),
        EgressError::TooLarge { .. } => Error::Limit(text),
        EgressError::Timeout => Error::Timeout,
        EgressError::Resolution { .. } | EgressError::Unavailable { .. } | EgressError::Certificate { .. } => {
            Error::Unavailable(text)
        }
    }
}

/// The bytes of a request that are paid for.
fn size(request: &Request) -> usize {
    request.url.len() + field_bytes(request) + request.body.len()
}

fn field_bytes(request: &Request) -> usize {
    let plain: usize = request.headers.iter().map(|field| field.name.len() + field.value.len()).sum();
    let secret: usize = request.secret_headers.iter().map(|f| f.name.len() + f.prefix.len() + f.secret.len()).sum();
    plain + secret
}

fn answer_size(answer: &Response) -> usize {
    let fields: usize = answer.headers.iter().map(|field| field.name.len() + field.value.len()).sum();
    fields + answer.body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_frame_the_message_are_refused() {
        for name in
            ["Host", "content-length", "Transfer-Encoding", "connection", "upgrade", "te", "expect", "bad name", ""]
        {
            assert!(matches!(field_name(name), Err(Error::Invalid(_))), "{name}");
        }
        assert_eq!(field_name("Accept").expect("a name"), http::header::ACCEPT);
    }

    #[test]
    fn a_value_that_would_start_another_field_is_refused() {
        for value in ["a\r\nhost: evil", "a\nb", "a\0b", "snow\u{2603}"] {
            assert!(field(&Field { name: "x".into(), value: value.into() }).is_err(), "{value:?}");
        }
        let (_, value) = field(&Field { name: "x".into(), value: "caf\u{e9}".into() }).expect("Latin-1");
        assert_eq!(value.as_bytes(), b"caf\xe9");
    }

    #[test]
    fn connect_trace_and_lower_case_methods_are_refused() {
        for text in ["CONNECT", "TRACE", "get", "GET ", ""] {
            assert!(method(text).is_err(), "{text}");
        }
    }
}
