//! Which releases this boot made: the cap on what one worker gets.
//!
//! It counts contracts, not answers: a worker that asks again for the same contract after a restart is not
//! charged twice. It lives as long as the boot. A restart empties it, and a restart is visible: the keyholder's
//! operator has to register the new boot's keys on the chain before it releases anything again.

use adyton_protocol::{
    ids::{ContractId, WorkerId},
    key_label::KeyEpoch,
};
use std::collections::{BTreeMap, BTreeSet};

/// The most workers counted in one boot; beyond them, nothing is released to a further one.
const MAX_WORKERS: usize = 100_000;

/// The contracts that each worker had keys of, by key epoch.
#[derive(Debug, Default)]
pub struct Ledger(BTreeMap<(KeyEpoch, WorkerId), BTreeSet<ContractId>>);

impl Ledger {
    /// Whether `worker` may have the keys of `contract` under a cap of `most` contracts.
    pub fn admits(&self, worker: &WorkerId, epoch: KeyEpoch, contract: &ContractId, most: u32) -> bool {
        match self.0.get(&(epoch, *worker)) {
            Some(had) => had.contains(contract) || had.len() < most as usize,
            None => most > 0 && self.0.len() < MAX_WORKERS,
        }
    }

    /// Counts a release. Call it before the answer leaves.
    pub fn record(&mut self, (worker, epoch, contract): (WorkerId, KeyEpoch, ContractId)) {
        self.0.entry((epoch, worker)).or_default().insert(contract);
    }

    /// Forgets the epochs of which nothing is released any more.
    pub fn forget_before(&mut self, epoch: KeyEpoch) {
        self.0 = self.0.split_off(&(epoch, WorkerId([0; 32])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKER: WorkerId = WorkerId([1; 32]);

    #[test]
    fn the_same_contract_counts_once_and_each_epoch_and_worker_for_itself() {
        let mut ledger = Ledger::default();
        ledger.record((WORKER, 1, ContractId([1; 32])));
        assert!(ledger.admits(&WORKER, 1, &ContractId([1; 32]), 1));
        assert!(!ledger.admits(&WORKER, 1, &ContractId([2; 32]), 1));
        assert!(ledger.admits(&WORKER, 2, &ContractId([2; 32]), 1));
        assert!(ledger.admits(&WorkerId([2; 32]), 1, &ContractId([2; 32]), 1));
    }

    #[test]
    fn forgetting_old_epochs_keeps_the_newer_ones() {
        let mut ledger = Ledger::default();
        ledger.record((WORKER, 1, ContractId([1; 32])));
        ledger.record((WORKER, 2, ContractId([1; 32])));
        ledger.forget_before(2);
        assert!(ledger.admits(&WORKER, 1, &ContractId([9; 32]), 1));
        assert!(!ledger.admits(&WORKER, 2, &ContractId([9; 32]), 1));
    }

    #[test]
    fn a_cap_of_zero_releases_nothing() {
        assert!(!Ledger::default().admits(&WORKER, 1, &ContractId([1; 32]), 0));
    }
}
