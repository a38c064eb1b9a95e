//! Verification of a TDX quote, natively: a real-format one under the development root.

use std::time::{Duration, Instant};

use adyton_attestation::{Policy, verify_collateral, verify_tdx};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Role};
use anyhow::Result;

use crate::table::{Table, Times};

const ROUNDS: usize = 200;
/// Any time: the collateral is issued for it.
const NOW: u64 = 1_800_000_000;

pub fn measure(table: &mut Table) -> Result<()> {
    let development = DevelopmentRoot::insecure_from_seed([7; 32]);
    let (root, collateral) = (development.root(), development.collateral(NOW));
    let quote = development.device(Role::new("worker")?).quote([1; 64]);
    let policy = Policy::strict(EVALUATION_NUMBER);

    let checked = verify_collateral(&collateral, &root, NOW)?;
    let _verdict = verify_tdx(&quote, &checked, &root, &policy, NOW)?;
    let times = |run: &dyn Fn() -> bool| -> Times {
        let round = |_| {
            let started = Instant::now();
            assert!(run(), "it verified a moment ago");
            started.elapsed()
        };
        Times::new((0..ROUNDS).map(round).collect())
    };
    let quotes = times(&|| verify_tdx(&quote, &checked, &root, &policy, NOW).is_ok());
    table.times("quote verification, collateral known", &quotes, Some(Duration::from_millis(1)));
    let whole = times(&|| verify_collateral(&collateral, &root, NOW).is_ok());
    table.time("collateral verification (once per platform and month), p50", whole.at(0.5), None);
    Ok(())
}
