//! The answer's beginning, while the call still runs. Needs the grant `reply`.
//!
//! Callers who ask for a stream see what is written as it comes, marked as provisional until the receipt has come, and void
//! if the call fails after all. All others get the whole answer at its end: nothing has to be decided here.
//!
//! ```no_run
//! # use adyton_sdk::{Error, Request, Response, http, reply};
//! # fn handle(request: Request) -> Result<Response, Error> {
//! let words = http::Request::post("https://api.example.org/completions", request.body).open()?;
//! let mut reply = reply::begin(Response::status(200).with_header("content-type", "text/event-stream"))?;
//! for piece in words {
//!     reply.write(piece?)?;
//! }
//! Ok(reply.end())
//! # }
//! ```

use std::io;

use crate::{Error, Response, bindings::phat::contract::reply};

/// An answer that was begun. [`Reply::end`] is what `handle` returns then.
#[derive(Debug)]
#[must_use = "an answer that was begun is what `handle` has to end with"]
pub struct Reply {
    status: u16,
}

/// Begins the answer with the status, the header fields and the content of `beginning`. Once per call.
pub fn begin(beginning: Response) -> Result<Reply, Error> {
    let Response { status, headers, body } = beginning;
    reply::begin(status, &headers)?;
    let mut reply = Reply { status };
    if !body.is_empty() {
        reply.write(body)?;
    }
    Ok(reply)
}

impl Reply {
    /// Goes on with the content. Waits for a slow caller, 5 s for all of a call's parts.
    pub fn write(&mut self, content: impl AsRef<[u8]>) -> Result<(), Error> {
        reply::write(content.as_ref())
    }

    /// What `handle` returns to end the answer: all of it was written.
    pub fn end(self) -> Response {
        Response::status(self.status)
    }
}

/// Each `write` becomes one of [`Reply::write`]; a `std::io::BufWriter` makes fewer of them.
impl io::Write for Reply {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        Self::write(self, content).map_err(|error| io::Error::other(format!("{error:?}")))?;
        Ok(content.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
