use adyton_pallet_traits::Retirement as _;
use adyton_protocol::{
    ids::{ContractId, WorkerId},
    record::{CommitteeRecord, ReleaseRecord},
    statement::Role,
    storage,
};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless, traits::Hooks as _, weights::Weight};

use crate::{mock::*, *};

fn free(origin: &RuntimeOrigin, call: Call<Test>) -> bool {
    RuntimeCall::Keys(call).is_feeless(origin)
}

fn request(origin: &RuntimeOrigin) -> polkadot_sdk::sp_runtime::DispatchResult {
    Keys::request_release(origin.clone(), CONTRACT)
}

/// A network with a committee, and worker 2 with lease 1.
fn ready() -> RuntimeOrigin {
    let keyholder = add(1, Role::Keyholder, 1);
    Keys::publish_committee(keyholder, committee(1, &[1])).expect("is published");
    let worker = add(2, Role::Worker, 1);
    lease(1, 2);
    worker
}

#[test]
fn a_development_network_takes_a_committee_of_one_once_and_for_free() {
    run(true, || {
        let keyholder = add(1, Role::Keyholder, 1);
        let publish = || Call::publish_committee { committee: committee(1, &[1]) };
        assert!(free(&keyholder, publish()));
        assert_ok!(Keys::publish_committee(keyholder.clone(), committee(1, &[1])));
        assert_eq!(Committee::<Test>::get(), Some(committee(1, &[1])));
        assert!(!free(&keyholder, publish()));
        assert_noop!(Keys::publish_committee(keyholder, committee(1, &[1])), Error::<Test>::AlreadyPublished);
    });
}

#[test]
fn a_workers_requests_of_an_epoch_end_with_their_numbers() {
    run(true, || {
        let (worker, id) = (ready(), WorkerId([2; 32]));
        Asked::<Test>::insert(id, (FIRST_EPOCH, u32::MAX));
        assert_noop!(request(&worker), Error::<Test>::Overflow);
        Asked::<Test>::remove(id);
        assert_ok!(request(&worker));
    });
}

#[test]
fn any_other_network_refuses_a_committee_of_one() {
    run(false, || {
        let keyholder = add(1, Role::Keyholder, 1);
        assert_noop!(
            Keys::publish_committee(keyholder, committee(1, &[1])),
            Error::<Test>::CommitteeOfOneIsForDevelopment
        );
    });
}

#[test]
fn a_committee_of_several_is_refused_for_now() {
    run(true, || {
        let keyholder = add(1, Role::Keyholder, 1);
        assert_noop!(Keys::publish_committee(keyholder, committee(1, &[1, 2])), Error::<Test>::CommitteeOfSeveral);
    });
}

#[test]
fn whoever_is_no_keyholder_publishes_nothing() {
    run(true, || {
        let worker = add(2, Role::Worker, 1);
        let stranger = RuntimeOrigin::signed(polkadot_sdk::sp_runtime::AccountId32::new([8; 32]));
        for origin in [worker, stranger] {
            assert!(!free(&origin, Call::publish_committee { committee: committee(1, &[2]) }));
            assert_noop!(Keys::publish_committee(origin, committee(1, &[2])), Error::<Test>::NotAKeyholder);
        }
    });
}

#[test]
fn a_committee_of_another_member_threshold_epoch_or_without_a_group_is_refused() {
    run(true, || {
        let keyholder = add(1, Role::Keyholder, 1);
        let good = committee(1, &[1]);
        for wrong in [
            committee(1, &[2]),
            committee(1, &[]),
            committee(2, &[1]),
            committee(0, &[1]),
            CommitteeRecord { epoch: FIRST_EPOCH + 1, ..good.clone() },
            CommitteeRecord { group: Default::default(), ..good },
        ] {
            assert_noop!(Keys::publish_committee(keyholder.clone(), wrong), Error::<Test>::Committee);
        }
    });
}

#[test]
fn the_lease_holder_requests_keys_once_per_lease_and_boot() {
    run(true, || {
        let worker = ready();
        assert!(free(&worker, Call::request_release { contract: CONTRACT }));
        assert_ok!(request(&worker));
        let expected = ReleaseRecord { lease: 1, boot: 1, epoch: FIRST_EPOCH, requested_at: 5, ordinal: 1 };
        assert_eq!(Releases::<Test>::get(CONTRACT, WorkerId([2; 32])), Some(expected));
        assert!(!free(&worker, Call::request_release { contract: CONTRACT }));
        assert_noop!(request(&worker), Error::<Test>::AlreadyRequested);
        let restarted = add(2, Role::Worker, 2);
        assert_ok!(request(&restarted));
        lease(3, 2);
        assert_ok!(request(&restarted));
    });
}

fn ordinal(contract: ContractId) -> u32 {
    Releases::<Test>::get(contract, WorkerId([2; 32])).expect("was requested").ordinal
}

#[test]
fn a_workers_contracts_are_numbered_and_asking_again_for_one_takes_no_further_number() {
    run(true, || {
        let worker = ready();
        assert_ok!(request(&worker));
        assert_ok!(Keys::request_release(worker, OTHER));
        let restarted = add(2, Role::Worker, 2);
        assert_ok!(request(&restarted));
        assert_ok!(Keys::request_release(restarted, OTHER));
        assert_eq!((ordinal(CONTRACT), ordinal(OTHER)), (1, 2));
        assert_eq!(Asked::<Test>::get(WorkerId([2; 32])), Some((FIRST_EPOCH, 2)));
    });
}

#[test]
fn every_worker_has_numbers_of_its_own() {
    run(true, || {
        assert_ok!(request(&ready()));
        let other = add(3, Role::Worker, 1);
        lease(2, 3);
        assert_ok!(request(&other));
        let release = Releases::<Test>::get(CONTRACT, WorkerId([3; 32])).expect("was requested");
        assert_eq!(release.ordinal, 1);
    });
}

#[test]
fn in_another_key_epoch_the_numbers_begin_again() {
    run(true, || {
        let worker = ready();
        assert_ok!(request(&worker));
        assert_ok!(Keys::request_release(worker.clone(), OTHER));
        Committee::<Test>::mutate(|committee| committee.as_mut().expect("is published").epoch += 1);
        assert_ok!(Keys::request_release(worker.clone(), OTHER));
        assert_ok!(request(&worker));
        assert_eq!((ordinal(OTHER), ordinal(CONTRACT)), (1, 2));
    });
}

#[test]
fn a_request_without_the_living_lease_is_refused() {
    run(true, || {
        let worker = ready();
        lease(2, 3);
        assert!(!free(&worker, Call::request_release { contract: CONTRACT }));
        assert_noop!(request(&worker), Error::<Test>::NotYourLease);
        assert_noop!(Keys::request_release(worker, ContractId([1; 32])), Error::<Test>::NotYourLease);
    });
}

#[test]
fn a_request_of_a_keyholder_or_stranger_is_refused() {
    run(true, || {
        ready();
        lease(1, 1);
        let stranger = RuntimeOrigin::signed(polkadot_sdk::sp_runtime::AccountId32::new([8; 32]));
        for origin in [add(1, Role::Keyholder, 1), stranger] {
            assert_noop!(request(&origin), Error::<Test>::NotAWorker);
        }
    });
}

#[test]
fn a_request_before_there_is_a_committee_is_refused() {
    run(true, || {
        let worker = add(2, Role::Worker, 1);
        lease(1, 2);
        assert_noop!(request(&worker), Error::<Test>::NoCommittee);
    });
}

/// The owner of [`CONTRACT`] ends it.
fn retire() {
    end_leases();
    Keys::retired(&CONTRACT, &adyton_protocol::ids::AccountId([7; 32])).expect("nothing is refused");
}

/// How many requests for the keys of [`CONTRACT`] are there.
fn requests() -> usize {
    Releases::<Test>::iter_prefix(CONTRACT).count()
}

/// Requests for the keys of [`CONTRACT`] by that many workers, of long ago.
fn requested_by(workers: u16) {
    Keys::publish_committee(add(1, Role::Keyholder, 1), committee(1, &[1])).expect("is published");
    for number in 0..workers {
        let mut worker = WorkerId([0; 32]);
        worker.0[..2].copy_from_slice(&number.to_le_bytes());
        let release = ReleaseRecord { lease: 1, boot: 1, epoch: FIRST_EPOCH, requested_at: 1, ordinal: 1 };
        Releases::<Test>::insert(CONTRACT, worker, release);
        Asked::<Test>::insert(worker, (FIRST_EPOCH, 1));
    }
}

#[test]
fn with_a_contract_go_the_requests_for_its_keys_and_no_others() {
    run(true, || {
        let worker = ready();
        assert_ok!(request(&worker));
        assert_ok!(Keys::request_release(worker, OTHER));
        retire();
        assert_eq!(requests(), 1, "a retirement does not wait for them");
        Keys::on_idle(6, Weight::MAX);
        assert_eq!(requests(), 0);
        assert_eq!(Releases::<Test>::iter().count(), 1);
        assert_eq!(Ended::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_number_that_went_with_a_contract_is_not_given_again() {
    run(true, || {
        let worker = ready();
        assert_ok!(request(&worker));
        assert_eq!(ordinal(CONTRACT), 1);
        retire();
        Keys::on_idle(6, Weight::MAX);
        lease(1, 2);
        assert_ok!(Keys::request_release(worker, OTHER));
        assert_eq!(ordinal(OTHER), 2);
    });
}

#[test]
fn a_contract_whose_keys_nobody_asked_for_leaves_nothing_to_do() {
    run(true, || {
        retire();
        assert_eq!(Ended::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_block_removes_a_hundred_requests_at_most() {
    run(true, || {
        requested_by(250);
        retire();
        for left in [150, 50, 0] {
            Keys::on_idle(6, Weight::MAX);
            assert_eq!((requests(), Ended::<Test>::contains_key(CONTRACT)), (left, left > 0));
        }
    });
}

#[test]
fn whether_the_last_request_went_may_show_only_in_the_next_block() {
    run(true, || {
        requested_by(100);
        retire();
        Keys::on_idle(6, Weight::MAX);
        assert_eq!((requests(), Ended::<Test>::contains_key(CONTRACT)), (0, true));
        Keys::on_idle(7, Weight::MAX);
        assert!(!Ended::<Test>::contains_key(CONTRACT));
    });
}

#[test]
fn a_block_removes_as_many_requests_as_it_has_room_for() {
    run(true, || {
        requested_by(5);
        retire();
        let idle = |room| Keys::on_idle(6, room);
        let most = <Test as Config>::WeightInfo::sweep(0);
        assert_eq!(idle(most.saturating_sub(Weight::from_parts(1, 0))), Weight::zero());
        assert_eq!((idle(most), requests()), (most, 5));
        let two = <Test as Config>::WeightInfo::sweep(2);
        assert_eq!((idle(two), requests()), (two, 3));
        assert!(Ended::<Test>::contains_key(CONTRACT));
    });
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    let (contract, worker) = (ContractId([1; 32]), WorkerId([2; 32]));
    assert_eq!(Committee::<Test>::hashed_key().to_vec(), storage::committee());
    assert_eq!(Releases::<Test>::hashed_key_for(contract, worker), storage::releases(&contract, &worker));
}
