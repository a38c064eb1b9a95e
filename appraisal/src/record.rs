//! How the chain's records name what a verifier finds, and what they have to say of it.

use adyton_attestation::{
    BoundVerdict, Cloud as VerifierCloud, Details, EvidenceKind as Kind, MachineId as Machine,
    snp::{SnpCpu, SnpProduct},
};
use adyton_protocol::{
    cpu::CpuModel,
    evidence::{Cloud, EvidenceKind, InstanceName, MachineId},
    ids::Digest,
    record::{Provider, VerdictFacts},
};

use crate::{AppraisalRefusal, Difference, Terms};

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// The verifier's name of a kind.
pub const fn verifiers_kind(kind: EvidenceKind) -> Kind {
    match kind {
        EvidenceKind::IntelTdx => Kind::IntelTdx,
        EvidenceKind::IntelSgx => Kind::IntelSgx,
        EvidenceKind::AmdSnp => Kind::AmdSnp,
        EvidenceKind::AwsNitro => Kind::AwsNitro,
    }
}

/// The chain's name of a kind; none for kinds that are not registered there.
const fn recorded_kind(kind: Kind) -> Option<EvidenceKind> {
    match kind {
        Kind::IntelTdx => Some(EvidenceKind::IntelTdx),
        Kind::IntelSgx => Some(EvidenceKind::IntelSgx),
        Kind::AmdSnp => Some(EvidenceKind::AmdSnp),
        Kind::AwsNitro => Some(EvidenceKind::AwsNitro),
        Kind::NvidiaGpu | Kind::ArmCca | Kind::AzureTdx | Kind::AzureSnp | Kind::Tpm => None,
    }
}

/// A machine as the chain names it; none for machines that are not registered there.
pub fn machine(machine: Option<Machine>) -> Option<MachineId> {
    match machine {
        None => Some(MachineId::None),
        Some(Machine::IntelPpid(ppid)) => Some(MachineId::IntelPpid(ppid)),
        Some(Machine::AmdChip(chip)) => Some(MachineId::AmdChip(chip)),
        Some(Machine::Instance { cloud, name }) => {
            let cloud = match cloud {
                VerifierCloud::Aws => Cloud::Aws,
                VerifierCloud::Azure => Cloud::Azure,
            };
            Some(MachineId::Instance { cloud, name: InstanceName::new(name.as_str())? })
        }
        Some(Machine::NvidiaDevice(_) | Machine::ArmInstance(_)) => None,
    }
}

/// The model of the machine's processor as the chain names it; none where the evidence names none, or is not registered
/// there.
pub fn cpu_model(details: &Details) -> Option<CpuModel> {
    match details {
        Details::Intel(facts) => Some(CpuModel::IntelFmspc(facts.fmspc)),
        Details::Snp(facts) => Some(amd_model(facts.cpu, facts.product)),
        Details::Azure { .. } | Details::Nitro(_) | Details::Nvidia(_) | Details::Tpm(_) | Details::Cca(_) => None,
    }
}

/// A report of version 2 does not name the processor, and the certificate of its key only the line: the line's first
/// model stands for it.
const fn amd_model(cpu: Option<SnpCpu>, line: SnpProduct) -> CpuModel {
    match (cpu, line) {
        (Some(cpu), _) => CpuModel::AmdCpuid { family: cpu.family, model: cpu.model },
        (None, SnpProduct::Milan) => CpuModel::AmdCpuid { family: 0x19, model: 0x01 },
        (None, SnpProduct::Genoa) => CpuModel::AmdCpuid { family: 0x19, model: 0x11 },
        (None, SnpProduct::Turin) => CpuModel::AmdCpuid { family: 0x1a, model: 0x02 },
    }
}

/// The generation of AMD's revocation list that was issued at `issued_at` (Unix seconds), which floors are about: the
/// day.
pub fn generation_of_list(issued_at: u64) -> u32 {
    u32::try_from(issued_at / SECONDS_OF_A_DAY).unwrap_or(u32::MAX)
}

/// A verdict in the words of the chain's records.
pub(crate) fn facts(verdict: &BoundVerdict, generation: u32, terms: &Terms) -> Result<VerdictFacts, AppraisalRefusal> {
    let provider = verdict.provider.as_ref().map(|name| Provider::try_from(name.clone().into_bytes())).transpose();
    Ok(VerdictFacts {
        kind: recorded_kind(verdict.kind).ok_or(AppraisalRefusal::Unrecorded("kind"))?,
        root: Digest(verdict.root.0),
        measurement: Digest(verdict.measurement_id),
        profile: terms.profile,
        machine: machine(verdict.machine).ok_or(AppraisalRefusal::Unrecorded("machine"))?,
        provider: provider.map_err(|_| AppraisalRefusal::Unrecorded("provider"))?,
        tier: verdict.tier,
        evaluation: generation,
        judged_at: terms.now,
        // The verdict names its last good second; the record the first bad one.
        valid_until: verdict.valid_until.saturating_add(1),
        evidence: Digest(verdict.evidence_id),
    })
}

/// Requires that `record`, which is the chain's, says what was found here, and of collateral that is not newer.
///
/// # Errors
/// The first [`Difference`] met.
pub fn require_same(found: &VerdictFacts, record: &VerdictFacts) -> Result<(), Difference> {
    let same = [
        ("kind", found.kind == record.kind),
        ("root", found.root == record.root),
        ("measurement", found.measurement == record.measurement),
        ("machine", found.machine == record.machine),
        ("provider", found.provider == record.provider),
        ("evidence", found.evidence == record.evidence),
    ];
    if let Some((fact, _)) = same.iter().find(|(_, same)| !same) {
        return Err(Difference::Fact(fact));
    }
    // What newer collateral revokes, older one would let pass.
    if found.evaluation < record.evaluation {
        return Err(Difference::CollateralOlder { shown: found.evaluation, judged: record.evaluation });
    }
    Ok(())
}
