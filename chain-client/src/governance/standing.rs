//! How a referendum stands: what it has, what it needs, and what happens when.

use adyton_protocol::{rewards::BILLION, share::Share};

use super::{Enactment, Periods, Status, Tally, TrackInfo};

/// What is needed over a decision: it falls evenly from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    begin: Share,
    end: Share,
}

impl Bar {
    /// From `begin` billionths down to `end`.
    pub fn new((begin, end): (u32, u32)) -> Self {
        Self { begin: Share(begin.max(end)), end: Share(end) }
    }

    /// What is needed after this share of the decision's time.
    pub fn at(&self, time: Share) -> Share {
        let fall = u64::from(self.begin.0 - self.end.0) * u64::from(time.0.min(BILLION)) / u64::from(BILLION);
        Share(self.begin.0 - u32::try_from(fall).unwrap_or(u32::MAX).min(self.begin.0))
    }

    /// After which share of the decision's time `has` is enough; none, if it never is.
    fn reached(&self, has: Share) -> Option<Share> {
        if has < self.end {
            return None;
        }
        let (missing, fall) = (self.begin.0.saturating_sub(has.0), self.begin.0 - self.end.0);
        let share = (u64::from(missing) * u64::from(BILLION)).div_ceil(u64::from(fall).max(1));
        Some(Share(u32::try_from(share).unwrap_or(BILLION).min(BILLION)))
    }
}

/// What becomes of a referendum with the votes that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has placed the deposit for its decision; it ends in this block without one.
    WantsDeposit(u32),
    /// Its decision begins in this block, if there is a place for it.
    Prepares(u32),
    /// Others of its track are decided first.
    Waits,
    /// It has not enough votes now. It has in the first block, as what is needed falls; in the second it is rejected.
    Lacks(Option<u32>, u32),
    /// It has enough votes, and is approved in this block if it keeps them.
    Confirms(u32),
}

impl Tally {
    /// The share of the votes in favour; nothing, where there are none.
    pub fn approval(&self) -> Share {
        match self.ayes.saturating_add(self.nays) {
            0 => Share(0),
            all => Share::of(self.ayes, all),
        }
    }

    /// The share of all PHA in favour.
    pub fn support(&self, issuance: u128) -> Share {
        Share::of(self.support, issuance)
    }
}

impl Status {
    /// How much of the decision's time is over after block `now`.
    pub fn elapsed(&self, periods: &Periods, now: u32) -> Share {
        let since = self.deciding.map_or(now, |deciding| deciding.since);
        Share::of(u128::from(now.saturating_sub(since)), u128::from(periods.decision))
    }

    /// What becomes of it.
    pub fn state(&self, track: &TrackInfo, periods: &Periods, issuance: u128, timeout: u32) -> State {
        if let Some(deciding) = self.deciding {
            let end = deciding.since.saturating_add(periods.decision);
            let approval = Bar::new(track.approval).reached(self.tally.approval());
            let support = Bar::new(track.support).reached(self.tally.support(issuance));
            let enough = approval.zip(support).map(|(one, other)| one.max(other));
            let after = |share: Share| {
                let blocks = (u64::from(share.0) * u64::from(periods.decision)).div_ceil(u64::from(BILLION));
                deciding.since.saturating_add(u32::try_from(blocks).unwrap_or(u32::MAX))
            };
            return match deciding.confirming {
                Some(block) => State::Confirms(block),
                None => State::Lacks(enough.map(after), end),
            };
        }
        match (self.in_queue, self.decision_deposit) {
            (true, _) => State::Waits,
            (false, None) => State::WantsDeposit(self.submitted.saturating_add(timeout)),
            (false, Some(_)) => State::Prepares(self.submitted.saturating_add(periods.prepare)),
        }
    }

    /// In which block it is done, if it is approved in block `approved`.
    pub fn enacted(&self, periods: &Periods, approved: u32) -> u32 {
        let wanted = match self.enactment {
            Enactment::At(block) => block,
            Enactment::After(blocks) => approved.saturating_add(blocks),
        };
        wanted.max(approved.saturating_add(periods.enactment.max(1)))
    }
}
