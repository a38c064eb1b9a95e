//! Which pallets are measured, and the state in which they are.

use adyton_pallet_attestation::fixture::{Fixture, NETWORK, PROFILE};
use adyton_pallet_workers::benchmarking::Prepared;
use adyton_protocol::{
    contract_call::Callees,
    evidence::{Party, Provider},
    ids::{CodeHash, ContractId, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    manifest::{Callers, Durability, Limits, Manifest},
    policy::ContractPolicy,
    record::{
        ContractRecord, EvidenceKind, Heartbeat, LeaseRecord, MachineId, MeasurementRecord, VerdictFacts, WorkerRecord,
    },
    scheduled::Scheduled,
    statement::Role,
};
use alloc::{vec, vec::Vec};
use codec::Encode;
use polkadot_sdk::*;

use crate::{Runtime, RuntimeCall};

frame_benchmarking::define_benchmarks!(
    [adyton_pallet_attestation, Attestation]
    [adyton_pallet_workers, Workers]
    [adyton_pallet_contracts, Contracts]
    [adyton_pallet_keys, Keys]
    [adyton_pallet_messages, Messages]
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
    worker
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
            deterministic: false,
            sealed_code: false,
        };
        adyton_pallet_contracts::Contracts::<Runtime>::mutate(contract, |record| {
            if let Some(record) = record {
                record.manifest = manifest.encode();
            }
        });
        contract
    }
}
