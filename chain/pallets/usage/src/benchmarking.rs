//! What the calls cost.

use adyton_pallet_traits::Retirement;
use adyton_protocol::{
    call::AccountScheme,
    ids::{AccountId as ProtocolAccount, ContractId, SigningKey, WorkerId},
    usage::{Claim, Claims, MAX_CLAIMS, Metered, Parameters, Royalty, Terms},
    voucher::{SignedVoucher, Voucher},
};
use frame_support::traits::{EnsureOrigin, Get, fungible::Unbalanced, tokens::Precision};
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_core::crypto::KeyTypeId, sp_runtime::AccountId32, *};

use crate::{Accounts, Asks, Call, Config, Pallet, Purses, Settings};

const KEY: SigningKey = SigningKey([5; 32]);
const KEY_TYPE: KeyTypeId = KeyTypeId(*b"vouc");
const MUCH: u128 = 1_000_000_000_000_000;
/// A tenth of a PHA: what a call costs is more than the least that keeps an account.
const PRICE: u128 = 100_000_000_000;

/// Prepares the state in which contracts pay.
pub trait Helper {
    /// A valid worker with `key`, with a pool's stake behind it.
    fn worker(key: SigningKey) -> WorkerId;

    /// A contract whose living lease, number 1 since block 0, `worker` holds; of another number, another one.
    fn leased(worker: WorkerId, number: u32) -> ContractId;

    /// Who owns these contracts, and operates the worker.
    fn owner() -> ProtocolAccount;
}

/// The owner, with enough.
fn owner<T: Config>() -> AccountId32 {
    let owner = AccountId32::new(T::BenchmarkHelper::owner().0);
    for account in [&owner, &T::Treasury::get()] {
        T::Currency::increase_balance(account, MUCH.saturating_mul(1000), Precision::Exact).expect("there is room");
    }
    owner
}

/// A contract with terms, at most this price for a unit, and a filled account.
fn priced<T: Config>(owner: &AccountId32, worker: WorkerId, number: u32, price: u128) -> ContractId {
    let contract = T::BenchmarkHelper::leased(worker, number);
    // To each an account of its own, which the royalty makes.
    let mut to = [9; 32];
    to[..4].copy_from_slice(&number.to_be_bytes());
    let royalty = Some(Royalty { to: ProtocolAccount(to), share: 100_000 });
    let terms = Terms { price, units: 1_000, royalty, caller: None };
    let origin = || RawOrigin::Signed(owner.clone()).into();
    Pallet::<T>::set_terms(origin(), contract, Some(terms)).expect("they are possible");
    Pallet::<T>::fund(origin(), contract, MUCH).expect("is filled");
    contract
}

fn at<T: Config>(block: u32) {
    frame_system::Pallet::<T>::set_block_number(block.into());
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn fund() {
        let owner = owner::<T>();
        let contract = T::BenchmarkHelper::leased(T::BenchmarkHelper::worker(KEY), 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), contract, MUCH);

        assert!(Accounts::<T>::get(contract).is_some_and(|account| account.balance == MUCH));
    }

    #[benchmark]
    fn take_back() {
        let owner = owner::<T>();
        at::<T>(1);
        let contract = priced::<T>(&owner, T::BenchmarkHelper::worker(KEY), 0, 1_000);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), contract, MUCH / 2);

        assert!(Accounts::<T>::get(contract).is_some_and(|account| account.balance == MUCH / 2));
    }

    #[benchmark]
    fn set_terms() {
        let owner = owner::<T>();
        at::<T>(1);
        let contract = priced::<T>(&owner, T::BenchmarkHelper::worker(KEY), 0, 1_000);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), contract, None);

        assert!(Accounts::<T>::get(contract).is_some_and(|account| account.terms.next.is_some()));
    }

    #[benchmark]
    fn set_ask() {
        let owner = owner::<T>();
        let worker = T::BenchmarkHelper::worker(KEY);
        // To ask more holds after the notice.
        Pallet::<T>::set_ask(RawOrigin::Signed(owner.clone()).into(), worker, 3).expect("is set");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), worker, 5);

        assert!(Asks::<T>::contains_key(worker));
    }

    #[benchmark]
    fn claim(n: Linear<1, MAX_CLAIMS>) {
        let owner = owner::<T>();
        at::<T>(1);
        let worker = T::BenchmarkHelper::worker(KEY);
        Pallet::<T>::set_ask(RawOrigin::Signed(owner.clone()).into(), worker, PRICE).expect("is set");
        let metered = Metered { fuel: 1_000_000_000, ..Metered::default() };
        let claims: alloc::vec::Vec<Claim> = (0..n)
            .map(|number| {
                let contract = priced::<T>(&owner, worker, number, PRICE);
                Claim { contract, lease: 1, after: 1, calls: 1, metered, last: false }
            })
            .collect();
        at::<T>(1 + Parameters::default().period);

        #[extrinsic_call]
        _(RawOrigin::Signed(AccountId32::new(KEY.0)), 0, Claims::truncate_from(claims));

        assert!(Accounts::<T>::iter_values().all(|account| account.spent == 1_000 * PRICE));
    }

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = T::EconomyOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let parameters = Parameters { minimum: 7, ..Parameters::default() };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, parameters);

        assert_eq!(Settings::<T>::get(), parameters);
        Ok(())
    }

    #[benchmark]
    fn fill_purse() {
        let owner = owner::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), MUCH);

        assert_eq!(Purses::<T>::get(T::BenchmarkHelper::owner()).balance, MUCH);
    }

    #[benchmark]
    fn empty_purse() {
        let owner = owner::<T>();
        Pallet::<T>::fill_purse(RawOrigin::Signed(owner.clone()).into(), MUCH).expect("is filled");

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), MUCH / 2);

        assert_eq!(Purses::<T>::get(T::BenchmarkHelper::owner()).balance, MUCH / 2);
    }

    #[benchmark]
    fn revoke() {
        let owner = owner::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), 5);

        assert_eq!(Purses::<T>::get(T::BenchmarkHelper::owner()).first, 5);
    }

    #[benchmark]
    fn redeem() {
        let owner = owner::<T>();
        let contract = T::BenchmarkHelper::leased(T::BenchmarkHelper::worker(KEY), 0);
        let key = sp_io::crypto::sr25519_generate(KEY_TYPE, None);
        let funder = AccountId32::new(key.0);
        T::Currency::increase_balance(&funder, MUCH.saturating_mul(10), Precision::Exact).expect("there is room");
        Pallet::<T>::fill_purse(RawOrigin::Signed(funder).into(), MUCH).expect("is filled");
        let voucher = Voucher { contract, caller: None, amount: MUCH, expiry: u32::MAX, number: 0 };
        let network = T::Network::get().expect("the network is named");
        // As wallets sign, so that both forms are tried.
        let message = [b"<Bytes>".as_slice(), &voucher.message(&network), b"</Bytes>"].concat();
        let signature = sp_io::crypto::sr25519_sign(KEY_TYPE, &key, &message).expect("the key is there").0;
        let funder = ProtocolAccount(key.0);
        let signed = SignedVoucher { voucher, funder, scheme: AccountScheme::Sr25519, signature };

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), signed);

        assert!(Accounts::<T>::get(contract).is_some_and(|account| account.balance == MUCH));
    }

    #[benchmark]
    fn retired() {
        let owner = owner::<T>();
        at::<T>(1);
        let contract = priced::<T>(&owner, T::BenchmarkHelper::worker(KEY), 0, 1_000);
        Pallet::<T>::set_terms(RawOrigin::Signed(owner.clone()).into(), contract, None).expect("they end");
        let Parameters { notice, window, .. } = Parameters::default();
        at::<T>(1 + notice + window);

        #[block]
        {
            Pallet::<T>::retired(&contract, &T::BenchmarkHelper::owner()).expect("nothing is claimed any more");
        }

        assert!(!Accounts::<T>::contains_key(contract));
    }
}
