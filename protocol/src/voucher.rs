//! Vouchers: a funder's signed word that fills a contract's gas account when somebody redeems it.
//!
//! A funder keeps PHA in a purse on the chain and signs vouchers off it, each for one contract, and for one account or
//! whoever bears it. The chain pays what is redeemed from the purse, once: a voucher's number is used up, and so are
//! all that the funder revokes. A purse remembers [`WINDOW`] numbers, so that it never grows. A voucher is worth what
//! is in the purse. `specs/gas.md` has the whole of it.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

use crate::{
    call::AccountScheme,
    domain,
    ids::{AccountId, BlockNumber, ContractId, NetworkId},
};

/// How many numbers a purse tells apart: the first that is neither used up nor revoked, and those after it.
pub const WINDOW: u64 = 128;

/// What a funder promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Voucher {
    /// Whose account it fills.
    pub contract: ContractId,
    /// Who may redeem it; none: whoever bears it.
    pub caller: Option<AccountId>,
    /// With how much, in units of 10^-12 PHA.
    pub amount: u128,
    /// The last block in which it is taken.
    pub expiry: BlockNumber,
    /// Its number: the funder's own, each used for one voucher.
    pub number: u64,
}

impl Voucher {
    /// What its funder signs.
    pub fn message(&self, network: &NetworkId) -> Vec<u8> {
        domain::encode_bound(domain::VOUCHER, network, &[&self.encode()])
    }
}

/// A voucher as it is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct SignedVoucher {
    /// What is promised.
    pub voucher: Voucher,
    /// By whom.
    pub funder: AccountId,
    /// How they sign.
    pub scheme: AccountScheme,
    /// Their signature over [`Voucher::message`].
    pub signature: [u8; 64],
}

impl SignedVoucher {
    /// Decodes exactly one; more or fewer bytes are refused.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        if bytes.len() > Self::max_encoded_len() {
            return None;
        }
        let voucher = Self::decode(&mut bytes).ok()?;
        bytes.is_empty().then_some(voucher)
    }
}

/// What a funder's vouchers are paid from.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Purse {
    /// What is in it, in units of 10^-12 PHA.
    pub balance: u128,
    /// All numbers below are used up or revoked.
    pub first: u64,
    /// Which of the [`WINDOW`] numbers from `first` on are used up: the lowest bit is `first`'s, and never set.
    pub used: u128,
}

/// Why a purse does not pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurseRefusal {
    /// There is less in it.
    Short,
    /// The number is used up or revoked.
    Used,
    /// The number is too far ahead: others before it have to be used up or revoked first.
    Ahead,
}

impl fmt::Display for PurseRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "the funder's purse has less",
            Self::Used => "the voucher was redeemed, or its funder has revoked it",
            Self::Ahead => "the voucher's number is too far ahead of those that are used up",
        })
    }
}

impl core::error::Error for PurseRefusal {}

impl Purse {
    /// Whether the voucher of this number was neither redeemed nor revoked.
    pub fn is_open(&self, number: u64) -> bool {
        self.bit(number).is_ok_and(|bit| self.used & bit == 0)
    }

    fn bit(&self, number: u64) -> Result<u128, PurseRefusal> {
        let place = number.checked_sub(self.first).ok_or(PurseRefusal::Used)?;
        // After the last number there is none that a purse could begin at.
        if place < WINDOW && number < u64::MAX { Ok(1 << place) } else { Err(PurseRefusal::Ahead) }
    }

    /// The purse after it has paid for the voucher of this number.
    ///
    /// # Errors
    /// See [`PurseRefusal`].
    pub fn pay(self, number: u64, amount: u128) -> Result<Self, PurseRefusal> {
        let bit = self.bit(number)?;
        if self.used & bit != 0 {
            return Err(PurseRefusal::Used);
        }
        let balance = self.balance.checked_sub(amount).ok_or(PurseRefusal::Short)?;
        Ok(Self { balance, used: self.used | bit, ..self }.settled())
    }

    /// The purse after all numbers below `number` were revoked. Numbers that are used up or revoked stay so.
    #[must_use]
    pub fn revoking(self, number: u64) -> Self {
        let past = number.saturating_sub(self.first);
        let used = u32::try_from(past).ok().and_then(|past| self.used.checked_shr(past)).unwrap_or(0);
        Self { first: self.first.max(number), used, ..self }.settled()
    }

    /// Begins at the first number that is open.
    fn settled(self) -> Self {
        let over = self.used.trailing_ones();
        let used = self.used.checked_shr(over).unwrap_or(0);
        Self { first: self.first.saturating_add(over.into()), used, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purse() -> Purse {
        Purse { balance: 1_000, ..Purse::default() }
    }

    fn voucher() -> Voucher {
        Voucher { contract: ContractId([1; 32]), caller: None, amount: 5, expiry: 6, number: 7 }
    }

    #[test]
    fn what_is_signed_differs_by_network_and_by_everything_that_is_promised() {
        let network = NetworkId([9; 32]);
        let message = voucher().message(&network);
        for other in [
            Voucher { contract: ContractId([2; 32]), ..voucher() },
            Voucher { caller: Some(AccountId([3; 32])), ..voucher() },
            Voucher { amount: 6, ..voucher() },
            Voucher { expiry: 7, ..voucher() },
            Voucher { number: 8, ..voucher() },
        ] {
            assert_ne!(other.message(&network), message, "{other:?}");
        }
        assert_ne!(voucher().message(&NetworkId([8; 32])), message);
    }

    #[test]
    fn a_number_is_used_once_in_whatever_order() {
        let mut purse = purse();
        for number in [0, 2, 1, 127, 5] {
            assert!(purse.is_open(number));
            purse = purse.pay(number, 10).expect("it pays");
            assert!(!purse.is_open(number));
            assert_eq!(purse.pay(number, 10), Err(PurseRefusal::Used), "{number}");
        }
        assert_eq!((purse.balance, purse.first, purse.used), (950, 3, (1 << 2) | (1 << 124)));
        assert!(purse.is_open(3) && purse.is_open(130) && !purse.is_open(131));
    }

    #[test]
    fn a_number_too_far_ahead_and_more_than_there_is_are_refused() {
        assert_eq!(purse().pay(128, 1), Err(PurseRefusal::Ahead));
        assert_eq!(purse().pay(0, 1_001), Err(PurseRefusal::Short));
        assert!(purse().pay(127, 1_000).is_ok());
    }

    #[test]
    fn all_below_a_number_are_revoked_and_what_was_used_up_stays_so() {
        let purse = purse().pay(3, 1).and_then(|purse| purse.pay(100, 1)).expect("it pays");
        let revoked = purse.revoking(3);
        assert_eq!((revoked.first, revoked.is_open(4), revoked.is_open(100)), (4, true, false));
        assert_eq!(revoked.revoking(2), revoked, "numbers only grow");
        assert_eq!(revoked.pay(2, 1), Err(PurseRefusal::Used));
        let far = revoked.revoking(1 << 40);
        assert_eq!((far.first, far.used, far.balance), (1 << 40, 0, 998));
        let last = far.revoking(u64::MAX - 1).pay(u64::MAX - 1, 1).expect("it pays");
        assert_eq!((last.first, last.pay(u64::MAX, 1)), (u64::MAX, Err(PurseRefusal::Ahead)));
    }

    #[test]
    fn a_voucher_with_more_or_fewer_bytes_is_none() {
        let signed = SignedVoucher {
            voucher: voucher(),
            funder: AccountId([4; 32]),
            scheme: AccountScheme::Ed25519,
            signature: [5; 64],
        };
        let mut bytes = signed.encode();
        assert_eq!(SignedVoucher::from_bytes(&bytes), Some(signed));
        assert_eq!(SignedVoucher::from_bytes(&bytes[1..]), None);
        bytes.push(0);
        assert_eq!(SignedVoucher::from_bytes(&bytes), None);
    }
}
