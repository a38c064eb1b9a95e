//! `spin:postgres/postgres@3.0.0`.

mod binding;
mod session;
mod values;

use futures::FutureExt as _;
use wasmtime::component::{Linker, Resource};

use self::session::Postgres;
use super::{
    bindings::spin::postgres::postgres::{Error, ParameterValue, RowSet},
    connection::{self, Held},
    failure::Failure,
};
use crate::call::CallState;

/// The interface.
pub(crate) const INTERFACE: &str = "spin:postgres/postgres@3.0.0";

/// A connection to a server of PostgreSQL.
pub type Connection = Held<Postgres>;

type Statement = (Resource<Connection>, String, Vec<ParameterValue>);

pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut postgres = linker.instance(INTERFACE)?;
    connection::resource::<Postgres>(&mut postgres)?;
    postgres.func_wrap_async("[static]connection.open", |mut store, (address,): (String,)| {
        Box::new(async move { Ok((connection::open::<Postgres>(&mut store, &address).await?.map_err(unopened),)) })
    })?;
    postgres.func_wrap_async("[method]connection.query", |mut store, (this, statement, parameters): Statement| {
        Box::new(async move {
            let bytes = statement.len() + values::size(&parameters);
            let rows: Result<RowSet, _> = connection::run(&mut store, (this, bytes), move |session: &mut Postgres| {
                async move { session.query(&statement, &parameters).await }.boxed()
            })
            .await?;
            Ok((rows.map_err(failed),))
        })
    })?;
    postgres.func_wrap_async("[method]connection.execute", |mut store, (this, statement, parameters): Statement| {
        Box::new(async move {
            let bytes = statement.len() + values::size(&parameters);
            let affected: Result<u64, _> = connection::run(&mut store, (this, bytes), move |session: &mut Postgres| {
                async move { session.execute(&statement, &parameters).await }.boxed()
            })
            .await?;
            Ok((affected.map_err(failed),))
        })
    })
}

/// Why there is no connection.
fn unopened(failure: Failure) -> Error {
    Error::ConnectionFailed(failure.to_string())
}

/// Why there is no result.
fn failed(failure: Failure) -> Error {
    let text = failure.to_string();
    match failure {
        Failure::Server(_) => Error::QueryFailed(text),
        Failure::Parameter(_) => Error::BadParameter(text),
        Failure::Value(_) => Error::ValueConversionFailed(text),
        Failure::Unavailable(_) | Failure::Closed => Error::ConnectionFailed(text),
        Failure::Address(_)
        | Failure::Denied(_)
        | Failure::TooMany
        | Failure::Limit(_)
        | Failure::TooLarge(_)
        | Failure::Timeout
        | Failure::Nonsense(_) => Error::Other(text),
    }
}
