//! Records for mocks and simulations. No runtime has this: it is there with `std` alone, and nothing asks it.

use adyton_protocol::{
    evidence::EvidenceKind,
    ids::{AccountId, Digest, EncryptionKey, SigningKey},
    record::{Heartbeat, MachineId, VerdictFacts, WorkerRecord},
    statement::Role,
};

/// A worker in its first boot, which was registered in block 1 and takes leases until block 100, on a machine that nobody
/// identifies. Its verdict is of the best tier, and does not end. What is nobody's concern is zero.
pub fn worker(operator: AccountId, signing_key: SigningKey) -> WorkerRecord {
    WorkerRecord {
        operator,
        role: Role::Worker,
        signing_key,
        encryption_key: EncryptionKey([0; 32]),
        statement: Digest([0; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::IntelTdx,
            root: Digest([0; 32]),
            measurement: Digest([0; 32]),
            profile: Digest([0; 32]),
            machine: MachineId::None,
            provider: None,
            tier: 0,
            evaluation: 1,
            judged_at: 1,
            valid_until: u64::MAX,
            evidence: Digest([0; 32]),
        },
        endpoint: Default::default(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 100,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    }
}
