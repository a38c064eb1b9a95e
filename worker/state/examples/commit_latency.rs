//! How long a durable commit takes, beside what the disk itself takes in the same run; and how long a store
//! takes to open. Prints a table.
//!
//! ```text
//! cargo run --release -p adyton-state --example commit_latency [FOLDER]
//! ```
//!
//! FOLDER should lie on the disk that is of interest; by default it is the system's folder for temporary
//! files.

use std::{
    fs::File,
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use adyton_protocol::ids::{ContractId, RequestId};
use adyton_state::{
    EpochKeys, SealedStore, StateError, Store, StoreOptions, StoredAnswer, Terms, Writer, genesis, local_disk,
};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory};

const CONTRACT: ContractId = ContractId([1; 32]);
const ROUNDS: usize = 1000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let parent = std::env::args().nth(1).map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(parent)?;
    println!("{:<58} {:>8} {:>8} {:>8}", "milliseconds", "p50", "p95", "p99");
    append(folder.path())?;
    replace(folder.path())?;

    let objects = local_disk(folder.path())?;
    let store = open(&objects, "latency").await?;
    row("read-only commit, one key read", reads(&store).await?);
    row("commit of one 256-byte value", commits(&store, 0).await?);
    row("the same with a 2 KiB answer for retries", commits(&store, 2048).await?);
    let started = Instant::now();
    row("32 callers at once, one value each", concurrent(&store).await?);
    let rate = (ROUNDS * 8) as f64 / started.elapsed().as_secs_f64();
    println!("{:<58} {rate:>8.0}", "  commits per second");
    row("read of one of 11,000 keys, in memory or not", random_reads(&store).await?);
    store.close().await?;

    println!();
    row("open a new store", opens(&objects, "new", 0).await?);
    row("open after 1000 commits, closed before", opens(&objects, "closed", 1000).await?);
    let store = open(&objects, "killed").await?;
    fill(&store, 1000).await?;
    drop(store);
    let started = Instant::now();
    let store = open(&objects, "killed").await?;
    println!("{:<58} {:>8.2}", "open after 1000 commits, not closed (log of 1000 files)", millis(started.elapsed()));
    store.close().await?;

    println!();
    sealing().await?;
    Ok(())
}

async fn open(objects: &Arc<dyn ObjectStore>, root: &str) -> Result<Store, StateError> {
    let (keys, writer) = (EpochKeys::new(1, [7; 32]), Writer::again_under(1));
    let terms = Terms { contract: CONTRACT, keys, writer, floor: genesis(&CONTRACT) };
    Store::open(Arc::clone(objects), &root.into(), terms, StoreOptions::default()).await
}

/// What the disk takes at the least.
fn append(folder: &Path) -> std::io::Result<()> {
    let mut file = File::create(folder.join("append"))?;
    let times = (0..ROUNDS).map(|_| {
        let started = Instant::now();
        file.write_all(&[1; 512])?;
        file.sync_data()?;
        Ok(started.elapsed())
    });
    row("disk alone: append 512 bytes, fdatasync", times.collect::<std::io::Result<_>>()?);
    Ok(())
}

/// What a durable new file takes, which is what each flush makes.
fn replace(folder: &Path) -> std::io::Result<()> {
    let directory = File::open(folder)?;
    let times = (0..ROUNDS).map(|at| {
        let (staged, last) = (folder.join("staged"), folder.join(format!("file-{at}")));
        let started = Instant::now();
        let mut file = File::create(&staged)?;
        file.write_all(&[1; 1024])?;
        file.sync_all()?;
        std::fs::rename(staged, last)?;
        directory.sync_all()?;
        Ok(started.elapsed())
    });
    row("disk alone: new file, fsync, rename, fsync of the folder", times.collect::<std::io::Result<_>>()?);
    Ok(())
}

async fn reads(store: &Store) -> Result<Vec<Duration>, StateError> {
    fill(store, 1).await?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let mut call = store.begin().await?;
        call.get(b"key 0").await?;
        let prepared = store.prepare(call).await?;
        store.commit(prepared, None).await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

async fn commits(store: &Store, answer_bytes: usize) -> Result<Vec<Duration>, StateError> {
    let mut times = Vec::new();
    for at in 0..ROUNDS {
        let started = Instant::now();
        let mut call = store.begin().await?;
        call.get(format!("key {at}").as_bytes()).await?;
        call.set(format!("key {at}").as_bytes(), &[2; 256])?;
        let prepared = store.prepare(call).await?;
        let answer = (answer_bytes > 0).then(|| {
            let mut request = [0; 16];
            request[..8].copy_from_slice(&at.to_le_bytes());
            StoredAnswer { request: RequestId(request), bytes: vec![3; answer_bytes].into(), expires_unix: 1 }
        });
        store.commit(prepared, answer).await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

async fn concurrent(store: &Store) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    let callers = (0..32).map(|caller| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut times = Vec::new();
            for at in 0..ROUNDS * 8 / 32 {
                let started = Instant::now();
                let mut call = store.begin().await?;
                call.set(format!("caller {caller} {at}").as_bytes(), &[2; 256])?;
                let prepared = store.prepare(call).await?;
                store.commit(prepared, None).await?;
                times.push(started.elapsed());
            }
            Ok::<_, StateError>(times)
        })
    });
    let mut all = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        all.extend(caller.await??);
    }
    Ok(all)
}

async fn random_reads(store: &Store) -> Result<Vec<Duration>, StateError> {
    let mut times = Vec::new();
    for at in 0..ROUNDS {
        let key = format!("caller {} {}", at * 7 % 32, at * 13 % 250);
        let started = Instant::now();
        let mut call = store.begin().await?;
        assert!(call.get(key.as_bytes()).await?.is_some(), "{key}");
        times.push(started.elapsed());
    }
    Ok(times)
}

async fn fill(store: &Store, commits: usize) -> Result<(), StateError> {
    for at in 0..commits {
        let mut call = store.begin().await?;
        call.set(format!("key {at}").as_bytes(), &[2; 256])?;
        let prepared = store.prepare(call).await?;
        store.commit(prepared, None).await?;
    }
    Ok(())
}

async fn opens(objects: &Arc<dyn ObjectStore>, name: &str, commits: usize) -> Result<Vec<Duration>, StateError> {
    let mut times = Vec::new();
    if commits > 0 {
        let store = open(objects, name).await?;
        fill(&store, commits).await?;
        store.close().await?;
    }
    for at in 0..20 {
        let root = if commits > 0 { name.to_owned() } else { format!("{name}-{at}") };
        let started = Instant::now();
        let store = open(objects, &root).await?;
        times.push(started.elapsed());
        store.close().await?;
    }
    Ok(times)
}

/// The cost of sealing alone, in memory.
async fn sealing() -> Result<(), Box<dyn std::error::Error>> {
    let store = SealedStore::new(Arc::new(InMemory::new()), CONTRACT, EpochKeys::new(1, [7; 32]), 1);
    for (name, size, rounds) in [("seal and open 1 KiB", 1 << 10, 20_000), ("seal and open 8 MiB", 8 << 20, 40)] {
        let data = bytes::Bytes::from(vec![5; size]);
        let started = Instant::now();
        for _ in 0..rounds {
            store.put(&"object".into(), data.clone().into()).await?;
        }
        let sealed = started.elapsed() / rounds;
        let started = Instant::now();
        for _ in 0..rounds {
            store.get(&"object".into()).await?.bytes().await?;
        }
        let opened = started.elapsed() / rounds;
        let rate = |time: Duration| size as f64 / time.as_secs_f64() / 1e6;
        println!(
            "{name:<24} {:>8.1} us, {:>6.0} MB/s   {:>8.1} us, {:>6.0} MB/s",
            sealed.as_secs_f64() * 1e6,
            rate(sealed),
            opened.as_secs_f64() * 1e6,
            rate(opened)
        );
    }
    Ok(())
}

fn row(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| millis(times[(times.len() * part / 100).min(times.len() - 1)]);
    println!("{name:<58} {:>8.3} {:>8.3} {:>8.3}", at(50), at(95), at(99));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
