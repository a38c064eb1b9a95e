//! What was acknowledged survives SIGKILL. The test binary starts itself as the victim.

use std::{
    io::{BufRead, BufReader},
    path::Path as FilePath,
    process::{Command, Stdio},
};

use super::*;
use crate::disk::journal::{self, Record};

const FOLDER: &str = "ADYTON_STATE_TEST_VICTIM";

fn local(folder: &FilePath) -> Arc<dyn ObjectStore> {
    crate::local_disk(folder).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_acknowledged_before_a_sigkill_is_there_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<(String, u64)> = Vec::new();
    for round in 0..4 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::crash::victim", "--nocapture", "--ignored"])
            .env(FOLDER, folder.path())
            .env("ROUND", round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut seen = 0;
        for line in lines {
            let Some((key, sequence)) = line.strip_prefix("done ").and_then(|line| line.split_once(' ')) else {
                continue;
            };
            acknowledged.push((key.to_owned(), sequence.parse().unwrap()));
            seen += 1;
            // In the middle of whatever it is writing just then.
            if seen == 60 + round * 17 {
                victim.kill().unwrap();
            }
        }
        assert!(!victim.wait().unwrap().success());
        assert!(seen >= 60 + round * 17, "the victim ended by itself after {seen}");

        let store = open(&local(folder.path())).await;
        let newest = acknowledged.iter().map(|(_, sequence)| *sequence).max().unwrap();
        assert!(store.head().await.unwrap().sequence >= newest);
        let mut call = store.begin().await.unwrap();
        for (key, _) in &acknowledged {
            let found = call.get(key.as_bytes()).await.unwrap();
            assert_eq!(found.map(|entry| entry.value), Some(Bytes::from(key.repeat(20))), "{key} was acknowledged");
            let both = call.get(format!("{key}/too").as_bytes()).await.unwrap();
            assert!(both.is_some(), "{key}: half a commit");
        }
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn every_acknowledged_commit_is_there_after_the_power_failed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&local(folder.path())).await;
    for at in 0..40 {
        put(&store, &format!("{at:02}"), "x").await.unwrap();
    }
    let head = store.head().await.unwrap();
    // The disk at this moment, whose journal no process has. What nobody waited for never came to it: some files are
    // missing, and others have nothing in them.
    let after = tempfile::tempdir().unwrap();
    assert!(Command::new("cp").arg("-a").arg(folder.path().join(".")).arg(after.path()).status().unwrap().success());
    let journaled = journaled(after.path());
    assert!(journaled.len() >= 39, "{journaled:?}");
    for (at, file) in journaled.iter().enumerate() {
        match at % 3 {
            0 => std::fs::remove_file(file).unwrap(),
            1 => std::fs::write(file, b"").unwrap(),
            _ => {}
        }
    }
    let recovered = open(&local(after.path())).await;
    assert_eq!(recovered.head().await.unwrap(), head);
    assert_eq!(recovered.begin().await.unwrap().scan(b"", None, 100).await.unwrap().len(), 40);
    recovered.close().await.unwrap();
    store.close().await.unwrap();
}

/// The files that the journal in `folder` holds: not the first one of a log, which was put without it.
fn journaled(folder: &FilePath) -> Vec<std::path::PathBuf> {
    let halves = ["journal/0", "journal/1"].map(|half| std::fs::read(folder.join(half)).unwrap());
    let records: Vec<_> = halves.iter().flat_map(|half| journal::read(half).unwrap().records).collect();
    let names = records.iter().filter_map(|record| match record {
        Record::File { name, check, .. } if !records.contains(&Record::Void(*check)) => Some(folder.join(name)),
        Record::File { .. } | Record::Void(_) => None,
    });
    names.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the victim of the test above, which starts it"]
async fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let round = std::env::var("ROUND").unwrap();
    let store = open(&local(folder.as_ref())).await;
    let writers = (0..4).map(|writer| {
        let (store, round) = (store.clone(), round.clone());
        tokio::spawn(async move {
            for at in 0.. {
                let key = format!("{round}-{writer}-{at}");
                let mut call = store.begin().await.unwrap();
                call.set(key.as_bytes(), key.repeat(20).as_bytes()).unwrap();
                call.set(format!("{key}/too").as_bytes(), b"x").unwrap();
                let after = commit(&store, call).await.unwrap().after;
                println!("done {key} {}", after.sequence);
            }
        })
    });
    futures::future::join_all(writers.collect::<Vec<_>>()).await;
}
