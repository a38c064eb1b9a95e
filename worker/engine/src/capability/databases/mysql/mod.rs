//! `fermyon:spin/mysql@2.0.0`.

mod packet;
mod session;
mod statement;
mod values;

use futures::FutureExt as _;
use wasmtime::component::{Linker, Resource};

use self::session::Mysql;
use super::{
    bindings::fermyon::spin::rdbms_types::{Error, ParameterValue, RowSet},
    connection::{self, Held},
    failure::Failure,
};
use crate::call::CallState;

/// The interface.
pub(crate) const INTERFACE: &str = "fermyon:spin/mysql@2.0.0";

/// A connection to a server of MySQL or MariaDB.
pub type Connection = Held<Mysql>;

type Statement = (Resource<Connection>, String, Vec<ParameterValue>);

pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut mysql = linker.instance(INTERFACE)?;
    connection::resource::<Mysql>(&mut mysql)?;
    mysql.func_wrap_async("[static]connection.open", |mut store, (address,): (String,)| {
        Box::new(async move { Ok((connection::open::<Mysql>(&mut store, &address).await?.map_err(unopened),)) })
    })?;
    mysql.func_wrap_async("[method]connection.query", |mut store, (this, statement, parameters): Statement| {
        Box::new(async move {
            let bytes = statement.len() + values::size(&parameters);
            let rows: Result<RowSet, _> = connection::run(&mut store, (this, bytes), move |session: &mut Mysql| {
                async move { session.query(&statement, &parameters).await }.boxed()
            })
            .await?;
            Ok((rows.map_err(failed),))
        })
    })?;
    mysql.func_wrap_async("[method]connection.execute", |mut store, (this, statement, parameters): Statement| {
        Box::new(async move {
            let bytes = statement.len() + values::size(&parameters);
            let done: Result<(), _> = connection::run(&mut store, (this, bytes), move |session: &mut Mysql| {
                async move { session.execute(&statement, &parameters).await }.boxed()
            })
            .await?;
            Ok((done.map_err(failed),))
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
