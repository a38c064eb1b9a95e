//! What a receipt says about a request that left: digests that anyone with the same bytes can compute.

use adyton_protocol::{domain, ids::Digest, receipt::EgressRecord};
use sha2::{Digest as _, Sha256};

use super::Prepared;

impl Prepared {
    /// The digest of the request: method, URL in normal form, number of fields, each field's name and value,
    /// number of secret fields, each one's name, prefix and the secret's name, then the content. Numbers are
    /// 32 bits, little-endian.
    fn digest(&self) -> Digest {
        let url = self.permit.destination().url();
        let counts = [self.fields.len(), self.secret_fields.len()].map(|count| (count as u32).to_le_bytes());
        let mut parts: Vec<&[u8]> = vec![self.method.as_str().as_bytes(), url.as_bytes(), &counts[0]];
        for (name, value) in &self.fields {
            parts.extend([name.as_str().as_bytes(), value.as_bytes()]);
        }
        parts.push(&counts[1]);
        for field in &self.secret_fields {
            parts.extend([field.name.as_str().as_bytes(), field.prefix.as_bytes(), field.secret.as_bytes()]);
        }
        parts.push(&self.body);
        Digest(domain::hash(domain::EGRESS_REQUEST, &parts))
    }

    /// The record of the request, before any answer came. `certificate` is the peer's, DER.
    pub(super) fn record(&self, certificate: Option<&[u8]>) -> EgressRecord {
        EgressRecord {
            host: self.permit.destination().name(),
            certificate: certificate.map(|der| Digest(Sha256::digest(der).into())),
            request: self.digest(),
            response: response_digest(0, &[], (&Sha256::digest(b"").into(), Extent::Cut)),
        }
    }
}

/// How far an answer was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// To its end.
    Whole,
    /// Not so far: its content is what was read.
    Cut,
}

/// The digest of an answer: status (16 bits, little-endian), number of fields, each field's name and value, the SHA-256
/// of the content, then a byte: 1 if that is all of it, 0 if the answer was not read to its end. Status 0 with no fields
/// and no content stands for no answer.
pub(super) fn response_digest(
    status: u16,
    fields: &[(String, Vec<u8>)],
    (content, extent): (&[u8; 32], Extent),
) -> Digest {
    let (status, count) = (status.to_le_bytes(), (fields.len() as u32).to_le_bytes());
    let mut parts: Vec<&[u8]> = vec![&status, &count];
    for (name, value) in fields {
        parts.extend([name.as_bytes(), value.as_slice()]);
    }
    let extent: &[u8] = match extent {
        Extent::Whole => &[1],
        Extent::Cut => &[0],
    };
    parts.extend([content.as_slice(), extent]);
    Digest(domain::hash(domain::EGRESS_RESPONSE, &parts))
}
