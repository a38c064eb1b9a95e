//! `fermyon:spin/redis@2.0.0`.

mod session;

use futures::FutureExt as _;
use wasmtime::{
    StoreContextMut,
    component::{Linker, LinkerInstance, Resource},
};

use self::session::{Redis, Reply};
use super::{
    bindings::fermyon::spin::redis::{Error, RedisParameter, RedisResult},
    connection::{self, Held},
    failure::Failure,
};
use crate::call::CallState;

/// The interface.
pub(crate) const INTERFACE: &str = "fermyon:spin/redis@2.0.0";

/// A connection to a server of Redis.
pub type Connection = Held<Redis>;

type Texts = (Resource<Connection>, String, Vec<String>);

pub(crate) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut redis = linker.instance(INTERFACE)?;
    connection::resource::<Redis>(&mut redis)?;
    redis.func_wrap_async("[static]connection.open", |mut store, (address,): (String,)| {
        Box::new(async move { Ok((connection::open::<Redis>(&mut store, &address).await?.map_err(guest_error),)) })
    })?;
    values(&mut redis)?;
    sets(&mut redis)?;
    redis.func_wrap_async(
        "[method]connection.execute",
        |mut store, (this, command, arguments): (Resource<Connection>, String, Vec<RedisParameter>)| {
            Box::new(async move {
                let mut words = vec![command.into_bytes()];
                words.extend(arguments.into_iter().map(|argument| match argument {
                    RedisParameter::Int64(number) => number.to_string().into_bytes(),
                    RedisParameter::Binary(bytes) => bytes,
                }));
                let replies = command_of(&mut store, this, words).await?;
                let results = replies.map(|replies| replies.into_iter().map(result).collect::<Vec<_>>());
                Ok((results.map_err(guest_error),))
            })
        },
    )
}

fn values(redis: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    redis.func_wrap_async(
        "[method]connection.publish",
        |mut store, (this, channel, payload): (Resource<Connection>, String, Vec<u8>)| {
            Box::new(async move {
                let words = vec![b"PUBLISH".to_vec(), channel.into_bytes(), payload];
                let receivers = one(command_of(&mut store, this, words).await?, number);
                Ok((receivers.map(drop),))
            })
        },
    )?;
    redis.func_wrap_async("[method]connection.get", |mut store, (this, key): (Resource<Connection>, String)| {
        Box::new(async move {
            let words = vec![b"GET".to_vec(), key.into_bytes()];
            Ok((one(command_of(&mut store, this, words).await?, value),))
        })
    })?;
    redis.func_wrap_async(
        "[method]connection.set",
        |mut store, (this, key, value): (Resource<Connection>, String, Vec<u8>)| {
            Box::new(async move {
                let words = vec![b"SET".to_vec(), key.into_bytes(), value];
                Ok((one(command_of(&mut store, this, words).await?, status),))
            })
        },
    )?;
    redis.func_wrap_async("[method]connection.incr", |mut store, (this, key): (Resource<Connection>, String)| {
        Box::new(async move {
            let words = vec![b"INCR".to_vec(), key.into_bytes()];
            Ok((one(command_of(&mut store, this, words).await?, number),))
        })
    })?;
    redis.func_wrap_async("[method]connection.del", |mut store, (this, keys): (Resource<Connection>, Vec<String>)| {
        Box::new(async move {
            let words = ["DEL".to_owned()].into_iter().chain(keys).map(String::into_bytes).collect();
            Ok((one(command_of(&mut store, this, words).await?, count),))
        })
    })
}

fn sets(redis: &mut LinkerInstance<'_, CallState>) -> wasmtime::Result<()> {
    for (function, command) in [("sadd", "SADD"), ("srem", "SREM")] {
        let name = format!("[method]connection.{function}");
        redis.func_wrap_async(&name, move |mut store, (this, key, values): Texts| {
            Box::new(async move {
                let words = [command.to_owned(), key].into_iter().chain(values).map(String::into_bytes).collect();
                Ok((one(command_of(&mut store, this, words).await?, count),))
            })
        })?;
    }
    redis.func_wrap_async("[method]connection.smembers", |mut store, (this, key): (Resource<Connection>, String)| {
        Box::new(async move {
            let words = vec![b"SMEMBERS".to_vec(), key.into_bytes()];
            let members = command_of(&mut store, this, words).await?.map_err(guest_error);
            Ok((members.and_then(|members| members.into_iter().map(text).collect::<Result<Vec<_>, _>>()),))
        })
    })
}

/// Runs a command. The outer error ends the call.
async fn command_of(
    store: &mut StoreContextMut<'_, CallState>,
    this: Resource<Connection>,
    words: Vec<Vec<u8>>,
) -> wasmtime::Result<Result<Vec<Reply>, Failure>> {
    let bytes = words.iter().map(|word| session::WORD + word.len()).sum();
    connection::run(store, (this, bytes), move |session: &mut Redis| {
        async move { session.command(&words).await }.boxed()
    })
    .await
}

/// What a command gives that has one reply.
fn one<T>(replies: Result<Vec<Reply>, Failure>, read: fn(Reply) -> Result<T, Error>) -> Result<T, Error> {
    let mut replies = replies.map_err(guest_error)?;
    match (replies.pop(), replies.is_empty()) {
        (Some(reply), true) => read(reply),
        (_, _) => Err(Error::TypeError),
    }
}

fn value(reply: Reply) -> Result<Option<Vec<u8>>, Error> {
    match reply {
        Reply::Nil => Ok(None),
        Reply::Bytes(bytes) => Ok(Some(bytes)),
        Reply::Status(_) | Reply::Number(_) => Err(Error::TypeError),
    }
}

fn status(reply: Reply) -> Result<(), Error> {
    match reply {
        Reply::Status(_) => Ok(()),
        Reply::Nil | Reply::Bytes(_) | Reply::Number(_) => Err(Error::TypeError),
    }
}

fn number(reply: Reply) -> Result<i64, Error> {
    match reply {
        Reply::Number(number) => Ok(number),
        Reply::Nil | Reply::Bytes(_) | Reply::Status(_) => Err(Error::TypeError),
    }
}

fn count(reply: Reply) -> Result<u32, Error> {
    number(reply).and_then(|number| u32::try_from(number).map_err(|_| Error::TypeError))
}

fn text(reply: Reply) -> Result<String, Error> {
    value(reply)?.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(Error::TypeError)
}

fn result(reply: Reply) -> RedisResult {
    match reply {
        Reply::Nil => RedisResult::Nil,
        Reply::Status(text) => RedisResult::Status(text),
        Reply::Number(number) => RedisResult::Int64(number),
        Reply::Bytes(bytes) => RedisResult::Binary(bytes),
    }
}

/// How the contract sees a failure.
fn guest_error(failure: Failure) -> Error {
    match failure {
        Failure::Address(_) => Error::InvalidAddress,
        Failure::TooMany => Error::TooManyConnections,
        Failure::Server(text) if text.starts_with("WRONGTYPE") || text.contains("not an integer") => Error::TypeError,
        other @ (Failure::Server(_)
        | Failure::Denied(_)
        | Failure::Limit(_)
        | Failure::TooLarge(_)
        | Failure::Unavailable(_)
        | Failure::Timeout
        | Failure::Closed
        | Failure::Nonsense(_)
        | Failure::Parameter(_)
        | Failure::Value(_)) => Error::Other(other.to_string()),
    }
}
