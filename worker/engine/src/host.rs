//! What a call needs from the worker around it: the contract's state, secrets and keys, as it was when the
//! call began.
//!
//! The trait is small on purpose. Everything that can be decided without the worker (limits, prices, what a
//! call has written so far, outgoing HTTP) is decided in this crate, once.

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::capability::crypto::Scheme;

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

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The worker's side of one call. One value serves one call; reads see one consistent state.
#[async_trait]
pub trait Host: Send + 'static {
    /// The committed value of `key`.
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, HostFailure>;

    /// Committed entries whose key begins with `prefix` and is greater than `after`, ascending. Fewer than
    /// `limit` are returned only if there are no more.
    async fn kv_scan(&mut self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Entry>, HostFailure>;

    /// The secret called `name`, if the owner has set it.
    async fn secret(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, HostFailure>;

    /// The 32 secret bytes of the contract's key called `name` under `scheme`: uniformly distributed, the
    /// same on every worker, different for each contract, scheme and name.
    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure>;

    /// Fills `buffer` with randomness fit for keys.
    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure>;
}
