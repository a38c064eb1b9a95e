//! Reference integrity manifests (RIM): signed lists of what a driver's or firmware's measurements must be.
//! Source: TCG Reference Integrity Manifest information model; ISO/IEC 19770-2 (SWID tags); W3C XML Signature 1.1.
//!
//! A manifest is checked once, for months, and used with every report: [`CheckedManifest`] is the small rest that a
//! report is compared with.

mod canonical;
mod contents;
mod signature;
mod xml;

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    Chain, DriverVersion, FirmwareVersion, NvidiaCertificate, NvidiaPolicy, NvidiaRefusal, NvidiaRoots, OcspResponse,
    Revocation, RevocationPolicy, chain::VerifiedChain, ocsp,
};
use crate::{
    domain,
    signature::{self as signatures, SignatureVerifier},
    x509::Window,
};

/// The longest manifest that is read; real ones have 18 to 26 KiB.
pub const MAX_MANIFEST_BYTES: usize = 65_535;

/// What a manifest is about.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestSubject {
    /// A GPU's driver.
    #[codec(index = 0)]
    Driver,
    /// A GPU's VBIOS or a switch's firmware.
    #[codec(index = 1)]
    Firmware,
}

impl fmt::Display for ManifestSubject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Driver => "driver",
            Self::Firmware => "firmware",
        })
    }
}

/// What a manifest is about, with its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub(super) enum Subject {
    #[codec(index = 0)]
    Driver(DriverVersion),
    #[codec(index = 1)]
    Firmware(FirmwareVersion),
}

/// What one measurement must be.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub(super) struct Reference {
    /// Counted from zero.
    pub(super) index: u8,
    /// Any of these.
    pub(super) alternatives: Vec<[u8; 48]>,
}

/// A manifest whose signer leads to the pinned root, as far as reports are compared with it.
///
/// Decode only what was encoded from one that was checked, and kept where nobody else writes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct CheckedManifest {
    root: [u8; 32],
    chip: String,
    subject: Subject,
    references: Vec<Reference>,
    id: [u8; 32],
    revocation: Revocation,
    window: Window,
}

impl CheckedManifest {
    /// What it is about.
    pub const fn kind(&self) -> ManifestSubject {
        match self.subject {
            Subject::Driver(_) => ManifestSubject::Driver,
            Subject::Firmware(_) => ManifestSubject::Firmware,
        }
    }

    /// A hash of what was signed.
    pub const fn id(&self) -> [u8; 32] {
        self.id
    }

    /// The time in which it counts: its certificates' and that of the responses about them.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// What was known about revocation when it was checked.
    pub const fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// Whether it takes the place of `kept`, the same manifest checked before: where that counts no more, or this one
    /// rests on better knowledge about revocation, or on as good and counts longer. `now` is in Unix seconds.
    pub fn supersedes(&self, kept: &Self, now: u64) -> bool {
        self.root != kept.root
            || kept.window.require(now).is_err()
            || self.revocation < kept.revocation
            || (self.revocation == kept.revocation && self.window.not_after > kept.window.not_after)
    }

    /// The chip, such as `GH100`.
    pub fn chip(&self) -> &str {
        &self.chip
    }

    pub(super) const fn subject(&self) -> Subject {
        self.subject
    }

    pub(super) fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Requires that it was checked against the same root, under a policy that demanded no less about revocation,
    /// and that its time is not over.
    pub(super) fn require_usable(
        &self,
        roots: &NvidiaRoots,
        policy: &NvidiaPolicy,
        now: u64,
    ) -> Result<(), NvidiaRefusal> {
        if self.root != roots.manifest.id() {
            return Err(NvidiaRefusal::ManifestRoot(self.kind()));
        }
        let is_enough = match self.revocation {
            Revocation::Good => true,
            Revocation::OnHold => policy.revocation.insecure_allow_hold,
            Revocation::Unchecked => policy.revocation.insecure_allow_unchecked,
        };
        if !is_enough {
            return Err(NvidiaRefusal::ManifestRevocation(self.kind()));
        }
        self.window.require(now).map_err(|fault| NvidiaRefusal::ManifestTime(self.kind(), fault))
    }
}

/// Checks a manifest. At most five signature verifications for a chain of four, and two more for each response.
///
/// `responses` are about the certificates of the manifest's own chain. `now` is in Unix seconds.
///
/// # Errors
/// The first [`NvidiaRefusal`] met, in the order of [`super::NvidiaCheck`].
pub fn verify_manifest(
    xml: &[u8],
    responses: &[OcspResponse<'_>],
    roots: &NvidiaRoots,
    policy: &RevocationPolicy,
    now: u64,
) -> Result<CheckedManifest, NvidiaRefusal> {
    verify_manifest_with(&signatures::Fastest::default(), xml, responses, roots, policy, now)
}

/// [`verify_manifest`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_manifest`].
pub fn verify_manifest_with(
    verifier: &impl SignatureVerifier,
    xml: &[u8],
    responses: &[OcspResponse<'_>],
    roots: &NvidiaRoots,
    policy: &RevocationPolicy,
    now: u64,
) -> Result<CheckedManifest, NvidiaRefusal> {
    let source = xml::require_plain(xml)?;
    let document = xml::parse(source)?;
    let root = document.root_element();
    let signature = signature::Signature::parse(root)?;
    let contents = contents::Contents::parse(root)?;

    let chain = VerifiedChain::verify(&signature.certificates, &roots.manifest, Chain::Manifest, verifier, now)?;
    let name = |place| NvidiaCertificate::at(Chain::Manifest, place);
    let outcome = ocsp::require_not_revoked(&chain, 0, name, responses, policy, verifier, now)
        .map_err(NvidiaRefusal::of_manifest)?;
    let signed = signature.require_valid(source, root, &chain, verifier)?;
    Ok(CheckedManifest {
        root: roots.manifest.id(),
        chip: contents.chip,
        subject: contents.subject,
        references: contents.references,
        id: domain::sha256(&signed),
        revocation: outcome.revocation,
        window: outcome.window.map_or(chain.window, |window| window.and(chain.window)),
    })
}
