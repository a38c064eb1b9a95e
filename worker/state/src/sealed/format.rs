//! The form of a sealed object, and the arithmetic between its two sizes.
//!
//! ```text
//! chunk 0 | chunk 1 | .. | chunk n-1 | trailer (112 bytes)
//! chunk   = AES-256-GCM(data key, nonce = u64 index, plaintext of 32 KiB, less only in the last)
//! trailer = salt 32 | wrapped data key 48 | size u64 | lease u64 | chunk size u32 | key epoch u32 | magic 8
//! ```
//!
//! Integers are little-endian. The data key is random and of this object alone; it is wrapped with
//! AES-256-GCM under a key derived from the epoch's secret and the salt. What authenticates what:
//!
//! * the wrapping binds contract, path, size, lease, chunk size, key epoch and format version;
//! * each chunk binds contract, path and its index.
//!
//! Because the size is authenticated before any chunk is opened, the number of chunks is known and a cut or
//! lengthened object never opens: no chunk needs a mark of being last. The trailer stands at the end
//! because an upload in parts learns its size only there. Rewrapping under a newer key epoch replaces the
//! trailer and leaves the chunks as they are.
//!
//! The chunk size is a constant of the format, so that a listing, which shows only sealed sizes, still
//! gives plaintext sizes.

use adyton_protocol::{domain, ids::ContractId, key_label::KeyEpoch};
use bytes::Bytes;
use object_store::path::Path;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use zeroize::Zeroizing;

use super::SealError;
use crate::EpochKeys;

/// Plaintext bytes in a chunk.
pub const CHUNK: u64 = 32 * 1024;
/// Bytes of an authentication tag.
pub const TAG: u64 = 16;
/// Bytes of a trailer.
pub const TRAILER: u64 = 112;
/// The largest object: more than any SST, and far from where AES-GCM's counters would matter.
pub const MAX_SIZE: u64 = 1 << 40;

const MAGIC: &[u8; 8] = b"ADYSEAL\x01";

/// How many bytes an object of `size` plaintext bytes has when sealed.
pub fn sealed_size(size: u64) -> u64 {
    size + size.div_ceil(CHUNK) * TAG + TRAILER
}

/// The plaintext size of an object of `sealed` bytes; an error where no object has that many.
pub fn plain_size(sealed: u64) -> Result<u64, SealError> {
    let body = sealed.checked_sub(TRAILER).ok_or(SealError::Truncated { length: sealed })?;
    let (full, rest) = (body / (CHUNK + TAG), body % (CHUNK + TAG));
    match rest {
        0 => Ok(full * CHUNK),
        1..=TAG => Err(SealError::Truncated { length: sealed }),
        _ => Ok(full * CHUNK + rest - TAG),
    }
}

/// Where an object belongs; part of everything that is authenticated in it.
#[derive(Clone)]
pub struct Place {
    /// The contract.
    pub contract: ContractId,
    /// The object's path, from the root of the contract's store.
    pub path: Path,
}

impl Place {
    fn chunk_data(&self, index: u64) -> Vec<u8> {
        let path = self.path.as_ref().as_bytes();
        domain::encode(domain::SEALED_OBJECT, &[b"chunk", &self.contract.0, path, &index.to_le_bytes()])
    }

    /// `plain` is the last 32 bytes of the trailer: size, lease, chunk size, key epoch, magic.
    fn trailer_data(&self, plain: &[u8]) -> Vec<u8> {
        let path = self.path.as_ref().as_bytes();
        domain::encode(domain::SEALED_OBJECT, &[b"trailer", &self.contract.0, path, plain])
    }
}

/// Seals one object, chunk after chunk.
pub struct Sealer {
    place: Place,
    data_key: Zeroizing<[u8; 32]>,
    cipher: LessSafeKey,
    chunks: u64,
    size: u64,
}

impl Sealer {
    /// A sealer with a fresh data key.
    pub fn new(place: Place) -> Self {
        Self::under(place, Zeroizing::new(random()))
    }

    fn under(place: Place, data_key: Zeroizing<[u8; 32]>) -> Self {
        Self { place, cipher: cipher(data_key.as_slice()), data_key, chunks: 0, size: 0 }
    }

    /// Appends the sealed chunk to `out`. Every chunk but the last must be full.
    pub fn chunk(&mut self, plaintext: &[u8], out: &mut Vec<u8>) {
        debug_assert!(plaintext.len() as u64 <= CHUNK && self.size == self.chunks * CHUNK);
        let start = out.len();
        out.extend_from_slice(plaintext);
        let data = Aad::from(self.place.chunk_data(self.chunks));
        let tag = self
            .cipher
            .seal_in_place_separate_tag(nonce(self.chunks), data, &mut out[start..])
            .expect("a chunk is far below AES-GCM's limit of 64 GiB");
        out.extend_from_slice(tag.as_ref());
        self.chunks += 1;
        self.size += plaintext.len() as u64;
    }

    /// Appends the trailer, which ends the object.
    pub fn finish(self, keys: &EpochKeys, lease: u64, out: &mut Vec<u8>) {
        self.finish_salted(random(), keys, lease, out);
    }

    fn finish_salted(self, salt: [u8; 32], keys: &EpochKeys, lease: u64, out: &mut Vec<u8>) {
        let epoch = keys.newest();
        let mut plain = Vec::with_capacity(32);
        plain.extend_from_slice(&self.size.to_le_bytes());
        plain.extend_from_slice(&lease.to_le_bytes());
        plain.extend_from_slice(&(CHUNK as u32).to_le_bytes());
        plain.extend_from_slice(&epoch.to_le_bytes());
        plain.extend_from_slice(MAGIC);
        let wrapping =
            keys.wrapping_key(epoch, &self.place.contract, &salt).expect("the newest epoch's secret is held");
        let mut wrapped = Zeroizing::new(self.data_key.to_vec());
        let tag = wrapping
            .seal_in_place_separate_tag(nonce(0), Aad::from(self.place.trailer_data(&plain)), &mut wrapped)
            .expect("32 bytes are far below AES-GCM's limit of 64 GiB");
        out.extend_from_slice(&salt);
        out.extend_from_slice(&wrapped);
        out.extend_from_slice(tag.as_ref());
        out.extend_from_slice(&plain);
    }
}

/// Seals a whole object.
pub fn seal(place: Place, keys: &EpochKeys, lease: u64, plaintext: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(sealed_size(plaintext.len() as u64) as usize);
    let mut sealer = Sealer::new(place);
    for chunk in plaintext.chunks(CHUNK as usize) {
        sealer.chunk(chunk, &mut out);
    }
    sealer.finish(keys, lease, &mut out);
    out
}

/// What an authenticated trailer allows: to open the object's chunks.
pub struct Opener {
    place: Place,
    cipher: LessSafeKey,
    /// The plaintext size.
    pub size: u64,
}

impl Opener {
    /// Checks a trailer that stands at the end of an object of `sealed` bytes.
    ///
    /// `lease` is the reader's own: an object of a later lease shows that another worker took over.
    pub fn new(place: Place, keys: &EpochKeys, lease: u64, trailer: &[u8], sealed: u64) -> Result<Self, SealError> {
        let trailer: &[u8; TRAILER as usize] =
            trailer.try_into().map_err(|_| SealError::Truncated { length: sealed })?;
        let (secret, plain) = trailer.split_at(80);
        let (size, written) = (u64::from_le_bytes(field(plain, 0)), u64::from_le_bytes(field(plain, 8)));
        let (chunk, epoch) = (u32::from_le_bytes(field(plain, 16)), KeyEpoch::from_le_bytes(field(plain, 20)));
        if &plain[24..] != MAGIC {
            return Err(SealError::NotSealed);
        }
        if u64::from(chunk) != CHUNK {
            return Err(SealError::ChunkSize { chunk });
        }
        if size > MAX_SIZE || sealed_size(size) != sealed {
            return Err(SealError::Truncated { length: sealed });
        }
        let salt = field(secret, 0);
        let wrapping = keys.wrapping_key(epoch, &place.contract, &salt).ok_or(SealError::UnknownKeyEpoch { epoch })?;
        let mut wrapped = Zeroizing::new(secret[32..].to_vec());
        let data_key = wrapping
            .open_in_place(nonce(0), Aad::from(place.trailer_data(plain)), &mut wrapped)
            .map_err(|_| SealError::Forged)?;
        if written > lease {
            return Err(SealError::LaterLease { written, own: lease });
        }
        Ok(Self { cipher: cipher(data_key), place, size })
    }

    /// Opens the consecutive chunks from `first` that `sealed` consists of, and appends them to `out`.
    pub fn open(&self, first: u64, sealed: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        for (index, chunk) in (first..).zip(sealed.chunks((CHUNK + TAG) as usize)) {
            let start = out.len();
            out.extend_from_slice(chunk);
            let plaintext = self.open_chunk(index, &mut out[start..])?;
            out.truncate(start + plaintext);
        }
        Ok(())
    }

    /// Opens one chunk in its place; gives the length of the plaintext, which then stands at its beginning.
    pub fn open_chunk(&self, index: u64, chunk: &mut [u8]) -> Result<usize, SealError> {
        let data = Aad::from(self.place.chunk_data(index));
        match self.cipher.open_in_place(nonce(index), data, chunk) {
            Ok(plaintext) if plaintext.len() as u64 == self.chunk_len(index) => Ok(plaintext.len()),
            _ => Err(SealError::ForgedChunk { index }),
        }
    }

    /// How many bytes the chunk has in an object of this size.
    fn chunk_len(&self, index: u64) -> u64 {
        self.size.saturating_sub(index.saturating_mul(CHUNK)).min(CHUNK)
    }
}

/// The chunks that hold the plaintext `range`, and where they lie in the sealed object.
pub struct Span {
    /// Index of the first chunk.
    pub first: u64,
    /// Bytes of the sealed object.
    pub sealed: std::ops::Range<u64>,
}

impl Span {
    /// The span of a non-empty `range` within an object of `size` plaintext bytes.
    pub fn of(range: &std::ops::Range<u64>, size: u64) -> Self {
        let (first, end) = (range.start / CHUNK, range.end.div_ceil(CHUNK));
        let sealed = first * (CHUNK + TAG)..(end * (CHUNK + TAG)).min(sealed_size(size) - TRAILER);
        Self { first, sealed }
    }
}

/// Opens what `sealed` holds of `span`, and gives the bytes of `range`.
pub fn open_range(
    opener: &Opener,
    span: &Span,
    sealed: &[u8],
    range: &std::ops::Range<u64>,
) -> Result<Bytes, SealError> {
    let expected = span.sealed.end - span.sealed.start;
    if sealed.len() as u64 != expected {
        return Err(SealError::Truncated { length: sealed.len() as u64 });
    }
    let mut out = Vec::with_capacity(sealed.len());
    opener.open(span.first, sealed, &mut out)?;
    let skip = (range.start - span.first * CHUNK) as usize;
    Ok(Bytes::from(out).slice(skip..skip + (range.end - range.start) as usize))
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("the slice has N bytes")
}

fn cipher(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
}

fn nonce(counter: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&counter.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod vectors;
