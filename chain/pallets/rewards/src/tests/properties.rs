//! What nobody can do: random sequences of all calls, and comparisons with a simple model.

use adyton_protocol::cpu::CpuModel;

use super::*;

/// A sequence of numbers that looks random and is the same each time: SplitMix64.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

const WORKERS: core::ops::Range<u64> = 5..11;

/// The model of the processor of worker `number`; another one than that of the other worker on its machine.
fn model(number: u8) -> CpuModel {
    CpuModel::IntelFmspc([number % 2; 6])
}

/// Does something or other. Gives whether it was accepted.
fn step(sequence: &mut Sequence) -> bool {
    let number = (WORKERS.start + sequence.below(WORKERS.end - WORKERS.start)) as u8;
    let latest = Latest::<Test>::get();
    let number_of_round = latest.saturating_sub(sequence.below(4));
    match sequence.below(16) {
        0 => return Rewards::start(signed(OWNER), id(number)).is_ok(),
        1 => return Rewards::stop(signed(OWNER), id(number)).is_ok(),
        2 => return Rewards::refresh(signed(9), id(number)).is_ok(),
        3 | 4 => return answer(number, latest).is_ok(),
        5 => return answer(number, number_of_round).is_ok(),
        6 => return Rewards::report_absence(signed(9), id(number), number_of_round).is_ok(),
        7 => return Rewards::measure(signed(OWNER), id(number)).is_ok(),
        8 => return Rewards::measured(signed(number), latest, sequence.below(6_000)).is_ok(),
        9 => set_stake(number, sequence.below(8).checked_sub(1).map(|stake| u128::from(stake) * PHA)),
        10 => set_valid(number, sequence.below(3) > 0),
        11 => come(latest + 1 + sequence.below(3)),
        12 => {
            let cap = 500 + sequence.below(1_000);
            return Rewards::set_capacity_cap(RawOrigin::Root.into(), EvidenceKind::IntelTdx, cap).is_ok();
        }
        13 => set_rules(|rules| {
            rules.rounds_per_challenge = 1 + sequence.below(3) as u32;
            rules.missed_measurements = 1 + sequence.below(3) as u8;
            rules.stake_cap = PHA * (1 + u128::from(sequence.below(20)));
        }),
        14 => {
            let cap = sequence.below(3).checked_sub(1).map(|more| 400 + more * sequence.below(1_000));
            return Rewards::set_model_cap(RawOrigin::Root.into(), model(number), cap).is_ok();
        }
        _ => go(sequence.below(9) as u32),
    }
    true
}

#[test]
fn whatever_is_called_in_whatever_order_the_invariants_hold_and_no_more_is_issued_than_the_budget() {
    for seed in 0..8 {
        run(|| {
            // Machines that two workers share, and draws of all kinds.
            for number in WORKERS {
                registered(number as u8, 4 * PHA);
                let machine = MachineId::IntelPpid([(number / 2) as u8; 16]);
                change(number as u8, |record| record.verdict.machine = machine);
                set_model(number as u8, model(number as u8));
            }
            set_rules(|rules| {
                (rules.rounds_per_challenge, rules.rounds_per_measurement) = (2, 3);
                (rules.decay_blocks, rules.measure_distance) = (150, 20);
            });
            let (mut sequence, mut accepted) = (Sequence(seed), 0);
            for _ in 0..400 {
                accepted += u32::from(step(&mut sequence));
                Rewards::do_try_state().expect("the invariants hold");
            }
            assert!((100..400).contains(&accepted), "seed {seed}: {accepted}");
            let (totals, now) = (Totals::<Test>::get(), System::block_number());
            let most = budget::between(&Parameters::<Test>::get(), totals.budget_since, 0, now);
            assert!(totals.budgeted <= most, "seed {seed}");
            assert_eq!((totals.credited, totals.to_treasury), (earned(), Balances::free_balance(account(TREASURY))));
            assert_eq!(Balances::total_issuance(), totals.credited + totals.to_treasury);
        });
    }
}

#[test]
fn rewards_are_those_of_a_model_that_shares_each_block_by_itself() {
    run(|| {
        let stakes = [(5, 4), (6, 9), (7, 1)];
        for (number, stake) in stakes {
            measured(number, stake * PHA, 100);
        }
        for (number, _) in stakes {
            start(number);
        }
        // Weights are as the roots of the stakes; the model has them in thousandths of a unit of each block's part.
        let mut weights = [(5u8, 2u128), (6, 3), (7, 1)];
        let (mut model, mut sequence) = ([0u128; 3], Sequence(7));
        for _ in 0..200 {
            let blocks = 1 + sequence.below(5) as u32;
            let total: u128 = weights.iter().map(|(_, weight)| weight).sum();
            for (due, (_, weight)) in model.iter_mut().zip(&weights) {
                *due += TO_WORKERS * 1_000 * u128::from(blocks) * weight / total;
            }
            go(blocks);
            let (place, root) = (sequence.below(3) as usize, 1 + u128::from(sequence.below(4)));
            weights[place].1 = root;
            set_stake(weights[place].0, Some(root * root * PHA));
            assert_ok!(Rewards::refresh(signed(9), id(weights[place].0)));
        }
        let now = System::block_number();
        assert!(now < 1_000, "the budget has not fallen yet: {now}");
        let number = round();
        for (place, (worker, _)) in weights.iter().enumerate() {
            let before = earned();
            assert_ok!(answer(*worker, number));
            let (credited, due) = (earned() - before, model[place] / 1_000);
            // Each weighing rounds down by less than a unit, the model by less than a thousandth a block.
            assert!(credited <= due + 1 && due <= credited + 201, "{worker}: {credited} of {due}");
        }
    });
}

#[test]
fn the_order_within_a_block_makes_no_difference() {
    let end = |order: [u8; 2]| {
        let mut result = (vec![], 0);
        run(|| {
            [5, 6].into_iter().for_each(|number| measured(number, 4 * PHA, 100));
            order.into_iter().for_each(start);
            go(7);
            set_stake(5, Some(9 * PHA));
            set_stake(6, Some(16 * PHA));
            for number in order {
                assert_ok!(Rewards::refresh(signed(9), id(number)));
                // Once more changes nothing.
                let before = (session(number), Totals::<Test>::get());
                assert_ok!(Rewards::refresh(signed(9), id(number)));
                assert_eq!((session(number), Totals::<Test>::get()), before);
            }
            go(5);
            let number = round();
            for worker in order {
                assert_ok!(answer(worker, number));
            }
            result = (vec![session(5), session(6)], earned());
        });
        result
    };
    assert_eq!(end([5, 6]), end([6, 5]));
}

#[test]
fn nothing_is_earned_within_a_block() {
    run(|| {
        measured(5, 4 * PHA, 100);
        start(5);
        let number = round();
        assert_ok!(answer(5, number));
        assert_ok!(Rewards::stop(signed(OWNER), id(5)));
        start(5);
        let number = round();
        assert_ok!(answer(5, number));
        assert_eq!((earned(), Totals::<Test>::get().budgeted), (0, 0));
    });
}

#[test]
fn a_session_cut_in_two_earns_no_more_than_a_whole_one() {
    let end = |cut: bool| {
        let mut result = 0;
        run(|| {
            [5, 6].into_iter().for_each(|number| measured(number, 4 * PHA, 100));
            [5, 6].into_iter().for_each(start);
            for blocks in [3, 4, 5] {
                go(blocks);
                let number = round();
                assert_ok!(answer(5, number));
                go(2);
                if cut {
                    assert_ok!(Rewards::stop(signed(OWNER), id(5)));
                    start(5);
                }
            }
            result = earned();
        });
        result
    };
    let (whole, cut) = (end(false), end(true));
    // The last answer is before the last cut: two of three cuts lose two blocks each, of half of what there is.
    assert_eq!(whole - cut, 2 * 2 * TO_WORKERS / 2);
}

#[test]
fn no_way_to_split_stake_and_capacity_between_two_workers_makes_the_weight_more() {
    let (rules, mut sequence) = (rules(), Sequence(3));
    for _ in 0..1_000 {
        let mut share = |of: u64| (1 + sequence.below(of), 1 + sequence.below(of));
        let (stakes, capacities) = (share(10_000), share(1_000));
        let weight = |stake: u64, capacity| weighing::weigh(&rules, 0, u128::from(stake) * PHA / 100, capacity).weight;
        let split = weight(stakes.0, capacities.0) + weight(stakes.1, capacities.1);
        let whole = weight(stakes.0 + stakes.1, capacities.0 + capacities.1);
        assert!(split <= whole, "{stakes:?} {capacities:?}: {split} of {whole}");
    }
}

#[test]
fn two_workers_with_half_of_everything_weigh_as_much_as_one() {
    run(|| {
        // Half of the stake for half of the capacity is half of the weight.
        measured(5, 4 * PHA, 100);
        measured(6, 2 * PHA, 50);
        measured(7, 2 * PHA, 50);
        [5, 6, 7].into_iter().for_each(start);
        assert_eq!((session(6).weight, session(7).weight), (session(5).weight / 2, session(5).weight / 2));
    });
}
