//! What statements may do: SQLite asks while it compiles one. What is not named here is denied.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// The pragmas that contracts may use: they tell about tables, or keep a number for the contract. The last but one is
/// what `ALTER TABLE` itself asks for where it adds a column with a check.
const PRAGMAS: [&str; 9] = [
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "table_info",
    "table_list",
    "table_xinfo",
    "quick_check",
    "user_version",
];

/// The functions that contracts may use. Those whose name begins with `sqlite_` only SQLite itself can use, for
/// `ALTER TABLE`, as those of [`RENAMES`].
#[rustfmt::skip]
const FUNCTIONS: [&str; 94] = [
    "->", "->>", "abs", "avg", "changes", "char", "coalesce", "concat", "concat_ws", "count", "cume_dist",
    "current_date", "current_time", "current_timestamp", "date", "datetime", "dense_rank", "first_value", "format",
    "glob", "group_concat", "hex", "if", "ifnull", "iif", "json", "json_array", "json_array_insert",
    "json_array_length", "json_error_position", "json_extract", "json_insert", "json_object", "json_quote",
    "json_remove", "json_replace", "json_set", "json_type", "json_valid", "jsonb", "jsonb_array", "jsonb_array_insert",
    "jsonb_extract", "jsonb_insert", "jsonb_object", "jsonb_remove", "jsonb_replace", "jsonb_set", "julianday", "lag",
    "last_insert_rowid", "last_value", "lead", "length", "like", "likelihood", "likely", "lower", "max", "min",
    "nth_value", "ntile", "nullif", "octet_length", "percent_rank", "printf", "quote", "raise", "rank", "round",
    "row_number", "sign", "sqlite_add_constraint", "sqlite_drop_column", "sqlite_drop_constraint", "sqlite_fail",
    "sqlite_find_constraint", "strftime", "string_agg", "substr", "substring", "sum", "time", "timediff", "total",
    "total_changes", "typeof", "unhex", "unicode", "unistr", "unixepoch", "unlikely", "upper", "zeroblob",
];

/// How the names of those begin that `ALTER TABLE … RENAME` uses; statements cannot.
const RENAMES: &str = "sqlite_rename_";

/// Names of tables that SQLite may offer by itself: they tell about the file or the program. This build has the first
/// two; the others are named so that no setting of a build can offer them.
const INNER_TABLES: [&str; 6] = ["dbstat", "fts3tokenize", "bytecode", "tables_used", "sqlite_stmt", "sqlite_dbpage"];

/// Pragmas in the form of tables begin so.
const PRAGMA_TABLES: &str = "pragma_";

/// Tables with what the planner knows begin so. Without `ANALYZE` there are none; nobody makes it read others.
const STATISTICS: &str = "sqlite_stat";

/// What was judged of the statements of one connection.
#[derive(Default)]
pub(super) struct Rulings {
    /// Whether statements are the worker's own.
    pub(super) own: AtomicBool,
    /// Whether something was denied: SQLite does not always say so.
    pub(super) denied: AtomicBool,
}

impl Rulings {
    /// Whether a statement may do what it asks for.
    pub(super) fn judge(&self, asked: &AuthContext<'_>) -> Authorization {
        if is_allowed(&asked.action, self.own.load(Ordering::Relaxed)) {
            return Authorization::Allow;
        }
        self.denied.store(true, Ordering::Relaxed);
        Authorization::Deny
    }
}

fn is_allowed(action: &AuthAction<'_>, own: bool) -> bool {
    match action {
        AuthAction::Select
        | AuthAction::Recursive
        | AuthAction::CreateIndex { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::DropTable { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::DropView { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::AlterTable { .. }
        | AuthAction::Reindex { .. } => true,
        AuthAction::CreateTable { table_name } => is_own(table_name) && is_table(table_name),
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name } => is_own(table_name),
        AuthAction::Read { table_name, .. } => is_table(table_name),
        AuthAction::Function { function_name } => is_function(function_name),
        AuthAction::Pragma { pragma_name, .. } => is_pragma(pragma_name),
        AuthAction::Transaction { .. } => own,
        // Attaching, temporary and virtual tables, analysis, savepoints, and what a later SQLite may add.
        _ => false,
    }
}

/// Whether statements may write there, as far as the name says.
fn is_own(name: &str) -> bool {
    !name.to_ascii_lowercase().starts_with(STATISTICS)
}

/// Whether they may read there.
fn is_table(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    match name.strip_prefix(PRAGMA_TABLES) {
        Some(pragma) => is_pragma(pragma),
        None => !INNER_TABLES.contains(&name.as_str()),
    }
}

fn is_function(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FUNCTIONS.contains(&name.as_str()) || name.starts_with(RENAMES)
}

fn is_pragma(name: &str) -> bool {
    PRAGMAS.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_that_tell_about_the_file_or_the_program_can_be_neither_read_nor_made() {
        for table_name in INNER_TABLES.into_iter().chain(["DbStat", "pragma_database_list"]) {
            let column_name = "";
            assert!(!is_allowed(&AuthAction::Read { table_name, column_name }, false), "{table_name}");
            assert!(!is_allowed(&AuthAction::CreateTable { table_name }, false), "{table_name}");
        }
        for table_name in ["t", "pragma_table_info"] {
            let column_name = "";
            assert!(is_allowed(&AuthAction::Read { table_name, column_name }, false), "{table_name}");
        }
    }
}
