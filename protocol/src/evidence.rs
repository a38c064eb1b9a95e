//! Kinds of evidence, the machines it comes from, and how evidence travels that is more than one document.
//!
//! A program's evidence is what its platform makes, with one exception: an SEV-SNP report says nothing without the
//! certificate of the key that signed it, so that the two travel together as [`SnpEvidence`].

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, Digest};

/// A kind of evidence.
#[derive(
    Debug,
    Clone,
    Copy,
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
pub enum EvidenceKind {
    /// An Intel TDX quote.
    #[codec(index = 0)]
    IntelTdx,
    /// An Intel SGX quote.
    #[codec(index = 1)]
    IntelSgx,
    /// An AMD SEV-SNP report with the certificate of its key ([`SnpEvidence`]).
    #[codec(index = 2)]
    AmdSnp,
    /// An AWS Nitro Enclaves document.
    #[codec(index = 3)]
    AwsNitro,
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::IntelTdx, Self::IntelSgx, Self::AmdSnp, Self::AwsNitro];

    /// Its name as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IntelTdx => "intel-tdx",
            Self::IntelSgx => "intel-sgx",
            Self::AmdSnp => "amd-snp",
            Self::AwsNitro => "aws-nitro",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which stored collateral evidence is to be judged by. A wrong one is refused, never another one tried. Intel's is there
/// for each authority that certifies platforms of the family; the certificates in the evidence name the one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct CollateralRef {
    /// The kind of evidence.
    pub kind: EvidenceKind,
    /// The root of trust: a hash of its public key.
    pub root: Digest,
    /// The platform family: Intel's FMSPC. Zero for kinds that have none.
    pub family: [u8; 6],
}

/// Which machine evidence came from. It does not exclude another operator: every VM of a host shares it.
#[derive(
    Debug,
    Clone,
    Copy,
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
)]
pub enum MachineId {
    /// The evidence names none; needs an allow-list.
    #[codec(index = 0)]
    None,
    /// Intel's platform provisioning identifier.
    #[codec(index = 1)]
    IntelPpid([u8; 16]),
    /// AMD's chip identifier, filled with zeros where it is shorter.
    #[codec(index = 2)]
    AmdChip([u8; 64]),
    /// A cloud's instance, where the cloud does not tell the machine under it.
    #[codec(index = 3)]
    Instance {
        /// Whose instance.
        cloud: Cloud,
        /// Its name.
        name: InstanceName,
    },
}

/// A cloud that vouches for its instances.
#[derive(
    Debug,
    Clone,
    Copy,
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
)]
pub enum Cloud {
    /// Amazon Web Services.
    #[codec(index = 0)]
    Aws,
    /// Microsoft Azure.
    #[codec(index = 1)]
    Azure,
}

impl Cloud {
    /// Its name as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
        }
    }
}

/// The name that a cloud gives to an instance: ASCII, at most 40 bytes, padded with zeros.
#[derive(
    Debug,
    Clone,
    Copy,
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
)]
pub struct InstanceName([u8; 40]);

impl InstanceName {
    /// `None` if the name is empty, too long or not printable.
    pub fn new(name: &str) -> Option<Self> {
        let is_printable = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        let mut padded = [0; 40];
        padded.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        is_printable.then_some(Self(padded))
    }

    /// The name without its padding.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..length).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or_default()
    }
}

impl MachineId {
    /// Its class.
    pub const fn class(&self) -> MachineClass {
        match self {
            Self::None => MachineClass::None,
            Self::IntelPpid(_) => MachineClass::IntelPpid,
            Self::AmdChip(_) => MachineClass::AmdChip,
            Self::Instance { cloud: Cloud::Aws, .. } => MachineClass::AwsInstance,
            Self::Instance { cloud: Cloud::Azure, .. } => MachineClass::AzureInstance,
        }
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::IntelPpid(ppid) => write!(f, "intel-ppid 0x{}", hex::encode(ppid)),
            Self::AmdChip(chip) => write!(f, "amd-chip 0x{}", hex::encode(chip)),
            Self::Instance { cloud, name } => write!(f, "{}-instance {}", cloud.name(), name.as_str()),
        }
    }
}

/// How a machine is identified, which says how much its identity is worth.
#[derive(
    Debug,
    Clone,
    Copy,
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
pub enum MachineClass {
    /// Not at all.
    #[codec(index = 0)]
    None,
    /// By Intel's platform provisioning identifier.
    #[codec(index = 1)]
    IntelPpid,
    /// By AMD's chip identifier.
    #[codec(index = 2)]
    AmdChip,
    /// By Amazon's name for the instance on it.
    #[codec(index = 3)]
    AwsInstance,
    /// By Microsoft's name for the instance on it.
    #[codec(index = 4)]
    AzureInstance,
}

/// A cloud provider, as the vendor's certificate names it.
pub type Provider = BoundedVec<u8, ConstU32<64>>;

/// Who may have workers on machines that nobody identifies.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Party {
    /// An operator.
    #[codec(index = 0)]
    Operator(AccountId),
    /// Every operator, on machines that this cloud provider vouches for.
    #[codec(index = 1)]
    Provider(Provider),
}

/// The longest SEV-SNP evidence in bytes: a report of 1184, a certificate of 4096, and two lengths.
pub const MAX_SNP_EVIDENCE: usize = 1184 + 4096 + 8;

/// An SEV-SNP report with the certificate of the key that signed it, borrowed from
/// `u32 length of report ‖ report ‖ u32 length of certificate ‖ certificate`, lengths little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnpEvidence<'a> {
    /// The report, as the firmware made it.
    pub report: &'a [u8],
    /// The certificate (DER) of the versioned key, VCEK or VLEK.
    pub certificate: &'a [u8],
}

impl<'a> SnpEvidence<'a> {
    /// Reads what [`SnpEvidence::to_bytes`] wrote; `None` for anything else, such as bytes behind it.
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > MAX_SNP_EVIDENCE {
            return None;
        }
        let [report, certificate] = parts(bytes)?;
        Some(Self { report, certificate })
    }

    /// The form in which it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        join([self.report, self.certificate])
    }
}

/// Splits `N` parts, each with its length (`u32`, little-endian) before it; `None` if there are fewer or more bytes.
pub fn parts<const N: usize>(mut bytes: &[u8]) -> Option<[&[u8]; N]> {
    let mut found: [&[u8]; N] = [&[]; N];
    for part in &mut found {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        (*part, bytes) = rest.split_at_checked(length)?;
    }
    bytes.is_empty().then_some(found)
}

/// What [`parts`] splits.
pub fn join<const N: usize>(parts: [&[u8]; N]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&(part.len() as u32).to_le_bytes());
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec};

    #[test]
    fn evidence_reads_back_and_nothing_may_be_missing_or_behind_it() {
        let evidence = SnpEvidence { report: &[1; 5], certificate: &[2; 3] };
        let bytes = evidence.to_bytes();
        assert_eq!(SnpEvidence::from_bytes(&bytes), Some(evidence));
        for end in 0..bytes.len() {
            assert_eq!(SnpEvidence::from_bytes(&bytes[..end]), None, "{end}");
        }
        assert_eq!(SnpEvidence::from_bytes(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(SnpEvidence::from_bytes(&[0xff; 12]), None);
        assert_eq!(SnpEvidence::from_bytes(&vec![0; MAX_SNP_EVIDENCE + 1]), None);
    }

    #[test]
    fn an_instance_has_a_printable_name_of_at_most_forty_bytes() {
        for refused in ["", "with space", "\0", &"x".repeat(41)] {
            assert_eq!(InstanceName::new(refused), None, "{refused:?}");
        }
        let name = InstanceName::new("i-020b6af9246d90e92").unwrap();
        assert_eq!(MachineId::Instance { cloud: Cloud::Aws, name }.to_string(), "aws-instance i-020b6af9246d90e92");
    }

    #[test]
    fn each_kind_has_its_own_name_and_the_one_of_its_text_form() {
        for kind in EvidenceKind::ALL {
            assert_eq!(EvidenceKind::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(EvidenceKind::from_name("none"), None);
    }
}
