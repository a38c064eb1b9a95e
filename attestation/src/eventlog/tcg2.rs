//! The binary log: one event in the oldest form, which says how the rest is to be read, then events with a digest
//! for each algorithm ("crypto-agile"). Little-endian. A confidential machine's log (CCEL) has the same form with
//! runtime measurement registers counted from 1.

use alloc::{borrow::Cow, vec::Vec};

use super::{
    log::{EV_NO_ACTION, Event, EventLog, MAX_EVENT_LOG_BYTES, MAX_EVENTS, Registers},
    refusal::EventLogRefusal,
};
use crate::tpm::HashAlgorithm;

const SIGNATURE: &[u8; 16] = b"Spec ID Event03\0";
const STARTUP_LOCALITY: &[u8; 16] = b"StartupLocality\0";
/// More algorithms than any firmware uses.
const MAX_ALGORITHMS: u32 = 8;
/// Algorithms whose digests may stand in a log but prove nothing here: SHA-1, SM3-256.
const IGNORED: [(u16, u16); 2] = [(0x0004, 20), (0x0012, 32)];

impl<'a> EventLog<'a> {
    /// Reads a TPM's log, with platform configuration registers.
    ///
    /// # Errors
    /// The first [`EventLogRefusal`] met.
    pub fn of_pcrs(bytes: &'a [u8]) -> Result<Self, EventLogRefusal> {
        read(bytes, Registers::Pcr)
    }

    /// Reads a confidential machine's log (the data that ACPI's CCEL table points to), with runtime measurement
    /// registers.
    ///
    /// # Errors
    /// The first [`EventLogRefusal`] met.
    pub fn of_rtmrs(bytes: &'a [u8]) -> Result<Self, EventLogRefusal> {
        read(bytes, Registers::Rtmr)
    }
}

/// An algorithm that the log says its events have digests of.
struct Algorithm {
    id: u16,
    size: usize,
    /// `None` if the digests are ignored.
    known: Option<HashAlgorithm>,
}

fn read(bytes: &[u8], registers: Registers) -> Result<EventLog<'_>, EventLogRefusal> {
    if bytes.len() > MAX_EVENT_LOG_BYTES {
        return Err(EventLogRefusal::TooLarge(bytes.len().min(u32::MAX as usize) as u32));
    }
    let mut input = Cursor { rest: bytes, event: 0 };
    let algorithms = specification(&mut input).ok_or(EventLogRefusal::Header)??;
    let known = algorithms.iter().filter_map(|algorithm| algorithm.known).collect();
    let mut log = EventLog { registers, algorithms: known, startup_locality: 0, events: Vec::new() };
    while !input.is_at_end()? {
        if usize::from(input.event) == MAX_EVENTS {
            return Err(EventLogRefusal::TooManyEvents);
        }
        input.event += 1;
        let (register, event) = event(&mut input, &algorithms, registers)?;
        if event.kind == EV_NO_ACTION {
            require_no_digest(&event, input.event)?;
            if let (Registers::Pcr, 0, Some([locality])) =
                (registers, register, event.data.strip_prefix(STARTUP_LOCALITY))
            {
                log.startup_locality = *locality;
            }
            continue;
        }
        if event.data_has_to_be_measured() && event.measured_data().is_none() {
            return Err(EventLogRefusal::Data(input.event));
        }
        log.events.push(event);
    }
    Ok(log)
}

/// The first event. `None` if it is not the one that is expected.
fn specification(input: &mut Cursor<'_>) -> Option<Result<Vec<Algorithm>, EventLogRefusal>> {
    let (_register, kind) = (input.u32().ok()?, input.u32().ok()?);
    let digest = input.bytes(20).ok()?;
    let data = input.counted_u32().ok()?;
    let mut data = Cursor { rest: data.strip_prefix(SIGNATURE)?, event: 0 };
    let [_class @ .., minor, major, _errata, uintn] = data.array::<8>().ok()?;
    if kind != EV_NO_ACTION || digest != [0; 20] || (major, minor) != (2, 0) || !matches!(uintn, 1 | 2) {
        return None;
    }
    let count = data.u32().ok()?;
    if !(1..=MAX_ALGORITHMS).contains(&count) {
        return None;
    }
    let mut algorithms = Vec::new();
    for _ in 0..count {
        let (id, size) = (data.u16().ok()?, data.u16().ok()?);
        match algorithm(id, size) {
            Some(one) if algorithms.iter().all(|other: &Algorithm| other.id != id) => algorithms.push(one),
            Some(_) | None => return Some(Err(EventLogRefusal::Algorithm { id, size })),
        }
    }
    let vendor_bytes = data.array::<1>().ok()?;
    let [vendor_bytes] = vendor_bytes;
    (data.rest.len() == usize::from(vendor_bytes)).then_some(Ok(algorithms))
}

fn algorithm(id: u16, size: u16) -> Option<Algorithm> {
    let known = HashAlgorithm::from_id(id);
    let fits = match known {
        Some(known) => known.size() == usize::from(size),
        None => IGNORED.contains(&(id, size)),
    };
    fits.then_some(Algorithm { id, size: usize::from(size), known })
}

/// `TCG_PCR_EVENT2`, with the register as the log's kind counts it.
fn event<'a>(
    input: &mut Cursor<'a>,
    algorithms: &[Algorithm],
    registers: Registers,
) -> Result<(u8, Event<'a>), EventLogRefusal> {
    let number = input.event;
    let (index, kind) = (input.u32()?, input.u32()?);
    if input.u32()? as usize != algorithms.len() {
        return Err(EventLogRefusal::Digests(number));
    }
    let mut digests = Vec::with_capacity(algorithms.len());
    let mut met = Vec::with_capacity(algorithms.len());
    for _ in algorithms {
        let id = input.u16()?;
        let algorithm = algorithms.iter().find(|algorithm| algorithm.id == id);
        let algorithm = algorithm.filter(|_| !met.contains(&id)).ok_or(EventLogRefusal::Digests(number))?;
        met.push(id);
        let digest = input.bytes(algorithm.size)?;
        if let Some(known) = algorithm.known {
            digests.push((known, Cow::Borrowed(digest)));
        }
    }
    let data = Cow::Borrowed(input.counted_u32()?);
    let refusal = EventLogRefusal::Register { event: number, register: index };
    let register = match (registers, index) {
        // Registers 17 to 22 begin anew at a dynamic launch, which is not replayed here.
        (Registers::Pcr, 0..=16 | 23) => index as u8,
        (Registers::Rtmr, 1..=4) => (index - 1) as u8,
        // What is not measured may stand beside a register that cannot be extended.
        (Registers::Pcr | Registers::Rtmr, _) if kind == EV_NO_ACTION => u8::MAX,
        (Registers::Pcr | Registers::Rtmr, _) => return Err(refusal),
    };
    Ok((register, Event { register, kind, name: None, digests, data }))
}

fn require_no_digest(event: &Event<'_>, number: u16) -> Result<(), EventLogRefusal> {
    let is_zero = event.digests.iter().all(|(_, digest)| digest.iter().all(|byte| *byte == 0));
    if is_zero { Ok(()) } else { Err(EventLogRefusal::NoActionDigest(number)) }
}

/// What is left to read, and the number of the event that is being read.
struct Cursor<'a> {
    rest: &'a [u8],
    event: u16,
}

impl<'a> Cursor<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], EventLogRefusal> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(EventLogRefusal::Lengths(self.event))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], EventLogRefusal> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(EventLogRefusal::Lengths(self.event))?;
        self.rest = rest;
        Ok(*array)
    }

    fn u16(&mut self) -> Result<u16, EventLogRefusal> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, EventLogRefusal> {
        self.array().map(u32::from_le_bytes)
    }

    fn counted_u32(&mut self) -> Result<&'a [u8], EventLogRefusal> {
        let length = self.u32()?;
        self.bytes(usize::try_from(length).map_err(|_| EventLogRefusal::Lengths(self.event))?)
    }

    /// Whether no event is left. Firmware reserves more memory than it fills, and leaves it all zero or all 0xff.
    /// No event begins so: there is no such register, and type 0 is not measured in any log of this form.
    fn is_at_end(&self) -> Result<bool, EventLogRefusal> {
        if [0, 0xff].iter().any(|padding| self.rest.iter().all(|byte| byte == padding)) {
            return Ok(true);
        }
        match self.rest {
            [0, 0, 0, 0, 0, 0, 0, 0, ..] | [0xff, 0xff, 0xff, 0xff, ..] => Err(EventLogRefusal::TrailingBytes),
            _ => Ok(false),
        }
    }
}
