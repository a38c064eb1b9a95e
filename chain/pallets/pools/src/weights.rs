//! What the calls of `adyton_pallet_pools` cost, as measured.
//!
//! Written by `make weights`; do not edit. Steps: 20, repetitions: 20, processor: AMD EPYC.

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of `create`.
    fn create() -> Weight;
    /// Of `close`.
    fn close() -> Weight;
    /// Of `set_commission`.
    fn set_commission() -> Weight;
    /// Of `set_cap`.
    fn set_cap() -> Weight;
    /// Of `set_description`.
    fn set_description() -> Weight;
    /// Of `set_restricted`.
    fn set_restricted() -> Weight;
    /// Of `set_allowed`.
    fn set_allowed() -> Weight;
    /// Of `join`.
    fn join() -> Weight;
    /// Of `leave`.
    fn leave() -> Weight;
    /// Of `claim`.
    fn claim() -> Weight;
    /// Of `compound`.
    fn compound() -> Weight;
    /// Of `set_compounding`.
    fn set_compounding() -> Weight;
    /// Of `settle`.
    fn settle() -> Weight;
    /// Of `assign`.
    fn assign() -> Weight;
    /// Of `unassign`.
    fn unassign() -> Weight;
    /// Of `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of `revalue`.
    fn revalue(n: u32) -> Weight;
    /// Of `spread`.
    fn spread(n: u32) -> Weight;
    /// Of `idle`.
    fn idle() -> Weight;
    /// Of `step`.
    fn step() -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Balances.Holds: read and written
    // Pools.Descriptions: written
    // Pools.PoolCount: read and written
    // Pools.PoolParameters: read
    // Pools.Pools: written
    // System.Account: read and written
    fn create() -> Weight {
        Weight::from_parts(90_133_000, 6214)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Balances.Holds: read and written
    // Pools.Allowed: read
    // Pools.Backed: read
    // Pools.Descriptions: written
    // Pools.Pools: read and written
    // Pools.Positions: read
    // System.Account: read and written
    fn close() -> Weight {
        Weight::from_parts(210_362_000, 36103)
            .saturating_add(T::DbWeight::get().reads(22))
            .saturating_add(T::DbWeight::get().writes(4))
    }
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    fn set_commission() -> Weight {
        Weight::from_parts(27_431_000, 3652)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Pools.Pools: read and written
    fn set_cap() -> Weight {
        Weight::from_parts(21_592_000, 2130)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Pools.Descriptions: written
    // Pools.Pools: read
    fn set_description() -> Weight {
        Weight::from_parts(22_863_000, 2130)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Pools.Pools: read and written
    fn set_restricted() -> Weight {
        Weight::from_parts(20_550_000, 2130)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Pools.Allowed: written
    // Pools.Pools: read
    fn set_allowed() -> Weight {
        Weight::from_parts(21_042_000, 2130)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Balances.Holds: read and written
    // Pools.Allowed: read
    // Pools.PoolParameters: read
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    // System.Account: read and written
    fn join() -> Weight {
        Weight::from_parts(164_925_000, 11701)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Balances.Holds: read and written
    // Pools.Chunks: written
    // Pools.DueChunks: read and written
    // Pools.PoolParameters: read
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    // System.Account: read and written
    fn leave() -> Weight {
        Weight::from_parts(99_858_000, 11611)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(7))
    }
    // Balances.Holds: read and written
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    // System.Account: read and written
    fn claim() -> Weight {
        Weight::from_parts(158_314_000, 10285)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(6))
    }
    // Balances.Holds: read and written
    // Pools.Allowed: read
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    // System.Account: read and written
    fn compound() -> Weight {
        Weight::from_parts(229_500_000, 11804)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(6))
    }
    // Pools.Positions: read and written
    fn set_compounding() -> Weight {
        Weight::from_parts(17_265_000, 1861)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Balances.Holds: read and written
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    // System.Account: read and written
    fn settle() -> Weight {
        Weight::from_parts(98_215_000, 8660)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(5))
    }
    // Pools.Assignments: read and written
    // Pools.Backed: written
    // Pools.Lines: read
    // Pools.Pools: read and written
    // Workers.Workers: read
    fn assign() -> Weight {
        Weight::from_parts(57_796_000, 7168)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Pools.Assignments: read and written
    // Pools.Backed: written
    // Pools.Pools: read and written
    fn unassign() -> Weight {
        Weight::from_parts(42_914_000, 3739)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    // Pools.PoolParameters: written
    // Slashing.SlashingParameters: read
    fn set_parameters() -> Weight {
        Weight::from_parts(12_939_000, 1587)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    fn revalue(n: u32) -> Weight {
        Weight::from_parts(23_250_142, 2265)
            .saturating_add(Weight::from_parts(35_317_011, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 3495).saturating_mul(n.into()))
    }
    // Pools.Chunks: written
    // Pools.DueChunks: read and written
    // Pools.PoolParameters: read
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    fn spread(n: u32) -> Weight {
        Weight::from_parts(46_117_805, 5341)
            .saturating_add(Weight::from_parts(71_347_943, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(2))
            .saturating_add(T::DbWeight::get().writes(3_u64.saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 3495).saturating_mul(n.into()))
    }
    // Pools.Chunks: read
    // Pools.CoolingSpan: read
    // Pools.Coolings: read
    // Pools.DueChunks: read
    // Pools.VisitSpan: read
    fn idle() -> Weight {
        Weight::from_parts(24_637_000, 7959).saturating_add(T::DbWeight::get().reads(5))
    }
    // Balances.Holds: read and written
    // Pools.Chunks: read and written
    // Pools.CoolingSpan: read
    // Pools.Coolings: read
    // Pools.DueChunks: read
    // Pools.Lines: read and written
    // Pools.PoolParameters: read
    // Pools.PoolTotals: read and written
    // Pools.Pools: read and written
    // Pools.Positions: read and written
    // Pools.VisitSpan: read and written
    // Pools.Visits: read and written
    // Pools.Waiting: read and written
    // System.Account: read and written
    fn step() -> Weight {
        Weight::from_parts(240_617_000, 23996)
            .saturating_add(T::DbWeight::get().reads(15))
            .saturating_add(T::DbWeight::get().writes(11))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn create() -> Weight {
        Weight::zero()
    }
    fn close() -> Weight {
        Weight::zero()
    }
    fn set_commission() -> Weight {
        Weight::zero()
    }
    fn set_cap() -> Weight {
        Weight::zero()
    }
    fn set_description() -> Weight {
        Weight::zero()
    }
    fn set_restricted() -> Weight {
        Weight::zero()
    }
    fn set_allowed() -> Weight {
        Weight::zero()
    }
    fn join() -> Weight {
        Weight::zero()
    }
    fn leave() -> Weight {
        Weight::zero()
    }
    fn claim() -> Weight {
        Weight::zero()
    }
    fn compound() -> Weight {
        Weight::zero()
    }
    fn set_compounding() -> Weight {
        Weight::zero()
    }
    fn settle() -> Weight {
        Weight::zero()
    }
    fn assign() -> Weight {
        Weight::zero()
    }
    fn unassign() -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn revalue(_n: u32) -> Weight {
        Weight::zero()
    }
    fn spread(_n: u32) -> Weight {
        Weight::zero()
    }
    fn idle() -> Weight {
        Weight::zero()
    }
    fn step() -> Weight {
        Weight::zero()
    }
}
