//! How a worker's capacity is measured: all workers on one machine at the same time, against a deadline of the chain.

use adyton_pallet_traits::Workers;
use adyton_protocol::{
    challenge::{self, Capacity, Machine, Order, Round},
    ids::{AccountId as ProtocolAccount, Digest, WorkerId},
    record::WorkerRecord,
    statement::Role,
};
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_runtime::AccountId32};

use crate::{Capacities, Config, Error, Event, Latest, Machines, Pallet, Parameters};

/// A result that counts; only [`Pallet::measurable`] makes one.
pub struct Measurable {
    worker: WorkerId,
    record: WorkerRecord,
    machine: Digest,
    round: Round,
}

impl<T: Config> Pallet<T> {
    /// Asks for a measurement of the worker's machine in the next round.
    pub(crate) fn order(operator: &AccountId32, worker: &WorkerId) -> Result<(), Error<T>> {
        let record = Self::valid(worker).ok_or(Error::<T>::NotAWorker)?;
        ensure!(record.operator.0 == *AsRef::<[u8; 32]>::as_ref(operator), Error::<T>::NotYourWorker);
        let (machine, block) = (challenge::machine(&record.verdict.machine, worker), Self::block_number());
        let known = Machines::<T>::get(machine);
        let distance = Parameters::<T>::get().measure_distance;
        let soon = known.order.is_some_and(|order| block < order.block.saturating_add(distance));
        ensure!(!soon, Error::<T>::TooSoon);
        let after = Latest::<T>::get();
        Machines::<T>::insert(machine, Machine { order: Some(Order { after, block }), ..known });
        Self::deposit_event(Event::Ordered { machine, after });
        Ok(())
    }

    /// The result of this round's measurement that the worker with this key may post now.
    pub(crate) fn measurable(key: &AccountId32, round: u64) -> Result<Measurable, Error<T>> {
        let (worker, record) = Self::of_key(key)?;
        let round = Self::round(round).ok_or(Error::<T>::UnknownRound)?;
        ensure!(!round.result_is_late(Self::block_number()), Error::<T>::TooLate);
        let machine = challenge::machine(&record.verdict.machine, &worker);
        let order = Machines::<T>::get(machine).order;
        ensure!(round.measures(&machine, order.as_ref()), Error::<T>::NotMeasured);
        let last = Capacities::<T>::get(worker).filter(|capacity| capacity.machine == machine);
        ensure!(last.is_none_or(|capacity| capacity.round < round.number), Error::<T>::MeasuredAlready);
        ensure!(Machines::<T>::get(machine).round <= round.number, Error::<T>::MeasuredAlready);
        Ok(Measurable { worker, record, machine, round })
    }

    /// Takes a result, and weighs the worker by it if it runs.
    pub(crate) fn measure_now(measurable: Measurable, units: u64) {
        let Measurable { worker, record, machine, round } = measurable;
        let blocks = round.measure_until.saturating_sub(round.block).max(1);
        let scale = Parameters::<T>::get().capacity_scale;
        let scaled = u128::from(units).saturating_mul(scale.into()) / u128::from(blocks);
        let cap = Self::cap_of(&worker, record.verdict.kind);
        let known = Capacities::<T>::get(worker).filter(|known| known.machine == machine && known.missed > 0);
        // Whoever lets draws pass, and has itself measured when it suits, has no more of it than before.
        let (missed, most) = match known {
            Some(known) if !round.measures(&machine, None) => (known.missed, known.capacity),
            _ => (0, u64::MAX),
        };
        let capacity = u64::try_from(scaled).unwrap_or(u64::MAX).min(most);
        let (after, capacity) = Machines::<T>::get(machine).with_result(&round, capacity, cap);
        Machines::<T>::insert(machine, after);
        Capacities::<T>::insert(worker, Capacity { machine, round: round.number, units, capacity, missed });
        Self::deposit_event(Event::Measured { worker, round: round.number, units, capacity });
        Self::weigh_again(&worker);
    }

    /// What the worker's capacity is worth now, on the machine that it is on now.
    pub(crate) fn capacity_of(worker: &WorkerId, record: &WorkerRecord) -> u64 {
        let machine = challenge::machine(&record.verdict.machine, worker);
        let known = Capacities::<T>::get(worker).filter(|capacity| capacity.machine == machine);
        known.map_or(0, |capacity| Machines::<T>::get(machine).counts(&capacity, Self::block_number()))
    }

    /// The worker has missed so many measurements more. With too many it has no capacity until it answers one by lot.
    pub(crate) fn count_missed(worker: &WorkerId, missed: u8, most: u8) {
        if missed == 0 {
            return;
        }
        Capacities::<T>::mutate(worker, |capacity| {
            if let Some(capacity) = capacity {
                capacity.missed = capacity.missed.saturating_add(missed);
                if capacity.missed >= most {
                    capacity.capacity = 0;
                }
            }
        });
    }

    /// The record of `worker`, if it is one and its evidence holds.
    pub(crate) fn valid(worker: &WorkerId) -> Option<WorkerRecord> {
        let key = T::Workers::worker(worker)?.signing_key;
        let (found, record) = T::Workers::valid_worker(&ProtocolAccount(key.0))?;
        (found == *worker && record.role == Role::Worker).then_some(record)
    }

    /// The worker with this key of its present boot, if its evidence holds.
    pub(crate) fn of_key(key: &AccountId32) -> Result<(WorkerId, WorkerRecord), Error<T>> {
        let found = T::Workers::valid_worker(&ProtocolAccount(*key.as_ref()));
        found.filter(|(_, record)| record.role == Role::Worker).ok_or(Error::<T>::NotAWorker)
    }
}
