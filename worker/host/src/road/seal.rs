//! Opens sealed requests and seals answers: Oblivious HTTP (RFC 9458) under the X25519 key of this boot.
//!
//! The key is made at boot, is vouched for by the attested statement, and dies with the process: what a gateway
//! recorded stays closed. No encapsulation is accepted twice while it could still be valid. Calls that are sealed in
//! chunks are opened and answered as [`super::chunked`] says, all others as [`super::receiver`] does.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Mutex,
};

use adyton_protocol::{
    call::{MAX_SEALED, OHTTP_KEY},
    ids::{ContractId, EncryptionKey},
};
use ohttp::{
    KeyConfig, Server, SymmetricSuite,
    hpke::{Aead, Kdf, Kem},
};
use zeroize::Zeroizing;

use super::{
    chunked::{self, ChunkedReply},
    receiver::{Receiver, Reply},
};
use crate::error::Refusal;

/// Bytes of an OHTTP request's header: key id, KEM, KDF, AEAD.
pub(super) const HEADER: usize = 7;
/// Bytes of the encapsulated X25519 key behind it.
pub(super) const ENCAPSULATED: usize = 32;
/// The most encapsulations remembered of one contract's calls at one time, about 40 MiB of them.
const MAX_REMEMBERED: usize = 1 << 18;
/// How many of all contracts' calls are remembered before each contract gets no more than its equal share of them,
/// so that the callers of one stop no other. With the shares, of as many contracts as the worker may lease, there are
/// twice as many, about 640 MiB, and never more.
const MAX_REMEMBERED_IN_ALL: usize = 1 << 21;

/// The sealing side of one boot.
pub struct Seals {
    /// Opens calls in one piece.
    receiver: Receiver,
    /// The same key; opens those in chunks.
    server: Server,
    room: Room,
    seen: Mutex<Memory>,
}

impl Seals {
    /// The key pair that RFC 9180's DeriveKeyPair makes of `seed`, 32 fresh random bytes. At most `max_contracts` are
    /// leased at one time.
    pub fn derive(seed: &Zeroizing<[u8; 32]>, max_contracts: usize) -> anyhow::Result<Self> {
        let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::ChaCha20Poly1305);
        let config = KeyConfig::derive(OHTTP_KEY, Kem::X25519Sha256, vec![suite], &seed[..])?;
        // RFC 9458 §3.1: key id (1), KEM (2), public key (32), …
        let encoded = config.encode()?;
        let receiver = Receiver::derive(&seed[..])?;
        anyhow::ensure!(encoded.get(3..35) == Some(&receiver.public()[..]), "the two receivers of the key differ");
        let room = Room::of(MAX_REMEMBERED_IN_ALL, max_contracts);
        Ok(Self { receiver, server: Server::new(config)?, room, seen: Mutex::default() })
    }

    /// The public key, which the attested statement names.
    pub fn public(&self) -> EncryptionKey {
        EncryptionKey(self.receiver.public())
    }

    /// Opens a request. Whether it was seen before is asked with [`Seals::remember`].
    pub fn open(&self, sealed: &[u8]) -> Result<Opened, Refusal> {
        if sealed.len() > MAX_SEALED {
            return Err(Refusal::TooLarge("sealed request"));
        }
        let encapsulation = encapsulation(sealed)?;
        let (plain, response) = self.receiver.open(sealed).ok_or(Refusal::Sealed)?;
        Ok(Opened { plain, response, encapsulation })
    }

    /// [`Seals::open`] for a request that is sealed in chunks. It is all there.
    pub fn open_chunked(&self, sealed: &[u8]) -> Result<Opened<ChunkedReply>, Refusal> {
        if sealed.len() > MAX_SEALED {
            return Err(Refusal::TooLarge("sealed request"));
        }
        let encapsulation = encapsulation(sealed)?;
        let (plain, response) = chunked::open(self.server.clone(), sealed)?;
        Ok(Opened { plain, response, encapsulation })
    }

    /// Remembers the encapsulation of a call to `contract` until the call's `not_after`; refuses one that it
    /// remembers. To be asked when everything else about the call is in order: the key is public, so anybody can
    /// seal garbage, and what is refused anyway takes no room. Times are Unix seconds.
    pub fn remember(
        &self,
        contract: &ContractId,
        encapsulation: Encapsulation,
        not_after: u64,
        now: u64,
    ) -> Result<(), Refusal> {
        let mut seen = self.seen.lock().map_err(|_| Refusal::Worker)?;
        seen.remember(contract, encapsulation.0, (not_after, now), self.room)
    }
}

/// The encapsulated key in a request's head, which is the same however its content is sealed.
fn encapsulation(sealed: &[u8]) -> Result<Encapsulation, Refusal> {
    let encapsulated = sealed.get(HEADER..HEADER + ENCAPSULATED).ok_or(Refusal::Sealed)?;
    encapsulated.try_into().map(Encapsulation).map_err(|_| Refusal::Sealed)
}

/// A request that opened.
pub struct Opened<R = Reply> {
    /// Binary HTTP.
    pub plain: Zeroizing<Vec<u8>>,
    /// Seals the answer.
    pub response: R,
    /// What tells it from every other request.
    pub encapsulation: Encapsulation,
}

/// The ephemeral public key of one seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encapsulation(pub [u8; ENCAPSULATED]);

/// How many encapsulations are remembered.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// Of all contracts together, before each gets no more than its share.
    in_all: usize,
    /// Of one contract from then on.
    share: usize,
}

impl Room {
    fn of(in_all: usize, contracts: usize) -> Self {
        Self { in_all, share: MAX_REMEMBERED.min(in_all / contracts.max(1)) }
    }
}

/// Encapsulations of all contracts' calls, each until its call is refused as expired.
#[derive(Default)]
struct Memory {
    contracts: HashMap<ContractId, Seen>,
    /// Of all contracts together.
    count: usize,
    /// The latest time that was seen: a clock that goes back must not make room.
    latest: u64,
}

/// Encapsulations of one contract's calls.
#[derive(Default)]
struct Seen {
    set: HashSet<[u8; ENCAPSULATED]>,
    order: BTreeSet<(u64, [u8; ENCAPSULATED])>,
}

impl Memory {
    fn remember(
        &mut self,
        contract: &ContractId,
        encapsulated: [u8; ENCAPSULATED],
        (until, now): (u64, u64),
        room: Room,
    ) -> Result<(), Refusal> {
        self.latest = self.latest.max(now);
        if until < self.latest {
            return Err(Refusal::Expired);
        }
        if self.count >= room.in_all {
            // Those of contracts that nobody calls any more may be over too.
            let latest = self.latest;
            self.contracts.retain(|_, seen| {
                seen.forget(latest);
                !seen.set.is_empty()
            });
            self.count = self.contracts.values().map(|seen| seen.set.len()).sum();
        }
        let most = if self.count >= room.in_all { room.share } else { MAX_REMEMBERED };
        // The shares add up to as many again, unless calls to contracts that were given back are remembered too.
        let none_left = self.count >= room.in_all.saturating_mul(2);
        let seen = self.contracts.entry(*contract).or_default();
        self.count -= seen.forget(self.latest);
        if seen.set.contains(&encapsulated) {
            return Err(Refusal::Replayed);
        }
        if seen.set.len() >= most || none_left {
            return Err(Refusal::Overloaded);
        }
        seen.set.insert(encapsulated);
        seen.order.insert((until, encapsulated));
        self.count += 1;
        Ok(())
    }
}

impl Seen {
    /// Forgets those that ended before `latest`; gives how many.
    fn forget(&mut self, latest: u64) -> usize {
        let before = self.set.len();
        while self.order.first().is_some_and(|(until, _)| *until < latest) {
            if let Some((_, old)) = self.order.pop_first() {
                self.set.remove(&old);
            }
        }
        if self.set.len() < self.set.capacity() / 4 {
            self.set.shrink_to_fit();
        }
        before - self.set.len()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ohttp::ClientRequest;

    pub(in crate::road) fn seals(seed: u8) -> Seals {
        Seals::derive(&Zeroizing::new([seed; 32]), 256).expect("derives")
    }

    pub(in crate::road) fn client(seals: &Seals) -> ClientRequest {
        let config = seals.server.config().encode().expect("encodes");
        ClientRequest::from_encoded_config(&config).expect("reads")
    }

    pub(in crate::road) fn sealed(seals: &Seals) -> Vec<u8> {
        client(seals).encapsulate(b"hello").expect("seals").0
    }

    #[test]
    fn what_a_client_seals_is_taken_once() {
        let seals = seals(1);
        let opened = seals.open(&sealed(&seals)).expect("opens");
        assert_eq!(&opened.plain[..], b"hello");
        let take = |now| seals.remember(&ContractId([1; 32]), opened.encapsulation, 200, now);
        assert_eq!(take(100), Ok(()));
        assert_eq!(take(100), Err(Refusal::Replayed));
        assert_eq!(take(200), Err(Refusal::Replayed));
        assert_eq!(take(201), Err(Refusal::Expired));
    }

    #[test]
    fn a_request_to_the_key_of_another_boot_does_not_open() {
        assert_eq!(seals(2).open(&sealed(&seals(1))).err(), Some(Refusal::Sealed));
    }

    #[test]
    fn a_truncated_altered_or_empty_request_does_not_open() {
        let seals = seals(1);
        let request = sealed(&seals);
        for end in 0..request.len() {
            assert_eq!(seals.open(&request[..end]).err(), Some(Refusal::Sealed));
        }
        for at in 0..request.len() {
            let mut altered = request.clone();
            altered[at] ^= 1;
            assert_eq!(seals.open(&altered).err(), Some(Refusal::Sealed), "byte {at}");
        }
    }

    #[test]
    fn an_oversized_request_is_refused_before_anything_is_opened() {
        assert_eq!(seals(1).open(&vec![0; MAX_SEALED + 1]).err(), Some(Refusal::TooLarge("sealed request")));
    }

    #[test]
    fn a_clock_that_goes_back_forgets_nothing() {
        let mut memory = Memory::default();
        let room = Room::of(9, 2);
        let mut take = |contract, now| memory.remember(&ContractId([contract; 32]), [1; 32], (1_000_100, now), room);
        take(1, 1_000_000).expect("new");
        assert_eq!(take(1, 5), Err(Refusal::Replayed));
        assert_eq!(take(2, 1_000_101), Err(Refusal::Expired));
        assert_eq!(take(1, 5), Err(Refusal::Expired));
    }

    /// Takes calls 1, 2, … to a contract until one is refused; gives how many were taken.
    fn filled(memory: &mut Memory, contract: u8, now: u64, room: Room) -> u8 {
        let mut take = |call| memory.remember(&ContractId([contract; 32]), [call; 32], (now + 10, now), room);
        let taken = (1..=u8::MAX).take_while(|call| take(*call).is_ok()).last().unwrap_or(0);
        assert_eq!(take(taken + 1), Err(Refusal::Overloaded));
        taken
    }

    #[test]
    fn one_contracts_callers_stop_no_other_and_all_together_have_a_bound() {
        let (mut memory, room) = (Memory::default(), Room::of(64, 16));
        // The first has all of it, and each of the others its share, however many came before it.
        assert_eq!(filled(&mut memory, 1, 0, room), 64);
        for contract in 2..=16 {
            assert_eq!(filled(&mut memory, contract, 0, room), 4, "{contract}");
        }
        assert_eq!(memory.count, 64 + 15 * 4);
        let again = memory.remember(&ContractId([1; 32]), [1; 32], (10, 0), room);
        assert_eq!(again, Err(Refusal::Replayed));
        // Contracts that took the place of others have what is left of twice as many, and none has more.
        assert_eq!([17, 18].map(|contract| filled(&mut memory, contract, 0, room)), [4, 0]);
        assert_eq!(memory.count, 128);
        // Nobody calls the others any more, and their time is over.
        assert_eq!(filled(&mut memory, 18, 11, room), 64);
        assert_eq!(memory.count, 64);
    }

    #[test]
    fn a_contracts_share_is_never_more_than_it_has_alone() {
        assert_eq!(Room::of(MAX_REMEMBERED_IN_ALL, 1).share, MAX_REMEMBERED);
        assert_eq!(Room::of(MAX_REMEMBERED_IN_ALL, 256).share, 8192);
    }

    #[test]
    fn a_full_memory_refuses_new_calls_rather_than_forget_old_ones_and_stops_no_other_contract() {
        let seals = seals(1);
        let take = |contract: u8, bytes, now| {
            seals.remember(&ContractId([contract; 32]), Encapsulation(bytes), now + 100, now)
        };
        for number in 0..MAX_REMEMBERED as u64 {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            take(1, bytes, 0).expect("new");
        }
        assert_eq!(take(1, [255; 32], 0), Err(Refusal::Overloaded));
        assert_eq!(take(2, [255; 32], 0), Ok(()));
        assert_eq!(take(1, [255; 32], 101), Ok(()));
    }
}
