//! What stands above a versioned key, for whoever fetches or keeps it, and what a newer list adds; and versions above a
//! floor.

use super::*;

const PRODUCT: SnpProduct = SnpProduct::Genoa;

/// A list of Genoa's root that is in its time.
fn list(revoked: &[u8]) -> Vec<u8> {
    revocation_list(PRODUCT, (NOW - DAY, NOW + DAY), revoked, root_key())
}

/// Our root of Genoa.
fn own() -> &'static SnpRoot {
    roots().iter().find(|root| root.product() == PRODUCT).unwrap()
}

/// What is found of the root's certificate, the authority's and a list at [`NOW`].
fn check(authority: &Certificate, root: &Certificate, list: &[u8]) -> Result<(), SnpRefusal> {
    own().check_above(SnpKey::Vcek, &authority.encode(), &root.encode(), list, NOW)
}

fn good_authority() -> Certificate {
    authority(PRODUCT, SnpKey::Vcek)
}

#[test]
fn the_pinned_certificates_of_either_key_with_the_roots_list_stand_above_it() {
    for key in [SnpKey::Vcek, SnpKey::Vlek] {
        let certificate = authority(PRODUCT, key).encode();
        assert_eq!(own().check_above(key, &certificate, &ark(PRODUCT).encode(), &list(&[9]), NOW), Ok(()));
    }
}

#[test]
fn another_authority_that_the_root_signed_stands_above_unless_the_list_has_it() {
    let other = Certificate { serial: 8, ..good_authority() };
    assert_eq!(check(&other, &ark(PRODUCT), &list(&[2])), Ok(()));
    assert_eq!(check(&other, &ark(PRODUCT), &list(&[8])), Err(SnpRefusal::Revoked));
}

#[test]
fn a_root_that_is_not_the_pinned_one_stands_above_nothing() {
    let other = Certificate { serial: 7, ..ark(PRODUCT) };
    for root in [other, ark(SnpProduct::Turin)] {
        let found = CertificateHash::of(&root.encode());
        assert_eq!(check(&good_authority(), &root, &list(&[])), Err(SnpRefusal::UntrustedRoot(found)));
    }
}

#[test]
fn an_authority_that_the_root_did_not_sign_for_the_key_stands_above_nothing() {
    let refusal = |authority: &Certificate| check(authority, &ark(PRODUCT), &list(&[])).unwrap_err();
    let forged = Certificate { signer: authority_key().clone(), ..good_authority() };
    assert_eq!(refusal(&forged), SnpRefusal::Authority(Fault::Signature));
    let of_providers = authority(PRODUCT, SnpKey::Vlek);
    assert_eq!(refusal(&of_providers), SnpRefusal::Authority(Fault::Subject));
}

#[test]
fn a_root_or_authority_that_is_on_the_list_stands_above_nothing() {
    for revoked in [1, 2] {
        let refusal = check(&good_authority(), &ark(PRODUCT), &list(&[9, revoked])).unwrap_err();
        assert_eq!(refusal, SnpRefusal::Revoked, "{revoked}");
    }
}

#[test]
fn without_a_list_of_the_root_in_its_time_nothing_stands_above() {
    let refusal = |list: &[u8]| check(&good_authority(), &ark(PRODUCT), list).unwrap_err();
    let of_window = |window| revocation_list(PRODUCT, window, &[], root_key());
    let stale = Fault::Expired { not_after: NOW - 1, now: NOW };
    assert_eq!(refusal(&of_window((NOW - DAY, NOW - 1))), SnpRefusal::RevocationList(stale));
    let early = Fault::NotYetValid { not_before: NOW + 1, now: NOW };
    assert_eq!(refusal(&of_window((NOW + 1, NOW + DAY))), SnpRefusal::RevocationList(early));
    let forged = revocation_list(PRODUCT, (NOW - DAY, NOW + DAY), &[], authority_key());
    assert_eq!(refusal(&forged), SnpRefusal::RevocationList(Fault::Signature));
    let of_turin = revocation_list(SnpProduct::Turin, (NOW - DAY, NOW + DAY), &[], root_key());
    assert_eq!(refusal(&of_turin), SnpRefusal::RevocationList(Fault::Issuer));
    assert_eq!(refusal(&[]), SnpRefusal::RevocationList(Fault::Malformed));
}

#[test]
fn a_root_or_authority_out_of_its_time_stands_above_nothing() {
    let at = |now| {
        let list = revocation_list(PRODUCT, (now - DAY, now + DAY), &[], root_key());
        own().check_above(SnpKey::Vcek, &good_authority().encode(), &ark(PRODUCT).encode(), &list, now)
    };
    let last = NOW + 8000 * DAY;
    assert_eq!(at(last), Ok(()));
    let expired = Fault::Expired { not_after: last, now: last + 1 };
    assert_eq!(at(last + 1), Err(SnpRefusal::Authority(expired)));
    let (last, now) = (NOW + 9000 * DAY, NOW + 9001 * DAY);
    assert_eq!(at(now), Err(SnpRefusal::Root(Fault::Expired { not_after: last, now })));
    let (first, now) = (NOW - 1000 * DAY, NOW - 1001 * DAY);
    assert_eq!(at(now), Err(SnpRefusal::Root(Fault::NotYetValid { not_before: first, now })));
}

#[test]
fn a_list_that_is_kept_is_the_roots_and_says_when_it_is_valid() {
    let window = own().check_revocation_list(&list(&[9]), NOW).unwrap();
    assert_eq!((window.not_before, window.not_after), (NOW - DAY, NOW + DAY));
    let forged = revocation_list(PRODUCT, (NOW - DAY, NOW + DAY), &[], authority_key());
    let refusal = SnpRefusal::RevocationList(Fault::Signature);
    assert_eq!(own().check_revocation_list(&forged, NOW).unwrap_err(), refusal);
}

#[test]
fn a_list_revokes_more_if_it_has_anything_that_the_earlier_has_not() {
    let revokes_more = |newer: &[u8], earlier: &[u8]| SnpRoot::revokes_more(&list(newer), &list(earlier));
    assert!(revokes_more(&[9, 10], &[9]));
    assert!(revokes_more(&[10], &[9]), "what was left out does not stand for what is new");
    assert!(revokes_more(&[9], &[]));
    for (newer, earlier) in [(&[9][..], &[9][..]), (&[], &[9]), (&[], &[]), (&[10, 9], &[9, 10, 11]), (&[9, 9], &[9])] {
        assert!(!revokes_more(newer, earlier), "{newer:?} after {earlier:?}");
    }
}

#[test]
fn of_lists_that_cannot_be_read_the_newer_revokes_more_and_the_earlier_nothing() {
    assert!(SnpRoot::revokes_more(&[0x30, 0], &list(&[9])));
    assert!(SnpRoot::revokes_more(&list(&[9]), &[0x30, 0]));
    assert!(SnpRoot::revokes_more(&list(&[9]), &[]));
    assert!(!SnpRoot::revokes_more(&list(&[]), &[]));
}

#[test]
fn versions_above_the_floor_are_up_to_date() {
    for product in [SnpProduct::Genoa, SnpProduct::Turin] {
        let mut above = versions(product);
        above[7] += 1;
        let verdict = good(product).of_versions(above).verify(&SnpPolicy::strict()).unwrap();
        assert_eq!((verdict.tcb_status, verdict.advisories.is_empty()), (TcbStatus::UpToDate, true), "{product}");
    }
}

#[test]
fn a_part_above_does_not_make_up_for_one_below_the_floor() {
    let refusal = genoa().of_versions([0x20, 0, 0, 0, 0, 0, 0x30, 0x53]).verify(&SnpPolicy::strict()).unwrap_err();
    let below = matches!(refusal, SnpRefusal::BelowFloor { part: SnpTcbPart::Microcode, found: 0x53, floor: 0x54, .. });
    assert!(below, "{refusal}");
}
