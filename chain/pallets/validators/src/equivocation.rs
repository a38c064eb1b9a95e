//! Two blocks of one slot by one authority.
//!
//! polkadot-sdk reports such votes (`pallet_grandpa`), and such blocks for BABE alone. This does it for Aura: the
//! evidence is the two sealed headers, which say everything.

use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use frame_system::{
    offchain::{CreateBare, SubmitTransaction},
    pallet_prelude::HeaderFor,
};
use polkadot_sdk::{
    frame_support, frame_system,
    sp_application_crypto::RuntimeAppPublic,
    sp_consensus_aura::{AURA_ENGINE_ID, sr25519::AuthoritySignature},
    sp_core::crypto::key_types,
    sp_runtime::{
        AccountId32, Perbill,
        generic::DigestItem,
        traits::Header as HeaderT,
        transaction_validity::{InvalidTransaction, TransactionValidityError},
    },
    sp_staking::{
        SessionIndex,
        offence::{Kind, Offence, ReportOffence},
    },
};

use crate::{BlockEquivocation, Call, Config, Error, Pallet, offences::refusal};

/// The most bytes of one header of an evidence.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;

/// That somebody made two blocks of one slot.
pub struct BlockOffence {
    pub(crate) session: SessionIndex,
    pub(crate) slot: u64,
    pub(crate) count: u32,
    pub(crate) offender: AccountId32,
}

impl Offence<AccountId32> for BlockOffence {
    const ID: Kind = *b"aura:equivocatio";
    type Slot = (SessionIndex, u64);

    fn offenders(&self) -> Vec<AccountId32> {
        vec![self.offender.clone()]
    }

    fn session_index(&self) -> SessionIndex {
        self.session
    }

    fn validator_set_count(&self) -> u32 {
        self.count
    }

    fn slot(&self) -> (SessionIndex, u64) {
        (self.session, self.slot)
    }

    /// `min((3k / n)^2, 1)` for k offenders among n authorities, as for votes: a third loses everything.
    fn slash_fraction(&self, offenders: u32) -> Perbill {
        Perbill::from_rational(offenders.saturating_mul(3), self.count).square()
    }
}

impl<T: Config> Pallet<T> {
    /// Who made both blocks, if somebody did who served in `session`.
    pub(crate) fn judge(
        evidence: &BlockEquivocation<HeaderFor<T>>,
        session: SessionIndex,
    ) -> Result<BlockOffence, Error<T>> {
        let offender = Self::owner_in(session, key_types::AURA, evidence.offender.as_ref());
        let offender = offender.ok_or(Error::<T>::UnknownKeyOwner)?;
        let slot = u64::from(evidence.slot);
        Self::covers(session, slot)?;
        let first = Self::unsealed(evidence, &evidence.first_header)?;
        let second = Self::unsealed(evidence, &evidence.second_header)?;
        // One block sealed twice is no offence: a seal is another one each time.
        ensure!(first != second, Error::<T>::SameBlock);
        let count = Self::count_in(session).ok_or(Error::<T>::UnknownKeyOwner)?;
        Ok(BlockOffence { session, slot, count, offender })
    }

    /// The hash that the offender sealed, of a header whose slot and seal are as the evidence says.
    fn unsealed(
        evidence: &BlockEquivocation<HeaderFor<T>>,
        header: &HeaderFor<T>,
    ) -> Result<<HeaderFor<T> as HeaderT>::Hash, Error<T>> {
        ensure!(header.encoded_size() <= MAX_HEADER_BYTES, Error::<T>::BadHeader);
        let mut header = header.clone();
        // Slot and seal are read as leniently as nodes read them, so that nothing that they take escapes here.
        let mut slots = header.digest().logs.iter().filter_map(|item| match item {
            DigestItem::PreRuntime(AURA_ENGINE_ID, bytes) => Some(u64::decode(&mut &bytes[..])),
            DigestItem::PreRuntime(..)
            | DigestItem::Consensus(..)
            | DigestItem::Seal(..)
            | DigestItem::Other(_)
            | DigestItem::RuntimeEnvironmentUpdated => None,
        });
        let slot = slots.next().and_then(Result::ok).ok_or(Error::<T>::BadHeader)?;
        ensure!(slots.next().is_none(), Error::<T>::BadHeader);
        ensure!(slot == u64::from(evidence.slot), Error::<T>::OtherSlot);
        let Some(DigestItem::Seal(AURA_ENGINE_ID, seal)) = header.digest_mut().pop() else {
            return Err(Error::<T>::BadHeader);
        };
        let seal = AuthoritySignature::decode(&mut &seal[..]).map_err(|_| Error::<T>::BadSeal)?;
        let hash = header.hash();
        ensure!(evidence.offender.verify(&hash, &seal), Error::<T>::BadSeal);
        Ok(hash)
    }

    /// Judges the evidence, and slashes for it.
    pub(crate) fn report(evidence: &BlockEquivocation<HeaderFor<T>>, session: SessionIndex) -> DispatchResult {
        let offence = Self::judge(evidence, session)?;
        <Self as ReportOffence<_, _, BlockOffence>>::report_offence(Vec::new(), offence).map_err(refusal::<T>)?;
        Ok(())
    }

    /// Whether the evidence may go into a block, without a fee: it holds, and says something new.
    pub(crate) fn check_report(
        evidence: &BlockEquivocation<HeaderFor<T>>,
        session: SessionIndex,
    ) -> Result<(), TransactionValidityError> {
        let offence = Self::judge(evidence, session).map_err(|_| InvalidTransaction::BadProof)?;
        if Self::is_known(session, &offence.offender) { Err(InvalidTransaction::Stale.into()) } else { Ok(()) }
    }
}

impl<T: Config + CreateBare<Call<T>>> Pallet<T> {
    /// Hands a report to this node's own transaction pool. Only a runtime API calls this.
    pub fn submit_report(evidence: BlockEquivocation<HeaderFor<T>>) -> Option<()> {
        let slot = u64::from(evidence.slot);
        let session = Self::last_session_of_author(evidence.offender.as_ref(), slot)?;
        let call = Call::report_blocks { evidence: alloc::boxed::Box::new(evidence), session };
        SubmitTransaction::<T, Call<T>>::submit_transaction(T::create_bare(call.into())).ok()
    }
}
