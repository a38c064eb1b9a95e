use std::time::Duration;

use adyton_listener::{Limits, Listener};
use adyton_protocol::streamed::{Part, Reader};
use axum::{Extension, Router, routing::get};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::road::parts::tests::{answer, head};

fn content(bytes: &[u8]) -> Provisional {
    Provisional::Content(bytes.to_vec())
}

fn allowed() -> Result<(), Refusal> {
    Ok(())
}

/// A call that gives these parts, and ends like this.
fn call(given: Vec<Provisional>, end: Result<Taken, Refusal>) -> UnderWay {
    UnderWay::begin(allowed, |parts| async move {
        for part in given {
            parts.give(part).await;
        }
        end
    })
}

fn answered(content: &[u8]) -> Result<Taken, Refusal> {
    Ok(Taken::Contract(answer(content)))
}

/// The message inside the seal, as its reader has it; contents joined.
async fn message(mut call: UnderWay) -> Vec<Part> {
    let (mut reader, mut parts, mut begun): (_, Vec<Part>, _) = (Reader::default(), Vec::new(), false);
    while !reader.is_over() {
        let bytes = match call.next().await {
            Event::Part(part) => {
                begun = true;
                framed(&part)
            }
            end => framed_end(end, begun).expect("ends"),
        };
        for part in reader.read(&bytes).expect("is well-formed") {
            match (parts.last_mut(), part) {
                (Some(Part::Content(before)), Part::Content(more)) => before.extend(more),
                (_, part) => parts.push(part),
            }
        }
    }
    parts
}

fn whole() -> Vec<Part> {
    let receipt = URL_SAFE_NO_PAD.encode(b"receipt").into_bytes();
    vec![
        Part::Head(200, vec![(b"x-a".to_vec(), b"1".to_vec())]),
        Part::Content(b"one two".to_vec()),
        Part::End(vec![(RECEIPT_FIELD.into(), receipt)]),
    ]
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a [u8] {
    let found = fields.iter().find(|(found, _)| found == name.as_bytes());
    found.map(|(_, value)| value.as_slice()).expect("the field is there")
}

#[tokio::test]
async fn an_answer_is_the_same_message_whatever_was_shown_of_it_before_its_end() {
    for given in [
        vec![],
        vec![head()],
        vec![head(), content(b"one")],
        vec![head(), content(b"one "), content(b"two")],
        vec![head(), content(b"o"), content(b"ne two")],
    ] {
        assert_eq!(message(call(given.clone(), answered(b"one two"))).await, whole(), "{given:?}");
    }
}

#[tokio::test]
async fn parts_come_while_the_call_still_runs() {
    let (go, goes) = oneshot::channel();
    let mut call = UnderWay::begin(allowed, |parts| async move {
        parts.give(head()).await;
        parts.give(content(b"one ")).await;
        goes.await.expect("it is told");
        answered(b"one two")
    });
    assert!(matches!(call.next().await, Event::Part(part) if part == head()));
    assert!(matches!(call.next().await, Event::Part(part) if part == content(b"one ")));
    go.send(()).expect("it waits");
    assert!(matches!(call.next().await, Event::Answer(_, Some(4))));
}

#[tokio::test]
async fn an_answer_that_does_not_begin_with_what_was_shown_is_none() {
    let parts = message(call(vec![head(), content(b"other")], answered(b"one two"))).await;
    let Some(Part::End(trailer)) = parts.last() else { panic!("it ends") };
    assert_eq!(field(trailer, ERROR_FIELD), b"conflict");
    assert!(trailer.iter().all(|(name, _)| name != RECEIPT_FIELD.as_bytes()));
}

#[tokio::test]
async fn a_call_that_breaks_off_says_why_in_the_place_of_the_receipt() {
    let refusal = Refusal::Guest { case: "not-found", message: "no such page".into() };
    let parts = message(call(vec![head(), content(b"one")], Err(refusal.clone()))).await;
    assert_eq!(parts[..2], [whole().remove(0), Part::Content(b"one".to_vec())]);
    let Part::End(trailer) = &parts[2] else { panic!("it ends") };
    assert_eq!(field(trailer, ERROR_FIELD), b"contract-error");
    assert_eq!(URL_SAFE_NO_PAD.decode(field(trailer, ERROR_CONTENT_FIELD)).expect("base64url"), refusal.body());
    assert_eq!(trailer.len(), 2);
}

#[tokio::test]
async fn a_call_that_fails_before_it_gave_anything_is_refused_as_ever() {
    let parts = message(call(vec![], Err(Refusal::Busy))).await;
    let [Part::Head(503, fields), Part::Content(body), Part::End(trailer)] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(field(fields, ERROR_FIELD), b"busy");
    assert_eq!((body, trailer), (&Refusal::Busy.body(), &vec![]));
}

#[tokio::test]
async fn what_the_worker_itself_answers_is_marked_as_its_own() {
    let parts = message(call(vec![], Ok(Taken::Reserved(b"{}".to_vec())))).await;
    let [Part::Head(200, fields), Part::Content(body), Part::End(_)] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!((field(fields, "adyton-answer"), &body[..]), (&b"worker"[..], &b"{}"[..]));
}

#[tokio::test]
async fn what_a_contract_says_too_much_of_its_error_is_left_out_of_the_trailer() {
    let refusal = Refusal::Guest { case: "other", message: "x".repeat(MAX_ERROR_CONTENT) };
    let parts = message(call(vec![head()], Err(refusal))).await;
    let Some(Part::End(trailer)) = parts.last() else { panic!("it ends") };
    assert_eq!((field(trailer, ERROR_FIELD), field(trailer, ERROR_CONTENT_FIELD)), (&b"contract-error"[..], &b""[..]));
}

#[tokio::test]
async fn a_call_ends_when_its_caller_goes_away_and_one_that_panics_is_the_workers_failure() {
    let (alive, ended) = oneshot::channel::<()>();
    let mut call = UnderWay::begin(allowed, |parts| async move {
        parts.give(head()).await;
        let _alive = alive;
        std::future::pending().await
    });
    assert!(matches!(call.next().await, Event::Part(_)));
    drop(call);
    assert!(tokio::time::timeout(Duration::from_secs(10), ended).await.expect("it ends").is_err());
    let mut call = UnderWay::begin(allowed, |_parts| async { panic!("as if the worker had a fault") });
    assert!(matches!(call.next().await, Event::Refused(Refusal::Worker)));
}

#[tokio::test]
async fn nothing_goes_out_any_more_of_a_call_whose_worker_lost_its_right_meanwhile() {
    // With the right for so many parts: for all but the last, and for all but the end.
    for (rights, shown) in [(2, &b"one"[..]), (3, &b"one two"[..])] {
        let left = std::sync::atomic::AtomicU32::new(rights);
        let may = move || {
            let before = left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            if before > 0 { Ok(()) } else { Err(Refusal::NotFresh("old".into())) }
        };
        let call = UnderWay::begin(may, |parts| async move {
            for part in [head(), content(b"one"), content(b" two")] {
                parts.give(part).await;
            }
            answered(b"one two")
        });
        let parts = message(call).await;
        assert_eq!(parts[1], Part::Content(shown.to_vec()));
        let Part::End(trailer) = &parts[2] else { panic!("{parts:?}") };
        assert_eq!((field(trailer, ERROR_FIELD), trailer.len()), (&b"not-fresh"[..], 2));
    }
}

#[test]
fn a_receipt_that_fits_into_no_trailer_is_not_sent_as_one_and_that_is_said() {
    let large = Answer { receipt: vec![1; MAX_PLAIN_TRAILER], ..answer(b"one two") };
    let (content, trailer) = plain_end(Event::Answer(large, Some(4))).expect("ends");
    assert_eq!((&content[..], trailer.len(), trailer[ERROR_FIELD].as_bytes()), (&b"two"[..], 1, DROPPED.as_bytes()));
}

/// All that comes over a connection to a listener, of an answer that is not sealed.
async fn over_http(given: Vec<Provisional>, end: fn() -> Result<Taken, Refusal>) -> String {
    let second = Duration::from_secs(1);
    let limits = Limits { connections: 4, connections_per_address: 4, head: second, stall: second, contents: 1 << 20 };
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = socket.local_addr().expect("it is bound");
    let answer = move |Extension(room): Extension<Room>| async move { public(call(given, end()), room).await };
    let router = Router::new().route("/", get(answer));
    tokio::spawn(async move { Listener::new(limits).serve(socket, router, std::future::pending()).await });
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connects");
    let head = b"GET / HTTP/1.1\r\nhost: x\r\nte: trailers\r\nconnection: close\r\n\r\n";
    stream.write_all(head).await.expect("sends");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("comes");
    said
}

#[tokio::test]
async fn an_answer_that_is_not_sealed_goes_out_as_it_is_with_the_receipt_in_the_trailer() {
    let said = over_http(vec![head(), content(b"one ")], || answered(b"one two")).await;
    let receipt = URL_SAFE_NO_PAD.encode(b"receipt");
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.contains("\r\nx-a: 1\r\n"), "{said}");
    assert!(said.contains("\r\ntrailer: adyton-receipt, adyton-error, adyton-error-content\r\n"), "{said}");
    let end = format!("4\r\none \r\n3\r\ntwo\r\n0\r\nadyton-receipt: {receipt}\r\n\r\n");
    assert!(said.ends_with(&end), "{said}");
}

#[tokio::test]
async fn an_answer_that_can_have_no_trailer_goes_out_whole_with_its_receipt_in_the_header() {
    let end = || Ok(Taken::Contract(Answer { status: 204, ..answer(b"") }));
    let said = over_http(vec![Provisional::Head { status: 204, fields: answer(b"").fields }], end).await;
    let receipt = URL_SAFE_NO_PAD.encode(b"receipt");
    assert!(
        said.starts_with("HTTP/1.1 204 ") && said.contains(&format!("\r\nadyton-receipt: {receipt}\r\n")),
        "{said}"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_sealed_and_breaks_off_says_why_in_the_trailer() {
    let said = over_http(vec![head(), content(b"one ")], || Err(Refusal::Exceeded("fuel"))).await;
    assert!(said.contains("4\r\none \r\n0\r\n") && said.contains("\r\nadyton-error: limit-exceeded\r\n"), "{said}");
    let (_, content) = said.rsplit_once("adyton-error-content: ").expect("it is there");
    let content = URL_SAFE_NO_PAD.decode(content.split("\r\n").next().expect("a line")).expect("base64url");
    let content: Value = serde_json::from_slice(&content).expect("JSON");
    assert_eq!(content["code"], json!("limit-exceeded"));
    assert!(!said.contains(&format!("\r\n{RECEIPT_FIELD}: ")), "{said}");
}

#[tokio::test]
async fn an_answer_of_which_nothing_came_before_its_end_has_its_receipt_in_the_header_as_ever() {
    let said = over_http(vec![], || answered(b"one two")).await;
    let receipt = URL_SAFE_NO_PAD.encode(b"receipt");
    assert!(
        said.contains(&format!("\r\nadyton-receipt: {receipt}\r\n")) && said.ends_with("\r\n\r\none two"),
        "{said}"
    );
}
