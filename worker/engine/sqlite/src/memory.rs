//! A bound on the memory that SQLite takes for one connection.
//!
//! SQLite has one allocator in a process, and a limit for all connections together: whoever reached it would make
//! everybody's statements fail. So its allocator is wrapped. While [`Memory::count`] does something with a connection,
//! whatever SQLite allocates on that thread is counted for it, and refused beyond the bound: SQLite tells its caller
//! then that there is no memory. What it allocates otherwise, on no connection's behalf, is not counted or refused.
//!
//! Nothing is counted for the wrong connection: with the settings it is built with, SQLite shares nothing that it
//! allocates between connections, their page caches and prepared statements included.

use std::{
    cell::Cell,
    ffi::{c_int, c_void},
    ptr::null_mut,
    sync::OnceLock,
};

use rusqlite::ffi;

use crate::RegisterError;

/// SQLite's memory for one connection: how much it is, and may be. It outlives the connection's stay on one thread.
#[derive(Debug)]
pub struct Memory(Count);

#[derive(Debug, Clone, Copy)]
struct Count {
    used: usize,
    most: usize,
    refused: bool,
}

thread_local! {
    /// For whom SQLite allocates on this thread. It needs no destructor, so it is there as long as the thread.
    static COUNT: Cell<Option<Count>> = const { Cell::new(None) };
}

impl Memory {
    /// That of a connection which is not open yet, and may take `most` bytes.
    pub const fn new(most: usize) -> Self {
        Self(Count { used: 0, most, refused: false })
    }

    /// Does `work`, in which SQLite allocates for this connection alone. Within it, the same for another connection
    /// counts for the other one.
    pub fn count<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.0.refused = false;
        let outer = COUNT.replace(Some(self.0));
        let _counting = Counting { memory: self, outer };
        work()
    }

    /// The bytes that are allocated. None, once the connection is closed.
    pub const fn used(&self) -> usize {
        self.0.used
    }

    /// Whether something was refused while [`Memory::count`] did its work last. The connection's transaction may then
    /// not even be rolled back: that takes memory, too.
    pub const fn refused(&self) -> bool {
        self.0.refused
    }
}

/// Ends counting, by a panic too.
struct Counting<'a> {
    memory: &'a mut Memory,
    outer: Option<Count>,
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        if let Some(count) = COUNT.replace(self.outer) {
            self.memory.0 = count;
        }
    }
}

/// Does `work`, in which nothing is refused, but all counted: what has a bound of its own, and may not fail.
pub fn unbounded<T>(work: impl FnOnce() -> T) -> T {
    let _bound = Bound(set_most(usize::MAX));
    work()
}

/// A bound that comes back.
struct Bound(Option<usize>);

impl Drop for Bound {
    fn drop(&mut self) {
        if let Some(most) = self.0 {
            set_most(most);
        }
    }
}

/// Gives the bound before.
fn set_most(most: usize) -> Option<usize> {
    let count = COUNT.get()?;
    COUNT.set(Some(Count { most, ..count }));
    Some(count.most)
}

/// Whether so many bytes more may be allocated.
fn admits(bytes: usize) -> bool {
    let Some(count) = COUNT.get() else { return true };
    let admitted = count.used.checked_add(bytes).is_some_and(|used| used <= count.most);
    if !admitted {
        COUNT.set(Some(Count { refused: true, ..count }));
    }
    admitted
}

/// So many bytes were given back, and so many taken.
fn moved(back: usize, taken: usize) {
    if let Some(count) = COUNT.get() {
        let used = count.used.saturating_sub(back).saturating_add(taken);
        COUNT.set(Some(Count { used, ..count }));
    }
}

/// SQLite's own allocator.
struct Allocator {
    allocate: unsafe extern "C" fn(c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    resize: unsafe extern "C" fn(*mut c_void, c_int) -> *mut c_void,
    size: unsafe extern "C" fn(*mut c_void) -> c_int,
}

/// It is set before SQLite has the functions below.
static INNER: OnceLock<Allocator> = OnceLock::new();

impl Allocator {
    /// The size of an allocation.
    ///
    /// # Safety
    /// It is one of this allocator's, and not given back.
    #[expect(unsafe_code, reason = "SQLite's allocator is functions of C")]
    unsafe fn size(&self, allocation: *mut c_void) -> usize {
        // SAFETY: the caller's promise is all that SQLite asks of who calls this function of its own.
        bytes(unsafe { (self.size)(allocation) })
    }
}

fn bytes(number: c_int) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// Puts the counting allocator in the place of SQLite's own. Only before SQLite is used in this process: it refuses
/// afterwards. Its own count of memory, for which all threads wait for each other, is switched off.
#[expect(unsafe_code, reason = "SQLite's allocator is set by a function of C")]
pub(crate) fn install() -> Result<(), RegisterError> {
    let mut methods = ffi::sqlite3_mem_methods {
        xMalloc: None,
        xFree: None,
        xRealloc: None,
        xSize: None,
        xRoundup: None,
        xInit: None,
        xShutdown: None,
        pAppData: null_mut(),
    };
    // SAFETY: this option takes a pointer to such a structure, which SQLite fills and does not keep. Nobody else uses
    // SQLite meanwhile, as `register` demands.
    done(unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &raw mut methods) })?;
    let (Some(allocate), Some(free), Some(resize), Some(size)) =
        (methods.xMalloc, methods.xFree, methods.xRealloc, methods.xSize)
    else {
        return Err(RegisterError::Refused(ffi::SQLITE_NOTFOUND));
    };
    INNER.set(Allocator { allocate, free, resize, size }).map_err(|_| RegisterError::Twice)?;
    methods.xMalloc = Some(counted_allocate);
    methods.xFree = Some(counted_free);
    methods.xRealloc = Some(counted_resize);
    // SAFETY: this option takes a pointer to such a structure, which SQLite copies. The functions do what SQLite
    // demands of an allocator, as those do which they call; the others are SQLite's own.
    done(unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw mut methods) })?;
    let off: c_int = 0;
    // SAFETY: this option takes a number.
    done(unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, off) })
}

fn done(code: c_int) -> Result<(), RegisterError> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(RegisterError::Refused(code)) }
}

/// Allocates so many bytes; null where that is refused.
#[expect(unsafe_code, reason = "SQLite calls it")]
unsafe extern "C" fn counted_allocate(length: c_int) -> *mut c_void {
    let Some(inner) = INNER.get() else { return null_mut() };
    if !admits(bytes(length)) {
        return null_mut();
    }
    // SAFETY: the length is SQLite's own.
    let found = unsafe { (inner.allocate)(length) };
    if !found.is_null() {
        // SAFETY: it was allocated just now.
        moved(0, unsafe { inner.size(found) });
    }
    found
}

/// Gives an allocation back.
#[expect(unsafe_code, reason = "SQLite calls it")]
unsafe extern "C" fn counted_free(allocation: *mut c_void) {
    let Some(inner) = INNER.get() else { return };
    // SAFETY: SQLite passes what `counted_allocate` or `counted_resize` gave, never null: so the inner allocator did.
    moved(unsafe { inner.size(allocation) }, 0);
    // SAFETY: the same; SQLite does not use it any more.
    unsafe { (inner.free)(allocation) }
}

/// Makes an allocation so long; null, and the allocation as it was, where that is refused.
#[expect(unsafe_code, reason = "SQLite calls it")]
unsafe extern "C" fn counted_resize(allocation: *mut c_void, length: c_int) -> *mut c_void {
    let Some(inner) = INNER.get() else { return null_mut() };
    // SAFETY: SQLite passes what `counted_allocate` or `counted_resize` gave, never null: so the inner allocator did.
    let before = unsafe { inner.size(allocation) };
    if !admits(bytes(length).saturating_sub(before)) {
        return null_mut();
    }
    // SAFETY: the same; the length is SQLite's own, and not 0. Where there is no room, the allocation stays.
    let found = unsafe { (inner.resize)(allocation, length) };
    if !found.is_null() {
        // SAFETY: it was allocated just now.
        moved(before, unsafe { inner.size(found) });
    }
    found
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use rusqlite::{Connection, Error};

    use super::*;
    use crate::tests::{connection, register_once};

    const MOST: usize = 8 << 20;
    /// Needs a text of twelve megabytes, and gives its length.
    const LARGE: &str = "SELECT length(hex(zeroblob(6000000)))";

    /// A connection, with `memory` for all of it.
    fn open(memory: &mut Memory) -> Connection {
        register_once();
        memory.count(connection)
    }

    fn number(connection: &Connection, statement: &str) -> Result<i64, Error> {
        connection.query_row(statement, [], |row| row.get(0))
    }

    fn is_out_of_memory<T>(outcome: Result<T, Error>) -> bool {
        matches!(outcome, Err(Error::SqliteFailure(error, _)) if error.extended_code == ffi::SQLITE_NOMEM)
    }

    #[test]
    fn a_statement_beyond_the_bound_fails_and_nothing_is_left_of_it_or_of_the_connection() {
        let mut memory = Memory::new(MOST);
        let open = open(&mut memory);
        let least = memory.used();
        assert!(least > 10_000 && !memory.refused());
        let outcome = memory.count(|| number(&open, LARGE));
        assert!(is_out_of_memory(outcome) && memory.refused());
        assert!(memory.used() < least + (1 << 20), "{} bytes", memory.used());
        assert_eq!(memory.count(|| number(&open, "SELECT 7")).expect("goes on"), 7);
        assert!(!memory.refused());
        memory.count(|| drop(open));
        assert_eq!(memory.used(), 0);
    }

    #[test]
    fn a_connection_at_its_bound_leaves_the_others_theirs() {
        let (full, held) = (mpsc::channel(), mpsc::channel::<()>());
        let holder = thread::spawn(move || {
            let mut memory = Memory::new(1 << 20);
            let open = open(&mut memory);
            memory.0.most = memory.used();
            let refused = memory.count(|| is_out_of_memory(open.prepare(&format!("SELECT '{}'", "a".repeat(100_000)))));
            full.0.send(refused).expect("somebody waits");
            held.1.recv().expect_err("nothing is sent");
            drop(open);
        });
        assert!(full.1.recv().expect("it is full"));
        let mut memory = Memory::new(64 << 20);
        let open = open(&mut memory);
        assert_eq!(memory.count(|| number(&open, LARGE)).expect("has its own"), 12_000_000);
        drop(held.0);
        holder.join().expect("ends");
    }

    #[test]
    fn what_is_counted_goes_along_to_another_thread() {
        let mut memory = Memory::new(MOST);
        let open = open(&mut memory);
        let memory = thread::spawn(move || {
            memory.count(|| drop(open));
            memory
        });
        assert_eq!(memory.join().expect("ends").used(), 0);
    }

    #[test]
    fn counting_within_counting_is_each_connections_own() {
        let (mut outer, mut inner) = (Memory::new(MOST), Memory::new(MOST));
        let first = open(&mut outer);
        let before = outer.used();
        let second = outer.count(|| open(&mut inner));
        assert_eq!(outer.used(), before);
        inner.count(|| drop(second));
        assert_eq!(inner.used(), 0);
        outer.count(|| drop(first));
        assert_eq!(outer.used(), 0);
    }

    #[test]
    fn nothing_is_refused_that_is_counted_for_nobody_or_has_a_bound_of_its_own() {
        let open = connection();
        assert_eq!(number(&open, LARGE).expect("an answer"), 12_000_000);
        let mut memory = Memory::new(0);
        memory.count(|| drop(open));
        assert_eq!(memory.used(), 0, "what was not counted is not given back");
        let open = memory.count(|| unbounded(connection));
        assert!(memory.used() > 0 && !memory.refused());
        assert!(is_out_of_memory(memory.count(|| number(&open, LARGE))), "the bound is there again");
    }

    #[test]
    fn a_panic_ends_counting() {
        let mut memory = Memory::new(0);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| memory.count(|| panic!("on purpose"))));
        assert!(caught.is_err());
        assert!(COUNT.get().is_none());
    }
}
