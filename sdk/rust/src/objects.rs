//! The contract's large objects: contents with names, written and read in parts. Needs the grant `objects`.
//!
//! What a call changes takes effect with its writes. An object may be written in several calls, by its handle; nobody
//! sees it until it is finished. `wit/objects.wit` says every bound and price. To append [`PART`] bytes or a multiple is
//! cheapest; under the default limits a call appends 15 times as many at most.
//!
//! ```no_run
//! # use adyton_sdk::{Error, objects};
//! # fn upload(piece: &[u8]) -> Result<(), Error> {
//! let handle = objects::create("reports/2026.pdf", Some("application/pdf"))?;
//! // In later calls, too:
//! objects::append(handle, piece)?;
//! objects::finish(handle)?;
//!
//! let mut reader = objects::open("reports/2026.pdf")?;
//! while let Some(piece) = reader.next_piece()? {
//!     // … hash it, or give it to who calls
//! }
//! # Ok(())
//! # }
//! ```

pub use crate::bindings::phat::contract::objects::Info;
use crate::{Error, bindings::phat::contract::objects};

/// Bytes of the parts in which contents are stored.
pub const PART: usize = 262_144;

/// The most bytes that are read at once.
const MAX_READ: u32 = 1 << 20;

/// Begins an object that will be called `name`, and gives its handle.
pub fn create(name: &str, content_type: Option<&str>) -> Result<u64, Error> {
    objects::create(name, content_type)
}

/// Adds to the end of an unfinished object, and gives the size that it has then; `Error::NotFound` if there is none of
/// this handle. To add nothing tells the size.
pub fn append(handle: u64, content: &[u8]) -> Result<u64, Error> {
    objects::append(handle, content)
}

/// Makes an unfinished object visible under its name, in the place of one that has this name.
pub fn finish(handle: u64) -> Result<(), Error> {
    objects::finish(handle)
}

/// Removes an unfinished object, if there is one of this handle.
pub fn discard(handle: u64) -> Result<(), Error> {
    objects::discard(handle)
}

/// Removes the object called `name`, if there is one.
pub fn remove(name: &str) -> Result<(), Error> {
    objects::remove(name)
}

/// What is known of the object called `name`.
pub fn stat(name: &str) -> Result<Option<Info>, Error> {
    objects::stat(name)
}

/// At most 1 MiB of the object called `name`, from `offset` on; fewer bytes where it ends before. `Error::NotFound` if
/// there is none.
pub fn read(name: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
    objects::read(name, offset, length)
}

/// Up to `limit` (at most 1000) objects whose names begin with `prefix`, after the name `after`. Fewer come only where
/// there are no more.
pub fn finished(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<Info>, Error> {
    objects::finished(prefix, after, limit)
}

/// Up to `limit` (at most 1000) unfinished objects, after the handle `after`. Fewer come only where there are no more.
pub fn unfinished(after: Option<u64>, limit: u32) -> Result<Vec<Info>, Error> {
    objects::unfinished(after, limit)
}

/// Writes a whole object, in the place of one that has this name.
pub fn write(name: &str, content_type: Option<&str>, content: &[u8]) -> Result<(), Error> {
    let handle = create(name, content_type)?;
    append(handle, content)?;
    finish(handle)
}

/// The object called `name`, to be read from its beginning; `Error::NotFound` if there is none.
pub fn open(name: &str) -> Result<Reader, Error> {
    let info = stat(name)?.ok_or(Error::NotFound)?;
    Ok(Reader { info, at: 0 })
}

/// Reads an object, piece by piece.
#[derive(Debug)]
pub struct Reader {
    info: Info,
    at: u64,
}

impl Reader {
    /// What is known of the object.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Goes on at this offset.
    pub fn seek(&mut self, offset: u64) {
        self.at = offset;
    }

    /// The next 1 MiB, or less at the end; none behind it.
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.at >= self.info.size {
            return Ok(None);
        }
        let piece = read(&self.info.name, self.at, MAX_READ)?;
        self.at += piece.len() as u64;
        Ok((!piece.is_empty()).then_some(piece))
    }
}
