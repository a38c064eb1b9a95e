//! One contract's state: a key-value store that seals everything it writes and notices every rollback.
//!
//! It stands between the engine, which runs a call on a [`store::Transaction`], and whatever keeps bytes:
//! local disk, or an object store over the network. Below it is nobody to be trusted. Three layers, from
//! the bottom: [`sealed`] encrypts and authenticates every object; SlateDB (an LSM tree) makes a database
//! of them; [`store`] adds transactions, the chained hash of the state, and the answers kept for retries.
//!
//! What must always hold:
//! 1. What [`Store::commit`] acknowledged is durable, and is found again after any crash.
//! 2. A commit happens as a whole (writes, chained hash, stored answer) or not at all.
//! 3. Nobody is shown state that is not durable, so that a receipt never speaks of a state that a crash
//!    takes back.
//! 4. Only the contract's key opens an object, and only under the name under which it was written.
//!
//! It refuses a store that is older than what the chain knows or that took another path, an object that was
//! altered, cut, moved or belongs to another contract or a later lease, a transaction that a later commit
//! overtook, a writer whose lease is not the newest, a second answer to one request, and what would make the state
//! larger than it may be.
//!
//! It has no clock and decides nothing about leases: both arrive as arguments. An entry may have an end; it is given
//! with it until [`Store::prepare_removal`] is told a time by which it ended.
//!
//! ```
//! # use std::sync::Arc;
//! # use adyton_protocol::ids::ContractId;
//! use adyton_state::{EpochKeys, Store, StoreOptions, Terms, Writer, genesis};
//! # #[tokio::main] async fn main() -> Result<(), adyton_state::StateError> {
//! # let objects = Arc::new(object_store::memory::InMemory::new());
//! let contract = ContractId([1; 32]);
//! let terms = Terms {
//!     contract,
//!     keys: EpochKeys::new(0, [7; 32]),
//!     writer: Writer::first_under(1),
//!     floor: genesis(&contract),
//! };
//! let store = Store::open(objects, &"contracts/1".into(), terms, StoreOptions::default()).await?;
//!
//! let mut call = store.begin().await?;
//! call.set(b"greeting", b"hello")?;
//! let prepared = store.prepare(call).await?;
//! let (before, after) = (prepared.before(), prepared.after()); // what the receipt says
//! store.commit(prepared, None).await?;
//! assert_eq!((before.sequence, after.sequence), (0, 1));
//! assert_eq!(store.begin().await?.get(b"greeting").await?.unwrap().value, "hello");
//! store.close().await
//! # }
//! ```

pub mod cache;
pub mod disk;
mod error;
mod keys;
pub mod sealed;
pub mod store;
#[cfg(test)]
mod vectors;

pub use cache::BlockCache;
pub use disk::local_disk;
pub use error::StateError;
pub use keys::EpochKeys;
pub use sealed::{SealError, SealedStore};
pub use store::{
    Asked, BadHistory, Commit, ENTRY_BYTES, Entry, Lasting, Limits, Prepared, Replay, Store, StoreOptions,
    StoredAnswer, Swap, Terms, Transaction, Writer,
    chain::{Write, batch_digest, genesis, next_head},
};
