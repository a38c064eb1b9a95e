// SPDX-License-Identifier: GPL-3.0-or-later WITH Classpath-exception-2.0

//! Watches for two blocks of one slot under one key, and reports them. (Two votes of one round are reported by GRANDPA's
//! own client.)
//!
//! It looks at what others made, after their seals were checked. What this node makes itself never comes by: nobody
//! reports their own key.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use adyton_runtime::{
    Header, OpaqueBlock as Block,
    apis::{BlockEquivocation, ValidatorsApi as _},
};
use jsonrpsee::core::async_trait;
use polkadot_sdk::*;
use sc_consensus::{BlockImportParams, Verifier};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_api::{ApiExt as _, ProvideRuntimeApi as _};
use sp_blockchain::HeaderBackend as _;
use sp_consensus::BlockOrigin;
use sp_consensus_aura::{
    AuraApi as _,
    digests::CompatibleDigestItem,
    sr25519::{AuthorityId, AuthoritySignature},
};
use sp_runtime::{DigestItem, traits::Header as _};

use crate::service::Client;

/// The most authors' slots that are remembered.
const REMEMBERED: usize = 1024;

/// Checks blocks as `V` does, and watches them.
pub struct Watch<V> {
    inner: V,
    client: Arc<Client>,
    pool: OffchainTransactionPoolFactory<Block>,
    seen: Mutex<Seen>,
}

impl<V> Watch<V> {
    /// Reports go into `pool`.
    pub fn new(inner: V, client: Arc<Client>, pool: OffchainTransactionPoolFactory<Block>) -> Self {
        Self { inner, client, pool, seen: Mutex::default() }
    }

    /// Looks at a block whose seal holds.
    fn look_at(&self, block: &BlockImportParams<Block>) -> Option<()> {
        if block.origin == BlockOrigin::NetworkInitialSync || block.post_digests.is_empty() {
            return None;
        }
        let mut header = block.header.clone();
        block.post_digests.iter().for_each(|seal| header.digest_mut().push(seal.clone()));
        let slot = header.digest().logs().iter().find_map(slot_of)?;
        let offender = self.author(&header, slot)?;
        let first = self.seen.lock().unwrap_or_else(PoisonError::into_inner).note(slot, &offender, &header)?;
        self.report(BlockEquivocation { offender, slot: slot.into(), first_header: first, second_header: header });
        Some(())
    }

    fn author(&self, header: &Header, slot: u64) -> Option<AuthorityId> {
        let authorities = self.client.runtime_api().authorities(*header.parent_hash()).ok()?;
        let place = slot.checked_rem(authorities.len() as u64)?;
        authorities.into_iter().nth(usize::try_from(place).ok()?)
    }

    fn report(&self, evidence: BlockEquivocation<Header>) {
        let (offender, slot) = (evidence.offender.clone(), evidence.slot);
        let best = self.client.info().best_hash;
        let mut api = self.client.runtime_api();
        api.register_extension(self.pool.offchain_transaction_pool(best));
        match api.submit_report(best, evidence) {
            Ok(Some(())) => log::warn!("{offender:?} made two blocks of slot {slot}: reported"),
            Ok(None) => log::debug!("{offender:?} made two blocks of slot {slot}: the report is not taken, or known"),
            Err(error) => log::warn!("{offender:?} made two blocks of slot {slot}, and the report failed: {error}"),
        }
    }
}

fn slot_of(item: &DigestItem) -> Option<u64> {
    CompatibleDigestItem::<AuthoritySignature>::as_aura_pre_digest(item).map(u64::from)
}

#[async_trait]
impl<V: Verifier<Block>> Verifier<Block> for Watch<V> {
    async fn verify(&self, block: BlockImportParams<Block>) -> Result<BlockImportParams<Block>, String> {
        let block = self.inner.verify(block).await?;
        // What is seen of it decides nothing about the block.
        let _reported = self.look_at(&block);
        Ok(block)
    }
}

/// The first block of each author's slot, with its seal.
#[derive(Default)]
struct Seen(BTreeMap<(u64, Vec<u8>), Header>);

impl Seen {
    /// Remembers a block, or gives the first one of its slot and author where that is another.
    fn note(&mut self, slot: u64, author: &AuthorityId, header: &Header) -> Option<Header> {
        let key = (slot, AsRef::<[u8]>::as_ref(author).to_vec());
        let other = match self.0.entry(key) {
            Entry::Vacant(place) => {
                place.insert(header.clone());
                None
            }
            Entry::Occupied(first) => Some(first.get().clone()).filter(|first| unsealed(first) != unsealed(header)),
        };
        while self.0.len() > REMEMBERED {
            self.0.pop_first();
        }
        other
    }
}

/// The hash that the author sealed: seals of one block differ.
fn unsealed(header: &Header) -> adyton_runtime::Hash {
    let mut header = header.clone();
    header.digest_mut().pop();
    header.hash()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_keyring::Sr25519Keyring;
    use sp_runtime::Digest;

    /// Block `number`, with a seal that `salt` is in.
    fn block(number: u32, salt: u8) -> Header {
        let seal = DigestItem::Seal(*b"aura", vec![salt; 64]);
        let nothing = Default::default();
        Header::new(number, nothing, nothing, nothing, Digest { logs: vec![seal] })
    }

    fn alice() -> AuthorityId {
        Sr25519Keyring::Alice.public().into()
    }

    #[test]
    fn a_second_block_of_an_author_s_slot_brings_the_first() {
        let mut seen = Seen::default();
        assert_eq!(seen.note(5, &alice(), &block(1, 1)), None);
        assert_eq!(seen.note(6, &alice(), &block(2, 1)), None);
        assert_eq!(seen.note(5, &Sr25519Keyring::Bob.public().into(), &block(2, 1)), None);
        assert_eq!(seen.note(5, &alice(), &block(2, 2)), Some(block(1, 1)));
    }

    #[test]
    fn one_block_twice_is_nothing_though_its_seals_differ() {
        let mut seen = Seen::default();
        assert_eq!(seen.note(5, &alice(), &block(1, 1)), None);
        assert_eq!(seen.note(5, &alice(), &block(1, 2)), None);
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for_and_the_oldest_goes() {
        let mut seen = Seen::default();
        for slot in 0..=REMEMBERED as u64 {
            assert_eq!(seen.note(slot, &alice(), &block(1, 1)), None);
        }
        assert_eq!(seen.0.len(), REMEMBERED);
        assert_eq!(seen.note(0, &alice(), &block(2, 1)), None);
        assert_eq!(seen.note(REMEMBERED as u64, &alice(), &block(2, 1)), Some(block(1, 1)));
    }
}
