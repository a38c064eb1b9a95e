//! Azure confidential machines, over AMD SEV-SNP or Intel TDX.
//!
//! Microsoft's own layer (the paravisor, "HCL") runs between the hardware and the machine's owner, has the only
//! report that the hardware makes, and offers a virtual TPM. So the evidence has three links:
//!
//! 1. a hardware report over the hash of the paravisor's *runtime data*, verified by [`crate::snp`] or
//!    [`crate::tdx`];
//! 2. in the runtime data, the attestation key of the virtual TPM;
//! 3. a quote by that key, over the machine's boot measurements and the asker's challenge.
//!
//! The hardware report proves the paravisor, not the machine: what the owner runs stands in the quote's registers,
//! and is as true as Microsoft's paravisor.
//!
//! Source: Microsoft, "Azure confidential VM guest attestation design"; `igvm_attest` in Microsoft's OpenVMM.

mod binding;
pub(crate) mod check;
#[cfg(feature = "std")]
pub mod files;
mod hcl;
mod policy;
mod refusal;
mod runtime_data;
mod td_report;
mod unjudged;
mod verdict;
mod verify;
#[cfg(feature = "std")]
mod yaml;

pub use binding::{AzureBinding, AzureEndorsements, AzureEvidence, check_azure_binding, check_azure_binding_with};
pub use check::AzureCheck;
pub use hcl::{HardwareKind, HclEvidence, MAX_HCL_REPORT_BYTES};
pub use policy::AzurePolicy;
pub use refusal::AzureRefusal;
pub use runtime_data::VmConfiguration;
pub use unjudged::{UnjudgedAzureTdx, check_azure_tdx, check_azure_tdx_with};
pub use verdict::{AzureFacts, AzureVerdict, BoundAzureVerdict};
pub use verify::{
    AzureSnp, AzureTdx, verify_azure_snp, verify_azure_snp_with, verify_azure_tdx, verify_azure_tdx_with,
};
