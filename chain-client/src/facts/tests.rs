use adyton_protocol::{
    ids::{AccountId, BlockHash, ContractId},
    record::LeaseRecord,
    storage,
};
use codec::{Compact, Encode};

use super::*;
use crate::{
    fixture::FixtureChain,
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
    let facts = facts(&[], &[storage::frozen()]);
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
