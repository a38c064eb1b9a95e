//! Who works for a reward, and by which rules. The records stand in [`adyton_protocol::rewards`].

use adyton_protocol::{
    challenge::{Capacity, Machine, Round},
    cpu::CpuModel,
    ids::{BlockNumber, Digest, WorkerId},
    ratio::ratio,
    record::EvidenceKind,
    rewards::{Away, BILLION, Parameters, Session, Totals},
    storage,
};

use crate::{facts::Facts, verifier::Refusal};

impl Facts {
    /// The rules of rewards; none on a network without them ([`storage::rewards_parameters`]).
    pub fn rewards_parameters(&self) -> Result<Option<Parameters>, Refusal> {
        self.item(&storage::rewards_parameters(), "the rules of rewards")
    }

    /// What all who work come to ([`storage::rewards_totals`]).
    pub fn rewards_totals(&self) -> Result<Totals, Refusal> {
        Ok(self.item(&storage::rewards_totals(), "the sums of rewards")?.unwrap_or_default())
    }

    /// What a worker works under; none, if it does not run ([`storage::session`]).
    pub fn session(&self, worker: &WorkerId) -> Result<Option<Session>, Refusal> {
        self.item(&storage::session(worker), "a worker's session")
    }

    /// What a worker's measurements came to; none, if it was never measured ([`storage::capacity`]).
    pub fn capacity(&self, worker: &WorkerId) -> Result<Option<Capacity>, Refusal> {
        self.item(&storage::capacity(worker), "a worker's capacity")
    }

    /// A machine's measurements; none, if it was never measured ([`storage::machine`]).
    pub fn machine(&self, machine: &Digest) -> Result<Option<Machine>, Refusal> {
        self.item(&storage::machine(machine), "a machine's measurements")
    }

    /// A worker's last recorded absence ([`storage::absence`]).
    pub fn absence(&self, worker: &WorkerId) -> Result<Option<Away>, Refusal> {
        self.item(&storage::absence(worker), "a worker's absence")
    }

    /// The most capacity that counts of one machine whose processor's model has no cap of its own; zero, where nothing
    /// does ([`storage::capacity_cap`]).
    pub fn capacity_cap(&self, kind: EvidenceKind) -> Result<u64, Refusal> {
        Ok(self.item(&storage::capacity_cap(kind), "a cap of capacities")?.unwrap_or(0))
    }

    /// The most capacity that counts of one machine with this processor; none, where it goes by the kind of evidence
    /// ([`storage::model_cap`]).
    pub fn model_cap(&self, model: &CpuModel) -> Result<Option<u64>, Refusal> {
        self.item(&storage::model_cap(model), "a cap of a processor's model")
    }

    /// How many models of processors have a cap of their own ([`storage::model_cap_count`]).
    pub fn model_cap_count(&self) -> Result<u32, Refusal> {
        Ok(self.item(&storage::model_cap_count(), "how many models of processors have a cap")?.unwrap_or(0))
    }

    /// The model of the processor of a worker's machine; none, where its evidence named none ([`storage::cpu_model`]).
    pub fn cpu_model(&self, worker: &WorkerId) -> Result<Option<CpuModel>, Refusal> {
        self.item(&storage::cpu_model(worker), "the model of a worker's processor")
    }

    /// The number of the beacon's newest round; zero before the first ([`storage::latest_round`]).
    pub fn latest_round(&self) -> Result<u64, Refusal> {
        Ok(self.item(&storage::latest_round(), "the beacon's newest round")?.unwrap_or(0))
    }

    /// The beacon's round of this number; none, if it never came or a later one stands in its place ([`storage::round`]).
    pub fn round(&self, number: u64) -> Result<Option<Round>, Refusal> {
        let stored: Option<Round> = self.item(&storage::round(number), "a round of the beacon")?;
        Ok(stored.filter(|round| round.number == number))
    }
}

/// What a block issues at most, the treasury's part with it, in `block`: the budget falls at the end of each period.
pub fn budget(parameters: &Parameters, totals: &Totals, block: BlockNumber) -> u128 {
    let periods = block.saturating_sub(totals.budget_since).checked_div(parameters.decay_blocks).unwrap_or(0);
    let kept = BILLION.saturating_sub(parameters.decay);
    let mut budget = parameters.budget;
    for _ in 0..periods {
        let next = ratio(budget, u128::from(kept), u128::from(BILLION)).unwrap_or(0);
        // It falls no further: it is nothing, or nothing is taken from it.
        if next == budget {
            break;
        }
        budget = next;
    }
    budget
}

/// How finely square roots of capacities are taken: a million parts of a unit.
const FINE: u128 = 1_000_000;

/// The least stake with which a worker of this capacity is started: [`Parameters::least_stake`] times its square root.
pub fn least_stake(parameters: &Parameters, capacity: u64) -> u128 {
    let root = u128::from(capacity).saturating_mul(FINE * FINE).isqrt();
    parameters.least_stake.saturating_mul(root).div_ceil(FINE)
}
