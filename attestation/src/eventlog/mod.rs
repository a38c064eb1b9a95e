//! Event logs: what was measured into a machine's registers, one event after the other.
//!
//! A register is one hash over everything that was measured into it. The log says what that was, and is believed
//! as far as replaying it gives the registers that a quote has signed: [`EventLog::require_rtmrs`] for a TDX trust
//! domain (the "CCEL" that firmware leaves, or a dstack guest's own list), [`EventLog::require_pcrs`] for a TPM.
//!
//! Replaying proves the *digests* of a log. The data beside a digest is proven only if it is what the digest is
//! of: [`Event::measured_data`] is the only way to data for that reason.
//!
//! Source: TCG, PC Client Platform Firmware Profile, version 1.06, §10; UEFI specification 2.10, §38.4 (CC event
//! log).

#[cfg(feature = "std")]
pub mod dstack;
mod log;
mod refusal;
mod replay;
mod tcg2;

pub use log::{Event, EventLog, MAX_EVENT_LOG_BYTES, MAX_EVENTS};
pub use refusal::EventLogRefusal;
