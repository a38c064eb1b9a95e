//! A worker's evidence, judged by the client: a development root issues it in the real format, the one verifier judges
//! it, and whoever brings it may bring anything else.

use adyton_attestation::{
    AcceptedMeasurements, Evidence, EvidenceKind as Kind, IntelCheck, IntelRefusal, ListFloors, MachineId as Machine,
    NamedMeasurement, Policy, Refusal, Roots, verify, verify_collateral,
};
use adyton_chain_client::fixture::GENESIS_MS;
use adyton_client::{
    Demand, Error, EvidenceRefusal, RecordRefusal, VerifiedEvidence,
    evidence::{judge, registered_quote},
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Role as Device};
use adyton_protocol::{
    configuration,
    evidence::SnpEvidence,
    ids::{AccountId, BlockHash, BlockRef, Digest, EncryptionKey, NetworkId, SigningKey, WorkerId},
    record::{
        CommitteeRecord, EvidenceKind, Invalidity, MachineId, MeasurementRecord, Provider, RootRecord, VerdictFacts,
        WorkerRecord,
    },
    registered::{MAX_COLLATERAL, MAX_EVIDENCE, MAX_JSON, RegisteredEvidence},
    scheduled::Scheduled,
    statement::{AttestedStatement, Role},
    storage,
};
use bounded_collections::BoundedVec;
use codec::Encode;
use serde_json::json;

use crate::world::*;

const NOW: u64 = GENESIS_MS / 1000;
const ISSUED: u64 = NOW - 60;
const PROFILE: Digest = Digest([9; 32]);
const DAY: u64 = 24 * 60 * 60;

/// What a chain's record says otherwise.
type Change = fn(&mut VerdictFacts);

fn root(seed: u8) -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([seed; 32])
}

/// What a worker with this statement shows whose device is of `root`.
fn shown(statement: &AttestedStatement, root: &DevelopmentRoot) -> RegisteredEvidence {
    let evidence = root.device(Device::new("worker").unwrap()).quote(statement.report_data());
    let collateral = root.collateral(ISSUED).encode();
    RegisteredEvidence { statement: statement.clone(), kind: EvidenceKind::IntelTdx, evidence, collateral }
}

/// What an honest chain's record says of it.
fn facts(shown: &RegisteredEvidence) -> VerdictFacts {
    let root = root(7);
    let policy = Policy { roots: Roots { intel: vec![root.root()], ..Roots::default() }, ..Policy::command() };
    let collateral = &verify_collateral(&root.collateral(ISSUED), &root.root(), NOW).unwrap();
    let verdict = verify(&Evidence::Tdx { quote: &shown.evidence, collateral }, &policy, NOW).unwrap();
    let Some(Machine::IntelPpid(ppid)) = verdict.machine else { panic!("a machine of Intel's") };
    VerdictFacts {
        kind: EvidenceKind::IntelTdx,
        root: Digest(verdict.root.0),
        measurement: Digest(verdict.measurement_id),
        profile: PROFILE,
        machine: MachineId::IntelPpid(ppid),
        provider: None,
        tier: verdict.tier,
        evaluation: EVALUATION_NUMBER,
        judged_at: 1,
        valid_until: NOW + 3600,
        evidence: Digest(verdict.evidence_id),
    }
}

/// A root as the chain keeps it: its record's certificate, and what the verifier needs of it.
pub struct Stored {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

/// A world whose worker is registered with what it shows, but for what `change` makes of its record.
async fn scene(change: impl FnOnce(&mut WorkerRecord)) -> (World, RegisteredEvidence) {
    let show = |statement: &AttestedStatement| {
        let shown = shown(statement, &root(7));
        let facts = facts(&shown);
        (shown, facts)
    };
    let key = [vec![0], root(7).root().encode()].concat();
    scene_of(show, Stored { certificate: root(7).root_certificate(), key }, change).await
}

/// The same of a worker with the evidence, and the chain's record of it, that `show` makes under `root`.
pub async fn scene_of(
    show: impl FnOnce(&AttestedStatement) -> (RegisteredEvidence, VerdictFacts),
    root: Stored,
    change: impl FnOnce(&mut WorkerRecord),
) -> (World, RegisteredEvidence) {
    let world = world().await;
    let mut record = worker_record(&boot(21));
    let statement = AttestedStatement {
        network: NETWORK,
        worker: WORKER,
        operator: OPERATOR,
        role: Role::Worker,
        signing_key: record.signing_key,
        encryption_key: record.encryption_key,
        config: configuration::digest(&NETWORK, &world.network.checkpoint.genesis_hash, &PROFILE),
        recent: BlockRef { number: 1, hash: BlockHash([1; 32]) },
    };
    let (shown, facts) = show(&statement);
    (record.statement, record.verdict) = (statement.digest(), facts);
    change(&mut record);
    let (verdict, role) = (&record.verdict, record.role);
    let certificate = root.certificate.try_into().unwrap();
    let accepted = Scheduled::holding(RootRecord { kind: verdict.kind, certificate, development: true });
    let release = BoundedVec::truncate_from(b"worker 1".to_vec());
    let measurement = Scheduled::holding(MeasurementRecord { role, profile: PROFILE, release });
    let at = world.change(|chain| {
        chain.set(storage::roots(verdict.kind, &verdict.root), accepted.encode());
        chain.set(storage::root_keys(verdict.kind, &verdict.root), root.key);
        chain.set(storage::measurements(&verdict.measurement), measurement.encode());
        chain.set(storage::workers(&WORKER), record.encode());
    });
    *world.shared.acted_on.lock().unwrap() = at;
    *world.shared.evidence.lock().unwrap() = (json!(shown), 0);
    (world, shown)
}

async fn judged(
    world: &World,
    shown: RegisteredEvidence,
    demand: &Demand,
) -> Result<VerifiedEvidence, EvidenceRefusal> {
    judge(&world.client.worker(&WORKER).await.unwrap(), shown, demand, NOW)
}

/// Why what is made of the honest evidence is refused.
async fn refused(change: impl FnOnce(&mut RegisteredEvidence)) -> EvidenceRefusal {
    let (world, mut shown) = scene(|_| {}).await;
    change(&mut shown);
    judged(&world, shown, &Demand::default()).await.unwrap_err()
}

/// Why evidence is refused that the chain has another record of.
async fn differs(change: impl FnOnce(&mut VerdictFacts)) -> EvidenceRefusal {
    let (world, shown) = scene(|record| change(&mut record.verdict)).await;
    judged(&world, shown, &Demand::default()).await.unwrap_err()
}

async fn not_proven(world: &World, id: &WorkerId) -> EvidenceRefusal {
    match world.client.worker(id).await {
        Err(Error::Evidence(refusal)) => refusal,
        other => panic!("not refused by the record: {other:?}"),
    }
}

#[tokio::test]
async fn evidence_that_is_about_the_proven_worker_is_accepted() {
    let (world, shown) = scene(|_| {}).await;
    let (worker, brought) = world.client.registered_evidence(&WORKER).await.unwrap();
    assert_eq!((&brought, worker.release()), (&shown, "worker 1".to_owned()));
    assert!(worker.is_development());
    let verified = judge(&worker, brought, &Demand::default(), NOW).unwrap();
    assert_eq!(verified.registered(), &shown);
    assert_eq!(verified.verdict().statement(), shown.statement.report_data());
    assert_eq!(verified.verdict().root, root(7).root().id());
    assert_eq!(verified.verdict().release, None);
}

#[tokio::test]
async fn what_a_workers_own_quote_says_is_read_and_no_other_quote_for_it() {
    let (world, own) = scene(|_| {}).await;
    let worker = world.client.worker(&WORKER).await.unwrap();
    let contents = registered_quote(&worker, &own).unwrap();
    assert_eq!(contents.report_data, own.statement.report_data());
    let other = AttestedStatement { encryption_key: EncryptionKey([9; 32]), ..own.statement.clone() };
    let about_another = RegisteredEvidence { evidence: shown(&other, &root(7)).evidence, ..own.clone() };
    for (brought, refusal) in [
        (shown(&other, &root(7)), EvidenceRefusal::Statement("encryption key")),
        (about_another, EvidenceRefusal::Differs("statement")),
        (RegisteredEvidence { kind: EvidenceKind::IntelSgx, ..own.clone() }, EvidenceRefusal::Differs("kind")),
        (
            RegisteredEvidence { evidence: vec![0; MAX_EVIDENCE + 1], ..own.clone() },
            EvidenceRefusal::TooLong("evidence"),
        ),
    ] {
        assert_eq!(registered_quote(&worker, &brought).unwrap_err(), refusal);
    }
    let no_quote = registered_quote(&worker, &RegisteredEvidence { evidence: vec![1; 1184], ..own }).unwrap_err();
    assert!(matches!(no_quote, EvidenceRefusal::Judged(Refusal::Intel(_))), "{no_quote}");
}

#[tokio::test]
async fn a_quote_of_another_machine_or_program_does_not_stand_for_the_recorded_ones() {
    let changes: [(&str, Change); 2] = [
        ("measurement", |verdict| verdict.measurement = Digest([1; 32])),
        ("machine", |verdict| verdict.machine = MachineId::IntelPpid([1; 16])),
    ];
    for (fact, change) in changes {
        let (world, own) = scene(|record| change(&mut record.verdict)).await;
        let worker = world.client.worker(&WORKER).await.unwrap();
        assert_eq!(registered_quote(&worker, &own).unwrap_err(), EvidenceRefusal::Differs(fact));
    }
}

#[tokio::test]
async fn a_statement_that_says_something_else_than_the_chains_record_is_refused() {
    let (world, shown) = scene(|_| {}).await;
    let own = &shown.statement;
    for (field, statement) in [
        ("network", AttestedStatement { network: NetworkId([9; 32]), ..own.clone() }),
        ("worker", AttestedStatement { worker: WorkerId([9; 32]), ..own.clone() }),
        ("operator", AttestedStatement { operator: AccountId([9; 32]), ..own.clone() }),
        ("role", AttestedStatement { role: Role::Keyholder, ..own.clone() }),
        ("signing key", AttestedStatement { signing_key: SigningKey([9; 32]), ..own.clone() }),
        ("encryption key", AttestedStatement { encryption_key: EncryptionKey([9; 32]), ..own.clone() }),
        ("configuration", AttestedStatement { config: Digest([9; 32]), ..own.clone() }),
    ] {
        // The evidence itself is genuine and about that statement.
        let other = self::shown(&statement, &root(7));
        let refusal = judged(&world, other, &Demand::default()).await.unwrap_err();
        assert_eq!(refusal, EvidenceRefusal::Statement(field));
    }
}

#[tokio::test]
async fn a_chain_that_records_other_keys_than_the_evidence_vouches_for_is_not_believed() {
    // The digest in the record is that of the honest statement; only the key was exchanged.
    let (world, shown) = scene(|record| record.encryption_key = EncryptionKey([9; 32])).await;
    let refusal = judged(&world, shown, &Demand::default()).await.unwrap_err();
    assert_eq!(refusal, EvidenceRefusal::Statement("encryption key"));
}

#[tokio::test]
async fn evidence_of_the_same_boot_that_is_not_the_registered_one_is_refused() {
    let (world, own) = scene(|_| {}).await;
    let recent = BlockRef { number: 2, ..own.statement.recent };
    let other = shown(&AttestedStatement { recent, ..own.statement }, &root(7));
    let refusal = judged(&world, other, &Demand::default()).await.unwrap_err();
    assert_eq!(refusal, EvidenceRefusal::NotRegistered);
}

#[tokio::test]
async fn evidence_about_another_statement_is_refused() {
    let refusal = refused(|own| {
        let other = AttestedStatement { encryption_key: EncryptionKey([9; 32]), ..own.statement.clone() };
        own.evidence = shown(&other, &root(7)).evidence;
    });
    let EvidenceRefusal::Judged(Refusal::Intel(refusal)) = refusal.await else { panic!("refused for another reason") };
    assert_eq!(refusal.check(), IntelCheck::ReportData);
}

#[tokio::test]
async fn evidence_under_a_root_that_nobody_trusts_is_refused() {
    let refusal = refused(|own| *own = shown(&own.statement, &root(8))).await;
    assert!(matches!(refusal, EvidenceRefusal::Judged(Refusal::Intel(_))), "{refusal}");
    // With the trusted root's collateral, it is the evidence's own root that is not trusted.
    let refusal = refused(|own| own.evidence = shown(&own.statement, &root(8)).evidence).await;
    assert!(matches!(refusal, EvidenceRefusal::Judged(Refusal::Intel(_))), "{refusal}");
}

#[tokio::test]
async fn a_development_root_counts_only_where_the_networks_file_says_so() {
    let (world, _) = scene(|_| {}).await;
    let client = world.new_client(|file| file.development = false);
    let refused = client.worker(&WORKER).await;
    assert!(matches!(refused, Err(Error::Record(RecordRefusal::Development))), "{refused:?}");
}

#[tokio::test]
async fn a_development_root_whose_key_the_chain_does_not_show_vouches_for_nothing() {
    let (world, own) = scene(|_| {}).await;
    let key = storage::root_keys(EvidenceKind::IntelTdx, &facts(&own).root);
    world.change(|chain| chain.remove(&key));
    let refusal = judged(&world, own, &Demand::default()).await.unwrap_err();
    assert!(matches!(refusal, EvidenceRefusal::Judged(Refusal::Intel(_))), "{refusal}");
    world.change(|chain| chain.set(key, vec![3]));
    assert!(matches!(world.client.worker(&WORKER).await, Err(Error::Chain(_))));
}

#[tokio::test]
async fn evidence_with_any_byte_changed_is_refused() {
    let (world, own) = scene(|_| {}).await;
    let worker = world.client.worker(&WORKER).await.unwrap();
    for index in (0..own.evidence.len()).step_by(61) {
        let mut altered = own.clone();
        altered.evidence[index] ^= 1;
        assert!(judge(&worker, altered, &Demand::default(), NOW).is_err(), "byte {index}");
    }
}

#[tokio::test]
async fn evidence_and_collateral_beyond_their_bounds_are_not_read() {
    let evidence = refused(|own| own.evidence = vec![0; MAX_EVIDENCE + 1]).await;
    assert_eq!(evidence, EvidenceRefusal::TooLong("evidence"));
    let collateral = refused(|own| own.collateral = vec![0; MAX_COLLATERAL + 1]).await;
    assert_eq!(collateral, EvidenceRefusal::TooLong("collateral"));
}

#[tokio::test]
async fn an_answer_without_end_or_without_sense_is_refused_before_anything_is_judged() {
    let (world, _) = scene(|_| {}).await;
    let brought = async |shown| {
        world.shared.evidence.lock().unwrap().0 = shown;
        world.client.registered_evidence(&WORKER).await
    };
    let refused = brought(json!("x".repeat(MAX_JSON))).await;
    assert!(matches!(refused, Err(Error::AnswerTooLarge(MAX_JSON))), "{refused:?}");
    let refused = brought(json!({ "evidence": "0x00" })).await;
    assert!(matches!(refused, Err(Error::Malformed(_))), "{refused:?}");
}

#[tokio::test]
async fn collateral_that_cannot_be_read_is_refused() {
    let refusal = refused(|own| own.collateral.push(0)).await;
    assert_eq!(refusal, EvidenceRefusal::Encoding("collateral"));
}

#[tokio::test]
async fn evidence_that_is_not_of_the_kind_that_it_is_registered_as_is_refused() {
    let report = SnpEvidence { report: &[1; 1184], certificate: &[2; 100] }.to_bytes();
    for (kind, evidence, check) in [
        (EvidenceKind::IntelSgx, None, "evidence"),
        (EvidenceKind::AmdSnp, None, "format"),
        // The collateral is no revocation list.
        (EvidenceKind::AmdSnp, Some(report), "evidence"),
        (EvidenceKind::AwsNitro, None, "evidence"),
    ] {
        let (world, own) = scene(|record| record.verdict.kind = kind).await;
        let evidence = evidence.unwrap_or_else(|| own.evidence.clone());
        let refusal = judged(&world, RegisteredEvidence { kind, evidence, ..own }, &Demand::default()).await;
        assert_eq!(refusal.unwrap_err().check(), check, "{kind}");
    }
}

#[tokio::test]
async fn a_record_that_says_of_the_evidence_what_it_does_not_show_is_not_believed() {
    let changes: [(&str, Change); 6] = [
        ("kind", |verdict| verdict.kind = EvidenceKind::IntelSgx),
        ("root", |verdict| verdict.root = Digest([1; 32])),
        ("measurement", |verdict| verdict.measurement = Digest([1; 32])),
        ("machine", |verdict| verdict.machine = MachineId::IntelPpid([1; 16])),
        ("provider", |verdict| verdict.provider = Some(Provider::truncate_from(b"a cloud".to_vec()))),
        ("evidence", |verdict| verdict.evidence = Digest([1; 32])),
    ];
    for (fact, change) in changes {
        assert_eq!(differs(change).await, EvidenceRefusal::Differs(fact));
    }
}

#[tokio::test]
async fn collateral_that_is_older_than_the_chains_is_refused() {
    let refusal = differs(|verdict| verdict.evaluation = EVALUATION_NUMBER + 1).await;
    let older = EvidenceRefusal::CollateralOlder { shown: EVALUATION_NUMBER, judged: EVALUATION_NUMBER + 1 };
    assert_eq!(refusal, older);
}

#[tokio::test]
async fn a_revocation_list_that_counts_no_longer_is_refused() {
    let (world, own) = scene(|_| {}).await;
    let floors = ListFloors { root: ISSUED + 1, ..ListFloors::default() };
    let key = storage::revocation_floors(&Digest(root(7).root().id().0));
    world.change(|chain| chain.set(key, floors.encode()));
    let refusal = judged(&world, own, &Demand::default()).await.unwrap_err();
    let outdated =
        matches!(refusal, EvidenceRefusal::Judged(Refusal::Intel(IntelRefusal::RevocationListOutdated { .. })));
    assert!(outdated, "{refusal}");
}

#[tokio::test]
async fn evidence_is_judged_by_this_machines_clock_and_not_by_the_chains_verdict() {
    let (world, own) = scene(|record| record.verdict.valid_until = NOW + 365 * DAY).await;
    let worker = world.client.worker(&WORKER).await.unwrap();
    assert!(judge(&worker, own.clone(), &Demand::default(), NOW + DAY).is_ok());
    let refused = judge(&worker, own, &Demand::default(), NOW + 40 * DAY);
    assert!(matches!(refused, Err(EvidenceRefusal::Judged(Refusal::Intel(_)))), "{refused:?}");
}

#[tokio::test]
async fn the_measurement_that_is_demanded_is_the_only_one_that_is_accepted() {
    let (world, own) = scene(|_| {}).await;
    let found = facts(&own).measurement;
    let demand = Demand { measurement: Some(found), ..Demand::default() };
    let verified = judged(&world, own.clone(), &demand).await.unwrap();
    assert_eq!(verified.verdict().release.as_deref(), Some("worker 1"));
    let demand = Demand { measurement: Some(Digest([1; 32])), ..Demand::default() };
    let refusal = judged(&world, own, &demand).await.unwrap_err();
    assert_eq!(refusal, EvidenceRefusal::Judged(Refusal::Measurement { found: found.0, accepted: 1 }));
}

#[tokio::test]
async fn a_measurement_that_is_demanded_adds_none_to_those_of_the_policy() {
    let (world, own) = scene(|_| {}).await;
    let found = facts(&own).measurement;
    let only = |id| AcceptedMeasurements::Only(vec![NamedMeasurement { id, release: "mine".into() }]);
    let demand = |measurements| {
        let policy = Policy { measurements, ..Policy::command() };
        Demand { policy, measurement: Some(found) }
    };
    let verified = judged(&world, own.clone(), &demand(only(found.0))).await.unwrap();
    assert_eq!(verified.verdict().release.as_deref(), Some("mine"));
    let refusal = judged(&world, own, &demand(only([1; 32]))).await.unwrap_err();
    assert_eq!(refusal, EvidenceRefusal::Judged(Refusal::Measurement { found: found.0, accepted: 0 }));
}

#[tokio::test]
async fn the_users_policy_decides_whatever_the_chain_accepts() {
    let (world, own) = scene(|_| {}).await;
    let policy = Policy { kinds: vec![Kind::AmdSnp], ..Policy::command() };
    let refusal = judged(&world, own, &Demand { policy, measurement: None }).await.unwrap_err();
    assert_eq!(refusal, EvidenceRefusal::Judged(Refusal::Kind(Kind::IntelTdx)));
}

#[tokio::test]
async fn who_is_not_there_or_is_a_keyholder_is_no_worker() {
    let (world, _) = scene(|_| {}).await;
    let nobody = WorkerId([9; 32]);
    assert_eq!(not_proven(&world, &nobody).await, EvidenceRefusal::Missing { id: nobody, role: Role::Worker });
    let (world, _) = scene(|record| record.role = Role::Keyholder).await;
    let other = EvidenceRefusal::OtherRole { id: WORKER, role: Role::Keyholder };
    assert_eq!(not_proven(&world, &WORKER).await, other);
}

/// A world with a keyholder in the worker's place, in a committee of these.
async fn keyholder_scene(members: &[WorkerId]) -> (World, RegisteredEvidence) {
    let show = |statement: &AttestedStatement| {
        let shown = shown(&AttestedStatement { role: Role::Keyholder, ..statement.clone() }, &root(7));
        let facts = facts(&shown);
        (shown, facts)
    };
    let key = [vec![0], root(7).root().encode()].concat();
    let root = Stored { certificate: root(7).root_certificate(), key };
    let (world, own) = scene_of(show, root, |record| record.role = Role::Keyholder).await;
    let mut record = world.client.facts(&[storage::workers(&WORKER)]).await.unwrap().worker(&WORKER).unwrap().unwrap();
    record.statement = own.statement.digest();
    let (keyholders, group) = (members.to_vec().try_into().unwrap(), vec![1; 49].try_into().unwrap());
    let committee = CommitteeRecord { epoch: 3, threshold: 1, keyholders, group };
    world.change(|chain| {
        chain.set(storage::workers(&WORKER), record.encode());
        chain.set(storage::committee(), committee.encode());
    });
    (world, own)
}

async fn no_keyholder(world: &World, id: &WorkerId) -> EvidenceRefusal {
    match world.client.keyholder(id).await {
        Err(Error::Evidence(refusal)) => refusal,
        other => panic!("not refused by the record: {other:?}"),
    }
}

#[tokio::test]
async fn a_keyholders_evidence_is_judged_as_that_of_its_seat_in_the_committee() {
    let (world, own) = keyholder_scene(&[WorkerId([8; 32]), WORKER]).await;
    let (keyholder, brought) = world.client.keyholder_evidence(&WORKER).await.unwrap();
    let seat = keyholder.seat().unwrap();
    assert_eq!((seat.member, seat.committee.epoch, keyholder.record().role), (1, 3, Role::Keyholder));
    let verified = judge(&keyholder, brought, &Demand::default(), NOW).unwrap();
    assert_eq!(verified.registered(), &own);
    assert_eq!(verified.verdict().statement(), own.statement.report_data());
}

#[tokio::test]
async fn a_keyholders_statement_that_is_a_workers_or_has_another_key_is_refused() {
    let (world, own) = keyholder_scene(&[WORKER]).await;
    let keyholder = world.client.keyholder(&WORKER).await.unwrap();
    for (field, statement) in [
        ("role", AttestedStatement { role: Role::Worker, ..own.statement.clone() }),
        ("signing key", AttestedStatement { signing_key: SigningKey([9; 32]), ..own.statement.clone() }),
    ] {
        let refusal = judge(&keyholder, shown(&statement, &root(7)), &Demand::default(), NOW).unwrap_err();
        assert_eq!(refusal, EvidenceRefusal::Statement(field));
    }
}

#[tokio::test]
async fn a_keyholder_without_a_seat_in_the_committee_is_refused() {
    let (world, _) = keyholder_scene(&[WorkerId([8; 32])]).await;
    assert_eq!(no_keyholder(&world, &WORKER).await, EvidenceRefusal::NoSeat(WORKER));
    world.change(|chain| chain.remove(&storage::committee()));
    assert_eq!(no_keyholder(&world, &WORKER).await, EvidenceRefusal::NoSeat(WORKER));
}

#[tokio::test]
async fn who_is_not_there_or_is_a_worker_is_no_keyholder() {
    let (world, _) = scene(|_| {}).await;
    let nobody = WorkerId([9; 32]);
    assert_eq!(no_keyholder(&world, &nobody).await, EvidenceRefusal::Missing { id: nobody, role: Role::Keyholder });
    let other = EvidenceRefusal::OtherRole { id: WORKER, role: Role::Worker };
    assert_eq!(no_keyholder(&world, &WORKER).await, other);
}

#[tokio::test]
async fn a_worker_that_the_chain_denies_is_refused_though_its_evidence_holds() {
    let (world, own) = scene(|_| {}).await;
    let key = storage::denied_machines(&facts(&own).machine);
    let at = world.change(|chain| chain.set(key, Scheduled::holding(true).encode()));
    let invalid = EvidenceRefusal::Invalid { block: at.number, why: Invalidity::Machine };
    assert_eq!(not_proven(&world, &WORKER).await, invalid);
}

#[tokio::test]
async fn a_call_that_demands_evidence_judges_it_once_for_each_boot_before_anything_is_sealed() {
    let (world, _) = scene(|_| {}).await;
    let client = world.new_client(|_| {}).demanding(Demand::default());
    for _ in 0..2 {
        client.call(&CONTRACT, &request(), None).await.unwrap();
    }
    assert_eq!((world.arrived(), world.shared.evidence.lock().unwrap().1), (2, 1));
    // The next boot's evidence is not that of the boot before it.
    world.restart_worker(22);
    let refused = client.call(&CONTRACT, &request(), None).await;
    let expected = EvidenceRefusal::Statement("signing key");
    assert!(matches!(refused, Err(Error::Evidence(refusal)) if refusal == expected), "{refused:?}");
    assert_eq!((world.arrived(), world.shared.evidence.lock().unwrap().1), (2, 2));
}

#[tokio::test]
async fn a_call_that_demands_what_the_evidence_does_not_show_is_not_sealed() {
    let (world, _) = scene(|_| {}).await;
    let demand = Demand { measurement: Some(Digest([1; 32])), ..Demand::default() };
    let refused = world.new_client(|_| {}).demanding(demand).call(&CONTRACT, &request(), None).await;
    assert!(matches!(refused, Err(Error::Evidence(EvidenceRefusal::Judged(_)))), "{refused:?}");
    assert_eq!(world.arrived(), 0);
}
