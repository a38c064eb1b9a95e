//! The seal in chunks (draft-ietf-ohai-chunked-ohttp): an answer is opened as it comes.
//!
//! Each chunk is sealed under its place in the answer, and the last one is marked as such. What opened is authentic, and
//! so is all before it; that it is the whole answer is only known once the last chunk opened ([`Opener::finish`]).
//!
//! The library that seals whole calls has a reader of such answers, which does not serve here (ohttp 0.8.0): it panics on
//! the nonce of our cipher, which is longer than its room for one, and loses its place where a chunk's length comes in
//! two pieces. The worker's side is that library's, and the tests hold the two against each other.

use adyton_protocol::{
    call::{MAX_CHUNK, MAX_SEALED, OHTTP_KEY},
    framing::varint,
    ids::EncryptionKey,
};
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hpke::{
    Deserializable, HpkeError, OpModeS, Serializable,
    aead::{AeadCtxS, ChaCha20Poly1305 as HpkeAead},
    kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{AEAD, KDF, KEM};
use crate::Error;

/// What an authentication tag adds to a chunk.
const TAG: usize = 16;
/// The nonce before an answer's first chunk: as long as the cipher's key (RFC 9458 §4.4).
const NONCE: usize = 32;
/// What is authenticated with a chunk, and with the last one.
const CHUNK: &[u8] = b"";
const LAST: &[u8] = b"final";
/// The length of a full chunk, as it stands in front of it (RFC 9000 §16).
const FULL: [u8; 4] = (0x8000_0000 | (MAX_CHUNK + TAG) as u32).to_be_bytes();

type Kem = X25519HkdfSha256;
type Context = AeadCtxS<HpkeAead, HkdfSha256, Kem>;

/// A request that is sealed in chunks, and what opens its answer: only the answer to this one.
pub struct ChunkedCall {
    /// What is posted.
    pub bytes: Vec<u8>,
    /// Opens the answer.
    pub opener: Opener,
}

impl ChunkedCall {
    /// Seals a Binary HTTP message to `key`.
    pub fn seal(key: &EncryptionKey, message: &[u8]) -> Result<Self, Error> {
        let key = public(key).map_err(refused)?;
        let (encapsulated, context) =
            hpke::setup_sender::<HpkeAead, HkdfSha256, Kem>(&OpModeS::Base, &key, &info()).map_err(refused)?;
        Self::under(encapsulated.to_bytes().to_vec(), context, message)
    }

    /// Seals under a context that was set up with [`info`].
    pub(super) fn under(encapsulated: Vec<u8>, mut context: Context, message: &[u8]) -> Result<Self, Error> {
        let mut bytes = [&head()[..], &encapsulated].concat();
        let mut rest = message;
        while let Some((chunk, after)) = rest.split_at_checked(MAX_CHUNK).filter(|(_, after)| !after.is_empty()) {
            bytes.extend(FULL);
            bytes.extend(context.seal(chunk, CHUNK).map_err(refused)?);
            rest = after;
        }
        bytes.push(0);
        bytes.extend(context.seal(rest, LAST).map_err(refused)?);
        if bytes.len() > MAX_SEALED {
            return Err(Error::BadRequest(format!("a sealed request has at most {MAX_SEALED} bytes")));
        }
        let mut secret = Zeroizing::new([0u8; 32]);
        context.export(b"message/bhttp chunked response", &mut secret[..]).map_err(refused)?;
        let opener = Opener { secret, encapsulated, unopened: Vec::new(), came: 0, cipher: None, last: false };
        Ok(Self { bytes, opener })
    }
}

fn refused(error: HpkeError) -> Error {
    Error::Seal(error.to_string())
}

pub(super) fn public(key: &EncryptionKey) -> Result<<Kem as hpke::Kem>::PublicKey, HpkeError> {
    <Kem as hpke::Kem>::PublicKey::from_bytes(&key.0)
}

/// Key id, KEM, KDF and AEAD (RFC 9458 §4.3).
fn head() -> [u8; 7] {
    let ([kem, kem_low], [kdf, kdf_low], [aead, aead_low]) = (KEM.to_be_bytes(), KDF.to_be_bytes(), AEAD.to_be_bytes());
    [OHTTP_KEY, kem, kem_low, kdf, kdf_low, aead, aead_low]
}

/// What a request's key is bound to, besides the worker's.
pub(super) fn info() -> Vec<u8> {
    [b"message/bhttp chunked request", &[0][..], &head()].concat()
}

/// Opens one answer, as it comes.
pub struct Opener {
    secret: Zeroizing<[u8; 32]>,
    encapsulated: Vec<u8>,
    /// What came and is no whole chunk yet.
    unopened: Vec<u8>,
    /// Bytes that came so far.
    came: usize,
    /// From when the answer's nonce is there.
    cipher: Option<Cipher>,
    /// Whether all that still comes is the last chunk.
    last: bool,
}

impl Opener {
    /// What the chunks hold that these next bytes make whole. After an error nothing more of the answer opens.
    pub fn open(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        self.came = self.came.saturating_add(bytes.len());
        if self.came > MAX_SEALED {
            return Err(Error::AnswerTooLarge(MAX_SEALED));
        }
        let mut all = std::mem::take(&mut self.unopened);
        all.extend_from_slice(bytes);
        let rest = &mut &all[..];
        let mut plain = Vec::new();
        while self.step(rest, &mut plain)? {}
        let opened = all.len() - rest.len();
        all.drain(..opened);
        self.unopened = all;
        Ok(plain)
    }

    /// What the last chunk holds, when there is nothing more to come. Without it the answer is none.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        match self.cipher {
            Some(mut cipher) if self.last => cipher.open(&self.unopened, LAST),
            Some(_) | None => Err(Error::BrokenOff),
        }
    }

    /// Reads one thing; false if there is not enough of it yet.
    fn step(&mut self, rest: &mut &[u8], plain: &mut Vec<u8>) -> Result<bool, Error> {
        let Some(cipher) = &mut self.cipher else {
            let Some((nonce, after)) = rest.split_at_checked(NONCE) else { return Ok(false) };
            self.cipher = Some(Cipher::new(&self.secret, &self.encapsulated, nonce));
            *rest = after;
            return Ok(true);
        };
        if self.last {
            return if rest.len() > MAX_CHUNK + TAG { Err(Error::NotOurs) } else { Ok(false) };
        }
        let mut ahead = *rest;
        let Some(length) = varint(&mut ahead) else { return Ok(false) };
        let length = usize::try_from(length).ok().filter(|length| *length <= MAX_CHUNK + TAG).ok_or(Error::NotOurs)?;
        if length == 0 {
            self.last = true;
            *rest = ahead;
            return Ok(true);
        }
        let Some((chunk, after)) = ahead.split_at_checked(length) else { return Ok(false) };
        plain.extend(cipher.open(chunk, CHUNK)?);
        *rest = after;
        Ok(true)
    }
}

/// The cipher of one answer (RFC 9458 §4.4), which counts its chunks.
struct Cipher {
    aead: ChaCha20Poly1305,
    nonce: [u8; 12],
    count: u64,
}

impl Cipher {
    fn new(secret: &[u8; 32], encapsulated: &[u8], nonce: &[u8]) -> Self {
        let salt = [encapsulated, nonce].concat();
        let derived = Hkdf::<Sha256>::new(Some(&salt), secret);
        let (mut key, mut base) = (Zeroizing::new([0u8; 32]), [0u8; 12]);
        derived.expand(b"key", &mut key[..]).expect("32 bytes are not too many");
        derived.expand(b"nonce", &mut base).expect("12 bytes are not too many");
        Self { aead: ChaCha20Poly1305::new((&*key).into()), nonce: base, count: 0 }
    }

    /// Opens the next chunk.
    fn open(&mut self, sealed: &[u8], marked: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = self.nonce;
        nonce.iter_mut().rev().zip(self.count.to_le_bytes()).for_each(|(byte, count)| *byte ^= count);
        self.count = self.count.saturating_add(1);
        let payload = Payload { msg: sealed, aad: marked };
        self.aead.decrypt((&nonce).into(), payload).map_err(|_| Error::NotOurs)
    }
}

#[cfg(test)]
mod tests;
