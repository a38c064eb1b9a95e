//! The random beacon: one value a round, which nobody chooses. `specs/beacon.md` has the whole of it.
//!
//! The keyholders sign each round's [`message`] together, under a key that they have for nothing else. A BLS signature
//! of one message under one key is unique, so whoever signs decides only whether there is one; the round's [`value`] is
//! a hash of it. Rounds are not chained: one that never comes takes nothing from the next.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
    domain,
    ids::{BlockNumber, NetworkId},
};

/// How many rounds the chain remembers: it keeps each under its number modulo this.
pub const REMEMBERED: u64 = 512;

/// The public side of the key: commitments to the polynomial of its shares, in the threshold crate's encoding.
pub type Commitments = BoundedVec<u8, ConstU32<4096>>;

/// The committee's signature of a round: a compressed point of G1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RoundSignature(pub [u8; 48]);

/// A round that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct BeaconRound {
    /// Its number.
    pub number: u64,
    /// Its value.
    pub value: [u8; 32],
    /// The block that it came in.
    pub block: BlockNumber,
}

/// When rounds are due: at equal distances, from one of them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RoundSchedule {
    /// The number of the first round that goes by it.
    pub first: u64,
    /// The block at which that is due.
    pub block: BlockNumber,
    /// How many blocks later the next one is.
    pub length: BlockNumber,
}

impl RoundSchedule {
    /// That of a new chain: round r, from 1 on, is due at block r * `length`. None where a round would take no time.
    pub fn new(length: BlockNumber) -> Option<Self> {
        (length > 0).then_some(Self { first: 1, block: length, length })
    }

    /// The newest round that is due at `block`. None before the first.
    pub fn due(&self, block: BlockNumber) -> Option<u64> {
        let passed = block.checked_sub(self.block)?.checked_div(self.length)?;
        self.first.checked_add(u64::from(passed))
    }

    /// The schedule with rounds of another length after `block`. Those that are due by then keep their numbers, and none
    /// is used twice. None where a round would take no time, or a number would overflow.
    #[must_use]
    pub fn with_length(&self, block: BlockNumber, length: BlockNumber) -> Option<Self> {
        let first = match self.due(block) {
            Some(due) => due.checked_add(1)?,
            None => self.first,
        };
        (length > 0).then_some(Self { first, block: block.checked_add(length)?, length })
    }
}

/// Where the chain keeps the round of this number.
pub const fn slot(number: u64) -> u32 {
    // Below 512, so that it fits.
    (number % REMEMBERED) as u32
}

/// What the committee signs for a round.
pub fn message(network: &NetworkId, number: u64) -> Vec<u8> {
    domain::encode_bound(domain::BEACON_ROUND, network, &[&number.to_le_bytes()])
}

/// The value of a round, which its signature gives.
pub fn value(network: &NetworkId, number: u64, signature: &RoundSignature) -> [u8; 32] {
    domain::bound(domain::BEACON_VALUE, network, &[&number.to_le_bytes(), &signature.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: NetworkId = NetworkId([1; 32]);

    #[test]
    fn a_round_is_due_at_its_number_times_the_length() {
        let schedule = RoundSchedule::new(10).unwrap();
        assert_eq!(
            [0, 9, 10, 19, 20, 105].map(|block| schedule.due(block)),
            [None, None, Some(1), Some(1), Some(2), Some(10)]
        );
        assert_eq!(schedule.due(BlockNumber::MAX), Some(u64::from(BlockNumber::MAX / 10)));
    }

    #[test]
    fn rounds_take_time() {
        assert_eq!(RoundSchedule::new(0), None);
        assert_eq!(RoundSchedule::new(10).unwrap().with_length(5, 0), None);
        // Nobody makes one like it; who reads one is not stopped by it.
        assert_eq!(RoundSchedule { first: 1, block: 1, length: 0 }.due(5), None);
    }

    #[test]
    fn with_another_length_no_number_is_used_twice_and_none_is_due_before_its_time() {
        let schedule = RoundSchedule::new(10).unwrap();
        let other = schedule.with_length(25, 3).unwrap();
        assert_eq!(other, RoundSchedule { first: 3, block: 28, length: 3 });
        assert_eq!([25, 27, 28, 30, 31].map(|block| other.due(block)), [None, None, Some(3), Some(3), Some(4)]);
        let early = schedule.with_length(2, 4).unwrap();
        assert_eq!((early.due(5), early.due(6)), (None, Some(1)));
    }

    #[test]
    fn a_schedule_that_does_not_end_before_the_numbers_is_refused() {
        let last = RoundSchedule { first: u64::MAX, block: 1, length: 1 };
        assert_eq!((last.due(1), last.due(2)), (Some(u64::MAX), None));
        assert_eq!(last.with_length(1, 1), None);
        assert_eq!(RoundSchedule::new(1).unwrap().with_length(BlockNumber::MAX, 1), None);
    }

    #[test]
    fn another_network_or_round_is_another_message_and_value() {
        let signature = RoundSignature([2; 48]);
        for (network, number) in [(NetworkId([9; 32]), 7), (NETWORK, 8)] {
            assert_ne!(message(&network, number), message(&NETWORK, 7));
            assert_ne!(value(&network, number, &signature), value(&NETWORK, 7, &signature));
        }
        assert_ne!(value(&NETWORK, 7, &RoundSignature([3; 48])), value(&NETWORK, 7, &signature));
    }

    #[test]
    fn every_number_has_a_place() {
        assert_eq!([0, 1, 511, 512, u64::MAX].map(slot), [0, 1, 511, 0, 511]);
    }
}
