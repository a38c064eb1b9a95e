//! Storage that counts how often it is read and written.

use std::{
    any::{Any, TypeId},
    collections::HashSet,
};

use polkadot_sdk::*;
use sp_externalities::{Error, Extension, ExtensionStore, Externalities, MultiRemovalResults};
use sp_state_machine::BasicExternalities;
use sp_storage::{ChildInfo, StateVersion, Storage, TrackedStorageKey};

/// Where the runtime counts how deep its transactions are: in memory only.
const TRANSACTION_LEVEL: &[u8] = b":transaction_level:";

/// How often storage was accessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Entries that were read.
    pub reads: usize,
    /// Entries that were written.
    pub writes: usize,
    /// All accesses, also to what was read or written before.
    pub accesses: usize,
}

/// A state in memory that counts.
pub struct Counting {
    inner: BasicExternalities,
    read: HashSet<Vec<u8>>,
    written: HashSet<Vec<u8>>,
    accesses: usize,
}

impl Counting {
    /// With this state.
    pub fn new(storage: Storage) -> Self {
        let inner = BasicExternalities::new(storage);
        Self { inner, read: HashSet::new(), written: HashSet::new(), accesses: 0 }
    }

    /// Runs `act` in the state as `prepare` leaves it, and gives what it gave and how often it accessed storage. After
    /// that the state is as it was before.
    pub fn counted<R>(&mut self, prepare: impl FnOnce(), act: impl FnOnce() -> R) -> (R, Count) {
        self.inner.storage_start_transaction();
        sp_externalities::set_and_run_with_externalities(self, prepare);
        self.read.clear();
        self.written.clear();
        self.accesses = 0;
        let result = sp_externalities::set_and_run_with_externalities(self, act);
        let count = Count { reads: self.read.len(), writes: self.written.len(), accesses: self.accesses };
        self.inner.storage_rollback_transaction().expect("it was started above");
        (result, count)
    }

    fn note_read(&mut self, key: &[u8]) {
        if key != TRANSACTION_LEVEL {
            self.accesses += 1;
            if !self.read.contains(key) {
                self.read.insert(key.to_vec());
            }
        }
    }

    fn note_written(&mut self, key: &[u8]) {
        if key != TRANSACTION_LEVEL {
            self.accesses += 1;
            if !self.written.contains(key) {
                self.written.insert(key.to_vec());
            }
        }
    }
}

impl ExtensionStore for Counting {
    fn extension_by_type_id(&mut self, type_id: TypeId) -> Option<&mut dyn Any> {
        self.inner.extension_by_type_id(type_id)
    }

    fn register_extension_with_type_id(&mut self, type_id: TypeId, extension: Box<dyn Extension>) -> Result<(), Error> {
        self.inner.register_extension_with_type_id(type_id, extension)
    }

    fn deregister_extension_by_type_id(&mut self, type_id: TypeId) -> Result<(), Error> {
        self.inner.deregister_extension_by_type_id(type_id)
    }
}

/// Child storage, which the runtime does not have, is passed on without being counted.
impl Externalities for Counting {
    fn set_offchain_storage(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.inner.set_offchain_storage(key, value);
    }

    fn storage(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.note_read(key);
        self.inner.storage(key)
    }

    fn storage_hash(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.note_read(key);
        self.inner.storage_hash(key)
    }

    fn child_storage_hash(&mut self, child_info: &ChildInfo, key: &[u8]) -> Option<Vec<u8>> {
        self.inner.child_storage_hash(child_info, key)
    }

    fn child_storage(&mut self, child_info: &ChildInfo, key: &[u8]) -> Option<Vec<u8>> {
        self.inner.child_storage(child_info, key)
    }

    fn next_storage_key(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.note_read(key);
        self.inner.next_storage_key(key)
    }

    fn next_child_storage_key(&mut self, child_info: &ChildInfo, key: &[u8]) -> Option<Vec<u8>> {
        self.inner.next_child_storage_key(child_info, key)
    }

    fn kill_child_storage(
        &mut self,
        child_info: &ChildInfo,
        maybe_limit: Option<u32>,
        maybe_cursor: Option<&[u8]>,
    ) -> MultiRemovalResults {
        self.inner.kill_child_storage(child_info, maybe_limit, maybe_cursor)
    }

    fn clear_prefix(
        &mut self,
        prefix: &[u8],
        maybe_limit: Option<u32>,
        maybe_cursor: Option<&[u8]>,
    ) -> MultiRemovalResults {
        let removed = self.inner.clear_prefix(prefix, maybe_limit, maybe_cursor);
        self.note_written(prefix);
        self.accesses += removed.loops as usize;
        removed
    }

    fn clear_child_prefix(
        &mut self,
        child_info: &ChildInfo,
        prefix: &[u8],
        maybe_limit: Option<u32>,
        maybe_cursor: Option<&[u8]>,
    ) -> MultiRemovalResults {
        self.inner.clear_child_prefix(child_info, prefix, maybe_limit, maybe_cursor)
    }

    fn place_storage(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.note_written(&key);
        self.inner.place_storage(key, value);
    }

    fn place_child_storage(&mut self, child_info: &ChildInfo, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.inner.place_child_storage(child_info, key, value);
    }

    fn storage_root(&mut self, state_version: StateVersion) -> Vec<u8> {
        self.inner.storage_root(state_version)
    }

    fn child_storage_root(&mut self, child_info: &ChildInfo, state_version: StateVersion) -> Vec<u8> {
        self.inner.child_storage_root(child_info, state_version)
    }

    fn storage_append(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.note_written(&key);
        self.inner.storage_append(key, value);
    }

    fn storage_start_transaction(&mut self) {
        self.inner.storage_start_transaction();
    }

    fn storage_rollback_transaction(&mut self) -> Result<(), ()> {
        self.inner.storage_rollback_transaction()
    }

    fn storage_commit_transaction(&mut self) -> Result<(), ()> {
        self.inner.storage_commit_transaction()
    }

    fn wipe(&mut self) {
        self.inner.wipe();
    }

    fn commit(&mut self) {
        self.inner.commit();
    }

    fn read_write_count(&self) -> (u32, u32, u32, u32) {
        self.inner.read_write_count()
    }

    fn reset_read_write_count(&mut self) {
        self.inner.reset_read_write_count();
    }

    fn get_whitelist(&self) -> Vec<TrackedStorageKey> {
        self.inner.get_whitelist()
    }

    fn set_whitelist(&mut self, new: Vec<TrackedStorageKey>) {
        self.inner.set_whitelist(new);
    }

    fn get_read_and_written_keys(&self) -> Vec<(Vec<u8>, u32, u32, bool)> {
        self.inner.get_read_and_written_keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_are_counted_and_what_happened_is_undone() {
        let mut storage = Storage::default();
        storage.top.insert(b"a".to_vec(), vec![1]);
        let mut state = Counting::new(storage);
        let read = |key: &[u8]| frame_support::storage::unhashed::get_raw(key);
        let prepare = || frame_support::storage::unhashed::put_raw(b"b", &[2]);
        for _ in 0..2 {
            let (found, count) = state.counted(prepare, || {
                frame_support::storage::unhashed::put_raw(b"c", &[3]);
                [read(b"a"), read(b"b"), read(b"a"), read(b"d")]
            });
            assert_eq!(found, [Some(vec![1]), Some(vec![2]), Some(vec![1]), None]);
            assert_eq!(count, Count { reads: 3, writes: 1, accesses: 5 });
        }
        let (left, _) = state.counted(|| {}, || [read(b"b"), read(b"c")]);
        assert_eq!(left, [None, None]);
    }
}
