//! Vouchers, and the purses that they are paid from.

use adyton_pallet_traits::Deployments;
use adyton_protocol::{
    call::AccountScheme,
    ids::ContractId,
    voucher::{Purse, PurseRefusal, SignedVoucher},
};
use frame_support::{
    ensure,
    traits::{Get, fungible::Mutate, tokens::Preservation},
};
use polkadot_sdk::{
    frame_support,
    sp_core::{ed25519, sr25519},
    sp_runtime::{AccountId32, DispatchResult, MultiSignature, traits::Verify},
};

use crate::{Accounts, Config, Error, Event, Pallet, Purses, Settings, accounts::protocol};

impl<T: Config> Pallet<T> {
    pub(crate) fn fill_own(funder: &AccountId32, amount: u128) -> DispatchResult {
        ensure!(amount >= Settings::<T>::get().minimum, Error::<T>::TooLittle);
        let purse = Purses::<T>::get(protocol(funder));
        let balance = purse.balance.checked_add(amount).ok_or(Error::<T>::Overflow)?;
        Self::receive(funder, amount)?;
        Purses::<T>::insert(protocol(funder), Purse { balance, ..purse });
        Self::deposit_event(Event::PurseFilled { funder: protocol(funder), amount });
        Ok(())
    }

    pub(crate) fn empty_own(funder: &AccountId32, amount: u128) -> DispatchResult {
        let purse = Purses::<T>::get(protocol(funder));
        let balance = purse.balance.checked_sub(amount).ok_or(Error::<T>::TooMuch)?;
        T::Currency::transfer(&Self::account_id(), funder, amount, Preservation::Preserve)?;
        Purses::<T>::insert(protocol(funder), Purse { balance, ..purse });
        Self::deposit_event(Event::PurseEmptied { funder: protocol(funder), amount });
        Ok(())
    }

    pub(crate) fn revoke_below(funder: &AccountId32, number: u64) {
        Purses::<T>::mutate(protocol(funder), |purse| *purse = purse.revoking(number));
        Self::deposit_event(Event::Revoked { funder: protocol(funder), below: number });
    }

    pub(crate) fn take_voucher(by: &AccountId32, signed: &SignedVoucher) -> DispatchResult {
        let network = T::Network::get().ok_or(Error::<T>::NoNetwork)?;
        let voucher = &signed.voucher;
        let contract: ContractId = voucher.contract;
        ensure!(Self::block_number() <= voucher.expiry, Error::<T>::Expired);
        ensure!(voucher.caller.is_none_or(|caller| caller == protocol(by)), Error::<T>::NotYourVoucher);
        ensure!(voucher.amount >= Settings::<T>::get().minimum, Error::<T>::TooLittle);
        ensure!(T::Deployments::owner(&contract).is_some(), Error::<T>::UnknownContract);
        let purse = Purses::<T>::get(signed.funder).pay(voucher.number, voucher.amount).map_err(refused::<T>)?;
        ensure!(verifies(signed, &voucher.message(&network)), Error::<T>::Signature);
        let mut account = Accounts::<T>::get(contract).unwrap_or_default();
        account.balance = account.balance.checked_add(voucher.amount).ok_or(Error::<T>::Overflow)?;
        Purses::<T>::insert(signed.funder, purse);
        Accounts::<T>::insert(contract, account);
        let (funder, number, amount) = (signed.funder, voucher.number, voucher.amount);
        Self::deposit_event(Event::Redeemed { contract, funder, number, by: protocol(by), amount });
        Ok(())
    }
}

fn refused<T>(refusal: PurseRefusal) -> Error<T> {
    match refusal {
        PurseRefusal::Short => Error::PurseShort,
        PurseRefusal::Used => Error::VoucherUsed,
        PurseRefusal::Ahead => Error::VoucherAhead,
    }
}

/// Whether the funder signed this, as it is or as browser wallets sign bytes.
fn verifies(signed: &SignedVoucher, message: &[u8]) -> bool {
    let signature = match signed.scheme {
        AccountScheme::Sr25519 => MultiSignature::Sr25519(sr25519::Signature::from_raw(signed.signature)),
        AccountScheme::Ed25519 => MultiSignature::Ed25519(ed25519::Signature::from_raw(signed.signature)),
    };
    let funder = AccountId32::new(signed.funder.0);
    let wrapped = [b"<Bytes>".as_slice(), message, b"</Bytes>"].concat();
    signature.verify(message, &funder) || signature.verify(&wrapped[..], &funder)
}
