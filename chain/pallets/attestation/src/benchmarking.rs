//! What the calls cost, measured on real-format evidence under a development root.

use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, Digest},
    record::{EvidenceKind, MachineId},
    statement::Role,
};
use frame_support::{BoundedVec, traits::EnsureOrigin};
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, *};

use crate::{Call, Collateral, Config, Measurements, Pallet, Roots, fixture::Fixture};

fn admin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

fn measurement<T: Config>() -> Digest {
    let measurement = Digest([1; 32]);
    Measurements::<T>::insert(
        measurement,
        adyton_protocol::record::MeasurementRecord {
            role: Role::Worker,
            profile: crate::fixture::PROFILE,
            release: Default::default(),
        },
    );
    measurement
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn submit_collateral() {
        let fixture = Fixture::read();
        let root = fixture.accept_root::<T>();
        pallet_timestamp::Now::<T>::put(fixture.now * 1000);
        let collateral = BoundedVec::truncate_from(fixture.collateral.clone());

        #[extrinsic_call]
        _(RawOrigin::Signed(whitelisted_caller()), root, collateral);

        assert_eq!(Collateral::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn add_root() -> Result<(), BenchmarkError> {
        let certificate = BoundedVec::truncate_from(Fixture::read().certificate);

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, EvidenceKind::IntelTdx, certificate, true);

        assert_eq!(Roots::<T>::iter().count(), 1);
        Ok(())
    }

    #[benchmark]
    fn remove_root() -> Result<(), BenchmarkError> {
        let root = Fixture::read().accept_root::<T>();

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, root);

        assert!(Roots::<T>::get(root).is_none());
        Ok(())
    }

    #[benchmark]
    fn accept_measurement() -> Result<(), BenchmarkError> {
        let release = BoundedVec::truncate_from([b'r'; 64].to_vec());

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, Digest([1; 32]), Role::Worker, Digest([2; 32]), release);

        assert!(Measurements::<T>::contains_key(Digest([1; 32])));
        Ok(())
    }

    #[benchmark]
    fn revoke_measurement() -> Result<(), BenchmarkError> {
        let measurement = measurement::<T>();

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, measurement);

        assert!(!Measurements::<T>::contains_key(measurement));
        Ok(())
    }

    #[benchmark]
    fn raise_floor() -> Result<(), BenchmarkError> {
        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, EvidenceKind::IntelTdx, u32::MAX);

        Ok(())
    }

    #[benchmark]
    fn set_machine_denied() -> Result<(), BenchmarkError> {
        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, MachineId::IntelPpid([1; 16]), true);

        Ok(())
    }

    #[benchmark]
    fn set_operator_denied() -> Result<(), BenchmarkError> {
        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, ProtocolAccount([1; 32]), true);

        Ok(())
    }

    #[benchmark]
    fn set_frozen() -> Result<(), BenchmarkError> {
        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, true);

        Ok(())
    }

    #[benchmark]
    fn set_capacity() -> Result<(), BenchmarkError> {
        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, MachineId::None, Some(1));

        Ok(())
    }
}
