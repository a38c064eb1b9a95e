//! Rounds: which is due, whose signature of it is taken, and what remains of it.

use adyton_pallet_traits::{Beacon, OnRound};
use adyton_protocol::{
    beacon::{self, BeaconRound, RoundSchedule, RoundSignature},
    ids::{AccountId as ProtocolAccount, BlockNumber, NetworkId, WorkerId},
};
use frame_support::{ensure, traits::Get};
use polkadot_sdk::{frame_support, frame_system, sp_runtime::traits::SaturatedConversion};

use crate::{Config, Error, Event, Key, Latest, Pallet, PublicKey, Refused, Removed, Rounds, Schedule};

/// A round that this keyholder may bring now. Only [`Pallet::awaited`] makes one.
pub(crate) struct Awaited {
    keyholder: WorkerId,
    network: NetworkId,
    number: u64,
}

impl<T: Config> Pallet<T> {
    /// Checks all of a submission but its signature: this much is asked for every extrinsic that wants to be free.
    pub(crate) fn awaited(account: &ProtocolAccount, number: u64) -> Result<Awaited, Error<T>> {
        let keyholder = Self::keyholder(account)?;
        Self::seated(&keyholder)?;
        let due = Schedule::<T>::get().and_then(|schedule| schedule.due(Self::block_number()));
        let due = due.ok_or(Error::<T>::NotDue)?;
        ensure!(number <= due, Error::<T>::NotDue);
        ensure!(number == due, Error::<T>::Late);
        ensure!(Latest::<T>::get().is_none_or(|latest| latest < number), Error::<T>::AlreadyThere);
        ensure!(Refused::<T>::get(keyholder) != Some(number), Error::<T>::AlreadyRefused);
        ensure!(Key::<T>::exists(), Error::<T>::NoKey);
        let network = T::Network::get().ok_or(Error::<T>::NoNetwork)?;
        Ok(Awaited { keyholder, network, number })
    }

    /// Takes the round if `signature` is the committee's, and otherwise nothing more of it from this keyholder: what is
    /// free is asked of the chain once.
    pub(crate) fn conclude(awaited: Awaited, signature: &RoundSignature) -> Result<(), Error<T>> {
        let Awaited { keyholder, network, number } = awaited;
        let key = Key::<T>::get().as_ref().and_then(PublicKey::of_one).ok_or(Error::<T>::NoKey)?;
        if key.verifies(&beacon::message(&network, number), signature) {
            let value = beacon::value(&network, number, signature);
            Latest::<T>::put(number);
            let round = BeaconRound { number, value, block: Self::block_number() };
            Rounds::<T>::insert(beacon::slot(number), round);
            Self::deposit_event(Event::RoundCame { number, value });
            T::OnRound::on_round(number, value);
        } else {
            Refused::<T>::insert(keyholder, number);
            Self::deposit_event(Event::SignatureRefused { keyholder, number });
        }
        Ok(())
    }

    pub(crate) fn block_number() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// The invariants: rounds take time; the newest round was due, and is remembered, each in its own place, none is newer,
    /// and none came in a block to come; the key can be read, and was not removed.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        let schedule = Schedule::<T>::get();
        ensure!(schedule.is_none_or(|schedule| schedule.length > 0), "rounds that take no time");
        let latest = Latest::<T>::get();
        let was_due = |number: u64| {
            let due = |schedule: RoundSchedule| schedule.due(Self::block_number()).is_some_and(|due| number <= due);
            schedule.is_some_and(|schedule| number < schedule.first || due(schedule))
        };
        ensure!(latest.is_none_or(was_due), "the newest round was not due");
        let remembered =
            |number: u64| Rounds::<T>::get(beacon::slot(number)).is_some_and(|round| round.number == number);
        ensure!(latest.is_none_or(remembered), "the newest round is not remembered");
        for (place, round) in Rounds::<T>::iter() {
            ensure!(place == beacon::slot(round.number), "a round has another's place");
            ensure!(latest.is_some_and(|latest| round.number <= latest), "a round is newer than the newest");
            ensure!(round.block <= Self::block_number(), "a round came in a block to come");
        }
        let key = Key::<T>::get();
        ensure!(key.as_ref().is_none_or(|key| PublicKey::of_one(key).is_some()), "the key cannot be read");
        ensure!(key.is_none_or(|key| !Removed::<T>::contains_key(key)), "the key was removed");
        Ok(())
    }
}

impl<T: Config> Beacon for Pallet<T> {
    fn latest() -> Option<(u64, BlockNumber)> {
        let number = Latest::<T>::get()?;
        Self::value(number).map(|(_, block)| (number, block))
    }

    fn due() -> Option<u64> {
        Schedule::<T>::get()?.due(Self::block_number())
    }

    fn value(number: u64) -> Option<([u8; 32], BlockNumber)> {
        let round = Rounds::<T>::get(beacon::slot(number)).filter(|round| round.number == number)?;
        Some((round.value, round.block))
    }
}
