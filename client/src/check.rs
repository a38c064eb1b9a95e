//! Whether a receipt fits a call and what the chain proves. One line per check, for machines and people.

use adyton_protocol::{
    ids::{Digest, NetworkId, RequestId, SigningKey},
    receipt::{Caller, ReceiptError, ReceiptFields, SignedReceipt},
    record::HeadRecord,
};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::{contract::ProvenContract, error::Error};

/// What became of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It could not be looked at.
    Unchecked,
}

/// One check: what was looked at, what came out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable name.
    pub name: &'static str,
    /// What came out.
    pub outcome: Outcome,
    /// Why, for people.
    pub reason: String,
}

/// What the caller knows about the call that a receipt must be for. What is none is left unchecked.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// The request's identifier and digest.
    pub request: Option<(RequestId, Digest)>,
    /// The response's digest.
    pub response: Option<Digest>,
    /// Bytes of the request's content and of the response's.
    pub sizes: Option<(u64, u64)>,
    /// Who signed the call.
    pub caller: Option<Caller>,
}

impl Check {
    /// Passed.
    pub fn passed(name: &'static str, reason: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Passed, reason: reason.into() }
    }

    /// Failed.
    pub fn failed(name: &'static str, reason: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Failed, reason: reason.into() }
    }

    /// Unchecked.
    pub fn unchecked(name: &'static str, reason: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Unchecked, reason: reason.into() }
    }

    fn of(name: &'static str, holds: bool, passed: impl Into<String>, failed: impl Into<String>) -> Self {
        if holds { Self::passed(name, passed) } else { Self::failed(name, failed) }
    }
}

/// Ed25519 as RFC 8032 has it, strictly.
pub fn ed25519(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify_strict(message, &signature.into()).is_ok())
}

/// A receipt whose signature, root and leaves hold. Whose key it is, is not said yet.
#[derive(Debug, Clone)]
pub struct OpenReceipt {
    receipt: SignedReceipt,
    fields: ReceiptFields,
}

impl OpenReceipt {
    /// Checks what a receipt can show by itself.
    pub fn open(receipt: SignedReceipt, network: &NetworkId) -> Result<Self, ReceiptError> {
        let fields = receipt.verify(network, &ed25519)?;
        Ok(Self { receipt, fields })
    }

    /// The receipt.
    pub fn receipt(&self) -> &SignedReceipt {
        &self.receipt
    }

    /// What it says.
    pub fn fields(&self) -> &ReceiptFields {
        &self.fields
    }
}

/// Checks a receipt's fields against the contract as it is proven, and against the exchange.
pub fn receipt_checks(fields: &ReceiptFields, contract: &ProvenContract, exchange: &Exchange) -> Vec<Check> {
    let mut checks = record_checks(fields, contract);
    checks.extend(exchange_checks(fields, exchange));
    checks.push(history(fields, contract.head()));
    checks
}

/// Every check of [`receipt_checks`], and [`not_older`], must pass.
pub(crate) fn require(checks: &[Check]) -> Result<(), Error> {
    match checks.iter().find(|check| check.outcome != Outcome::Passed) {
        None => Ok(()),
        Some(Check { name, reason, .. }) => Err(Error::Check { check: name, reason: reason.clone() }),
    }
}

fn record_checks(fields: &ReceiptFields, contract: &ProvenContract) -> Vec<Check> {
    let (record, lease, worker) = (contract.record(), contract.lease(), contract.worker());
    let version = format!("version {} of the code, {}", record.version, record.code);
    vec![
        Check::of(
            "worker",
            fields.worker == worker.signing_key,
            format!("signed by {}, the key of the worker that holds the lease", fields.worker),
            format!("signed by {}, but the lease's holder has the key {}", fields.worker, worker.signing_key),
        ),
        Check::of(
            "contract",
            fields.contract == contract.id(),
            format!("for {}", fields.contract),
            format!("for {}, not for {}", fields.contract, contract.id()),
        ),
        Check::of(
            "code",
            (fields.code, fields.version) == (record.code, record.version),
            version.clone(),
            format!("by version {} of the code, {}; the chain has {version}", fields.version, fields.code),
        ),
        Check::of(
            "manifest",
            fields.manifest == contract.manifest_digest(),
            "under the manifest that stands on the chain",
            "under another manifest than the one on the chain",
        ),
        Check::of(
            "lease",
            fields.lease == lease.number,
            format!("under lease {}", lease.number),
            format!("under lease {}, but lease {} is in force", fields.lease, lease.number),
        ),
        block_check(fields, contract),
        Check::of(
            "durability",
            fields.durability == contract.manifest().durability,
            format!("the worker says that the answer waited as the manifest demands ({:?})", fields.durability)
                .to_lowercase(),
            format!(
                "the answer waited for '{:?}', the manifest says '{:?}'",
                fields.durability,
                contract.manifest().durability
            ),
        ),
    ]
}

/// The block that the worker acted on lies within the life of its lease as far as that is proven.
fn block_check(fields: &ReceiptFields, contract: &ProvenContract) -> Check {
    const NAME: &str = "block";
    let (acted, proven) = (fields.block, contract.block());
    let (since, until) = (contract.lease().since, contract.worker().active_until);
    if acted.number < since || acted.number > until {
        return Check::failed(
            NAME,
            format!("acted on block {}, but the lease lives from {since} to {until}", acted.number),
        );
    }
    if acted.number == proven.number && acted.hash != proven.hash {
        return Check::failed(NAME, format!("acted on another block {} than the finalized one", acted.number));
    }
    let said = format!("acted on block {}, within the lease's life", acted.number);
    if acted.number == proven.number {
        return Check::passed(NAME, said);
    }
    Check::passed(NAME, format!("{said}; its hash is the worker's word"))
}

fn exchange_checks(fields: &ReceiptFields, exchange: &Exchange) -> Vec<Check> {
    vec![
        match exchange.request {
            None => Check::unchecked("request", "the request is not at hand"),
            Some((id, digest)) => Check::of(
                "request",
                (id, digest) == (fields.request_id, fields.request),
                "names this request",
                "names another request",
            ),
        },
        match exchange.response {
            None => Check::unchecked("response", "the response is not at hand"),
            Some(digest) => {
                Check::of("response", digest == fields.response, "names this response", "names another response")
            }
        },
        match exchange.sizes {
            None => Check::unchecked("bytes", "request and response are not at hand"),
            Some((bytes_in, bytes_out)) => Check::of(
                "bytes",
                (bytes_in, bytes_out) == (fields.bytes_in, fields.bytes_out),
                format!("{bytes_in} bytes in, {bytes_out} bytes out"),
                format!(
                    "counts {} bytes in and {} out; there are {bytes_in} and {bytes_out}",
                    fields.bytes_in, fields.bytes_out
                ),
            ),
        },
        match exchange.caller {
            None => Check::unchecked("caller", caller_text(&fields.caller)),
            Some(caller) => Check::of(
                "caller",
                caller == fields.caller,
                caller_text(&caller),
                format!("{}, but {}", caller_text(&fields.caller), caller_text(&caller)),
            ),
        },
    ]
}

fn caller_text(caller: &Caller) -> String {
    match caller {
        Caller::Anonymous => "the call was not signed".into(),
        Caller::Account(account) => format!("signed by {}", adyton_chain_client::address::encode(account)),
        Caller::Contract(contract) => format!("made by contract {contract}"),
    }
}

/// Whether the receipt contradicts the state history that the chain knows: a state of an earlier opening
/// beyond a later opening's head, or two states with one number. Holds for receipts of any age.
fn history(fields: &ReceiptFields, head: Option<&HeadRecord>) -> Check {
    const NAME: &str = "state";
    let Some(head) = head else {
        return Check::passed(NAME, "the chain knows no earlier state of the contract");
    };
    let (after, incarnation) = (fields.after, fields.incarnation);
    if incarnation < head.incarnation && after.sequence > head.opening.sequence {
        return Check::failed(
            NAME,
            format!(
                "commit {} of incarnation {incarnation} is missing from incarnation {}, which began at commit {}: the state was rolled back",
                after.sequence, head.incarnation, head.opening.sequence
            ),
        );
    }
    if incarnation == head.incarnation && fields.before.sequence < head.opening.sequence {
        return Check::failed(
            NAME,
            format!("acted on commit {}, before this opening of the store", fields.before.sequence),
        );
    }
    let forked = [fields.before, fields.after]
        .iter()
        .any(|state| state.sequence == head.latest.sequence && state.hash != head.latest.hash);
    if incarnation == head.incarnation && forked {
        return Check::failed(NAME, format!("another state {} than the anchored one", head.latest.sequence));
    }
    Check::passed(
        NAME,
        format!("commit {} of incarnation {incarnation}, which the chain's anchors do not contradict", after.sequence),
    )
}

/// For an answer to a call that was sent after `head` was final: it stands on that state or a later one.
pub(crate) fn not_older(fields: &ReceiptFields, head: Option<&HeadRecord>) -> Check {
    const NAME: &str = "freshness of the state";
    match head {
        Some(head) if fields.incarnation < head.incarnation => Check::failed(
            NAME,
            format!("of incarnation {}, but incarnation {} is open", fields.incarnation, head.incarnation),
        ),
        Some(head) if fields.after.sequence < head.latest.sequence => Check::failed(
            NAME,
            format!(
                "stands on commit {}, but commit {} was anchored before the call",
                fields.after.sequence, head.latest.sequence
            ),
        ),
        Some(_) | None => Check::passed(NAME, "stands on what was anchored before the call"),
    }
}
