//! How long the steps of a decision take.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How long the steps of a decision take, in blocks.
#[derive(
    Debug,
    Clone,
    Copy,
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
pub struct Periods {
    /// From the proposal to the earliest beginning of its decision.
    pub prepare: u32,
    /// From there to the end of the decision, if it is not approved before.
    pub decision: u32,
    /// For how long it has to be approved without a break.
    pub confirm: u32,
    /// From then to what it does, at least.
    pub enactment: u32,
}

impl Periods {
    /// Whether everything that is waited for takes a block at least.
    pub fn are_possible(&self) -> bool {
        self.decision > 0 && self.confirm > 0 && self.enactment > 0
    }
}
