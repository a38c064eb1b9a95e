//! The gateway's HTTP interface.
//!
//! | | |
//! |---|---|
//! | `POST /v1/contracts/{id}/call` | a sealed call (`message/ohttp-req` or, in chunks, `message/ohttp-chunked-req`) or a public one in the same form (`message/bhttp`), to the contract's worker |
//! | `ANY /v1/contracts/{id}/public/{path}` | a public call; the answer's field `adyton-receipt`, in the trailer of a streamed one, is its receipt |
//! | `GET /v1/contracts/{id}` | what the contract's worker says about it |
//! | `GET /v1/contracts/{id}/anchors/{receipt}/{count}` | the contract's worker's proof that a receipt is under an anchor |
//! | `GET /v1/contracts/{id}/history?from={sequence}`, `GET /v1/contracts/{id}/requests/{digest}` | what a disputable contract's worker keeps for those who run its calls again |
//! | `GET /v1/workers/{id}/evidence` | the registered evidence of a worker or keyholder, for whoever judges it |
//! | `GET /v1/network` | what the network amounts to, in figures that nothing proves |
//! | `PUT /v1/code`, `GET /v1/code/{hash}` | components, known by their hash |
//! | `GET /health`, `GET /metrics` | |

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use adyton_listener::{Listener, NoPlace, Peer, Place, Places};
use adyton_protocol::ids::{CodeHash, ContractId, Digest, WorkerId};
use axum::{
    Extension, Json, Router,
    body::{Body, Bytes, HttpBody},
    extract::{Path, Request, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{any, get, post, put},
};
use hyper::body::{Frame, SizeHint};
use serde_json::json;

use crate::{
    directory::Destination,
    error::Refusal,
    figures::Figures,
    metrics::{Metrics, Now, Route},
    relay::{Outgoing, Relay},
    store::Store,
};

/// Everything that a request needs.
pub struct Gateway {
    /// The way to workers.
    pub relay: Relay,
    /// The components.
    pub store: Store,
    /// The network's figures.
    pub figures: Figures,
    /// The counters.
    pub metrics: Metrics,
    /// A place for each call that is relayed and each component that is uploaded or fetched, from before its content is
    /// read until the last byte of its answer.
    pub places: Arc<Places>,
    /// The way in.
    pub listener: Listener,
}

type Shared = State<Arc<Gateway>>;

/// All paths.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/v1/code", put(put_code))
        .route("/v1/code/{hash}", get(get_code))
        .route("/v1/contracts/{id}", get(status))
        .route("/v1/contracts/{id}/anchors/{receipt}/{count}", get(anchor))
        .route("/v1/contracts/{id}/history", get(history))
        .route("/v1/contracts/{id}/requests/{digest}", get(asked))
        .route("/v1/contracts/{id}/call", post(call))
        .route("/v1/contracts/{id}/public/", any(public))
        .route("/v1/contracts/{id}/public/{*path}", any(public))
        .route("/v1/network", get(network))
        .route("/v1/workers/{id}/evidence", get(evidence))
        .fallback(async || Refusal::NoSuchPath)
        .with_state(gateway)
}

async fn health() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

async fn metrics(State(gateway): Shared) -> Response {
    let (kept, provisional) = gateway.store.bytes();
    let text = gateway.metrics.text(&Now {
        in_flight: gateway.places.taken(),
        remembered: gateway.relay.remembered(),
        kept,
        provisional,
        connections: gateway.listener.connections(),
        refused: gateway.listener.refused(),
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

async fn call(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    counted(&gateway, Route::Call, async {
        let contract = contract(&id)?;
        let path = format!("/v1/call/{contract}");
        relay(&gateway, peer, contract, path, request).await
    })
    .await
}

async fn public(State(gateway): Shared, Extension(peer): Extension<Peer>, request: Request) -> Response {
    counted(&gateway, Route::Public, async {
        // Path and query as they were sent: their bytes are in the receipt's digest.
        let uri = request.uri().clone();
        let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
        let rest = whole.strip_prefix("/v1/contracts/").ok_or(Refusal::NoSuchPath)?;
        let (id, path) = rest.split_once("/public/").ok_or(Refusal::NoSuchPath)?;
        let contract = contract(id)?;
        relay(&gateway, peer, contract, format!("/v1/public/{contract}/{path}"), request).await
    })
    .await
}

async fn status(State(gateway): Shared, Extension(peer): Extension<Peer>, Path(id): Path<String>) -> Response {
    counted(&gateway, Route::Status, async {
        let contract = contract(&id)?;
        let path = format!("/v1/contracts/{contract}");
        let request = Request::new(Body::empty());
        match relay(&gateway, peer, contract, path, request).await {
            // Without a holder there is nobody to ask, and that is the answer.
            Err(Refusal::NotLeased) => Ok(pending("no worker holds the contract yet")),
            Err(Refusal::WorkerUnreachable) => Ok(pending("the worker that holds the contract cannot be reached")),
            other => other,
        }
    })
    .await
}

async fn anchor(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    Path((id, receipt, count)): Path<(String, String, String)>,
) -> Response {
    counted(&gateway, Route::Anchor, async {
        let contract = contract(&id)?;
        let receipt: Digest = receipt.parse().map_err(|_| Refusal::NotAHash(shown(&receipt)))?;
        let count: u32 = count.parse().map_err(|_| Refusal::NoSuchPath)?;
        relay(&gateway, peer, contract, format!("/v1/anchors/{receipt}/{count}"), Request::new(Body::empty())).await
    })
    .await
}

async fn history(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    counted(&gateway, Route::History, async {
        let contract = contract(&id)?;
        let from = uri.query().and_then(|query| query.strip_prefix("from=")?.parse::<u64>().ok());
        let path = format!("/v1/contracts/{contract}/history?from={}", from.ok_or(Refusal::NoSuchPath)?);
        relay(&gateway, peer, contract, path, Request::new(Body::empty())).await
    })
    .await
}

async fn asked(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    Path((id, digest)): Path<(String, String)>,
) -> Response {
    counted(&gateway, Route::History, async {
        let contract = contract(&id)?;
        let digest: Digest = digest.parse().map_err(|_| Refusal::NotAHash(shown(&digest)))?;
        let path = format!("/v1/contracts/{contract}/requests/{digest}");
        relay(&gateway, peer, contract, path, Request::new(Body::empty())).await
    })
    .await
}

async fn evidence(State(gateway): Shared, Extension(peer): Extension<Peer>, Path(id): Path<String>) -> Response {
    counted(&gateway, Route::Evidence, async {
        let worker: WorkerId = id.parse().map_err(|_| Refusal::NotAWorker(shown(&id)))?;
        send(&gateway, peer, Destination::Worker(worker), "/v1/evidence".into(), Request::new(Body::empty())).await
    })
    .await
}

async fn network(State(gateway): Shared, Extension(peer): Extension<Peer>) -> Response {
    counted(&gateway, Route::Network, async {
        let _place = gateway.place(peer)?;
        Ok(Json(gateway.figures.get().await?).into_response())
    })
    .await
}

async fn put_code(State(gateway): Shared, Extension(peer): Extension<Peer>, request: Request) -> Response {
    counted(&gateway, Route::PutCode, async {
        let _place = gateway.place(peer)?;
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let hash = gateway.store.put(peer, request.into_body(), length).await?;
        Ok((StatusCode::CREATED, Json(json!({ "code": hash }))).into_response())
    })
    .await
}

async fn get_code(State(gateway): Shared, Extension(peer): Extension<Peer>, Path(hash): Path<String>) -> Response {
    counted(&gateway, Route::GetCode, async {
        let hash: CodeHash = hash.parse().map_err(|_| Refusal::NotAHash(shown(&hash)))?;
        let place = gateway.place(peer)?;
        let (body, length) = gateway.store.read(&hash).await?;
        let fields = [
            (header::CONTENT_TYPE, "application/wasm".to_owned()),
            (header::CONTENT_LENGTH, length.to_string()),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        ];
        Ok((fields, Body::new(Placed { body, _place: place })).into_response())
    })
    .await
}

async fn relay(
    gateway: &Gateway,
    peer: Peer,
    contract: ContractId,
    path: String,
    request: Request,
) -> Result<Response, Refusal> {
    send(gateway, peer, Destination::Holder(contract), path, request).await
}

async fn send(
    gateway: &Gateway,
    peer: Peer,
    to: Destination,
    path: String,
    request: Request,
) -> Result<Response, Refusal> {
    let place = gateway.place(peer)?;
    let (parts, body) = request.into_parts();
    let outgoing = Outgoing { to, method: parts.method, path, headers: parts.headers, body };
    let answer = gateway.relay.send(outgoing).await?;
    Ok(answer.map(|body| Body::new(Placed { body, _place: place })))
}

impl Gateway {
    fn place(&self, peer: Peer) -> Result<Place, Refusal> {
        self.places.take(peer).map_err(|no_place| match no_place {
            NoPlace::All => Refusal::Busy,
            NoPlace::Address => Refusal::TooManyCalls,
        })
    }
}

/// An answer's content, whose request has its place until all of it is on its way.
struct Placed {
    body: Body,
    _place: Place,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

async fn counted(gateway: &Gateway, route: Route, work: impl Future<Output = Result<Response, Refusal>>) -> Response {
    let start = Instant::now();
    let response = work.await.unwrap_or_else(IntoResponse::into_response);
    gateway.metrics.answered(route, response.status().as_u16(), start.elapsed());
    response
}

fn contract(text: &str) -> Result<ContractId, Refusal> {
    text.parse().map_err(|_| Refusal::NotAContract(shown(text)))
}

fn pending(reason: &str) -> Response {
    Json(json!({ "status": "pending", "reason": reason })).into_response()
}

/// Somebody's mistyped text, short enough to be shown.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests;
