//! The paravisor's report: 32 bytes of header, the hardware's report in 1184 bytes, a second header of 20 bytes,
//! and the runtime claims in JSON, to which the hardware's report data speaks.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::ops::Range;

use super::{Hardware, unpadded};
use crate::PlatformError;

const MAGIC: &[u8; 4] = b"HCLA";
const HARDWARE_REPORT: Range<usize> = 32..1216;
const SNP_REPORT_DATA: usize = HARDWARE_REPORT.start + 0x50;
const TD_REPORT: Range<usize> = 32..1056;
/// In `REPORTMACSTRUCT`, with which a TDREPORT begins.
const TD_REPORT_DATA: usize = TD_REPORT.start + 128;
const CLAIMS_HEADER: usize = HARDWARE_REPORT.end;
const CLAIMS: usize = CLAIMS_HEADER + 20;
const TYPE_SNP: u32 = 2;
const TYPE_TDX: u32 = 4;
const HASH_SHA256: u32 = 1;
const FORM: PlatformError = PlatformError::Malformed("a paravisor's report");

/// A report whose parts belong together.
pub(crate) struct ParavisorReport {
    bytes: Vec<u8>,
    hardware: Hardware,
    claims: Range<usize>,
    report_data: [u8; 64],
}

impl ParavisorReport {
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, PlatformError> {
        if !bytes.starts_with(MAGIC) {
            return Err(FORM);
        }
        let hardware = match number(&bytes, CLAIMS_HEADER + 8)? {
            TYPE_SNP => Hardware::Snp,
            TYPE_TDX => Hardware::Tdx,
            _ => {
                return Err(PlatformError::NotAttesting {
                    platform: "the paravisor",
                    found: "a report of no confidential hardware".into(),
                    wanted: "one of SNP or TDX",
                });
            }
        };
        let at = match hardware {
            Hardware::Snp => SNP_REPORT_DATA,
            Hardware::Tdx => TD_REPORT_DATA,
        };
        let report_data = *bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(FORM)?;
        let length = usize::try_from(number(&bytes, CLAIMS_HEADER + 16)?).map_err(|_| FORM)?;
        let claims = CLAIMS..CLAIMS.checked_add(length).ok_or(FORM)?;
        let hash = Sha256::digest(bytes.get(claims.clone()).ok_or(FORM)?);
        if number(&bytes, CLAIMS_HEADER + 12)? != HASH_SHA256
            || report_data[..32] != hash[..]
            || report_data[32..] != [0; 32]
        {
            return Err(PlatformError::Mismatch("the hardware's report is not about the paravisor's claims"));
        }
        Ok(Self { bytes, hardware, claims, report_data })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn hardware(&self) -> Hardware {
        self.hardware
    }

    pub(super) fn report_data(&self) -> &[u8; 64] {
        &self.report_data
    }

    /// The TDREPORT, of which the host makes a quote.
    pub(super) fn td_report(&self) -> &[u8] {
        &self.bytes[TD_REPORT]
    }

    /// The modulus of the attestation key that the claims name, big-endian.
    pub(super) fn attestation_key(&self) -> Result<Vec<u8>, PlatformError> {
        #[derive(Deserialize)]
        struct Claims {
            keys: Vec<Key>,
        }
        #[derive(Deserialize)]
        struct Key {
            kid: String,
            n: String,
        }
        let claims: Claims = serde_json::from_slice(&self.bytes[self.claims.clone()]).map_err(|_| FORM)?;
        let mut named = claims.keys.iter().filter(|key| key.kid == "HCLAkPub");
        match (named.next(), named.next()) {
            (Some(key), None) => unpadded(&key.n).ok_or(FORM),
            _ => Err(FORM),
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Result<u32, PlatformError> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|bytes| u32::from_le_bytes(*bytes)).ok_or(FORM)
}
