//! A worker that works for a reward, as extrinsics: from its pool's stake to what the pool earns.

use adyton_pallet_pools::Call as PoolsCall;
use adyton_pallet_rewards::{Call, Capacities, Latest, Rounds, Sessions, Totals, WeightInfo as _};
use adyton_pallet_traits::OnRound as _;
use adyton_protocol::challenge::{ROUNDS, Round};
use sp_runtime::Perbill;

use super::*;
use crate::{Rewards, configs::RuntimeBlockWeights};

/// In the next block, the next round comes, as the beacon tells of it.
fn round() -> Round {
    next_block();
    let number = Latest::<Runtime>::get() + 1;
    Rewards::on_round(number, [number as u8; 32]);
    Rounds::<Runtime>::get(Round::slot(number)).expect("it has come")
}

fn by_bob(call: impl Into<RuntimeCall>) {
    by_account(Sr25519Keyring::Bob, call.into()).expect("is valid").expect("succeeds");
}

#[test]
fn a_worker_is_measured_started_challenged_and_its_pool_earns_what_it_has_accrued() {
    run(|| {
        let program = Program::register(Role::Worker, 51);
        let worker = program.statement.worker;
        let (commission, maximum) = (Perbill::zero(), Perbill::one());
        let description = BoundedVec::new();
        by_bob(PoolsCall::create { vault: false, commission, maximum, cap: None, restricted: false, description });
        by_bob(PoolsCall::join { pool: 1, amount: 1_000 * PHA });
        by_bob(PoolsCall::assign { pool: 1, worker, amount: 1_000 * PHA });
        by_bob(Call::measure { worker });
        let measured = Call::<Runtime>::measured { round: round().number, units: 2_000 };
        program.succeed(measured.clone());
        // 2000 units in 20 blocks, of which each is a hundred units of capacity.
        assert_eq!(Capacities::<Runtime>::get(worker).map(|found| found.capacity), Some(10_000));
        by_bob(Call::start { worker });
        let started = System::block_number();
        let challenge = core::iter::repeat_with(round).find(|round| round.challenges(&worker)).expect("it is found");
        let (answer, issued) = (Call::<Runtime>::answer { round: challenge.number }, Balances::total_issuance());
        program.succeed(answer.clone());
        let blocks = u128::from(System::block_number() - started);
        let (earned, due) = (Balances::total_issuance() - issued, 40 * PHA * blocks);
        assert!(earned <= due && due - earned <= blocks, "{earned} of {due}");
        assert_eq!(Sessions::<Runtime>::get(worker).map(|session| session.earned), Some(earned));
        assert_eq!(Totals::<Runtime>::get().credited, earned);
        // Both are free once, and there is nothing to pay another one with.
        let unpaid = TransactionValidityError::Invalid(InvalidTransaction::Payment);
        assert_eq!([program.send(answer), program.send(measured)], [Err(unpaid), Err(unpaid)]);
        assert_eq!(Balances::total_balance(&program.account()), 0);
        let before = Balances::free_balance(Sr25519Keyring::Bob.to_account_id());
        by_bob(PoolsCall::claim { pool: 1 });
        let gained = Balances::free_balance(Sr25519Keyring::Bob.to_account_id()) - before;
        assert!(gained > earned - PHA, "all but the fee: {gained} of {earned}");
        by_bob(Call::stop { worker });
        crate::Pools::do_try_state().expect("the pools' invariants hold");
    });
}

#[test]
fn an_answer_fits_into_a_block_however_many_rounds_are_looked_at() {
    let most = RuntimeBlockWeights::get().get(frame_support::dispatch::DispatchClass::Normal).max_extrinsic;
    let answer = <Runtime as adyton_pallet_rewards::Config>::WeightInfo::answer(ROUNDS as u32);
    assert!(answer.all_lte(most.expect("there is a limit")));
}
