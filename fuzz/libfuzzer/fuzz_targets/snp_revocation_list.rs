#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| adyton_fuzz::attestation::amd::snp_revocation_list(data));
