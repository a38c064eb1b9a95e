//! What a relying party accepts, of every kind of evidence. Plain data; whatever it does not allow is refused.

use alloc::{borrow::Cow, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    EvidenceKind, IntelPolicy, IntelRoot, MachineId, Refusal,
    azure::AzurePolicy,
    cca::{CcaPlatformKey, CcaPolicy},
    nitro::{NitroPolicy, NitroRoot},
    nvidia::{NvidiaPolicy, NvidiaRoots},
    snp::{SnpAdvisories, SnpPolicy, SnpRoot},
    tpm::{PcrSet, TpmPolicy},
};

/// What a relying party accepts. The default accepts nothing.
///
/// Debug in any form is no policy: it is always refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The accepted kinds of evidence.
    pub kinds: Vec<EvidenceKind>,
    /// The roots that evidence may lead to.
    pub roots: Roots,
    /// What may have been measured.
    pub measurements: AcceptedMeasurements,
    /// Which machines it may come from.
    pub machines: MachinePolicy,
    /// Platforms of Intel's, and trust domains and enclaves on them; of Azure's machines over TDX too.
    pub intel: IntelPolicy,
    /// Platforms of AMD's and guests on them; of Azure's machines over SEV-SNP too.
    pub snp: SnpPolicy,
    /// Which advisories may apply to those platforms.
    pub snp_advisories: SnpAdvisories,
    /// Azure's machines, beside what is accepted of their hardware. Roots of their certificates stand here.
    pub azure: AzurePolicy,
    /// Nitro enclaves.
    pub nitro: NitroPolicy,
    /// GPUs and switches.
    pub nvidia: NvidiaPolicy,
    /// Quotes of a TPM that stand alone. Roots and keys of TPMs stand here.
    pub tpm: TpmPolicy,
    /// Arm CCA realms. Their platforms' keys stand among the roots.
    pub cca: CcaPolicy,
}

/// The pinned roots of each vendor. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Roots {
    /// Whether Intel's, AMD's, AWS's and NVIDIA's own roots are trusted.
    pub vendors: bool,
    /// Other roots for Intel-shaped evidence, which the relying party trusts for reasons of its own.
    pub intel: Vec<IntelRoot>,
    /// Other roots for SEV-SNP reports. They do not stand in a file.
    #[serde(skip)]
    pub snp: Vec<SnpRoot>,
    /// Other roots for Nitro documents.
    pub nitro: Vec<NitroRoot>,
    /// Other roots for NVIDIA's devices and manifests.
    pub nvidia: Vec<NvidiaRoots>,
    /// The keys of Arm's platforms, which have nothing above them: whoever makes or owns the platform tells its key.
    pub cca: Vec<CcaPlatformKey>,
}

impl Roots {
    /// The vendors' own roots and no others.
    pub const fn vendors() -> Self {
        Self {
            vendors: true,
            intel: Vec::new(),
            snp: Vec::new(),
            nitro: Vec::new(),
            nvidia: Vec::new(),
            cca: Vec::new(),
        }
    }

    /// The roots for Intel-shaped evidence.
    pub fn intel(&self) -> impl Iterator<Item = IntelRoot> {
        self.vendors.then(IntelRoot::intel).into_iter().chain(self.intel.iter().copied())
    }

    /// The roots for SEV-SNP reports.
    pub fn snp(&self) -> Cow<'_, [SnpRoot]> {
        if !self.vendors {
            return Cow::Borrowed(&self.snp);
        }
        let mut roots = amd();
        if !self.snp.is_empty() {
            roots.to_mut().extend_from_slice(&self.snp);
        }
        roots
    }

    /// The roots for Nitro documents.
    pub fn nitro(&self) -> impl Iterator<Item = NitroRoot> {
        self.vendors.then(NitroRoot::aws).into_iter().chain(self.nitro.iter().copied())
    }

    /// The roots for NVIDIA's devices and manifests.
    pub fn nvidia(&self) -> impl Iterator<Item = NvidiaRoots> {
        self.vendors.then(NvidiaRoots::nvidia).into_iter().chain(self.nvidia.iter().copied())
    }
}

/// AMD's own roots, whose nine certificates are read once where that can be remembered.
fn amd() -> Cow<'static, [SnpRoot]> {
    #[cfg(feature = "std")]
    {
        static AMD: std::sync::LazyLock<Vec<SnpRoot>> = std::sync::LazyLock::new(SnpRoot::all_amd);
        Cow::Borrowed(&AMD)
    }
    #[cfg(not(feature = "std"))]
    Cow::Owned(SnpRoot::all_amd())
}

/// What may have been measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptedMeasurements {
    /// These and no others.
    Only(Vec<NamedMeasurement>),
    /// Anything: whoever asks looks at [`crate::Claims::measurement_id`] themselves.
    Any,
}

impl Default for AcceptedMeasurements {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

/// An accepted measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedMeasurement {
    /// [`crate::Claims::measurement_id`].
    #[serde(with = "hex::serde")]
    pub id: [u8; 32],
    /// The release that has it, for people.
    pub release: String,
}

/// Which machines evidence may come from. The default allows every machine that is identified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MachinePolicy {
    /// Whether evidence is accepted that names no machine.
    pub accept_unidentified: bool,
    /// If given, these machines and no others.
    pub allowed: Option<Vec<MachineId>>,
    /// Never these machines.
    pub denied: Vec<MachineId>,
    /// Never machines of these providers, such as `aws`, `azure`, or the provider's name in AMD's certificate.
    pub denied_providers: Vec<String>,
}

impl Policy {
    /// How long a verdict on a CCA token is true, in seconds: nothing in a token tells an end.
    const CCA_LIFETIME: u64 = 24 * 60 * 60;

    /// Up to date and nothing else, of identified machines, under the vendors' roots: TDX, SGX, SEV-SNP (not
    /// Milan) and Nitro, with one of `measurements`. Intel's evaluation is at least `evaluation_number`.
    pub fn strict(evaluation_number: u32, measurements: Vec<NamedMeasurement>) -> Self {
        use EvidenceKind::{AmdSnp, AwsNitro, IntelSgx, IntelTdx};
        Self {
            kinds: Vec::from([IntelTdx, IntelSgx, AmdSnp, AwsNitro]),
            roots: Roots::vendors(),
            measurements: AcceptedMeasurements::Only(measurements),
            intel: IntelPolicy::strict(evaluation_number),
            snp: SnpPolicy::strict(),
            snp_advisories: SnpAdvisories::default(),
            nitro: NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME),
            ..Self::default()
        }
    }

    /// What the command judges by where it is given no policy: every kind under the vendors' roots, up to date,
    /// without debug; of SEV-SNP everything that AMD vouches for, in the tier that it deserves. What only the caller
    /// can know (measurements, registers, manifests, revocation lists that do not travel with evidence) is left
    /// unchecked, and reported so.
    pub fn command() -> Self {
        let azure =
            AzurePolicy { require_secure_boot: false, allow_console: true, ..AzurePolicy::strict(PcrSet::NONE) };
        Self {
            kinds: Vec::from(EvidenceKind::ALL),
            roots: Roots::vendors(),
            measurements: AcceptedMeasurements::Any,
            machines: MachinePolicy { accept_unidentified: true, ..MachinePolicy::default() },
            intel: IntelPolicy::strict(0),
            snp: SnpPolicy::tiered(),
            snp_advisories: SnpAdvisories::any(),
            azure,
            nitro: NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME),
            nvidia: NvidiaPolicy::insecure_without_endorsements(),
            tpm: TpmPolicy::strict(PcrSet::NONE),
            cca: CcaPolicy::insecure_emulated(Self::CCA_LIFETIME),
        }
    }

    /// Requires that evidence of `kind` may be accepted at all.
    pub(crate) fn require_kind(&self, kind: EvidenceKind) -> Result<(), Refusal> {
        if self.kinds.contains(&kind) { Ok(()) } else { Err(Refusal::Kind(kind)) }
    }
}

impl AcceptedMeasurements {
    /// The release that has the measurement; `None` if nobody asked which it is.
    pub(crate) fn require(&self, id: &[u8; 32]) -> Result<Option<String>, Refusal> {
        match self {
            Self::Any => Ok(None),
            Self::Only(accepted) => match accepted.iter().find(|accepted| accepted.id == *id) {
                Some(accepted) => Ok(Some(accepted.release.clone())),
                None => Err(Refusal::Measurement {
                    found: *id,
                    accepted: u32::try_from(accepted.len()).unwrap_or(u32::MAX),
                }),
            },
        }
    }
}

impl MachinePolicy {
    /// Requires that neither machine nor provider is denied.
    pub(crate) fn require_not_denied(
        &self,
        machine: Option<&MachineId>,
        provider: Option<&str>,
    ) -> Result<(), Refusal> {
        if provider.is_some_and(|found| self.denied_providers.iter().any(|denied| denied == found)) {
            return Err(Refusal::ProviderDenied);
        }
        match machine {
            Some(machine) if self.denied.contains(machine) => Err(Refusal::MachineDenied(*machine)),
            Some(_) | None => Ok(()),
        }
    }

    /// Requires a machine, and a provider, that is allowed.
    pub(crate) fn require(&self, machine: Option<&MachineId>, provider: Option<&str>) -> Result<(), Refusal> {
        self.require_not_denied(machine, provider)?;
        let Some(machine) = machine else {
            let is_accepted = self.accept_unidentified && self.allowed.is_none();
            return if is_accepted { Ok(()) } else { Err(Refusal::MachineUnidentified) };
        };
        match &self.allowed {
            Some(allowed) if !allowed.contains(machine) => Err(Refusal::MachineNotAllowed(*machine)),
            Some(_) | None => Ok(()),
        }
    }
}
