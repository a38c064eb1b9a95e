//! Incarnations, openings and anchors.

use super::*;

#[test]
fn an_opening_begins_an_incarnation_and_anchors_move_its_head() {
    run(|| {
        let (worker, contract) = opened();
        assert_ok!(worker.anchor(contract, 1, 1, head(4)));
        let record = Heads::<Test>::get(contract).expect("is open");
        assert_eq!((record.incarnation, record.opening, record.latest), (1, StateHead::genesis(&contract), head(4)));
        System::set_block_number(11);
        worker.change(|record| record.boot = 2);
        assert_ok!(worker.open(contract, 1, head(6)));
        let record = Heads::<Test>::get(contract).expect("is open");
        assert_eq!((record.incarnation, record.boot, record.opening, record.latest), (2, 2, head(6), head(6)));
    });
}

#[test]
fn a_store_older_than_the_anchor_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        assert_ok!(worker.anchor(contract, 1, 1, head(4)));
        System::set_block_number(11);
        let openings = batch(vec![Opening { contract, lease: 1, head: head(3) }]);
        assert!(!free(&worker, Call::open { openings }));
        assert_noop!(worker.open(contract, 1, head(3)), Error::<Test>::Rollback);
        assert_noop!(worker.anchor(contract, 1, 1, head(3)), Error::<Test>::Rollback);
        assert_ok!(worker.open(contract, 1, head(4)));
    });
}

#[test]
fn a_store_older_than_the_opening_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        System::set_block_number(11);
        assert_ok!(worker.open(contract, 1, head(5)));
        System::set_block_number(12);
        assert_noop!(worker.open(contract, 1, head(4)), Error::<Test>::Rollback);
    });
}

#[test]
fn another_history_of_the_same_length_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        assert_ok!(worker.anchor(contract, 1, 1, head(4)));
        System::set_block_number(11);
        let forked = StateHead { hash: Digest([99; 32]), ..head(4) };
        assert_noop!(worker.anchor(contract, 1, 1, forked), Error::<Test>::Rollback);
        assert_noop!(worker.open(contract, 1, forked), Error::<Test>::Rollback);
    });
}

#[test]
fn a_first_opening_of_a_store_with_commits_is_refused() {
    run(|| {
        let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
        assert_ok!(worker.claim(contract));
        assert_noop!(worker.open(contract, 1, head(1)), Error::<Test>::FirstHead);
    });
}

#[test]
fn a_first_opening_with_another_head_than_that_of_an_empty_store_is_refused() {
    run(|| {
        let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
        assert_ok!(worker.claim(contract));
        assert_noop!(worker.open(contract, 1, head(0)), Error::<Test>::FirstHead);
        let others = StateHead::genesis(&ContractId([9; 32]));
        assert_noop!(worker.open(contract, 1, others), Error::<Test>::FirstHead);
    });
}

#[test]
fn an_anchor_of_another_lease_boot_or_incarnation_is_refused() {
    run(|| {
        let (worker, contract) = opened();
        assert_noop!(worker.anchor(contract, 2, 1, head(1)), Error::<Test>::NotYourLease);
        assert_noop!(worker.anchor(contract, 1, 2, head(1)), Error::<Test>::NotOpen);
        worker.change(|record| record.boot = 2);
        assert_noop!(worker.anchor(contract, 1, 1, head(1)), Error::<Test>::NotOpen);
    });
}

#[test]
fn of_two_workers_that_both_think_they_hold_the_lease_only_the_holder_anchors() {
    run(|| {
        let (first, contract) = opened();
        let second = TestWorker::new(2);
        second.change(|record| record.active_until = 1000);
        System::set_block_number(ACTIVE + STALENESS + 1);
        assert_ok!(second.claim(contract));
        assert_noop!(second.anchor(contract, 2, 1, head(1)), Error::<Test>::NotOpen);
        assert_ok!(second.open(contract, 2, StateHead::genesis(&contract)));
        // The first comes back to life: its lease is gone, whatever its own clock says.
        first.change(|record| record.active_until = 1000);
        assert_noop!(first.anchor(contract, 1, 1, head(1)), Error::<Test>::NotYourLease);
        assert_noop!(first.open(contract, 1, head(1)), Error::<Test>::NotYourLease);
        assert_ok!(second.anchor(contract, 2, 2, head(1)));
    });
}

#[test]
fn a_worker_opens_and_anchors_once_per_block_for_free() {
    run(|| {
        let (worker, contract) = opened();
        assert_noop!(worker.open(contract, 1, StateHead::genesis(&contract)), Error::<Test>::TooSoon);
        assert_ok!(worker.anchor(contract, 1, 1, head(1)));
        let anchors = batch(vec![Anchor { contract, lease: 1, incarnation: 1, head: head(2) }]);
        let call = || Call::anchor { anchors: anchors.clone(), receipts: Digest([1; 32]) };
        assert!(!free(&worker, call()));
        assert_noop!(worker.anchor(contract, 1, 1, head(2)), Error::<Test>::TooSoon);
        System::set_block_number(11);
        assert!(free(&worker, call()));
    });
}

#[test]
fn one_wrong_entry_refuses_a_batch_and_nothing_of_it_is_written() {
    run(|| {
        let worker = TestWorker::new(1);
        let mut contracts = [deploy(open_policy(), 0), deploy(open_policy(), 1)];
        contracts.sort();
        for contract in contracts {
            assert_ok!(worker.claim(contract));
        }
        let right = contracts.map(|contract| Opening { contract, lease: 1, head: StateHead::genesis(&contract) });
        let wrong = vec![right[0], Opening { head: head(1), ..right[1] }];
        assert_noop!(Contracts::open(worker.origin(), batch(wrong)), Error::<Test>::FirstHead);
        assert_noop!(Contracts::open(worker.origin(), batch(vec![right[1], right[0]])), Error::<Test>::Order);
        assert_noop!(Contracts::open(worker.origin(), batch(vec![])), Error::<Test>::Order);
        assert_ok!(Contracts::open(worker.origin(), batch(right.to_vec())));
    });
}

#[test]
fn receipts_alone_are_anchored_too() {
    run(|| {
        let worker = TestWorker::new(1);
        assert_ok!(Contracts::anchor(worker.origin(), batch(vec![]), Digest([8; 32])));
        let anchors = ReceiptAnchors::<Test>::get(worker.id);
        assert_eq!((anchors.count, anchors.block), (1, 10));
        System::set_block_number(ACTIVE + 1);
        assert_noop!(Contracts::anchor(worker.origin(), batch(vec![]), Digest([8; 32])), Error::<Test>::NotActive);
    });
}

#[test]
fn a_receipt_is_proven_under_its_anchor_after_the_worker_came_back_and_was_revoked() {
    use adyton_protocol::{anchor, merkle};
    use polkadot_sdk::sp_core::Pair as _;
    run(|| {
        let worker = TestWorker::new(1);
        let key = SigningKey(worker.key.public().0);
        let receipts: Vec<merkle::Hash> = (0..5u8).map(|receipt| merkle::leaf_hash(&[receipt])).collect();
        let mut leaves = vec![];
        for block in 10..17 {
            System::set_block_number(block);
            let root = merkle::root(&receipts[..(block - 9) as usize % 6]);
            assert_ok!(Contracts::anchor(worker.origin(), batch(vec![]), Digest(root)));
            leaves.push(anchor::leaf(&NETWORK, &worker.id, &key, block, &root));
        }
        System::set_block_number(17);
        worker.change(|record| (record.boot, record.signing_key) = (2, SigningKey([9; 32])));
        worker.set_valid(false);
        let proof = anchor::AnchorProof {
            block: 12,
            anchor: 2,
            climb: anchor::climb(&Default::default(), &leaves, 2, 7).expect("the leaves are all here"),
            place: 1,
            receipts: 3,
            path: merkle::path(&receipts[..3], 1).expect("it is there"),
        };
        let record = ReceiptAnchors::<Test>::get(worker.id);
        assert_eq!(proof.verify(&NETWORK, &worker.id, &key, receipts[1], &record), Ok(12));
    });
}

#[test]
fn a_worker_that_is_not_valid_any_more_anchors_no_receipts() {
    run(|| {
        let worker = TestWorker::new(1);
        worker.set_valid(false);
        let receipts = Digest([8; 32]);
        assert!(!free(&worker, Call::anchor { anchors: batch(vec![]), receipts }));
        assert_noop!(Contracts::anchor(worker.origin(), batch(vec![]), receipts), Error::<Test>::NotAWorker);
    });
}

#[test]
fn a_key_of_an_earlier_boot_anchors_no_receipts() {
    run(|| {
        let worker = TestWorker::new(1);
        worker.change(|record| record.signing_key = SigningKey([9; 32]));
        let anchored = Contracts::anchor(worker.origin(), batch(vec![]), Digest([8; 32]));
        assert_noop!(anchored, Error::<Test>::NotAWorker);
    });
}
