//! The adapter of the Nitro Security Module, against a module that answers in its CBOR.

use adyton_attestation::EvidenceKind;
use adyton_attestation_platform::{Nitro, Platform, PlatformError, SecurityModule};
use ciborium::{Value, cbor};
use std::{
    io,
    sync::{Arc, Mutex},
};

const REPORT_DATA: [u8; 64] = [0xA5; 64];

/// What the module does with a request.
type Answer = fn(Vec<u8>) -> Vec<u8>;

struct Emulation {
    answer: Answer,
    request: Mutex<Vec<u8>>,
}

impl SecurityModule for Emulation {
    fn exchange(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        *self.request.lock().unwrap() = request.to_vec();
        let request: Value = ciborium::from_reader(request).unwrap();
        let user_data = request.as_map().unwrap()[0].1.as_map().unwrap()[0].1.as_bytes().unwrap().clone();
        Ok((self.answer)(user_data))
    }
}

fn module(answer: Answer) -> Arc<Emulation> {
    Arc::new(Emulation { answer, request: Mutex::default() })
}

async fn ask(answer: Answer) -> Result<Vec<u8>, PlatformError> {
    Nitro::with_module(module(answer)).quote(REPORT_DATA).await
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// A document of the right shape; nobody signed it.
fn document(user_data: Value, pcr0: [u8; 48]) -> Vec<u8> {
    let registers = Value::Map(vec![(Value::from(0), Value::Bytes(pcr0.to_vec()))]);
    let payload = cbor!({ "module_id" => "i-0", "digest" => "SHA384", "pcrs" => registers, "user_data" => user_data });
    let payload = Value::Bytes(encoded(&payload.unwrap()));
    encoded(&Value::Array(vec![Value::Bytes(vec![0xA0]), Value::Map(vec![]), payload, Value::Bytes(vec![7; 96])]))
}

fn response(document: Vec<u8>) -> Vec<u8> {
    encoded(&cbor!({ "Attestation" => { "document" => Value::Bytes(document) } }).unwrap())
}

fn good(user_data: Vec<u8>) -> Vec<u8> {
    response(document(Value::Bytes(user_data), [1; 48]))
}

#[tokio::test]
async fn a_document_carries_the_report_data_as_its_user_data() {
    let module = module(good);
    let platform = Nitro::with_module(Arc::clone(&module) as _);
    let found = platform.quote(REPORT_DATA).await.unwrap();
    assert_eq!(found, document(Value::Bytes(REPORT_DATA.to_vec()), [1; 48]));
    assert_eq!(platform.kind(), EvidenceKind::AwsNitro);
    assert!(platform.sealing_key(b"share").await.unwrap().is_none());
    // The request as AWS's own library writes it: {"Attestation": {"user_data": .., "nonce": null, "public_key": null}}.
    let mut expected = b"\xA1\x6BAttestation\xA3\x69user_data\x58\x40".to_vec();
    expected.extend_from_slice(&REPORT_DATA);
    expected.extend_from_slice(b"\x65nonce\xF6\x6Apublic_key\xF6");
    assert_eq!(*module.request.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_tagged_document_is_read_too() {
    let tagged = |user_data| {
        let untagged: Value = ciborium::from_reader(&document(Value::Bytes(user_data), [1; 48])[..]).unwrap();
        response(encoded(&Value::Tag(18, Box::new(untagged))))
    };
    ask(tagged).await.unwrap();
}

#[tokio::test]
async fn an_enclave_in_debug_mode_is_refused() {
    let error = ask(|user_data| response(document(Value::Bytes(user_data), [0; 48]))).await.unwrap_err();
    assert!(matches!(error, PlatformError::NotAttesting { .. }), "{error}");
    assert!(error.to_string().contains("debug mode"), "{error}");
}

#[tokio::test]
async fn a_document_about_something_else_is_refused() {
    let others: [Answer; 3] = [
        |_| response(document(Value::Bytes(vec![0; 64]), [1; 48])),
        |_| response(document(Value::Null, [1; 48])),
        |user_data| response(document(Value::Bytes(user_data[..63].to_vec()), [1; 48])),
    ];
    for other in others {
        let error = ask(other).await.unwrap_err();
        assert!(matches!(error, PlatformError::ReportData), "{error}");
    }
}

#[tokio::test]
async fn the_modules_own_refusal_is_told() {
    let error = ask(|_| encoded(&cbor!({ "Error" => "InvalidOperation" }).unwrap())).await.unwrap_err();
    assert_eq!(error.to_string(), "the device refused: InvalidOperation");
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused() {
    let answers: [(Answer, &str); 7] = [
        (|_| Vec::new(), "protocol"),
        (|_| vec![0xFF; 50], "protocol"),
        (|_| encoded(&cbor!({ "GetRandom" => { "random" => Value::Bytes(vec![1]) } }).unwrap()), "protocol"),
        (|user_data| [good(user_data), vec![0]].concat(), "protocol"),
        (|_| response(b"no CBOR".to_vec()), "attestation document"),
        (|_| response(encoded(&Value::Array(vec![Value::Null; 4]))), "attestation document"),
        (|_| vec![0; 0x3001], "larger than allowed"),
    ];
    for (answer, expected) in answers {
        let error = ask(answer).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
}

#[tokio::test]
async fn cbor_that_is_nested_or_long_beyond_reason_is_refused() {
    let error = ask(|_| vec![0x81; 0x3000]).await.unwrap_err();
    assert!(matches!(error, PlatformError::Protocol), "{error}");
    // An array that says it has 2^62 elements.
    let error = ask(|_| vec![0x9B, 0x40, 0, 0, 0, 0, 0, 0, 0]).await.unwrap_err();
    assert!(matches!(error, PlatformError::Protocol), "{error}");
}

#[tokio::test]
async fn a_machine_without_the_device_gives_a_clear_error() {
    let error = Nitro::new("/nonexistent/nsm".into()).quote(REPORT_DATA).await.unwrap_err();
    assert!(error.to_string().contains("Nitro Security Module"), "{error}");
    // Another device refuses the call.
    let error = Nitro::new("/dev/null".into()).quote(REPORT_DATA).await.unwrap_err();
    assert!(matches!(error, PlatformError::Io { .. }), "{error}");
}
