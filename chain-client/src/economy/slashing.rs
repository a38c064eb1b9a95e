//! What workers did that costs their pools stake, and when it does. The records stand in [`adyton_protocol::slashing`].

use adyton_protocol::{
    ids::AccountId,
    slashing::{Commitment, Offence, Parameters},
};

use super::keys::{commitment, last_offence, offence, offences_over, slashing_parameters};
use crate::{facts::Facts, verifier::Refusal};

impl Facts {
    /// By which rules offences cost stake; none where they are those of the runtime ([`slashing_parameters`]).
    pub fn slashing_parameters(&self) -> Result<Option<Parameters>, Refusal> {
        self.item(&slashing_parameters(), "the rules of slashing")
    }

    /// How many offences were reported so far; their numbers go from 1 up to this ([`last_offence`]).
    pub fn last_offence(&self) -> Result<u64, Refusal> {
        Ok(self.item(&last_offence(), "the number of offences")?.unwrap_or(0))
    }

    /// All offences up to this number are over ([`offences_over`]).
    pub fn offences_over(&self) -> Result<u64, Refusal> {
        Ok(self.item(&offences_over(), "which offences are over")?.unwrap_or(0))
    }

    /// An offence; none, if it was applied or cancelled ([`offence`]).
    pub fn offence(&self, number: u64) -> Result<Option<Offence>, Refusal> {
        self.item(&offence(number), "an offence")
    }

    /// An account's commitment ([`commitment`]).
    pub fn commitment(&self, reporter: &AccountId) -> Result<Option<Commitment>, Refusal> {
        self.item(&commitment(reporter), "a commitment")
    }
}
