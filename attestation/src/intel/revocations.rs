//! What the authorities under one root of Intel's have revoked, as far as somebody who stores collateral has seen their
//! lists. The collateral of each platform family brings lists of its own: what a newer one revokes has to count for the
//! families whose collateral is still that of yesterday.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use super::checked::{AuthorityKind, CheckedCollateral, MAX_REVOKED_PLATFORMS};
use crate::{Document, IntelRefusal};

/// The oldest revocation lists that count under a root, by who issues them: when (Unix seconds) the list was issued that
/// was the last to revoke something new. An older one may not have it. Zero takes every list.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ListFloors {
    /// Of the lists of the root.
    pub root: u64,
    /// Of those of the authority for multi-package platforms.
    pub platform: u64,
    /// Of those of the authority for single-package platforms.
    pub processor: u64,
}

/// The newest list of each authority under a root.
///
/// A newer list takes the place of an older one and is not joined with it: a list may leave out a certificate that has
/// expired since (RFC 5280 §3.3), which is refused for that already. So it is no longer than Intel's lists may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Revocations {
    root: NewestList,
    platform: NewestList,
    processor: NewestList,
}

/// The newest list of one authority; the default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
struct NewestList {
    /// Unix seconds.
    issued_at: u64,
    /// Serial numbers, sorted.
    revoked: BoundedVec<[u8; 20], ConstU32<MAX_REVOKED_PLATFORMS>>,
}

impl CheckedCollateral {
    /// Requires that its revocation lists are no older than `floors`.
    ///
    /// # Errors
    /// [`IntelRefusal::RevocationListOutdated`].
    pub fn require_lists(&self, floors: &ListFloors) -> Result<(), IntelRefusal> {
        let of_authority = match self.authority.kind {
            AuthorityKind::Platform => floors.platform,
            AuthorityKind::Processor => floors.processor,
        };
        let lists = [
            (Document::RootCrl, self.windows.root_crl.not_before, floors.root),
            (Document::PckCrl, self.windows.pck_crl.not_before, of_authority),
        ];
        lists.into_iter().try_for_each(|(document, issued_at, floor)| {
            if issued_at < floor {
                return Err(IntelRefusal::RevocationListOutdated { document, issued_at, floor });
            }
            Ok(())
        })
    }
}

impl Revocations {
    /// Takes over the lists of `collateral` that are newer, and raises `floors` by those that revoke something that the
    /// ones before did not. Answers whether any did: then what was judged by the earlier lists may rest on something
    /// revoked. An authority's first list is no such one, because without a list nothing is judged.
    pub fn take_over(&mut self, collateral: &CheckedCollateral, floors: &mut ListFloors) -> bool {
        let windows = &collateral.windows;
        let by_root =
            self.root.take_over(windows.root_crl.not_before, &collateral.revoked_authorities, &mut floors.root);
        let (newest, floor) = match collateral.authority.kind {
            AuthorityKind::Platform => (&mut self.platform, &mut floors.platform),
            AuthorityKind::Processor => (&mut self.processor, &mut floors.processor),
        };
        let by_authority = newest.take_over(windows.pck_crl.not_before, &collateral.revoked_platforms, floor);
        by_root || by_authority
    }

    /// Whether there are lists for these floors: none is younger than the newest list.
    pub fn reach(&self, floors: &ListFloors) -> bool {
        let ListFloors { root, platform, processor } = *floors;
        root <= self.root.issued_at && platform <= self.platform.issued_at && processor <= self.processor.issued_at
    }

    /// Whether the lists of `collateral` are among those taken over, or older than these.
    pub fn covers(&self, collateral: &CheckedCollateral) -> bool {
        let newest = match collateral.authority.kind {
            AuthorityKind::Platform => &self.platform,
            AuthorityKind::Processor => &self.processor,
        };
        let windows = &collateral.windows;
        windows.root_crl.not_before <= self.root.issued_at && windows.pck_crl.not_before <= newest.issued_at
    }
}

impl NewestList {
    fn take_over(&mut self, issued_at: u64, revoked: &[[u8; 20]], floor: &mut u64) -> bool {
        if issued_at <= self.issued_at {
            return false;
        }
        let revokes_more = revoked.iter().any(|serial| self.revoked.binary_search(serial).is_err());
        if revokes_more {
            *floor = issued_at;
        }
        let is_first = self.issued_at == 0;
        // Collateral holds no more of either list than this does.
        *self = Self { issued_at, revoked: BoundedVec::truncate_from(revoked.to_vec()) };
        revokes_more && !is_first
    }
}

// The root's list fits in as well.
const _: () = assert!(super::checked::MAX_REVOKED_AUTHORITIES <= MAX_REVOKED_PLATFORMS);
