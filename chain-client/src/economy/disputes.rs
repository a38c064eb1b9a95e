//! Which results are disputed, by which rules, and how that ended. The records stand in [`adyton_protocol::dispute`].

use adyton_protocol::{
    dispute::{Ballots, Dispute, Ending, ManifestBytes, OpenDisputes, Parameters, Reward},
    storage,
};

use super::keys::{dispute_accusation, dispute_ending, dispute_parameters, dispute_reward, last_dispute};
use crate::{facts::Facts, verifier::Refusal};

impl Facts {
    /// The rules of disputes; none where they are those of the runtime ([`dispute_parameters`]).
    pub fn dispute_parameters(&self) -> Result<Option<Parameters>, Refusal> {
        self.item(&dispute_parameters(), "the rules of disputes")
    }

    /// How many disputes there were so far; their numbers go from 1 up to this ([`last_dispute`]).
    pub fn last_dispute(&self) -> Result<u64, Refusal> {
        Ok(self.item(&last_dispute(), "the number of disputes")?.unwrap_or(0))
    }

    /// Which disputes are open ([`storage::open_disputes`]).
    pub fn open_disputes(&self) -> Result<OpenDisputes, Refusal> {
        Ok(self.item(&storage::open_disputes(), "which disputes are open")?.unwrap_or_default())
    }

    /// A dispute; none if it is over, or never was ([`storage::disputes`]).
    pub fn dispute(&self, number: u64) -> Result<Option<Dispute>, Refusal> {
        self.item(&storage::disputes(number), "a dispute")
    }

    /// The manifest under which a disputed call ran; none if the dispute is over ([`storage::dispute_manifests`]).
    pub fn dispute_manifest(&self, number: u64) -> Result<Option<ManifestBytes>, Refusal> {
        self.item(&storage::dispute_manifests(number), "a disputed call's manifest")
    }

    /// The ballots of a draw, while its dispute is open ([`storage::ballots`]).
    pub fn ballots(&self, dispute: u64, draw: u8) -> Result<Ballots, Refusal> {
        Ok(self.item(&storage::ballots(dispute, draw), "jurors' ballots")?.unwrap_or_default())
    }

    /// The number of the offence of which a dispute accuses its worker; none if it is over ([`dispute_accusation`]).
    pub fn dispute_accusation(&self, number: u64) -> Result<Option<u64>, Refusal> {
        self.item(&dispute_accusation(number), "a dispute's accusation")
    }

    /// How a dispute has ended; none if it has not, or did more than a week ago ([`dispute_ending`]).
    pub fn dispute_ending(&self, number: u64) -> Result<Option<Ending>, Refusal> {
        self.item(&dispute_ending(number), "how a dispute has ended")
    }

    /// Who shares what is issued for a decided offence, until it was shared ([`dispute_reward`]).
    pub fn dispute_reward(&self, number: u64) -> Result<Option<Reward>, Refusal> {
        self.item(&dispute_reward(number), "a dispute's reward")
    }
}
