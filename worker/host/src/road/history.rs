//! What others need to run a disputable contract's calls again (`specs/disputes.md`): the store keeps a record of each
//! commit, and here the request of each call is kept beside it, as long as its answer can be disputed. Both are shown to
//! everybody: all that such a contract is asked, and keeps, is public.

use std::sync::Arc;

use adyton_protocol::{
    call::{self, Fields},
    ids::{ContractId, Digest, NetworkId, RequestId},
};
use adyton_state::Asked;
use codec::{Decode, DecodeAll, Encode};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    answer::{Origin, Trigger, state},
    request::Call,
};
use crate::{
    contract::Contract,
    error::Refusal,
    worker::{Slot, Worker},
};

/// For how many seconds a request is kept behind its call's time: the chain lets nothing be disputed for longer.
pub const KEEP_ASKED: u64 = adyton_protocol::dispute::KEPT;
/// The most bytes of the records in one page; a record that is larger stands alone.
pub const PAGE: usize = 4 << 20;
/// How many pages and requests are made at the same time: each is held in memory.
static SERVING: Semaphore = Semaphore::const_new(4);

/// A request as it is kept and shown; with the ids of network, contract and request, what its digest is over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The fields that the contract saw.
    pub fields: Fields,
    /// The content.
    pub content: Vec<u8>,
}

impl Request {
    /// Reads what [`request`] gives, if it is the request of this digest.
    pub fn read(
        bytes: &[u8],
        (network, contract, id): (&NetworkId, &ContractId, &RequestId),
        digest: &Digest,
    ) -> Option<Self> {
        let request = Self::decode_all(&mut &bytes[..]).ok()?;
        let Self { method, path, fields, content } = &request;
        let found = call::request_digest(network, contract, id, method.as_bytes(), path.as_bytes(), fields, content);
        (found == *digest).then_some(request)
    }
}

/// What is kept of a call; nothing, where its answer cannot be disputed.
pub fn kept(contract: &Contract, call: &Call, origin: &Origin) -> Option<Asked> {
    if !contract.manifest.disputable || origin.trigger != Trigger::Call {
        return None;
    }
    let Call { fields, method, path, headers, content, digest, fresh: _ } = call;
    let request = (method, path, headers, content).encode();
    let expires_unix = fields.not_after.saturating_add(KEEP_ASKED);
    Some(Asked { digest: *digest, bytes: request.into(), expires_unix })
}

/// Records of consecutive commits from `from` on, as the encoding of a list of them: some where there are any.
pub async fn page(worker: &Worker, id: &ContractId, from: u64) -> Result<Vec<u8>, Refusal> {
    let (contract, _serving) = open(worker, id).await?;
    let records = contract.store.history(from, PAGE).await.map_err(state)?;
    Ok(records.iter().map(|record| &record[..]).collect::<Vec<_>>().encode())
}

/// The request with this digest: the encoding of a [`Request`].
pub async fn request(worker: &Worker, id: &ContractId, digest: &Digest) -> Result<Vec<u8>, Refusal> {
    let (contract, _serving) = open(worker, id).await?;
    let asked = contract.store.asked(digest).await.map_err(state)?;
    asked.map(|asked| asked.bytes.into()).ok_or(Refusal::NoHistory(KEEP_ASKED))
}

/// The contract, as long as its store is open here, whatever the worker may do with it; and room for what is shown, each
/// in its turn: whoever asks often is to keep no juror from it.
async fn open(worker: &Worker, id: &ContractId) -> Result<(Arc<Contract>, SemaphorePermit<'static>), Refusal> {
    let Some(Slot::Ready(contract)) = worker.slot(id) else { return Err(Refusal::NotHeld(id.to_string())) };
    if !contract.manifest.disputable {
        return Err(Refusal::NoHistory(KEEP_ASKED));
    }
    let serving = SERVING.acquire().await.map_err(|_closed| Refusal::Overloaded)?;
    Ok((contract, serving))
}

#[cfg(test)]
pub mod tests;
