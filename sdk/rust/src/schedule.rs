//! Calls that the contract asks for itself, at a time or again and again. Needs the grant `schedule`.
//!
//! What is set and cancelled takes effect with the call's writes. A run is a call like any other, and [`run`] tells it
//! from those of others. Times are Unix milliseconds, by the chain's finalized blocks.
//!
//! ```no_run
//! # use adyton_sdk::{Error, Request, Response, schedule};
//! # fn handle(request: Request) -> Result<Response, Error> {
//! match (request.route(), schedule::run(&request)) {
//!     ("/start", None) => {
//!         schedule::cron("hourly", "0 * * * *", schedule::post("/tick", b""))?;
//!         Ok(Response::text("started"))
//!     }
//!     // Nobody else can ask for this.
//!     ("/tick", Some(run)) => Ok(Response::text(format!("{} was due at {}", run.name, run.due_ms))),
//!     _ => Ok(Response::not_found()),
//! }
//! # }
//! ```

pub use crate::bindings::phat::contract::schedule::{Entry, Request};
use crate::{Error, bindings::exports::phat::contract::service, bindings::phat::contract::schedule};

/// A run of the contract's schedule, as the worker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// The entry's name.
    pub name: &'a str,
    /// When it was due.
    pub due_ms: u64,
}

/// Asks for one run, once it is `due_ms`; replaces the entry called `name`.
pub fn at(name: &str, due_ms: u64, request: Request) -> Result<(), Error> {
    schedule::at(name, due_ms, &request)
}

/// Asks for a run at each time that the cron expression stands for, in UTC; replaces the entry called `name`. Gives the
/// first of them.
pub fn cron(name: &str, expression: &str, request: Request) -> Result<u64, Error> {
    schedule::cron(name, expression, &request)
}

/// Removes the entry called `name`, if there is one.
pub fn cancel(name: &str) -> Result<(), Error> {
    schedule::cancel(name)
}

/// The entries, ascending by name.
pub fn entries() -> Vec<Entry> {
    schedule::entries()
}

/// What an entry asks: `POST` to a path of the contract, with its query, and with this content.
pub fn post(path: &str, body: &[u8]) -> Request {
    Request { method: "POST".into(), path: path.into(), body: body.into() }
}

/// Which run of the schedule a request is; none for one that somebody sent. Nobody outside can set the fields that say
/// so.
pub fn run(request: &service::Request) -> Option<Run<'_>> {
    let field = |name: &str| request.headers.iter().find(|field| field.name == name).map(|field| field.value.as_str());
    Some(Run { name: field("adyton-schedule")?, due_ms: field("adyton-schedule-due")?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    fn request(fields: &[(&str, &str)]) -> service::Request {
        let field = |(name, value): &(&str, &str)| Field { name: (*name).into(), value: (*value).into() };
        let headers = fields.iter().map(field).collect();
        service::Request { method: "POST".into(), path: "/".into(), headers, body: Vec::new() }
    }

    #[test]
    fn a_run_is_told_by_both_of_its_fields() {
        let both = request(&[("adyton-schedule", "tick"), ("adyton-schedule-due", "1700000000000")]);
        assert_eq!(run(&both), Some(Run { name: "tick", due_ms: 1_700_000_000_000 }));
        assert_eq!(run(&request(&[("adyton-schedule", "tick")])), None);
        assert_eq!(run(&request(&[("accept", "*/*")])), None);
    }
}
