//! The rules: those of production, and which ones are possible.

use adyton_protocol::{
    record::EvidenceKind,
    rewards::{BILLION, Parameters},
};

/// One PHA.
const PHA: u128 = 1_000_000_000_000;
/// Blocks of a day, at 6 s.
const DAY: u32 = 14_400;
/// The most that a block issues: 10,000 PHA. With it and [`crate::weighing::LEAST_WEIGHT`] the index lasts for centuries.
pub const MAX_BUDGET: u128 = 10_000 * PHA;
/// The most models of processors that have a cap of their own: several times as many as servers have.
pub const MAX_MODELS: u32 = 256;
/// The shortest period of the budget, in blocks.
pub const MIN_PERIOD: u32 = 100;

/// The rules of production: 720,000 PHA a day and a quarter less every 180 days, a fifth of it to the treasury; a round an
/// hour, and a challenge a day.
pub const fn production() -> Parameters {
    Parameters {
        budget: 50 * PHA,
        decay: BILLION / 4,
        decay_blocks: 180 * DAY,
        treasury: BILLION / 5,
        tiers: [BILLION, BILLION, BILLION, BILLION / 10 * 8, BILLION / 10 * 7, 0, 0, 0],
        stake_cap: 50 * PHA,
        least_stake: 50 * PHA,
        rounds_per_challenge: 24,
        answers_per_round: 2_400,
        answer_blocks: 200,
        rounds_per_measurement: 7 * 24,
        measure_blocks: 50,
        measure_distance: DAY / 2,
        missed_measurements: 3,
        capacity_scale: 1,
    }
}

/// Whether these rules can be followed: no share is more than the whole, and nothing is divided by nothing.
pub fn are_possible(parameters: &Parameters) -> bool {
    let Parameters {
        budget,
        decay,
        decay_blocks,
        treasury,
        tiers,
        stake_cap,
        least_stake: _,
        rounds_per_challenge,
        answers_per_round,
        answer_blocks,
        rounds_per_measurement,
        measure_blocks,
        measure_distance: _,
        missed_measurements,
        capacity_scale,
    } = parameters;
    let shares = [*decay, *treasury].into_iter().chain(*tiers).all(|share| share <= BILLION);
    let counts = [
        *rounds_per_challenge,
        *answers_per_round,
        *answer_blocks,
        *rounds_per_measurement,
        *measure_blocks,
        *capacity_scale,
        u32::from(*missed_measurements),
    ];
    shares
        && counts.into_iter().all(|count| count > 0)
        && *budget <= MAX_BUDGET
        && *decay_blocks >= MIN_PERIOD
        && *stake_cap > 0
}

/// The most capacity that counts of one machine in production whose processor's model has no cap of its own: about what
/// two sockets of today's largest processors do. An enclave of SGX has less memory, and a Nitro enclave a part of an
/// instance.
pub const fn cap(kind: EvidenceKind) -> u64 {
    match kind {
        EvidenceKind::IntelTdx | EvidenceKind::AmdSnp => 100_000,
        EvidenceKind::IntelSgx | EvidenceKind::AwsNitro => 50_000,
    }
}
