//! Compiled code on this machine's disk, sealed: what is dropped from memory and needed again need not be compiled again.
//!
//! One file for each component. It is ciphertext of a key that ends with this process (`Engine::seal`), and whoever
//! reads it checks that: files that somebody altered, swapped or put back are worth nothing, and lost ones are made
//! again. What an earlier process left opens for nobody and is removed at the start. What was used longest ago gives
//! way when there is no room.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use adyton_protocol::ids::CodeHash;

/// The folder, below the worker's data.
const FOLDER: &str = "code";
/// The end of a name whose file is not whole yet.
const UNFINISHED: &str = ".new";
/// Hexadecimal digits of a hash.
const DIGITS: usize = 64;
/// The largest file: compiled code, and what sealing adds.
const MAX_FILE: u64 = (512 << 20) + 1024;

/// The files.
pub struct CodeCache {
    folder: PathBuf,
    limit: u64,
    /// One at a time makes room and writes.
    writing: Mutex<()>,
}

impl CodeCache {
    /// Files below `data` that take at most `limit` bytes together; with 0, nothing is kept. It begins empty.
    pub fn new(data: &Path, limit: u64) -> io::Result<Self> {
        let folder = data.join(FOLDER);
        for (path, _) in own(&folder)? {
            fs::remove_file(path)?;
        }
        Ok(Self { folder, limit, writing: Mutex::default() })
    }

    /// Counts as used now. Only the order in which files give way depends on it.
    pub fn touch(&self, code: &CodeHash) {
        if let Ok(file) = File::open(self.file(code)) {
            let _ = file.set_modified(SystemTime::now());
        }
    }

    /// Whether there is code of this component. It may not open.
    pub fn has(&self, code: &CodeHash) -> bool {
        self.file(code).is_file()
    }

    /// What is there; none, if nothing is. It counts as used now.
    pub fn read(&self, code: &CodeHash) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.file(code)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Only the order in which files give way depends on it.
        let _ = file.set_modified(SystemTime::now());
        let mut sealed = Vec::new();
        file.take(self.limit.min(MAX_FILE)).read_to_end(&mut sealed)?;
        Ok(Some(sealed))
    }

    /// Keeps `sealed`, as a whole or not at all. What has no room is not kept.
    pub fn write(&self, code: &CodeHash, sealed: &[u8]) -> io::Result<()> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rest) = self.limit.checked_sub(sealed.len() as u64) else { return Ok(()) };
        fs::create_dir_all(&self.folder)?;
        let file = self.file(code);
        self.shrink(rest, &file)?;
        let unfinished = file.with_extension(&UNFINISHED[1..]);
        // Whatever was put there, a link for example, is not written through.
        OpenOptions::new().write(true).create_new(true).open(&unfinished)?.write_all(sealed)?;
        fs::rename(&unfinished, &file)
    }

    /// Removes what does not open.
    pub fn remove(&self, code: &CodeHash) {
        let _ = fs::remove_file(self.file(code));
    }

    /// Removes files, those used longest ago first, until the others take at most `rest` bytes; and what is left of
    /// writes that were cut off. `except` is about to be replaced.
    fn shrink(&self, rest: u64, except: &Path) -> io::Result<()> {
        let mut files = Vec::new();
        for (path, whole) in own(&self.folder)? {
            let about = fs::symlink_metadata(&path)?;
            if !whole {
                fs::remove_file(path)?;
            } else if path != except {
                files.push((about.modified()?, about.len(), path));
            }
        }
        files.sort();
        let mut all: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if all <= rest {
                break;
            }
            fs::remove_file(path)?;
            all -= length;
        }
        Ok(())
    }

    fn file(&self, code: &CodeHash) -> PathBuf {
        self.folder.join(hex::encode(code.0))
    }
}

/// The files in `folder` whose names are those of the cache, and whether they are whole; none, if there is no folder.
fn own(folder: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let stem = name.strip_suffix(UNFINISHED).unwrap_or(&name);
        let hash = stem.len() == DIGITS && stem.bytes().all(|digit| digit.is_ascii_hexdigit());
        if hash && !entry.file_type()?.is_dir() {
            files.push((entry.path(), stem == name));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn code(number: u8) -> CodeHash {
        CodeHash([number; 32])
    }

    fn cache(data: &Path, limit: u64) -> CodeCache {
        CodeCache::new(data, limit).expect("an empty folder")
    }

    fn names(data: &Path) -> usize {
        fs::read_dir(data.join(FOLDER)).map_or(0, Iterator::count)
    }

    #[test]
    fn what_was_kept_is_read_again_and_nothing_else_is() {
        let data = tempfile::tempdir().expect("a folder");
        let cache = cache(data.path(), 1000);
        assert_eq!(cache.read(&code(1)).expect("reads"), None);
        cache.write(&code(1), b"sealed").expect("writes");
        assert!(cache.has(&code(1)));
        assert_eq!(cache.read(&code(1)).expect("reads").as_deref(), Some(b"sealed".as_slice()));
        assert!(!cache.has(&code(2)));
        cache.remove(&code(1));
        assert!(!cache.has(&code(1)));
    }

    #[test]
    fn what_an_earlier_process_left_is_removed() {
        let data = tempfile::tempdir().expect("a folder");
        cache(data.path(), 1000).write(&code(1), b"sealed").expect("writes");
        assert_eq!(names(data.path()), 1);
        assert!(!cache(data.path(), 1000).has(&code(1)));
        assert_eq!(names(data.path()), 0);
    }

    #[test]
    fn what_is_not_the_caches_own_stays() {
        let data = tempfile::tempdir().expect("a folder");
        let folder = data.path().join(FOLDER);
        fs::create_dir_all(folder.join("project")).expect("writes");
        fs::write(folder.join("notes.txt"), b"mine").expect("writes");
        let cache = cache(data.path(), 10);
        cache.write(&code(1), b"12345678").expect("writes");
        cache.write(&code(2), b"12345678").expect("writes");
        assert!(!cache.has(&code(1)) && folder.join("notes.txt").exists() && folder.join("project").exists());
    }

    #[test]
    fn a_link_that_somebody_put_there_is_not_written_through() {
        let data = tempfile::tempdir().expect("a folder");
        let other = data.path().join("other");
        fs::write(&other, b"untouched").expect("writes");
        let cache = cache(data.path(), 1000);
        fs::create_dir_all(&cache.folder).expect("writes");
        std::os::unix::fs::symlink(&other, cache.file(&code(1)).with_extension("new")).expect("links");
        cache.write(&code(1), b"sealed").expect("writes");
        assert_eq!(fs::read(&other).expect("reads"), b"untouched");
        assert!(cache.has(&code(1)));
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it() {
        let data = tempfile::tempdir().expect("a folder");
        let cache = cache(data.path(), 10);
        cache.write(&code(1), b"12345678").expect("writes");
        cache.write(&code(1), b"87654321").expect("writes");
        assert_eq!(cache.read(&code(1)).expect("reads").as_deref(), Some(b"87654321".as_slice()));
        assert_eq!(names(data.path()), 1);
    }

    #[test]
    fn what_was_used_longest_ago_gives_way() {
        let data = tempfile::tempdir().expect("a folder");
        let cache = cache(data.path(), 25);
        for number in 1..=2 {
            cache.write(&code(number), &[number; 10]).expect("writes");
            std::thread::sleep(Duration::from_millis(20));
        }
        cache.read(&code(1)).expect("reads");
        cache.write(&code(3), &[3; 10]).expect("writes");
        assert!(cache.has(&code(1)) && !cache.has(&code(2)) && cache.has(&code(3)));
    }

    #[test]
    fn what_has_no_room_is_not_kept() {
        let data = tempfile::tempdir().expect("a folder");
        let small = cache(data.path(), 5);
        small.write(&code(1), b"123456").expect("is no error");
        assert!(!small.has(&code(1)));
        cache(data.path(), 0).write(&code(1), b"1").expect("is no error");
        assert_eq!(names(data.path()), 0);
    }

    #[test]
    fn what_was_cut_off_while_it_was_written_is_removed_and_never_read() {
        let data = tempfile::tempdir().expect("a folder");
        let cache = cache(data.path(), 100);
        cache.write(&code(1), b"sealed").expect("writes");
        let half = cache.file(&code(2)).with_extension("new");
        fs::write(&half, b"hal").expect("writes");
        assert!(!cache.has(&code(2)));
        cache.write(&code(3), b"sealed").expect("writes");
        assert!(!half.exists() && cache.has(&code(1)));
    }
}
