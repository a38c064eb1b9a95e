//! The gateway's HTTP interface.
//!
//! | | |
//! |---|---|
//! | `POST /v1/contracts/{id}/call` | a sealed call (`message/ohttp-req`), to the contract's worker |
//! | `ANY /v1/contracts/{id}/public/{path}` | a public call; the answer's field `adyton-receipt` is its receipt |
//! | `GET /v1/contracts/{id}` | what the contract's worker says about it |
//! | `GET /v1/contracts/{id}/anchors/{receipt}/{count}` | the contract's worker's proof that a receipt is under an anchor |
//! | `PUT /v1/code`, `GET /v1/code/{hash}` | components, known by their hash |
//! | `GET /health`, `GET /metrics` | |

use std::{sync::Arc, time::Instant};

use adyton_protocol::ids::{CodeHash, ContractId, Digest};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get, post, put},
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{
    error::Refusal,
    metrics::{Metrics, Route},
    relay::{Outgoing, Relay},
    store::Store,
};

/// Everything that a request needs.
pub struct Gateway {
    /// The way to workers.
    pub relay: Relay,
    /// The components.
    pub store: Store,
    /// The counters.
    pub metrics: Metrics,
    /// A place for each call that is relayed.
    pub places: Semaphore,
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
        .route("/v1/contracts/{id}/call", post(call))
        .route("/v1/contracts/{id}/public/", any(public))
        .route("/v1/contracts/{id}/public/{*path}", any(public))
        .fallback(async || Refusal::NoSuchPath)
        .with_state(gateway)
}

async fn health() -> Response {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

async fn metrics(State(gateway): Shared) -> Response {
    let text = gateway.metrics.text(gateway.relay.remembered(), gateway.store.stored());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

async fn call(State(gateway): Shared, Path(id): Path<String>, request: Request) -> Response {
    counted(&gateway, Route::Call, async {
        let contract = contract(&id)?;
        let path = format!("/v1/call/{contract}");
        relay(&gateway, contract, path, request).await
    })
    .await
}

async fn public(State(gateway): Shared, request: Request) -> Response {
    counted(&gateway, Route::Public, async {
        // Path and query as they were sent: their bytes are in the receipt's digest.
        let uri = request.uri().clone();
        let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
        let rest = whole.strip_prefix("/v1/contracts/").ok_or(Refusal::NoSuchPath)?;
        let (id, path) = rest.split_once("/public/").ok_or(Refusal::NoSuchPath)?;
        let contract = contract(id)?;
        relay(&gateway, contract, format!("/v1/public/{contract}/{path}"), request).await
    })
    .await
}

async fn status(State(gateway): Shared, Path(id): Path<String>) -> Response {
    counted(&gateway, Route::Status, async {
        let contract = contract(&id)?;
        let path = format!("/v1/contracts/{contract}");
        let request = Request::new(Body::empty());
        match relay(&gateway, contract, path, request).await {
            // Without a holder there is nobody to ask, and that is the answer.
            Err(Refusal::NotLeased) => Ok(pending("no worker holds the contract yet")),
            Err(Refusal::WorkerUnreachable) => Ok(pending("the worker that holds the contract cannot be reached")),
            other => other,
        }
    })
    .await
}

async fn anchor(State(gateway): Shared, Path((id, receipt, count)): Path<(String, String, String)>) -> Response {
    counted(&gateway, Route::Anchor, async {
        let contract = contract(&id)?;
        let receipt: Digest = receipt.parse().map_err(|_| Refusal::NotAHash(shown(&receipt)))?;
        let count: u32 = count.parse().map_err(|_| Refusal::NoSuchPath)?;
        relay(&gateway, contract, format!("/v1/anchors/{receipt}/{count}"), Request::new(Body::empty())).await
    })
    .await
}

async fn put_code(State(gateway): Shared, request: Request) -> Response {
    counted(&gateway, Route::PutCode, async {
        let _place = gateway.places.try_acquire().map_err(|_| Refusal::Busy)?;
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let hash = gateway.store.put(request.into_body(), length).await?;
        Ok((StatusCode::CREATED, Json(json!({ "code": hash }))).into_response())
    })
    .await
}

async fn get_code(State(gateway): Shared, Path(hash): Path<String>) -> Response {
    counted(&gateway, Route::GetCode, async {
        let hash: CodeHash = hash.parse().map_err(|_| Refusal::NotAHash(shown(&hash)))?;
        let (body, length) = gateway.store.read(&hash).await?;
        let fields = [
            (header::CONTENT_TYPE, "application/wasm".to_owned()),
            (header::CONTENT_LENGTH, length.to_string()),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        ];
        Ok((fields, body).into_response())
    })
    .await
}

async fn relay(gateway: &Gateway, contract: ContractId, path: String, request: Request) -> Result<Response, Refusal> {
    let _place = gateway.places.try_acquire().map_err(|_| Refusal::Busy)?;
    let _in_flight = gateway.metrics.enter();
    let (parts, body) = request.into_parts();
    gateway.relay.send(Outgoing { contract, method: parts.method, path, headers: parts.headers, body }).await
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
