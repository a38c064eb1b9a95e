use std::ops::Range;

use object_store::{GetRange, memory::InMemory, prefix::PrefixStore};
use proptest::{collection::vec, prelude::*};

use super::{
    format::{CHUNK, TAG, TRAILER, plain_size, sealed_size},
    *,
};

const CONTRACT: ContractId = ContractId([1; 32]);
const LEASE: u64 = 5;

fn keys() -> EpochKeys {
    EpochKeys::new(1, [7; 32])
}

fn over(inner: &Arc<InMemory>) -> SealedStore {
    SealedStore::new(Arc::clone(inner) as _, CONTRACT, keys(), LEASE)
}

fn stores() -> (Arc<InMemory>, SealedStore) {
    let inner = Arc::new(InMemory::new());
    let sealed = over(&inner);
    (inner, sealed)
}

fn bytes(len: usize) -> Bytes {
    (0..len).map(|at| (at * 31 % 251) as u8).collect()
}

async fn put(store: &impl ObjectStore, path: &str, data: impl Into<Bytes>) {
    store.put(&path.into(), data.into().into()).await.unwrap();
}

async fn raw(inner: &InMemory, path: &str) -> Vec<u8> {
    inner.get(&path.into()).await.unwrap().bytes().await.unwrap().to_vec()
}

async fn read(store: &SealedStore, path: &str) -> Result<Bytes> {
    store.get(&path.into()).await?.bytes().await
}

/// Why reading is refused; panics if it is not, or not by a failed check that is never repeated.
async fn refusal(store: &SealedStore, path: &str) -> SealError {
    refused(read(store, path).await.unwrap_err())
}

fn refused(error: Error) -> SealError {
    assert!(!slatedb_common::retry::should_retry(&error), "{error} would be repeated");
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<SealError>() {
            return found.clone();
        }
        next = error.source();
    }
    panic!("not a failed check: {error}");
}

/// Sizes around everything that has an edge.
const SIZES: [u64; 12] =
    [0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 5 * CHUNK - 1, 200 * CHUNK + 77];

#[tokio::test]
async fn every_size_reads_back_and_is_listed_with_its_plaintext_size() {
    let (inner, store) = stores();
    for size in SIZES {
        let (path, data) = (format!("dir/{size}"), bytes(size as usize));
        put(&store, &path, data.clone()).await;
        assert_eq!(raw(&inner, &path).await.len() as u64, sealed_size(size));
        assert_eq!(plain_size(sealed_size(size)).unwrap(), size);
        assert_eq!(read(&store, &path).await.unwrap(), data);
        assert_eq!(store.head(&path.as_str().into()).await.unwrap().size, size);
    }
    let listed: Vec<ObjectMeta> = store.list(Some(&"dir".into())).try_collect().await.unwrap();
    assert_eq!(listed.len(), SIZES.len());
    for meta in listed.iter().chain(&store.list_with_delimiter(Some(&"dir".into())).await.unwrap().objects) {
        assert_eq!(meta.location.filename().unwrap().parse::<u64>().unwrap(), meta.size);
    }
}

#[tokio::test]
async fn neither_plaintext_nor_key_stands_in_a_sealed_object() {
    let (inner, store) = stores();
    put(&store, "a", b"a secret that is long enough to be looked for".repeat(3).to_vec()).await;
    let found = raw(&inner, "a").await;
    assert!(!found.windows(8).any(|window| window == b"a secret" || window == [7; 8]));
}

#[tokio::test]
async fn the_same_object_sealed_twice_has_no_ciphertext_in_common() {
    let (inner, store) = stores();
    put(&store, "a", bytes(100)).await;
    let first = raw(&inner, "a").await;
    put(&store, "a", bytes(100)).await;
    let second = raw(&inner, "a").await;
    assert_ne!(first[..16], second[..16]);
    assert_ne!(first[116..132], second[116..132]);
}

#[tokio::test]
async fn any_altered_byte_is_refused() {
    let (inner, store) = stores();
    let data = bytes(3 * CHUNK as usize + 100);
    put(&store, "a", data.clone()).await;
    let sealed = raw(&inner, "a").await;
    let (body, end) = (sealed.len() - TRAILER as usize, sealed.len());
    let steps = (0..body).step_by(977).chain(body - TAG as usize..end);
    for at in steps {
        let mut altered = sealed.clone();
        altered[at] ^= 0x10;
        put(&*inner, "a", altered.clone()).await;
        refusal(&store, "a").await;
        // Also for a reader that has seen nothing before, and for one that asks for a part only.
        refusal(&over(&inner), "a").await;
        if at >= body {
            refused(over(&inner).get_range(&"a".into(), 0..10).await.unwrap_err());
        }
    }
    put(&*inner, "a", sealed).await;
    assert_eq!(read(&store, "a").await.unwrap(), data);
}

#[tokio::test]
async fn an_object_cut_anywhere_is_refused_even_if_only_its_beginning_is_read() {
    let (inner, store) = stores();
    put(&store, "a", bytes(3 * CHUNK as usize)).await;
    let sealed = raw(&inner, "a").await;
    let body = sealed.len() - TRAILER as usize;
    for len in [0, 1, 50, TRAILER as usize, 1000, (CHUNK + TAG) as usize, body, body + 1, sealed.len() - 1] {
        put(&*inner, "a", sealed[..len].to_vec()).await;
        refused(over(&inner).get_range(&"a".into(), 0..10).await.unwrap_err());
        refused(store.get_range(&"a".into(), 0..10).await.unwrap_err());
    }
}

#[tokio::test]
async fn chunks_cut_out_before_the_trailer_are_refused() {
    let (inner, store) = stores();
    put(&store, "a", bytes(3 * CHUNK as usize)).await;
    let sealed = raw(&inner, "a").await;
    let (one, body) = ((CHUNK + TAG) as usize, sealed.len() - TRAILER as usize);
    for cut in [one..2 * one, 2 * one..body, 0..one] {
        let mut shorter = sealed.clone();
        shorter.drain(cut);
        put(&*inner, "a", shorter).await;
        assert!(matches!(refusal(&over(&inner), "a").await, SealError::Truncated { .. }));
    }
}

#[tokio::test]
async fn swapped_chunks_are_refused() {
    let (inner, store) = stores();
    put(&store, "a", bytes(3 * CHUNK as usize)).await;
    let mut sealed = raw(&inner, "a").await;
    let (first, rest) = sealed.split_at_mut((CHUNK + TAG) as usize);
    first.swap_with_slice(&mut rest[..(CHUNK + TAG) as usize]);
    put(&*inner, "a", sealed).await;
    assert_eq!(refusal(&store, "a").await, SealError::ForgedChunk { index: 0 });
}

#[tokio::test]
async fn a_chunk_of_an_earlier_object_with_the_same_path_is_refused() {
    let (inner, store) = stores();
    put(&store, "a", bytes(2 * CHUNK as usize)).await;
    let older = raw(&inner, "a").await;
    put(&store, "a", bytes(2 * CHUNK as usize)).await;
    let mut mixed = raw(&inner, "a").await;
    let one = (CHUNK + TAG) as usize;
    mixed[..one].copy_from_slice(&older[..one]);
    put(&*inner, "a", mixed).await;
    assert_eq!(refusal(&store, "a").await, SealError::ForgedChunk { index: 0 });
}

#[tokio::test]
async fn an_object_moved_to_another_path_is_refused() {
    let (inner, store) = stores();
    put(&store, "wal/1", bytes(10)).await;
    inner.copy(&"wal/1".into(), &"wal/2".into()).await.unwrap();
    assert_eq!(refusal(&store, "wal/2").await, SealError::Forged);
}

#[tokio::test]
async fn an_object_of_another_contract_is_refused() {
    let (inner, store) = stores();
    put(&store, "a", bytes(10)).await;
    let other = SealedStore::new(inner, ContractId([2; 32]), keys(), LEASE);
    assert_eq!(refusal(&other, "a").await, SealError::Forged);
}

#[tokio::test]
async fn an_object_sealed_under_another_secret_is_refused() {
    let (inner, store) = stores();
    put(&store, "a", bytes(10)).await;
    let other = SealedStore::new(inner, CONTRACT, EpochKeys::new(1, [8; 32]), LEASE);
    assert_eq!(refusal(&other, "a").await, SealError::Forged);
}

#[tokio::test]
async fn an_object_of_a_key_epoch_that_is_not_held_is_refused() {
    let (inner, store) = stores();
    put(&store, "a", bytes(10)).await;
    let other = SealedStore::new(inner, CONTRACT, EpochKeys::new(2, [7; 32]), LEASE);
    assert_eq!(refusal(&other, "a").await, SealError::UnknownKeyEpoch { epoch: 1 });
}

#[tokio::test]
async fn an_object_of_a_later_lease_is_refused() {
    let (inner, store) = stores();
    put(&SealedStore::new(Arc::clone(&inner) as _, CONTRACT, keys(), LEASE + 1), "a", bytes(10)).await;
    assert_eq!(refusal(&store, "a").await, SealError::LaterLease { written: 6, own: 5 });
}

#[tokio::test]
async fn an_object_that_was_never_sealed_is_refused() {
    let (inner, store) = stores();
    put(&*inner, "a", bytes(1000)).await;
    assert_eq!(refusal(&store, "a").await, SealError::NotSealed);
}

#[tokio::test]
async fn a_listing_with_an_object_of_impossible_size_is_refused() {
    let (inner, store) = stores();
    put(&*inner, "a", bytes(TRAILER as usize + 3)).await;
    let listed = store.list(None).try_collect::<Vec<_>>().await;
    assert!(matches!(refused(listed.unwrap_err()), SealError::Truncated { .. }));
}

#[tokio::test]
async fn a_newer_key_epoch_seals_new_objects_and_older_ones_still_open() {
    let (inner, store) = stores();
    put(&store, "old", bytes(10)).await;
    store.add_epoch(2, [9; 32]);
    put(&store, "new", bytes(20)).await;
    assert_eq!(read(&store, "old").await.unwrap(), bytes(10));
    assert_eq!(read(&store, "new").await.unwrap(), bytes(20));
    assert_eq!(refusal(&over(&inner), "new").await, SealError::UnknownKeyEpoch { epoch: 2 });
}

#[tokio::test]
async fn a_put_that_must_create_leaves_an_existing_object_alone() {
    let (_, store) = stores();
    put(&store, "a", bytes(1)).await;
    let second = store.put_opts(&"a".into(), bytes(2).into(), PutMode::Create.into()).await;
    assert!(matches!(second, Err(Error::AlreadyExists { .. })));
    assert_eq!(read(&store, "a").await.unwrap(), bytes(1));
}

#[tokio::test]
async fn a_put_that_must_update_a_version_leaves_another_one_alone() {
    let (_, store) = stores();
    let first = store.put(&"a".into(), bytes(1).into()).await.unwrap();
    let second =
        store.put_opts(&"a".into(), bytes(2).into(), PutMode::Update(first.clone().into()).into()).await.unwrap();
    let stale = store.put_opts(&"a".into(), bytes(3).into(), PutMode::Update(first.into()).into()).await;
    assert!(matches!(stale, Err(Error::Precondition { .. })));
    assert_eq!(read(&store, "a").await.unwrap(), bytes(2));
    assert_eq!(store.head(&"a".into()).await.unwrap().e_tag, second.e_tag);
}

#[tokio::test]
async fn an_object_replaced_by_somebody_else_is_read_anew() {
    let (inner, store) = stores();
    put(&store, "a", bytes(10)).await;
    assert_eq!(read(&store, "a").await.unwrap(), bytes(10));
    put(&over(&inner), "a", bytes(2 * CHUNK as usize)).await;
    assert_eq!(read(&store, "a").await.unwrap(), bytes(2 * CHUNK as usize));
    put(&over(&inner), "a", bytes(5)).await;
    assert_eq!(store.get_range(&"a".into(), 1..3).await.unwrap(), bytes(5).slice(1..3));
}

#[tokio::test]
async fn a_copy_or_rename_opens_under_its_new_name() {
    let (inner, store) = stores();
    put(&store, "a", bytes(100)).await;
    store.copy(&"a".into(), &"b".into()).await.unwrap();
    store.rename(&"a".into(), &"c".into()).await.unwrap();
    assert_eq!(read(&over(&inner), "b").await.unwrap(), bytes(100));
    assert_eq!(read(&over(&inner), "c").await.unwrap(), bytes(100));
    assert!(matches!(read(&store, "a").await, Err(Error::NotFound { .. })));
    let onto = store.copy_if_not_exists(&"b".into(), &"c".into()).await;
    assert!(matches!(onto, Err(Error::AlreadyExists { .. })));
}

#[tokio::test]
async fn attributes_and_tags_are_refused() {
    let (_, store) = stores();
    let attributes = object_store::Attributes::from_iter([(object_store::Attribute::ContentType, "text/plain")]);
    let mut tags = object_store::TagSet::default();
    tags.push("key", "value");
    for options in [PutOptions::from(attributes), PutOptions::from(tags)] {
        let put = store.put_opts(&"a".into(), bytes(1).into(), options).await;
        assert!(matches!(put, Err(Error::NotImplemented { .. })));
    }
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let (inner, store) = stores();
    let mut upload = store.put_multipart(&"a".into()).await.unwrap();
    upload.put_part(bytes(100).into()).await.unwrap();
    upload.abort().await.unwrap();
    assert!(upload.complete().await.is_err());
    assert!(inner.get(&"a".into()).await.is_err());
}

#[tokio::test]
async fn a_store_below_that_knows_no_suffix_ranges_is_read_all_the_same() {
    #[derive(Debug)]
    struct NoSuffix(InMemory);
    impl fmt::Display for NoSuffix {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "NoSuffix")
        }
    }
    #[async_trait]
    impl ObjectStore for NoSuffix {
        async fn put_opts(&self, at: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
            self.0.put_opts(at, payload, options).await
        }
        async fn put_multipart_opts(
            &self,
            at: &Path,
            options: PutMultipartOptions,
        ) -> Result<Box<dyn MultipartUpload>> {
            self.0.put_multipart_opts(at, options).await
        }
        async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
            if matches!(options.range, Some(GetRange::Suffix(_))) {
                return Err(Error::NotSupported { source: "suffix".into() });
            }
            self.0.get_opts(at, options).await
        }
        fn delete_stream(&self, at: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
            self.0.delete_stream(at)
        }
        fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
            self.0.list(prefix)
        }
        async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
            self.0.list_with_delimiter(prefix).await
        }
        async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
            self.0.copy_opts(from, to, options).await
        }
    }
    let store = SealedStore::new(Arc::new(NoSuffix(InMemory::new())), CONTRACT, keys(), LEASE);
    for size in SIZES {
        put(&store, "a", bytes(size as usize)).await;
        assert_eq!(read(&store, "a").await.unwrap(), bytes(size as usize));
    }
}

#[tokio::test]
async fn a_prefix_below_can_change_without_the_objects_noticing() {
    let inner = Arc::new(InMemory::new());
    let at = |prefix: &str| {
        SealedStore::new(Arc::new(PrefixStore::new(Arc::clone(&inner), prefix)), CONTRACT, keys(), LEASE)
    };
    put(&at("here"), "a", bytes(10)).await;
    inner.copy(&"here/a".into(), &"there/a".into()).await.unwrap();
    assert_eq!(read(&at("there"), "a").await.unwrap(), bytes(10));
}

#[derive(Debug, Clone)]
enum Asked {
    Whole,
    Bounded(Range<u64>),
    Offset(u64),
    Suffix(u64),
}

fn asked() -> impl Strategy<Value = Asked> {
    let at = || 0..5 * CHUNK;
    prop_oneof![
        Just(Asked::Whole),
        (at(), at()).prop_map(|(one, other)| Asked::Bounded(one.min(other)..one.max(other) + 1)),
        at().prop_map(Asked::Offset),
        at().prop_map(Asked::Suffix),
    ]
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..100_usize,
        (0..5 * CHUNK).prop_map(|size| size as usize),
        (1..5_usize, 0..3_usize).prop_map(|(chunks, off)| chunks * CHUNK as usize + off - 1),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_range_of_any_object_reads_like_the_plain_one(size in size(), wanted in vec(asked(), 1..8)) {
        runtime().block_on(async {
            let (_, sealed) = stores();
            let plain = InMemory::new();
            put(&sealed, "a", bytes(size)).await;
            put(&plain, "a", bytes(size)).await;
            for wanted in wanted {
                let range = match wanted.clone() {
                    Asked::Whole => None,
                    Asked::Bounded(range) => Some(GetRange::Bounded(range)),
                    Asked::Offset(at) => Some(GetRange::Offset(at)),
                    Asked::Suffix(len) => Some(GetRange::Suffix(len)),
                };
                let options = GetOptions { range, ..Default::default() };
                let expected = plain.get_opts(&"a".into(), options.clone()).await;
                let found = sealed.get_opts(&"a".into(), options).await;
                match expected {
                    Ok(expected) => {
                        let found = found.unwrap();
                        assert_eq!(found.range, expected.range, "{wanted:?}");
                        assert_eq!(found.meta.size, expected.meta.size);
                        assert_eq!(found.bytes().await.unwrap(), expected.bytes().await.unwrap());
                    }
                    Err(_) => assert!(found.is_err(), "{wanted:?} of {size}"),
                }
            }
        });
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn an_upload_in_parts_reads_like_the_same_bytes_put_at_once(cuts in vec(0..70_000_usize, 0..12), big in 0..3_usize) {
        runtime().block_on(async {
            let (_, sealed) = stores();
            let mut upload = sealed.put_multipart(&"a".into()).await.unwrap();
            let mut all = Vec::new();
            for (at, cut) in cuts.iter().enumerate() {
                // Now and then a part above the size that is passed on.
                let cut = if at < big { cut + (9 << 20) } else { *cut };
                let part: Vec<u8> = (0..cut).map(|byte| (byte + at) as u8).collect();
                all.extend_from_slice(&part);
                upload.put_part(part.into()).await.unwrap();
            }
            upload.complete().await.unwrap();
            assert_eq!(sealed.head(&"a".into()).await.unwrap().size, all.len() as u64);
            assert!(read(&sealed, "a").await.unwrap() == all);
        });
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
