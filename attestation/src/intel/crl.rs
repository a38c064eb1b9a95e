//! Certificate revocation lists (RFC 5280 §5), complete ones only.

use alloc::vec::Vec;
use der::{Tag, TagNumber};

use super::{
    asn1::{self, Fields, NotDer},
    window::Window,
};
use crate::{Document, Refusal, signature::SignatureVerifier};

/// The longest list that is read; Intel's have 0.3 to 3.4 KiB.
pub const MAX_CRL_BYTES: usize = 64 * 1024;

/// A revocation list whose issuer signed it.
pub(crate) struct RevocationList {
    pub(crate) window: Window,
    /// Left-padded serial numbers, sorted, each once.
    pub(crate) revoked: Vec<[u8; 20]>,
}

struct Parsed<'a> {
    signed: &'a [u8],
    signature: [u8; 64],
    issuer: &'a [u8],
    window: Window,
    revoked: Vec<[u8; 20]>,
}

impl RevocationList {
    /// Reads the list that the authority named `issuer` signed with `key`.
    pub(crate) fn verify(
        encoding: &[u8],
        document: Document,
        issuer: &[u8],
        key: &[u8; 64],
        verifier: &impl SignatureVerifier,
    ) -> Result<Self, Refusal> {
        if encoding.len() > MAX_CRL_BYTES {
            return Err(Refusal::TooLarge(document));
        }
        let parsed = parse(encoding).map_err(|error| match error {
            ParseError::NotDer => Refusal::Malformed(document),
            ParseError::Extension => Refusal::Extension(document),
        })?;
        if parsed.issuer != issuer {
            return Err(Refusal::Issuer(document));
        }
        if !verifier.verify(key, parsed.signed, &parsed.signature) {
            return Err(Refusal::Signature(document));
        }
        Ok(Self { window: parsed.window, revoked: parsed.revoked })
    }
}

enum ParseError {
    NotDer,
    Extension,
}

impl From<NotDer> for ParseError {
    fn from(_: NotDer) -> Self {
        Self::NotDer
    }
}

fn parse(encoding: &[u8]) -> Result<Parsed<'_>, ParseError> {
    let mut outer = Fields::of_sequence(encoding)?;
    let signed = outer.next_encoded(Tag::Sequence)?;
    asn1::require_ecdsa_sha256(outer.sequence()?)?;
    let signature = asn1::ecdsa_signature(outer.next(Tag::BitString)?)?;
    outer.finish()?;

    let mut fields = Fields::of_sequence(signed)?;
    if fields.small_integer()? != 1 {
        return Err(ParseError::NotDer); // only version 2 has extensions
    }
    asn1::require_ecdsa_sha256(fields.sequence()?)?;
    let issuer = fields.next_encoded(Tag::Sequence)?;
    // RFC 5280 requires nextUpdate; a list without it would never expire.
    let window = Window { not_before: fields.time()?, not_after: fields.time()? };
    let mut revoked = match fields.optional(Tag::Sequence)? {
        Some(entries) => entries_of(entries)?,
        None => Vec::new(),
    };
    let extensions = fields.next(Tag::ContextSpecific { constructed: true, number: TagNumber::N0 })?;
    require_no_critical_extension(Fields::of_sequence(extensions)?)?;
    fields.finish()?;

    revoked.sort_unstable();
    revoked.dedup();
    Ok(Parsed { signed, signature, issuer, window, revoked })
}

fn entries_of(contents: &[u8]) -> Result<Vec<[u8; 20]>, ParseError> {
    let mut revoked = Vec::new();
    let mut entries = Fields::new(contents)?;
    while !entries.is_empty() {
        let mut entry = entries.sequence()?;
        revoked.push(entry.serial()?);
        entry.time()?;
        if let Some(extensions) = entry.optional(Tag::Sequence)? {
            require_no_critical_extension(Fields::new(extensions)?)?;
        }
        entry.finish()?;
    }
    Ok(revoked)
}

/// Critical extensions change what a list means: delta lists, lists for some reasons or some certificates only,
/// indirect lists. None of them is a complete list of this issuer.
fn require_no_critical_extension(mut list: Fields<'_>) -> Result<(), ParseError> {
    while !list.is_empty() {
        let mut extension = list.sequence()?;
        extension.oid()?;
        if extension.peek()? == Tag::Boolean {
            return Err(if extension.boolean()? { ParseError::Extension } else { ParseError::NotDer });
        }
        extension.next(Tag::OctetString)?;
        extension.finish()?;
    }
    Ok(())
}
