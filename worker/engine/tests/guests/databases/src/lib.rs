//! A contract that says to databases outside what its caller asks for.
//!
//! The path names the protocol. Each line of the content is one thing to do, and has one line of the answer, that says
//! what came of it:
//!
//! ```text
//! open ADDRESS             another connection; what follows goes to it
//! close                    the connection is closed
//! query SQL|PARAMETER..    (PostgreSQL, MySQL) and `execute` alike
//! get KEY                  (Redis) and the interface's other functions alike, with spaces between arguments
//! ```
//!
//! A parameter is its case and a value, as in `int32:5`.

mod bindings {
    wit_bindgen::generate!({
        path: "../../../../../wit",
        inline: "
            package test:databases;
            world guest {
                import spin:postgres/postgres@3.0.0;
                import fermyon:spin/mysql@2.0.0;
                import fermyon:spin/redis@2.0.0;
                export phat:contract/service@0.1.0;
            }
        ",
        world: "test:databases/guest",
        generate_all,
    });
}

use std::fmt::Debug;

use bindings::{
    exports::phat::contract::service::{Error, Guest, Request, Response},
    fermyon::spin::{mysql, rdbms_types as rdbms, redis},
    spin::postgres::postgres,
};

struct Databases;

impl Guest for Databases {
    fn handle(request: Request) -> Result<Response, Error> {
        let content = String::from_utf8_lossy(&request.body);
        let lines = content.lines();
        let said: Vec<String> = match request.path.as_str() {
            "/postgres" => run(lines, postgres::Connection::open, on_postgres),
            "/mysql" => run(lines, mysql::Connection::open, on_mysql),
            "/redis" => run(lines, redis::Connection::open, on_redis),
            other => return Err(Error::Invalid(other.to_owned())),
        };
        Ok(Response { status: 200, headers: Vec::new(), body: said.join("\n").into_bytes() })
    }
}

fn run<'a, C, E: Debug>(
    lines: impl Iterator<Item = &'a str>,
    open: fn(&str) -> Result<C, E>,
    on: fn(&C, &str, &str) -> String,
) -> Vec<String> {
    let mut connections = Vec::new();
    let mut said = Vec::new();
    for line in lines {
        let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
        said.push(match what {
            "open" => match open(rest) {
                Ok(connection) => {
                    connections.push(connection);
                    "open".to_owned()
                }
                Err(error) => format!("{error:?}"),
            },
            "close" => connections.pop().is_some().to_string(),
            _other => match connections.last() {
                Some(connection) => on(connection, what, rest),
                None => "no connection".to_owned(),
            },
        });
    }
    said
}

fn on_postgres(connection: &postgres::Connection, what: &str, rest: &str) -> String {
    use postgres::ParameterValue as P;
    let mut parts = rest.split('|');
    let statement = parts.next().unwrap_or_default();
    let parameters: Vec<P> = parts
        .map(|part| match part.split_once(':').unwrap_or((part, "")) {
            ("boolean", value) => P::Boolean(value == "true"),
            ("int8", value) => P::Int8(value.parse().expect("a number")),
            ("int16", value) => P::Int16(value.parse().expect("a number")),
            ("int32", value) => P::Int32(value.parse().expect("a number")),
            ("int64", value) => P::Int64(value.parse().expect("a number")),
            ("float32", value) => P::Floating32(value.parse().expect("a number")),
            ("float64", value) => P::Floating64(value.parse().expect("a number")),
            ("str", value) => P::Str(value.to_owned()),
            ("binary", value) => P::Binary(value.as_bytes().to_vec()),
            ("date", _) => P::Date((2024, 2, 29)),
            ("time", _) => P::Time((1, 2, 3, 4_000)),
            ("datetime", _) => P::Datetime((2024, 2, 29, 1, 2, 3, 4_000)),
            ("timestamp", value) => P::Timestamp(value.parse().expect("a number")),
            (_, _) => P::DbNull,
        })
        .collect();
    match what {
        "query" => match connection.query(statement, &parameters) {
            Ok(set) => format!("{:?} {:?}", columns(set.columns.iter().map(|c| (&c.name, &c.data_type))), set.rows),
            Err(error) => format!("{error:?}"),
        },
        "execute" => format!("{:?}", connection.execute(statement, &parameters)),
        _other => what.to_owned(),
    }
}

fn on_mysql(connection: &mysql::Connection, what: &str, rest: &str) -> String {
    use rdbms::ParameterValue as P;
    let mut parts = rest.split('|');
    let statement = parts.next().unwrap_or_default();
    let parameters: Vec<P> = parts
        .map(|part| match part.split_once(':').unwrap_or((part, "")) {
            ("boolean", value) => P::Boolean(value == "true"),
            ("int8", value) => P::Int8(value.parse().expect("a number")),
            ("int16", value) => P::Int16(value.parse().expect("a number")),
            ("int32", value) => P::Int32(value.parse().expect("a number")),
            ("int64", value) => P::Int64(value.parse().expect("a number")),
            ("uint8", value) => P::Uint8(value.parse().expect("a number")),
            ("uint16", value) => P::Uint16(value.parse().expect("a number")),
            ("uint32", value) => P::Uint32(value.parse().expect("a number")),
            ("uint64", value) => P::Uint64(value.parse().expect("a number")),
            ("float32", value) => P::Floating32(value.parse().expect("a number")),
            ("float64", value) => P::Floating64(value.parse().expect("a number")),
            ("str", value) => P::Str(value.to_owned()),
            ("binary", value) => P::Binary(value.as_bytes().to_vec()),
            (_, _) => P::DbNull,
        })
        .collect();
    match what {
        "query" => match connection.query(statement, &parameters) {
            Ok(set) => format!("{:?} {:?}", columns(set.columns.iter().map(|c| (&c.name, &c.data_type))), set.rows),
            Err(error) => format!("{error:?}"),
        },
        "execute" => format!("{:?}", connection.execute(statement, &parameters)),
        _other => what.to_owned(),
    }
}

fn columns<'a, T: Debug + 'a>(columns: impl Iterator<Item = (&'a String, &'a T)>) -> Vec<String> {
    columns.map(|(name, data_type)| format!("{name}: {data_type:?}")).collect()
}

fn on_redis(connection: &redis::Connection, what: &str, rest: &str) -> String {
    let words: Vec<String> = rest.split(' ').map(str::to_owned).collect();
    let first = words.first().cloned().unwrap_or_default();
    let others = words.get(1..).unwrap_or_default();
    let second = others.first().cloned().unwrap_or_default();
    match what {
        "publish" => format!("{:?}", connection.publish(&first, &second.into_bytes())),
        "get" => format!("{:?}", connection.get(&first)),
        "set" => format!("{:?}", connection.set(&first, &second.into_bytes())),
        "incr" => format!("{:?}", connection.incr(&first)),
        "del" => format!("{:?}", connection.del(&words)),
        "sadd" => format!("{:?}", connection.sadd(&first, others)),
        "srem" => format!("{:?}", connection.srem(&first, others)),
        "smembers" => format!("{:?}", connection.smembers(&first)),
        "execute" => {
            let argument = |word: &String| match word.parse() {
                Ok(number) => redis::RedisParameter::Int64(number),
                Err(_) => redis::RedisParameter::Binary(word.clone().into_bytes()),
            };
            let arguments: Vec<_> = others.iter().map(argument).collect();
            format!("{:?}", connection.execute(&first, &arguments))
        }
        _other => what.to_owned(),
    }
}

bindings::export!(Databases with_types_in bindings);
