//! What the calls cost.

use adyton_pallet_traits::{OnRound, Pools as _};
use adyton_protocol::{
    challenge::ROUNDS,
    cpu::CpuModel,
    ids::{SigningKey, WorkerId},
    record::EvidenceKind,
    rewards::{self, Away},
};
use frame_support::traits::EnsureOrigin;
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_runtime::AccountId32, *};

use crate::{
    Absences, Call, Capacities, CapacityCaps, Config, Latest, Machines, ModelCaps, Owing, Pallet, Parameters, Paused,
    Sessions, Totals, production,
};

const KEY: SigningKey = SigningKey([5; 32]);
const MOST: u32 = ROUNDS as u32 - 1;
/// The last answered round is remembered, too.
const MOST_ANSWERED: u32 = MOST - 1;

/// Prepares the state in which a worker can be started.
pub trait Helper {
    /// A valid worker with this key, the model of whose processor is known, and its pool's owner, who is its operator
    /// and has put enough stake behind it.
    fn staked(key: SigningKey) -> (AccountId32, WorkerId);
}

/// Every round challenges everybody and measures every machine, for a long time.
fn asks_everybody<T: Config>() {
    let everybody = rewards::Parameters {
        rounds_per_challenge: 1,
        answers_per_round: u32::MAX,
        answer_blocks: 1_000_000,
        rounds_per_measurement: 1,
        measure_blocks: 1_000_000,
        ..production()
    };
    Parameters::<T>::put(everybody);
}

fn go<T: Config>(blocks: u32) {
    let block = frame_system::Pallet::<T>::block_number() + blocks.into();
    frame_system::Pallet::<T>::set_block_number(block);
}

/// The next round comes.
fn round<T: Config>() -> u64 {
    go::<T>(1);
    let next = Latest::<T>::get() + 1;
    <Pallet<T> as OnRound>::on_round(next, [next as u8; 32]);
    next
}

fn key() -> RawOrigin<AccountId32> {
    RawOrigin::Signed(AccountId32::new(KEY.0))
}

/// A worker that was measured.
fn after_measurement<T: Config>() -> (AccountId32, WorkerId) {
    asks_everybody::<T>();
    // What is most to read: the model of the worker's processor has no cap of its own.
    CapacityCaps::<T>::insert(EvidenceKind::IntelTdx, 1_000);
    let (owner, worker) = T::BenchmarkHelper::staked(KEY);
    let number = round::<T>();
    Pallet::<T>::measured(key().into(), number, u64::MAX).expect("it is measured");
    (owner, worker)
}

/// A worker that runs.
fn running<T: Config>() -> (AccountId32, WorkerId) {
    let (owner, worker) = after_measurement::<T>();
    Pallet::<T>::start(RawOrigin::Signed(owner.clone()).into(), worker).expect("it is started");
    (owner, worker)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_parameters() -> Result<(), BenchmarkError> {
        let origin = T::EconomyOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let other = rewards::Parameters { budget: 1, ..production() };

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, other.clone());

        assert_eq!(Parameters::<T>::get(), other);
        Ok(())
    }

    #[benchmark]
    fn set_capacity_cap() -> Result<(), BenchmarkError> {
        let origin = T::EconomyOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, EvidenceKind::AmdSnp, 7);

        assert_eq!(CapacityCaps::<T>::get(EvidenceKind::AmdSnp), 7);
        Ok(())
    }

    #[benchmark]
    fn set_model_cap() -> Result<(), BenchmarkError> {
        let origin = T::EconomyOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        let model = CpuModel::IntelFmspc([7; 6]);

        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, model, Some(7));

        assert_eq!((ModelCaps::<T>::get(model), ModelCaps::<T>::count()), (Some(7), 1));
        Ok(())
    }

    #[benchmark]
    fn start() {
        let (owner, worker) = after_measurement::<T>();
        // It was stopped while it was away and owed an answer, and its stake cools down.
        T::Pools::bind(&worker).expect("the stake is there");
        T::Pools::cool(&worker);
        Absences::<T>::insert(worker, Away { since: 1, until: Some(Pallet::<T>::block_number()) });
        Paused::<T>::insert(worker, (1, 1));
        Owing::<T>::insert(worker, Some(1));
        go::<T>(1);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), worker);

        assert!(Sessions::<T>::get(worker).is_some_and(|session| session.away_since == Some(1)));
    }

    #[benchmark]
    fn stop(n: Linear<0, MOST>) {
        let (owner, worker) = running::<T>();
        // Its absence was shown.
        Sessions::<T>::mutate(worker, |session| {
            if let Some(session) = session {
                session.away_since = Some(1);
            }
        });
        for _ in 0..n {
            round::<T>();
        }
        go::<T>(1_000_001);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), worker);

        assert!(!Sessions::<T>::contains_key(worker) && Owing::<T>::contains_key(worker));
    }

    #[benchmark]
    fn refresh() {
        let (owner, worker) = running::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), worker);

        assert!(Sessions::<T>::contains_key(worker));
    }

    #[benchmark]
    fn answer(n: Linear<0, MOST_ANSWERED>) {
        let (_, worker) = running::<T>();
        // It has answered the first round and missed its measurement, and all of the others'.
        Parameters::<T>::mutate(|parameters| parameters.measure_blocks = 0);
        let first = round::<T>();
        Pallet::<T>::answer(key().into(), first).expect("it is challenged");
        let earned = Sessions::<T>::get(worker).map(|session| session.earned);
        for _ in 0..n {
            round::<T>();
        }
        let number = round::<T>();

        #[extrinsic_call]
        _(key(), number);

        assert!(Sessions::<T>::get(worker).is_some_and(|session| session.settled == number));
        assert!(Sessions::<T>::get(worker).map(|session| session.earned) > earned);
        assert!(Capacities::<T>::get(worker).is_some_and(|capacity| capacity.missed > 0));
    }

    #[benchmark]
    fn report_absence() {
        let (owner, worker) = running::<T>();
        let number = round::<T>();
        go::<T>(1_000_001);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), worker, number);

        assert!(Sessions::<T>::get(worker).is_some_and(|session| session.away_since.is_some()));
    }

    #[benchmark]
    fn measure() {
        let (owner, worker) = after_measurement::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), worker);

        assert!(Machines::<T>::iter_values().any(|machine| machine.order.is_some()));
    }

    #[benchmark]
    fn measured() {
        let (_, worker) = running::<T>();
        let number = round::<T>();

        #[extrinsic_call]
        _(key(), number, 7_000_000);

        assert!(Capacities::<T>::get(worker).is_some_and(|capacity| capacity.round == number));
    }

    #[benchmark]
    fn on_round() {
        running::<T>();
        go::<T>(100);
        let next = Latest::<T>::get() + 1;

        #[block]
        {
            <Pallet<T> as OnRound>::on_round(next, [1; 32]);
        }

        assert_eq!((Latest::<T>::get(), Totals::<T>::get().treasury_due), (next, 0));
    }
}
