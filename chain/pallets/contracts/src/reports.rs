//! What contracts have dispatched: a call under a receipt.

use adyton_pallet_traits::{Attestation, Devices};
use adyton_protocol::{
    call::report_digest,
    ids::{AccountId as ProtocolAccount, ContractId, SigningKey},
    receipt::OpenedReceipt,
};
use codec::DecodeLimit;
use frame_support::{
    dispatch::GetDispatchInfo,
    ensure,
    traits::{Contains, Get},
    weights::Weight,
};
use polkadot_sdk::{
    frame_support, frame_system,
    sp_core::ed25519,
    sp_io,
    sp_runtime::{AccountId32, traits::Dispatchable},
};

use crate::{Config, Contracts, Error, Event, Heads, Pallet, ReportedAt, Reports, types::MAX_CALL_DEPTH};

/// A call that may be dispatched now; only [`Pallet::reportable`] makes one.
pub struct Report<T: Config> {
    contract: ContractId,
    account: AccountId32,
    number: u64,
    call: <T as Config>::ReportedCall,
}

impl<T: Config> Pallet<T> {
    /// Checks a report of the worker with this key, cheapest first.
    pub(crate) fn reportable(key: &ProtocolAccount, receipt: &[u8], call: &[u8]) -> Result<Report<T>, Error<T>> {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let (worker, record) = Self::valid_worker(key)?;
        let opened = OpenedReceipt::from_bytes(receipt).map_err(|_| Error::<T>::Receipt)?;
        let fields = opened.verify(&network, &verifies).map_err(|_| Error::<T>::Receipt)?;
        ensure!(fields.key == record.signing_key, Error::<T>::ReceiptKey);
        let contract = fields.contract().map_err(|_| Error::<T>::Receipt)?;
        ensure!(Contracts::<T>::contains_key(contract), Error::<T>::UnknownContract);

        let devices = T::Devices::valid_devices(&worker, &record);
        let lease = Self::held(&contract, &worker, &record, &devices)?;
        ensure!(fields.lease() == Ok(lease.number), Error::<T>::ReceiptLease);
        let head = Heads::<T>::get(contract).ok_or(Error::<T>::NotOpen)?;
        ensure!(head.lease == lease.number && head.boot == record.boot, Error::<T>::NotOpen);
        ensure!(fields.incarnation() == Ok(head.incarnation), Error::<T>::ReceiptIncarnation);

        let report = fields.report().ok().flatten().ok_or(Error::<T>::ReceiptReport)?;
        ensure!(report.call == report_digest(&network, &contract, report.number, call), Error::<T>::ReceiptReport);
        ensure!(report.number > Reports::<T>::get(contract), Error::<T>::ReportNumber);
        let next = ReportedAt::<T>::get(contract).map_or(0, |last| last.saturating_add(T::ReportPeriod::get()));
        ensure!(Self::block_number() >= next, Error::<T>::TooSoon);

        let call = Self::decode_reported(call).ok_or(Error::<T>::NotACall)?;
        ensure!(T::ReportFilter::contains(&call), Error::<T>::CallNotAllowed);
        let weight = call.get_dispatch_info().total_weight();
        ensure!(weight.all_lte(T::MaxReportWeight::get()), Error::<T>::CallTooHeavy);
        let account = AccountId32::new(contract.account(&network).0);
        Ok(Report { contract, account, number: report.number, call })
    }

    /// The number counts even if the call fails: a report is dispatched once.
    pub(crate) fn dispatch_report(report: Report<T>) {
        let Report { contract, account, number, call } = report;
        Reports::<T>::insert(contract, number);
        ReportedAt::<T>::insert(contract, Self::block_number());
        let outcome = call.dispatch(frame_system::RawOrigin::Signed(account).into());
        let result = outcome.map(|_| ()).map_err(|failure| failure.error);
        Self::deposit_event(Event::Reported { contract, number, result });
    }

    /// What the call inside a report weighs; bytes that are no call weigh nothing and are refused.
    pub(crate) fn reported_weight(call: &[u8]) -> Weight {
        Self::decode_reported(call).map_or(Weight::zero(), |call| call.get_dispatch_info().total_weight())
    }

    fn decode_reported(mut call: &[u8]) -> Option<<T as Config>::ReportedCall> {
        <T as Config>::ReportedCall::decode_all_with_depth_limit(MAX_CALL_DEPTH, &mut call).ok()
    }
}

fn verifies(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let (signature, key) = (ed25519::Signature::from_raw(*signature), ed25519::Public::from_raw(key.0));
    sp_io::crypto::ed25519_verify(&signature, message, &key)
}
