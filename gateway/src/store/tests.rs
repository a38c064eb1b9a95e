use super::*;

fn limits(code_bytes: u64, stored_bytes: u64) -> Limits {
    Limits { code_bytes, stored_bytes, ..Limits::default() }
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
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &Limits::default()).unwrap();
    let component = component(1, 100_000);
    let hash = store.put(Body::from(component.clone()), None).await.unwrap();
    assert_eq!(hash.0, <[u8; 32]>::from(Sha256::digest(&component)));
    assert_eq!(bytes(&store, &hash).await, component);
    let again = Store::open(folder.path(), &Limits::default()).unwrap();
    assert_eq!((bytes(&again, &hash).await, again.stored()), (component.clone(), component.len() as u64));
}

#[tokio::test]
async fn the_same_component_twice_takes_room_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &Limits::default()).unwrap();
    for _ in 0..2 {
        store.put(Body::from(component(1, 10)), None).await.unwrap();
    }
    assert_eq!(store.stored(), 18);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_component_over_its_limit_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &limits(20, 1000)).unwrap();
    let body = component(1, 13);
    assert_eq!(store.put(Body::from(body.clone()), Some(21)).await, Err(Refusal::TooLarge(20)));
    assert_eq!(store.put(Body::from(body), None).await, Err(Refusal::TooLarge(20)));
    assert_eq!((store.stored(), std::fs::read_dir(folder.path()).unwrap().count()), (0, 0));
}

#[tokio::test]
async fn a_full_store_refuses_more_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &limits(100, 30)).unwrap();
    let hash = store.put(Body::from(component(1, 10)), None).await.unwrap();
    assert_eq!(store.put(Body::from(component(2, 10)), None).await, Err(Refusal::Full));
    assert_eq!((store.stored(), bytes(&store, &hash).await.len()), (18, 18));
}

#[tokio::test]
async fn what_is_no_component_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &Limits::default()).unwrap();
    for body in [&b""[..], b"\0asm", b"\0asm\x01\0\0\0 a core module", b"<html>"] {
        assert_eq!(store.put(Body::from(body.to_vec()), None).await, Err(Refusal::NotAComponent));
    }
    assert_eq!((store.stored(), std::fs::read_dir(folder.path()).unwrap().count()), (0, 0));
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &Limits::default()).unwrap();
    let chunks = [Ok(Bytes::from(component(1, 10))), Err(io::Error::other("gone"))];
    assert_eq!(store.put(Body::from_stream(stream::iter(chunks)), None).await, Err(Refusal::BrokenBody));
    assert_eq!((store.stored(), std::fs::read_dir(folder.path()).unwrap().count()), (0, 0));
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("0.part"), b"half").unwrap();
    let store = Store::open(folder.path(), &Limits::default()).unwrap();
    assert_eq!((store.stored(), std::fs::read_dir(folder.path()).unwrap().count()), (0, 0));
}

#[tokio::test]
async fn a_component_that_is_not_there_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &Limits::default()).unwrap();
    assert_eq!(store.read(&CodeHash([0; 32])).await.err(), Some(Refusal::NoCode));
}
