//! `sql`: the contract's database. SQLite runs here; its file is pages of the contract's state.
//!
//! SQLite waits where it reads, and a call must not. So each function of the interface runs on a thread of the
//! runtime's pool for what blocks, and asks the call for what it needs: a page of the state, and its turn when it has
//! computed for a while ([`pages::Ask`]). The call pays for what was done, and gives the thread what it asked for. Only
//! one of the two goes on at a time. Where the call is given up, the thread finds nobody to ask, and SQLite stops.
//!
//! Threads that compute have a place ([`crate::places`]), and give it back for the next contract after every few
//! milliseconds: contracts share the places by time, there are about as many as processors, and none has more than a
//! quarter of them. No thread waits for another contract with a place in its hand.
//!
//! | file | holds |
//! |---|---|
//! | `connection` | how SQLite is set up, and how statements run |
//! | `rules` | what statements may do |
//! | `pages` | the file as the call sees it, what was done, and what is asked |
//! | `layer` | SQLite's files: the database, and what it lays aside |
//! | `like` | `LIKE` and `GLOB`, which are paid for |
//! | `failure` | whose failure it is |
//!
//! **What cannot be stopped** is one step of SQLite's machine, and a run of steps without a jump: their time is bounded
//! by the lengths of texts and programs alone. That is why those are short, and why functions are not offered that take
//! the square of a length, or build what is longer than a text may be. `LIKE` and `GLOB` are our own, and stop.
//!
//! **A place is held** while a page is read from the store, if it comes within those few milliseconds: given back, it
//! would have to be waited for again after each page. A slower store has the place given back meanwhile, and makes
//! nobody else wait.

mod connection;
mod failure;
mod layer;
mod like;
mod pages;
mod rules;
#[cfg(test)]
mod tests;

use std::{panic::resume_unwind, pin::pin};

use tokio::{sync::mpsc, task::spawn_blocking, time::timeout};
use wasmtime::{StoreContextMut, component::Linker};

pub(crate) use self::connection::Database;
use self::{
    connection::Session,
    failure::Fail,
    pages::{Ask, Link, MAX_PAGES, NO_WRITES_LEFT, PAGE, SLICE},
};
use super::interface;
use crate::{
    bindings::phat::contract::sql::{Done, Failure, Rows, Statement, Value},
    call::{CallState, charge},
    costs::{self, Cost},
    host::HostFailure,
    places::Place,
};

/// The most statements of `batch`.
const MAX_STATEMENTS: usize = 1000;
/// What failed, where the worker did.
const DATABASE: &str = "the contract's database";

/// What a guest gets: the outer error ends the call, the inner one is the guest's.
type Told<T> = wasmtime::Result<(Result<T, Failure>,)>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut sql = linker.instance(&interface("sql"))?;
    type One = (String, Vec<Value>);
    sql.func_wrap_async("query", |store, (text, parameters): One| {
        Box::new(query(store, Statement { text, parameters }))
    })?;
    sql.func_wrap_async("execute", |store, (text, parameters): One| {
        Box::new(execute(store, Statement { text, parameters }))
    })?;
    sql.func_wrap_async("batch", |store, (statements,): (Vec<Statement>,)| Box::new(batch(store, statements)))
}

async fn query(mut store: StoreContextMut<'_, CallState>, statement: Statement) -> Told<Rows> {
    charge(&mut store, costs::SQL_QUERY.of(size(&statement), 0)).await?;
    let found = carry_out(&mut store, costs::SQL_QUERY, move |session| session.rows(&statement)).await?;
    if let Ok(rows) = &found {
        charge(&mut store, costs::SQL_QUERY.bytes(connection::size(rows))).await?;
    }
    Ok((found,))
}

async fn execute(mut store: StoreContextMut<'_, CallState>, statement: Statement) -> Told<Done> {
    charge(&mut store, costs::SQL_EXECUTE.of(size(&statement), 0)).await?;
    Ok((carry_out(&mut store, costs::SQL_EXECUTE, move |session| session.done(&statement)).await?,))
}

async fn batch(mut store: StoreContextMut<'_, CallState>, statements: Vec<Statement>) -> Told<Vec<Done>> {
    let bytes = statements.iter().map(size).sum();
    charge(&mut store, costs::SQL_BATCH.of(bytes, 0)).await?;
    if statements.len() > MAX_STATEMENTS {
        let reason = format!("{} statements at once; at most {MAX_STATEMENTS}", statements.len());
        return Ok((Err(Failure::Limit(reason)),));
    }
    let all = move |session: &Session<'_>| {
        let numbered = (1_usize..).zip(&statements);
        numbered.map(|(number, each)| session.done(each).map_err(|fail| fail.of_statement(number))).collect()
    };
    Ok((carry_out(&mut store, costs::SQL_BATCH, all).await?,))
}

/// The bytes of a statement and its parameters.
fn size(statement: &Statement) -> usize {
    statement.text.len() + statement.parameters.iter().map(connection::value_size).sum::<usize>()
}

/// Does `work` in the call's database, at the price `cost` for each unit of it: all of it, or none.
async fn carry_out<T, W>(
    store: &mut StoreContextMut<'_, CallState>,
    cost: Cost,
    work: W,
) -> wasmtime::Result<Result<T, Failure>>
where
    T: Send + 'static,
    W: FnOnce(&Session<'_>) -> Result<T, Fail> + Send + 'static,
{
    let call = store.data_mut();
    let (places, contract, now_ms) = (call.databases.clone(), call.context.contract, call.context.now_ms);
    let mut database = match call.database.take() {
        Some(database) => database,
        None => Database::new(committed(call.host.database_pages().await?)?),
    };
    let budget = call.overlay.left();
    let place = || async { places.take(contract).await.map_err(|error| HostFailure::new(DATABASE, error)) };
    let (asks, mut asked) = mpsc::channel(1);
    let link = Link::new(asks, place().await?);
    let job = spawn_blocking(move || {
        let carried = database.carry_out(link, budget, now_ms, work);
        (database, carried)
    });
    while let Some(ask) = asked.recv().await {
        match ask {
            Ask::Page { number, work, place: held, reply } => {
                charge(store, units(cost, work)).await?;
                let read = store.data_mut().host.database_page(number);
                let (page, held) = beside(read, held, place()).await?;
                // Nobody waits any more where SQLite has failed meanwhile: that is told at the end.
                let _ = reply.send((whole(page?)?, held));
            }
            Ask::Pause { work, place: held, reply } => {
                drop(held);
                charge(store, units(cost, work)).await?;
                let _ = reply.send(place().await?);
            }
        }
    }
    let (database, carried) = match job.await {
        Ok(done) => done,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        Err(error) => return Err(HostFailure::new(DATABASE, error).into()),
    };
    charge(store, units(cost, carried.work)).await?;
    let call = store.data_mut();
    call.database = Some(database);
    match carried.outcome {
        // It was held to what was left of the limit.
        Ok(value) => Ok(call.overlay.count(carried.changed as usize).map(|()| value).map_err(|_| limit_of_writes())),
        Err(Fail::Guest(failure)) => Ok(Err(failure)),
        Err(Fail::Worker(reason)) => Err(HostFailure::new(DATABASE, reason).into()),
    }
}

/// What is read, with a place to go on in: the one that is held, or the next one where it takes long. Then others have
/// the first one meanwhile.
async fn beside<T>(
    read: impl Future<Output = T>,
    held: Place,
    next: impl Future<Output = Result<Place, HostFailure>>,
) -> Result<(T, Place), HostFailure> {
    let mut read = pin!(read);
    match timeout(SLICE, read.as_mut()).await {
        Ok(found) => Ok((found, held)),
        Err(_elapsed) => {
            drop(held);
            let found = read.await;
            Ok((found, next.await?))
        }
    }
}

fn limit_of_writes() -> Failure {
    Failure::Limit(NO_WRITES_LEFT.into())
}

/// The fuel for units of work alone.
fn units(cost: Cost, work: u64) -> u64 {
    cost.per_item.saturating_mul(work)
}

/// A number of pages that the database can have.
fn committed(pages: u32) -> Result<u32, HostFailure> {
    if pages <= MAX_PAGES { Ok(pages) } else { Err(HostFailure::new(DATABASE, format!("it has {pages} pages"))) }
}

/// A committed page. One that SQLite never wrote, because it was free at once, is zeros.
fn whole(page: Option<Vec<u8>>) -> Result<Vec<u8>, HostFailure> {
    match page {
        None => Ok(vec![0; PAGE]),
        Some(page) if page.len() == PAGE => Ok(page),
        Some(page) => Err(HostFailure::new(DATABASE, format!("a page has {} bytes", page.len()))),
    }
}
