//! Any bytes as a quote: no panic, and no verdict unless the bytes are the good quote with zeros after it.
#![no_main]

use adyton_attestation::{CheckedCollateral, Policy, Root, verify_collateral, verify_tdx};
use adyton_development_root::{DevelopmentRoot, Role};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const NOW: u64 = 1_790_000_000;

static GOOD: LazyLock<(Vec<u8>, CheckedCollateral, Root)> = LazyLock::new(|| {
    let development = DevelopmentRoot::insecure_from_seed([1; 32]);
    let root = development.root();
    let collateral = verify_collateral(&development.collateral(NOW), &root, NOW).expect("good collateral");
    (development.device(Role::new("worker").expect("a valid name")).quote([0; 64]), collateral, root)
});

fuzz_target!(|bytes: &[u8]| {
    let (good, collateral, root) = &*GOOD;
    // The input is laid over the good quote, so that the fuzzer gets past the first fields.
    let mut quote = good.clone();
    if let Some((position, change)) = bytes.split_first_chunk::<2>() {
        let start = usize::from(u16::from_le_bytes(*position)) % quote.len();
        for (byte, change) in quote.iter_mut().skip(start).zip(change) {
            *byte ^= change;
        }
    }
    let accepted = verify_tdx(&quote, collateral, root, &Policy::strict(0), NOW).is_ok();
    // The other form of the quote's own signatures is the one change that still verifies; a fuzzer that finds it
    // would have computed n - s.
    assert_eq!(accepted, quote == *good);
    let _ = verify_tdx(bytes, collateral, root, &Policy::strict(0), NOW).is_ok();
});
