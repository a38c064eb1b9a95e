//! The list of events that a dstack guest reports as JSON: the firmware's events by digest, then its own, whose
//! digests are of their type, name and payload.

use serde::Deserialize;
use std::borrow::Cow;

use super::{
    log::{Event, EventLog, MAX_EVENT_LOG_BYTES, MAX_EVENTS, Registers},
    refusal::EventLogRefusal,
};
use crate::tpm::HashAlgorithm;

/// The type of the guest's own events.
const DSTACK_RUNTIME: u32 = 0x0800_0001;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    imr: u8,
    event_type: u32,
    digest: String,
    event: String,
    event_payload: String,
}

/// A file around the list: the guest's own structure, or a quote with its log as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Log {
    List(Vec<Line>),
    Text(String),
}

#[derive(Deserialize)]
struct File {
    event_log: Log,
}

impl EventLog<'static> {
    /// Reads a list of events, or a file that has one under `event_log`.
    ///
    /// # Errors
    /// The first [`EventLogRefusal`] met: also for a runtime event whose digest is not of its payload.
    pub fn of_dstack(json: &[u8]) -> Result<Self, EventLogRefusal> {
        if json.len() > MAX_EVENT_LOG_BYTES {
            return Err(EventLogRefusal::TooLarge(json.len().min(u32::MAX as usize) as u32));
        }
        let lines = match json.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[') => lines(json)?,
            _ => match serde_json::from_slice::<File>(json).map_err(|_| EventLogRefusal::Encoding)?.event_log {
                Log::List(lines) => lines,
                Log::Text(text) => lines(text.as_bytes())?,
            },
        };
        if lines.len() > MAX_EVENTS {
            return Err(EventLogRefusal::TooManyEvents);
        }
        let events = (0..).zip(&lines).map(|(number, line)| line.event(number)).collect::<Result<_, _>>()?;
        Ok(Self { registers: Registers::Rtmr, algorithms: vec![HashAlgorithm::Sha384], startup_locality: 0, events })
    }
}

fn lines(json: &[u8]) -> Result<Vec<Line>, EventLogRefusal> {
    serde_json::from_slice(json).map_err(|_| EventLogRefusal::Encoding)
}

impl Line {
    fn event(&self, number: u16) -> Result<Event<'static>, EventLogRefusal> {
        if self.imr > 3 {
            return Err(EventLogRefusal::Register { event: number, register: self.imr.into() });
        }
        let is_runtime = self.event_type == DSTACK_RUNTIME;
        let data = hex::decode(&self.event_payload).map_err(|_| EventLogRefusal::Encoding)?;
        let mut event = Event {
            register: self.imr,
            kind: self.event_type,
            name: is_runtime.then(|| self.event.clone()),
            digests: Vec::new(),
            data: Cow::Owned(data),
        };
        let digest = match (is_runtime, self.digest.as_str()) {
            // A guest may leave out the digests of its own events, which follow from their payload.
            (true, "") => event.preimage_digest(HashAlgorithm::Sha384),
            (true | false, text) => hex::decode(text).map_err(|_| EventLogRefusal::Encoding)?,
        };
        if digest.len() != HashAlgorithm::Sha384.size() {
            return Err(EventLogRefusal::Digests(number));
        }
        event.digests.push((HashAlgorithm::Sha384, Cow::Owned(digest)));
        // And it may leave out the payload of the firmware's events; its own are worth nothing without it.
        if is_runtime && event.measured_data().is_none() {
            return Err(EventLogRefusal::Data(number));
        }
        Ok(event)
    }
}
