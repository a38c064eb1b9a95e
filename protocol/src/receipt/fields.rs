//! The leaves of a receipt, typed.

use alloc::{string::String, vec, vec::Vec};
use coset::{Algorithm, CoseSign1, RegisteredLabelWithPrivate, cbor::value::Value, iana};

use super::{ReceiptError, cbor};
use crate::{
    ids::{AccountId, BlockHash, BlockRef, CodeHash, ContractId, Digest, NetworkId, RequestId, SigningKey},
    manifest::Durability,
    record::StateHead,
};

/// The most egress entries of one receipt.
pub const MAX_EGRESS: usize = 256;

/// A leaf's label. Numbers are frozen; new leaves get new numbers at the end and a new payload version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Label {
    /// The network, bytes.
    Network = 1,
    /// The contract, bytes.
    Contract = 2,
    /// `[code hash, version]`.
    Code = 3,
    /// Digest of the manifest, bytes.
    Manifest = 4,
    /// Number of the lease.
    Lease = 5,
    /// Number of the incarnation.
    Incarnation = 6,
    /// The worker's signing key, bytes.
    Worker = 7,
    /// `[number, hash]` of the finalized block acted on.
    Block = 8,
    /// `[request id, digest]`.
    Request = 9,
    /// Digest of the response, bytes.
    Response = 10,
    /// `[sequence, head]` before the call.
    Before = 11,
    /// `[sequence, head]` after it.
    After = 12,
    /// `[fuel, hash of the cost table]`.
    Fuel = 13,
    /// `[bytes of the request's content, of the response's]`.
    Bytes = 14,
    /// `[[host, certificate digest or null, request digest, response digest], …]`.
    Egress = 15,
    /// The account that signed the call, bytes, or null.
    Caller = 16,
    /// What the answer waited for: 0 durable, 1 anchored.
    Durability = 17,
    /// `[number, call digest]` of what was reported to the chain, or null.
    Report = 18,
    /// `[[1, [key, lease, incarnation]]]` where a later boot signed the receipt again, or an empty list.
    Extensions = 19,
}

impl Label {
    /// Every label, ascending.
    pub const ALL: [Self; 19] = [
        Self::Network,
        Self::Contract,
        Self::Code,
        Self::Manifest,
        Self::Lease,
        Self::Incarnation,
        Self::Worker,
        Self::Block,
        Self::Request,
        Self::Response,
        Self::Before,
        Self::After,
        Self::Fuel,
        Self::Bytes,
        Self::Egress,
        Self::Caller,
        Self::Durability,
        Self::Report,
        Self::Extensions,
    ];
}

/// Who called, as the receipt says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// The call was not signed.
    Anonymous,
    /// An account signed it.
    Account(AccountId),
}

/// One outgoing HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressRecord {
    /// `host:port`.
    pub host: String,
    /// SHA-256 of the peer's certificate, DER; `None` for plain HTTP.
    pub certificate: Option<Digest>,
    /// Digest of the request.
    pub request: Digest,
    /// Digest of the answer; of an empty answer where there was none.
    pub response: Digest,
}

/// What was reported to the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Number of the report, ascending per contract: each is dispatched once.
    pub number: u64,
    /// [`crate::call::report_digest`] of the call.
    pub call: Digest,
}

/// Which boot signed a receipt first that a later one signed again, to report what it reports: the call ran there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The key that signed first.
    pub worker: SigningKey,
    /// The lease under which the call ran.
    pub lease: u64,
    /// The incarnation in which it ran.
    pub incarnation: u64,
}

/// Everything a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFields {
    /// The network.
    pub network: NetworkId,
    /// The contract.
    pub contract: ContractId,
    /// Its code.
    pub code: CodeHash,
    /// The code's version number.
    pub version: u32,
    /// Digest of its manifest.
    pub manifest: Digest,
    /// The lease under which the worker acted.
    pub lease: u64,
    /// The incarnation of the store.
    pub incarnation: u64,
    /// The worker's key.
    pub worker: SigningKey,
    /// The finalized block that it acted on.
    pub block: BlockRef,
    /// The request's identifier.
    pub request_id: RequestId,
    /// Digest of the request.
    pub request: Digest,
    /// Digest of the response.
    pub response: Digest,
    /// State before.
    pub before: StateHead,
    /// State after; the same if nothing was written.
    pub after: StateHead,
    /// Fuel used.
    pub fuel: u64,
    /// Hash of the cost table that fuel was counted by.
    pub cost_table: Digest,
    /// Bytes of the request's content.
    pub bytes_in: u64,
    /// Bytes of the response's content.
    pub bytes_out: u64,
    /// Outgoing requests, in order.
    pub egress: Vec<EgressRecord>,
    /// Who called.
    pub caller: Caller,
    /// What the answer waited for.
    pub durability: Durability,
    /// What was reported to the chain.
    pub report: Option<Report>,
    /// The boot that signed first, where this one only signed again.
    pub earlier: Option<Earlier>,
}

impl ReceiptFields {
    pub(super) fn values(&self) -> Vec<(u8, Value)> {
        let head = |head: &StateHead| Value::Array(vec![Value::from(head.sequence), bytes(&head.hash.0)]);
        let values = [
            bytes(&self.network.0),
            bytes(&self.contract.0),
            Value::Array(vec![bytes(&self.code.0), Value::from(self.version)]),
            bytes(&self.manifest.0),
            Value::from(self.lease),
            Value::from(self.incarnation),
            bytes(&self.worker.0),
            Value::Array(vec![Value::from(self.block.number), bytes(&self.block.hash.0)]),
            Value::Array(vec![bytes(&self.request_id.0), bytes(&self.request.0)]),
            bytes(&self.response.0),
            head(&self.before),
            head(&self.after),
            Value::Array(vec![Value::from(self.fuel), bytes(&self.cost_table.0)]),
            Value::Array(vec![Value::from(self.bytes_in), Value::from(self.bytes_out)]),
            Value::Array(self.egress.iter().map(EgressRecord::value).collect()),
            match self.caller {
                Caller::Anonymous => Value::Null,
                Caller::Account(account) => bytes(&account.0),
            },
            Value::from(match self.durability {
                Durability::Durable => 0u8,
                Durability::Anchored => 1,
            }),
            match &self.report {
                None => Value::Null,
                Some(report) => Value::Array(vec![Value::from(report.number), bytes(&report.call.0)]),
            },
            Earlier::value(self.earlier.as_ref()),
        ];
        Label::ALL.iter().map(|label| *label as u8).zip(values).collect()
    }

    pub(super) fn from_values(values: Vec<Value>) -> Result<Self, ReceiptError> {
        let values: [Value; Label::ALL.len()] = values.try_into().map_err(|_| ReceiptError::Root)?;
        let [
            network,
            contract,
            code,
            manifest,
            lease,
            incarnation,
            worker,
            block,
            request,
            response,
            before,
            after,
            fuel,
            sizes,
            egress,
            caller,
            durability,
            report,
            extensions,
        ] = values;
        let (code, version) = pair(code, Label::Code, cbor::fixed, cbor::unsigned)?;
        let (number, hash) = pair(block, Label::Block, cbor::unsigned, cbor::fixed)?;
        let (request_id, request) = pair(request, Label::Request, cbor::fixed, cbor::fixed)?;
        let (fuel, cost_table) = pair(fuel, Label::Fuel, cbor::unsigned, cbor::fixed)?;
        let (bytes_in, bytes_out) = pair(sizes, Label::Bytes, cbor::unsigned, cbor::unsigned)?;
        Ok(Self {
            network: NetworkId(expect(cbor::fixed(network), Label::Network)?),
            contract: ContractId(expect(cbor::fixed(contract), Label::Contract)?),
            code: CodeHash(code),
            version: u32::try_from(version).map_err(|_| ReceiptError::Leaf(Label::Code as u8))?,
            manifest: Digest(expect(cbor::fixed(manifest), Label::Manifest)?),
            lease: expect(cbor::unsigned(lease), Label::Lease)?,
            incarnation: expect(cbor::unsigned(incarnation), Label::Incarnation)?,
            worker: SigningKey(expect(cbor::fixed(worker), Label::Worker)?),
            block: BlockRef {
                number: u32::try_from(number).map_err(|_| ReceiptError::Leaf(Label::Block as u8))?,
                hash: BlockHash(hash),
            },
            request_id: RequestId(request_id),
            request: Digest(request),
            response: Digest(expect(cbor::fixed(response), Label::Response)?),
            before: head(before, Label::Before)?,
            after: head(after, Label::After)?,
            fuel,
            cost_table: Digest(cost_table),
            bytes_in,
            bytes_out,
            egress: expect(egress_list(egress), Label::Egress)?,
            caller: match caller {
                Value::Null => Caller::Anonymous,
                value => Caller::Account(AccountId(expect(cbor::fixed(value), Label::Caller)?)),
            },
            durability: match expect(cbor::unsigned(durability), Label::Durability)? {
                0 => Durability::Durable,
                1 => Durability::Anchored,
                _ => return Err(ReceiptError::Leaf(Label::Durability as u8)),
            },
            report: expect(Report::from_value(report), Label::Report)?,
            earlier: expect(Earlier::from_value(extensions), Label::Extensions)?,
        })
    }
}

impl EgressRecord {
    fn value(&self) -> Value {
        let certificate = self.certificate.map_or(Value::Null, |digest| bytes(&digest.0));
        Value::Array(vec![Value::Text(self.host.clone()), certificate, bytes(&self.request.0), bytes(&self.response.0)])
    }

    fn from_value(value: Value) -> Result<Self, ReceiptError> {
        let [host, certificate, request, response] = cbor::array(value)?;
        Ok(Self {
            host: host.into_text().map_err(|_| ReceiptError::Encoding)?,
            certificate: match certificate {
                Value::Null => None,
                value => Some(Digest(cbor::fixed(value)?)),
            },
            request: Digest(cbor::fixed(request)?),
            response: Digest(cbor::fixed(response)?),
        })
    }
}

impl Report {
    pub(super) fn from_value(value: Value) -> Result<Option<Self>, ReceiptError> {
        if value == Value::Null {
            return Ok(None);
        }
        let [number, call] = cbor::array(value)?;
        Ok(Some(Self { number: cbor::unsigned(number)?, call: Digest(cbor::fixed(call)?) }))
    }
}

impl Earlier {
    /// Its number among the extensions.
    const NUMBER: u64 = 1;

    /// The list of extensions that has it, or none.
    fn value(earlier: Option<&Self>) -> Value {
        let entry = |earlier: &Self| {
            let boot = vec![bytes(&earlier.worker.0), Value::from(earlier.lease), Value::from(earlier.incarnation)];
            Value::Array(vec![Value::from(Self::NUMBER), Value::Array(boot)])
        };
        Value::Array(earlier.map(entry).into_iter().collect())
    }

    pub(super) fn from_value(extensions: Value) -> Result<Option<Self>, ReceiptError> {
        let Some(entry) = cbor::list(extensions, 1)?.pop() else { return Ok(None) };
        let [number, boot] = cbor::array(entry)?;
        if cbor::unsigned(number)? != Self::NUMBER {
            return Err(ReceiptError::Encoding);
        }
        let [worker, lease, incarnation] = cbor::array(boot)?;
        Ok(Some(Self {
            worker: SigningKey(cbor::fixed(worker)?),
            lease: cbor::unsigned(lease)?,
            incarnation: cbor::unsigned(incarnation)?,
        }))
    }
}

/// The key of a receipt whose headers are exactly those that receipts have: EdDSA and a key id, protected.
pub(super) fn expect_header(envelope: &CoseSign1) -> Result<SigningKey, ReceiptError> {
    let header = &envelope.protected.header;
    let eddsa: Algorithm = RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA);
    let plain = header.crit.is_empty()
        && header.content_type.is_none()
        && header.iv.is_empty()
        && header.partial_iv.is_empty()
        && header.counter_signatures.is_empty()
        && header.rest.is_empty()
        && envelope.unprotected.is_empty();
    if header.alg.as_ref() != Some(&eddsa) || !plain {
        return Err(ReceiptError::Header);
    }
    header.key_id.as_slice().try_into().map_err(|_| ReceiptError::Header)
}

/// Names the leaf in which something did not have its form.
pub(super) fn expect<T>(result: Result<T, ReceiptError>, label: Label) -> Result<T, ReceiptError> {
    result.map_err(|_| ReceiptError::Leaf(label as u8))
}

fn bytes(value: &[u8]) -> Value {
    Value::Bytes(value.to_vec())
}

fn pair<A, B>(
    value: Value,
    label: Label,
    first: impl FnOnce(Value) -> Result<A, ReceiptError>,
    second: impl FnOnce(Value) -> Result<B, ReceiptError>,
) -> Result<(A, B), ReceiptError> {
    let [one, two] = expect(cbor::array(value), label)?;
    Ok((expect(first(one), label)?, expect(second(two), label)?))
}

fn head(value: Value, label: Label) -> Result<StateHead, ReceiptError> {
    let (sequence, hash) = pair(value, label, cbor::unsigned, cbor::fixed)?;
    Ok(StateHead { sequence, hash: Digest(hash) })
}

fn egress_list(value: Value) -> Result<Vec<EgressRecord>, ReceiptError> {
    cbor::list(value, MAX_EGRESS)?.into_iter().map(EgressRecord::from_value).collect()
}
