//! Why an event log is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::tpm::HashAlgorithm;

/// Why an event log is refused. The SCALE indexes are frozen.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum EventLogRefusal {
    /// Longer than [`super::MAX_EVENT_LOG_BYTES`].
    #[error("the event log has {0} bytes; at most 1 MiB is read")]
    #[codec(index = 0)]
    TooLarge(u32),
    /// More than [`super::MAX_EVENTS`].
    #[error("the event log has more than 4096 events")]
    #[codec(index = 1)]
    TooManyEvents,
    /// Shorter than its own lengths say.
    #[error("event {0} is truncated or one of its lengths is out of bounds")]
    #[codec(index = 2)]
    Lengths(u16),
    /// It does not begin with the event that says how the others are to be read.
    #[error("the event log does not begin with a specification event of version 3 (\"Spec ID Event03\")")]
    #[codec(index = 3)]
    Header,
    /// The log's digests are of an algorithm that is unknown here, of another size, or listed twice.
    #[error("the event log uses algorithm {id:#06x} with digests of {size} bytes, which is unknown or repeated")]
    #[codec(index = 4)]
    Algorithm {
        /// The TCG's number for it.
        id: u16,
        /// The size that the log states.
        size: u16,
    },
    /// An event has other digests than the log's beginning says.
    #[error("event {0} has other digests than the beginning of the log says")]
    #[codec(index = 5)]
    Digests(u16),
    /// An event in a register that cannot be extended.
    #[error("event {event} is in register {register}, which no such event can be in")]
    #[codec(index = 6)]
    Register {
        /// Which event.
        event: u16,
        /// The register that it names.
        register: u32,
    },
    /// The bytes after the last event are neither all zero nor all 0xff.
    #[error("the event log is followed by bytes that are not padding")]
    #[codec(index = 7)]
    TrailingBytes,
    /// An event that is not measured has a digest.
    #[error("event {0} is not to be measured but has a digest")]
    #[codec(index = 8)]
    NoActionDigest(u16),
    /// The event's data is not what its digest is of, where it has to be.
    #[error("the data of event {0} is not what was measured")]
    #[codec(index = 9)]
    Data(u16),
    /// The log is not text of the form that it has to be.
    #[error("the event log cannot be read")]
    #[codec(index = 10)]
    Encoding,

    /// The log has no digests of that algorithm.
    #[error("the event log has no {0} digests")]
    #[codec(index = 20)]
    NoDigests(HashAlgorithm),
    /// A log of another kind of registers.
    #[error("the event log is not of the kind of registers that were asked for")]
    #[codec(index = 21)]
    Kind,
    /// Replaying the log gives another value than the register has.
    #[error("replaying the event log does not give the value of register {0}")]
    #[codec(index = 22)]
    Replay(u8),
    /// A register to compare has no value.
    #[error("no value is given for register {0}")]
    #[codec(index = 23)]
    ValueMissing(u8),
    /// Nothing was to be compared, so that nothing was proven.
    #[error("no register was to be compared, so that nothing is proven")]
    #[codec(index = 24)]
    NothingToCompare,
}

impl EventLogRefusal {
    /// A frozen number for it: the SCALE index, without the details.
    pub fn code(&self) -> u8 {
        self.using_encoded(|bytes| bytes.first().copied().unwrap_or(u8::MAX))
    }
}
