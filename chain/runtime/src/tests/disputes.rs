//! A disputed result, as extrinsics: from the receipt over a juror's verdict to what its worker loses.

use adyton_pallet_disputes::{Call, Claims, Disputes as Open, Endings, WeightInfo as _};
use adyton_pallet_pools::Call as PoolsCall;
use adyton_pallet_rewards::Call as RewardsCall;
use adyton_pallet_slashing::{Offences, types::Kind};
use adyton_pallet_traits::OnRound as _;
use adyton_protocol::{
    beacon::{self, BeaconRound},
    dispute::{Answer, Ending, LEAVES, MAX_BALLOTS, MAX_OPEN, SALT, Source, Stage, commitment},
};
use frame_support::traits::fungible::InspectHold as _;
use sp_runtime::Perbill;

use super::*;
use crate::{Beacon, Rewards, configs::RuntimeBlockWeights};

/// A worker of `operator`, with a thousand PHA behind it.
fn staked(operator: Sr25519Keyring, seed: u8, pool: u32) -> Program {
    // A registration takes much of a block.
    next_block();
    let mut program = Program::new(Role::Worker, seed);
    let account = ProtocolAccount(*AsRef::<[u8; 32]>::as_ref(&operator.to_account_id()));
    program.statement.operator = account;
    program.statement.worker = WorkerId::derive(&NETWORK, &account, Role::Worker.name());
    program.send_registration_by(operator).expect("is valid").expect("is registered");
    let by = |call: PoolsCall<Runtime>| by_account(operator, call.into()).expect("is valid").expect("succeeds");
    let (commission, maximum) = (Perbill::zero(), Perbill::one());
    let description = BoundedVec::new();
    by(PoolsCall::create { vault: false, commission, maximum, cap: None, restricted: false, description });
    by(PoolsCall::join { pool, amount: 1_000 * PHA });
    by(PoolsCall::assign { pool, worker: program.statement.worker, amount: 1_000 * PHA });
    program
}

/// It works for rewards from now on.
fn start(program: &Program, operator: Sr25519Keyring) {
    let worker = program.statement.worker;
    let by = |call: RewardsCall<Runtime>| by_account(operator, call.into()).expect("is valid").expect("succeeds");
    by(RewardsCall::measure { worker });
    next_block();
    Rewards::on_round(1, [1; 32]);
    program.succeed(RewardsCall::<Runtime>::measured { round: 1, units: 2_000 });
    by(RewardsCall::start { worker });
}

fn manifest() -> Manifest {
    Manifest {
        version: 1,
        name: "disputable".into(),
        grants: vec![Capability::Kv],
        limits: Limits { storage: adyton_protocol::manifest::MAX_DISPUTABLE_STORAGE, ..Limits::default() },
        egress: vec![],
        extra_roots: vec![],
        contracts: Callees::NONE,
        durability: Durability::Durable,
        callers: Callers::Anyone,
        public_calls: true,
        settings: vec![],
        webhooks: vec![],
        messages: false,
        watches: vec![],
        deterministic: true,
        disputable: true,
        sealed_code: false,
        reuse: false,
    }
}

fn deployed() -> ContractId {
    use adyton_pallet_contracts::Call;

    let by =
        |call| by_account(Sr25519Keyring::Alice, RuntimeCall::Contracts(call)).expect("is valid").expect("succeeds");
    by(Call::upload_code { code: CODE, size: 1000 });
    let manifest = bounded(&manifest().encode());
    by(Call::deploy { code: CODE, manifest, policy: ContractPolicy::open(5), salt: [0; 32] });
    let owner = ProtocolAccount(*AsRef::<[u8; 32]>::as_ref(&Sr25519Keyring::Alice.to_account_id()));
    ContractId::derive(&NETWORK, &owner, &[0; 32])
}

/// What the worker has signed of a call: it acted on this block, and nothing was written.
fn answered(worker: &Program, contract: ContractId) -> Vec<u8> {
    let (zero, number) = (Digest([0; 32]), System::block_number() - 1);
    let fields = ReceiptFields {
        network: NETWORK,
        contract,
        code: CODE,
        version: 1,
        manifest: manifest().digest(),
        lease: 1,
        incarnation: 1,
        worker: worker.statement.signing_key,
        block: BlockRef { number, hash: BlockHash(System::block_hash(number).0) },
        request_id: RequestId([1; 16]),
        request: zero,
        response: zero,
        before: head(4),
        after: head(4),
        fuel: 1,
        cost_table: zero,
        bytes_in: 0,
        bytes_out: 0,
        egress: vec![],
        caller: Caller::Anonymous,
        durability: Durability::Durable,
        report: None,
        earlier: None,
        schedule: None,
        transition: None,
        webhook: None,
        message: None,
    };
    let receipt = SignedReceipt::sign(&fields, || [5; 16], |message| worker.key.sign(message).0);
    receipt.open(&LEAVES).to_bytes()
}

/// Goes on to the block before which nobody knows the next round, and has it come.
fn round() {
    while !System::block_number().is_multiple_of(10) {
        next_block();
    }
    let block = System::block_number();
    let number = u64::from(block / 10);
    adyton_pallet_beacon::Latest::<Runtime>::put(number);
    let round = BeaconRound { number, value: [number as u8; 32], block };
    adyton_pallet_beacon::Rounds::<Runtime>::insert(beacon::slot(number), round);
    Beacon::do_try_state().expect("such a round may come");
    next_block();
}

#[test]
fn a_worker_whose_result_a_juror_did_not_get_loses_stake_and_who_disputed_it_gains() {
    run(|| {
        let accused = staked(Sr25519Keyring::Bob, 51, 1);
        let juror = staked(Sr25519Keyring::Dave, 52, 2);
        start(&juror, Sr25519Keyring::Dave);
        let contract = deployed();
        while System::block_number() < 11 {
            next_block();
        }

        let charlie = Sr25519Keyring::Charlie;
        let receipt = bounded(&answered(&accused, contract));
        let call = Call::dispute { receipt, manifest: bounded(&manifest().encode()), source: Source::default() };
        by_account(charlie, RuntimeCall::Disputes(call)).expect("is valid").expect("is disputed");
        let offence = Offences::<Runtime>::get(1).expect("it is accused");
        assert_eq!((offence.kind, offence.amount, offence.apply_at), (Kind::WrongResult, 100 * PHA, u32::MAX));
        let held = Balances::total_balance_on_hold(&charlie.to_account_id());
        assert_eq!(held, 100 * PHA);
        let retire = RuntimeCall::Contracts(adyton_pallet_contracts::Call::retire { contract });
        let contested = adyton_pallet_disputes::Error::<Runtime>::Contested.into();
        assert_eq!(by_account(Sr25519Keyring::Alice, retire), Ok(Err(contested)), "its owner frees nobody");

        round();
        let dispute = Open::<Runtime>::get(1).expect("it is open");
        assert!(matches!(dispute.stage, Stage::Sitting(_)) && dispute.seats == 1);
        let (answer, salt) = (Answer::Outcome(Digest([9; 32])), [4; SALT]);
        let commitment = commitment(&NETWORK, 1, 1, &juror.statement.worker, &answer, &salt);
        let commit = Call::<Runtime>::commit { dispute: 1, draw: 1, commitment };
        let unpaid = TransactionValidityError::Invalid(InvalidTransaction::Payment);
        assert_eq!(accused.send(commit.clone()), Err(unpaid), "nobody judges their own case, least of all for nothing");
        juror.succeed(commit.clone());
        assert_eq!(juror.send(commit), Err(unpaid), "it is free once");
        for _ in 0..61 {
            next_block();
        }
        let reveal = Call::<Runtime>::reveal { dispute: 1, draw: 1, answer, salt };
        juror.succeed(reveal.clone());
        assert_eq!(juror.send(reveal), Err(unpaid));
        next_block();
        assert_eq!(Endings::<Runtime>::get(1), Some(Ending::Wrong));
        assert_eq!(Claims::<Runtime>::iter().count(), 1);

        for _ in 0..11 {
            next_block();
        }
        assert!(!Offences::<Runtime>::contains_key(1));
        assert_eq!(adyton_pallet_pools::PoolTotals::<Runtime>::get().slashed, 100 * PHA);
        let dave = Balances::free_balance(Sr25519Keyring::Dave.to_account_id());
        let share = RuntimeCall::Disputes(Call::share { dispute: 1 });
        by_account(Sr25519Keyring::Eve, share).expect("is valid").expect("is shared");
        // A tenth of what was taken: half of it to the juror, the rest to who disputed.
        assert_eq!(Balances::free_balance(Sr25519Keyring::Dave.to_account_id()) - dave, 5 * PHA);
        let charlies = Balances::total_balance(&charlie.to_account_id());
        assert!(charlies > 1_000_004 * PHA && charlies < 1_000_005 * PHA, "{charlies}");
        crate::Pools::do_try_state().expect("the pools' invariants hold");
    });
}

#[test]
fn what_can_be_disputed_can_be_charged_whatever_governance_decides() {
    use adyton_pallet_slashing::{Error, Parameters, SlashingParameters};

    run(|| {
        let (rules, present) =
            (adyton_pallet_disputes::Parameters::<Runtime>::get(), SlashingParameters::<Runtime>::get());
        let root = crate::RuntimeOrigin::root;
        let within =
            |evidence_window| crate::Slashing::set_parameters(root(), Parameters { evidence_window, ..present });
        assert_eq!(within(rules.window - 1), Err(Error::<Runtime>::Times.into()));
        assert_eq!(within(rules.window), Ok(()));
        let longer = adyton_protocol::dispute::Parameters { window: rules.window + 1, ..rules };
        let refused = crate::Disputes::set_parameters(root(), longer);
        assert_eq!(refused, Err(adyton_pallet_disputes::Error::<Runtime>::Times.into()));
    });
}

#[test]
fn a_block_forgets_as_many_disputes_as_it_has_room_for() {
    use adyton_pallet_disputes::{LastDispute, Remembered, RememberedPlaces, past::Past};
    type Weights = <Runtime as adyton_pallet_disputes::Config>::WeightInfo;

    run(|| {
        for (place, dispute) in [1, 2, 3].into_iter().enumerate() {
            Endings::<Runtime>::insert(dispute, Ending::Undecided);
            Remembered::<Runtime>::insert(place as u64, Past { dispute, claim: None, until: 0 });
        }
        LastDispute::<Runtime>::put(3);
        RememberedPlaces::<Runtime>::put((0_u64, 3_u64));
        let idle = |room: Weight| crate::Disputes::on_idle(System::block_number(), room);
        let little = Weight::from_parts(1, 1);
        assert_eq!(idle(Weights::forget(0).saturating_sub(little)), Weight::zero());
        assert_eq!(idle(Weights::forget(1).saturating_sub(little)), Weights::forget(0));
        assert_eq!(RememberedPlaces::<Runtime>::get(), (0, 3));
        assert_eq!(idle(Weights::forget(2)), Weights::forget(2));
        assert_eq!((RememberedPlaces::<Runtime>::get(), Endings::<Runtime>::iter().count()), ((2, 3), 1));
    });
}

#[test]
fn what_a_block_does_for_disputes_fits_into_it() {
    type Weights = <Runtime as adyton_pallet_disputes::Config>::WeightInfo;

    let limits = RuntimeBlockWeights::get();
    let hook = Weights::pass(MAX_OPEN)
        .saturating_add(Weights::draw().saturating_mul(MAX_OPEN.into()))
        .saturating_add(Weights::close(MAX_BALLOTS));
    assert!(hook.saturating_mul(4).all_lte(limits.max_block), "{hook}");
    let most = limits.get(frame_support::dispatch::DispatchClass::Normal).max_extrinsic.expect("there is a limit");
    assert!([Weights::dispute(), Weights::commit(), Weights::share()].iter().all(|weight| weight.all_lte(most)));
}
