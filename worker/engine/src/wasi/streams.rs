//! `wasi:io/error` and `wasi:io/streams`: bytes that are there already, bytes that come from outside, and bounded places
//! for bytes. Only for those from outside there is ever anything to wait for.

use std::task::{Context, Waker};

use bytes::Bytes;
use wasmtime::component::{Linker, Resource};

use super::{
    arrival::Arrival,
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
pub enum InputStream {
    /// It is there.
    There(Bytes),
    /// It comes from outside.
    Arriving(Arrival),
}

impl InputStream {
    /// Whether a read gives anything, be it the end.
    pub(super) fn is_ready(&self) -> bool {
        match self {
            Self::There(_) => true,
            Self::Arriving(arrival) => arrival.is_ready(),
        }
    }
}

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
    let read_some = |call: &mut CallState, (this, length): (Input, u64)| {
        let read = read(call, &this, length)?;
        let size = read.as_ref().map_or(0, Bytes::len);
        reply_bytes(read.map(Vec::from), size)
    };
    streams.func("[method]input-stream.read", read_some)?;
    streams.func_on_arrival("[method]input-stream.blocking-read", |(this, _): &(Input, u64)| this.rep(), read_some)?;
    let skip = |call: &mut CallState, (this, length): (Input, u64)| {
        reply(read(call, &this, length)?.map(|skipped| skipped.len() as u64))
    };
    streams.func("[method]input-stream.skip", skip)?;
    streams.func_on_arrival("[method]input-stream.blocking-skip", |(this, _): &(Input, u64)| this.rep(), skip)?;
    streams.func("[method]input-stream.subscribe", |call, (this,): (Input,)| {
        reply(poll::subscribe(&mut call.wasi.table, Wait::Content(this.rep()), &this)?)
    })
}

fn output(streams: &mut Interface<'_>) -> wasmtime::Result<()> {
    streams.resource::<OutputStream>("output-stream")?;
    streams.func("[method]output-stream.check-write", |call, (this,): (Out,)| {
        call.wasi.table.get(&this)?;
        reply(Ok::<u64, StreamError>(MAX_AT_ONCE as u64))
    })?;
    let write_all = |call: &mut CallState, (this, bytes): (Out, Vec<u8>)| write(call, &this, &bytes);
    streams.func("[method]output-stream.write", write_all)?;
    streams.func_and_give("[method]output-stream.blocking-write-and-flush", write_all)?;
    let write_zeroes = |call: &mut CallState, (this, length): (Out, u64)| {
        write(call, &this, &vec![0; at_once(length).unwrap_or(MAX_AT_ONCE + 1)])
    };
    streams.func("[method]output-stream.write-zeroes", write_zeroes)?;
    streams.func_and_give("[method]output-stream.blocking-write-zeroes-and-flush", write_zeroes)?;
    for name in ["[method]output-stream.flush", "[method]output-stream.blocking-flush"] {
        streams.func_and_give(name, |call, (this,): (Out,)| {
            call.wasi.table.get(&this)?;
            reply(Ok::<(), StreamError>(()))
        })?;
    }
    let splice = |call: &mut CallState, (this, from, length): (Out, Input, u64)| {
        let bytes = match read(call, &from, length)? {
            Ok(bytes) => bytes,
            Err(error) => return reply(Err(error)),
        };
        let ((written,), units) = write(call, &this, &bytes)?;
        Ok(((written.map(|()| bytes.len() as u64),), units))
    };
    streams.func("[method]output-stream.splice", splice)?;
    streams.func_on_arrival(
        "[method]output-stream.blocking-splice",
        |(_, from, _): &(Out, Input, u64)| from.rep(),
        splice,
    )?;
    streams.func("[method]output-stream.subscribe", |call, (this,): (Out,)| {
        reply(poll::subscribe(&mut call.wasi.table, Wait::Nothing, &this)?)
    })
}

/// The next bytes, at most `length`; none where they have not come yet; `closed` at the end.
fn read(call: &mut CallState, this: &Input, length: u64) -> wasmtime::Result<Result<Bytes, StreamError>> {
    let most = at_once(length).unwrap_or(MAX_AT_ONCE);
    let state = &mut call.wasi;
    let read = match state.table.get_mut(this)? {
        InputStream::There(rest) if rest.is_empty() => Err(None),
        InputStream::There(rest) => Ok(rest.split_to(most.min(rest.len()))),
        InputStream::Arriving(arrival) => {
            // A guest may ask again and again instead of waiting.
            state.due = state.due.saturating_add(arrival.advance(&mut Context::from_waker(Waker::noop())));
            arrival.read(most)
        }
    };
    Ok(match read {
        Ok(bytes) => Ok(bytes),
        Err(None) => Err(StreamError::Closed),
        Err(Some(code)) => {
            let error = IoError { text: "the answer broke off".into(), code: Some(code) };
            Err(StreamError::LastOperationFailed(state.table.push(error)?))
        }
    })
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
