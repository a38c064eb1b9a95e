//! Gives the lease of a contract back that pays less than this worker asks ([`gas::leaves`]), so that another one may
//! run it: calls under way end, the store is closed, the newest head is anchored, and what was used is claimed before.
//! Where one of these fails, the lease is given back a while later all the same: the next opening finalizes the head, and
//! what was not claimed is the worker's loss.

use std::{sync::Arc, time::Duration};

use adyton_protocol::ids::ContractId;
use anyhow::Context;
use tokio::time::{sleep, timeout};

use super::{close_store, open, release, step::Step};
use crate::{
    contract::Contract,
    gas,
    worker::{Slot, Worker},
};

/// How long the chain may take to show that the lease is given back.
const WAIT: Duration = Duration::from_secs(60);
/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(60);

/// Whether the newest view says that the worker gives back the lease that it has of this contract.
pub fn is_due(worker: &Worker, id: &ContractId) -> bool {
    let Some(view) = worker.view() else { return false };
    let facts = view.contracts.get(id).filter(|facts| open::held(worker, facts));
    facts.is_some_and(|facts| gas::leaves(&view.prices, facts, view.block().number))
}

/// Closes the contract and gives its lease back.
pub fn start(worker: &Arc<Worker>, contract: Arc<Contract>) {
    let (worker, id) = (Arc::clone(worker), contract.id);
    tracing::info!(contract = %id, "it pays less than this worker asks; its lease is given back");
    worker.set_slot(id, Some(Slot::Opening(Step::Leave)));
    tokio::spawn(async move {
        let closed = close(&worker, &contract).await;
        drop(contract);
        give_back(&worker, id, closed).await;
    });
}

/// Gives back the lease of a contract that is not open.
pub fn unopened(worker: &Arc<Worker>, id: ContractId) {
    let worker = Arc::clone(worker);
    worker.set_slot(id, Some(Slot::Opening(Step::Leave)));
    tokio::spawn(async move { give_back(&worker, id, Ok(())).await });
}

async fn close(worker: &Worker, contract: &Contract) -> anyhow::Result<()> {
    // Calls under way end first, and are noted; those that waited for their turn find the store closed.
    let _alone = contract.turns.alone().await;
    contract.turns.ended().await;
    let head = contract.store.head().await.context("reading the head");
    let stored = contract.store.stored_bytes().await.context("reading how much is stored");
    close_store(contract).await;
    worker.anchors.wait(contract, head?.sequence).await.context("anchoring the head")?;
    gas::claims::last(worker, contract, stored?).await.context("claiming for the last time")
}

async fn give_back(worker: &Worker, id: ContractId, closed: anyhow::Result<()>) {
    match closed {
        Ok(()) => {
            release::give_back(worker, &[id]).await;
            let mut views = worker.view.subscribe();
            let shown = views.wait_for(|view| {
                let facts = view.as_ref().and_then(|view| view.contracts.get(&id));
                facts.is_none_or(|facts| !open::held(worker, facts))
            });
            let _late = timeout(WAIT, shown).await;
        }
        Err(error) => {
            tracing::warn!(contract = %id, error = format!("{error:#}"), "a lease could not be given back");
            sleep(PAUSE).await;
        }
    }
    worker.set_slot(id, None);
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use adyton_chain_client::extrinsic::calls::{Call, Contracts};
    use adyton_engine::Usage;
    use adyton_protocol::{
        receipt::Caller,
        record::{HeadRecord, LeaseRecord, StateHead},
        usage::{GasAccount, Noticed, Parameters, Terms},
    };

    use super::*;
    use crate::{
        code::tests::manifest,
        contract::tests::open,
        road::answer::Origin,
        stop::tests::{holding, produce_until},
        view::{
            ContractFacts, Prices, View,
            tests::{CONTRACT, view},
        },
    };

    /// A view in which the worker asks `ask`, and the contract, under lease 7, has this account.
    async fn shown(ask: Noticed<u128>, account: GasAccount) -> View {
        let mut view = view(Duration::from_secs(60)).await;
        let parameters = Parameters { period: 5, window: 20, notice: 20, ..Parameters::default() };
        view.prices = Prices { parameters, ask };
        view.contracts.get_mut(&CONTRACT).expect("is in the view").gas = Some(account);
        view
    }

    fn terms(price: u128) -> Option<Terms> {
        Some(Terms { price, units: 100, royalty: None, caller: None })
    }

    fn account(terms: Noticed<Option<Terms>>, settled_at: u32) -> GasAccount {
        GasAccount { balance: 1_000, terms, settled_at, ..GasAccount::default() }
    }

    #[tokio::test]
    async fn a_lease_is_given_back_when_its_contract_pays_too_little_and_what_was_used_before_is_claimed_or_lost() {
        let (ask, base) = (Noticed::holding(10), view(Duration::from_secs(60)).await);
        let leaves = |ask: Noticed<u128>, account: GasAccount, now| {
            let parameters = Parameters { period: 5, window: 20, notice: 20, ..Parameters::default() };
            let facts = ContractFacts { gas: Some(account), ..base.contracts[&CONTRACT].clone() };
            gas::leaves(&Prices { parameters, ask }, &facts, now)
        };
        let lowered = |settled_at| account(Noticed { present: terms(10), next: Some((terms(9), 110)) }, settled_at);
        // A period ahead, while what was used is still paid on the terms before.
        assert_eq!([104, 105].map(|now| leaves(ask, lowered(100), now)), [false, true]);
        assert_eq!([115, 129, 130].map(|now| leaves(ask, lowered(100), now)), [false, false, true]);
        assert!(leaves(ask, lowered(110), 111), "all of that is claimed");
        let raised = Noticed { present: 10, next: Some((11, 110)) };
        let same = || account(Noticed::holding(terms(10)), 100);
        assert_eq!([104, 105, 110].map(|now| leaves(raised, same(), now)), [false, true, true]);
        assert!(!leaves(ask, same(), 500), "it pays what is asked");
        let free = account(Noticed::holding(None), 100);
        assert!(!leaves(raised, free, 200), "what runs for nothing is held as before");
        let closed = GasAccount { closed: 7, ..same() };
        assert!(leaves(ask, closed, 100), "nothing more is paid under this lease");
    }

    #[tokio::test]
    async fn a_contract_that_pays_too_little_is_closed_claimed_for_and_given_back() {
        let (worker, source) = holding(true, 1).await;
        let worker = Arc::new(worker);
        let contract = Arc::new(open(&worker.engine, manifest()).await);
        worker.set_slot(CONTRACT, Some(Slot::Ready(Arc::clone(&contract))));
        let lowered = account(Noticed { present: terms(10), next: Some((terms(9), 500)) }, 0);
        let mut shown = shown(Noticed::holding(10), lowered).await;
        shown.prices.parameters.period = 1_000;
        let facts = shown.contracts.get_mut(&CONTRACT).expect("is in the view");
        let head = StateHead::genesis(&CONTRACT);
        facts.head = Some(HeadRecord { incarnation: 1, lease: 7, boot: 1, opening: head, latest: head });
        facts.lease.as_mut().expect("is held").since = 0;
        let run = gas::Run::of(&contract, &shown, &Origin::of_call(Caller::Anonymous, true)).expect("it pays");
        worker.gas.note(&run, &Usage { fuel: 1_000_000, ..Usage::default() }, 0);
        worker.view.send_replace(Some(Arc::new(shown.clone())));

        super::super::look_after(&worker, &mut HashMap::new());
        assert!(matches!(worker.slot(&CONTRACT), Some(Slot::Opening(Step::Leave))));
        let mut taken = Vec::new();
        let produced = produce_until(&worker, &source, &mut taken, 2);
        timeout(Duration::from_secs(30), produced).await.expect("it claims, and gives the lease back");
        contract.store.check().expect_err("it is closed");
        let release = Call::Contracts(Contracts::ReleaseLeases(vec![CONTRACT])).encoded();
        // The claim's own end says that it is the last.
        assert!(taken[0].ends_with(&[1]) && taken[1].ends_with(&release), "{taken:?}");
        let facts = shown.contracts.get_mut(&CONTRACT).expect("is in the view");
        facts.lease = facts.lease.take().map(|lease| LeaseRecord { released: true, ..lease });
        worker.view.send_replace(Some(Arc::new(shown)));
        let free = async {
            while worker.slot(&CONTRACT).is_some() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(30), free).await.expect("its place is free");
    }

    #[tokio::test]
    async fn a_disputable_contract_that_is_open_is_held_for_its_history_whatever_it_pays() {
        let (worker, _source) = holding(true, 1).await;
        let worker = Arc::new(worker);
        let contract = Arc::new(open(&worker.engine, crate::road::history::tests::disputable()).await);
        worker.set_slot(CONTRACT, Some(Slot::Ready(contract)));
        let dear = account(Noticed::holding(terms(9)), 0);
        worker.view.send_replace(Some(Arc::new(shown(Noticed::holding(10), dear).await)));
        assert!(is_due(&worker, &CONTRACT));
        super::super::look_after(&worker, &mut HashMap::new());
        assert!(!matches!(worker.slot(&CONTRACT), Some(Slot::Opening(Step::Leave)) | None));
    }

    #[tokio::test]
    async fn a_contract_that_another_worker_holds_is_not_given_back() {
        let (worker, _source) = holding(true, 1).await;
        let dear = || account(Noticed::holding(terms(9)), 0);
        worker.view.send_replace(Some(Arc::new(shown(Noticed::holding(10), dear()).await)));
        assert!(is_due(&worker, &CONTRACT));
        let mut other = shown(Noticed::holding(10), dear()).await;
        let facts = other.contracts.get_mut(&CONTRACT).expect("is in the view");
        facts.lease = facts.lease.take().map(|lease| LeaseRecord { released: true, ..lease });
        worker.view.send_replace(Some(Arc::new(other)));
        assert!(!is_due(&worker, &CONTRACT));
    }
}
