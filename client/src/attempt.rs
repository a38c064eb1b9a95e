//! One attempt of a call: whether it may be sent as it is, who signs it, who looks at its answer, and what a refusal says.

use std::sync::Arc;

use adyton_chain_client::extrinsic::{Signature, Signer};
use adyton_protocol::call::{AccountScheme, CallerAuthorization, RESERVED_PATH, caller_message};
use serde::Deserialize;

use crate::{
    answer::{Evidence, Sent},
    check::OpenReceipt,
    contract::ProvenContract,
    error::{Error, RecordRefusal},
    gateway::shown,
    message::{Provisional, Response},
};

/// Before anything is sent: who asks in the open what is answered in a seal alone has shown it to somebody, and who asks
/// in a seal what everybody is shown expected it to be closed.
pub(crate) fn require_way(contract: &ProvenContract, sent: &Sent) -> Result<(), RecordRefusal> {
    let (manifest, own) = (contract.manifest(), sent.request.path().starts_with(RESERVED_PATH));
    match sent.sealed {
        false if !manifest.public_calls => Err(RecordRefusal::SealedOnly),
        true if manifest.disputable && !own => Err(RecordRefusal::PublicOnly),
        true | false => Ok(()),
    }
}

/// Whoever looks at an answer as it comes.
pub(crate) struct Viewer<'a> {
    pub(crate) show: &'a mut (dyn FnMut(Provisional) + Send),
    /// Whether they saw anything.
    pub(crate) begun: bool,
}

impl Viewer<'_> {
    pub(crate) fn show(&mut self, parts: Vec<Provisional>) {
        for part in parts {
            self.begun = true;
            (self.show)(part);
        }
    }
}

/// The proofs under which a call was sealed.
pub(crate) struct Tried {
    pub(crate) first: Arc<Evidence>,
    pub(crate) second: Option<Arc<Evidence>>,
}

impl Tried {
    /// The one whose worker signed. An answer that was stored in the first attempt's boot carries that boot's
    /// receipt.
    pub(crate) fn for_receipt(&self, receipt: &OpenReceipt) -> &Arc<Evidence> {
        let last = self.second.as_ref().unwrap_or(&self.first);
        if self.first.contract.worker().signing_key == receipt.fields().worker { &self.first } else { last }
    }
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    message: String,
    #[serde(default)]
    case: Option<String>,
}

/// What the worker says in the contract's place; to a call that was not sealed, anybody on the way may have said it.
pub(crate) fn refused(sent: &Sent, response: &Response, code: Option<String>) -> Error {
    let words: Words =
        serde_json::from_slice(&response.content).unwrap_or(Words { message: String::new(), case: None });
    let code = code.unwrap_or_else(|| format!("status-{}", response.status));
    let (code, message) = (shown(&code, 64), shown(&words.message, 400));
    if !sent.sealed {
        return Error::Gateway { status: response.status, code, message };
    }
    Error::Refused { code, case: words.case.map(|case| shown(&case, 64)), message }
}

/// What its caller signs of a call.
pub(crate) fn authorize(
    signer: &dyn Signer,
    contract: &ProvenContract,
    sent: &Sent,
    not_after: u64,
) -> CallerAuthorization {
    let digest = sent.request.digest(&sent.network, &contract.id(), &sent.request_id);
    let message = caller_message(&sent.network, &contract.id(), &digest, not_after);
    let (scheme, signature) = match signer.sign(&message) {
        Signature::Ed25519(signature) => (AccountScheme::Ed25519, signature),
        Signature::Sr25519(signature) => (AccountScheme::Sr25519, signature),
    };
    CallerAuthorization { account: signer.account(), scheme, signature }
}
