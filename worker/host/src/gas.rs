//! Gas: what contracts with terms use is metered here, and claimed at the chain; a contract that cannot pay is not run.
//!
//! Every run passes [`Meters::admit`] when it has its place, and what it used is noted when it has ended, whatever came
//! of it, but for what the worker itself failed at. Both go by the contract's account in the proven view. What is noted
//! and not claimed yet ([`claims`]) counts against the balance; calls that run at the same time may go beyond it by
//! what they use, which is then the worker's loss. A refusal changes nothing: stored answers are still given, and what
//! nobody called for stays due until the account is filled.
//!
//! What stands here is lost with the process, and so for the worker to earn; a contract never pays for it twice.
//! `specs/gas.md` has the whole of it.

pub mod claims;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use adyton_engine::Usage;
use adyton_protocol::{
    ids::{BlockNumber, ContractId},
    manifest::Limits,
    receipt::Caller,
    usage::{CallerCap, Claim, GasAccount, Metered, Standing, Terms, kib},
};

use crate::{
    contract::Contract,
    error::Refusal,
    road::answer::{Origin, Trigger},
    view::{ContractFacts, Prices, View},
};

/// The most callers of one contract that are told apart in a period; those beyond share what unsigned calls have.
const MAX_CALLERS: usize = 10_000;

/// Whether the worker with these prices may run the contract for what it pays; it leases no other.
pub fn pays_enough(prices: &Prices, facts: &ContractFacts, now: BlockNumber) -> bool {
    let terms = facts.gas.as_ref().and_then(|account| account.terms_at(now));
    terms.is_none_or(|terms| *prices.ask.at(now) <= terms.price)
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
            who: Who::of(origin),
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

    /// What one run used, with a response of so many bytes. The manifest's limits bound all of it but the time: a host
    /// that stops the clock of a call that is over its time makes it no dearer.
    fn metered(&self, usage: &Usage, response: usize) -> Metered {
        let wall_ms = u64::try_from(usage.wall.as_millis()).unwrap_or(u64::MAX);
        let metered = Metered {
            fuel: usage.fuel,
            memory: kib(usage.memory).saturating_mul(wall_ms),
            egress: usage.egress_bytes.saturating_add(response as u64),
            storage: 0,
            tokens: 0,
        };
        metered.within(&Metered::most(self.limits, 1, 0))
    }
}

/// What contracts used that is not claimed yet.
#[derive(Default)]
pub struct Meters(Mutex<HashMap<ContractId, Meter>>);

/// One contract's.
#[derive(Default)]
struct Meter {
    lease: u64,
    calls: u32,
    metered: Metered,
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
            self.calls = self.calls.saturating_sub(claim.calls);
            self.metered = self.metered.minus(&claim.metered);
        }
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
        let meter = of(&mut meters, run.contract, run.lease, run.account);
        let units = run.units(&meter.metered);
        let owed = units.saturating_mul(run.ask());
        if run.account.is_paused(run.now) || (owed > 0 && owed >= run.account.balance) {
            return Err(Refusal::PaymentRequired);
        }
        if units >= u128::from(run.terms.units).saturating_mul(run.prices.parameters.window.into()) {
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
        let meter = of(&mut meters, run.contract, run.lease, run.account);
        if meter.lease != run.lease {
            return;
        }
        meter.calls = meter.calls.saturating_add(1);
        // Full is far beyond what anybody pays for.
        meter.metered = meter.metered.plus(&metered).unwrap_or(meter.metered);
        if let (Some(cap), Some(who)) = (run.terms.caller, run.who) {
            let used = meter.callers.used(&cap, run.now, who);
            *used = used.saturating_add(run.units(&metered));
        }
    }

    /// Whether [`Meters::claim`] may have something.
    fn may_claim(&self, contract: ContractId, lease: u64, standing: &Standing<'_>) -> bool {
        let mut meters = self.locked();
        let meter = of(&mut meters, contract, lease, standing.account);
        let blocks = standing.blocks();
        let busy = meter.calls > 0 || meter.sent.is_some();
        blocks >= standing.parameters.window || (busy && blocks >= standing.parameters.period)
    }

    /// What is to be claimed now for a contract with `stored` bytes of state, by what the chain says of it: the claim
    /// on its way once more, or the next.
    fn claim(&self, contract: ContractId, lease: u64, stored: u64, standing: &Standing<'_>) -> Option<Claim> {
        let mut meters = self.locked();
        let meter = of(&mut meters, contract, lease, standing.account);
        if let Some((claim, tries)) = meter.sent.take() {
            if tries < claims::TRIES && standing.charge(&claim).is_ok() {
                meter.sent = Some((claim, tries.saturating_add(1)));
                return Some(claim);
            }
            tracing::warn!(%contract, "the chain does not take a claim; another is made");
        }
        let blocks = standing.blocks();
        let storage = kib(stored).saturating_mul(blocks.into());
        let whole = Metered { storage, ..meter.metered };
        let units = standing.parameters.factors.units(&whole);
        let ripe = meter.calls > 0 && blocks >= standing.parameters.period && units <= standing.most_units();
        if !ripe && blocks < standing.parameters.window {
            return None;
        }
        let (calls, metered) = standing.fitting(meter.calls, &whole);
        let claim = Claim { contract, lease, after: standing.account.settled_at, calls, metered };
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
/// settled.
fn of<'a>(
    meters: &'a mut HashMap<ContractId, Meter>,
    contract: ContractId,
    lease: u64,
    account: &GasAccount,
) -> &'a mut Meter {
    let meter = meters.entry(contract).or_default();
    if meter.lease < lease {
        *meter = Meter { lease, ..Meter::default() };
    }
    meter.landed(account);
    meter
}

#[cfg(test)]
mod tests;
