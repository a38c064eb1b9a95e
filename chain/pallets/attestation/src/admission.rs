//! Who is denied, who may be unidentified, the freeze, and how many workers a machine may have: what lets more in holds
//! after the delay, what lets less in holds at once and cancels what was announced of the same.
//!
//! To deny again, to freeze again, or to set the present capacity again is so the way to cancel.

use adyton_pallet_traits::Admission;
use adyton_protocol::{
    ids::AccountId,
    record::{MachineClass, MachineId},
    scheduled::Scheduled,
};

use frame_support::{
    dispatch::DispatchResult,
    traits::{EitherOfDiverse, EnsureOrigin},
};
use frame_system::pallet_prelude::OriginFor;
use polkadot_sdk::*;

use crate::{
    Capacities, ClassCapacities, Config, DefaultCapacity, DeniedMachines, DeniedOperators, Event, LastAdmission,
    Pallet, accepted::When, types,
};

impl<T: Config> Pallet<T> {
    /// Whether a denial, the freeze or an entry of the list of who is allowed holds now.
    pub(crate) fn is_on(stored: Option<&Scheduled<bool>>) -> bool {
        stored.is_some_and(|stored| stored.is_on(Self::now()))
    }

    /// Whether whoever asks may deny or freeze, or may end that.
    pub(crate) fn ensure_bars(origin: OriginFor<T>, barred: bool) -> DispatchResult {
        if barred {
            EitherOfDiverse::<T::AdminOrigin, T::EmergencyOrigin>::ensure_origin(origin)?;
        } else {
            T::AdminOrigin::ensure_origin(origin)?;
        }
        Ok(())
    }

    /// Sets a denial or the freeze. To lift one that holds lets more in. Answers from when on it is so, in Unix seconds.
    pub(crate) fn bar(stored: &mut Option<Scheduled<bool>>, barred: bool) -> u64 {
        let lets_more_in = !barred && Self::is_on(stored.as_ref());
        Self::change(stored, barred, lets_more_in)
    }

    /// Sets whether somebody is allowed. To allow somebody who is not lets more in. Answers from when on it is so, in Unix
    /// seconds.
    pub(crate) fn admit(stored: &mut Option<Scheduled<bool>>, allowed: bool) -> u64 {
        let lets_more_in = allowed && !Self::is_on(stored.as_ref());
        Self::change(stored, allowed, lets_more_in)
    }

    /// Sets a machine's own capacity; `None` is as its class. More than it has now lets more in, and so does to be as a
    /// class for which more is announced. Answers from when on it is so, in Unix seconds.
    pub(crate) fn set_capacity_of(machine: &MachineId, workers: Option<u32>) -> u64 {
        let (of_class, will_be) = Self::class_capacities(machine.class());
        Capacities::<T>::mutate_exists(machine, |stored| {
            let lets_more_in = match (Self::present(stored.as_ref()), workers) {
                (Some(own), None) => of_class.max(will_be) > own,
                (own, workers) => workers.unwrap_or(of_class) > own.unwrap_or(of_class),
            };
            Self::change(stored, workers, lets_more_in)
        })
    }

    /// Sets the capacity of the machines of a class; `None` is the default. More than they have now lets more in. Answers
    /// from when on it is so, in Unix seconds.
    pub(crate) fn set_capacity_of_class(class: MachineClass, workers: Option<u32>) -> u64 {
        let default = types::default_capacity(class, DefaultCapacity::<T>::get());
        ClassCapacities::<T>::mutate_exists(class, |stored| {
            let present = Self::present(stored.as_ref()).unwrap_or(default);
            Self::change(stored, workers, workers.unwrap_or(default) > present)
        })
    }

    /// How many workers a machine may have now.
    pub(crate) fn machine_capacity(machine: &MachineId) -> u32 {
        let of_class = || Self::class_capacity(machine.class());
        Self::present(Capacities::<T>::get(machine).as_ref()).unwrap_or_else(of_class)
    }

    /// How many workers a machine of a class may have now that has no capacity of its own.
    fn class_capacity(class: MachineClass) -> u32 {
        Self::class_capacities(class).0
    }

    /// The same now, and when what is announced holds.
    fn class_capacities(class: MachineClass) -> (u32, u32) {
        let (default, stored) =
            (types::default_capacity(class, DefaultCapacity::<T>::get()), ClassCapacities::<T>::get(class));
        let announced = stored.as_ref().and_then(|stored| stored.next.as_ref()).map(|next| next.value);
        let present = Self::present(stored.as_ref()).unwrap_or(default);
        (present, announced.map_or(present, |workers| workers.unwrap_or(default)))
    }

    /// The capacity that is set now.
    fn present(stored: Option<&Scheduled<Option<u32>>>) -> Option<u32> {
        stored.and_then(|stored| stored.at(Self::now()).copied()).flatten()
    }

    /// Puts `value` in the place of what is `stored`: after the delay if it lets more in, else at once, and then nothing
    /// that was announced is left. What is as if nothing were stored is not stored. Answers from when on it holds, in Unix
    /// seconds.
    fn change<V: Default + PartialEq>(stored: &mut Option<Scheduled<V>>, value: V, lets_more_in: bool) -> u64 {
        if lets_more_in {
            let (changed, from) = When::AfterDelay.schedule::<T, _>(stored.take(), value);
            *stored = Some(changed);
            from
        } else {
            *stored = (value != V::default()).then(|| Scheduled::holding(value));
            Self::now()
        }
    }
}

impl<T: Config> Admission for Pallet<T> {
    fn last_admission() -> u64 {
        LastAdmission::<T>::get()
    }

    fn deny(machine: &MachineId, operator: &AccountId) {
        let (machine, operator, denied) = (*machine, *operator, true);
        if machine == MachineId::None {
            let from = DeniedOperators::<T>::mutate_exists(operator, |stored| Self::bar(stored, denied));
            Self::deposit_event(Event::OperatorDenied { operator, denied, from });
        } else {
            let from = DeniedMachines::<T>::mutate_exists(machine, |stored| Self::bar(stored, denied));
            Self::deposit_event(Event::MachineDenied { machine, denied, from });
        }
    }
}
