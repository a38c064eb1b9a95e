//! What verification of evidence of any kind returns.

use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::ops::Deref;
use serde::Serialize;

use crate::{
    Cloud, EvidenceKind, InstanceName, IntelFacts, IntelRefusal, MachineId, Refusal, RootId, TcbStatus, TierNumber,
    azure::{AzureFacts, AzureRefusal, VmConfiguration},
    cca::{CcaFacts, CcaRefusal},
    domain,
    nitro::{NitroFacts, NitroField, NitroRefusal},
    nvidia::{NvidiaFacts, NvidiaRefusal},
    snp::{SnpFacts, SnpRefusal},
    tpm::{TpmFacts, require_nonce},
};

/// Azure, as a provider.
pub(crate) const AZURE: &str = "azure";

/// What verdicts on all kinds of evidence say. On its own it proves nothing: only a [`Verdict`] says that somebody
/// checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The kind of evidence.
    pub kind: EvidenceKind,
    /// The root that everything leads to; of a TPM or an Arm platform it may be the key itself.
    pub root: RootId,
    /// The identity of what was measured: a domain-separated hash over the kind's own measurements.
    #[serde(with = "hex::serde")]
    pub measurement_id: [u8; 32],
    /// The accepted release that has this measurement; `None` if the policy accepts any.
    pub release: Option<String>,
    /// What the evidence is about: report data, user data of a Nitro document, challenge of a token, or the nonce
    /// that a quote or device answers. Empty if it is about nothing.
    #[serde(with = "hex::serde")]
    pub report_data: Vec<u8>,
    /// The platform's security level; `None` where the vendor has none.
    pub tcb_status: Option<TcbStatus>,
    /// The policy's tier that this level is good enough for, 0 being the best. It says nothing where `tcb_status` is
    /// `None`: then there are no tiers.
    pub tier: TierNumber,
    /// The vendor's advisories that apply, sorted.
    pub advisories: Vec<String>,
    /// The machine; `None` if nobody identifies it.
    pub machine: Option<MachineId>,
    /// Who provides the machine, if the evidence says so.
    pub provider: Option<String>,
    /// When the youngest document that this rests on began to be valid (Unix seconds).
    pub valid_from: u64,
    /// The last second at which everything that this rests on is valid.
    pub valid_until: u64,
    /// The evidence's identity: the same however its bytes are padded or its signature is rewritten.
    #[serde(with = "hex::serde")]
    pub evidence_id: [u8; 32],
}

/// What a verdict says beyond [`Claims`], by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "there is one for each verification, never many together")]
pub enum Details {
    /// Intel TDX and SGX.
    Intel(IntelFacts),
    /// AMD SEV-SNP.
    Snp(SnpFacts),
    /// An Azure confidential machine.
    Azure {
        /// The machine.
        machine: AzureFacts,
        /// Its hardware.
        hardware: Box<Details>,
    },
    /// AWS Nitro Enclaves.
    Nitro(NitroFacts),
    /// An NVIDIA GPU or switch.
    Nvidia(NvidiaFacts),
    /// A TPM.
    Tpm(TpmFacts),
    /// Arm CCA.
    Cca(CcaFacts),
}

impl Details {
    /// The claims, without the release.
    pub fn claims(&self) -> Claims {
        match self {
            Self::Intel(facts) => of_intel(facts),
            Self::Snp(facts) => of_snp(facts),
            Self::Azure { machine, hardware } => of_azure(machine, hardware.claims()),
            Self::Nitro(facts) => of_nitro(facts),
            Self::Nvidia(facts) => of_nvidia(facts),
            Self::Tpm(facts) => of_tpm(facts),
            Self::Cca(facts) => of_cca(facts),
        }
    }

    /// Machines and providers that the evidence names besides those of its claims, whoever vouches for them: enough to
    /// be denied by, and not to be let in by.
    pub(crate) fn also_named(&self) -> Vec<(Option<MachineId>, Option<String>)> {
        match self {
            Self::Azure { machine, hardware } => {
                let hardware = hardware.claims();
                vec![
                    (azure_instance(&machine.configuration), Some(String::from(AZURE))),
                    (hardware.machine, hardware.provider),
                ]
            }
            Self::Intel(_) | Self::Snp(_) | Self::Nitro(_) | Self::Nvidia(_) | Self::Tpm(_) | Self::Cca(_) => {
                Vec::new()
            }
        }
    }

    /// Requires that the evidence is about `statement`.
    fn require(&self, statement: &[u8]) -> Result<(), Refusal> {
        let is = |found: &[u8]| !statement.is_empty() && found == statement;
        match self {
            Self::Intel(facts) if !is(&facts.report_data) => Err(IntelRefusal::ReportData.into()),
            Self::Snp(facts) if !is(&facts.report_data) => Err(SnpRefusal::ReportData.into()),
            Self::Nitro(facts) if !facts.user_data.as_deref().is_some_and(is) => {
                Err(NitroRefusal::Binding(NitroField::UserData).into())
            }
            Self::Nvidia(facts) if !is(&facts.nonce) => Err(NvidiaRefusal::Nonce.into()),
            Self::Cca(facts) if !is(&facts.challenge) => Err(CcaRefusal::Challenge.into()),
            Self::Azure { machine, .. } => {
                require_nonce(&machine.nonce, statement).map_err(|refusal| AzureRefusal::Quote(refusal).into())
            }
            Self::Tpm(facts) => require_nonce(&facts.nonce, statement).map_err(Refusal::Tpm),
            Self::Intel(_) | Self::Snp(_) | Self::Nitro(_) | Self::Nvidia(_) | Self::Cca(_) => Ok(()),
        }
    }
}

/// Claims of a kind that has neither security levels nor providers.
fn plain(kind: EvidenceKind, root: [u8; 32], measurement_id: [u8; 32], evidence_id: [u8; 32]) -> Claims {
    Claims {
        kind,
        root: RootId(root),
        measurement_id,
        release: None,
        report_data: Vec::new(),
        tcb_status: None,
        tier: 0,
        advisories: Vec::new(),
        machine: None,
        provider: None,
        valid_from: 0,
        valid_until: 0,
        evidence_id,
    }
}

fn of_intel(facts: &IntelFacts) -> Claims {
    Claims {
        report_data: facts.report_data.to_vec(),
        tcb_status: Some(facts.tcb_status),
        tier: facts.tier,
        advisories: facts.advisories.clone(),
        machine: facts.machine,
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        ..plain(facts.kind, facts.root.0, facts.measurement_id, facts.evidence_id)
    }
}

fn of_snp(facts: &SnpFacts) -> Claims {
    Claims {
        report_data: facts.report_data.to_vec(),
        tcb_status: Some(facts.tcb_status),
        tier: facts.tier,
        advisories: facts.advisories.iter().map(|advisory| format!("{advisory}")).collect(),
        machine: facts.machine,
        provider: facts.provider.clone(),
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        ..plain(EvidenceKind::AmdSnp, facts.root.0, facts.measurement.id(), facts.evidence_id)
    }
}

/// The hardware's claims, with what only the machine's own evidence says in their place.
fn of_azure(facts: &AzureFacts, hardware: Claims) -> Claims {
    let kind = match hardware.kind {
        EvidenceKind::AmdSnp => EvidenceKind::AzureSnp,
        _ => EvidenceKind::AzureTdx,
    };
    let own = azure_instance(&facts.configuration).filter(|_| facts.certified);
    Claims {
        kind,
        measurement_id: azure_measurement(&hardware.measurement_id, &facts.pcrs_id),
        report_data: facts.nonce.clone(),
        machine: hardware.machine.or(own),
        provider: facts.certified.then(|| String::from(AZURE)).or_else(|| hardware.provider.clone()),
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        evidence_id: facts.evidence_id,
        ..hardware
    }
}

/// The identity of what was measured of a machine of Azure's: by its hardware, and into its registers.
pub(crate) fn azure_measurement(hardware: &[u8; 32], registers: &[u8; 32]) -> [u8; 32] {
    domain::hash(domain::AZURE_MEASUREMENT, &[hardware, registers])
}

/// The machine as Azure names it. Only a certificate of its attestation key shows that Azure does.
pub(crate) fn azure_instance(configuration: &VmConfiguration) -> Option<MachineId> {
    let name = InstanceName::new(&configuration.vm_unique_id)?;
    Some(MachineId::Instance { cloud: Cloud::Azure, name })
}

fn of_nitro(facts: &NitroFacts) -> Claims {
    let instance = facts.instance.as_deref().and_then(InstanceName::new);
    Claims {
        report_data: facts.user_data.clone().unwrap_or_default(),
        machine: instance.map(|name| MachineId::Instance { cloud: Cloud::Aws, name }),
        provider: Some(String::from("aws")),
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        ..plain(EvidenceKind::AwsNitro, facts.root.0, facts.measurement_id, facts.evidence_id)
    }
}

fn of_nvidia(facts: &NvidiaFacts) -> Claims {
    Claims {
        report_data: facts.nonce.to_vec(),
        machine: Some(MachineId::NvidiaDevice(facts.device)),
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        ..plain(EvidenceKind::NvidiaGpu, facts.root, facts.measurement_id, facts.evidence_id)
    }
}

fn of_tpm(facts: &TpmFacts) -> Claims {
    Claims {
        report_data: facts.nonce.clone(),
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        ..plain(EvidenceKind::Tpm, facts.root.unwrap_or(facts.key).0, facts.measurement_id, facts.evidence_id)
    }
}

fn of_cca(facts: &CcaFacts) -> Claims {
    Claims {
        report_data: facts.challenge.to_vec(),
        machine: Some(MachineId::ArmInstance(facts.platform.instance_id)),
        valid_from: facts.valid_from,
        valid_until: facts.valid_until,
        ..plain(EvidenceKind::ArmCca, facts.platform_key, facts.measurement_id, facts.evidence_id)
    }
}

/// Evidence passed every check but the last, which is the caller's: what it is about ([`Verdict::bind`]).
///
/// Only [`crate::verify`] makes one.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    claims: Claims,
    details: Details,
}

impl Verdict {
    pub(crate) const fn new(claims: Claims, details: Details) -> Self {
        Self { claims, details }
    }

    /// Requires that the evidence is about `statement`: that [`Claims::report_data`] is just that. Nothing is about
    /// an empty statement, and no quote answers a challenge of zeros.
    ///
    /// # Errors
    /// What the kind's own module says if it is about anything else.
    pub fn bind(self, statement: &[u8]) -> Result<BoundVerdict, Refusal> {
        self.details.require(statement)?;
        Ok(BoundVerdict { verdict: self, statement: statement.to_vec() })
    }

    /// Requires that the evidence answers `nonce`, which the caller asked with. As [`Verdict::bind`], but for Nitro
    /// documents, which have a nonce beside what they are about.
    ///
    /// # Errors
    /// As [`Verdict::bind`].
    pub fn bind_nonce(self, nonce: &[u8]) -> Result<BoundVerdict, Refusal> {
        let Details::Nitro(facts) = &self.details else { return self.bind(nonce) };
        // Anybody can answer nothing, or zeros, beforehand.
        if nonce.iter().all(|byte| *byte == 0) || facts.nonce.as_deref() != Some(nonce) {
            return Err(NitroRefusal::Binding(NitroField::Nonce).into());
        }
        Ok(BoundVerdict { verdict: self, statement: nonce.to_vec() })
    }

    /// What it says beyond its claims.
    pub const fn details(&self) -> &Details {
        &self.details
    }
}

impl Deref for Verdict {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.claims
    }
}

/// A [`Verdict`] that is about the caller's own statement.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundVerdict {
    verdict: Verdict,
    statement: Vec<u8>,
}

impl BoundVerdict {
    /// The verdict, which is about the caller's statement.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The statement or nonce that it is about.
    pub fn statement(&self) -> &[u8] {
        &self.statement
    }

    /// Claims and details, to be kept.
    pub fn into_parts(self) -> (Claims, Details) {
        (self.verdict.claims, self.verdict.details)
    }
}

impl Deref for BoundVerdict {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.verdict.claims
    }
}
