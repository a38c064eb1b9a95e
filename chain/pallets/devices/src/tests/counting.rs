//! Which devices count for contracts that ask for some, and until when.

use super::*;

/// How many Hoppers of a worker count now, for a contract that asks for some.
fn hoppers(worker: &WorkerId) -> usize {
    let record = mock::Known::worker(worker).expect("it is there");
    Devices::valid_devices(worker, &record).count(&[Architecture::Hopper])
}

#[test]
fn a_device_counts_for_contracts_until_the_end_of_its_verdict() {
    run(|| {
        let showing = ready(1);
        assert!(!Devices::has_shown(&showing.worker));
        assert_eq!(hoppers(&showing.worker), 0);
        assert_ok!(showing.send());
        assert_eq!(hoppers(&showing.worker), 1);
        let valid_until = shown(&showing.worker).expect("it is shown").valid_until;
        wait(valid_until - NOW - 1);
        assert_eq!(hoppers(&showing.worker), 1);
        wait(1);
        assert_eq!(hoppers(&showing.worker), 0);
        assert!(Devices::has_shown(&showing.worker));
    });
}

#[test]
fn a_device_that_is_denied_counts_for_no_contract_until_it_is_allowed_again() {
    run(|| {
        let showing = ready(1);
        assert_ok!(showing.send());
        assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), true));
        assert_eq!(hoppers(&showing.worker), 0);
        assert_ok!(Devices::set_denied(RuntimeOrigin::root(), device_id(), false));
        assert_eq!(hoppers(&showing.worker), 0);
        wait(DELAY);
        assert_eq!(hoppers(&showing.worker), 1);
    });
}

#[test]
fn a_device_counts_for_no_contract_when_its_verdict_was_ended_or_its_root_removed() {
    for end in [Devices::end_verdicts as fn(RuntimeOrigin, Digest) -> _, Devices::remove_root] {
        run(|| {
            let showing = ready(1);
            assert_ok!(showing.send());
            assert_ok!(end(RuntimeOrigin::root(), root()));
            assert_eq!(hoppers(&showing.worker), 0);
        });
    }
}

#[test]
fn a_device_of_an_earlier_boot_counts_for_no_contract() {
    run(|| {
        let showing = ready(1);
        assert_ok!(showing.send());
        change(&showing.worker, |(record, _)| record.boot = 2);
        assert_eq!(hoppers(&showing.worker), 0);
    });
}

#[test]
fn a_device_that_another_worker_has_taken_counts_for_its_contracts_only() {
    run(|| {
        let (first, second) = (ready(1), ready(2));
        assert_ok!(first.send());
        change(&second.worker, |(record, _)| record.verdict.judged_at = NOW + 1);
        wait(2);
        assert_ok!(second.send());
        assert_eq!((hoppers(&first.worker), hoppers(&second.worker)), (0, 1));
    });
}
