//! The pallets' settings.

use adyton_pallet_governance::{Emergency, TeePolicy};
use adyton_protocol::ids::NetworkId;
use frame_support::{
    derive_impl,
    dispatch::DispatchClass,
    parameter_types,
    traits::{ConstU8, ConstU32, ConstU64, ConstU128, Contains, EitherOf, Get, VariantCountOf},
    weights::{
        ConstantMultiplier, IdentityFee, Weight,
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
    },
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use polkadot_sdk::*;
use sp_runtime::{FixedPointNumber, Perbill, Perquintill, traits::Bounded};
use sp_version::RuntimeVersion;

use crate::{
    AccountId, Attestation, Aura, Balance, Balances, Block, BlockNumber, Contracts, Devices, Disputes, Hash, Keys,
    Messages, Nonce, OriginCaller, PHA, PalletInfo, Rewards, Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason,
    RuntimeHoldReason, RuntimeOrigin, RuntimeTask, SS58_PREFIX, System, Usage, VERSION, Workers,
};

/// The least that an account holds, or it is removed: 0.01 PHA.
pub const EXISTENTIAL_DEPOSIT: Balance = PHA / 100;
/// How much of a block ordinary extrinsics may fill.
const NORMAL_RATIO: Perbill = Perbill::from_percent(75);
/// Execution time of one block: leaves more than half of a 500 ms slot to consensus.
const BLOCK_WEIGHT: Weight = Weight::from_parts(200 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);
/// Bytes of one block.
const BLOCK_BYTES: u32 = 5 * 1024 * 1024;

parameter_types! {
    pub const BlockHashCount: BlockNumber = 2400;
    pub const Version: RuntimeVersion = VERSION;
    pub RuntimeBlockWeights: BlockWeights = BlockWeights::with_sensible_defaults(BLOCK_WEIGHT, NORMAL_RATIO);
    pub RuntimeBlockLength: BlockLength = BlockLength::builder()
        .max_length(BLOCK_BYTES)
        .modify_max_length_for_class(DispatchClass::Normal, |length| *length = NORMAL_RATIO * BLOCK_BYTES)
        .build();
    pub const Ss58Prefix: u16 = SS58_PREFIX;
    pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
    pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
    pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10);
    pub MaximumMultiplier: Multiplier = Bounded::max_value();
    /// Fee of one byte: 10^-5 PHA.
    pub const ByteFee: Balance = PHA / 100_000;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BlockWeights = RuntimeBlockWeights;
    type BlockLength = RuntimeBlockLength;
    type AccountId = AccountId;
    type Nonce = Nonce;
    type Hash = Hash;
    type BlockHashCount = BlockHashCount;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SS58Prefix = Ss58Prefix;
    type MaxConsumers = ConstU32<16>;
    type SingleBlockMigrations = crate::migrations::Migrations;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = adyton_pallet_slots::HalfSlot<Runtime>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl adyton_pallet_slots::Config for Runtime {}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<0>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, crate::consensus::ToAuthor>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = ConstantMultiplier<Balance, ByteFee>;
    type FeeMultiplierUpdate =
        TargetedFeeAdjustment<Runtime, TargetBlockFullness, AdjustmentVariable, MinimumMultiplier, MaximumMultiplier>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

/// The longest life of a verdict: 30 days, in seconds. Intel's collateral ends after about as long; AMD's certificates
/// and AWS's enclaves live for years, and no recovery of their platforms would end a worker otherwise.
pub const MAX_VERDICT_LIFE: u64 = 30 * 24 * 60 * 60;

impl adyton_pallet_attestation::Config for Runtime {
    type AdminOrigin = EitherOf<frame_system::EnsureRoot<AccountId>, TeePolicy>;
    type EmergencyOrigin = Emergency;
    type MaxVerdictLife = ConstU64<MAX_VERDICT_LIFE>;
    type WeightInfo = adyton_pallet_attestation::weights::SubstrateWeight<Runtime>;
}

/// How many blocks old the block in a statement may be: as long as a network of 500 ms slots needs to boot a
/// machine, and less than the system remembers.
pub const MAX_STATEMENT_AGE: BlockNumber = 1200;

impl adyton_pallet_workers::Config for Runtime {
    type Attestation = Attestation;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type MaxStatementAge = ConstU32<MAX_STATEMENT_AGE>;
    type WeightInfo = adyton_pallet_workers::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

/// What contracts may have dispatched as their own account: to speak, and to pay from what they own. Nothing
/// that wraps other calls, and nothing of Adyton's own pallets.
pub struct Reportable;

impl Contains<RuntimeCall> for Reportable {
    fn contains(call: &RuntimeCall) -> bool {
        match call {
            RuntimeCall::System(call) => {
                matches!(call, frame_system::Call::remark { .. } | frame_system::Call::remark_with_event { .. })
            }
            RuntimeCall::Balances(call) => matches!(
                call,
                pallet_balances::Call::transfer_allow_death { .. } | pallet_balances::Call::transfer_keep_alive { .. }
            ),
            RuntimeCall::Timestamp(_)
            | RuntimeCall::Grandpa(_)
            | RuntimeCall::Session(_)
            | RuntimeCall::Validators(_)
            | RuntimeCall::Utility(_)
            | RuntimeCall::Multisig(_)
            | RuntimeCall::Proxy(_)
            | RuntimeCall::Preimage(_)
            | RuntimeCall::Scheduler(_)
            | RuntimeCall::Referenda(_)
            | RuntimeCall::ConvictionVoting(_)
            | RuntimeCall::Governance(_)
            | RuntimeCall::Treasury(_)
            | RuntimeCall::Bounties(_)
            | RuntimeCall::Attestation(_)
            | RuntimeCall::Workers(_)
            | RuntimeCall::Contracts(_)
            | RuntimeCall::Keys(_)
            | RuntimeCall::Devices(_)
            | RuntimeCall::Messages(_)
            | RuntimeCall::Beacon(_)
            | RuntimeCall::Pools(_)
            | RuntimeCall::Rewards(_)
            | RuntimeCall::Slashing(_)
            | RuntimeCall::Usage(_)
            | RuntimeCall::Disputes(_) => false,
        }
    }
}

parameter_types! {
    pub const MaxReportWeight: Weight = Weight::from_parts(10 * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);
}

/// What is held for an entry of the state until it goes: 0.1 PHA.
pub const ENTRY_DEPOSIT: Balance = PHA / 10;
/// What is held for each of its bytes: 0.001 PHA, a hundred times the fee of a byte that goes by.
pub const BYTE_DEPOSIT: Balance = PHA / 1000;

impl adyton_pallet_contracts::Config for Runtime {
    type ReportedCall = RuntimeCall;
    type ReportFilter = Reportable;
    type MaxReportWeight = MaxReportWeight;
    type ReportPeriod = ConstU32<1>;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type EntryDeposit = ConstU128<ENTRY_DEPOSIT>;
    type ByteDeposit = ConstU128<BYTE_DEPOSIT>;
    type Attestation = Attestation;
    type Workers = Workers;
    type Devices = Devices;
    type Retirement = (Disputes, (Messages, (Usage, Keys)));
    type WeightInfo = adyton_pallet_contracts::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

impl adyton_pallet_keys::Config for Runtime {
    type Workers = Workers;
    type Leases = Contracts;
    type WeightInfo = adyton_pallet_keys::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

/// For how many blocks a message to a contract waits before its sender may withdraw it: 14 hours, in blocks of 6 s.
pub const MESSAGE_EXPIRY: BlockNumber = 8400;

impl adyton_pallet_messages::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Deposit = ConstU128<ENTRY_DEPOSIT>;
    type ByteDeposit = ConstU128<BYTE_DEPOSIT>;
    type Expiry = ConstU32<MESSAGE_EXPIRY>;
    type Deployments = Contracts;
    type Leases = Contracts;
    type Workers = Workers;
    type WeightInfo = adyton_pallet_messages::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

impl adyton_pallet_devices::Config for Runtime {
    type AdminOrigin = EitherOf<frame_system::EnsureRoot<AccountId>, TeePolicy>;
    type Attestation = Attestation;
    type Workers = Workers;
    type MaxVerdictLife = ConstU64<MAX_VERDICT_LIFE>;
    type WeightInfo = adyton_pallet_devices::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

/// The network's identity, as the genesis names it.
pub struct Identity;

impl Get<Option<NetworkId>> for Identity {
    fn get() -> Option<NetworkId> {
        <Attestation as adyton_pallet_traits::Attestation>::network()
    }
}

impl adyton_pallet_beacon::Config for Runtime {
    type AdminOrigin = EitherOf<frame_system::EnsureRoot<AccountId>, TeePolicy>;
    type Network = Identity;
    type Workers = Workers;
    type Keyholders = Keys;
    type OnRound = Rewards;
    type WeightInfo = adyton_pallet_beacon::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}
