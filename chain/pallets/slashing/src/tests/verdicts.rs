//! Offences that jurors decide about.

use adyton_pallet_traits::{Charging, Holder, Verdict};

use super::*;
use crate::types::UNDECIDED;

const TENTH: Perbill = Perbill::from_percent(10);
const HUNDREDTH: Perbill = Perbill::from_percent(1);

/// Account 9 has `worker` accused of a wrong result: a tenth of its stake.
fn accuse(worker: &TestWorker) -> Result<u64, DispatchError> {
    Slashing::accuse(&worker.id, TENTH, 15, AccountId([9; 32]))
}

#[test]
fn what_a_disputed_result_may_cost_is_set_aside_until_jurors_have_decided() {
    run(|| {
        let worker = worker();
        assert_eq!(accuse(&worker), Ok(1));
        assert_eq!((newest().kind, newest().amount, newest().apply_at), (Kind::WrongResult, 1_000, UNDECIDED));
        go_to(60);
        assert_eq!((pool(1).frozen, pool(1).taken), (1_000, 0));
        assert_noop!(Slashing::apply(signed(1), 1), Error::<Test>::TooEarly);
        assert!(Slashing::decide(1, Verdict::Wrong));
        let (id, kind) = (worker.id, Kind::WrongResult);
        assert!(happened(Event::Decided { offence: 1, worker: id, kind, amount: 1_000, apply_at: 80 }));
        go_to(79);
        assert_eq!(pool(1).taken, 0, "the time for an appeal begins with the verdict");
        go_to(80);
        assert_eq!((pool(1).taken, pool(1).frozen, free(9)), (1_000, 0, MONEY + 100));
        assert!(!Slashing::is_open(1));
    });
}

#[test]
fn stake_that_no_longer_stands_behind_the_worker_when_jurors_decide_is_lost_all_the_same() {
    run(|| {
        let worker = worker();
        assert_eq!(accuse(&worker), Ok(1));
        facts(|facts| facts.assignments.remove(&worker.id));
        assert!(Slashing::decide(1, Verdict::Wrong));
        go_to(40);
        assert_eq!(pool(1).taken, 1_000);
    });
}

#[test]
fn a_result_that_is_right_costs_nothing_and_what_was_set_aside_is_free() {
    run(|| {
        let worker = worker();
        assert_eq!(accuse(&worker), Ok(1));
        assert!(Slashing::decide(1, Verdict::Right));
        assert_eq!((pool(1).frozen, Charges::<Test>::get(worker.id)), (0, None));
        assert!(happened(Event::Cancelled { offence: 1 }) && !Slashing::is_open(1));
    });
}

#[test]
fn to_withhold_costs_less_and_the_rest_is_free_at_once() {
    run(|| {
        let worker = worker();
        assert_eq!(accuse(&worker), Ok(1));
        assert!(Slashing::decide(1, Verdict::Withheld(HUNDREDTH)));
        assert_eq!((newest().kind, newest().amount, newest().fraction), (Kind::Withheld, 100, HUNDREDTH));
        assert_eq!((pool(1).frozen, Charges::<Test>::get(worker.id).map(|charged| charged.amount)), (100, Some(100)));
        go_to(40);
        assert_eq!((pool(1).taken, free(9)), (100, MONEY + 10));
    });
}

#[test]
fn jurors_decide_once_and_not_about_what_governance_has_cancelled() {
    run(|| {
        let worker = worker();
        assert_eq!((accuse(&worker), accuse(&worker)), (Ok(1), Ok(2)));
        assert!(Slashing::decide(1, Verdict::Wrong));
        assert!(!Slashing::decide(1, Verdict::Right) && Slashing::is_open(1));
        assert_ok!(Slashing::cancel(RuntimeOrigin::root(), 2));
        assert!(!Slashing::decide(2, Verdict::Wrong) && !Slashing::is_open(2));
        assert_eq!(pool(1).frozen, 1_000);
    });
}

#[test]
fn a_juror_is_charged_for_nobodys_gain() {
    run(|| {
        let juror = worker();
        assert!(Slashing::charge_juror(&juror.id, HUNDREDTH, AccountId([9; 32])));
        assert_eq!((newest().kind, newest().amount, newest().apply_at), (Kind::WrongVerdict, 100, 40));
        go_to(40);
        assert_eq!((pool(1).taken, free(9)), (100, MONEY));
    });
}

#[test]
fn a_juror_behind_whom_nothing_stands_has_nothing_to_lose() {
    run(|| {
        let juror = TestWorker::new(1, 1);
        assert!(!Slashing::charge_juror(&juror.id, HUNDREDTH, AccountId([9; 32])));
        assert_eq!(LastOffence::<Test>::get(), 0);
    });
}

#[test]
fn a_result_of_a_worker_with_nothing_to_lose_is_not_disputed() {
    run(|| {
        assert_noop!(accuse(&TestWorker::new(2, 2)), Error::<Test>::NoStake);
        let worker = worker();
        for _ in 0..10 {
            assert_ok!(accuse(&worker));
        }
        assert_noop!(accuse(&worker), Error::<Test>::NothingLeft);
    });
}

#[test]
fn what_was_reported_after_a_disputed_result_does_not_wait_for_the_jurors() {
    run(|| {
        let (accused, absent) = (worker(), TestWorker::staked(2, 2, 2, 10_000));
        assert_eq!(accuse(&accused), Ok(1));
        absent.absent(System::block_number() - 15, None);
        assert_ok!(Slashing::report_absence(signed(3), absent.id));
        go_to(50);
        assert_eq!((pool(2).taken, Over::<Test>::get()), (100, 2));
        assert!(Slashing::is_open(1));
        assert!(Slashing::decide(1, Verdict::Wrong));
        go_to(80);
        assert_eq!((pool(1).taken, Slashing::is_open(1)), (1_000, false), "it has its turn by its verdict");
    });
}

#[test]
fn a_receipt_that_is_disputed_is_its_keys_and_the_key_is_nobody_elses() {
    run(|| {
        let worker = worker();
        let read = |receipt: &[u8]| Slashing::read(receipt).map(|fields| fields.key);
        let receipt = worker.receipt(&SAID);
        assert_eq!(read(&receipt), Ok(worker.signing_key()));
        assert_noop!(read(&[1, 2, 3]), Error::<Test>::Receipt);
        let elsewhere = worker.receipt(&Said { network: NetworkId([8; 32]), ..SAID });
        assert_noop!(read(&elsewhere), Error::<Test>::Receipt);
        Seen::<Test>::insert(crate::charges::extracted(&worker.signing_key()), ());
        assert_noop!(read(&receipt), Error::<Test>::Receipt);
    });
}

#[test]
fn a_result_is_disputed_while_what_stood_behind_its_worker_still_does() {
    run(|| {
        let worker = worker();
        let accused = |block| Slashing::accuse(&worker.id, TENTH, block, AccountId([9; 32]));
        go_to(100);
        assert_noop!(accused(101), Error::<Test>::Future);
        assert_noop!(accused(100 - PARAMETERS.evidence_window - 1), Error::<Test>::TooOld);
        assert_ok!(accused(100 - PARAMETERS.evidence_window));
        assert_eq!(Slashing::evidence_window(), PARAMETERS.evidence_window);
    });
}

/// Worker `number` holds the contract under this lease.
fn holder(number: u8, lease: u64) -> Holder {
    Holder { worker: TestWorker::new(number, number).id, contract: CONTRACT, lease }
}

fn charge(offence: u64, holder: Holder) -> bool {
    Slashing::charge_holder(offence, &holder, HUNDREDTH, AccountId([9; 32]))
}

#[test]
fn who_holds_a_contract_is_charged_for_its_history_in_the_place_of_who_is_accused() {
    run(|| {
        let accused = worker();
        TestWorker::staked(2, 2, 2, 10_000);
        assert_eq!(accuse(&accused), Ok(1));
        assert!(charge(1, holder(2, 4)));
        let offence = newest();
        assert_eq!((offence.worker, offence.kind, offence.amount), (holder(2, 4).worker, Kind::Withheld, 100));
        assert!(Slashing::decide(1, Verdict::Right));
        go_to(40);
        assert_eq!((pool(1).taken, pool(2).taken, free(9)), (0, 100, MONEY + 10));
    });
}

#[test]
fn who_has_less_to_lose_than_who_is_accused_answers_for_nobody() {
    run(|| {
        let accused = worker();
        TestWorker::staked(2, 2, 2, 9_999);
        assert_eq!(accuse(&accused), Ok(1));
        assert!(!charge(1, holder(2, 4)) && !charge(1, holder(3, 4)));
        assert_eq!((pool(2).frozen, LastOffence::<Test>::get()), (0, 1));
    });
}

#[test]
fn a_holder_is_charged_once_for_each_lease_and_for_no_offence_that_is_over() {
    run(|| {
        let accused = worker();
        TestWorker::staked(2, 2, 2, 20_000);
        assert_eq!((accuse(&accused), accuse(&accused)), (Ok(1), Ok(2)));
        assert!(charge(1, holder(2, 4)) && !charge(2, holder(2, 4)) && charge(2, holder(2, 5)));
        assert!(Slashing::decide(1, Verdict::Wrong) && Slashing::decide(2, Verdict::Right));
        assert!(!charge(1, holder(2, 6)) && !charge(2, holder(2, 6)));
        assert_eq!(pool(2).frozen, 400);
    });
}
