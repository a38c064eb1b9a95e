//! What the development root issues: the same every time, under its own name, and valid on any day.

#![allow(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use adyton_attestation::{IntelPolicy, verify_collateral, verify_tdx};
use adyton_development_root::{COLLATERAL_LIFETIME, DevelopmentRoot, EVALUATION_NUMBER, ORGANISATION, Role, RoleError};

fn root() -> DevelopmentRoot {
    DevelopmentRoot::insecure_from_seed([5; 32])
}

fn role(name: &str) -> Role {
    Role::new(name).unwrap()
}

#[test]
fn the_same_seed_and_date_give_the_same_bytes() {
    let issue = || root().plan(&role("worker"), [1; 64], 1_790_000_000).issue();
    assert_eq!(issue(), issue());
}

#[test]
fn root_certificate_and_quotes_do_not_depend_on_the_date() {
    let issue = |date| root().plan(&role("worker"), [1; 64], date).issue();
    let (one, other) = (issue(1_700_000_000), issue(1_800_000_000));
    assert_eq!(one.root_certificate, other.root_certificate);
    assert_eq!(one.quote, other.quote);
    assert_ne!(one.collateral, other.collateral);
}

#[test]
fn another_seed_is_another_root_machine_and_measurement() {
    let other = DevelopmentRoot::insecure_from_seed([6; 32]);
    assert_ne!(root().root().id(), other.root().id());
    assert_ne!(root().measurement(&role("worker")).id(), other.measurement(&role("worker")).id());
    let device = |root: DevelopmentRoot| root.device(role("worker"));
    assert_ne!(device(root()).quote([0; 64]), device(other.clone()).quote([0; 64]));
    assert_ne!(*device(root()).sealing_key(b"x"), *device(other).sealing_key(b"x"));
}

#[test]
fn collateral_is_valid_on_the_day_it_is_issued_whenever_that_is() {
    let policy = IntelPolicy::strict(EVALUATION_NUMBER);
    let quote = root().device(role("worker")).quote([1; 64]);
    for issued_at in [1_600_000_000, 1_790_000_000, 2_200_000_000] {
        for now in [issued_at, issued_at + COLLATERAL_LIFETIME] {
            let checked = verify_collateral(&root().collateral(issued_at), &root().root(), now).unwrap();
            let verdict = verify_tdx(&quote, &checked, &root().root(), &policy, now).unwrap();
            assert_eq!(verdict.valid_until, issued_at + COLLATERAL_LIFETIME);
        }
    }
}

#[test]
fn every_certificate_says_that_it_is_not_hardware() {
    let issued = root().plan(&role("worker"), [1; 64], 1_790_000_000).issue();
    let collateral = &issued.collateral;
    let certificates: [&[u8]; 5] = [
        &issued.root_certificate,
        &issued.pck_certificate,
        &collateral.pck_ca,
        &collateral.tcb_info_signer,
        &collateral.qe_identity_signer,
    ];
    for certificate in certificates {
        // Once as subject, once as issuer.
        let count = certificate.windows(ORGANISATION.len()).filter(|part| *part == ORGANISATION.as_bytes()).count();
        assert_eq!(count, 2);
    }
}

#[test]
fn each_role_has_a_measurement_of_its_own() {
    let measure = |name| root().measurement(&role(name)).id();
    assert_ne!(measure("worker"), measure("keyholder"));
    assert_eq!(measure("worker"), measure("worker"));
}

#[test]
fn sealing_keys_differ_by_machine_role_and_label() {
    let keys = [
        root().device_on(0, role("worker")).sealing_key(b"one"),
        root().device_on(1, role("worker")).sealing_key(b"one"),
        root().device_on(0, role("keyholder")).sealing_key(b"one"),
        root().device_on(0, role("worker")).sealing_key(b"two"),
    ];
    for (index, key) in keys.iter().enumerate() {
        assert!(keys[index + 1..].iter().all(|other| other != key));
    }
}

#[test]
fn names_of_roles_are_short_and_plain() {
    for name in ["worker", "keyholder-2", &"a".repeat(64)] {
        assert_eq!(Role::new(name).unwrap().name(), name);
    }
    for name in ["", "Worker", "a b", "ü", "a/b", &"a".repeat(65)] {
        assert_eq!(Role::new(name), Err(RoleError), "{name:?}");
    }
}

#[test]
fn the_seed_does_not_show_in_debug_output() {
    assert_eq!(format!("{:?}", root()), "DevelopmentRoot(seed withheld)");
}
