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
    /// The account that signed the call, or sent the message, bytes, or null; where a contract called, [`Label::Extensions`] says so.
    Caller = 16,
    /// What the answer waited for: 0 durable, 1 anchored.
    Durability = 17,
    /// `[number, call digest]` of what was reported to the chain, or null.
    Report = 18,
    /// A list of `[number, value]`, ascending: `[1, [key, lease, incarnation]]` where a later boot signed the receipt
    /// again, `[2, [name digest, due]]` where the call was a run of the contract's schedule, `[3, []]` where it was the
    /// contract's `init`, `[3, [version, code hash]]` where it was `migrate`, from these, `[4, [contract]]` where a
    /// contract made the call, `[5, [position]]` where it was a delivery of the manifest's webhook at that position, from
    /// 0, `[6, [number]]` where it was a message that the account sent on the chain.
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
    /// An account signed it, or the message on the chain that it was.
    Account(AccountId),
    /// A contract made it, on the same worker.
    Contract(ContractId),
}

/// One outgoing HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressRecord {
    /// `host:port`, or [`crate::contract_call::host`] of a contract that was called: then the digests are those of that
    /// call's own receipt, the response's of status 0 and nothing else where there was none.
    pub host: String,
    /// SHA-256 of the peer's certificate, DER; `None` for plain HTTP and for contracts. A database always has one.
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

/// Which run of the contract's schedule a call was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleRun {
    /// [`crate::schedule::name_digest`] of the entry's name.
    pub name: Digest,
    /// When it was due, Unix milliseconds.
    pub due_ms: u64,
}

/// What a contract's code does once, before it answers its first call (`wit/lifecycle.wit`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// It makes its state ready: no code with the interface was there before.
    Init,
    /// It takes over what other code has left.
    Migrate {
        /// The version number of the code that was there before.
        version: u32,
        /// That code.
        code: CodeHash,
    },
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
    /// The run of the contract's schedule that the call was, where nobody outside called.
    pub schedule: Option<ScheduleRun>,
    /// The contract's own `init` or `migrate` that the call was, where nobody outside called.
    pub transition: Option<Transition>,
    /// The webhook that the call was a delivery of, by its position in the manifest.
    pub webhook: Option<u8>,
    /// The number of the message on the chain that the call was, where nobody outside called.
    pub message: Option<u64>,
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
                Caller::Anonymous | Caller::Contract(_) => Value::Null,
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
            self.extensions().value(),
        ];
        Label::ALL.iter().map(|label| *label as u8).zip(values).collect()
    }

    fn extensions(&self) -> Extensions {
        let caller = match self.caller {
            Caller::Contract(contract) => Some(contract),
            Caller::Anonymous | Caller::Account(_) => None,
        };
        let Self { earlier, schedule, transition, webhook, message, .. } = *self;
        Extensions { earlier, schedule, transition, caller, webhook, message }
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
        let (request_id, request) = pair(request, Label::Request, cbor::fixed, cbor::fixed)?;
        let (fuel, cost_table) = pair(fuel, Label::Fuel, cbor::unsigned, cbor::fixed)?;
        let (bytes_in, bytes_out) = pair(sizes, Label::Bytes, cbor::unsigned, cbor::unsigned)?;
        let Extensions { earlier, schedule, transition, caller: calling, webhook, message } =
            expect(Extensions::from_value(extensions), Label::Extensions)?;
        Ok(Self {
            network: NetworkId(expect(cbor::fixed(network), Label::Network)?),
            contract: ContractId(expect(cbor::fixed(contract), Label::Contract)?),
            code: CodeHash(code),
            version: u32::try_from(version).map_err(|_| ReceiptError::Leaf(Label::Code as u8))?,
            manifest: Digest(expect(cbor::fixed(manifest), Label::Manifest)?),
            lease: expect(cbor::unsigned(lease), Label::Lease)?,
            incarnation: expect(cbor::unsigned(incarnation), Label::Incarnation)?,
            worker: SigningKey(expect(cbor::fixed(worker), Label::Worker)?),
            block: self::block(block)?,
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
            caller: match (caller, calling) {
                (Value::Null, None) => Caller::Anonymous,
                (Value::Null, Some(contract)) => Caller::Contract(contract),
                (_, Some(_)) => return Err(ReceiptError::Leaf(Label::Extensions as u8)),
                (value, None) => Caller::Account(AccountId(expect(cbor::fixed(value), Label::Caller)?)),
            },
            durability: match expect(cbor::unsigned(durability), Label::Durability)? {
                0 => Durability::Durable,
                1 => Durability::Anchored,
                _ => return Err(ReceiptError::Leaf(Label::Durability as u8)),
            },
            report: expect(Report::from_value(report), Label::Report)?,
            earlier,
            schedule,
            transition,
            webhook,
            message,
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

/// What some receipts say beyond the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extensions {
    pub(super) earlier: Option<Earlier>,
    pub(super) schedule: Option<ScheduleRun>,
    pub(super) transition: Option<Transition>,
    /// The contract that called.
    pub(super) caller: Option<ContractId>,
    pub(super) webhook: Option<u8>,
    pub(super) message: Option<u64>,
}

impl Extensions {
    const EARLIER: u64 = 1;
    const SCHEDULE: u64 = 2;
    const TRANSITION: u64 = 3;
    const CALLER: u64 = 4;
    const WEBHOOK: u64 = 5;
    const MESSAGE: u64 = 6;
    /// None of them is there.
    pub(super) const NONE: Self =
        Self { earlier: None, schedule: None, transition: None, caller: None, webhook: None, message: None };

    /// A list with those that are there, ascending by their numbers.
    fn value(self) -> Value {
        let entry = |number: u64, value: Vec<Value>| Value::Array(vec![Value::from(number), Value::Array(value)]);
        let earlier = self.earlier.map(|Earlier { worker, lease, incarnation }| {
            entry(Self::EARLIER, vec![bytes(&worker.0), Value::from(lease), Value::from(incarnation)])
        });
        let schedule = self
            .schedule
            .map(|ScheduleRun { name, due_ms }| entry(Self::SCHEDULE, vec![bytes(&name.0), Value::from(due_ms)]));
        let transition = self.transition.map(|transition| {
            let from = match transition {
                Transition::Init => Vec::new(),
                Transition::Migrate { version, code } => vec![Value::from(version), bytes(&code.0)],
            };
            entry(Self::TRANSITION, from)
        });
        let caller = self.caller.map(|contract| entry(Self::CALLER, vec![bytes(&contract.0)]));
        let webhook = self.webhook.map(|position| entry(Self::WEBHOOK, vec![Value::from(position)]));
        let message = self.message.map(|number| entry(Self::MESSAGE, vec![Value::from(number)]));
        let all = [earlier, schedule, transition, caller, webhook, message];
        Value::Array(all.into_iter().flatten().collect())
    }

    pub(super) fn from_value(extensions: Value) -> Result<Self, ReceiptError> {
        let (mut found, mut last) = (Self::NONE, 0);
        for entry in cbor::list(extensions, 6)? {
            let [number, value] = cbor::array(entry)?;
            let number = cbor::unsigned(number)?;
            match number {
                Self::EARLIER if last < number => found.earlier = Some(Earlier::from_value(value)?),
                Self::SCHEDULE if last < number => found.schedule = Some(ScheduleRun::from_value(value)?),
                Self::TRANSITION if last < number => found.transition = Some(Transition::from_value(value)?),
                Self::CALLER if last < number => {
                    let [contract] = cbor::array(value)?;
                    found.caller = Some(ContractId(cbor::fixed(contract)?));
                }
                Self::WEBHOOK if last < number => {
                    let [position] = cbor::array(value)?;
                    let position = u8::try_from(cbor::unsigned(position)?).map_err(|_| ReceiptError::Encoding)?;
                    found.webhook = Some(position);
                }
                Self::MESSAGE if last < number => {
                    let [number] = cbor::array(value)?;
                    found.message = Some(cbor::unsigned(number)?);
                }
                _ => return Err(ReceiptError::Encoding),
            }
            last = number;
        }
        Ok(found)
    }
}

impl Earlier {
    fn from_value(value: Value) -> Result<Self, ReceiptError> {
        let [worker, lease, incarnation] = cbor::array(value)?;
        Ok(Self {
            worker: SigningKey(cbor::fixed(worker)?),
            lease: cbor::unsigned(lease)?,
            incarnation: cbor::unsigned(incarnation)?,
        })
    }
}

impl ScheduleRun {
    fn from_value(value: Value) -> Result<Self, ReceiptError> {
        let [name, due_ms] = cbor::array(value)?;
        Ok(Self { name: Digest(cbor::fixed(name)?), due_ms: cbor::unsigned(due_ms)? })
    }
}

impl Transition {
    fn from_value(value: Value) -> Result<Self, ReceiptError> {
        if value == Value::Array(Vec::new()) {
            return Ok(Self::Init);
        }
        let [version, code] = cbor::array(value)?;
        let version = u32::try_from(cbor::unsigned(version)?).map_err(|_| ReceiptError::Encoding)?;
        Ok(Self::Migrate { version, code: CodeHash(cbor::fixed(code)?) })
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

pub(super) fn pair<A, B>(
    value: Value,
    label: Label,
    first: impl FnOnce(Value) -> Result<A, ReceiptError>,
    second: impl FnOnce(Value) -> Result<B, ReceiptError>,
) -> Result<(A, B), ReceiptError> {
    let [one, two] = expect(cbor::array(value), label)?;
    Ok((expect(first(one), label)?, expect(second(two), label)?))
}

pub(super) fn block(value: Value) -> Result<BlockRef, ReceiptError> {
    let (number, hash) = pair(value, Label::Block, cbor::unsigned, cbor::fixed)?;
    let number = u32::try_from(number).map_err(|_| ReceiptError::Leaf(Label::Block as u8))?;
    Ok(BlockRef { number, hash: BlockHash(hash) })
}

pub(super) fn head(value: Value, label: Label) -> Result<StateHead, ReceiptError> {
    let (sequence, hash) = pair(value, label, cbor::unsigned, cbor::fixed)?;
    Ok(StateHead { sequence, hash: Digest(hash) })
}

fn egress_list(value: Value) -> Result<Vec<EgressRecord>, ReceiptError> {
    cbor::list(value, MAX_EGRESS)?.into_iter().map(EgressRecord::from_value).collect()
}
