//! Which pallets are measured, and the state in which they are.

use adyton_pallet_attestation::fixture::{Fixture, NETWORK, PROFILE};
use adyton_pallet_traits::{BootKey, Vouched};
use adyton_pallet_workers::benchmarking::Prepared;
use adyton_protocol::{
    contract_call::Callees,
    cpu::CpuModel,
    evidence::{Party, Provider},
    ids::{CodeHash, ContractId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    manifest::{Callers, Durability, Limits, Manifest},
    policy::ContractPolicy,
    record::{
        CommitteeRecord, ContractRecord, EvidenceKind, HeadRecord, Heartbeat, LeaseRecord, MachineId,
        MeasurementRecord, StateHead, VerdictFacts, WorkerRecord,
    },
    scheduled::Scheduled,
    statement::Role,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use frame_support::BoundedVec;
use polkadot_sdk::*;

use crate::{AccountId, PHA, Runtime, RuntimeCall, SessionKeys};

frame_benchmarking::define_benchmarks!(
    [adyton_pallet_attestation, Attestation]
    [adyton_pallet_workers, Workers]
    [adyton_pallet_contracts, Contracts]
    [adyton_pallet_keys, Keys]
    [adyton_pallet_messages, Messages]
    [adyton_pallet_validators, Validators]
    [adyton_pallet_beacon, Beacon]
    [adyton_pallet_pools, Pools]
    [adyton_pallet_rewards, Rewards]
    [adyton_pallet_slashing, Slashing]
    [adyton_pallet_usage, Usage]
    [adyton_pallet_disputes, Disputes]
    [adyton_pallet_devices, Devices]
    [adyton_pallet_governance, Governance]
);

/// Makes the states that the pallets' benchmarks need.
pub struct State;

/// Registers a program of `role` with `key`, whose evidence holds, without going through a registration.
fn program(key: SigningKey, role: Role) -> WorkerId {
    let fixture = Fixture::read(EvidenceKind::IntelTdx);
    let root = fixture.accept::<Runtime>();
    let measurement = Digest([role as u8 + 1; 32]);
    let accepted = MeasurementRecord { role, profile: PROFILE, release: Default::default() };
    adyton_pallet_attestation::Measurements::<Runtime>::insert(measurement, Scheduled::holding(accepted));
    let worker = WorkerId(key.0);
    let provider = Provider::truncate_from(vec![b'p'; 64]);
    adyton_pallet_attestation::Allowed::<Runtime>::insert(Party::Provider(provider.clone()), Scheduled::holding(true));
    let record = WorkerRecord {
        operator: fixture.statement.operator,
        role,
        signing_key: key,
        encryption_key: EncryptionKey([0; 32]),
        statement: Digest([0; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root,
            measurement,
            profile: PROFILE,
            // What is most to read: a machine that nobody identifies, with a provider that is asked about.
            machine: MachineId::None,
            provider: Some(provider),
            tier: 0,
            evaluation: u32::MAX,
            judged_at: 1,
            valid_until: u64::MAX,
            evidence: Digest([0; 32]),
        },
        endpoint: Default::default(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: u32::MAX,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    };
    adyton_pallet_workers::Workers::<Runtime>::insert(worker, record);
    adyton_pallet_workers::WorkerOf::<Runtime>::insert(key, worker);
    adyton_pallet_workers::CpuModels::<Runtime>::insert(worker, CpuModel::IntelFmspc([1; 6]));
    worker
}

/// The session keys of an account in benchmarks.
fn session_keys(who: &AccountId) -> SessionKeys {
    let bytes: &[u8; 32] = who.as_ref();
    SessionKeys::decode(&mut &[*bytes, *bytes].concat()[..]).expect("two keys are 64 bytes")
}

impl adyton_pallet_workers::benchmarking::Helper<Runtime> for State {
    fn prepare(kind: EvidenceKind) -> Prepared {
        let fixture = Fixture::read(kind);
        fixture.accept::<Runtime>();
        Prepared {
            statement: fixture.statement,
            name: b"benchmark".to_vec(),
            collateral: fixture.reference,
            evidence: fixture.evidence,
            signature: fixture.signature,
        }
    }
}

impl adyton_pallet_contracts::benchmarking::Helper for State {
    fn network() -> NetworkId {
        Fixture::read(EvidenceKind::IntelTdx).accept::<Runtime>();
        // Benchmarks begin before the first block, at which nothing can have been done in an earlier one.
        if frame_system::Pallet::<Runtime>::block_number() == 0 {
            frame_system::Pallet::<Runtime>::set_block_number(1);
        }
        NETWORK
    }

    fn worker(key: SigningKey) {
        program(key, Role::Worker);
    }

    fn reported_call() -> Vec<u8> {
        RuntimeCall::System(frame_system::Call::remark { remark: Vec::new() }).encode()
    }
}

impl adyton_pallet_keys::benchmarking::Helper for State {
    fn program(key: SigningKey, role: Role) -> WorkerId {
        program(key, role)
    }

    fn leased(worker: WorkerId) -> ContractId {
        let contract = ContractId([1; 32]);
        let record = ContractRecord {
            owner: Fixture::read(EvidenceKind::IntelTdx).statement.operator,
            code: CodeHash([1; 32]),
            version: 1,
            manifest: Vec::new(),
            policy: ContractPolicy::open(0),
            deployed_at: 0,
            pending: None,
            deposit: 0,
        };
        adyton_pallet_contracts::Contracts::<Runtime>::insert(contract, record);
        let lease = LeaseRecord { number: 1, holder: worker, since: 0, released: false };
        adyton_pallet_contracts::Leases::<Runtime>::insert(contract, lease);
        contract
    }
}

impl adyton_pallet_messages::benchmarking::Helper for State {
    fn listening(key: SigningKey) -> ContractId {
        let worker = program(key, Role::Worker);
        let contract = <Self as adyton_pallet_keys::benchmarking::Helper>::leased(worker);
        let manifest = Manifest {
            version: 1,
            name: "benchmark".into(),
            grants: vec![],
            limits: Limits::default(),
            egress: vec![],
            // As long as a manifest usually is at most.
            extra_roots: vec![vec![1; 3 * 1024]; 4],
            contracts: Callees::NONE,
            durability: Durability::Durable,
            callers: Callers::Anyone,
            public_calls: false,
            settings: vec![],
            webhooks: vec![],
            messages: true,
            watches: Vec::new(),
            deterministic: false,
            disputable: false,
            sealed_code: false,
            reuse: false,
        };
        adyton_pallet_contracts::Contracts::<Runtime>::mutate(contract, |record| {
            if let Some(record) = record {
                record.manifest = manifest.encode();
            }
        });
        contract
    }
}

impl adyton_pallet_pools::benchmarking::Helper for State {
    fn worker() -> (sp_runtime::AccountId32, WorkerId) {
        let operator = Fixture::read(EvidenceKind::IntelTdx).statement.operator;
        (sp_runtime::AccountId32::new(operator.0), program(SigningKey([5; 32]), Role::Worker))
    }
}

impl adyton_pallet_rewards::benchmarking::Helper for State {
    fn staked(key: SigningKey) -> (AccountId, WorkerId) {
        use frame_support::traits::fungible::Mutate as _;
        use frame_system::RawOrigin;

        let worker = program(key, Role::Worker);
        let owner = AccountId::new(Fixture::read(EvidenceKind::IntelTdx).statement.operator.0);
        crate::Balances::set_balance(&owner, 1_000_000 * PHA);
        let origin = || RawOrigin::Signed(owner.clone()).into();
        let (none, all) = (sp_runtime::Perbill::zero(), sp_runtime::Perbill::one());
        crate::Pools::create(origin(), false, none, all, None, false, BoundedVec::new()).expect("the pool is created");
        let pool = adyton_pallet_pools::PoolCount::<Runtime>::get();
        crate::Pools::join(origin(), pool, 10_000 * PHA).expect("the stake is there");
        crate::Pools::assign(origin(), pool, worker, 10_000 * PHA).expect("the stake is free");
        (owner, worker)
    }
}

impl adyton_pallet_slashing::benchmarking::Helper for State {
    fn network() -> NetworkId {
        Fixture::read(EvidenceKind::IntelTdx).accept::<Runtime>();
        NETWORK
    }

    fn staked(key: SigningKey) -> WorkerId {
        let (owner, worker) = <Self as adyton_pallet_rewards::benchmarking::Helper>::staked(key);
        // A machine that is denied when its key is shown.
        let machine = MachineId::AmdChip([1; 64]);
        adyton_pallet_workers::Workers::<Runtime>::mutate(worker, |record| {
            if let Some(record) = record {
                record.verdict.machine = machine;
            }
        });
        let operator = adyton_protocol::ids::AccountId(owner.into());
        let present = Vouched { from: 1, until: u64::MAX };
        let known = BootKey { worker, operator, machine, present, before: None, renewed: 1, ended: None };
        adyton_pallet_workers::UsedKeys::<Runtime>::insert(key, known);
        worker
    }

    fn remember(key: SigningKey, known: BootKey) {
        adyton_pallet_workers::UsedKeys::<Runtime>::insert(key, known);
    }

    fn absent(worker: WorkerId) {
        let away = adyton_protocol::rewards::Away { since: 1, until: None };
        adyton_pallet_rewards::Absences::<Runtime>::insert(worker, away);
    }

    fn revoke(worker: WorkerId) {
        let record = adyton_pallet_workers::Workers::<Runtime>::get(worker).expect("is registered");
        let denied = Scheduled::holding(true);
        adyton_pallet_attestation::DeniedOperators::<Runtime>::insert(record.operator, denied);
        // What is most to read, as above.
        let record = WorkerRecord { verdict: VerdictFacts { machine: MachineId::None, ..record.verdict }, ..record };
        adyton_pallet_workers::Workers::<Runtime>::insert(worker, record);
    }

    fn opened(contract: ContractId, workers: [WorkerId; 2], head: HeadRecord) {
        let [first, second] = workers;
        let leased = <Self as adyton_pallet_messages::benchmarking::Helper>::listening(SigningKey(second.0));
        let record = adyton_pallet_contracts::Contracts::<Runtime>::get(leased).expect("is deployed");
        adyton_pallet_contracts::Contracts::<Runtime>::insert(contract, record);
        let lease = LeaseRecord { number: head.lease, holder: second, since: 0, released: true };
        adyton_pallet_contracts::Leases::<Runtime>::insert(contract, lease);
        let mut holders = BoundedVec::default();
        while holders.try_push(WorkerId([0; 32])).is_ok() {}
        let places = holders.iter_mut().rev().zip([second, first]);
        places.for_each(|(place, holder)| *place = holder);
        adyton_pallet_contracts::Holders::<Runtime>::insert(contract, holders);
        adyton_pallet_contracts::Vacant::<Runtime>::insert(contract, ());
        adyton_pallet_contracts::Heads::<Runtime>::insert(contract, head);
    }
}

impl adyton_pallet_usage::benchmarking::Helper for State {
    fn worker(key: SigningKey) -> WorkerId {
        <Self as adyton_pallet_rewards::benchmarking::Helper>::staked(key).1
    }

    fn leased(worker: WorkerId, number: u32) -> ContractId {
        let first = <Self as adyton_pallet_messages::benchmarking::Helper>::listening(SigningKey(worker.0));
        let mut id = first.0;
        id[..4].copy_from_slice(&number.to_be_bytes());
        let contract = ContractId(id);
        let record = adyton_pallet_contracts::Contracts::<Runtime>::get(first).expect("is deployed");
        adyton_pallet_contracts::Contracts::<Runtime>::insert(contract, record);
        let lease = LeaseRecord { number: 1, holder: worker, since: 0, released: false };
        adyton_pallet_contracts::Leases::<Runtime>::insert(contract, lease);
        contract
    }

    fn owner() -> adyton_protocol::ids::AccountId {
        Fixture::read(EvidenceKind::IntelTdx).statement.operator
    }
}

impl adyton_pallet_beacon::benchmarking::Helper for State {
    fn committee(key: SigningKey) {
        let keyholder = program(key, Role::Keyholder);
        let committee = CommitteeRecord {
            epoch: adyton_pallet_keys::FIRST_EPOCH,
            threshold: 1,
            keyholders: BoundedVec::truncate_from(vec![keyholder]),
            group: BoundedVec::truncate_from(vec![1; 4096]),
        };
        adyton_pallet_keys::Committee::<Runtime>::put(committee);
    }
}

impl adyton_pallet_validators::benchmarking::Helper for State {
    fn has_keys(who: &AccountId) {
        pallet_session::NextKeys::<Runtime>::insert(who, session_keys(who));
    }

    fn serve(session: u32, now: Vec<AccountId>, next: Vec<AccountId>) {
        pallet_session::CurrentIndex::<Runtime>::put(session);
        let authorities: Vec<_> = now.iter().map(|who| session_keys(who).aura).collect();
        pallet_aura::Authorities::<Runtime>::put(BoundedVec::truncate_from(authorities));
        pallet_session::Validators::<Runtime>::put(now);
        let queued: Vec<_> = next.into_iter().map(|who| (who.clone(), session_keys(&who))).collect();
        pallet_session::QueuedKeys::<Runtime>::put(queued);
        pallet_session::QueuedChanged::<Runtime>::put(true);
        pallet_session::DisabledValidators::<Runtime>::kill();
    }
}

impl adyton_pallet_devices::benchmarking::Helper for State {
    fn delay() {
        adyton_pallet_attestation::ChangeDelay::<Runtime>::put(1000);
    }

    fn worker(key: SigningKey, judged_at: u64) -> (WorkerId, WorkerRecord, NetworkId) {
        let worker = program(key, Role::Worker);
        let mut record = adyton_pallet_workers::Workers::<Runtime>::get(worker).expect("is registered");
        record.verdict.judged_at = judged_at;
        adyton_pallet_workers::Workers::<Runtime>::insert(worker, &record);
        (worker, record, NETWORK)
    }
}

impl adyton_pallet_disputes::benchmarking::Helper for State {
    fn network() -> NetworkId {
        Fixture::read(EvidenceKind::IntelTdx).accept::<Runtime>();
        NETWORK
    }

    fn running(key: SigningKey, operator: u8) -> WorkerId {
        use frame_support::traits::fungible::Mutate as _;
        use frame_system::RawOrigin;

        let (worker, owner) = (program(key, Role::Worker), AccountId::new([operator; 32]));
        let operator = adyton_protocol::ids::AccountId([operator; 32]);
        adyton_pallet_workers::Workers::<Runtime>::mutate(worker, |record| {
            if let Some(record) = record {
                record.operator = operator;
            }
        });
        crate::Balances::set_balance(&owner, 1_000_000 * PHA);
        let origin = || RawOrigin::Signed(owner.clone()).into();
        let (none, all) = (sp_runtime::Perbill::zero(), sp_runtime::Perbill::one());
        crate::Pools::create(origin(), false, none, all, None, false, BoundedVec::new()).expect("the pool is created");
        let pool = adyton_pallet_pools::PoolCount::<Runtime>::get();
        crate::Pools::join(origin(), pool, 10_000 * PHA).expect("the stake is there");
        crate::Pools::assign(origin(), pool, worker, 10_000 * PHA).expect("the stake is free");
        let present = Vouched { from: 1, until: u64::MAX };
        let machine = MachineId::None;
        let known = BootKey { worker, operator, machine, present, before: None, renewed: 1, ended: None };
        adyton_pallet_workers::UsedKeys::<Runtime>::insert(key, known);
        let session = adyton_protocol::rewards::Session {
            pool,
            started_at: 1,
            stake: 1,
            capacity: 1,
            weight: 1,
            index: 0,
            pending: 0,
            settled: 0,
            answered_at: 1,
            earned: 0,
            away_since: None,
        };
        adyton_pallet_rewards::Sessions::<Runtime>::insert(worker, session);
        adyton_pallet_rewards::Totals::<Runtime>::mutate(|totals| totals.running += 1);
        worker
    }

    fn deployed(contract: ContractId) {
        let record = ContractRecord {
            owner: Fixture::read(EvidenceKind::IntelTdx).statement.operator,
            code: CodeHash([1; 32]),
            version: 1,
            manifest: Vec::new(),
            policy: ContractPolicy::open(0),
            deployed_at: 0,
            pending: None,
            deposit: 0,
        };
        adyton_pallet_contracts::Contracts::<Runtime>::insert(contract, record);
        let schedule = adyton_protocol::beacon::RoundSchedule::new(600);
        adyton_pallet_beacon::Schedule::<Runtime>::set(schedule);
    }

    fn held(contract: ContractId, worker: WorkerId, opening: StateHead) {
        let lease = LeaseRecord { number: 1, holder: worker, since: 0, released: false };
        adyton_pallet_contracts::Leases::<Runtime>::insert(contract, lease);
        let head = HeadRecord { incarnation: 2, lease: 1, boot: 1, opening, latest: opening };
        adyton_pallet_contracts::Heads::<Runtime>::insert(contract, head);
    }

    fn round() {
        let block = frame_system::Pallet::<Runtime>::block_number();
        let number = u64::from(block);
        adyton_pallet_beacon::Latest::<Runtime>::put(number);
        let round = adyton_protocol::beacon::BeaconRound { number, value: [1; 32], block };
        adyton_pallet_beacon::Rounds::<Runtime>::insert(adyton_protocol::beacon::slot(number), round);
    }
}
