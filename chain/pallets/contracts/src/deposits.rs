//! What is held for what stands in the state, until it goes: a price for each entry and for each of its bytes.
//!
//! Whoever deploys pays beforehand for what workers will write of the contract: its lease, its head, its reports.

use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, BlockNumber},
    record::{CodeRecord, ContractRecord, HeadRecord, LeaseRecord, PendingUpgrade, RetiredRecord},
};
use codec::{Encode, MaxEncodedLen};
use frame_support::traits::{Get, fungible::hold::Mutate, tokens::Precision};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchResult},
};

use crate::{Config, HoldReason, Pallet};

/// Bytes of an entry's key behind its prefix: a hash, and what it is of.
const KEY: usize = 16 + 32;

impl<T: Config> Pallet<T> {
    /// For a component's announcement.
    pub(crate) fn code_deposit() -> u128 {
        price::<T>(&[CodeRecord::max_encoded_len()])
    }

    /// For a contract with this record: that, and the most that there will be in `Leases`, `Heads`, `Reports`,
    /// `ReportedAt` and `Held`, which is larger than `Vacant` and `Halted` and in their place.
    pub(crate) fn contract_deposit(record: &ContractRecord) -> u128 {
        price::<T>(&[
            record.encoded_size().saturating_add(PendingUpgrade::max_encoded_len()),
            LeaseRecord::max_encoded_len(),
            HeadRecord::max_encoded_len(),
            u64::max_encoded_len(),
            BlockNumber::max_encoded_len(),
            KEY,
        ])
    }

    /// For what is left of a contract.
    pub(crate) fn retired_deposit() -> u128 {
        price::<T>(&[RetiredRecord::max_encoded_len()])
    }

    pub(crate) fn hold(reason: HoldReason, of: &ProtocolAccount, amount: u128) -> DispatchResult {
        T::Currency::hold(&reason.into(), &AccountId32::new(of.0), amount)
    }

    pub(crate) fn give_back(reason: HoldReason, to: &ProtocolAccount, amount: u128) -> DispatchResult {
        T::Currency::release(&reason.into(), &AccountId32::new(to.0), amount, Precision::BestEffort).map(|_| ())
    }

    /// The invariants: what is held of each account is what stands in the records that it pays for, and nothing is held
    /// of one that pays for none.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub(crate) fn try_deposits() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use crate::{Codes, Contracts, Retired};
        use alloc::{collections::BTreeMap, vec::Vec};
        use frame_support::{ensure, traits::fungible::InspectHold};
        use polkadot_sdk::frame_system::Account;

        let codes: Vec<_> = Codes::<T>::iter_values().map(|code| (code.uploader, code.deposit)).collect();
        let living = Contracts::<T>::iter_values().map(|contract| (contract.owner, contract.deposit));
        let contracts = living.chain(Retired::<T>::iter_values().map(|left| (left.owner, left.deposit))).collect();
        for (reason, deposits) in [(HoldReason::Code, codes), (HoldReason::Contract, contracts)] {
            let mut owed = BTreeMap::<AccountId32, u128>::new();
            for (account, deposit) in deposits {
                let sum = owed.entry(AccountId32::new(account.0)).or_default();
                *sum = sum.saturating_add(deposit);
            }
            for account in Account::<T>::iter_keys().chain(owed.keys().cloned()) {
                let held = T::Currency::balance_on_hold(&reason.into(), &account);
                let owed = owed.get(&account).copied().unwrap_or_default();
                ensure!(held == owed, "what is held is not what the deposits come to");
            }
        }
        Ok(())
    }
}

/// Of entries whose values have so many bytes.
fn price<T: Config>(values: &[usize]) -> u128 {
    let bytes = values.iter().fold(0_u128, |sum, value| sum.saturating_add(KEY.saturating_add(*value) as u128));
    let entries = T::EntryDeposit::get().saturating_mul(values.len() as u128);
    entries.saturating_add(T::ByteDeposit::get().saturating_mul(bytes))
}
