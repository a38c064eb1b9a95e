//! What reading takes of memory: every target that only reads, one after the other, so that nothing else is counted.

#[path = "mutations/mutate.rs"]
mod mutate;

use adyton_fuzz::{Target, targets};
use mutate::Random;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How many mutations of its seeds each target gets.
const MUTATIONS: u32 = 150;

#[test]
fn nothing_that_is_read_takes_memory_out_of_proportion_to_its_length() {
    let targets = targets().filter(|target| target.most_memory(0).is_some());
    let measured: Vec<_> = targets.map(|target| (target.name, largest_part(target))).collect();
    assert!(measured.len() > 30, "evidence and the shared types have many readers");
    println!("percent of what an input may take, the most of each target: {measured:?}");
}

/// The most that the target took at one time, in percent of what it may.
fn largest_part(target: &Target) -> usize {
    let seeds = (target.seeds)();
    // What is made once at the first input is none of that input's.
    seeds.iter().for_each(|seed| (target.run)(seed));
    let mut random = Random::new(0x00AD_1707);
    let mutations = (0..MUTATIONS).map(|_| mutate::mutated(&seeds, &mut random));
    mutations.map(|input| part_taken(target, &input)).max().unwrap_or(0)
}

fn part_taken(target: &Target, input: &[u8]) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    (target.run)(input);
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let most = target.most_memory(input.len()).expect("the target only reads");
    let shown: String = input.iter().take(256).map(|byte| format!("{byte:02x}")).collect();
    assert!(taken <= most, "{} takes {taken} bytes for {} bytes: {shown}", target.name, input.len());
    taken * 100 / most
}
