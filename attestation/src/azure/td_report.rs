//! Intel's `TDREPORT`, which the paravisor had made into the quote that stands beside it.
//! Source: Intel TDX module ABI, `TDREPORT_STRUCT`; Intel SDM, `REPORTMACSTRUCT`.

use sha2::{Digest, Sha384};

use super::{hcl::HARDWARE_REPORT_BYTES, refusal::AzureRefusal};
use crate::IntelMeasurement;

const TD_REPORT_BYTES: usize = 1024;
/// Type TDX, subtype 0, version 0 (TDX 1.0) or 1 (a service domain is bound, TDX 1.5).
const TYPE: u8 = 0x81;
const INFO_HASH: usize = 80;
const REPORT_DATA: usize = 128;
const INFO: usize = 512;

/// The 64 bytes that the paravisor had put into its report.
pub(super) fn report_data(report: &[u8; HARDWARE_REPORT_BYTES]) -> Result<[u8; 64], AzureRefusal> {
    let [kind, ..] = report;
    let padding = report.get(TD_REPORT_BYTES..).unwrap_or_default();
    if *kind != TYPE || padding.iter().any(|byte| *byte != 0) {
        return Err(AzureRefusal::NotTdReport);
    }
    field(report, REPORT_DATA)
}

/// Requires that the quote of `measurement` and `quoted_data` was made of this very report: they agree on report data and
/// on everything measured.
pub(super) fn require_quoted(
    report: &[u8; HARDWARE_REPORT_BYTES],
    measurement: &IntelMeasurement,
    quoted_data: &[u8; 64],
) -> Result<(), AzureRefusal> {
    let info: [u8; TD_REPORT_BYTES - INFO] = field(report, INFO)?;
    let hash: [u8; 48] = field(report, INFO_HASH)?;
    if Sha384::digest(info)[..] != hash || report_data(report)? != *quoted_data {
        return Err(AzureRefusal::TdReport);
    }
    let IntelMeasurement::Tdx(td) = measurement else { return Err(AzureRefusal::TdReport) };
    let [rtmr0, rtmr1, rtmr2, rtmr3] = &td.rtmr;
    let measured: [&[u8]; 10] = [
        &td.attributes,
        &td.xfam,
        &td.mr_td,
        &td.mr_config_id,
        &td.mr_owner,
        &td.mr_owner_config,
        rtmr0,
        rtmr1,
        rtmr2,
        rtmr3,
    ];
    let mut rest = &info[..];
    for value in measured {
        rest = rest.strip_prefix(value).ok_or(AzureRefusal::TdReport)?;
    }
    Ok(())
}

fn field<const N: usize>(report: &[u8; HARDWARE_REPORT_BYTES], offset: usize) -> Result<[u8; N], AzureRefusal> {
    let bytes = report.get(offset..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or(AzureRefusal::TdReport)
}
