//! Reading evidence from the files that NVIDIA's tools write: a JSON list of `arch`, `certificate` and `evidence`
//! (Base64) and `nonce`, one entry for each device; or a report alone, in bytes or hexadecimal digits.
//!
//! A bundle's own nonce and architecture are claims of whoever wrote it. They do not replace the caller's nonce.

use alloc::{string::String, vec::Vec};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::{Architecture, MAX_CHAIN_BYTES, MAX_REPORT_BYTES, NvidiaEvidence};

/// The longest bundle that is read.
pub const MAX_BUNDLE_BYTES: usize = 2 * 1024 * 1024;
/// The most devices of one bundle.
pub const MAX_DEVICES: usize = 64;

/// Why a file cannot be read as evidence.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is longer than is read.
    #[error("the bundle has {0} bytes, and at most {most} are read", most = MAX_BUNDLE_BYTES)]
    TooLarge(usize),
    /// It is not the JSON that it has to be.
    #[error("the bundle is not a json list of arch, certificate, evidence and nonce")]
    Json(#[from] serde_json::Error),
    /// It has no entry, or too many.
    #[error("the bundle has {0} entries, not 1 to {most}", most = MAX_DEVICES)]
    Entries(usize),
    /// A field is not in its encoding, or too long.
    #[error("entry {entry}: {field} is too long or not in its encoding")]
    Field {
        /// Which entry, from zero.
        entry: usize,
        /// Which field.
        field: &'static str,
    },
    /// A report is neither bytes of its size nor hexadecimal digits.
    #[error("the report is neither bytes nor hexadecimal digits, or has more than {most} bytes", most = MAX_REPORT_BYTES)]
    Report,
}

/// One device's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledEvidence {
    /// The architecture that the bundle claims.
    pub architecture: Architecture,
    /// The nonce that the bundle claims.
    pub nonce: [u8; 32],
    /// The report.
    pub report: Vec<u8>,
    /// The certificates, PEM.
    pub certificate_chain: Vec<u8>,
}

impl BundledEvidence {
    /// The evidence in it.
    pub fn evidence(&self) -> NvidiaEvidence<'_> {
        NvidiaEvidence { report: &self.report, certificate_chain: &self.certificate_chain }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    arch: String,
    certificate: String,
    evidence: String,
    nonce: String,
}

/// The entries of a bundle.
///
/// # Errors
/// If it is not one.
pub fn read_bundle(json: &[u8]) -> Result<Vec<BundledEvidence>, BundleError> {
    if json.len() > MAX_BUNDLE_BYTES {
        return Err(BundleError::TooLarge(json.len()));
    }
    let entries: Vec<Entry> = serde_json::from_slice(json)?;
    if !(1..=MAX_DEVICES).contains(&entries.len()) {
        return Err(BundleError::Entries(entries.len()));
    }
    entries.iter().enumerate().map(|(place, entry)| read_entry(entry, place)).collect()
}

fn read_entry(entry: &Entry, place: usize) -> Result<BundledEvidence, BundleError> {
    let malformed = |field| BundleError::Field { entry: place, field };
    let known = [Architecture::Hopper, Architecture::Blackwell, Architecture::NvSwitch];
    let architecture = known.into_iter().find(|one| one.name() == entry.arch).ok_or(malformed("arch"))?;
    let mut nonce = [0; 32];
    hex::decode_to_slice(&entry.nonce, &mut nonce).map_err(|_| malformed("nonce"))?;
    let bytes = |text: &str, most: usize| STANDARD.decode(text).ok().filter(|bytes| bytes.len() <= most);
    Ok(BundledEvidence {
        architecture,
        nonce,
        report: bytes(&entry.evidence, MAX_REPORT_BYTES).ok_or(malformed("evidence"))?,
        certificate_chain: bytes(&entry.certificate, MAX_CHAIN_BYTES).ok_or(malformed("certificate"))?,
    })
}

/// A report in bytes, or in hexadecimal digits with white space around them.
///
/// # Errors
/// If it is neither.
pub fn read_report(file: &[u8]) -> Result<Vec<u8>, BundleError> {
    let is_small = |report: &Vec<u8>| report.len() <= MAX_REPORT_BYTES;
    // The first byte of a report, the version, is no digit.
    if file.first() == Some(&0x11) {
        return Some(file.to_vec()).filter(is_small).ok_or(BundleError::Report);
    }
    hex::decode(file.trim_ascii()).ok().filter(is_small).ok_or(BundleError::Report)
}

#[cfg(test)]
mod tests {
    use super::{BundleError, MAX_BUNDLE_BYTES, read_bundle, read_report};
    use crate::nvidia::Architecture;
    use alloc::{format, string::String, vec};

    const ENTRY: &str = r#"{"arch":"LS10","certificate":"QQ==","evidence":"EQ==","nonce":"NONCE"}"#;

    fn entry() -> String {
        ENTRY.replace("NONCE", &"4e".repeat(32))
    }

    #[test]
    fn a_bundle_is_read_entry_by_entry() {
        let entries = read_bundle(format!("[{0}, {0}]", entry()).as_bytes()).unwrap();
        let [first, second] = entries.as_slice() else { panic!() };
        assert_eq!((first.architecture, first.nonce), (Architecture::NvSwitch, [0x4e; 32]));
        assert_eq!((first.evidence().report, first.evidence().certificate_chain), ([0x11].as_slice(), b"A".as_slice()));
        assert_eq!(first, second);
    }

    #[test]
    fn a_bundle_of_any_other_form_is_refused() {
        let good = entry();
        assert!(matches!(read_bundle(b"{}"), Err(BundleError::Json(_))));
        let unknown = good.replace("{\"arch\"", "{\"debug\":true,\"arch\"");
        assert!(matches!(read_bundle(format!("[{unknown}]").as_bytes()), Err(BundleError::Json(_))));
        assert!(matches!(read_bundle(b"[]"), Err(BundleError::Entries(0))));
        let many = format!("[{}]", vec![good.as_str(); 65].join(","));
        assert!(matches!(read_bundle(many.as_bytes()), Err(BundleError::Entries(65))));
        let large = vec![b' '; MAX_BUNDLE_BYTES + 1];
        assert!(matches!(read_bundle(&large), Err(BundleError::TooLarge(_))));
        for (from, to, wanted) in [
            ("LS10", "AMPERE", "arch"),
            ("4e4e", "4e", "nonce"),
            ("QQ==", "QR==", "certificate"),
            ("EQ==", "!", "evidence"),
        ] {
            let bundle = format!("[{}]", good.replacen(from, to, 1));
            let result = read_bundle(bundle.as_bytes());
            assert!(matches!(result, Err(BundleError::Field { entry: 0, field }) if field == wanted), "{wanted}");
        }
    }

    #[test]
    fn a_report_is_read_from_bytes_or_digits() {
        assert_eq!(read_report(&[0x11, 0xe0]).unwrap(), [0x11, 0xe0]);
        assert_eq!(read_report(b"11e0\n").unwrap(), [0x11, 0xe0]);
        assert!(matches!(read_report(b"11e"), Err(BundleError::Report)));
        assert!(matches!(read_report(&[0x11; 20_000]), Err(BundleError::Report)));
    }
}
