//! The seal: Oblivious HTTP (RFC 9458) to the worker's key of this boot, as the chain proves it; in one piece, or in
//! [chunks](chunked).

pub mod chunked;

use adyton_protocol::{
    call::{MAX_SEALED, OHTTP_KEY},
    ids::EncryptionKey,
};
use ohttp::{ClientRequest, ClientResponse};

use crate::Error;

/// DHKEM(X25519, HKDF-SHA256), RFC 9180 §7.1.
const KEM: u16 = 0x0020;
/// HKDF-SHA256, RFC 9180 §7.2.
const KDF: u16 = 0x0001;
/// ChaCha20-Poly1305, RFC 9180 §7.3. The only one: there is nothing to negotiate.
const AEAD: u16 = 0x0003;

/// A sealed request, and what opens its answer: only the answer to this one.
pub struct Sealed {
    bytes: Vec<u8>,
    opener: ClientResponse,
}

impl Sealed {
    /// Seals a Binary HTTP message to `key`.
    pub fn seal(key: &EncryptionKey, message: &[u8]) -> Result<Self, Error> {
        let client =
            ClientRequest::from_encoded_config(&key_config(key)).map_err(|error| Error::Seal(error.to_string()))?;
        let (bytes, opener) = client.encapsulate(message).map_err(|error| Error::Seal(error.to_string()))?;
        if bytes.len() > MAX_SEALED {
            return Err(Error::BadRequest(format!("a sealed request has at most {MAX_SEALED} bytes")));
        }
        Ok(Self { bytes, opener })
    }

    /// What is posted.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Opens the answer. One that was altered, or that answers another request, does not open.
    pub fn open(self, answer: &[u8]) -> Result<Vec<u8>, Error> {
        if answer.len() > MAX_SEALED {
            return Err(Error::AnswerTooLarge(MAX_SEALED));
        }
        self.opener.decapsulate(answer).map_err(|_| Error::NotOurs)
    }
}

/// The key configuration (RFC 9458 §3.1): key id, KEM, public key, length of what follows, KDF and AEAD.
fn key_config(key: &EncryptionKey) -> Vec<u8> {
    let mut config = vec![OHTTP_KEY];
    config.extend_from_slice(&KEM.to_be_bytes());
    config.extend_from_slice(&key.0);
    config.extend_from_slice(&4u16.to_be_bytes());
    config.extend_from_slice(&KDF.to_be_bytes());
    config.extend_from_slice(&AEAD.to_be_bytes());
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use ohttp::{
        KeyConfig, Server, SymmetricSuite,
        hpke::{Aead, Kdf, Kem},
    };

    pub(super) fn server() -> (Server, EncryptionKey) {
        let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::ChaCha20Poly1305);
        let config = KeyConfig::derive(OHTTP_KEY, Kem::X25519Sha256, vec![suite], &[7; 32]).unwrap();
        let key = config.encode().unwrap()[3..35].try_into().unwrap();
        (Server::new(config).unwrap(), EncryptionKey(key))
    }

    #[test]
    fn our_key_configuration_is_the_one_that_the_server_writes() {
        let (server, key) = server();
        assert_eq!(key_config(&key), server.config().encode().unwrap());
    }

    #[test]
    fn what_is_sealed_opens_there_and_the_answer_opens_here() {
        let (server, key) = server();
        let sealed = Sealed::seal(&key, b"question").unwrap();
        let (plain, answer) = server.decapsulate(sealed.bytes()).unwrap();
        assert_eq!(plain, b"question");
        assert_eq!(sealed.open(&answer.encapsulate(b"answer").unwrap()).unwrap(), b"answer");
    }

    #[test]
    fn an_answer_to_another_request_does_not_open() {
        let (server, key) = server();
        let (one, two) = (Sealed::seal(&key, b"same").unwrap(), Sealed::seal(&key, b"same").unwrap());
        let (_, answer) = server.decapsulate(two.bytes()).unwrap();
        assert!(matches!(one.open(&answer.encapsulate(b"answer").unwrap()), Err(Error::NotOurs)));
    }

    #[test]
    fn an_altered_cut_or_oversized_answer_does_not_open() {
        let (server, key) = server();
        let answer_of = |sealed: &Sealed| server.decapsulate(sealed.bytes()).unwrap().1.encapsulate(b"answer").unwrap();
        let length = answer_of(&Sealed::seal(&key, b"q").unwrap()).len();
        for at in 0..length {
            let sealed = Sealed::seal(&key, b"q").unwrap();
            let mut answer = answer_of(&sealed);
            answer[at] ^= 1;
            assert!(matches!(sealed.open(&answer), Err(Error::NotOurs)), "byte {at}");
        }
        let sealed = Sealed::seal(&key, b"q").unwrap();
        let answer = answer_of(&sealed);
        assert!(matches!(sealed.open(&answer[..length - 1]), Err(Error::NotOurs)));
        let sealed = Sealed::seal(&key, b"q").unwrap();
        assert!(matches!(sealed.open(&vec![0; MAX_SEALED + 1]), Err(Error::AnswerTooLarge(_))));
    }

    #[test]
    fn a_key_of_small_order_is_not_sealed_to() {
        assert!(matches!(Sealed::seal(&EncryptionKey([0; 32]), b"q"), Err(Error::Seal(_))));
    }
}

#[cfg(test)]
mod vectors;
