//! A GPU's evidence in real format with its manifests and responses, for benchmarks: they run where nothing can be issued.
//! Each part is about as long as it may be, and asks about as many signatures as one call asks about. A test issues them
//! again and compares.

use adyton_attestation::nvidia::{NvidiaFloors, NvidiaPolicy};
use adyton_protocol::{device::DeviceId, ids::Digest};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};
use frame_support::{BoundedVec, traits::Get};
use polkadot_sdk::frame_support;

use crate::{Config, NextPlace, Places, Responses, Signatures};

/// The time of the evidence, in Unix seconds: 2026-09-21.
pub const NOW: u64 = 1_790_000_000;
/// The statement that the evidence answers.
pub const STATEMENT: Digest = Digest([0; 32]);

/// A device's evidence and everything that it rests on. Signatures are named as the pallet names those that it remembers,
/// each once, in the order in which they are asked about.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fixture {
    /// The root of devices, DER.
    pub device_root: Vec<u8>,
    /// The root of manifests, DER.
    pub manifest_root: Vec<u8>,
    /// The evidence, as it travels.
    pub evidence: Vec<u8>,
    /// Responses about the device's certificates.
    pub responses: Vec<Vec<u8>>,
    /// The signatures under evidence and responses.
    pub signatures: Vec<Digest>,
    /// The manifest of the driver, XML.
    pub driver: Vec<u8>,
    /// The manifest of the firmware, XML.
    pub firmware: Vec<u8>,
    /// Responses about the certificates of either.
    pub manifest_responses: Vec<Vec<u8>>,
    /// The signatures under the driver's manifest and the responses.
    pub driver_signatures: Vec<Digest>,
    /// The signatures under the firmware's manifest and the responses.
    pub firmware_signatures: Vec<Digest>,
    /// A key: x ‖ y.
    pub key: [u8; 96],
    /// Its signature, r ‖ s, over the [`longest_message`].
    pub signature: [u8; 96],
}

impl Fixture {
    /// The fixture that comes with the pallet.
    pub fn read() -> Self {
        Self::decode_all(&mut &include_bytes!("../fixtures/nvidia.scale")[..])
            .expect("a test holds the fixture together")
    }

    /// Remembers all signatures.
    pub fn remember<T: Config>(&self) {
        let mut place: u32 = 0;
        for digest in [&self.signatures, &self.driver_signatures, &self.firmware_signatures].into_iter().flatten() {
            if !Signatures::<T>::contains_key(digest) {
                Signatures::<T>::insert(digest, place);
                Places::<T>::insert(place, *digest);
                place += 1;
            }
        }
        NextPlace::<T>::put(place);
    }
}

/// A policy that accepts it.
pub fn policy() -> NvidiaPolicy {
    NvidiaPolicy::strict(Some(NvidiaFloors::default()), None, None)
}

/// The device, under `root`.
pub fn device(root: Digest) -> DeviceId {
    let mut serial = [0x14; 20];
    serial[..11].fill(0);
    DeviceId { root, serial }
}

/// What the key has signed.
pub fn longest_message() -> Vec<u8> {
    [b'm'; crate::MAX_MESSAGE as usize].to_vec()
}

/// Bytes as a call takes them.
pub fn bounded<S: Get<u32>>(bytes: &[u8]) -> BoundedVec<u8, S> {
    BoundedVec::try_from(bytes.to_vec()).expect("it is within its bound")
}

/// Responses as a call takes them.
pub fn all(responses: &[Vec<u8>]) -> Responses {
    BoundedVec::try_from(responses.iter().map(|der| bounded(der)).collect::<Vec<_>>()).expect("there are few")
}
