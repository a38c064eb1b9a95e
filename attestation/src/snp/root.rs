//! The pinned authorities of each product line.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use super::{
    MAX_SNP_CERTIFICATE_BYTES, MAX_SNP_CRL_BYTES,
    product::SnpProduct,
    refusal::{SnpDocument, SnpRefusal},
    report::SnpKey,
};
use crate::{
    CertificateHash, RootId,
    domain::sha256,
    signature::{self, PublicKey, RsaModulus, Scheme, SignatureVerifier},
    x509::{
        Fault, Window,
        asn1::Serial,
        certificate::Certificate,
        crl::{self, RevocationList},
    },
};

/// Bytes of an RSA modulus of 4096 bits.
const MODULUS_BYTES: usize = 512;

/// The authorities of one product line: its root (ARK), and those that sign chips' (ASK) and providers' (ASVK) keys.
///
/// It can be decoded: do so only from storage that nobody but the relying party writes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct SnpRoot {
    product: SnpProduct,
    ark: Authority,
    ask: Authority,
    asvk: Authority,
}

/// One authority: what its certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(super) struct Authority {
    /// Its name, encoded.
    pub(super) name: BoundedVec<u8, ConstU32<256>>,
    modulus: [u8; MODULUS_BYTES],
    pub(super) serial: Serial,
    pub(super) validity: Window,
    /// SHA-256 of its certificate.
    certificate: [u8; 32],
}

impl SnpRoot {
    /// AMD's own authorities of `product`.
    pub fn amd(product: SnpProduct) -> Self {
        let [ark, ask, asvk]: [&[u8]; 3] = match product {
            SnpProduct::Milan => [
                include_bytes!("amd/milan-ark.der"),
                include_bytes!("amd/milan-ask.der"),
                include_bytes!("amd/milan-asvk.der"),
            ],
            SnpProduct::Genoa => [
                include_bytes!("amd/genoa-ark.der"),
                include_bytes!("amd/genoa-ask.der"),
                include_bytes!("amd/genoa-asvk.der"),
            ],
            SnpProduct::Turin => [
                include_bytes!("amd/turin-ark.der"),
                include_bytes!("amd/turin-ask.der"),
                include_bytes!("amd/turin-asvk.der"),
            ],
        };
        Self::read(product, ark, ask, asvk).expect("the certificates above are constants that tests verify").0
    }

    /// AMD's own authorities of every product line.
    pub fn all_amd() -> Vec<Self> {
        SnpProduct::ALL.map(Self::amd).into()
    }

    /// Other authorities of `product`, which the caller trusts for reasons of its own, from DER certificates. Their
    /// common names must be those of AMD's, which are the roles; the organisation in them may be anyone.
    ///
    /// # Errors
    /// If one of them is not such a certificate, or its signature does not verify.
    pub fn from_certificates(product: SnpProduct, ark: &[u8], ask: &[u8], asvk: &[u8]) -> Result<Self, SnpRefusal> {
        let (root, [ark, ask, asvk]) = Self::read(product, ark, ask, asvk)?;
        let verifier = signature::Fastest::default();
        let key = root.ark.public_key().map_err(SnpRefusal::Root)?;
        ark.require_issued_by(&root.ark.name, key, &verifier).map_err(SnpRefusal::Root)?;
        for certificate in [ask, asvk] {
            certificate.require_issued_by(&root.ark.name, key, &verifier).map_err(SnpRefusal::Authority)?;
        }
        Ok(root)
    }

    /// Everything but the signatures.
    fn read<'a>(
        product: SnpProduct,
        ark: &'a [u8],
        ask: &'a [u8],
        asvk: &'a [u8],
    ) -> Result<(Self, [Certificate<'a>; 3]), SnpRefusal> {
        let (ark, ark_certificate) = Authority::read(ark, product.ark_name(), 1).map_err(SnpRefusal::Root)?;
        let (ask, ask_certificate) = Authority::read(ask, product.ask_name(), 0).map_err(SnpRefusal::Authority)?;
        let (asvk, asvk_certificate) = Authority::read(asvk, product.asvk_name(), 0).map_err(SnpRefusal::Authority)?;
        Ok((Self { product, ark, ask, asvk }, [ark_certificate, ask_certificate, asvk_certificate]))
    }

    /// The product line.
    pub const fn product(&self) -> SnpProduct {
        self.product
    }

    /// SHA-256 of the root key's modulus.
    pub fn id(&self) -> RootId {
        RootId(sha256(&self.ark.modulus))
    }

    /// Requires that `list` (DER) is this root's revocation list and in its time at `now` (Unix seconds); the time in
    /// which it is valid. For whoever keeps lists: verification of a report checks the list again.
    ///
    /// # Errors
    /// [`SnpRefusal::RevocationList`] with what is wrong with it.
    pub fn check_revocation_list(&self, list: &[u8], now: u64) -> Result<Window, SnpRefusal> {
        self.check_revocation_list_with(&signature::Fastest::default(), list, now)
    }

    /// [`Self::check_revocation_list`] with a signature backend of the caller's choice.
    ///
    /// # Errors
    /// As [`Self::check_revocation_list`].
    pub fn check_revocation_list_with(
        &self,
        verifier: &impl SignatureVerifier,
        list: &[u8],
        now: u64,
    ) -> Result<Window, SnpRefusal> {
        Ok(self.revocation_list(list, now, verifier)?.window)
    }

    /// Requires that `root` (DER) is this root's own certificate, that `authority` (DER) is the pinned authority for
    /// keys of kind `key` or another of its name that the root signed, that both are in their time at `now` (Unix
    /// seconds), and that `list` (DER) is the root's, in its time, and names neither. For whoever fetches what stands
    /// above a key whose certificate is elsewhere: verification of a report checks all of it again.
    ///
    /// # Errors
    /// The first [`SnpRefusal`] met.
    pub fn check_above(
        &self,
        key: SnpKey,
        authority: &[u8],
        root: &[u8],
        list: &[u8],
        now: u64,
    ) -> Result<(), SnpRefusal> {
        let verifier = signature::Fastest::default();
        self.require_root(root)?;
        let authority = self.other_authority(key, authority, &verifier)?;
        self.ark.require_valid(now, SnpDocument::Root)?;
        authority.require_valid(now, SnpDocument::Authority)?;
        let list = self.revocation_list(list, now, &verifier)?;
        if list.revokes(&authority.serial) || list.revokes(&self.ark.serial) {
            return Err(SnpRefusal::Revoked);
        }
        Ok(())
    }

    /// Whether `list` revokes anything that `earlier` does not. For whoever keeps lists: both were checked before. What
    /// cannot be read is taken for one that revokes nothing, if it is the earlier, and something else, if the newer.
    pub fn revokes_more(list: &[u8], earlier: &[u8]) -> bool {
        let known = crl::revoked_in(earlier).unwrap_or_default();
        crl::revoked_in(list).map_or(true, |revoked| revoked.iter().any(|serial| known.binary_search(serial).is_err()))
    }

    /// The root's revocation list in `encoding`, if it is signed by the root and in its time.
    pub(super) fn revocation_list(
        &self,
        encoding: &[u8],
        now: u64,
        verifier: &impl SignatureVerifier,
    ) -> Result<RevocationList, SnpRefusal> {
        let key = self.ark.public_key().map_err(SnpRefusal::Root)?;
        let list = RevocationList::verify(encoding, MAX_SNP_CRL_BYTES, &self.ark.name, key, verifier)
            .map_err(SnpRefusal::RevocationList)?;
        list.window.require(now).map_err(SnpRefusal::RevocationList)?;
        Ok(list)
    }

    /// Whether these are AMD's own.
    pub fn is_amd(&self) -> bool {
        *self == Self::amd(self.product)
    }

    /// The root.
    pub(super) const fn ark(&self) -> &Authority {
        &self.ark
    }

    /// The pinned authority for keys of this kind.
    pub(super) const fn authority(&self, key: SnpKey) -> &Authority {
        match key {
            SnpKey::Vcek => &self.ask,
            SnpKey::Vlek => &self.asvk,
        }
    }

    /// The authority in `certificate`: the pinned one, or another one of its name that the root signed.
    pub(super) fn other_authority(
        &self,
        key: SnpKey,
        certificate: &[u8],
        verifier: &impl SignatureVerifier,
    ) -> Result<Authority, SnpRefusal> {
        let pinned = self.authority(key);
        if sha256(certificate) == pinned.certificate {
            return Ok(pinned.clone());
        }
        let name = match key {
            SnpKey::Vcek => self.product.ask_name(),
            SnpKey::Vlek => self.product.asvk_name(),
        };
        let (authority, parsed) = Authority::read(certificate, name, 0).map_err(SnpRefusal::Authority)?;
        let root_key = self.ark.public_key().map_err(SnpRefusal::Root)?;
        parsed.require_issued_by(&self.ark.name, root_key, verifier).map_err(SnpRefusal::Authority)?;
        Ok(authority)
    }

    /// Requires that `certificate` is the pinned root's: a root that comes with the evidence proves nothing.
    pub(super) fn require_root(&self, certificate: &[u8]) -> Result<(), SnpRefusal> {
        let found = CertificateHash::of(certificate);
        if found.0 == self.ark.certificate { Ok(()) } else { Err(SnpRefusal::UntrustedRoot(found)) }
    }
}

impl Authority {
    fn read<'a>(encoding: &'a [u8], name: &str, below: u16) -> Result<(Self, Certificate<'a>), Fault> {
        let certificate = Certificate::parse(encoding, MAX_SNP_CERTIFICATE_BYTES, &[])?;
        if certificate.common_name()? != name {
            return Err(Fault::Subject);
        }
        certificate.require_authority(below)?;
        let (Scheme::RsaPssSha384, PublicKey::Rsa(modulus)) = (certificate.scheme, certificate.public_key) else {
            return Err(Fault::Algorithm);
        };
        let authority = Self {
            name: BoundedVec::try_from(certificate.subject.to_vec()).map_err(|_| Fault::Malformed)?,
            modulus: modulus.as_bytes().try_into().map_err(|_| Fault::Algorithm)?,
            serial: certificate.serial,
            validity: certificate.validity,
            certificate: sha256(encoding),
        };
        Ok((authority, certificate))
    }

    /// Its key.
    pub(super) fn public_key(&self) -> Result<PublicKey<'_>, Fault> {
        RsaModulus::new(&self.modulus).map(PublicKey::Rsa).ok_or(Fault::Algorithm)
    }

    /// Requires that `now` is in its time.
    pub(super) fn require_valid(&self, now: u64, document: SnpDocument) -> Result<(), SnpRefusal> {
        self.validity.require(now).map_err(|fault| document.refusal(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::{SnpProduct, SnpRoot};
    use crate::signature::Portable;

    #[test]
    fn the_pinned_authorities_are_signed_by_their_roots() {
        for product in SnpProduct::ALL {
            let root = SnpRoot::amd(product);
            let certificates: [&[u8]; 3] = match product {
                SnpProduct::Milan => [
                    include_bytes!("amd/milan-ark.der"),
                    include_bytes!("amd/milan-ask.der"),
                    include_bytes!("amd/milan-asvk.der"),
                ],
                SnpProduct::Genoa => [
                    include_bytes!("amd/genoa-ark.der"),
                    include_bytes!("amd/genoa-ask.der"),
                    include_bytes!("amd/genoa-asvk.der"),
                ],
                SnpProduct::Turin => [
                    include_bytes!("amd/turin-ark.der"),
                    include_bytes!("amd/turin-ask.der"),
                    include_bytes!("amd/turin-asvk.der"),
                ],
            };
            let [ark, ask, asvk] = certificates;
            assert_eq!(SnpRoot::from_certificates(product, ark, ask, asvk), Ok(root.clone()));
            let (_, parsed) = SnpRoot::read(product, ark, ask, asvk).expect("they parse");
            let key = root.ark.public_key().expect("4096 bits");
            for certificate in parsed {
                assert_eq!(certificate.require_signature(key, &Portable), Ok(()));
            }
        }
    }

    /// SHA-256 of AMD's root certificates, as AMD's key distribution service serves them.
    #[test]
    fn the_pinned_roots_are_amds() {
        let digests = SnpProduct::ALL.map(|product| hex::encode(SnpRoot::amd(product).ark.certificate));
        assert_eq!(
            digests,
            [
                "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
                "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
                "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
            ]
        );
    }
}
