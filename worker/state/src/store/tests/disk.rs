use super::*;

#[tokio::test]
async fn a_full_disk_fails_the_commit_loses_nothing_acknowledged_and_ends_with_reopening() {
    let fussy = Arc::new(Fussy::default());
    let objects: Arc<dyn ObjectStore> = Arc::clone(&fussy) as _;
    let store = open(&objects).await;
    put(&store, "a", "1").await.unwrap();
    fussy.set(Some(Fault::Full));
    assert!(matches!(put(&store, "b", "2").await, Err(StateError::StorageFull)));
    // Also when there is space again: what is in memory is not what is on disk.
    fussy.set(None);
    let Err(StateError::Poisoned(why)) = put(&store, "c", "3").await else { panic!("not poisoned") };
    assert!(matches!(*why, StateError::StorageFull));
    assert!(matches!(store.begin().await.err(), Some(StateError::Poisoned(_))));
    assert!(matches!(store.check(), Err(StateError::Poisoned(_))));
    assert!(matches!(store.answer(RequestId([1; 16])).await, Err(StateError::Poisoned(_))));
    let _ = store.close().await;

    let store = open(&objects).await;
    assert_eq!(value(&store, "a").await.as_deref(), Some("1"));
    assert_eq!(value(&store, "b").await, None);
    assert_eq!(put(&store, "d", "4").await.unwrap().sequence, 2);
}

#[tokio::test]
async fn a_store_cannot_be_opened_on_a_full_disk_and_says_so() {
    let fussy = Arc::new(Fussy::default());
    fussy.set(Some(Fault::Full));
    let refused = open_with(&(Arc::clone(&fussy) as _), terms(Writer::first_under(1))).await;
    assert!(matches!(refused, Err(StateError::StorageFull)));
    fussy.set(None);
    open(&(fussy as _)).await;
}

#[tokio::test]
async fn a_commit_whose_success_was_not_reported_is_whole_after_reopening() {
    let fussy = Arc::new(Fussy::default());
    let objects: Arc<dyn ObjectStore> = Arc::clone(&fussy) as _;
    let store = open(&objects).await;
    put(&store, "a", "1").await.unwrap();
    fussy.set(Some(Fault::AnswerLost));
    let mut call = store.begin().await.unwrap();
    call.set(b"b", b"2").unwrap();
    let prepared = store.prepare(call).await.unwrap();
    let after = prepared.after();
    assert!(store.commit(prepared, Some(answer(1, b"x", 1))).await.is_err());
    fussy.set(None);
    let _ = store.close().await;
    let store = open(&objects).await;
    assert_eq!(store.head().await.unwrap(), after);
    assert_eq!(value(&store, "b").await.as_deref(), Some("2"));
    assert!(store.answer(RequestId([1; 16])).await.unwrap().is_some());
}

#[tokio::test]
async fn all_who_wait_for_a_flush_that_fails_get_the_error() {
    let fussy = Arc::new(Fussy::default());
    let store = open(&(Arc::clone(&fussy) as _)).await;
    let gate = fussy.gate.write().await;
    let calls: Vec<_> = (0..8)
        .map(|at| {
            let store = store.clone();
            tokio::spawn(async move { put(&store, &format!("{at}"), "x").await })
        })
        .collect();
    while store.begin().await.unwrap().base().sequence < 8 {
        tokio::task::yield_now().await;
    }
    fussy.set(Some(Fault::Full));
    drop(gate);
    for call in calls {
        let failed = call.await.unwrap().unwrap_err();
        assert!(matches!(failed, StateError::StorageFull | StateError::Poisoned(_)), "{failed}");
    }
}

#[tokio::test]
async fn a_really_full_disk_is_reported_as_such() {
    // A file system of its own needs rights that a test may not have.
    let folder = tempfile::tempdir().unwrap();
    let mount = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
        .arg(folder.path())
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        println!("skipped: mounting a small file system is not permitted here");
        return;
    }
    let objects = crate::local_disk(folder.path()).unwrap();
    let store = open(&objects).await;
    let (mut acknowledged, filler) = (0, "x".repeat(20_000));
    let failed = loop {
        match put(&store, &format!("{acknowledged:03}"), &filler).await {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
        assert!(acknowledged < 100);
    };
    let _ = store.close().await;
    // Room again: the file system grows.
    let grown =
        std::process::Command::new("mount").args(["-o", "remount,size=8m"]).arg(folder.path()).status().unwrap();
    let reopened = open_with(&objects, terms(Writer::again_under(1))).await;
    let found = match &reopened {
        Ok(store) => store.begin().await.unwrap().scan(b"", None, 1000).await.unwrap().len(),
        Err(_) => 0,
    };
    if let Ok(store) = &reopened {
        let _ = store.close().await;
    }
    let _ = std::process::Command::new("umount").arg("-l").arg(folder.path()).status();
    assert!(grown.success());
    assert!(matches!(failed, StateError::StorageFull), "{failed}");
    assert!(acknowledged > 0);
    assert_eq!(found, acknowledged, "{:?}", reopened.err());
}

#[tokio::test]
async fn local_disk_keeps_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let objects = crate::local_disk(folder.path()).unwrap();
    let store = open(&objects).await;
    for at in 0..30 {
        put(&store, &format!("{at:02}"), "x").await.unwrap();
    }
    let head = store.head().await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(store.begin().await, Err(StateError::Closed)));
    let store = open(&objects).await;
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(store.begin().await.unwrap().scan(b"", None, 100).await.unwrap().len(), 30);
    store.close().await.unwrap();
}
