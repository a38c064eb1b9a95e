//! The price of PHA, which nobody in the simulation moves, and what people make of it.

use crate::{
    plan::{JUMP_DAYS, PRICE, VOLATILITY},
    random::Random,
};

/// Days over which people look back.
const MEMORY: usize = 14;

/// The price so far.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    prices: Vec<f64>,
    /// What one PHA at stake earns in a year, as of yesterday.
    pub yearly: f64,
    /// What a unit of capacity earned yesterday, in PHA.
    pub income: f64,
}

impl Market {
    /// On the first day.
    pub fn new() -> Self {
        Self { prices: vec![PRICE], yearly: 1.0, income: 0.05 }
    }

    /// A day passes.
    pub fn step(&mut self, random: &mut Random) {
        let mut change = VOLATILITY * random.normal() - VOLATILITY * VOLATILITY / 2.0;
        if random.chance(1.0 / JUMP_DAYS) {
            change += random.between(-0.4, 0.3);
        }
        self.prices.push(self.price() * change.exp());
    }

    /// Today's price in dollars.
    pub fn price(&self) -> f64 {
        self.prices.last().copied().unwrap_or(PRICE)
    }

    /// The logarithm of how the price has changed in two weeks.
    fn momentum(&self) -> f64 {
        let before = self.prices.len().saturating_sub(1 + MEMORY);
        (self.price() / self.prices[before]).ln()
    }

    /// By what people are readier to join than on other days.
    pub fn greed(&self) -> f64 {
        (2.0 * self.momentum()).exp().clamp(0.2, 5.0) * (self.yearly / 0.3).clamp(0.3, 3.0)
    }

    /// By what they are readier to leave.
    pub fn fear(&self) -> f64 {
        (-4.0 * self.momentum()).exp().clamp(0.3, 8.0) * (0.3 / self.yearly.max(0.01)).clamp(0.5, 4.0)
    }
}
