use super::*;

#[test]
fn only_governance_sets_the_rules_and_only_possible_ones() {
    run(|| {
        let rules = Rules { bond: 2_000, ..PARAMETERS };
        assert_noop!(Disputes::set_parameters(signed(1), rules.clone()), DispatchError::BadOrigin);
        assert_ok!(Disputes::set_parameters(RuntimeOrigin::root(), rules.clone()));
        assert!(happened(Event::ParametersSet));
        assert_eq!(Parameters::<Test>::get(), rules);
    });
}

#[test]
fn rules_that_cannot_be_followed_are_refused() {
    let changes: [fn(&mut Rules); 13] = [
        |rules| rules.window = 0,
        |rules| rules.jurors = 0,
        |rules| rules.jurors = 4,
        |rules| rules.wait = 0,
        |rules| rules.commit = 0,
        |rules| rules.reveal = 0,
        |rules| rules.bond = 0,
        |rules| rules.fee = rules.bond + 1,
        |rules| rules.wrong_result = 0,
        |rules| rules.wrong_result = 1_000_000_001,
        |rules| rules.withheld = rules.wrong_result + 1,
        |rules| rules.withheld = 0,
        |rules| rules.wrong_verdict = 0,
    ];
    run(|| {
        for change in changes {
            let mut rules = PARAMETERS;
            change(&mut rules);
            let set = Disputes::set_parameters(RuntimeOrigin::root(), rules);
            assert_noop!(set, Error::<Test>::ImpossibleParameters);
        }
    });
}

#[test]
fn nothing_is_disputed_for_longer_than_its_stake_stays_or_its_request_is_kept() {
    use frame_support::traits::Get;

    run(|| {
        let set = |change: fn(&mut Rules)| {
            let mut rules = PARAMETERS;
            change(&mut rules);
            Disputes::set_parameters(RuntimeOrigin::root(), rules)
        };
        assert_ok!(set(|_| {}));
        facts(|facts| facts.evidence_window = PARAMETERS.window - 1);
        assert_noop!(set(|_| {}), Error::<Test>::Times);
        facts(|facts| facts.evidence_window = u32::MAX);
        // Requests are kept for a week, which has 100 800 blocks of 6 s; three draws behind the window take 3 * (wait + 10).
        assert_noop!(set(|rules| rules.wait = 33_574), Error::<Test>::Times);
        assert_noop!(set(|rules| rules.window = 100_681), Error::<Test>::Times);
        assert_ok!(set(|rules| rules.wait = 33_573));
        assert_ok!(set(|rules| rules.window = 100_680));
        assert_eq!(<LeastEvidenceWindow<Test> as Get<u32>>::get(), 100_680);
    });
}

#[test]
fn the_rules_of_production_are_possible_and_hold_where_nothing_else_is_said() {
    assert!(crate::parameters::are_possible(&production()));
    chain(production()).execute_with(|| {
        Parameters::<Test>::kill();
        assert_eq!(Parameters::<Test>::get(), production());
    });
}
