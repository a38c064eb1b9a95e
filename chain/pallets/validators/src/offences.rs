//! What it costs to break the rules.
//!
//! Who is reported stops serving at once, where as many as are needed go on, and is no candidate any more. A part of
//! the bond is slashed after the time of appeal: the larger, the more broke the rules in the same term.

use alloc::vec::Vec;
use frame_support::{
    ensure,
    pallet_prelude::{DispatchResult, Weight},
    traits::{
        fungible::MutateHold,
        tokens::{Fortitude, Precision},
    },
};
use polkadot_sdk::{
    frame_support,
    pallet_grandpa::{self, EquivocationOffence, TimeSlot},
    sp_runtime::{AccountId32, Perbill},
    sp_staking::{
        SessionIndex,
        offence::{Offence, OffenceError, ReportOffence},
    },
};

use crate::{
    Bonds, Config, Error, Event, HoldReason, Offender, Offenders, Pallet, Pending, Queue, SessionOf, Sessions,
    Settings, Slash, Slashes, WeightInfo, equivocation::BlockOffence,
};

/// How many slashes happen in one block at most.
pub(crate) const SLASHES: u32 = 8;

impl<T: Config> Pallet<T> {
    /// Takes down that `who` broke the rules in `session`. `fraction` says what that costs each, by how many did.
    pub(crate) fn reported(
        session: SessionIndex,
        who: &AccountId32,
        fraction: impl Fn(u32) -> Perbill,
    ) -> Result<(), OffenceError> {
        let term = SessionOf::<T>::get(session).ok_or(OffenceError::Other(0))?.term;
        let mut offenders = Offenders::<T>::get(term);
        if offenders.iter().any(|known| known.who == *who) {
            return Err(OffenceError::DuplicateReport);
        }
        let new = Offender { who: who.clone(), fraction: Perbill::zero() };
        offenders.try_push(new).map_err(|_| OffenceError::Other(1))?;
        let fraction = fraction(offenders.len() as u32);
        for offender in offenders.iter_mut().filter(|offender| offender.fraction < fraction) {
            let more = Perbill::from_parts(fraction.deconstruct().saturating_sub(offender.fraction.deconstruct()));
            offender.fraction = fraction;
            Self::announce(session, &offender.who, more, false);
        }
        Offenders::<T>::insert(term, offenders);
        Self::remove_candidate(who);
        T::Sessions::disable(who, fraction);
        Self::deposit_event(Event::Offended { who: who.clone(), session, fraction });
        Ok(())
    }

    /// Whether `who` was reported already for the term of `session`. True also where that is not known any more.
    pub(crate) fn is_known(session: SessionIndex, who: &AccountId32) -> bool {
        SessionOf::<T>::get(session)
            .is_none_or(|session| Offenders::<T>::get(session.term).iter().any(|known| known.who == *who))
    }

    /// A slash of `fraction` of what is bonded now, for a lie or for absence.
    pub(crate) fn announce(session: SessionIndex, who: &AccountId32, fraction: Perbill, absence: bool) {
        let Some(mut bond) = Bonds::<T>::get(who) else { return };
        let amount = fraction.mul_ceil(bond.total());
        if amount == 0 {
            return;
        }
        // One who was slashed may stand again, and now has another slash.
        Self::remove_candidate(who);
        bond.slashes = bond.slashes.saturating_add(1);
        bond.absences = bond.absences.saturating_add(u32::from(absence));
        Bonds::<T>::insert(who, bond);
        let due = Self::block_number().saturating_add(Settings::<T>::get().appeal);
        let queue = Slashes::<T>::get();
        Pending::<T>::insert(queue.next, Slash { who: who.clone(), amount, session, due, absence });
        Slashes::<T>::put(Queue { next: queue.next.saturating_add(1), ..queue });
        Self::deposit_event(Event::SlashAnnounced { number: queue.next, who: who.clone(), amount, due });
    }

    /// A slash does not happen, and does not come back in part when others are reported for the same term.
    pub(crate) fn pardon(number: u32) -> DispatchResult {
        let slash = Pending::<T>::take(number).ok_or(Error::<T>::NoSuchSlash)?;
        if let Some(session) = SessionOf::<T>::get(slash.session).filter(|_| !slash.absence) {
            Offenders::<T>::mutate(session.term, |list| {
                list.iter_mut().filter(|offender| offender.who == slash.who).for_each(|pardoned| {
                    pardoned.fraction = Perbill::one();
                });
            });
        }
        Self::decided(&slash, 0);
        Self::deposit_event(Event::SlashCancelled { number });
        Ok(())
    }

    /// Slashes what is due, oldest first, and no more than a block has room for.
    pub(crate) fn slash_due() -> Weight {
        let mut queue = Slashes::<T>::get();
        let now = Self::block_number();
        let (mut looked, begin) = (0u32, queue.first);
        while queue.first < queue.next && looked < SLASHES {
            match Pending::<T>::get(queue.first) {
                Some(slash) if slash.due > now => break,
                Some(slash) => {
                    Pending::<T>::remove(queue.first);
                    let amount = Self::decided(&slash, slash.amount);
                    Self::deposit_event(Event::Slashed { number: queue.first, who: slash.who, amount });
                }
                // It was cancelled.
                None => {}
            }
            queue.first = queue.first.saturating_add(1);
            looked = looked.saturating_add(1);
        }
        if queue.first != begin {
            Slashes::<T>::put(queue);
        }
        T::WeightInfo::slash_due(looked)
    }

    /// A slash is decided: takes `amount` from the bond, and gives what was taken.
    fn decided(slash: &Slash, amount: u128) -> u128 {
        let who = &slash.who;
        let Some(mut bond) = Bonds::<T>::get(who) else { return 0 };
        bond.slashes = bond.slashes.saturating_sub(1);
        bond.absences = bond.absences.saturating_sub(u32::from(slash.absence));
        let taken = bond.take(amount);
        if bond.total() == 0 && bond.slashes == 0 {
            Self::remove_candidate(who);
            Bonds::<T>::remove(who);
        } else {
            Self::move_candidate(who, bond.active);
            Bonds::<T>::insert(who, bond);
        }
        if taken == 0 {
            return 0;
        }
        let reason = HoldReason::Bond.into();
        // What the record says is what is held: the invariants compare.
        T::Currency::burn_held(&reason, who, taken, Precision::BestEffort, Fortitude::Force).unwrap_or(0)
    }
}

/// Blocks.
impl<T: Config> ReportOffence<AccountId32, AccountId32, BlockOffence> for Pallet<T> {
    fn report_offence(_: Vec<AccountId32>, offence: BlockOffence) -> Result<(), OffenceError> {
        Self::reported(offence.session, &offence.offender, |count| offence.slash_fraction(count))
    }

    fn is_known_offence(offenders: &[AccountId32], (session, _): &(SessionIndex, u64)) -> bool {
        offenders.iter().all(|who| Self::is_known(*session, who))
    }
}

/// Votes.
impl<T: Config + pallet_grandpa::Config> ReportOffence<AccountId32, AccountId32, EquivocationOffence<AccountId32>>
    for Pallet<T>
{
    fn report_offence(_: Vec<AccountId32>, offence: EquivocationOffence<AccountId32>) -> Result<(), OffenceError> {
        Self::reported(offence.session_index, &offence.offender, |count| offence.slash_fraction(count))
    }

    fn is_known_offence(offenders: &[AccountId32], at: &TimeSlot) -> bool {
        let session = pallet_grandpa::SetIdSession::<T>::get(at.set_id);
        session.is_none_or(|session| offenders.iter().all(|who| Self::is_known(session, who)))
    }
}

/// Why a report that holds is refused all the same.
pub(crate) fn refusal<T: Config>(error: OffenceError) -> Error<T> {
    match error {
        OffenceError::DuplicateReport => Error::<T>::AlreadyReported,
        OffenceError::Other(_) => Error::<T>::UnknownKeyOwner,
    }
}

impl<T: Config> Pallet<T> {
    /// The invariants: each bond is what is held, and counts its slashes; candidates are bonded, in order, each once,
    /// and none of them waits for a slash but for absence; each session that is known has its authorities, and nothing is
    /// kept of others; who made a block serves.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use crate::{Authored, Candidates, Served};
        use alloc::collections::{BTreeMap, BTreeSet};

        ensure!(Settings::<T>::get().are_possible(), "settings with which no network can live");
        let mut waiting = BTreeMap::<AccountId32, (u32, u32)>::new();
        let queue = Slashes::<T>::get();
        for (number, slash) in Pending::<T>::iter() {
            ensure!((queue.first..queue.next).contains(&number), "a slash that never comes");
            let (count, absences) = waiting.entry(slash.who).or_default();
            *count = count.saturating_add(1);
            *absences = absences.saturating_add(u32::from(slash.absence));
        }
        for (who, bond) in Bonds::<T>::iter() {
            ensure!(Self::held(&who) == bond.total(), "a bond is not what is held");
            ensure!(bond.leaving.is_sorted_by_key(|part| part.free_in), "what leaves is not in order");
            ensure!(
                waiting.remove(&who).unwrap_or_default() == (bond.slashes, bond.absences),
                "a bond does not count its slashes"
            );
        }
        ensure!(waiting.is_empty(), "a slash of what is not bonded");
        let candidates = Candidates::<T>::get();
        ensure!(candidates.is_sorted_by(|one, next| one.bond >= next.bond), "candidates are not in order");
        let names: BTreeSet<_> = candidates.iter().map(|candidate| &candidate.who).collect();
        ensure!(names.len() == candidates.len(), "a candidate comes twice");
        for candidate in candidates.iter() {
            let bond = Bonds::<T>::get(&candidate.who).ok_or("a candidate without a bond")?;
            ensure!(bond.active == candidate.bond, "a candidate's bond is another");
            ensure!(bond.slashes == bond.absences, "a candidate waits for a slash of a lie");
        }
        let serving = T::Sessions::validators();
        ensure!(
            Authored::<T>::iter_keys().all(|who| serving.contains(&who)),
            "somebody made a block who does not serve"
        );
        let terms: BTreeSet<_> = SessionOf::<T>::iter_values().map(|session| session.term).collect();
        let served: BTreeSet<_> = Served::<T>::iter_keys().collect();
        ensure!(terms == served, "authorities that are not known, or of no session");
        let offended = Offenders::<T>::iter_keys().all(|term| terms.contains(&term));
        ensure!(offended, "offenders of a term that is forgotten");
        Ok(())
    }
}
