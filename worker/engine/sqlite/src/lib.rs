//! SQLite over a file layer of one's own, with a clock of one's own, and with a bound of memory for each connection.
//!
//! **Where it stands.** Below the engine's SQL, whose files are pages of a contract's state. `sqlite-plugin` has the
//! file layer safely, but gives every connection the machine's clock, which a contract must not see; and SQLite bounds
//! the memory of all connections together alone, which one contract could use up. This crate exists because replacing
//! the clock and the allocator, and having SQLite write a number as it does, is unsafe: it is one of the workspace's
//! three crates with unsafe blocks.
//!
//! **What must always hold.** A connection that is opened over the layer reads no other time than the given clock's.
//! What SQLite allocates while [`Memory::count`] works is counted, and not more than its bound.
//!
//! **What it refuses.** A second layer: there is one in a process. One after SQLite was used without it.

mod memory;
mod text;

use std::{
    ffi::{CString, c_int},
    sync::OnceLock,
};

use rusqlite::ffi;
use sqlite_plugin::vfs::{RegisterOpts, Vfs, register_static};

pub use self::{
    memory::{Memory, unbounded},
    text::real_text,
};

/// The layer's name, by which connections are opened over it.
pub const NAME: &str = "adyton";

/// The time, in milliseconds since 1970-01-01 UTC. It is asked on the thread that uses the connection.
pub type Clock = fn() -> i64;

/// The clock of the one layer.
static CLOCK: OnceLock<Clock> = OnceLock::new();

/// The Julian day of 1970-01-01 UTC, in milliseconds: SQLite counts from noon of 24 November 4714 BC, Gregorian.
const UNIX_EPOCH: i64 = 210_866_760_000_000;

/// Why there is no layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// There is one already.
    #[error("SQLite has a file layer already")]
    Twice,
    /// SQLite did not take it, or not the allocator; its result code.
    #[error("SQLite refuses the file layer or the allocator, with code {0}")]
    Refused(i32),
}

/// Makes `layer` the file layer called [`NAME`], whose connections read the time from `clock`, and lets memory be
/// counted. Once in a process, before anything else in it uses SQLite, and not while [`Memory::count`] works: what
/// SQLite allocates to begin with is no connection's.
#[expect(unsafe_code, reason = "sqlite-plugin gives no other way to the clock; see the contracts in it")]
pub fn register(layer: impl Vfs, clock: Clock) -> Result<(), RegisterError> {
    CLOCK.set(clock).map_err(|_| RegisterError::Twice)?;
    memory::install()?;
    let name = CString::new(NAME).expect("the name has no zero byte");
    register_static(name.clone(), layer, RegisterOpts { make_default: false }).map_err(RegisterError::Refused)?;
    // SAFETY: the name is a string that ends with a zero byte. SQLite gives the structure that was registered just now
    // under it, or null.
    let found = unsafe { ffi::sqlite3_vfs_find(name.as_ptr()) };
    // SAFETY: registered structures are never freed. Nobody else looks at this one yet: whoever opens a connection over
    // it by its name does so after this function, which succeeds once, has returned. The new function has the type and
    // the meaning of the old one.
    match unsafe { found.as_mut() } {
        Some(layer) => layer.xCurrentTimeInt64 = Some(current_time),
        None => return Err(RegisterError::Refused(ffi::SQLITE_NOTFOUND)),
    }
    Ok(())
}

/// The time as SQLite counts it: milliseconds of the Julian day.
#[expect(unsafe_code, reason = "SQLite passes a pointer to where the time goes")]
unsafe extern "C" fn current_time(_layer: *mut ffi::sqlite3_vfs, time: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes a pointer to a number of its own, or null; it is written to and not kept.
    match (unsafe { time.as_mut() }, CLOCK.get()) {
        (Some(time), Some(clock)) => {
            *time = clock().saturating_add(UNIX_EPOCH);
            ffi::SQLITE_OK
        }
        (_, _) => ffi::SQLITE_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, sync::LazyLock};

    use rusqlite::{Connection, OpenFlags};
    use sqlite_plugin::{
        flags::{AccessFlags, LockLevel, OpenOpts},
        vars,
        vfs::{VfsHandle, VfsResult},
    };

    use super::*;

    static REGISTERED: LazyLock<Result<(), RegisterError>> = LazyLock::new(|| register(Empty, || 1_700_000_000_123));

    /// What every test of this crate does before it counts.
    pub(super) fn register_once() {
        assert_eq!(*REGISTERED, Ok(()));
    }

    /// One over the layer.
    pub(super) fn connection() -> Connection {
        register_once();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        Connection::open_with_flags_and_vfs("a.db", flags, NAME).expect("opens")
    }

    /// A layer with one empty file, which takes nothing.
    struct Empty;

    struct File;

    impl VfsHandle for File {
        fn readonly(&self) -> bool {
            false
        }

        fn in_memory(&self) -> bool {
            false
        }
    }

    impl Vfs for Empty {
        type Handle = File;

        fn canonical_path<'a>(&self, path: Cow<'a, str>) -> VfsResult<Cow<'a, str>> {
            Ok(path)
        }

        fn open(&self, _path: Option<&str>, _opts: OpenOpts) -> VfsResult<File> {
            Ok(File)
        }

        fn delete(&self, _path: &str) -> VfsResult<()> {
            Ok(())
        }

        fn access(&self, _path: &str, _flags: AccessFlags) -> VfsResult<bool> {
            Ok(false)
        }

        fn file_size(&self, _file: &mut File) -> VfsResult<usize> {
            Ok(0)
        }

        fn truncate(&self, _file: &mut File, _size: usize) -> VfsResult<()> {
            Ok(())
        }

        fn write(&self, _file: &mut File, _offset: usize, _data: &[u8]) -> VfsResult<usize> {
            Err(vars::SQLITE_FULL)
        }

        fn read(&self, _file: &mut File, _offset: usize, _data: &mut [u8]) -> VfsResult<usize> {
            Ok(0)
        }

        fn lock(&self, _file: &mut File, _level: LockLevel) -> VfsResult<()> {
            Ok(())
        }

        fn unlock(&self, _file: &mut File, _level: LockLevel) -> VfsResult<()> {
            Ok(())
        }

        fn check_reserved_lock(&self, _file: &mut File) -> VfsResult<bool> {
            Ok(false)
        }

        fn close(&self, _file: File) -> VfsResult<()> {
            Ok(())
        }
    }

    #[test]
    fn connections_over_the_layer_read_the_given_clock_and_there_is_one_layer() {
        let connection = connection();
        assert_eq!(register(Empty, || 0), Err(RegisterError::Twice));
        let text = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).expect("a row");
        assert_eq!(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"), "2023-11-14 22:13:20.123");
        assert_eq!(text("SELECT current_timestamp"), "2023-11-14 22:13:20");
        let seconds: i64 = connection.query_row("SELECT unixepoch()", [], |row| row.get(0)).expect("a row");
        assert_eq!(seconds, 1_700_000_000);
    }
}
