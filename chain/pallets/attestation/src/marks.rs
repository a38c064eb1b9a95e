//! What only moves forward: the moments since which verdicts count, floors, and the generations that bound them.

use adyton_protocol::{ids::Digest, record::EvidenceKind};

use crate::{
    Config, EvaluationFloors, Event, HighestMinimums, JudgedSince, KindPolicy, NewestGenerations, Pallet, Policies,
    Roots,
};

impl<T: Config> Pallet<T> {
    /// Ends the verdicts under a root that were judged up to now.
    pub(crate) fn end_verdicts_under(kind: EvidenceKind, root: Digest) {
        let judged_since = Self::now();
        JudgedSince::<T>::insert((kind, root), judged_since);
        Self::deposit_event(Event::VerdictsEnded { kind, root, judged_since });
    }

    /// Notes a generation of collateral that was stored under a root.
    pub(crate) fn note_generation(kind: EvidenceKind, root: Digest, generation: u32) {
        NewestGenerations::<T>::mutate((kind, root), |newest| *newest = generation.max(*newest));
    }

    /// Whether collateral has reached the evaluation number `minimum` under every root for `kind` that has any, and there
    /// is such a root: a policy with a higher one would close a root for good.
    pub(crate) fn is_reached(kind: EvidenceKind, minimum: u32) -> bool {
        let of_kind = Roots::<T>::iter_keys().filter(|(of, _)| *of == kind);
        let newest = of_kind.map(NewestGenerations::<T>::get).filter(|newest| *newest > 0).min();
        newest.is_some_and(|newest| minimum <= newest)
    }

    /// The highest minimum evaluation number of the policies for `kind` that have held up to now.
    pub(crate) fn highest_minimum(kind: EvidenceKind) -> u32 {
        let present = Policies::<T>::get(kind).and_then(|policy| policy.into_at(Self::now()));
        let present = present.map_or(0, |policy: KindPolicy| policy.minimum_evaluation());
        HighestMinimums::<T>::get(kind).max(present)
    }

    /// Gives a root that is new the floor that is its kind's minimum, if it has no higher one.
    pub(crate) fn begin_floor(kind: EvidenceKind, root: Digest) {
        let minimum = Self::highest_minimum(kind);
        if EvaluationFloors::<T>::get((kind, root)) < minimum {
            EvaluationFloors::<T>::insert((kind, root), minimum);
            Self::deposit_event(Event::FloorRaised { kind, root, evaluation: minimum });
        }
    }
}
