//! A span of time in which a document is valid.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::Fault;

/// From one second to another, both included (Unix seconds).
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
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first second.
    pub not_before: u64,
    /// The last second.
    pub not_after: u64,
}

impl Window {
    /// Requires that `now` is inside.
    pub(crate) fn require(&self, now: u64) -> Result<(), Fault> {
        if now < self.not_before {
            return Err(Fault::NotYetValid { not_before: self.not_before, now });
        }
        if now > self.not_after {
            return Err(Fault::Expired { not_after: self.not_after, now });
        }
        Ok(())
    }

    /// The time that is in both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { not_before: self.not_before.max(other.not_before), not_after: self.not_after.min(other.not_after) }
    }
}
