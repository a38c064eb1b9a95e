//! Requests and responses, as Binary HTTP (RFC 9292) inside the seal.

mod incoming;

pub(crate) use incoming::Incoming;
pub use incoming::Provisional;

use adyton_protocol::{
    call::{
        self, CALL_FIELD, CallFields, ERROR_CONTENT_FIELD, ERROR_FIELD, Fields, MAX_FIELD, MAX_FIELDS, RECEIPT_FIELD,
        RESERVED_PREFIX,
    },
    framing::{Kind, bound_fields},
    ids::{ContractId, Digest, NetworkId, RequestId},
    receipt::{MAX_RECEIPT, SignedReceipt},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bhttp::{ControlData, FieldSection, Message, Mode};
use codec::Encode;

use crate::Error;

/// The longest path, query included, in bytes.
const MAX_PATH: usize = 8 * 1024;
/// The longest method, in bytes.
const MAX_METHOD: usize = 16;

/// What is asked of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    method: String,
    path: String,
    fields: Fields,
    content: Vec<u8>,
}

/// What a contract answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields in order; names are lower-case.
    pub fields: Fields,
    /// The content.
    pub content: Vec<u8>,
}

/// What came out of the seal: not verified yet.
#[derive(Debug)]
pub(crate) enum Opened {
    /// The contract's answer with the receipt that has to fit it.
    Answer(Response, SignedReceipt),
    /// The worker's own word.
    Worker(Response, Option<String>),
}

impl Request {
    /// A request. `method` is upper-case letters; `path` begins with `/` and may carry a query.
    pub fn new(method: &str, path: &str) -> Result<Self, Error> {
        if method.is_empty() || method.len() > MAX_METHOD || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Error::BadRequest(format!(
                "'{method}' is no method; methods are upper-case, such as GET or POST"
            )));
        }
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(Error::BadRequest(format!(
                "'{path}' is no path: it begins with / and has no spaces, '#' or characters outside ASCII (write them as %20 and so on)"
            )));
        }
        if path.len() > MAX_PATH {
            return Err(Error::BadRequest(format!("a path has at most {MAX_PATH} bytes")));
        }
        Ok(Self { method: method.into(), path: path.into(), fields: Fields::new(), content: Vec::new() })
    }

    /// A request with fields that are taken as they stand, as a bundle has them.
    pub(crate) fn from_parts(method: &str, path: &str, fields: Fields, content: &[u8]) -> Result<Self, Error> {
        Ok(Self { fields, ..Self::new(method, path)?.content(content) })
    }

    /// `GET path`.
    pub fn get(path: &str) -> Result<Self, Error> {
        Self::new("GET", path)
    }

    /// `POST path` with content.
    pub fn post(path: &str, content: impl Into<Vec<u8>>) -> Result<Self, Error> {
        Ok(Self::new("POST", path)?.content(content))
    }

    /// With this content.
    pub fn content(mut self, content: impl Into<Vec<u8>>) -> Self {
        self.content = content.into();
        self
    }

    /// With one more header field. The name is made lower-case; names that begin with `adyton-` are refused.
    pub fn field(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let name = name.to_ascii_lowercase();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(Error::BadRequest(format!("'{name}' cannot name a header field")));
        }
        if name.starts_with(RESERVED_PREFIX) {
            return Err(Error::BadRequest(format!("header fields that begin with {RESERVED_PREFIX} are reserved")));
        }
        if value.bytes().any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f) || value.trim() != value {
            return Err(Error::BadRequest(format!(
                "the value of the header field {name} has characters that do not belong there"
            )));
        }
        // One place is for the call's own field.
        if self.fields.len() + 1 >= MAX_FIELDS || name.len() + value.len() > MAX_FIELD {
            return Err(Error::BadRequest("too many or too long header fields".into()));
        }
        self.fields.push((name.into_bytes(), value.as_bytes().to_vec()));
        Ok(self)
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The header fields in order.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The content.
    pub fn body(&self) -> &[u8] {
        &self.content
    }

    /// The digest that the receipt has to name.
    pub fn digest(&self, network: &NetworkId, contract: &ContractId, id: &RequestId) -> Digest {
        let (method, path) = (self.method.as_bytes(), self.path.as_bytes());
        call::request_digest(network, contract, id, method, path, &self.fields, &self.content)
    }

    /// The Binary HTTP message that is sealed.
    pub(crate) fn encode(&self, call: &CallFields) -> Result<Vec<u8>, Error> {
        let authority = hex::encode(call.contract.0).into_bytes();
        let (method, path) = (self.method.clone().into_bytes(), self.path.clone().into_bytes());
        let mut message = Message::request(method, b"https".to_vec(), authority, path);
        for (name, value) in &self.fields {
            message.put_header(name.clone(), value.clone());
        }
        message.put_header(CALL_FIELD, hex::encode(call.encode()));
        message.write_content(&self.content);
        let mut out = Vec::with_capacity(self.content.len() + 1024);
        message.write_bhttp(Mode::KnownLength, &mut out).map_err(|error| Error::BadRequest(error.to_string()))?;
        Ok(out)
    }
}

impl Response {
    /// The digest that the receipt has to name.
    pub fn digest(&self, network: &NetworkId, request: &Digest) -> Digest {
        call::response_digest(network, request, self.status, &self.fields, &self.content)
    }

    /// The first field called `name` (lower-case).
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(found, _)| found == name.as_bytes()).map(|(_, value)| value.as_slice())
    }

    /// The content as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.content)
    }
}

impl Opened {
    /// Reads the Binary HTTP message that came out of the seal. `worker_speaks`: the path is one that the worker
    /// itself answers, so no receipt belongs to it.
    pub(crate) fn read(plain: &[u8], worker_speaks: bool) -> Result<Self, Error> {
        let message = read_message(plain)?;
        let ControlData::Response(status) = message.control() else { return Err(malformed("not a response")) };
        let head = (status.code(), fields(message.header()));
        Self::of(head, message.content().to_vec(), &fields(message.trailer()), worker_speaks)
    }

    /// The message of these parts.
    fn of(head: (u16, Fields), content: Vec<u8>, trailer: &Fields, worker_speaks: bool) -> Result<Self, Error> {
        let (status, header) = head;
        let error = error_code(&header)?;
        let response = Response { status, fields: bounded(header)?, content };
        if error.is_some() || worker_speaks {
            return Ok(Self::Worker(response, error));
        }
        if let Some(code) = error_code(trailer)? {
            return Ok(Self::Worker(broken_off(response.status, trailer)?, Some(code)));
        }
        let mut receipts = trailer.iter().filter(|(name, _)| name == RECEIPT_FIELD.as_bytes());
        let receipt = match (receipts.next(), receipts.next()) {
            (Some((_, receipt)), None) => receipt,
            (None, _) => return Err(Error::NoReceipt),
            (Some(_), Some(_)) => return Err(malformed("two receipts")),
        };
        if receipt.len() > MAX_RECEIPT * 4 / 3 + 4 {
            return Err(malformed("the receipt is too long"));
        }
        let receipt = URL_SAFE_NO_PAD.decode(receipt).map_err(|_| malformed("the receipt is not base64url"))?;
        let receipt = SignedReceipt::from_bytes(&receipt).map_err(|error| malformed(&error.to_string()))?;
        Ok(Self::Answer(response, receipt))
    }
}

/// Reads what came out of a seal and believes none of it: for the fuzz targets, which have no worker to ask.
#[doc(hidden)]
pub fn read_opened(plain: &[u8], worker_speaks: bool) -> Result<Response, Error> {
    match Opened::read(plain, worker_speaks)? {
        Opened::Answer(response, _) | Opened::Worker(response, _) => Ok(response),
    }
}

fn read_message(plain: &[u8]) -> Result<Message, Error> {
    bound_fields(Kind::Response, plain).map_err(|refusal| malformed(&refusal.to_string()))?;
    let mut cursor = std::io::Cursor::new(plain);
    let message = Message::read_bhttp(&mut cursor).map_err(|error| malformed(&error.to_string()))?;
    // RFC 9292 §3.8: zeros behind a message are padding; anything else is not.
    let end = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
    if plain.get(end..).unwrap_or_default().iter().any(|byte| *byte != 0) {
        return Err(malformed("bytes after the message"));
    }
    Ok(message)
}

fn fields(section: &FieldSection) -> Fields {
    section.fields().iter().map(|field| (field.name().to_vec(), field.value().to_vec())).collect()
}

/// The fields that the contract set: reserved ones are not among them.
fn bounded(mut header: Fields) -> Result<Fields, Error> {
    if header.iter().any(|(name, value)| name.len() + value.len() > MAX_FIELD) {
        return Err(malformed("a header field is too long"));
    }
    header.retain(|(name, _)| !name.starts_with(RESERVED_PREFIX.as_bytes()));
    Ok(header)
}

/// The code of what the worker says in the contract's place, if it does.
fn error_code(fields: &Fields) -> Result<Option<String>, Error> {
    let code = fields.iter().find(|(name, _)| name == ERROR_FIELD.as_bytes());
    let text = code.map(|(_, code)| String::from_utf8(code.clone()));
    text.transpose().map_err(|_| malformed("the error's code is no text"))
}

/// The worker's own word at the end of an answer that it could not finish.
fn broken_off(status: u16, trailer: &Fields) -> Result<Response, Error> {
    let content = trailer.iter().find(|(name, _)| name == ERROR_CONTENT_FIELD.as_bytes());
    let content = content.map(|(_, content)| URL_SAFE_NO_PAD.decode(content)).transpose();
    let content = content.map_err(|_| malformed("the error's content is not base64url"))?.unwrap_or_default();
    Ok(Response { status, fields: Fields::new(), content })
}

fn malformed(what: &str) -> Error {
    Error::Malformed(what.into())
}

#[cfg(test)]
mod tests;
