//! Sessions and reports in the runtime as a whole.

use adyton_pallet_validators::{BlockEquivocation, Pending, Settings};
use frame_support::traits::fungible::InspectHold;
use sp_consensus_grandpa::EquivocationProof;
use sp_core::H256;
use sp_keyring::Ed25519Keyring;
use sp_session::MembershipProof;

use super::*;
use crate::{Grandpa, Session, Validators};

fn validator() -> AccountId {
    Sr25519Keyring::AliceStash.to_account_id()
}

fn bonded() -> u128 {
    Balances::total_balance_on_hold(&validator())
}

/// Two precommits of one round.
fn two_votes(set: u64) -> EquivocationProof<H256, u32> {
    let round = 7u64;
    let vote = |hash: u8| {
        let precommit = (H256([hash; 32]), 9u32);
        let signature = Ed25519Keyring::Alice.sign(&(1u8, precommit, round, set).encode());
        (precommit, signature)
    };
    let bytes = (set, 1u8, round, Ed25519Keyring::Alice.public(), vote(1), vote(2)).encode();
    EquivocationProof::decode(&mut &bytes[..]).expect("is laid out so")
}

/// Two blocks of one slot.
fn two_blocks() -> BlockEquivocation<Header> {
    let slot = 5u64;
    let block = |number| {
        let slot = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, slot.encode());
        let digest = HeaderDigest { logs: vec![slot] };
        let mut header = Header::new(number, Default::default(), Default::default(), Default::default(), digest);
        let seal = Sr25519Keyring::Alice.pair().sign(header.hash().as_ref());
        header.digest.push(DigestItem::Seal(sp_consensus_aura::AURA_ENGINE_ID, seal.encode()));
        header
    };
    BlockEquivocation {
        offender: Sr25519Keyring::Alice.public().into(),
        slot: slot.into(),
        first_header: block(1),
        second_header: block(2),
    }
}

fn of_votes(proof: EquivocationProof<H256, u32>, session: u32) -> RuntimeCall {
    let key_owner_proof = MembershipProof { session, trie_nodes: vec![], validator_count: 1 };
    RuntimeCall::Grandpa(pallet_grandpa::Call::report_equivocation {
        equivocation_proof: Box::new(proof),
        key_owner_proof,
    })
}

fn of_blocks() -> RuntimeCall {
    let evidence = Box::new(two_blocks());
    RuntimeCall::Validators(adyton_pallet_validators::Call::report_blocks { evidence, session: 0 })
}

#[test]
fn the_authorities_of_the_genesis_are_those_of_its_session() {
    run(|| {
        assert_eq!(Session::validators(), [validator()]);
        let aura = pallet_aura::Authorities::<Runtime>::get().into_inner();
        assert_eq!(aura, [Sr25519Keyring::Alice.public().into()]);
        assert_eq!(Grandpa::grandpa_authorities(), [(Ed25519Keyring::Alice.public().into(), 1)]);
        assert_eq!(bonded(), 100_000 * PHA);
    });
}

#[test]
fn a_session_turns_without_filling_its_block_or_changing_who_follows_nothing() {
    run(|| {
        while System::block_number() < 50 {
            assert_eq!(Session::current_index(), 0);
            next_block();
        }
        assert_eq!(Session::current_index(), 1);
        let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![1] });
        assert_eq!(by_account(Sr25519Keyring::Bob, remark), Ok(Ok(())));
        assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 0);
        assert!(Grandpa::pending_change().is_none());
        next_block();
        assert_eq!(Session::validators(), [validator()]);
    });
}

#[test]
fn two_votes_of_one_round_cost_the_bond_and_their_report_nothing() {
    run(|| {
        let before = Balances::free_balance(Sr25519Keyring::Bob.to_account_id());
        assert_eq!(by_account(Sr25519Keyring::Bob, of_votes(two_votes(0), 0)), Ok(Ok(())));
        assert_eq!(Balances::free_balance(Sr25519Keyring::Bob.to_account_id()), before);
        let slash = Pending::<Runtime>::get(0).expect("is announced");
        assert_eq!((slash.who, slash.amount), (validator(), 100_000 * PHA));
        // Once for a term, of votes or of blocks.
        assert!(matches!(by_account(Sr25519Keyring::Bob, of_votes(two_votes(0), 0)), Ok(Err(_))));
        assert!(matches!(by_account(Sr25519Keyring::Bob, of_blocks()), Ok(Err(_))));
        for _ in 0..Settings::<Runtime>::get().appeal {
            assert_eq!(bonded(), 100_000 * PHA);
            next_block();
        }
        assert_eq!(bonded(), 0);
        // There is nobody else: the network goes on.
        assert_eq!(Session::validators(), [validator()]);
    });
}

#[test]
fn votes_of_a_set_that_never_was_or_in_a_session_that_was_not_its_are_refused() {
    run(|| {
        for (proof, session) in [(two_votes(1), 0), (two_votes(0), 1)] {
            assert!(matches!(by_account(Sr25519Keyring::Bob, of_votes(proof, session)), Ok(Err(_))));
        }
        assert_eq!(Pending::<Runtime>::iter().count(), 0);
    });
}

#[test]
fn a_node_s_report_of_two_blocks_needs_no_signature_and_is_taken_once() {
    run(|| {
        let report = || Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(of_blocks()));
        assert_eq!(report(), Ok(Ok(())));
        assert_eq!(Pending::<Runtime>::iter().count(), 1);
        assert_eq!(report(), Err(TransactionValidityError::Invalid(InvalidTransaction::Stale)));
    });
}

/// On this rests that who believes earlier authorities finds no real block whose state agrees.
#[test]
fn the_last_block_of_a_set_names_the_next_one_in_its_header_and_in_its_state() {
    run(|| {
        let bob = Sr25519Keyring::Bob;
        let (aura, grandpa) = (bob.pair(), Ed25519Keyring::Bob.pair());
        let keys = crate::SessionKeys { aura: aura.public().into(), grandpa: grandpa.public().into() };
        let statement = sp_core::proof_of_possession::statement_of_ownership(bob.to_account_id().as_ref());
        let proof = (aura.sign(&statement), grandpa.sign(&statement)).encode();
        for call in [
            RuntimeCall::Validators(adyton_pallet_validators::Call::bond { amount: 1_000 * PHA }),
            RuntimeCall::Session(pallet_session::Call::set_keys { keys, proof }),
            RuntimeCall::Validators(adyton_pallet_validators::Call::validate {}),
        ] {
            assert_eq!(by_account(bob, call), Ok(Ok(())));
        }
        while Grandpa::pending_change().is_none() {
            assert!(System::block_number() < 150, "nobody else ever serves");
            next_block();
        }
        <Grandpa as Hooks<_>>::on_finalize(System::block_number());
        let authorities = Grandpa::grandpa_authorities();
        assert_eq!(authorities.len(), 2);
        let said = DigestItem::Consensus(sp_consensus_grandpa::GRANDPA_ENGINE_ID, (1u8, &authorities, 0u32).encode());
        assert!(System::digest().logs.contains(&said));
        assert_eq!(pallet_grandpa::CurrentSetId::<Runtime>::get(), 1);
    });
}

#[test]
fn an_author_gets_a_fifth_of_a_fee_and_the_rest_is_burnt() {
    run(|| {
        let (author, issued) = (Balances::free_balance(validator()), Balances::total_issuance());
        let bob = Balances::free_balance(Sr25519Keyring::Bob.to_account_id());
        let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![1] });
        assert_eq!(by_account(Sr25519Keyring::Bob, remark), Ok(Ok(())));
        let fee = bob - Balances::free_balance(Sr25519Keyring::Bob.to_account_id());
        assert!(fee > 0);
        assert_eq!(Balances::free_balance(validator()) - author, fee / 5);
        assert_eq!(issued - Balances::total_issuance(), fee - fee / 5);
    });
}

#[test]
fn a_tip_goes_to_the_author_whole() {
    use frame_support::traits::{Imbalance, OnUnbalanced, fungible::Balanced};

    run(|| {
        let before = Balances::free_balance(validator());
        let (fee, tip) = (Balances::issue(1_000_009), Balances::issue(77));
        crate::consensus::ToAuthor::on_unbalanceds([fee, tip].into_iter());
        assert_eq!(Balances::free_balance(validator()) - before, 200_001 + 77);
        let lonely = <Balances as Balanced<AccountId>>::issue(9);
        assert_eq!(lonely.peek(), 9);
        crate::consensus::ToAuthor::on_unbalanceds([lonely].into_iter());
        assert_eq!(Balances::free_balance(validator()) - before, 200_001 + 77 + 1);
    });
}

#[test]
fn whoever_made_a_block_of_a_session_is_noted_until_it_ends() {
    run(|| {
        let noted = || adyton_pallet_validators::Authored::<Runtime>::contains_key(validator());
        assert!(noted());
        while System::block_number() < 50 {
            next_block();
        }
        assert!(!noted());
        next_block();
        assert!(noted());
        assert_eq!(Pending::<Runtime>::iter().count(), 0);
    });
}

#[test]
fn who_had_a_key_is_said_for_its_set() {
    run(|| {
        let key = Ed25519Keyring::Alice.public();
        let session = pallet_grandpa::SetIdSession::<Runtime>::get(0).expect("the first set is known");
        let proof = Validators::key_owner_proof(session, sp_core::crypto::key_types::GRANDPA, &key.0);
        assert_eq!(proof.map(|proof| (proof.session, proof.validator_count)), Some((0, 1)));
    });
}

#[test]
fn only_who_has_a_bond_sets_session_keys_and_only_its_own() {
    run(|| {
        let bob = Sr25519Keyring::Bob.to_account_id();
        let (aura, grandpa) = (Sr25519Keyring::Bob.pair(), Ed25519Keyring::Bob.pair());
        let keys = crate::SessionKeys { aura: aura.public().into(), grandpa: grandpa.public().into() };
        let set = |proof| {
            let call = pallet_session::Call::set_keys { keys: keys.clone(), proof };
            by_account(Sr25519Keyring::Bob, RuntimeCall::Session(call)).expect("is valid")
        };
        let statement = |owner: &AccountId| sp_core::proof_of_possession::statement_of_ownership(owner.as_ref());
        let proof = |owner: &AccountId| (aura.sign(&statement(owner)), grandpa.sign(&statement(owner))).encode();
        let refused = |error: pallet_session::Error<Runtime>| Err(sp_runtime::DispatchError::from(error));
        assert_eq!(set(proof(&bob)), refused(pallet_session::Error::NoAssociatedValidatorId));
        let bond = RuntimeCall::Validators(adyton_pallet_validators::Call::bond { amount: 1_000 * PHA });
        assert_eq!(by_account(Sr25519Keyring::Bob, bond), Ok(Ok(())));
        assert_eq!(set(proof(&validator())), refused(pallet_session::Error::InvalidProof));
        assert_eq!(set(proof(&bob)), Ok(()));
        assert_eq!(Session::load_keys(&bob), Some(keys.clone()));
        let stand = RuntimeCall::Validators(adyton_pallet_validators::Call::validate {});
        assert_eq!(by_account(Sr25519Keyring::Bob, stand), Ok(Ok(())));
    });
}
