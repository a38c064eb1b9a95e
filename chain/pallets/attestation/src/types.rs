//! What the pallet stores of its own, and bounds.

use adyton_attestation::{
    IntelPolicy, IntelRoot,
    nitro::{NitroPolicy, NitroRoot},
    snp::{SnpPolicy, SnpProduct, SnpRoot},
};
use adyton_protocol::{
    evidence,
    ids::Digest,
    record::{EvidenceKind, MachineClass},
};
use alloc::{boxed::Box, vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{BoundedVec, traits::ConstU32};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The most bytes of raw collateral: Intel's is about 21 KiB, AMD's revocation lists have 1 KiB.
pub const MAX_COLLATERAL: u32 = 64 * 1024;
/// The most bytes of evidence: Intel's quotes and AWS's documents have about 5 KiB.
pub const MAX_EVIDENCE: u32 = 16 * 1024;
/// The most bytes of a root's certificates: AMD's three have 5 KiB.
pub const MAX_ROOT: u32 = 8 * 1024;
/// The most roots that there are, of all kinds together: a policy is held against the collateral under each.
pub const MAX_ROOTS: u32 = 32;
/// The most bytes of a revocation list that is stored.
pub const MAX_REVOCATION_LIST: u32 = 8 * 1024;

/// How many enclaves AWS lets an instance have (AWS Nitro Enclaves user guide, "Considerations").
const AWS_ENCLAVES: u32 = 4;

/// The lowest evaluation number of Intel's collateral in [`KindPolicy::shipped`].
const SHIPPED_EVALUATION: u32 = 19;

/// What is accepted of the platforms of one kind of evidence. A kind without one is not accepted.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum KindPolicy {
    /// Of Intel TDX.
    #[codec(index = 0)]
    IntelTdx(IntelPolicy),
    /// Of Intel SGX.
    #[codec(index = 1)]
    IntelSgx(IntelPolicy),
    /// Of AMD SEV-SNP.
    #[codec(index = 2)]
    AmdSnp(Box<SnpPolicy>),
    /// Of AWS Nitro Enclaves.
    #[codec(index = 3)]
    AwsNitro(NitroPolicy),
}

impl KindPolicy {
    /// The kind that it is for.
    pub const fn kind(&self) -> EvidenceKind {
        match self {
            Self::IntelTdx(_) => EvidenceKind::IntelTdx,
            Self::IntelSgx(_) => EvidenceKind::IntelSgx,
            Self::AmdSnp(_) => EvidenceKind::AmdSnp,
            Self::AwsNitro(_) => EvidenceKind::AwsNitro,
        }
    }

    /// The lowest evaluation number of collateral that it accepts; zero for kinds whose collateral has none.
    pub const fn minimum_evaluation(&self) -> u32 {
        match self {
            Self::IntelTdx(policy) | Self::IntelSgx(policy) => policy.minimum_evaluation_number,
            Self::AmdSnp(_) | Self::AwsNitro(_) => 0,
        }
    }

    /// Whether it is for the same kind as `old`, and whatever passes it passes `old` too.
    pub fn tightens(&self, old: &Self) -> bool {
        match self {
            Self::IntelTdx(policy) => matches!(old, Self::IntelTdx(old) if policy.tightens(old)),
            Self::IntelSgx(policy) => matches!(old, Self::IntelSgx(old) if policy.tightens(old)),
            Self::AmdSnp(policy) => matches!(old, Self::AmdSnp(old) if policy.tightens(old)),
            Self::AwsNitro(policy) => matches!(old, Self::AwsNitro(old) if policy.tightens(old)),
        }
    }

    /// What a network begins with that says nothing else: every kind, up to date and nothing else. Of AMD's it takes
    /// Genoa and Turin, with AMD's revocation list; Milan would have to be named, because the seed of its keys can be
    /// read out by software.
    pub fn shipped() -> Vec<Self> {
        vec![
            Self::IntelTdx(IntelPolicy::strict(SHIPPED_EVALUATION)),
            Self::IntelSgx(IntelPolicy::strict(SHIPPED_EVALUATION)),
            Self::AmdSnp(Box::new(SnpPolicy::strict())),
            Self::AwsNitro(NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME)),
        ]
    }
}

/// A root of trust as the verifier needs it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum RootKey {
    /// Of Intel's shape.
    #[codec(index = 0)]
    Intel(IntelRoot),
    /// Of AMD's.
    #[codec(index = 1)]
    Snp(Box<SnpRoot>),
    /// Of AWS's.
    #[codec(index = 2)]
    Nitro(NitroRoot),
}

impl RootKey {
    /// Reads and checks a root's certificates, which are DER: one, and of AMD's those of root, chip authority and
    /// provider authority, each with its length before it ([`evidence::parts`]). The second value is the root's own.
    pub fn read(kind: EvidenceKind, certificates: &[u8]) -> Option<(Self, &[u8])> {
        match kind {
            EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => {
                Some((Self::Intel(IntelRoot::from_certificate(certificates).ok()?), certificates))
            }
            EvidenceKind::AmdSnp => {
                let [ark, ask, asvk] = evidence::parts(certificates)?;
                // The names in the certificates are of one product line only.
                let of = |product| SnpRoot::from_certificates(product, ark, ask, asvk).ok();
                Some((Self::Snp(Box::new(SnpProduct::ALL.into_iter().find_map(of)?)), ark))
            }
            EvidenceKind::AwsNitro => {
                Some((Self::Nitro(NitroRoot::from_certificate(certificates).ok()?), certificates))
            }
        }
    }

    /// The root's identity: SHA-256 of its public key.
    pub fn id(&self) -> Digest {
        Digest(match self {
            Self::Intel(root) => root.id().0,
            Self::Snp(root) => root.id().0,
            Self::Nitro(root) => root.id().0,
        })
    }

    /// Whether it can vouch for evidence of `kind`.
    pub const fn is_for(&self, kind: EvidenceKind) -> bool {
        match self {
            Self::Intel(_) => matches!(kind, EvidenceKind::IntelTdx | EvidenceKind::IntelSgx),
            Self::Snp(_) => matches!(kind, EvidenceKind::AmdSnp),
            Self::Nitro(_) => matches!(kind, EvidenceKind::AwsNitro),
        }
    }
}

/// The list of what a root of AMD's has revoked; checked when it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct RevocationList {
    /// The list, DER.
    pub list: BoundedVec<u8, ConstU32<MAX_REVOCATION_LIST>>,
    /// When AMD issued it, Unix seconds.
    pub issued_at: u64,
    /// The last second at which it is valid.
    pub valid_until: u64,
}

impl RevocationList {
    /// Its generation, which floors are about: the day on which it was issued.
    pub fn generation(&self) -> u32 {
        adyton_appraisal::generation_of_list(self.issued_at)
    }
}

/// Something accepted of which a change may be pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Accepted {
    /// A root of trust.
    #[codec(index = 0)]
    Root {
        /// For which evidence.
        kind: EvidenceKind,
        /// Its identity.
        root: Digest,
    },
    /// A measurement.
    #[codec(index = 1)]
    Measurement(Digest),
    /// The policy for platforms of a kind.
    #[codec(index = 2)]
    Policy(EvidenceKind),
}

/// How many workers a machine of `class` has at most that has no capacity of its own, on a network where one piece of
/// hardware has `of_hardware`. An instance is a virtual machine, which is as easily had as an account: it has no more
/// workers than its cloud lets it have trusted environments.
pub fn default_capacity(class: MachineClass, of_hardware: u32) -> u32 {
    match class {
        MachineClass::None => 0,
        MachineClass::IntelPpid | MachineClass::AmdChip => of_hardware,
        MachineClass::AwsInstance => of_hardware.min(AWS_ENCLAVES),
        MachineClass::AzureInstance => of_hardware.min(1),
    }
}
