//! The receiver's half of one seal: HPKE (RFC 9180) in base mode under X25519, HKDF-SHA256 and ChaCha20-Poly1305, as
//! Oblivious HTTP (RFC 9458) uses it for a call in one piece.
//!
//! Every call passes here. So the curve and the ciphers are those in assembler of the libraries that the worker has
//! anyway; the public key is not computed again for each call, nor is what follows from the suite alone. All of it takes
//! the same time whatever the secrets are. Clients and tests have other implementations of the same standards.

use adyton_protocol::call::OHTTP_KEY;
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    hmac::{self, HMAC_SHA256},
    rand::{SecureRandom, SystemRandom},
};
use zeroize::Zeroizing;

use super::seal::{ENCAPSULATED, HEADER};
use crate::error::Refusal;

/// The only head that is answered: our key, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
pub const HEAD: [u8; HEADER] = [OHTTP_KEY, 0, 0x20, 0, 1, 0, 3];
/// What the KEM's derivations are bound to (RFC 9180 §4.1).
const KEM: &[u8] = b"KEM\x00\x20";
/// What all others are bound to (§5.1).
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";
const VERSION: &[u8] = b"HPKE-v1";
/// Of a request's HPKE info, before a zero and [`HEAD`] (RFC 9458 §4.3).
const REQUEST: &[u8] = b"message/bhttp request";
/// What an answer's secret is exported under (§4.4).
const ANSWER: &[u8] = b"message/bhttp response";
/// Bytes of a key, of a secret, and of an answer's own nonce.
const SECRET: usize = 32;

/// Opens requests.
pub struct Receiver {
    key: PrivateKey,
    public: [u8; ENCAPSULATED],
    /// The key schedule's context (RFC 9180 §5.1), which is the same for all requests.
    context: Vec<u8>,
}

/// Seals the one answer to a request that was opened.
pub struct Reply {
    exporter: Zeroizing<[u8; SECRET]>,
    encapsulated: [u8; ENCAPSULATED],
}

impl Receiver {
    /// The receiver whose key is what RFC 9180's DeriveKeyPair (§7.1.3) makes of `seed`.
    pub fn derive(seed: &[u8]) -> anyhow::Result<Self> {
        let mut secret = Zeroizing::new([0; SECRET]);
        fill(&extract(&none(), KEM, b"dkp_prk", seed), KEM, b"sk", &[], &mut secret[..]);
        let key = PrivateKey::from_private_key(&X25519, &secret[..])?;
        let public: [u8; ENCAPSULATED] = key.compute_public_key()?.as_ref().try_into()?;
        let nothing = hmac::Key::new(HMAC_SHA256, &[]);
        let hash = |label: &[u8], input: &[u8]| hmac::sign(&nothing, &[VERSION, SUITE, label, input].concat());
        let info = [REQUEST, &[0], &HEAD].concat();
        let context = [&[0u8][..], hash(b"psk_id_hash", b"").as_ref(), hash(b"info_hash", &info).as_ref()].concat();
        Ok(Self { key, public, context })
    }

    /// The public key.
    pub fn public(&self) -> [u8; ENCAPSULATED] {
        self.public
    }

    /// What is inside of a request, and what seals its answer; nothing if it is not sealed to this key as a whole.
    pub fn open(&self, sealed: &[u8]) -> Option<(Zeroizing<Vec<u8>>, Reply)> {
        let (head, rest) = sealed.split_first_chunk::<HEADER>()?;
        let (encapsulated, ciphertext) = rest.split_first_chunk::<ENCAPSULATED>()?;
        if *head != HEAD {
            return None;
        }
        let (cipher, nonce, exporter) = self.schedule(&self.shared(encapsulated)?);
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        let length = cipher.open_in_place(nonce, Aad::empty(), &mut plain).ok()?.len();
        plain.truncate(length);
        Some((plain, Reply { exporter, encapsulated: *encapsulated }))
    }

    /// The KEM's shared secret; none with a key under which everybody knows it: the agreement fails where it comes to
    /// nothing but zeros (RFC 9180 §7.1.4).
    fn shared(&self, encapsulated: &[u8; ENCAPSULATED]) -> Option<Salt> {
        let peer = UnparsedPublicKey::new(&X25519, encapsulated);
        agree(&self.key, peer, (), |agreed| Ok(self.kem(encapsulated, agreed))).ok()
    }

    /// What the KEM makes of an agreement (RFC 9180 §4.1), as the salt that it is used as.
    fn kem(&self, encapsulated: &[u8; ENCAPSULATED], agreed: &[u8]) -> Salt {
        let mut shared = Zeroizing::new([0; SECRET]);
        let context = [&encapsulated[..], &self.public].concat();
        fill(&extract(&none(), KEM, b"eae_prk", agreed), KEM, b"shared_secret", &context, &mut shared[..]);
        Salt::new(HKDF_SHA256, &shared[..])
    }

    /// RFC 9180's key schedule (§5.1): the cipher, the nonce of the first and only message, and the exporter.
    fn schedule(&self, shared: &Salt) -> (LessSafeKey, Nonce, Zeroizing<[u8; SECRET]>) {
        let secret = extract(shared, SUITE, b"secret", &[]);
        let (mut key, mut exporter) = (Zeroizing::new([0; SECRET]), Zeroizing::new([0; SECRET]));
        let mut nonce = [0; NONCE_LEN];
        fill(&secret, SUITE, b"key", &self.context, &mut key[..]);
        fill(&secret, SUITE, b"base_nonce", &self.context, &mut nonce);
        fill(&secret, SUITE, b"exp", &self.context, &mut exporter[..]);
        (cipher(&key), Nonce::assume_unique_for_key(nonce), exporter)
    }
}

impl Reply {
    /// Seals the answer.
    pub fn seal(self, answer: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut nonce = [0; SECRET];
        SystemRandom::new().fill(&mut nonce).map_err(|_| Refusal::Worker)?;
        self.seal_under(nonce, answer)
    }

    /// `own` is random, of this answer alone.
    fn seal_under(self, own: [u8; SECRET], answer: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut secret = Zeroizing::new([0; SECRET]);
        let exporter = Prk::new_less_safe(HKDF_SHA256, &self.exporter[..]);
        fill(&exporter, SUITE, b"sec", ANSWER, &mut secret[..]);
        let derived = Salt::new(HKDF_SHA256, &[self.encapsulated, own].concat()).extract(&secret[..]);
        let mut key = Zeroizing::new([0; SECRET]);
        expand(&derived, &[b"key"], &mut key[..]);
        let mut nonce = [0; NONCE_LEN];
        expand(&derived, &[b"nonce"], &mut nonce);

        let mut sealed = Vec::with_capacity(own.len() + answer.len() + CHACHA20_POLY1305.tag_len());
        sealed.extend_from_slice(&own);
        sealed.extend_from_slice(answer);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let inside = sealed.get_mut(own.len()..).unwrap_or_default();
        let tag = cipher(&key).seal_in_place_separate_tag(nonce, Aad::empty(), inside);
        sealed.extend_from_slice(tag.map_err(|_| Refusal::Worker)?.as_ref());
        Ok(sealed)
    }
}

/// The empty salt.
fn none() -> Salt {
    Salt::new(HKDF_SHA256, &[])
}

/// RFC 9180's LabeledExtract (§4), bound to `suite`.
fn extract(salt: &Salt, suite: &[u8], label: &[u8], input: &[u8]) -> Prk {
    // With room for all of it: what it outgrew would be left behind as it is.
    let mut labeled = Zeroizing::new(Vec::with_capacity(VERSION.len() + suite.len() + label.len() + input.len()));
    [VERSION, suite, label, input].into_iter().for_each(|part| labeled.extend_from_slice(part));
    salt.extract(&labeled)
}

/// RFC 9180's LabeledExpand (§4), bound to `suite`.
fn fill(secret: &Prk, suite: &[u8], label: &[u8], context: &[u8], out: &mut [u8]) {
    let length = u16::try_from(out.len()).expect("keys, secrets and nonces are short").to_be_bytes();
    expand(secret, &[&length[..], VERSION, suite, label, context], out);
}

/// HKDF's expansion (RFC 5869 §2.3).
fn expand(secret: &Prk, info: &[&[u8]], out: &mut [u8]) {
    let filled = secret.expand(info, Length(out.len())).and_then(|expanded| expanded.fill(out));
    filled.expect("keys, secrets and nonces are within HKDF's limit of 255 * 32 bytes");
}

/// How many bytes are wanted of HKDF.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn cipher(key: &[u8; SECRET]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("the key has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use ohttp::{
        ClientRequest, KeyConfig, SymmetricSuite,
        hpke::{Aead, Kdf, Kem},
    };
    use serde_json::Value;

    use super::*;

    fn receiver(seed: u8) -> Receiver {
        Receiver::derive(&[seed; 32]).expect("derives")
    }

    /// The library's key of the same seed, which is another implementation.
    fn library(seed: u8, ciphers: &[Aead]) -> KeyConfig {
        let suites = ciphers.iter().map(|cipher| SymmetricSuite::new(Kdf::HkdfSha256, *cipher)).collect();
        KeyConfig::derive(OHTTP_KEY, Kem::X25519Sha256, suites, &[seed; 32]).expect("derives")
    }

    fn client(seed: u8) -> ClientRequest {
        let config = library(seed, &[Aead::ChaCha20Poly1305]).encode().expect("encodes");
        ClientRequest::from_encoded_config(&config).expect("reads")
    }

    #[test]
    fn the_published_call_opens_and_its_answer_is_sealed_as_published() {
        let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/sealed-call.json"));
        let vector: Value = serde_json::from_slice(&file.expect("is published")).expect("is JSON");
        let text = |name: &str| vector[name].as_str().expect("a text").trim_start_matches("0x").to_owned();
        let bytes = |name: &str| hex::decode(text(name)).expect("hexadecimal");
        let receiver = Receiver::derive(&bytes("worker_key_material")).expect("derives");
        assert_eq!(receiver.public().to_vec(), bytes("worker_key"));
        let (plain, reply) = receiver.open(&bytes("sealed_request")).expect("opens");
        assert_eq!(plain[..], bytes("request"));
        let nonce = bytes("answer_nonce").try_into().expect("32 bytes");
        assert_eq!(reply.seal_under(nonce, &bytes("answer")), Ok(bytes("sealed_answer")));
    }

    #[test]
    fn requests_and_answers_of_any_length_pass_to_and_from_another_implementation() {
        for (seed, length) in (1..).zip([0, 1, 63, 64, 65, 4096, 100_000]) {
            let (request, answer) = (vec![seed; length], vec![!seed; length + 1]);
            let (sealed, opener) = client(seed).encapsulate(&request).expect("seals");
            let (plain, reply) = receiver(seed).open(&sealed).expect("opens");
            assert_eq!(*plain, request);
            assert_eq!(opener.decapsulate(&reply.seal(&answer).expect("seals")).expect("opens"), answer);
        }
    }

    #[test]
    fn no_two_answers_to_the_same_request_are_sealed_the_same_way() {
        let (sealed, _) = client(1).encapsulate(b"hello").expect("seals");
        let seal = || receiver(1).open(&sealed).expect("opens").1.seal(b"hi").expect("seals");
        assert_ne!(seal(), seal());
    }

    /// A request by whoever knows what a key agreement with `point` comes to.
    fn sealed_under(receiver: &Receiver, point: &[u8; ENCAPSULATED], shared: &Salt) -> Vec<u8> {
        let (cipher, nonce, _) = receiver.schedule(shared);
        let mut inside = b"hello".to_vec();
        cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut inside).expect("seals");
        [&HEAD[..], point, &inside].concat()
    }

    #[test]
    fn a_request_under_a_point_with_which_everybody_agrees_on_zeros_is_refused() {
        let receiver = receiver(1);
        let (usual, _) = client(1).encapsulate(b"").expect("seals");
        let usual: [u8; ENCAPSULATED] = usual[HEADER..HEADER + ENCAPSULATED].try_into().expect("32 bytes");
        let shared = receiver.shared(&usual).expect("agrees");
        assert!(receiver.open(&sealed_under(&receiver, &usual, &shared)).is_some());
        // Three of small order.
        let points = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        ];
        for point in points {
            let bytes: [u8; ENCAPSULATED] = hex::decode(point).expect("hexadecimal").try_into().expect("32 bytes");
            let zeros = receiver.kem(&bytes, &[0; 32]);
            assert!(receiver.open(&sealed_under(&receiver, &bytes, &zeros)).is_none(), "{point}");
        }
    }

    #[test]
    fn a_request_under_another_suite_or_to_another_key_is_refused() {
        let config = library(1, &[Aead::Aes128Gcm]).encode().expect("encodes");
        let other_suite = ClientRequest::from_encoded_config(&config).expect("reads").encapsulate(b"hello");
        assert!(receiver(1).open(&other_suite.expect("seals").0).is_none());
        let (other_key, _) = client(2).encapsulate(b"hello").expect("seals");
        assert!(receiver(1).open(&other_key).is_none());
        assert!(receiver(2).open(&other_key).is_some());
    }
}
