//! Reads a call: Binary HTTP (RFC 9292) with the call's own field inside, checked against the contract that
//! it was posted to before anything runs.

use adyton_protocol::{
    call::{self, CALL_FIELD, CallFields, Fields, MAX_FIELD, MAX_FIELDS, MAX_LIFETIME, RESERVED_PREFIX},
    framing::{FramingRefusal, Kind, bound_fields},
    ids::{CodeHash, ContractId, Digest, NetworkId},
};
use bhttp::{ControlData, Message};

use crate::error::Refusal;

/// A call, read and bounded, not yet checked against anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What the client fixed.
    pub fields: CallFields,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The fields that the contract sees.
    pub headers: Fields,
    /// The content.
    pub content: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
    /// Whether the worker drew the request id for this call: nobody can have asked with it before.
    pub fresh: bool,
}

/// What a call must name to be run here.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// The network of this worker.
    pub network: NetworkId,
    /// The contract that the call was posted to.
    pub contract: ContractId,
    /// Its code in force.
    pub code: CodeHash,
    /// The lease in force.
    pub lease: u64,
    /// Unix seconds now.
    pub now: u64,
}

impl Call {
    /// Reads the Binary HTTP request inside a seal.
    pub fn read(plain: &[u8]) -> Result<Self, Refusal> {
        bound_fields(Kind::Request, plain).map_err(unframed)?;
        let mut cursor = std::io::Cursor::new(plain);
        let message = Message::read_bhttp(&mut cursor).map_err(|error| malformed(error.to_string()))?;
        // RFC 9292 §3.8 allows zeros behind a message: padding.
        let rest = plain.get(usize::try_from(cursor.position()).unwrap_or(usize::MAX)..).unwrap_or_default();
        if rest.iter().any(|byte| *byte != 0) {
            return Err(malformed("bytes after the message"));
        }
        if !message.trailer().is_empty() || !message.informational().is_empty() {
            return Err(malformed("a request has no trailer"));
        }
        let ControlData::Request { method, path, .. } = message.control() else {
            return Err(malformed("not a request"));
        };
        let fields = message.header().fields().iter().map(|field| (field.name(), field.value()));
        Self::of(method, path, fields, message.content())
    }

    /// A call of these parts; `adyton-call` is among the fields.
    pub fn of<'a>(
        method: &[u8],
        path: &[u8],
        all: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        content: &[u8],
    ) -> Result<Self, Refusal> {
        let Bounded { method, path, headers, own } = Bounded::new(method, path, all)?;
        let own = own.ok_or_else(|| malformed("the field adyton-call is missing"))?;
        let own = hex::decode(own).map_err(|_| malformed("adyton-call is not hexadecimal"))?;
        let fields = CallFields::from_bytes(&own).ok_or_else(|| malformed("adyton-call does not decode"))?;
        Ok(Self::own(fields, method, path, headers, content.to_vec()))
    }

    /// A call of these parts, whose client fixed nothing; `adyton-call` is not among the fields.
    pub fn with<'a>(
        fields: CallFields,
        method: &[u8],
        path: &[u8],
        all: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        content: &[u8],
    ) -> Result<Self, Refusal> {
        let Bounded { method, path, headers, own } = Bounded::new(method, path, all)?;
        match own {
            None => Ok(Self::own(fields, method, path, headers, content.to_vec())),
            Some(_) => Err(malformed("the field adyton-call does not belong here")),
        }
    }

    /// A call of these parts: of the worker's own, the header fields may be reserved ones.
    pub fn own(fields: CallFields, method: String, path: String, headers: Fields, content: Vec<u8>) -> Self {
        let digest = call::request_digest(
            &fields.network,
            &fields.contract,
            &fields.request_id,
            method.as_bytes(),
            path.as_bytes(),
            &headers,
            &content,
        );
        Self { fields, method, path, headers, content, digest, fresh: false }
    }

    /// Refuses a call that is meant for anything else than what is here, or for another time.
    pub fn check(&self, expected: &Expected) -> Result<(), Refusal> {
        let fields = &self.fields;
        if fields.network != expected.network {
            return Err(Refusal::WrongNetwork);
        }
        if fields.contract != expected.contract {
            return Err(Refusal::WrongContract);
        }
        if fields.code != expected.code {
            return Err(Refusal::WrongCode);
        }
        if fields.lease != expected.lease {
            return Err(Refusal::WrongLease);
        }
        if expected.now > fields.not_after {
            return Err(Refusal::Expired);
        }
        if fields.not_after > expected.now.saturating_add(MAX_LIFETIME) {
            return Err(Refusal::TooFarAhead(MAX_LIFETIME));
        }
        Ok(())
    }
}

/// A request's parts but its content, bounded.
struct Bounded<'a> {
    method: String,
    path: String,
    headers: Fields,
    /// The value of `adyton-call`, which is none of the headers.
    own: Option<&'a [u8]>,
}

impl<'a> Bounded<'a> {
    fn new(method: &[u8], path: &[u8], all: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Result<Self, Refusal> {
        let (method, path) = (text(method, 16, "method")?, text(path, 8 * 1024, "path")?);
        if !path.starts_with('/') || method.is_empty() || !method.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(malformed("method or path"));
        }
        let mut own = None;
        let mut headers = Fields::new();
        for (count, (name, value)) in all.enumerate() {
            if count >= MAX_FIELDS || name.len() + value.len() > MAX_FIELD {
                return Err(Refusal::TooLarge("field section"));
            }
            if name == CALL_FIELD.as_bytes() {
                if own.replace(value).is_some() {
                    return Err(malformed("the field adyton-call stands twice"));
                }
            } else if name.starts_with(RESERVED_PREFIX.as_bytes()) || name.iter().any(u8::is_ascii_uppercase) {
                return Err(malformed("a reserved or upper-case field name"));
            } else {
                headers.push((name.to_vec(), value.to_vec()));
            }
        }
        Ok(Self { method, path, headers, own })
    }
}

fn unframed(refusal: FramingRefusal) -> Refusal {
    match refusal {
        FramingRefusal::TooManyFields => Refusal::TooLarge("field section"),
        FramingRefusal::NotA(_) | FramingRefusal::Informational => malformed(refusal.to_string()),
    }
}

fn malformed(reason: impl Into<String>) -> Refusal {
    Refusal::Malformed(reason.into())
}

fn text(bytes: &[u8], most: usize, what: &'static str) -> Result<String, Refusal> {
    if bytes.len() > most {
        return Err(Refusal::TooLarge(what));
    }
    let plain = bytes.iter().all(|byte| byte.is_ascii_graphic());
    let text = std::str::from_utf8(bytes).ok().filter(|_| plain);
    text.map(str::to_owned).ok_or_else(|| malformed(format!("the {what} has characters that do not belong there")))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use adyton_protocol::ids::RequestId;
    use bhttp::Mode;
    use codec::Encode;

    pub(crate) fn fields() -> CallFields {
        CallFields {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            code: CodeHash([3; 32]),
            lease: 4,
            request_id: RequestId([5; 16]),
            not_after: 1000,
            caller: None,
        }
    }

    /// A call's plaintext.
    pub(crate) fn plain() -> Vec<u8> {
        bytes(&message(&[]))
    }

    fn expected() -> Expected {
        Expected {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            code: CodeHash([3; 32]),
            lease: 4,
            now: 900,
        }
    }

    fn message(extra: &[(&str, &str)]) -> Message {
        let mut message = Message::request(b"POST".to_vec(), b"https".to_vec(), b"c".to_vec(), b"/x?y=1".to_vec());
        message.put_header(CALL_FIELD, hex::encode(fields().encode()));
        for (name, value) in extra {
            message.put_header(*name, *value);
        }
        message.write_content(b"content");
        message
    }

    fn bytes(message: &Message) -> Vec<u8> {
        let mut out = Vec::new();
        message.write_bhttp(Mode::KnownLength, &mut out).expect("writes");
        out
    }

    fn refused(message: &Message) -> Refusal {
        Call::read(&bytes(message)).expect_err("must be refused")
    }

    #[test]
    fn a_call_is_read_with_its_digest_and_without_our_own_field() {
        let call = Call::read(&bytes(&message(&[("accept", "*/*")]))).expect("reads");
        assert_eq!((call.method.as_str(), call.path.as_str(), &call.content[..]), ("POST", "/x?y=1", &b"content"[..]));
        assert_eq!(call.headers, vec![(b"accept".to_vec(), b"*/*".to_vec())]);
        call.check(&expected()).expect("is for us");
    }

    #[test]
    fn padding_with_zeros_is_allowed_and_other_bytes_are_not() {
        let mut padded = bytes(&message(&[]));
        padded.extend([0; 100]);
        assert!(Call::read(&padded).is_ok());
        padded.push(1);
        assert!(matches!(Call::read(&padded), Err(Refusal::Malformed(_))));
    }

    #[test]
    fn every_truncation_is_refused() {
        let whole = bytes(&message(&[]));
        // Content with its length, and the trailer's length: RFC 9292 §3.8 lets a message end before either, and
        // what ends after its fields is another request, with no content. The seal keeps others from making it one.
        let fields_end = whole.len() - 1 - (1 + b"content".len());
        for end in (0..whole.len() - 1).filter(|end| *end != fields_end) {
            assert!(Call::read(&whole[..end]).is_err(), "{end}");
        }
        assert!(Call::read(&whole[..fields_end]).expect("reads").content.is_empty());
    }

    #[test]
    fn a_missing_or_repeated_call_field_is_refused() {
        let mut missing = Message::request(b"GET".to_vec(), b"https".to_vec(), b"c".to_vec(), b"/".to_vec());
        missing.write_content(b"");
        assert!(matches!(refused(&missing), Refusal::Malformed(_)));
        assert!(matches!(refused(&message(&[(CALL_FIELD, "00")])), Refusal::Malformed(_)));
    }

    #[test]
    fn a_call_whose_client_fixed_nothing_has_no_field_that_says_so() {
        let of = |all: &[(&'static [u8], &'static [u8])]| Call::with(fields(), b"GET", b"/x", all.iter().copied(), b"");
        let call = of(&[(b"accept".as_slice(), b"*/*".as_slice())]).expect("reads");
        assert_eq!((call.fields, call.headers), (fields(), vec![(b"accept".to_vec(), b"*/*".to_vec())]));
        assert!(matches!(of(&[(b"adyton-call".as_slice(), b"00".as_slice())]), Err(Refusal::Malformed(_))));
        assert!(matches!(of(&[(b"adyton-receipt".as_slice(), b"x".as_slice())]), Err(Refusal::Malformed(_))));
    }

    #[test]
    fn a_reserved_field_is_refused() {
        assert!(matches!(refused(&message(&[("adyton-receipt", "x")])), Refusal::Malformed(_)));
    }

    #[test]
    fn too_many_or_too_large_fields_are_refused() {
        let large = "x".repeat(MAX_FIELD);
        assert_eq!(refused(&message(&[("a", &large)])), Refusal::TooLarge("field section"));
        let many: Vec<(&str, &str)> = vec![("a", "b"); MAX_FIELDS];
        assert_eq!(refused(&message(&many)), Refusal::TooLarge("field section"));
    }

    #[test]
    fn a_response_in_place_of_a_request_is_refused() {
        let response = Message::response(bhttp::StatusCode::OK);
        assert!(matches!(refused(&response), Refusal::Malformed(_)));
    }

    #[test]
    fn a_call_for_another_network_contract_code_or_lease_is_refused() {
        let call = Call::read(&bytes(&message(&[]))).expect("reads");
        let other = |change: fn(&mut Expected)| {
            let mut expected = expected();
            change(&mut expected);
            call.check(&expected).expect_err("must be refused")
        };
        assert_eq!(other(|e| e.network = NetworkId([9; 32])), Refusal::WrongNetwork);
        assert_eq!(other(|e| e.contract = ContractId([9; 32])), Refusal::WrongContract);
        assert_eq!(other(|e| e.code = CodeHash([9; 32])), Refusal::WrongCode);
        assert_eq!(other(|e| e.lease = 9), Refusal::WrongLease);
    }

    #[test]
    fn an_expired_call_and_one_from_too_far_ahead_are_refused() {
        let call = Call::read(&bytes(&message(&[]))).expect("reads");
        assert_eq!(call.check(&Expected { now: 1001, ..expected() }), Err(Refusal::Expired));
        assert_eq!(call.check(&Expected { now: 1000, ..expected() }), Ok(()));
        assert_eq!(call.check(&Expected { now: 699, ..expected() }), Err(Refusal::TooFarAhead(MAX_LIFETIME)));
    }
}
