//! A share in billionths.

use alloc::{format, string::String};

use codec::{CompactAs, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{ratio::ratio, rewards::BILLION};

/// A share in billionths, laid out as polkadot-sdk's `Perbill`, which the pallets reckon with: records that have shares leave
/// open which of both it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    CompactAs,
    Serialize,
    Deserialize,
)]
pub struct Share(pub u32);

impl Share {
    /// `part` of `whole`, rounded down; all, where the whole is nothing.
    pub fn of(part: u128, whole: u128) -> Self {
        let billionths = ratio(part.min(whole), u128::from(BILLION), whole).unwrap_or(u128::from(BILLION));
        Self(u32::try_from(billionths).unwrap_or(BILLION).min(BILLION))
    }

    /// This share of `whole`, rounded down.
    pub fn part_of(&self, whole: u128) -> u128 {
        ratio(whole, u128::from(self.0.min(BILLION)), u128::from(BILLION)).unwrap_or(0)
    }

    /// In percent, with two digits behind the point, rounded down.
    pub fn percent(&self) -> String {
        format!("{}.{:02}", self.0 / 10_000_000, self.0 / 100_000 % 100)
    }
}
