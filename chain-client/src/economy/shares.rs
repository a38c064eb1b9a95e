//! The books of a pool as the pallet `pools` keeps them: values that shares divide. What shares are worth is rounded as
//! there.

use codec::{Decode, Encode};

use super::ratio;

/// What an index of rewards is scaled by.
const SCALE: u128 = 1 << 64;

/// What one holder has of a [`Class`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Stake {
    /// Shares.
    pub shares: u128,
    /// What is held for them in accounts: their worth, and what slashes have taken of it that is not burnt yet.
    pub held: u128,
}

/// A value that shares divide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
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
        ratio(shares.min(self.shares), self.value, self.shares).unwrap_or(0)
    }

    /// What `stake` is worth, and no more than is held for it.
    pub fn worth_of(&self, stake: &Stake) -> u128 {
        self.worth(stake.shares).min(stake.held)
    }

    /// Whether everything was lost while there are shares: nothing can come in.
    pub fn is_bankrupt(&self) -> bool {
        self.shares > 0 && self.value == 0
    }
}

/// What the owner has in a pool, or what everybody else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
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

    /// What `shares` have earned since the index was `from`.
    pub fn earned(&self, shares: u128, from: u128) -> u128 {
        ratio(shares, self.index.saturating_sub(from), SCALE).unwrap_or(0)
    }
}

/// Everything that a pool's members have in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Books {
    /// The owner's own, which is slashed first; nobody's in a vault.
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
        self.active().saturating_add(self.leaving())
    }
}
