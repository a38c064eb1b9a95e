//! Bounds, and the few conversions between the verifier's types and the chain's.

use adyton_attestation::{EvidenceKind as VerifierKind, MachineId as VerifierMachine};
use adyton_protocol::record::{EvidenceKind, MachineId};

/// The most bytes of raw collateral: Intel's is about 12 KiB.
pub const MAX_COLLATERAL: u32 = 64 * 1024;
/// The most bytes of evidence: an Intel TDX quote is about 5 KiB.
pub const MAX_EVIDENCE: u32 = 16 * 1024;

/// The chain's kind for the verifier's; `None` for kinds that the chain has no record for.
pub fn kind(kind: VerifierKind) -> Option<EvidenceKind> {
    match kind {
        VerifierKind::IntelTdx => Some(EvidenceKind::IntelTdx),
        VerifierKind::IntelSgx
        | VerifierKind::AmdSnp
        | VerifierKind::AwsNitro
        | VerifierKind::NvidiaGpu
        | VerifierKind::ArmCca => None,
    }
}

/// The chain's identity for the verifier's; `None` for machines that the chain has no record for.
pub fn machine(machine: Option<VerifierMachine>) -> Option<MachineId> {
    match machine {
        None => Some(MachineId::None),
        Some(VerifierMachine::IntelPpid(ppid)) => Some(MachineId::IntelPpid(ppid)),
        Some(VerifierMachine::AmdChip(_)) => None,
    }
}
