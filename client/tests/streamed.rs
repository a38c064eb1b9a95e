//! Calls whose answers are looked at as they come, over a gateway and a worker that may do anything to them.

use crate::world::*;
use adyton_client::{Error, Provisional, VerifiedAnswer};
use adyton_protocol::{call::Fields, storage};
use codec::Encode;

/// What became of a call, and what was shown before that was known.
async fn streamed(world: &World) -> (Result<VerifiedAnswer, Error>, Vec<Provisional>) {
    let mut shown = Vec::new();
    let answer = world.client.call_streamed(&CONTRACT, &request(), None, &mut |part| shown.push(part)).await;
    (answer, shown)
}

/// Why a call, parts of whose answer were shown, has none after all.
async fn void(world: &World) -> Error {
    let (answer, shown) = streamed(world).await;
    assert!(!shown.is_empty());
    match answer {
        Err(Error::Void(why)) => *why,
        other => panic!("not void: {other:?}"),
    }
}

fn content(shown: &[Provisional]) -> Vec<u8> {
    let bytes = shown.iter().filter_map(|part| match part {
        Provisional::Content(bytes) => Some(bytes.as_slice()),
        Provisional::Head { .. } => None,
    });
    bytes.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn an_answer_is_shown_as_it_comes_and_is_the_verified_one_in_the_end() {
    let world = world().await;
    let (answer, shown) = streamed(&world).await;
    let answer = answer.unwrap();
    let fields = Fields::from([(b"content-type".to_vec(), b"text/plain".to_vec())]);
    assert_eq!(shown[0], Provisional::Head { status: 200, fields });
    assert!(shown.len() > 2, "its content came in parts");
    assert_eq!((content(&shown), answer.response().text()), (b"echo: content".to_vec(), "echo: content".into()));
    assert_eq!(answer.checks().len(), world.call().await.unwrap().checks().len());
}

#[tokio::test]
async fn an_answer_without_its_receipt_is_void() {
    let world = world().await;
    world.manners(|manners| manners.no_receipt = true);
    assert!(matches!(void(&world).await, Error::NoReceipt));
}

#[tokio::test]
async fn an_answer_whose_receipt_is_for_another_content_is_void() {
    let world = world().await;
    world.manners(|manners| manners.other_content = true);
    assert!(matches!(void(&world).await, Error::Check { check: "response", .. }));
}

#[tokio::test]
async fn an_answer_that_the_worker_breaks_off_is_void_and_says_why() {
    let world = world().await;
    world.manners(|manners| manners.break_off = Some("conflict"));
    let (answer, shown) = streamed(&world).await;
    let error = answer.unwrap_err();
    assert_eq!((error.code(), content(&shown)), (Some("conflict"), b"echo: ".to_vec()));
    let said = "the worker refuses: because (conflict); what was shown of the answer before is void";
    assert_eq!(error.to_string(), said);
    assert_eq!(world.arrived(), 1, "another run need not begin with what was shown");
}

#[tokio::test]
async fn an_answer_that_the_gateway_cuts_or_alters_is_void_and_not_asked_for_again() {
    let world = world().await;
    for (arrived, mischief) in [(1, Mischief::Cut), (2, Mischief::Alter)] {
        world.mischief(mischief);
        assert!(matches!(void(&world).await, Error::NotOurs));
        assert_eq!(world.arrived(), arrived);
    }
    world.mischief(Mischief::CutChunk);
    assert!(matches!(void(&world).await, Error::BrokenOff));
    assert_eq!(world.arrived(), 3);
}

#[tokio::test]
async fn nothing_is_shown_of_an_answer_to_an_earlier_call() {
    let world = world().await;
    streamed(&world).await.0.unwrap();
    world.mischief(Mischief::Repeat);
    let (answer, shown) = streamed(&world).await;
    assert!(matches!(answer, Err(Error::NotOurs)) && shown.is_empty());
}

#[tokio::test]
async fn an_answer_that_is_not_in_chunks_is_not_taken_for_one() {
    let world = world().await;
    for mischief in [Mischief::Plain, Mischief::Error] {
        world.mischief(mischief);
        let (answer, shown) = streamed(&world).await;
        assert!(matches!(answer, Err(Error::Gateway { .. })) && shown.is_empty());
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let world = world().await;
    world.mischief(Mischief::Endless);
    let (answer, shown) = streamed(&world).await;
    assert!(matches!(answer, Err(Error::AnswerTooLarge(_) | Error::NotOurs)) && shown.is_empty());
}

#[tokio::test]
async fn the_workers_own_word_is_not_shown_and_a_changed_lease_is_followed_once() {
    let world = world().await;
    world.call().await.unwrap();
    world.change(|chain| chain.set(storage::leases(&CONTRACT), lease(2).encode()));
    world.manners(|manners| manners.refuse = Some("wrong-lease"));
    let (answer, shown) = streamed(&world).await;
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && shown.is_empty(), "{error:?}");
    let calls = world.shared.calls.lock().unwrap();
    assert_eq!((calls.len(), calls[1].lease, calls[2].lease), (3, 1, 2));
    assert_eq!(calls[1].request_id, calls[2].request_id);
}
