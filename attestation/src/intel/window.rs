//! A span of time in which a document is valid.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{Document, Refusal};

/// From one second to another, both included (Unix seconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Window {
    /// The first second.
    pub not_before: u64,
    /// The last second.
    pub not_after: u64,
}

impl Window {
    /// Requires that `now` is inside.
    pub(crate) fn require(&self, now: u64, document: Document) -> Result<(), Refusal> {
        if now < self.not_before {
            return Err(Refusal::NotYetValid(document));
        }
        if now > self.not_after {
            return Err(Refusal::Expired(document));
        }
        Ok(())
    }

    /// The time that is in both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { not_before: self.not_before.max(other.not_before), not_after: self.not_after.min(other.not_after) }
    }
}
