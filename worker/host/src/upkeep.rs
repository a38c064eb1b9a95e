//! What open contracts need now and then: answers that no retry can ask for any more are forgotten.

use std::{sync::Arc, time::Duration};

use adyton_state::{StateError, Store};

use crate::worker::{Slot, Worker};

/// How often.
const EVERY: Duration = Duration::from_secs(60);
/// The most answers that are forgotten in one commit.
const AT_ONCE: usize = 1000;

/// Looks after open contracts until the process ends.
pub async fn run(worker: Arc<Worker>) {
    loop {
        tokio::time::sleep(EVERY).await;
        // The chain's own time at a proven head: it may lag, and then an answer is kept for longer.
        let Some(now) = worker.view().map(|view| view.chain_ms / 1000) else { continue };
        for (id, slot) in worker.slots() {
            let Slot::Ready(contract) = slot else { continue };
            if let Err(error) = forget(&contract.store, now).await {
                tracing::debug!(contract = %id, %error, "forgetting answers");
            }
        }
    }
}

/// Forgets all answers that end before `now`, in Unix seconds; gives how many.
async fn forget(store: &Store, now: u64) -> Result<usize, StateError> {
    let mut all = 0;
    loop {
        let some = store.forget_answers(now, AT_ONCE).await?;
        all += some;
        if some < AT_ONCE {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use adyton_protocol::ids::RequestId;
    use adyton_state::StoredAnswer;

    use super::*;
    use crate::road::answer::tests::store;

    #[tokio::test]
    async fn every_answer_whose_time_is_over_is_forgotten_and_no_other() {
        let store = store().await;
        for number in 0..5u8 {
            let prepared = store.prepare(store.begin().await.expect("begins")).await.expect("prepares");
            let request = RequestId([number; 16]);
            let answer = StoredAnswer { request, bytes: b"x".as_slice().into(), expires_unix: 100 + u64::from(number) };
            store.commit(prepared, Some(answer)).await.expect("commits");
        }
        assert_eq!(forget(&store, 103).await.expect("forgets"), 3);
        assert!(store.answer(RequestId([2; 16])).await.expect("reads").is_none());
        assert!(store.answer(RequestId([3; 16])).await.expect("reads").is_some());
        assert_eq!(forget(&store, 103).await.expect("forgets"), 0);
    }
}
