//! What a running contract reaches of the worker: its state as of the call's begin, its secrets, its keys, the chain.

use std::{collections::BTreeMap, sync::Arc};

use adyton_engine::{
    ContractCall, ContractCalled, Direction, Entry, Host, HostFailure, Object, Objects, Provisional, SCAN_BYTES, Scan,
    Scheduled, Scheme, Secret, Unread, Usage, Value,
};
use adyton_keys::ContractSecrets;
use adyton_state::{StateError, Transaction};
use async_trait::async_trait;
use rand_core::{OsRng, RngCore};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::{
    chain::ChainState,
    contracts::Reach,
    database, objects,
    parts::Parts,
    schedule,
    secrets::{self, Stored},
};
use crate::gas::CutOff;

/// First byte of the store's keys that belong to the contract.
pub const GUEST: u8 = b'g';
/// First byte of those that belong to the worker: secrets, reports, the schedule. A contract cannot name them.
pub const WORKER: u8 = b'w';

/// First byte of those that are the contract's database ([`super::database`]). A contract cannot name them.
pub const DATABASE: u8 = b'd';

/// First byte of those that are the contract's large objects ([`super::objects`]). A contract cannot name them.
pub const OBJECTS: u8 = b'o';

/// A transaction that the engine's host and the road share; the road takes it back after the call.
pub type Shared = Arc<Mutex<Transaction>>;

/// One call's host.
pub struct CallHost {
    transaction: Shared,
    secrets: Arc<ContractSecrets>,
    chain: ChainState,
    reach: Reach,
    parts: Option<Parts>,
    /// Bytes of content that were given before the end.
    given: usize,
    cut_off: Option<CutOff>,
}

impl CallHost {
    /// For one call on `transaction`, which acts on the block of `chain`, calls others by `reach`, and gives parts of its
    /// response before the end to whoever wants them.
    pub fn new(
        transaction: Shared,
        secrets: Arc<ContractSecrets>,
        chain: ChainState,
        (reach, parts): (Reach, Option<Parts>),
    ) -> Self {
        Self { transaction, secrets, chain, reach, parts, given: 0, cut_off: None }
    }

    /// What the call used is noted by `cut_off`, should it be dropped before its end.
    pub fn metered(self, cut_off: CutOff) -> Self {
        Self { cut_off: Some(cut_off), ..self }
    }
}

/// The store's key of a contract's key.
pub fn guest_key(key: &[u8]) -> Vec<u8> {
    [&[GUEST], key].concat()
}

#[async_trait]
impl Objects for CallHost {
    async fn finished_object(&mut self, name: &str) -> Result<Option<Object>, HostFailure> {
        objects::finished(&mut *self.transaction.lock().await, name).await.map_err(unread_object)
    }

    async fn finished_objects(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Object>, HostFailure> {
        let mut transaction = self.transaction.lock().await;
        objects::list_finished(&mut transaction, prefix, after, limit).await.map_err(unread_object)
    }

    async fn unfinished_object(&mut self, handle: u64) -> Result<Option<Object>, HostFailure> {
        objects::unfinished(&mut *self.transaction.lock().await, handle).await.map_err(unread_object)
    }

    async fn unfinished_objects(&mut self, after: Option<u64>, limit: usize) -> Result<Vec<Object>, HostFailure> {
        objects::list_unfinished(&mut *self.transaction.lock().await, after, limit).await.map_err(unread_object)
    }

    async fn object_part(&mut self, handle: u64, number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        objects::part(&mut *self.transaction.lock().await, handle, number).await.map_err(unread_object)
    }
}

fn unread_object(error: StateError) -> HostFailure {
    HostFailure::new("reading the contract's objects", error)
}

#[async_trait]
impl Host for CallHost {
    async fn kv_get(&mut self, key: &[u8]) -> Result<Option<Value>, HostFailure> {
        let found = self.transaction.lock().await.get(&guest_key(key)).await;
        let found = found.map_err(|error| HostFailure::new("reading the contract's state", error))?;
        Ok(found.map(|entry| Value { bytes: entry.value.to_vec(), ends_ms: entry.ends_ms }))
    }

    async fn kv_scan(&mut self, scan: Scan<'_>) -> Result<Vec<Entry>, HostFailure> {
        let mut transaction = self.transaction.lock().await;
        let Scan { prefix, from, direction, limit } = scan;
        let (prefix, mut from) = (guest_key(prefix), from.map(guest_key));
        let (mut entries, mut bytes): (Vec<Entry>, usize) = (Vec::new(), 0);
        // The store may give fewer than asked for; only nothing means the end.
        while entries.len() < limit && bytes < SCAN_BYTES {
            let left = limit - entries.len();
            let some = match direction {
                Direction::Ascending => transaction.scan(&prefix, from.as_deref(), left).await,
                Direction::Descending => transaction.scan_back(&prefix, from.as_deref(), left).await,
            };
            let some = some.map_err(|error| HostFailure::new("scanning the contract's state", error))?;
            let Some(last) = some.last() else { break };
            from = Some(last.key.to_vec());
            for entry in some {
                let key = entry.key.get(1..).unwrap_or_default().to_vec();
                bytes += key.len() + entry.value.len();
                entries.push((key, Value { bytes: entry.value.to_vec(), ends_ms: entry.ends_ms }));
            }
        }
        Ok(entries)
    }

    async fn schedule(&mut self) -> Result<BTreeMap<String, Scheduled>, HostFailure> {
        let entries = schedule::list(&mut *self.transaction.lock().await).await;
        let entries = entries.map_err(|error| HostFailure::new("reading the contract's schedule", error))?;
        let entry =
            |entry: schedule::Planned| (entry.name, Scheduled { due_ms: entry.due_ms, cron: entry.course.cron });
        Ok(entries.into_iter().map(entry).collect())
    }

    async fn database_pages(&mut self) -> Result<u32, HostFailure> {
        let pages = database::pages(&mut *self.transaction.lock().await).await;
        pages.map_err(|error| HostFailure::new("reading the size of the contract's database", error))
    }

    async fn database_page(&mut self, number: u32) -> Result<Option<Vec<u8>>, HostFailure> {
        let page = database::page(&mut *self.transaction.lock().await, number).await;
        page.map_err(|error| HostFailure::new("reading the contract's database", error))
    }

    async fn chain_storage(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Unread> {
        self.chain.read(keys).await
    }

    async fn call_contract(&mut self, call: ContractCall) -> Result<ContractCalled, HostFailure> {
        self.reach.call(call).await
    }

    async fn provisional(&mut self, part: Provisional) -> Result<(), HostFailure> {
        if let Some(parts) = &self.parts {
            if let Provisional::Content(bytes) = &part {
                self.given = self.given.saturating_add(bytes.len());
            }
            parts.give(part).await;
        }
        Ok(())
    }

    fn cut_off(&mut self, usage: &Usage) {
        if let Some(cut_off) = self.cut_off.take() {
            cut_off.note(usage, self.given);
        }
    }

    async fn secret(&mut self, name: &str) -> Result<Option<Secret>, HostFailure> {
        let stored = secrets::read(&mut *self.transaction.lock().await, name).await;
        let stored = stored.map_err(|error| HostFailure::new("reading a secret", error))?;
        Ok(stored.and_then(|Stored { version, value }| value.map(|value| Secret { version, value })))
    }

    async fn named_key(&mut self, scheme: Scheme, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        let scheme = match scheme {
            Scheme::Ed25519 => adyton_keys::Scheme::Ed25519,
            Scheme::Secp256k1 => adyton_keys::Scheme::Secp256k1,
            Scheme::P256 => adyton_keys::Scheme::P256,
            Scheme::Sr25519 => adyton_keys::Scheme::Sr25519,
        };
        self.secrets.named_secret(scheme, name).map_err(|error| HostFailure::new("deriving a named key", error))
    }

    async fn encryption_key(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>, HostFailure> {
        self.secrets.encryption_secret(name).map_err(|error| HostFailure::new("deriving an encryption key", error))
    }

    async fn derived_secret(
        &mut self,
        name: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        let secret = self.secrets.derived_secret(name, context, length);
        secret.map_err(|error| HostFailure::new("deriving a secret", error))
    }

    async fn seeded_random(&mut self, seed: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, HostFailure> {
        self.secrets.seeded_random(seed, length).map_err(|error| HostFailure::new("expanding a seed", error))
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), HostFailure> {
        OsRng.try_fill_bytes(buffer).map_err(|error| HostFailure::new("drawing random bytes", error))
    }
}
