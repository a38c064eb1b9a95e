//! The certificates of an attestation key, from its own to a pinned root.
//! Source: RFC 5280; TCG, Credential Profiles for TPM 2.0 (attestation key certificates).

use alloc::vec::Vec;
use der::asn1::ObjectIdentifier;

use super::{key::KeyId, refusal::TpmRefusal, root::TpmRoot};
use crate::{
    CertificateHash,
    signature::{PublicKey, SignatureVerifier},
    x509::{
        Fault, Window,
        asn1::{Fields, NotDer},
        certificate::{CRL_SIGN, Certificate},
        crl::RevocationList,
    },
};

/// The most certificates that are read, the root included; Azure has four.
pub const MAX_CHAIN_CERTIFICATES: usize = 4;
/// The longest certificate that is read; Azure's have 1 to 2.3 KiB.
pub(super) const MAX_CERTIFICATE_BYTES: usize = 4096;
/// The longest revocation list that is read.
const MAX_CRL_BYTES: usize = 1024 * 1024;

const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
/// `tcg-kp-AIKCertificate`: the key signs only what its TPM made.
const ATTESTATION_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.8.3");

/// A chain that leads to a pinned root, with nothing revoked.
pub(crate) struct CheckedChain {
    pub(crate) root: KeyId,
    pub(crate) window: Window,
    /// Whether there was a list of every issuer.
    pub(crate) revocation_checked: bool,
    /// Whether a list was missing that a certificate says where to get.
    pub(crate) lacks_lists: bool,
}

/// Requires that `certificates`, the key's own first, lead to one of `roots`, all valid at `now`, and that none is
/// revoked by `lists`. A certificate that says where its issuer's list is needs that list. Where several roots have the
/// issuer's name, one that the chain leads to is enough; else the refusal is that of the last.
pub(crate) fn verify_chain(
    verifier: &impl SignatureVerifier,
    certificates: &[Vec<u8>],
    lists: &[Vec<u8>],
    roots: &[TpmRoot],
    danger_allow_missing_lists: bool,
    now: u64,
) -> Result<CheckedChain, TpmRefusal> {
    if certificates.len() > MAX_CHAIN_CERTIFICATES {
        return Err(TpmRefusal::ChainLength(certificates.len().min(255) as u8));
    }
    let encodings = match certificates {
        [below @ .., last] if roots.iter().any(|root| root.is(last)) => below,
        all => all,
    };
    let chain: Vec<Certificate<'_>> =
        (0u8..).zip(encodings).map(|(position, der)| parse(der, position)).collect::<Result<_, _>>()?;
    let (Some(top), Some(encoding)) = (chain.last(), encodings.last()) else { return Err(TpmRefusal::KeyNotTrusted) };
    let mut refusal = TpmRefusal::UntrustedRoot(CertificateHash::of(encoding));
    // A name is not an identity: a root that was renewed has another key under the same one.
    for root in roots.iter().filter(|root| root.name() == top.issuer) {
        // A pinned root without a key that can be read has issued nothing.
        let Ok(root_key) = root.public_key() else { continue };
        match under(verifier, (root, root_key), &chain, lists, danger_allow_missing_lists, now) {
            Ok(checked) => return Ok(checked),
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}

/// Requires that `chain`, the key's own certificate first, leads to `root`, which has this key.
fn under(
    verifier: &impl SignatureVerifier,
    (root, root_key): (&TpmRoot, PublicKey<'_>),
    chain: &[Certificate<'_>],
    lists: &[Vec<u8>],
    danger_allow_missing_lists: bool,
    now: u64,
) -> Result<CheckedChain, TpmRefusal> {
    let mut window = root.validity();
    let above = chain.len() as u8;
    window.require(now).map_err(|fault| TpmRefusal::Certificate { position: above, fault })?;
    for (position, certificate) in (0u8..).zip(chain) {
        let fault = |fault| TpmRefusal::Certificate { position, fault };
        require_role(certificate, position).map_err(fault)?;
        let (issuer, key) = issuer_of(chain, position, root.name(), root_key);
        certificate.require_issued_by(issuer, key, verifier).map_err(fault)?;
        certificate.validity.require(now).map_err(fault)?;
        window = window.and(certificate.validity);
    }
    let (mut revocation_checked, mut lacks_lists) = (true, false);
    for (position, certificate) in (0u8..).zip(chain) {
        let (issuer, key) = issuer_of(chain, position, root.name(), root_key);
        let found = Lists { verifier, lists, now }.require_not_revoked(certificate, position, issuer, key)?;
        revocation_checked &= found.is_some();
        let may_sign = chain.get(usize::from(position) + 1).is_none_or(may_sign_lists);
        match found {
            Some(_) if !may_sign => return Err(TpmRefusal::RevocationList { position, fault: Fault::Usage }),
            Some(list) => window = window.and(list),
            None if certificate.extension(DISTRIBUTION_POINTS).is_none() => (),
            None if danger_allow_missing_lists => lacks_lists = true,
            None => return Err(TpmRefusal::RevocationListMissing(position)),
        }
    }
    Ok(CheckedChain { root: root.id(), window, revocation_checked, lacks_lists })
}

/// Reads one certificate of the chain.
pub(super) fn parse(der: &[u8], position: u8) -> Result<Certificate<'_>, TpmRefusal> {
    // The key is what is trusted; the names of the TPM, which are critical where the subject is empty, are not used.
    Certificate::parse(der, MAX_CERTIFICATE_BYTES, &[EXTENDED_KEY_USAGE, SUBJECT_ALTERNATIVE_NAME])
        .map_err(|fault| TpmRefusal::Certificate { position, fault })
}

fn require_role(certificate: &Certificate<'_>, position: u8) -> Result<(), Fault> {
    let purposes = certificate.extension(EXTENDED_KEY_USAGE);
    let is_for_attestation = match purposes {
        Some(purposes) => lists_attestation_key(purposes)?,
        None => position > 0, // an authority without purposes has all of them
    };
    if !is_for_attestation {
        return Err(Fault::Usage);
    }
    match position.checked_sub(1) {
        None => certificate.require_leaf(),
        Some(below) => certificate.require_authority(u16::from(below)),
    }
}

fn lists_attestation_key(purposes: &[u8]) -> Result<bool, NotDer> {
    let mut purposes = Fields::of_sequence(purposes)?;
    let mut found = false;
    while !purposes.is_empty() {
        found |= purposes.oid()? == ATTESTATION_KEY;
    }
    Ok(found)
}

/// Whether an authority below the root is licensed for revocation lists.
fn may_sign_lists(authority: &Certificate<'_>) -> bool {
    authority.key_usage.is_some_and(|usage| usage & CRL_SIGN != 0)
}

/// Name and key of whoever has to have issued the certificate at `position`.
fn issuer_of<'a>(
    chain: &'a [Certificate<'a>],
    position: u8,
    root_name: &'a [u8],
    root_key: PublicKey<'a>,
) -> (&'a [u8], PublicKey<'a>) {
    match chain.get(usize::from(position) + 1) {
        Some(issuer) => (issuer.subject, issuer.public_key),
        None => (root_name, root_key),
    }
}

/// The revocation lists that the caller has.
struct Lists<'a, V> {
    verifier: &'a V,
    lists: &'a [Vec<u8>],
    now: u64,
}

impl<V: SignatureVerifier> Lists<'_, V> {
    /// The time of the issuer's lists, none of which has the certificate; `None` if there is none.
    fn require_not_revoked(
        &self,
        certificate: &Certificate<'_>,
        position: u8,
        issuer: &[u8],
        key: PublicKey<'_>,
    ) -> Result<Option<Window>, TpmRefusal> {
        let mut window: Option<Window> = None;
        for encoding in self.lists {
            let list = match RevocationList::verify(encoding, MAX_CRL_BYTES, issuer, key, self.verifier) {
                Ok(list) => list,
                Err(Fault::Issuer) => continue, // another authority's
                Err(fault) => return Err(TpmRefusal::RevocationList { position, fault }),
            };
            list.window.require(self.now).map_err(|fault| TpmRefusal::RevocationList { position, fault })?;
            if list.revokes(&certificate.serial) {
                return Err(TpmRefusal::Revoked(position));
            }
            window = Some(window.map_or(list.window, |window| window.and(list.window)));
        }
        Ok(window)
    }
}
