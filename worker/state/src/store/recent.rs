//! What the newest commits wrote, so that a transaction that began before them learns whether they changed
//! what it read. Bounded: a transaction older than what is held here counts as overtaken.

use std::collections::VecDeque;

use bytes::Bytes;

use super::transaction::Reads;

/// Commits that are held.
const MAX_COMMITS: usize = 4096;
/// Bytes of keys that are held.
const MAX_BYTES: usize = 8 << 20;
/// What a key costs beside its bytes.
const OVERHEAD: usize = 48;

/// The writes of the commits with sequences from `oldest` on.
pub struct Recent {
    commits: VecDeque<Vec<Bytes>>,
    oldest: u64,
    bytes: usize,
}

impl Recent {
    /// Nothing is known of commits up to `sequence`.
    pub fn after(sequence: u64) -> Self {
        Self { commits: VecDeque::new(), oldest: sequence.saturating_add(1), bytes: 0 }
    }

    /// Notes the keys that the next commit wrote.
    pub fn push(&mut self, keys: Vec<Bytes>) {
        self.bytes += cost(&keys);
        self.commits.push_back(keys);
        while self.commits.len() > MAX_COMMITS || self.bytes > MAX_BYTES {
            let Some(dropped) = self.commits.pop_front() else { break };
            self.bytes -= cost(&dropped);
            self.oldest += 1;
        }
    }

    /// The database's keys that commits after `sequence` wrote, as far as they are held.
    pub fn keys_after(&self, sequence: u64) -> impl Iterator<Item = &Bytes> {
        let skip = sequence.saturating_add(1).saturating_sub(self.oldest);
        self.commits.iter().skip(skip as usize).flatten()
    }

    /// Whether a commit after `sequence` wrote something of `reads`, or may have.
    pub fn overtook(&self, sequence: u64, reads: &Reads) -> bool {
        let Some(skip) = sequence.saturating_add(1).checked_sub(self.oldest) else { return true };
        self.commits.iter().skip(skip as usize).any(|keys| reads.touch(keys))
    }
}

fn cost(keys: &[Bytes]) -> usize {
    keys.iter().map(|key| key.len() + OVERHEAD).sum()
}
