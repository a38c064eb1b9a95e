//! What the calls of `adyton_pallet_validators` cost.
//!
//! Reckoned by hand in the form in which `make weights` writes it, and not measured yet: to hold or give back at 100
//! microseconds, to go through all candidates at 50, a signature at 60, each further entry at 25.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `bond`.
    fn bond() -> Weight;
    /// Of the call `unbond`.
    fn unbond() -> Weight;
    /// Of the call `withdraw`.
    fn withdraw() -> Weight;
    /// Of the call `validate`.
    fn validate() -> Weight;
    /// Of the call `chill`.
    fn chill() -> Weight;
    /// Of the call `report_blocks`.
    fn report_blocks() -> Weight;
    /// Of the call `cancel_slash`.
    fn cancel_slash() -> Weight;
    /// Of the call `set_parameters`.
    fn set_parameters() -> Weight;
    /// Of the beginning of a session.
    fn turn() -> Weight;
    /// Of the beginning of a block in which so many slashes are looked at.
    fn slash_due(n: u32) -> Weight;
}

/// The weights, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Validators::Bonds` (r:1 w:1), `Settings` (r:1 w:0), `Candidates` (r:1 w:1)
    // Storage: `Balances::Holds` (r:1 w:1), `System::Account` (r:1 w:1)
    fn bond() -> Weight {
        Weight::from_parts(250_000_000, 25_000)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    // Storage: `Validators::Bonds` (r:1 w:1), `Settings` (r:1 w:0), `Candidates` (r:1 w:1)
    // Storage: `Session::CurrentIndex` (r:1 w:0)
    fn unbond() -> Weight {
        Weight::from_parts(200_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Storage: `Validators::Bonds` (r:1 w:1), `Session::CurrentIndex` (r:1 w:0)
    // Storage: `Balances::Holds` (r:1 w:1), `System::Account` (r:1 w:1)
    fn withdraw() -> Weight {
        Weight::from_parts(200_000_000, 10_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    // Storage: `Validators::Bonds` (r:1 w:0), `Settings` (r:1 w:0), `Candidates` (r:1 w:1)
    // Storage: `Session::NextKeys` (r:1 w:0)
    fn validate() -> Weight {
        Weight::from_parts(150_000_000, 20_000)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Validators::Candidates` (r:1 w:1)
    fn chill() -> Weight {
        Weight::from_parts(100_000_000, 15_000)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Validators::SessionOf` (r:2 w:0), `Served` (r:1 w:0), `Offenders` (r:1 w:1), `Candidates` (r:1 w:1)
    // Storage: `Validators::Bonds` (r:100 w:100), `Pending` (r:0 w:100), `Slashes` (r:1 w:1), `Settings` (r:1 w:0)
    // Storage: `Session::Validators` (r:1 w:0), `DisabledValidators` (r:1 w:1), `System::Digest` (r:1 w:1)
    // Where everybody has lied before, and each one's slash grows: the candidates are gone through for each.
    fn report_blocks() -> Weight {
        Weight::from_parts(10_000_000_000, 350_000)
            .saturating_add(T::DbWeight::get().reads(110_u64))
            .saturating_add(T::DbWeight::get().writes(206_u64))
    }
    // Storage: `Validators::Pending` (r:1 w:1), `Bonds` (r:1 w:1), `SessionOf` (r:1 w:0), `Offenders` (r:1 w:1)
    // Storage: `Validators::Candidates` (r:1 w:1)
    fn cancel_slash() -> Weight {
        Weight::from_parts(200_000_000, 25_000)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    // Storage: `Validators::Settings` (r:0 w:1)
    fn set_parameters() -> Weight {
        Weight::from_parts(25_000_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Session::QueuedKeys` (r:1 w:1), `Validators` (r:1 w:1), `NextKeys` (r:200 w:0), and 6 more of one entry
    // Storage: `Validators::Candidates` (r:1 w:0), `Served` (r:2 w:2), `SessionOf` (r:5 w:5), and 4 more of one entry
    // Storage: `Aura::Authorities` (r:1 w:1), `Grandpa::PendingChange` (r:1 w:1), and 3 more of one entry
    // Storage: `Validators::Authored` (r:100 w:100), `Bonds` (r:33 w:33), `Pending` (r:0 w:33), `Slashes` (r:1 w:1)
    // A third is absent, and the candidates are gone through twice for each.
    fn turn() -> Weight {
        Weight::from_parts(13_000_000_000, 420_000)
            .saturating_add(T::DbWeight::get().reads(520_u64))
            .saturating_add(T::DbWeight::get().writes(200_u64))
    }
    // Storage: `Validators::Slashes` (r:1 w:1), `Candidates` (r:1 w:1)
    // Storage: `Validators::Pending` (r:n+1 w:n), `Bonds` (r:n w:n), `Balances::Holds` (r:n w:n), `System::Account` (r:n w:n)
    fn slash_due(n: u32) -> Weight {
        Weight::from_parts(10_000_000, 15_000)
            .saturating_add(Weight::from_parts(250_000_000, 12_000).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(2_u64))
            .saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(n.into())))
    }
}
