//! What verification returns.

use alloc::{string::String, vec::Vec};
use codec::Encode;
use core::ops::Deref;
use scale_info::TypeInfo;
use serde::Serialize;

use super::{
    flags::{GuestPolicy, PlatformInfo},
    product::{SnpCpu, SnpProduct},
    refusal::SnpRefusal,
    report::SnpKey,
    tcb::SnpTcb,
};
use crate::{Advisory, MachineId, RootId, TcbStatus, TierNumber, domain};

/// What a guest is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, TypeInfo, Serialize)]
pub struct SnpMeasurement {
    /// Measurement of the guest's initial memory and processors.
    #[serde(with = "hex::serde")]
    pub measurement: [u8; 48],
    /// What the host said about the guest when it launched it.
    #[serde(with = "hex::serde")]
    pub host_data: [u8; 32],
    /// The guest's family, which its owner chose. It is no measurement.
    #[serde(with = "hex::serde")]
    pub family_id: [u8; 16],
    /// The guest's image, which its owner chose. It is no measurement.
    #[serde(with = "hex::serde")]
    pub image_id: [u8; 16],
    /// SHA-384 of the key that signed the guest's identity block; zero if there is none.
    #[serde(with = "hex::serde")]
    pub id_key_digest: [u8; 48],
    /// SHA-384 of the key that vouches for that key; zero if there is none.
    #[serde(with = "hex::serde")]
    pub author_key_digest: [u8; 48],
    /// Whether the report says that there is such a key.
    pub author_key_enabled: bool,
    /// The guest's own security version number, in its identity block.
    pub guest_svn: u32,
    /// What the guest's owner permits and demands.
    pub guest_policy: GuestPolicy,
    /// The firmware interface that the guest requires at least: major, minor.
    pub guest_abi: [u8; 2],
    /// The privilege level of whatever asked for the report.
    pub vmpl: u8,
}

impl SnpMeasurement {
    /// The measurement's identity: a domain-separated hash of everything in it, so that a guest which differs in
    /// anything has another one.
    pub fn id(&self) -> [u8; 32] {
        domain::hash(domain::SNP_MEASUREMENT, &[&self.encode()])
    }
}

/// A report's four sets of firmware versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, TypeInfo, Serialize)]
pub struct SnpTcbs {
    /// The one that the report is signed for.
    pub reported: SnpTcb,
    /// The one below which the firmware cannot be rolled back.
    pub committed: SnpTcb,
    /// The one that runs.
    pub current: SnpTcb,
    /// The one that ran when the guest was launched.
    pub launch: SnpTcb,
}

/// The facts of a verdict. On its own it proves nothing: only a [`SnpVerdict`] says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct SnpFacts {
    /// The product line.
    pub product: SnpProduct,
    /// The root that everything leads to.
    pub root: RootId,
    /// The report's version.
    pub version: u32,
    /// The processor; `None` in reports of version 2.
    pub cpu: Option<SnpCpu>,
    /// What kind of key signed.
    pub key: SnpKey,
    /// The cloud provider whose key it is.
    pub provider: Option<String>,
    /// What was measured.
    pub measurement: SnpMeasurement,
    /// What the guest had put into its report.
    #[serde(with = "hex::serde")]
    pub report_data: [u8; 64],
    /// The guest's identifier for as long as it runs.
    #[serde(with = "hex::serde")]
    pub report_id: [u8; 32],
    /// Firmware versions.
    pub tcbs: SnpTcbs,
    /// The firmware that runs: major, minor, build.
    pub current_firmware: [u8; 3],
    /// The firmware that is committed: major, minor, build.
    pub committed_firmware: [u8; 3],
    /// The launched and the current firmware's mitigations; only version 5 has them.
    pub mitigations: Option<[u64; 2]>,
    /// Up to date, or out of date by a floor of the policy or for want of the alias check.
    pub tcb_status: TcbStatus,
    /// The tier that the policy puts it into.
    pub tier: TierNumber,
    /// The advisories that apply, sorted: the policy's standing ones, those whose floor of the policy or of AMD's own the
    /// firmware is below, and that for want of the alias check. May be non-empty when up to date.
    pub advisories: Vec<Advisory>,
    /// How the platform is set up.
    pub platform_info: PlatformInfo,
    /// Whether a revocation list of the root was there.
    pub revocation_checked: bool,
    /// The chip, whose identifier is filled with zeros where it is shorter; `None` if a provider's key signed and the
    /// report does not name it.
    pub machine: Option<MachineId>,
    /// When the youngest document that this rests on began to be valid (Unix seconds).
    pub valid_from: u64,
    /// The last second at which everything that this rests on is valid.
    pub valid_until: u64,
    /// The evidence's identity: a hash of what was signed and of the key, not of the signature.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
}

/// Evidence passed every check but the last, which is the caller's: what it is about ([`SnpVerdict::bind`]).
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnpVerdict(SnpFacts);

/// What the caller expects of the evidence. `None` is not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnpExpected {
    /// The caller's statement.
    pub report_data: [u8; 64],
    /// The guest. Its family and image are its owner's words, so that they cannot stand for it.
    pub measurement: Option<[u8; 48]>,
    /// What the host said about the guest.
    pub host_data: Option<[u8; 32]>,
    /// SHA-384 of the key that signed the identity block.
    pub id_key_digest: Option<[u8; 48]>,
    /// SHA-384 of the key that vouches for that key.
    pub author_key_digest: Option<[u8; 48]>,
}

impl SnpExpected {
    /// A statement, of any guest.
    pub const fn of(report_data: [u8; 64]) -> Self {
        Self { report_data, measurement: None, host_data: None, id_key_digest: None, author_key_digest: None }
    }
}

impl SnpVerdict {
    pub(super) fn new(facts: SnpFacts) -> Self {
        Self(facts)
    }

    /// The facts, without their proof.
    pub(crate) fn into_facts(self) -> SnpFacts {
        self.0
    }

    /// Requires that the evidence is about the caller's statement and guest.
    ///
    /// # Errors
    /// What differs from `expected`.
    pub fn bind(self, expected: &SnpExpected) -> Result<BoundSnpVerdict, SnpRefusal> {
        let found = &self.0.measurement;
        let refusal = |found, wanted| SnpRefusal::Measurement { found, wanted };
        require(&expected.measurement, &found.measurement, refusal)?;
        require(&expected.host_data, &found.host_data, |found, wanted| SnpRefusal::HostData { found, wanted })?;
        require(&expected.id_key_digest, &found.id_key_digest, |found, wanted| SnpRefusal::IdKey { found, wanted })?;
        let author = found.author_key_enabled.then_some(found.author_key_digest);
        match expected.author_key_digest {
            Some(wanted) if author != Some(wanted) => {
                return Err(SnpRefusal::AuthorKey { found: author.unwrap_or([0; 48]), wanted });
            }
            Some(_) | None => {}
        }
        if self.0.report_data == expected.report_data { Ok(BoundSnpVerdict(self)) } else { Err(SnpRefusal::ReportData) }
    }
}

fn require<const N: usize>(
    expected: &Option<[u8; N]>,
    found: &[u8; N],
    refusal: impl FnOnce([u8; N], [u8; N]) -> SnpRefusal,
) -> Result<(), SnpRefusal> {
    match expected {
        Some(expected) if expected != found => Err(refusal(*found, *expected)),
        Some(_) | None => Ok(()),
    }
}

impl Deref for SnpVerdict {
    type Target = SnpFacts;

    fn deref(&self) -> &SnpFacts {
        &self.0
    }
}

/// A [`SnpVerdict`] that is about the caller's own statement.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundSnpVerdict(SnpVerdict);

impl BoundSnpVerdict {
    /// The facts, to be kept.
    pub fn into_facts(self) -> SnpFacts {
        self.0.0
    }
}

impl Deref for BoundSnpVerdict {
    type Target = SnpFacts;

    fn deref(&self) -> &SnpFacts {
        &self.0.0
    }
}
