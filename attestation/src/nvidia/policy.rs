//! What a relying party accepts of GPUs and switches. Plain data; whatever it does not allow is refused.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use super::{
    Architecture, PassthroughMode,
    version::{DriverVersion, FirmwareVersion},
};

/// The oldest software of a GPU that is accepted.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
#[serde(deny_unknown_fields)]
pub struct NvidiaFloors {
    /// The oldest driver.
    pub driver: DriverVersion,
    /// The oldest VBIOS.
    pub firmware: FirmwareVersion,
}

/// What must be known about the revocation of certificates. The default demands responses and accepts none.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
#[serde(deny_unknown_fields)]
pub struct RevocationPolicy {
    /// Accept a certificate of which no response speaks. One that is revoked by a response is refused all the same.
    pub insecure_allow_unchecked: bool,
    /// Accept a certificate that is on hold. NVIDIA holds certificates of manifests that it has withdrawn for now.
    pub insecure_allow_hold: bool,
    /// The greatest age of a response in seconds, by its `thisUpdate`. Zero refuses all.
    pub maximum_age: u32,
    /// Whether each response must answer a nonce of the caller's.
    pub require_nonce: bool,
}

impl RevocationPolicy {
    fn tightens(&self, old: &Self) -> bool {
        let Self { insecure_allow_unchecked, insecure_allow_hold, maximum_age, require_nonce } = *self;
        (!insecure_allow_unchecked || old.insecure_allow_unchecked)
            && (!insecure_allow_hold || old.insecure_allow_hold)
            && maximum_age <= old.maximum_age
            && (require_nonce || !old.require_nonce)
    }
}

/// What a relying party accepts of a GPU or switch. The default accepts nothing. Debug in any form is not policy:
/// it is always refused.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
#[serde(deny_unknown_fields)]
pub struct NvidiaPolicy {
    /// The oldest software of Hopper GPUs; without it they are refused.
    pub hopper: Option<NvidiaFloors>,
    /// The oldest software of Blackwell GPUs; without it they are refused.
    pub blackwell: Option<NvidiaFloors>,
    /// The oldest firmware of NVSwitches; without it they are refused.
    pub nv_switch: Option<FirmwareVersion>,
    /// Whether a GPU may be one of several that a guest has.
    pub allow_multi_gpu: bool,
    /// Whether a GPU may leave unsaid how it is handed to its guest, as one with an older driver does. Whether it is
    /// one of several, on links that may not be encrypted, is then not known from its report. A switch never says.
    #[serde(default)]
    pub allow_unstated_mode: bool,
    /// Whether a GPU may run in Protected PCIe mode, in which GPUs talk over switches without encryption.
    pub allow_protected_pcie: bool,
    /// Accept measurements that no manifest was given for. Those that a given manifest covers are compared all the
    /// same.
    pub insecure_allow_missing_manifests: bool,
    /// What must be known about revocation.
    pub revocation: RevocationPolicy,
}

impl NvidiaPolicy {
    /// Demands manifests for driver and firmware and, for each certificate that NVIDIA's responder speaks about, a
    /// response that is not older than a day. Refuses every mode but a single GPU's, and every architecture that has
    /// no floor.
    pub const fn strict(
        hopper: Option<NvidiaFloors>,
        blackwell: Option<NvidiaFloors>,
        nv_switch: Option<FirmwareVersion>,
    ) -> Self {
        Self {
            hopper,
            blackwell,
            nv_switch,
            allow_multi_gpu: false,
            allow_unstated_mode: false,
            allow_protected_pcie: false,
            insecure_allow_missing_manifests: false,
            revocation: RevocationPolicy {
                insecure_allow_unchecked: false,
                insecure_allow_hold: false,
                maximum_age: 24 * 60 * 60,
                require_nonce: false,
            },
        }
    }

    /// Accepts what the evidence alone can show: a genuine device signed this report. Nothing is known about the
    /// device's software, its mode or revocation, unless endorsements are given.
    pub const fn insecure_without_endorsements() -> Self {
        let floors = NvidiaFloors {
            driver: DriverVersion { branch: 0, release: 0, patch: None },
            firmware: FirmwareVersion([0; 5]),
        };
        let strict = Self::strict(Some(floors), Some(floors), Some(floors.firmware));
        Self {
            allow_multi_gpu: true,
            allow_unstated_mode: true,
            allow_protected_pcie: true,
            insecure_allow_missing_manifests: true,
            revocation: RevocationPolicy { insecure_allow_unchecked: true, ..strict.revocation },
            ..strict
        }
    }

    /// Whether whatever passes this policy passes `old` too. Compared field by field, each of which has to be named here:
    /// what loosens in one does not tighten.
    pub fn tightens(&self, old: &Self) -> bool {
        let Self {
            hopper,
            blackwell,
            nv_switch,
            allow_multi_gpu,
            allow_unstated_mode,
            allow_protected_pcie,
            insecure_allow_missing_manifests,
            revocation,
        } = *self;
        let allowed_only_if = [
            (allow_multi_gpu, old.allow_multi_gpu),
            (allow_unstated_mode, old.allow_unstated_mode),
            (allow_protected_pcie, old.allow_protected_pcie),
            (insecure_allow_missing_manifests, old.insecure_allow_missing_manifests),
        ];
        let accepted_only_if = |is_accepted: bool, was_accepted: bool| !is_accepted || was_accepted;
        let gpus_tighten = |new: Option<NvidiaFloors>, old: Option<NvidiaFloors>| {
            accepted_only_if(new.is_some(), old.is_some())
                && new.zip(old).is_none_or(|(new, old)| new.driver >= old.driver && new.firmware >= old.firmware)
        };
        gpus_tighten(hopper, old.hopper)
            && gpus_tighten(blackwell, old.blackwell)
            && accepted_only_if(nv_switch.is_some(), old.nv_switch.is_some())
            && nv_switch.zip(old.nv_switch).is_none_or(|(new, old)| new >= old)
            && allowed_only_if.into_iter().all(|(new, old)| accepted_only_if(new, old))
            && revocation.tightens(&old.revocation)
    }

    /// Whether no device at all can be accepted.
    pub(super) const fn accepts_nothing(&self) -> bool {
        let NvidiaPolicy { hopper, blackwell, nv_switch, .. } = self;
        hopper.is_none() && blackwell.is_none() && nv_switch.is_none()
    }

    /// The oldest driver (if there is one) and firmware of `architecture`; `None` if it is refused.
    pub(super) fn floors(&self, architecture: Architecture) -> Option<NvidiaFloors> {
        match architecture {
            Architecture::Hopper => self.hopper,
            Architecture::Blackwell => self.blackwell,
            Architecture::NvSwitch => {
                self.nv_switch.map(|firmware| NvidiaFloors { driver: DriverVersion::default(), firmware })
            }
        }
    }

    pub(super) const fn allows(&self, mode: PassthroughMode, architecture: Architecture) -> bool {
        match (mode, architecture) {
            (PassthroughMode::SingleGpu, _) => true,
            (PassthroughMode::Unstated, Architecture::NvSwitch) => true,
            (PassthroughMode::Unstated, Architecture::Hopper | Architecture::Blackwell) => self.allow_unstated_mode,
            (PassthroughMode::MultiGpu, _) => self.allow_multi_gpu,
            (PassthroughMode::ProtectedPcie, _) => self.allow_protected_pcie,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firmware(last: u8) -> FirmwareVersion {
        FirmwareVersion([0x96, 0, 0, 0, last])
    }

    fn floors(release: u16, last: u8) -> Option<NvidiaFloors> {
        Some(NvidiaFloors { driver: DriverVersion { branch: 570, release, patch: None }, firmware: firmware(last) })
    }

    #[test]
    fn a_policy_that_loosens_in_one_field_alone_does_not_tighten() {
        let strict = NvidiaPolicy::strict(floors(5, 5), None, Some(firmware(5)));
        let old = NvidiaPolicy { revocation: RevocationPolicy { require_nonce: true, ..strict.revocation }, ..strict };
        let revocation = old.revocation;
        assert!(old.tightens(&old));
        for looser in [
            NvidiaPolicy { hopper: floors(4, 5), ..old },
            NvidiaPolicy { hopper: floors(5, 4), ..old },
            NvidiaPolicy { blackwell: floors(9, 9), ..old },
            NvidiaPolicy { nv_switch: Some(firmware(4)), ..old },
            NvidiaPolicy { allow_multi_gpu: true, ..old },
            NvidiaPolicy { allow_unstated_mode: true, ..old },
            NvidiaPolicy { allow_protected_pcie: true, ..old },
            NvidiaPolicy { insecure_allow_missing_manifests: true, ..old },
            NvidiaPolicy { revocation: RevocationPolicy { insecure_allow_unchecked: true, ..revocation }, ..old },
            NvidiaPolicy { revocation: RevocationPolicy { insecure_allow_hold: true, ..revocation }, ..old },
            NvidiaPolicy {
                revocation: RevocationPolicy { maximum_age: revocation.maximum_age + 1, ..revocation },
                ..old
            },
            NvidiaPolicy { revocation: RevocationPolicy { require_nonce: false, ..revocation }, ..old },
        ] {
            assert!(!looser.tightens(&old) && old.tightens(&looser), "{looser:?}");
        }
        let nothing = NvidiaPolicy { hopper: None, nv_switch: None, ..old };
        assert!(nothing.tightens(&old) && !old.tightens(&nothing));
    }
}
