//! Certificates (RFC 5280 §4), version 3 only.

use alloc::vec::Vec;
use der::{Tag, TagNumber, asn1::ObjectIdentifier};

use super::{
    Fault, Window, algorithm,
    asn1::{Fields, NotDer, Serial, context_specific},
};
use crate::signature::{PublicKey, Scheme, SignatureVerifier};

/// The key signs what is not a certificate or list.
pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
/// The key signs certificates.
pub(crate) const KEY_CERT_SIGN: u8 = 0x04;
/// The key signs revocation lists.
pub(crate) const CRL_SIGN: u8 = 0x02;

/// The most extensions that a certificate is read with.
const MOST_EXTENSIONS: usize = 24;

const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A parsed certificate, borrowed from its encoding.
#[derive(Debug)]
pub(crate) struct Certificate<'a> {
    /// What the issuer signed, as it stands in the encoding.
    signed: &'a [u8],
    pub(crate) scheme: Scheme,
    signature: Vec<u8>,
    pub(crate) serial: Serial,
    /// The issuer's name, encoded.
    pub(crate) issuer: &'a [u8],
    /// The subject's name, encoded.
    pub(crate) subject: &'a [u8],
    pub(crate) validity: Window,
    pub(crate) public_key: PublicKey<'a>,
    /// What the basic constraints say; `None` if there are none.
    pub(crate) is_authority: Option<bool>,
    /// How many authorities may stand below this one.
    pub(crate) path_length: Option<u16>,
    /// The first eight bits of the key usage; `None` if there is none.
    pub(crate) key_usage: Option<u8>,
    extensions: Vec<Extension<'a>>,
}

#[derive(Debug)]
struct Extension<'a> {
    oid: ObjectIdentifier,
    value: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Parses one DER certificate of at most `most` bytes. Critical extensions other than basic constraints and key
    /// usage must be among those that the caller has `understood`, and therefore reads.
    pub(crate) fn parse(encoding: &'a [u8], most: usize, understood: &[ObjectIdentifier]) -> Result<Self, Fault> {
        Fault::require_length(encoding, most)?;
        let mut outer = Fields::of_sequence(encoding)?;
        let signed = outer.next_encoded(Tag::Sequence)?;
        let algorithm = outer.next_encoded(Tag::Sequence)?;
        let scheme = algorithm::scheme(Fields::of_sequence(algorithm)?)?;
        let signature = algorithm::signature(scheme, outer.next(Tag::BitString)?)?;
        outer.finish()?;

        let mut fields = Fields::of_sequence(signed)?;
        require_version_3(fields.next(context_specific(TagNumber::N0))?)?;
        let serial = fields.serial()?;
        if fields.next_encoded(Tag::Sequence)? != algorithm {
            return Err(Fault::Malformed); // RFC 5280 §4.1.1.2: both name the same
        }
        let issuer = fields.next_encoded(Tag::Sequence)?;
        let validity = validity(fields.sequence()?)?;
        let subject = fields.next_encoded(Tag::Sequence)?;
        let public_key = algorithm::public_key(fields.sequence()?)?;
        let extensions = fields.next(context_specific(TagNumber::N3))?;
        fields.finish()?;

        let mut certificate = Self {
            signed,
            scheme,
            signature,
            serial,
            issuer,
            subject,
            validity,
            public_key,
            is_authority: None,
            path_length: None,
            key_usage: None,
            extensions: Vec::new(),
        };
        certificate.read_extensions(extensions, understood)?;
        Ok(certificate)
    }

    fn read_extensions(&mut self, contents: &'a [u8], understood: &[ObjectIdentifier]) -> Result<(), Fault> {
        let mut list = Fields::of_sequence(contents)?;
        while !list.is_empty() {
            let (oid, critical, value) = extension(list.sequence()?)?;
            if self.extension(oid).is_some() || self.extensions.len() == MOST_EXTENSIONS {
                return Err(Fault::Extension);
            }
            self.extensions.push(Extension { oid, value });
            if oid == KEY_USAGE {
                self.key_usage = Some(key_usage(value)?);
            } else if oid == BASIC_CONSTRAINTS {
                let (is_authority, path_length) = basic_constraints(value)?;
                self.is_authority = Some(is_authority);
                self.path_length = path_length;
            } else if critical && !understood.contains(&oid) {
                return Err(Fault::Extension);
            }
        }
        Ok(())
    }

    /// The contents of the extension `oid`.
    pub(crate) fn extension(&self, oid: ObjectIdentifier) -> Option<&'a [u8]> {
        self.extensions.iter().find(|extension| extension.oid == oid).map(|extension| extension.value)
    }

    /// The one common name of the subject.
    pub(crate) fn common_name(&self) -> Result<&'a str, NotDer> {
        common_name(self.subject)
    }

    /// Requires an authority that may sign certificates, with at least `below` more authorities under it.
    pub(crate) fn require_authority(&self, below: u16) -> Result<(), Fault> {
        let fits = self.is_authority == Some(true)
            && self.key_usage.is_some_and(|usage| usage & KEY_CERT_SIGN != 0)
            && self.path_length.is_none_or(|length| length >= below);
        if fits { Ok(()) } else { Err(Fault::Usage) }
    }

    /// Requires that nothing says that this may sign certificates, lists or anything but data. What is absent is
    /// no licence for an authority either, but some vendors leave both extensions out of their leaves.
    pub(crate) fn require_leaf(&self) -> Result<(), Fault> {
        let usage = self.key_usage.unwrap_or(DIGITAL_SIGNATURE);
        let fits = self.is_authority != Some(true)
            && self.path_length.is_none()
            && usage & DIGITAL_SIGNATURE != 0
            && usage & (KEY_CERT_SIGN | CRL_SIGN) == 0;
        if fits { Ok(()) } else { Err(Fault::Usage) }
    }

    /// Requires that it names `issuer` (an encoded name), and that `key` signed it.
    pub(crate) fn require_issued_by(
        &self,
        issuer: &[u8],
        key: PublicKey<'_>,
        verifier: &impl SignatureVerifier,
    ) -> Result<(), Fault> {
        if self.issuer != issuer {
            return Err(Fault::Issuer);
        }
        self.require_signature(key, verifier)
    }

    /// Requires that `key` signed this.
    pub(crate) fn require_signature(&self, key: PublicKey<'_>, verifier: &impl SignatureVerifier) -> Result<(), Fault> {
        let fits = verifier.verify(self.scheme, key, self.signed, &self.signature);
        if fits { Ok(()) } else { Err(Fault::Signature) }
    }
}

fn require_version_3(contents: &[u8]) -> Result<(), NotDer> {
    let mut fields = Fields::new(contents)?;
    if fields.small_integer()? != 2 {
        return Err(NotDer);
    }
    fields.finish()
}

fn validity(mut fields: Fields<'_>) -> Result<Window, NotDer> {
    let window = Window { not_before: fields.time()?, not_after: fields.time()? };
    fields.finish()?;
    Ok(window)
}

/// OID, whether critical, contents.
pub(crate) fn extension(mut fields: Fields<'_>) -> Result<(ObjectIdentifier, bool, &[u8]), NotDer> {
    let oid = fields.oid()?;
    let critical = match fields.peek()? {
        // FALSE is the default and must not be written.
        Tag::Boolean if !fields.boolean()? => return Err(NotDer),
        Tag::Boolean => true,
        _ => false,
    };
    let value = fields.next(Tag::OctetString)?;
    fields.finish()?;
    Ok((oid, critical, value))
}

fn key_usage(value: &[u8]) -> Result<u8, NotDer> {
    let mut fields = Fields::new(value)?;
    let bits = fields.next(Tag::BitString)?;
    fields.finish()?;
    match bits {
        [unused @ 0..=7, usage] if usage & ((1 << unused) - 1) == 0 => Ok(*usage),
        _ => Err(NotDer),
    }
}

fn basic_constraints(value: &[u8]) -> Result<(bool, Option<u16>), NotDer> {
    let mut fields = Fields::of_sequence(value)?;
    let is_authority = !fields.is_empty() && fields.peek()? == Tag::Boolean;
    if is_authority && !fields.boolean()? {
        return Err(NotDer);
    }
    let path_length = if fields.is_empty() { None } else { Some(fields.small_integer()?) };
    fields.finish()?;
    Ok((is_authority, path_length))
}

/// The one common name in an encoded `Name`.
pub(crate) fn common_name(name: &[u8]) -> Result<&str, NotDer> {
    let mut found = None;
    let mut sets = Fields::of_sequence(name)?;
    while !sets.is_empty() {
        let mut attributes = Fields::new(sets.next(Tag::Set)?)?;
        while !attributes.is_empty() {
            let mut attribute = attributes.sequence()?;
            let is_common_name = attribute.oid()? == COMMON_NAME;
            let tag = attribute.peek()?;
            let value = attribute.next(tag)?;
            attribute.finish()?;
            if !is_common_name {
                continue;
            }
            if !matches!(tag, Tag::Utf8String | Tag::PrintableString) || found.is_some() {
                return Err(NotDer);
            }
            found = Some(core::str::from_utf8(value).map_err(|_| NotDer)?);
        }
    }
    found.ok_or(NotDer)
}
