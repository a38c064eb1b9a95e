//! What a running contract reaches of the worker: its state as of the call's begin, its secrets, its keys.

use std::sync::Arc;

use adyton_engine::{Entry, Host, HostFailure, Scheme};
use adyton_keys::ContractSecrets;
use adyton_state::Transaction;
use async_trait::async_trait;
use rand_core::{OsRng, RngCore};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// First byte of the store's keys that belong to the contract.
pub const GUEST: u8 = b'g';
/// First byte of those that belong to the worker: secrets, reports. A contract cannot name them.
pub const WORKER: u8 = b'w';

/// A transaction that the engine's host and the road share; the road takes it back after the call.
pub type Shared = Arc<Mutex<Transaction>>;

/// One call's host.
pub struct CallHost {
    transaction: Shared,
    secrets: Arc<ContractSecrets>,
}

impl CallHost {
    /// For one call on `transaction`.
    pub fn new(transaction: Shared, secrets: Arc<ContractSecrets>) -> Self {
        Self { transaction, secrets }
    }
}

/// The store's key of a contract's key.
pub fn guest_key(key: &[u8]) -> Vec<u8> {
    [&[GUEST], key].concat()
}

/// The store's key of the secret `name`.
pub fn secret_key(name: &str) -> Vec<u8> {
    [&[WORKER], b"secret/".as_slice(), name.as_bytes()].concat()
}

#[async_trait]
impl Host for CallHost {
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, HostFailure> {
        let found = self.transaction.lock().await.get(&guest_key(key)).await;
        let found = found.map_err(|error| HostFailure::new("reading the contract's state", error))?;
        Ok(found.map(|entry| entry.value.to_vec()))
    }

    async fn kv_scan(&mut self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Entry>, HostFailure> {
        let mut transaction = self.transaction.lock().await;
        let (prefix, mut after) = (guest_key(prefix), after.map(guest_key));
        let mut entries: Vec<Entry> = Vec::new();
        // The store may give fewer than asked for; only nothing means the end.
        while entries.len() < limit {
            let some = transaction.scan(&prefix, after.as_deref(), limit - entries.len()).await;
            let some = some.map_err(|error| HostFailure::new("scanning the contract's state", error))?;
            let Some(last) = some.last() else { break };
            after = Some(last.key.to_vec());
            entries.extend(some.into_iter().map(|entry| (entry.key[1..].to_vec(), entry.value.to_vec())));
        }
        Ok(entries)
    }

    async fn secret(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, HostFailure> {
        let found = self.transaction.lock().await.get(&secret_key(name)).await;
        let found = found.map_err(|error| HostFailure::new("reading a secret", error))?;
        // version (8 bytes) ‖ value
        Ok(found.map(|entry| Zeroizing::new(entry.value.get(8..).unwrap_or_default().to_vec())))
    }

    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        let scheme = match scheme {
            Scheme::Ed25519 => adyton_keys::Scheme::Ed25519,
            Scheme::Secp256k1 => adyton_keys::Scheme::Secp256k1,
        };
        self.secrets.named_secret(scheme, name).map_err(|error| HostFailure::new("deriving a named key", error))
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure> {
        OsRng.try_fill_bytes(buffer).map_err(|error| HostFailure::new("drawing random bytes", error))
    }
}
