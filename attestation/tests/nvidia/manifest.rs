//! Manifests themselves: their form, their signature and their chain.

use super::*;

fn manifest_refusal(xml: &str) -> NvidiaRefusal {
    Manifest::check_xml(xml).unwrap_err()
}

#[test]
fn a_checked_manifest_survives_encoding() {
    let manifest = Manifest::driver().check().unwrap();
    assert_eq!(CheckedManifest::decode(&mut manifest.encode().as_slice()), Ok(manifest));
}

#[test]
fn a_manifest_that_is_too_large_is_refused() {
    let xml = " ".repeat(65_536);
    assert_eq!(manifest_refusal(&xml), NvidiaRefusal::ManifestTooLarge { found: 65_536 });
}

#[test]
fn xml_of_any_other_form_is_refused() {
    let good = Manifest::driver().xml();
    let changes = [
        format!("<?xml version=\"1.0\"?>{good}"),
        format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{good}"),
        good.replace("<ns0:Payload>", "<ns0:Payload><!-- -->"),
        good.replace("<ns0:Payload>", "<ns0:Payload><![CDATA[ ]]>"),
        good.replace("tagCreator", "tag&amp;Creator"),
        good.replace('\n', "\r\n"),
        good.replace("</SoftwareIdentity>", ""),
        good.replace("tagCreator", &"x".repeat(9000)),
        format!("{}{}", "<a>".repeat(12), "</a>".repeat(12)),
        "<a/>".repeat(3000),
        format!("<a {}/>", (0..17).map(|place| format!("xmlns:n{place}=\"urn:n\" ")).collect::<String>()),
        String::new(),
    ];
    for xml in &changes {
        assert_eq!(manifest_refusal(xml), NvidiaRefusal::ManifestXml, "{}", xml.get(..80).unwrap_or(xml));
    }
    assert_eq!(
        verify_manifest(&[0xff], &[], &roots(), &evidence_only().revocation, NOW),
        Err(NvidiaRefusal::ManifestXml)
    );
}

#[test]
fn a_manifest_without_its_elements_in_their_order_is_refused() {
    let good = Manifest::driver().xml();
    let entity = r#"<ns0:Entity name="NVIDIA Corporation" role="tagCreator"></ns0:Entity>"#;
    let changes = [
        good.replace(entity, ""),
        good.replace(entity, &entity.repeat(2)),
        good.replace("corpus=\"false\"", "corpus=\"true\""),
        good.replace("patch=\"false\"", ""),
        good.replace(" product=\"GH100\"", " product=\"GB100\""),
        good.replace("<ns0:Payload>", "<ns0:Payload>text"),
        good.replace("ns0:Payload", "Cargo"),
        good.replace("<ds:KeyInfo>", "<ds:KeyInfo Id=\"1\">"),
        good.replace("<ds:SignatureValue>", "<ds:SignatureValue>!"),
        good.replace("ds:X509Certificate>", "ds:X509Crl>"),
    ];
    for xml in &changes {
        assert_ne!(*xml, good);
        assert_eq!(manifest_refusal(xml), NvidiaRefusal::ManifestForm);
    }
}

#[test]
fn a_second_signature_or_one_in_another_place_is_refused() {
    let good = Manifest::driver().xml();
    let start = good.find("<ds:Signature ").unwrap();
    let end = good.find("</SoftwareIdentity>").unwrap();
    let signature = &good[start..end];
    let twice = good.replace("</SoftwareIdentity>", &format!("{signature}</SoftwareIdentity>"));
    let inside = good.replace(signature, "").replace("</ns0:Payload>", &format!("{signature}</ns0:Payload>"));
    let before = good.replace(signature, "").replace("<ns0:Entity", &format!("{signature}<ns0:Entity"));
    // The whole good document inside another one that says something else.
    let wrapped = good.replace("</SoftwareIdentity>", &format!("{}</SoftwareIdentity>", good.trim_end()));
    for xml in [twice, inside, before, wrapped] {
        assert_eq!(manifest_refusal(&xml), NvidiaRefusal::ManifestForm);
    }
}

#[test]
fn a_signature_of_any_other_kind_is_refused() {
    let manifest = Manifest::driver();
    for (from, to) in [
        ("xml-c14n11\"></ds:CanonicalizationMethod>", "xml-exc-c14n#\"></ds:CanonicalizationMethod>"),
        ("#ecdsa-sha384", "#hmac-sha1"),
        ("xmldsig-more#sha384", "xmldsig#sha1"),
        ("#enveloped-signature", "#base64"),
        ("xml-c14n11\"></ds:Transform>", "xpath\"></ds:Transform>"),
    ] {
        let xml = manifest.sign(&manifest.document(), |info| {
            assert!(info.contains(from), "{from}");
            info.replace(from, to)
        });
        assert_eq!(manifest_refusal(&xml), NvidiaRefusal::ManifestAlgorithm, "{from}");
    }
    let elsewhere = manifest.sign(&manifest.document(), |info| info.replace("URI=\"\"", "URI=\"#other\""));
    assert_eq!(manifest_refusal(&elsewhere), NvidiaRefusal::ManifestForm);
}

/// Case 173.
#[test]
fn a_manifest_that_was_changed_after_it_was_signed_is_refused() {
    let good = Manifest::driver().xml();
    let digest = hex::encode(measurement(7));
    let other = hex::encode([0xee; 48]);
    assert_eq!(manifest_refusal(&good.replace(&digest, &other)), NvidiaRefusal::ManifestDigest);
    assert_eq!(
        manifest_refusal(&good.replace("True", "False").replacen("False", "True", 1)),
        NvidiaRefusal::ManifestDigest
    );
    assert_eq!(
        manifest_refusal(&good.replace("</ns0:Payload>\n", "</ns0:Payload>\n\n")),
        NvidiaRefusal::ManifestDigest
    );
}

/// Case 173.
#[test]
fn a_manifest_that_another_key_signed_is_refused() {
    let manifest = Manifest::driver().changed(|manifest| manifest.key = key::STRANGER);
    assert_eq!(manifest_refusal(&manifest.xml()), NvidiaRefusal::ManifestSignature);
    // A signature over another digest, with the digest of this document put in its place.
    let other = Manifest::firmware().xml();
    let value = |xml: &str| xml.split("ds:DigestValue>").nth(1).unwrap().to_owned();
    let good = Manifest::driver().xml();
    let signature = &other[other.find("<ds:Signature ").unwrap()..];
    let mixed = format!("{}{}", Manifest::driver().document(), signature.replace(&value(&other), &value(&good)));
    assert_eq!(manifest_refusal(&mixed), NvidiaRefusal::ManifestSignature);
}

#[test]
fn other_spellings_of_the_same_manifest_are_the_same_manifest() {
    let good = Manifest::driver().xml();
    let spelled = good
        .replace("></ns0:Resource>", "  />")
        .replace(r#"patch="false" supplemental="false""#, r#"supplemental='false'   patch='false'"#);
    assert_ne!(good, spelled);
    assert_eq!(Manifest::check_xml(&good).unwrap(), Manifest::check_xml(&spelled).unwrap());
}

#[test]
fn entries_that_are_no_measurements_with_their_digests_are_refused() {
    let good = Manifest::driver().xml();
    let first = r#"alternatives="1" index="7" name="M" size="48" type="Measurement""#;
    for other in [
        r#"alternatives="1" index="7" name="M" size="48" type="File""#,
        r#"alternatives="1" index="7" name="M" size="32" type="Measurement""#,
        r#"alternatives="2" index="7" name="M" size="48" type="Measurement""#,
        r#"alternatives="0" index="7" name="M" size="48" type="Measurement""#,
        r#"alternatives="1" index="07" name="M" size="48" type="Measurement""#,
        r#"alternatives="1" index="+7" name="M" size="48" type="Measurement""#,
        r#"alternatives="1" index="255" name="M" size="48" type="Measurement""#,
        r#"alternatives="1" index="300" name="M" size="48" type="Measurement""#,
        r#"alternatives="1" index="7" name="M" size="48" type="Measurement" mask="ff""#,
        r#"alternatives="1" index="7" size="48" type="Measurement""#,
    ] {
        assert_eq!(manifest_refusal(&good.replace(first, other)), NvidiaRefusal::ManifestEntry(0), "{other}");
    }
    assert_eq!(
        manifest_refusal(&good.replacen("active=\"True\"", "active=\"true\"", 1)),
        NvidiaRefusal::ManifestEntry(0)
    );
    let short = good.replace(&hex::encode(measurement(7)), &hex::encode([7; 32]));
    assert_eq!(manifest_refusal(&short), NvidiaRefusal::ManifestEntry(0));
}

#[test]
fn a_repeated_entry_and_a_manifest_without_active_ones_are_refused() {
    let twice = Manifest::driver().changed(|manifest| manifest.entries.push((22, true, vec![[0; 48]])));
    assert_eq!(manifest_refusal(&twice.xml()), NvidiaRefusal::RepeatedManifestEntry(22));
    for entries in [Vec::new(), vec![(0, false, vec![[0; 48]])]] {
        let empty = Manifest::driver().changed(|manifest| manifest.entries = entries);
        assert_eq!(manifest_refusal(&empty.xml()), NvidiaRefusal::ManifestEmpty);
    }
}

#[test]
fn a_version_of_neither_driver_nor_firmware_is_refused() {
    let manifest = Manifest::driver().changed(|manifest| manifest.version = "1.0".into());
    assert_eq!(manifest_refusal(&manifest.xml()), NvidiaRefusal::ManifestVersionForm);
}

/// Case 173.
#[test]
fn a_manifests_chain_to_another_root_is_refused() {
    let manifest = Manifest::driver().changed(|manifest| {
        manifest.chain[3].key = key::STRANGER;
        manifest.chain[3].issuer_key = key::STRANGER;
        manifest.chain[2].issuer_key = key::STRANGER;
    });
    let untrusted =
        |root: &Certificate| NvidiaRefusal::UntrustedRoot(Chain::Manifest, CertificateHash::of(&root.der()));
    assert_eq!(manifest_refusal(&manifest.xml()), untrusted(&manifest.chain[3]));
    // A device's chain is no manifest's, though its leaf may sign.
    let device = Manifest::driver().changed(|manifest| {
        manifest.chain = Device::hopper().chain;
        manifest.key = key::FIRMWARE;
    });
    assert_eq!(manifest_refusal(&device.xml()), untrusted(&device.chain[4]));
}

/// Case 173.
#[test]
fn a_manifest_whose_signer_is_out_of_its_time_is_refused() {
    let manifest = Manifest::driver()
        .changed(|manifest| manifest.chain[0].validity = ("20250101000000Z".into(), "20250102000000Z".into()));
    let expected = NvidiaRefusal::Certificate(
        NvidiaCertificate::Leaf(Chain::Manifest),
        Fault::Expired { not_after: 1_735_776_000, now: NOW },
    );
    assert_eq!(manifest_refusal(&manifest.xml()), expected);
}

#[test]
fn a_manifest_that_was_checked_before_counts_only_in_its_time_under_its_root_and_policy() {
    let manifest = [Manifest::firmware().check().unwrap()];
    let device = Device::hopper();
    let (report, chain) = (device.report(), device.pem());
    let evidence = NvidiaEvidence { report: &report, certificate_chain: &chain };
    let endorsements = NvidiaEndorsements { manifests: &manifest, responses: &[] };
    let verify = |roots: &NvidiaRoots, policy: &NvidiaPolicy, now| {
        verify_nvidia(&evidence, &endorsements, roots, policy, now).unwrap_err()
    };
    let subject = ManifestSubject::Firmware;
    let not_after = manifest[0].window().not_after;
    let expected = NvidiaRefusal::ManifestTime(subject, Fault::Expired { not_after, now: not_after + 1 });
    assert_eq!(verify(&roots(), &evidence_only(), not_after + 1), expected);
    let others = NvidiaRoots { manifest: roots().device, ..roots() };
    assert_eq!(verify(&others, &evidence_only(), NOW), NvidiaRefusal::ManifestRoot(subject));

    let unchecked = [Manifest::check_xml(&Manifest::firmware().xml()).unwrap()];
    let result = device.verify(&NvidiaEndorsements { manifests: &unchecked, responses: &[] }, &strict());
    assert_eq!(result.unwrap_err(), NvidiaRefusal::ManifestRevocation(subject));
}
