//! What the calls cost, measured on real-format evidence.

use adyton_pallet_traits::CollateralRef;
use adyton_protocol::{ids::WorkerId, record::EvidenceKind, statement::AttestedStatement};
use alloc::vec::Vec;
use frame_support::{
    BoundedVec,
    traits::fungible::{Mutate, Unbalanced},
};
use frame_system::RawOrigin;
use polkadot_sdk::{
    frame_benchmarking::v2::*,
    sp_core::H256,
    sp_runtime::{AccountId32, traits::Bounded},
    *,
};

use crate::{BalanceOf, Call, Config, Pallet, Workers};

/// A registration that passes in the state that [`Helper::prepare`] made.
pub struct Prepared {
    /// The statement.
    pub statement: AttestedStatement,
    /// What the operator calls the worker.
    pub name: Vec<u8>,
    /// The collateral to judge by.
    pub collateral: CollateralRef,
    /// The evidence.
    pub evidence: Vec<u8>,
    /// The countersignature.
    pub signature: [u8; 64],
}

/// Prepares the state in which a registration passes.
pub trait Helper<T> {
    /// Makes the state, and answers a registration by evidence of `kind`.
    fn prepare(kind: EvidenceKind) -> Prepared;
}

/// Prepares everything for a registration, up to the operator's money.
fn prepare<T: Config<Currency: Mutate<AccountId32> + Unbalanced<AccountId32>>>(
    kind: EvidenceKind,
) -> (AccountId32, Prepared) {
    let prepared = T::BenchmarkHelper::prepare(kind);
    let recent = prepared.statement.recent;
    frame_system::Pallet::<T>::set_block_number((recent.number + 1).into());
    frame_system::BlockHash::<T>::insert(
        frame_system::pallet_prelude::BlockNumberFor::<T>::from(recent.number),
        H256(recent.hash.0),
    );
    let operator = AccountId32::new(prepared.statement.operator.0);
    T::Currency::set_balance(&operator, BalanceOf::<T>::max_value() / 4u32.into());
    (operator, prepared)
}

/// Registers the prepared worker.
fn registered<T: Config<Currency: Mutate<AccountId32> + Unbalanced<AccountId32>>>()
-> Result<(AccountId32, AccountId32, WorkerId), BenchmarkError> {
    let (operator, prepared) = prepare::<T>(EvidenceKind::IntelTdx);
    let worker = prepared.statement.worker;
    let key = AccountId32::new(prepared.statement.signing_key.0);
    Pallet::<T>::register(
        RawOrigin::Signed(operator.clone()).into(),
        prepared.statement,
        BoundedVec::truncate_from(prepared.name),
        prepared.collateral,
        BoundedVec::truncate_from(prepared.evidence),
        prepared.signature,
        Default::default(),
        true,
    )?;
    Ok((operator, key, worker))
}

#[benchmarks(where T: Config<Currency: Mutate<AccountId32> + Unbalanced<AccountId32>>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register() {
        let (operator, prepared) = prepare::<T>(EvidenceKind::IntelTdx);
        let worker = prepared.statement.worker;
        let (name, evidence) = (BoundedVec::truncate_from(prepared.name), BoundedVec::truncate_from(prepared.evidence));
        let endpoint = BoundedVec::truncate_from([b'u'; 256].to_vec());

        #[extrinsic_call]
        _(
            RawOrigin::Signed(operator),
            prepared.statement,
            name,
            prepared.collateral,
            evidence,
            prepared.signature,
            endpoint,
            true,
        );

        assert!(Workers::<T>::contains_key(worker));
    }

    #[benchmark]
    fn register_sgx() {
        let (operator, prepared) = prepare::<T>(EvidenceKind::IntelSgx);
        let worker = prepared.statement.worker;
        let (name, evidence) = (BoundedVec::truncate_from(prepared.name), BoundedVec::truncate_from(prepared.evidence));
        let endpoint = BoundedVec::truncate_from([b'u'; 256].to_vec());

        #[extrinsic_call]
        register(
            RawOrigin::Signed(operator),
            prepared.statement,
            name,
            prepared.collateral,
            evidence,
            prepared.signature,
            endpoint,
            true,
        );

        assert!(Workers::<T>::contains_key(worker));
    }

    #[benchmark]
    fn register_snp() {
        let (operator, prepared) = prepare::<T>(EvidenceKind::AmdSnp);
        let worker = prepared.statement.worker;
        let (name, evidence) = (BoundedVec::truncate_from(prepared.name), BoundedVec::truncate_from(prepared.evidence));
        let endpoint = BoundedVec::truncate_from([b'u'; 256].to_vec());

        #[extrinsic_call]
        register(
            RawOrigin::Signed(operator),
            prepared.statement,
            name,
            prepared.collateral,
            evidence,
            prepared.signature,
            endpoint,
            true,
        );

        assert!(Workers::<T>::contains_key(worker));
    }

    #[benchmark]
    fn register_nitro() {
        let (operator, prepared) = prepare::<T>(EvidenceKind::AwsNitro);
        let worker = prepared.statement.worker;
        let (name, evidence) = (BoundedVec::truncate_from(prepared.name), BoundedVec::truncate_from(prepared.evidence));
        let endpoint = BoundedVec::truncate_from([b'u'; 256].to_vec());

        #[extrinsic_call]
        register(
            RawOrigin::Signed(operator),
            prepared.statement,
            name,
            prepared.collateral,
            evidence,
            prepared.signature,
            endpoint,
            true,
        );

        assert!(Workers::<T>::contains_key(worker));
    }

    #[benchmark]
    fn heartbeat() -> Result<(), BenchmarkError> {
        let (_, key, worker) = registered::<T>()?;

        #[extrinsic_call]
        _(RawOrigin::Signed(key), [1; 32]);

        assert!(Workers::<T>::get(worker).is_some_and(|record| record.heartbeat.nonce == [1; 32]));
        Ok(())
    }

    #[benchmark]
    fn retire() -> Result<(), BenchmarkError> {
        let (operator, _, worker) = registered::<T>()?;
        frame_system::Pallet::<T>::set_block_number(1_000_000u32.into());

        #[extrinsic_call]
        _(RawOrigin::Signed(operator), worker);

        assert!(!Workers::<T>::contains_key(worker));
        Ok(())
    }

    #[benchmark]
    fn set_opt_in() -> Result<(), BenchmarkError> {
        let (operator, _, worker) = registered::<T>()?;

        #[extrinsic_call]
        _(RawOrigin::Signed(operator), worker, false);

        Ok(())
    }

    #[benchmark]
    fn set_endpoint() -> Result<(), BenchmarkError> {
        let (operator, _, worker) = registered::<T>()?;

        #[extrinsic_call]
        _(RawOrigin::Signed(operator), worker, BoundedVec::truncate_from([b'u'; 256].to_vec()));

        Ok(())
    }
}
