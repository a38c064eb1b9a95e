//! What a network begins with. Whatever is wrong with it stops the chain before its first block.

use adyton_attestation::Collateral as RawCollateral;
use adyton_protocol::{
    ids::Digest,
    record::{EvidenceKind, MeasurementRecord, NetworkRecord, RootRecord},
    statement::Role,
};
use alloc::{string::String, vec::Vec};
use codec::DecodeAll;
use polkadot_sdk::{frame_support::BoundedVec, sp_core::Bytes};
use serde::{Deserialize, Serialize};

use crate::{Config, DefaultCapacity, GenesisConfig, Measurements, Network, Pallet, PlatformPolicy, RootKeys};

/// A root of trust at genesis.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisRoot {
    /// For which evidence.
    pub kind: EvidenceKind,
    /// The certificate: DER, as `0x` and hexadecimal digits.
    pub certificate: Bytes,
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
    /// The root that signed it; one of the genesis.
    pub root: Digest,
    /// SCALE of the raw collateral, as `0x` and hexadecimal digits.
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
    PlatformPolicy::<T>::set(genesis.policy.clone());
    for root in &genesis.roots {
        let certificate = bounded(&root.certificate);
        let record = RootRecord { kind: root.kind, certificate, development: root.development };
        assert!(Pallet::<T>::insert_root(record).is_ok(), "each root's certificate is one");
    }
    for measurement in &genesis.measurements {
        let release = bounded(measurement.release.as_bytes());
        let record = MeasurementRecord { role: measurement.role, profile: measurement.profile, release };
        Measurements::<T>::insert(measurement.measurement, record);
    }
    for collateral in &genesis.collateral {
        let root = RootKeys::<T>::get(collateral.root).expect("collateral names a root of the genesis");
        let raw = RawCollateral::decode_all(&mut &collateral.collateral[..]).expect("collateral is well-formed");
        let Ok(checked) = Pallet::<T>::check_collateral(&root, &raw, collateral.at) else {
            panic!("each collateral of the genesis verifies at its time")
        };
        Pallet::<T>::store_collateral(collateral.root, checked);
    }
}

fn bounded<S: polkadot_sdk::sp_core::Get<u32>>(bytes: &[u8]) -> BoundedVec<u8, S> {
    let bytes: Vec<u8> = bytes.to_vec();
    BoundedVec::try_from(bytes).expect("each text and certificate of the genesis is within its bound")
}
