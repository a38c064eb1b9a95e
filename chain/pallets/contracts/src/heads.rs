//! Where each contract's state stands: openings and anchors. A head only moves forward. With an anchor comes the root
//! over a worker's receipts, which is appended to those that it anchored before.

use adyton_pallet_traits::{Attestation, Devices};
use adyton_protocol::{
    anchor,
    ids::{AccountId as ProtocolAccount, ContractId, Digest, NetworkId, SigningKey, WorkerId},
    record::{Anchor, HeadRecord, Opening, StateHead},
};
use alloc::vec::Vec;
use frame_support::ensure;
use polkadot_sdk::frame_support;

use crate::{Config, Error, Event, Heads, Pace, Paces, Pallet, ReceiptAnchors};

/// Openings that may be recorded now; only [`Pallet::openable`] makes them.
pub struct Opened {
    worker: WorkerId,
    heads: Vec<(ContractId, HeadRecord)>,
}

/// Anchors that may be recorded now; only [`Pallet::anchorable`] makes them.
pub struct Anchored {
    network: NetworkId,
    worker: WorkerId,
    key: SigningKey,
    heads: Vec<(ContractId, HeadRecord)>,
    pub(crate) without_devices: bool,
}

impl<T: Config> Pallet<T> {
    /// Checks that the worker with this key may say that it opened these stores.
    pub(crate) fn openable(key: &ProtocolAccount, openings: &[Opening]) -> Result<Opened, Error<T>> {
        let (worker, record) = Self::valid_worker(key)?;
        ensure!(Paces::<T>::get(worker).opened < Self::block_number(), Error::<T>::TooSoon);
        let devices = T::Devices::valid_devices(&worker, &record);
        let contracts: Vec<ContractId> = openings.iter().map(|opening| opening.contract).collect();
        Self::require_ascending(&contracts)?;
        let heads = openings.iter().map(|opening| {
            let lease = Self::held(&opening.contract, &worker, &record, &devices)?;
            ensure!(lease.number == opening.lease, Error::<T>::NotYourLease);
            let last = Heads::<T>::get(opening.contract);
            match &last {
                None => ensure!(opening.head == StateHead::genesis(&opening.contract), Error::<T>::FirstHead),
                Some(last) => Self::require_forward(&last.latest, &opening.head)?,
            }
            let before = last.map_or(0, |last| last.incarnation);
            let incarnation = before.checked_add(1).ok_or(Error::<T>::Overflow)?;
            let (head, boot) = (opening.head, record.boot);
            Ok((opening.contract, HeadRecord { incarnation, lease: lease.number, boot, opening: head, latest: head }))
        });
        let heads = heads.collect::<Result<_, Error<T>>>()?;
        Ok(Opened { worker, heads })
    }

    pub(crate) fn apply_opening(opened: Opened) {
        let now = Self::block_number();
        Paces::<T>::mutate(opened.worker, |pace| *pace = Pace { opened: now, ..*pace });
        for (contract, head) in opened.heads {
            Heads::<T>::insert(contract, head);
            Self::deposit_event(Event::Opened { contract, incarnation: head.incarnation, head: head.opening });
        }
    }

    /// Checks that the worker with this key may move these heads. No heads at all is fine: receipts alone are
    /// anchored too.
    pub(crate) fn anchorable(key: &ProtocolAccount, anchors: &[Anchor]) -> Result<Anchored, Error<T>> {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let (worker, record) = Self::valid_worker(key)?;
        ensure!(Self::block_number() <= record.active_until, Error::<T>::NotActive);
        ensure!(Paces::<T>::get(worker).anchored < Self::block_number(), Error::<T>::TooSoon);
        let devices = T::Devices::valid_devices(&worker, &record);
        let contracts: Vec<ContractId> = anchors.iter().map(|anchor| anchor.contract).collect();
        if !contracts.is_empty() {
            Self::require_ascending(&contracts)?;
        }
        let heads = anchors.iter().map(|anchor| {
            let lease = Self::held(&anchor.contract, &worker, &record, &devices)?;
            ensure!(lease.number == anchor.lease, Error::<T>::NotYourLease);
            let head = Heads::<T>::get(anchor.contract).ok_or(Error::<T>::NotOpen)?;
            let open = head.lease == lease.number && head.boot == record.boot && head.incarnation == anchor.incarnation;
            ensure!(open, Error::<T>::NotOpen);
            Self::require_forward(&head.latest, &anchor.head)?;
            Ok((anchor.contract, HeadRecord { latest: anchor.head, ..head }))
        });
        let heads = heads.collect::<Result<_, Error<T>>>()?;
        Ok(Anchored {
            network,
            worker,
            key: record.signing_key,
            heads,
            without_devices: !T::Devices::has_shown(&worker),
        })
    }

    /// Fails only where the worker's anchors cannot be counted any further: no chain has that many blocks.
    pub(crate) fn apply_anchor(anchored: Anchored, receipts: Digest) -> Result<(), Error<T>> {
        let Anchored { network, worker, key, heads, without_devices: _ } = anchored;
        let now = Self::block_number();
        Paces::<T>::mutate(worker, |pace| *pace = Pace { anchored: now, ..*pace });
        let leaf = anchor::leaf(&network, &worker, &key, now, &receipts.0);
        ReceiptAnchors::<T>::try_mutate(worker, |anchors| anchors.append(now, leaf))
            .map_err(|_| Error::<T>::Overflow)?;
        let count = heads.len() as u32;
        for (contract, head) in heads {
            Heads::<T>::insert(contract, head);
        }
        Self::deposit_event(Event::Anchored { worker, heads: count, receipts });
        Ok(())
    }

    /// Requires that `next` is `last` or later.
    fn require_forward(last: &StateHead, next: &StateHead) -> Result<(), Error<T>> {
        let same = next == last;
        if same || next.sequence > last.sequence { Ok(()) } else { Err(Error::Rollback) }
    }
}
