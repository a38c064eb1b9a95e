use adyton_pallet_traits::Retirement as _;
use adyton_protocol::{
    ids::{AccountId, ContractId},
    message::{MAX_PAYLOAD, MAX_WAITING, Message, Payload, Queue},
    storage,
};
use frame_support::{
    assert_err, assert_noop, assert_ok,
    dispatch::CheckIfFeeless,
    traits::{fungible::MutateHold, tokens::Precision},
};
use polkadot_sdk::{sp_runtime::TokenError, *};

use crate::{
    mock::{Messages, *},
    *,
};

fn payload(bytes: usize) -> Payload {
    Payload::truncate_from(vec![7; bytes])
}

fn free(number: u8) -> u128 {
    Balances::free_balance(account(number))
}

/// What a message of so many bytes has held.
fn deposit(bytes: u128) -> u128 {
    DEPOSIT.0 + DEPOSIT.1 * bytes
}

fn send(number: u8) {
    Messages::send(signed(number), CONTRACT, payload(5)).expect("is sent");
}

fn queue() -> (u64, u64) {
    let Queue { sent, over } = Queues::<Test>::get(CONTRACT);
    (sent, over)
}

#[test]
fn messages_wait_in_order_under_their_senders_deposits() {
    run(|| {
        assert_ok!(Messages::send(signed(1), CONTRACT, payload(0)));
        assert_ok!(Messages::send(signed(2), CONTRACT, payload(MAX_PAYLOAD as usize)));
        assert_eq!(queue(), (2, 0));
        assert_eq!((free(1), free(2)), (MONEY - deposit(0), MONEY - deposit(u128::from(MAX_PAYLOAD))));
        let first = Message { sender: AccountId([1; 32]), block: 10, deposit: deposit(0), payload: payload(0) };
        assert_eq!(Waiting::<Test>::get((CONTRACT, 1)), Some(first));
        assert_eq!(Waiting::<Test>::get((CONTRACT, 2)).map(|message| message.sender), Some(AccountId([2; 32])));
    });
}

#[test]
fn a_message_to_no_contract_and_to_one_that_takes_none_is_refused() {
    run(|| {
        let unknown = Messages::send(signed(1), ContractId([1; 32]), payload(1));
        assert_noop!(unknown, Error::<Test>::UnknownContract);
        assert_noop!(Messages::send(signed(1), DEAF, payload(1)), Error::<Test>::NotTaken);
    });
}

#[test]
fn a_message_whose_deposit_its_sender_does_not_have_is_refused() {
    run(|| {
        let poor = Messages::send(signed(3), CONTRACT, payload(1));
        assert_noop!(poor, TokenError::FundsUnavailable);
    });
}

#[test]
fn one_message_more_than_may_wait_is_refused_until_one_is_over() {
    run(|| {
        lease(5);
        (0..MAX_WAITING).for_each(|_| send(1));
        assert_noop!(Messages::send(signed(2), CONTRACT, payload(1)), Error::<Test>::QueueFull);
        assert_ok!(Messages::finish(signed(5), CONTRACT, 1));
        send(2);
        assert_noop!(Messages::send(signed(2), CONTRACT, payload(1)), Error::<Test>::QueueFull);
    });
}

#[test]
fn what_the_holder_says_is_over_is_gone_its_deposits_are_back_and_the_call_is_free_once() {
    run(|| {
        lease(5);
        (0..3).for_each(|_| send(1));
        send(2);
        let finish = |over| RuntimeCall::Messages(Call::finish { contract: CONTRACT, over });
        assert!(finish(3).is_feeless(&signed(5)));
        let done = Messages::finish(signed(5), CONTRACT, 3).expect("is over");
        let most = Messages::finish_weight(MAX_WAITING);
        assert!(done.actual_weight.is_some_and(|weight| weight.all_lt(most)));
        assert_eq!((queue(), Waiting::<Test>::iter().count(), free(1)), ((4, 3), 1, MONEY));
        for over in [0, 2, 3, 5] {
            assert!(!finish(over).is_feeless(&signed(5)), "{over}");
            assert_err!(Messages::finish(signed(5), CONTRACT, over).map_err(|e| e.error), Error::<Test>::NotWaiting);
        }
        assert_ok!(Messages::finish(signed(5), CONTRACT, 4));
        assert_eq!(free(2), MONEY);
    });
}

#[test]
fn nobody_but_the_holder_says_that_messages_are_over() {
    run(|| {
        send(1);
        let finish = |number: u8| Messages::finish(signed(number), CONTRACT, 1).map_err(|e| e.error);
        assert_err!(finish(5), Error::<Test>::NotYourLease);
        lease(5);
        assert_err!(finish(6), Error::<Test>::NotYourLease);
        assert_err!(finish(1), Error::<Test>::NotAWorker);
        let call = RuntimeCall::Messages(Call::finish { contract: CONTRACT, over: 1 });
        assert!([1, 6].iter().all(|number| !call.is_feeless(&signed(*number))));
        assert_eq!(queue(), (1, 0));
    });
}

#[test]
fn a_message_that_has_waited_long_is_withdrawn_by_its_sender_and_its_number_stays_used() {
    run(|| {
        lease(5);
        (0..2).for_each(|_| send(1));
        System::set_block_number(10 + EXPIRY - 1);
        assert_noop!(Messages::withdraw(signed(1), CONTRACT, 1), Error::<Test>::TooEarly);
        System::set_block_number(10 + EXPIRY);
        assert_noop!(Messages::withdraw(signed(2), CONTRACT, 1), Error::<Test>::NotYourMessage);
        assert_ok!(Messages::withdraw(signed(1), CONTRACT, 1));
        assert_eq!((queue(), free(1)), ((2, 0), MONEY - deposit(5)));
        assert_noop!(Messages::withdraw(signed(1), CONTRACT, 1), Error::<Test>::NotWaiting);
        assert_noop!(Messages::withdraw(signed(1), CONTRACT, 3), Error::<Test>::NotWaiting);
        // The contract passes over it.
        assert_ok!(Messages::finish(signed(5), CONTRACT, 2));
        assert_eq!((queue(), free(1)), ((2, 2), MONEY));
    });
}

#[test]
fn what_waits_for_a_contract_is_given_back_when_its_owner_ends_it_and_nothing_of_it_is_left() {
    run(|| {
        lease(5);
        (0..3).for_each(|_| send(1));
        send(2);
        assert_ok!(Messages::finish(signed(5), CONTRACT, 1));
        let owner = AccountId([1; 32]);
        let took = Messages::retired(&CONTRACT, &owner).expect("it goes");
        assert!(took.all_lt(Messages::most()));
        assert_eq!((free(1), free(2), Waiting::<Test>::iter().count()), (MONEY, MONEY, 0));
        assert!(!Queues::<Test>::contains_key(CONTRACT));
        assert_ok!(Messages::retired(&DEAF, &owner));
        end_contracts();
        assert_noop!(Messages::send(signed(1), CONTRACT, payload(1)), Error::<Test>::UnknownContract);
        assert_noop!(Messages::withdraw(signed(1), CONTRACT, 2), Error::<Test>::NotWaiting);
    });
}

#[test]
fn the_storage_keys_are_those_that_measured_programs_read() {
    assert_eq!(Queues::<Test>::hashed_key_for(CONTRACT), storage::message_queues(&CONTRACT));
    assert_eq!(Waiting::<Test>::hashed_key_for((CONTRACT, 7)), storage::messages(&CONTRACT, 7));
}

#[test]
fn a_deposit_that_no_message_is_there_for_does_not_stay_unseen() {
    run(|| {
        send(1);
        assert_ok!(Messages::do_try_state());
        assert_ok!(Balances::hold(&HoldReason::Message.into(), &account(2), 1));
        assert!(Messages::do_try_state().is_err(), "account 2 sent nothing");
        assert_ok!(Balances::release(&HoldReason::Message.into(), &account(2), 1, Precision::Exact));
    });
}
