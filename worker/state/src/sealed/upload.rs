//! An upload in parts. The caller's parts may be cut anywhere; those passed on all have the same size but
//! the last, which some object stores demand.

use std::{fmt, mem};

use async_trait::async_trait;
use futures::{FutureExt, future};
use object_store::{Error, MultipartUpload, PutPayload, PutResult, Result, UploadPart, path::Path};

use super::{
    STORE, SealedStore,
    format::{CHUNK, Sealer},
};

/// Sealed bytes in a part: above the 5 MiB that object stores ask for at the least.
const PART: usize = 8 << 20;

pub struct SealedUpload {
    inner: Box<dyn MultipartUpload>,
    store: SealedStore,
    /// `None` once the trailer is written.
    sealer: Option<Sealer>,
    /// Plaintext that does not fill a chunk yet.
    rest: Vec<u8>,
    /// Sealed bytes that do not fill a part yet.
    sealed: Vec<u8>,
}

impl SealedUpload {
    pub fn new(inner: Box<dyn MultipartUpload>, store: SealedStore, path: &Path) -> Self {
        let sealer = Some(Sealer::new(store.place(path)));
        Self { inner, store, sealer, rest: Vec::new(), sealed: Vec::new() }
    }

    fn part(&mut self, sealer: &mut Sealer, data: &[u8]) -> Vec<UploadPart> {
        self.rest.extend_from_slice(data);
        let full = self.rest.len() / CHUNK as usize * CHUNK as usize;
        for chunk in self.rest[..full].chunks(CHUNK as usize) {
            sealer.chunk(chunk, &mut self.sealed);
        }
        self.rest.drain(..full);
        let mut parts = Vec::new();
        while self.sealed.len() >= PART {
            let after = self.sealed.split_off(PART);
            parts.push(self.inner.put_part(mem::replace(&mut self.sealed, after).into()));
        }
        parts
    }
}

impl fmt::Debug for SealedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedUpload").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[async_trait]
impl MultipartUpload for SealedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let Some(mut sealer) = self.sealer.take() else { return future::ready(Err(finished())).boxed() };
        let parts: Vec<UploadPart> = data.iter().flat_map(|bytes| self.part(&mut sealer, bytes)).collect();
        self.sealer = Some(sealer);
        future::try_join_all(parts).map(|done| done.map(drop)).boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let mut sealer = self.sealer.take().ok_or_else(finished)?;
        if !self.rest.is_empty() {
            sealer.chunk(&self.rest, &mut self.sealed);
        }
        let lease = self.store.lease;
        self.store.with_keys(|keys| sealer.finish(keys, lease, &mut self.sealed));
        let last = self.inner.put_part(mem::take(&mut self.sealed).into());
        last.await?;
        self.inner.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.sealer = None;
        self.inner.abort().await
    }
}

fn finished() -> Error {
    Error::Generic { store: STORE, source: "this upload was completed or aborted before".into() }
}
