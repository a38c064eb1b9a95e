//! An early view of an answer: the parts of a response on their way to a caller who wants them before the call is over.
//!
//! They are provisional. What is committed, signed and stored is the whole answer; this only remembers what was shown of
//! it, so that an answer that does not begin with that is never taken for its end. A few pieces at a time wait for the
//! caller, and no more: a call whose caller does not take them waits, and its time goes on. It does not wait for long,
//! because others may wait for it in turn: what comes then is kept for the end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use adyton_engine::Provisional;
use adyton_protocol::call::{Fields, MAX_CHUNK};
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::mpsc::{self, Permit},
    time::{Instant, timeout},
};

use super::answer::Answer;

/// The most bytes of content in a piece: with its length in front, it fills a chunk of the seal.
pub const PIECE: usize = MAX_CHUNK - 4;
/// How many pieces wait for the caller.
const WAITING: usize = 3;
/// For how long a call waits for its caller, in all.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many smaller pieces a contract may have sent at once. Each costs some bytes more than it has, and all have to fit
/// into a sealed answer: what comes later waits until it fills one, or for the end.
const SMALLER: usize = 8192;

/// Where a call's parts go.
#[derive(Clone)]
pub struct Parts {
    pieces: mpsc::Sender<Provisional>,
    shown: Shown,
}

/// What of an answer was shown.
#[derive(Clone)]
pub struct Shown(Arc<Mutex<Beginning>>);

#[derive(Default)]
struct Beginning {
    head: Option<(u16, Fields)>,
    /// Bytes of content that were shown, and their hash.
    bytes: usize,
    hash: Sha256,
    /// What came behind them, and is not shown yet.
    unsent: Vec<u8>,
    smaller: usize,
    /// For how long the call may still wait.
    patience: Duration,
    /// The caller is gone, or took a piece too late: nothing more is shown.
    over: bool,
}

/// Parts for one call; where its caller takes them, and what was shown so far.
pub fn parts() -> (Parts, mpsc::Receiver<Provisional>, Shown) {
    let (pieces, taken) = mpsc::channel(WAITING);
    let shown = Shown(Arc::new(Mutex::new(Beginning { patience: PATIENCE, ..Beginning::default() })));
    (Parts { pieces, shown: shown.clone() }, taken, shown)
}

impl Parts {
    /// Gives the next part, when the caller has taken those before it. Once that took too long, nothing more is given.
    pub async fn give(&self, part: Provisional) {
        let pieces = self.shown.lock().cut(part);
        for piece in pieces {
            let Some(place) = self.place().await else { break };
            self.shown.lock().note(&piece);
            place.send(piece);
        }
    }

    /// A place for the next piece; none for a caller who went away, which ends the call, or takes too long.
    async fn place(&self) -> Option<Permit<'_, Provisional>> {
        let (patience, since) = (self.shown.lock().patience, Instant::now());
        let place = timeout(patience, self.pieces.reserve()).await.ok().and_then(Result::ok);
        let mut shown = self.shown.lock();
        shown.patience = patience.saturating_sub(since.elapsed());
        shown.over = place.is_none();
        place
    }

    /// Whether anything was shown: another run of the call could show something else.
    pub fn begun(&self) -> bool {
        self.shown.lock().head.is_some()
    }
}

impl Shown {
    /// How much of `answer`'s content was shown; nothing if not even its head was.
    ///
    /// # Errors
    ///
    /// [`Differs`] if the answer does not begin with what was shown.
    pub fn of(&self, answer: &Answer) -> Result<Option<usize>, Differs> {
        let shown = self.lock();
        let Some((status, fields)) = &shown.head else { return Ok(None) };
        let content = answer.content.get(..shown.bytes).ok_or(Differs)?;
        let same = Sha256::digest(content) == shown.hash.clone().finalize();
        if same && (*status, fields) == (answer.status, &answer.fields) { Ok(Some(shown.bytes)) } else { Err(Differs) }
    }

    fn lock(&self) -> MutexGuard<'_, Beginning> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer is another one than what was shown of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Differs;

impl Beginning {
    /// The pieces that are to be shown now.
    fn cut(&mut self, part: Provisional) -> Vec<Provisional> {
        if self.over {
            return Vec::new();
        }
        let more = match part {
            Provisional::Head { .. } => return vec![part],
            Provisional::Content(more) => more,
        };
        self.unsent.extend_from_slice(&more);
        let whole = self.unsent.len() / PIECE * PIECE;
        let shown = if self.smaller < SMALLER { self.unsent.len() } else { whole };
        if shown > whole {
            self.smaller += 1;
        }
        let unsent = self.unsent.split_off(shown);
        let sent = std::mem::replace(&mut self.unsent, unsent);
        sent.chunks(PIECE).map(|piece| Provisional::Content(piece.to_vec())).collect()
    }

    /// Remembers a piece that is shown.
    fn note(&mut self, piece: &Provisional) {
        match piece {
            Provisional::Head { status, fields } => self.head = Some((*status, fields.clone())),
            Provisional::Content(bytes) => {
                self.bytes += bytes.len();
                self.hash.update(bytes);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
