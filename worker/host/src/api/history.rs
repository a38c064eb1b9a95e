//! What a disputable contract's worker keeps for those who run its calls again: public data only.

use std::sync::Arc;

use adyton_protocol::ids::{ContractId, Digest};
use axum::{
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use crate::{error::Refusal, road::history, worker::Worker};

/// From which sequence on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    from: u64,
}

/// Records of commits.
pub async fn records(
    State(worker): State<Arc<Worker>>,
    Path(id): Path<ContractId>,
    Query(asked): Query<Asked>,
) -> Response {
    answered(history::page(&worker, &id, asked.from).await)
}

/// A request.
pub async fn request(State(worker): State<Arc<Worker>>, Path((id, digest)): Path<(ContractId, Digest)>) -> Response {
    answered(history::request(&worker, &id, &digest).await)
}

fn answered(bytes: Result<Vec<u8>, Refusal>) -> Response {
    match bytes {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}
