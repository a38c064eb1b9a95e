//! Offences that receipts show: their signatures are workers' own words.

use adyton_pallet_traits::{Admission, Attestation, BootKey, BootKeys, Histories, Workers};
use adyton_protocol::{
    ids::{AccountId, BlockNumber, NetworkId, SigningKey, WorkerId},
    receipt::{OpenedFields, OpenedReceipt, ReceiptError},
    record::Invalidity,
};
use codec::Encode;
use frame_support::ensure;
use polkadot_sdk::{frame_support, sp_core::ed25519, sp_io, sp_runtime::DispatchResult};

use crate::{
    Config, Error, Event, Lapses, Pallet, Seen,
    charges::{Accusation, extracted, mark},
    histories::{TwoHistories, is_behind},
    types::{Kind, Lapse, Stand},
};

impl<T: Config> Pallet<T> {
    /// Charges a worker that acted on a block after the end of the verdict that it had then, and the grace.
    pub(crate) fn accuse_of_expiry(reporter: AccountId, receipt: &[u8]) -> DispatchResult {
        let (key, known, block) = Self::acted(receipt)?;
        let vouched = known.vouched_at(block).ok_or(Error::<T>::UnknownVerdict)?;
        let time = Self::time_of(block).ok_or(Error::<T>::UnknownTime)?;
        let parameters = Self::parameters();
        ensure!(time >= vouched.until.saturating_add(parameters.expired_grace), Error::<T>::NotExpired);
        let mark = mark(Kind::Expired, [&key.0, &vouched.until.to_le_bytes()]);
        Self::require_new(&mark)?;
        let fraction = parameters.invalid;
        let accusation = Accusation { worker: known.worker, kind: Kind::Expired, fraction, block, reporter };
        Self::enter(Self::chargeable(accusation)?)?;
        Seen::<T>::insert(mark, ());
        Ok(())
    }

    /// Notes that the evidence of `worker` does not hold now, for another reason than that its verdict has ended.
    pub(crate) fn note(worker: WorkerId) -> Result<(), Error<T>> {
        let record = T::Workers::worker(&worker).ok_or(Error::<T>::UnknownWorker)?;
        let facts = T::Attestation::facts(&record);
        match record.valid(&facts) {
            Ok(()) => return Err(Error::NotRevoked),
            // Since when is known without a note.
            Err(Invalidity::Expired) => return Err(Error::NotRevoked),
            Err(
                Invalidity::Root
                | Invalidity::Outdated
                | Invalidity::Measurement
                | Invalidity::Role
                | Invalidity::Configuration
                | Invalidity::Collateral
                | Invalidity::Unidentified
                | Invalidity::Machine
                | Invalidity::Provider
                | Invalidity::Operator,
            ) => {}
        }
        let key = record.signing_key;
        let known = T::BootKeys::boot_key(&key).ok_or(Error::<T>::UnknownKey)?;
        ensure!(Self::lapsed(&key, &known).is_none(), Error::<T>::AlreadyNoted);
        Lapses::<T>::insert(key, Lapse { block: Self::block_number(), at: facts.now });
        Self::deposit_event(Event::Noted { worker, key });
        Ok(())
    }

    /// Charges a worker that acted on a block after the note that its evidence did not hold, and the grace.
    pub(crate) fn accuse_of_revocation(reporter: AccountId, receipt: &[u8]) -> DispatchResult {
        let (key, known, block) = Self::acted(receipt)?;
        let lapse = Self::lapsed(&key, &known).ok_or(Error::<T>::NotNoted)?;
        let parameters = Self::parameters();
        ensure!(block >= lapse.block.saturating_add(parameters.revoked_grace), Error::<T>::WithinGrace);
        let mark = mark(Kind::Revoked, [&key.0, &lapse.block.to_le_bytes()]);
        Self::require_new(&mark)?;
        let fraction = parameters.invalid;
        let accusation = Accusation { worker: known.worker, kind: Kind::Revoked, fraction, block, reporter };
        Self::enter(Self::chargeable(accusation)?)?;
        Seen::<T>::insert(mark, ());
        Ok(())
    }

    /// The note about `key` after which its evidence has never held again: none was judged since, and nothing came to
    /// hold, or is announced, that lets more in.
    fn lapsed(key: &SigningKey, known: &BootKey) -> Option<Lapse> {
        let lapse = Lapses::<T>::get(key)?;
        (known.renewed < lapse.block && T::Admission::last_admission() < lapse.at).then_some(lapse)
    }

    /// Two receipts of one contract that no one history has.
    pub(crate) fn accuse_of_two_histories(reporter: AccountId, one: &[u8], other: &[u8]) -> DispatchResult {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let (one, other) = (Self::stand(&network, one)?, Self::stand(&network, other)?);
        ensure!(one.contract == other.contract, Error::<T>::AnotherContract);
        let shown = TwoHistories::of(one, other).ok_or(Error::<T>::OneHistory)?;
        let known = |key: &SigningKey| T::BootKeys::boot_key(key).ok_or(Error::<T>::UnknownKey);
        let (earlier, later) = (known(&shown.earlier.key)?, known(&shown.later.key)?);
        let later = (later.worker, later.operator);
        Self::judge(reporter, &shown.earlier, &earlier, Some(&shown.later), later, one.block.max(other.block))
    }

    /// A receipt of an incarnation after which the state was opened, by the chain's own record, at a head that is behind
    /// what the receipt says.
    pub(crate) fn accuse_of_rollback(reporter: AccountId, receipt: &[u8]) -> DispatchResult {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let stand = Self::stand(&network, receipt)?;
        let (head, holder) = T::Histories::opening(&stand.contract).ok_or(Error::<T>::UnknownOpening)?;
        let shown = stand.incarnation < head.incarnation && is_behind(&head.opening, &stand.after);
        // An opening that its worker thought lost, and made again, has no anchors: that worker went on in the earlier one.
        let used = head.latest.sequence > head.opening.sequence;
        ensure!(shown && used, Error::<T>::OneHistory);
        let earlier = T::BootKeys::boot_key(&stand.key).ok_or(Error::<T>::UnknownKey)?;
        let holder = holder.ok_or(Error::<T>::UnknownOpening)?;
        let record = T::Workers::worker(&holder).ok_or(Error::<T>::UnknownWorker)?;
        Self::judge(reporter, &stand, &earlier, None, (holder, record.operator), stand.block)
    }

    /// One operator had both histories: it loses. Two had one each: which of them it was, nobody can say, and the contract
    /// halts, as it does where nothing stands behind either worker. What halts it has to be the words of those who had its
    /// leases; of the later one that is `said`, where it is not the chain's own record.
    fn judge(
        reporter: AccountId,
        earlier: &Stand,
        known: &BootKey,
        said: Option<&Stand>,
        (later, operator): (WorkerId, AccountId),
        block: BlockNumber,
    ) -> DispatchResult {
        Self::require_recent(block)?;
        let (contract, incarnation) = (earlier.contract, earlier.incarnation);
        let payer = (known.operator == operator).then_some(operator);
        // What two operators are flagged for saves neither from what it did alone.
        let mark = mark(Kind::TwoHistories, [&contract.0, &(incarnation, payer).encode()]);
        Self::require_new(&mark)?;
        let fraction = Self::parameters().two_histories;
        let accused =
            |worker| Self::chargeable(Accusation { worker, kind: Kind::TwoHistories, fraction, block, reporter });
        match payer.and_then(|_| accused(later).or_else(|_| accused(known.worker)).ok()) {
            Some(entry) => {
                Self::enter(entry)?;
            }
            None => {
                // Whoever has a key that never had anything to do with the contract does not halt it.
                let had = |worker, stand: &Stand| T::Histories::lease_holder(&contract, stand.lease) == Some(worker);
                let theirs = had(known.worker, earlier) && said.is_none_or(|said| had(later, said));
                ensure!(theirs, Error::<T>::NotItsLease);
                let halted = T::Histories::halt(&contract);
                let workers = [known.worker, later];
                Self::deposit_event(Event::Flagged { contract, incarnation, workers, halted });
            }
        }
        Seen::<T>::insert(mark, ());
        Ok(())
    }

    /// Who signed a receipt, and the block that they acted on: one that has been, and not long ago. One that was signed
    /// again is no answer to anybody.
    fn acted(receipt: &[u8]) -> Result<(SigningKey, BootKey, BlockNumber), Error<T>> {
        let network = T::Attestation::network().ok_or(Error::<T>::NoNetwork)?;
        let fields = Self::opened(&network, receipt)?;
        let block = fields.block().map_err(|_| Error::<T>::Receipt)?.number;
        ensure!(fields.earlier().map_err(|_| Error::<T>::Receipt)?.is_none(), Error::<T>::SignedAgain);
        Self::require_recent(block)?;
        let known = T::BootKeys::boot_key(&fields.key).ok_or(Error::<T>::UnknownKey)?;
        Ok((fields.key, known, block))
    }

    /// Where the call of a receipt stood. One that a later boot has signed again says so of another boot's call.
    fn stand(network: &NetworkId, receipt: &[u8]) -> Result<Stand, Error<T>> {
        let fields = Self::opened(network, receipt)?;
        let read = || {
            let again = fields.earlier()?.is_some();
            let stand = Stand {
                key: fields.key,
                contract: fields.contract()?,
                lease: fields.lease()?,
                incarnation: fields.incarnation()?,
                block: fields.block()?.number,
                before: fields.before()?,
                after: fields.after()?,
            };
            Ok::<_, ReceiptError>((again, stand))
        };
        let (again, stand) = read().map_err(|_| Error::<T>::Receipt)?;
        ensure!(!again, Error::<T>::SignedAgain);
        Ok(stand)
    }

    /// What a receipt says, if its key is not known to have left its machine: whoever has it signs what they like.
    pub(crate) fn opened(network: &NetworkId, receipt: &[u8]) -> Result<OpenedFields, Error<T>> {
        let opened = OpenedReceipt::from_bytes(receipt).map_err(|_| Error::<T>::Receipt)?;
        let fields = opened.verify(network, &verifies).map_err(|_| Error::<T>::Receipt)?;
        ensure!(!Seen::<T>::contains_key(extracted(&fields.key)), Error::<T>::Receipt);
        Ok(fields)
    }
}

/// Whether `signature` is `key`'s over `message`.
pub(crate) fn verifies(key: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let (signature, key) = (ed25519::Signature::from_raw(*signature), ed25519::Public::from_raw(key.0));
    sp_io::crypto::ed25519_verify(&signature, message, &key)
}
