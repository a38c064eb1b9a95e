//! Every call, for the vectors that a test of the runtime reads.

use adyton_protocol::{
    beacon::RoundSignature,
    cpu::CpuModel,
    device::{Architecture, DeviceId},
    ids::*,
    policy::{ContractPolicy, DeviceDemand, Measurements, Operators, Upgrade},
    record::{Anchor, EvidenceKind, MachineClass, MachineId, Opening, Party, StateHead},
    rewards::Parameters,
    statement::{AttestedStatement, Role},
};
use codec::Encode;

use super::{super::calls::*, born, transfer};
use crate::{
    economy::{Holder, PoolParameters, SessionKeys, Settings, Target},
    governance::{AccountVote, Enactment, Periods, Proposal, Share, Track, Vote},
    multisig::Timepoint,
};

/// A policy for AWS's documents, which is the shortest: the oldest that is accepted and the clocks' difference in
/// seconds, then two switches.
fn nitro_policy() -> PlatformPolicy {
    PlatformPolicy { kind: EvidenceKind::AwsNitro, policy: (10_803u64, 60u64, false, false).encode() }
}

/// Every call once, with repeated bytes.
pub(super) fn every_call() -> Vec<(&'static str, Call)> {
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
            "multisig.as_multi",
            Call::Multisig(Multisig::AsMulti {
                threshold: 2,
                others: vec![account],
                begun: Some(Timepoint { height: 7, index: 2 }),
                call: Box::new(transfer()),
                max_weight: Weight { ref_time: 5, proof_size: 6 },
            }),
        ),
        (
            "multisig.cancel_as_multi",
            Call::Multisig(Multisig::CancelAsMulti {
                threshold: 2,
                others: vec![account],
                begun: Timepoint { height: 7, index: 2 },
                call_hash: [4; 32],
            }),
        ),
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
        ("contracts.resume", contracts(Contracts::Resume(contract))),
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
        ("system.authorize_upgrade", Call::System(System::AuthorizeUpgrade([0xee; 32]))),
        ("system.apply_authorized_upgrade", Call::System(System::ApplyAuthorizedUpgrade(vec![1, 2, 3]))),
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
    .chain(every_call_of_the_beacon())
    .chain(every_call_of_rewards(worker))
    .chain(every_call_of_usage(contract, worker, account))
    .chain(every_call_of_pools(worker, account))
    .chain(every_call_of_slashing(worker))
    .chain(every_call_of_validators())
    .chain(every_call_of_disputes())
    .collect()
}

fn every_call_of_pools(worker: WorkerId, account: AccountId) -> Vec<(&'static str, Call)> {
    let new = |vault, cap| {
        let (commission, maximum) = (Share(50_000_000), Share(100_000_000));
        Pools::Create(Box::new(NewPool { vault, commission, maximum, cap, restricted: true, description: vec![1, 2] }))
    };
    let rules = PoolParameters { minimum: 1, deposit: 2, unbonding: 3, cooling: 4, notice: 5, patience: 6 };
    let targets = vec![Target { pool: 3, weight: 60 }, Target { pool: 5, weight: 0 }];
    let calls = [
        ("pools.create", new(false, Some(7))),
        ("pools.create", new(true, None)),
        ("pools.close", Pools::Close(3)),
        ("pools.set_commission", Pools::SetCommission { pool: 3, commission: Share(60_000_000) }),
        ("pools.set_cap", Pools::SetCap { pool: 3, cap: Some(8) }),
        ("pools.set_description", Pools::SetDescription { pool: 3, description: vec![1, 2, 3] }),
        ("pools.set_restricted", Pools::SetRestricted { pool: 3, restricted: true }),
        ("pools.set_allowed", Pools::SetAllowed { pool: 3, account, allowed: true }),
        ("pools.join", Pools::Join { pool: 3, amount: 9 }),
        ("pools.leave", Pools::Leave { pool: 3, amount: Some(9) }),
        ("pools.leave", Pools::Leave { pool: 3, amount: None }),
        ("pools.claim", Pools::Claim(3)),
        ("pools.compound", Pools::Compound(3)),
        ("pools.set_compounding", Pools::SetCompounding { pool: 3, compounding: true }),
        ("pools.compound_for", Pools::CompoundFor { pool: 3, account }),
        ("pools.settle", Pools::Settle { pool: 3, holder: Holder::Account(account) }),
        ("pools.settle", Pools::Settle { pool: 3, holder: Holder::Vault(4) }),
        ("pools.serve", Pools::Serve(3)),
        ("pools.assign", Pools::Assign { pool: 3, worker, amount: 9 }),
        ("pools.unassign", Pools::Unassign(worker)),
        ("pools.split", Pools::Split { vault: 4, targets }),
        ("pools.spread", Pools::Spread(4)),
        ("pools.set_parameters", Pools::SetParameters(rules)),
    ];
    calls.map(|(name, call)| (name, Call::Pools(call))).to_vec()
}

fn every_call_of_slashing(worker: WorkerId) -> Vec<(&'static str, Call)> {
    let reveal = Slashing::RevealExtraction { key: SigningKey([4; 32]), signature: [5; 64], salt: [6; 32] };
    let calls = [
        ("slashing.report_absence", Slashing::ReportAbsence(worker)),
        ("slashing.report_expired", Slashing::ReportExpired(vec![1, 2])),
        ("slashing.note_revoked", Slashing::NoteRevoked(worker)),
        ("slashing.report_revoked", Slashing::ReportRevoked(vec![1, 2])),
        ("slashing.report_two_histories", Slashing::ReportTwoHistories { one: vec![1], other: vec![2, 3] }),
        ("slashing.report_rollback", Slashing::ReportRollback(vec![1, 2])),
        ("slashing.commit_extraction", Slashing::CommitExtraction([7; 32])),
        ("slashing.withdraw_commitment", Slashing::WithdrawCommitment),
        ("slashing.reveal_extraction", reveal),
        ("slashing.apply", Slashing::Apply(7)),
        ("slashing.cancel", Slashing::Cancel(7)),
        ("slashing.set_parameters", Slashing::SetParameters(Box::default())),
    ];
    calls.map(|(name, call)| (name, Call::Slashing(call))).to_vec()
}

fn every_call_of_validators() -> Vec<(&'static str, Call)> {
    let settings = Settings { session: 1, validators: 2, unbonding: 3, minimum: 4, appeal: 5 };
    let keys = SessionKeys { aura: [3; 32], grandpa: [4; 32] };
    let calls = [
        ("validators.bond", Validators::Bond(7)),
        ("validators.unbond", Validators::Unbond(7)),
        ("validators.withdraw", Validators::Withdraw),
        ("validators.validate", Validators::Validate),
        ("validators.chill", Validators::Chill),
        ("validators.cancel_slash", Validators::CancelSlash(7)),
        ("validators.set_parameters", Validators::SetParameters(settings)),
    ];
    let mut calls = calls.map(|(name, call)| (name, Call::Validators(call))).to_vec();
    calls.extend([
        ("session.set_keys", Call::Session(Session::SetKeys { keys, proof: vec![1, 2, 3] })),
        ("session.purge_keys", Call::Session(Session::PurgeKeys)),
    ]);
    calls
}

fn every_call_of_rewards(worker: WorkerId) -> Vec<(&'static str, Call)> {
    let parameters = Parameters {
        budget: 1,
        decay: 2,
        decay_blocks: 3,
        treasury: 4,
        tiers: [5, 6, 7, 8, 9, 10, 11, 12],
        stake_cap: 13,
        least_stake: 14,
        rounds_per_challenge: 15,
        answers_per_round: 16,
        answer_blocks: 17,
        rounds_per_measurement: 18,
        measure_blocks: 19,
        measure_distance: 20,
        missed_measurements: 21,
        capacity_scale: 22,
    };
    let calls = [
        ("rewards.set_parameters", Rewards::SetParameters(Box::new(parameters))),
        ("rewards.set_capacity_cap", Rewards::SetCapacityCap { kind: EvidenceKind::AmdSnp, cap: 7 }),
        ("rewards.start", Rewards::Start(worker)),
        ("rewards.stop", Rewards::Stop(worker)),
        ("rewards.refresh", Rewards::Refresh(worker)),
        ("rewards.answer", Rewards::Answer { round: 3 }),
        ("rewards.report_absence", Rewards::ReportAbsence { worker, round: 3 }),
        ("rewards.measure", Rewards::Measure(worker)),
        ("rewards.measured", Rewards::Measured { round: 3, units: 1_000 }),
        ("rewards.set_model_cap", Rewards::SetModelCap { model: CpuModel::IntelFmspc([9; 6]), cap: Some(7) }),
    ];
    calls.map(|(name, call)| (name, Call::Rewards(call))).to_vec()
}

fn every_call_of_usage(contract: ContractId, worker: WorkerId, account: AccountId) -> Vec<(&'static str, Call)> {
    use adyton_protocol::{
        call::AccountScheme,
        usage::{CallerCap, Claim, Metered, Parameters, Royalty, Terms},
        voucher::{SignedVoucher, Voucher},
    };

    let terms = Terms {
        price: 7,
        units: 8,
        royalty: Some(Royalty { to: account, share: 9 }),
        caller: Some(CallerCap { units: 10, period: 11 }),
    };
    let metered = Metered { fuel: 1, memory: 2, egress: 3, storage: 4, tokens: 5 };
    let claim = Claim { contract, lease: 6, after: 7, calls: 8, metered, last: true };
    let voucher = Voucher { contract, caller: Some(account), amount: 1, expiry: 2, number: 3 };
    let scheme = AccountScheme::Sr25519;
    let calls = [
        ("usage.fund", Usage::Fund { contract, amount: 5 }),
        ("usage.take_back", Usage::TakeBack { contract, amount: 6 }),
        ("usage.set_terms", Usage::SetTerms { contract, terms: Some(terms) }),
        ("usage.set_ask", Usage::SetAsk { worker, price: 7 }),
        ("usage.claim", Usage::Claim { anchors: 3, claims: vec![claim] }),
        ("usage.set_parameters", Usage::SetParameters(Parameters::default())),
        ("usage.fill_purse", Usage::FillPurse(5)),
        ("usage.empty_purse", Usage::EmptyPurse(6)),
        ("usage.revoke", Usage::Revoke(7)),
        ("usage.redeem", Usage::Redeem(SignedVoucher { voucher, funder: account, scheme, signature: [8; 64] })),
    ];
    calls.map(|(name, call)| (name, Call::Usage(call))).to_vec()
}

fn every_call_of_the_beacon() -> Vec<(&'static str, Call)> {
    let calls = [
        ("beacon.publish_key", Beacon::PublishKey(vec![1, 2, 3].try_into().unwrap())),
        ("beacon.submit", Beacon::Submit { number: 7, signature: RoundSignature([0x33; 48]) }),
        ("beacon.set_round_length", Beacon::SetRoundLength(600)),
        ("beacon.remove_key", Beacon::RemoveKey),
    ];
    calls.map(|(name, call)| (name, Call::Beacon(call))).to_vec()
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

fn every_call_of_disputes() -> Vec<(&'static str, Call)> {
    use adyton_protocol::dispute::{Answer, Parameters};

    let parameters = Parameters {
        window: 1,
        jurors: 2,
        wait: 3,
        commit: 4,
        reveal: 5,
        bond: 6,
        fee: 7,
        wrong_result: 8,
        withheld: 9,
        wrong_verdict: 10,
    };
    let outcome = Answer::Outcome(Digest([0xdd; 32]));
    let calls = [
        ("disputes.dispute", Disputes::Dispute { receipt: vec![1, 2], manifest: vec![3], source: vec![4, 5, 6] }),
        ("disputes.commit", Disputes::Commit { dispute: 7, draw: 2, commitment: Digest([0xdd; 32]) }),
        ("disputes.reveal", Disputes::Reveal { dispute: 7, draw: 2, answer: outcome, salt: [8; 32] }),
        ("disputes.reveal", Disputes::Reveal { dispute: 7, draw: 2, answer: Answer::Unavailable, salt: [8; 32] }),
        ("disputes.share", Disputes::Share(7)),
        ("disputes.set_parameters", Disputes::SetParameters(parameters)),
    ];
    calls.map(|(name, call)| (name, Call::Disputes(call))).to_vec()
}
