//! What is decided about offences, and what is kept of one.

use adyton_pallet_traits::PoolId;
use adyton_protocol::{
    ids::{AccountId, BlockNumber, ContractId, SigningKey, WorkerId},
    record::StateHead,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::sp_runtime::Perbill;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The most bytes of a receipt that is evidence, with the seven leaves that two histories need.
pub const MAX_RECEIPT: u32 = 4 * 1024;
/// How many moments of the past are remembered ([`crate::Samples`]).
pub const SAMPLES: u32 = 4096;
/// From which block on an offence can be applied about which jurors have not decided: from none.
pub const UNDECIDED: BlockNumber = BlockNumber::MAX;
/// The most offences that one block looks at by itself.
pub const MAX_PER_BLOCK: u32 = 4;

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
pub struct Parameters {
    /// For how long after it an offence can be reported.
    pub evidence_window: BlockNumber,
    /// How long after the report it is applied: until then, governance can cancel it.
    pub appeal: BlockNumber,
    /// For how long a worker may be absent without a loss.
    pub offline_grace: BlockNumber,
    /// After how much more of it each step of the loss is due.
    pub offline_period: BlockNumber,
    /// One step.
    pub offline_step: Perbill,
    /// The most that one absence costs.
    pub offline_limit: Perbill,
    /// How many seconds after the end of its verdict a worker may act on a block.
    pub expired_grace: u64,
    /// How many blocks after the note that its evidence does not hold.
    pub revoked_grace: BlockNumber,
    /// What it costs to serve after either.
    pub invalid: Perbill,
    /// What two histories of a contract's state cost.
    pub two_histories: Perbill,
    /// What it costs if a key has left its machine.
    pub key_extracted: Perbill,
    /// How much of what was taken its reporter is issued; never more than the pool's owner has lost by it.
    pub reporter_share: Perbill,
    /// For how long a commitment is there before it can be opened.
    pub reveal_after: BlockNumber,
    /// What is held for a commitment, in units of 10^-12 PHA.
    pub commitment_deposit: u128,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            evidence_window: 3 * 24 * HOUR,
            appeal: 3 * 24 * HOUR,
            offline_grace: 4 * HOUR,
            offline_period: HOUR,
            offline_step: Perbill::from_parts(1_000_000),
            offline_limit: Perbill::from_percent(10),
            expired_grace: 60 * 60,
            revoked_grace: HOUR,
            invalid: Perbill::from_percent(1),
            two_histories: Perbill::from_percent(10),
            key_extracted: Perbill::one(),
            reporter_share: Perbill::from_percent(10),
            reveal_after: 10,
            commitment_deposit: 10_000_000_000_000,
        }
    }
}

impl Parameters {
    /// Whether nothing that is divided by or waited for is zero.
    pub fn are_possible(&self) -> bool {
        let waits = [self.evidence_window, self.appeal, self.offline_period, self.reveal_after];
        waits.iter().all(|blocks| *blocks > 0) && self.offline_step.deconstruct() > 0
    }

    /// The longest time from an offence to its end; what leaves a pool must take longer.
    pub fn whole_time(&self) -> BlockNumber {
        self.evidence_window.saturating_add(self.appeal)
    }

    /// How many steps an absence of so many blocks past the grace costs.
    pub fn steps(&self, late: BlockNumber) -> u32 {
        let most = self.offline_limit.deconstruct().checked_div(self.offline_step.deconstruct());
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
    /// Jurors did not get from it what its result follows from.
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
}

/// An offence that was reported, and neither applied nor cancelled yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Offence {
    /// Whose.
    pub worker: WorkerId,
    /// The pool that stood behind it, which has the amount frozen until this ends.
    pub pool: PoolId,
    /// What it did.
    pub kind: Kind,
    /// What that costs, of the stake behind the worker.
    pub fraction: Perbill,
    /// What it costs: less than the fraction where all of it would be more than there is left to lose.
    pub amount: u128,
    /// The block of the offence.
    pub block: BlockNumber,
    /// Who reported it.
    pub reporter: AccountId,
    /// From which block on it can be applied; [`UNDECIDED`] while jurors deliberate.
    pub apply_at: BlockNumber,
}

/// What a worker was charged with lately, so that it is never more than all that stood behind it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Charged {
    /// The most stake that stood behind it at one of these reports.
    pub most: u128,
    /// The sum of all amounts, without those that were cancelled.
    pub amount: u128,
    /// How many of them are neither applied nor cancelled.
    pub pending: u32,
    /// The block of the last one.
    pub last: BlockNumber,
}

/// The absence of a worker that was reported last, and how much of it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Charge {
    /// The absence's first block.
    pub since: BlockNumber,
    /// How many steps of it were charged.
    pub steps: u32,
}

/// The chain's own note that a worker's evidence did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Lapse {
    /// The block of the note.
    pub block: BlockNumber,
    /// Its time, Unix seconds.
    pub at: u64,
}

/// A commitment to a signature by an extracted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Commitment {
    /// [`adyton_protocol::extraction::commitment`].
    pub hash: [u8; 32],
    /// When it was made.
    pub block: BlockNumber,
    /// What is held for it.
    pub deposit: u128,
}

/// Where a receipt says that its call stood; its signature was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The key that signed.
    pub key: SigningKey,
    /// The contract.
    pub contract: ContractId,
    /// The lease under which the call ran.
    pub lease: u64,
    /// The incarnation in which it ran.
    pub incarnation: u64,
    /// The block acted on.
    pub block: BlockNumber,
    /// The state before.
    pub before: StateHead,
    /// The state after.
    pub after: StateHead,
}
