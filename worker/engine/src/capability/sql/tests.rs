//! The database without a call: the test answers what the thread asks, as a call does.

mod memory;

use std::{collections::BTreeMap, sync::Arc, thread, time::Duration};

use adyton_protocol::ids::ContractId;
use tokio::sync::mpsc;

use super::{connection::Carried, *};
use crate::{places::Places, queue::Rules};

/// The time of each call.
const NOW: u64 = 1_700_000_000_123;

/// A contract's state, and a call on it.
struct Bench {
    pages: u32,
    stored: BTreeMap<u32, Vec<u8>>,
    call: Option<Database>,
    places: Arc<Places>,
    /// Bytes that the call may still change.
    budget: u64,
    /// Units of work after which the call is gone.
    most: u64,
    /// Units of work done.
    work: u64,
}

impl Bench {
    fn new() -> Self {
        let rules = Rules {
            places: 1,
            places_each: 1,
            reserved: 0,
            waiting: usize::MAX,
            waiting_each: usize::MAX,
            first_cost: 1,
        };
        let places = Places::new(rules, Duration::MAX);
        let (pages, stored, call) = (0, BTreeMap::new(), None);
        Self { pages, stored, call, places, budget: 4 << 20, most: u64::MAX, work: 0 }
    }

    /// One with this table.
    fn with(table: &str) -> Self {
        let mut bench = Self::new();
        bench.execute(table).expect("a table");
        bench
    }

    fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Session<'_>) -> Result<T, Fail> + Send + 'static,
    ) -> Result<T, Fail> {
        let place = || futures::executor::block_on(self.places.take(ContractId([1; 32]))).expect("a place");
        let (asks, mut asked) = mpsc::channel(1);
        let (link, budget) = (Link::new(asks, place()), self.budget);
        let mut database = self.call.take().unwrap_or_else(|| Database::new(self.pages));
        let job = thread::spawn(move || {
            let carried = database.carry_out(link, budget, NOW, work);
            (database, carried)
        });
        while let Some(ask) = asked.blocking_recv() {
            self.work += match &ask {
                Ask::Page { work, .. } | Ask::Pause { work, .. } => *work,
            };
            if self.work > self.most {
                break;
            }
            // Nobody waits where SQLite has failed meanwhile.
            let _ = match ask {
                Ask::Page { number, place: held, reply, .. } => {
                    reply.send((whole(self.stored.get(&number).cloned()).expect("a page"), held)).is_ok()
                }
                Ask::Pause { place: held, reply, .. } => {
                    drop(held);
                    reply.send(place()).is_ok()
                }
            };
        }
        drop(asked);
        let (database, Carried { outcome, work, changed }) = job.join().expect("no panic");
        self.work += work;
        self.budget -= changed;
        self.call = Some(database);
        outcome
    }

    fn query(&mut self, text: &str) -> Result<Vec<Vec<Value>>, Fail> {
        self.query_with(text, Vec::new())
    }

    fn query_with(&mut self, text: &str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>, Fail> {
        let statement = Statement { text: text.into(), parameters };
        self.run(move |session| session.rows(&statement)).map(|rows| rows.rows)
    }

    fn execute(&mut self, text: &str) -> Result<Done, Fail> {
        self.execute_with(text, Vec::new())
    }

    fn execute_with(&mut self, text: &str, parameters: Vec<Value>) -> Result<Done, Fail> {
        let statement = Statement { text: text.into(), parameters };
        self.run(move |session| session.done(&statement))
    }

    /// Statements as `batch` carries them out.
    fn all(&mut self, texts: &[&str]) -> Result<Vec<Done>, Fail> {
        let statement = |text: &&str| Statement { text: (*text).into(), parameters: Vec::new() };
        let statements: Vec<_> = texts.iter().map(statement).collect();
        self.run(move |session| statements.iter().map(|each| session.done(each)).collect())
    }

    fn number(&mut self, text: &str) -> i64 {
        match self.query(text).expect("an answer").as_slice() {
            [row] => match row.as_slice() {
                [Value::Integer(number)] => *number,
                other => panic!("no number but {other:?}"),
            },
            other => panic!("no row but {other:?}"),
        }
    }

    /// The call answers: what it changed is committed, and the next one begins. Gives how many pages that were.
    fn commit(&mut self) -> usize {
        let Some(change) = self.call.take().and_then(Database::change) else { return 0 };
        let changed = change.written.len();
        self.pages = change.pages;
        self.stored.extend(change.written);
        changed
    }

    /// The call fails, and the next one begins.
    fn drop_call(&mut self) {
        self.call = None;
    }
}

/// Values in words: the generated type has no equality.
fn shown(rows: &[Vec<Value>]) -> Vec<Vec<String>> {
    let value = |value: &Value| match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(bytes) => format!("{bytes:?}"),
    };
    rows.iter().map(|row| row.iter().map(value).collect()).collect()
}

fn invalid<T>(outcome: Result<T, Fail>) -> bool {
    matches!(outcome, Err(Fail::Guest(Failure::Invalid(_))))
}

fn denied<T>(outcome: Result<T, Fail>) -> bool {
    matches!(outcome, Err(Fail::Guest(Failure::Denied(_))))
}

fn limited<T>(outcome: Result<T, Fail>) -> Option<String> {
    match outcome {
        Err(Fail::Guest(Failure::Limit(text))) => Some(text),
        _ => None,
    }
}

fn worker_failed<T>(outcome: Result<T, Fail>) -> bool {
    matches!(outcome, Err(Fail::Worker(_)))
}

#[test]
fn a_call_sees_what_it_wrote_and_later_ones_see_what_was_committed() {
    let mut bench = Bench::with("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
    let done = bench.execute("INSERT INTO t (b) VALUES ('x'), ('y')").expect("inserts");
    assert_eq!((done.changes, done.last_rowid), (2, 2));
    assert_eq!(bench.number("SELECT count(*) FROM t"), 2);
    assert!(bench.commit() >= 2);
    assert_eq!(bench.number("SELECT count(*) FROM t"), 2);
    assert_eq!(bench.commit(), 0, "a call that reads changes nothing");
    let done = bench.execute("UPDATE t SET b = 'z' WHERE a = 1").expect("updates");
    assert_eq!((done.changes, done.last_rowid), (1, 0));
    bench.drop_call();
    let rows = bench.query("SELECT b FROM t ORDER BY a").expect("rows");
    assert_eq!(shown(&rows), [["'x'"], ["'y'"]]);
    let done = bench.execute("CREATE TABLE u (a)").expect("makes a table");
    assert_eq!(done.changes, 0);
}

#[test]
fn values_of_every_type_come_back_as_they_were() {
    let mut bench = Bench::with("CREATE TABLE t (a, b, c, d, e)");
    let values = || {
        let blob = Value::Blob(vec![0, 255]);
        vec![Value::Null, Value::Integer(i64::MIN), Value::Real(0.1), Value::Text("a\0é".into()), blob]
    };
    bench.execute_with("INSERT INTO t VALUES (?, ?, ?, ?, ?)", values()).expect("inserts");
    let rows = bench.query("SELECT * FROM t").expect("rows");
    assert_eq!(shown(&rows), shown(&[values()]));
    assert_eq!(shown(&rows), [["null", "-9223372036854775808", "0.1", "'a\0é'", "[0, 255]"]]);
    let rows = bench.query_with("SELECT ?1 IS NULL", vec![Value::Real(f64::NAN)]).expect("rows");
    assert_eq!(shown(&rows), [["1"]]);
}

#[test]
fn what_the_language_offers_works() {
    let mut bench = Bench::new();
    for text in [
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT DEFAULT CURRENT_TIMESTAMP, c REAL CHECK (c IS NULL OR c > 0))",
        "CREATE TABLE child (t INTEGER REFERENCES t (a) ON DELETE CASCADE, g INTEGER GENERATED ALWAYS AS (t + 1))",
        "CREATE UNIQUE INDEX i ON t (b, c)",
        "CREATE VIEW v AS SELECT a, json_object('b', b) AS j FROM t",
        "CREATE TABLE log (a INTEGER) STRICT",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END",
        "INSERT INTO t (a, c) VALUES (1, 0.5) ON CONFLICT (a) DO UPDATE SET c = c + excluded.c",
        "INSERT INTO t (b) VALUES ('b') RETURNING a",
        "INSERT INTO child VALUES (2)",
        "REPLACE INTO t VALUES (3, 'x', 1)",
        "ALTER TABLE t ADD COLUMN d INTEGER CHECK (d > 0)",
        "ALTER TABLE t RENAME COLUMN d TO e",
        "ALTER TABLE t DROP COLUMN e",
        "ALTER TABLE log RENAME TO book",
        "SELECT a, row_number() OVER (ORDER BY a), sum(c) OVER () FROM t WHERE b LIKE 'x%' OR b GLOB '*'",
        "SELECT value FROM json_each('[1, 2]') UNION ALL SELECT j ->> 'b' FROM v ORDER BY 1",
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10) SELECT group_concat(x) FROM n",
        "SELECT strftime('%Y', 'now'), printf('%05d', 7), upper(hex(x'ab')), round(1.5), coalesce(NULL, 1)",
        "PRAGMA table_info(t)",
        "PRAGMA user_version = 3",
        "REINDEX i",
        "EXPLAIN QUERY PLAN SELECT * FROM t",
        "DROP TRIGGER r",
        "DROP VIEW v",
        "DROP INDEX i",
        "DELETE FROM t WHERE a = 2",
    ] {
        let outcome = bench.query(text);
        assert!(outcome.is_ok(), "{text}: {outcome:?}");
    }
    assert_eq!(bench.number("SELECT count(*) FROM child"), 0, "foreign keys are enforced");
    assert_eq!(bench.number("SELECT count(*) FROM book"), 3, "triggers run");
    bench.commit();
    assert_eq!(bench.number("PRAGMA user_version"), 3);
}

#[test]
fn now_is_the_time_of_the_call() {
    let mut bench = Bench::new();
    assert_eq!(bench.number("SELECT unixepoch()"), 1_700_000_000);
    let rows = bench.query("SELECT strftime('%s.%f', 'now'), CURRENT_TIMESTAMP").expect("rows");
    assert_eq!(shown(&rows), [["'1700000000.20.123'", "'2023-11-14 22:13:20'"]]);
}

#[test]
fn what_contracts_may_not_do_is_denied() {
    let mut bench = Bench::with("CREATE TABLE t (a)");
    for text in [
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT s",
        "RELEASE s",
        "ATTACH ':memory:' AS other",
        "ATTACH 'contract.db' AS other",
        "DETACH main",
        "ANALYZE",
        "ANALYZE t",
        "CREATE TEMP TABLE u (a)",
        "CREATE TEMP VIEW u AS SELECT 1",
        "CREATE VIRTUAL TABLE u USING fts5 (a)",
        "CREATE VIRTUAL TABLE u USING rtree (a, b, c)",
        "PRAGMA journal_mode = WAL",
        "PRAGMA journal_mode",
        "PRAGMA page_size = 512",
        "PRAGMA writable_schema = ON",
        "PRAGMA trusted_schema = ON",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA temp_store_directory = '/'",
        "PRAGMA hard_heap_limit = 1",
        "PRAGMA mmap_size = 1000000",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM pragma_compile_options",
        "SELECT * FROM dbstat",
        "SELECT random()",
        "SELECT RANDOMBLOB(4)",
        "CREATE TABLE u (a DEFAULT (Random()))",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT sqlite_version()",
        "SELECT instr('a', 'b')",
        "SELECT replace('a', 'b', 'c')",
        "SELECT trim('a', 'b')",
        "SELECT ltrim('a', 'b')",
        "SELECT rtrim('a', 'b')",
        "SELECT json_patch('{}', '{}')",
        "SELECT json_group_array(a) FROM t",
        "SELECT json_group_object('a', a) FROM t",
        "SELECT jsonb_group_array(a) FROM t",
        "SELECT jsonb_group_object('a', a) FROM t",
        "SELECT json_pretty('{}')",
        "CREATE TABLE dbstat (a)",
        "CREATE TABLE tables_used (a)",
    ] {
        let outcome = bench.query(text);
        assert!(denied(outcome), "{text}");
    }
    assert!(invalid(bench.execute("VACUUM")));
    assert!(bench.execute("INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 0, '')").is_err());
    assert_eq!(bench.number("SELECT count(*) FROM t"), 0, "the call goes on");
}

#[test]
fn a_statement_that_is_none_or_does_not_fit_is_invalid() {
    let mut bench = Bench::with("CREATE TABLE t (a)");
    for text in [
        "",
        "-- nothing",
        "SELEC 1",
        "SELECT 1; SELECT 2",
        "SELECT 1\0",
        "SELECT * FROM missing",
        "SELECT b FROM t",
        "SELECT \"text\"",
        "SELECT ?",
        "SELECT CAST(x'ff' AS TEXT)",
        "SELECT 1 LIKE printf('%060d', 1)",
    ] {
        let outcome = bench.query(text);
        assert!(invalid(outcome), "{text}");
    }
    assert!(invalid(bench.query_with("SELECT ?", vec![Value::Null, Value::Null])));
    assert!(bench.query("SELECT 1;").is_ok(), "a semicolon at the end is none too many");
    assert!(invalid(bench.query(&format!("SELECT {}1", "1,".repeat(100)))), "too many columns");
    assert!(invalid(bench.query(&format!("SELECT {}1{}", "abs(".repeat(101), ")".repeat(101)))), "too deep");
}

#[test]
fn what_a_function_that_fails_has_done_is_taken_back_and_the_call_goes_on() {
    let mut bench = Bench::with("CREATE TABLE t (a INTEGER UNIQUE)");
    bench.execute("INSERT INTO t VALUES (1)").expect("inserts");
    for conflict in ["ABORT", "FAIL", "ROLLBACK"] {
        let outcome = bench.execute(&format!("INSERT OR {conflict} INTO t VALUES (2), (3), (1)"));
        let Err(Fail::Guest(Failure::Constraint(text))) = outcome else { panic!("{outcome:?}") };
        assert_eq!(text, "UNIQUE constraint failed: t.a");
        assert_eq!(bench.number("SELECT count(*) FROM t"), 1, "{conflict}");
    }
    assert!(invalid(bench.all(&["INSERT INTO t VALUES (5)", "CREATE TABLE u (a)", "INSERT INTO u VALUES (1, 2)"])));
    assert_eq!(bench.number("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), 0);
    assert_eq!(bench.number("SELECT count(*) FROM t"), 1);
    let done = bench.all(&["INSERT INTO t VALUES (5)", "DELETE FROM t"]).expect("both");
    assert_eq!(done.iter().map(|done| done.changes).collect::<Vec<_>>(), [1, 2]);
    let deferred = "CREATE TABLE c (a REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)";
    bench.execute(deferred).expect("a table");
    let outcome = bench.execute("INSERT INTO c VALUES (9)");
    assert!(matches!(outcome, Err(Fail::Guest(Failure::Constraint(_)))), "at the function's end: {outcome:?}");
    assert_eq!(bench.number("SELECT count(*) FROM c"), 0);
}

#[test]
fn a_failure_in_a_batch_says_which_statement_it_is_of() {
    let fail = Fail::Guest(Failure::Constraint("no".into())).of_statement(3);
    assert!(matches!(fail, Fail::Guest(Failure::Constraint(text)) if text == "statement 3: no"));
}

#[test]
fn a_write_beyond_what_the_call_may_write_changes_nothing() {
    let mut bench = Bench::with("CREATE TABLE t (a)");
    bench.budget = 3 * 4104;
    let outcome = bench.execute_with("INSERT INTO t VALUES (?)", vec![Value::Blob(vec![7; 100_000])]);
    assert_eq!(limited(outcome).as_deref(), Some("this call may not write as much"));
    assert_eq!((bench.budget, bench.number("SELECT count(*) FROM t")), (3 * 4104, 0));
    bench.execute("INSERT INTO t VALUES (1)").expect("there is room for that");
    assert_eq!(bench.number("SELECT sum(a) FROM t"), 1);
    assert_eq!(bench.budget, 3 * 4104, "both pages were changed before");
    assert_eq!(bench.commit(), 2);
    let rows = bench.query("PRAGMA quick_check").expect("rows");
    assert_eq!(shown(&rows), [["'ok'"]]);
}

#[test]
fn rows_beyond_what_a_query_gives_are_refused_and_what_it_wrote_is_taken_back() {
    let mut bench = Bench::with("CREATE TABLE t (a)");
    let numbers = |most: u32| format!("WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {most})");
    assert_eq!(bench.query(&format!("{} SELECT x FROM n", numbers(10_000))).expect("rows").len(), 10_000);
    assert!(limited(bench.query(&format!("{} SELECT x FROM n", numbers(10_001)))).is_some());
    assert!(limited(bench.query(&format!("{} SELECT hex(zeroblob(60000)) FROM n", numbers(20)))).is_some());
    let insert = format!("{} INSERT INTO t SELECT x FROM n RETURNING a", numbers(10_001));
    assert!(limited(bench.query(&insert)).is_some());
    assert_eq!(bench.number("SELECT count(*) FROM t"), 0);
    assert!(limited(bench.query("SELECT zeroblob(131073)")).is_some());
    assert!(limited(bench.query(&format!("SELECT '{}'", "a".repeat(16_384)))).is_some());
}

#[test]
fn what_sorting_lays_aside_is_bounded_and_given_back() {
    let mut bench = Bench::new();
    let distinct = |most: u32| {
        format!(
            "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT {most})
            SELECT count(DISTINCT hex(zeroblob(30000)) || x) FROM n"
        )
    };
    let outcome = bench.query(&distinct(1000));
    assert_eq!(limited(outcome).as_deref(), Some("the statement has too much to sort or to group"));
    for _ in 0..3 {
        assert_eq!(bench.number(&distinct(200)), 200, "each has 12 MB to lay aside");
    }
}

#[test]
fn a_statement_without_end_stops_when_nobody_waits_for_it() {
    let mut bench = Bench::new();
    bench.most = 20_000;
    let endless = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    assert!(worker_failed(bench.query(endless)));
    assert!(bench.work > 20_000);
}

#[test]
fn comparing_with_patterns_is_paid_for_and_stops_when_nobody_waits() {
    let mut bench = Bench::new();
    let given = || vec![Value::Text("a".repeat(100_000)), Value::Text(format!("%{}b", "a".repeat(48)))];
    let one = "SELECT ?1 LIKE ?2";
    let rows = bench.query_with(one, given()).expect("rows");
    assert_eq!(shown(&rows), [["0"]]);
    assert!(bench.work > 100_000 * 49 / 8192, "{}", bench.work);
    bench.most = bench.work;
    let many = format!("SELECT char({}0)", "?1 LIKE ?2, ".repeat(80));
    assert!(worker_failed(bench.query_with(&many, given())));
    assert!(bench.work < 40 * 100_000 * 49 / 8192, "{}: not half of them", bench.work);
}

#[test]
fn patterns_are_ours_wherever_sqlite_asks_for_one() {
    let mut bench = Bench::with("CREATE TABLE t (a TEXT CHECK (a LIKE 'x%'), g GENERATED ALWAYS AS (a GLOB 'xy*'))");
    bench.execute("CREATE INDEX i ON t (a LIKE '%z')").expect("an index");
    bench.execute("CREATE VIEW v AS SELECT a FROM t WHERE a LIKE '%z'").expect("a view");
    bench.execute("INSERT INTO t (a) VALUES ('xyz'), ('Xz')").expect("inserts");
    bench.commit();
    let outcome = bench.execute("INSERT INTO t (a) VALUES ('y')");
    assert!(matches!(outcome, Err(Fail::Guest(Failure::Constraint(_)))), "{outcome:?}");
    let rows = bench.query("SELECT a, g FROM t WHERE a IN (SELECT a FROM v) ORDER BY a").expect("rows");
    assert_eq!(shown(&rows), [["'Xz'", "0"], ["'xyz'", "1"]]);
}

#[test]
fn a_list_in_json_is_put_together_from_its_values() {
    let mut bench = Bench::with("CREATE TABLE t (a)");
    bench.execute("INSERT INTO t VALUES (1), ('a\"b'), (NULL)").expect("inserts");
    let rows = bench.query("SELECT '[' || group_concat(json_quote(a)) || ']' FROM t").expect("rows");
    assert_eq!(shown(&rows), [[r#"'[1,"a\"b",null]'"#]]);
}

#[test]
fn the_same_statements_are_the_same_work() {
    let work = || {
        let mut bench = Bench::with("CREATE TABLE t (a, b)");
        for _ in 0..20 {
            bench.execute("INSERT INTO t VALUES (1, hex(zeroblob(5000)))").expect("inserts");
        }
        bench.commit();
        bench.number("SELECT count(DISTINCT a) FROM t");
        bench.work
    };
    let first = work();
    assert!(first > 1000);
    assert_eq!(first, work());
}

#[test]
fn pages_that_no_database_has_are_the_workers_failure() {
    let mut bench = Bench::with("CREATE TABLE t (a)");
    bench.execute("INSERT INTO t VALUES (1)").expect("inserts");
    bench.commit();
    let sound = bench.stored.clone();
    for (page, byte) in [(0, 0xff), (0, 0), (1, 0xff), (1, 0)] {
        bench.stored.insert(page, vec![byte; PAGE]);
        assert!(worker_failed(bench.query("SELECT * FROM t")), "page {page} full of {byte}");
        bench.drop_call();
        bench.stored.clone_from(&sound);
    }
    bench.pages = 1;
    assert!(worker_failed(bench.query("SELECT * FROM t")), "a file that was cut");
    bench.drop_call();
    bench.pages = 2;
    assert_eq!(bench.number("SELECT a FROM t"), 1);
    assert!(whole(Some(vec![0; PAGE - 1])).is_err());
    assert!(committed(MAX_PAGES).is_ok() && committed(MAX_PAGES + 1).is_err());
}

#[test]
fn pages_that_became_free_are_used_again() {
    let mut bench = Bench::new();
    let fill = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50)
        INSERT INTO t SELECT zeroblob(9000) FROM n";
    bench.all(&["CREATE TABLE t (a)", fill, "DROP TABLE t"]).expect("all");
    bench.commit();
    let pages = bench.pages;
    assert!(pages > 100);
    bench.all(&["CREATE TABLE t (a)", fill]).expect("all");
    bench.commit();
    assert_eq!((bench.pages, bench.number("SELECT sum(length(a)) FROM t")), (pages, 450_000));
    let rows = bench.query("PRAGMA quick_check").expect("rows");
    assert_eq!(shown(&rows), [["'ok'"]]);
}

#[test]
fn a_page_that_was_never_written_is_zeros() {
    assert_eq!(whole(None).expect("is none that failed"), vec![0; PAGE]);
}

#[tokio::test]
async fn others_have_the_place_while_a_page_is_long_in_coming_and_only_then() {
    let places = Bench::new().places;
    let [contract, another] = [ContractId([1; 32]), ContractId([2; 32])];
    let place = || async { places.take(contract).await.map_err(|error| HostFailure::new(DATABASE, error)) };
    let held = place().await.expect("the only place");
    let (page, held) = beside(async { 1 }, held, place()).await.expect("reads");
    assert!(futures::poll!(pin!(places.take(another))).is_pending(), "a page that is at hand leaves it where it is");
    let (found, sought) = tokio::sync::oneshot::channel();
    let other = async {
        let _place = places.take(another).await.expect("the place, while the page is sought");
        found.send(page + 1).expect("the page is waited for");
    };
    let both = async { tokio::join!(beside(sought, held, place()), other) };
    let (read, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("nobody waits for ever");
    let (page, held) = read.expect("reads");
    assert_eq!((page, held.contract()), (Ok(2), contract));
}
