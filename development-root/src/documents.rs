//! TCB information and the quoting enclave's identity, in the form of Intel's PCS API v4.
//!
//! Fields are written in alphabetical order, so that the bytes are the same whether or not some other crate of
//! the build makes `serde_json` keep the order of insertion.

use serde_json::{Value, json};

use crate::{
    EVALUATION_NUMBER, FMSPC,
    keys::{Key, Keys},
    quote::{EnclaveReportPlan, MODULE_SVN, MODULE_VERSION},
};

/// A JSON document that somebody signs.
#[derive(Clone, Debug)]
pub struct SignedJson {
    /// What it says.
    pub value: Value,
    /// A last change to the text before it is signed.
    pub edit: Option<fn(String) -> String>,
    /// The key that signs.
    pub signer: Key,
}

impl SignedJson {
    /// The text and its signature.
    pub(crate) fn issue(&self, keys: &Keys) -> (Vec<u8>, [u8; 64]) {
        let text = self.value.to_string();
        let text = match self.edit {
            Some(edit) => edit(text),
            None => text,
        };
        let signature = keys.sign(&self.signer, text.as_bytes());
        (text.into_bytes(), signature)
    }
}

/// `YYYY-MM-DDThh:mm:ssZ`.
pub(crate) fn iso_time(unix_seconds: u64) -> Value {
    let date = der::DateTime::from_unix_duration(std::time::Duration::from_secs(unix_seconds))
        .expect("dates before the year 10000 have a form");
    Value::from(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        date.month(),
        date.day(),
        date.hour(),
        date.minutes(),
        date.seconds()
    ))
}

/// The SGX components of an up-to-date development platform.
pub(crate) const COMPONENTS: [u8; 16] = [4, 4, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
/// Its provisioning certification enclave's security version.
pub(crate) const PCE_SVN: u16 = 13;
/// Its TDX components, from the third on.
pub(crate) const TDX_MICROCODE_SVN: u8 = 4;

pub(crate) fn tcb_info(issued_at: u64, next_update: u64, signer: Key) -> SignedJson {
    let zeros = |count: usize| "0".repeat(2 * count);
    let module_levels = [
        part_level(u16::from(MODULE_SVN), "UpToDate", &[]),
        part_level(u16::from(MODULE_SVN) - 2, "OutOfDate", &["INTEL-SA-01036"]),
    ];
    let older = COMPONENTS.map(|component| component.saturating_sub(1));
    let value = json!({
        "fmspc": hex::encode_upper(FMSPC),
        "id": "TDX",
        "issueDate": iso_time(issued_at),
        "nextUpdate": iso_time(next_update),
        "pceId": "0000",
        "tcbEvaluationDataNumber": EVALUATION_NUMBER,
        "tcbLevels": [
            level(COMPONENTS, PCE_SVN, TDX_MICROCODE_SVN, "UpToDate", &[]),
            level(older, PCE_SVN, TDX_MICROCODE_SVN - 2, "OutOfDate", &["INTEL-SA-01079"]),
        ],
        "tcbType": 0,
        "tdxModule": {
            "attributes": zeros(8),
            "attributesMask": "F".repeat(16),
            "mrsigner": zeros(48),
        },
        "tdxModuleIdentities": [{
            "attributes": zeros(8),
            "attributesMask": "F".repeat(16),
            "id": format!("TDX_{MODULE_VERSION:02X}"),
            "mrsigner": zeros(48),
            "tcbLevels": module_levels,
        }],
        "version": 3,
    });
    SignedJson { value, edit: None, signer }
}

/// TCB information for SGX, of the same platform as [`tcb_info`].
pub(crate) fn sgx_tcb_info(issued_at: u64, next_update: u64, signer: Key) -> SignedJson {
    let mut document = tcb_info(issued_at, next_update, signer);
    document.value["id"] = Value::from("SGX");
    if let Some(fields) = document.value.as_object_mut() {
        fields.remove("tdxModule");
        fields.remove("tdxModuleIdentities");
    }
    for level in document.value["tcbLevels"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = level["tcb"].as_object_mut() {
            fields.remove("tdxtcbcomponents");
        }
    }
    document
}

fn level(sgx: [u8; 16], pce_svn: u16, tdx_microcode: u8, status: &str, advisories: &[&str]) -> Value {
    let mut tdx = [0; 16];
    tdx[0] = MODULE_SVN;
    tdx[2] = tdx_microcode;
    let components = |all: [u8; 16]| all.iter().map(|svn| json!({ "svn": svn })).collect::<Vec<_>>();
    json!({
        "advisoryIDs": advisories,
        "tcb": { "pcesvn": pce_svn, "sgxtcbcomponents": components(sgx), "tdxtcbcomponents": components(tdx) },
        "tcbDate": "2025-08-13T00:00:00Z",
        "tcbStatus": status,
    })
}

fn part_level(svn: u16, status: &str, advisories: &[&str]) -> Value {
    json!({
        "advisoryIDs": advisories,
        "tcb": { "isvsvn": svn },
        "tcbDate": "2025-08-13T00:00:00Z",
        "tcbStatus": status,
    })
}

pub(crate) fn qe_identity(issued_at: u64, next_update: u64, signer: Key, enclave: &EnclaveReportPlan) -> SignedJson {
    let value = json!({
        "attributes": "11000000000000000000000000000000",
        "attributesMask": "FBFFFFFFFFFFFFFF0000000000000000",
        "id": "TD_QE",
        "issueDate": iso_time(issued_at),
        "isvprodid": enclave.product,
        "miscselect": "00000000",
        "miscselectMask": "FFFFFFFF",
        "mrsigner": hex::encode_upper(enclave.mr_signer),
        "nextUpdate": iso_time(next_update),
        "tcbEvaluationDataNumber": EVALUATION_NUMBER,
        "tcbLevels": [
            part_level(enclave.svn, "UpToDate", &[]),
            part_level(enclave.svn - 1, "OutOfDate", &["INTEL-SA-00837"]),
        ],
        "version": 2,
    });
    SignedJson { value, edit: None, signer }
}
