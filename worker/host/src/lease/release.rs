//! Gives leases back, so that other workers may take them at once instead of after the staleness limit.

use adyton_chain_client::extrinsic::calls::{Call, Contracts};
use adyton_protocol::ids::{ContractId, WorkerId};

use crate::{view::View, worker::Worker};

/// The most leases of one extrinsic.
const MAX_RELEASED: usize = 64;

/// What `own` gives back when it is stopped: nothing while its operator lets it take leases, because then it is
/// only started again; otherwise all that it holds, ascending.
pub fn due(view: &View, own: &WorkerId) -> Vec<ContractId> {
    if view.own.opted_in {
        return Vec::new();
    }
    let now = view.block().number;
    let held = view.contracts.iter().filter(|(_, facts)| {
        facts.lease.as_ref().is_some_and(|lease| lease.holder == *own && lease.alive(&view.own, now))
    });
    let mut ids: Vec<ContractId> = held.map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids
}

/// Gives `contracts` back, which are ascending. Nothing may be written to their stores any more.
pub async fn give_back(worker: &Worker, contracts: &[ContractId]) {
    for some in contracts.chunks(MAX_RELEASED) {
        match worker.chain.call(Call::Contracts(Contracts::ReleaseLeases(some.to_vec()))).await {
            Ok(()) => tracing::info!(leases = some.len(), "leases are given back"),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "leases were not given back; they end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::view::tests::{CONTRACT, WORKER, view};

    /// What is given back under a view that was changed so.
    async fn after(change: impl FnOnce(&mut View)) -> Vec<ContractId> {
        let mut view = view(Duration::from_secs(60)).await;
        change(&mut view);
        due(&view, &WORKER)
    }

    #[tokio::test]
    async fn a_worker_that_is_only_started_again_keeps_its_leases() {
        assert_eq!(after(|_| ()).await, []);
    }

    #[tokio::test]
    async fn a_worker_whose_operator_opted_out_gives_all_its_leases_back_in_order() {
        let given = after(|view| {
            view.own.opted_in = false;
            let facts = view.contracts[&CONTRACT].clone();
            view.contracts.extend((0..100).map(|number| (ContractId([number; 32]), facts.clone())));
        })
        .await;
        assert!(given.len() == 100 && given.is_sorted(), "{given:?}");
    }

    #[tokio::test]
    async fn a_lease_that_ended_or_is_anothers_is_not_given_back() {
        for change in [
            |view: &mut View| view.own.active_until = 0,
            |view: &mut View| view.contracts.values_mut().for_each(|facts| facts.lease = None),
            |view: &mut View| {
                for lease in view.contracts.values_mut().filter_map(|facts| facts.lease.as_mut()) {
                    lease.holder = WorkerId([9; 32]);
                }
            },
        ] {
            let given = after(|view| {
                view.own.opted_in = false;
                change(view);
            });
            assert_eq!(given.await, []);
        }
    }
}
