//! What a guest writes, of `wasi:http/types`: its answer, and requests of its own.

use http::uri::{Authority, PathAndQuery};
use wasmtime::component::{Linker, Resource};

use super::{
    bindings::wasi::http::types::{ErrorCode, Method, Scheme},
    body::{Buffer, Of},
    fields::Fields,
    interface::{Interface, Reply, reply, reply_bytes, text_in},
    streams::OutputStream,
};
use crate::{call::CallState, costs::WASI_CALL};

/// The status codes that an answer can have; those below are informational (RFC 9110 §15.2), and no answers.
const STATUS: std::ops::RangeInclusive<u16> = 200..=599;
/// The longest name of a method that is none of the usual ones, in bytes.
const MAX_METHOD: usize = 64;

type Taken<T> = Result<Resource<T>, ()>;
type Set = Result<(), ()>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut types = Interface::of(linker, "http/types")?;
    response(&mut types)?;
    outparam(&mut types)?;
    request(&mut types)?;
    target(&mut types)?;
    options(&mut types)?;
    body(&mut types)
}

fn response(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    type This = (Resource<OutgoingResponse>,);
    types.resource::<OutgoingResponse>("outgoing-response")?;
    types.func("[constructor]outgoing-response", |call, (fields,): (Resource<Fields>,)| {
        let fields = call.wasi.table.delete(fields)?.fixed();
        reply(call.wasi.table.push(OutgoingResponse { status: 200, fields, body: None })?)
    })?;
    types.func("[method]outgoing-response.status-code", |call, (this,): This| {
        reply(call.wasi.table.get(&this)?.status)
    })?;
    types.func(
        "[method]outgoing-response.set-status-code",
        |call, parameters: (Resource<OutgoingResponse>, u16)| {
            let (this, status) = parameters;
            let response = call.wasi.table.get_mut(&this)?;
            if !STATUS.contains(&status) {
                return reply(Set::Err(()));
            }
            response.status = status;
            reply(Ok(()))
        },
    )?;
    types.func("[method]outgoing-response.headers", |call, (this,): This| {
        let fields = call.wasi.table.get(&this)?.fields.clone();
        reply(call.wasi.table.push(fields)?)
    })?;
    types.func("[method]outgoing-response.body", |call, (this,): This| {
        let (limit, quota, head) = (call.limits().response, call.wasi.quota.clone(), call.wasi.head);
        let response = call.wasi.table.get_mut(&this)?;
        let (None, Ok(length)) = (&response.body, response.fields.content_length()) else {
            return reply(Taken::Err(()));
        };
        // An answer to HEAD says how long the content would be (RFC 9110 §8.6).
        let body = Buffer::new(Of::Response, limit, length.filter(|_| !head), &quota);
        response.body = Some(body.clone());
        reply(Taken::Ok(call.wasi.table.push(OutgoingBody { body, stream_taken: false })?))
    })
}

fn outparam(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    type Parameters = (Resource<ResponseOutparam>, Result<Resource<OutgoingResponse>, ErrorCode>);
    types.resource::<ResponseOutparam>("response-outparam")?;
    types.func("[static]response-outparam.set", |call, (this, response): Parameters| {
        call.wasi.table.delete(this)?;
        let (response, units) = match response {
            Ok(response) => (Ok(call.wasi.table.delete(response)?), 0),
            Err(code) => {
                let units = WASI_CALL.bytes(text_in(&code));
                (Err(code), units)
            }
        };
        call.wasi.answer = Some(response);
        Ok(((), units))
    })
}

fn request(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    type This = (Resource<OutgoingRequest>,);
    types.resource::<OutgoingRequest>("outgoing-request")?;
    types.func("[constructor]outgoing-request", |call, (fields,): (Resource<Fields>,)| {
        let fields = call.wasi.table.delete(fields)?.fixed();
        let request =
            OutgoingRequest { method: Method::Get, path: None, scheme: None, authority: None, fields, body: None };
        reply(call.wasi.table.push(request)?)
    })?;
    types.func("[method]outgoing-request.headers", |call, (this,): This| {
        let fields = call.wasi.table.get(&this)?.fields.clone();
        reply(call.wasi.table.push(fields)?)
    })?;
    types.func("[method]outgoing-request.body", |call, (this,): This| {
        let (limit, quota) = (call.limits().egress_bytes, call.wasi.quota.clone());
        let request = call.wasi.table.get_mut(&this)?;
        let (None, Ok(length)) = (&request.body, request.fields.content_length()) else {
            return reply(Taken::Err(()));
        };
        let body = Buffer::new(Of::Request, limit, length, &quota);
        request.body = Some(body.clone());
        reply(Taken::Ok(call.wasi.table.push(OutgoingBody { body, stream_taken: false })?))
    })
}

/// Where a request goes, and what it asks there. What is malformed is not set.
fn target(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    type This = (Resource<OutgoingRequest>,);
    type Text = (Resource<OutgoingRequest>, Option<String>);
    types.func("[method]outgoing-request.method", |call, (this,): This| {
        let method = call.wasi.table.get(&this)?.method.clone();
        let bytes = other(&method).map_or(0, str::len);
        reply_bytes(method, bytes)
    })?;
    types.func("[method]outgoing-request.set-method", |call, parameters: (Resource<OutgoingRequest>, Method)| {
        let (this, method) = parameters;
        let bytes = other(&method).map_or(0, str::len);
        let request = call.wasi.table.get_mut(&this)?;
        let malformed = |name: &str| name.len() > MAX_METHOD || http::Method::from_bytes(name.as_bytes()).is_err();
        if other(&method).is_some_and(malformed) {
            return reply_bytes(Set::Err(()), bytes);
        }
        request.method = method;
        reply_bytes(Ok(()), bytes)
    })?;
    types.func("[method]outgoing-request.path-with-query", |call, (this,): This| {
        reply_text(call.wasi.table.get(&this)?.path.clone())
    })?;
    types.func("[method]outgoing-request.set-path-with-query", |call, (this, path): Text| {
        let bytes = path.as_ref().map_or(0, String::len);
        let begins = |path: &str| path.starts_with(['/', '?']) && path.parse::<PathAndQuery>().is_ok();
        let well_formed = |path: &str| path.is_empty() || begins(path);
        let request = call.wasi.table.get_mut(&this)?;
        reply_bytes(set_text(&mut request.path, path, well_formed), bytes)
    })?;
    types.func("[method]outgoing-request.scheme", |call, (this,): This| {
        reply(call.wasi.table.get(&this)?.scheme.clone())
    })?;
    types.func(
        "[method]outgoing-request.set-scheme",
        |call, parameters: (Resource<OutgoingRequest>, Option<Scheme>)| {
            let (this, scheme) = parameters;
            let request = call.wasi.table.get_mut(&this)?;
            if let Some(Scheme::Other(name)) = &scheme {
                return reply_bytes(Set::Err(()), name.len());
            }
            request.scheme = scheme;
            reply(Ok(()))
        },
    )?;
    types.func("[method]outgoing-request.authority", |call, (this,): This| {
        reply_text(call.wasi.table.get(&this)?.authority.clone())
    })?;
    types.func("[method]outgoing-request.set-authority", |call, (this, authority): Text| {
        let bytes = authority.as_ref().map_or(0, String::len);
        let request = call.wasi.table.get_mut(&this)?;
        let well_formed = |authority: &str| authority.parse::<Authority>().is_ok();
        reply_bytes(set_text(&mut request.authority, authority, well_formed), bytes)
    })
}

/// The name of a method that is none of the usual ones.
fn other(method: &Method) -> Option<&str> {
    match method {
        Method::Other(name) => Some(name),
        Method::Get
        | Method::Head
        | Method::Post
        | Method::Put
        | Method::Delete
        | Method::Connect
        | Method::Options
        | Method::Trace
        | Method::Patch => None,
    }
}

fn reply_text(text: Option<String>) -> Reply<(Option<String>,)> {
    let bytes = text.as_ref().map_or(0, String::len);
    reply_bytes(text, bytes)
}

fn set_text(slot: &mut Option<String>, text: Option<String>, well_formed: impl Fn(&str) -> bool) -> Set {
    if text.as_deref().is_some_and(|text| !well_formed(text)) {
        return Err(());
    }
    *slot = text;
    Ok(())
}

/// Only the manifest says how long a request may take: no other limit is supported, and setting one says so.
fn options(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    types.resource::<RequestOptions>("request-options")?;
    types.func("[constructor]request-options", |call, ()| reply(call.wasi.table.push(RequestOptions)?))?;
    for limit in ["connect-timeout", "first-byte-timeout", "between-bytes-timeout"] {
        let name = format!("[method]request-options.{limit}");
        types.func(&name, |call, (this,): (Resource<RequestOptions>,)| {
            call.wasi.table.get(&this)?;
            reply(None::<u64>)
        })?;
        let name = format!("[method]request-options.set-{limit}");
        types.func(&name, |call, (this, limit): (Resource<RequestOptions>, Option<u64>)| {
            call.wasi.table.get(&this)?;
            reply(limit.map_or(Set::Ok(()), |_| Err(())))
        })?;
    }
    Ok(())
}

fn body(types: &mut Interface<'_>) -> wasmtime::Result<()> {
    types.resource::<OutgoingBody>("outgoing-body")?;
    types.func("[method]outgoing-body.write", |call, (this,): (Resource<OutgoingBody>,)| {
        let body = call.wasi.table.get_mut(&this)?;
        if std::mem::replace(&mut body.stream_taken, true) {
            return reply(Taken::Err(()));
        }
        let stream = OutputStream::Body(body.body.clone());
        reply(Taken::Ok(call.wasi.table.push_child(stream, &this)?))
    })?;
    types.func(
        "[static]outgoing-body.finish",
        |call, parameters: (Resource<OutgoingBody>, Option<Resource<Fields>>)| {
            let (this, trailers) = parameters;
            let body = call.wasi.table.delete(this)?;
            let trailers = trailers.map(|trailers| call.wasi.table.delete(trailers)).transpose()?;
            if trailers.is_some_and(|trailers| !trailers.is_empty()) {
                return reply(Err(ErrorCode::InternalError(Some("messages have no trailers here".into()))));
            }
            reply(body.body.finish())
        },
    )
}

/// Where the guest's answer goes: once, because setting it takes the resource away.
pub struct ResponseOutparam;

/// The guest's answer.
pub struct OutgoingResponse {
    pub(super) status: u16,
    pub(super) fields: Fields,
    /// None: it has no content.
    pub(super) body: Option<Buffer>,
}

/// A request of the guest's.
pub struct OutgoingRequest {
    pub(super) method: Method,
    pub(super) path: Option<String>,
    pub(super) scheme: Option<Scheme>,
    pub(super) authority: Option<String>,
    pub(super) fields: Fields,
    /// None: it has no content.
    pub(super) body: Option<Buffer>,
}

impl OutgoingRequest {
    /// The bytes that are paid for as soon as it is to leave.
    pub(super) fn size(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        text(&self.authority) + text(&self.path) + self.fields.size()
    }
}

/// Limits of time that a guest would set.
pub struct RequestOptions;

/// A body that is being written.
pub struct OutgoingBody {
    body: Buffer,
    stream_taken: bool,
}

impl Drop for OutgoingBody {
    fn drop(&mut self) {
        self.body.abandon();
    }
}
