//! Where a contract's database is in its state: a record of how many pages it has, and a record for each page that was
//! ever written. The engine makes pages of statements; here they are entries like others, sealed, and read and written in
//! the call's transaction. Whoever uses the database reads the number, and whoever changes it writes it: so a call
//! conflicts with whoever changed the database meanwhile.

use adyton_engine::DatabaseChange;
use adyton_state::{StateError, Transaction};

use super::host::DATABASE;

/// The store's key of the number of pages, which is four bytes, little-endian.
const PAGES: &[u8] = &[DATABASE];

/// Why the number of pages cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// The store failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// What is stored is no number.
    #[error("the record of its pages has {0} bytes")]
    Length(usize),
}

/// The store's key of a page: the numbers ascend with the keys.
fn page_key(number: u32) -> Vec<u8> {
    [PAGES, &number.to_be_bytes()].concat()
}

/// How many pages the database has.
pub async fn pages(transaction: &mut Transaction) -> Result<u32, PagesError> {
    match transaction.get(PAGES).await? {
        None => Ok(0),
        Some(entry) => match <[u8; 4]>::try_from(&entry.value[..]) {
            Ok(pages) => Ok(u32::from_le_bytes(pages)),
            Err(_) => Err(PagesError::Length(entry.value.len())),
        },
    }
}

/// A page of it; none if it was never written.
pub async fn page(transaction: &mut Transaction, number: u32) -> Result<Option<Vec<u8>>, StateError> {
    let found = transaction.get(&page_key(number)).await?;
    Ok(found.map(|entry| entry.value.to_vec()))
}

/// Writes what a call changed.
pub fn write(transaction: &mut Transaction, change: &DatabaseChange) -> Result<(), StateError> {
    transaction.set(PAGES, &change.pages.to_le_bytes())?;
    for (number, page) in &change.written {
        transaction.set(&page_key(*number), page)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
