//! What a relying party accepts. Plain data; whatever it does not allow is refused.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Intel's judgement of a platform's trusted computing base, in the order from best to worst.
///
/// Source: Intel PCS API v4, `tcbStatus`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub enum TcbStatus {
    /// At or above the newest level.
    #[codec(index = 0)]
    UpToDate,
    /// Up to date, but software in the environment must mitigate.
    #[codec(index = 1)]
    #[serde(rename = "SWHardeningNeeded")]
    SwHardeningNeeded,
    /// Up to date, but the platform's configuration weakens it.
    #[codec(index = 2)]
    ConfigurationNeeded,
    /// Both of the above.
    #[codec(index = 3)]
    #[serde(rename = "ConfigurationAndSWHardeningNeeded")]
    ConfigurationAndSwHardeningNeeded,
    /// Below the newest level.
    #[codec(index = 4)]
    OutOfDate,
    /// Below the newest level, and the configuration weakens it too.
    #[codec(index = 5)]
    OutOfDateConfigurationNeeded,
    /// No longer trusted at all. No policy can accept it.
    #[codec(index = 6)]
    Revoked,
}

impl TcbStatus {
    /// Every status, from best to worst.
    pub const ALL: [Self; 7] = [
        Self::UpToDate,
        Self::SwHardeningNeeded,
        Self::ConfigurationNeeded,
        Self::ConfigurationAndSwHardeningNeeded,
        Self::OutOfDate,
        Self::OutOfDateConfigurationNeeded,
        Self::Revoked,
    ];

    /// Intel's own word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpToDate => "UpToDate",
            Self::SwHardeningNeeded => "SWHardeningNeeded",
            Self::ConfigurationNeeded => "ConfigurationNeeded",
            Self::ConfigurationAndSwHardeningNeeded => "ConfigurationAndSWHardeningNeeded",
            Self::OutOfDate => "OutOfDate",
            Self::OutOfDateConfigurationNeeded => "OutOfDateConfigurationNeeded",
            Self::Revoked => "Revoked",
        }
    }

    /// The status that Intel's word stands for; `None` if it is not one of them.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// The platform's status together with that of another part (the TDX module or the quoting enclave),
    /// which only knows up to date, out of date and revoked. Source: Intel's quote verification library.
    pub(crate) const fn merged_with(self, part: Self) -> Self {
        match part {
            Self::UpToDate => self,
            Self::Revoked => Self::Revoked,
            Self::OutOfDate => match self {
                Self::UpToDate | Self::SwHardeningNeeded | Self::OutOfDate => Self::OutOfDate,
                Self::ConfigurationNeeded
                | Self::ConfigurationAndSwHardeningNeeded
                | Self::OutOfDateConfigurationNeeded => Self::OutOfDateConfigurationNeeded,
                Self::Revoked => Self::Revoked,
            },
            // Not issued for parts: the worse of the two, never the better.
            Self::SwHardeningNeeded
            | Self::ConfigurationNeeded
            | Self::ConfigurationAndSwHardeningNeeded
            | Self::OutOfDateConfigurationNeeded => {
                if (self as u8) > (part as u8) {
                    self
                } else {
                    part
                }
            }
        }
    }
}

/// A set of [`TcbStatus`]; [`TcbStatus::Revoked`] can never be a member.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TcbStatusSet(u8);

impl TcbStatusSet {
    /// The empty set, which accepts nothing.
    pub const NONE: Self = Self(0);
    /// Only [`TcbStatus::UpToDate`].
    pub const UP_TO_DATE: Self = Self(1);

    /// This set and `status`. Adding [`TcbStatus::Revoked`] changes nothing.
    #[must_use]
    pub const fn with(self, status: TcbStatus) -> Self {
        match status {
            TcbStatus::Revoked => self,
            TcbStatus::UpToDate
            | TcbStatus::SwHardeningNeeded
            | TcbStatus::ConfigurationNeeded
            | TcbStatus::ConfigurationAndSwHardeningNeeded
            | TcbStatus::OutOfDate
            | TcbStatus::OutOfDateConfigurationNeeded => Self(self.0 | 1 << status as u8),
        }
    }

    /// Whether `status` is a member. Never for [`TcbStatus::Revoked`], whatever the stored bits.
    pub const fn contains(self, status: TcbStatus) -> bool {
        !matches!(status, TcbStatus::Revoked) && self.0 & 1 << status as u8 != 0
    }

    /// Whether no status is a member.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// The members, from best to worst.
    pub fn iter(self) -> impl Iterator<Item = TcbStatus> {
        TcbStatus::ALL.into_iter().filter(move |status| self.contains(*status))
    }
}

impl FromIterator<TcbStatus> for TcbStatusSet {
    fn from_iter<I: IntoIterator<Item = TcbStatus>>(statuses: I) -> Self {
        statuses.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Serialize for TcbStatusSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for TcbStatusSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<TcbStatus>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// What a relying party accepts of a TDX platform and a trust domain on it.
///
/// The default accepts nothing. Debug in any form, a missing `SEPT_VE_DISABLE`, migratable domains, performance
/// monitoring and reserved bits are not policy: they are always refused.
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
pub struct Policy {
    /// The statuses that are good enough. Empty refuses all evidence.
    pub accepted_statuses: TcbStatusSet,
    /// The lowest acceptable `tcbEvaluationDataNumber`. Without such a floor, an attacker picks the oldest
    /// collateral that is still in its time.
    pub minimum_evaluation_number: u32,
    /// The extended features (XFAM, Intel TDX module ABI) that a trust domain may have.
    pub allowed_xfam: u64,
    /// Whether a trust domain may use supervisor protection keys (attribute `PKS`).
    pub allow_protection_keys: bool,
    /// Whether a trust domain may use Key Locker (attribute `KL`).
    pub allow_key_locker: bool,
    /// Whether a trust domain may use linear address space separation (attribute `LASS`).
    pub allow_lass: bool,
    /// Whether the platform may run with simultaneous multithreading.
    pub allow_smt: bool,
    /// Whether packages may be added to the platform after its registration with Intel.
    pub allow_dynamic_platform: bool,
    /// Whether Intel's registration service may keep the platform's keys.
    pub allow_cached_keys: bool,
}

impl Policy {
    /// The extended features seen on current platforms: x87, SSE, AVX, AVX-512, protection keys, control-flow
    /// enforcement, AMX. Not: processor trace, last branch records, user interrupts.
    pub const USUAL_XFAM: u64 = 0x0006_1AE7;

    /// Up to date and nothing else, at `minimum_evaluation_number` or above; the platform properties that all
    /// cloud machines have (multithreading, dynamic, cached keys) are allowed.
    pub const fn strict(minimum_evaluation_number: u32) -> Self {
        Self {
            accepted_statuses: TcbStatusSet::UP_TO_DATE,
            minimum_evaluation_number,
            allowed_xfam: Self::USUAL_XFAM,
            allow_protection_keys: true,
            allow_key_locker: false,
            allow_lass: true,
            allow_smt: true,
            allow_dynamic_platform: true,
            allow_cached_keys: true,
        }
    }
}
