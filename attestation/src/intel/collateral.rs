//! Raw collateral as Intel signed it, and the one way in which it becomes [`CheckedCollateral`].

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use super::{
    authority::Authority,
    certificate::{Certificate, Issuer, MAX_CERTIFICATE_BYTES, Role},
    checked::{Advisories, CheckedCollateral, Windows},
    crl::{self, MAX_CRL_BYTES},
    identity_json::QeIdentity,
    tcb_info_json::TcbInfo,
};
use crate::{
    Document, IntelRefusal, IntelRoot, domain,
    signature::{self, PublicKey, Scheme, SignatureVerifier},
    x509::{Window, crl::RevocationList},
};

/// The longest TCB information; Intel's have 2 to 10 KiB.
pub const MAX_TCB_INFO_BYTES: usize = 32 * 1024;
/// The longest quoting enclave identity; Intel's have half a KiB.
pub const MAX_QE_IDENTITY_BYTES: usize = 4 * 1024;

/// Everything that Intel publishes about one platform family, for TDX or for SGX.
///
/// Certificates and revocation lists are DER. The two JSON documents are the very bytes that Intel signed
/// (the value of `tcbInfo` and of `enclaveIdentity`), not a re-serialised form.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Collateral {
    /// TCB information.
    pub tcb_info: BoundedVec<u8, ConstU32<{ MAX_TCB_INFO_BYTES as u32 }>>,
    /// Its signature, r ‖ s.
    pub tcb_info_signature: [u8; 64],
    /// The certificate of its signer.
    pub tcb_info_signer: BoundedVec<u8, ConstU32<{ MAX_CERTIFICATE_BYTES as u32 }>>,
    /// Identity of the quoting enclave.
    pub qe_identity: BoundedVec<u8, ConstU32<{ MAX_QE_IDENTITY_BYTES as u32 }>>,
    /// Its signature, r ‖ s.
    pub qe_identity_signature: [u8; 64],
    /// The certificate of its signer; usually the same as the other.
    pub qe_identity_signer: BoundedVec<u8, ConstU32<{ MAX_CERTIFICATE_BYTES as u32 }>>,
    /// The root's revocation list.
    pub root_crl: BoundedVec<u8, ConstU32<{ MAX_CRL_BYTES as u32 }>>,
    /// The certificate of the authority that issues the platforms' certificates.
    pub pck_ca: BoundedVec<u8, ConstU32<{ MAX_CERTIFICATE_BYTES as u32 }>>,
    /// Its revocation list.
    pub pck_crl: BoundedVec<u8, ConstU32<{ MAX_CRL_BYTES as u32 }>>,
}

impl Collateral {
    /// A domain-separated hash of all documents, by which a stored [`CheckedCollateral`] names its source.
    pub fn digest(&self) -> [u8; 32] {
        domain::hash(
            domain::COLLATERAL,
            &[
                &self.tcb_info,
                &self.tcb_info_signature,
                &self.tcb_info_signer,
                &self.qe_identity,
                &self.qe_identity_signature,
                &self.qe_identity_signer,
                &self.root_crl,
                &self.pck_ca,
                &self.pck_crl,
            ],
        )
    }
}

/// Checks that all of `collateral` is signed under `root`, not revoked, complete, of one evaluation and valid at
/// `now` (Unix seconds). Six signature verifications.
///
/// # Errors
/// The first [`IntelRefusal`] met.
pub fn verify_collateral(
    collateral: &Collateral,
    root: &IntelRoot,
    now: u64,
) -> Result<CheckedCollateral, IntelRefusal> {
    verify_collateral_with(&signature::Fastest::default(), collateral, root, now)
}

/// [`verify_collateral`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_collateral`].
pub fn verify_collateral_with(
    verifier: &impl SignatureVerifier,
    collateral: &Collateral,
    root: &IntelRoot,
    now: u64,
) -> Result<CheckedCollateral, IntelRefusal> {
    let (checked, qe_identity) = authenticate(verifier, collateral, root)?;
    let tcb_info = checked.evaluation_number;
    if tcb_info != qe_identity {
        return Err(IntelRefusal::EvaluationNumbersDiffer { tcb_info, qe_identity });
    }
    checked.require_current(now)?;
    Ok(checked)
}

/// Everything but that the documents are of one evaluation and in their time; and the evaluation number of the quoting
/// enclave's identity.
pub(super) fn authenticate(
    verifier: &impl SignatureVerifier,
    collateral: &Collateral,
    root: &IntelRoot,
) -> Result<(CheckedCollateral, u32), IntelRefusal> {
    let chain = Chain::verify(verifier, collateral, root)?;
    let lists = chain.require_not_revoked(verifier, collateral, root)?;

    let is_signed = |signer: &Certificate<'_>, document: &[u8], signature: &[u8; 64]| {
        verifier.verify(Scheme::EcdsaP256Sha256, PublicKey::P256(&signer.public_key), document, signature)
    };
    if !is_signed(&chain.tcb_info_signer, &collateral.tcb_info, &collateral.tcb_info_signature) {
        return Err(IntelRefusal::Signature(Document::TcbInfo));
    }
    if !is_signed(&chain.qe_identity_signer, &collateral.qe_identity, &collateral.qe_identity_signature) {
        return Err(IntelRefusal::Signature(Document::QeIdentity));
    }
    let mut advisories = Advisories::default();
    let tcb_info = TcbInfo::read(&collateral.tcb_info, &mut advisories)?;
    let qe_identity = QeIdentity::read(&collateral.qe_identity, tcb_info.environment, &mut advisories)?;

    let windows = chain.windows(&lists, tcb_info.window, qe_identity.window);
    let evaluation_number = qe_identity.evaluation_number;
    let checked = assemble(collateral, root, &chain, lists, tcb_info, qe_identity, windows, advisories)?;
    Ok((checked, evaluation_number))
}

/// The certificates of one set of collateral, each signed by the root.
struct Chain<'a> {
    tcb_info_signer: Certificate<'a>,
    qe_identity_signer: Certificate<'a>,
    pck_ca: Certificate<'a>,
}

struct Lists {
    root: RevocationList,
    platforms: RevocationList,
}

impl<'a> Chain<'a> {
    fn verify(
        verifier: &impl SignatureVerifier,
        collateral: &'a Collateral,
        root: &IntelRoot,
    ) -> Result<Self, IntelRefusal> {
        let certificate = |encoding: &'a [u8], document, role, signed_already: bool| {
            let certificate = Certificate::parse(encoding, document)?;
            certificate.require_role(role)?;
            if !signed_already {
                certificate.require_issuer(Issuer::Root, root.public_key(), verifier)?;
            }
            Ok(certificate)
        };
        let same_signer = collateral.tcb_info_signer == collateral.qe_identity_signer;
        Ok(Self {
            tcb_info_signer: certificate(&collateral.tcb_info_signer, Document::TcbInfoSigner, Role::TcbSigner, false)?,
            qe_identity_signer: certificate(
                &collateral.qe_identity_signer,
                Document::QeIdentitySigner,
                Role::TcbSigner,
                same_signer,
            )?,
            pck_ca: certificate(&collateral.pck_ca, Document::PckCa, Role::PckCa, false)?,
        })
    }

    fn require_not_revoked(
        &self,
        verifier: &impl SignatureVerifier,
        collateral: &Collateral,
        root: &IntelRoot,
    ) -> Result<Lists, IntelRefusal> {
        // The root signed this certificate and is named in it: that is how the root writes its name.
        let root_name = self.pck_ca.issuer;
        let lists = Lists {
            root: crl::verify(&collateral.root_crl, Document::RootCrl, root_name, root.public_key(), verifier)?,
            platforms: crl::verify(
                &collateral.pck_crl,
                Document::PckCrl,
                self.pck_ca.subject,
                &self.pck_ca.public_key,
                verifier,
            )?,
        };
        for (certificate, document) in [
            (&self.tcb_info_signer, Document::TcbInfoSigner),
            (&self.qe_identity_signer, Document::QeIdentitySigner),
            (&self.pck_ca, Document::PckCa),
        ] {
            if lists.root.revokes(&certificate.serial) {
                return Err(IntelRefusal::Revoked(document));
            }
        }
        Ok(lists)
    }

    fn windows(&self, lists: &Lists, tcb_info: Window, qe_identity: Window) -> Windows {
        Windows {
            tcb_info,
            tcb_info_signer: self.tcb_info_signer.validity,
            qe_identity,
            qe_identity_signer: self.qe_identity_signer.validity,
            root_crl: lists.root.window,
            pck_ca: self.pck_ca.validity,
            pck_crl: lists.platforms.window,
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the one place where all checked parts meet")]
fn assemble(
    collateral: &Collateral,
    root: &IntelRoot,
    chain: &Chain<'_>,
    lists: Lists,
    tcb_info: TcbInfo,
    qe_identity: QeIdentity,
    windows: Windows,
    advisories: Advisories,
) -> Result<CheckedCollateral, IntelRefusal> {
    Ok(CheckedCollateral {
        root: root.id(),
        digest: collateral.digest(),
        fmspc: tcb_info.fmspc,
        pce_id: tcb_info.pce_id,
        evaluation_number: tcb_info.evaluation_number,
        windows,
        authority: Authority::of(&chain.pck_ca, &collateral.pck_ca)?,
        revoked_authorities: BoundedVec::try_from(lists.root.revoked)
            .map_err(|_| IntelRefusal::TooLarge(Document::RootCrl))?,
        revoked_platforms: BoundedVec::try_from(lists.platforms.revoked)
            .map_err(|_| IntelRefusal::TooLarge(Document::PckCrl))?,
        advisories,
        levels: BoundedVec::try_from(tcb_info.levels).map_err(|_| IntelRefusal::TooLarge(Document::TcbInfo))?,
        modules: tcb_info.modules,
        quoting_enclave: qe_identity.enclave,
    })
}
