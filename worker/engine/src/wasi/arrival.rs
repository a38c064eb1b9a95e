//! The content of an answer from outside, as it comes. It comes in while the guest waits, for whatever it waits, and is
//! held until the guest reads it.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};

use super::{
    bindings::wasi::http::types::ErrorCode,
    body::{Queue, Quota},
    exchange::failure,
};
use crate::{capability::http::OpenAnswer, costs::HTTP_SEND, egress::EgressError};

/// The most bytes of a piece.
const MAX_PIECE: usize = 64 * 1024;

/// The contents that are coming in for a call.
#[derive(Clone, Default)]
pub(super) struct Arrivals(Arc<Mutex<Vec<Arrival>>>);

impl Arrivals {
    /// Lets the content of `answer` come in.
    pub(super) fn begin(&self, answer: OpenAnswer, quota: &Quota) -> Arrival {
        let content = Content { there: Queue::new(quota), stage: next(answer) };
        let arrival = Arrival(Arc::new(Mutex::new(content)));
        lock(&self.0).push(arrival.clone());
        arrival
    }

    /// How many there are that have more to come.
    pub(super) fn count(&self) -> usize {
        self.wanted().iter().filter(|arrival| arrival.is_coming()).count()
    }

    /// Lets all of them go on as far as they can; the units that became due by it.
    pub(super) fn advance(&self, context: &mut Context<'_>) -> u64 {
        let mut all = self.wanted();
        let due = all.iter().map(|arrival| arrival.advance(context)).fold(0, u64::saturating_add);
        all.retain(Arrival::is_coming);
        due
    }

    /// Those that somebody may still read.
    fn wanted(&self) -> MutexGuard<'_, Vec<Arrival>> {
        let mut all = lock(&self.0);
        all.retain(|arrival| Arc::strong_count(&arrival.0) > 1);
        all
    }
}

/// One of them. Its message, its resource and its stream share it.
#[derive(Clone)]
pub struct Arrival(Arc<Mutex<Content>>);

struct Content {
    /// What came and was not read.
    there: Queue,
    stage: Stage,
}

enum Stage {
    Coming(BoxFuture<'static, Came>),
    /// Why no more comes, until it is told; none: all of it came.
    Over(Option<ErrorCode>),
}

/// What came, and where it came from.
type Came = (OpenAnswer, Result<Option<Bytes>, EgressError>);

fn next(mut answer: OpenAnswer) -> Stage {
    let coming = async move {
        let piece = answer.read(MAX_PIECE).await;
        (answer, piece)
    };
    Stage::Coming(coming.boxed())
}

impl Arrival {
    /// Goes on as far as it can; the units that became due by it.
    pub(super) fn advance(&self, context: &mut Context<'_>) -> u64 {
        let mut content = lock(&self.0);
        let mut due = 0_u64;
        while let Stage::Coming(coming) = &mut content.stage
            && let Poll::Ready((answer, piece)) = coming.as_mut().poll(context)
        {
            content.stage = match piece {
                Ok(Some(piece)) => {
                    due = due.saturating_add(HTTP_SEND.bytes(piece.len()));
                    match content.there.push(&piece) {
                        true => next(answer),
                        false => Stage::Over(Some(ErrorCode::HttpResponseBodySize(None))),
                    }
                }
                Ok(None) => Stage::Over(None),
                Err(error) => Stage::Over(Some(failure(&error))),
            };
        }
        due
    }

    /// Whether there is anything to read, its end included.
    pub(super) fn is_ready(&self) -> bool {
        let content = lock(&self.0);
        !content.there.is_empty() || matches!(content.stage, Stage::Over(_))
    }

    fn is_coming(&self) -> bool {
        matches!(lock(&self.0).stage, Stage::Coming(_))
    }

    /// The next bytes, at most `most`, and no bytes where none have come yet. At the end the reason for it, which is told
    /// once; none, if all of it was read.
    pub(super) fn read(&self, most: usize) -> Result<Bytes, Option<ErrorCode>> {
        let mut content = lock(&self.0);
        let Content { there, stage } = &mut *content;
        match stage {
            Stage::Over(reason) if there.is_empty() => Err(mem::take(reason)),
            Stage::Coming(_) | Stage::Over(_) => Ok(there.pop(most).into()),
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds the lock.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
