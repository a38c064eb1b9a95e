//! Nitro documents under a root of our own: what is accepted, and one test for each refusal.

use crate::support::nitro::{
    LEAF_BEGINS, LEAF_ENDS, MODULE_ID, NONCE, NOW, Plan, ROOT, TIMESTAMP, USER_DATA, cbor, changed, plan, policy,
    refusal, root, verify, verify_at,
};
use adyton_attestation::{
    CborFault, CoseFault, Excerpt,
    nitro::{
        MAX_DOCUMENT_BYTES, NitroBinding, NitroCertificate, NitroCheck, NitroEndorsements, NitroField,
        NitroMeasurement, NitroPolicy, NitroRefusal, NitroRoot, verify_nitro,
    },
    x509::Fault,
};
use proptest::prelude::*;
use std::sync::LazyLock;

const HUGE: [u8; 8] = [0xff; 8];

fn refusal_of_message(fields: &[Vec<u8>]) -> NitroRefusal {
    verify(&cbor::array(fields)).unwrap_err()
}

fn of_document(fault: Fault) -> NitroRefusal {
    NitroRefusal::Certificate(NitroCertificate::Document, fault)
}

#[test]
fn a_good_document_is_accepted_with_all_its_facts() {
    let verdict = verify(&plan().issue()).unwrap();
    assert_eq!(verdict.root, root().id());
    assert_eq!(verdict.module_id, MODULE_ID);
    assert_eq!(verdict.instance.as_deref(), Some("i-0123456789abcdef0"));
    assert_eq!(verdict.timestamp_ms, TIMESTAMP * 1000 + 500);
    let measurement = NitroMeasurement { pcr0: [1; 48], pcr1: [2; 48], pcr2: [3; 48], pcr8: [0; 48] };
    assert_eq!(verdict.measurement, measurement);
    assert_eq!(verdict.measurement_id, measurement.id());
    assert_eq!(verdict.pcrs.len(), 16);
    assert_eq!(verdict.pcr(4), Some(&[5; 48]));
    assert_eq!(verdict.pcr(16), None);
    assert_eq!(verdict.public_key, None);
    assert_eq!(verdict.user_data.as_deref(), Some(&USER_DATA[..]));
    assert_eq!(verdict.nonce.as_deref(), Some(&NONCE[..]));
    assert_eq!((verdict.valid_from, verdict.valid_until), (LEAF_BEGINS, LEAF_ENDS));
}

#[test]
fn facts_have_a_json_form() {
    let json = serde_json::to_value(&*verify(&plan().issue()).unwrap()).unwrap();
    assert_eq!(json["nonce"], hex::encode(NONCE));
    assert_eq!(json["public_key"], serde_json::Value::Null);
    assert_eq!(json["measurement"]["pcr0"], hex::encode([1; 48]));
    assert_eq!(json["pcrs"][4]["value"], hex::encode([5; 48]));
}

#[test]
fn a_policy_that_accepts_nothing_refuses_everything() {
    let default = NitroPolicy::default();
    let refusal = verify_nitro(&plan().issue(), &NitroEndorsements::of_root(root()), &default, NOW).unwrap_err();
    assert_eq!(refusal, NitroRefusal::PolicyAcceptsNothing);
    assert_eq!(refusal.check(), NitroCheck::Policy);
}

#[test]
fn a_policy_survives_writing_and_reading_and_has_no_unknown_fields() {
    let text = serde_json::to_string(&policy()).unwrap();
    assert_eq!(serde_json::from_str::<NitroPolicy>(&text).unwrap(), policy());
    assert!(serde_json::from_str::<NitroPolicy>(&text.replace('{', "{\"x\":1,")).is_err());
}

/// Case 143.
#[test]
fn a_document_of_debug_mode_is_refused() {
    for index in 0..=2 {
        let refusal = refusal(|plan| plan.set_register(index.into(), &[0; 48]));
        assert_eq!(refusal, NitroRefusal::Debug(index));
        assert_eq!(refusal.check(), NitroCheck::DebugOff);
    }
    assert_eq!(refusal(|plan| (0..16).for_each(|index| plan.set_register(index, &[0; 48]))), NitroRefusal::Debug(0));
}

/// Case 144, and the edges of time (case 101).
#[test]
fn a_document_is_accepted_from_the_first_to_the_last_second_of_its_certificate_and_not_beyond() {
    let document = plan().issue();
    for now in [LEAF_BEGINS, NOW, LEAF_ENDS] {
        assert!(verify_at(&document, now).is_ok(), "{now}");
    }
    for now in [0, LEAF_BEGINS - 1] {
        assert!(matches!(
            verify_at(&document, now).unwrap_err(),
            NitroRefusal::Certificate(_, Fault::NotYetValid { now: at, .. }) if at == now
        ));
    }
    assert_eq!(
        verify_at(&document, LEAF_ENDS + 1).unwrap_err(),
        of_document(Fault::Expired { not_after: LEAF_ENDS, now: LEAF_ENDS + 1 })
    );
    for now in [1 << 40, u64::MAX] {
        let refusal = verify_at(&document, now).unwrap_err();
        assert!(matches!(refusal, NitroRefusal::Certificate(_, Fault::Expired { .. })), "{refusal}");
    }
}

/// Case 145.
#[test]
fn a_changed_bit_in_the_content_is_refused() {
    let document = plan().issue();
    let at = document.windows(48).position(|window| window == [1; 48]).unwrap();
    let mut changed = document;
    changed[at] ^= 1;
    let refusal = verify(&changed).unwrap_err();
    assert_eq!(refusal, NitroRefusal::Signature);
    assert_eq!(refusal.check(), NitroCheck::DocumentSignature);
}

#[test]
fn a_document_by_another_key_than_its_certificates_is_refused() {
    assert_eq!(refusal(|plan| plan.signer = Some(9)), NitroRefusal::Signature);
}

/// Case 146.
#[test]
fn a_signature_of_another_length_is_refused() {
    let [protected, unprotected, content, _] = plan().message();
    for found in [0, 95, 97, 132] {
        let signature = cbor::bytes(&vec![1; found]);
        let refusal = refusal_of_message(&[protected.clone(), unprotected.clone(), content.clone(), signature]);
        let found = found as u32;
        assert_eq!(refusal, NitroRefusal::Message(CoseFault::SignatureLength { found, wanted: 96 }));
    }
}

/// Case 147.
#[test]
fn any_algorithm_but_es384_is_refused_and_so_is_one_that_is_not_protected() {
    for number in [-36, -8, -257, 1, i64::MIN] {
        let refusal = refusal(|plan| plan.protected = cbor::protected(number));
        assert_eq!(refusal, NitroRefusal::Message(CoseFault::Algorithm(number)));
    }
    let [_, unprotected, content, _] = plan().message();
    let es256 = [cbor::bytes(&cbor::protected(-7)), unprotected, content, cbor::bytes(&[1; 64])];
    assert_eq!(refusal_of_message(&es256), NitroRefusal::Message(CoseFault::Algorithm(-7)));

    for empty in [Vec::new(), cbor::map(&[])] {
        let refusal = refusal(|plan| {
            plan.protected = empty;
            plan.unprotected = cbor::protected(-35);
        });
        assert_eq!(refusal, NitroRefusal::Message(CoseFault::NoAlgorithm));
    }
    assert_eq!(
        refusal(|plan| plan.unprotected = cbor::protected(-35)),
        NitroRefusal::Message(CoseFault::UnprotectedAlgorithm)
    );
}

/// Case 148.
#[test]
fn critical_and_other_headers_are_refused() {
    let with = |label: i64, value: Vec<u8>| cbor::map(&[(cbor::int(1), cbor::int(-35)), (cbor::int(label), value)]);
    let critical = with(2, cbor::array(&[cbor::int(99)]));
    assert_eq!(refusal(|plan| plan.protected = critical), NitroRefusal::Message(CoseFault::CriticalHeaders));
    let named = with(4, cbor::bytes(b"key"));
    assert_eq!(refusal(|plan| plan.protected = named), NitroRefusal::Message(CoseFault::ProtectedHeader));
    let named = cbor::map(&[(cbor::int(4), cbor::bytes(b"key"))]);
    assert_eq!(refusal(|plan| plan.unprotected = named), NitroRefusal::Message(CoseFault::UnprotectedHeader));
}

/// Case 149.
#[test]
fn the_tag_of_a_signed_message_is_allowed_and_no_other() {
    let tagged = verify(&changed(|plan| plan.tag = Some(18)).issue()).unwrap();
    assert_eq!(tagged.evidence_id, verify(&plan().issue()).unwrap().evidence_id);
    for tag in [0, 17, 61, 98, u64::MAX] {
        assert_eq!(refusal(|plan| plan.tag = Some(tag)), NitroRefusal::Message(CoseFault::Tag(tag)));
    }
    let twice = cbor::tagged(18, &cbor::tagged(18, &plan().issue()));
    assert_eq!(verify(&twice).unwrap_err(), NitroRefusal::Message(CoseFault::Cbor(CborFault::WrongType)));
}

/// Case 150.
#[test]
fn bytes_after_the_document_or_its_content_are_refused() {
    for tail in [&[0][..], &[0xf6], &plan().issue()] {
        let document = [plan().issue(), tail.to_vec()].concat();
        assert_eq!(verify(&document).unwrap_err(), NitroRefusal::Message(CoseFault::Cbor(CborFault::TrailingBytes)));
    }
    assert_eq!(refusal(|plan| plan.after_content = vec![0]), NitroRefusal::Content(CborFault::TrailingBytes));
}

/// Case 151.
#[test]
fn repeated_keys_are_refused() {
    let twice = |plan: &mut Plan| plan.fields.push(("nonce", Some(cbor::bytes(&NONCE))));
    assert_eq!(refusal(twice), NitroRefusal::Content(CborFault::DuplicateKey));
    let twice = |plan: &mut Plan| plan.registers.push((0, vec![1; 48]));
    assert_eq!(refusal(twice), NitroRefusal::Content(CborFault::DuplicateKey));
    let twice = cbor::map(&[(cbor::int(1), cbor::int(-35)), (cbor::int(1), cbor::int(-35))]);
    assert_eq!(refusal(|plan| plan.protected = twice), NitroRefusal::Message(CoseFault::Cbor(CborFault::DuplicateKey)));
}

/// Case 152. AWS's encoders open the content's map without its length, so that one alone may be.
#[test]
fn items_of_indefinite_length_are_refused_but_for_the_contents_own_map() {
    assert!(verify(&changed(|plan| plan.is_open = true).issue()).is_ok());
    assert!(verify(&changed(|plan| plan.is_open = false).issue()).is_ok());
    let message = [vec![0x9f], plan().message().concat(), vec![0xff]].concat();
    let of_message = NitroRefusal::Message(CoseFault::Cbor(CborFault::IndefiniteLength));
    assert_eq!(verify(&message).unwrap_err(), of_message);
    assert_eq!(refusal(|plan| plan.unprotected = vec![0xbf, 0xff]), of_message);
    let chunks = [&[0x5f][..], &cbor::bytes(&NONCE), &[0xff]].concat();
    let registers = cbor::open_map(&[(cbor::int(0), cbor::bytes(&[1; 48]))]);
    let bundle = [&[0x9f][..], &cbor::bytes(&plan().chain()[ROOT]), &[0xff]].concat();
    let text = [&[0x7f][..], &cbor::text(MODULE_ID), &[0xff]].concat();
    for (field, value) in [("nonce", chunks), ("pcrs", registers), ("cabundle", bundle), ("module_id", text)] {
        let refusal = refusal(|plan| plan.set(field, value));
        assert_eq!(refusal, NitroRefusal::Content(CborFault::IndefiniteLength), "{field}");
    }
}

/// Case 153.
#[test]
fn counts_and_lengths_out_of_proportion_are_refused() {
    let refused = |field: &str, value: Vec<u8>| {
        refusal(|plan| {
            plan.is_open = false;
            plan.set(field, value);
        })
    };
    for first in [0x9b, 0x5b, 0xbb] {
        let value = [&[first][..], &HUGE].concat();
        assert_eq!(refused("cabundle", value), NitroRefusal::Content(CborFault::Truncated));
    }
    assert_eq!(
        verify(&[&[0x9b][..], &HUGE].concat()).unwrap_err(),
        NitroRefusal::Message(CoseFault::Cbor(CborFault::TooMany))
    );
    let one = cbor::bytes(&[1]);
    assert_eq!(refused("cabundle", cbor::array(&[])), NitroRefusal::BundleLength(0));
    assert_eq!(refused("cabundle", cbor::array(&vec![one.clone(); 9])), NitroRefusal::BundleLength(9));
    assert_eq!(refused("cabundle", cbor::array(&vec![one; 65])), NitroRefusal::Content(CborFault::TooMany));
    let nested = [vec![0x81; 20], vec![0]].concat();
    assert_eq!(refused("nonce", nested), NitroRefusal::Content(CborFault::TooDeep));
}

/// Cases 154 and 162: a document without its certificate is refused, not taken unchecked.
#[test]
fn a_document_without_one_of_its_fields_is_refused() {
    for field in [
        NitroField::ModuleId,
        NitroField::Digest,
        NitroField::Timestamp,
        NitroField::Pcrs,
        NitroField::Certificate,
        NitroField::Cabundle,
    ] {
        assert_eq!(refusal(|plan| plan.remove(field.name())), NitroRefusal::MissingField(field));
        let null = refusal(|plan| plan.set(field.name(), cbor::NULL.to_vec()));
        assert_eq!(null, NitroRefusal::MissingField(field));
    }
    for (field, length) in [(NitroField::Certificate, 0), (NitroField::Certificate, 1025)] {
        let refusal = refusal(|plan| plan.set(field.name(), cbor::bytes(&vec![0x30; length])));
        assert_eq!(refusal, NitroRefusal::FieldLength { field, found: length as u32, least: 1, most: 1024 });
    }
}

#[test]
fn a_field_that_no_document_has_is_refused() {
    let refused = refusal(|plan| plan.fields.push(("extra", Some(cbor::int(1)))));
    assert_eq!(refused, NitroRefusal::UnknownField(Excerpt::of("extra")));
    assert_eq!(refused.to_string(), "the document has a field \"extra\", which no document has");
}

#[test]
fn a_field_of_another_type_is_refused() {
    for (field, value) in [
        ("module_id", cbor::bytes(b"i-0")),
        ("digest", cbor::int(384)),
        ("timestamp", cbor::int(-1)),
        ("timestamp", cbor::text("now")),
        ("pcrs", cbor::array(&[])),
        ("pcrs", cbor::map(&[(cbor::text("0"), cbor::bytes(&[1; 48]))])),
        ("certificate", cbor::text("certificate")),
        ("cabundle", cbor::bytes(&[1])),
        ("nonce", cbor::text("nonce")),
    ] {
        assert_eq!(refusal(|plan| plan.set(field, value)), NitroRefusal::Content(CborFault::WrongType), "{field}");
    }
}

/// Case 155.
#[test]
fn measurements_under_another_hash_are_refused() {
    for name in ["SHA256", "SHA512", "sha384", "SHA384 ", ""] {
        let refused = refusal(|plan| plan.set("digest", cbor::text(name)));
        assert_eq!(refused, NitroRefusal::Digest(Excerpt::of(name)));
        assert_eq!(refused.to_string(), format!("the digest is {name:?}, SHA384 was wanted"));
    }
}

/// Case 156.
#[test]
fn registers_that_do_not_exist_or_have_another_length_are_refused() {
    assert_eq!(refusal(|plan| plan.set_register(32, &[1; 48])), NitroRefusal::PcrIndex(32));
    assert_eq!(refusal(|plan| plan.set_register(-1, &[1; 48])), NitroRefusal::PcrIndex(-1));
    for found in [0, 31, 32, 47, 49, 64] {
        let refusal = refusal(|plan| plan.set_register(3, &vec![1; found]));
        assert_eq!(refusal, NitroRefusal::PcrLength { index: 3, found: found as u32 });
    }
    assert_eq!(refusal(|plan| plan.registers.clear()), NitroRefusal::PcrCount(0));
    let too_many = |plan: &mut Plan| (16..=32).for_each(|index| plan.set_register(index, &[1; 48]));
    assert_eq!(refusal(too_many), NitroRefusal::PcrCount(33));
    for missing in 0..=2 {
        let refusal = refusal(|plan| plan.registers.retain(|(index, _)| *index != i64::from(missing)));
        assert_eq!(refusal, NitroRefusal::PcrMissing(missing));
    }
}

/// Case 156: registers beyond 15 are real.
#[test]
fn registers_up_to_31_are_accepted_in_any_order() {
    let plan = changed(|plan| {
        (16..32).for_each(|index| plan.set_register(index, &[7; 48]));
        plan.registers.reverse();
    });
    let verdict = verify(&plan.issue()).unwrap();
    assert_eq!(verdict.pcrs.len(), 32);
    assert_eq!(verdict.pcr(31), Some(&[7; 48]));
    assert!(verdict.pcrs.is_sorted_by_key(|pcr| pcr.index));
}

/// Case 157.
#[test]
fn fields_for_the_enclaves_own_data_end_at_awss_bounds() {
    for (field, least, most) in
        [(NitroField::PublicKey, 1, 1024), (NitroField::UserData, 0, 512), (NitroField::Nonce, 0, 512)]
    {
        for length in [least, most] {
            let plan = changed(|plan| plan.set(field.name(), cbor::bytes(&vec![1; length])));
            assert!(verify(&plan.issue()).is_ok(), "{field} {length}");
        }
        let refusal = refusal(|plan| plan.set(field.name(), cbor::bytes(&vec![1; most + 1])));
        let (found, least, most) = (most as u32 + 1, least as u32, most as u32);
        assert_eq!(refusal, NitroRefusal::FieldLength { field, found, least, most });
    }
    let empty = refusal(|plan| plan.set("public_key", cbor::bytes(&[])));
    let field = NitroField::PublicKey;
    assert_eq!(empty, NitroRefusal::FieldLength { field, found: 0, least: 1, most: 1024 });
}

#[test]
fn module_ids_that_are_empty_long_or_not_printable_are_refused() {
    for text in ["", "i 0", "i\n", "i-\u{e9}", &"i".repeat(129)] {
        assert_eq!(refusal(|plan| plan.set("module_id", cbor::text(text))), NitroRefusal::ModuleId);
    }
    let other = verify(&changed(|plan| plan.set("module_id", cbor::text("module"))).issue()).unwrap();
    assert_eq!(other.instance, None);
}

#[test]
fn a_document_without_a_time_is_refused() {
    assert_eq!(refusal(|plan| plan.set("timestamp", cbor::int(0))), NitroRefusal::Timestamp);
}

#[test]
fn a_document_that_is_too_large_is_refused_before_it_is_read() {
    let found = MAX_DOCUMENT_BYTES as u32 + 1;
    let refusal = verify(&vec![0; MAX_DOCUMENT_BYTES + 1]).unwrap_err();
    assert_eq!(refusal, NitroRefusal::TooLarge { found, most: found - 1 });
}

#[test]
fn a_message_of_another_shape_is_refused() {
    let fields = plan().message();
    assert_eq!(refusal_of_message(&fields[..3]), NitroRefusal::Message(CoseFault::Fields(3)));
    let five = [&fields[..], &fields[..1]].concat();
    assert_eq!(refusal_of_message(&five), NitroRefusal::Message(CoseFault::Fields(5)));
    let [protected, unprotected, _, signature] = fields;
    let detached = [protected, unprotected, cbor::NULL.to_vec(), signature];
    assert_eq!(refusal_of_message(&detached), NitroRefusal::Message(CoseFault::DetachedPayload));
    for bytes in [&[][..], &[0x84], &[0x84, 0x44, 0xa1]] {
        assert_eq!(verify(bytes).unwrap_err(), NitroRefusal::Message(CoseFault::Cbor(CborFault::Truncated)));
    }
}

/// Cases 158 and 159: a document that answered another question, or an earlier one, is about something else.
#[test]
fn a_document_is_bound_to_what_is_expected_of_it_and_to_nothing_else() {
    let plan = changed(|plan| plan.set("public_key", cbor::bytes(b"key")));
    let bind =
        |expected: NitroBinding<'_>| verify(&plan.issue()).unwrap().bind(&expected).map(|bound| bound.into_facts());
    let good = NitroBinding { public_key: Some(b"key"), user_data: Some(&USER_DATA), nonce: Some(&NONCE) };
    assert_eq!(bind(good).unwrap().module_id, MODULE_ID);
    for one in [
        NitroBinding { public_key: Some(b"key"), ..NitroBinding::default() },
        NitroBinding { user_data: Some(&USER_DATA), ..NitroBinding::default() },
        NitroBinding { nonce: Some(&NONCE), ..NitroBinding::default() },
    ] {
        assert!(bind(one).is_ok());
    }
    let refused = |expected| bind(expected).unwrap_err();
    assert_eq!(refused(NitroBinding { nonce: Some(&[0; 32]), ..good }), NitroRefusal::Binding(NitroField::Nonce));
    assert_eq!(refused(NitroBinding { nonce: Some(b""), ..good }), NitroRefusal::Binding(NitroField::Nonce));
    assert_eq!(refused(NitroBinding { user_data: Some(&NONCE), ..good }), NitroRefusal::Binding(NitroField::UserData));
    let other_key = NitroBinding { public_key: Some(b"other"), ..good };
    assert_eq!(refused(other_key), NitroRefusal::Binding(NitroField::PublicKey));
    assert_eq!(refused(NitroBinding::default()), NitroRefusal::NothingToBind);
    assert_eq!(refused(NitroBinding { nonce: Some(b""), ..NitroBinding::default() }), NitroRefusal::NothingToBind);

    let without = verify(&changed(|plan| plan.set("nonce", cbor::NULL.to_vec())).issue()).unwrap();
    let expected = NitroBinding { nonce: Some(&NONCE), ..NitroBinding::default() };
    assert_eq!(without.bind(&expected).unwrap_err(), NitroRefusal::Binding(NitroField::Nonce));
}

/// Case 159.
#[test]
fn a_document_older_than_the_policy_allows_is_refused() {
    let verify = |maximum_age| {
        let policy = NitroPolicy { maximum_age, ..policy() };
        verify_nitro(&plan().issue(), &NitroEndorsements::of_root(root()), &policy, NOW)
    };
    assert_eq!(verify(3).unwrap().valid_until, NOW);
    let refusal = verify(2).unwrap_err();
    assert_eq!(refusal, NitroRefusal::TooOld { age: 3, most: 2 });
    assert_eq!(refusal.check(), NitroCheck::Freshness);
}

/// Case 160.
#[test]
fn a_document_whose_time_is_not_its_certificates_or_the_verifiers_is_refused() {
    let at = |plan: &mut Plan, seconds: u64| plan.set("timestamp", cbor::int(seconds as i64 * 1000));
    for timestamp in [1, LEAF_BEGINS - 1, LEAF_ENDS + 1, u64::MAX / 4000] {
        let refusal = refusal(|plan| at(plan, timestamp));
        assert!(matches!(refusal, NitroRefusal::TimestampOutside { timestamp: found, .. } if found == timestamp));
        assert_eq!(refusal.check(), NitroCheck::CertificateChain);
    }
    assert!(verify(&changed(|plan| at(plan, NOW + 60)).issue()).is_ok());
    assert_eq!(
        refusal(|plan| at(plan, NOW + 61)),
        NitroRefusal::FromTheFuture { timestamp: NOW + 61, now: NOW, tolerance: 60 }
    );
}

/// Case 165.
#[test]
fn only_a_measurement_that_is_listed_is_accepted_and_an_empty_list_accepts_none() {
    let verdict = verify(&plan().issue()).unwrap();
    let id = verdict.measurement_id;
    assert_eq!(verdict.require_measurement(&[[0; 32], id]), Ok(()));
    assert_eq!(verdict.require_measurement(&[[0; 32]]), Err(NitroRefusal::Measurement(1)));
    let refusal = verdict.require_measurement(&[]).unwrap_err();
    assert_eq!(refusal, NitroRefusal::Measurement(0));
    assert_eq!(refusal.check(), NitroCheck::Measurement);
    for index in [0, 1, 2, 8] {
        let other = verify(&changed(|plan| plan.set_register(index, &[9; 48])).issue()).unwrap();
        assert_ne!(other.measurement_id, id);
    }
    let other_host = verify(&changed(|plan| plan.set_register(4, &[9; 48])).issue()).unwrap();
    assert_eq!(other_host.measurement_id, id);
}

#[test]
fn an_unsigned_image_is_refused_where_the_policy_says_so() {
    let strict = NitroPolicy { require_image_signature: true, ..policy() };
    let verify = |plan: Plan| verify_nitro(&plan.issue(), &NitroEndorsements::of_root(root()), &strict, NOW);
    assert_eq!(verify(plan()).unwrap_err(), NitroRefusal::ImageSignature);
    let without = changed(|plan| plan.registers.retain(|(index, _)| *index != 8));
    assert_eq!(verify(without).unwrap_err(), NitroRefusal::ImageSignature);
    assert!(verify(changed(|plan| plan.set_register(8, &[8; 48]))).is_ok());
}

/// Case 167.
#[test]
fn a_document_has_one_identity_however_its_signature_is_written() {
    use p384::ecdsa::Signature;
    let document = plan().issue();
    let (rest, signature) = document.split_at(document.len() - 96);
    let (r, s) = Signature::from_slice(signature).unwrap().split_scalars();
    let twin = [rest, &Signature::from_scalars(r, -s).unwrap().to_bytes()].concat();
    assert_ne!(twin, document);
    assert_eq!(verify(&twin).unwrap().evidence_id, verify(&document).unwrap().evidence_id);
    let other = verify(&changed(|plan| plan.set("nonce", cbor::bytes(b"other"))).issue()).unwrap();
    assert_ne!(other.evidence_id, verify(&document).unwrap().evidence_id);
}

#[test]
fn refusals_say_what_was_found_and_wanted_and_have_frozen_codes() {
    let refusal = NitroRefusal::PcrLength { index: 3, found: 47 };
    assert_eq!(refusal.to_string(), "pcr 3 has 47 bytes, 48 (sha-384) were wanted");
    assert_eq!(refusal.code(), 20);
    assert_eq!(NitroRefusal::Binding(NitroField::Nonce).code(), 101);
    assert_eq!(
        of_document(Fault::Signature).to_string(),
        "document's certificate: its signature does not verify with its issuer's key"
    );
    assert!(NitroCheck::ALL.is_sorted());
}

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| plan().issue());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_document_with_any_byte_changed_never_verifies(index in any::<prop::sample::Index>(), change in 1..=u8::MAX) {
        let mut document = GOOD.clone();
        *index.get_mut(&mut document) ^= change;
        prop_assert!(verify(&document).is_err());
    }

    #[test]
    fn a_document_with_a_piece_cut_out_or_repeated_never_verifies(
        start in any::<prop::sample::Index>(), length in 1usize..200, repeat in any::<bool>(),
    ) {
        let start = start.index(GOOD.len());
        let end = (start + length).min(GOOD.len());
        let document = if repeat {
            [&GOOD[..end], &GOOD[start..]].concat()
        } else {
            [&GOOD[..start], &GOOD[end..]].concat()
        };
        prop_assert!(verify(&document).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_verify(bytes in prop::collection::vec(any::<u8>(), 0..2000), keep in 0usize..3000) {
        prop_assert!(verify(&bytes).is_err());
        let document = [&GOOD[..keep.min(GOOD.len())], &bytes].concat();
        prop_assert!(verify(&document).is_err());
        let _ = NitroRoot::from_certificate(&bytes);
    }
}
