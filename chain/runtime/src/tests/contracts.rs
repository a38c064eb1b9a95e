//! Contracts that belong to several people: the owner is an account of which some of them have to agree.

use adyton_pallet_contracts::{Call, Contracts as Records};
use frame_support::dispatch::GetDispatchInfo as _;

use super::*;

const OWNERS: [Sr25519Keyring; 3] = [Sr25519Keyring::Alice, Sr25519Keyring::Bob, Sr25519Keyring::Charlie];
/// How many of them have to agree.
const ENOUGH: u16 = 2;
const NEWER: CodeHash = CodeHash([4; 32]);

fn accounts(of: impl Fn(Sr25519Keyring) -> bool) -> Vec<AccountId> {
    let mut accounts: Vec<_> = OWNERS.into_iter().filter(|one| of(*one)).map(Sr25519Keyring::to_account_id).collect();
    accounts.sort();
    accounts
}

fn owner() -> AccountId {
    pallet_multisig::Pallet::<Runtime>::multi_account_id(&accounts(|_| true), ENOUGH)
}

#[test]
fn the_account_of_several_is_the_one_that_clients_derive() {
    let known = "0x49daa32c7287890f38b7e1a8cd2961723d36d20baa0bf3b82e0c4bdda93b1c0a";
    let expected = sp_core::bytes::from_hex(known).expect("hexadecimal digits");
    assert_eq!(AsRef::<[u8; 32]>::as_ref(&owner())[..], expected[..]);
}

fn by_one(one: Sr25519Keyring, call: RuntimeCall) {
    by_account(one, call).expect("is valid").expect("succeeds");
}

/// One of the owners agrees. The call is made with the last of them that it takes; what came of it, the state shows.
fn agrees(one: Sr25519Keyring, call: Call<Runtime>) {
    let call = RuntimeCall::Contracts(call);
    let max_weight = call.get_dispatch_info().call_weight;
    let begun = pallet_multisig::Multisigs::<Runtime>::iter_prefix_values(owner()).next();
    let agreement = pallet_multisig::Call::<Runtime>::as_multi {
        threshold: ENOUGH,
        other_signatories: accounts(|other| other != one),
        maybe_timepoint: begun.map(|begun| begun.when),
        call: Box::new(call),
        max_weight,
    };
    by_one(one, agreement.into());
}

/// Enough of them agree.
fn agree(call: Call<Runtime>) {
    agrees(Sr25519Keyring::Alice, call.clone());
    agrees(Sr25519Keyring::Charlie, call);
}

fn version(contract: ContractId) -> u32 {
    Records::<Runtime>::get(contract).expect("is deployed").version
}

#[test]
fn a_contract_of_several_owners_changes_its_code_when_enough_of_them_agree_and_the_delay_has_passed() {
    run(|| {
        let fund = pallet_balances::Call::<Runtime>::transfer_keep_alive { dest: owner().into(), value: 1_000 * PHA };
        by_one(Sr25519Keyring::Alice, fund.into());
        for code in [CODE, NEWER] {
            by_one(Sr25519Keyring::Alice, RuntimeCall::Contracts(Call::upload_code { code, size: 1000 }));
        }
        let manifest = bounded(&plain_manifest().encode());
        agree(Call::deploy { code: CODE, manifest, policy: ContractPolicy::open(5), salt: [0; 32] });
        let as_owner = ProtocolAccount(*AsRef::<[u8; 32]>::as_ref(&owner()));
        let contract = ContractId::derive(&NETWORK, &as_owner, &[0; 32]);
        assert_eq!(version(contract), 1);

        let announce = Call::announce_upgrade { contract, code: NEWER };
        for one in OWNERS {
            let alone = by_account(one, RuntimeCall::Contracts(announce.clone())).expect("is valid");
            assert!(alone.is_err(), "none of them is the owner");
        }
        agree(announce);
        let apply = Call::apply_upgrade { contract };
        agree(apply.clone());
        assert_eq!(version(contract), 1, "users still see what comes");
        (0..5).for_each(|_| next_block());
        agrees(Sr25519Keyring::Bob, apply.clone());
        assert_eq!(version(contract), 1, "one is not enough");
        agrees(Sr25519Keyring::Charlie, apply);
        let record = Records::<Runtime>::get(contract).expect("is deployed");
        assert_eq!((record.version, record.code, record.pending), (2, NEWER, None));
    });
}
