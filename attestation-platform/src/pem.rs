//! Certificates in PEM, as services write them: one after the other, with any line ends.

use base64::{Engine, engine::general_purpose::STANDARD};

const MAX_CERTIFICATES: usize = 8;

/// The DER encodings of all certificates of a text; `None` if anything else is in it, or too many.
pub(crate) fn certificates(text: &str) -> Option<Vec<Vec<u8>>> {
    blocks(text, "CERTIFICATE")
}

/// The DER encodings of all blocks of a text, which have to be named `label`.
pub(crate) fn blocks(text: &str, label: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut rest = text.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (content, after) = rest.strip_prefix(&begin)?.split_once(&end)?;
        let characters: String = content.split_ascii_whitespace().collect();
        let der = STANDARD.decode(characters).ok().filter(|der| !der.is_empty())?;
        if found.len() == MAX_CERTIFICATES {
            return None;
        }
        found.push(der);
        rest = after.trim_start();
    }
    Some(found)
}

/// One certificate in PEM (RFC 7468).
pub(crate) fn encode(der: &[u8]) -> String {
    let characters = STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (index, character) in characters.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_read_whatever_their_line_ends() {
        let one = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQF\n-----END CERTIFICATE-----\n";
        let two = format!("{one}{}", one.replace('\n', "\r\n"));
        assert_eq!(certificates(&two).unwrap(), [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]]);
        assert!(certificates("").unwrap().is_empty());
    }

    #[test]
    fn what_was_written_is_read() {
        for length in [1, 48, 49, 96, 1500] {
            let der = vec![0x30; length];
            assert_eq!(certificates(&encode(&der)).unwrap(), [der]);
        }
    }

    #[test]
    fn what_is_not_a_certificate_is_refused() {
        let one = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
        assert!(certificates(&one.repeat(MAX_CERTIFICATES + 1)).is_none());
        for text in
            ["words", "-----BEGIN CERTIFICATE-----\nAAEC\n", "-----BEGIN X509 CRL-----\nAAEC\n-----END X509 CRL-----"]
        {
            assert!(certificates(text).is_none(), "{text}");
        }
        assert!(certificates(&format!("{one}words")).is_none());
    }
}
