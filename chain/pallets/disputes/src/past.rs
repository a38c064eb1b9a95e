//! What is remembered of disputes that are over: how they ended, and which claims they have decided, until nothing of
//! their time can be disputed any more, whatever the rules become.

use adyton_protocol::{
    dispute::Ending,
    ids::{BlockNumber, Digest},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::weights::Weight;
use polkadot_sdk::frame_support;
use scale_info::TypeInfo;

use crate::{Claims, Config, Endings, Pallet, Remembered, RememberedPlaces, WeightInfo, Withheld};

/// The most that one block forgets.
pub const MOST_AT_ONCE: u32 = 16;

/// A dispute that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Past {
    /// Its number.
    pub dispute: u64,
    /// The mark of the claim that it has decided, or whose history was withheld; none where it has decided nothing.
    pub claim: Option<Digest>,
    /// The last block in which it is remembered.
    pub until: BlockNumber,
}

impl<T: Config> Pallet<T> {
    /// A dispute is over: all of it is forgotten behind what ended before.
    pub(crate) fn remember(dispute: u64, claim: Option<Digest>) {
        let until = Self::block_number().saturating_add(Self::kept());
        RememberedPlaces::<T>::mutate(|(_, end)| {
            Remembered::<T>::insert(*end, Past { dispute, claim, until });
            *end = end.saturating_add(1);
        });
    }

    /// Forgets what is due, as much as `room` lets; gives what that took.
    pub(crate) fn forget_within(room: Weight) -> Weight {
        let Some(room) = room.checked_sub(&T::WeightInfo::forget(0)) else { return Weight::zero() };
        let one = T::WeightInfo::forget(1).saturating_sub(T::WeightInfo::forget(0));
        let most = room.checked_div_per_component(&one).unwrap_or(u64::from(MOST_AT_ONCE));
        Self::forget_some(most.min(u64::from(MOST_AT_ONCE)) as u32)
    }

    /// Forgets up to `most` disputes; gives what that took.
    pub(crate) fn forget_some(most: u32) -> Weight {
        let ((before, end), now) = (RememberedPlaces::<T>::get(), Self::block_number());
        let (mut first, mut forgotten) = (before, 0_u32);
        while first < end && forgotten < most {
            let past = Remembered::<T>::get(first);
            if past.is_some_and(|past| past.until >= now) {
                break;
            }
            Remembered::<T>::remove(first);
            if let Some(Past { dispute, claim, .. }) = past {
                match (Endings::<T>::take(dispute), claim) {
                    (Some(Ending::Withheld), Some(claim)) => Withheld::<T>::remove(claim),
                    (Some(Ending::Right | Ending::Wrong | Ending::Undecided) | None, Some(claim)) => {
                        Claims::<T>::remove(claim);
                    }
                    (_, None) => {}
                }
            }
            (first, forgotten) = (first.saturating_add(1), forgotten.saturating_add(1));
        }
        if first != before {
            RememberedPlaces::<T>::put((first, end));
        }
        T::WeightInfo::forget(forgotten)
    }
}
