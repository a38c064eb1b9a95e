//! Mutations of honest inputs: bits, pieces, splices, lengths.

/// Numbers that lengths and counts tend to be wrong at.
const EDGES: [u64; 14] =
    [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];

/// A generator of numbers that look random and are the same in every run (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `bound`; 0 if that is 0.
    fn below(&mut self, bound: usize) -> usize {
        ((self.next() >> 16) as usize).checked_rem(bound).unwrap_or(0)
    }
}

/// One of the seeds with one to four changes.
pub fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        change(&mut input, seeds, random);
    }
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let (from, length) = (random.below(input.len()), 1 + random.below(32));
    let until = (from + length).min(input.len());
    match random.below(10) {
        0..=2 => input[from..].iter_mut().take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
        3 => input[from..].iter_mut().take(1).for_each(|byte| *byte = random.next() as u8),
        4 => input.truncate(from),
        5 => drop(input.drain(from..until)),
        6 => drop(input.splice(from..from, (0..length).map(|_| random.next() as u8)).count()),
        7 => {
            let piece = input[from..until].to_vec();
            input.splice(from..from, piece);
        }
        8 => {
            let other = &seeds[random.below(seeds.len())];
            let tail = other[random.below(other.len())..].to_vec();
            input.splice(from.., tail);
        }
        _ => edge(&mut input[from..], random),
    }
}

/// Writes an edge over a number of one to eight bytes, in either order.
fn edge(at: &mut [u8], random: &mut Random) {
    let (width, value) = (1 << random.below(4), EDGES[random.below(EDGES.len())]);
    let bytes = if random.below(2) == 0 { value.to_le_bytes() } else { value.to_be_bytes() };
    let bytes = if bytes[0] == value as u8 { &bytes[..width] } else { &bytes[8 - width..] };
    at.iter_mut().zip(bytes).for_each(|(byte, new)| *byte = *new);
}
