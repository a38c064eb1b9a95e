//! The runtime as a whole: extrinsics as they travel, from registration to a reported call, and what is frozen.

use adyton_attestation::IntelPolicy;
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, FMSPC, Role as DeviceRole};
use adyton_pallet_attestation::KindPolicy;
use adyton_pallet_traits::{CollateralRef, Leases as _, Workers as _};
use adyton_protocol::{
    call::report_digest,
    configuration,
    contract_call::Callees,
    cpu::CpuModel,
    device::DeviceId,
    ids::{
        AccountId as ProtocolAccount, BlockHash, BlockRef, CodeHash, ContractId, Digest, EncryptionKey, NetworkId,
        RequestId, SigningKey, WorkerId,
    },
    manifest::{Callers, Capability, Durability, Limits, Manifest},
    message::Queue,
    policy::ContractPolicy,
    receipt::{Caller, Label, ReceiptFields, Report, SignedReceipt},
    record::{Anchor, CommitteeRecord, EvidenceKind, Opening, Party, ReleaseRecord, StateHead},
    statement::{AttestedStatement, Role},
    storage,
};
use alloc::vec;
use codec::{Decode, Encode};
use frame_support::{
    BoundedVec,
    traits::{Hooks, fungible::Inspect},
    weights::Weight,
};
use polkadot_sdk::*;
use serde_json::json;
use sp_core::{Pair, ed25519};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    ApplyExtrinsicResult, Digest as HeaderDigest, DigestItem,
    generic::Era,
    traits::Header as _,
    transaction_validity::{InvalidTransaction, TransactionValidityError},
};

use crate::{
    AccountId, Balances, Block, Contracts, Executive, Header, PHA, Runtime, RuntimeCall, RuntimeGenesisConfig,
    Signature, System, TxExtension, UncheckedExtrinsic, Workers, extensions::PayUnlessFeeless, genesis,
};

mod beacon;
mod contracts;
mod devices;
mod disputes;
mod economy;
mod gas;
mod governance;
mod rewards;
mod slashing;
mod upgrade;
mod validators;
mod vectors;

const NOW: u64 = 1_800_000_000;
const NETWORK: NetworkId = NetworkId([7; 32]);
const PROFILE: Digest = Digest([6; 32]);
const CODE: CodeHash = CodeHash([3; 32]);

fn development() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([1; 32])
}

fn device(name: &str) -> DeviceRole {
    DeviceRole::new(name).expect("a short name")
}

fn root() -> Digest {
    Digest(development().root().id().0)
}

fn hexed(bytes: &[u8]) -> String {
    // Not HexDisplay, which shortens what is long.
    bytes.iter().fold(String::from("0x"), |text, byte| text + &format!("{byte:02x}"))
}

/// The local preset with the patch that whoever starts a network merges over it.
fn genesis_config() -> RuntimeGenesisConfig {
    let measured = |name: &str| Digest(development().measurement(&device(name)).id());
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("serializable");
    json_merge(&mut config, genesis::local());
    json_merge(
        &mut config,
        json!({ "attestation": {
            "network": NETWORK,
            "name": "test-local-development-insecure",
            "leaseBlocks": 40,
            "stalenessBlocks": 10,
            "capacity": 8,
            "policies": [{ "intel-tdx": IntelPolicy::strict(EVALUATION_NUMBER) }],
            "roots": [{ "kind": "intel-tdx", "certificates": [hexed(&development().root_certificate())], "development": true }],
            "measurements": [
                { "measurement": measured("worker"), "role": "worker", "profile": PROFILE, "release": "test" },
                { "measurement": measured("keyholder"), "role": "keyholder", "profile": PROFILE, "release": "test" },
            ],
            "collateral": [{
                "kind": "intel-tdx",
                "root": root(),
                "collateral": hexed(&development().collateral(NOW - 100).encode()),
                "at": NOW,
            }],
        }}),
    );
    serde_json::from_value(config).expect("the genesis reads")
}

fn json_merge(target: &mut serde_json::Value, patch: serde_json::Value) {
    match (target, patch) {
        (serde_json::Value::Object(target), serde_json::Value::Object(patch)) => {
            for (key, value) in patch {
                json_merge(target.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}

/// Runs a test on a chain after the local genesis, in its second block.
fn run(test: impl FnOnce()) {
    use sp_runtime::BuildStorage as _;
    let mut chain: sp_io::TestExternalities = genesis_config().build_storage().expect("the genesis builds").into();
    chain.execute_with(|| {
        next_block();
        next_block();
        test();
        crate::Slots::do_try_state().expect("slots' invariants hold");
        crate::Attestation::do_try_state().expect("attestation's invariants hold");
        Workers::do_try_state().expect("workers' invariants hold");
        Contracts::do_try_state().expect("contracts' invariants hold");
        crate::Keys::do_try_state().expect("keys' invariants hold");
        crate::Beacon::do_try_state().expect("the beacon's invariants hold");
        crate::Devices::do_try_state().expect("devices' invariants hold");
        crate::Rewards::do_try_state().expect("the rewards' invariants hold");
        crate::Slashing::do_try_state().expect("slashing's invariants hold");
        crate::Usage::do_try_state().expect("the invariants of gas hold");
        crate::Disputes::do_try_state().expect("the invariants of disputes hold");
        crate::Validators::do_try_state().expect("validators' invariants hold");
        crate::Governance::do_try_state().expect("governance's invariants hold");
    });
}

/// Begins the next block, half a second later.
fn next_block() {
    let number = System::block_number() + 1;
    if number > 1 {
        let parent = Executive::finalize_block();
        frame_system::BlockHash::<Runtime>::insert(parent.number(), parent.hash());
    }
    let time = NOW * 1000 + u64::from(number) * 500;
    let slot = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, (time / 500).encode());
    let parent = frame_system::BlockHash::<Runtime>::get(number - 1);
    let header = Header::new(number, Default::default(), Default::default(), parent, HeaderDigest { logs: vec![slot] });
    Executive::initialize_block(&header);
    let set = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: time });
    Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(set)).expect("is valid").expect("sets the time");
}

fn extension(nonce: u32) -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        PayUnlessFeeless::from(pallet_transaction_payment::ChargeTransactionPayment::from(0)),
    )
}

/// Signs `call` with the account's next nonce, and applies it.
fn send(account: AccountId, sign: impl FnOnce(&[u8]) -> Signature, call: RuntimeCall) -> ApplyExtrinsicResult {
    let extension = extension(System::account_nonce(&account));
    let payload =
        sp_runtime::generic::SignedPayload::new(call.clone(), extension.clone()).expect("the implicit data is there");
    let signature = payload.using_encoded(sign);
    let extrinsic = UncheckedExtrinsic::new_signed(call, account.into(), signature, extension);
    // As it travels.
    let extrinsic = UncheckedExtrinsic::decode(&mut &extrinsic.encode()[..]).expect("reads back");
    Executive::apply_extrinsic(extrinsic)
}

fn by_account(account: Sr25519Keyring, call: RuntimeCall) -> ApplyExtrinsicResult {
    send(account.to_account_id(), |message| account.pair().sign(message).into(), call)
}

/// A measured program with the key of its boot.
struct Program {
    key: ed25519::Pair,
    statement: AttestedStatement,
}

impl Program {
    fn new(role: Role, seed: u8) -> Self {
        let key = ed25519::Pair::from_seed(&[seed; 32]);
        let operator = ProtocolAccount(*AsRef::<[u8; 32]>::as_ref(&Sr25519Keyring::Bob.to_account_id()));
        let recent = System::block_number() - 1;
        let statement = AttestedStatement {
            network: NETWORK,
            worker: WorkerId::derive(&NETWORK, &operator, role.name()),
            operator,
            role,
            signing_key: SigningKey(key.public().0),
            encryption_key: EncryptionKey([seed; 32]),
            config: configuration::digest(&NETWORK, &BlockHash(System::block_hash(0).0), &PROFILE),
            recent: BlockRef { number: recent, hash: BlockHash(System::block_hash(recent).0) },
        };
        Self { key, statement }
    }

    fn register(role: Role, seed: u8) -> Self {
        let program = Self::new(role, seed);
        program.send_registration().expect("is valid").expect("is registered");
        program
    }

    fn send_registration(&self) -> ApplyExtrinsicResult {
        self.send_registration_by(Sr25519Keyring::Bob)
    }

    fn send_registration_by(&self, operator: Sr25519Keyring) -> ApplyExtrinsicResult {
        let role = self.statement.role;
        let evidence = development().device(device(role.name())).quote(self.statement.report_data());
        let signature = self.key.sign(&self.statement.registration_message(&evidence)).0;
        let call = adyton_pallet_workers::Call::register {
            statement: self.statement.clone(),
            name: bounded(role.name().as_bytes()),
            collateral: CollateralRef { kind: EvidenceKind::IntelTdx, root: root(), family: FMSPC },
            evidence: bounded(&evidence),
            signature,
            endpoint: bounded(b"http://127.0.0.1:1"),
            opt_in: true,
        };
        by_account(operator, RuntimeCall::Workers(call))
    }

    fn account(&self) -> AccountId {
        AccountId::new(self.key.public().0)
    }

    fn send(&self, call: impl Into<RuntimeCall>) -> ApplyExtrinsicResult {
        send(self.account(), |message| self.key.sign(message).into(), call.into())
    }

    fn succeed(&self, call: impl Into<RuntimeCall>) {
        self.send(call).expect("is valid without money").expect("succeeds");
    }
}

fn bounded<S: sp_core::Get<u32>>(bytes: &[u8]) -> BoundedVec<u8, S> {
    BoundedVec::truncate_from(bytes.to_vec())
}

fn deploy() -> ContractId {
    deploy_under(ContractPolicy::open(5))
}

fn plain_manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "test".into(),
        grants: vec![Capability::Kv, Capability::Chain],
        limits: Limits::default(),
        egress: vec![],
        extra_roots: vec![],
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
    }
}

fn deploy_under(policy: ContractPolicy) -> ContractId {
    let upload = adyton_pallet_contracts::Call::upload_code { code: CODE, size: 1000 };
    by_account(Sr25519Keyring::Alice, RuntimeCall::Contracts(upload)).expect("is valid").expect("is announced");
    let deploy = adyton_pallet_contracts::Call::deploy {
        code: CODE,
        manifest: bounded(&plain_manifest().encode()),
        policy,
        salt: [0; 32],
    };
    by_account(Sr25519Keyring::Alice, RuntimeCall::Contracts(deploy)).expect("is valid").expect("is deployed");
    let owner = ProtocolAccount(*AsRef::<[u8; 32]>::as_ref(&Sr25519Keyring::Alice.to_account_id()));
    ContractId::derive(&NETWORK, &owner, &[0; 32])
}

fn head(sequence: u64) -> StateHead {
    StateHead { sequence, hash: Digest([sequence as u8; 32]) }
}

fn receipt(worker: &Program, contract: ContractId, call: &[u8]) -> SignedReceipt {
    let fields = ReceiptFields {
        network: NETWORK,
        contract,
        code: CODE,
        version: 1,
        manifest: Digest([0; 32]),
        lease: 1,
        incarnation: 1,
        worker: worker.statement.signing_key,
        block: BlockRef { number: 1, hash: BlockHash([0; 32]) },
        request_id: RequestId([0; 16]),
        request: Digest([0; 32]),
        response: Digest([0; 32]),
        before: head(0),
        after: head(1),
        fuel: 1,
        cost_table: Digest([0; 32]),
        bytes_in: 1,
        bytes_out: 1,
        egress: vec![],
        caller: Caller::Anonymous,
        durability: Durability::Durable,
        report: Some(Report { number: 1, call: report_digest(&NETWORK, &contract, 1, call) }),
        earlier: None,
        schedule: None,
        transition: None,
        webhook: None,
        message: None,
    };
    SignedReceipt::sign(&fields, || [5; 16], |message| worker.key.sign(message).0)
}

#[test]
fn a_worker_goes_from_registration_to_a_reported_call_without_money() {
    use adyton_pallet_contracts::Call as ContractsCall;
    use adyton_pallet_keys::Call as KeysCall;

    run(|| {
        let keyholder = Program::register(Role::Keyholder, 50);
        let worker = Program::register(Role::Worker, 51);
        let contract = deploy();
        assert_eq!(Balances::total_balance(&worker.account()), 0);

        let committee = CommitteeRecord {
            epoch: adyton_pallet_keys::FIRST_EPOCH,
            threshold: 1,
            keyholders: BoundedVec::truncate_from(vec![keyholder.statement.worker]),
            group: bounded(&[1; 96]),
        };
        keyholder.succeed(KeysCall::publish_committee { committee });
        worker.succeed(adyton_pallet_workers::Call::heartbeat { nonce: [9; 32] });
        worker.succeed(ContractsCall::claim_lease { contract });
        worker.succeed(KeysCall::request_release { contract });
        let opening = Opening { contract, lease: 1, head: StateHead::genesis(&contract) };
        worker.succeed(ContractsCall::open { openings: BoundedVec::truncate_from(vec![opening]) });
        let anchor = Anchor { contract, lease: 1, incarnation: 1, head: head(1) };
        let anchors = BoundedVec::truncate_from(vec![anchor]);
        worker.succeed(ContractsCall::anchor { anchors, receipts: Digest([1; 32]) });

        let call = RuntimeCall::System(frame_system::Call::remark_with_event { remark: b"1.23".to_vec() }).encode();
        let opened =
            receipt(&worker, contract, &call).open(&[Label::Contract, Label::Lease, Label::Incarnation, Label::Report]);
        worker.succeed(ContractsCall::report { receipt: bounded(&opened.to_bytes()), call: bounded(&call) });
        let spoke = System::events().iter().any(|record| {
            let account = AccountId::new(contract.account(&NETWORK).0);
            matches!(&record.event, crate::RuntimeEvent::System(frame_system::Event::Remarked { sender, .. }) if *sender == account)
        });
        assert!(spoke, "the contract's own account made the remark");
        assert_eq!(Contracts::living_lease(&contract).map(|lease| lease.holder), Some(worker.statement.worker));
        assert_eq!(Balances::total_balance(&worker.account()), 0);
        assert_eq!(System::account_nonce(worker.account()), 6);
    });
}

#[test]
fn a_feeless_call_whose_condition_does_not_hold_is_dropped_for_want_of_money() {
    run(|| {
        let worker = Program::register(Role::Worker, 51);
        let heartbeat = || adyton_pallet_workers::Call::heartbeat { nonce: [9; 32] };
        worker.succeed(heartbeat());
        let dropped = Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));
        assert_eq!(worker.send(heartbeat()), dropped);
        let unknown = adyton_pallet_contracts::Call::claim_lease { contract: ContractId([1; 32]) };
        assert_eq!(worker.send(unknown), dropped);
    });
}

#[test]
fn a_stranger_without_money_has_no_transactions() {
    run(|| {
        let stranger = Program::new(Role::Worker, 99);
        let sent = stranger.send(adyton_pallet_workers::Call::heartbeat { nonce: [9; 32] });
        assert!(matches!(sent, Err(TransactionValidityError::Invalid(_))), "{sent:?}");
    });
}

#[test]
fn a_restarted_worker_keeps_its_lease_under_its_new_key() {
    run(|| {
        let worker = Program::register(Role::Worker, 51);
        let contract = deploy();
        worker.succeed(adyton_pallet_contracts::Call::claim_lease { contract });
        next_block();
        let restarted = Program::register(Role::Worker, 52);
        assert_eq!(
            Contracts::living_lease(&contract).map(|lease| (lease.number, lease.holder)),
            Some((1, restarted.statement.worker))
        );
        assert!(worker.send(adyton_pallet_workers::Call::heartbeat { nonce: [1; 32] }).is_err());
        restarted.succeed(adyton_pallet_workers::Call::heartbeat { nonce: [1; 32] });
        assert_eq!(Workers::worker(&restarted.statement.worker).map(|record| record.boot), Some(2));
    });
}

#[test]
fn a_registration_is_paid_for_by_its_operator() {
    run(|| {
        let before = Balances::balance(&Sr25519Keyring::Bob.to_account_id());
        Program::register(Role::Worker, 51);
        let spent = before - Balances::balance(&Sr25519Keyring::Bob.to_account_id());
        assert!(spent > 100 * PHA && spent < 101 * PHA, "a deposit of 100 PHA and a fee, not {spent}");
    });
}

#[test]
fn the_extension_looks_like_plain_payment_from_outside() {
    use sp_runtime::traits::TransactionExtension as _;

    let names: Vec<_> = TxExtension::metadata().into_iter().map(|extension| extension.identifier).collect();
    assert_eq!(
        names,
        [
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "ChargeTransactionPayment"
        ]
    );
    // Immortal era, compact nonce, compact tip.
    assert_eq!(extension(1).encode(), [0, 4, 0]);
}

#[test]
fn the_storage_keys_of_the_sdks_pallets_are_those_that_measured_programs_read() {
    let account = Sr25519Keyring::Alice.to_account_id();
    let protocol_account = ProtocolAccount(*AsRef::<[u8; 32]>::as_ref(&account));
    assert_eq!(frame_system::Account::<Runtime>::hashed_key_for(&account), storage::account(&protocol_account));
    assert_eq!(frame_support::storage::storage_prefix(b"System", b"Events").to_vec(), storage::events());
    assert_eq!(pallet_timestamp::Now::<Runtime>::hashed_key().to_vec(), storage::timestamp());
    assert_eq!(pallet_grandpa::Authorities::<Runtime>::hashed_key().to_vec(), storage::grandpa_authorities());
    assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::hashed_key().to_vec(), storage::grandpa_set_id());
}

#[test]
fn the_storage_keys_of_our_pallets_are_those_that_measured_programs_read() {
    let (digest, worker, contract) = (Digest([1; 32]), WorkerId([2; 32]), ContractId([3; 32]));
    assert_eq!(adyton_pallet_attestation::Network::<Runtime>::hashed_key().to_vec(), storage::network());
    let kind = EvidenceKind::IntelSgx;
    assert_eq!(
        adyton_pallet_attestation::Roots::<Runtime>::hashed_key_for((kind, digest)),
        storage::roots(kind, &digest)
    );
    assert_eq!(
        adyton_pallet_attestation::RootKeys::<Runtime>::hashed_key_for((kind, digest)),
        storage::root_keys(kind, &digest)
    );
    assert_eq!(adyton_pallet_attestation::Policies::<Runtime>::hashed_key_for(kind), storage::policies(kind));
    let reference = CollateralRef { kind, root: digest, family: [4; 6] };
    let collateral = adyton_pallet_attestation::Collateral::<Runtime>::hashed_key_for((
        reference,
        adyton_attestation::AuthorityId([5; 32]),
    ));
    assert_eq!(collateral, storage::collateral(&reference, &[5; 32]));
    assert!(collateral.starts_with(&storage::collateral_prefix()) && collateral.len() == 32 + 16 + 71);
    assert_eq!(
        adyton_pallet_attestation::RevocationLists::<Runtime>::hashed_key_for(digest),
        storage::revocation_lists(&digest)
    );
    assert_eq!(adyton_pallet_workers::Workers::<Runtime>::hashed_key_for(worker), storage::workers(&worker));
    assert_eq!(adyton_pallet_contracts::Contracts::<Runtime>::hashed_key_for(contract), storage::contracts(&contract));
    assert_eq!(adyton_pallet_contracts::Retired::<Runtime>::hashed_key_for(contract), storage::retired(&contract));
    assert_eq!(adyton_pallet_contracts::Vacant::<Runtime>::hashed_key_for(contract), storage::vacant(&contract));
    assert_eq!(
        adyton_pallet_contracts::Held::<Runtime>::hashed_key_for(worker, contract),
        storage::held(&worker, &contract)
    );
    assert_eq!(adyton_pallet_keys::Committee::<Runtime>::hashed_key().to_vec(), storage::committee());
    assert_eq!(adyton_pallet_beacon::Key::<Runtime>::hashed_key().to_vec(), storage::beacon_key());
    assert_eq!(adyton_pallet_beacon::Schedule::<Runtime>::hashed_key().to_vec(), storage::beacon_schedule());
    assert_eq!(adyton_pallet_beacon::Latest::<Runtime>::hashed_key().to_vec(), storage::beacon_latest());
    assert_eq!(adyton_pallet_beacon::Rounds::<Runtime>::hashed_key_for(7), storage::beacon_rounds(512 + 7));
    assert_eq!(adyton_pallet_rewards::Latest::<Runtime>::hashed_key().to_vec(), storage::latest_round());
    assert_eq!(adyton_pallet_rewards::Rounds::<Runtime>::hashed_key_for(7), storage::round(512 + 7));
    assert_eq!(adyton_pallet_rewards::Machines::<Runtime>::hashed_key_for(digest), storage::machine(&digest));
    assert_eq!(adyton_pallet_rewards::Capacities::<Runtime>::hashed_key_for(worker), storage::capacity(&worker));
    assert_eq!(adyton_pallet_rewards::Sessions::<Runtime>::hashed_key_for(worker), storage::session(&worker));
    assert_eq!(adyton_pallet_rewards::CapacityCaps::<Runtime>::hashed_key_for(kind), storage::capacity_cap(kind));
    let model = CpuModel::IntelFmspc([4; 6]);
    assert_eq!(adyton_pallet_rewards::ModelCaps::<Runtime>::hashed_key_for(model), storage::model_cap(&model));
    assert_eq!(adyton_pallet_workers::CpuModels::<Runtime>::hashed_key_for(worker), storage::cpu_model(&worker));
    assert_eq!(adyton_pallet_messages::Queues::<Runtime>::hashed_key_for(contract), storage::message_queues(&contract));
    assert_eq!(
        adyton_pallet_messages::Waiting::<Runtime>::hashed_key_for((contract, 7)),
        storage::messages(&contract, 7)
    );
    assert_eq!(adyton_pallet_disputes::Open::<Runtime>::hashed_key().to_vec(), storage::open_disputes());
    assert_eq!(adyton_pallet_disputes::Disputes::<Runtime>::hashed_key_for(7), storage::disputes(7));
    assert_eq!(adyton_pallet_disputes::Manifests::<Runtime>::hashed_key_for(7), storage::dispute_manifests(7));
    assert_eq!(adyton_pallet_disputes::Ballots::<Runtime>::hashed_key_for((7, 2)), storage::ballots(7, 2));
    assert_eq!(adyton_pallet_usage::Settings::<Runtime>::hashed_key().to_vec(), storage::gas_parameters());
    assert_eq!(adyton_pallet_usage::Accounts::<Runtime>::hashed_key_for(contract), storage::gas_accounts(&contract));
    assert_eq!(adyton_pallet_usage::Asks::<Runtime>::hashed_key_for(worker), storage::gas_asks(&worker));
    assert_eq!(adyton_pallet_usage::Claimed::<Runtime>::hashed_key_for(worker), storage::gas_claimed(&worker));
    let device = DeviceId { root: digest, serial: [6; 20] };
    assert_eq!(adyton_pallet_devices::Roots::<Runtime>::hashed_key_for(digest), storage::device_roots(&digest));
    assert_eq!(
        adyton_pallet_devices::JudgedSince::<Runtime>::hashed_key_for(digest),
        storage::devices_judged_since(&digest)
    );
    assert_eq!(adyton_pallet_devices::Denied::<Runtime>::hashed_key_for(device), storage::denied_devices(&device));
    assert_eq!(adyton_pallet_devices::Shown::<Runtime>::hashed_key_for(worker), storage::devices(&worker));
    let manifest = Digest([7; 32]);
    assert_eq!(
        adyton_pallet_devices::Manifests::<Runtime>::hashed_key_for((digest, manifest)),
        storage::device_manifests(&digest, &manifest)
    );
    assert_eq!(
        adyton_pallet_devices::Signatures::<Runtime>::hashed_key_for(digest),
        storage::checked_signatures(&digest)
    );
}

#[test]
fn what_a_contract_and_its_code_hold_comes_back_when_they_go() {
    use adyton_pallet_contracts::Call;
    run(|| {
        let alice = Sr25519Keyring::Alice;
        let held = || System::account(alice.to_account_id()).data.reserved;
        let contract = deploy();
        let record = adyton_pallet_contracts::Contracts::<Runtime>::get(contract).expect("is deployed");
        assert!(record.deposit > PHA && record.deposit < 10 * PHA, "{}", record.deposit);
        assert!(held() > record.deposit);
        adyton_pallet_messages::Queues::<Runtime>::insert(contract, Queue { sent: 1, over: 1 });
        let asked = ReleaseRecord { lease: 1, boot: 1, epoch: 0, requested_at: 1, ordinal: 1 };
        adyton_pallet_keys::Releases::<Runtime>::insert(contract, WorkerId([1; 32]), asked);
        for call in [Call::retire { contract }, Call::remove_code { code: CODE }] {
            by_account(alice, RuntimeCall::Contracts(call)).expect("is valid").expect("succeeds");
        }
        let left = adyton_pallet_contracts::Retired::<Runtime>::get(contract).expect("something is left");
        assert_eq!(held(), left.deposit);
        assert!(!adyton_pallet_messages::Queues::<Runtime>::contains_key(contract));
        <crate::Keys as Hooks<_>>::on_idle(System::block_number(), Weight::MAX);
        assert_eq!(adyton_pallet_keys::Releases::<Runtime>::iter().count(), 0);
    });
}

#[test]
fn the_indices_of_our_pallets_and_calls_are_frozen() {
    use adyton_pallet_attestation::Call as A;
    use adyton_pallet_contracts::Call as C;
    use adyton_pallet_devices::Call as D;
    use adyton_pallet_keys::Call as K;
    use adyton_pallet_workers::Call as W;

    let begins = |call: RuntimeCall| [call.encode()[0], call.encode()[1]];
    let (contract, worker) = (ContractId([0; 32]), WorkerId([0; 32]));
    let kind = EvidenceKind::AmdSnp;
    assert_eq!(begins(A::submit_collateral { kind, root: root(), collateral: bounded(&[]) }.into()), [10, 0]);
    assert_eq!(begins(A::set_policy { policy: shipped(kind) }.into()), [10, 10]);
    assert_eq!(begins(A::remove_policy { kind }.into()), [10, 11]);
    assert_eq!(
        begins(A::set_allowed { party: Party::Operator(ProtocolAccount([1; 32])), allowed: true }.into()),
        [10, 15]
    );
    assert_eq!(begins(A::end_verdicts { kind, root: root() }.into()), [10, 16]);
    assert_eq!(begins(W::heartbeat { nonce: [0; 32] }.into()), [11, 1]);
    assert_eq!(begins(W::retire { worker }.into()), [11, 2]);
    assert_eq!(begins(W::set_opt_in { worker, opt_in: true }.into()), [11, 3]);
    assert_eq!(begins(W::set_endpoint { worker, endpoint: bounded(&[]) }.into()), [11, 4]);
    assert_eq!(begins(C::upload_code { code: CODE, size: 1 }.into()), [12, 0]);
    assert_eq!(begins(C::claim_lease { contract }.into()), [12, 2]);
    assert_eq!(begins(C::release_leases { contracts: Default::default() }.into()), [12, 3]);
    assert_eq!(begins(C::open { openings: Default::default() }.into()), [12, 4]);
    assert_eq!(begins(C::anchor { anchors: Default::default(), receipts: root() }.into()), [12, 5]);
    assert_eq!(begins(C::report { receipt: bounded(&[]), call: bounded(&[]) }.into()), [12, 6]);
    assert_eq!(begins(C::announce_upgrade { contract, code: CODE }.into()), [12, 7]);
    assert_eq!(begins(C::apply_upgrade { contract }.into()), [12, 8]);
    assert_eq!(begins(C::remove_code { code: CODE }.into()), [12, 9]);
    assert_eq!(begins(C::retire { contract }.into()), [12, 10]);
    assert_eq!(begins(K::request_release { contract }.into()), [13, 1]);
    let check = D::check_signature { key: [0; 96], message: bounded(&[]), signature: [0; 96] };
    assert_eq!(begins(check.into()), [14, 0]);
    assert_eq!(begins(submission(0).into()), [14, 1]);
    assert_eq!(begins(showing(0).into()), [14, 2]);
    let send = adyton_pallet_messages::Call::send { contract, payload: bounded(&[]) };
    assert_eq!(begins(send.into()), [15, 0]);
    assert_eq!(begins(adyton_pallet_messages::Call::finish { contract, over: 1 }.into()), [15, 1]);
    assert_eq!(begins(pallet_preimage::Call::note_preimage { bytes: vec![] }.into()), [20, 0]);
    assert_eq!(begins(pallet_referenda::Call::place_decision_deposit { index: 0 }.into()), [22, 1]);
    assert_eq!(begins(pallet_conviction_voting::Call::remove_vote { class: None, index: 0 }.into()), [23, 4]);
    assert_eq!(begins(adyton_pallet_governance::Call::set_lock { blocks: 1 }.into()), [24, 1]);
    assert_eq!(begins(adyton_pallet_messages::Call::withdraw { contract, number: 1 }.into()), [15, 2]);
}

fn submission(fresh: u8) -> adyton_pallet_devices::Call<Runtime> {
    let (manifest, responses) = (bounded(&[]), Default::default());
    adyton_pallet_devices::Call::submit_manifest { root: root(), manifest, responses, fresh }
}

fn showing(fresh: u8) -> adyton_pallet_devices::Call<Runtime> {
    let (evidence, manifests, responses) = (bounded(&[]), Default::default(), Default::default());
    let (worker, signature) = (WorkerId([0; 32]), [0; 64]);
    adyton_pallet_devices::Call::show { worker, root: root(), evidence, manifests, responses, signature, fresh }
}

#[test]
fn a_call_with_as_many_fresh_signatures_as_it_may_have_fits_into_a_block() {
    use frame_support::dispatch::{DispatchClass, GetDispatchInfo as _};

    let weights = crate::configs::RuntimeBlockWeights::get();
    let most = weights.get(DispatchClass::Normal).max_extrinsic.expect("there is a limit");
    let fresh = adyton_pallet_devices::MAX_FRESH;
    let of = |call: adyton_pallet_devices::Call<Runtime>| call.get_dispatch_info().call_weight;
    for (paid, more) in [(of(submission(fresh)), of(submission(fresh + 1))), (of(showing(fresh)), of(showing(u8::MAX)))]
    {
        assert!(paid.all_lte(most), "{paid} is more than {most}");
        assert_eq!(more, paid, "more than it may have are refused before any is checked");
    }
    let (key, message, signature) = ([0; 96], bounded(&[]), [0; 96]);
    let check = adyton_pallet_devices::Call::<Runtime>::check_signature { key, message, signature };
    let together = pallet_utility::Call::<Runtime>::batch_all { calls: vec![check.into(); usize::from(fresh)] };
    assert!(together.get_dispatch_info().call_weight.all_lte(most), "as many checked beforehand at once do not fit");
    let each = of(showing(1)).saturating_sub(of(showing(0)));
    let alone = {
        let (key, message, signature) = ([0; 96], bounded(&[]), [0; 96]);
        of(adyton_pallet_devices::Call::check_signature { key, message, signature })
    };
    assert!(each.ref_time() >= alone.ref_time() / 2, "{each}, where one checked alone costs {alone}");
}

fn shipped(kind: EvidenceKind) -> KindPolicy {
    KindPolicy::shipped().into_iter().find(|policy| policy.kind() == kind).expect("every kind has one")
}

/// A keyholder takes nothing that the chain would not.
#[test]
fn the_keyholders_default_file_has_the_lowest_evaluation_number_of_a_new_network() {
    let text = include_str!("../../../keyholder/keyholder.default.toml");
    for kind in [EvidenceKind::IntelTdx, EvidenceKind::IntelSgx] {
        let line = format!("minimum_evaluation = {}", shipped(kind).minimum_evaluation());
        assert!(text.lines().any(|own| own == line), "{line}");
    }
}

#[test]
fn the_local_preset_accepts_every_kind_strictly_and_refuses_milan() {
    let preset = genesis::local();
    let policies: Vec<KindPolicy> =
        serde_json::from_value(preset["attestation"]["policies"].clone()).expect("policies read");
    assert_eq!(policies, KindPolicy::shipped());
    assert_eq!(preset["attestation"]["delay"], 10);
    let KindPolicy::AmdSnp(snp) = shipped(EvidenceKind::AmdSnp) else { panic!("it is amd's") };
    assert!(snp.milan.is_none() && snp.require_revocation_list);
}

#[test]
fn contracts_may_speak_and_pay_and_nothing_else() {
    use frame_support::traits::Contains as _;
    let allowed = |call: RuntimeCall| crate::configs::Reportable::contains(&call);
    assert!(allowed(frame_system::Call::remark_with_event { remark: vec![] }.into()));
    assert!(!allowed(frame_system::Call::set_code { code: vec![] }.into()));
    let inner: RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
    assert!(!allowed(pallet_utility::Call::batch { calls: vec![inner] }.into()));
    assert!(!allowed(adyton_pallet_workers::Call::heartbeat { nonce: [0; 32] }.into()));
}

#[test]
fn the_local_preset_builds() {
    use sp_runtime::BuildStorage as _;
    let _: Option<Block> = None;
    assert!(genesis::preset(&genesis::LOCAL.into()).is_some());
    assert!(genesis::preset(&"other".into()).is_none());
    assert!(genesis_config().build_storage().is_ok());
}
