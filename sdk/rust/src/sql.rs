//! The contract's database: SQLite, sealed, and committed with the writes of [`kv`](crate::kv). Needs the grant `sql`.
//!
//! The call is the transaction. Each function takes effect as a whole or not at all, and all of them with the call's
//! answer. `wit/sql.wit` says what the language has, and every bound and price.
//!
//! ```no_run
//! # use adyton_sdk::{Error, sql::{self, Failure}};
//! # fn sign_up(name: &str) -> Result<bool, Error> {
//! sql::execute("CREATE TABLE IF NOT EXISTS people (name TEXT PRIMARY KEY, since INTEGER)", &[])?;
//! match sql::execute("INSERT INTO people VALUES (?, unixepoch())", &[name.into()]) {
//!     Ok(_) => Ok(true),
//!     Err(Failure::Constraint(_)) => Ok(false),
//!     Err(failure) => Err(failure.into()),
//! }
//! # }
//! ```

pub use crate::bindings::phat::contract::sql::{Done, Failure, Rows, Statement, Value};
use crate::{Error, bindings::phat::contract::sql};

/// Carries out one statement and gives its rows. `?` stands for a parameter, in their order.
pub fn query(text: &str, parameters: &[Value]) -> Result<Rows, Failure> {
    sql::query(text, parameters)
}

/// Carries out one statement and says what it did; rows that it gives are dropped.
pub fn execute(text: &str, parameters: &[Value]) -> Result<Done, Failure> {
    sql::execute(text, parameters)
}

/// Carries out at most 1000 statements, in their order, all or none of them.
pub fn batch(statements: &[Statement]) -> Result<Vec<Done>, Failure> {
    sql::batch(statements)
}

impl Statement {
    /// A statement with its parameters.
    pub fn new(text: &str, parameters: impl Into<Vec<Value>>) -> Self {
        Self { text: text.to_owned(), parameters: parameters.into() }
    }
}

impl Rows {
    /// The first value of the first row, if there is one: what a query for one value gives.
    pub fn value(&self) -> Option<&Value> {
        self.rows.first()?.first()
    }
}

impl Value {
    /// The whole number, if it is one.
    pub fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The number, whole or not, if it is one.
    pub fn real(&self) -> Option<f64> {
        match self {
            Self::Real(number) => Some(*number),
            Self::Integer(number) => Some(*number as f64),
            Self::Null | Self::Text(_) | Self::Blob(_) => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The bytes, if it is a blob.
    pub fn blob(&self) -> Option<&[u8]> {
        if let Self::Blob(bytes) = self { Some(bytes) } else { None }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Invalid(text) => Self::Invalid(text),
            Failure::Constraint(text) => Self::Other(format!("a constraint does not hold: {text}")),
            Failure::Denied(text) => Self::Denied(text),
            Failure::Limit(text) => Self::Limit(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_made_of_what_contracts_have_and_read_back() {
        let statement = Statement::new(
            "INSERT INTO t VALUES (?, ?, ?, ?, ?)",
            [Value::from(7_i64), true.into(), "a".into(), b"b".as_slice().into(), None::<f64>.into()],
        );
        let [seven, one, text, blob, null] = statement.parameters.as_slice() else { panic!("five") };
        assert_eq!((seven.integer(), one.integer(), seven.real()), (Some(7), Some(1), Some(7.0)));
        assert_eq!((text.text(), blob.blob(), text.blob()), (Some("a"), Some(&b"b"[..]), None));
        assert_eq!((null, null.real(), Value::from(1.5).real()), (&Value::Null, None, Some(1.5)));
        let rows = Rows { columns: vec!["n".into()], rows: vec![vec![Value::from(3_u32)]] };
        assert_eq!(rows.value().and_then(Value::integer), Some(3));
    }

    #[test]
    fn a_failure_that_is_passed_on_keeps_its_text() {
        let failed = Failure::Constraint("UNIQUE constraint failed: t.a".into());
        let told = Error::Other("a constraint does not hold: UNIQUE constraint failed: t.a".into());
        assert_eq!(Error::from(failed), told);
        assert_eq!(Error::from(Failure::Limit("l".into())), Error::Limit("l".into()));
        assert_eq!(Error::from(Failure::Denied("d".into())), Error::Denied("d".into()));
        assert_eq!(Error::from(Failure::Invalid("i".into())), Error::Invalid("i".into()));
    }
}
