//! Deployments, upgrades and what an owner may do.

use super::*;

#[test]
fn announced_code_is_deployed_with_its_manifest_and_policy() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        let record = pallet::Contracts::<Test>::get(contract).expect("is deployed");
        assert_eq!((record.owner, record.code, record.version), (AccountId([1; 32]), CODE, 1));
        assert_eq!((record.manifest, record.deployed_at), (manifest().encode(), 10));
    });
}

#[test]
fn code_of_no_size_too_large_or_known_is_refused() {
    run(|| {
        let other = CodeHash([9; 32]);
        assert_noop!(Contracts::upload_code(owner(), other, 0), Error::<Test>::CodeSize);
        assert_noop!(Contracts::upload_code(owner(), other, MAX_CODE + 1), Error::<Test>::CodeSize);
        assert_noop!(Contracts::upload_code(owner(), CODE, 1), Error::<Test>::CodeKnown);
    });
}

#[test]
fn unknown_code_a_broken_manifest_a_long_policy_or_the_same_salt_is_refused() {
    run(|| {
        let try_deploy = |code, manifest: Vec<u8>, policy| {
            Contracts::deploy(owner(), code, BoundedVec::truncate_from(manifest), policy, [0; 32])
        };
        let good = manifest().encode();
        assert_noop!(try_deploy(CodeHash([9; 32]), good.clone(), open_policy()), Error::<Test>::UnknownCode);
        assert_noop!(try_deploy(CODE, vec![1], open_policy()), Error::<Test>::Manifest);
        let long =
            ContractPolicy { operators: Operators::Only(vec![AccountId([0; 32]); MAX_ENTRIES + 1]), ..open_policy() };
        assert_noop!(try_deploy(CODE, good.clone(), long), Error::<Test>::Policy);
        assert_ok!(try_deploy(CODE, good.clone(), open_policy()));
        assert_noop!(try_deploy(CODE, good, open_policy()), Error::<Test>::AlreadyDeployed);
    });
}

#[test]
fn a_demand_for_devices_that_cannot_be_met_is_refused() {
    run(|| {
        let try_deploy = |architectures, minimum| {
            let policy = ContractPolicy { devices: Some(DeviceDemand { architectures, minimum }), ..open_policy() };
            Contracts::deploy(owner(), CODE, BoundedVec::truncate_from(manifest().encode()), policy, [0; 32])
        };
        assert_noop!(try_deploy(vec![], 1), Error::<Test>::Policy);
        assert_noop!(try_deploy(vec![Architecture::Hopper; MAX_ARCHITECTURES + 1], 1), Error::<Test>::Policy);
        assert_noop!(try_deploy(vec![Architecture::Hopper], 0), Error::<Test>::Policy);
        assert_noop!(try_deploy(vec![Architecture::Hopper], MAX_DEVICES + 1), Error::<Test>::Policy);
        assert_ok!(try_deploy(vec![Architecture::Hopper], MAX_DEVICES));
    });
}

#[test]
fn new_code_applies_after_the_delay_and_not_before() {
    run(|| {
        let (contract, code) = (deploy(open_policy(), 0), CodeHash([4; 32]));
        assert_noop!(Contracts::announce_upgrade(owner(), contract, code), Error::<Test>::UnknownCode);
        assert_ok!(Contracts::upload_code(owner(), code, 1));
        assert_noop!(Contracts::apply_upgrade(owner(), contract), Error::<Test>::NoUpgrade);
        assert_ok!(Contracts::announce_upgrade(owner(), contract, code));
        System::set_block_number(14);
        assert_noop!(Contracts::apply_upgrade(owner(), contract), Error::<Test>::UpgradeTooEarly);
        System::set_block_number(15);
        assert_ok!(Contracts::apply_upgrade(owner(), contract));
        let record = pallet::Contracts::<Test>::get(contract).expect("is deployed");
        assert_eq!((record.code, record.version, record.pending), (code, 2, None));
    });
}

#[test]
fn on_a_chain_without_a_network_nothing_is_deployed_anchored_or_reported() {
    run(|| {
        let (worker, contract) = opened();
        let call = remark("price");
        let receipt = worker.receipt(contract, 1, 1, 1, &call);
        unnamed();
        let manifest = BoundedVec::truncate_from(manifest().encode());
        let deployed = Contracts::deploy(owner(), CODE, manifest, open_policy(), [1; 32]);
        assert_noop!(deployed, Error::<Test>::NoNetwork);
        assert_noop!(worker.anchor(contract, 1, 1, head(1)), Error::<Test>::NoNetwork);
        assert_noop!(worker.report(receipt, &call), Error::<Test>::NoNetwork);
    });
}

#[test]
fn an_immutable_contract_keeps_its_code() {
    run(|| {
        let contract = deploy(ContractPolicy { upgrade: Upgrade::Immutable, ..open_policy() }, 0);
        assert_noop!(Contracts::announce_upgrade(owner(), contract, CODE), Error::<Test>::Immutable);
    });
}

#[test]
fn only_the_owner_changes_code() {
    run(|| {
        let contract = deploy(open_policy(), 0);
        let other = || RuntimeOrigin::signed(account(2));
        assert_noop!(Contracts::announce_upgrade(other(), contract, CODE), Error::<Test>::NotYourContract);
        assert_noop!(Contracts::apply_upgrade(other(), contract), Error::<Test>::NotYourContract);
        assert_noop!(Contracts::announce_upgrade(owner(), ContractId([9; 32]), CODE), Error::<Test>::UnknownContract);
    });
}

#[test]
fn other_pallets_learn_whether_a_contract_takes_messages() {
    use adyton_pallet_traits::Deployments as _;

    run(|| {
        let deaf = deploy(open_policy(), 0);
        let manifest = adyton_protocol::manifest::Manifest { messages: true, ..manifest() };
        let manifest = BoundedVec::truncate_from(manifest.encode());
        Contracts::deploy(owner(), CODE, manifest, open_policy(), [1; 32]).expect("deploys");
        let takes = ContractId::derive(&NETWORK, &AccountId([1; 32]), &[1; 32]);
        assert_eq!((Contracts::takes_messages(&deaf), Contracts::takes_messages(&takes)), (Some(false), Some(true)));
        assert_eq!(Contracts::takes_messages(&ContractId([0; 32])), None);
    });
}
