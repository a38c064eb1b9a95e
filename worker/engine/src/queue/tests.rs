use std::{cmp::Reverse, collections::BinaryHeap};

use super::*;

const RULES: Rules = Rules { places: 2, places_each: 2, reserved: 0, waiting: 100, waiting_each: 10, first_cost: 10 };

fn begins(asked: Asked) -> Ticket {
    match asked {
        Asked::Begins(ticket) => ticket,
        other => panic!("does not begin: {other:?}"),
    }
}

fn waits(asked: Asked) -> Ticket {
    match asked {
        Asked::Waits(ticket) => ticket,
        other => panic!("does not wait: {other:?}"),
    }
}

#[test]
fn who_finds_a_place_free_begins_at_once_and_the_others_wait() {
    let mut queue = Queue::new(RULES);
    let first = begins(queue.ask('a'));
    begins(queue.ask('b'));
    let third = waits(queue.ask('a'));
    assert_eq!(queue.give_back('a', first, 1), [Some(third), None]);
    assert_eq!(queue.give_back('a', third, 1), [None, None]);
}

#[test]
fn no_contract_takes_more_places_than_one_may() {
    let mut queue = Queue::new(Rules { places: 10, places_each: 2, ..RULES });
    let first = begins(queue.ask('a'));
    begins(queue.ask('a'));
    let third = waits(queue.ask('a'));
    begins(queue.ask('b'));
    assert_eq!(queue.give_back('a', first, 1), [Some(third), None]);
}

#[test]
fn a_contract_with_too_many_waiting_is_turned_away_and_no_other_is() {
    let mut queue = Queue::new(RULES);
    for _ in 0..2 {
        begins(queue.ask('a'));
    }
    for _ in 0..10 {
        waits(queue.ask('a'));
    }
    assert_eq!(queue.ask('a'), Asked::Full);
    waits(queue.ask('b'));
}

#[test]
fn no_more_wait_together_than_may_but_one_of_each_contract() {
    let mut queue = Queue::new(Rules { waiting: 3, ..RULES });
    for _ in 0..5 {
        assert_ne!(queue.ask('a'), Asked::Full);
    }
    assert_eq!(queue.ask('a'), Asked::Full);
    waits(queue.ask('b'));
    assert_eq!(queue.ask('b'), Asked::Full);
}

#[test]
fn who_asks_first_waits_before_its_own_contracts_however_many_those_are_and_not_before_others() {
    let mut queue = Queue::new(Rules { places: 1, ..RULES });
    let runs = begins(queue.ask('a'));
    let own: Vec<_> = (0..10).map(|_| waits(queue.ask('a'))).collect();
    let other = waits(queue.ask('b'));
    assert_eq!(queue.ask('a'), Asked::Full);
    let first = waits(queue.ask_first('a'));
    assert_eq!(queue.give_back('a', runs, 10), [Some(other), None], "the other contract has had nothing yet");
    assert_eq!(queue.give_back('b', other, 100), [Some(first), None]);
    assert_eq!(queue.give_back('a', first, 10), [Some(own[0]), None]);
}

#[test]
fn who_asks_first_and_gives_up_leaves_the_others_as_they_were() {
    let mut queue = Queue::new(Rules { places: 1, ..RULES });
    let runs = begins(queue.ask('a'));
    let next = waits(queue.ask('a'));
    let first = waits(queue.ask_first('a'));
    assert_eq!(queue.give_back('a', first, 0), [None, None]);
    assert_eq!(queue.give_back('a', runs, 10), [Some(next), None]);
    assert_eq!(queue.give_back('a', next, 10), [None, None]);
    begins(queue.ask_first('a'));
}

#[test]
fn a_place_is_kept_for_a_contract_of_which_nothing_runs() {
    let mut queue = Queue::new(Rules { places: 4, places_each: 4, reserved: 1, ..RULES });
    let [first, second, _] = [(); 3].map(|()| begins(queue.ask('a')));
    let waiting = waits(queue.ask('a'));
    let other = begins(queue.ask('b'));
    let next = waits(queue.ask('b'));
    assert_eq!(queue.give_back('b', other, 1), [Some(next), None]);
    assert_eq!(queue.give_back('a', first, 1), [None, None], "the one that is free is kept");
    assert_eq!(queue.give_back('a', second, 1), [Some(waiting), None]);
}

#[test]
fn who_has_nothing_left_that_runs_takes_the_place_that_was_kept() {
    let mut queue = Queue::new(Rules { places: 4, places_each: 4, reserved: 1, ..RULES });
    let dear = begins(queue.ask('a'));
    begins(queue.ask('b'));
    begins(queue.ask('b'));
    let (of_a, of_b) = (waits(queue.ask('a')), waits(queue.ask('b')));
    // `b` owes less and goes first; `a` begins besides.
    assert_eq!(queue.give_back('a', dear, 1000), [Some(of_b), Some(of_a)]);
}

#[test]
fn who_leaves_the_queue_is_not_begun_and_makes_room() {
    let mut queue = Queue::new(Rules { places: 1, waiting: 2, ..RULES });
    let running = begins(queue.ask('a'));
    let gone = waits(queue.ask('b'));
    let stays = waits(queue.ask('c'));
    assert_eq!(queue.ask('c'), Asked::Full);
    assert_eq!(queue.give_back('b', gone, 0), [None, None]);
    waits(queue.ask('c'));
    assert_eq!(queue.give_back('a', running, 1), [Some(stays), None]);
}

#[test]
fn a_ticket_that_is_given_back_twice_frees_one_place() {
    let mut queue = Queue::new(Rules { places: 1, ..RULES });
    let running = begins(queue.ask('a'));
    let next = waits(queue.ask('b'));
    let last = waits(queue.ask('c'));
    assert_eq!(queue.give_back('a', running, 1), [Some(next), None]);
    assert_eq!(queue.give_back('a', running, 1), [None, None]);
    assert_eq!(queue.give_back('b', next, 1), [Some(last), None]);
}

#[test]
fn the_quiet_save_up_no_turns() {
    let mut queue = Queue::new(Rules { places: 1, ..RULES });
    // `a` works alone for long; then `b` comes: it is not owed all of that.
    for _ in 0..1000 {
        let ticket = begins(queue.ask('a'));
        queue.give_back('a', ticket, 10);
    }
    let mut running = ('a', begins(queue.ask('a')));
    let mut waiting = HashMap::new();
    for lane in ['b', 'b', 'b', 'b', 'a', 'a', 'a', 'a'] {
        waiting.insert(waits(queue.ask(lane)), lane);
    }
    let mut order = String::new();
    while let [Some(next), _] = queue.give_back(running.0, running.1, 10) {
        running = (waiting[&next], next);
        order.push(running.0);
    }
    assert!(order[..4].matches('a').count() >= 1, "{order}");
}

#[test]
fn who_sends_one_dear_call_after_the_other_owes_what_they_cost() {
    let mut queue = Queue::new(Rules { places: 1, ..RULES });
    let dear = begins(queue.ask('d'));
    let cheap = waits(queue.ask('c'));
    assert_eq!(queue.give_back('d', dear, 1000), [Some(cheap), None]);
    // Both ask again and again, each with one call at a time.
    let (mut cost, mut running) = ((1000, 0), ('c', cheap));
    let mut tickets = HashMap::from([(waits(queue.ask('d')), 'd')]);
    for _ in 0..500 {
        tickets.insert(waits(queue.ask(running.0)), running.0);
        let price = if running.0 == 'd' { 1000 } else { 10 };
        if running.0 == 'd' {
            cost.0 += price
        } else {
            cost.1 += price
        }
        let [next, _] = queue.give_back(running.0, running.1, price);
        let next = next.expect("somebody waits");
        running = (tickets[&next], next);
    }
    assert!(cost.0.abs_diff(cost.1) <= 2000, "{cost:?}");
}

#[test]
fn contracts_that_were_here_once_are_not_remembered_for_ever() {
    let mut queue = Queue::new(RULES);
    for lane in 0..10 * REMEMBERED {
        let ticket = begins(queue.ask(lane));
        queue.give_back(lane, ticket, 1000);
    }
    assert!(queue.lanes.len() <= 2 * REMEMBERED, "{}", queue.lanes.len());
}

/// A worker with one clock: calls that arrive at their time, run for what they cost, and wait as the queue says.
/// Gives each call's contract and how long it waited, in the order in which they began.
fn simulate(rules: Rules, mut arrivals: Vec<(u64, usize, u64)>) -> Vec<(usize, u64)> {
    let mut queue = Queue::new(rules);
    let mut calls: HashMap<Ticket, (usize, u64, u64)> = HashMap::new();
    let mut ends: BinaryHeap<Reverse<(u64, Ticket)>> = BinaryHeap::new();
    let mut began = Vec::new();
    arrivals.sort_by_key(|(at, _, _)| Reverse(*at));
    loop {
        let arrival = arrivals.last().map(|(at, _, _)| *at);
        let end = ends.peek().map(|Reverse((at, _))| *at);
        let now = match (arrival, end) {
            (None, None) => return began,
            (Some(at), None) | (None, Some(at)) => at,
            (Some(arrival), Some(end)) => arrival.min(end),
        };
        let begun = if end == Some(now) {
            let Some(Reverse((_, ticket))) = ends.pop() else { unreachable!("it was looked at") };
            let (lane, _, cost) = calls[&ticket];
            queue.give_back(lane, ticket, cost)
        } else {
            let (_, lane, cost) = arrivals.pop().expect("it was looked at");
            match queue.ask(lane) {
                Asked::Begins(ticket) => {
                    calls.insert(ticket, (lane, now, cost));
                    [Some(ticket), None]
                }
                Asked::Waits(ticket) => {
                    calls.insert(ticket, (lane, now, cost));
                    [None, None]
                }
                Asked::Full => [None, None],
            }
        };
        for ticket in begun.into_iter().flatten() {
            let (lane, asked, cost) = calls[&ticket];
            began.push((lane, now - asked));
            ends.push(Reverse((now + cost, ticket)));
        }
    }
}

#[test]
fn one_greedy_contract_does_not_keep_ten_polite_ones_waiting() {
    let rules = Rules { places: 4, places_each: 4, reserved: 0, waiting: 1000, waiting_each: 256, first_cost: 10 };
    // Contract 0 sends 200 calls at once, each ten times as dear as the others'; the others send one now and then.
    let mut arrivals: Vec<_> = (0..200).map(|_| (0, 0, 100)).collect();
    for lane in 1..=10_u64 {
        arrivals.extend((0..20).map(|round| (lane * 7 + round * 200, lane as usize, 10)));
    }
    let began = simulate(rules, arrivals);
    let worst = began.iter().filter(|(lane, _)| *lane != 0).map(|(_, waited)| *waited).max();
    assert!(worst <= Some(110), "a polite call waits for one call of the greedy one at most, not {worst:?}");
    assert_eq!(began.len(), 400);
}

#[test]
fn contracts_that_always_wait_get_the_same_share_of_cost_not_of_calls() {
    let rules = Rules { places: 1, places_each: 1, reserved: 0, waiting: 10_000, waiting_each: 10_000, first_cost: 10 };
    let mut arrivals: Vec<_> = (0..100).map(|_| (0, 0, 100)).collect();
    arrivals.extend((0..1000).map(|_| (0, 1, 10)));
    let began = simulate(rules, arrivals);
    // While both wait, that is for the first half of each, costs stay together.
    let (mut dear, mut cheap) = (0_u64, 0_u64);
    for (lane, _) in began.iter().take(500) {
        if *lane == 0 {
            dear += 100
        } else {
            cheap += 10
        }
        assert!(dear.abs_diff(cheap) <= 300, "{dear} against {cheap}");
    }
}

#[test]
fn contracts_whose_calls_only_wait_do_not_keep_a_polite_one_out() {
    let rules = Rules { places: 64, places_each: 16, reserved: 16, waiting: 4096, waiting_each: 256, first_cost: 10 };
    // Sixteen contracts fill every place and the queue with calls of a minute each, all at the same moment.
    let mut arrivals: Vec<_> = (1..=16).flat_map(|lane| (0..300).map(move |_| (0, lane, 60_000))).collect();
    arrivals.extend((1..1200).map(|round| (round * 500, 0, 10)));
    let waits: Vec<_> = simulate(rules, arrivals).into_iter().filter(|(lane, _)| *lane == 0).collect();
    assert_eq!(waits.len(), 1199, "every polite call is served");
    assert_eq!(waits.iter().map(|(_, waited)| *waited).max(), Some(0));
}
