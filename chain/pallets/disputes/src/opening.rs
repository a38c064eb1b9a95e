//! How a dispute begins: a receipt, read and held against what the chain knows.

use adyton_pallet_traits::{Beacon, BootKeys, Charging, Deployments, Retirement};
use adyton_protocol::{
    dispute::{Claim, Dispute, ManifestBytes, Parameters as Rules, Source, Stage, Waiting},
    domain,
    ids::{AccountId as ProtocolAccount, BlockNumber, ContractId, NetworkId},
    manifest::Manifest,
};
use frame_support::{
    ensure,
    traits::{Get, fungible::hold::Mutate},
    weights::Weight,
};
use polkadot_sdk::{
    frame_support,
    sp_runtime::{AccountId32, DispatchError, DispatchResult, Perbill},
};

use crate::{
    Accusations, Against, Claims, Config, Contested, Disputes, Error, Event, HoldReason, LastDispute, Manifests, Open,
    Pallet, Parameters, Withheld,
};

/// The most results of one worker that are disputed at a time. What may be lost by them is set aside, and cannot be taken
/// for anything else meanwhile: an accomplice could keep all of a worker's stake from other offences by that.
pub const MAX_AGAINST: u32 = 2;
/// The most bytes of a receipt, with the leaves that a dispute needs.
pub const MAX_RECEIPT: u32 = 4 * 1024;

impl<T: Config> Pallet<T> {
    /// Opens a dispute: holds the bond, and has what the worker may lose set aside.
    pub(crate) fn open(
        challenger: AccountId32,
        receipt: &[u8],
        manifest: ManifestBytes,
        source: Source,
    ) -> DispatchResult {
        ensure!(is_address(&source), Error::<T>::BadSource);
        let network = T::Network::get().ok_or(Error::<T>::NoNetwork)?;
        let rules = Parameters::<T>::get();
        let fields = T::Charging::read(receipt)?;
        let claim = Claim::of(&fields).map_err(|_| Error::<T>::Receipt)?.ok_or(Error::<T>::NotPlain)?;
        Self::require_disputable(&claim, &manifest)?;
        Self::require_recent(claim.block.number, &rules)?;
        let known = T::BootKeys::boot_key(&fields.key).ok_or(Error::<T>::UnknownKey)?;
        let mark = claim.digest(&network, &fields.key);
        // Of what was withheld nothing is known: whoever has the history may have that judged, too. An accomplice who disputes
        // a lie first would otherwise see to it that it costs no more than that.
        let again = Withheld::<T>::contains_key(mark) && source.is_empty();
        ensure!(!again && !Claims::<T>::contains_key(mark), Error::<T>::AlreadyDisputed);
        let against = Against::<T>::get(known.worker);
        ensure!(against < MAX_AGAINST, Error::<T>::WorkerAccused);

        let number = LastDispute::<T>::get().checked_add(1).ok_or(Error::<T>::Overflow)?;
        Open::<T>::try_mutate(|open| open.try_push(number)).map_err(|_| Error::<T>::TooManyOpen)?;
        let stage = Stage::Waiting(Self::waiting(&rules)?);
        T::Currency::hold(&HoldReason::Bond.into(), &challenger, rules.bond)?;
        let fraction = Perbill::from_parts(rules.wrong_result);
        let account = Self::account(&network, number);
        let offence = T::Charging::accuse(&known.worker, fraction, claim.block.number, account)?;

        let (worker, contract) = (known.worker, claim.contract);
        let challenger = ProtocolAccount(challenger.into());
        let dispute = Dispute {
            claim,
            key: fields.key,
            worker,
            operator: known.operator,
            challenger,
            bond: rules.bond,
            source,
            opened: Self::block_number(),
            draw: 1,
            seats: rules.jurors,
            stage,
        };
        LastDispute::<T>::put(number);
        Against::<T>::insert(worker, against.saturating_add(1));
        Contested::<T>::mutate(contract, |count| *count = count.saturating_add(1));
        Claims::<T>::insert(mark, number);
        Manifests::<T>::insert(number, manifest);
        Accusations::<T>::insert(number, offence);
        Disputes::<T>::insert(number, dispute);
        Self::deposit_event(Event::Disputed { dispute: number, worker, contract, challenger, offence });
        Ok(())
    }

    /// Which round of the beacon draws next: one whose value nobody can know yet.
    pub(crate) fn waiting(rules: &Rules) -> Result<Waiting, Error<T>> {
        let due = T::Beacon::due().ok_or(Error::<T>::NoBeacon)?;
        let latest = T::Beacon::latest().map_or(0, |(latest, _)| latest);
        Ok(Waiting { after: due.max(latest), until: Self::block_number().saturating_add(rules.wait) })
    }

    /// The account that the reporter's share goes to, before it is shared. It has no key.
    pub(crate) fn account(network: &NetworkId, dispute: u64) -> ProtocolAccount {
        ProtocolAccount(domain::bound(domain::DISPUTE_ACCOUNT, network, &[&dispute.to_le_bytes()]))
    }

    /// The worker has signed that it acted by this manifest, whichever the contract has now.
    fn require_disputable(claim: &Claim, manifest: &[u8]) -> Result<(), Error<T>> {
        let manifest = Manifest::from_bytes(manifest).map_err(|_| Error::<T>::Manifest)?;
        ensure!(manifest.digest() == claim.manifest, Error::<T>::Manifest);
        ensure!(manifest.disputable, Error::<T>::NotDisputable);
        ensure!(T::Deployments::owner(&claim.contract).is_some(), Error::<T>::UnknownContract);
        Ok(())
    }

    fn require_recent(block: BlockNumber, rules: &Rules) -> Result<(), Error<T>> {
        let age = Self::block_number().checked_sub(block).ok_or(Error::<T>::Future)?;
        ensure!(age <= rules.window, Error::<T>::TooOld);
        Ok(())
    }
}

impl<T: Config> Retirement for Pallet<T> {
    fn most() -> Weight {
        T::DbWeight::get().reads(1)
    }

    /// What is disputed stays until that is decided: nobody could show the history of a contract that is gone, and its owner
    /// would free its worker by that.
    fn retired(contract: &ContractId, _owner: &ProtocolAccount) -> Result<Weight, DispatchError> {
        ensure!(!Contested::<T>::contains_key(contract), Error::<T>::Contested);
        Ok(Self::most())
    }
}

/// Whether it is empty, or looks like an address that can be asked. Whether it may be, its reader decides.
fn is_address(source: &[u8]) -> bool {
    let known = source.starts_with(b"http://") || source.starts_with(b"https://");
    source.is_empty() || known && source.iter().all(u8::is_ascii_graphic)
}
