//! The whole verification of a CCA token, step by step.

use super::{CcaEndorsements, CcaFacts, CcaKey, CcaPolicy, CcaRefusal, CcaVerdict, token::Token};
use crate::{
    EvidenceKind, domain,
    signature::{self, PublicKey, SignatureVerifier},
};

/// Verifies a CCA token: two signature verifications, and one more for each further key that fits the platform.
///
/// `now` is in Unix seconds. What the token is *about* remains to be checked: [`CcaVerdict::bind`].
///
/// # Errors
/// The first [`CcaRefusal`] met, in the order of [`super::CcaCheck`].
pub fn verify_cca(
    token: &[u8],
    endorsements: &CcaEndorsements<'_>,
    policy: &CcaPolicy,
    now: u64,
) -> Result<CcaVerdict, CcaRefusal> {
    verify_cca_with(&signature::Fastest::default(), token, endorsements, policy, now)
}

/// [`verify_cca`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_cca`].
pub fn verify_cca_with(
    verifier: &impl SignatureVerifier,
    token: &[u8],
    endorsements: &CcaEndorsements<'_>,
    policy: &CcaPolicy,
    now: u64,
) -> Result<CcaVerdict, CcaRefusal> {
    if policy.lifetime == 0 {
        return Err(CcaRefusal::PolicyAcceptsNothing);
    }
    if endorsements.platform_keys.is_empty() {
        return Err(CcaRefusal::NoPlatformKey);
    }
    let token = Token::parse(token)?;
    let key = require_platform_key(&token, endorsements, policy, verifier)?;
    require_realm_key(&token, verifier)?;
    require_secured(token.platform.platform.lifecycle)?;
    let platform_is_known = require_platform(&token, endorsements, policy)?;
    if !endorsements.reference_values.realms.is_empty() {
        endorsements.reference_values.require_realm(&token.realm.measurement)?;
    }
    Ok(CcaVerdict::new(facts(token, key, platform_is_known, policy, now)))
}

/// The one of the given keys that signed the platform's claims.
fn require_platform_key(
    token: &Token<'_>,
    endorsements: &CcaEndorsements<'_>,
    policy: &CcaPolicy,
    verifier: &impl SignatureVerifier,
) -> Result<CcaKey, CcaRefusal> {
    let message = &token.platform_message;
    let mut refusal = CcaRefusal::PlatformKey(token.platform.platform.instance_id);
    for candidate in endorsements.platform_keys {
        if !candidate.fits(&token.platform.platform, message.algorithm) {
            continue;
        }
        if candidate.key.is_published() && !policy.insecure_accept_published_keys {
            if matches!(refusal, CcaRefusal::PlatformKey(_)) {
                refusal = CcaRefusal::PublishedKey;
            }
        } else if message.is_signed_by(candidate.key.public_key(), verifier) {
            return Ok(candidate.key);
        } else {
            refusal = CcaRefusal::PlatformSignature;
        }
    }
    Err(refusal)
}

/// Platform over realm manager's key, that key over the realm's claims.
fn require_realm_key(token: &Token<'_>, verifier: &impl SignatureVerifier) -> Result<(), CcaRefusal> {
    let key = &token.realm.key;
    if !key.hash.is_of(key.claim, token.platform.challenge) {
        return Err(CcaRefusal::RealmKeyMismatch);
    }
    let is_signed = token.realm_message.is_signed_by(PublicKey::P384(&key.point), verifier);
    if is_signed { Ok(()) } else { Err(CcaRefusal::RealmSignature) }
}

/// Requires a product in its owner's hands. All other states are of making, debugging or throwing away.
fn require_secured(lifecycle: u16) -> Result<(), CcaRefusal> {
    match lifecycle {
        0x3000..=0x30ff => Ok(()),
        other => Err(CcaRefusal::Lifecycle(other)),
    }
}

/// Requires a platform that the caller knows, as far as the policy wants it; whether it is one.
fn require_platform(
    token: &Token<'_>,
    endorsements: &CcaEndorsements<'_>,
    policy: &CcaPolicy,
) -> Result<bool, CcaRefusal> {
    let known = endorsements.reference_values;
    if known.has_platform(&token.platform.platform) {
        return Ok(true);
    }
    if !known.platforms.is_empty() {
        let count = u32::try_from(known.platforms.len()).unwrap_or(u32::MAX);
        return Err(CcaRefusal::PlatformReference(count));
    }
    if policy.require_platform_reference { Err(CcaRefusal::NoPlatformReference) } else { Ok(false) }
}

fn facts(token: Token<'_>, key: CcaKey, platform_is_known: bool, policy: &CcaPolicy, now: u64) -> CcaFacts {
    let evidence_id = domain::hash(
        domain::EVIDENCE,
        &[
            EvidenceKind::ArmCca.name().as_bytes(),
            token.platform_message.payload,
            token.realm_message.payload,
            &key.id(),
        ],
    );
    CcaFacts {
        platform_key: key.id(),
        platform_key_is_published: key.is_published(),
        platform: token.platform.platform,
        platform_is_known,
        realm_profile: token.realm.profile,
        measurement_id: token.realm.measurement.id(),
        measurement: token.realm.measurement,
        challenge: *token.realm.challenge,
        valid_from: now,
        valid_until: now.saturating_add(policy.lifetime),
        evidence_id,
    }
}
