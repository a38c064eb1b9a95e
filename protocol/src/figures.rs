//! Sums that the chain keeps for people who look around: single values, on which nothing depends. Those of rewards are
//! among [`crate::rewards::Totals`].

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Of all stake pools, in units of 10^-12 PHA: what the pallet `pools` keeps as `PoolTotals`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PoolTotals {
    /// What is held in accounts as stake.
    pub held: u128,
    /// What workers' rewards have come to.
    pub rewarded: u128,
    /// What slashes have taken.
    pub slashed: u128,
}
