//! Components on disk, each under the SHA-256 of its bytes, which may be sealed for its contract's worker alone. What is
//! there is whole: a file gets its name when all its bytes are written, synced and hashed.
//!
//! What the chain has an announcement of is kept, in the folder itself, and becomes provisional when the announcement is
//! taken back. Everything else is provisional ([`crate::room`]),
//! in a folder of its own under names that say who uploaded it, so that the same rules hold after a restart. Whether the
//! chain has it is asked when it would be dropped: when somebody else needs its room, or when its time is over. Nothing
//! is dropped while the chain cannot be asked.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use adyton_listener::{Peer, is_slow};
use adyton_protocol::{ids::CodeHash, sealed_code::MAGIC as SEALED};
use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};

use crate::{
    chain::Node,
    config::Limits,
    error::Refusal,
    relay::drain,
    room::{Grown, Provisional, Room, Ticket},
};

/// How a component begins: magic number, version 13, layer 1 (the component model's binary format).
const COMPONENT: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const _: () = assert!(SEALED.len() == COMPONENT.len(), "as many bytes are looked at");
/// The folder of provisional components, in the folder of components.
const PROVISIONAL: &str = "provisional";
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
/// How often is looked for provisional components whose time is over, and whether the chain still has the kept ones.
const TIDY: Duration = Duration::from_secs(60);
/// At how many kept ones at one time.
const LOOKED_AT: usize = 64;

/// The folder of components.
pub struct Store {
    folder: PathBuf,
    node: Node,
    code_bytes: u64,
    provisional_seconds: u64,
    room: Mutex<Room>,
}

/// An upload under way. What is left of it when it is dropped is removed.
struct Upload<'a> {
    store: &'a Store,
    ticket: Ticket,
    peer: Peer,
    gives_way: Arc<Notify>,
    part: PathBuf,
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        let _named_already = std::fs::remove_file(&self.part);
        self.store.room().abandon(self.ticket);
    }
}

/// What becomes of a provisional component.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// It is provisional no more.
    Settled,
    /// The chain has it, and there is no room to keep it.
    NoRoom,
    /// The chain does not have it.
    Unknown,
}

impl Store {
    /// Opens `folder`, makes it if it is not there, and clears away what was left half written. `node` says what the chain
    /// has.
    pub fn open(folder: &Path, limits: &Limits, node: Node) -> io::Result<Self> {
        let mut room = Room::new(limits);
        std::fs::create_dir_all(folder.join(PROVISIONAL))?;
        for entry in std::fs::read_dir(folder)? {
            let metadata = entry?.metadata()?;
            if metadata.is_file() {
                room.restore_kept(metadata.len());
            }
        }
        for entry in std::fs::read_dir(folder.join(PROVISIONAL))? {
            let (path, metadata) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
            match path.file_name().and_then(|name| read_name(name.to_str()?)) {
                Some(found) => room.restore(found, metadata.len(), seconds(metadata.modified()?)),
                None => std::fs::remove_file(path)?,
            }
        }
        Ok(Self {
            folder: folder.into(),
            node,
            code_bytes: limits.code_bytes,
            provisional_seconds: limits.provisional_seconds,
            room: Mutex::new(room),
        })
    }

    /// Bytes of kept and of provisional components.
    pub fn bytes(&self) -> (u64, u64) {
        self.room().bytes()
    }

    /// Stores a component of `peer` as it comes in, and gives its hash. `length` is what the client announced.
    pub async fn put(&self, peer: Peer, body: Body, length: Option<u64>) -> Result<CodeHash, Refusal> {
        if length.is_some_and(|length| length > self.code_bytes) {
            drain(body).await;
            return Err(Refusal::TooLarge(self.code_bytes));
        }
        let gives_way = Arc::new(Notify::new());
        let ticket = self.room().begin(peer, gives_way.clone());
        let part = self.folder.join(PROVISIONAL).join(format!("{ticket}.part"));
        let upload = Upload { store: self, ticket, peer, gives_way, part };
        let hash = self.write(&upload, body).await?;
        self.name(&upload, hash).await?;
        Ok(hash)
    }

    /// A component's bytes as they come from disk, and how many they are.
    pub async fn read(&self, hash: &CodeHash) -> Result<(Body, u64), Refusal> {
        let file = self.find(hash).await?;
        let length = file.metadata().await.map_err(|error| failed(&error))?.len();
        let chunks = stream::try_unfold(file, |mut file| async move {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await?;
            chunk.truncate(read);
            io::Result::Ok((read > 0).then(|| (Bytes::from(chunk), file)))
        });
        Ok((Body::from_stream(chunks), length))
    }

    /// Drops provisional components when their time is over, for as long as the gateway runs.
    pub async fn keep_tidy(&self) {
        let mut last = None;
        loop {
            tokio::time::sleep(TIDY).await;
            let now = seconds(SystemTime::now());
            if let Err(error) = self.tidy(now).await {
                tracing::warn!(%error, "no component is dropped now");
            }
            match self.unkeep(last, now).await {
                Ok(looked_at) => last = looked_at,
                Err(error) => tracing::warn!(%error, "no component is known to be announced no more"),
            }
        }
    }

    /// Asks the chain about some kept components, those after `last`, and keeps those no longer that it does not have.
    /// Gives the last of them; none where there are no more.
    async fn unkeep(&self, last: Option<CodeHash>, now: u64) -> Result<Option<CodeHash>, Refusal> {
        let folder = self.folder.clone();
        let next = tokio::task::spawn_blocking(move || kept_after(&folder, last)).await;
        let next = next.map_err(io::Error::other).flatten().map_err(|error| failed(&error))?;
        for hash in &next {
            if self.node.announced(hash).await? {
                continue;
            }
            let path = self.path(hash);
            let bytes = fs::metadata(&path).await.map_err(|error| failed(&error))?.len();
            let mut room = self.room();
            let named = room.unkeep(*hash, bytes, now);
            if let Err(error) = std::fs::rename(path, self.provisional_path(&named)) {
                room.end(named.ticket);
                room.restore_kept(bytes);
                return Err(failed(&error));
            }
            tracing::debug!(code = %hash, "a component is announced no more");
        }
        Ok(next.last().copied())
    }

    async fn tidy(&self, now: u64) -> Result<(), Refusal> {
        let expired = self.room().expired(now, self.provisional_seconds);
        for provisional in expired {
            match self.judge(&provisional).await? {
                Fate::Settled => {}
                Fate::NoRoom => {
                    tracing::warn!(code = %provisional.hash, "there is no room to keep a component that the chain has");
                    self.room().renew(provisional.ticket, now);
                }
                Fate::Unknown => self.give_up(&provisional).await,
            }
        }
        Ok(())
    }

    async fn find(&self, hash: &CodeHash) -> Result<fs::File, Refusal> {
        // A provisional one may become a kept one at this very moment, and the other way round.
        for _ in 0..2 {
            let provisional = self.room().find(hash).map(|found| self.provisional_path(&found));
            for path in [Some(self.path(hash)), provisional].into_iter().flatten() {
                match fs::File::open(path).await {
                    Ok(file) => return Ok(file),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(failed(&error)),
                }
            }
        }
        Err(Refusal::NoCode)
    }

    async fn write(&self, upload: &Upload<'_>, mut body: Body) -> Result<CodeHash, Refusal> {
        let mut file = fs::File::create_new(&upload.part).await.map_err(|error| failed(&error))?;
        let (mut hasher, mut start, mut length) = (Sha256::new(), Vec::with_capacity(COMPONENT.len()), 0_u64);
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = upload.gives_way.notified() => return Err(Refusal::Displaced),
            };
            let Some(frame) = frame else { break };
            let Ok(chunk) = frame.map_err(|error| broken(&error))?.into_data() else { continue };
            if start.len() < COMPONENT.len() {
                start.extend(chunk.iter().take(COMPONENT.len() - start.len()));
                if !COMPONENT.starts_with(&start) && !SEALED.starts_with(&start) {
                    return Err(Refusal::NotAComponent);
                }
            }
            length = length.saturating_add(chunk.len() as u64);
            self.take(upload.ticket, length).await?;
            hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(|error| failed(&error))?;
        }
        if start.len() < COMPONENT.len() {
            return Err(Refusal::NotAComponent);
        }
        file.sync_all().await.map_err(|error| failed(&error))?;
        Ok(CodeHash(hasher.finalize().into()))
    }

    /// Sets room aside before bytes are written; others' provisional components may have to go for it.
    async fn take(&self, ticket: Ticket, length: u64) -> Result<(), Refusal> {
        if length > self.code_bytes {
            return Err(Refusal::TooLarge(self.code_bytes));
        }
        loop {
            let grown = self.room().grow(ticket, length)?;
            let Grown::After(provisional) = grown else { return Ok(()) };
            match self.judge(&provisional).await? {
                Fate::Settled => {}
                Fate::NoRoom | Fate::Unknown => self.give_up(&provisional).await,
            }
        }
    }

    /// Asks the chain about a provisional component, and keeps it if the chain has it and there is room.
    async fn judge(&self, provisional: &Provisional) -> Result<Fate, Refusal> {
        if !self.node.announced(&provisional.hash).await? {
            return Ok(Fate::Unknown);
        }
        let (from, to) = (self.provisional_path(provisional), self.path(&provisional.hash));
        if fs::try_exists(&to).await.map_err(|error| failed(&error))? {
            // Another upload of it is kept.
            self.give_up(provisional).await;
            return Ok(Fate::Settled);
        }
        {
            let mut room = self.room();
            match room.fits(provisional.ticket) {
                None => return Ok(Fate::Settled),
                Some(false) => return Ok(Fate::NoRoom),
                Some(true) => {}
            }
            std::fs::rename(from, to).map_err(|error| failed(&error))?;
            room.keep(provisional.ticket);
        }
        sync(&self.folder).await?;
        Ok(Fate::Settled)
    }

    async fn give_up(&self, provisional: &Provisional) {
        if self.room().end(provisional.ticket) {
            tracing::debug!(code = %provisional.hash, "a provisional component is dropped");
            self.remove(provisional).await;
        }
    }

    async fn remove(&self, provisional: &Provisional) {
        if let Err(error) = fs::remove_file(self.provisional_path(provisional)).await {
            tracing::error!(%error, "a provisional component cannot be removed");
        }
    }

    /// Gives an upload its name, unless its component is kept already.
    async fn name(&self, upload: &Upload<'_>, hash: CodeHash) -> Result<(), Refusal> {
        if fs::try_exists(self.path(&hash)).await.map_err(|error| failed(&error))? {
            return Ok(());
        }
        let named = Provisional { ticket: upload.ticket, hash, peer: upload.peer };
        let replaced = {
            let mut room = self.room();
            if !room.holds(upload.ticket) {
                return Err(Refusal::Displaced);
            }
            std::fs::rename(&upload.part, self.provisional_path(&named)).map_err(|error| failed(&error))?;
            room.finish(upload.ticket, hash, seconds(SystemTime::now()))
        };
        if let Some(replaced) = replaced {
            self.remove(&replaced).await;
        }
        sync(&self.folder.join(PROVISIONAL)).await
    }

    fn path(&self, hash: &CodeHash) -> PathBuf {
        self.folder.join(hex::encode(hash.0))
    }

    fn provisional_path(&self, provisional: &Provisional) -> PathBuf {
        self.folder.join(PROVISIONAL).join(write_name(provisional))
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The next kept components after `last`, in the order of their hashes.
fn kept_after(folder: &Path, last: Option<CodeHash>) -> io::Result<Vec<CodeHash>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let hash: Option<CodeHash> = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        found.extend(hash.filter(|hash| last.is_none_or(|last| *hash > last)));
    }
    found.sort_unstable();
    found.truncate(LOOKED_AT);
    Ok(found)
}

/// A name is on disk only when its folder is.
async fn sync(folder: &Path) -> Result<(), Refusal> {
    let folder = fs::File::open(folder).await.map_err(|error| failed(&error))?;
    folder.sync_all().await.map_err(|error| failed(&error))
}

/// The name of a provisional component's file: hash, peer and ticket.
fn write_name(provisional: &Provisional) -> String {
    let Provisional { ticket, hash, peer } = provisional;
    format!("{}.{}.{ticket}", hex::encode(hash.0), hex::encode(peer.bytes()))
}

fn read_name(name: &str) -> Option<Provisional> {
    let mut parts = name.split('.');
    let hash = parts.next()?.parse().ok()?;
    let mut peer = [0; 16];
    hex::decode_to_slice(parts.next()?, &mut peer).ok()?;
    let ticket = parts.next()?.parse().ok()?;
    let found = Provisional { ticket, hash, peer: Peer::from_bytes(peer) };
    // One spelling only: its file is found by it again.
    (write_name(&found) == name).then_some(found)
}

/// A Unix second; none is before 1970.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn broken(error: &axum::Error) -> Refusal {
    if is_slow(error) { Refusal::SlowBody } else { Refusal::BrokenBody }
}

fn failed(error: &io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::StorageFull {
        return Refusal::Full;
    }
    tracing::error!(%error, "the store of components fails");
    Refusal::Failed
}

#[cfg(test)]
mod tests;
