//! By which rules the network decides now.

use adyton_client::chain::{
    facts::Facts,
    governance::{Periods, Track, inactive_issuance, total_issuance, track_periods, vote_lock},
};
use anyhow::Result;

use crate::blocks::Blocks;

/// What all commands need of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// When blocks are.
    pub blocks: Blocks,
    /// All PHA that counts for support.
    pub issuance: u128,
    /// For how many blocks a vote of conviction 1 locks.
    pub lock: u32,
    /// By the tracks' numbers.
    periods: [Periods; Track::ALL.len()],
}

impl Rules {
    /// The keys that [`Rules::of`] needs.
    pub fn keys() -> Vec<Vec<u8>> {
        let mut keys = vec![inactive_issuance(), Blocks::key(), total_issuance(), vote_lock()];
        keys.extend(Track::ALL.map(|track| track_periods(track.number())));
        keys
    }

    /// Reads them.
    pub fn of(facts: &Facts) -> Result<Self> {
        let mut periods = Track::ALL.map(|track| track.info().periods);
        for (periods, track) in periods.iter_mut().zip(Track::ALL) {
            *periods = facts.periods(track)?;
        }
        Ok(Self { blocks: Blocks::of(facts)?, issuance: facts.active_issuance()?, lock: facts.vote_lock()?, periods })
    }

    /// How long a track's decisions take.
    pub fn periods(&self, track: Track) -> Periods {
        self.periods[usize::from(track.number())]
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::blocks::tests::blocks;

    /// Rules at block 1000, in slots of 6 s.
    pub fn rules() -> Rules {
        Rules {
            blocks: blocks(),
            issuance: 1_000_000,
            lock: 100,
            periods: Track::ALL.map(|track| track.info().periods),
        }
    }
}
