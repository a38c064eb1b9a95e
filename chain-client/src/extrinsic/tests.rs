use std::{sync::Arc, time::Duration};

use adyton_protocol::{
    device::{Architecture, DeviceId},
    ids::*,
    policy::{ContractPolicy, DeviceDemand, Measurements, Operators, Upgrade},
    record::{Anchor, EvidenceKind, MachineClass, MachineId, Opening, Party, StateHead},
    statement::{AttestedStatement, Role},
    storage,
};
use codec::{Compact, Encode};
use serde_json::json;
use zeroize::Zeroizing;

use super::{calls::*, errors::ERRORS, outcome::of_events, *};
use crate::{
    Error,
    facts::runtime_code_key,
    fixture::{FixtureChain, FixtureSource},
    governance::{self, AccountVote, Enactment, Periods, Proposal, Track, Vote, tracks},
    rpc::{Reader, RuntimeVersion},
};

fn signer() -> Ed25519 {
    Ed25519::new(&Zeroizing::new([5; 32]))
}

fn transfer() -> Call {
    let to = Address::Id(AccountId([9; 32]));
    Call::Balances(Balances::TransferKeepAlive { to, amount: 1_000_000_000_000 })
}

fn terms(era: Era) -> Terms {
    Terms { genesis_hash: BlockHash([1; 32]), nonce: 70, era, tip: 0 }
}

fn born(number: u32) -> BlockRef {
    BlockRef { number, hash: BlockHash([2; 32]) }
}

#[test]
fn a_transfer_is_written_as_the_runtime_reads_it() {
    let expected = [&[5, 3, 0][..], &[9; 32], &Compact(1_000_000_000_000u128).encode()].concat();
    assert_eq!(transfer().encoded(), expected);
}

#[test]
fn an_extrinsic_has_its_parts_in_their_order() {
    let bytes = signed(&[0xca, 0x11], &terms(Era::Immortal), &signer());
    // Length; version 4, signed; address; Ed25519 signature; era; nonce 70; tip; call.
    assert_eq!(bytes[..2], Compact(1 + 33 + 65 + 1 + 2 + 1 + 2u32).encode());
    assert_eq!(bytes[2..4], [0x84, 0]);
    assert_eq!(bytes[4..36], signer().account().0);
    assert_eq!(bytes[36], 0);
    assert_eq!(bytes[101..], [0, 0x19, 0x01, 0, 0xca, 0x11]);

    let payload = [&[0xca, 0x11, 0, 0x19, 0x01, 0][..], &[1, 0, 0, 0, 1, 0, 0, 0], &[1; 32], &[1; 32]].concat();
    assert_eq!(signed_payload(&[0xca, 0x11], &terms(Era::Immortal)), payload);
    let key = ed25519_zebra::VerificationKey::try_from(signer().account().0).unwrap();
    let signature = ed25519_zebra::Signature::from(<[u8; 64]>::try_from(&bytes[37..101]).unwrap());
    assert!(key.verify(&signature, &payload).is_ok());
}

#[test]
fn an_sr25519_account_signs_in_the_ecosystems_context() {
    // The ecosystem's development account Alice.
    let mini = "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
    let mut secret = [0; 32];
    hex::decode_to_slice(mini, &mut secret).unwrap();
    let alice = Sr25519::new(&Zeroizing::new(secret));
    assert_eq!(alice.account().to_string(), "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");
    let Signature::Sr25519(bytes) = alice.sign(b"payload") else { panic!("sr25519") };
    let key = schnorrkel::PublicKey::from_bytes(&alice.account().0).unwrap();
    let signature = schnorrkel::Signature::from_bytes(&bytes).unwrap();
    assert!(key.verify_simple(b"substrate", b"payload", &signature).is_ok());
    assert_eq!(alice.sign(b"payload").encode()[0], 1);
}

#[test]
fn a_long_payload_is_signed_as_its_hash() {
    let long = signed_payload(&[7; 300], &terms(Era::Immortal));
    assert_eq!(long.len(), 32);
    assert!(signed_payload(&[7; 100], &terms(Era::Immortal)).len() > 100);
}

#[test]
fn a_mortal_extrinsic_is_bound_to_its_first_block() {
    let era = Era::mortal(born(42), 64);
    assert_eq!(era.until(), Some(105));
    let bytes = signed(&[], &terms(era), &signer());
    assert_eq!(bytes[101..103], [5 + 42 % 16 * 16, 42 / 16]);
    let payload = signed_payload(&[], &terms(era));
    assert_eq!(payload[payload.len() - 32..], [2; 32]);
}

#[test]
fn an_extrinsics_life_is_a_power_of_two_within_bounds() {
    for (asked, given) in [(0, 4), (5, 8), (128, 128), (4000, 4096), (u32::MAX, 4096)] {
        assert_eq!(Era::mortal(born(1), asked), Era::Mortal { born: born(1), period: given });
    }
}

/// A reader over a chain whose account `signer()` has sent `nonce` extrinsics.
fn chain(nonce: u32) -> (Arc<FixtureSource>, Reader<Arc<FixtureSource>>) {
    let mut chain = FixtureChain::new(3);
    chain.set(runtime_code_key(), (Compact(SPECIFICATION_VERSION), SPECIFICATION_NAME).encode());
    set_nonce(&mut chain, nonce);
    chain.seal(&[], &[]);
    let checkpoint = chain.checkpoint();
    let source = Arc::new(FixtureSource::new(chain));
    (source.clone(), Reader::new(source, checkpoint))
}

fn set_nonce(chain: &mut FixtureChain, nonce: u32) {
    let info = ((nonce, 0u32, 1u32, 0u32), (10u128, 0u128, 0u128, 0u128));
    chain.set(storage::account(&signer().account()), info.encode());
}

fn event(index: u32, rest: &[u8]) -> Vec<u8> {
    [&[0][..], &index.encode(), rest].concat()
}

/// System.ExtrinsicSuccess with a weight, of class Normal, paid, without topics.
fn success(index: u32) -> Vec<u8> {
    event(index, &[&[0, 0][..], &(Compact(1_000_000u64), Compact(77u64)).encode(), &[0, 0, 0]].concat())
}

/// System.ExtrinsicFailed by error 9 of the pallet `workers`.
fn failure(index: u32) -> Vec<u8> {
    let weight = (Compact(5u64), Compact(0u64)).encode();
    event(index, &[&[0, 1, 3, 11, 9, 0, 0, 0][..], &weight, &[0, 0, 0]].concat())
}

fn block(source: &FixtureSource, nonce: u32, body: &[Vec<u8>], events: &[Vec<u8>]) {
    let mut chain = source.chain();
    set_nonce(&mut chain, nonce);
    let list = [Compact(events.len() as u32).encode(), events.concat()].concat();
    chain.set(storage::events(), list);
    chain.seal(&[], body);
}

fn quickly() -> Options {
    Options { poll: Duration::from_millis(1), limit: Duration::from_millis(300), period: 8, ..Options::default() }
}

#[tokio::test]
async fn an_extrinsic_is_followed_until_its_success_is_proven() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    assert_eq!((signed.nonce, signed.born, signed.until), (4, 1, Some(8)));
    submit(&reader, &signed).await.unwrap();
    assert_eq!(source.pool().as_slice(), std::slice::from_ref(&signed.bytes));
    block(&source, 4, &[b"inherent".to_vec()], &[success(0)]);
    block(&source, 5, &[b"inherent".to_vec(), signed.bytes.clone()], &[success(0), success(1)]);
    block(&source, 5, &[b"inherent".to_vec()], &[success(0)]);
    let inclusion = wait(&reader, &signed, &quickly()).await.unwrap();
    assert_eq!((inclusion.block.number(), inclusion.index), (3, 1));
    assert_eq!(inclusion.outcome, Outcome::Succeeded);
}

#[tokio::test]
async fn what_the_chain_refuses_is_reported_with_its_reason() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    block(&source, 5, &[b"inherent".to_vec(), signed.bytes.clone()], &[success(0), failure(1)]);
    let expected = DispatchFailure::Module { pallet: 11, error: [9, 0, 0, 0] };
    let inclusion = wait(&reader, &signed, &quickly()).await.unwrap();
    assert_eq!(inclusion.outcome, Outcome::Failed(expected));
    assert_eq!(expected.to_string(), "workers: the machine has as many workers as it may have");
}

#[tokio::test]
async fn a_call_that_the_chain_refuses_is_an_error() {
    let (source, reader) = chain(4);
    let task = async {
        loop {
            let submitted = source.pool().pop();
            if let Some(bytes) = submitted {
                return block(&source, 5, &[b"inherent".to_vec(), bytes], &[success(0), failure(1)]);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let (signer, transfer, options) = (signer(), transfer(), quickly());
    let (result, ()) = tokio::join!(call(&reader, &signer, &transfer, &options), task);
    match result {
        Err(Error::Failed { block: 2, failure: DispatchFailure::Module { pallet: 11, .. } }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_that_could_be_read_in_two_ways_say_nothing() {
    assert_eq!(of_events(&[success(0), success(1)].concat(), 1), Outcome::Succeeded);
    assert_eq!(of_events(&[success(0), failure(2)].concat(), 1), Outcome::Unknown);
    assert_eq!(of_events(&[], 0), Outcome::Unknown);
    // Data of another event that looks like a success of the extrinsic that failed.
    let remark = event(1, &[&[20, 0][..], &success(1)].concat());
    assert_eq!(of_events(&[remark, failure(1)].concat(), 1), Outcome::Unknown);
}

#[tokio::test]
async fn another_extrinsic_with_the_same_nonce_is_noticed() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    block(&source, 5, &[b"inherent".to_vec(), b"other".to_vec()], &[success(0), success(1)]);
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::Replaced { block: 2 })));
}

#[tokio::test]
async fn an_extrinsic_whose_life_has_ended_is_given_up() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    (0..8).for_each(|_| block(&source, 4, &[], &[]));
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::Expired { until: 8 })));
}

#[tokio::test]
async fn an_extrinsic_that_no_block_takes_makes_waiting_end() {
    let (_, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::TimedOut { .. })));
}

#[tokio::test]
async fn a_body_that_is_not_the_blocks_is_refused() {
    let (source, reader) = chain(4);
    let signed = sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap();
    block(&source, 5, &[b"inherent".to_vec(), signed.bytes.clone()], &[success(0), success(1)]);
    source.forge().body = Some(|body| drop(body.pop()));
    assert!(matches!(wait(&reader, &signed, &quickly()).await, Err(Error::BadAnswer("chain_getBlock"))));
}

#[tokio::test]
async fn nothing_is_signed_for_a_runtime_that_is_not_known() {
    let (source, reader) = chain(4);
    source.forge().runtime = Some(RuntimeVersion { specification: SPECIFICATION_VERSION, transaction: 2 });
    let refused = sign(&reader, &signer(), &transfer(), &quickly()).await;
    assert!(matches!(refused, Err(Error::OtherRuntime { .. })));

    // The node claims the known version, the proven state says otherwise.
    source.forge().runtime = None;
    let newer = (Compact(SPECIFICATION_VERSION + 1), SPECIFICATION_NAME).encode();
    source.chain().set(runtime_code_key(), newer);
    source.chain().seal(&[], &[]);
    let refused = sign(&reader, &signer(), &transfer(), &quickly()).await;
    assert!(matches!(refused, Err(Error::OtherRuntime { .. })));
}

#[tokio::test]
async fn a_node_that_lies_about_the_next_nonce_is_noticed() {
    let (source, reader) = chain(4);
    source.forge().next_nonce = Some(6);
    assert_eq!(sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap().nonce, 6);
    source.forge().next_nonce = Some(1);
    assert_eq!(sign(&reader, &signer(), &transfer(), &quickly()).await.unwrap().nonce, 4);
    source.forge().next_nonce = Some(1000);
    let refused = sign(&reader, &signer(), &transfer(), &quickly()).await;
    assert!(matches!(refused, Err(Error::TooManyWaiting { waiting: 996 })));
}

/// A policy for AWS's documents, which is the shortest: the oldest that is accepted and the clocks' difference in
/// seconds, then two switches.
fn nitro_policy() -> PlatformPolicy {
    PlatformPolicy { kind: EvidenceKind::AwsNitro, policy: (10_803u64, 60u64, false, false).encode() }
}

/// Every call once, with repeated bytes.
fn every_call() -> Vec<(&'static str, Call)> {
    let (contract, worker, digest, code) =
        (ContractId([0xc0; 32]), WorkerId([0xaa; 32]), Digest([0xd1; 32]), CodeHash([0xcc; 32]));
    let account = AccountId([0xac; 32]);
    let (machine, kind) = (MachineId::IntelPpid([0x1d; 16]), EvidenceKind::AmdSnp);
    let head = StateHead { sequence: 9, hash: digest };
    let statement = AttestedStatement {
        network: NetworkId([1; 32]),
        worker,
        operator: account,
        role: Role::Worker,
        signing_key: SigningKey([4; 32]),
        encryption_key: EncryptionKey([5; 32]),
        config: digest,
        recent: born(7),
    };
    let registration = Registration {
        statement,
        name: b"one".to_vec(),
        collateral: CollateralRef { kind: EvidenceKind::IntelTdx, root: digest, family: [6; 6] },
        evidence: vec![7; 3],
        signature: [8; 64],
        endpoint: b"http://127.0.0.1:1".to_vec(),
        opt_in: true,
    };
    let policy = ContractPolicy {
        kinds: vec![EvidenceKind::IntelTdx],
        measurements: Measurements::Only(vec![digest]),
        operators: Operators::OptedIn,
        devices: Some(DeviceDemand { architectures: vec![Architecture::Hopper, Architecture::Blackwell], minimum: 8 }),
        upgrade: Upgrade::Immutable,
    };
    let committee = adyton_protocol::record::CommitteeRecord {
        epoch: adyton_protocol::key_label::KeyEpoch::default(),
        threshold: 1,
        keyholders: vec![worker].try_into().unwrap(),
        group: vec![1, 2, 3].try_into().unwrap(),
    };
    let attestation = Call::Attestation;
    let (workers, contracts, devices) = (Call::Workers, Call::Contracts, Call::Devices);
    let responses = vec![vec![0x30, 3], vec![0x30, 4]];
    vec![
        ("balances.transfer_keep_alive", transfer()),
        ("balances.transfer_all", Call::Balances(Balances::TransferAll { to: Address::Id(account), keep_alive: true })),
        ("utility.batch_all", Call::all(vec![transfer(), workers(Workers::Retire(worker))])),
        (
            "attestation.submit_collateral",
            attestation(Attestation::SubmitCollateral {
                kind: EvidenceKind::IntelSgx,
                root: digest,
                collateral: vec![1, 2],
            }),
        ),
        (
            "attestation.add_root",
            attestation(Attestation::AddRoot {
                kind: EvidenceKind::IntelTdx,
                certificate: vec![0x30, 0],
                development: true,
            }),
        ),
        ("attestation.remove_root", attestation(Attestation::RemoveRoot { kind, root: digest })),
        (
            "attestation.accept_measurement",
            attestation(Attestation::AcceptMeasurement {
                measurement: digest,
                role: Role::Keyholder,
                profile: digest,
                release: b"1.0".to_vec(),
            }),
        ),
        ("attestation.revoke_measurement", attestation(Attestation::RevokeMeasurement(digest))),
        (
            "attestation.raise_floor",
            attestation(Attestation::RaiseFloor { kind: EvidenceKind::IntelTdx, root: digest, evaluation: 18 }),
        ),
        ("attestation.set_machine_denied", attestation(Attestation::SetMachineDenied { machine, denied: true })),
        (
            "attestation.set_operator_denied",
            attestation(Attestation::SetOperatorDenied { operator: account, denied: true }),
        ),
        ("attestation.set_frozen", attestation(Attestation::SetFrozen(true))),
        ("attestation.set_capacity", attestation(Attestation::SetCapacity { machine, workers: Some(3) })),
        ("attestation.set_policy", attestation(Attestation::SetPolicy(nitro_policy()))),
        ("attestation.remove_policy", attestation(Attestation::RemovePolicy(kind))),
        ("attestation.cancel", attestation(Attestation::Cancel(Accepted::Root { kind, root: digest }))),
        (
            "attestation.set_provider_denied",
            attestation(Attestation::SetProviderDenied {
                provider: b"a cloud".to_vec().try_into().unwrap(),
                denied: true,
            }),
        ),
        (
            "attestation.set_class_capacity",
            attestation(Attestation::SetClassCapacity { class: MachineClass::AmdChip, workers: Some(4) }),
        ),
        (
            "attestation.set_allowed",
            attestation(Attestation::SetAllowed { party: Party::Operator(account), allowed: true }),
        ),
        ("attestation.end_verdicts", attestation(Attestation::EndVerdicts { kind, root: digest })),
        ("workers.register", workers(Workers::Register(Box::new(registration)))),
        ("workers.heartbeat", workers(Workers::Heartbeat { nonce: [3; 32] })),
        ("workers.retire", workers(Workers::Retire(worker))),
        ("workers.set_opt_in", workers(Workers::SetOptIn { worker, opt_in: false })),
        ("workers.set_endpoint", workers(Workers::SetEndpoint { worker, endpoint: b"http://127.0.0.1:2".to_vec() })),
        ("contracts.upload_code", contracts(Contracts::UploadCode { hash: code, size: 77 })),
        ("contracts.deploy", contracts(Contracts::Deploy { code, manifest: vec![1, 2, 3], policy, salt: [0x5a; 32] })),
        ("contracts.claim_lease", contracts(Contracts::ClaimLease(contract))),
        ("contracts.release_leases", contracts(Contracts::ReleaseLeases(vec![contract]))),
        ("contracts.open", contracts(Contracts::Open(vec![Opening { contract, lease: 2, head }]))),
        (
            "contracts.anchor",
            contracts(Contracts::Anchor {
                anchors: vec![Anchor { contract, lease: 2, incarnation: 3, head }],
                receipts: digest,
            }),
        ),
        ("contracts.report", contracts(Contracts::Report { receipt: vec![1], call: transfer().encoded() })),
        ("contracts.announce_upgrade", contracts(Contracts::AnnounceUpgrade { contract, code })),
        ("contracts.apply_upgrade", contracts(Contracts::ApplyUpgrade(contract))),
        ("contracts.remove_code", contracts(Contracts::RemoveCode(code))),
        ("contracts.retire", contracts(Contracts::Retire(contract))),
        ("keys.publish_committee", Call::Keys(Keys::PublishCommittee(committee))),
        ("keys.request_release", Call::Keys(Keys::RequestRelease(contract))),
        (
            "devices.check_signature",
            devices(Devices::CheckSignature(Box::new(CheckedSignature {
                key: [0x11; 96],
                message: vec![1, 2, 3],
                signature: [0x22; 96],
            }))),
        ),
        (
            "devices.submit_manifest",
            devices(Devices::SubmitManifest {
                root: digest,
                manifest: b"<a></a>".to_vec(),
                responses: responses.clone(),
                fresh: 3,
            }),
        ),
        (
            "devices.show",
            devices(Devices::Show(Box::new(Showing {
                worker,
                root: digest,
                evidence: vec![7; 3],
                manifests: vec![digest],
                responses,
                signature: [8; 64],
                fresh: 1,
            }))),
        ),
        (
            "devices.add_root",
            devices(Devices::AddRoot { device: vec![0x30, 0], manifest: vec![0x30, 1], development: true }),
        ),
        ("devices.remove_root", devices(Devices::RemoveRoot(digest))),
        ("devices.set_policy", devices(Devices::SetPolicy(device_policy()))),
        ("devices.remove_policy", devices(Devices::RemovePolicy)),
        ("devices.cancel", devices(Devices::Cancel(AcceptedDevices::Root(digest)))),
        (
            "devices.set_denied",
            devices(Devices::SetDenied { device: DeviceId { root: digest, serial: [9; 20] }, denied: true }),
        ),
        ("devices.end_verdicts", devices(Devices::EndVerdicts(digest))),
        ("messages.send", Call::Messages(Messages::Send { contract, payload: vec![1, 2, 3] })),
        ("messages.finish", Call::Messages(Messages::Finish { contract, over: 5 })),
        ("messages.withdraw", Call::Messages(Messages::Withdraw { contract, number: 4 })),
        ("system.remark", Call::System(System::Remark(vec![1, 2]))),
        ("preimage.note_preimage", Call::Preimage(Preimage::NotePreimage(vec![1, 2, 3]))),
        ("preimage.unnote_preimage", Call::Preimage(Preimage::UnnotePreimage([0xee; 32]))),
        ("treasury.spend", Call::Treasury(Treasury::Spend { amount: 7, beneficiary: account, valid_from: None })),
        ("treasury.payout", Call::Treasury(Treasury::Payout(3))),
        (
            "governance.set_periods",
            Call::Governance(Governance::SetPeriods {
                track: 1,
                periods: Some(Periods { prepare: 2, decision: 120, confirm: 4, enactment: 3 }),
            }),
        ),
        ("governance.set_lock", Call::Governance(Governance::SetLock(20))),
    ]
    .into_iter()
    .chain(every_call_of_referenda(account))
    .collect()
}

/// A proposal on each track, in each form; votes in each form.
fn every_call_of_referenda(account: AccountId) -> Vec<(&'static str, Call)> {
    let submit = |track, proposal, enactment| {
        ("referenda.submit", Call::Referenda(Referenda::Submit { track, proposal, enactment }))
    };
    let inline = Proposal::of(&Call::Attestation(Attestation::SetFrozen(true)).encoded()).unwrap();
    let named = Proposal::Lookup { hash: [0xee; 32], length: 300 };
    let votes = [
        AccountVote::Standard { vote: Vote::new(true, 1).unwrap(), balance: 1_000 },
        AccountVote::Standard { vote: Vote::new(false, 6).unwrap(), balance: 1_000 },
        AccountVote::Split { aye: 1, nay: 2 },
        AccountVote::SplitAbstain { aye: 1, nay: 2, abstain: 3 },
    ];
    let mut calls: Vec<_> =
        Track::ALL.into_iter().map(|track| submit(track, inline.clone(), Enactment::After(0))).collect();
    calls.push(submit(Track::TeePolicy, named, Enactment::At(9)));
    calls.extend([
        ("referenda.place_decision_deposit", Call::Referenda(Referenda::PlaceDecisionDeposit(4))),
        ("referenda.refund_decision_deposit", Call::Referenda(Referenda::RefundDecisionDeposit(4))),
        ("referenda.refund_submission_deposit", Call::Referenda(Referenda::RefundSubmissionDeposit(4))),
    ]);
    let vote = |vote| Call::ConvictionVoting(ConvictionVoting::Vote { referendum: 300, vote });
    calls.extend(votes.map(|voted| ("convictionvoting.vote", vote(voted))));
    let (unlock, removed) = (
        ConvictionVoting::Unlock { track: 1, account: Address::Id(account) },
        ConvictionVoting::RemoveVote { track: Some(1), referendum: 4 },
    );
    calls.extend([
        ("convictionvoting.unlock", Call::ConvictionVoting(unlock)),
        ("convictionvoting.remove_vote", Call::ConvictionVoting(removed)),
    ]);
    calls
}

/// A policy for devices that accepts nothing: no versions, four switches, and what is asked of revocation.
fn device_policy() -> DevicePolicy {
    DevicePolicy(vec![0; 3 + 4 + 7])
}

#[test]
fn a_call_is_read_as_it_is_written() {
    for (name, call) in every_call() {
        assert_eq!(Call::read(&call.encoded()), Some(call), "{name}");
    }
}

#[test]
fn bytes_that_are_no_call_are_not_read_as_one() {
    let frozen = Call::Attestation(Attestation::SetFrozen(true)).encoded();
    assert_eq!(Call::read(&[&frozen[..], &[0]].concat()), None, "a byte behind it");
    assert_eq!(Call::read(&frozen[..2]), None);
    assert_eq!(Call::read(&[10, 8, 2]), None, "no boolean");
    assert_eq!(Call::read(&[0, 2, 0]), None, "a call that this version does not know");
    // The amount in four bytes where two are enough.
    assert_eq!(Call::read(&[&[5, 3, 0][..], &[9; 32], &[0b11, 1, 0, 0, 0]].concat()), None);
    let nested = (0..20).fold(Call::all(vec![]), |call, _| Call::all(vec![call]));
    assert_eq!(Call::read(&nested.encoded()), None, "too deep");
}

fn track_json(track: Track) -> serde_json::Value {
    let info = track.info();
    let Periods { prepare, decision, confirm, enactment } = info.periods;
    json!({
        "track": track.number(),
        "name": info.name,
        "deciding": info.deciding,
        "deposit": info.deposit.to_string(),
        "periods": [prepare, decision, confirm, enactment],
        "approval": [info.approval.0, info.approval.1],
        "support": [info.support.0, info.support.1],
    })
}

/// The vectors that a test of the runtime decodes and encodes again; `ADYTON_WRITE_VECTORS=1` writes them.
#[test]
fn the_published_call_vectors_are_what_this_code_makes() {
    let calls: Vec<_> = every_call()
        .iter()
        .map(|(name, call)| json!({ "call": name, "encoding": hex::encode(call.encoded()) }))
        .collect();
    let errors: Vec<_> = ERRORS
        .iter()
        .map(|(index, name, errors)| {
            let names: Vec<_> = errors.iter().map(|(name, _)| name).collect();
            json!({ "pallet": name, "index": index, "errors": names })
        })
        .collect();
    let terms = terms(Era::mortal(born(42), 64));
    let each_track: Vec<_> = Track::ALL.into_iter().map(track_json).collect();
    let built = json!({
        "specification": { "name": SPECIFICATION_NAME, "version": SPECIFICATION_VERSION, "transaction": TRANSACTION_VERSION },
        "calls": calls,
        "errors": errors,
        "tracks": each_track,
        "decisions": {
            "submission_deposit": tracks::SUBMISSION_DEPOSIT.to_string(),
            "undecided_timeout": tracks::UNDECIDED_TIMEOUT,
            "vote_lock": tracks::VOTE_LOCK,
            "slot_ms": tracks::SLOT_MS,
            "spenders": [tracks::SMALL_SPEND.to_string(), tracks::BIG_SPEND.to_string()],
            "preimage_deposit": [tracks::PREIMAGE_DEPOSIT.0.to_string(), tracks::PREIMAGE_DEPOSIT.1.to_string()],
            "enactment_key_of_7": hex::encode(governance::enactment_of(7)),
        },
        "extrinsic": {
            "secret": hex::encode([5; 32]),
            "genesis_hash": hex::encode(terms.genesis_hash.0),
            "nonce": terms.nonce,
            "era": { "block": 42, "hash": hex::encode([2; 32]), "period": 64 },
            "tip": "0",
            "call": hex::encode(transfer().encoded()),
            "payload": hex::encode(signed_payload(&transfer().encoded(), &terms)),
            "extrinsic": hex::encode(signed(&transfer().encoded(), &terms, &signer())),
        },
    });
    let path = format!("{}/../specs/vectors/calls.json", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(&built).unwrap() + "\n";
    if std::env::var_os("ADYTON_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert_eq!(published, text, "specs/vectors/calls.json differs from what the code makes");
}
