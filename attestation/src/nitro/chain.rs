//! From the pinned root down to the certificate whose key signs a document, and who of them is revoked.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use der::asn1::ObjectIdentifier;
use scale_info::TypeInfo;

use super::{
    MAX_BUNDLE, MAX_CERTIFICATE_BYTES, NitroCertificate, NitroEndorsements, NitroPolicy, NitroRefusal,
    document::Document,
};
use crate::{
    CertificateHash, RootId,
    domain::sha256,
    signature::{PublicKey, Scheme, SignatureVerifier},
    x509::{
        Fault, Window,
        certificate::{CRL_SIGN, Certificate},
        crl::RevocationList,
    },
};

/// The longest revocation list that is read.
const MAX_REVOCATION_LIST_BYTES: usize = 256 * 1024;
/// The most revocation lists that are looked at.
const MAX_REVOCATION_LISTS: usize = 16;

const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");

/// Authorities whose signatures, from the root down, were verified once. With them a later document of the same
/// region, zone or instance costs as many signature checks less. It says nothing about time or revocation, which
/// are checked with every document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CheckedAuthorities {
    root: RootId,
    /// SHA-256 of each authority's certificate, from the root down, without the root.
    certificates: BoundedVec<[u8; 32], ConstU32<{ MAX_BUNDLE as u32 }>>,
}

impl CheckedAuthorities {
    /// How many there are below the root.
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether there is none below the root.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The first `count` of them: authorities for region and zone stay the same for days, the one for an instance
    /// does not.
    #[must_use]
    pub fn first(mut self, count: usize) -> Self {
        self.certificates.truncate(count);
        self
    }
}

/// A chain that leads to the root.
pub(super) struct Chain<'a> {
    /// From the root down, the document's own last.
    certificates: Vec<Link<'a>>,
    /// The key that signs the document, x ‖ y.
    pub(super) key: &'a [u8; 96],
    /// The time in which all certificates are valid.
    pub(super) window: Window,
    /// The authorities of this chain.
    pub(super) authorities: CheckedAuthorities,
}

struct Link<'a> {
    name: NitroCertificate,
    certificate: Certificate<'a>,
    key: &'a [u8; 96],
}

/// Parses one certificate: P-384, and signed with ECDSA and SHA-384, as all of AWS's are.
pub(super) fn parse(encoding: &[u8]) -> Result<(Certificate<'_>, &[u8; 96]), Fault> {
    let certificate = Certificate::parse(encoding, MAX_CERTIFICATE_BYTES, &[])?;
    match (certificate.scheme, certificate.public_key) {
        (Scheme::EcdsaP384Sha384, PublicKey::P384(key)) => Ok((certificate, key)),
        _ => Err(Fault::Algorithm),
    }
}

impl<'a> Chain<'a> {
    /// Verifies the chain of `document` at `now` and at the document's own time.
    pub(super) fn verify(
        document: &Document<'a>,
        endorsements: &NitroEndorsements<'_>,
        verifier: &impl SignatureVerifier,
        now: u64,
    ) -> Result<Self, NitroRefusal> {
        let (root, authorities) = document.bundle.split_first().ok_or(NitroRefusal::BundleLength(0))?;
        if !endorsements.root.is_certificate(root) {
            return Err(NitroRefusal::UntrustedRoot(CertificateHash::of(root)));
        }
        let mut checked = Checked::of(endorsements);
        let mut certificates = Vec::with_capacity(document.bundle.len().saturating_add(1));
        certificates.push(Link::root(root, authorities.len())?);
        for (position, encoding) in authorities.iter().enumerate() {
            let name = NitroCertificate::Authority((position + 1) as u8);
            let link = Link::parse(name, encoding)?;
            let below = authorities.len() - position - 1;
            link.certificate.require_authority(below as u16).map_err(link.refused())?;
            link.require_issuer(certificates.last(), checked.covers(encoding), verifier)?;
            certificates.push(link);
        }
        let leaf = Link::parse(NitroCertificate::Document, document.certificate)?;
        require_leaf(&leaf.certificate).map_err(leaf.refused())?;
        leaf.require_issuer(certificates.last(), false, verifier)?;
        let key = leaf.key;
        certificates.push(leaf);

        let window = window(&certificates, now, document.timestamp())?;
        let hashes: Vec<_> = authorities.iter().map(|encoding| sha256(encoding)).collect();
        let authorities =
            CheckedAuthorities { root: endorsements.root.id(), certificates: BoundedVec::truncate_from(hashes) };
        Ok(Self { certificates, key, window, authorities })
    }

    /// Requires that no certificate is revoked; the time in which the lists that say so are valid, and
    /// whether they cover every certificate that names one.
    pub(super) fn require_not_revoked(
        &self,
        endorsements: &NitroEndorsements<'_>,
        policy: &NitroPolicy,
        verifier: &impl SignatureVerifier,
        now: u64,
    ) -> Result<(Option<Window>, bool), NitroRefusal> {
        let given = endorsements.revocation_lists.len();
        if given > MAX_REVOCATION_LISTS {
            return Err(NitroRefusal::RevocationListCount(u32::try_from(given).unwrap_or(u32::MAX)));
        }
        let mut lists: Vec<(usize, RevocationList)> = Vec::new();
        for (position, encoding) in endorsements.revocation_lists.iter().enumerate() {
            let refused = |fault| NitroRefusal::RevocationList(position as u8, fault);
            if let Some((issuer, list)) = self.list(encoding, verifier).map_err(refused)? {
                list.window.require(now).map_err(refused)?;
                lists.push((issuer, list));
            }
        }
        let mut is_covered = !lists.is_empty();
        for (issuer, link) in self.certificates.iter().skip(1).enumerate() {
            let mut of_issuer = lists.iter().filter(|(position, _)| *position == issuer).peekable();
            let names_one = link.certificate.extension(CRL_DISTRIBUTION_POINTS).is_some();
            is_covered &= of_issuer.peek().is_some() || !names_one;
            if policy.require_revocation_lists && names_one && of_issuer.peek().is_none() {
                return Err(NitroRefusal::RevocationListMissing(link.name));
            }
            if of_issuer.any(|(_, list)| list.revokes(&link.certificate.serial)) {
                return Err(NitroRefusal::Revoked(link.name));
            }
        }
        Ok((lists.into_iter().map(|(_, list)| list.window).reduce(Window::and), is_covered))
    }

    /// The list in `encoding` and the position of its issuer; `None` if it is not by an authority of this chain.
    fn list(
        &self,
        encoding: &[u8],
        verifier: &impl SignatureVerifier,
    ) -> Result<Option<(usize, RevocationList)>, Fault> {
        for (position, Link { certificate, key, .. }) in self.certificates.iter().enumerate() {
            let key = PublicKey::P384(key);
            match RevocationList::verify(encoding, MAX_REVOCATION_LIST_BYTES, certificate.subject, key, verifier) {
                Err(Fault::Issuer) => (),
                Ok(_) if certificate.key_usage.is_none_or(|usage| usage & CRL_SIGN == 0) => return Err(Fault::Usage),
                Ok(list) => return Ok(Some((position, list))),
                Err(fault) => return Err(fault),
            }
        }
        Ok(None)
    }
}

impl<'a> Link<'a> {
    fn root(encoding: &'a [u8], below: usize) -> Result<Self, NitroRefusal> {
        let link = Self::parse(NitroCertificate::Root, encoding)?;
        link.certificate.require_authority(below as u16).map_err(link.refused())?;
        Ok(link)
    }

    fn parse(name: NitroCertificate, encoding: &'a [u8]) -> Result<Self, NitroRefusal> {
        let (certificate, key) = parse(encoding).map_err(|fault| NitroRefusal::Certificate(name, fault))?;
        Ok(Self { name, certificate, key })
    }

    /// Requires that `issuer` issued this; that it signed it was perhaps checked before.
    fn require_issuer(
        &self,
        issuer: Option<&Link<'_>>,
        is_checked: bool,
        verifier: &impl SignatureVerifier,
    ) -> Result<(), NitroRefusal> {
        let issuer = issuer.ok_or(NitroRefusal::BundleLength(0))?;
        let issued = if !is_checked {
            self.certificate.require_issued_by(issuer.certificate.subject, PublicKey::P384(issuer.key), verifier)
        } else if self.certificate.issuer == issuer.certificate.subject {
            Ok(())
        } else {
            Err(Fault::Issuer)
        };
        issued.map_err(self.refused())
    }

    fn refused(&self) -> impl Fn(Fault) -> NitroRefusal + use<> {
        let name = self.name;
        move |fault| NitroRefusal::Certificate(name, fault)
    }
}

/// How much of a chain was checked before.
struct Checked<'a>(&'a [[u8; 32]]);

impl<'a> Checked<'a> {
    fn of(endorsements: &NitroEndorsements<'a>) -> Self {
        match endorsements.checked_authorities {
            Some(checked) if checked.root == endorsements.root.id() => Self(&checked.certificates),
            Some(_) | None => Self(&[]),
        }
    }

    /// Whether `encoding` is the next of the checked certificates. After the first that is not, none is.
    fn covers(&mut self, encoding: &[u8]) -> bool {
        match self.0.split_first() {
            Some((next, rest)) if *next == sha256(encoding) => {
                self.0 = rest;
                true
            }
            Some(_) | None => {
                self.0 = &[];
                false
            }
        }
    }
}

/// AWS's leaves say that they are no authorities and that they sign data.
fn require_leaf(certificate: &Certificate<'_>) -> Result<(), Fault> {
    if certificate.is_authority != Some(false) || certificate.key_usage.is_none() {
        return Err(Fault::Usage);
    }
    certificate.require_leaf()
}

/// The time that is in all certificates, which must contain both `now` and `timestamp`.
fn window(certificates: &[Link<'_>], now: u64, timestamp: u64) -> Result<Window, NitroRefusal> {
    let mut window = Window { not_before: 0, not_after: u64::MAX };
    for link in certificates {
        let validity = link.certificate.validity;
        validity.require(now).map_err(link.refused())?;
        validity.require(timestamp).map_err(|_| NitroRefusal::TimestampOutside {
            certificate: link.name,
            not_before: validity.not_before,
            not_after: validity.not_after,
            timestamp,
        })?;
        window = window.and(validity);
    }
    Ok(window)
}
