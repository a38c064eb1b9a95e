//! Certificate revocation lists (RFC 5280 §5), complete ones only.

use alloc::vec::Vec;
use der::{Tag, TagNumber};

use super::{
    Fault, Window, algorithm,
    asn1::{Fields, Serial, context_specific},
    certificate::extension,
};
use crate::signature::{PublicKey, Scheme, SignatureVerifier};

/// A revocation list whose issuer signed it.
#[derive(Debug)]
pub(crate) struct RevocationList {
    /// From `thisUpdate` to `nextUpdate`.
    pub(crate) window: Window,
    /// Sorted, each once.
    pub(crate) revoked: Vec<Serial>,
}

struct Parsed<'a> {
    signed: &'a [u8],
    scheme: Scheme,
    signature: Vec<u8>,
    issuer: &'a [u8],
    list: RevocationList,
}

impl RevocationList {
    /// Reads the list, of at most `most` bytes, that the authority named `issuer` (an encoded name) signed with `key`.
    pub(crate) fn verify(
        encoding: &[u8],
        most: usize,
        issuer: &[u8],
        key: PublicKey<'_>,
        verifier: &impl SignatureVerifier,
    ) -> Result<Self, Fault> {
        Fault::require_length(encoding, most)?;
        let parsed = parse(encoding)?;
        if parsed.issuer != issuer {
            return Err(Fault::Issuer);
        }
        if !verifier.verify(parsed.scheme, key, parsed.signed, &parsed.signature) {
            return Err(Fault::Signature);
        }
        Ok(parsed.list)
    }

    /// Whether it revokes the certificate of this serial number.
    pub(crate) fn revokes(&self, serial: &Serial) -> bool {
        self.revoked.binary_search(serial).is_ok()
    }
}

fn parse(encoding: &[u8]) -> Result<Parsed<'_>, Fault> {
    let mut outer = Fields::of_sequence(encoding)?;
    let signed = outer.next_encoded(Tag::Sequence)?;
    let algorithm = outer.next_encoded(Tag::Sequence)?;
    let scheme = algorithm::scheme(Fields::of_sequence(algorithm)?)?;
    let signature = algorithm::signature(scheme, outer.next(Tag::BitString)?)?;
    outer.finish()?;

    let mut fields = Fields::of_sequence(signed)?;
    if fields.small_integer()? != 1 {
        return Err(Fault::Malformed); // only version 2 has extensions
    }
    if fields.next_encoded(Tag::Sequence)? != algorithm {
        return Err(Fault::Malformed);
    }
    let issuer = fields.next_encoded(Tag::Sequence)?;
    // RFC 5280 requires nextUpdate; a list without it would never expire.
    let window = Window { not_before: fields.time()?, not_after: fields.time()? };
    let mut revoked = match fields.optional(Tag::Sequence)? {
        Some(entries) => entries_of(entries)?,
        None => Vec::new(),
    };
    let extensions = fields.next(context_specific(TagNumber::N0))?;
    require_no_critical_extension(Fields::of_sequence(extensions)?)?;
    fields.finish()?;

    revoked.sort_unstable();
    revoked.dedup();
    Ok(Parsed { signed, scheme, signature, issuer, list: RevocationList { window, revoked } })
}

fn entries_of(contents: &[u8]) -> Result<Vec<Serial>, Fault> {
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

/// The serial numbers in a list that was verified before: sorted, each once.
pub(crate) fn revoked_in(encoding: &[u8]) -> Result<Vec<Serial>, Fault> {
    Ok(parse(encoding)?.list.revoked)
}

/// Critical extensions change what a list means: delta lists, lists for some reasons or some certificates only,
/// indirect lists. None of them is a complete list of this issuer.
fn require_no_critical_extension(mut list: Fields<'_>) -> Result<(), Fault> {
    while !list.is_empty() {
        let (_, critical, _) = extension(list.sequence()?)?;
        if critical {
            return Err(Fault::Extension);
        }
    }
    Ok(())
}
