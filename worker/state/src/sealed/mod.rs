//! An object store whose every object is sealed: what lies below it sees only ciphertext, names and sizes.
//!
//! [`SealedStore`] implements [`ObjectStore`] over any other one. The form of an object is described in
//! `format.rs`. Everything that reads checks; there is no way to read without a check.
//!
//! * Sizes are plaintext sizes everywhere. Listings and `head` derive them from the sealed size, without
//!   reading the object: there they are as true as the listing itself. Whoever reads gets the authenticated
//!   size.
//! * Names are not sealed: a listing shows how many tables, log files and manifests there are and when they
//!   were written, which the sizes and times of the objects show anyway. No name comes from a contract.
//! * A copy is read, checked and sealed anew under its own name, at most 256 MiB; a rename is such a copy
//!   and a deletion.
//! * Attributes and tags are refused: they would lie beside the object in the clear.
//! * Conditional puts are passed on as they are; an e-tag is that of the sealed object.
//!
//! A failed check is never repeated: it carries `NonRetryable` for the database above.

mod format;
mod read;
#[cfg(test)]
mod tests;
mod upload;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use adyton_protocol::{ids::ContractId, key_label::KeyEpoch};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    CopyMode, CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, path::Path,
};
use slatedb_common::retry::NonRetryable;

use crate::EpochKeys;
use format::Place;

/// The name of this store in errors.
const STORE: &str = "sealed";
/// The largest object that can be copied.
const MAX_COPY: u64 = 256 << 20;

/// Why a sealed object was not opened. None of these says what the object holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The length is not that of a sealed object of the size it states.
    #[error("the object has {length} bytes, which is not the length it was sealed with")]
    Truncated {
        /// The object's length as it was found.
        length: u64,
    },
    /// The object does not end as a sealed object of a known version does.
    #[error("the object is not sealed, or in a version that is not known here")]
    NotSealed,
    /// The format has one chunk size.
    #[error("the object states a chunk size of {chunk} bytes, which the format does not have")]
    ChunkSize {
        /// The size stated.
        chunk: u32,
    },
    /// The object was sealed under a key epoch whose secret is not held here.
    #[error("the object was sealed under key epoch {epoch}, whose secret is not held here")]
    UnknownKeyEpoch {
        /// The epoch stated.
        epoch: KeyEpoch,
    },
    /// The trailer was altered, or sealed for another contract or path or under another secret.
    #[error("the object was altered, or sealed for another contract or path or under another key")]
    Forged,
    /// A chunk was altered or is not where it was sealed.
    #[error("chunk {index} of the object was altered or moved")]
    ForgedChunk {
        /// The chunk.
        index: u64,
    },
    /// A worker with a later lease has written here.
    #[error("the object was sealed under lease {written}, later than our own, {own}")]
    LaterLease {
        /// The lease of the object.
        written: u64,
        /// The reader's lease.
        own: u64,
    },
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Error::Generic { store: STORE, source: Box::new(NonRetryable(Box::new(error))) }
    }
}

/// Seals what one contract writes under one lease into `inner`, and opens what any lease of it up to this
/// one wrote there.
#[derive(Clone)]
pub struct SealedStore {
    inner: Arc<dyn ObjectStore>,
    contract: ContractId,
    lease: u64,
    keys: Arc<RwLock<EpochKeys>>,
    known: Arc<read::Known>,
}

impl SealedStore {
    /// Wraps `inner`. Paths are bound as they are given to this store; put a prefix below it, so that a
    /// contract's objects can move to another place.
    pub fn new(inner: Arc<dyn ObjectStore>, contract: ContractId, keys: EpochKeys, lease: u64) -> Self {
        Self { inner, contract, lease, keys: Arc::new(RwLock::new(keys)), known: Arc::default() }
    }

    /// Adds the secret of another key epoch; a newer one seals all new objects.
    pub fn add_epoch(&self, epoch: KeyEpoch, secret: [u8; 32]) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(epoch, secret);
    }

    /// The lease that new objects are sealed under.
    pub fn lease(&self) -> u64 {
        self.lease
    }

    fn place(&self, path: &Path) -> Place {
        Place { contract: self.contract, path: path.clone() }
    }

    fn with_keys<T>(&self, run: impl FnOnce(&EpochKeys) -> T) -> T {
        run(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn not_implemented<T>(&self, operation: &str) -> Result<T> {
        Err(Error::NotImplemented { operation: operation.to_owned(), implementer: self.to_string() })
    }
}

impl fmt::Display for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.inner)
    }
}

impl fmt::Debug for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, contract, lease, .. } = self;
        f.debug_struct("SealedStore").field("inner", inner).field("contract", contract).field("lease", lease).finish()
    }
}

#[async_trait]
impl ObjectStore for SealedStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        // Answered before anything is sealed: the database asks first with an attribute, then without.
        if !options.attributes.is_empty() || !options.tags.encoded().is_empty() {
            return self.not_implemented("put with attributes or tags");
        }
        let plaintext = Bytes::from(payload);
        let sealed = self.with_keys(|keys| format::seal(self.place(location), keys, self.lease, &plaintext));
        self.inner.put_opts(location, sealed.into(), options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if !options.attributes.is_empty() || !options.tags.encoded().is_empty() {
            return self.not_implemented("multipart put with attributes or tags");
        }
        let inner = self.inner.put_multipart_opts(location, options).await?;
        Ok(Box::new(upload::SealedUpload::new(inner, self.clone(), location)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        read::get(self, location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix).and_then(async |meta| plain_meta(meta)).boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset).and_then(async |meta| plain_meta(meta)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listed = self.inner.list_with_delimiter(prefix).await?;
        listed.objects = listed.objects.into_iter().map(plain_meta).collect::<Result<_>>()?;
        Ok(listed)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let mode = match options.mode {
            CopyMode::Overwrite => PutMode::Overwrite,
            CopyMode::Create => PutMode::Create,
        };
        let object = self.get(from).await?;
        if object.meta.size > MAX_COPY {
            return self.not_implemented("copy of more than 256 MiB");
        }
        let plaintext = object.bytes().await?;
        self.put_opts(to, plaintext.into(), mode.into()).await.map(drop)
    }
}

/// `meta` with the plaintext size in place of the sealed one.
fn plain_meta(meta: ObjectMeta) -> Result<ObjectMeta> {
    Ok(ObjectMeta { size: format::plain_size(meta.size)?, ..meta })
}
