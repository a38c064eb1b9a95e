use adyton_protocol::{
    device::{
        Architecture, DeviceFacts, DeviceId, DeviceRecord, DeviceRoot, Firmware, MAX_DEVICES, Mode, WorkerDevices,
    },
    ids::{AccountId, BlockHash, BlockRef, CodeHash, ContractId},
    policy::{ContractPolicy, DeviceDemand, Measurements},
    record::{EvidenceKind, Heartbeat, MachineId, MeasurementRecord, Provider, RootRecord, VerdictFacts},
    statement::AttestedStatement,
};
use adyton_threshold::{deal_insecure_single, release::RecipientSecret};

use super::*;

const NOW: u64 = 1_000_000;
const CONTRACT: ContractId = ContractId([40; 32]);
const KEYHOLDER: WorkerId = WorkerId([20; 32]);
const WORKER: WorkerId = WorkerId([30; 32]);

pub(crate) fn network(name: &str) -> NetworkRecord {
    NetworkRecord {
        id: NetworkId([1; 32]),
        name: name.as_bytes().to_vec().try_into().unwrap(),
        lease_blocks: 100,
        staleness_blocks: 10,
    }
}

pub(crate) fn validity(role: Role) -> ValidityFacts {
    ValidityFacts {
        now: NOW,
        root: Some(RootRecord { kind: EvidenceKind::IntelTdx, certificate: Default::default(), development: true }),
        measurement: Some(MeasurementRecord { role, profile: Digest([9; 32]), release: Default::default() }),
        judged_since: NOW - 11,
        evaluation_floor: 17,
        unidentified_allowed: false,
        machine_denied: false,
        provider_denied: false,
        operator_denied: false,
    }
}

pub(crate) fn verdict() -> VerdictFacts {
    VerdictFacts {
        kind: EvidenceKind::IntelTdx,
        root: Digest([5; 32]),
        measurement: Digest([6; 32]),
        profile: Digest([9; 32]),
        machine: MachineId::IntelPpid([7; 16]),
        provider: None,
        tier: 0,
        evaluation: 17,
        judged_at: NOW - 10,
        valid_until: NOW + 1000,
        evidence: Digest([8; 32]),
    }
}

pub(crate) fn record(role: Role, statement: &AttestedStatement) -> WorkerRecord {
    WorkerRecord {
        operator: statement.operator,
        role,
        signing_key: statement.signing_key,
        encryption_key: statement.encryption_key,
        statement: statement.digest(),
        verdict: verdict(),
        endpoint: Default::default(),
        boot: 3,
        registered_at: 10,
        opted_in: true,
        active_until: 200,
        heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
    }
}

pub(crate) fn statement(worker: WorkerId, role: Role, seed: u8) -> AttestedStatement {
    AttestedStatement {
        network: NetworkId([1; 32]),
        worker,
        operator: AccountId([3; 32]),
        role,
        signing_key: SigningKey([seed; 32]),
        encryption_key: RecipientSecret::derive(&[seed; 32]).public(),
        config: configuration::digest(&NetworkId([1; 32]), &BlockHash([4; 32]), &Digest([9; 32])),
        recent: BlockRef { number: 9, hash: BlockHash([9; 32]) },
    }
}

pub(crate) fn contract() -> ContractRecord {
    ContractRecord {
        owner: AccountId([4; 32]),
        code: CodeHash([4; 32]),
        version: 1,
        manifest: Vec::new(),
        policy: ContractPolicy::open(10),
        deployed_at: 5,
        pending: None,
        deposit: 0,
    }
}

/// A request that is granted; each test changes one thing.
struct Case {
    keyholder: Keyholder,
    share: Share,
    facts: Facts,
    judged: Judged,
    request: ReleaseRequest,
    limits: Limits,
}

fn granted() -> Case {
    let (group, share) = deal_insecure_single(&mut rand_core::OsRng);
    let (own, asking) = (statement(KEYHOLDER, Role::Keyholder, 2), statement(WORKER, Role::Worker, 3));
    let committee = CommitteeRecord {
        epoch: 7,
        threshold: 1,
        keyholders: vec![KEYHOLDER].try_into().unwrap(),
        group: group.to_bytes().try_into().unwrap(),
    };
    Case {
        keyholder: Keyholder {
            genesis: BlockHash([4; 32]),
            network: NetworkId([1; 32]),
            id: KEYHOLDER,
            signing_key: own.signing_key,
            group,
            member: 0,
        },
        share,
        facts: Facts {
            fresh: true,
            block: 150,
            network: network("test-insecure"),
            frozen: false,
            keyholder: Some((record(Role::Keyholder, &own), validity(Role::Keyholder))),
            committee: Some(committee),
            worker: Some((record(Role::Worker, &asking), validity(Role::Worker))),
            devices: ValidDevices::default(),
            lists: ListFloors::default(),
            contract: Some(contract()),
            lease: Some(LeaseRecord { number: 5, holder: WORKER, since: 100, released: false }),
            release: Some(ReleaseRecord { lease: 5, boot: 3, epoch: 7, requested_at: 140, ordinal: 2 }),
        },
        judged: Judged::assumed(asking.digest(), verdict()),
        request: ReleaseRequest {
            contract: CONTRACT,
            epoch: 7,
            purposes: Purpose::ALL.to_vec(),
            requested_at: 140,
            statement: asking,
            evidence: Vec::new(),
            collateral: Vec::new(),
        },
        limits: Limits { older_epochs: 1, contracts_per_worker: 2 },
    }
}

impl Case {
    fn decide(&self) -> Result<Release, Refusal> {
        decide(&self.keyholder, &self.facts, &self.judged, &self.request, &self.limits)
    }

    fn worker(&mut self) -> &mut WorkerRecord {
        &mut self.facts.worker.as_mut().unwrap().0
    }
}

/// Changes one thing in a request that is granted, and returns what comes of it.
fn refused(change: impl FnOnce(&mut Case)) -> Refusal {
    let mut case = granted();
    case.decide().unwrap();
    change(&mut case);
    case.decide().unwrap_err()
}

#[test]
fn a_request_that_passes_every_check_gets_an_answer_that_its_worker_opens() {
    let case = granted();
    let release = case.decide().unwrap();
    let sealed = release.answer(&case.share).unwrap();
    let binding = case.request.binding(KEYHOLDER);
    let opened = binding.open(&RecipientSecret::derive(&[3; 32]), &sealed).unwrap();
    for (purpose, partial) in opened {
        case.keyholder.group.check_partial(&binding.label(purpose), partial).unwrap();
    }
}

#[test]
fn the_answer_goes_to_the_registered_key_and_no_other_worker_opens_it() {
    let case = granted();
    let sealed = case.decide().unwrap().answer(&case.share).unwrap();
    assert!(case.request.binding(KEYHOLDER).open(&RecipientSecret::derive(&[4; 32]), &sealed).is_err());
}

#[test]
fn only_the_purposes_asked_for_are_answered() {
    let mut case = granted();
    case.request.purposes = vec![Purpose::Signing];
    let sealed = case.decide().unwrap().answer(&case.share).unwrap();
    let opened = case.request.binding(KEYHOLDER).open(&RecipientSecret::derive(&[3; 32]), &sealed).unwrap();
    assert_eq!(opened.iter().map(|(purpose, _)| *purpose).collect::<Vec<_>>(), [Purpose::Signing]);
}

#[test]
fn facts_that_are_not_fresh_release_nothing() {
    assert_eq!(refused(|case| case.facts.fresh = false), Refusal::NotFresh);
}

#[test]
fn another_networks_chain_releases_nothing() {
    assert_eq!(refused(|case| case.facts.network.id = NetworkId([2; 32])), Refusal::OtherNetwork);
}

#[test]
fn a_statement_for_another_network_releases_nothing() {
    assert_eq!(refused(|case| case.request.statement.network = NetworkId([2; 32])), Refusal::OtherNetwork);
}

#[test]
fn a_frozen_network_releases_nothing() {
    assert_eq!(refused(|case| case.facts.frozen = true), Refusal::Frozen);
}

#[test]
fn a_keyholder_that_is_not_registered_releases_nothing() {
    assert_eq!(refused(|case| case.facts.keyholder = None), Refusal::KeyholderNotRegistered);
}

#[test]
fn a_keyholder_whose_registration_is_of_another_boot_releases_nothing() {
    let of_another_boot = |case: &mut Case| case.facts.keyholder.as_mut().unwrap().0.signing_key = SigningKey([77; 32]);
    assert_eq!(refused(of_another_boot), Refusal::KeyholderNotRegistered);
}

#[test]
fn a_keyholder_registered_as_a_worker_releases_nothing() {
    let as_a_worker = |case: &mut Case| case.facts.keyholder.as_mut().unwrap().0.role = Role::Worker;
    assert_eq!(refused(as_a_worker), Refusal::KeyholderNotRegistered);
}

#[test]
fn a_keyholder_whose_own_verdict_has_ended_releases_nothing() {
    let ended = |case: &mut Case| case.facts.keyholder.as_mut().unwrap().1.now = NOW + 1000;
    assert_eq!(refused(ended), Refusal::KeyholderInvalid(Invalidity::Expired));
}

#[test]
fn a_keyholder_outside_the_committee_releases_nothing() {
    assert_eq!(refused(|case| case.facts.committee = None), Refusal::NotInCommittee);
    let other = |case: &mut Case| {
        case.facts.committee.as_mut().unwrap().keyholders = vec![WorkerId([9; 32])].try_into().unwrap()
    };
    assert_eq!(refused(other), Refusal::NotInCommittee);
}

#[test]
fn a_share_of_another_group_than_the_chains_releases_nothing() {
    let (stranger, _) = deal_insecure_single(&mut rand_core::OsRng);
    let other =
        |case: &mut Case| case.facts.committee.as_mut().unwrap().group = stranger.to_bytes().try_into().unwrap();
    assert_eq!(refused(other), Refusal::NotInCommittee);
}

#[test]
fn a_committee_of_one_releases_nothing_on_a_network_that_does_not_call_itself_insecure() {
    assert_eq!(refused(|case| case.facts.network = network("adyton")), Refusal::InsecureCommittee);
}

#[test]
fn a_worker_that_the_chain_does_not_know_gets_nothing() {
    assert_eq!(refused(|case| case.facts.worker = None), Refusal::WorkerNotRegistered);
}

#[test]
fn a_keyholder_that_asks_as_a_worker_gets_nothing() {
    assert_eq!(refused(|case| case.worker().role = Role::Keyholder), Refusal::WorkerNotRegistered);
}

#[test]
fn a_worker_whose_measurement_was_revoked_gets_nothing() {
    let revoked = |case: &mut Case| case.facts.worker.as_mut().unwrap().1.measurement = None;
    assert_eq!(refused(revoked), Refusal::WorkerInvalid(Invalidity::Measurement));
}

#[test]
fn a_worker_whose_root_was_revoked_gets_nothing() {
    let revoked = |case: &mut Case| case.facts.worker.as_mut().unwrap().1.root = None;
    assert_eq!(refused(revoked), Refusal::WorkerInvalid(Invalidity::Root));
}

#[test]
fn a_worker_whose_operator_provider_or_machine_is_denied_gets_nothing() {
    let operator = |case: &mut Case| case.facts.worker.as_mut().unwrap().1.operator_denied = true;
    assert_eq!(refused(operator), Refusal::WorkerInvalid(Invalidity::Operator));
    let provider = |case: &mut Case| case.facts.worker.as_mut().unwrap().1.provider_denied = true;
    assert_eq!(refused(provider), Refusal::WorkerInvalid(Invalidity::Provider));
    let machine = |case: &mut Case| case.facts.worker.as_mut().unwrap().1.machine_denied = true;
    assert_eq!(refused(machine), Refusal::WorkerInvalid(Invalidity::Machine));
}

#[test]
fn a_statement_with_another_encryption_key_than_the_registered_one_gets_nothing() {
    let other = |case: &mut Case| case.request.statement.encryption_key = EncryptionKey([9; 32]);
    assert_eq!(refused(other), Refusal::StatementDiffers);
}

#[test]
fn a_statement_with_another_signing_key_than_the_registered_one_gets_nothing() {
    let other = |case: &mut Case| case.request.statement.signing_key = SigningKey([9; 32]);
    assert_eq!(refused(other), Refusal::StatementDiffers);
}

#[test]
fn a_statement_with_the_registered_keys_but_another_configuration_gets_nothing() {
    let other = |case: &mut Case| case.request.statement.config = Digest([99; 32]);
    assert_eq!(refused(other), Refusal::StatementDiffers);
}

#[test]
fn evidence_that_was_judged_for_another_statement_gets_nothing() {
    let other = |case: &mut Case| case.judged = Judged::assumed(Digest([99; 32]), verdict());
    assert_eq!(refused(other), Refusal::StatementDiffers);
}

#[test]
fn evidence_under_another_root_than_the_registered_one_gets_nothing() {
    let other = |case: &mut Case| {
        case.judged =
            Judged::assumed(case.request.statement.digest(), VerdictFacts { root: Digest([99; 32]), ..verdict() });
    };
    assert_eq!(refused(other), Refusal::EvidenceDiffers("root"));
}

#[test]
fn evidence_of_another_measurement_than_the_registered_one_gets_nothing() {
    let other = |case: &mut Case| {
        case.judged = Judged::assumed(
            case.request.statement.digest(),
            VerdictFacts { measurement: Digest([99; 32]), ..verdict() },
        );
    };
    assert_eq!(refused(other), Refusal::EvidenceDiffers("measurement"));
}

#[test]
fn evidence_of_another_machine_or_provider_or_another_quote_gets_nothing() {
    let machine = |case: &mut Case| {
        case.judged =
            Judged::assumed(case.request.statement.digest(), VerdictFacts { machine: MachineId::None, ..verdict() });
    };
    assert_eq!(refused(machine), Refusal::EvidenceDiffers("machine"));
    let provider = |case: &mut Case| {
        let provider = Some(Provider::truncate_from(b"aws".to_vec()));
        case.judged = Judged::assumed(case.request.statement.digest(), VerdictFacts { provider, ..verdict() });
    };
    assert_eq!(refused(provider), Refusal::EvidenceDiffers("provider"));
    let quote = |case: &mut Case| {
        case.judged =
            Judged::assumed(case.request.statement.digest(), VerdictFacts { evidence: Digest([99; 32]), ..verdict() });
    };
    assert_eq!(refused(quote), Refusal::EvidenceDiffers("evidence"));
}

#[test]
fn evidence_judged_by_older_collateral_than_the_chains_gets_nothing() {
    let judged_by = |evaluation| {
        move |case: &mut Case| {
            case.judged = Judged::assumed(case.request.statement.digest(), VerdictFacts { evaluation, ..verdict() });
        }
    };
    assert_eq!(refused(judged_by(16)), Refusal::CollateralOlder { ours: 16, theirs: 17 });
    let mut newer = granted();
    judged_by(18)(&mut newer);
    newer.decide().unwrap();
}

#[test]
fn evidence_judged_before_the_chain_ended_earlier_verdicts_gets_nothing() {
    let ended = |case: &mut Case| case.facts.worker.as_mut().unwrap().1.judged_since = NOW - 10;
    assert_eq!(refused(ended), Refusal::WorkerInvalid(Invalidity::Outdated));
}

#[test]
fn evidence_that_holds_no_longer_by_the_keyholders_own_judgement_gets_nothing() {
    let ended = |case: &mut Case| {
        case.judged = Judged::assumed(case.request.statement.digest(), VerdictFacts { valid_until: NOW, ..verdict() });
    };
    assert_eq!(refused(ended), Refusal::EvidenceExpired);
}

#[test]
fn keys_of_a_contract_that_is_not_deployed_are_not_released() {
    assert_eq!(refused(|case| case.facts.contract = None), Refusal::UnknownContract);
}

#[test]
fn a_policy_that_excludes_the_workers_kind_releases_nothing() {
    let excluded = |case: &mut Case| case.facts.contract.as_mut().unwrap().policy.kinds.clear();
    assert_eq!(refused(excluded), Refusal::Policy(PolicyRefusal::Kind));
}

#[test]
fn a_policy_that_excludes_the_workers_measurement_releases_nothing() {
    let excluded = |case: &mut Case| {
        case.facts.contract.as_mut().unwrap().policy.measurements = Measurements::Only(vec![Digest([99; 32])]);
    };
    assert_eq!(refused(excluded), Refusal::Policy(PolicyRefusal::Measurement));
}

/// So many Blackwells of the asking worker, which count until the second `valid_until`.
fn blackwells(count: u32, valid_until: u64) -> ValidDevices {
    let one = |number: u32| DeviceRecord {
        id: DeviceId { root: Digest([1; 32]), serial: [number as u8; 20] },
        architecture: Architecture::Blackwell,
        driver: None,
        firmware: Firmware([0; 5]),
        measurement: Digest([3; 32]),
        driver_manifest: None,
        firmware_manifest: None,
        mode: Mode::ProtectedPcie,
        asked_at: NOW - 9,
        judged_at: NOW - 8,
        valid_until,
        evidence: Digest([4; 32]),
    };
    let certificate = Digest([5; 32]);
    let root = DeviceRoot { device_certificate: certificate, manifest_certificate: certificate, development: false };
    let facts = DeviceFacts { now: NOW, root: Some(root), judged_since: 0, denied: false };
    let shown = WorkerDevices { boot: 3, devices: (0..count).map(one).collect::<Vec<_>>().try_into().unwrap() };
    let worker = record(Role::Worker, &statement(WORKER, Role::Worker, 3));
    shown.counting(&worker, |_| Ok::<_, std::convert::Infallible>(facts.clone())).unwrap()
}

/// A request under a policy that asks for eight Blackwells, of a worker with these devices.
fn asked_with(devices: ValidDevices) -> Case {
    let mut case = granted();
    let demand = DeviceDemand { architectures: vec![Architecture::Blackwell], minimum: 8 };
    case.facts.contract.as_mut().unwrap().policy.devices = Some(demand);
    case.facts.devices = devices;
    case
}

#[test]
fn a_worker_without_the_devices_that_the_policy_asks_for_gets_nothing() {
    let refused = |devices| asked_with(devices).decide().unwrap_err();
    assert_eq!(refused(ValidDevices::default()), Refusal::Policy(PolicyRefusal::Devices));
    assert_eq!(refused(blackwells(7, NOW + 1)), Refusal::Policy(PolicyRefusal::Devices));
    asked_with(blackwells(8, NOW + 1)).decide().unwrap();
}

#[test]
fn devices_whose_verdicts_have_ended_release_nothing() {
    let refused = asked_with(blackwells(MAX_DEVICES, NOW)).decide().unwrap_err();
    assert_eq!(refused, Refusal::Policy(PolicyRefusal::Devices));
}

#[test]
fn a_worker_whose_operator_opted_out_still_gets_the_keys_of_a_lease_that_it_has() {
    let mut case = granted();
    case.facts.worker.as_mut().unwrap().0.opted_in = false;
    case.decide().unwrap();
}

#[test]
fn a_worker_that_was_started_on_another_chain_gets_no_keys() {
    let elsewhere = |case: &mut Case| case.keyholder.genesis = BlockHash([5; 32]);
    assert_eq!(refused(elsewhere), Refusal::EvidenceDiffers("configuration"));
}

#[test]
fn a_worker_with_another_configuration_than_the_chain_accepts_gets_no_keys() {
    let other = |case: &mut Case| {
        let (worker, validity) = case.facts.worker.as_mut().unwrap();
        worker.verdict.profile = Digest([5; 32]);
        validity.measurement.as_mut().unwrap().profile = Digest([5; 32]);
    };
    assert_eq!(refused(other), Refusal::EvidenceDiffers("configuration"));
}

#[test]
fn a_contract_without_a_lease_releases_nothing() {
    assert_eq!(refused(|case| case.facts.lease = None), Refusal::NotLeaseHolder);
}

#[test]
fn a_worker_that_does_not_hold_the_lease_gets_nothing() {
    let other = |case: &mut Case| case.facts.lease.as_mut().unwrap().holder = WorkerId([99; 32]);
    assert_eq!(refused(other), Refusal::NotLeaseHolder);
}

#[test]
fn a_lease_that_has_ended_releases_nothing() {
    assert_eq!(refused(|case| case.facts.block = 201), Refusal::LeaseEnded);
}

#[test]
fn a_lease_that_was_given_back_releases_nothing() {
    assert_eq!(refused(|case| case.facts.lease.as_mut().unwrap().released = true), Refusal::LeaseEnded);
}

#[test]
fn a_request_that_is_not_finalized_releases_nothing() {
    assert_eq!(refused(|case| case.facts.release = None), Refusal::NotRequested);
}

#[test]
fn a_request_of_an_earlier_boot_releases_nothing() {
    let earlier = |case: &mut Case| case.facts.release.as_mut().unwrap().boot = 2;
    assert_eq!(refused(earlier), Refusal::RequestDiffers("boot"));
}

#[test]
fn a_request_under_an_earlier_lease_releases_nothing() {
    let earlier = |case: &mut Case| case.facts.release.as_mut().unwrap().lease = 4;
    assert_eq!(refused(earlier), Refusal::RequestDiffers("lease"));
}

#[test]
fn a_request_for_another_epoch_than_the_finalized_one_releases_nothing() {
    assert_eq!(refused(|case| case.request.epoch = 6), Refusal::RequestDiffers("epoch"));
}

#[test]
fn a_request_that_names_another_block_than_the_finalized_one_releases_nothing() {
    assert_eq!(refused(|case| case.request.requested_at = 139), Refusal::RequestDiffers("block"));
}

fn at_epoch(case: &mut Case, epoch: KeyEpoch) {
    case.request.epoch = epoch;
    case.facts.release.as_mut().unwrap().epoch = epoch;
}

#[test]
fn an_epoch_that_is_not_in_force_yet_is_not_released() {
    assert_eq!(refused(|case| at_epoch(case, 8)), Refusal::EpochAhead);
}

#[test]
fn the_epoch_before_the_one_in_force_is_released_and_the_one_before_that_is_not() {
    let mut case = granted();
    at_epoch(&mut case, 6);
    assert!(case.decide().is_ok());
    assert_eq!(refused(|case| at_epoch(case, 5)), Refusal::EpochTooOld);
}

#[test]
fn a_worker_gets_as_many_contracts_in_one_epoch_as_the_cap_allows_and_no_further_one() {
    let ordinal = |case: &mut Case, ordinal| case.facts.release.as_mut().unwrap().ordinal = ordinal;
    assert_eq!(granted().facts.release.unwrap().ordinal, granted().limits.contracts_per_worker);
    assert_eq!(refused(|case| ordinal(case, 3)), Refusal::CapExceeded);
}

#[test]
fn a_cap_of_zero_releases_nothing() {
    let mut case = granted();
    case.limits.contracts_per_worker = 0;
    case.facts.release.as_mut().unwrap().ordinal = 1;
    assert_eq!(case.decide().unwrap_err(), Refusal::CapExceeded);
}

#[test]
fn every_refusal_has_a_code_of_its_own() {
    let all = [
        Refusal::NotFresh,
        Refusal::OtherNetwork,
        Refusal::Frozen,
        Refusal::KeyholderNotRegistered,
        Refusal::KeyholderInvalid(Invalidity::Expired),
        Refusal::NotInCommittee,
        Refusal::InsecureCommittee,
        Refusal::WorkerNotRegistered,
        Refusal::WorkerInvalid(Invalidity::Expired),
        Refusal::StatementDiffers,
        Refusal::EvidenceDiffers("root"),
        Refusal::EvidenceExpired,
        Refusal::UnknownContract,
        Refusal::Policy(PolicyRefusal::Kind),
        Refusal::NotLeaseHolder,
        Refusal::LeaseEnded,
        Refusal::NotRequested,
        Refusal::RequestDiffers("boot"),
        Refusal::EpochAhead,
        Refusal::EpochTooOld,
        Refusal::CapExceeded,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), all.len());
}
