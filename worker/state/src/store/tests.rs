//! Tests of the store, by what they are about.

mod crash;
mod disk;
mod ends;
mod history;
mod kept;
mod midway;
mod model;
mod quota;
mod transactions;
mod writers;

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use adyton_protocol::{
    ids::{ContractId, RequestId},
    record::StateHead,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, memory::InMemory, path::Path,
};

use super::{chain::genesis, *};
use crate::{BlockCache, EpochKeys, SealError};

const CONTRACT: ContractId = ContractId([1; 32]);
const SECRET: [u8; 32] = [7; 32];

fn root() -> Path {
    Path::from("contracts/one")
}

fn keys() -> EpochKeys {
    EpochKeys::new(1, SECRET)
}

fn terms(writer: Writer) -> Terms {
    Terms { contract: CONTRACT, keys: keys(), writer, floor: genesis(&CONTRACT) }
}

fn options() -> StoreOptions {
    StoreOptions { cache: Arc::new(BlockCache::new(1 << 20)), retries: 0, ..StoreOptions::default() }
}

async fn open_with(objects: &Arc<dyn ObjectStore>, terms: Terms) -> Result<Store, StateError> {
    Store::open(Arc::clone(objects), &root(), terms, options()).await
}

/// Opens as the holder of lease 1 does after a restart.
async fn open(objects: &Arc<dyn ObjectStore>) -> Store {
    open_with(objects, terms(Writer::again_under(1))).await.unwrap()
}

async fn new_store() -> (Arc<dyn ObjectStore>, Store) {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let store = open(&objects).await;
    (objects, store)
}

/// Commits one write, and gives the head after it.
async fn put(store: &Store, key: &str, value: &str) -> Result<StateHead, StateError> {
    let mut call = store.begin().await?;
    call.set(key.as_bytes(), value.as_bytes())?;
    let prepared = store.prepare(call).await?;
    Ok(store.commit(prepared, None).await?.after)
}

async fn commit(store: &Store, call: Transaction) -> Result<Commit, StateError> {
    let prepared = store.prepare(call).await?;
    store.commit(prepared, None).await
}

async fn value(store: &Store, key: &str) -> Option<String> {
    let found = store.begin().await.unwrap().get(key.as_bytes()).await.unwrap();
    found.map(|entry| String::from_utf8(entry.value.to_vec()).unwrap())
}

fn answer(request: u8, bytes: &'static [u8], expires_unix: u64) -> StoredAnswer {
    StoredAnswer { request: RequestId([request; 16]), bytes: Bytes::from_static(bytes), expires_unix }
}

/// A full copy of what the storage holds: what a host can keep, and put back later.
async fn copy_of(objects: &Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
    use futures::TryStreamExt;
    let copy = InMemory::new();
    for meta in objects.list(None).try_collect::<Vec<_>>().await.unwrap() {
        let bytes = objects.get(&meta.location).await.unwrap().bytes().await.unwrap();
        copy.put(&meta.location, bytes.into()).await.unwrap();
    }
    Arc::new(copy)
}

/// Storage whose puts can be made to fail, or to hang.
#[derive(Debug, Default)]
struct Fussy {
    inner: InMemory,
    fault: std::sync::Mutex<Option<Fault>>,
    puts: std::sync::atomic::AtomicUsize,
    gate: tokio::sync::RwLock<()>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// The disk is full.
    Full,
    /// The put happens, and its answer is lost.
    AnswerLost,
}

impl Fussy {
    fn set(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }
}

impl fmt::Display for Fussy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fussy")
    }
}

#[async_trait]
impl ObjectStore for Fussy {
    async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> object_store::Result<PutResult> {
        let _open = self.gate.read().await;
        self.puts.fetch_add(1, Ordering::SeqCst);
        let fault = *self.fault.lock().unwrap();
        let error = |source| object_store::Error::Generic { store: "fussy", source };
        match fault {
            None => self.inner.put_opts(at, payload, options).await,
            Some(Fault::Full) => Err(error(Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)))),
            Some(Fault::AnswerLost) => {
                self.inner.put_opts(at, payload, options).await?;
                Err(error("connection reset".into()))
            }
        }
    }
    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }
    async fn get_opts(&self, at: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.inner.get_opts(at, options).await
    }
    fn delete_stream(
        &self,
        at: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(at)
    }
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
