//! The published test vectors, as seeds and as what is true.

use std::sync::LazyLock;

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
#[cfg(feature = "network")]
pub static EVALUATION: LazyLock<Value> = vector!("evaluation");
#[cfg(feature = "network")]
pub static FINALITY: LazyLock<Value> = vector!("finality");
pub static KEY_LABEL: LazyLock<Value> = vector!("key-label");
pub static MANIFEST: LazyLock<Value> = vector!("manifest");
pub static RECEIPT: LazyLock<Value> = vector!("receipt");
pub static STATEMENT: LazyLock<Value> = vector!("statement");

/// Bytes that stand in a vector as hexadecimal digits, with or without `0x`.
pub fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("a vector's bytes are text");
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).expect("a vector's bytes are hexadecimal")
}
