//! Is this store the one that the chain knows? Checked when it is opened.
//!
//! The newest [`LINKS`] commits left a link each: head and digest. They must form one chain that ends in the
//! recorded head, because storage that kept two genuine futures of a store, say from before and after a
//! rollback, could otherwise mix their parts. No longer stretch than that ever lies in the log, from which
//! the parts could be mixed: [`Inner::bound_replay`] sees to it.
//!
//! The head pinned on chain must be genesis, one of these links, or one of the heads that were pinned with
//! [`Store::pin`] before.

use std::sync::atomic::Ordering;

use adyton_protocol::{ids::ContractId, record::StateHead};
use codec::Encode;
use slatedb::{
    Db, WriteBatch,
    config::{FlushOptions, FlushType},
};

use super::{
    Inner, Store,
    chain::{genesis, next_head},
    layout::{self, Link, META_KEY, Meta, PINS_KEY},
};
use crate::StateError;

/// Links that are kept.
pub const LINKS: u64 = 8192;
/// Pinned heads that are kept, the newest ones.
const PINS: usize = 16;
/// From this many commits on, the log is made into a table: so much is replayed after a crash at the most,
/// unless commits come faster than tables are written.
const LOG: u64 = 1024;
/// From this many on, commits wait for that. The rest up to [`LINKS`] is room for those already on their way.
const LONGEST_LOG: u64 = LINKS - 2048;

/// Reads where the store stands and checks that it descends from `floor`.
pub async fn verify(db: &Db, contract: &ContractId, floor: &StateHead) -> Result<Meta, StateError> {
    refuse_other_layout(db).await?;
    let meta = match db.get(layout::META_KEY).await? {
        Some(bytes) => layout::decode("record of its head", &bytes)?,
        None => Meta { head: genesis(contract), next_version: 1, lease: 0, ending: 0, stored: 0 },
    };
    let found = meta.head.sequence;
    if found < floor.sequence {
        return Err(StateError::OlderThanFloor { found, floor: floor.sequence });
    }
    check_links(db, contract, &meta.head).await?;
    match known_head(db, contract, floor.sequence).await? {
        Some(head) if head == *floor => Ok(meta),
        Some(_) => Err(StateError::Forked { sequence: floor.sequence }),
        None => Err(StateError::FloorForgotten { sequence: floor.sequence }),
    }
}

/// A store that an earlier or later version wrote is none that is empty, or was rolled back; one that two versions
/// wrote is none that either reads.
async fn refuse_other_layout(db: &Db) -> Result<(), StateError> {
    let [space, kind, own] = META_KEY;
    let mut found = db.scan([space, kind, 0]..=[space, kind, u8::MAX]).await?;
    while let Some(stored) = found.next().await? {
        if let Some(found) = layout::layout_of(&stored.key).filter(|found| *found != own) {
            return Err(StateError::OtherLayout { found });
        }
    }
    Ok(())
}

/// Checks that the links form one chain up to `head`.
async fn check_links(db: &Db, contract: &ContractId, head: &StateHead) -> Result<(), StateError> {
    let first = head.sequence.saturating_sub(LINKS) + 1;
    let mut at = (first == 1).then(|| genesis(contract));
    let mut next = first;
    let mut links = db.scan(layout::link_key(first)..=layout::link_key(head.sequence.max(first))).await?;
    while let Some(stored) = links.next().await? {
        let sequence = layout::from_link_key(&stored.key)?;
        let link: Link = layout::decode("link", &stored.value)?;
        let here = StateHead { sequence, hash: link.hash };
        let follows = at.is_none_or(|before| next_head(contract, &before, &link.digest) == Some(here));
        if sequence != next || !follows {
            return Err(StateError::BrokenChain { sequence: next });
        }
        (at, next) = (Some(here), next.saturating_add(1));
    }
    match at {
        Some(last) if last == *head => Ok(()),
        _ => Err(StateError::BrokenChain { sequence: next.min(head.sequence) }),
    }
}

/// Refuses a store that kept no record of a commit so far: others could not make its state from what it has. One that
/// kept records of its first commit and of its newest, kept them all: nothing turns that off but another opening.
pub async fn refuse_without_history(db: &Db, head: &StateHead) -> Result<(), StateError> {
    for sequence in [1, head.sequence] {
        if head.sequence > 0 && db.get(layout::record_key(sequence)).await?.is_none() {
            return Err(StateError::NoHistory { sequence });
        }
    }
    Ok(())
}

/// The store's own head at `sequence`, if it still knows it.
async fn known_head(db: &Db, contract: &ContractId, sequence: u64) -> Result<Option<StateHead>, StateError> {
    if sequence == 0 {
        return Ok(Some(genesis(contract)));
    }
    if let Some(bytes) = db.get(layout::link_key(sequence)).await? {
        let link: Link = layout::decode("link", &bytes)?;
        return Ok(Some(StateHead { sequence, hash: link.hash }));
    }
    Ok(pins(db).await?.into_iter().find(|pin| pin.sequence == sequence))
}

async fn pins(db: &Db) -> Result<Vec<StateHead>, StateError> {
    match db.get(PINS_KEY).await? {
        Some(bytes) => layout::decode("record of pinned heads", &bytes),
        None => Ok(Vec::new()),
    }
}

impl Store {
    /// Keeps `head` as one that a later opening may be checked against, however many commits follow. Call
    /// this before the head is sent to the chain, as an anchor or opening. The 16 newest are kept; a head
    /// that is among the newest 8192 commits needs none of this.
    pub async fn pin(&self, head: StateHead) -> Result<(), StateError> {
        self.inner.run(|inner| async move { inner.pin(head).await }).await
    }
}

impl Inner {
    pub(super) async fn pin(&self, head: StateHead) -> Result<(), StateError> {
        let order = self.order.lock().await;
        self.durability.check()?;
        if known_head(&self.db, &self.contract, head.sequence).await? != Some(head) {
            return Err(StateError::Forked { sequence: head.sequence });
        }
        let mut pins = pins(&self.db).await?;
        if head.sequence == 0 || pins.contains(&head) {
            return Ok(());
        }
        pins.push(head);
        pins.sort_by_key(|pin| pin.sequence);
        pins.drain(..pins.len().saturating_sub(PINS));
        let mut batch = WriteBatch::new();
        batch.put(PINS_KEY, pins.encode());
        let number = self.write(&order, batch).await?;
        drop(order);
        self.durability.wait(&self.db, number).await
    }

    /// Has the log made into a table before it holds more commits than there are links. Mostly this happens
    /// beside the commits; if the storage takes no table for long, commits wait for it.
    pub(super) async fn bound_replay(&self) -> Result<(), StateError> {
        let written = self.durability.written();
        // Asking the database copies its whole manifest.
        if written.saturating_sub(self.tabled.load(Ordering::Relaxed)) < LOG {
            return Ok(());
        }
        let tabled = self.db.manifest().last_l0_seq();
        self.tabled.store(tabled, Ordering::Relaxed);
        let depth = written.saturating_sub(tabled);
        if depth < LOG {
            return Ok(());
        }
        let flush = FlushOptions { flush_type: FlushType::MemTable };
        if depth > LONGEST_LOG {
            return self.db.flush_with_options(flush).await.map_err(|error| self.durability.fail(error.into()));
        }
        if let Ok(running) = self.table_flush.clone().try_lock_owned() {
            let db = self.db.clone();
            tokio::spawn(async move {
                if let Err(error) = db.flush_with_options(flush).await {
                    tracing::warn!(%error, "the log could not be made into a table");
                }
                drop(running);
            });
        }
        Ok(())
    }
}
