//! The chain's runtime: which pallets there are, and how they are wired.
//!
//! It is the state transition function of Adyton's chain, compiled to WebAssembly and run by `adyton-node`.
//! Order and finality come from Aura and GRANDPA, with bonded validators by session ([`consensus`]). There is no sudo:
//! what nobody may change alone is decided by referendum ([`governance`]).
//!
//! What must always hold: pallet indices, call indices and the storage that measured programs read never
//! change in place (`adyton_protocol::storage` names it, a test compares); an extrinsic pays a fee unless its
//! pallet's own `feeless_if` holds, which each pallet keeps to registered keys and bounded rates.
#![cfg_attr(not(feature = "std"), no_std)]
// The runtime's macros write `impl` blocks that no comment can reach.
#![allow(missing_docs)]
#![recursion_limit = "256"]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

use alloc::vec::Vec;
use polkadot_sdk::*;
use sp_runtime::{
    MultiAddress, MultiSignature, generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
};
use sp_version::RuntimeVersion;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
#[macro_use]
mod benchmarks;
pub mod configs;
pub mod consensus;
pub mod economy;
pub mod extensions;
pub mod genesis;
pub mod governance;
pub mod migrations;
#[cfg(any(test, feature = "next"))]
pub mod next;
#[cfg(test)]
mod tests;

/// What signs an extrinsic.
pub type Signature = MultiSignature;
/// An account.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An amount of PHA, in units of 10^-12.
pub type Balance = u128;
/// How many extrinsics an account has sent.
pub type Nonce = u32;
/// A block's hash.
pub type Hash = sp_core::H256;
/// A block's number.
pub type BlockNumber = u32;
/// How an extrinsic names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block as the node handles it: extrinsics are bytes to it.
pub type OpaqueBlock = generic::Block<Header, sp_runtime::OpaqueExtrinsic>;
/// What a signed extrinsic carries besides its call, in this order.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    extensions::PayUnlessFeeless<Runtime, pallet_transaction_payment::ChargeTransactionPayment<Runtime>>,
);
/// An extrinsic as it travels.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// Runs blocks.
pub type Executive =
    frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

/// One unit of 10^-12 PHA.
pub const UNIT: Balance = 1;
/// One PHA.
pub const PHA: Balance = 1_000_000_000_000;
/// The address format of Phala's accounts.
pub const SS58_PREFIX: u16 = 30;

impl_opaque_keys! {
    /// The keys that an authority holds.
    pub struct SessionKeys {
        pub aura: Aura,
        pub grandpa: Grandpa,
    }
}

/// Which runtime this is.
#[cfg(not(feature = "next"))]
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("adyton"),
    impl_name: alloc::borrow::Cow::Borrowed("adyton-node"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// The runtime that tests upgrade to: see [`next`].
#[cfg(feature = "next")]
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("adyton"),
    impl_name: alloc::borrow::Cow::Borrowed("adyton-node"),
    authoring_version: 1,
    spec_version: 2,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Slots = adyton_pallet_slots;
    #[runtime::pallet_index(3)]
    pub type Aura = pallet_aura;
    #[runtime::pallet_index(4)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(5)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(6)]
    pub type TransactionPayment = pallet_transaction_payment;
    #[runtime::pallet_index(7)]
    pub type Utility = pallet_utility;

    #[runtime::pallet_index(8)]
    pub type Multisig = pallet_multisig;
    #[runtime::pallet_index(9)]
    pub type Proxy = pallet_proxy;

    #[runtime::pallet_index(10)]
    pub type Attestation = adyton_pallet_attestation;
    #[runtime::pallet_index(11)]
    pub type Workers = adyton_pallet_workers;
    #[runtime::pallet_index(12)]
    pub type Contracts = adyton_pallet_contracts;
    #[runtime::pallet_index(13)]
    pub type Keys = adyton_pallet_keys;
    #[runtime::pallet_index(14)]
    pub type Devices = adyton_pallet_devices;
    #[runtime::pallet_index(15)]
    pub type Messages = adyton_pallet_messages;

    #[runtime::pallet_index(20)]
    pub type Preimage = pallet_preimage;
    #[runtime::pallet_index(21)]
    pub type Scheduler = pallet_scheduler;
    #[runtime::pallet_index(22)]
    pub type Referenda = pallet_referenda;
    #[runtime::pallet_index(23)]
    pub type ConvictionVoting = pallet_conviction_voting;
    #[runtime::pallet_index(24)]
    pub type Governance = adyton_pallet_governance;
    #[runtime::pallet_index(25)]
    pub type Treasury = pallet_treasury;
    #[runtime::pallet_index(26)]
    pub type Bounties = pallet_bounties;

    #[runtime::pallet_index(30)]
    pub type Beacon = adyton_pallet_beacon;
    #[runtime::pallet_index(31)]
    pub type Pools = adyton_pallet_pools;
    #[runtime::pallet_index(32)]
    pub type Rewards = adyton_pallet_rewards;
    #[runtime::pallet_index(33)]
    pub type Slashing = adyton_pallet_slashing;
    #[runtime::pallet_index(34)]
    pub type Usage = adyton_pallet_usage;
    #[runtime::pallet_index(35)]
    pub type Disputes = adyton_pallet_disputes;

    #[runtime::pallet_index(40)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(43)]
    pub type Validators = adyton_pallet_validators;
    #[runtime::pallet_index(44)]
    pub type Authorship = pallet_authorship;
}
