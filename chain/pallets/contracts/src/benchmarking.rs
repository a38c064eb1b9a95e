//! What the calls cost.

use adyton_pallet_traits::{Histories, Workers};
use adyton_protocol::{
    anchor::ReceiptAnchors as ReceiptAnchorsRecord,
    call::report_digest,
    contract_call::Callees,
    ids::{
        AccountId as ProtocolAccount, BlockHash, BlockRef, CodeHash, ContractId, Digest, NetworkId, RequestId,
        SigningKey,
    },
    manifest::{Callers, Durability, Limits, Manifest},
    policy::{ContractPolicy, MAX_ENTRIES, Measurements, Operators},
    receipt::{Caller, Label, ReceiptFields, Report, SignedReceipt},
    record::{Anchor, EvidenceKind, Opening, StateHead},
};
use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_support::{
    BoundedVec,
    traits::{fungible::Unbalanced, tokens::Precision},
};
use frame_system::RawOrigin;
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    sp_core::ed25519,
    sp_io::crypto::{ed25519_generate, ed25519_sign},
    sp_runtime::{AccountId32, KeyTypeId},
    *,
};

use crate::{
    Call, Codes, Config, Contracts, Halted, Heads, Leases, MAX_BATCH, Paces, Pallet, ReceiptAnchors, ReportedAt,
    Reports, Retired,
};

const KEYS: KeyTypeId = KeyTypeId(*b"adyt");
const CODE: CodeHash = CodeHash([3; 32]);
const OTHER_CODE: CodeHash = CodeHash([4; 32]);

/// Prepares the state in which a worker is valid.
pub trait Helper {
    /// The network that is there, made if need be.
    fn network() -> NetworkId;
    /// Registers a valid worker with `key`, whose leases live for long.
    fn worker(key: SigningKey);
    /// A call that contracts may have dispatched.
    fn reported_call() -> Vec<u8>;
}

fn worker<T: Config>() -> ed25519::Public {
    T::BenchmarkHelper::network();
    let key = ed25519_generate(KEYS, None);
    T::BenchmarkHelper::worker(SigningKey(key.0));
    key
}

fn origin(key: &ed25519::Public) -> RawOrigin<AccountId32> {
    RawOrigin::Signed(AccountId32::new(key.0))
}

fn owner() -> AccountId32 {
    AccountId32::new([1; 32])
}

/// Gives the owner a million PHA.
fn fund<T: Config>() {
    T::Currency::increase_balance(&owner(), 1_000_000_000_000_000_000, Precision::Exact)
        .expect("there is room for more");
}

/// As long as a policy may be, with everything looked through before it admits.
fn policy() -> ContractPolicy {
    ContractPolicy {
        kinds: vec![EvidenceKind::IntelTdx; MAX_ENTRIES],
        measurements: Measurements::Accepted,
        operators: Operators::OptedIn,
        ..ContractPolicy::open(0)
    }
}

/// As long as a manifest usually is at most.
fn manifest() -> Vec<u8> {
    let manifest = Manifest {
        version: 1,
        name: "benchmark".into(),
        grants: vec![],
        limits: Limits::default(),
        egress: vec![],
        extra_roots: vec![vec![1; 3 * 1024]; 4],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: false,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: Vec::new(),
        deterministic: false,
        disputable: false,
        sealed_code: false,
        reuse: false,
    };
    manifest.encode()
}

/// Deploys `count` contracts and answers their ids, ascending.
fn contracts<T: Config>(count: u32) -> Vec<ContractId> {
    let network = T::BenchmarkHelper::network();
    fund::<T>();
    let _ = Pallet::<T>::upload_code(RawOrigin::Signed(owner()).into(), CODE, 1);
    let mut contracts = Vec::new();
    for number in 0..count {
        let mut salt = [0; 32];
        salt[..4].copy_from_slice(&number.to_le_bytes());
        let manifest = BoundedVec::truncate_from(manifest());
        Pallet::<T>::deploy(RawOrigin::Signed(owner()).into(), CODE, manifest, policy(), salt).expect("deploys");
        contracts.push(ContractId::derive(&network, &ProtocolAccount([1; 32]), &salt));
    }
    contracts.sort();
    contracts
}

/// Contracts that the worker with `key` leases.
fn leased<T: Config>(key: &ed25519::Public, count: u32) -> Vec<ContractId> {
    let contracts = contracts::<T>(count);
    for contract in &contracts {
        Pallet::<T>::claim_lease(origin(key).into(), *contract).expect("is leased");
    }
    contracts
}

fn head(sequence: u64) -> StateHead {
    StateHead { sequence, hash: Digest([sequence as u8; 32]) }
}

fn openings(contracts: &[ContractId]) -> BoundedVec<Opening, frame_support::traits::ConstU32<MAX_BATCH>> {
    let opening = |contract: &ContractId| Opening { contract: *contract, lease: 1, head: StateHead::genesis(contract) };
    BoundedVec::truncate_from(contracts.iter().map(opening).collect())
}

/// Contracts whose stores the worker with `key` has open.
fn opened<T: Config>(key: &ed25519::Public, count: u32) -> Vec<ContractId> {
    let contracts = leased::<T>(key, count);
    Pallet::<T>::open(origin(key).into(), openings(&contracts)).expect("is open");
    contracts
}

fn receipt(network: NetworkId, contract: ContractId, key: &ed25519::Public, call: &[u8]) -> Vec<u8> {
    let zero = Digest([0; 32]);
    let fields = ReceiptFields {
        network,
        contract,
        code: CODE,
        version: 1,
        manifest: zero,
        lease: 1,
        incarnation: 1,
        worker: SigningKey(key.0),
        block: BlockRef { number: 1, hash: BlockHash([0; 32]) },
        request_id: RequestId([0; 16]),
        request: zero,
        response: zero,
        before: head(0),
        after: head(1),
        fuel: 1,
        cost_table: zero,
        bytes_in: 1,
        bytes_out: 1,
        egress: vec![],
        caller: Caller::Anonymous,
        durability: Durability::Durable,
        report: Some(Report { number: 1, call: report_digest(&network, &contract, 1, call) }),
        earlier: None,
        schedule: None,
        transition: None,
        webhook: None,
        message: None,
    };
    let sign = |message: &[u8]| ed25519_sign(KEYS, key, message).expect("the key is in the keystore").0;
    let labels = [Label::Contract, Label::Lease, Label::Incarnation, Label::Report];
    SignedReceipt::sign(&fields, || [5; 16], sign).open(&labels).to_bytes()
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn upload_code() {
        fund::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), CODE, 1);
    }

    #[benchmark]
    fn deploy() {
        T::BenchmarkHelper::network();
        fund::<T>();
        let _ = Pallet::<T>::upload_code(RawOrigin::Signed(owner()).into(), CODE, 1);
        let manifest = BoundedVec::truncate_from(manifest());

        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), CODE, manifest, policy(), [0; 32]);

        assert_eq!(Contracts::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn claim_lease() {
        let key = worker::<T>();
        let contract = contracts::<T>(1)[0];

        #[extrinsic_call]
        _(origin(&key), contract);

        assert!(Leases::<T>::contains_key(contract));
    }

    #[benchmark]
    fn release_leases(n: Linear<1, MAX_BATCH>) {
        let key = worker::<T>();
        let contracts = BoundedVec::truncate_from(leased::<T>(&key, n));

        #[extrinsic_call]
        _(origin(&key), contracts);

        assert!(Leases::<T>::iter_values().all(|lease| lease.released));
    }

    #[benchmark]
    fn open(n: Linear<1, MAX_BATCH>) {
        let key = worker::<T>();
        let openings = openings(&leased::<T>(&key, n));

        #[extrinsic_call]
        _(origin(&key), openings);

        assert_eq!(Heads::<T>::iter().count(), n as usize);
    }

    #[benchmark]
    fn anchor(n: Linear<1, MAX_BATCH>) {
        let key = worker::<T>();
        let contracts = opened::<T>(&key, n);
        let entry = |contract: &ContractId| Anchor { contract: *contract, lease: 1, incarnation: 1, head: head(1) };
        let anchors = BoundedVec::truncate_from(contracts.iter().map(entry).collect());
        // The most joining that one more anchor can cause.
        let (worker, _) = T::Workers::valid_worker(&ProtocolAccount(key.0)).expect("is valid");
        let peaks = BoundedVec::truncate_from(vec![Digest([1; 32]); 31]);
        ReceiptAnchors::<T>::insert(worker, ReceiptAnchorsRecord { count: u32::MAX >> 1, block: 0, peaks });

        #[extrinsic_call]
        _(origin(&key), anchors, Digest([1; 32]));

        assert!(Paces::<T>::iter_values().all(|pace| pace.anchored > 0));
    }

    /// Without what the reported call itself weighs.
    #[benchmark]
    fn report() {
        let network = T::BenchmarkHelper::network();
        let key = worker::<T>();
        let contract = opened::<T>(&key, 1)[0];
        let call = T::BenchmarkHelper::reported_call();
        let receipt = BoundedVec::truncate_from(receipt(network, contract, &key, &call));

        #[extrinsic_call]
        _(origin(&key), receipt, BoundedVec::truncate_from(call));

        assert_eq!(Reports::<T>::get(contract), 1);
    }

    #[benchmark]
    fn announce_upgrade() {
        let contract = contracts::<T>(1)[0];
        // Another upgrade was announced before.
        let origin = || RawOrigin::Signed(owner()).into();
        Pallet::<T>::upload_code(origin(), OTHER_CODE, 1).expect("is announced");
        Pallet::<T>::announce_upgrade(origin(), contract, OTHER_CODE).expect("is announced");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), contract, CODE);
    }

    #[benchmark]
    fn apply_upgrade() {
        let contract = contracts::<T>(1)[0];
        Pallet::<T>::announce_upgrade(RawOrigin::Signed(owner()).into(), contract, CODE).expect("is announced");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), contract);

        assert!(Contracts::<T>::get(contract).is_some_and(|record| record.version == 2));
    }

    #[benchmark]
    fn remove_code() {
        fund::<T>();
        Pallet::<T>::upload_code(RawOrigin::Signed(owner()).into(), CODE, 1).expect("is announced");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), CODE);

        assert!(!Codes::<T>::contains_key(CODE));
    }

    /// Of a contract with all that it can have.
    #[benchmark]
    fn retire() {
        let key = worker::<T>();
        let contract = opened::<T>(&key, 1)[0];
        Pallet::<T>::upload_code(RawOrigin::Signed(owner()).into(), OTHER_CODE, 1).expect("is announced");
        Pallet::<T>::announce_upgrade(RawOrigin::Signed(owner()).into(), contract, OTHER_CODE).expect("is announced");
        Reports::<T>::insert(contract, 1);
        ReportedAt::<T>::insert(contract, 1);
        assert!(<Pallet<T> as Histories>::halt(&contract));

        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), contract);

        assert!(Retired::<T>::contains_key(contract));
    }

    #[benchmark]
    fn resume() {
        let contract = contracts::<T>(1)[0];
        assert!(<Pallet<T> as Histories>::halt(&contract));
        frame_system::Pallet::<T>::set_block_number(1_000_000u32.into());

        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), contract);

        assert!(!Halted::<T>::contains_key(contract));
    }
}
