//! An answer that was verified.

use std::{sync::Arc, time::Instant};

use adyton_chain_client::{facts::Facts, verifier::Handover};
use adyton_protocol::{
    ids::{NetworkId, RequestId},
    receipt::{Caller, ReceiptFields, SignedReceipt},
    record::HeadRecord,
};

use crate::{
    check::{self, Check, Exchange, OpenReceipt},
    contract::ProvenContract,
    error::Error,
    message::{Request, Response},
    recorder::Finality,
};

/// A proven contract together with what proves it.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) contract: ProvenContract,
    pub(crate) facts: Facts,
    /// Nodes of the state's trie.
    pub(crate) nodes: Vec<Vec<u8>>,
    /// Header and justification, unless the head is the checkpoint itself.
    pub(crate) finality: Option<Finality>,
    /// How the authorities changed until then.
    pub(crate) handovers: Vec<Handover>,
    pub(crate) at: Instant,
}

/// A call that was sent: everything an answer has to fit.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) network: NetworkId,
    pub(crate) request: Request,
    pub(crate) request_id: RequestId,
    pub(crate) caller: Caller,
    /// Whether it is sealed.
    pub(crate) sealed: bool,
}

/// A contract's answer whose receipt fits the call and what the chain proves. Only the check makes one.
#[derive(Debug, Clone)]
pub struct VerifiedAnswer {
    response: Response,
    receipt: OpenReceipt,
    sent: Sent,
    evidence: Arc<Evidence>,
    checks: Vec<Check>,
}

impl VerifiedAnswer {
    /// Checks an answer against `proof`. `head` is the contract's state as it was proven before the call was
    /// sent for the first time.
    pub(crate) fn check(
        sent: Sent,
        response: Response,
        receipt: OpenReceipt,
        proof: Arc<Evidence>,
        head: Option<&HeadRecord>,
    ) -> Result<Self, Error> {
        let digest = sent.request.digest(&sent.network, &proof.contract.id(), &sent.request_id);
        let exchange = Exchange {
            request: Some((sent.request_id, digest)),
            response: Some(response.digest(&sent.network, &digest)),
            sizes: Some((sent.request.body().len() as u64, response.content.len() as u64)),
            caller: Some(sent.caller),
        };
        let mut checks = vec![Check::passed("receipt", "its signature and every leaf hold")];
        checks.extend(check::receipt_checks(receipt.fields(), &proof.contract, &exchange));
        checks.push(check::not_older(receipt.fields(), head));
        check::require(&checks)?;
        Ok(Self { response, receipt, sent, evidence: proof, checks })
    }

    /// What the contract answered.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// What was asked.
    pub fn request(&self) -> &Request {
        &self.sent.request
    }

    /// Under which identifier it was asked.
    pub fn request_id(&self) -> RequestId {
        self.sent.request_id
    }

    /// The receipt.
    pub fn receipt(&self) -> &SignedReceipt {
        self.receipt.receipt()
    }

    /// What the receipt says.
    pub fn fields(&self) -> &ReceiptFields {
        self.receipt.fields()
    }

    /// The contract as it was proven when the answer was checked.
    pub fn contract(&self) -> &ProvenContract {
        &self.evidence.contract
    }

    /// Every check that was made; all of them passed.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}
