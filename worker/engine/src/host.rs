//! What a call needs from the worker around it: the contract's state, secrets and keys, as it was when the
//! call began.
//!
//! The trait is small on purpose. Everything that can be decided without the worker (limits, prices, what a
//! call has written so far, outgoing HTTP) is decided in this crate, once.

use std::collections::BTreeMap;

use adyton_protocol::{
    call::Fields,
    ids::{ContractId, Digest},
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::{
    bindings::phat::contract::contracts,
    capability::crypto::Scheme,
    message::{Request, Response},
    object::Objects,
    outcome::Usage,
};

/// A failure of the worker, not of the contract: it ends the call, and the contract does not see it.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct HostFailure {
    /// What was being done.
    pub what: &'static str,
    /// Why it failed; no secrets.
    pub reason: String,
}

impl HostFailure {
    /// A failure while doing `what`.
    pub fn new(what: &'static str, reason: impl ToString) -> Self {
        Self { what, reason: reason.to_string() }
    }
}

/// A value of the store, and when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The value.
    pub bytes: Vec<u8>,
    /// From when on nobody sees it, in Unix milliseconds; none: it does not end.
    pub ends_ms: Option<u64>,
}

impl Value {
    /// One that does not end.
    pub fn lasting(bytes: Vec<u8>) -> Self {
        Self { bytes, ends_ms: None }
    }

    /// Whether nobody sees it at `now_ms`.
    pub fn ended(&self, now_ms: u64) -> bool {
        self.ends_ms.is_some_and(|ends_ms| ends_ms <= now_ms)
    }
}

/// A key and its value.
pub type Entry = (Vec<u8>, Value);

/// In which order a scan gives entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// By ascending key.
    Ascending,
    /// By descending key.
    Descending,
}

/// Which entries a scan is for.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// Their keys begin with this.
    pub prefix: &'a [u8],
    /// They come behind this key in the scan's direction: are greater, or less.
    pub from: Option<&'a [u8]>,
    /// Their order.
    pub direction: Direction,
    /// The most of them.
    pub limit: usize,
}

/// Once a scan's entries have so many bytes, it may give fewer than asked for.
pub const SCAN_BYTES: usize = 1 << 20;

/// A secret that the owner has set.
pub struct Secret {
    /// Its version.
    pub version: u64,
    /// Its value.
    pub value: Zeroizing<Vec<u8>>,
}

/// What a call changed of the contract's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseChange {
    /// How many pages it has then.
    pub pages: u32,
    /// The pages that it wrote, by their numbers from 0, each of 4096 bytes.
    pub written: BTreeMap<u32, Vec<u8>>,
}

/// When an entry of the contract's schedule is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// The next time, Unix milliseconds.
    pub due_ms: u64,
    /// The expression of the times after that; none: it ends with its run.
    pub cron: Option<String>,
}

/// What an entry of the contract's schedule asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRequest {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The content.
    pub body: Vec<u8>,
}

/// Why the chain's state could not be read. The contract is told: it is the node's failure, which nobody can exclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// The node took too long.
    TimedOut,
    /// The node could not be reached, or did not prove the values.
    Unproven,
}

/// A call of another contract, well-formed.
#[derive(Debug, Clone)]
pub struct ContractCall {
    /// The contract.
    pub contract: ContractId,
    /// What it is asked.
    pub request: Request,
    /// The most fuel that it may use.
    pub fuel: u64,
}

/// What came of a call of another contract.
#[derive(Debug, Clone)]
pub struct ContractCalled {
    /// The response, or why there is none.
    pub outcome: Result<Response, contracts::Refusal>,
    /// The fuel that it used, which the caller pays.
    pub fuel: u64,
    /// The digests of request and response, as in the receipt of a call; none where the contract did not get the
    /// request.
    pub digests: Option<(Digest, Digest)>,
}

/// A part of a response that its call is still making.
///
/// It is provisional: the call may yet end without an answer, and then nothing that it wrote is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provisional {
    /// The response's beginning: once, before anything else. Checked as that of a [`Response`].
    Head {
        /// The status code, 200 to 599.
        status: u16,
        /// Header fields in the contract's order.
        fields: Fields,
    },
    /// The next bytes of its content, at least one.
    Content(Vec<u8>),
}

/// The worker's side of one call. One value serves one call; reads see one consistent state.
#[async_trait]
pub trait Host: Objects + Send + 'static {
    /// The committed value of `key`. It may have ended: the engine judges that.
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Value>, HostFailure>;

    /// Committed entries in `scan`'s direction, also such as have ended. Fewer than its limit are returned only if there
    /// are no more, or if they have [`SCAN_BYTES`] bytes or more.
    async fn kv_scan(&mut self, scan: Scan<'_>) -> Result<Vec<Entry>, HostFailure>;

    /// The entries of the contract's schedule, by their names.
    async fn schedule(&mut self) -> Result<BTreeMap<String, Scheduled>, HostFailure>;

    /// How many pages the committed database has.
    async fn database_pages(&mut self) -> Result<u32, HostFailure>;

    /// The committed page of the database with this number, from 0; none if it was never written.
    async fn database_page(&mut self, number: u32) -> Result<Option<Vec<u8>>, HostFailure>;

    /// The values of `keys` in the chain's state after the block of [`crate::CallContext`], proven, in the order of the
    /// keys; none where it is proven that there is nothing. At most 32 different keys of 1 to 256 bytes.
    async fn chain_storage(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Unread>;

    /// Calls another contract for this one. What comes of it is in the answer, also where the worker fails the other
    /// contract.
    async fn call_contract(&mut self, call: ContractCall) -> Result<ContractCalled, HostFailure>;

    /// Takes a part of the response that the call is making, for callers who want it before the call is over.
    ///
    /// Parts come in order; the [`Response`] of a call that ends well begins with exactly them, and is whole: it has
    /// their bytes again, and what came after them. Parts together are within the limits of a response. A call that
    /// ends otherwise may have given some. A call that is run again is another run with another value of this trait,
    /// whose parts come from the beginning and may be other ones: it is the worker's to break off what the first one
    /// began.
    ///
    /// It may wait for a caller who is slow: the call's time goes on. Where nobody wants parts, there is nothing to do.
    async fn provisional(&mut self, part: Provisional) -> Result<(), HostFailure> {
        drop(part);
        Ok(())
    }

    /// Learns what the call used that was dropped before its end. Nothing else of it comes back, and nothing is to take
    /// effect by it; but what it used was used.
    fn cut_off(&mut self, usage: &Usage) {
        let _nobody_asks = usage;
    }

    /// The newest version of the secret called `name`, if the owner has set it and not removed it.
    async fn secret(&mut self, name: &str) -> Result<Option<Secret>, HostFailure>;

    /// The 32 secret bytes of the contract's key called `name` under `scheme`: uniformly distributed, the
    /// same on every worker, different for each contract, scheme and name.
    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure>;

    /// The 32 secret bytes of the contract's encryption key called `name`: as those of a named key, and unrelated to
    /// them.
    async fn encryption_key(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure>;

    /// A secret of `length` bytes, at most 64, for the contract itself: the same on every worker, unrelated for each
    /// contract, name, context and length, and to every key.
    async fn derived_secret(
        &mut self,
        name: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HostFailure>;

    /// `length` bytes, at most 8160, that look random and are the same for the same seed on every worker; fewer are
    /// the beginning of more. Unrelated for each contract and seed, and to every key and secret.
    async fn seeded_random(&mut self, seed: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure>;

    /// Fills `buffer` with randomness fit for keys.
    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure>;
}
