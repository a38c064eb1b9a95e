//! A chain of certificates from a device, or from a manifest's signer, to a pinned root.

use alloc::vec::Vec;

use super::{Chain, NvidiaCertificate, NvidiaRefusal, NvidiaRoot};
use crate::{
    CertificateHash, pem,
    signature::{Scheme, SignatureVerifier},
    x509::{Fault, Window, certificate::Certificate},
};

/// The longest chain that is read, as PEM; real ones have 5 KiB.
pub const MAX_CHAIN_BYTES: usize = 16 * 1024;
/// The longest certificate that is read; real ones have 500 to 900 bytes.
pub(super) const MAX_CERTIFICATE_BYTES: usize = 2048;
/// The most certificates of a chain, the root included; devices have five, manifests four.
const MOST_CERTIFICATES: usize = 6;

/// The DER encodings in a PEM text that has nothing but certificates.
pub(super) fn read_pem(text: &[u8]) -> Result<Vec<Vec<u8>>, NvidiaRefusal> {
    let read = if text.len() > MAX_CHAIN_BYTES { None } else { pem::certificates(text) };
    read.ok_or(NvidiaRefusal::ChainEncoding)
}

/// A chain that leads to its root, leaf first, without the root.
pub(super) struct VerifiedChain<'a> {
    pub(super) certificates: Vec<Certificate<'a>>,
    /// The root itself, which issued the last one.
    pub(super) root: Certificate<'a>,
    /// The time in which all of them are valid.
    pub(super) window: Window,
}

impl<'a> VerifiedChain<'a> {
    /// Requires that each of `encodings`, leaf first and root last, is valid at `now`, is what its place demands and
    /// was issued by the next, and that the last is `root`.
    pub(super) fn verify(
        encodings: &'a [Vec<u8>],
        root: &NvidiaRoot,
        chain: Chain,
        verifier: &impl SignatureVerifier,
        now: u64,
    ) -> Result<Self, NvidiaRefusal> {
        let (root_encoding, encodings) = encodings.split_last().ok_or(NvidiaRefusal::ChainLength(chain, 0))?;
        let count = u8::try_from(encodings.len() + 1).unwrap_or(u8::MAX);
        let found = CertificateHash::of(root_encoding);
        if found.0 != *root.certificate() {
            return Err(NvidiaRefusal::UntrustedRoot(chain, found));
        }
        // A leaf alone under the root would be a device that no factory vouches for.
        if !(3..=MOST_CERTIFICATES).contains(&usize::from(count)) {
            return Err(NvidiaRefusal::ChainLength(chain, count));
        }
        let root = parse(root_encoding, NvidiaCertificate::Root(chain))?;
        let certificates = encodings
            .iter()
            .zip(0..)
            .map(|(encoding, place)| parse(encoding, NvidiaCertificate::at(chain, place)))
            .collect::<Result<Vec<_>, _>>()?;

        let mut window = root.validity;
        let mut issuer = &root;
        for (certificate, place) in certificates.iter().zip(0..count - 1).rev() {
            let refuse = |fault| NvidiaRefusal::Certificate(NvidiaCertificate::at(chain, place), fault);
            let usage = match place.checked_sub(1) {
                Some(below) => certificate.require_authority(u16::from(below)),
                None => certificate.require_leaf(),
            };
            usage.map_err(refuse)?;
            if certificate.scheme != Scheme::EcdsaP384Sha384 {
                return Err(refuse(Fault::Algorithm));
            }
            certificate.require_issued_by(issuer.subject, issuer.public_key, verifier).map_err(refuse)?;
            certificate.validity.require(now).map_err(refuse)?;
            window = window.and(certificate.validity);
            issuer = certificate;
        }
        root.validity
            .require(now)
            .map_err(|fault| NvidiaRefusal::Certificate(NvidiaCertificate::Root(chain), fault))?;
        Ok(Self { certificates, root, window })
    }

    /// Each certificate from place `first` on with its place and its issuer.
    pub(super) fn with_issuers(&self, first: u8) -> impl Iterator<Item = (u8, &Certificate<'a>, &Certificate<'a>)> {
        let issuers = self.certificates.iter().skip(1).chain([&self.root]);
        let places = self.certificates.iter().zip(issuers).zip(0u8..);
        places.map(|((certificate, issuer), place)| (place, certificate, issuer)).skip(usize::from(first))
    }
}

fn parse(encoding: &[u8], which: NvidiaCertificate) -> Result<Certificate<'_>, NvidiaRefusal> {
    Certificate::parse(encoding, MAX_CERTIFICATE_BYTES, &[]).map_err(|fault| NvidiaRefusal::Certificate(which, fault))
}
