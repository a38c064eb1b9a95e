//! The database's file as one call sees it: pages of the committed state, and over them those that the call has
//! written. With it, what was done for the call, and what the thread on which SQLite runs asks of the call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlite_plugin::{vars, vfs::VfsResult};
use tokio::sync::{mpsc, oneshot};

use crate::{host::DatabaseChange, places::Place};

/// Bytes of a page.
pub(super) const PAGE: usize = 4096;
/// The most pages of a database.
pub(super) const MAX_PAGES: u32 = 262_144;
/// The steps of SQLite's machine that are one unit of work.
pub(super) const STEPS: i32 = 50;
/// What a page counts towards the limit of writes.
const COUNTED: u64 = PAGE as u64 + 8;
/// The most bytes that SQLite lays aside.
const MAX_ASIDE: usize = 16 << 20;
/// Units of work for a page that is read.
const READ: u64 = 3;
/// For one that is written.
const WRITTEN: u64 = 20;
/// For how long SQLite computes before it gives its place back, and for how long it has it while a page is read.
pub(super) const SLICE: Duration = Duration::from_millis(4);

pub(super) const NO_WRITES_LEFT: &str = "this call may not write as much";
pub(super) const NO_PAGES_LEFT: &str = "the database has as many pages as it may have";
const NO_ROOM_ASIDE: &str = "the statement has too much to sort or to group";

/// What the thread asks of its call, each with the units of work since it asked last.
pub(super) enum Ask {
    /// A page of the committed state, for which others may have the place meanwhile.
    Page { number: u32, work: u64, place: Place, reply: oneshot::Sender<(Vec<u8>, Place)> },
    /// To go on: it has computed for a while, and gives its place back.
    Pause { work: u64, place: Place, reply: oneshot::Sender<Place> },
}

/// The way from the thread to its call, while one of its functions runs.
pub(super) struct Link {
    asks: mpsc::Sender<Ask>,
    /// None while the call has it.
    place: Option<Place>,
}

impl Link {
    pub(super) fn new(asks: mpsc::Sender<Ask>, place: Place) -> Self {
        Self { asks, place: Some(place) }
    }
}

/// The file. SQLite has it in its hands, and so has the call: never both at a time.
pub(super) struct Pages(Mutex<Inner>);

struct Inner {
    /// Pages of the committed file.
    committed: u32,
    /// Pages of this one.
    size: u32,
    written: BTreeMap<u32, Vec<u8>>,
    /// To take back what the function at hand has written: the size, and what the call had written to each page.
    size_before: u32,
    before: BTreeMap<u32, Option<Vec<u8>>>,
    /// Bytes that the function may still count, and those that it has.
    budget: u64,
    changed: u64,
    /// Bytes laid aside.
    aside: usize,
    work: u64,
    /// What was refused: SQLite knows only that something was.
    refused: Option<&'static str>,
    link: Option<Link>,
}

impl Pages {
    /// A file with so many committed pages.
    pub(super) fn new(committed: u32) -> Self {
        Self(Mutex::new(Inner {
            committed,
            size: committed,
            written: BTreeMap::new(),
            size_before: committed,
            before: BTreeMap::new(),
            budget: 0,
            changed: 0,
            aside: 0,
            work: 0,
            refused: None,
            link: None,
        }))
    }

    /// A function begins, which may change pages of `budget` bytes that the call has not changed yet.
    pub(super) fn begin(&self, link: Link, budget: u64) {
        let mut inner = self.inner();
        (inner.link, inner.budget, inner.changed) = (Some(link), budget, 0);
        inner.size_before = inner.size;
    }

    /// It ends, and what it has written is kept or taken back. Gives the units of work since the thread asked last, and
    /// the bytes that count as written.
    pub(super) fn end(&self, kept: bool) -> (u64, u64) {
        let mut inner = self.inner();
        inner.link = None;
        let before = std::mem::take(&mut inner.before);
        inner.refused = None;
        if !kept {
            // SQLite has rolled it back, and wrote for that: the pages have to be those that it began with.
            for (number, page) in before {
                match page {
                    Some(page) => inner.written.insert(number, page),
                    None => inner.written.remove(&number),
                };
            }
            inner.size = inner.size_before;
            inner.changed = 0;
        }
        (std::mem::take(&mut inner.work), inner.changed)
    }

    /// Adds units of work.
    pub(super) fn spend(&self, work: u64) {
        let mut inner = self.inner();
        inner.work = inner.work.saturating_add(work);
    }

    /// A unit of the machine's steps is done. Gives whether SQLite has to stop.
    pub(super) fn step(&self) -> bool {
        let mut inner = self.inner();
        inner.work = inner.work.saturating_add(1);
        !inner.goes_on()
    }

    /// What was refused in the function at hand.
    pub(super) fn refused(&self) -> Option<&'static str> {
        self.inner().refused
    }

    /// What the call has changed, if anything.
    pub(super) fn change(&self) -> Option<DatabaseChange> {
        let mut inner = self.inner();
        let written = std::mem::take(&mut inner.written);
        (!written.is_empty()).then_some(DatabaseChange { pages: inner.size, written })
    }

    /// The file's length in bytes.
    pub(super) fn length(&self) -> usize {
        self.inner().size as usize * PAGE
    }

    /// Reads within one page; gives how many bytes there were.
    pub(super) fn read(&self, offset: usize, buffer: &mut [u8]) -> VfsResult<usize> {
        let mut inner = self.inner();
        let (page, from) = (offset / PAGE, offset % PAGE);
        let number = u32::try_from(page).map_err(|_| vars::SQLITE_IOERR_READ)?;
        if number >= inner.size {
            return Ok(0);
        }
        let range = from..from.saturating_add(buffer.len());
        inner.work = inner.work.saturating_add(READ);
        let asked;
        let content: &[u8] = match inner.written.get(&number) {
            Some(written) => written,
            // SQLite may write a page before the ones that come before it.
            None if number >= inner.committed => &[0; PAGE],
            None => {
                asked = inner.ask(number).ok_or(vars::SQLITE_IOERR_READ)?;
                &asked
            }
        };
        buffer.copy_from_slice(content.get(range).ok_or(vars::SQLITE_IOERR_READ)?);
        Ok(buffer.len())
    }

    /// Writes one whole page.
    pub(super) fn write(&self, offset: usize, data: &[u8]) -> VfsResult<()> {
        if !offset.is_multiple_of(PAGE) || data.len() != PAGE {
            return Err(vars::SQLITE_IOERR_WRITE);
        }
        let mut inner = self.inner();
        let number = u32::try_from(offset / PAGE).map_err(|_| vars::SQLITE_IOERR_WRITE)?;
        inner.work = inner.work.saturating_add(WRITTEN);
        if number >= MAX_PAGES {
            inner.refused = Some(NO_PAGES_LEFT);
            return Err(vars::SQLITE_FULL);
        }
        // Once a page was refused SQLite writes only to roll back, and all of that is taken back.
        if inner.refused.is_none() && !inner.written.contains_key(&number) {
            if inner.changed + COUNTED > inner.budget {
                inner.refused = Some(NO_WRITES_LEFT);
                return Err(vars::SQLITE_FULL);
            }
            inner.changed += COUNTED;
        }
        let before = inner.written.insert(number, data.to_vec());
        inner.before.entry(number).or_insert(before);
        inner.size = inner.size.max(number + 1);
        Ok(())
    }

    /// Makes the file so long. It never gets shorter than the committed one: nothing that contracts may do frees pages.
    pub(super) fn truncate(&self, length: usize) -> VfsResult<()> {
        let mut inner = self.inner();
        let size = u32::try_from(length / PAGE).map_err(|_| vars::SQLITE_IOERR_TRUNCATE)?;
        if !length.is_multiple_of(PAGE) || size < inner.committed || size > inner.size {
            return Err(vars::SQLITE_IOERR_TRUNCATE);
        }
        for (number, page) in inner.written.split_off(&size) {
            inner.before.entry(number).or_insert(Some(page));
        }
        inner.size = size;
        Ok(())
    }

    /// Bytes were read or written aside.
    pub(super) fn moved_aside(&self, bytes: usize) {
        self.spend(bytes.div_ceil(PAGE) as u64);
    }

    /// Room for what is laid aside and gets longer.
    pub(super) fn lay_aside(&self, bytes: usize) -> VfsResult<()> {
        let mut inner = self.inner();
        let aside = inner.aside.saturating_add(bytes);
        if aside > MAX_ASIDE {
            inner.refused = Some(NO_ROOM_ASIDE);
            return Err(vars::SQLITE_FULL);
        }
        inner.aside = aside;
        Ok(())
    }

    /// It is no longer needed.
    pub(super) fn give_up(&self, bytes: usize) {
        let mut inner = self.inner();
        inner.aside = inner.aside.saturating_sub(bytes);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A committed page; none where the call is gone.
    fn ask(&mut self, number: u32) -> Option<Vec<u8>> {
        let link = self.link.as_mut()?;
        let place = link.place.take()?;
        let (reply, answer) = oneshot::channel();
        let work = std::mem::take(&mut self.work);
        link.asks.blocking_send(Ask::Page { number, work, place, reply }).ok()?;
        let (page, place) = answer.blocking_recv().ok()?;
        link.place = Some(place);
        Some(page)
    }

    /// Whether SQLite may go on. After a while it asks, and waits for its turn.
    fn goes_on(&mut self) -> bool {
        let Some(link) = &mut self.link else { return false };
        if link.asks.is_closed() {
            return false;
        }
        let Some(place) = link.place.take() else { return false };
        if place.held() < SLICE {
            link.place = Some(place);
            return true;
        }
        let (reply, answer) = oneshot::channel();
        let work = std::mem::take(&mut self.work);
        if link.asks.blocking_send(Ask::Pause { work, place, reply }).is_err() {
            return false;
        }
        link.place = answer.blocking_recv().ok();
        link.place.is_some()
    }
}

/// What both have in their hands.
pub(super) type SharedPages = Arc<Pages>;
