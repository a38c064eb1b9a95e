//! PEM (RFC 7468), read and written.

use base64::{Engine, engine::general_purpose::STANDARD};
use thiserror::Error;

/// The characters of a line.
const LINE: usize = 64;
/// The most certificates of one text.
const MOST_CERTIFICATES: usize = 16;

/// Why a text is not PEM that can be read. Blocks are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PemFault {
    /// It is not UTF-8.
    #[error("it is not text")]
    NotText,
    /// Something else stands in it.
    #[error("where block {0} should begin stands something else than -----BEGIN and a label")]
    Begin(usize),
    /// A block does not end, or under another label.
    #[error("block {0} has no -----END line with its own label")]
    End(usize),
    /// A block has other characters, or lacks some.
    #[error("block {0} is not Base64, or is cut short")]
    Base64(usize),
    /// There are more than are read.
    #[error("it has more than {MOST_CERTIFICATES} blocks")]
    TooMany,
}

/// One block.
pub fn encode(label: &str, der: &[u8]) -> String {
    let characters = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = characters.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        text += line;
        text.push('\n');
        rest = after;
    }
    text + &format!("-----END {label}-----\n")
}

/// The blocks of a text, each with its label, and nothing else.
pub fn blocks(bytes: &[u8]) -> Result<Vec<(&str, Vec<u8>)>, PemFault> {
    let mut rest = std::str::from_utf8(bytes).map_err(|_| PemFault::NotText)?.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let number = found.len() + 1;
        if number > MOST_CERTIFICATES {
            return Err(PemFault::TooMany);
        }
        let begun = rest.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
        let (label, after) = begun.ok_or(PemFault::Begin(number))?;
        let (body, after) = after.split_once(&format!("-----END {label}-----")).ok_or(PemFault::End(number))?;
        found.push((label, decode(body).ok_or(PemFault::Base64(number))?));
        rest = after.trim_start();
    }
    Ok(found)
}

/// The certificates (DER) of a text that has nothing else.
pub fn certificates(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let certificates = |(label, der): (&str, Vec<u8>)| if label == "CERTIFICATE" { Some(der) } else { None };
    blocks(bytes).ok()?.into_iter().map(certificates).collect()
}

/// The certificates (DER) in the signature of signed XML (W3C XML Signature, `X509Certificate`), in their order.
pub fn of_signed_xml(xml: &str) -> Vec<Vec<u8>> {
    let bodies = xml.split("X509Certificate>").skip(1).step_by(2).take(MOST_CERTIFICATES);
    bodies.filter_map(|body| decode(body.split('<').next()?)).collect()
}

/// Base64 in lines.
fn decode(body: &str) -> Option<Vec<u8>> {
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        for length in [1, 47, 48, 49, 1500] {
            let der = vec![0x30; length];
            let text = encode("CERTIFICATE", &der) + &encode("X509 CRL", &der).replace('\n', "\r\n");
            assert_eq!(blocks(text.as_bytes()).unwrap(), [("CERTIFICATE", der.clone()), ("X509 CRL", der)]);
            assert!(certificates(text.as_bytes()).is_none());
        }
        assert!(blocks(b"").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_pem_is_told_by_the_block_in_which_it_is() {
        let one = encode("CERTIFICATE", &[0x30, 0]);
        for (text, fault) in [
            (format!("{one}words"), PemFault::Begin(2)),
            (one.replace("BEGIN", "START"), PemFault::Begin(1)),
            (one.replace("END", "STOP"), PemFault::End(1)),
            (format!("{one}{}", one.replace("END CERT", "END cert")), PemFault::End(2)),
            (one.replace("MAA", "M"), PemFault::Base64(1)),
            (one.replace("MAA", "M*A"), PemFault::Base64(1)),
            (one.repeat(17), PemFault::TooMany),
        ] {
            assert_eq!(blocks(text.as_bytes()), Err(fault), "{text}");
        }
        assert_eq!(blocks(&[0xff]), Err(PemFault::NotText));
        assert_eq!(blocks(one.repeat(16).as_bytes()).unwrap().len(), 16);
    }

    #[test]
    fn certificates_of_signed_xml_are_found_in_their_order() {
        let xml =
            "<a><ds:X509Certificate>MAA=\n</ds:X509Certificate><b/><ds:X509Certificate>MAEA</ds:X509Certificate></a>";
        assert_eq!(of_signed_xml(xml), [vec![0x30, 0], vec![0x30, 1, 0]]);
        assert!(of_signed_xml("<a/>").is_empty());
    }
}
