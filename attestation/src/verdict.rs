//! What verification returns.

use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::ops::Deref;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{EvidenceKind, Refusal, Report, RootId, TcbStatus, domain};

/// The machine that evidence comes from, as far as its vendor identifies it.
///
/// An identity is the host's: all trust domains on one machine share it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum MachineId {
    /// Intel's platform provisioning identifier.
    #[codec(index = 0)]
    IntelPpid(#[serde(with = "hex::serde")] [u8; 16]),
    /// AMD's chip identifier.
    #[codec(index = 1)]
    AmdChip(#[serde(with = "hex::serde")] [u8; 64]),
}

impl MachineId {
    /// The identity of an Intel platform; all zero is none.
    pub fn from_ppid(ppid: [u8; 16]) -> Option<Self> {
        (ppid != [0; 16]).then_some(Self::IntelPpid(ppid))
    }

    /// A fixed-length key for tables: a domain-separated hash of the identity.
    pub fn key(&self) -> [u8; 32] {
        domain::hash(domain::MACHINE, &[&self.encode()])
    }
}

/// What was measured into a TDX trust domain. Source: Intel TDX module ABI, `TDREPORT`.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct TdxMeasurement {
    /// Measurement of the domain's initial memory.
    #[serde(with = "hex::serde")]
    pub mr_td: [u8; 48],
    /// Measurement registers that firmware, boot loader, kernel and programs extend, 0 to 3.
    #[serde(with = "registers")]
    pub rtmr: [[u8; 48]; 4],
    /// What the host said about configuration when it made the domain.
    #[serde(with = "hex::serde")]
    pub mr_config_id: [u8; 48],
    /// What the host said about the owner.
    #[serde(with = "hex::serde")]
    pub mr_owner: [u8; 48],
    /// What the host said about the owner's configuration.
    #[serde(with = "hex::serde")]
    pub mr_owner_config: [u8; 48],
    /// The domain's attributes, as they stand in the report.
    #[serde(with = "hex::serde")]
    pub attributes: [u8; 8],
    /// The domain's extended features; not part of [`TdxMeasurement::id`], because they follow the processor.
    #[serde(with = "hex::serde")]
    pub xfam: [u8; 8],
}

impl TdxMeasurement {
    /// SHA-256 over kind, MRTD, RTMR0 to 3, MRCONFIGID, MROWNER, MROWNERCONFIG and attributes, each
    /// length-prefixed, under a context of its own. The attributes are in it so that no key derived for a
    /// measurement is shared with a domain of other attributes.
    pub fn id(&self) -> [u8; 32] {
        let [rtmr0, rtmr1, rtmr2, rtmr3] = &self.rtmr;
        domain::hash(
            domain::TDX_MEASUREMENT,
            &[
                &self.mr_td,
                rtmr0,
                rtmr1,
                rtmr2,
                rtmr3,
                &self.mr_config_id,
                &self.mr_owner,
                &self.mr_owner_config,
                &self.attributes,
            ],
        )
    }
}

mod registers {
    use alloc::vec::Vec;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(registers: &[[u8; 48]; 4], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(registers.iter().map(hex::encode))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[[u8; 48]; 4], D::Error> {
        let texts = Vec::<alloc::string::String>::deserialize(deserializer)?;
        let mut registers = [[0; 48]; 4];
        if texts.len() != registers.len() {
            return Err(D::Error::invalid_length(texts.len(), &"four registers"));
        }
        for (register, text) in registers.iter_mut().zip(&texts) {
            hex::decode_to_slice(text, register).map_err(D::Error::custom)?;
        }
        Ok(registers)
    }
}

/// What was measured, by kind of evidence.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Measurement {
    /// A TDX trust domain.
    #[codec(index = 0)]
    Tdx(TdxMeasurement),
}

impl Measurement {
    /// The measurement's identity, which differs between kinds.
    pub fn id(&self) -> [u8; 32] {
        match self {
            Self::Tdx(measurement) => measurement.id(),
        }
    }
}

/// The facts of a verdict. On its own it proves nothing: only a [`Verdict`] says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct Facts {
    /// The kind of evidence.
    pub kind: EvidenceKind,
    /// The root that everything leads to.
    pub root: RootId,
    /// What was measured.
    pub measurement: Measurement,
    /// [`Measurement::id`].
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// What the measured program had put into its report.
    #[serde(with = "hex::serde")]
    pub report_data: [u8; 64],
    /// The platform's security level.
    pub tcb_status: TcbStatus,
    /// The vendor's advisories that apply, sorted. May be non-empty when up to date.
    pub advisories: Vec<String>,
    /// The date of the platform's level (Unix seconds).
    pub tcb_date: u64,
    /// The evaluation that the level was judged under (`tcbEvaluationDataNumber`).
    pub evaluation_number: u32,
    /// The platform's family.
    #[serde(with = "hex::serde")]
    pub fmspc: [u8; 6],
    /// The machine; `None` if the vendor does not identify it.
    pub machine: Option<MachineId>,
    /// When the youngest document that this rests on began to be valid (Unix seconds).
    pub valid_from: u64,
    /// The last second at which everything that this rests on is valid.
    pub valid_until: u64,
    /// The evidence's identity: a hash of what was signed and of the machine, not of the encoding, so that one
    /// piece of evidence has one identity however it is padded or its signature rewritten.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
    /// [`crate::Collateral::digest`] of the collateral that was used.
    #[serde(with = "hex::serde")]
    pub collateral: [u8; 32],
}

/// Evidence passed every check but the last, which is the caller's: what it is about ([`Verdict::bind`]).
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict(Facts);

impl Verdict {
    pub(crate) fn new(facts: Facts) -> Self {
        Self(facts)
    }

    /// Requires that the evidence is about `statement`.
    ///
    /// # Errors
    /// [`Refusal::ReportData`] if it is about anything else.
    pub fn bind(self, statement: &[u8; 64]) -> Result<BoundVerdict, Refusal> {
        if self.0.report_data == *statement { Ok(BoundVerdict(self)) } else { Err(Refusal::ReportData) }
    }

    /// All checks, as passed; report data as unchecked.
    pub fn report(&self) -> Report {
        Report::of(Ok(self), false)
    }
}

impl Deref for Verdict {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

/// A [`Verdict`] that is about the caller's own statement.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundVerdict(Verdict);

impl BoundVerdict {
    /// The facts, to be kept.
    pub fn into_facts(self) -> Facts {
        self.0.0
    }

    /// All checks, as passed.
    pub fn report(&self) -> Report {
        Report::of(Ok(&self.0), true)
    }
}

impl Deref for BoundVerdict {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0.0
    }
}
