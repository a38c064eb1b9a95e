//! Signed CBOR for people: AWS's documents and Arm's tokens (RFC 9052). The verifiers read them strictly.

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::{object, text};
use crate::attest::der::Certificate;

/// The most bytes that are read as CBOR; documents have 5 KiB.
const MAX_BYTES: usize = 64 * 1024;
/// The deepest nesting.
const DEPTH: usize = 16;

fn read(bytes: &[u8]) -> Result<Cbor, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("it has {} bytes, and at most {MAX_BYTES} are read", bytes.len()));
    }
    let value: Result<Cbor, _> = ciborium::de::from_reader_with_recursion_limit(bytes, DEPTH);
    value.map_err(|_| "it is not CBOR".into())
}

/// What a `COSE_Sign1` signs, and its algorithm.
fn payload(message: Cbor) -> Result<(Cbor, Value), String> {
    let form = || String::from("it is not a signed message (COSE_Sign1)");
    let message = match message {
        Cbor::Tag(_, inside) => *inside,
        other => other,
    };
    let [protected, _, payload, _] =
        <[Cbor; 4]>::try_from(message.into_array().map_err(|_| form())?).map_err(|_| form())?;
    let header = read(&protected.into_bytes().map_err(|_| form())?)?;
    let algorithm = header.as_map().and_then(|map| map.iter().find(|(name, _)| *name == Cbor::from(1)));
    let algorithm = algorithm.map_or(Value::Null, |(_, value)| shown(value));
    Ok((read(&payload.into_bytes().map_err(|_| form())?)?, algorithm))
}

/// A Nitro document.
pub fn nitro(bytes: &[u8]) -> Result<Value, String> {
    let (content, algorithm) = payload(read(bytes)?)?;
    let fields = content.into_map().map_err(|_| "its content is not a map")?;
    let field = |(name, value): &(Cbor, Cbor)| {
        let name = name.as_text().unwrap_or("?").to_owned();
        let value = match (name.as_str(), value) {
            ("certificate", Cbor::Bytes(der)) => certificate(der),
            ("cabundle", Cbor::Array(ders)) => {
                ders.iter().map(|der| certificate(der.as_bytes().map(Vec::as_slice).unwrap_or_default())).collect()
            }
            (_, value) => shown(value),
        };
        (name, value)
    };
    Ok(json!({ "algorithm": algorithm, "document": object(fields.iter().map(field)) }))
}

/// A CCA token: the platform's and the realm's claims by the numbers of their names.
pub fn cca(bytes: &[u8]) -> Result<Value, String> {
    let collection = match read(bytes)? {
        Cbor::Tag(_, inside) => *inside,
        other => other,
    };
    let entries = collection.into_map().map_err(|_| "it is not a collection of tokens")?;
    // Claims alone, which nobody signed.
    if entries.iter().all(|(_, value)| !value.is_bytes() && !value.is_array()) {
        return Ok(json!({ "claims": claims(entries) }));
    }
    let entry = |(name, value): (Cbor, Cbor)| -> Result<(String, Value), String> {
        let name = match name.as_integer().map(i128::from) {
            Some(44234) => "platform".to_owned(),
            Some(44241) => "realm".to_owned(),
            _ => scalar(&name),
        };
        let bytes = match value {
            Cbor::Array(parts) => parts.into_iter().find_map(|part| part.into_bytes().ok()),
            other => other.into_bytes().ok(),
        };
        let Some(bytes) = bytes else { return Ok((name, Value::Null)) };
        let (content, algorithm) = payload(read(&bytes)?)?;
        let content = content.into_map().map_err(|_| "its claims are not a map")?;
        Ok((name, json!({ "algorithm": algorithm, "claims": claims(content) })))
    };
    Ok(object(entries.into_iter().map(entry).collect::<Result<Vec<_>, String>>()?))
}

/// Names that people know the claims of a token by (RFC 9711, and Arm's).
const CLAIMS: [(i128, &str); 16] = [
    (10, "challenge"),
    (256, "instance_id"),
    (265, "profile"),
    (2395, "security_lifecycle"),
    (2396, "implementation_id"),
    (2399, "software_components"),
    (2400, "verification_service"),
    (2401, "configuration"),
    (2402, "hash_algorithm"),
    (44235, "personalization"),
    (44236, "hash_algorithm"),
    (44237, "public_key"),
    (44238, "initial_measurement"),
    (44239, "extensible_measurements"),
    (44240, "public_key_hash_algorithm"),
    (44242, "platform_hash"),
];

fn claims(entries: Vec<(Cbor, Cbor)>) -> Value {
    let claim = |(name, value): &(Cbor, Cbor)| {
        let number = name.as_integer().map(i128::from);
        let known = CLAIMS.iter().find(|(known, _)| Some(*known) == number).map(|(_, name)| (*name).to_owned());
        (known.unwrap_or_else(|| scalar(name)), shown(value))
    };
    object(entries.iter().map(claim))
}

fn certificate(der: &[u8]) -> Value {
    match Certificate::read(der) {
        Some(certificate) => {
            json!(format!("{} ({} to {})", certificate.common_name(), certificate.validity[0], certificate.validity[1]))
        }
        None => json!(hex::encode(der)),
    }
}

/// Bytes in hexadecimal digits, names as text.
fn shown(value: &Cbor) -> Value {
    match value {
        Cbor::Integer(_) | Cbor::Bytes(_) | Cbor::Float(_) => match value.as_integer().map(i128::from) {
            Some(number) if i64::try_from(number).is_ok() => json!(number as i64),
            _ => Value::String(scalar(value)),
        },
        Cbor::Text(value) => text(value.as_bytes()),
        Cbor::Bool(value) => json!(value),
        Cbor::Tag(_, inside) => shown(inside),
        Cbor::Array(values) => values.iter().map(shown).collect(),
        Cbor::Map(entries) => object(entries.iter().map(|(name, value)| (scalar(name), shown(value)))),
        _ => Value::Null,
    }
}

fn scalar(value: &Cbor) -> String {
    match value {
        Cbor::Integer(number) => i128::from(*number).to_string(),
        Cbor::Bytes(bytes) => hex::encode(bytes),
        Cbor::Text(value) => crate::attest::der::printable(value),
        Cbor::Float(value) => value.to_string(),
        _ => "?".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &Cbor) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    fn signed(content: &Cbor) -> Cbor {
        let header = encoded(&Cbor::Map(vec![(1.into(), (-35).into())]));
        Cbor::Array(vec![header.into(), Cbor::Map(vec![]), encoded(content).into(), vec![0u8; 96].into()])
    }

    #[test]
    fn a_documents_fields_are_shown_by_name() {
        let pcrs = Cbor::Map(vec![(0.into(), vec![0xabu8; 48].into())]);
        let content = Cbor::Map(vec![
            ("module_id".into(), "i-1-enc2".into()),
            ("pcrs".into(), pcrs),
            ("certificate".into(), vec![1u8].into()),
        ]);
        let shown = nitro(&encoded(&signed(&content))).unwrap();
        assert_eq!((&shown["algorithm"], &shown["document"]["module_id"]), (&json!(-35), &json!("i-1-enc2")));
        assert_eq!(shown["document"]["pcrs"]["0"], "ab".repeat(48));
        assert_eq!(shown["document"]["certificate"], "01");
    }

    #[test]
    fn a_tokens_claims_are_shown_by_name() {
        let claims = Cbor::Map(vec![(10.into(), vec![1u8; 2].into()), (9999.into(), "x\n".into())]);
        let message = Cbor::Tag(18, Box::new(signed(&claims)));
        let token = Cbor::Map(vec![(44241.into(), encoded(&message).into())]);
        let shown = cca(&encoded(&Cbor::Tag(399, Box::new(token)))).unwrap();
        assert_eq!(shown["realm"]["claims"], json!({ "challenge": "0101", "9999": "x" }));
    }

    #[test]
    fn what_is_not_signed_cbor_is_refused() {
        let deep = vec![0x81; 40];
        for bytes in [&b""[..], &[0x84], &encoded(&Cbor::Array(vec![])), &deep, &vec![0; MAX_BYTES + 1]] {
            assert!(nitro(bytes).is_err() && cca(bytes).is_err());
        }
    }
}
