//! The certificate with which an image is signed.
//!
//! The signature section is a CBOR list of maps with `signing_certificate` and `signature`, of which only the first
//! counts; both are lists of numbers, one for each byte. The certificate is PEM.

use base64::{Engine, engine::general_purpose::STANDARD};
use ciborium::Value;

use crate::ImageError;

const WHAT: &str = "the image's signature";
const DEPTH: usize = 8;

/// The certificate (DER) of a signature section.
pub(super) fn of_signature(section: &[u8]) -> Result<Vec<u8>, ImageError> {
    let form = || ImageError::form(WHAT, "another structure", "a list of certificate and signature");
    let mut rest = section;
    let value = ciborium::de::from_reader_with_recursion_limit::<Value, _>(&mut rest, DEPTH).map_err(|_| form())?;
    let first = value.as_array().filter(|_| rest.is_empty()).and_then(|signatures| signatures.first());
    let fields = first.and_then(Value::as_map).ok_or_else(form)?;
    let mut named = fields.iter().filter(|(name, _)| name.as_text() == Some("signing_certificate"));
    match (named.next(), named.next()) {
        (Some((_, certificate)), None) => of_pem(&bytes(certificate).ok_or_else(form)?),
        _ => Err(form()),
    }
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Some(bytes.clone()),
        Value::Array(numbers) => {
            numbers.iter().map(|number| u8::try_from(i128::from(number.as_integer()?)).ok()).collect()
        }
        _ => None,
    }
}

/// The certificate (DER) in a text of one certificate in PEM (RFC 7468). What stands around it is left out, because
/// the tool that signs leaves it out.
pub(super) fn of_pem(text: &[u8]) -> Result<Vec<u8>, ImageError> {
    let form = || ImageError::form("the signing certificate", "another form", "PEM");
    let text = std::str::from_utf8(text).map_err(|_| form())?;
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----").ok_or_else(form)?;
    let (content, _) = rest.split_once("-----END CERTIFICATE-----").ok_or_else(form)?;
    let characters: String = content.split_ascii_whitespace().collect();
    STANDARD.decode(characters).ok().filter(|der| !der.is_empty()).ok_or_else(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----\nAAEC\nAwQF\n-----END CERTIFICATE-----\n";

    fn section(certificate: Value) -> Vec<u8> {
        let entry = vec![
            (Value::from("signing_certificate"), certificate),
            (Value::from("signature"), Value::Array(vec![1.into()])),
        ];
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Array(vec![Value::Map(entry)]), &mut bytes).unwrap();
        bytes
    }

    fn numbers(bytes: &[u8]) -> Value {
        Value::Array(bytes.iter().map(|byte| Value::from(*byte)).collect())
    }

    #[test]
    fn the_certificate_is_found_as_numbers_and_as_bytes() {
        assert_eq!(of_signature(&section(numbers(PEM))).unwrap(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(of_signature(&section(Value::Bytes(PEM.to_vec()))).unwrap(), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn another_structure_is_refused() {
        let good = section(numbers(PEM));
        let far = section(Value::Array(vec![256.into()]));
        for bad in [&good[..good.len() - 1], &[&good[..], &[0]].concat(), &far, &[0x80], &[0x81, 0xA0], &[]] {
            assert!(matches!(of_signature(bad), Err(ImageError::Form { .. })), "{bad:02x?}");
        }
        let text = Value::from("-----BEGIN CERTIFICATE-----");
        assert!(of_signature(&section(text)).is_err());
    }

    #[test]
    fn what_is_not_pem_is_refused() {
        for bad in [&b""[..], b"words", &PEM[..40], b"-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----", &[255]]
        {
            assert!(matches!(of_pem(bad), Err(ImageError::Form { .. })), "{bad:02x?}");
        }
    }
}
