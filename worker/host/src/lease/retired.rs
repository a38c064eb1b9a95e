//! Removes what lies on this machine of contracts that their owners retired: sealed state that nobody can open again.
//!
//! That a contract is retired is proven, at a finalized head, and stays so for good: its id never comes back. A node
//! that proves nothing has nothing removed.

use std::{path::Path, sync::Arc, time::Duration};

use adyton_chain_client::facts::Facts;
use adyton_protocol::{ids::ContractId, storage};
use anyhow::Context;

use super::open::{FOLDER, folder};
use crate::worker::Worker;

/// How often is looked.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// The most contracts in one proof.
const BATCH: usize = 128;

/// Looks after what lies here until the process ends.
pub async fn run(worker: Arc<Worker>) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = clear(&worker, &worker.config.local.data).await {
            tracing::debug!(error = format!("{error:#}"), "removing what is left of retired contracts");
        }
    }
}

/// Removes the folders in `data` of retired contracts, but of those that this worker has not let go of yet.
async fn clear(worker: &Worker, data: &Path) -> anyhow::Result<()> {
    let mut ids = lying(data).await.context("listing what lies here")?;
    ids.retain(|id| worker.slot(id).is_none());
    if ids.is_empty() {
        return Ok(());
    }
    let head = worker.chain.reader.head().await.context("reading the finalized head")?;
    for ids in ids.chunks(BATCH) {
        let keys: Vec<_> = ids.iter().map(storage::retired).collect();
        let facts = Facts::from(worker.chain.reader.read_at(&head, &keys).await.context("reading retired contracts")?);
        for id in ids {
            if facts.retired(id)?.is_none() {
                continue;
            }
            match tokio::fs::remove_dir_all(data.join(folder(id))).await {
                Ok(()) => tracing::info!(contract = %id, "its owner retired it; its state here is removed"),
                // That is tried again, and the others do not wait for it.
                Err(error) => tracing::warn!(contract = %id, %error, "the state of a retired contract is not removed"),
            }
        }
    }
    Ok(())
}

/// The contracts of which there is a folder in `data`.
async fn lying(data: &Path) -> std::io::Result<Vec<ContractId>> {
    let mut entries = match tokio::fs::read_dir(data.join(FOLDER)).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut ids = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        ids.extend(
            name.to_str().and_then(|name| name.parse::<ContractId>().ok().filter(|id| hex::encode(id.0) == name)),
        );
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use adyton_protocol::{ids::AccountId, record::RetiredRecord};
    use codec::Encode;

    use super::*;
    use crate::{lease::step::Step, stop::tests::holding, view::tests::CONTRACT, worker::Slot};

    const LIVING: ContractId = ContractId([0xab; 32]);

    /// A data folder with the state of two contracts, and with things that are no contract's.
    fn data() -> tempfile::TempDir {
        let data = tempfile::tempdir().expect("a folder");
        let upper = format!("{FOLDER}/{}", hex::encode(LIVING.0).to_uppercase());
        for path in [folder(&CONTRACT), folder(&LIVING), upper, format!("{FOLDER}/notes"), "code".into()] {
            fs::create_dir_all(data.path().join(&path).join("wal")).expect("a folder");
            fs::write(data.path().join(&path).join("wal/1"), b"sealed").expect("writes");
        }
        data
    }

    fn there(data: &tempfile::TempDir, id: &ContractId) -> bool {
        data.path().join(folder(id)).exists()
    }

    fn retired() -> Vec<u8> {
        RetiredRecord { owner: AccountId([1; 32]), block: 1, deposit: 0 }.encode()
    }

    #[tokio::test]
    async fn the_state_of_a_retired_contract_is_removed_when_it_is_closed_and_nothing_else() {
        let (worker, source) = holding(true, 1).await;
        let data = data();
        let before = fs::read_dir(data.path().join(FOLDER)).expect("lists").count();
        clear(&worker, data.path()).await.expect("finds nothing");
        assert_eq!(fs::read_dir(data.path().join(FOLDER)).expect("lists").count(), before);
        source.chain().set(storage::retired(&CONTRACT), retired());
        source.chain().seal(&[], &[]);
        worker.set_slot(CONTRACT, Some(Slot::Opening(Step::Again)));
        clear(&worker, data.path()).await.expect("leaves it for now");
        assert!(there(&data, &CONTRACT));
        worker.set_slot(CONTRACT, None);
        clear(&worker, data.path()).await.expect("removes it");
        assert!(!there(&data, &CONTRACT) && there(&data, &LIVING) && data.path().join("code/wal/1").exists());
        assert_eq!(fs::read_dir(data.path().join(FOLDER)).expect("lists").count(), before - 1);
    }

    #[tokio::test]
    async fn what_cannot_be_removed_keeps_nothing_else() {
        let (worker, source) = holding(true, 1).await;
        let data = data();
        // No folder, though it is called like one.
        let stuck = ContractId([0xcd; 32]);
        fs::write(data.path().join(folder(&stuck)), b"x").expect("writes");
        for id in [&CONTRACT, &LIVING, &stuck] {
            source.chain().set(storage::retired(id), retired());
        }
        source.chain().seal(&[], &[]);
        worker.set_slot(CONTRACT, None);
        clear(&worker, data.path()).await.expect("goes on");
        assert!(there(&data, &stuck) && !there(&data, &CONTRACT) && !there(&data, &LIVING));
    }

    #[tokio::test]
    async fn nothing_is_removed_on_a_nodes_word() {
        let (worker, source) = holding(true, 1).await;
        let data = data();
        source.chain().set(storage::retired(&CONTRACT), retired());
        source.chain().seal(&[], &[]);
        source.forge().proof = Some(Vec::clear);
        clear(&worker, data.path()).await.expect_err("a proof is missing");
        assert!(there(&data, &CONTRACT));
    }

    #[tokio::test]
    async fn a_worker_without_any_state_has_nothing_to_remove() {
        let (worker, _source) = holding(true, 1).await;
        let data = tempfile::tempdir().expect("a folder");
        clear(&worker, data.path()).await.expect("finds nothing");
    }
}
