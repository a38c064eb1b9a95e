//! What a boot offers its operator: a statement, evidence over it, and the boot key's signature over both.
//!
//! The operator signs the extrinsic; the program never holds the operator's key. An offer is made when it is
//! asked for, at any time: before the first registration, and later to renew the verdict of the same boot.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use adyton_attestation_platform::{Gpus, Platform, PlatformError};
use adyton_protocol::{evidence::EvidenceKind, ids::Digest, statement::AttestedStatement};
use codec::Encode;
use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;

use crate::{
    AdmissionError, ChainReader, counter,
    devices::{OfferedDevice, offered},
    evidence::registrable,
};

/// For how long an offer is given out before evidence is made again: the chain knows the block that a statement
/// names only for a while, and making evidence is work that anybody can ask for.
const OFFER: Duration = Duration::from_secs(30);
/// The most offers that are kept in the hope that one of them gets registered: half an hour's.
const KEPT: usize = 60;

/// What the operator gets, in hexadecimal with `0x`. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// The statement in readable form.
    pub statement: AttestedStatement,
    /// Its SCALE encoding, which goes to the chain.
    pub statement_encoded: String,
    /// The kind of the evidence.
    pub kind: EvidenceKind,
    /// The evidence; of SEV-SNP, with the certificate of its key ([`adyton_protocol::evidence::SnpEvidence`]).
    pub evidence: String,
    /// Ed25519 by the statement's signing key over its registration message (statement and evidence).
    pub signature: String,
    /// Where the program's interface is said to be.
    pub endpoint: String,
    /// The operator's name for the program.
    pub name: String,
    /// The evidence of the machine's GPUs over the same statement, which is added once this is registered.
    pub devices: Vec<OfferedDevice>,
    /// Why they gave none, if they were asked in vain.
    pub devices_failed: Option<String>,
}

/// An offer with what only this process needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What the operator gets.
    pub registration: Registration,
    /// The statement.
    pub statement: AttestedStatement,
    /// The evidence's bytes, shown to keyholders.
    pub evidence: Vec<u8>,
    made: Duration,
}

/// Makes offers, and keeps the one that the chain's record names.
pub struct Registrar {
    platform: Box<dyn Platform>,
    gpus: Option<Gpus>,
    reader: Arc<ChainReader>,
    template: AttestedStatement,
    key: SigningKey,
    endpoint: String,
    name: String,
    /// One offer is made at a time; who asks meanwhile gets the same.
    making: tokio::sync::Mutex<()>,
    offers: Mutex<Offers>,
}

#[derive(Default)]
struct Offers {
    /// Ascending by age; the newest last.
    open: VecDeque<Offer>,
    registered: Option<Offer>,
}

impl Registrar {
    /// For a boot whose statement is `template` but for its recent block, and whose signing key is `key`;
    /// `endpoint` and `name` are what its operator registers with it.
    pub fn new(
        platform: Box<dyn Platform>,
        reader: Arc<ChainReader>,
        template: AttestedStatement,
        key: SigningKey,
        endpoint: String,
        name: String,
    ) -> Self {
        let (making, offers) = Default::default();
        Self { platform, gpus: None, reader, template, key, endpoint, name, making, offers }
    }

    /// The same, which asks the machine's GPUs too.
    pub fn with_gpus(self, gpus: Gpus) -> Self {
        Self { gpus: Some(gpus), ..self }
    }

    /// The newest offer; a new one if that is old or registered already. Its statement names the newest head
    /// that the chain proves, under the authorities that this head's own state names: a program that believes others
    /// is never registered.
    pub async fn offer(&self) -> Result<Offer, AdmissionError> {
        let _one = self.making.lock().await;
        if let Some(offer) = self.offers().young() {
            return Ok(offer);
        }
        let head = self.reader.head().await?;
        let recent = head.block();
        // Two offers never have the same statement: it is by the statement that the registered one is known.
        if let Some(offer) = self.offers().naming(recent.number) {
            return Ok(offer);
        }
        // Whoever is registered with a block has followed the authorities to those that vote after it.
        self.reader.checkpoint_at(&head).await?;
        let statement = AttestedStatement { recent, ..self.template.clone() };
        let (kind, evidence) = registrable(self.platform.evidence(statement.report_data()).await?)?;
        let mut offer = self.sign(statement, kind, evidence);
        // Without its GPUs it is a worker all the same, and its verdict has to be renewed.
        match self.devices(&offer.statement).await {
            Ok(devices) => offer.registration.devices = devices,
            Err(error) => {
                tracing::warn!(%error, "the machine's GPUs give no evidence");
                offer.registration.devices_failed = Some(error.to_string());
            }
        }
        self.offers().add(offer.clone());
        Ok(offer)
    }

    /// The offer whose statement the chain's record names, kept from then on until the record names another.
    /// Ask this whenever the record was read.
    pub fn registered(&self, statement: &Digest) -> Option<Offer> {
        self.offers().register(statement)
    }

    async fn devices(&self, statement: &AttestedStatement) -> Result<Vec<OfferedDevice>, PlatformError> {
        match &self.gpus {
            Some(gpus) => offered(gpus, statement, &self.key).await,
            None => Ok(Vec::new()),
        }
    }

    fn sign(&self, statement: AttestedStatement, kind: EvidenceKind, evidence: Vec<u8>) -> Offer {
        let signature = self.key.sign(&statement.registration_message(&evidence)).to_bytes();
        let registration = Registration {
            statement_encoded: prefixed(&statement.encode()),
            kind,
            evidence: prefixed(&evidence),
            signature: prefixed(&signature),
            endpoint: self.endpoint.clone(),
            name: self.name.clone(),
            devices: Vec::new(),
            devices_failed: None,
            statement: statement.clone(),
        };
        Offer { registration, statement, evidence, made: counter() }
    }

    /// Makes every offer an old one.
    #[cfg(test)]
    pub(crate) fn age(&self) {
        self.offers().open.iter_mut().for_each(|offer| offer.made = Duration::ZERO);
    }

    fn offers(&self) -> MutexGuard<'_, Offers> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Offers {
    fn young(&self) -> Option<Offer> {
        self.open.back().filter(|offer| counter().saturating_sub(offer.made) < OFFER).cloned()
    }

    fn naming(&self, block: u32) -> Option<Offer> {
        let mut newest = self.open.back().into_iter().chain(&self.registered);
        newest.find(|offer| offer.statement.recent.number == block).cloned()
    }

    fn add(&mut self, offer: Offer) {
        self.open.push_back(offer);
        if self.open.len() > KEPT {
            self.open.pop_front();
        }
    }

    /// Takes the offer with this statement out of the open ones. Older ones can still be registered: an operator
    /// may have sent two.
    fn register(&mut self, statement: &Digest) -> Option<Offer> {
        let is = |offer: &Offer| offer.statement.digest() == *statement;
        if !self.registered.as_ref().is_some_and(is) {
            let place = self.open.iter().position(is)?;
            self.registered = self.open.remove(place);
        }
        self.registered.clone()
    }
}

pub(crate) fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
