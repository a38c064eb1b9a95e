//! GPUs and switches that a worker has shown: how their evidence travels, what the worker signs about it, and what the
//! chain keeps.
//!
//! A device's evidence answers the worker's attested statement: its nonce is made from the statement's report data. It
//! says that a genuine device answered that question, and not where the device is. That it is the worker's own is what the
//! worker signs, with its attested key: its program asked it through the driver of its own guest.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    domain, evidence,
    ids::{Digest, NetworkId},
    record::WorkerRecord,
};

/// The most devices of one worker: a machine has eight GPUs and up to six switches.
pub const MAX_DEVICES: u32 = 16;
/// The longest report of a device, in bytes.
pub const MAX_REPORT: usize = 8192;
/// The longest certificate chain of a device, in bytes.
pub const MAX_CHAIN: usize = 5120;
/// The longest evidence of a device, in bytes: a report, a certificate chain, and two lengths.
pub const MAX_DEVICE_EVIDENCE: usize = MAX_REPORT + MAX_CHAIN + 8;

/// A device's report with its certificates, borrowed from
/// `u32 length of report ‖ report ‖ u32 length of certificates ‖ certificates`, lengths little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceEvidence<'a> {
    /// The SPDM request and response.
    pub report: &'a [u8],
    /// The device's certificates as PEM, leaf first, root last.
    pub certificates: &'a [u8],
}

impl<'a> DeviceEvidence<'a> {
    /// Reads what [`DeviceEvidence::to_bytes`] wrote; `None` for anything else, and for parts that are too long.
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let [report, certificates] = evidence::parts(bytes)?;
        let fits = report.len() <= MAX_REPORT && certificates.len() <= MAX_CHAIN;
        fits.then_some(Self { report, certificates })
    }

    /// The form in which it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        evidence::join([self.report, self.certificates])
    }
}

/// What a worker's key signs to say that it asked a device of its own machine: bound to the statement that the evidence
/// answers, and to the SHA-256 of the evidence as it travels.
pub fn message(network: &NetworkId, statement: &Digest, evidence: &[u8]) -> [u8; 32] {
    let evidence: [u8; 32] = Sha256::digest(evidence).into();
    domain::bound(domain::DEVICE, network, &[&statement.0, &evidence])
}

/// How the chain names a signature (ECDSA over P-384 with SHA-384) that it has checked and remembers.
pub fn checked_signature(key: &[u8; 96], message: &[u8], signature: &[u8]) -> Digest {
    Digest(domain::hash(domain::CHECKED_SIGNATURE, &[key, message, signature]))
}

/// Which device it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct DeviceId {
    /// The root that its certificates lead to: a hash of its public key.
    pub root: Digest,
    /// The serial number of the certificate of the device's own key, left-padded.
    pub serial: [u8; 20],
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.serial))
    }
}

/// The kind of device.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// NVIDIA's Hopper GPUs.
    #[codec(index = 0)]
    Hopper,
    /// NVIDIA's Blackwell GPUs.
    #[codec(index = 1)]
    Blackwell,
    /// NVIDIA's switches of the third generation.
    #[codec(index = 2)]
    #[serde(rename = "nvswitch")]
    NvSwitch,
}

impl Architecture {
    /// Its name as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hopper => "hopper",
            Self::Blackwell => "blackwell",
            Self::NvSwitch => "nvswitch",
        }
    }
}

/// How a GPU is handed to its guest.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It does not say: a switch, or a GPU with an older driver.
    #[codec(index = 0)]
    Unstated,
    /// Alone.
    #[codec(index = 1)]
    SingleGpu,
    /// With others, over links that are encrypted.
    #[codec(index = 2)]
    MultiGpu,
    /// With others and the switches between them, over links that are not encrypted.
    #[codec(index = 3)]
    ProtectedPcie,
}

impl Mode {
    /// Its name as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unstated => "unstated",
            Self::SingleGpu => "single-gpu",
            Self::MultiGpu => "multi-gpu",
            Self::ProtectedPcie => "protected-pcie",
        }
    }
}

/// A driver's version, such as `535.86.09` or `590.12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Driver {
    /// The branch.
    pub branch: u16,
    /// The release of the branch.
    pub release: u16,
    /// The patch, if the version has a third number.
    pub patch: Option<u16>,
}

impl fmt::Display for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.branch, self.release)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch:02}"))
    }
}

/// The version of a GPU's VBIOS or a switch's firmware, such as `96.00.5E.00.01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Firmware(pub [u8; 5]);

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e] = self.0;
        write!(f, "{a:02X}.{b:02X}.{c:02X}.{d:02X}.{e:02X}")
    }
}

/// What remains of the verdict about one device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DeviceRecord {
    /// Which one it is.
    pub id: DeviceId,
    /// The kind of device.
    pub architecture: Architecture,
    /// Its driver; switches have none.
    pub driver: Option<Driver>,
    /// Its VBIOS or firmware.
    pub firmware: Firmware,
    /// A hash of chip, versions and measurements.
    pub measurement: Digest,
    /// The manifest that the driver's measurements were compared with, if there was one.
    pub driver_manifest: Option<Digest>,
    /// The manifest that the firmware's measurements were compared with, if there was one.
    pub firmware_manifest: Option<Digest>,
    /// How it is handed to its guest.
    pub mode: Mode,
    /// When the worker's statement that it answers was judged, by the chain's time in Unix seconds.
    pub asked_at: u64,
    /// When its own evidence was judged.
    pub judged_at: u64,
    /// Unix seconds at which the verdict stops being true.
    pub valid_until: u64,
    /// Identity of the evidence.
    pub evidence: Digest,
}

/// The devices that one boot of a worker has shown.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct WorkerDevices {
    /// Which boot.
    pub boot: u32,
    /// In the order in which they were shown first, each once.
    pub devices: BoundedVec<DeviceRecord, ConstU32<MAX_DEVICES>>,
}

/// A pair of roots that devices and their reference manifests may lead to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DeviceRoot {
    /// SHA-256 of the certificate of the root of devices, DER.
    pub device_certificate: Digest,
    /// SHA-256 of the certificate of the root of manifests, DER.
    pub manifest_certificate: Digest,
    /// Whether it stands for no hardware.
    pub development: bool,
}

/// The facts of the moment that decide, with a device's record, whether the device counts. Each is read from the same
/// proven state as the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFacts {
    /// The chain's time, Unix seconds.
    pub now: u64,
    /// What is stored under the device's root; none: not accepted.
    pub root: Option<DeviceRoot>,
    /// Verdicts under its root that were judged at this moment (Unix seconds) or before no longer count.
    pub judged_since: u64,
    /// Whether it is denied.
    pub denied: bool,
}

/// Why a device does not count now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceInvalidity {
    /// Another boot of the worker showed it.
    Boot,
    /// The verdict ended.
    Expired,
    /// Its root is not accepted (any more).
    Root,
    /// It was judged before the moment since which verdicts under its root count.
    Outdated,
    /// It is denied.
    Denied,
}

impl fmt::Display for DeviceInvalidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boot => "an earlier boot of the worker showed it",
            Self::Expired => "the device's verdict has ended; its worker has to show it again",
            Self::Root => "the device's root of trust is not accepted",
            Self::Outdated => "the device was judged before verdicts under its root were ended",
            Self::Denied => "the device is denied",
        })
    }
}

impl core::error::Error for DeviceInvalidity {}

/// The devices of a worker that count at one moment, as their kinds. Only [`WorkerDevices::counting`] makes any; by default
/// there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidDevices(Vec<Architecture>);

impl ValidDevices {
    /// How many there are of these kinds.
    pub fn count(&self, architectures: &[Architecture]) -> usize {
        self.0.iter().filter(|architecture| architectures.contains(architecture)).count()
    }
}

impl WorkerDevices {
    /// Those that count for `worker`; `facts` tells what decides about each.
    ///
    /// # Errors
    /// What `facts` fails with.
    pub fn counting<E>(
        &self,
        worker: &WorkerRecord,
        mut facts: impl FnMut(&DeviceId) -> Result<DeviceFacts, E>,
    ) -> Result<ValidDevices, E> {
        let mut valid = Vec::new();
        for device in &self.devices {
            if self.valid(device, worker, &facts(&device.id)?).is_ok() {
                valid.push(device.architecture);
            }
        }
        Ok(ValidDevices(valid))
    }

    /// Whether `device`, one of these, counts under `facts` for `worker`. That the worker itself is valid
    /// ([`WorkerRecord::valid`]) is a second question: the devices of one that is not count for nothing.
    pub fn valid(
        &self,
        device: &DeviceRecord,
        worker: &WorkerRecord,
        facts: &DeviceFacts,
    ) -> Result<(), DeviceInvalidity> {
        if self.boot != worker.boot {
            return Err(DeviceInvalidity::Boot);
        }
        if facts.now >= device.valid_until {
            return Err(DeviceInvalidity::Expired);
        }
        if facts.root.is_none() {
            return Err(DeviceInvalidity::Root);
        }
        if device.judged_at <= facts.judged_since {
            return Err(DeviceInvalidity::Outdated);
        }
        if facts.denied { Err(DeviceInvalidity::Denied) } else { Ok(()) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::tests::worker;
    use alloc::{string::ToString, vec};

    pub(crate) fn device() -> DeviceRecord {
        DeviceRecord {
            id: DeviceId { root: Digest([1; 32]), serial: [2; 20] },
            architecture: Architecture::Hopper,
            driver: Some(Driver { branch: 570, release: 86, patch: Some(10) }),
            firmware: Firmware([0x96, 0, 0xaf, 0, 1]),
            measurement: Digest([3; 32]),
            driver_manifest: Some(Digest([4; 32])),
            firmware_manifest: Some(Digest([5; 32])),
            mode: Mode::SingleGpu,
            asked_at: 400,
            judged_at: 500,
            valid_until: 1000,
            evidence: Digest([6; 32]),
        }
    }

    pub(crate) fn facts() -> DeviceFacts {
        let root = DeviceRoot {
            device_certificate: Digest([7; 32]),
            manifest_certificate: Digest([8; 32]),
            development: false,
        };
        DeviceFacts { now: 999, root: Some(root), judged_since: 499, denied: false }
    }

    fn valid(boot: u32, facts: &DeviceFacts) -> Result<(), DeviceInvalidity> {
        let shown = WorkerDevices { boot, devices: BoundedVec::truncate_from(vec![device()]) };
        shown.valid(&device(), &worker(), facts)
    }

    #[test]
    fn a_device_counts_up_to_the_last_second_of_its_verdict() {
        assert_eq!(valid(1, &facts()), Ok(()));
        assert_eq!(valid(1, &DeviceFacts { now: 1000, ..facts() }), Err(DeviceInvalidity::Expired));
    }

    #[test]
    fn a_device_ends_with_the_boot_that_showed_it() {
        assert_eq!(valid(2, &facts()), Err(DeviceInvalidity::Boot));
    }

    #[test]
    fn a_root_that_is_not_accepted_verdicts_that_were_ended_and_a_denial_end_a_device() {
        assert_eq!(valid(1, &DeviceFacts { root: None, ..facts() }), Err(DeviceInvalidity::Root));
        assert_eq!(valid(1, &DeviceFacts { judged_since: 500, ..facts() }), Err(DeviceInvalidity::Outdated));
        assert_eq!(valid(1, &DeviceFacts { denied: true, ..facts() }), Err(DeviceInvalidity::Denied));
    }

    #[test]
    fn only_devices_that_count_are_counted_and_only_of_the_kinds_asked_for() {
        let of = |serial: u8, architecture| DeviceRecord {
            id: DeviceId { root: Digest([1; 32]), serial: [serial; 20] },
            architecture,
            ..device()
        };
        let devices = vec![of(1, Architecture::Hopper), of(2, Architecture::Hopper), of(3, Architecture::NvSwitch)];
        let shown = WorkerDevices { boot: 1, devices: BoundedVec::truncate_from(devices) };
        let denied = |id: &DeviceId| Ok::<_, ()>(DeviceFacts { denied: id.serial == [2; 20], ..facts() });
        let valid = shown.counting(&worker(), denied).unwrap();
        assert_eq!(valid.count(&[Architecture::Hopper]), 1);
        assert_eq!(valid.count(&[Architecture::Hopper, Architecture::NvSwitch]), 2);
        assert_eq!((valid.count(&[Architecture::Blackwell]), valid.count(&[])), (0, 0));
        assert_eq!(shown.counting(&worker(), |_| Err("unknown")), Err("unknown"));
        let earlier = WorkerDevices { boot: 2, ..shown };
        assert_eq!(earlier.counting(&worker(), denied).unwrap(), ValidDevices::default());
    }

    #[test]
    fn evidence_reads_back_and_parts_that_are_too_long_are_refused() {
        let evidence = DeviceEvidence { report: &[1; 5], certificates: &[2; 3] };
        let bytes = evidence.to_bytes();
        assert_eq!(DeviceEvidence::from_bytes(&bytes), Some(evidence));
        assert_eq!(DeviceEvidence::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(DeviceEvidence::from_bytes(&[&bytes[..], &[0]].concat()), None);
        let longest = vec![0; MAX_REPORT + 1];
        let report = DeviceEvidence { report: &longest, certificates: &[] };
        assert_eq!(DeviceEvidence::from_bytes(&report.to_bytes()), None);
        let certificates = DeviceEvidence { report: &[], certificates: &longest[..=MAX_CHAIN] };
        assert_eq!(DeviceEvidence::from_bytes(&certificates.to_bytes()), None);
    }

    #[test]
    fn what_the_worker_signs_is_bound_to_network_statement_and_evidence() {
        let of = |network, statement, evidence: &[u8]| {
            message(&NetworkId([network; 32]), &Digest([statement; 32]), evidence)
        };
        let base = of(1, 2, b"three");
        assert_eq!(base, of(1, 2, b"three"));
        for other in [of(9, 2, b"three"), of(1, 9, b"three"), of(1, 2, b"other")] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn versions_are_written_as_their_vendor_writes_them() {
        assert_eq!(device().driver.unwrap().to_string(), "570.86.10");
        assert_eq!(Driver { branch: 590, release: 2, patch: None }.to_string(), "590.02");
        assert_eq!(device().firmware.to_string(), "96.00.AF.00.01");
    }
}
