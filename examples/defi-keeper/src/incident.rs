//! What happens outside the chain: whether an incident is reported.

use adyton_sdk::{
    Error,
    evm::Hash,
    http::{self, Request},
    log,
};
use serde::Deserialize;

use crate::setting;

/// What a source answers: the incident that there is now, or `null`.
#[derive(Deserialize)]
struct Report {
    incident: Option<Hash>,
}

/// The incident that all sources report; none if they do not say the same. A source that fails is an error: without it
/// there is no reason to act.
pub fn reported() -> Result<Option<Hash>, Error> {
    let sources: String = setting("sources")?;
    let requests: Vec<Request> = sources.split_whitespace().map(|url| Request::get(url).timeout_ms(3_000)).collect();
    let mut said = Vec::new();
    for answer in http::send_all(&requests) {
        said.push(answer?.success()?.json::<Report>()?.incident);
    }
    let first = said.first().copied().flatten();
    if said.iter().any(|other| *other != first) {
        log::warn("the sources do not report the same");
        return Ok(None);
    }
    Ok(first)
}
