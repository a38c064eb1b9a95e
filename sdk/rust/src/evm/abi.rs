//! What contracts in Solidity are called with and answer (Contract ABI Specification, Solidity documentation).
//!
//! Types are written as there: `uint8` to `uint256`, `address`, `bool`, `bytes1` to `bytes32`, `bytes`, `string`,
//! `T[]`, `T[3]`, and tuples as `(T,U)`. Numbers with a sign are not among them.

use super::{Address, Hash, U256, keccak256};
use crate::Error;

/// Arrays and tuples within each other, at most.
const MAX_DEPTH: usize = 8;
/// Elements of an array whose type says how many.
const MAX_FIXED: usize = 1024;
const WORD: usize = 32;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `uintN`, of this many bits.
    Uint(usize),
    /// `address`
    Address,
    /// `bool`
    Bool,
    /// `bytesN`, of this many bytes.
    FixedBytes(usize),
    /// `bytes`
    Bytes,
    /// `string`
    String,
    /// `T[]`, or `T[N]` with this many elements.
    Array(Box<Type>, Option<usize>),
    /// `(T,U)`
    Tuple(Vec<Type>),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of `uintN`.
    Uint(U256),
    /// Of `address`.
    Address(Address),
    /// Of `bool`.
    Bool(bool),
    /// Of `bytes` and `bytesN`.
    Bytes(Vec<u8>),
    /// Of `string`.
    String(String),
    /// Of arrays and tuples.
    Array(Vec<Value>),
}

/// `values` of the types, with commas between these: `encode("address,uint256", …)`.
///
/// `Error::Invalid` for a type that is none, and for values that are not of these types.
pub fn encode(types: &str, values: &[Value]) -> Result<Vec<u8>, Error> {
    let types = list(types)?;
    sequence(&types.iter().collect::<Vec<_>>(), values)
}

/// What a function is called with: `call("transfer(address,uint256)", …)`. Errors as of [`encode`].
pub fn call(signature: &str, values: &[Value]) -> Result<Vec<u8>, Error> {
    let types = signature.split_once('(').and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
    let Some((_, types)) = types.filter(|(name, _)| !name.is_empty()) else {
        return Err(Error::Invalid(format!("'{signature}' is no function")));
    };
    let mut out = selector(signature).to_vec();
    out.extend(encode(types, values)?);
    Ok(out)
}

/// The first four bytes of a call of this function.
pub fn selector(signature: &str) -> [u8; 4] {
    let hash = keccak256(signature.as_bytes()).0;
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The values of the types that `data` holds.
///
/// `Error::Invalid` for data that ends too soon, whose values together need more bytes than it has, or whose numbers,
/// addresses and truth values do not fit their types. Parts may overlap, though no encoder makes them so. What lies
/// behind the values is not looked at.
pub fn decode(types: &str, data: &[u8]) -> Result<Vec<Value>, Error> {
    let types = list(types)?;
    Reader { data, left: data.len() }.sequence(0, &types.iter().collect::<Vec<_>>())
}

impl Type {
    /// The type that is written like this. `Error::Invalid` for another text, `uint` without bits among them.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match parse(text, 0) {
            Some((found, "")) => Ok(found),
            _ => Err(Error::Invalid(format!("'{text}' is no type"))),
        }
    }

    /// Whether it stands behind the others, and in its place where.
    fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::String | Self::Array(_, None) => true,
            Self::Array(element, Some(_)) => element.is_dynamic(),
            Self::Tuple(members) => members.iter().any(Self::is_dynamic),
            Self::Uint(_) | Self::Address | Self::Bool | Self::FixedBytes(_) => false,
        }
    }

    /// The bytes that it takes in its place.
    fn head(&self) -> usize {
        match self {
            Self::Array(element, Some(length)) if !element.is_dynamic() => element.head().saturating_mul(*length),
            Self::Tuple(members) if !self.is_dynamic() => members.iter().map(Self::head).fold(0, usize::saturating_add),
            _ => WORD,
        }
    }
}

macro_rules! values {
    ($($from:ty => $given:ident $value:expr;)*) => { $(
        impl From<$from> for Value {
            fn from($given: $from) -> Self {
                $value
            }
        }
    )* };
}

values! {
    U256 => number Self::Uint(number);
    u128 => number Self::Uint(number.into());
    u64 => number Self::Uint(number.into());
    Address => address Self::Address(address);
    bool => truth Self::Bool(truth);
    Hash => hash Self::Bytes(hash.0.to_vec());
    Vec<u8> => bytes Self::Bytes(bytes);
    &str => text Self::String(text.to_owned());
    Vec<Value> => values Self::Array(values);
}

/// The types between the commas.
fn list(types: &str) -> Result<Vec<Type>, Error> {
    if types.is_empty() {
        return Ok(Vec::new());
    }
    match Type::parse(&format!("({types})"))? {
        Type::Tuple(members) => Ok(members),
        _ => Err(Error::Invalid(format!("'{types}' are no types"))),
    }
}

/// A type, and the text behind it.
fn parse(text: &str, mut depth: usize) -> Option<(Type, &str)> {
    let (mut found, mut rest) = match text.strip_prefix('(') {
        Some(members) if depth <= MAX_DEPTH => tuple(members, depth + 1)?,
        Some(_) => return None,
        None => {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
            (elementary(&text[..end])?, &text[end..])
        }
    };
    while let Some(inside) = rest.strip_prefix('[') {
        depth += 1;
        let (length, behind) = inside.split_once(']').filter(|_| depth <= MAX_DEPTH)?;
        let length = if length.is_empty() { None } else { Some(number(length).filter(|it| *it <= MAX_FIXED)?) };
        (found, rest) = (Type::Array(Box::new(found), length), behind);
    }
    Some((found, rest))
}

/// The members of a tuple, and the text behind it.
fn tuple(mut text: &str, depth: usize) -> Option<(Type, &str)> {
    let mut members = Vec::new();
    loop {
        let (member, rest) = parse(text, depth)?;
        members.push(member);
        match rest.strip_prefix(',') {
            Some(next) => text = next,
            None => return Some((Type::Tuple(members), rest.strip_prefix(')')?)),
        }
    }
}

fn elementary(name: &str) -> Option<Type> {
    match name {
        "address" => Some(Type::Address),
        "bool" => Some(Type::Bool),
        "bytes" => Some(Type::Bytes),
        "string" => Some(Type::String),
        _ => match (name.strip_prefix("uint"), name.strip_prefix("bytes")) {
            (Some(bits), _) => number(bits).filter(|bits| *bits <= 256 && bits % 8 == 0).map(Type::Uint),
            (_, Some(length)) => number(length).filter(|length| *length <= WORD).map(Type::FixedBytes),
            _ => None,
        },
    }
}

/// A number of 1 or more, as types have it.
fn number(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

fn mismatch(kind: &Type) -> Error {
    Error::Invalid(format!("a value is not of the type {kind:?}"))
}

/// A value that takes 32 bytes whatever it is.
pub(super) fn word(kind: &Type, value: &Value) -> Result<[u8; WORD], Error> {
    let mut out = [0; WORD];
    match (kind, value) {
        (Type::Uint(bits), Value::Uint(number)) if number.significant().len() * 8 <= *bits => {
            out = number.to_be_bytes();
        }
        (Type::Address, Value::Address(address)) => out[12..].copy_from_slice(&address.0),
        (Type::Bool, Value::Bool(truth)) => out[31] = u8::from(*truth),
        (Type::FixedBytes(length), Value::Bytes(bytes)) if bytes.len() == *length => {
            out[..*length].copy_from_slice(bytes);
        }
        _ => return Err(mismatch(kind)),
    }
    Ok(out)
}

fn length_word(length: usize) -> [u8; WORD] {
    U256::from(length as u64).to_be_bytes()
}

/// Values one behind the other: first what each takes in its place, then what stands behind.
fn sequence(types: &[&Type], values: &[Value]) -> Result<Vec<u8>, Error> {
    if types.len() != values.len() {
        return Err(Error::Invalid(format!("{} values for {} types", values.len(), types.len())));
    }
    let head: usize = types.iter().map(|kind| kind.head()).fold(0, usize::saturating_add);
    let (mut places, mut behind) = (Vec::new(), Vec::new());
    for (kind, value) in types.iter().zip(values) {
        let encoded = encoded(kind, value)?;
        if kind.is_dynamic() {
            places.extend(length_word(head + behind.len()));
            behind.extend(encoded);
        } else {
            places.extend(encoded);
        }
    }
    places.extend(behind);
    Ok(places)
}

fn encoded(kind: &Type, value: &Value) -> Result<Vec<u8>, Error> {
    let sized = |content: &[u8]| {
        let padding = vec![0_u8; content.len().wrapping_neg() % WORD];
        [&length_word(content.len())[..], content, &padding].concat()
    };
    match (kind, value) {
        (Type::Bytes, Value::Bytes(content)) => Ok(sized(content)),
        (Type::String, Value::String(text)) => Ok(sized(text.as_bytes())),
        (Type::Array(element, None), Value::Array(values)) => {
            Ok([&length_word(values.len())[..], &sequence(&vec![&**element; values.len()], values)?].concat())
        }
        (Type::Array(element, Some(length)), Value::Array(values)) => sequence(&vec![&**element; *length], values),
        (Type::Tuple(members), Value::Array(values)) => sequence(&members.iter().collect::<Vec<_>>(), values),
        _ => Ok(word(kind, value)?.to_vec()),
    }
}

/// Reads what another contract has answered: no more bytes in all than it has, so that a short answer cannot stand for a
/// large value.
struct Reader<'a> {
    data: &'a [u8],
    left: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, at: usize, length: usize) -> Result<&'a [u8], Error> {
        let data = self.data;
        let part = at.checked_add(length).and_then(|end| data.get(at..end));
        let left = self.left.checked_sub(length);
        let (Some(part), Some(left)) = (part, left) else {
            return Err(Error::Invalid("the data is shorter than its types".into()));
        };
        self.left = left;
        Ok(part)
    }

    fn word(&mut self, at: usize) -> Result<[u8; WORD], Error> {
        let word = self.take(at, WORD)?.try_into();
        word.map_err(|_| Error::Other("a word of another length".into()))
    }

    /// A length, or where something is: never more than there is data.
    fn number(&mut self, at: usize) -> Result<usize, Error> {
        let number = u64::try_from(U256::from_be_bytes(self.word(at)?)).ok().and_then(|it| usize::try_from(it).ok());
        number.filter(|number| *number <= self.data.len()).ok_or_else(|| {
            Error::Invalid("the data says of a part that it is longer, or further behind, than the data".into())
        })
    }

    fn sequence(&mut self, base: usize, types: &[&Type]) -> Result<Vec<Value>, Error> {
        let (mut values, mut at) = (Vec::new(), base);
        for kind in types {
            let place = if kind.is_dynamic() { base + self.number(at)? } else { at };
            values.push(self.value(kind, place)?);
            at = at.saturating_add(kind.head());
        }
        Ok(values)
    }

    fn value(&mut self, kind: &Type, at: usize) -> Result<Value, Error> {
        match kind {
            Type::Bytes => Ok(Value::Bytes(self.sized(at)?.to_vec())),
            Type::String => {
                let text = String::from_utf8(self.sized(at)?.to_vec());
                Ok(Value::String(text.map_err(|_| Error::Invalid("a string is no UTF-8".into()))?))
            }
            Type::Array(element, Some(length)) => Ok(Value::Array(self.sequence(at, &vec![&**element; *length])?)),
            Type::Array(element, None) => {
                let length = self.number(at)?;
                // Each element takes 32 bytes or more.
                if length > self.left / WORD {
                    return Err(Error::Invalid("an array says that it has more elements than the data".into()));
                }
                Ok(Value::Array(self.sequence(at + WORD, &vec![&**element; length])?))
            }
            Type::Tuple(members) => Ok(Value::Array(self.sequence(at, &members.iter().collect::<Vec<_>>())?)),
            Type::Uint(_) | Type::Address | Type::Bool | Type::FixedBytes(_) => single(kind, self.word(at)?),
        }
    }

    fn sized(&mut self, at: usize) -> Result<&'a [u8], Error> {
        let length = self.number(at)?;
        self.take(at + WORD, length)
    }
}

/// The value of 32 bytes, which have to be those of its encoding.
fn single(kind: &Type, given: [u8; WORD]) -> Result<Value, Error> {
    let value = match kind {
        Type::Address => {
            let mut address = Address::default();
            address.0.copy_from_slice(&given[12..]);
            Value::Address(address)
        }
        Type::Bool => Value::Bool(given[31] == 1),
        Type::FixedBytes(length) => Value::Bytes(given[..*length].to_vec()),
        _ => Value::Uint(U256::from_be_bytes(given)),
    };
    if word(kind, &value)? == given { Ok(value) } else { Err(mismatch(kind)) }
}

#[cfg(test)]
mod tests;
