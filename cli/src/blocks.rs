//! When blocks are: what is said in blocks on the chain, people read as times.

use adyton_client::chain::{facts::Facts, governance::slot_duration};
use anyhow::Result;

use crate::worker::date;

/// The newest proven block, and how fast others follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocks {
    /// The block at which this is proven.
    pub newest: u32,
    /// Its time (Unix seconds).
    pub time: u64,
    /// Milliseconds of a slot.
    pub slot_ms: u64,
}

impl Blocks {
    /// The key that [`Blocks::of`] needs.
    pub fn key() -> Vec<u8> {
        slot_duration()
    }

    /// Reads them.
    ///
    /// # Errors
    /// Where the time or the slot is laid out otherwise.
    pub fn of(facts: &Facts) -> Result<Self> {
        Ok(Self { newest: facts.block().number, time: facts.time_ms()? / 1000, slot_ms: facts.slot_ms()? })
    }

    /// When a block is made, if each slot has one (Unix seconds).
    pub fn when(&self, block: u32) -> u64 {
        let seconds = |blocks: u32| u64::from(blocks).saturating_mul(self.slot_ms) / 1000;
        match block.checked_sub(self.newest) {
            Some(ahead) => self.time.saturating_add(seconds(ahead)),
            None => self.time.saturating_sub(seconds(self.newest - block)),
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

    /// So many blocks, with their time.
    pub fn lasting(&self, blocks: u32) -> String {
        format!("{blocks} blocks ({})", self.span(blocks))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// At block 1000, in slots of 6 s.
    pub fn blocks() -> Blocks {
        Blocks { newest: 1000, time: 1_700_000_000, slot_ms: 6_000 }
    }

    #[test]
    fn blocks_have_a_time_before_and_after_the_newest() {
        let blocks = blocks();
        assert_eq!([990, 1000, 1010].map(|block| blocks.when(block)), [1_699_999_940, 1_700_000_000, 1_700_000_060]);
        assert_eq!(blocks.when(u32::MAX), 1_700_000_000 + u64::from(u32::MAX - 1000) * 6);
    }

    #[test]
    fn spans_are_said_in_two_units() {
        let blocks = blocks();
        assert_eq!(blocks.span(0), "less than 1 s");
        assert_eq!(blocks.span(1), "6 s");
        assert_eq!(blocks.span(14_400), "1 d");
        assert_eq!(blocks.span(14_400 + 601), "1 d 1 h");
        assert_eq!(blocks.lasting(10), "10 blocks (1 min)");
        assert_eq!(Blocks { slot_ms: 500, ..blocks }.span(3), "1 s");
    }
}
