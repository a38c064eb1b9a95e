//! What a guest reads, of `wasi:http/types`: the call's request, and answers to its own.

use bytes::Bytes;
use wasmtime::component::{Linker, Resource};

use super::{
    arrival::Arrival,
    bindings::wasi::http::types::{ErrorCode, Method, Scheme},
    fields::Fields,
    interface::{Interface, reply, reply_bytes},
    poll::{self, Wait},
    streams::InputStream,
};
use crate::{call::CallState, message::Request};

/// Who is asked, where the caller named nobody: a call reaches a contract by its identifier and not by a host. The name
/// is nobody's (RFC 2606 §2).
const AUTHORITY: &str = "contract.invalid";

type Taken<T> = Result<Resource<T>, ()>;
type Trailers = Option<Result<Result<Option<Resource<Fields>>, ErrorCode>, ()>>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut types = Interface::of(linker, "http/types")?;
    request(&mut types)?;
    response(&mut types)?;
    body(&mut types)
}

fn request(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    type This = (Resource<IncomingRequest>,);
    types.resource::<IncomingRequest>("incoming-request")?;
    types.func("[method]incoming-request.method", |call, (this,): This| {
        let text = &call.wasi.table.get(&this)?.method;
        reply_bytes(method(text), text.len())
    })?;
    types.func("[method]incoming-request.path-with-query", |call, (this,): This| {
        let path = call.wasi.table.get(&this)?.path.clone();
        let bytes = path.len();
        reply_bytes(Some(path), bytes)
    })?;
    types.func("[method]incoming-request.scheme", |call, (this,): This| {
        call.wasi.table.get(&this)?;
        reply(Some(Scheme::Https))
    })?;
    types.func("[method]incoming-request.authority", |call, (this,): This| {
        let authority = call.wasi.table.get(&this)?.authority();
        let bytes = authority.len();
        reply_bytes(Some(authority), bytes)
    })?;
    types.func("[method]incoming-request.headers", |call, (this,): This| {
        let fields = call.wasi.table.get(&this)?.fields.clone();
        reply(call.wasi.table.push(fields)?)
    })?;
    types.func("[method]incoming-request.consume", |call, (this,): This| {
        let body = call.wasi.table.get_mut(&this)?.body.take();
        reply(consume(call, body.map(InputStream::There))?)
    })
}

fn response(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    type This = (Resource<IncomingResponse>,);
    types.resource::<IncomingResponse>("incoming-response")?;
    types.func("[method]incoming-response.status", |call, (this,): This| reply(call.wasi.table.get(&this)?.status))?;
    types.func("[method]incoming-response.headers", |call, (this,): This| {
        let fields = call.wasi.table.get(&this)?.fields.clone();
        reply(call.wasi.table.push(fields)?)
    })?;
    types.func("[method]incoming-response.consume", |call, (this,): This| {
        let body = call.wasi.table.get_mut(&this)?.body.take();
        reply(consume(call, body.map(InputStream::Arriving))?)
    })
}

fn body(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    types.resource::<IncomingBody>("incoming-body")?;
    types.func("[method]incoming-body.stream", |call, (this,): (Resource<IncomingBody>,)| {
        let Some(stream) = call.wasi.table.get_mut(&this)?.0.take() else { return reply(Taken::Err(())) };
        reply(Taken::Ok(call.wasi.table.push_child(stream, &this)?))
    })?;
    types.func("[static]incoming-body.finish", |call, (this,): (Resource<IncomingBody>,)| {
        call.wasi.table.delete(this)?;
        reply(call.wasi.table.push(FutureTrailers { taken: false })?)
    })?;
    types.resource::<FutureTrailers>("future-trailers")?;
    types.func("[method]future-trailers.subscribe", |call, (this,): (Resource<FutureTrailers>,)| {
        reply(poll::subscribe(&mut call.wasi.table, Wait::Nothing, &this)?)
    })?;
    types.func("[method]future-trailers.get", |call, (this,): (Resource<FutureTrailers>,)| {
        let taken = std::mem::replace(&mut call.wasi.table.get_mut(&this)?.taken, true);
        reply(Trailers::Some(if taken { Err(()) } else { Ok(Ok(None)) }))
    })
}

/// A message's body can be had once.
fn consume(call: &mut CallState, body: Option<InputStream>) -> wasmtime::Result<Taken<IncomingBody>> {
    match body {
        Some(content) => Ok(Ok(call.wasi.table.push(IncomingBody(Some(content)))?)),
        None => Ok(Err(())),
    }
}

/// The call's request.
pub struct IncomingRequest {
    method: String,
    path: String,
    fields: Fields,
    body: Option<Bytes>,
}

impl IncomingRequest {
    pub(super) fn new(request: Request) -> Self {
        let fields = Fields::incoming(request.fields.iter().map(|(name, value)| (name.as_slice(), value.as_slice())));
        Self { method: request.method, path: request.path, fields, body: Some(request.body.into()) }
    }

    /// The `host` field where the caller sent one.
    fn authority(&self) -> String {
        let host = self.fields.iter().find(|(name, _)| *name == "host");
        let text = host.and_then(|(_, value)| std::str::from_utf8(value).ok());
        text.filter(|text| !text.is_empty()).unwrap_or(AUTHORITY).to_owned()
    }
}

/// An answer to a request of the guest's.
pub struct IncomingResponse {
    status: u16,
    fields: Fields,
    body: Option<Arrival>,
}

impl IncomingResponse {
    pub(super) fn new(status: u16, fields: Fields, body: Arrival) -> Self {
        Self { status, fields, body: Some(body) }
    }
}

/// A body that came in; none, once its stream is taken.
pub struct IncomingBody(Option<InputStream>);

/// What stands behind a body: never anything.
pub struct FutureTrailers {
    taken: bool,
}

fn method(text: &str) -> Method {
    match text {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}
