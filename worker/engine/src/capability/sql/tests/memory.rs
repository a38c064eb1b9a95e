//! SQLite's memory: what needs too much of it fails alone, and what was done before stays.

use super::*;

const NO_MEMORY: &str = "the statement needs too much memory";

/// A query that fills so many caches of SQLite's, of two megabytes each.
fn hungry(caches: u32) -> String {
    let counts: Vec<_> = (0..caches).map(|at| format!("count(DISTINCT {at} || x || hex(zeroblob(60000)))")).collect();
    let counts = counts.join(", ");
    format!("WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 15) SELECT {counts} FROM n")
}

#[test]
fn what_needs_too_much_memory_fails_and_calls_beside_it_go_on() {
    let beside = thread::spawn(|| {
        let mut bench = Bench::new();
        for _ in 0..3 {
            assert_eq!(bench.query(&hungry(10)).expect("has memory of its own").len(), 1);
        }
    });
    let mut bench = Bench::new();
    for _ in 0..3 {
        assert_eq!(limited(bench.query(&hungry(99))).as_deref(), Some(NO_MEMORY));
    }
    assert_eq!(bench.query(&hungry(10)).expect("the call goes on").len(), 1);
    beside.join().expect("no panic");
}

#[test]
fn what_a_function_without_memory_has_done_is_taken_back() {
    let mut bench = Bench::with("CREATE TABLE t (a, b)");
    bench.budget = 16 << 20;
    let fill = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200)
        INSERT INTO t SELECT x, zeroblob(9000) FROM n";
    bench.execute(fill).expect("inserts");
    bench.commit();
    bench.execute("UPDATE t SET a = a + 1 WHERE a <= 100").expect("updates");
    let sum = bench.number("SELECT sum(a) FROM t");
    // More pages than SQLite keeps: some of them are written before the function fails.
    for change in ["UPDATE t SET a = -a, b = hex(b)", "DELETE FROM t", "DROP TABLE t"] {
        assert_eq!(limited(bench.all(&[change, &hungry(99)])).as_deref(), Some(NO_MEMORY), "{change}");
        assert_eq!(bench.number("SELECT sum(a) FROM t"), sum, "{change}");
        assert_eq!(bench.number("SELECT sum(length(b)) FROM t"), 200 * 9000, "{change}");
    }
    bench.commit();
    assert_eq!(bench.number("SELECT sum(a) FROM t"), sum);
    let rows = bench.query("PRAGMA quick_check").expect("rows");
    assert_eq!(shown(&rows), [["'ok'"]]);
}

#[test]
fn a_schema_grows_only_as_far_as_later_calls_can_load_it() {
    let mut bench = Bench::with("CREATE TABLE t (a)");
    bench.budget = 16 << 20;
    let columns = vec![vec!["1"; 70].join("+"); 95].join(",");
    let mut made = 0;
    let refused = loop {
        match bench.execute(&format!("CREATE VIEW v{made} AS SELECT {columns}")) {
            Ok(_) => made += 1,
            outcome => break limited(outcome),
        }
        assert!(made < 480);
    };
    let reason = "the database's tables, indexes, views and triggers need too much memory";
    assert_eq!((refused.as_deref(), made > 10), (Some(reason), true));
    bench.commit();
    assert_eq!(bench.number("SELECT count(*) FROM sqlite_schema"), made + 1);
    assert_eq!(bench.query("SELECT * FROM v0").expect("a row").len(), 1);
    bench.all(&["DROP VIEW v1", "DROP VIEW v2", "INSERT INTO t VALUES (7)"]).expect("there is room again");
    bench.commit();
    assert_eq!(bench.number("SELECT sum(a) FROM t"), 7);
}

#[test]
fn a_schema_of_many_tables_has_room() {
    let mut bench = Bench::new();
    bench.budget = 16 << 20;
    let columns: Vec<_> = (0..30).map(|at| format!("column_{at} INTEGER NOT NULL DEFAULT 0")).collect();
    let columns = columns.join(", ");
    let tables: Vec<_> = (0..300).map(|at| format!("CREATE TABLE table_{at} ({columns})")).collect();
    bench.all(&tables.iter().map(String::as_str).collect::<Vec<_>>()).expect("they are made");
    bench.commit();
    assert_eq!(bench.number("SELECT count(*) FROM table_299"), 0);
}
