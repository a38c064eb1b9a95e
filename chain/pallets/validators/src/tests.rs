use frame_support::{
    assert_err, assert_noop, assert_ok,
    pallet_prelude::*,
    traits::{
        KeyOwnerProofSystem,
        fungible::{Mutate, MutateHold},
    },
};
use polkadot_sdk::{
    frame_support,
    pallet_session::SessionManager,
    sp_consensus_aura::AURA_ENGINE_ID,
    sp_core::{
        Pair,
        crypto::key_types::{AURA, GRANDPA},
    },
    sp_runtime::{DigestItem, Perbill, TokenError, traits::BadOrigin},
};

use crate::{
    mock::{Header, Validators, *},
    *,
};

mod absence;
mod model;

fn order() -> Vec<u8> {
    Candidates::<Test>::get().iter().map(|candidate| AsRef::<[u8; 32]>::as_ref(&candidate.who)[0]).collect()
}

fn bonded(number: u8) -> u128 {
    Bonds::<Test>::get(account(number)).unwrap_or_default().total()
}

fn report(evidence: BlockEquivocation<Header>, session: u32) -> Result<(), DispatchError> {
    Validators::report_blocks(signed(5), Box::new(evidence), session).map(drop).map_err(|error| error.error)
}

/// `(3k / n)^2` with three authorities: one liar loses everything.
fn all() -> Perbill {
    Perbill::one()
}

#[test]
fn a_bond_is_held_and_candidates_stand_in_order_of_theirs() {
    run(|| {
        assert_ok!(Validators::bond(signed(5), 250));
        assert_eq!(order(), [1, 2, 3, 4]);
        assert_ok!(Validators::validate(signed(5)));
        assert_eq!(order(), [1, 2, 5, 3, 4]);
        assert_ok!(Validators::bond(signed(4), 900));
        assert_eq!(order(), [4, 1, 2, 5, 3]);
        // As much as another: behind it.
        assert_ok!(Validators::bond(signed(3), 100));
        assert_eq!(order(), [4, 1, 2, 3, 5]);
        assert_eq!((bonded(4), Balances::free_balance(account(4))), (1000, MONEY - 1000));
    });
}

#[test]
fn a_bond_below_the_minimum_of_nothing_or_of_more_than_one_has_is_refused() {
    run(|| {
        assert_noop!(Validators::bond(signed(5), 99), Error::<Test>::BelowMinimum);
        assert_noop!(Validators::bond(signed(5), 0), Error::<Test>::NothingToDo);
        assert_noop!(Validators::bond(signed(1), u128::MAX), Error::<Test>::TooMuch);
        assert_noop!(Validators::bond(signed(5), MONEY + 1), TokenError::FundsUnavailable);
    });
}

#[test]
fn who_has_no_bond_no_keys_or_too_little_or_stands_already_does_not_stand() {
    run(|| {
        assert_noop!(Validators::validate(signed(5)), Error::<Test>::NotBonded);
        assert_noop!(Validators::validate(signed(1)), Error::<Test>::AlreadyCandidate);
        assert_ok!(Validators::chill(signed(4)));
        let raised = Parameters { minimum: 101, ..SETTINGS };
        assert_ok!(Validators::set_parameters(RuntimeOrigin::root(), raised));
        assert_noop!(Validators::validate(signed(4)), Error::<Test>::BelowMinimum);
        // Account 6 has no keys.
        assert_ok!(Balances::transfer_allow_death(signed(5), account(6), 500));
        assert_ok!(Validators::bond(signed(6), 200));
        assert_noop!(Validators::validate(signed(6)), Error::<Test>::NoKeys);
    });
}

#[test]
fn where_all_places_are_taken_more_bond_takes_the_last_one_s() {
    run(|| {
        // Beside the four that stand already.
        for number in 0..(MAX_CANDIDATES - 4) as u16 {
            let mut bytes = [99; 32];
            bytes[..2].copy_from_slice(&number.to_be_bytes());
            let who = AccountId32::new(bytes);
            assert_ok!(Balances::mint_into(&who, 200));
            assert_ok!(Balances::hold(&HoldReason::Bond.into(), &who, 100));
            Bonds::<Test>::insert(&who, Bond { active: 100, ..Default::default() });
            Candidates::<Test>::mutate(|list| list.try_push(Candidate { who, bond: 100 })).expect("there is room");
        }
        assert_eq!(Candidates::<Test>::get().len(), MAX_CANDIDATES as usize);
        assert_ok!(Validators::bond(signed(5), 100));
        assert_noop!(Validators::validate(signed(5)), Error::<Test>::NoPlace);
        assert_ok!(Validators::bond(signed(5), 1));
        assert_ok!(Validators::validate(signed(5)));
        assert_eq!(Candidates::<Test>::get().len(), MAX_CANDIDATES as usize);
        assert_eq!(order()[3], 5);
    });
}

#[test]
fn what_leaves_is_withdrawn_when_its_session_has_come_and_not_before() {
    run(|| {
        assert_noop!(Validators::unbond(signed(5), 1), Error::<Test>::NotBonded);
        assert_noop!(Validators::unbond(signed(1), 0), Error::<Test>::NothingToDo);
        assert_noop!(Validators::unbond(signed(1), 401), Error::<Test>::TooMuch);
        // A candidate keeps the minimum.
        assert_noop!(Validators::unbond(signed(1), 301), Error::<Test>::BelowMinimum);
        assert_ok!(Validators::unbond(signed(1), 250));
        assert_eq!(order(), [2, 3, 1, 4]);
        assert_ok!(Validators::chill(signed(1)));
        assert_noop!(Validators::chill(signed(1)), Error::<Test>::NotCandidate);
        turn();
        assert_ok!(Validators::unbond(signed(1), 150));
        (0..2).for_each(|_| turn());
        assert_noop!(Validators::withdraw(signed(1)), Error::<Test>::NothingToDo);
        turn();
        assert_ok!(Validators::withdraw(signed(1)));
        assert_eq!((bonded(1), Balances::free_balance(account(1))), (150, MONEY - 150));
        turn();
        assert_ok!(Validators::withdraw(signed(1)));
        assert_eq!(Bonds::<Test>::get(account(1)), None);
        assert_noop!(Validators::withdraw(signed(1)), Error::<Test>::NotBonded);
    });
}

#[test]
fn parts_of_one_session_leave_together_and_no_more_parts_than_may() {
    run(|| {
        for _ in 0..MAX_LEAVING {
            assert_ok!(Validators::unbond(signed(1), 5));
            assert_ok!(Validators::unbond(signed(1), 5));
            turn();
        }
        assert_noop!(Validators::unbond(signed(1), 5), Error::<Test>::TooManyLeaving);
        assert_ok!(Validators::withdraw(signed(1)));
        assert_ok!(Validators::unbond(signed(1), 5));
    });
}

#[test]
fn those_with_the_most_bond_serve_from_the_session_after_the_next() {
    run(|| {
        assert_ok!(Validators::bond(signed(4), 500));
        turn();
        assert_eq!(serving(), [1, 2, 3]);
        turn();
        assert_eq!(serving(), [1, 2, 4]);
        // Nothing has changed: nobody who follows the chain has to learn anything.
        assert_eq!(<Validators as SessionManager<_>>::new_session(9), None);
        assert_ok!(Validators::chill(signed(2)));
        turn();
        assert_eq!(serving(), [1, 2, 4]);
        turn();
        assert_eq!(serving(), [1, 3, 4]);
    });
}

#[test]
fn where_nobody_stands_those_who_serve_go_on() {
    run(|| {
        for number in 1..=4 {
            assert_ok!(Validators::chill(signed(number)));
        }
        (0..4).for_each(|_| turn());
        assert_eq!(serving(), [1, 2, 3]);
    });
}

#[test]
fn a_session_ends_when_its_blocks_are_over() {
    run(|| {
        for (block, session) in [(4, 0), (5, 1), (9, 1), (10, 2)] {
            go_to(block);
            assert_eq!(Turned::current(), session, "{block}");
        }
    });
}

#[test]
fn two_blocks_of_one_slot_cost_the_place_at_once_and_the_bond_after_the_appeal() {
    run(|| {
        let issuance = Balances::total_issuance();
        let reported = Validators::report_blocks(RuntimeOrigin::none(), Box::new(two_blocks(2, 3)), 0);
        assert_eq!(reported.expect("holds").pays_fee, Pays::No);
        assert_eq!((order(), disabled()), (vec![1, 3, 4], vec![2]));
        let slash = Slash { who: account(2), amount: 300, session: 0, due: 11, absence: false };
        assert_eq!(Pending::<Test>::get(0), Some(slash));
        assert_noop!(Validators::validate(signed(2)), Error::<Test>::SlashPending);
        go_to(10);
        assert_eq!(bonded(2), 300);
        go_to(11);
        assert_eq!((bonded(2), Pending::<Test>::iter().count()), (0, 0));
        assert_eq!(Balances::total_issuance(), issuance - 300);
        System::assert_has_event(Event::<Test>::Slashed { number: 0, who: account(2), amount: 300 }.into());
        (0..2).for_each(|_| turn());
        assert_eq!(serving(), [1, 3, 4]);
    });
}

#[test]
fn what_one_does_in_a_term_is_slashed_once() {
    run(|| {
        assert_ok!(report(two_blocks(2, 3), 0));
        assert_err!(report(two_blocks(2, 3), 0), Error::<Test>::AlreadyReported);
        assert_err!(report(two_blocks(2, 4), 0), Error::<Test>::AlreadyReported);
        assert_eq!(Slashes::<Test>::get().next, 1);
    });
}

#[test]
fn who_lies_with_others_loses_more_and_so_do_they() {
    run(|| {
        // Nine serve, so that one alone loses a ninth.
        let nine: Vec<_> = (1..=9)
            .map(|number| authority(account(number), &pair(number).public().0, &[number; 32]).expect("two keys"))
            .collect();
        Served::<Test>::insert(0, BoundedVec::truncate_from(nine));
        assert_ok!(report(two_blocks(1, 3), 0));
        let ninth = Perbill::from_rational(3u32, 9u32).square();
        assert_eq!(Pending::<Test>::get(0).map(|slash| slash.amount), Some(ninth.mul_ceil(400)));
        assert_ok!(report(two_blocks(2, 4), 0));
        let both = Perbill::from_rational(6u32, 9u32).square();
        let more = Perbill::from_parts(both.deconstruct() - ninth.deconstruct());
        let amounts: Vec<_> =
            (1..=2u32).filter_map(Pending::<Test>::get).map(|slash| (slash.who, slash.amount)).collect();
        assert_eq!(amounts, [(account(1), more.mul_ceil(400)), (account(2), both.mul_ceil(300))]);
        go_to(11);
        assert_eq!(bonded(1), 400 - ninth.mul_ceil(400) - more.mul_ceil(400));
        assert_eq!(bonded(2), 300 - both.mul_ceil(300));
    });
}

/// As if nine had served in session 0.
fn nine_served() {
    let nine =
        (1..=9).filter_map(|number: u8| authority(account(number), &pair(number).public().0, &[number; 32])).collect();
    Served::<Test>::insert(0, BoundedVec::truncate_from(nine));
}

#[test]
fn who_was_slashed_and_stands_again_stops_when_another_report_of_the_term_adds_to_it() {
    run(|| {
        nine_served();
        assert_ok!(report(two_blocks(1, 3), 0));
        go_to(11);
        assert_eq!(bonded(1), 400 - Perbill::from_rational(1u32, 9u32).mul_ceil(400u128));
        assert_ok!(Validators::validate(signed(1)));
        assert_ok!(report(two_blocks(2, 4), 0));
        assert_eq!(order(), [3, 4]);
        assert_noop!(Validators::validate(signed(1)), Error::<Test>::SlashPending);
    });
}

#[test]
fn a_cancelled_slash_does_not_come_back_with_anothers_report() {
    run(|| {
        nine_served();
        assert_ok!(report(two_blocks(1, 3), 0));
        assert_ok!(Validators::cancel_slash(RuntimeOrigin::root(), 0));
        assert_ok!(Validators::validate(signed(1)));
        assert_ok!(report(two_blocks(2, 4), 0));
        assert_eq!(Pending::<Test>::iter_values().map(|slash| slash.who).collect::<Vec<_>>(), [account(2)]);
        assert_eq!(order(), [1, 3, 4]);
    });
}

#[test]
fn a_cancelled_slash_does_not_happen_and_who_it_was_may_stand_again() {
    run(|| {
        assert_ok!(report(two_blocks(2, 3), 0));
        assert_noop!(Validators::cancel_slash(signed(2), 0), BadOrigin);
        assert_noop!(Validators::cancel_slash(RuntimeOrigin::root(), 1), Error::<Test>::NoSuchSlash);
        assert_ok!(Validators::cancel_slash(RuntimeOrigin::root(), 0));
        assert_noop!(Validators::cancel_slash(RuntimeOrigin::root(), 0), Error::<Test>::NoSuchSlash);
        go_to(20);
        assert_eq!((bonded(2), Slashes::<Test>::get().first), (300, 1));
        assert_ok!(Validators::validate(signed(2)));
        assert_eq!(order(), [1, 2, 3, 4]);
    });
}

#[test]
fn nothing_of_a_bond_is_withdrawn_while_a_slash_of_it_waits_and_what_leaves_is_slashed_too() {
    run(|| {
        // Account 1 still has more than account 4.
        assert_ok!(Validators::unbond(signed(1), 250));
        (0..2).for_each(|_| turn());
        assert_ok!(report(two_blocks(1, 25), 2));
        (0..2).for_each(|_| turn());
        assert_noop!(Validators::withdraw(signed(1)), Error::<Test>::SlashPending);
        go_to(11);
        assert_eq!(bonded(1), 0);
        assert_noop!(Validators::withdraw(signed(1)), Error::<Test>::NotBonded);
    });
}

#[test]
fn new_keys_after_a_lie_do_not_hide_it_and_an_old_key_says_nothing_of_later_sessions() {
    run(|| {
        set_keys(1, 101);
        turn();
        let owner = |session, key: u8| Validators::owner_in(session, AURA, &pair(key).public().0);
        assert_eq!((owner(0, 1), owner(1, 1)), (Some(account(1)), Some(account(1))));
        turn();
        assert_eq!((owner(1, 1), owner(2, 1), owner(2, 101)), (Some(account(1)), None, Some(account(1))));
        // The slots of session 1 are 10 to 20: the block of slot 20, which begins session 2, was its authorities' still.
        assert_err!(report(two_blocks(1, 21), 1), Error::<Test>::OtherSession);
        assert_err!(report(two_blocks(1, 9), 1), Error::<Test>::OtherSession);
        assert_err!(report(two_blocks(1, 15), 2), Error::<Test>::UnknownKeyOwner);
        assert_ok!(report(two_blocks(1, 15), 1));
    });
}

#[test]
fn an_owner_is_proven_by_naming_the_session_and_how_many_served() {
    run(|| {
        let proof = Validators::key_owner_proof(0, GRANDPA, &[2; 32]).expect("2 serves");
        assert_eq!((proof.session, proof.validator_count, proof.trie_nodes.len()), (0, 3, 0));
        let check = |key: [u8; 32], proof| <Validators as KeyOwnerProofSystem<_>>::check_proof((GRANDPA, key), proof);
        assert_eq!(check([2; 32], proof.clone()), Some(account(2)));
        assert_eq!(check([4; 32], proof.clone()), None);
        let mut wrong = proof.clone();
        wrong.validator_count = 4;
        assert_eq!(check([2; 32], wrong), None);
        let mut wrong = proof.clone();
        wrong.session = 1;
        assert_eq!(check([2; 32], wrong), None);
        let mut wrong = proof.clone();
        wrong.trie_nodes.push(vec![]);
        assert_eq!(check([2; 32], wrong), None);
        assert_eq!(Validators::key_owner_proof(0, GRANDPA, &[4; 32]), None);
        assert_eq!(<Validators as KeyOwnerProofSystem<_>>::check_proof((AURA, [2; 32]), proof), None);
    });
}

#[test]
fn a_lie_is_forgotten_when_what_was_bonded_then_may_have_left() {
    run(|| {
        // Two sessions later at the latest, with four of unbonding.
        (0..2).for_each(|_| turn());
        assert_eq!(SessionOf::<Test>::iter_keys().count(), 3);
        turn();
        assert_err!(report(two_blocks(2, 3), 0), Error::<Test>::UnknownKeyOwner);
        assert_ok!(report(two_blocks(2, 15), 1));
        // Who served is kept as long as one of the sessions is, and no longer.
        (0..2).for_each(|_| turn());
        assert_eq!(Served::<Test>::iter_keys().collect::<Vec<_>>().len(), 2);
        (0..3).for_each(|_| turn());
        assert_eq!(Served::<Test>::iter_keys().count(), 1);
        assert_eq!(Offenders::<Test>::iter_keys().count(), 0);
    });
}

#[test]
fn evidence_that_does_not_hold_is_refused_for_what_is_wrong_with_it() {
    run(|| {
        let (first, second) = (unsealed(3, 1), unsealed(3, 2));
        let with = |second_header| BlockEquivocation { second_header, ..two_blocks(1, 3) };
        let refused = |evidence, error: Error<Test>| assert_eq!(report(evidence, 0), Err(error.into()));
        refused(two_blocks(4, 3), Error::<Test>::UnknownKeyOwner);
        assert_err!(report(two_blocks(1, 3), 1), Error::<Test>::UnknownKeyOwner);
        // Sealed by somebody else, or not for what it is on.
        refused(with(seal(2, second.clone())), Error::<Test>::BadSeal);
        let mut altered = seal(1, second.clone());
        altered.number = 8;
        refused(with(altered), Error::<Test>::BadSeal);
        let mut short = seal(1, second.clone());
        short.digest.pop();
        short.digest.push(DigestItem::Seal(AURA_ENGINE_ID, vec![1; 63]));
        refused(with(short), Error::<Test>::BadSeal);
        // Without a seal, with another engine's, with none or two slots, with another slot.
        refused(with(second.clone()), Error::<Test>::BadHeader);
        let mut other = second.clone();
        other.digest.push(DigestItem::Seal(*b"BABE", vec![1; 64]));
        refused(with(other), Error::<Test>::BadHeader);
        let mut none = second.clone();
        none.digest.logs.clear();
        refused(with(seal(1, none)), Error::<Test>::BadHeader);
        let mut two = second.clone();
        two.digest.push(DigestItem::PreRuntime(AURA_ENGINE_ID, 4u64.encode()));
        refused(with(seal(1, two)), Error::<Test>::BadHeader);
        refused(with(seal(1, unsealed(4, 2))), Error::<Test>::OtherSlot);
        let mut large = second.clone();
        large.digest.push(DigestItem::Other(vec![0; MAX_HEADER_BYTES]));
        refused(with(seal(1, large)), Error::<Test>::BadHeader);
        // The same block, though its seals differ.
        refused(with(seal(1, first)), Error::<Test>::SameBlock);
        assert_eq!(Slashes::<Test>::get().next, 0);
        assert_ok!(report(with(seal(1, second)), 0));
    });
}

#[test]
fn a_report_without_a_signature_comes_from_the_node_itself_or_out_of_a_block_and_says_something_new() {
    run(|| {
        let call = |session| Call::<Test>::report_blocks { evidence: Box::new(two_blocks(1, 3)), session };
        #[allow(deprecated)]
        let valid = |source, call: &Call<Test>| <Validators as ValidateUnsigned>::validate_unsigned(source, call);
        #[allow(deprecated)]
        let dispatched = |call: &Call<Test>| <Validators as ValidateUnsigned>::pre_dispatch(call);
        assert!(valid(TransactionSource::Local, &call(0)).is_ok_and(|valid| !valid.propagate));
        assert_ok!(valid(TransactionSource::InBlock, &call(0)));
        assert_ok!(dispatched(&call(0)));
        assert_eq!(valid(TransactionSource::External, &call(0)), Err(InvalidTransaction::Call.into()));
        assert_eq!(valid(TransactionSource::Local, &call(1)), Err(InvalidTransaction::BadProof.into()));
        assert_eq!(dispatched(&call(1)), Err(InvalidTransaction::BadProof.into()));
        let other = Call::<Test>::bond { amount: 1 };
        assert_eq!(valid(TransactionSource::Local, &other), Err(InvalidTransaction::Call.into()));
        assert_eq!(dispatched(&other), Err(InvalidTransaction::Call.into()));
        assert_ok!(report(two_blocks(1, 3), 0));
        assert_eq!(valid(TransactionSource::Local, &call(0)), Err(InvalidTransaction::Stale.into()));
        assert_eq!(dispatched(&call(0)), Err(InvalidTransaction::Stale.into()));
        let root = Validators::report_blocks(RuntimeOrigin::root(), Box::new(two_blocks(1, 3)), 0);
        assert_eq!(root.map_err(|error| error.error).map(drop), Err(BadOrigin.into()));
    });
}

#[test]
fn the_session_of_a_lie_is_found_by_its_key_and_slot() {
    run(|| {
        set_keys(1, 101);
        (0..2).for_each(|_| turn());
        let find = |key: u8, slot| Validators::last_session_of_author(&pair(key).public().0, slot);
        assert_eq!((find(1, 3), find(1, 15), find(1, 25)), (Some(0), Some(1), None));
        assert_eq!((find(101, 25), find(4, 3)), (Some(2), None));
    });
}

#[test]
fn parameters_with_which_no_network_can_live_are_refused_and_only_the_votes_set_them() {
    run(|| {
        let set = |parameters| Validators::set_parameters(RuntimeOrigin::root(), parameters);
        for impossible in [
            Parameters { session: 0, ..SETTINGS },
            Parameters { validators: 0, ..SETTINGS },
            Parameters { validators: MAX_VALIDATORS + 1, ..SETTINGS },
            Parameters { unbonding: MIN_UNBONDING - 1, ..SETTINGS },
            Parameters { unbonding: MAX_UNBONDING + 1, ..SETTINGS },
            Parameters { minimum: 0, ..SETTINGS },
            Parameters { appeal: 0, ..SETTINGS },
            Parameters { appeal: MAX_APPEAL + 1, ..SETTINGS },
            Parameters { session: MAX_SESSION + 1, ..SETTINGS },
        ] {
            assert_noop!(set(impossible), Error::<Test>::Impossible);
        }
        assert_noop!(Validators::set_parameters(signed(1), SETTINGS), BadOrigin);
        assert_ok!(set(Parameters::default()));
        assert_eq!(Settings::<Test>::get(), Parameters::default());
    });
}

#[test]
fn everything_is_lost_where_a_third_lies() {
    run(|| {
        assert_ok!(report(two_blocks(3, 3), 0));
        System::assert_has_event(Event::<Test>::Offended { who: account(3), session: 0, fraction: all() }.into());
    });
}

#[test]
fn a_bond_that_is_not_held_and_a_candidate_out_of_order_do_not_stay_unseen() {
    run(|| {
        let candidates = Candidates::<Test>::get();
        Candidates::<Test>::mutate(|list| {
            if let Some(first) = list.iter_mut().next() {
                first.bond = 1;
            }
        });
        assert!(Validators::do_try_state().is_err());
        Candidates::<Test>::put(candidates);
        let bond = Bonds::<Test>::get(account(1)).expect("1 is bonded");
        Bonds::<Test>::insert(account(1), Bond { active: 401, ..bond.clone() });
        assert!(Validators::do_try_state().is_err());
        Bonds::<Test>::insert(account(1), bond);
    });
}
