//! Platform configuration registers: sets of them, and their values.

use alloc::{collections::BTreeSet, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize, de::Error};

use super::{attest::Selection, hash, hash::HashAlgorithm, policy::PcrPolicy, refusal::TpmRefusal};
use crate::domain;

/// The number of registers in a bank (TCG PC Client Platform TPM Profile).
pub(crate) const COUNT: u8 = 24;

/// A set of registers, 0 to 23.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PcrSet(u32);

impl PcrSet {
    /// No register.
    pub const NONE: Self = Self(0);
    /// What firmware and boot loader measure: registers 0 to 7 (TCG PC Client Platform Firmware Profile).
    pub const FIRMWARE: Self = Self(0xff);

    /// The set of one register; `None` if there is no such register.
    pub const fn one(index: u8) -> Option<Self> {
        if index < COUNT { Some(Self(1 << index)) } else { None }
    }

    /// What is in either set.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the register `index` is a member.
    pub const fn contains(self, index: u8) -> bool {
        index < COUNT && self.0 & 1 << index != 0
    }

    /// Whether no register is a member.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// The members, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..COUNT).filter(move |index| self.contains(*index))
    }

    /// The first member that is not in `other`.
    pub(crate) fn first_outside(self, other: Self) -> Option<u8> {
        self.iter().find(|index| !other.contains(*index))
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl Serialize for PcrSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for PcrSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut set = Self::NONE;
        for index in Vec::<u8>::deserialize(deserializer)? {
            let one = Self::one(index).ok_or_else(|| D::Error::custom("there is no such register"))?;
            set = set.and(one);
        }
        Ok(set)
    }
}

/// A set of hash algorithms.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct HashAlgorithmSet(u8);

impl HashAlgorithmSet {
    /// The empty set, which accepts nothing.
    pub const NONE: Self = Self(0);
    /// All that are strong enough.
    pub const STRONG: Self =
        Self::NONE.with(HashAlgorithm::Sha256).with(HashAlgorithm::Sha384).with(HashAlgorithm::Sha512);

    /// This set and `algorithm`.
    #[must_use]
    pub const fn with(self, algorithm: HashAlgorithm) -> Self {
        Self(self.0 | 1 << algorithm as u8)
    }

    /// Whether `algorithm` is a member.
    pub const fn contains(self, algorithm: HashAlgorithm) -> bool {
        self.0 & 1 << algorithm as u8 != 0
    }

    /// Whether no algorithm is a member.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// The members.
    pub fn iter(self) -> impl Iterator<Item = HashAlgorithm> {
        HashAlgorithm::ALL.into_iter().filter(move |algorithm| self.contains(*algorithm))
    }
}

impl Serialize for HashAlgorithmSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for HashAlgorithmSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<HashAlgorithm>::deserialize(deserializer)?.into_iter().fold(Self::NONE, Self::with))
    }
}

/// The value of one register.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct PcrValue {
    /// The TCG's number for the bank's hash algorithm.
    pub bank: u16,
    /// The register.
    pub index: u8,
    /// Its value.
    #[serde(with = "hex::serde")]
    pub value: Vec<u8>,
}

/// The banks of `selections`, each strong enough, accepted and met once.
pub(super) fn require_banks(selections: &[Selection], policy: &PcrPolicy) -> Result<(), TpmRefusal> {
    let mut seen = BTreeSet::new();
    for selection in selections {
        let algorithm = match HashAlgorithm::from_id(selection.bank) {
            Some(algorithm) => algorithm,
            None if selection.bank == hash::SHA1 => return Err(TpmRefusal::Sha1Bank),
            None => return Err(TpmRefusal::UnknownBank(selection.bank)),
        };
        if !policy.banks.contains(algorithm) {
            return Err(TpmRefusal::BankNotAccepted(algorithm));
        }
        if !seen.insert(selection.bank) {
            return Err(TpmRefusal::RepeatedBank(algorithm));
        }
        if selection.pcrs.is_empty() {
            return Err(TpmRefusal::EmptySelection);
        }
        if let Some(missing) = policy.required.first_outside(selection.pcrs) {
            return Err(TpmRefusal::PcrMissing(missing));
        }
    }
    if seen.is_empty() { Err(TpmRefusal::EmptySelection) } else { Ok(()) }
}

/// The identity of what was measured: which registers of which banks were quoted, and the digest over them, which
/// alone would not tell one register from another.
pub(super) fn measurement_id(selections: &[Selection], digest: &[u8]) -> [u8; 32] {
    let registers: Vec<_> = selections.iter().map(|selection| (selection.bank, selection.pcrs)).collect();
    domain::hash(domain::TPM_MEASUREMENT, &[&registers.encode(), digest])
}

/// Requires that `values` are exactly the selected registers' and that their digest, by the signature's hash
/// `algorithm`, is the signed one. Without values there is nothing to compare, which only a policy without
/// expected values allows.
pub(super) fn require_digest(
    selections: &[Selection],
    values: &[PcrValue],
    digest: &[u8],
    algorithm: HashAlgorithm,
) -> Result<(), TpmRefusal> {
    if digest.len() != algorithm.size() {
        return Err(TpmRefusal::PcrDigestLength { found: digest.len() as u16, wanted: algorithm.size() as u8 });
    }
    if values.is_empty() {
        return Ok(());
    }
    for (position, value) in values.iter().enumerate() {
        let is_selected = |selection: &&Selection| selection.bank == value.bank && selection.pcrs.contains(value.index);
        if selections.iter().find(is_selected).is_none() {
            return Err(TpmRefusal::PcrNotSelected(value.index));
        }
        let is_same = |other: &PcrValue| other.bank == value.bank && other.index == value.index;
        if values.iter().take(position).any(is_same) {
            return Err(TpmRefusal::RepeatedPcr(value.index));
        }
        let Some(bank) = HashAlgorithm::from_id(value.bank) else { return Err(TpmRefusal::UnknownBank(value.bank)) };
        if value.value.len() != bank.size() {
            let found = u16::try_from(value.value.len()).unwrap_or(u16::MAX);
            return Err(TpmRefusal::PcrLength { index: value.index, found, wanted: bank.size() as u8 });
        }
    }
    let mut ordered = Vec::with_capacity(values.len());
    for selection in selections {
        for index in selection.pcrs.iter() {
            let found = values.iter().find(|value| value.bank == selection.bank && value.index == index);
            ordered.push(found.ok_or(TpmRefusal::PcrValueMissing(index))?.value.as_slice());
        }
    }
    if algorithm.digest(ordered) == digest { Ok(()) } else { Err(TpmRefusal::PcrDigest) }
}

/// Requires the values that the policy names. `values` are covered by the signed digest.
pub(crate) fn require_expected(values: &[PcrValue], policy: &PcrPolicy) -> Result<(), TpmRefusal> {
    if let (Some(index), []) = (policy.required.iter().next(), values) {
        return Err(TpmRefusal::PcrValueMissing(index));
    }
    for expected in &policy.expected {
        let bank = expected.bank.id();
        let found = values
            .iter()
            .find(|value| value.bank == bank && value.index == expected.index)
            .ok_or(TpmRefusal::PcrValueMissing(expected.index))?;
        if !expected.values.contains(&found.value) {
            return Err(TpmRefusal::PcrValue(expected.index));
        }
    }
    Ok(())
}
