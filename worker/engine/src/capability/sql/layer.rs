//! SQLite's files: the database, which is the call's [`Pages`], and what SQLite lays aside while it sorts and groups,
//! which is in memory and bounded. There are no others: journals are SQLite's own memory, and what it opens besides is
//! refused.
//!
//! Nothing here panics: it is called through C.

use std::{
    cell::RefCell,
    sync::{Arc, OnceLock},
};

use adyton_sqlite::RegisterError;
use sqlite_plugin::{
    flags::{AccessFlags, LockLevel, OpenKind, OpenOpts},
    vars,
    vfs::{Vfs, VfsHandle, VfsResult},
};

use super::pages::{Pages, SharedPages};

thread_local! {
    /// Whose statement runs on this thread, and at what time. SQLite opens its files only there.
    static CURRENT: RefCell<Option<(SharedPages, i64)>> = const { RefCell::new(None) };
}

/// Marks a thread as one on which a call's statement runs, until it is dropped.
pub(super) struct Entered;

impl Entered {
    /// At `now_ms`, in Unix milliseconds.
    pub(super) fn new(pages: SharedPages, now_ms: u64) -> Self {
        CURRENT.set(Some((pages, i64::try_from(now_ms).unwrap_or(i64::MAX))));
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// Makes SQLite know the files, once in a process.
pub(super) fn register() -> Result<(), RegisterError> {
    static DONE: OnceLock<Result<(), RegisterError>> = OnceLock::new();
    *DONE.get_or_init(|| adyton_sqlite::register(Files, now))
}

/// The time of the call on this thread.
fn now() -> i64 {
    current().map_or(0, |(_, now_ms)| now_ms)
}

fn current() -> Option<(SharedPages, i64)> {
    CURRENT.try_with(|current| current.try_borrow().ok()?.clone()).ok().flatten()
}

struct Files;

/// One file.
enum File {
    Database(SharedPages),
    Aside { pages: SharedPages, bytes: Vec<u8> },
}

impl VfsHandle for File {
    fn readonly(&self) -> bool {
        false
    }

    fn in_memory(&self) -> bool {
        false
    }
}

impl Vfs for Files {
    type Handle = File;

    fn open(&self, _path: Option<&str>, options: OpenOpts) -> VfsResult<File> {
        let (pages, _) = current().ok_or(vars::SQLITE_CANTOPEN)?;
        match options.kind() {
            OpenKind::MainDb => Ok(File::Database(pages)),
            OpenKind::TempDb | OpenKind::TransientDb | OpenKind::TempJournal | OpenKind::SubJournal => {
                Ok(File::Aside { pages, bytes: Vec::new() })
            }
            OpenKind::MainJournal | OpenKind::SuperJournal | OpenKind::Wal | OpenKind::Unknown => {
                Err(vars::SQLITE_CANTOPEN)
            }
        }
    }

    /// There is nothing to delete.
    fn delete(&self, _path: &str) -> VfsResult<()> {
        Ok(())
    }

    /// No file is there that nobody opened.
    fn access(&self, _path: &str, _flags: AccessFlags) -> VfsResult<bool> {
        Ok(false)
    }

    fn file_size(&self, file: &mut File) -> VfsResult<usize> {
        match file {
            File::Database(pages) => Ok(pages.length()),
            File::Aside { bytes, .. } => Ok(bytes.len()),
        }
    }

    fn truncate(&self, file: &mut File, size: usize) -> VfsResult<()> {
        match file {
            File::Database(pages) => pages.truncate(size),
            File::Aside { pages, bytes } => resize(pages, bytes, size),
        }
    }

    fn write(&self, file: &mut File, offset: usize, data: &[u8]) -> VfsResult<usize> {
        match file {
            File::Database(pages) => pages.write(offset, data)?,
            File::Aside { pages, bytes } => {
                pages.moved_aside(data.len());
                let end = offset.checked_add(data.len()).ok_or(vars::SQLITE_IOERR_WRITE)?;
                if end > bytes.len() {
                    resize(pages, bytes, end)?;
                }
                bytes.get_mut(offset..end).ok_or(vars::SQLITE_IOERR_WRITE)?.copy_from_slice(data);
            }
        }
        Ok(data.len())
    }

    fn read(&self, file: &mut File, offset: usize, data: &mut [u8]) -> VfsResult<usize> {
        match file {
            File::Database(pages) => pages.read(offset, data),
            File::Aside { pages, bytes } => {
                pages.moved_aside(data.len());
                let rest = bytes.get(offset..).unwrap_or_default();
                let length = rest.len().min(data.len());
                for (to, from) in data.iter_mut().zip(rest) {
                    *to = *from;
                }
                Ok(length)
            }
        }
    }

    /// There is one connection: nobody to be kept away.
    fn lock(&self, _file: &mut File, _level: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn unlock(&self, _file: &mut File, _level: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn check_reserved_lock(&self, _file: &mut File) -> VfsResult<bool> {
        Ok(false)
    }

    fn close(&self, file: File) -> VfsResult<()> {
        if let File::Aside { pages, bytes } = file {
            pages.give_up(bytes.len());
        }
        Ok(())
    }
}

fn resize(pages: &Arc<Pages>, bytes: &mut Vec<u8>, size: usize) -> VfsResult<()> {
    match size.checked_sub(bytes.len()) {
        Some(more) => pages.lay_aside(more)?,
        None => pages.give_up(bytes.len() - size),
    }
    bytes.resize(size, 0);
    Ok(())
}
