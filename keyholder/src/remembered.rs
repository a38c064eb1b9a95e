//! Signatures under the evidence of workers that got keys. A worker shows the same certificates and the same collateral
//! with every contract that it leases, so that most of its signatures are known from the time before.
//!
//! What must always hold: only the arithmetic is spared ([`CheckedSignatures`] says why that is safe); windows,
//! revocation, floors and policy are judged again each time. Nothing is kept of who got nothing: else strangers would
//! decide what is forgotten for it. It is kept in memory only, and bounded.

use adyton_attestation::signature::CheckedSignatures;
use adyton_protocol::ids::WorkerId;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Of how many workers signatures are kept; at 64 of 32 bytes each, at most 8 MiB.
const MOST_WORKERS: usize = 4096;

/// What is known of workers, shared by all requests that are worked on at once.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<Workers>);

#[derive(Debug, Default)]
struct Workers {
    known: BTreeMap<WorkerId, Known>,
    /// How often something was kept: the order in which it was.
    kept: u64,
}

#[derive(Debug)]
struct Known {
    kept: u64,
    signatures: Arc<CheckedSignatures>,
}

impl Remembered {
    /// The signatures of `worker` that are known; none at first.
    pub fn of(&self, worker: &WorkerId) -> Arc<CheckedSignatures> {
        let workers = self.workers();
        workers.known.get(worker).map(|known| known.signatures.clone()).unwrap_or_default()
    }

    /// Keeps `signatures` in place of what was known of `worker`, and forgets the worker that was kept longest ago
    /// where there are too many. For whoever has just released keys to it.
    pub fn keep(&self, worker: WorkerId, signatures: CheckedSignatures) {
        let mut workers = self.workers();
        workers.kept += 1;
        let known = Known { kept: workers.kept, signatures: Arc::new(signatures) };
        workers.known.insert(worker, known);
        if workers.known.len() > MOST_WORKERS
            && let Some(oldest) = workers.known.iter().min_by_key(|(_, known)| known.kept).map(|(id, _)| *id)
        {
            workers.known.remove(&oldest);
        }
    }

    /// What another task left behind is whole: each change is one insertion or removal.
    fn workers(&self) -> MutexGuard<'_, Workers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_attestation::signature::{PublicKey, RememberingVerifier, Scheme, SignatureVerifier};

    struct Believing;

    impl SignatureVerifier for Believing {
        fn verify(&self, _: Scheme, _: PublicKey<'_>, _: &[u8], _: &[u8]) -> bool {
            true
        }
    }

    /// As many signatures as `count` says.
    fn signatures(count: u8) -> CheckedSignatures {
        let verifier = RememberingVerifier::new(&Believing, CheckedSignatures::NONE);
        for message in 0..count {
            assert!(verifier.verify(Scheme::EcdsaP256Sha256, PublicKey::P256(&[1; 64]), &[message], &[]));
        }
        verifier.into_checked()
    }

    fn worker(number: usize) -> WorkerId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        WorkerId(id)
    }

    #[test]
    fn of_each_worker_its_newest_signatures_are_known_and_no_other_workers() {
        let remembered = Remembered::default();
        assert!(remembered.of(&worker(1)).is_empty());
        remembered.keep(worker(1), signatures(3));
        remembered.keep(worker(1), signatures(2));
        assert_eq!(*remembered.of(&worker(1)), signatures(2));
        assert!(remembered.of(&worker(2)).is_empty());
    }

    #[test]
    fn the_worker_that_was_kept_longest_ago_is_forgotten_first() {
        let remembered = Remembered::default();
        for number in 0..MOST_WORKERS {
            remembered.keep(worker(number), signatures(1));
        }
        remembered.keep(worker(0), signatures(1));
        remembered.keep(worker(MOST_WORKERS), signatures(1));
        let len = |number| remembered.of(&worker(number)).len();
        assert_eq!((len(0), len(1), len(2), len(MOST_WORKERS)), (1, 0, 1, 1));
        assert_eq!(remembered.workers().known.len(), MOST_WORKERS);
    }

    #[test]
    fn many_tasks_share_it() {
        let remembered = Arc::new(Remembered::default());
        let tasks = (0..8).map(|number| {
            let remembered = remembered.clone();
            std::thread::spawn(move || {
                for _ in 0..100 {
                    remembered.keep(worker(number), signatures(2));
                    assert_eq!(remembered.of(&worker(number)).len(), 2);
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.join().unwrap();
        }
    }
}
