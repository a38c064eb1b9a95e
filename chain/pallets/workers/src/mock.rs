//! A chain with money, time, real evidence under a development root, and this pallet.

use adyton_attestation::IntelPolicy;
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, FMSPC, Role as DeviceRole};
use adyton_pallet_attestation::{GenesisCollateral, GenesisMeasurement, GenesisRoot, KindPolicy};
use adyton_pallet_traits::CollateralRef;
use adyton_protocol::{
    configuration,
    ids::{AccountId, BlockHash, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::EvidenceKind,
    statement::{AttestedStatement, Role},
};
use codec::Encode;
use frame_support::{
    BoundedVec, derive_impl,
    traits::{ConstU32, ConstU64},
};
use polkadot_sdk::{
    sp_core::{Bytes, H256, Pair, ed25519},
    sp_io,
    sp_runtime::{AccountId32, BuildStorage, DispatchResult, traits::IdentityLookup},
    *,
};

use crate as pallet_workers;

/// When tests happen, Unix seconds.
pub const NOW: u64 = 1_800_000_000;
/// The network of tests.
pub const NETWORK: NetworkId = NetworkId([7; 32]);
/// The configuration profile that it accepts.
pub const PROFILE: Digest = Digest([6; 32]);
/// For how many blocks a heartbeat keeps leases alive.
pub const LEASE: u32 = 40;
/// The staleness limit in blocks.
pub const STALENESS: u32 = 10;
/// What a registration holds.
pub const DEPOSIT: u64 = 500;
/// The oldest block in a statement.
pub const AGE: u32 = 100;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeHoldReason,
        RuntimeFreezeReason,
        RuntimeTask
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(3)]
    pub type Attestation = adyton_pallet_attestation;
    #[runtime::pallet_index(4)]
    pub type Workers = pallet_workers;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<u64>;
    type BlockHashCount = ConstU32<250>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
}

impl adyton_pallet_attestation::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<AccountId32>;
    type EmergencyOrigin = frame_system::EnsureRoot<AccountId32>;
    type MaxVerdictLife = ConstU64<{ 30 * 24 * 60 * 60 }>;
    type WeightInfo = ();
}

impl pallet_workers::Config for Test {
    type Attestation = Attestation;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type MaxStatementAge = ConstU32<AGE>;
    type WeightInfo = ();
}

/// The root that the network of tests accepts.
pub fn development() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([1; 32])
}

fn device(name: &str) -> DeviceRole {
    DeviceRole::new(name).expect("a short name")
}

/// The collateral of the development platform.
pub fn collateral() -> CollateralRef {
    CollateralRef { kind: EvidenceKind::IntelTdx, root: Digest(development().root().id().0), family: FMSPC }
}

/// An operator with money.
pub fn operator(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// A registration in the making; tests change a part of it.
#[derive(Clone)]
pub struct Registration {
    /// Who signs the extrinsic.
    pub origin: AccountId32,
    /// The worker's key of this boot.
    pub key: ed25519::Pair,
    /// What it says about itself.
    pub statement: AttestedStatement,
    /// What the operator calls it.
    pub name: &'static str,
    /// Who vouches.
    pub root: DevelopmentRoot,
    /// On which machine.
    pub machine: u32,
    /// Which program.
    pub program: &'static str,
    /// Evidence instead of the quote that the rest gives.
    pub evidence: Option<Vec<u8>>,
    /// A countersignature instead of the key's own.
    pub signature: Option<[u8; 64]>,
}

impl Registration {
    /// Of the worker that operator `number` calls `w`, in the boot with key `seed`.
    pub fn new(number: u8, seed: u8) -> Self {
        Self::named(number, seed, "w")
    }

    /// Of the worker that operator `number` calls `name`, in the boot with key `seed`.
    pub fn named(number: u8, seed: u8, name: &'static str) -> Self {
        let key = ed25519::Pair::from_seed(&[seed; 32]);
        let account = AccountId([number; 32]);
        let recent = System::block_number() - 1;
        let statement = AttestedStatement {
            network: NETWORK,
            worker: WorkerId::derive(&NETWORK, &account, name),
            operator: account,
            role: Role::Worker,
            signing_key: SigningKey(key.public().0),
            encryption_key: EncryptionKey([seed; 32]),
            config: configuration::digest(&NETWORK, &BlockHash(System::block_hash(0).0), &PROFILE),
            recent: BlockRef { number: recent, hash: BlockHash(System::block_hash(recent).0) },
        };
        Self {
            origin: operator(number),
            key,
            statement,
            name,
            root: development(),
            machine: 0,
            program: "worker",
            evidence: None,
            signature: None,
        }
    }

    /// The evidence of this registration.
    pub fn evidence(&self) -> Vec<u8> {
        let quote = || self.root.device_on(self.machine, device(self.program)).quote(self.statement.report_data());
        self.evidence.clone().unwrap_or_else(quote)
    }

    /// The worker.
    pub fn worker(&self) -> WorkerId {
        self.statement.worker
    }

    /// The account of the worker's key.
    pub fn account(&self) -> AccountId32 {
        AccountId32::new(self.key.public().0)
    }

    /// Sends it.
    pub fn send(&self) -> DispatchResult {
        let evidence = self.evidence();
        let signature =
            self.signature.unwrap_or_else(|| self.key.sign(&self.statement.registration_message(&evidence)).0);
        Workers::register(
            RuntimeOrigin::signed(self.origin.clone()),
            self.statement.clone(),
            BoundedVec::truncate_from(self.name.as_bytes().to_vec()),
            collateral(),
            BoundedVec::truncate_from(evidence),
            signature,
            BoundedVec::truncate_from(b"http://127.0.0.1:1".to_vec()),
            true,
        )
    }
}

/// Goes to block `number`, giving the blocks in between hashes of their own.
pub fn go_to(number: u32) {
    for block in System::block_number()..number {
        frame_system::BlockHash::<Test>::insert(block, H256::from_low_u64_be(u64::from(block) + 1));
    }
    System::set_block_number(number);
    pallet_timestamp::Now::<Test>::mutate(|now| *now += 500);
}

fn genesis() -> RuntimeGenesisConfig {
    let root = development();
    let measured = |name: &str, role| GenesisMeasurement {
        measurement: Digest(root.measurement(&device(name)).id()),
        role,
        profile: PROFILE,
        release: name.into(),
    };
    RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: (1..10).map(|number| (operator(number), 10_000)).collect(),
            ..Default::default()
        },
        attestation: adyton_pallet_attestation::GenesisConfig {
            network: Some(NETWORK),
            name: "test-insecure".into(),
            lease_blocks: LEASE,
            staleness_blocks: STALENESS,
            roots: vec![GenesisRoot {
                kind: EvidenceKind::IntelTdx,
                certificates: vec![Bytes(root.root_certificate())],
                development: true,
            }],
            measurements: vec![
                measured("worker", Role::Worker),
                measured("newer-worker", Role::Worker),
                measured("keyholder", Role::Keyholder),
            ],
            collateral: vec![GenesisCollateral {
                kind: EvidenceKind::IntelTdx,
                root: collateral().root,
                collateral: Bytes(root.collateral(NOW - 100).encode()),
                at: NOW,
            }],
            policies: vec![KindPolicy::IntelTdx(IntelPolicy::strict(EVALUATION_NUMBER))],
            capacity: 2,
            // What the delay does is the business of the other pallet's tests.
            delay: 0,
            ..Default::default()
        },
        workers: pallet_workers::GenesisConfig { deposit: DEPOSIT },
        ..Default::default()
    }
}

/// Runs a test from block 10 and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    let mut chain: sp_io::TestExternalities = genesis().build_storage().expect("the genesis builds").into();
    chain.execute_with(|| {
        System::set_block_number(1);
        pallet_timestamp::Now::<Test>::put(NOW * 1000);
        go_to(10);
        test();
        Workers::do_try_state().expect("the invariants hold");
    });
}
