//! Bodies: in memory, and bounded, each by its own limit and all of a call together.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{bindings::wasi::http::types::ErrorCode, interface::trap, streams::IoError};
use crate::{call::Exceeded, outcome::Limit};

/// How many bytes of bodies a call may still hold in the worker's memory.
#[derive(Clone)]
pub(super) struct Quota(Arc<AtomicU64>);

impl Quota {
    pub(super) fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = |left: u64| left.checked_sub(bytes as u64);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Bytes that count until they are dropped.
struct Held {
    bytes: Vec<u8>,
    quota: Quota,
}

impl Held {
    fn empty(quota: Quota) -> Self {
        Self { bytes: Vec::new(), quota }
    }

    fn extend(&mut self, bytes: &[u8]) -> bool {
        let room = self.quota.take(bytes.len());
        if room {
            self.bytes.extend_from_slice(bytes);
        }
        room
    }

    fn into_bytes(mut self) -> Vec<u8> {
        let bytes = std::mem::take(&mut self.bytes);
        self.quota.give_back(bytes.len());
        bytes
    }
}

/// Content on its way out. It counts until this is dropped.
pub(super) struct Sending {
    bytes: usize,
    quota: Quota,
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.quota.give_back(self.bytes);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.quota.give_back(self.bytes.len());
    }
}

/// Bytes that came in, in one piece however small the pieces were that they came in: whoever sends them decides about
/// those. They count until they are taken out or dropped.
pub(super) struct Queue {
    bytes: VecDeque<u8>,
    quota: Quota,
}

impl Queue {
    pub(super) fn new(quota: &Quota) -> Self {
        Self { bytes: VecDeque::new(), quota: quota.clone() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes bytes in; none of them if the call holds too many.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        let room = self.quota.take(bytes.len());
        if room {
            self.bytes.extend(bytes);
        }
        room
    }

    /// The first bytes, at most `most`.
    pub(super) fn pop(&mut self, most: usize) -> Vec<u8> {
        let count = most.min(self.bytes.len());
        let (front, back) = self.bytes.as_slices();
        let front = &front[..count.min(front.len())];
        let taken = [front, &back[..count - front.len()]].concat();
        self.bytes.drain(..count);
        self.quota.give_back(count);
        let left = self.bytes.len();
        // Room that does not count is not kept.
        if left < self.bytes.capacity() / 4 {
            self.bytes.shrink_to(left.saturating_mul(2));
        }
        taken
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.quota.give_back(self.bytes.len());
    }
}

/// Of which message a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Request,
    Response,
}

/// How far the guest is with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Open,
    Finished,
    /// Dropped without having been finished.
    Abandoned,
}

/// A body that the guest writes. Its message, its resource and its stream share it.
#[derive(Clone)]
pub struct Buffer(Arc<Mutex<Content>>);

struct Content {
    held: Held,
    of: Of,
    limit: usize,
    /// What the message's `content-length` says.
    expected: Option<u64>,
    progress: Progress,
}

impl Buffer {
    pub(super) fn new(of: Of, limit: u32, expected: Option<u64>, quota: &Quota) -> Self {
        let held = Held::empty(quota.clone());
        let limit = limit as usize;
        Self(Arc::new(Mutex::new(Content { held, of, limit, expected, progress: Progress::Open })))
    }

    /// Takes bytes in. The outer error ends the call, the inner one is the stream's.
    pub(super) fn write(&self, bytes: &[u8]) -> wasmtime::Result<Result<(), IoError>> {
        let mut content = self.lock();
        let length = content.held.bytes.len().saturating_add(bytes.len());
        if length > content.limit {
            return match content.of {
                Of::Response => Err(Exceeded(Limit::Response).into()),
                Of::Request => Ok(Err(IoError {
                    text: format!("a request may have {} bytes of content", content.limit),
                    code: Some(ErrorCode::HttpRequestBodySize(Some(length as u64))),
                })),
            };
        }
        if content.held.extend(bytes) {
            return Ok(Ok(()));
        }
        trap("the bodies of this call's messages have more bytes together than its answer and 16 requests may have")
    }

    /// Ends the body, if it is as long as its message says.
    pub(super) fn finish(&self) -> Result<(), ErrorCode> {
        let mut content = self.lock();
        let written = content.held.bytes.len() as u64;
        if content.expected.is_some_and(|expected| expected != written) {
            return Err(match content.of {
                Of::Request => ErrorCode::HttpRequestBodySize(Some(written)),
                Of::Response => ErrorCode::HttpResponseBodySize(Some(written)),
            });
        }
        content.progress = Progress::Finished;
        Ok(())
    }

    /// The body's resource is gone.
    pub(super) fn abandon(&self) {
        let mut content = self.lock();
        if content.progress == Progress::Open {
            content.progress = Progress::Abandoned;
        }
    }

    pub(super) fn progress(&self) -> Progress {
        self.lock().progress
    }

    /// What was written; nothing is left.
    pub(super) fn take(&self) -> Vec<u8> {
        let mut content = self.lock();
        let quota = content.held.quota.clone();
        std::mem::replace(&mut content.held, Held::empty(quota)).into_bytes()
    }

    /// A copy of what was written, without its first `skipped` bytes.
    pub(super) fn since(&self, skipped: usize) -> Vec<u8> {
        self.lock().held.bytes.get(skipped..).unwrap_or_default().to_vec()
    }

    /// What was written, to be sent; nothing is left.
    pub(super) fn send(&self) -> (Vec<u8>, Sending) {
        let mut content = self.lock();
        let bytes = std::mem::take(&mut content.held.bytes);
        let sending = Sending { bytes: bytes.len(), quota: content.held.quota.clone() };
        (bytes, sending)
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(of: Of, expected: Option<u64>, quota: &Quota) -> Buffer {
        Buffer::new(of, 8, expected, quota)
    }

    #[test]
    fn a_response_beyond_its_limit_ends_the_call() {
        let body = buffer(Of::Response, None, &Quota::new(100));
        assert!(matches!(body.write(&[0; 8]), Ok(Ok(()))));
        let error = body.write(&[0]).expect_err("too large");
        assert!(matches!(error.downcast_ref(), Some(Exceeded(Limit::Response))));
    }

    #[test]
    fn a_request_beyond_its_limit_is_the_guests_to_handle() {
        let body = buffer(Of::Request, None, &Quota::new(100));
        let Ok(Err(error)) = body.write(&[0; 9]) else { panic!("too large") };
        assert!(matches!(error.code, Some(ErrorCode::HttpRequestBodySize(Some(9)))));
    }

    #[test]
    fn the_bodies_of_a_call_are_bounded_together_and_count_until_they_are_gone() {
        let quota = Quota::new(10);
        let (first, second) = (buffer(Of::Request, None, &quota), buffer(Of::Request, None, &quota));
        let mut answer = Queue::new(&quota);
        assert!(matches!(first.write(&[0; 6]), Ok(Ok(()))));
        assert!(second.write(&[0; 6]).is_err());
        assert!(!answer.push(&[0; 6]) && answer.is_empty());
        drop(first);
        assert!(answer.push(&[0; 6]), "there is room again");
        assert!(second.write(&[0; 6]).is_err());
        drop(answer);
        assert!(matches!(second.write(&[0; 6]), Ok(Ok(()))));
        assert_eq!(second.take().len(), 6);
        assert!(Queue::new(&quota).push(&[0; 10]));
    }

    #[test]
    fn what_came_in_is_taken_out_in_its_order_and_counts_until_then() {
        let quota = Quota::new(10);
        let mut queue = Queue::new(&quota);
        assert!(queue.push(b"abc") && queue.push(b"defgh"));
        assert_eq!(queue.pop(2), b"ab");
        assert!(queue.push(b"ijkl") && !queue.push(b"m"));
        assert_eq!((queue.pop(0), queue.pop(7), queue.pop(9)), (vec![], b"cdefghi".to_vec(), b"jkl".to_vec()));
        assert!(queue.is_empty() && queue.pop(1).is_empty());
        assert!(queue.push(&[0; 10]));
    }

    #[test]
    fn many_small_pieces_take_no_more_room_than_a_few_large_ones_and_it_is_given_back() {
        const BYTES: usize = 1 << 16;
        let mut queue = Queue::new(&Quota::new(BYTES as u64));
        assert!((0..BYTES).all(|_| queue.push(b"x")));
        assert!(queue.bytes.capacity() <= 2 * BYTES);
        assert_eq!(queue.pop(BYTES - 10).len(), BYTES - 10);
        assert!(queue.bytes.capacity() < 1000, "room for what is left");
        assert_eq!((queue.pop(10).len(), queue.bytes.capacity()), (10, 0));
    }

    #[test]
    fn content_that_is_being_sent_counts_until_it_is_sent() {
        let quota = Quota::new(10);
        let (first, second) = (buffer(Of::Request, None, &quota), buffer(Of::Request, None, &quota));
        assert!(matches!(first.write(&[0; 6]), Ok(Ok(()))));
        let (bytes, sending) = first.send();
        drop(first);
        assert_eq!(bytes.len(), 6);
        assert!(second.write(&[0; 6]).is_err());
        drop(sending);
        assert!(matches!(second.write(&[0; 6]), Ok(Ok(()))));
        assert!(second.write(&[0; 2]).is_ok() && !Queue::new(&quota).push(&[0; 3]));
    }

    #[test]
    fn a_body_of_another_length_than_its_message_says_cannot_be_finished() {
        let body = buffer(Of::Response, Some(3), &Quota::new(100));
        assert!(matches!(body.write(b"four"), Ok(Ok(()))));
        assert!(matches!(body.finish(), Err(ErrorCode::HttpResponseBodySize(Some(4)))));
        assert_eq!(body.progress(), Progress::Open);
        let body = buffer(Of::Request, Some(3), &Quota::new(100));
        assert!(matches!(body.finish(), Err(ErrorCode::HttpRequestBodySize(Some(0)))));
        assert!(matches!(body.write(b"six"), Ok(Ok(()))) && body.finish().is_ok());
        body.abandon();
        assert_eq!(body.progress(), Progress::Finished);
    }
}
