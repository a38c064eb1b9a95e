//! What the authorities under one root of Intel's have revoked, as far as somebody who stores collateral has seen their
//! lists. The collateral of each platform family brings lists of its own: what a newer one revokes has to count for the
//! families whose collateral is still that of yesterday.
//!
//! Lists are told apart by who issued them, which is a key and not a name: a list of another key says nothing of what
//! this one has revoked, however new it is.

use bounded_collections::{BoundedBTreeMap, BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use super::{
    authority::AuthorityId,
    checked::{CheckedCollateral, MAX_REVOKED_PLATFORMS},
};
use crate::{Document, IntelRefusal};

/// The most authorities for platforms under one root whose lists are kept; Intel has two, of one key each.
pub const MAX_AUTHORITIES: u32 = 4;

/// Something of each authority for platforms under one root.
type OfAuthorities<V> = BoundedBTreeMap<AuthorityId, V, ConstU32<MAX_AUTHORITIES>>;

/// The oldest revocation lists that count under a root, by who issues them: when (Unix seconds) the list was issued that
/// was the last to revoke something new. An older one may not have it. The default takes every list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ListFloors {
    /// Of the lists of the root.
    pub root: u64,
    /// Of those of each authority for platforms; one that is not here has revoked nothing.
    pub authorities: OfAuthorities<u64>,
}

/// The newest list of the root and of each authority under it.
///
/// A newer list takes the place of an older one and is not joined with it: a list may leave out a certificate that has
/// expired since (RFC 5280 §3.3), which is refused for that already. So it is no longer than Intel's lists may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Revocations {
    root: NewestList,
    authorities: OfAuthorities<NewestList>,
}

/// The newest list of one issuer; the default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
struct NewestList {
    /// Unix seconds.
    issued_at: u64,
    /// Serial numbers, sorted.
    revoked: BoundedVec<[u8; 20], ConstU32<MAX_REVOKED_PLATFORMS>>,
}

impl ListFloors {
    /// The floor of the lists of `authority`.
    pub fn of(&self, authority: &AuthorityId) -> u64 {
        self.authorities.get(authority).copied().unwrap_or_default()
    }
}

impl CheckedCollateral {
    /// Requires that its revocation lists are no older than `floors`.
    ///
    /// # Errors
    /// [`IntelRefusal::RevocationListOutdated`].
    pub fn require_lists(&self, floors: &ListFloors) -> Result<(), IntelRefusal> {
        let lists = [
            (Document::RootCrl, self.windows.root_crl.not_before, floors.root),
            (Document::PckCrl, self.windows.pck_crl.not_before, floors.of(&self.authority_id())),
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
    /// revoked. An issuer's first list is no such one, because without a list nothing is judged.
    ///
    /// # Errors
    /// [`IntelRefusal::TooManyAuthorities`]; nothing is taken over then. Forgetting another's list would revive what it
    /// revoked.
    pub fn take_over(&mut self, collateral: &CheckedCollateral, floors: &mut ListFloors) -> Result<bool, IntelRefusal> {
        let (authority, windows) = (collateral.authority_id(), &collateral.windows);
        let (mut list, mut floor) = (self.of(&authority).cloned().unwrap_or_default(), floors.of(&authority));
        let by_authority = list.take_over(windows.pck_crl.not_before, &collateral.revoked_platforms, &mut floor);
        insert(&mut self.authorities, authority, list)?;
        if floor > 0 {
            insert(&mut floors.authorities, authority, floor)?;
        }
        let by_root =
            self.root.take_over(windows.root_crl.not_before, &collateral.revoked_authorities, &mut floors.root);
        Ok(by_root || by_authority)
    }

    /// Whether there are lists for these floors: none is younger than its issuer's newest list.
    pub fn reach(&self, floors: &ListFloors) -> bool {
        let reached = |(authority, floor): (&AuthorityId, &u64)| *floor <= self.newest_of(authority);
        floors.root <= self.root.issued_at && floors.authorities.iter().all(reached)
    }

    /// Whether the lists of `collateral` are among those taken over, or older than these.
    pub fn covers(&self, collateral: &CheckedCollateral) -> bool {
        let windows = &collateral.windows;
        windows.root_crl.not_before <= self.root.issued_at
            && windows.pck_crl.not_before <= self.newest_of(&collateral.authority_id())
    }

    fn of(&self, authority: &AuthorityId) -> Option<&NewestList> {
        self.authorities.get(authority)
    }

    /// When the newest list of `authority` was issued.
    fn newest_of(&self, authority: &AuthorityId) -> u64 {
        self.of(authority).map_or(0, |list| list.issued_at)
    }
}

fn insert<V>(all: &mut OfAuthorities<V>, authority: AuthorityId, value: V) -> Result<(), IntelRefusal> {
    all.try_insert(authority, value).map(|_| ()).map_err(|_| IntelRefusal::TooManyAuthorities)
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
