//! What a contract does most with requests and responses.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Field, Request, Response};

impl Request {
    /// The path without the query.
    pub fn route(&self) -> &str {
        self.path.split_once('?').map_or(&self.path, |(route, _)| route)
    }

    /// The value of a parameter of the query, as it is written there; `+` and `%` are not decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.path.split_once('?')?;
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The first value of a header field; names are in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// The webhook of the manifest, by its path, that the request is a delivery of: its signature holds. None for every
    /// other request, whatever its path.
    pub fn webhook(&self) -> Option<&str> {
        self.header("adyton-webhook")
    }

    /// The number of the message that the caller, an account, sent on the chain; none for every other request.
    pub fn chain_message(&self) -> Option<u64> {
        self.header("adyton-message")?.parse().ok()
    }

    /// The watch of the manifest, by its name, whose value has changed: the content is the new value, in the chain's
    /// encoding, and the method `DELETE` where there is none any more. None for every other request, whatever its path.
    pub fn watch(&self) -> Option<&str> {
        self.header("adyton-watch")
    }

    /// The content, read as JSON. `Error::Invalid` if it is none.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Response {
    /// A response of `status` without content.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A response 200 of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::status(200).with_text(text)
    }

    /// A response 200 of JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, Error> {
        let mut response = Self::status(200).with_header("content-type", "application/json");
        response.body = serde_json::to_vec(value)?;
        Ok(response)
    }

    /// A response 404.
    pub fn not_found() -> Self {
        Self::status(404).with_text("there is nothing under this path\n")
    }

    /// With another status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With one more header field.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(Field { name: name.to_owned(), value: value.to_owned() });
        self
    }

    fn with_text(self, text: impl Into<String>) -> Self {
        let mut response = self.with_header("content-type", "text/plain; charset=utf-8");
        response.body = text.into().into_bytes();
        response
    }
}
