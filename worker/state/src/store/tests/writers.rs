use super::*;

#[tokio::test]
async fn a_writer_with_a_newer_lease_fences_the_one_before() {
    let (objects, first) = new_store().await;
    put(&first, "a", "1").await.unwrap();
    let second = open_with(&objects, terms(Writer::first_under(2))).await.unwrap();
    put(&second, "a", "2").await.unwrap();
    assert!(matches!(put(&first, "a", "3").await, Err(StateError::Fenced)));
    assert!(matches!(put(&first, "a", "4").await, Err(StateError::Fenced)));
    assert_eq!(value(&second, "a").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_restart_under_the_same_lease_fences_the_process_before() {
    let (objects, first) = new_store().await;
    put(&first, "a", "1").await.unwrap();
    let second = open(&objects).await;
    assert!(matches!(put(&first, "a", "2").await, Err(StateError::Fenced)));
    put(&second, "a", "3").await.unwrap();
}

#[tokio::test]
async fn an_older_lease_is_refused_and_disturbs_nobody() {
    let (objects, _) = new_store().await;
    let present = open_with(&objects, terms(Writer::first_under(3))).await.unwrap();
    for writer in [Writer::first_under(2), Writer::again_under(2)] {
        let refused = open_with(&objects, terms(writer)).await;
        assert!(matches!(refused, Err(StateError::Superseded { lease: 2, seen: 3 })), "{:?}", refused.err());
    }
    put(&present, "a", "1").await.unwrap();
}

#[tokio::test]
async fn a_first_opening_under_a_lease_that_has_written_is_refused_and_disturbs_nobody() {
    let (objects, store) = new_store().await;
    let refused = open_with(&objects, terms(Writer::first_under(1))).await;
    assert!(matches!(refused, Err(StateError::Superseded { lease: 1, seen: 1 })));
    put(&store, "a", "1").await.unwrap();
}

#[tokio::test]
async fn an_older_lease_is_refused_though_the_claims_were_deleted() {
    let (objects, store) = new_store().await;
    store.close().await.unwrap();
    let newer = open_with(&objects, terms(Writer::first_under(7))).await.unwrap();
    put(&newer, "a", "1").await.unwrap();
    newer.close().await.unwrap();
    use futures::TryStreamExt;
    let claims: Vec<_> = objects.list(Some(&"contracts/one/writers".into())).try_collect().await.unwrap();
    assert_eq!(claims.len(), 1, "older claims are cleared");
    objects.delete(&claims[0].location).await.unwrap();
    // Everything in the database was sealed under a later lease.
    let refused = open_with(&objects, terms(Writer::again_under(6))).await;
    assert!(matches!(refused, Err(StateError::Fenced | StateError::Superseded { .. })), "{:?}", refused.err());
    open_with(&objects, terms(Writer::again_under(7))).await.unwrap();
}

#[tokio::test]
async fn a_claim_that_no_worker_of_the_contract_made_is_refused() {
    let (objects, store) = new_store().await;
    store.close().await.unwrap();
    let forged = Path::from(format!("contracts/one/writers/{:020}-{:020}", 9, 0));
    objects.put(&forged, vec![0; 112].into()).await.unwrap();
    let refused = open_with(&objects, terms(Writer::again_under(1))).await;
    assert!(matches!(refused, Err(StateError::Tampered(SealError::NotSealed))));
}

#[tokio::test]
async fn of_many_openings_at_once_exactly_one_can_write_in_the_end() {
    let (objects, first) = new_store().await;
    put(&first, "a", "0").await.unwrap();
    let openings = (2..8).map(|lease| {
        let objects = Arc::clone(&objects);
        tokio::spawn(async move { open_with(&objects, terms(Writer::again_under(lease))).await })
    });
    let mut writing = 0;
    let mut stores = vec![first];
    for opening in openings.collect::<Vec<_>>() {
        stores.extend(opening.await.unwrap().ok());
    }
    for store in &stores {
        writing += usize::from(put(store, "a", "x").await.is_ok());
    }
    assert!(writing <= 1, "{writing} of {} write", stores.len());
    let last = open_with(&objects, terms(Writer::first_under(100))).await.unwrap();
    assert_eq!(last.head().await.unwrap().sequence, 1 + writing as u64);
}
