//! Documents that AWS's hypervisors signed, each at a time at which its certificates were valid, and what becomes
//! of them when they are changed. The folder is named by `ADYTON_EVIDENCE`; without it, these tests say so and pass.

use adyton_attestation::{
    CborFault, CoseFault,
    nitro::{
        NitroBinding, NitroCertificate, NitroEndorsements, NitroPolicy, NitroRefusal, NitroRoot, NitroVerdict,
        verify_nitro, verify_nitro_with,
    },
    signature::Portable,
    x509::Fault,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fs, path::PathBuf};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_EVIDENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
        .join("nitro");
    if folder.join("cases.json").exists() {
        return Some(folder);
    }
    println!("skipped: no recorded evidence at {}", folder.display());
    None
}

struct Case {
    name: String,
    document: Vec<u8>,
    fields: Value,
}

impl Case {
    fn number(&self, field: &str) -> u64 {
        self.fields[field].as_u64().unwrap()
    }

    fn text(&self, field: &str) -> &str {
        self.fields[field].as_str().unwrap()
    }

    /// Unix seconds of a text like `2025-12-25 08:20:43+00:00`.
    fn time(&self, field: &str) -> u64 {
        let text = self.text(field).replace(' ', "T").replace("+00:00", "Z");
        text.parse::<der::DateTime>().unwrap().unix_duration().as_secs()
    }

    fn is_accepted(&self) -> bool {
        self.text("default_verdict_at_timestamp") == "ACCEPT"
    }
}

fn cases() -> Vec<Case> {
    let Some(folder) = folder() else { return Vec::new() };
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let case = |fields: Value| {
        let name = String::from(fields["doc"].as_str().unwrap());
        Case { document: fs::read(folder.join(&name)).unwrap(), name, fields }
    };
    cases.into_iter().map(case).collect()
}

fn policy() -> NitroPolicy {
    NitroPolicy::strict(NitroPolicy::CERTIFICATE_LIFETIME)
}

fn verify(document: &[u8], now: u64) -> Result<NitroVerdict, NitroRefusal> {
    verify_nitro(document, &NitroEndorsements::aws(), &policy(), now)
}

#[test]
fn the_pinned_root_is_the_certificate_that_aws_publishes() {
    let Some(folder) = folder() else { return };
    let text = fs::read_to_string(folder.join("aws_nitro_root_g1.pem")).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    assert_eq!(NitroRoot::from_certificate(&der).unwrap(), NitroRoot::aws());
}

/// Cases 143 and 144 among them.
#[test]
fn every_recorded_document_gets_the_stated_verdict_at_its_stated_time() {
    for case in cases() {
        assert_eq!(hex::encode(Sha256::digest(&case.document)), case.text("sha256"), "{}", case.name);
        let result = verify(&case.document, case.number("verify_at"));
        if case.is_accepted() {
            let verdict = result.unwrap();
            assert_eq!(verdict.timestamp_ms, case.number("timestamp_ms"), "{}", case.name);
            assert_eq!(verdict.pcrs.len() as u64, case.number("pcr_count"), "{}", case.name);
            let window = (case.time("valid_from"), case.time("valid_until"));
            assert_eq!((verdict.valid_from, verdict.valid_until), window, "{}", case.name);
            assert!(verdict.instance.as_ref().is_some_and(|instance| instance.starts_with("i-")), "{}", case.name);
            for pcr in &verdict.pcrs {
                let found = (pcr.value != [0; 48]).then(|| hex::encode(&pcr.value[..8]));
                let stated = case.fields["pcrs_nonzero"][pcr.index.to_string()].as_str().map(String::from);
                assert_eq!(found, stated, "{} pcr {}", case.name, pcr.index);
            }
        } else {
            assert_eq!(result.unwrap_err(), NitroRefusal::Debug(0), "{}", case.name);
        }
        let far = verify(&case.document, 1_792_714_008).unwrap_err();
        assert!(matches!(far, NitroRefusal::Certificate(_, Fault::Expired { .. })), "{}: {far}", case.name);
    }
}

#[test]
fn both_signature_backends_say_the_same() {
    for case in cases() {
        let now = case.number("verify_at");
        let portable = verify_nitro_with(&Portable, &case.document, &NitroEndorsements::aws(), &policy(), now);
        assert_eq!(portable, verify(&case.document, now), "{}", case.name);
    }
}

#[test]
fn recorded_documents_are_accepted_from_the_first_to_the_last_second_and_not_beyond() {
    for case in cases().iter().filter(|case| case.is_accepted()) {
        let (first, last) = (case.time("valid_from"), case.time("valid_until"));
        for now in [first, last] {
            assert!(verify(&case.document, now).is_ok(), "{} at {now}", case.name);
        }
        for (now, is_late) in [(0, false), (first - 1, false), (last + 1, true), (1 << 40, true)] {
            match verify(&case.document, now).unwrap_err() {
                NitroRefusal::Certificate(_, Fault::NotYetValid { .. }) => assert!(!is_late, "{} at {now}", case.name),
                NitroRefusal::Certificate(_, Fault::Expired { .. }) => assert!(is_late, "{} at {now}", case.name),
                other => panic!("{} at {now}: {other}", case.name),
            }
        }
    }
}

#[test]
fn recorded_documents_are_bound_to_what_they_say() {
    for case in cases().iter().filter(|case| case.is_accepted()) {
        let verdict = || verify(&case.document, case.number("verify_at")).unwrap();
        let (public_key, user_data, nonce) = {
            let verdict = verdict();
            (verdict.public_key.clone(), verdict.user_data.clone(), verdict.nonce.clone())
        };
        for (field, value) in [("public_key", &public_key), ("user_data", &user_data), ("nonce", &nonce)] {
            let beginning = value.as_ref().map(|bytes| hex::encode(&bytes[..bytes.len().min(20)]));
            assert_eq!(beginning.as_deref(), case.fields[field].as_str(), "{} {field}", case.name);
        }
        let expected = NitroBinding {
            public_key: public_key.as_deref(),
            user_data: user_data.as_deref(),
            nonce: nonce.as_deref(),
        };
        assert!(verdict().bind(&expected).is_ok());
        assert!(verdict().bind(&NitroBinding { nonce: Some(&[1; 32]), ..NitroBinding::default() }).is_err());
    }
}

#[test]
fn recorded_documents_have_different_identities_and_a_tag_changes_none() {
    let mut identities = BTreeSet::new();
    let accepted: Vec<_> = cases().into_iter().filter(Case::is_accepted).collect();
    for case in &accepted {
        let now = case.number("verify_at");
        let verdict = verify(&case.document, now).unwrap();
        let tagged = verify(&[&[0xd2], case.document.as_slice()].concat(), now).unwrap();
        assert_eq!(tagged.evidence_id, verdict.evidence_id, "{}", case.name);
        identities.insert(verdict.evidence_id);
    }
    assert_eq!(identities.len(), accepted.len());
}

/// Case 167.
#[test]
fn a_recorded_document_whose_signature_is_negated_is_the_same_document() {
    use p384::ecdsa::Signature;
    for case in cases().iter().filter(|case| case.is_accepted()) {
        let (rest, signature) = case.document.split_at(case.document.len() - 96);
        let (r, s) = Signature::from_slice(signature).unwrap().split_scalars();
        let twin = [rest, &Signature::from_scalars(r, -s).unwrap().to_bytes()].concat();
        let now = case.number("verify_at");
        let [one, other] = [&case.document, &twin].map(|document| verify(document, now).unwrap().evidence_id);
        assert_eq!(one, other, "{}", case.name);
    }
}

#[test]
fn authorities_of_one_recorded_document_serve_another_of_the_same_zone() {
    let of_december: Vec<_> = cases().into_iter().filter(|case| case.name.starts_with("prod_2025-12-25")).collect();
    let [one, other] = of_december.as_slice() else {
        assert!(of_december.is_empty(), "two were recorded");
        return;
    };
    let checked = verify(&one.document, one.number("verify_at")).unwrap().checked_authorities().clone();
    let endorsements = NitroEndorsements { checked_authorities: Some(&checked), ..NitroEndorsements::aws() };
    let now = other.number("verify_at");
    assert_eq!(verify_nitro(&other.document, &endorsements, &policy(), now), verify(&other.document, now));
}

/// Cases 145, 146, 149 and 150 on recorded bytes.
#[test]
fn a_recorded_document_with_a_change_is_refused() {
    for case in cases().iter().filter(|case| case.is_accepted()) {
        let refusal = |document: &[u8]| verify(document, case.number("verify_at")).unwrap_err();
        let good = &case.document;
        let module_id = good.windows(9).position(|window| window == b"module_id").unwrap();
        let mut changed = good.clone();
        changed[module_id + 13] ^= 1;
        assert_eq!(refusal(&changed), NitroRefusal::Signature, "{}", case.name);

        let trailing = NitroRefusal::Message(CoseFault::Cbor(CborFault::TrailingBytes));
        assert_eq!(refusal(&[good.as_slice(), &[0]].concat()), trailing);
        assert_eq!(refusal(&good.repeat(2)), trailing);
        let truncated = NitroRefusal::Message(CoseFault::Cbor(CborFault::Truncated));
        assert_eq!(refusal(&good[..good.len() - 1]), truncated);
        assert_eq!(refusal(&[]), truncated);
        let tagged = [&[0xd1], good.as_slice()].concat();
        assert_eq!(refusal(&tagged), NitroRefusal::Message(CoseFault::Tag(17)));
        let (rest, signature) = good.split_at(good.len() - 96);
        let short = [&rest[..rest.len() - 1], &[95], &signature[..95]].concat();
        let fault = CoseFault::SignatureLength { found: 95, wanted: 96 };
        assert_eq!(refusal(&short), NitroRefusal::Message(fault));
    }
}

/// Case 161 on recorded bytes: a certificate of the chain replaced by the same one of another document.
#[test]
fn recorded_chains_cannot_be_mixed() {
    let Some(case) = cases().into_iter().find(Case::is_accepted) else { return };
    let root = case.document.windows(4).position(|window| window == [0x30, 0x82, 0x02, 0x11]).unwrap();
    for position in [root + 20, root + 532] {
        let mut changed = case.document.clone();
        changed[position] ^= 1;
        let refusal = verify(&changed, case.number("verify_at")).unwrap_err();
        assert!(matches!(refusal, NitroRefusal::UntrustedRoot(_)), "{refusal}");
    }
    let authority = root + 533 + 3;
    let mut changed = case.document.clone();
    changed[authority + 600] ^= 1;
    assert!(matches!(
        verify(&changed, case.number("verify_at")).unwrap_err(),
        NitroRefusal::Certificate(NitroCertificate::Authority(1), _)
    ));
}
