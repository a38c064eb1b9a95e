//! A chain with time and this pallet, under a development root.

use adyton_attestation::{IntelPolicy, TdxMeasurement};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Role as DeviceRole};
use adyton_protocol::{
    configuration,
    ids::{AccountId, BlockHash, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::EvidenceKind,
    statement::{AttestedStatement, Role},
};
use codec::Encode;
use frame_support::{derive_impl, ord_parameter_types, traits::ConstU64};
use polkadot_sdk::{sp_core::Bytes, sp_io, sp_runtime::BuildStorage, *};

use crate::{self as pallet_attestation, GenesisCollateral, GenesisMeasurement, GenesisRoot, KindPolicy};

/// When tests happen, Unix seconds.
pub const NOW: u64 = 1_800_000_000;
/// How many seconds pass before what is added in tests holds.
pub const DELAY: u64 = 1000;
/// The longest life of a verdict in tests, in seconds.
pub const LIFE: u64 = 20 * 24 * 60 * 60;
/// The network of tests.
pub const NETWORK: NetworkId = NetworkId([7; 32]);
/// The first block's hash in tests: nothing wrote another.
pub const GENESIS: BlockHash = BlockHash([0; 32]);
/// The configuration profile that the network of tests accepts.
pub const PROFILE: Digest = Digest([6; 32]);

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Attestation = pallet_attestation;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

ord_parameter_types! {
    /// Whoever denies and freezes besides root.
    pub const Emergency: u64 = 911;
}

impl pallet_attestation::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<u64>;
    type EmergencyOrigin = frame_system::EnsureSignedBy<Emergency, u64>;
    type MaxVerdictLife = ConstU64<LIFE>;
    type WeightInfo = ();
}

/// The root that the network of tests accepts.
pub fn development() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([1; 32])
}

/// A program's role and release on a device.
pub fn device(name: &str) -> DeviceRole {
    DeviceRole::new(name).expect("a short name")
}

/// The measurement's identity of the program `name`.
pub fn measurement(name: &str) -> Digest {
    let measurement: TdxMeasurement = development().measurement(&device(name));
    Digest(measurement.id())
}

/// The identity of `root`.
pub fn root_id(root: &DevelopmentRoot) -> Digest {
    Digest(root.root().id().0)
}

/// A worker's statement.
pub fn statement() -> AttestedStatement {
    AttestedStatement {
        network: NETWORK,
        worker: WorkerId([2; 32]),
        operator: AccountId([3; 32]),
        role: Role::Worker,
        signing_key: SigningKey([4; 32]),
        encryption_key: EncryptionKey([5; 32]),
        config: configuration::digest(&NETWORK, &GENESIS, &PROFILE),
        recent: BlockRef { number: 0, hash: BlockHash([0; 32]) },
    }
}

/// The genesis of tests, for tests that change it.
pub fn genesis() -> pallet_attestation::GenesisConfig<Test> {
    let root = development();
    let measured = |name: &str, role| GenesisMeasurement {
        measurement: measurement(name),
        role,
        profile: PROFILE,
        release: name.into(),
    };
    pallet_attestation::GenesisConfig {
        network: Some(NETWORK),
        name: "test-insecure".into(),
        lease_blocks: 40,
        staleness_blocks: 10,
        roots: vec![GenesisRoot {
            kind: EvidenceKind::IntelTdx,
            certificates: vec![Bytes(root.root_certificate())],
            development: true,
        }],
        measurements: vec![measured("worker", Role::Worker), measured("keyholder", Role::Keyholder)],
        collateral: vec![GenesisCollateral {
            kind: EvidenceKind::IntelTdx,
            root: root_id(&root),
            collateral: Bytes(root.collateral(NOW - 100).encode()),
            at: NOW,
        }],
        policies: vec![KindPolicy::IntelTdx(IntelPolicy::strict(EVALUATION_NUMBER))],
        delay: DELAY,
        capacity: 2,
        ..Default::default()
    }
}

/// The chain after `genesis`, at [`NOW`].
pub fn chain(genesis: pallet_attestation::GenesisConfig<Test>) -> sp_io::TestExternalities {
    let mut chain: sp_io::TestExternalities = genesis.build_storage().expect("the genesis builds").into();
    chain.execute_with(|| {
        System::set_block_number(1);
        pallet_timestamp::Now::<Test>::put(NOW * 1000);
    });
    chain
}

/// Goes `seconds` on.
pub fn wait(seconds: u64) {
    pallet_timestamp::Now::<Test>::mutate(|now| *now += seconds * 1000);
}

/// Runs a test and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    chain(genesis()).execute_with(|| {
        test();
        Attestation::do_try_state().expect("the invariants hold");
    });
}
