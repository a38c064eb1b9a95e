//! Sealed objects and the journal of local disk, as whatever keeps a contract's state hands them back.

use std::sync::{Arc, LazyLock};

use adyton_protocol::ids::ContractId;
use adyton_state::{
    EpochKeys, SealedStore,
    disk::journal::{self, Record},
};
use object_store::{ObjectStoreExt as _, memory::InMemory, path::Path};

use crate::server::RUNTIME;

const CONTRACT: ContractId = ContractId([2; 32]);
const LEASE: u64 = 3;

/// Objects of no chunk, one, and two.
static PLAIN: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| [vec![], vec![5; 100], vec![6; 33 * 1024]]);

fn name() -> Path {
    Path::from("object")
}

fn sealed_over(below: &Arc<InMemory>) -> SealedStore {
    SealedStore::new(below.clone(), CONTRACT, EpochKeys::new(0, [7; 32]), LEASE)
}

/// An object below the seal: it opens as what was sealed, or not at all, whole and in part.
pub fn sealed_object(data: &[u8]) {
    opens(data);
}

/// Whether an object opens.
pub fn opens(data: &[u8]) -> bool {
    RUNTIME.block_on(async {
        let below = Arc::new(InMemory::new());
        below.put(&name(), data.to_vec().into()).await.expect("memory does not fail");
        let store = sealed_over(&below);
        let whole = match store.get(&name()).await {
            Ok(found) => found.bytes().await.ok(),
            Err(_) => None,
        };
        let sealed = whole.as_ref().is_none_or(|whole| PLAIN.iter().any(|one| one == whole));
        assert!(sealed, "only what was sealed opens");
        if let Ok(part) = sealed_over(&below).get_range(&name(), 1..3).await {
            assert!(PLAIN.iter().any(|one| one.get(1..3) == Some(&part[..])), "nor does a part of anything else");
        }
        if let Ok(meta) = store.head(&name()).await {
            assert!(meta.size <= data.len() as u64, "what is listed is not longer than what lies there");
        }
        whole.is_some()
    })
}

/// Seeds of [`sealed_object`].
pub fn sealed_objects() -> Vec<Vec<u8>> {
    let seal = async |plain: &Vec<u8>| {
        let below = Arc::new(InMemory::new());
        sealed_over(&below).put(&name(), plain.clone().into()).await.expect("memory does not fail");
        below.get(&name()).await.expect("it was put").bytes().await.expect("memory does not fail").to_vec()
    };
    RUNTIME.block_on(async { [seal(&PLAIN[0]).await, seal(&PLAIN[1]).await, seal(&PLAIN[2]).await].to_vec() })
}

const GENERATION: [u8; 16] = [8; 16];

/// A half of a journal: bytes as they lie there, and a record of these bytes with the right check around it, followed
/// by a file's, which is read if the first one is.
pub fn journal(data: &[u8]) {
    if let Some(found) = journal::read(data) {
        let held: usize = found
            .records
            .iter()
            .map(|record| if let Record::File { bytes, .. } = record { bytes.len() } else { 16 })
            .sum();
        assert!(held <= data.len(), "no more is read than lies there");
    }
    journal_reads(data);
}

/// Whether a record of these bytes reads.
pub fn journal_reads(data: &[u8]) -> bool {
    let half = journal::half(1, GENERATION, &[data.to_vec(), journal::file("wal/1", b"one")]);
    let found = journal::read(&half).expect("its header is right");
    let Some(first) = found.records.first() else { return false };
    assert_eq!(found.records.len(), 2, "what follows a record is found");
    if let Record::File { name, bytes, .. } = first {
        assert_eq!(journal::file(name, bytes), data, "one form for what a record says");
    }
    true
}

/// Seeds of [`journal`].
pub fn journals() -> Vec<Vec<u8>> {
    let file = journal::file("contracts/1/wal/00000000000000000001.sst", &[5; 40]);
    let void = [&[1, 0, 0][..], &[6; 16]].concat();
    vec![journal::half(3, GENERATION, &[file.clone(), void.clone()]), file, void]
}
