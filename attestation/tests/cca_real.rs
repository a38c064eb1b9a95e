//! CCA tokens that Arm's emulators made. The folder is named by `ADYTON_EVIDENCE`; without it, these tests say so
//! and pass.

use crate::support::cca::cbor;
use adyton_attestation::cca::{
    CcaCheck, CcaClaim, CcaEndorsements, CcaPlatformKey, CcaPolicy, CcaProfile, CcaReferenceValues, CcaRefusal,
    CcaVerdict, verify_cca,
};
use std::{fs, path::PathBuf};

const NOW: u64 = 1_790_000_000;

struct Folder(PathBuf);

impl Folder {
    fn find() -> Option<Self> {
        let folder = std::env::var_os("ADYTON_EVIDENCE")
            .map(PathBuf::from)
            .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/evidence"))
            .join("cca");
        if folder.join("cca-token-01.cbor").exists() {
            return Some(Self(folder));
        }
        println!("skipped: no recorded evidence at {}", folder.display());
        None
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    /// The verdict on `token` with the key in the file `key`.
    fn verify(&self, token: &str, key: &str, policy: &CcaPolicy) -> Result<CcaVerdict, CcaRefusal> {
        let keys = CcaPlatformKey::from_file(&self.read(key)).unwrap();
        let endorsements = CcaEndorsements { platform_keys: &keys, reference_values: &CcaReferenceValues::NONE };
        verify_cca(&self.read(token), &endorsements, policy, NOW)
    }
}

fn emulated() -> CcaPolicy {
    CcaPolicy::insecure_emulated(3600)
}

/// What the manifest says of each token with each of its keys.
#[test]
fn every_recorded_token_gets_the_stated_verdict() {
    let Some(folder) = Folder::find() else { return };
    for (token, key, profile) in [
        ("tf-rmm_cca_token.cbor", "tf-rmm_cca_platform.pub", CcaProfile::Legacy),
        ("tf-rmm_cca_token.cbor", "cpak.json", CcaProfile::Legacy),
        ("cca-token-01.cbor", "cpak.json", CcaProfile::Legacy),
        ("cca-token-01.cbor", "ta-tfa.json", CcaProfile::Legacy),
        ("cca-token-02.cbor", "ta-02-ok.json", CcaProfile::Legacy),
        ("cca-token-draft-ffm-00.cbor", "cpak.json", CcaProfile::Arm2023),
        ("cca-token-draft-ffm-00.cbor", "ta-tfa.json", CcaProfile::Arm2023),
    ] {
        let verdict = folder.verify(token, key, &emulated()).unwrap();
        assert_eq!((verdict.platform.profile, verdict.realm_profile), (profile, profile), "{token}");
        assert!(verdict.platform_key_is_published && !verdict.platform_is_known, "{token}");
        assert!((0x3000..=0x30ff).contains(&verdict.platform.lifecycle), "{token}");
    }
    for (token, key, expected) in [
        ("cca-token-02.cbor", "ta-02-bad.json", CcaRefusal::PlatformSignature),
        ("cca-token-02.cbor", "pkey.json", CcaRefusal::PlatformSignature),
        // The platform does not vouch for the realm manager's key.
        ("bug-33-repro.cbor", "cpak.json", CcaRefusal::RealmKeyMismatch),
        ("bug-33-repro.cbor", "ta-tfa.json", CcaRefusal::RealmKeyMismatch),
    ] {
        assert_eq!(folder.verify(token, key, &emulated()).unwrap_err(), expected, "{token} with {key}");
    }
    for (token, key) in [
        ("cca-token-02.cbor", "cpak.json"),
        ("cca-token-02.cbor", "ta.json"),
        ("cca-token-01.cbor", "pkey.json"),
        ("cca-token-01.cbor", "ta-02-ok.json"),
    ] {
        let refusal = folder.verify(token, key, &emulated()).unwrap_err();
        assert!(matches!(refusal, CcaRefusal::PlatformKey(_)), "{token} with {key}: {refusal}");
    }
}

/// Case 207.
#[test]
fn keys_that_anybody_has_are_refused_under_a_strict_policy() {
    let Some(folder) = Folder::find() else { return };
    for (token, key) in [
        ("tf-rmm_cca_token.cbor", "tf-rmm_cca_platform.pub"),
        ("cca-token-01.cbor", "cpak.json"),
        ("cca-token-02.cbor", "ta-02-ok.json"),
        ("cca-token-02.cbor", "pkey.json"),
        ("cca-token-draft-ffm-00.cbor", "cpak.json"),
    ] {
        let refusal = folder.verify(token, key, &CcaPolicy::strict(3600)).unwrap_err();
        assert_eq!((refusal, refusal.check()), (CcaRefusal::PublishedKey, CcaCheck::PlatformKey), "{token}");
    }
}

/// Case 210 on recorded reference values.
#[test]
fn a_recorded_token_matches_its_recorded_reference_values_and_others_do_not() {
    let Some(folder) = Folder::find() else { return };
    let known = CcaReferenceValues::from_json(&folder.read("rv.json")).unwrap();
    let keys = CcaPlatformKey::from_file(&folder.read("cpak.json")).unwrap();
    let endorsements = CcaEndorsements { platform_keys: &keys, reference_values: &known };
    let verify = |token| verify_cca(&folder.read(token), &endorsements, &emulated(), NOW);
    let verdict = verify("cca-token-01.cbor").unwrap();
    assert!(verdict.platform_is_known);
    assert_eq!(verdict.require_realm(&known), Ok(()));
    assert_eq!(verify("cca-token-draft-ffm-00.cbor").unwrap_err(), CcaRefusal::PlatformReference(2));
    let other = folder.verify("cca-token-draft-ffm-00.cbor", "cpak.json", &emulated()).unwrap();
    assert_eq!(other.require_realm(&known), Err(CcaRefusal::InitialMeasurement));
}

#[test]
fn recorded_tokens_are_bound_to_their_challenge() {
    let Some(folder) = Folder::find() else { return };
    let verdict = || folder.verify("cca-token-01.cbor", "cpak.json", &emulated()).unwrap();
    assert!(verdict().bind(&[0xab; 64]).is_ok());
    assert_eq!(verdict().bind(&[0; 64]).unwrap_err(), CcaRefusal::Challenge);
}

#[test]
fn the_same_recorded_token_has_the_same_identity_in_both_collections() {
    let Some(folder) = Folder::find() else { return };
    let token = folder.read("cca-token-01.cbor");
    // 399({44234: bytes .size 659, 44241: bytes .size 547})
    let (platform, realm) = (&token[10..669], &token[675..]);
    let entry = |message: &[u8]| cbor::array(&[cbor::int(263), cbor::bytes(message)]);
    let newer = cbor::tagged(907, &cbor::map(&[(cbor::int(44234), entry(platform)), (cbor::int(44241), entry(realm))]));
    let keys = CcaPlatformKey::from_file(&folder.read("cpak.json")).unwrap();
    let endorsements = CcaEndorsements { platform_keys: &keys, reference_values: &CcaReferenceValues::NONE };
    let verdict = |token: &[u8]| verify_cca(token, &endorsements, &emulated(), NOW).unwrap();
    assert_eq!(verdict(&newer).evidence_id, verdict(&token).evidence_id);
}

/// Cases 205 and 211: recorded claims of realms, signed here.
#[test]
fn recorded_realm_claims_get_the_stated_verdict() {
    let Some(folder) = Folder::find() else { return };
    let genuine = folder.read("cca-token-01.cbor");
    let keys = CcaPlatformKey::from_file(&folder.read("cpak.json")).unwrap();
    let endorsements = CcaEndorsements { platform_keys: &keys, reference_values: &CcaReferenceValues::NONE };
    let verify = |claims: &str| {
        let message = cbor::sign1(&cbor::protected(-35), &cbor::map(&[]), &folder.read(claims), &[1; 96]);
        let realm = cbor::bytes(&cbor::tagged(18, &message));
        let token = [&[0xd9, 0x01, 0x8f, 0xa2], &genuine[4..669], &cbor::int(44241), &realm].concat();
        verify_cca(&token, &endorsements, &emulated(), NOW).unwrap_err()
    };
    assert_eq!(verify("realm-claims-missing-challenge.cbor"), CcaRefusal::MissingClaim(CcaClaim::RealmChallenge));
    // The claims are read; only the emulator could have signed them.
    assert_eq!(verify("realm-claims+spurious-numeric-key.cbor"), CcaRefusal::RealmSignature);
    assert_eq!(verify("realm-claims+spurious-text-key.cbor"), CcaRefusal::RealmSignature);
}
