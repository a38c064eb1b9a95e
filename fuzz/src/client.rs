//! What a client reads: bundles and network files of others, sealed answers, a gateway's words.

use std::sync::LazyLock;

use adyton_client::{
    Bundle, ContractId, NetworkFile,
    bundle::{MAX_BUNDLE, Trust},
    gateway::Gateway,
    read_opened,
    seal::Sealed,
};
use adyton_protocol::{
    call::{ERROR_FIELD, MAX_FIELDS, RECEIPT_FIELD},
    ids::{CodeHash, WorkerId},
};
use adyton_threshold::release::RecipientSecret;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bhttp::{Message, Mode, StatusCode};
use serde_json::{Value, json};

use crate::{
    server::{RUNTIME, Server},
    vectors::{self, bytes},
};

/// A network whose chain is the finality vector's: it has no contract.
static NETWORK: LazyLock<NetworkFile> = LazyLock::new(|| {
    serde_json::from_value(json!({
        "name": "vector", "network_id": vectors::RECEIPT["network"], "checkpoint": vectors::FINALITY["checkpoint"],
        "rpc": "http://127.0.0.1:1", "gateway": "http://127.0.0.1:2", "development": true, "trust": "a vector",
    }))
    .expect("the form of a network file")
});

/// A receipt bundle: it is written again as it was read, and proves no contract on a chain that has none.
pub fn bundle(data: &[u8]) {
    let Ok(read) = Bundle::from_json(data) else { return };
    let text = read.to_json();
    assert!(data.len() <= MAX_BUNDLE, "what is too long is not read");
    assert_eq!(Bundle::from_json(text.as_bytes()).ok().as_ref(), Some(&read), "what is written reads back");
    assert!(!read.verify(Trust::Network(&NETWORK)).holds(), "there is no such contract");
    let own = read.verify(Trust::BundleItself);
    assert!(own.checks.len() < 64, "a bundle has so many checks and no more");
}

/// Seeds of [`bundle`].
pub fn bundles() -> Vec<Vec<u8>> {
    let prefixed = |value: &Value| format!("0x{}", hex::encode(bytes(value)));
    let chain = &*vectors::FINALITY;
    let proof: Vec<String> = chain["proof"].as_array().expect("a list").iter().map(prefixed).collect();
    let mut bundle = json!({
        "format": "adyton-receipt-bundle/1",
        "network_id": NETWORK.network_id,
        "network_name": "vector",
        "development": true,
        "checkpoint": chain["checkpoint"],
        "contract": format!("0x{}", "02".repeat(32)),
        "header": prefixed(&chain["header"]),
        "justification": prefixed(&chain["justification"]),
        "proof": proof,
        "receipt": prefixed(&vectors::RECEIPT["receipt"]),
        "exchange": {
            "request_id": format!("0x{}", "0a".repeat(16)), "method": "POST", "path": "/x?y=1",
            "request_fields": [["0x61", "0x62"]], "request_content": "0x01",
            "status": 200, "response_fields": [], "response_content": "0x02",
        },
    });
    let whole = bundle.to_string().into_bytes();
    bundle["exchange"] = Value::Null;
    vec![whole, bundle.to_string().into_bytes()]
}

/// A network file.
pub fn network_file(data: &[u8]) {
    if let Ok(read) = NetworkFile::from_json(data) {
        assert_eq!(NetworkFile::from_json(read.to_json().as_bytes()).ok(), Some(read), "what is written reads back");
    }
}

/// Seeds of [`network_file`].
pub fn network_files() -> Vec<Vec<u8>> {
    vec![NETWORK.to_json().into_bytes()]
}

/// The Binary HTTP message out of a seal, before anything of it is believed.
pub fn opened_answer(data: &[u8]) {
    for worker_speaks in [false, true] {
        if let Ok(response) = read_opened(data, worker_speaks) {
            assert!(response.fields.len() <= MAX_FIELDS && response.content.len() <= data.len(), "it is bounded");
        }
    }
}

/// Seeds of [`opened_answer`].
pub fn opened_answers() -> Vec<Vec<u8>> {
    let written = |message: &Message, mode| {
        let mut out = Vec::new();
        message.write_bhttp(mode, &mut out).expect("memory does not fail");
        out
    };
    let mut answer = Message::response(StatusCode::OK);
    answer.put_header("content-type", "text/plain");
    answer.write_content(b"1");
    answer.put_trailer(RECEIPT_FIELD, URL_SAFE_NO_PAD.encode(bytes(&vectors::RECEIPT["receipt"])));
    let mut refusal = Message::response(StatusCode::try_from(409u64).expect("a status"));
    refusal.put_header(ERROR_FIELD, "wrong-lease");
    let padded = [written(&refusal, Mode::KnownLength), vec![0; 16]].concat();
    vec![written(&answer, Mode::KnownLength), written(&answer, Mode::IndeterminateLength), padded]
}

/// A sealed answer: whoever did not open the request cannot answer it.
pub fn sealed_answer(data: &[u8]) {
    let key = RecipientSecret::derive(&[7; 32]).public();
    let sealed = Sealed::seal(&key, b"question").expect("a derived key can be sealed to");
    assert!(sealed.open(data).is_err(), "nobody has seen the question");
}

/// Seeds of [`sealed_answer`].
pub fn sealed_answers() -> Vec<Vec<u8>> {
    vec![vec![7; 16], vec![7; 32], vec![7; 64], vec![7; 200]]
}

/// What a gateway answers: the first byte chooses the question, the second one the status.
pub fn gateway_answer(data: &[u8]) {
    let Some(([choice, status], body)) = data.split_first_chunk::<2>() else { return };
    let status = ["200 OK", "404 Not Found", "503 Service Unavailable"][usize::from(*status) % 3];
    let content_type = if choice & 0x80 == 0 { "application/json" } else { "message/ohttp-res" };
    let said = Server::answering(status, content_type, body, |url| {
        RUNTIME.block_on(async {
            let gateway = Gateway::new(url).expect("an address of this machine");
            ask(&gateway, choice & 0x7f).await.err().map(|error| error.to_string())
        })
    });
    assert!(said.is_none_or(|text| text.len() < 4096), "a gateway's words are cut");
}

async fn ask(gateway: &Gateway, question: u8) -> Result<(), adyton_client::Error> {
    let contract = ContractId([2; 32]);
    match question % 7 {
        0 => gateway.call(&contract, b"sealed").await.map(drop),
        1 => gateway.put_code(b"component").await.map(drop),
        2 => {
            let code = gateway.code(&CodeHash([3; 32])).await;
            assert!(code.is_err(), "nothing has that hash");
            code.map(drop)
        }
        3 => {
            let status = gateway.status(&contract).await?;
            let words = status.status.chars().chain(status.reason.iter().flat_map(|reason| reason.chars()));
            assert!(words.clone().count() < 512 && !words.into_iter().any(char::is_control), "fit to be shown");
            Ok(())
        }
        4 => gateway.anchor(&contract, &[4; 32], 1).await.map(drop),
        5 => gateway.evidence(&WorkerId([5; 32])).await.map(drop),
        _ => gateway.health().await,
    }
}

/// Seeds of [`gateway_answer`].
pub fn gateway_answers() -> Vec<Vec<u8>> {
    let code = format!("{{\"code\":\"0x{}\"}}", "03".repeat(32));
    let refusal = "{\"code\":\"not-held\",\"message\":\"this worker\\u0000 does not hold it\"}";
    let proof = "{\"proof\":\"0x8701\"}";
    let ready = "{\"status\":\"ready\",\"reason\":null}";
    let id = format!("0x{}", "05".repeat(32));
    let statement = json!({
        "network": id, "worker": id, "operator": id, "role": "worker", "signing_key": id, "encryption_key": id,
        "config": id, "recent": { "number": 7, "hash": id },
    });
    let evidence = json!({ "statement": statement, "kind": "intel-tdx", "evidence": "0x04", "collateral": "0x" });
    let evidence = evidence.to_string();
    [
        (0x80u8, 0u8, "sealed"),
        (0, 1, refusal),
        (1, 0, &code),
        (2, 0, "\0asm"),
        (3, 0, ready),
        (4, 0, proof),
        (5, 0, &evidence),
        (6, 2, refusal),
    ]
    .map(|(choice, status, body)| [&[choice, status], body.as_bytes()].concat())
    .to_vec()
}
