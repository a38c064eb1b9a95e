//! The whole verification of a Nitro document, step by step.

use alloc::string::String;

use super::{
    NitroEndorsements, NitroFacts, NitroMeasurement, NitroPcr, NitroPolicy, NitroRefusal, NitroVerdict, chain::Chain,
    document::Document,
};
use crate::{
    EvidenceKind, domain,
    signature::{self, PublicKey, SignatureVerifier},
    x509::Window,
};

/// Verifies a Nitro document: one P-384 verification for each certificate below the root and one for the document,
/// which are five as a rule, and one fewer for each authority that was checked before.
///
/// `now` is in Unix seconds. What the document is *about* remains to be checked: [`NitroVerdict::bind`].
///
/// # Errors
/// The first [`NitroRefusal`] met, in the order of [`super::NitroCheck`].
pub fn verify_nitro(
    document: &[u8],
    endorsements: &NitroEndorsements<'_>,
    policy: &NitroPolicy,
    now: u64,
) -> Result<NitroVerdict, NitroRefusal> {
    verify_nitro_with(&signature::Fastest::default(), document, endorsements, policy, now)
}

/// [`verify_nitro`] with a signature backend of the caller's choice.
///
/// # Errors
/// As [`verify_nitro`].
pub fn verify_nitro_with(
    verifier: &impl SignatureVerifier,
    document: &[u8],
    endorsements: &NitroEndorsements<'_>,
    policy: &NitroPolicy,
    now: u64,
) -> Result<NitroVerdict, NitroRefusal> {
    if policy.maximum_age == 0 {
        return Err(NitroRefusal::PolicyAcceptsNothing);
    }
    let document = Document::parse(document)?;
    let chain = Chain::verify(&document, endorsements, verifier, now)?;
    if !document.message.is_signed_by(PublicKey::P384(chain.key), verifier) {
        return Err(NitroRefusal::Signature);
    }
    let mut window = chain.window;
    let (lists, is_covered) = chain.require_not_revoked(endorsements, policy, verifier, now)?;
    if let Some(of_lists) = lists {
        window = window.and(of_lists);
    }
    window.not_after = window.not_after.min(require_fresh(&document, policy, now)?);

    let measurement = require_measured(&document)?;
    if policy.require_image_signature && measurement.pcr8 == [0; 48] {
        return Err(NitroRefusal::ImageSignature);
    }
    Ok(NitroVerdict::new(facts(&document, measurement, endorsements, window, is_covered), chain.authorities))
}

/// Requires that the document is of about now; the last second at which it will be young enough.
fn require_fresh(document: &Document<'_>, policy: &NitroPolicy, now: u64) -> Result<u64, NitroRefusal> {
    let timestamp = document.timestamp();
    if timestamp > now.saturating_add(policy.clock_tolerance) {
        return Err(NitroRefusal::FromTheFuture { timestamp, now, tolerance: policy.clock_tolerance });
    }
    let age = now.saturating_sub(timestamp);
    if age > policy.maximum_age {
        return Err(NitroRefusal::TooOld { age, most: policy.maximum_age });
    }
    Ok(timestamp.saturating_add(policy.maximum_age))
}

/// Requires that the image was measured, which it is not in debug mode.
fn require_measured(document: &Document<'_>) -> Result<NitroMeasurement, NitroRefusal> {
    let pcr = |index: usize| document.pcrs.get(index).copied().flatten().copied().unwrap_or([0; 48]);
    for index in 0..=2 {
        if pcr(usize::from(index)) == [0; 48] {
            return Err(NitroRefusal::Debug(index));
        }
    }
    Ok(NitroMeasurement { pcr0: pcr(0), pcr1: pcr(1), pcr2: pcr(2), pcr8: pcr(8) })
}

fn facts(
    document: &Document<'_>,
    measurement: NitroMeasurement,
    endorsements: &NitroEndorsements<'_>,
    window: Window,
    revocation_checked: bool,
) -> NitroFacts {
    let registers = (0..).zip(&document.pcrs);
    NitroFacts {
        root: endorsements.root.id(),
        measurement,
        measurement_id: measurement.id(),
        pcrs: registers.filter_map(|(index, pcr)| pcr.map(|value| NitroPcr { index, value: *value })).collect(),
        module_id: String::from(document.module_id),
        instance: instance(document.module_id).map(String::from),
        revocation_checked,
        timestamp_ms: document.timestamp_ms,
        public_key: document.public_key.map(<[u8]>::to_vec),
        user_data: document.user_data.map(<[u8]>::to_vec),
        nonce: document.nonce.map(<[u8]>::to_vec),
        valid_from: window.not_before,
        valid_until: window.not_after,
        evidence_id: identity(document),
    }
}

/// The identity of the evidence that a document is, which its verdict has as [`NitroFacts::evidence_id`]. It says nothing
/// about whether the document is authentic.
///
/// # Errors
/// It is not in the form of a document.
pub fn evidence_id(document: &[u8]) -> Result<[u8; 32], NitroRefusal> {
    Ok(identity(&Document::parse(document)?))
}

fn identity(document: &Document<'_>) -> [u8; 32] {
    domain::hash(domain::EVIDENCE, &[EvidenceKind::AwsNitro.name().as_bytes(), document.message.payload])
}

/// The instance in a module's identifier, `i-<hexadecimal digits>-enc<hexadecimal digits>`.
fn instance(module_id: &str) -> Option<&str> {
    let (instance, enclave) = module_id.split_once("-enc")?;
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex(instance.strip_prefix("i-")?) && is_hex(enclave)).then_some(instance)
}

#[cfg(test)]
mod tests {
    use super::instance;

    #[test]
    fn the_instance_is_read_from_identifiers_of_the_usual_form_only() {
        assert_eq!(instance("i-020b6af9246d90e92-enc0183d09086c24190"), Some("i-020b6af9246d90e92"));
        for other in ["", "i-", "i--enc", "i-12-enc", "12-enc34", "i-1g-enc34", "i-12-enc3g", "i-12-enc34-enc56"] {
            assert_eq!(instance(other), None, "{other}");
        }
    }
}
