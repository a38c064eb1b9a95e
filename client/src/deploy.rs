//! Bringing a contract onto the network, and seeing it become ready.

use std::fmt;

use adyton_chain_client::{
    extrinsic::{
        Signer,
        calls::{Call, Contracts},
    },
    rpc::Source,
};
use adyton_protocol::{
    ids::{BlockNumber, CodeHash, ContractId},
    manifest::Manifest,
    policy::ContractPolicy,
    record::{CodeRecord, ContractRecord, LeaseRecord, RetiredRecord, WorkerRecord},
    storage,
};
use codec::Encode;
use serde::Serialize;

use crate::{Client, ContentKey, Error, error::RecordRefusal, gateway::code_hash, sealed_code::seal_code};

/// The code with which a worker says that it waits for the key of a contract's sealed code.
const CODE_KEY_MISSING: &str = "code-key-missing";

/// A contract to be deployed.
#[derive(Debug, Clone)]
pub struct Deployment<'a> {
    /// Its component.
    pub component: &'a [u8],
    /// What it may do.
    pub manifest: &'a Manifest,
    /// Who may lease it.
    pub policy: &'a ContractPolicy,
    /// Tells this owner's contracts apart: the same salt again is the same contract.
    pub salt: [u8; 32],
    /// Under which key the component is sealed, where the manifest says that it is.
    pub content_key: Option<&'a ContentKey>,
}

/// How far a contract is. Each stage but the last two is proven by the chain; whether its worker is ready, the
/// worker says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "stage", rename_all = "lowercase")]
pub enum Stage {
    /// No worker has claimed its lease.
    Pending {
        /// What it waits for.
        reason: String,
    },
    /// A worker holds it and opens it.
    Leased {
        /// What the worker does.
        reason: String,
    },
    /// A worker holds it, and its owner has to give the key of its sealed code ([`Client::give_code_key`]).
    Locked {
        /// What it waits for.
        reason: String,
    },
    /// It answers calls.
    Ready,
    /// Its worker cannot run it.
    Failed {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending { reason } => write!(f, "pending: {reason}"),
            Self::Leased { reason } => write!(f, "leased: {reason}"),
            Self::Locked { reason } => write!(f, "locked: {reason}"),
            Self::Ready => f.write_str("ready"),
            Self::Failed { reason } => write!(f, "failed: {reason}"),
        }
    }
}

/// A contract's record with its lease and the lease's holder, if there are any. Nothing is judged.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The contract.
    pub id: ContractId,
    /// Its record.
    pub record: ContractRecord,
    /// The announcement of its code.
    pub code: Option<CodeRecord>,
    /// Its lease, dead or alive.
    pub lease: Option<LeaseRecord>,
    /// The lease's holder.
    pub holder: Option<WorkerRecord>,
    /// Whether it is halted: two histories of its state were shown, and its owner has not resumed it.
    pub halted: bool,
    /// The block as of which this holds.
    pub block: BlockNumber,
}

impl Listing {
    /// Whether the lease is alive.
    pub fn is_leased(&self) -> bool {
        matches!((&self.lease, &self.holder), (Some(lease), Some(holder)) if lease.alive(holder, self.block))
    }
}

impl<S: Source> Client<S> {
    /// Stores the component at the gateway, announces it if nobody did, and makes the contract. Gives its
    /// identifier and the block that has it.
    pub async fn deploy(&self, owner: &dyn Signer, what: &Deployment<'_>) -> Result<(ContractId, BlockNumber), Error> {
        what.manifest.validate().map_err(RecordRefusal::Manifest)?;
        check_sealed(what.manifest, what.content_key)?;
        let id = ContractId::derive(&self.network().network_id, &owner.account(), &what.salt);
        let (code, announcements) = self.store_code(what.component, what.content_key).await?;
        let deploy = Call::Contracts(Contracts::Deploy {
            code,
            manifest: what.manifest.encode(),
            policy: what.policy.clone(),
            salt: what.salt,
        });
        let included = self.submit(owner, &after(announcements, deploy)).await?;
        // What counts is the state, not the event.
        let listing = self.listing(&id).await?;
        if listing.record.code != code {
            return Err(Error::Malformed("the chain has another contract under this id".into()));
        }
        Ok((id, included.block.number()))
    }

    /// Stores a new component, sealed under the key where the contract's manifest says that its code is, and announces it
    /// as the contract's next code. Gives the first block at which [`Client::apply_upgrade`] may be called.
    pub async fn announce_upgrade(
        &self,
        owner: &dyn Signer,
        contract: &ContractId,
        component: &[u8],
        content_key: Option<&ContentKey>,
    ) -> Result<BlockNumber, Error> {
        // Before anything is uploaded: what was to be sealed would lie there in the clear.
        let record = self.listing(contract).await?.record;
        check_sealed(&Manifest::from_bytes(&record.manifest).map_err(RecordRefusal::Manifest)?, content_key)?;
        let (code, announcements) = self.store_code(component, content_key).await?;
        let announce = Call::Contracts(Contracts::AnnounceUpgrade { contract: *contract, code });
        self.submit(owner, &after(announcements, announce)).await?;
        let pending = self.listing(contract).await?.record.pending.filter(|pending| pending.code == code);
        pending
            .map(|pending| pending.effective)
            .ok_or_else(|| Error::Malformed("the chain shows no announced code".into()))
    }

    /// Puts announced code into force.
    pub async fn apply_upgrade(&self, owner: &dyn Signer, contract: &ContractId) -> Result<(), Error> {
        self.submit(owner, &Call::Contracts(Contracts::ApplyUpgrade(*contract))).await.map(|_| ())
    }

    /// Ends a contract for good. Gives what is left of it.
    pub async fn retire(&self, owner: &dyn Signer, contract: &ContractId) -> Result<RetiredRecord, Error> {
        self.submit(owner, &Call::Contracts(Contracts::Retire(*contract))).await?;
        let left = self.facts(&[storage::retired(contract)]).await?.retired(contract)?;
        left.ok_or_else(|| Error::Malformed("the chain does not show the contract as retired".into()))
    }

    /// Takes the announcement of code back. Gives the block since which it is gone.
    pub async fn remove_code(&self, uploader: &dyn Signer, code: &CodeHash) -> Result<BlockNumber, Error> {
        Ok(self.submit(uploader, &Call::Contracts(Contracts::RemoveCode(*code))).await?.block.number())
    }

    /// What the chain has about a contract.
    pub async fn listing(&self, contract: &ContractId) -> Result<Listing, Error> {
        let keys = [
            storage::contracts(contract),
            storage::retired(contract),
            storage::leases(contract),
            storage::halted(contract),
        ];
        let facts = self.facts(&keys).await?;
        let Some(record) = facts.contract(contract)? else {
            return Err(RecordRefusal::missing(contract, facts.retired(contract)?).into());
        };
        let (lease, halted) = (facts.lease(contract)?, facts.is_halted(contract)?);
        let mut keys = vec![storage::codes(&record.code)];
        keys.extend(lease.iter().map(|lease| storage::workers(&lease.holder)));
        let facts = self.facts(&keys).await?;
        let holder = lease.as_ref().map(|lease| facts.worker(&lease.holder)).transpose()?.flatten();
        let (code, block) = (facts.code(&record.code)?, facts.block().number);
        Ok(Listing { id: *contract, record, code, lease, holder, halted, block })
    }

    /// How far a contract is.
    pub async fn stage(&self, contract: &ContractId) -> Result<Stage, Error> {
        let listing = self.listing(contract).await?;
        if !listing.is_leased() {
            return Ok(Stage::Pending { reason: "no worker holds its lease yet".into() });
        }
        let status = match self.gateway().status(contract).await {
            Ok(status) => status,
            Err(error @ (Error::Gateway { .. } | Error::Unreachable { .. })) => {
                return Ok(Stage::Leased { reason: error.to_string() });
            }
            Err(error) => return Err(error),
        };
        let reason = status.reason.unwrap_or_default();
        if status.code.as_deref() == Some(CODE_KEY_MISSING) {
            return Ok(Stage::Locked { reason });
        }
        Ok(match status.status.as_str() {
            "ready" if status.program == Some(listing.record.code) => Stage::Ready,
            "ready" => Stage::Leased { reason: "its worker still has the code before the upgrade".into() },
            "failed" => Stage::Failed { reason },
            _ if reason.is_empty() => Stage::Leased { reason: "its worker opens it".into() },
            _ => Stage::Leased { reason },
        })
    }

    /// Stores a component at the gateway, sealed if there is a key. Gives its hash, and the calls that announce what of it
    /// nobody has announced: the hash by which the chain knows it, and where it is sealed, that of the sealed bytes too, so
    /// that the gateway keeps them.
    pub async fn store_code(
        &self,
        component: &[u8],
        content_key: Option<&ContentKey>,
    ) -> Result<(CodeHash, Vec<Call>), Error> {
        let code = code_hash(component);
        let mut sizes = vec![(code, component.len())];
        if let Some(key) = content_key {
            let sealed = seal_code(&self.network().network_id, component, key);
            sizes.push((self.gateway().put_code(&sealed).await?, sealed.len()));
        } else {
            self.gateway().put_code(component).await?;
        }
        let keys: Vec<_> = sizes.iter().map(|(hash, _)| storage::codes(hash)).collect();
        let facts = self.facts(&keys).await?;
        let mut announcements = Vec::new();
        for (hash, size) in sizes {
            if facts.code(&hash)?.is_none() {
                let size = u32::try_from(size).map_err(|_| Error::BadRequest("the component is too large".into()))?;
                announcements.push(Call::Contracts(Contracts::UploadCode { hash, size }));
            }
        }
        Ok((code, announcements))
    }
}

fn check_sealed(manifest: &Manifest, content_key: Option<&ContentKey>) -> Result<(), Error> {
    match manifest.sealed_code == content_key.is_some() {
        true => Ok(()),
        false => Err(Error::BadRequest("the code is sealed exactly where the manifest says so".into())),
    }
}

/// `call`, and before it the announcements, as one.
fn after(mut announcements: Vec<Call>, call: Call) -> Call {
    if announcements.is_empty() {
        return call;
    }
    announcements.push(call);
    Call::all(announcements)
}
