//! What an owner does: announce code, deploy, change code, and end both.

use adyton_pallet_traits::{Attestation, Retirement};
use adyton_protocol::{
    ids::{AccountId as ProtocolAccount, CodeHash, ContractId},
    manifest::Manifest,
    policy::{ContractPolicy, Upgrade},
    record::{CodeRecord, ContractRecord, PendingUpgrade, RetiredRecord},
};
use alloc::vec::Vec;
use frame_support::ensure;
use polkadot_sdk::{
    frame_support,
    sp_runtime::{DispatchError, DispatchResult, Weight},
};

use crate::{
    Codes, Config, Contracts, Error, Event, Halted, Heads, Held, HoldReason, Holders, Leases, MAX_CODE, Pallet,
    ReportedAt, Reports, Retired, Vacant,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn announce_code(uploader: ProtocolAccount, code: CodeHash, size: u32) -> DispatchResult {
        ensure!(size > 0 && size <= MAX_CODE, Error::<T>::CodeSize);
        ensure!(!Codes::<T>::contains_key(code), Error::<T>::CodeKnown);
        let deposit = Self::code_deposit();
        Self::hold(HoldReason::Code, &uploader, deposit)?;
        Codes::<T>::insert(code, CodeRecord { uploader, size, deposit, contracts: 0 });
        Self::deposit_event(Event::CodeUploaded { code });
        Ok(())
    }

    pub(crate) fn withdraw_code(uploader: &ProtocolAccount, code: CodeHash) -> DispatchResult {
        let record = Codes::<T>::get(code).ok_or(Error::<T>::UnknownCode)?;
        ensure!(record.uploader == *uploader, Error::<T>::NotYourCode);
        ensure!(record.contracts == 0, Error::<T>::CodeInUse);
        Codes::<T>::remove(code);
        Self::give_back(HoldReason::Code, uploader, record.deposit)?;
        Self::deposit_event(Event::CodeRemoved { code });
        Ok(())
    }

    pub(crate) fn found(
        owner: ProtocolAccount,
        code: CodeHash,
        manifest: Vec<u8>,
        policy: ContractPolicy,
        salt: [u8; 32],
    ) -> DispatchResult {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let named = Self::named_once_more(&code)?;
        Manifest::from_bytes(&manifest).map_err(|_| Error::<T>::Manifest)?;
        ensure!(policy.bounded(), Error::<T>::Policy);
        let contract = ContractId::derive(&network, &owner, &salt);
        ensure!(!Contracts::<T>::contains_key(contract), Error::<T>::AlreadyDeployed);
        // Under the same id its leases would be numbered from 1 again, and its state could go back.
        ensure!(!Retired::<T>::contains_key(contract), Error::<T>::Retired);
        let deployed_at = Self::block_number();
        let record =
            ContractRecord { owner, code, version: 1, manifest, policy, deployed_at, pending: None, deposit: 0 };
        let deposit = Self::contract_deposit(&record);
        Self::hold(HoldReason::Contract, &owner, deposit)?;
        Codes::<T>::insert(code, named);
        Contracts::<T>::insert(contract, ContractRecord { deposit, ..record });
        Vacant::<T>::insert(contract, ());
        Self::deposit_event(Event::Deployed { contract, owner, code });
        Ok(())
    }

    pub(crate) fn announce(owner: &ProtocolAccount, contract: ContractId, code: CodeHash) -> DispatchResult {
        let record = Self::owned(owner, &contract)?;
        let named = Self::named_once_more(&code)?;
        let delay = match record.policy.upgrade {
            Upgrade::Immutable => return Err(Error::<T>::Immutable.into()),
            Upgrade::Owner { delay } => delay,
        };
        let effective = Self::block_number().saturating_add(delay);
        Codes::<T>::insert(code, named);
        if let Some(before) = &record.pending {
            Self::unname(&before.code);
        }
        Contracts::<T>::insert(
            contract,
            ContractRecord { pending: Some(PendingUpgrade { code, effective }), ..record },
        );
        Self::deposit_event(Event::UpgradeAnnounced { contract, code, effective });
        Ok(())
    }

    pub(crate) fn apply(owner: &ProtocolAccount, contract: ContractId) -> DispatchResult {
        let record = Self::owned(owner, &contract)?;
        let pending = record.pending.as_ref().ok_or(Error::<T>::NoUpgrade)?;
        ensure!(Self::block_number() >= pending.effective, Error::<T>::UpgradeTooEarly);
        let code = pending.code;
        let version = record.version.checked_add(1).ok_or(Error::<T>::Overflow)?;
        Self::unname(&record.code);
        Contracts::<T>::insert(contract, ContractRecord { code, version, pending: None, ..record });
        Self::deposit_event(Event::Upgraded { contract, code, version });
        Ok(())
    }

    /// Removes a contract with all that workers wrote of it: whoever asks from now on finds none, and no lease of it.
    /// What is left keeps its id from being used again. Gives what other pallets took for theirs.
    pub(crate) fn end(owner: ProtocolAccount, contract: ContractId) -> Result<Weight, DispatchError> {
        let record = Self::owned(&owner, &contract)?;
        Self::unname(&record.code);
        if let Some(pending) = &record.pending {
            Self::unname(&pending.code);
        }
        if let Some(lease) = Leases::<T>::take(contract) {
            Held::<T>::remove(lease.holder, contract);
        }
        Holders::<T>::remove(contract);
        Vacant::<T>::remove(contract);
        Halted::<T>::remove(contract);
        Heads::<T>::remove(contract);
        Reports::<T>::remove(contract);
        ReportedAt::<T>::remove(contract);
        Contracts::<T>::remove(contract);
        let deposit = Self::retired_deposit().min(record.deposit);
        Retired::<T>::insert(contract, RetiredRecord { owner, block: Self::block_number(), deposit });
        Self::give_back(HoldReason::Contract, &owner, record.deposit.saturating_sub(deposit))?;
        let elsewhere = T::Retirement::retired(&contract, &owner)?;
        Self::deposit_event(Event::Retired { contract });
        Ok(elsewhere)
    }

    /// The record of `code` when one more contract names it.
    fn named_once_more(code: &CodeHash) -> Result<CodeRecord, Error<T>> {
        let record = Codes::<T>::get(code).ok_or(Error::<T>::UnknownCode)?;
        let contracts = record.contracts.checked_add(1).ok_or(Error::<T>::Overflow)?;
        Ok(CodeRecord { contracts, ..record })
    }

    /// A contract names `code` no more.
    fn unname(code: &CodeHash) {
        Codes::<T>::mutate(code, |record| {
            if let Some(record) = record {
                record.contracts = record.contracts.saturating_sub(1);
            }
        });
    }

    /// The record of `contract`, if it is `owner`'s.
    pub(crate) fn owned(owner: &ProtocolAccount, contract: &ContractId) -> Result<ContractRecord, Error<T>> {
        let record = Contracts::<T>::get(contract).ok_or(Error::<T>::UnknownContract)?;
        if record.owner == *owner { Ok(record) } else { Err(Error::NotYourContract) }
    }

    /// The invariants: every code is named as often as it says, and so every contract's is announced; a contract's
    /// manifest and policy are within their rules, and it is not retired; what is held is what the records say; leases,
    /// heads and reports are of contracts; every contract is vacant, held or halted; a head is not before its opening,
    /// nor of a lease that does not exist yet.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
        use crate::{Paces, ReceiptAnchors};

        let mut named = alloc::collections::BTreeMap::<CodeHash, u32>::new();
        for record in Contracts::<T>::iter_values() {
            for code in [record.code].into_iter().chain(record.pending.map(|pending| pending.code)) {
                *named.entry(code).or_default() += 1;
            }
            ensure!(Manifest::from_bytes(&record.manifest).is_ok(), "a contract's manifest is broken");
            ensure!(record.policy.bounded() && record.version > 0, "a contract's policy or version is broken");
        }
        for (code, record) in Codes::<T>::iter() {
            ensure!(named.remove(&code).unwrap_or(0) == record.contracts, "a code is not named as often as it says");
        }
        ensure!(named.is_empty(), "a contract's code is unknown");
        for contract in Retired::<T>::iter_keys() {
            ensure!(!Contracts::<T>::contains_key(contract), "a contract is there, and retired");
        }
        Self::try_deposits()?;
        for (contract, lease) in Leases::<T>::iter() {
            ensure!(Contracts::<T>::contains_key(contract), "a lease is of no contract");
            ensure!(lease.number > 0 && lease.since <= Self::block_number(), "a lease's number or block is wrong");
        }
        for (contract, head) in Heads::<T>::iter() {
            let lease = Leases::<T>::get(contract).ok_or("a head is of a contract without a lease")?;
            ensure!(head.incarnation > 0 && head.lease <= lease.number, "a head is of a lease to come");
            ensure!(head.opening.sequence <= head.latest.sequence, "a head is before its opening");
        }
        let now = Self::block_number();
        for contract in Reports::<T>::iter_keys() {
            ensure!(Contracts::<T>::contains_key(contract), "a report is of no contract");
            ensure!(ReportedAt::<T>::contains_key(contract), "a report has no block");
        }
        for (contract, block) in ReportedAt::<T>::iter() {
            ensure!(Reports::<T>::contains_key(contract) && block <= now, "a block is of no report, or is to come");
        }
        for pace in Paces::<T>::iter_values() {
            ensure!(pace.opened <= now && pace.anchored <= now, "a worker did something in a block to come");
        }
        for (worker, anchors) in ReceiptAnchors::<T>::iter() {
            ensure!(anchors.block == Paces::<T>::get(worker).anchored, "a worker's last anchor has two blocks");
            ensure!(anchors.peaks.len() as u32 == anchors.count.count_ones(), "a worker's anchors have no such peaks");
        }
        for contract in Contracts::<T>::iter_keys() {
            let holder = Leases::<T>::get(contract).filter(|lease| !lease.released).map(|lease| lease.holder);
            ensure!(
                Vacant::<T>::contains_key(contract) == (holder.is_none() && !Halted::<T>::contains_key(contract)),
                "a contract is vacant and held or halted, or none of them"
            );
            ensure!(holder.is_none_or(|worker| Held::<T>::contains_key(worker, contract)), "a holder does not hold");
        }
        for (worker, contract, ()) in Held::<T>::iter() {
            let lease = Leases::<T>::get(contract).filter(|lease| !lease.released && lease.holder == worker);
            ensure!(lease.is_some(), "a worker holds what is not its own");
        }
        for contract in Vacant::<T>::iter_keys().chain(Halted::<T>::iter_keys()) {
            ensure!(Contracts::<T>::contains_key(contract), "what is vacant or halted is no contract");
        }
        for contract in Halted::<T>::iter_keys() {
            let living = Leases::<T>::get(contract).is_some_and(|lease| !lease.released);
            ensure!(!living, "a halted contract has a lease");
        }
        Ok(())
    }
}
