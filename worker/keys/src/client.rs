//! Asks the keyholders over HTTP. The transport is not trusted: a request holds nothing secret, an answer is
//! sealed to this boot and checked against the chain's commitments.

use adyton_protocol::ids::WorkerId;
use adyton_threshold::{
    GroupPublic,
    release::{MAX_ANSWER, RecipientSecret, ReleaseRequest},
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use serde::Deserialize;
use std::time::Duration;

use crate::{ContractSecrets, Gathering, KeysError, error::AskError};

/// How long one keyholder may take to answer.
pub const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest reason for a refusal that is read, in bytes.
const MAX_REASON: usize = 4096;

/// A member of the committee and where its HTTP interface is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The member.
    pub keyholder: WorkerId,
    /// The base of its URLs, from its record: unproven, used only to reach it.
    pub url: String,
}

/// A refusal as the keyholder writes it (`POST /v1/release`, status 4xx or 503).
#[derive(Debug, Deserialize)]
struct Reason {
    code: String,
    message: String,
    #[serde(default)]
    passing: bool,
}

/// Asks every member of the committee at once, and derives the contract's secrets from the first sufficient
/// number of right answers. `request.purposes` must be all of them.
pub async fn obtain(
    http: &reqwest::Client,
    committee: &[Endpoint],
    group: GroupPublic,
    request: &ReleaseRequest,
    secret: &RecipientSecret,
) -> Result<ContractSecrets, KeysError> {
    let body = bytes::Bytes::from(request.to_bytes());
    let mut gathering = Gathering::new(group);
    let mut failures = Vec::new();
    let mut asked: FuturesUnordered<_> = committee
        .iter()
        .map(|endpoint| {
            let body = body.clone();
            async move { (endpoint.keyholder, ask(http, &endpoint.url, body).await) }
        })
        .collect();
    while let Some((keyholder, answer)) = asked.next().await {
        let binding = request.binding(keyholder);
        let added = match answer {
            Ok(answer) => gathering.add(&binding, secret, &answer).map_err(|error| AskError::Wrong(error.to_string())),
            Err(failure) => Err(failure),
        };
        match added {
            Ok(()) if gathering.have() >= gathering.need() => return gathering.finish(&binding),
            Ok(()) => {}
            Err(failure) => failures.push((keyholder, failure)),
        }
    }
    Err(KeysError::TooFew { have: gathering.have(), need: gathering.need(), failures })
}

async fn ask(http: &reqwest::Client, url: &str, body: bytes::Bytes) -> Result<Vec<u8>, AskError> {
    let url = format!("{}/v1/release", url.trim_end_matches('/'));
    let asked = async {
        let response = http.post(url).header("content-type", "application/octet-stream").body(body).send().await;
        let response = response.map_err(unreachable)?;
        if response.status().is_success() {
            return read(response, MAX_ANSWER).await;
        }
        let status = response.status();
        let reason = read(response, MAX_REASON).await?;
        Err(match serde_json::from_slice::<Reason>(&reason) {
            Ok(Reason { code, message, passing }) => AskError::Refused { code, message, passing },
            Err(_) => AskError::Refused {
                code: status.as_u16().to_string(),
                message: "no reason given".into(),
                passing: false,
            },
        })
    };
    tokio::time::timeout(ASK_TIMEOUT, asked)
        .await
        .unwrap_or_else(|_| Err(AskError::Unreachable("no answer in time".into())))
}

/// Reads a body up to `most` bytes.
async fn read(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, AskError> {
    let mut out = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if out.len() + chunk.len() > most {
            return Err(AskError::TooLong);
        }
        out.extend_from_slice(&chunk);
    }
    Ok(out)
}

fn unreachable(error: reqwest::Error) -> AskError {
    // Without the URL, which the sentence around it names already by the keyholder.
    AskError::Unreachable(error.without_url().to_string())
}
