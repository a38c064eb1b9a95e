//! CCA tokens of a platform of our own: what is accepted, and one test for each refusal.

use crate::support::cca::{
    CHALLENGE, IMPLEMENTATION, INSTANCE, LIFETIME, NOW, PLATFORM_KEY, Plan, REALM_KEY, cbor, changed, component,
    cose_key, encoded, plan, platform_key, point, point_p256, policy, raw_key, reference_values, refusal, remove, set,
    verify, verify_with,
};
use adyton_attestation::{
    CborFault, CoseFault,
    cca::{
        CcaCheck, CcaClaim, CcaDigest, CcaHash, CcaKey, CcaPlatformKey, CcaPolicy, CcaProfile, CcaReferenceValues,
        CcaRefusal, CcaToken, CcaVerdict, MAX_TOKEN_BYTES,
    },
};
use proptest::prelude::*;
use std::sync::LazyLock;

const PLATFORM_CLAIMS: [(i64, CcaClaim); 7] = [
    (265, CcaClaim::PlatformProfile),
    (2396, CcaClaim::ImplementationId),
    (256, CcaClaim::InstanceId),
    (2401, CcaClaim::Configuration),
    (2395, CcaClaim::Lifecycle),
    (2402, CcaClaim::PlatformHash),
    (2399, CcaClaim::Components),
];
const REALM_CLAIMS: [(i64, CcaClaim); 6] = [
    (10, CcaClaim::RealmChallenge),
    (44236, CcaClaim::RealmHash),
    (44240, CcaClaim::RealmKeyHash),
    (44235, CcaClaim::Personalization),
    (44238, CcaClaim::InitialMeasurement),
    (44239, CcaClaim::ExtensibleMeasurements),
];

#[test]
fn a_good_token_is_accepted_with_all_its_facts() {
    let verdict = verify(&plan().issue()).unwrap();
    assert_eq!(verdict.platform_key, platform_key().key.id());
    assert!(!verdict.platform_key_is_published && verdict.platform_is_known);
    assert_eq!(verdict.platform.implementation_id, IMPLEMENTATION);
    assert_eq!(verdict.platform.instance_id, INSTANCE);
    assert_eq!(verdict.platform.configuration, [0xcf; 4]);
    assert_eq!(verdict.platform.lifecycle, 0x3003);
    assert_eq!(verdict.platform.service.as_deref(), Some("https://verifier.example"));
    assert_eq!(verdict.platform.components.len(), 2);
    assert_eq!(verdict.platform.components[1].kind.as_deref(), Some("RMM"));
    assert_eq!((verdict.platform.profile, verdict.realm_profile), (CcaProfile::Arm2023, CcaProfile::Arm2023));
    assert_eq!(verdict.measurement.hash, CcaHash::Sha256);
    assert_eq!(verdict.measurement.initial.as_bytes(), [1; 32]);
    assert_eq!(verdict.measurement.extensible[3].as_bytes(), [5; 32]);
    assert_eq!(verdict.measurement.personalization, [0x77; 64]);
    assert_eq!(verdict.measurement_id, verdict.measurement.id());
    assert_eq!(verdict.challenge, CHALLENGE);
    assert_eq!((verdict.valid_from, verdict.valid_until), (NOW, NOW + LIFETIME));
    assert_eq!(verdict.require_realm(&reference_values()), Ok(()));
    let json = serde_json::to_value(&*verdict).unwrap();
    assert_eq!(json["measurement"]["initial"], hex::encode([1; 32]));
    assert_eq!(json["platform"]["components"][0]["component-type"], "BL1");
}

#[test]
fn the_forms_before_there_were_profiles_are_accepted() {
    let verdict = verify(&changed(Plan::make_legacy).issue()).unwrap();
    assert_eq!((verdict.platform.profile, verdict.realm_profile), (CcaProfile::Legacy, CcaProfile::Legacy));
}

#[test]
fn the_newer_collection_is_accepted_and_is_the_same_evidence() {
    let newer = verify(&changed(|plan| plan.tag = Some(907)).issue()).unwrap();
    assert_eq!(newer.evidence_id, verify(&plan().issue()).unwrap().evidence_id);
    let other = |plan: &mut Plan| (plan.tag, plan.content_format) = (Some(907), 60);
    assert_eq!(refusal(other), CcaRefusal::ContentFormat { token: CcaToken::Platform, found: 60 });
}

#[test]
fn a_policy_that_accepts_nothing_refuses_everything() {
    let refused = verify_with(&plan().issue(), &[platform_key()], &reference_values(), &CcaPolicy::default());
    assert_eq!(refused.unwrap_err(), CcaRefusal::PolicyAcceptsNothing);
}

#[test]
fn a_token_without_any_platform_key_is_refused() {
    let refused = verify_with(&plan().issue(), &[], &reference_values(), &policy()).unwrap_err();
    assert_eq!(refused, CcaRefusal::NoPlatformKey);
    assert_eq!(refused.check(), CcaCheck::Endorsements);
}

#[test]
fn a_token_that_is_too_large_is_refused_before_it_is_read() {
    let found = MAX_TOKEN_BYTES as u32 + 1;
    let refused = verify(&vec![0; MAX_TOKEN_BYTES + 1]).unwrap_err();
    assert_eq!(refused, CcaRefusal::TooLarge { found, most: found - 1 });
}

#[test]
fn a_collection_of_another_form_is_refused() {
    assert_eq!(refusal(|plan| plan.tag = None), CcaRefusal::CollectionUntagged);
    assert_eq!(refusal(|plan| plan.tag = Some(18)), CcaRefusal::CollectionTag(18));
    assert_eq!(refusal(|plan| plan.tag = Some(400)), CcaRefusal::CollectionTag(400));
    assert_eq!(refusal(|plan| plan.entries.push((1, cbor::int(1)))), CcaRefusal::UnknownEntry);
    let platform = plan().collect(&[(44234, plan().platform_message())]);
    assert_eq!(verify(&platform).unwrap_err(), CcaRefusal::MissingToken(CcaToken::Realm));
    let realm = plan().collect(&[(44241, plan().realm_message())]);
    assert_eq!(verify(&realm).unwrap_err(), CcaRefusal::MissingToken(CcaToken::Platform));
    for bytes in [&[][..], &[0xd9, 1]] {
        assert!(matches!(verify(bytes).unwrap_err(), CcaRefusal::CollectionUntagged | CcaRefusal::Collection(_)));
    }
    let trailing = [plan().issue(), vec![0]].concat();
    assert_eq!(verify(&trailing).unwrap_err(), CcaRefusal::Collection(CborFault::TrailingBytes));
}

#[test]
fn realm_and_platform_token_cannot_change_places() {
    let swapped = plan().collect(&[(44234, plan().realm_message()), (44241, plan().platform_message())]);
    assert_eq!(verify(&swapped).unwrap_err().check(), CcaCheck::TokenFormat);
}

#[test]
fn messages_of_another_form_are_refused() {
    let of_platform = |fault| CcaRefusal::Message(CcaToken::Platform, fault);
    assert_eq!(refusal(|plan| plan.message_tag = None), of_platform(CoseFault::Untagged));
    assert_eq!(refusal(|plan| plan.message_tag = Some(98)), of_platform(CoseFault::Tag(98)));
    assert_eq!(refusal(|plan| plan.platform_algorithm = -36), of_platform(CoseFault::Algorithm(-36)));
    let of_realm = |fault| CcaRefusal::Message(CcaToken::Realm, fault);
    assert_eq!(refusal(|plan| plan.realm_algorithm = -7), of_realm(CoseFault::Algorithm(-7)));
}

/// Case 205, and the same for every other claim.
#[test]
fn a_token_without_one_of_its_claims_is_refused() {
    for (label, claim) in PLATFORM_CLAIMS {
        assert_eq!(refusal(|plan| remove(&mut plan.platform, label)), CcaRefusal::MissingClaim(claim));
    }
    // Without a realm profile, the key has another form.
    for (label, claim) in REALM_CLAIMS {
        assert_eq!(refusal(|plan| remove(&mut plan.realm, label)), CcaRefusal::MissingClaim(claim));
    }
    for (label, claim) in [(2, CcaClaim::ComponentMeasurement), (5, CcaClaim::ComponentSigner)] {
        let mut parts = vec![(2, cbor::bytes(&[1; 32])), (5, cbor::bytes(&[1; 32]))];
        remove(&mut parts, label);
        let components = cbor::array(&[encoded(&parts)]);
        let refused = refusal(|plan| set(&mut plan.platform, 2399, components));
        assert_eq!(refused, CcaRefusal::MissingClaim(claim));
    }
    let service = verify(&changed(|plan| remove(&mut plan.platform, 2400)).issue()).unwrap();
    assert_eq!(service.platform.service, None);
}

#[test]
fn claims_of_another_length_are_refused() {
    for (is_realm, label, claim, least, most) in [
        (false, 10, CcaClaim::PlatformChallenge, 32, 64),
        (false, 2396, CcaClaim::ImplementationId, 32, 32),
        (false, 256, CcaClaim::InstanceId, 33, 33),
        (false, 2401, CcaClaim::Configuration, 1, 1024),
        (true, 10, CcaClaim::RealmChallenge, 64, 64),
        (true, 44235, CcaClaim::Personalization, 64, 64),
    ] {
        for found in [least - 1, most + 1] {
            let value = cbor::bytes(&vec![1; found]);
            let refused =
                refusal(|plan| set(if is_realm { &mut plan.realm } else { &mut plan.platform }, label, value));
            let [found, least, most] = [found, least, most].map(|length| length as u32);
            assert_eq!(refused, CcaRefusal::ClaimLength { claim, found, least, most });
        }
    }
    for found in [0, 31, 33, 65] {
        let value = cbor::bytes(&vec![1; found]);
        let claim = CcaClaim::InitialMeasurement;
        let refused = refusal(|plan| set(&mut plan.realm, 44238, value));
        assert_eq!(refused, CcaRefusal::DigestLength { claim, found: found as u32 });
    }
    let long = cbor::text(&"x".repeat(1025));
    let claim = CcaClaim::ServiceIndicator;
    let refused = refusal(|plan| set(&mut plan.platform, 2400, long));
    assert_eq!(refused, CcaRefusal::ClaimLength { claim, found: 1025, least: 0, most: 1024 });
}

#[test]
fn claims_of_another_type_are_refused() {
    for (label, _) in PLATFORM_CLAIMS {
        let refused = refusal(|plan| set(&mut plan.platform, label, cbor::NULL.to_vec()));
        assert_eq!(refused, CcaRefusal::Claims(CcaToken::Platform, CborFault::WrongType));
    }
    for (label, _) in REALM_CLAIMS {
        let refused = refusal(|plan| set(&mut plan.realm, label, cbor::NULL.to_vec()));
        assert_eq!(refused, CcaRefusal::Claims(CcaToken::Realm, CborFault::WrongType));
    }
    let refused = refusal(|plan| set(&mut plan.platform, 2395, cbor::int(0x1_0000)));
    assert_eq!(refused, CcaRefusal::Claims(CcaToken::Platform, CborFault::OutOfRange));
}

#[test]
fn counts_of_components_and_measurements_are_bounded() {
    for count in [0, 65, 100] {
        let components = cbor::array(&vec![component("X", 1); count]);
        let refused = refusal(|plan| set(&mut plan.platform, 2399, components));
        assert_eq!(refused, CcaRefusal::ComponentCount(count as u8));
    }
    for count in [0, 3, 5] {
        let measurements = cbor::array(&vec![cbor::bytes(&[1; 32]); count]);
        let refused = refusal(|plan| set(&mut plan.realm, 44239, measurements));
        assert_eq!(refused, CcaRefusal::ExtensibleCount(count as u8));
    }
}

/// Case 209.
#[test]
fn unknown_profiles_are_refused() {
    for profile in ["", "tag:arm.com,2023:cca_platform#2.0.0", "tag:arm.com,2023:realm#1.0.0"] {
        let refused = refusal(|plan| set(&mut plan.platform, 265, cbor::text(profile)));
        assert_eq!(refused, CcaRefusal::Profile(CcaToken::Platform));
    }
    for profile in ["", "http://arm.com/CCA-SSD/1.0.0", "tag:arm.com,2023:realm#1.0.1"] {
        let refused = refusal(|plan| set(&mut plan.realm, 265, cbor::text(profile)));
        assert_eq!(refused, CcaRefusal::Profile(CcaToken::Realm));
    }
}

#[test]
fn unknown_hashes_are_refused() {
    for (label, claim) in [(44236, CcaClaim::RealmHash), (44240, CcaClaim::RealmKeyHash)] {
        for name in ["sha-1", "SHA-256", "sha256", ""] {
            assert_eq!(refusal(|plan| set(&mut plan.realm, label, cbor::text(name))), CcaRefusal::Hash(claim));
        }
    }
    let refused = refusal(|plan| set(&mut plan.platform, 2402, cbor::text("md5")));
    assert_eq!(refused, CcaRefusal::Hash(CcaClaim::PlatformHash));
    let parts = vec![(2, cbor::bytes(&[1; 32])), (5, cbor::bytes(&[1; 32])), (6, cbor::text("md5"))];
    let refused = refusal(|plan| set(&mut plan.platform, 2399, cbor::array(&[encoded(&parts)])));
    assert_eq!(refused, CcaRefusal::Hash(CcaClaim::ComponentHash));
}

#[test]
fn texts_with_control_characters_are_refused() {
    let refused = refusal(|plan| set(&mut plan.platform, 2400, cbor::text("a\u{1b}[2Jb")));
    assert_eq!(refused, CcaRefusal::Text(CcaClaim::ServiceIndicator));
}

#[test]
fn an_instance_id_that_is_not_random_is_refused() {
    let refused = refusal(|plan| set(&mut plan.platform, 256, cbor::bytes(&[2; 33])));
    assert_eq!(refused, CcaRefusal::InstanceIdType(2));
}

#[test]
fn a_realm_key_of_another_form_is_refused() {
    let with = |entries: &[(i64, Vec<u8>)]| cbor::bytes(&encoded(&entries.to_vec()));
    let point = point(REALM_KEY);
    let (x, y) = (cbor::bytes(&point[..48]), cbor::bytes(&point[48..]));
    let good = [(1, cbor::int(2)), (-1, cbor::int(2)), (-2, x), (-3, y)];
    for (position, value) in [(0, cbor::int(1)), (1, cbor::int(1)), (2, cbor::bytes(&[1; 47])), (3, cbor::bytes(&[]))] {
        let mut entries = good.clone();
        entries[position].1 = value;
        assert_eq!(refusal(|plan| set(&mut plan.realm, 44237, with(&entries))), CcaRefusal::RealmKeyForm);
    }
    let more = [good.to_vec(), vec![(-4, cbor::bytes(&[1]))]].concat();
    assert_eq!(refusal(|plan| set(&mut plan.realm, 44237, with(&more))), CcaRefusal::RealmKeyForm);
    let raw = cbor::bytes(&raw_key(REALM_KEY));
    assert_eq!(refusal(|plan| set(&mut plan.realm, 44237, raw)), CcaRefusal::RealmKeyForm);
    let compressed = [&[2][..], &point[..48]].concat();
    let legacy = |plan: &mut Plan| {
        plan.make_legacy();
        set(&mut plan.realm, 44237, cbor::bytes(&compressed));
    };
    assert_eq!(refusal(legacy), CcaRefusal::RealmKeyForm);
    let legacy_cose = |plan: &mut Plan| {
        plan.make_legacy();
        set(&mut plan.realm, 44237, cbor::bytes(&cose_key(REALM_KEY)));
    };
    assert_eq!(refusal(legacy_cose), CcaRefusal::RealmKeyForm);
}

/// Case 209.
#[test]
fn a_realms_claims_of_an_older_profile_than_the_platforms_are_refused() {
    let legacy_realm = |plan: &mut Plan| {
        remove(&mut plan.realm, 265);
        set(&mut plan.realm, 44237, cbor::bytes(&raw_key(REALM_KEY)));
    };
    assert_eq!(refusal(legacy_realm), CcaRefusal::MixedProfiles);
    assert_eq!(CcaRefusal::MixedProfiles.check(), CcaCheck::TokenFormat);
}

#[test]
fn a_realms_claims_of_a_newer_profile_than_the_platforms_are_read_by_their_own() {
    let legacy_platform = |plan: &mut Plan| set(&mut plan.platform, 265, cbor::text("http://arm.com/CCA-SSD/1.0.0"));
    let verdict = verify(&changed(legacy_platform).issue()).unwrap();
    assert_eq!((verdict.platform.profile, verdict.realm_profile), (CcaProfile::Legacy, CcaProfile::Arm2023));
    let raw_key_too = |plan: &mut Plan| {
        legacy_platform(plan);
        set(&mut plan.realm, 44237, cbor::bytes(&raw_key(REALM_KEY)));
    };
    assert_eq!(refusal(raw_key_too), CcaRefusal::RealmKeyForm);
}

#[test]
fn a_token_of_another_platform_than_the_keys_is_refused() {
    let token = plan().issue();
    let refused = |key: CcaPlatformKey| verify_with(&token, &[key], &reference_values(), &policy()).unwrap_err();
    let key = platform_key();
    let of_this = CcaPlatformKey { instance_id: Some(INSTANCE), implementation_id: Some(IMPLEMENTATION), ..key };
    assert!(verify_with(&token, &[of_this], &reference_values(), &policy()).is_ok());
    let other = CcaPlatformKey { instance_id: Some([9; 33]), ..of_this };
    let not_for_this = CcaRefusal::PlatformKey(INSTANCE);
    assert_eq!(refused(other), not_for_this);
    assert!(not_for_this.to_string().contains(&hex::encode(INSTANCE)), "{not_for_this}");
    assert_eq!(refused(CcaPlatformKey { implementation_id: Some([9; 32]), ..of_this }), not_for_this);
    let on_p256 = CcaPlatformKey { key: CcaKey::P256(point_p256(PLATFORM_KEY).try_into().unwrap()), ..key };
    assert_eq!(refused(on_p256), not_for_this);
    let wrong = CcaPlatformKey { key: CcaKey::P384(point(9).try_into().unwrap()), ..key };
    assert_eq!(refused(wrong), CcaRefusal::PlatformSignature);
    let off_the_curve = CcaPlatformKey { key: CcaKey::P384([1; 96]), ..key };
    assert_eq!(refused(off_the_curve), CcaRefusal::PlatformSignature);
    assert!(verify_with(&token, &[other, wrong, key], &reference_values(), &policy()).is_ok());
}

#[test]
fn a_platform_may_sign_with_p256() {
    let key = CcaPlatformKey::of_any_platform(CcaKey::P256(point_p256(PLATFORM_KEY).try_into().unwrap()));
    let token = changed(|plan| plan.platform_algorithm = -7).issue();
    assert_eq!(verify_with(&token, &[key], &reference_values(), &policy()).unwrap().platform_key, key.key.id());
}

#[test]
fn claims_that_somebody_changed_are_refused() {
    let token = plan().issue();
    let change = |of: &[u8]| {
        let at = token.windows(of.len()).position(|window| window == of).unwrap();
        let mut changed = token.clone();
        changed[at] ^= 1;
        verify(&changed).unwrap_err()
    };
    assert_eq!(change(&IMPLEMENTATION), CcaRefusal::PlatformSignature);
    assert_eq!(change(&CHALLENGE), CcaRefusal::RealmSignature);
}

/// Case 206.
#[test]
fn a_realm_key_that_the_platform_does_not_vouch_for_is_refused() {
    let other = |plan: &mut Plan| set(&mut plan.platform, 10, cbor::bytes(&[7; 32]));
    assert_eq!(refusal(other), CcaRefusal::RealmKeyMismatch);
    // The platform vouches with one hash and the realm names another.
    let good = plan();
    let vouched = good.platform_claims();
    for name in ["sha-384", "sha-512"] {
        let realm = changed(|plan| set(&mut plan.realm, 44240, cbor::text(name)));
        let token =
            realm.collect(&[(44234, good.message(-35, PLATFORM_KEY, &vouched)), (44241, realm.realm_message())]);
        assert_eq!(verify(&token).unwrap_err(), CcaRefusal::RealmKeyMismatch);
        assert!(verify(&realm.issue()).is_ok());
    }
    // Somebody else's realm manager under this platform's token.
    let foreign = changed(|plan| {
        set(&mut plan.realm, 44237, cbor::bytes(&cose_key(8)));
        plan.realm_signer = 8;
    });
    let token = good.collect(&[(44234, good.platform_message()), (44241, foreign.realm_message())]);
    let refused = verify(&token).unwrap_err();
    assert_eq!(refused, CcaRefusal::RealmKeyMismatch);
    assert_eq!(refused.check(), CcaCheck::RealmKey);
}

#[test]
fn a_realm_token_by_another_key_than_its_own_is_refused() {
    assert_eq!(refusal(|plan| plan.realm_signer = 9), CcaRefusal::RealmSignature);
}

/// Case 207, with the example key of RFC 7517 §A.1, of which §A.2 has the private half.
#[test]
fn a_platform_key_that_anybody_has_is_refused_before_its_signature_is_looked_at() {
    let key = concat!(
        r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#,
        r#""y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#,
    );
    let keys = CcaPlatformKey::from_file(key.as_bytes()).unwrap();
    assert!(keys[0].key.is_published() && !platform_key().key.is_published());
    let token = changed(|plan| plan.platform_algorithm = -7).issue();
    let refused = |policy: &CcaPolicy| verify_with(&token, &keys, &reference_values(), policy).unwrap_err();
    assert_eq!(refused(&policy()), CcaRefusal::PublishedKey);
    assert_eq!(refused(&policy()).check(), CcaCheck::PlatformKey);
    assert_eq!(refused(&CcaPolicy::insecure_emulated(LIFETIME)), CcaRefusal::PlatformSignature);
}

/// Case 208.
#[test]
fn a_platform_that_is_not_secured_is_refused() {
    for lifecycle in [0, 0x00ff, 0x1000, 0x2000, 0x2fff, 0x3100, 0x4000, 0x5000, 0x6000, 0xffff] {
        let refused = refusal(|plan| set(&mut plan.platform, 2395, cbor::int(lifecycle)));
        assert_eq!(refused, CcaRefusal::Lifecycle(lifecycle as u16));
    }
    for lifecycle in [0x3000, 0x30ff] {
        assert!(verify(&changed(|plan| set(&mut plan.platform, 2395, cbor::int(lifecycle))).issue()).is_ok());
    }
}

#[test]
fn a_platform_that_the_caller_does_not_know_is_refused() {
    let unknown = CcaRefusal::PlatformReference(1);
    assert_eq!(refusal(|plan| set(&mut plan.platform, 2396, cbor::bytes(&[9; 32]))), unknown);
    assert_eq!(refusal(|plan| set(&mut plan.platform, 2401, cbor::bytes(&[9]))), unknown);
    let fewer = cbor::array(&[component("BL1", 0x20)]);
    assert_eq!(refusal(|plan| set(&mut plan.platform, 2399, fewer)), unknown);
    let older = cbor::array(&[component("BL1", 0x20), component("RMM", 0x31)]);
    assert_eq!(refusal(|plan| set(&mut plan.platform, 2399, older)), unknown);

    let token = plan().issue();
    let none = CcaReferenceValues::NONE;
    let refused = verify_with(&token, &[platform_key()], &none, &policy()).unwrap_err();
    assert_eq!(refused, CcaRefusal::NoPlatformReference);
    let lax = CcaPolicy { require_platform_reference: false, ..policy() };
    assert!(!verify_with(&token, &[platform_key()], &none, &lax).unwrap().platform_is_known);
    let other = changed(|plan| set(&mut plan.platform, 2401, cbor::bytes(&[9]))).issue();
    assert_eq!(verify_with(&other, &[platform_key()], &reference_values(), &lax).unwrap_err(), unknown);
}

/// With the reference values of platforms alone: a realm is then asked for afterwards.
fn verify_without_realms(token: &[u8]) -> Result<CcaVerdict, CcaRefusal> {
    let platforms = CcaReferenceValues { realms: Vec::new(), ..reference_values() };
    verify_with(token, &[platform_key()], &platforms, &policy())
}

/// Case 210.
#[test]
fn a_realm_that_the_caller_does_not_know_is_refused() {
    let known = reference_values();
    // Refused by the verifier where the caller names realms, and afterwards where the caller asks only then.
    let require = |change: fn(&mut Plan)| {
        let token = changed(change).issue();
        let later = verify_without_realms(&token).unwrap().require_realm(&known);
        assert_eq!(verify(&token).map(|_| ()), later);
        later
    };
    let digest = |fill: u8| cbor::bytes(&[fill; 32]);
    assert_eq!(require(|_| ()), Ok(()));
    assert_eq!(require(|plan| set(&mut plan.realm, 44238, cbor::bytes(&[9; 32]))), Err(CcaRefusal::InitialMeasurement));
    assert_eq!(
        require(|plan| set(&mut plan.realm, 44239, cbor::array(&vec![cbor::bytes(&[2; 32]); 4]))),
        Err(CcaRefusal::ExtensibleMeasurements)
    );
    assert_eq!(require(|plan| set(&mut plan.realm, 44235, cbor::bytes(&[9; 64]))), Err(CcaRefusal::Personalization));
    let none = verify(&plan().issue()).unwrap().require_realm(&CcaReferenceValues::NONE);
    assert_eq!(none, Err(CcaRefusal::NoRealmReference));
    assert_eq!(none.unwrap_err().check(), CcaCheck::Measurement);

    let mut any = reference_values();
    any.realms[0].extensible_measurements = None;
    any.realms[0].personalization_value = None;
    let other = changed(|plan| set(&mut plan.realm, 44239, cbor::array(&vec![digest(2); 4])));
    assert_eq!(verify_without_realms(&other.issue()).unwrap().require_realm(&any), Ok(()));
    assert!(verify_with(&other.issue(), &[platform_key()], &any, &policy()).is_ok());
}

/// Case 211.
#[test]
fn unknown_claims_are_not_looked_at() {
    let more = changed(|plan| {
        plan.realm.push((1_234_567, cbor::text("unknown")));
        plan.platform.push((-1, cbor::array(&[cbor::map(&[(cbor::int(1), cbor::NULL.to_vec())])])));
    });
    assert!(verify(&more.issue()).is_ok());
}

/// Case 212.
#[test]
fn indefinite_lengths_and_repeated_keys_are_refused() {
    let twice = |plan: &mut Plan| plan.realm.push((10, cbor::bytes(&CHALLENGE)));
    assert_eq!(refusal(twice), CcaRefusal::Claims(CcaToken::Realm, CborFault::DuplicateKey));
    let twice = |plan: &mut Plan| plan.platform.push((2395, cbor::int(0x3000)));
    assert_eq!(refusal(twice), CcaRefusal::Claims(CcaToken::Platform, CborFault::DuplicateKey));
    let unknown_twice = |plan: &mut Plan| plan.realm.extend([(99, cbor::int(1)), (99, cbor::int(2))]);
    assert_eq!(refusal(unknown_twice), CcaRefusal::Claims(CcaToken::Realm, CborFault::DuplicateKey));
    let again = plan().collect(&[
        (44234, plan().platform_message()),
        (44241, plan().realm_message()),
        (44241, plan().realm_message()),
    ]);
    assert_eq!(verify(&again).unwrap_err(), CcaRefusal::Collection(CborFault::DuplicateKey));

    let chunks = [&[0x5f][..], &cbor::bytes(&CHALLENGE), &[0xff]].concat();
    let refused = refusal(|plan| set(&mut plan.realm, 10, chunks));
    assert_eq!(refused, CcaRefusal::Claims(CcaToken::Realm, CborFault::IndefiniteLength));
    let open = cbor::open_map(&[(cbor::int(10), cbor::bytes(&CHALLENGE))]);
    let token = plan().collect(&[(44234, plan().platform_message()), (44241, plan().message(-35, REALM_KEY, &open))]);
    let of_realm = CcaRefusal::Claims(CcaToken::Realm, CborFault::IndefiniteLength);
    assert_eq!(verify(&token).unwrap_err(), of_realm);
    let token = plan().issue();
    let of_collection = [&[0xd9, 0x01, 0x8f, 0xbf][..], &token[4..], &[0xff]].concat();
    assert_eq!(verify(&of_collection).unwrap_err(), CcaRefusal::Collection(CborFault::IndefiniteLength));
}

#[test]
fn a_token_is_bound_to_its_challenge_and_to_nothing_else() {
    let verdict = || verify(&plan().issue()).unwrap();
    assert_eq!(verdict().bind(&CHALLENGE).unwrap().into_facts(), *verdict());
    let refused = verdict().bind(&[0; 64]).unwrap_err();
    assert_eq!((refused, refused.check()), (CcaRefusal::Challenge, CcaCheck::Challenge));
}

#[test]
fn a_token_has_one_identity_however_its_signatures_are_written() {
    use p384::ecdsa::Signature;
    let token = plan().issue();
    let (rest, signature) = token.split_at(token.len() - 96);
    let (r, s) = Signature::from_slice(signature).unwrap().split_scalars();
    let twin = [rest, &Signature::from_scalars(r, -s).unwrap().to_bytes()].concat();
    assert_ne!(twin, token);
    assert_eq!(verify(&twin).unwrap().evidence_id, verify(&token).unwrap().evidence_id);
}

#[test]
fn measurements_of_all_lengths_are_told_apart() {
    assert!([32, 48, 64].iter().all(|length| CcaDigest::new(&vec![1; *length]).is_some()));
    let short = changed(|plan| set(&mut plan.realm, 44238, cbor::bytes(&[1; 48]))).issue();
    let short = verify_without_realms(&short).unwrap();
    assert_ne!(short.measurement_id, verify(&plan().issue()).unwrap().measurement_id);
}

#[test]
fn key_files_of_other_forms_are_refused() {
    let key = |x: &str, y: &str, more: &str| format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"{more}}}"#);
    let coordinate = "A".repeat(43);
    assert!(CcaPlatformKey::from_file(key(&coordinate, &coordinate, "").as_bytes()).is_ok());
    let files = [
        String::new(),
        "{}".into(),
        "[1]".into(),
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----".into(),
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----".into(),
        key(&coordinate, &coordinate[1..], ""),
        key(&coordinate, &"A".repeat(64), ""),
        key(&coordinate, &"!".repeat(43), ""),
        // A private key.
        key(&coordinate, &coordinate, &format!(r#","d":"{coordinate}""#)),
        key(&coordinate, &coordinate, r#","kty":"EC""#),
        key(&coordinate, &coordinate, "").replace("P-256", "P-521"),
        key(&coordinate, &coordinate, "").replace("EC", "OKP"),
    ];
    for file in files {
        assert_eq!(CcaPlatformKey::from_file(file.as_bytes()).unwrap_err(), CcaRefusal::KeyFile, "{file}");
    }
}

#[test]
fn reference_files_of_other_forms_are_refused() {
    for file in [
        "",
        "[]",
        r#"{"platforms":[]}"#,
        r#"{"realm":[{"initial-measurement":"00"}]}"#,
        r#"{"realm":[{"initial-measurement":"zz"}]}"#,
        r#"{"platform":[{"implementation-id":"00"}]}"#,
    ] {
        assert_eq!(CcaReferenceValues::from_json(file.as_bytes()).unwrap_err(), CcaRefusal::ReferenceFile, "{file}");
    }
    assert_eq!(CcaReferenceValues::from_json(b"{}"), Ok(CcaReferenceValues::NONE));
}

#[test]
fn refusals_say_what_was_found_and_wanted_and_have_frozen_codes() {
    assert_eq!(
        CcaRefusal::Lifecycle(0x5000).to_string(),
        "the platform's lifecycle is 0x5000, 0x3000 to 0x30ff (secured) was wanted"
    );
    assert_eq!(CcaRefusal::Challenge.code(), 90);
    assert_eq!(CcaRefusal::PublishedKey.code(), 52);
    assert!(CcaCheck::ALL.is_sorted());
}

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| plan().issue());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_token_with_any_byte_changed_never_verifies(index in any::<prop::sample::Index>(), change in 1..=u8::MAX) {
        let mut token = GOOD.clone();
        *index.get_mut(&mut token) ^= change;
        prop_assert!(verify(&token).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_verify(bytes in prop::collection::vec(any::<u8>(), 0..1500), keep in 0usize..1200) {
        prop_assert!(verify(&bytes).is_err());
        let token = [&GOOD[..keep.min(GOOD.len())], &bytes].concat();
        prop_assert!(verify(&token).is_err());
        let _ = CcaPlatformKey::from_file(&bytes);
        let _ = CcaReferenceValues::from_json(&bytes);
    }
}
