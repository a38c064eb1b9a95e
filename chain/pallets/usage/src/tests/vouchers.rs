//! Purses, and the vouchers that are paid from them.

use adyton_protocol::{
    call::AccountScheme,
    voucher::{SignedVoucher, Voucher},
};
use polkadot_sdk::sp_core::{Pair, ed25519, sr25519};

use super::*;

/// A funder with money and 10 000 in its purse.
pub(super) struct Funder(sr25519::Pair);

impl Funder {
    pub(super) fn new() -> Self {
        let pair = sr25519::Pair::from_seed(&[7; 32]);
        let funder = Self(pair);
        assert_ok!(Balances::transfer_allow_death(signed(1), funder.id(), 1_000_000));
        assert_ok!(Usage::fill_purse(funder.origin(), 10_000));
        funder
    }

    pub(super) fn id(&self) -> polkadot_sdk::sp_runtime::AccountId32 {
        polkadot_sdk::sp_runtime::AccountId32::new(self.0.public().0)
    }

    pub(super) fn origin(&self) -> RuntimeOrigin {
        RuntimeOrigin::signed(self.id())
    }

    pub(super) fn purse(&self) -> (u128, u64) {
        let purse = Purses::<Test>::get(AccountId(self.0.public().0));
        (purse.balance, purse.first)
    }

    pub(super) fn sign(&self, voucher: Voucher) -> SignedVoucher {
        let signature = self.0.sign(&voucher.message(&NETWORK)).0;
        SignedVoucher { voucher, funder: AccountId(self.0.public().0), scheme: AccountScheme::Sr25519, signature }
    }
}

/// 500 for [`CONTRACT`], by whoever bears it, until block 20.
fn voucher(number: u64) -> Voucher {
    Voucher { contract: CONTRACT, caller: None, amount: 500, expiry: 20, number }
}

#[test]
fn a_purse_is_filled_and_emptied_by_its_funder() {
    run(|| {
        let funder = Funder::new();
        assert_eq!((funder.purse(), pot()), ((10_000, 0), 10_000 + LEAST));
        assert_noop!(Usage::fill_purse(funder.origin(), 99), Error::<Test>::TooLittle);
        assert_noop!(Usage::empty_purse(funder.origin(), 10_001), Error::<Test>::TooMuch);
        assert_noop!(Usage::empty_purse(signed(2), 1), Error::<Test>::TooMuch);
        assert_ok!(Usage::empty_purse(funder.origin(), 4_000));
        assert_eq!((funder.purse().0, pot()), (6_000, 6_000 + LEAST));
        assert_noop!(Usage::fill_purse(funder.origin(), MONEY), TokenError::FundsUnavailable);
    });
}

#[test]
fn a_voucher_fills_a_contracts_account_once() {
    run(|| {
        let funder = Funder::new();
        let signed_voucher = funder.sign(voucher(0));
        assert_ok!(Usage::redeem(signed(3), signed_voucher));
        assert_eq!((balance(CONTRACT), funder.purse(), pot()), (500, (9_500, 1), 10_000 + LEAST));
        let (contract, by) = (CONTRACT, AccountId([3; 32]));
        let redeemed = Event::Redeemed { contract, funder: signed_voucher.funder, number: 0, by, amount: 500 };
        System::assert_last_event(redeemed.into());
        assert_noop!(Usage::redeem(signed(4), signed_voucher), Error::<Test>::VoucherUsed);
    });
}

#[test]
fn a_voucher_of_a_wallet_and_one_signed_with_ed25519_are_taken() {
    run(|| {
        let funder = Funder::new();
        let message = [b"<Bytes>".as_slice(), &voucher(0).message(&NETWORK), b"</Bytes>"].concat();
        let wrapped = SignedVoucher { signature: funder.0.sign(&message).0, ..funder.sign(voucher(0)) };
        assert_ok!(Usage::redeem(signed(3), wrapped));
        let pair = ed25519::Pair::from_seed(&[8; 32]);
        let id = polkadot_sdk::sp_runtime::AccountId32::new(pair.public().0);
        assert_ok!(Balances::transfer_allow_death(signed(1), id.clone(), 10_000));
        assert_ok!(Usage::fill_purse(RuntimeOrigin::signed(id), 1_000));
        let signature = pair.sign(&voucher(0).message(&NETWORK)).0;
        let (funder, scheme) = (AccountId(pair.public().0), AccountScheme::Ed25519);
        assert_ok!(Usage::redeem(signed(3), SignedVoucher { voucher: voucher(0), funder, scheme, signature }));
        assert_eq!(balance(CONTRACT), 1_000);
    });
}

#[test]
fn a_voucher_that_its_funder_did_not_sign_so_is_refused() {
    run(|| {
        let funder = Funder::new();
        let good = funder.sign(voucher(0));
        let mut other = good;
        other.voucher.amount = 501;
        assert_noop!(Usage::redeem(signed(3), other), Error::<Test>::Signature);
        let other = SignedVoucher { scheme: AccountScheme::Ed25519, ..good };
        assert_noop!(Usage::redeem(signed(3), other), Error::<Test>::Signature);
        let elsewhere = funder.0.sign(&voucher(0).message(&adyton_protocol::ids::NetworkId([1; 32]))).0;
        let other = SignedVoucher { signature: elsewhere, ..good };
        assert_noop!(Usage::redeem(signed(3), other), Error::<Test>::Signature);
        assert_ok!(Usage::redeem(signed(3), good));
    });
}

#[test]
fn a_voucher_for_an_account_is_redeemed_by_no_other() {
    run(|| {
        let funder = Funder::new();
        let mine = funder.sign(Voucher { caller: Some(AccountId([3; 32])), ..voucher(0) });
        assert_noop!(Usage::redeem(signed(4), mine), Error::<Test>::NotYourVoucher);
        assert_ok!(Usage::redeem(signed(3), mine));
    });
}

#[test]
fn a_voucher_ends_with_its_last_block() {
    run(|| {
        let funder = Funder::new();
        pass(10);
        assert_ok!(Usage::redeem(signed(3), funder.sign(voucher(0))));
        pass(1);
        assert_noop!(Usage::redeem(signed(3), funder.sign(voucher(1))), Error::<Test>::Expired);
    });
}

#[test]
fn a_voucher_of_little_or_for_no_contract_is_refused() {
    run(|| {
        let funder = Funder::new();
        let little = funder.sign(Voucher { amount: 99, ..voucher(0) });
        assert_noop!(Usage::redeem(signed(3), little), Error::<Test>::TooLittle);
        let nowhere = funder.sign(Voucher { contract: ContractId([1; 32]), ..voucher(0) });
        assert_noop!(Usage::redeem(signed(3), nowhere), Error::<Test>::UnknownContract);
    });
}

#[test]
fn a_voucher_for_a_contract_that_was_retired_is_refused_and_nothing_of_the_purse_goes() {
    run(|| {
        let funder = Funder::new();
        end(CONTRACT);
        assert_noop!(Usage::redeem(signed(3), funder.sign(voucher(0))), Error::<Test>::UnknownContract);
        assert_eq!((funder.purse(), pot()), ((10_000, 0), 10_000 + LEAST));
    });
}

#[test]
fn a_voucher_is_worth_what_is_in_the_purse() {
    run(|| {
        let funder = Funder::new();
        assert_ok!(Usage::empty_purse(funder.origin(), 9_501));
        assert_noop!(Usage::redeem(signed(3), funder.sign(voucher(0))), Error::<Test>::PurseShort);
    });
}

#[test]
fn what_a_funder_revokes_is_not_redeemed_and_numbers_do_not_run_ahead() {
    run(|| {
        let funder = Funder::new();
        assert_noop!(Usage::redeem(signed(3), funder.sign(voucher(128))), Error::<Test>::VoucherAhead);
        assert_ok!(Usage::revoke(funder.origin(), 5));
        let below = Event::Revoked { funder: AccountId(funder.0.public().0), below: 5 };
        System::assert_last_event(below.into());
        assert_noop!(Usage::redeem(signed(3), funder.sign(voucher(4))), Error::<Test>::VoucherUsed);
        assert_ok!(Usage::redeem(signed(3), funder.sign(voucher(128))));
        assert_ok!(Usage::redeem(signed(3), funder.sign(voucher(5))));
        assert_eq!(funder.purse(), (9_000, 6));
    });
}

#[test]
fn on_a_chain_without_a_network_nothing_is_redeemed() {
    run(|| {
        let funder = Funder::new();
        unnamed();
        assert_noop!(Usage::redeem(signed(3), funder.sign(voucher(0))), Error::<Test>::NoNetwork);
    });
}
