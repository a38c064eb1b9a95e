//! What the chain keeps of those who work for a reward: parameters, sessions, totals. `specs/rewards.md` has the rules, the
//! pallet `rewards` keeps them. Amounts are in units of 10^-12 PHA.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::ids::BlockNumber;

/// The whole, of which shares are given in parts.
pub const BILLION: u32 = 1_000_000_000;
/// What [`Totals::index`] is scaled by, as a power of two.
pub const INDEX_BITS: u32 = 64;
/// The most tiers that a platform's verdict may name.
pub const MAX_TIERS: usize = 8;

/// The rules of rewards. The economy's origin sets them.
#[derive(
    Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// What one block issues at the beginning, at most; the treasury's part is in it.
    pub budget: u128,
    /// By how many parts of a billion it falls at the end of each period.
    pub decay: u32,
    /// How many blocks a period has.
    pub decay_blocks: BlockNumber,
    /// How many parts of a billion of it go to the treasury.
    pub treasury: u32,
    /// The factor of a worker's weight, in parts of a billion, by the tier of its verdict, the best first. A tier beyond
    /// these has none.
    pub tiers: [u32; MAX_TIERS],
    /// For each unit of a worker's capacity, so much stake counts.
    pub stake_cap: u128,
    /// The least stake of a worker is this by the square root of its capacity.
    pub least_stake: u128,
    /// A worker is challenged in one of so many rounds, on average.
    pub rounds_per_challenge: u32,
    /// The most workers that are challenged in one round, on average.
    pub answers_per_round: u32,
    /// For how many blocks a challenge can be answered.
    pub answer_blocks: BlockNumber,
    /// A machine is measured in one of so many rounds, on average.
    pub rounds_per_measurement: u32,
    /// How many blocks a measurement takes.
    pub measure_blocks: BlockNumber,
    /// How many blocks pass between two measurements of a machine that its operators ask for.
    pub measure_distance: BlockNumber,
    /// So many measurements missed in a row, and the worker has no capacity.
    pub missed_measurements: u8,
    /// A worker that does a unit of work a block has so much capacity.
    pub capacity_scale: u32,
}

/// A worker works for a reward.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Session {
    /// The pool that stands behind it.
    pub pool: u32,
    /// The block in which it was started.
    pub started_at: BlockNumber,
    /// The stake that it was last weighed by.
    pub stake: u128,
    /// The capacity that it was last weighed by.
    pub capacity: u64,
    /// Its weight; zero while it is away.
    pub weight: u128,
    /// [`Totals::index`] when it was last weighed.
    pub index: u128,
    /// What it has accrued until then since its last answer, and has not been credited with.
    pub pending: u128,
    /// All rounds up to this one are settled: it answered, or need not have.
    pub settled: u64,
    /// The block of its last answer; of its start, before the first.
    pub answered_at: BlockNumber,
    /// What it has been credited with, in all.
    pub earned: u128,
    /// Since when it is away, as somebody has shown: the first block at which an answer was late.
    pub away_since: Option<BlockNumber>,
}

/// The last absence of a worker that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Away {
    /// The first block at which an answer to the first of the challenges that it missed was late.
    pub since: BlockNumber,
    /// The block in which it answered again, or was stopped; none while it is away.
    pub until: Option<BlockNumber>,
}

/// What all who work come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Totals {
    /// What a worker of weight 1 that was never away has accrued since the chain began, times 2^64.
    pub index: u128,
    /// The block up to which `index` goes.
    pub advanced_at: BlockNumber,
    /// The block in which the budget was as the parameters say; periods count from here.
    pub budget_since: BlockNumber,
    /// The sum of all weights.
    pub weight: u128,
    /// How many workers are started and not stopped.
    pub running: u32,
    /// The sum of the capacities that they were weighed by, those of workers away not.
    pub capacity: u64,
    /// What is due to the treasury and not issued yet.
    pub treasury_due: u128,
    /// What was credited to workers, in all.
    pub credited: u128,
    /// What was issued to the treasury, in all.
    pub to_treasury: u128,
    /// What the budget was, in all, while somebody worked.
    pub budgeted: u128,
}

impl Session {
    /// What it will be credited with if it answers when the index is `index`, and has missed nothing: rounded down.
    pub fn accrued(&self, index: u128) -> u128 {
        self.pending.saturating_add(scaled(self.weight, index.saturating_sub(self.index)))
    }
}

/// `weight * index / 2^64`, rounded down; as much as fits where it is more.
fn scaled(weight: u128, index: u128) -> u128 {
    let low = u128::from(u64::MAX);
    let (high_weight, low_weight) = (weight >> INDEX_BITS, weight & low);
    let (high_index, low_index) = (index >> INDEX_BITS, index & low);
    // (a 2^64 + b) (c 2^64 + d) / 2^64 = a c 2^64 + a d + b c + b d / 2^64
    let highest = high_weight.checked_mul(high_index).and_then(|product| product.checked_mul(1 << INDEX_BITS));
    highest
        .and_then(|sum| sum.checked_add(high_weight.checked_mul(low_index)?))
        .and_then(|sum| sum.checked_add(low_weight.checked_mul(high_index)?))
        .and_then(|sum| sum.checked_add(low_weight.checked_mul(low_index)? >> INDEX_BITS))
        .unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_accrued_is_what_the_index_has_grown_by_for_each_weight_and_what_was_before() {
        let session = Session {
            pool: 1,
            started_at: 1,
            stake: 0,
            capacity: 0,
            weight: 10,
            index: 5 << INDEX_BITS,
            pending: 3,
            settled: 0,
            answered_at: 1,
            earned: 0,
            away_since: None,
        };
        assert_eq!(session.accrued(7 << INDEX_BITS), 23);
        assert_eq!(session.accrued((7 << INDEX_BITS) - 1), 22, "rounded down");
        assert_eq!(session.accrued(0), 3, "an index never falls; nothing is made of one that did");
        assert_eq!(Session { weight: u128::MAX, ..session }.accrued(u128::MAX), u128::MAX);
    }

    proptest! {
        #[test]
        fn scaling_is_the_exact_product_where_that_fits(weight in 0..u128::from(u64::MAX), whole in 0..1u128 << 60, part: u64) {
            let index = (whole << INDEX_BITS) | u128::from(part);
            let expected = weight * whole + ((weight * u128::from(part)) >> INDEX_BITS);
            prop_assert_eq!(scaled(weight, index), expected);
        }
    }
}
