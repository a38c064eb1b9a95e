use std::{sync::Arc, time::Duration};

use adyton_admission::counter;
use adyton_protocol::{
    ids::AccountId,
    receipt::Transition,
    usage::{Noticed, Parameters},
};
use adyton_state::StoredAnswer;
use codec::Encode;

use super::*;
use crate::{
    code::tests::{component_that, manifest},
    contract::tests::open,
    idle::Held,
    lifecycle::{Life, Stage},
    road::{
        answer::{Answer, Asker, answer},
        request::{Call, tests::fields},
    },
    stop::tests::holding,
    view::tests::{CONTRACT, view},
    worker::{Slot, Worker},
};

const ACCOUNT: Caller = Caller::Account(AccountId([9; 32]));

fn prices(ask: u128) -> Prices {
    let parameters = Parameters { period: 5, window: 20, notice: 20, ..Parameters::default() };
    Prices { parameters, ask: Noticed::holding(ask) }
}

/// An account that pays 10 for a unit, and lets a contract use 100 units a block.
pub fn account(balance: u128, caller: Option<CallerCap>) -> GasAccount {
    let terms = Terms { price: 10, units: 100, royalty: None, caller };
    GasAccount { balance, terms: Noticed::holding(Some(terms)), settled_at: 100, ..GasAccount::default() }
}

/// How often [`CONTRACT`] used something that is not claimed yet, and how much fuel.
pub fn used(meters: &Meters) -> (u32, u64) {
    let used = meters.locked().get(&CONTRACT).map(|meter| meter.used).unwrap_or_default();
    (used.calls, used.metered.fuel)
}

/// A world of one contract.
struct World {
    meters: Meters,
    limits: Limits,
    prices: Prices,
    account: GasAccount,
    now: BlockNumber,
}

impl World {
    fn new(balance: u128) -> Self {
        let (limits, prices, account) = (Limits::default(), prices(5), account(balance, None));
        Self { meters: Meters::default(), limits, prices, account, now: 110 }
    }

    fn run(&self, who: Option<Who>, lease: u64) -> Run<'_> {
        Run {
            contract: CONTRACT,
            lease,
            limits: &self.limits,
            prices: &self.prices,
            account: &self.account,
            terms: self.account.terms_at(self.now).expect("there are terms"),
            now: self.now,
            who,
        }
    }

    fn admit(&self) -> Result<(), Refusal> {
        self.meters.admit(&self.run(None, 7))
    }

    /// One run uses so many units, by fuel.
    fn uses(&self, units: u64, who: Option<Who>) {
        let usage = Usage { fuel: units * 1_000_000, ..Usage::default() };
        self.meters.note(&self.run(who, 7), &usage, 0);
    }

    fn standing(&self) -> Standing<'_> {
        let (parameters, ask) = (&self.prices.parameters, *self.prices.ask.at(self.now));
        Standing { parameters, account: &self.account, limits: &self.limits, ask, since: 90, now: self.now }
    }

    fn claim(&self, stored: u64) -> Option<Claim> {
        self.meters.claim(CONTRACT, 7, (stored, false), &self.standing())
    }
}

fn origin(caller: Caller, trigger: Trigger) -> Origin {
    Origin { trigger, ..Origin::of_call(caller, true) }
}

#[test]
fn a_contract_runs_until_what_it_used_comes_to_its_balance() {
    let world = World::new(20);
    assert_eq!(world.admit(), Ok(()));
    world.uses(3, None);
    assert_eq!(world.admit(), Ok(()), "15 of 20 are owed");
    world.uses(1, None);
    assert_eq!(world.admit(), Err(Refusal::PaymentRequired));
    let filled = World { account: account(21, None), ..world };
    assert_eq!(filled.admit(), Ok(()));
}

#[test]
fn an_account_with_less_than_a_unit_may_cost_is_empty() {
    assert_eq!(World::new(9).admit(), Err(Refusal::PaymentRequired));
}

#[test]
fn a_worker_that_asks_more_than_the_contract_pays_does_not_run_it() {
    let world = World { prices: prices(11), ..World::new(1_000) };
    assert_eq!(world.admit(), Err(Refusal::Underpriced));
    let world = World { prices: prices(10), ..world };
    assert_eq!(world.admit(), Ok(()));
}

#[test]
fn a_contract_that_used_what_its_terms_allow_waits_until_that_is_claimed() {
    let world = World { prices: prices(0), ..World::new(1_000) };
    world.uses(1_999, None);
    assert_eq!(world.admit(), Ok(()));
    world.uses(1, None);
    assert_eq!(world.admit(), Err(Refusal::GasBudget));
}

#[test]
fn each_caller_has_a_cap_of_its_own_that_ends_with_the_period() {
    let cap = Some(CallerCap { units: 3, period: 25 });
    let mut world = World { account: account(1_000, cap), ..World::new(0) };
    let one = Some(Who::Account([1; 32]));
    let admit = |world: &World, who| world.meters.admit(&world.run(who, 7));
    world.uses(3, one);
    assert_eq!(admit(&world, one), Err(Refusal::CallerCap(15)));
    for other in [Some(Who::Account([2; 32])), Some(Who::Contract([1; 32])), Some(Who::Anybody), None] {
        assert_eq!(admit(&world, other), Ok(()), "{other:?}");
    }
    world.now = 125;
    assert_eq!(admit(&world, one), Ok(()));
}

#[test]
fn a_run_that_began_in_an_earlier_period_does_not_bring_that_back() {
    let cap = Some(CallerCap { units: 3, period: 25 });
    let mut world = World { account: account(1_000, cap), ..World::new(0) };
    let one = Some(Who::Account([1; 32]));
    world.now = 125;
    world.uses(3, one);
    world.now = 124;
    world.uses(1, Some(Who::Anybody));
    world.now = 126;
    assert_eq!(world.meters.admit(&world.run(one, 7)), Err(Refusal::CallerCap(24)));
}

#[test]
fn callers_beyond_those_that_are_told_apart_share_what_unsigned_calls_have() {
    let (mut callers, cap) = (Callers::default(), CallerCap { units: 1, period: 10 });
    for number in 0..MAX_CALLERS {
        let mut account = [0; 32];
        account[..8].copy_from_slice(&(number as u64).to_le_bytes());
        *callers.used(&cap, 10, Who::Account(account)) = 1;
    }
    *callers.used(&cap, 10, Who::Account([0xff; 32])) += 4;
    *callers.used(&cap, 10, Who::Contract([0xff; 32])) += 4;
    assert_eq!((*callers.used(&cap, 19, Who::Anybody), *callers.used(&cap, 19, Who::Account([0; 32]))), (8, 1));
    assert!(callers.units.len() <= MAX_CALLERS + 1);
    assert_eq!(*callers.used(&cap, 20, Who::Anybody), 0);
}

#[test]
fn a_cap_is_for_who_calls_and_not_for_what_the_contract_begins_or_the_chain_brings() {
    assert_eq!(Who::of(&origin(ACCOUNT, Trigger::Call)), Some(Who::Account([9; 32])));
    assert_eq!(Who::of(&origin(Caller::Contract(CONTRACT), Trigger::Call)), Some(Who::Contract(CONTRACT.0)));
    assert_eq!(Who::of(&origin(Caller::Anonymous, Trigger::Webhook(0))), Some(Who::Anybody));
    assert_eq!(Who::of(&origin(ACCOUNT, Trigger::Message(1))), None);
}

#[test]
fn what_a_run_used_is_counted_within_the_manifests_limits() {
    let world = World::new(1_000);
    let run = world.run(None, 7);
    let usage = Usage { fuel: 5, memory: 2049, egress_bytes: 30, wall: Duration::from_millis(10), ..Usage::default() };
    let metered = Metered { fuel: 5, memory: 30, egress: 37, storage: 0, tokens: 0 };
    assert_eq!(run.metered(&usage, 7), metered);
    let stopped = Usage { wall: Duration::from_secs(1 << 40), ..usage };
    let most = Metered::most(&world.limits, 1, 0);
    assert_eq!(run.metered(&stopped, 7), Metered { memory: most.memory, ..metered });
}

#[test]
fn a_claim_is_sent_again_as_it_is_until_the_account_shows_it() {
    let mut world = World::new(1_000_000);
    world.uses(4, None);
    let first = world.claim(0).expect("is ripe");
    assert_eq!((first.calls, first.after, first.metered.fuel), (1, 100, 4_000_000));
    world.uses(2, None);
    assert_eq!(world.claim(0), Some(first), "what was used meanwhile is for the next");
    world.account.settled_at = 110;
    world.now = 114;
    assert_eq!(world.claim(0), None, "the period has not passed");
    world.now = 115;
    let second = world.claim(0).expect("is ripe");
    assert_eq!((second.calls, second.after, second.metered.fuel), (1, 110, 2_000_000));
}

#[test]
fn a_run_with_an_older_account_does_not_make_a_claim_look_settled() {
    let mut world = World::new(1_000_000);
    world.uses(4, None);
    let first = world.claim(0).expect("is ripe");
    world.account.settled_at = 99;
    world.uses(2, None);
    world.account.settled_at = 100;
    assert_eq!(world.claim(0), Some(first));
}

#[test]
fn a_claim_that_is_never_taken_is_given_up_for_another() {
    let world = World::new(1_000_000);
    world.uses(4, None);
    let first = world.claim(0).expect("is ripe");
    world.uses(2, None);
    for _ in 1..claims::TRIES {
        assert_eq!(world.claim(0), Some(first));
    }
    let next = world.claim(0).expect("another is made");
    assert_eq!((next.calls, next.metered.fuel), (2, 6_000_000));
}

#[test]
fn state_is_claimed_for_with_calls_and_without_them_only_once_a_window() {
    let mut world = World::new(1_000_000);
    let stored = 10 << 20;
    assert!(!world.meters.may_claim(CONTRACT, 7, &world.standing()) && world.claim(stored).is_none());
    world.uses(1, None);
    assert!(world.meters.may_claim(CONTRACT, 7, &world.standing()));
    let claim = world.claim(stored).expect("is ripe");
    assert_eq!(claim.metered.storage, 10 * (10 << 10), "ten blocks");
    world.account.settled_at = 110;
    world.now = 129;
    assert!(!world.meters.may_claim(CONTRACT, 7, &world.standing()) && world.claim(stored).is_none());
    world.now = 130;
    assert!(world.meters.may_claim(CONTRACT, 7, &world.standing()));
    assert_eq!(world.claim(stored).map(|claim| (claim.calls, claim.metered.storage)), Some((0, 20 * (10 << 10))));
}

#[test]
fn more_than_the_terms_allow_by_now_waits_and_a_window_later_what_fits_is_claimed() {
    let mut world = World::new(1_000_000);
    world.uses(1_500, None);
    world.uses(900, None);
    assert_eq!(world.claim(0), None, "ten blocks allow a thousand units");
    world.now = 120;
    let claim = world.claim(0).expect("the window is over");
    assert_eq!(world.prices.parameters.factors.units(&claim.metered), 2_000);
    world.account.settled_at = 121;
    world.now = 126;
    // What did not fit is still there, and counts with the next call.
    world.uses(1, None);
    assert_eq!(world.claim(0).map(|claim| claim.metered.fuel), Some(401_000_000));
}

#[test]
fn what_was_used_under_another_lease_is_not_claimed() {
    let world = World::new(1_000_000);
    world.uses(4, None);
    world.meters.note(&world.run(None, 8), &Usage { fuel: 1_000_000, ..Usage::default() }, 0);
    // One that ends only now, under the earlier lease.
    world.uses(4, None);
    let claim = world.meters.claim(CONTRACT, 8, (0, false), &world.standing()).expect("is ripe");
    assert_eq!((claim.calls, claim.metered.fuel), (1, 1_000_000));
    world.meters.keep(|_, lease| lease == 9);
    assert!(world.meters.locked().is_empty());
}

/// The terms of the world, which others follow, or none, at block 115.
fn followed(next: Option<Terms>) -> GasAccount {
    let present = account(1_000_000, None).terms.present;
    GasAccount { terms: Noticed { present, next: Some((next, 115)) }, ..account(1_000_000, None) }
}

#[test]
fn what_was_used_on_terms_that_ended_is_claimed_at_once_and_apart_from_what_comes_after() {
    let dearer = Some(Terms { price: 20, units: 50, royalty: None, caller: None });
    let mut world = World { account: followed(dearer), now: 111, ..World::new(0) };
    world.uses(4, None);
    assert_eq!(world.claim(0), None, "what is used until they end would be in no claim");
    world.now = 116;
    world.uses(2, None);
    // One that began on the terms before.
    world.now = 114;
    world.uses(1, None);
    world.now = 116;
    assert!(world.meters.may_claim(CONTRACT, 7, &world.standing()));
    let closing = world.claim(1 << 10).expect("does not wait for the period");
    let metered = Metered { fuel: 5_000_000, storage: 15, ..Metered::default() };
    assert_eq!((closing.calls, closing.after, closing.metered), (2, 100, metered));
    world.account.settled_at = 115;
    world.now = 119;
    assert_eq!(world.claim(0), None, "the period has not passed");
    world.now = 120;
    let next = world.claim(0).expect("is ripe");
    assert_eq!((next.calls, next.after, next.metered.fuel), (1, 115, 2_000_000));
}

#[test]
fn what_was_not_claimed_of_terms_that_ended_is_lost_a_window_later() {
    let mut world = World { account: followed(account(0, None).terms.present), ..World::new(0) };
    world.uses(4, None);
    world.now = 136;
    world.uses(1, None);
    let claim = world.claim(0).expect("is ripe");
    assert_eq!((claim.calls, claim.metered.fuel), (1, 1_000_000));
}

#[test]
fn where_terms_end_a_contract_uses_no_more_than_can_be_claimed_until_then() {
    let mut world = World { account: followed(None), prices: prices(0), ..World::new(0) };
    world.account.settled_at = 109;
    // Six blocks of a hundred.
    world.uses(599, None);
    assert_eq!(world.admit(), Ok(()));
    world.uses(1, None);
    assert_eq!(world.admit(), Err(Refusal::GasBudget));
}

#[test]
fn the_last_claim_under_a_lease_does_not_wait_for_the_period() {
    let mut world = World::new(1_000_000);
    world.now = 102;
    world.uses(4, None);
    assert_eq!(world.claim(0), None);
    let last = || world.meters.claim(CONTRACT, 7, (0, true), &world.standing());
    let claim = last().expect("is claimed");
    assert!(claim.last && claim.metered.fuel == 4_000_000, "{claim:?}");
    assert_eq!(last(), Some(claim), "it is the same when it is sent again");
    let unused = World { now: 102, ..World::new(1_000_000) };
    assert_eq!(unused.meters.claim(CONTRACT, 7, (0, true), &unused.standing()), None, "there is nothing to claim");
}

#[test]
fn what_other_contracts_did_that_a_run_called_is_theirs_to_pay() {
    let world = World::new(1_000);
    let usage = Usage { fuel: 9, called_fuel: 4, ..Usage::default() };
    assert_eq!(world.run(None, 7).metered(&usage, 0).fuel, 5);
}

#[tokio::test]
async fn a_contract_that_pays_too_little_is_not_leased() {
    let view = view(Duration::from_secs(60)).await;
    let facts = |gas| ContractFacts { gas, ..view.contracts[&CONTRACT].clone() };
    assert!(pays_enough(&prices(11), &facts(None), 110), "it runs for nothing");
    assert!(pays_enough(&prices(10), &facts(Some(account(0, None))), 110));
    assert!(!pays_enough(&prices(11), &facts(Some(account(0, None))), 110));
    let rising = Prices { ask: Noticed { present: 10, next: Some((11, 115)) }, ..prices(10) };
    let enough = |now| pays_enough(&rising, &facts(Some(account(0, None))), now);
    assert_eq!([109, 110].map(enough), [true, false], "it would be given back a period later");
}

#[test]
fn who_waits_longest_is_claimed_for_first() {
    let waiting = vec![(50, "b"), (600, "a"), (49, "c")];
    assert_eq!(claims::longest_first(waiting).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[tokio::test]
async fn nothing_is_claimed_for_a_contract_that_excludes_the_worker() {
    let worker = holding(true, 1).await.0;
    let contract = Arc::new(open(&worker.engine, manifest()).await);
    worker.contracts.write().expect("is whole").insert(CONTRACT, Slot::Ready(contract.clone()));
    let mut shown = view(Duration::from_secs(60)).await;
    shown.prices.parameters = Parameters { period: 1, window: 1, notice: 1, ..Parameters::default() };
    let facts = shown.contracts.get_mut(&CONTRACT).expect("is in the view");
    facts.gas = Some(GasAccount { settled_at: 0, ..account(1_000, None) });
    facts.lease.as_mut().expect("is held").since = 0;
    let run = Run::of(&contract, &shown, &origin(ACCOUNT, Trigger::Call)).expect("it pays");
    worker.gas.note(&run, &Usage { fuel: 1_000_000, ..Usage::default() }, 0);
    let claims = claims::ripe(&worker, &shown, 16).await;
    assert_eq!(claims.iter().map(|claim| claim.calls).collect::<Vec<_>>(), [1]);
    let facts = shown.contracts.get_mut(&CONTRACT).expect("is in the view");
    facts.record.policy.kinds.clear();
    assert!(claims::ripe(&worker, &shown, 16).await.is_empty());
}

/// The chain says this of [`CONTRACT`]'s account.
async fn shows(worker: &Worker, account: GasAccount) {
    let mut newer = view(Duration::from_secs(60)).await;
    newer.contracts.get_mut(&CONTRACT).expect("is in the view").gas = Some(account);
    worker.view.send_replace(Some(Arc::new(newer)));
}

#[tokio::test]
async fn a_run_whose_caller_goes_away_is_metered_up_to_then_and_commits_nothing() {
    let worker = Arc::new(holding(true, 1).await.0);
    let module = worker.engine.compile(&component_that("(loop (br 0)) unreachable"), &manifest()).expect("it compiles");
    let contract = open(&worker.engine, manifest()).await;
    let contract = Arc::new(Contract { code: module.code(), module: Held::new(module, counter()), ..contract });
    shows(&worker, account(1_000, None)).await;
    let now = worker.view().expect("there is one").now_ms() / 1000;
    let fields = adyton_protocol::call::CallFields { not_after: now + 60, ..fields() };
    let call = Call::own(fields, "GET".into(), "/".into(), vec![], vec![]);
    let before = contract.store.head().await.expect("reads");
    let run = answer(&worker, &contract, &call, Origin::of_call(ACCOUNT, true), None);
    tokio::time::timeout(Duration::from_millis(200), run).await.expect_err("it spins for ever");
    let used = worker.gas.locked().get(&CONTRACT).map(|meter| meter.used).expect("it ran");
    assert!(used.calls == 1 && used.metered.fuel > 1_000_000, "{used:?}");
    assert_eq!(contract.store.head().await.expect("reads"), before);
    assert!(contract.inside.try_acquire().is_ok(), "its room is free");
}

#[tokio::test]
async fn a_paused_contract_is_not_run_gives_answers_that_it_gave_and_is_run_and_metered_when_it_can_pay() {
    let worker = Arc::new(holding(true, 1).await.0);
    let contract = Arc::new(open(&worker.engine, manifest()).await);
    shows(&worker, account(0, None)).await;
    let now = worker.view().expect("there is one").now_ms() / 1000;
    let fields = adyton_protocol::call::CallFields { not_after: now + 60, ..fields() };
    let call = Call::own(fields, "GET".into(), "/".into(), vec![], vec![]);
    let origin = Origin::of_call(Caller::Anonymous, true);
    let answered = || answer(&worker, &contract, &call, origin, None);
    let before = contract.store.head().await.expect("reads");
    assert_eq!(answered().await, Err(Refusal::PaymentRequired));
    assert_eq!(contract.store.head().await.expect("reads"), before, "nothing has changed");
    // What it waits for is the same while its code has not begun.
    let owed = Life::at(Stage::Owed(Transition::Init));
    let owed = Arc::new(Contract { life: owed, ..open(&worker.engine, manifest()).await });
    assert_eq!(answer(&worker, &owed, &call, origin, None).await, Err(Refusal::PaymentRequired));

    shows(&worker, account(1_000, None)).await;
    assert!(matches!(answered().await, Err(Refusal::Trapped(_))), "its code does nothing else");
    let (calls, fuel) =
        worker.gas.locked().get(&CONTRACT).map(|meter| (meter.used.calls, meter.used.metered.fuel)).expect("ran");
    assert!(calls == 1 && fuel > 0, "what it used counts although it failed: {fuel}");

    let asker = Asker::new(&Caller::Anonymous, true);
    let kept = Answer {
        request: call.digest,
        asker,
        status: 200,
        fields: vec![],
        content: b"kept".to_vec(),
        receipt: vec![],
        sequence: 0,
    };
    let prepared = contract.store.prepare(contract.store.begin().await.expect("begins")).await.expect("prepares");
    let stored = StoredAnswer { request: call.fields.request_id, bytes: kept.encode().into(), expires_unix: u64::MAX };
    contract.store.commit(prepared, Some(stored)).await.expect("commits");
    shows(&worker, account(0, None)).await;
    assert_eq!(answered().await, Ok(kept));
}
