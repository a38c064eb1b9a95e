//! A private call's fields, digests and the caller's authorization.
//!
//! The call itself is Oblivious HTTP (RFC 9458) of Binary HTTP (RFC 9292); one field inside, [`CALL_FIELD`],
//! carries [`CallFields`]. The page in `specs/sealed-call.md` walks through it.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
    domain,
    ids::{AccountId, CodeHash, ContractId, Digest, NetworkId, RequestId},
};

/// The Binary HTTP field that carries [`CallFields`], SCALE-encoded, as lower-case hexadecimal.
pub const CALL_FIELD: &str = "adyton-call";
/// The trailer field of the sealed answer that carries the [`crate::receipt::SignedReceipt`], as base64url
/// without padding.
pub const RECEIPT_FIELD: &str = "adyton-receipt";
/// Set, to its code, on an answer that comes from the worker and not from the contract.
pub const ERROR_FIELD: &str = "adyton-error";
/// Beside [`ERROR_FIELD`] in the trailer of an answer that broke off after it began: what the content of the worker's own
/// answer would have been, as base64url without padding.
pub const ERROR_CONTENT_FIELD: &str = "adyton-error-content";
/// Set, to `1`, on a public call whose answer is wanted as it comes, with the receipt in the trailer.
pub const STREAM_FIELD: &str = "adyton-stream";
/// No contract sees or sets a field whose name begins like this.
pub const RESERVED_PREFIX: &str = "adyton-";
/// Paths that begin like this are answered by the worker, not by the contract.
pub const RESERVED_PATH: &str = "/.adyton/";

/// The most bytes of a sealed request or answer.
pub const MAX_SEALED: usize = 18 * 1024 * 1024;
/// The most bytes of one chunk inside its seal, of a request or answer that is sealed in chunks.
pub const MAX_CHUNK: usize = 16 * 1024;
/// The media type of a request that is sealed in chunks, which asks for an answer in chunks.
pub const CHUNKED_REQUEST: &str = "message/ohttp-chunked-req";
/// The media type of an answer that is sealed in chunks.
pub const CHUNKED_ANSWER: &str = "message/ohttp-chunked-res";
/// The media type of a public call that is posted as what a seal would have inside, and of its answer (RFC 9292).
pub const OPEN_MESSAGE: &str = "message/bhttp";
/// The most seconds between now and a call's not-after.
pub const MAX_LIFETIME: u64 = 300;
/// The most fields of a request or response, and the most bytes of one name and value together.
pub const MAX_FIELDS: usize = 128;
/// See [`MAX_FIELDS`].
pub const MAX_FIELD: usize = 16 * 1024;
/// OHTTP key identifier of the X25519 key of a worker's boot. X-Wing will use [`OHTTP_KEY_XWING`].
pub const OHTTP_KEY: u8 = 1;
/// Reserved: X25519 with ML-KEM-768.
pub const OHTTP_KEY_XWING: u8 = 2;

/// What the client fixes about a call, inside the seal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CallFields {
    /// The network that the client means.
    pub network: NetworkId,
    /// The contract.
    pub contract: ContractId,
    /// The code that the client saw; another one is refused, not run.
    pub code: CodeHash,
    /// The lease that the client saw.
    pub lease: u64,
    /// Names the call; a retry with the same one gets the stored answer.
    pub request_id: RequestId,
    /// Unix seconds after which the worker refuses the call; at most [`MAX_LIFETIME`] ahead.
    pub not_after: u64,
    /// Who calls, if they want to say.
    pub caller: Option<CallerAuthorization>,
}

/// An account's signature over [`caller_message`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct CallerAuthorization {
    /// The account.
    pub account: AccountId,
    /// How it signs.
    pub scheme: AccountScheme,
    /// 64 bytes, in the scheme's own encoding.
    pub signature: [u8; 64],
}

/// Signature schemes of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum AccountScheme {
    /// Schnorr over Ristretto with the context `substrate`.
    #[codec(index = 0)]
    Sr25519,
    /// Ed25519 (RFC 8032).
    #[codec(index = 1)]
    Ed25519,
}

/// Names and values of a message's fields in order; names are lower-case, reserved ones left out.
pub type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// A request's digest. It covers everything the contract sees of it, and its identifier.
pub fn request_digest(
    network: &NetworkId,
    contract: &ContractId,
    request_id: &RequestId,
    method: &[u8],
    path: &[u8],
    fields: &Fields,
    content: &[u8],
) -> Digest {
    let fields = fields.encode();
    Digest(domain::bound(domain::REQUEST, network, &[&contract.0, &request_id.0, method, path, &fields, content]))
}

/// A response's digest, bound to the request it answers. Trailer fields are not part of it.
pub fn response_digest(network: &NetworkId, request: &Digest, status: u16, fields: &Fields, content: &[u8]) -> Digest {
    let fields = fields.encode();
    Digest(domain::bound(domain::RESPONSE, network, &[&request.0, &status.to_le_bytes(), &fields, content]))
}

/// What an account signs to show itself to a contract.
pub fn caller_message(network: &NetworkId, contract: &ContractId, request: &Digest, not_after: u64) -> Vec<u8> {
    domain::encode_bound(domain::CALLER, network, &[&contract.0, &request.0, &not_after.to_le_bytes()])
}

/// The digest of a call that a contract reports to the chain, bound to its number.
pub fn report_digest(network: &NetworkId, contract: &ContractId, number: u64, call: &[u8]) -> Digest {
    Digest(domain::bound(domain::REPORT, network, &[&contract.0, &number.to_le_bytes(), call]))
}

impl CallFields {
    /// Decodes exactly one value; more or fewer bytes are refused.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        if bytes.len() > Self::max_encoded_len() {
            return None;
        }
        let fields = Self::decode(&mut bytes).ok()?;
        bytes.is_empty().then_some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn digest(method: &[u8], path: &[u8], fields: &Fields, content: &[u8], id: u8) -> Digest {
        request_digest(&NetworkId([1; 32]), &ContractId([2; 32]), &RequestId([id; 16]), method, path, fields, content)
    }

    #[test]
    fn each_part_of_a_request_changes_its_digest() {
        let fields: Fields = vec![(b"a".to_vec(), b"b".to_vec())];
        let base = digest(b"POST", b"/x", &fields, b"body", 3);
        assert_ne!(base, digest(b"PUT", b"/x", &fields, b"body", 3));
        assert_ne!(base, digest(b"POST", b"/y", &fields, b"body", 3));
        assert_ne!(base, digest(b"POST", b"/x", &vec![], b"body", 3));
        assert_ne!(base, digest(b"POST", b"/x", &fields, b"bodyy", 3));
        assert_ne!(base, digest(b"POST", b"/x", &fields, b"body", 4));
    }

    #[test]
    fn call_fields_with_trailing_or_missing_bytes_are_refused() {
        let fields = CallFields {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            code: CodeHash([3; 32]),
            lease: 4,
            request_id: RequestId([5; 16]),
            not_after: 6,
            caller: None,
        };
        let mut bytes = fields.encode();
        assert_eq!(CallFields::from_bytes(&bytes), Some(fields));
        assert_eq!(CallFields::from_bytes(&bytes[1..]), None);
        bytes.push(0);
        assert_eq!(CallFields::from_bytes(&bytes), None);
    }
}
