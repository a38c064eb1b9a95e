//! The HTTP interface: registration for the operator, releases for workers, its own evidence for whoever judges it.
//! Everything that arrives is hostile.
//!
//! | path | says |
//! |---|---|
//! | `GET /health` | what the keyholder waits for, or that it serves |
//! | `GET /v1/registration` | statement, evidence and signature, for `adyton worker register` and `renew` |
//! | `GET /v1/evidence` | the evidence of this boot that the chain's record names, with its collateral |
//! | `POST /v1/release` | a [`ReleaseRequest`] in, sealed partials out, or a JSON refusal |

use adyton_admission::Registrar;
use adyton_appraisal::AppraisalRefusal;
use adyton_attestation::signature::{Fastest, RememberingVerifier};
use adyton_protocol::ids::{ContractId, WorkerId};
use adyton_threshold::release::{MAX_REQUEST, ReleaseRequest};
use async_trait::async_trait;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use std::sync::{Arc, OnceLock};
use tokio::sync::{Semaphore, watch};
use tracing::{info, warn};

use crate::{
    decision::{self, Facts, Keyholder, Limits, Refusal},
    evidence::OwnEvidence,
    judge::{self, Judge, Terms},
    remembered::Remembered,
    share_store::HeldShare,
};

/// How many requests are worked on at once; further ones are told to come back.
const AT_ONCE: usize = 16;

/// Where the facts of a decision come from: the light verifier, or a test.
#[async_trait]
pub trait ChainView: Send + Sync {
    /// Everything that a decision on `worker` and `contract` needs, proven at one finalized block.
    async fn facts(&self, worker: &WorkerId, contract: &ContractId) -> Result<Facts, ChainUnavailable>;
}

/// The chain cannot be read or proven just now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the chain cannot be read or proven now: {0}")]
pub struct ChainUnavailable(pub String);

/// What the keyholder is doing, in the order of its boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It follows the chain until its view is proven.
    Synchronizing,
    /// Its operator has to register this boot.
    AwaitingRegistration,
    /// It publishes the committee's commitments.
    Publishing,
    /// It answers workers.
    Serving,
}

/// Everything that answering takes. Made at the end of the boot.
pub struct Releaser {
    /// Who answers.
    pub keyholder: Keyholder,
    /// With what.
    pub held: HeldShare,
    /// By which rules evidence is judged.
    pub judge: Judge,
    /// What was seen of workers that got keys; nothing at first.
    pub remembered: Remembered,
    /// How much is released.
    pub limits: Limits,
    /// Where facts come from.
    pub chain: Arc<dyn ChainView>,
}

/// What the interface shows, shared with the boot.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    phase: watch::Sender<Phase>,
    registrar: OnceLock<Arc<Registrar>>,
    evidence: OnceLock<Arc<OwnEvidence>>,
    releaser: OnceLock<Arc<Releaser>>,
    permits: Semaphore,
}

/// A refusal on the wire.
#[derive(Debug, Serialize)]
struct Reason {
    code: &'static str,
    message: String,
    /// Whether asking again a little later may help.
    passing: bool,
    #[serde(skip)]
    status: StatusCode,
}

impl Shared {
    /// At the beginning of the boot.
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            phase: watch::Sender::new(Phase::Synchronizing),
            registrar: OnceLock::new(),
            evidence: OnceLock::new(),
            releaser: OnceLock::new(),
            permits: Semaphore::new(AT_ONCE),
        }))
    }

    /// Shows how far the boot is.
    pub fn enter(&self, phase: Phase) {
        self.0.phase.send_replace(phase);
    }

    /// Lets the operator ask for evidence: to register this boot, and later to renew its verdict.
    pub fn offer(&self, registrar: Arc<Registrar>) {
        let _ = self.0.registrar.set(registrar);
    }

    /// Lets everybody ask for the evidence that is registered.
    pub fn show(&self, evidence: Arc<OwnEvidence>) {
        let _ = self.0.evidence.set(evidence);
    }

    /// How far the boot is.
    pub fn phase(&self) -> Phase {
        *self.0.phase.borrow()
    }

    /// Begins to answer workers.
    pub fn serve(&self, releaser: Releaser) {
        let _ = self.0.releaser.set(Arc::new(releaser));
        self.enter(Phase::Serving);
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}

/// The routes.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/v1/registration", get(registration))
        .route("/v1/evidence", get(evidence))
        .route("/v1/release", post(release))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(shared)
}

async fn health(State(shared): State<Shared>) -> Response {
    #[derive(Serialize)]
    struct Health {
        role: &'static str,
        phase: Phase,
        /// Present once known: whether one keyholder alone holds the master secret.
        #[serde(skip_serializing_if = "Option::is_none")]
        insecure_single: Option<bool>,
    }
    let phase = shared.phase();
    let insecure_single = shared.0.releaser.get().map(|releaser| releaser.held.group().is_insecure_single());
    Json(Health { role: "keyholder", phase, insecure_single }).into_response()
}

async fn registration(State(shared): State<Shared>) -> Response {
    let Some(registrar) = shared.0.registrar.get() else {
        return Reason::waiting("not-ready", "this boot has no evidence yet").into_response();
    };
    match registrar.offer().await {
        Ok(offer) => Json(offer.registration).into_response(),
        Err(error) => {
            warn!(%error, "no evidence");
            Reason::waiting("no-evidence", "its evidence could not be made; see its log").into_response()
        }
    }
}

async fn evidence(State(shared): State<Shared>) -> Response {
    let Some(own) = shared.0.evidence.get() else {
        return Reason::waiting("not-ready", "this boot is not registered yet").into_response();
    };
    match own.answer().await {
        Some(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        None => Reason::waiting("no-evidence", "its registered evidence is not at hand; see its log").into_response(),
    }
}

async fn release(State(shared): State<Shared>, body: Bytes) -> Response {
    let Some(releaser) = shared.0.releaser.get().cloned() else {
        return Reason::waiting("not-ready", "this keyholder is not registered or has not published its committee")
            .into_response();
    };
    let Ok(_permit) = shared.0.permits.try_acquire() else {
        return Reason::waiting("busy", "too many requests at once").into_response();
    };
    match answer(releaser, &body).await {
        Ok(sealed) => ([(header::CONTENT_TYPE, "application/octet-stream")], sealed).into_response(),
        Err(reason) => reason.into_response(),
    }
}

async fn answer(releaser: Arc<Releaser>, body: &[u8]) -> Result<Vec<u8>, Reason> {
    let request = ReleaseRequest::from_bytes(body).map_err(|error| Reason {
        code: "malformed",
        message: error.to_string(),
        passing: false,
        status: StatusCode::BAD_REQUEST,
    })?;
    let (worker, contract) = (request.statement.worker, request.contract);
    let facts = releaser.chain.facts(&worker, &contract).await.map_err(|error| {
        warn!(%error, "no facts for a release");
        Reason::waiting("chain-unavailable", error.to_string())
    })?;
    let decided = tokio::task::spawn_blocking(move || releaser.answer(&facts, &request)).await;
    let result = decided.unwrap_or_else(|_| Err(Reason::broken()));
    match &result {
        Ok(_) => info!(%worker, %contract, "released"),
        Err(reason) => info!(%worker, %contract, code = reason.code, "refused"),
    }
    result
}

impl Releaser {
    /// Judges, decides, and only then evaluates.
    fn answer(&self, facts: &Facts, request: &ReleaseRequest) -> Result<Vec<u8>, Reason> {
        // Without the worker's record there is neither time nor floor to judge by, and nothing to release.
        let (record, validity) = facts.worker.as_ref().ok_or(Refusal::WorkerNotRegistered)?;
        let terms = Terms {
            kind: record.verdict.kind,
            now: validity.now,
            floor: validity.evaluation_floor,
            lists: facts.lists.clone(),
            profile: record.verdict.profile,
        };
        let worker = request.statement.worker;
        let (backend, known) = (Fastest::default(), self.remembered.of(&worker));
        let verifier = RememberingVerifier::new(&backend, &known);
        let judged = self.judge.judge(&verifier, request, &terms)?;
        let release = decision::decide(&self.keyholder, facts, &judged, request, &self.limits)?;
        self.remembered.keep(worker, verifier.into_checked());
        release.answer(self.held.share()).map_err(|error| Reason {
            code: "unsealable",
            message: error.to_string(),
            passing: false,
            status: StatusCode::FORBIDDEN,
        })
    }
}

impl Reason {
    fn waiting(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), passing: true, status: StatusCode::SERVICE_UNAVAILABLE }
    }

    fn broken() -> Self {
        Self {
            code: "internal",
            message: "a fault of this keyholder".into(),
            passing: false,
            status: StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        let passing = refusal.passing();
        let status = if passing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN };
        Self { code: refusal.code(), message: refusal.to_string(), passing, status }
    }
}

impl From<AppraisalRefusal> for Reason {
    fn from(refusal: AppraisalRefusal) -> Self {
        let (code, message) = (judge::code(&refusal), refusal.to_string());
        Self { code, message, passing: false, status: StatusCode::FORBIDDEN }
    }
}

impl IntoResponse for Reason {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
