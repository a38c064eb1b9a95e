#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| adyton_fuzz::attestation::tpm::tpm_quote(data));
