//! What blocks issue, and what of it each unit of weight is due. Pure: blocks and totals in, totals out.

use adyton_protocol::{
    ids::BlockNumber,
    rewards::{BILLION, INDEX_BITS, Parameters, Totals},
};
use polkadot_sdk::sp_runtime::{
    Perbill, Perquintill, Rounding, Saturating, helpers_128bit::multiply_by_rational_with_rounding,
};

/// The most periods that are looked at in one step. What would be issued after so many without any step is not.
const MAX_PERIODS: u32 = 1_000;

/// What the blocks after `from`, up to and with `to`, issue. Periods count from `since`.
pub fn between(parameters: &Parameters, since: BlockNumber, from: BlockNumber, to: BlockNumber) -> u128 {
    let length = parameters.decay_blocks.max(1);
    let mut period = from.saturating_sub(since) / length;
    let (mut at, mut sum) = (from, 0u128);
    for _ in 0..MAX_PERIODS {
        let rate = in_period(parameters, period);
        if at >= to || rate == 0 {
            break;
        }
        let end = since.saturating_add(period.saturating_add(1).saturating_mul(length)).min(to);
        sum = sum.saturating_add(rate.saturating_mul(u128::from(end.saturating_sub(at))));
        // Numbers of blocks end where they can grow no more.
        (at, period) = (end.max(at), period.saturating_add(1));
    }
    sum
}

/// What a block of this period issues, the first being zero: rounded down.
fn in_period(parameters: &Parameters, period: u32) -> u128 {
    if period == 0 {
        return parameters.budget;
    }
    let left = u64::from(BILLION.saturating_sub(parameters.decay)).saturating_mul(u64::from(BILLION));
    Perquintill::from_parts(left).saturating_pow(period as usize).mul_floor(parameters.budget)
}

/// Brings `totals` up to the block `now`. While nobody works nothing is issued.
pub fn advance(totals: &mut Totals, parameters: &Parameters, now: BlockNumber) {
    let from = totals.advanced_at;
    if now <= from {
        return;
    }
    totals.advanced_at = now;
    let budget = between(parameters, totals.budget_since, from, now);
    let treasury = Perbill::from_parts(parameters.treasury.min(BILLION)).mul_floor(budget);
    let workers = budget.saturating_sub(treasury);
    // By no weight nothing is divided. What the index has no room for is not issued either.
    let step = multiply_by_rational_with_rounding(workers, 1 << INDEX_BITS, totals.weight, Rounding::Down);
    let Some(index) = step.and_then(|step| totals.index.checked_add(step)) else { return };
    totals.index = index;
    totals.treasury_due = totals.treasury_due.saturating_add(treasury);
    totals.budgeted = totals.budgeted.saturating_add(budget);
}
