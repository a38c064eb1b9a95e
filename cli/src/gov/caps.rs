//! Proposals of how much capacity counts of one machine.

use adyton_client::{
    chain::extrinsic::{Call, calls::Rewards},
    protocol::{
        cpu::{CpuModel, InvalidCpuModel},
        record::EvidenceKind,
    },
};
use anyhow::Result;
use clap::Args;

use super::proposal::Common;
use crate::output::misuse;

/// How much capacity counts.
#[derive(Debug, Args)]
pub struct CapacityCap {
    /// Of each machine with this processor: intel-fmspc:HEX with 12 digits, or amd-cpuid:HEX with 4, family before
    /// model. Of each whose processor has no cap of its own, by its workers' evidence: intel-tdx, intel-sgx, amd-snp or
    /// aws-nitro.
    whose: String,
    /// How much, of all workers on it together.
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    cap: Option<u64>,
    /// As much as the evidence of its workers says again; of a processor.
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

impl CapacityCap {
    pub(super) fn call(&self) -> Result<Call> {
        let (whose, cap) = (&self.whose, self.cap);
        let call = match EvidenceKind::from_name(whose) {
            Some(kind) => {
                let cap = cap.ok_or_else(|| misuse("a kind of evidence always has a cap; with 0 nothing counts"))?;
                Rewards::SetCapacityCap { kind, cap }
            }
            None => {
                let wrong = |why: InvalidCpuModel| format!("'{whose}' is neither evidence nor a processor: {why}");
                let model = whose.parse::<CpuModel>().map_err(|why| misuse(wrong(why)))?;
                Rewards::SetModelCap { model, cap }
            }
        };
        Ok(Call::Rewards(call))
    }
}
