//! The worker's HTTP interface. Everyone on it is hostile: gateways, operators and callers alike.
//!
//! | method and path | what |
//! |---|---|
//! | `GET /health` | whether it is admitted, how many contracts it holds, and how its work for rewards stands |
//! | `GET /v1/registration` | statement and evidence for its operator, to register or renew this boot |
//! | `GET /v1/evidence` | the evidence of this boot that the chain's record names, for whoever judges it again |
//! | `GET /v1/contracts/{id}` | where a contract stands |
//! | `GET /v1/anchors/{receipt}/{count}` | the proof that a receipt is under an anchor, for the chain's record of that count |
//! | `GET /v1/contracts/{id}/history?from={sequence}` | records of a disputable contract's commits, from one on |
//! | `GET /v1/contracts/{id}/requests/{digest}` | a request that a disputable contract answered |
//! | `POST /v1/call/{id}` | a sealed call; in chunks, its answer goes out while it is made; or a public call in the same form, without the seal |
//! | any `/v1/public/{id}/{path}` | a call without a seal, whose answer does so where that is asked for, or a webhook's delivery |

mod history;
mod streamed;

use std::sync::Arc;

use adyton_listener::{ContentError, Room};
use adyton_protocol::{
    call::{
        CHUNKED_REQUEST, CallFields, ERROR_FIELD, Fields, MAX_SEALED, OPEN_MESSAGE, RECEIPT_FIELD, RESERVED_PREFIX,
        STREAM_FIELD,
    },
    ids::{ContractId, Digest, RequestId},
    path, webhook,
};
use axum::{
    Extension, Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRequest, Path, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bhttp::{Message, Mode};
use rand_core::{OsRng, RngCore};
use serde_json::{Value, json};
use tokio::sync::SemaphorePermit;

use crate::{
    contract::Contract,
    error::Refusal,
    road::{
        answer::{self, Answer, Origin},
        caller,
        parts::Parts,
        request::{Call, Expected},
        reserved,
        seal::{Encapsulation, Opened},
        webhook::{Delivery, delivery},
    },
    view::{View, Work},
    worker::{Slot, Worker},
};

/// Seconds that a call without a seal may take from being read to being run.
const PUBLIC_LIFETIME: u64 = 60;
/// Fields of a request without a seal that belong to the connection, not to the call.
const CONNECTION_FIELDS: [&str; 9] = [
    "connection",
    "host",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "proxy-authorization",
];

/// The routes.
pub fn router(worker: Arc<Worker>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/v1/registration", get(registration))
        .route("/v1/evidence", get(evidence))
        .route("/v1/contracts/{id}", get(status))
        .route("/v1/anchors/{receipt}/{count}", get(anchor))
        .route("/v1/contracts/{id}/history", get(history::records))
        .route("/v1/contracts/{id}/requests/{digest}", get(history::request))
        .route("/v1/call/{id}", post(sealed))
        .route("/v1/public/{id}/", any(public_root))
        .route("/v1/public/{id}/{*path}", any(public))
        .layer(DefaultBodyLimit::max(MAX_SEALED))
        .with_state(worker)
}

async fn health(State(worker): State<Arc<Worker>>) -> Response {
    let view = worker.view();
    let registered = view.is_some();
    let invalid = view.as_ref().and_then(|view| view.invalid.clone());
    let slots = worker.slots();
    let ready = slots.iter().filter(|(_, slot)| matches!(slot, Slot::Ready(_))).count();
    let body = json!({
        "worker": worker.id,
        "registered": registered,
        "invalid": invalid,
        "block": view.as_ref().map(|view| view.block().number),
        "valid_until": view.as_ref().map(|view| view.own.verdict.valid_until),
        "contracts": slots.len(),
        "ready": ready,
        "rewards": view.as_ref().map(|view| rewards(&view.work)),
    });
    let status = if registered && invalid.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

/// What the chain has of this worker's work for rewards.
fn rewards(work: &Work) -> Value {
    let session = work.session.as_ref();
    json!({
        "working": session.is_some(),
        "settled_round": session.map(|session| session.settled),
        "away_since": session.and_then(|session| session.away_since),
        "capacity": work.capacity.as_ref().map(|capacity| capacity.capacity),
    })
}

async fn registration(State(worker): State<Arc<Worker>>) -> Response {
    match worker.registrar.offer().await {
        Ok(offer) => Json(offer.registration).into_response(),
        Err(error) => {
            tracing::error!(%error, "no evidence");
            Refusal::NotAdmitted("its evidence could not be made; see its log".into()).into_response()
        }
    }
}

/// Public data only: the chain has the evidence in a block, and the vendor gives the collateral to everybody.
async fn evidence(State(worker): State<Arc<Worker>>) -> Response {
    match worker.registered_evidence().await {
        Ok(registered) => Json(registered).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn status(State(worker): State<Arc<Worker>>, Path(id): Path<ContractId>) -> Response {
    let mut program = None;
    let (status, code, reason) = match worker.slot(&id) {
        None => ("pending", None, None),
        Some(Slot::Opening(step)) => ("leased", Some(step.code()), Some(step.text().to_owned())),
        Some(Slot::Failed(failure)) => (standing(failure.lasts()), Some(failure.code()), Some(failure.to_string())),
        Some(Slot::Ready(_)) => match worker.ready(&id) {
            Ok((contract, _)) => match contract.life.check() {
                Ok(()) => {
                    program = Some(contract.code);
                    ("ready", None, None)
                }
                Err(refusal) => {
                    let lasts = matches!(
                        refusal,
                        Refusal::InitFailed(_) | Refusal::MigrateFailed(_) | Refusal::SealedCodeRefused
                    );
                    (standing(lasts), Some(refusal.code()), Some(refusal.to_string()))
                }
            },
            Err(refusal) => {
                let lasts = matches!(refusal, Refusal::NotAdmitted(_));
                (standing(lasts), Some(refusal.code()), Some(refusal.to_string()))
            }
        },
    };
    Json(json!({ "status": status, "code": code, "reason": reason, "program": program, "worker": worker.id }))
        .into_response()
}

/// How a contract stands that cannot be called now: whoever waits for it gives up where the reason lasts.
fn standing(lasts: bool) -> &'static str {
    if lasts { "failed" } else { "leased" }
}

/// Public data only: a receipt's hash comes in, hashes of other receipts and of the chain's record go out.
async fn anchor(State(worker): State<Arc<Worker>>, Path((receipt, count)): Path<(Digest, u32)>) -> Response {
    match worker.anchors.proof(&receipt.0, count) {
        Ok(proof) => Json(json!({ "proof": format!("0x{}", hex::encode(proof.to_bytes())) })).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// The main road. Before the seal is open refusals are plain; after it, they are sealed like answers.
async fn sealed(
    State(worker): State<Arc<Worker>>,
    Path(id): Path<ContractId>,
    Extension(room): Extension<Room>,
    request: Request,
) -> Response {
    let (in_chunks, in_the_open) = (is_of(&request, CHUNKED_REQUEST), is_of(&request, OPEN_MESSAGE));
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(rejection) if is_without_room(&rejection) => return Refusal::Overloaded.into_response(),
        Err(rejection) => return rejection.into_response(),
    };
    if in_chunks {
        return sealed_in_chunks(worker, &id, body, room);
    }
    if in_the_open {
        return open_message(&worker, &id, body).await;
    }
    let opened = worker.ready(&id).and_then(|(contract, view)| Ok((contract, view, worker.boot.seals.open(&body)?)));
    let (contract, view, Opened { plain, response, encapsulation }) = match opened {
        Ok(opened) => opened,
        Err(refusal) => return refusal.into_response(),
    };
    let read = Call::read(&plain);
    // The call has its content: it is not held three times while it runs.
    drop((body, plain));
    let message = match read {
        Ok(call) => match take(&worker, &contract, &view, &call, Some(encapsulation), None).await {
            Ok(Taken::Contract(answer)) => with_receipt(&answer),
            Ok(Taken::Reserved(body)) => plain_message(StatusCode::OK, &[("adyton-answer", "worker")], &body),
            Err(refusal) => error_message(&refusal),
        },
        Err(refusal) => error_message(&refusal),
    };
    let sealed = message.and_then(|message| response.seal(&message));
    match sealed {
        Ok(sealed) => ([(header::CONTENT_TYPE, "message/ohttp-res")], sealed).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Whether a request has this media type.
fn is_of(request: &Request, kind: &str) -> bool {
    request.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == kind)
}

/// [`sealed`] without the seal: a public call whose digest is over the message itself, to which nobody who carries it adds
/// a field, and whose answer has its receipt.
async fn open_message(worker: &Arc<Worker>, id: &ContractId, body: Bytes) -> Response {
    let (contract, view) = match worker.ready(id) {
        Ok(ready) => ready,
        Err(refusal) => return refusal.into_response(),
    };
    let read = Call::read(&body).and_then(|call| may_be_open(&contract, call));
    drop(body);
    let taken = match read {
        Ok(call) => take(worker, &contract, &view, &call, None, None).await,
        Err(refusal) => Err(refusal),
    };
    let message = match taken {
        Ok(Taken::Contract(answer)) => with_receipt(&answer),
        Ok(Taken::Reserved(_)) => error_message(&Refusal::SealRequired),
        Err(refusal) => error_message(&refusal),
    };
    match message {
        Ok(message) => ([(header::CONTENT_TYPE, OPEN_MESSAGE)], message).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// A call that needs no seal. One that somebody has signed needs it: whoever carries it could show the signature again.
fn may_be_open(contract: &Contract, call: Call) -> Result<Call, Refusal> {
    let may = contract.manifest.public_calls && call.fields.caller.is_none() && !path::is_reserved(&call.path);
    if may { Ok(call) } else { Err(Refusal::SealRequired) }
}

/// [`sealed`], where the request is sealed in chunks, and so is the answer, while it is made.
fn sealed_in_chunks(worker: Arc<Worker>, id: &ContractId, body: Bytes, room: Room) -> Response {
    let opened =
        worker.ready(id).and_then(|(contract, view)| Ok((contract, view, worker.boot.seals.open_chunked(&body)?)));
    let (contract, view, Opened { plain, response, encapsulation }) = match opened {
        Ok(opened) => opened,
        Err(refusal) => return refusal.into_response(),
    };
    let read = Call::read(&plain);
    drop((body, plain));
    let may = still_right(&worker, &contract);
    let run =
        move |parts| async move { take(&worker, &contract, &view, &read?, Some(encapsulation), Some(parts)).await };
    streamed::sealed(response, streamed::UnderWay::begin(may, run), room)
}

/// Whether the worker may still act for the contract, whenever it is asked.
fn still_right(worker: &Arc<Worker>, contract: &Arc<Contract>) -> impl Fn() -> Result<(), Refusal> + Send + use<> {
    let (worker, contract) = (Arc::clone(worker), Arc::clone(contract));
    move || worker.right(&contract).check()
}

/// Who answered.
enum Taken {
    Contract(Answer),
    Reserved(Vec<u8>),
}

/// Takes a call that came in the seal with this encapsulation, or in none. What the contract gives of its response before
/// the end goes to `parts`.
async fn take(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    view: &View,
    call: &Call,
    sealed: Option<Encapsulation>,
    parts: Option<Parts>,
) -> Result<Taken, Refusal> {
    let expected = Expected {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        lease: contract.lease,
        now: view.now_ms() / 1000,
    };
    call.check(&expected)?;
    let caller = caller::authenticate(call, contract.manifest.callers)?;
    if webhook::find(&contract.manifest.webhooks, &call.path).is_some() {
        return Err(Refusal::WebhookOnly);
    }
    if contract.manifest.disputable && sealed.is_some() && !path::is_reserved(&call.path) {
        return Err(Refusal::PublicOnly);
    }
    let _room = room(contract, call)?;
    if let Some(encapsulation) = sealed {
        worker.boot.seals.remember(&contract.id, encapsulation, call.fields.not_after, expected.now)?;
    }
    let taken = match path::is_reserved(&call.path) {
        true => Taken::Reserved(reserved::answer(worker, contract, call, caller).await?),
        false => {
            let origin = Origin::of_call(caller, sealed.is_some());
            Taken::Contract(answer::answer(worker, contract, call, origin, parts).await?)
        }
    };
    // An answer of a worker that lost its right meanwhile, in a long call or while an anchor was waited for, is none.
    worker.right(contract).check()?;
    Ok(taken)
}

/// Takes a webhook's delivery, whose signature holds and for whose content there is room. The manifest has it, whatever
/// that says of callers.
async fn deliver(worker: &Arc<Worker>, contract: &Arc<Contract>, delivery: Delivery) -> Result<Answer, Refusal> {
    let Delivery { position, call } = delivery;
    let answer = answer::answer(worker, contract, &call, Origin::of_delivery(position), None).await?;
    // As above.
    worker.right(contract).check()?;
    Ok(answer)
}

/// Room for the call's content beside those of the contract's other calls.
fn room<'a>(contract: &'a Contract, call: &Call) -> Result<SemaphorePermit<'a>, Refusal> {
    let content = u32::try_from(call.content.len()).map_err(|_| Refusal::TooLarge("request's content"))?;
    contract.content.try_acquire_many(content).map_err(|_| Refusal::Overloaded)
}

async fn public(
    State(worker): State<Arc<Worker>>,
    Path((id, path)): Path<(ContractId, String)>,
    request: Request,
) -> Response {
    let room = if wants_stream(&request) { request.extensions().get::<Room>().cloned() } else { None };
    let response = match room {
        Some(room) => public_stream(worker, id, &path, request, room).await,
        None => public_answer(&worker, id, &path, request).await.map(public_response),
    };
    response.unwrap_or_else(IntoResponse::into_response)
}

/// Whether the answer is wanted while it is made, by somebody who takes its trailer. One to `HEAD` has none.
fn wants_stream(request: &Request) -> bool {
    let has = |name, wanted: &str| request.headers().get(name).is_some_and(|value| value == wanted);
    *request.method() != Method::HEAD && has(STREAM_FIELD, "1") && has(header::TE.as_str(), "trailers")
}

/// The path `/`, which a wildcard does not stand for.
async fn public_root(state: State<Arc<Worker>>, Path(id): Path<ContractId>, request: Request) -> Response {
    public(state, Path((id, String::new())), request).await
}

async fn public_answer(worker: &Arc<Worker>, id: ContractId, path: &str, request: Request) -> Result<Answer, Refusal> {
    let (contract, view, call) = unsealed(worker, id, path, request).await?;
    answer_whole(worker, &contract, &view, call).await
}

async fn public_stream(
    worker: Arc<Worker>,
    id: ContractId,
    path: &str,
    request: Request,
    room: Room,
) -> Result<Response, Refusal> {
    let (contract, view, call) = unsealed(&worker, id, path, request).await?;
    if webhook::find(&contract.manifest.webhooks, &call.path).is_some() {
        return answer_whole(&worker, &contract, &view, call).await.map(public_response);
    }
    let may = still_right(&worker, &contract);
    let run = move |parts| async move { take(&worker, &contract, &view, &call, None, Some(parts)).await };
    Ok(streamed::public(streamed::UnderWay::begin(may, run), room).await)
}

/// Answers what came in no seal.
async fn answer_whole(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    view: &View,
    call: Call,
) -> Result<Answer, Refusal> {
    if let Some(hook) = webhook::find(&contract.manifest.webhooks, &call.path) {
        // Before its signature is checked, which takes a while: until then anybody may have sent it.
        let _room = room(contract, &call)?;
        let delivery = delivery(worker, contract, view, hook, call).await?;
        return deliver(worker, contract, delivery).await;
    }
    match take(worker, contract, view, &call, None, None).await? {
        Taken::Contract(answer) => Ok(answer),
        Taken::Reserved(_) => Err(Refusal::SealRequired),
    }
}

/// Reads what came in no seal.
async fn unsealed(
    worker: &Arc<Worker>,
    id: ContractId,
    path: &str,
    request: Request,
) -> Result<(Arc<Contract>, Arc<View>, Call), Refusal> {
    let (contract, view) = worker.ready(&id)?;
    let (parts, body) = request.into_parts();
    let path = match parts.uri.query() {
        Some(query) => format!("/{path}?{query}"),
        None => format!("/{path}"),
    };
    let hook = webhook::find(&contract.manifest.webhooks, &path);
    match hook {
        None if !contract.manifest.public_calls => return Err(Refusal::SealRequired),
        // Before there is content: nobody has signed what is no delivery.
        Some((_, hook)) if parts.method != Method::POST || path != hook.path => return Err(Refusal::WebhookOnly),
        None | Some(_) => {}
    }
    let content = axum::body::to_bytes(body, contract.manifest.limits.request as usize);
    let content = content.await.map_err(|error| match is_without_room(&error) {
        true => Refusal::Overloaded,
        false => Refusal::TooLarge("request's content"),
    })?;
    let (request_id, fresh) = match given_id(&parts.headers)? {
        Some(given) => (given, false),
        None => (drawn_id()?, true),
    };
    let fields = CallFields {
        network: worker.network,
        contract: id,
        code: contract.code,
        lease: contract.lease,
        request_id,
        not_after: view.now_ms() / 1000 + PUBLIC_LIFETIME,
        caller: None,
    };
    if path::is_reserved(&path) {
        return Err(Refusal::SealRequired);
    }
    let visible = |name: &str| !CONNECTION_FIELDS.contains(&name) && !name.starts_with(RESERVED_PREFIX);
    let headers = parts.headers.iter().filter(|(name, _)| visible(name.as_str()));
    let headers = headers.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let call = Call::with(fields, parts.method.as_str().as_bytes(), path.as_bytes(), headers, &content)?;
    Ok((contract, view, Call { fresh, ..call }))
}

/// Whether the worker holds as much of requests' contents as it may.
fn is_without_room(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(ContentError::of(error), Some(ContentError::NoRoom))
}

/// The caller's own name for the call.
fn given_id(headers: &HeaderMap) -> Result<Option<RequestId>, Refusal> {
    let Some(value) = headers.get("adyton-request-id") else { return Ok(None) };
    let text = value.to_str().map_err(|_| Refusal::Malformed("adyton-request-id".into()))?;
    let given = text.parse::<RequestId>().map(Some);
    given.map_err(|error| Refusal::Malformed(format!("adyton-request-id: {error}")))
}

/// A fresh one, which nobody else has.
fn drawn_id() -> Result<RequestId, Refusal> {
    let mut id = [0; 16];
    OsRng.try_fill_bytes(&mut id).map_err(|_| Refusal::Worker)?;
    Ok(RequestId(id))
}

fn public_response(answer: Answer) -> Response {
    let mut fields = answer.fields;
    fields.push((RECEIPT_FIELD.into(), URL_SAFE_NO_PAD.encode(&answer.receipt).into()));
    with_head(answer.status, &fields, answer.content.into())
}

fn with_head(status: u16, fields: &Fields, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) = (header::HeaderName::from_bytes(name), header::HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn with_receipt(answer: &Answer) -> Result<Vec<u8>, Refusal> {
    let mut message = response_message(answer.status, &answer.fields, &answer.content)?;
    message.put_trailer(RECEIPT_FIELD, URL_SAFE_NO_PAD.encode(&answer.receipt));
    write(&message)
}

fn error_message(refusal: &Refusal) -> Result<Vec<u8>, Refusal> {
    plain_message(refusal.status(), &[(ERROR_FIELD, refusal.code())], &refusal.body())
}

fn plain_message(status: StatusCode, fields: &[(&str, &str)], body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut all: Fields =
        fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
    all.push((b"content-type".to_vec(), b"application/json".to_vec()));
    write(&response_message(status.as_u16(), &all, body)?)
}

fn response_message(status: u16, fields: &Fields, content: &[u8]) -> Result<Message, Refusal> {
    let mut message = Message::response(bhttp::StatusCode::try_from(status).map_err(|_| Refusal::Worker)?);
    for (name, value) in fields {
        message.put_header(name.clone(), value.clone());
    }
    message.write_content(content);
    Ok(message)
}

fn write(message: &Message) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut out).map_err(|_| Refusal::Worker)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use adyton_listener::{Limits, Listener};
    use adyton_protocol::{
        call::{AccountScheme, CALL_FIELD, CallerAuthorization},
        ids::AccountId,
        manifest::{Callers, Manifest},
        webhook::{Scheme, Webhook},
    };
    use codec::Encode;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::{
        code::tests::manifest, contract::tests::open, road::secrets, stop::tests::holding, view::tests::CONTRACT,
    };

    /// What becomes of a call of `path` that is not sealed.
    async fn called(public_calls: bool, path: &str) -> Result<Answer, Refusal> {
        let (worker, _chain) = holding(true, 1).await;
        let contract = open(&worker.engine, Manifest { public_calls, ..manifest() }).await;
        worker.set_slot(CONTRACT, Some(Slot::Ready(Arc::new(contract))));
        public_answer(&Arc::new(worker), CONTRACT, path, Request::new(Body::empty())).await
    }

    /// Those of a call that nobody signed.
    fn unsigned(worker: &Worker, contract: &Contract, view: &View) -> CallFields {
        CallFields {
            network: worker.network,
            contract: contract.id,
            code: contract.code,
            lease: contract.lease,
            request_id: RequestId([5; 16]),
            not_after: view.now_ms() / 1000 + 60,
            caller: None,
        }
    }

    #[tokio::test]
    async fn a_contract_that_answers_sealed_calls_only_refuses_others() {
        assert_eq!(called(false, "count").await, Err(Refusal::SealRequired));
        // Where they are allowed, it is the contract that answers: that of the tests by a trap.
        assert!(matches!(called(true, "count").await, Err(Refusal::Trapped(_))));
    }

    #[tokio::test]
    async fn in_the_open_nobody_is_named_and_neither_a_closed_contract_nor_the_worker_is_asked() {
        let (worker, _chain) = holding(true, 1).await;
        let worker = Arc::new(worker);
        let view = worker.view().expect("a view");
        let may = async |public_calls: bool, path: &str, caller: Option<CallerAuthorization>| {
            let contract = open(&worker.engine, Manifest { public_calls, ..manifest() }).await;
            let fields = CallFields { caller, ..unsigned(&worker, &contract, &view) };
            may_be_open(&contract, Call::own(fields, "GET".into(), path.into(), vec![], vec![])).err()
        };
        let signed =
            CallerAuthorization { account: AccountId([7; 32]), scheme: AccountScheme::Ed25519, signature: [8; 64] };
        assert_eq!(may(true, "/count", None).await, None);
        assert_eq!(may(false, "/count", None).await, Some(Refusal::SealRequired));
        assert_eq!(may(true, "/count", Some(signed)).await, Some(Refusal::SealRequired));
        assert_eq!(may(true, "/x/../.adyton/logs", None).await, Some(Refusal::SealRequired));
    }

    #[tokio::test]
    async fn a_public_call_in_a_message_of_its_own_is_answered_in_one_whoever_refuses_it() {
        let (worker, _chain) = holding(true, 1).await;
        let contract = Arc::new(open(&worker.engine, Manifest { public_calls: true, ..manifest() }).await);
        worker.set_slot(CONTRACT, Some(Slot::Ready(contract.clone())));
        let worker = Arc::new(worker);
        let view = worker.view().expect("a view");
        let asked = async |fields: CallFields| {
            let mut message = Message::request(b"GET".to_vec(), b"https".to_vec(), b"c".to_vec(), b"/count".to_vec());
            message.put_header(CALL_FIELD, hex::encode(fields.encode()));
            let response = open_message(&worker, &CONTRACT, write(&message).expect("is written").into()).await;
            assert_eq!(response.headers()[header::CONTENT_TYPE], OPEN_MESSAGE);
            let body = axum::body::to_bytes(response.into_body(), MAX_SEALED).await.expect("has a body");
            let answer = Message::read_bhttp(&mut std::io::Cursor::new(&body)).expect("is a message");
            String::from_utf8(answer.header().get(ERROR_FIELD.as_bytes()).unwrap_or_default().to_vec()).expect("text")
        };
        let fields = || unsigned(&worker, &contract, &view);
        // It is the contract that answers: that of the tests by a trap.
        assert_eq!(asked(fields()).await, "contract-failed");
        assert_eq!(asked(CallFields { lease: 77, ..fields() }).await, "wrong-lease");
        let closed = open(&worker.engine, manifest()).await;
        worker.set_slot(CONTRACT, Some(Slot::Ready(Arc::new(closed))));
        assert_eq!(asked(fields()).await, "seal-required");
    }

    #[tokio::test]
    async fn a_public_call_may_be_a_retry_where_its_caller_names_it_and_nowhere_else() {
        let (worker, _chain) = holding(true, 1).await;
        let contract = open(&worker.engine, Manifest { public_calls: true, ..manifest() }).await;
        worker.set_slot(CONTRACT, Some(Slot::Ready(Arc::new(contract))));
        let worker = Arc::new(worker);
        let call = async |name: Option<&str>| {
            let mut request = Request::new(Body::empty());
            if let Some(name) = name {
                request.headers_mut().insert("adyton-request-id", name.parse().expect("is a value"));
            }
            unsealed(&worker, CONTRACT, "count", request).await.map(|(_, _, call)| (call.fields.request_id, call.fresh))
        };
        let named = RequestId([7; 16]);
        assert_eq!(call(Some(&named.to_string())).await, Ok((named, false)));
        let (one, other) = (call(None).await.expect("is read"), call(None).await.expect("is read"));
        assert!(one.1 && other.1 && one.0 != other.0);
        assert!(matches!(call(Some("no name")).await, Err(Refusal::Malformed(_))));
    }

    #[tokio::test]
    async fn a_disputable_contract_is_asked_in_the_open_alone_but_by_its_owner_of_the_worker() {
        let (worker, _chain) = holding(true, 1).await;
        let worker = Arc::new(worker);
        let manifest = Manifest { deterministic: true, disputable: true, public_calls: true, ..manifest() };
        let contract = Arc::new(open(&worker.engine, manifest).await);
        let view = worker.view().expect("a view");
        let fields = unsigned(&worker, &contract, &view);
        let taken = async |path: &str, sealed: Option<Encapsulation>| {
            let call = Call::own(fields.clone(), "GET".into(), path.into(), vec![], vec![]);
            take(&worker, &contract, &view, &call, sealed, None).await.err()
        };
        assert_eq!(taken("/", Some(Encapsulation([9; 32]))).await, Some(Refusal::PublicOnly));
        assert!(matches!(taken("/", None).await, Some(Refusal::Trapped(_))), "the contract of the tests traps");
        assert_eq!(taken("/.adyton/logs", Some(Encapsulation([8; 32]))).await, Some(Refusal::OwnerOnly));
    }

    #[tokio::test]
    async fn a_webhooks_path_takes_signed_deliveries_and_nothing_else_whatever_the_manifest_says_of_callers() {
        let (worker, _chain) = holding(true, 1).await;
        let hook = Webhook { path: "/hook".into(), scheme: Scheme::Github, secret: "key".into() };
        let manifest = Manifest { webhooks: vec![hook], callers: Callers::Account, ..manifest() };
        let contract = Arc::new(open(&worker.engine, manifest).await);
        worker.set_slot(CONTRACT, Some(Slot::Ready(contract.clone())));
        let worker = Arc::new(worker);
        let sent = async |method: &str, signature: &str| {
            let request = Request::builder().method(method).uri("/").header("x-hub-signature-256", signature);
            let request = request.header("adyton-webhook", "/other").body(Body::from("Hello, World!"));
            public_answer(&worker, CONTRACT, "hook", request.expect("builds")).await.err()
        };
        let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert_eq!(sent("GET", good).await, Some(Refusal::WebhookOnly));
        assert_eq!(sent("POST", good).await, Some(Refusal::WebhookSecret("key".into())));
        let mut transaction = contract.store.begin().await.expect("begins");
        let key = zeroize::Zeroizing::new(b"It's a Secret to Everybody".to_vec());
        secrets::set(&mut transaction, "key", 1, key).await.expect("sets");
        let prepared = contract.store.prepare(transaction).await.expect("prepares");
        contract.store.commit(prepared, None).await.expect("commits");
        // Only now it is the contract that answers: that of the tests by a trap.
        assert!(matches!(sent("POST", good).await, Some(Refusal::Trapped(_))));
        let refused = sent("POST", &good.replace('7', "8")).await.expect("is refused");
        assert_eq!((refused.code(), refused.status()), ("webhook-signature", StatusCode::UNAUTHORIZED));
        let view = worker.view().expect("a view");
        let fields = unsigned(&worker, &contract, &view);
        let call = |path: &str| Call::own(fields.clone(), "POST".into(), path.into(), vec![], vec![]);
        let open = Contract {
            manifest: Manifest { callers: Callers::Anyone, ..contract.manifest.clone() },
            ..self::open(&worker.engine, contract.manifest.clone()).await
        };
        let open = Arc::new(open);
        for path in ["/hook", "/hook?x", "/x/../hook", "/x/%2E%2E/hook"] {
            let sealed = take(&worker, &open, &view, &call(path), Some(Encapsulation([9; 32])), None).await;
            assert_eq!(sealed.err(), Some(Refusal::WebhookOnly), "{path}");
        }
        let reserved = take(&worker, &open, &view, &call("/x/../.adyton/message"), None, None).await;
        assert_eq!(reserved.err(), Some(Refusal::OwnerOnly));
    }

    #[tokio::test]
    async fn what_nobody_has_signed_yet_has_no_more_than_the_contracts_share_of_content_and_none_if_it_is_no_delivery()
    {
        let (worker, _chain) = holding(true, 1).await;
        let hook = Webhook { path: "/hook".into(), scheme: Scheme::Github, secret: "key".into() };
        let manifest = Manifest { webhooks: vec![hook], public_calls: true, ..manifest() };
        let most = manifest.limits.request as usize;
        let contract = Contract { content: Semaphore::new(3), ..open(&worker.engine, manifest).await };
        worker.set_slot(CONTRACT, Some(Slot::Ready(Arc::new(contract))));
        let worker = Arc::new(worker);
        let sent = async |method: &str, path: &str, uri: &str, bytes: usize| {
            let request = Request::builder().method(method).uri(uri).body(Body::from(vec![0; bytes]));
            public_answer(&worker, CONTRACT, path, request.expect("builds")).await.err()
        };
        // There is no key either: that is looked for afterwards.
        assert_eq!(sent("POST", "hook", "/", 4).await, Some(Refusal::Overloaded));
        assert_eq!(sent("POST", "hook", "/", 3).await, Some(Refusal::WebhookSecret("key".into())));
        assert_eq!(sent("POST", "hook", "/", most + 1).await, Some(Refusal::TooLarge("request's content")));
        for (method, path, uri) in [
            ("PUT", "hook", "/"),
            ("POST", "hook", "/?x"),
            ("POST", "x/../hook", "/"),
            ("POST", "x/%2e%2e/hook", "/"),
            ("POST", "x\\..\\hook", "/"),
        ] {
            assert_eq!(sent(method, path, uri, most + 1).await, Some(Refusal::WebhookOnly), "{method} {path} {uri}");
        }
    }

    #[tokio::test]
    async fn a_call_whose_caller_is_another_than_it_says_is_not_remembered() {
        let (worker, _chain) = holding(true, 1).await;
        let worker = Arc::new(worker);
        let contract = Arc::new(open(&worker.engine, manifest()).await);
        let view = worker.view().expect("a view");
        let caller =
            CallerAuthorization { account: AccountId([1; 32]), scheme: AccountScheme::Ed25519, signature: [0; 64] };
        let fields = CallFields {
            network: worker.network,
            contract: contract.id,
            code: contract.code,
            lease: contract.lease,
            request_id: RequestId([5; 16]),
            not_after: view.now_ms() / 1000 + 60,
            caller: Some(caller),
        };
        let (method, path, digest) = ("GET".into(), "/".into(), Digest([7; 32]));
        let call = Call { fields, method, path, headers: vec![], content: vec![], digest, fresh: false };
        for _ in 0..2 {
            let taken = take(&worker, &contract, &view, &call, Some(Encapsulation([9; 32])), None).await;
            assert_eq!(taken.err(), Some(Refusal::BadCaller));
        }
    }

    #[tokio::test]
    async fn one_contracts_calls_hold_no_more_content_than_its_share() {
        let (worker, _chain) = holding(true, 1).await;
        let worker = Arc::new(worker);
        let contract = Contract { content: Semaphore::new(3), ..open(&worker.engine, manifest()).await };
        let contract = Arc::new(contract);
        let view = worker.view().expect("a view");
        let fields = unsigned(&worker, &contract, &view);
        let became = async |bytes: usize| {
            let (method, path, digest) = ("GET".into(), "/".into(), Digest([7; 32]));
            let fields = fields.clone();
            let call = Call { fields, method, path, headers: vec![], content: vec![0; bytes], digest, fresh: false };
            take(&worker, &contract, &view, &call, None, None).await.err()
        };
        assert_eq!(became(4).await, Some(Refusal::Overloaded));
        // The contract of the tests traps; it gives back what it had.
        for _ in 0..2 {
            assert!(matches!(became(3).await, Some(Refusal::Trapped(_))));
        }
        let others = contract.content.try_acquire_many(1).expect("all of it is back");
        assert_eq!(became(3).await, Some(Refusal::Overloaded));
        drop(others);
        assert_eq!(contract.content.available_permits(), 3);
    }

    #[tokio::test]
    async fn evidence_that_the_chains_record_does_not_name_is_not_shown() {
        let (worker, _chain) = holding(true, 1).await;
        assert!(matches!(worker.registered_evidence().await, Err(Refusal::NotAdmitted(_))));
        worker.view.send_replace(None);
        assert!(matches!(worker.registered_evidence().await, Err(Refusal::NotAdmitted(_))));
    }

    #[tokio::test]
    async fn a_call_for_whose_content_there_is_no_room_is_refused_as_such() {
        let (worker, _chain) = holding(true, 1).await;
        let limits = Limits { contents: 1000, ..worker.config.local.limits.listener() };
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/v1/call/{CONTRACT}", socket.local_addr().expect("it is bound"));
        let router = router(Arc::new(worker));
        tokio::spawn(async move { Listener::new(limits).serve(socket, router, std::future::pending()).await });
        let code = async |bytes: usize| {
            let answer = reqwest::Client::new().post(&url).body(vec![0; bytes]).send().await.expect("an answer");
            let said: serde_json::Value = answer.json().await.expect("a refusal");
            said["code"].as_str().map(str::to_owned)
        };
        assert_eq!(code(1001).await.as_deref(), Some("overloaded"));
        let room = code(1000).await;
        assert!(room.is_some() && room.as_deref() != Some("overloaded"), "{room:?}");
    }

    #[tokio::test]
    async fn what_is_the_owners_alone_is_not_answered_without_a_seal() {
        for path in [".adyton/logs", ".adyton/secrets", ".adyton/", "x/../.adyton/message", "x/%2e%2e/.adyton/message"]
        {
            assert_eq!(called(true, path).await, Err(Refusal::SealRequired), "{path}");
        }
    }
}
