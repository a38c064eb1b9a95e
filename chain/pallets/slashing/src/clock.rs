//! Which time it was at a block that has gone by. A receipt names the block that was acted on, a verdict the second at
//! which it ends; nodes forget old states, and so the chain keeps a moment now and then.

use adyton_protocol::ids::BlockNumber;
use frame_support::traits::{Get, UnixTime};
use polkadot_sdk::frame_support;

use crate::{Config, Pallet, Samples, types::SAMPLES};

impl<T: Config> Pallet<T> {
    /// Keeps the present moment, if it is the turn of this block. The time is that of the block before: of this one it
    /// is not known yet, and is no earlier.
    pub(crate) fn sample(now: BlockNumber) -> bool {
        let Some(place) = place::<T>(now) else { return false };
        let due = now.checked_rem(interval::<T>()) == Some(0);
        if due {
            Samples::<T>::insert(place, (now, T::Time::now().as_secs()));
        }
        due
    }

    /// A moment that the time of `block` is not before, less than an interval back; none where it is not remembered.
    pub(crate) fn time_of(block: BlockNumber) -> Option<u64> {
        let (sampled, time) = Samples::<T>::get(place::<T>(block)?)?;
        let back = block.checked_sub(sampled)?;
        (back < interval::<T>()).then_some(time)
    }

    /// For how many blocks moments are remembered.
    pub(crate) fn remembered() -> BlockNumber {
        interval::<T>().saturating_mul(SAMPLES.saturating_sub(1))
    }
}

fn interval<T: Config>() -> BlockNumber {
    T::SampleInterval::get().max(1)
}

/// Where the last moment up to `block` is kept.
fn place<T: Config>(block: BlockNumber) -> Option<u32> {
    block.checked_div(interval::<T>())?.checked_rem(SAMPLES)
}
