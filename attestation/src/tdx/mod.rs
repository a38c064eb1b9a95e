//! Intel TDX quotes: version 4, and version 5 with the trust domain's report in its versions 1.0, 1.5 and 1.5
//! extended. Sources: Intel TDX DCAP Quote Generation Library and Quote Verification Library API reference,
//! appendix on the quote format; Intel TDX module ABI (`TDREPORT`).

mod attributes;
mod report;
mod services;
mod verify;

pub use crate::intel::MAX_QUOTE_BYTES;
pub(crate) use report::TdReport;
pub use verify::{verify_tdx, verify_tdx_with};
