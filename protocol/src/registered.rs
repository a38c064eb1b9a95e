//! Registered evidence: what the chain judged at the registration or last renewal of a worker or keyholder, as it shows it
//! to whoever wants to judge it again.
//!
//! Nothing in it is secret, and nothing of it is believed: digest and keys of the statement stand in the proven record,
//! the evidence is about the statement, and vendors signed evidence and collateral. `specs/statement.md` has the form.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{evidence::EvidenceKind, statement::AttestedStatement};

/// The longest evidence that is registered, in bytes.
pub const MAX_EVIDENCE: usize = 16 * 1024;
/// The longest collateral that is shown with evidence, in bytes.
pub const MAX_COLLATERAL: usize = 180 * 1024;
/// The longest JSON of it, in bytes: evidence and collateral as hexadecimal digits, and the rest.
pub const MAX_JSON: usize = 2 * (MAX_EVIDENCE + MAX_COLLATERAL) + 8 * 1024;

/// The registered evidence of a worker or keyholder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredEvidence {
    /// What it vouches for.
    pub statement: AttestedStatement,
    /// What made it.
    pub kind: EvidenceKind,
    /// The evidence as it was registered; of SEV-SNP, [`crate::evidence::SnpEvidence`].
    #[serde(with = "digits")]
    pub evidence: Vec<u8>,
    /// What the vendor says about the platform: Intel's collateral in SCALE encoding, AMD's revocation list in DER;
    /// empty for AWS.
    #[serde(with = "digits")]
    pub collateral: Vec<u8>,
}

impl RegisteredEvidence {
    /// Which part is longer than it may be, if one is.
    pub fn oversized(&self) -> Option<&'static str> {
        if self.evidence.len() > MAX_EVIDENCE {
            return Some("evidence");
        }
        (self.collateral.len() > MAX_COLLATERAL).then_some("collateral")
    }
}

/// Bytes as hexadecimal digits with `0x` in front.
pub(crate) mod digits {
    use alloc::{format, string::String, vec::Vec};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("0x{}", hex::encode(bytes)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("no 0x in front"))?;
        hex::decode(digits).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn sample() -> RegisteredEvidence {
        let statement = crate::statement::sample();
        RegisteredEvidence { statement, kind: EvidenceKind::IntelTdx, evidence: vec![1, 255], collateral: vec![] }
    }

    #[test]
    fn it_reads_back_from_its_json() {
        let json = serde_json::to_value(sample()).unwrap();
        assert_eq!((&json["kind"], &json["evidence"]), (&"intel-tdx".into(), &"0x01ff".into()));
        assert_eq!((&json["collateral"], &json["statement"]["role"]), (&"0x".into(), &"worker".into()));
        assert_eq!(serde_json::from_value::<RegisteredEvidence>(json).unwrap(), sample());
    }

    #[test]
    fn digits_that_are_none_and_fields_that_nobody_knows_are_refused() {
        for (field, value) in [("evidence", "01"), ("evidence", "0x1"), ("collateral", "0xzz"), ("more", "0x")] {
            let mut json = serde_json::to_value(sample()).unwrap();
            json[field] = value.into();
            assert!(serde_json::from_value::<RegisteredEvidence>(json).is_err(), "{field} {value}");
        }
    }

    #[test]
    fn a_part_that_is_too_long_is_named_and_the_longest_parts_fit_into_the_longest_json() {
        let longest =
            RegisteredEvidence { evidence: vec![0; MAX_EVIDENCE], collateral: vec![0; MAX_COLLATERAL], ..sample() };
        assert_eq!(longest.oversized(), None);
        assert!(serde_json::to_vec(&longest).unwrap().len() <= MAX_JSON);
        let evidence = vec![0; MAX_EVIDENCE + 1];
        assert_eq!(RegisteredEvidence { evidence, ..longest.clone() }.oversized(), Some("evidence"));
        let collateral = vec![0; MAX_COLLATERAL + 1];
        assert_eq!(RegisteredEvidence { collateral, ..longest }.oversized(), Some("collateral"));
    }
}
