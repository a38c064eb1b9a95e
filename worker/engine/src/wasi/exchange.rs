//! `wasi:http/outgoing-handler`: requests to the world, through the same rules, limits, prices and records as those of
//! `phat:contract/http`.
//!
//! A request leaves when its content is finished and its contract waits for the first time: as long as the contract
//! computes, nothing else does. The answer is there once its head is; its content is [`super::arrival`]'s.

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use wasmtime::component::{Linker, Resource, ResourceTable};

use super::{
    arrival::Arrivals,
    bindings::wasi::http::types::{DnsErrorPayload, ErrorCode, Method, Scheme},
    body::{Buffer, Progress, Quota},
    fields::{CONTENT_LENGTH, Fields},
    incoming::IncomingResponse,
    interface::{Interface, Reply, reply, reply_bytes, text_in},
    outgoing::{OutgoingRequest, RequestOptions},
    poll::{self, Pollable, Wait},
};
use crate::{
    bindings::phat::contract::{
        http::Request,
        types::{Error, Field},
    },
    call::CallState,
    capability::http::{Checked, OpenAnswer, Ready, Slot, check},
    costs::HTTP_SEND,
    egress::{Destination, Egress, EgressError, Prepared},
    module::Contract,
    outcome,
};

/// The most requests under way at once.
pub(super) const MAX_AT_ONCE: usize = 16;

type Handled = Result<Resource<FutureResponse>, ErrorCode>;
type Response = Result<Resource<IncomingResponse>, ErrorCode>;

pub(super) fn link_handler(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    Interface::of(linker, "http/outgoing-handler")?.func("handle", handle)
}

/// The part of `wasi:http/types` that is about answers to come.
pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut types = Interface::of(linker, "http/types")?;
    types.resource::<FutureResponse>("future-incoming-response")?;
    types.func("[method]future-incoming-response.subscribe", |call, (this,): (Resource<FutureResponse>,)| {
        let pollable: Resource<Pollable> = poll::subscribe(&mut call.wasi.table, Wait::Answer(this.rep()), &this)?;
        reply(pollable)
    })?;
    types.func("[method]future-incoming-response.get", |call, (this,): (Resource<FutureResponse>,)| {
        let future = call.wasi.table.get_mut(&this)?;
        match mem::replace(&mut future.stage, Stage::Taken) {
            Stage::Done(Ok(response)) => reply(Some(Ok(Response::Ok(call.wasi.table.push(*response)?)))),
            Stage::Done(Err(code)) => {
                let bytes = text_in(&code);
                reply_bytes(Some(Ok(Response::Err(code))), bytes)
            }
            Stage::Taken => reply(Some(Err(()))),
            stage @ (Stage::Waiting(_) | Stage::Running(_)) => {
                future.stage = stage;
                reply(None)
            }
        }
    })
}

type HandleParameters = (Resource<OutgoingRequest>, Option<Resource<RequestOptions>>);

fn handle(call: &mut CallState, (request, options): HandleParameters) -> Reply<(Handled,)> {
    let request = call.wasi.table.delete(request)?;
    if let Some(options) = options {
        call.wasi.table.delete(options)?;
    }
    let units = HTTP_SEND.of(request.size(), 0);
    let handled = match draft(call, request) {
        Ok(draft) => {
            let stage = Stage::Waiting(Box::new(draft));
            Ok(call.wasi.table.push(FutureResponse { stage })?)
        }
        Err(code) => Err(code),
    };
    Ok(((handled,), units))
}

/// Checks everything about a request but its content, which may not be there yet, and takes it into the ledger.
fn draft(call: &mut CallState, request: OutgoingRequest) -> Result<Draft, ErrorCode> {
    if under_way(&mut call.wasi.table) + call.wasi.arrivals.count() >= MAX_AT_ONCE {
        return Err(ErrorCode::ConnectionLimitReached);
    }
    let length = request.fields.content_length().map_err(|()| ErrorCode::HttpRequestBodySize(None))?;
    if request.body.is_none() && length.is_some_and(|length| length > 0) {
        return Err(ErrorCode::HttpRequestBodySize(Some(0)));
    }
    let url = url(&request)?;
    Destination::parse(&url).map_err(|_| ErrorCode::HttpRequestUriInvalid)?;
    let asked = Request {
        method: method(&request.method).ok_or(ErrorCode::HttpRequestMethodInvalid)?.into(),
        url,
        headers: headers(&request.fields),
        secret_headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: None,
    };
    let checked = check(&call.contract, &call.ledger, &asked).map_err(refusal)?;
    Ok(Draft {
        checked,
        body: request.body,
        slot: call.ledger.open(0),
        contract: call.contract.clone(),
        egress: call.egress.clone(),
        now_ms: call.context.now_ms,
        quota: call.wasi.quota.clone(),
        arrivals: call.wasi.arrivals.clone(),
    })
}

/// How many requests have no answer yet. Contents that are coming in are counted apart.
fn under_way(table: &mut ResourceTable) -> usize {
    let futures = table.iter_mut().filter_map(|entry| entry.downcast_mut::<FutureResponse>());
    futures.filter(|future| matches!(future.stage, Stage::Waiting(_) | Stage::Running(_))).count()
}

/// An answer to come.
pub struct FutureResponse {
    stage: Stage,
}

enum Stage {
    /// Its request's content is not finished.
    Waiting(Box<Draft>),
    /// Its request is under way.
    Running(BoxFuture<'static, Arrived>),
    /// It is there but for its content, or will never be.
    Done(Result<Box<IncomingResponse>, ErrorCode>),
    /// The guest has it.
    Taken,
}

/// What came of a request, and the bytes of header fields that came in.
type Arrived = (Result<Box<IncomingResponse>, ErrorCode>, usize);

/// A request that may leave once its content is finished.
struct Draft {
    checked: Checked,
    body: Option<Buffer>,
    slot: Slot,
    contract: Arc<Contract>,
    egress: Egress,
    now_ms: u64,
    quota: Quota,
    arrivals: Arrivals,
}

impl FutureResponse {
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Done(_) | Stage::Taken)
    }

    /// Goes on as far as it can; the units that became due by it.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) -> u64 {
        let mut due = 0;
        self.stage = match mem::replace(&mut self.stage, Stage::Taken) {
            Stage::Waiting(draft) => match draft.body.as_ref().map_or(Progress::Finished, Buffer::progress) {
                Progress::Open => Stage::Waiting(draft),
                Progress::Abandoned => {
                    let text = "the content of the request was dropped before it was finished";
                    Stage::Done(Err(ErrorCode::InternalError(Some(text.into()))))
                }
                Progress::Finished => draft.start(&mut due),
            },
            other => other,
        };
        if let Stage::Running(exchange) = &mut self.stage
            && let Poll::Ready((response, received)) = exchange.as_mut().poll(context)
        {
            due = due.saturating_add(HTTP_SEND.bytes(received));
            self.stage = Stage::Done(response);
        }
        due
    }
}

impl Draft {
    fn start(self, due: &mut u64) -> Stage {
        let Self { checked, body, slot, contract, egress, now_ms, quota, arrivals } = self;
        let Checked { permit, method, fields, .. } = checked;
        let (body, sending) = body.as_ref().map(Buffer::send).unzip();
        let body = body.unwrap_or_default();
        *due = HTTP_SEND.bytes(body.len());
        slot.count(body.len());
        let request = Prepared { permit, method, fields, secret_fields: Vec::new(), body };
        let time = Duration::from_millis(contract.limits.egress_ms.into());
        let ready = Ready { request, time, slot };
        Stage::Running(Box::pin(async move {
            let answer = OpenAnswer::of(&contract, &egress, now_ms, ready).await;
            // The request's content is gone only now, and makes room for the answer's.
            drop(sending);
            match answer {
                Ok(answer) => arrived(answer, &arrivals, &quota),
                Err(error) => (Err(failure(&error)), 0),
            }
        }))
    }
}

fn arrived(answer: OpenAnswer, arrivals: &Arrivals, quota: &Quota) -> Arrived {
    let head = answer.head();
    let (status, received) = (head.status, head.size());
    let fields = Fields::incoming(head.fields.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())));
    let body = arrivals.begin(answer, quota);
    (Ok(Box::new(IncomingResponse::new(status, fields, body))), received)
}

/// An absolute URL; HTTPS unless the request says otherwise.
fn url(request: &OutgoingRequest) -> Result<String, ErrorCode> {
    let scheme = match &request.scheme {
        None | Some(Scheme::Https) => "https",
        Some(Scheme::Http) => "http",
        Some(Scheme::Other(_)) => return Err(ErrorCode::HttpRequestUriInvalid),
    };
    let authority = request.authority.as_deref().ok_or(ErrorCode::HttpRequestUriInvalid)?;
    Ok(format!("{scheme}://{authority}{}", request.path.as_deref().unwrap_or("/")))
}

/// Methods that `phat:contract/http` sends, too.
fn method(method: &Method) -> Option<&'static str> {
    match method {
        Method::Get => Some("GET"),
        Method::Head => Some("HEAD"),
        Method::Post => Some("POST"),
        Method::Put => Some("PUT"),
        Method::Delete => Some("DELETE"),
        Method::Options => Some("OPTIONS"),
        Method::Patch => Some("PATCH"),
        Method::Connect | Method::Trace | Method::Other(_) => None,
    }
}

/// Without the content's length, which was checked and which the worker states itself.
fn headers(fields: &Fields) -> Vec<Field> {
    let own = fields.iter().filter(|(name, _)| *name != CONTENT_LENGTH);
    let text = |value: &[u8]| value.iter().copied().map(char::from).collect();
    own.map(|(name, value)| Field { name: name.into(), value: text(value) }).collect()
}

/// Why a request may not leave.
fn refusal(error: Error) -> ErrorCode {
    match error {
        Error::Denied(_) => ErrorCode::HttpRequestDenied,
        other => ErrorCode::InternalError(Some(outcome::in_words(&other))),
    }
}

/// Why there is no answer, or no more of it.
pub(super) fn failure(error: &EgressError) -> ErrorCode {
    match error {
        EgressError::Address { .. } => ErrorCode::DestinationIpProhibited,
        EgressError::Resolution { .. } => ErrorCode::DnsError(DnsErrorPayload { rcode: None, info_code: None }),
        EgressError::Unavailable { .. } => ErrorCode::DestinationUnavailable,
        EgressError::Certificate { .. } => ErrorCode::TlsCertificateError,
        EgressError::TooLarge { limit, .. } => ErrorCode::HttpResponseBodySize(Some(*limit)),
        EgressError::Timeout => ErrorCode::HttpResponseTimeout,
    }
}
