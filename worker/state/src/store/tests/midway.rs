//! Commits whose work ends in the middle.

use super::*;
use crate::store::commit::Changing;

#[tokio::test]
async fn an_order_that_is_left_half_changed_fails_the_store_and_one_that_is_whole_does_not() {
    let (_, store) = new_store().await;
    let order = async || Arc::clone(&store.inner.order).lock_owned().await;
    Changing::begin(order().await, &store.inner.durability).end();
    put(&store, "a", "1").await.unwrap();
    drop(Changing::begin(order().await, &store.inner.durability));
    assert!(matches!(put(&store, "b", "2").await, Err(StateError::Poisoned(_))));
}

#[tokio::test]
async fn a_commit_that_is_dropped_while_it_waits_for_the_disk_is_whole_and_leaves_the_flush_to_the_others() {
    let objects = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&objects) as _)).await;
    let gate = objects.gate.write().await;
    let mut call = store.begin().await.unwrap();
    call.set(b"a", b"1").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    let flushing = tokio::spawn({
        let store = store.clone();
        async move { store.commit_in_task(prepared, None).await }
    });
    while value(&store, "a").await.is_none() {
        tokio::task::yield_now().await;
    }
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { put(&store, "b", "2").await }
    });
    // Under the lock that the first one had: it is past its write by then.
    while value(&store, "b").await.is_none() {
        tokio::task::yield_now().await;
    }
    flushing.abort();
    assert!(flushing.await.unwrap_err().is_cancelled());
    drop(gate);
    assert_eq!(waiting.await.unwrap().unwrap().sequence, 2);
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
}
