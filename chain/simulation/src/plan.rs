//! What is simulated, and what is supposed of people. What the chain does is not here: that is the pallets' own.

/// Blocks of an hour, at 6 s each.
pub(crate) const HOUR: u32 = 600;
/// Blocks of a day.
pub(crate) const DAY: u32 = 24 * HOUR;
/// Units of one PHA.
pub(crate) const PHA: u128 = 1_000_000_000_000;

/// The price of one PHA at the beginning, in dollars.
pub(crate) const PRICE: f64 = 0.12;
/// The deviation of the logarithm of the price, by day.
pub(crate) const VOLATILITY: f64 = 0.045;
/// On one day of so many the price jumps, up or down by up to a third.
pub(crate) const JUMP_DAYS: f64 = 90.0;
/// What a machine costs its operator by day, in dollars: so much, and so much for each unit of capacity.
pub(crate) const MACHINE_COST: (f64, f64) = (0.4, 0.0008);
/// How long an honest worker runs between two failures, on average.
pub(crate) const UPTIME: f64 = 20.0 * DAY as f64;
/// How long failures last: the share of each kind, and its mean.
pub(crate) const FAILURES: [(f64, f64); 3] =
    [(0.75, 1.0 * HOUR as f64), (0.20, 10.0 * HOUR as f64), (0.05, 4.0 * DAY as f64)];
/// With this probability somebody reports an absence that can be shown.
pub(crate) const WATCHED: f64 = 0.9;
/// How long the attacker's absent machines are on and off, on average.
pub(crate) const DODGE: f64 = 12.0 * HOUR as f64;
/// The part of all stake that the attacker keeps.
pub(crate) const ATTACKER: f64 = 1.0 / 3.0;

/// With no more workers than this the pallets' own invariants are checked at the end.
pub(crate) const SMALL: usize = 500;

/// What is simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Fixes every draw.
    pub seed: u64,
    /// For how many days.
    pub days: u32,
    /// How many workers there are at most, the attacker's among them.
    pub workers: usize,
    /// In how many pools, two of them the attacker's.
    pub pools: usize,
    /// How many delegators there are at most.
    pub delegators: usize,
    /// After how many hours a round of the beacon comes: a divisor of 24. Workers are challenged once a day, and measured
    /// once a week, whatever this is.
    pub round_hours: u32,
}

impl Plan {
    /// A year of a network of ten thousand workers and a hundred thousand delegators.
    pub fn year(seed: u64) -> Self {
        Self { seed, days: 365, workers: 10_000, pools: 500, delegators: 100_000, round_hours: 4 }
    }

    /// Whether it can be simulated.
    pub fn is_possible(&self) -> bool {
        self.days > 0
            && self.days <= 10_000
            && (1..=24).contains(&self.round_hours)
            && 24 % self.round_hours == 0
            && self.pools >= 4
            && self.workers >= 3 * self.pools
            && self.workers <= 1_000_000
            && self.delegators <= 10_000_000
    }

    /// How many rounds a day has.
    pub(crate) fn rounds_per_day(&self) -> u32 {
        24 / self.round_hours
    }

    /// How many blocks are between two rounds.
    pub(crate) fn spacing(&self) -> u32 {
        self.round_hours * HOUR
    }
}
