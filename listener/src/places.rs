//! A bounded number of places, shared among peers.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Whoever is at the other end, as far as an address tells: an IPv4 address, or the first 48 bits of an IPv6
/// address: one subscriber gets a network of 48 to 64 bits (RFC 6177), and could use another address of it for each call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer([u8; 16]);

impl Peer {
    /// Whose `address` is.
    pub fn of(address: IpAddr) -> Self {
        let address = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        if address.to_ipv4_mapped().is_some() {
            return Self(address.octets());
        }
        let [a, b, c, ..] = address.segments();
        Self(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).octets())
    }

    /// As an IPv6 address's bytes; one of IPv4 is mapped (RFC 4291, section 2.5.5.2).
    pub const fn bytes(&self) -> [u8; 16] {
        self.0
    }

    /// From [`Peer::bytes`].
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::of(IpAddr::V6(bytes.into()))
    }
}

/// A bounded number of places, in all and for each peer.
pub struct Places {
    all: usize,
    each: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by: HashMap<Peer, usize>,
    refused: u64,
}

/// A place, until it is dropped.
pub struct Place {
    places: Arc<Places>,
    peer: Peer,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// All are taken.
    #[error("all places are taken")]
    All,
    /// The peer has as many as one may have.
    #[error("one address has as many places as one may have")]
    Address,
}

impl Places {
    /// `all` of them, of which one peer gets `each`.
    pub fn new(all: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { all, each, taken: Mutex::default() })
    }

    /// A place for `peer`.
    pub fn take(self: &Arc<Self>, peer: Peer) -> Result<Place, NoPlace> {
        self.take_of(peer, self.each)
    }

    /// A place for a peer that takes them for others, however many: it has to find one, and that is all.
    pub(crate) fn take_for_others(self: &Arc<Self>, peer: Peer) -> Result<Place, NoPlace> {
        self.take_of(peer, usize::MAX)
    }

    fn take_of(self: &Arc<Self>, peer: Peer, each: usize) -> Result<Place, NoPlace> {
        let mut taken = self.lock();
        let own = taken.by.get(&peer).copied().unwrap_or(0);
        let no_place = if own >= each {
            NoPlace::Address
        } else if taken.all >= self.all {
            NoPlace::All
        } else {
            taken.all += 1;
            taken.by.insert(peer, own + 1);
            return Ok(Place { places: self.clone(), peer });
        };
        taken.refused = taken.refused.saturating_add(1);
        Err(no_place)
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.lock().all
    }

    /// How often there was none.
    pub fn refused(&self) -> u64 {
        self.lock().refused
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        match taken.by.get_mut(&self.peer) {
            Some(own) if *own > 1 => *own -= 1,
            Some(_) | None => drop(taken.by.remove(&self.peer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer::of(text.parse().unwrap())
    }

    #[test]
    fn an_address_of_ipv4_is_a_peer_of_its_own_however_it_is_written() {
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
        assert_eq!(peer("192.0.2.1"), peer("::ffff:192.0.2.1"));
    }

    #[test]
    fn addresses_of_ipv6_with_the_same_48_bits_are_one_peer() {
        assert_eq!(peer("2001:db8:1:2::1"), peer("2001:db8:1:ffff:ffff:ffff:ffff:ffff"));
        assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:2:2::1"));
    }

    #[test]
    fn a_peers_bytes_give_it_back() {
        for text in ["192.0.2.1", "2001:db8:1:2::1", "::1"] {
            assert_eq!(Peer::from_bytes(peer(text).bytes()), peer(text), "{text}");
        }
    }

    #[test]
    fn a_peer_gets_no_more_places_than_its_share_and_another_still_gets_one() {
        let places = Places::new(3, 2);
        let held = [places.take(peer("192.0.2.1")).unwrap(), places.take(peer("192.0.2.1")).unwrap()];
        assert_eq!(places.take(peer("192.0.2.1")).err(), Some(NoPlace::Address));
        let other = places.take(peer("192.0.2.2")).unwrap();
        assert_eq!((places.taken(), places.refused()), (3, 1));
        drop((held, other));
        assert_eq!(places.taken(), 0);
        assert!(places.lock().by.is_empty(), "nobody is remembered who has no place");
    }

    #[test]
    fn a_peer_that_takes_places_for_others_may_have_all_and_no_more() {
        let places = Places::new(2, 1);
        let held =
            [places.take_for_others(peer("192.0.2.1")).unwrap(), places.take_for_others(peer("192.0.2.1")).unwrap()];
        assert_eq!(places.take_for_others(peer("192.0.2.1")).err(), Some(NoPlace::All));
        drop(held);
        assert_eq!(places.taken(), 0);
    }

    #[test]
    fn beyond_all_places_nobody_gets_one_until_one_is_given_back() {
        let places = Places::new(1, 1);
        let held = places.take(peer("192.0.2.1")).unwrap();
        assert_eq!(places.take(peer("192.0.2.2")).err(), Some(NoPlace::All));
        drop(held);
        assert!(places.take(peer("192.0.2.2")).is_ok());
    }
}
