//! Who makes and finalizes blocks, and what they have bonded for it. The records stand in [`adyton_protocol::validators`], but
//! for the keys, which are the runtime's.

use adyton_protocol::{
    ids::{AccountId, BlockNumber},
    validators::{Bond, Candidate, Parameters, Queue, Slash},
};
use codec::{Decode, Encode};

use super::keys::{
    bond, bond_slash, bond_slashes, candidates, current_session, next_keys, serving, session_began, validator_settings,
};
use crate::{facts::Facts, verifier::Refusal};

/// The keys with which an authority serves, in the order in which sessions have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct SessionKeys {
    /// With which it makes blocks (sr25519).
    pub aura: [u8; 32],
    /// With which it finalizes them (Ed25519).
    pub grandpa: [u8; 32],
}

impl Facts {
    /// By which rules validators are chosen; none on a network whose validators are those of its genesis
    /// ([`validator_settings`]).
    pub fn validator_settings(&self) -> Result<Option<Parameters>, Refusal> {
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
    pub fn bond_slash(&self, number: u32) -> Result<Option<Slash>, Refusal> {
        self.item(&bond_slash(number), "a slash of a bond")
    }
}
