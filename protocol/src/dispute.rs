//! Disputed results: what of a receipt is disputed, who is drawn to run the call again, and what they answer.
//!
//! A contract that is disputable answers public calls alone, and all that an answer follows from is public. Whoever has
//! such a receipt can dispute it: the chain's beacon draws jurors among the running workers, each runs the call again,
//! commits to what it got, and shows that later. `specs/disputes.md` has the whole of it; the pallet `disputes` keeps the
//! records, a worker reads them with proofs.
//!
//! What is compared is the [`Outcome`], and nothing else. A commitment is bound to its juror, so that nobody can copy
//! another's.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    domain,
    evidence::EvidenceKind,
    ids::{AccountId, BlockNumber, BlockRef, CodeHash, ContractId, Digest, NetworkId, RequestId, SigningKey, WorkerId},
    manifest::MAX_MANIFEST,
    receipt::{Label, OpenedFields, ReceiptError},
    record::StateHead,
};

/// The most disputes that are open at a time.
pub const MAX_OPEN: u32 = 32;
/// The most draws of one dispute; the last one's jurors decide by two thirds.
pub const MAX_DRAWS: u8 = 3;
/// The most jurors of a first draw.
pub const MAX_FIRST_SEATS: u32 = 3;
/// The most jurors of any draw: twice as many and one more, for each draw after the first.
pub const MAX_SEATS: u32 = 15;
/// The most ballots of one dispute.
pub const MAX_BALLOTS: u32 = 25;
/// For each seat so many running workers are drawn, on average: some of them are not there in time.
pub const DRAWN_PER_SEAT: u32 = 3;
/// The longest address of a history, in bytes.
pub const MAX_SOURCE: u32 = 256;
/// Bytes of the salt that hides an answer until it is shown.
pub const SALT: usize = 32;
/// For how many seconds behind its call's time a worker keeps a request, so that the call can be run again: a result can be
/// disputed, and jurors run its call, no later than that.
pub const KEPT: u64 = 7 * 24 * 3600;

/// The leaves of a receipt that are open when it is disputed.
pub const LEAVES: [Label; 11] = [
    Label::Contract,
    Label::Code,
    Label::Manifest,
    Label::Block,
    Label::Request,
    Label::Response,
    Label::Before,
    Label::After,
    Label::Fuel,
    Label::Caller,
    Label::Extensions,
];

/// Where somebody has the history that leads to the call: an `http` or `https` address, as text. Nobody has to believe it.
pub type Source = BoundedVec<u8, ConstU32<MAX_SOURCE>>;
/// The encoding of the [`crate::manifest::Manifest`] under which the call ran.
pub type ManifestBytes = BoundedVec<u8, ConstU32<{ MAX_MANIFEST as u32 }>>;
/// The disputes that are open, by ascending number.
pub type OpenDisputes = BoundedVec<u64, ConstU32<MAX_OPEN>>;
/// The ballots of one draw.
pub type Ballots = BoundedVec<Ballot, ConstU32<MAX_SEATS>>;

/// What a run of a call gives, as leaves 10, 12 and 13 of a receipt have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Outcome {
    /// Digest of the response ([`crate::call::response_digest`]).
    pub response: Digest,
    /// The state after it; the same as before if nothing was written.
    pub after: StateHead,
    /// Fuel used.
    pub fuel: u64,
}

impl Outcome {
    /// What stands for it in an [`Answer`].
    pub fn digest(&self) -> Digest {
        let Self { response, after, fuel } = self;
        let parts: [&[u8]; 4] = [&response.0, &after.sequence.to_le_bytes(), &after.hash.0, &fuel.to_le_bytes()];
        Digest(domain::hash(domain::DISPUTE_OUTCOME, &parts))
    }
}

/// What a receipt says of a call, as far as a dispute is about it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Claim {
    /// The contract.
    pub contract: ContractId,
    /// Its code.
    pub code: CodeHash,
    /// Digest of its manifest.
    pub manifest: Digest,
    /// The finalized block that was acted on.
    pub block: BlockRef,
    /// The request's identifier.
    pub request_id: RequestId,
    /// Digest of the request ([`crate::call::request_digest`]).
    pub request: Digest,
    /// State before.
    pub before: StateHead,
    /// What the worker says came of it.
    pub outcome: Outcome,
    /// Hash of the cost table that fuel was counted by: whoever counts by another one cannot judge.
    pub cost_table: Digest,
}

impl Claim {
    /// What an opened receipt claims. None where it is not of a call that anybody could make: an account or a contract
    /// called, or nobody did, or a later boot signed again.
    ///
    /// # Errors
    /// Where one of [`LEAVES`] is closed, or has not its form.
    pub fn of(fields: &OpenedFields) -> Result<Option<Self>, ReceiptError> {
        let (code, _) = fields.code()?;
        let (request_id, request) = fields.request()?;
        let (fuel, cost_table) = fields.fuel()?;
        let claim = Self {
            contract: fields.contract()?,
            code,
            manifest: fields.manifest()?,
            block: fields.block()?,
            request_id,
            request,
            before: fields.before()?,
            outcome: Outcome { response: fields.response()?, after: fields.after()?, fuel },
            cost_table,
        };
        Ok(fields.is_plain()?.then_some(claim))
    }

    /// What stands for the claim that the worker with `key` has made, whatever salts its receipt has.
    pub fn digest(&self, network: &NetworkId, key: &SigningKey) -> Digest {
        Digest(domain::bound(domain::DISPUTE_CLAIM, network, &[&key.0, &self.encode()]))
    }
}

/// What a juror got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Answer {
    /// It ran the call: [`Outcome::digest`] of what came of it.
    #[codec(index = 0)]
    Outcome(Digest),
    /// It got no history, from anywhere, that leads to the state before the call and has the request.
    #[codec(index = 1)]
    Unavailable,
}

/// What a juror commits to before it shows it.
pub fn commitment(
    network: &NetworkId,
    dispute: u64,
    draw: u8,
    juror: &WorkerId,
    answer: &Answer,
    salt: &[u8; SALT],
) -> Digest {
    let parts: [&[u8]; 5] = [&dispute.to_le_bytes(), &[draw], &juror.0, &answer.encode(), salt];
    Digest(domain::bound(domain::DISPUTE_ANSWER, network, &parts))
}

/// The draw of a worker, evenly spread over all 64-bit numbers: who draws below [`Sitting::drawn_below`] may be a juror,
/// and those with the lowest draws are.
pub fn drawn(value: &[u8; 32], dispute: u64, draw: u8, worker: &WorkerId) -> u64 {
    let hash = domain::hash(domain::DISPUTE_DRAW, &[value, &dispute.to_le_bytes(), &[draw], &worker.0]);
    u64::from_le_bytes(*hash.first_chunk().expect("32 bytes have 8 first ones"))
}

/// How many jurors draw number `draw` has, from 1, where the first one has `first`.
pub const fn seats(first: u32, draw: u8) -> u32 {
    let (mut seats, mut number) = (first, 1);
    while number < draw {
        seats = seats.saturating_mul(2).saturating_add(1);
        number += 1;
    }
    seats
}

/// More than half of the seats.
pub const fn quorum(seats: u32) -> u32 {
    seats / 2 + 1
}

/// The most seats that jurors with evidence of one kind have where others are there for the rest: all but about a quarter.
/// It is so much that whoever has all workers of a rare kind can keep no last draw from two thirds of its answers, even
/// where some of the others are silent.
pub const fn of_one_kind(seats: u32) -> u32 {
    seats.saturating_sub(seats.saturating_add(1) / 4)
}

/// The rules. Times are in blocks, amounts in units of 10^-12 PHA, shares in parts of [`crate::rewards::BILLION`].
#[derive(
    Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameters {
    /// For how long after the block that was acted on a result can be disputed.
    pub window: BlockNumber,
    /// How many jurors a first draw has.
    pub jurors: u32,
    /// For how long a draw waits for its round of the beacon.
    pub wait: BlockNumber,
    /// For how long jurors commit.
    pub commit: BlockNumber,
    /// For how long they answer then.
    pub reveal: BlockNumber,
    /// What is held of who disputes.
    pub bond: u128,
    /// What a juror's operator is paid, if there is as much.
    pub fee: u128,
    /// What a wrong result costs, of the stake behind its worker.
    pub wrong_result: u32,
    /// What it costs if nobody gets the history.
    pub withheld: u32,
    /// What it costs a juror to have answered with another outcome than was decided, or not to have answered.
    pub wrong_verdict: u32,
}

/// How a dispute has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Ending {
    /// The result is right: the bond is lost.
    #[codec(index = 0)]
    Right,
    /// It is wrong: its worker was charged.
    #[codec(index = 1)]
    Wrong,
    /// Nobody got the history: its worker was charged.
    #[codec(index = 2)]
    Withheld,
    /// Nobody is charged for it.
    #[codec(index = 3)]
    Undecided,
}

/// Who shares the reporter's share of what a worker loses, once that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Reward {
    /// The number of the offence, of pallet `slashing`.
    pub offence: u64,
    /// Who disputed.
    pub challenger: AccountId,
    /// The operators of the jurors who were right.
    pub jurors: BoundedVec<AccountId, ConstU32<MAX_BALLOTS>>,
    /// What each of them is paid, if half of it is as much.
    pub fee: u128,
}

/// A dispute that is not decided yet.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Dispute {
    /// What the receipt claims.
    pub claim: Claim,
    /// The key that signed it.
    pub key: SigningKey,
    /// Whose key that is or was.
    pub worker: WorkerId,
    /// Who operates, or operated, that worker: none of its workers is a juror.
    pub operator: AccountId,
    /// Who disputes it.
    pub challenger: AccountId,
    /// What is held of the challenger's PHA, in units of 10^-12.
    pub bond: u128,
    /// Where the challenger says that the history is; empty: nowhere but with the workers.
    pub source: Source,
    /// The block in which it was disputed.
    pub opened: BlockNumber,
    /// The number of the present draw, from 1.
    pub draw: u8,
    /// How many jurors it has.
    pub seats: u32,
    /// How far it is.
    pub stage: Stage,
}

/// How far a draw is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Stage {
    /// It waits for a round of the beacon.
    #[codec(index = 0)]
    Waiting(Waiting),
    /// Jurors are drawn.
    #[codec(index = 1)]
    Sitting(Sitting),
}

/// Which round draws the jurors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Waiting {
    /// The first round that comes with a number above this: nobody can have known its value when this was written.
    pub after: u64,
    /// The last block for which it is waited; then the dispute ends undecided.
    pub until: BlockNumber,
}

/// Who is drawn, and until when they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Sitting {
    /// The value of the beacon's round.
    pub value: [u8; 32],
    /// A running worker is drawn if it draws below this, see [`drawn`].
    pub drawn_below: u64,
    /// The most jurors with evidence of one kind where others are there for the other seats, see [`of_one_kind`].
    pub of_one_kind: u32,
    /// The last block in which a commitment counts.
    pub commit_until: BlockNumber,
    /// The last block in which an answer counts; the first one is the block after `commit_until`.
    pub reveal_until: BlockNumber,
}

impl Sitting {
    /// Whether commitments count in `block`.
    pub const fn takes_commitments(&self, block: BlockNumber) -> bool {
        block <= self.commit_until
    }

    /// Whether answers count in `block`.
    pub const fn takes_answers(&self, block: BlockNumber) -> bool {
        block > self.commit_until && block <= self.reveal_until
    }
}

/// A juror with a seat.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Ballot {
    /// The juror.
    pub worker: WorkerId,
    /// Who operates it.
    pub operator: AccountId,
    /// The kind of its evidence.
    pub kind: EvidenceKind,
    /// What it drew.
    pub drawn: u64,
    /// [`commitment`] to its answer.
    pub commitment: Digest,
    /// The answer, once it was shown.
    pub answer: Option<Answer>,
}

#[cfg(test)]
mod tests;
