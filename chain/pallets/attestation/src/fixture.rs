//! One registration in real format under a development root, for benchmarks: they run where nothing can be
//! issued. A test issues it again and compares.

use adyton_attestation::Policy;
use adyton_protocol::{
    ids::{Digest, NetworkId},
    record::{EvidenceKind, MeasurementRecord, NetworkRecord, RootRecord},
    statement::AttestedStatement,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};
use polkadot_sdk::{
    frame_support::BoundedVec,
    frame_system::{self, pallet_prelude::BlockNumberFor},
    pallet_timestamp,
    sp_runtime::traits::Zero,
};

use crate::{Config, DefaultCapacity, Measurements, Network, Pallet, PlatformPolicy};

/// The network of the fixture.
pub const NETWORK: NetworkId = NetworkId([7; 32]);

/// The configuration profile of the fixture.
pub const PROFILE: Digest = Digest([6; 32]);

/// A registration and everything that it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fixture {
    /// The time of it, Unix seconds.
    pub now: u64,
    /// The root's certificate.
    pub certificate: Vec<u8>,
    /// SCALE of the raw collateral.
    pub collateral: Vec<u8>,
    /// The statement.
    pub statement: AttestedStatement,
    /// The program's measurement.
    pub measurement: Digest,
    /// The evidence.
    pub evidence: Vec<u8>,
    /// The countersignature of the worker's key.
    pub signature: [u8; 64],
}

impl Fixture {
    /// The fixture that comes with the pallet.
    pub fn read() -> Self {
        Self::decode_all(&mut &include_bytes!("../fixture.scale")[..]).expect("a test holds the fixture together")
    }

    /// Accepts the root, and answers its identity.
    pub fn accept_root<T: Config>(&self) -> Digest {
        let certificate = BoundedVec::truncate_from(self.certificate.clone());
        let record = RootRecord { kind: EvidenceKind::IntelTdx, certificate, development: true };
        let Ok(root) = Pallet::<T>::insert_root(record) else { panic!("the fixture's root is one") };
        root
    }

    /// Makes the present state one in which the registration passes.
    pub fn accept<T: Config>(&self) -> Digest {
        pallet_timestamp::Now::<T>::put(self.now * 1000);
        Network::<T>::put(NetworkRecord {
            id: NETWORK,
            name: BoundedVec::truncate_from(b"benchmark-insecure".to_vec()),
            lease_blocks: 40,
            staleness_blocks: 10,
        });
        PlatformPolicy::<T>::put(Policy::strict(1));
        DefaultCapacity::<T>::put(8);
        let root = self.accept_root::<T>();
        let genesis = BlockNumberFor::<T>::zero();
        frame_system::BlockHash::<T>::insert(genesis, T::Hash::default());
        let record = MeasurementRecord { role: self.statement.role, profile: PROFILE, release: Default::default() };
        Measurements::<T>::insert(self.measurement, record);
        // Collateral moves only forward: the same is not taken twice.
        if crate::Collateral::<T>::iter_keys().next().is_some() {
            return root;
        }
        let key = crate::RootKeys::<T>::get(root).expect("was accepted above");
        let raw =
            adyton_attestation::Collateral::decode_all(&mut &self.collateral[..]).expect("the fixture's collateral");
        let Ok(checked) = Pallet::<T>::check_collateral(&key, &raw, self.now) else {
            panic!("the fixture's collateral verifies")
        };
        Pallet::<T>::store_collateral(root, checked);
        root
    }
}
