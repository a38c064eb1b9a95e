//! What the chain keeps of validators: rules, and what they have bonded. `specs/validators.md` has the rules, the pallet
//! `validators` keeps them. As in [`crate::pools`], accounts are of the reader's type. Sessions have numbers.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, BlockNumber};

/// The most validators of a session.
pub const MAX_VALIDATORS: u32 = 100;
/// The most blocks of a session, and of an appeal: a week and eight, in slots of 6 s. A bond does not leave meanwhile.
pub const MAX_SESSION: u32 = 7 * 14_400;
/// See [`MAX_SESSION`].
pub const MAX_APPEAL: u32 = 8 * MAX_SESSION;
/// The most parts of a bond that leave at once.
pub const MAX_LEAVING: u32 = 16;
/// The most sessions that a bond takes to leave: for so long is known who served.
pub const MAX_UNBONDING: u32 = 1_000;
/// The fewest: one in which the validator still serves, one for which it is chosen already, and one to report it in.
pub const MIN_UNBONDING: u32 = 3;

/// What the network's votes may set.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// Blocks of a session.
    pub session: u32,
    /// How many validators a session has, if there are as many candidates.
    pub validators: u32,
    /// For how many sessions a bond that leaves can still be slashed.
    pub unbonding: u32,
    /// The least bond of a candidate, in units of 10^-12 PHA.
    pub minimum: u128,
    /// Blocks from the report of an offence to its slash, in which it can be cancelled.
    pub appeal: u32,
}

impl Default for Parameters {
    /// For slots of 6 s: sessions of an hour, 28 days of unbonding, a week of appeal; 10000 PHA.
    fn default() -> Self {
        Self { session: 600, validators: 100, unbonding: 28 * 24, minimum: 10_000_000_000_000_000, appeal: 7 * 14_400 }
    }
}

impl Parameters {
    /// Whether a network can live with them.
    pub fn are_possible(&self) -> bool {
        (1..=MAX_SESSION).contains(&self.session)
            && (1..=MAX_VALIDATORS).contains(&self.validators)
            && (MIN_UNBONDING..=MAX_UNBONDING).contains(&self.unbonding)
            && self.minimum > 0
            && (1..=MAX_APPEAL).contains(&self.appeal)
    }

    /// How many sessions later an offence can be reported: what was bonded then has not left before. Who unbonds serves
    /// for the rest of its session, and in the next one, for which it is chosen already.
    pub fn evidence(&self) -> u32 {
        self.unbonding.saturating_sub(2)
    }
}

/// A part of a bond that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Leaving {
    /// The amount.
    pub amount: u128,
    /// The session from which on it may be withdrawn.
    pub free_in: u32,
}

/// What an account has put up for its own good behaviour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Bond {
    /// What counts for the account's place among the candidates.
    pub active: u128,
    /// What leaves, by ascending session.
    pub leaving: BoundedVec<Leaving, ConstU32<MAX_LEAVING>>,
    /// How many slashes of it are not decided yet: nothing is withdrawn before.
    pub slashes: u32,
    /// How many of these are for absence: with others the account does not stand.
    pub absences: u32,
}

impl Bond {
    /// Everything, which is what is held of the account.
    pub fn total(&self) -> u128 {
        self.leaving.iter().fold(self.active, |sum, part| sum.saturating_add(part.amount))
    }

    /// What may be withdrawn in `session`.
    pub fn free_in(&self, session: u32) -> u128 {
        let free = self.leaving.iter().filter(|part| part.free_in <= session);
        free.fold(0, |sum, part| sum.saturating_add(part.amount))
    }

    /// Takes up to `amount`: first what is active, then what would leave last.
    pub fn take(&mut self, amount: u128) -> u128 {
        let mut missing = amount;
        let mut from = |part: &mut u128| {
            let taken = missing.min(*part);
            *part = part.saturating_sub(taken);
            missing = missing.saturating_sub(taken);
        };
        from(&mut self.active);
        self.leaving.iter_mut().rev().for_each(|part| from(&mut part.amount));
        self.leaving.retain(|part| part.amount > 0);
        amount.saturating_sub(missing)
    }
}

/// One who wants to serve, and what is bonded for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Candidate<Account = AccountId> {
    /// The account.
    pub who: Account,
    /// Its active bond.
    pub bond: u128,
}

/// A slash that is not decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Slash<Account = AccountId> {
    /// Whose bond.
    pub who: Account,
    /// How much of it.
    pub amount: u128,
    /// The session of the offence.
    pub session: u32,
    /// The block in which it happens, unless it was cancelled.
    pub due: BlockNumber,
    /// Whether it is for absence, and not for a lie.
    pub absence: bool,
}

/// The slashes that are not decided yet: their numbers, from the oldest to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Queue {
    /// The oldest that may be there.
    pub first: u32,
    /// The next that is given.
    pub next: u32,
}
