//! Validators that make no block in a whole session, though it was their turn.
//!
//! Votes do not stand on the chain, blocks do, and a node that makes blocks votes. Who made none stops being a candidate
//! until it says that it is back, and loses a small part of its bond unless that is cancelled. Where many are silent it is
//! more likely the network that is broken than they, and finality needs two thirds: no more than a third goes at once.

use alloc::{collections::BTreeSet, vec::Vec};
use polkadot_sdk::sp_runtime::{AccountId32, Perbill};

use crate::{Authored, Began, Candidates, Config, Event, Pallet, Sessions};

/// What it costs of the bond: a thousandth.
pub const ABSENCE: Perbill = Perbill::from_parts(1_000_000);
/// How often it has to have been everybody's turn: one block may go wrong.
pub const TURNS: u32 = 3;

impl<T: Config> Pallet<T> {
    /// Notes that whoever made the present block is there.
    pub(crate) fn note_author() {
        if let Some(author) = T::Sessions::author() {
            Authored::<T>::insert(author, ());
        }
    }

    /// Ends the present session, and begins the next.
    pub(crate) fn rotate() {
        Self::drop_absent();
        T::Sessions::turn();
    }

    fn drop_absent() {
        let serving = T::Sessions::validators();
        let silent: BTreeSet<&AccountId32> = serving.iter().filter(|who| Authored::<T>::take(*who).is_none()).collect();
        let blocks = Self::block_number().saturating_sub(Began::<T>::get());
        if blocks < TURNS.saturating_mul(serving.len() as u32) {
            return;
        }
        // Those with the least bond first. Who has stopped standing serves to its end, and is gone then.
        let candidates = Candidates::<T>::get().into_iter().rev().map(|candidate| candidate.who);
        let absent: Vec<_> = candidates.filter(|who| silent.contains(who)).take(serving.len() / 3).collect();
        let session = T::Sessions::current();
        for who in absent {
            Self::remove_candidate(&who);
            Self::announce(session, &who, ABSENCE, true);
            Self::deposit_event(Event::Absent { who, session });
        }
    }
}
