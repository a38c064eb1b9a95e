//! A folder with one file for each set of answers, written so that a reader sees the old one or the new one.

use codec::{Decode, DecodeAll, Encode};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::http::Answer;

/// The longest file that is read: the longest answers, with room for their chains.
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;
const VERSION: u8 = 1;

/// A set of answers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Stored {
    /// The URL of their source.
    pub source: String,
    /// When, in Unix seconds.
    pub at: u64,
    pub answers: Vec<Answer>,
}

/// A file's content. The key stands in it because its name is only a hash of it.
#[derive(Encode, Decode)]
struct Content {
    version: u8,
    key: String,
    stored: Stored,
}

#[derive(Clone, Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What is kept under `key`. A file that cannot be read, or is of another form, is as good as none.
    pub(super) fn read(&self, key: &str) -> Option<Stored> {
        let mut bytes = Vec::new();
        let length = File::open(self.path(key)).ok()?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).ok()?;
        if length as u64 > MAX_FILE_BYTES {
            return None;
        }
        let content = Content::decode_all(&mut bytes.as_slice()).ok()?;
        (content.version == VERSION && content.key == key).then_some(content.stored)
    }

    pub(super) fn write(&self, key: &str, stored: Stored) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let content = Content { version: VERSION, key: key.into(), stored }.encode();
        replace(&self.path(key), &content)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{}.cache", hex::encode(Sha256::digest(key))))
    }
}

/// Writes beside `path`, then moves over it.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension(format!("{}-{count}.new", process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // What failed is reported; that its remains stay too is not.
        let _ = fs::remove_file(&beside);
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(body: &[u8]) -> Stored {
        let answer = Answer { header: Some("chain".into()), body: body.to_vec() };
        Stored { source: "https://example.org".into(), at: 7, answers: vec![answer] }
    }

    #[test]
    fn what_was_written_last_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("deep/cache"));
        assert_eq!(cache.read("key"), None);
        cache.write("key", stored(b"one")).unwrap();
        cache.write("key", stored(b"two")).unwrap();
        cache.write("other", stored(b"three")).unwrap();
        assert_eq!(cache.read("key"), Some(stored(b"two")));
        let files: Vec<_> = fs::read_dir(folder.path().join("deep/cache")).unwrap().collect();
        assert_eq!(files.len(), 2, "a file was left beside: {files:?}");
    }

    #[test]
    fn a_file_that_is_cut_longer_or_under_another_key_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().into());
        cache.write("key", stored(b"one")).unwrap();
        let good = fs::read(cache.path("key")).unwrap();
        fs::write(cache.path("another"), &good).unwrap();
        assert_eq!(cache.read("another"), None);
        for bad in [&good[..good.len() - 1], &[&good[..], b"x"].concat(), b"", &[&[2], &good[1..]].concat()] {
            fs::write(cache.path("key"), bad).unwrap();
            assert_eq!(cache.read("key"), None);
        }
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_one_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().into());
        // A folder in the file's place cannot be moved over.
        fs::create_dir(cache.path("key")).unwrap();
        cache.write("key", stored(b"one")).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
