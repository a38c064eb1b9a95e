//! The budget, the treasury's part, and the rules.

use super::*;

#[test]
fn the_budget_falls_by_a_part_at_the_end_of_each_period() {
    let rules = rewards::Parameters { budget: 1_600, decay: BILLION / 4, decay_blocks: 100, ..rules() };
    let between = |from, to| budget::between(&rules, 50, from, to);
    assert_eq!(between(50, 150), 160_000);
    assert_eq!(between(149, 151), 1_600 + 1_200);
    assert_eq!(between(50, 350), 160_000 + 120_000 + 90_000);
    assert_eq!((between(60, 60), between(60, 50)), (0, 0));
    // In steps it is the same.
    let steps: u128 = (0..30).map(|step| between(50 + step * 10, 60 + step * 10)).sum();
    assert_eq!(steps, between(50, 350));
}

#[test]
fn a_budget_that_does_not_fall_stays_and_one_that_falls_by_all_is_over() {
    let stays = rewards::Parameters { budget: 10, decay: 0, decay_blocks: 100, ..rules() };
    assert_eq!(budget::between(&stays, 0, 0, 1_000), 10_000);
    let ends = rewards::Parameters { decay: BILLION, ..stays };
    assert_eq!(budget::between(&ends, 0, 0, 1_000), 1_000);
}

#[test]
fn the_whole_life_of_the_production_budget_is_counted_in_one_step() {
    let rules = production();
    // A geometric series: 50 PHA over 180 days, and four times that in all.
    let all = budget::between(&rules, 0, 0, u32::MAX);
    let first = rules.budget * u128::from(rules.decay_blocks);
    assert!(all <= first * 4 && all > first * 4 - first / 1_000, "{all}");
    assert_eq!(rules.budget * 14_400, 720_000 * PHA);
}

#[test]
fn while_nobody_works_nothing_is_issued() {
    run(|| {
        go(100);
        round();
        assert_eq!(Totals::<Test>::get().budgeted, 0);
        assert_eq!(Balances::total_issuance(), 0);
        assert_eq!(Totals::<Test>::get().advanced_at, 110);
    });
}

#[test]
fn the_treasury_gets_its_fifth_with_the_rounds() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        go(10);
        assert_ok!(Rewards::refresh(signed(9), id(5)));
        assert_eq!(
            (Totals::<Test>::get().treasury_due, Balances::free_balance(account(TREASURY))),
            (TO_TREASURY * 10, 0)
        );
        let number = round();
        assert_eq!(Balances::free_balance(account(TREASURY)), TO_TREASURY * 10);
        assert_ok!(answer(5, number));
        let totals = Totals::<Test>::get();
        assert_eq!((totals.treasury_due, totals.to_treasury), (0, TO_TREASURY * 10));
        assert_eq!(totals.budgeted, (TO_WORKERS + TO_TREASURY) * 10);
        assert_eq!(Balances::total_issuance(), totals.budgeted);
    });
}

#[test]
fn what_is_less_than_an_account_may_have_waits_until_it_is_more() {
    run(|| {
        let treasury = |due: u128| {
            Totals::<Test>::mutate(|totals| (totals.treasury_due, totals.budgeted) = (due, due));
            round();
            (Totals::<Test>::get().to_treasury, Totals::<Test>::get().treasury_due)
        };
        assert_eq!((treasury(9), treasury(10)), ((0, 9), (10, 0)));
    });
}

#[test]
fn another_budget_holds_from_its_block_on_and_other_rules_leave_its_fall_as_it_is() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        go(10);
        set_rules(|rules| rules.least_stake = 1);
        assert_eq!(Totals::<Test>::get().budget_since, 0);
        set_rules(|rules| rules.budget *= 2);
        assert_eq!(Totals::<Test>::get().budget_since, 20);
        go(10);
        let number = round();
        assert_ok!(answer(5, number));
        assert_eq!(earned(), TO_WORKERS * 10 + 2 * TO_WORKERS * 10);
    });
}

#[test]
fn rules_that_cannot_be_followed_and_those_of_others_are_refused() {
    run(|| {
        let set = |change: fn(&mut rewards::Parameters)| {
            let mut rules = rules();
            change(&mut rules);
            Rewards::set_parameters(RawOrigin::Root.into(), rules)
        };
        let bad: [fn(&mut rewards::Parameters); 13] = [
            |rules| rules.budget = 10_000 * PHA + 1,
            |rules| rules.decay = BILLION + 1,
            |rules| rules.decay_blocks = 99,
            |rules| rules.treasury = BILLION + 1,
            |rules| rules.tiers[7] = BILLION + 1,
            |rules| rules.stake_cap = 0,
            |rules| rules.rounds_per_challenge = 0,
            |rules| rules.answers_per_round = 0,
            |rules| rules.answer_blocks = 0,
            |rules| rules.rounds_per_measurement = 0,
            |rules| rules.measure_blocks = 0,
            |rules| rules.missed_measurements = 0,
            |rules| rules.capacity_scale = 0,
        ];
        for (index, change) in bad.into_iter().enumerate() {
            assert_noop!(set(change), Error::<Test>::ImpossibleParameters);
            assert_eq!(Parameters::<Test>::get(), rules(), "{index}");
        }
        assert_noop!(Rewards::set_parameters(signed(OWNER), rules()), DispatchError::BadOrigin);
        assert_ok!(set(|rules| rules.budget = 0));
        assert!(are_possible(&production()));
    });
}

#[test]
fn an_index_without_room_for_more_issues_nothing() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        Totals::<Test>::mutate(|totals| totals.index = u128::MAX - 1);
        Sessions::<Test>::mutate(id(5), |session| {
            if let Some(session) = session {
                session.index = u128::MAX - 1;
            }
        });
        go(10);
        let number = round();
        assert_ok!(answer(5, number));
        assert_eq!((earned(), Totals::<Test>::get().budgeted), (0, 0));
    });
}

#[test]
fn a_total_that_is_no_sum_and_an_issue_beyond_the_budget_do_not_stay_unseen() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        assert_ok!(Rewards::do_try_state());
        let good = Totals::<Test>::get();
        Totals::<Test>::mutate(|totals| totals.weight += 1);
        assert!(Rewards::do_try_state().is_err());
        Totals::<Test>::put(rewards::Totals { credited: 1, ..good.clone() });
        assert!(Rewards::do_try_state().is_err());
        Totals::<Test>::put(good);
    });
}
