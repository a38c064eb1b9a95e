//! Files on disk, read within the bound of the verifier.

use std::{fs::File as Opened, io::Read, path::Path};

use adyton_judgement::{Result, file::MAX_FILE_BYTES, misuse};

pub use adyton_judgement::File;

/// Reads all of a file.
///
/// # Errors
/// It cannot be read, or is too long.
pub fn read(path: &Path) -> Result<File> {
    read_or_begin(path)?.bounded()
}

/// Reads all of a file, or of one that is too long so much that this shows.
///
/// # Errors
/// It cannot be read.
pub fn read_or_begin(path: &Path) -> Result<File> {
    let unreadable = |error: std::io::Error| misuse(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let most = MAX_FILE_BYTES as u64 + 1;
    Opened::open(path).map_err(unreadable)?.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(File { path: path.to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_or_too_long_is_bad_use() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(&folder.path().join("none")).unwrap_err().to_string().contains("cannot read"));
        let long = folder.path().join("long");
        Opened::create(&long).unwrap().set_len(2 * MAX_FILE_BYTES as u64).unwrap();
        assert!(read(&long).unwrap_err().to_string().contains("more than"));
        assert_eq!(read_or_begin(&long).unwrap().bytes.len(), MAX_FILE_BYTES + 1);
    }
}
