#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| adyton_fuzz::attestation::collateral_document(data));
