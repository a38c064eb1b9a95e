use std::{
    io::{Read, Write},
    net::TcpListener,
    time::Duration,
};

use adyton_protocol::ids::BlockHash;

use crate::{
    Error,
    fixture::bare_header,
    rpc::{HttpSource, Source},
    verifier::DigestItem,
};

/// Answers one request with these bytes, and gives the source that asks.
fn answering(answer: Vec<u8>) -> HttpSource {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 64 * 1024];
        let mut length = 0;
        // Head and body come in one or two pieces.
        while !String::from_utf8_lossy(&request[..length]).contains("\"method\"") {
            length += stream.read(&mut request[length..]).unwrap();
        }
        // The source may hang up first.
        let _result = stream.write_all(&answer);
        if answer.is_empty() {
            std::thread::sleep(Duration::from_secs(5));
        }
    });
    HttpSource::with_timeout(&url, Duration::from_millis(500)).unwrap()
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

fn ok(result: &str) -> Vec<u8> {
    http("200 OK", &format!("{{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{result}}}"))
}

#[tokio::test]
async fn a_header_in_json_becomes_the_bytes_that_are_hashed() {
    let digest = [DigestItem::PreRuntime(*b"aura", vec![1, 2]), DigestItem::RuntimeEnvironmentUpdated];
    let source = answering(ok(&format!(
        "{{\"parentHash\":\"0x{}\",\"number\":\"0x1f4\",\"stateRoot\":\"0x{zero}\",\"extrinsicsRoot\":\"0x{zero}\",\
         \"digest\":{{\"logs\":[\"0x0661757261080102\",\"0x08\"]}}}}",
        "07".repeat(32),
        zero = "00".repeat(32)
    )));
    let header = source.header(BlockHash([0; 32])).await.unwrap().unwrap();
    assert_eq!(header, bare_header(BlockHash([7; 32]), 500, &digest));
}

#[tokio::test]
async fn a_block_brings_its_justification_by_grandpa_only() {
    let header = format!(
        "{{\"parentHash\":\"0x{zero}\",\"number\":\"0x1\",\"stateRoot\":\"0x{zero}\",\"extrinsicsRoot\":\"0x{zero}\",\
         \"digest\":{{\"logs\":[]}}}}",
        zero = "00".repeat(32)
    );
    let source = answering(ok(&format!(
        "{{\"block\":{{\"header\":{header},\"extrinsics\":[\"0x0401\"]}},\
         \"justifications\":[[[66,69,69,70],[9]],[[70,82,78,75],[1,2,3]]]}}"
    )));
    let block = source.block(BlockHash([0; 32])).await.unwrap().unwrap();
    assert_eq!(block.justification, Some(vec![1, 2, 3]));
    assert_eq!(block.extrinsics, [vec![4, 1]]);
}

#[tokio::test]
async fn a_fee_is_a_whole_number_of_units_in_digits() {
    let info = |fee: &str| ok(&format!("{{\"weight\":{{\"ref_time\":5}},\"class\":\"normal\",\"partialFee\":{fee}}}"));
    assert_eq!(answering(info("\"340282366920938463463374607431768211455\"")).fee(&[4, 1]).await.unwrap(), u128::MAX);
    for bad in ["\"-1\"", "\"1.5\"", "\"0x10\"", "7"] {
        assert!(matches!(answering(info(bad)).fee(&[4, 1]).await, Err(Error::BadAnswer("payment_queryInfo"))), "{bad}");
    }
}

#[tokio::test]
async fn something_that_is_not_there_is_none() {
    assert_eq!(answering(ok("null")).header(BlockHash([0; 32])).await.unwrap(), None);
    assert!(matches!(answering(ok("null")).finalized_hash().await, Err(Error::BadAnswer(_))));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused() {
    let source = answering(ok(&format!("\"{}\"", "a".repeat(2 * 1024 * 1024))));
    assert!(matches!(source.finalized_hash().await, Err(Error::AnswerTooLarge { limit: 1_048_576, .. })));
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_refused() {
    for answer in ["7", "\"0x12\"", "{}", "\"zz\"", "["] {
        assert!(matches!(answering(ok(answer)).finalized_hash().await, Err(Error::BadAnswer(_))), "{answer}");
    }
    let deep = answering(http("200 OK", &"[".repeat(100_000)));
    assert!(matches!(deep.finalized_hash().await, Err(Error::BadAnswer(_))));
    for proof in ["\"0x00\"", "\"0x\"", "12"] {
        assert!(matches!(answering(ok(proof)).prove_finality(1).await, Err(Error::BadAnswer(_))), "{proof}");
    }
}

#[tokio::test]
async fn a_proof_of_finality_brings_its_header() {
    let answer = format!("{{\"block\":\"0x{}\",\"header\":\"0x0102\",\"justification\":\"0x03\"}}", "07".repeat(32));
    let proof = answering(ok(&answer)).prove_finality(1).await.unwrap().unwrap();
    assert_eq!((proof.block, proof.headers), (BlockHash([7; 32]), vec![vec![1, 2]]));
    assert_eq!(proof.justification, [3]);
    assert!(answering(ok("null")).prove_finality(1).await.unwrap().is_none());
}

/// What becomes of an answer with this error in it.
async fn words(error: &str) -> String {
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{error}}}");
    match answering(http("200 OK", &body)).finalized_hash().await {
        Err(Error::Node { code: -32000, message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_nodes_words_are_cut_and_cleaned() {
    let long = "x".repeat(5000);
    let message = words(&format!("{{\"code\":-32000,\"message\":\"bad\\u001b[31m{long}\"}}")).await;
    assert!(message.starts_with("bad[31mxxx") && message.chars().count() == 300);
    let message = words(&format!("{{\"code\":-32000,\"message\":\"bad\",\"data\":\"\\u0007why{long}\"}}")).await;
    assert!(message.starts_with("bad: whyxxx") && message.chars().count() == 300);
}

#[tokio::test]
async fn of_an_errors_data_only_words_and_numbers_are_kept() {
    let with = |data: &str| format!("{{\"code\":-32000,\"message\":\"bad\",\"data\":{data}}}");
    assert_eq!(words(&with("\"stale\"")).await, "bad: stale");
    assert_eq!(words(&with("-7")).await, "bad: -7");
    for data in ["null", "true", "0.5", "[[[]],{}]", "{\"deep\":[1,{\"er\":2}]}"] {
        assert_eq!(words(&with(data)).await, "bad", "{data}");
    }
}

#[tokio::test]
async fn a_node_that_does_not_answer_in_time_is_unreachable() {
    match answering(Vec::new()).finalized_hash().await {
        Err(Error::Unreachable { reason, .. }) => assert_eq!(reason, "it takes too long"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    match answering(answer).finalized_hash().await {
        Err(Error::Unreachable { reason, .. }) => assert_eq!(reason, "HTTP status 302"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_http_addresses_are_taken() {
    for url in ["ws://127.0.0.1:9944", "127.0.0.1:9944", "file:///etc/passwd", ""] {
        assert!(matches!(HttpSource::new(url), Err(Error::BadAddress(_))), "{url}");
    }
}
