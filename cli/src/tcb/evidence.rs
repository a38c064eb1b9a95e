//! The evidence of a machine, as its operator has it in a file.

use adyton_attestation::{IntelRoot, intel::inspect};
use adyton_attestation_platform::fetch::AmdRequest;
use anyhow::Result;

use super::endorsements::Request;
use crate::{
    attest::{Age, File, Product, azure_quote, intel_quote, intel_request},
    output::misuse,
};

/// The bytes of a report of AMD SEV-SNP (AMD 56860, table "ATTESTATION_REPORT").
const SNP_REPORT_BYTES: usize = 1184;

/// Intel's quote, in any form.
pub fn quote(file: &File) -> Vec<u8> {
    match file.bytes.is_ascii() && file.starts_with(b"{t") {
        true => azure_quote(file).unwrap_or_else(|_| intel_quote(file)),
        false => intel_quote(file),
    }
}

/// AMD's report, if it is one.
pub fn report(file: &File) -> Option<Vec<u8>> {
    Some(file.binary()).filter(|bytes| bytes.len() == SNP_REPORT_BYTES)
}

/// What to ask the vendor for, that such evidence can be judged; `product` where a report does not say it.
pub fn request(file: &File, product: Option<Product>, update: Age) -> Result<Request> {
    let unreadable = |why: String| misuse(format!("{}: {why}", file.name()));
    if let Some(report) = report(file) {
        let request = AmdRequest::of_report(&report, product.map(Into::into)).map_err(|error| {
            let error = error.to_string();
            let hint = if error.ends_with("name it") { " with --product" } else { "" };
            unreadable(error + hint)
        })?;
        return Ok(Request::Amd(request.product));
    }
    let contents = inspect(&quote(file), &IntelRoot::intel()).map_err(|refusal| unreadable(refusal.to_string()))?;
    intel_request(&contents, update.into()).map(Request::Intel)
}
