//! Who serves in which session, and who owned which key then.

use alloc::vec::Vec;
use frame_support::{
    BoundedVec,
    pallet_prelude::Weight,
    traits::{EstimateNextSessionRotation, Get, KeyOwnerProofSystem},
};
use frame_system::pallet_prelude::BlockNumberFor;
use polkadot_sdk::{
    frame_support, frame_system, pallet_session,
    sp_core::crypto::KeyTypeId,
    sp_runtime::{
        AccountId32, Permill,
        traits::{Convert, SaturatedConversion},
    },
    sp_session::MembershipProof,
    sp_staking::SessionIndex,
};

use crate::{
    Authority, Began, Bonds, Candidates, Config, Error, Offenders, Oldest, Pallet, Served, Session, SessionOf,
    Sessions, Settings,
};

/// How many old sessions are forgotten in one block at most: more than one, should fewer be kept from now on.
const FORGOTTEN: u32 = 4;

impl<T: Config> Pallet<T> {
    /// Who is to serve in the session after the next: the candidates with the most bond, by account. None: the same as
    /// before, so that nothing changes for who follows the chain.
    fn chosen() -> Option<Vec<AccountId32>> {
        let settings = Settings::<T>::get();
        let mut chosen: Vec<_> = Candidates::<T>::get()
            .into_iter()
            .filter(|candidate| candidate.bond >= settings.minimum && T::Sessions::has_keys(&candidate.who))
            .take(settings.validators as usize)
            .map(|candidate| candidate.who)
            .collect();
        chosen.sort();
        let mut serving = T::Sessions::validators();
        serving.sort();
        // Without anybody the chain would stop: then those who serve go on.
        (!chosen.is_empty() && chosen != serving).then_some(chosen)
    }

    /// Notes who serves in the session that begins, and forgets sessions that nobody can be slashed for any more.
    fn begin(session: SessionIndex) {
        Began::<T>::put(Self::block_number());
        let serving = BoundedVec::truncate_from(T::Sessions::authorities());
        let before = session.checked_sub(1).and_then(SessionOf::<T>::get).map(|before| before.term);
        let term = before.filter(|term| Served::<T>::get(term) == serving).unwrap_or(session);
        if term == session {
            Served::<T>::insert(term, serving);
        }
        SessionOf::<T>::insert(session, Session { term, from: T::Slot::get() });
        let kept = Settings::<T>::get().evidence();
        for _ in 0..FORGOTTEN {
            let oldest = Oldest::<T>::get();
            if oldest.saturating_add(kept) >= session {
                break;
            }
            Self::forget(oldest);
            Oldest::<T>::put(oldest.saturating_add(1));
        }
    }

    fn forget(session: SessionIndex) {
        let Some(Session { term, .. }) = SessionOf::<T>::take(session) else { return };
        let goes_on = SessionOf::<T>::get(session.saturating_add(1)).is_some_and(|next| next.term == term);
        if !goes_on {
            Served::<T>::remove(term);
            Offenders::<T>::remove(term);
        }
    }

    /// Who had `key` in `session`, if that is still known.
    pub fn owner_in(session: SessionIndex, kind: KeyTypeId, key: &[u8]) -> Option<AccountId32> {
        let Session { term, .. } = SessionOf::<T>::get(session)?;
        Served::<T>::get(term).into_iter().find(|authority| authority.has_key(kind, key)).map(|found| found.who)
    }

    /// The proof that `key` served in `session`: it only names the session, for the chain itself knows the rest.
    pub fn key_owner_proof(session: SessionIndex, kind: KeyTypeId, key: &[u8]) -> Option<MembershipProof> {
        Self::owner_in(session, kind, key)?;
        let validator_count = Self::count_in(session)?;
        Some(MembershipProof { session, trie_nodes: Vec::new(), validator_count })
    }

    /// How many served in `session`, if that is still known.
    pub(crate) fn count_in(session: SessionIndex) -> Option<u32> {
        let Session { term, .. } = SessionOf::<T>::get(session)?;
        u32::try_from(Served::<T>::get(term).len()).ok()
    }

    /// The most recent session in which the authority with this key for blocks served.
    pub fn last_session_of_author(key: &[u8], slot: u64) -> Option<SessionIndex> {
        let (oldest, current) = (Oldest::<T>::get(), T::Sessions::current());
        let kind = polkadot_sdk::sp_core::crypto::key_types::AURA;
        (oldest..=current)
            .rev()
            .find(|session| Self::covers(*session, slot).is_ok() && Self::owner_in(*session, kind, key).is_some())
    }

    /// Whether a block of `slot` can have been made by the authorities of `session`. The block that ends it is.
    pub(crate) fn covers(session: SessionIndex, slot: u64) -> Result<(), Error<T>> {
        let from = SessionOf::<T>::get(session).ok_or(Error::<T>::UnknownKeyOwner)?.from;
        let until = SessionOf::<T>::get(session.saturating_add(1)).map(|next| next.from);
        if slot >= from && until.is_none_or(|until| slot <= until) { Ok(()) } else { Err(Error::<T>::OtherSession) }
    }

    /// Whether the present session has had its blocks.
    pub(crate) fn is_over() -> bool {
        Self::block_number() >= Began::<T>::get().saturating_add(Settings::<T>::get().session)
    }

    pub(crate) fn block_number() -> u32 {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }
}

impl<T: Config> pallet_session::SessionManager<AccountId32> for Pallet<T> {
    fn new_session(_: SessionIndex) -> Option<Vec<AccountId32>> {
        Self::chosen()
    }

    /// The sessions pallet's own list: there are no candidates yet.
    fn new_session_genesis(_: SessionIndex) -> Option<Vec<AccountId32>> {
        None
    }

    fn end_session(_: SessionIndex) {}

    fn start_session(session: SessionIndex) {
        Self::begin(session);
    }
}

impl<T: Config> EstimateNextSessionRotation<BlockNumberFor<T>> for Pallet<T> {
    fn average_session_length() -> BlockNumberFor<T> {
        Settings::<T>::get().session.into()
    }

    fn estimate_current_session_progress(now: BlockNumberFor<T>) -> (Option<Permill>, Weight) {
        let now: u32 = now.saturated_into();
        let done = now.saturating_sub(Began::<T>::get()).saturating_add(1);
        (Some(Permill::from_rational(done, Settings::<T>::get().session.max(1))), T::DbWeight::get().reads(2))
    }

    fn estimate_next_session_rotation(_: BlockNumberFor<T>) -> (Option<BlockNumberFor<T>>, Weight) {
        let next = Began::<T>::get().saturating_add(Settings::<T>::get().session);
        (Some(next.into()), T::DbWeight::get().reads(2))
    }
}

/// Only who has a bond sets keys.
impl<T: Config> Convert<AccountId32, Option<AccountId32>> for Pallet<T> {
    fn convert(account: AccountId32) -> Option<AccountId32> {
        Bonds::<T>::contains_key(&account).then_some(account)
    }
}

/// Who owned a key is looked up, not proven: what is proven from the present keys says nothing of a validator that has
/// set new ones since.
impl<T: Config, D: AsRef<[u8]>> KeyOwnerProofSystem<(KeyTypeId, D)> for Pallet<T> {
    type Proof = MembershipProof;
    type IdentificationTuple = AccountId32;

    fn prove((kind, key): (KeyTypeId, D)) -> Option<MembershipProof> {
        Self::key_owner_proof(T::Sessions::current(), kind, key.as_ref())
    }

    fn check_proof((kind, key): (KeyTypeId, D), proof: MembershipProof) -> Option<AccountId32> {
        let fits = proof.trie_nodes.is_empty() && Self::count_in(proof.session) == Some(proof.validator_count);
        fits.then(|| Self::owner_in(proof.session, kind, key.as_ref())).flatten()
    }
}

/// An authority as it is kept; none where a key is not of 32 bytes.
pub fn authority(who: AccountId32, aura: &[u8], grandpa: &[u8]) -> Option<Authority> {
    Some(Authority { who, aura: aura.try_into().ok()?, grandpa: grandpa.try_into().ok()? })
}
