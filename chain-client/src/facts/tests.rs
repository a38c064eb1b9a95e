use adyton_protocol::{
    device::{Architecture, DeviceRecord, Firmware, Mode},
    ids::{AccountId, BlockHash, ContractId, EncryptionKey},
    record::{Heartbeat, Invalidity, LeaseRecord, Provider, VerdictFacts},
    statement::Role,
    storage,
};
use codec::{Compact, Encode};

use super::*;
use crate::{
    fixture::{FixtureChain, GENESIS_MS},
    verifier::{verify_finality, verify_storage},
};

fn facts(entries: &[(Vec<u8>, Vec<u8>)], asked: &[Vec<u8>]) -> Facts {
    let mut chain = FixtureChain::new(1);
    entries.iter().for_each(|(key, value)| chain.set(key.clone(), value.clone()));
    chain.seal(&[], &[]);
    let block = chain.head();
    let head = verify_finality(&chain.checkpoint(), &block.header, block.justification.as_ref().unwrap()).unwrap();
    Facts::from(verify_storage(&head, &chain.proof(1, asked), asked).unwrap())
}

#[test]
fn a_record_is_read_and_an_absent_one_is_none() {
    let (one, two) = (ContractId([1; 32]), ContractId([2; 32]));
    let lease = LeaseRecord { number: 3, holder: WorkerId([4; 32]), since: 5, released: false };
    let keys = [storage::leases(&one), storage::leases(&two)];
    let facts = facts(&[(keys[0].clone(), lease.encode())], &keys);
    assert_eq!(facts.lease(&one), Ok(Some(lease)));
    assert_eq!(facts.lease(&two), Ok(None));
    assert_ne!(facts.block().hash, BlockHash([0; 32]));
}

#[test]
fn a_record_that_was_not_asked_for_is_not_taken_for_absent() {
    let facts = facts(&[], &[storage::timestamp(), storage::frozen()]);
    assert_eq!(facts.frozen(), Ok(false));
    assert_eq!(facts.lease(&ContractId([1; 32])), Err(Refusal::NotAsked));
}

#[test]
fn a_record_laid_out_otherwise_is_refused() {
    let contract = ContractId([1; 32]);
    let key = storage::leases(&contract);
    let mut value = LeaseRecord { number: 3, holder: WorkerId([4; 32]), since: 5, released: false }.encode();
    value.push(0);
    let facts = facts(&[(key.clone(), value)], &[key]);
    assert_eq!(facts.lease(&contract), Err(Refusal::UnreadableValue("a lease")));
}

#[test]
fn a_round_in_the_place_of_the_one_that_is_asked_for_is_not_taken_for_it() {
    let later = BeaconRound { number: 7 + 512, value: [1; 32], block: 5 };
    let key = storage::beacon_rounds(7);
    let facts = facts(&[(key.clone(), later.encode())], &[key]);
    assert_eq!(facts.beacon_round(7 + 512), Ok(Some(later)));
    assert_eq!(facts.beacon_round(7), Ok(None));
    assert_eq!(facts.beacon_round(8), Err(Refusal::NotAsked));
}

#[test]
fn an_account_and_the_runtimes_version_are_read() {
    let account = AccountId([7; 32]);
    let keys = [storage::account(&account), storage::account(&AccountId([8; 32])), runtime_code_key()];
    let info = ((3u32, 1u32, 1u32, 0u32), (10u128, 20u128, 5u128, 1u128 << 127));
    let entries = [(keys[0].clone(), info.encode()), (keys[2].clone(), (Compact(1u32), "adyton").encode())];
    let facts = facts(&entries, &keys);
    assert_eq!(facts.account(&account), Ok(Account { nonce: 3, free: 10, reserved: 20, frozen: 5 }));
    assert_eq!(facts.account(&AccountId([8; 32])), Ok(Account::default()));
    assert_eq!(facts.runtime_code(), Ok(RuntimeCode { name: "adyton".into(), specification: 1 }));
}

/// The time at the block of [`facts`], Unix seconds.
const NOW: u64 = GENESIS_MS / 1000;

/// A worker on a machine with an identity, judged a while ago.
fn worker() -> WorkerRecord {
    WorkerRecord {
        operator: AccountId([1; 32]),
        role: Role::Worker,
        signing_key: SigningKey([2; 32]),
        encryption_key: EncryptionKey([3; 32]),
        statement: Digest([4; 32]),
        verdict: VerdictFacts {
            kind: EvidenceKind::AmdSnp,
            root: Digest([5; 32]),
            measurement: Digest([6; 32]),
            profile: Digest([9; 32]),
            machine: MachineId::AmdChip([7; 64]),
            provider: Some(Provider::truncate_from(b"a cloud".to_vec())),
            tier: 0,
            evaluation: 17,
            judged_at: NOW - 100,
            valid_until: NOW + 100,
            evidence: Digest([8; 32]),
        },
        endpoint: Default::default(),
        boot: 1,
        registered_at: 1,
        opted_in: true,
        active_until: 20,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    }
}

fn root() -> RootRecord {
    RootRecord { kind: EvidenceKind::AmdSnp, certificate: Default::default(), development: false }
}

fn measurement(role: Role) -> MeasurementRecord {
    MeasurementRecord { role, profile: Digest([9; 32]), release: Default::default() }
}

/// Whether `worker` is valid on a chain that accepts its root and its measurement so, and of which `more` is proven.
fn valid_if(
    worker: &WorkerRecord,
    root: Scheduled<RootRecord>,
    measurement: Scheduled<MeasurementRecord>,
    more: &[(Vec<u8>, Vec<u8>)],
) -> Result<(), Invalidity> {
    let verdict = &worker.verdict;
    let mut entries = vec![
        (storage::roots(verdict.kind, &verdict.root), root.encode()),
        (storage::measurements(&verdict.measurement), measurement.encode()),
    ];
    entries.extend_from_slice(more);
    worker.valid(&facts(&entries, &validity_keys(worker)).validity(worker).unwrap())
}

/// The same where root and measurement are accepted.
fn valid(worker: &WorkerRecord, more: &[(Vec<u8>, Vec<u8>)]) -> Result<(), Invalidity> {
    valid_if(worker, Scheduled::holding(root()), Scheduled::holding(measurement(Role::Worker)), more)
}

#[test]
fn a_root_that_is_announced_does_not_count_before_its_time() {
    let announced = |from| Scheduled::default().announce(root(), NOW - 10, from);
    let valid = |from| valid_if(&worker(), announced(from), Scheduled::holding(measurement(Role::Worker)), &[]);
    assert_eq!(valid(NOW + 1), Err(Invalidity::Root));
    assert_eq!(valid(NOW), Ok(()));
}

#[test]
fn a_measurement_that_is_announced_does_not_count_before_its_time() {
    let announced = |from| Scheduled::default().announce(measurement(Role::Worker), NOW - 10, from);
    let valid = |from| valid_if(&worker(), Scheduled::holding(root()), announced(from), &[]);
    assert_eq!(valid(NOW + 1), Err(Invalidity::Measurement));
    assert_eq!(valid(NOW), Ok(()));
}

#[test]
fn a_change_of_a_measurement_that_is_announced_leaves_the_present_one_until_its_time() {
    let changed =
        |from| Scheduled::holding(measurement(Role::Worker)).announce(measurement(Role::Keyholder), NOW - 10, from);
    let valid = |from| valid_if(&worker(), Scheduled::holding(root()), changed(from), &[]);
    assert_eq!(valid(NOW + 1), Ok(()));
    assert_eq!(valid(NOW), Err(Invalidity::Role));
}

#[test]
fn verdicts_that_were_ended_under_the_workers_kind_and_root_count_no_longer() {
    let worker = worker();
    let ended = |kind, root: u8, since: u64| (storage::judged_since(kind, &Digest([root; 32])), since.encode());
    let judged_at = worker.verdict.judged_at;
    assert_eq!(valid(&worker, &[ended(EvidenceKind::AmdSnp, 5, judged_at)]), Err(Invalidity::Outdated));
    assert_eq!(valid(&worker, &[ended(EvidenceKind::AmdSnp, 5, judged_at - 1)]), Ok(()));
    assert_eq!(valid(&worker, &[ended(EvidenceKind::AmdSnp, 6, judged_at)]), Ok(()));
    assert_eq!(valid(&worker, &[ended(EvidenceKind::IntelTdx, 5, judged_at)]), Ok(()));
}

#[test]
fn a_floor_counts_for_its_own_root_only() {
    let floor = |root: u8| (storage::evaluation_floors(EvidenceKind::AmdSnp, &Digest([root; 32])), 18u32.encode());
    assert_eq!(valid(&worker(), &[floor(5)]), Err(Invalidity::Collateral));
    assert_eq!(valid(&worker(), &[floor(6)]), Ok(()));
}

#[test]
fn a_machine_without_identity_counts_while_its_operator_or_provider_is_allowed() {
    let mut worker = worker();
    worker.verdict.machine = MachineId::None;
    let allowed = |party| (storage::allowed(&party), Scheduled::holding(true).encode());
    assert_eq!(valid(&worker, &[]), Err(Invalidity::Unidentified));
    assert_eq!(valid(&worker, &[allowed(Party::Operator(AccountId([2; 32])))]), Err(Invalidity::Unidentified));
    assert_eq!(valid(&worker, &[allowed(Party::Operator(AccountId([1; 32])))]), Ok(()));
    let provider = Party::Provider(Provider::truncate_from(b"a cloud".to_vec()));
    assert_eq!(valid(&worker, &[allowed(provider)]), Ok(()));
}

#[test]
fn somebody_who_is_announced_as_allowed_does_not_count_before_the_time() {
    let mut worker = worker();
    worker.verdict.machine = MachineId::None;
    let announced = |from| Scheduled::default().announce(true, NOW - 10, from).encode();
    let valid = |from| valid(&worker, &[(storage::allowed(&Party::Operator(worker.operator)), announced(from))]);
    assert_eq!(valid(NOW + 1), Err(Invalidity::Unidentified));
    assert_eq!(valid(NOW), Ok(()));
}

#[test]
fn a_denial_counts_until_the_time_at_which_it_is_lifted() {
    let worker = worker();
    let provider = worker.verdict.provider.clone().unwrap();
    for (key, why) in [
        (storage::denied_machines(&worker.verdict.machine), Invalidity::Machine),
        (storage::denied_providers(&provider), Invalidity::Provider),
        (storage::denied_operators(&worker.operator), Invalidity::Operator),
    ] {
        let valid = |denial: Scheduled<bool>| valid(&worker, &[(key.clone(), denial.encode())]);
        let lifted = |from| Scheduled::holding(true).announce(false, NOW - 10, from);
        assert_eq!(valid(Scheduled::holding(true)), Err(why));
        assert_eq!(valid(lifted(NOW + 1)), Err(why));
        assert_eq!(valid(lifted(NOW)), Ok(()));
    }
}

#[test]
fn a_freeze_counts_until_the_time_at_which_it_is_lifted() {
    let frozen = |freeze: Scheduled<bool>| {
        let key = storage::frozen();
        facts(&[(key.clone(), freeze.encode())], &[storage::timestamp(), key]).frozen()
    };
    let lifted = |from| Scheduled::holding(true).announce(false, NOW - 10, from);
    assert_eq!(frozen(Scheduled::holding(true)), Ok(true));
    assert_eq!([NOW + 1, NOW].map(|from| frozen(lifted(from))), [Ok(true), Ok(false)]);
}

#[test]
fn a_denial_laid_out_otherwise_is_refused() {
    let worker = worker();
    let key = storage::denied_operators(&worker.operator);
    let facts = facts(&[(key, vec![])], &validity_keys(&worker));
    assert_eq!(facts.validity(&worker), Err(Refusal::UnreadableValue("a denied operator")));
}

#[test]
fn what_a_worker_has_shown_is_read_with_what_decides_about_it() {
    let (worker, id) = (WorkerId([3; 32]), DeviceId { root: Digest([1; 32]), serial: [2; 20] });
    let (device_certificate, manifest_certificate) = (Digest([7; 32]), Digest([8; 32]));
    let root = DeviceRoot { device_certificate, manifest_certificate, development: true };
    let device = DeviceRecord {
        id,
        architecture: Architecture::Hopper,
        driver: None,
        firmware: Firmware([1; 5]),
        measurement: Digest([3; 32]),
        driver_manifest: None,
        firmware_manifest: None,
        mode: Mode::Unstated,
        asked_at: NOW - 2,
        judged_at: NOW - 1,
        valid_until: NOW + 1,
        evidence: Digest([6; 32]),
    };
    let shown = WorkerDevices { boot: 1, devices: vec![device].try_into().unwrap() };
    let mut keys = device_keys(&id).to_vec();
    keys.push(storage::devices(&worker));
    let entries = [
        (storage::devices(&worker), shown.encode()),
        (storage::device_roots(&id.root), Scheduled::holding(root.clone()).encode()),
        (storage::devices_judged_since(&id.root), 7u64.encode()),
        (storage::denied_devices(&id), Scheduled::holding(true).encode()),
    ];
    let known = facts(&entries, &keys);
    assert_eq!(known.devices(&worker), Ok(Some(shown)));
    let expected = DeviceFacts { now: NOW, root: Some(root), judged_since: 7, denied: true };
    assert_eq!(known.device_facts(&id), Ok(expected));

    let nothing = facts(&[], &keys);
    assert_eq!(nothing.devices(&worker), Ok(None));
    let expected = DeviceFacts { now: NOW, root: None, judged_since: 0, denied: false };
    assert_eq!(nothing.device_facts(&id), Ok(expected));
}

/// How many devices of a worker with one count, under a root that stands for hardware or not, if it is denied or not.
fn counted(is_development: bool, development: bool, denied: bool) -> usize {
    let (id, device) = (WorkerId([3; 32]), DeviceId { root: Digest([1; 32]), serial: [2; 20] });
    let record = DeviceRecord {
        id: device,
        architecture: Architecture::Blackwell,
        driver: None,
        firmware: Firmware([1; 5]),
        measurement: Digest([3; 32]),
        driver_manifest: None,
        firmware_manifest: None,
        mode: Mode::Unstated,
        asked_at: NOW - 2,
        judged_at: NOW - 1,
        valid_until: NOW + 1,
        evidence: Digest([6; 32]),
    };
    let shown = WorkerDevices { boot: 1, devices: vec![record].try_into().unwrap() };
    let root = DeviceRoot {
        device_certificate: Digest([7; 32]),
        manifest_certificate: Digest([8; 32]),
        development: is_development,
    };
    let keys = [shown_device_keys(Some(&shown)), vec![storage::devices(&id)]].concat();
    let known = facts(
        &[
            (storage::devices(&id), shown.encode()),
            (storage::device_roots(&device.root), Scheduled::holding(root).encode()),
            (storage::denied_devices(&device), Scheduled::holding(denied).encode()),
        ],
        &keys,
    );
    known.valid_devices(&id, &worker(), development).unwrap().count(&[Architecture::Blackwell])
}

#[test]
fn devices_that_count_are_counted_and_denied_ones_are_not() {
    assert_eq!(counted(false, false, false), 1);
    assert_eq!(counted(false, true, true), 0);
    let (id, keys) = (WorkerId([3; 32]), [storage::devices(&WorkerId([3; 32]))]);
    assert_eq!(facts(&[], &keys).valid_devices(&id, &worker(), true), Ok(ValidDevices::default()));
}

#[test]
fn a_device_under_a_development_root_counts_only_where_there_may_be_such_ones() {
    assert_eq!(counted(true, true, false), 1);
    assert_eq!(counted(true, false, false), 0);
}

#[test]
fn the_hash_of_an_earlier_block_stands_where_polkadot_sdk_puts_it() {
    // As every chain specification has it for the genesis.
    let genesis = "26aa394eea5630e07c48ae0c9558cef7a44704b568d21667356a5a050c118746b4def25cfda6ef3a00000000";
    assert_eq!(hex::encode(block_hash_key(0)), genesis);
    let (key, hash) = (block_hash_key(7), BlockHash([3; 32]));
    let facts = facts(&[(key.clone(), hash.encode())], std::slice::from_ref(&key));
    assert_eq!(facts.item(&key, "a block's hash"), Ok(Some(hash)));
}
