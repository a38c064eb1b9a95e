//! Intel TDX quotes, version 4. Source: Intel TDX DCAP Quote Generation Library and Quote Verification Library
//! API reference, appendix on the quote format; Intel TDX module ABI (`TDREPORT`).

mod attributes;
mod quote;
mod tcb;
mod verify;

pub use quote::MAX_QUOTE_BYTES;
pub use verify::{verify_tdx, verify_tdx_with};
