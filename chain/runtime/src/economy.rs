//! Who puts PHA at stake, and what for.

use adyton_pallet_governance::Economy;
use frame_support::{
    PalletId, parameter_types,
    traits::{ConstU32, EitherOf},
};
use frame_system::EnsureRoot;
use polkadot_sdk::*;

use crate::{
    AccountId, Attestation, Balances, Beacon, BlockNumber, Contracts, Pools, Rewards, Runtime, RuntimeHoldReason,
    Slashing, Timestamp, Workers, configs::Identity, governance::TreasuryAccount,
};

/// Who decides about the economy's parameters.
pub type EconomyOrigin = EitherOf<EnsureRoot<AccountId>, Economy>;

parameter_types! {
    pub const PoolsId: PalletId = PalletId(*b"adyton/p");
    pub const UsageId: PalletId = PalletId(*b"adyton/g");
}

impl adyton_pallet_pools::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Workers = Workers;
    type Running = Rewards;
    type ParametersOrigin = EconomyOrigin;
    type LeastUnbonding = adyton_pallet_slashing::LeastUnbonding<Runtime>;
    type LeastCooling = adyton_pallet_slashing::LeastCooling<Runtime>;
    type PalletId = PoolsId;
    type WeightInfo = adyton_pallet_pools::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

impl adyton_pallet_rewards::Config for Runtime {
    type EconomyOrigin = EconomyOrigin;
    type Currency = Balances;
    type Treasury = TreasuryAccount;
    type Workers = Workers;
    type CpuModels = Workers;
    type Pools = Pools;
    type WeightInfo = adyton_pallet_rewards::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

/// After how many blocks a moment is kept, to know later which time it was: two minutes, in blocks of 6 s.
pub const SAMPLE_INTERVAL: BlockNumber = 20;

impl adyton_pallet_slashing::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = EconomyOrigin;
    type CancelOrigin = EconomyOrigin;
    type Time = Timestamp;
    type SampleInterval = ConstU32<SAMPLE_INTERVAL>;
    type LeastWindow = adyton_pallet_disputes::LeastEvidenceWindow<Runtime>;
    type Attestation = Attestation;
    type Admission = Attestation;
    type Workers = Workers;
    type BootKeys = Workers;
    type Histories = Contracts;
    type Pools = Pools;
    type Presence = Rewards;
    type WeightInfo = adyton_pallet_slashing::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

impl adyton_pallet_usage::Config for Runtime {
    type Currency = Balances;
    type PalletId = UsageId;
    type Treasury = TreasuryAccount;
    type Network = Identity;
    type EconomyOrigin = EconomyOrigin;
    type Deployments = Contracts;
    type Leases = Contracts;
    type Anchors = Contracts;
    type Workers = Workers;
    type Pools = Pools;
    type WeightInfo = adyton_pallet_usage::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

impl adyton_pallet_disputes::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ParametersOrigin = EconomyOrigin;
    type Treasury = TreasuryAccount;
    type Network = Identity;
    type SlotDuration = adyton_pallet_slots::WholeSlot<Runtime>;
    type Beacon = Beacon;
    type Workers = Workers;
    type BootKeys = Workers;
    type Running = Rewards;
    type Deployments = Contracts;
    type Leases = Contracts;
    type Histories = Contracts;
    type Charging = Slashing;
    type WeightInfo = adyton_pallet_disputes::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}
