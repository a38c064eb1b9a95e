//! Files that people keep: each is there whole or not at all.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::{Context, Result, anyhow};
use tempfile::NamedTempFile;

/// Writes a file whole or not at all: what it has is on the disk before it gets its name.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut part = part(path)?;
    let written = part.write_all(bytes).and_then(|()| part.as_file().sync_all());
    written
        .and_then(|()| part.persist(path).map(drop).map_err(io::Error::from))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a file's folder, and sees that there is room for a file in it. Nothing else is left there.
pub fn check_place(path: &Path) -> Result<()> {
    part(path).map(drop)
}

/// A file beside `path`, under a name that nobody else uses, which is gone when it is dropped.
fn part(path: &Path) -> Result<NamedTempFile> {
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
    let permissions = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(".adyton-").permissions(permissions).tempfile_in(folder).with_context(cannot)
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
    fn a_place_that_is_checked_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.json");
        check_place(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, b"before").unwrap();
        check_place(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_known_before() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), b"").unwrap();
        for path in [folder.path().to_owned(), folder.path().join("file/receipt.json")] {
            for refused in [check_place(&path), write_whole(&path, b"receipt")] {
                let error = refused.expect_err("it cannot be written");
                assert!(error.to_string().contains("cannot"), "{error:#}");
            }
        }
    }
}
