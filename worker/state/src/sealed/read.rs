//! Reading: trailer first, then the chunks that the wanted range lies in.
//!
//! One request to the store below is enough for an object of up to one chunk, and for any range of an
//! object whose trailer was seen before. Ranges above [`WHOLE`] are opened while they stream.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream, stream::BoxStream};
use object_store::{
    Attributes, Error, GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, ObjectStore, Result, path::Path,
};

use super::{
    STORE, SealError, SealedStore,
    format::{self, CHUNK, Opener, Span, TAG, TRAILER},
    plain_meta,
};

/// What is asked for when nothing is known of the object: trailer and one chunk.
const TAIL: u64 = TRAILER + CHUNK + TAG;
/// The most sealed bytes that are held at once; more are streamed.
const WHOLE: u64 = 4 << 20;
/// How many trailers are remembered. All are dropped when there are more: a plain bound that costs little.
const KNOWN: usize = 1024;

/// Trailers that were checked, so that they need not be fetched again. An entry is used only if the store
/// below still shows the very same object; and if it shows a false one, the chunks do not open.
#[derive(Default)]
pub struct Known(Mutex<HashMap<Path, (ObjectMeta, Arc<Opener>)>>);

impl Known {
    fn find(&self, path: &Path) -> Option<(ObjectMeta, Arc<Opener>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn insert(&self, meta: ObjectMeta, opener: Arc<Opener>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(meta.location.clone(), (meta, opener));
    }
}

/// Gets an object, or a range of it, with everything checked.
pub async fn get(store: &SealedStore, location: &Path, options: GetOptions) -> Result<GetResult> {
    if options.head {
        let object = store.inner.get_opts(location, options).await?;
        return Ok(result(plain_meta(object.meta)?, 0..0, stream::empty().boxed()));
    }
    if let Some(found) = get_known(store, location, &options).await? {
        return Ok(found);
    }
    let tail = tail(store, location, &options).await?;
    let (meta, start) = (tail.meta.clone(), tail.range.start);
    let bytes = tail.bytes().await?;
    let body = bytes.len().checked_sub(TRAILER as usize).ok_or(SealError::Truncated { length: meta.size })?;
    let (place, trailer) = (store.place(location), &bytes[body..]);
    let opener = Arc::new(store.with_keys(|keys| Opener::new(place, keys, store.lease, trailer, meta.size))?);
    store.known.insert(meta.clone(), Arc::clone(&opener));

    let range = wanted(&options, opener.size)?;
    if range.is_empty() {
        return Ok(result(plain_meta(meta)?, range, stream::empty().boxed()));
    }
    let span = Span::of(&range, opener.size);
    if span.sealed.start >= start {
        let held = (span.sealed.start - start) as usize..(span.sealed.end - start) as usize;
        let sealed = bytes.get(held).ok_or(SealError::Truncated { length: meta.size })?;
        let plaintext = format::open_range(&opener, &span, sealed, &range)?;
        return Ok(result(plain_meta(meta)?, range, once(plaintext)));
    }
    let options = GetOptions { if_match: meta.e_tag.clone(), version: meta.version.clone(), ..options };
    let object = fetch(store, location, &options, &span).await?;
    opened(object, opener, span, range).await
}

/// Gets an object whose trailer is known. `None` if it has changed since.
async fn get_known(store: &SealedStore, location: &Path, options: &GetOptions) -> Result<Option<GetResult>> {
    let Some((meta, opener)) = store.known.find(location) else { return Ok(None) };
    let range = match wanted(options, opener.size) {
        Ok(range) if !range.is_empty() => range,
        _ => return Ok(None),
    };
    let span = Span::of(&range, opener.size);
    let object = match fetch(store, location, options, &span).await {
        Ok(object) if same(&object.meta, &meta) => object,
        // Shorter than it was: the slow way says what is the matter.
        Ok(_) | Err(Error::Generic { .. }) => return Ok(None),
        Err(other) => return Err(other),
    };
    opened(object, opener, span, range).await.map(Some)
}

fn same(one: &ObjectMeta, other: &ObjectMeta) -> bool {
    one.size == other.size
        && one.e_tag == other.e_tag
        && one.version == other.version
        && one.last_modified == other.last_modified
}

/// The last bytes of an object. Some stores know no suffix ranges and are asked for the size first.
async fn tail(store: &SealedStore, location: &Path, options: &GetOptions) -> Result<GetResult> {
    let suffix = GetOptions { range: Some(GetRange::Suffix(TAIL)), ..options.clone() };
    match store.inner.get_opts(location, suffix).await {
        Err(Error::NotSupported { .. } | Error::NotImplemented { .. }) => {
            let head = GetOptions { range: None, head: true, ..options.clone() };
            let size = store.inner.get_opts(location, head).await?.meta.size;
            let range = Some(GetRange::Bounded(size.saturating_sub(TAIL)..size));
            store.inner.get_opts(location, GetOptions { range, ..options.clone() }).await
        }
        other => other,
    }
}

async fn fetch(store: &SealedStore, location: &Path, options: &GetOptions, span: &Span) -> Result<GetResult> {
    let range = Some(GetRange::Bounded(span.sealed.clone()));
    store.inner.get_opts(location, GetOptions { range, ..options.clone() }).await
}

/// Opens the chunks that were fetched: at once, or while they stream.
async fn opened(object: GetResult, opener: Arc<Opener>, span: Span, range: Range<u64>) -> Result<GetResult> {
    let meta = plain_meta(object.meta.clone())?;
    if object.range != span.sealed {
        return Err(SealError::Truncated { length: object.meta.size }.into());
    }
    if span.sealed.end - span.sealed.start <= WHOLE {
        let plaintext = format::open_range(&opener, &span, &object.bytes().await?, &range)?;
        return Ok(result(meta, range, once(plaintext)));
    }
    let chunks =
        Chunks { inner: object.into_stream(), held: BytesMut::new(), opener, next: span.first, range: range.clone() };
    let plaintext =
        stream::try_unfold(chunks, |mut chunks| async move { Ok(chunks.next().await?.map(|bytes| (bytes, chunks))) });
    Ok(result(meta, range, plaintext.boxed()))
}

/// Chunks on their way through: at most what the store below hands out at once, and one chunk.
struct Chunks {
    inner: BoxStream<'static, Result<Bytes>>,
    held: BytesMut,
    opener: Arc<Opener>,
    next: u64,
    range: Range<u64>,
}

impl Chunks {
    /// The next plaintext of the range; `None` at its end.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let start = self.next * CHUNK;
        if start >= self.range.end {
            return Ok(None);
        }
        let body = format::sealed_size(self.opener.size) - TRAILER;
        let sealed = (body - self.next * (CHUNK + TAG)).min(CHUNK + TAG) as usize;
        while self.held.len() < sealed {
            match self.inner.next().await {
                Some(bytes) => self.held.extend_from_slice(&bytes?),
                None => return Err(SealError::Truncated { length: self.held.len() as u64 }.into()),
            }
        }
        let mut chunk = self.held.split_to(sealed);
        let plaintext = self.opener.open_chunk(self.next, &mut chunk)?;
        chunk.truncate(plaintext);
        self.next += 1;
        let end = (self.range.end - start).min(plaintext as u64) as usize;
        Ok(Some(chunk.freeze().slice(self.range.start.saturating_sub(start) as usize..end)))
    }
}

/// The plaintext range that was asked for.
fn wanted(options: &GetOptions, size: u64) -> Result<Range<u64>> {
    match &options.range {
        None => Ok(0..size),
        Some(range) => range.as_range(size).map_err(|source| Error::Generic { store: STORE, source: Box::new(source) }),
    }
}

fn once(bytes: Bytes) -> BoxStream<'static, Result<Bytes>> {
    stream::once(async move { Ok(bytes) }).boxed()
}

fn result(meta: ObjectMeta, range: Range<u64>, payload: BoxStream<'static, Result<Bytes>>) -> GetResult {
    let (attributes, extensions) = (Attributes::default(), Default::default());
    GetResult { payload: GetResultPayload::Stream(payload), meta, range, attributes, extensions }
}
