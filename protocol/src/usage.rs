//! Gas: what a contract pays for what it uses. `specs/gas.md` has the whole of it.
//!
//! What calls use is metered ([`Metered`]) and counted in one unit ([`Factors`]). A contract has an account on the
//! chain ([`GasAccount`]) that anybody fills, and terms that its owner sets ([`Terms`]); without terms it runs for
//! nothing. The worker that holds its lease claims what was used ([`Claim`]), at its own asking price and never above
//! the contract's; chain and worker decide by the one [`Standing::charge`] whether a claim is good and what it comes
//! to. Amounts are in units of 10^-12 PHA, shares in millionths.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, BlockNumber, ContractId},
    manifest::Limits,
};

/// The whole, in shares.
pub const WHOLE: u32 = 1_000_000;
/// The least share that treasury and burn take together: whoever pays themselves loses it.
pub const LEAST_CUT: u32 = 10_000;
/// The most claims of one extrinsic.
pub const MAX_CLAIMS: u32 = 16;
/// By what the sum of metered amounts and factors is divided.
const SCALE: u128 = 1_000_000_000;

/// Claims of one extrinsic, ascending by contract.
pub type Claims = BoundedVec<Claim, ConstU32<MAX_CLAIMS>>;

/// What was used, each in its own measure.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Metered {
    /// Units of fuel.
    pub fuel: u64,
    /// KiB of memory for a millisecond: of each call the most that it had at a time, for as long as it ran.
    pub memory: u64,
    /// Bytes of responses, of requests to the outside and of their answers.
    pub egress: u64,
    /// KiB of state for one block.
    pub storage: u64,
    /// Tokens of a model.
    pub tokens: u64,
}

impl Metered {
    /// With `more` on top; none if a number has no room.
    #[must_use]
    pub fn plus(&self, more: &Self) -> Option<Self> {
        Some(Self {
            fuel: self.fuel.checked_add(more.fuel)?,
            memory: self.memory.checked_add(more.memory)?,
            egress: self.egress.checked_add(more.egress)?,
            storage: self.storage.checked_add(more.storage)?,
            tokens: self.tokens.checked_add(more.tokens)?,
        })
    }

    /// Without `less`; an amount that is smaller is zero then.
    #[must_use]
    pub fn minus(&self, less: &Self) -> Self {
        Self {
            fuel: self.fuel.saturating_sub(less.fuel),
            memory: self.memory.saturating_sub(less.memory),
            egress: self.egress.saturating_sub(less.egress),
            storage: self.storage.saturating_sub(less.storage),
            tokens: self.tokens.saturating_sub(less.tokens),
        }
    }

    /// This much of every amount: `part` of `whole`, rounded down.
    #[must_use]
    pub fn scaled(&self, part: u128, whole: u128) -> Self {
        let of = |amount: u64| match u128::from(amount).checked_mul(part).and_then(|product| product.checked_div(whole))
        {
            Some(scaled) => u64::try_from(scaled).unwrap_or(amount).min(amount),
            None => 0,
        };
        Self {
            fuel: of(self.fuel),
            memory: of(self.memory),
            egress: of(self.egress),
            storage: of(self.storage),
            tokens: of(self.tokens),
        }
    }

    /// No amount above those of `most`.
    #[must_use]
    pub fn within(&self, most: &Self) -> Self {
        Self {
            fuel: self.fuel.min(most.fuel),
            memory: self.memory.min(most.memory),
            egress: self.egress.min(most.egress),
            storage: self.storage.min(most.storage),
            tokens: self.tokens.min(most.tokens),
        }
    }

    /// The most that so many calls and blocks can come to under `limits`. Tokens have no limit in a manifest.
    pub fn most(limits: &Limits, calls: u32, blocks: BlockNumber) -> Self {
        let (calls, blocks) = (u64::from(calls), u64::from(blocks));
        let requests = u64::from(limits.egress_requests).saturating_mul(u64::from(limits.egress_bytes));
        // Of each request what is sent and what comes back.
        let egress = u64::from(limits.response).saturating_add(requests.saturating_mul(2));
        Self {
            fuel: calls.saturating_mul(limits.fuel),
            memory: calls.saturating_mul(kib(limits.memory).saturating_mul(u64::from(limits.wall_ms))),
            egress: calls.saturating_mul(egress),
            storage: blocks.saturating_mul(kib(limits.storage)),
            tokens: u64::MAX,
        }
    }
}

/// Bytes in KiB, rounded up.
pub fn kib(bytes: u64) -> u64 {
    bytes.div_ceil(1024)
}

/// What the measures count for, each in billionths of a unit.
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
#[serde(deny_unknown_fields)]
pub struct Factors {
    /// A unit of fuel.
    pub fuel: u32,
    /// A KiB of memory for a millisecond.
    pub memory: u32,
    /// A byte out or in again.
    pub egress: u32,
    /// A KiB of state for one block.
    pub storage: u32,
    /// A token.
    pub tokens: u32,
}

impl Factors {
    /// What `metered` comes to, in units, rounded up.
    pub fn units(&self, metered: &Metered) -> u128 {
        let pairs = [
            (metered.fuel, self.fuel),
            (metered.memory, self.memory),
            (metered.egress, self.egress),
            (metered.storage, self.storage),
            (metered.tokens, self.tokens),
        ];
        // Each product is below 2^96, so that their sum has room.
        let sum = pairs.iter().fold(0_u128, |sum, (amount, factor)| {
            sum.saturating_add(u128::from(*amount).saturating_mul(u128::from(*factor)))
        });
        sum.div_ceil(SCALE)
    }
}

/// What the network says about gas.
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
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// What the measures count for.
    pub factors: Factors,
    /// The most units a block that terms may allow.
    pub max_units: u64,
    /// The most calls a block that a claim may have.
    pub max_calls: u32,
    /// The least blocks between two claims of one contract.
    pub period: BlockNumber,
    /// The most blocks that a claim is about: whoever claims later has lost what was before.
    pub window: BlockNumber,
    /// After how many blocks other terms of a contract that pays hold, and a higher ask; no less than the window.
    pub notice: BlockNumber,
    /// The least that an account is filled with at a time.
    pub minimum: u128,
    /// The treasury's share of what is paid.
    pub treasury: u32,
    /// The share that is burnt.
    pub burn: u32,
    /// The most that terms may give to the developer.
    pub max_royalty: u32,
}

impl Default for Parameters {
    /// For blocks of 6 seconds. A unit is a million units of fuel, 64 MiB for a second, 64 KiB that leave, or 0.1 GiB
    /// of state for an hour.
    fn default() -> Self {
        Self {
            factors: Factors { fuel: 1_000, memory: 15, egress: 15_259, storage: 16, tokens: 100_000_000 },
            max_units: 1_000_000,
            max_calls: 100_000,
            period: 50,
            window: 600,
            notice: 600,
            minimum: 10_000_000_000,
            treasury: 50_000,
            burn: 50_000,
            max_royalty: 500_000,
        }
    }
}

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidParameters {
    /// Fuel counts for nothing, or nothing may be used.
    Nothing,
    /// A time is zero, or the notice shorter than the window, or the window shorter than the period.
    Times,
    /// Treasury and burn take less than [`LEAST_CUT`] together, or with the royalty more than all.
    Shares,
}

impl Parameters {
    /// Whether they can hold.
    ///
    /// # Errors
    /// What cannot.
    pub fn validate(&self) -> Result<(), InvalidParameters> {
        if self.factors.fuel == 0 || self.max_units == 0 || self.max_calls == 0 {
            return Err(InvalidParameters::Nothing);
        }
        if self.period == 0 || self.window < self.period || self.notice < self.window {
            return Err(InvalidParameters::Times);
        }
        let cut = self.treasury.checked_add(self.burn).filter(|cut| *cut >= LEAST_CUT);
        let all = cut.and_then(|cut| cut.checked_add(self.max_royalty));
        if all.is_some_and(|all| all <= WHOLE) { Ok(()) } else { Err(InvalidParameters::Shares) }
    }

    /// Who gets what of `amount`. The cut is rounded up and comes first: of anything that is paid, treasury and burn
    /// take at least the smallest unit there is.
    pub fn split(&self, amount: u128, royalty: Option<&Royalty>) -> Split {
        let burnt = share_up(amount, self.burn);
        let left = amount.saturating_sub(burnt);
        let treasury = share_up(amount, self.treasury).min(left);
        let left = left.saturating_sub(treasury);
        let royalty = royalty.map_or(0, |royalty| share(amount, royalty.share.min(self.max_royalty))).min(left);
        Split { worker: left.saturating_sub(royalty), royalty, treasury, burnt }
    }
}

/// So many millionths of `amount`, rounded down.
fn share(amount: u128, millionths: u32) -> u128 {
    let (whole, millionths) = (u128::from(WHOLE), u128::from(millionths.min(WHOLE)));
    // Exact, and without room for more than `amount`.
    let (times, rest) = (amount / whole, amount % whole);
    times.saturating_mul(millionths).saturating_add(rest.saturating_mul(millionths) / whole)
}

/// The same, rounded up.
fn share_up(amount: u128, millionths: u32) -> u128 {
    amount.saturating_sub(share(amount, WHOLE.saturating_sub(millionths)))
}

/// Who gets what of what was paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// The stake pool behind the worker; the worker's operator, where there is none.
    pub worker: u128,
    /// The contract's developer.
    pub royalty: u128,
    /// The treasury.
    pub treasury: u128,
    /// Nobody.
    pub burnt: u128,
}

/// On what terms a contract runs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Terms {
    /// The most that it pays for a unit; not zero.
    pub price: u128,
    /// The most units that it may use a block, on average since the last claim: with the price, the most that it
    /// spends.
    pub units: u64,
    /// What of it the developer gets.
    pub royalty: Option<Royalty>,
    /// What one caller may use.
    pub caller: Option<CallerCap>,
}

/// What the developer gets of what the contract pays.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Royalty {
    /// Who.
    pub to: AccountId,
    /// Which share, in millionths.
    pub share: u32,
}

/// What one caller may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CallerCap {
    /// Units in a period.
    pub units: u64,
    /// The period's length in blocks; not zero.
    pub period: BlockNumber,
}

impl Terms {
    /// Whether they can hold under `parameters`.
    pub fn are_possible(&self, parameters: &Parameters) -> bool {
        let royalty = self.royalty.as_ref().is_none_or(|royalty| royalty.share <= parameters.max_royalty);
        let caller = self.caller.is_none_or(|cap| cap.units > 0 && cap.period > 0);
        self.price > 0 && (1..=parameters.max_units).contains(&self.units) && royalty && caller
    }

    /// The most that so many blocks cost.
    pub fn most(&self, blocks: BlockNumber) -> u128 {
        u128::from(self.units).saturating_mul(blocks.into()).saturating_mul(self.price)
    }
}

/// What holds, and what will from a block on.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Noticed<T> {
    /// Holds until the next one does.
    pub present: T,
    /// Announced: the value, and the first block at which it holds.
    pub next: Option<(T, BlockNumber)>,
}

impl<T> Noticed<T> {
    /// Holds without notice.
    pub const fn holding(value: T) -> Self {
        Self { present: value, next: None }
    }

    /// What holds at block `now`.
    pub fn at(&self, now: BlockNumber) -> &T {
        match &self.next {
            Some((value, from)) if *from <= now => value,
            Some(_) | None => &self.present,
        }
    }

    /// Since which block what was announced holds at block `now`; none where it does not, or was forgotten.
    pub fn since(&self, now: BlockNumber) -> Option<BlockNumber> {
        self.next.as_ref().map(|(_, from)| *from).filter(|from| *from <= now)
    }

    /// What is announced and does not hold yet at block `now`.
    pub fn pending(&self, now: BlockNumber) -> Option<&(T, BlockNumber)> {
        self.next.as_ref().filter(|(_, from)| now < *from)
    }
}

impl<T: Clone + PartialEq> Noticed<T> {
    /// What holds at block `now` holds on, and `value` from block `from`; nothing is announced where that is the same.
    #[must_use]
    pub fn announcing(&self, value: T, now: BlockNumber, from: BlockNumber) -> Self {
        let present = self.at(now).clone();
        let next = (present != value).then_some((value, from));
        Self { present, next }
    }
}

/// A contract's gas account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct GasAccount {
    /// What is there.
    pub balance: u128,
    /// On what terms the contract runs; none: for nothing.
    pub terms: Noticed<Option<Terms>>,
    /// The block of the last claim, or at which the terms began.
    pub settled_at: BlockNumber,
    /// All that was ever paid.
    pub spent: u128,
    /// What was paid last.
    pub last: Option<Spending>,
    /// The number of the newest lease whose last claim was taken: under it and those before, nothing is claimed.
    pub closed: u64,
}

/// What one claim came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Spending {
    /// Units used.
    pub units: u128,
    /// What was paid for them.
    pub paid: u128,
    /// Blocks since the claim before.
    pub blocks: BlockNumber,
}

impl GasAccount {
    /// The terms at block `now`.
    pub fn terms_at(&self, now: BlockNumber) -> Option<&Terms> {
        self.terms.at(now).as_ref()
    }

    /// Whether the contract pays and has less than a unit may cost, so that no worker answers its calls.
    pub fn is_paused(&self, now: BlockNumber) -> bool {
        self.terms_at(now).is_some_and(|terms| self.balance < terms.price)
    }

    /// The terms that others have followed, or none, and since which block: as long as what was used on them may be
    /// claimed, which is a window, or until that has happened.
    pub fn ended(&self, now: BlockNumber, window: BlockNumber) -> Option<(&Terms, BlockNumber)> {
        let from = self.terms.since(now)?;
        let open = self.settled_at < from && now < from.saturating_add(window);
        self.terms.present.as_ref().filter(|_| open).map(|terms| (terms, from))
    }

    /// For how many blocks the terms that hold at block `now` allow units that can still be claimed: what is used at
    /// once may be claimed over a window, unless the terms end before.
    pub fn ahead(&self, now: BlockNumber, window: BlockNumber) -> BlockNumber {
        self.terms.pending(now).map_or(window, |(_, end)| end.saturating_sub(self.settled_at).min(window))
    }

    /// What may still be claimed, at the most, of what was used up to block `now`: the owner cannot take it back.
    pub fn reserved(&self, now: BlockNumber, window: BlockNumber) -> u128 {
        let ended = self.ended(now, window);
        let ended = ended.map_or(0, |(terms, end)| terms.most(end.saturating_sub(self.settled_at).min(window)));
        let present = self.terms_at(now).map_or(0, |terms| terms.most(self.ahead(now, window)));
        ended.saturating_add(present).min(self.balance)
    }
}

/// What a worker claims for one contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Claim {
    /// The contract.
    pub contract: ContractId,
    /// The number of the lease under which it ran.
    pub lease: u64,
    /// The account's [`GasAccount::settled_at`] that it follows: a claim is taken once, however often it is sent.
    pub after: BlockNumber,
    /// How many calls ran.
    pub calls: u32,
    /// What they used.
    pub metered: Metered,
    /// Whether it is the last under its lease, which the worker gives back: such a one does not wait for the period.
    pub last: bool,
}

/// What the chain remembers of a worker's claims.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Claimed {
    /// The block of the last.
    pub block: BlockNumber,
    /// How many anchors of receipts the worker had: the receipts behind the next claim stand under those after them.
    pub anchors: u32,
}

/// Why a claim is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimRefusal {
    /// The contract has no terms: it runs for nothing.
    NoTerms,
    /// The last one under its lease was taken.
    Closed,
    /// The worker asks for more than the contract pays.
    Price,
    /// It follows another claim than the last.
    NotNext,
    /// The last one was too recent, or the lease or the terms began just now.
    TooSoon,
    /// More calls than can have run.
    Calls,
    /// More of something than the contract's limits let so many calls and blocks use.
    Metered,
    /// More units than the terms allow.
    Units,
}

impl fmt::Display for ClaimRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTerms => "the contract runs for nothing",
            Self::Closed => "the last claim under the lease was taken",
            Self::Price => "the worker asks for more than the contract pays",
            Self::NotNext => "the claim follows another one than the last",
            Self::TooSoon => "the last claim was too recent, or the lease or the terms began just now",
            Self::Calls => "more calls are claimed than can have run",
            Self::Metered => "more is claimed than the contract's limits let its calls use",
            Self::Units => "more units are claimed than the contract's terms allow",
        })
    }
}

impl core::error::Error for ClaimRefusal {}

/// What decides about claims for one contract at one block.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The network's.
    pub parameters: &'a Parameters,
    /// The contract's account.
    pub account: &'a GasAccount,
    /// The limits of its manifest.
    pub limits: &'a Limits,
    /// What the worker asks for a unit.
    pub ask: u128,
    /// The block at which its lease began.
    pub since: BlockNumber,
    /// The block.
    pub now: BlockNumber,
}

/// What a good claim comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Units used.
    pub units: u128,
    /// What they cost.
    pub due: u128,
    /// What of it the account has.
    pub paid: u128,
    /// Up to which block everything is settled then.
    pub until: BlockNumber,
    /// Blocks since the claim before.
    pub blocks: BlockNumber,
}

impl Standing<'_> {
    /// The terms that others have followed, and since when, if a claim is judged by those now: what was used on them is
    /// claimed first, and alone.
    pub fn ended(&self) -> Option<(&Terms, BlockNumber)> {
        let ended = self.account.ended(self.now, self.parameters.window);
        // Who leased the contract later, or asks more, has run nothing on them.
        ended.filter(|(terms, end)| self.since < *end && self.ask <= terms.price)
    }

    /// The terms by which a claim is judged now.
    pub fn terms(&self) -> Option<&Terms> {
        self.ended().map(|(terms, _)| terms).or_else(|| self.account.terms_at(self.now))
    }

    /// The blocks that a claim may be about now: those at which the terms held by which it is judged.
    pub fn blocks(&self) -> BlockNumber {
        let since = self.account.settled_at.max(self.since);
        let (since, until) = match self.ended() {
            Some((_, end)) => (since, end),
            None => (since.max(self.account.terms.since(self.now).unwrap_or(0)), self.now),
        };
        until.saturating_sub(since).min(self.parameters.window)
    }

    /// The most units that a claim may come to now; zero without terms.
    pub fn most_units(&self) -> u128 {
        let units = self.terms().map_or(0, |terms| terms.units.min(self.parameters.max_units));
        u128::from(units).saturating_mul(self.blocks().into())
    }

    /// The most calls.
    pub fn most_calls(&self) -> u32 {
        self.parameters.max_calls.saturating_mul(self.blocks())
    }

    /// Judges a claim.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn charge(&self, claim: &Claim) -> Result<Charge, ClaimRefusal> {
        let terms = self.terms().ok_or(ClaimRefusal::NoTerms)?;
        if claim.lease <= self.account.closed {
            return Err(ClaimRefusal::Closed);
        }
        if self.ask > terms.price {
            return Err(ClaimRefusal::Price);
        }
        if claim.after != self.account.settled_at {
            return Err(ClaimRefusal::NotNext);
        }
        let (blocks, ended) = (self.blocks(), self.ended());
        let least = if claim.last || ended.is_some() { 1 } else { self.parameters.period };
        if blocks < least {
            return Err(ClaimRefusal::TooSoon);
        }
        if claim.calls > self.most_calls() {
            return Err(ClaimRefusal::Calls);
        }
        if claim.metered.within(&Metered::most(self.limits, claim.calls, blocks)) != claim.metered {
            return Err(ClaimRefusal::Metered);
        }
        let units = self.parameters.factors.units(&claim.metered);
        if units > self.most_units() {
            return Err(ClaimRefusal::Units);
        }
        let due = units.saturating_mul(self.ask);
        let until = ended.map_or(self.now, |(_, end)| end);
        let past = until.saturating_sub(self.account.settled_at);
        Ok(Charge { units, due, paid: due.min(self.account.balance), until, blocks: past })
    }

    /// What of `calls` and `metered` a claim may have now: as much of each as keeps it good.
    pub fn fitting(&self, calls: u32, metered: &Metered) -> (u32, Metered) {
        let calls = calls.min(self.most_calls());
        let metered = metered.within(&Metered::most(self.limits, calls, self.blocks()));
        let (units, most) = (self.parameters.factors.units(&metered), self.most_units());
        // Units are rounded up and amounts down, so that this is never more than the most.
        let metered = if units <= most { metered } else { metered.scaled(most, units) };
        (calls, metered)
    }
}

/// Whether claims are of different contracts, ascending, and at least one.
pub fn are_ascending(claims: &[Claim]) -> bool {
    let contracts: Vec<ContractId> = claims.iter().map(|claim| claim.contract).collect();
    !contracts.is_empty() && contracts.windows(2).all(|pair| matches!(pair, [one, next] if one < next))
}

#[cfg(test)]
mod tests;
