//! How a worker enters: every check first, then one change of state.

use adyton_pallet_traits::{Attestation, BootKey, CollateralRef, Judged, Vouched};
use adyton_protocol::{
    cpu::CpuModel,
    ids::{AccountId as ProtocolAccount, BlockNumber, SigningKey, WorkerId},
    record::{Heartbeat, VerdictFacts, WorkerRecord},
    statement::AttestedStatement,
};
use frame_support::{
    BoundedVec, ensure,
    traits::{ConstU32, Get, fungible::hold::Mutate},
};
use polkadot_sdk::{
    frame_support, frame_system,
    sp_core::ed25519,
    sp_io,
    sp_runtime::{AccountId32, DispatchError, DispatchResult, traits::SaturatedConversion},
};

use crate::{
    Boots, Config, CpuModels, Deposit, Deposits, Error, Event, Evidence, HoldReason, OnMachine, Pallet, UsedKeys,
    WorkerOf, Workers,
};

/// A registration that passed every check; only [`Pallet::admit`] makes one.
pub struct Candidate {
    statement: AttestedStatement,
    verdict: VerdictFacts,
    cpu: Option<CpuModel>,
    previous: Option<WorkerRecord>,
}

impl<T: Config> Pallet<T> {
    /// Checks everything about a registration, cheapest first, and changes nothing.
    pub(crate) fn admit(
        operator: &AccountId32,
        statement: AttestedStatement,
        name: &[u8],
        collateral: &CollateralRef,
        evidence: &[u8],
        signature: &[u8; 64],
    ) -> Result<Candidate, DispatchError> {
        let operator = ProtocolAccount(*operator.as_ref());
        ensure!(statement.operator == operator, Error::<T>::AnotherOperator);
        let name = core::str::from_utf8(name).map_err(|_| Error::<T>::Name)?;
        ensure!(!name.is_empty(), Error::<T>::Name);
        let expected = WorkerId::derive(&statement.network, &operator, name);
        ensure!(statement.worker == expected, Error::<T>::AnotherName);
        let previous = Workers::<T>::get(statement.worker);
        if let Some(previous) = &previous {
            ensure!(previous.operator == operator, Error::<T>::NotYourWorker);
            ensure!(previous.role == statement.role, Error::<T>::AnotherRole);
        }
        ensure!(Self::is_recent(&statement), Error::<T>::StaleBlock);
        let renewed = Self::renewed(&statement, previous.as_ref())?;
        ensure!(countersigned(&statement, evidence, signature), Error::<T>::Countersignature);

        let Judged { verdict, cpu } = T::Attestation::judge(evidence, collateral, &statement)?;
        ensure!(!Evidence::<T>::contains_key(verdict.evidence), Error::<T>::EvidenceUsed);
        if let Some(renewed) = renewed {
            let now = &renewed.verdict;
            let same =
                (now.machine, now.measurement, now.profile) == (verdict.machine, verdict.measurement, verdict.profile);
            ensure!(same, Error::<T>::RenewalDiffers);
        }
        let moved = previous.as_ref().is_none_or(|previous| previous.verdict.machine != verdict.machine);
        if moved {
            let capacity = T::Attestation::capacity(&verdict.machine);
            ensure!(OnMachine::<T>::get(verdict.machine) < capacity, Error::<T>::MachineFull);
        }
        Ok(Candidate { statement, verdict, cpu, previous })
    }

    /// The record that the statement renews: that of the boot whose key it names. A key that was registered for
    /// anything else is refused.
    fn renewed<'a>(
        statement: &AttestedStatement,
        previous: Option<&'a WorkerRecord>,
    ) -> Result<Option<&'a WorkerRecord>, Error<T>> {
        let present = WorkerOf::<T>::get(statement.signing_key) == Some(statement.worker);
        match previous.filter(|_| present) {
            Some(previous) if previous.encryption_key != statement.encryption_key => Err(Error::RenewalDiffers),
            Some(previous) => Ok(Some(previous)),
            None if UsedKeys::<T>::contains_key(statement.signing_key) => Err(Error::KeyUsed),
            None => Ok(None),
        }
    }

    /// Whether the statement names a block of this chain that the system still remembers and that is not older
    /// than the network allows.
    fn is_recent(statement: &AttestedStatement) -> bool {
        let now = Self::block_number();
        let named = statement.recent;
        let age = now.checked_sub(named.number);
        let hash =
            frame_system::BlockHash::<T>::get(frame_system::pallet_prelude::BlockNumberFor::<T>::from(named.number));
        age.is_some_and(|age| age >= 1 && age <= T::MaxStatementAge::get()) && hash.0 == named.hash.0
    }

    /// Writes a candidate into the state.
    pub(crate) fn enter(
        operator: &AccountId32,
        candidate: Candidate,
        endpoint: BoundedVec<u8, ConstU32<256>>,
        opt_in: bool,
    ) -> DispatchResult {
        let Candidate { statement, verdict, cpu, previous } = candidate;
        CpuModels::<T>::set(statement.worker, cpu);
        match previous {
            Some(previous) if previous.signing_key == statement.signing_key => {
                Self::renew(statement, verdict, previous, endpoint, opt_in);
                Ok(())
            }
            previous => Self::begin(operator, statement, verdict, previous, endpoint, opt_in),
        }
    }

    /// Prolongs the verdict of a boot by new evidence; its number, leases and deposit stay.
    fn renew(
        statement: AttestedStatement,
        verdict: VerdictFacts,
        previous: WorkerRecord,
        endpoint: BoundedVec<u8, ConstU32<256>>,
        opt_in: bool,
    ) {
        let (worker, valid_until) = (statement.worker, verdict.valid_until);
        Self::uncount(previous.role, &previous.verdict);
        Self::count(previous.role, &verdict);
        UsedKeys::<T>::mutate(statement.signing_key, |known| {
            let renewed = |known: BootKey| known.renewed(Self::block_number(), verdict.judged_at, valid_until);
            *known = known.take().map(renewed);
        });
        Evidence::<T>::insert(verdict.evidence, worker);
        let record = WorkerRecord { statement: statement.digest(), verdict, endpoint, opted_in: opt_in, ..previous };
        Workers::<T>::insert(worker, record);
        Self::deposit_event(Event::Renewed { worker, valid_until });
    }

    /// Begins a boot.
    fn begin(
        operator: &AccountId32,
        statement: AttestedStatement,
        verdict: VerdictFacts,
        previous: Option<WorkerRecord>,
        endpoint: BoundedVec<u8, ConstU32<256>>,
        opt_in: bool,
    ) -> DispatchResult {
        let worker = statement.worker;
        let boot = Boots::<T>::get(worker).checked_add(1).ok_or(Error::<T>::Overflow)?;
        match &previous {
            None => Self::take_deposit(operator, worker)?,
            Some(previous) => {
                Self::forget_key(&previous.signing_key);
                Self::uncount(previous.role, &previous.verdict);
                OnMachine::<T>::mutate(previous.verdict.machine, |count| *count = count.saturating_sub(1));
            }
        }
        OnMachine::<T>::mutate(verdict.machine, |count| *count = count.saturating_add(1));
        Self::count(statement.role, &verdict);
        Boots::<T>::insert(worker, boot);
        Evidence::<T>::insert(verdict.evidence, worker);
        let now = Self::block_number();
        let known = BootKey {
            worker,
            operator: statement.operator,
            machine: verdict.machine,
            present: Vouched { from: now, until: verdict.valid_until },
            before: None,
            renewed: now,
            ended: None,
        };
        Self::learn_key(statement.signing_key, known);
        let record = WorkerRecord {
            operator: statement.operator,
            role: statement.role,
            signing_key: statement.signing_key,
            encryption_key: statement.encryption_key,
            statement: statement.digest(),
            verdict,
            endpoint,
            boot,
            registered_at: now,
            opted_in: opt_in,
            active_until: now.saturating_add(T::Attestation::lease_times().lease),
            heartbeat: Heartbeat { nonce: [0; 32], block: 0 },
        };
        Workers::<T>::insert(worker, record);
        Self::deposit_event(Event::Registered {
            worker,
            operator: statement.operator,
            key: statement.signing_key,
            boot,
        });
        Ok(())
    }

    fn take_deposit(operator: &AccountId32, worker: WorkerId) -> DispatchResult {
        let deposit = Deposit::<T>::get();
        T::Currency::hold(&HoldReason::Registration.into(), operator, deposit)?;
        Deposits::<T>::insert(worker, deposit);
        Ok(())
    }

    /// Makes `key` an account that exists without money, so that its feeless calls have a nonce.
    fn learn_key(key: SigningKey, known: BootKey) {
        WorkerOf::<T>::insert(key, known.worker);
        UsedKeys::<T>::insert(key, known);
        frame_system::Pallet::<T>::inc_sufficients(&account(&key));
    }

    /// Ends what [`Pallet::learn_key`] began; does nothing for a key that is already forgotten.
    pub(crate) fn forget_key(key: &SigningKey) {
        if WorkerOf::<T>::take(key).is_some() {
            UsedKeys::<T>::mutate(key, |known| {
                if let Some(known) = known {
                    known.ended = Some(Self::block_number());
                }
            });
            frame_system::Pallet::<T>::dec_sufficients(&account(key));
        }
    }

    /// The present block's number, as measured programs count it.
    pub(crate) fn block_number() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// The record of `worker`, if it is `operator`'s.
    pub(crate) fn owned(operator: &AccountId32, worker: &WorkerId) -> Result<WorkerRecord, Error<T>> {
        let record = Workers::<T>::get(worker).ok_or(Error::<T>::NotYourWorker)?;
        if record.operator.0 == *AsRef::<[u8; 32]>::as_ref(operator) { Ok(record) } else { Err(Error::NotYourWorker) }
    }
}

fn account(key: &SigningKey) -> AccountId32 {
    AccountId32::new(key.0)
}

fn countersigned(statement: &AttestedStatement, evidence: &[u8], signature: &[u8; 64]) -> bool {
    sp_io::crypto::ed25519_verify(
        &ed25519::Signature::from_raw(*signature),
        &statement.registration_message(evidence),
        &ed25519::Public::from_raw(statement.signing_key.0),
    )
}
