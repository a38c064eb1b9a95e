//! By which rules the network decides now, and when its blocks are.

use adyton_client::chain::{
    facts::Facts,
    governance::{Periods, Track, inactive_issuance, slot_duration, total_issuance, track_periods, vote_lock},
};
use anyhow::Result;

use crate::worker::date;

/// What all commands need of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The block at which this is proven.
    pub block: u32,
    /// Its time (Unix seconds).
    pub time: u64,
    /// Milliseconds of a slot.
    pub slot_ms: u64,
    /// All PHA that counts for support.
    pub issuance: u128,
    /// For how many blocks a vote of conviction 1 locks.
    pub lock: u32,
    /// By the tracks' numbers.
    periods: [Periods; 5],
}

impl Rules {
    /// The keys that [`Rules::of`] needs.
    pub fn keys() -> Vec<Vec<u8>> {
        let mut keys = vec![inactive_issuance(), slot_duration(), total_issuance(), vote_lock()];
        keys.extend(Track::ALL.map(|track| track_periods(track.number())));
        keys
    }

    /// Reads them.
    pub fn of(facts: &Facts) -> Result<Self> {
        let mut periods = Track::ALL.map(|track| track.info().periods);
        for (periods, track) in periods.iter_mut().zip(Track::ALL) {
            *periods = facts.periods(track)?;
        }
        Ok(Self {
            block: facts.block().number,
            time: facts.time_ms()? / 1000,
            slot_ms: facts.slot_ms()?,
            issuance: facts.active_issuance()?,
            lock: facts.vote_lock()?,
            periods,
        })
    }

    /// How long a track's decisions take.
    pub fn periods(&self, track: Track) -> Periods {
        self.periods[usize::from(track.number())]
    }

    /// When a block is made, if each slot has one (Unix seconds).
    pub fn when(&self, block: u32) -> u64 {
        let seconds = |blocks: u32| u64::from(blocks).saturating_mul(self.slot_ms) / 1000;
        match block.checked_sub(self.block) {
            Some(ahead) => self.time.saturating_add(seconds(ahead)),
            None => self.time.saturating_sub(seconds(self.block - block)),
        }
    }

    /// A block, with its time.
    pub fn said(&self, block: u32) -> String {
        format!("block {block}, about {}", date(self.when(block)))
    }

    /// So many blocks as a time.
    pub fn span(&self, blocks: u32) -> String {
        let seconds = u64::from(blocks).saturating_mul(self.slot_ms) / 1000;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
        let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
        let said: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .take(2)
            .map(|(count, unit)| format!("{count} {unit}"))
            .collect();
        if said.is_empty() { "less than 1 s".into() } else { said.join(" ") }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Rules at block 1000, in slots of 6 s.
    pub fn rules() -> Rules {
        Rules {
            block: 1000,
            time: 1_700_000_000,
            slot_ms: 6_000,
            issuance: 1_000_000,
            lock: 100,
            periods: Track::ALL.map(|track| track.info().periods),
        }
    }

    #[test]
    fn blocks_have_a_time_before_and_after_the_newest() {
        let rules = rules();
        assert_eq!([990, 1000, 1010].map(|block| rules.when(block)), [1_699_999_940, 1_700_000_000, 1_700_000_060]);
        assert_eq!(rules.when(u32::MAX), 1_700_000_000 + u64::from(u32::MAX - 1000) * 6);
    }

    #[test]
    fn spans_are_said_in_two_units() {
        let rules = rules();
        assert_eq!(rules.span(0), "less than 1 s");
        assert_eq!(rules.span(1), "6 s");
        assert_eq!(rules.span(14_400), "1 d");
        assert_eq!(rules.span(14_400 + 601), "1 d 1 h");
        assert_eq!(Rules { slot_ms: 500, ..rules }.span(3), "1 s");
    }
}
