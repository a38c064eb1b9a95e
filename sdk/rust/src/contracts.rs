//! Calls of other contracts on the same worker. Needs the grant `contracts`, and the contract to be named in the
//! manifest's `contracts`.
//!
//! The other contract commits what it writes before the answer comes, and keeps it whatever becomes of this call. It
//! sees this contract as its [`caller`](crate::env::caller). What must happen once needs a key in the request by which
//! it refuses a second one.
//!
//! ```no_run
//! # use adyton_sdk::{Error, contracts::{Refusal, Request}};
//! # fn price(oracle: &[u8; 32]) -> Result<Option<String>, Error> {
//! match Request::get("/price").fuel_limit(10_000_000).call(oracle) {
//!     Ok(response) => Ok(String::from_utf8(response.body).ok()),
//!     Err(Refusal::Elsewhere) => Ok(None),
//!     Err(refusal) => Err(refusal.into()),
//! }
//! # }
//! ```

use serde::de::DeserializeOwned;

pub use crate::bindings::phat::contract::contracts::{Refusal, Response};
use crate::{Error, Field, bindings::phat::contract::contracts};

/// A request to another contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    inner: contracts::Request,
    fuel_limit: Option<u64>,
}

impl Request {
    /// A request with the given method and path.
    pub fn new(method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        let inner = contracts::Request { method, path, headers: Vec::new(), body: Vec::new() };
        Self { inner, fuel_limit: None }
    }

    /// A GET request.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A POST request with content.
    pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut request = Self::new("POST", path);
        request.inner.body = body.into();
        request
    }

    /// With one more header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.inner.headers.push(Field { name: name.to_owned(), value: value.to_owned() });
        self
    }

    /// With a limit to the fuel that the other contract may use. What is left is this contract's to go on with.
    pub fn fuel_limit(mut self, fuel: u64) -> Self {
        self.fuel_limit = Some(fuel);
        self
    }

    /// Calls the contract and waits for its response. One of any status is `Ok`.
    pub fn call(&self, contract: &[u8; 32]) -> Result<Response, Refusal> {
        contracts::call(contract, &self.inner, self.fuel_limit)
    }
}

impl Response {
    /// The content as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(text) => Self::Invalid(text),
            Refusal::Limit(text) => Self::Limit(text),
            Refusal::Denied(text) => Self::Denied(format!("the called contract: {text}")),
            Refusal::Unavailable(text) => Self::Unavailable(text),
            Refusal::Elsewhere => Self::Unavailable("the called contract is not on this worker".into()),
            Refusal::Reentrant => Self::Denied("the called contract waits for this call".into()),
            Refusal::TooDeep => Self::Limit("the chain of calls has as many contracts as it may have".into()),
            Refusal::Failed(text) => Self::Other(format!("the called contract returned an error: {text}")),
            Refusal::Trapped(text) => Self::Other(format!("the called contract failed: {text}")),
            Refusal::Exceeded(text) => Self::Limit(format!("the called contract used up its {text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_what_it_was_given() {
        let request = Request::post("/a?b=1", "body").header("accept", "*/*").fuel_limit(7);
        assert_eq!((request.inner.method.as_str(), request.inner.path.as_str()), ("POST", "/a?b=1"));
        assert_eq!(
            (request.inner.headers.len(), &request.inner.body[..], request.fuel_limit),
            (1, &b"body"[..], Some(7))
        );
        assert_eq!(Request::get("/").fuel_limit, None);
    }

    #[test]
    fn a_refusal_that_is_passed_on_says_whose_failure_it_was() {
        assert_eq!(
            Error::from(Refusal::Exceeded("fuel".into())),
            Error::Limit("the called contract used up its fuel".into())
        );
        assert!(matches!(Error::from(Refusal::Elsewhere), Error::Unavailable(_)));
    }
}
