//! The values of JSON-RPC (Ethereum's execution API), read strictly: what is agreed on is what was decoded, so that two
//! spellings of a number are no disagreement.

use serde_json::Value;

use super::{Address, Hash, U256, from_hex};

/// Bytes that show themselves as text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Data(pub(super) Vec<u8>);

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&super::hex(&self.0))
    }
}

pub(super) fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value, String> {
    value.get(name).ok_or_else(|| format!("an answer without {name}"))
}

/// A field that may be missing or `null`.
pub(super) fn optional<T>(
    value: &Value,
    name: &str,
    read: impl Fn(&Value) -> Result<T, String>,
) -> Result<Option<T>, String> {
    value.get(name).filter(|found| !found.is_null()).map(read).transpose()
}

pub(super) fn number(value: &Value) -> Result<U256, String> {
    text(value)?.parse().map_err(|_| "an answer with something else than a number".to_owned())
}

pub(super) fn number_u64(value: &Value) -> Result<u64, String> {
    number(value)?.try_into().map_err(|_| "an answer with too large a number".to_owned())
}

pub(super) fn hash(value: &Value) -> Result<Hash, String> {
    text(value)?.parse().map_err(|_| "an answer with something else than a hash".to_owned())
}

pub(super) fn address(value: &Value) -> Result<Address, String> {
    let text = text(value)?.to_ascii_lowercase();
    text.parse().map_err(|_| "an answer with something else than an address".to_owned())
}

pub(super) fn data(value: &Value) -> Result<Data, String> {
    let bytes = from_hex(text(value)?);
    bytes.map(Data).map_err(|_| "an answer with something else than bytes".to_owned())
}

pub(super) fn array(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().ok_or_else(|| "an answer with something else than a list".to_owned())
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "an answer with something else than a text".to_owned())
}
