//! Whether a project's files have changed: by looking at them again.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result, bail};

/// The most files that are looked at.
const MAX_FILES: usize = 20_000;
/// Folders of what tools make, directly in the project's.
const MADE: [&str; 2] = ["build", "target"];
/// Folders of what tools make or fetch, wherever they are.
const MADE_ANYWHERE: [&str; 2] = ["node_modules", "__pycache__"];
/// How the names of files end that are made of the others.
const MADE_FILES: [&str; 3] = [".wasm", ".part", ".deployed.json"];

/// When a file was written, and its length.
type Seen = (Option<SystemTime>, u64);

/// What a project's files were when they were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files(BTreeMap<PathBuf, Seen>);

impl Files {
    /// Looks at the files of the project in `folder`. Hidden ones, and what builds make, are none.
    pub fn of(folder: &Path) -> Result<Self> {
        let made = MADE.map(|name| folder.join(name));
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let inside = look(&folder, &mut files)
                .with_context(|| format!("cannot look at the files in {}", folder.display()))?;
            folders.extend(inside.into_iter().filter(|folder| !made.contains(folder)));
            if files.len() > MAX_FILES {
                bail!("there are more than {MAX_FILES} files in the project's folder");
            }
        }
        Ok(Self(files))
    }
}

/// Adds the files in `folder`, and gives the folders in it.
fn look(folder: &Path, files: &mut BTreeMap<PathBuf, Seen>) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in gone(fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // What a link points to is somebody else's.
        let Some(metadata) = gone(entry.metadata())?.filter(|_| !name.starts_with('.')) else { continue };
        if metadata.is_dir() && !MADE_ANYWHERE.contains(&name.as_ref()) {
            folders.push(entry.path());
        } else if metadata.is_file() && !MADE_FILES.iter().any(|end| name.ends_with(end)) {
            files.insert(entry.path(), (metadata.modified().ok(), metadata.len()));
        }
    }
    Ok(folders)
}

/// None, if it went away while it was looked at: editors write files anew under another name.
fn gone<T>(looked: io::Result<T>) -> io::Result<Option<T>> {
    match looked {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        looked => looked.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_file_that_is_written_made_or_removed_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "src/lib.rs", "a");
        let before = Files::of(folder.path()).unwrap();
        assert_eq!(before, Files::of(folder.path()).unwrap());
        write(folder.path(), "src/lib.rs", "ab");
        let longer = Files::of(folder.path()).unwrap();
        assert_ne!(before, longer);
        write(folder.path(), "src/build/er.rs", "");
        let more = Files::of(folder.path()).unwrap();
        assert_ne!(longer, more);
        fs::remove_file(folder.path().join("src/build/er.rs")).unwrap();
        assert_eq!(longer, Files::of(folder.path()).unwrap());
    }

    #[test]
    fn a_file_of_the_same_length_that_is_newer_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a", "1");
        let before = Files::of(folder.path()).unwrap();
        write(folder.path(), "a", "2");
        let later = SystemTime::now() + std::time::Duration::from_secs(5);
        fs::File::options().write(true).open(folder.path().join("a")).unwrap().set_modified(later).unwrap();
        assert_ne!(before, Files::of(folder.path()).unwrap());
    }

    #[test]
    fn what_a_build_makes_and_what_is_hidden_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let before = Files::of(folder.path()).unwrap();
        for file in [
            "counter.wasm",
            "counter.part",
            "adyton.deployed.json",
            "build/bundle.js",
            "target/release/x",
            "node_modules/x/y.js",
            "src/__pycache__/main.pyc",
            ".git/index",
            ".main.rs.swp",
        ] {
            write(folder.path(), file, "x");
            assert_eq!(before, Files::of(folder.path()).unwrap(), "{file}");
        }
    }
}
