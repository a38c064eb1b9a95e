//! What the chain keeps of workers' offences, that cost their pools stake. `specs/slashing.md` has the rules, the pallet
//! `slashing` keeps them. As in [`crate::pools`], shares are of the reader's type.

use codec::{CompactAs, Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, BlockNumber, WorkerId},
    pools::PoolId,
    rewards::BILLION,
    share::Share,
};

/// From which block on an offence can be applied about which jurors have not decided: from none.
pub const UNDECIDED: BlockNumber = BlockNumber::MAX;

/// Blocks of six seconds in an hour.
const HOUR: BlockNumber = 600;

/// What governance decides about offences. Times are in blocks where nothing else is said.
#[derive(
    Clone,
    Copy,
    Debug,
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
pub struct Parameters<Part = Share> {
    /// For how long after it an offence can be reported.
    pub evidence_window: BlockNumber,
    /// How long after the report it is applied: until then, governance can cancel it.
    pub appeal: BlockNumber,
    /// For how long a worker may be absent without a loss.
    pub offline_grace: BlockNumber,
    /// After how much more of it each step of the loss is due.
    pub offline_period: BlockNumber,
    /// One step.
    pub offline_step: Part,
    /// The most that one absence costs.
    pub offline_limit: Part,
    /// How many seconds after the end of its verdict a worker may act on a block.
    pub expired_grace: u64,
    /// How many blocks after the note that its evidence does not hold.
    pub revoked_grace: BlockNumber,
    /// What it costs to serve after either.
    pub invalid: Part,
    /// What two histories of a contract's state cost.
    pub two_histories: Part,
    /// What it costs if a key has left its machine.
    pub key_extracted: Part,
    /// How much of what was taken its reporter is issued; never more than the pool's owner has lost by it. Of an
    /// extracted key it is [`crate::extraction::BOUNTY_PERCENT`] of that loss.
    pub reporter_share: Part,
    /// For how long a commitment is there before it can be opened.
    pub reveal_after: BlockNumber,
    /// What is held for a commitment, in units of 10^-12 PHA.
    pub commitment_deposit: u128,
}

/// What holds where storage says nothing.
impl<Part: CompactAs<As = u32>> Default for Parameters<Part> {
    fn default() -> Self {
        let part = |billionths| Part::decode_from(billionths).expect("a share is any number of billionths up to all");
        Self {
            evidence_window: 3 * 24 * HOUR,
            appeal: 3 * 24 * HOUR,
            offline_grace: 4 * HOUR,
            offline_period: HOUR,
            offline_step: part(1_000_000),
            offline_limit: part(100_000_000),
            expired_grace: 60 * 60,
            revoked_grace: HOUR,
            invalid: part(10_000_000),
            two_histories: part(100_000_000),
            key_extracted: part(BILLION),
            reporter_share: part(100_000_000),
            reveal_after: 10,
            commitment_deposit: 10_000_000_000_000,
        }
    }
}

impl<Part: CompactAs<As = u32>> Parameters<Part> {
    /// Whether nothing that is divided by or waited for is zero.
    pub fn are_possible(&self) -> bool {
        let waits = [self.evidence_window, self.appeal, self.offline_period, self.reveal_after];
        waits.iter().all(|blocks| *blocks > 0) && *self.offline_step.encode_as() > 0
    }

    /// The longest time from an offence to its end; what leaves a pool must take longer.
    pub fn whole_time(&self) -> BlockNumber {
        self.evidence_window.saturating_add(self.appeal)
    }

    /// How many steps an absence of so many blocks past the grace costs.
    pub fn steps(&self, late: BlockNumber) -> u32 {
        let most = self.offline_limit.encode_as().checked_div(*self.offline_step.encode_as());
        late.checked_div(self.offline_period).unwrap_or(0).min(most.unwrap_or(0))
    }
}

/// What a worker did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Kind {
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
    /// Jurors did not get from it what a result follows from: its own, or one that it answers for as who holds the contract.
    #[codec(index = 6)]
    Withheld,
    /// As a juror it answered with another result than was decided, or not at all.
    #[codec(index = 7)]
    WrongVerdict,
}

impl Kind {
    /// Whether jurors decide about it.
    pub fn is_for_jurors(self) -> bool {
        matches!(self, Self::WrongResult | Self::Withheld)
    }

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Offence<Part = Share> {
    /// Whose.
    pub worker: WorkerId,
    /// The pool that stood behind it, which has the amount frozen until this ends.
    pub pool: PoolId,
    /// What it did.
    pub kind: Kind,
    /// What that costs, of the stake behind the worker.
    pub fraction: Part,
    /// What it costs: less than the fraction where all of it would be more than there is left to lose.
    pub amount: u128,
    /// The block of the offence.
    pub block: BlockNumber,
    /// Who reported it.
    pub reporter: AccountId,
    /// From which block on it can be applied; [`UNDECIDED`] while jurors deliberate.
    pub apply_at: BlockNumber,
}

/// A commitment to a signature by an extracted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Commitment {
    /// [`crate::extraction::commitment`].
    pub hash: [u8; 32],
    /// When it was made.
    pub block: BlockNumber,
    /// What is held for it.
    pub deposit: u128,
}
