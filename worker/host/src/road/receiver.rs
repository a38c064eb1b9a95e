//! The receiver's half of one seal: HPKE (RFC 9180) in base mode under X25519, HKDF-SHA256 and ChaCha20-Poly1305, as
//! Oblivious HTTP (RFC 9458) uses it for a call in one piece.
//!
//! Every call passes here. So the curve and the ciphers are those in assembler of the libraries that the worker has
//! anyway; the public key is not computed again for each call, nor is what follows from the suite alone. All of it takes
//! the same time whatever the secrets are. Clients and tests have other implementations of the same standards.
//!
//! What is refused is refused in one way, whatever was wrong with it: another head, a point of small order, a tag that
//! does not hold. Secrets are wiped where they are ours. ring's own `Salt`, `Prk` and `LessSafeKey` are not when they are
//! dropped (ring 0.17): what they held of a call's keys stays in memory until that is used again.

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
        Self::under(seed, &[REQUEST, &[0], &HEAD].concat())
    }

    /// [`Receiver::derive`] for what is sealed under `info`.
    fn under(seed: &[u8], info: &[u8]) -> anyhow::Result<Self> {
        let mut secret = Zeroizing::new([0; SECRET]);
        fill(&extract(&none(), KEM, b"dkp_prk", seed), KEM, b"sk", &[], &mut secret[..]);
        let key = PrivateKey::from_private_key(&X25519, &secret[..])?;
        let public: [u8; ENCAPSULATED] = key.compute_public_key()?.as_ref().try_into()?;
        let nothing = hmac::Key::new(HMAC_SHA256, &[]);
        let hash = |label: &[u8], input: &[u8]| hmac::sign(&nothing, &[VERSION, SUITE, label, input].concat());
        let context = [&[0u8][..], hash(b"psk_id_hash", b"").as_ref(), hash(b"info_hash", info).as_ref()].concat();
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
        let secret = export(&self.exporter, ANSWER);
        let derived = Salt::new(HKDF_SHA256, &[self.encapsulated, own].concat()).extract(&secret[..]);
        let mut key = Zeroizing::new([0; SECRET]);
        expand(&derived, &[b"key"], &mut key[..]);
        let mut nonce = [0; NONCE_LEN];
        expand(&derived, &[b"nonce"], &mut nonce);

        let mut sealed = Vec::with_capacity(own.len() + answer.len() + CHACHA20_POLY1305.tag_len());
        sealed.extend_from_slice(&own);
        sealed.extend_from_slice(answer);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let inside = sealed.get_mut(own.len()..).ok_or(Refusal::Worker)?;
        let tag = cipher(&key).seal_in_place_separate_tag(nonce, Aad::empty(), inside);
        sealed.extend_from_slice(tag.map_err(|_| Refusal::Worker)?.as_ref());
        Ok(sealed)
    }
}

/// RFC 9180's Export (§5.3), of as many bytes as an answer's secret has.
fn export(exporter: &[u8; SECRET], context: &[u8]) -> Zeroizing<[u8; SECRET]> {
    let mut secret = Zeroizing::new([0; SECRET]);
    fill(&Prk::new_less_safe(HKDF_SHA256, exporter), SUITE, b"sec", context, &mut secret[..]);
    secret
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

    fn bytes<const N: usize>(hexadecimal: &str) -> [u8; N] {
        hex::decode(hexadecimal).expect("hexadecimal").try_into().expect("as many bytes")
    }

    /// RFC 9180, A.2.1: base mode under this suite, with another info than ours.
    #[test]
    fn the_standards_own_vector_of_this_suite_comes_to_the_same_keys_nonce_message_and_exports() {
        let seed = bytes::<32>("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df");
        let receiver = Receiver::under(&seed, b"Ode on a Grecian Urn").expect("derives");
        let public = bytes::<ENCAPSULATED>("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
        assert_eq!(receiver.public(), public);
        let context = "00431df6cd95e11ff49d7013563baf7f11588c75a6611ee2a4404a49306ae4cf\
                       c5b69c5718a60cc5876c358d3f7fc31ddb598503f67be58ea1e798c0bb19eb9796";
        assert_eq!(hex::encode(&receiver.context), context);

        let encapsulated = bytes("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
        let shared = receiver.shared(&encapsulated).expect("agrees");
        let (cipher, nonce, exporter) = receiver.schedule(&shared);
        let base: &[u8; NONCE_LEN] = nonce.as_ref();
        assert_eq!(*base, bytes::<NONCE_LEN>("5c4d98150661b848853b547f"));
        assert_eq!(*exporter, bytes::<32>("a3b010d4994890e2c6968a36f64470d3c824c8f5029942feb11e7a74b2921922"));
        let mut message =
            bytes::<45>("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28");
        let opened = cipher.open_in_place(nonce, Aad::from(b"Count-0"), &mut message).expect("opens");
        assert_eq!(opened[..], b"Beauty is truth, truth beauty"[..]);
        let exports: [(&[u8], &str); 3] = [
            (b"", "4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e"),
            (b"\0", "8c1df14732580e5501b00f82b10a1647b40713191b7c1240ac80e2b68808ba69"),
            (b"TestContext", "5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53"),
        ];
        for (context, exported) in exports {
            assert_eq!(*export(&exporter, context), bytes::<32>(exported));
        }
    }

    #[test]
    fn a_message_shorter_than_its_tag_is_refused() {
        let (sealed, _) = client(1).encapsulate(b"").expect("seals");
        assert!(receiver(1).open(&sealed).is_some(), "a tag and nothing else");
        for end in 0..sealed.len() {
            assert!(receiver(1).open(&sealed[..end]).is_none(), "{end}");
        }
    }

    #[test]
    fn a_request_whose_head_names_another_key_or_suite_is_refused_though_all_else_is_as_it_should_be() {
        let (sealed, _) = client(1).encapsulate(b"hello").expect("seals");
        for at in 0..HEADER {
            for other in (0..=u8::MAX).filter(|other| *other != HEAD[at]) {
                let mut altered = sealed.clone();
                altered[at] = other;
                assert!(receiver(1).open(&altered).is_none(), "byte {at}: {other}");
            }
        }
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
        // All of small order, on the curve and on its twist: 0, 1, two of order 8, and p - 1, p and p + 1, of which the
        // last two are 0 and 1 in another encoding.
        let points = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        // The highest bit is not looked at (RFC 7748 §5).
        for (point, high) in points.into_iter().flat_map(|point| [(point, 0), (point, 0x80)]) {
            let mut point = bytes::<ENCAPSULATED>(point);
            point[ENCAPSULATED - 1] |= high;
            assert!(receiver.shared(&point).is_none(), "{point:02x?}");
            let zeros = receiver.kem(&point, &[0; 32]);
            assert!(receiver.open(&sealed_under(&receiver, &point, &zeros)).is_none(), "{point:02x?}");
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
