//! Has an open contract's `init` or `migrate` run before it answers: by the road of a call that is not sealed
//! ([`crate::road::lifecycle`]), again and again until it has succeeded. Meanwhile its owner can read its log and set
//! its secrets; everybody else is refused, and so is its schedule.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use adyton_engine::{Level, LogLine, Module};
use adyton_protocol::receipt::Transition;
use adyton_state::{StateError, Store};
use tokio::{sync::Notify, time::timeout};

use crate::{
    contract::Contract,
    error::Refusal,
    road::lifecycle::{self, name},
    worker::{Slot, Worker},
};

/// The pause after the first failure; it doubles from there.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The most characters of a failure that everybody is told.
const MAX_REASON: usize = 1024;

/// Where a contract's code stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Stage {
    /// It answers.
    #[default]
    Settled,
    /// This has to be run first.
    Owed(Transition),
    /// This failed for a reason of the contract's own, and has to be run first.
    Failed(Transition, String),
}

/// A contract's life: where it stands, and what brings it on.
#[derive(Default)]
pub struct Life {
    stage: Mutex<Stage>,
    again: Notify,
}

impl Life {
    /// At this stage.
    pub fn at(stage: Stage) -> Self {
        Self { stage: Mutex::new(stage), again: Notify::new() }
    }

    /// Where the contract stands.
    pub fn stage(&self) -> Stage {
        self.locked().clone()
    }

    /// Refuses what comes before the contract may answer.
    pub fn check(&self) -> Result<(), Refusal> {
        match &*self.locked() {
            Stage::Settled => Ok(()),
            Stage::Owed(Transition::Init) => Err(Refusal::Initializing),
            Stage::Owed(Transition::Migrate { .. }) => Err(Refusal::Migrating),
            Stage::Failed(Transition::Init, reason) => Err(Refusal::InitFailed(reason.clone())),
            Stage::Failed(Transition::Migrate { .. }, reason) => Err(Refusal::MigrateFailed(reason.clone())),
        }
    }

    /// What failed may succeed now: it is tried again without a pause.
    pub fn try_again(&self) {
        self.again.notify_one();
    }

    fn set(&self, stage: Stage) {
        *self.locked() = stage;
    }

    fn locked(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stage of a contract whose store was just opened.
pub async fn stage(store: &Store, module: &Module, version: u32) -> Result<Stage, StateError> {
    let owed = lifecycle::owed(&mut store.begin().await?, module, version).await?;
    Ok(owed.map_or(Stage::Settled, Stage::Owed))
}

/// Runs what an open contract is owed, in the background, until that has succeeded or the contract is closed.
pub fn start(worker: &Arc<Worker>, contract: &Arc<Contract>) {
    if contract.life.stage() == Stage::Settled {
        return;
    }
    let (worker, contract) = (Arc::clone(worker), Arc::clone(contract));
    tokio::spawn(async move {
        let mut pause = PAUSE;
        while is_open(&worker, &contract) && !settle(&worker, &contract).await {
            let _woken = timeout(pause, contract.life.again.notified()).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
}

fn is_open(worker: &Worker, contract: &Arc<Contract>) -> bool {
    matches!(worker.slot(&contract.id), Some(Slot::Ready(open)) if Arc::ptr_eq(&open, contract))
}

/// Tries once; whether the contract answers now.
async fn settle(worker: &Arc<Worker>, contract: &Arc<Contract>) -> bool {
    let transition = match contract.life.stage() {
        Stage::Settled => return true,
        Stage::Owed(transition) | Stage::Failed(transition, _) => transition,
    };
    let refusal = match lifecycle::run(worker, contract).await {
        Ok(_) => {
            contract.life.set(Stage::Settled);
            return true;
        }
        Err(refusal) => refusal,
    };
    if is_own(&refusal) {
        let reason = shown(&refusal.to_string());
        log_failure(worker, contract, format!("{} failed: {reason}", name(transition)));
        contract.life.set(Stage::Failed(transition, reason));
    } else {
        tracing::warn!(contract = %contract.id, %refusal, "{} could not be run", name(transition));
        contract.life.set(Stage::Owed(transition));
    }
    false
}

/// Whether the contract itself failed, or went beyond what it may.
fn is_own(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Guest { .. } | Refusal::Trapped(_) | Refusal::Exceeded(_) | Refusal::TooLarge(_))
}

/// A reason as everybody may be shown it: it may have the contract's own words.
fn shown(reason: &str) -> String {
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    reason.chars().take(MAX_REASON).map(plain).collect()
}

fn log_failure(worker: &Worker, contract: &Contract, message: String) {
    let at_ms = worker.view().map_or(0, |view| view.chain_ms);
    if let Ok(mut book) = contract.logs.lock() {
        book.append(at_ms, vec![LogLine { level: Level::Error, message }]);
    }
}

#[cfg(test)]
mod tests;
