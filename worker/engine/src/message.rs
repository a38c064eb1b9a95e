//! Requests to a contract and its responses, as bytes outside and as text inside.

use adyton_protocol::{call::Fields, manifest::Limits, receipt::Transition};
use http::{HeaderName, HeaderValue};

use crate::{
    bindings::{exports::phat::contract::service, phat::contract::types::Field},
    call::Exceeded,
    capability::http::{is_connection_field, latin1},
    outcome::Limit,
};

/// The most header fields of a response.
const MAX_FIELDS: usize = 64;
/// The most bytes of a response's header fields.
const MAX_FIELD_BYTES: usize = 16 * 1024;

/// A request to a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header fields, names in lower case, without those that the contract must not see.
    pub fields: Fields,
    /// The content.
    pub body: Vec<u8>,
}

/// What a call asks of a contract.
#[derive(Debug, Clone)]
pub enum Ask {
    /// To answer a request.
    Answer(Request),
    /// To make its own `init` or `migrate`, which answers with status 204 and nothing else.
    Transition(Transition),
}

impl Ask {
    /// Bytes that it brings to the contract.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Answer(request) => request.size(),
            Self::Transition(_) => 0,
        }
    }
}

impl From<Request> for Ask {
    fn from(request: Request) -> Self {
        Self::Answer(request)
    }
}

impl From<Transition> for Ask {
    fn from(transition: Transition) -> Self {
        Self::Transition(transition)
    }
}

/// A contract's response, checked: its size is within the limits and each field is well-formed, its name in
/// lower case, and neither the connection's nor Adyton's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code, 200 to 599.
    pub status: u16,
    /// Header fields in the contract's order.
    pub fields: Fields,
    /// The content.
    pub body: Vec<u8>,
}

/// Why a contract's response is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InvalidResponse {
    Exceeded(Limit),
    Malformed(String),
}

impl Request {
    /// The bytes that are paid for.
    pub(crate) fn size(&self) -> usize {
        self.method.len() + self.path.len() + field_bytes(&self.fields) + self.body.len()
    }

    pub(crate) fn into_guest(self) -> service::Request {
        let text = |bytes: Vec<u8>| bytes.into_iter().map(char::from).collect();
        let field = |(name, value)| Field { name: text(name), value: text(value) };
        service::Request {
            method: self.method,
            path: self.path,
            headers: self.fields.into_iter().map(field).collect(),
            body: self.body,
        }
    }
}

impl Response {
    /// The bytes that are paid for.
    pub(crate) fn size(&self) -> usize {
        field_bytes(&self.fields) + self.body.len()
    }

    pub(crate) fn from_guest(response: service::Response, limits: &Limits) -> Result<Self, InvalidResponse> {
        let mut whole = Self::head(response.status, &response.headers)?;
        whole.extend(response.body, limits)?;
        Ok(whole)
    }

    /// One that has no content yet.
    pub(crate) fn head(status: u16, headers: &[Field]) -> Result<Self, InvalidResponse> {
        if !(200..=599).contains(&status) {
            return malformed(format!("{status} is not the status of a response"));
        }
        if headers.len() > MAX_FIELDS {
            return malformed(format!("the response has more than {MAX_FIELDS} header fields"));
        }
        let fields = headers.iter().map(field).collect::<Result<Fields, _>>()?;
        if field_bytes(&fields) > MAX_FIELD_BYTES {
            return malformed(format!("the response has more than {MAX_FIELD_BYTES} bytes of header fields"));
        }
        Ok(Self { status, fields, body: Vec::new() })
    }

    /// With more content; unchanged where that is too much.
    pub(crate) fn extend(&mut self, content: Vec<u8>, limits: &Limits) -> Result<(), InvalidResponse> {
        if self.body.len().saturating_add(content.len()) > limits.response as usize {
            return Err(InvalidResponse::Exceeded(Limit::Response));
        }
        match self.body.is_empty() {
            true => self.body = content,
            false => self.body.extend_from_slice(&content),
        }
        Ok(())
    }
}

impl InvalidResponse {
    /// How it ends the call.
    pub(crate) fn into_error(self) -> wasmtime::Error {
        match self {
            Self::Exceeded(limit) => Exceeded(limit).into(),
            Self::Malformed(reason) => wasmtime::Error::msg(reason),
        }
    }
}

fn field(field: &Field) -> Result<(Vec<u8>, Vec<u8>), InvalidResponse> {
    let Ok(name) = HeaderName::from_bytes(field.name.as_bytes()) else {
        return malformed("the name of a response's field is malformed".into());
    };
    let reserved = name.as_str().starts_with(adyton_protocol::call::RESERVED_PREFIX);
    if reserved || is_connection_field(name.as_str()) || name == http::header::CONTENT_LENGTH {
        return malformed(format!("the field {name} is not the contract's to set"));
    }
    match latin1(&field.value).and_then(|bytes| HeaderValue::from_bytes(&bytes).ok()) {
        Some(value) => Ok((name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec())),
        None => malformed(format!("the value of the field {name} is malformed")),
    }
}

fn malformed<T>(reason: String) -> Result<T, InvalidResponse> {
    Err(InvalidResponse::Malformed(reason))
}

fn field_bytes(fields: &Fields) -> usize {
    fields.iter().map(|(name, value)| name.len() + value.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(change: impl FnOnce(&mut service::Response)) -> Result<Response, InvalidResponse> {
        let mut response = service::Response { status: 200, headers: Vec::new(), body: Vec::new() };
        change(&mut response);
        Response::from_guest(response, &Limits { response: 10, ..Limits::default() })
    }

    fn field(name: &str, value: &str) -> Field {
        Field { name: name.into(), value: value.into() }
    }

    #[test]
    fn a_response_larger_than_its_limit_is_refused() {
        assert!(response(|r| r.body = vec![0; 10]).is_ok());
        assert_eq!(response(|r| r.body = vec![0; 11]), Err(InvalidResponse::Exceeded(Limit::Response)));
    }

    #[test]
    fn a_status_that_no_response_has_is_refused() {
        for status in [0, 100, 199, 600] {
            assert!(matches!(response(|r| r.status = status), Err(InvalidResponse::Malformed(_))), "{status}");
        }
    }

    #[test]
    fn a_contract_cannot_set_the_connections_fields_or_adytons() {
        for name in ["adyton-receipt", "Adyton-Error", "transfer-encoding", "content-length", "connection", "a b", ""] {
            assert!(
                matches!(response(|r| r.headers = vec![field(name, "x")]), Err(InvalidResponse::Malformed(_))),
                "{name}"
            );
        }
    }

    #[test]
    fn too_many_or_too_long_fields_and_split_values_are_refused() {
        assert!(response(|r| r.headers = vec![field("a", "b"); 65]).is_err());
        assert!(response(|r| r.headers = vec![field("a", &"b".repeat(MAX_FIELD_BYTES))]).is_err());
        assert!(response(|r| r.headers = vec![field("a", "b\r\nc: d")]).is_err());
    }

    #[test]
    fn names_leave_in_lower_case_and_values_byte_for_byte() {
        let response = response(|r| r.headers = vec![field("X-Name", "caf\u{e9}")]).expect("well-formed");
        assert_eq!(response.fields, vec![(b"x-name".to_vec(), b"caf\xe9".to_vec())]);
    }
}
