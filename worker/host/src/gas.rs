//! Gas: what contracts with terms use is metered here, and claimed at the chain; a contract that cannot pay is not run.
//!
//! Every run passes [`Meters::admit`] when it has its place, and what it used is noted when it has ended, whatever came
//! of it, also where its caller went away before ([`CutOff`]), but for what the worker itself failed at. Both go by the
//! contract's account in the proven view. What is noted and not claimed yet ([`claims`]) counts against the balance;
//! calls that run at the same time may go beyond it by what they use, which is then the worker's loss. A refusal changes
//! nothing: stored answers are still given, and what nobody called for stays due until the account is filled. A contract
//! that will pay less than the worker asks is given back ([`leaves`]).
//!
//! What stands here is lost with the process, and so for the worker to earn: what was used since the last claim, a period
//! and the time that a claim takes. A contract never pays for it twice. `specs/gas.md` has the whole of it.

pub mod claims;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use adyton_engine::{Usage, costs};
use adyton_protocol::{
    ids::{BlockNumber, ContractId},
    manifest::Limits,
    receipt::Caller,
    usage::{CallerCap, Claim, GasAccount, Metered, Parameters, Standing, Terms, kib},
};

use crate::{
    contract::Contract,
    error::Refusal,
    road::answer::{Origin, Trigger},
    view::{ContractFacts, Prices, View},
    worker::Worker,
};

/// The most callers of one contract that are told apart in a period; those beyond share what unsigned calls have.
const MAX_CALLERS: usize = 10_000;

/// Whether the worker with these prices may run the contract for what it pays, now and a period later; it leases no
/// other.
pub fn pays_enough(prices: &Prices, facts: &ContractFacts, now: BlockNumber) -> bool {
    [now, now.saturating_add(prices.parameters.period)].into_iter().all(|at| {
        let terms = facts.gas.as_ref().and_then(|account| account.terms_at(at));
        terms.is_none_or(|terms| *prices.ask.at(at) <= terms.price)
    })
}

/// Whether the worker gives the contract's lease back: it pays too little, which both sides knew a notice ahead, or the
/// last claim under the lease was taken. What was used on terms that ended is claimed before, or lost, a window later.
pub fn leaves(prices: &Prices, facts: &ContractFacts, now: BlockNumber) -> bool {
    let (Some(account), Some(lease)) = (&facts.gas, &facts.lease) else { return false };
    let ended = account.ended(now, prices.parameters.window).filter(|(terms, _)| *prices.ask.at(now) <= terms.price);
    lease.number <= account.closed || (!pays_enough(prices, facts, now) && ended.is_none())
}

/// Whom a cap for callers is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    /// All that sign nothing together.
    Anybody,
    /// An account.
    Account([u8; 32]),
    /// A contract on this worker.
    Contract([u8; 32]),
}

impl Who {
    /// Nobody of what nobody called for, and of messages, for which their senders pay otherwise.
    fn of(origin: &Origin) -> Option<Self> {
        match origin.trigger {
            Trigger::Call | Trigger::Webhook(_) => Some(match origin.caller {
                Caller::Anonymous => Self::Anybody,
                Caller::Account(account) => Self::Account(account.0),
                Caller::Contract(contract) => Self::Contract(contract.0),
            }),
            Trigger::Schedule(_) | Trigger::Message(_) | Trigger::Life(_) => None,
        }
    }
}

/// A run of a contract that has terms.
pub struct Run<'a> {
    contract: ContractId,
    lease: u64,
    limits: &'a Limits,
    prices: &'a Prices,
    account: &'a GasAccount,
    terms: &'a Terms,
    now: BlockNumber,
    who: Option<Who>,
}

impl<'a> Run<'a> {
    /// None if the contract runs for nothing.
    pub fn of(contract: &'a Contract, view: &'a View, origin: &Origin) -> Option<Self> {
        Self::for_whom(contract, view, Who::of(origin))
    }

    /// A look at the values that the contract watches, which nobody called for. None if the contract runs for nothing.
    pub fn look(contract: &'a Contract, view: &'a View) -> Option<Self> {
        Self::for_whom(contract, view, None)
    }

    fn for_whom(contract: &'a Contract, view: &'a View, who: Option<Who>) -> Option<Self> {
        let now = view.block().number;
        let account = view.contracts.get(&contract.id)?.gas.as_ref()?;
        Some(Self {
            contract: contract.id,
            lease: contract.lease,
            limits: &contract.manifest.limits,
            prices: &view.prices,
            account,
            terms: account.terms_at(now)?,
            now,
            who,
        })
    }

    fn ask(&self) -> u128 {
        *self.prices.ask.at(self.now)
    }

    fn units(&self, metered: &Metered) -> u128 {
        self.prices.parameters.factors.units(metered)
    }

    /// Whether it may begin.
    ///
    /// # Errors
    /// See [`Meters::admit`].
    pub fn check(contract: &'a Contract, view: &'a View, origin: &Origin, meters: &Meters) -> Result<(), Refusal> {
        Self::of(contract, view, origin).map_or(Ok(()), |run| meters.admit(&run))
    }

    /// What one run used, with a response of so many bytes. What it called other contracts for, those pay. The manifest's
    /// limits bound all of it but the time: a host that stops the clock of a call that is over its time makes it no dearer.
    fn metered(&self, usage: &Usage, response: usize) -> Metered {
        let wall_ms = u64::try_from(usage.wall.as_millis()).unwrap_or(u64::MAX);
        let metered = Metered {
            fuel: usage.fuel.saturating_sub(usage.called_fuel),
            memory: kib(usage.memory).saturating_mul(wall_ms),
            egress: usage.egress_bytes.saturating_add(response as u64),
            storage: 0,
            tokens: 0,
        };
        metered.within(&Metered::most(self.limits, 1, 0))
    }
}

/// Notes what a run used that ends before it has ended: its caller went away.
pub struct CutOff {
    worker: Arc<Worker>,
    contract: Arc<Contract>,
    view: Arc<View>,
    origin: Origin,
}

impl CutOff {
    /// Of a run of `contract` that acts on `view`.
    pub fn new(worker: &Arc<Worker>, contract: &Arc<Contract>, view: &Arc<View>, origin: &Origin) -> Self {
        let (worker, contract, view) = (Arc::clone(worker), Arc::clone(contract), Arc::clone(view));
        Self { worker, contract, view, origin: *origin }
    }

    /// It has used this, and its caller was given so many bytes of a response.
    pub fn note(&self, usage: &Usage, given: usize) {
        if let Some(run) = Run::of(&self.contract, &self.view, &self.origin) {
            self.worker.gas.note(&run, usage, given);
        }
    }
}

/// What contracts used that is not claimed yet.
#[derive(Default)]
pub struct Meters(Mutex<HashMap<ContractId, Meter>>);

/// What runs used.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    calls: u32,
    metered: Metered,
}

impl Used {
    fn note(&mut self, metered: &Metered) {
        self.calls = self.calls.saturating_add(1);
        // Full is far beyond what anybody pays for.
        self.metered = self.metered.plus(metered).unwrap_or(self.metered);
    }
}

/// One contract's.
#[derive(Default)]
struct Meter {
    lease: u64,
    used: Used,
    /// Since which block its terms hold, if they were announced.
    begun: BlockNumber,
    /// What was used on those before, as long as it may be claimed.
    ended: Option<Used>,
    /// On its way to the chain, and how often it was sent.
    sent: Option<(Claim, u32)>,
    callers: Callers,
}

/// What each caller used in one period.
#[derive(Default)]
struct Callers {
    begun: BlockNumber,
    units: HashMap<Who, u128>,
}

impl Callers {
    /// What `who` used in the period that block `now` is in. What began in an earlier one, and ends in this, counts here.
    fn used(&mut self, cap: &CallerCap, now: BlockNumber, who: Who) -> &mut u128 {
        let begun = now.saturating_sub(now.checked_rem(cap.period).unwrap_or(0));
        if self.begun < begun {
            *self = Self { begun, ..Self::default() };
        }
        let known = self.units.len() < MAX_CALLERS || self.units.contains_key(&who);
        self.units.entry(if known { who } else { Who::Anybody }).or_default()
    }
}

impl Meter {
    /// A claim that the account shows to be settled is no longer owed.
    fn landed(&mut self, account: &GasAccount) {
        // A run that has just ended may bring an older account than that of the claim.
        if let Some((claim, _)) = self.sent.take_if(|(claim, _)| claim.after < account.settled_at) {
            let used = self.ended.as_mut().unwrap_or(&mut self.used);
            used.calls = used.calls.saturating_sub(claim.calls);
            used.metered = used.metered.minus(&claim.metered);
        }
    }

    /// Keeps apart what was used on terms that others have followed.
    fn turned(&mut self, account: &GasAccount, now: BlockNumber) {
        if let Some(from) = account.terms.since(now).filter(|from| self.begun < *from) {
            self.begun = from;
            self.ended = Some(std::mem::take(&mut self.used));
        }
    }

    /// All that is not settled; full is far beyond what anybody pays for.
    fn owed(&self) -> Metered {
        let ended = self.ended.unwrap_or_default();
        self.used.metered.plus(&ended.metered).unwrap_or(self.used.metered)
    }
}

impl Meters {
    /// Whether a run may begin.
    ///
    /// # Errors
    /// The contract cannot pay, or not so much, or may not use more now; or its caller may not.
    pub fn admit(&self, run: &Run<'_>) -> Result<(), Refusal> {
        if run.ask() > run.terms.price {
            return Err(Refusal::Underpriced);
        }
        let mut meters = self.locked();
        let meter = of(&mut meters, run.contract, run.lease, (run.account, run.now));
        let owed = run.units(&meter.owed()).saturating_mul(run.ask());
        if run.account.is_paused(run.now) || (owed > 0 && owed >= run.account.balance) {
            return Err(Refusal::PaymentRequired);
        }
        // No more than the chain reserves for it.
        let Parameters { window, max_units, .. } = run.prices.parameters;
        let (blocks, units) = (run.account.ahead(run.now, window), run.terms.units.min(max_units));
        if run.units(&meter.used.metered) >= u128::from(units).saturating_mul(blocks.into()) {
            return Err(Refusal::GasBudget);
        }
        if let (Some(cap), Some(who)) = (run.terms.caller, run.who)
            && *meter.callers.used(&cap, run.now, who) >= cap.units.into()
        {
            let into = run.now.checked_rem(cap.period).unwrap_or(0);
            return Err(Refusal::CallerCap(cap.period.saturating_sub(into)));
        }
        Ok(())
    }

    /// Notes what a run used that has ended.
    pub fn note(&self, run: &Run<'_>, usage: &Usage, response: usize) {
        let metered = run.metered(usage, response);
        let mut meters = self.locked();
        let meter = of(&mut meters, run.contract, run.lease, (run.account, run.now));
        if meter.lease != run.lease {
            return;
        }
        // By the terms on which it began.
        match &mut meter.ended {
            Some(ended) if run.now < meter.begun => ended.note(&metered),
            Some(_) | None => meter.used.note(&metered),
        }
        if let (Some(cap), Some(who)) = (run.terms.caller, run.who) {
            let used = meter.callers.used(&cap, run.now, who);
            *used = used.saturating_add(run.units(&metered));
        }
    }

    /// Notes that so many of the chain's values were read for the contract, of so many bytes with their keys. They cost
    /// what they do where a contract reads them itself.
    pub fn note_look(&self, run: &Run<'_>, (values, bytes): (usize, usize)) {
        let usage = Usage { fuel: costs::CHAIN_STORAGE.of(bytes, values), ..Usage::default() };
        self.note(run, &usage, 0);
    }

    /// Whether [`Meters::claim`] may have something.
    fn may_claim(&self, contract: ContractId, lease: u64, standing: &Standing<'_>) -> bool {
        let mut meters = self.locked();
        let meter = of(&mut meters, contract, lease, (standing.account, standing.now));
        let blocks = standing.blocks();
        let busy = meter.used.calls > 0 || meter.sent.is_some();
        let due = blocks >= standing.parameters.window || standing.ended().is_some();
        due || (busy && blocks >= standing.parameters.period)
    }

    /// What is to be claimed now for a contract with `stored` bytes of state, by what the chain says of it: the claim
    /// on its way once more, or the next; where the lease is given back then, the last.
    fn claim(
        &self,
        contract: ContractId,
        lease: u64,
        (stored, last): (u64, bool),
        standing: &Standing<'_>,
    ) -> Option<Claim> {
        let mut meters = self.locked();
        let meter = of(&mut meters, contract, lease, (standing.account, standing.now));
        let ended = standing.ended();
        if ended.is_none() {
            meter.ended = None;
        }
        if let Some((claim, tries)) = meter.sent.take_if(|(claim, _)| claim.last == last) {
            if tries < claims::TRIES && standing.charge(&claim).is_ok() {
                meter.sent = Some((claim, tries.saturating_add(1)));
                return Some(claim);
            }
            tracing::warn!(%contract, "the chain does not take a claim; another is made");
        }
        let blocks = standing.blocks();
        let storage = kib(stored).saturating_mul(blocks.into());
        let used = meter.ended.unwrap_or(meter.used);
        let whole = Metered { storage, ..used.metered };
        let units = standing.parameters.factors.units(&whole);
        let Parameters { period, window, .. } = *standing.parameters;
        // Right before terms end it waits for the claim that comes then, or what is used until then would be in neither.
        let ends = standing.account.terms.pending(standing.now);
        let ends = ends.is_some_and(|(_, end)| end.saturating_sub(standing.now) < period);
        let ripe = used.calls > 0 && blocks >= period && units <= standing.most_units() && !ends;
        if !ripe && !last && ended.is_none() && blocks < window {
            return None;
        }
        let (calls, metered) = standing.fitting(used.calls, &whole);
        let claim = Claim { contract, lease, after: standing.account.settled_at, calls, metered, last };
        let good = metered != Metered::default() && standing.charge(&claim).is_ok();
        meter.sent = good.then_some((claim, 1));
        good.then_some(claim)
    }

    /// Forgets contracts that this worker does not hold under the lease that it was metered under.
    fn keep(&self, held: impl Fn(&ContractId, u64) -> bool) {
        self.locked().retain(|contract, meter| held(contract, meter.lease));
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<ContractId, Meter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The meter of a contract under this lease, or the later one that there is by now, without what `account` shows to be
/// settled at block `now`.
fn of<'a>(
    meters: &'a mut HashMap<ContractId, Meter>,
    contract: ContractId,
    lease: u64,
    (account, now): (&GasAccount, BlockNumber),
) -> &'a mut Meter {
    let meter = meters.entry(contract).or_default();
    if meter.lease < lease {
        *meter = Meter { lease, ..Meter::default() };
    }
    meter.landed(account);
    meter.turned(account, now);
    meter
}

#[cfg(test)]
pub mod tests;
