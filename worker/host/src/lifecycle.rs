//! Has an open contract's `init` or `migrate` run before it answers: by the road of a call that is not sealed
//! ([`crate::road::lifecycle`]), again and again until it has succeeded. Before that, sealed code is opened
//! ([`crate::sealed_code`]). Meanwhile its owner can read its log, set its secrets and give the key of its code; everybody
//! else is refused, and so is its schedule.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use adyton_engine::Module;
use adyton_protocol::receipt::Transition;
use adyton_state::{StateError, Store};
use tokio::{sync::Notify, time::timeout};

use crate::{
    contract::Contract,
    error::Refusal,
    road::lifecycle::{self, name},
    sealed_code,
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
    /// Its sealed code has to be opened first.
    Locked(Lock),
    /// This has to be run first.
    Owed(Transition),
    /// This failed for a reason of the contract's own, and has to be run first.
    Failed(Transition, String),
}

/// Why sealed code is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// It is being opened, again and again; what is done, or what failed, in short.
    Trying(&'static str),
    /// The owner has not given its key.
    NoKey,
    /// It is not code that runs under its manifest. Why, the contract's log has.
    Refused,
}

/// A contract's life: where it stands, and what brings it on.
#[derive(Default)]
pub struct Life {
    stage: Mutex<Stage>,
    again: Notify,
    /// Whoever tries a key of its code has this: each holds all of the code while it does.
    pub trying: tokio::sync::Mutex<()>,
}

impl Life {
    /// At this stage.
    pub fn at(stage: Stage) -> Self {
        Self { stage: Mutex::new(stage), ..Self::default() }
    }

    /// Where the contract stands.
    pub fn stage(&self) -> Stage {
        self.locked().clone()
    }

    /// Refuses what comes before the contract may answer.
    pub fn check(&self) -> Result<(), Refusal> {
        match &*self.locked() {
            Stage::Settled => Ok(()),
            Stage::Locked(Lock::Trying(what)) => Err(Refusal::NotReady(what)),
            Stage::Locked(Lock::NoKey) => Err(Refusal::CodeKeyMissing),
            Stage::Locked(Lock::Refused) => Err(Refusal::SealedCodeRefused),
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

    /// There is a key of the code, which may be what a locked contract waits for: it is not said to wait any more.
    pub fn key_given(&self) {
        let mut stage = self.locked();
        if matches!(*stage, Stage::Locked(_)) {
            *stage = sealed_code::OPENING;
        }
        drop(stage);
        self.try_again();
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
    if let Stage::Locked(_) = contract.life.stage() {
        contract.life.set(sealed_code::unlock(worker, contract).await);
    }
    let transition = match contract.life.stage() {
        Stage::Settled => return true,
        Stage::Locked(_) => return false,
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
        let at_ms = worker.view().map_or(0, |view| view.chain_ms);
        contract.log_failure(at_ms, &format!("{} failed: {reason}", name(transition)));
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

#[cfg(test)]
pub mod tests;
