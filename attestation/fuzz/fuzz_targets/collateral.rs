//! Any bytes as a collateral file and as a certificate: no panic, and nothing accepted.
#![no_main]

use adyton_attestation::{Collateral, Root, verify_collateral};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(collateral) = Collateral::from_json(bytes) {
        assert!(verify_collateral(&collateral, &Root::intel(), 1_790_000_000).is_err());
    }
    let _ = Root::from_certificate(bytes);
});
