//! What the calls of `adyton_pallet_disputes` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet: to read a receipt and check its
//! signature at 400 microseconds, a manifest at 100, to hold, pay or give back at 100, to charge at 300, who a key's worker
//! is and whether its evidence holds as in `Workers::heartbeat`, each further entry at 25.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `dispute`.
    fn dispute() -> Weight;
    /// Of the call `commit`.
    fn commit() -> Weight;
    /// Of the call `reveal`.
    fn reveal() -> Weight;
    /// Of the call `share`.
    fn share() -> Weight;
    /// Of the call `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of a block's look at `n` open disputes.
    fn pass(n: u32) -> Weight;
    /// Of drawing jurors.
    fn draw() -> Weight;
    /// Of closing a draw, where `n` ballots are counted.
    fn close(n: u32) -> Weight;
    /// Of forgetting `n` disputes that are over.
    fn forget(n: u32) -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `Disputes::Parameters` (r:1 w:0)
    // Storage: `Slashing::Seen` (r:1 w:0)
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Storage: `Workers::UsedKeys` (r:1 w:0)
    // Storage: `Disputes::Claims` (r:1 w:1)
    // Storage: `Disputes::Withheld` (r:1 w:0)
    // Storage: `Disputes::Against` (r:1 w:1)
    // Storage: `Disputes::Contested` (r:1 w:1)
    // Storage: `Disputes::LastDispute` (r:1 w:1)
    // Storage: `Disputes::Open` (r:1 w:1)
    // Storage: `Beacon::Schedule` (r:1 w:0)
    // Storage: `Beacon::Latest` (r:1 w:0)
    // Storage: `Beacon::Rounds` (r:1 w:0)
    // Storage: `Balances::Holds` (r:1 w:1)
    // Storage: `System::Account` (r:1 w:1)
    // Storage: `Pools::Assignments` (r:1 w:0)
    // Storage: `Pools::Pools` (r:1 w:1)
    // Storage: `Pools::PoolParameters` (r:1 w:0)
    // Storage: `Slashing::Charges` (r:1 w:1)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slashing::LastOffence` (r:1 w:1)
    // Storage: `Slashing::Offences` (r:0 w:1)
    // Storage: `Disputes::Manifests` (r:0 w:1)
    // Storage: `Disputes::Accusations` (r:0 w:1)
    // Storage: `Disputes::Disputes` (r:0 w:1)
    fn dispute() -> Weight {
        Weight::from_parts(1_200_000_000, 50_000)
            .saturating_add(T::DbWeight::get().reads(22_u64))
            .saturating_add(T::DbWeight::get().writes(14_u64))
    }
    // Who the worker is and whether its evidence holds: 12 reads, as `Workers::heartbeat` has them.
    // Storage: `Disputes::Disputes` (r:1 w:0)
    // Storage: `Rewards::Sessions` (r:1 w:0)
    // Storage: `Disputes::Ballots` (r:1 w:1)
    fn commit() -> Weight {
        Weight::from_parts(400_000_000, 30_000)
            .saturating_add(T::DbWeight::get().reads(15_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Disputes::Disputes` (r:1 w:1)
    // Storage: `Workers::UsedKeys` (r:1 w:0)
    // Storage: `Disputes::Ballots` (r:1 w:1)
    // Storage: `Attestation::Network` (r:1 w:0)
    fn reveal() -> Weight {
        Weight::from_parts(200_000_000, 15_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Disputes::Rewards` (r:1 w:1)
    // Storage: `Slashing::Offences` (r:1 w:0)
    // Storage: `Attestation::Network` (r:1 w:0)
    // Storage: `System::Account` (r:27 w:27)
    fn share() -> Weight {
        Weight::from_parts(2_800_000_000, 80_000)
            .saturating_add(T::DbWeight::get().reads(30_u64))
            .saturating_add(T::DbWeight::get().writes(28_u64))
    }
    // Storage: `Disputes::Parameters` (r:0 w:1)
    // Storage: `Slashing::SlashingParameters` (r:1 w:0)
    // Storage: `Slots::Duration` (r:1 w:0)
    fn set_parameters() -> Weight {
        Weight::from_parts(60_000_000, 4_000)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Disputes::Open` (r:1 w:0)
    // Storage: `Beacon::Latest` (r:1 w:0)
    // Storage: `Beacon::Rounds` (r:1 w:0)
    // Storage: `Disputes::Disputes` (r:n w:0)
    fn pass(n: u32) -> Weight {
        Weight::from_parts(20_000_000, 4_000)
            .saturating_add(Weight::from_parts(10_000_000, 3_500).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
    }
    // Storage: `Disputes::Parameters` (r:1 w:0)
    // Storage: `Rewards::Totals` (r:1 w:0)
    // Storage: `Beacon::Rounds` (r:1 w:0)
    // Storage: `Disputes::Disputes` (r:0 w:1)
    fn draw() -> Weight {
        Weight::from_parts(80_000_000, 10_000)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // The rules, who holds the contract, what stands behind that one, and the accusation; then for each ballot its
    // operator's account, or the juror's assignment, pool and charges.
    // Storage: `Disputes::Ballots` (r:3 w:3)
    // Storage: `Disputes::Parameters` (r:1 w:0)
    // Storage: `Disputes::Open` (r:1 w:1)
    // Storage: `Disputes::Disputes` (r:0 w:1)
    // Storage: `Disputes::Manifests` (r:0 w:1)
    // Storage: `Disputes::Accusations` (r:1 w:1)
    // Storage: `Disputes::Claims` (r:0 w:1)
    // Storage: `Disputes::Endings` (r:0 w:1)
    // Storage: `Disputes::Rewards` (r:0 w:1)
    // Storage: `Disputes::Against` (r:1 w:1)
    // Storage: `Disputes::Contested` (r:1 w:1)
    // Storage: `Disputes::Withheld` (r:1 w:1)
    // Storage: `Disputes::RememberedPlaces` (r:1 w:1)
    // Storage: `Disputes::Remembered` (r:0 w:1)
    // Storage: `Contracts::Heads` (r:1 w:0)
    // Storage: `Slashing::Seen` (r:1 w:1)
    // Storage: `Slashing::VerdictPlaces` (r:1 w:1)
    // Storage: `Slashing::Verdicts` (r:0 w:2)
    fn close(n: u32) -> Weight {
        Weight::from_parts(1_000_000_000, 90_000)
            .saturating_add(Weight::from_parts(400_000_000, 12_000).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(41_u64))
            .saturating_add(T::DbWeight::get().reads((6_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(27_u64))
            .saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(n.into())))
    }
    // One more is read than is forgotten: the first whose turn has not come.
    // Storage: `Disputes::RememberedPlaces` (r:1 w:1)
    // Storage: `Disputes::Remembered` (r:n+1 w:n)
    // Storage: `Disputes::Endings` (r:n w:n)
    // Storage: `Disputes::Claims`, or `Disputes::Withheld` (r:0 w:n)
    fn forget(n: u32) -> Weight {
        Weight::from_parts(15_000_000, 4_100)
            .saturating_add(Weight::from_parts(15_000_000, 5_200).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn dispute() -> Weight {
        Weight::zero()
    }
    fn commit() -> Weight {
        Weight::zero()
    }
    fn reveal() -> Weight {
        Weight::zero()
    }
    fn share() -> Weight {
        Weight::zero()
    }
    fn set_parameters() -> Weight {
        Weight::zero()
    }
    fn pass(_: u32) -> Weight {
        Weight::zero()
    }
    fn draw() -> Weight {
        Weight::zero()
    }
    fn close(_: u32) -> Weight {
        Weight::zero()
    }
    fn forget(_: u32) -> Weight {
        Weight::zero()
    }
}
