//! `specs/vectors/sealed-call.json`: a call and its answer, sealed with an ephemeral key and a nonce that are not random;
//! `streamed-call.json`: the same in chunks.
//!
//! The library that seals draws both itself, so the vector is made here from RFC 9180 and RFC 9458 alone, and the
//! library has to open it: what the two agree on is the standard.

use adyton_protocol::{
    call::{CallFields, Fields, RECEIPT_FIELD},
    ids::{CodeHash, ContractId, NetworkId, RequestId},
    streamed,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bhttp::{Message, Mode, StatusCode};
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};
use futures::{AsyncReadExt, FutureExt};
use hkdf::Hkdf;
use hpke::{
    Deserializable, OpModeS, Serializable,
    aead::{AeadCtxS, ChaCha20Poly1305 as HpkeAead},
    kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use serde_json::json;
use sha2::Sha256;

use super::{
    chunked::{ChunkedCall, info, public},
    tests::server,
    *,
};
use crate::{
    Provisional, Request, Response,
    message::{Incoming, Opened},
    vectors::{self, Constant},
};

/// A call on its way, by the standards.
struct Standard {
    encapsulated: Vec<u8>,
    context: AeadCtxS<HpkeAead, HkdfSha256, X25519HkdfSha256>,
    sealed: Vec<u8>,
}

impl Standard {
    /// RFC 9458 §4.3.
    fn seal(key: &EncryptionKey, ephemeral: u8, message: &[u8]) -> Self {
        let mut header = vec![OHTTP_KEY];
        [KEM, KDF, AEAD].iter().for_each(|number| header.extend_from_slice(&number.to_be_bytes()));
        let info = [b"message/bhttp request", &[0][..], &header].concat();
        let key = <X25519HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&key.0).unwrap();
        let random = &mut Constant(ephemeral);
        let (encapsulated, mut context) =
            hpke::setup_sender_with_rng::<HpkeAead, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &key, &info, random)
                .unwrap();
        let encapsulated = encapsulated.to_bytes().to_vec();
        let sealed = [&header[..], &encapsulated, &context.seal(message, &[]).unwrap()].concat();
        Self { encapsulated, context, sealed }
    }

    /// RFC 9458 §4.4: the cipher of an answer with this nonce, and the cipher's nonce.
    fn answer(&self, nonce: &[u8; 32]) -> (ChaCha20Poly1305, [u8; 12]) {
        let mut secret = [0; 32];
        self.context.export(b"message/bhttp response", &mut secret).unwrap();
        let salt = [&self.encapsulated[..], nonce].concat();
        let (mut key, mut aead_nonce) = ([0; 32], [0; 12]);
        let derived = Hkdf::<Sha256>::new(Some(&salt), &secret);
        derived.expand(b"key", &mut key).unwrap();
        derived.expand(b"nonce", &mut aead_nonce).unwrap();
        (ChaCha20Poly1305::new(&key.into()), aead_nonce)
    }

    fn seal_answer(&self, nonce: &[u8; 32], answer: &[u8]) -> Vec<u8> {
        let (cipher, aead_nonce) = self.answer(nonce);
        [&nonce[..], &cipher.encrypt(&aead_nonce.into(), answer).unwrap()].concat()
    }

    fn open_answer(&self, sealed: &[u8]) -> Vec<u8> {
        let (nonce, sealed) = sealed.split_at(32);
        let (cipher, aead_nonce) = self.answer(nonce.try_into().unwrap());
        cipher.decrypt(&aead_nonce.into(), sealed).unwrap()
    }
}

/// The call of `call.json`, without a caller.
fn request() -> Vec<u8> {
    let request = Request::post("/increment", "{}").unwrap().field("content-type", "application/json").unwrap();
    let call = CallFields {
        network: NetworkId([1; 32]),
        contract: ContractId([2; 32]),
        code: CodeHash([4; 32]),
        lease: 5,
        request_id: RequestId([3; 16]),
        not_after: 6,
        caller: None,
    };
    request.encode(&call).unwrap()
}

/// An answer with the receipt of `receipt.json`, which is another call's: this is about the seal.
fn answer() -> Vec<u8> {
    let receipt = hex::decode(vectors::read("receipt")["receipt"].as_str().unwrap()).unwrap();
    let mut message = Message::response(StatusCode::OK);
    message.put_header("content-type", "application/json");
    message.write_content(b"1");
    message.put_trailer(RECEIPT_FIELD, URL_SAFE_NO_PAD.encode(receipt));
    let mut out = Vec::new();
    message.write_bhttp(Mode::KnownLength, &mut out).unwrap();
    out
}

#[test]
fn the_published_sealed_call_is_what_the_standards_make_and_what_the_library_opens() {
    let (server, key) = server();
    let (request, answer) = (request(), answer());
    let call = Standard::seal(&key, 5, &request);
    let (opened, reply) = server.decapsulate(&call.sealed).unwrap();
    assert_eq!(opened, request);
    assert_eq!(call.open_answer(&reply.encapsulate(&answer).unwrap()), answer);
    let Opened::Answer(Response { status: 200, fields, content }, _) = Opened::read(&answer, false).unwrap() else {
        panic!("an answer with a receipt")
    };
    assert_eq!((fields, content), (Fields::from([(b"content-type".into(), b"application/json".into())]), b"1".into()));

    let built = json!({
        "worker_key_material": hex::encode([7; 32]),
        "worker_key": key,
        "ephemeral_key_material": hex::encode([5; 32]),
        "request": hex::encode(&request),
        "sealed_request": hex::encode(&call.sealed),
        "answer": hex::encode(&answer),
        "answer_nonce": hex::encode([6; 32]),
        "sealed_answer": hex::encode(call.seal_answer(&[6; 32], &answer)),
    });
    vectors::check("sealed-call", &built);
}

/// What a call in chunks is sealed under.
fn setup(key: &EncryptionKey) -> (Vec<u8>, AeadCtxS<HpkeAead, HkdfSha256, X25519HkdfSha256>) {
    let (key, info) = (public(key).unwrap(), info());
    let random = &mut Constant(5);
    let (encapsulated, context) =
        hpke::setup_sender_with_rng::<HpkeAead, HkdfSha256, X25519HkdfSha256>(&OpModeS::Base, &key, &info, random)
            .unwrap();
    (encapsulated.to_bytes().to_vec(), context)
}

/// The answer's chunks: its head, two of content, its end with the receipt of `receipt.json`; and the last, which is empty.
fn chunks() -> Vec<Vec<u8>> {
    let receipt = hex::decode(vectors::read("receipt")["receipt"].as_str().unwrap()).unwrap();
    let receipt = URL_SAFE_NO_PAD.encode(receipt);
    let fields = vec![(b"content-type".to_vec(), b"text/plain".to_vec())];
    let end = streamed::end(&[(RECEIPT_FIELD, receipt.as_bytes())]);
    vec![streamed::head(200, &fields), streamed::content(b"one "), streamed::content(b"two"), end, vec![]]
}

/// The chunks sealed under 32 sixes as the answer's nonce, as the draft has it.
fn sealed_chunks(key: &EncryptionKey) -> Vec<Vec<u8>> {
    let (encapsulated, context) = setup(key);
    let mut secret = [0; 32];
    context.export(b"message/bhttp chunked response", &mut secret).unwrap();
    let salt = [&encapsulated[..], &[6; 32]].concat();
    let (mut key, mut base) = ([0; 32], [0; 12]);
    let derived = Hkdf::<Sha256>::new(Some(&salt), &secret);
    derived.expand(b"key", &mut key).unwrap();
    derived.expand(b"nonce", &mut base).unwrap();
    let cipher = ChaCha20Poly1305::new(&key.into());
    let chunks = chunks();
    let seal = |(count, chunk): (usize, &Vec<u8>)| {
        let last = count + 1 == chunks.len();
        let mut nonce = base;
        nonce[11] ^= count as u8;
        let aad = if last { &b"final"[..] } else { b"" };
        let sealed = cipher.encrypt(&nonce.into(), Payload { msg: chunk, aad }).unwrap();
        let length = match sealed.len() {
            _ if last => vec![0],
            small @ ..64 => vec![small as u8],
            large => (0x4000 | large as u16).to_be_bytes().to_vec(),
        };
        [length, sealed].concat()
    };
    chunks.iter().enumerate().map(seal).collect()
}

#[test]
fn the_published_call_in_chunks_is_what_the_standards_make_and_what_is_opened_here_and_by_the_library() {
    let (server, key) = server();
    let (encapsulated, context) = setup(&key);
    let ChunkedCall { bytes, mut opener } = ChunkedCall::under(encapsulated, context, &request()).unwrap();
    let (mut opened, mut asked) = (Vec::new(), server.decapsulate_stream(&bytes[..]));
    asked.read_to_end(&mut opened).now_or_never().unwrap().unwrap();
    assert_eq!(opened, request());

    let sealed = sealed_chunks(&key);
    let (mut incoming, mut shown) = (Incoming::default(), Vec::new());
    opener.open(&[6; 32]).unwrap();
    for (sealed, chunk) in sealed.iter().zip(&chunks()[..4]) {
        let plain = opener.open(sealed).unwrap();
        assert_eq!(plain, *chunk);
        shown.extend(incoming.read(&plain).unwrap());
    }
    opener.open(&sealed[4]).unwrap();
    assert_eq!(opener.finish().unwrap(), b"");
    let fields = Fields::from([(b"content-type".into(), b"text/plain".into())]);
    let head = Provisional::Head { status: 200, fields: fields.clone() };
    assert_eq!(shown, [head, Provisional::Content(b"one ".into()), Provisional::Content(b"two".into())]);
    let Opened::Answer(response, _) = incoming.finish().unwrap() else { panic!("an answer with a receipt") };
    assert_eq!(response, Response { status: 200, fields, content: b"one two".into() });

    let built = json!({
        "worker_key_material": hex::encode([7; 32]),
        "worker_key": key,
        "ephemeral_key_material": hex::encode([5; 32]),
        "request": hex::encode(request()),
        "sealed_request": hex::encode(&bytes),
        "answer_nonce": hex::encode([6; 32]),
        "chunks": chunks().iter().map(hex::encode).collect::<Vec<_>>(),
        "sealed_chunks": sealed.iter().map(hex::encode).collect::<Vec<_>>(),
    });
    vectors::check("streamed-call", &built);
}
