//! What governance decides.

use polkadot_sdk::frame_support::traits::Get;

use super::*;

fn set(parameters: Parameters) -> frame_support::dispatch::DispatchResult {
    Slashing::set_parameters(RuntimeOrigin::root(), parameters)
}

#[test]
fn only_its_origin_sets_parameters() {
    run(|| {
        let parameters = Parameters { appeal: 10, ..PARAMETERS };
        assert_noop!(Slashing::set_parameters(signed(1), parameters), DispatchError::BadOrigin);
        assert_ok!(set(parameters));
        assert_eq!(SlashingParameters::<Test>::get(), parameters);
        assert!(happened(Event::ParametersSet));
    });
}

#[test]
fn nothing_that_is_waited_for_or_divided_by_is_zero() {
    run(|| {
        for parameters in [
            Parameters { evidence_window: 0, ..PARAMETERS },
            Parameters { appeal: 0, ..PARAMETERS },
            Parameters { offline_period: 0, ..PARAMETERS },
            Parameters { offline_step: Perbill::zero(), ..PARAMETERS },
            Parameters { reveal_after: 0, ..PARAMETERS },
        ] {
            assert_noop!(set(parameters), Error::<Test>::Impossible);
        }
    });
}

#[test]
fn an_offence_ends_before_what_left_at_its_time_does() {
    run(|| {
        assert_noop!(set(Parameters { appeal: 40, ..PARAMETERS }), Error::<Test>::Times);
        assert_noop!(set(Parameters { evidence_window: u32::MAX, ..PARAMETERS }), Error::<Test>::Times);
        assert_ok!(set(Parameters { appeal: 39, ..PARAMETERS }));
        assert_eq!(<LeastUnbonding<Test> as Get<u32>>::get(), UNBONDING);
    });
}

#[test]
fn an_offence_is_reported_while_what_stood_behind_a_worker_still_does() {
    run(|| {
        assert_noop!(set(Parameters { evidence_window: COOLING, ..PARAMETERS }), Error::<Test>::Times);
        assert_eq!(<LeastCooling<Test> as Get<u32>>::get(), COOLING);
    });
}

#[test]
fn whatever_can_be_disputed_can_be_charged() {
    run(|| {
        let window = |evidence_window| set(Parameters { evidence_window, ..PARAMETERS });
        assert_noop!(window(WINDOW - 1), Error::<Test>::Times);
        assert_ok!(window(WINDOW));
    });
}

#[test]
fn evidence_counts_no_longer_than_times_are_remembered() {
    run(|| {
        facts(|facts| (facts.unbonding, facts.cooling) = (u32::MAX, u32::MAX));
        let remembered = INTERVAL * (types::SAMPLES - 1);
        let window = |evidence_window| Parameters { evidence_window, ..PARAMETERS };
        assert_noop!(set(window(remembered + 1)), Error::<Test>::Times);
        assert_ok!(set(window(remembered)));
    });
}

#[test]
fn without_a_network_nothing_is_evidence() {
    run(|| {
        let worker = worker();
        let (receipt, key) = (worker.receipt(&SAID), worker.signing_key());
        facts(|facts| facts.nameless = true);
        assert_noop!(Slashing::report_expired(signed(2), receipt.clone()), Error::<Test>::NoNetwork);
        assert_noop!(Slashing::report_revoked(signed(2), receipt.clone()), Error::<Test>::NoNetwork);
        let two = Slashing::report_two_histories(signed(2), receipt.clone(), receipt.clone());
        assert_noop!(two, Error::<Test>::NoNetwork);
        assert_noop!(Slashing::report_rollback(signed(2), receipt), Error::<Test>::NoNetwork);
        assert_noop!(Slashing::reveal_extraction(signed(2), key, [0; 64], [0; 32]), Error::<Test>::NoNetwork);
    });
}

#[test]
fn reports_end_with_their_numbers() {
    run(|| {
        let worker = worker();
        worker.absent(5, None);
        LastOffence::<Test>::put(u64::MAX);
        assert_noop!(Slashing::report_absence(signed(2), worker.id), Error::<Test>::Overflow);
    });
}

#[test]
fn only_accounts_report() {
    run(|| {
        let worker = worker();
        let refused = DispatchError::BadOrigin;
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
            let receipt = worker.receipt(&SAID);
            assert_noop!(Slashing::report_absence(origin.clone(), worker.id), refused);
            assert_noop!(Slashing::report_expired(origin.clone(), receipt.clone()), refused);
            assert_noop!(Slashing::note_revoked(origin.clone(), worker.id), refused);
            assert_noop!(Slashing::report_revoked(origin.clone(), receipt.clone()), refused);
            assert_noop!(Slashing::report_rollback(origin.clone(), receipt.clone()), refused);
            let two = Slashing::report_two_histories(origin.clone(), receipt.clone(), receipt);
            assert_noop!(two, refused);
            assert_noop!(Slashing::commit_extraction(origin.clone(), [0; 32]), refused);
            assert_noop!(Slashing::withdraw_commitment(origin.clone()), refused);
            let reveal = Slashing::reveal_extraction(origin.clone(), worker.signing_key(), [0; 64], [0; 32]);
            assert_noop!(reveal, refused);
            assert_noop!(Slashing::apply(origin, 1), refused);
        }
    });
}

#[test]
#[should_panic(expected = "the parameters of slashing are not possible")]
fn genesis_has_no_impossible_parameters() {
    chain(Parameters { appeal: 40, ..PARAMETERS });
}

#[test]
fn the_defaults_are_possible_and_take_less_than_a_week() {
    let parameters = Parameters::default();
    assert!(parameters.are_possible() && parameters.whole_time() < 7 * 24 * 600);
}

#[test]
fn moments_are_kept_in_a_ring_and_forgotten() {
    run(|| {
        let kept = |block| Pallet::<Test>::time_of(block);
        assert_eq!((kept(19), kept(16), kept(15)), (Some(NOW + 90), Some(NOW + 90), Some(NOW + 66)));
        let round = INTERVAL * types::SAMPLES;
        assert_eq!(kept(16 + round), None, "that is to come");
        assert!(Pallet::<Test>::sample(16 + round));
        assert_eq!((kept(16), kept(16 + round)), (None, Some(NOW + 120)));
        assert!(!Pallet::<Test>::sample(17 + round));
        // Back to what the present block knows.
        Samples::<Test>::remove(4);
    });
}
