//! What the calls of `adyton_pallet_rewards` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet: who a key's worker is and whether
//! its evidence holds as in `Workers::heartbeat`, to issue a reward at 150 microseconds, to weigh a worker at 50, each round
//! that is looked at at 15.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of the call `set_capacity_cap`.
    fn set_capacity_cap() -> Weight;
    /// Of the call `start`.
    fn start() -> Weight;
    /// Of the call `stop`, where `n` rounds are looked at.
    fn stop(n: u32) -> Weight;
    /// Of the call `refresh`.
    fn refresh() -> Weight;
    /// Of the call `answer`, where `n` rounds before are looked at.
    fn answer(n: u32) -> Weight;
    /// Of the call `report_absence`.
    fn report_absence() -> Weight;
    /// Of the call `measure`.
    fn measure() -> Weight;
    /// Of the call `measured`.
    fn measured() -> Weight;
    /// Of what happens when a round comes.
    fn on_round() -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Rewards::Parameters` (r:1 w:1)
    // Proof: `Rewards::Parameters` (`max_values`: Some(1), `max_size`: Some(133), added: 628, mode: `MaxEncodedLen`)
    // Storage: `Rewards::Totals` (r:1 w:1)
    // Proof: `Rewards::Totals` (`max_values`: Some(1), `max_size`: Some(116), added: 611, mode: `MaxEncodedLen`)
    fn set_parameters() -> Weight {
        Weight::from_parts(80_000_000, 3_000)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Rewards::CapacityCaps` (r:0 w:1)
    // Proof: `Rewards::CapacityCaps` (`max_values`: None, `max_size`: Some(25), added: 2500, mode: `MaxEncodedLen`)
    fn set_capacity_cap() -> Weight {
        Weight::from_parts(30_000_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Whether the evidence of the worker holds: 10 reads, as `Workers::heartbeat` has them; the pool's assignment and
    // record, read and written.
    // Storage: `Rewards::Sessions` (r:1 w:1)
    // Proof: `Rewards::Sessions` (`max_values`: None, `max_size`: Some(181), added: 2656, mode: `MaxEncodedLen`)
    // Storage: `Rewards::Capacities` (r:1 w:0)
    // Proof: `Rewards::Capacities` (`max_values`: None, `max_size`: Some(105), added: 2580, mode: `MaxEncodedLen`)
    // Storage: `Rewards::Machines` (r:1 w:0)
    // Proof: `Rewards::Machines` (`max_values`: None, `max_size`: Some(89), added: 2564, mode: `MaxEncodedLen`)
    // Storage: `Rewards::Parameters` (r:1 w:0)
    // Storage: `Rewards::Totals` (r:1 w:1)
    // Storage: `Rewards::Latest` (r:1 w:0)
    // Storage: `Rewards::Owing` (r:1 w:1), `Rewards::Absences` (r:1 w:1), `Rewards::Paused` (r:1 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Proof: `Rewards::Owing` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Proof: `Rewards::Paused` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    fn start() -> Weight {
        Weight::from_parts(540_000_000, 34_000)
            .saturating_add(T::DbWeight::get().reads(22_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    // The pool's assignment and record and its due things, read and written.
    // Storage: `Rewards::Sessions` (r:1 w:1)
    // Storage: `Rewards::Rounds` (r:n w:0)
    // Proof: `Rewards::Rounds` (`max_values`: None, `max_size`: Some(96), added: 2571, mode: `MaxEncodedLen`)
    // Storage: `Rewards::Parameters` (r:1 w:0)
    // Storage: `Rewards::Totals` (r:1 w:1)
    // Storage: `Rewards::Latest` (r:1 w:0)
    // Storage: `Rewards::Absences` (r:0 w:1)
    // Proof: `Rewards::Absences` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Rewards::Owing` (r:0 w:1)
    fn stop(n: u32) -> Weight {
        Weight::from_parts(310_000_000, 16_000)
            .saturating_add(Weight::from_parts(15_000_000, 2_571).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(8_u64))
    }
    // As `start`, without what is bound.
    fn refresh() -> Weight {
        Weight::from_parts(350_000_000, 22_000)
            .saturating_add(T::DbWeight::get().reads(16_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Twice whether the evidence of the worker holds: 20 reads, of which the second ten are of what was read before. The
    // pool, its owner's and the pallet's accounts, read and written.
    // Storage: `Rewards::Sessions` (r:1 w:1)
    // Storage: `Rewards::Rounds` (r:n+2 w:0)
    // Storage: `Rewards::Parameters` (r:1 w:0)
    // Storage: `Rewards::Totals` (r:1 w:1)
    // Storage: `Rewards::Capacities` (r:1 w:1)
    // Storage: `Rewards::Machines` (r:1 w:0)
    // Storage: `Rewards::Absences` (r:0 w:1)
    fn answer(n: u32) -> Weight {
        Weight::from_parts(765_000_000, 39_000)
            .saturating_add(Weight::from_parts(15_000_000, 2_571).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(22_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(8_u64))
    }
    // Storage: `Rewards::Sessions` (r:1 w:1)
    // Storage: `Rewards::Rounds` (r:1 w:0)
    // Storage: `Rewards::Parameters` (r:1 w:0)
    // Storage: `Rewards::Totals` (r:1 w:1)
    // Storage: `Rewards::Absences` (r:0 w:1)
    fn report_absence() -> Weight {
        Weight::from_parts(150_000_000, 9_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Whether the evidence of the worker holds: 10 reads.
    // Storage: `Rewards::Machines` (r:1 w:1)
    // Storage: `Rewards::Parameters` (r:1 w:0)
    // Storage: `Rewards::Latest` (r:1 w:0)
    fn measure() -> Weight {
        Weight::from_parts(300_000_000, 14_000)
            .saturating_add(T::DbWeight::get().reads(13_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // As `refresh`, and:
    // Storage: `Rewards::Rounds` (r:1 w:0)
    // Storage: `Rewards::Machines` (r:1 w:1)
    // Storage: `Rewards::Capacities` (r:1 w:1)
    // Storage: `Rewards::CapacityCaps` (r:1 w:0)
    fn measured() -> Weight {
        Weight::from_parts(600_000_000, 30_000)
            .saturating_add(T::DbWeight::get().reads(18_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    // Storage: `Rewards::Latest` (r:1 w:1)
    // Storage: `Rewards::Parameters` (r:1 w:0)
    // Storage: `Rewards::Totals` (r:1 w:1)
    // Storage: `Rewards::Rounds` (r:0 w:1)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn on_round() -> Weight {
        Weight::from_parts(150_000_000, 6_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn set_capacity_cap() -> Weight {
        Weight::zero()
    }
    fn start() -> Weight {
        Weight::zero()
    }
    fn stop(_: u32) -> Weight {
        Weight::zero()
    }
    fn refresh() -> Weight {
        Weight::zero()
    }
    fn answer(_: u32) -> Weight {
        Weight::zero()
    }
    fn report_absence() -> Weight {
        Weight::zero()
    }
    fn measure() -> Weight {
        Weight::zero()
    }
    fn measured() -> Weight {
        Weight::zero()
    }
    fn on_round() -> Weight {
        Weight::zero()
    }
}
