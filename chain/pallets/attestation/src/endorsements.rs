//! What vendors say about their platforms: checked once, stored, and replaced only by what is newer.

use adyton_attestation::{CheckedCollateral, Collateral as RawCollateral, IntelRoot, snp::SnpRoot, verify_collateral};
use adyton_pallet_traits::CollateralRef;
use adyton_protocol::{ids::Digest, record::EvidenceKind};
use codec::DecodeAll;
use frame_support::{BoundedVec, ensure};
use polkadot_sdk::frame_support;

use crate::{
    Collateral, Config, Error, EvaluationFloors, Event, NewestLists, Pallet, RevocationFloors, RevocationList,
    RevocationLists, RootKey, RootKeys, Roots,
};

impl<T: Config> Pallet<T> {
    /// Checks endorsements under the accepted `root` at `now` and stores what is left of them.
    pub(crate) fn endorse(kind: EvidenceKind, root: Digest, endorsements: &[u8], now: u64) -> Result<(), Error<T>> {
        ensure!(Roots::<T>::get((kind, root)).is_some_and(|root| root.at(now).is_some()), Error::<T>::UnknownRoot);
        match RootKeys::<T>::get((kind, root)).ok_or(Error::UnknownRoot)? {
            RootKey::Intel(key) => {
                let raw = RawCollateral::decode_all(&mut &endorsements[..]).map_err(|_| Error::NotCollateral)?;
                let checked = Self::check_collateral(kind, &key, &raw, now)?;
                Self::store_collateral(kind, root, checked)?;
            }
            RootKey::Snp(key) => {
                let list = Self::check_revocation_list(root, &key, endorsements, now)?;
                Self::store_revocation_list(root, list);
            }
            // AWS issues none: it revokes by letting certificates end.
            RootKey::Nitro(_) => return Err(Error::NoCollateral),
        }
        Ok(())
    }

    /// Verifies raw collateral for `kind`, holds it to the floors, and to what it would replace: that of the same
    /// authority.
    fn check_collateral(
        kind: EvidenceKind,
        root: &IntelRoot,
        raw: &RawCollateral,
        now: u64,
    ) -> Result<CheckedCollateral, Error<T>> {
        let checked = verify_collateral(raw, root, now)?;
        ensure!(checked.kind().name() == kind.name(), Error::<T>::NotCollateral);
        let (found, floor) = (checked.evaluation_number(), EvaluationFloors::<T>::get((kind, Digest(root.id().0))));
        if found < floor {
            return Err(adyton_attestation::IntelRefusal::EvaluationNumber { found, floor }.into());
        }
        Self::require_lists(&checked)?;
        let reference = CollateralRef { kind, root: Digest(root.id().0), family: checked.fmspc() };
        if let Some(stored) = Collateral::<T>::get((reference, checked.authority_id())) {
            checked.require_supersedes(&stored)?;
        }
        Ok(checked)
    }

    /// Requires that no revocation list of Intel's collateral is older than one that revokes more.
    pub(crate) fn require_lists(checked: &CheckedCollateral) -> Result<(), Error<T>> {
        let floors = RevocationFloors::<T>::get(Digest(checked.root().0));
        checked.require_lists(&floors).map_err(|_| Error::RevocationListOutdated)
    }

    fn store_collateral(kind: EvidenceKind, root: Digest, checked: CheckedCollateral) -> Result<(), Error<T>> {
        Self::take_over_lists(root, &checked)?;
        let (collateral, authority) = (CollateralRef { kind, root, family: checked.fmspc() }, checked.authority_id());
        let (evaluation, valid_until) = (checked.evaluation_number(), checked.valid_until());
        Collateral::<T>::insert((collateral, authority), checked);
        Self::note_generation(kind, root, evaluation);
        let authority = Some(authority);
        Self::deposit_event(Event::CollateralStored { collateral, authority, evaluation, valid_until });
        Ok(())
    }

    /// Notes the revocation lists of Intel's collateral. If they revoke anything that those before did not, the verdicts
    /// under the root end, whatever their kind and platform family: an authority is one for both kinds, and the lists of
    /// one family's collateral are those of all. Changes nothing where it refuses.
    fn take_over_lists(root: Digest, checked: &CheckedCollateral) -> Result<(), Error<T>> {
        let (mut newest, mut floors) = (NewestLists::<T>::get(root), RevocationFloors::<T>::get(root));
        if newest.take_over(checked, &mut floors)? {
            let is_accepted = |kind: &EvidenceKind| Roots::<T>::contains_key((*kind, root));
            let accepted = [EvidenceKind::IntelTdx, EvidenceKind::IntelSgx].into_iter().filter(is_accepted);
            accepted.for_each(|kind| Self::end_verdicts_under(kind, root));
        }
        NewestLists::<T>::insert(root, newest);
        RevocationFloors::<T>::insert(root, floors);
        Ok(())
    }

    /// Verifies a revocation list, holds it to the floor, and to the one that it would replace.
    fn check_revocation_list(root: Digest, key: &SnpRoot, list: &[u8], now: u64) -> Result<RevocationList, Error<T>> {
        let window = key.check_revocation_list(list, now)?;
        let list = BoundedVec::try_from(list.to_vec()).map_err(|_| Error::NotCollateral)?;
        let checked = RevocationList { list, issued_at: window.not_before, valid_until: window.not_after };
        let floor = EvaluationFloors::<T>::get((EvidenceKind::AmdSnp, root));
        ensure!(checked.generation() >= floor, Error::<T>::BelowFloor);
        let stored = RevocationLists::<T>::get(root);
        ensure!(stored.is_none_or(|stored| stored.issued_at < checked.issued_at), Error::<T>::NotNewer);
        Ok(checked)
    }

    /// Takes the place of what is stored. If it revokes anything that this did not, the verdicts under the root end:
    /// which of them rested on it, their records do not tell.
    fn store_revocation_list(root: Digest, list: RevocationList) {
        let (kind, evaluation, valid_until) = (EvidenceKind::AmdSnp, list.generation(), list.valid_until);
        let stored = RevocationLists::<T>::get(root).map(|stored| stored.list).unwrap_or_default();
        if SnpRoot::revokes_more(&list.list, &stored) {
            Self::end_verdicts_under(kind, root);
        }
        RevocationLists::<T>::insert(root, list);
        Self::note_generation(kind, root, evaluation);
        let collateral = CollateralRef { kind, root, family: [0; 6] };
        Self::deposit_event(Event::CollateralStored { collateral, authority: None, evaluation, valid_until });
    }
}
