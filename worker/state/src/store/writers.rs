//! Writers' claims: who may open the database, decided before anything of it is touched.
//!
//! SlateDB numbers its writers itself, and every opening fences the one before. So that a worker with an
//! old lease does not even disturb the present one, each opening first leaves an empty object named after
//! its lease and its number under it. Opening then has three steps: claim; open the database, which fences
//! earlier writers; look at the claims again. Of two that open at once, the one with the lower claim either
//! sees the higher one in the last step, or has opened the database before it and is fenced by it.
//!
//! Whoever holds the storage can delete claims; what finally tells a stale writer is the lease recorded in
//! the database, and before all the lease on chain.

use futures::TryStreamExt;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload, path::Path};

use super::{layout::WRITERS, options::Writer};
use crate::{SealedStore, StateError};

/// How often another claim may come in between before opening is given up.
const ATTEMPTS: u32 = 8;

/// One opening's claim. Ordered as it counts: by lease, then by the opening's number under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    lease: u64,
    opening: u64,
}

impl Claim {
    /// Leaves a claim for `writer`, or says why it has none.
    pub async fn stake(store: &SealedStore, writer: Writer) -> Result<Self, StateError> {
        for _ in 0..ATTEMPTS {
            let newest = newest(store).await?;
            let claim = Self::after(newest, writer)?;
            let create = store.put_opts(&claim.path(), PutPayload::new(), PutMode::Create.into()).await;
            match create {
                Ok(_) => return Ok(claim),
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StateError::Fenced)
    }

    fn after(newest: Option<Self>, writer: Writer) -> Result<Self, StateError> {
        let Writer { lease, again } = writer;
        match newest {
            None => Ok(Self { lease, opening: 0 }),
            Some(seen) if seen.lease < lease => Ok(Self { lease, opening: 0 }),
            Some(seen) if seen.lease == lease && again => Ok(Self { lease, opening: seen.opening.saturating_add(1) }),
            Some(seen) => Err(StateError::Superseded { lease, seen: seen.lease }),
        }
    }

    /// Checks that no higher claim has come in since.
    pub async fn confirm(&self, store: &SealedStore) -> Result<(), StateError> {
        match newest(store).await? {
            Some(newest) if newest > *self => Err(StateError::Fenced),
            _ => Ok(()),
        }
    }

    /// Removes lower claims. What cannot be removed stays; it harms nobody.
    pub async fn clear_older(&self, store: &SealedStore) -> Result<(), StateError> {
        for claim in claims(store).await?.into_iter().filter(|claim| claim < self) {
            store.delete(&claim.path()).await?;
        }
        Ok(())
    }

    fn path(&self) -> Path {
        Path::from_iter([WRITERS.to_owned(), format!("{:020}-{:020}", self.lease, self.opening)])
    }

    fn parse(path: &Path) -> Option<Self> {
        let (lease, opening) = path.filename()?.split_once('-')?;
        let claim = Self { lease: lease.parse().ok()?, opening: opening.parse().ok()? };
        (claim.path() == *path).then_some(claim)
    }
}

/// The highest claim that really is one: a name alone could come from anybody.
async fn newest(store: &SealedStore) -> Result<Option<Claim>, StateError> {
    let mut claims = claims(store).await?;
    claims.sort_unstable();
    for claim in claims.into_iter().rev() {
        match store.get(&claim.path()).await {
            Ok(_) => return Ok(Some(claim)),
            // Cleared by a later opening since it was listed.
            Err(Error::NotFound { .. }) => {}
            Err(error) => match StateError::from(error) {
                StateError::Fenced => return Err(StateError::Superseded { lease: store.lease(), seen: claim.lease }),
                other => return Err(other),
            },
        }
    }
    Ok(None)
}

async fn claims(store: &SealedStore) -> Result<Vec<Claim>, StateError> {
    let listed: Vec<_> = store.list(Some(&Path::from(WRITERS))).try_collect().await?;
    Ok(listed.iter().filter_map(|meta| Claim::parse(&meta.location)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_read_back_from_its_path_and_from_no_other() {
        let claim = Claim { lease: 3, opening: 12 };
        assert_eq!(Claim::parse(&claim.path()), Some(claim));
        for other in ["writers/3-12", "writers/x", "elsewhere/00000000000000000003-00000000000000000012"] {
            assert_eq!(Claim::parse(&other.into()), None);
        }
    }

    #[test]
    fn a_first_opening_needs_a_newer_lease_and_a_repeated_one_an_equal_or_newer() {
        let seen = Some(Claim { lease: 3, opening: 1 });
        assert_eq!(Claim::after(seen, Writer::first_under(4)).unwrap(), Claim { lease: 4, opening: 0 });
        assert_eq!(Claim::after(seen, Writer::again_under(4)).unwrap(), Claim { lease: 4, opening: 0 });
        assert_eq!(Claim::after(seen, Writer::again_under(3)).unwrap(), Claim { lease: 3, opening: 2 });
        for old in [Writer::first_under(3), Writer::first_under(2), Writer::again_under(2)] {
            assert!(matches!(Claim::after(seen, old), Err(StateError::Superseded { seen: 3, .. })));
        }
    }
}
