//! From an offence that was shown to its end: entered and its amount frozen, then applied when its time has come, or
//! cancelled before.

use adyton_pallet_traits::Pools;
use adyton_protocol::{
    domain, extraction,
    ids::{AccountId, BlockNumber, Digest, SigningKey, WorkerId},
};
use frame_support::{ensure, traits::fungible::Mutate, weights::Weight};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchError, Perbill},
};

use crate::{
    Charges, Config, Error, Event, LastOffence, Offences, Over, Pallet, Seen, VerdictPlaces, Verdicts, WeightInfo,
    types::{Charged, Kind, MAX_PER_BLOCK, Offence},
};

/// What was shown.
pub(crate) struct Accusation {
    /// Whose offence.
    pub worker: WorkerId,
    /// What it did.
    pub kind: Kind,
    /// What it costs, of the stake behind the worker.
    pub fraction: Perbill,
    /// The block of the offence.
    pub block: BlockNumber,
    /// Who reports it.
    pub reporter: AccountId,
}

/// An offence that can be entered now; only [`Pallet::chargeable`] makes one.
pub(crate) struct Entry {
    pub(crate) offence: Offence,
    charged: Charged,
}

/// By what an offence is known, so that it is reported once.
pub(crate) fn mark(kind: Kind, parts: [&[u8]; 2]) -> Digest {
    let [first, second] = parts;
    Digest(domain::hash(domain::OFFENCE, &[&[kind as u8], first, second]))
}

/// By what it is known that `key` has left its machine.
pub(crate) fn extracted(key: &SigningKey) -> Digest {
    mark(Kind::KeyExtracted, [&key.0, &[]])
}

impl<T: Config> Pallet<T> {
    /// Requires that an offence was not reported before.
    pub(crate) fn require_new(mark: &Digest) -> Result<(), Error<T>> {
        ensure!(!Seen::<T>::contains_key(mark), Error::<T>::AlreadyReported);
        Ok(())
    }

    /// Requires that `block` has been, and not so long ago that stake may have left since.
    pub(crate) fn require_recent(block: BlockNumber) -> Result<(), Error<T>> {
        let age = Self::block_number().checked_sub(block).ok_or(Error::<T>::Future)?;
        ensure!(age <= Self::parameters().evidence_window, Error::<T>::TooOld);
        Ok(())
    }

    /// What entering an offence comes to: of the stake behind the worker, with all that the worker was charged with
    /// lately no more than that, and no more than what is not frozen for others.
    pub(crate) fn chargeable(accusation: Accusation) -> Result<Entry, Error<T>> {
        let Accusation { worker, kind, fraction, block, reporter } = accusation;
        let behind = T::Pools::assignment(&worker).ok_or(Error::<T>::NoStake)?;
        let now = Self::block_number();
        let before = Self::charged(&worker, now);
        let most = before.most.max(behind.stake);
        let left = most.saturating_sub(before.amount).min(behind.stake);
        let amount = fraction.mul_floor(behind.stake).min(left).min(T::Pools::unfrozen(behind.pool));
        ensure!(amount > 0, Error::<T>::NothingLeft);
        let sum = before.amount.checked_add(amount).ok_or(Error::<T>::Overflow)?;
        let pending = before.pending.checked_add(1).ok_or(Error::<T>::Overflow)?;
        let apply_at = now.saturating_add(Self::parameters().appeal);
        Ok(Entry {
            offence: Offence { worker, pool: behind.pool, kind, fraction, amount, block, reporter, apply_at },
            charged: Charged { most, amount: sum, pending, last: now },
        })
    }

    /// Enters an offence and freezes what the pool pays for it. Answers its number.
    pub(crate) fn enter(entry: Entry) -> Result<u64, DispatchError> {
        let Entry { offence, charged } = entry;
        let number = LastOffence::<T>::get().checked_add(1).ok_or(Error::<T>::Overflow)?;
        T::Pools::freeze(offence.pool, offence.amount)?;
        LastOffence::<T>::put(number);
        Charges::<T>::insert(offence.worker, charged);
        let Offence { worker, pool, kind, amount, apply_at, .. } = offence;
        Offences::<T>::insert(number, offence);
        Self::deposit_event(Event::Reported { offence: number, worker, pool, kind, amount, apply_at });
        Ok(number)
    }

    /// Applies an offence whose time has come.
    pub(crate) fn apply_due(number: u64) -> Result<(), Error<T>> {
        let offence = Offences::<T>::get(number).ok_or(Error::<T>::UnknownOffence)?;
        ensure!(Self::block_number() >= offence.apply_at, Error::<T>::TooEarly);
        Self::carry_out(number, offence);
        Ok(())
    }

    /// Takes the stake, and issues the reporter's share: of a key's extraction most of what the pool's owner loses, of
    /// other offences a part of everything. Never more than that owner loses: who reports their own worker gains nothing.
    fn carry_out(number: u64, offence: Offence) {
        let Offence { worker, pool, kind, amount, reporter, .. } = offence;
        let taken = T::Pools::slash(pool, amount);
        let share = match kind {
            Kind::KeyExtracted => Perbill::from_percent(extraction::BOUNTY_PERCENT).mul_floor(taken.own),
            Kind::Offline | Kind::Expired | Kind::Revoked | Kind::TwoHistories | Kind::WrongResult | Kind::Withheld => {
                Self::parameters().reporter_share.mul_floor(taken.total()).min(taken.own)
            }
            Kind::WrongVerdict => 0,
        };
        // An account that is not there and would not be by so little gets nothing.
        let issued = share > 0 && T::Currency::mint_into(&AccountId32::new(reporter.0), share).is_ok();
        let reward = if issued { share } else { 0 };
        Offences::<T>::remove(number);
        Charges::<T>::mutate(worker, |charged| {
            if let Some(charged) = charged {
                charged.pending = charged.pending.saturating_sub(1);
            }
        });
        Self::deposit_event(Event::Applied { offence: number, worker, own: taken.own, shared: taken.shared, reward });
    }

    /// Ends an offence without a loss.
    pub(crate) fn undo(number: u64) -> Result<(), Error<T>> {
        let offence = Offences::<T>::take(number).ok_or(Error::<T>::UnknownOffence)?;
        T::Pools::thaw(offence.pool, offence.amount);
        Charges::<T>::mutate_exists(offence.worker, |stored| {
            *stored = stored.take().and_then(|charged| {
                let (amount, pending) =
                    (charged.amount.saturating_sub(offence.amount), charged.pending.saturating_sub(1));
                (amount > 0 || pending > 0).then_some(Charged { amount, pending, ..charged })
            });
        });
        Self::deposit_event(Event::Cancelled { offence: number });
        Ok(())
    }

    /// Applies what is due, in the order of the reports, a bounded number in a block. What came later and is due earlier,
    /// because the appeal was shortened, waits for its turn or for anybody's call. What jurors decide about has its turn
    /// in the order of their verdicts: nobody who disputes holds up what was reported later.
    pub(crate) fn apply_some(now: BlockNumber) -> Weight {
        let (last, before) = (LastOffence::<T>::get(), Over::<T>::get());
        let (mut over, mut weight) = (before, Weight::zero());
        let mut left = MAX_PER_BLOCK;
        while left > 0 && over < last {
            let next = over.saturating_add(1);
            let offence = Offences::<T>::get(next).filter(|offence| !offence.kind.is_for_jurors());
            let Some(took) = Self::apply_one(next, offence, now) else { break };
            weight = weight.saturating_add(took);
            (over, left) = (next, left.saturating_sub(1));
        }
        if over != before {
            Over::<T>::put(over);
        }
        weight.saturating_add(Self::apply_verdicts(now, left))
    }

    /// The same with what jurors found, at most `left` of it.
    fn apply_verdicts(now: BlockNumber, left: u32) -> Weight {
        let (before, last) = VerdictPlaces::<T>::get();
        let (mut first, mut weight) = (before, Weight::zero());
        for place in (before..last).take(left as usize) {
            let number = Verdicts::<T>::get(place).unwrap_or_default();
            let Some(took) = Self::apply_one(number, Offences::<T>::get(number), now) else { break };
            Verdicts::<T>::remove(place);
            weight = weight.saturating_add(took);
            first = place.saturating_add(1);
        }
        if first != before {
            VerdictPlaces::<T>::put((first, last));
        }
        weight
    }

    /// Applies an offence if its time has come, and passes one that is not there. None if its time has not come.
    fn apply_one(number: u64, offence: Option<Offence>, now: BlockNumber) -> Option<Weight> {
        match offence {
            Some(offence) if offence.apply_at > now => None,
            Some(offence) => {
                Self::carry_out(number, offence);
                Some(T::WeightInfo::apply())
            }
            None => Some(T::WeightInfo::pass()),
        }
    }

    /// What `worker` was charged with, as long as any of it is pending or it could not have been forgotten: for as long as
    /// stake that left after the last report may still be there.
    fn charged(worker: &WorkerId, now: BlockNumber) -> Charged {
        let charged = Charges::<T>::get(worker).unwrap_or_default();
        let forgotten = charged.pending == 0 && now > charged.last.saturating_add(T::Pools::unbonding());
        if forgotten { Charged::default() } else { charged }
    }
}
