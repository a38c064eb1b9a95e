//! The question to a certificate status service, and whether an answer is to that question (RFC 6960, RFC 9654).
//!
//! What the answer says, and whether to believe it, is the verifier's.

use sha2::{Digest, Sha384};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
/// `[0] EXPLICIT`: a certificate's version.
const VERSION: u8 = 0xA0;
/// `[2] EXPLICIT`: the request's extensions.
const EXTENSIONS: u8 = 0xA2;
/// SHA-384 with its empty parameters, which is the hash that NVIDIA's own tools use.
const SHA384: [u8; 15] = [0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00];
/// id-pkix-ocsp-nonce.
const NONCE: [u8; 11] = [0x06, 0x09, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];

/// A question about one certificate; `None` if a certificate cannot be read.
pub(super) fn request(certificate: &[u8], issuer: &[u8], nonce: Option<&[u8; 32]>) -> Option<Vec<u8>> {
    let (certificate, issuer) = (Names::read(certificate)?, Names::read(issuer)?);
    let (name, key) = (Sha384::digest(issuer.subject), Sha384::digest(issuer.key));
    let id = value(SEQUENCE, &[&SHA384, &value(OCTETS, &[&name]), &value(OCTETS, &[&key]), certificate.serial]);
    // requestList of one Request, which has nothing but the certificate's identity.
    let list = value(SEQUENCE, &[&value(SEQUENCE, &[&id])]);
    let extensions = match nonce {
        Some(nonce) => value(EXTENSIONS, &[&value(SEQUENCE, &[&value(SEQUENCE, &[&extension(nonce)])])]),
        None => Vec::new(),
    };
    Some(value(SEQUENCE, &[&value(SEQUENCE, &[&list, &extensions])]))
}

/// What a status service knows a certificate by (RFC 5280, section 4.1).
struct Names<'a> {
    /// With its tag and length.
    serial: &'a [u8],
    /// With its tag and length.
    subject: &'a [u8],
    /// The bits of the public key.
    key: &'a [u8],
}

impl<'a> Names<'a> {
    fn read(certificate: &'a [u8]) -> Option<Self> {
        let mut outside = Fields(certificate);
        let mut certificate = Fields(outside.take(SEQUENCE)?.content);
        let mut fields = Fields(certificate.take(SEQUENCE)?.content);
        if fields.0.first() == Some(&VERSION) {
            fields.take(VERSION)?;
        }
        let serial = fields.take(INTEGER)?.whole;
        for _skipped in ["the signature's algorithm", "the issuer", "the validity"] {
            fields.take(SEQUENCE)?;
        }
        let subject = fields.take(SEQUENCE)?.whole;
        let mut key = Fields(fields.take(SEQUENCE)?.content);
        key.take(SEQUENCE)?;
        let key = key.take(BITS)?.content.strip_prefix(&[0])?;
        outside.0.is_empty().then_some(Self { serial, subject, key })
    }
}

/// DER values in a row.
struct Fields<'a>(&'a [u8]);

struct Field<'a> {
    whole: &'a [u8],
    content: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The next value, which has to have `tag` and at most 65535 bytes.
    fn take(&mut self, tag: u8) -> Option<Field<'a>> {
        let (head, length) = match *self.0 {
            [found, length @ 0..=0x7F, ..] if found == tag => (2, usize::from(length)),
            [found, 0x81, length, ..] if found == tag => (3, usize::from(length)),
            [found, 0x82, high, low, ..] if found == tag => (4, usize::from(u16::from_be_bytes([high, low]))),
            _ => return None,
        };
        let (whole, rest) = self.0.split_at_checked(head + length)?;
        self.0 = rest;
        Some(Field { whole, content: &whole[head..] })
    }
}

/// An extension's name and its content, without the SEQUENCE around them.
fn extension(nonce: &[u8; 32]) -> Vec<u8> {
    [&NONCE[..], &value(OCTETS, &[&value(OCTETS, &[nonce])])].concat()
}

/// Requires that `response` is a successful one and carries `nonce`, if that was asked with.
pub(super) fn require_answer(response: &[u8], nonce: Option<&[u8; 32]>) -> Result<(), String> {
    let mut fields = Fields(response);
    let content = fields.take(SEQUENCE).filter(|_| fields.0.is_empty()).map(|response| response.content);
    match content {
        Some([0x0A, 1, 0, ..]) => (),
        Some([0x0A, 1, code, ..]) => return Err(format!("it refuses with status {code}")),
        _ => return Err("its answer is not an OCSP response".into()),
    }
    let carries = |nonce| {
        let wanted = extension(nonce);
        response.windows(wanted.len()).any(|window| window == wanted)
    };
    if nonce.is_none_or(carries) { Ok(()) } else { Err("its answer does not carry our nonce".into()) }
}

/// A DER value of at most 65535 bytes: all that we write are short.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        length @ 0..=0x7F => out.push(length as u8),
        length @ 0x80..=0xFF => out.extend_from_slice(&[0x81, length as u8]),
        length => {
            let length = u16::try_from(length).expect("what we write is short");
            out.push(0x82);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    out.extend_from_slice(&content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u8, nonce: &[u8; 32]) -> Vec<u8> {
        value(SEQUENCE, &[&[0x0A, 1, status], &value(SEQUENCE, &[&extension(nonce)]), &[0x55; 300]])
    }

    #[test]
    fn an_answer_to_our_question_passes() {
        require_answer(&response(0, &[7; 32]), Some(&[7; 32])).unwrap();
        require_answer(&response(0, &[7; 32]), None).unwrap();
    }

    #[test]
    fn an_answer_to_another_question_a_refusal_and_what_is_no_answer_are_refused() {
        let refused = |response: &[u8]| require_answer(response, Some(&[7; 32])).unwrap_err();
        assert!(refused(&response(0, &[8; 32])).contains("nonce"));
        assert!(refused(&response(6, &[7; 32])).contains("status 6"));
        let good = response(0, &[7; 32]);
        for bad in [&good[..good.len() - 1], &[&good[..], b"x"].concat(), b"", b"<html>"] {
            assert!(refused(bad).contains("not an OCSP response"));
        }
    }
}
