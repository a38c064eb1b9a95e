//! X.509 certificates in the one profile that Intel's provisioning infrastructure uses.
//! Source: RFC 5280; Intel SGX PCK Certificate and CRL Profile Specification.

use der::{Tag, TagNumber, asn1::ObjectIdentifier};

use super::{
    asn1::{self, Fields, NotDer},
    window::Window,
};
use crate::{Document, Refusal, signature::SignatureVerifier};

/// The longest certificate that is read; Intel's have about 700 to 1300 bytes.
pub const MAX_CERTIFICATE_BYTES: usize = 4096;

/// The common name of the root's role.
pub const ROOT_NAME: &str = "Intel SGX Root CA";
/// The common name of the authority for multi-package platforms, which all TDX platforms are.
pub const PLATFORM_CA_NAME: &str = "Intel SGX PCK Platform CA";
/// The common name of the authority for single-package platforms.
pub const PROCESSOR_CA_NAME: &str = "Intel SGX PCK Processor CA";
/// The common name of a platform's certificate.
pub const PCK_NAME: &str = "Intel SGX PCK Certificate";
/// The common name of the signer of TCB information and enclave identities.
pub const TCB_SIGNER_NAME: &str = "Intel SGX TCB Signing";

/// What a certificate is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Root,
    PckCa,
    Pck,
    TcbSigner,
}

/// A parsed certificate, borrowed from its encoding.
pub(crate) struct Certificate<'a> {
    document: Document,
    /// What the issuer signed, as it stands in the encoding.
    signed: &'a [u8],
    signature: [u8; 64],
    /// Left-padded serial number.
    pub(crate) serial: [u8; 20],
    /// The issuer's name, encoded.
    pub(crate) issuer: &'a [u8],
    /// The subject's name, encoded.
    pub(crate) subject: &'a [u8],
    common_name: &'a str,
    pub(crate) validity: Window,
    /// x ‖ y.
    pub(crate) public_key: [u8; 64],
    extensions: Extensions<'a>,
}

#[derive(Default)]
struct Extensions<'a> {
    is_authority: Option<bool>,
    path_length: Option<u16>,
    key_usage: Option<u8>,
    sgx: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// Parses one DER certificate; `document` is what refusals call it.
    pub(crate) fn parse(encoding: &'a [u8], document: Document) -> Result<Self, Refusal> {
        if encoding.len() > MAX_CERTIFICATE_BYTES {
            return Err(Refusal::TooLarge(document));
        }
        parse(encoding, document).map_err(|error| match error {
            ParseError::NotDer => Refusal::Malformed(document),
            ParseError::Extension => Refusal::Extension(document),
        })
    }

    /// The common name of the subject.
    pub(crate) fn common_name(&self) -> &'a str {
        self.common_name
    }

    /// The contents of Intel's SGX extension.
    pub(crate) fn sgx_extension(&self) -> Option<&'a [u8]> {
        self.extensions.sgx
    }

    /// Requires the name and the usage of `role`.
    pub(crate) fn require_role(&self, role: Role) -> Result<(), Refusal> {
        let names: &[&str] = match role {
            Role::Root => &[ROOT_NAME],
            Role::PckCa => &[PLATFORM_CA_NAME, PROCESSOR_CA_NAME],
            Role::Pck => &[PCK_NAME],
            Role::TcbSigner => &[TCB_SIGNER_NAME],
        };
        if !names.contains(&self.common_name) {
            return Err(Refusal::CertificateName(self.document));
        }
        if self.usage_fits(role) { Ok(()) } else { Err(Refusal::CertificateUsage(self.document)) }
    }

    fn usage_fits(&self, role: Role) -> bool {
        const DIGITAL_SIGNATURE: u8 = 0x80;
        const AUTHORITY: u8 = 0x04 | 0x02; // keyCertSign, cRLSign
        let usage = self.extensions.key_usage.unwrap_or(0);
        let is_authority = self.extensions.is_authority == Some(true) && usage & AUTHORITY == AUTHORITY;
        match role {
            Role::Root => is_authority && self.extensions.path_length.is_none_or(|length| length >= 1),
            Role::PckCa => is_authority && self.extensions.path_length == Some(0),
            Role::Pck | Role::TcbSigner => {
                self.extensions.is_authority == Some(false)
                    && self.extensions.path_length.is_none()
                    && usage & DIGITAL_SIGNATURE != 0
                    && usage & AUTHORITY == 0
            }
        }
    }

    /// Requires that the issuer has the name `issuer` and the key `key`, and signed this.
    pub(crate) fn require_issuer(
        &self,
        issuer: Issuer<'_>,
        key: &[u8; 64],
        verifier: &impl SignatureVerifier,
    ) -> Result<(), Refusal> {
        let fits = match issuer {
            Issuer::Name(name) => self.issuer == name,
            Issuer::Root => common_name(self.issuer) == Ok(ROOT_NAME),
        };
        if !fits {
            return Err(Refusal::Issuer(self.document));
        }
        self.require_signature(verifier, key)
    }

    /// Requires that `key` signed this.
    pub(crate) fn require_signature(&self, verifier: &impl SignatureVerifier, key: &[u8; 64]) -> Result<(), Refusal> {
        if verifier.verify(key, self.signed, &self.signature) { Ok(()) } else { Err(Refusal::Signature(self.document)) }
    }
}

/// Whom a certificate has to name as its issuer.
#[derive(Clone, Copy)]
pub(crate) enum Issuer<'a> {
    /// Exactly this encoded name.
    Name(&'a [u8]),
    /// A root, of which only the key is pinned.
    Root,
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

fn parse(encoding: &[u8], document: Document) -> Result<Certificate<'_>, ParseError> {
    let mut outer = Fields::of_sequence(encoding)?;
    let signed = outer.next_encoded(Tag::Sequence)?;
    asn1::require_ecdsa_sha256(outer.sequence()?)?;
    let signature = asn1::ecdsa_signature(outer.next(Tag::BitString)?)?;
    outer.finish()?;

    let mut fields = Fields::of_sequence(signed)?;
    require_version_3(fields.next(context_specific(TagNumber::N0))?)?;
    let serial = fields.serial()?;
    asn1::require_ecdsa_sha256(fields.sequence()?)?;
    let issuer = fields.next_encoded(Tag::Sequence)?;
    let validity = validity(fields.sequence()?)?;
    let subject = fields.next_encoded(Tag::Sequence)?;
    let public_key = public_key(fields.sequence()?)?;
    let extensions = extensions(fields.next(context_specific(TagNumber::N3))?)?;
    fields.finish()?;

    let common_name = common_name(subject)?;
    Ok(Certificate {
        document,
        signed,
        signature,
        serial,
        issuer,
        subject,
        common_name,
        validity,
        public_key,
        extensions,
    })
}

const fn context_specific(number: TagNumber) -> Tag {
    Tag::ContextSpecific { constructed: true, number }
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

/// An uncompressed point on P-256 (RFC 5480 §2). Whether it is on the curve is the verifier's to say.
fn public_key(mut fields: Fields<'_>) -> Result<[u8; 64], NotDer> {
    const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
    const PRIME256V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
    let mut algorithm = fields.sequence()?;
    if algorithm.oid()? != EC_PUBLIC_KEY || algorithm.oid()? != PRIME256V1 {
        return Err(NotDer);
    }
    algorithm.finish()?;
    let point = asn1::whole_octets(fields.next(Tag::BitString)?)?;
    fields.finish()?;
    match point {
        [4, coordinates @ ..] => coordinates.try_into().map_err(|_| NotDer),
        _ => Err(NotDer),
    }
}

/// The one common name in an encoded `Name`.
fn common_name(name: &[u8]) -> Result<&str, NotDer> {
    const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
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

fn extensions(contents: &[u8]) -> Result<Extensions<'_>, ParseError> {
    const MOST: usize = 16;
    let mut found = Extensions::default();
    let mut seen: [Option<ObjectIdentifier>; MOST] = [None; MOST];
    let mut list = Fields::of_sequence(contents)?;
    let mut count = 0;
    while !list.is_empty() {
        let mut extension = list.sequence()?;
        let oid = extension.oid()?;
        let critical = match extension.peek()? {
            // FALSE is the default and must not be written.
            Tag::Boolean if !extension.boolean()? => return Err(ParseError::NotDer),
            Tag::Boolean => true,
            _ => false,
        };
        let value = extension.next(Tag::OctetString)?;
        extension.finish()?;

        if seen.contains(&Some(oid)) {
            return Err(ParseError::Extension);
        }
        *seen.get_mut(count).ok_or(ParseError::Extension)? = Some(oid);
        count += 1;
        read_extension(&mut found, oid, critical, value)?;
    }
    Ok(found)
}

fn read_extension<'a>(
    found: &mut Extensions<'a>,
    oid: ObjectIdentifier,
    critical: bool,
    value: &'a [u8],
) -> Result<(), ParseError> {
    const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
    const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
    const SGX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113741.1.13.1");
    if oid == KEY_USAGE {
        let mut fields = Fields::new(value)?;
        let bits = fields.next(Tag::BitString)?;
        fields.finish()?;
        match bits {
            [unused @ 0..=7, usage] if usage & ((1 << unused) - 1) == 0 => found.key_usage = Some(*usage),
            _ => return Err(ParseError::NotDer),
        }
    } else if oid == BASIC_CONSTRAINTS {
        let mut fields = Fields::of_sequence(value)?;
        let is_authority = !fields.is_empty() && fields.peek()? == Tag::Boolean;
        if is_authority && !fields.boolean()? {
            return Err(ParseError::NotDer);
        }
        found.is_authority = Some(is_authority);
        if !fields.is_empty() {
            found.path_length = Some(fields.small_integer()?);
        }
        fields.finish()?;
    } else if oid == SGX {
        found.sgx = Some(value);
    } else if critical {
        return Err(ParseError::Extension);
    }
    Ok(())
}
