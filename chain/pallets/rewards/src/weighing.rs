//! A worker's weight, and the stake that it needs. Pure.

use adyton_protocol::rewards::{BILLION, Parameters};

/// A weight below this is none: a thousandth of a PHA with a capacity of a thousand has about as much. It keeps the index
/// from growing out of bounds.
pub const LEAST_WEIGHT: u128 = 1 << 20;

/// How finely square roots of capacities are taken: a million parts of a unit.
const FINE: u128 = 1_000_000;

/// A worker's weight, and what of its stake and capacity counts for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// The stake behind it, whatever of it counts.
    pub stake: u128,
    /// The capacity that the stake is enough for.
    pub capacity: u64,
    /// `tier * sqrt(stake * capacity)`, rounded down.
    pub weight: u128,
}

/// The least stake of a worker of this capacity: `least_stake * sqrt(capacity)`.
pub fn least_stake(parameters: &Parameters, capacity: u64) -> u128 {
    let root = u128::from(capacity).saturating_mul(FINE.saturating_mul(FINE)).isqrt();
    parameters.least_stake.saturating_mul(root).div_ceil(FINE)
}

/// Weighs `stake` and `capacity`, for a verdict of this tier.
///
/// Stake beyond the cap for the capacity does not count, and no capacity beyond what the stake is the least for: a worker
/// that has grown, or whose stake was slashed, keeps the weight that it could have been started with.
pub fn weigh(parameters: &Parameters, tier: u8, stake: u128, capacity: u64) -> Weighed {
    let capacity = capacity.min(most_capacity(parameters, stake));
    let counted = stake.min(parameters.stake_cap.saturating_mul(capacity.into()));
    let (wide, capacity_root) = (counted.checked_mul(capacity.into()), u128::from(capacity).isqrt());
    let root = wide.map_or_else(|| counted.isqrt().saturating_mul(capacity_root), u128::isqrt);
    let factor = parameters.tiers.get(usize::from(tier)).copied().unwrap_or(0);
    let weight = root.saturating_mul(factor.into()) / u128::from(BILLION);
    Weighed { stake, capacity, weight: if weight < LEAST_WEIGHT { 0 } else { weight } }
}

/// The most capacity that `stake` is enough for: `(stake / least_stake)^2`, rounded down.
fn most_capacity(parameters: &Parameters, stake: u128) -> u64 {
    let Some(root) = stake.saturating_mul(FINE).checked_div(parameters.least_stake) else { return u64::MAX };
    // A root of 2^32 is enough for every capacity.
    let Some(square) = root.checked_mul(root) else { return u64::MAX };
    u64::try_from(square / FINE.saturating_mul(FINE)).unwrap_or(u64::MAX)
}
