//! That a finalized head is not an old one.
//!
//! A host can stop feeding us, or feed us what was final yesterday. Our clock is the host's, so it proves
//! nothing. So a process posts a nonce of its own to the chain; a state that shows that nonce is younger than
//! the moment at which the nonce was drawn. Everything finalized at or after the nonce's block counts as
//! fresh until a window, counted from that moment by the process's own monotonic counter, has passed.
//!
//! The counter must go on while the machine is suspended (on Linux, `CLOCK_BOOTTIME`): one that stands still
//! makes the window longer.

use std::{collections::VecDeque, time::Duration};

use adyton_protocol::{
    ids::{BlockNumber, BlockRef, WorkerId},
    record::WorkerRecord,
    storage,
};
use codec::DecodeAll;

use super::{FinalizedHeader, ProvenValues, Refusal};

/// How many nonces may wait for their proof; the oldest gives way.
const WAITING: usize = 8;

/// The highest finalized head seen: no lower one is accepted, and no other one of the same height.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    highest: Option<BlockRef>,
}

impl Heads {
    /// Accepts `head` if it does not go back.
    pub fn observe(&mut self, head: BlockRef) -> Result<(), Refusal> {
        if let Some(seen) = self.highest {
            if head.number < seen.number {
                return Err(Refusal::HeadWentBack { seen: seen.number, found: head.number });
            }
            if head.number == seen.number && head.hash != seen.hash {
                return Err(Refusal::TwoHeads { number: head.number });
            }
        }
        self.highest = Some(head);
        Ok(())
    }

    /// The highest seen.
    pub fn highest(&self) -> Option<BlockRef> {
        self.highest
    }
}

/// A nonce, and when it was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    /// 32 random bytes.
    pub nonce: [u8; 32],
    /// The process's own counter at that moment.
    pub drawn_at: Duration,
}

/// What one process knows about the freshness of the chain it is shown. `now` is its own monotonic counter in
/// every call.
#[derive(Debug, Clone)]
pub struct Freshness {
    own: WorkerId,
    window: Duration,
    heads: Heads,
    waiting: VecDeque<Challenge>,
    proven: Option<(Challenge, BlockNumber)>,
    latest_now: Duration,
}

/// A finalized header that was fresh when it was accepted, and for how long it stays so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshHeader {
    header: FinalizedHeader,
    drawn_at: Duration,
    window: Duration,
}

impl Freshness {
    /// For the process that is registered as `own`; a proven nonce holds for `window` from when it was drawn.
    pub fn new(own: WorkerId, window: Duration) -> Self {
        Self {
            own,
            window,
            heads: Heads::default(),
            waiting: VecDeque::new(),
            proven: None,
            latest_now: Duration::ZERO,
        }
    }

    /// Remembers a random nonce before it is posted (`workers.heartbeat` carries it to the chain).
    pub fn challenge(&mut self, nonce: [u8; 32], now: Duration) -> Result<(), Refusal> {
        self.tick(now)?;
        if nonce == [0; 32] {
            return Err(Refusal::ZeroNonce);
        }
        if self.waiting.len() == WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Challenge { nonce, drawn_at: now });
        Ok(())
    }

    /// The storage key whose proven value [`Freshness::observe`] needs: this process's own record.
    pub fn key(&self) -> Vec<u8> {
        storage::workers(&self.own)
    }

    /// Looks for a nonce of ours in the process's own proven record. True when one that was waiting is now
    /// proven; false when the record shows none that waits.
    pub fn observe(&mut self, values: &ProvenValues, now: Duration) -> Result<bool, Refusal> {
        self.tick(now)?;
        let Some(bytes) = values.value(&self.key())? else { return Ok(false) };
        let record = WorkerRecord::decode_all(&mut &bytes[..]).map_err(|_| Refusal::UnreadableValue("a worker"))?;
        let heartbeat = record.heartbeat;
        let Some(found) = self.waiting.iter().position(|challenge| challenge.nonce == heartbeat.nonce) else {
            return Ok(false);
        };
        if heartbeat.block > values.block().number {
            return Err(Refusal::BeforeNonce { found: values.block().number, nonce: heartbeat.block });
        }
        // Those drawn before it would prove less.
        let challenge = self.waiting.drain(..=found).next_back().ok_or(Refusal::NonceNotProven)?;
        self.proven = Some((challenge, heartbeat.block));
        Ok(true)
    }

    /// Accepts `head` as fresh: it does not go back, it is not from before the proven nonce's block, and the
    /// window since that nonce was drawn has not passed.
    pub fn accept(&mut self, head: FinalizedHeader, now: Duration) -> Result<FreshHeader, Refusal> {
        self.tick(now)?;
        let (challenge, block) = self.proven.ok_or(Refusal::NonceNotProven)?;
        if head.number() < block {
            return Err(Refusal::BeforeNonce { found: head.number(), nonce: block });
        }
        let fresh = FreshHeader { header: head, drawn_at: challenge.drawn_at, window: self.window };
        fresh.check(now)?;
        self.heads.observe(fresh.header.block())?;
        Ok(fresh)
    }

    /// When, on the process's own counter, what is accepted now stops being fresh; none before the first
    /// proof. Post the next nonce in good time before it.
    pub fn until(&self) -> Option<Duration> {
        self.proven.map(|(challenge, _)| challenge.drawn_at.saturating_add(self.window))
    }

    /// The counter never goes back.
    fn tick(&mut self, now: Duration) -> Result<(), Refusal> {
        if now < self.latest_now {
            return Err(Refusal::ClockWentBack);
        }
        self.latest_now = now;
        Ok(())
    }
}

impl FreshHeader {
    /// The header.
    pub fn header(&self) -> &FinalizedHeader {
        &self.header
    }

    /// Whether it is still fresh: to be asked again right before acting.
    pub fn check(&self, now: Duration) -> Result<(), Refusal> {
        let age = now.checked_sub(self.drawn_at).ok_or(Refusal::ClockWentBack)?;
        if age > self.window {
            return Err(Refusal::Stale { age_ms: millis(age), window_ms: millis(self.window) });
        }
        Ok(())
    }
}

/// For those who have a clock that they trust: the chain's proven time (`Timestamp::Now`, Unix milliseconds)
/// is within `tolerance` of `unix_ms`, in both directions. Gives the chain's time.
pub fn check_clock(values: &ProvenValues, unix_ms: u64, tolerance: Duration) -> Result<u64, Refusal> {
    let bytes = values.value(&storage::timestamp())?.ok_or(Refusal::UnreadableValue("the time"))?;
    let chain = u64::decode_all(&mut &bytes[..]).map_err(|_| Refusal::UnreadableValue("the time"))?;
    let tolerance = millis(tolerance);
    if unix_ms.saturating_sub(chain) > tolerance {
        return Err(Refusal::ChainBehindClock { by_ms: unix_ms - chain });
    }
    if chain.saturating_sub(unix_ms) > tolerance {
        return Err(Refusal::ChainAheadOfClock { by_ms: chain - unix_ms });
    }
    Ok(chain)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
