//! What the chain accepts, when a change to it has to be seen before it holds.
//!
//! What lets more in is announced and holds from its moment on, without anybody doing anything then: chain and measured
//! programs compute what holds when they use it. What lets less in needs no notice; it removes the item or takes its
//! place, and so what was announced of it never holds.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What holds, and what will.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Scheduled<T> {
    /// Holds until the next one does.
    pub present: Option<T>,
    /// Announced.
    pub next: Option<Announced<T>>,
}

/// What is announced.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Announced<T> {
    /// What will hold.
    pub value: T,
    /// From this moment on, by the chain's time in Unix seconds.
    pub from: u64,
}

impl<T> Default for Scheduled<T> {
    fn default() -> Self {
        Self { present: None, next: None }
    }
}

impl<T> Scheduled<T> {
    /// Holds without notice: for a genesis, and for what lets less in.
    pub const fn holding(value: T) -> Self {
        Self { present: Some(value), next: None }
    }

    /// What holds at `now` (Unix seconds).
    pub fn at(&self, now: u64) -> Option<&T> {
        match &self.next {
            Some(next) if next.from <= now => Some(&next.value),
            Some(_) | None => self.present.as_ref(),
        }
    }

    /// The same, taken out.
    pub fn into_at(self, now: u64) -> Option<T> {
        match self.next {
            Some(next) if next.from <= now => Some(next.value),
            Some(_) | None => self.present,
        }
    }

    /// What is announced and does not hold yet at `now`.
    pub fn pending(&self, now: u64) -> Option<&Announced<T>> {
        self.next.as_ref().filter(|next| now < next.from)
    }

    /// Announces `value`, to hold from `from` on. What was announced before and does not hold at `now` is forgotten.
    #[must_use]
    pub fn announce(self, value: T, now: u64, from: u64) -> Self {
        Self { present: self.into_at(now), next: Some(Announced { value, from }) }
    }

    /// Without what does not hold yet at `now`; `None` if nothing is left.
    #[must_use]
    pub fn without_pending(self, now: u64) -> Option<Self> {
        self.into_at(now).map(Self::holding)
    }
}

impl Scheduled<bool> {
    /// Whether something is so at `now` (Unix seconds) that is not so where nothing is said.
    pub fn is_on(&self, now: u64) -> bool {
        self.at(now).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_holds_from_its_moment_on_and_not_before() {
        let scheduled = Scheduled::holding(1).announce(2, 10, 20);
        assert_eq!([9, 19, 20, 99].map(|now| scheduled.at(now).copied()), [Some(1), Some(1), Some(2), Some(2)]);
        assert_eq!(scheduled.pending(19).map(|next| next.value), Some(2));
        assert_eq!(scheduled.pending(20), None);
        assert_eq!(Scheduled::default().announce(2, 10, 20).at(19), None);
    }

    #[test]
    fn a_second_announcement_keeps_what_holds_and_forgets_what_does_not_yet() {
        let scheduled = Scheduled::holding(1).announce(2, 10, 20);
        let early = scheduled.clone().announce(3, 15, 30);
        assert_eq!([15, 20, 30].map(|now| early.at(now).copied()), [Some(1), Some(1), Some(3)]);
        let late = scheduled.announce(3, 25, 30);
        assert_eq!([25, 30].map(|now| late.at(now).copied()), [Some(2), Some(3)]);
    }

    #[test]
    fn a_switch_is_off_before_its_moment_and_where_nothing_is_said() {
        let on = Scheduled::default().announce(true, 10, 20);
        assert_eq!([19, 20].map(|now| on.is_on(now)), [false, true]);
        let off = Scheduled::holding(true).announce(false, 10, 20);
        assert_eq!([19, 20].map(|now| off.is_on(now)), [true, false]);
        assert!(!Scheduled::<bool>::default().is_on(99));
    }

    #[test]
    fn a_denial_and_its_end_are_laid_out_as_published() {
        let denied = Scheduled::holding(true);
        assert_eq!(denied.encode(), [1, 1, 0]);
        assert_eq!(denied.announce(false, 10, 20).encode(), [1, 1, 1, 0, 20, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Scheduled::<bool>::max_encoded_len(), 12);
    }

    #[test]
    fn what_is_cancelled_never_holds_and_what_holds_cannot_be_cancelled() {
        let scheduled = Scheduled::holding(1).announce(2, 10, 20);
        assert_eq!(scheduled.clone().without_pending(19), Some(Scheduled::holding(1)));
        assert_eq!(scheduled.without_pending(20), Some(Scheduled::holding(2)));
        assert_eq!(Scheduled::default().announce(2, 10, 20).without_pending(19), None::<Scheduled<i32>>);
    }
}
