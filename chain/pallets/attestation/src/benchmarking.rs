//! What the calls cost, measured on real-format endorsements under roots of our own.

use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, Digest},
    record::{EvidenceKind, MachineClass, MachineId, MeasurementRecord, Party, Provider, RootRecord},
    scheduled::Scheduled,
    statement::Role,
};
use frame_support::{BoundedVec, traits::EnsureOrigin};
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, *};

use crate::{
    Accepted, Allowed, Call, Capacities, ChangeDelay, ClassCapacities, Collateral, Config, DeniedMachines,
    DeniedOperators, DeniedProviders, EvaluationFloors, Frozen, JudgedSince, MAX_ROOTS, Measurements,
    NewestGenerations, NewestLists, Pallet, Policies, RevocationLists, Roots,
    fixture::{Fixture, longest_lists, longest_policy},
};

fn admin<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

fn measurement<T: Config>() -> Digest {
    let measurement = Digest([1; 32]);
    let record =
        MeasurementRecord { role: Role::Worker, profile: crate::fixture::PROFILE, release: Default::default() };
    Measurements::<T>::insert(measurement, Scheduled::holding(record));
    measurement
}

/// The endorsements of the fixture of `kind`, where those before them are stored.
fn submission<T: Config>(
    kind: EvidenceKind,
) -> (Digest, BoundedVec<u8, frame_support::traits::ConstU32<{ crate::MAX_COLLATERAL }>>) {
    let fixture = Fixture::read(kind);
    fixture.accept_root::<T>();
    pallet_timestamp::Now::<T>::put(fixture.now * 1000);
    let endorsed = Pallet::<T>::endorse(kind, fixture.reference.root, &fixture.earlier, fixture.now);
    assert!(endorsed.is_ok(), "the fixture's earlier endorsements verify");
    (fixture.reference.root, BoundedVec::truncate_from(fixture.collateral))
}

/// Accepts `count` roots for `kind`, under each of which collateral of `generation` was stored.
fn other_roots<T: Config>(kind: EvidenceKind, count: u32, generation: u32) {
    for number in 0..count {
        let mut root = [0xff; 32];
        root[..4].copy_from_slice(&number.to_le_bytes());
        let record = RootRecord { kind, certificate: Default::default(), development: true };
        Roots::<T>::insert((kind, Digest(root)), Scheduled::holding(record));
        NewestGenerations::<T>::insert((kind, Digest(root)), generation);
    }
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn submit_collateral() {
        let kind = EvidenceKind::IntelTdx;
        let (root, collateral) = submission::<T>(kind);
        // The longest lists are read and replaced, and the verdicts of both kinds end.
        let authority = Fixture::read(kind).authority().expect("a quote of intel's names its authority");
        NewestLists::<T>::insert(root, longest_lists(1, authority));
        Fixture::read(EvidenceKind::IntelSgx).accept_root::<T>();

        #[extrinsic_call]
        _(RawOrigin::Signed(whitelisted_caller()), kind, root, collateral);

        assert_eq!(Collateral::<T>::iter().count(), 1);
        assert!(JudgedSince::<T>::get((EvidenceKind::IntelSgx, root)) > 0);
    }

    #[benchmark]
    fn submit_revocation_list() {
        let kind = EvidenceKind::AmdSnp;
        // One of the longest lists takes the place of another, and verdicts end.
        let (root, list) = submission::<T>(kind);
        JudgedSince::<T>::remove((kind, root));

        #[extrinsic_call]
        submit_collateral(RawOrigin::Signed(whitelisted_caller()), kind, root, list.clone());

        assert!(RevocationLists::<T>::get(root).is_some_and(|stored| stored.list[..] == list[..]));
        assert!(JudgedSince::<T>::get((kind, root)) > 0);
    }

    #[benchmark]
    fn add_root() -> Result<(), BenchmarkError> {
        let kind = EvidenceKind::IntelTdx;
        let certificates = BoundedVec::truncate_from(Fixture::read(kind).certificates);
        Policies::<T>::insert(kind, Scheduled::holding(longest_policy(1)));
        other_roots::<T>(kind, MAX_ROOTS - 1, 0);

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, kind, certificates, true);

        assert_eq!(Roots::<T>::iter_keys().count(), MAX_ROOTS as usize);
        assert_eq!(EvaluationFloors::<T>::iter().count(), 1);
        Ok(())
    }

    #[benchmark]
    fn add_root_snp() -> Result<(), BenchmarkError> {
        let kind = EvidenceKind::AmdSnp;
        let certificates = BoundedVec::truncate_from(Fixture::read(kind).certificates);
        Policies::<T>::insert(kind, Scheduled::holding(longest_policy(1)));
        other_roots::<T>(kind, MAX_ROOTS - 1, 0);

        #[extrinsic_call]
        add_root(admin::<T>()? as T::RuntimeOrigin, kind, certificates, true);

        assert_eq!(Roots::<T>::iter_keys().count(), MAX_ROOTS as usize);
        assert_eq!(EvaluationFloors::<T>::iter().count(), 1);
        Ok(())
    }

    #[benchmark]
    fn add_root_nitro() -> Result<(), BenchmarkError> {
        let kind = EvidenceKind::AwsNitro;
        let certificates = BoundedVec::truncate_from(Fixture::read(kind).certificates);
        Policies::<T>::insert(kind, Scheduled::holding(longest_policy(1)));
        other_roots::<T>(kind, MAX_ROOTS - 1, 0);

        #[extrinsic_call]
        add_root(admin::<T>()? as T::RuntimeOrigin, kind, certificates, true);

        assert_eq!(Roots::<T>::iter_keys().count(), MAX_ROOTS as usize);
        assert_eq!(EvaluationFloors::<T>::iter().count(), 1);
        Ok(())
    }

    #[benchmark]
    fn remove_root() -> Result<(), BenchmarkError> {
        let fixture = Fixture::read(EvidenceKind::AmdSnp);
        fixture.accept_root::<T>();
        let (kind, root) = (fixture.reference.kind, fixture.reference.root);

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, kind, root);

        assert!(Roots::<T>::get((kind, root)).is_none());
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
        let (kind, root) = (EvidenceKind::IntelTdx, Digest([1; 32]));
        NewestGenerations::<T>::insert((kind, root), 9);

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, kind, root, 9);

        assert_eq!(EvaluationFloors::<T>::get((kind, root)), 9);
        Ok(())
    }

    // To announce costs more than to bar: the delay is read too.
    #[benchmark]
    fn set_machine_denied() -> Result<(), BenchmarkError> {
        let machine = MachineId::AmdChip([1; 64]);
        DeniedMachines::<T>::insert(machine, Scheduled::holding(true));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, machine, false);

        assert!(DeniedMachines::<T>::get(machine).is_some_and(|denial| denial.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn set_operator_denied() -> Result<(), BenchmarkError> {
        let operator = ProtocolAccount([1; 32]);
        DeniedOperators::<T>::insert(operator, Scheduled::holding(true));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, operator, false);

        assert!(DeniedOperators::<T>::get(operator).is_some_and(|denial| denial.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn set_frozen() -> Result<(), BenchmarkError> {
        Frozen::<T>::put(Scheduled::holding(true));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, false);

        assert!(Frozen::<T>::get().is_some_and(|freeze| freeze.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn set_capacity() -> Result<(), BenchmarkError> {
        let machine = MachineId::AmdChip([1; 64]);
        Capacities::<T>::insert(machine, Scheduled::holding(Some(1)));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, machine, Some(2));

        assert!(Capacities::<T>::get(machine).is_some_and(|capacity| capacity.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn set_policy() -> Result<(), BenchmarkError> {
        // The minimum rises, and is held against the collateral under as many roots as there may be.
        Policies::<T>::insert(EvidenceKind::IntelTdx, Scheduled::holding(longest_policy(1)));
        other_roots::<T>(EvidenceKind::IntelTdx, MAX_ROOTS, 2);

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, longest_policy(2));

        assert!(Policies::<T>::get(EvidenceKind::IntelTdx).is_some_and(|policy| policy.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn remove_policy() -> Result<(), BenchmarkError> {
        Policies::<T>::insert(EvidenceKind::IntelTdx, Scheduled::holding(longest_policy(1)));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, EvidenceKind::IntelTdx);

        assert!(!Policies::<T>::contains_key(EvidenceKind::IntelTdx));
        Ok(())
    }

    #[benchmark]
    fn cancel() -> Result<(), BenchmarkError> {
        ChangeDelay::<T>::put(1000);
        let fixture = Fixture::read(EvidenceKind::AmdSnp);
        let certificates = BoundedVec::truncate_from(fixture.certificates.clone());
        let (kind, root) = (fixture.reference.kind, fixture.reference.root);
        Pallet::<T>::add_root(admin::<T>()?, kind, certificates, true)?;

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, Accepted::Root { kind, root });

        assert!(Roots::<T>::get((kind, root)).is_none());
        Ok(())
    }

    #[benchmark]
    fn set_provider_denied() -> Result<(), BenchmarkError> {
        let provider = Provider::truncate_from([b'p'; 64].to_vec());
        DeniedProviders::<T>::insert(&provider, Scheduled::holding(true));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, provider.clone(), false);

        assert!(DeniedProviders::<T>::get(provider).is_some_and(|denial| denial.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn set_class_capacity() -> Result<(), BenchmarkError> {
        let class = MachineClass::AmdChip;
        ClassCapacities::<T>::insert(class, Scheduled::holding(Some(1)));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, class, Some(2));

        assert!(ClassCapacities::<T>::get(class).is_some_and(|capacity| capacity.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn set_allowed() -> Result<(), BenchmarkError> {
        let party = Party::Provider(Provider::truncate_from([b'p'; 64].to_vec()));

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, party.clone(), true);

        assert!(Allowed::<T>::get(party).is_some_and(|allowed| allowed.next.is_some()));
        Ok(())
    }

    #[benchmark]
    fn end_verdicts() -> Result<(), BenchmarkError> {
        let fixture = Fixture::read(EvidenceKind::AmdSnp);
        fixture.accept_root::<T>();
        pallet_timestamp::Now::<T>::put(fixture.now * 1000);
        let (kind, root) = (fixture.reference.kind, fixture.reference.root);

        #[extrinsic_call]
        _(admin::<T>()? as T::RuntimeOrigin, kind, root);

        assert_eq!(JudgedSince::<T>::get((kind, root)), fixture.now);
        Ok(())
    }
}
