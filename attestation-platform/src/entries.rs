//! The file operations that adapters need of a folder whose files do something when they are touched.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

/// The file operations on a folder to which the kernel, or a library operating system, gives a meaning of their
/// own: writing a file asks for something, and reading one makes the answer.
pub trait Entries: Send + Sync {
    /// Makes the entry `path`.
    fn make(&self, path: &Path) -> io::Result<()>;
    /// Reads at most `limit` bytes of a file.
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>>;
    /// Writes a file in one call. It has to be there: nothing here makes files.
    fn write(&self, path: &Path, value: &[u8]) -> io::Result<()>;
    /// Removes the entry `path`.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The kernel's own.
#[derive(Clone, Copy, Debug)]
pub struct KernelEntries;

impl Entries for KernelEntries {
    fn make(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let mut value = Vec::new();
        File::open(path)?.take(limit as u64).read_to_end(&mut value)?;
        Ok(value)
    }

    fn write(&self, path: &Path, value: &[u8]) -> io::Result<()> {
        let written = OpenOptions::new().write(true).open(path)?.write(value)?;
        if written == value.len() { Ok(()) } else { Err(io::Error::from(io::ErrorKind::WriteZero)) }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}
