//! One call's connection: how SQLite is set up, and how statements run and their rows are read.
//!
//! It is opened by the first function of a call that needs it, and closed with the call. Each function is a transaction
//! of its own within the call's, so that it takes effect as a whole or not at all.

use std::{
    cell::Cell,
    mem,
    sync::{Arc, atomic::Ordering},
};

use adyton_sqlite::{Memory, unbounded};
use rusqlite::{
    Connection, OpenFlags, Statement as Prepared,
    config::DbConfig,
    hooks::AuthContext,
    limits::Limit,
    types::{Null, ValueRef},
};

use super::{
    failure::Fail,
    layer::{self, Entered},
    like,
    pages::{Link, Pages, STEPS, SharedPages},
    rules::Rulings,
};
use crate::{
    bindings::phat::contract::sql::{Done, Failure, Rows, Statement, Value},
    host::DatabaseChange,
};

/// Units of work for opening the database.
const OPENING: u64 = 40;
/// The longest statement, in bytes.
const MAX_STATEMENT: usize = 16_384;
/// Bytes of a statement that are one unit of work.
const STATEMENT_UNIT: usize = 32;
/// The most bytes of a query's rows.
const MAX_RESULT: usize = 1 << 20;
/// The most rows of a query.
const MAX_ROWS: usize = 10_000;
/// The most memory that SQLite has for one call: pages of the file, some hundred in all; the journal of a function, which
/// has the pages that it changes; the tables of the schema; and up to two megabytes for each `DISTINCT`, `GROUP BY` or
/// common table of a statement, before they are laid aside. [`BOUNDS`] bound the rest of a statement, not all of it.
const MOST_MEMORY: usize = 64 << 20;
/// The most of it that SQLite may still have after a function that writes. So what the schema takes is bounded as it
/// grows, and later calls have memory to load it, and to drop parts of it.
const MOST_KEPT: usize = 8 << 20;
/// The file's name, which nobody sees.
const FILE: &str = "contract.db";

/// Switches (<https://www.sqlite.org/c3ref/c_dbconfig_defensive.html>): no statement reaches below SQL, and what stands
/// in the schema is trusted no more than a statement.
const SWITCHES: [(DbConfig, bool); 7] = [
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
];

/// Bounds (<https://www.sqlite.org/c3ref/c_limit_attached.html>). That of steps is one of the sizes between which a
/// program grows: what fits has at least 2730 of them. That of patterns is [`like`]'s.
const BOUNDS: [(Limit, i32); 13] = [
    (Limit::SQLITE_LIMIT_LENGTH, 131_072),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 16_384),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20),
    (Limit::SQLITE_LIMIT_VDBE_OP, 4000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 100),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 1000),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    (Limit::SQLITE_LIMIT_SCHEMA, 1000),
    (Limit::SQLITE_LIMIT_TRIGGER_STEPS, 100),
];

/// Settings of a connection. The journal is in memory: it serves only to take back a function that failed, and the
/// call's commit is the store's. What is laid aside goes to [`layer`], which bounds it apart from [`MOST_MEMORY`].
const SETTINGS: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = MEMORY;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -1024;
    PRAGMA cell_size_check = ON;
    PRAGMA max_page_count = 262144;
";

const NO_MEMORY: &str = "the statement needs too much memory";
const SCHEMA_TOO_LARGE: &str = "the database's tables, indexes, views and triggers need too much memory";

/// The contract's database in one call.
pub(crate) struct Database {
    pages: SharedPages,
    connection: Option<Connection>,
    /// What `connection` takes.
    memory: Memory,
    rulings: Arc<Rulings>,
}

/// What came of a function.
pub(super) struct Carried<T> {
    pub(super) outcome: Result<T, Fail>,
    /// Units of work since the call was asked last.
    pub(super) work: u64,
    /// Bytes of pages that the call had not changed before.
    pub(super) changed: u64,
}

impl Database {
    /// A database with so many committed pages.
    pub(super) fn new(committed: u32) -> Self {
        let memory = Memory::new(MOST_MEMORY);
        Self { pages: Arc::new(Pages::new(committed)), connection: None, memory, rulings: Arc::default() }
    }

    /// What the call has changed, if anything. The last thing that is asked.
    pub(crate) fn change(self) -> Option<DatabaseChange> {
        drop(self.connection);
        self.pages.change()
    }

    /// Does `work`, all of it or none, on a thread that may wait. Gives back the place before it returns.
    pub(super) fn carry_out<T>(
        &mut self,
        link: Link,
        budget: u64,
        now_ms: u64,
        work: impl FnOnce(&Session<'_>) -> Result<T, Fail>,
    ) -> Carried<T> {
        let _entered = Entered::new(self.pages.clone(), now_ms);
        self.pages.begin(link, budget);
        self.rulings.denied.store(false, Ordering::Relaxed);
        let outcome = match (self.within_memory(work), self.pages.refused()) {
            // Nobody knows then what SQLite holds to be written.
            (Ok(_), Some(refused)) => Err(Fail::Worker(format!("SQLite went on, though {refused}"))),
            (outcome, _) => outcome,
        };
        let (work, changed) = self.pages.end(outcome.is_ok());
        Carried { outcome, work, changed }
    }

    /// Fails where SQLite needs more memory than it has, whatever it made of that: even to take something back it needs
    /// some. So the connection is closed, the pages are taken back without it, and the next function opens another one.
    fn within_memory<T>(&mut self, work: impl FnOnce(&Session<'_>) -> Result<T, Fail>) -> Result<T, Fail> {
        // What it sets up for all connections is not for this one's memory.
        layer::register().map_err(|error| Fail::Worker(error.to_string()))?;
        let mut memory = mem::replace(&mut self.memory, Memory::new(MOST_MEMORY));
        let wrote = Cell::new(false);
        let outcome = memory.count(|| self.transact(work, &wrote));
        let too_much = if memory.refused() {
            Some(NO_MEMORY)
        } else if outcome.is_ok() && wrote.get() && memory.used() > MOST_KEPT {
            Some(SCHEMA_TOO_LARGE)
        } else {
            None
        };
        if too_much.is_some() {
            memory.count(|| self.connection = None);
        }
        self.memory = memory;
        too_much.map_or(outcome, |reason| Err(Fail::limit(reason)))
    }

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Session<'_>) -> Result<T, Fail>,
        wrote: &Cell<bool>,
    ) -> Result<T, Fail> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let session = Session { connection: &connection, pages: &self.pages, rulings: &self.rulings, wrote };
        self.own(&session, "BEGIN")?;
        let done = work(&session).and_then(|value| self.own(&session, "COMMIT").map(|()| value));
        // Some failures have rolled back already.
        if done.is_err() && !connection.is_autocommit() {
            self.own(&session, "ROLLBACK")?;
        }
        // After a failure of the worker nothing more is asked of this connection.
        self.connection = Some(connection);
        done
    }

    fn own(&self, session: &Session<'_>, statement: &str) -> Result<(), Fail> {
        self.rulings.own.store(true, Ordering::Relaxed);
        let done = session.connection.execute_batch(statement);
        self.rulings.own.store(false, Ordering::Relaxed);
        done.map_err(|error| session.fail(error))
    }

    fn open(&self) -> Result<Connection, Fail> {
        self.pages.spend(OPENING);
        self.set_up().map_err(|error| Fail::of(error, self.pages.refused()))
    }

    fn set_up(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags_and_vfs(FILE, flags, adyton_sqlite::NAME)?;
        for (switch, on) in SWITCHES {
            connection.set_db_config(switch, on)?;
        }
        for (bound, most) in BOUNDS {
            connection.set_limit(bound, most)?;
        }
        connection.execute_batch(SETTINGS)?;
        let pages = self.pages.clone();
        connection.progress_handler(STEPS, Some(move || pages.step()))?;
        let pages = self.pages.clone();
        like::register(&connection, move || !pages.step())?;
        let rulings = self.rulings.clone();
        connection.authorizer(Some(move |asked: AuthContext<'_>| rulings.judge(&asked)))?;
        Ok(connection)
    }
}

/// The connection, within a transaction of it.
pub(super) struct Session<'a> {
    connection: &'a Connection,
    pages: &'a Pages,
    rulings: &'a Rulings,
    /// Whether a statement was one that may write.
    wrote: &'a Cell<bool>,
}

impl Session<'_> {
    /// Carries out one statement and gives its rows.
    pub(super) fn rows(&self, statement: &Statement) -> Result<Rows, Fail> {
        let mut prepared = self.prepare(statement)?;
        // Where SQLite has no memory for a name or a value that it has to change to give it, it gives none at all. Each
        // has a bound of its own.
        let columns: Vec<String> = unbounded(|| prepared.column_names().map(str::to_owned).collect());
        let (mut rows, mut bytes) = (Vec::new(), names_size(&columns));
        let mut found = prepared.raw_query();
        while let Some(row) = found.next().map_err(|error| self.fail(error))? {
            let values =
                (0..columns.len()).map(|at| value(unbounded(|| row.get_ref(at)).map_err(|error| self.fail(error))?));
            let values = values.collect::<Result<Vec<Value>, Fail>>()?;
            bytes += values.iter().map(value_size).sum::<usize>();
            if bytes > MAX_RESULT || rows.len() == MAX_ROWS {
                return Err(Fail::limit(format!("a query gives at most {MAX_RESULT} bytes and {MAX_ROWS} rows")));
            }
            rows.push(values);
        }
        Ok(Rows { columns, rows })
    }

    /// Carries out one statement and says what it did.
    pub(super) fn done(&self, statement: &Statement) -> Result<Done, Fail> {
        let before = self.connection.total_changes();
        let mut prepared = self.prepare(statement)?;
        let mut found = prepared.raw_query();
        while found.next().map_err(|error| self.fail(error))?.is_some() {}
        // The number of changes is that of the last statement which could make some.
        let changes = if self.connection.total_changes() == before { 0 } else { self.connection.changes() };
        Ok(Done { changes, last_rowid: self.connection.last_insert_rowid() })
    }

    fn prepare(&self, statement: &Statement) -> Result<Prepared<'_>, Fail> {
        let Statement { text, parameters } = statement;
        if text.len() > MAX_STATEMENT {
            return Err(Fail::limit(format!("a statement has at most {MAX_STATEMENT} bytes")));
        }
        if text.contains('\0') {
            return Err(Fail::invalid("a statement with a zero byte"));
        }
        self.pages.spend(text.len().div_ceil(STATEMENT_UNIT) as u64);
        let mut prepared = self.connection.prepare(text).map_err(|error| self.fail(error))?;
        if prepared.expanded_sql().is_none() {
            return Err(Fail::invalid("there is no statement"));
        }
        self.wrote.set(self.wrote.get() || !prepared.readonly());
        let expected = prepared.parameter_count();
        if expected != parameters.len() {
            return Err(Fail::invalid(format!("{} parameters where the statement has {expected}", parameters.len())));
        }
        for (place, parameter) in (1_usize..).zip(parameters) {
            bind(&mut prepared, place, parameter).map_err(|error| self.fail(error))?;
        }
        Ok(prepared)
    }

    fn fail(&self, error: rusqlite::Error) -> Fail {
        match Fail::of(error, self.pages.refused()) {
            Fail::Guest(Failure::Invalid(text)) if self.rulings.denied.load(Ordering::Relaxed) => {
                Fail::Guest(Failure::Denied(text))
            }
            other => other,
        }
    }
}

fn bind(prepared: &mut Prepared<'_>, place: usize, parameter: &Value) -> rusqlite::Result<()> {
    match parameter {
        Value::Null => prepared.raw_bind_parameter(place, Null),
        Value::Integer(number) => prepared.raw_bind_parameter(place, number),
        Value::Real(number) => prepared.raw_bind_parameter(place, number),
        Value::Text(text) => prepared.raw_bind_parameter(place, text),
        Value::Blob(bytes) => prepared.raw_bind_parameter(place, bytes),
    }
}

fn value(found: ValueRef<'_>) -> Result<Value, Fail> {
    match found {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Real(number) => Ok(Value::Real(number)),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(Fail::invalid("a text that is not UTF-8; a query can cast it to a blob")),
        },
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
    }
}

/// The bytes of a value, as they are paid for and bounded.
pub(super) fn value_size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Integer(_) | Value::Real(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    }
}

/// The bytes of names and values.
pub(super) fn size(rows: &Rows) -> usize {
    names_size(&rows.columns) + rows.rows.iter().flatten().map(value_size).sum::<usize>()
}

fn names_size(columns: &[String]) -> usize {
    columns.iter().map(String::len).sum()
}
