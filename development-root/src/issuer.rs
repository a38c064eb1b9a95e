//! The root, its devices, and what they issue.

use adyton_attestation::{Collateral, IntelPolicy, IntelRoot, TdxMeasurement};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

use crate::{EVALUATION_NUMBER, keys::Keys, plan::Plan};

/// A root of trust that is worth what its seed's secrecy is worth.
#[derive(Clone)]
pub struct DevelopmentRoot {
    keys: Keys,
}

impl fmt::Debug for DevelopmentRoot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DevelopmentRoot(seed withheld)")
    }
}

impl DevelopmentRoot {
    /// The root of `seed`. Insecure: no hardware stands behind anything that it issues.
    pub fn insecure_from_seed(seed: [u8; 32]) -> Self {
        Self { keys: Keys::new(seed) }
    }

    /// The self-signed certificate (DER); the same on every day.
    pub fn root_certificate(&self) -> Vec<u8> {
        self.plan(&Role::none(), [0; 64], 0).issue().root_certificate
    }

    /// What a verifier pins in order to trust this root.
    pub fn root(&self) -> IntelRoot {
        IntelRoot::from_certificate(&self.root_certificate())
            .expect("a plan as it stands issues a valid root certificate")
    }

    /// The strictest policy under which its evidence holds.
    pub fn policy(&self) -> IntelPolicy {
        IntelPolicy::strict(EVALUATION_NUMBER)
    }

    /// Collateral that is valid from `issued_at` (Unix seconds) for [`crate::COLLATERAL_LIFETIME`].
    pub fn collateral(&self, issued_at: u64) -> Collateral {
        self.plan(&Role::none(), [0; 64], issued_at).issue().collateral
    }

    /// The device of `role` on the first machine.
    pub fn device(&self, role: Role) -> Device {
        self.device_on(0, role)
    }

    /// The device of `role` on a machine of its own, which has its own platform certificate and identity.
    pub fn device_on(&self, machine: u32, role: Role) -> Device {
        Device { keys: self.keys.clone(), machine, role }
    }

    /// What the device of `role` claims to have measured: derived from seed and role.
    pub fn measurement(&self, role: &Role) -> TdxMeasurement {
        measurement(&self.keys, role)
    }

    /// All documents behind a quote of `role` on the first machine, open to change.
    pub fn plan(&self, role: &Role, report_data: [u8; 64], issued_at: u64) -> Plan {
        self.plan_on(0, role, report_data, issued_at)
    }

    /// The same on machine number `machine`.
    pub fn plan_on(&self, machine: u32, role: &Role, report_data: [u8; 64], issued_at: u64) -> Plan {
        Plan::new(self.keys.clone(), machine, role, report_data, issued_at)
    }
}

/// The device in place of a trust domain's. It measures nothing: it quotes whatever it is given.
#[derive(Clone)]
pub struct Device {
    keys: Keys,
    machine: u32,
    role: Role,
}

impl Device {
    /// A quote over `report_data`.
    pub fn quote(&self, report_data: [u8; 64]) -> Vec<u8> {
        Plan::new(self.keys.clone(), self.machine, &self.role, report_data, 0).issue().quote
    }

    /// A key that stays the same for this measurement, machine and `label` over restarts.
    pub fn sealing_key(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let master = Zeroizing::new(self.keys.bytes("sealing", &self.machine.to_string()));
        let mut mac = Hmac::<Sha256>::new_from_slice(&*master).expect("hmac takes keys of any length");
        mac.update(&measurement(&self.keys, &self.role).id());
        mac.update(label);
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

/// The longest name of a role.
pub const MAX_ROLE_BYTES: usize = 64;

/// What a program is, by which the device derives the measurement that a real one would have made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Role(String);

/// A role's name is not lower-case letters, digits and dashes, or is too long or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is up to 64 lower-case letters, digits and dashes")]
pub struct RoleError;

impl Role {
    /// A role by its name.
    ///
    /// # Errors
    /// [`RoleError`] if `name` is empty, longer than 64 bytes or has other characters than a-z, 0-9 and `-`.
    pub fn new(name: &str) -> Result<Self, RoleError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > MAX_ROLE_BYTES || !name.bytes().all(fits) {
            return Err(RoleError);
        }
        Ok(Self(name.into()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// For documents that do not depend on the role.
    fn none() -> Self {
        Self(String::new())
    }
}

pub(crate) fn measurement(keys: &Keys, role: &Role) -> TdxMeasurement {
    let register = |name: &str| keys.measurement(name, role.name());
    let mut attributes = [0; 8];
    attributes[3] = 0x10; // SEPT_VE_DISABLE
    TdxMeasurement {
        mr_td: register("mrtd"),
        rtmr: [register("rtmr0"), register("rtmr1"), register("rtmr2"), register("rtmr3")],
        mr_config_id: [0; 48],
        mr_owner: [0; 48],
        mr_owner_config: [0; 48],
        attributes,
        xfam: 0x0006_02E7u64.to_le_bytes(),
        services: None,
    }
}
