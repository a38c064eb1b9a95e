//! Roots, measurements and policies: additions hold after the delay, what ends them holds at once.

use adyton_protocol::{
    ids::Digest,
    record::{EvidenceKind, MeasurementRecord, RootRecord},
    scheduled::Scheduled,
};
use frame_support::{BoundedVec, ensure};
use polkadot_sdk::frame_support;

use crate::{
    Accepted, ChangeDelay, Config, Error, Event, HighestMinimums, KindPolicy, LastAdmission, MAX_ROOTS, Measurements,
    Pallet, Policies, RootKey, RootKeys, Roots,
};

/// When something holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// From the first block on.
    AtGenesis,
    /// After the delay: what lets more in.
    AfterDelay,
    /// Now: what lets less in. What was announced of the same never holds.
    AtOnce,
}

impl When {
    /// `value`, in force at its moment, over what was there; and that moment, in Unix seconds.
    pub(crate) fn schedule<T: Config, V>(self, before: Option<Scheduled<V>>, value: V) -> (Scheduled<V>, u64) {
        match self {
            Self::AtGenesis => (Scheduled::holding(value), 0),
            Self::AfterDelay => {
                let now = Pallet::<T>::now();
                let from = now.saturating_add(ChangeDelay::<T>::get());
                LastAdmission::<T>::mutate(|last| *last = from.max(*last));
                (before.unwrap_or_default().announce(value, now, from), from)
            }
            Self::AtOnce => (Scheduled::holding(value), Pallet::<T>::now()),
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Accepts a root of trust, and answers its identity. One that is there already has to be removed first: its
    /// identity is its key's, and its certificates may differ.
    pub(crate) fn accept_root(
        kind: EvidenceKind,
        certificates: &[u8],
        development: bool,
        when: When,
    ) -> Result<Digest, Error<T>> {
        let (key, certificate) = RootKey::read(kind, certificates).ok_or(Error::NotARoot)?;
        let certificate = BoundedVec::try_from(certificate.to_vec()).map_err(|_| Error::NotARoot)?;
        let root = key.id();
        ensure!(!Roots::<T>::contains_key((kind, root)), Error::<T>::AlreadyAccepted);
        ensure!(Roots::<T>::iter_keys().count() < MAX_ROOTS as usize, Error::<T>::TooManyRoots);
        let (record, from) = when.schedule::<T, _>(None, RootRecord { kind, certificate, development });
        RootKeys::<T>::insert((kind, root), key);
        Roots::<T>::insert((kind, root), record);
        Self::deposit_event(Event::RootAdded { kind, root, from });
        Self::begin_floor(kind, root);
        Ok(root)
    }

    /// Accepts a root no longer. The verdicts under it do not come back with it.
    pub(crate) fn forget_root(kind: EvidenceKind, root: Digest) -> Result<(), Error<T>> {
        Roots::<T>::take((kind, root)).ok_or(Error::UnknownRoot)?;
        RootKeys::<T>::remove((kind, root));
        Self::end_verdicts_under(kind, root);
        Ok(())
    }

    /// Accepts a measurement, in place of what is accepted of it.
    pub(crate) fn accept(measurement: Digest, record: MeasurementRecord, when: When) {
        let role = record.role;
        let (record, from) = when.schedule::<T, _>(Measurements::<T>::get(measurement), record);
        Measurements::<T>::insert(measurement, record);
        Self::deposit_event(Event::MeasurementAccepted { measurement, role, from });
    }

    /// Accepts a kind of evidence under `policy`, in place of what is accepted of it. Where it only tightens what holds, it
    /// needs no delay; but a higher minimum has one, because it can never be taken back.
    pub(crate) fn adopt(policy: KindPolicy, when: When) -> Result<(), Error<T>> {
        let kind = policy.kind();
        let minimum = Self::highest_minimum(kind);
        ensure!(policy.minimum_evaluation() >= minimum, Error::<T>::MinimumLowered);
        // A genesis may come before all collateral, and what has held may hold again.
        let may_be_unreached = when == When::AtGenesis || policy.minimum_evaluation() == minimum;
        let reached = may_be_unreached || Self::is_reached(kind, policy.minimum_evaluation());
        ensure!(reached, Error::<T>::MinimumUnreached);
        HighestMinimums::<T>::insert(kind, minimum);
        let stored = Policies::<T>::get(kind);
        let present = stored.as_ref().and_then(|stored| stored.at(Self::now()));
        let only_tightens =
            policy.minimum_evaluation() == minimum && present.is_some_and(|present| policy.tightens(present));
        let when = if when == When::AfterDelay && only_tightens { When::AtOnce } else { when };
        let (policy, from) = when.schedule::<T, _>(stored, policy);
        Policies::<T>::insert(kind, policy);
        Self::deposit_event(Event::PolicySet { kind, from });
        Ok(())
    }

    /// Accepts a kind of evidence no longer. Its minimum is remembered.
    pub(crate) fn forget_policy(kind: EvidenceKind) -> Result<(), Error<T>> {
        let minimum = Self::highest_minimum(kind);
        Policies::<T>::take(kind).ok_or(Error::NoPolicy)?;
        HighestMinimums::<T>::insert(kind, minimum);
        Ok(())
    }

    /// Forgets a change that does not hold yet.
    pub(crate) fn forget_pending(what: Accepted) -> Result<(), Error<T>> {
        match what {
            Accepted::Root { kind, root } => {
                let left = Self::without_pending(Roots::<T>::get((kind, root)))?;
                if left.is_none() {
                    RootKeys::<T>::remove((kind, root));
                }
                Roots::<T>::set((kind, root), left);
            }
            Accepted::Measurement(measurement) => {
                let left = Self::without_pending(Measurements::<T>::get(measurement))?;
                Measurements::<T>::set(measurement, left);
            }
            Accepted::Policy(kind) => {
                let left = Self::without_pending(Policies::<T>::get(kind))?;
                Policies::<T>::set(kind, left);
            }
        }
        Ok(())
    }

    fn without_pending<V>(scheduled: Option<Scheduled<V>>) -> Result<Option<Scheduled<V>>, Error<T>> {
        let now = Self::now();
        match scheduled {
            Some(scheduled) if scheduled.pending(now).is_some() => Ok(scheduled.without_pending(now)),
            Some(_) | None => Err(Error::NothingPending),
        }
    }
}
