//! The chain of Nitro documents, from a root of our own down: what is accepted, and one test for each refusal.

use crate::support::nitro::{
    INSTANCE, LEAF, NOW, Plan, REGION, ROOT, TIMESTAMP, ZONE, changed, der, plan, policy, refusal, root, verify,
};
use adyton_attestation::{
    CertificateHash,
    nitro::{
        CheckedAuthorities, NitroCertificate, NitroCheck, NitroEndorsements, NitroPolicy, NitroRefusal, NitroRoot,
        verify_nitro, verify_nitro_with,
    },
    signature::{Portable, PublicKey, Scheme, SignatureVerifier},
    x509::Fault,
};
use codec::{Decode, Encode};
use std::cell::Cell;

/// Why what the changed plan issues is refused under the changed plan's own root.
fn refusal_under_its_root(change: impl FnOnce(&mut Plan)) -> NitroRefusal {
    let plan = changed(change);
    let root = NitroRoot::from_certificate(&plan.chain()[ROOT]).unwrap();
    verify_nitro(&plan.issue(), &NitroEndorsements::of_root(root), &policy(), NOW).unwrap_err()
}

fn of_document(fault: Fault) -> NitroRefusal {
    NitroRefusal::Certificate(NitroCertificate::Document, fault)
}

fn of_authority(position: u8, fault: Fault) -> NitroRefusal {
    NitroRefusal::Certificate(NitroCertificate::Authority(position), fault)
}

/// Case 161.
#[test]
fn a_bundle_in_another_order_or_under_another_root_is_refused() {
    let bundle = plan().chain()[..LEAF].to_vec();
    let refused = |bundle: Vec<Vec<u8>>| refusal(|plan| plan.bundle = Some(bundle));
    let reversed: Vec<_> = bundle.iter().rev().cloned().collect();
    let untrusted = |found: &[u8]| NitroRefusal::UntrustedRoot(CertificateHash::of(found));
    assert_eq!(refused(reversed), untrusted(&bundle[INSTANCE]));
    let cut = refused(bundle[1..].to_vec());
    assert_eq!(cut, untrusted(&bundle[1]));
    let named = hex::encode(CertificateHash::of(&bundle[1]).0);
    assert!(cut.to_string().contains(&named), "{cut}");
    let swapped = [ROOT, ZONE, REGION, INSTANCE].map(|position| bundle[position].clone()).to_vec();
    assert_eq!(refused(swapped).check(), NitroCheck::CertificateChain);
    let without_zone = [ROOT, REGION, INSTANCE].map(|position| bundle[position].clone()).to_vec();
    assert_eq!(refused(without_zone), of_authority(2, Fault::Issuer));
    let only_root = bundle[..1].to_vec();
    assert_eq!(refused(only_root), of_document(Fault::Issuer));

    let foreign = |plan: &mut Plan| plan.certificates.iter_mut().for_each(|certificate| certificate.key += 10);
    assert_eq!(refusal(foreign), untrusted(&changed(foreign).chain()[ROOT]));
    let mut mixed = changed(foreign).chain()[..LEAF].to_vec();
    mixed[ROOT] = bundle[ROOT].clone();
    let forged = changed(|plan| {
        foreign(plan);
        plan.bundle = Some(mixed);
    });
    assert_eq!(verify(&forged.issue()).unwrap_err(), of_authority(1, Fault::Signature));
    assert!(NitroRoot::aws().is_aws() && !root().is_aws());
    let under_aws = verify_nitro(&plan().issue(), &NitroEndorsements::aws(), &policy(), NOW).unwrap_err();
    assert_eq!(under_aws, untrusted(&bundle[ROOT]));
}

/// Case 163.
#[test]
fn a_certificate_of_another_use_is_refused() {
    let of_leaf = [
        |plan: &mut Plan| plan.certificates[LEAF].set_authority(None),
        |plan: &mut Plan| plan.certificates[LEAF].basic_constraints = None,
        |plan: &mut Plan| plan.certificates[LEAF].basic_constraints = Some(der::sequence(&[der::unsigned(&[0])])),
        |plan: &mut Plan| plan.certificates[LEAF].key_usage = None,
        |plan: &mut Plan| plan.certificates[LEAF].key_usage = Some(der::bits(6, &[0x40])),
        |plan: &mut Plan| plan.certificates[LEAF].key_usage = Some(der::bits(2, &[0x84])),
        |plan: &mut Plan| plan.certificates[LEAF].key_usage = Some(der::bits(1, &[0x82])),
    ];
    for change in of_leaf {
        assert_eq!(refusal(change), of_document(Fault::Usage));
    }
    let of_zone = [
        |plan: &mut Plan| plan.certificates[ZONE].basic_constraints = Some(der::sequence(&[])),
        |plan: &mut Plan| plan.certificates[ZONE].basic_constraints = None,
        |plan: &mut Plan| plan.certificates[ZONE].set_authority(Some(&[0])),
        |plan: &mut Plan| plan.certificates[ZONE].key_usage = None,
        |plan: &mut Plan| plan.certificates[ZONE].key_usage = Some(der::bits(1, &[0x82])),
    ];
    for change in of_zone {
        assert_eq!(refusal(change), of_authority(2, Fault::Usage));
    }
    let short_root = refusal_under_its_root(|plan| plan.certificates[ROOT].set_authority(Some(&[2])));
    assert_eq!(short_root, NitroRefusal::Certificate(NitroCertificate::Root, Fault::Usage));
}

/// Case 163: a path length is never cut down to fewer bits.
#[test]
fn a_path_length_that_does_not_fit_is_refused_and_a_large_one_is_large() {
    let region = |length: &'static [u8]| move |plan: &mut Plan| plan.certificates[REGION].set_authority(Some(length));
    assert!(verify(&changed(region(&[1, 0])).issue()).is_ok());
    for length in [&[1, 0, 0][..], &[1, 0, 0, 0, 0], &[0xff], &[0, 2], &[]] {
        assert_eq!(refusal(region(length)), of_authority(1, Fault::Malformed), "{length:?}");
    }
}

/// Case 164.
#[test]
fn a_certificate_that_is_not_der_is_refused() {
    fn times(from: &'static [u8], tag: u8) -> impl FnOnce(&mut Plan) {
        let until = der::tlv(0x17, b"491028142805Z");
        move |plan| plan.certificates[LEAF].validity = der::sequence(&[der::tlv(tag, from), until])
    }
    assert_eq!(refusal(times(b"260230000000Z", 0x17)), of_document(Fault::Malformed));
    assert_eq!(refusal(times(b"20260901000000.5Z", 0x18)), of_document(Fault::Malformed));
    assert_eq!(refusal(times(b"2609010000Z", 0x17)), of_document(Fault::Malformed));
    assert_eq!(refusal(times(b"260901000000+0000", 0x17)), of_document(Fault::Malformed));
    let malformed = [
        |plan: &mut Plan| plan.certificates[LEAF].after = Some(|bytes| _ = bytes.pop()),
        |plan: &mut Plan| plan.certificates[LEAF].after = Some(|bytes| bytes.push(0)),
        |plan: &mut Plan| plan.certificates[LEAF].after = Some(|bytes| bytes[3] ^= 1),
        |plan: &mut Plan| plan.certificates[LEAF].after = Some(|bytes| bytes[1] = 0x80),
        |plan: &mut Plan| plan.certificates[LEAF].basic_constraints = Some(der::sequence(&[vec![1, 1, 1]])),
        |plan: &mut Plan| plan.certificates[LEAF].basic_constraints = Some(der::sequence(&[vec![1, 1, 0]])),
        |plan: &mut Plan| plan.certificates[LEAF].key_usage = Some(vec![3, 0]),
        |plan: &mut Plan| plan.certificates[LEAF].key_usage = Some(vec![3, 1, 0]),
        |plan: &mut Plan| plan.certificates[LEAF].key_usage = Some(vec![3, 2, 9, 0x80]),
        |plan: &mut Plan| plan.certificates[LEAF].serial = vec![0x7f; 21],
    ];
    for change in malformed {
        assert_eq!(refusal(change), of_document(Fault::Malformed));
    }
}

#[test]
fn a_certificate_that_its_issuer_did_not_make_is_refused() {
    let by_other = |plan: &mut Plan| plan.certificates[LEAF].issuer = Some(("i.r.nitro-enclaves".into(), 9));
    assert_eq!(refusal(by_other), of_document(Fault::Signature));
    let of_other = |plan: &mut Plan| plan.certificates[INSTANCE].issuer = Some(("other".into(), 3));
    assert_eq!(refusal(of_other), of_authority(3, Fault::Issuer));
}

#[test]
fn a_certificate_with_repeated_or_unknown_critical_extensions_is_refused() {
    let unknown = |plan: &mut Plan| {
        plan.certificates[REGION].extensions.push(der::extension(der::NAME_CONSTRAINTS, true, &der::sequence(&[])));
    };
    assert_eq!(refusal(unknown), of_authority(1, Fault::Extension));
    let twice = |plan: &mut Plan| {
        let again = plan.certificates[REGION].extensions[0].clone();
        plan.certificates[REGION].extensions.push(again);
    };
    assert_eq!(refusal(twice), of_authority(1, Fault::Extension));
}

#[test]
fn a_key_on_another_curve_is_refused() {
    let on_p256 = |plan: &mut Plan| {
        let algorithm = der::sequence(&[der::oid(der::EC_PUBLIC_KEY), der::oid(der::PRIME256V1)]);
        let point = [&[4][..], &[1; 64]].concat();
        plan.certificates[LEAF].public_key = Some(der::sequence(&[algorithm, der::bits(0, &point)]));
    };
    assert_eq!(refusal(on_p256), of_document(Fault::Algorithm));
}

#[test]
fn an_authority_outside_its_time_is_refused() {
    let early = |plan: &mut Plan| plan.certificates[ZONE].set_validity(NOW + 1, NOW + 100);
    assert_eq!(refusal(early), of_authority(2, Fault::NotYetValid { not_before: NOW + 1, now: NOW }));
    let late = |plan: &mut Plan| plan.certificates[REGION].set_validity(NOW - 100, NOW - 1);
    assert_eq!(refusal(late), of_authority(1, Fault::Expired { not_after: NOW - 1, now: NOW }));
    let young = |plan: &mut Plan| plan.certificates[ZONE].set_validity(TIMESTAMP + 1, NOW + 100);
    assert!(matches!(
        refusal(young),
        NitroRefusal::TimestampOutside { certificate: NitroCertificate::Authority(2), .. }
    ));
    let short = changed(|plan| plan.certificates[ZONE].set_validity(NOW - 100, NOW + 100));
    assert_eq!(verify(&short.issue()).unwrap().valid_until, NOW + 100);
}

#[test]
fn a_root_must_be_an_authority_that_signed_itself() {
    let of_root = |change: fn(&mut Plan)| NitroRoot::from_certificate(&changed(change).chain()[ROOT]).unwrap_err();
    let refused = |fault| NitroRefusal::Certificate(NitroCertificate::Root, fault);
    assert_eq!(
        of_root(|plan| plan.certificates[ROOT].basic_constraints = Some(der::sequence(&[]))),
        refused(Fault::Usage)
    );
    assert_eq!(of_root(|plan| plan.certificates[ROOT].issuer = Some(("other".into(), 1))), refused(Fault::Issuer));
    assert_eq!(
        of_root(|plan| plan.certificates[ROOT].issuer = Some(("test.nitro-enclaves".into(), 9))),
        refused(Fault::Signature)
    );
    assert_eq!(NitroRoot::from_certificate(&[]).unwrap_err(), refused(Fault::Malformed));
}

/// Counts signature verifications.
#[derive(Default)]
struct Counting(Cell<usize>);

impl SignatureVerifier for Counting {
    fn verify(&self, scheme: Scheme, key: PublicKey<'_>, message: &[u8], signature: &[u8]) -> bool {
        self.0.set(self.0.get() + 1);
        Portable.verify(scheme, key, message, signature)
    }
}

fn verify_counting(
    plan: &Plan,
    checked: Option<&CheckedAuthorities>,
    now: u64,
) -> (Result<CheckedAuthorities, NitroRefusal>, usize) {
    let counting = Counting::default();
    let endorsements = NitroEndorsements { checked_authorities: checked, ..NitroEndorsements::of_root(root()) };
    let result = verify_nitro_with(&counting, &plan.issue(), &endorsements, &policy(), now);
    (result.map(|verdict| verdict.checked_authorities().clone()), counting.0.get())
}

#[test]
fn authorities_that_were_checked_before_cost_no_signatures() {
    let (all, count) = verify_counting(&plan(), None, NOW);
    let all = all.unwrap();
    assert_eq!((all.len(), count), (3, 5));
    for (known, expected) in [(3, 2), (2, 3), (1, 4), (0, 5)] {
        let (again, count) = verify_counting(&plan(), Some(&all.clone().first(known)), NOW);
        assert_eq!((again.unwrap(), count), (all.clone(), expected));
    }
    assert_eq!(CheckedAuthorities::decode(&mut all.encode().as_slice()).unwrap(), all);
}

/// Case 166.
#[test]
fn authorities_that_were_checked_before_are_refused_after_their_time() {
    let short = changed(|plan| plan.certificates[ZONE].set_validity(NOW - 100, NOW + 100));
    let checked = verify_counting(&short, None, NOW).0.unwrap();
    assert!(verify_counting(&short, Some(&checked), NOW + 100).0.is_ok());
    assert_eq!(
        verify_counting(&short, Some(&checked), NOW + 101).0.unwrap_err(),
        of_authority(2, Fault::Expired { not_after: NOW + 100, now: NOW + 101 })
    );
}

#[test]
fn authorities_that_were_checked_before_do_not_vouch_for_others() {
    let checked = verify_counting(&plan(), None, NOW).0.unwrap();
    let forged = changed(|plan| {
        plan.certificates[ZONE].key = 13;
        plan.certificates[ZONE].issuer = Some(("r.nitro-enclaves".into(), 12));
    });
    assert_eq!(verify_counting(&forged, Some(&checked), NOW).0.unwrap_err(), of_authority(2, Fault::Signature));

    let foreign = changed(|plan| plan.certificates.iter_mut().for_each(|certificate| certificate.key += 10));
    let foreign_root = NitroRoot::from_certificate(&foreign.chain()[ROOT]).unwrap();
    let endorsements =
        NitroEndorsements { checked_authorities: Some(&checked), ..NitroEndorsements::of_root(foreign_root) };
    let mut mixed = plan().chain()[..LEAF].to_vec();
    mixed[ROOT] = foreign.chain()[ROOT].clone();
    let document = changed(|plan| plan.bundle = Some(mixed)).issue();
    assert_eq!(verify_nitro(&document, &endorsements, &policy(), NOW).unwrap_err(), of_authority(1, Fault::Signature));
}

fn verify_with_lists(lists: &[&[u8]], require: bool) -> Result<u64, NitroRefusal> {
    let endorsements = NitroEndorsements { revocation_lists: lists, ..NitroEndorsements::of_root(root()) };
    let policy = NitroPolicy { require_revocation_lists: require, ..policy() };
    verify_nitro(&plan().issue(), &endorsements, &policy, NOW).map(|verdict| verdict.valid_until)
}

#[test]
fn a_revoked_authority_is_refused() {
    let by_root = plan().revocation_list(ROOT, &[&[7; 16], &[2; 16]], NOW - 9, NOW + 9);
    let refusal = verify_with_lists(&[&by_root], false).unwrap_err();
    assert_eq!(refusal, NitroRefusal::Revoked(NitroCertificate::Authority(1)));
    assert_eq!(refusal.check(), NitroCheck::Revocation);
    let by_region = plan().revocation_list(REGION, &[&[3; 16]], NOW - 9, NOW + 9);
    assert_eq!(
        verify_with_lists(&[&by_region], false).unwrap_err(),
        NitroRefusal::Revoked(NitroCertificate::Authority(2))
    );
    let of_others = plan().revocation_list(ROOT, &[&[3; 16]], NOW - 9, NOW + 9);
    assert_eq!(verify_with_lists(&[&of_others], false), Ok(NOW + 9));
}

#[test]
fn a_missing_revocation_list_is_refused_where_the_policy_wants_it() {
    let by_root = plan().revocation_list(ROOT, &[], NOW - 9, NOW + 9);
    let by_region = plan().revocation_list(REGION, &[], NOW - 9, NOW + 8);
    assert_eq!(verify_with_lists(&[&by_root, &by_region], true), Ok(NOW + 8));
    let missing = |position| NitroRefusal::RevocationListMissing(NitroCertificate::Authority(position));
    assert_eq!(verify_with_lists(&[], true).unwrap_err(), missing(1));
    assert_eq!(verify_with_lists(&[&by_root], true).unwrap_err(), missing(2));
    assert_eq!(verify_with_lists(&[&by_region], true).unwrap_err(), missing(1));
}

#[test]
fn a_revocation_list_that_is_stale_or_forged_is_refused() {
    let refused = |list: Vec<u8>| verify_with_lists(&[&list], false).unwrap_err();
    let stale = plan().revocation_list(ROOT, &[], NOW - 9, NOW - 1);
    let fault = Fault::Expired { not_after: NOW - 1, now: NOW };
    assert_eq!(refused(stale), NitroRefusal::RevocationList(0, fault));
    let early = plan().revocation_list(ROOT, &[], NOW + 1, NOW + 9);
    let fault = Fault::NotYetValid { not_before: NOW + 1, now: NOW };
    assert_eq!(refused(early), NitroRefusal::RevocationList(0, fault));
    let forged = changed(|plan| plan.certificates[ROOT].key = 9).revocation_list(ROOT, &[], NOW - 9, NOW + 9);
    assert_eq!(refused(forged), NitroRefusal::RevocationList(0, Fault::Signature));
    let by_instance = plan().revocation_list(INSTANCE, &[], NOW - 9, NOW + 9);
    assert_eq!(refused(by_instance), NitroRefusal::RevocationList(0, Fault::Usage));
    assert_eq!(refused(vec![0x30]), NitroRefusal::RevocationList(0, Fault::Malformed));
    let one = plan().revocation_list(ROOT, &[], NOW - 9, NOW + 9);
    assert_eq!(verify_with_lists(&[one.as_slice(); 17], false).unwrap_err(), NitroRefusal::RevocationListCount(17));
}
