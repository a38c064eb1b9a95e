//! What the calls of `adyton_pallet_keys` cost, as measured.
//!
//! Written by `make weights` (64.0.0) on 2026-11-21; do not edit.
//! Steps: 10, repetitions: 5, processor: Intel(R) Xeon(R) Processor @ 2.50GHz.
#![allow(unused_parens, unused_imports, clippy::unnecessary_cast)]

use core::marker::PhantomData;
use polkadot_sdk::{
    frame_support::{traits::Get, weights::Weight},
    frame_system,
};

/// The cost of each call.
pub trait WeightInfo {
    /// Of the call `publish_committee`.
    fn publish_committee() -> Weight;
    /// Of the call `request_release`.
    fn request_release() -> Weight;
    /// Of the end of a contract.
    fn retired() -> Weight;
    /// Of removing `n` requests for the keys of a contract that has ended.
    fn sweep(n: u32) -> Weight;
}

/// The weights on the measuring machine, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Allowed` (r:2 w:0)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Keys::Committee` (r:1 w:1)
    // Proof: `Keys::Committee` (`max_values`: Some(1), `max_size`: Some(5131), added: 5626, mode: `MaxEncodedLen`)
    // Storage: `Keys::DangerCommitteeOfOne` (r:1 w:0)
    // Proof: `Keys::DangerCommitteeOfOne` (`max_values`: Some(1), `max_size`: Some(1), added: 496, mode: `MaxEncodedLen`)
    fn publish_committee() -> Weight {
        Weight::from_parts(259_843_000, 7628)
            .saturating_add(T::DbWeight::get().reads(14_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Storage: `Workers::WorkerOf` (r:1 w:0)
    // Proof: `Workers::WorkerOf` (`max_values`: None, `max_size`: Some(80), added: 2555, mode: `MaxEncodedLen`)
    // Storage: `Workers::Workers` (r:1 w:0)
    // Proof: `Workers::Workers` (`max_values`: None, `max_size`: Some(766), added: 3241, mode: `MaxEncodedLen`)
    // Storage: `Timestamp::Now` (r:1 w:0)
    // Proof: `Timestamp::Now` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Roots` (r:1 w:0)
    // Proof: `Attestation::Roots` (`max_values`: None, `max_size`: Some(4163), added: 6638, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Measurements` (r:1 w:0)
    // Proof: `Attestation::Measurements` (`max_values`: None, `max_size`: Some(256), added: 2731, mode: `MaxEncodedLen`)
    // Storage: `Attestation::JudgedSince` (r:1 w:0)
    // Proof: `Attestation::JudgedSince` (`max_values`: None, `max_size`: Some(57), added: 2532, mode: `MaxEncodedLen`)
    // Storage: `Attestation::EvaluationFloors` (r:1 w:0)
    // Proof: `Attestation::EvaluationFloors` (`max_values`: None, `max_size`: Some(53), added: 2528, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Allowed` (r:2 w:0)
    // Proof: `Attestation::Allowed` (`max_values`: None, `max_size`: Some(95), added: 2570, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedMachines` (r:1 w:0)
    // Proof: `Attestation::DeniedMachines` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedProviders` (r:1 w:0)
    // Proof: `Attestation::DeniedProviders` (`max_values`: None, `max_size`: Some(94), added: 2569, mode: `MaxEncodedLen`)
    // Storage: `Attestation::DeniedOperators` (r:1 w:0)
    // Proof: `Attestation::DeniedOperators` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Keys::Committee` (r:1 w:0)
    // Proof: `Keys::Committee` (`max_values`: Some(1), `max_size`: Some(5131), added: 5626, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Leases` (r:1 w:0)
    // Proof: `Contracts::Leases` (`max_values`: None, `max_size`: Some(93), added: 2568, mode: `MaxEncodedLen`)
    // Storage: `Contracts::Contracts` (r:1 w:0)
    // Proof: `Contracts::Contracts` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Keys::Releases` (r:1 w:1)
    // Proof: `Keys::Releases` (`max_values`: None, `max_size`: Some(104), added: 2579, mode: `MaxEncodedLen`)
    // Storage: `Keys::Asked` (r:1 w:1)
    // Proof: `Keys::Asked` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    fn request_release() -> Weight {
        Weight::from_parts(336_510_000, 9764)
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    // Reckoned, not measured.
    // Storage: `Keys::Releases` (r:1 w:0)
    // Proof: `Keys::Releases` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
    // Storage: `Keys::Ended` (r:0 w:1)
    // Proof: `Keys::Ended` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    fn retired() -> Weight {
        Weight::from_parts(20_000_000, 3585)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    // Reckoned, not measured.
    // Storage: `Keys::Ended` (r:1 w:1)
    // Proof: `Keys::Ended` (`max_values`: None, `max_size`: Some(48), added: 2523, mode: `MaxEncodedLen`)
    // Storage: `Keys::Releases` (r:n+1 w:n)
    // Proof: `Keys::Releases` (`max_values`: None, `max_size`: Some(120), added: 2595, mode: `MaxEncodedLen`)
    /// The range of component `n` is `[0, 100]`.
    fn sweep(n: u32) -> Weight {
        Weight::from_parts(25_000_000, 6108)
            .saturating_add(Weight::from_parts(10_000_000, 2595).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads(n.into()))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes(n.into()))
    }
}

/// No cost: for tests.
impl WeightInfo for () {
    fn publish_committee() -> Weight {
        Weight::zero()
    }
    fn request_release() -> Weight {
        Weight::zero()
    }
    fn retired() -> Weight {
        Weight::zero()
    }
    fn sweep(_n: u32) -> Weight {
        Weight::zero()
    }
}
