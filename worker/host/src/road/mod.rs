//! The main road of a call through the worker, in the order in which the files stand here: [`seal`] opens it,
//! [`request`] reads it, [`caller`] says who calls, [`answer`] runs and commits it and writes the receipt. What the
//! owner asks of the worker itself is in [`reserved`].

pub mod answer;
pub mod caller;
pub mod host;
pub mod request;
pub mod reserved;
pub mod seal;
pub mod secrets;
