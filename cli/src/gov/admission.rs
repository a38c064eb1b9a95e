//! Proposals of who may have workers, and how many of them on one machine.

use adyton_client::{
    chain::extrinsic::{Call, calls::Attestation},
    protocol::record::{MachineClass, Party},
};
use anyhow::Result;
use clap::Args;

use super::proposal::{Common, machine};
use crate::{account::who, connection::Connection, output::misuse};

/// Who is let in.
#[derive(Debug, Args)]
pub struct Allow {
    /// An operator: an account. A provider: its name.
    whom: String,
    /// Let in no longer, at once.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

impl Allow {
    /// An operator.
    pub(super) fn operator(&self, connection: &Connection<'_>) -> Result<Call> {
        Ok(self.call(Party::Operator(who(&self.whom, connection)?)))
    }

    /// A provider.
    pub(super) fn provider(&self) -> Result<Call> {
        if self.whom.is_empty() {
            return Err(misuse("a provider has a name"));
        }
        let provider = self.whom.as_bytes().to_vec().try_into();
        let provider = provider.map_err(|_| misuse("a provider's name has at most 64 bytes"))?;
        Ok(self.call(Party::Provider(provider)))
    }

    fn call(&self, party: Party) -> Call {
        Call::Attestation(Attestation::SetAllowed { party, allowed: !self.undo })
    }
}

/// How many workers there may be.
#[derive(Debug, Args)]
pub struct Capacity {
    /// On one machine: intel-ppid:HEX, amd-chip:HEX, aws-instance:NAME or azure-instance:NAME. On each that has no number of
    /// its own: intel-ppid, amd-chip, aws-instance, azure-instance, or none for what nobody identifies.
    whose: String,
    /// How many.
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    workers: Option<u32>,
    /// As many again as its class has; a class, as the network has.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

impl Capacity {
    pub(super) fn call(&self) -> Result<Call> {
        let workers = self.workers;
        if let Some(class) = class(&self.whose) {
            return Ok(Call::Attestation(Attestation::SetClassCapacity { class, workers }));
        }
        let machine = machine(&self.whose)
            .ok_or_else(|| misuse(format!("'{}' is neither a machine nor a class of machines", self.whose)))?;
        Ok(Call::Attestation(Attestation::SetCapacity { machine, workers }))
    }
}

/// A class, as the machines in it are named.
fn class(text: &str) -> Option<MachineClass> {
    match text {
        "none" => Some(MachineClass::None),
        "intel-ppid" => Some(MachineClass::IntelPpid),
        "amd-chip" => Some(MachineClass::AmdChip),
        "aws-instance" => Some(MachineClass::AwsInstance),
        "azure-instance" => Some(MachineClass::AzureInstance),
        _other => None,
    }
}
