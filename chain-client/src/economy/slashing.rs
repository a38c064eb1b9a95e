//! What workers did that costs their pools stake, and when it does.

use adyton_protocol::ids::{AccountId, BlockNumber, WorkerId};
use codec::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    keys::{commitment, last_offence, offence, offences_over, slashing_parameters},
    pools::PoolId,
};
use crate::{facts::Facts, governance::Share, verifier::Refusal};

/// What governance decided about offences. Times are in blocks where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlashingParameters {
    /// For how long after it an offence can be reported.
    pub evidence_window: BlockNumber,
    /// How long after the report it is applied: until then, governance can cancel it.
    pub appeal: BlockNumber,
    /// For how long a worker may be absent without a loss.
    pub offline_grace: BlockNumber,
    /// After how much more of it each step of the loss is due.
    pub offline_period: BlockNumber,
    /// One step.
    pub offline_step: Share,
    /// The most that one absence costs.
    pub offline_limit: Share,
    /// How many seconds after the end of its verdict a worker may act on a block.
    pub expired_grace: u64,
    /// How many blocks after the note that its evidence does not hold.
    pub revoked_grace: BlockNumber,
    /// What it costs to serve after either.
    pub invalid: Share,
    /// What two histories of a contract's state cost.
    pub two_histories: Share,
    /// What it costs if a key has left its machine.
    pub key_extracted: Share,
    /// How much of what was taken its reporter is issued; never more than the pool's owner has lost by it. Of an
    /// extracted key it is [`adyton_protocol::extraction::BOUNTY_PERCENT`] of that loss.
    pub reporter_share: Share,
    /// For how long a commitment is there before it can be opened.
    pub reveal_after: BlockNumber,
    /// What is held for a commitment.
    pub commitment_deposit: u128,
}

/// What holds where storage says nothing.
impl Default for SlashingParameters {
    fn default() -> Self {
        /// Blocks of six seconds in an hour.
        const HOUR: BlockNumber = 600;
        Self {
            evidence_window: 3 * 24 * HOUR,
            appeal: 3 * 24 * HOUR,
            offline_grace: 4 * HOUR,
            offline_period: HOUR,
            offline_step: Share(1_000_000),
            offline_limit: Share(100_000_000),
            expired_grace: 60 * 60,
            revoked_grace: HOUR,
            invalid: Share(10_000_000),
            two_histories: Share(100_000_000),
            key_extracted: Share(1_000_000_000),
            reporter_share: Share(100_000_000),
            reveal_after: 10,
            commitment_deposit: 10_000_000_000_000,
        }
    }
}

/// What a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum OffenceKind {
    /// It was absent for longer than the grace.
    #[codec(index = 0)]
    Offline,
    /// It acted on a block after the end of its verdict.
    #[codec(index = 1)]
    Expired,
    /// It acted on a block after its evidence had been noted not to hold.
    #[codec(index = 2)]
    Revoked,
    /// Its operator had two histories of one contract's state.
    #[codec(index = 3)]
    TwoHistories,
    /// Its key has left its machine.
    #[codec(index = 4)]
    KeyExtracted,
    /// Jurors got another result than it gave.
    #[codec(index = 5)]
    WrongResult,
    /// Jurors did not get from it what its result follows from.
    #[codec(index = 6)]
    Withheld,
    /// As a juror it answered with another result than was decided, or not at all.
    #[codec(index = 7)]
    WrongVerdict,
}

impl OffenceKind {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Offline => "was absent",
            Self::Expired => "acted after the end of its verdict",
            Self::Revoked => "acted after its evidence held no longer",
            Self::TwoHistories => "had two histories of one contract's state",
            Self::KeyExtracted => "its key has left its machine",
            Self::WrongResult => "gave a result that is disputed",
            Self::Withheld => "withheld what its result follows from",
            Self::WrongVerdict => "answered wrongly as a juror, or not at all",
        }
    }

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::TwoHistories => "two-histories",
            Self::KeyExtracted => "key-extracted",
            Self::WrongResult => "wrong-result",
            Self::Withheld => "withheld",
            Self::WrongVerdict => "wrong-verdict",
        }
    }
}

/// An offence that was reported, and neither applied nor cancelled yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Offence {
    /// Whose.
    pub worker: WorkerId,
    /// The pool that stood behind it, which has the amount frozen until this ends.
    pub pool: PoolId,
    /// What it did.
    pub kind: OffenceKind,
    /// What that costs, of the stake behind the worker.
    pub fraction: Share,
    /// What it costs: less than the fraction where all of it would be more than there is left to lose.
    pub amount: u128,
    /// The block of the offence.
    pub block: BlockNumber,
    /// Who reported it.
    pub reporter: AccountId,
    /// From which block on it can be applied; [`UNDECIDED`] while jurors deliberate.
    pub apply_at: BlockNumber,
}

/// From which block on an offence can be applied about which jurors have not decided: from none.
pub const UNDECIDED: BlockNumber = BlockNumber::MAX;

/// A commitment to a signature by an extracted key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Commitment {
    /// [`adyton_protocol::extraction::commitment`].
    pub hash: [u8; 32],
    /// When it was made.
    pub block: BlockNumber,
    /// What is held for it.
    pub deposit: u128,
}

impl Facts {
    /// By which rules offences cost stake; none where they are those of the runtime ([`slashing_parameters`]).
    pub fn slashing_parameters(&self) -> Result<Option<SlashingParameters>, Refusal> {
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
