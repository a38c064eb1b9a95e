//! A worker's session: from its start over its answers to its stop, and what it earns.

use adyton_pallet_traits::{Absence, Pools, Presence, Running};
use adyton_protocol::{
    challenge::{ROUNDS, Round},
    ids::{BlockNumber, WorkerId},
    rewards::{self, Away, Session},
};
use frame_support::{ensure, weights::Weight};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchError, DispatchResult},
};

use crate::{
    Absences, Capacities, Config, Error, Event, Latest, Owing, Pallet, Parameters, Paused, Sessions, Totals,
    WeightInfo,
    budget::advance,
    rounds::Past,
    weighing::{self, Weighed},
};

/// A round that can be answered now; only [`Pallet::answerable`] makes one.
pub struct Answerable {
    worker: WorkerId,
    session: Session,
    round: Round,
    /// What the rounds before this one say, where that was asked already.
    past: Option<Past>,
}

impl<T: Config> Pallet<T> {
    /// The totals up to this block. Whoever changes them puts them back.
    pub(crate) fn advanced(parameters: &rewards::Parameters) -> rewards::Totals {
        let mut totals = Totals::<T>::get();
        advance(&mut totals, parameters, Self::block_number());
        totals
    }

    /// Starts `worker` for the owner of the pool that stands behind it. One that was stopped while it had a challenge to
    /// answer is away until it has answered: to stop and to start it is no answer.
    pub(crate) fn begin(owner: &AccountId32, worker: WorkerId) -> DispatchResult {
        ensure!(!Sessions::<T>::contains_key(worker), Error::<T>::RunsAlready);
        let assignment = T::Pools::assignment(&worker).ok_or(Error::<T>::NoStake)?;
        Self::ensure_owner(owner, assignment.pool)?;
        let record = Self::valid(&worker).ok_or(Error::<T>::NotAWorker)?;
        let capacity = Self::capacity_of(&worker, &record);
        ensure!(capacity > 0, Error::<T>::NoCapacity);
        let (parameters, block) = (Parameters::<T>::get(), Self::block_number());
        let least = weighing::least_stake(&parameters, capacity);
        ensure!(assignment.stake >= least, Error::<T>::TooLittleStake);
        T::Pools::bind(&worker)?;
        let mut totals = Self::advanced(&parameters);
        totals.running = totals.running.saturating_add(1);
        let away_since = Owing::<T>::take(worker).map(|since| Self::resume(&worker, since));
        let mut session = Session {
            pool: assignment.pool,
            started_at: block,
            stake: 0,
            capacity: 0,
            weight: 0,
            index: totals.index,
            pending: 0,
            settled: Latest::<T>::get(),
            answered_at: block,
            earned: 0,
            away_since,
        };
        Self::weigh(&worker, &mut session, &mut totals, &parameters);
        Self::deposit_event(Event::Started { worker, pool: session.pool, weight: session.weight });
        if let Some(since) = away_since {
            Absences::<T>::insert(worker, Away { since, until: None });
            Self::deposit_event(Event::Away { worker, since });
        }
        Sessions::<T>::insert(worker, session);
        Totals::<T>::put(totals);
        Ok(())
    }

    /// Since when a worker is away that is started and owes an answer, and was away `since` then when it was stopped. That
    /// absence goes on, without the time in between: a new record would take the place of one that nobody has reported
    /// yet. Where the stake has cooled down meanwhile, nobody can report it any more.
    fn resume(worker: &WorkerId, since: Option<BlockNumber>) -> BlockNumber {
        let block = Self::block_number();
        let stopped_at = Absences::<T>::get(worker).and_then(|last| last.until).unwrap_or(block);
        let cooled = block >= stopped_at.saturating_add(T::Pools::cooling());
        let Some(since) = since.filter(|_| !cooled) else { return block };
        let paused = Self::paused(worker, since).saturating_add(block.saturating_sub(stopped_at));
        Paused::<T>::insert(worker, (since, paused));
        since
    }

    /// For how many blocks `worker` was stopped in its absence that began at `since`.
    fn paused(worker: &WorkerId, since: BlockNumber) -> BlockNumber {
        Paused::<T>::get(worker).filter(|(of, _)| *of == since).map_or(0, |(_, blocks)| blocks)
    }

    /// Refuses everybody but the owner of `pool`.
    pub(crate) fn ensure_owner(owner: &AccountId32, pool: u32) -> Result<(), Error<T>> {
        let found = T::Pools::owner(pool);
        ensure!(found.is_some_and(|found| found.0 == *AsRef::<[u8; 32]>::as_ref(owner)), Error::<T>::NotYourPool);
        Ok(())
    }

    /// Stops `worker`. What it was not credited with is lost, and an absence that nobody has shown is recorded. Gives how
    /// many rounds were looked at.
    pub(crate) fn end(worker: &WorkerId) -> Result<u32, Error<T>> {
        let session = Sessions::<T>::take(worker).ok_or(Error::<T>::NotRunning)?;
        let past = Self::past(worker, None, &session, Latest::<T>::get());
        let mut totals = Self::advanced(&Parameters::<T>::get());
        totals.weight = totals.weight.saturating_sub(session.weight);
        totals.capacity = totals.capacity.saturating_sub(session.capacity);
        totals.running = totals.running.saturating_sub(1);
        Totals::<T>::put(totals);
        let since = Self::record_return(worker, &session, past.away_since);
        if past.challenged || since.is_some() {
            Owing::<T>::insert(worker, since);
        }
        T::Pools::cool(worker);
        Self::deposit_event(Event::Stopped { worker: *worker });
        Ok(past.looked_at)
    }

    /// This round, if the worker with this key may answer it now: because it challenges the worker, or because the worker
    /// has missed an earlier one and comes back. Its answer settles what it missed, so that it comes back once.
    pub(crate) fn answerable(key: &AccountId32, round: u64) -> Result<Answerable, Error<T>> {
        let (worker, _) = Self::of_key(key)?;
        let session = Sessions::<T>::get(worker).ok_or(Error::<T>::NotRunning)?;
        let round = Self::round(round).ok_or(Error::<T>::UnknownRound)?;
        ensure!(round.number > session.settled, Error::<T>::AnsweredAlready);
        ensure!(!round.answer_is_late(Self::block_number()), Error::<T>::TooLate);
        if round.challenges(&worker) {
            return Ok(Answerable { worker, session, round, past: None });
        }
        let past = Self::past(&worker, Capacities::<T>::get(worker).as_ref(), &session, round.previous);
        // What was missed may be forgotten since, or was before the session.
        let back = |since: BlockNumber| past.forgotten || round.block >= since;
        let missed = past.away_since.is_some() || session.away_since.is_some_and(back);
        ensure!(missed, Error::<T>::NotChallenged);
        Ok(Answerable { worker, session, round, past: Some(past) })
    }

    /// Takes an answer: credits the worker with what it has accrued, or takes that from it if it was away. Gives how many
    /// rounds were looked at.
    pub(crate) fn answer_now(answerable: Answerable) -> u32 {
        let Answerable { worker, mut session, round, past } = answerable;
        let parameters = Parameters::<T>::get();
        let past = past
            .unwrap_or_else(|| Self::past(&worker, Capacities::<T>::get(worker).as_ref(), &session, round.previous));
        Self::count_missed(&worker, past.missed_measurements, parameters.missed_measurements);
        let mut totals = Self::advanced(&parameters);
        let there = past.was_there() && session.away_since.is_none();
        let accrued = if there { session.accrued(totals.index) } else { 0 };
        let credited = if accrued == 0 { 0 } else { T::Pools::issue_reward(&worker, accrued) };
        Self::record_return(&worker, &session, past.away_since);
        session.earned = session.earned.saturating_add(credited);
        totals.credited = totals.credited.saturating_add(credited);
        (session.pending, session.index, session.away_since) = (0, totals.index, None);
        (session.settled, session.answered_at) = (round.number, Self::block_number());
        Self::weigh(&worker, &mut session, &mut totals, &parameters);
        Sessions::<T>::insert(worker, session);
        Totals::<T>::put(totals);
        Self::deposit_event(Event::Answered { worker, round: round.number, credited });
        past.looked_at
    }

    /// Shows that `worker` has not answered this round's challenge: it accrues nothing from here on.
    pub(crate) fn show_absence(worker: WorkerId, round: u64) -> Result<(), Error<T>> {
        let mut session = Sessions::<T>::get(worker).ok_or(Error::<T>::NotRunning)?;
        let round = Self::round(round).ok_or(Error::<T>::UnknownRound)?;
        ensure!(round.number > session.settled, Error::<T>::AnsweredAlready);
        ensure!(round.challenges(&worker), Error::<T>::NotChallenged);
        ensure!(round.answer_is_late(Self::block_number()), Error::<T>::NotLate);
        let since = round.answer_until.saturating_add(1);
        ensure!(session.away_since.is_none_or(|known| since < known), Error::<T>::KnownAway);
        let parameters = Parameters::<T>::get();
        let mut totals = Self::advanced(&parameters);
        session.away_since = Some(since);
        Self::weigh(&worker, &mut session, &mut totals, &parameters);
        session.pending = 0;
        Sessions::<T>::insert(worker, session);
        Totals::<T>::put(totals);
        Absences::<T>::insert(worker, Away { since, until: None });
        Self::deposit_event(Event::Away { worker, since });
        Ok(())
    }

    /// Weighs `worker` anew, if it runs, and puts that into the totals.
    pub(crate) fn weigh_again(worker: &WorkerId) -> bool {
        let Some(mut session) = Sessions::<T>::get(worker) else { return false };
        let parameters = Parameters::<T>::get();
        let mut totals = Self::advanced(&parameters);
        Self::weigh(worker, &mut session, &mut totals, &parameters);
        let weight = session.weight;
        Sessions::<T>::insert(worker, session);
        Totals::<T>::put(totals);
        Self::deposit_event(Event::Weighed { worker: *worker, weight });
        true
    }

    /// Weighs a session anew: what it has accrued until now it has by its old weight.
    fn weigh(worker: &WorkerId, session: &mut Session, totals: &mut rewards::Totals, parameters: &rewards::Parameters) {
        session.pending = session.accrued(totals.index);
        session.index = totals.index;
        let Weighed { stake, capacity, weight } = match session.away_since {
            Some(_) => Weighed::default(),
            None => Self::weighed(worker, session.pool, parameters),
        };
        totals.weight = totals.weight.saturating_sub(session.weight).saturating_add(weight);
        totals.capacity = totals.capacity.saturating_sub(session.capacity).saturating_add(capacity);
        (session.stake, session.capacity, session.weight) = (stake, capacity, weight);
    }

    /// What `worker` weighs now. Without evidence that holds, or the stake of its pool, nothing.
    fn weighed(worker: &WorkerId, pool: u32, parameters: &rewards::Parameters) -> Weighed {
        let assignment = T::Pools::assignment(worker).filter(|assignment| assignment.pool == pool);
        let (Some(assignment), Some(record)) = (assignment, Self::valid(worker)) else { return Weighed::default() };
        let capacity = Self::capacity_of(worker, &record);
        weighing::weigh(parameters, record.verdict.tier, assignment.stake, capacity)
    }

    /// Records that an absence of `worker` has ended now, whether it was shown before or is found in its `past`. Gives
    /// since when it lasted, if there was one.
    fn record_return(worker: &WorkerId, session: &Session, past: Option<BlockNumber>) -> Option<BlockNumber> {
        let since = [session.away_since, past].into_iter().flatten().min()?;
        Absences::<T>::insert(worker, Away { since, until: Some(Self::block_number()) });
        Self::deposit_event(Event::Returned { worker: *worker, since });
        Some(since)
    }
}

impl<T: Config> Running for Pallet<T> {
    fn started(worker: &WorkerId) -> Option<BlockNumber> {
        Sessions::<T>::get(worker).map(|session| session.started_at)
    }

    fn running() -> u32 {
        Totals::<T>::get().running
    }

    fn capacity(worker: &WorkerId) -> u64 {
        Capacities::<T>::get(worker).map_or(0, |capacity| capacity.capacity)
    }

    fn stop(worker: &WorkerId) -> Result<(), DispatchError> {
        Self::end(worker)?;
        Ok(())
    }

    fn stop_weight() -> Weight {
        T::WeightInfo::stop(ROUNDS as u32)
    }
}

impl<T: Config> Presence for Pallet<T> {
    fn absence(worker: &WorkerId) -> Option<Absence> {
        let Away { since, until } = Absences::<T>::get(worker)?;
        Some(Absence { since, until, paused: Self::paused(worker, since) })
    }
}
