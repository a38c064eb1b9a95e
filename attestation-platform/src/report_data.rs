//! Where evidence carries the report data that was asked for.
//!
//! Every adapter looks there before it hands evidence out: the device may have answered somebody else, or lie.
//! Everything else in the evidence is for the verifier.

use adyton_attestation::snp::SnpKey;
use std::ops::Range;

use crate::PlatformError;

/// The length of an SNP report (SEV Secure Nested Paging Firmware ABI, table "ATTESTATION_REPORT").
pub(crate) const SNP_REPORT_BYTES: usize = 1184;

const QUOTE_HEADER: usize = 48;
const SNP_REPORT_DATA: Range<usize> = 0x50..0x90;

/// Requires that a TDX quote of version 4 or 5 is about `wanted`.
pub(crate) fn require_in_tdx_quote(quote: &[u8], wanted: &[u8; 64]) -> Result<(), PlatformError> {
    // Version 5 says type and size of the body first: two and four bytes.
    let body = match quote.get(..2) {
        Some([5, 0]) => QUOTE_HEADER + 6,
        _ => QUOTE_HEADER,
    };
    require(quote.get(body + 520..body + 584), wanted, "a quote")
}

/// Requires that an SGX quote of version 3 is about `wanted`.
pub(crate) fn require_in_sgx_quote(quote: &[u8], wanted: &[u8; 64]) -> Result<(), PlatformError> {
    require(quote.get(QUOTE_HEADER + 320..QUOTE_HEADER + 384), wanted, "a quote")
}

/// Requires that an SNP report has its length and is about `wanted`.
pub(crate) fn require_in_snp_report(report: &[u8], wanted: &[u8; 64]) -> Result<(), PlatformError> {
    let whole = report.get(SNP_REPORT_DATA).filter(|_| report.len() == SNP_REPORT_BYTES);
    require(whole, wanted, "an attestation report")
}

/// Which key signed an SNP report, by bits 2 to 4 of its word of flags; `None` if neither of AMD's did.
pub(crate) fn snp_key(report: &[u8]) -> Option<SnpKey> {
    match report.get(0x48)? >> 2 & 7 {
        0 => Some(SnpKey::Vcek),
        1 => Some(SnpKey::Vlek),
        _ => None,
    }
}

fn require(found: Option<&[u8]>, wanted: &[u8; 64], form: &'static str) -> Result<(), PlatformError> {
    match found {
        Some(found) if found == wanted => Ok(()),
        Some(_) => Err(PlatformError::ReportData),
        None => Err(PlatformError::Malformed(form)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: [u8; 64] = [0xA5; 64];

    fn with(length: usize, at: usize, first: u8) -> Vec<u8> {
        let mut evidence = vec![0; length];
        evidence[0] = first;
        evidence[at..at + 64].copy_from_slice(&WANTED);
        evidence
    }

    #[test]
    fn report_data_is_found_where_each_kind_and_version_has_it() {
        require_in_tdx_quote(&with(1000, 568, 4), &WANTED).unwrap();
        require_in_tdx_quote(&with(1000, 574, 5), &WANTED).unwrap();
        require_in_sgx_quote(&with(1000, 368, 3), &WANTED).unwrap();
        require_in_snp_report(&with(1184, 80, 3), &WANTED).unwrap();
    }

    #[test]
    fn report_data_elsewhere_is_another_requests() {
        assert!(matches!(require_in_tdx_quote(&with(1000, 568, 5), &WANTED), Err(PlatformError::ReportData)));
        assert!(matches!(require_in_sgx_quote(&with(1000, 568, 3), &WANTED), Err(PlatformError::ReportData)));
        assert!(matches!(require_in_snp_report(&with(1184, 81, 3), &WANTED), Err(PlatformError::ReportData)));
    }

    #[test]
    fn a_report_of_another_length_is_none() {
        for length in [1183, 1185, 1216] {
            let result = require_in_snp_report(&with(length, 80, 3), &WANTED);
            assert!(matches!(result, Err(PlatformError::Malformed(_))), "{length}");
        }
        assert!(matches!(require_in_tdx_quote(&[], &WANTED), Err(PlatformError::Malformed(_))));
    }
}
