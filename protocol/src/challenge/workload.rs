//! The work by which a machine's capacity is measured: fixed, the same for all, and in one order only.
//!
//! It is done in lanes side by side, as many as a worker likes, each of which goes from unit to unit: what one unit gives
//! the next one begins with, so that no unit can be done before the round's value is known, and none left out. A unit is
//! what contracts' calls are made of: hashing, walking through memory that is larger than a processor's caches, and
//! running WebAssembly. Here are the parameters and the first two parts; the third, a guest's function from a number to a
//! number, comes from the engine that runs contracts' code (`worker/engine/src/workload`).

use sha2::{Digest as _, Sha256};

use crate::{domain, ids::WorkerId};

/// This workload. Another one gets another number, and other seeds by it.
pub const VERSION: u32 = 1;
/// How often a unit hashes.
pub const HASH_STEPS: u32 = 1 << 14;
/// How many words of 64 bits a lane's memory has: 32 MiB.
pub const MEMORY_WORDS: usize = 1 << 22;
/// How many of these words a unit reads and writes.
pub const MEMORY_STEPS: u32 = 1 << 16;
/// The most lanes of one worker.
pub const MAX_LANES: u32 = 1024;

/// An odd number without structure: the golden ratio in 64 bits, as SplitMix64 has it.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// What lane `number` of a worker begins with, in the round with this value.
pub fn lane(value: &[u8; 32], worker: &WorkerId, number: u32) -> [u8; 32] {
    domain::hash(domain::WORKLOAD_LANE, &[&VERSION.to_le_bytes(), value, &worker.0, &number.to_le_bytes()])
}

/// Fills a lane's memory from what it begins with: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub fn fill(memory: &mut [u64], lane: &[u8; 32]) {
    let mut state = word(lane);
    for place in memory {
        state = state.wrapping_add(MIX);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        *place = mixed ^ (mixed >> 31);
    }
}

/// Does one unit: from what the unit before gave, and the lane's memory, to what the next begins with.
///
/// # Errors
/// What `guest`, which runs the part in WebAssembly, gives.
pub fn unit<E>(state: &[u8; 32], memory: &mut [u64], guest: impl FnOnce(u64) -> Result<u64, E>) -> Result<[u8; 32], E> {
    let hashed = hashes(*state);
    let walked = walk(memory, word(&hashed));
    let run = guest(walked)?;
    Ok(domain::hash(domain::WORKLOAD_UNIT, &[&hashed, &walked.to_le_bytes(), &run.to_le_bytes()]))
}

/// A chain of SHA-256.
fn hashes(mut state: [u8; 32]) -> [u8; 32] {
    for _ in 0..HASH_STEPS {
        state = Sha256::digest(state).into();
    }
    state
}

/// Goes from word to word of a memory: each says which is next, and is another one afterwards.
fn walk(memory: &mut [u64], mut cursor: u64) -> u64 {
    let words = memory.len() as u64;
    for _ in 0..MEMORY_STEPS {
        // Without a memory there is nothing to walk through.
        let Some(place) = cursor.checked_rem(words) else { return cursor };
        if let Some(word) = memory.get_mut(place as usize) {
            cursor = (cursor ^ *word).wrapping_mul(MIX).rotate_left(23);
            *word = cursor;
        }
    }
    cursor
}

fn word(bytes: &[u8; 32]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().expect("32 bytes have 8 first ones"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn same(input: u64) -> Result<u64, ()> {
        Ok(input)
    }

    #[test]
    fn each_lane_worker_and_round_begins_with_something_else() {
        let base = lane(&[1; 32], &WorkerId([2; 32]), 0);
        assert_ne!(base, lane(&[1; 32], &WorkerId([2; 32]), 1));
        assert_ne!(base, lane(&[1; 32], &WorkerId([3; 32]), 0));
        assert_ne!(base, lane(&[2; 32], &WorkerId([2; 32]), 0));
    }

    #[test]
    fn a_unit_depends_on_the_one_before_on_the_memory_and_on_the_guest() {
        let begin = [5; 32];
        // Large enough that a walk does not end in one place.
        let filled = || {
            let mut memory = vec![0; 1 << 16];
            fill(&mut memory, &begin);
            memory
        };
        let (mut memory, mut other) = (filled(), filled());
        let first = unit(&begin, &mut memory, same);
        assert_eq!(first, unit(&begin, &mut other, same), "it is the same for everybody");
        assert_ne!(memory, filled(), "a unit changes the memory");
        assert_ne!(first, unit(&[6; 32], &mut filled(), same));
        assert_ne!(first, unit(&begin, &mut vec![0; 1 << 16], same));
        assert_ne!(first, unit(&begin, &mut filled(), |input| Ok(input ^ 1)));
    }

    #[test]
    fn a_guest_that_fails_fails_the_unit_and_no_memory_is_no_mistake() {
        assert_eq!(unit(&[5; 32], &mut [1; 4], |_| Err("stopped")), Err("stopped"));
        assert!(unit(&[5; 32], &mut [], same).is_ok());
    }
}
