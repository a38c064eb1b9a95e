//! Reference manifests: checked once, kept as the little that reports are compared with, and prolonged by newer responses
//! about their certificates.

use adyton_attestation::nvidia::{CheckedManifest, OcspResponse, verify_manifest_with};
use adyton_protocol::ids::Digest;
use alloc::vec::Vec;
use codec::{DecodeAll, Encode};
use frame_support::{BoundedVec, ensure};
use polkadot_sdk::frame_support;

use crate::{Config, Error, Event, Manifests, Pallet, Responses, signatures::Paid};

impl<T: Config> Pallet<T> {
    /// Checks a manifest and keeps what is left of it, if that supersedes what is there.
    pub(crate) fn store_manifest(
        root: Digest,
        manifest: &[u8],
        responses: &Responses,
        fresh: u8,
    ) -> Result<(), Error<T>> {
        let verifier = Paid::<T>::for_fresh(fresh)?;
        let (roots, policy, now) = (Self::accepted_root(root)?, Self::policy()?, Self::now());
        let responses = borrowed(responses);
        let checked = verify_manifest_with(&verifier, manifest, &responses, &roots, &policy.revocation, now);
        let checked = verifier.settle(checked)?;
        let (id, last) = (Digest(checked.id()), checked.window().not_after);
        let stored = Self::manifest(root, &id);
        ensure!(stored.is_none_or(|stored| checked.supersedes(&stored, now)), Error::<T>::NotNewer);
        let encoded = BoundedVec::try_from(checked.encode()).map_err(|_| Error::<T>::ManifestTooLong)?;
        Manifests::<T>::insert((root, id), encoded);
        let valid_until = last.saturating_add(1);
        Self::deposit_event(Event::ManifestStored { root, manifest: id, valid_until });
        Ok(())
    }

    /// A manifest that is stored.
    pub(crate) fn manifest(root: Digest, id: &Digest) -> Option<CheckedManifest> {
        let stored = Manifests::<T>::get((root, id))?;
        CheckedManifest::decode_all(&mut &stored[..]).ok()
    }
}

/// Responses as the verifier takes them. The chain asks nobody, so there is no nonce that they could answer.
pub(crate) fn borrowed(responses: &Responses) -> Vec<OcspResponse<'_>> {
    responses.iter().map(|der| OcspResponse { der, nonce: None }).collect()
}
