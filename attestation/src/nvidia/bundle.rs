//! Reading evidence from the files that NVIDIA's tools write: a JSON list of `arch`, `certificate` and `evidence`
//! (Base64) and `nonce`, one entry for each device, with the versions of driver and firmware or without; the same as a
//! request to NVIDIA's attestation service (`nonce`, `arch` and `evidence_list`); or a report alone, in bytes or
//! hexadecimal digits.
//!
//! A bundle's own nonce, architecture and versions are claims of whoever wrote it. They do not replace the caller's
//! nonce, nor what the report says.

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
    #[error(
        "the bundle is neither a json list of arch, certificate, evidence and nonce nor a request with such a list"
    )]
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
    /// The version of this form.
    version: Option<String>,
    /// The report has it too.
    #[serde(rename = "driver_version")]
    _driver_version: Option<String>,
    /// The report has it too.
    #[serde(rename = "vbios_version")]
    _vbios_version: Option<String>,
}

/// What NVIDIA's attestation service takes: the devices have one nonce and are of one architecture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    nonce: String,
    arch: String,
    evidence_list: Vec<RequestedDevice>,
    /// Which claims the service is asked for.
    #[serde(rename = "claims_version")]
    _claims_version: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestedDevice {
    certificate: String,
    evidence: String,
    arch: Option<String>,
}

/// What either form says of one device. A request's own nonce may be long, so that it is not copied for each.
struct Fields<'a> {
    arch: &'a str,
    certificate: &'a str,
    evidence: &'a str,
    nonce: &'a str,
    version: Option<&'a str>,
}

/// The entries of a bundle.
///
/// # Errors
/// If it is not one.
pub fn read_bundle(json: &[u8]) -> Result<Vec<BundledEvidence>, BundleError> {
    if json.len() > MAX_BUNDLE_BYTES {
        return Err(BundleError::TooLarge(json.len()));
    }
    if json.trim_ascii_start().starts_with(b"{") {
        let Request { nonce, arch, evidence_list, .. } = serde_json::from_slice(json)?;
        return read_entries(&evidence_list, |device| Fields {
            // A device may name its architecture itself.
            arch: device.arch.as_deref().unwrap_or(&arch),
            certificate: &device.certificate,
            evidence: &device.evidence,
            nonce: &nonce,
            version: None,
        });
    }
    let entries: Vec<Entry> = serde_json::from_slice(json)?;
    read_entries(&entries, |entry| Fields {
        arch: &entry.arch,
        certificate: &entry.certificate,
        evidence: &entry.evidence,
        nonce: &entry.nonce,
        version: entry.version.as_deref(),
    })
}

fn read_entries<'a, T>(
    entries: &'a [T],
    fields: impl Fn(&'a T) -> Fields<'a>,
) -> Result<Vec<BundledEvidence>, BundleError> {
    if !(1..=MAX_DEVICES).contains(&entries.len()) {
        return Err(BundleError::Entries(entries.len()));
    }
    entries.iter().enumerate().map(|(place, entry)| read_entry(&fields(entry), place)).collect()
}

fn read_entry(entry: &Fields<'_>, place: usize) -> Result<BundledEvidence, BundleError> {
    /// The only version that NVIDIA's tools write.
    const VERSION: &str = "1.0";
    let malformed = |field| BundleError::Field { entry: place, field };
    if entry.version.is_some_and(|version| version != VERSION) {
        return Err(malformed("version"));
    }
    let known = [Architecture::Hopper, Architecture::Blackwell, Architecture::NvSwitch];
    let architecture = known.into_iter().find(|one| one.name() == entry.arch).ok_or(malformed("arch"))?;
    let mut nonce = [0; 32];
    hex::decode_to_slice(entry.nonce, &mut nonce).map_err(|_| malformed("nonce"))?;
    let bytes = |text: &str, most: usize| STANDARD.decode(text).ok().filter(|bytes| bytes.len() <= most);
    Ok(BundledEvidence {
        architecture,
        nonce,
        report: bytes(entry.evidence, MAX_REPORT_BYTES).ok_or(malformed("evidence"))?,
        certificate_chain: bytes(entry.certificate, MAX_CHAIN_BYTES).ok_or(malformed("certificate"))?,
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
    fn an_entry_may_name_the_versions_of_its_form_and_of_the_devices_software() {
        let versions = r#"{"driver_version":"590.12","vbios_version":"96.00.A5.00.01","version":"1.0","arch""#;
        let bundle = format!("[{}]", entry().replace("{\"arch\"", versions));
        assert_eq!(read_bundle(bundle.as_bytes()).unwrap(), read_bundle(format!("[{}]", entry()).as_bytes()).unwrap());
        let other = read_bundle(bundle.replace("1.0", "2.0").as_bytes());
        assert!(matches!(other, Err(BundleError::Field { entry: 0, field: "version" })));
    }

    #[test]
    fn a_request_to_nvidias_service_is_the_list_in_it() {
        let list = read_bundle(format!("[{0}, {0}]", entry()).as_bytes()).unwrap();
        let nonce = "4e".repeat(32);
        let request = |first: &str, more: &str| {
            let device = r#"{"certificate":"QQ==","evidence":"EQ=="}"#;
            let first = device.replace('}', first);
            let text = format!(r#" {{"nonce":"{nonce}","evidence_list":[{first},{device}],"arch":"LS10"{more}}}"#);
            read_bundle(text.as_bytes())
        };
        assert_eq!(request("}", "").unwrap(), list);
        assert_eq!(request(r#","arch":"LS10"}"#, r#","claims_version":"3.0""#).unwrap(), list);
        let hopper = request(r#","arch":"HOPPER"}"#, "").unwrap();
        assert_eq!(hopper.first().unwrap().architecture, Architecture::Hopper);
        assert!(matches!(request(r#","nonce":"00"}"#, ""), Err(BundleError::Json(_))));
        assert!(matches!(request("}", r#","debug":true"#), Err(BundleError::Json(_))));
        let more = vec![r#"},{"certificate":"QQ==","evidence":"EQ==""#; 63].concat() + "}";
        assert!(matches!(request(&more, ""), Err(BundleError::Entries(65))));
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
