//! A seeded simulation of the economy: the chain's own pallets, and people who use them.
//!
//! It stands beside the chain: the pallets `pools`, `rewards` and `slashing` run in a chain of the simulation's own
//! (`chain.rs` says what is replaced there), on which workers, operators, delegators, reporters and an attacker with a
//! third of the stake do for a year what is supposed of them (`plan.rs`). What must always hold: the same plan gives
//! the same report, and at the end of each day no PHA has come from nowhere or gone nowhere. It refuses a plan that is
//! too small to have all that the report speaks of.
//!
//! ```
//! use adyton_simulation::Plan;
//!
//! assert!(Plan::year(1).is_possible());
//! assert!(!Plan { round_hours: 5, ..Plan::year(1) }.is_possible());
//! ```
#![forbid(unsafe_code)]

mod attacker;
mod chain;
mod delegators;
mod ledger;
mod market;
mod operators;
mod plan;
mod plots;
mod random;
mod report;
mod rounds;
#[cfg(test)]
mod tests;
mod world;

pub use plan::Plan;
use polkadot_sdk::sp_runtime::traits::{BlakeTwo256, Hash};
use world::World;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plan cannot be simulated.
    #[error("the plan is not possible: at least 4 pools, 3 workers a pool, and rounds that divide a day")]
    Plan,
    /// Something does not hold that must.
    #[error("on day {day} {what}")]
    Broken {
        /// The day, from 0.
        day: u32,
        /// What.
        what: &'static str,
    },
    /// A pallet's own invariants do not hold at the end of a small network's run.
    #[error("at the end the invariants do not hold: {0}")]
    Invariants(String),
    /// A plot cannot be drawn.
    #[error("a plot cannot be drawn: {0}")]
    Plot(String),
}

/// What a simulation has shown: files by name, `report.md` first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Names and contents.
    pub files: Vec<(String, String)>,
}

impl Report {
    /// BLAKE2b-256 over all names and contents.
    pub fn digest(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        for part in self.files.iter().flat_map(|(name, content)| [name, content]) {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        BlakeTwo256::hash(&bytes).0
    }
}

/// Simulates `plan`, and tells `progress` of each day that is over.
///
/// # Errors
/// Where the plan is not possible, or something does not hold that must.
pub fn simulate(plan: Plan, mut progress: impl FnMut(u32)) -> Result<Report, Error> {
    if !plan.is_possible() {
        return Err(Error::Plan);
    }
    chain::genesis(&plan).execute_with(|| {
        let mut world = World::new(plan);
        world.begin();
        let rounds = u64::from(world.plan.days) * u64::from(world.plan.rounds_per_day());
        for number in 1..=rounds {
            let day = world.day();
            world.round(number)?;
            if world.day() > day {
                progress(world.day());
            }
        }
        world.settle_all();
        world.check(true)?;
        // They compare everything with everything, which takes for ever in a large network.
        if world.plan.workers <= plan::SMALL {
            chain::try_state().map_err(Error::Invariants)?;
        }
        report::of(&world)
    })
}
