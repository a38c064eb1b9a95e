//! Arm CCA: tokens, and the files that say which platforms and realms are known.

use std::sync::LazyLock;

use adyton_attestation::cca::{CcaEndorsements, CcaPlatformKey, CcaReferenceValues, verify_cca, verify_cca_with};

use super::InsecureAnySignature;
use crate::{
    cca::{self, NOW},
    recorded,
};

struct Good {
    /// A token of either form.
    tokens: [Vec<u8>; 2],
    /// Their identities.
    evidence_ids: [[u8; 32]; 2],
    keys: [CcaPlatformKey; 1],
    values: CcaReferenceValues,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let tokens = [cca::plan().issue(), cca::changed(cca::Plan::make_legacy).issue()];
    let identity = |token: &Vec<u8>| cca::verify(token).expect("a good token is accepted").evidence_id;
    Good {
        evidence_ids: tokens.each_ref().map(identity),
        tokens,
        keys: [cca::platform_key()],
        values: cca::reference_values(),
    }
});

/// A token: no verdict but on those that were issued.
pub fn cca_token(data: &[u8]) {
    let Good { evidence_ids, keys, values, .. } = &*GOOD;
    let endorsements = CcaEndorsements { platform_keys: keys, reference_values: values };
    if let Ok(verdict) = verify_cca(data, &endorsements, &cca::policy(), NOW) {
        assert!(evidence_ids.contains(&verdict.evidence_id), "nobody issued this");
    }
    match verify_cca_with(&InsecureAnySignature, data, &endorsements, &cca::policy(), NOW) {
        Ok(verdict) => {
            let _ = verdict.require_realm(values);
        }
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

/// Seeds of [`cca_token`].
pub fn cca_tokens() -> Vec<Vec<u8>> {
    GOOD.tokens.iter().cloned().chain(recorded::files("cca", &[".cbor"])).collect()
}

/// A file of platforms' keys, or of reference values.
pub fn cca_file(data: &[u8]) {
    if let Ok(keys) = CcaPlatformKey::from_file(data) {
        assert!(keys.len() <= data.len(), "it is bounded");
        let endorsements = CcaEndorsements { platform_keys: &keys, reference_values: &GOOD.values };
        let _ = verify_cca(&GOOD.tokens[0], &endorsements, &cca::policy(), NOW);
    }
    if let Ok(values) = CcaReferenceValues::from_json(data) {
        let endorsements = CcaEndorsements { platform_keys: &GOOD.keys, reference_values: &values };
        let verdict = verify_cca(&GOOD.tokens[0], &endorsements, &cca::policy(), NOW);
        let _ = verdict.map(|verdict| verdict.require_realm(&values));
    }
}

/// Seeds of [`cca_file`].
pub fn cca_files() -> Vec<Vec<u8>> {
    let values = serde_json::to_vec(&GOOD.values).expect("plain data");
    let key = serde_json::json!({
        "kty": "EC", "crv": "P-384",
        "x": "A".repeat(64), "y": "B".repeat(64),
    });
    let bound = serde_json::json!([{
        "pkey": key, "instance-id": "01".repeat(33), "implementation-id": "11".repeat(32),
    }]);
    let recorded = recorded::files("cca", &[".json", ".pub"]);
    [values, key.to_string().into_bytes(), bound.to_string().into_bytes()].into_iter().chain(recorded).collect()
}
