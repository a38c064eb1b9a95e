//! The published test vectors, as seeds and as what is true.

use std::sync::LazyLock;

use adyton_chain_client::verifier::{Checkpoint, FinalizedHeader, verify_finality};
use serde_json::Value;

/// A vector's file.
macro_rules! vector {
    ($name:literal) => {
        LazyLock::new(|| {
            serde_json::from_str(include_str!(concat!("../../specs/vectors/", $name, ".json")))
                .expect("a vector is JSON")
        })
    };
}

pub static ANCHOR: LazyLock<Value> = vector!("anchor");
pub static CALL: LazyLock<Value> = vector!("call");
pub static EVALUATION: LazyLock<Value> = vector!("evaluation");
pub static FINALITY: LazyLock<Value> = vector!("finality");
pub static KEY_LABEL: LazyLock<Value> = vector!("key-label");
pub static MANIFEST: LazyLock<Value> = vector!("manifest");
pub static RECEIPT: LazyLock<Value> = vector!("receipt");
pub static STATEMENT: LazyLock<Value> = vector!("statement");

/// The chain of the finality vector, and what is proven there.
pub struct Finality {
    pub checkpoint: Checkpoint,
    pub header: Vec<u8>,
    pub justification: Vec<u8>,
    pub proof: Vec<Vec<u8>>,
    pub values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub head: FinalizedHeader,
}

pub static CHAIN: LazyLock<Finality> = LazyLock::new(|| {
    let vector = &*FINALITY;
    let checkpoint = serde_json::from_value(vector["checkpoint"].clone()).expect("the vector has a checkpoint");
    let (header, justification) = (bytes(&vector["header"]), bytes(&vector["justification"]));
    let head = verify_finality(&checkpoint, &header, &justification).expect("the vector verifies");
    let list = |name: &str| vector[name].as_array().expect("a list").clone();
    let value = |entry: &Value| (bytes(&entry["key"]), entry["value"].is_string().then(|| bytes(&entry["value"])));
    Finality {
        checkpoint,
        header,
        justification,
        proof: list("proof").iter().map(bytes).collect(),
        values: list("values").iter().map(value).collect(),
        head,
    }
});

/// Bytes that stand in a vector as hexadecimal digits, with or without `0x`.
pub fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("a vector's bytes are text");
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).expect("a vector's bytes are hexadecimal")
}
