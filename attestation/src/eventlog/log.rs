//! A log's events, and what they prove.

use alloc::{borrow::Cow, string::String, vec::Vec};

use crate::tpm::HashAlgorithm;

/// The longest log that is read; firmware reserves 64 to 256 KiB.
pub const MAX_EVENT_LOG_BYTES: usize = 1024 * 1024;
/// The most events that are read; real logs have 20 to 150.
pub const MAX_EVENTS: usize = 4096;

/// Events that firmware measures data for, so that their data has to be what the digest is of.
const DATA_IS_MEASURED: [u32; 4] = [EV_SEPARATOR, EV_EFI_VARIABLE_DRIVER_CONFIG, EV_EFI_GPT_EVENT, EV_EFI_ACTION];
pub(super) const EV_NO_ACTION: u32 = 0x0000_0003;
const EV_SEPARATOR: u32 = 0x0000_0004;
const EV_EFI_VARIABLE_DRIVER_CONFIG: u32 = 0x8000_0001;
const EV_EFI_GPT_EVENT: u32 = 0x8000_0006;
const EV_EFI_ACTION: u32 = 0x8000_0007;

/// Which registers a log's events are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registers {
    /// Platform configuration registers 0 to 23.
    Pcr,
    /// Runtime measurement registers 0 to 3.
    Rtmr,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The register that it was measured into: a PCR's or an RTMR's number.
    pub register: u8,
    /// The TCG's number for its type.
    pub kind: u32,
    /// The name that a dstack guest gave it.
    pub name: Option<String>,
    pub(super) digests: Vec<(HashAlgorithm, Cow<'a, [u8]>)>,
    pub(super) data: Cow<'a, [u8]>,
}

impl Event<'_> {
    /// What was measured, if the log has it: the data whose digest was measured. `None` where the digest is of
    /// something else (an executable, a part of the data), in which case the data is a mere remark.
    pub fn measured_data(&self) -> Option<&[u8]> {
        let is_measured = !self.digests.is_empty()
            && self.digests.iter().all(|(algorithm, digest)| self.preimage_digest(*algorithm) == **digest);
        is_measured.then_some(&*self.data)
    }

    /// The digest under `algorithm`.
    pub fn digest(&self, algorithm: HashAlgorithm) -> Option<&[u8]> {
        self.digests.iter().find(|(found, _)| *found == algorithm).map(|(_, digest)| &**digest)
    }

    /// What is beside the digest. Nothing proves it: [`Event::measured_data`].
    pub fn danger_unproven_data(&self) -> &[u8] {
        &self.data
    }

    /// Whether the data has to be what was measured.
    pub(super) fn data_has_to_be_measured(&self) -> bool {
        DATA_IS_MEASURED.contains(&self.kind) || self.name.is_some()
    }

    /// The digest that this event has if its data is what was measured.
    pub(super) fn preimage_digest(&self, algorithm: HashAlgorithm) -> Vec<u8> {
        match &self.name {
            Some(name) => algorithm.digest([&self.kind.to_le_bytes()[..], b":", name.as_bytes(), b":", &self.data]),
            None => algorithm.digest([&*self.data]),
        }
    }
}

/// A log that is well formed. What it says is proven by [`EventLog::require_pcrs`] or
/// [`EventLog::require_rtmrs`], and by nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog<'a> {
    pub(super) registers: Registers,
    /// The algorithms that every event has a digest of.
    pub(super) algorithms: Vec<HashAlgorithm>,
    /// The first value's last byte of PCR 0: the locality that started the TPM.
    pub(super) startup_locality: u8,
    pub(super) events: Vec<Event<'a>>,
}

impl<'a> EventLog<'a> {
    /// The events, in the order in which they were measured.
    pub fn events(&self) -> &[Event<'a>] {
        &self.events
    }
}
