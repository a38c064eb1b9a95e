//! Why evidence of any kind is refused.

use crate::{
    CommonCheck, EvidenceKind, IntelRefusal, MachineId, azure::AzureRefusal, cca::CcaRefusal, nitro::NitroRefusal,
    nvidia::NvidiaRefusal, snp::SnpRefusal, tpm::TpmRefusal,
};

/// Why evidence is refused: by the rules of its kind, or by those that hold for all kinds. The texts say what was
/// found and what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Intel's rules.
    #[error(transparent)]
    Intel(#[from] IntelRefusal),
    /// AMD's.
    #[error(transparent)]
    Snp(#[from] SnpRefusal),
    /// Azure's.
    #[error(transparent)]
    Azure(#[from] AzureRefusal),
    /// AWS's.
    #[error(transparent)]
    Nitro(#[from] NitroRefusal),
    /// NVIDIA's.
    #[error(transparent)]
    Nvidia(#[from] NvidiaRefusal),
    /// A TPM's.
    #[error(transparent)]
    Tpm(#[from] TpmRefusal),
    /// Arm's.
    #[error(transparent)]
    Cca(#[from] CcaRefusal),
    /// The policy does not accept this kind of evidence.
    #[error("the policy does not accept evidence of kind {}", .0.name())]
    Kind(EvidenceKind),
    /// The policy trusts no root that evidence of this kind could lead to.
    #[error("the policy has no root for evidence of kind {}", .0.name())]
    NoRoot(EvidenceKind),
    /// What was measured is not accepted.
    #[error("the measurement {} is none of the {accepted} accepted ones", hex::encode(.found))]
    Measurement {
        /// [`crate::Claims::measurement_id`].
        found: [u8; 32],
        /// How many measurements the policy accepts.
        accepted: u32,
    },
    /// The evidence names no machine.
    #[error("the evidence names no machine, and the policy wants one")]
    MachineUnidentified,
    /// The machine is none of the allowed ones.
    #[error("the {0} is none of the allowed machines")]
    MachineNotAllowed(MachineId),
    /// The machine is denied.
    #[error("the {0} is denied")]
    MachineDenied(MachineId),
    /// The provider is denied.
    #[error("the machine's provider is denied")]
    ProviderDenied,
}

impl Refusal {
    /// The name of the check that failed: of the kind's own checks, or of [`CommonCheck`].
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Intel(refusal) => refusal.check().name(),
            Self::Snp(refusal) => refusal.check().name(),
            Self::Azure(refusal) => refusal.check().name(),
            Self::Nitro(refusal) => refusal.check().name(),
            Self::Nvidia(refusal) => refusal.check().name(),
            Self::Tpm(refusal) => refusal.check().name(),
            Self::Cca(refusal) => refusal.check().name(),
            Self::Kind(_) | Self::NoRoot(_) => CommonCheck::Kind.name(),
            Self::Measurement { .. } => CommonCheck::Measurement.name(),
            Self::MachineUnidentified | Self::MachineNotAllowed(_) | Self::MachineDenied(_) | Self::ProviderDenied => {
                CommonCheck::Machine.name()
            }
        }
    }
}
