use adyton_protocol::{
    dispute::MAX_OPEN,
    manifest::Manifest,
    receipt::{Caller, ReceiptFields, Transition},
    record::StateHead,
};

use super::*;

#[test]
fn a_result_is_disputed_against_a_bond_and_its_worker_accused() {
    run(|| {
        let dispute = disputed();
        let stored = crate::Disputes::<Test>::get(dispute).expect("it is open");
        assert_eq!((stored.worker, stored.operator, stored.opened), (id(ACCUSED), AccountId([OPERATOR; 32]), 20));
        assert_eq!((stored.draw, stored.seats, stored.bond), (1, 3, PARAMETERS.bond));
        assert_eq!(stored.claim.request, said().request);
        assert_eq!(Answer::Outcome(stored.claim.outcome.digest()), claimed());
        assert_eq!(Manifests::<Test>::get(dispute), Some(manifest_bytes(&manifest())));
        assert_eq!(free(CHALLENGER), MONEY - PARAMETERS.bond);
        let offence = facts(|facts| facts.offences.get(&1).cloned()).expect("somebody is accused");
        assert_eq!((offence.worker, offence.amount, offence.verdict), (id(ACCUSED), STAKE / 10, None));
        let challenger = AccountId([CHALLENGER; 32]);
        assert!(happened(Event::Disputed { dispute, worker: id(ACCUSED), contract: CONTRACT, challenger, offence: 1 }));
    });
}

#[test]
fn the_round_that_draws_is_one_that_nobody_can_know_yet() {
    run(|| {
        // Round 2 is due in block 20, and may have been signed already.
        let dispute = disputed();
        let waits = |after| matches!(crate::Disputes::<Test>::get(dispute), Some(dispute) if matches!(dispute.stage, Stage::Waiting(waiting) if waiting.after == after));
        assert!(waits(2));
        facts(|facts| facts.latest = Some((2, 21)));
        go_to(25);
        assert!(waits(2));
        next_round();
        let stored = crate::Disputes::<Test>::get(dispute).expect("it is open");
        let Stage::Sitting(sitting) = stored.stage else { panic!("round 3 has drawn") };
        assert_eq!((sitting.value, sitting.commit_until, sitting.reveal_until), ([3; 32], 36, 41));
        assert!(happened(Event::Drawn { dispute, draw: 1, seats: 3, drawn_below: u64::MAX }));
    });
}

#[test]
fn a_receipt_with_a_closed_leaf_is_refused() {
    run(|| {
        for closed in LEAVES {
            let open: Vec<_> = LEAVES.into_iter().filter(|label| *label != closed).collect();
            let manifest = manifest_bytes(&manifest());
            let disputed = Disputes::dispute(signed(1), opened(&said(), &open), manifest, Source::default());
            assert_noop!(disputed, Error::<Test>::Receipt);
        }
    });
}

#[test]
fn what_is_no_receipt_of_this_network_is_refused() {
    run(|| {
        let manifest = || manifest_bytes(&manifest());
        let refused = Disputes::dispute(signed(1), BoundedVec::default(), manifest(), Source::default());
        assert_noop!(refused, DispatchError::Other("no receipt"));
        let elsewhere = ReceiptFields { network: NetworkId([8; 32]), ..said() };
        assert_noop!(dispute(&elsewhere), DispatchError::Other("another's receipt"));
    });
}

#[test]
fn a_call_that_not_anybody_could_make_is_refused() {
    run(|| {
        for fields in [
            ReceiptFields { caller: Caller::Account(AccountId([1; 32])), ..said() },
            ReceiptFields { transition: Some(Transition::Init), ..said() },
            ReceiptFields { message: Some(1), ..said() },
        ] {
            assert_noop!(dispute(&fields), Error::<Test>::NotPlain);
        }
    });
}

#[test]
fn another_manifest_than_the_receipts_is_refused() {
    run(|| {
        let other = Manifest { name: "other".into(), ..manifest() };
        let refused = |bytes| {
            let disputed = Disputes::dispute(signed(1), opened(&said(), &LEAVES), bytes, Source::default());
            assert_noop!(disputed, Error::<Test>::Manifest);
        };
        refused(manifest_bytes(&other));
        refused(BoundedVec::truncate_from(vec![1, 2, 3]));
    });
}

#[test]
fn a_contract_that_is_not_disputable_is_refused() {
    run(|| {
        let private = Manifest { disputable: false, ..manifest() };
        let fields = ReceiptFields { manifest: private.digest(), ..said() };
        let receipt = opened(&fields, &LEAVES);
        let disputed = Disputes::dispute(signed(1), receipt, manifest_bytes(&private), Source::default());
        assert_noop!(disputed, Error::<Test>::NotDisputable);
    });
}

#[test]
fn a_contract_that_is_gone_is_refused() {
    run(|| {
        facts(|facts| facts.gone = true);
        assert_noop!(dispute(&said()), Error::<Test>::UnknownContract);
    });
}

#[test]
fn a_key_that_was_never_registered_is_refused() {
    run(|| {
        facts(|facts| facts.workers.clear());
        assert_noop!(dispute(&said()), Error::<Test>::UnknownKey);
    });
}

#[test]
fn a_worker_answers_for_what_it_signed_under_an_earlier_key() {
    run(|| {
        change(ACCUSED, |worker| worker.present = false);
        disputed();
    });
}

#[test]
fn a_result_of_long_ago_and_one_of_a_block_to_come_are_refused() {
    run(|| {
        let at = |number| ReceiptFields { block: BlockRef { number, ..said().block }, ..said() };
        assert_noop!(dispute(&at(21)), Error::<Test>::Future);
        go_to(66);
        assert_noop!(dispute(&at(15)), Error::<Test>::TooOld);
        assert_ok!(dispute(&at(16)));
    });
}

#[test]
fn there_is_no_dispute_beyond_the_last_number() {
    run(|| {
        LastDispute::<Test>::put(u64::MAX);
        assert_noop!(dispute(&said()), Error::<Test>::Overflow);
        LastDispute::<Test>::put(0);
        assert_ok!(dispute(&said()));
    });
}

#[test]
fn what_is_disputed_is_not_disputed_again_however_it_is_salted() {
    run(|| {
        disputed();
        assert_noop!(dispute(&said()), Error::<Test>::AlreadyDisputed);
        // What is no part of the claim makes no other one of it.
        assert_noop!(dispute(&ReceiptFields { bytes_in: 2, ..said() }), Error::<Test>::AlreadyDisputed);
        let after = StateHead { sequence: 6, ..said().after };
        assert_ok!(dispute(&ReceiptFields { after, ..said() }));
    });
}

#[test]
fn no_more_disputes_are_open_than_may_be() {
    run(|| {
        let workers = 50..50 + (MAX_OPEN / MAX_AGAINST) as u8;
        for number in workers {
            worker(number, OPERATOR, EvidenceKind::IntelTdx);
            assert_ok!(dispute_of(number, &said()));
            assert_ok!(dispute_of(number, &ReceiptFields { fuel: 1, ..said() }));
        }
        assert_eq!(Open::<Test>::get().len() as u32, MAX_OPEN);
        assert_noop!(dispute(&said()), Error::<Test>::TooManyOpen);
    });
}

#[test]
fn no_more_results_of_a_worker_are_disputed_at_a_time_than_leave_stake_for_other_offences() {
    run(|| {
        let at = |fuel| ReceiptFields { fuel, ..said() };
        assert_ok!(dispute(&at(1)));
        assert_ok!(dispute(&at(2)));
        assert_noop!(dispute(&at(3)), Error::<Test>::WorkerAccused);
        worker(50, OPERATOR, EvidenceKind::IntelTdx);
        assert_ok!(dispute_of(50, &at(3)));
        // Without a round of the beacon both end, and there is room again.
        go_to(52);
        assert_eq!(Against::<Test>::get(id(ACCUSED)), 0);
        assert_ok!(dispute(&at(3)));
    });
}

#[test]
fn an_address_that_is_none_is_refused() {
    run(|| {
        let disputed = |source: &[u8]| {
            let (receipt, source) = (opened(&said(), &LEAVES), Source::truncate_from(source.to_vec()));
            Disputes::dispute(signed(1), receipt, manifest_bytes(&manifest()), source)
        };
        for source in [&b"ftp://a.example"[..], b"a.example", b"http://a example", b"https://\xff"] {
            assert_noop!(disputed(source), Error::<Test>::BadSource);
        }
        assert_ok!(disputed(b"https://a.example/history"));
    });
}

#[test]
fn without_a_name_of_the_network_or_a_beacon_nothing_is_disputed() {
    run(|| {
        facts(|facts| facts.nameless = true);
        assert_noop!(dispute(&said()), Error::<Test>::NoNetwork);
        facts(|facts| (facts.nameless, facts.dark) = (false, true));
        assert_noop!(dispute(&said()), Error::<Test>::NoBeacon);
    });
}

#[test]
fn without_stake_behind_the_worker_or_money_for_the_bond_nothing_is_disputed() {
    run(|| {
        change(ACCUSED, |worker| worker.stake = 0);
        assert_noop!(dispute(&said()), DispatchError::Other("no stake"));
        change(ACCUSED, |worker| worker.stake = STAKE);
        let poor =
            Disputes::dispute(signed(99), opened(&said(), &LEAVES), manifest_bytes(&manifest()), Source::default());
        assert!(poor.is_err());
        disputed();
    });
}
