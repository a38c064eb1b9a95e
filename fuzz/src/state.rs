//! Sealed objects, as whatever keeps a contract's state hands them back.

use std::sync::{Arc, LazyLock};

use adyton_protocol::ids::ContractId;
use adyton_state::{EpochKeys, SealedStore};
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
