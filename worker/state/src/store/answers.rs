//! Answers that are kept so that a retry of a request gets the one that was given.

use std::ops::Bound;

use adyton_protocol::ids::RequestId;
use slatedb::WriteBatch;

use super::{Inner, Store, StoredAnswer, layout};
use crate::StateError;

impl Store {
    /// The answer that was committed for `request`, if it is still kept. Durable like the commit.
    pub async fn answer(&self, request: RequestId) -> Result<Option<StoredAnswer>, StateError> {
        let inner = &self.inner;
        inner.durability.check()?;
        let snapshot = inner.db.snapshot()?;
        let Some(stored) = snapshot.get(layout::answer_key(&request)).await? else { return Ok(None) };
        inner.durability.wait(&inner.db, snapshot.seq()).await?;
        layout::from_answer_value(request, &stored).map(Some)
    }

    /// Removes up to `limit` answers whose end lies before `now_unix`, in seconds of Unix time; gives how
    /// many. Call it now and then with a time that is trusted not to be ahead: a request whose answer is
    /// forgotten could be run again.
    pub async fn forget_answers(&self, now_unix: u64, limit: usize) -> Result<usize, StateError> {
        self.inner.run(move |inner| async move { inner.forget_answers(now_unix, limit).await }).await
    }
}

impl Inner {
    async fn forget_answers(&self, now_unix: u64, limit: usize) -> Result<usize, StateError> {
        let mut order = self.order.lock().await;
        self.durability.check()?;
        let nobody = RequestId([0; 16]);
        let (start, end) = (layout::expiry_key(order.answers_from, &nobody), layout::expiry_key(now_unix, &nobody));
        if limit == 0 || start >= end {
            return Ok(0);
        }
        let mut ends = self.db.scan((Bound::Included(start), Bound::Excluded(end))).await?;
        let (mut batch, mut removed, mut last) = (WriteBatch::new(), 0, now_unix);
        while let Some(stored) = ends.next().await? {
            let (expires, request) = layout::from_expiry_key(&stored.key)?;
            if removed == limit {
                last = expires;
                break;
            }
            batch.delete(layout::answer_key(&request));
            batch.delete(&stored.key);
            removed += 1;
        }
        if removed > 0 {
            let number = self.write(&order, batch).await?;
            self.durability.wait(&self.db, number).await?;
        }
        // Removed keys leave marks behind until the next compaction; do not walk over them again.
        order.answers_from = last;
        Ok(removed)
    }
}
