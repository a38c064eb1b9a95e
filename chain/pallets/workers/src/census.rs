//! How many workers there are, by what their evidence is worth: figures for people, by which nothing is decided.

use adyton_protocol::{record::VerdictFacts, statement::Role};

use crate::{Census, Config, Pallet};

impl<T: Config> Pallet<T> {
    /// A worker with this verdict is there.
    pub(crate) fn count(role: Role, verdict: &VerdictFacts) {
        Self::recount(role, verdict, |count| count.saturating_add(1));
    }

    /// It is there no more, or has another verdict.
    pub(crate) fn uncount(role: Role, verdict: &VerdictFacts) {
        Self::recount(role, verdict, |count| count.saturating_sub(1));
    }

    fn recount(role: Role, verdict: &VerdictFacts, change: impl FnOnce(u32) -> u32) {
        match role {
            Role::Worker => {}
            Role::Keyholder => return,
        }
        Census::<T>::mutate(verdict.kind, |tiers| {
            let tier = usize::from(verdict.tier);
            // Every tier has its place: a tier is a byte.
            if tiers.len() <= tier {
                tiers.bounded_resize(tier.saturating_add(1), 0);
            }
            if let Some(count) = tiers.get_mut(tier) {
                *count = change(*count);
            }
        });
    }

    /// The invariant: each count is the number of such workers.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub(crate) fn try_census() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use alloc::collections::BTreeMap;
        use polkadot_sdk::frame_support::ensure;

        let mut expected = BTreeMap::<_, u32>::new();
        for record in crate::Workers::<T>::iter_values() {
            if record.role == Role::Worker {
                *expected.entry((record.verdict.kind, record.verdict.tier)).or_default() += 1;
            }
        }
        for (kind, tiers) in Census::<T>::iter() {
            for (tier, count) in (0..=u8::MAX).zip(tiers) {
                ensure!(expected.remove(&(kind, tier)).unwrap_or(0) == count, "a count of workers is wrong");
            }
        }
        ensure!(expected.is_empty(), "a worker is not counted");
        Ok(())
    }
}
