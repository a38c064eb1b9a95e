//! What Intel's authorities have revoked, as far as somebody who stores collateral has seen their lists.

use crate::support::{ISSUED_AT, NOW, changed, checked, root};
use adyton_attestation::{
    CheckedCollateral, Document, IntelCheck, IntelRefusal, ListFloors, MAX_AUTHORITIES, Revocations, verify_collateral,
};
use adyton_development_root::{Key, Plan};

fn checked_with(change: impl FnOnce(&mut Plan)) -> CheckedCollateral {
    verify_collateral(&changed(change).issue().collateral, &root(), NOW).unwrap()
}

fn serials(numbers: &[u8]) -> Vec<[u8; 20]> {
    numbers.iter().map(|number| [*number; 20]).collect()
}

/// Collateral whose list of platforms was issued `later` seconds after the root's and has `revoked`.
fn of_platforms(later: u64, revoked: &[u8]) -> CheckedCollateral {
    checked_with(|plan| {
        plan.pck_crl.this_update += later;
        plan.pck_crl.revoked = serials(revoked);
    })
}

/// The same of another key under the same name.
fn of_another_key(key: &str, later: u64, revoked: &[u8]) -> CheckedCollateral {
    checked_with(|plan| {
        plan.pck_ca.key = Key(key.into());
        plan.pck_crl.signer = plan.pck_ca.key.clone();
        plan.pck_crl.this_update += later;
        plan.pck_crl.revoked = serials(revoked);
    })
}

/// Collateral whose list of the root was issued `later` seconds after the platforms' and has `revoked`.
fn of_root(later: u64, revoked: &[u8]) -> CheckedCollateral {
    checked_with(|plan| {
        plan.root_crl.this_update += later;
        plan.root_crl.revoked = serials(revoked);
    })
}

/// What is kept, and whether collateral ends what was judged before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    lists: Revocations,
    floors: ListFloors,
}

impl Kept {
    /// Takes over collateral and requires what always holds afterwards.
    fn ends(&mut self, collateral: &CheckedCollateral) -> bool {
        let ends = self.lists.take_over(collateral, &mut self.floors).unwrap();
        assert!(self.lists.covers(collateral) && self.lists.reach(&self.floors));
        ends
    }

    fn floor(&self, collateral: &CheckedCollateral) -> u64 {
        self.floors.of(&collateral.authority_id())
    }
}

#[test]
fn an_issuers_first_list_ends_nothing_and_is_the_floor_where_it_revokes() {
    let mut kept = Kept::default();
    assert!(!kept.ends(&of_platforms(0, &[])));
    assert_eq!(kept.floors, ListFloors::default());
    let mut kept = Kept::default();
    assert!(!kept.ends(&of_platforms(0, &[5])));
    assert_eq!((kept.floor(&checked()), kept.floors.root), (ISSUED_AT, 0));
    let mut kept = Kept::default();
    assert!(!kept.ends(&of_root(0, &[5])));
    assert_eq!((kept.floor(&checked()), kept.floors.root), (0, ISSUED_AT));
}

#[test]
fn a_newer_list_that_revokes_more_ends_what_was_judged_and_is_the_floor() {
    let mut kept = Kept::default();
    kept.ends(&of_platforms(0, &[5]));
    assert!(kept.ends(&of_platforms(1, &[5, 6])));
    assert_eq!((kept.floor(&checked()), kept.floors.root), (ISSUED_AT + 1, 0));
    assert!(kept.ends(&of_root(1, &[7])));
    assert_eq!((kept.floor(&checked()), kept.floors.root), (ISSUED_AT + 1, ISSUED_AT + 1));
}

#[test]
fn a_newer_list_that_revokes_no_more_ends_nothing_and_raises_no_floor() {
    let mut kept = Kept::default();
    kept.ends(&of_platforms(0, &[5, 6]));
    for (later, revoked) in [(1, &[5, 6][..]), (2, &[6]), (3, &[])] {
        assert!(!kept.ends(&of_platforms(later, revoked)), "{later}");
        assert_eq!(kept.floor(&checked()), ISSUED_AT);
    }
}

#[test]
fn what_a_list_left_out_and_a_later_one_has_again_is_something_new() {
    let mut kept = Kept::default();
    kept.ends(&of_platforms(0, &[5]));
    assert!(!kept.ends(&of_platforms(1, &[])));
    assert!(kept.ends(&of_platforms(2, &[5])));
    assert_eq!(kept.floor(&checked()), ISSUED_AT + 2);
}

#[test]
fn a_list_that_is_not_newer_changes_nothing_whatever_it_has() {
    let mut kept = Kept::default();
    kept.ends(&of_platforms(2, &[5]));
    let before = kept.clone();
    for (later, revoked) in [(1, &[5, 6][..]), (2, &[5, 6]), (0, &[])] {
        assert!(!kept.ends(&of_platforms(later, revoked)));
    }
    assert_eq!(kept, before);
}

#[test]
fn a_newer_list_of_another_key_under_the_same_name_hides_nothing() {
    let mut kept = Kept::default();
    kept.ends(&of_platforms(0, &[]));
    let other = of_another_key("another", 100, &[]);
    assert!(!kept.ends(&other));
    // Older than the other key's, and the first to revoke this.
    let revoking = of_platforms(50, &[5]);
    assert!(kept.ends(&revoking));
    assert_eq!((kept.floor(&revoking), kept.floor(&other)), (ISSUED_AT + 50, 0));
    let outdated = of_platforms(0, &[]).require_lists(&kept.floors);
    assert!(matches!(outdated, Err(IntelRefusal::RevocationListOutdated { document: Document::PckCrl, .. })));
    assert_eq!(other.require_lists(&kept.floors), Ok(()));
    // What both have revoked, each has by itself.
    assert!(kept.ends(&of_another_key("another", 200, &[5])));
    assert!(!kept.ends(&of_platforms(300, &[5])));
}

#[test]
fn the_same_key_under_the_other_name_has_lists_of_its_own() {
    let mut kept = Kept::default();
    kept.ends(&of_platforms(0, &[]));
    let other = checked_with(|plan| {
        for name in [&mut plan.pck_ca.subject, &mut plan.pck_crl.issuer] {
            name.common_name = "Intel SGX PCK Processor CA".into();
        }
        plan.pck_crl.this_update += 100;
        plan.pck_crl.revoked = serials(&[5]);
    });
    assert!(!kept.ends(&other), "it is that authority's first");
    assert_eq!((kept.floor(&other), kept.floor(&checked())), (ISSUED_AT + 100, 0));
    assert!(kept.ends(&of_platforms(50, &[5])));
}

#[test]
fn lists_of_so_many_authorities_are_kept_and_one_more_is_refused_without_a_trace() {
    let mut kept = Kept::default();
    let names: Vec<String> = (0..=MAX_AUTHORITIES).map(|number| format!("authority {number}")).collect();
    let (most, one_more) = (&names[..MAX_AUTHORITIES as usize], &names[MAX_AUTHORITIES as usize]);
    for name in most {
        kept.ends(&of_another_key(name, 0, &[5]));
    }
    let before = kept.clone();
    let refused = kept.lists.take_over(&of_another_key(one_more, 9, &[6]), &mut kept.floors);
    assert_eq!(refused, Err(IntelRefusal::TooManyAuthorities));
    assert_eq!(kept, before);
    // Those that are there go on.
    for name in most {
        assert!(kept.ends(&of_another_key(name, 1, &[5, 6])));
    }
}

#[test]
fn a_refusal_for_too_many_authorities_has_its_number_and_check_and_says_how_many() {
    let refusal = IntelRefusal::TooManyAuthorities;
    assert_eq!((refusal.code(), refusal.check()), (39, IntelCheck::Collateral));
    assert!(refusal.to_string().contains("of 4 other authorities"), "{refusal}");
}

#[test]
fn collateral_is_refused_if_either_of_its_lists_is_older_than_the_floor() {
    let authority = checked().authority_id();
    let floors = |root, platforms| {
        let mut floors = ListFloors { root, ..ListFloors::default() };
        floors.authorities.try_insert(authority, platforms).unwrap();
        floors
    };
    let (issued_at, floor) = (ISSUED_AT, ISSUED_AT + 1);
    let outdated = |document| Err(IntelRefusal::RevocationListOutdated { document, issued_at, floor });
    assert_eq!(checked().require_lists(&ListFloors::default()), Ok(()));
    assert_eq!(checked().require_lists(&floors(ISSUED_AT, ISSUED_AT)), Ok(()));
    assert_eq!(checked().require_lists(&floors(floor, 0)), outdated(Document::RootCrl));
    assert_eq!(checked().require_lists(&floors(0, floor)), outdated(Document::PckCrl));
}

#[test]
fn the_floor_of_another_authority_holds_nobody_to_it() {
    let mut kept = Kept::default();
    kept.ends(&of_another_key("another", 100, &[5]));
    assert_eq!(checked().require_lists(&kept.floors), Ok(()));
}

#[test]
fn lists_cover_only_collateral_that_they_have_taken_over() {
    let mut kept = Kept::default();
    assert!(!kept.lists.covers(&checked()));
    kept.ends(&of_platforms(1, &[]));
    assert!(kept.lists.covers(&checked()), "it is older");
    assert!(!kept.lists.covers(&of_platforms(2, &[])));
    assert!(!kept.lists.covers(&of_root(1, &[])));
    assert!(!kept.lists.covers(&of_another_key("another", 0, &[])));
}

#[test]
fn no_floor_is_reached_for_which_there_is_no_list() {
    let mut kept = Kept::default();
    kept.ends(&checked());
    let above = ListFloors { root: ISSUED_AT + 1, ..ListFloors::default() };
    assert!(!kept.lists.reach(&above));
    let mut above = ListFloors::default();
    above.authorities.try_insert(checked().authority_id(), ISSUED_AT + 1).unwrap();
    assert!(!kept.lists.reach(&above));
    let mut unknown = ListFloors::default();
    unknown.authorities.try_insert(of_another_key("another", 0, &[]).authority_id(), 1).unwrap();
    assert!(!kept.lists.reach(&unknown));
}
