//! Deliveries of webhooks: the signature of somebody else's service, checked before the contract is told.
//!
//! What is signed is the content, and a time where the scheme has one; method, path and the other fields are not, so
//! only `POST` to the exact path is a delivery, and whatever else goes there is refused. The time is compared with the
//! worker's, which is the chain's finalized time. A delivery that was answered gets that answer as long as it is kept,
//! whoever sends it again: its request id follows from what is signed.

use adyton_protocol::{
    call::{CallFields, Fields},
    webhook::{self, Scheme, TOLERANCE, Webhook},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::VerifyingKey;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{answer::state, request::Call, secrets};
use crate::{contract::Contract, error::Refusal, view::View, worker::Worker};

/// The most signatures of one delivery: services sign with an old key and a new one for a while.
const MAX_SIGNATURES: usize = 16;
/// The longest name of a delivery, in bytes.
const MAX_ID: usize = 256;
/// What Standard Webhooks put before a key.
const KEY_PREFIX: &str = "whsec_";

const MISSING: Refusal = Refusal::WebhookSignature("a field of its signature is missing, or stands twice");
const MALFORMED: Refusal = Refusal::WebhookSignature("a field of its signature is malformed");
const WRONG: Refusal = Refusal::WebhookSignature("its signature does not hold");

/// A delivery whose signature holds.
pub struct Delivery {
    /// The webhook's position in the manifest.
    pub position: u8,
    /// The call that it is.
    pub call: Call,
}

/// The delivery of `webhook`, the manifest's at `position`, that `call` is, if its signature holds.
pub async fn delivery(
    worker: &Worker,
    contract: &Contract,
    view: &View,
    (position, webhook): (u8, &Webhook),
    call: Call,
) -> Result<Delivery, Refusal> {
    let Call { fields, method, path, headers, content, .. } = call;
    if method != "POST" || path != webhook.path {
        return Err(Refusal::WebhookOnly);
    }
    let key = key(contract, &webhook.secret).await?;
    let name = check(webhook.scheme, &key, &headers, &content, view.now_ms() / 1000)?;
    let (network, id) = (&worker.network, &contract.id);
    let digest = webhook::delivery_digest(network, id, &path, &name, &content);
    let request_id = webhook::request_id(network, id, &contract.secrets.calling_secret(&digest));
    let headers = [webhook::fields(&path), headers].concat();
    Ok(Delivery { position, call: Call::own(CallFields { request_id, ..fields }, method, path, headers, content) })
}

/// The secret under `name`. Every delivery reads it anew: a removed key is good for none.
async fn key(contract: &Contract, name: &str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut transaction = contract.store.begin().await.map_err(state)?;
    let stored = secrets::read(&mut transaction, name).await.map_err(state)?;
    stored.and_then(|stored| stored.value).ok_or_else(|| Refusal::WebhookSecret(name.to_owned()))
}

/// The name that the scheme gives to a delivery, if one of its signatures holds under `key` and its time is near `now`,
/// Unix seconds.
fn check(scheme: Scheme, key: &[u8], fields: &Fields, content: &[u8], now: u64) -> Result<Vec<u8>, Refusal> {
    match scheme {
        Scheme::Github => github(key, fields, content),
        Scheme::Stripe => stripe(key, fields, content, now),
        Scheme::Standard => standard(key, fields, content, now),
        Scheme::Discord => discord(key, fields, content, now),
    }
}

/// GitHub, "Validating webhook deliveries": no name and no time is signed, so the content alone is the delivery.
fn github(key: &[u8], fields: &Fields, content: &[u8]) -> Result<Vec<u8>, Refusal> {
    let signature = one(fields, "x-hub-signature-256")?.strip_prefix("sha256=").ok_or(MALFORMED)?;
    let mac = mac(key, &[content])?;
    verify(&mac, [hex::decode(signature).map_err(|_| MALFORMED)?])?;
    Ok(Vec::new())
}

/// Stripe, "Verify webhook signatures manually": `t=` and any number of `v1=`; other schemes are not looked at.
fn stripe(key: &[u8], fields: &Fields, content: &[u8], now: u64) -> Result<Vec<u8>, Refusal> {
    let (mut time, mut signatures) = (None, Vec::new());
    for part in one(fields, "stripe-signature")?.split(',') {
        match part.trim().split_once('=').ok_or(MALFORMED)? {
            ("t", _) if time.is_some() => return Err(MALFORMED),
            ("t", value) => time = Some(value),
            ("v1", _) if signatures.len() >= MAX_SIGNATURES => return Err(MALFORMED),
            ("v1", value) => signatures.push(hex::decode(value).map_err(|_| MALFORMED)?),
            _other => {}
        }
    }
    let time = time.ok_or(MALFORMED)?;
    verify(&mac(key, &[time.as_bytes(), b".", content])?, signatures)?;
    near(time, now)?;
    Ok(time.as_bytes().to_vec())
}

/// Standard Webhooks 1.0, "Verifying webhook authenticity": the symmetric signatures, `v1`, between spaces.
fn standard(key: &[u8], fields: &Fields, content: &[u8], now: u64) -> Result<Vec<u8>, Refusal> {
    let (id, time) = (one(fields, "webhook-id")?, one(fields, "webhook-timestamp")?);
    // With a full stop in it, or in the time, the same bytes could be read as another id, time and content.
    if !(1..=MAX_ID).contains(&id.len()) || id.contains('.') || time.contains('.') {
        return Err(MALFORMED);
    }
    let mut signatures = Vec::new();
    for part in one(fields, "webhook-signature")?.split(' ') {
        match part.split_once(',').ok_or(MALFORMED)? {
            ("v1", _) if signatures.len() >= MAX_SIGNATURES => return Err(MALFORMED),
            ("v1", value) => signatures.push(STANDARD.decode(value).map_err(|_| MALFORMED)?),
            _other => {}
        }
    }
    let text = std::str::from_utf8(key).map_err(|_| Refusal::WebhookKey)?;
    let key = STANDARD.decode(text.strip_prefix(KEY_PREFIX).unwrap_or(text)).map_err(|_| Refusal::WebhookKey)?;
    let key = Zeroizing::new(key);
    verify(&mac(&key, &[id.as_bytes(), b".", time.as_bytes(), b".", content])?, signatures)?;
    near(time, now)?;
    // Its service sends the same one again with another time.
    Ok(id.as_bytes().to_vec())
}

/// Discord, "Validating security request headers".
fn discord(key: &[u8], fields: &Fields, content: &[u8], now: u64) -> Result<Vec<u8>, Refusal> {
    let (signature, time) = (one(fields, "x-signature-ed25519")?, one(fields, "x-signature-timestamp")?);
    let signature: [u8; 64] = hex::decode(signature).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(MALFORMED)?;
    let key: [u8; 32] = hex::decode(key).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(Refusal::WebhookKey)?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| Refusal::WebhookKey)?;
    let message = [time.as_bytes(), content].concat();
    key.verify_strict(&message, &signature.into()).map_err(|_| WRONG)?;
    near(time, now)?;
    Ok(time.as_bytes().to_vec())
}

/// The value of the only field of this name.
fn one<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Refusal> {
    let mut values = fields.iter().filter(|(found, _)| found == name.as_bytes()).map(|(_, value)| value);
    let (Some(value), None) = (values.next(), values.next()) else { return Err(MISSING) };
    std::str::from_utf8(value).map_err(|_| MALFORMED)
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Result<Hmac<Sha256>, Refusal> {
    if key.is_empty() {
        return Err(Refusal::WebhookKey);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Refusal::WebhookKey)?;
    parts.iter().for_each(|part| mac.update(part));
    Ok(mac)
}

/// Whether one of the signatures holds. Each is compared in constant time.
fn verify(mac: &Hmac<Sha256>, signatures: impl IntoIterator<Item = Vec<u8>>) -> Result<(), Refusal> {
    let holds = signatures.into_iter().any(|signature| mac.clone().verify_slice(&signature).is_ok());
    if holds { Ok(()) } else { Err(WRONG) }
}

/// Whether a signed time, Unix seconds in decimal, is near `now`.
fn near(time: &str, now: u64) -> Result<(), Refusal> {
    if !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(MALFORMED);
    }
    let time: u64 = time.parse().map_err(|_| MALFORMED)?;
    if time.abs_diff(now) <= TOLERANCE { Ok(()) } else { Err(Refusal::WebhookTime(TOLERANCE)) }
}

#[cfg(test)]
mod tests;
