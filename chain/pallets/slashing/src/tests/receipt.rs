//! What workers sign after the end of their verdicts, or after these were revoked.

use adyton_pallet_traits::BootKey;
use adyton_protocol::receipt::Earlier;
use codec::{Decode, Encode};

use super::*;
use crate::types::MAX_RECEIPT;

/// The first block whose remembered time is past the end of the verdict and the grace.
const LATE: u32 = 44;

fn at(block: u32) -> Said {
    Said { block, ..SAID }
}

fn expired(worker: &TestWorker, block: u32) -> frame_support::dispatch::DispatchResult {
    Slashing::report_expired(signed(2), worker.receipt(&at(block)))
}

fn revoked(worker: &TestWorker, block: u32) -> frame_support::dispatch::DispatchResult {
    Slashing::report_revoked(signed(2), worker.receipt(&at(block)))
}

fn note(worker: &TestWorker) -> frame_support::dispatch::DispatchResult {
    Slashing::note_revoked(signed(2), worker.id)
}

#[test]
fn a_receipt_of_a_block_after_the_verdict_and_the_grace_is_charged_once() {
    run(|| {
        let worker = worker();
        go_to(50);
        assert_noop!(expired(&worker, LATE - 1), Error::<Test>::NotExpired);
        assert_ok!(expired(&worker, LATE));
        let offence = newest();
        assert_eq!((offence.kind, offence.amount, offence.block), (Kind::Expired, 100, LATE));
        assert_noop!(expired(&worker, LATE + 1), Error::<Test>::AlreadyReported);
    });
}

#[test]
fn block_and_extensions_are_the_leaves_that_have_to_be_open() {
    run(|| {
        let worker = worker();
        go_to(50);
        let receipt = worker.signed(&at(LATE));
        for open in [[Label::Block, Label::Contract], [Label::Contract, Label::Extensions]] {
            let closed = opened(&receipt, &open);
            assert_noop!(Slashing::report_expired(signed(2), closed.clone()), Error::<Test>::Receipt);
            assert_noop!(Slashing::report_revoked(signed(2), closed), Error::<Test>::Receipt);
        }
        assert_ok!(Slashing::report_expired(signed(2), opened(&receipt, &[Label::Block, Label::Extensions])));
    });
}

#[test]
fn a_receipt_that_was_only_signed_again_is_refused() {
    run(|| {
        let worker = worker();
        go_to(50);
        let earlier = Some(Earlier { worker: SigningKey([3; 32]), lease: 1, incarnation: 1 });
        let again = worker.receipt(&Said { earlier, ..at(LATE) });
        assert_noop!(Slashing::report_expired(signed(2), again.clone()), Error::<Test>::SignedAgain);
        assert_noop!(Slashing::report_revoked(signed(2), again), Error::<Test>::SignedAgain);
    });
}

#[test]
fn a_verdict_that_was_renewed_in_time_goes_on() {
    run(|| {
        let worker = worker();
        worker.change_key(|known| known.renewed(30, UNTIL - 60, UNTIL + 600));
        go_to(50);
        assert_noop!(expired(&worker, LATE), Error::<Test>::NotExpired);
    });
}

#[test]
fn the_time_between_a_verdicts_end_and_its_late_renewal_is_not_forgotten() {
    run(|| {
        let worker = worker();
        worker.change_key(|known| known.renewed(46, UNTIL + 36, UNTIL + 600));
        go_to(60);
        assert_noop!(expired(&worker, 56), Error::<Test>::NotExpired);
        assert_ok!(expired(&worker, 45));
    });
}

#[test]
fn a_worker_that_is_gone_is_charged_with_what_it_signed_before() {
    run(|| {
        let worker = worker();
        go_to(50);
        worker.retire();
        assert_ok!(expired(&worker, LATE));
    });
}

#[test]
fn a_block_to_come_and_one_before_the_evidence_window_are_refused() {
    run(|| {
        let worker = worker();
        go_to(50);
        assert_noop!(expired(&worker, 51), Error::<Test>::Future);
        go_to(LATE + 61);
        assert_noop!(expired(&worker, LATE), Error::<Test>::TooOld);
        assert_noop!(revoked(&worker, LATE), Error::<Test>::TooOld);
        assert_ok!(expired(&worker, LATE + 1));
    });
}

#[test]
fn a_block_before_all_verdicts_or_all_moments_is_refused() {
    run(|| {
        let worker = worker();
        assert_noop!(expired(&worker, 0), Error::<Test>::UnknownVerdict);
        assert_noop!(expired(&worker, 3), Error::<Test>::UnknownTime);
        assert_noop!(expired(&worker, 4), Error::<Test>::NotExpired);
    });
}

#[test]
fn a_receipt_by_a_key_that_was_never_registered_is_refused() {
    run(|| {
        let worker = worker();
        facts(|facts| facts.keys.clear());
        assert_noop!(expired(&worker, 20), Error::<Test>::UnknownKey);
        assert_noop!(revoked(&worker, 20), Error::<Test>::UnknownKey);
    });
}

#[test]
fn bytes_that_are_no_receipt_of_this_network_are_refused() {
    run(|| {
        let worker = worker();
        go_to(50);
        let elsewhere = worker.receipt(&Said { network: NetworkId([8; 32]), ..at(LATE) });
        let genuine = worker.receipt(&at(LATE));
        let mut all = vec![elsewhere, BoundedVec::new(), BoundedVec::truncate_from(vec![0xff; 500])];
        for place in (0..genuine.len()).step_by(29) {
            let mut changed = genuine.clone().into_inner();
            changed[place] ^= 1;
            all.push(BoundedVec::truncate_from(changed));
        }
        for receipt in all {
            assert_noop!(Slashing::report_expired(signed(2), receipt.clone()), Error::<Test>::Receipt);
            assert_noop!(Slashing::report_revoked(signed(2), receipt.clone()), Error::<Test>::Receipt);
            let two = Slashing::report_two_histories(signed(2), genuine.clone(), receipt.clone());
            assert_noop!(two, Error::<Test>::Receipt);
            assert_noop!(Slashing::report_rollback(signed(2), receipt), Error::<Test>::Receipt);
        }
    });
}

#[test]
fn a_receipt_above_the_bound_is_not_even_decoded() {
    let encoded = |bytes: u32| vec![0_u8; bytes as usize].encode();
    assert!(Receipt::decode(&mut &encoded(MAX_RECEIPT)[..]).is_ok());
    assert!(Receipt::decode(&mut &encoded(MAX_RECEIPT + 1)[..]).is_err());
}

#[test]
fn what_is_signed_after_the_note_and_the_grace_is_charged_once() {
    run(|| {
        let worker = worker();
        worker.revoke();
        assert_ok!(note(&worker));
        assert!(happened(Event::Noted { worker: worker.id, key: worker.signing_key() }));
        go_to(30);
        assert_noop!(revoked(&worker, 22), Error::<Test>::WithinGrace);
        assert_ok!(revoked(&worker, 23));
        let offence = newest();
        assert_eq!((offence.kind, offence.amount, offence.block), (Kind::Revoked, 100, 23));
        assert_noop!(revoked(&worker, 24), Error::<Test>::AlreadyReported);
    });
}

#[test]
fn evidence_that_holds_or_has_only_ended_by_time_is_not_noted() {
    run(|| {
        let worker = worker();
        assert_noop!(note(&worker), Error::<Test>::NotRevoked);
        go_to(50);
        assert_noop!(note(&worker), Error::<Test>::NotRevoked);
    });
}

#[test]
fn a_worker_that_is_not_there_or_was_noted_is_not_noted() {
    run(|| {
        let worker = worker();
        worker.revoke();
        assert_ok!(note(&worker));
        go_to(21);
        assert_noop!(note(&worker), Error::<Test>::AlreadyNoted);
        let unknown = Slashing::note_revoked(signed(2), WorkerId([77; 32]));
        assert_noop!(unknown, Error::<Test>::UnknownWorker);
        facts(|facts| facts.keys.clear());
        assert_noop!(note(&worker), Error::<Test>::UnknownKey);
    });
}

#[test]
fn without_a_note_there_is_no_charge() {
    run(|| {
        let worker = worker();
        worker.revoke();
        assert_noop!(revoked(&worker, 20), Error::<Test>::NotNoted);
    });
}

#[test]
fn new_evidence_since_the_note_ends_it() {
    run(|| {
        let worker = worker();
        worker.revoke();
        assert_ok!(note(&worker));
        go_to(30);
        worker.change_key(|known| BootKey { renewed: 20, ..known });
        assert_noop!(revoked(&worker, 25), Error::<Test>::NotNoted);
        worker.change_key(|known| BootKey { renewed: 19, ..known });
        assert_ok!(revoked(&worker, 25));
    });
}

#[test]
fn a_note_from_before_the_network_let_more_in_is_none_and_can_be_made_again() {
    run(|| {
        let worker = worker();
        worker.revoke();
        let noted_at = facts(|facts| facts.time);
        assert_ok!(note(&worker));
        go_to(30);
        facts(|facts| facts.admitted = noted_at);
        assert_noop!(revoked(&worker, 25), Error::<Test>::NotNoted);
        assert_ok!(note(&worker));
        assert_noop!(revoked(&worker, 25), Error::<Test>::WithinGrace);
        go_to(40);
        assert_ok!(revoked(&worker, 33));
    });
}
