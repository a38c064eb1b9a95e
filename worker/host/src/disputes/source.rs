//! Where a history comes from: a worker or gateway of which somebody says that it has it. Whoever says so is hostile, and
//! so is whoever answers: what is asked for is bounded in bytes, and what is not of the claim is nothing.
//!
//! An address inside somebody's network is asked only by a worker that has itself told the chain of one: on such a
//! network all are inside. Otherwise a stranger could have it asked what only those inside may ask.

use std::{net::SocketAddr, time::Duration};

use adyton_engine::egress::address::{AddressClass, classify};
use adyton_protocol::{dispute::Claim, ids::NetworkId, manifest::Manifest};
use adyton_state::Replay;
use anyhow::{Context, bail, ensure};
use codec::DecodeAll;
use reqwest::Url;
use tokio::{net::lookup_host, task::spawn_blocking};

use super::rerun::State;
use crate::road::history::{PAGE, Request};

/// The most bytes of one page: a record that stands alone may be larger than a page.
const MOST_OF_A_PAGE: usize = PAGE + (20 << 20);
/// What a request may have beside its content.
const BESIDE_CONTENT: usize = 1 << 20;
/// For how long one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whoever may have the history.
pub struct Source {
    http: reqwest::Client,
    base: String,
}

impl Source {
    /// At this address, if it may be asked. `inside` says whether addresses that are not public may be.
    pub async fn new(url: &str, inside: bool) -> anyhow::Result<Self> {
        let parsed = Url::parse(url).context("not an address")?;
        ensure!(["http", "https"].contains(&parsed.scheme()), "neither http nor https");
        ensure!(parsed.username().is_empty() && parsed.password().is_none(), "an address with a user's name");
        ensure!(parsed.query().is_none() && parsed.fragment().is_none(), "an address with a query");
        let addresses = resolved(&parsed, inside).await?;
        let host = parsed.host_str().context("no host")?;
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        // What was judged is what is asked, whatever the name means the next time.
        let client =
            client.resolve_to_addrs(host, &addresses).connect_timeout(Duration::from_secs(5)).timeout(PATIENCE);
        Ok(Self { http: client.build()?, base: parsed.as_str().trim_end_matches('/').to_owned() })
    }

    /// The state that the claimed call began with.
    pub async fn state(&self, claim: &Claim, manifest: &Manifest) -> anyhow::Result<State> {
        let mut replay = Replay::new(claim.contract, manifest.limits.storage);
        while replay.head().sequence < claim.before.sequence {
            let from = replay.head().sequence.saturating_add(1);
            let page = self.get(&format!("contracts/{}/history?from={from}", claim.contract), MOST_OF_A_PAGE).await?;
            let until = claim.before.sequence;
            replay = spawn_blocking(move || apply(replay, &page, until)).await??;
        }
        Ok(replay.finish(&claim.before)?)
    }

    /// What was asked.
    pub async fn request(&self, network: &NetworkId, claim: &Claim, manifest: &Manifest) -> anyhow::Result<Request> {
        let most = (manifest.limits.request as usize).saturating_add(BESIDE_CONTENT);
        let bytes = self.get(&format!("contracts/{}/requests/{}", claim.contract, claim.request), most).await?;
        let request = Request::read(&bytes, (network, &claim.contract, &claim.request_id), &claim.request);
        request.context("not the request of the claim")
    }

    async fn get(&self, path: &str, most: usize) -> anyhow::Result<Vec<u8>> {
        let mut response = self.http.get(format!("{}/v1/{path}", self.base)).send().await?.error_for_status()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            ensure!(bytes.len() + chunk.len() <= most, "the answer has more than {most} bytes");
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Takes the records of a page up to that of sequence `until`.
fn apply(mut replay: Replay, page: &[u8], until: u64) -> anyhow::Result<Replay> {
    let records = Vec::<Vec<u8>>::decode_all(&mut &page[..]).context("not a list of records")?;
    ensure!(!records.is_empty(), "no record behind sequence {}", replay.head().sequence);
    for record in records {
        if replay.head().sequence >= until {
            break;
        }
        replay.apply(&record)?;
    }
    Ok(replay)
}

/// Whether a worker with this address is on a network on which all are inside: one that cannot be read, or found, is not.
pub async fn is_inside(own: &str) -> bool {
    let Ok(url) = Url::parse(own) else { return false };
    resolved(&url, false).await.is_err() && resolved(&url, true).await.is_ok()
}

/// The addresses of a URL's host, if all of them may be asked.
async fn resolved(url: &Url, inside: bool) -> anyhow::Result<Vec<SocketAddr>> {
    let host = url.host_str().context("no host")?.trim_matches(['[', ']']);
    let port = url.port_or_known_default().context("no port")?;
    let addresses: Vec<_> = lookup_host((host, port)).await.context("finding the host")?.collect();
    ensure!(!addresses.is_empty(), "the host has no address");
    for address in &addresses {
        match classify(address.ip()) {
            AddressClass::Public => {}
            AddressClass::Private(_) if inside => {}
            AddressClass::Private(what) | AddressClass::Never(what) => bail!("the host's address is {what}"),
        }
    }
    Ok(addresses)
}
