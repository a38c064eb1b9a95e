//! What can be proposed.

use std::path::PathBuf;

use adyton_attestation::{
    IntelRoot,
    nitro::NitroRoot,
    snp::{SnpProduct, SnpRoot},
};
use adyton_client::{
    chain::{
        extrinsic::{
            Call,
            calls::{Attestation, DevicePolicy, Devices, PlatformPolicy, Slashing, System, Treasury, Validators},
        },
        governance::Track,
    },
    protocol::{
        ids::Digest,
        record::{Cloud, EvidenceKind, InstanceName, MachineId},
        statement::Role,
    },
};
use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use codec::Encode;

use super::{
    admission::{Allow, Capacity},
    caps::CapacityCap,
    describe::kind_named,
    fitting::{fits, least},
    parameters,
    upgrade::Runtime,
};
use crate::{
    account::{parse_pha, who},
    attest::{Part, digits, read_file, read_policy},
    connection::Connection,
    output::misuse,
    signing::Signing,
};

/// What is proposed.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Stop all registrations of workers, keyholders and devices.
    #[command(after_help = "Example:\n  adyton gov propose freeze --from main")]
    Freeze(Common),
    /// Let them go on, after the delay.
    #[command(after_help = "Example:\n  adyton gov propose unfreeze --from main")]
    Unfreeze(Common),
    /// Deny a machine: no worker on it counts any more.
    #[command(after_help = "Example:\n  adyton gov propose deny-machine intel-ppid:0x0011..ff --from main")]
    DenyMachine(Deny),
    /// Deny an operator: none of their workers counts any more.
    #[command(after_help = "Example:\n  adyton gov propose deny-operator 45hP...rj --from main")]
    DenyOperator(Deny),
    /// Deny a cloud provider, as its certificates name it.
    #[command(after_help = "Example:\n  adyton gov propose deny-provider 'A cloud' --from main")]
    DenyProvider(Deny),
    /// Let an operator have workers on machines that nobody identifies, after the delay.
    #[command(after_help = "Example:\n  adyton gov propose allow-operator 45hP...rj --from main")]
    AllowOperator(Allow),
    /// Let everybody have workers on machines that nobody identifies and this cloud provider vouches for, after the delay.
    #[command(after_help = "Example:\n  adyton gov propose allow-provider 'A cloud' --from main")]
    AllowProvider(Allow),
    /// Set how many workers there may be on one machine, or on each of a class. What lets more in holds after the delay.
    #[command(
        after_help = "Examples:\n  adyton gov propose set-capacity intel-ppid:0x0011..ff 4 --from main\n  adyton gov propose set-capacity amd-chip 0 --from main\n\nA class with 0 and machines with a number of their own let in those machines and no others of the class."
    )]
    SetCapacity(Capacity),
    /// Set how much capacity counts of one machine, by its processor's model or by the evidence of its workers.
    #[command(
        after_help = "Examples:\n  adyton gov propose set-capacity-cap intel-fmspc:0x00806f050000 80000 --from main\n  adyton gov propose set-capacity-cap amd-cpuid:0x1911 --undo --from main\n  adyton gov propose set-capacity-cap amd-snp 100000 --from main\n\nThe processor's is the one that counts, where it has one. `adyton rewards show` says which processor a worker's machine\nhas, `adyton rewards parameters` which caps there are. A change holds from each machine's next measurement on."
    )]
    SetCapacityCap(CapacityCap),
    /// Accept a kind of evidence under a policy, or under another one. What loosens holds after the delay.
    #[command(
        after_help = "Example:\n  adyton gov propose set-policy policy.toml --kind amd-snp --from main\n\nThe file is one of `adyton attest verify --policy`; of it the part for the kind counts: intel, snp or nitro."
    )]
    SetPolicy(SetPolicy),
    /// Accept a kind of evidence no longer.
    #[command(after_help = "Example:\n  adyton gov propose remove-policy --kind amd-snp --from main")]
    RemovePolicy(OfKind),
    /// Accept GPUs under a policy, or under another one. What loosens holds after the delay.
    #[command(
        after_help = "Example:\n  adyton gov propose set-device-policy policy.toml --from main\n\nThe file is one of `adyton attest verify --policy`; of it the part nvidia counts."
    )]
    SetDevicePolicy(SetDevicePolicy),
    /// Accept a measurement, after the delay.
    #[command(
        after_help = "Example:\n  adyton gov propose accept-measurement 0x1f..c2 --profile 0x77..01 --release 1.2.0 --from main"
    )]
    AcceptMeasurement(Accept),
    /// Accept a measurement no longer: what runs it counts no more.
    #[command(after_help = "Example:\n  adyton gov propose revoke-measurement 0x1f..c2 --from main")]
    RevokeMeasurement(Revoke),
    /// Accept a root of trust, after the delay.
    #[command(
        after_help = "Example:\n  adyton gov propose add-root root.pem --kind intel-tdx --from main\n\nOf amd-snp the file has three certificates: ARK, ASK, ASVK."
    )]
    AddRoot(AddRoot),
    /// Accept a root of trust no longer: nobody under it counts any more.
    #[command(after_help = "Example:\n  adyton gov propose remove-root 0x9a..11 --kind intel-tdx --from main")]
    RemoveRoot(RemoveRoot),
    /// Raise the lowest generation of collateral that counts under a root.
    #[command(
        after_help = "Example:\n  adyton gov propose raise-floor 18 --kind intel-tdx --root 0x9a..11 --from main"
    )]
    RaiseFloor(RaiseFloor),
    /// Let somebody have an amount of the treasury's.
    #[command(after_help = "Example:\n  adyton gov propose spend 2500 45hP...rj --from main")]
    Spend(Spend),
    /// Cancel a slash that was not applied yet: of a pool's stake, or of a validator's bond.
    #[command(
        after_help = "Examples:\n  adyton gov propose cancel-slash 7 --from main\n  adyton gov propose cancel-slash 2 --bond --from main"
    )]
    CancelSlash(CancelSlash),
    /// Set parameters of stake, rewards, slashes, disputes, gas or validators.
    #[command(
        after_help = "Example:\n  adyton gov parameters > parameters.json\n  adyton gov propose set-parameters parameters.json --from main\n\nWhat is not in the file stays as it is."
    )]
    SetParameters(SetParameters),
    /// Replace the chain's code, when it was decided on and somebody has brought it (`adyton gov apply-upgrade`).
    #[command(
        after_help = "Example:\n  adyton gov propose upgrade runtime.compact.compressed.wasm --from main\n\nThe file is a compressed runtime of a higher version, as the build leaves it; adyton-node reads it. Only its hash is\ndecided about."
    )]
    Upgrade(Upgrade),
    /// Say something, and do nothing.
    #[command(after_help = "Example:\n  adyton gov propose remark 'we meet on Friday' --track tee-policy --from main")]
    Remark(Remark),
    /// Any call of the chain's, as its bytes.
    #[command(after_help = "Example:\n  adyton gov propose call 0x0a0801 --track emergency --from main")]
    Call(Raw),
}

/// On which track, and who signs.
#[derive(Debug, Args)]
pub struct Common {
    /// The track, if it is not the one that takes the least and can do it.
    #[arg(long, value_name = "TRACK", value_parser = track_named)]
    pub track: Option<Track>,
    /// Do it so many blocks after the approval, if that is later than the track's own period.
    #[arg(long, value_name = "BLOCKS", default_value_t = 0)]
    pub after: u32,
    /// Leave the decision's deposit to somebody else (`adyton gov deposit`).
    #[arg(long)]
    pub no_deposit: bool,
    /// Who signs.
    #[command(flatten)]
    pub signing: Signing,
}

/// Who or what is denied.
#[derive(Debug, Args)]
pub struct Deny {
    /// A machine: intel-ppid:HEX, amd-chip:HEX, aws-instance:NAME or azure-instance:NAME. An operator: an account. A
    /// provider: its name.
    whom: String,
    /// Deny no longer, after the delay.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    common: Common,
}

/// A kind, and its policy.
#[derive(Debug, Args)]
pub struct SetPolicy {
    /// The policy's file.
    file: PathBuf,
    #[command(flatten)]
    of: OfKind,
}

/// Of which evidence.
#[derive(Debug, Args)]
pub struct OfKind {
    /// Of which evidence: intel-tdx, intel-sgx, amd-snp or aws-nitro.
    #[arg(long, value_parser = kind_named)]
    kind: EvidenceKind,
    #[command(flatten)]
    common: Common,
}

/// A policy for GPUs.
#[derive(Debug, Args)]
pub struct SetDevicePolicy {
    /// The policy's file.
    file: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// A measurement, and what it is.
#[derive(Debug, Args)]
pub struct Accept {
    /// The measurement's identity, as `adyton image measure` prints it.
    measurement: Digest,
    /// For what.
    #[arg(long, value_enum, default_value_t = ForRole::Worker)]
    role: ForRole,
    /// The configuration profile that it has to run with.
    #[arg(long, value_name = "DIGEST")]
    profile: Digest,
    /// The release that it is; at most 64 bytes.
    #[arg(long)]
    release: String,
    #[command(flatten)]
    common: Common,
}

/// A role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ForRole {
    /// Runs contracts.
    Worker,
    /// Holds a share of the master secret.
    Keyholder,
}

/// A measurement.
#[derive(Debug, Args)]
pub struct Revoke {
    /// The measurement's identity.
    measurement: Digest,
    #[command(flatten)]
    common: Common,
}

/// A root's certificates.
#[derive(Debug, Args)]
pub struct AddRoot {
    /// Its certificate, PEM or DER.
    file: PathBuf,
    /// It stands for no hardware.
    #[arg(long)]
    development: bool,
    #[command(flatten)]
    of: OfKind,
}

/// A root.
#[derive(Debug, Args)]
pub struct RemoveRoot {
    /// Its identity.
    root: Digest,
    #[command(flatten)]
    of: OfKind,
}

/// A floor.
#[derive(Debug, Args)]
pub struct RaiseFloor {
    /// The lowest evaluation number that counts then.
    evaluation: u32,
    /// Under which root.
    #[arg(long, value_name = "ID")]
    root: Digest,
    #[command(flatten)]
    of: OfKind,
}

/// An amount, and for whom.
#[derive(Debug, Args)]
pub struct Spend {
    /// How much, in PHA.
    amount: String,
    /// Who gets it: a name of the keystore, an address, or a development account.
    to: String,
    #[command(flatten)]
    common: Common,
}

/// Which parameters.
#[derive(Debug, Args)]
pub struct SetParameters {
    /// The file, in the form of `adyton gov parameters`.
    file: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Which slash.
#[derive(Debug, Args)]
pub struct CancelSlash {
    /// Its number: that of the offence, as `adyton slash list` shows it; with --bond, as `adyton validator list` does.
    slash: u64,
    /// One of a validator's bond.
    #[arg(long)]
    bond: bool,
    #[command(flatten)]
    common: Common,
}

impl CancelSlash {
    fn call(&self) -> Result<Call> {
        if !self.bond {
            return Ok(Call::Slashing(Slashing::Cancel(self.slash)));
        }
        let number = u32::try_from(self.slash).map_err(|_| misuse("no slash of a bond has such a number"))?;
        Ok(Call::Validators(Validators::CancelSlash(number)))
    }
}

/// The chain's next code.
#[derive(Debug, Args)]
pub struct Upgrade {
    /// The runtime's file.
    file: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Something said.
#[derive(Debug, Args)]
pub struct Remark {
    /// What is said.
    text: String,
    #[command(flatten)]
    common: Common,
}

/// A call's bytes.
#[derive(Debug, Args)]
pub struct Raw {
    /// SCALE encoding of the call, in hexadecimal digits.
    call: String,
    #[command(flatten)]
    common: Common,
}

impl What {
    /// On which track, and who signs.
    pub fn common(&self) -> &Common {
        match self {
            Self::Freeze(common) | Self::Unfreeze(common) => common,
            Self::DenyMachine(Deny { common, .. })
            | Self::DenyOperator(Deny { common, .. })
            | Self::DenyProvider(Deny { common, .. })
            | Self::AllowOperator(Allow { common, .. })
            | Self::AllowProvider(Allow { common, .. })
            | Self::SetCapacity(Capacity { common, .. })
            | Self::SetCapacityCap(CapacityCap { common, .. })
            | Self::SetPolicy(SetPolicy { of: OfKind { common, .. }, .. })
            | Self::RemovePolicy(OfKind { common, .. })
            | Self::SetDevicePolicy(SetDevicePolicy { common, .. })
            | Self::AcceptMeasurement(Accept { common, .. })
            | Self::RevokeMeasurement(Revoke { common, .. })
            | Self::AddRoot(AddRoot { of: OfKind { common, .. }, .. })
            | Self::RemoveRoot(RemoveRoot { of: OfKind { common, .. }, .. })
            | Self::RaiseFloor(RaiseFloor { of: OfKind { common, .. }, .. })
            | Self::Spend(Spend { common, .. })
            | Self::SetParameters(SetParameters { common, .. })
            | Self::CancelSlash(CancelSlash { common, .. })
            | Self::Upgrade(Upgrade { common, .. })
            | Self::Remark(Remark { common, .. })
            | Self::Call(Raw { common, .. }) => common,
        }
    }

    /// The chain's next code, where that is what is proposed.
    pub fn runtime(&self, connection: &Connection<'_>) -> Result<Option<Runtime>> {
        match self {
            Self::Upgrade(upgrade) => Runtime::read(&upgrade.file, connection).map(Some),
            _other => Ok(None),
        }
    }

    /// The call's bytes.
    pub fn bytes(&self, connection: &Connection<'_>) -> Result<Vec<u8>> {
        let call = match self {
            Self::Freeze(_) => Call::Attestation(Attestation::SetFrozen(true)),
            Self::Unfreeze(_) => Call::Attestation(Attestation::SetFrozen(false)),
            Self::DenyMachine(deny) => {
                let machine = machine(&deny.whom).ok_or_else(|| {
                    misuse(format!(
                        "'{}' is no machine: intel-ppid: with 32 hexadecimal digits, amd-chip: with 128, aws-instance: or azure-instance: with a name",
                        deny.whom
                    ))
                })?;
                Call::Attestation(Attestation::SetMachineDenied { machine, denied: !deny.undo })
            }
            Self::DenyOperator(deny) => {
                let operator = who(&deny.whom, connection)?;
                Call::Attestation(Attestation::SetOperatorDenied { operator, denied: !deny.undo })
            }
            Self::DenyProvider(deny) => {
                let provider = deny.whom.as_bytes().to_vec().try_into();
                let provider = provider.map_err(|_| misuse("a provider's name has at most 64 bytes"))?;
                Call::Attestation(Attestation::SetProviderDenied { provider, denied: !deny.undo })
            }
            Self::AllowOperator(allow) => allow.operator(connection)?,
            Self::AllowProvider(allow) => allow.provider()?,
            Self::SetCapacity(capacity) => capacity.call()?,
            Self::SetCapacityCap(cap) => cap.call()?,
            Self::SetPolicy(set) => {
                let file = read_policy(Some(&set.file))?;
                let policy = match set.of.kind {
                    EvidenceKind::IntelTdx | EvidenceKind::IntelSgx => file.intel.encode(),
                    EvidenceKind::AmdSnp => file.snp.encode(),
                    EvidenceKind::AwsNitro => file.nitro.encode(),
                };
                Call::Attestation(Attestation::SetPolicy(PlatformPolicy { kind: set.of.kind, policy }))
            }
            Self::RemovePolicy(of) => Call::Attestation(Attestation::RemovePolicy(of.kind)),
            Self::SetDevicePolicy(set) => {
                let policy = DevicePolicy(read_policy(Some(&set.file))?.nvidia.encode());
                Call::Devices(Devices::SetPolicy(policy))
            }
            Self::AcceptMeasurement(accept) => accept.call()?,
            Self::RevokeMeasurement(revoke) => Call::Attestation(Attestation::RevokeMeasurement(revoke.measurement)),
            Self::AddRoot(add) => add.call()?,
            Self::RemoveRoot(remove) => {
                Call::Attestation(Attestation::RemoveRoot { kind: remove.of.kind, root: remove.root })
            }
            Self::RaiseFloor(RaiseFloor { evaluation, root, of }) => {
                Call::Attestation(Attestation::RaiseFloor { kind: of.kind, root: *root, evaluation: *evaluation })
            }
            Self::SetParameters(set) => parameters::from_file(&set.file)?,
            Self::CancelSlash(cancel) => cancel.call()?,
            Self::Upgrade(upgrade) => Runtime::read(&upgrade.file, connection)?.authorization(),
            Self::Spend(spend) => {
                let amount = parse_pha(&spend.amount)
                    .ok_or_else(|| misuse(format!("'{}' is no amount of PHA, such as 1 or 0.25", spend.amount)))?;
                let beneficiary = who(&spend.to, connection)?;
                Call::Treasury(Treasury::Spend { amount, beneficiary, valid_from: None })
            }
            Self::Remark(remark) => Call::System(System::Remark(remark.text.clone().into_bytes())),
            Self::Call(raw) => {
                let bytes = digits(&raw.call).filter(|bytes| !bytes.is_empty());
                return bytes.ok_or_else(|| misuse("a call is an even number of hexadecimal digits"));
            }
        };
        Ok(call.encoded())
    }

    /// On which track the call is proposed.
    pub fn track(&self, bytes: &[u8]) -> Result<Track> {
        let call = Call::read(bytes);
        if let Some(track) = self.common().track {
            // What this version does not know it does not judge either.
            let unfit = !matches!(self, Self::Call(_)) && call.as_ref().is_some_and(|call| !fits(call, track));
            return match unfit {
                true => Err(misuse(format!("the track {} cannot do this", track.info().name))),
                false => Ok(track),
            };
        }
        let least = call.filter(|_| !matches!(self, Self::Call(_))).and_then(|call| least(&call));
        least.ok_or_else(|| misuse("name the track with --track; see `adyton gov tracks`"))
    }
}

impl Accept {
    fn call(&self) -> Result<Call> {
        let role = match self.role {
            ForRole::Worker => Role::Worker,
            ForRole::Keyholder => Role::Keyholder,
        };
        if self.release.is_empty() || self.release.len() > 64 {
            return Err(misuse("a release's name has 1 to 64 bytes"));
        }
        Ok(Call::Attestation(Attestation::AcceptMeasurement {
            measurement: self.measurement,
            role,
            profile: self.profile,
            release: self.release.clone().into_bytes(),
        }))
    }
}

impl AddRoot {
    fn call(&self) -> Result<Call> {
        let (kind, name) = (self.of.kind, self.file.display());
        let parts = Part::of(&read_file(&self.file)?)?;
        let certificates: Vec<&[u8]> = parts.iter().filter_map(Part::certificate).collect();
        let wrong = |why: String| misuse(format!("{name}: {why}"));
        let certificate = match (kind, &certificates[..]) {
            (EvidenceKind::IntelTdx | EvidenceKind::IntelSgx, [root]) => {
                IntelRoot::from_certificate(root).map_err(|why| wrong(why.to_string()))?;
                root.to_vec()
            }
            (EvidenceKind::AwsNitro, [root]) => {
                NitroRoot::from_certificate(root).map_err(|why| wrong(why.to_string()))?;
                root.to_vec()
            }
            (EvidenceKind::AmdSnp, [ark, ask, asvk]) => {
                let is_line = |product: &SnpProduct| SnpRoot::from_certificates(*product, ark, ask, asvk).is_ok();
                if !SnpProduct::ALL.iter().any(is_line) {
                    return Err(wrong("they are not the ARK, ASK and ASVK of a line of processors".into()));
                }
                framed(&[ark, ask, asvk])
            }
            (EvidenceKind::AmdSnp, _) => return Err(wrong("it has not three certificates: ARK, ASK, ASVK".into())),
            (EvidenceKind::IntelTdx | EvidenceKind::IntelSgx | EvidenceKind::AwsNitro, _) => {
                return Err(wrong("it has not one certificate".into()));
            }
        };
        Ok(Call::Attestation(Attestation::AddRoot { kind, certificate, development: self.development }))
    }
}

/// Each with its length before it (`u32`, little-endian).
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&u32::try_from(part.len()).expect("files are bounded far below").to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn track_named(text: &str) -> Result<Track, String> {
    Track::of_name(text).ok_or_else(|| {
        let names: Vec<&str> = Track::ALL.iter().map(|track| track.info().name).collect();
        format!("it is one of {}", names.join(", "))
    })
}

/// A machine as `adyton worker show` names it, with a colon or a space behind its class.
pub(super) fn machine(text: &str) -> Option<MachineId> {
    let (class, rest) = text.split_once([':', ' '])?;
    match class {
        "intel-ppid" => Some(MachineId::IntelPpid(digits(rest)?.try_into().ok()?)),
        "amd-chip" => Some(MachineId::AmdChip(digits(rest)?.try_into().ok()?)),
        "aws-instance" => Some(MachineId::Instance { cloud: Cloud::Aws, name: InstanceName::new(rest)? }),
        "azure-instance" => Some(MachineId::Instance { cloud: Cloud::Azure, name: InstanceName::new(rest)? }),
        _other => None,
    }
}

#[cfg(test)]
mod tests;
