//! The main road of a call through the worker, in the order in which the files stand here: [`seal`] opens it, with the
//! cryptography in [`receiver`], [`request`] reads it, [`caller`] says who calls, [`answer`] runs and commits it and
//! writes the receipt. What the owner asks of the worker itself is in [`reserved`], with its [`secrets`] and the [`code_keys`] of sealed code; what the
//! contract asks of itself, at a time, in [`schedule`]; what somebody else's service signed, in [`webhook`];
//! what an account sent on the chain, in [`message`]; what is asked of its code once, before it answers, in [`lifecycle`];
//! where its database is, in [`database`], and its large objects, in [`objects`]; what others need to run a disputable
//! contract's calls again, in [`history`]. What a caller sees of an answer while
//! it is made goes by [`parts`], and is sealed in chunks ([`chunked`]).

pub mod answer;
pub mod caller;
pub mod chain;
pub mod chunked;
pub mod code_keys;
pub mod contracts;
pub mod database;
pub mod history;
pub mod host;
pub mod lifecycle;
pub mod message;
pub mod objects;
pub mod parts;
pub mod receiver;
pub mod request;
pub mod reserved;
pub mod schedule;
pub mod seal;
pub mod secrets;
pub mod watch;
pub mod webhook;
