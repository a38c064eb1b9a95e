//! The Nitro Security Module's device of an AWS Nitro enclave.
//! Sources: AWS, "Nitro Enclaves user guide: Cryptographic attestation"; `aws-nitro-enclaves-nsm-api`, whose CBOR
//! this is (RFC 8949; a request or a response is a map of one entry, named after it).
//!
//! A debug-mode enclave answers too, with registers of zeros: that is an attestation of nothing, and refused here.

use adyton_attestation::EvidenceKind;
use async_trait::async_trait;
use ciborium::Value;
use std::{fs::OpenOptions, io, path::PathBuf, sync::Arc, time::Duration};
use zeroize::Zeroizing;

use crate::{Platform, PlatformError, patience::patiently};

/// The module answers within a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(20);
const TAG_COSE_SIGN1: u64 = 18;
const DOCUMENT: PlatformError = PlatformError::Malformed("an attestation document");

/// The device's one call: a request's CBOR in, a response's CBOR out.
pub trait SecurityModule: Send + Sync {
    /// Asks the module.
    fn exchange(&self, request: &[u8]) -> io::Result<Vec<u8>>;
}

/// The kernel's device.
#[derive(Clone, Debug)]
pub struct KernelModule {
    device: PathBuf,
}

impl KernelModule {
    /// The device at `device`, usually `/dev/nsm`.
    pub fn new(device: PathBuf) -> Self {
        Self { device }
    }
}

impl SecurityModule for KernelModule {
    fn exchange(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let device = OpenOptions::new().read(true).write(true).open(&self.device)?;
        adyton_nsm::exchange(&device, request)
    }
}

/// An AWS Nitro enclave. The report data is the document's `user_data`.
pub struct Nitro {
    module: Arc<dyn SecurityModule>,
}

impl Nitro {
    /// The enclave whose device is at `device`, usually `/dev/nsm`.
    pub fn new(device: PathBuf) -> Self {
        Self::with_module(Arc::new(KernelModule::new(device)))
    }

    /// The same with another module: for emulation.
    pub fn with_module(module: Arc<dyn SecurityModule>) -> Self {
        Self { module }
    }
}

#[async_trait]
impl Platform for Nitro {
    async fn quote(&self, report_data: [u8; 64]) -> Result<Vec<u8>, PlatformError> {
        let module = Arc::clone(&self.module);
        patiently(PATIENCE, "wait for the Nitro Security Module", move || ask(&*module, &report_data)).await
    }

    /// The module seals nothing.
    async fn sealing_key(&self, _label: &[u8]) -> Result<Option<Zeroizing<[u8; 32]>>, PlatformError> {
        Ok(None)
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::AwsNitro
    }

    fn name(&self) -> &'static str {
        "nitro"
    }
}

fn ask(module: &dyn SecurityModule, report_data: &[u8; 64]) -> Result<Vec<u8>, PlatformError> {
    let response = module
        .exchange(&request(report_data))
        .map_err(PlatformError::io("ask the Nitro Security Module's device (nitro)"))?;
    read(&response, report_data)
}

/// The document in a response, if it is one about `report_data`.
pub(crate) fn read(response: &[u8], report_data: &[u8; 64]) -> Result<Vec<u8>, PlatformError> {
    if response.len() > adyton_nsm::MAX_RESPONSE_BYTES {
        return Err(PlatformError::TooLarge);
    }
    let document = document(decode(response).ok_or(PlatformError::Protocol)?)?;
    require(&document, report_data)?;
    Ok(document)
}

fn request(report_data: &[u8; 64]) -> Vec<u8> {
    let fields = vec![
        (Value::from("user_data"), Value::Bytes(report_data.to_vec())),
        (Value::from("nonce"), Value::Null),
        (Value::from("public_key"), Value::Null),
    ];
    let request = Value::Map(vec![(Value::from("Attestation"), Value::Map(fields))]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&request, &mut bytes).expect("a map of bytes has an encoding, and a vector takes it");
    bytes
}

/// The document in a response, or why there is none.
fn document(response: Value) -> Result<Vec<u8>, PlatformError> {
    if let Some(reason) = field(&response, "Error") {
        return Err(PlatformError::Refused(reason.as_text().unwrap_or("without a reason").to_owned()));
    }
    let answer = field(&response, "Attestation").ok_or(PlatformError::Protocol)?;
    field(answer, "document").and_then(Value::as_bytes).cloned().ok_or(PlatformError::Protocol)
}

/// Requires that the document (COSE_Sign1, RFC 9052) is about `report_data` and not of a debug-mode enclave.
fn require(document: &[u8], report_data: &[u8; 64]) -> Result<(), PlatformError> {
    let sign1 = match decode(document).ok_or(DOCUMENT)? {
        Value::Tag(TAG_COSE_SIGN1, inner) => *inner,
        untagged => untagged,
    };
    let payload = sign1.as_array().filter(|parts| parts.len() == 4).and_then(|parts| parts[2].as_bytes());
    let payload = payload.and_then(|payload| decode(payload)).ok_or(DOCUMENT)?;
    match field(&payload, "user_data").and_then(Value::as_bytes) {
        Some(found) if found == report_data => (),
        _ => return Err(PlatformError::ReportData),
    }
    let registers = field(&payload, "pcrs").and_then(Value::as_map).ok_or(DOCUMENT)?;
    let first = registers.iter().find(|(index, _)| *index == Value::from(0)).and_then(|(_, value)| value.as_bytes());
    if first.ok_or(DOCUMENT)?.iter().all(|byte| *byte == 0) {
        return Err(PlatformError::NotAttesting {
            platform: "the Nitro enclave",
            found: "zeros for the image's measurement (PCR0), as in debug mode".into(),
            wanted: "a measurement",
        });
    }
    Ok(())
}

/// One CBOR item and nothing after it.
fn decode(mut bytes: &[u8]) -> Option<Value> {
    let value = ciborium::de::from_reader_with_recursion_limit(&mut bytes, 16).ok()?;
    bytes.is_empty().then_some(value)
}

fn field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    map.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}
