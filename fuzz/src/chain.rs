//! What a node says: headers, justifications, storage proofs, JSON answers; and addresses that people type.

use std::sync::LazyLock;

use adyton_chain_client::{
    address,
    rpc::{HttpSource, Source},
    verifier::{Checkpoint, FinalizedHeader, Handover, verify_finality, verify_storage},
};
use adyton_protocol::ids::{AccountId, BlockHash};
use serde_json::Value;

use crate::{
    parts,
    server::{RUNTIME, Server},
    vectors::{self, bytes},
};

/// The chain of the finality vector, and what is proven there.
struct Finality {
    checkpoint: Checkpoint,
    header: Vec<u8>,
    justification: Vec<u8>,
    proof: Vec<Vec<u8>>,
    values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    head: FinalizedHeader,
    /// The last block of the checkpoint's set, and what follows from it.
    handover: (Handover, Checkpoint),
}

static CHAIN: LazyLock<Finality> = LazyLock::new(|| {
    let vector = &*vectors::FINALITY;
    let checkpoint = serde_json::from_value(vector["checkpoint"].clone()).expect("the vector has a checkpoint");
    let (header, justification) = (bytes(&vector["header"]), bytes(&vector["justification"]));
    let head = verify_finality(&checkpoint, &header, &justification).expect("the vector verifies");
    let last = &vector["handover"];
    let next = serde_json::from_value(last["next"].clone()).expect("the vector has what follows");
    let handover = Handover { header: bytes(&last["header"]), justification: bytes(&last["justification"]) };
    let list = |name: &str| vector[name].as_array().expect("a list").clone();
    let value = |entry: &Value| (bytes(&entry["key"]), entry["value"].is_string().then(|| bytes(&entry["value"])));
    Finality {
        checkpoint,
        header,
        justification,
        proof: list("proof").iter().map(bytes).collect(),
        values: list("values").iter().map(value).collect(),
        head,
        handover: (handover, next),
    }
});

/// A header and its justification, in two parts: only the blocks that the authorities signed are final.
pub fn finality(data: &[u8]) {
    let mut rest = data;
    let header = parts::take(&mut rest);
    if let Ok(head) = verify_finality(&CHAIN.checkpoint, header, rest) {
        let (last, next) = &CHAIN.handover;
        if header == last.header {
            assert_eq!(CHAIN.checkpoint.advance(&head).as_ref(), Ok(next), "one set follows, and no other");
        } else {
            assert_eq!(header, CHAIN.header, "only the signed blocks are final");
            assert_eq!(head, CHAIN.head, "and it is read as what it is");
        }
    }
    // Each half against the honest other one.
    assert_eq!(verify_finality(&CHAIN.checkpoint, data, &CHAIN.justification).is_ok(), data == CHAIN.header);
    let _ = verify_finality(&CHAIN.checkpoint, &CHAIN.header, data);
}

/// Seeds of [`finality`].
pub fn finalities() -> Vec<Vec<u8>> {
    let chain = &*CHAIN;
    let mut both = parts::join(std::slice::from_ref(&chain.header));
    both.extend_from_slice(&chain.justification);
    let (last, _) = &chain.handover;
    let mut end = parts::join(std::slice::from_ref(&last.header));
    end.extend_from_slice(&last.justification);
    vec![both, end, chain.header.clone(), chain.justification.clone()]
}

/// The nodes of a storage proof, each a part: they prove what is true, or nothing.
pub fn storage_proof(data: &[u8]) {
    let nodes = parts::all(data);
    for (key, truth) in &CHAIN.values {
        if let Ok(values) = verify_storage(&CHAIN.head, &nodes, std::slice::from_ref(key)) {
            assert_eq!(values.value(key), Ok(truth.as_deref()), "nothing but the truth is proven");
        }
    }
}

/// Seeds of [`storage_proof`].
pub fn storage_proofs() -> Vec<Vec<u8>> {
    vec![parts::join(&CHAIN.proof)]
}

/// A node's answer over HTTP: the first byte chooses the question. It is read or refused, in few words.
pub fn rpc_answer(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let said = Server::answering("200 OK", "application/json", body, |url| {
        let source = HttpSource::new(url).expect("an address of this machine");
        RUNTIME.block_on(ask(&source, choice % 10)).err().map(|error| error.to_string())
    });
    assert!(said.is_none_or(|text| text.len() < 4096), "a node's words are cut");
}

async fn ask(source: &HttpSource, question: u8) -> Result<(), adyton_chain_client::Error> {
    let block = BlockHash([7; 32]);
    match question {
        0 => source.finalized_hash().await.map(drop),
        1 => source.block_hash(7).await.map(drop),
        2 => source.header(block).await.map(drop),
        3 => source.block(block).await.map(drop),
        4 => source.prove_finality(7).await.map(drop),
        5 => source.read_proof(&[vec![7; 32]], block).await.map(drop),
        6 => source.keys_paged(&[7; 32], 10, None, block).await.map(drop),
        7 => source.runtime_version().await.map(drop),
        8 => source.next_nonce(&AccountId([7; 32])).await.map(drop),
        _ => source.submit(&[7; 32]).await,
    }
}

/// Seeds of [`rpc_answer`].
pub fn rpc_answers() -> Vec<Vec<u8>> {
    let hash = format!("\"0x{}\"", "07".repeat(32));
    let header = format!(
        "{{\"parentHash\":{hash},\"number\":\"0x1f4\",\"stateRoot\":{hash},\"extrinsicsRoot\":{hash},\
         \"digest\":{{\"logs\":[\"0x0661757261080102\",\"0x08\"]}}}}"
    );
    let finality = format!("\"0x{}0c01020304{}\"", "07".repeat(32), hex::encode(&CHAIN.header));
    let results = [
        hash.clone(),
        hash.clone(),
        header.clone(),
        format!(
            "{{\"block\":{{\"header\":{header},\"extrinsics\":[\"0x0401\"]}},\"justifications\":[[[70,82,78,75],[1]]]}}"
        ),
        finality,
        format!("{{\"at\":{hash},\"proof\":[\"0x0102\",{hash}]}}"),
        format!("[{hash}]"),
        "{\"specVersion\":1,\"transactionVersion\":2}".into(),
        "12".into(),
        hash,
    ];
    let answer = |(choice, result): (usize, String)| {
        let text = format!("{{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{result}}}");
        [vec![choice as u8], text.into_bytes()].concat()
    };
    let mut seeds: Vec<Vec<u8>> = results.into_iter().enumerate().map(answer).collect();
    seeds.push(b"\0{\"id\":0,\"error\":{\"code\":-1,\"message\":\"no\",\"data\":\"why\"}}".to_vec());
    seeds
}

/// An SS58 address: what is read is written again as the same text.
pub fn address(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(account) = address::decode(text)
    {
        assert_eq!(address::decode(&address::encode(&account)).ok(), Some(account), "what is written reads back");
    }
}

/// Seeds of [`address`].
pub fn addresses() -> Vec<Vec<u8>> {
    vec![address::encode(&AccountId([7; 32])).into_bytes(), format!("0x{}", "07".repeat(32)).into_bytes()]
}
