//! The keys of a contract's sealed code, in the contract's sealed state: an entry for each component of which the owner
//! gave one, so that a worker which takes the contract over, or goes back to code that was there before, has it.

use adyton_keys::CodeKey;
use adyton_protocol::{ids::CodeHash, sealed_code::CONTENT_KEY};
use adyton_state::{StateError, Transaction};
use zeroize::Zeroizing;

use super::{answer::state, host::WORKER};
use crate::error::Refusal;

/// The most keys of a contract; with one more, the one given first gives way.
const MAX_KEYS: usize = 64;
/// The store's keys begin with it.
const PREFIX: &[u8] = &[WORKER, b'c', b'o', b'd', b'e', b'/'];
/// What cannot be read is not what this worker wrote.
const UNREADABLE: StateError = StateError::Unreadable { what: "key of sealed code" };

/// A key, and its number: each that is given has the next one.
struct Stored {
    number: u64,
    key: CodeKey,
}

impl Stored {
    /// The number (u64, little-endian), the hash of the sealed code and the content key.
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let number = self.number.to_le_bytes();
        Zeroizing::new([&number[..], &self.key.stored().0, self.key.expose()].concat())
    }

    fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let (number, rest) = bytes.split_first_chunk().ok_or(UNREADABLE)?;
        let (stored, key) = rest.split_first_chunk().ok_or(UNREADABLE)?;
        let key: &[u8; CONTENT_KEY] = key.try_into().map_err(|_| UNREADABLE)?;
        let key = CodeKey::new(CodeHash(*stored), Zeroizing::new(*key));
        Ok(Self { number: u64::from_le_bytes(*number), key })
    }
}

/// The key of the component `code`, if the owner gave one.
pub async fn read(transaction: &mut Transaction, code: &CodeHash) -> Result<Option<CodeKey>, StateError> {
    let found = transaction.get(&key(code)).await?;
    found.map(|entry| Stored::decode(&entry.value).map(|stored| stored.key)).transpose()
}

/// Of which components there is a key, and the hash of the sealed code of each.
pub async fn list(transaction: &mut Transaction) -> Result<Vec<(CodeHash, CodeHash)>, StateError> {
    Ok(all(transaction).await?.into_iter().map(|(code, stored)| (code, *stored.key.stored())).collect())
}

/// Keeps the key of the component `code`. The one of `in_force` gives way to none.
pub async fn set(
    transaction: &mut Transaction,
    code: &CodeHash,
    given: CodeKey,
    in_force: &CodeHash,
) -> Result<(), Refusal> {
    let mut known = all(transaction).await.map_err(state)?;
    known.sort_by_key(|(_, stored)| stored.number);
    let number = known.last().map_or(0, |(_, stored)| stored.number.saturating_add(1));
    if known.len() >= MAX_KEYS && known.iter().all(|(known, _)| known != code) {
        let first = known.iter().map(|(known, _)| known).find(|known| *known != in_force).ok_or(Refusal::Worker)?;
        transaction.delete(&key(first)).map_err(state)?;
    }
    let stored = Stored { number, key: given };
    transaction.set(&key(code), &stored.encode()).map(drop).map_err(state)
}

async fn all(transaction: &mut Transaction) -> Result<Vec<(CodeHash, Stored)>, StateError> {
    let mut found = Vec::new();
    for entry in transaction.scan(PREFIX, None, MAX_KEYS + 1).await? {
        let code = entry.key.strip_prefix(PREFIX).and_then(|code| code.try_into().ok()).ok_or(UNREADABLE)?;
        found.push((CodeHash(code), Stored::decode(&entry.value)?));
    }
    Ok(found)
}

/// The store's key of the component's key.
fn key(code: &CodeHash) -> Vec<u8> {
    [PREFIX, &code.0].concat()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::road::answer::tests::store;

    /// The key of sealed code with the hash of these bytes.
    pub(crate) fn code_key(stored: u8, key: u8) -> CodeKey {
        CodeKey::new(CodeHash([stored; 32]), Zeroizing::new([key; CONTENT_KEY]))
    }

    fn code(number: u8) -> CodeHash {
        CodeHash([number; 32])
    }

    #[tokio::test]
    async fn a_key_that_was_given_is_there_and_a_later_one_of_the_same_code_is_there_instead() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        assert!(read(&mut transaction, &code(1)).await.expect("reads").is_none());
        for (stored, key) in [(2, 3), (4, 5)] {
            set(&mut transaction, &code(1), code_key(stored, key), &code(1)).await.expect("sets");
            let found = read(&mut transaction, &code(1)).await.expect("reads").expect("is there");
            assert_eq!((found.stored(), found.expose()), (&CodeHash([stored; 32]), &[key; CONTENT_KEY]));
        }
        assert!(read(&mut transaction, &code(2)).await.expect("reads").is_none());
        assert_eq!(list(&mut transaction).await.expect("reads"), [(code(1), CodeHash([4; 32]))]);
    }

    #[tokio::test]
    async fn of_too_many_keys_the_one_given_first_gives_way_and_never_that_of_the_code_in_force() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        for number in 0..=MAX_KEYS as u8 {
            set(&mut transaction, &code(number), code_key(number, 1), &code(0)).await.expect("sets");
        }
        let codes = list(&mut transaction).await.expect("reads");
        assert_eq!(codes.len(), MAX_KEYS);
        let has = |number| codes.iter().any(|(found, _)| *found == code(number));
        assert!(has(0) && !has(1) && has(2) && has(MAX_KEYS as u8));
    }

    #[test]
    fn what_is_no_key_is_not_read_as_one() {
        let whole = Stored { number: 7, key: code_key(1, 2) }.encode();
        assert_eq!(Stored::decode(&whole).expect("reads").number, 7);
        for bytes in [&whole[..whole.len() - 1], &[&whole[..], &[0]].concat(), &[]] {
            assert!(Stored::decode(bytes).is_err(), "{} bytes", bytes.len());
        }
    }
}
