//! Every target for libFuzzer, in one program: ADYTON_FUZZ_TARGET says which of them runs.
//!
//! `make fuzz` builds and starts it. It writes the target's seeds to the folder in ADYTON_FUZZ_SEEDS, which
//! libFuzzer reads afterwards, and holds each input to what it may take of memory. Seeds are run first: what is made
//! once, at the first input, is none of that input's.
#![no_main]

use std::{env, fs, io, path::PathBuf, sync::LazyLock};

use adyton_fuzz::{Target, targets};
use libfuzzer_sys::fuzz_target;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("ADYTON_FUZZ_TARGET").expect("ADYTON_FUZZ_TARGET names a target");
    targets().find(|target| target.name == name).expect("ADYTON_FUZZ_TARGET names a target that was built")
});

fuzz_target!(
    init: begin().expect("the seeds are written"),
    |input: &[u8]| run(input)
);

fn begin() -> io::Result<()> {
    let folder = env::var_os("ADYTON_FUZZ_SEEDS").map(PathBuf::from);
    for (number, seed) in (TARGET.seeds)().iter().enumerate() {
        (TARGET.run)(seed);
        if let Some(folder) = &folder {
            fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}

fn run(input: &[u8]) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    (TARGET.run)(input);
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let most = TARGET.most_memory(input.len());
    assert!(most.is_none_or(|most| taken <= most), "{taken} bytes of memory for an input of {}", input.len());
}
