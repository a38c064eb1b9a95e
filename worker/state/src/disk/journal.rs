//! What makes a small file durable with one write in place.
//!
//! The journal is a folder of two halves, each a file of [`HALF`] bytes that were all written before, so that a write
//! into it changes nothing but these bytes. [`Journal::create`] writes the file under a name of its own, adds what it
//! holds to the half in use, waits for that half alone, and gives the file its name. When a half is full the other one
//! is used, and the full one is emptied once the file system has everything on the disk. A half that is not empty yet
//! is never written over: until it is, files are put without the journal.
//!
//! ```text
//! half:    magic, 16 bytes │ number, 8 │ generation, 16 │ check, 16 │ records
//! record:  length of the rest, 4 │ kind, 1 │ length of the name, 2 │ name │ bytes │ check, 16
//! ```
//! Integers are little-endian. The number says which half was begun later, the generation is random. A check is the
//! beginning of the SHA-256 of what stands before it, a record's after the half's generation, so that nothing of an
//! earlier use is read. Kind 0: the file of this name holds these bytes. Kind 1: the record of this name whose check
//! these bytes are was not followed by a file, since somebody else had put one of that name.
//!
//! At the next opening a file that is missing, or that has zeros where the disk did not come to write, is written from
//! its record. A file that differs otherwise is left alone, and so is one whose folder is gone. One that was deleted
//! since may come back: a database's log is read from where its manifest says, and cleared again.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::FileExt as _,
    path::{Path as FilePath, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use object_store::{local::LocalFileSystem, path::Path};
use ring::{
    digest,
    rand::{SecureRandom as _, SystemRandom},
};
use rustix::fs::{CWD, RenameFlags};

use super::is_log;

/// The folder, below the one that has the journal.
const FOLDER: &str = "journal";
/// Bytes of a half.
pub const HALF: u64 = 2 << 20;
/// The largest object that goes by way of the journal, in bytes; many commits together may make a larger one.
pub const MAX_OBJECT: usize = 128 << 10;
const MAGIC: &[u8; 16] = b"adyton journal 1";
const CHECK: usize = 16;
const HEADER: usize = 16 + 8 + 16 + CHECK;
/// Bytes of a record before its name.
const FRONT: usize = 4 + 1 + 2;
const FILE: u8 = 0;
const VOID: u8 = 1;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is on the disk.
    Durable,
    /// Nothing was done: it has to be put without the journal.
    Not,
}

/// A folder's journal, which this process alone has.
pub struct Journal {
    folder: PathBuf,
    halves: [Half; 2],
    /// Held while a record is added.
    end: Mutex<End>,
    /// The number of the next temporary file.
    next: AtomicU64,
    /// Set when the disk failed under it, or cannot do what it needs. Files are put without it from then on.
    broken: AtomicBool,
    /// Locked as long as the journal is open.
    _lock: File,
}

/// Where the next record goes.
struct End {
    half: usize,
    offset: u64,
    /// The number that the next half to be begun gets.
    number: u64,
}

struct Half {
    file: File,
    generation: Mutex<[u8; 16]>,
    /// Up to where its records are on the disk.
    synced: Mutex<u64>,
    /// Up to where it has records.
    written: AtomicU64,
    /// Whether it has none that matter.
    empty: AtomicBool,
    /// Read from before a record is added until its file has its name; written while the half is emptied.
    publishing: RwLock<()>,
}

/// A record that was added.
struct Added<'a> {
    half: usize,
    end: u64,
    check: [u8; CHECK],
    _publishing: RwLockReadGuard<'a, ()>,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The file of this name holds these bytes.
    File {
        /// The object's name.
        name: String,
        /// The object.
        bytes: Vec<u8>,
        /// The record's check, which a [`Record::Void`] names.
        check: [u8; CHECK],
    },
    /// The record with this check was not followed by a file.
    Void([u8; CHECK]),
}

/// A half as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Which of two was begun later.
    pub number: u64,
    /// Its records, up to the first that is not whole.
    pub records: Vec<Record>,
}

/// What the bytes of a half say; none, if they are not those of one.
pub fn read(half: &[u8]) -> Option<Found> {
    let (header, mut rest) = half.split_at_checked(HEADER)?;
    let (stated, check) = header.split_at(HEADER - CHECK);
    if !stated.starts_with(MAGIC) || check_of(&[stated]) != *check {
        return None;
    }
    let number = u64::from_le_bytes(stated[16..24].try_into().ok()?);
    let mut records = Vec::new();
    while let Some((record, after)) = take(&stated[24..], rest) {
        records.push(record);
        rest = after;
    }
    Some(Found { number, records })
}

/// The record at the beginning of `bytes`, and what follows it.
fn take<'a>(generation: &[u8], bytes: &'a [u8]) -> Option<(Record, &'a [u8])> {
    let length = u32::from_le_bytes(bytes.first_chunk::<4>().copied()?) as usize;
    let (record, after) = bytes.split_at_checked(length.checked_add(4)?)?;
    let (stated, check) = record.split_last_chunk::<CHECK>()?;
    let named = stated.get(FRONT..)?;
    if check_of(&[generation, stated]) != *check {
        return None;
    }
    let name = u16::from_le_bytes([stated[5], stated[6]]) as usize;
    let (name, body) = named.split_at_checked(name)?;
    let record = match stated[4] {
        FILE => Record::File { name: str::from_utf8(name).ok()?.to_owned(), bytes: body.to_vec(), check: *check },
        VOID => Record::Void(body.try_into().ok()?),
        _ => return None,
    };
    Some((record, after))
}

/// A half as it begins.
fn header(number: u64, generation: &[u8; 16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER);
    out.extend(MAGIC);
    out.extend(number.to_le_bytes());
    out.extend(generation);
    out.extend(check_of(&[&out]));
    out
}

/// A half with these records, each without its length and its check. It is for tests and fuzzing: the journal itself
/// adds one record at a time.
pub fn half(number: u64, generation: [u8; 16], records: &[Vec<u8>]) -> Vec<u8> {
    let checked = |record: &Vec<u8>| {
        let length = u32::try_from(record.len() + CHECK).unwrap_or(u32::MAX).to_le_bytes();
        let check = check_of(&[&generation, &length, record]);
        [&length[..], record, &check].concat()
    };
    header(number, &generation).into_iter().chain(records.iter().flat_map(checked)).collect()
}

/// The record of a file, for [`half`].
pub fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes();
    [&[FILE], &length[..], name.as_bytes(), bytes].concat()
}

/// A record as it is written.
pub(super) fn record(generation: &[u8], kind: u8, name: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    let size = FRONT + name.len() + body.len() + CHECK;
    let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "the object's name or bytes are too many");
    let mut out = Vec::with_capacity(size);
    out.extend(u32::try_from(size - 4).map_err(|_| too_long())?.to_le_bytes());
    out.push(kind);
    out.extend(u16::try_from(name.len()).map_err(|_| too_long())?.to_le_bytes());
    out.extend(name.as_bytes());
    out.extend(body);
    let check = check_of(&[generation, &out]);
    out.extend(check);
    Ok(out)
}

fn check_of(parts: &[&[u8]]) -> [u8; CHECK] {
    let mut hash = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| hash.update(part));
    let mut out = [0; CHECK];
    out.copy_from_slice(&hash.finish().as_ref()[..CHECK]);
    out
}

impl Journal {
    /// The journal below `folder`, whose objects are `files`, after everything in it was written to where it belongs.
    /// None if another process has it, or there is no room for it.
    ///
    /// Fails where what it holds cannot be written: the folder's files are not what was acknowledged.
    pub fn open(folder: &FilePath, files: &LocalFileSystem) -> io::Result<Option<Self>> {
        let own = folder.join(FOLDER);
        fs::create_dir_all(&own)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(own.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            // Some file systems have no locks, and then nobody has a journal.
            Err(fs::TryLockError::Error(error)) => {
                tracing::debug!(%error, "no journal: its folder cannot be locked");
                return Ok(None);
            }
        }
        let number = recover(&own, files)?;
        clear_temporary(&own)?;
        match Self::begin(own, lock, number) {
            Ok(journal) => Ok(Some(journal)),
            Err(error) => {
                tracing::debug!(%error, "no journal: it cannot be made");
                Ok(None)
            }
        }
    }

    fn begin(folder: PathBuf, lock: File, number: u64) -> io::Result<Self> {
        let half = |at: usize| {
            let path = folder.join(at.to_string());
            Half::begin(&path, number.saturating_add(at as u64)).inspect_err(|_| drop(fs::remove_file(&path)))
        };
        let halves = [half(0)?, half(1)?];
        File::open(&folder)?.sync_all()?;
        let end = Mutex::new(End { half: 0, offset: HEADER as u64, number: number.saturating_add(2) });
        let (next, broken) = (AtomicU64::new(0), AtomicBool::new(false));
        Ok(Self { folder, halves, end, next, broken, _lock: lock })
    }

    /// Makes the file at `path`, which is the object `name`, with these bytes. Fails if there is one
    /// ([`io::ErrorKind::AlreadyExists`]), or if the disk fails, and then nobody knows what is on it.
    pub fn create(self: &Arc<Self>, name: &str, path: &FilePath, bytes: &[u8]) -> io::Result<Created> {
        if self.broken.load(Ordering::Acquire) {
            return Ok(Created::Not);
        }
        let temporary = Temporary::write(self.temporary(), bytes)?;
        let Some(added) = self.add(FILE, name, bytes)? else { return Ok(Created::Not) };
        self.sync(&added)?;
        let error = match rustix::fs::renameat_with(CWD, &temporary.0, CWD, path, RenameFlags::NOREPLACE) {
            Ok(()) => {
                temporary.has_its_name();
                return Ok(Created::Durable);
            }
            Err(error) => io::Error::from(error),
        };
        let voided = self.add(VOID, name, &added.check)?;
        match voided {
            Some(voided) => self.sync(&voided)?,
            // The record stands: a later opening must find it followed by a file, or by another one.
            None => self.broken.store(true, Ordering::Release),
        }
        match error.kind() {
            // The first file in its folder.
            io::ErrorKind::NotFound => Ok(Created::Not),
            // The file system cannot do this.
            io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => {
                self.broken.store(true, Ordering::Release);
                Ok(Created::Not)
            }
            _ => Err(error),
        }
    }

    /// Adds a record to the half in use, or to the other one where it does not fit. None if that is not empty yet.
    fn add(self: &Arc<Self>, kind: u8, name: &str, body: &[u8]) -> io::Result<Option<Added<'_>>> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let size = (FRONT + name.len() + body.len() + CHECK) as u64;
        if end.offset + size > HALF {
            let (full, other) = (end.half, 1 - end.half);
            if size > HALF - HEADER as u64 || !self.halves[other].empty.load(Ordering::Acquire) {
                return Ok(None);
            }
            (end.half, end.offset) = (other, HEADER as u64);
            self.empty_later(full, end.number);
            end.number = end.number.saturating_add(1);
        }
        let half = &self.halves[end.half];
        // Nobody waits to empty a half that is in use.
        let publishing = half.publishing.read().unwrap_or_else(PoisonError::into_inner);
        half.empty.store(false, Ordering::Release);
        let generation = *half.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let record = record(&generation, kind, name, body)?;
        half.file.write_all_at(&record, end.offset).inspect_err(|_| self.broken.store(true, Ordering::Release))?;
        end.offset += size;
        half.written.store(end.offset, Ordering::Release);
        let check = record.last_chunk().copied().unwrap_or_default();
        Ok(Some(Added { half: end.half, end: end.offset, check, _publishing: publishing }))
    }

    /// Returns when the record is on the disk: one writes for all who wait.
    fn sync(&self, added: &Added<'_>) -> io::Result<()> {
        let half = &self.halves[added.half];
        let mut synced = half.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced < added.end {
            let written = half.written.load(Ordering::Acquire);
            half.file.sync_data().inspect_err(|_| self.broken.store(true, Ordering::Release))?;
            *synced = written;
        }
        Ok(())
    }

    /// Empties a full half, in a thread of its own. If that fails it is not used again.
    fn empty_later(self: &Arc<Self>, full: usize, number: u64) {
        let journal = Arc::clone(self);
        let empty = move || {
            let half = &journal.halves[full];
            // Every record in it has been followed by its file when this is held.
            let emptied = half.publishing.write().map_err(|_| io::Error::other("a put panicked")).and_then(|_held| {
                sync_all(&journal.folder)?;
                half.renew(number)
            });
            match emptied {
                Ok(()) => half.empty.store(true, Ordering::Release),
                Err(error) => tracing::warn!(%error, "the journal cannot be emptied: commits are slower from now on"),
            }
        };
        if let Err(error) = thread::Builder::new().name("journal".to_owned()).spawn(empty) {
            tracing::warn!(%error, "no thread to empty the journal: commits are slower from now on");
        }
    }

    /// As whoever has added a record to this half and not given its file a name yet.
    #[cfg(test)]
    pub fn publishing(&self, half: usize) -> RwLockReadGuard<'_, ()> {
        self.halves[half].publishing.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn temporary(&self) -> PathBuf {
        self.folder.join(format!("{TEMPORARY}{}", self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Half {
    /// The file at `path`, made if it is not there, without any record.
    fn begin(path: &FilePath, number: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if file.metadata()?.len() != HALF {
            file.set_len(HALF)?;
            let zeros = vec![0; HALF as usize];
            file.write_all_at(&zeros, 0)?;
            file.sync_all()?;
        }
        let half = Self {
            file,
            generation: Mutex::default(),
            synced: Mutex::default(),
            written: AtomicU64::new(HEADER as u64),
            empty: AtomicBool::new(true),
            publishing: RwLock::default(),
        };
        half.renew(number)?;
        Ok(half)
    }

    /// Begins another generation, so that nothing in it counts.
    fn renew(&self, number: u64) -> io::Result<()> {
        let mut generation = [0; 16];
        SystemRandom::new().fill(&mut generation).map_err(|_| io::Error::other("no randomness"))?;
        self.file.write_all_at(&header(number, &generation), 0)?;
        self.file.sync_data()?;
        *self.generation.lock().unwrap_or_else(PoisonError::into_inner) = generation;
        *self.synced.lock().unwrap_or_else(PoisonError::into_inner) = HEADER as u64;
        self.written.store(HEADER as u64, Ordering::Release);
        Ok(())
    }
}

/// How the names of files begin that have no name of their own yet.
const TEMPORARY: &str = "new-";

/// A file that has no name of its own yet; removed if it does not get one.
struct Temporary(PathBuf);

impl Temporary {
    fn write(path: PathBuf, bytes: &[u8]) -> io::Result<Self> {
        let temporary = Self(path);
        fs::write(&temporary.0, bytes)?;
        Ok(temporary)
    }

    fn has_its_name(mut self) {
        self.0 = PathBuf::new();
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // What stays is removed at the next opening.
            let _ = fs::remove_file(&self.0);
        }
    }
}

fn clear_temporary(folder: &FilePath) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Returns when all that was written to the folder's file system is on the disk.
fn sync_all(folder: &FilePath) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// Writes what the halves say and the files do not. Returns the number of the next half to be begun.
fn recover(folder: &FilePath, files: &LocalFileSystem) -> io::Result<u64> {
    let mut halves: Vec<Found> = Vec::new();
    for at in 0..2 {
        halves.extend(found(&folder.join(at.to_string()))?);
    }
    halves.sort_by_key(|half| half.number);
    let next = halves.last().map_or(0, |half| half.number.saturating_add(1));
    let records: Vec<Record> = halves.into_iter().flat_map(|half| half.records).collect();
    let void = |check| records.iter().any(|record| matches!(record, Record::Void(voided) if voided == check));
    let mut restored = 0;
    for record in &records {
        let Record::File { name, bytes, check } = record else { continue };
        if !void(check) && restore(files, name, bytes, &folder.join(format!("{TEMPORARY}restored")))? {
            restored += 1;
        }
    }
    if restored > 0 {
        tracing::info!(files = restored, "wrote files of the state that had not reached the disk");
    }
    if !records.is_empty() {
        sync_all(folder)?;
    }
    Ok(next)
}

/// A half as it lies there; none, if there is none or it is of another size.
fn found(path: &FilePath) -> io::Result<Option<Found>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(HALF + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 == HALF { read(&bytes) } else { None })
}

/// Writes a file if it is missing or did not reach the disk as a whole. Returns whether it was written.
fn restore(files: &LocalFileSystem, name: &str, bytes: &[u8], temporary: &FilePath) -> io::Result<bool> {
    let Ok(location) = Path::parse(name) else { return Ok(false) };
    if !is_log(&location) {
        return Ok(false);
    }
    let path = files.path_to_filesystem(&location).map_err(io::Error::other)?;
    if !path.parent().is_some_and(FilePath::is_dir) {
        return Ok(false);
    }
    match File::open(&path) {
        Ok(file) => {
            let mut there = Vec::new();
            file.take(bytes.len() as u64 + 1).read_to_end(&mut there)?;
            if !is_torn(&there, bytes) {
                return Ok(false);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::write(temporary, bytes)?;
    File::open(temporary)?.sync_all()?;
    fs::rename(temporary, &path)?;
    Ok(true)
}

/// Whether a file is what remains of `whole` where the disk did not come to write all of it.
fn is_torn(there: &[u8], whole: &[u8]) -> bool {
    there.len() <= whole.len()
        && there != whole
        && there.iter().zip(whole).all(|(there, whole)| there == whole || *there == 0)
}
