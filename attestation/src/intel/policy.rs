//! What a relying party accepts. Plain data; whatever it does not allow is refused.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{Advisory, IntelRefusal, TcbStatus, TcbStatusSet};

/// The most tiers of a policy.
pub const MAX_TIERS: u32 = 4;
/// The most advisories of one list.
pub const MAX_LISTED_ADVISORIES: u32 = 64;
/// The most service domains that a policy accepts.
pub const MAX_SERVICE_DOMAINS: u32 = 8;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// A list of advisories.
pub type AdvisoryNames = BoundedVec<Advisory, ConstU32<MAX_LISTED_ADVISORIES>>;

/// The position of a tier in its policy: 0 is the best.
pub type TierNumber = u8;

/// Which advisories may apply to a platform that is not simply up to date. Those of a platform that is up to date are
/// information: whatever they are about has been dealt with.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptedAdvisories {
    /// These and no others.
    #[codec(index = 0)]
    Only(AdvisoryNames),
    /// Every one, known or to come.
    #[codec(index = 1)]
    Any,
}

impl Default for AcceptedAdvisories {
    fn default() -> Self {
        Self::Only(AdvisoryNames::default())
    }
}

/// One tier of platforms: what is good enough for it. The default accepts nothing.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The statuses that are good enough.
    pub statuses: TcbStatusSet,
    /// The advisories that may apply to a platform that is not simply up to date.
    pub accepted_advisories: AcceptedAdvisories,
    /// The advisories that must not apply, whatever the status.
    pub refused_advisories: AdvisoryNames,
    /// For how many days after the date of its level an out-of-date part is still accepted, if the statuses contain
    /// such a one.
    pub grace_days: u16,
}

impl Tier {
    /// Up to date and nothing else.
    pub fn up_to_date() -> Self {
        Self::of(TcbStatusSet::UP_TO_DATE)
    }

    /// Any of `statuses`, whatever advisories apply and however old an out-of-date level is.
    pub fn of(statuses: TcbStatusSet) -> Self {
        Self {
            statuses,
            accepted_advisories: AcceptedAdvisories::Any,
            refused_advisories: AdvisoryNames::default(),
            grace_days: u16::MAX,
        }
    }

    /// The last second at which the platform is in this tier.
    fn admit(
        &self,
        status: TcbStatus,
        advisories: &[Advisory],
        out_of_date: Option<u64>,
        now: u64,
    ) -> Result<u64, IntelRefusal> {
        if !self.statuses.contains(status) {
            return Err(IntelRefusal::TcbStatus { found: status, wanted: self.statuses });
        }
        let accepts = |advisory: &Advisory| match &self.accepted_advisories {
            AcceptedAdvisories::Any => true,
            AcceptedAdvisories::Only(accepted) => status == TcbStatus::UpToDate || accepted.contains(advisory),
        };
        let refuses = |advisory: &Advisory| self.refused_advisories.contains(advisory) || !accepts(advisory);
        if let Some(advisory) = advisories.iter().find(|advisory| refuses(advisory)) {
            return Err(IntelRefusal::Advisory(*advisory));
        }
        let ends = match out_of_date {
            Some(date) if status.is_out_of_date() => {
                date.saturating_add(u64::from(self.grace_days).saturating_mul(SECONDS_OF_A_DAY))
            }
            _ => u64::MAX,
        };
        if now <= ends { Ok(ends) } else { Err(IntelRefusal::GraceOver { ended: ends, days: self.grace_days }) }
    }
}

/// The hash of service domains (MRSERVICETD).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct ServiceDomainHash(#[serde(with = "hex::serde")] pub [u8; 48]);

/// What a relying party accepts of an Intel platform, and of a trust domain or enclave on it.
///
/// The default accepts nothing. Debug in any form, a missing `SEPT_VE_DISABLE`, migratable domains, performance
/// monitoring, devices in a domain's trust and reserved bits are not policy: they are always refused.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct IntelPolicy {
    /// What is good enough, by tier, the best first; a verdict names the first that a platform is in. None, or only
    /// tiers without a status, refuse all evidence.
    pub tiers: BoundedVec<Tier, ConstU32<MAX_TIERS>>,
    /// The lowest acceptable `tcbEvaluationDataNumber`. Without such a floor, an attacker picks the oldest
    /// collateral that is still in its time.
    pub minimum_evaluation_number: u32,
    /// The extended features (XFAM, Intel TDX module ABI) that a trust domain may have.
    pub allowed_xfam: u64,
    /// Whether a trust domain may use the defence against single-stepping (attribute `ICSSD`).
    pub allow_single_step_defence: bool,
    /// Whether a trust domain may use supervisor protection keys (attribute `PKS`).
    pub allow_protection_keys: bool,
    /// Whether a trust domain may use Key Locker (attribute `KL`).
    pub allow_key_locker: bool,
    /// Whether a trust domain may use linear address space separation (attribute `LASS`).
    pub allow_lass: bool,
    /// The service domains that a trust domain may be bound to, such as one that migrates it: they see into it.
    pub accepted_service_domains: BoundedVec<ServiceDomainHash, ConstU32<MAX_SERVICE_DOMAINS>>,
    /// The extended features (XFRM, Intel SDM volume 3D) that an enclave may have.
    pub allowed_xfrm: u64,
    /// What may be written into an enclave's memory when it is left (MISCSELECT, Intel SDM volume 3D).
    pub allowed_misc_select: u32,
    /// Whether an enclave may have the platform's provisioning key (attribute `PROVISIONKEY`), by which it knows the
    /// platform again.
    pub allow_provisioning_key: bool,
    /// Whether the platform may run with simultaneous multithreading.
    pub allow_smt: bool,
    /// Whether packages may be added to the platform after its registration with Intel.
    pub allow_dynamic_platform: bool,
    /// Whether Intel's registration service may keep the platform's keys.
    pub allow_cached_keys: bool,
}

impl IntelPolicy {
    /// The extended features seen on current platforms: x87, SSE, AVX, AVX-512, protection keys, control-flow
    /// enforcement, AMX. Not: processor trace, last branch records, user interrupts.
    pub const USUAL_XFAM: u64 = 0x0006_1AE7;
    /// The same, and memory protection extensions, which older processors with SGX have.
    pub const USUAL_XFRM: u64 = Self::USUAL_XFAM | 0b1_1000;
    /// Page faults and control protection faults are described in the enclave's own memory.
    pub const USUAL_MISC_SELECT: u32 = 0b11;

    /// Up to date and nothing else, at `minimum_evaluation_number` or above; the platform properties that all
    /// cloud machines have (multithreading, dynamic, cached keys) are allowed.
    pub fn strict(minimum_evaluation_number: u32) -> Self {
        Self {
            tiers: BoundedVec::truncate_from(alloc::vec![Tier::up_to_date()]),
            minimum_evaluation_number,
            allowed_xfam: Self::USUAL_XFAM,
            allow_single_step_defence: true,
            allow_protection_keys: true,
            allow_key_locker: false,
            allow_lass: true,
            accepted_service_domains: BoundedVec::new(),
            allowed_xfrm: Self::USUAL_XFRM,
            allowed_misc_select: Self::USUAL_MISC_SELECT,
            allow_provisioning_key: false,
            allow_smt: true,
            allow_dynamic_platform: true,
            allow_cached_keys: true,
        }
    }

    /// This policy with one tier, which accepts any of `statuses`.
    #[must_use]
    pub fn with_statuses(self, statuses: TcbStatusSet) -> Self {
        Self { tiers: BoundedVec::truncate_from(alloc::vec![Tier::of(statuses)]), ..self }
    }

    /// Whether no platform can pass.
    pub fn accepts_nothing(&self) -> bool {
        self.tiers.iter().all(|tier| tier.statuses.is_empty())
    }

    /// The best tier that a platform is in at `now`, and the last second at which it is. `out_of_date` is the oldest
    /// date of a part that is out of date.
    pub(crate) fn tier_of(
        &self,
        status: TcbStatus,
        advisories: &[Advisory],
        out_of_date: Option<u64>,
        now: u64,
    ) -> Result<(TierNumber, u64), IntelRefusal> {
        let wanted = self.tiers.iter().flat_map(|tier| tier.statuses.iter()).collect();
        let mut refusal = IntelRefusal::TcbStatus { found: status, wanted };
        for (number, tier) in (0..).zip(&self.tiers) {
            match tier.admit(status, advisories, out_of_date, now) {
                Ok(ends) => return Ok((number, ends)),
                // What is wrong beyond the status says more.
                Err(IntelRefusal::TcbStatus { .. }) => (),
                Err(other) => refusal = other,
            }
        }
        Err(refusal)
    }
}
