//! How slow a peer may be: contents that are read, and answers that it takes.
//!
//! A peer may be behind [`RATE`] by the configured time. Only time counts in which the peer is waited for: a worker that
//! takes a content slowly is not its sender's fault.

use std::{
    error::Error,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use crate::contents::Held;

/// Bytes in a second.
pub const RATE: u32 = 16 * 1024;

/// One peer's patience: how long it may still be waited for.
pub struct Pace {
    /// The most.
    most: Duration,
    left: Duration,
    /// Since when it is waited for, and until when.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pace {
    /// May be behind by `most`.
    pub fn new(most: Duration) -> Self {
        Self { most, left: most, waiting: None }
    }

    /// The peer has to be waited for. Ready when it was long enough.
    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let left = self.left;
        let (_, sleep) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        sleep.as_mut().poll(context)
    }

    /// `bytes` went on.
    fn moved(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(Duration::from_secs(1) * bytes / RATE).min(self.most);
    }
}

/// Why a content ends before its end.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It comes too slowly.
    #[error("the content comes too slowly")]
    Slow,
    /// There is no room for it now.
    #[error("there is no room for the content now")]
    NoRoom,
    /// The connection broke, or what came is not HTTP.
    #[error(transparent)]
    Broken(#[from] hyper::Error),
}

impl ContentError {
    /// Finds it in `error` and what that comes from.
    pub fn of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }
}

/// Whether `error`, or what it comes from, is a content that comes too slowly.
pub fn is_slow(error: &(dyn Error + 'static)) -> bool {
    matches!(ContentError::of(error), Some(ContentError::Slow))
}

/// A request's content, at the peer's pace, as far as there is room.
pub struct Content {
    body: Incoming,
    pace: Pace,
    held: Arc<Held>,
}

impl Content {
    /// `body`, which may come as `pace` says, and counts as `held`.
    pub fn new(body: Incoming, pace: Pace, held: Arc<Held>) -> Self {
        Self { body, pace, held }
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        self.held.whole();
    }
}

impl HttpBody for Content {
    type Data = Bytes;
    type Error = ContentError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Self { body, pace, held } = self.get_mut();
        if held.is_gone(context.waker()) {
            return Poll::Ready(Some(Err(ContentError::NoRoom)));
        }
        match Pin::new(body).poll_frame(context) {
            Poll::Ready(frame) => {
                let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().map(Bytes::len));
                let bytes = bytes.unwrap_or(0);
                pace.moved(bytes);
                if !held.take(bytes) {
                    return Poll::Ready(Some(Err(ContentError::NoRoom)));
                }
                Poll::Ready(frame.map(|frame| frame.map_err(ContentError::Broken)))
            }
            Poll::Pending => pace.poll_wait(context).map(|()| Some(Err(ContentError::Slow))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose peer takes what is written at its pace, or loses it.
pub struct Steady<S> {
    stream: S,
    pace: Pace,
}

impl<S> Steady<S> {
    /// `stream`, whose peer may take as `pace` says.
    pub fn new(stream: S, pace: Pace) -> Self {
        Self { stream, pace }
    }

    fn judge(&mut self, written: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(written) => {
                self.pace.moved(*written.as_ref().unwrap_or(&0));
                Poll::Ready(written)
            }
            Poll::Pending => self.pace.poll_wait(context).map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Steady<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Steady<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.judge(written, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, parts);
        this.judge(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // A TCP stream holds nothing back: flushing and closing wait for nobody.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
