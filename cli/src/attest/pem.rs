//! PEM (RFC 7468), read and written.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The characters of a line.
const LINE: usize = 64;
/// The most certificates of one text.
const MOST_CERTIFICATES: usize = 16;

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

/// The blocks of a text, each with its label; `None` if anything else is in it, or too many.
pub fn blocks(bytes: &[u8]) -> Option<Vec<(&str, Vec<u8>)>> {
    let mut rest = std::str::from_utf8(bytes).ok()?.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (label, after) = rest.strip_prefix("-----BEGIN ")?.split_once("-----")?;
        let (body, after) = after.split_once(&format!("-----END {label}-----"))?;
        found.push((label, decode(body)?));
        if found.len() > MOST_CERTIFICATES {
            return None;
        }
        rest = after.trim_start();
    }
    Some(found)
}

/// The certificates (DER) of a text that has nothing else.
pub fn certificates(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let certificates = |(label, der): (&str, Vec<u8>)| if label == "CERTIFICATE" { Some(der) } else { None };
    blocks(bytes)?.into_iter().map(certificates).collect()
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
    fn what_is_not_pem_is_none() {
        let one = encode("CERTIFICATE", &[0x30, 0]);
        for text in [format!("{one}words"), one.replace("END", "STOP"), one.repeat(17), one.replace("MAA", "M")] {
            assert!(blocks(text.as_bytes()).is_none(), "{text}");
        }
        assert!(blocks(&[0xff]).is_none());
    }

    #[test]
    fn certificates_of_signed_xml_are_found_in_their_order() {
        let xml =
            "<a><ds:X509Certificate>MAA=\n</ds:X509Certificate><b/><ds:X509Certificate>MAEA</ds:X509Certificate></a>";
        assert_eq!(of_signed_xml(xml), [vec![0x30, 0], vec![0x30, 1, 0]]);
        assert!(of_signed_xml("<a/>").is_empty());
    }
}
