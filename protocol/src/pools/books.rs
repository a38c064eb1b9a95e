//! The books of a pool: shares, what they are worth, what they earned and lost. Pure: no storage, no accounts.
//!
//! A [`Class`] is a value that shares divide. A slash lowers the value, and with it the worth of every share, without
//! touching a single holder. What is held for a holder ([`Stake::held`]) follows when that holder is next looked at:
//! the difference is what a slash has taken and nobody has burnt yet, and [`Class::unsettled`] is its sum.
//!
//! What must always hold, for every class: the sum of its stakes' shares is its shares, and the sum of what is held for
//! them is its value and what is unsettled. A share's worth is rounded down, so that a holder gets at most one unit
//! less than exact division gives, and never more; what rounding leaves is the others'. A class without shares has no
//! value.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::ratio::{ratio, ratio_up};

/// What an index of rewards is scaled by.
const SCALE: u128 = 1 << 64;

/// What one holder has of a [`Class`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Stake {
    /// Shares.
    pub shares: u128,
    /// What is held for them: their worth, and what slashes have taken of it since the holder was last looked at.
    pub held: u128,
}

/// What has left a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The worth of the shares that left.
    pub worth: u128,
    /// What is held no more and nobody gets: slashes that were not settled, and what rounding left of a stake that is
    /// over.
    pub lost: u128,
}

/// A value that shares divide.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Class {
    /// All shares.
    pub shares: u128,
    /// What they are worth together.
    pub value: u128,
    /// What slashes have taken from them and is still held somewhere.
    pub unsettled: u128,
}

impl Class {
    /// What so many of its shares are worth.
    pub fn worth(&self, shares: u128) -> u128 {
        // No more than the value, unless there are no shares.
        ratio(shares.min(self.shares), self.value, self.shares).unwrap_or_default()
    }

    /// What `stake` is worth, and no more than is held for it.
    pub fn worth_of(&self, stake: &Stake) -> u128 {
        self.worth(stake.shares).min(stake.held)
    }

    /// How many shares are worth `amount` or a little more; none where the class has no value.
    pub fn shares_for(&self, amount: u128) -> Option<u128> {
        ratio_up(amount, self.shares, self.value)
    }

    /// Whether everything was lost while there are shares: nothing can come in, for no price is right.
    pub fn is_bankrupt(&self) -> bool {
        self.shares > 0 && self.value == 0
    }

    /// `amount` comes in, for which `stake` gets the shares that are returned. None, and nothing has happened, where
    /// that would be no share, more than can be counted, or the class is bankrupt.
    pub fn enter(&mut self, stake: &mut Stake, amount: u128) -> Option<u128> {
        let shares = match self.shares {
            0 => amount,
            all => ratio(amount, all, self.value)?,
        };
        let class = Self {
            shares: self.shares.checked_add(shares)?,
            value: self.value.checked_add(amount)?,
            unsettled: self.unsettled,
        };
        let entered = Stake { shares: stake.shares.checked_add(shares)?, held: stake.held.checked_add(amount)? };
        if shares == 0 {
            return None;
        }
        (*self, *stake) = (class, entered);
        Some(shares)
    }

    /// What slashes have taken from `stake` since it was last looked at: that is no longer held for it.
    pub fn settle(&mut self, stake: &mut Stake) -> u128 {
        let lost = stake.held.saturating_sub(self.worth(stake.shares)).min(self.unsettled);
        stake.held = stake.held.saturating_sub(lost);
        self.unsettled = self.unsettled.saturating_sub(lost);
        lost
    }

    /// `shares` of `stake` go.
    pub fn take(&mut self, stake: &mut Stake, shares: u128) -> Taken {
        let settled = self.settle(stake);
        let shares = shares.min(stake.shares);
        let worth = self.worth(shares).min(stake.held);
        // Of a stake that is over nothing stays held. What remains here is rounding: what slashes took is settled.
        let rounding = if shares == stake.shares { stake.held.saturating_sub(worth) } else { 0 };
        let gone = worth.saturating_add(rounding);
        *stake = Stake { shares: stake.shares.saturating_sub(shares), held: stake.held.saturating_sub(gone) };
        self.shares = self.shares.saturating_sub(shares);
        self.value = self.value.saturating_sub(gone);
        Taken { worth, lost: settled.saturating_add(rounding) }
    }

    /// Takes up to `amount` from all shares alike, and returns what was taken.
    pub fn slash(&mut self, amount: u128) -> u128 {
        let taken = amount.min(self.value);
        self.value = self.value.saturating_sub(taken);
        self.unsettled = self.unsettled.saturating_add(taken);
        taken
    }
}

/// What the owner has in a pool, or what everybody else has.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Side {
    /// What earns.
    pub active: Class,
    /// What leaves: it earns nothing, and can still be slashed.
    pub leaving: Class,
    /// What one active share has earned so far, times 2^64.
    pub index: u128,
    /// What was earned and is less than the index can say.
    pub rest: u128,
}

impl Side {
    /// What it is worth, with what leaves.
    pub fn total(&self) -> u128 {
        self.active.value.saturating_add(self.leaving.value)
    }

    /// The active shares earn `amount`. None, and nothing has happened, where there are none, or the index is at its
    /// end.
    fn earn(&self, amount: u128) -> Option<Self> {
        let shares = self.active.shares;
        let all = amount.checked_add(self.rest)?;
        let each = ratio(all, SCALE, shares)?;
        let spent = ratio_up(each, shares, SCALE)?;
        Some(Self { index: self.index.checked_add(each)?, rest: all.checked_sub(spent)?, ..*self })
    }

    /// What `shares` have earned since the index was `from`.
    pub fn earned(&self, shares: u128, from: u128) -> u128 {
        ratio(shares, self.index.saturating_sub(from), SCALE).unwrap_or_default()
    }
}

/// Everything that a pool's members have in it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Books {
    /// The owner's own, which is slashed first.
    pub own: Side,
    /// Everybody else's.
    pub shared: Side,
}

impl Books {
    /// What earns.
    pub fn active(&self) -> u128 {
        self.own.active.value.saturating_add(self.shared.active.value)
    }

    /// What leaves.
    pub fn leaving(&self) -> u128 {
        self.own.leaving.value.saturating_add(self.shared.leaving.value)
    }

    /// All that there is, with what leaves.
    pub fn total(&self) -> u128 {
        self.own.total().saturating_add(self.shared.total())
    }

    /// One of both sides.
    pub fn side(&self, own: bool) -> &Side {
        if own { &self.own } else { &self.shared }
    }

    /// See [`Books::side`].
    pub fn side_mut(&mut self, own: bool) -> &mut Side {
        if own { &mut self.own } else { &mut self.shared }
    }

    /// What is active earns `amount`, by its worth. False, and nothing has happened, where nothing is.
    pub fn earn(&mut self, amount: u128) -> bool {
        let Some(own) = ratio(amount, self.own.active.value, self.active()) else {
            return false;
        };
        let shared = amount.saturating_sub(own);
        let own = if own > 0 { self.own.earn(own) } else { Some(self.own) };
        let shared = if shared > 0 { self.shared.earn(shared) } else { Some(self.shared) };
        let (Some(own), Some(shared)) = (own, shared) else { return false };
        *self = Self { own, shared };
        true
    }

    /// Takes up to `amount`: first the owner's, what earns before what leaves; then everybody else's in proportion,
    /// what leaves like what earns. Returns what was taken from the owner and from the others.
    pub fn slash(&mut self, amount: u128) -> (u128, u128) {
        let mut own = self.own.active.slash(amount);
        own = own.saturating_add(self.own.leaving.slash(amount.saturating_sub(own)));
        let all = self.shared.total();
        let rest = amount.saturating_sub(own).min(all);
        // Rounded so that what leaves is not worth nothing before everything is.
        let leaving = ratio(rest, self.shared.leaving.value, all).unwrap_or_default();
        let active = self.shared.active.slash(rest.saturating_sub(leaving));
        (own, active.saturating_add(self.shared.leaving.slash(leaving)))
    }
}
