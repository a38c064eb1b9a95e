//! A chain with this pallet, whose keyholders and committee are whatever a test says.

use std::{cell::RefCell, collections::BTreeMap};

use adyton_pallet_traits::{Keyholders, OnRound, Workers, fixture};
use adyton_protocol::{
    beacon,
    ids::{AccountId, NetworkId, SigningKey, WorkerId},
    record::{CommitteeRecord, WorkerRecord},
    statement::Role,
};
use frame_support::{BoundedVec, derive_impl, traits::Get};
use polkadot_sdk::{
    sp_runtime::{AccountId32, BuildStorage, Weight, traits::IdentityLookup},
    *,
};

use crate::{self as pallet_beacon, bls::signer};

/// The network of the vectors.
pub const NETWORK: NetworkId = NetworkId([1; 32]);
/// How many blocks are between two rounds.
pub const LENGTH: u32 = 10;
/// The secret of the committee.
pub const SECRET: u64 = 7;
/// The keyholder that has the one seat.
pub const KEYHOLDER: WorkerId = WorkerId([1; 32]);

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Beacon = pallet_beacon;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

impl pallet_beacon::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<AccountId32>;
    type Network = Known;
    type Workers = Known;
    type Keyholders = Known;
    type OnRound = Known;
    type WeightInfo = ();
}

thread_local! {
    static WORKERS: RefCell<BTreeMap<WorkerId, WorkerRecord>> = const { RefCell::new(BTreeMap::new()) };
    static COMMITTEE: RefCell<Option<CommitteeRecord>> = const { RefCell::new(None) };
    static HEARD: RefCell<Vec<(u64, [u8; 32])>> = const { RefCell::new(Vec::new()) };
    static IS_NETWORK: RefCell<bool> = const { RefCell::new(true) };
}

/// What the tests say.
pub struct Known;

impl Get<Option<NetworkId>> for Known {
    fn get() -> Option<NetworkId> {
        IS_NETWORK.with_borrow(|is| is.then_some(NETWORK))
    }
}

impl Workers for Known {
    fn valid_worker(account: &AccountId) -> Option<(WorkerId, WorkerRecord)> {
        WORKERS.with_borrow(|workers| {
            let found = workers.iter().find(|(_, record)| record.signing_key.0 == account.0);
            found.map(|(worker, record)| (*worker, record.clone()))
        })
    }

    fn worker(worker: &WorkerId) -> Option<WorkerRecord> {
        WORKERS.with_borrow(|workers| workers.get(worker).cloned())
    }
}

impl Keyholders for Known {
    fn committee() -> Option<CommitteeRecord> {
        COMMITTEE.with_borrow(Clone::clone)
    }
}

impl OnRound for Known {
    fn on_round(round: u64, value: [u8; 32]) {
        HEARD.with_borrow_mut(|heard| heard.push((round, value)));
    }

    fn on_round_weight() -> Weight {
        Weight::zero()
    }
}

/// The rounds that the pallet told of.
pub fn heard() -> Vec<(u64, [u8; 32])> {
    HEARD.with_borrow(Clone::clone)
}

/// The genesis names no network.
pub fn nameless() {
    IS_NETWORK.with_borrow_mut(|is| *is = false);
}

/// Worker or keyholder `number`, whose evidence holds from now on.
pub fn add(number: u8, role: Role) -> RuntimeOrigin {
    let record = WorkerRecord { role, ..fixture::worker(AccountId([number; 32]), SigningKey([number; 32])) };
    WORKERS.with_borrow_mut(|workers| workers.insert(WorkerId([number; 32]), record));
    origin(number)
}

/// Evidence of worker or keyholder `number` holds no longer.
pub fn remove(number: u8) {
    WORKERS.with_borrow_mut(|workers| workers.remove(&WorkerId([number; 32])));
}

/// Whoever signs with the key of this number.
pub fn origin(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(AccountId32::new([number; 32]))
}

/// The committee is these keyholders.
pub fn seat(threshold: u32, keyholders: &[u8]) {
    let record = CommitteeRecord {
        epoch: 0,
        threshold,
        keyholders: BoundedVec::truncate_from(keyholders.iter().map(|number| WorkerId([*number; 32])).collect()),
        group: BoundedVec::truncate_from(vec![1; 96]),
    };
    COMMITTEE.with_borrow_mut(|place| *place = Some(record));
}

/// A committee of keyholder 1, which has published its key.
pub fn ready() -> RuntimeOrigin {
    let keyholder = add(1, Role::Keyholder);
    seat(1, &[1]);
    Beacon::publish_key(keyholder.clone(), signer::commitments(SECRET)).expect("is published");
    keyholder
}

/// The committee's signature of a round.
pub fn signature(number: u64) -> beacon::RoundSignature {
    signer::sign(SECRET, &beacon::message(&NETWORK, number))
}

/// Runs a test at block 5, before the first round, and checks the pallet's invariants at its end.
pub fn run(test: impl FnOnce()) {
    WORKERS.with_borrow_mut(BTreeMap::clear);
    COMMITTEE.with_borrow_mut(|place| *place = None);
    HEARD.with_borrow_mut(Vec::clear);
    IS_NETWORK.with_borrow_mut(|is| *is = true);
    let genesis = pallet_beacon::GenesisConfig::<Test> { round_length: LENGTH, ..Default::default() };
    sp_io::TestExternalities::new(genesis.build_storage().expect("the genesis builds")).execute_with(|| {
        System::set_block_number(5);
        test();
        Beacon::do_try_state().expect("the invariants hold");
    });
}
