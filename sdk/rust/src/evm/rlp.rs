//! RLP, the encoding of transactions (Ethereum Yellow Paper, appendix B). Nothing that arrives here is RLP, so it is
//! never decoded.

use super::U256;

/// Bytes.
pub(super) fn bytes(content: &[u8]) -> Vec<u8> {
    match content {
        [byte] if *byte < 0x80 => vec![*byte],
        _ => headed(0x80, content),
    }
}

/// A number: its bytes without leading zeros.
pub(super) fn number(value: impl Into<U256>) -> Vec<u8> {
    bytes(value.into().significant())
}

/// A list of what is encoded already.
pub(super) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    headed(0xc0, &items.concat())
}

/// The content behind its length: in the first byte if it is less than 56, otherwise in as many bytes as that one says.
fn headed(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len() as u64;
    let number = U256::from(length);
    let mut out = if length < 56 {
        vec![kind + length as u8]
    } else {
        [&[kind + 55 + number.significant().len() as u8][..], number.significant()].concat()
    };
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification() {
        assert_eq!(bytes(b"dog"), b"\x83dog");
        assert_eq!(list(&[bytes(b"cat"), bytes(b"dog")]), b"\xc8\x83cat\x83dog");
        assert_eq!(bytes(b""), [0x80]);
        assert_eq!(list(&[]), [0xc0]);
        assert_eq!(number(0_u64), [0x80]);
        assert_eq!(bytes(&[0]), [0]);
        assert_eq!(number(15_u64), [15]);
        assert_eq!(number(1024_u64), [0x82, 4, 0]);
        let nested = list(&[list(&[]), list(&[list(&[])]), list(&[list(&[]), list(&[list(&[])])])]);
        assert_eq!(nested, [0xc7, 0xc0, 0xc1, 0xc0, 0xc3, 0xc0, 0xc1, 0xc0]);
        let text = b"Lorem ipsum dolor sit amet, consectetur adipisicing elit";
        assert_eq!(bytes(text), [&b"\xb8\x38"[..], &text[..]].concat());
    }

    #[test]
    fn lengths_from_56_on_have_bytes_of_their_own() {
        assert_eq!(bytes(&[7; 55])[..2], [0xb7, 7]);
        assert_eq!(bytes(&[7; 56])[..3], [0xb8, 56, 7]);
        assert_eq!(bytes(&[7; 1024])[..4], [0xb9, 4, 0, 7]);
        assert_eq!(list(&[vec![7; 56]])[..3], [0xf8, 56, 7]);
    }
}
