//! That nothing grows with the population.

use polkadot_sdk::*;
use sp_state_machine::BasicExternalities;

use crate::{Population, Size, rows};

fn population(each: u32) -> Population {
    Population::new(Size { workers: each, delegators: each, contracts: each })
}

#[test]
fn calls_and_hooks_read_and_write_as_much_and_weigh_the_same_with_a_hundred_times_as_many_there() {
    let (few, many) = (rows(&population(10), 1), rows(&population(1_000), 1));
    assert_eq!(few.len(), many.len());
    for (few, many) in few.iter().zip(&many) {
        assert!(few.count.reads > 0 && few.count.writes > 0, "{} does something", few.name);
        assert_eq!((few.name, few.count, few.weight), (many.name, many.count, many.weight));
    }
}

#[test]
fn the_population_is_a_state_in_which_all_invariants_hold() {
    let population = population(20);
    BasicExternalities::execute_with_storage(&mut population.storage(), || {
        adyton_runtime::Workers::do_try_state().expect("workers' invariants hold");
        adyton_runtime::Pools::do_try_state().expect("pools' invariants hold");
        adyton_runtime::Rewards::do_try_state().expect("the rewards' invariants hold");
        adyton_runtime::Contracts::do_try_state().expect("contracts' invariants hold");
        adyton_runtime::Usage::do_try_state().expect("the invariants of gas hold");
    });
}

#[test]
fn a_worker_and_a_delegator_are_as_much_state_as_the_documents_say() {
    let state = population(100).state();
    assert!((1_700..2_100).contains(&state.workers), "about 1.9 kB of each worker: {state:?}");
    assert!((420..500).contains(&state.delegators), "about 460 bytes of each delegator: {state:?}");
}
