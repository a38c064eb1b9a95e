//! Outgoing HTTP requests, only to the destinations in the manifest. Needs the grant `http`.
//!
//! ```no_run
//! # fn run() -> Result<(), adyton_sdk::Error> {
//! use adyton_sdk::http::Request;
//! let answer = Request::get("https://api.example.org/price").header("accept", "application/json").send()?;
//! let price: serde_json::Value = answer.json()?;
//! # Ok(()) }
//! ```
//!
//! An answer can be read as it comes: [`Request::open`].

use std::io;

use serde::{Serialize, de::DeserializeOwned};

pub use crate::bindings::phat::contract::http::{Request, Response, SecretField};
use crate::{Error, Field, bindings::phat::contract::http};

/// Sends up to 16 requests at once; the answers come in the same order.
pub fn send_all(requests: &[Request]) -> Vec<Result<Response, Error>> {
    http::send_all(requests)
}

impl Request {
    /// A request with the given method.
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            secret_headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: None,
        }
    }

    /// A GET request.
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// A POST request with content.
    pub fn post(url: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new("POST", url) }
    }

    /// A POST request with `value` as JSON.
    pub fn post_json(url: &str, value: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::post(url, serde_json::to_vec(value)?).header("content-type", "application/json"))
    }

    /// With one more header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(Field { name: name.to_owned(), value: value.to_owned() });
        self
    }

    /// With a header field that the worker fills: `prefix`, then the value of `secret`. HTTPS only.
    pub fn secret_header(mut self, name: &str, prefix: &str, secret: &str) -> Self {
        let field = SecretField { name: name.to_owned(), prefix: prefix.to_owned(), secret: secret.to_owned() };
        self.secret_headers.push(field);
        self
    }

    /// With a time limit for the whole exchange, in milliseconds.
    pub fn timeout_ms(mut self, milliseconds: u32) -> Self {
        self.timeout_ms = Some(milliseconds);
        self
    }

    /// Sends it and waits for the whole answer. An answer of any status is `Ok`.
    pub fn send(&self) -> Result<Response, Error> {
        http::send(self)
    }

    /// Sends it and waits for the beginning of the answer, whose content is read as it comes. The time limit is for all
    /// of it.
    pub fn open(&self) -> Result<Stream, Error> {
        let http::StreamHead { handle, status, headers, tls_peer_sha256 } = http::open(self)?;
        Ok(Stream { status, headers, tls_peer_sha256, handle, open: true })
    }
}

/// An answer whose content is read as it comes: piece by piece as an iterator, or as [`std::io::Read`], in a
/// `std::io::BufReader` by lines. It is closed when it is dropped.
#[derive(Debug)]
pub struct Stream {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<Field>,
    /// SHA-256 of the other side's TLS certificate; none over plain HTTP.
    pub tls_peer_sha256: Option<Vec<u8>>,
    handle: u32,
    open: bool,
}

/// The most bytes of one piece of an iterator's.
const PIECE: u32 = 64 * 1024;

impl Stream {
    /// The next bytes, 1 to `most` of them, as soon as there are any; none at the end. `most` is 1 to 1048576.
    pub fn read_some(&mut self, most: u32) -> Result<Option<Vec<u8>>, Error> {
        if !self.open {
            return Ok(None);
        }
        let read = http::read(self.handle, most);
        // The worker has closed it.
        self.open = matches!(read, Ok(Some(_)) | Err(Error::Invalid(_)));
        read
    }

    /// The answer if its status is 200 to 299, otherwise `Error::Unavailable`.
    pub fn success(self) -> Result<Self, Error> {
        match self.status {
            200..=299 => Ok(self),
            status => Err(Error::Unavailable(format!("answered with status {status}"))),
        }
    }

    /// The first value of a header field; names are in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }
}

/// The pieces of the content, each as soon as it is there. It ends after an error.
impl Iterator for Stream {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_some(PIECE).transpose()
    }
}

impl io::Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = u32::try_from(buffer.len()).unwrap_or(u32::MAX).min(PIECE);
        if most == 0 {
            return Ok(0);
        }
        let read = self.read_some(most).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let bytes = read.unwrap_or_default();
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.open {
            http::close(self.handle);
        }
    }
}

impl Response {
    /// The answer if its status is 200 to 299, otherwise `Error::Unavailable`.
    pub fn success(self) -> Result<Self, Error> {
        match self.status {
            200..=299 => Ok(self),
            status => Err(Error::Unavailable(format!("answered with status {status}"))),
        }
    }

    /// The content, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The first value of a header field; names are in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }
}
