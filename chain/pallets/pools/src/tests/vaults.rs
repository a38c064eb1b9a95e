use super::*;

/// A stake with which an index of rewards has no rest, and beside which a vault's slack is little.
const BIG: u128 = 1 << 24;

fn split(vault: u32, targets: &[(u32, u32)]) -> Result<(), DispatchError> {
    let targets = targets.iter().map(|(pool, weight)| Target { pool: *pool, weight: *weight }).collect::<Vec<_>>();
    Pools::split(signed(3), vault, Targets::truncate_from(targets))
}

/// What a vault has in a pool, and what of it leaves.
fn placed(pool: u32, vault: u32) -> (u128, u128) {
    let position = Positions::<Test>::get(pool, Holder::Vault(vault));
    (position.active.held, position.leaving.held)
}

/// Pools 1 and 2 of accounts 1 and 2 and vault 3 of account 3, in which accounts 4 and 5 have twice [`BIG`] each, a
/// quarter of it in pool 1.
fn spread() -> (u32, u32, u32) {
    let (one, two, vault) = (create(1, false), create(2, false), create(3, true));
    join(4, vault, 2 * BIG);
    join(5, vault, 2 * BIG);
    split(vault, &[(one, 1), (two, 3)]).expect("is split");
    (one, two, vault)
}

fn gain(number: u8, id: u32) -> u128 {
    let before = free(number);
    Pools::claim(signed(number), id).map(|_| free(number) - before).unwrap_or_default()
}

#[test]
fn a_vault_joins_pools_by_weight_while_its_members_have_the_stake() {
    run(|| {
        let (one, two, vault) = spread();
        assert_eq!((placed(one, vault), placed(two, vault)), ((BIG, 0), (3 * BIG, 0)));
        assert_eq!((pool(vault).bound, pool(vault).free()), (4 * BIG, 0));
        assert_eq!((held(3), held(4), PoolTotals::<Test>::get().held), (0, 2 * BIG, 4 * BIG));
        // What comes later goes the same way when somebody says so.
        join(6, vault, 4 * BIG);
        assert_ok!(Pools::spread(signed(9), vault));
        assert_eq!((placed(one, vault), placed(two, vault)), ((2 * BIG, 0), (6 * BIG, 0)));
        assert_noop!(Pools::close(signed(3), vault), Error::<Test>::StillUsed);
    });
}

#[test]
fn a_vault_takes_its_fee_of_gain_and_none_of_what_makes_good_a_loss() {
    run(|| {
        let (one, _, vault) = spread();
        start(one, 1, BIG);
        assert_eq!(reward(1_000), 1_000);
        // The pool's owner has 100, the vault's 90.
        assert_eq!([gain(1, one), gain(3, vault), gain(4, vault), gain(5, vault)], [100, 90, 405, 405]);
        assert_eq!(Pools::slash(one, 800).total(), 800);
        assert_ok!(Pools::settle(signed(9), vault, holder(4)));
        assert_eq!((held(4), held(5)), (2 * BIG - 400, 2 * BIG));
        assert_eq!(reward(1_000), 1_000);
        assert_eq!([gain(3, vault), gain(4, vault), gain(5, vault)], [10, 445, 445]);
        assert_eq!(held(5), 2 * BIG - 400);
    });
}

#[test]
fn who_leaves_a_vault_does_not_escape_what_its_pools_have_lost() {
    run(|| {
        let (one, two, vault) = spread();
        assert_eq!(Pools::slash(one, 4_000).total(), 4_000);
        assert_ok!(Pools::leave(signed(4), vault, None));
        assert_eq!((held(4), pool(vault).books.shared.leaving.value), (2 * BIG - 2_000, 2 * BIG - 2_000));
        assert_eq!(Pools::slash(two, 4_000).total(), 4_000);
        pass(PARAMETERS.unbonding + 1);
        assert_eq!((held(4), free(4)), (0, MONEY - 4_000));
        assert_ok!(Pools::settle(signed(9), vault, holder(5)));
        assert_eq!(held(5), 2 * BIG - 4_000);
    });
}

#[test]
fn who_joins_a_vault_has_nothing_of_what_it_earned_before() {
    run(|| {
        let (one, _, vault) = spread();
        start(one, 1, BIG);
        assert_eq!(reward(1_000), 1_000);
        join(6, vault, 4 * BIG);
        assert_eq!([gain(4, vault), gain(5, vault), gain(6, vault)], [405, 405, 0]);
    });
}

#[test]
fn a_vault_leaves_its_pools_with_what_its_members_leave_it_with() {
    run(|| {
        let (one, two, vault) = spread();
        let left = Pools::leave(signed(4), vault, None).expect("leaves");
        type Costs = weights::SubstrateWeight<Test>;
        let cost = Costs::leave().saturating_add(Costs::revalue(2)).saturating_add(Costs::spread(2));
        assert_eq!(left.actual_weight, Some(cost), "the vault is looked at twice");
        let slack = 1_000_000;
        assert_eq!((placed(one, vault), placed(two, vault)), ((0, BIG), (2 * BIG - slack, BIG + slack)));
        // What leaves already is not asked for again.
        assert_ok!(Pools::spread(signed(9), vault));
        assert_eq!(placed(two, vault), (2 * BIG - slack, BIG + slack));
        pass(PARAMETERS.unbonding + 1);
        assert_eq!((free(4), held(4), pool(vault).free()), (MONEY, 0, slack));
        assert_ok!(Pools::spread(signed(9), vault));
        assert_eq!(placed(one, vault), (slack / 4, 0));
        assert_ok!(Pools::leave(signed(5), vault, None));
        pass(PARAMETERS.unbonding + 1);
        assert_eq!((free(5), pool(vault).bound, pool(vault).books.total()), (MONEY, 0, 0));
        assert_ok!(Pools::close(signed(3), vault));
    });
}

#[test]
fn a_vaults_owner_moves_its_stake_between_pools() {
    run(|| {
        let (one, two, vault) = spread();
        let three = create(1, false);
        assert_ok!(split(vault, &[(two, 1), (three, 1)]));
        assert_eq!((placed(one, vault), placed(two, vault)), ((0, BIG), (2 * BIG, BIG)));
        // It is still in the first, and so has it among its targets.
        let weights = |targets: Targets| targets.iter().map(|target| target.weight).collect::<Vec<_>>();
        let targets = || pool(vault).vault.expect("is one").targets;
        assert_eq!(weights(targets()), [0, 1, 1]);
        pass(PARAMETERS.unbonding);
        assert_ok!(Pools::spread(signed(9), vault));
        assert_eq!((placed(two, vault), placed(three, vault)), ((3 * BIG, 0), (BIG, 0)));
        assert_ok!(split(vault, &[(two, 1), (three, 1)]));
        assert_eq!((weights(targets()), placed(two, vault)), (vec![1, 1], (2 * BIG, BIG)));
        assert_ok!(split(vault, &[]));
        pass(PARAMETERS.unbonding);
        assert_eq!((pool(vault).bound, pool(vault).free()), (0, 4 * BIG));
    });
}

#[test]
fn nobody_escapes_through_a_vault_from_a_pool_that_is_frozen() {
    run(|| {
        let (one, vault) = (create(1, false), create(3, true));
        join(4, vault, BIG);
        join(5, vault, BIG);
        assert_ok!(split(vault, &[(one, 1)]));
        // The vault has free stake enough.
        join(6, vault, 2 * BIG);
        assert_ok!(Pools::leave(signed(4), vault, None));
        assert_ok!(Pools::freeze(one, 4_000));
        assert_noop!(Pools::join(signed(7), vault, BIG).map_err(|e| e.error), Error::<Test>::PoolFrozen);
        pass(PARAMETERS.unbonding + 1);
        assert_eq!(held(4), BIG);
        assert_eq!(Pools::slash(one, 4_000).total(), 4_000);
        pass(1);
        assert_eq!((held(4), free(4)), (0, MONEY - 1_000));
    });
}

#[test]
fn who_leaves_a_vault_after_the_patience_leaves_their_part_of_what_is_frozen_in_its_pools() {
    run(|| {
        let (one, vault) = (create(1, false), create(3, true));
        join(4, vault, BIG);
        join(5, vault, BIG);
        assert_ok!(split(vault, &[(one, 1)]));
        join(6, vault, 2 * BIG);
        assert_ok!(Pools::leave(signed(4), vault, None));
        assert_ok!(Pools::freeze(one, 4_000));
        pass(PARAMETERS.unbonding + PARAMETERS.patience);
        assert_eq!((held(4), free(4), pool(vault).given), (0, MONEY - 1_000, 1_000));
        assert_eq!(Pools::slash(one, 4_000).total(), 4_000);
        // As much as they would have lost with the other one still there.
        assert_ok!(Pools::settle(signed(9), vault, holder(5)));
        assert_ok!(Pools::settle(signed(9), vault, holder(6)));
        assert_eq!((held(5), held(6)), (BIG - 1_000, 2 * BIG - 2_000));
        assert_eq!((pool(vault).given, pool(vault).free()), (0, BIG + 1_000));
        assert_eq!(PoolTotals::<Test>::get().slashed, 4_000);
    });
}

#[test]
fn a_vault_is_joined_and_left_while_its_pools_owner_covers_what_is_frozen() {
    run(|| {
        let (one, vault) = (create(1, false), create(3, true));
        join(1, one, 4_000);
        join(4, vault, BIG);
        assert_ok!(split(vault, &[(one, 1)]));
        join(5, vault, BIG);
        assert_ok!(Pools::leave(signed(4), vault, None));
        assert_ok!(Pools::freeze(one, 4_000));
        join(6, vault, BIG);
        pass(PARAMETERS.unbonding);
        assert_eq!((held(4), free(4)), (0, MONEY));
    });
}

#[test]
fn a_vault_joins_a_restricted_pool_by_its_owners_account() {
    run(|| {
        let (one, vault) = (create(1, false), create(3, true));
        assert_ok!(Pools::set_restricted(signed(1), one, true));
        join(4, vault, BIG);
        assert_ok!(split(vault, &[(one, 1)]));
        assert_eq!((placed(one, vault), pool(vault).free()), ((0, 0), BIG));
        assert_ok!(Pools::set_allowed(signed(1), one, account(3), true));
        assert_ok!(Pools::spread(signed(9), vault));
        assert_eq!((placed(one, vault), pool(vault).free()), ((BIG, 0), 0));
    });
}

#[test]
fn a_vault_is_split_by_its_owner_over_pools_in_order_and_not_over_too_many() {
    run(|| {
        let (one, two, vault) = spread();
        assert_noop!(Pools::split(signed(1), one, Targets::default()), Error::<Test>::NotAVault);
        assert_noop!(Pools::split(signed(1), vault, Targets::default()), Error::<Test>::NotYourPool);
        assert_noop!(Pools::spread(signed(1), one), Error::<Test>::NotAVault);
        assert_noop!(split(vault, &[(two, 1), (one, 1)]), Error::<Test>::BadTargets);
        assert_noop!(split(vault, &[(one, 1), (one, 1)]), Error::<Test>::BadTargets);
        assert_noop!(split(vault, &[(one, 0)]), Error::<Test>::BadTargets);
        assert_noop!(split(vault, &[(one, 1), (99, 1)]), Error::<Test>::UnknownPool);
        assert_noop!(split(vault, &[(vault, 1)]), Error::<Test>::IsAVault);
        assert_noop!(Pools::assign(signed(3), vault, worker(1), 1), Error::<Test>::IsAVault);
        let others = (0..MAX_TARGETS).map(|_| (create(1, false), 1)).collect::<Vec<_>>();
        assert_noop!(split(vault, &others), Error::<Test>::TooManyTargets);
        assert_ok!(split(vault, &[&[(one, 1), (two, 1)][..], &others[2..]].concat()));
        assert_eq!(Pools::slash(vault, 1_000), Slashed::default());
    });
}
