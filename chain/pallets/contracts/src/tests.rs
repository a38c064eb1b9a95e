use adyton_pallet_traits::Leases as _;
use adyton_protocol::{ids::*, policy::*, record::*, statement::Role, storage};
use codec::Encode;
use frame_support::{BoundedVec, assert_err, assert_noop, assert_ok, dispatch::CheckIfFeeless};
use polkadot_sdk::{sp_runtime::DispatchError, *};

use crate::{
    mock::{Contracts, *},
    pallet, *,
};

fn open_policy() -> ContractPolicy {
    ContractPolicy::open(5)
}

fn owner() -> RuntimeOrigin {
    RuntimeOrigin::signed(account(1))
}

fn free(worker: &TestWorker, call: Call<Test>) -> bool {
    RuntimeCall::Contracts(call).is_feeless(&worker.origin())
}

fn batch<E>(entries: Vec<E>) -> BoundedVec<E, frame_support::traits::ConstU32<MAX_BATCH>> {
    BoundedVec::truncate_from(entries)
}

/// A contract leased and opened by worker 1.
fn opened() -> (TestWorker, ContractId) {
    let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
    worker.claim(contract).expect("is leased");
    worker.open(contract, 1, StateHead::genesis(&contract)).expect("is opened");
    (worker, contract)
}

mod deployment {
    use super::*;

    #[test]
    fn announced_code_is_deployed_with_its_manifest_and_policy() {
        run(|| {
            let contract = deploy(open_policy(), 0);
            let record = pallet::Contracts::<Test>::get(contract).expect("is deployed");
            assert_eq!((record.owner, record.code, record.version), (AccountId([1; 32]), CODE, 1));
            assert_eq!((record.manifest, record.deployed_at), (manifest().encode(), 10));
        });
    }

    #[test]
    fn code_of_no_size_too_large_or_known_is_refused() {
        run(|| {
            let other = CodeHash([9; 32]);
            assert_noop!(Contracts::upload_code(owner(), other, 0), Error::<Test>::CodeSize);
            assert_noop!(Contracts::upload_code(owner(), other, MAX_CODE + 1), Error::<Test>::CodeSize);
            assert_noop!(Contracts::upload_code(owner(), CODE, 1), Error::<Test>::CodeKnown);
        });
    }

    #[test]
    fn unknown_code_a_broken_manifest_a_long_policy_or_the_same_salt_is_refused() {
        run(|| {
            let try_deploy = |code, manifest: Vec<u8>, policy| {
                Contracts::deploy(owner(), code, BoundedVec::truncate_from(manifest), policy, [0; 32])
            };
            let good = manifest().encode();
            assert_noop!(try_deploy(CodeHash([9; 32]), good.clone(), open_policy()), Error::<Test>::UnknownCode);
            assert_noop!(try_deploy(CODE, vec![1], open_policy()), Error::<Test>::Manifest);
            let long = ContractPolicy {
                operators: Operators::Only(vec![AccountId([0; 32]); MAX_ENTRIES + 1]),
                ..open_policy()
            };
            assert_noop!(try_deploy(CODE, good.clone(), long), Error::<Test>::Policy);
            assert_ok!(try_deploy(CODE, good.clone(), open_policy()));
            assert_noop!(try_deploy(CODE, good, open_policy()), Error::<Test>::AlreadyDeployed);
        });
    }

    #[test]
    fn new_code_applies_after_the_delay_and_not_before() {
        run(|| {
            let (contract, code) = (deploy(open_policy(), 0), CodeHash([4; 32]));
            assert_noop!(Contracts::announce_upgrade(owner(), contract, code), Error::<Test>::UnknownCode);
            assert_ok!(Contracts::upload_code(owner(), code, 1));
            assert_noop!(Contracts::apply_upgrade(owner(), contract), Error::<Test>::NoUpgrade);
            assert_ok!(Contracts::announce_upgrade(owner(), contract, code));
            System::set_block_number(14);
            assert_noop!(Contracts::apply_upgrade(owner(), contract), Error::<Test>::UpgradeTooEarly);
            System::set_block_number(15);
            assert_ok!(Contracts::apply_upgrade(owner(), contract));
            let record = pallet::Contracts::<Test>::get(contract).expect("is deployed");
            assert_eq!((record.code, record.version, record.pending), (code, 2, None));
        });
    }

    #[test]
    fn an_immutable_contract_keeps_its_code() {
        run(|| {
            let contract = deploy(ContractPolicy { upgrade: Upgrade::Immutable, ..open_policy() }, 0);
            assert_noop!(Contracts::announce_upgrade(owner(), contract, CODE), Error::<Test>::Immutable);
        });
    }

    #[test]
    fn only_the_owner_changes_code() {
        run(|| {
            let contract = deploy(open_policy(), 0);
            let other = || RuntimeOrigin::signed(account(2));
            assert_noop!(Contracts::announce_upgrade(other(), contract, CODE), Error::<Test>::NotYourContract);
            assert_noop!(Contracts::apply_upgrade(other(), contract), Error::<Test>::NotYourContract);
            assert_noop!(
                Contracts::announce_upgrade(owner(), ContractId([9; 32]), CODE),
                Error::<Test>::UnknownContract
            );
        });
    }
}

mod lease {
    use super::*;

    #[test]
    fn a_worker_that_the_policy_admits_takes_the_lease() {
        run(|| {
            let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
            assert!(free(&worker, Call::claim_lease { contract }));
            assert_ok!(worker.claim(contract));
            let lease = Contracts::living_lease(&contract).expect("is leased");
            assert_eq!((lease.number, lease.holder, lease.since), (1, worker.id, 10));
        });
    }

    #[test]
    fn whoever_is_no_valid_worker_takes_no_lease_and_pays_for_trying() {
        run(|| {
            let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
            worker.set_valid(false);
            assert!(!free(&worker, Call::claim_lease { contract }));
            assert_noop!(worker.claim(contract), Error::<Test>::NotAWorker);
            worker.set_valid(true);
            worker.change(|record| record.role = Role::Keyholder);
            assert_noop!(worker.claim(contract), Error::<Test>::NotAWorker);
        });
    }

    #[test]
    fn a_worker_whose_time_is_over_takes_no_lease() {
        run(|| {
            let (worker, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
            System::set_block_number(ACTIVE + 1);
            assert_noop!(worker.claim(contract), Error::<Test>::NotActive);
        });
    }

    #[test]
    fn a_policy_keeps_out_kinds_measurements_operators_and_the_unwilling() {
        run(|| {
            let worker = TestWorker::new(1);
            let kinds = deploy(ContractPolicy { kinds: vec![], ..open_policy() }, 1);
            let measurements = Measurements::Only(vec![Digest([9; 32])]);
            let measurements = deploy(ContractPolicy { measurements, ..open_policy() }, 2);
            let operators = Operators::Only(vec![AccountId([9; 32])]);
            let operators = deploy(ContractPolicy { operators, ..open_policy() }, 3);
            assert_noop!(worker.claim(kinds), Error::<Test>::PolicyKind);
            assert_noop!(worker.claim(measurements), Error::<Test>::PolicyMeasurement);
            assert_noop!(worker.claim(operators), Error::<Test>::PolicyOperator);
            let open = deploy(open_policy(), 4);
            worker.change(|record| record.opted_in = false);
            assert_noop!(worker.claim(open), Error::<Test>::NotOptedIn);
            assert_noop!(worker.claim(ContractId([9; 32])), Error::<Test>::UnknownContract);
        });
    }

    #[test]
    fn a_living_lease_keeps_everybody_else_out_until_end_and_staleness_limit() {
        run(|| {
            let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
            second.change(|record| record.active_until = 1000);
            assert_ok!(first.claim(contract));
            assert_noop!(first.claim(contract), Error::<Test>::LeaseAlive);
            System::set_block_number(ACTIVE);
            assert_noop!(second.claim(contract), Error::<Test>::LeaseAlive);
            System::set_block_number(ACTIVE + 1);
            assert!(Contracts::living_lease(&contract).is_none());
            assert_noop!(second.claim(contract), Error::<Test>::StalenessLimit);
            System::set_block_number(ACTIVE + STALENESS);
            assert!(!free(&second, Call::claim_lease { contract }));
            assert_noop!(second.claim(contract), Error::<Test>::StalenessLimit);
            System::set_block_number(ACTIVE + STALENESS + 1);
            assert_ok!(second.claim(contract));
            assert_eq!(
                Contracts::living_lease(&contract).map(|lease| (lease.number, lease.holder)),
                Some((2, second.id))
            );
        });
    }

    #[test]
    fn a_lease_of_a_worker_that_is_gone_can_be_taken() {
        run(|| {
            let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
            assert_ok!(first.claim(contract));
            first.remove();
            assert_ok!(second.claim(contract));
        });
    }

    #[test]
    fn a_holder_that_comes_back_as_what_the_policy_excludes_can_do_nothing_with_its_lease() {
        run(|| {
            let measurements = Measurements::Only(vec![Digest([1; 32]), Digest([2; 32])]);
            let contract = deploy(ContractPolicy { measurements, ..open_policy() }, 0);
            let (worker, second) = (TestWorker::new(1), TestWorker::new(2));
            assert_ok!(worker.claim(contract));
            assert_ok!(worker.open(contract, 1, StateHead::genesis(&contract)));
            let now = System::block_number() + 1;
            System::set_block_number(now);
            worker.change(|record| {
                record.verdict.measurement = Digest([9; 32]);
                record.registered_at = now;
            });
            assert_noop!(worker.open(contract, 1, head(1)), Error::<Test>::PolicyMeasurement);
            let anchors = batch(vec![Anchor { contract, lease: 1, incarnation: 1, head: head(1) }]);
            assert_noop!(
                Contracts::anchor(worker.origin(), anchors, Digest([0; 32])),
                Error::<Test>::PolicyMeasurement
            );
            // No lease for its key request either; and its heartbeats keep nobody out for ever.
            assert!(Contracts::living_lease(&contract).is_none());
            assert_noop!(second.claim(contract), Error::<Test>::StalenessLimit);
            System::set_block_number(now + STALENESS + 1);
            assert_ok!(second.claim(contract));
        });
    }

    #[test]
    fn a_worker_that_opted_out_keeps_the_leases_it_has() {
        run(|| {
            let (worker, contract) = opened();
            worker.change(|record| record.opted_in = false);
            let anchors = batch(vec![Anchor { contract, lease: 1, incarnation: 1, head: head(1) }]);
            assert_ok!(Contracts::anchor(worker.origin(), anchors, Digest([0; 32])));
            assert!(Contracts::living_lease(&contract).is_some());
        });
    }

    #[test]
    fn a_contract_is_vacant_until_it_is_leased_and_again_when_it_is_released() {
        run(|| {
            let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
            let found = |worker: &TestWorker| pallet::Held::<Test>::contains_key(worker.id, contract);
            assert!(pallet::Vacant::<Test>::contains_key(contract));
            assert_ok!(first.claim(contract));
            assert!(!pallet::Vacant::<Test>::contains_key(contract) && found(&first));
            assert_ok!(Contracts::release_leases(first.origin(), batch(vec![contract])));
            assert!(pallet::Vacant::<Test>::contains_key(contract) && !found(&first));
            assert_ok!(second.claim(contract));
            second.remove();
            System::set_block_number(System::block_number() + STALENESS);
            assert_ok!(first.claim(contract));
            assert!(found(&first) && !found(&second));
        });
    }

    #[test]
    fn a_released_lease_can_be_taken_at_once_by_somebody_else() {
        run(|| {
            let (first, second, contract) = (TestWorker::new(1), TestWorker::new(2), deploy(open_policy(), 0));
            assert_ok!(first.claim(contract));
            assert!(free(&first, Call::release_leases { contracts: batch(vec![contract]) }));
            assert_ok!(Contracts::release_leases(first.origin(), batch(vec![contract])));
            assert!(!free(&first, Call::release_leases { contracts: batch(vec![contract]) }));
            assert_noop!(first.claim(contract), Error::<Test>::TooSoon);
            assert_ok!(second.claim(contract));
        });
    }

    #[test]
    fn who_released_a_lease_may_take_it_again_after_the_staleness_limit() {
        run(|| {
            let (first, contract) = (TestWorker::new(1), deploy(open_policy(), 0));
            assert_ok!(first.claim(contract));
            assert_ok!(Contracts::release_leases(first.origin(), batch(vec![contract])));
            System::set_block_number(10 + STALENESS);
            assert_ok!(first.claim(contract));
            assert_eq!(Contracts::living_lease(&contract).map(|lease| lease.number), Some(2));
        });
    }

    #[test]
    fn only_the_holder_releases_and_a_batch_is_ordered() {
        run(|| {
            let (first, second) = (TestWorker::new(1), TestWorker::new(2));
            let (one, two) = (deploy(open_policy(), 0), deploy(open_policy(), 1));
            assert_ok!(first.claim(one));
            assert_ok!(first.claim(two));
            let release = |worker: &TestWorker, contracts| Contracts::release_leases(worker.origin(), batch(contracts));
            assert_noop!(release(&second, vec![one]), Error::<Test>::NotYourLease);
            let (low, high) = (one.min(two), one.max(two));
            for wrong in [vec![], vec![high, low], vec![low, low]] {
                assert_noop!(release(&first, wrong), Error::<Test>::Order);
            }
            assert_ok!(release(&first, vec![low, high]));
        });
    }

    #[test]
    fn a_restart_of_the_holder_keeps_the_lease() {
        run(|| {
            let (worker, contract) = opened();
            worker.change(|record| record.boot = 2);
            assert_eq!(Contracts::living_lease(&contract).map(|lease| lease.holder), Some(worker.id));
        });
    }
}

mod heads {
    use super::*;

    #[test]
    fn an_opening_begins_an_incarnation_and_anchors_move_its_head() {
        run(|| {
            let (worker, contract) = opened();
            assert_ok!(worker.anchor(contract, 1, 1, head(4)));
            let record = Heads::<Test>::get(contract).expect("is open");
            assert_eq!(
                (record.incarnation, record.opening, record.latest),
                (1, StateHead::genesis(&contract), head(4))
            );
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
}

mod report {
    use super::*;

    fn last_event() -> RuntimeEvent {
        System::events().pop().expect("there is one").event
    }

    #[test]
    fn a_reported_call_is_dispatched_as_the_contracts_own_account() {
        run(|| {
            let (worker, contract) = opened();
            let call = remark("price");
            assert_ok!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call));
            let sender = polkadot_sdk::sp_runtime::AccountId32::new(contract.account(&NETWORK).0);
            let remarked = System::events().iter().any(|record| {
                matches!(&record.event, RuntimeEvent::System(frame_system::Event::Remarked { sender: by, .. }) if *by == sender)
            });
            assert!(remarked);
            assert_eq!(last_event(), Event::Reported { contract, number: 1, result: Ok(()) }.into());
            assert_eq!(Reports::<Test>::get(contract), 1);
        });
    }

    #[test]
    fn a_report_is_dispatched_once_and_numbers_grow() {
        run(|| {
            let (worker, contract) = opened();
            let call = remark("price");
            assert_ok!(worker.report(worker.receipt(contract, 1, 1, 5, &call), &call));
            System::set_block_number(12);
            for number in [4, 5] {
                assert_noop!(
                    worker.report(worker.receipt(contract, 1, 1, number, &call), &call),
                    Error::<Test>::ReportNumber
                );
            }
            assert_ok!(worker.report(worker.receipt(contract, 1, 1, 6, &call), &call));
        });
    }

    #[test]
    fn reports_of_a_contract_are_free_only_once_per_period() {
        run(|| {
            let (worker, contract) = opened();
            let call = remark("price");
            assert_ok!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call));
            System::set_block_number(11);
            let receipt = worker.receipt(contract, 1, 1, 2, &call);
            let again = Call::report {
                receipt: BoundedVec::truncate_from(receipt.clone()),
                call: BoundedVec::truncate_from(call.clone()),
            };
            assert!(!free(&worker, again.clone()));
            assert_noop!(worker.report(receipt, &call), Error::<Test>::TooSoon);
            System::set_block_number(12);
            assert!(free(&worker, again));
        });
    }

    #[test]
    fn a_call_that_fails_is_reported_and_not_repeated() {
        run(|| {
            let (worker, contract) = opened();
            let call = RuntimeCall::System(frame_system::Call::kill_prefix { prefix: vec![], subkeys: 0 }).encode();
            assert_ok!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call));
            let expected = Event::Reported { contract, number: 1, result: Err(DispatchError::BadOrigin) };
            assert_eq!(last_event(), expected.into());
            System::set_block_number(12);
            assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::ReportNumber);
        });
    }

    #[test]
    fn a_receipt_by_another_key_is_refused() {
        run(|| {
            let (worker, contract) = opened();
            let call = remark("price");
            let other = TestWorker::new(2);
            assert_noop!(worker.report(other.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::ReceiptKey);
            assert_noop!(other.report(other.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::NotYourLease);
            assert_noop!(other.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::ReceiptKey);
        });
    }

    #[test]
    fn a_receipt_of_another_contract_lease_or_incarnation_is_refused() {
        run(|| {
            let (worker, contract) = opened();
            let other = deploy(open_policy(), 1);
            let call = remark("price");
            assert_noop!(worker.report(worker.receipt(other, 1, 1, 1, &call), &call), Error::<Test>::NotYourLease);
            assert_noop!(worker.report(worker.receipt(contract, 2, 1, 1, &call), &call), Error::<Test>::ReceiptLease);
            assert_noop!(
                worker.report(worker.receipt(contract, 1, 2, 1, &call), &call),
                Error::<Test>::ReceiptIncarnation
            );
            assert_noop!(
                worker.report(worker.receipt(ContractId([9; 32]), 1, 1, 1, &call), &call),
                Error::<Test>::UnknownContract
            );
        });
    }

    #[test]
    fn a_receipt_of_a_boot_that_did_not_open_the_store_is_refused() {
        run(|| {
            let (worker, contract) = opened();
            let call = remark("price");
            worker.change(|record| record.boot = 2);
            assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::NotOpen);
        });
    }

    #[test]
    fn a_former_holder_reports_and_releases_nothing() {
        run(|| {
            let (first, contract) = opened();
            let second = TestWorker::new(2);
            second.change(|record| record.active_until = 1000);
            System::set_block_number(ACTIVE + STALENESS + 1);
            assert_ok!(second.claim(contract));
            // The first comes back to life with the store it had open.
            first.change(|record| record.active_until = 1000);
            let call = remark("price");
            let receipt = first.receipt(contract, 1, 1, 1, &call);
            assert_noop!(first.report(receipt, &call), Error::<Test>::NotYourLease);
            let release = Contracts::release_leases(first.origin(), batch(vec![contract]));
            assert_err!(release, Error::<Test>::NotYourLease);
        });
    }

    #[test]
    fn another_call_than_the_reported_one_is_refused() {
        run(|| {
            let (worker, contract) = opened();
            let receipt = worker.receipt(contract, 1, 1, 1, &remark("price"));
            assert_noop!(worker.report(receipt, &remark("other")), Error::<Test>::ReceiptReport);
        });
    }

    #[test]
    fn a_changed_receipt_is_refused() {
        run(|| {
            let (worker, contract) = opened();
            let call = remark("price");
            let receipt = worker.receipt(contract, 1, 1, 1, &call);
            for index in 0..receipt.len() {
                let mut changed = receipt.clone();
                changed[index] ^= 1;
                assert_err!(worker.report(changed, &call), Error::<Test>::Receipt);
            }
        });
    }

    #[test]
    fn bytes_that_are_no_call_or_one_that_is_not_allowed_are_refused() {
        run(|| {
            let (worker, contract) = opened();
            let mut trailing = remark("price");
            trailing.push(0);
            for garbage in [vec![], vec![0xff; 10], trailing] {
                assert_noop!(
                    worker.report(worker.receipt(contract, 1, 1, 1, &garbage), &garbage),
                    Error::<Test>::NotACall
                );
            }
            let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] }).encode();
            assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::CallNotAllowed);
        });
    }

    #[test]
    fn a_call_that_is_too_heavy_is_refused() {
        run(|| {
            let (worker, contract) = opened();
            let call =
                RuntimeCall::System(frame_system::Call::kill_prefix { prefix: vec![], subkeys: u32::MAX }).encode();
            assert_noop!(worker.report(worker.receipt(contract, 1, 1, 1, &call), &call), Error::<Test>::CallTooHeavy);
        });
    }
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    let (contract, worker) = (ContractId([1; 32]), WorkerId([2; 32]));
    assert_eq!(Codes::<Test>::hashed_key_for(CODE), storage::codes(&CODE));
    assert_eq!(pallet::Contracts::<Test>::hashed_key_for(contract), storage::contracts(&contract));
    assert_eq!(Leases::<Test>::hashed_key_for(contract), storage::leases(&contract));
    assert_eq!(Heads::<Test>::hashed_key_for(contract), storage::heads(&contract));
    assert_eq!(Reports::<Test>::hashed_key_for(contract), storage::reports(&contract));
    assert_eq!(ReceiptAnchors::<Test>::hashed_key_for(worker), storage::receipt_anchors(&worker));
}
