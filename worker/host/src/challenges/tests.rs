use adyton_admission::counter;
use adyton_chain_client::{fixture::FixtureSource, verifier::Freshness};
use adyton_protocol::{
    challenge::{Capacity, Machine, Order},
    ids::Digest,
    rewards::Session,
};
use codec::Encode;

use super::*;
use crate::{
    stop::tests::holding,
    view::tests::{WORKER, own, view},
};

/// A round that challenges everybody until block 50, and measures everybody until block 30.
fn round(number: u64) -> Round {
    Round {
        number,
        previous: number - 1,
        value: [number as u8; 32],
        block: 10,
        challenged_below: u64::MAX,
        answer_until: 50,
        measured_below: u64::MAX,
        measure_until: 30,
    }
}

fn open(rounds: impl IntoIterator<Item = Round>) -> BTreeMap<u64, Round> {
    rounds.into_iter().map(|round| (round.number, round)).collect()
}

fn session(settled: u64) -> Session {
    Session {
        pool: 1,
        started_at: 1,
        stake: 1,
        capacity: 1,
        weight: 1,
        index: 0,
        pending: 0,
        settled,
        answered_at: 1,
        earned: 0,
        away_since: None,
    }
}

/// A worker that works for a reward, never answered and was never measured.
fn working() -> Work {
    Work {
        newest_round: 1,
        session: Some(session(0)),
        capacity: None,
        machine: Digest([6; 32]),
        measurements: Machine::default(),
    }
}

fn with_capacity(work: Work, round: u64) -> Work {
    let capacity = Capacity { machine: work.machine, round, units: 1, capacity: 1, missed: 0 };
    Work { capacity: Some(capacity), ..work }
}

fn ordered(work: Work, after: u64) -> Work {
    let order = Some(Order { after, block: 9 });
    Work { measurements: Machine { order, ..Machine::default() }, ..work }
}

fn answered(open: &BTreeMap<u64, Round>, work: &Work, head: BlockNumber) -> Option<u64> {
    answered_after(open, 0, work, head)
}

fn answered_after(open: &BTreeMap<u64, Round>, late: u64, work: &Work, head: BlockNumber) -> Option<u64> {
    to_answer(open, late, &WORKER, work, head).map(|round| round.number)
}

fn measures(open: &BTreeMap<u64, Round>, work: &Work, head: BlockNumber) -> Option<u64> {
    to_measure(open, work, head).map(|round| round.number)
}

#[test]
fn the_newest_round_that_is_not_settled_is_answered_while_a_block_can_still_carry_it() {
    let rounds = open([round(1), round(2), Round { challenged_below: 0, ..round(3) }]);
    assert_eq!(answered(&rounds, &working(), 10), Some(2));
    assert_eq!((answered(&rounds, &working(), 49), answered(&rounds, &working(), 50)), (Some(2), None));
    let settled = |round| Work { session: Some(session(round)), ..working() };
    assert_eq!((answered(&rounds, &settled(1), 10), answered(&rounds, &settled(2), 10)), (Some(2), None));
}

#[test]
fn a_round_that_challenges_others_and_a_worker_that_works_for_no_reward_are_not_answered() {
    let others = open([Round { challenged_below: 0, ..round(1) }]);
    assert_eq!(answered(&others, &working(), 10), None);
    assert_eq!(answered(&open([round(1)]), &Work { session: None, ..working() }, 10), None);
}

#[test]
fn a_worker_that_is_away_or_has_missed_a_round_answers_any_later_one_and_no_other() {
    let others = |number| Round { challenged_below: 0, ..round(number) };
    let rounds = open([others(3), others(4)]);
    let away = Work { session: Some(Session { away_since: Some(7), ..session(1) }), ..working() };
    assert_eq!((answered(&rounds, &away, 10), answered(&rounds, &away, 50)), (Some(4), None));
    let missed = Work { session: Some(session(1)), ..working() };
    assert_eq!(answered_after(&rounds, 2, &missed, 10), Some(4));
    assert_eq!(answered_after(&rounds, 4, &missed, 10), None, "these came before the one that it missed");
    assert_eq!(answered(&rounds, &missed, 10), None, "it has missed none");
    let settled = Work { session: Some(session(2)), ..working() };
    assert_eq!(answered_after(&rounds, 2, &settled, 10), None, "that one is settled");
}

#[test]
fn a_round_is_late_when_no_block_can_carry_its_answer() {
    let rounds = open([round(1), round(2), Round { challenged_below: 0, ..round(3) }]);
    assert_eq!((late(&rounds, &WORKER, 49), late(&rounds, &WORKER, 50)), (0, 2));
}

#[test]
fn the_newest_round_that_measures_this_machine_is_worked_for_until_the_result_has_to_leave() {
    let rounds = open([round(1), round(2)]);
    assert_eq!(measures(&rounds, &working(), 10), Some(2));
    assert_eq!(measures(&rounds, &with_capacity(working(), 2), 10), None, "the chain has its result");
    let elsewhere = Work { machine: Digest([7; 32]), ..with_capacity(working(), 2) };
    assert_eq!(measures(&rounds, &elsewhere, 10), Some(2), "that was on another machine");
    let outdated = Machine { round: 3, ..Machine::default() };
    assert_eq!(measures(&rounds, &Work { measurements: outdated, ..working() }, 10), None, "a later one was begun");
    assert_eq!((measures(&rounds, &working(), 23), measures(&rounds, &working(), 24)), (Some(2), None));
    let others = open([Round { measured_below: 0, ..round(1) }]);
    assert_eq!(measures(&others, &working(), 10), None);
}

#[test]
fn without_a_reward_only_a_measurement_that_was_ordered_is_worked_for() {
    let idle = Work { session: None, ..working() };
    let rounds = open([round(1), round(2)]);
    assert_eq!(measures(&rounds, &idle, 10), None);
    assert_eq!(measures(&rounds, &ordered(idle.clone(), 0), 10), Some(1));
    assert_eq!(measures(&rounds, &ordered(idle.clone(), 2), 10), None, "that one has not come yet");
    assert!(is_asked(&working()) && is_asked(&ordered(idle.clone(), 0)) && !is_asked(&idle));
}

#[test]
fn without_a_reward_a_worker_that_has_missed_one_by_lot_works_for_one_by_lot() {
    let rounds = open([round(1), round(2)]);
    let idle = Work { session: None, ..with_capacity(working(), 1) };
    assert!(measures(&rounds, &idle, 10).is_none() && !is_asked(&idle));
    let capacity = idle.capacity.clone().map(|capacity| Capacity { missed: 1, ..capacity });
    let missed = Work { capacity, ..idle };
    assert!(measures(&rounds, &missed, 10) == Some(2) && is_asked(&missed));
}

#[test]
fn the_work_ends_so_long_before_the_deadline_that_its_result_comes_in_time_but_never_before_half_of_it() {
    assert_eq!(work_until(&round(1)), 24);
    assert_eq!(work_until(&Round { measure_until: 18, ..round(1) }), 14);
    assert_eq!(work_until(&Round { measure_until: 10, ..round(1) }), 10);
    assert_eq!(work_until(&Round { measure_until: 0, ..round(1) }), 0);
}

/// The newest view of the chain that this worker reads.
async fn seen(worker: &Worker, work: Work) -> View {
    let mut freshness = Freshness::new(WORKER, Duration::from_secs(60));
    freshness.challenge(own().heartbeat.nonce, counter()).expect("a nonce");
    let tip = worker.chain.reader.read(&[freshness.key()]).await.expect("reads");
    assert!(freshness.observe(&tip.values, counter()).expect("observes"));
    let head = freshness.accept(tip.head, counter()).expect("is fresh");
    View { head, work, ..view(Duration::from_secs(60)).await }
}

/// Makes blocks up to this one, with these rounds in their state.
fn reach(source: &FixtureSource, block: BlockNumber, rounds: &[Round]) {
    let mut chain = source.chain();
    for round in rounds {
        chain.set(storage::round(round.number), round.encode());
    }
    while chain.head().at.number < block {
        chain.seal(&[], &[]);
    }
}

async fn worker() -> (Arc<Worker>, Arc<FixtureSource>) {
    let (worker, source) = holding(true, 1).await;
    (Arc::new(worker), source)
}

fn numbers(challenges: &Challenges) -> Vec<u64> {
    challenges.open.keys().copied().collect()
}

#[tokio::test]
async fn rounds_are_read_back_from_the_newest_to_the_last_one_seen_or_the_first_that_is_over() {
    let (worker, source) = worker().await;
    let over = Round { answer_until: 11, measure_until: 11, ..round(4) };
    // The sixth never came.
    let seventh = Round { previous: 5, ..round(7) };
    reach(&source, 11, &[round(3), over, round(5), seventh.clone()]);
    let work = |newest_round| Work { newest_round, session: Some(session(4)), ..working() };
    let at = async |newest_round| seen(&worker, work(newest_round)).await;
    let mut challenges = Challenges::default();
    challenges.learn(&worker, &at(7).await).await.expect("reads");
    assert_eq!((numbers(&challenges), challenges.seen), (vec![5, 7], 7));
    assert_eq!(challenges.open.get(&7), Some(&seventh));
    let asked = source.requests();
    challenges.learn(&worker, &at(7).await).await.expect("reads");
    assert!(source.requests() - asked < 3, "only the view's own head and proof are asked for");
    reach(&source, 12, &[Round { previous: 7, ..round(8) }]);
    challenges.learn(&worker, &at(8).await).await.expect("reads");
    assert_eq!(numbers(&challenges), vec![5, 7, 8]);
}

#[tokio::test]
async fn after_an_outage_a_worker_finds_the_round_that_it_missed_and_answers_the_newest() {
    let (worker, source) = worker().await;
    let missed = Round { answer_until: 10, measure_until: 10, ..round(2) };
    let others = |number| Round { challenged_below: 0, measured_below: 0, ..round(number) };
    let over = Round { answer_until: 11, measure_until: 11, ..others(3) };
    reach(&source, 11, &[missed, over, others(4)]);
    let work = Work { newest_round: 4, session: Some(session(1)), ..working() };
    let mut challenges = Challenges::default();
    challenges.look(&worker, &seen(&worker, work).await).await;
    assert_eq!((numbers(&challenges), challenges.late), (vec![4], 2));
    let sent = submitted(&source).await;
    assert!(sent.len() == 1 && sent[0].ends_with(&Call::Rewards(Rewards::Answer { round: 4 }).encoded()), "{sent:?}");
}

#[tokio::test]
async fn a_round_in_whose_place_a_later_one_stands_is_not_taken_for_it() {
    let (worker, source) = worker().await;
    let newer = round(1 + adyton_protocol::challenge::ROUNDS);
    reach(&source, 11, &[newer]);
    let mut challenges = Challenges::default();
    challenges.learn(&worker, &seen(&worker, working()).await).await.expect("reads");
    assert!(challenges.open.is_empty());
}

#[tokio::test]
async fn a_worker_that_is_asked_nothing_reads_nothing_and_says_nothing() {
    let (worker, source) = worker().await;
    reach(&source, 11, &[round(1)]);
    let mut challenges = Challenges::default();
    challenges.look(&worker, &seen(&worker, Work { session: None, ..working() }).await).await;
    assert!(challenges.open.is_empty() && challenges.work.is_none());
    assert!(source.pool().is_empty());
}

/// What the worker has submitted, when it has.
async fn submitted(source: &FixtureSource) -> Vec<Vec<u8>> {
    timeout(Duration::from_secs(60), async {
        while source.pool().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("something is submitted");
    source.pool().clone()
}

#[tokio::test]
async fn a_challenge_is_answered_once_at_a_time() {
    let (worker, source) = worker().await;
    reach(&source, 11, &[Round { measured_below: 0, ..round(1) }]);
    let view = seen(&worker, working()).await;
    let mut challenges = Challenges::default();
    for _ in 0..3 {
        challenges.look(&worker, &view).await;
    }
    let sent = submitted(&source).await;
    assert!(sent.len() == 1 && sent[0].ends_with(&Call::Rewards(Rewards::Answer { round: 1 }).encoded()), "{sent:?}");
    assert!(challenges.work.is_none());
}

#[tokio::test]
async fn a_worker_whose_evidence_no_longer_holds_answers_nothing_begins_no_work_and_keeps_its_result() {
    let (worker, source) = worker().await;
    reach(&source, 11, &[round(1)]);
    let view = View { invalid: Some("its verdict has ended".into()), ..seen(&worker, working()).await };
    let mut challenges = Challenges { result: Some((round(1), 5)), ..Challenges::default() };
    challenges.look(&worker, &view).await;
    sleep(Duration::from_millis(100)).await;
    assert!(source.pool().is_empty());
    for way in [&challenges.answers, &challenges.results] {
        assert!(!way.busy.load(Ordering::SeqCst));
    }
    assert!(challenges.work.is_none() && challenges.result.is_some());
}

#[tokio::test]
async fn a_measurements_work_goes_on_until_its_block_is_finalized_and_then_its_units_are_posted() {
    let (worker, source) = worker().await;
    reach(&source, 11, &[Round { challenged_below: 0, ..round(1) }]);
    let mut challenges = Challenges::default();
    challenges.look(&worker, &seen(&worker, working()).await).await;
    let units = async |challenges: &Challenges| {
        let (_, workload) = challenges.work.as_ref().expect("it works");
        while workload.units() == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(120), units(&challenges)).await.expect("a unit is done");
    reach(&source, 23, &[]);
    challenges.look(&worker, &seen(&worker, working()).await).await;
    assert!(challenges.work.is_some() && challenges.result.is_none(), "there is time left");
    reach(&source, 24, &[]);
    challenges.look(&worker, &seen(&worker, working()).await).await;
    assert!(challenges.work.is_none(), "it does not begin anew");
    let (_, units) = challenges.result.clone().expect("a result");
    assert!(units > 0);
    let sent = submitted(&source).await;
    let call = Call::Rewards(Rewards::Measured { round: 1, units }).encoded();
    assert!(sent.len() == 1 && sent[0].ends_with(&call), "{sent:?}");
    // The chain has it, or can have it no more.
    let taken = seen(&worker, with_capacity(working(), 1)).await;
    for later in [taken, {
        reach(&source, 30, &[]);
        seen(&worker, working()).await
    }] {
        let mut after = Challenges { result: Some((round(1), units)), ..Challenges::default() };
        after.end_work(&later, later.block().number);
        assert!(after.result.is_none());
    }
}

#[tokio::test]
async fn work_is_given_up_when_the_view_is_gone() {
    let workload = begin([1; 32], WORKER).await.expect("begins");
    let mut challenges = Challenges { work: Some((round(1), workload)), ..Challenges::default() };
    challenges.give_up();
    assert!(challenges.work.is_none() && challenges.result.is_none());
}
