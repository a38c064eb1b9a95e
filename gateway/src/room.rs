//! Who has how much room in the store of components, and who gives way. Decisions only: no files, no chain, no clock.
//!
//! A component is provisional until the chain has an announcement of it, for which somebody paid. Provisional ones share
//! a bounded part of the room: where it is used up, the oldest of whoever holds most gives way, uploads under way
//! included. So a newcomer is kept out only by those who hold no more than it would, each of an address of its own.

use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv6Addr,
    sync::Arc,
};

use adyton_listener::Peer;
use adyton_protocol::ids::CodeHash;
use tokio::sync::Notify;

use crate::{config::Limits, error::Refusal};

/// Each component counts as a multiple of so many bytes: tiny ones take files, too, and time to judge.
pub const BLOCK: u64 = 64 * 1024;

/// Of an upload, or of what it left; grows with time.
pub type Ticket = u64;

/// What has room, and how much.
pub struct Room {
    kept_bytes: u64,
    provisional_bytes: u64,
    bytes_per_address: u64,
    kept: u64,
    /// Oldest first.
    entries: BTreeMap<Ticket, Entry>,
    /// Bytes of all its entries, for each peer that has any.
    held: HashMap<Peer, u64>,
    next: Ticket,
}

struct Entry {
    peer: Peer,
    bytes: u64,
    what: What,
}

enum What {
    /// An upload under way, and how it learns that it gave way.
    Coming(Arc<Notify>),
    /// A component, since a Unix second.
    Whole { hash: CodeHash, since: u64 },
}

/// A provisional component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisional {
    /// Which one.
    pub ticket: Ticket,
    /// Its hash.
    pub hash: CodeHash,
    /// Who uploaded it.
    pub peer: Peer,
}

/// What became of a wish for more room.
#[derive(Debug, PartialEq, Eq)]
pub enum Grown {
    /// It is there.
    Yes,
    /// This has to give way before, unless the chain has it by now.
    After(Provisional),
}

impl Room {
    /// With nothing in it.
    pub fn new(limits: &Limits) -> Self {
        Self {
            kept_bytes: limits.stored_bytes.saturating_sub(limits.provisional_bytes),
            provisional_bytes: limits.provisional_bytes,
            bytes_per_address: limits.provisional_bytes_per_address,
            kept: 0,
            entries: BTreeMap::new(),
            held: HashMap::new(),
            next: 0,
        }
    }

    /// Counts a kept component that is on the disk already.
    pub fn restore_kept(&mut self, bytes: u64) {
        self.kept = self.kept.saturating_add(blocks(bytes));
    }

    /// Counts a provisional component that is on the disk already.
    pub fn restore(&mut self, found: Provisional, bytes: u64, since: u64) {
        let Provisional { ticket, hash, peer } = found;
        self.next = self.next.max(ticket.saturating_add(1));
        self.entries.insert(ticket, Entry { peer, bytes: 0, what: What::Whole { hash, since } });
        self.add(ticket, blocks(bytes));
    }

    /// Bytes of kept and of provisional components.
    pub fn bytes(&self) -> (u64, u64) {
        (self.kept, self.provisional())
    }

    /// Begins an upload of `peer`. It is told by `gives_way` when it has to end.
    pub fn begin(&mut self, peer: Peer, gives_way: Arc<Notify>) -> Ticket {
        let ticket = self.next;
        self.next = self.next.saturating_add(1);
        self.entries.insert(ticket, Entry { peer, bytes: 0, what: What::Coming(gives_way) });
        ticket
    }

    /// Room for `bytes` of an upload in all. Uploads give way at once; a whole component is only named.
    pub fn grow(&mut self, ticket: Ticket, bytes: u64) -> Result<Grown, Refusal> {
        loop {
            let (peer, has) =
                self.entries.get(&ticket).map(|entry| (entry.peer, entry.bytes)).ok_or(Refusal::Displaced)?;
            let more = blocks(bytes).saturating_sub(has);
            if more == 0 {
                return Ok(Grown::Yes);
            }
            let own = self.held.get(&peer).copied().unwrap_or(0).saturating_add(more);
            let next = if own > self.bytes_per_address {
                self.oldest(peer, ticket)
            } else if self.provisional().saturating_add(more) > self.provisional_bytes {
                self.first_to_go(peer, own, ticket)
            } else {
                self.add(ticket, more);
                return Ok(Grown::Yes);
            };
            if let Some(whole) = self.give_way(next.ok_or(Refusal::Full)?) {
                return Ok(Grown::After(whole));
            }
        }
    }

    /// Whether it has not given way.
    pub fn holds(&self, ticket: Ticket) -> bool {
        self.entries.contains_key(&ticket)
    }

    /// Makes an upload a component; gives the one of the same peer and hash that it replaces.
    pub fn finish(&mut self, ticket: Ticket, hash: CodeHash, now: u64) -> Option<Provisional> {
        let peer = self.entries.get(&ticket)?.peer;
        let before = self.whole().find(|(known, _)| known.hash == hash && known.peer == peer).map(|(known, _)| known);
        if let Some(before) = before {
            self.end(before.ticket);
        }
        if let Some(entry) = self.entries.get_mut(&ticket) {
            entry.what = What::Whole { hash, since: now };
        }
        before
    }

    /// Takes an upload's room back, if it did not become a component.
    pub fn abandon(&mut self, ticket: Ticket) {
        if self.entries.get(&ticket).is_some_and(|entry| matches!(entry.what, What::Coming(_))) {
            self.end(ticket);
        }
    }

    /// Takes the room back. Gives whether there was any.
    pub fn end(&mut self, ticket: Ticket) -> bool {
        let Some(entry) = self.entries.remove(&ticket) else { return false };
        let left = self.held.get(&entry.peer).copied().unwrap_or(0).saturating_sub(entry.bytes);
        if left == 0 {
            self.held.remove(&entry.peer);
        } else {
            self.held.insert(entry.peer, left);
        }
        true
    }

    /// Whether there is room to keep a provisional component; none if it is provisional no more.
    pub fn fits(&self, ticket: Ticket) -> Option<bool> {
        self.entries.get(&ticket).map(|entry| self.kept.saturating_add(entry.bytes) <= self.kept_bytes)
    }

    /// Makes a provisional component a kept one.
    pub fn keep(&mut self, ticket: Ticket) {
        let bytes = self.entries.get(&ticket).map_or(0, |entry| entry.bytes);
        self.kept = self.kept.saturating_add(bytes);
        self.end(ticket);
    }

    /// Makes a kept component a provisional one of nobody's: the chain has it no more.
    pub fn unkeep(&mut self, hash: CodeHash, bytes: u64, now: u64) -> Provisional {
        let found = Provisional { ticket: self.next, hash, peer: Peer::of(Ipv6Addr::UNSPECIFIED.into()) };
        self.restore(found, bytes, now);
        self.kept = self.kept.saturating_sub(blocks(bytes));
        found
    }

    /// Lets a provisional component begin anew: the chain has it, and there is no room to keep it.
    pub fn renew(&mut self, ticket: Ticket, now: u64) {
        if let Some(Entry { what: What::Whole { since, .. }, .. }) = self.entries.get_mut(&ticket) {
            *since = now;
        }
    }

    /// Provisional components that have been there for `age` seconds.
    pub fn expired(&self, now: u64, age: u64) -> Vec<Provisional> {
        self.whole().filter(|(_, since)| now.saturating_sub(*since) >= age).map(|(whole, _)| whole).collect()
    }

    /// A provisional component by its hash.
    pub fn find(&self, hash: &CodeHash) -> Option<Provisional> {
        self.whole().map(|(whole, _)| whole).find(|whole| whole.hash == *hash)
    }

    fn whole(&self) -> impl Iterator<Item = (Provisional, u64)> {
        self.entries.iter().filter_map(|(ticket, entry)| match entry.what {
            What::Whole { hash, since } => Some((Provisional { ticket: *ticket, hash, peer: entry.peer }, since)),
            What::Coming(_) => None,
        })
    }

    fn provisional(&self) -> u64 {
        self.held.values().sum()
    }

    fn add(&mut self, ticket: Ticket, more: u64) {
        if let Some(entry) = self.entries.get_mut(&ticket) {
            entry.bytes = entry.bytes.saturating_add(more);
            let held = self.held.entry(entry.peer).or_default();
            *held = held.saturating_add(more);
        }
    }

    /// The oldest of whoever holds most: another one only if it holds more than the `own` bytes that `peer` would.
    fn first_to_go(&self, peer: Peer, own: u64, upload: Ticket) -> Option<Ticket> {
        let others = self.held.iter().filter(|(other, bytes)| **other != peer && **bytes > own);
        let most = others.max_by_key(|(other, bytes)| (**bytes, **other));
        self.oldest(most.map_or(peer, |(other, _)| *other), upload)
    }

    /// The oldest of `peer` that has any room, and is not this `upload`.
    fn oldest(&self, peer: Peer, upload: Ticket) -> Option<Ticket> {
        let other = |(ticket, entry): &(&Ticket, &Entry)| entry.peer == peer && entry.bytes > 0 && **ticket != upload;
        self.entries.iter().find(other).map(|(ticket, _)| *ticket)
    }

    /// Ends an upload, or names the component that is there.
    fn give_way(&mut self, ticket: Ticket) -> Option<Provisional> {
        let entry = self.entries.get(&ticket)?;
        match &entry.what {
            What::Whole { hash, .. } => Some(Provisional { ticket, hash: *hash, peer: entry.peer }),
            What::Coming(gives_way) => {
                gives_way.notify_one();
                self.end(ticket);
                None
            }
        }
    }
}

/// What `bytes` count as.
fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK).max(1).saturating_mul(BLOCK)
}

#[cfg(test)]
mod tests;
