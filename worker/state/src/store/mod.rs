//! One contract's store: opened under a lease against the head that the chain knows, then call after call.
//!
//! | file | holds |
//! |---|---|
//! | `options` | what it is opened with |
//! | `writers` | who may open it |
//! | `verify` | whether it is the one that the chain knows |
//! | `transaction`, `recent` | a call's view, and whether a later commit overtook it |
//! | `commit`, `durable` | committing in order, and waiting for the disk together |
//! | `answers` | answers for retries, and forgetting them |
//! | `ends` | entries that end, and removing them |
//! | `history` | what others need to run a call again: what each commit wrote, and what was asked |
//! | `quota` | how many bytes all entries have, and how many they may have |
//! | `chain`, `layout` | the chained hash, and which key holds what |
//!
//! **When the disk fails or is full**, the commit that met it gets the error and was not acknowledged; the
//! store is poisoned, because nobody knows what reached the disk, and refuses everything from then on.
//! Opening it anew finds every acknowledged commit.

mod answers;
pub mod chain;
mod commit;
mod durable;
mod ends;
mod history;
mod layout;
mod options;
mod quota;
mod recent;
#[cfg(test)]
mod tests;
mod transaction;
mod verify;
mod writers;

use std::{
    future::Future,
    sync::{Arc, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use adyton_protocol::{ids::ContractId, key_label::KeyEpoch, record::StateHead};
use codec::Encode;
use object_store::{ObjectStore, path::Path, prefix::PrefixStore};
use slatedb::{
    Db, DbSnapshot, Settings, WriteBatch,
    config::{CompactorOptions, GarbageCollectorDirectoryOptions, GarbageCollectorOptions},
    db_cache::DbCache,
};
use tokio::sync::Mutex;

use crate::{SealedStore, StateError};
pub use commit::{Commit, Prepared, StoredAnswer};
use durable::Durability;
pub use history::{Asked, BadHistory, Lasting, Replay};
use layout::Meta;
pub use options::{Limits, StoreOptions, Terms, Writer};
pub use quota::ENTRY_BYTES;
use recent::Recent;
pub use transaction::{Entry, Swap, Transaction};
use writers::Claim;

/// An open store. Cheap to clone; all clones are the same store. [`Store::close`] it: its background work
/// does not end by itself.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    contract: ContractId,
    db: Db,
    sealed: SealedStore,
    limits: Limits,
    /// Bytes that all entries may have together.
    quota: u64,
    /// Whether a record of each commit is kept.
    history: bool,
    /// The version that the next written value gets.
    versions: Arc<AtomicU64>,
    /// Held while the next link of the chain is made and handed to the database.
    order: Arc<Mutex<Order>>,
    /// The database's number for the newest write, and the head that stands with it.
    newest: std::sync::Mutex<(u64, StateHead)>,
    durability: Durability,
    /// Up to this number at least, the database's writes are in tables.
    tabled: AtomicU64,
    /// Held while the log is being made into a table in the background.
    table_flush: Arc<Mutex<()>>,
}

/// What only the commit at hand may look at and change.
struct Order {
    meta: Meta,
    recent: Recent,
    /// Answers that end before this were removed.
    answers_from: u64,
    /// Entries that end before this were removed.
    ends_from: u64,
    /// Requests whose end lies before this were removed.
    asked_from: u64,
}

impl Store {
    /// Opens the contract's store at `root`, or makes it if the chain knows of no commit.
    ///
    /// 1. Claim the store for this writer, unless a newer one has.
    /// 2. Open the database, which fences earlier writers and replays their log.
    /// 3. Look again whether a newer writer has come.
    /// 4. Check that the store descends from the head that is pinned on chain.
    /// 5. Record the lease and the pinned head, durably.
    ///
    /// Local disk must be given as [`local_disk`](crate::local_disk), or nothing is durable.
    pub async fn open(
        objects: Arc<dyn ObjectStore>,
        root: &Path,
        terms: Terms,
        options: StoreOptions,
    ) -> Result<Self, StateError> {
        let Terms { contract, keys, writer, floor } = terms;
        let below = Arc::new(PrefixStore::new(objects, root.clone()));
        let sealed = SealedStore::new(below, contract, keys, writer.lease);
        let claim = Claim::stake(&sealed, writer).await?;
        let db = open_database(&sealed, &options).await?;
        let opened = async {
            let meta = Self::admit(&db, &sealed, &contract, &claim, writer, &floor).await?;
            if options.history {
                verify::refuse_without_history(&db, &meta.head).await?;
            }
            let store = Self::assemble(db.clone(), sealed.clone(), contract, &options, meta)?;
            store.pin(floor).await?;
            Ok(store)
        };
        let opened = opened.await;
        let aside = match &opened {
            Ok(_) => claim.clear_older(&sealed).await,
            Err(_) => db.close().await.map_err(StateError::from),
        };
        if let Err(error) = aside {
            tracing::debug!(%error, "while tidying up after opening a store");
        }
        opened
    }

    /// Steps 3 to 5.
    async fn admit(
        db: &Db,
        sealed: &SealedStore,
        contract: &ContractId,
        claim: &Claim,
        writer: Writer,
        floor: &StateHead,
    ) -> Result<Meta, StateError> {
        claim.confirm(sealed).await?;
        let mut meta = verify::verify(db, contract, floor).await?;
        let (lease, seen) = (writer.lease, meta.lease);
        if seen > lease || (seen == lease && !writer.again) {
            return Err(StateError::Superseded { lease, seen });
        }
        meta.lease = lease;
        let mut batch = WriteBatch::new();
        batch.put(layout::META_KEY, meta.encode());
        db.write(batch).await?;
        db.flush().await?;
        Ok(meta)
    }

    fn assemble(
        db: Db,
        sealed: SealedStore,
        contract: ContractId,
        options: &StoreOptions,
        meta: Meta,
    ) -> Result<Self, StateError> {
        let number = db.snapshot()?.seq();
        let durability = Durability::up_to(number);
        let recent = Recent::after(meta.head.sequence);
        let order = Order { meta, recent, answers_from: 0, ends_from: 0, asked_from: 0 };
        let inner = Inner {
            contract,
            db,
            sealed,
            limits: options.limits,
            quota: options.quota,
            history: options.history,
            versions: Arc::new(AtomicU64::new(meta.next_version)),
            order: Arc::new(Mutex::new(order)),
            newest: std::sync::Mutex::new((number, meta.head)),
            durability,
            tabled: AtomicU64::new(0),
            table_flush: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The newest durable head: what an opening or an anchor says of this store.
    pub async fn head(&self) -> Result<StateHead, StateError> {
        let transaction = self.begin().await?;
        self.inner.durability.wait(&self.inner.db, transaction.seen()).await?;
        Ok(transaction.base)
    }

    /// Begins a transaction on the newest state.
    pub async fn begin(&self) -> Result<Transaction, StateError> {
        let inner = &self.inner;
        inner.durability.check()?;
        let snapshot = inner.db.snapshot()?;
        let (number, newest) = *inner.newest.lock().unwrap_or_else(PoisonError::into_inner);
        // The head in memory is the snapshot's only where it is of that very write: another one may be between the
        // database and its note.
        let head = if number == snapshot.seq() { newest } else { Self::meta_in(&snapshot).await?.head };
        Ok(Transaction::new(snapshot, head, Arc::clone(&inner.versions), inner.limits))
    }

    async fn meta_in(snapshot: &DbSnapshot) -> Result<Meta, StateError> {
        const WHAT: &str = "record of its head";
        let meta = snapshot.get(layout::META_KEY).await?.ok_or(StateError::Unreadable { what: WHAT })?;
        layout::decode(WHAT, &meta)
    }

    /// Whether the store still works. After an error here only closing it and opening it anew helps: it failed
    /// earlier, a newer writer has taken over, or it was closed.
    pub fn check(&self) -> Result<(), StateError> {
        self.inner.durability.check()?;
        self.inner.db.snapshot()?;
        Ok(())
    }

    /// Adds the secret of another key epoch; a newer one seals what is written from now on.
    pub fn add_epoch(&self, epoch: KeyEpoch, secret: [u8; 32]) {
        self.inner.sealed.add_epoch(epoch, secret);
    }

    /// Closes the store, after the commits under way. What was committed is durable without this.
    pub async fn close(&self) -> Result<(), StateError> {
        let inner = &self.inner;
        let _order = inner.order.lock().await;
        // For those that wait for it: a closed database flushes nothing more.
        let flushed = inner.durability.wait(&inner.db, inner.durability.written()).await;
        inner.db.close().await?;
        flushed
    }
}

impl Inner {
    /// Runs work to its end even if the caller goes away.
    async fn run<T, F>(self: &Arc<Self>, work: impl FnOnce(Arc<Self>) -> F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StateError>> + Send + 'static,
    {
        let done = tokio::spawn(work(Arc::clone(self))).await;
        // A panic in there leaves unknown what was done.
        done.unwrap_or_else(|error| Err(self.durability.fail(StateError::Storage(Arc::new(error)))))
    }
}

async fn open_database(sealed: &SealedStore, options: &StoreOptions) -> Result<Db, StateError> {
    let cache = Arc::clone(&options.cache);
    let scope = cache.next_scope();
    let db = Db::builder(layout::DATABASE, Arc::new(sealed.clone()))
        .with_settings(settings(options))
        .with_db_cache(cache as Arc<dyn DbCache>, scope)
        .build()
        .await?;
    Ok(db)
}

/// The database's settings: no flush by a timer, and background work that a thousand idle stores do not feel.
fn settings(options: &StoreOptions) -> Settings {
    let after = |seconds| {
        let (interval, min_age) = (Some(Duration::from_secs(60)), Duration::from_secs(seconds));
        Some(GarbageCollectorDirectoryOptions { interval, min_age, dry_run: false })
    };
    let collector = GarbageCollectorOptions {
        manifest_options: after(600),
        // Each flush leaves a file; there are no readers beside the writer that could still need it.
        wal_options: after(60),
        wal_fence_options: None,
        // Longer than it takes to write a table and to enter it into the manifest.
        compacted_options: after(3600),
        compactions_options: after(600),
        object_store_max_retries: Some(options.retries),
        ..Default::default()
    };
    Settings {
        flush_interval: None,
        manifest_poll_interval: Duration::from_secs(10),
        l0_sst_size_bytes: options.table_bytes,
        // Many small tables may wait for a compaction, so that commits need not.
        l0_max_ssts: 32,
        l0_max_ssts_per_key: 32,
        max_unflushed_bytes: options.table_bytes.saturating_mul(8),
        compactor_options: Some(CompactorOptions::default()),
        garbage_collector_options: Some(collector),
        object_store_max_retries: Some(options.retries),
        ..Default::default()
    }
}
