//! An owner's secrets in the contract's sealed state: an entry for each name that ever had one.
//!
//! A name's version only grows. A removal is a version of its own and leaves its number behind, so that whoever kept
//! what the owner sealed earlier cannot bring it back. The host below cannot either: what is older than the anchored
//! head of the state does not open.

use adyton_state::{StateError, Transaction};
use zeroize::Zeroizing;

use super::{answer::state, host::WORKER};
use crate::error::Refusal;

/// The most names of a contract, those of removed secrets among them.
const MAX_NAMES: usize = 256;
/// What stands behind the version of a secret that was removed.
const REMOVED: u8 = 0;
/// What stands behind the version of a secret that is there, before its value.
const THERE: u8 = 1;

/// The newest version under a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub version: u64,
    /// The secret; none where it was removed.
    pub value: Option<Zeroizing<Vec<u8>>>,
}

impl Stored {
    /// The version (u64, little-endian), 0 or 1 and the secret.
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let version = self.version.to_le_bytes();
        Zeroizing::new(match &self.value {
            None => [&version[..], &[REMOVED]].concat(),
            Some(value) => [&version[..], &[THERE], &value[..]].concat(),
        })
    }

    fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let unreadable = StateError::Unreadable { what: "secret" };
        let (version, rest) = bytes.split_first_chunk().ok_or(unreadable.clone())?;
        let value = match rest.split_first() {
            Some((&REMOVED, [])) => None,
            Some((&THERE, value)) => Some(Zeroizing::new(value.to_vec())),
            Some(_) | None => return Err(unreadable),
        };
        Ok(Self { version: u64::from_le_bytes(*version), value })
    }
}

/// The newest version of the secret called `name`, if there ever was one.
pub async fn read(transaction: &mut Transaction, name: &str) -> Result<Option<Stored>, StateError> {
    let found = transaction.get(&key(name)).await?;
    found.map(|entry| Stored::decode(&entry.value)).transpose()
}

/// The newest version under each name, also of those that were removed.
pub async fn list(transaction: &mut Transaction) -> Result<Vec<(String, Stored)>, StateError> {
    let prefix = key("");
    let mut found = Vec::new();
    for entry in transaction.scan(&prefix, None, MAX_NAMES).await? {
        let name = String::from_utf8_lossy(entry.key.get(prefix.len()..).unwrap_or_default()).into_owned();
        found.push((name, Stored::decode(&entry.value)?));
    }
    Ok(found)
}

/// The newest version under `name` that a newer one, `version`, may follow; 0 for none. Refused if it is not newer.
pub async fn before(transaction: &mut Transaction, name: &str, version: u64) -> Result<u64, Refusal> {
    let newest = read(transaction, name).await.map_err(state)?.map_or(0, |stored| stored.version);
    match version > newest {
        true => Ok(newest),
        false => Err(Refusal::Malformed(format!("version {version} is not newer than {newest}"))),
    }
}

/// Sets the secret called `name`, whose version [`before`] has found newer. Refused for one name too many.
pub async fn set(
    transaction: &mut Transaction,
    name: &str,
    version: u64,
    value: Zeroizing<Vec<u8>>,
) -> Result<(), Refusal> {
    let new = read(transaction, name).await.map_err(state)?.is_none();
    if new && list(transaction).await.map_err(state)?.len() >= MAX_NAMES {
        let most = format!("a contract has secrets under at most {MAX_NAMES} names, those of removed ones included");
        return Err(Refusal::Malformed(most));
    }
    put(transaction, name, &Stored { version, value: Some(value) })
}

/// Removes the secret called `name`, as its newest version. Nothing to do where just that was done. Refused if it is
/// not newer, or if there is no secret.
pub async fn remove(transaction: &mut Transaction, name: &str, version: u64) -> Result<(), Refusal> {
    let newest = read(transaction, name).await.map_err(state)?;
    if newest == Some(Stored { version, value: None }) {
        return Ok(());
    }
    before(transaction, name, version).await?;
    match newest {
        Some(Stored { value: Some(_), .. }) => put(transaction, name, &Stored { version, value: None }),
        Some(Stored { value: None, .. }) | None => Err(Refusal::Malformed("there is no secret of this name".into())),
    }
}

fn put(transaction: &mut Transaction, name: &str, stored: &Stored) -> Result<(), Refusal> {
    transaction.set(&key(name), &stored.encode()).map(drop).map_err(state)
}

/// The store's key of the secret `name`.
fn key(name: &str) -> Vec<u8> {
    [&[WORKER], b"secret/".as_slice(), name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::road::answer::tests::store;

    fn value(text: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(text.as_bytes().to_vec())
    }

    fn there(version: u64, text: &str) -> Option<Stored> {
        Some(Stored { version, value: Some(value(text)) })
    }

    #[tokio::test]
    async fn the_newest_version_is_read_and_an_older_or_equal_one_is_refused() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        assert_eq!(before(&mut transaction, "key", 4).await, Ok(0));
        set(&mut transaction, "key", 4, value("four")).await.expect("sets");
        assert!(read(&mut transaction, "key").await.expect("reads") == there(4, "four"));
        for old in [0, 3, 4] {
            assert!(matches!(before(&mut transaction, "key", old).await, Err(Refusal::Malformed(_))), "{old}");
        }
        assert_eq!(before(&mut transaction, "key", 5).await, Ok(4));
        assert_eq!(before(&mut transaction, "other", 1).await, Ok(0));
    }

    #[tokio::test]
    async fn a_removed_secret_is_gone_and_no_earlier_version_comes_back() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        set(&mut transaction, "key", 4, value("four")).await.expect("sets");
        remove(&mut transaction, "key", 5).await.expect("removes");
        let prepared = store.prepare(transaction).await.expect("prepares");
        store.commit(prepared, None).await.expect("commits");
        let mut transaction = store.begin().await.expect("begins");
        let removed = Stored { version: 5, value: None };
        assert!(read(&mut transaction, "key").await.expect("reads") == Some(removed.clone()));
        assert!(list(&mut transaction).await.expect("reads") == [("key".to_owned(), removed)]);
        for old in [4, 5] {
            assert!(before(&mut transaction, "key", old).await.is_err(), "{old}");
        }
        set(&mut transaction, "key", 6, value("six")).await.expect("sets");
        assert!(read(&mut transaction, "key").await.expect("reads") == there(6, "six"));
    }

    #[tokio::test]
    async fn a_removal_that_is_not_newer_or_of_what_is_not_there_is_refused() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        assert!(matches!(remove(&mut transaction, "key", 1).await, Err(Refusal::Malformed(_))));
        set(&mut transaction, "key", 4, value("four")).await.expect("sets");
        for old in [3, 4] {
            assert!(matches!(remove(&mut transaction, "key", old).await, Err(Refusal::Malformed(_))), "{old}");
        }
        assert!(read(&mut transaction, "key").await.expect("reads") == there(4, "four"));
        remove(&mut transaction, "key", 5).await.expect("removes");
        for other in [4, 6] {
            assert!(matches!(remove(&mut transaction, "key", other).await, Err(Refusal::Malformed(_))), "{other}");
        }
    }

    #[tokio::test]
    async fn a_removal_that_was_made_already_succeeds_and_writes_nothing() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        set(&mut transaction, "key", 4, value("four")).await.expect("sets");
        remove(&mut transaction, "key", 5).await.expect("removes");
        let prepared = store.prepare(transaction).await.expect("prepares");
        store.commit(prepared, None).await.expect("commits");
        let mut transaction = store.begin().await.expect("begins");
        remove(&mut transaction, "key", 5).await.expect("is made already");
        assert!(transaction.is_read_only());
    }

    #[tokio::test]
    async fn one_name_too_many_is_refused_and_a_known_one_is_not() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        for number in 0..MAX_NAMES {
            set(&mut transaction, &format!("key-{number}"), 1, value("x")).await.expect("sets");
        }
        let refused = set(&mut transaction, "one-more", 1, value("x")).await;
        assert!(matches!(refused, Err(Refusal::Malformed(why)) if why.contains("removed ones included")));
        set(&mut transaction, "key-7", 2, value("y")).await.expect("sets");
        remove(&mut transaction, "key-8", 2).await.expect("removes");
        assert_eq!(list(&mut transaction).await.expect("reads").len(), MAX_NAMES);
    }

    #[test]
    fn an_empty_secret_is_told_from_a_removed_one_and_other_bytes_are_not_read() {
        for stored in [Stored { version: 7, value: Some(value("")) }, Stored { version: 7, value: None }] {
            assert!(Stored::decode(&stored.encode()).expect("reads") == stored);
        }
        for bytes in [&[][..], &[0; 8], &[2; 9], &[0; 10]] {
            assert!(Stored::decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
