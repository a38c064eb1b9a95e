//! The worker as a whole: what boot made, and what calls, leases and anchors share.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use adyton_admission::Registrar;
use adyton_engine::{Compiler, Engine};
use adyton_protocol::{
    ids::{ContractId, NetworkId, SigningKey, WorkerId},
    receipt::{Label, ReceiptFields, SALT, SignedReceipt},
    registered::RegisteredEvidence,
};
use adyton_threshold::release::RecipientSecret;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use rand_core::{OsRng, RngCore};
use tokio::sync::{Semaphore, watch};
use zeroize::Zeroizing;

use crate::{
    anchors::Anchors,
    chain::Chain,
    code_cache::CodeCache,
    config::Config,
    contract::Contract,
    error::Refusal,
    gas::Meters,
    lease::{
        openings::Openings,
        step::{Failure, Step},
    },
    road::seal::Seals,
    view::{Right, View},
};

/// Keys of one boot. They are made at boot and die with the process.
pub struct BootKeys {
    /// Signs extrinsics and the acceptance of a registration.
    pub signing: ed25519_dalek::SigningKey,
    /// The same key pair; signs receipts, by the library that is faster at it.
    receipts: Ed25519KeyPair,
    /// Opens calls.
    pub seals: Seals,
    /// Opens key releases; the same key pair.
    pub releases: RecipientSecret,
}

impl BootKeys {
    /// Makes them from fresh randomness, for a worker that leases at most `max_contracts`.
    pub fn generate(max_contracts: usize) -> anyhow::Result<Self> {
        let (mut signing, mut sealing) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
        for seed in [&mut signing, &mut sealing] {
            OsRng.try_fill_bytes(&mut seed[..])?;
        }
        let receipts = Ed25519KeyPair::from_seed_unchecked(&signing[..])?;
        let keys = Self {
            signing: ed25519_dalek::SigningKey::from_bytes(&signing),
            receipts,
            seals: Seals::derive(&sealing, max_contracts)?,
            releases: RecipientSecret::derive(&sealing),
        };
        anyhow::ensure!(keys.releases.public() == keys.seals.public(), "the two sides of the boot's key differ");
        let same = keys.receipts.public_key().as_ref() == keys.signing.verifying_key().as_bytes();
        anyhow::ensure!(same, "the two signers of the boot's key differ");
        Ok(keys)
    }

    /// The signing half's public key.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey(self.signing.verifying_key().to_bytes())
    }

    /// The signing half, for the chain's extrinsics.
    pub fn signer(&self) -> adyton_chain_client::extrinsic::Ed25519 {
        adyton_chain_client::extrinsic::Ed25519::new(&Zeroizing::new(self.signing.to_bytes()))
    }

    /// Makes and signs a receipt, with a fresh salt for each leaf.
    pub fn receipt(&self, fields: &ReceiptFields) -> anyhow::Result<SignedReceipt> {
        let mut salts = [[0; SALT]; Label::ALL.len()];
        OsRng.try_fill_bytes(salts.as_flattened_mut())?;
        let mut salts = salts.into_iter();
        let next = || salts.next().expect("a receipt has a leaf for each label");
        let sign = |message: &[u8]| -> [u8; 64] {
            self.receipts.sign(message).as_ref().try_into().expect("a signature of Ed25519 has 64 bytes")
        };
        Ok(SignedReceipt::sign(fields, next, sign))
    }
}

/// Where a contract stands on this worker.
#[derive(Clone)]
pub enum Slot {
    /// Being opened; at which step.
    Opening(Step),
    /// Could not be opened; why. Tried again.
    Failed(Failure),
    /// Answers.
    Ready(Arc<Contract>),
}

/// The worker.
pub struct Worker {
    /// Its configuration.
    pub config: Config,
    /// The network that it serves.
    pub network: NetworkId,
    /// Its stable identity.
    pub id: WorkerId,
    /// Its keys.
    pub boot: BootKeys,
    /// The chain.
    pub chain: Chain,
    /// What it offers its operator for registration.
    pub registrar: Registrar,
    /// Runs components.
    pub engine: Engine,
    /// Compiles them.
    pub compiler: Compiler,
    /// What was compiled before.
    pub code: Arc<CodeCache>,
    /// Whoever tries a key of sealed code has one: each holds all of the code, sealed and open, while it does.
    pub trying: Semaphore,
    /// Fetches components and asks keyholders.
    pub http: reqwest::Client,
    /// Where the state of contracts lies; one, so that all stores share its journal.
    pub disk: Arc<dyn object_store::ObjectStore>,
    /// Opened blocks of all stores.
    pub cache: Arc<adyton_state::BlockCache>,
    /// Carries heads to the chain.
    pub anchors: Anchors,
    /// Tells the chain of openings.
    pub openings: Openings,
    /// What contracts used that is not claimed yet.
    pub gas: Meters,
    /// The newest view; none before the first.
    pub view: watch::Sender<Option<Arc<View>>>,
    /// Contracts by identifier.
    pub contracts: RwLock<HashMap<ContractId, Slot>>,
}

impl Worker {
    /// The public signing key of this boot.
    pub fn signing_key(&self) -> SigningKey {
        self.boot.signing_key()
    }

    /// The newest view, if there is one.
    pub fn view(&self) -> Option<Arc<View>> {
        self.view.borrow().clone()
    }

    /// The evidence of this boot that the chain's record names, with the collateral that keyholders are shown.
    pub async fn registered_evidence(&self) -> Result<RegisteredEvidence, Refusal> {
        let named = self.view().and_then(|view| self.registrar.registered(&view.own.statement));
        let offer = named.ok_or_else(|| Refusal::NotAdmitted("its evidence is not registered yet".into()))?;
        let collateral = tokio::fs::read(&self.config.local.collateral).await.map_err(|error| {
            tracing::error!(%error, "the collateral cannot be read");
            Refusal::Worker
        })?;
        let kind = offer.registration.kind;
        Ok(RegisteredEvidence { statement: offer.statement, kind, evidence: offer.evidence, collateral })
    }

    /// The slot of a contract.
    pub fn slot(&self, contract: &ContractId) -> Option<Slot> {
        self.contracts.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(contract).cloned()
    }

    /// Sets or, with `None`, removes the slot of a contract.
    pub fn set_slot(&self, contract: ContractId, slot: Option<Slot>) {
        let mut contracts = self.contracts.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        match slot {
            Some(slot) => contracts.insert(contract, slot),
            None => contracts.remove(&contract),
        };
    }

    /// The contracts that this worker holds or opens.
    pub fn slots(&self) -> Vec<(ContractId, Slot)> {
        let contracts = self.contracts.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        contracts.iter().map(|(id, slot)| (*id, slot.clone())).collect()
    }

    /// The right to act for a contract under the lease with which it is open here.
    pub fn right(&self, contract: &Contract) -> Right<'_> {
        Right { views: &self.view, worker: self.id, contract: contract.id, lease: contract.lease }
    }

    /// The open contract `id` and the view under which it may be used, or why it may not. The one gate that
    /// every call passes.
    pub fn ready(&self, id: &ContractId) -> Result<(Arc<Contract>, Arc<View>), Refusal> {
        let view = self.view().ok_or_else(|| Refusal::NotFresh("no finalized head was proven yet".into()))?;
        let lease = view.may_act(&self.id, id)?;
        match self.slot(id) {
            Some(Slot::Ready(contract)) if contract.lease == lease => Ok((contract, view)),
            Some(Slot::Ready(_)) => Err(Refusal::NotReady("the lease changed")),
            Some(Slot::Opening(step)) => Err(Refusal::NotReady(step.text())),
            Some(Slot::Failed(failure)) => Err(Refusal::NotReady(failure.text())),
            None => Err(Refusal::NotReady("the lease was just claimed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::road::answer::tests::fields;

    #[test]
    fn a_receipt_verifies_under_the_public_key_of_the_boot_that_signed_it_and_under_no_other() {
        let (keys, others) = (BootKeys::generate(1).expect("makes keys"), BootKeys::generate(1).expect("makes keys"));
        let verifies = |key: &SigningKey, message: &[u8], signature: &[u8; 64]| {
            ed25519_dalek::VerifyingKey::from_bytes(&key.0)
                .is_ok_and(|key| key.verify_strict(message, &signature.into()).is_ok())
        };
        let fields = ReceiptFields { worker: keys.signing_key(), ..fields() };
        let receipt = keys.receipt(&fields).expect("signs");
        assert_eq!(receipt.verify(&fields.network, &verifies), Ok(fields.clone()));
        let forged = others.receipt(&fields).expect("signs");
        assert!(forged.verify(&fields.network, &verifies).is_err());
    }
}
