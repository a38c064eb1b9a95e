//! `wasi:io/error` and `wasi:io/streams`: bytes that are there already, and bounded places for bytes. No stream of a
//! call ever has to wait.

use bytes::Bytes;
use wasmtime::component::{Linker, Resource};

use super::{
    bindings::wasi::{http::types::ErrorCode, io::streams::StreamError},
    body::Buffer,
    cli::Output,
    interface::{Interface, Reply, reply, reply_bytes, trap},
    poll::{self, Wait},
};
use crate::{call::CallState, costs::WASI_CALL};

/// The most bytes that are read or written at once.
const MAX_AT_ONCE: usize = 1 << 20;

type Input = Resource<InputStream>;
type Out = Resource<OutputStream>;

/// Why a stream failed.
#[derive(Debug)]
pub struct IoError {
    /// For people.
    pub(super) text: String,
    /// For programs that speak HTTP.
    pub(super) code: Option<ErrorCode>,
}

/// What is left to read.
pub struct InputStream(pub(super) Bytes);

/// Where bytes go.
pub enum OutputStream {
    /// A message.
    Body(Buffer),
    /// The call's log, or nowhere.
    Log(Output),
}

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut error = Interface::of(linker, "io/error")?;
    error.resource::<IoError>("error")?;
    error.func("[method]error.to-debug-string", |call, (this,): (Resource<IoError>,)| {
        let text = call.wasi.table.get(&this)?.text.clone();
        let bytes = text.len();
        reply_bytes(text, bytes)
    })?;
    let mut streams = Interface::of(linker, "io/streams")?;
    input(&mut streams)?;
    output(&mut streams)
}

fn input(streams: &mut Interface<'_>) -> wasmtime::Result<()> {
    streams.resource::<InputStream>("input-stream")?;
    for name in ["[method]input-stream.read", "[method]input-stream.blocking-read"] {
        streams.func(name, |call, (this, length): (Input, u64)| {
            let read = read(call, &this, length)?;
            let size = read.as_ref().map_or(0, Bytes::len);
            reply_bytes(read.map(Vec::from), size)
        })?;
    }
    for name in ["[method]input-stream.skip", "[method]input-stream.blocking-skip"] {
        streams.func(name, |call, (this, length): (Input, u64)| {
            reply(read(call, &this, length)?.map(|skipped| skipped.len() as u64))
        })?;
    }
    streams.func("[method]input-stream.subscribe", |call, (this,): (Input,)| {
        reply(poll::subscribe(&mut call.wasi.table, Wait::Nothing, &this)?)
    })
}

fn output(streams: &mut Interface<'_>) -> wasmtime::Result<()> {
    streams.resource::<OutputStream>("output-stream")?;
    streams.func("[method]output-stream.check-write", |call, (this,): (Out,)| {
        call.wasi.table.get(&this)?;
        reply(Ok::<u64, StreamError>(MAX_AT_ONCE as u64))
    })?;
    for name in ["[method]output-stream.write", "[method]output-stream.blocking-write-and-flush"] {
        streams.func(name, |call, (this, bytes): (Out, Vec<u8>)| write(call, &this, &bytes))?;
    }
    for name in ["[method]output-stream.write-zeroes", "[method]output-stream.blocking-write-zeroes-and-flush"] {
        streams.func(name, |call, (this, length): (Out, u64)| {
            write(call, &this, &vec![0; at_once(length).unwrap_or(MAX_AT_ONCE + 1)])
        })?;
    }
    for name in ["[method]output-stream.flush", "[method]output-stream.blocking-flush"] {
        streams.func(name, |call, (this,): (Out,)| {
            call.wasi.table.get(&this)?;
            reply(Ok::<(), StreamError>(()))
        })?;
    }
    for name in ["[method]output-stream.splice", "[method]output-stream.blocking-splice"] {
        streams.func(name, |call, (this, from, length): (Out, Input, u64)| {
            let bytes = match read(call, &from, length)? {
                Ok(bytes) => bytes,
                Err(error) => return reply(Err(error)),
            };
            let ((written,), units) = write(call, &this, &bytes)?;
            Ok(((written.map(|()| bytes.len() as u64),), units))
        })?;
    }
    streams.func("[method]output-stream.subscribe", |call, (this,): (Out,)| {
        reply(poll::subscribe(&mut call.wasi.table, Wait::Nothing, &this)?)
    })
}

/// The next bytes, at most `length`; `closed` at the end.
fn read(call: &mut CallState, this: &Input, length: u64) -> wasmtime::Result<Result<Bytes, StreamError>> {
    let InputStream(rest) = call.wasi.table.get_mut(this)?;
    if rest.is_empty() {
        return Ok(Err(StreamError::Closed));
    }
    let length = at_once(length).unwrap_or(MAX_AT_ONCE).min(rest.len());
    Ok(Ok(rest.split_to(length)))
}

fn write(call: &mut CallState, this: &Out, bytes: &[u8]) -> Reply<(Result<(), StreamError>,)> {
    if bytes.len() > MAX_AT_ONCE {
        return trap(format!("more than {MAX_AT_ONCE} bytes were written at once, which check-write does not permit"));
    }
    let units = WASI_CALL.bytes(bytes.len());
    match call.wasi.table.get(this)? {
        OutputStream::Body(body) => {
            let written = match body.write(bytes)? {
                Ok(()) => Ok(()),
                Err(error) => Err(StreamError::LastOperationFailed(call.wasi.table.push(error)?)),
            };
            Ok(((written,), units))
        }
        OutputStream::Log(output) => {
            let output = *output;
            Ok(((Ok(()),), units.saturating_add(call.wasi.print(output, bytes, &mut call.logs))))
        }
    }
}

/// A length within what is moved at once.
fn at_once(length: u64) -> Option<usize> {
    usize::try_from(length).ok().filter(|length| *length <= MAX_AT_ONCE)
}
