//! What a worker reads inside a seal. The key for the seal is public, so anybody can send any bytes there.

use adyton_protocol::call::{CALL_FIELD, MAX_FIELDS, RESERVED_PREFIX};
use bhttp::{Message, Mode};

use crate::{
    request::Call,
    vectors::{self, bytes},
};

/// A call: read within bounds, or refused in few words.
pub fn call(data: &[u8]) {
    match Call::read(data) {
        Ok(call) => {
            assert!(call.headers.len() < MAX_FIELDS && call.content.len() <= data.len(), "it is bounded");
            let is_reserved = |name: &[u8]| name.starts_with(RESERVED_PREFIX.as_bytes());
            assert!(!call.headers.iter().any(|(name, _)| is_reserved(name)), "no contract sees a field of ours");
        }
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

/// Seeds of [`call`]: in both framings, and with padding.
pub fn calls() -> Vec<Vec<u8>> {
    let mut call = Message::request(b"POST".to_vec(), b"https".to_vec(), b"contract".to_vec(), b"/x?y=1".to_vec());
    call.put_header(CALL_FIELD, hex::encode(bytes(&vectors::CALL["call_fields"])));
    call.put_header("accept", "*/*");
    call.write_content(b"content");
    let written = |mode| {
        let mut out = Vec::new();
        call.write_bhttp(mode, &mut out).expect("memory does not fail");
        out
    };
    let padded = [written(Mode::KnownLength), vec![0; 16]].concat();
    vec![written(Mode::KnownLength), written(Mode::IndeterminateLength), padded]
}

/// Whether a call is read.
pub fn is_read(data: &[u8]) -> bool {
    Call::read(data).is_ok()
}
