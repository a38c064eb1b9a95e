//! `fields` of `wasi:http/types`: header fields, well-formed, bounded, and none that belongs to the connection.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use wasmtime::component::{Linker, Resource};

use super::{
    bindings::wasi::http::types::HeaderError,
    interface::{Interface, Reply, reply, reply_bytes, trap},
};
use crate::{
    call::CallState,
    capability::http::is_connection_field,
    egress::{MAX_ANSWER_FIELDS, MAX_ANSWER_HEAD},
};

/// The field that says how long a message's content is.
pub(super) const CONTENT_LENGTH: &str = "content-length";

/// As how many bytes each entry of a list counts at least: as an empty one, it takes as many to pass.
const LEAST_PRICED: usize = 32;

type Own = Resource<Fields>;
type Changed = Result<(), HeaderError>;

pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut types = Interface::of(linker, "http/types")?;
    types.resource::<Fields>("fields")?;
    types.func("[constructor]fields", |call, ()| reply(call.wasi.table.push(Fields::default())?))?;
    types.func("[static]fields.from-list", from_list)?;
    types.func("[method]fields.get", |call, (this, name): (Own, String)| {
        let found = call.wasi.table.get(&this)?.get(&name);
        let bytes = name.len() + found.iter().map(Vec::len).sum::<usize>();
        reply_bytes(found, bytes)
    })?;
    types.func("[method]fields.has", |call, (this, name): (Own, String)| {
        reply_bytes(!call.wasi.table.get(&this)?.get(&name).is_empty(), name.len())
    })?;
    types.func("[method]fields.set", |call, (this, name, values): (Own, String, Vec<Vec<u8>>)| {
        let bytes = name.len() + values.iter().map(|value| value.len().max(LEAST_PRICED)).sum::<usize>();
        reply_bytes(call.wasi.table.get_mut(&this)?.set(&name, &values)?, bytes)
    })?;
    types.func("[method]fields.delete", |call, (this, name): (Own, String)| {
        reply_bytes(call.wasi.table.get_mut(&this)?.set(&name, &[])?, name.len())
    })?;
    types.func("[method]fields.append", |call, (this, name, value): (Own, String, Vec<u8>)| {
        let bytes = name.len() + value.len();
        reply_bytes(call.wasi.table.get_mut(&this)?.append(&name, &value)?, bytes)
    })?;
    types.func("[method]fields.entries", |call, (this,): (Own,)| {
        let fields = call.wasi.table.get(&this)?;
        reply_bytes(fields.entries(), fields.size())
    })?;
    types.func("[method]fields.clone", |call, (this,): (Own,)| {
        let fields = call.wasi.table.get(&this)?.clone();
        let size = fields.size();
        reply_bytes(call.wasi.table.push(Fields { fixed: false, ..fields })?, size)
    })
}

fn from_list(call: &mut CallState, (list,): (Vec<(String, Vec<u8>)>,)) -> Reply<(Result<Own, HeaderError>,)> {
    let bytes = list.iter().map(|(name, value)| (name.len() + value.len()).max(LEAST_PRICED)).sum();
    let mut fields = Fields::default();
    for (name, value) in &list {
        if let Err(error) = fields.append(name, value)? {
            return reply_bytes(Err(error), bytes);
        }
    }
    reply_bytes(Ok(call.wasi.table.push(fields)?), bytes)
}

/// Header fields in their order, names in lower case. A copy shares them until one of the two changes.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    list: Arc<Vec<(HeaderName, HeaderValue)>>,
    /// Whether they are a message's, which the guest cannot change.
    fixed: bool,
}

impl Fields {
    /// Those of a message that came in. What belongs to its connection does not concern the guest.
    pub(super) fn incoming<'a>(fields: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        let parsed = fields.filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
        });
        let list = parsed.filter(|(name, _)| !is_connection_field(name.as_str())).collect();
        Self { list: Arc::new(list), fixed: true }
    }

    /// The same, to be read only.
    pub(super) fn fixed(&self) -> Self {
        Self { fixed: true, ..self.clone() }
    }

    /// Names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.list.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    /// Bytes of names and values.
    pub(super) fn size(&self) -> usize {
        self.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What `content-length` says (RFC 9110 §8.6); an error if it is no number, or several.
    pub(super) fn content_length(&self) -> Result<Option<u64>, ()> {
        let mut found: Option<u64> = None;
        for (_, value) in self.iter().filter(|(name, _)| *name == CONTENT_LENGTH) {
            let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            let number = digits.and_then(|digits| digits.parse().ok()).ok_or(())?;
            if found.is_some_and(|other| other != number) {
                return Err(());
            }
            found = Some(number);
        }
        Ok(found)
    }

    fn get(&self, name: &str) -> Vec<Vec<u8>> {
        let wanted = |found: &(&str, &[u8])| found.0.eq_ignore_ascii_case(name);
        self.iter().filter(wanted).map(|(_, value)| value.to_vec()).collect()
    }

    fn entries(&self) -> Vec<(String, Vec<u8>)> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
    }

    /// Puts `values` in the place of all values of `name`. The outer error ends the call.
    fn set(&mut self, name: &str, values: &[Vec<u8>]) -> wasmtime::Result<Changed> {
        let (name, values) = match self.checked(name, values) {
            Ok(checked) => checked,
            Err(error) => return Ok(Err(error)),
        };
        let mut list: Vec<_> = self.list.iter().filter(|(other, _)| *other != name).cloned().collect();
        list.extend(values.into_iter().map(|value| (name.clone(), value)));
        self.replace(list)
    }

    fn append(&mut self, name: &str, value: &[u8]) -> wasmtime::Result<Changed> {
        let (name, values) = match self.checked(name, &[value]) {
            Ok(checked) => checked,
            Err(error) => return Ok(Err(error)),
        };
        let list = self.list.iter().cloned().chain(values.into_iter().map(|value| (name.clone(), value))).collect();
        self.replace(list)
    }

    fn checked<V: AsRef<[u8]>>(&self, name: &str, values: &[V]) -> Result<(HeaderName, Vec<HeaderValue>), HeaderError> {
        if self.fixed {
            return Err(HeaderError::Immutable);
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderError::InvalidSyntax)?;
        if is_forbidden(name.as_str()) {
            return Err(HeaderError::Forbidden);
        }
        let value = |value: &V| HeaderValue::from_bytes(value.as_ref()).map_err(|_| HeaderError::InvalidSyntax);
        Ok((name, values.iter().map(value).collect::<Result<_, _>>()?))
    }

    fn replace(&mut self, list: Vec<(HeaderName, HeaderValue)>) -> wasmtime::Result<Changed> {
        let changed = Self { list: Arc::new(list), fixed: false };
        if changed.list.len() > MAX_ANSWER_FIELDS || changed.size() > MAX_ANSWER_HEAD {
            return trap(format!("more than {MAX_ANSWER_FIELDS} header fields, or {MAX_ANSWER_HEAD} bytes of them"));
        }
        *self = changed;
        Ok(Ok(()))
    }
}

/// Fields that frame a message or name its connection's other end are the worker's.
fn is_forbidden(name: &str) -> bool {
    is_connection_field(name) || matches!(name, "host" | "expect" | "http2-settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(list: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in list {
            assert!(matches!(fields.append(name, value.as_bytes()), Ok(Ok(()))), "{name}: {value}");
        }
        fields
    }

    #[test]
    fn names_and_values_that_are_malformed_are_refused() {
        let mut fields = Fields::default();
        for (name, value) in [("", "x"), ("a b", "x"), ("a:", "x"), ("a", "x\r\nb: c"), ("a", "x\0")] {
            let refused = fields.append(name, value.as_bytes()).expect("the call goes on");
            assert!(matches!(refused, Err(HeaderError::InvalidSyntax)), "{name}: {value}");
        }
        assert!(fields.is_empty());
    }

    #[test]
    fn fields_of_the_connection_are_forbidden() {
        let mut fields = Fields::default();
        for name in ["Host", "connection", "Transfer-Encoding", "upgrade", "expect", "http2-settings"] {
            assert!(matches!(fields.append(name, b"x"), Ok(Err(HeaderError::Forbidden))), "{name}");
            assert!(matches!(fields.set(name, &[b"x".to_vec()]), Ok(Err(HeaderError::Forbidden))), "{name}");
        }
    }

    #[test]
    fn fields_of_a_message_cannot_be_changed_but_their_copy_can() {
        let mut fixed = fields(&[("a", "1")]).fixed();
        assert!(matches!(fixed.append("b", b"2"), Ok(Err(HeaderError::Immutable))));
        assert!(matches!(fixed.set("a", &[]), Ok(Err(HeaderError::Immutable))));
        let mut copy = Fields { fixed: false, ..fixed.clone() };
        assert!(matches!(copy.set("a", &[]), Ok(Ok(()))));
        assert_eq!((fixed.get("A").len(), copy.get("a").len()), (1, 0));
    }

    #[test]
    fn more_fields_or_bytes_than_a_message_may_have_end_the_call() {
        let mut many = Fields::default();
        (0..MAX_ANSWER_FIELDS).for_each(|_| assert!(matches!(many.append("a", b"b"), Ok(Ok(())))));
        assert!(many.append("a", b"b").is_err());
        assert!(Fields::default().append("a", &vec![b'b'; MAX_ANSWER_HEAD]).is_err());
    }

    #[test]
    fn a_length_that_is_no_number_or_several_is_refused() {
        assert_eq!(fields(&[("content-length", "12"), ("Content-Length", "12")]).content_length(), Ok(Some(12)));
        assert_eq!(fields(&[]).content_length(), Ok(None));
        for list in [&[("content-length", "+1")][..], &[("content-length", "1"), ("content-length", "2")]] {
            assert_eq!(fields(list).content_length(), Err(()));
        }
    }

    #[test]
    fn what_came_in_comes_without_the_fields_of_its_connection() {
        let came = [("connection", "close"), ("x-a", "1"), ("transfer-encoding", "chunked")];
        let fields = Fields::incoming(came.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
        assert_eq!(fields.entries(), [("x-a".to_owned(), b"1".to_vec())]);
    }
}
