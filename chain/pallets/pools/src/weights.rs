//! What the calls of `adyton_pallet_pools` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet: to hold, release or burn at
//! 100 microseconds, to read or write a pool at 50, each further entry at 25.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `create`.
    fn create() -> Weight;
    /// Of the call `close`.
    fn close() -> Weight;
    /// Of the call `set_commission`.
    fn set_commission() -> Weight;
    /// Of the call `set_cap`.
    fn set_cap() -> Weight;
    /// Of the call `set_description`.
    fn set_description() -> Weight;
    /// Of the call `set_restricted`.
    fn set_restricted() -> Weight;
    /// Of the call `set_allowed`.
    fn set_allowed() -> Weight;
    /// Of the call `join`, in a pool.
    fn join() -> Weight;
    /// Of the call `leave`, from a pool.
    fn leave() -> Weight;
    /// Of the call `claim`, in a pool.
    fn claim() -> Weight;
    /// Of the calls `compound` and `compound_for`, in a pool.
    fn compound() -> Weight;
    /// Of the call `set_compounding`.
    fn set_compounding() -> Weight;
    /// Of the call `settle`, in a pool.
    fn settle() -> Weight;
    /// Of the call `assign`.
    fn assign() -> Weight;
    /// Of the call `unassign`.
    fn unassign() -> Weight;
    /// Of the call `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of looking at what a vault earned and lost in `n` pools.
    fn revalue(n: u32) -> Weight;
    /// Of a vault's leaving or joining of `n` pools.
    fn spread(n: u32) -> Weight;
    /// Of a block in which nothing is to do.
    fn idle() -> Weight;
    /// Of one step of what happens by itself, and of the call `serve`.
    fn step() -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
    fn reckoned(micros: u64, proof: u64, reads: u64, writes: u64) -> Weight {
        Weight::from_parts(micros.saturating_mul(1_000_000), proof)
            .saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Pools::PoolCount`, `Balances::Holds`, `System::Account` (r:1 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0), `Pools::Pools`, `Pools::Descriptions` (r:0 w:1)
    fn create() -> Weight {
        Self::reckoned(300, 10_000, 4, 5)
    }
    // Storage: `Pools::Pools`, `Balances::Holds`, `System::Account` (r:1 w:1), `Pools::Descriptions` (r:0 w:1)
    // Storage: `Pools::Positions`, `Pools::Allowed`, `Pools::Backed` (r:1 w:0), for a vault `Pools::Positions` (r:16 w:0)
    fn close() -> Weight {
        Self::reckoned(700, 80_000, 22, 4)
    }
    // Storage: `Pools::Pools` (r:1 w:1), `Pools::PoolParameters` (r:1 w:0)
    fn set_commission() -> Weight {
        Self::reckoned(125, 5_000, 2, 1)
    }
    // Storage: `Pools::Pools` (r:1 w:1)
    fn set_cap() -> Weight {
        Self::reckoned(100, 5_000, 1, 1)
    }
    // Storage: `Pools::Pools` (r:1 w:0), `Pools::Descriptions` (r:0 w:1)
    fn set_description() -> Weight {
        Self::reckoned(100, 5_000, 1, 1)
    }
    // Storage: `Pools::Pools` (r:1 w:1)
    fn set_restricted() -> Weight {
        Self::reckoned(100, 5_000, 1, 1)
    }
    // Storage: `Pools::Pools` (r:1 w:0), `Pools::Allowed` (r:0 w:1)
    fn set_allowed() -> Weight {
        Self::reckoned(100, 5_000, 1, 1)
    }
    // Storage: `Pools::PoolParameters`, `Pools::Allowed` (r:1 w:0)
    // Storage: `Pools::Pools`, `Pools::Positions`, `Pools::PoolTotals`, `Balances::Holds`, `System::Account` (r:1 w:1)
    fn join() -> Weight {
        Self::reckoned(400, 20_000, 7, 5)
    }
    // As `join`; storage: `Pools::DueChunks` (r:1 w:1), `Pools::Chunks` (r:0 w:1)
    fn leave() -> Weight {
        Self::reckoned(450, 20_000, 8, 7)
    }
    // Storage: `Pools::Pools`, `Pools::Positions`, `Pools::PoolTotals`, `Balances::Holds` (r:1 w:1), `System::Account` (r:2 w:2)
    fn claim() -> Weight {
        Self::reckoned(400, 20_000, 6, 6)
    }
    // As `claim` and `join`.
    fn compound() -> Weight {
        Self::reckoned(600, 25_000, 9, 7)
    }
    // Storage: `Pools::Positions` (r:1 w:1)
    fn set_compounding() -> Weight {
        Self::reckoned(75, 4_000, 1, 1)
    }
    // As `join`, without parameters and allowed accounts; a vault's members lose: `Pools::Pools` (r:1 w:1)
    fn settle() -> Weight {
        Self::reckoned(400, 20_000, 6, 6)
    }
    // Storage: `Pools::Pools`, `Pools::Assignments` (r:1 w:1), `Pools::Backed` (r:0 w:1)
    // Storage: `Pools::Lines`, `Workers::Workers` (r:1 w:0)
    fn assign() -> Weight {
        Self::reckoned(250, 15_000, 4, 3)
    }
    // Storage: `Pools::Pools`, `Pools::Assignments` (r:1 w:1), `Pools::Backed` (r:0 w:1)
    fn unassign() -> Weight {
        Self::reckoned(200, 10_000, 2, 3)
    }
    // Storage: `Pools::PoolParameters` (r:0 w:1)
    fn set_parameters() -> Weight {
        Self::reckoned(50, 0, 0, 1)
    }
    // Storage: `Pools::Pools` (r:n+1 w:n+1), `Pools::Positions` (r:n w:n); whether one is frozen, the same again (r:2n w:0)
    fn revalue(n: u32) -> Weight {
        let n = u64::from(n).saturating_add(1);
        Self::reckoned(n.saturating_mul(200), n.saturating_mul(7_000), n.saturating_mul(4), n.saturating_mul(2))
    }
    // `revalue`, and for each pool what `leave` or `join` have of it, and the vault again.
    fn spread(n: u32) -> Weight {
        let n = u64::from(n).saturating_add(1);
        let each =
            Self::reckoned(n.saturating_mul(500), n.saturating_mul(15_000), n.saturating_mul(8), n.saturating_mul(6));
        Self::revalue(n as u32).saturating_add(each)
    }
    // Storage: `Pools::CoolingSpan`, `Pools::Coolings`, `Pools::DueChunks`, `Pools::Chunks`, `Pools::VisitSpan` (r:1 w:0)
    fn idle() -> Weight {
        Self::reckoned(125, 10_000, 5, 0)
    }
    // The longest: a visit that pays nobody and has a worker stopped, without what that is in `rewards`.
    // Storage: `Pools::VisitSpan`, `Pools::Visits`, `Pools::Lines`, `Pools::Pools`, `Pools::Positions` (r:1 w:1)
    // Storage: `Pools::Assignments`, `Pools::Backed`, `Pools::CoolingSpan`, `Pools::Coolings` (r:1 w:1)
    // Storage: `Pools::Waiting`, `Pools::Chunks`, `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Pools::PoolTotals`, `Balances::Holds`, `System::Account` (r:1 w:1)
    fn step() -> Weight {
        Self::reckoned(800, 50_000, 15, 12)
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
    fn revalue(_: u32) -> Weight {
        Weight::zero()
    }
    fn spread(_: u32) -> Weight {
        Weight::zero()
    }
    fn idle() -> Weight {
        Weight::zero()
    }
    fn step() -> Weight {
        Weight::zero()
    }
}
