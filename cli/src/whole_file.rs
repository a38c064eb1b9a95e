//! Files that people keep: each is there whole or not at all.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use tempfile::NamedTempFile;

/// Writes a file whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    WholeFile::create(path)?.write(bytes)
}

/// A file that is there whole or not at all: it has its place from the beginning, under a name that nobody else uses,
/// and its own name when it is written. Dropped before, it leaves nothing.
pub struct WholeFile {
    path: PathBuf,
    part: NamedTempFile,
}

impl WholeFile {
    /// Makes its folder, and room in it.
    pub fn create(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot write {}", path.display());
        if path.is_dir() {
            return Err(anyhow!("{}: it is a folder", cannot()));
        }
        let folder = match path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => return Err(anyhow!("{}: it is no file's name", cannot())),
        };
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        // Readable as any new file is, as far as the user's mask says.
        let part = tempfile::Builder::new()
            .prefix(".adyton-")
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .with_context(cannot)?;
        Ok(Self { path: path.to_owned(), part })
    }

    /// Its content, all of it, on the disk before it gets its name.
    pub fn write(self, bytes: &[u8]) -> Result<()> {
        let Self { path, mut part } = self;
        let written = part.write_all(bytes).and_then(|()| part.as_file().sync_all());
        written
            .and_then(|()| part.persist(&path).map(drop).map_err(io::Error::from))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/receipt.json");
        write_whole(&path, b"first").unwrap();
        fs::write(path.with_extension("part"), b"somebody's").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read(path.with_extension("part")).unwrap(), b"somebody's");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_is_not_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(WholeFile::create(&folder.path().join("receipt.json")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_known_before() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), b"").unwrap();
        for path in [folder.path().to_owned(), folder.path().join("file/receipt.json")] {
            let Err(error) = WholeFile::create(&path) else { panic!("{} was taken", path.display()) };
            assert!(error.to_string().contains("cannot"), "{error:#}");
        }
    }
}
