//! What must always hold.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
    /// The invariants: the pallet's account has what all balances and purses come to, and what keeps it besides; an
    /// account is of a contract, and settled no later than now; terms pay something; the parameters fit; no worker has
    /// claimed in a block to come, or under more anchors than it has.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use crate::{Accounts, Claimed, Purses, Settings};
        use adyton_pallet_traits::{Anchors, Deployments};
        use polkadot_sdk::frame_support::{ensure, traits::fungible::Inspect};

        ensure!(Settings::<T>::get().validate().is_ok(), "the parameters contradict each other");
        let (mut sum, now) = (0_u128, Self::block_number());
        for (contract, account) in Accounts::<T>::iter() {
            ensure!(T::Deployments::owner(&contract).is_some(), "an account is of no contract");
            ensure!(account.settled_at <= now, "an account was settled in a block to come");
            let next = account.terms.next.as_ref().and_then(|(terms, _)| terms.as_ref());
            let priced = account.terms.present.iter().chain(next).all(|terms| terms.price > 0 && terms.units > 0);
            ensure!(priced, "terms pay nothing, or allow nothing");
            sum = sum.checked_add(account.balance).ok_or("the balances come to more than there can be")?;
        }
        for purse in Purses::<T>::iter_values() {
            ensure!(purse.used & 1 == 0, "a purse does not begin at its first open number");
            sum = sum.checked_add(purse.balance).ok_or("the purses come to more than there can be")?;
        }
        let has = T::Currency::balance(&Self::account_id());
        let kept = if has == 0 { 0 } else { T::Currency::minimum_balance() };
        ensure!(sum.checked_add(kept).is_some_and(|least| has >= least), "the balances are not all there");
        for (worker, claimed) in Claimed::<T>::iter() {
            ensure!(claimed.block <= now, "a worker claimed in a block to come");
            ensure!(claimed.anchors <= T::Anchors::anchors(&worker), "a worker claimed under anchors to come");
        }
        Ok(())
    }
}
