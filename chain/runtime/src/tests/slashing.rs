//! Offences as extrinsics: a key that has left its machine.

use adyton_pallet_slashing::{Call, Offences};
use adyton_pallet_traits::Pools as _;
use adyton_protocol::extraction;
use sp_runtime::Perbill;

use super::*;
use crate::Pools;

fn protocol(account: Sr25519Keyring) -> ProtocolAccount {
    ProtocolAccount(*AsRef::<[u8; 32]>::as_ref(&account.to_account_id()))
}

#[test]
fn no_call_begins_as_the_message_that_shows_a_key() {
    // Of what a worker's key signs, extrinsics begin with their calls, unless they are longer than this message is.
    let message = extraction::message(&NETWORK, &SigningKey([1; 32]), &ProtocolAccount([2; 32]));
    assert!(message.len() <= 256);
    assert!(RuntimeCall::decode(&mut &message[..]).is_err());
}

#[test]
fn a_key_that_was_shown_ends_its_worker_at_once_and_its_stake_after_the_appeal() {
    run(|| {
        let worker = Program::register(Role::Worker, 51);
        let (id, key) = (worker.statement.worker, worker.statement.signing_key);
        let bob = || frame_system::RawOrigin::Signed(Sr25519Keyring::Bob.to_account_id()).into();
        let (none, all, stake) = (Perbill::zero(), Perbill::one(), 1_000 * PHA);
        Pools::create(bob(), false, none, all, None, false, BoundedVec::new()).expect("the pool is created");
        let pool = adyton_pallet_pools::PoolCount::<Runtime>::get();
        Pools::join(bob(), pool, stake).expect("the stake is there");
        Pools::assign(bob(), pool, id, stake).expect("the stake is free");

        let (charlie, salt) = (Sr25519Keyring::Charlie, [7; extraction::SALT]);
        let account = protocol(charlie);
        let signature = worker.key.sign(&extraction::message(&NETWORK, &key, &account)).0;
        let hash = extraction::commitment(&NETWORK, &key, &account, &signature, &salt);
        let commit = RuntimeCall::Slashing(Call::commit_extraction { hash });
        by_account(charlie, commit).expect("is valid").expect("is committed");
        next_block();
        next_block();
        assert!(Workers::valid_worker(&ProtocolAccount(key.0)).is_some());
        let reveal = RuntimeCall::Slashing(Call::reveal_extraction { key, signature, salt });
        by_account(charlie, reveal).expect("is valid").expect("is shown");
        assert!(Workers::valid_worker(&ProtocolAccount(key.0)).is_none(), "its machine is denied");
        assert_eq!(Offences::<Runtime>::get(1).map(|offence| offence.amount), Some(stake));

        for _ in 0..10 {
            assert!(Offences::<Runtime>::contains_key(1));
            next_block();
        }
        assert!(!Offences::<Runtime>::contains_key(1));
        assert_eq!(Pools::assignment(&id).map(|behind| behind.stake), Some(0));
        // The bounty, nine tenths, less what the calls cost.
        let paid = Balances::total_balance(&charlie.to_account_id());
        assert!(paid > 1_000_899 * PHA && paid < 1_000_900 * PHA);
    });
}
