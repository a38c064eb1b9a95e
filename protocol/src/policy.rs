//! A contract's policy: who may lease it. Enforced by the chain at the lease and again by each keyholder at
//! the release of keys. Where it says nothing, nobody may.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    device::{Architecture, MAX_DEVICES, ValidDevices},
    ids::{AccountId, BlockNumber, Digest},
    record::{EvidenceKind, WorkerRecord},
};

/// The most entries in any list of a policy.
pub const MAX_ENTRIES: usize = 32;

/// Who may lease a contract, and how its code changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
pub struct ContractPolicy {
    /// Kinds of evidence that are good enough. Empty: none, the contract cannot be leased.
    pub kinds: Vec<EvidenceKind>,
    /// Measurements that are good enough, among those that the chain accepts.
    pub measurements: Measurements,
    /// Operators whose workers may lease it.
    pub operators: Operators,
    /// Which devices a worker must have, as the chain has them. None: a worker needs none.
    pub devices: Option<DeviceDemand>,
    /// How the code may change.
    pub upgrade: Upgrade,
}

/// Which of the measurements accepted by the chain a contract accepts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measurements {
    /// Any that the chain accepts: two thirds of the validators are part of the contract's confidentiality.
    #[codec(index = 0)]
    Accepted,
    /// Only these.
    #[codec(index = 1)]
    Only(Vec<Digest>),
}

/// Whose workers may lease a contract.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operators {
    /// Any operator that opted in.
    #[codec(index = 0)]
    OptedIn,
    /// Only these.
    #[codec(index = 1)]
    Only(Vec<AccountId>),
}

/// The most kinds of devices that a demand names: there are no more.
pub const MAX_ARCHITECTURES: usize = 3;

/// Which devices a worker must have shown the chain, and how many of them must count at the moment of use
/// ([`crate::device::WorkerDevices::valid`]).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceDemand {
    /// Kinds that are good enough.
    pub architectures: Vec<Architecture>,
    /// How many of these kinds together there must be, at least 1 and at most [`MAX_DEVICES`].
    pub minimum: u32,
}

impl fmt::Display for DeviceDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at least {} of", self.minimum)?;
        for (place, architecture) in self.architectures.iter().enumerate() {
            let between = if place == 0 { " " } else { ", " };
            write!(f, "{between}{}", architecture.name())?;
        }
        Ok(())
    }
}

impl DeviceDemand {
    /// Whether list and number are within their bounds. What is not could be met by every worker, or by none.
    pub fn bounded(&self) -> bool {
        (1..=MAX_ARCHITECTURES).contains(&self.architectures.len()) && (1..=MAX_DEVICES).contains(&self.minimum)
    }

    /// Whether `devices` are enough.
    pub fn met_by(&self, devices: &ValidDevices) -> bool {
        devices.count(&self.architectures) >= self.minimum as usize
    }
}

/// How a contract's code may change.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Upgrade {
    /// Never.
    #[codec(index = 0)]
    Immutable,
    /// By its owner, visible on chain for this many blocks before it applies.
    #[codec(index = 1)]
    Owner {
        /// Blocks between the announcement and the change.
        delay: BlockNumber,
    },
}

/// Why a worker may not lease a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyRefusal {
    /// The policy does not accept the worker's kind of evidence.
    Kind,
    /// The policy does not accept the worker's measurement.
    Measurement,
    /// The policy does not accept the worker's operator.
    Operator,
    /// The worker has too few devices, of the kinds that the policy asks for, that count now.
    Devices,
    /// The operator did not opt in.
    NotOptedIn,
}

impl fmt::Display for PolicyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "the contract's policy does not accept this kind of evidence",
            Self::Measurement => "the contract's policy does not accept this measurement",
            Self::Operator => "the contract's policy does not accept this operator",
            Self::Devices => "the worker has shown too few of the devices that the contract's policy asks for, or they count no longer",
            Self::NotOptedIn => "the worker's operator did not opt in to leases",
        })
    }
}

impl core::error::Error for PolicyRefusal {}

impl ContractPolicy {
    /// The policy that `adyton deploy` proposes when `adyton.toml` says nothing: hardware TDX evidence, any
    /// measurement and operator that the chain accepts, no devices, upgrades by the owner after `delay` blocks.
    pub fn open(delay: BlockNumber) -> Self {
        Self {
            kinds: alloc::vec![EvidenceKind::IntelTdx],
            measurements: Measurements::Accepted,
            operators: Operators::OptedIn,
            devices: None,
            upgrade: Upgrade::Owner { delay },
        }
    }

    /// Whether every list is within its bound, and a demand for devices can be met.
    pub fn bounded(&self) -> bool {
        let measurements = match &self.measurements {
            Measurements::Accepted => 0,
            Measurements::Only(list) => list.len(),
        };
        let operators = match &self.operators {
            Operators::OptedIn => 0,
            Operators::Only(list) => list.len(),
        };
        let devices = self.devices.as_ref().is_none_or(DeviceDemand::bounded);
        self.kinds.len() <= MAX_ENTRIES && measurements <= MAX_ENTRIES && operators <= MAX_ENTRIES && devices
    }

    /// Whether `worker` with `devices` may take a lease of the contract, as far as this policy is concerned: as
    /// [`ContractPolicy::accepts`], and its operator opted in. Opting out ends no lease.
    pub fn admits(&self, worker: &WorkerRecord, devices: &ValidDevices) -> Result<(), PolicyRefusal> {
        self.accepts(worker, devices)?;
        if worker.opted_in { Ok(()) } else { Err(PolicyRefusal::NotOptedIn) }
    }

    /// Whether `worker` with `devices` may act for the contract under a lease that it has: asked again at every use,
    /// because a worker may come back under another measurement, and a device may count no longer. Whether the worker's
    /// own evidence still holds is [`crate::record::WorkerRecord::valid`].
    pub fn accepts(&self, worker: &WorkerRecord, devices: &ValidDevices) -> Result<(), PolicyRefusal> {
        self.accepts_worker(worker)?;
        match &self.devices {
            Some(demand) if !demand.met_by(devices) => Err(PolicyRefusal::Devices),
            Some(_) | None => Ok(()),
        }
    }

    /// The part of [`ContractPolicy::accepts`] that asks for no devices.
    pub fn accepts_worker(&self, worker: &WorkerRecord) -> Result<(), PolicyRefusal> {
        if !self.kinds.contains(&worker.verdict.kind) {
            return Err(PolicyRefusal::Kind);
        }
        let measurement = match &self.measurements {
            Measurements::Accepted => true,
            Measurements::Only(list) => list.contains(&worker.verdict.measurement),
        };
        if !measurement {
            return Err(PolicyRefusal::Measurement);
        }
        let operator = match &self.operators {
            Operators::OptedIn => true,
            Operators::Only(list) => list.contains(&worker.operator),
        };
        if operator { Ok(()) } else { Err(PolicyRefusal::Operator) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        device::{
            DeviceFacts, WorkerDevices,
            tests::{device, facts},
        },
        record::tests::worker,
    };

    fn none() -> ValidDevices {
        ValidDevices::default()
    }

    /// `count` Hoppers of the worker, about which `facts` decides.
    fn hoppers(count: usize, facts: &DeviceFacts) -> ValidDevices {
        let devices = alloc::vec![device(); count].try_into().unwrap();
        WorkerDevices { boot: 1, devices }.counting(&worker(), |_| Ok::<_, ()>(facts.clone())).unwrap()
    }

    fn demanding(architectures: &[Architecture], minimum: u32) -> ContractPolicy {
        let devices = Some(DeviceDemand { architectures: architectures.to_vec(), minimum });
        ContractPolicy { devices, ..ContractPolicy::open(1) }
    }

    #[test]
    fn a_policy_that_names_no_kind_admits_nobody() {
        let policy = ContractPolicy { kinds: Vec::new(), ..ContractPolicy::open(1) };
        assert_eq!(policy.admits(&worker(), &none()), Err(PolicyRefusal::Kind));
    }

    #[test]
    fn another_measurement_is_refused() {
        let policy = ContractPolicy {
            measurements: Measurements::Only(alloc::vec![Digest([9; 32])]),
            ..ContractPolicy::open(1)
        };
        assert_eq!(policy.admits(&worker(), &none()), Err(PolicyRefusal::Measurement));
    }

    #[test]
    fn another_operator_is_refused() {
        let policy =
            ContractPolicy { operators: Operators::Only(alloc::vec![AccountId([9; 32])]), ..ContractPolicy::open(1) };
        assert_eq!(policy.admits(&worker(), &none()), Err(PolicyRefusal::Operator));
    }

    #[test]
    fn a_worker_with_too_few_devices_of_the_kinds_asked_for_is_refused() {
        let policy = demanding(&[Architecture::Hopper, Architecture::Blackwell], 2);
        assert_eq!(policy.accepts(&worker(), &none()), Err(PolicyRefusal::Devices));
        assert_eq!(policy.admits(&worker(), &hoppers(1, &facts())), Err(PolicyRefusal::Devices));
        assert_eq!(policy.admits(&worker(), &hoppers(2, &facts())), Ok(()));
        let blackwells = demanding(&[Architecture::Blackwell], 1);
        assert_eq!(blackwells.accepts(&worker(), &hoppers(8, &facts())), Err(PolicyRefusal::Devices));
    }

    #[test]
    fn a_device_that_counts_no_longer_meets_no_demand() {
        let policy = demanding(&[Architecture::Hopper], 1);
        for facts in [
            DeviceFacts { now: device().valid_until, ..facts() },
            DeviceFacts { root: None, ..facts() },
            DeviceFacts { judged_since: device().judged_at, ..facts() },
            DeviceFacts { denied: true, ..facts() },
        ] {
            assert_eq!(policy.accepts(&worker(), &hoppers(8, &facts)), Err(PolicyRefusal::Devices));
        }
    }

    #[test]
    fn a_demand_that_everybody_or_nobody_could_meet_is_out_of_bounds() {
        assert!(demanding(&[Architecture::NvSwitch], 1).bounded());
        assert!(demanding(&[Architecture::Hopper; MAX_ARCHITECTURES], MAX_DEVICES).bounded());
        assert!(!demanding(&[Architecture::Hopper], 0).bounded());
        assert!(!demanding(&[Architecture::Hopper], MAX_DEVICES + 1).bounded());
        assert!(!demanding(&[], 1).bounded());
        assert!(!demanding(&[Architecture::Hopper; MAX_ARCHITECTURES + 1], 1).bounded());
    }

    #[test]
    fn a_demand_is_written_as_people_read_it() {
        let policy = demanding(&[Architecture::Hopper, Architecture::NvSwitch], 4);
        assert_eq!(alloc::format!("{}", policy.devices.unwrap()), "at least 4 of hopper, nvswitch");
    }

    #[test]
    fn devices_do_not_make_up_for_another_refusal() {
        let policy = ContractPolicy { kinds: Vec::new(), ..demanding(&[Architecture::Hopper], 1) };
        assert_eq!(policy.accepts(&worker(), &hoppers(1, &facts())), Err(PolicyRefusal::Kind));
    }

    #[test]
    fn a_worker_whose_operator_did_not_opt_in_is_refused() {
        let worker = WorkerRecord { opted_in: false, ..worker() };
        assert_eq!(ContractPolicy::open(1).admits(&worker, &none()), Err(PolicyRefusal::NotOptedIn));
        assert_eq!(ContractPolicy::open(1).accepts(&worker, &none()), Ok(()), "what it has it keeps");
        assert_eq!(ContractPolicy::open(1).admits(&super::tests::worker(), &none()), Ok(()));
    }
}
