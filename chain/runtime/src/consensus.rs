//! Who makes and finalizes blocks: sessions of bonded validators, whose keys Aura and GRANDPA take, and what becomes of
//! reports against them.

use adyton_pallet_governance::Economy;
use adyton_pallet_validators::{Authority, MAX_UNBONDING, MAX_VALIDATORS, Sessions, WeightInfo as _, authority};
use alloc::vec::Vec;
use frame_support::{
    traits::{
        ConstBool, ConstU32, ConstU64, ConstU128, EitherOf, Get, Imbalance, OnUnbalanced,
        fungible::{Balanced, Credit},
    },
    weights::Weight,
};
use frame_system::{
    EnsureRoot,
    offchain::{CreateBare, CreateTransactionBase},
};
use pallet_session::{ShouldEndSession, disabling::UpToLimitDisablingStrategy};
use polkadot_sdk::*;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::Perbill;
use sp_session::MembershipProof;
use sp_staking::{SessionIndex, offence::OffenceSeverity};

use crate::{
    AccountId, Aura, Balances, BlockNumber, Grandpa, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason,
    SessionKeys, UncheckedExtrinsic, Validators, configs::ENTRY_DEPOSIT,
};

/// For how many blocks a node keeps a report that no block has taken.
const REPORT_LIFE: u64 = 14_400;

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type DisabledValidators = crate::Session;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = adyton_pallet_slots::WholeSlot<Runtime>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = VoteWeights;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type MaxNominators = ConstU32<0>;
    // At most one set a session, and the one before the oldest.
    type MaxSetIdSessionEntries = ConstU64<{ MAX_UNBONDING as u64 + 2 }>;
    type KeyOwnerProof = MembershipProof;
    type EquivocationReportSystem =
        pallet_grandpa::EquivocationReportSystem<Runtime, Validators, Validators, ConstU64<REPORT_LIFE>>;
}

/// What GRANDPA's calls cost, with what `validators` does about a report.
pub struct VoteWeights;

impl pallet_grandpa::WeightInfo for VoteWeights {
    fn report_equivocation(validators: u32, nominators: u32) -> Weight {
        <() as pallet_grandpa::WeightInfo>::report_equivocation(validators, nominators)
            .saturating_add(adyton_pallet_validators::weights::SubstrateWeight::<Runtime>::report_blocks())
    }

    fn note_stalled() -> Weight {
        <() as pallet_grandpa::WeightInfo>::note_stalled()
    }
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Runtime, Aura>;
    type EventHandler = ();
}

/// What of a fee goes to who made its block; the rest is burnt, so that whoever fills blocks with calls of their own pays
/// for it.
pub const AUTHOR_SHARE: Perbill = Perbill::from_percent(20);

/// Pays the author its share of a fee, and the tip whole.
pub struct ToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for ToAuthor {
    fn on_unbalanceds(mut fee_then_tip: impl Iterator<Item = Credit<AccountId, Balances>>) {
        let Some(fee) = fee_then_tip.next() else { return };
        let share = AUTHOR_SHARE.mul_floor(fee.peek());
        let (mut paid, _burnt) = fee.split(share);
        if let Some(tip) = fee_then_tip.next() {
            paid.subsume(tip);
        }
        let Some(author) = crate::Authorship::author() else { return };
        // What an account cannot take, because it would be too little for it to be there, is burnt too.
        let _burnt = Balances::resolve(&author, paid);
    }
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = Validators;
    type ShouldEndSession = Never;
    type NextSessionRotation = Validators;
    type SessionManager = Validators;
    type SessionHandler = (Aura, Grandpa);
    type Keys = SessionKeys;
    // A third at most: more, and finality would stand still.
    type DisablingStrategy = UpToLimitDisablingStrategy<3>;
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = ConstU128<ENTRY_DEPOSIT>;
}

/// `pallet_session` ends no session by itself, for it would take a whole block for that: `validators` does.
pub struct Never;

impl ShouldEndSession<BlockNumber> for Never {
    fn should_end_session(_: BlockNumber) -> bool {
        false
    }
}

impl adyton_pallet_validators::Config for Runtime {
    type AdminOrigin = EitherOf<EnsureRoot<AccountId>, Economy>;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Sessions = PalletSession;
    type Slot = AuraSlot;
    type WeightInfo = adyton_pallet_validators::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::State;
}

/// The sessions of `pallet_session`.
pub struct PalletSession;

impl Sessions for PalletSession {
    fn current() -> SessionIndex {
        crate::Session::current_index()
    }

    fn validators() -> Vec<AccountId> {
        crate::Session::validators()
    }

    fn author() -> Option<AccountId> {
        crate::Authorship::author()
    }

    fn authorities() -> Vec<Authority> {
        // What is queued becomes the next session's after that one has begun.
        let queued = crate::Session::queued_keys().into_iter();
        queued.filter_map(|(who, keys)| authority(who, keys.aura.as_ref(), keys.grandpa.as_ref())).collect()
    }

    fn turn() {
        crate::Session::rotate_session();
    }

    fn has_keys(who: &AccountId) -> bool {
        pallet_session::NextKeys::<Runtime>::contains_key(who)
    }

    fn disable(who: &AccountId, severity: Perbill) {
        crate::Session::report_offence(who.clone(), OffenceSeverity(severity));
    }
}

/// The slot of the present block.
pub struct AuraSlot;

impl Get<u64> for AuraSlot {
    fn get() -> u64 {
        pallet_aura::CurrentSlot::<Runtime>::get().into()
    }
}

impl<C> CreateTransactionBase<C> for Runtime
where
    RuntimeCall: From<C>,
{
    type RuntimeCall = RuntimeCall;
    type Extrinsic = UncheckedExtrinsic;
}

impl<C> CreateBare<C> for Runtime
where
    RuntimeCall: From<C>,
{
    fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_bare(call)
    }
}
