use super::*;
use crate::{fake_node::FakeNode, room::BLOCK};

/// Room for four blocks of provisional components, two of each address, and for four of kept ones.
fn limits() -> Limits {
    Limits {
        code_bytes: BLOCK,
        stored_bytes: 8 * BLOCK,
        provisional_bytes: 4 * BLOCK,
        provisional_bytes_per_address: 2 * BLOCK,
        ..Limits::default()
    }
}

struct World {
    folder: tempfile::TempDir,
    chain: Arc<FakeNode>,
    store: Store,
}

async fn world(limits: &Limits) -> World {
    let (folder, chain) = (tempfile::tempdir().unwrap(), Arc::new(FakeNode::default()));
    let store = Store::open(folder.path(), limits, chain.clone().node().await).unwrap();
    World { folder, chain, store }
}

impl World {
    async fn restart(&mut self, limits: &Limits) {
        self.store = Store::open(self.folder.path(), limits, self.chain.clone().node().await).unwrap();
    }

    async fn put(&self, number: u8, body: Vec<u8>) -> Result<CodeHash, Refusal> {
        self.store.put(peer(number), Body::from(body), None).await
    }

    async fn has(&self, hash: &CodeHash) -> bool {
        match self.store.read(hash).await {
            Ok(_) => true,
            Err(refusal) => {
                assert_eq!(refusal, Refusal::NoCode);
                false
            }
        }
    }

    /// Files of kept components and of provisional ones, whole or not.
    fn files(&self) -> (usize, usize) {
        let count = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
        (count(self.folder.path()) - 1, count(&self.folder.path().join(PROVISIONAL)))
    }
}

fn peer(number: u8) -> Peer {
    Peer::of([192, 0, 2, number].into())
}

fn component(fill: u8, length: usize) -> Vec<u8> {
    [&COMPONENT[..], &vec![fill; length]].concat()
}

async fn bytes(store: &Store, hash: &CodeHash) -> Vec<u8> {
    let (body, length) = store.read(hash).await.unwrap();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    assert_eq!(bytes.len() as u64, length);
    bytes
}

#[tokio::test]
async fn what_is_stored_comes_back_under_its_hash_and_after_a_restart() {
    let mut world = world(&Limits::default()).await;
    let component = component(1, 100_000);
    let hash = world.put(1, component.clone()).await.unwrap();
    assert_eq!(hash.0, <[u8; 32]>::from(Sha256::digest(&component)));
    assert_eq!(bytes(&world.store, &hash).await, component);
    world.restart(&Limits::default()).await;
    assert_eq!((bytes(&world.store, &hash).await, world.store.bytes()), (component, (0, 2 * BLOCK)));
}

#[tokio::test]
async fn sealed_code_is_kept_like_a_component_and_what_is_neither_is_refused() {
    let world = world(&limits()).await;
    let sealed = [&SEALED[..], &[1; 100]].concat();
    let hash = world.put(1, sealed.clone()).await.unwrap();
    assert_eq!(bytes(&world.store, &hash).await, sealed);
    for other in [&b"ADYCODE\x02 and more"[..], b"\0asm\x01\0\0\0 and more", b"ADYCODE"] {
        assert_eq!(world.put(1, other.to_vec()).await, Err(Refusal::NotAComponent));
    }
}

#[tokio::test]
async fn the_same_component_twice_takes_room_once() {
    let world = world(&limits()).await;
    for _ in 0..2 {
        world.put(1, component(1, 10)).await.unwrap();
    }
    assert_eq!((world.store.bytes(), world.files()), ((0, BLOCK), (0, 1)));
}

#[tokio::test]
async fn a_component_over_its_limit_is_refused_and_leaves_nothing() {
    let world = world(&limits()).await;
    let body = component(1, usize::try_from(BLOCK).unwrap());
    let announced = world.store.put(peer(1), Body::from(body.clone()), Some(BLOCK + 1)).await;
    assert_eq!(announced, Err(Refusal::TooLarge(BLOCK)));
    assert_eq!(world.put(1, body).await, Err(Refusal::TooLarge(BLOCK)));
    assert_eq!((world.store.bytes(), world.files()), ((0, 0), (0, 0)));
}

#[tokio::test]
async fn garbage_keeps_no_deployer_out() {
    let world = world(&limits()).await;
    for fill in 0..8 {
        world.put(1 + fill % 2, component(fill, 10)).await.unwrap();
    }
    let deployed = world.put(3, component(100, 10)).await.unwrap();
    for fill in 8..16 {
        world.put(1 + fill % 2, component(fill, 10)).await.unwrap();
    }
    assert!(world.has(&deployed).await, "it is there until its deployment is on the chain");
    world.chain.announce(&deployed);
    // The deployer's own address goes on, too.
    for fill in 16..20 {
        world.put(3, component(fill, 10)).await.unwrap();
    }
    assert!(world.has(&deployed).await, "and for good from then on");
    assert_eq!((world.store.bytes().0, world.files().0), (BLOCK, 1));
}

#[tokio::test]
async fn what_is_announced_no_more_is_provisional_again_and_dropped_when_its_time_is_over() {
    let mut world = world(&limits()).await;
    let mut kept = Vec::new();
    for fill in 1..3 {
        let hash = world.put(fill, component(fill, 10)).await.unwrap();
        world.chain.announce(&hash);
        kept.push(hash);
    }
    let now = seconds(SystemTime::now()) + 3600;
    world.store.tidy(now).await.unwrap();
    assert_eq!(world.files(), (2, 0));
    kept.sort_unstable();
    assert_eq!(world.store.unkeep(None, now).await, Ok(Some(kept[1])));
    assert_eq!(world.files(), (2, 0), "the chain has both");

    world.chain.clear();
    world.chain.announce(&kept[0]);
    world.chain.sync(true);
    assert_eq!(world.store.unkeep(None, now).await, Err(Refusal::NoChain));
    world.chain.sync(false);
    assert_eq!(world.store.unkeep(Some(kept[1]), now).await, Ok(None));
    assert_eq!(world.files(), (2, 0), "it was looked behind them");
    assert_eq!(world.store.unkeep(None, now).await, Ok(Some(kept[1])));
    assert_eq!((world.files(), world.store.bytes()), ((1, 1), (BLOCK, BLOCK)));
    assert!(world.has(&kept[0]).await && world.has(&kept[1]).await);
    world.store.tidy(now + 3599).await.unwrap();
    assert!(world.has(&kept[1]).await, "its time begins anew");
    world.store.tidy(now + 3600).await.unwrap();
    assert!(world.has(&kept[0]).await && !world.has(&kept[1]).await);
    world.restart(&limits()).await;
    assert_eq!(world.store.bytes(), (BLOCK, 0));
}

#[tokio::test]
async fn what_gives_way_is_gone_and_leaves_no_file() {
    let world = world(&limits()).await;
    let first = world.put(1, component(1, 10)).await.unwrap();
    for fill in 2..4 {
        world.put(1, component(fill, 10)).await.unwrap();
    }
    assert!(!world.has(&first).await);
    assert_eq!((world.store.bytes(), world.files()), ((0, 2 * BLOCK), (0, 2)));
}

#[tokio::test]
async fn nothing_gives_way_while_the_chain_cannot_be_asked() {
    let world = world(&limits()).await;
    let first = world.put(1, component(1, 10)).await.unwrap();
    world.put(1, component(2, 10)).await.unwrap();
    world.chain.sync(true);
    assert_eq!(world.put(1, component(3, 10)).await, Err(Refusal::NoChain));
    assert_eq!(world.store.tidy(u64::MAX).await, Err(Refusal::NoChain));
    assert!(world.has(&first).await);
    world.chain.sync(false);
    assert!(world.put(1, component(3, 10)).await.is_ok());
}

#[tokio::test]
async fn a_component_is_dropped_after_its_time_unless_the_chain_has_it() {
    let world = world(&limits()).await;
    let garbage = world.put(1, component(1, 10)).await.unwrap();
    let deployed = world.put(1, component(2, 10)).await.unwrap();
    world.chain.announce(&deployed);
    let now = seconds(SystemTime::now());
    world.store.tidy(now).await.unwrap();
    assert!(world.has(&garbage).await && world.files() == (0, 2), "it is not time yet");
    world.store.tidy(now + limits().provisional_seconds + 10).await.unwrap();
    assert!(!world.has(&garbage).await && world.has(&deployed).await);
    assert_eq!((world.store.bytes(), world.files()), ((BLOCK, 0), (1, 0)));
}

#[tokio::test]
async fn what_the_chain_has_beyond_the_room_for_it_stays_until_its_room_is_needed() {
    let world = world(&Limits { stored_bytes: 5 * BLOCK, ..limits() }).await;
    let mut hashes = Vec::new();
    for number in 1..=2 {
        let hash = world.put(number, component(number, 10)).await.unwrap();
        world.chain.announce(&hash);
        world.store.tidy(u64::MAX).await.unwrap();
        hashes.push(hash);
    }
    assert_eq!(world.store.bytes(), (BLOCK, BLOCK));
    assert!(world.has(&hashes[0]).await && world.has(&hashes[1]).await);
    for fill in 3..5 {
        world.put(2, component(fill, 10)).await.unwrap();
    }
    assert!(world.has(&hashes[0]).await && !world.has(&hashes[1]).await);
}

#[tokio::test]
async fn after_a_restart_the_same_rules_hold() {
    let mut world = world(&limits()).await;
    let mut hashes = Vec::new();
    for fill in 0..3 {
        hashes.push(world.put(1 + fill / 2, component(fill, 10)).await.unwrap());
    }
    world.chain.announce(&hashes[2]);
    world.store.tidy(u64::MAX).await.unwrap();
    // That was for all: the first two are gone.
    assert_eq!((world.store.bytes(), world.files()), ((BLOCK, 0), (1, 0)));
    for fill in 3..5 {
        hashes.push(world.put(1, component(fill, 10)).await.unwrap());
    }
    world.restart(&limits()).await;
    assert_eq!((world.store.bytes(), world.files()), ((BLOCK, 2 * BLOCK), (1, 2)));
    // The address has used up its share, and its oldest gives way.
    world.put(1, component(5, 10)).await.unwrap();
    assert!(!world.has(&hashes[3]).await && world.has(&hashes[4]).await && world.has(&hashes[2]).await);
    world.restart(&limits()).await;
    world.store.tidy(seconds(SystemTime::now()) + limits().provisional_seconds + 10).await.unwrap();
    assert!(!world.has(&hashes[4]).await && world.has(&hashes[2]).await);
    assert_eq!((world.store.bytes(), world.files()), ((BLOCK, 0), (1, 0)));
}

#[tokio::test]
async fn an_upload_that_holds_room_without_end_gives_way() {
    let world = world(&Limits { code_bytes: 2 * BLOCK, provisional_bytes: 2 * BLOCK, ..limits() }).await;
    let chunk = Bytes::from(component(1, usize::try_from(2 * BLOCK).unwrap() - COMPONENT.len()));
    let (first, taken) = (stream::iter([io::Result::Ok(chunk)]), stream::pending());
    let slow = world.store.put(peer(1), Body::from_stream(futures::StreamExt::chain(first, taken)), None);
    let quick = async {
        while world.store.bytes() != (0, 2 * BLOCK) {
            tokio::task::yield_now().await;
        }
        world.put(2, component(2, 10)).await
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!(slow, Err(Refusal::Displaced));
    assert!(world.has(&quick.unwrap()).await);
    assert_eq!((world.store.bytes(), world.files()), ((0, BLOCK), (0, 1)));
}

#[tokio::test]
async fn an_upload_whose_client_goes_leaves_nothing() {
    let world = world(&limits()).await;
    let first = stream::iter([io::Result::Ok(Bytes::from(component(1, 10)))]);
    let body = Body::from_stream(futures::StreamExt::chain(first, stream::pending()));
    let upload = world.store.put(peer(1), body, None);
    let cut = tokio::time::timeout(Duration::from_millis(200), upload).await;
    assert!(cut.is_err());
    assert_eq!((world.store.bytes(), world.files()), ((0, 0), (0, 0)));
}

#[tokio::test]
async fn what_is_no_component_is_refused() {
    let world = world(&limits()).await;
    for body in [&b""[..], b"\0asm", b"\0asm\x01\0\0\0 a core module", b"<html>"] {
        assert_eq!(world.put(1, body.to_vec()).await, Err(Refusal::NotAComponent));
    }
    assert_eq!((world.store.bytes(), world.files()), ((0, 0), (0, 0)));
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let world = world(&limits()).await;
    let chunks = [Ok(Bytes::from(component(1, 10))), Err(io::Error::other("gone"))];
    let put = world.store.put(peer(1), Body::from_stream(stream::iter(chunks)), None);
    assert_eq!(put.await, Err(Refusal::BrokenBody));
    assert_eq!((world.store.bytes(), world.files()), ((0, 0), (0, 0)));
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_cleared_away() {
    let mut world = world(&limits()).await;
    let folder = world.folder.path().join(PROVISIONAL);
    for name in ["0.part".to_owned(), format!("{}.{}.01", "00".repeat(32), "00".repeat(16))] {
        std::fs::write(folder.join(name), b"half").unwrap();
    }
    world.restart(&limits()).await;
    assert_eq!((world.store.bytes(), world.files()), ((0, 0), (0, 0)));
}

#[tokio::test]
async fn a_component_that_is_not_there_is_not_found() {
    let world = world(&limits()).await;
    assert_eq!(world.store.read(&CodeHash([0; 32])).await.err(), Some(Refusal::NoCode));
}
