//! Gas, as extrinsics bring it.

use adyton_pallet_contracts::Call as ContractsCall;
use adyton_pallet_usage::{Accounts, Call, Error, Settings};
use adyton_protocol::usage::{Claim, Claims, Metered, Terms};

use super::*;
use crate::configs::EXISTENTIAL_DEPOSIT;

const TERMS: Terms = Terms { price: 100, units: 1_000, royalty: None, caller: None };

fn signed(account: Sr25519Keyring, call: Call<Runtime>) {
    by_account(account, RuntimeCall::Usage(call)).expect("is valid").expect("succeeds");
}

/// Prices a contract of //Alice's, and fills its account.
fn price(contract: ContractId) {
    signed(Sr25519Keyring::Alice, Call::set_terms { contract, terms: Some(TERMS) });
    signed(Sr25519Keyring::Eve, Call::fund { contract, amount: PHA });
}

fn pass(blocks: u32) {
    (0..blocks).for_each(|_| next_block());
}

#[test]
fn a_worker_claims_without_money_what_a_contract_used_and_its_operator_earns() {
    run(|| {
        let worker = Program::register(Role::Worker, 51);
        let contract = deploy();
        worker.succeed(adyton_pallet_workers::Call::heartbeat { nonce: [9; 32] });
        worker.succeed(ContractsCall::claim_lease { contract });
        let opening = Opening { contract, lease: 1, head: StateHead::genesis(&contract) };
        worker.succeed(ContractsCall::open { openings: BoundedVec::truncate_from(vec![opening]) });
        let anchors = BoundedVec::truncate_from(vec![Anchor { contract, lease: 1, incarnation: 1, head: head(1) }]);
        worker.succeed(ContractsCall::anchor { anchors, receipts: Digest([1; 32]) });
        price(contract);
        signed(Sr25519Keyring::Bob, Call::set_ask { worker: worker.statement.worker, price: 50 });
        let after = System::block_number();
        pass(Settings::<Runtime>::get().period);

        let bob = || Balances::total_balance(&Sr25519Keyring::Bob.to_account_id());
        let before = bob();
        let metered = Metered { fuel: 10_000_000, ..Metered::default() };
        let claim = Claim { contract, lease: 1, after, calls: 1, metered, last: false };
        let call = || Call::claim { anchors: 1, claims: Claims::truncate_from(vec![claim]) };
        worker.succeed(call());
        // Ten units at 50, but for a tenth.
        assert_eq!(bob(), before + 450);
        assert_eq!(Accounts::<Runtime>::get(contract).map(|account| account.balance), Some(PHA - 500));
        next_block();
        assert!(worker.send(call()).is_err(), "it is neither free again nor taken");
        assert_eq!(Balances::total_balance(&worker.account()), 0);
    });
}

#[test]
fn a_contract_ends_when_its_worker_can_claim_nothing_any_more_and_gives_back_what_it_has() {
    run(|| {
        let contract = deploy();
        price(contract);
        next_block();
        let retire = || by_account(Sr25519Keyring::Alice, RuntimeCall::Contracts(ContractsCall::retire { contract }));
        assert_eq!(retire(), Ok(Err(Error::<Runtime>::Reserved.into())));
        assert!(adyton_pallet_contracts::Contracts::<Runtime>::contains_key(contract), "it goes on");
        signed(Sr25519Keyring::Alice, Call::set_terms { contract, terms: None });
        // Nobody claims what was used until they end, so that it is lost a window later.
        pass(Settings::<Runtime>::get().notice.saturating_add(Settings::<Runtime>::get().window));
        retire().expect("is valid").expect("succeeds");
        assert!(!Accounts::<Runtime>::contains_key(contract));
        assert_eq!(Balances::total_balance(&crate::Usage::account_id()), EXISTENTIAL_DEPOSIT);
    });
}
