//! Collateral that has been checked once, in the compact form that a chain stores.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use super::{
    authority::{Authority, AuthorityId},
    quote::Environment,
    refusal,
};
use crate::{Advisory, Document, EvidenceKind, IntelRefusal, RootId, TcbStatus, x509::Window};

/// The most revoked platforms that are kept; Intel's list has 57 in October 2026.
pub const MAX_REVOKED_PLATFORMS: u32 = 1024;
/// The most revoked authorities and signers that are kept; Intel's root has revoked none.
pub const MAX_REVOKED_AUTHORITIES: u32 = 64;
/// The most TCB levels of a platform family; Intel's families have 2 to 21.
pub const MAX_LEVELS: u32 = 64;
/// The most TDX module versions; there are 2.
pub const MAX_MODULES: u32 = 8;
/// The most levels of a TDX module or quoting enclave; there are 1 to 6.
pub const MAX_PART_LEVELS: u32 = 16;
/// The most different advisories in one set of collateral; there are up to 24.
pub const MAX_ADVISORIES: u32 = 128;
/// The most advisories of one level; there are up to 23.
pub const MAX_LEVEL_ADVISORIES: u32 = 64;
/// The longest name of an advisory, such as `INTEL-SA-01313`.
pub const MAX_ADVISORY_BYTES: u32 = 24;

/// The names of advisories; levels refer to them by position.
pub(crate) type Advisories = BoundedVec<BoundedVec<u8, ConstU32<MAX_ADVISORY_BYTES>>, ConstU32<MAX_ADVISORIES>>;
/// Positions in [`Advisories`].
pub(crate) type AdvisoryList = BoundedVec<u8, ConstU32<MAX_LEVEL_ADVISORIES>>;

/// Endorsements of one platform family that led to one root when they were checked.
///
/// Only [`crate::verify_collateral`] makes one from raw documents. It can also be decoded: do so only from
/// storage that nobody but this crate's caller writes, because decoding checks no signature. That it is in its
/// time, and for the root and platform at hand, is checked again at every use.
///
/// Its encoding has at most [`CheckedCollateral::max_encoded_len`] bytes, which are 43,986; that of Intel's families
/// has 1 to 4 KiB.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CheckedCollateral {
    pub(super) root: RootId,
    pub(super) digest: [u8; 32],
    pub(super) fmspc: [u8; 6],
    pub(super) pce_id: [u8; 2],
    pub(super) evaluation_number: u32,
    pub(super) windows: Windows,
    pub(super) authority: Authority,
    pub(super) revoked_authorities: BoundedVec<[u8; 20], ConstU32<MAX_REVOKED_AUTHORITIES>>,
    pub(super) revoked_platforms: BoundedVec<[u8; 20], ConstU32<MAX_REVOKED_PLATFORMS>>,
    pub(super) advisories: Advisories,
    pub(super) levels: BoundedVec<Level, ConstU32<MAX_LEVELS>>,
    /// For TDX; none for SGX.
    pub(super) modules: Option<Modules>,
    pub(super) quoting_enclave: QuotingEnclave,
}

/// When each document is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct Windows {
    pub(super) tcb_info: Window,
    pub(super) tcb_info_signer: Window,
    pub(super) qe_identity: Window,
    pub(super) qe_identity_signer: Window,
    pub(super) root_crl: Window,
    pub(super) pck_ca: Window,
    pub(super) pck_crl: Window,
}

impl Windows {
    fn all(&self) -> [(Window, Document); 7] {
        [
            (self.tcb_info, Document::TcbInfo),
            (self.tcb_info_signer, Document::TcbInfoSigner),
            (self.qe_identity, Document::QeIdentity),
            (self.qe_identity_signer, Document::QeIdentitySigner),
            (self.root_crl, Document::RootCrl),
            (self.pck_ca, Document::PckCa),
            (self.pck_crl, Document::PckCrl),
        ]
    }
}

/// The TDX modules of a platform family.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct Modules {
    /// For modules of before versions were told apart.
    pub(super) unversioned: ModuleIdentity,
    pub(super) versions: BoundedVec<Module, ConstU32<MAX_MODULES>>,
}

/// One TCB level of a platform family.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct Level {
    pub(crate) sgx: [u8; 16],
    /// Zero for SGX, which has no such components.
    pub(crate) tdx: [u8; 16],
    pub(crate) pce_svn: u16,
    pub(crate) status: TcbStatus,
    pub(crate) date: u64,
    pub(crate) advisories: AdvisoryList,
}

/// One level of a part that has a single version number.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct PartLevel {
    pub(crate) svn: u16,
    pub(crate) status: TcbStatus,
    pub(crate) date: u64,
    pub(crate) advisories: AdvisoryList,
}

/// Who must have signed a TDX module, and its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct ModuleIdentity {
    pub(crate) signer: [u8; 48],
    pub(crate) attributes: [u8; 8],
    pub(crate) attributes_mask: [u8; 8],
}

/// The identity and levels of one version of the TDX module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct Module {
    pub(crate) version: u8,
    pub(crate) identity: ModuleIdentity,
    pub(crate) levels: BoundedVec<PartLevel, ConstU32<MAX_PART_LEVELS>>,
}

/// The identity and levels of the quoting enclave.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(crate) struct QuotingEnclave {
    pub(crate) signer: [u8; 32],
    pub(crate) product: u16,
    pub(crate) misc_select: [u8; 4],
    pub(crate) misc_select_mask: [u8; 4],
    pub(crate) attributes: [u8; 16],
    pub(crate) attributes_mask: [u8; 16],
    pub(crate) levels: BoundedVec<PartLevel, ConstU32<MAX_PART_LEVELS>>,
}

impl CheckedCollateral {
    /// The root that everything led to.
    pub fn root(&self) -> RootId {
        self.root
    }

    /// [`crate::Collateral::digest`] of the raw documents.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The kind of evidence that this is for.
    pub fn kind(&self) -> EvidenceKind {
        match self.environment() {
            Environment::Sgx => EvidenceKind::IntelSgx,
            Environment::Tdx => EvidenceKind::IntelTdx,
        }
    }

    /// The platform family.
    pub fn fmspc(&self) -> [u8; 6] {
        self.fmspc
    }

    /// The provisioning certification enclave.
    pub fn pce_id(&self) -> [u8; 2] {
        self.pce_id
    }

    /// The authority whose platforms and whose list this is about.
    pub fn authority_id(&self) -> AuthorityId {
        self.authority.id()
    }

    /// The common name of that authority.
    pub fn authority_name(&self) -> &'static str {
        self.authority.kind.name()
    }

    /// `tcbEvaluationDataNumber`: which of Intel's evaluations the levels are from.
    pub fn evaluation_number(&self) -> u32 {
        self.evaluation_number
    }

    /// When Intel issued the TCB information (Unix seconds).
    pub fn issued_at(&self) -> u64 {
        self.windows.tcb_info.not_before
    }

    /// When the youngest of all documents began to be valid (Unix seconds).
    pub fn valid_from(&self) -> u64 {
        self.window().not_before
    }

    /// The last second at which all documents are valid.
    pub fn valid_until(&self) -> u64 {
        self.window().not_after
    }

    /// The platforms that are revoked, as left-padded serial numbers, sorted.
    pub fn revoked_platforms(&self) -> &[[u8; 20]] {
        &self.revoked_platforms
    }

    /// Requires that every document is in its time.
    ///
    /// # Errors
    /// [`IntelRefusal::NotYetValid`] or [`IntelRefusal::Expired`] with the first document that is not.
    pub fn require_current(&self, now: u64) -> Result<(), IntelRefusal> {
        self.windows
            .all()
            .into_iter()
            .try_for_each(|(window, document)| window.require(now).map_err(|fault| refusal(document, fault)))
    }

    /// Requires that this may take the place of `stored`: same root, kind, family, provisioning enclave and authority;
    /// none of its signed documents older; and not the same set again.
    ///
    /// # Errors
    /// [`IntelRefusal::CollateralSubject`] or [`IntelRefusal::CollateralRollback`].
    pub fn require_supersedes(&self, stored: &Self) -> Result<(), IntelRefusal> {
        let subject = |one: &Self| (one.root, one.kind(), one.fmspc, one.pce_id, one.authority_id());
        if subject(self) != subject(stored) {
            return Err(IntelRefusal::CollateralSubject);
        }
        let ages = |one: &Self| {
            let windows = &one.windows;
            [windows.tcb_info, windows.qe_identity, windows.root_crl, windows.pck_crl].map(|window| window.not_before)
        };
        let (new, old) = (ages(self), ages(stored));
        let moves_back =
            self.evaluation_number < stored.evaluation_number || new.iter().zip(&old).any(|(new, old)| new < old);
        let stands_still = self.evaluation_number == stored.evaluation_number && new == old;
        if moves_back || stands_still { Err(IntelRefusal::CollateralRollback) } else { Ok(()) }
    }

    pub(crate) fn window(&self) -> Window {
        let [(first, _), rest @ ..] = self.windows.all();
        rest.into_iter().fold(first, |window, (other, _)| window.and(other))
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn revokes_authority(&self, serial: &[u8; 20]) -> bool {
        self.revoked_authorities.binary_search(serial).is_ok()
    }

    pub(crate) fn revokes_platform(&self, serial: &[u8; 20]) -> bool {
        self.revoked_platforms.binary_search(serial).is_ok()
    }

    pub(crate) fn levels(&self) -> &[Level] {
        &self.levels
    }

    pub(crate) fn environment(&self) -> Environment {
        if self.modules.is_some() { Environment::Tdx } else { Environment::Sgx }
    }

    /// The identity for modules of before versions were told apart.
    pub(crate) fn unversioned_module(&self) -> Option<&ModuleIdentity> {
        self.modules.as_ref().map(|modules| &modules.unversioned)
    }

    pub(crate) fn module(&self, version: u8) -> Option<&Module> {
        self.modules.as_ref()?.versions.iter().find(|module| module.version == version)
    }

    pub(crate) fn quoting_enclave(&self) -> &QuotingEnclave {
        &self.quoting_enclave
    }

    pub(crate) fn advisory(&self, position: u8) -> Option<Advisory> {
        let name = self.advisories.get(usize::from(position))?;
        Advisory::new(core::str::from_utf8(name).ok()?)
    }
}
