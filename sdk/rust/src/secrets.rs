//! Secrets that the contract's owner sealed to the contract. Needs the grant `secrets`.

use crate::{Error, bindings::phat::contract::secrets};

/// The secret called `name`; `Error::NotFound` if the owner has set none.
pub fn get(name: &str) -> Result<Vec<u8>, Error> {
    secrets::get(name)
}

/// The version of the secret called `name`, if the owner has set it: it grows each time that the owner does.
pub fn version(name: &str) -> Result<Option<u64>, Error> {
    secrets::version(name)
}

/// The secret called `name` as text.
pub fn text(name: &str) -> Result<String, Error> {
    String::from_utf8(get(name)?).map_err(|_| Error::Invalid(format!("the secret {name} is not text")))
}
