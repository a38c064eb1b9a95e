use adyton_protocol::ids::{ContractId, NetworkId};

use super::*;
use crate::road::answer::tests::store;

/// A change that sets an entry.
pub(crate) fn set(name: &str, due_ms: u64, cron: Option<&str>) -> (String, Option<(Scheduled, ScheduledRequest)>) {
    let request = ScheduledRequest { method: "POST".into(), path: format!("/{name}"), body: vec![1, 2] };
    (name.into(), Some((Scheduled { due_ms, cron: cron.map(str::to_owned) }, request)))
}

/// Commits these changes to the contract's schedule.
pub(crate) async fn commit_changes(
    store: &adyton_state::Store,
    changes: impl IntoIterator<Item = (String, Option<(Scheduled, ScheduledRequest)>)>,
) -> Option<u64> {
    let mut transaction = store.begin().await.expect("begins");
    let first = change(&mut transaction, &changes.into_iter().collect()).await.expect("changes");
    let prepared = store.prepare(transaction).await.expect("prepares");
    store.commit(prepared, None).await.expect("commits");
    first
}

/// Names and times of all entries, in their order.
pub(crate) async fn entries(store: &adyton_state::Store) -> Vec<(String, u64)> {
    let mut transaction = store.begin().await.expect("begins");
    let all = list(&mut transaction).await.expect("reads");
    all.into_iter().map(|entry| (entry.name, entry.due_ms)).collect()
}

fn named<const N: usize>(entries: [(&str, u64); N]) -> Vec<(String, u64)> {
    entries.map(|(name, due_ms)| (name.to_owned(), due_ms)).into()
}

#[tokio::test]
async fn entries_stand_in_the_order_of_their_times_and_the_first_is_found() {
    let store = store().await;
    // The last bytes of one time are above those of the next.
    let first = commit_changes(&store, [set("b", 255, None), set("a", 256, None), set("c", 70_000, Some("* * * * *"))]);
    assert_eq!(first.await, Some(255));
    assert_eq!(entries(&store).await, named([("b", 255), ("a", 256), ("c", 70_000)]));
    let mut transaction = store.begin().await.expect("begins");
    let first = first_of(&mut transaction).await;
    assert_eq!((first.name.as_str(), first.due_ms, first.course.cron), ("b", 255, None));
}

async fn first_of(transaction: &mut Transaction) -> Planned {
    first(transaction).await.expect("reads").expect("there is one")
}

#[tokio::test]
async fn a_replaced_entry_has_one_time_and_a_cancelled_one_none() {
    let store = store().await;
    commit_changes(&store, [set("a", 10, None), set("b", 20, None)]).await;
    commit_changes(&store, [set("a", 30, None)]).await;
    assert_eq!(entries(&store).await, named([("b", 20), ("a", 30)]));
    assert_eq!(commit_changes(&store, [("b".into(), None), ("never".into(), None)]).await, None);
    assert_eq!(entries(&store).await, named([("a", 30)]));
    let mut transaction = store.begin().await.expect("begins");
    assert_eq!(transaction.get(&request_key("b")).await.expect("reads"), None, "nothing of it is left");
}

#[tokio::test]
async fn a_run_that_is_not_committed_is_found_again_and_one_that_is_never() {
    let store = store().await;
    commit_changes(&store, [set("a", 10, None)]).await;
    let mut lost = store.begin().await.expect("begins");
    let planned = first_of(&mut lost).await;
    let asked = advance(&mut lost, &planned, 15).await.expect("advances").expect("is there");
    assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.body), ("POST", "/a", vec![1, 2]));
    // As by a crash between the run and its commit.
    drop(lost);
    let mut again = store.begin().await.expect("begins");
    assert_eq!(first_of(&mut again).await, planned, "with the same nonce, and so the same request id");
    assert!(advance(&mut again, &planned, 15).await.expect("advances").is_some());
    let prepared = store.prepare(again).await.expect("prepares");
    store.commit(prepared, None).await.expect("commits");
    let mut after = store.begin().await.expect("begins");
    assert!(advance(&mut after, &planned, 15).await.expect("reads").is_none());
    assert!(entries(&store).await.is_empty());
    assert_eq!(after.get(&request_key("a")).await.expect("reads"), None);
}

#[tokio::test]
async fn an_entry_by_cron_goes_on_at_its_first_time_after_now_however_many_it_missed() {
    let store = store().await;
    commit_changes(&store, [set("a", 60_000, Some("* * * * *"))]).await;
    let mut transaction = store.begin().await.expect("begins");
    let planned = first_of(&mut transaction).await;
    assert!(advance(&mut transaction, &planned, 600_001).await.expect("advances").is_some());
    let next = first_of(&mut transaction).await;
    assert_eq!((next.due_ms, &next.course), (660_000, &planned.course));
    assert!(advance(&mut transaction, &planned, 600_001).await.expect("reads").is_none(), "its time has passed");
    assert!(advance(&mut transaction, &next, 660_000).await.expect("advances").is_some());
    assert_eq!(first_of(&mut transaction).await.due_ms, 720_000);
}

#[tokio::test]
async fn an_entry_that_was_set_anew_for_the_same_time_is_another_one() {
    let store = store().await;
    commit_changes(&store, [set("a", 10, None)]).await;
    let mut transaction = store.begin().await.expect("begins");
    let planned = first_of(&mut transaction).await;
    commit_changes(&store, [set("a", 10, None)]).await;
    let mut transaction = store.begin().await.expect("begins");
    let other = first_of(&mut transaction).await;
    assert!(advance(&mut transaction, &planned, 15).await.expect("reads").is_none());
    let id = |entry: &Planned| {
        let nonce = &entry.course.nonce;
        schedule::request_id(&NetworkId([1; 32]), &ContractId([2; 32]), &entry.name, entry.due_ms, nonce)
    };
    assert_ne!(id(&planned), id(&other));
}

#[test]
fn what_is_no_entry_is_not_read_as_one() {
    let course = Course { cron: None, nonce: [7; 16] };
    let entry =
        |key: Vec<u8>, value: Vec<u8>| Entry { key: key.into(), value: value.into(), version: 1, ends_ms: None };
    let good = planned(&entry(due_key(5, "a"), course.encode())).expect("reads");
    assert_eq!(good, Planned { name: "a".into(), due_ms: 5, course: course.clone() });
    let longer = [course.encode(), vec![0]].concat();
    for (key, value) in [
        (b"x".to_vec(), course.encode()),
        (DUE.to_vec(), course.encode()),
        ([&due_key(5, "")[..], &[0xff]].concat(), course.encode()),
        (due_key(5, "a"), Vec::new()),
        (due_key(5, "a"), longer),
    ] {
        assert!(planned(&entry(key.clone(), value)).is_err(), "{key:?}");
    }
}
