//! A call of a disputable contract, run again: on the state that its history makes, with the request, the code and the
//! block of the claim. What a contract of this kind may be granted is all there is: its entries.

use std::{collections::BTreeMap, ops::Bound};

use adyton_engine::{
    Answer, CallContext, CallError, ContractCall, ContractCalled, Direction, Ending, Engine, Entry, Host, HostFailure,
    Limit, Module, Object, Objects, Principal, SCAN_BYTES, Scan, Scheduled, Scheme, Secret, Unread, Value,
};
use adyton_protocol::{
    call,
    dispute::{Claim, Outcome},
    ids::{Digest, NetworkId},
};
use adyton_state::{Lasting, batch_digest, next_head};
use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::road::{
    history::Request,
    host::{GUEST, guest_key},
};

/// What a trap says that depends on the machine: how deep a guest may call.
const STACK: &str = "call stack exhausted";

/// A contract's entries by the store's keys.
pub type State = BTreeMap<Vec<u8>, Lasting>;

/// What a call is run again from.
pub struct Again<'a> {
    /// The network.
    pub network: NetworkId,
    /// Which call.
    pub claim: &'a Claim,
    /// What was asked: of the claim's digest.
    pub request: Request,
    /// The state before, by the store's keys: of the claim's head.
    pub state: State,
    /// The time of the claim's block.
    pub block_ms: u64,
}

/// What comes of the call; none where this machine decided that, and not the call. One that gives no answer wherever it
/// is run has the outcome [`no_answer`].
pub async fn rerun(engine: &Engine, module: &Module, again: Again<'_>) -> Option<Outcome> {
    let Again { network, claim, request, state, block_ms } = again;
    let context = CallContext {
        network,
        contract: claim.contract,
        code: claim.code,
        lease: None,
        request_id: claim.request_id,
        caller: Principal::Anonymous,
        now_ms: block_ms,
        block: claim.block.number.into(),
        block_hash: claim.block.hash,
        block_ms,
    };
    let Request { method, path, fields, content } = request;
    let request = adyton_engine::Request { method, path, fields, body: content };
    // Though many of the contract's calls may wait here.
    let place = engine.next_place(claim.contract).await.ok()?;
    let outcome = match engine.call_in(&place, module, context, Past::new(state), request).await {
        Ok(outcome) => outcome,
        Err(CallError::RequestTooLarge { .. }) => return Some(no_answer(claim)),
        Err(CallError::Busy) => return None,
    };
    match outcome.ending {
        Ending::Answered(answer) => answered(&network, claim, &answer, outcome.usage.fuel),
        Ending::GuestError(_) | Ending::Exceeded(Limit::Fuel | Limit::Memory | Limit::Response) => {
            Some(no_answer(claim))
        }
        Ending::Trapped(reason) => (!reason.contains(STACK)).then(|| no_answer(claim)),
        Ending::Exceeded(Limit::WallTime) | Ending::HostFailed(_) | Ending::HostBug => None,
    }
}

/// Of a call that gives no answer: it writes nothing, and no response has the digest of zeros.
pub fn no_answer(claim: &Claim) -> Outcome {
    Outcome { response: Digest([0; 32]), after: claim.before, fuel: 0 }
}

fn answered(network: &NetworkId, claim: &Claim, answer: &Answer, fuel: u64) -> Option<Outcome> {
    let adyton_engine::Response { status, fields, body } = &answer.response;
    let response = call::response_digest(network, &claim.request, *status, fields, body);
    let writes: Vec<_> = answer.writes.iter().map(|(key, value)| (guest_key(key), value.as_ref())).collect();
    let after = match writes.is_empty() {
        true => claim.before,
        false => {
            let written =
                writes.iter().map(|(key, value)| (&key[..], value.map(|value| (&value.bytes[..], value.ends_ms))));
            next_head(&claim.contract, &claim.before, &batch_digest(written))?
        }
    };
    Some(Outcome { response, after, fuel })
}

/// An entry that was found.
type Found<'a> = (&'a Vec<u8>, &'a Lasting);

/// The contract's entries as they were, by its own keys.
pub(super) struct Past {
    entries: State,
}

impl Past {
    pub(super) fn new(state: State) -> Self {
        let own = |(key, value): (Vec<u8>, Lasting)| Some((key.strip_prefix(&[GUEST])?.to_vec(), value));
        Self { entries: state.into_iter().filter_map(own).collect() }
    }

    /// The entries of `scan`, in its direction.
    fn under<'a>(&'a self, scan: &Scan<'a>) -> Box<dyn Iterator<Item = Found<'a>> + 'a> {
        let (prefix, end) = (scan.prefix, behind(scan.prefix));
        match scan.direction {
            Direction::Ascending => {
                let start = match scan.from {
                    Some(after) if after >= prefix => Bound::Excluded(after),
                    Some(_) | None => Bound::Included(prefix),
                };
                let entries = self.entries.range::<[u8], _>((start, Bound::Unbounded));
                Box::new(entries.take_while(move |(key, _)| key.starts_with(prefix)))
            }
            Direction::Descending => {
                let end = match (scan.from.map(<[u8]>::to_vec), end) {
                    (Some(before), Some(end)) => Some(before.min(end)),
                    (one, other) => one.or(other),
                };
                let end = match end {
                    Some(end) if end.as_slice() <= prefix => return Box::new(std::iter::empty()),
                    Some(end) => Bound::Excluded(end),
                    None => Bound::Unbounded,
                };
                Box::new(self.entries.range((Bound::Included(prefix.to_vec()), end)).rev())
            }
        }
    }
}

/// The first key behind all that begin with `prefix`; none if there is no such key.
fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix.get(..=last)?.to_vec();
    *end.last_mut()? += 1;
    Some(end)
}

fn value((bytes, ends_ms): &Lasting) -> Value {
    Value { bytes: bytes.clone(), ends_ms: *ends_ms }
}

/// A disputable contract is granted nothing that would ask for this.
fn never<T>() -> Result<T, HostFailure> {
    Err(HostFailure::new("running a call again", "no disputable contract has that"))
}

#[async_trait]
impl Host for Past {
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Value>, HostFailure> {
        Ok(self.entries.get(key).map(value))
    }

    async fn kv_scan(&mut self, scan: Scan<'_>) -> Result<Vec<Entry>, HostFailure> {
        let (mut entries, mut bytes): (Vec<Entry>, usize) = (Vec::new(), 0);
        for (key, found) in self.under(&scan) {
            if entries.len() >= scan.limit || bytes >= SCAN_BYTES {
                break;
            }
            bytes = bytes.saturating_add(key.len()).saturating_add(found.0.len());
            entries.push((key.clone(), value(found)));
        }
        Ok(entries)
    }

    async fn schedule(&mut self) -> Result<BTreeMap<String, Scheduled>, HostFailure> {
        never()
    }

    async fn database_pages(&mut self) -> Result<u32, HostFailure> {
        never()
    }

    async fn database_page(&mut self, _number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        never()
    }

    async fn chain_storage(&mut self, _keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Unread> {
        Err(Unread::Unproven)
    }

    async fn call_contract(&mut self, _call: ContractCall) -> Result<ContractCalled, HostFailure> {
        never()
    }

    async fn secret(&mut self, _name: &str) -> Result<Option<Secret>, HostFailure> {
        never()
    }

    async fn named_key(&mut self, _scheme: Scheme, _name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        never()
    }

    async fn encryption_key(&mut self, _name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        never()
    }

    async fn derived_secret(
        &mut self,
        _name: &str,
        _context: &[u8],
        _length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        never()
    }

    async fn seeded_random(&mut self, _seed: &[u8], _length: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        never()
    }

    fn random(&mut self, _buffer: &mut [u8]) -> Result<(), HostFailure> {
        never()
    }
}

#[async_trait]
impl Objects for Past {
    async fn finished_object(&mut self, _name: &str) -> Result<Option<Object>, HostFailure> {
        never()
    }

    async fn finished_objects(
        &mut self,
        _prefix: &str,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Vec<Object>, HostFailure> {
        never()
    }

    async fn unfinished_object(&mut self, _handle: u64) -> Result<Option<Object>, HostFailure> {
        never()
    }

    async fn unfinished_objects(&mut self, _after: Option<u64>, _limit: usize) -> Result<Vec<Object>, HostFailure> {
        never()
    }

    async fn object_part(&mut self, _handle: u64, _number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        never()
    }
}
