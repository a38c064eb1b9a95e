//! How the network decides: tracks of referenda, who may spend the treasury, and accounts of several.
//!
//! Everybody who has PHA proposes and votes, also with what is held as a deposit or a stake. A proposal names the origin
//! that it wants, and with it a track: how much support it needs, for how long, and when it does what it says. What the
//! TEE policy loosens has the delay of its pallet on top.

use adyton_pallet_governance::{BigSpender, Origin, Periods, SmallSpender};
use alloc::borrow::Cow;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::cmp::Ordering;
use frame_support::{
    PalletId, parameter_types,
    traits::{
        AsEnsureOriginWithArg, ConstU32, ConstU128, Contains, EitherOf, Get, InstanceFilter, LinearStoragePrice,
        PrivilegeCmp,
        fungible::HoldConsideration,
        tokens::{PayFromAccount, UnityAssetBalanceConversion},
    },
    weights::Weight,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureSigned, EnsureWithSuccess, RawOrigin};
use pallet_referenda::{Curve, Track, TrackInfo, TracksInfo};
use polkadot_sdk::*;
use scale_info::TypeInfo;
use sp_runtime::{Perbill, Permill, traits::IdentityLookup};

use crate::{
    AccountId, Balance, Balances, BlockNumber, Bounties, OriginCaller, PHA, Preimage, Referenda, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeHoldReason, RuntimeOrigin, Scheduler, System, Treasury,
    configs::{BYTE_DEPOSIT, ENTRY_DEPOSIT, RuntimeBlockWeights},
};

/// Blocks of an hour and of a day on a network of 6 s slots.
const HOUR: BlockNumber = 600;
const DAY: BlockNumber = 24 * HOUR;

/// The most that a [`SmallSpender`] and a [`BigSpender`] spend at once.
pub const SMALL_SPEND: Balance = 10_000 * PHA;
/// See [`SMALL_SPEND`].
pub const BIG_SPEND: Balance = 1_000_000 * PHA;

/// A kind of decision.
struct Kind {
    track: u16,
    name: &'static str,
    /// How many are decided at once.
    deciding: u32,
    /// Held from the beginning of the decision on, from anybody.
    deposit: Balance,
    periods: Periods,
    /// Percent of the votes, with their convictions, that have to be in favour: at the decision's beginning, and at its
    /// end.
    approval: (u32, u32),
    /// Permille of all PHA that has to be in favour, at the beginning and at the end.
    support: (u32, u32),
}

/// Everything that can be decided, by ascending number. Who decides which evidence is accepted could let in a worker that
/// tells what it knows: that takes as much support as root.
const KINDS: [Kind; 6] = [
    Kind {
        track: 0,
        name: "root",
        deciding: 1,
        deposit: 50_000 * PHA,
        periods: Periods { prepare: 2 * HOUR, decision: 14 * DAY, confirm: DAY, enactment: DAY },
        approval: (90, 50),
        support: (500, 50),
    },
    Kind {
        track: 1,
        name: "tee-policy",
        deciding: 10,
        deposit: 5_000 * PHA,
        periods: Periods { prepare: HOUR, decision: 7 * DAY, confirm: 12 * HOUR, enactment: HOUR },
        approval: (80, 50),
        support: (250, 50),
    },
    Kind {
        track: 2,
        name: "emergency",
        deciding: 10,
        deposit: 5_000 * PHA,
        periods: Periods { prepare: HOUR / 12, decision: DAY, confirm: HOUR / 12, enactment: 1 },
        approval: (90, 60),
        support: (100, 20),
    },
    Kind {
        track: 3,
        name: "small-spender",
        deciding: 20,
        deposit: 500 * PHA,
        periods: Periods { prepare: HOUR, decision: 7 * DAY, confirm: 12 * HOUR, enactment: DAY },
        approval: (80, 50),
        support: (100, 5),
    },
    Kind {
        track: 4,
        name: "big-spender",
        deciding: 10,
        deposit: 5_000 * PHA,
        periods: Periods { prepare: 2 * HOUR, decision: 14 * DAY, confirm: DAY, enactment: DAY },
        approval: (90, 50),
        support: (250, 20),
    },
    Kind {
        track: 5,
        name: "economy",
        deciding: 10,
        deposit: 5_000 * PHA,
        periods: Periods { prepare: HOUR, decision: 7 * DAY, confirm: 12 * HOUR, enactment: HOUR },
        approval: (80, 50),
        support: (250, 20),
    },
];

/// The tracks of referenda.
pub struct Tracks;

impl Tracks {
    /// Their numbers, ascending.
    pub fn numbers() -> impl Iterator<Item = u16> {
        KINDS.iter().map(|kind| kind.track)
    }

    /// The periods of each, by ascending number: those in storage, or its own.
    pub fn periods() -> impl Iterator<Item = (u16, Periods)> {
        KINDS.iter().map(|kind| (kind.track, Self::periods_of(kind)))
    }

    fn periods_of(kind: &Kind) -> Periods {
        adyton_pallet_governance::TrackPeriods::<Runtime>::get(kind.track).unwrap_or(kind.periods)
    }

    fn track(kind: &Kind) -> Track<u16, Balance, BlockNumber> {
        let falling = |(begin, end), of: u32| Curve::LinearDecreasing {
            length: Perbill::one(),
            floor: Perbill::from_rational(end, of),
            ceil: Perbill::from_rational(begin, of),
        };
        let mut name = [0; 25];
        name[..kind.name.len()].copy_from_slice(kind.name.as_bytes());
        let periods = Self::periods_of(kind);
        Track {
            id: kind.track,
            info: TrackInfo {
                name,
                max_deciding: kind.deciding,
                decision_deposit: kind.deposit,
                prepare_period: periods.prepare,
                decision_period: periods.decision,
                confirm_period: periods.confirm,
                min_enactment_period: periods.enactment,
                min_approval: falling(kind.approval, 100),
                min_support: falling(kind.support, 1000),
            },
        }
    }
}

impl TracksInfo<Balance, BlockNumber> for Tracks {
    type Id = u16;
    type RuntimeOrigin = OriginCaller;

    fn tracks() -> impl Iterator<Item = Cow<'static, Track<u16, Balance, BlockNumber>>> {
        KINDS.iter().map(|kind| Cow::Owned(Self::track(kind)))
    }

    fn track_for(origin: &OriginCaller) -> Result<u16, ()> {
        match origin {
            OriginCaller::system(RawOrigin::Root) => Ok(0),
            OriginCaller::Governance(Origin::TeePolicy) => Ok(1),
            OriginCaller::Governance(Origin::Emergency) => Ok(2),
            OriginCaller::Governance(Origin::SmallSpender) => Ok(3),
            OriginCaller::Governance(Origin::BigSpender) => Ok(4),
            OriginCaller::Governance(Origin::Economy) => Ok(5),
            _ => Err(()),
        }
    }

    // As the trait's own, which reads the periods as well: a check of the runtime alone has no storage.
    fn check_integrity() -> Result<(), &'static str> {
        KINDS.is_sorted_by(|one, next| one.track < next.track).then_some(()).ok_or("the tracks do not ascend")
    }

    fn info(id: u16) -> Option<Cow<'static, TrackInfo<Balance, BlockNumber>>> {
        KINDS.iter().find(|kind| kind.track == id).map(|kind| Cow::Owned(Self::track(kind).info))
    }
}

impl Contains<u16> for Tracks {
    fn contains(track: &u16) -> bool {
        Self::numbers().any(|number| number == *track)
    }
}

impl adyton_pallet_governance::Config for Runtime {
    type Tracks = Tracks;
    type DefaultLock = ConstU32<{ 7 * DAY }>;
    type WeightInfo = adyton_pallet_governance::weights::SubstrateWeight<Runtime>;
}

/// For how many blocks a vote of the lowest conviction locks, as storage says.
pub struct VoteLock;

impl Get<BlockNumber> for VoteLock {
    fn get() -> BlockNumber {
        adyton_pallet_governance::Lock::<Runtime>::get()
    }
}

parameter_types! {
    pub const PreimageHold: RuntimeHoldReason = RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
    /// Enough for everything but a new runtime, which a decision authorizes and an extrinsic brings.
    pub MaxScheduledWeight: Weight = Perbill::from_percent(50) * RuntimeBlockWeights::get().max_block;
    pub const TreasuryId: PalletId = PalletId(*b"adyton/t");
    pub TreasuryAccount: AccountId = Treasury::account_id();
    pub const Kept: Permill = Permill::zero();
    pub const CuratorShare: Permill = Permill::from_percent(50);
    pub const CuratorMin: Option<Balance> = Some(10 * PHA);
    pub const CuratorMax: Option<Balance> = Some(10_000 * PHA);
    pub const AnyAmount: Balance = Balance::MAX;
    pub const SmallAmount: Balance = SMALL_SPEND;
    pub const BigAmount: Balance = BIG_SPEND;
}

impl pallet_preimage::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<AccountId>;
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHold,
        LinearStoragePrice<ConstU128<ENTRY_DEPOSIT>, ConstU128<BYTE_DEPOSIT>, Balance>,
    >;
}

/// Root may cancel what others have scheduled, and nobody else what is not theirs.
pub struct RootAbove;

impl PrivilegeCmp<OriginCaller> for RootAbove {
    fn cmp_privilege(left: &OriginCaller, right: &OriginCaller) -> Option<Ordering> {
        match (left, right) {
            (left, right) if left == right => Some(Ordering::Equal),
            (OriginCaller::system(RawOrigin::Root), _) => Some(Ordering::Greater),
            (_, OriginCaller::system(RawOrigin::Root)) => Some(Ordering::Less),
            _ => None,
        }
    }
}

impl pallet_scheduler::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type MaximumWeight = MaxScheduledWeight;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type OriginPrivilegeCmp = RootAbove;
    // What is decided for a block that is full is lost; the weights are measured up to here.
    type MaxScheduledPerBlock = ConstU32<512>;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

impl pallet_referenda::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_referenda::weights::SubstrateWeight<Runtime>;
    type Scheduler = Scheduler;
    type Currency = Balances;
    type SubmitOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
    type CancelOrigin = EnsureRoot<AccountId>;
    type KillOrigin = EnsureRoot<AccountId>;
    type Slash = Treasury;
    type Votes = Balance;
    type Tally = pallet_conviction_voting::TallyOf<Runtime>;
    type SubmissionDeposit = ConstU128<{ 100 * PHA }>;
    type MaxQueued = ConstU32<100>;
    type UndecidingTimeout = ConstU32<{ 14 * DAY }>;
    type AlarmInterval = ConstU32<1>;
    type Tracks = Tracks;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

impl pallet_conviction_voting::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_conviction_voting::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type Polls = Referenda;
    type MaxTurnout = frame_support::traits::tokens::currency::ActiveIssuanceOf<Balances, AccountId>;
    type MaxVotes = ConstU32<512>;
    type VoteLockingPeriod = VoteLock;
    type BlockNumberProvider = System;
    type VotingHooks = ();
}

impl pallet_treasury::Config for Runtime {
    type Currency = Balances;
    type RejectOrigin = EnsureRoot<AccountId>;
    type RuntimeEvent = RuntimeEvent;
    type SpendPeriod = ConstU32<DAY>;
    type Burn = Kept;
    type PalletId = TreasuryId;
    type BurnDestination = ();
    type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
    type SpendFunds = Bounties;
    type MaxApprovals = ConstU32<100>;
    type SpendOrigin = EitherOf<
        EnsureRootWithSuccess<AccountId, AnyAmount>,
        EitherOf<
            EnsureWithSuccess<SmallSpender, AccountId, SmallAmount>,
            EnsureWithSuccess<BigSpender, AccountId, BigAmount>,
        >,
    >;
    type AssetKind = ();
    type Beneficiary = AccountId;
    type BeneficiaryLookup = IdentityLookup<AccountId>;
    type Paymaster = PayFromAccount<Balances, TreasuryAccount>;
    type BalanceConverter = UnityAssetBalanceConversion;
    type PayoutPeriod = ConstU32<{ 30 * DAY }>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
    type BlockNumberProvider = System;
}

impl pallet_bounties::Config for Runtime {
    type BountyDepositBase = ConstU128<{ 10 * PHA }>;
    type BountyDepositPayoutDelay = ConstU32<{ 8 * DAY }>;
    type BountyUpdatePeriod = ConstU32<{ 90 * DAY }>;
    type CuratorDepositMultiplier = CuratorShare;
    type CuratorDepositMax = CuratorMax;
    type CuratorDepositMin = CuratorMin;
    type BountyValueMinimum = ConstU128<{ 100 * PHA }>;
    type DataDepositPerByte = ConstU128<BYTE_DEPOSIT>;
    type RuntimeEvent = RuntimeEvent;
    type MaximumReasonLength = ConstU32<16384>;
    type WeightInfo = pallet_bounties::weights::SubstrateWeight<Runtime>;
    type ChildBountyManager = ();
    type OnSlash = Treasury;
    type TransferAllAssets = ();
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = ConstU128<{ ENTRY_DEPOSIT + 88 * BYTE_DEPOSIT }>;
    type DepositFactor = ConstU128<{ 32 * BYTE_DEPOSIT }>;
    type MaxSignatories = ConstU32<100>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

/// What an account lets another one do in its name.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    #[codec(index = 0)]
    Any,
    /// Propose and vote.
    #[codec(index = 1)]
    Governance,
    /// Run workers: register, drain and retire them, and bring what evidence rests on.
    #[codec(index = 2)]
    Operator,
    /// Stop what another one has announced to do.
    #[codec(index = 3)]
    CancelProxy,
    /// Run a pool, and stake: what is paid out goes to the account itself.
    #[codec(index = 4)]
    Staking,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        match self {
            Self::Any => true,
            Self::Governance => matches!(
                call,
                RuntimeCall::Preimage(_)
                    | RuntimeCall::Referenda(_)
                    | RuntimeCall::ConvictionVoting(_)
                    | RuntimeCall::Bounties(pallet_bounties::Call::propose_bounty { .. })
            ),
            Self::Operator => matches!(
                call,
                RuntimeCall::Workers(_)
                    | RuntimeCall::Devices(_)
                    | RuntimeCall::Attestation(adyton_pallet_attestation::Call::submit_collateral { .. })
                    | RuntimeCall::Usage(adyton_pallet_usage::Call::set_ask { .. })
            ),
            Self::Staking => matches!(call, RuntimeCall::Pools(_) | RuntimeCall::Rewards(_)),
            Self::CancelProxy => matches!(call, RuntimeCall::Proxy(pallet_proxy::Call::reject_announcement { .. })),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        self == other || *self == Self::Any
    }
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = ConstU128<ENTRY_DEPOSIT>;
    type ProxyDepositFactor = ConstU128<{ 37 * BYTE_DEPOSIT }>;
    type MaxProxies = ConstU32<32>;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
    type MaxPending = ConstU32<32>;
    type CallHasher = sp_runtime::traits::BlakeTwo256;
    type AnnouncementDepositBase = ConstU128<ENTRY_DEPOSIT>;
    type AnnouncementDepositFactor = ConstU128<{ 68 * BYTE_DEPOSIT }>;
    type BlockNumberProvider = System;
}
