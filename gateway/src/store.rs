//! Components on disk, each under its SHA-256. What is there is whole: a file gets its name when all its bytes
//! are written, synced and hashed.

use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use adyton_protocol::ids::CodeHash;
use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncWriteExt},
};

use crate::{config::Limits, error::Refusal, relay::drain};

/// How a component begins: magic number, version 13, layer 1 (the component model's binary format).
const COMPONENT: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
/// The end of the name of a file that is being written.
const PART: &str = "part";
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// The folder of components.
pub struct Store {
    folder: PathBuf,
    code_bytes: u64,
    stored_bytes: u64,
    stored: AtomicU64,
    next_part: AtomicU64,
}

/// Room that was set aside; given back when it is dropped before it is kept.
struct Room<'a> {
    stored: &'a AtomicU64,
    bytes: u64,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.stored.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Store {
    /// Opens `folder`, makes it if it is not there, and clears away what was left half written.
    pub fn open(folder: &Path, limits: &Limits) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut stored = 0;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == PART) {
                std::fs::remove_file(entry.path())?;
            } else {
                stored += entry.metadata()?.len();
            }
        }
        Ok(Self {
            folder: folder.into(),
            code_bytes: limits.code_bytes,
            stored_bytes: limits.stored_bytes,
            stored: AtomicU64::new(stored),
            next_part: AtomicU64::new(0),
        })
    }

    /// Bytes of all components.
    pub fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }

    /// Stores a component as it comes in, and gives its hash. `length` is what the client announced.
    pub async fn put(&self, body: Body, length: Option<u64>) -> Result<CodeHash, Refusal> {
        if length.is_some_and(|length| length > self.code_bytes) {
            drain(body).await;
            return Err(Refusal::TooLarge(self.code_bytes));
        }
        let part = self.folder.join(format!("{}.{PART}", self.next_part.fetch_add(1, Ordering::Relaxed)));
        let written = self.write(&part, body).await;
        let result = match written {
            Ok((hash, room)) => self.name(&part, hash, room).await,
            Err(refusal) => Err(refusal),
        };
        if result.is_err() {
            let _gone_already = fs::remove_file(&part).await;
        }
        result
    }

    /// A component's bytes as they come from disk, and how many they are.
    pub async fn read(&self, hash: &CodeHash) -> Result<(Body, u64), Refusal> {
        let file = match fs::File::open(self.path(hash)).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Refusal::NoCode),
            Err(error) => return Err(failed(&error)),
        };
        let length = file.metadata().await.map_err(|error| failed(&error))?.len();
        let chunks = stream::try_unfold(file, |mut file| async move {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await?;
            chunk.truncate(read);
            io::Result::Ok((read > 0).then(|| (Bytes::from(chunk), file)))
        });
        Ok((Body::from_stream(chunks), length))
    }

    async fn write(&self, part: &Path, mut body: Body) -> Result<(CodeHash, Room<'_>), Refusal> {
        let mut file = fs::File::create_new(part).await.map_err(|error| failed(&error))?;
        let mut room = Room { stored: &self.stored, bytes: 0 };
        let (mut hasher, mut start) = (Sha256::new(), Vec::with_capacity(COMPONENT.len()));
        while let Some(frame) = body.frame().await {
            let Ok(chunk) = frame.map_err(|_| Refusal::BrokenBody)?.into_data() else { continue };
            if start.len() < COMPONENT.len() {
                start.extend(chunk.iter().take(COMPONENT.len() - start.len()));
                if !COMPONENT.starts_with(&start) {
                    return Err(Refusal::NotAComponent);
                }
            }
            self.take(&mut room, chunk.len() as u64)?;
            hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(|error| failed(&error))?;
        }
        if start.len() < COMPONENT.len() {
            return Err(Refusal::NotAComponent);
        }
        file.sync_all().await.map_err(|error| failed(&error))?;
        Ok((CodeHash(hasher.finalize().into()), room))
    }

    /// Sets room aside before bytes are written.
    fn take(&self, room: &mut Room<'_>, more: u64) -> Result<(), Refusal> {
        if room.bytes + more > self.code_bytes {
            return Err(Refusal::TooLarge(self.code_bytes));
        }
        let before = self.stored.fetch_add(more, Ordering::Relaxed);
        room.bytes += more;
        if before + more > self.stored_bytes { Err(Refusal::Full) } else { Ok(()) }
    }

    async fn name(&self, part: &Path, hash: CodeHash, room: Room<'_>) -> Result<CodeHash, Refusal> {
        let path = self.path(&hash);
        if fs::try_exists(&path).await.map_err(|error| failed(&error))? {
            let _gone_already = fs::remove_file(part).await;
            return Ok(hash);
        }
        fs::rename(part, &path).await.map_err(|error| failed(&error))?;
        // The name itself is on disk only when the folder is.
        let folder = fs::File::open(&self.folder).await.map_err(|error| failed(&error))?;
        folder.sync_all().await.map_err(|error| failed(&error))?;
        std::mem::forget(room);
        Ok(hash)
    }

    fn path(&self, hash: &CodeHash) -> PathBuf {
        self.folder.join(hex::encode(hash.0))
    }
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
