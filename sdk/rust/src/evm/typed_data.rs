//! Messages that a contract in Solidity checks with `ecrecover`: texts and bytes of EIP-191, structures of EIP-712.

use super::{
    Address, Hash,
    abi::{self, Type, Value},
    keccak256,
};
use crate::Error;

/// For whom a structure is signed (EIP-712): the same structure for another one has another digest. What is none is not
/// part of it, as the standard has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domain {
    /// The name of the protocol or program.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The chain where it is checked.
    pub chain_id: Option<u64>,
    /// The contract that checks it.
    pub verifying_contract: Option<Address>,
    /// 32 bytes more, to tell protocols apart.
    pub salt: Option<Hash>,
}

impl Domain {
    /// The hash that stands for it in each digest.
    pub fn separator(&self) -> Result<Hash, Error> {
        let fields = [
            ("string name", self.name.clone().map(Value::String)),
            ("string version", self.version.clone().map(Value::String)),
            ("uint256 chainId", self.chain_id.map(Value::from)),
            ("address verifyingContract", self.verifying_contract.map(Value::from)),
            ("bytes32 salt", self.salt.map(Value::from)),
        ];
        let (names, values): (Vec<_>, Vec<_>) =
            fields.into_iter().filter_map(|(name, value)| Some((name, value?))).unzip();
        struct_hash(&format!("EIP712Domain({})", names.join(",")), &values)
    }
}

/// The hash of a structure (EIP-712): `definition` is its encoded type, such as `Price(string pair,uint256 value)`,
/// and `values` its members in their order. A member that is a structure itself is given by its own hash, as
/// [`Value::Bytes`] of 32 bytes, and its definition stands behind the first one, as the standard has it.
///
/// `Error::Invalid` if the members are not those of the definition.
pub fn struct_hash(definition: &str, values: &[Value]) -> Result<Hash, Error> {
    let invalid = || Error::Invalid(format!("'{definition}' is not the type of these members"));
    let (_, rest) = definition.split_once('(').ok_or_else(invalid)?;
    let (members, _) = rest.split_once(')').ok_or_else(invalid)?;
    let members: Vec<&str> = members.split(',').filter(|member| !member.is_empty()).collect();
    if members.len() != values.len() {
        return Err(invalid());
    }
    let mut encoded = keccak256(definition.as_bytes()).0.to_vec();
    for (member, value) in members.iter().zip(values) {
        let (kind, _name) = member.split_once(' ').ok_or_else(invalid)?;
        // The name of a structure begins with a capital letter in every type that is not one of Solidity's own.
        let kind = if kind.starts_with(|c: char| c.is_ascii_uppercase()) && !kind.contains('[') {
            Type::FixedBytes(32)
        } else {
            Type::parse(kind)?
        };
        encoded.extend_from_slice(&member_word(&kind, value)?);
    }
    Ok(keccak256(&encoded))
}

/// The digest of a structure for a domain: what [`Key::sign`](super::Key::sign) signs.
pub fn typed_digest(domain: &Domain, struct_hash: Hash) -> Result<Hash, Error> {
    Ok(keccak256(&[&[0x19, 0x01][..], &domain.separator()?.0, &struct_hash.0].concat()))
}

/// The digest of a message as wallets sign it (EIP-191, version `E`): no transaction and no structure has it.
pub fn personal_digest(message: &[u8]) -> Hash {
    let head = format!("\x19Ethereum Signed Message:\n{}", message.len());
    keccak256(&[head.as_bytes(), message].concat())
}

/// A member takes 32 bytes: bytes and texts their hash, and arrays that of their elements.
fn member_word(kind: &Type, value: &Value) -> Result<[u8; 32], Error> {
    match (kind, value) {
        (Type::Bytes, Value::Bytes(content)) => Ok(keccak256(content).0),
        (Type::String, Value::String(text)) => Ok(keccak256(text.as_bytes()).0),
        (Type::Array(element, length), Value::Array(values)) if length.is_none_or(|length| length == values.len()) => {
            let words: Result<Vec<_>, _> = values.iter().map(|value| member_word(element, value)).collect();
            Ok(keccak256(&words?.concat()).0)
        }
        _ => abi::word(kind, value),
    }
}
