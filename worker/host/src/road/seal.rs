//! Opens sealed requests and seals answers: Oblivious HTTP (RFC 9458) under the X25519 key of this boot.
//!
//! The key is made at boot, is vouched for by the attested statement, and dies with the process: what a gateway
//! recorded stays closed. No encapsulation is accepted twice while it could still be valid.

use std::{
    collections::{HashSet, VecDeque},
    sync::Mutex,
};

use adyton_protocol::{
    call::{MAX_LIFETIME, MAX_SEALED, OHTTP_KEY},
    ids::EncryptionKey,
};
use ohttp::{
    KeyConfig, Server, ServerResponse, SymmetricSuite,
    hpke::{Aead, Kdf, Kem},
};
use zeroize::Zeroizing;

use crate::error::Refusal;

/// Bytes of an OHTTP request's header: key id, KEM, KDF, AEAD.
const HEADER: usize = 7;
/// Bytes of the encapsulated X25519 key behind it.
const ENCAPSULATED: usize = 32;
/// The most encapsulations remembered at one time.
const MAX_REMEMBERED: usize = 1 << 18;

/// The sealing side of one boot.
pub struct Seals {
    server: Server,
    public: EncryptionKey,
    seen: Mutex<Seen>,
}

impl Seals {
    /// The key pair that RFC 9180's DeriveKeyPair makes of `seed`, 32 fresh random bytes.
    pub fn derive(seed: &Zeroizing<[u8; 32]>) -> anyhow::Result<Self> {
        let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::ChaCha20Poly1305);
        let config = KeyConfig::derive(OHTTP_KEY, Kem::X25519Sha256, vec![suite], &seed[..])?;
        // RFC 9458 §3.1: key id (1), KEM (2), public key (32), …
        let encoded = config.encode()?;
        let public = encoded.get(3..35).and_then(|bytes| bytes.try_into().ok());
        let public = public.ok_or_else(|| anyhow::anyhow!("the key configuration has no X25519 key"))?;
        Ok(Self { server: Server::new(config)?, public: EncryptionKey(public), seen: Mutex::default() })
    }

    /// The public key, which the attested statement names.
    pub fn public(&self) -> EncryptionKey {
        self.public
    }

    /// Opens a request and remembers its encapsulation. `now` is Unix seconds.
    pub fn open(&self, sealed: &[u8], now: u64) -> Result<(Zeroizing<Vec<u8>>, ServerResponse), Refusal> {
        if sealed.len() > MAX_SEALED {
            return Err(Refusal::TooLarge("sealed request"));
        }
        let encapsulated = sealed.get(HEADER..HEADER + ENCAPSULATED).ok_or(Refusal::Sealed)?;
        let encapsulated: [u8; ENCAPSULATED] = encapsulated.try_into().map_err(|_| Refusal::Sealed)?;
        let (plain, response) = self.server.decapsulate(sealed).map_err(|_| Refusal::Sealed)?;
        // Only what opened is remembered: garbage cannot fill the memory.
        self.seen.lock().map_err(|_| Refusal::Worker)?.remember(encapsulated, now)?;
        Ok((Zeroizing::new(plain), response))
    }
}

/// Encapsulations seen, until none of them can be valid any more: a call's not-after is at most
/// [`MAX_LIFETIME`] ahead of when it was first seen.
#[derive(Default)]
struct Seen {
    set: HashSet<[u8; ENCAPSULATED]>,
    order: VecDeque<(u64, [u8; ENCAPSULATED])>,
    latest: u64,
}

impl Seen {
    fn remember(&mut self, encapsulated: [u8; ENCAPSULATED], now: u64) -> Result<(), Refusal> {
        // A clock that goes back must not make room.
        self.latest = self.latest.max(now);
        while self.order.front().is_some_and(|(until, _)| *until < self.latest) {
            if let Some((_, old)) = self.order.pop_front() {
                self.set.remove(&old);
            }
        }
        if self.set.contains(&encapsulated) {
            return Err(Refusal::Replayed);
        }
        if self.set.len() >= MAX_REMEMBERED {
            return Err(Refusal::Overloaded);
        }
        self.set.insert(encapsulated);
        self.order.push_back((self.latest + MAX_LIFETIME + 1, encapsulated));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ohttp::ClientRequest;

    fn seals(seed: u8) -> Seals {
        Seals::derive(&Zeroizing::new([seed; 32])).expect("derives")
    }

    fn sealed(seals: &Seals) -> Vec<u8> {
        let config = seals.server.config().encode().expect("encodes");
        ClientRequest::from_encoded_config(&config).expect("reads").encapsulate(b"hello").expect("seals").0
    }

    #[test]
    fn what_a_client_seals_opens_once() {
        let seals = seals(1);
        let request = sealed(&seals);
        assert_eq!(&seals.open(&request, 100).expect("opens").0[..], b"hello");
        assert_eq!(seals.open(&request, 100).err(), Some(Refusal::Replayed));
        assert_eq!(seals.open(&request, 100 + MAX_LIFETIME).err(), Some(Refusal::Replayed));
    }

    #[test]
    fn a_request_to_the_key_of_another_boot_does_not_open() {
        assert_eq!(seals(2).open(&sealed(&seals(1)), 0).err(), Some(Refusal::Sealed));
    }

    #[test]
    fn a_truncated_altered_or_empty_request_does_not_open() {
        let seals = seals(1);
        let request = sealed(&seals);
        for end in 0..request.len() {
            assert_eq!(seals.open(&request[..end], 0).err(), Some(Refusal::Sealed));
        }
        for at in 0..request.len() {
            let mut altered = request.clone();
            altered[at] ^= 1;
            assert_eq!(seals.open(&altered, 0).err(), Some(Refusal::Sealed), "byte {at}");
        }
    }

    #[test]
    fn an_oversized_request_is_refused_before_anything_is_opened() {
        assert_eq!(seals(1).open(&vec![0; MAX_SEALED + 1], 0).err(), Some(Refusal::TooLarge("sealed request")));
    }

    #[test]
    fn a_clock_that_goes_back_forgets_nothing() {
        let mut seen = Seen::default();
        seen.remember([1; 32], 1_000_000).expect("new");
        assert_eq!(seen.remember([1; 32], 5), Err(Refusal::Replayed));
    }

    #[test]
    fn a_full_memory_refuses_new_calls_rather_than_forget_old_ones() {
        let mut seen = Seen::default();
        for number in 0..MAX_REMEMBERED as u64 {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            seen.remember(bytes, 0).expect("new");
        }
        assert_eq!(seen.remember([255; 32], 0), Err(Refusal::Overloaded));
        assert_eq!(seen.remember([255; 32], MAX_LIFETIME + 2), Ok(()));
    }
}
