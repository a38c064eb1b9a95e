//! The beacon's rounds as this pallet remembers them, and what they say about a worker that has not answered.

use adyton_pallet_traits::OnRound;
use adyton_protocol::{
    challenge::{Capacity, ROUNDS, Round, one_in, some_of},
    ids::{BlockNumber, WorkerId},
    rewards::Session,
};
use frame_support::{
    traits::{Get, fungible::Mutate},
    weights::Weight,
};
use polkadot_sdk::frame_support;

use crate::{Config, Event, Latest, Pallet, Parameters, Rounds, Totals, WeightInfo};

/// What remembered rounds say about a worker, from the newest that is looked at back to the last that is settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The first block at which an answer to the oldest challenge that it missed was late; none: it missed none.
    pub away_since: Option<BlockNumber>,
    /// Whether there were rounds that are forgotten: nobody can tell whether it missed one.
    pub forgotten: bool,
    /// Whether any of them challenges it, late or not.
    pub challenged: bool,
    /// How many measurements of its machine, by lot, it did not answer.
    pub missed_measurements: u8,
    /// How many rounds were looked at.
    pub looked_at: u32,
}

impl Past {
    /// Whether it was there all the time, as far as anybody asked.
    pub fn was_there(&self) -> bool {
        self.away_since.is_none() && !self.forgotten
    }
}

impl<T: Config> OnRound for Pallet<T> {
    fn on_round(number: u64, value: [u8; 32]) {
        let previous = Latest::<T>::get();
        if number <= previous {
            return;
        }
        let (parameters, block) = (Parameters::<T>::get(), Self::block_number());
        let mut totals = Self::advanced(&parameters);
        let challenged_below =
            one_in(parameters.rounds_per_challenge).min(some_of(parameters.answers_per_round, totals.running));
        let round = Round {
            number,
            previous,
            value,
            block,
            challenged_below,
            answer_until: block.saturating_add(parameters.answer_blocks),
            measured_below: one_in(parameters.rounds_per_measurement),
            measure_until: block.saturating_add(parameters.measure_blocks),
        };
        Rounds::<T>::insert(Round::slot(number), round);
        Latest::<T>::put(number);
        // What does not come to an account's least balance waits for more.
        let due = totals.treasury_due;
        if due > 0 && T::Currency::mint_into(&T::Treasury::get(), due).is_ok() {
            totals.to_treasury = totals.to_treasury.saturating_add(due);
            totals.treasury_due = 0;
        }
        Totals::<T>::put(totals);
        Self::deposit_event(Event::Came { round: number, challenged_below });
    }

    fn on_round_weight() -> Weight {
        T::WeightInfo::on_round()
    }
}

impl<T: Config> Pallet<T> {
    /// The round of this number, if it has come and is remembered.
    pub(crate) fn round(number: u64) -> Option<Round> {
        Rounds::<T>::get(Round::slot(number)).filter(|round| round.number == number)
    }

    /// What the rounds after the last that is settled, up to `newest`, say about `worker` now. Of measurements they do if
    /// its `capacity` is given, and so does that last round, whose result could come after its answer.
    pub(crate) fn past(worker: &WorkerId, capacity: Option<&Capacity>, session: &Session, newest: u64) -> Past {
        let (mut past, mut number, now) = (Past::default(), newest, Self::block_number());
        let unmeasured = |round: &Round| {
            let other = capacity.filter(|capacity| capacity.round != round.number && round.result_is_late(now));
            other.is_some_and(|capacity| round.measures(&capacity.machine, None))
        };
        while number > session.settled {
            let round = Self::round(number).filter(|_| u64::from(past.looked_at) < ROUNDS);
            let Some(round) = round else {
                past.forgotten = true;
                break;
            };
            past.looked_at = past.looked_at.saturating_add(1);
            if round.challenges(worker) {
                past.challenged = true;
                if round.answer_is_late(now) {
                    past.away_since = Some(round.answer_until.saturating_add(1));
                }
            }
            past.missed_measurements = past.missed_measurements.saturating_add(unmeasured(&round).into());
            number = round.previous;
        }
        let last = capacity.and_then(|_| Self::round(session.settled));
        let missed = last.is_some_and(|last| last.block > session.started_at && unmeasured(&last));
        past.missed_measurements = past.missed_measurements.saturating_add(missed.into());
        past
    }
}
