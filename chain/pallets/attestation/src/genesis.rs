//! What a network begins with. Whatever is wrong with it stops the chain before its first block.

use adyton_protocol::{
    evidence,
    ids::Digest,
    record::{EvidenceKind, MeasurementRecord, NetworkRecord},
    statement::Role,
};
use alloc::{borrow::Cow, string::String, vec::Vec};
use polkadot_sdk::{frame_support::BoundedVec, sp_core::Bytes};
use serde::{Deserialize, Serialize};

use crate::{ChangeDelay, Config, DefaultCapacity, GenesisConfig, Network, Pallet, Policies, accepted::When};

/// A root of trust at genesis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisRoot {
    /// For which evidence.
    pub kind: EvidenceKind,
    /// Its certificate: DER, as `0x` and hexadecimal digits. Of AMD's, those of root, chip authority and provider
    /// authority.
    pub certificates: Vec<Bytes>,
    /// Whether it stands for no hardware.
    pub development: bool,
}

/// A measurement at genesis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisMeasurement {
    /// The measurement's identity.
    pub measurement: Digest,
    /// What may run under it.
    pub role: Role,
    /// The configuration profile that it has to run with.
    pub profile: Digest,
    /// The release, for people.
    pub release: String,
}

/// Collateral at genesis, checked like any other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisCollateral {
    /// For which evidence.
    pub kind: EvidenceKind,
    /// The root that signed it; one of the genesis.
    pub root: Digest,
    /// SCALE of Intel's raw collateral, or AMD's revocation list, as `0x` and hexadecimal digits.
    pub collateral: Bytes,
    /// The time at which it is checked, Unix seconds: a genesis has no clock.
    pub at: u64,
}

pub(crate) fn build<T: Config>(genesis: &GenesisConfig<T>) {
    let Some(id) = genesis.network else { return };
    assert!(!genesis.name.is_empty(), "a network with an identity has a name");
    assert!(genesis.lease_blocks > 0, "leases last at least one block");
    let name = BoundedVec::try_from(genesis.name.as_bytes().to_vec()).expect("the network's name has at most 64 bytes");
    Network::<T>::put(NetworkRecord {
        id,
        name,
        lease_blocks: genesis.lease_blocks,
        staleness_blocks: genesis.staleness_blocks,
    });
    DefaultCapacity::<T>::put(genesis.capacity);
    ChangeDelay::<T>::put(genesis.delay);
    for policy in &genesis.policies {
        assert!(!Policies::<T>::contains_key(policy.kind()), "there is one policy for each kind");
        let adopted = Pallet::<T>::adopt(policy.clone(), When::AtGenesis);
        assert!(adopted.is_ok(), "a first policy lowers no minimum");
    }
    for root in &genesis.roots {
        let accepted = Pallet::<T>::accept_root(root.kind, &root.joined(), root.development, When::AtGenesis);
        assert!(accepted.is_ok(), "each root's certificate is one, and each root is there once");
    }
    for measurement in &genesis.measurements {
        let release = bounded(measurement.release.as_bytes());
        let record = MeasurementRecord { role: measurement.role, profile: measurement.profile, release };
        Pallet::<T>::accept(measurement.measurement, record, When::AtGenesis);
    }
    for GenesisCollateral { kind, root, collateral, at } in &genesis.collateral {
        let endorsed = Pallet::<T>::endorse(*kind, *root, collateral, *at);
        assert!(endorsed.is_ok(), "each collateral of the genesis verifies under a root of it at its time");
    }
}

impl GenesisRoot {
    /// The certificates as [`crate::RootKey::read`] takes them.
    fn joined(&self) -> Cow<'_, [u8]> {
        match &self.certificates[..] {
            [ark, ask, asvk] => Cow::Owned(evidence::join([ark, ask, asvk])),
            [one] => Cow::Borrowed(one),
            _ => panic!("a root has one certificate, and of amd's three"),
        }
    }
}

fn bounded<S: polkadot_sdk::sp_core::Get<u32>>(bytes: &[u8]) -> BoundedVec<u8, S> {
    let bytes: Vec<u8> = bytes.to_vec();
    BoundedVec::try_from(bytes).expect("each text and certificate of the genesis is within its bound")
}
