//! Referenda as the network has them: from a proposal to what it changes, and what they cannot decide.

use adyton_pallet_governance::Origin;
use adyton_protocol::record::MachineId;
use frame_support::{
    dispatch::GetDispatchInfo as _,
    traits::{Bounded, StorePreimage as _, schedule::DispatchTime},
};
use frame_system::RawOrigin;
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_referenda::{ReferendumInfo, ReferendumInfoFor, TracksInfo as _};
use sp_runtime::DispatchError;

use super::*;
use crate::{
    BlockNumber, OriginCaller, Preimage, Proxy, RuntimeOrigin, Treasury,
    configs::RuntimeBlockWeights,
    governance::{MaxScheduledWeight, ProxyType, SMALL_SPEND, Tracks},
};

const KIND: EvidenceKind = EvidenceKind::AmdSnp;

fn succeeds(account: Sr25519Keyring, call: impl Into<RuntimeCall>) {
    by_account(account, call.into()).expect("is valid").expect("succeeds");
}

fn refused(account: Sr25519Keyring, call: impl Into<RuntimeCall>) -> DispatchError {
    by_account(account, call.into()).expect("is valid").expect_err("is refused")
}

/// Proposes `call`, its bytes given beforehand, with the deposit for its decision. Answers the proposal's number.
fn propose(origin: Origin, call: impl Into<RuntimeCall>) -> u32 {
    propose_as(OriginCaller::Governance(origin), call.into())
}

fn propose_as(origin: OriginCaller, call: RuntimeCall) -> u32 {
    let index = pallet_referenda::ReferendumCount::<Runtime>::get();
    let bytes = call.encode();
    let hash = sp_io::hashing::blake2_256(&bytes).into();
    let proposal = Bounded::Lookup { hash, len: u32::try_from(bytes.len()).expect("a short call") };
    succeeds(Sr25519Keyring::Alice, pallet_preimage::Call::note_preimage { bytes });
    succeeds(
        Sr25519Keyring::Alice,
        pallet_referenda::Call::submit {
            proposal_origin: Box::new(origin),
            proposal,
            enactment_moment: DispatchTime::After(0),
        },
    );
    succeeds(Sr25519Keyring::Alice, pallet_referenda::Call::place_decision_deposit { index });
    index
}

fn votes(account: Sr25519Keyring, index: u32, aye: bool, balance: crate::Balance) {
    let vote = AccountVote::Standard { vote: Vote { aye, conviction: Conviction::Locked1x }, balance };
    succeeds(account, pallet_conviction_voting::Call::vote { poll_index: index, vote });
}

/// Four of the twelve accounts, a third of all PHA, are in favour.
fn a_third_is_in_favour(index: u32) {
    for account in [Sr25519Keyring::Bob, Sr25519Keyring::Charlie, Sr25519Keyring::Dave, Sr25519Keyring::Eve] {
        votes(account, index, true, 990_000 * PHA);
    }
}

/// Seven of them, more than half of all PHA, are in favour.
fn a_majority_is_in_favour(index: u32) {
    a_third_is_in_favour(index);
    for account in [Sr25519Keyring::Ferdie, Sr25519Keyring::AliceStash, Sr25519Keyring::BobStash] {
        votes(account, index, true, 990_000 * PHA);
    }
}

fn blocks(number: BlockNumber) {
    for _ in 0..number {
        next_block();
    }
}

/// The blocks that an approval without a doubt takes: preparation, confirmation, enactment, and one for each alarm.
const WHOLE: BlockNumber = 2 + 4 + 2 + 3;

fn accepts(kind: EvidenceKind) -> bool {
    let now = pallet_timestamp::Now::<Runtime>::get() / 1000;
    adyton_pallet_attestation::Policies::<Runtime>::get(kind).is_some_and(|policy| policy.at(now).is_some())
}

#[test]
fn a_new_kind_of_evidence_is_proposed_voted_for_and_accepted_after_the_delay() {
    run(|| {
        assert!(!accepts(KIND));
        let set = adyton_pallet_attestation::Call::set_policy { policy: shipped(KIND) };
        let index = propose(Origin::TeePolicy, set);
        a_third_is_in_favour(index);
        blocks(WHOLE);
        assert!(matches!(ReferendumInfoFor::<Runtime>::get(index), Some(ReferendumInfo::Approved(..))));
        assert!(adyton_pallet_attestation::Policies::<Runtime>::contains_key(KIND), "it is announced");
        assert!(!accepts(KIND), "the policy's own delay comes on top");
        blocks(20);
        assert!(accepts(KIND));
    });
}

#[test]
fn without_support_nothing_changes() {
    run(|| {
        let set = adyton_pallet_attestation::Call::set_policy { policy: shipped(KIND) };
        let index = propose(Origin::TeePolicy, set);
        votes(Sr25519Keyring::Bob, index, true, 1_000 * PHA);
        blocks(2 + 120 + 3);
        assert!(matches!(ReferendumInfoFor::<Runtime>::get(index), Some(ReferendumInfo::Rejected(..))));
        assert!(!adyton_pallet_attestation::Policies::<Runtime>::contains_key(KIND));
    });
}

#[test]
fn without_a_majority_nothing_changes() {
    run(|| {
        let set = adyton_pallet_attestation::Call::set_policy { policy: shipped(KIND) };
        let index = propose(Origin::TeePolicy, set);
        a_third_is_in_favour(index);
        for account in [Sr25519Keyring::Ferdie, Sr25519Keyring::AliceStash, Sr25519Keyring::BobStash] {
            votes(account, index, false, 990_000 * PHA);
        }
        votes(Sr25519Keyring::CharlieStash, index, false, 999_000 * PHA);
        blocks(2 + 120 + 3);
        assert!(matches!(ReferendumInfoFor::<Runtime>::get(index), Some(ReferendumInfo::Rejected(..))));
        assert!(!adyton_pallet_attestation::Policies::<Runtime>::contains_key(KIND));
    });
}

#[test]
fn what_is_staked_in_a_pool_decides_and_stays_staked() {
    run(|| {
        let (commission, maximum) = (sp_runtime::Perbill::zero(), sp_runtime::Perbill::one());
        let description = BoundedVec::new();
        let create = adyton_pallet_pools::Call::create {
            vault: false,
            commission,
            maximum,
            cap: None,
            restricted: false,
            description,
        };
        succeeds(Sr25519Keyring::Bob, create);
        for account in [Sr25519Keyring::Bob, Sr25519Keyring::Charlie, Sr25519Keyring::Dave, Sr25519Keyring::Eve] {
            succeeds(account, adyton_pallet_pools::Call::join { pool: 1, amount: 980_000 * PHA });
        }
        let held = || System::account(Sr25519Keyring::Eve.to_account_id()).data.reserved;
        let index = propose(Origin::TeePolicy, adyton_pallet_attestation::Call::set_policy { policy: shipped(KIND) });
        a_third_is_in_favour(index);
        blocks(WHOLE);
        assert!(matches!(ReferendumInfoFor::<Runtime>::get(index), Some(ReferendumInfo::Approved(..))));
        blocks(20);
        assert!(accepts(KIND) && held() >= 980_000 * PHA);
    });
}

#[test]
fn what_is_held_votes_too() {
    run(|| {
        deploy();
        let alice = Sr25519Keyring::Alice.to_account_id();
        assert!(System::account(&alice).data.reserved > 0);
        let index = propose(Origin::TeePolicy, frame_system::Call::remark { remark: vec![] });
        let data = System::account(&alice).data;
        votes(Sr25519Keyring::Alice, index, true, data.free + data.reserved - PHA);
        let Some(ReferendumInfo::Ongoing(status)) = ReferendumInfoFor::<Runtime>::get(index) else {
            panic!("it is under way")
        };
        assert!(status.tally.support > data.free);
    });
}

#[test]
fn an_emergency_is_fast_and_does_nothing_but_bar() {
    run(|| {
        let machine = MachineId::IntelPpid([9; 16]);
        let denied =
            || adyton_pallet_attestation::DeniedMachines::<Runtime>::get(machine).is_some_and(|on| on.is_on(NOW + 60));
        let deny = |denied| adyton_pallet_attestation::Call::set_machine_denied { machine, denied };
        let freeze = propose(Origin::Emergency, adyton_pallet_attestation::Call::set_frozen { frozen: true });
        let bar = propose(Origin::Emergency, deny(true));
        let unbar = propose(Origin::Emergency, deny(false));
        let loosen = propose(Origin::Emergency, adyton_pallet_attestation::Call::set_policy { policy: shipped(KIND) });
        for index in [freeze, bar, unbar, loosen] {
            a_third_is_in_favour(index);
        }
        blocks(WHOLE);
        for index in [freeze, bar, unbar, loosen] {
            assert!(matches!(ReferendumInfoFor::<Runtime>::get(index), Some(ReferendumInfo::Approved(..))));
        }
        assert!(adyton_pallet_attestation::Frozen::<Runtime>::get().is_some_and(|on| on.is_on(NOW + 60)));
        assert!(denied(), "what it approved beside it could not end it");
        assert!(!adyton_pallet_attestation::Policies::<Runtime>::contains_key(KIND));
    });
}

#[test]
fn who_is_nobody_changes_nothing() {
    run(|| {
        let set = adyton_pallet_attestation::Call::set_policy { policy: shipped(KIND) };
        assert_eq!(refused(Sr25519Keyring::Alice, set), DispatchError::BadOrigin);
        let root = frame_system::Call::set_storage { items: vec![] };
        assert_eq!(refused(Sr25519Keyring::Alice, root), DispatchError::BadOrigin);
        let kill = pallet_referenda::Call::kill {
            index: propose(Origin::TeePolicy, frame_system::Call::remark { remark: vec![] }),
        };
        assert_eq!(refused(Sr25519Keyring::Alice, kill), DispatchError::BadOrigin);
    });
}

#[test]
fn an_account_is_no_origin_of_a_referendum() {
    run(|| {
        let alice = RawOrigin::Signed(Sr25519Keyring::Alice.to_account_id());
        let proposal =
            Preimage::bound(RuntimeCall::from(frame_system::Call::remark { remark: vec![] })).expect("is short");
        let submit = pallet_referenda::Call::submit {
            proposal_origin: Box::new(OriginCaller::system(alice)),
            proposal,
            enactment_moment: DispatchTime::After(0),
        };
        assert_eq!(refused(Sr25519Keyring::Alice, submit), pallet_referenda::Error::<Runtime>::NoTrack.into());
    });
}

#[test]
fn the_tee_policy_is_not_root() {
    run(|| {
        let origin: RuntimeOrigin = Origin::TeePolicy.into();
        use sp_runtime::traits::Dispatchable as _;
        let code = RuntimeCall::from(frame_system::Call::set_code { code: vec![] });
        assert_eq!(code.dispatch(origin.clone()).expect_err("is refused").error, DispatchError::BadOrigin);
        let spend = RuntimeCall::from(pallet_treasury::Call::spend {
            asset_kind: Box::new(()),
            amount: 1,
            beneficiary: Box::new(Sr25519Keyring::Alice.to_account_id()),
            valid_from: None,
        });
        assert_eq!(spend.dispatch(origin).expect_err("is refused").error, DispatchError::BadOrigin);
    });
}

#[test]
fn the_treasury_is_spent_by_size() {
    run(|| {
        let eve = Sr25519Keyring::Eve.to_account_id();
        succeeds(
            Sr25519Keyring::Alice,
            pallet_balances::Call::transfer_keep_alive { dest: Treasury::account_id().into(), value: 50_000 * PHA },
        );
        let spend = |amount| pallet_treasury::Call::spend {
            asset_kind: Box::new(()),
            amount,
            beneficiary: Box::new(eve.clone()),
            valid_from: None,
        };
        let small = propose(Origin::SmallSpender, spend(SMALL_SPEND));
        let too_much = propose(Origin::SmallSpender, spend(SMALL_SPEND + 1));
        a_third_is_in_favour(small);
        a_third_is_in_favour(too_much);
        blocks(WHOLE);
        assert_eq!(pallet_treasury::SpendCount::<Runtime>::get(), 1);
        let before = Balances::total_balance(&eve);
        succeeds(Sr25519Keyring::Ferdie, pallet_treasury::Call::payout { index: 0 });
        assert_eq!(Balances::total_balance(&eve), before + SMALL_SPEND);
    });
}

#[test]
fn root_sets_the_periods_of_a_track() {
    run(|| {
        let periods = adyton_pallet_governance::Periods { prepare: 7, decision: 8, confirm: 9, enactment: 10 };
        let set = adyton_pallet_governance::Call::set_periods { track: 1, periods: Some(periods) };
        let index = propose_as(OriginCaller::system(RawOrigin::Root), set.into());
        a_majority_is_in_favour(index);
        blocks(WHOLE);
        let track = Tracks::info(1).expect("there is one");
        assert_eq!(
            (track.prepare_period, track.decision_period, track.confirm_period, track.min_enactment_period),
            (7, 8, 9, 10)
        );
        assert_eq!(Tracks::info(0).expect("there is one").prepare_period, 2, "the others are as they were");
    });
}

#[test]
fn root_authorizes_a_new_runtime_that_anybody_brings() {
    run(|| {
        let code_hash = sp_core::H256([5; 32]);
        let authorize = frame_system::Call::authorize_upgrade { code_hash };
        let index = propose_as(OriginCaller::system(RawOrigin::Root), authorize.into());
        a_majority_is_in_favour(index);
        blocks(WHOLE);
        assert!(System::authorized_upgrade().is_some_and(|upgrade| *upgrade.code_hash() == code_hash));
        let bring =
            RuntimeCall::from(frame_system::Call::apply_authorized_upgrade { code: vec![] }).get_dispatch_info();
        let most = RuntimeBlockWeights::get().get(bring.class).max_extrinsic.expect("there is a limit");
        assert!(bring.call_weight.all_lt(most), "it fits into a block");
    });
}

#[test]
fn what_the_tee_policy_decides_is_scheduled() {
    use adyton_pallet_attestation::weights::{SubstrateWeight, WeightInfo as _};

    run(|| {
        type Scheduled = pallet_scheduler::weights::SubstrateWeight<Runtime>;
        let fetched = <Scheduled as pallet_scheduler::WeightInfo>::service_task_fetched(1 << 20);
        let heaviest = SubstrateWeight::<Runtime>::add_root_nitro();
        assert!(fetched.saturating_add(heaviest).all_lt(MaxScheduledWeight::get()));
    });
}

#[test]
fn the_tracks_are_in_order_and_each_has_its_origin() {
    run(|| {
        assert!(Tracks::check_integrity().is_ok());
        let origins: [OriginCaller; 6] = [
            OriginCaller::system(RawOrigin::Root),
            OriginCaller::Governance(Origin::TeePolicy),
            OriginCaller::Governance(Origin::Emergency),
            OriginCaller::Governance(Origin::SmallSpender),
            OriginCaller::Governance(Origin::BigSpender),
            OriginCaller::Governance(Origin::Economy),
        ];
        assert!(origins.iter().map(Tracks::track_for).eq(Tracks::numbers().map(Ok)));
        assert_eq!(Tracks::track_for(&OriginCaller::system(RawOrigin::None)), Err(()));
    });
}

#[test]
fn a_proxy_does_what_its_kind_says() {
    run(|| {
        let (alice, bob) = (Sr25519Keyring::Alice, Sr25519Keyring::Bob);
        let proxied = |call: RuntimeCall| pallet_proxy::Call::proxy {
            real: alice.to_account_id().into(),
            force_proxy_type: None,
            call: Box::new(call),
        };
        succeeds(
            alice,
            pallet_proxy::Call::add_proxy {
                delegate: bob.to_account_id().into(),
                proxy_type: ProxyType::Governance,
                delay: 0,
            },
        );
        assert_eq!(Proxy::proxies(alice.to_account_id()).0.len(), 1);
        let index = propose(Origin::TeePolicy, frame_system::Call::remark { remark: vec![] });
        let vote = AccountVote::Standard { vote: Vote { aye: true, conviction: Conviction::None }, balance: PHA };
        succeeds(bob, proxied(pallet_conviction_voting::Call::vote { poll_index: index, vote }.into()));
        let Some(ReferendumInfo::Ongoing(status)) = ReferendumInfoFor::<Runtime>::get(index) else {
            panic!("it is under way")
        };
        assert_eq!(status.tally.support, PHA);

        let before = Balances::total_balance(&bob.to_account_id());
        let pay = pallet_balances::Call::transfer_keep_alive { dest: bob.to_account_id().into(), value: 1000 * PHA };
        succeeds(bob, proxied(pay.into()));
        assert!(Balances::total_balance(&bob.to_account_id()) <= before, "a vote is no payment");
    });
}

#[test]
fn a_staking_proxy_stakes_and_does_nothing_else() {
    use frame_support::traits::InstanceFilter as _;

    let beneficiary = Sr25519Keyring::Bob.to_account_id();
    let join = adyton_pallet_pools::Call::join { pool: 1, amount: PHA }.into();
    let pay = pallet_balances::Call::transfer_keep_alive { dest: beneficiary.into(), value: PHA }.into();
    let others = [ProxyType::Governance, ProxyType::Operator, ProxyType::CancelProxy];
    assert!(ProxyType::Staking.filter(&join) && !ProxyType::Staking.filter(&pay));
    assert!(others.iter().all(|kind| !kind.filter(&join)));
}

#[test]
fn proxies_of_a_kind_reach_nothing_inside_another_call() {
    use frame_support::traits::InstanceFilter as _;

    let beneficiary = Sr25519Keyring::Bob.to_account_id();
    let remark = || RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
    let others: [RuntimeCall; 4] = [
        pallet_utility::Call::batch { calls: vec![remark()] }.into(),
        pallet_proxy::Call::proxy {
            real: beneficiary.clone().into(),
            force_proxy_type: None,
            call: Box::new(remark()),
        }
        .into(),
        pallet_multisig::Call::as_multi_threshold_1 { other_signatories: vec![], call: Box::new(remark()) }.into(),
        pallet_bounties::Call::award_bounty { bounty_id: 0, beneficiary: beneficiary.into() }.into(),
    ];
    for kind in [ProxyType::Governance, ProxyType::Operator, ProxyType::CancelProxy, ProxyType::Staking] {
        for call in &others {
            assert!(!kind.filter(call), "{kind:?}: {call:?}");
        }
    }
}

#[test]
fn a_feeless_call_inside_another_one_pays() {
    run(|| {
        let worker = Program::register(Role::Worker, 51);
        let heartbeat = || RuntimeCall::from(adyton_pallet_workers::Call::heartbeat { nonce: [9; 32] });
        let wrapped: [RuntimeCall; 3] = [
            pallet_utility::Call::batch { calls: vec![heartbeat()] }.into(),
            pallet_proxy::Call::proxy {
                real: worker.account().into(),
                force_proxy_type: None,
                call: Box::new(heartbeat()),
            }
            .into(),
            pallet_multisig::Call::as_multi_threshold_1 {
                other_signatories: vec![Sr25519Keyring::Bob.to_account_id()],
                call: Box::new(heartbeat()),
            }
            .into(),
        ];
        for call in wrapped {
            assert_eq!(worker.send(call), Err(TransactionValidityError::Invalid(InvalidTransaction::Payment)));
        }
        worker.succeed(heartbeat());
    });
}

#[test]
fn root_may_cancel_what_others_have_scheduled_and_nobody_else_may() {
    use crate::governance::RootAbove;
    use core::cmp::Ordering;
    use frame_support::traits::PrivilegeCmp as _;
    let root = OriginCaller::system(RawOrigin::Root);
    let [policy, emergency] = [Origin::TeePolicy, Origin::Emergency].map(OriginCaller::Governance);
    assert_eq!(RootAbove::cmp_privilege(&root, &policy), Some(Ordering::Greater));
    assert_eq!(RootAbove::cmp_privilege(&policy, &root), Some(Ordering::Less));
    assert_eq!(RootAbove::cmp_privilege(&policy, &policy), Some(Ordering::Equal));
    assert_eq!(RootAbove::cmp_privilege(&emergency, &policy), None);
}
