//! SQL from a contract, in the real SQLite, on a database that an earlier call left.

use std::sync::{Arc, LazyLock, Mutex};

use adyton_engine::{Ending, Engine, EngineConfig, Module};
use adyton_protocol::manifest::{Limits, Manifest};

use crate::{
    host::{ANSWER_NOTHING, Database, MemoryHost, compile, context, manifest, request, wat},
    server::RUNTIME,
};

/// What the guest takes at most: it has one page of memory.
const MAX_TEXT: usize = 20_000;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(EngineConfig { concurrent_calls: 2, ..EngineConfig::default() }).expect("an engine starts")
});

/// A contract that carries out what it is sent, and answers whatever came of it.
static MODULE: LazyLock<Module> = LazyLock::new(|| {
    let import = r#"(import "phat:contract/sql@0.1.0" "execute" (func $execute (param i32 i32 i32 i32 i32)))"#;
    let execute =
        "(call $execute (local.get 6) (local.get 7) (i32.const 0) (i32.const 0) (global.get $ignored))".to_owned();
    let limits = Limits { fuel: 21_000_000, wall_ms: 5_000, ..Limits::default() };
    compile(&ENGINE, &wat(import, &(execute + ANSWER_NOTHING)), &Manifest { limits, ..manifest() })
});

/// A database with a table, an index, a view and a trigger, and a few rows.
static DATABASE: LazyLock<Database> = LazyLock::new(|| {
    let host = MemoryHost::default();
    for statement in [
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c UNIQUE)",
        "CREATE INDEX i ON t (b)",
        "CREATE VIEW v AS SELECT a, json_object('b', b) AS j FROM t",
        "CREATE TRIGGER r AFTER DELETE ON t BEGIN INSERT INTO t (b) VALUES ('again'); END",
        "INSERT INTO t (b, c) VALUES ('x', 1), ('y', 2.5), (NULL, x'00ff')",
    ] {
        assert!(carry_out(&host, statement), "{statement}");
    }
    host.database.lock().expect("nobody panics with the lock").clone()
});

/// Any text as a statement: it is carried out, refused or ended by a limit, and the next call finds a database.
pub fn sql_statement(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.len() > MAX_TEXT {
        return;
    }
    let host = MemoryHost { database: Arc::new(Mutex::new(DATABASE.clone())), ..MemoryHost::default() };
    carry_out(&host, text);
    assert!(carry_out(&host, "SELECT count(*) FROM sqlite_schema"), "the database can be read");
}

/// Whether the call was answered; what it changed is committed then.
fn carry_out(host: &MemoryHost, text: &str) -> bool {
    let call = ENGINE.call(&MODULE, context(), host.clone(), request("POST", "/", text.as_bytes()));
    match RUNTIME.block_on(call).expect("the call begins").ending {
        Ending::Answered(answer) => {
            host.commit(&answer);
            true
        }
        Ending::Exceeded(_) => false,
        other => panic!("{other:?}"),
    }
}

/// Seeds of [`sql_statement`].
pub fn statements() -> Vec<Vec<u8>> {
    [
        "INSERT INTO t (b) SELECT b || 'z' FROM t WHERE a < 3 RETURNING a",
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50) SELECT sum(x) FROM n",
        "UPDATE t SET b = upper(b), c = NULL WHERE a IN (SELECT a FROM v WHERE j LIKE '%x%')",
        "DELETE FROM t WHERE b = 'x' OR c IS NULL",
        "ALTER TABLE t ADD COLUMN d INTEGER CHECK (d > 0) DEFAULT 1",
        "CREATE TABLE u (a REFERENCES t (a) ON DELETE CASCADE, g GENERATED ALWAYS AS (a + 1)) STRICT",
        "SELECT a, row_number() OVER (PARTITION BY b ORDER BY a) FROM t GROUP BY b HAVING count(*) > 0 ORDER BY 2 DESC",
        "SELECT value FROM json_each('[1, {}]'), t WHERE value GLOB '*[0-9]*' UNION SELECT strftime('%s', 'now')",
        "PRAGMA quick_check",
        "ATTACH ':memory:' AS m",
    ]
    .map(Vec::from)
    .to_vec()
}
