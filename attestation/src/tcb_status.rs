//! Intel's judgement of a platform's trusted computing base (TCB), and sets of such judgements.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Intel's judgement of a platform's trusted computing base, in the order from best to worst.
///
/// Sources: Intel PCS API v4, `tcbStatus`; for the two that advise a relaunch, Intel's quote verification library.
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
    /// The platform is up to date now, but was out of date when the trust domain was launched: a relaunch helps.
    #[codec(index = 7)]
    #[serde(rename = "TDRelaunchAdvised")]
    TdRelaunchAdvised,
    /// The same, and the configuration weakens it.
    #[codec(index = 8)]
    #[serde(rename = "TDRelaunchAdvisedConfigurationNeeded")]
    TdRelaunchAdvisedConfigurationNeeded,
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
    pub const ALL: [Self; 9] = [
        Self::UpToDate,
        Self::SwHardeningNeeded,
        Self::ConfigurationNeeded,
        Self::ConfigurationAndSwHardeningNeeded,
        Self::TdRelaunchAdvised,
        Self::TdRelaunchAdvisedConfigurationNeeded,
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
            Self::TdRelaunchAdvised => "TDRelaunchAdvised",
            Self::TdRelaunchAdvisedConfigurationNeeded => "TDRelaunchAdvisedConfigurationNeeded",
            Self::OutOfDate => "OutOfDate",
            Self::OutOfDateConfigurationNeeded => "OutOfDateConfigurationNeeded",
            Self::Revoked => "Revoked",
        }
    }

    /// The status that Intel's word stands for; `None` if it is not one of them.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether Intel's documents give it to a level; the others only follow from two levels.
    pub(crate) const fn is_of_a_level(self) -> bool {
        !matches!(self, Self::TdRelaunchAdvised | Self::TdRelaunchAdvisedConfigurationNeeded)
    }

    /// Whether it says that something should have been updated.
    pub(crate) const fn is_out_of_date(self) -> bool {
        matches!(self, Self::OutOfDate | Self::OutOfDateConfigurationNeeded)
    }

    pub(crate) const fn needs_configuration(self) -> bool {
        matches!(
            self,
            Self::ConfigurationNeeded
                | Self::ConfigurationAndSwHardeningNeeded
                | Self::TdRelaunchAdvisedConfigurationNeeded
                | Self::OutOfDateConfigurationNeeded
        )
    }

    /// The platform's status together with that of another part (the TDX module or the quoting enclave),
    /// which only knows up to date, out of date and revoked. Source: Intel's quote verification library.
    pub(crate) const fn merged_with(self, part: Self) -> Self {
        match part {
            Self::UpToDate => self,
            Self::Revoked => Self::Revoked,
            Self::OutOfDate if matches!(self, Self::Revoked) => Self::Revoked,
            Self::OutOfDate if self.needs_configuration() => Self::OutOfDateConfigurationNeeded,
            Self::OutOfDate => Self::OutOfDate,
            // Not issued for parts: the worse of the two, never the better.
            Self::SwHardeningNeeded
            | Self::ConfigurationNeeded
            | Self::ConfigurationAndSwHardeningNeeded
            | Self::TdRelaunchAdvised
            | Self::TdRelaunchAdvisedConfigurationNeeded
            | Self::OutOfDateConfigurationNeeded => {
                if (self as u8) > (part as u8) {
                    self
                } else {
                    part
                }
            }
        }
    }

    /// The status at a trust domain's launch together with the `current` one. Where only the launch was out of date,
    /// a relaunch is advised (Intel's quote verification library); where it is the present that is worse, the
    /// present counts.
    pub(crate) const fn updated_to(self, current: Self) -> Self {
        if !self.is_out_of_date() || current.is_out_of_date() || matches!(current, Self::Revoked) {
            return self.merged_with(current);
        }
        if self.needs_configuration() || current.needs_configuration() {
            Self::TdRelaunchAdvisedConfigurationNeeded
        } else {
            Self::TdRelaunchAdvised
        }
    }

    /// The bit of a set that stands for it: the frozen index of its encoding.
    const fn bit(self) -> u16 {
        match self {
            Self::UpToDate => 1 << 0,
            Self::SwHardeningNeeded => 1 << 1,
            Self::ConfigurationNeeded => 1 << 2,
            Self::ConfigurationAndSwHardeningNeeded => 1 << 3,
            Self::OutOfDate => 1 << 4,
            Self::OutOfDateConfigurationNeeded => 1 << 5,
            Self::Revoked => 0,
            Self::TdRelaunchAdvised => 1 << 7,
            Self::TdRelaunchAdvisedConfigurationNeeded => 1 << 8,
        }
    }
}

/// A set of [`TcbStatus`]; [`TcbStatus::Revoked`] can never be a member.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TcbStatusSet(u16);

impl TcbStatusSet {
    /// The empty set, which accepts nothing.
    pub const NONE: Self = Self(0);
    /// Only [`TcbStatus::UpToDate`].
    pub const UP_TO_DATE: Self = Self(TcbStatus::UpToDate.bit());

    /// This set and `status`. Adding [`TcbStatus::Revoked`] changes nothing.
    #[must_use]
    pub const fn with(self, status: TcbStatus) -> Self {
        Self(self.0 | status.bit())
    }

    /// Whether `status` is a member. Never for [`TcbStatus::Revoked`], whatever the stored bits.
    pub const fn contains(self, status: TcbStatus) -> bool {
        self.0 & status.bit() != 0
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

impl core::fmt::Display for TcbStatusSet {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (place, status) in self.iter().enumerate() {
            let before = if place == 0 { "" } else { ", " };
            write!(formatter, "{before}{}", status.name())?;
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::TcbStatus::{self, *};
    use codec::Encode;

    #[test]
    fn encodings_are_frozen_and_the_order_is_from_best_to_worst() {
        let indexes = TcbStatus::ALL.map(|status| status.encode());
        assert_eq!(indexes.concat(), [0, 1, 2, 3, 7, 8, 4, 5, 6]);
        assert!(TcbStatus::ALL.is_sorted());
    }

    /// Case 79.
    #[test]
    fn only_a_launch_that_was_out_of_date_on_a_platform_that_is_not_advises_a_relaunch() {
        for (launch, current, expected) in [
            (OutOfDate, UpToDate, TdRelaunchAdvised),
            (OutOfDate, SwHardeningNeeded, TdRelaunchAdvised),
            (OutOfDate, ConfigurationNeeded, TdRelaunchAdvisedConfigurationNeeded),
            (OutOfDate, ConfigurationAndSwHardeningNeeded, TdRelaunchAdvisedConfigurationNeeded),
            (OutOfDateConfigurationNeeded, UpToDate, TdRelaunchAdvisedConfigurationNeeded),
            (OutOfDate, OutOfDate, OutOfDate),
            (OutOfDate, OutOfDateConfigurationNeeded, OutOfDateConfigurationNeeded),
            (OutOfDateConfigurationNeeded, OutOfDate, OutOfDateConfigurationNeeded),
            (OutOfDate, Revoked, Revoked),
            (Revoked, UpToDate, Revoked),
            (UpToDate, UpToDate, UpToDate),
            (SwHardeningNeeded, UpToDate, SwHardeningNeeded),
        ] {
            assert_eq!(launch.updated_to(current), expected, "{launch:?} {current:?}");
        }
    }

    #[test]
    fn a_present_that_is_worse_than_the_launch_counts() {
        assert_eq!(UpToDate.updated_to(OutOfDate), OutOfDate);
        assert_eq!(ConfigurationNeeded.updated_to(OutOfDate), OutOfDateConfigurationNeeded);
        assert_eq!(UpToDate.updated_to(SwHardeningNeeded), SwHardeningNeeded);
    }
}
