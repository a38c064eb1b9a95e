//! What the worker offers its operator: statement, evidence and its own signature over both.
//!
//! The operator signs the extrinsic; the worker never holds the operator's key. Evidence is made again when
//! the block that its statement names becomes too old for the chain to know.

use std::time::{Duration, Instant};

use adyton_attestation_platform::Platform;
use adyton_protocol::{ids::BlockRef, statement::AttestedStatement};
use codec::Encode;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::worker::BootKeys;

/// For how long evidence is offered before it is made again.
const OFFER: Duration = Duration::from_secs(30);

/// What is offered, in hexadecimal with `0x`. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// The statement in readable form.
    pub statement: AttestedStatement,
    /// Its SCALE encoding.
    pub statement_encoded: String,
    /// The evidence.
    pub evidence: String,
    /// Ed25519 by the statement's signing key over its registration message.
    pub signature: String,
    /// Where the worker's interface is said to be.
    pub endpoint: String,
    /// The operator's name for the worker.
    pub name: String,
}

/// An offer with what only this process needs of it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What the operator gets.
    pub registration: Registration,
    /// The statement.
    pub statement: AttestedStatement,
    /// The evidence's bytes, shown to keyholders.
    pub evidence: Vec<u8>,
    made: Instant,
}

/// Makes offers.
pub struct Registrar {
    platform: Box<dyn Platform>,
    template: AttestedStatement,
    endpoint: String,
    name: String,
    offers: Mutex<Vec<Offer>>,
}

impl Registrar {
    /// For a boot whose statement is `template` but for its recent block.
    pub fn new(platform: Box<dyn Platform>, template: AttestedStatement, endpoint: String, name: String) -> Self {
        Self { platform, template, endpoint, name, offers: Mutex::default() }
    }

    /// The newest offer, made again if it is old. `recent` is a finalized block just proven.
    pub async fn offer(&self, keys: &BootKeys, recent: BlockRef) -> anyhow::Result<Offer> {
        let mut offers = self.offers.lock().await;
        if let Some(offer) = offers.last()
            && offer.made.elapsed() < OFFER
        {
            return Ok(offer.clone());
        }
        let statement = AttestedStatement { recent, ..self.template.clone() };
        let evidence = self.platform.quote(statement.report_data()).await?;
        let signature = keys.accept(&statement, &evidence);
        let registration = Registration {
            statement_encoded: prefixed(&statement.encode()),
            evidence: prefixed(&evidence),
            signature: prefixed(&signature),
            endpoint: self.endpoint.clone(),
            name: self.name.clone(),
            statement: statement.clone(),
        };
        let offer = Offer { registration, statement, evidence, made: Instant::now() };
        if offers.len() == 16 {
            offers.remove(0);
        }
        offers.push(offer.clone());
        Ok(offer)
    }

    /// The offer whose statement the chain's record names.
    pub async fn registered(&self, statement: &adyton_protocol::ids::Digest) -> Option<Offer> {
        self.offers.lock().await.iter().find(|offer| offer.statement.digest() == *statement).cloned()
    }
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
