//! Attestation reports of NVIDIA's Hopper and Blackwell GPUs and of NVSwitches: an SPDM 1.1 measurement response
//! that the device signed, its certificate chain to NVIDIA's device identity root, and the reference integrity
//! manifests (RIM) that say what the measurements must be.
//!
//! A report speaks about a device and not about the machine that it is in: it counts only beside the evidence of
//! a confidential virtual machine whose statement it is bound to ([`NvidiaVerdict::bind_to_host`]). Devices tell
//! of a debug or development mode only in their certificates (Blackwell) and by measurements that no manifest
//! has, so without manifests a Hopper GPU's mode is unknown; [`NvidiaPolicy::strict`] demands them.
//!
//! ```
//! use adyton_attestation::nvidia::{
//!     NvidiaEndorsements, NvidiaEvidence, NvidiaPolicy, NvidiaRefusal, NvidiaRoots, OcspResponse, verify_manifest,
//!     verify_nvidia,
//! };
//!
//! /// The GPU's identity, if it belongs to the machine whose own evidence has `report_data`.
//! fn admit(
//!     evidence: &NvidiaEvidence<'_>,
//!     driver_and_firmware: [&[u8]; 2],
//!     responses: &[OcspResponse<'_>],
//!     policy: &NvidiaPolicy,
//!     report_data: &[u8; 64],
//!     now: u64,
//! ) -> Result<[u8; 20], NvidiaRefusal> {
//!     let roots = NvidiaRoots::nvidia();
//!     let check = |xml| verify_manifest(xml, responses, &roots, &policy.revocation, now); // once per release
//!     let [driver, firmware] = driver_and_firmware.map(check);
//!     let endorsements = NvidiaEndorsements { manifests: &[driver?, firmware?], responses };
//!     let verdict = verify_nvidia(evidence, &endorsements, &roots, policy, now)?;
//!     Ok(verdict.bind_to_host(report_data)?.device)
//! }
//! ```

#[cfg(feature = "std")]
pub mod bundle;
mod chain;
pub(crate) mod check;
mod compare;
mod device;
mod dice;
mod manifest;
mod ocsp;
mod ocsp_fault;
mod opaque;
mod policy;
mod refusal;
mod root;
mod spdm;
mod verdict;
mod verify;
mod version;

pub use chain::MAX_CHAIN_BYTES;
pub use check::NvidiaCheck;
pub use manifest::{CheckedManifest, MAX_MANIFEST_BYTES, ManifestSubject, verify_manifest, verify_manifest_with};
pub use ocsp::{MAX_OCSP_BYTES, OcspResponse};
pub use ocsp_fault::OcspFault;
pub use policy::{NvidiaFloors, NvidiaPolicy, RevocationPolicy};
pub use refusal::{Chain, NvidiaCertificate, NvidiaRefusal};
pub use root::{NvidiaRoot, NvidiaRoots};
pub use spdm::MAX_REPORT_BYTES;
pub use verdict::{
    Architecture, BoundNvidiaVerdict, NvidiaFacts, NvidiaVerdict, PassthroughMode, Revocation, nonce_for_host,
    require_distinct,
};
pub use verify::{NvidiaEndorsements, NvidiaEvidence, verify_nvidia, verify_nvidia_with};
pub use version::{DriverVersion, FirmwareVersion};
