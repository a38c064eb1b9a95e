//! What reading evidence takes of memory: every target of it, one after the other, so that nothing else is counted.

#[path = "mutations/mutate.rs"]
mod mutate;

use adyton_fuzz::{TARGETS, Target};
use mutate::Random;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What any input may take, in bytes ..
const BASE: usize = 1024 * 1024;
/// .. and what each byte of it may take besides: text becomes values that are several times as long, and targets
/// keep copies of it.
const PER_BYTE: usize = 64;
/// How many mutations of its seeds each target gets.
const MUTATIONS: u32 = 150;

#[test]
fn no_evidence_takes_memory_out_of_proportion_to_its_length() {
    let targets = TARGETS.iter().filter(|target| target.module.starts_with("attestation"));
    let measured: Vec<_> = targets.map(|target| (target.name, most_beyond_its_length(target))).collect();
    assert!(measured.len() > 20, "evidence has many readers");
    println!("bytes beyond {PER_BYTE} for each of the input's, the most of each target: {measured:?}");
}

/// The most that the target took at one time, but for the share of the input's length.
fn most_beyond_its_length(target: &Target) -> usize {
    let seeds = (target.seeds)();
    // What is made once at the first input is none of that input's.
    seeds.iter().for_each(|seed| (target.run)(seed));
    let mut random = Random::new(0x00AD_1707);
    let mutations = (0..MUTATIONS).map(|_| mutate::mutated(&seeds, &mut random));
    mutations.map(|input| beyond_its_length(target, &input)).max().unwrap_or(0)
}

fn beyond_its_length(target: &Target, input: &[u8]) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    (target.run)(input);
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let beyond = taken.saturating_sub(PER_BYTE * input.len());
    let shown: String = input.iter().take(256).map(|byte| format!("{byte:02x}")).collect();
    assert!(beyond <= BASE, "{} takes {taken} bytes for {} bytes: {shown}", target.name, input.len());
    beyond
}
