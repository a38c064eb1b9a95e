//! Who makes and finalizes blocks, and what they have bonded for it.

use adyton_protocol::ids::{AccountId, BlockNumber};
use codec::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::keys::{
    bond, bond_slash, bond_slashes, candidates, current_session, next_keys, serving, session_began, validator_settings,
};
use crate::{facts::Facts, verifier::Refusal};

/// What governance decided about validators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Blocks of a session.
    pub session: u32,
    /// How many validators a session has, if there are as many candidates.
    pub validators: u32,
    /// For how many sessions a bond that leaves can still be slashed.
    pub unbonding: u32,
    /// The least bond of a candidate.
    pub minimum: u128,
    /// Blocks from the report of an offence to its slash, in which it can be cancelled.
    pub appeal: u32,
}

/// A part of a bond that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Leaving {
    /// The amount.
    pub amount: u128,
    /// The session from which on it may be withdrawn.
    pub free_in: u32,
}

/// What an account has put up for its own good behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Bond {
    /// What counts for the account's place among the candidates.
    pub active: u128,
    /// What leaves, by ascending session.
    pub leaving: Vec<Leaving>,
    /// How many slashes of it are not decided yet: nothing is withdrawn before.
    pub slashes: u32,
    /// How many of these are for absence: with others the account does not stand.
    pub absences: u32,
}

impl Bond {
    /// What may be withdrawn in `session`.
    pub fn free_in(&self, session: u32) -> u128 {
        let free = self.leaving.iter().filter(|part| part.free_in <= session);
        free.fold(0, |sum, part| sum.saturating_add(part.amount))
    }
}

/// One who wants to serve, and what is bonded for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Candidate {
    /// The account.
    pub who: AccountId,
    /// Its active bond.
    pub bond: u128,
}

/// The keys with which an authority serves, in the order in which sessions have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct SessionKeys {
    /// With which it makes blocks (sr25519).
    pub aura: [u8; 32],
    /// With which it finalizes them (Ed25519).
    pub grandpa: [u8; 32],
}

/// A slash of a bond that is not decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BondSlash {
    /// Whose bond.
    pub who: AccountId,
    /// How much of it.
    pub amount: u128,
    /// The session of the offence.
    pub session: u32,
    /// The block in which it happens, unless it was cancelled.
    pub due: BlockNumber,
    /// Whether it is for absence, and not for a lie.
    pub absence: bool,
}

/// The slashes of bonds that are not decided yet: their numbers, from the oldest to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Queue {
    /// The oldest that may be there.
    pub first: u32,
    /// The next that is given.
    pub next: u32,
}

impl Facts {
    /// By which rules validators are chosen; none on a network whose validators are those of its genesis
    /// ([`validator_settings`]).
    pub fn validator_settings(&self) -> Result<Option<Settings>, Refusal> {
        self.item(&validator_settings(), "the rules of validators")
    }

    /// An account's bond ([`bond`]).
    pub fn bond(&self, account: &AccountId) -> Result<Option<Bond>, Refusal> {
        self.item(&bond(account), "a bond")
    }

    /// Who wants to serve, by descending bond ([`candidates`]).
    pub fn candidates(&self) -> Result<Vec<Candidate>, Refusal> {
        Ok(self.item(&candidates(), "the candidates")?.unwrap_or_default())
    }

    /// The block in which the present session began ([`session_began`]).
    pub fn session_began(&self) -> Result<BlockNumber, Refusal> {
        Ok(self.item(&session_began(), "a session's beginning")?.unwrap_or(0))
    }

    /// The number of the present session ([`current_session`]).
    pub fn current_session(&self) -> Result<u32, Refusal> {
        Ok(self.item(&current_session(), "the session's number")?.unwrap_or(0))
    }

    /// Who serves in it ([`serving`]).
    pub fn serving(&self) -> Result<Vec<AccountId>, Refusal> {
        Ok(self.item(&serving(), "who serves")?.unwrap_or_default())
    }

    /// The keys that an account has set for sessions to come ([`next_keys`]).
    pub fn next_keys(&self, account: &AccountId) -> Result<Option<SessionKeys>, Refusal> {
        self.item(&next_keys(account), "an account's session keys")
    }

    /// The numbers of the slashes of bonds that are not decided yet ([`bond_slashes`]).
    pub fn bond_slashes(&self) -> Result<Queue, Refusal> {
        Ok(self.item(&bond_slashes(), "the slashes of bonds")?.unwrap_or_default())
    }

    /// A slash of a bond that is not decided yet ([`bond_slash`]).
    pub fn bond_slash(&self, number: u32) -> Result<Option<BondSlash>, Refusal> {
        self.item(&bond_slash(number), "a slash of a bond")
    }
}
