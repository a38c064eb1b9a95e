//! Webhooks: requests that somebody else's service signs and sends to a contract without a seal. What the manifest
//! says of one, and how a delivery is named. The worker checks the signature; the page in `specs/webhook.md` says how.

use alloc::{string::String, vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{
    call::{Fields, RESERVED_PATH},
    domain,
    ids::{ContractId, Digest, NetworkId, RequestId},
    path, secret,
};

/// The field of a delivery's request that carries the webhook's path. Nobody else can set it: it is reserved.
pub const FIELD: &str = "adyton-webhook";
/// The most webhooks of a contract.
pub const MAX_WEBHOOKS: usize = 8;
/// The longest path, in bytes.
pub const MAX_PATH: usize = 256;
/// How many seconds a signed time may be before or after the worker's own.
pub const TOLERANCE: u64 = 300;

/// A path of the contract that takes signed deliveries, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The path, exactly, without a query.
    pub path: String,
    /// Who signs, and how.
    pub scheme: Scheme,
    /// The name of the contract's secret that has the key.
    pub secret: String,
}

/// How a delivery is signed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// GitHub's: `x-hub-signature-256`, HMAC-SHA256 over the content. It signs no time.
    #[codec(index = 0)]
    Github,
    /// Stripe's: `stripe-signature`, HMAC-SHA256 over time, `.` and content.
    #[codec(index = 1)]
    Stripe,
    /// Standard Webhooks 1.0: HMAC-SHA256 over id, `.`, time, `.` and content.
    #[codec(index = 2)]
    Standard,
    /// Discord's: Ed25519 over time and content. The key is public.
    #[codec(index = 3)]
    Discord,
}

impl Webhook {
    /// Whether the path is one that a webhook may have: visible ASCII from `/` on, without `?`, `#`, `%`, `\` and the
    /// segments `.` and `..`, not the worker's own.
    pub fn has_path(&self) -> bool {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#');
        self.path.len() <= MAX_PATH
            && self.path.starts_with('/')
            && !self.path.starts_with(RESERVED_PATH)
            && self.path.bytes().all(plain)
            && path::is_plain(&self.path)
    }

    /// Whether the secret's name may name a secret.
    pub fn has_secret(&self) -> bool {
        secret::check_name(&self.secret).is_ok()
    }
}

/// Which webhook takes requests of `path`, with whatever query or fragment, by its position in the manifest: that whose
/// path it is in any of its readings ([`path::readings`]), since a contract may route by another one than the worker.
pub fn find<'a>(webhooks: &'a [Webhook], path: &str) -> Option<(u8, &'a Webhook)> {
    if webhooks.is_empty() {
        return None;
    }
    let readings = path::readings(path);
    let is_read = |webhook: &Webhook| readings.iter().any(|reading| reading == webhook.path.as_bytes());
    let position = webhooks.iter().position(is_read)?;
    Some((u8::try_from(position).ok()?, webhooks.get(position)?))
}

/// The header field by which the contract knows a delivery.
pub fn fields(path: &str) -> Fields {
    vec![(FIELD.as_bytes().to_vec(), path.as_bytes().to_vec())]
}

/// What makes deliveries one and the same: the webhook, the name that the scheme gives them, and the content.
pub fn delivery_digest(network: &NetworkId, contract: &ContractId, path: &str, name: &[u8], content: &[u8]) -> Digest {
    Digest(domain::bound(domain::WEBHOOK, network, &[&contract.0, path.as_bytes(), name, content]))
}

/// The request id of a delivery, from the contract's secret for [`delivery_digest`]: whoever sees the delivery on its
/// way cannot foresee it, and use it up.
pub fn request_id(network: &NetworkId, contract: &ContractId, secret: &[u8; 32]) -> RequestId {
    let hash = domain::bound(domain::WEBHOOK_RUN, network, &[&contract.0, secret]);
    RequestId(*hash.first_chunk().expect("32 bytes have 16 first ones"))
}

/// Where a list of webhooks breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// More than [`MAX_WEBHOOKS`].
    TooMany,
    /// This path is none for a webhook, or stands twice.
    Path(String),
    /// This name is none for a secret.
    Secret(String),
}

/// Every rule of a manifest's webhooks.
pub fn validate(webhooks: &[Webhook]) -> Result<(), Invalid> {
    if webhooks.len() > MAX_WEBHOOKS {
        return Err(Invalid::TooMany);
    }
    let mut seen: Vec<&str> = Vec::new();
    for webhook in webhooks {
        if !webhook.has_path() || seen.contains(&webhook.path.as_str()) {
            return Err(Invalid::Path(webhook.path.clone()));
        }
        if !webhook.has_secret() {
            return Err(Invalid::Secret(webhook.secret.clone()));
        }
        seen.push(&webhook.path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(path: &str) -> Webhook {
        Webhook { path: path.into(), scheme: Scheme::Github, secret: "key".into() }
    }

    #[test]
    fn a_path_is_exact_plain_and_not_the_workers() {
        for path in ["/", "/hooks/github", "/a.b_c~d:e@f"] {
            assert_eq!(validate(&[webhook(path)]), Ok(()), "{path}");
        }
        let long = ["/", &"a".repeat(MAX_PATH)].concat();
        let encoded = ["/a%20b", "/a/%2e%2e/b"];
        let dots = ["/.", "/..", "/a/./b", "/a/../b", "/a\\b"];
        let others = ["", "hooks", "/a b", "/a?b", "/a#b", "/\u{e4}", "/.adyton/x", &long];
        for path in encoded.into_iter().chain(dots).chain(others) {
            assert_eq!(validate(&[webhook(path)]), Err(Invalid::Path(path.into())), "{path}");
        }
    }

    #[test]
    fn a_path_that_stands_twice_one_webhook_too_many_and_a_secret_without_a_name_are_refused() {
        assert_eq!(validate(&[webhook("/a"), webhook("/a")]), Err(Invalid::Path("/a".into())));
        let many: Vec<_> = (0..=MAX_WEBHOOKS).map(|number| webhook(&alloc::format!("/{number}"))).collect();
        assert_eq!((validate(&many[1..]), validate(&many)), (Ok(()), Err(Invalid::TooMany)));
        let nameless = Webhook { secret: String::new(), ..webhook("/a") };
        assert_eq!(validate(&[nameless]), Err(Invalid::Secret(String::new())));
    }

    #[test]
    fn a_webhook_is_found_by_its_path_alone_whatever_comes_behind_it() {
        let webhooks = [webhook("/a"), webhook("/b")];
        assert_eq!(find(&webhooks, "/b").map(|(position, found)| (position, found.path.as_str())), Some((1, "/b")));
        for path in ["/a?x=/b", "/a#b", "/a?#"] {
            assert_eq!(find(&webhooks, path).map(|(position, _)| position), Some(0), "{path}");
        }
        for other in ["/", "/a/", "/A", "//a", "/c?/a"] {
            assert_eq!(find(&webhooks, other), None, "{other}");
        }
    }

    #[test]
    fn a_path_that_a_contract_could_take_for_a_webhooks_is_the_webhooks() {
        let webhooks = [webhook("/"), webhook("/hook")];
        for path in ["/x/../hook", "/x/%2e%2e/hook", "/x\\..\\hook?a", "/%68ook", "/hook%3Fa", "/x%2f../hook"] {
            assert_eq!(find(&webhooks, path).map(|(position, _)| position), Some(1), "{path}");
        }
        assert_eq!(find(&webhooks, "/x/..").map(|(position, _)| position), Some(0));
        for other in ["/x/hook", "/x/../hook/x", "/%2568ook", "/hook/."] {
            assert_eq!(find(&webhooks, other), None, "{other}");
        }
    }

    #[test]
    fn each_part_of_a_delivery_changes_its_digest_and_so_its_request_id() {
        let digest = |network: u8, contract: u8, path: &str, name: &[u8], content: &[u8]| {
            delivery_digest(&NetworkId([network; 32]), &ContractId([contract; 32]), path, name, content)
        };
        let base = digest(1, 2, "/a", b"n", b"c");
        assert_eq!(base, digest(1, 2, "/a", b"n", b"c"));
        for other in [
            digest(9, 2, "/a", b"n", b"c"),
            digest(1, 9, "/a", b"n", b"c"),
            digest(1, 2, "/b", b"n", b"c"),
            digest(1, 2, "/a", b"m", b"c"),
            digest(1, 2, "/a", b"n", b"d"),
            digest(1, 2, "/a", b"nc", b""),
        ] {
            assert_ne!(base, other);
        }
        let id = |secret: u8| request_id(&NetworkId([1; 32]), &ContractId([2; 32]), &[secret; 32]);
        assert_ne!(id(1), id(2));
    }

    #[test]
    fn the_field_of_a_delivery_is_reserved_so_that_nobody_else_can_send_it() {
        assert!(FIELD.starts_with(crate::call::RESERVED_PREFIX));
        assert_eq!(fields("/a"), [(b"adyton-webhook".to_vec(), b"/a".to_vec())]);
    }

    #[test]
    fn the_published_vector_is_what_this_code_makes() {
        let (network, contract) = (NetworkId([1; 32]), ContractId([2; 32]));
        let (path, name, content) = ("/hooks/payments", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", "{\"paid\":true}");
        let vector = serde_json::json!({
            "network": network,
            "contract": contract,
            "path": path,
            "name": name,
            "content": content,
            "delivery_digest": delivery_digest(&network, &contract, path, name.as_bytes(), content.as_bytes()),
            "secret": hex::encode([3; 32]),
            "request_id": request_id(&network, &contract, &[3; 32]),
        });
        crate::vectors::check("webhook", vector);
    }
}
