//! Local disk as an object store: what is put is on the disk when the put returns.
//!
//! A file that is new, has its bytes on the disk and is found under its name after a power failure costs two
//! transactions of the file system. Each commit makes one such file, of the database's log. So these small files are
//! written without waiting for the disk, and what they hold is added to a [`journal`], which lies there already and
//! takes one write in place. Whoever opens the folder next writes the files that are missing or not whole. All else
//! is `object_store`'s local file system, and so are these files once they are written: nothing reads the journal
//! while the program runs.
//!
//! One process at a time has the journal of a folder. Another that opens the folder meanwhile puts files as
//! `object_store` does, and so does whoever finds no room in the journal, or a file system that cannot publish a file
//! under a name that must not exist.

pub mod journal;
#[cfg(test)]
mod tests;

use std::{fmt, io, ops::Range, path::Path as FilePath, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, local::LocalFileSystem, path::Path,
};

use crate::StateError;
use journal::{Created, Journal};

/// The name of this store in errors.
const STORE: &str = "disk";
/// The folder of a database's log, by which its files are told.
const LOG: &str = "wal";

/// Local disk for [`Store::open`](crate::Store::open), in `folder`, which must exist: every put is on the disk when it
/// returns. Give all stores of a process the same one: only one at a time has the folder's journal.
pub fn local_disk(folder: &FilePath) -> Result<Arc<dyn ObjectStore>, StateError> {
    let files = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
    let journal = match Journal::open(folder, &files) {
        Ok(journal) => journal.map(Arc::new),
        // What the journal of an earlier process holds may be missing from its files: nothing may open without it.
        Err(error) => return Err(failed(error).into()),
    };
    Ok(Arc::new(LocalDisk { files, journal }))
}

/// See the module.
struct LocalDisk {
    files: LocalFileSystem,
    journal: Option<Arc<Journal>>,
}

/// Whether an object is a file of a database's log.
fn is_log(location: &Path) -> bool {
    location.parts().rev().nth(1).is_some_and(|folder| folder.as_ref() == LOG)
}

/// An error of the disk itself. It is found by who asks whether the disk is full.
fn failed(error: io::Error) -> Error {
    Error::Generic { store: STORE, source: Box::new(error) }
}

impl LocalDisk {
    /// Puts a small new file of a log, by way of the journal. None where that cannot be.
    async fn put_log(&self, location: &Path, payload: &PutPayload) -> Result<Option<PutResult>> {
        let Some(journal) = self.journal.clone() else { return Ok(None) };
        let path = self.files.path_to_filesystem(location)?;
        let (name, bytes) = (location.to_string(), Bytes::from(payload.clone()));
        let written = tokio::task::spawn_blocking(move || {
            journal.create(&name, &path, &bytes).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Error::AlreadyExists { path: name, source: Box::new(error) },
                _ => failed(error),
            })
        });
        match written.await?? {
            Created::Durable => Ok(Some(PutResult { e_tag: None, version: None, extensions: Default::default() })),
            Created::Not => Ok(None),
        }
    }
}

impl fmt::Display for LocalDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

impl fmt::Debug for LocalDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalDisk").field("files", &self.files).field("journal", &self.journal.is_some()).finish()
    }
}

#[async_trait]
impl ObjectStore for LocalDisk {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let plain = options.attributes.is_empty() && options.tags.encoded().is_empty();
        let small = payload.content_length() <= journal::MAX_OBJECT;
        if plain
            && small
            && options.mode == PutMode::Create
            && is_log(location)
            && let Some(put) = self.put_log(location, &payload).await?
        {
            return Ok(put);
        }
        self.files.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.files.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.files.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.files.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.files.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.files.rename_opts(from, to, options).await
    }
}
