//! Tells the chain with which heads stores were opened, many at once: it takes one such list of a worker per block,
//! and after a restart many contracts are opened at the same time.
//!
//! Whoever finds nobody sending sends for all who wait; whoever comes meanwhile waits for that to end, and one of
//! them then sends for all of them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use adyton_protocol::{ids::ContractId, record::Opening};
use anyhow::Context;
use tokio::sync::oneshot;

/// The most openings of one extrinsic.
const MAX_OPENINGS: usize = 64;

/// Openings that the chain has to learn.
#[derive(Default)]
pub struct Openings {
    waiting: Mutex<BTreeMap<ContractId, Waiting>>,
    sending: tokio::sync::Mutex<()>,
}

struct Waiting {
    opening: Opening,
    done: oneshot::Sender<anyhow::Result<()>>,
}

impl Openings {
    /// Returns when the chain has taken `opening`. `send` takes a list to the chain and waits for its finality.
    pub async fn finalize<F>(&self, opening: Opening, send: impl Fn(Vec<Opening>) -> F) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<()>>,
    {
        let (done, mut result) = oneshot::channel();
        self.waiting().insert(opening.contract, Waiting { opening, done });
        loop {
            let _one = self.sending.lock().await;
            match result.try_recv() {
                Ok(result) => return result,
                Err(oneshot::error::TryRecvError::Closed) => anyhow::bail!("its opening was given up"),
                Err(oneshot::error::TryRecvError::Empty) => send_all(self.take(), &send).await,
            }
        }
    }

    /// What one extrinsic carries, ascending by contract.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let ids: Vec<ContractId> = waiting.keys().copied().take(MAX_OPENINGS).collect();
        ids.iter().filter_map(|id| waiting.remove(id)).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<ContractId, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The chain refuses a list for one wrong entry; then each is sent alone.
async fn send_all<F>(batch: Vec<Waiting>, send: &impl Fn(Vec<Opening>) -> F)
where
    F: Future<Output = anyhow::Result<()>>,
{
    let openings: Vec<Opening> = batch.iter().map(|waiting| waiting.opening).collect();
    let together = match openings.len() {
        0 | 1 => false,
        _ => send(openings).await.is_ok(),
    };
    for Waiting { opening, done } in batch {
        let result = if together { Ok(()) } else { send(vec![opening]).await };
        // Who asked may have gone.
        let _ = done.send(result.context("finalizing the head it was opened with"));
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use adyton_protocol::record::StateHead;

    use super::*;

    /// Takes lists as the chain does, and refuses those with `wrong` in them.
    #[derive(Default)]
    struct Chain {
        wrong: Option<ContractId>,
        lists: Mutex<Vec<Vec<ContractId>>>,
    }

    impl Chain {
        async fn take(&self, openings: Vec<Opening>) -> anyhow::Result<()> {
            let ids: Vec<ContractId> = openings.iter().map(|opening| opening.contract).collect();
            assert!(ids.is_sorted() && !ids.is_empty());
            tokio::time::sleep(Duration::from_millis(20)).await;
            let refused = self.wrong.is_some_and(|wrong| ids.contains(&wrong));
            self.lists.lock().unwrap().push(ids);
            anyhow::ensure!(!refused, "refused");
            Ok(())
        }
    }

    fn opening(number: u8) -> Opening {
        let contract = ContractId([number; 32]);
        Opening { contract, lease: 1, head: StateHead::genesis(&contract) }
    }

    /// Finalizes contracts 0 to `count` at the same time; who succeeded, and the lists that the chain saw.
    async fn all(count: u8, wrong: Option<u8>) -> (Vec<bool>, Vec<Vec<ContractId>>) {
        let chain = Arc::new(Chain { wrong: wrong.map(|number| ContractId([number; 32])), ..Chain::default() });
        let openings = Openings::default();
        let send = |list| {
            let chain = Arc::clone(&chain);
            async move { chain.take(list).await }
        };
        let each = (0..count).map(|number| openings.finalize(opening(number), &send));
        let done = futures::future::join_all(each).await.iter().map(Result::is_ok).collect();
        let lists = chain.lists.lock().unwrap().clone();
        (done, lists)
    }

    #[tokio::test]
    async fn what_comes_at_the_same_time_shares_few_lists_of_bounded_length() {
        let (done, lists) = all(100, None).await;
        assert_eq!(done, [true; 100]);
        assert!(lists.len() <= 3 && lists.iter().all(|list| list.len() <= MAX_OPENINGS), "{lists:?}");
        assert_eq!(lists.concat().len(), 100, "each is sent once");
    }

    #[tokio::test]
    async fn one_that_the_chain_refuses_does_not_keep_the_others_out() {
        let (done, _) = all(5, Some(3)).await;
        assert_eq!(done, [true, true, true, false, true]);
    }

    #[tokio::test]
    async fn an_opening_that_was_given_up_holds_up_nobody() {
        let openings = Openings::default();
        let stuck = openings.finalize(opening(1), |_| std::future::pending());
        assert!(tokio::time::timeout(Duration::from_millis(20), stuck).await.is_err());
        openings.finalize(opening(2), |_| async { Ok(()) }).await.unwrap();
        openings.finalize(opening(1), |_| async { Ok(()) }).await.unwrap();
    }
}
