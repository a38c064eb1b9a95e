//! TPM 2.0: quotes, signatures, keys, certificate chains, files of them.

use std::sync::LazyLock;

use adyton_attestation::tpm::{
    AttestationKey, KeyEvidence, QuoteSignature, TpmEndorsements, TpmEvidence, TpmPolicy, files::TpmFile, verify_tpm,
    verify_tpm_with,
};

use super::InsecureAnySignature;
use crate::{
    parts, recorded,
    tpm::{self, ATTRIBUTES, Leaf, NOW},
};

static GOOD: LazyLock<TpmEvidence> = LazyLock::new(tpm::evidence);

/// Knows the good key, and trusts the tests' authority for others.
static POLICY: LazyLock<TpmPolicy> =
    LazyLock::new(|| TpmPolicy { roots: vec![tpm::authority().trusted()], ..tpm::policy() });

fn check(evidence: &TpmEvidence, endorsements: &TpmEndorsements) {
    if let Ok(verdict) = verify_tpm(evidence, endorsements, &POLICY, NOW) {
        assert_eq!(evidence.message, GOOD.message, "nobody quoted this");
        assert_eq!(verdict.pcrs, GOOD.pcrs, "nor these registers");
    }
    match verify_tpm_with(&InsecureAnySignature, evidence, endorsements, &POLICY, NOW) {
        Ok(verdict) => assert!(verdict.valid_from <= NOW && NOW <= verdict.valid_until, "it is true now"),
        Err(refusal) => assert!(refusal.to_string().len() < 1024, "a refusal is short"),
    }
}

/// What a TPM signed.
pub fn tpm_quote(data: &[u8]) {
    check(&TpmEvidence { message: data.to_vec(), ..GOOD.clone() }, &TpmEndorsements::default());
}

/// Seeds of [`tpm_quote`].
pub fn tpm_quotes() -> Vec<Vec<u8>> {
    let recorded = recorded::files("azure", &["VtpmQuote.bin"]);
    [GOOD.message.clone()].into_iter().chain(recorded).collect()
}

/// A signature with its scheme.
pub fn tpm_signature(data: &[u8]) {
    for signature in [QuoteSignature::Structured(data.to_vec()), QuoteSignature::RsaPkcs1Sha256(data.to_vec())] {
        check(&TpmEvidence { signature, ..GOOD.clone() }, &TpmEndorsements::default());
    }
}

/// Seeds of [`tpm_signature`].
pub fn tpm_signatures() -> Vec<Vec<u8>> {
    let QuoteSignature::Structured(signature) = GOOD.signature.clone() else { return Vec::new() };
    let mut rsa = vec![0x00, 0x14, 0x00, 0x0b];
    tpm::counted(&mut rsa, &[7; 256]);
    [signature, rsa].into_iter().chain(recorded::files("azure", &["VtpmQuoteSig.bin"])).collect()
}

/// A key in any form.
pub fn tpm_key(data: &[u8]) {
    let read = [
        AttestationKey::from_public_area(data),
        AttestationKey::from_public_key(data),
        AttestationKey::from_certificate(data),
    ];
    for key in read.into_iter().flatten() {
        assert_ne!(key.id().0, [0; 32], "a key has an identity");
    }
    let key = KeyEvidence { public_area: Some(data.to_vec()), ..KeyEvidence::default() };
    check(&TpmEvidence { key, ..GOOD.clone() }, &TpmEndorsements::default());
}

/// Seeds of [`tpm_key`].
pub fn tpm_keys() -> Vec<Vec<u8>> {
    let info = tpm::public_key_info(&tpm::key());
    let certificate = tpm::authority().issue(&Leaf::good(), &info);
    vec![tpm::public_area(&tpm::key(), ATTRIBUTES), info, certificate]
}

/// A key's certificates and its authorities' revocation lists: the first byte says how many are certificates.
pub fn tpm_chain(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else { return };
    let mut certificates = parts::all(rest);
    let lists = certificates.split_off(certificates.len().min(usize::from(*count)));
    let key =
        KeyEvidence { public_key: Some(tpm::public_key_info(&tpm::key())), certificates, ..KeyEvidence::default() };
    let stranger = TpmPolicy { keys: Vec::new(), ..POLICY.clone() };
    let evidence = TpmEvidence { key, ..GOOD.clone() };
    let endorsements = TpmEndorsements { revocation_lists: lists };
    let _ = verify_tpm_with(&InsecureAnySignature, &evidence, &endorsements, &stranger, NOW);
    check(&evidence, &endorsements);
}

/// Seeds of [`tpm_chain`].
pub fn tpm_chains() -> Vec<Vec<u8>> {
    let authority = tpm::authority();
    let mut parts = authority.chain(&Leaf::good(), &tpm::public_key_info(&tpm::key()));
    parts.push(authority.middle.empty_list());
    parts.push(authority.root.empty_list());
    vec![parts::with_choice(2, &parts::join(&parts))]
}

/// A file in any of the known forms.
pub fn tpm_file(data: &[u8]) {
    let Ok(file) = TpmFile::read(data) else { return };
    assert!(file.quotes.len() <= 8, "it is bounded");
    assert!(file.strongest().is_some() || file.quotes.is_empty());
    for evidence in &file.quotes {
        let _ = verify_tpm_with(&InsecureAnySignature, evidence, &TpmEndorsements::default(), &POLICY, NOW);
    }
}

/// Seeds of [`tpm_file`].
pub fn tpm_files() -> Vec<Vec<u8>> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let QuoteSignature::Structured(signature) = &GOOD.signature else { return Vec::new() };
    let pcrs: Vec<_> = GOOD.pcrs.iter().map(|pcr| hex::encode(&pcr.value)).collect();
    let [message, signature] = [&GOOD.message, signature].map(|bytes| STANDARD.encode(bytes));
    let json = serde_json::json!({
        "ak_public": STANDARD.encode(tpm::public_key_info(&tpm::key())),
        "tpm_quote": { "message": &message, "signature": &signature, "pcrs": pcrs },
    });
    let text = format!("r{message}:{signature}:{}", STANDARD.encode([0; 4]));
    let recorded = recorded::files("tpm", &[".json", ".txt", ".pb"]);
    [json.to_string().into_bytes(), text.into_bytes()].into_iter().chain(recorded).collect()
}
