//! What verification returns.

use alloc::{string::String, vec::Vec};
use codec::Encode;
use core::ops::Deref;
use scale_info::TypeInfo;
use serde::Serialize;

use crate::{EvidenceKind, IntelMeasurement, IntelRefusal, MachineId, RootId, TcbStatus, TierNumber};

/// The facts of a verdict. On its own it proves nothing: only a [`IntelVerdict`] says that somebody checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, Serialize)]
pub struct IntelFacts {
    /// The kind of evidence.
    pub kind: EvidenceKind,
    /// The root that everything leads to.
    pub root: RootId,
    /// What was measured.
    pub measurement: IntelMeasurement,
    /// [`IntelMeasurement::id`].
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// What the measured program had put into its report.
    #[serde(with = "hex::serde")]
    pub report_data: [u8; 64],
    /// The platform's security level.
    pub tcb_status: TcbStatus,
    /// The policy's tier that this level is good enough for, 0 being the best.
    pub tier: TierNumber,
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
    /// What tells this launch of the measured program from every other, if its report says.
    #[serde(with = "instance")]
    pub instance: Option<[u8; 32]>,
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

mod instance {
    use serde::Serializer;

    pub(super) fn serialize<S: Serializer>(instance: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
        match instance {
            Some(instance) => serializer.serialize_some(&hex::encode(instance)),
            None => serializer.serialize_none(),
        }
    }
}

/// Evidence passed every check but the last, which is the caller's: what it is about ([`IntelVerdict::bind`]).
///
/// Only verification makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntelVerdict(IntelFacts);

impl IntelVerdict {
    pub(crate) fn new(facts: IntelFacts) -> Self {
        Self(facts)
    }

    /// The facts, without their proof.
    pub(crate) fn into_facts(self) -> IntelFacts {
        self.0
    }

    /// Requires that the evidence is about `statement`.
    ///
    /// # Errors
    /// [`IntelRefusal::ReportData`] if it is about anything else.
    pub fn bind(self, statement: &[u8; 64]) -> Result<BoundIntelVerdict, IntelRefusal> {
        if self.0.report_data == *statement { Ok(BoundIntelVerdict(self)) } else { Err(IntelRefusal::ReportData) }
    }
}

impl Deref for IntelVerdict {
    type Target = IntelFacts;

    fn deref(&self) -> &IntelFacts {
        &self.0
    }
}

/// A [`IntelVerdict`] that is about the caller's own statement.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundIntelVerdict(IntelVerdict);

impl BoundIntelVerdict {
    /// The facts, to be kept.
    pub fn into_facts(self) -> IntelFacts {
        self.0.0
    }
}

impl Deref for BoundIntelVerdict {
    type Target = IntelFacts;

    fn deref(&self) -> &IntelFacts {
        &self.0.0
    }
}
