//! Certificates, roots and revocation.

use super::*;

/// Case 126.
#[test]
fn a_root_that_comes_with_the_evidence_proves_nothing() {
    let forged = Certificate {
        signer: authority_key().clone(),
        public_key: write::rsa_key(authority_key()),
        ..ark(SnpProduct::Genoa)
    };
    let plan = genoa().but(|plan| plan.root = Some(forged.encode()));
    let (found, refusal) = (CertificateHash::of(&forged.encode()), plan.refusal());
    assert_eq!(refusal, SnpRefusal::UntrustedRoot(found));
    assert!(refusal.to_string().contains(&hex::encode(found.0)), "{refusal}");

    let its_authority = Certificate { signer: authority_key().clone(), ..authority(SnpProduct::Genoa, SnpKey::Vcek) };
    let plan = genoa().but(|plan| plan.authority = Some(its_authority.encode()));
    assert_eq!(plan.refusal(), SnpRefusal::Authority(Fault::Signature));
}

#[test]
fn evidence_under_our_roots_is_refused_under_amds() {
    let evidence = genoa().evidence();
    let result = verify_snp(&evidence.report, &evidence.endorsements(), &SnpRoot::all_amd(), &SnpPolicy::strict(), NOW);
    assert_eq!(result, Err(SnpRefusal::UnknownIssuer(SnpKey::Vcek)));
}

/// The authorities of a line under other keys than everywhere here, with the same names.
fn namesake(product: SnpProduct) -> SnpRoot {
    let swapped = |certificate: Certificate, key| {
        let certificate =
            Certificate { signer: authority_key().clone(), public_key: write::rsa_key(key), ..certificate };
        certificate.encode()
    };
    let its_authority = |key| swapped(authority(product, key), root_key());
    let root = swapped(ark(product), authority_key());
    SnpRoot::from_certificates(product, &root, &its_authority(SnpKey::Vcek), &its_authority(SnpKey::Vlek)).unwrap()
}

/// Case 126.
#[test]
fn each_root_of_the_issuers_name_is_tried_and_the_last_refusal_is_told() {
    let product = SnpProduct::Genoa;
    let ours = roots().iter().find(|root| root.product() == product).unwrap().clone();
    let evidence = genoa().evidence();
    let verify = |roots: &[SnpRoot]| {
        let result = verify_snp(&evidence.report, &evidence.endorsements(), roots, &SnpPolicy::strict(), NOW);
        result.map(|verdict| verdict.root)
    };
    assert_eq!(verify(&[namesake(product), ours.clone()]), Ok(ours.id()));
    assert_eq!(verify(&[ours.clone(), namesake(product)]), Ok(ours.id()));
    assert_eq!(verify(&[namesake(product)]), Err(SnpRefusal::Vek(Fault::Signature)));
    assert_eq!(verify(&[]), Err(SnpRefusal::UnknownIssuer(SnpKey::Vcek)));
}

/// Case 127.
#[test]
fn an_authority_of_another_line_is_refused() {
    let of_milan = authority(SnpProduct::Milan, SnpKey::Vcek).encode();
    let plan = genoa().but(|plan| plan.authority = Some(of_milan));
    assert_eq!(plan.refusal(), SnpRefusal::Authority(Fault::Subject));

    let plan = genoa().but(|plan| plan.vek.issuer = "SEV-Milan".into());
    let expected = SnpRefusal::ProductMismatch { report: SnpProduct::Genoa, certificate: SnpProduct::Milan };
    assert_eq!(plan.refusal(), expected);
}

/// Case 128.
#[test]
fn certificates_in_another_order_are_refused() {
    let (root, its_authority) = (ark(SnpProduct::Genoa), authority(SnpProduct::Genoa, SnpKey::Vcek));
    let swapped = genoa().but(|plan| plan.vek = its_authority.clone());
    assert_eq!(swapped.refusal(), SnpRefusal::Vek(Fault::Subject));
    let swapped = genoa().but(|plan| plan.authority = Some(root.encode()));
    assert_eq!(swapped.refusal(), SnpRefusal::Authority(Fault::Subject));
    let swapped = genoa().but(|plan| plan.root = Some(its_authority.encode()));
    assert_eq!(swapped.refusal(), SnpRefusal::UntrustedRoot(CertificateHash::of(&its_authority.encode())));
    let of_providers = authority(SnpProduct::Genoa, SnpKey::Vlek).encode();
    let swapped = genoa().but(|plan| plan.authority = Some(of_providers));
    assert_eq!(swapped.refusal(), SnpRefusal::Authority(Fault::Subject));
}

#[test]
fn a_versioned_key_that_another_key_signed_is_refused() {
    let plan = genoa().but(|plan| plan.vek.signer = root_key().clone());
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Signature));
}

#[test]
fn a_versioned_key_of_an_unknown_issuer_is_refused() {
    let plan = genoa().but(|plan| plan.vek.issuer = "SEV-Rome".into());
    assert_eq!(plan.refusal(), SnpRefusal::UnknownIssuer(SnpKey::Vcek));
    // The authority for providers' keys signs no chip's.
    let plan = genoa().but(|plan| plan.vek.issuer = "SEV-VLEK-Genoa".into());
    assert_eq!(plan.refusal(), SnpRefusal::UnknownIssuer(SnpKey::Vcek));
}

#[test]
fn an_authority_that_may_not_sign_certificates_is_refused() {
    let mut weak = authority(SnpProduct::Genoa, SnpKey::Vcek);
    for position in 0..2 {
        let (kept, dropped) = (weak.extensions.clone(), weak.extensions.remove(position));
        let plan = genoa().but(|plan| plan.authority = Some(weak.encode()));
        assert_eq!(plan.refusal(), SnpRefusal::Authority(Fault::Usage), "without {}", dropped.0);
        weak.extensions = kept;
    }
}

#[test]
fn a_versioned_key_that_is_an_authority_is_refused() {
    let constraints = authority(SnpProduct::Genoa, SnpKey::Vcek).extensions.remove(0);
    let plan = genoa().but(|plan| plan.vek.extensions.push(constraints));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Usage));
}

#[test]
fn a_certificate_with_unknown_critical_or_repeated_extensions_is_refused() {
    let plan = genoa().but(|plan| plan.vek.extensions.push(("2.5.29.54".into(), true, vec![2, 1, 0])));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Extension));
    let plan = genoa().but(|plan| {
        let repeated = plan.vek.extensions[0].clone();
        plan.vek.extensions.push(repeated);
    });
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Extension));
}

#[test]
fn a_versioned_key_of_another_kind_is_refused() {
    let plan = genoa().but(|plan| plan.vek.public_key = write::rsa_key(authority_key()));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Algorithm));
    let plan = genoa().but(|plan| plan.vek.algorithm = write::pss(32));
    assert_eq!(plan.refusal(), SnpRefusal::Vek(Fault::Algorithm));
}

#[test]
fn certificates_that_are_too_long_or_truncated_are_refused() {
    let mut evidence = genoa().evidence();
    evidence.vek.resize(4097, 0);
    let refusal = evidence.verify(&SnpPolicy::strict(), NOW).unwrap_err();
    assert_eq!(refusal, SnpRefusal::Vek(Fault::TooLarge { found: 4097, most: 4096 }));
    for length in [0, 1, 100, 1000] {
        let mut evidence = genoa().evidence();
        evidence.vek.truncate(length);
        let refusal = evidence.verify(&SnpPolicy::strict(), NOW).unwrap_err();
        assert_eq!(refusal, SnpRefusal::Vek(Fault::Malformed), "{length}");
    }
    let mut evidence = genoa().evidence();
    evidence.vek.push(0);
    assert_eq!(evidence.verify(&SnpPolicy::strict(), NOW), Err(SnpRefusal::Vek(Fault::Malformed)));
}

/// Cases 101 and 129.
#[test]
fn certificates_out_of_their_time_are_refused() {
    let evidence = good_of(SnpProduct::Genoa, SnpKey::Vlek).but(|plan| plan.revocation_list = None).evidence();
    let policy = SnpPolicy::tiered();
    let (first, last) = (NOW - 30 * DAY, NOW + 365 * DAY);
    assert!(evidence.verify(&policy, first).is_ok());
    assert!(evidence.verify(&policy, last).is_ok());
    let early = Fault::NotYetValid { not_before: first, now: first - 1 };
    assert_eq!(evidence.verify(&policy, first - 1), Err(SnpRefusal::Vek(early)));
    let late = Fault::Expired { not_after: last, now: last + 1 };
    assert_eq!(evidence.verify(&policy, last + 1), Err(SnpRefusal::Vek(late)));
    let ended = Fault::Expired { not_after: NOW + 9000 * DAY, now: u64::MAX };
    assert_eq!(evidence.verify(&policy, u64::MAX), Err(SnpRefusal::Root(ended)));
    let begun = Fault::NotYetValid { not_before: NOW - 900 * DAY, now: NOW - 950 * DAY };
    assert_eq!(evidence.verify(&policy, NOW - 950 * DAY), Err(SnpRefusal::Authority(begun)));
}

/// Case 115.
#[test]
fn a_kind_of_key_that_the_policy_does_not_accept_is_refused() {
    let policy = SnpPolicy { accept_vlek: false, ..SnpPolicy::strict() };
    let plan = good_of(SnpProduct::Genoa, SnpKey::Vlek);
    assert_eq!(plan.verify(&policy), Err(SnpRefusal::KeyNotAccepted(SnpKey::Vlek)));
    let policy = SnpPolicy { accept_vcek: false, ..SnpPolicy::strict() };
    assert_eq!(genoa().verify(&policy), Err(SnpRefusal::KeyNotAccepted(SnpKey::Vcek)));
}

/// Case 116.
#[test]
fn a_report_that_names_the_other_kind_of_key_is_refused() {
    let expected = SnpRefusal::KeyKind { report: SnpKey::Vlek, certificate: SnpKey::Vcek };
    assert_eq!(genoa().with(at::KEY_INFO, &[1 << 2]).refusal(), expected);
    let expected = SnpRefusal::KeyKind { report: SnpKey::Vcek, certificate: SnpKey::Vlek };
    assert_eq!(good_of(SnpProduct::Genoa, SnpKey::Vlek).with(at::KEY_INFO, &[0]).refusal(), expected);
}

/// Case 125.
#[test]
fn a_versioned_key_without_amds_extensions_is_refused() {
    for (arc, extension) in [
        ("2", SnpExtension::ProductName),
        ("3.1", SnpExtension::Versions),
        ("3.2", SnpExtension::Versions),
        ("3.3", SnpExtension::Versions),
        ("3.8", SnpExtension::Versions),
        ("4", SnpExtension::HardwareId),
    ] {
        assert_eq!(with_extension(arc, None, genoa()).refusal(), SnpRefusal::Extension(extension), "{arc}");
    }
    assert_eq!(with_extension("3.9", None, turin()).refusal(), SnpRefusal::Extension(SnpExtension::Versions));
}

/// Case 125: without it no policy could deny the provider.
#[test]
fn a_providers_key_that_names_no_provider_is_refused() {
    let plan = || good_of(SnpProduct::Genoa, SnpKey::Vlek);
    let refusal = with_extension("5", None, plan()).refusal();
    assert_eq!(refusal, SnpRefusal::Extension(SnpExtension::Provider));
    assert_eq!(refusal.check(), SnpCheck::CertificateChain);
    assert_eq!(facts(&plan()).provider.as_deref(), Some("A Cloud"));
}

#[test]
fn malformed_extensions_of_amds_are_refused() {
    let versions = SnpRefusal::Extension(SnpExtension::Versions);
    assert_eq!(with_extension("3.8", Some(vec![2, 2, 1, 0x54]), genoa()).refusal(), versions);
    assert_eq!(with_extension("3.8", Some(vec![2, 1, 0x54, 0]), genoa()).refusal(), versions);
    assert_eq!(with_extension("3.4", Some(vec![2, 1, 1]), genoa()).refusal(), versions); // reserved
    assert_eq!(with_extension("3.9", Some(vec![2, 1, 0]), genoa()).refusal(), versions); // Turin's
    let name = SnpRefusal::Extension(SnpExtension::ProductName);
    assert_eq!(with_extension("2", Some(write::value(0x0c, b"Genoa")), genoa()).refusal(), name);
    let provider = SnpRefusal::Extension(SnpExtension::Provider);
    let plan = good_of(SnpProduct::Genoa, SnpKey::Vlek);
    assert_eq!(with_extension("5", Some(write::value(0x16, &[b'a'; 65])), plan).refusal(), provider);
}

#[test]
fn a_missing_revocation_list_is_refused_where_it_is_wanted() {
    let plan = genoa().but(|plan| plan.revocation_list = None);
    assert_eq!(plan.verify(&SnpPolicy::strict()), Err(SnpRefusal::RevocationListMissing));
    assert!(plan.verify(&SnpPolicy::tiered()).is_ok());
}

/// Case 130.
#[test]
fn a_revoked_authority_and_a_stale_list_are_refused() {
    let list = |window, revoked: &[u8], signer| Some(revocation_list(SnpProduct::Genoa, window, revoked, signer));
    let current = (NOW - DAY, NOW + DAY);
    let refusal = |list| genoa().but(|plan| plan.revocation_list = list).verify(&SnpPolicy::tiered()).unwrap_err();
    assert_eq!(refusal(list(current, &[9, 2], root_key())), SnpRefusal::Revoked);
    assert_eq!(refusal(list(current, &[1], root_key())), SnpRefusal::Revoked);
    let stale = Fault::Expired { not_after: NOW - 1, now: NOW };
    assert_eq!(refusal(list((NOW - DAY, NOW - 1), &[], root_key())), SnpRefusal::RevocationList(stale));
    let early = Fault::NotYetValid { not_before: NOW + 1, now: NOW };
    assert_eq!(refusal(list((NOW + 1, NOW + DAY), &[], root_key())), SnpRefusal::RevocationList(early));
    let forged = refusal(list(current, &[], authority_key()));
    assert_eq!(forged, SnpRefusal::RevocationList(Fault::Signature));
    assert_eq!(refusal(Some(vec![])), SnpRefusal::RevocationList(Fault::Malformed));
    let of_milan = revocation_list(SnpProduct::Milan, current, &[], root_key());
    assert_eq!(refusal(Some(of_milan)), SnpRefusal::RevocationList(Fault::Issuer));
}

#[test]
fn roots_are_made_only_of_certificates_that_fit_their_roles() {
    let product = SnpProduct::Genoa;
    let encode = |certificate: Certificate| certificate.encode();
    let (root, ask, asvk) =
        (encode(ark(product)), encode(authority(product, SnpKey::Vcek)), encode(authority(product, SnpKey::Vlek)));
    let made = SnpRoot::from_certificates(product, &root, &ask, &asvk).unwrap();
    assert!(!made.is_amd());
    assert!(SnpRoot::amd(product).is_amd());

    let refusal =
        |root: &[u8], ask: &[u8], asvk: &[u8]| SnpRoot::from_certificates(product, root, ask, asvk).unwrap_err();
    assert_eq!(refusal(&ask, &ask, &asvk), SnpRefusal::Root(Fault::Subject));
    assert_eq!(refusal(&root, &asvk, &ask), SnpRefusal::Authority(Fault::Subject));
    let foreign = encode(Certificate { signer: authority_key().clone(), ..ark(product) });
    assert_eq!(refusal(&foreign, &ask, &asvk), SnpRefusal::Root(Fault::Signature));
    let foreign = encode(Certificate { signer: authority_key().clone(), ..authority(product, SnpKey::Vlek) });
    assert_eq!(refusal(&root, &ask, &foreign), SnpRefusal::Authority(Fault::Signature));
}
